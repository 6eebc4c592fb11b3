"""The same convolution in other forms: on a volume, untied, as im2col."""

from __future__ import annotations

from typing import Any

from convalgebra.assembly import without_padding
from convalgebra.axis import Axis
from convalgebra.catalogue.arguments import make_axes
from convalgebra.catalogue.resampling import padded
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped
from convalgebra.operators.conv import Conv
from convalgebra.operators.described import Sizes
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity, TapWeights, check_groups
from convalgebra.operators.local import LocallyConnected
from convalgebra.operators.moves import Unfold
from convalgebra.operators.permutations import Permutation
from convalgebra.proofs import Size
from convalgebra.sizes import SizeLike, as_size, product


def volume_conv(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    name: str = "weight",
) -> Conv:
    """Return the "2-D convolution" of a volume as what it is: a 3-D one, its kernel as deep as the input.

    The channels become an axis of their own, the first one, along which the kernel cannot move. The
    weight has the shape (out_channels, 1, in_channels, *kernel_size).

    >>> import convalgebra as ca
    >>> op = ca.volume_conv(3, 128, (7, 7), 3)
    >>> op.input_shape, op.output_shape, op.multiplications
    ((1, 3, 7, 7), (128, 1, 5, 5), 86400)
    """
    axes = make_axes(input_size, kernel_size, stride, padding, dilation, "zeros")
    depth = as_size(in_channels, "in_channels", least=1)
    return Conv(1, as_size(out_channels, "out_channels", least=1), (Axis(depth, depth), *axes), name=name)


def locally_connected(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    name: str = "weight",
) -> Operator:
    """Return the convolution whose kernel differs from output to output: nothing is shared.

    The weight has the shape (out_channels, *output_size, in_channels, *kernel_size).
    Source: LeCun, "Generalization and network design strategies", 1989.

    >>> import convalgebra as ca
    >>> ca.ratio(ca.locally_connected(1, 1, "N", "m"), ca.conv(1, 1, "N", "m"))
    1
    >>> ca.locally_connected(1, 1, "N", "m").parameters
    m*(N - m + 1)
    """
    channels = as_size(in_channels, "in_channels", least=1)
    outputs = as_size(out_channels, "out_channels", least=1)
    axes = make_axes(input_size, kernel_size, stride, padding, dilation, padding_mode)
    local = LocallyConnected(channels, outputs, tuple(map(without_padding, axes)), name)
    if padding_mode == "zeros":
        return LocallyConnected(channels, outputs, axes, name)
    pairs = tuple((axis.lo, axis.hi) for axis in axes)
    return Product((local, padded(channels, input_size, pairs, padding_mode=padding_mode)))


def im2col(
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
    name: str = "weight",
) -> Product:
    """Return a convolution as the product of a dense matrix and the copies of all its windows.

    The weight is the flattened one, shape (out_channels, in_channels / groups * taps); with groups the
    dense matrix is block diagonal. Raises ``ArgumentError`` that names the argument.
    Source: Chellapilla et al., "High performance convolutional neural networks", 2006, section 3.

    >>> import convalgebra as ca
    >>> op = ca.im2col(2, 3, (4, 4), 3)
    >>> op.weight_shapes, op.multiplications == ca.conv(2, 3, (4, 4), 3).multiplications
    ({'weight': (3, 18)}, True)
    """
    check_groups(in_channels, out_channels, groups)
    axes = make_axes(input_size, kernel_size, stride, padding, dilation, padding_mode)
    channels, rank = as_size(in_channels, "in_channels", least=1), len(axes)
    windows = Kron((Identity(channels), *map(Unfold, axes)))
    # (channel, output, tap, output, tap, ...) -> (channel, tap, tap, ..., output, output, ...)
    order = (0, *range(2, 2 * rank + 1, 2), *range(1, 2 * rank, 2))
    columns = Permutation(windows.output_shape, order)
    mix = _mix(channels, out_channels, tuple(axis.kernel for axis in axes), groups, name)
    outputs = tuple(axis.outputs for axis in axes)
    return Product(
        (
            Kron((mix, *map(Identity, outputs))),
            Reshaped(columns, windows.output_shape, (mix.shape[1], *outputs)),
            windows,
        )
    )


def _mix(channels: Size, out_channels: SizeLike, kernel: Sizes, groups: SizeLike, name: str) -> Operator:
    """Return the matrix that mixes the columns: dense, or with a block for each group."""
    outs, g = as_size(out_channels, "out_channels", least=1), as_size(groups, "groups", least=1)
    if g == 1:
        return Dense(outs, channels * product(kernel), name)
    return TapWeights(outs, channels, g, kernel, (), name)
