"""From one side of a theorem to the other: by definition and by the rules, each step with its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product as grid
from math import log
from random import Random
from typing import Any
from zlib import crc32

import numpy as np

from convalgebra.derivation.checks import Difference, StepCheck
from convalgebra.derivation.derivation import Derivation, Row, Verification
from convalgebra.derivation.step import Step
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.kron import Kron
from convalgebra.operators.moves import Shuffle
from convalgebra.operators.sidebyside import SideBySide, Sum
from convalgebra.sizes import product
from convalgebra.theorems.table import identities
from convalgebra.theorems.theorem import Theorem

Sizes = dict[str, Any]

ENTRY_BY_ENTRY = "entry by entry"
MASTER_FORM = "master form"
# At so many drawn sizes the whole chain is derived again and checked; of so many the plainest is shown.
CASES, _CHOICE = 6, 60
# Each step is tried with so many weights; a chain is compared in symbols at so many sizes.
_DRAWS, _IN_SYMBOLS = 3, 2
# Matrices of about so many cells are neither trivial nor long to write.
_SHOWN_CELLS = 48
# An expansion of more characters than this explains nothing on paper.
_READABLE = 240
# Of more terms than this a product is not multiplied out.
_FEW_TERMS = 12
DISTRIBUTIVE = "distributive law"


def derive_identity(name: str | Theorem) -> Derivation:
    """Return the derivation of a theorem of ``ca.identities()``: from its left side to its right one.

    The left side is expanded by definition and rewritten by the rules of the algebra, each step with the
    name of its rule, and the right side likewise; where the rules do not bring the two together, one step
    says "entry by entry" and is checked as such. The operators shown are those at small sizes;
    ``verify`` derives and checks the chain again at others.

    Raises ``ArgumentError`` for a name that is no theorem's.

    >>> print(derive_identity("mixed product"))
    (a ⊗ b) · (c ⊗ d) = (a · c) ⊗ (b · d)    [mixed product]
    if A has as many columns as C rows, B as many as D
    """
    theorem = find_theorem(name)
    sizes = _shown_sizes(theorem)
    left, right = theorem.left(**sizes), theorem.right(**sizes)
    return Derivation(
        "identity",
        theorem.name,
        (theorem, left, right),
        chain(theorem, sizes),
        (),
        (),
        right,
        sizes=tuple(sizes.items()),
    )


def find_theorem(name: str | Theorem) -> Theorem:
    """Return the theorem of a name, or of a part of a name that only one has."""
    if isinstance(name, Theorem):
        return name
    if not isinstance(name, str) or not name.strip():
        raise ArgumentError(f"name={name!r} must be the name of one of ca.identities()")
    wanted, known = name.lower().strip(), identities()
    exact = [t for t in known if t.name.lower() == wanted]
    meant = exact or [t for t in known if wanted == t.label.lower() or wanted in t.name.lower()]
    if len(meant) == 1:
        return meant[0]
    near = "; ".join(t.name for t in meant)
    raise ArgumentError(
        f"name={name!r} "
        + (
            f"may be any of these identities: {near}"
            if meant
            else "is no identity; ca.identities() has them"
        )
    )


def _draws(theorem: Theorem) -> Iterable[Sizes]:
    """Yield sizes that meet the condition, the same each time; no end to them but a limit."""
    rng = Random(crc32(theorem.name.encode()))
    for _ in range(2000):
        sizes = theorem.draw(rng)
        if theorem.holds(**sizes):
            yield sizes


def _some(theorem: Theorem, count: int) -> list[Sizes]:
    found: list[Sizes] = []
    for sizes in _draws(theorem):
        if sizes not in found:
            found.append(sizes)
        if len(found) == count:
            break
    return found


def _shown_sizes(theorem: Theorem) -> Sizes:
    """Return the drawn sizes at which the sides are neither trivial nor large."""

    def dislike(sizes: Sizes) -> float:
        left, right = theorem.left(**sizes), theorem.right(**sizes)
        rows, columns = left.shape
        return (
            abs(log(rows * columns / _SHOWN_CELLS))
            + _triviality(left)
            + _triviality(right)
            + _plainness(sizes)
        )

    return min(_some(theorem, _CHOICE), key=dislike)


def _plainness(sizes: Sizes) -> float:
    """Say how many of the options that are drawn do nothing."""
    idle = 0.0
    for name in ("stride", "dilation", "groups", "g", "q", "factor", "r"):
        given = sizes.get(name, 2)
        idle += all(v == 1 for v in given) if isinstance(given, tuple) else given == 1
    return idle


def _triviality(side: Operator) -> float:
    """Say how little a side shows: single taps, single blocks, shuffles that do nothing, many axes."""
    parts = list(_parts(side))
    convs = [part for part in parts if isinstance(part, Conv)]
    dull = 2.0 * (bool(convs) and all(product(conv.kernel_size) == 1 for conv in convs))
    dull += sum(isinstance(part, Shuffle) and part.groups in (1, part.size) for part in parts)
    dull += sum(isinstance(part, SideBySide) and len(part.operators) == 1 for part in parts)
    return dull + sum(0.3 * (len(conv.axes) - 1) + 0.2 * float(product(conv.kernel_size)) for conv in convs)


def _parts(operator: Operator) -> Iterator[Operator]:
    yield operator
    for part in operator.operands:
        yield from _parts(part)


# --- the chain -----------------------------------------------------------------------------------


def chain(theorem: Theorem, sizes: Sizes) -> tuple[Step, ...]:
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
    middle = Step(begin[-1].right if begin else left, "=", end[-1].right if end else right, ENTRY_BY_ENTRY)
    return _on_paper(_carrying(theorem, (*begin, middle, *_back(end)), right))


Steps = tuple[Step, ...]


def _as_it_is(side: Operator) -> Steps:
    return ()


def _expanded(side: Operator) -> Steps:
    """Return the step to the sum over taps, where there is a convolution to expand."""
    if not any(isinstance(part, Conv) for part in _parts(side)):
        return ()
    return (Step(side, "=", side.expand(), "each convolution is a sum over its taps", MASTER_FORM),)


def _multiplied_out(side: Operator) -> Steps:
    """Return the steps to a sum of products, where a sum over taps stands in a product."""
    begin = _expanded(side)
    whole = begin[-1].right if begin else side
    assert isinstance(whole, Operator)
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
    begin = first[-1].right if first else side
    assert isinstance(begin, Operator)
    return tuple(Step(s.before, "=", s.after, s.rule.name, s.rule.name) for s in begin.simplification())


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


# --- checking ------------------------------------------------------------------------------------


def verify_identity(derivation: Derivation, points: Sequence[Mapping[str, Any]] | None) -> Verification:
    """Check each step of a derivation as it stands, then the chain derived anew at other sizes."""
    theorem = derivation.theorem
    assert theorem is not None
    shown = dict(derivation.sizes)
    others = _some(theorem, CASES) if points is None else [_checked(theorem, point) for point in points]
    checks = [_check(theorem, step, shown) for step in derivation.steps]
    rows = [_row(theorem, shown, derivation.a, derivation.result)]
    for sizes in others:
        if sizes == shown:
            continue
        rows.append(_row(theorem, sizes, theorem.left(**sizes), theorem.right(**sizes)))
        again = [_check(theorem, step, sizes, len(rows) <= _IN_SYMBOLS) for step in chain(theorem, sizes)]
        alike = [c.step.reason for c in again] == [c.step.reason for c in checks]
        checks = (
            [_both(a, b) for a, b in zip(checks, again, strict=True)]
            if alike
            else [
                *checks[: len(derivation.steps)],
                *checks[len(derivation.steps) :],
                *(check for check in again if not check),
            ]
        )
    return Verification(tuple(checks), tuple(rows))


def _checked(theorem: Theorem, point: Mapping[str, Any]) -> Sizes:
    wanted = set(_some(theorem, 1)[0])
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
