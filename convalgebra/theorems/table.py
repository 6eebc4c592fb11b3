"""The one table of all theorems."""

from __future__ import annotations

from functools import cache

from convalgebra.errors import ArgumentError
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

    ``check(theorem)`` proves one again by computing: on drawn sizes, in symbols, at its counterexamples.

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


def find_identity(name: str) -> Theorem:
    """Return the theorem of a name, of a label, or of a part of a name that only one has.

    Raises ``ArgumentError`` for any other name; it lists those that it may stand for.

    >>> find_identity("A12").name, find_identity("strided is").name
    ('strided is decimated', 'strided is decimated')
    """
    if not isinstance(name, str) or not name.strip():
        raise ArgumentError(f"name={name!r} must be the name of one of ca.identities()")
    wanted, known = name.lower().strip(), identities()
    exact = [t for t in known if t.name.lower() == wanted]
    meant = exact or [t for t in known if wanted == t.label.lower() or wanted in t.name.lower()]
    if len(meant) == 1:
        return meant[0]
    near = "; ".join(t.name for t in meant)
    told = f"may be any of the identities {near}" if meant else "is no identity; ca.identities() has them"
    raise ArgumentError(f"name={name!r} {told}")
