"""``assert_identity``: two operators, or two families of them, have one matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, TypeAlias

import numpy as np
import sympy

from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.operators.base import Operator
from convalgebra.operators.symbolic import weight_symbols
from convalgebra.testing.points import Family, Point, SizesLike, Source, points
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

    Raises ``AssertionError`` with the sizes and the first entry that differs, ``ArgumentError`` for
    arguments that make no sense.

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
    families = (Family(left, "left"), Family(right, "right"))
    for point in points(families, sizes, _DRAWN):
        _compare(families, weights, carry, point)


def _compare(families: tuple[Family, Family], weights: Any, carry: Carry | None, point: Point) -> None:
    __tracebackhide__ = True
    left, right = (family.at(point) for family in families)
    where = f"the two sides differ at {shown_sizes(point)}" if point else "the two sides differ"
    if left.shape != right.shape:
        raise AssertionError(f"{where}: left has the shape {left.shape}, right {right.shape}")
    drawn = weights is None
    for seed in range(_ROUNDS if drawn else 1):
        given = _integers(left, seed) if drawn else _given(left, weights, point)
        _compare_matrices(
            left, right, given, _carried(carry, given, right, point), where, drawn, carry, point
        )
    if drawn and _small(left):
        _compare_in_symbols(left, right, carry, point, where)


def _compare_matrices(
    left: Operator,
    right: Operator,
    given: Named,
    carried: Any,
    where: str,
    drawn: bool,
    carry: Carry | None,
    point: Point,
) -> None:
    __tracebackhide__ = True
    difference = (left.matrix(given) - right.matrix(carried)).tocoo()
    kept = [
        (r, c)
        for r, c, v in zip(
            difference.row.tolist(), difference.col.tolist(), difference.data.tolist(), strict=True
        )
        if v != 0
    ]
    if not kept:
        return
    row, column = min(kept)
    entries = [side.matrix(w)[row, column] for side, w in ((left, given), (right, carried))]
    lines = [
        where,
        f"first entry that differs: row {row}, column {column}: left {entries[0]}, right {entries[1]}",
    ]
    if drawn and _small(left):
        pair = _in_symbols(left, right, carry, point)
        if pair is not None:
            lines.append(f"in symbols: left {pair[0][row, column]}, right {pair[1][row, column]}")
    raise AssertionError("\n".join(lines))


# --- weights -------------------------------------------------------------------------------------


def _integers(operator: Operator, seed: int) -> dict[str, Array]:
    """Return small integers, zeros among them."""
    rng = np.random.default_rng(seed)
    shapes = operator.numeric_weight_shapes()
    return {name: rng.integers(-4, 5, shape) for name, shape in shapes.items()}


def _given(left: Operator, weights: Any, point: Point) -> dict[str, Array]:
    return left.checked(call_with(weights, point) if callable(weights) else weights)


def _carried(carry: Carry | None, given: Named, right: Operator, point: Point) -> Any:
    """Return the weights of the right side: the same ones by name, or what ``carry`` makes of them."""
    if carry is not None:
        return call_with(carry, point, given)
    wanted = right.numeric_weight_shapes()
    if len(given) == len(wanted) == 1:
        return next(iter(given.values()))
    if unknown := set(wanted) - set(given):
        raise ArgumentError(
            f"carry: the right side has the weights {', '.join(wanted)}, the left one "
            f"{', '.join(given) or 'none'}; say what {', '.join(sorted(unknown))} comes from"
        )
    return {name: given[name] for name in wanted}


# --- in symbols ----------------------------------------------------------------------------------


def _small(left: Operator) -> bool:
    weights = sum(prod(shape) for shape in left.numeric_weight_shapes().values())
    return bool(left.shape[0] * left.shape[1] <= _CELLS and weights <= _WEIGHTS)


def _compare_in_symbols(
    left: Operator, right: Operator, carry: Carry | None, point: Point, where: str
) -> None:
    __tracebackhide__ = True
    pair = _in_symbols(left, right, carry, point)
    if pair is None:
        return
    for (row, column), value in (pair[0] - pair[1]).todok().items():
        if sympy.expand(value) != 0:
            raise AssertionError(
                f"{where}\nentry in symbols: row {row}, column {column}: "
                f"left {pair[0][row, column]}, right {pair[1][row, column]}"
            )


def _in_symbols(
    left: Operator, right: Operator, carry: Carry | None, point: Point
) -> tuple[Any, Any] | None:
    """Return both matrices with a symbol for each weight; None where ``carry`` wants numbers."""
    given = {
        name: np.array(weight_symbols(name, shape), object).reshape(shape)
        for name, shape in left.numeric_weight_shapes().items()
    }
    try:
        carried = _carried(carry, given, right, point)
    except (TypeError, AttributeError):  # numpy's functions refuse symbols with these
        return None
    return left.symbolic_matrix(), _put_in(right, carried)


def _put_in(operator: Operator, weights: Any) -> Any:
    shapes = operator.numeric_weight_shapes()
    named = weights if isinstance(weights, Mapping) else dict.fromkeys(shapes, weights)
    values: dict[sympy.Symbol, Any] = {}
    for name, shape in shapes.items():
        entries = np.asarray(named[name], object)
        if entries.shape != shape:
            raise ConvalgebraError(f"carry: {name!r} has the shape {entries.shape}, it must be {shape}")
        values |= zip(weight_symbols(name, shape), map(_symbolic, entries.ravel().tolist()), strict=True)
    return operator.symbolic_matrix().subs(values, simultaneous=True)


def _symbolic(value: Any) -> sympy.Expr:
    """Return an entry as a formula: symbols as they are, numbers exactly."""
    return value if isinstance(value, sympy.Expr) else sympy.Rational(str(value))
