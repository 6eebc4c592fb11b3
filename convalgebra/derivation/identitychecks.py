"""An identity is checked step by step, with weights: as it stands, and derived anew at other sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.derivation.chains import chain
from convalgebra.derivation.checks import Difference, StepCheck
from convalgebra.derivation.step import Step
from convalgebra.derivation.verdict import Row, Verification
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.operators.base import Operator
from convalgebra.theorems.theorem import Theorem

if TYPE_CHECKING:
    from convalgebra.derivation.derivation import Derivation

Sizes = dict[str, Any]

# At so many drawn sizes the whole chain is derived again and checked.
CASES = 6
# Each step is tried with so many weights; a chain is compared in symbols at so many sizes.
_DRAWS, _IN_SYMBOLS = 3, 2


def verify_identity(derivation: Derivation, points: Sequence[Mapping[str, Any]] | None) -> Verification:
    """Check each step of a derivation as it stands, then the chain derived anew at other sizes.

    Raises ``ArgumentError`` for points that are no sizes of the theorem or do not meet its condition.
    """
    theorem = derivation.theorem
    if theorem is None:
        raise ArgumentError(f"about={derivation.about!r} must have the theorem that an identity is about")
    shown = dict(derivation.sizes)
    others = theorem.drawn(CASES) if points is None else [_checked(theorem, point) for point in points]
    checks = [_check(theorem, step, shown) for step in derivation.steps]
    rows = [_row(theorem, shown, derivation.a, derivation.result)]
    for sizes in others:
        if sizes == shown:
            continue
        rows.append(_row(theorem, sizes, theorem.left(**sizes), theorem.right(**sizes)))
        again = [_check(theorem, step, sizes, len(rows) <= _IN_SYMBOLS) for step in chain(theorem, sizes)]
        checks = _joined(checks, again)
    return Verification(tuple(checks), tuple(rows))


def _joined(checks: list[StepCheck], again: list[StepCheck]) -> list[StepCheck]:
    """Join the checks of two chains: step by step where both take the same way."""
    if [check.step.reason for check in again] == [check.step.reason for check in checks]:
        return [_both(one, other) for one, other in zip(checks, again, strict=True)]
    return [*checks, *(check for check in again if not check)]


def _checked(theorem: Theorem, point: Mapping[str, Any]) -> Sizes:
    wanted = set(theorem.drawn(1)[0])
    if not isinstance(point, Mapping) or set(point) != wanted:
        raise ArgumentError(f"points: {point!r} must give {', '.join(sorted(wanted))}")
    if not theorem.holds(**point):
        raise ArgumentError(f"points: {dict(point)!r} do not meet the condition: {theorem.condition}")
    return dict(point)


def _both(one: StepCheck, other: StepCheck) -> StepCheck:
    """Join what two sizes say of one step."""
    proofs = [p for p in (one.proved, other.proved) if p is not None]
    return replace(
        one,
        proved=all(proofs) if proofs else None,
        points=one.points + other.points,
        wrong=(*one.wrong, *other.wrong),
    )


def _as_theorem(theorem: Theorem, step: Step) -> Theorem:
    """Return a step as a theorem of its own: compared as the whole is, weights carried at one step only."""
    fields: dict[str, Any] = {"left": lambda **_: step.left, "right": lambda **_: step.right}
    if not step.carries:
        fields["carry"] = lambda weights, **_: weights
    return replace(theorem, **fields)


def _check(theorem: Theorem, step: Step, sizes: Sizes, symbols: bool = True) -> StepCheck:
    """Check one step at the sizes of its operators: in integers, and in symbols where it is small."""
    claim, proved, wrong = _as_theorem(theorem, step), None, []
    tried = 1 if theorem.compare == "symbols" else _DRAWS
    for seed in range(tried):
        if claim.difference(sizes, seed):
            wrong.append(_difference(claim, sizes, seed))
            break
    if symbols and not wrong and theorem.compare in ("entries", "modulo") and claim.small(sizes):
        proved = claim.equal_in_symbols(sizes)
        if not proved:
            wrong.append(Difference(_label(sizes), "in symbols", "another matrix"))
    return StepCheck(
        step, True if theorem.compare == "symbols" and not wrong else proved, tried, tuple(wrong)
    )


def _label(sizes: Sizes) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(sizes.items()))


def _difference(claim: Theorem, sizes: Sizes, seed: int) -> Difference:
    """Say in what two matrices differ: their shapes, or the first entry that does."""
    left, right = claim.left(**sizes), claim.right(**sizes)
    try:
        weights = claim.weights(sizes, seed)
        a = left.matrix(weights).toarray()
        b = right.matrix(claim.carry(weights, **sizes)).toarray()
    except ConvalgebraError as error:
        return Difference(_label(sizes), f"a matrix {left.shape}", f"none: {error}")
    if a.shape != b.shape:
        return Difference(_label(sizes), f"of shape {a.shape}", f"of shape {b.shape}")
    places = np.argwhere(a != b)
    at = tuple(int(v) for v in places[0]) if len(places) else (0, 0)
    return Difference(_label(sizes), f"{a[at]} at {at}", f"{b[at]} at {at}")


def _row(theorem: Theorem, sizes: Sizes, left: Operator, right: Any) -> Row:
    """Return how many of the two sides' matrices differ: none, or one."""
    claim = replace(theorem, left=lambda **_: left, right=lambda **_: right)
    differ = int(claim.difference(sizes, 1) != "")
    return Row(_label(sizes), Fraction(0), (differ,), Fraction(differ))
