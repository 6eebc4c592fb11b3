"""Operators without weights: pooling, padding, and all that makes an image larger or smaller."""

from __future__ import annotations

from itertools import chain
from typing import Any

from convalgebra.axis import Axis
from convalgebra.catalogue.arguments import Line, make_axes, per_axis, read_lines, read_padding, read_sizes
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.filters import Filter
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection
from convalgebra.operators.permutations import Permutation
from convalgebra.proofs import Size, as_formula, maximum
from convalgebra.sizes import SizeLike, as_size, ceil_div, exact_quotient, product


def padded(channels: SizeLike, input_size: Any, padding: Any, *, padding_mode: str = "zeros") -> Kron:
    """Return the 0/1 operator P that pads: conv(padded) = conv(valid) @ P. Negative padding crops.

    ``padding`` is a size, one per axis, or (lo, hi) pairs; ``padding_mode`` as in ``conv``.
    Source: Dumoulin and Visin, arXiv:1603.07285, section 2.

    >>> import convalgebra as ca
    >>> ca.padded(1, 3, 1, padding_mode="reflect").matrix() @ [1, 2, 3]
    array([2, 1, 2, 3, 2])
    """
    sizes = read_sizes(input_size)
    pairs = read_padding(padding, (1,) * len(sizes), (1,) * len(sizes))
    axes = (
        Axis(n, 1, lo=lo, hi=hi, padding_mode=padding_mode)
        for n, (lo, hi) in zip(sizes, pairs, strict=True)
    )
    return Kron((_channels(channels), *(Selection(axis, 0) for axis in axes)))


def cropped(channels: SizeLike, input_size: Any, amount: Any) -> Kron:
    """Return the operator that cuts ``amount`` off each end: a size, one per axis, or (lo, hi) pairs.

    >>> import convalgebra as ca
    >>> ca.cropped(1, 5, ((1, 2),)).matrix() @ range(5)
    array([1, 2])
    """
    sizes = read_sizes(input_size)
    pairs = read_padding(amount, (1,) * len(sizes), (1,) * len(sizes))
    for lo, hi in pairs:
        as_size(lo, "amount", least=0), as_size(hi, "amount", least=0)
    return padded(channels, input_size, tuple((-lo, -hi) for lo, hi in pairs))


