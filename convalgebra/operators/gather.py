"""Any choice of inputs, by their indices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convalgebra.errors import ArgumentError
from convalgebra.operators.described import Sizes
from convalgebra.operators.moves import Move
from convalgebra.proofs import Size
from convalgebra.sizes import as_size, number


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
