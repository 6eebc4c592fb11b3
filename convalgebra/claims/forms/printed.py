"""How figures are printed: rounded or cut off, in millions, as a percentage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

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


def as_printed(value: Any, like: str) -> str:
    """Return an exact number rounded to as many places as a printed one has.

    >>> as_printed(sympy.Rational(137, 1152) * 100, "12"), as_printed(sympy.Rational(2, 3), "0.6667")
    ('12', '0.6667')
    """
    return rounded(sympy.Rational(value), len(like.partition(".")[2]))


def in_millions(count: Any) -> Any:
    """Return a number in millions."""
    return count / 10**6


def per_cent(part: Any, whole: Any) -> Any:
    """Return a part as a percentage of the whole."""
    return 100 * part / whole
