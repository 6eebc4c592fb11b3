"""Instruments of measurement that know no formula: windows that are slid, kernels that are painted.

The windows are numpy's ``sliding_window_view`` of the padded image; what each reads is held against
the stored entries of the matrix, so that a size found here is that of the matrix and of the windows.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from convalgebra.axis import Axis
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.operators.conv import Conv

Ints = NDArray[np.int64]


def ones(op: Operator) -> dict[str, Ints]:
    """Return weights of ones."""
    return {name: np.ones(shape, np.int64) for name, shape in op.numeric_weight_shapes().items()}


def dense(op: Operator, weights: Any = None) -> Any:
    """Return the matrix as an array, for weights of ones where none are given."""
    return op.matrix(ones(op) if weights is None else weights).toarray()


def framed(image: Any, axes: tuple[Axis, ...]) -> Any:
    """Return the image with its padding; negative padding crops it."""
    for at, axis in enumerate(axes):
        cut = slice(max(0, -axis.lo), image.shape[at] - max(0, -axis.hi))
        image = image[(*[slice(None)] * at, cut)]
    return np.pad(image, [(max(0, axis.lo), max(0, axis.hi)) for axis in axes])


def windows(image: Any, axes: tuple[Axis, ...]) -> Any:
    """Return what each window reads of an image, shape (*outputs, *kernel); none where none fits."""
    padded = framed(image, axes)
    spans = [axis.span for axis in axes]
    if any(span > size for span, size in zip(spans, padded.shape, strict=True)):
        return np.zeros((0,) * len(axes) + tuple(axis.kernel for axis in axes), padded.dtype)
    steps = [slice(None, None, axis.stride) for axis in axes]
    return sliding_window_view(padded, spans)[(*steps, *(slice(None, None, a.dilation) for a in axes))]


def slid(op: Operator) -> tuple[int, ...] | str:
    """Return the output size of a convolution: how many windows fit, along each axis.

    Text instead where the rows of the matrix do not hold the inputs that the windows read.

    >>> import convalgebra as ca
    >>> slid(ca.conv(1, 1, (6, 5), 3, stride=2, padding=1))
    (3, 3)
    """
    if not isinstance(op, Conv):
        return "not a convolution"
    axes = tuple(axis.numeric() for axis in op.axes)
    sizes = tuple(axis.size for axis in axes)
    found = windows(1 + np.arange(prod(sizes)).reshape(sizes), axes)
    rows = found.reshape(-1, prod(axis.kernel for axis in axes))
    matrix = dense(op)
    outs, ins = (int(n) for n in (op.out_channels, op.in_channels))
    if len(matrix) != outs * len(rows):
        return f"{outs * len(rows)} windows, but {len(matrix)} rows"
    read = np.zeros((len(rows), prod(sizes) + 1), np.int64)
    for row, inputs in enumerate(rows):
        np.add.at(read[row], inputs, 1)
    blocks = np.moveaxis(matrix.reshape(outs, len(rows), ins, prod(sizes)), 2, 1)
    alike = (blocks == read[:, 1:]).all(axis=(2, 3))
    joined = alike.any(axis=1).all() and (alike | ~blocks.any(axis=(2, 3))).all()
    return tuple(found.shape[: len(axes)]) if joined else "other inputs are read"


def first_size(op: Operator) -> int | str:
    """Return the output size along the first axis, each step of a chain slid over or gone back from.

    Text instead where a step is another than its windows are.

    >>> import convalgebra as ca
    >>> first_size(ca.conv(2, 1, 9, 3, name="second") @ ca.conv(1, 2, 9, 3, padding=1))
    7
    """
    found: int | str = "no step"
    for stage in reversed(op.stages):
        sizes = slid(stage)
        found = sizes[0] if isinstance(sizes, tuple) else sizes
        if isinstance(stage, Transposed):
            found = came_from(stage)
        if isinstance(found, str):
            break
    return found


def placements(length: int, span: int, stride: int) -> list[int]:
    """Return where a window can be put on a line, step by step.

    >>> placements(8, 3, 2)
    [0, 2, 4]
    """
    return [at for at in range(0, length, stride) if at + span <= length]


def placed(size: int, axis: Axis) -> tuple[int, int]:
    """Return how many windows fit into a line of this size, and what is left over behind the last one."""
    line = framed(np.arange(size), (axis,))
    starts = placements(len(line), axis.span, axis.stride)
    return len(starts), len(line) - (starts[-1] + axis.span) if starts else len(line)


def came_from(op: Operator, left: int = 0) -> int | str:
    """Return the size of the line that a transposed convolution of one channel goes back to.

    It is looked for: the only line of which the windows are as many as the inputs here, ``left`` places
    being left over behind them. Text instead where there is not one, or where the painted outputs are
    not those of the matrix.

    >>> import convalgebra as ca
    >>> came_from(ca.conv_transpose(1, 1, 3, 3, stride=2, padding=1, output_padding=1), left=1)
    6
    """
    if not isinstance(op, Transposed) or not isinstance(op.operator, Conv):
        return "not a transposed convolution"
    axis = op.operator.axes[0].numeric()
    matrix = dense(op)
    inputs = matrix.shape[1]
    lines = [n for n in range(1, 50) if placed(n, axis) == (inputs, left)]
    if len(lines) != 1:
        return f"{len(lines)} lines"
    paint = painted(inputs, axis, lines[0])
    alike = paint.shape == matrix.shape and bool((paint == matrix).all())
    return lines[0] if alike else "other outputs are painted"


def painted(inputs: int, axis: Axis, length: int) -> Ints:
    """Return how often each input paints each place of a line, shape (length, inputs)."""
    canvas = np.zeros((length, inputs), np.int64)
    for brush in range(inputs):
        for tap in range(axis.kernel):
            at = brush * axis.stride + tap * axis.dilation - axis.lo
            if 0 <= at < length:
                canvas[at, brush] += 1
    return canvas
