"""Operators side by side: block diagonals and sums.

Side by side says nothing yet of the two sides: operands read one input or each its own, and add up what
they give or give it apart. Two answers to two questions: a sum, a block diagonal, and the two stacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import ArgumentError, ShapeError, SymbolError
from convalgebra.memory import index_bytes
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.linear import block_operator
from convalgebra.operators.operands import Several, tell_apart
from convalgebra.proofs import Size
from convalgebra.sizes import product, same_size


@dataclass(frozen=True, repr=False)
class SideBySide(Several):
    """Operators that are run apart, one by one: their counts add up."""

    @property
    def T(self) -> Operator:
        """The transposes, side by side in the same way."""
        return type(self)(tuple(op.T for op in self.operators))

    @property
    def entries(self) -> Size:
        """Those of the operands, summed; what two terms of a sum have in one place counts twice."""
        return sum((op.entries for op in self.operators), start=0)

    @property
    def taps(self) -> Size:
        """Those of the operands, summed."""
        return sum((op.taps for op in self.operators), start=0)

    @property
    def products(self) -> Size:
        """The multiplications of the operands."""
        return sum((op.multiplications for op in self.operators), start=0)

    @property
    def tap_products(self) -> Size:
        """The mult_adds of the operands."""
        return sum((op.mult_adds for op in self.operators), start=0)

    @property
    def sums(self) -> Size:
        """The additions of the operands."""
        return sum((op.additions for op in self.operators), start=0)


class InputsApart(SideBySide):
    """Operators each on its own stretch of the input."""

    @property
    def input_shape(self) -> Sizes:
        """The input shapes, stacked along the first axis where the others agree."""
        return _stacked([op.input_shape for op in self.operators])

    @property
    def columns_hit(self) -> Size:
        """The sum of the columns hit."""
        return sum((op.columns_hit for op in self.operators), start=0)


class OutputsApart(SideBySide):
    """Operators each with its own stretch of the output."""

    @property
    def output_shape(self) -> Sizes:
        """The output shapes, stacked along the first axis where the others agree."""
        return _stacked([op.output_shape for op in self.operators])

    @property
    def rows_hit(self) -> Size:
        """The sum of the rows hit."""
        return sum((op.rows_hit for op in self.operators), start=0)


class OneInput(SideBySide):
    """Operators on the same input. Raises ``ShapeError`` when the inputs differ."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_side(self, "input", [op.shape[1] for op in self.operators])

    @property
    def input_shape(self) -> Sizes:
        """That of the operands."""
        return self.operators[0].input_shape

    @property
    def columns_hit(self) -> Size:
        """All columns, where one operand hits them all; otherwise the structure does not tell."""
        return _union(self, 1, [op.columns_hit for op in self.operators])


