"""Taking a kernel apart: exactly where its rank is 1, as a sum of r products otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import spatially_separable
from convalgebra.counting.ratio import ratio
from convalgebra.errors import ArgumentError
from convalgebra.formulas import cancelled
from convalgebra.operators.fixed import Number, as_rational
from convalgebra.sizes import SizeLike
from convalgebra.weights import Array

Vector = tuple[Number, ...]


@dataclass(frozen=True)
class Separation:
    """An exact sum of ``rank`` products of a column and a row; with rank 1 the kernel is separable.

    ``terms`` holds the (vertical, horizontal) pairs, exact integers or fractions.
    """

    kernel: tuple[Vector, ...]
    terms: tuple[tuple[Vector, Vector], ...]

    @property
    def rank(self) -> int:
        """The rank of the kernel: the fewest products it is a sum of."""
        return len(self.terms)

    @property
    def separable(self) -> bool:
        """Whether one column times one row is the kernel."""
        return self.rank == 1

    @property
    def vertical(self) -> Vector:
        """The column of a separable kernel. Raises ``ArgumentError`` for another one."""
        return self._only()[0]

    @property
    def horizontal(self) -> Vector:
        """The row of a separable kernel. Raises ``ArgumentError`` for another one."""
        return self._only()[1]

    def _only(self) -> tuple[Vector, Vector]:
        if self.rank != 1:
            raise ArgumentError(
                f"kernel: its rank is {self.rank}, so it is no column times a row; .terms holds the "
                f"{self.rank} products it is the sum of, .best(r) the best sum of fewer"
            )
        return self.terms[0]

    def weights(self) -> dict[str, Array]:
        """Return the weights of ``ca.spatially_separable(1, 1, ..., middle_channels=rank)`` that equal it.

        Integers stay integers; fractions become float64.

        >>> import convalgebra as ca
        >>> sobel = ca.separate([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        >>> {name: weight.shape for name, weight in sobel.weights().items()}
        {'vertical': (1, 1, 3, 1), 'horizontal': (1, 1, 1, 3)}
        """
        vertical = _array([column for column, _ in self.terms])
        horizontal = _array([row for _, row in self.terms])
        return {"vertical": vertical[:, None, :, None], "horizontal": horizontal[None, :, None, :]}

    def best(self, rank: int) -> tuple[Array, float]:
        """Return the best sum of ``rank`` products, and its error: the Frobenius norm of the rest.

        The error is that of Eckart and Young, the norm of the singular values left out.
        Raises ``ArgumentError`` for a rank that is not positive.

        >>> import convalgebra as ca
        >>> _, error = ca.separate([[3, 0], [0, 4]]).best(1)
        >>> round(error, 6)
        3.0
        """
        if not isinstance(rank, int) or isinstance(rank, bool) or rank < 1:
            raise ArgumentError(f"rank={rank!r} must be a positive integer")
        left, values, right = np.linalg.svd(np.array(self.kernel, float), full_matrices=False)
        closest = (left[:, :rank] * values[:rank]) @ right[:rank]
        return closest, float(np.linalg.norm(values[rank:]))

    def break_even_rank(self, input_size: SizeLike | Sequence[SizeLike] = ("H", "W")) -> sympy.Expr:
        """Return the rank from which on separating no longer pays, as a formula of the image size.

        A sum of r products costs r times a separable kernel: it is cheaper for r below this value.

        >>> import convalgebra as ca
        >>> sobel = ca.separate([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        >>> sobel.break_even_rank(("N", "N"))
        3*(N - 2)/(2*(N - 1))
        """
        return break_even_rank(input_size, (len(self.kernel), len(self.kernel[0])))


def separate(kernel: Any) -> Separation:
    """Return an exact factorisation of a two-dimensional kernel of integers or fractions.

    A kernel of rank 1 comes apart into a column and a row, both in lowest integers where they can
    be, the first entry of the column positive. Another one becomes the exact sum of as many products
    as its rank. Floats are taken for the exact fractions that they are.

    Raises ``ArgumentError`` for anything but a table of finite numbers that are not all 0.

    >>> import convalgebra as ca
    >>> sobel = ca.separate([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    >>> sobel.vertical, sobel.horizontal
    ((1, 2, 1), (-1, 0, 1))
    >>> ca.separate([[0, 1, 0], [1, -4, 1], [0, 1, 0]]).rank
    2
    """
    exact = _read(kernel)
    reduced, pivots = sympy.Matrix([[sympy.Rational(Fraction(v)) for v in row] for row in exact]).rref()
    if not pivots:
        raise ArgumentError(f"kernel={kernel!r} must have an entry other than 0")
    columns = [[row[p] for row in exact] for p in pivots]
    rows = [[as_rational(v, "kernel") for v in reduced.row(r)] for r in range(len(pivots))]
    return Separation(exact, tuple(map(_lowest, columns, rows)))


def break_even_rank(input_size: Any, kernel_size: Any) -> sympy.Expr:
    """Return the rank from which on a sum of separable kernels costs as much as the kernel itself.

    >>> break_even_rank("N", "m")
    1
    >>> break_even_rank(("N", "N"), "m")
    m*(N - m + 1)/(2*N - m + 1)
    """
    whole = conv(1, 1, input_size, kernel_size)
    one = spatially_separable(1, 1, input_size, kernel_size)
    return cancelled(1 / ratio(one, whole))


def _read(kernel: Any) -> tuple[Vector, ...]:
    try:
        array = np.asarray(kernel)
    except ValueError as error:
        raise ArgumentError(f"kernel: not a table of numbers ({error})") from None
    if array.ndim != 2 or not array.size:
        raise ArgumentError(f"kernel: shape {array.shape} must be two-dimensional, (height, width)")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise ArgumentError("kernel: its entries must be finite numbers")
        return tuple(tuple(as_rational(Fraction(float(v)), "kernel") for v in row) for row in array)
    return tuple(tuple(as_rational(v, "kernel") for v in row) for row in array.tolist())


def _lowest(column: Sequence[Number], row: Sequence[Number]) -> tuple[Vector, Vector]:
    """Scale a product so that both factors are in lowest integers; what is left goes to the row."""
    scale_column, scale_row = _content(column), _content(row)
    first = next(v for v in column if v != 0)
    sign = 1 if first > 0 else -1
    left = scale_column * scale_row
    return (
        tuple(as_rational(Fraction(v) / scale_column * sign, "kernel") for v in column),
        tuple(as_rational(Fraction(v) / scale_row * left * sign, "kernel") for v in row),
    )


def _content(vector: Sequence[Number]) -> Fraction:
    """Return the fraction whose quotients of the vector are integers without a common divisor."""
    below = lcm(*(Fraction(v).denominator for v in vector))
    return Fraction(gcd(*(int(v * below) for v in vector)), below)


def _array(rows: Sequence[Vector]) -> Array:
    whole = all(isinstance(v, int) and abs(v) < 2**63 for row in rows for v in row)
    return np.array(rows, np.int64 if whole else np.float64)
