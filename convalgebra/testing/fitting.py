"""Formulas found for numbers: small polynomials and products of sizes, exactly, by rational linear algebra.

What is found agrees with every number given, and some of these took no part in finding it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, permutations
from math import prod
from typing import Any

import sympy
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from convalgebra.formulas import tidy
from convalgebra.proofs import as_formula

_HELD_OUT = 3  # numbers that a formula must meet without having been made from them
_MOST_TERMS = 40
_HIGHEST = 4
_PRIMES = (2, 3, 5, 7, 11)

Points = Sequence[Mapping[str, int]]
Values = Sequence[Fraction]


def fitted(points: Points, values: Values) -> sympy.Expr | None:
    """Return a small formula that has these values at these points; None if none is found.

    Tried are constants, sums of sizes, products of sizes and their differences, then polynomials.

    >>> points = [{"N": N, "m": m} for N in range(1, 7) for m in range(1, N + 1)]
    >>> fitted(points, [Fraction(p["m"] ** 2 * (p["N"] - p["m"] + 1)) for p in points])
    m**2*(N - m + 1)
    """
    if not points or not points[0]:
        return sympy.Rational(values[0].numerator, values[0].denominator) if values else None
    names = sorted(points[0])
    made = [at for at in range(len(points)) if at % 3 != 1]
    if len(points) - len(made) < _HELD_OUT:
        return None
    some, their = [points[at] for at in made], [values[at] for at in made]
    for formula in _found(names, some, their):
        if agrees(formula, points, values):
            return as_formula(tidy(formula))
    return None


def _found(names: Sequence[str], points: Points, values: Values) -> Iterator[sympy.Expr]:
    for degree in range(_HIGHEST + 1):
        ways = [_polynomial(names, degree, points, values)]
        if degree == 1:
            ways.append(_product(names, points, values))
        yield from (formula for formula in ways if formula is not None)


def agrees(formula: sympy.Expr, points: Points, values: Values) -> bool:
    """Say whether a formula has these values at these points.

    >>> from convalgebra.grammar import parse_formula
    >>> agrees(parse_formula("N + 1"), [{"N": 2}, {"N": 3}], [Fraction(3), Fraction(4)])
    True
    """
    return all(
        _put(formula, p).doit() == sympy.Rational(v.numerator, v.denominator)
        for p, v in zip(points, values, strict=True)
    )


# --- sums of monomials ---------------------------------------------------------------------------


def _polynomial(names: Sequence[str], degree: int, points: Points, values: Values) -> sympy.Expr | None:
    """Return the polynomial of at most that degree, if the points settle its coefficients."""
    terms = [term for d in range(degree + 1) for term in combinations_with_replacement(names, d)]
    if len(terms) > min(_MOST_TERMS, len(points) - 1):
        return None
    rows = [[_value(term, point) for term in terms] for point in points]
    solution = solved(rows, values)
    if solution is None:
        return None
    return sympy.Add(*(c * sympy.Mul(*map(_symbol, term)) for c, term in zip(solution, terms, strict=True)))


def _value(term: Sequence[str], point: Mapping[str, int]) -> int:
    return prod(point[name] for name in term)


def solved(rows: Sequence[Sequence[int]], right: Sequence[int | Fraction]) -> list[sympy.Rational] | None:
    """Return the one solution of linear equations; None if there is none, or more than one.

    >>> solved([[1, 1], [1, -1]], [3, 1])
    [2, 1]
    """
    columns = len(rows[0])
    entries = [
        [QQ(v.numerator, v.denominator) for v in (*row, b)] for row, b in zip(rows, right, strict=True)
    ]
    reduced, pivots = DomainMatrix(entries, (len(rows), columns + 1), QQ).rref()
    if pivots != tuple(range(columns)):
        return None
    return [QQ.to_sympy(reduced[row, columns].element) for row in range(columns)]


# --- products of powers --------------------------------------------------------------------------


def _product(names: Sequence[str], points: Points, values: Values) -> sympy.Expr | None:
    """Return ``c * product of factors**powers``: how often each prime divides is linear in the powers."""
    pairs = [(p, v) for p, v in zip(points, values, strict=True) if v != 0]
    if len(pairs) < _HELD_OUT:
        return None
    for factors in _factors(names):
        usable = [factor for factor in factors if all(_value_of(factor, p) for p, _ in pairs)]
        if (formula := _powers(usable, pairs)) is not None:
            return formula
    return None


# One size, less another one where there is one, and a number: a size, the outputs of a window.
Factor = tuple[str, str, int]


def _factors(names: Sequence[str]) -> Iterator[list[Factor]]:
    """Yield what a product may be made of: sizes, then outputs of windows too, then all near them."""
    sizes = [(name, "", 0) for name in names]
    outputs = [(a, b, 1) for a, b in permutations(names, 2)]
    near = [(a, b, 0) for a, b in combinations(names, 2)] + [(a, "", i) for a in names for i in (-1, 1)]
    yield from (sizes, sizes + outputs, sizes + outputs + near)


def _value_of(factor: Factor, sizes: Mapping[str, Any]) -> Any:
    """Return a factor for numbers, or for symbols."""
    plus, minus, constant = factor
    return sizes[plus] - (sizes[minus] if minus else 0) + constant


def _powers(
    factors: Sequence[Factor], pairs: Sequence[tuple[Mapping[str, int], Fraction]]
) -> sympy.Expr | None:
    """Return the product of powers that has these values, if the primes in them settle the powers."""
    equations: set[tuple[int, ...]] = set()
    for point, value in pairs:
        put = [_value_of(factor, point) for factor in factors]
        for at, prime in enumerate(_PRIMES):
            constant = [int(other == at) for other in range(len(_PRIMES))]
            often = _multiplicity(prime, value.numerator) - _multiplicity(prime, value.denominator)
            equations.add((*(_multiplicity(prime, n) for n in put), *constant, often))
    powers = solved(*zip(*((e[:-1], e[-1]) for e in sorted(equations)), strict=True))
    if powers is None or not all(p.is_Integer for p in powers[: len(factors)]):
        return None
    symbols = {name: _symbol(name) for name in pairs[0][0]}
    product = sympy.Mul(*(_value_of(f, symbols) ** p for f, p in zip(factors, powers, strict=False)))
    point, value = pairs[0]
    return sympy.Rational(value.numerator, value.denominator) / _put(product, point) * product


def _multiplicity(prime: int, number: int) -> int:
    """Return how often a prime divides a number that is not zero."""
    often = 0
    while number % prime == 0:
        number, often = number // prime, often + 1
    return often


def _symbol(name: str) -> sympy.Symbol:
    """Return the symbol of the registry; of a parameter whose name is none there (``_n``), one like it."""
    return sympy.Symbol(name, integer=True, positive=True)


def _put(formula: sympy.Expr, point: Mapping[str, int]) -> sympy.Expr:
    return formula.xreplace({_symbol(name): sympy.Integer(n) for name, n in point.items()})