def average_pool(
    channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Kron:
    """Return average pooling, channel by channel; the stride is by default the kernel size.

    ``ceil_mode=True`` keeps a last window that reaches beyond the padding, if it starts before the end
    of the input. ``count_include_pad=False`` divides by the inputs that are
    there, True by the padding zeros too, but never by what is beyond them. No weight takes part: it
    adds, and multiplies nothing. Source: torch.nn.AvgPool2d; LeCun et al., 1998.

    >>> import convalgebra as ca
    >>> ca.average_pool(1, 4, 2).matrix() @ [1, 3, 5, 9]
    array([2., 7.])
    >>> ca.average_pool(1, 5, 2, ceil_mode=True).matrix() @ [1, 3, 5, 9, 8]
    array([2., 7., 8.])
    """
    lines = read_lines(input_size, kernel_size, kernel_size if stride is None else stride, padding, 1)
    pads = [(line.lo, _reach(line) if ceil_mode else line.hi) for line in lines]
    axes = make_axes(input_size, kernel_size, [line.stride for line in lines], pads, 1, "zeros")
    if count_include_pad and not ceil_mode:
        return Kron((_channels(channels), *(Filter(axis, "average") for axis in axes)))
    counted = [(line.lo, line.hi) if count_include_pad else (0, 0) for line in lines]
    means = (Filter(axis, "mean", pair) for axis, pair in zip(axes, counted, strict=True))
    return Kron((_channels(channels), *means))


def _reach(line: Line) -> Size:
    """Return how far beyond the input the last window reaches: it starts before the input's end."""
    n, m, s, lo, hi, _ = line
    last = -maximum(-ceil_div(n + lo + hi - m, s), 1 - ceil_div(n + lo, s))
    return last * s + m - n - lo


def zero_insertion(channels: SizeLike, input_size: Any, stride: Any) -> Operator:
    """Return the operator that puts stride - 1 zeros between neighbours: size (n - 1)*stride + 1.

    Source: Dumoulin and Visin, arXiv:1603.07285, section 4.5.

    >>> import convalgebra as ca
    >>> ca.zero_insertion(1, 3, 2).matrix() @ [1, 2, 3]
    array([1, 0, 2, 0, 3])
    """
    return decimation(channels, [(n - 1) * s + 1 for n, s in _with(input_size, stride, "stride")], stride).T


def decimation(channels: SizeLike, input_size: Any, stride: Any) -> Kron:
    """Return the operator that keeps every stride-th value, from the first.

    >>> import convalgebra as ca
    >>> ca.decimation(1, 5, 2).matrix() @ range(5)
    array([0, 2, 4])
    """
    axes = (Axis(n, 1, stride=s) for n, s in _with(input_size, stride, "stride"))
    return Kron((_channels(channels), *(Selection(axis, 0) for axis in axes)))


def upsample_nearest(channels: SizeLike, input_size: Any, factor: Any) -> Operator:
    """Return nearest-neighbour upsampling: each value repeated ``factor`` times along each axis.

    It is the transposed convolution of ones with kernel and stride ``factor``.

    >>> import convalgebra as ca
    >>> ca.upsample_nearest(1, 3, 2).matrix() @ [1, 2, 3]
    array([1, 1, 2, 2, 3, 3])
    """
    axes = (Axis(n * r, r, stride=r) for n, r in _with(input_size, factor, "factor"))
    return Kron((_channels(channels), *(Filter(axis, "box") for axis in axes))).T


def upsample_bilinear(
    channels: SizeLike, input_size: Any, factor: Any, *, align_corners: bool = False
) -> Operator:
    """Return linear, bilinear, ... upsampling on any number of axes, exact at the border.

    It is the transposed convolution with a tent, after one pixel of replication; with
    ``align_corners`` there is none, and n values become (n - 1)*factor + 1.
    Source: torch.nn.functional.interpolate; Long et al., arXiv:1411.4038, section 3.3.

    >>> import convalgebra as ca
    >>> ca.upsample_bilinear(1, 2, 2).matrix() @ [0, 4]
    array([0., 1., 3., 4.])
    >>> ca.upsample_bilinear(1, 2, 2, align_corners=True).matrix() @ [0, 4]
    array([0., 2., 4.])
    """
    pairs = _with(input_size, factor, "factor")
    if align_corners:
        corners = (Axis((n - 1) * r + 1, 2 * r - 1, r, r - 1, r - 1) for n, r in pairs)
        return Kron((_channels(channels), *(Filter(axis, "tent") for axis in corners))).T
    axes = [Axis(n * r, r + 2 * (r // 2), r, r + r // 2, r + r // 2) for n, r in pairs]
    spread = Kron((_channels(channels), *(Filter(axis, "tent") for axis in axes))).T
    return spread @ padded(channels, input_size, 1, padding_mode="replicate")


def pixel_shuffle(in_channels: SizeLike, input_size: Any, factor: SizeLike) -> Reshaped:
    """Return the permutation (C*r*r, H, W) -> (C, r*H, r*W), on any number of axes.

    Raises ``ArgumentError`` when the factor's power does not divide the channels; a name must be given
    as a multiple, such as 4*C. Source: Shi et al., arXiv:1609.05158, equation 4.

    >>> import convalgebra as ca
    >>> up = ca.pixel_shuffle(4, (1, 1), 2)
    >>> up.output_shape, (up.matrix() @ range(4)).reshape(up.output_shape)
    ((1, 2, 2), array([[[0, 1],
            [2, 3]]]))
    """
    pairs = _with(input_size, factor, "factor")
    rank = len(pairs)
    sizes, factors = (tuple(side) for side in zip(*pairs, strict=True))
    channels = _quotient(as_size(in_channels, "in_channels", least=1), product(factors), "in_channels")
    order = (0, *chain.from_iterable((1 + rank + a, 1 + a) for a in range(rank)))
    moved = Permutation((channels, *factors, *sizes), order)
    return Reshaped(moved, (channels * product(factors), *sizes), (channels, *(n * r for n, r in pairs)))


def pixel_unshuffle(in_channels: SizeLike, input_size: Any, factor: SizeLike) -> Operator:
    """Return the permutation (C, r*H, r*W) -> (C*r*r, H, W): the transpose of the pixel shuffle.

    Raises ``ArgumentError`` when the factor does not divide a size; a name must be given as a
    multiple, such as 2*q.

    >>> import convalgebra as ca
    >>> ca.pixel_unshuffle(1, (2, 2), 2).output_shape
    (4, 1, 1)
    """
    pairs = _with(input_size, factor, "factor")
    small = tuple(_quotient(n, r, "input_size") for n, r in pairs)
    channels = as_size(in_channels, "in_channels", least=1) * product(r for _, r in pairs)
    return pixel_shuffle(channels, small, factor).T


def space_to_depth(in_channels: SizeLike, input_size: Any, factor: SizeLike) -> Reshaped:
    """Return the permutation of ONNX's and TensorFlow's SpaceToDepth: the offsets are the slow index.

    Where ``pixel_unshuffle`` puts channel c and offset (a, b) at (c, a, b), this puts it at (a, b, c);
    its transpose is DepthToSpace in mode DCR.

    >>> import convalgebra as ca
    >>> ca.space_to_depth(2, (2, 2), 2).matrix() @ range(8)
    array([0, 4, 1, 5, 2, 6, 3, 7])
    """
    pairs = _with(input_size, factor, "factor")
    rank = len(pairs)
    small = tuple(_quotient(n, r, "input_size") for n, r in pairs)
    channels = as_size(in_channels, "in_channels", least=1)
    split = chain.from_iterable((n, r) for n, (_, r) in zip(small, pairs, strict=True))
    order = (*(2 + 2 * a for a in range(rank)), 0, *(1 + 2 * a for a in range(rank)))
    outputs = (channels * product(r for _, r in pairs), *small)
    return Reshaped(Permutation((channels, *split), order), (channels, *(n for n, _ in pairs)), outputs)


# --- arguments -----------------------------------------------------------------------------------


def _channels(channels: SizeLike) -> Identity:
    return Identity(as_size(channels, "channels", least=1))


def _with(input_size: Any, value: Any, argument: str) -> list[tuple[Size, Size]]:
    """Return (size, value) along each axis."""
    sizes = read_sizes(input_size)
    return list(zip(sizes, per_axis(value, len(sizes), argument, least=1), strict=True))


def _quotient(whole: Size, part: Size, argument: str) -> Size:
    """Return ``whole / part``; raise ``ArgumentError`` where it is not surely an integer."""
    quotient = exact_quotient(whole, part)
    if quotient * part != whole or not as_formula(quotient).is_integer:
        raise ArgumentError(f"{argument}={whole} must be a multiple of {part}, such as {2 * part}")
    return quotient
