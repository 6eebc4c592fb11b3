"""Leaves that only move values: each row of the 0/1 matrix takes one input, or none.

Padding, cropping, decimation, permutation and im2col are all such moves; turned round they insert
zeros and add up. They hold no weight and multiply nothing. A kind of move answers one question in
numbers, ``source``: which input each row takes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product as grid
from math import prod
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.memory import index_bytes
from convalgebra.operators.base import Operator, Sizes, Weights
from convalgebra.operators.leaves import check_divides, divides
from convalgebra.operators.linear import function_operator
from convalgebra.proofs import Size, as_formula, is_nonnegative
from convalgebra.sizes import as_size, ceil_div, exact_quotient, number, product
from convalgebra.weights import Array


class Move(Operator):
    """What the moves share: a 0/1 matrix with at most one entry in each row."""

    @abstractmethod
    def source(self) -> NDArray[np.int64]:
        """Return which input each row takes; -1 where it takes none. Numbers only."""

    @property
    def taps(self) -> Size:
        """One for each row."""
        return product(self.output_shape)

    @property
    def rows_hit(self) -> Size:
        """Those that take an input."""
        return self.entries

    @property
    def columns_hit(self) -> Size:
        """Each input that is taken is taken once."""
        return self.entries

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the 0/1 matrix."""
        source, columns = self.source(), number(self.shape[1], "the input")
        taken = source >= 0
        index = np.dtype(f"i{index_bytes((len(source), columns), len(source))}")
        pointers = np.zeros(len(source) + 1, index)
        np.cumsum(taken, out=pointers[1:])
        places = source[taken].astype(index)
        shape = (len(source), columns)
        return sparse.csr_array((np.ones(len(places), dtype), places, pointers), shape=shape)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that picks its inputs, and backwards adds to them."""
        source, columns = self.source(), number(self.shape[1], "the input")
        rows = np.flatnonzero(source >= 0)

        def pick(x: Array) -> Array:
            y = np.zeros((len(source), *x.shape[1:]), x.dtype)
            y[rows] = x[source[rows]]
            return y

        def give_back(y: Array) -> Array:
            x = np.zeros((columns, *y.shape[1:]), y.dtype)
            np.add.at(x, source[rows], y[rows])
            return x

        return function_operator((len(source), columns), dtype, pick, give_back)


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


@dataclass(frozen=True, repr=False)
class Selection(Move):
    """The 0/1 matrix S_k of one tap along one axis: output i takes the input that the tap reads.

    Stride, padding, padding mode and dilation live here and nowhere else. With a kernel of 1 it is
    the operator that pads (or crops): conv(padded) = conv(valid) @ Selection.

    >>> import convalgebra as ca
    >>> ca.Selection(ca.Axis(size=3, kernel=3, lo=1, hi=1), tap=0).matrix().toarray()
    array([[0, 0, 0],
           [1, 0, 0],
           [0, 1, 0]])
    """

    axis: Axis
    tap: Size

    def __post_init__(self) -> None:
        object.__setattr__(self, "tap", as_size(self.tap, "tap", least=0))
        if not isinstance(self.axis, Axis):
            raise ArgumentError(f"axis={self.axis!r} must be an Axis")
        if is_nonnegative(self.tap - self.axis.kernel):
            raise ArgumentError(f"tap={self.tap} must be below the kernel of {self.axis.kernel}")

    @property
    def input_shape(self) -> Sizes:
        """(inputs,)."""
        return (self.axis.size,)

    @property
    def output_shape(self) -> Sizes:
        """(outputs,)."""
        return (self.axis.outputs,)

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """Those of the axis."""
        return self.axis.conditions

    @property
    def entries(self) -> Size:
        """One for each output at which the tap reads an input."""
        return self.axis.outputs_inside(self.tap)

    @property
    def columns_hit(self) -> Size:
        """Under zero padding no input is taken twice; otherwise they are looked up."""
        if self.axis.padding_mode == "zeros":
            return self.entries
        return len(np.unique(self.source()))

    def source(self) -> NDArray[np.int64]:
        """Return the input that the tap reads at each output."""
        return self.axis.inputs_read_by(number(self.tap, "tap"))

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return f"S_{{{latex(self.tap)}}}"


@dataclass(frozen=True, repr=False)
class Unfold(Move):
    """The windows of an axis one after the other: row (i, k) takes what tap k reads at output i.

    It is im2col along one axis: with it a convolution is a block-diagonal matrix product.
    Source: Chellapilla et al., "High performance convolutional neural networks", 2006, section 3.

    >>> import convalgebra as ca
    >>> ca.Unfold(ca.Axis(size=3, kernel=2)).matrix().toarray()
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """

    axis: Axis

    def __post_init__(self) -> None:
        if not isinstance(self.axis, Axis):
            raise ArgumentError(f"axis={self.axis!r} must be an Axis")

    @property
    def input_shape(self) -> Sizes:
        """(inputs,)."""
        return (self.axis.size,)

    @property
    def output_shape(self) -> Sizes:
        """(outputs, kernel)."""
        return (self.axis.outputs, self.axis.kernel)

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """Those of the axis."""
        return self.axis.conditions

    @property
    def entries(self) -> Size:
        """One for each tap that reads an input, at each output."""
        return self.axis.taps_inside

    @property
    def columns_hit(self) -> Size:
        """The inputs that at least one output reads."""
        return self.axis.inputs_hit

    def source(self) -> NDArray[np.int64]:
        """Return the table of inputs read, row by row."""
        return self.axis.inputs_read().reshape(-1)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return f"E_{{{latex(self.axis.kernel)}}}"


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


@dataclass(frozen=True, repr=False)
class Phases(Move):
    """The polyphase split: positions of one residue modulo ``steps`` after those of another.

    An input (channels, *size) becomes its phases, each (channels, ...), the phases in the order of
    their residues. ``residues`` lists those wanted along each axis, in order; by default all of them,
    and the matrix is then a permutation. Steps are numbers, sizes may be names.
    Source: Vaidyanathan, "Multirate systems and filter banks", 1993, section 4.3.

    >>> import convalgebra as ca
    >>> ca.Phases((1, 5), (2,)).matrix() @ np.arange(5)
    array([0, 2, 4, 1, 3])
    """

    sizes: Sizes
    steps: tuple[int, ...]
    residues: tuple[tuple[int, ...], ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.sizes, tuple) or len(self.sizes) < 2:
            raise ArgumentError(f"sizes={self.sizes!r} must be a tuple (channels, *size)")
        object.__setattr__(self, "sizes", tuple(as_size(n, "sizes", least=1) for n in self.sizes))
        if not isinstance(self.steps, tuple) or len(self.steps) != len(self.sizes) - 1:
            raise ArgumentError(
                f"steps={self.steps!r} must be a tuple with one step per axis of {self.sizes}"
            )
        steps = tuple(number(as_size(s, "steps", least=1), "steps") for s in self.steps)
        object.__setattr__(self, "steps", steps)
        if self.residues is None:
            return
        per_axis = self.residues if isinstance(self.residues, tuple) else ()
        fits = len(per_axis) == len(steps) and all(
            isinstance(listed, tuple)
            and listed
            and len(set(listed)) == len(listed)
            and set(listed) <= set(range(s))
            for listed, s in zip(per_axis, steps, strict=True)
        )
        if not fits:
            raise ArgumentError(
                f"residues={self.residues!r} must hold, for each axis, a tuple of different numbers below "
                f"its step, of {steps}"
            )

    @property
    def phases(self) -> tuple[tuple[int, ...], ...]:
        """The residues of each phase, in order."""
        wanted = self.residues or tuple(tuple(range(step)) for step in self.steps)
        return tuple(grid(*wanted))

    @property
    def phase_sizes(self) -> tuple[Sizes, ...]:
        """The size of each phase, in order, without the channels."""
        return tuple(
            tuple(ceil_div(n - r, s) for n, r, s in zip(self.sizes[1:], phase, self.steps, strict=True))
            for phase in self.phases
        )

    @property
    def input_shape(self) -> Sizes:
        """(channels, *size)."""
        return self.sizes

    @property
    def output_shape(self) -> Sizes:
        """The phases one after the other, as one axis."""
        if self.residues is None:
            return (product(self.sizes),)
        return (self.sizes[0] * sum((product(size) for size in self.phase_sizes), start=0),)

    @property
    def entries(self) -> Size:
        """One in each row."""
        return self.output_shape[0]

    def source(self) -> NDArray[np.int64]:
        """Return the places of each phase, phase after phase."""
        sizes = [number(n, "sizes") for n in self.sizes]
        places = np.arange(np.prod(sizes, dtype=np.int64)).reshape(sizes)
        return np.concatenate([places[cut].reshape(-1) for cut in self._cuts()])

    def _cuts(self) -> Iterator[tuple[slice, ...]]:
        """Yield the strided slice that each phase is, the channels whole."""
        for phase in self.phases:
            yield slice(None), *(slice(r, None, s) for r, s in zip(phase, self.steps, strict=True))

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that cuts the phases out, and puts them back: no table of places is held."""
        sizes = tuple(number(n, "sizes") for n in self.sizes)
        rows, cuts = number(self.shape[0], "the output"), tuple(self._cuts())

        def cut_out(x: Array) -> Array:
            image = x.reshape(*sizes, -1)
            return np.concatenate([image[cut].reshape(-1, image.shape[-1]) for cut in cuts]).reshape(
                rows, *x.shape[1:]
            )

        def put_back(y: Array) -> Array:
            image, at = np.zeros((*sizes, prod(y.shape[1:])), y.dtype), 0
            for cut in cuts:
                place = image[cut]
                many = prod(place.shape[:-1])
                place[...] = y[at : at + many].reshape(place.shape)
                at += many
            return image.reshape(prod(sizes), *y.shape[1:])

        return function_operator((rows, prod(sizes)), dtype, cut_out, put_back)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        below = r" \times ".join(map(str, self.steps))
        return rf"R_{{{below}}}"


