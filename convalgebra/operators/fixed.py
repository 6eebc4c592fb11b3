"""Leaves whose numbers are fixed and exact: what they share, and the matrix of integers and fractions.

They have entries but no weights, so they multiply nothing in the sense of ``multiplications``, which
are products of a weight with an input value. Their numbers are exact: ``exact_entries`` has them as
fractions, a matrix has them in the dtype asked for, or in float64 where integers cannot hold them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from numbers import Rational
from typing import Any

import numpy as np
import sympy
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.proofs import Size
from convalgebra.sizes import number
from convalgebra.weights import Array

Number = int | Fraction


def as_rational(value: Any, argument: str) -> Number:
    """Return an exact number: an int where it is one, a fraction otherwise.

    >>> as_rational(sympy.Rational(1, 2), "points"), as_rational(2, "points")
    (Fraction(1, 2), 2)
    """
    if isinstance(value, sympy.Rational):
        value = Fraction(int(value.p), int(value.q))
    if isinstance(value, np.integer):
        value = int(value)
    if not isinstance(value, Rational) or isinstance(value, bool):
        raise ArgumentError(
            f"{argument}: {value!r} must be an integer or a fraction, such as Fraction(1, 2); "
            "a float would not be exact"
        )
    exact = Fraction(int(value.numerator), int(value.denominator))
    return exact.numerator if exact.denominator == 1 else exact


def in_dtype(values: Sequence[Number], dtype: np.dtype[Any]) -> Array:
    """Return exact numbers as an array: in the dtype, or in float64 where integers cannot hold them.

    Raises ``ArgumentError`` for a number that no float64 holds either.
    """
    try:
        if all(isinstance(value, int) and _holds(dtype, value) for value in values):
            return np.array(values, dtype)
        floats = np.array([float(v) for v in values])
    except OverflowError:
        raise ArgumentError("rows: a number is larger than float64 can hold, about 1.8e308") from None
    return floats.astype(dtype if dtype.kind in "fc" else np.float64)


def _holds(dtype: np.dtype[Any], value: int) -> bool:
    """Say whether a dtype of integers holds a number; any other takes what it can."""
    if dtype.kind not in "iu":
        return True
    bounds = np.iinfo(dtype)
    return bool(bounds.min <= value <= bounds.max)


class Exact(Operator):
    """What these leaves share: their matrix is made of exact numbers."""

    @abstractmethod
    def exact_entries(self) -> dict[tuple[int, int], Number]:
        """Return the entries as exact numbers, by (row, column)."""

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix."""
        entries = self.exact_entries()
        shape = tuple(number(n, "a size of this operator") for n in self.shape)
        places = np.array(list(entries), np.int64).reshape(-1, 2).T
        data = in_dtype(list(entries.values()), dtype)
        matrix = sparse.coo_array((data, (places[0], places[1])), shape=shape).tocsr()
        matrix.sort_indices()
        return matrix

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix as an operator: it is small."""
        return aslinearoperator(self.build(weights, dtype))


@dataclass(frozen=True, repr=False)
class Fixed(Exact):
    """A matrix of fixed integers and fractions; its zeros are not stored.

    >>> import convalgebra as ca
    >>> ca.Fixed(((1, 0), (1, 2))).matrix().toarray()
    array([[1, 0],
           [1, 2]])
    """

    rows: tuple[tuple[Number, ...], ...]

    def __post_init__(self) -> None:
        try:
            rows = tuple(tuple(as_rational(v, "rows") for v in row) for row in self.rows)
        except TypeError:
            raise ArgumentError(f"rows={self.rows!r} must be a tuple of rows of numbers") from None
        if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
            raise ArgumentError(f"rows={self.rows!r} must be rows of one length, at least one number each")
        object.__setattr__(self, "rows", rows)

    @property
    def T(self) -> Operator:
        """The transposed numbers."""
        return Fixed(tuple(zip(*self.rows, strict=True)))

    @property
    def input_shape(self) -> Sizes:
        """(columns,)."""
        return (len(self.rows[0]),)

    @property
    def output_shape(self) -> Sizes:
        """(rows,)."""
        return (len(self.rows),)

    @property
    def entries(self) -> Size:
        """The numbers that are not zero."""
        return len(self.exact_entries())

    taps = entries

    @property
    def rows_hit(self) -> Size:
        """The rows that have such a number."""
        return len({row for row, _ in self.exact_entries()})

    @property
    def columns_hit(self) -> Size:
        """The columns that have such a number."""
        return len({column for _, column in self.exact_entries()})

    def exact_entries(self) -> dict[tuple[int, int], Number]:
        """Return the numbers that are not zero, by (row, column)."""
        return {(i, j): v for i, row in enumerate(self.rows) for j, v in enumerate(row) if v != 0}

    def latex(self) -> str:
        """Return the operator in LaTeX, a common denominator drawn out."""
        below = lcm(*(Fraction(v).denominator for row in self.rows for v in row))
        inside = r" \\ ".join(" & ".join(str(int(v * below)) for v in row) for row in self.rows)
        front = "" if below == 1 else rf"\tfrac{{1}}{{{below}}}"
        return rf"{front}\begin{{bmatrix}} {inside} \end{{bmatrix}}"
