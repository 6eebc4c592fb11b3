"""Counts of any operator in closed form, with what must hold for it.

The counts of an axis are opaque while the operator puts its count together; then the closed form of each
is put in, and the conditions of just those that the count uses are kept.
"""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import Any

import sympy

from convalgebra.axis import Axis
from convalgebra.counting.arguments import check_count, check_operator
from convalgebra.counting.quantity import UNITS, Quantity, readable
from convalgebra.operators.base import Operator
from convalgebra.proofs import Max, Size, as_formula, combined
from convalgebra.unclipped import Closed, closed_count, plain
from convalgebra.values import exchange, symbols_of


def closed_form(op: Operator, count: str = "multiplications") -> Quantity:
    """Return a count of an operator as a closed form with its conditions, or a number.

    ``count`` is an attribute of operators that is a count, such as "multiplications" or "additions".
    Where the plain formula is closed already, it is returned; where padding makes it a sum over taps,
    the sum is carried out, under the conditions that no tap misses every output and that the padding
    is no longer than the kernel. A stride or dilation for which no closed form is known leaves the
    honest sum, which always holds. Source: the counts of an axis, see ``unclipped``.

    Raises ``ArgumentError`` for what is no operator or no count.

    >>> import convalgebra as ca
    >>> p = ca.symbol("p")
    >>> print(closed_form(ca.conv(1, 1, "n", 2 * p + 1, padding=p)))
    n*(2*p + 1) - p*(p + 1) multiplications if n >= p
    """
    check_operator("op", op)
    check_count("count", count, UNITS)
    return _closed(op, count)


def spelt_form(op: Operator) -> sympy.Expr:
    """Return the multiplications of an operator: all taps less those on padding, sums not carried out.

    It equals ``closed_form(op)``, under the same conditions.

    >>> import convalgebra as ca
    >>> spelt_form(ca.conv(1, 1, "n", 5, padding=2))
    5*n - 2*Sum(2 - k, (k, 0, 1))
    """
    formula, closed = _opaque_count(op, "multiplications")
    return formula.xreplace({part: as_formula(found.spelt) for part, found in closed.items()})


@lru_cache(maxsize=1024)
def _closed(op: Operator, count: str) -> Quantity:
    if not op.symbols:
        return Quantity(getattr(op, count), UNITS[count])
    formula, closed = _opaque_count(op, count)
    needed = (condition for found in closed.values() for condition in found.conditions)
    # A person keeps the count of each axis together, if that is shorter.
    together = formula.xreplace({part: as_formula(found.value) for part, found in closed.items()})
    return Quantity(readable(together), UNITS[count], combined((*op.conditions, *needed)))


def _opaque_count(op: Operator, count: str) -> tuple[sympy.Expr, dict[_Count, Closed]]:
    """Return a count with those of the axes opaque, and the closed form of each of these."""
    formula = as_formula(getattr(exchange(op, Axis, _stand_in), count))
    parts = sorted((part for part in formula.free_symbols if isinstance(part, _Count)), key=str)
    return formula, {part: part.closed() for part in parts}  # conditions print in one order each time


def is_closed(value: Size) -> bool:
    """Say whether a count is a closed form: no sum is left to carry out and no maximum to decide.

    >>> from convalgebra.sizes import symbol
    >>> is_closed(3), is_closed(sympy.Sum(symbol("N"), (symbol("k"), 0, symbol("m"))))
    (True, False)
    """
    return not as_formula(value).has(sympy.Sum, Max)


class _Count(sympy.Symbol):  # type: ignore[misc]
    """A count of an axis that is not looked into."""

    __slots__ = ("axis", "count")

    axis: Axis
    count: str

    def closed(self) -> Closed:
        """Return the closed form; where none is needed or known, the count as it stands."""
        honest: Size = getattr(self.axis, self.count)
        found = None if is_closed(honest) else closed_count(self.axis, self.count)
        return plain(honest) if found is None else found


def _opaque(axis: Axis, count: str) -> Size:
    itself = Axis(*_values(axis))
    made = _Count(f"{count} of {itself!r}", integer=True, nonnegative=True)
    made.axis, made.count = itself, count
    return made


class _StandIn(Axis):
    """An axis whose counts are opaque."""

    @property
    def taps_inside(self) -> Size:
        """Pairs (output, tap) inside the input."""
        return _opaque(self, "taps_inside")

    @property
    def outputs_hit(self) -> Size:
        """Outputs that read an input."""
        return _opaque(self, "outputs_hit")

    @property
    def inputs_hit(self) -> Size:
        """Inputs that are read."""
        return _opaque(self, "inputs_hit")


def _stand_in(axis: Axis) -> Axis:
    """Return the axis with opaque counts, where these can be anything but numbers."""
    return _StandIn(*_values(axis)) if list(symbols_of(axis)) else axis


def _values(axis: Axis) -> tuple[Any, ...]:
    return tuple(getattr(axis, field.name) for field in fields(axis))
