"""Claims that two operators are one: the same matrix in symbols, and the same in integers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import prod
from typing import Any

import numpy as np
import sympy

from convalgebra.claims.claim import Finding, Judge, derived, measured, named
from convalgebra.claims.forms.counts import always
from convalgebra.errors import ConvalgebraError
from convalgebra.operators.base import Operator
from convalgebra.operators.symbolic import weight_symbols

Sizes = Mapping[str, Any]
Make = Callable[..., Operator]
Named = dict[str, Any]
SAME = "no difference"


def no_carry(weights: Named, **sizes: Any) -> Named:
    """Return the same weights: what most claims ask for."""
    return weights


def same_operator(
    said: Make,
    found: Make,
    points: Iterable[Sizes],
    *,
    symbols_at: Iterable[Sizes],
    carry: Callable[..., Named] = no_carry,
    met: Callable[..., bool] = always,
    right: bool = False,
    rows: Callable[..., Any] | None = None,
) -> Judge:
    """Return the judge of a claim that ``said(**sizes)`` is ``found(**sizes)``, whatever the weights.

    ``carry`` turns the weights of what is found into those of what is said. By derivation: a symbol for
    each weight, at the small sizes of ``symbols_at``; by measurement: random integers, at ``points``.
    ``rows`` are the outputs that are compared, all of them by default.
    """
    large, small = [dict(p) for p in points], [dict(p) for p in symbols_at]

    def compared(sizes: Sizes, weights: Callable[[Operator], Named], build: Any) -> str:
        kept = slice(None) if rows is None else rows(**sizes)
        there = found(**sizes)
        given = weights(there)
        try:
            here = build(said(**sizes), carry(given, **sizes))
        except (ConvalgebraError, ValueError) as error:
            return f"there is none: {error}"
        return difference(here[kept, :], build(there, given)[kept, :])

    def judge() -> Iterator[Finding]:
        for sizes in small:
            at = f"{named(sizes)}, a symbol for each weight"
            yield derived(
                at, SAME, compared(sizes, symbols_for, in_symbols), inside=met(**sizes), right=right
            )
        for sizes in large:
            at = f"{named(sizes)}, integer weights"
            yield measured(
                at, SAME, compared(sizes, integers_for, in_numbers), inside=met(**sizes), right=right
            )

    return judge


def symbols_for(op: Operator) -> Named:
    """Return an array of symbols for each weight of an operator."""
    shapes = op.numeric_weight_shapes()
    return {n: np.array(weight_symbols(n, shape), object).reshape(shape) for n, shape in shapes.items()}


def integers_for(op: Operator) -> Named:
    """Return integers for each weight of an operator: drawn once, none of them 0, no two alike."""
    rng = np.random.default_rng(5)
    shapes = op.numeric_weight_shapes()
    return {n: 1 + rng.permutation(prod(shape)).reshape(shape) for n, shape in shapes.items()}


def in_symbols(op: Operator, weights: Named | None = None) -> sympy.Matrix:
    """Return the matrix of an operator with these expressions for its weights."""
    values: dict[Any, Any] = {}
    for name, shape in op.numeric_weight_shapes().items():
        if weights is not None:
            given = np.asarray(weights[name], object).reshape(shape).ravel().tolist()
            values |= dict(zip(weight_symbols(name, shape), map(sympy.sympify, given), strict=True))
    return sympy.Matrix(op.symbolic_matrix()).subs(values, simultaneous=True)


def in_numbers(op: Operator, weights: Named) -> Any:
    """Return the matrix of an operator as an array; fractions among the weights become floats."""
    given = {name: np.asarray(weights[name]) for name in op.weight_shapes}
    plain = {name: w.astype(float) if w.dtype == object else w for name, w in given.items()}
    return op.matrix(plain).toarray()


def difference(said: Any, found: Any) -> str:
    """Say where two matrices differ first: shapes, or an entry.

    >>> difference(np.eye(2, dtype=int), np.array([[1, 0], [7, 1]]))
    'at (1, 0): 0 against 7'
    """
    if tuple(said.shape) != tuple(found.shape):
        return f"{said.shape[0]} x {said.shape[1]} against {found.shape[0]} x {found.shape[1]}"
    for i in range(said.shape[0]):
        for j in range(said.shape[1]):
            a, b = said[i, j], found[i, j]
            if a != b and sympy.expand(a - b) != 0:
                return f"at ({i}, {j}): {_short(a)} against {_short(b)}"
    return SAME


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:36]} ..."
