"""Instruments for checkerboards: how many inputs reach an output, and what an image becomes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from convalgebra.claims.forms.arithmetic import back
from convalgebra.claims.forms.matrices import in_symbols
from convalgebra.claims.forms.sliding import ones
from convalgebra.operators.base import Operator


def reached(op: Operator) -> list[int]:
    """Return how many stored entries each row has: how many inputs reach each output.

    >>> reached(back(4, 3, s=2))
    [1, 1, 2, 1, 2, 1, 2, 1, 1]
    """
    return [int(entries) for entries in np.diff(op.matrix(ones(op)).indptr)]


def inner(values: Sequence[Any], cut: int) -> list[Any]:
    """Return the values without ``cut`` of them at either end."""
    return list(values[cut:-cut])


def reached_inside(kernel: int, stride: int) -> list[int]:
    """Return how many inputs reach each output of a line, away from its ends.

    >>> reached_inside(3, 2)[:4]
    [1, 2, 1, 2]
    """
    return inner(reached(back(2 * kernel + 6, kernel, s=stride)), kernel + stride)


def alike(values: Sequence[Any]) -> bool:
    """Say whether the values are equal, formulas too."""
    return all(sympy.expand(other - values[0]) == 0 for other in values)


def all_differ(values: Sequence[Any]) -> bool:
    """Say whether each value differs from the next, formulas too."""
    return all(sympy.expand(b - a) != 0 for a, b in pairwise(values))


def most_over_least(values: Sequence[int]) -> sympy.Rational:
    """Return the largest over the smallest."""
    return sympy.Rational(max(values), min(values))


def painted_in_symbols(kernel: Sequence[Any], stride: int, image: Sequence[Any] | None = None) -> list[Any]:
    """Return what a transposed convolution makes of a line (of ones), away from the ends, exactly."""
    inputs = [1] * (len(kernel) + 4) if image is None else list(image)
    op = back(len(inputs), len(kernel), s=stride)
    matrix = in_symbols(op, {"weight": np.array(kernel, object)[None, None]})
    return inner((matrix * sympy.Matrix(inputs))[:], len(kernel) + stride - 1)


def painted_by_running(
    kernel: Sequence[Any], stride: int, image: Sequence[Any] | None = None
) -> list[float]:
    """Return the same by a sparse product of floats.

    >>> painted_by_running((0.5, 1, 0.5), 2)[:3]
    [1.0, 1.0, 1.0]
    """
    inputs = [1] * (len(kernel) + 4) if image is None else list(image)
    op = back(len(inputs), len(kernel), s=stride)
    outputs = op.matrix(np.array(kernel, float)[None, None]) @ np.array(inputs, float)
    return inner(outputs.tolist(), len(kernel) + stride - 1)
