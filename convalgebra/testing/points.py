"""The sizes at which something is tried: a user's grid or list, or small ones that are drawn."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from itertools import product as grid
from math import prod
from typing import Any, TypeAlias

import sympy

from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.operators.base import Operator
from convalgebra.sizes import as_size, number, symbol
from convalgebra.testing.stated import call_with, parameters, shown_sizes

Point: TypeAlias = dict[str, int]
SizesLike: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, int]] | int | None
Source: TypeAlias = Operator | Callable[..., Operator]
Placed: TypeAlias = "tuple[Point, tuple[Operator, ...]]"  # sizes, and the operator of each family there

DRAWN = 24  # how many sizes are drawn unless told
MOST = 20_000  # points of a grid
_LARGEST = {1: 24, 2: 12, 3: 8}  # the largest size that is drawn, by the number of names
_MANY = 6
_TRIES = 60  # draws for each size that is wanted


@dataclass(frozen=True)
class Family:
    """Operators by their sizes: one with names in it, or a function that makes them."""

    source: Source
    argument: str

    def __post_init__(self) -> None:
        if not isinstance(self.source, Operator) and not callable(self.source):
            raise ArgumentError(
                f"{self.argument}={self.source!r} must be an operator, such as ca.conv(...), "
                "or a function of sizes that returns one"
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names that need a size."""
        if isinstance(self.source, Operator):
            return tuple(sorted(map(str, self.source.symbols)))
        return parameters(self.source, required=True) or ()

    @property
    def optional(self) -> tuple[str, ...] | None:
        """The names that may have a size; None for any."""
        return self.names if isinstance(self.source, Operator) else parameters(self.source)

    @cached_property
    def _conditions(self) -> tuple[sympy.Basic, ...]:
        return self.source.conditions if isinstance(self.source, Operator) else ()

    def at(self, sizes: Mapping[str, int]) -> Operator:
        """Return the operator at some sizes; raise ``ConvalgebraError`` where there is none."""
        if not isinstance(self.source, Operator):
            made = call_with(self.source, sizes)
            if not isinstance(made, Operator):
                raise TypeError(f"{self.argument} must return an operator, not {type(made).__name__}")
            made.numeric_weight_shapes()
            return made
        values = {symbol(name): sympy.Integer(sizes[name]) for name in self.names}
        for condition in self._conditions:
            if condition.xreplace(values).doit() != sympy.true:
                raise ArgumentError(f"{shown_sizes(sizes)} does not meet the condition {condition}")
        return self.source.subs({name: sizes[name] for name in self.names})

    def __str__(self) -> str:
        if isinstance(self.source, Operator):
            return repr(self.source)
        return f"{getattr(self.source, '__name__', repr(self.source))}(...)"


def points(families: Sequence[Family], sizes: SizesLike, most: int = DRAWN) -> Iterator[Placed]:
    """Yield the sizes to try with the operators there: of a grid where these exist, of a list all.

    ``sizes`` is a mapping of names to a size or several (the grid), a list of mappings, how many to
    draw, or None. What is drawn is the same each time: the smallest sizes there are, then larger ones.

    Raises ``ArgumentError`` for sizes that do not fit, and where no operator exists.

    >>> import convalgebra as ca
    >>> family = Family(ca.conv(1, 1, "N", "m"), "operator")
    >>> [point for point, _ in points([family], {"N": range(1, 4), "m": (2, 3)})]
    [{'N': 2, 'm': 2}, {'N': 3, 'm': 2}, {'N': 3, 'm': 3}]
    """
    names = tuple(dict.fromkeys(name for family in families for name in family.names))
    if isinstance(sizes, Mapping):
        _check_names(sizes, names, families)
        return _existing(families, _grid(sizes))
    if sizes is None or (isinstance(sizes, int) and not isinstance(sizes, bool)):
        wanted = most if sizes is None else sizes
        if wanted < 1:
            raise ArgumentError(f"sizes={sizes}: at least one is to be drawn")
        return islice(_existing(families, candidates(names, wanted)), wanted if names else 1)
    if not isinstance(sizes, Sequence) or not sizes or not all(isinstance(s, Mapping) for s in sizes):
        raise ArgumentError(
            f"sizes={sizes!r} must be a grid such as {{'N': range(3, 9), 'm': (1, 3)}}, "
            "a list such as [{'N': 5, 'm': 3}], or how many to draw"
        )
    return iter([_listed(point, names, families) for point in sizes])


