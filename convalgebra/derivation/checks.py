"""A step is checked twice: by sympy, and by numbers at drawn sizes. What is wrong is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any

import sympy

from convalgebra.derivation.brackets import Bracket, Tally
from convalgebra.derivation.step import Step
from convalgebra.errors import ArgumentError
from convalgebra.exact import TooLongError, value
from convalgebra.formulas import sizes_text

Sizes = tuple[tuple[str, Any], ...]
Point = Mapping[str, Any]
Named = Mapping[sympy.Symbol, sympy.Expr]

# Where sympy finds no proof in symbols, it carries the step out at so many sizes, sums up to so long.
_SYMPY_POINTS, _SYMPY_TERMS = 2, 400
# Where the symbol of a limit is put to, one after the other.
_FAR = (10**3, 10**5, 10**7)


@dataclass(frozen=True)
class Difference:
    """A size at which a step is wrong, and what its two sides are there."""

    sizes: Sizes
    left: str
    right: str

    def __str__(self) -> str:
        where = f"at {sizes_text(self.sizes)}: " if self.sizes else ""
        return f"{where}left {self.left}, right {self.right}"


@dataclass(frozen=True)
class StepCheck:
    """What became of one step: true where both checks agree with it.

    ``proved``: sympy's proof in symbols; None where it has none and carried the step out at the sizes.
    ``points``: at how many sizes the sides were compared by numbers. ``wrong``: where they differ.
    """

    step: Step
    proved: bool | None
    points: int
    wrong: tuple[Difference, ...] = ()

    def __bool__(self) -> bool:
        return self.proved is not False and self.points > 0 and not self.wrong

    def __str__(self) -> str:
        if self:
            return f"holds: {self.step}"
        why = str(self.wrong[0]) if self.wrong else "no size was small enough to go through"
        return f"WRONG: {self.step}: {why}"


def check_step(
    step: Step, named: Named, conditions: Sequence[sympy.Basic], points: Iterable[Point]
) -> StepCheck:
    """Check a step between formulas, in symbols and at the points (sizes by name).

    ``named`` gives the formula of each symbol that the step calls something by; the points meet the
    ``conditions``. What is wrong is told by the outcome.

    Raises ``ArgumentError`` for a step between operators.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> print(check_step(Step(N + m, "=", N + 2, "guess"), {}, (), [{"N": 5, "m": 3}]))
    WRONG: N + m = N + 2    [guess]: at N=5, m=3: left 8, right 7
    """
    if step.of_operators:
        raise ArgumentError(f"step={step} is between operators: an identity checks these")
    put = dict(named)
    tried, wrong, by_sympy = 0, [], 0
    proved = _proof(step, put, conditions)
    for point in points:
        try:
            sides = _at(step, put, point)
        except TooLongError:
            continue
        except ArgumentError as error:  # a side that is no number at these sizes
            wrong.append(_difference(point, "no number", error))
            continue
        tried += 1
        if not _related(step.relation, *sides):
            wrong.append(_difference(point, *sides))
        if proved is None and by_sympy < _SYMPY_POINTS:
            by_sympy += 1
            if (found := _sympy_at(step, put, point)) is not None and not _related(step.relation, *found):
                wrong.append(_difference(point, *found))
    return StepCheck(step, proved, tried, tuple(wrong))


def _proof(step: Step, named: Named, conditions: Sequence[sympy.Basic]) -> bool | None:
    """Return True for a proof; None where sympy finds none, which says nothing yet."""
    try:
        return True if step.holds(named, conditions) else None
    except (NotImplementedError, TypeError, ValueError, RecursionError):
        return None


def _difference(point: Point, left: Any, right: Any) -> Difference:
    return Difference(tuple(sorted(point.items())), str(left), str(right))


def _related(relation: str, left: Any, right: Any) -> bool:
    if isinstance(left, _Far):
        return left.approach(right)
    return bool({"<=": left <= right, ">=": left >= right}.get(relation, left == right))


# --- by numbers ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Far:
    """The values of a formula at ever larger values of a symbol."""

    values: tuple[Fraction, ...]

    def approach(self, limit: Fraction) -> bool:
        """Say whether they come ever nearer to a number, and near it."""
        gaps = [abs(v - limit) for v in self.values]
        nearer = all(b < a or a == b == 0 for a, b in pairwise(gaps))
        return nearer and gaps[-1] * 1000 <= max(abs(limit), abs(self.values[0]))

    def __str__(self) -> str:
        return f"{', '.join(f'{float(v):g}' for v in self.values)}, ..."


def _at(step: Step, named: Named, point: Point) -> tuple[Any, Fraction]:
    """Return both sides at a point; of a limit the left one is what it goes through."""
    left, right = (side.xreplace(dict(named)) for side in step.formulas)
    sizes: dict[sympy.Symbol, Any] = {}
    for symbol in left.free_symbols | right.free_symbols:
        if str(symbol) in point:
            sizes[symbol] = point[str(symbol)]
    if isinstance(left, sympy.Limit):
        formula, grows = left.args[:2]
        sizes = {s: point[str(s)] for s in formula.free_symbols if s != grows}
        return _Far(tuple(value(formula, {**sizes, grows: far}) for far in _FAR)), value(right, sizes)
    return value(left, sizes), value(right, sizes)


def _sympy_at(step: Step, named: Named, point: Point) -> tuple[Fraction, Fraction] | None:
    """Return both sides as sympy works them out at a point; None where that would be long."""
    found = []
    for side in step.formulas:
        formula = side.xreplace(dict(named))
        sizes = {s: point[str(s)] for s in formula.free_symbols if str(s) in point}
        here = formula.subs(sizes, simultaneous=True)
        if any(prod(map(int, _counts(node))) > _SYMPY_TERMS for node in here.atoms(Tally)):
            return None
        done = here.replace(lambda node: isinstance(node, Tally), _summed).doit()
        if not done.is_Rational:
            return None
        found.append(Fraction(int(done.p), int(done.q)))
    return found[0], found[1]


def _counts(node: Tally) -> list[sympy.Expr]:
    return [count.doit() for _, count in node.ranges]


def _summed(node: Tally) -> sympy.Expr:
    """Return a tally as sympy's own sum of sympy's own case distinctions."""
    brackets = node.formula.replace(
        lambda part: isinstance(part, Bracket),
        lambda part: sympy.Piecewise((1, sympy.And(*(room >= 0 for room in part.room))), (0, True)),
    )
    limits = [
        (at, 0, count - 1) for at, count in zip((at for at, _ in node.ranges), _counts(node), strict=True)
    ]
    total = brackets
    for at, first, last in reversed(limits):
        total = sympy.Add(*(total.subs(at, v) for v in range(int(first), int(last) + 1)))
    return total
