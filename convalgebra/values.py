"""Axes and operators are frozen values made of sizes, names, tuples and other such values.

The walks over them stand here: their symbols, numbers put for names, and the code that makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

import sympy
from sympy.printing.str import StrPrinter

from convalgebra.proofs import Size
from convalgebra.sizes import substitute

T = TypeVar("T")


def symbols_of(value: Any) -> Iterator[sympy.Symbol]:
    """Yield the symbols in a value."""
    if isinstance(value, sympy.Basic):
        yield from value.free_symbols
    for part in _parts(value):
        yield from symbols_of(part)


def put(value: Any, values: dict[sympy.Symbol, Size]) -> Any:
    """Return the value with sizes put for its symbols; the parts check themselves again."""
    if isinstance(value, sympy.Basic):
        return substitute(value, values)
    return _rebuilt(value, lambda name, part: put(part, values))


def rename(value: Any, names: Mapping[str, str]) -> Any:
    """Return the value with other names for its weights."""
    return _rebuilt(
        value, lambda field, part: names.get(part, part) if field == "name" else rename(part, names)
    )


def exchange(value: Any, kind: type[T], change: Callable[[T], Any]) -> Any:
    """Return the value with ``change(part)`` in the place of each part of a kind.

    >>> exchange((1, ("a", 2)), int, lambda number: number + 1)
    (2, ('a', 3))
    """
    if isinstance(value, kind):
        return change(value)
    return _rebuilt(value, lambda _, part: exchange(part, kind, change))


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        yield from value
    elif is_dataclass(value):
        yield from (getattr(value, f.name) for f in fields(value))


def _rebuilt(value: Any, change: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(change("", part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: change(f.name, getattr(value, f.name)) for f in fields(value)})
    return value


# --- code that can be pasted back ----------------------------------------------------------------


class _Code(StrPrinter):  # type: ignore[misc]
    def _print_Symbol(self, expr: Any) -> str:
        return f"ca.symbol({expr.name!r})"

    def _print_Rational(self, expr: Any) -> str:
        return f"sympy.Rational({expr.p}, {expr.q})"

    def _print_Function(self, expr: Any) -> str:
        return f"sympy.{expr.func.__name__}({self.stringify(expr.args, ', ')})"

    _print_floor = _print_ceiling = _print_Function
    _print_Min = _print_Mod = _print_Function  # noqa: N815

    def _print_Max(self, expr: Any) -> str:
        """Print our own maximum as what it is: sympy's is another."""
        room = "sympy" if isinstance(expr, sympy.Max) else "ca.proofs"
        return f"{room}.Max({self.stringify(expr.args, ', ')})"


def code(value: Any) -> str:
    """Return Python that makes the value again, given ``import convalgebra as ca, sympy``.

    >>> from convalgebra.sizes import symbol
    >>> code((3, symbol("N"), symbol("N") + 1))
    "(3, 'N', ca.symbol('N') + 1)"
    """
    if isinstance(value, sympy.Symbol):
        return repr(value.name)
    if isinstance(value, sympy.Basic):
        return str(_Code().doprint(value))
    if isinstance(value, tuple):
        return f"({', '.join(map(code, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, Fraction):
        return f"sympy.Rational({value.numerator}, {value.denominator})"
    return repr(value)


def constructor(value: Any) -> str:
    """Return the call that makes a frozen value again, what has its default left out."""
    given = (
        f"{f.name}={code(getattr(value, f.name))}"
        for f in fields(value)
        if getattr(value, f.name) != f.default
    )
    return f"ca.{type(value).__name__}({', '.join(given)})"
