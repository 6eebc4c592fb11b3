"""Count by running: this room knows matrices, and no formula.

Two instruments that must agree. The first multiplies the stored pattern, all ones, with a vector of
ones: each output then holds the number of its products. The second sends a number type that tallies
through the CSR loop itself and counts each ``*`` and each ``+`` as it happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Weights
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack
from convalgebra.weights import WeightsLike

# Up to this many entries every count is taken with both instruments.
TALLIED = 2000


@dataclass(frozen=True)
class Counts:
    """What a product with one input vector takes: exact numbers, counted by running."""

    multiplications: int
    additions: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.multiplications + other.multiplications, self.additions + other.additions)


def measure(
    what: Operator | sparse.sparray | sparse.spmatrix, weights: WeightsLike = None, *, bias: bool = False
) -> Counts:
    """Return the multiplications and additions of a matrix, or of an operator's factors, counted.

    A matrix counts as it is stored: each stored entry, explicit zeros included, is one product. An
    operator is run factor by factor; a factor without weights moves values and multiplies nothing.
    Without ``weights`` ones are put; the counts do not depend on values. Small matrices are counted
    by both instruments, and a disagreement raises. With ``bias`` a number is added to each output that
    the last factor reaches, which takes an addition and no multiplication.

    Raises ``ArgumentError`` for anything else, and what ``op.matrix`` raises.

    >>> import convalgebra as ca
    >>> op = ca.conv(1, 1, input_size=(5, 5), kernel_size=3)
    >>> ca.measure(op.matrix([[[[1, 0, 1], [0, 1, 0], [1, 0, 1]]]]))
    Counts(multiplications=81, additions=72)
    >>> ca.measure(ca.depthwise_separable(3, 128, (7, 7), 3))
    Counts(multiplications=10275, additions=7000)
    >>> ca.measure(ca.depthwise_separable(3, 128, (7, 7), 3), bias=True).additions == 7000 + 3200
    True
    """
    if not isinstance(what, Operator) and sparse.issparse(what):
        if weights is not None:
            raise ArgumentError("weights: a matrix is measured without weights, it has its own")
        matrix = what.tocsr()
        return _measure_matrix(matrix) + (_bias_of(matrix) if bias else Counts(0, 0))
    if not isinstance(what, Operator):
        raise ArgumentError(f"measure takes a sparse matrix or an operator, not {type(what).__name__}")
    if weights is None:
        shapes = what.numeric_weight_shapes()
        weights = {name: np.ones(shape, np.int8) for name, shape in shapes.items()}
    checked = what.checked(weights)
    counted = _measure_operator(what, checked)
    if not bias:
        return counted
    return counted + _bias_of(_ones(_reached(what.stages[0], checked)))


def _measure_operator(operator: Operator, weights: Weights) -> Counts:
    return _total(_measure_stage(stage, weights) for stage in operator.stages)


def _ones(rows: Any) -> sparse.csr_array:
    """Return a matrix with one entry in each row that is true."""
    return sparse.csr_array(np.asarray(rows, np.int8)[:, None])


def _bias_of(matrix: sparse.csr_array) -> Counts:
    """Count what a bias adds: a column more in the matrix, whose entries are added but not multiplied."""
    column = sparse.csr_array(np.ones((matrix.shape[0], 1), np.int8))
    more = _measure_matrix(sparse.hstack([matrix, column], format="csr")).additions
    return Counts(0, more - _measure_matrix(matrix).additions)


def _measure_stage(stage: Operator, weights: Weights) -> Counts:
    if isinstance(stage, Sum | HStack):
        return _measure_sum(stage, weights)
    if isinstance(stage, BlockDiag | VStack):
        return _total(_measure_operator(block, weights) for block in stage.operators)
    own = {name: weights[name] for name in stage.weight_shapes}
    counted = _measure_matrix(stage.matrix(own))
    return counted if own else Counts(0, counted.additions)


def _measure_sum(stage: Sum | HStack, weights: Weights) -> Counts:
    """Run the terms one by one; adding up takes one addition for each further term at an output."""
    terms = _total(_measure_operator(term, weights) for term in stage.operators)
    reached = np.zeros(stage.shape[0], np.int64)
    for term in stage.operators:
        reached += _reached(term, weights)
    return terms + Counts(0, int(np.maximum(reached - 1, 0).sum()))


def _reached(term: Operator, weights: Weights) -> Any:
    """Say which outputs a term writes to, whatever the values: stage by stage, along stored entries."""
    written = np.ones(term.shape[1], bool)
    for stage in reversed(term.stages):
        matrix = stage.matrix({name: weights[name] for name in stage.weight_shapes})
        ones = np.ones(matrix.nnz, np.int64)
        pattern = sparse.csr_array((ones, matrix.indices, matrix.indptr), shape=matrix.shape)
        written = (pattern @ written.astype(np.int64)) > 0
    return written


def _total(counts: Iterable[Counts]) -> Counts:
    return sum(counts, start=Counts(0, 0))


def _measure_matrix(matrix: sparse.csr_array) -> Counts:
    counted = count_by_ones(matrix)
    if matrix.nnz <= TALLIED and counted != (tallied := count_by_tally(matrix)):
        raise ConvalgebraError(f"the two instruments disagree: {counted} by ones, {tallied} by tally")
    return counted


# --- the first instrument ------------------------------------------------------------------------


def count_by_ones(matrix: sparse.csr_array) -> Counts:
    """Return the counts of one product: the pattern of ones times the vector of ones, summed.

    >>> count_by_ones(sparse.csr_array([[1, 2, 0], [0, 0, 0]]))
    Counts(multiplications=2, additions=1)
    """
    products = _products_per_output(matrix)
    return Counts(int(products.sum()), int(np.maximum(products - 1, 0).sum()))


def _products_per_output(matrix: sparse.csr_array) -> Any:
    ones = np.ones(matrix.nnz, np.int64)
    pattern = sparse.csr_array((ones, matrix.indices, matrix.indptr), shape=matrix.shape)
    return pattern @ np.ones(matrix.shape[1], np.int64)


# --- the second instrument -----------------------------------------------------------------------


class _Tally:
    """A number that reports each operation done with it to the list it carries."""

    def __init__(self, value: Any, log: list[str]) -> None:
        self.value, self.log = value, log

    def __mul__(self, other: _Tally) -> _Tally:
        self.log.append("*")
        return _Tally(self.value * other.value, self.log)

    def __add__(self, other: _Tally) -> _Tally:
        self.log.append("+")
        return _Tally(self.value + other.value, self.log)


def count_by_tally(matrix: sparse.csr_array) -> Counts:
    """Return the counts of one product, each operation counted as the CSR loop performs it.

    >>> count_by_tally(sparse.csr_array([[1, 2, 0], [0, 0, 0]]))
    Counts(multiplications=2, additions=1)
    """
    log: list[str] = []
    stored = [_Tally(value, log) for value in matrix.data.tolist()]
    vector = [_Tally(1, log) for _ in range(matrix.shape[1])]
    _csr_product(matrix.indptr.tolist(), matrix.indices.tolist(), stored, vector)
    return Counts(log.count("*"), log.count("+"))


def _csr_product(
    pointers: Sequence[int], columns: Sequence[int], values: Sequence[Any], vector: Sequence[Any]
) -> list[Any]:
    """Return the product of a CSR matrix and a vector, by the textbook loop; None for an empty row."""
    result = []
    for begin, end in pairwise(pointers):
        total = None
        for at in range(begin, end):
            term = values[at] * vector[columns[at]]
            total = term if total is None else total + term
        result.append(total)
    return result
