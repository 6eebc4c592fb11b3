"""What is seen in the stored entries of an operator: this room knows matrices, and no formula."""

from __future__ import annotations

from functools import reduce
from math import prod
from typing import Any

import numpy as np
from scipy import sparse

from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.sizes import number


def output_size_seen(operator: Operator) -> tuple[int, ...]:
    """Return the lengths of the output's axes, confirmed by the rows of the matrix itself.

    Raises ``ArgumentError`` where the matrix has another number of rows.

    >>> import convalgebra as ca
    >>> output_size_seen(ca.conv(2, 3, (7, 9), 3, stride=2))
    (3, 4)
    """
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
        found.append(max(0, int((last - first).max(initial=-1)) + 1))
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
