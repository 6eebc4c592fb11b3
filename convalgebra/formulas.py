"""The form in which a person would print a formula: its shape, its order, its LaTeX and its text.

sympy's own forms (``-(m - 1)/(m*(-N + m - 1))``) are right and unreadable; every formula that leaves
the package passes through ``tidy`` or ``split``, and is printed by ``latex`` or ``text``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from convalgebra.errors import ArgumentError
from convalgebra.proofs import Size


def tidy(formula: Size) -> Size:
    """Return a count in factored form, every factor with a positive leading term.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> tidy(m * (N - m + 1) - (m - 1) * (N - m + 1))
    N - m + 1
    """
    return formula if isinstance(formula, int) else _tidied(formula)


@lru_cache(maxsize=4096)
def _tidied(formula: sympy.Expr) -> Size:
    opaque = {a: sympy.Dummy() for a in formula.atoms(sympy.Function, sympy.Sum)}
    # What is a product already is factored factor by factor: to expand it first would only make work.
    parts = sympy.Mul.make_args(sympy.factor_terms(formula.xreplace(opaque)))
    factored = sympy.Mul(*(sympy.factor(sympy.expand(part)) for part in parts))
    factored = factored.xreplace({dummy: part for part, dummy in opaque.items()})
    return int(factored) if factored.is_Integer else positive_factors(factored)


def shortest(*forms: Size) -> Size:
    """Return the form with the fewest operations, the first of equal ones.

    >>> from convalgebra.sizes import symbol
    >>> n, p = symbol("n"), symbol("p")
    >>> shortest(n * (2 * p + 1) - p * (p + 1), 2 * n * p + n - p**2 - p)
    n*(2*p + 1) - p*(p + 1)
    """
    return min(forms, key=lambda form: int(sympy.count_ops(form)))


def positive_factors(formula: sympy.Expr) -> sympy.Expr:
    """Return the formula with each factor's sign chosen so that it reads ``N - m + 1``.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> positive_factors(-(m - 1) / (m * (-N + m - 1)))
    (m - 1)/(m*(N - m + 1))
    """
    factors, sign = [], sympy.Integer(1)
    for factor in sympy.Mul.make_args(formula):
        base, exponent = factor.as_base_exp()
        turned = base.is_Add and exponent.is_Integer and _reads_negative(base)
        factors.append((-base) ** exponent if turned else factor)
        sign *= sympy.Integer(-1) ** exponent if turned else 1
    return sympy.Mul(sign, *factors)


def _reads_negative(sum_: sympy.Expr) -> bool:
    """Say whether a sum is better printed with its signs turned: N - m + 1, not -N + m - 1."""
    signs = Counter[int]()
    degrees: dict[bool, int] = {}
    for term in sum_.as_ordered_terms():
        negative = bool(term.could_extract_minus_sign())
        signs[negative] += 1
        degrees[negative] = max(degrees.get(negative, 0), _degree(term))
    # The greater number of terms decides, then those of the highest degree, then the first in order.
    if signs[True] != signs[False]:
        return signs[True] > signs[False]
    if degrees.get(True, -1) != degrees.get(False, -1):
        return degrees.get(True, -1) > degrees.get(False, -1)
    return bool(sum_.as_ordered_terms()[0].could_extract_minus_sign())


def _degree(term: sympy.Expr) -> int:
    powers = (factor.as_base_exp() for factor in sympy.Mul.make_args(term))
    return sum(int(e) if e.is_Integer else 1 for base, e in powers if not base.is_number)


def cancelled(ratio: sympy.Expr) -> sympy.Expr:
    """Return a ratio as one fraction without common factors, both parts factored."""
    return positive_factors(sympy.factor(ratio))


def split(ratio: sympy.Expr, order: Sequence[sympy.Symbol] = ()) -> sympy.Expr:
    """Return a ratio as a sum of simple terms, where that is shorter to read than one fraction.

    The candidates are the single fraction and its partial fractions in each symbol; among equally
    short ones the first symbol of ``order`` wins, and a sum over a fraction.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> split((2 * N - m + 1) / (m * (N - m + 1)), order=(N,))
    (m - 1)/(m*(N - m + 1)) + 2/m
    """
    whole = cancelled(ratio)
    symbols = [*order, *sorted(ratio.free_symbols - set(order), key=str)]
    parts = [_partial_fractions(whole, s) for s in symbols if s in whole.free_symbols]
    return min([*(part for part in parts if _is_simpler(part, whole)), whole], key=_reading_length)


def _is_simpler(parts: sympy.Expr, whole: sympy.Expr) -> bool:
    """Say whether a split is one that a person would make.

    Its terms are all added, and none has a denominator that the whole has not: another one would
    vanish at sizes where the whole is well defined.
    """
    terms = sympy.Add.make_args(parts)
    below = sympy.denom(whole)
    return not any(term.could_extract_minus_sign() for term in terms) and all(
        sympy.denom(sympy.cancel(below / sympy.denom(term))).is_number for term in terms
    )


def _partial_fractions(ratio: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
    try:
        apart = sympy.apart(ratio, symbol)
    except (NotImplementedError, sympy.PolynomialError):  # floors, sums, maxima
        return ratio
    return sympy.Add(*(cancelled(term) for term in sympy.Add.make_args(apart)))


def _reading_length(formula: sympy.Expr) -> int:
    """How much there is to read, above all in the longest single term."""
    terms = [int(sympy.count_ops(term)) for term in sympy.Add.make_args(formula)]
    return max(terms) + len(terms)


# --- printing ------------------------------------------------------------------------------------


def reading_order(sum_: sympy.Expr) -> list[sympy.Expr]:
    """Return the terms of a sum as it is printed: a polynomial by degree; fractions the short one first.

    >>> from convalgebra.sizes import symbol
    >>> reading_order(1 / symbol("h") ** 2 + 1 / symbol("N_c"))
    [1/N_c, h**(-2)]
    """
    terms: list[sympy.Expr] = sum_.as_ordered_terms()
    if sum_.is_polynomial(*sum_.free_symbols):
        if terms[0].could_extract_minus_sign():
            terms.sort(key=lambda t: bool(t.could_extract_minus_sign()))
        return terms
    return sorted(
        terms, key=lambda t: (bool(t.is_number), bool(t.could_extract_minus_sign()), sympy.count_ops(t))
    )


def count_symbol(label: str) -> sympy.Symbol:
    """Return the symbol that stands for "the multiplications of" an operator in a derivation.

    >>> print(text(count_symbol("depthwise")), latex(count_symbol("depthwise")))
    mult(depthwise) \\mu_{\\mathrm{depthwise}}
    """
    return sympy.Symbol(f"mult({label})", integer=True, positive=True)


_APART = r"\; "


class _Latex(LatexPrinter):  # type: ignore[misc]
    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        if expr.name.startswith("mult("):
            label = expr.name[5:-1].replace("_", r"\_")
            return rf"\mu_{{{label}}}" if len(label) == 1 else rf"\mu_{{\mathrm{{{label}}}}}"
        # Two numbers side by side below a line would be read as one.
        return re.sub(r"(?<=\d) (?=\d)", ",", str(super()._print_Symbol(expr, style=style)))

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return reading_order(expr)

    def _print_floor(self, expr: Any, exp: Any = None) -> str:
        inside = rf"\left\lfloor{{{self._print(sympy.together(expr.args[0]))}}}\right\rfloor"
        return f"{inside}^{{{exp}}}" if exp is not None else inside

    def _print_Equality(self, expr: Any) -> str:
        if (divided := _divided(expr)) is not None:
            return rf"{self._print(divided[0])} \mid {self._print(divided[1])}"
        return str(self._print_Relational(expr))

    def _print_Sum(self, expr: Any) -> str:
        """Print one sign per index, the outer one first."""
        signs = (
            rf"\sum_{{{self._print(index)}={self._print(first)}}}^{{{self._print(last)}}}"
            for index, first, last in reversed(expr.limits)
        )
        summand = self._print(expr.function)
        if expr.function.is_Add or summand.lstrip().startswith("-"):
            summand = rf"\left({summand}\right)"
        return rf"{_APART.join(signs)} {summand}"

    def _print_Mul(self, expr: Any) -> str:
        """Put each of several sums in brackets of one moderate size."""
        sums = [factor for factor in expr.args if isinstance(factor, sympy.Sum)]
        if len(sums) < 2 or any(f.is_Pow and f.exp.is_negative for f in expr.args):
            return str(super()._print_Mul(expr))
        others = [self._print(f) for f in expr.args if not isinstance(f, sympy.Sum)]
        return " ".join([*others, *(rf"\Bigl({self._print(s)}\Bigr)" for s in sums)])


class _Text(StrPrinter):  # type: ignore[misc]
    def _print_floor(self, expr: Any) -> str:
        return f"floor({self._print(sympy.together(expr.args[0]))})"

    def _print_Equality(self, expr: Any) -> str:
        if (divided := _divided(expr)) is not None:
            return f"{self._print(divided[0])} divides {self._print(divided[1])}"
        return " = ".join(map(self._side, expr.args))

    def _print_Unequality(self, expr: Any) -> str:
        return " != ".join(map(self._side, expr.args))

    def _side(self, side: Any) -> str:
        if not isinstance(side, sympy.Mod):
            return str(self._print(side))
        return " mod ".join(self.parenthesize(part, PRECEDENCE["Mul"]) for part in side.args)

    def _print_Limit(self, expr: Any) -> str:
        formula, symbol, point = expr.args[:3]
        return f"lim({self._print(formula)}, {self._print(symbol)} -> {self._print(point)})"

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return reading_order(expr)

    def _print_Mul(self, expr: Any) -> str:
        # An unevaluated quotient of products comes from sympy with two pairs of brackets below.
        printed = str(super()._print_Mul(expr))
        doubled = re.search(r"/\(\((.*)\)\)$", printed)
        if doubled is None or not _is_balanced(doubled[1]):
            return printed
        return f"{printed[: doubled.start()]}/({doubled[1]})"

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        base, exponent = expr.as_base_exp()
        if exponent.is_Integer and exponent < -1:  # 1/h**2, not h**(-2)
            return f"1/{self.parenthesize(base, 60)}**{-exponent}"
        return str(super()._print_Pow(expr, rational=rational))


def _divided(equation: sympy.Eq) -> tuple[sympy.Expr, sympy.Expr] | None:
    """Return (part, whole) of the condition that a part divides a whole, ``Eq(Mod(whole, part), 0)``."""
    remainder, zero = equation.args
    if isinstance(remainder, sympy.Mod) and zero == 0:
        return remainder.args[1], remainder.args[0]
    return None


def _is_balanced(text_: str) -> bool:
    """Say whether every bracket that closes in a text was opened in it."""
    depths = accumulate((c == "(") - (c == ")") for c in text_)
    return min(depths, default=0) >= 0


def latex(formula: Size | sympy.Basic, inline: bool = False) -> str:
    r"""Return a formula's LaTeX, in reading order; ``inline`` keeps short fractions on the line.

    Raises ``ArgumentError`` for anything but a number or a sympy formula: text is never evaluated.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> latex((m - 1) / (m * (N - m + 1)) + 2 / m)
    '\\frac{2}{m} + \\frac{m - 1}{m \\left(N - m + 1\\right)}'
    """
    return str(_Latex({"fold_short_frac": inline}).doprint(_formula(formula)))


def text(formula: Size | sympy.Basic) -> str:
    """Return a formula as plain text, in reading order.

    Raises ``ArgumentError`` for anything but a number or a sympy formula.

    >>> from convalgebra.sizes import symbol
    >>> text(1 / symbol("h") ** 2 + 1 / symbol("N_c"))
    '1/N_c + 1/h**2'
    >>> text(sympy.Eq(sympy.Mod(symbol("D"), symbol("g")), 0))
    'g divides D'
    """
    return str(_Text().doprint(_formula(formula)))


def conditions_text(conditions: Iterable[sympy.Basic]) -> str:
    """Return conditions as plain text, one after the other."""
    return ", ".join(map(text, conditions))


def sizes_text(sizes: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> str:
    """Return sizes by name as plain text.

    >>> sizes_text({"N": 5, "m": 3})
    'N=5, m=3'
    """
    return ", ".join(f"{name}={size}" for name, size in dict(sizes).items())


def _formula(value: Any) -> sympy.Basic:
    if isinstance(value, int):
        return sympy.Integer(value)
    if not isinstance(value, sympy.Basic):
        raise ArgumentError(
            f"formula={value!r} must be a number or a sympy formula, such as ca.ratio(a, b); "
            "an operator prints itself, op.latex()"
        )
    return value
