"""How a count is measured: by running, or by looking at matrices; no formula is used."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from convalgebra.assembly import without_padding
from convalgebra.counting.measure import measure
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.operators.conv import Conv


def run_count(op: Operator, quantity: str = "multiplications") -> int:
    """Return a count of an operator whose sizes are numbers, by running it.

    ``multiplications`` and ``additions`` are what ``measure`` counts; ``mult_adds`` are the products on
    images whose padding is made of inputs; ``parameters`` are the different weights seen in the
    matrices; ``moved`` are the values that the factors read, weights too, and write; ``outputs`` are the
    values that come out at the end.

    >>> from convalgebra.catalogue.basic import conv
    >>> op = conv(1, 2, 5, 3, padding=1)
    >>> [run_count(op, quantity) for quantity in ("multiplications", "mult_adds", "parameters", "moved")]
    [26, 30, 6, 21]
    """
    match quantity:
        case "multiplications" | "additions":
            return int(getattr(measure(op), quantity))
        case "mult_adds":
            return sum(measure(_padding_stored(stage)).multiplications for stage in op.stages)
        case "parameters":
            return weights_seen(op)
        case "moved":
            return sum(_values_moved(stage) for stage in op.stages)
        case "outputs":
            return op.hit_in_pattern(0)
    raise ArgumentError(f"quantity={quantity!r} cannot be counted by running")


def _padding_stored(stage: Operator) -> Operator:
    """Return a convolution of the image that its padding would make; of a transposed one, without crop."""
    if isinstance(stage, Transposed):
        return Transposed(_padding_stored(stage.operator))
    if not isinstance(stage, Conv) or stage.padding_mode != "zeros":
        return stage
    return replace(stage, axes=tuple(map(without_padding, stage.axes)))


def _values_moved(stage: Operator) -> int:
    shapes = stage.numeric_weight_shapes()
    matrix = stage.matrix({name: np.ones(shape, np.int8) for name, shape in shapes.items()})
    written = np.count_nonzero(np.diff(matrix.indptr))
    return int(len(np.unique(matrix.indices)) + written + weights_seen(stage))


def weights_seen(of: Operator) -> int:
    """Return how many different weights stand in the matrices of an operator, counted there.

    >>> import convalgebra as ca
    >>> weights_seen(ca.depthwise_separable(2, 3, (4, 4), 3))
    24
    """
    total = 0
    for name, shape in of.numeric_weight_shapes().items():
        numbers = np.arange(1, prod(shape) + 1, dtype=np.int32).reshape(shape)
        total += len(np.unique(np.concatenate([m.data for m in _holding(of, name, numbers)])))
    return total


def _holding(of: Operator, name: str, numbers: Any) -> list[Any]:
    stages = [stage for stage in of.stages if name in stage.weight_shapes]
    shapes = {n: s for stage in stages for n, s in stage.numeric_weight_shapes().items()}
    zeros = {n: np.zeros(shape, np.int32) for n, shape in shapes.items()}
    found = []
    for stage in stages:
        given = {n: numbers if n == name else zeros[n] for n in stage.weight_shapes}
        matrix = stage.matrix(given)
        matrix.eliminate_zeros()
        found.append(matrix)
    return found
