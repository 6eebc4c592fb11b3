"""A convolution as a linear operator that never builds its matrix.

Every product is cut into boxes of output positions. For one box the inputs that each output reads
(its *patch*) become the columns of a small matrix, and one matrix product does all the arithmetic::

    forward   y[box]  = W   @ patches          patches <- x
    adjoint   patches = W^H @ y[box]           x += patches

Arrays have one fixed layout here. The columns of a batch of vectors are one more axis of the
convolution, of kernel 1::

    x        (groups, inputs per group,  *sizes)
    y        (groups, outputs per group, *outputs)
    window   (groups, inputs per group,  *samples)
    patches  (groups, inputs per group,  *kernel, *outputs of the box)
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from threading import local
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from scipy.sparse.linalg import LinearOperator

from convalgebra.axis import Axis
from convalgebra.matrixfree.boxes import ALL, Box, Line, cut
from convalgebra.weights import Array

DType = np.dtype[Any]

# What one box may occupy beyond x, y and the weights. It stays inside an outer cache, and is wide
# enough for the matrix product to run at full speed.
WORKSPACE_BYTES = 8 * 2**20

# With so few output positions a product in double precision mostly moves weights. BLAS then is
# about a quarter faster on the transposed product, where the weights' long side comes last.
FEW_POSITIONS = 32

_thread = local()


def conv_linear_operator(weight: Array, axes: Sequence[Axis], groups: int) -> LinearOperator:
    """Return the cross-correlation with ``weight`` as a matrix-free operator.

    ``weight`` has shape (Cout, Cin / groups, *kernel) and is copied. The operator maps
    ``x.reshape(Cin, *sizes)`` to ``y.reshape(Cout, *outputs)``, both flattened row-major::

        y[o, i] = sum over c, k of weight[o, c, k] * x[c, i * stride + k * dilation - lo]

    where c runs over the inputs of o's group and x is 0 outside. A product has the type
    ``np.result_type(weight, x)``; integers stay exact.
    """
    return _Convolution(weight, axes, groups)


class _Convolution(LinearOperator):  # type: ignore[misc]
    def __init__(self, weight: Array, axes: Sequence[Axis], groups: int) -> None:
        self._lines = tuple(map(Line.of, axes))
        self._sizes = tuple(line.size for line in self._lines)
        self._positions = tuple(line.outputs for line in self._lines)
        self._inputs = (groups, weight.shape[1])
        self._outputs = (groups, weight.shape[0] // groups)
        self._matrices: dict[DType, Array] = {}
        self._pack(weight, weight.dtype)
        rows = prod(self._outputs + self._positions)
        super().__init__(weight.dtype, (rows, prod(self._inputs + self._sizes)))

    def _matvec(self, x: Array) -> Array:
        return self._matmat(x.reshape(-1, 1)).reshape(-1)

    def _rmatvec(self, y: Array) -> Array:
        return self._rmatmat(y.reshape(-1, 1)).reshape(-1)

    def _matmat(self, x: Array) -> Array:
        columns = x.shape[1]
        dtype = np.result_type(self.dtype, x.dtype)
        weight = self._weight(dtype)
        x = x.reshape(*self._inputs, *self._sizes, columns)
        y = np.empty((*self._outputs, *self._positions, columns), dtype)
        for box in self._boxes(columns, dtype):
            target = _flat(y[box.target], 2)
            # The patches have no name here, so that they are gone before the next are made.
            self._multiply(weight[box.group], _gather(x, box, dtype), target)
        return y.reshape(self.shape[0], columns)

    def _rmatmat(self, y: Array) -> Array:
        columns = y.shape[1]
        dtype = np.result_type(self.dtype, y.dtype)
        weight = self._weight(dtype).swapaxes(1, 2)
        y = y.reshape(*self._outputs, *self._positions, columns)
        x = np.zeros((*self._inputs, *self._sizes, columns), dtype)
        # W^H y = conj(W^T conj(y)) needs no conjugated copy of the weights.
        for box in self._boxes(columns, dtype):
            part = _flat(y[box.target], 2).astype(dtype, copy=False)
            part = part.conj() if dtype.kind == "c" else part
            _scatter(np.matmul(weight[box.group], part), x, box)
        if dtype.kind == "c":
            np.conjugate(x, out=x)
        return x.reshape(self.shape[1], columns)

    def _multiply(self, weight: Array, patches: Array, target: Array) -> None:
        if self._is_flipped(target.dtype):
            flipped = np.matmul(patches.swapaxes(1, 2), weight.swapaxes(1, 2))
            target[...] = flipped.swapaxes(1, 2)
        else:
            np.matmul(weight, patches, out=target)

    def _is_flipped(self, dtype: DType) -> bool:
        return dtype == np.float64 and prod(self._positions) <= FEW_POSITIONS

    def _pack(self, weight: Array, dtype: DType) -> None:
        """Copy the weights to (groups, outputs per group, inputs per group * taps)."""
        matrices = weight.reshape(*self._outputs, -1).astype(dtype, order="C")
        if self._is_flipped(dtype):  # store the same matrices column by column
            matrices = matrices.swapaxes(1, 2).copy().swapaxes(1, 2)
        self._matrices[dtype] = matrices

    def _weight(self, dtype: DType) -> Array:
        """Return the packed weights in the type of a product, converted only once."""
        if dtype not in self._matrices:
            self._pack(self._matrices[self.dtype], dtype)
        return self._matrices[dtype]

    def _boxes(self, columns: int, dtype: DType) -> tuple[Box, ...]:
        lines = (*self._lines, Line(columns, columns))
        return cut(*self._inputs, self._outputs[1], lines, WORKSPACE_BYTES // dtype.itemsize)


def _gather(x: Array, box: Box, dtype: DType) -> Array:
    """Return the patches of a box as (groups, inputs per group * taps, positions)."""
    if box.inside is None:
        window = x[box.source].astype(dtype, copy=False)
    else:
        window = np.zeros(box.window, dtype)
        window[box.inside] = x[box.source]
    patches = _patches(window, box)
    split = 2 + len(box.taps)
    if prod(box.patches[2:split]) > 1:
        copy = _scratch(box.patches, dtype)
        np.copyto(copy, patches)
        patches = copy
    return _flat(patches, split)


def _scratch(shape: tuple[int, ...], dtype: DType) -> Array:
    """Return an uninitialised array in memory that the thread reuses from box to box.

    Fresh memory may cost a page fault every 4 KiB, and with them as much as the product itself.
    """
    size = prod(shape) * dtype.itemsize
    if dtype.hasobject or size > WORKSPACE_BYTES:
        return np.empty(shape, dtype)
    if len(getattr(_thread, "scratch", b"")) < size:
        _thread.scratch = np.empty(WORKSPACE_BYTES, np.uint8)
    scratch: Array = _thread.scratch
    return scratch[:size].view(dtype).reshape(shape)


def _scatter(patches: Array, x: Array, box: Box) -> None:
    """Add the patches of a box to the inputs that they were gathered from."""
    source = x[box.source]
    window = source if box.inside is None else np.zeros(box.window, x.dtype)
    sums = _patches(window, box)
    patches = patches.reshape(box.patches)
    # Two outputs read different inputs through one tap, so one += meets no input twice.
    for tap in np.ndindex(box.patches[2 : 2 + len(box.taps)]):
        sums[(ALL, ALL, *tap)] += patches[(ALL, ALL, *tap)]
    if box.inside is not None:
        source += window[box.inside]


def _patches(window: Array, box: Box) -> Array:
    """View a window as its patches, which overlap."""
    samples = window.strides[2:]
    taps = (stride * tap for stride, tap in zip(samples, box.taps, strict=True))
    hops = (stride * hop for stride, hop in zip(samples, box.hops, strict=True))
    return as_strided(window, box.patches, (*window.strides[:2], *taps, *hops))


def _flat(array: Array, split: int) -> Array:
    """Merge the axes 1 to ``split`` and those after them: (groups, channels, positions).

    A box of a contiguous y stays a view, because it is an interval.
    """
    shape = array.shape
    return array.reshape(shape[0], prod(shape[1:split]), prod(shape[split:]))
