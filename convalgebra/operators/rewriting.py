"""Rewriting by the rules of the algebra, step by step: each step keeps the matrix.

``simplification`` applies the rules, innermost first, until none fits. They never make a product longer,
so it comes to an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped, Transposed
from convalgebra.operators.rules import RULES, Rule, alike


@dataclass(frozen=True)
class Rewrite:
    """One step of a simplification: the whole operator before and after, and the rule that was used."""

    rule: Rule
    before: Operator
    after: Operator

    def __str__(self) -> str:
        return f"{self.before.structure()} = {self.after.structure()}    [{self.rule.name}]"


def simplification(operator: Operator) -> tuple[Rewrite, ...]:
    """Return the steps that simplify an operator; none where no rule fits."""
    steps = []
    while (found := _rewritten(operator)) is not None:
        steps.append(Rewrite(found[0], operator, found[1]))
        operator = found[1]
    return tuple(steps)


def _rewritten(operator: Operator) -> tuple[Rule, Operator] | None:
    """Return the operator after one rule, at the innermost place where one fits."""
    for field, at, part in _operands(operator):
        found = _rewritten(part)
        if found is not None:
            return found[0], _with_operand(operator, field, at, found[1])
    for rule in RULES:
        after = rule.apply(operator)
        if after is not None:
            return rule, _in_shape(after, operator)
    return None


def _operands(operator: Operator) -> Iterator[tuple[str, int | None, Operator]]:
    """Yield each operand with its place: the field, and the position in it where it is a tuple."""
    if not operator.operands:
        return
    for f in fields(operator):  # type: ignore[arg-type]
        value = getattr(operator, f.name)
        if isinstance(value, Operator):
            yield f.name, None, value
        elif isinstance(value, tuple):
            yield from ((f.name, at, part) for at, part in enumerate(value) if isinstance(part, Operator))


def _with_operand(operator: Any, field: str, at: int | None, part: Operator) -> Operator:
    old = getattr(operator, field)
    new = part if at is None else (*old[:at], part, *old[at + 1 :])
    changed: Operator = replace(operator, **{field: new})
    return changed


def _in_shape(after: Operator, before: Operator) -> Operator:
    """Keep the shapes in which input and output are read: neighbours rely on them."""
    if alike(after.input_shape, before.input_shape) and alike(after.output_shape, before.output_shape):
        return after
    return Reshaped(after, before.input_shape, before.output_shape)


def expanded(operator: Operator) -> Operator:
    """Return an operator with each convolution in it as the sum over its taps."""
    if isinstance(operator, Transposed):
        return expanded(operator.operator).T
    for field, at, part in _operands(operator):
        operator = _with_operand(operator, field, at, part.expand())
    return operator
