"""The end of a derivation, held against what is measured on matrices; no formula has a hand in that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

from convalgebra.counting.grids import sample_points
from convalgebra.counting.measure import measure
from convalgebra.counting.seen import output_size_seen, receptive_field_seen
from convalgebra.derivation.checks import check_step
from convalgebra.derivation.verdict import Row, Verification
from convalgebra.errors import ArgumentError
from convalgebra.exact import meets, value
from convalgebra.formulas import text
from convalgebra.operators.base import Operator
from convalgebra.sizes import as_size, number

if TYPE_CHECKING:
    from convalgebra.derivation.derivation import Derivation

# At so many of the sizes each step is gone through number by number; all of them are measured.
STEP_POINTS = 12

Point = Mapping[str, Any]


def verify_measured(derivation: Derivation, points: Sequence[Point] | None) -> Verification:
    """Check each step in symbols and by numbers, and the result against what is measured at each size."""
    if points is None:
        points = sample_points(derivation.operators, derivation.conditions)
    rows = tuple(measured(derivation, point) for point in points)
    tried, named = _step_points(points), dict(derivation.named)
    steps = (*derivation.steps, *derivation.limits)
    checks = (check_step(step, named, derivation.conditions, tried) for step in steps)
    return Verification(tuple(checks), rows)


def _step_points(points: Sequence[Point]) -> Sequence[Point]:
    """Return the smaller half of many points, thinned out: there every sum is soon gone through."""
    order = sorted(points, key=lambda point: sum(point.values()))
    smaller = order[: max(STEP_POINTS, len(order) // 2)]
    pace = max(1, len(smaller) // STEP_POINTS)
    return smaller[::pace][:STEP_POINTS]


def measured(derivation: Derivation, sizes: Point) -> Row:
    """Return what the result says and what is measured on the operators, at one size.

    Raises ``ArgumentError`` for sizes that do not name every symbol or do not meet a condition.
    """
    wanted = {str(s): s for s in derivation.symbols}
    if not isinstance(sizes, Mapping) or set(sizes) != set(wanted):
        raise ArgumentError(f"sizes={sizes!r} must map each of {', '.join(sorted(wanted))} to a number")
    sizes = {name: number(as_size(size, name, least=1), name) for name, size in sizes.items()}
    values = {wanted[name]: size for name, size in sizes.items()}
    for condition in derivation.conditions:
        if not meets(condition, values):
            raise ArgumentError(f"sizes={sizes!r} do not meet the condition {text(condition)}")
    numbers = MEASURES[derivation.kind](*(put_sizes(op, sizes) for op in derivation.operators))
    several = isinstance(derivation.result, tuple)
    said = tuple(value(part, values) for part in (derivation.result if several else (derivation.result,)))
    counted: Any = tuple(map(Fraction, numbers))
    if not several:
        counted = reduce(lambda a, b: a / b, counted)
    label = tuple(sorted(sizes.items()))
    return Row(label, said if several else said[0], numbers, counted, derivation.relation)


def put_sizes(operator: Operator, sizes: Mapping[str, int]) -> Operator:
    """Return the operator at the sizes; they may name more symbols than the operator has."""
    known = {str(s) for s in operator.symbols}
    return operator.subs({name: size for name, size in sizes.items() if name in known})


def _counts(*operators: Operator) -> tuple[int, ...]:
    counted = tuple(measure(op).multiplications for op in operators)
    if len(counted) > 1 and counted[1] == 0:
        raise ArgumentError(f"b={operators[1]!r} multiplies nothing at these sizes: no ratio to it exists")
    return counted


MEASURES: Mapping[str, Callable[..., tuple[int, ...]]] = {
    "ratio": _counts,
    "cost": _counts,
    "output size": output_size_seen,
    "receptive field": receptive_field_seen,
}
