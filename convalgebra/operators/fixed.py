"""Leaves whose numbers are fixed: filters without weights, rational matrices, the Fourier matrix.

They have entries but no weights, so they multiply nothing in the sense of ``multiplications``, which
are products of a weight with an input value. Their numbers are exact: ``exact_entries`` has them as
fractions, a matrix has them in the dtype asked for, or in float64 where integers cannot hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from numbers import Rational
from typing import Any

import numpy as np
import sympy
from scipy import fft, sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.operators.base import Operator, Sizes, Weights
from convalgebra.operators.leaves import dense_csr
from convalgebra.operators.linear import function_operator
from convalgebra.proofs import Size
from convalgebra.sizes import as_size, number
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
    """Return exact numbers as an array: in the dtype, or in float64 where integers cannot hold them."""
    if all(isinstance(value, int) for value in values):
        return np.array(values, dtype)
    return np.array([float(v) for v in values]).astype(dtype if dtype.kind in "fc" else np.float64)


# --- filters -------------------------------------------------------------------------------------


def _box(axis: Axis) -> list[list[Number]]:
    return [[1] * number(axis.kernel, "kernel_size")] * number(axis.outputs, "outputs")


def _average(axis: Axis) -> list[list[Number]]:
    m = number(axis.kernel, "kernel_size")
    return [[Fraction(1, m)] * m] * number(axis.outputs, "outputs")


def _mean(axis: Axis, counted: tuple[Size, Size] = (0, 0)) -> list[list[Number]]:
    a = axis.numeric()
    before, after = (number(n, "counted") for n in counted)
    reads = np.arange(a.outputs)[:, None] * a.stride + np.arange(a.kernel) * a.dilation - a.lo
    there = (axis.inputs_read() >= 0) | ((reads >= -before) & (reads < a.size + after))
    return [[Fraction(1, max(1, n))] * a.kernel for n in there.sum(axis=1).tolist()]


def _tent(axis: Axis) -> list[list[Number]]:
    m, s = number(axis.kernel, "kernel_size"), number(axis.stride, "stride")
    slope = [max(Fraction(0), 1 - abs(Fraction(2 * k - m + 1, 2 * s))) for k in range(m)]
    return [[as_rational(v, "tent") for v in slope]] * number(axis.outputs, "outputs")


_SHAPES: Mapping[str, Callable[[Axis], list[list[Number]]]] = {
    "box": _box,
    "average": _average,
    "mean": _mean,
    "tent": _tent,
}


@dataclass(frozen=True, repr=False)
class Filter(Operator):
    """The convolution along one axis with a fixed kernel: it pools, or turned round interpolates.

    ``kernel`` is "box" (ones), "average" (1/kernel each), "mean" (the mean of the inputs that are
    there, padding zeros left out), "tent" (1 in the middle, falling to 0 within one stride), or the
    taps themselves as integers or fractions. ``counted`` is how many padding zeros, before and after
    the inputs, a "mean" counts as if they were inputs.

    Raises ``ArgumentError`` that names the argument.

    >>> import convalgebra as ca
    >>> ca.Filter(ca.Axis(size=4, kernel=2, stride=2), "average").matrix().toarray()
    array([[0.5, 0.5, 0. , 0. ],
           [0. , 0. , 0.5, 0.5]])
    """

    axis: Axis
    kernel: str | tuple[Number, ...] = "box"
    counted: tuple[Size, Size] = (0, 0)

    def __post_init__(self) -> None:
        if not isinstance(self.axis, Axis):
            raise ArgumentError(f"axis={self.axis!r} must be an Axis")
        self._check_counted()
        if isinstance(self.kernel, str):
            if self.kernel not in _SHAPES:
                raise ArgumentError(
                    f"kernel={self.kernel!r} must be one of {', '.join(_SHAPES)}, or the taps"
                )
            return
        if not isinstance(self.kernel, tuple | list):
            raise ArgumentError(f"kernel={self.kernel!r} must be one of {', '.join(_SHAPES)}, or the taps")
        taps = tuple(as_rational(v, "kernel") for v in self.kernel)
        if len(taps) != self.axis.kernel:
            raise ArgumentError(f"kernel={self.kernel!r} must have the {self.axis.kernel} taps of the axis")
        object.__setattr__(self, "kernel", taps)

    def _check_counted(self) -> None:
        if not isinstance(self.counted, tuple) or len(self.counted) != 2:
            raise ArgumentError(f"counted={self.counted!r} must be a pair: padding zeros before and after")
        counted = tuple(as_size(n, "counted") for n in self.counted)
        if counted != (0, 0) and self.kernel != "mean":
            raise ArgumentError(f"counted={self.counted!r} is for the kernel 'mean', not {self.kernel!r}")
        object.__setattr__(self, "counted", counted)

    @property
    def input_shape(self) -> Sizes:
        """(inputs,)."""
        return (self.axis.size,)

    @property
    def output_shape(self) -> Sizes:
        """(outputs,)."""
        return (self.axis.outputs,)

    @property
    def label(self) -> str:
        """What the filter is called in print."""
        return self.kernel if isinstance(self.kernel, str) else "filter"

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """Those of the axis."""
        return self.axis.conditions

    @property
    def entries(self) -> Size:
        """Each pair of an output and an input that it reads."""
        return self.axis.entries

    @property
    def taps(self) -> Size:
        """Each pair (output, tap)."""
        return self.axis.taps

    @property
    def rows_hit(self) -> Size:
        """The outputs that read something."""
        return self.axis.outputs_hit

    @property
    def columns_hit(self) -> Size:
        """The inputs that are read."""
        return self.axis.inputs_hit

    def exact_entries(self) -> dict[tuple[int, int], Number]:
        """Return the entries as exact numbers, by (row, column)."""
        if self.kernel == "mean":
            table = _mean(self.axis, self.counted)
        elif isinstance(self.kernel, str):
            table = _SHAPES[self.kernel](self.axis)
        else:
            table = [list(self.kernel)] * number(self.axis.outputs, "outputs")
        found: dict[tuple[int, int], Number] = {}
        for row, (taps, reads) in enumerate(zip(table, self.axis.inputs_read().tolist(), strict=True)):
            for value, column in zip(taps, reads, strict=True):
                if column >= 0:
                    found[row, column] = found.get((row, column), 0) + value
        return found

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix."""
        return exact_csr(self, dtype)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix of one axis as an operator: it is small."""
        return aslinearoperator(self.build(weights, dtype))

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return rf"\operatorname{{{self.label}}}_{{{latex(self.axis.kernel)}}}"


def exact_csr(leaf: Filter | Fixed, dtype: np.dtype[Any]) -> sparse.csr_array:
    """Return the matrix of a leaf whose entries are exact numbers."""
    entries = leaf.exact_entries()
    shape = tuple(number(n, "a size of this operator") for n in leaf.shape)
    places = np.array(list(entries), np.int64).reshape(-1, 2).T
    data = in_dtype(list(entries.values()), dtype)
    matrix = sparse.coo_array((data, (places[0], places[1])), shape=shape).tocsr()
    matrix.sort_indices()
    return matrix


@dataclass(frozen=True, repr=False)
class Fixed(Operator):
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

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix."""
        return exact_csr(self, dtype)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix as an operator: it is small."""
        return aslinearoperator(self.build(weights, dtype))

    def latex(self) -> str:
        """Return the operator in LaTeX, a common denominator drawn out."""
        below = lcm(*(Fraction(v).denominator for row in self.rows for v in row))
        inside = r" \\ ".join(" & ".join(str(int(v * below)) for v in row) for row in self.rows)
        front = "" if below == 1 else rf"\tfrac{{1}}{{{below}}}"
        return rf"{front}\begin{{bmatrix}} {inside} \end{{bmatrix}}"


# --- Fourier -------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Fourier(Operator):
    """The matrix of the discrete Fourier transform, entry (f, i) = w^(-f i), or of its inverse.

    w is exp(2 pi i / size); with a prime ``modulus`` it is a root of unity among the integers modulo
    that prime (the number theoretic transform), in which every identity of the transform is exact.
    Raises ``ArgumentError`` unless size divides modulus - 1.
    Source: Pollard, "The fast Fourier transform in a finite field", Math. Comp. 25 (1971).

    >>> import convalgebra as ca
    >>> ca.Fourier(4, modulus=5).matrix().toarray()
    array([[1, 1, 1, 1],
           [1, 3, 4, 2],
           [1, 4, 1, 4],
           [1, 2, 4, 3]])
    """

    size: Size
    inverse: bool = False
    modulus: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", as_size(self.size, "size", least=1))
        if self.modulus is not None:
            root_of_unity(number(self.size, "size"), self.modulus)

    @property
    def T(self) -> Operator:
        """The Fourier matrix is symmetric."""
        return self

    @property
    def input_shape(self) -> Sizes:
        """(size,)."""
        return (self.size,)

    output_shape = input_shape

    @property
    def entries(self) -> Size:
        """All of them."""
        return self.size * self.size

    taps = entries

    @property
    def rows_hit(self) -> Size:
        """Every row."""
        return self.size

    columns_hit = rows_hit

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix: complex, or integers below the modulus."""
        n = number(self.size, "size")
        powers = np.outer(np.arange(n), np.arange(n)) % n * (1 if self.inverse else -1)
        if self.modulus is None:
            matrix = roots(powers, n, dtype) / (n if self.inverse else 1)
            return dense_csr(matrix.astype(complex_dtype(dtype)))
        scale = pow(n, -1, self.modulus) if self.inverse else 1
        return dense_csr((modular_roots(powers, n, self.modulus) * scale % self.modulus).astype(dtype))

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the fast transform; modulo a prime, the matrix."""
        if self.modulus is not None:
            return aslinearoperator(self.build(weights, dtype))
        n = number(self.size, "size")
        there, back = (fft.ifft, fft.fft) if self.inverse else (fft.fft, fft.ifft)
        scale = 1 / n if self.inverse else n  # the adjoint is the inverse but for the size
        return function_operator(
            (n, n), complex_dtype(dtype), lambda x: there(x, axis=0), lambda y: back(y, axis=0) * scale
        )

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return f"F_{{{latex(self.size)}}}" + ("^{-1}" if self.inverse else "")


def complex_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the complex dtype that holds a dtype's numbers.

    >>> complex_dtype(np.dtype("int64")), complex_dtype(np.dtype("float32"))
    (dtype('complex128'), dtype('complex64'))
    """
    return np.result_type(dtype, np.complex64)


