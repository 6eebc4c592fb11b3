"""Axes, channels and a weight become a CSR matrix, at about the speed of copying its three arrays.

Along an axis the outputs fall into a few runs that see the same taps: the interior, and near each
border one run per number of taps lost. A product of runs, one per axis, is a block of rows that
are all alike: the values repeat, the columns shift by a constant per row. So a block is written by
broadcasting into a strided view, once for all output channels; nothing is masked or sorted.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from scipy import sparse

from convalgebra.axis import Axis, fold
from convalgebra.memory import index_bytes
from convalgebra.sizes import ceil_div
from convalgebra.weights import Array

# Rows shorter than this are written several at a time: a loop over 9 numbers costs more than they do.
_SHORT = 2048
# Weights of that many numbers stay in cache while all their rows are written.
_SLAB = 1 << 16


@dataclasses.dataclass(frozen=True)
class Run:
    """Neighbouring outputs of an axis that all see the same taps: half-open ranges of both."""

    first_output: int
    end_output: int
    first_tap: int
    end_tap: int

    @property
    def outputs(self) -> int:
        """How many outputs there are."""
        return self.end_output - self.first_output

    @property
    def taps(self) -> int:
        """How many taps each output sees."""
        return self.end_tap - self.first_tap


def runs(axis: Axis) -> list[Run]:
    """Return the runs of an axis under zero padding, in order; outputs that see nothing included.

    >>> [dataclasses.astuple(run) for run in runs(Axis(size=5, kernel=3, lo=1, hi=1))]
    [(0, 1, 1, 3), (1, 4, 0, 3), (4, 5, 0, 2)]
    """
    a = axis.numeric()
    interior = ceil_div(max(a.lo, 0), a.stride)  # the first output that loses no tap below
    end = (a.size + a.lo - a.span) // a.stride + 1  # the first one that loses some above
    outputs = np.arange(a.outputs) if end <= interior else _borders(interior, end, a.outputs)
    start = a.lo - outputs * a.stride  # where the input begins
    first = np.clip(-(-start // a.dilation), 0, a.kernel)
    last = np.clip((a.size - 1 + start) // a.dilation + 1, first, a.kernel)
    changes = np.flatnonzero(np.diff(first) | np.diff(last)) + 1
    bounds = [*outputs[changes].tolist(), a.outputs]
    begins = [0, *changes.tolist()]
    return [
        Run(b, e, int(first[at]), int(last[at]))
        for (b, e), at in zip(itertools.pairwise([0, *bounds]), begins, strict=True)
    ]


def _borders(interior: int, end: int, outputs: int) -> NDArray[np.int64]:
    """Return the outputs up to the first interior one, and from the first after it."""
    return np.concatenate(
        [np.arange(min(interior + 1, outputs)), np.arange(max(end, interior + 1), outputs)]
    )


def assemble(weight: Array, axes: Sequence[Axis], groups: int) -> sparse.csr_array:
    """Return the matrix of a cross-correlation: weight (out, in/groups, *kernel) on those axes.

    Rows are outputs, columns inputs, both channel-major then row-major. Zeros of the weight stay
    stored; columns are sorted and unique, int32 where they fit. Padding that repeats inputs adds
    up what reads the same input twice. Source: the identity C = sum_k W_k (x) S_k, written out.

    >>> assemble(np.array([[[1, 2]]]), [Axis(size=3, kernel=2)], groups=1).toarray()
    array([[1, 2, 0],
           [0, 1, 2]])
    """
    if any(axis.padding_mode != "zeros" for axis in axes):
        return _fold_padding(weight, axes, groups)
    out_channels, in_group = weight.shape[:2]
    plan = _Plan.of(axes, in_group)
    shape = (out_channels * plan.rows, groups * in_group * plan.inputs)
    index = np.dtype(f"i{index_bytes(shape, out_channels * plan.entries)}")
    data = np.empty((out_channels, plan.entries), weight.dtype)
    indices = np.empty((groups, out_channels // groups, plan.entries), index)
    blocks = list(plan.blocks())
    slab = max(1, _SLAB // max(1, prod(weight.shape[1:])))
    for first in range(0, out_channels, slab):
        for block in blocks:
            _write_values(data[first : first + slab], weight[first : first + slab], block)
    for block in blocks:
        _write_columns(indices[0, 0], block, plan)
    _repeat_columns(indices, in_group * plan.inputs)
    indptr = _row_pointers(plan, out_channels, index)
    matrix = sparse.csr_array((data.reshape(-1), indices.reshape(-1), indptr), shape=shape)
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return matrix


@dataclasses.dataclass(frozen=True)
class _Block:
    """Rows that are all alike: one run per axis, and where their entries stand in a channel."""

    runs: tuple[Run, ...]
    start: int
    strides: tuple[int, ...]  # entries from one output to the next, per axis
    width: int  # entries of a row


@dataclasses.dataclass(frozen=True)
class _Plan:
    """How the entries of one output channel are laid out."""

    axes: tuple[Axis, ...]
    runs: tuple[list[Run], ...]
    in_group: int

    @staticmethod
    def of(axes: Sequence[Axis], in_group: int) -> _Plan:
        numeric = tuple(axis.numeric() for axis in axes)
        return _Plan(numeric, tuple(map(runs, numeric)), in_group)

    @property
    def inputs(self) -> int:
        return prod(int(axis.size) for axis in self.axes)

    @property
    def steps(self) -> list[int]:
        """Columns from one input to the next, per axis."""
        return [prod(int(axis.size) for axis in self.axes[a + 1 :]) for a in range(len(self.axes))]

    @property
    def seen(self) -> list[int]:
        """Pairs (output, tap) inside the input, per axis."""
        return [sum(r.outputs * r.taps for r in axis) for axis in self.runs]

    @property
    def entries(self) -> int:
        return self.in_group * prod(self.seen)

    @property
    def rows(self) -> int:
        return prod(axis[-1].end_output for axis in self.runs)

    def blocks(self) -> Iterator[_Block]:
        seen = self.seen
        before = [
            list(itertools.accumulate((r.outputs * r.taps for r in axis), initial=0)) for axis in self.runs
        ]
        for chosen in itertools.product(*(range(len(axis)) for axis in self.runs)):
            block = tuple(axis[c] for axis, c in zip(self.runs, chosen, strict=True))
            width = self.in_group * prod(run.taps for run in block)
            if width == 0:
                continue
            start, strides, taps = 0, [], self.in_group
            for a, run in enumerate(block):
                after = prod(seen[a + 1 :])
                start += taps * before[a][chosen[a]] * after
                taps *= run.taps
                strides.append(taps * after)
            yield _Block(block, start, tuple(strides), width)


def _write_values(data: Array, weight: Array, block: _Block) -> None:
    entry = np.arange(weight.shape[1])
    for run, kernel in zip(block.runs, weight.shape[2:], strict=True):
        entry = np.add.outer(entry * kernel, np.arange(run.first_tap, run.end_tap)).reshape(-1)
    row = np.take(weight.reshape(len(weight), -1), entry, axis=1)
    for target, rows in _chunks(data, block):
        several = np.tile(row, rows) if rows > 1 else row
        target[...] = several.reshape(len(weight), *[1] * (target.ndim - 2), -1)


def _write_columns(indices: NDArray[Any], block: _Block, plan: _Plan) -> None:
    """Write the columns of one output channel of the first group."""
    row: NDArray[Any] = np.arange(plan.in_group, dtype=indices.dtype) * plan.inputs
    for axis, run, step in zip(plan.axes, block.runs, plan.steps, strict=True):
        first = axis.reads(run.first_output, run.first_tap)
        seen = first + axis.dilation * np.arange(run.taps)
        row = np.add.outer(row, (seen * step).astype(indices.dtype)).reshape(-1)
    shifts = [axis.stride * step for axis, step in zip(plan.axes, plan.steps, strict=True)]
    done = 0
    for target, rows in _chunks(indices[None], block):
        offsets = (np.arange(rows) + done) * shifts[-1]
        several = (row + offsets.astype(indices.dtype)[:, None]).reshape(-1)
        done += target.shape[-2] * rows
        counts = target.shape[1:-1]
        shift = np.zeros((1,), indices.dtype)
        for count, step in zip(counts, [*shifts[:-1], shifts[-1] * rows], strict=True):
            shift = np.add.outer(shift, np.arange(count, dtype=indices.dtype) * step)
        np.add(shift[..., None], several, out=target)


def _chunks(array: NDArray[Any], block: _Block) -> Iterator[tuple[NDArray[Any], int]]:
    """View a block of (channels, entries) as (channels, *outer outputs, chunks, chunk entries).

    The rows of the last axis stand side by side, so that a chunk may hold several of them; what is
    left over comes as a second view. Each view is given with its rows per chunk.
    """
    *outer, last = block.runs
    pieces = max(1, last.outputs * block.width // _SHORT)
    rows = -(-last.outputs // pieces)
    whole, left = divmod(last.outputs, rows)
    start, item = block.start, array.itemsize
    for count, size in ((whole, rows), (1, left)):
        if count * size == 0:
            continue
        entries = size * block.width
        yield (
            as_strided(
                array[:, start:],
                shape=(len(array), *(run.outputs for run in outer), count, entries),
                strides=(
                    array.strides[0],
                    *(stride * item for stride in block.strides[:-1]),
                    entries * item,
                    item,
                ),
            ),
            size,
        )
        start += count * entries


def _repeat_columns(indices: NDArray[Any], group_inputs: int) -> None:
    """Copy the columns of the first output channel to the others of its group, shift for the others."""
    first = indices[0, 0]
    for group in range(len(indices)):
        if group:
            np.add(first, indices.dtype.type(group * group_inputs), out=indices[group, 0])
        indices[group, 1:] = indices[group, 0]


def _row_pointers(plan: _Plan, out_channels: int, index: np.dtype[Any]) -> NDArray[Any]:
    """Return where each row starts: after the rows before it along each axis, the last axis first."""
    pointers = np.empty(out_channels * plan.rows + 1, index)
    pointers[-1] = out_channels * plan.entries
    channels = pointers[:-1].reshape(out_channels, -1)
    *outer, last = plan.runs
    starts, entries = _entries_before(last, plan.in_group, index), plan.in_group * plan.seen[-1]
    for axis, seen in zip(reversed(outer), reversed(plan.seen[:-1]), strict=True):
        taps = np.repeat(np.array([r.taps for r in axis], index), [r.outputs for r in axis])
        starts = np.multiply.outer(taps, starts)
        starts += _entries_before(axis, entries, index)[:, None]
        starts, entries = starts.reshape(-1), entries * seen
    channels[0] = starts
    others = np.arange(1, out_channels, dtype=index) * index.type(plan.entries)
    np.add.outer(others, channels[0], out=channels[1:])
    return pointers


def _entries_before(axis: Sequence[Run], each: int, index: np.dtype[Any]) -> NDArray[Any]:
    """Return the entries before each output of an axis, where a tap stands for ``each`` of them."""
    result = np.empty(axis[-1].end_output, index)
    before = 0
    for run in axis:
        step = run.taps * each
        end = before + run.outputs * step
        result[run.first_output : run.end_output] = (
            np.arange(before, end, step, dtype=index) if step else before
        )
        before = end
    return result


def _fold_padding(weight: Array, axes: Sequence[Axis], groups: int) -> sparse.csr_array:
    """Build on the padded input, then let each padded column fall on the input it repeats."""
    padded = assemble(weight, [without_padding(axis) for axis in axes], groups)
    channels = groups * weight.shape[1]
    column: NDArray[Any] = np.arange(channels, dtype=padded.indices.dtype)
    for axis in (a.numeric() for a in axes):
        position = np.arange(-axis.lo, axis.size + axis.hi)
        inside = fold(position, int(axis.size), axis.padding_mode).astype(column.dtype)
        column = (column[:, None] * axis.size + inside).reshape(-1)
    shape = (padded.shape[0], channels * prod(int(a.numeric().size) for a in axes))
    matrix = sparse.csr_array((padded.data, column[padded.indices], padded.indptr), shape=shape)
    matrix.sum_duplicates()
    return matrix


def without_padding(axis: Axis) -> Axis:
    """Return the axis that reads the padded input: conv(padded) = conv(valid) @ padding."""
    return Axis(axis.padded_size, axis.kernel, axis.stride, dilation=axis.dilation)
