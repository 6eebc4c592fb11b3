"""Permutations: the axes of an array in another order, the channel shuffle."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.leaves import check_divides, divides
from convalgebra.operators.linear import function_operator
from convalgebra.operators.moves import Move
from convalgebra.proofs import Size, as_formula
from convalgebra.sizes import as_size, exact_quotient, number, product
from convalgebra.weights import Array


@dataclass(frozen=True, repr=False)
class Permutation(Move):
    """An array of shape ``sizes`` with its axes in another order: axis ``order[a]`` becomes axis a.

    As matrices: the channel shuffle, the pixel shuffle, and the perfect shuffle P with
    P (A (x) B) P.T = B (x) A. Raises ``ArgumentError`` unless ``order`` is an order of the axes.

    >>> import convalgebra as ca
    >>> shuffle = ca.Permutation((2, 3), (1, 0))
    >>> shuffle.matrix() @ np.arange(6)
    array([0, 3, 1, 4, 2, 5])
    >>> shuffle.T
    ca.Permutation(sizes=(3, 2), order=(1, 0))
    """

    sizes: Sizes
    order: tuple[int, ...]

    def __post_init__(self) -> None:
        sizes = self.sizes if isinstance(self.sizes, tuple) else ()
        if not sizes:
            raise ArgumentError(f"sizes={self.sizes!r} must be a tuple of at least one size")
        object.__setattr__(self, "sizes", tuple(as_size(n, "sizes", least=1) for n in sizes))
        order = self.order if isinstance(self.order, tuple) else ()
        if sorted(map(repr, order)) != sorted(map(repr, range(len(sizes)))):
            raise ArgumentError(f"order={self.order!r} must be {tuple(range(len(sizes)))} in some order")

    @property
    def T(self) -> Operator:
        """The permutation back: the transpose of a permutation is its inverse."""
        back = tuple(self.order.index(a) for a in range(len(self.order)))
        return Permutation(self.output_shape, back)

    @property
    def input_shape(self) -> Sizes:
        """The sizes."""
        return self.sizes

    @property
    def output_shape(self) -> Sizes:
        """The sizes in the new order."""
        return tuple(self.sizes[a] for a in self.order)

    @property
    def entries(self) -> Size:
        """One in each row."""
        return product(self.sizes)

    def source(self) -> NDArray[np.int64]:
        """Return the places of the old array in the order of the new one."""
        sizes = [number(n, "sizes") for n in self.sizes]
        return np.arange(np.prod(sizes, dtype=np.int64)).reshape(sizes).transpose(self.order).reshape(-1)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that turns the axes round: no table of places is held."""
        sizes = tuple(number(n, "sizes") for n in self.sizes)
        return turned_axes(sizes, self.order, dtype)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        below = r" \times ".join(map(latex, self.sizes))
        return rf"\Pi_{{{below}}}" if len(self.sizes) == 2 else rf"\Pi^{{({self._cycle()})}}_{{{below}}}"

    def _cycle(self) -> str:
        return r"\,".join(str(a + 1) for a in self.order)


@dataclass(frozen=True, repr=False)
class Shuffle(Move):
    """The shuffle of ``size`` values in ``groups`` groups: the first of each, then the second of each.

    It is the perfect shuffle P with P (A (x) B) P.T = B (x) A for A of ``groups`` rows.
    Raises ``ArgumentError`` unless the groups divide the size. Source: Zhang et al., arXiv:1707.01083.

    >>> import convalgebra as ca
    >>> ca.Shuffle(6, groups=2).matrix() @ np.arange(6)
    array([0, 3, 1, 4, 2, 5])
    >>> ca.Shuffle("D", groups="g").conditions
    (Eq(Mod(D, g), 0),)
    """

    size: Size
    groups: Size

    def __post_init__(self) -> None:
        for field in ("size", "groups"):
            object.__setattr__(self, field, as_size(getattr(self, field), field, least=1))
        check_divides(self.groups, self.size, "size")

    @property
    def T(self) -> Operator:
        """The shuffle back, which has as many groups as this one has values in a group."""
        in_group = exact_quotient(self.size, self.groups)
        if as_formula(in_group).is_integer:
            return Shuffle(self.size, in_group)
        return super().T

    @property
    def input_shape(self) -> Sizes:
        """(size,)."""
        return (self.size,)

    output_shape = input_shape

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """The groups divide the size."""
        return divides(self.groups, self.size)

    @property
    def entries(self) -> Size:
        """One in each row."""
        return self.size

    def source(self) -> NDArray[np.int64]:
        """Return the values group by group, read across the groups."""
        size, groups = number(self.size, "size"), number(self.groups, "groups")
        return np.arange(size).reshape(groups, size // groups).T.reshape(-1)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that turns (groups, in a group) round: no table of places is held."""
        size, groups = number(self.size, "size"), number(self.groups, "groups")
        return turned_axes((groups, size // groups), (1, 0), dtype)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return rf"\Pi_{{{latex(self.groups)}}}"


def turned_axes(sizes: tuple[int, ...], order: tuple[int, ...], dtype: np.dtype[Any]) -> LinearOperator:
    """Return the operator that puts the axes of an array of ``sizes`` in another order, by a view."""
    turned, total = tuple(sizes[a] for a in order), prod(sizes)
    back = tuple(order.index(a) for a in range(len(order)))

    def turn(x: Array, sizes: tuple[int, ...], order: tuple[int, ...]) -> Array:
        columns = x.shape[1:]
        return (
            x.reshape(*sizes, *columns)
            .transpose(*order, *range(len(order), x.ndim + len(order) - 1))
            .reshape(total, *columns)
        )

    return function_operator(
        (total, total), dtype, lambda x: turn(x, sizes, order), lambda y: turn(y, turned, back)
    )
