"""What a chapter is about: types, layers with some sizes given, pairs of them and plots of their ratio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from convalgebra.catalogue.types import find_type
from convalgebra.formulas import latex
from convalgebra.operators.base import Operator
from convalgebra.sizes import symbol


@dataclass(frozen=True)
class Layer:
    """A type of the catalogue with some arguments given; the others are those it is shown with."""

    type: str
    given: Mapping[str, Any] = field(default_factory=dict)

    def operator(self) -> Operator:
        """Return the operator.

        >>> Layer("pointwise", {"input_size": ("N", "N")}).operator().multiplications
        D*N**2*N_c
        """
        return find_type(self.type).make(**self.given)

    @property
    def put(self) -> tuple[str, ...]:
        r"""What stands for the names that the type is shown with, as equations in LaTeX.

        >>> Layer("conv", {"input_size": ("N", "N"), "kernel_size": 3}).put
        ('H = N', 'W = N', 'h = 3')
        """
        shown = find_type(self.type).shown_with
        pairs = [
            pair
            for name, value in self.given.items()
            if name in shown
            for pair in zip(_listed(shown[name]), _listed(value), strict=True)
        ]
        return tuple(
            f"{_latex(name)} = {_latex(value)}" for name, value in dict.fromkeys(pairs) if name != value
        )

    @property
    def options(self) -> tuple[str, ...]:
        """Stride, padding, dilation and groups where they are given as numbers, as equations in LaTeX."""
        letters = {"stride": "s", "padding": "p", "dilation": "l", "groups": "g"}
        return tuple(f"{letters[name]} = {value}" for name, value in self.given.items() if name in letters)


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _latex(size: Any) -> str:
    return latex(symbol(size) if isinstance(size, str) else size)


@dataclass(frozen=True)
class Plot:
    """A ratio over one symbol: a curve for each value of another, points at the ``measured`` sizes.

    ``span`` are the ends of the horizontal axis; ``rest`` the sizes of all other symbols.
    """

    symbol: str
    span: tuple[int, int]
    measured: tuple[int, ...]
    over: str
    members: tuple[int, ...]
    rest: Mapping[str, int]


@dataclass(frozen=True)
class Pair:
    """Two layers of which one takes the place of the other, and the plot of their ratio."""

    a: Layer
    b: Layer
    plot: Plot | None = None


@dataclass(frozen=True)
class Example:
    """A layer with names, and the numbers for them in a worked example."""

    layer: Layer
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class Subject:
    """A family: its chapter holds what is here.

    ``drawn`` are small layers for the pictures, ``large`` one of some thousand rows; ``sections`` are the
    sections of the ledger and ``theorems`` the identities that are told here; ``extra`` names a picture
    that only this family has.
    """

    key: str
    family: int
    types: tuple[str, ...]
    examples: tuple[Example, ...]
    drawn: tuple[Layer, ...]
    large: Layer
    pairs: tuple[Pair, ...] = ()
    sections: tuple[str, ...] = ()
    theorems: tuple[str, ...] = ()
    extra: str = ""
