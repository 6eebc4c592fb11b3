"""Theorems about what comes before and after: strides, padding, two convolutions in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.resampling import cropped, decimation, padded
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.theorems.draws import ONE, channels, keywords, layer
from convalgebra.theorems.theorem import Named, Need, Theorem

GUIDE = "Dumoulin and Visin, arXiv:1603.07285"


Spatial = dict[str, Any]


def _two(rng: Random, padding: tuple[int, ...] = (0, 1)) -> dict[str, Any]:
    """Draw two layers of which the second one fits what the first gives, on one or two axes."""
    while True:
        first = layer(rng, padding=2)
        rank = len(first["input_size"])
        second = layer(rng, rank, padding=rng.choice(padding))
        given = {"first": first, "second": second, "channels": tuple(rng.choices((1, 2), k=3))}
        middle = [axis.outputs for axis in conv(1, 1, **first).axes]
        pairs = zip(middle, conv(1, 1, **second).axes, strict=True)
        if all(n + axis.lo + axis.hi >= axis.span for n, axis in pairs):
            return given


def _pair(first: Spatial, second: Spatial, channels: Any) -> tuple[Conv, Conv]:
    one = conv(channels[0], channels[1], **first, name="first")
    second = {**second, "input_size": one.output_size}
    return one, conv(channels[1], channels[2], **second, name="second")


def _axes(first: Spatial, second: Spatial, channels: Any) -> list[tuple[Axis, Axis]]:
    one, two = _pair(first, second, channels)
    return [(a.numeric(), b.numeric()) for a, b in zip(one.axes, two.axes, strict=True)]


def _spans(pairs: Iterable[tuple[Axis, Axis]]) -> list[int]:
    return [a.dilation * (a.kernel - 1) + a.stride * b.dilation * (b.kernel - 1) + 1 for a, b in pairs]


def _in_one(first: Spatial, second: Spatial, channels: Any) -> Conv:
    pairs = _axes(first, second, channels)
    return conv(
        channels[0],
        channels[2],
        first["input_size"],
        _spans(pairs),
        stride=[a.stride * b.stride for a, b in pairs],
        padding=[(a.lo + a.stride * b.lo, a.hi + a.stride * b.hi) for a, b in pairs],
    )


def _convolved(weights: Named, first: Spatial, second: Spatial, channels: Any, **cut: Any) -> Named:
    """Return the sum over middle channels of both kernels convolved, spread by what their taps step."""
    one, two, pairs = weights["first"], weights["second"], _axes(first, second, channels)
    kernel = np.zeros((two.shape[0], one.shape[1], *_spans(pairs)), one.dtype)
    for k1 in np.ndindex(*one.shape[2:]):
        for k2 in np.ndindex(*two.shape[2:]):
            taps = zip(pairs, k1, k2, strict=True)
            place = tuple(a.dilation * i + a.stride * b.dilation * j for (a, b), i, j in taps)
            kernel[(..., *place)] += two[(..., *k2)] @ one[(..., *k1)]
    return {"weight": kernel}


def _overhang(axis: Axis) -> int:
    return int((axis.outputs - 1) * axis.stride + axis.span - axis.size - axis.lo)


def _agrees_before(**sizes: Any) -> bool:
    return all(b.lo == 0 or a.lo + a.stride > a.span - 1 for a, b in _axes(**sizes))


def _agrees_after(**sizes: Any) -> bool:
    return all(_overhang(b) <= 0 or _overhang(a) + a.stride > a.span - 1 for a, b in _axes(**sizes))


def _inner_first(**sizes: Any) -> Product:
    return Product(_pair(**sizes)[::-1])


def _two_and_cut(rng: Random) -> dict[str, Any]:
    """Draw two layers, and how many outputs are cut off: as many as reach beyond the middle, or nearly."""
    while True:
        given = _two(rng, padding=(1, 2))
        axes = [b for _, b in _axes(**given)]
        cut = [
            tuple(
                max(0, -(-side // b.stride) + rng.choice((-1, 0, 0, 0, 1))) for side in (b.lo, _overhang(b))
            )
            for b in axes
        ]
        if all(sum(pair) < b.outputs for pair, b in zip(cut, axes, strict=True)):
            return {**given, "cut": tuple(cut)}


def _starts_within(cut: Any, **sizes: Any) -> bool:
    """Say whether the outputs that are left read no padding in between before the first layer's outputs."""
    return all(lo * b.stride >= b.lo for (lo, _), (_, b) in zip(cut, _axes(**sizes), strict=True))


def _ends_within(cut: Any, **sizes: Any) -> bool:
    """Say the same of the padding after them."""
    return all(hi * b.stride >= _overhang(b) for (_, hi), (_, b) in zip(cut, _axes(**sizes), strict=True))


def _inside(make: Callable[..., Operator]) -> Callable[..., Operator]:
    """Return what makes an operator without the outputs that are cut off."""

    def made(cut: Any, **sizes: Any) -> Operator:
        whole = make(**sizes)
        return Product((cropped(whole.output_shape[0], whole.output_size, cut), whole))

    return made


