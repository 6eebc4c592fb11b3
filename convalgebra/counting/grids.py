"""Sizes at which a formula is tried: small ones, spread over all that the conditions allow, or drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from itertools import product as grid
from random import Random
from zlib import crc32

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.exact import meets
from convalgebra.formulas import conditions_text
from convalgebra.operators.base import Operator

# Sizes to try for each of so many symbols: small ones close together, then larger ones.
_LADDERS = {
    1: (*range(1, 25), 32, 48, 64, 96, 128),
    2: (*range(1, 12), 16, 24, 40),
    3: (*range(1, 8), 11, 16),
}
_MANY = (1, 2, 3, 5, 7)
# A full grid of more points than these is drawn from instead, the same draws each time.
_DRAWS = 20_000
POINTS = 48
# What is drawn of a name is no larger; so many draws for each that is wanted, as some are thrown away.
_LARGEST, _DRAWS_EACH = 6, 400

Point = tuple[int, ...]


def sample_points(
    operators: Sequence[Operator], conditions: Sequence[sympy.Basic], most: int = POINTS
) -> list[dict[str, int]]:
    """Return at most ``most`` sizes that meet the conditions, evenly spread over a grid.

    Raises ``ArgumentError`` where none of the grid meets them.

    >>> import convalgebra as ca
    >>> conv = ca.conv(1, 1, "N", "m")
    >>> points = sample_points([conv], conv.conditions)
    >>> len(points), all(p["N"] >= p["m"] for p in points)
    (48, True)
    """
    symbols = sorted(frozenset().union(*(op.symbols for op in operators)), key=str)
    allowed = list(meeting(symbols, _candidates(len(symbols)), conditions))
    if not allowed:
        raise ArgumentError(
            f"points: none of the sizes tried meets {conditions_text(conditions)}; give some, "
            f"as in verify([{{{', '.join(f'{str(s)!r}: ...' for s in symbols)}}}])"
        )
    step = max(1.0, len(allowed) / most)  # seldom whole, so that no size stays the same throughout
    return [allowed[int(index * step)] for index in range(min(most, len(allowed)))]


def drawn_points(
    symbols: Sequence[sympy.Symbol], conditions: Iterable[sympy.Basic], rng: Random, count: int
) -> list[dict[str, int]]:
    """Return so many sizes that meet the conditions, drawn; fewer where too few of the draws do.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> points = drawn_points([N, m], [N >= m], seeded("a name"), 5)
    >>> len(points), all(p["N"] >= p["m"] for p in points)
    (5, True)
    """
    tries = _DRAWS_EACH * count if symbols else count
    drawn = (tuple(rng.randint(1, _LARGEST) for _ in symbols) for _ in range(tries))
    return list(islice(meeting(symbols, drawn, conditions), count))


def meeting(
    symbols: Sequence[sympy.Symbol], points: Iterable[Point], conditions: Iterable[sympy.Basic]
) -> Iterator[dict[str, int]]:
    """Yield the points, a size for each symbol, that meet all conditions, as sizes by name.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> list(meeting([N, m], [(3, 4), (4, 3)], [N >= m]))
    [{'N': 4, 'm': 3}]
    """
    rules = [_rule(condition, symbols) for condition in conditions]
    names = [s.name for s in symbols]
    for point in points:
        if all(met(point) for met in rules):
            yield dict(zip(names, point, strict=True))


def seeded(name: str, seed: int = 0) -> Random:
    """Return random draws for what bears a name: the same each time, others with another seed."""
    return Random(crc32(name.encode()) + seed)


def _rule(condition: sympy.Basic, symbols: Sequence[sympy.Symbol]) -> Callable[[Point], bool]:
    """Return what says whether a point meets a condition: once for all points alike in its symbols."""
    own = [(at, s) for at, s in enumerate(symbols) if s in condition.free_symbols]
    known: dict[Point, bool] = {}

    def met(point: Point) -> bool:
        key = tuple(point[at] for at, _ in own)
        if key not in known:
            known[key] = meets(condition, {s: point[at] for at, s in own})
        return known[key]

    return met


def _candidates(count: int) -> Iterator[Point]:
    ladder = _LADDERS.get(count, _MANY)
    if len(ladder) ** count <= _DRAWS:
        return grid(ladder, repeat=count)
    draw = Random(0)
    return (tuple(draw.choices(ladder, k=count)) for _ in range(_DRAWS))
