"""Worked numbers: the product that a formula becomes with numbers put in, before it is multiplied out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TypeAlias

import sympy

from convalgebra.counting.closed import closed_form
from convalgebra.counting.measure import measure
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.exact import meets, value
from convalgebra.formulas import latex, reading_order
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size, as_formula
from convalgebra.sizes import number

# A matrix of more entries is not built to be counted.
MOST_ENTRIES = 5_000_000
_SHORT = 4


@dataclass(frozen=True)
class Number:
    """A number: a size, or what a bracket comes to."""

    of: Fraction

    @property
    def value(self) -> Fraction:
        """The number."""
        return self.of

    def latex(self) -> str:
        """Return the number, in brackets if it is negative."""
        return number_latex(self.of) if self.of >= 0 else f"({number_latex(self.of)})"


@dataclass(frozen=True)
class Power:
    """A power that is not carried out."""

    base: Number
    exponent: int

    @property
    def value(self) -> Fraction:
        """The power, carried out."""
        return self.base.value**self.exponent

    def latex(self) -> str:
        """Return base and exponent."""
        return f"{self.base.latex()}^{{{self.exponent}}}"


@dataclass(frozen=True)
class Multiplied:
    """Factors above a line and below it; below there may be none."""

    above: tuple[Number | Power, ...]
    below: tuple[Number | Power, ...] = ()

    @property
    def value(self) -> Fraction:
        """The product, carried out."""
        return prod((f.value for f in self.above), start=Fraction(1)) / prod(f.value for f in self.below)

    def latex(self) -> str:
        """Return the factors with dots between them."""
        above = _dotted(self.above)
        return rf"\frac{{{above}}}{{{_dotted(self.below)}}}" if self.below else above


@dataclass(frozen=True)
class Added:
    """Products that are added; with a sign of -1 one is taken away."""

    terms: tuple[tuple[int, Multiplied], ...]

    @property
    def value(self) -> Fraction:
        """The sum, carried out."""
        return sum((sign * term.value for sign, term in self.terms), start=Fraction(0))

    def latex(self) -> str:
        """Return the terms with their signs between them."""
        text = ""
        for sign, term in self.terms:
            plus = " + " if text else ""
            minus = " - " if text else "-"
            text += (plus if sign > 0 else minus) + term.latex()
        return text


Product: TypeAlias = Multiplied | Added


@dataclass(frozen=True)
class Worked:
    """The multiplications of one factor at numbers, or with ``name`` None those of the whole operator.

    ``name`` lists the factor's weights, ``product`` is what the formula becomes with numbers put in, and
    ``measured`` what was counted by running, None where the matrix is too large for that.
    """

    name: str | None
    operator: Operator
    formula: Size
    product: Product
    measured: int | None

    @property
    def value(self) -> int:
        """What the product comes to."""
        return int(self.product.value)

    @property
    def agrees(self) -> bool:
        """Whether it was measured, and the count is the same."""
        return self.measured == self.value

    def latex(self) -> str:
        """Return the product and its value as an equation; of a single number only that."""
        left, right = self.product.latex(), number_latex(Fraction(self.value))
        return right if left == right else f"{left} = {right}"

    def formula_latex(self) -> str:
        """Return the formula."""
        return latex(self.formula)


def worked(operator: Operator, sizes: Mapping[str, int]) -> tuple[Worked, ...]:
    r"""Return the worked numbers of each factor with weights, as they are applied, then of the whole.

    ``sizes`` has a number for each name in the operator; other names in it are ignored. Raises
    ``ArgumentError`` for a name without a number, and what ``operator.subs`` raises.

    >>> import convalgebra as ca
    >>> op = ca.conv("D", "N_c", ("H", "W"), "h")
    >>> worked(op, {"D": 3, "N_c": 128, "h": 3, "H": 7, "W": 7})[-1].latex()
    '3 \\cdot 128 \\cdot 3^{2} \\cdot 5 \\cdot 5 = 86\\,400'
    """
    if not isinstance(operator, Operator):
        raise ArgumentError(f"operator={operator!r} must be an operator, such as ca.conv(1, 1, 'N', 'm')")
    names = sorted(str(s) for s in operator.symbols)
    if missing := [name for name in names if name not in sizes]:
        raise ArgumentError(f"sizes={dict(sizes)!r} must have a number for {', '.join(missing)} too")
    chosen = {name: number(sizes[name], name) for name in names}
    factors = [stage for stage in reversed(operator.stages) if stage.weight_shapes]
    parts = [_of_factor(factor, chosen) for factor in factors]
    return (*parts, _of_whole(operator, chosen, parts))


def _of_factor(factor: Operator, sizes: Mapping[str, int]) -> Worked:
    own = {str(s): sizes[str(s)] for s in factor.symbols}
    formula = _formula(factor, own)
    product = with_numbers(formula, own)
    name = ", ".join(factor.weight_shapes)
    return Worked(name, factor, formula, product, _measured(factor, own))


def _of_whole(operator: Operator, sizes: Mapping[str, int], parts: list[Worked]) -> Worked:
    """Add up what the factors come to; the sum is checked against the formula of the whole."""
    formula = _formula(operator, sizes)
    product: Product
    if len(parts) == 1:
        product = parts[0].product
    else:
        terms = tuple((1, Multiplied((Number(Fraction(part.value)),))) for part in parts)
        product = Added(terms or ((1, Multiplied((Number(Fraction(0)),))),))
    _check(product, formula, sizes)
    measured = None if any(p.measured is None for p in parts) else _measured(operator, sizes)
    return Worked(None, operator, formula, product, measured)


def _formula(operator: Operator, sizes: Mapping[str, int]) -> Size:
    """Return the closed form where its conditions hold, else the formula that always does."""
    closed = closed_form(operator)
    values = _values(closed.conditions, sizes)
    if all(meets(condition, values) for condition in closed.conditions):
        return closed.value
    return operator.multiplications


def _values(formulas: tuple[sympy.Basic, ...], sizes: Mapping[str, int]) -> Mapping[sympy.Symbol, int]:
    """Return the numbers by symbol: the symbols of formulas, which a running index is not among."""
    return {s: sizes[str(s)] for formula in formulas for s in formula.free_symbols}


def _measured(operator: Operator, sizes: Mapping[str, int]) -> int | None:
    put = operator.subs(sizes)
    if any(entries_of(stage) > MOST_ENTRIES for stage in put.stages):
        return None
    return measure(put).multiplications


def entries_of(stage: Operator) -> int:
    """Return how many entries an operator of numbers has, that of blocks and sums part by part."""
    if stage.structured or not stage.operands:
        return number(stage.entries, "entries")
    return sum(map(entries_of, stage.operands))


# --- numbers put in, nothing multiplied out ------------------------------------------------------


def with_numbers(formula: Size, sizes: Mapping[str, int]) -> Product:
    r"""Return what a formula becomes with numbers put in: brackets worked out, powers and products kept.

    Raises ``ConvalgebraError`` if it does not come to the value of the formula.

    >>> from convalgebra.sizes import symbol
    >>> H, h = symbol("H"), symbol("h")
    >>> with_numbers(h**2 * (H - h + 1) / 2, {"H": 7, "h": 4}).latex()
    '\\frac{4^{2} \\cdot 4}{2}'
    """
    values = _values((as_formula(formula),), sizes)
    terms = tuple(_terms(as_formula(formula), values))
    product: Product = terms[0][1] if len(terms) == 1 and terms[0][0] == 1 else Added(terms)
    _check(product, formula, sizes)
    return product


def _check(product: Product, formula: Size, sizes: Mapping[str, int]) -> None:
    expected = value(formula, _values((as_formula(formula),), sizes))
    if product.value != expected or expected.denominator != 1:
        raise ConvalgebraError(
            f"formula={formula}: with {dict(sizes)} put in it reads {product.latex()}, which is "
            f"{product.value}, and it should be {expected}"
        )


def _terms(formula: sympy.Expr, values: Mapping[sympy.Symbol, int]) -> Iterator[tuple[int, Multiplied]]:
    """Yield the terms of a sum in the order in which it is printed, each with its sign."""
    for term in reading_order(formula) if formula.is_Add else (formula,):
        negative = bool(term.could_extract_minus_sign())
        yield (-1 if negative else 1), _multiplied(-term if negative else term, values)


def _multiplied(term: sympy.Expr, values: Mapping[sympy.Symbol, int]) -> Multiplied:
    above, below = sympy.fraction(term)
    return Multiplied(_factors(above, values), () if below == 1 else _factors(below, values))


def _factors(whole: sympy.Expr, values: Mapping[sympy.Symbol, int]) -> tuple[Number | Power, ...]:
    parts = whole.as_ordered_factors() if whole.is_Mul else [whole]
    return tuple(_factor(part, values) for part in parts)


def _factor(part: sympy.Expr, values: Mapping[sympy.Symbol, int]) -> Number | Power:
    base, exponent = part.as_base_exp()
    if exponent.is_Integer and exponent > 1:
        return Power(Number(value(base, values)), int(exponent))
    return Number(value(part, values))


def _dotted(factors: tuple[Number | Power, ...]) -> str:
    return r" \cdot ".join(factor.latex() for factor in factors)


def number_latex(number_: Fraction) -> str:
    r"""Return a number in LaTeX, from five digits on with thin spaces between the thousands.

    >>> number_latex(Fraction(9600)), number_latex(Fraction(86400)), number_latex(Fraction(1, 2))
    ('9600', '86\\,400', '\\frac{1}{2}')
    """
    if number_.denominator != 1:
        sign = "-" if number_ < 0 else ""
        above, below = Fraction(abs(number_.numerator)), Fraction(number_.denominator)
        return rf"{sign}\frac{{{number_latex(above)}}}{{{number_latex(below)}}}"
    whole = number_.numerator
    return str(whole) if len(str(abs(whole))) <= _SHORT else f"{whole:,}".replace(",", r"\,")
