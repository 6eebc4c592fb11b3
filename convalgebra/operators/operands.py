"""What operators made of others share: a look at the operands, the names of their weights, brackets."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size


@dataclass(frozen=True, repr=False)
class Several(Operator):
    """An operator made of several, one name standing for one weight in all of them."""

    operators: tuple[Operator, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "operators", check_operators(self.operators, self))
        self.weight_shapes  # noqa: B018 - one name, two shapes: better said now than at the first use


@dataclass(frozen=True, repr=False)
class OfOne(Operator):
    """An operator that has the entries of another one, at other places or in another shape."""

    operator: Operator

    def __post_init__(self) -> None:
        check_operators((self.operator,), self)

    @property
    def entries(self) -> Size:
        """Those of the operator."""
        return self.operator.entries

    @property
    def taps(self) -> Size:
        """Those of the operator."""
        return self.operator.taps


def check_operators(operators: Any, made: Operator) -> tuple[Operator, ...]:
    """Return the operators as a tuple; raise ``ArgumentError`` unless they are at least one."""
    given = tuple(operators) if isinstance(operators, list | tuple) else ()
    if not given or not all(isinstance(op, Operator) for op in given):
        raise ArgumentError(
            f"operators={operators!r} must be a tuple of operators, at least one, "
            f"to make a {type(made).__name__}"
        )
    return given


def tell_apart(operators: list[Operator]) -> list[Operator]:
    """Rename weights so that no two operators share a name; numbers follow the order given.

    Names of one stem (``conv``, ``conv_2``) are all numbered anew when two are the same or one of
    several has no number; names that differ already are left alone.
    """
    stems: dict[str, list[tuple[int, str]]] = {}
    for position, operator in enumerate(operators):
        for name in operator.weight_shapes:
            stems.setdefault(re.sub(r"_\d+$", "", name), []).append((position, name))
    renamed: list[dict[str, str]] = [{} for _ in operators]
    for stem, places in stems.items():
        names = Counter(name for _, name in places)
        if len(places) > 1 and (stem in names or max(names.values()) > 1):
            for index, (position, name) in enumerate(places, start=1):
                renamed[position][name] = f"{stem}_{index}"
    return [op.renamed(names) for op, names in zip(operators, renamed, strict=True)]


def grouped(operator: Operator) -> str:
    """Return an operator's LaTeX, in brackets if it is a sum, a product or has an exponent already."""
    latex = operator.latex()
    simple = not operator.operands and "^" not in latex
    return latex if simple else rf"\left({latex}\right)"
