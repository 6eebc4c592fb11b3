"""Formulas at numbers, exactly and by going through every term: no sum is carried out by algebra.

This is the second opinion on what sympy says of a formula, so it asks sympy for nothing: it walks over the
formula and does the arithmetic in Python's integers and fractions.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import singledispatch
from math import ceil, floor, prod
from typing import Any

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.proofs import Max, Size, as_formula

Values = Mapping[sympy.Symbol, Any]


class TooLongError(ArgumentError):
    """A sum has too many terms to be gone through."""


def value(formula: Size | sympy.Basic, values: Values) -> Fraction:
    """Return a formula's value, exactly.

    Raises ``ArgumentError`` for a symbol without a value or a formula of another kind,
    ``TooLongError`` for sums of too many terms.

    >>> from convalgebra.sizes import symbol
    >>> value((symbol("N") - 1) / 2, {symbol("N"): 4})
    Fraction(3, 2)
    """
    return Fraction(worked_out(as_formula(formula) if isinstance(formula, int) else formula, values))


def meets(condition: sympy.Basic, values: Values) -> bool:
    """Say whether numbers meet a condition: a comparison of formulas, or several that must all hold.

    Raises ``ArgumentError`` for a condition of another kind, and what ``value`` raises.

    >>> from convalgebra.sizes import symbol
    >>> N = symbol("N")
    >>> meets(N >= 3, {N: 3}), meets(sympy.Eq(sympy.Mod(N, 2), 0), {N: 3})
    (True, False)
    """
    if condition in (sympy.true, sympy.false):
        return bool(condition)
    if isinstance(condition, sympy.And):
        return all(meets(part, values) for part in condition.args)
    compared = next((how for kind, how in _COMPARED.items() if isinstance(condition, kind)), None)
    if compared is None:
        raise ArgumentError(f"condition={condition} must compare two formulas, such as N >= m")
    return compared(*(value(side, values) for side in condition.args))


_COMPARED: Mapping[type, Callable[[Fraction, Fraction], bool]] = {
    sympy.Ge: operator.ge,
    sympy.Eq: operator.eq,
    sympy.Gt: operator.gt,
    sympy.Le: operator.le,
    sympy.Lt: operator.lt,
    sympy.Ne: operator.ne,
}


# --- the rules: what a node of each kind comes to, and no other is known --------------------------


@singledispatch
def worked_out(node: Any, values: Values) -> Any:
    """Return what a node comes to at numbers, or at arrays of them.

    A room that has nodes of its own registers the rule of each: ``@worked_out.register(Kind)``.
    Raises ``ArgumentError`` for a node of a kind that has no rule.
    """
    raise ArgumentError(f"formula={node}: {type(node).__name__} cannot be put in numbers")


@worked_out.register(sympy.Integer)
def _(node: Any, values: Values) -> Any:
    return int(node)


@worked_out.register(sympy.Rational)
def _(node: Any, values: Values) -> Any:
    return Fraction(int(node.p), int(node.q))


@worked_out.register(sympy.Symbol)
def _(node: Any, values: Values) -> Any:
    if node not in values:
        raise ArgumentError(f"formula: there is no number for {node}")
    return values[node]


def _many(node: Any, values: Values) -> list[Any]:
    return [worked_out(part, values) for part in node.args]


@worked_out.register(sympy.Add)
def _(node: Any, values: Values) -> Any:
    return sum(_many(node, values), start=0)


@worked_out.register(sympy.Mul)
def _(node: Any, values: Values) -> Any:
    return prod(_many(node, values))


@worked_out.register(sympy.Pow)
def _(node: Any, values: Values) -> Any:
    base, exponent = _many(node, values)
    if exponent >= 0:
        return base ** int(exponent)
    if base == 0:
        raise ArgumentError(f"formula: {node} divides by zero here")
    return Fraction(1) / Fraction(base) ** int(-exponent)


@worked_out.register(sympy.floor)
def _(node: Any, values: Values) -> Any:
    return floor(worked_out(node.args[0], values))


@worked_out.register(sympy.ceiling)
def _(node: Any, values: Values) -> Any:
    return ceil(worked_out(node.args[0], values))


@worked_out.register(sympy.Mod)
def _(node: Any, values: Values) -> Any:
    whole, part = _many(node, values)
    return whole % part


@worked_out.register(Max)
@worked_out.register(sympy.Max)
def _(node: Any, values: Values) -> Any:
    return max(_many(node, values))


@worked_out.register(sympy.Min)
def _(node: Any, values: Values) -> Any:
    return min(_many(node, values))


@worked_out.register(sympy.Sum)
def _(node: Any, values: Values) -> Any:
    """Go through a sympy sum, the outer index first; the bounds of an inner one may depend on it."""
    *inner, (at, first, last) = node.limits
    rest = sympy.Sum(node.function, *inner) if inner else node.function
    low, high = (worked_out(bound, values) for bound in (first, last))
    return sum((worked_out(rest, {**values, at: v}) for v in range(ceil(low), floor(high) + 1)), start=0)