def _padded_first(**sizes: Any) -> Product:
    options = {**sizes, "padding": 0, "padding_mode": "zeros"}
    before = padded(
        sizes["in_channels"], sizes["input_size"], sizes["padding"], padding_mode=sizes["padding_mode"]
    )
    return Product((conv(**{**options, "input_size": before.output_size}), before))


def _crop_draw(rng: Random) -> dict[str, Any]:
    lines = []
    for _ in range(rng.choice((1, 2))):
        cut, m = (rng.randint(0, 2), rng.randint(0, 2)), rng.randint(1, 2)
        lines.append((sum(cut) + m + rng.randint(0, 2), m, cut))
    names = ("input_size", "kernel_size", "cut")
    return channels(rng, groups=True) | dict(zip(names, zip(*lines, strict=True), strict=True))


def _cropped_first(input_size: Any, cut: Any, **sizes: Any) -> Product:
    before = cropped(sizes["in_channels"], input_size, cut)
    return Product((conv(**sizes, input_size=before.output_size), before))


def _reflected_draw(rng: Random) -> dict[str, Any]:
    drawn = layer(rng, dilation=rng.choice((1, 1, 2)), padding=rng.choice((1, 1, 2)))
    return drawn | channels(rng, groups=True)


def _reflects_inside(kernel_size: Any, padding: Any, **_: Any) -> bool:
    return all(2 * max(pair) <= m - 1 for m, pair in zip(kernel_size, padding, strict=True))


_SAME = {"input_size": (5,), "kernel_size": (3,), "padding": ((1, 1),)}
_TWO = {"first": _SAME, "second": _SAME, "channels": (1, 1, 1)}


# --- the theorems --------------------------------------------------------------------------------

_BEFORE_AND_AFTER: tuple[Theorem, ...] = (
    Theorem(
        "A12",
        "strided is decimated",
        r"C_s = (I \otimes D_s) C_1",
        GUIDE + ", section 2.3",
        lambda rng: keywords(rng, groups=False),
        conv,
        lambda stride, **sizes: Product(
            (
                decimation(sizes["out_channels"], conv(**sizes).output_size, stride),
                conv(**sizes),
            )
        ),
    ),
    Theorem(
        "A18",
        "padding is an operator",
        r"C = C_{\mathrm{valid}} (I \otimes P_1 \otimes \dots \otimes P_r)",
        GUIDE + ", section 2",
        keywords,
        conv,
        _padded_first,
    ),
    Theorem(
        "A18",
        "cropping is negative padding",
        r"C(lo = -a, hi = -b) = C(0, 0) \, P_{-a, -b}",
        GUIDE + ", section 2",
        _crop_draw,
        lambda cut, **sizes: conv(**sizes, padding=tuple((-lo, -hi) for lo, hi in cut)),
        _cropped_first,
    ),
)

_REFLECTED: tuple[Theorem, ...] = (
    Theorem(
        "B8",
        "reflection fills no entry that zeros leave out",
        r"\operatorname{pattern} C_{\mathrm{reflect}} = \operatorname{pattern} C_{\mathrm{zeros}}",
        GUIDE + ", section 2",
        _reflected_draw,
        lambda **sizes: conv(**sizes, padding_mode="reflect"),
        conv,
        needs=(
            Need(
                "dilation 1",
                lambda dilation, **_: all(d == 1 for d in dilation),
                {
                    **ONE,
                    "input_size": (5,),
                    "kernel_size": (3,),
                    "padding": ((1, 1),),
                    "dilation": (3,),
                },
            ),
            Need(
                "no more than half of the kernel's reach as padding on each side",
                _reflects_inside,
                {
                    **ONE,
                    "input_size": (5,),
                    "kernel_size": (2,),
                    "padding": ((1, 0),),
                    "dilation": (1,),
                },
            ),
        ),
        compare="pattern",
    ),
)

_IN_A_ROW: tuple[Theorem, ...] = (
    Theorem(
        "A22",
        "two convolutions are one",
        r"C_2 C_1 = C_{12}, \; w_{12} = \sum_h (w_1 \uparrow d_1) * (w_2 \uparrow s_1 d_2)",
        "Vaidyanathan, Multirate systems and filter banks, 1993",
        _two,
        _inner_first,
        _in_one,
        needs=(
            Need(
                "at the start the second is unpadded or the first is full",
                _agrees_before,
                {**_TWO, "second": {**_SAME, "padding": ((1, 0),)}},
            ),
            Need(
                "at the end likewise: two 'same' convolutions are not one at the border",
                _agrees_after,
                {**_TWO, "second": {**_SAME, "padding": ((0, 1),)}},
            ),
        ),
        carry=_convolved,
    ),
    Theorem(
        "A22",
        "two convolutions are one away from the border",
        r"\mathrm{crop} \, C_2 C_1 = \mathrm{crop} \, C_{12}",
        "Vaidyanathan, Multirate systems and filter banks, 1993",
        _two_and_cut,
        _inside(_inner_first),
        _inside(_in_one),
        needs=(
            Need(
                "the windows of the second that are left start inside what the first gives",
                _starts_within,
                {**_TWO, "cut": ((0, 1),)},
            ),
            Need("they end inside it", _ends_within, {**_TWO, "cut": ((1, 0),)}),
        ),
        carry=_convolved,
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_BEFORE_AND_AFTER, *_REFLECTED, *_IN_A_ROW)