def _listed(point: Mapping[str, Any], names: Collection[str], families: Sequence[Family]) -> Placed:
    _check_names(point, names, families)
    read = {name: number(as_size(value, name), name) for name, value in point.items()}
    return read, tuple(family.at(read) for family in families)


def _check_names(given: Mapping[str, Any], names: Collection[str], families: Sequence[Family]) -> None:
    optional = [family.optional for family in families]
    unknown = [name for name in given if all(known is not None and name not in known for known in optional)]
    if missing := [name for name in names if name not in given]:
        others = f", and none has the name {', '.join(map(repr, unknown))}" if unknown else ""
        raise ArgumentError(f"sizes={given!r} must give one for {', '.join(missing)} too{others}")
    if unknown:
        raise ArgumentError(
            f"sizes: {unknown[0]!r} is no name of {' or '.join(map(str, families))}; "
            f"names are {', '.join(names) or 'none'}"
        )


def _grid(sizes: Mapping[str, Any]) -> Iterator[Point]:
    listed = {name: _several(values, name) for name, values in sizes.items()}
    if (count := prod(map(len, listed.values()))) > MOST:
        raise ArgumentError(f"sizes: the grid has {count} points, over {MOST}; give fewer")
    return (dict(zip(listed, values, strict=True)) for values in grid(*listed.values()))


def _several(values: Any, name: str) -> list[int]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        values = (values,)
    found = [number(as_size(value, name), name) for value in islice(values, MOST + 1)]
    if not found:
        raise ArgumentError(f"sizes: {name!r} has no values")
    return found


def _existing(families: Sequence[Family], tried: Iterable[Point]) -> Iterator[Placed]:
    """Yield the points at which every operator exists; raise ``ArgumentError`` if there is none."""
    found, why = False, None
    for point in tried:
        try:
            operators = tuple(family.at(point) for family in families)
        except ConvalgebraError as error:
            why = why or f"at {shown_sizes(point)}: {error}"
            continue
        found = True
        yield point, operators
    if not found:
        raise ArgumentError(f"sizes: at none of those tried the operators exist; {why}")


def candidates(names: Sequence[str], wanted: int) -> Iterator[Point]:
    """Yield sizes to draw from, each once: first the smallest, by their sum, then larger ones.

    >>> list(candidates(("N", "m"), 8))[:4]
    [{'N': 1, 'm': 1}, {'N': 1, 'm': 2}, {'N': 2, 'm': 1}, {'N': 1, 'm': 3}]
    """
    largest = _LARGEST.get(len(names), _MANY)
    rng, seen = random.Random(0), set()
    small = islice(_by_sum(len(names)), max(2, wanted // 2))
    drawn = (tuple(rng.randint(1, largest) for _ in names) for _ in range(_TRIES * wanted))
    for values in (*small, *drawn):
        if values not in seen:
            seen.add(values)
            yield dict(zip(names, values, strict=True))


def weight(sizes: Mapping[str, int]) -> tuple[int, tuple[int, ...]]:
    """Return what sizes are ordered by, the smallest first: their sum, then one by one.

    >>> weight({"N": 3, "m": 2}) < weight({"N": 4, "m": 1}) < weight({"N": 1, "m": 5})
    True
    """
    return sum(sizes.values()), tuple(sizes.values())


def below(sizes: Mapping[str, int]) -> Iterator[Point]:
    """Yield sizes of which one is smaller by one or two, or all are by one.

    >>> list(below({"N": 3, "m": 2}))
    [{'N': 2, 'm': 2}, {'N': 1, 'm': 2}, {'N': 3, 'm': 1}, {'N': 2, 'm': 1}]
    """
    for name, value in sizes.items():
        for less in (1, 2):
            if value > less:
                yield {**sizes, name: value - less}
    if min(sizes.values(), default=1) > 1:
        yield {name: value - 1 for name, value in sizes.items()}


def _by_sum(count: int) -> Iterator[tuple[int, ...]]:
    """Yield tuples of positive integers in the order of their sum."""
    if count == 0:
        yield ()
        return
    total = count
    while True:
        yield from _summing_to(total, count)
        total += 1


def _summing_to(total: int, count: int) -> Iterator[tuple[int, ...]]:
    if count == 1:
        yield (total,)
        return
    for first in range(1, total - count + 2):
        for rest in _summing_to(total - first, count - 1):
            yield (first, *rest)
