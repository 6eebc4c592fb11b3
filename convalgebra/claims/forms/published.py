"""Claims that print a figure: rounded, in millions, as a percentage; and totals of published networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sympy

from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.networks import (
    Placed,
    total,
    total_beside,
    total_beside_counted,
    total_counted,
)
from convalgebra.proofs import as_formula

Show = Callable[[Any], str]


def rounded(value: Any, places: int = 0) -> str:
    """Return a number to so many decimal places, halves away from zero, exactly.

    >>> rounded(sympy.Rational(25, 9), 2), rounded(sympy.Rational(5, 2))
    ('2.78', '3')
    """
    return _decimal(sympy.floor(as_formula(value) * 10**places + sympy.Rational(1, 2)), places)


def cut(value: Any, places: int = 0) -> str:
    """Return a number with its further decimal places cut off.

    >>> cut(sympy.Rational(25, 9), 1)
    '2.7'
    """
    return _decimal(sympy.floor(as_formula(value) * 10**places), places)


def _decimal(units: sympy.Expr, places: int) -> str:
    whole, rest = divmod(int(units), 10**places)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)


def millions(places: int = 0, way: Callable[[Any, int], str] = rounded) -> Show:
    """Return what prints a number in millions.

    >>> millions(1)(4_209_088)
    '4.2 M'
    """
    return lambda value: f"{way(as_formula(value) / 10**6, places)} M"


def billions(places: int = 0, way: Callable[[Any, int], str] = rounded) -> Show:
    """Return what prints a number in billions.

    >>> billions(1)(3_644_493_824)
    '3.6 G'
    """
    return lambda value: f"{way(as_formula(value) / 10**9, places)} G"


def percent(value: Any) -> str:
    """Return a share as a whole percentage.

    >>> percent(sympy.Rational(1, 3))
    '33%'
    """
    return f"{rounded(100 * as_formula(value))}%"


# --- totals of networks ----------------------------------------------------------------------------

Row = tuple[str, str, Callable[[], tuple[Placed, ...]]]


def totals(
    rows: Iterable[Row],
    quantity: str,
    show: Show,
    *,
    beside: bool = False,
    inside: bool = True,
    right: bool = False,
) -> Judge:
    """Return the judge of printed totals: each row is (at, what is said, what makes the network).

    ``show`` prints a number as the paper does. ``beside`` adds biases and batch normalisations. By
    derivation: the formulas of the layers; by measurement: the stored entries of their matrices.
    """
    rows = list(rows)

    def judge() -> Iterator[Finding]:
        for at, said, make in rows:
            network = make()
            formulas = total(network, quantity) + (total_beside(network) if beside else 0)
            entries = total_counted(network, quantity)
            entries += total_beside_counted(network) if beside else 0
            what = f"{at}, {quantity.replace('_', '-')}"
            yield derived(what, said, show(formulas), inside, right)
            yield measured(what, said, show(entries), inside, right)

    return judge
