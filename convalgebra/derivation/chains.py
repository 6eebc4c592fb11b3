"""From one side of a theorem to the other: by definition and by the rules, each step with its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product as grid
from typing import Any

from convalgebra.derivation.step import Step
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.kron import Kron
from convalgebra.operators.sidebyside import Sum
from convalgebra.theorems.theorem import Theorem

Steps = tuple[Step, ...]

ENTRY_BY_ENTRY = "entry by entry"
MASTER_FORM = "master form"
DISTRIBUTIVE = "distributive law"
# An expansion of more characters than this explains nothing on paper.
_READABLE = 240
# Of more terms than this a product is not multiplied out.
_FEW_TERMS = 12


def chain(theorem: Theorem, sizes: dict[str, Any]) -> Steps:
    """Return the steps from the left side to the right side at some sizes."""
    left, right = theorem.left(**sizes), theorem.right(**sizes)
    if left == right and not _carries(theorem):
        return (Step(left, "=", right, "both are one operator", "definition"),)
    sides = (left, right)
    for prepare in (_as_it_is, _expanded, _multiplied_out):
        down, up = ((*first, *_simplified(first, side)) for side in sides for first in [prepare(side)])
        met = _closed(down, up, left, right)
        if met is not None:
            return _on_paper(_carrying(theorem, met, right))
    begin, end = (steps if _is_readable(steps) else () for steps in map(_expanded, sides))
    middle = Step(_end(begin, left), "=", _end(end, right), ENTRY_BY_ENTRY)
    return _on_paper(_carrying(theorem, (*begin, middle, *_back(end)), right))


def parts(operator: Operator) -> Iterator[Operator]:
    """Yield an operator and all that it is made of."""
    yield operator
    for part in operator.operands:
        yield from parts(part)


def _as_it_is(side: Operator) -> Steps:
    return ()


def _expanded(side: Operator) -> Steps:
    """Return the step to the sum over taps, where there is a convolution to expand."""
    if not any(isinstance(part, Conv) for part in parts(side)):
        return ()
    return (Step(side, "=", side.expand(), "each convolution is a sum over its taps", MASTER_FORM),)


def _multiplied_out(side: Operator) -> Steps:
    """Return the steps to a sum of products, where a sum over taps stands in a product."""
    begin = _expanded(side)
    whole = _end(begin, side)
    terms = tuple(_terms(whole))
    if not 1 < len(terms) <= _FEW_TERMS or isinstance(whole, Sum):
        return begin
    return (*begin, Step(whole, "=", Sum(terms), DISTRIBUTIVE, DISTRIBUTIVE))


def _terms(operator: Operator) -> Iterator[Operator]:
    """Yield the terms of an operator with its products and Kronecker products multiplied out."""
    if isinstance(operator, Sum):
        for part in operator.operators:
            yield from _terms(part)
    elif isinstance(operator, Product | Kron):
        for chosen in grid(*(tuple(_terms(part)) for part in operator.operators)):
            yield type(operator)(chosen)
    else:
        yield operator


def _simplified(first: Steps, side: Operator) -> Steps:
    found = _end(first, side).simplification()
    return tuple(Step(s.before, "=", s.after, s.rule.name, s.rule.name) for s in found)


def _end(steps: Steps, side: Operator) -> Operator:
    """Return what steps that begin at a side end in."""
    return steps[-1].operators[1] if steps else side


def _back(steps: Steps) -> Steps:
    return tuple(replace(step, left=step.right, right=step.left) for step in reversed(steps))


def _closed(down: Steps, up: Steps, left: Operator, right: Operator) -> Steps | None:
    """Return the rewritings of both sides as one chain, at the first operator that they share."""
    lefts = [left, *(step.right for step in down)]
    rights = [right, *(step.right for step in up)]
    for i, operator in enumerate(lefts):
        if operator in rights:
            return (*down[:i], *_back(up[: rights.index(operator)]))
    return None


def _is_readable(steps: Steps) -> bool:
    return all(isinstance(s.right, Operator) and len(s.right.latex()) <= _READABLE for s in steps)


def _on_paper(steps: Steps) -> Steps:
    """Leave out what changes nothing on paper, and make one step of several by one rule."""
    found: list[Step] = []
    for step in steps:
        if step.changes_nothing and not step.carries:
            continue
        if found and found[-1].rule == step.rule and step.rule and not (step.carries or found[-1].carries):
            found[-1] = replace(found[-1], right=step.right)
        else:
            found.append(step)
    return tuple(found) or steps[-1:]


def _carrying(theorem: Theorem, steps: Steps, right: Operator) -> Steps:
    """Mark the step at which the weights of one side become those of the other; make one if need be."""
    at = next((i for i, step in enumerate(steps) if step.reason == ENTRY_BY_ENTRY), None)
    if at is not None:
        return (*steps[:at], replace(steps[at], carries=True), *steps[at + 1 :])
    if not _carries(theorem):
        return steps
    # The rules close the gap between the operators, not between their weights.
    last = steps[-1].right if steps else right
    return (*steps, Step(last, "=", right, ENTRY_BY_ENTRY, carries=True))


def _carries(theorem: Theorem) -> bool:
    return theorem.carry is not Theorem.__dataclass_fields__["carry"].default
