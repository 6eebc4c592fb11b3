"""The cheap convolutions: pointwise, depthwise, and those taken apart into several."""

from __future__ import annotations

from functools import reduce
from typing import Any

from convalgebra.catalogue.arguments import Line, read_lines
from convalgebra.catalogue.basic import conv
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.sizes import SizeLike, as_size


def pointwise(
    in_channels: SizeLike, out_channels: SizeLike, input_size: Any, name: str = "pointwise"
) -> Conv:
    """Return the 1 x 1 convolution, which mixes channels at every position by itself.

    Its weight has the shape (out_channels, in_channels, 1, ...). Source: Lin et al., arXiv:1312.4400.

    >>> import convalgebra as ca
    >>> ca.pointwise("D", "N_c", ("H", "W")).multiplications
    D*H*N_c*W
    """
    return conv(in_channels, out_channels, input_size, 1, name=name)


def depthwise(
    in_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    multiplier: SizeLike = 1,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    name: str = "depthwise",
) -> Conv:
    """Return the depthwise convolution: each channel by itself, into ``multiplier`` channels.

    It is the convolution with as many groups as input channels; its weight has the shape
    (multiplier*in_channels, 1, *kernel_size). Source: Howard et al., arXiv:1704.04861, section 3.1.

    >>> import convalgebra as ca
    >>> ca.depthwise(3, (7, 7), 3).multiplications
    675
    """
    channels = as_size(in_channels, "in_channels", least=1)
    times = as_size(multiplier, "multiplier", least=1)
    return conv(
        channels,
        channels * times,
        input_size,
        kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=channels,
        padding_mode=padding_mode,
        name=name,
    )


def depthwise_separable(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    multiplier: SizeLike = 1,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> Operator:
    """Return the depthwise convolution, then a pointwise one; weights "depthwise" and "pointwise".

    Source: Howard et al., arXiv:1704.04861, section 3.1.

    >>> import convalgebra as ca
    >>> op = ca.depthwise_separable(3, 128, (7, 7), 3)
    >>> op.multiplications, [stage.multiplications for stage in op.stages]
    (10275, [9600, 675])
    """
    first = depthwise(
        in_channels,
        input_size,
        kernel_size,
        multiplier=multiplier,
        stride=stride,
        padding=padding,
        dilation=dilation,
        padding_mode=padding_mode,
    )
    return pointwise(first.out_channels, out_channels, first.output_size) @ first


def spatially_separable(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    middle_channels: SizeLike | None = None,
) -> Operator:
    """Return one convolution per axis, the first axis first: m x 1, then 1 x m.

    In two dimensions the weights are "vertical" (middle, in, m, 1) and "horizontal" (out, middle, 1, m);
    otherwise "axis_0", "axis_1" and so on. ``middle_channels`` stand between the factors, by default
    ``out_channels``. Source: Jin et al., arXiv:1412.5474; Szegedy et al., arXiv:1512.00567, section 3.2.

    >>> import convalgebra as ca
    >>> op = ca.spatially_separable(1, 1, (5, 5), 3)
    >>> op.multiplications, [stage.multiplications for stage in reversed(op.stages)]
    (72, [45, 27])
    """
    lines = read_lines(input_size, kernel_size, stride, padding, dilation)
    count = len(lines)
    middle = out_channels if middle_channels is None else middle_channels
    channels = [in_channels, *[middle] * (count - 1), out_channels]
    sizes = tuple(line.size for line in lines)
    factors: list[Operator] = []
    for axis, name in enumerate(axis_names(count)):
        options = along(lines[axis], axis, count)
        factor = conv(
            channels[axis], channels[axis + 1], sizes, padding_mode=padding_mode, name=name, **options
        )
        sizes = factor.output_size
        factors.append(factor)
    return reduce(lambda done, factor: factor @ done, factors)


def flattened(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> Operator:
    """Return a lateral (pointwise) convolution, then one along each axis, channel by channel.

    In two dimensions the weights are "lateral" (out, in, 1, 1), "vertical" (out, 1, m, 1) and
    "horizontal" (out, 1, 1, m). Source: Jin et al., arXiv:1412.5474, section 3.2.

    >>> import convalgebra as ca
    >>> op = ca.flattened("D", "N_c", ("H", "W"), "m")
    >>> op.parameters
    N_c*(D + 2*m)
    """
    lines = read_lines(input_size, kernel_size, stride, padding, dilation)
    lateral = pointwise(in_channels, out_channels, input_size, name="lateral")
    sizes = lateral.output_size
    factors: list[Operator] = [lateral]
    for axis, name in enumerate(axis_names(len(lines))):
        options = along(lines[axis], axis, len(lines))
        factor = depthwise(
            lateral.out_channels,
            sizes,
            options.pop("kernel_size"),
            padding_mode=padding_mode,
            name=name,
            **options,
        )
        sizes = factor.output_size
        factors.append(factor)
    return reduce(lambda done, factor: factor @ done, factors)


def axis_names(count: int) -> tuple[str, ...]:
    """Return the names of the factors of a kernel that is taken apart along its axes.

    >>> axis_names(2), axis_names(3)
    (('vertical', 'horizontal'), ('axis_0', 'axis_1', 'axis_2'))
    """
    return ("vertical", "horizontal") if count == 2 else tuple(f"axis_{a}" for a in range(count))


def along(line: Line, axis: int, count: int) -> dict[str, Any]:
    """Return the options of a convolution that does to one axis what a line says, to the others nothing."""

    def alone(value: Any, otherwise: Any) -> tuple[Any, ...]:
        return tuple(value if a == axis else otherwise for a in range(count))

    return {
        "kernel_size": alone(line.kernel, 1),
        "stride": alone(line.stride, 1),
        "padding": alone((line.lo, line.hi), (0, 0)),
        "dilation": alone(line.dilation, 1),
    }
