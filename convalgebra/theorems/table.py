"""The one table of all theorems."""

from __future__ import annotations

from functools import cache

from convalgebra.theorems import (
    algebra,
    channels,
    circular,
    composing,
    depthwise,
    dilation,
    kernels,
    mirrors,
    pooling,
    separable,
    shuffles,
    subpixel,
    tiles,
    transposed,
    upsampling,
    windows,
)
from convalgebra.theorems.theorem import Theorem


@cache
def identities() -> tuple[Theorem, ...]:
    """Return every theorem: name, statement, condition, left, right, source.

    ``check(theorem)`` proves one again by computing: on drawn sizes, in symbols, at its counterexample.

    >>> import convalgebra as ca
    >>> [theorem.name for theorem in ca.identities() if theorem.label == "A12"]
    ['strided is decimated']
    """
    rooms = (
        kernels,
        separable,
        depthwise,
        channels,
        shuffles,
        dilation,
        composing,
        transposed,
        subpixel,
        mirrors,
        circular,
        pooling,
        upsampling,
        tiles,
        windows,
        algebra,
    )
    return tuple(theorem for room in rooms for theorem in room.theorems())
