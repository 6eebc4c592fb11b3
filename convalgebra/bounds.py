"""Formulas with bounds of their degree and their numbers, which are known before a power is made.

A formula is a quotient of two polynomials in names. A sum, a product or a power of bounds is as quick as
one of small integers, where the formula itself may take all the memory there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb, lcm, prod

import sympy


@dataclass(frozen=True)
class Part:
    """Bounds of a polynomial: its degree, and the sum of its coefficients without their signs."""

    degree: int = 0
    number: int = 1

    def __add__(self, other: Part) -> Part:
        return Part(max(self.degree, other.degree), self.number + other.number)

    def __mul__(self, other: Part) -> Part:
        return Part(self.degree + other.degree, self.number * other.number)

    def __pow__(self, power: int) -> Part:
        return Part(self.degree * power, self.number**power)


@dataclass(frozen=True)
class Term:
    """A formula and the bounds of what stands above and below its line, known before it is made."""

    value: sympy.Expr
    above: Part = Part()
    below: Part = Part()

    @property
    def degree(self) -> int:
        """The larger degree of the two."""
        return max(self.above.degree, self.below.degree)

    def __neg__(self) -> Term:
        return Term(-self.value, self.above, self.below)

    def __add__(self, other: Term) -> Term:
        value = self.value + other.value
        if self.below.degree == other.below.degree == 0:
            common = lcm(self.below.number, other.below.number)
            left, right = (term.above * Part(0, common // term.below.number) for term in (self, other))
            return Term(value, left + right, Part(0, common))
        return Term(value, self.above * other.below + other.above * self.below, self.below * other.below)

    def __sub__(self, other: Term) -> Term:
        return self + -other

    def __mul__(self, other: Term) -> Term:
        return Term(self.value * other.value, self.above * other.above, self.below * other.below)

    def __truediv__(self, other: Term) -> Term:
        return Term(self.value / other.value, self.above * other.below, self.below * other.above)

    def __floordiv__(self, other: Term) -> Term:
        return (self / other).rounded(sympy.floor)

    def rounded(self, how: Callable[[sympy.Expr], sympy.Expr]) -> Term:
        """Return the whole number below or above, which is less than 1 away."""
        return Term(how(self.value), self.above + self.below, self.below)


def expanded_terms(formula: sympy.Basic) -> int:
    """Return how many terms a formula has when it is multiplied out, at most.

    >>> N, m = sympy.symbols("N m")
    >>> expanded_terms((N + m + 1) ** 2 * (N - m)), expanded_terms((N + m + 1) ** -64)
    (12, 2145)
    """
    if isinstance(formula, sympy.Add):
        return sum(map(expanded_terms, formula.args))
    if isinstance(formula, sympy.Mul):
        return prod(map(expanded_terms, formula.args))
    if isinstance(formula, sympy.Pow) and formula.exp.is_Integer:
        power = abs(int(formula.exp))
        return comb(expanded_terms(formula.base) + power - 1, power)
    return 1
