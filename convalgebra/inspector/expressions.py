"""Sizes, formulas and conditions as JSON: what the page works out once it has numbers for the names."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from convalgebra.errors import ArgumentError
from convalgebra.proofs import Max
from convalgebra.sizes import gcd_of

# What the page calls each kind of node; the arguments follow in sympy's order.
_CALLED: Mapping[type[sympy.Basic], str] = {
    sympy.Add: "+",
    sympy.Mul: "*",
    sympy.Pow: "^",
    sympy.floor: "floor",
    sympy.ceiling: "ceil",
    Max: "max",
    sympy.Max: "max",
    sympy.Min: "min",
    sympy.Mod: "mod",
    sympy.Abs: "abs",
    gcd_of: "gcd",
    sympy.Ge: ">=",
    sympy.Gt: ">",
    sympy.Le: "<=",
    sympy.Lt: "<",
    sympy.Eq: "==",
    sympy.Ne: "!=",
    sympy.And: "and",
    sympy.Or: "or",
    sympy.Not: "not",
}


def expression(size: Any) -> Any:
    """Return a size, a formula or a condition as plain JSON: numbers, names and operations.

    Raises ``ArgumentError`` for a node of a kind that the page cannot work out.

    >>> from convalgebra.sizes import symbol
    >>> expression(symbol("N") + 1)
    {'op': '+', 'args': [1, {'name': 'N'}]}
    >>> expression(Fraction(1, 2)), expression(symbol("N") >= 3)["op"]
    ({'op': '/', 'args': [1, 2]}, '>=')
    """
    if isinstance(size, bool | np.bool_ | sympy.logic.boolalg.BooleanAtom):
        return bool(size)
    if isinstance(size, int | np.integer | sympy.Integer):
        return int(size)
    if isinstance(size, Fraction | sympy.Rational):
        return {"op": "/", "args": [int(size.numerator), int(size.denominator)]}
    if isinstance(size, sympy.Symbol):
        return {"name": size.name}
    if isinstance(size, sympy.Sum):
        return _sum(size)
    called = _CALLED.get(type(size))
    if called is None:
        raise ArgumentError(
            f"formula={size}: the page cannot work out a {type(size).__name__}; "
            f"it knows {', '.join(dict.fromkeys(_CALLED.values()))}"
        )
    return {"op": called, "args": [expression(part) for part in size.args]}


def _sum(formula: sympy.Sum) -> Any:
    """Write a sum over several indices as sums inside sums: sympy has the innermost index first."""
    body = expression(formula.function)
    for index, low, high in formula.limits:
        body = {"op": "sum", "args": [body, expression(index), expression(low), expression(high)]}
    return body
