"""Which tap of which kernel each stored entry of a matrix comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray
from scipy import sparse

from convalgebra.drawing.colours import SEVERAL, Colours, kernel_colours
from convalgebra.operators.base import Operator
from convalgebra.operators.local import LocallyConnected
from convalgebra.operators.moves import Unfold
from convalgebra.sizes import number
from convalgebra.weights import Array

Kernels = Mapping[str, tuple[int, ...]]
Build = Callable[[Mapping[str, Array]], sparse.csr_array]


_CHANGES: tuple[Callable[[Array], Array], ...] = (lambda t: t, lambda t: t * t, lambda t: 2 * t)


@dataclass(frozen=True)
class Taps:
    """The tap of each stored entry, in CSR order: numbered from 1 through the kernels in their order.

    0 stands for an entry that several taps made, or none.
    """

    numbers: NDArray[np.int64]
    kernels: Kernels

    @property
    def count(self) -> int:
        """How many taps there are."""
        return sum(map(prod, self.kernels.values()))

    @property
    def colours(self) -> Colours:
        """The colour of each tap, row t that of tap t; a kernel's do not depend on the others."""
        return np.vstack([to_rgba(SEVERAL), *map(kernel_colours, self.kernels.values())])


def taps_of(
    operator: Operator, build: Build, matrix: sparse.csr_array, kernels: Kernels | None = None
) -> Taps:
    """Return the taps of a matrix that ``build`` has made from weights of the operator.

    ``kernels`` are those of ``kernels_of``, of a whole that the operator may be a factor of.

    >>> import convalgebra as ca
    >>> conv = ca.conv(1, 1, 4, 3)
    >>> taps_of(conv, conv.matrix, conv.matrix([[[5, 0, 7]]])).numbers
    array([1, 2, 3, 1, 2, 3])
    """
    known = kernels_of(operator) if kernels is None else kernels
    own: dict[str, tuple[int, ...]] = {}
    numbers: dict[str, Array] = {}
    first = 1
    for name, shape in operator.numeric_weight_shapes().items():
        own[name], taps = known[name], prod(known[name])
        # The kernel's axes are the last ones of every weight.
        numbers[name] = (np.arange(prod(shape), dtype=np.int64) % taps + first).reshape(shape)
        first += taps
    return Taps(_told(build, matrix, numbers, first - 1), own)


def weights_of(operator: Operator, build: Build, matrix: sparse.csr_array) -> NDArray[np.int64]:
    """Return the weight of each stored entry: numbered from 1 through the operator's weights, row-major.

    0 stands for an entry that several weights made, or none.

    >>> import convalgebra as ca
    >>> mix = ca.pointwise(2, 1, 2)
    >>> weights_of(mix, mix.matrix, mix.matrix([[[1], [1]]])).tolist()
    [1, 2, 1, 2]
    """
    numbers: dict[str, Array] = {}
    first = 1
    for name, shape in operator.numeric_weight_shapes().items():
        numbers[name] = np.arange(first, first + prod(shape), dtype=np.int64).reshape(shape)
        first += prod(shape)
    return _told(build, matrix, numbers, first - 1)


def _told(
    build: Build, matrix: sparse.csr_array, numbers: Mapping[str, Array], count: int
) -> NDArray[np.int64]:
    """Return which of the numbers each entry is, once; 0 where it is none of them.

    Three more matrices tell: an entry that is one weight, once, is t for a weight t, t*t for t*t, 2*t
    for 2*t; a sum of several is not the first two, a product of several not the last.
    """
    once, squared, twice = (
        build({name: change(weight) for name, weight in numbers.items()}) for change in _CHANGES
    )
    # A product of factors may lose an entry that comes out as 0 for some weights: then none is told.
    if not all(_same_pattern(matrix, other) for other in (once, squared, twice)):
        return np.zeros(matrix.nnz, np.int64)
    # Close is enough: transforms by frequency round.
    told = np.rint(once.data.real).astype(np.int64)
    single = (told >= 1) & (told <= count) & np.isclose(once.data, told)
    single &= np.isclose(squared.data, told**2) & np.isclose(twice.data, 2 * told)
    return np.where(single, told, 0)


def _same_pattern(a: sparse.csr_array, b: sparse.csr_array) -> bool:
    return np.array_equal(a.indptr, b.indptr) and np.array_equal(a.indices, b.indices)


def kernels_of(operator: Operator) -> Kernels:
    """Return the kernel of each weight: its last axes; a dense one beside unfolded windows has theirs.

    >>> import convalgebra as ca
    >>> kernels_of(ca.depthwise_separable(2, 3, (5, 5), 3))
    {'depthwise': (3, 3), 'pointwise': (1, 1)}
    >>> kernels_of(ca.im2col(2, 3, (5, 5), 3))
    {'weight': (3, 3)}
    """
    ranks, windows = _kernel_ranks(operator), _unfolded(operator)
    kernels: dict[str, tuple[int, ...]] = {}
    for name, shape in operator.numeric_weight_shapes().items():
        kernels[name] = shape[len(shape) - ranks[name] :]
        if ranks[name] == 0 and windows and shape[-1] % prod(windows) == 0:
            kernels[name] = windows
    return kernels


def _unfolded(operator: Operator) -> tuple[int, ...]:
    """Return the kernel whose windows im2col copies; nothing where there is none."""
    found = tuple(
        number(part.axis.kernel, "kernel_size") for part in operator.operands if isinstance(part, Unfold)
    )
    return found or next(filter(None, map(_unfolded, operator.operands)), ())


def _kernel_ranks(operator: Operator) -> dict[str, int]:
    """Return how many of the last axes of each weight are the kernel's; those before are channels."""
    ranks: dict[str, Any] = {}
    for part in operator.operands:
        ranks |= _kernel_ranks(part)
    for name, shape in operator.own_weights.items():
        local = isinstance(operator, LocallyConnected)  # (out, *outputs, in, *kernel)
        ranks[name] = (len(shape) - 2) // 2 if local else max(len(shape) - 2, 0)
    return ranks
