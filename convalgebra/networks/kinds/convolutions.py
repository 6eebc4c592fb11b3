"""Convolutions: plain, transposed and quantised, padding in each of ONNX's forms."""

from __future__ import annotations

from functools import lru_cache

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv_transpose
from convalgebra.errors import ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.seen import Effect, Seen, agreed, axis, repeated
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.proofs import Size, is_number, maximum
from convalgebra.sizes import ceil_div

Pads = tuple[tuple[Size, Size], ...]


def conv(seen: Seen) -> Effect:
    """Conv: input (N, C, *size), weight (M, C/group, *kernel), bias (M,)."""
    return _conv(seen, 1, 2)


def conv_integer(seen: Seen) -> Effect:
    """ConvInteger: input, weight, their zero points; no bias."""
    return _conv(seen, 1, None)


def qlinear_conv(seen: Seen) -> Effect:
    """QLinearConv: the weight is input 3, the bias input 8; scales and zero points are no weights."""
    return _conv(seen, 3, 8)


def _conv(seen: Seen, weight: int, bias: int | None) -> Effect:
    image, kernel = _image_and_weight(seen, weight)
    (channels, *sizes), groups = image, seen.size("group", 1)
    lines = _lines(seen, tuple(sizes), _kernel(seen, kernel))
    op = _made(channels, kernel[0], tuple(axis(*line) for line in lines), groups)
    _, conditions = agreed([op.in_group, kernel[1]], (seen.shape(0), kernel))
    return _effect(seen, op, weight, bias, tuple(conditions))


def transposed(seen: Seen) -> Effect:
    """ConvTranspose: weight (C, M/group, *kernel); ``output_shape`` and ``auto_pad`` set the padding."""
    image, weight = _image_and_weight(seen, 1)
    (channels, *rest), groups = image, seen.size("group", 1)
    sizes, kernel = tuple(rest), _kernel(seen, weight)
    _, conditions = agreed([channels, weight[0]], (seen.shape(0), weight))
    rank = len(sizes)
    stride, dilation = seen.sizes("strides", rank, 1), seen.sizes("dilations", rank, 1)
    extra = seen.sizes("output_padding", rank, 0)
    natural = tuple(
        (n - 1) * s + d * (k - 1) + 1 + e
        for n, s, d, k, e in zip(sizes, stride, dilation, kernel, extra, strict=True)
    )
    pads = _transposed_pads(seen, sizes, stride, natural)
    op = _made_transposed(
        channels, weight[1] * groups, sizes, kernel, stride, pads, extra, groups, dilation
    )
    return _effect(seen, op, 1, 2, tuple(conditions))


# --- padding -------------------------------------------------------------------------------------


