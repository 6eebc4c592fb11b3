"""Floors within floors made one, and named: what makes the formula of a deep network readable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from convalgebra.proofs import Size


@dataclass(frozen=True)
class Named:
    """Formulas with names for the floors in them: ``meanings`` says what each name stands for."""

    formulas: Mapping[str, sympy.Expr]
    meanings: Mapping[sympy.Symbol, sympy.Expr]

    def whole(self, key: str) -> sympy.Expr:
        """Return a formula with the floors in the places of their names."""
        return self.formulas[key].subs(dict(self.meanings))


def flattened(formula: Any) -> Any:
    """Return a formula of integers, or a condition, with no floor in another, as far as that can be.

    For an integer d > 0 and an integer c, floor((floor(x) + c)/d) is floor((x + c)/d). What is whole is
    taken out of a floor, so that those that differ by whole numbers become one.

    >>> from sympy import floor
    >>> N = sympy.Symbol("N", integer=True, positive=True)
    >>> flattened(floor((floor((N - 1) / 2) - 1) / 2) + floor((N - 3) / 2))
    floor(N/4 - 3/4) + floor(N/2 - 1/2) - 1
    """
    return _flat(sympy.Integer(formula) if isinstance(formula, int) else formula)


def _flat(formula: Any) -> Any:
    if not formula.has(sympy.floor):
        return formula
    if isinstance(formula, sympy.floor):
        return _floor(sympy.expand(_flat(formula.args[0])))
    return formula.func(*map(_flat, formula.args))


def _floor(inside: sympy.Expr) -> sympy.Expr:
    for inner in sorted(inside.atoms(sympy.floor), key=str):
        factor = inside.coeff(inner)
        rest = sympy.expand(inside - factor * inner)
        one_over = factor.is_Rational and factor.p == 1 and factor.q > 1
        if one_over and not rest.has(inner) and (rest / factor).is_integer:
            return _floor(sympy.expand(inner.args[0] * factor + rest))
    constant, _ = inside.as_coeff_Add()
    whole = sympy.ceiling(constant) if constant.is_Rational else sympy.Integer(0)
    return sympy.floor(inside - whole) + whole


def named(formulas: Mapping[str, Size], taken: Iterable[str]) -> Named:
    """Return formulas flattened and multiplied out, the floors in them named; ``taken`` names are others'.

    >>> from sympy import floor
    >>> N = sympy.Symbol("N", integer=True, positive=True)
    >>> found = named({"a": 3 * (floor(N / 2) + 1) ** 2, "b": floor(floor(N / 2) / 2)}, ["N"])
    >>> found.formulas["a"], found.formulas["b"], found.meanings
    (3*n_1**2 + 6*n_1 + 3, n_2, {n_1: floor(N/2), n_2: floor(N/4)})
    """
    flat = {key: flattened(formula) for key, formula in formulas.items()}
    floors: set[sympy.Expr] = set().union(*(formula.atoms(sympy.floor) for formula in flat.values()))
    # Those within others (that could not be made one) stay where they are.
    outer = [one for one in floors if not any(one is not other and other.has(one) for other in floors)]
    letter = _letter(taken)
    meanings = {
        sympy.Symbol(f"{letter}_{at}", integer=True): one
        for at, one in enumerate(sorted(outer, key=_order), 1)
    }
    names = {one: name for name, one in meanings.items()}
    written = {key: sympy.expand(formula.xreplace(names)) for key, formula in flat.items()}
    used: set[sympy.Basic] = set().union(*(formula.free_symbols for formula in written.values()))
    return Named(written, {name: one for name, one in meanings.items() if name in used})


def _letter(taken: Iterable[str]) -> str:
    firsts = {name.partition("_")[0] for name in taken}
    return next(letter for letter in ("n", "k", "r", "u", "v", "floor") if letter not in firsts)


def _order(floor: sympy.Expr) -> tuple[Sequence[float], str]:
    """Order floors by how much their argument is divided, then by what is taken off it."""
    inside = floor.args[0]
    factors = [float(c.q) for c in inside.as_coefficients_dict().values() if c.is_Rational]
    constant, _ = inside.as_coeff_Add()
    return [max(factors, default=1.0), -float(constant) if constant.is_Rational else 0.0], str(floor)
