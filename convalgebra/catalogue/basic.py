"""Convolution and transposed convolution: the calls everything else is made from."""

from __future__ import annotations

from typing import Any

from convalgebra.catalogue.arguments import Line, make_axes, per_axis, read_lines
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.operators.leaves import check_groups
from convalgebra.proofs import Size, is_nonnegative, is_number, maximum
from convalgebra.sizes import SizeLike, as_size


def conv(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: SizeLike = 1,
    padding_mode: str = "zeros",
    flip: bool = False,
    name: str = "weight",
) -> Conv:
    """Return a convolution on any number of axes; keywords as in PyTorch.

    Every size is an int, a name or a sympy integer expression. ``input_size`` has one size per axis;
    ``kernel_size``, ``stride`` and ``dilation`` are shared or one per axis. ``padding`` is a size, one
    per axis, (lo, hi) pairs (negative ones crop), "valid", "same" (as many outputs as inputs at
    stride 1, the extra on the high side) or "full". ``padding_mode`` is zeros, circular, reflect or
    replicate. ``flip=True`` is the convolution of signal processing, which mirrors the kernel; the
    default is the cross-correlation of deep learning. The weight has the shape
    (out_channels, in_channels / groups, *kernel_size).

    Raises ``ArgumentError``, a ``ValueError``, that names the argument, its value and what is right.
    Source: Dumoulin and Visin, arXiv:1603.07285.

    >>> import convalgebra as ca
    >>> op = ca.conv(3, 128, input_size=(7, 7), kernel_size=3)
    >>> op.output_size, op.shape, op.multiplications
    ((5, 5), (3200, 147), 86400)
    >>> ca.conv("D", "N_c", input_size=("H", "W"), kernel_size="h").multiplications
    D*N_c*h**2*(H - h + 1)*(W - h + 1)
    """
    axes = make_axes(input_size, kernel_size, stride, padding, dilation, padding_mode)
    return Conv(
        as_size(in_channels, "in_channels", least=1),
        as_size(out_channels, "out_channels", least=1),
        axes,
        as_size(groups, "groups", least=1),
        flip,
        name,
    )


def conv_transpose(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: SizeLike = 1,
    dilation: Any = 1,
    name: str = "weight",
) -> Operator:
    """Return a transposed convolution: the ``.T`` of the convolution whose adjoint it is.

    The keywords and the order are PyTorch's; the output size is ``(n - 1)*stride - lo - hi
    + dilation*(kernel - 1) + output_padding + 1`` along each axis, ``output_padding`` below stride or
    dilation. The weight has the shape (in_channels, out_channels / groups, *kernel_size).

    Raises ``ArgumentError`` that names the argument, its value and what is right.
    Source: Dumoulin and Visin, arXiv:1603.07285, section 4.

    >>> import convalgebra as ca
    >>> up = ca.conv_transpose(8, 4, input_size=(5, 5), kernel_size=3, stride=2, padding=1)
    >>> up
    ca.conv(4, 8, input_size=(9, 9), kernel_size=3, stride=2, padding=1).T
    >>> up.output_shape, up.mult_adds
    ((4, 9, 9), 7200)
    """
    check_groups(in_channels, out_channels, groups)
    lines = read_lines(input_size, kernel_size, stride, padding, dilation)
    extras = per_axis(output_padding, len(lines), "output_padding", least=0)
    for line, extra in zip(lines, extras, strict=True):
        _check_output_padding(extra, line)
    # From output_padding = stride on, the convolution would have outputs more than n: crop them.
    pads = [
        (line.lo, line.hi - line.stride * (e // line.stride)) for line, e in zip(lines, extras, strict=True)
    ]
    return conv(
        out_channels,
        in_channels,
        [_transposed_size(line, extra) for line, extra in zip(lines, extras, strict=True)],
        [line.kernel for line in lines],
        stride=[line.stride for line in lines],
        padding=pads,
        dilation=[line.dilation for line in lines],
        groups=groups,
        name=name,
    ).T


def _transposed_size(line: Line, extra: Size) -> Size:
    n, m, s, lo, hi, d = line
    size = (n - 1) * s - lo - hi + d * (m - 1) + extra + 1
    if is_nonnegative(-size):
        raise ArgumentError(
            f"padding=({lo}, {hi}) leaves no output: ({n} - 1)*{s} - {lo} - {hi} + {d}*({m} - 1) "
            f"+ {extra} + 1 = {size} must be at least 1"
        )
    return size


def _check_output_padding(extra: Size, line: Line) -> None:
    stride, dilation = line.stride, line.dilation
    most = maximum(stride, dilation) if is_number(stride) and is_number(dilation) else None
    if most is not None and is_nonnegative(extra - most):
        raise ArgumentError(
            f"output_padding={extra} must be below stride or dilation, max({stride}, {dilation})"
        )
