"""Formulas of indices at arrays of numbers, exactly; roots of unity alone are not exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce, singledispatch
from typing import Any

import numpy as np
import sympy

from convalgebra.errors import ArgumentError
from convalgebra.operators.fourier import root_of_unity
from convalgebra.reporting.terms import Entry, Present, Reflected, Root, Wrapped
from convalgebra.weights import Array

Values = Mapping[sympy.Symbol, Array]


@singledispatch
def at_arrays(e: Any, values: Values) -> Any:
    """Return a formula at arrays of numbers: a number where no index is in it, else an array.

    Raises ``ArgumentError`` for a formula of another kind.

    >>> i = sympy.Symbol("i", integer=True)
    >>> at_arrays(sympy.floor(i / 2) + 1, {i: np.arange(4)})
    array([1, 1, 2, 2])
    """
    raise ArgumentError(f"formula={e}: {type(e).__name__} cannot be put in numbers")


def _parts(e: Any, values: Values) -> list[Any]:
    return [at_arrays(part, values) for part in e.args]


@at_arrays.register(sympy.Rational)
def _(e: Any, values: Values) -> Any:
    return int(e) if e.is_Integer else Fraction(int(e.p), int(e.q))


@at_arrays.register(sympy.Symbol)
def _(e: Any, values: Values) -> Any:
    return values[e]


@at_arrays.register(sympy.Add)
def _(e: Any, values: Values) -> Any:
    return reduce(lambda a, b: a + b, _exactly(_parts(e, values)))


@at_arrays.register(sympy.Mul)
def _(e: Any, values: Values) -> Any:
    return reduce(lambda a, b: a * b, _exactly(_parts(e, values)))


def _exactly(parts: list[Any]) -> list[Any]:
    """Return numpy's integers as Python's where there is a fraction: with numpy's it would be rounded."""
    if not any(isinstance(part, Fraction) or np.asarray(part).dtype.kind == "O" for part in parts):
        return parts
    return [part.astype(object) if isinstance(part, np.ndarray) else part for part in parts]


@at_arrays.register(sympy.Pow)
def _(e: Any, values: Values) -> Any:
    base, exponent = at_arrays(e.base, values), int(e.exp)
    if exponent >= 0:
        return base**exponent
    if isinstance(base, np.ndarray):
        base = np.array([Fraction(int(v)) for v in base.reshape(-1)], object).reshape(base.shape)
    return (Fraction(base) if isinstance(base, int) else base) ** exponent


@at_arrays.register(sympy.floor)
def _(e: Any, values: Values) -> Any:
    above, below = sympy.fraction(sympy.together(e.args[0]))
    return at_arrays(above, values) // at_arrays(below, values)


@at_arrays.register(sympy.Mod)
@at_arrays.register(Wrapped)
def _(e: Any, values: Values) -> Any:
    whole, part = _parts(e, values)
    return whole % part


@at_arrays.register(sympy.Max)
@at_arrays.register(sympy.Min)
def _(e: Any, values: Values) -> Any:
    choose: Callable[..., Any] = np.maximum if isinstance(e, sympy.Max) else np.minimum
    return reduce(choose, _parts(e, values))


@at_arrays.register(sympy.Abs)
def _(e: Any, values: Values) -> Any:
    return abs(at_arrays(e.args[0], values))


@at_arrays.register(Present)
def _(e: Any, values: Values) -> Any:
    return at_arrays(e.args[2], values)


@at_arrays.register(Reflected)
def _(e: Any, values: Values) -> Any:
    place, size = _parts(e, values)
    return size - 1 - abs(size - 1 - place % (2 * (size - 1))) if size > 1 else place * 0


@at_arrays.register(Entry)
def _(e: Any, values: Values) -> Any:
    _, table, *indices = e.args
    rows = [row if isinstance(row, sympy.Tuple) else (row,) for row in table]
    numbers = np.array([[Fraction(int(v.p), int(v.q)) for v in row] for row in rows], object)
    numbers = numbers if len(indices) > 1 else numbers[:, 0]
    return numbers[tuple(np.asarray(at_arrays(index, values)).astype(np.int64) for index in indices)]


@at_arrays.register(Root)
def _(e: Any, values: Values) -> Any:
    size, modulus = int(e.args[0]), int(e.args[2])
    turns = np.asarray(at_arrays(e.args[1], values)).astype(np.int64) % size
    if not modulus:
        return np.exp(2j * np.pi * turns / size).astype(object)
    root = root_of_unity(size, modulus)
    return np.array([pow(root, at, modulus) for at in range(size)], object)[turns]
