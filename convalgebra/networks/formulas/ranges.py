"""Conditions on one size as what they come to: from which number on, between which, divisible by what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import lcm

import sympy

from convalgebra.exact import meets
from convalgebra.exact import value as value_of
from convalgebra.networks.formulas.floors import gathered_condition
from convalgebra.proofs import Max, as_formula

# Larger numbers are no sizes, and more classes are not gone through.
_LARGEST = 2**40
_MOST_CLASSES = 4096


def ranged(conditions: Iterable[sympy.Basic]) -> tuple[sympy.Basic, ...]:
    """Return conditions, each of one name as a range or a congruence of it where it is proved to be that.

    What a name is compared with grows with it in steps or not at all, so one number tells where it is
    met; or it comes again after some numbers, so one period tells. All others stay as they are.

    >>> from convalgebra.sizes import symbol
    >>> N = symbol("N")
    >>> ranged([sympy.floor((N - 31) / 16) >= 2, sympy.Eq(sympy.floor((N - 1) / 16) + 1, 33)])
    (N >= 513, N <= 528)
    >>> ranged([sympy.Eq(2 * sympy.floor(N / 2), N), N >= symbol("m")])
    (Eq(Mod(N, 2), 0), N >= m)
    """
    found = [one for condition in conditions for one in _plainer(condition)]
    each = dict.fromkeys(one for one in found if one != sympy.true)
    return tuple(one for one in each if not any(_implies(other, one) for other in each if other != one))


def _plainer(condition: sympy.Basic) -> tuple[sympy.Basic, ...]:
    names = condition.free_symbols
    if len(names) != 1 or not isinstance(condition, sympy.Ge | sympy.Eq):
        return (condition,)
    (name,) = names
    if not (name.is_integer and name.is_positive):
        return (condition,)
    left, right = map(as_formula, condition.args)
    way = _direction(left - right)
    if way is not None:
        return _range(condition, left - right, name, way) or (condition,)
    periodic = _congruence(condition, name) if isinstance(condition, sympy.Eq) else None
    return (condition,) if periodic is None else (periodic,)


def _direction(formula: sympy.Basic) -> int | None:
    """Return 1 for a formula that never falls as its name grows, -1 if it never rises, 0 for a number.

    None where neither is seen from how it is put together.
    """
    if formula.is_number:
        return 0
    if formula.is_Symbol:
        return 1
    if formula.is_Mul:
        factor, rest = formula.as_coeff_Mul()
        way = _direction(rest) if factor.is_Rational and factor != 1 else None
        return None if way is None else way * (1 if factor > 0 else -1)
    if formula.is_Add or isinstance(formula, sympy.floor | sympy.ceiling | sympy.Max | sympy.Min | Max):
        ways = {_direction(part) for part in formula.args} - {0}
        return next(iter(ways)) if len(ways) == 1 else None
    return None


def _range(
    condition: sympy.Basic, difference: sympy.Expr, name: sympy.Symbol, way: int
) -> tuple[sympy.Basic, ...]:
    """Return from where to where a difference that rises (``way`` 1) or falls is >= 0, or is 0."""

    def at(n: int) -> sympy.Rational:
        found = value_of(difference, {name: n})
        return found if way > 0 else -found

    if way == 0:
        return ()
    if isinstance(condition, sympy.Ge):
        if way > 0:
            first = _first(lambda n: at(n) >= 0)
            return () if first is None else (_from(name, first),)
        beyond = _first(lambda n: at(n) > 0)
        return () if beyond in (None, 1) else (sympy.Le(name, beyond - 1),)
    first, beyond = _first(lambda n: at(n) >= 0), _first(lambda n: at(n) > 0)
    if first is None or beyond is None or first == beyond:
        return ()  # there is none, or no end is found
    if beyond == first + 1:
        return (sympy.Eq(name, first),)
    return (_from(name, first), sympy.Le(name, beyond - 1))


def _from(name: sympy.Symbol, first: int) -> sympy.Basic:
    return sympy.true if first == 1 else sympy.Ge(name, first)


def _first(met: Callable[[int], bool]) -> int | None:
    """Return the first positive integer that meets what all after it meet too; None if it is too large."""
    high = 1
    while not met(high):
        if high > _LARGEST:
            return None
        high *= 2
    low = high // 2  # not met, or 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle) else (middle, high)
    return high


def _congruence(condition: sympy.Eq, name: sympy.Symbol) -> sympy.Basic | None:
    """Return an equation of quotients that comes again and again as a congruence, if it is one."""
    found = gathered_condition(condition)
    if not isinstance(found, sympy.Eq):
        return found if found == sympy.true else None
    difference = sympy.expand(found.lhs - found.rhs)
    period = _period(difference, name)
    if period is None or period > _MOST_CLASSES:
        return None
    classes = [n % period for n in range(1, period + 1) if meets(condition, {name: n})]
    if len(classes) == period:
        return sympy.true
    if not classes or period % len(classes):
        return None
    step = period // len(classes)
    rest = min(classes)
    return sympy.Eq(sympy.Mod(name, step), rest) if {n % step for n in classes} == {rest % step} else None


def _period(difference: sympy.Expr, name: sympy.Symbol) -> int | None:
    """Return after how many numbers a sum of quotients comes again; None where that is not seen.

    ``floor((a n + c)/d)`` grows by a when n grows by d; where all that grows adds up to nothing, the sum
    comes again after a common multiple of the ``d``.
    """
    growth, period = sympy.S.Zero, 1
    for term in sympy.Add.make_args(difference):
        factor, rest = term.as_coeff_Mul()
        inside = rest.args[0] if isinstance(rest, sympy.floor) else rest
        if inside.is_number:
            continue
        slope = sympy.expand(inside).coeff(name)
        if not (slope.is_Rational and sympy.expand(inside - slope * name).is_number):
            return None
        growth += factor * slope
        period = lcm(period, int(slope.q))
    return period if growth == 0 else None


def _implies(one: sympy.Basic, other: sympy.Basic) -> bool:
    """Say whether a range or congruence is no wider than another of the same name."""
    pairs = [_read(one), _read(other)]
    if None in pairs:
        return False
    (kind, name, number, rest), (other_kind, other_name, other_number, other_rest) = pairs  # type: ignore[misc]
    if (kind, name) != (other_kind, other_name):
        return False
    if kind == "mod":
        return bool(number % other_number == 0 and rest % other_number == other_rest)
    return bool(number >= other_number if kind == "from" else number <= other_number)


def _read(condition: sympy.Basic) -> tuple[str, sympy.Basic, int, int] | None:
    if len(condition.args) != 2 or not condition.args[1].is_Integer:
        return None
    left, right = map(as_formula, condition.args)
    if isinstance(condition, sympy.Eq) and isinstance(left, sympy.Mod) and left.args[1].is_Integer:
        return "mod", left.args[0], int(left.args[1]), int(right)
    kind = {sympy.Ge: "from", sympy.Le: "to"}.get(type(condition), "")
    return (kind, left, int(right), 0) if kind and left.is_Symbol else None
