"""Shapes and sizes of a network as text."""

from __future__ import annotations

from functools import lru_cache

from convalgebra.formulas import text as formula_text
from convalgebra.networks.graph import Shape
from convalgebra.proofs import Size

UNKNOWN = "?"


def shape_text(shape: Shape, times: str = " x ") -> str:
    """Return a shape as it is written.

    >>> shape_text((1, 3, 224, 224))
    '1 x 3 x 224 x 224'
    """
    return times.join(map(size_text, shape))


@lru_cache(maxsize=16384)
def text(value: Size) -> str:
    """Return a formula as text; a network has many that are the same."""
    return formula_text(value)


@lru_cache(maxsize=8192, typed=True)
def size_text(size: Size | None) -> str:
    """Return a size as it stands in a product, in brackets if it is a sum; a question mark for None."""
    if size is None:
        return UNKNOWN
    found = text(size)
    return f"({found})" if any(sign in found for sign in "+- ") else found