class OneOutput(SideBySide):
    """Operators whose outputs are added. Raises ``ShapeError`` when the outputs differ."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_side(self, "output", [op.shape[0] for op in self.operators])

    @property
    def output_shape(self) -> Sizes:
        """That of the operands."""
        return self.operators[0].output_shape

    @property
    def sums(self) -> Size:
        """The additions of the operands, and those that bring together what they give."""
        return super().sums + sum((op.rows_hit for op in self.operators), start=0) - self.rows_hit

    @property
    def rows_hit(self) -> Size:
        """All rows, where one operand hits them all; otherwise the structure does not tell."""
        return _union(self, 0, [op.rows_hit for op in self.operators])


@dataclass(frozen=True, repr=False)
class BlockDiag(InputsApart, OutputsApart):
    """Operators side by side, each on its own stretch of the input: a grouped convolution is one.

    >>> import convalgebra as ca
    >>> ca.BlockDiag((ca.Dense(2, 3, name="a"), ca.Dense(1, 2, name="b"))).shape
    (3, 5)
    """

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the block-diagonal matrix."""
        return block_diagonal([op.build(weights, dtype) for op in self.operators])

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that acts block by block."""
        return block_operator([op.apply(weights, dtype) for op in self.operators], dtype)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return rf"\operatorname{{blockdiag}}\left({', '.join(op.latex() for op in self.operators)}\right)"


@dataclass(frozen=True, repr=False)
class Sum(OneInput, OneOutput):
    """Operators on the same input whose outputs are added; the same name is the same weight.

    Its counts are those of running the terms one by one and adding up what they give.
    Raises ``ShapeError`` when the shapes differ.

    >>> import convalgebra as ca
    >>> ca.Sum((ca.Dense(2, 2), ca.Identity(2))).matrix([[1, 2], [3, 4]]).toarray()
    array([[2, 2],
           [3, 5]])
    """

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the sum of the matrices, stored zeros kept."""
        built = [op.build(weights, dtype).tocoo() for op in self.operators]
        rows, columns = (np.concatenate([b.coords[side] for b in built]) for side in (0, 1))
        data = np.concatenate([b.data for b in built])
        return sparse.coo_array((data, (rows, columns)), shape=built[0].shape).tocsr()

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that adds up what the terms give."""
        return reduce(lambda a, b: a + b, (op.apply(weights, dtype) for op in self.operators))

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return " + ".join(op.latex() for op in self.operators)


def add(left: Operator, right: object) -> Operator:
    """Return ``left + right``: two branches on one input, weights of the same name told apart.

    >>> import convalgebra as ca
    >>> (ca.conv(1, 1, 5, 3, padding=1) + ca.conv(1, 1, 5, 5, padding=2)).weight_shapes
    {'weight_1': (1, 1, 3), 'weight_2': (1, 1, 5)}
    """
    if not isinstance(right, Operator):
        raise ArgumentError(f"operator + {type(right).__name__}: the right side must be an operator too")
    sides = tell_apart([left, right])
    return Sum(tuple(t for op in sides for t in (op.operators if isinstance(op, Sum) else (op,))))


def _stacked(shapes: Sequence[Sizes]) -> Sizes:
    first = shapes[0]
    alike = all(len(s) == len(first) and all(map(same_size, s[1:], first[1:])) for s in shapes[1:])
    if not alike:
        return (sum((product(s) for s in shapes), start=0),)
    return (sum((s[0] for s in shapes), start=0), *first[1:])


def _check_side(whole: SideBySide, side: str, sizes: Sequence[Size]) -> None:
    for size in sizes[1:]:
        if not same_size(sizes[0], size):
            shapes = ", ".join(f"{op.shape[0]} x {op.shape[1]}" for op in whole.operators)
            raise ShapeError(
                f"{type(whole).__name__}: the operands must have {side}s of one length, "
                f"not {', '.join(map(str, sizes))} (they are {shapes})"
            )


def _union(whole: SideBySide, side: int, hits: Sequence[Size]) -> Size:
    """Return how many rows (or columns) any of several operators hits that share them."""
    if any(same_size(hit, whole.shape[side]) for hit in hits):
        return whole.shape[side]
    if not whole.symbols:
        return whole.hit_in_pattern(side)
    raise SymbolError(
        f"{'rows_hit' if side == 0 else 'columns_hit'}: no operand of this {type(whole).__name__} hits "
        f"every {'row' if side == 0 else 'column'}, and the structure does not tell how they "
        "overlap; ask the convolution that was expanded"
    )


def block_diagonal(blocks: Sequence[sparse.csr_array]) -> sparse.csr_array:
    """Return CSR matrices as the blocks of one: their arrays one after the other, shifted.

    >>> block_diagonal([sparse.csr_array([[1, 2]]), sparse.csr_array([[3]])]).toarray()
    array([[1, 2, 0],
           [0, 0, 3]])
    """
    if len(blocks) == 1:
        return blocks[0]
    shape = tuple(sum(block.shape[side] for block in blocks) for side in (0, 1))
    entries = sum(block.nnz for block in blocks)
    index = np.dtype(f"i{index_bytes((shape[0], shape[1]), entries)}")
    indices, pointers = np.empty(entries, index), np.zeros(shape[0] + 1, index)
    row = column = entry = 0
    for block in blocks:
        np.add(block.indices, column, out=indices[entry : entry + block.nnz], casting="unsafe")
        rows = pointers[row + 1 : row + 1 + block.shape[0]]
        np.add(block.indptr[1:], entry, out=rows, casting="unsafe")
        row, column, entry = row + block.shape[0], column + block.shape[1], entry + block.nnz
    data = np.concatenate([block.data for block in blocks])
    return sparse.csr_array((data, indices, pointers), shape=shape)
