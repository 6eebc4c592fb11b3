"""Theorems about upsampling: nearest and bilinear, as transposed convolutions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv_transpose
from convalgebra.catalogue.resampling import (
    cropped,
    upsample_bilinear,
    upsample_nearest,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.filters import Filter
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.theorems.theorem import Need, Theorem


def _nearest_draw(rng: Random) -> dict[str, Any]:
    sizes = tuple(rng.choices((1, 2, 3), k=rng.randint(1, 2)))
    return {"channels": rng.randint(1, 2), "input_size": sizes, "factor": rng.randint(1, 3)}


def _nearest_as_transposed(channels: int, input_size: Any, factor: int) -> Operator:
    return conv_transpose(channels, channels, input_size, factor, stride=factor, groups=channels)


def _on_each_axis(line: Callable[[int, Any], Operator]) -> Callable[..., Operator]:
    """Return what makes the Kronecker product of one operator per axis from sizes and factors."""

    def made(channels: int, input_size: Any, factor: Any) -> Operator:
        return Kron((Identity(channels), *map(line, input_size, factor)))

    return made


def _sizes_and_factors(rng: Random) -> dict[str, Any]:
    rank = rng.choice((1, 1, 2))
    factors = (Fraction(2), Fraction(3), Fraction(13, 10), Fraction(3, 2))
    return {
        "channels": rng.randint(1, 2),
        "input_size": tuple(rng.randint(1, 6 if rank == 1 else 3) for _ in range(rank)),
        "factor": tuple(rng.choice(factors) for _ in range(rank)),
    }


@_on_each_axis
def _by_size(n: int, factor: Fraction) -> Operator:
    outputs = floor(n * factor)
    return Gather(n, tuple(i * n // outputs for i in range(outputs)))


@_on_each_axis
def _by_factor(n: int, factor: Fraction) -> Operator:
    return Gather(n, tuple(min(n - 1, floor(i / factor)) for i in range(floor(n * factor))))


def _enlarged_draw(rng: Random) -> dict[str, Any]:
    rank = rng.choice((1, 1, 2))
    most = 5 if rank == 1 else 3
    sizes = (tuple(rng.randint(1, most) for _ in range(rank)) for _ in range(2))
    return {"channels": 1 if rank == 2 else rng.randint(1, 2)} | dict(
        zip(("input_size", "factor"), sizes, strict=True)
    )


def _and_cut(rng: Random) -> dict[str, Any]:
    """Draw what is cut off each end too: as much as is wrong there, or nearly."""
    while True:
        drawn = _enlarged_draw(rng)
        cut = [tuple(max(0, r // 2 + rng.choice((-1, 0, 0, 1))) for _ in range(2)) for r in drawn["factor"]]
        sizes = zip(drawn["input_size"], drawn["factor"], cut, strict=True)
        if all(n * r > sum(pair) for n, r, pair in sizes):
            return drawn | {"cut": tuple(cut)}


def _interpolation(n: int, places: list[Fraction]) -> Operator:
    """Return linear interpolation by its definition: at each place, between its two neighbours."""
    rows = []
    for place in places:
        held = min(max(place, Fraction(0)), Fraction(n - 1))
        rows.append(tuple(max(Fraction(0), 1 - abs(held - j)) for j in range(n)))
    return Fixed(tuple(rows))


@_on_each_axis
def _centres(n: int, r: int) -> Operator:
    return _interpolation(n, [(o + Fraction(1, 2)) / r - Fraction(1, 2) for o in range(n * r)])


@_on_each_axis
def _corners(n: int, r: int) -> Operator:
    return _interpolation(n, [Fraction(o, r) for o in range((n - 1) * r + 1)])


@_on_each_axis
def zero_padded_tent(n: int, r: int) -> Operator:
    """Return the familiar transposed convolution with a tent, padding r // 2, nothing replicated."""
    return Filter(Axis(n * r, r + 2 * (r // 2), r, r // 2, r // 2), "tent").T


def _and_a_row(rng: Random) -> dict[str, Any]:
    """Draw one output too: along each axis one of the first, of the last, or any."""
    drawn = _enlarged_draw(rng)
    outputs = [n * r for n, r in zip(drawn["input_size"], drawn["factor"], strict=True)]
    return drawn | {"row": tuple(rng.choice((0, N - 1, *rng.choices(range(N), k=4))) for N in outputs)}


def _row_of(make: Callable[..., Operator]) -> Callable[..., Operator]:
    """Return what makes one row of an operator, for each channel."""

    def made(row: Any, **sizes: Any) -> Operator:
        whole = make(**sizes)
        chosen = (
            Gather(n * r, (o,)) for n, r, o in zip(sizes["input_size"], sizes["factor"], row, strict=True)
        )
        return Product((Kron((Identity(sizes["channels"]), *chosen)), whole))

    return made


def _without_border(make: Callable[..., Operator]) -> Callable[..., Operator]:
    """Return what makes an operator on one or two axes without its outer outputs."""

    def made(cut: Any, **sizes: Any) -> Operator:
        outputs = [n * r for n, r in zip(sizes["input_size"], sizes["factor"], strict=True)]
        return Product((cropped(sizes["channels"], outputs, cut), make(**sizes)))

    return made


# --- the theorems --------------------------------------------------------------------------------

_NEAREST: tuple[Theorem, ...] = (
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
        _sizes_and_factors,
        _by_size,
        _by_factor,
        needs=(
            Need(
                "a whole factor along each axis",
                lambda factor, **_: all(f.denominator == 1 for f in factor),
                {"channels": 1, "input_size": (5,), "factor": (Fraction(13, 10),)},
            ),
        ),
    ),
)

_BILINEAR: tuple[Theorem, ...] = (
    Theorem(
        "A19",
        "bilinear upsampling",
        r"B = T \, P_{\mathrm{replicate}}",
        "torch.nn.functional.interpolate, align_corners=False",
        _enlarged_draw,
        upsample_bilinear,
        _centres,
        compare="symbols",
    ),
    Theorem(
        "A19",
        "bilinear upsampling without replication",
        r"e_o^{\mathsf T} B = e_o^{\mathsf T} T_{p = \lfloor r / 2 \rfloor}",
        "Long et al., arXiv:1411.4038, section 3.3",
        _and_a_row,
        _row_of(upsample_bilinear),
        _row_of(zero_padded_tent),
        needs=(
            Need(
                "row o is none of the first floor(r/2)",
                lambda factor, row, **_: all(o >= r // 2 for r, o in zip(factor, row, strict=True)),
                {"channels": 1, "input_size": (3,), "factor": (4,), "row": (1,)},
            ),
            Need(
                "none of the last floor(r/2)",
                lambda input_size, factor, row, **_: all(
                    o < n * r - r // 2 for n, r, o in zip(input_size, factor, row, strict=True)
                ),
                {"channels": 1, "input_size": (3,), "factor": (4,), "row": (10,)},
            ),
        ),
        compare="symbols",
        sharp=True,
    ),
    Theorem(
        "A19",
        "bilinear upsampling without replication, away from the border",
        r"\mathrm{crop} \, B = \mathrm{crop} \, T_{p = \lfloor r / 2 \rfloor}",
        "Long et al., arXiv:1411.4038, section 3.3",
        _and_cut,
        _without_border(upsample_bilinear),
        _without_border(zero_padded_tent),
        needs=(
            Need(
                "the first floor(r/2) rows are cut off",
                lambda factor, cut, **_: all(lo >= r // 2 for r, (lo, _) in zip(factor, cut, strict=True)),
                {"channels": 1, "input_size": (3,), "factor": (4,), "cut": ((1, 2),)},
            ),
            Need(
                "the last floor(r/2) too",
                lambda factor, cut, **_: all(hi >= r // 2 for r, (_, hi) in zip(factor, cut, strict=True)),
                {"channels": 1, "input_size": (3,), "factor": (4,), "cut": ((2, 1),)},
            ),
        ),
        compare="symbols",
        sharp=True,
    ),
    Theorem(
        "A19",
        "bilinear upsampling with aligned corners",
        r"B = T, \; m = 2r - 1, \; N = (n - 1) r + 1",
        "torch.nn.functional.interpolate, align_corners=True",
        _enlarged_draw,
        lambda **sizes: upsample_bilinear(**sizes, align_corners=True),
        _corners,
        compare="symbols",
    ),
    Theorem(
        "A19",
        "bilinear upsampling acts on each axis",
        r"B_{2D} = B \otimes B",
        "torch.nn.functional.interpolate",
        _enlarged_draw,
        upsample_bilinear,
        _on_each_axis(lambda n, r: upsample_bilinear(1, n, r)),
        compare="symbols",
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_NEAREST, *_BILINEAR)
