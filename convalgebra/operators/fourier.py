"""The Fourier matrix, of complex roots of unity or of those modulo a prime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from scipy import fft, sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.leaves import dense_csr
from convalgebra.operators.linear import function_operator
from convalgebra.proofs import Size
from convalgebra.sizes import as_size, number
from convalgebra.weights import Array


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
