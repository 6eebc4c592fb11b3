"""The polyphase split: an image as its phases, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product as grid
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import ArgumentError
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.linear import function_operator
from convalgebra.operators.moves import Move
from convalgebra.proofs import Size
from convalgebra.sizes import as_size, ceil_div, number, product
from convalgebra.weights import Array


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
