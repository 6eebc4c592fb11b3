"""Names for what a derivation calls something by, that no size of the user's bears."""

from __future__ import annotations

import sympy


def fresh(
    letter: str, layer: int | None, axis: int | None, used: set[str], rational: bool = False
) -> sympy.Symbol:
    """Return a symbol with the layer and the axis as its index, and remember its name.

    >>> used = {"M_1"}
    >>> fresh("M", 1, None, used), fresh("M", 2, 1, used)
    (MM_1, M_2_1)
    """
    tail = "".join(f"_{at}" for at in (layer, axis) if at is not None)
    name = letter + tail
    while name in used:
        letter = letter + letter[0]
        name = letter + tail
    used.add(name)
    return sympy.Symbol(name, positive=True, **({} if rational else {"integer": True}))
