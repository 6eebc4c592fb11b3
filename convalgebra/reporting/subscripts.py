"""Formulas in a subscript, in LaTeX: short, the running indices in their order."""

from __future__ import annotations

from functools import singledispatch
from typing import Any, TypeAlias

import sympy

from convalgebra.formulas import latex
from convalgebra.reporting.terms import Entry, Present, Reflected, Root, Wrapped

# Where each index stands in a place such as s i + d a.
Order: TypeAlias = dict[sympy.Symbol, int]


@singledispatch
def written(e: Any, order: Order) -> str:
    r"""Return a formula without spaces, its terms in the order of the indices in them.

    >>> s, i, a, p = sympy.symbols("s i a p")
    >>> written(s * i + a - p, {i: 0, a: 1})
    's i+a-p'
    """
    return latex(e).replace(" + ", "+").replace(" - ", "-")


@written.register(sympy.Pow)
def _(e: Any, order: Order) -> str:
    if e.exp.is_Integer and e.exp > 0:
        return rf"{bracketed(e.base, order)}^{{{e.exp}}}"
    above, below = sympy.fraction(e)
    return rf"\tfrac{{{written(above, order)}}}{{{written(below, order)}}}" if below != 1 else latex(e)


@written.register(sympy.floor)
def _(e: Any, order: Order) -> str:
    return rf"\lfloor {_divided(e.args[0], order)} \rfloor"


@written.register(sympy.Mod)
@written.register(Wrapped)
def _(e: Any, order: Order) -> str:
    whole, part = e.args
    left = rf"({written(whole, order)})" if whole.is_Add or whole.is_Mul else written(whole, order)
    return rf"{left} \bmod {bracketed(part, order)}"


@written.register(sympy.Max)
@written.register(sympy.Min)
def _(e: Any, order: Order) -> str:
    def rank(part: sympy.Expr) -> tuple[bool, object]:
        return not set(order) & part.free_symbols, sympy.default_sort_key(part)

    name = r"\max" if isinstance(e, sympy.Max) else r"\min"
    return rf"{name}({', '.join(written(part, order) for part in sorted(e.args, key=rank))})"


@written.register(sympy.Abs)
def _(e: Any, order: Order) -> str:
    return rf"\lvert {written(e.args[0], order)} \rvert"


@written.register(Present)
def _(e: Any, order: Order) -> str:
    return rf"{latex(e.args[0])}_{{{written(e.args[1], order)}}}"


@written.register(Reflected)
def _(e: Any, order: Order) -> str:
    return rf"\rho_{{{written(e.args[1], order)}}}({written(e.args[0], order)})"


@written.register(Entry)
def _(e: Any, order: Order) -> str:
    indices = e.args[2:]
    between = "," if all(i.is_Symbol or i.is_Integer for i in indices) else r",\,"
    return rf"{letter(e.args[0].name)}_{{{between.join(written(i, order) for i in indices)}}}"


@written.register(Root)
def _(e: Any, order: Order) -> str:
    return rf"\omega_{{{written(e.args[0], order)}}}^{{{written(e.args[1], order)}}}"


def letter(name: str) -> str:
    r"""Return the letter of a table.

    >>> letter("tau"), letter("tau^(2)")
    ('\\tau', '\\tau^{(2)}')
    """
    letter, _, above = name.partition("^")
    return rf"\{letter}^{{{above}}}" if above else rf"\{letter}"


def _divided(e: sympy.Expr, order: Order) -> str:
    above, below = sympy.fraction(sympy.together(e))
    if below == 1:
        return written(above, order)
    left = rf"({written(above, order)})" if above.is_Add else written(above, order)
    return rf"{left}/{bracketed(below, order, products=True)}"


@written.register(sympy.Add)
def _(e: Any, order: Order) -> str:
    """Return a sum: s i + d a - p, h - 1 - a, r (u mod r) + floor(v / r)."""
    digits = bool(e.atoms(sympy.Mod, sympy.floor))
    running = [term for term in e.args if set(order) & term.free_symbols]
    constant = [term for term in e.args if term not in running]

    def rank(term: sympy.Expr) -> tuple[object, ...]:
        places = [order[s] for s in term.free_symbols if s in order]
        return digits and not _has_factor(term, order), min(places), sympy.default_sort_key(term)

    running.sort(key=rank)
    running.sort(key=_negative)
    constant.sort(key=lambda term: (bool(term.is_number), sympy.default_sort_key(term)))
    if not running or _negative(running[0]):
        terms = [*sorted(constant, key=_negative), *running]
    else:
        terms = [*running, *constant]
    return "".join(_signed(term, order, first=at == 0) for at, term in enumerate(terms))


def _has_factor(term: sympy.Expr, order: Order) -> bool:
    """Say whether a term has a factor without a running index."""
    return any(not set(order) & f.free_symbols for f in sympy.Mul.make_args(term))


def _signed(term: sympy.Expr, order: Order, first: bool) -> str:
    negative = _negative(term)
    value = -term if negative else term
    inside = written(value, order)
    if value.is_Add or isinstance(value, sympy.Mod | Wrapped):
        inside = f"({inside})"
    return ("-" if negative else "" if first else "+") + inside


def _negative(term: sympy.Expr) -> bool:
    return bool(term.as_coeff_Mul()[0].is_negative)


@written.register(sympy.Mul)
def _(e: Any, order: Order) -> str:
    if e.as_coeff_Mul()[0].is_negative:
        return f"-{written(-e, order)}"
    above, below = sympy.fraction(e)
    if below != 1:
        fixed, running = sympy.Integer(1), sympy.Integer(1)
        for factor in sympy.Mul.make_args(above):
            if set(order) & factor.free_symbols:
                running *= factor
            else:
                fixed *= factor
        if fixed == 1 or running == 1:
            return rf"\tfrac{{{written(above, order)}}}{{{written(below, order)}}}"
        return rf"\tfrac{{{written(fixed, order)}}}{{{written(below, order)}}} {bracketed(running, order)}"
    factors = sorted(
        sympy.Mul.make_args(e),
        key=lambda f: (bool(f.free_symbols), bool(set(order) & f.free_symbols), sympy.default_sort_key(f)),
    )
    return " ".join(bracketed(f, order) for f in factors)


def bracketed(e: sympy.Expr, order: Order, products: bool = False) -> str:
    """Return a formula, in brackets where it is a factor: a sum, a remainder, or a product as a divisor."""
    text = written(e, order)
    return (
        rf"({text})" if e.is_Add or isinstance(e, sympy.Mod | Wrapped) or (products and e.is_Mul) else text
    )
