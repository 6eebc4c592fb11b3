"""What is seen in the stored entries of an operator: this room knows matrices, and no formula."""

from __future__ import annotations

from functools import reduce
from math import prod
from typing import Any

import numpy as np
from scipy import sparse

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.local import LocallyConnected
from convalgebra.sizes import number


def output_size_seen(operator: Operator) -> tuple[int, ...]:
    """Return the lengths of the output's axes: windows slid over a line, the rows of a matrix otherwise.

    A convolution's windows are slid and counted; a transposed one's length must let as many windows slide
    as it has inputs. What has no axes of its own is asked for the rows of its matrix.

    Raises ``ArgumentError`` where a transposed convolution does not fit its input.

    >>> import convalgebra as ca
    >>> output_size_seen(ca.conv(2, 3, (7, 9), 3, stride=2))
    (3, 4)
    """
    last = operator.stages[0] if operator.stages else operator
    match last:
        case Conv() | LocallyConnected():
            return tuple(map(windows_slid, last.axes))
        case Transposed(Conv() as forward):
            return _length_fitted(forward)
    return _by_rows(operator)


def windows_slid(axis: Axis) -> int:
    """Return how many windows fit a padded line, by sliding one over it.

    >>> windows_slid(Axis(6, 3, stride=2, lo=1, hi=1))
    3
    """
    a = axis.numeric()
    window = 1 + sum(a.dilation for _ in range(a.kernel - 1))
    line = np.zeros(a.size + a.lo + a.hi, np.int8)
    return len(np.lib.stride_tricks.sliding_window_view(line, window)[:: a.stride])


def _length_fitted(forward: Conv) -> tuple[int, ...]:
    """Return the lengths that a transposed convolution fills, which its own windows must fit."""
    for axis, inputs in zip(forward.axes, forward.output_size, strict=True):
        if windows_slid(axis) != inputs:
            raise ArgumentError(f"op: {windows_slid(axis)} windows fit {axis!r}, not {inputs}")
    return tuple(number(axis.size, "output_size") for axis in forward.axes)


def _by_rows(operator: Operator) -> tuple[int, ...]:
    rows = operator.matrix(_ones(operator)).shape[0]
    sizes = tuple(number(n, "output_size") for n in operator.output_size)
    channels = number(operator.output_shape[0], "channels")
    if prod(sizes) * channels != rows:
        raise ArgumentError(f"op={operator!r} has {rows} rows, not {channels} times {sizes}")
    return tuple(_length(rows, sizes, channels, axis) for axis in range(len(sizes)))


def _length(rows: int, sizes: tuple[int, ...], channels: int, axis: int) -> int:
    """Return the length of one axis from the number of rows and the others."""
    return rows // (channels * prod(n for at, n in enumerate(sizes) if at != axis))


def receptive_field_seen(operator: Operator) -> tuple[int, ...]:
    """Return how far the inputs of one output reach at most, along each axis; 0 where it reads none.

    >>> import convalgebra as ca
    >>> receptive_field_seen(ca.conv(1, 1, 7, 3) @ ca.conv(1, 1, 11, 3, dilation=2))
    (7,)
    """
    rows, columns = _pattern(operator).tocoo().coords
    positions = prod(number(n, "output_size") for n in operator.output_size)
    sizes = [number(n, "input_size") for n in operator.input_size]
    places = np.unravel_index(columns % prod(sizes), sizes)
    found = []
    for place, size in zip(places, sizes, strict=True):
        first, last = np.full(positions, size), np.full(positions, -1)
        np.minimum.at(first, rows % positions, place)
        np.maximum.at(last, rows % positions, place)
        found.append(int((last - first).max(initial=-1)) + 1)  # where none reads anything: 0
    return tuple(found)


def _pattern(operator: Operator) -> sparse.csr_array:
    """Return which output reads which input: products of the stored patterns, so nothing cancels."""
    ones = _ones(operator)
    factors = [
        stage.matrix({name: ones[name] for name in stage.weight_shapes}) for stage in operator.stages
    ]
    patterns = (
        sparse.csr_array((np.ones(f.nnz, np.int64), f.indices, f.indptr), shape=f.shape) for f in factors
    )
    return reduce(lambda a, b: (a @ b).sign(), patterns)


def _ones(operator: Operator) -> dict[str, Any]:
    return {name: np.ones(shape, np.int64) for name, shape in operator.numeric_weight_shapes().items()}
