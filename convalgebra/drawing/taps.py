"""Which tap of which kernel each stored entry of a matrix comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from convalgebra.operators.base import Operator
from convalgebra.operators.local import LocallyConnected
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


def taps_of(operator: Operator, build: Build, matrix: sparse.csr_array) -> Taps:
    """Return the taps of a matrix that ``build`` has made from weights of the operator.

    Three more matrices tell: an entry that is one weight, once, is t for a weight t, t*t for t*t, 2*t
    for 2*t; a sum of several is not the first two, a product of several not the last.

    >>> import convalgebra as ca
    >>> conv = ca.conv(1, 1, 4, 3)
    >>> taps_of(conv, conv.matrix, conv.matrix([[[5, 0, 7]]])).numbers
    array([1, 2, 3, 1, 2, 3])
    """
    kernels, numbers = _numbered(operator)
    taps = Taps(np.zeros(matrix.nnz, np.int64), kernels)
    once, squared, twice = (
        build({name: change(weight) for name, weight in numbers.items()}) for change in _CHANGES
    )
    # A product of factors may lose an entry that comes out as 0 for some weights: then none is told.
    if not all(_same_pattern(matrix, other) for other in (once, squared, twice)):
        return taps
    # Close is enough: transforms by frequency round.
    told = np.rint(once.data.real).astype(np.int64)
    single = (told >= 1) & (told <= taps.count) & np.isclose(once.data, told)
    single &= np.isclose(squared.data, told**2) & np.isclose(twice.data, 2 * told)
    return Taps(np.where(single, told, 0), kernels)


def _same_pattern(a: sparse.csr_array, b: sparse.csr_array) -> bool:
    return np.array_equal(a.indptr, b.indptr) and np.array_equal(a.indices, b.indices)


def _numbered(operator: Operator) -> tuple[Kernels, dict[str, Array]]:
    """Return the kernels, and weights whose every entry is the number of its tap."""
    ranks = _kernel_ranks(operator)
    kernels: dict[str, tuple[int, ...]] = {}
    numbers: dict[str, Array] = {}
    first = 1
    for name, shape in operator.numeric_weight_shapes().items():
        kernel = shape[len(shape) - ranks[name] :]
        taps = np.arange(first, first + prod(kernel), dtype=np.int64).reshape(kernel)
        kernels[name], numbers[name] = kernel, np.broadcast_to(taps, shape)
        first += prod(kernel)
    return kernels, numbers


def _kernel_ranks(operator: Operator) -> dict[str, int]:
    """Return how many of the last axes of each weight are the kernel's; those before are channels."""
    ranks: dict[str, Any] = {}
    for part in operator.operands:
        ranks |= _kernel_ranks(part)
    for name, shape in operator.own_weights.items():
        local = isinstance(operator, LocallyConnected)  # (out, *outputs, in, *kernel)
        ranks[name] = (len(shape) - 2) // 2 if local else max(len(shape) - 2, 0)
    return ranks
