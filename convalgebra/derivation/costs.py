"""What an operator multiplies: from the definition, a sum over outputs and taps, to a closed form.

The definition is a bare one: every tap at every output, and a bracket that is 1 where the tap reads
inside the input. Its limits are then found, and the sums carried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

import sympy

from convalgebra.counting.arguments import check_operator
from convalgebra.counting.closed import closed_form, is_closed, spelt_form
from convalgebra.derivation.definitions import definition
from convalgebra.derivation.derivation import Derivation
from convalgebra.derivation.step import Step, without_idle
from convalgebra.formulas import count_symbol, tidy
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.onweight import OnWeight
from convalgebra.operators.sidebyside import BlockDiag, SideBySide, Sum
from convalgebra.operators.stacks import HStack, VStack
from convalgebra.proofs import Size, as_formula, combined


def derive_cost(op: Operator) -> Derivation:
    """Return the derivation of the multiplications of an operator.

    It starts from the definition of the count, a sum over outputs and taps of the taps that read inside
    the input, finds the limits of the sums and carries them out. Products, blocks, stacks, sums and
    Kronecker products are taken apart, each with its reason.

    Raises ``ArgumentError`` when ``op`` is no operator.

    >>> import convalgebra as ca
    >>> print(derive_cost(ca.conv(1, 1, "N", "m")))
    mult(A) = sum([0 <= i + k < N], i < N - m + 1, k < m)    [one product per output and tap that reads inside the input; definition]
    sum([0 <= i + k < N], i < N - m + 1, k < m) = Sum(1, (i, 0, N - m), (k, 0, m - 1))    [without padding every tap reads inside]
    Sum(1, (i, 0, N - m), (k, 0, m - 1)) = m*(N - m + 1)    [carry out the sums]
    if N >= m
    """  # noqa: E501
    check_operator("op", op)
    cost = cost_of(op, "A", {"A"})
    conditions = combined((*op.conditions, *cost.conditions))
    return Derivation(
        "cost",
        f"the multiplications of {op!r}",
        (op,),
        cost.steps,
        (),
        cost.named,
        cost.formula,
        conditions,
    )


@dataclass(frozen=True)
class Cost:
    """A count under its name, the steps to it, and what its closed form needs beyond the operator."""

    symbol: sympy.Symbol
    formula: sympy.Expr
    steps: tuple[Step, ...]
    parts: tuple[Cost, ...] = ()
    conditions: tuple[sympy.Basic, ...] = ()

    @property
    def named(self) -> tuple[tuple[sympy.Symbol, sympy.Expr], ...]:
        """The formula of each count that the steps call by name."""
        return (*(pair for part in self.parts for pair in part.named), (self.symbol, self.formula))


def cost_of(operator: Operator, label: str, taken: set[str]) -> Cost:
    """Return the count of an operator: from the definition, or from the counts of its factors."""
    factors = [stage for stage in reversed(operator.stages) if stage.weight_shapes]
    symbol, total = count_symbol(label), as_formula(operator.multiplications)
    match factors:
        case []:
            step = Step(symbol, "=", total, "it has no weights: nothing in it counts")
            return Cost(symbol, total, (step,))
        case [factor] if factor == operator:
            return _of_stage(factor, symbol, total, taken)
        case [factor] if isinstance(operator, Conv):
            return _passed_on(factor, symbol, taken, PADDING_REPEATS, "padding")
        case [factor]:
            # Factors that only move values multiply nothing: what is left is the one with weights.
            return cost_of(factor, label, taken)
    parts = [cost_of(f, unused_label(", ".join(f.weight_shapes), taken), taken) for f in factors]
    return _added(symbol, total, parts, [1] * len(parts), "the costs of factors add up", "product")


def _of_stage(stage: Operator, symbol: sympy.Symbol, total: sympy.Expr, taken: set[str]) -> Cost:
    if isinstance(stage, SideBySide):
        return _of_blocks(stage, symbol, total, taken)
    if isinstance(stage, Transposed | OnWeight):
        rule, reason = (
            ("transpose", "the transpose has the same entries, each at its mirrored place")
            if isinstance(stage, Transposed)
            else ("im2col", "one entry for each product of a weight with an input value")
        )
        return _closed(stage, _passed_on(stage.operator, symbol, taken, reason, rule))
    return _closed(stage, Cost(symbol, total, without_idle(definition(symbol, stage, total))))


def _passed_on(inside: Operator, symbol: sympy.Symbol, taken: set[str], reason: str, rule: str) -> Cost:
    """Return a count that is the count of another operator, for a reason."""
    inner = cost_of(inside, unused_label("C", taken), taken)
    passed = (
        Step(symbol, "=", inner.symbol, reason, rule),
        Step(inner.symbol, "=", inner.formula, "put in the counts"),
    )
    return Cost(symbol, inner.formula, (*inner.steps, *passed), (inner,), inner.conditions)


def unused_label(name: str, taken: set[str]) -> str:
    """Return the name, numbered if another count bears it, and remember it as taken."""
    numbered = (f"{name} {number}" for number in count(2))
    label = name if name not in taken else next(n for n in numbered if n not in taken)
    taken.add(label)
    return label


# --- closed forms under conditions -----------------------------------------------------------------

PADDING_REPEATS = "the padding repeats inputs, so every tap multiplies: the padded image is convolved"
PADDING_WITHIN = "all taps, less those that fall on padding: it reaches no further than kernel and image"


def _closed(stage: Operator, cost: Cost) -> Cost:
    """Return the cost with its honest sum closed under further conditions, where a closed form is known."""
    found = None if is_closed(cost.formula) else closed_form(stage)
    if found is None or not is_closed(found.value):
        return cost
    formula = as_formula(found.value)
    spelt = spelt_form(stage)
    closing = (
        Step(cost.formula, "=", spelt, PADDING_WITHIN),
        Step(spelt, "=", formula, "carry out the sums"),
    )
    steps = (*cost.steps, *without_idle(closing))
    conditions = combined((*cost.conditions, *found.conditions))
    return replace(cost, formula=formula, steps=steps, conditions=conditions)


# --- sums of parts -------------------------------------------------------------------------------

_BESIDE = {
    BlockDiag: ("blocks are run apart, each on its own channels: their costs add up", "block diagonal"),
    VStack: ("operators one below the other are run apart: their costs add up", "stack"),
    HStack: ("operators side by side are run apart: their costs add up", "stack"),
    Sum: ("each term of the sum is run: their costs add up", "sum"),
}


def _of_blocks(stage: SideBySide, symbol: sympy.Symbol, total: sympy.Expr, taken: set[str]) -> Cost:
    """Derive the cost of operators side by side that have weights; of several that cost the same, once."""
    alike: dict[tuple[type, Size], list[Operator]] = {}
    for part in stage.operators:
        if part.weight_shapes:
            alike.setdefault((type(part), part.multiplications), []).append(part)
    parts, times = [], []
    for same in alike.values():
        label = unused_label(", ".join(same[0].weight_shapes), taken)
        parts.append(cost_of(same[0], label, taken))
        times.append(len(same))
    return _added(symbol, total, parts, times, *_BESIDE[type(stage)])


def _added(
    symbol: sympy.Symbol,
    total: sympy.Expr,
    parts: Sequence[Cost],
    times: Sequence[int],
    reason: str,
    rule: str,
) -> Cost:
    names = sympy.Add(*(n * part.symbol for n, part in zip(times, parts, strict=True)), evaluate=False)
    sum_ = sympy.Add(*(n * part.formula for n, part in zip(times, parts, strict=True)))
    closed = any(part.conditions for part in parts)
    factored = as_formula(tidy(sum_)) if closed else total
    # A sum of a few products reads better than the one product that its terms expand to.
    result = min((factored, sum_), key=lambda form: int(sympy.count_ops(form)))
    own = (
        Step(symbol, "=", names, reason, rule),
        Step(names, "=", sum_, "put in the counts"),
        Step(sum_, "=", result, "common factors"),
    )
    steps = (*chain.from_iterable(part.steps for part in parts), *without_idle(own))
    conditions = combined(chain.from_iterable(part.conditions for part in parts))
    return Cost(symbol, result, steps, tuple(parts), conditions)
