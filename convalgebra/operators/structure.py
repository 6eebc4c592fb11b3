"""The structure of an operator as one line of text: which matrices it is made of, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from convalgebra.formulas import text
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped, Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.filters import Filter
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity, TapWeights
from convalgebra.operators.local import LocallyConnected
from convalgebra.operators.moves import Selection, Unfold
from convalgebra.operators.onaxis import options_text
from convalgebra.operators.onweight import OnWeight
from convalgebra.operators.permutations import Permutation, Shuffle
from convalgebra.operators.phases import Phases
from convalgebra.operators.points import PointProducts
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack

# Blocks or terms beyond the first and the last are left out from this number on.
_MANY = 4


def structure(operator: Operator) -> str:
    """Return the structure in plain text: ⊗ Kronecker product, · product, ⊕ block diagonal.

    >>> import convalgebra as ca
    >>> structure(ca.conv(1, 1, (5, 5), 3))
    'Σ_k W_k ⊗ S_k1 ⊗ S_k2'
    >>> structure(ca.channel_shuffle("D", ("H", "W"), groups="g"))
    'Π(g) ⊗ I(H) ⊗ I(W)'
    """
    if isinstance(operator, Reshaped):
        return structure(operator.operator)
    if isinstance(operator, Transposed):
        return f"{_in_brackets(operator.operator)}ᵀ"
    for kind, write in _COMBINED.items():
        if isinstance(operator, kind):
            return write(operator.operands)
    return _LEAVES[type(operator)](operator)


def _some(parts: list[str]) -> list[str]:
    return parts if len(parts) <= _MANY else [parts[0], "…", parts[-1]]


def _in_brackets(operator: Operator) -> str:
    inside = structure(operator)
    simple = not _has_space_outside(inside) and not inside.endswith("ᵀ")
    return inside if simple else f"({inside})"


def _has_space_outside(text: str) -> bool:
    """Say whether a text has a space that no brackets enclose, as in "a · b" and not in "I(H - 2)"."""
    depth = 0
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        if sign == " " and depth == 0:
            return True
    return False


_COMBINED: Mapping[type[Operator], Callable[[Sequence[Operator]], str]] = {
    Product: lambda parts: " · ".join(map(_in_brackets, parts)),
    Kron: lambda parts: " ⊗ ".join(map(_in_brackets, parts)),
    Sum: lambda parts: " + ".join(_some(list(map(structure, parts)))),
    BlockDiag: lambda parts: " ⊕ ".join(_some(list(map(_in_brackets, parts)))),
    VStack: lambda parts: f"[{'; '.join(_some(list(map(structure, parts))))}]",
    HStack: lambda parts: f"[{', '.join(_some(list(map(structure, parts))))}]",
}


def _conv(operator: Any) -> str:
    axes = " ⊗ ".join(f"S_k{at}{options_text(axis)}" for at, axis in enumerate(operator.axes, start=1))
    weight = f"flip({_named(operator)})" if operator.flip else _named(operator)
    return f"Σ_k {weight}_k ⊗ {axes}"


def _named(operator: Any) -> str:
    return "W" if operator.name == "weight" else str(operator.name)


def _numbers(values: Iterable[int]) -> str:
    return ",".join(map(str, values))


_LEAVES: Mapping[type[Operator], Callable[[Any], str]] = {
    Conv: _conv,
    Identity: lambda op: f"I({text(op.size)})",
    Dense: _named,
    TapWeights: lambda op: f"{_named(op)}_{_numbers(op.tap)}" if op.tap else _named(op),
    Selection: lambda op: f"S_{text(op.tap)}{options_text(op.axis)}({text(op.axis.size)})",
    Shuffle: lambda op: f"Π({text(op.groups)})",
    Permutation: lambda op: f"Π({_numbers(a + 1 for a in op.order)})",
    Phases: lambda op: f"R({_numbers(op.steps)})",
    Gather: lambda op: f"G({len(op.indices)}×{op.size})",
    Unfold: lambda op: f"E{options_text(op.axis)}({text(op.axis.kernel)})",
    Filter: lambda op: f"{op.label}{options_text(op.axis)}({text(op.axis.kernel)})",
    Fixed: lambda op: f"T({len(op.rows)}×{len(op.rows[0])})",
    Fourier: lambda op: f"F({text(op.size)})" + ("⁻¹" if op.inverse else ""),
    PointProducts: lambda op: f"diag({_named(op)}^)",
    LocallyConnected: lambda op: f"L({_named(op)})",
    OnWeight: lambda op: f"X[{structure(op.operator)}]",
}
