"""Claims about what a layer computes: its output, written out, beside the output of its matrix.

Both are functions of arrays. They are called with a symbol in every place for the derivation, with
integers for the measurement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import prod
from typing import Any
from zlib import crc32

import numpy as np
import sympy

from convalgebra.claims.claim import Finding, Judge, Road, named
from convalgebra.claims.forms.counts import always
from convalgebra.operators.base import Operator
from convalgebra.operators.symbolic import weight_symbols
from convalgebra.weights import Array

Sizes = Mapping[str, Any]
Says = Callable[..., Any]
Make = Callable[..., Operator]
Shapes = Callable[..., Mapping[str, tuple[int, ...]]]


def run(operator: Operator, x: Any, **weights: Any) -> Array:
    """Return the output of an operator for an input and its weights, symbols or numbers.

    >>> from convalgebra.catalogue.basic import conv
    >>> run(conv(1, 1, 3, 2), np.array([1, 2, 3]), weight=np.array([[[1, 10]]]))
    array([[21, 32]])
    """
    inputs = np.asarray(x).reshape(-1)
    given = {name: np.asarray(w) for name, w in weights.items()}
    if any(array.dtype == object for array in (inputs, *given.values())):
        outputs = symbolic(operator, given) @ inputs
    else:
        outputs = operator.matrix(given) @ inputs
    return np.asarray(outputs).reshape(tuple(int(n) for n in operator.output_shape))


def symbolic(operator: Operator, weights: Mapping[str, Any]) -> Array:
    """Return the matrix of an operator as an array of formulas, the entries of weights put for symbols.

    >>> from convalgebra.catalogue.basic import conv
    >>> symbolic(conv(1, 1, 3, 2), {"weight": [[[sympy.Symbol("a"), 5]]]}).tolist()
    [[a, 5, 0], [0, a, 5]]
    """
    entries: dict[sympy.Symbol, Any] = {}
    for name, shape in operator.numeric_weight_shapes().items():
        values = np.asarray(weights[name], object).reshape(-1).tolist()
        entries |= dict(zip(weight_symbols(name, shape), map(sympy.sympify, values), strict=True))
    cells = operator.symbolic_matrix().todok()
    matrix = np.zeros(tuple(int(n) for n in operator.shape), object)
    for at, value in cells.items():
        matrix[at] = value.xreplace(entries)
    return matrix


def symbols(name: str, shape: tuple[int, ...]) -> Array:
    """Return an array of symbols.

    >>> symbols("x", (1, 2))
    array([[x_{0,0}, x_{0,1}]], dtype=object)
    """
    return np.array(weight_symbols(name, shape), object).reshape(shape)


def outputs(
    says: Says,
    make: Make,
    sizes: Iterable[Sizes],
    *,
    small: Iterable[Sizes] = (),
    met: Callable[..., bool] = always,
    right: Says | None = None,
) -> Judge:
    """Return the judge of a claim about the output of a layer.

    ``says(x=..., weight=..., **sizes)`` is the output of ``make(**sizes)`` for the input ``x`` and the
    weights by their names. It is called with symbols at the sizes ``small`` (the first of ``sizes`` by
    default), with integers at every one of ``sizes``; ``met`` says where the condition is met.
    """

    def shapes(**point: Any) -> dict[str, tuple[int, ...]]:
        layer = make(**point)
        return {"x": tuple(int(n) for n in layer.input_shape), **layer.numeric_weight_shapes()}

    def finds(x: Any, **others: Any) -> Array:
        point = {name: value for name, value in others.items() if not isinstance(value, np.ndarray)}
        layer = make(**point)
        return run(layer, x, **{name: others[name] for name in layer.weight_shapes})

    return agree(says, finds, shapes, sizes, small=small, met=met, right=right)


def agree(
    says: Says,
    finds: Says,
    shapes: Shapes,
    sizes: Iterable[Sizes],
    *,
    small: Iterable[Sizes] = (),
    met: Callable[..., bool] = always,
    right: Says | None = None,
    differ: bool = False,
) -> Judge:
    """Return the judge of a claim that two functions of arrays are one.

    ``shapes(**sizes)`` gives the shapes of the arrays by name; both functions get the arrays and the
    sizes. With ``differ`` the claim is that they are not the same.
    """
    points = [dict(point) for point in sizes]
    fewer = [dict(point) for point in small] or points[:1]

    def judge() -> Iterator[Finding]:
        for road, places in ((Road.DERIVATION, fewer), (Road.MEASUREMENT, points)):
            for point in places:
                arrays = _arrays(road, shapes(**point), named(point))
                found = finds(**arrays, **point)
                for function, is_right in ((says, False), (right, True)):
                    if function is not None:
                        said = function(**arrays, **point)
                        one, other = _apart(said, found) if differ else beside(said, found)
                        at = ("in symbols, " if road == Road.DERIVATION else "") + named(point)
                        yield Finding(road, at, one, other, met(**point), is_right)

    return judge


_DIGITS = (-4, -3, -2, -1, 1, 2, 3, 4)


def _arrays(road: Road, shapes: Mapping[str, tuple[int, ...]], seed: str) -> dict[str, Array]:
    if road == Road.DERIVATION:
        return {name: symbols(name, shape) for name, shape in shapes.items()}
    rng = np.random.default_rng(crc32(seed.encode()))
    return {name: rng.choice(_DIGITS, shape) for name, shape in shapes.items()}


def _apart(said: Any, found: Any) -> tuple[str, str]:
    one, other = beside(said, found)
    return "they differ", "they are equal" if one == other else "they differ"


# --- two arrays beside each other, in a line --------------------------------------------------------

_SHORT = 9
_LINE = 50


def beside(said: Any, found: Any) -> tuple[Any, Any]:
    """Return two arrays as what prints in a line: equal exactly if they are.

    Small ones are lists; of larger ones it is the shape and the first entry, or the first that differs.

    >>> beside(np.zeros((4, 4), int), np.eye(4, dtype=int))
    ('0 at [0, 0]', '1 at [0, 0]')
    >>> beside(np.ones((4, 4), int), np.ones((4, 4), int))
    ('4 x 4, first 1', '4 x 4, first 1')
    """
    left, right = expanded(said), expanded(found)
    if left.shape != right.shape:
        return f"shape {left.shape}", f"shape {right.shape}"
    unequal = np.argwhere(left != right)
    if len(unequal):
        return _first_difference(left, right, tuple(unequal[0]))
    if prod(left.shape) <= _SHORT and left.dtype != object:
        return left.tolist(), right.tolist()
    shape = " x ".join(map(str, left.shape))
    one, other = (f"{shape}, first {_cut(array.reshape(-1)[0])}" for array in (left, right))
    return one, other


def _first_difference(left: Array, right: Array, at: tuple[Any, ...]) -> tuple[str, str]:
    place = f" at {list(map(int, at))}"
    one, other = _cut(left[at]), _cut(right[at])
    if one == other:  # alike as far as they print
        return f"no difference{place}", f"{_cut(sympy.expand(right[at] - left[at]))}{place}"
    return one + place, other + place


def _cut(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LINE else text[:_LINE] + "..."


def expanded(array: Any) -> Array:
    """Return an array with its formulas expanded, so that equal ones are written alike."""
    given = np.atleast_1d(np.asarray(array))
    if given.dtype != object:
        return given
    flat = [sympy.expand(value) for value in given.reshape(-1)]
    return np.array([*flat, None], object)[:-1].reshape(given.shape)
