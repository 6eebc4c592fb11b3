"""The locally connected layer: a convolution whose kernel differs from output to output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import sympy
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.memory import index_bytes
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.leaves import check_name
from convalgebra.proofs import Size, at_least, combined
from convalgebra.sizes import as_size, number, product


@dataclass(frozen=True, repr=False)
class LocallyConnected(Operator):
    """A convolution with untied weights, shape (out_channels, *output_size, in_channels, *kernel_size).

    Zero padding only: padding of another kind is an operator of its own before it.
    Source: LeCun, "Generalization and network design strategies", 1989 (locally connected layers).

    >>> import convalgebra as ca
    >>> local = ca.LocallyConnected(1, 1, (ca.Axis(size=3, kernel=2),))
    >>> local.matrix([[[[1, 2]], [[3, 4]]]]).toarray()
    array([[1, 2, 0],
           [0, 3, 4]])
    """

    in_channels: Size
    out_channels: Size
    axes: tuple[Axis, ...]
    name: str = "weight"

    def __post_init__(self) -> None:
        for field in ("in_channels", "out_channels"):
            object.__setattr__(self, field, as_size(getattr(self, field), field, least=1))
        axes = self.axes if isinstance(self.axes, tuple) else ()
        if not axes or not all(isinstance(axis, Axis) for axis in axes):
            raise ArgumentError(f"axes={self.axes!r} must be a tuple of at least one Axis")
        if any(axis.padding_mode != "zeros" for axis in axes):
            raise ArgumentError("padding_mode: a LocallyConnected pads with zeros; put a padding before it")
        check_name(self.name)

    @property
    def input_shape(self) -> Sizes:
        """(in_channels, *input_size)."""
        return (self.in_channels, *(axis.size for axis in self.axes))

    @property
    def output_shape(self) -> Sizes:
        """(out_channels, *output_size)."""
        return (self.out_channels, *(axis.outputs for axis in self.axes))

    @property
    def own_weights(self) -> Mapping[str, Sizes]:
        """(out_channels, *output_size, in_channels, *kernel_size)."""
        return {self.name: (*self.output_shape, self.in_channels, *(axis.kernel for axis in self.axes))}

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """The kernel fits; there are channels."""
        channels = (at_least(n, 1) for n in (self.in_channels, self.out_channels))
        return combined([*(c for axis in self.axes for c in axis.conditions), *channels])

    @property
    def entries(self) -> Size:
        """Each pair of channels, times each pair (output, input) along every axis."""
        return self.out_channels * self.in_channels * product(axis.entries for axis in self.axes)

    @property
    def taps(self) -> Size:
        """Each pair of channels, times each pair (output, tap) along every axis."""
        return self.out_channels * self.in_channels * product(axis.taps for axis in self.axes)

    @property
    def rows_hit(self) -> Size:
        """Output channels times the outputs that read something."""
        return self.out_channels * product(axis.outputs_hit for axis in self.axes)

    @property
    def columns_hit(self) -> Size:
        """Input channels times the inputs that are read."""
        return self.in_channels * product(axis.inputs_hit for axis in self.axes)

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix: the weight as it lies in memory, without what falls on padding."""
        weight = weights[self.name].astype(dtype, copy=False)
        sizes = [number(axis.size, "input_size") for axis in self.axes]
        reads = [axis.inputs_read() for axis in self.axes]
        ins, outs = (number(n, "channels") for n in (self.in_channels, self.out_channels))
        # Positions and validity of each (output position, tap), axis by axis: the outputs' dimensions
        # first, then the taps'.
        inside = reduce(np.logical_and, _spread([read >= 0 for read in reads]))
        place: Any = 0
        for read, size in zip(_spread(reads), sizes, strict=True):
            place = place * size + read
        positions, taps = int(np.prod(inside.shape[: len(reads)])), int(np.prod(inside.shape[len(reads) :]))
        inside, place = inside.reshape(positions, 1, taps), place.reshape(positions, 1, taps)
        rows, columns = (number(n, "a size of this operator") for n in self.shape)
        index = np.dtype(f"i{index_bytes((rows, columns), weight.size)}")
        channel = np.arange(ins, dtype=index)[:, None] * index.type(columns // ins)
        kept = np.broadcast_to(inside, (positions, ins, taps))
        one_channel = (place.astype(index) + channel)[kept]
        pointers = np.zeros(rows + 1, index)
        np.cumsum(np.tile(kept.sum(axis=(1, 2)), outs), out=pointers[1:])
        data = weight.reshape(outs, positions, ins, taps)[:, kept].reshape(-1)
        return sparse.csr_array((data, np.tile(one_channel, outs), pointers), shape=(rows, columns))

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix as an operator: it is as large as its weight."""
        return aslinearoperator(self.build(weights, dtype))

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        kernel = r" \times ".join(latex(axis.kernel) for axis in self.axes)
        return rf"L^{{{kernel}}}_{{{latex(self.in_channels)} \to {latex(self.out_channels)}}}"


def _spread(tables: list[Any]) -> list[Any]:
    """Give each (outputs, kernel) table its own two dimensions of (*outputs, *kernel)."""
    count = len(tables)
    spread = []
    for axis, table in enumerate(tables):
        shape = [1] * (2 * count)
        shape[axis], shape[count + axis] = table.shape
        spread.append(table.reshape(shape))
    return spread
