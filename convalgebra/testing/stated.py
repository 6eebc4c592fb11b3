"""A formula as a user states it: a number, a sympy formula, a function or a text; and its exact value."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import log10
from numbers import Rational
from typing import Any, TypeAlias

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.formulas import text
from convalgebra.grammar import parse_formula

MOST_DIGITS = 4000  # of a value; Python prints 4300
_LARGE = 20  # digits of an exponent: more need not be told apart
LONGEST = 60  # characters of a formula that are shown with it
Value: TypeAlias = sympy.Expr | Fraction
FormulaLike: TypeAlias = int | Fraction | str | sympy.Expr | Callable[..., Any]


@dataclass(frozen=True)
class Stated:
    """A formula that can be printed and evaluated; ``formula`` is None where it is a function."""

    shown: str
    formula: sympy.Expr | None
    function: Callable[..., Any] | None = None

    def at(self, sizes: Mapping[str, int]) -> Value:
        """Return the exact value at some sizes: a fraction, or what sympy says where it is none."""
        if self.formula is not None and _digits(self.formula, sizes) > MOST_DIGITS:
            raise self._too_large(sizes)
        try:
            value = self._call(sizes) if self.formula is None else _put(self.formula, sizes)
        except ZeroDivisionError:
            value = sympy.zoo
        found = _exact(value, self.shown, sizes)
        if isinstance(found, Fraction) and max(abs(found.numerator), found.denominator) >= 10**MOST_DIGITS:
            raise self._too_large(sizes)
        return found

    def _too_large(self, sizes: Mapping[str, int]) -> ArgumentError:
        shown = self.shown if len(self.shown) <= LONGEST else f"{self.shown[:LONGEST]}..."
        return ArgumentError(f"formula {shown} is over {MOST_DIGITS} digits at {shown_sizes(sizes)}")

    def _call(self, sizes: Mapping[str, int]) -> Any:
        value = call_with(self.function, sizes)
        if isinstance(value, float):
            # 1/N of ints is rounded, of sympy's integers it is exact.
            value = call_with(self.function, {name: sympy.Integer(n) for name, n in sizes.items()})
        return value


def stated(formula: FormulaLike, names: Collection[str]) -> Stated:
    """Return what a user states, ready to be evaluated; its symbols are matched to ``names`` by name.

    Raises ``ArgumentError`` for anything else, and for a name that there is no size for.

    >>> stated("m*(N - m + 1)", ("N", "m")).at({"N": 5, "m": 3})
    Fraction(9, 1)
    >>> stated(lambda N: 1 / N, ("N", "m")).at({"N": 3, "m": 2})
    Fraction(1, 3)
    """
    if isinstance(formula, str):
        return Stated(formula.strip(), parse_formula(formula, names))
    numbers = formula.atoms(sympy.Rational) if isinstance(formula, sympy.Expr) else (formula,)
    if any(isinstance(n, Rational) and abs(n.numerator) >= 10**MOST_DIGITS for n in numbers):
        raise ArgumentError(f"formula has a number of over {MOST_DIGITS} digits")
    if isinstance(formula, sympy.Expr):
        if unknown := {s.name for s in formula.free_symbols} - set(names):
            raise _no_size(f"formula={formula} has", unknown, names)
        return Stated(text(formula), formula)
    if isinstance(formula, Rational) and not isinstance(formula, bool):
        return Stated(str(formula), sympy.Rational(formula.numerator, formula.denominator))
    if callable(formula):
        shown = getattr(formula, "__name__", repr(formula))
        if unknown := set(parameters(formula, required=True) or ()) - set(names):
            raise _no_size(f"formula {shown} takes", unknown, names)
        return Stated(shown, None, formula)
    raise ArgumentError(
        f"formula={formula!r} must be a text such as 'm*(N - m + 1)', a sympy formula, "
        "a function of the sizes or a whole number"
    )


def _no_size(what: str, unknown: Collection[str], names: Collection[str]) -> ArgumentError:
    return ArgumentError(
        f"{what} {', '.join(sorted(unknown))}, for which there is no size; "
        f"the sizes are {', '.join(sorted(names)) or 'none'}"
    )


def call_with(function: Any, sizes: Mapping[str, Any], *arguments: Any) -> Any:
    """Call a function with those of the sizes that it takes, by keyword.

    >>> call_with(lambda N: N + 1, {"N": 5, "m": 3})
    6
    """
    taken = parameters(function)
    given = sizes if taken is None else {name: sizes[name] for name in taken if name in sizes}
    return function(*arguments, **given)


def parameters(function: Any, required: bool = False) -> tuple[str, ...] | None:
    """Return the names of a function's parameters that a keyword can give; None where any will do.

    >>> parameters(lambda N, m=3: 0), parameters(lambda N, m=3: 0, required=True), parameters(max)
    (('N', 'm'), ('N',), None)
    """
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if not required and any(p.kind is p.VAR_KEYWORD for p in found):
        return None
    named = [p for p in found if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}]
    return tuple(p.name for p in named if not required or p.default is p.empty)


def _digits(formula: sympy.Basic, sizes: Mapping[str, int]) -> float:
    """Return about how many digits the numbers take that putting the sizes makes, at most.

    Looked at before anything is put: 2**(64*N) at a large N would take all the memory.
    """
    if isinstance(formula, sympy.Symbol):
        return log10(max(1, sizes[formula.name]))
    if isinstance(formula, sympy.Rational):
        return log10(max(abs(formula.p), formula.q))
    parts = [_digits(part, sizes) for part in formula.args]
    if isinstance(formula, sympy.Pow):
        times = sympy.Integer(10**_LARGE) if parts[1] > _LARGE else abs(_put(formula.exp, sizes))
        return float(parts[0] * times) if times.is_finite else 0
    if isinstance(formula, sympy.Mul):
        return sum(parts)
    return max(parts, default=0) + log10(max(1, len(parts)))


def _put(formula: sympy.Expr, sizes: Mapping[str, int]) -> sympy.Expr:
    return formula.xreplace({s: sympy.Integer(sizes[s.name]) for s in formula.free_symbols}).doit()


def _exact(value: Any, shown: str, sizes: Mapping[str, int]) -> Value:
    """Return a fraction, or a sympy number that is none (infinite, irrational)."""
    if isinstance(value, Rational) and not isinstance(value, bool):  # numpy's integers too
        return Fraction(int(value.numerator), int(value.denominator))
    found = value if isinstance(value, sympy.Expr) else None
    if found is None or not found.is_number or found.has(sympy.Float):
        if isinstance(value, float) or (found is not None and found.has(sympy.Float)):
            raise ArgumentError(
                f"formula {shown} gives the float {value} at {shown_sizes(sizes)}: "
                "a count is exact, so use fractions, // or sympy.Rational"
            )
        raise ArgumentError(f"formula {shown} gives {value!r} at {shown_sizes(sizes)}, which is no number")
    found = sympy.nsimplify(found) if found.is_Rational else found
    return Fraction(int(found.p), int(found.q)) if found.is_Rational else found


def shown_sizes(sizes: Mapping[str, Any]) -> str:
    """Return sizes as they are written in a call.

    >>> shown_sizes({"N": 5, "m": 3})
    'N=5, m=3'
    """
    return ", ".join(f"{name}={value}" for name, value in sizes.items()) or "the given operator"
