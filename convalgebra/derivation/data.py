"""A derivation as data: dicts, lists, texts and numbers, as JSON takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convalgebra.derivation.checks import Difference, StepCheck
from convalgebra.derivation.step import Side, Step, side_latex, side_text
from convalgebra.derivation.verdict import Row, Verification
from convalgebra.formulas import latex, text

if TYPE_CHECKING:
    from convalgebra.derivation.derivation import Derivation


def as_data(derivation: Derivation) -> dict[str, Any]:
    """Return all of a derivation: steps with reasons and rules, conditions, result, verdict if any."""
    result, verdict = derivation.result, derivation.verdict
    return {
        "kind": derivation.kind,
        "title": derivation.title,
        "steps": [_step(step) for step in derivation.steps],
        "limits": [_step(step) for step in derivation.limits],
        "result": [_side(part) for part in result] if isinstance(result, tuple) else _side(result),
        "relation": derivation.relation,
        "conditions": _conditions(derivation),
        "verdict": None if verdict is None else _verdict(verdict),
    }


def _side(side: Side) -> dict[str, str]:
    return {"text": side_text(side), "latex": side_latex(side)}


def _step(step: Step) -> dict[str, Any]:
    return {
        "left": _side(step.left),
        "relation": step.relation,
        "right": _side(step.right),
        "reason": step.reason_text(),
        "rule": step.rule,
    }


def _conditions(derivation: Derivation) -> list[dict[str, str]]:
    found = [{"text": text(c), "latex": latex(c)} for c in derivation.conditions]
    theorem = derivation.theorem
    return [*found, *([{"text": theorem.condition, "latex": ""}] if theorem and theorem.condition else [])]


def _verdict(verdict: Verification) -> dict[str, Any]:
    return {
        "passed": verdict.passed,
        "steps": [_check(check) for check in verdict.steps],
        "sizes": [_row(row) for row in verdict.rows],
    }


def _check(check: StepCheck) -> dict[str, Any]:
    return {
        "holds": bool(check),
        "proved_in_symbols": check.proved,
        "sizes_tried": check.points,
        "differences": [_difference(difference) for difference in check.wrong],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {"sizes": _sizes(difference.sizes), "left": difference.left, "right": difference.right}


def _row(row: Row) -> dict[str, Any]:
    listed = row.formula if isinstance(row.formula, tuple) else (row.formula,)
    return {
        "sizes": _sizes(row.sizes),
        "formula": [str(part) for part in listed],
        "measured": list(row.measured),
        "agrees": row.agrees,
    }


def _sizes(sizes: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {name: value if isinstance(value, int) else str(value) for name, value in sizes}
