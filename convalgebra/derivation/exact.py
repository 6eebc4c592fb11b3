"""Formulas at numbers, exactly and by going through every term: no sum is carried out by algebra.

This is the second opinion on what sympy says of a step, so it asks sympy for nothing: it walks over a
formula and does the arithmetic in Python's integers and fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product as grid
from math import ceil, floor, prod
from typing import Any

import numpy as np
import sympy

from convalgebra.derivation.brackets import Bracket, Farthest, Tally
from convalgebra.errors import ArgumentError
from convalgebra.proofs import Max, Size, as_formula

Values = Mapping[sympy.Symbol, Any]
# Beyond this many terms a sum is not gone through; up to so many at a time.
MOST_TERMS = 50_000_000
_AT_ONCE = 1_000_000


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
    return Fraction(_value(as_formula(formula) if isinstance(formula, int) else formula, values))


def meets(condition: sympy.Basic, values: Values) -> bool:
    """Say whether numbers meet a condition.

    >>> from convalgebra.sizes import symbol
    >>> N = symbol("N")
    >>> meets(N >= 3, {N: 3}), meets(sympy.Eq(sympy.Mod(N, 2), 0), {N: 3})
    (True, False)
    """
    if condition in (sympy.true, sympy.false):
        return bool(condition)
    if not isinstance(condition, sympy.Ge | sympy.Eq):
        raise ArgumentError(f"condition={condition} must be one of >= or ==")
    left, right = value(condition.lhs, values), value(condition.rhs, values)
    return left >= right if isinstance(condition, sympy.Ge) else left == right


def _value(node: Any, values: Values) -> Any:
    if node.is_Integer:
        return int(node)
    if node.is_Rational:
        return Fraction(int(node.p), int(node.q))
    if node.is_Symbol:
        if node not in values:
            raise ArgumentError(f"formula: there is no number for {node}")
        return values[node]
    for kind, rule in _RULES.items():
        if isinstance(node, kind):
            return rule(node, values)
    raise ArgumentError(f"formula={node}: {type(node).__name__} cannot be put in numbers")


def _power(node: Any, values: Values) -> Any:
    base, exponent = (_value(part, values) for part in node.args)
    if exponent >= 0:
        return base ** int(exponent)
    if base == 0:
        raise ArgumentError(f"formula: {node} divides by zero here")
    return Fraction(1) / Fraction(base) ** int(-exponent)


def _bracket(node: Any, values: Values) -> Any:
    inside: Any = True
    for room in node.room:
        inside = inside & (_value(room, values) >= 0)
    return inside * 1


def _many(node: Any, values: Values) -> list[Any]:
    return [_value(part, values) for part in node.args]


def _modulo(node: Any, values: Values) -> Any:
    whole, part = _many(node, values)
    return whole % part


def _sum(node: Any, values: Values) -> Any:
    """Go through a sympy sum, the outer index first; the bounds of an inner one may depend on it."""
    *inner, (at, first, last) = node.limits
    rest = sympy.Sum(node.function, *inner) if inner else node.function
    low, high = (_value(bound, values) for bound in (first, last))
    return sum((_value(rest, {**values, at: v}) for v in range(ceil(low), floor(high) + 1)), start=0)


def _counts(node: Any, values: Values) -> list[int]:
    counts = [int(_value(count, values)) for _, count in node.ranges]
    if prod(counts) > MOST_TERMS:
        raise TooLongError(f"formula: {prod(counts)} terms are too many to go through")
    return counts


def _tally(node: Any, values: Values) -> Any:
    return _gathered(node, values, lambda terms: int(terms.sum()), sum)


def _farthest(node: Any, values: Values) -> Any:
    return _gathered(node, values, lambda terms: int(terms.max()), max)


def _gathered(node: Any, values: Values, one: Callable[[Any], int], all_: Callable[[Any], int]) -> int:
    """Take a formula at every value of its indices: the outer ones one by one, the rest as one table."""
    counts = _counts(node, values)
    if 0 in counts:
        return 0
    outer = 0
    while prod(counts[outer:]) > _AT_ONCE:
        outer += 1
    names = [at for at, _ in node.ranges]
    table = np.meshgrid(*(np.arange(n) for n in counts[outer:]), indexing="ij", sparse=True)
    inside = dict(zip(names[outer:], table, strict=True))
    found = []
    for chosen in grid(*map(range, counts[:outer])):
        here = {**values, **dict(zip(names, chosen, strict=False)), **inside}
        found.append(one(np.broadcast_to(_value(node.formula, here), counts[outer:])))
    return all_(found)


_RULES: Mapping[type, Callable[[Any, Values], Any]] = {
    sympy.Add: lambda node, values: sum(_many(node, values), start=0),
    sympy.Mul: lambda node, values: prod(_many(node, values)),
    sympy.Pow: _power,
    sympy.floor: lambda node, values: floor(_value(node.args[0], values)),
    sympy.ceiling: lambda node, values: ceil(_value(node.args[0], values)),
    sympy.Mod: _modulo,
    Max: lambda node, values: max(_many(node, values)),
    sympy.Max: lambda node, values: max(_many(node, values)),
    sympy.Min: lambda node, values: min(_many(node, values)),
    sympy.Sum: _sum,
    Bracket: _bracket,
    Tally: _tally,
    Farthest: _farthest,
}
