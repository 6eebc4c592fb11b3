"""Theorems about what comes before and after: strides, padding, two convolutions in a row."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.resampling import cropped, decimation, padded
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.theorems.draws import channels, layer, line, mode
from convalgebra.theorems.theorem import Theorem
from convalgebra.weights import Array

GUIDE = "Dumoulin and Visin, arXiv:1603.07285"
Named = dict[str, Array]


def _two(rng: Random) -> dict[str, Any]:
    while True:
        first = line(rng, padding=2)
        middle = Axis(first[0], *first[1:3], *first[4], first[3]).outputs
        _, m, s, d, pad = line(rng, padding=rng.choice((0, 1)))
        if middle + sum(pad) >= d * (m - 1) + 1:
            return {"first": first, "second": (m, s, d, pad), "channels": tuple(rng.choices((1, 2), k=3))}


def _pair(first: Any, second: Any, channels: Any) -> tuple[Any, Any]:
    n, m1, s1, d1, p1 = first
    m2, s2, d2, p2 = second
    one = conv(channels[0], channels[1], n, m1, stride=s1, dilation=d1, padding=(p1,), name="first")
    two = conv(
        channels[1], channels[2], one.output_size, m2, stride=s2, dilation=d2, padding=(p2,), name="second"
    )
    return one, two


def _in_one(first: Any, second: Any, channels: Any) -> Operator:
    n, m1, s1, d1, (lo1, hi1) = first
    m2, s2, d2, (lo2, hi2) = second
    kernel = d1 * (m1 - 1) + s1 * d2 * (m2 - 1) + 1
    pad = ((lo1 + s1 * lo2, hi1 + s1 * hi2),)
    return conv(channels[0], channels[2], n, kernel, stride=s1 * s2, padding=pad)


def _convolved(weights: Named, first: Any, second: Any, **sizes: Any) -> Named:
    one, two = weights["first"], weights["second"]
    (_, m1, s1, d1, _), (m2, _, d2, _) = first, second
    kernel = np.zeros((two.shape[0], one.shape[1], d1 * (m1 - 1) + s1 * d2 * (m2 - 1) + 1), one.dtype)
    for k1, k2 in np.ndindex(m1, m2):
        kernel[:, :, d1 * k1 + s1 * d2 * k2] += two[:, :, k2] @ one[:, :, k1]
    return {"weight": kernel}


def _border_agrees(first: Any, second: Any, channels: Any) -> bool:
    one, two = _pair(first, second, channels)
    a, b = one.axes[0], two.axes[0]
    over_1, over_2 = ((x.outputs - 1) * x.stride + x.span - x.size - x.lo for x in (a, b))
    left = b.lo == 0 or a.lo + a.stride > a.dilation * (a.kernel - 1)
    right = over_2 <= 0 or over_1 + a.stride > a.dilation * (a.kernel - 1)
    return bool(left and right)


def _inner_first(first: Any, second: Any, channels: Any) -> Product:
    return Product(_pair(first, second, channels)[::-1])


def _padded_first(**sizes: Any) -> Product:
    options = {**sizes, "padding": 0, "padding_mode": "zeros"}
    before = padded(
        sizes["in_channels"], sizes["input_size"], sizes["padding"], padding_mode=sizes["padding_mode"]
    )
    return Product((conv(**{**options, "input_size": before.output_size}), before))


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (
        Theorem(
            "A12",
            "strided is decimated",
            r"C_s = (I \otimes D_s) C_1",
            GUIDE + ", section 2.3",
            lambda rng: layer(rng) | channels(rng) | mode(rng),
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
            r"C = C_{\mathrm{valid}} (I \otimes P_1 \otimes \dots \otimes P_d)",
            GUIDE + ", section 2",
            lambda rng: layer(rng) | channels(rng, groups=True) | mode(rng),
            conv,
            _padded_first,
        ),
        Theorem(
            "A18",
            "cropping is negative padding",
            r"C(lo = -1, hi = -1) = C(0, 0) \, P_{-1}",
            GUIDE + ", section 2",
            lambda rng: {"n": rng.randint(4, 7), "m": rng.randint(1, 2)},
            lambda n, m: conv(1, 1, n, m, padding=-1),
            lambda n, m: Product((conv(1, 1, n - 2, m), cropped(1, n, 1))),
        ),
        Theorem(
            "A22",
            "two convolutions are one",
            r"C_2 C_1 = C_{12}, \; w_{12} = \sum_h (w_1 \uparrow d_1) * (w_2 \uparrow s_1 d_2)",
            "Vaidyanathan, Multirate systems and filter banks, 1993",
            _two,
            _inner_first,
            _in_one,
            condition="on each side the second is unpadded or the first is full: "
            "two 'same' convolutions are not one at the border",
            holds=_border_agrees,
            carry=_convolved,
            counterexample={
                "first": (5, 3, 1, 1, (1, 1)),
                "second": (3, 1, 1, (1, 1)),
                "channels": (1, 1, 1),
            },
        ),
    )
