"""A count with its unit and the conditions under which it holds: counts of two kinds never mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.exact import meets
from convalgebra.exact import value as exact_value
from convalgebra.formulas import cancelled, conditions_text, shortest, text, tidy
from convalgebra.proofs import Size, as_formula, combined
from convalgebra.sizes import as_size, number, symbol

# The counts of an operator that are costs, each its own unit; and of all that it counts the units.
COUNTS = ("multiplications", "mult_adds", "additions", "parameters")
UNITS = {name: name for name in COUNTS} | {
    "rows_hit": "outputs",
    "columns_hit": "inputs",
    "entries": "entries",
}


@dataclass(frozen=True)
class Quantity:
    """A number or formula of a unit, under conditions.

    Quantities of one unit add up; their quotient is a ratio of units. Raises ``ArgumentError`` for a sum
    of two units: multiplications, additions and mult_adds are different things.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> print(Quantity(m * (N - m + 1), "multiplications", (N >= m,)))
    m*(N - m + 1) multiplications if N >= m
    >>> Quantity(3, "additions") + Quantity(4, "additions")
    Quantity(value=7, unit='additions', conditions=())
    """

    value: Size
    unit: str
    conditions: tuple[sympy.Basic, ...] = ()

    def __add__(self, other: object) -> Quantity:
        if not isinstance(other, Quantity) or other.unit != self.unit:
            added = f"{other.unit!r}" if isinstance(other, Quantity) else repr(other)
            raise ArgumentError(
                f"{self.unit!r} + {added}: only quantities of one unit add up; "
                "floating-point operations are flops(multiplications, additions)"
            )
        return Quantity(readable(self.value + other.value), self.unit, self._with(other))

    def __truediv__(self, other: Quantity) -> Quantity:
        if not isinstance(other, Quantity) or other.value == 0:
            raise ArgumentError(f"{self.unit!r} / {other!r}: divide by a quantity that is not zero")
        value = cancelled(as_formula(self.value) / as_formula(other.value))
        unit = "" if self.unit == other.unit else f"{self.unit} per {other.unit.removesuffix('s')}"
        return Quantity(value, unit, self._with(other))

    def times(self, factor: Size, unit: str = "") -> Quantity:
        """Return so many times the quantity, in another unit if one is named."""
        return Quantity(readable(self.value * factor), unit or self.unit, self.conditions)

    def _with(self, other: Quantity) -> tuple[sympy.Basic, ...]:
        return combined((*self.conditions, *other.conditions))

    @property
    def symbols(self) -> frozenset[sympy.Symbol]:
        """The names in the formula and in its conditions."""
        found = (as_formula(self.value), *self.conditions)
        return frozenset(s for part in found for s in part.free_symbols)

    def at(self, sizes: Mapping[Any, int] | None = None, /, **named: int) -> int | Fraction:
        """Return the number that the formula gives for numbers put for its names.

        Raises ``ArgumentError`` for a name that is missing or unknown, and for sizes that do not meet a
        condition: there the formula need not hold.

        >>> from convalgebra.sizes import symbol
        >>> N, m = symbol("N"), symbol("m")
        >>> count = Quantity(m * (N - m + 1), "multiplications", (N >= m,))
        >>> count.at(N=5, m=3)
        9
        """
        if not isinstance(sizes, Mapping | None):
            raise ArgumentError(f"sizes={sizes!r} must map names to numbers, as in at(N=5)")
        given = {
            str(name): as_size(v, str(name), least=1) for name, v in {**(sizes or {}), **named}.items()
        }
        wanted = {str(s) for s in self.symbols}
        if set(given) != wanted:
            raise ArgumentError(
                f"sizes={given} must give a number for each of {', '.join(sorted(wanted)) or 'no name'}"
            )
        values = {symbol(n): number(v, n) for n, v in given.items()}
        for condition in self.conditions:
            if not meets(condition, values):
                raise ArgumentError(
                    f"sizes={given} do not meet {text(condition)}, which this formula of {self.unit} needs"
                )
        result = exact_value(self.value, values)
        return int(result) if result.denominator == 1 else result

    def __str__(self) -> str:
        head = f"{text(self.value)} {self.unit}".rstrip()
        return f"{head} if {conditions_text(self.conditions)}" if self.conditions else head


def readable(value: Size) -> Size:
    """Return a count as it stands, or factored where that is shorter."""
    return shortest(value, tidy(value))


def flops(multiplications: Quantity, additions: Quantity) -> Quantity:
    """Return floating-point operations: multiplications plus additions, each by its own name.

    Raises ``ArgumentError`` for any other units: mult_adds and MACs are no multiplications.

    >>> flops(Quantity(9, "multiplications"), Quantity(8, "additions")).value
    17
    """
    for argument, given in (("multiplications", multiplications), ("additions", additions)):
        if not isinstance(given, Quantity) or given.unit != argument:
            unit = given.unit if isinstance(given, Quantity) else repr(given)
            raise ArgumentError(f"{argument}: a quantity of {argument} is needed, not {unit!r}")
    value = readable(multiplications.value + additions.value)
    return Quantity(value, "flops", combined((*multiplications.conditions, *additions.conditions)))
