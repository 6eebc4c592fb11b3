"""Names for what a derivation calls something by, that no size of the user's bears."""

from __future__ import annotations

import sympy

from convalgebra.axis import Axis
from convalgebra.proofs import as_formula


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


def names_of(axis: Axis) -> set[str]:
    """Return the names of the symbols in the sizes of an axis.

    >>> sorted(names_of(Axis("N", "m", stride=2)))
    ['N', 'm']
    """
    sizes = (axis.size, axis.kernel, axis.stride, axis.lo, axis.hi, axis.dilation)
    return {s.name for size in sizes for s in as_formula(size).free_symbols}
