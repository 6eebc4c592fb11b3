"""Where the data of a convolution lie when its outputs are cut into boxes.

All inputs that the outputs of a box read lie in one *window* of the input, and their patches are an
overlapping strided view of it. Padding exists only inside the windows at the border; cropping is the
same arithmetic. The size of a box, and with it all extra memory, is bounded whatever the convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from math import gcd, prod
from typing import NamedTuple

from convalgebra.axis import Axis
from convalgebra.sizes import number

Index = tuple[slice, ...]

ALL = slice(None)


class Line(NamedTuple):
    """An axis in plain ints; the columns of a batch are one more, of kernel 1 and any size, even 0."""

    size: int
    outputs: int
    kernel: int = 1
    stride: int = 1
    lo: int = 0
    dilation: int = 1

    @staticmethod
    def of(axis: Axis) -> Line:
        """Return the line of an axis of numbers."""
        axis = axis.numeric()
        values = (axis.size, axis.outputs, axis.kernel, axis.stride, axis.lo, axis.dilation)
        return Line(*(number(value, "a size of this operator") for value in values))


class Window(NamedTuple):
    """The equidistant inputs that neighbouring outputs of one axis read, and padding.

    Tap k of output i is sample ``k * tap + i * hop`` of the window.  The samples ``inside`` are the
    inputs ``source``, all others are padding.
    """

    samples: int
    tap: int
    hop: int
    inside: slice
    source: slice


class Box(NamedTuple):
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
def cut(groups: int, inputs: int, outputs: int, axes: tuple[Line, ...], limit: int) -> tuple[Box, ...]:
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


def _workspace(inputs: int, outputs: int, axes: Sequence[Line], size: Sequence[int]) -> int:
    """Count the elements of window, patches and result for a box of shape (groups, *outputs)."""
    groups, *counts = size
    window = prod(_window(axis, 0, n).samples for axis, n in zip(axes, counts, strict=True))
    taps = prod(axis.kernel for axis in axes)
    return groups * (inputs * window + (inputs * taps + outputs) * prod(counts))


def _box(inputs: int, axes: Sequence[Line], group: slice, part: Sequence[slice]) -> Box:
    counts = tuple(p.stop - p.start for p in part)
    windows = [_window(a, p.start, n) for a, p, n in zip(axes, part, counts, strict=True)]
    padded = any(w.inside != slice(0, w.samples) for w in windows)
    channels = (group.stop - group.start, inputs)
    return Box(
        group,
        target=(group, ALL, *part),
        source=(group, ALL, *(w.source for w in windows)),
        inside=(ALL, ALL, *(w.inside for w in windows)) if padded else None,
        window=(*channels, *(w.samples for w in windows)),
        patches=(*channels, *(axis.kernel for axis in axes), *counts),
        taps=tuple(w.tap for w in windows),
        hops=tuple(w.hop for w in windows),
    )


def _window(axis: Line, first: int, outputs: int) -> Window:
    """Return the window of ``outputs`` neighbouring outputs from number ``first``."""
    # The window is as sparse as its reads: one output steps by taps, one tap by outputs.
    step = gcd(axis.stride * (outputs > 1), axis.dilation * (axis.kernel > 1)) or 1
    start = first * axis.stride - axis.lo
    count = ((outputs - 1) * axis.stride + (axis.kernel - 1) * axis.dilation) // step + 1
    # Sample j is input start + j * step; keep those in range(axis.size).
    low = min(count, max(0, -(start // step)))
    high = max(low, min(count, (axis.size - 1 - start) // step + 1))
    source = slice(max(0, start + low * step), max(0, start + high * step), step)
    return Window(count, axis.dilation // step, axis.stride // step, slice(low, high), source)