def roots(powers: Array, n: int, dtype: np.dtype[Any]) -> Array:
    """Return ``exp(2 pi i power / n)``, the quarter turns exact."""
    turns = powers % n
    values = np.exp(2j * np.pi * turns / n)
    for quarter, exact in enumerate((1, 1j, -1, -1j)):
        values[4 * turns == quarter * n] = exact
    return values.astype(complex_dtype(dtype))


def modular_roots(powers: Array, n: int, modulus: int) -> Array:
    """Return the powers of an n-th root of unity modulo a prime."""
    root = root_of_unity(n, modulus)
    table = np.array([pow(root, e, modulus) for e in range(n)], np.int64)
    return np.asarray(table[powers % n])


def root_of_unity(n: int, modulus: int) -> int:
    """Return an element of order n among the integers modulo a prime.

    Raises ``ArgumentError`` when there is none.

    >>> root_of_unity(4, 5)
    2
    """
    prime = isinstance(modulus, int) and modulus < 2**31 and sympy.isprime(modulus)
    if not prime or (modulus - 1) % n:
        raise ArgumentError(
            f"modulus={modulus!r} must be a prime below 2**31 that is 1 more than a multiple of size={n}"
        )
    return pow(int(sympy.primitive_root(modulus)), (modulus - 1) // n, modulus)
