"""The cheap convolutions: depthwise, pointwise, depthwise separable, spatially separable."""

from __future__ import annotations

from typing import Any

from convalgebra.catalogue.arguments import read_lines
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
    names = ("vertical", "horizontal") if count == 2 else tuple(f"axis_{a}" for a in range(count))
    middle = out_channels if middle_channels is None else middle_channels
    channels = [in_channels, *[middle] * (count - 1), out_channels]

    def alone(value: Any, axis: int, otherwise: Any) -> tuple[Any, ...]:
        return tuple(value if a == axis else otherwise for a in range(count))

    sizes = tuple(line.size for line in lines)
    result: Operator | None = None
    for a, line in enumerate(lines):
        factor = conv(
            channels[a],
            channels[a + 1],
            sizes,
            alone(line.kernel, a, 1),
            stride=alone(line.stride, a, 1),
            padding=alone((line.lo, line.hi), a, (0, 0)),
            dilation=alone(line.dilation, a, 1),
            padding_mode=padding_mode,
            name=names[a],
        )
        sizes = factor.output_size
        result = factor if result is None else factor @ result
    assert result is not None  # read_lines gives at least one axis
    return result
