"""Counts as sums over taps, which always hold: the sum of one axis is made once and its sizes put in."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

import sympy

from convalgebra.axis import Axis
from convalgebra.inspector.standins import any_sign
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size, as_formula
from convalgebra.sizes import symbol
from convalgebra.values import exchange, symbols_of


def honest(op: Operator, count: str) -> Size:
    """Return "multiplications" or another count of an operator, sums not carried out, stage by stage.

    It equals the count of the operator. Where there are many names, no proof is tried that would make a
    sum shorter: those take long.

    >>> import convalgebra as ca
    >>> op = ca.conv(1, 1, "n", "m", padding="p")
    >>> values = {ca.symbol(name): size for name, size in {"n": 5, "m": 3, "p": 1}.items()}
    >>> honest(op, "multiplications").subs(values).doit(), op.subs(n=5, m=3, p=1).multiplications
    (13, 13)
    """
    if count == "parameters":
        return getattr(op, count)
    quick: Operator = exchange(op, Axis, _quick)
    return sympy.Add(*(as_formula(getattr(stage, count)) for stage in quick.stages))


class _Quick(Axis):
    """An axis whose pairs inside the input are the sum of any axis, its own sizes put in."""

    @property
    def taps_inside(self) -> Size:
        """Pairs (output, tap) inside the input."""
        return _put(_any_sum(), self)

    @property
    def entries(self) -> Size:
        """The same, with padding zeros."""
        return self.taps_inside


def _quick(axis: Axis) -> Axis:
    """Return the axis with a quick count, where its count is not plain anyway."""
    if axis.padding_mode != "zeros" or (axis.lo, axis.hi) == (0, 0) or not list(symbols_of(axis)):
        return axis
    return _Quick(*(getattr(axis, field.name) for field in fields(axis)))


_SIZES = ("size", "kernel", "stride", "dilation")


@cache
def _any_sum() -> sympy.Expr:
    """Return the pairs inside of an axis all of whose sizes are names."""
    size, kernel, stride, dilation = (symbol(f"any_{name}") for name in _SIZES)
    return as_formula(
        Axis(size, kernel, stride, any_sign("any_lo"), any_sign("any_hi"), dilation).taps_inside
    )


def _put(formula: sympy.Expr, axis: Axis) -> sympy.Expr:
    values: dict[Any, Any] = {symbol(f"any_{name}"): as_formula(getattr(axis, name)) for name in _SIZES}
    for side in ("lo", "hi"):
        values[symbol(f"any_{side}_more")] = as_formula(getattr(axis, side))
        values[symbol(f"any_{side}_less")] = sympy.Integer(0)
    return formula.xreplace(values)
