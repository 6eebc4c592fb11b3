"""Leaves that only move values: each row of the 0/1 matrix takes one input, or none.

Padding, cropping, decimation, permutation and im2col are all such moves; turned round they insert
zeros and add up. They hold no weight and multiply nothing. A kind of move answers one question in
numbers, ``source``: which input each row takes. Those along one axis stand here; permutations, the
split into phases and free choices have rooms of their own.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.memory import index_bytes
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.linear import function_operator
from convalgebra.operators.onaxis import OnAxis, options_latex
from convalgebra.proofs import Size, is_nonnegative
from convalgebra.sizes import as_size, number, product
from convalgebra.weights import Array


class Move(Operator):
    """What the moves share: a 0/1 matrix with at most one entry in each row."""

    @abstractmethod
    def source(self) -> NDArray[np.int64]:
        """Return which input each row takes; -1 where it takes none. Numbers only."""

    @property
    def taps(self) -> Size:
        """One for each row."""
        return product(self.output_shape)

    @property
    def rows_hit(self) -> Size:
        """Those that take an input."""
        return self.entries

    @property
    def columns_hit(self) -> Size:
        """Each input that is taken is taken once."""
        return self.entries

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the 0/1 matrix."""
        source, columns = self.source(), number(self.shape[1], "the input")
        taken = source >= 0
        index = np.dtype(f"i{index_bytes((len(source), columns), len(source))}")
        pointers = np.zeros(len(source) + 1, index)
        np.cumsum(taken, out=pointers[1:])
        places = source[taken].astype(index)
        shape = (len(source), columns)
        return sparse.csr_array((np.ones(len(places), dtype), places, pointers), shape=shape)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that picks its inputs, and backwards adds to them."""
        source, columns = self.source(), number(self.shape[1], "the input")
        rows = np.flatnonzero(source >= 0)

        def pick(x: Array) -> Array:
            y = np.zeros((len(source), *x.shape[1:]), x.dtype)
            y[rows] = x[source[rows]]
            return y

        def give_back(y: Array) -> Array:
            x = np.zeros((columns, *y.shape[1:]), y.dtype)
            np.add.at(x, source[rows], y[rows])
            return x

        return function_operator((len(source), columns), dtype, pick, give_back)


@dataclass(frozen=True, repr=False)
class Selection(OnAxis, Move):
    """The 0/1 matrix S_k of one tap along one axis: output i takes the input that the tap reads.

    Stride, padding, padding mode and dilation live here and nowhere else. With a kernel of 1 it is
    the operator that pads (or crops): conv(padded) = conv(valid) @ Selection.

    >>> import convalgebra as ca
    >>> ca.Selection(ca.Axis(size=3, kernel=3, lo=1, hi=1), tap=0).matrix().toarray()
    array([[0, 0, 0],
           [1, 0, 0],
           [0, 1, 0]])
    """

    tap: Size

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "tap", as_size(self.tap, "tap", least=0))
        if is_nonnegative(self.tap - self.axis.kernel):
            raise ArgumentError(f"tap={self.tap} must be below the kernel of {self.axis.kernel}")

    @property
    def entries(self) -> Size:
        """One for each output at which the tap reads an input."""
        return self.axis.outputs_inside(self.tap)

    @property
    def columns_hit(self) -> Size:
        """Under zero padding no input is taken twice; otherwise they are looked up."""
        if self.axis.padding_mode == "zeros":
            return self.entries
        return len(np.unique(self.source()))

    def source(self) -> NDArray[np.int64]:
        """Return the input that the tap reads at each output."""
        return self.axis.inputs_read_by(number(self.tap, "tap"))

    def latex(self) -> str:
        r"""Return the operator in LaTeX: its tap, and the options of its axis that are not plain.

        >>> import convalgebra as ca
        >>> ca.Selection(ca.Axis(6, 3, stride=2, lo=1, hi=1), 0).latex()
        'S_{0;\\, s=2, p=1}'
        """
        return f"S_{{{latex(self.tap)}{options_latex(self.axis)}}}"


@dataclass(frozen=True, repr=False)
class Unfold(OnAxis, Move):
    """The windows of an axis one after the other: row (i, k) takes what tap k reads at output i.

    It is im2col along one axis: with it a convolution is a block-diagonal matrix product.
    Source: Chellapilla et al., "High performance convolutional neural networks", 2006, section 3.

    >>> import convalgebra as ca
    >>> ca.Unfold(ca.Axis(size=3, kernel=2)).matrix().toarray()
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """

    @property
    def output_shape(self) -> Sizes:
        """(outputs, kernel)."""
        return (self.axis.outputs, self.axis.kernel)

    @property
    def entries(self) -> Size:
        """One for each tap that reads an input, at each output."""
        return self.axis.taps_inside

    @property
    def columns_hit(self) -> Size:
        """The inputs that at least one output reads."""
        return self.axis.inputs_hit

    def source(self) -> NDArray[np.int64]:
        """Return the table of inputs read, row by row."""
        return self.axis.inputs_read().reshape(-1)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return f"E_{{{latex(self.axis.kernel)}{options_latex(self.axis)}}}"
