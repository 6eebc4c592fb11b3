"""Theorems about pooling and upsampling."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from random import Random
from typing import Any

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.catalogue.resampling import (
    average_pool,
    upsample_bilinear,
    upsample_nearest,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.fixed import Filter, Fixed
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Gather
from convalgebra.theorems.draws import layer
from convalgebra.theorems.theorem import Theorem
from convalgebra.weights import Array

Named = dict[str, Array]


def _pool_draw(rng: Random) -> dict[str, Any]:
    drawn = layer(rng, dilation=1, padding=rng.choice((0, 1)))
    kept = {name: drawn[name] for name in ("input_size", "kernel_size", "stride", "padding")}
    return kept | {"channels": rng.randint(1, 2)}


def _depthwise_average(channels: int, **sizes: Any) -> Operator:
    return conv(channels, channels, groups=channels, **sizes)


def _averages(weights: Named, channels: int, kernel_size: Any, **sizes: Any) -> Named:
    taps = int(np.prod(kernel_size))
    return {"weight": np.full((channels, 1, *kernel_size), sympy.Rational(1, taps), object)}


def _nearest_draw(rng: Random) -> dict[str, Any]:
    sizes = tuple(rng.choices((1, 2, 3), k=rng.randint(1, 2)))
    return {"channels": rng.randint(1, 2), "input_size": sizes, "factor": rng.randint(1, 3)}


def _nearest_as_transposed(channels: int, input_size: Any, factor: int) -> Operator:
    return conv_transpose(channels, channels, input_size, factor, stride=factor, groups=channels)


def _sizes_and_factor(rng: Random) -> dict[str, Any]:
    n = rng.randint(1, 6)
    factor = rng.choice((Fraction(2), Fraction(3), Fraction(13, 10), Fraction(3, 2)))
    return {"n": n, "factor": factor}


def _by_size(n: int, factor: Fraction) -> Operator:
    outputs = floor(n * factor)
    return Gather(n, tuple(i * n // outputs for i in range(outputs)))


def _by_factor(n: int, factor: Fraction) -> Operator:
    return Gather(n, tuple(min(n - 1, floor(i / factor)) for i in range(floor(n * factor))))


def _line_up(rng: Random) -> dict[str, Any]:
    return {"n": rng.randint(1, 5), "r": rng.randint(1, 5)}


def _interpolation(n: int, places: list[Fraction]) -> Operator:
    """Return linear interpolation by its definition: at each place, between its two neighbours."""
    rows = []
    for place in places:
        held = min(max(place, Fraction(0)), Fraction(n - 1))
        rows.append(tuple(max(Fraction(0), 1 - abs(held - j)) for j in range(n)))
    return Fixed(tuple(rows))


def _centres(n: int, r: int) -> Operator:
    return _interpolation(n, [(o + Fraction(1, 2)) / r - Fraction(1, 2) for o in range(n * r)])


def _corners(n: int, r: int) -> Operator:
    return _interpolation(n, [Fraction(o, r) for o in range((n - 1) * r + 1)])


def _zero_padded_tent(n: int, r: int) -> Operator:
    return Filter(Axis(n * r, r + 2 * (r // 2), r, r // 2, r // 2), "tent").T


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (
        Theorem(
            "A19",
            "average pooling is a depthwise convolution",
            r"A = \tfrac{1}{m} C(\mathbf 1)",
            "torch.nn.AvgPool2d",
            _pool_draw,
            average_pool,
            _depthwise_average,
            carry=_averages,
            compare="symbols",
        ),
        Theorem(
            "A19",
            "average pooling with and without its padding",
            r"\tfrac{1}{m} C(\mathbf 1) = \operatorname{diag}(1 / \mathrm{count}) \, C(\mathbf 1)",
            "torch.nn.AvgPool2d, count_include_pad",
            _pool_draw,
            average_pool,
            lambda **sizes: average_pool(**sizes, count_include_pad=False),
            condition="no window touches padding",
            holds=lambda padding, **_: not np.any(padding),
            counterexample={
                "channels": 1,
                "input_size": (3,),
                "kernel_size": (2,),
                "stride": (1,),
                "padding": ((1, 0),),
            },
            compare="symbols",
        ),
        Theorem(
            "A19",
            "nearest upsampling is a transposed convolution",
            r"N_r = I_n \otimes \mathbf 1_r = C^{\mathsf T}, \; m = s = r",
            "torch.nn.functional.interpolate",
            _nearest_draw,
            upsample_nearest,
            _nearest_as_transposed,
            carry=lambda weights, channels, input_size, factor: {
                "weight": np.ones((channels, 1, *[factor] * len(input_size)), int)
            },
        ),
        Theorem(
            "A19",
            "nearest upsampling by size and by factor",
            r"\lfloor i n / N \rfloor = \lfloor i / f \rfloor",
            "torch.nn.functional.interpolate, size and scale_factor",
            _sizes_and_factor,
            _by_size,
            _by_factor,
            condition="a whole factor",
            holds=lambda n, factor: factor.denominator == 1,
            counterexample={"n": 5, "factor": Fraction(13, 10)},
        ),
        Theorem(
            "A19",
            "bilinear upsampling",
            r"B = T \, P_{\mathrm{replicate}}",
            "torch.nn.functional.interpolate, align_corners=False",
            _line_up,
            lambda n, r: upsample_bilinear(1, n, r),
            _centres,
            compare="symbols",
        ),
        Theorem(
            "A19",
            "bilinear upsampling without replication",
            r"B = T_{p = \lfloor r / 2 \rfloor}",
            "Long et al., arXiv:1411.4038, section 3.3",
            _line_up,
            lambda n, r: upsample_bilinear(1, n, r),
            _zero_padded_tent,
            condition="factor 1: otherwise the first and last floor(r/2) rows differ",
            holds=lambda n, r: r == 1,
            counterexample={"n": 3, "r": 2},
            compare="symbols",
        ),
        Theorem(
            "A19",
            "bilinear upsampling with aligned corners",
            r"B = T, \; m = 2r - 1, \; N = (n - 1) r + 1",
            "torch.nn.functional.interpolate, align_corners=True",
            _line_up,
            lambda n, r: upsample_bilinear(1, n, r, align_corners=True),
            _corners,
            compare="symbols",
        ),
        Theorem(
            "A19",
            "bilinear upsampling acts on each axis",
            r"B_{2D} = B \otimes B",
            "torch.nn.functional.interpolate",
            lambda rng: {"n": (rng.randint(1, 3), rng.randint(1, 3)), "r": rng.randint(1, 3)},
            lambda n, r: upsample_bilinear(1, n, r),
            lambda n, r: Kron((Identity(1), *(upsample_bilinear(1, size, r) for size in n))),
            compare="symbols",
        ),
    )
