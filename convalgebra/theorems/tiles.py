"""Theorems about Winograd's and Toom and Cook's algorithms: a few outputs from few products."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.fast import winograd
from convalgebra.operators.base import Operator
from convalgebra.theorems.draws import channels, plain
from convalgebra.theorems.theorem import Theorem

LAVIN = "Lavin and Gray, arXiv:1509.09308"


def _winograd_draw(rng: Random) -> dict[str, Any]:
    drawn = plain(rng, padding=1) | channels(rng, groups=True)
    return drawn | {"tile": rng.randint(1, 3)}


def _one_tile(rng: Random) -> dict[str, Any]:
    tile, taps = rng.randint(1, 4), rng.randint(1, 3)
    points = rng.choices([0, 1, -1, 2, -2, Fraction(1, 2), 3, Fraction(-1, 3)], k=tile + taps - 2)
    return {"tile": tile, "taps": taps, "points": tuple(points)}


def _tile(tile: int, taps: int, points: Any) -> Operator:
    return winograd(1, 1, tile + taps - 1, taps, tile=tile, points=points)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (
        Theorem(
            "A20",
            "Toom-Cook on one tile",
            r"\mathrm{Toeplitz}(g) = A^{\mathsf T} \operatorname{diag}(G g) \, B^{\mathsf T}",
            "Winograd, Arithmetic complexity of computations, 1980",
            _one_tile,
            lambda tile, taps, points: conv(1, 1, tile + taps - 1, taps),
            _tile,
            condition="the points are different from each other",
            holds=lambda points, **_: len(set(points)) == len(points),
            counterexample={"tile": 2, "taps": 2, "points": (1, 1)},
            compare="symbols",
            differs="existence",
        ),
        Theorem(
            "A20",
            "Winograd",
            r"C = (I \otimes \mathrm{crop} (I \otimes A^{\mathsf T})) \Big(\sum_u \widehat G_u \otimes I"
            r" \otimes E_{u u}\Big) (I \otimes (I \otimes B^{\mathsf T}) E)",
            LAVIN,
            _winograd_draw,
            lambda tile, **sizes: conv(**sizes),
            winograd,
            compare="symbols",
        ),
    )
