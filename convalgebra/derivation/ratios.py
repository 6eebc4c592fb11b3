"""From the definition of two counts to their ratio, step by step, and on to its limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import sympy

from convalgebra.counting.ratio import check_ratio, growing
from convalgebra.derivation.derivation import Derivation, Step
from convalgebra.formulas import cancelled, count_symbol, latex, split, tidy
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.proofs import Max, as_formula, at_least, combined, holds


def derive_ratio(a: Operator, b: Operator) -> Derivation:
    """Return the derivation of the ratio of the multiplications of ``a`` and ``b``.

    It starts from the definition of each count, a sum over taps and outputs, adds up the factors of
    each operator, cancels, splits, and takes the limits of growing images and channels. A step that
    changes nothing on paper is left out.

    Raises ``ArgumentError`` when an argument is no operator or ``b`` multiplies nothing.

    >>> import convalgebra as ca
    >>> d = ca.derive_ratio(
    ...     ca.depthwise_separable("D", "N_c", ("H", "W"), "h"), ca.conv("D", "N_c", ("H", "W"), "h")
    ... )
    >>> print(d.steps[-1])
    (N_c + h**2)/(N_c*h**2) = 1/N_c + 1/h**2    [divide term by term]
    >>> print(d.limits[0])
    lim(1/N_c + 1/h**2, N_c -> oo) = 1/h**2    [N_c grows without bound]
    >>> d.conditions
    (H >= h, W >= h)
    """
    check_ratio(a, b)
    taken = {"A", "B"}
    top, bottom = _cost(a, "A", taken), _cost(b, "B", taken)
    ratio = sympy.Mul(top.symbol, sympy.Pow(bottom.symbol, -1))
    simplified = _simplify(ratio, top.formula, bottom.formula, growing(a, b))
    steps = (*top.steps, *bottom.steps, *_without_idle(simplified))
    result = steps[-1].right
    return Derivation(
        a,
        b,
        steps,
        tuple(_limits(result, growing(a, b))),
        (*top.named, *bottom.named),
        result,
        _conditions(a, b),
    )


def _conditions(a: Operator, b: Operator) -> tuple[sympy.Basic, ...]:
    """What the operators need, and that the second one multiplies at all: its taps may all be padding."""
    needed = combined((*a.conditions, *b.conditions))
    return combined((*needed, *(c for c in [at_least(b.multiplications, 1)] if not holds(c, needed))))


@dataclass(frozen=True)
class _Cost:
    """A count under its name, and the steps that derive it."""

    symbol: sympy.Symbol
    formula: sympy.Expr
    steps: tuple[Step, ...]
    parts: tuple[_Cost, ...] = ()

    @property
    def named(self) -> tuple[tuple[sympy.Symbol, sympy.Expr], ...]:
        return (*(pair for part in self.parts for pair in part.named), (self.symbol, self.formula))


def _cost(operator: Operator, label: str, taken: set[str]) -> _Cost:
    """Derive the count of an operator: from the definition, or from the counts of its factors."""
    symbol, formula = count_symbol(label), as_formula(operator.multiplications)
    factors = [stage for stage in reversed(operator.stages) if stage.weight_shapes]
    if len(factors) == 1:
        return _Cost(symbol, formula, _without_idle(_definition(symbol, factors[0])))
    labels = [_label(", ".join(factor.weight_shapes), taken) for factor in factors]
    parts = tuple(_cost(factor, label, taken) for factor, label in zip(factors, labels, strict=True))
    together = (*(step for part in parts for step in part.steps), *_sum_up(symbol, parts))
    return _Cost(symbol, formula, together, parts)


def _label(name: str, taken: set[str]) -> str:
    """Return the name, numbered if another count bears it, and remember it as taken."""
    numbered = (f"{name} {number}" for number in count(2))
    label = name if name not in taken else next(n for n in numbered if n not in taken)
    taken.add(label)
    return label


def _definition(symbol: sympy.Symbol, stage: Operator) -> Iterator[Step]:
    """Yield the count of one factor: a sum over channels, taps and outputs, then carried out."""
    total = as_formula(stage.multiplications)
    if not isinstance(stage, Conv):
        yield Step(symbol, total, "the entries of the matrix, by its structure")
        return
    pairs = [f for f in sympy.Mul.make_args(as_formula(stage.channel_pairs)) if f != 1]
    sums = sympy.Mul(*pairs, *(axis.definition() for axis in stage.axes), evaluate=False)
    yield Step(symbol, sums, "one product per channel pair, tap and output")
    yield Step(sums, total, "carry out the sums")


def _sum_up(symbol: sympy.Symbol, parts: Sequence[_Cost]) -> Sequence[Step]:
    names = sympy.Add(*(part.symbol for part in parts), evaluate=False)
    sum_ = sympy.Add(*(part.formula for part in parts))
    steps = [
        Step(symbol, names, "the costs of factors add up"),
        Step(names, sum_, "put in their counts"),
        Step(sum_, as_formula(tidy(sum_)), "common factors"),
    ]
    return _without_idle(steps)


def _simplify(
    ratio: sympy.Expr, top: sympy.Expr, bottom: sympy.Expr, order: Sequence[sympy.Symbol]
) -> Iterator[Step]:
    fraction = sympy.Mul(top, sympy.Pow(bottom, -1, evaluate=False), evaluate=False)
    yield Step(ratio, fraction, "put in the counts")
    lowest, simplest = cancelled(top / bottom), split(top / bottom, order)
    common = cancelled(top / sympy.fraction(lowest)[0])
    yield Step(fraction, lowest, "cancel {}", (common,))
    yield Step(lowest, simplest, "divide term by term")


def _limits(result: sympy.Expr, order: Sequence[sympy.Symbol]) -> Iterator[Step]:
    """Yield the limit of the result in each symbol that grows, where it is finite."""
    for symbol in order:
        # sympy takes no limits of sums and maxima
        if symbol in result.free_symbols and not result.atoms(sympy.Sum, Max):
            limit = sympy.limit(result, symbol, sympy.oo)
            if limit.is_finite is not False and not limit.has(sympy.oo, sympy.zoo, sympy.nan):
                left = sympy.Limit(result, symbol, sympy.oo)
                yield Step(left, cancelled(limit), "{} grows without bound", (symbol,))


def _without_idle(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Leave out the steps that change nothing on paper."""
    return tuple(step for step in steps if latex(step.left) != latex(step.right))
