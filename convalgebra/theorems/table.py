"""The one table of all theorems."""

from __future__ import annotations

from functools import cache

from convalgebra.theorems import algebra, channels, fast, kernels, sampling
from convalgebra.theorems.theorem import Theorem


@cache
def identities() -> tuple[Theorem, ...]:
    """Return every theorem: name, statement, condition, left, right, source.

    ``check(theorem)`` proves one again by computing: on drawn sizes, in symbols, at its counterexample.

    >>> import convalgebra as ca
    >>> [theorem.name for theorem in ca.identities() if theorem.label == "A12"]
    ['strided is decimated']
    """
    found = [room.theorems() for room in (kernels, channels, sampling, fast, algebra)]
    return tuple(theorem for room in found for theorem in room)
