"""Sizes at which a formula is tried: small ones, spread over all that the conditions allow."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import product as grid

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.formulas import text
from convalgebra.operators.base import Operator

# Sizes to try for each of so many symbols: small ones close together, then larger ones.
_LADDERS = {
    0: (),
    1: (*range(1, 25), 32, 48, 64, 96, 128),
    2: (*range(1, 12), 16, 24, 40),
    3: (*range(1, 8), 11, 16),
}
_MANY = (1, 2, 3, 5, 7)
# A full grid of more points than these is drawn from instead, the same draws each time.
_DRAWS = 20_000
POINTS = 48


def sample_points(
    operators: Sequence[Operator], conditions: Sequence[sympy.Basic], most: int = POINTS
) -> list[dict[str, int]]:
    """Return at most ``most`` sizes that meet the conditions, evenly spread over a grid.

    >>> import convalgebra as ca
    >>> conv = ca.conv(1, 1, "N", "m")
    >>> points = sample_points([conv], conv.conditions)
    >>> len(points), all(p["N"] >= p["m"] for p in points)
    (48, True)
    """
    symbols = sorted(frozenset().union(*(op.symbols for op in operators)), key=str)
    met = sympy.lambdify(symbols, sympy.And(*conditions), [{"Max": max}, "math"])
    allowed = [
        dict(zip(map(str, symbols), values, strict=True))
        for values in _candidates(len(symbols))
        if met(*values)
    ]
    if not allowed:
        raise ArgumentError(
            f"points: none of the sizes tried meets {', '.join(map(text, conditions))}; give some, "
            f"as in verify([{{{', '.join(f'{str(s)!r}: ...' for s in symbols)}}}])"
        )
    step = max(1.0, len(allowed) / most)  # seldom whole, so that no size stays the same throughout
    return [allowed[int(index * step)] for index in range(min(most, len(allowed)))]


def _candidates(count: int) -> Iterator[tuple[int, ...]]:
    ladder = _LADDERS.get(count, _MANY)
    if len(ladder) ** count <= _DRAWS:
        return grid(ladder, repeat=count)
    draw = random.Random(0)
    return (tuple(draw.choices(ladder, k=count)) for _ in range(_DRAWS))
