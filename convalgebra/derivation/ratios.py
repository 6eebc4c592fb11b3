"""From the definition of two counts to their ratio, step by step, and on to its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy

from convalgebra.counting.compare import multiplying
from convalgebra.counting.ratio import check_ratio, growing
from convalgebra.derivation.costs import cost_of
from convalgebra.derivation.derivation import Derivation
from convalgebra.derivation.step import Step, without_idle
from convalgebra.formulas import cancelled, split
from convalgebra.operators.base import Operator
from convalgebra.proofs import Max, combined


def derive_ratio(a: Operator, b: Operator) -> Derivation:
    """Return the derivation of the ratio of the multiplications of ``a`` and ``b``.

    It starts from the definition of each count, a sum over outputs and taps, adds up the factors of
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
    top, bottom = cost_of(a, "A", taken), cost_of(b, "B", taken)
    ratio = sympy.Mul(top.symbol, sympy.Pow(bottom.symbol, -1))
    simplified = _simplify(ratio, top.formula, bottom.formula, growing(a, b))
    steps = (*top.steps, *bottom.steps, *without_idle(simplified))
    result = steps[-1].formulas[1]
    needed = combined((*a.conditions, *b.conditions, *top.conditions, *bottom.conditions))
    return Derivation(
        "ratio",
        f"the multiplications of {a!r} over those of {b!r}",
        (a, b),
        steps,
        tuple(_limits(result, growing(a, b))),
        (*top.named, *bottom.named),
        result,
        multiplying(bottom.formula, needed),
    )


def _simplify(
    ratio: sympy.Expr, top: sympy.Expr, bottom: sympy.Expr, order: Sequence[sympy.Symbol]
) -> Iterator[Step]:
    fraction = sympy.Mul(top, sympy.Pow(bottom, -1, evaluate=False), evaluate=False)
    yield Step(ratio, "=", fraction, "put in the counts")
    lowest, simplest = cancelled(top / bottom), split(top / bottom, order)
    common = cancelled(top / sympy.fraction(lowest)[0])
    yield Step(fraction, "=", lowest, "cancel {}", about=(common,))
    yield Step(lowest, "=", simplest, "divide term by term")


def _limits(result: sympy.Expr, order: Sequence[sympy.Symbol]) -> Iterator[Step]:
    """Yield the limit of the result in each symbol that grows, where it is finite."""
    for symbol in order:
        # sympy takes no limits of sums and maxima
        if symbol in result.free_symbols and not result.atoms(sympy.Sum, Max):
            limit = sympy.limit(result, symbol, sympy.oo)
            if limit.is_finite is not False and not limit.has(sympy.oo, sympy.zoo, sympy.nan):
                left = sympy.Limit(result, symbol, sympy.oo)
                yield Step(left, "=", cancelled(limit), "{} grows without bound", about=(symbol,))
