"""A convolution as a linear operator that never builds its matrix.

Every product is cut into boxes of output positions.  For one box the inputs that each output reads
(its *patch*) become the columns of a small matrix, and one matrix product does all the arithmetic::

    forward   y[box]  = W   @ patches          patches <- x
    adjoint   patches = W^H @ y[box]           x += patches

All patches of a box lie in one *window* of the input, and are an overlapping strided view of it.
Padding exists only inside the windows at the border; cropping is the same arithmetic.  The size of
a box, and with it all extra memory, is bounded whatever the convolution.

Inside this module arrays have one fixed layout.  The columns of a batch of vectors are one more
axis of the convolution, of kernel 1::

    x        (groups, inputs per group,  *sizes)
    y        (groups, outputs per group, *outputs)
    window   (groups, inputs per group,  *samples)
    patches  (groups, inputs per group,  *kernel, *outputs of the box)
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from math import gcd, prod
from threading import local
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

Array = NDArray[Any]
DType = np.dtype[Any]
Index = tuple[slice, ...]

# What one box may occupy beyond x, y and the weights.  It stays inside an outer cache, and is wide
# enough for the matrix product to run at full speed.
WORKSPACE_BYTES = 8 * 2**20

# With so few output positions a product in double precision mostly moves weights.  BLAS then is
# about a quarter faster on the transposed product, where the weights' long side comes last.
FEW_POSITIONS = 32

ALL = slice(None)

_thread = local()


class AxisLike(Protocol):
    """The geometry of one spatial axis, in samples."""

    @property
    def size(self) -> int:
        """Number of inputs."""

    @property
    def outputs(self) -> int:
        """Number of outputs."""

    @property
    def kernel(self) -> int:
        """Number of taps."""

    @property
    def stride(self) -> int:
        """Inputs between neighbouring outputs."""

    @property
    def lo(self) -> int:
        """Zeros before the first input; negative crops."""

    @property
    def dilation(self) -> int:
        """Inputs between neighbouring taps."""


def conv_linear_operator(weight: Array, axes: Sequence[AxisLike], groups: int) -> LinearOperator:
    """Return the cross-correlation with ``weight`` as a matrix-free operator.

    ``weight`` has shape (Cout, Cin / groups, *kernel) and is copied.  The operator maps
    ``x.reshape(Cin, *sizes)`` to ``y.reshape(Cout, *outputs)``, both flattened row-major::

        y[o, i] = sum over c, k of weight[o, c, k] * x[c, i * stride + k * dilation - lo]

    where c runs over the inputs of o's group and x is 0 outside.  A product has the type
    ``np.result_type(weight, x)``; integers stay exact.
    """
    return _Convolution(weight, axes, groups)


class _Axis(NamedTuple):
    """A hashable copy of an AxisLike."""

    size: int
    outputs: int
    kernel: int = 1
    stride: int = 1
    lo: int = 0
    dilation: int = 1


class _Convolution(LinearOperator):  # type: ignore[misc]
    def __init__(self, weight: Array, axes: Sequence[AxisLike], groups: int) -> None:
        self._axes = tuple(_Axis(a.size, a.outputs, a.kernel, a.stride, a.lo, a.dilation) for a in axes)
        self._sizes = tuple(a.size for a in axes)
        self._positions = tuple(a.outputs for a in axes)
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

    def _boxes(self, columns: int, dtype: DType) -> "tuple[_Box, ...]":
        axes = (*self._axes, _Axis(columns, columns))
        return _cut(*self._inputs, self._outputs[1], axes, WORKSPACE_BYTES // dtype.itemsize)


class _Window(NamedTuple):
    """The equidistant inputs that neighbouring outputs of one axis read, and padding.

    Tap k of output i is sample ``k * tap + i * hop`` of the window.  The samples ``inside`` are the
    inputs ``source``, all others are padding.
    """

    samples: int
    tap: int
    hop: int
    inside: slice
    source: slice


class _Box(NamedTuple):
    """Where the data of one box of outputs lie."""

    group: slice
    target: Index  # in y
    source: Index  # in x
    inside: Index | None  # where the source lies in the window; None: the window has no padding
    window: tuple[int, ...]  # shape
    patches: tuple[int, ...]  # shape
    taps: tuple[int, ...]  # window samples from tap to tap, by axis
    hops: tuple[int, ...]  # window samples from output to output, by axis


@lru_cache(maxsize=64)
def _cut(groups: int, inputs: int, outputs: int, axes: tuple[_Axis, ...], limit: int) -> tuple[_Box, ...]:
    """Cut (groups, *outputs) into even boxes that need at most ``limit`` elements of memory.

    Leading axes are cut first, so a box is an interval of the flat positions.  A box of one
    position is not cut further: its patch is as large as the weights of one output channel.
    """
    extents = (groups, *(axis.outputs for axis in axes))
    size = list(extents)
    for i in range(len(size)):
        while size[i] > 1 and _workspace(inputs, outputs, axes, size) > limit:
            size[i] = -(-size[i] // 2)
    cuts = [
        [slice(i, min(i + step, extent)) for i in range(0, extent, max(step, 1))]
        for extent, step in zip(extents, size, strict=True)
    ]
    return tuple(_box(inputs, axes, group, part) for group, *part in product(*cuts))


def _workspace(inputs: int, outputs: int, axes: Sequence[_Axis], size: Sequence[int]) -> int:
    """Count the elements of window, patches and result for a box of shape (groups, *outputs)."""
    groups, *counts = size
    window = prod(_window(axis, 0, n).samples for axis, n in zip(axes, counts, strict=True))
    taps = prod(axis.kernel for axis in axes)
    return groups * (inputs * window + (inputs * taps + outputs) * prod(counts))


def _box(inputs: int, axes: Sequence[_Axis], group: slice, part: Sequence[slice]) -> _Box:
    counts = tuple(p.stop - p.start for p in part)
    windows = [_window(a, p.start, n) for a, p, n in zip(axes, part, counts, strict=True)]
    padded = any(w.inside != slice(0, w.samples) for w in windows)
    channels = (group.stop - group.start, inputs)
    return _Box(
        group,
        target=(group, ALL, *part),
        source=(group, ALL, *(w.source for w in windows)),
        inside=(ALL, ALL, *(w.inside for w in windows)) if padded else None,
        window=(*channels, *(w.samples for w in windows)),
        patches=(*channels, *(axis.kernel for axis in axes), *counts),
        taps=tuple(w.tap for w in windows),
        hops=tuple(w.hop for w in windows),
    )


def _window(axis: _Axis, first: int, outputs: int) -> _Window:
    """Return the window of ``outputs`` neighbouring outputs from number ``first``."""
    # The window is as sparse as its reads: one output steps by taps, one tap by outputs.
    step = gcd(axis.stride * (outputs > 1), axis.dilation * (axis.kernel > 1)) or 1
    start = first * axis.stride - axis.lo
    count = ((outputs - 1) * axis.stride + (axis.kernel - 1) * axis.dilation) // step + 1
    # Sample j is input start + j * step; keep those in range(axis.size).
    low = min(count, max(0, -(start // step)))
    high = max(low, min(count, (axis.size - 1 - start) // step + 1))
    source = slice(max(0, start + low * step), max(0, start + high * step), step)
    return _Window(count, axis.dilation // step, axis.stride // step, slice(low, high), source)


def _gather(x: Array, box: _Box, dtype: DType) -> Array:
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


def _scatter(patches: Array, x: Array, box: _Box) -> None:
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


def _patches(window: Array, box: _Box) -> Array:
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
