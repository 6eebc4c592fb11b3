"""Theorems about Winograd's and Toom and Cook's algorithms: a few outputs from few products."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from operator import mod
from random import Random
from typing import Any

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.dilated import dilated_polyphase
from convalgebra.catalogue.fast import toom_cook, winograd
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped
from convalgebra.operators.conv import Conv
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.points import PointProducts
from convalgebra.operators.sidebyside import BlockDiag
from convalgebra.theorems.dilation import of_nothing, reads_nothing
from convalgebra.theorems.draws import ONE, channels, plain
from convalgebra.theorems.theorem import Need, Theorem

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


def _scaled_draw(rng: Random) -> dict[str, Any]:
    """Draw a tile, and scales for its points on the left, in the middle, on the right: nearly fitting."""
    drawn = _one_tile(rng)
    tile, taps = drawn["tile"], drawn["taps"]
    few = (1, -1, 2, Fraction(1, 3), Fraction(-2, 3))
    rows = [(rng.choice(few), rng.choice(few)) for _ in range(tile + taps - 1)]
    wrong = rng.choice((1, 1, 1, 2))
    scales = tuple((a, b, Fraction(wrong) / (a * b)) for a, b in rows)
    return {"tile": tile, "taps": taps, "scales": scales}


def _scaled(tile: int, taps: int, scales: Any) -> Operator:
    """Return A^T L1 diag(L2 G g) L3 B^T for one tile: each point's row and column times a number."""
    f = toom_cook(tile, taps)
    left, middle, right = zip(*scales, strict=True)
    output = Fixed(tuple(tuple(v * c for v, c in zip(row, left, strict=True)) for row in f.output.rows))
    before = f.kernel.scales or (1,) * len(middle)
    kernel = replace(f.kernel, scales=tuple(a * b for a, b in zip(before, middle, strict=True)))
    given = zip(f.input.rows, right, strict=True)
    return Product(
        (
            Reshaped(output, (1, output.shape[1]), (1, tile)),
            PointProducts(1, 1, (kernel,)),
            Reshaped(
                Fixed(tuple(tuple(v * c for v in row) for row, c in given)),
                (1, tile + taps - 1),
                (1, output.shape[1]),
            ),
        )
    )


def _dilated_draw(rng: Random) -> dict[str, Any]:
    """Draw dilated convolutions, most of them with a stride that divides the dilation."""
    lines = []
    for _ in range(rng.choice((1, 1, 2))):
        m, d = rng.randint(1, 3), rng.randint(1, 3)
        lo, hi = rng.randint(0, 2), rng.randint(0, 2)
        least = max(1, d * (m - 1) + 1 - lo - hi)
        s = rng.choice((1, d, rng.randint(1, 3)))
        lines.append((rng.randint(least, least + 3), m, s, d, (lo, hi)))
    names = ("input_size", "kernel_size", "stride", "dilation", "padding")
    drawn = dict(zip(names, zip(*lines, strict=True), strict=True))
    return drawn | channels(rng, groups=True) | {"tile": rng.randint(1, 2)}


def _tiles_of_phases(tile: int, **sizes: Any) -> Operator:
    """Return the polyphase form, each of its plain convolutions by Winograd's algorithm."""
    if reads_nothing(**sizes):
        return of_nothing(conv(**sizes))
    after, middle, before = dilated_polyphase(**sizes).operators
    plain = (block for block in middle.operands[0].operands if isinstance(block, Conv))
    blocks = (
        winograd(
            block.in_channels,
            block.out_channels,
            block.input_size,
            [axis.kernel for axis in block.axes],
            tile=tile,
            padding=[(axis.lo, axis.hi) for axis in block.axes],
            groups=block.groups,
        )
        for block in plain
    )
    return Product(
        (after, Reshaped(BlockDiag(tuple(blocks)), middle.input_shape, middle.output_shape), before)
    )


# --- the theorems --------------------------------------------------------------------------------

_SINGLE: tuple[Theorem, ...] = (
    Theorem(
        "A20",
        "Toom-Cook on one tile",
        r"\mathrm{Toeplitz}(g) = A^{\mathsf T} \operatorname{diag}(G g) \, B^{\mathsf T}",
        "Winograd, Arithmetic complexity of computations, 1980",
        _one_tile,
        lambda tile, taps, points: conv(1, 1, tile + taps - 1, taps),
        _tile,
        needs=(
            Need(
                "the points are different from each other",
                lambda points, **_: len(set(points)) == len(points),
                {"tile": 2, "taps": 2, "points": (1, 1)},
                differs="existence",
            ),
        ),
        compare="symbols",
        sharp=True,
    ),
    Theorem(
        "A20",
        "Toom-Cook up to the scale of its rows",
        r"\mathrm{Toeplitz}(g) = A^{\mathsf T} \Lambda_1 \operatorname{diag}(\Lambda_2 G g) \,"
        r" \Lambda_3 B^{\mathsf T}",
        LAVIN,
        _scaled_draw,
        lambda tile, taps, scales: conv(1, 1, tile + taps - 1, taps),
        _scaled,
        needs=(
            Need(
                "the product of the three diagonal matrices is the identity",
                lambda scales, **_: all(a * b * c == 1 for a, b, c in scales),
                {"tile": 1, "taps": 2, "scales": ((1, 1, 1), (1, 2, 1))},
            ),
        ),
        compare="symbols",
        sharp=True,
    ),
)

_WHOLE: tuple[Theorem, ...] = (
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
    Theorem(
        "A20",
        "Winograd of the phases of a dilated convolution",
        r"C_{s, \ell} = R^{\mathsf T} \operatorname{blockdiag}_r(F(\mu, m)^{(r)}) R",
        LAVIN,
        _dilated_draw,
        lambda tile, **sizes: conv(**sizes),
        _tiles_of_phases,
        needs=(
            Need(
                "the stride divides the dilation",
                lambda stride, dilation, **_: not any(map(mod, dilation, stride)),
                {
                    **ONE,
                    "groups": 1,
                    "input_size": (4,),
                    "kernel_size": (2,),
                    "stride": (2,),
                    "dilation": (1,),
                    "padding": ((0, 0),),
                    "tile": 1,
                },
                differs="existence",
            ),
        ),
        compare="symbols",
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_SINGLE, *_WHOLE)
