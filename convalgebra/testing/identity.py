"""``assert_identity``: two operators, or two families of them, have one matrix."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from numbers import Complex
from typing import Any, TypeAlias

import numpy as np
import sympy

from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.operators.base import Operator
from convalgebra.operators.symbolic import weight_symbols
from convalgebra.testing.points import Family, Point, SizesLike, Source, below, points, weight
from convalgebra.testing.stated import call_with, shown_sizes
from convalgebra.weights import Array, WeightsLike

Named: TypeAlias = Mapping[str, Any]
Carry: TypeAlias = Callable[..., Any]

_DRAWN = 8  # sizes, where they are drawn
_ROUNDS = 3  # weights for each
# Beyond so many cells and weights symbols show nothing that integers do not.
_CELLS, _WEIGHTS = 150, 24


def assert_identity(
    left: Source,
    right: Source,
    *,
    weights: WeightsLike | Callable[..., Any] = None,
    carry: Carry | None = None,
    sizes: SizesLike = None,
) -> None:
    """Fail unless two operators have one matrix, entry for entry.

    Both may have names in them, or be functions that make operators from sizes; ``sizes`` are as in
    ``assert_count``. ``carry`` turns the weights of the left side, by name, into those of the right one
    (it may take sizes by keyword besides); left out, both have the same weights. The matrices are
    compared in integers that are drawn, and for all weights, in symbols, where they are small and
    ``carry`` takes arrays of symbols. ``weights`` (by name, or a function of the sizes) are those of the
    left side for which the identity is claimed; left out, it is for all.

    Raises ``AssertionError`` with the smallest sizes found at which they differ and the first entry that
    does, ``ArgumentError`` for arguments that make no sense.

    >>> import convalgebra as ca
    >>> conv, flipped = ca.conv(1, 2, "N", "m"), ca.conv(1, 2, "N", "m", flip=True)
    >>> assert_identity(conv, flipped, carry=lambda w: {"weight": w["weight"][..., ::-1]})
    >>> assert_identity(conv, flipped, sizes=[{"N": 3, "m": 2}])
    Traceback (most recent call last):
        ...
    AssertionError: the two sides differ at N=3, m=2
    first entry that differs: row 0, column 0: left 3, right 1
    in symbols: left w_{0,0,0}, right w_{0,0,1}
    """
    __tracebackhide__ = True
    if carry is not None and not callable(carry):
        raise ArgumentError(f"carry={carry!r} must be a function of the left side's weights by name")
    families = (Family(left, "left"), Family(right, "right"))
    smallest: tuple[Point, str] | None = None
    for point, (one, other) in points(families, sizes, _DRAWN):
        if smallest is not None and weight(point) >= weight(smallest[0]):
            continue
        if told := _difference(_Sides(one, other, carry, point), weights):
            smallest = point, told
    if smallest is None:
        return
    drawn = sizes is None or isinstance(sizes, int)
    raise AssertionError(_smallest(families, carry, weights, *smallest) if drawn else smallest[1])


def _smallest(
    families: Sequence[Family], carry: Carry | None, weights: Any, point: Point, told: str
) -> str:
    """Return what is told at the smallest sizes that steps down from these lead to and still differ."""
    while True:
        for smaller in sorted(below(point), key=weight):
            try:
                one, other = (family.at(smaller) for family in families)
                found = _difference(_Sides(one, other, carry, smaller), weights)
            except Exception:  # what cannot be made or carried there is no counterexample
                continue
            if found:
                point, told = smaller, found
                break
        else:
            return told


@dataclass(frozen=True)
class _Sides:
    """The two operators at one size, and what turns the weights of the left into those of the right."""

    left: Operator
    right: Operator
    carry: Carry | None
    point: Point

    @property
    def differ(self) -> str:
        return "the two sides differ" + (f" at {shown_sizes(self.point)}" if self.point else "")

    @property
    def small(self) -> bool:
        weights = sum(prod(shape) for shape in self.left.numeric_weight_shapes().values())
        return bool(self.left.shape[0] * self.left.shape[1] <= _CELLS and weights <= _WEIGHTS)

    def carried(self, given: Named) -> Named:
        """Return the weights of the right side: the same ones by name, or what ``carry`` makes of them."""
        wanted = self.right.numeric_weight_shapes()
        if self.carry is not None:
            return _by_name(call_with(self.carry, self.point, given), wanted)
        if len(given) == len(wanted) == 1:
            return _by_name(next(iter(given.values())), wanted)
        if unknown := set(wanted) - set(given):
            raise ArgumentError(
                f"carry: the right side has the weights {', '.join(wanted)}, the left one "
                f"{', '.join(given) or 'none'}; say what {', '.join(sorted(unknown))} comes from"
            )
        return {name: given[name] for name in wanted}


def _by_name(made: Any, wanted: Collection[str]) -> Named:
    """Return what ``carry`` made as a mapping; one array will do for one weight."""
    alone = len(wanted) == 1 and not isinstance(made, Mapping)
    named = dict.fromkeys(wanted, made) if alone else made
    if not isinstance(named, Mapping) or set(named) != set(wanted):
        got = ", ".join(map(str, named)) if isinstance(named, Mapping) else type(made).__name__
        raise ArgumentError(
            f"carry returned {got or 'no weights'}; the right side takes {', '.join(wanted) or 'none'}"
        )
    return named


def _difference(sides: _Sides, weights: Any) -> str | None:
    """Return what is told of two matrices that differ at one size, None where they are equal."""
    left, right = sides.left, sides.right
    if left.shape != right.shape:
        return f"{sides.differ}: left has the shape {left.shape}, right {right.shape}"
    if weights is not None:
        named = call_with(weights, sides.point) if callable(weights) else weights
        return _entries_differ(sides, left.checked(named), None)
    symbolic = _in_symbols(sides) if sides.small else None
    for seed in range(_ROUNDS):
        if told := _entries_differ(sides, _integers(left, seed), symbolic):
            return told
    return None if symbolic is None else _symbols_differ(sides, symbolic)


def _entries_differ(sides: _Sides, given: Named, symbolic: tuple[Any, Any] | None) -> str | None:
    """Compare the matrices for one choice of weights; the symbols help to tell a difference."""
    left, right = sides.left.matrix(given), sides.right.matrix(sides.carried(given))
    rows, columns = (left - right).nonzero()
    if not len(rows):
        return None
    row, column = min(zip(rows.tolist(), columns.tolist(), strict=True))
    first = f"row {row}, column {column}: left {left[row, column]}, right {right[row, column]}"
    lines = [sides.differ, f"first entry that differs: {first}"]
    if symbolic is not None:
        lines.append(f"in symbols: left {symbolic[0][row, column]}, right {symbolic[1][row, column]}")
    return "\n".join(lines)


def _integers(operator: Operator, seed: int) -> dict[str, Array]:
    """Return small integers, zeros among them."""
    rng = np.random.default_rng(seed)
    shapes = operator.numeric_weight_shapes()
    return {name: rng.integers(-4, 5, shape) for name, shape in shapes.items()}


# --- in symbols ----------------------------------------------------------------------------------


def _symbols_differ(sides: _Sides, symbolic: tuple[Any, Any]) -> str | None:
    left, right = symbolic
    for (row, column), value in (left - right).todok().items():
        if sympy.expand(value) != 0:
            return (
                f"{sides.differ}\nentry in symbols: row {row}, column {column}: "
                f"left {left[row, column]}, right {right[row, column]}"
            )
    return None


def _in_symbols(sides: _Sides) -> tuple[Any, Any] | None:
    """Return both matrices with a symbol for each weight; None where ``carry`` wants numbers."""
    given = {
        name: np.array(weight_symbols(name, shape), object).reshape(shape)
        for name, shape in sides.left.numeric_weight_shapes().items()
    }
    try:
        carried = sides.carried(given)
    except (TypeError, AttributeError):  # numpy's functions refuse symbols with these
        return None
    return sides.left.symbolic_matrix(), _put_in(sides.right, carried)


def _put_in(operator: Operator, weights: Named) -> Any:
    values: dict[sympy.Symbol, Any] = {}
    for name, shape in operator.numeric_weight_shapes().items():
        entries = np.asarray(weights[name], object)
        if entries.shape != shape:
            raise ShapeError(f"carry: {name!r} has the shape {entries.shape}, it must be {shape}")
        exact = (_symbolic(value, name) for value in entries.ravel().tolist())
        values |= zip(weight_symbols(name, shape), exact, strict=True)
    return operator.symbolic_matrix().subs(values, simultaneous=True)


def _symbolic(value: Any, name: str) -> sympy.Expr:
    """Return an entry as a formula: symbols as they are, numbers exactly."""
    if isinstance(value, sympy.Expr):
        return value
    if not isinstance(value, Complex) or not np.isfinite(complex(value)):
        raise ArgumentError(f"carry: {name!r} holds {value!r}, which is no number")
    real, imaginary = (sympy.Rational(str(part)) for part in (value.real, value.imag))
    return real + sympy.I * imaginary
