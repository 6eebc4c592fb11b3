"""A theorem as a derivation: at which sizes its two sides are shown, and the steps between them."""

from __future__ import annotations

from math import log
from typing import Any

from convalgebra.derivation.chains import chain, parts
from convalgebra.derivation.derivation import Derivation
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.operators.permutations import Shuffle
from convalgebra.operators.sidebyside import SideBySide
from convalgebra.sizes import product
from convalgebra.theorems.table import find_identity
from convalgebra.theorems.theorem import Theorem

Sizes = dict[str, Any]

# Of so many drawn sizes the plainest is shown.
_CHOICE = 60
# Matrices of about so many cells are neither trivial nor long to write.
_SHOWN_CELLS = 48


def derive_identity(name: str | Theorem) -> Derivation:
    """Return the derivation of a theorem of ``ca.identities()``: from its left side to its right one.

    The left side is expanded by definition and rewritten by the rules of the algebra, each step with the
    name of its rule, and the right side likewise; where the rules do not bring the two together, one step
    says "entry by entry" and is checked as such. The operators shown are those at small sizes;
    ``verify`` derives and checks the chain again at others.

    Raises ``ArgumentError`` for a name that is no theorem's.

    >>> print(derive_identity("mixed product"))
    (a ⊗ b) · (c ⊗ d) = (a · c) ⊗ (b · d)    [mixed product]
    if A has as many columns as C rows, B as many as D
    """
    theorem = name if isinstance(name, Theorem) else find_identity(name)
    sizes = _shown_sizes(theorem)
    left, right = theorem.left(**sizes), theorem.right(**sizes)
    return Derivation(
        "identity",
        theorem.name,
        (theorem, left, right),
        chain(theorem, sizes),
        (),
        (),
        right,
        sizes=tuple(sizes.items()),
    )


def _shown_sizes(theorem: Theorem) -> Sizes:
    """Return the drawn sizes at which the sides are neither trivial nor large."""

    def dislike(sizes: Sizes) -> float:
        left, right = theorem.left(**sizes), theorem.right(**sizes)
        rows, columns = left.shape
        return (
            abs(log(rows * columns / _SHOWN_CELLS))
            + _triviality(left)
            + _triviality(right)
            + _plainness(sizes)
        )

    return min(theorem.drawn(_CHOICE), key=dislike)


def _plainness(sizes: Sizes) -> float:
    """Say how many of the options that are drawn do nothing."""
    idle = 0.0
    for name in ("stride", "dilation", "groups", "g", "q", "factor", "r"):
        given = sizes.get(name, 2)
        idle += all(v == 1 for v in given) if isinstance(given, tuple) else given == 1
    return idle


def _triviality(side: Operator) -> float:
    """Say how little a side shows: single taps, single blocks, shuffles that do nothing, many axes."""
    found = list(parts(side))
    convs = [part for part in found if isinstance(part, Conv)]
    dull = 2.0 * (bool(convs) and all(product(conv.kernel_size) == 1 for conv in convs))
    dull += sum(isinstance(part, Shuffle) and part.groups in (1, part.size) for part in found)
    dull += sum(isinstance(part, SideBySide) and len(part.operators) == 1 for part in found)
    return dull + sum(0.3 * (len(conv.axes) - 1) + 0.2 * float(product(conv.kernel_size)) for conv in convs)
