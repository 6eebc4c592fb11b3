"""What the structure of an operator shows: that it is the identity, that it is a permutation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convalgebra.axis import Axis
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped, Transposed
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection
from convalgebra.operators.permutations import Permutation, Shuffle
from convalgebra.operators.phases import Phases
from convalgebra.operators.sidebyside import BlockDiag


def is_identity(operator: Operator) -> bool:
    """Say whether the structure shows that the matrix is the identity.

    >>> import convalgebra as ca
    >>> is_identity(ca.Kron((ca.Identity(2), ca.Shuffle(4, groups=4)))), is_identity(ca.Dense(1, 1))
    (True, False)
    """
    if isinstance(operator, Kron | BlockDiag | Product):
        return all(map(is_identity, operator.operators))
    if isinstance(operator, Reshaped | Transposed):
        return is_identity(operator.operator)
    trivial = _TRIVIAL.get(type(operator))
    return trivial is not None and trivial(operator)


# Of the leaves that may be an identity, when they are one.
_TRIVIAL: Mapping[type[Operator], Callable[[Any], bool]] = {
    Identity: lambda op: True,
    Permutation: lambda op: op.order == tuple(range(len(op.order))),
    Shuffle: lambda op: op.groups in (1, op.size),
    Gather: lambda op: op.indices == tuple(range(op.size)),
    Selection: lambda op: op.axis == Axis(op.axis.size, 1, padding_mode=op.axis.padding_mode),
    Fixed: lambda op: all(v == (i == j) for i, row in enumerate(op.rows) for j, v in enumerate(row)),
}


def is_permutation(operator: Operator) -> bool:
    """Say whether the structure shows that the matrix is a permutation.

    >>> import convalgebra as ca
    >>> is_permutation(ca.channel_shuffle("D", "N", groups="g")), is_permutation(ca.Gather(3, (0, 0, 1)))
    (True, False)
    """
    match operator:
        case Identity() | Permutation() | Shuffle():
            return True
        case Phases():
            return operator.residues is None
        case Gather():
            return sorted(operator.indices) == list(range(operator.size))
        case Kron() | BlockDiag() | Product():
            return all(map(is_permutation, operator.operators))
        case Reshaped() | Transposed():
            return is_permutation(operator.operator)
    return False
