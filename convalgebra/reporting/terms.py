"""The index formula of an operator as data: products of inputs and weights, and what they add to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy

from convalgebra.operators.described import Sizes
from convalgebra.proofs import Size, as_formula
from convalgebra.sizes import product


@dataclass(frozen=True)
class Range:
    """A running index from 0 to ``count - 1``; what it runs over decides its letter."""

    index: sympy.Symbol
    count: Size
    over: str


@dataclass(frozen=True)
class Stretch:
    """An array, or one of several that lie one after the other: where it starts, its shape, its number."""

    start: Size
    shape: Sizes
    part: int | None = None


@dataclass(frozen=True)
class Read:
    """An entry of a weight: the weight's name, its shape, and the entry's indices."""

    name: str
    shape: Sizes
    indices: tuple[sympy.Expr, ...]


@dataclass(frozen=True)
class Term:
    """For all indices in their ranges, ``gives[output] += factor * weights * reads[input]``.

    What falls outside of an array counts as 0, or is dropped. ``targets`` are the indices that an output
    is printed with: None where its place is written out. ``outside`` says that an index of the input can
    fall outside of it, ``beyond`` that one of the output can.
    """

    ranges: tuple[Range, ...]
    output: tuple[sympy.Expr, ...]
    input: tuple[sympy.Expr, ...]
    gives: Stretch
    reads: Stretch
    weights: tuple[Read, ...] = ()
    factor: sympy.Expr = sympy.S.One
    outside: bool = False
    beyond: bool = False
    targets: tuple[sympy.Symbol | None, ...] = ()

    def turned(self) -> Term:
        """Return the term of the transpose: inputs and outputs change places."""
        return replace(
            self,
            output=self.input,
            input=self.output,
            gives=self.reads,
            reads=self.gives,
            outside=self.beyond,
            beyond=self.outside,
        )

    def put(self, values: Mapping[Any, Any]) -> Term:
        """Return the term with formulas put for indices, all at once; the ranges stay."""
        return replace(
            self,
            output=tuple(e.xreplace(values) for e in self.output),
            input=tuple(e.xreplace(values) for e in self.input),
            weights=tuple(
                replace(w, indices=tuple(e.xreplace(values) for e in w.indices)) for w in self.weights
            ),
            factor=self.factor.xreplace(values),
        )


class Entry(sympy.Function):  # type: ignore[misc]
    """An entry of a table of fixed numbers: its letter, the table as nested tuples, the indices."""


class Root(sympy.Function):  # type: ignore[misc]
    """A power of a root of unity: of which order, the power, and the prime modulus or 0."""

    nargs = 3


class Present(sympy.Function):  # type: ignore[misc]
    """How many inputs a window holds: a letter, the output, and the formula that it stands for."""

    nargs = 3


class Wrapped(sympy.Function):  # type: ignore[misc]
    """A position on a line that is closed to a ring: the position, as it stands, and the length.

    sympy's own Mod would turn i - 1 into i + N - 1, which nobody writes.
    """

    nargs = 2


class Reflected(sympy.Function):  # type: ignore[misc]
    """A position reflected at both ends of a line: the position and the length of the line."""

    nargs = 2


def horner(indices: tuple[sympy.Expr, ...], shape: Sizes) -> sympy.Expr:
    """Return the place of an entry in the flattened array.

    >>> i, j = sympy.symbols("i j")
    >>> horner((i, j), (2, 3))
    3*i + j
    """
    place: sympy.Expr = sympy.Integer(0)
    for at, index in enumerate(indices):
        place = place + index * as_formula(product(shape[at + 1 :]))
    return place
