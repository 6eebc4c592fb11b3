"""Formulas with rounded-down quotients, as networks of strides have them: gathered, with short names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy

from convalgebra.counting.quantity import readable
from convalgebra.formulas import positive_factors
from convalgebra.proofs import Max, Size, as_formula, is_number
from convalgebra.sizes import as_number, symbol, unnested

# With more names and quotients than these, a formula stays a sum: to factor it is slow and finds little.
_FACTORED = 2


@dataclass(frozen=True)
class Named:
    """Formulas with names for the quotients in them: ``meanings`` says what each name stands for."""

    formulas: Mapping[str, sympy.Expr]
    meanings: Mapping[sympy.Symbol, sympy.Expr]

    def whole(self, key: str) -> sympy.Expr:
        """Return a formula with the quotients in the places of their names."""
        return self.formulas[key].subs(dict(self.meanings))


@lru_cache(maxsize=8192)
def gathered(value: Size) -> Size:
    """Return a formula whose quotients are all of the form floor((n + c)/d), 0 <= c < d, multiplied out.

    Whole numbers are taken out of each, so that those that only differ by one are the same; then like
    terms meet. Of two such quotients the larger is known, if they only differ in c. Other functions are
    left alone.

    >>> N = symbol("N")
    >>> gathered((sympy.floor((N - 1) / 2) + 1) ** 2)
    floor(N/2 + 1/2)**2
    >>> gathered(sympy.floor(N / 2) + sympy.floor((N + 1) / 2))
    N
    >>> gathered(Max(1 - sympy.floor((N - 3) / 4), -sympy.floor((N - 9) / 4)))
    3 - floor(N/4 + 3/4)
    """
    formula = as_formula(value)
    if not formula.has(sympy.floor):
        return value
    if formula.has(Max):
        # From the inside: what is within decides what is around it.
        formula = formula.replace(lambda part: isinstance(part, Max), lambda part: _larger(*part.args))
    if _is_more_than_floors(formula):
        return value
    found = formula.xreplace({one: _shifted(one) for one in formula.atoms(sympy.floor)})
    # floor(y) + floor(y + 1/2) is floor(2*y): where both are there one of them is enough.
    floors = found.atoms(sympy.floor)
    halves = {one: _other_half(one) for one in floors}
    both = {
        one: half[1] - half[0] for one, half in halves.items() if half is not None and half[0] in floors
    }
    found = found.xreplace(both)
    opaque = {one: sympy.Dummy() for one in found.atoms(sympy.floor)}
    expanded = sympy.expand(found.xreplace(opaque)).xreplace({new: old for old, new in opaque.items()})
    return as_number(expanded)


def legible(value: Size) -> Size:
    """Return a count gathered, and factored where that is quick and shorter.

    >>> N = symbol("N")
    >>> legible((3 * sympy.floor((N - 1) / 2) + 1) ** 2)
    (3*floor(N/2 + 1/2) - 2)**2
    >>> legible(16384 * (12 * N - 2) ** 2)
    65536*(6*N - 1)**2
    """
    found = gathered(value)
    if not is_number(found) and _variables(found) > _FACTORED:
        return found
    return without_content(readable(found))


def without_content(value: Size) -> Size:
    """Return a count in which what a power of a sum has as a whole factor stands before it.

    >>> N = symbol("N")
    >>> without_content(4 * (6 * N - 4) ** 2 + 1)
    16*(3*N - 2)**2 + 1
    """
    if is_number(value):
        return value
    powers = {}
    for one in as_formula(value).atoms(sympy.Pow):
        base, times = one.args
        factor, rest = base.primitive() if base.is_Add else (sympy.S.One, base)
        if factor.is_Integer and factor > 1 and times.is_Integer and times > 1:
            powers[one] = factor**times * rest**times
    return as_formula(value).xreplace(powers) if powers else value


def share(part: Size, whole: Size) -> sympy.Expr:
    """Return part/whole of two formulas, without common factors where it is quick to find them.

    >>> N = symbol("N")
    >>> share(3 * sympy.floor(N / 4), 6 * sympy.floor(N / 4) ** 2)
    1/(2*floor(N/4))
    """
    above, below = (as_formula(gathered(one)) for one in (part, whole))
    opaque = {one: sympy.Dummy() for one in (above / below).atoms(sympy.floor)}
    found = (above / below).xreplace(opaque)
    if len(found.free_symbols) <= _FACTORED:
        found = positive_factors(sympy.factor(found))
    return found.xreplace({new: old for old, new in opaque.items()})


@lru_cache(maxsize=8192, typed=True)  # most layers of a long network lose the same
def lost_share(exact: Size | None, taps: Size | None) -> Size | Fraction | None:
    """Return the share of all taps that is on padding zeros; None where one of the two is not known.

    >>> lost_share(49, 81), lost_share(0, 0), lost_share(None, 81)
    (Fraction(32, 81), 0, None)
    """
    if exact is None or taps is None:
        return None
    if not taps or exact == taps:
        return 0
    if is_number(exact) and is_number(taps):
        return Fraction(taps - exact, taps)
    return share(as_formula(taps) - as_formula(exact), taps)


def names_of(values: Iterable[Size]) -> dict[sympy.floor, sympy.Symbol]:
    """Return a short name for each rounded-down quotient in some formulas: N_4 is N/4 rounded up.

    >>> N = symbol("N")
    >>> names_of([sympy.floor((N + 3) / 4), 7])
    {floor(N/4 + 3/4): N_4}
    """
    formulas = [as_formula(value) for value in values if not is_number(value)]
    floors = {one for value in formulas for one in value.atoms(sympy.floor)}
    taken = {s.name for value in formulas for s in value.free_symbols}
    found: dict[sympy.floor, sympy.Symbol] = {}
    for one in sorted(floors, key=lambda f: (_parts(f)[1], str(f))):
        name = _wanted(one)
        stem, more = name, 2
        while name in taken:
            name, more = f"{stem}_{more}", more + 1
        taken.add(name)
        found[one] = symbol(name)
    return found


def named(formulas: Mapping[str, Size], names: Mapping[sympy.floor, sympy.Symbol] | None = None) -> Named:
    """Return formulas gathered and multiplied out, the quotients in them named, as given or found.

    >>> N = symbol("N")
    >>> found = named({"a": 3 * (sympy.floor(N / 2) + 1) ** 2, "b": sympy.floor(sympy.floor(N / 2) / 2)})
    >>> found.formulas["a"], found.formulas["b"], found.meanings
    (3*N_2_0**2 + 6*N_2_0 + 3, N_4_0, {N_2_0: floor(N/2), N_4_0: floor(N/4)})
    """
    found = {key: as_formula(gathered(value)) for key, value in formulas.items()}
    put = names_of(found.values()) if names is None else names
    written = {key: sympy.expand(formula.xreplace(put)) for key, formula in found.items()}
    return Named(written, {name: one for one, name in put.items()})


def gathered_condition(condition: sympy.Basic) -> sympy.Basic:
    """Return a condition whose sides are gathered.

    >>> gathered_condition(sympy.floor(sympy.floor(symbol("N") / 2) / 2 - 1) >= 2)
    floor(N/4) - 1 >= 2
    """
    if isinstance(condition, sympy.Rel):
        return condition.func(*(as_formula(gathered(side)) for side in condition.args))
    return condition.func(*map(gathered_condition, condition.args)) if condition.args else condition


def _wanted(one: sympy.floor) -> str:
    above, below = _parts(one)
    names = sorted(s.name for s in above.free_symbols)
    constant = _constant(above)
    if len(names) == 1 and above - constant == symbol(names[0]) and constant >= 0:
        rounds_up = constant == below - 1
        return f"{names[0]}_{below}" if rounds_up else f"{names[0]}_{below}_{constant}"
    return "n_1"


@lru_cache(maxsize=4096)
def _parts(one: sympy.floor) -> tuple[sympy.Expr, int]:
    """Return what is divided, and by which number."""
    above, below = sympy.fraction(sympy.together(one.args[0]))
    return (above, int(below)) if below.is_Integer else (one.args[0], 1)


def _constant(formula: sympy.Expr) -> sympy.Expr:
    return formula.subs(dict.fromkeys(formula.free_symbols, 0))


def _is_more_than_floors(value: sympy.Expr) -> bool:
    others = value.atoms(sympy.Function, sympy.Sum) - value.atoms(sympy.floor)
    return bool(others) or not value.is_polynomial(*value.atoms(sympy.floor), *value.free_symbols)


@lru_cache(maxsize=4096)
def _shifted(one: sympy.floor) -> sympy.Expr:
    inside = one.args[0].xreplace({part: _shifted(part) for part in one.args[0].atoms(sympy.floor)})
    above, below = sympy.fraction(sympy.together(inside))
    if not below.is_Integer:
        return sympy.floor(inside)
    # No floor is made of it here: sympy takes whole numbers out of one, and what is left is a sum.
    above, below = sympy.fraction(sympy.together(unnested(sympy.expand(above), int(below)) / below))
    constant = _constant(above)
    if not (below.is_Integer and constant.is_Integer and above.is_polynomial(*above.free_symbols)):
        return sympy.floor(inside)
    out = constant // below
    return sympy.floor(sympy.expand((above - out * below) / below)) + out


def _other_half(one: sympy.floor) -> tuple[sympy.floor, sympy.Expr] | None:
    above, below = _parts(one)
    constant = _constant(above)
    if below % 2 or not above.is_integer or not constant.is_Integer or 2 * constant >= below:
        return None
    half = below // 2
    return sympy.floor(sympy.expand((above + half) / below)), sympy.floor(above / half)


def _larger(a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    """Return the larger of two quotients that differ in a number at most, or their ``Max``."""
    first, second = _step(a), _step(b)
    if first is None or second is None or first[:3] != second[:3]:
        return Max(a, b)
    return a if first[3] >= second[3] else b


def _step(value: sympy.Expr) -> tuple[int, sympy.Expr, int, sympy.Expr] | None:
    """Return s, n, d, c of ``s*floor((n + s*c)/d)`` with s = 1 or -1: the greater c, the larger it is."""
    formula = as_formula(gathered(value))
    whole, rest = formula.as_coeff_Add()
    sign, one = rest.as_coeff_Mul()
    if not (isinstance(one, sympy.floor) and sign in (1, -1) and whole.is_Integer):
        return None
    above, below = _parts(one)
    constant = _constant(above)
    if not above.is_polynomial(*above.free_symbols):
        return None
    return int(sign), sympy.expand(above - constant), below, sign * constant + whole * below


def _variables(value: sympy.Expr) -> int:
    """Return how many different names and quotients there are."""
    return len(value.xreplace({one: sympy.Dummy() for one in value.atoms(sympy.floor)}).free_symbols)
