"""An operator in numbers: its matrices, after a look at the memory they need, and what is seen in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import SymbolError
from convalgebra.memory import limited, require_memory
from convalgebra.operators.described import Described, Weights
from convalgebra.operators.linear import CheckedOperator
from convalgebra.sizes import number
from convalgebra.weights import Array, Shapes, WeightsLike, check_weights, common_dtype

B = TypeVar("B")


class Numeric(Described):
    """What becomes of an operator when it is given weights."""

    def checked(self, weights: WeightsLike) -> dict[str, Array]:
        """Return the user's weights by name, checked against ``weight_shapes``."""
        return check_weights(weights, self.numeric_weight_shapes())

    def numeric_weight_shapes(self) -> Shapes:
        """Return ``weight_shapes`` as numbers; raise ``SymbolError`` that names a symbol left."""
        if names := sorted(map(str, self.symbols)):
            raise SymbolError(
                f"numbers are needed here: put some for {', '.join(names)}, "
                f"as in op.subs({', '.join(f'{name}=...' for name in names)})"
            )
        return {
            name: tuple(number(size, f"the shape of {name!r}") for size in shape)
            for name, shape in self.weight_shapes.items()
        }

    def matrix(
        self, weight: WeightsLike = None, *, memory_limit: int | str | None = None
    ) -> sparse.csr_array:
        """Return the matrix for a weight (or weights by name), shape (outputs, inputs).

        Columns are sorted and unique; the weight's dtype is kept (sums and products in a small integer
        dtype wrap, as in numpy) and its zeros stay stored; indices are int32 where they fit.
        ``memory_limit`` is in bytes or text such as "2 GiB"; by default the environment variable
        CONVALGEBRA_MEMORY_LIMIT, or half of what is free.

        Raises ``ShapeError`` for a weight of another shape, ``SymbolError`` while a size is a symbol,
        ``MemoryLimitError`` before anything is allocated.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size=4, kernel_size=3).matrix([[[1, 0, 3]]]).toarray()
        array([[1, 0, 3, 0],
               [0, 1, 0, 3]])
        """
        weights = self.checked(weight)
        with limited(memory_limit):
            return self._within_memory(weights, lambda dtype: self.build(weights, dtype))

    def factors(
        self, weight: WeightsLike = None, *, memory_limit: int | str | None = None
    ) -> tuple[sparse.csr_array, ...]:
        """Return the matrices that are run one after the other, applied right to left.

        >>> import convalgebra as ca
        >>> net = ca.depthwise_separable(3, 128, (7, 7), 3)
        >>> weights = {name: np.ones(shape) for name, shape in net.weight_shapes.items()}
        >>> [factor.nnz for factor in net.factors(weights)]
        [9600, 675]
        """
        weights = self.checked(weight)
        with limited(memory_limit):
            return self._within_memory(
                weights, lambda dtype: tuple(stage.build(weights, dtype) for stage in self.stages)
            )

    def _within_memory(self, weights: Weights, build: Callable[[np.dtype[Any]], B]) -> B:
        """Build what is asked for after a look at what its matrices need."""
        dtype = common_dtype(weights)
        for stage in self.stages:
            _require_memory(stage, dtype.itemsize)
        return build(dtype)

    def linear_operator(self, weight: WeightsLike = None) -> LinearOperator:
        """Return a scipy ``LinearOperator`` that never builds the matrix.

        It has ``matvec``, ``rmatvec`` (conjugated), ``matmat``, ``rmatmat``, ``.T`` and ``.H``, and
        works on vectors of length ``shape[1]``.

        >>> import convalgebra as ca
        >>> A = ca.conv(1, 1, input_size=4, kernel_size=3).linear_operator([[[1, 2, 3]]])
        >>> A.matvec([1, 0, 0, 1]), A.T.matvec([1, 1])
        (array([1, 3]), array([1, 3, 5, 3]))
        """
        weights = self.checked(weight)
        return CheckedOperator(self.apply(weights, common_dtype(weights)))

    def hit_in_pattern(self, side: int) -> int:
        """Return how many rows (side 0) or columns (side 1) hold an entry, seen in the numeric pattern."""
        ones = {name: np.ones(shape, np.int64) for name, shape in self.numeric_weight_shapes().items()}
        reached = np.ones(self.shape[1 - side], bool)
        for stage in self.stages[::-1] if side == 0 else self.stages:
            matrix = stage.matrix({name: ones[name] for name in stage.weight_shapes})
            stored = np.ones(matrix.nnz, np.int64)
            pattern = sparse.csr_array((stored, matrix.indices, matrix.indptr), shape=matrix.shape)
            reached = ((pattern if side == 0 else pattern.T) @ reached.astype(np.int64)) > 0
        return int(np.count_nonzero(reached))


def _require_memory(operator: Described, itemsize: int) -> None:
    """Look at the matrix, or where its structure does not tell the entries, at those it is made of."""
    if not operator.structured:
        for part in operator.operands:
            _require_memory(part, itemsize)
        return
    rows, columns = (number(n, "a size of this operator") for n in operator.shape)
    entries = number(operator.entries, "the entries of the matrix")
    require_memory((rows, columns), entries, itemsize)


def multiply(left: sparse.csr_array, right: sparse.csr_array) -> sparse.csr_array:
    """Multiply two matrices, after a look at the most entries that the product can have."""
    pattern = sparse.csr_array((np.ones(left.nnz, np.int64), left.indices, left.indptr), shape=left.shape)
    most = np.minimum(pattern @ np.diff(right.indptr).astype(np.int64), right.shape[1])
    dtype = np.result_type(left.dtype, right.dtype)
    require_memory((left.shape[0], right.shape[1]), int(most.sum()), dtype.itemsize)
    result = (left @ right).tocsr()
    result.sum_duplicates()
    return result