def window_pads(seen: Seen, sizes: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Pads:
    """Return (lo, hi) along each axis from ``pads`` or ``auto_pad``, for windows that slide.

    SAME gives ceil(size / stride) outputs, the odd zero at the end (UPPER) or the beginning (LOWER).
    """
    rank, mode = len(sizes), seen.attribute("auto_pad", "NOTSET") or "NOTSET"
    if mode == "NOTSET":
        pads = seen.sizes("pads", 2 * rank, 0)
        return tuple(zip(pads[:rank], pads[rank:], strict=True))
    if mode == "VALID":
        return ((0, 0),) * rank
    _check_mode(mode)
    lines = zip(sizes, kernel, stride, dilation, strict=True)
    totals = (maximum((ceil_div(n, s) - 1) * s + d * (k - 1) + 1 - n, 0) for n, k, s, d in lines)
    return tuple(_halves(total, mode == "SAME_UPPER") for total in totals)


def _transposed_pads(seen: Seen, sizes: Shape, stride: Shape, natural: Shape) -> Pads:
    """Return the padding: given, or what the wanted output size leaves.

    ``natural`` is the output size without padding. Where SAME wants more outputs than there are, it gets
    those; an ``output_shape`` gets zeros at the end.
    """
    rank, mode = len(sizes), seen.attribute("auto_pad", "NOTSET") or "NOTSET"
    given = seen.attribute("output_shape")
    if given is not None and len(given):
        wanted = seen.sizes("output_shape", len(given))[-rank:]  # with or without batch and channels
        if len(wanted) != rank:
            raise ShapeError(f"output_shape={given!r} must have one size for each of {rank} axes")
        totals = [n - size for n, size in zip(natural, wanted, strict=True)]
        more = [is_number(total) and total < 0 for total in totals]
        halves = [_halves(total, mode == "SAME_UPPER") for total in totals]
        return tuple(
            (0, t) if beyond else half for t, beyond, half in zip(totals, more, halves, strict=True)
        )
    if mode in ("NOTSET", "VALID"):
        pads = (0,) * 2 * rank if mode == "VALID" else seen.sizes("pads", 2 * rank, 0)
        return tuple(zip(pads[:rank], pads[rank:], strict=True))
    _check_mode(mode)
    lines = zip(natural, sizes, stride, strict=True)
    return tuple(_halves(maximum(n - size * s, 0), mode == "SAME_UPPER") for n, size, s in lines)


def _halves(total: Size, upper: bool) -> tuple[Size, Size]:
    less = total // 2
    return (less, total - less) if upper else (total - less, less)


def _check_mode(mode: object) -> None:
    if mode not in ("SAME_UPPER", "SAME_LOWER"):
        raise ShapeError(f"auto_pad={mode!r} must be NOTSET, VALID, SAME_UPPER or SAME_LOWER")


# --- what they share -----------------------------------------------------------------------------


def _image_and_weight(seen: Seen, place: int) -> tuple[Shape, Shape]:
    image, weight = seen.image(0, least=2), seen.shape(place)
    if len(weight) != len(image) + 1:
        raise ShapeError(
            f"the weight of shape ({', '.join(map(str, weight))}) must have {len(image) + 1} axes, as the "
            f"input of shape ({', '.join(map(str, seen.shape(0)))}) has"
        )
    return image, weight


def _kernel(seen: Seen, weight: Shape) -> Shape:
    """Return the kernel size: the attribute and the weight must agree."""
    sizes = weight[2:]
    if seen.attribute("kernel_shape"):
        for a, b in zip(seen.sizes("kernel_shape", len(sizes)), sizes, strict=True):
            agreed([a, b], (weight,))
    return sizes


def _lines(seen: Seen, sizes: Shape, kernel: Shape) -> tuple[tuple[Size, ...], ...]:
    rank = len(sizes)
    stride, dilation = seen.sizes("strides", rank, 1), seen.sizes("dilations", rank, 1)
    pads = window_pads(seen, sizes, kernel, stride, dilation)
    return tuple(
        (n, k, s, lo, hi, d)
        for n, k, s, (lo, hi), d in zip(sizes, kernel, stride, pads, dilation, strict=True)
    )


def _effect(seen: Seen, op: Operator, weight: int, bias: int | None, conditions: tuple) -> Effect:  # type: ignore[type-arg]
    held = {"weight": (weight,)} | ({"bias": (bias,)} if bias is not None and seen.has(bias) else {})
    return Effect(
        ((seen.shape(0)[0], *op.output_shape),),
        "conv",
        repeated(op, seen.copies()),
        {"weight": weight},
        held,
        conditions=conditions,
        biased="bias" in held,
    )


@lru_cache(maxsize=4096)
def _made(in_channels: Size, out_channels: Size, axes: tuple[Axis, ...], groups: Size) -> Conv:
    return Conv(in_channels, out_channels, axes, groups)


@lru_cache(maxsize=4096)
def _made_transposed(
    in_channels: Size,
    out_channels: Size,
    sizes: Shape,
    kernel: Shape,
    stride: Shape,
    pads: Pads,
    extra: Shape,
    groups: Size,
    dilation: Shape,
) -> Operator:
    for k in kernel:
        axis(1, k, hi=k)  # a kernel too long to count is refused here too
    return conv_transpose(
        in_channels,
        out_channels,
        sizes,
        kernel,
        stride=stride,
        padding=pads,
        output_padding=extra,
        groups=groups,
        dilation=dilation,
    )