@dataclass(frozen=True, repr=False)
class Gather(Move):
    """Row i takes input ``indices[i]`` of ``size`` inputs: any choice, with repetition or without.

    >>> import convalgebra as ca
    >>> ca.Gather(3, (2, 0)).matrix().toarray()
    array([[0, 0, 1],
           [1, 0, 0]])
    """

    size: int
    indices: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", number(as_size(self.size, "size", least=1), "size"))
        if not isinstance(self.indices, tuple) or not self.indices:
            raise ArgumentError(f"indices={self.indices!r} must be a tuple of at least one index")
        indices = tuple(number(as_size(i, "indices", least=0), "indices") for i in self.indices)
        object.__setattr__(self, "indices", indices)
        if max(indices) >= self.size:
            raise ArgumentError(f"indices={self.indices!r} must all be below size={self.size}")

    @property
    def input_shape(self) -> Sizes:
        """(size,)."""
        return (self.size,)

    @property
    def output_shape(self) -> Sizes:
        """(indices,)."""
        return (len(self.indices),)

    @property
    def entries(self) -> Size:
        """One in each row."""
        return len(self.indices)

    @property
    def columns_hit(self) -> Size:
        """The different inputs that are taken."""
        return len(set(self.indices))

    def source(self) -> NDArray[np.int64]:
        """Return the indices."""
        return np.array(self.indices, np.int64)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return rf"G_{{{len(self.indices)} \times {self.size}}}"
