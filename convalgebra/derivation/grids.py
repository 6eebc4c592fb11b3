"""Sizes at which a formula is tried: small ones, spread over all that the conditions allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product as grid

import sympy

from convalgebra.operators.base import Operator

_LADDERS = {0: (), 1: tuple(range(1, 25)), 2: tuple(range(1, 12)), 3: tuple(range(1, 8))}
_MANY = (1, 2, 3, 5, 7)
POINTS = 48


def sample_points(
    a: Operator, b: Operator, conditions: Sequence[sympy.Basic], most: int = POINTS
) -> list[dict[str, int]]:
    """Return at most ``most`` sizes that meet the conditions, evenly spread over a grid.

    >>> import convalgebra as ca
    >>> conv = ca.conv(1, 1, "N", "m")
    >>> points = sample_points(conv, conv, conv.conditions)
    >>> len(points), all(p["N"] >= p["m"] for p in points)
    (48, True)
    """
    symbols = sorted(a.symbols | b.symbols, key=str)
    ladder = _LADDERS.get(len(symbols), _MANY)
    met = sympy.lambdify(symbols, sympy.And(*conditions), [{"Max": max}, "math"])
    allowed = [
        dict(zip(map(str, symbols), values, strict=True))
        for values in grid(ladder, repeat=len(symbols))
        if met(*values)
    ]
    if len(allowed) <= most:
        return allowed
    # An odd stride through the grid, so that no size stays the same throughout.
    step = len(allowed) / most
    return [allowed[int(index * step)] for index in range(most)]
