"""What checks of functions share: basis vectors pushed through, entries compared, words for both."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, TypeAlias

import numpy as np

from convalgebra.sizes import as_size, number
from convalgebra.testing.calling import Callee
from convalgebra.weights import Array

_CHUNK = 256  # basis vectors pushed at a time

Shape: TypeAlias = tuple[int, ...]


def columns(called: Callee, inputs: Shape, outputs: Shape) -> Iterator[tuple[int, Array]]:
    """Yield the first basis vector of a chunk, and what comes out for each in it, flat."""
    count = prod(inputs)
    for at in range(0, count, _CHUNK):
        many = min(_CHUNK, count - at)
        basis = np.zeros((many, count), np.int8)
        basis[np.arange(many), at + np.arange(many)] = 1
        yield at, called.outputs(basis.reshape(many, *inputs), outputs).reshape(many, prod(outputs))


def differs(expected: Array, found: Array, tolerance: float) -> Any:
    """Say where two arrays differ; what is not a number differs from everything."""
    return expected != found if tolerance == 0 else ~(np.abs(expected - found) <= tolerance)


def shape_of(shape: Any) -> Shape:
    """Return a shape of numbers, each at least 1."""
    return tuple(number(as_size(n, "shapes", least=1), "shapes") for n in shape)


# --- in words ------------------------------------------------------------------------------------


def place(at: int, shape: Shape) -> str:
    """Return where a flat index is: (channel, position), the position a number along one axis."""
    channel, *position = (int(n) for n in np.unravel_index(at, shape))
    if not position:
        return f"({channel},)"
    return f"({channel}, {position[0] if len(position) == 1 else tuple(position)})"


def at_zero(what: str, offset: Array) -> str:
    """Say what a function that is not linear makes of zeros."""
    at = int(np.flatnonzero(offset != 0)[0])
    value, where = plain(offset.ravel()[at]), place(at, offset.shape)
    return f"{what} puts {value} at output {where} for an input of zeros"


def plain(value: Any) -> Any:
    """Return a number as a person writes it: 3 for 3.0."""
    whole = value.item() if hasattr(value, "item") else value
    return int(whole) if isinstance(whole, float) and whole.is_integer() else whole


def short(array: Array) -> str:
    """Return an array as text, its middle left out where it is long."""
    return np.array2string(array, threshold=60, separator=", ")
