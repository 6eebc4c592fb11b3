"""Convolution at points: evaluate, multiply point by point, interpolate. Toom, Cook, Winograd, Fourier.

The middle step is one leaf, ``PointProducts``; how the kernel is evaluated along each axis is an
``Evaluation`` (at rational points) or a ``Spectrum`` (at roots of unity).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import prod
from typing import Any, TypeAlias

import numpy as np
import sympy
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.memory import index_bytes
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.fixed import Number, as_rational, in_dtype
from convalgebra.operators.fourier import modular_roots, root_of_unity, roots
from convalgebra.operators.leaves import check_groups, check_name, weight_latex
from convalgebra.proofs import Size
from convalgebra.sizes import as_size, exact_quotient, number, product
from convalgebra.values import constructor
from convalgebra.weights import Array


@dataclass(frozen=True)
class Evaluation:
    """A kernel of ``kernel`` taps taken as a polynomial, at rational points; ``None`` is infinity.

    It is used for ``tiles`` tiles alike. Its table is the Vandermonde matrix of the points, each row
    times its entry of ``scales``, by default 1.

    >>> Evaluation((0, 1, None), kernel=2).exact_table()
    [[1, 0], [1, 1], [0, 1]]
    """

    points: tuple[Number | None, ...]
    kernel: int
    tiles: Size = 1
    scales: tuple[Number, ...] | None = None

    def __post_init__(self) -> None:
        points = tuple(None if p is None else as_rational(p, "points") for p in self.points)
        if len(set(points)) != len(points) or not points:
            raise ArgumentError(f"points={self.points!r} must be different from each other, at least one")
        object.__setattr__(self, "points", points)
        if self.scales is not None:
            if len(self.scales) != len(points) or not all(self.scales):
                raise ArgumentError(f"scales={self.scales!r} must be {len(points)} numbers other than 0")
            object.__setattr__(self, "scales", tuple(as_rational(s, "scales") for s in self.scales))
        object.__setattr__(self, "kernel", number(as_size(self.kernel, "kernel_size", 1), "kernel_size"))
        object.__setattr__(self, "tiles", as_size(self.tiles, "tiles", least=1))

    def __repr__(self) -> str:
        return constructor(self)

    @property
    def size(self) -> Size:
        """The points of all tiles."""
        return self.tiles * len(self.points)

    def exact_table(self) -> list[list[Number]]:
        """Return the powers of each point, scaled."""
        rows = vandermonde(self.points, self.kernel)
        scales = self.scales or (1,) * len(rows)
        return [[as_rational(s * v, "scales") for v in row] for s, row in zip(scales, rows, strict=True)]

    def symbolic_table(self) -> list[list[sympy.Expr]]:
        """Return the powers of each point, for sympy."""
        return [[sympy.Rational(Fraction(v)) for v in row] for row in self.exact_table()]

    def table(self, dtype: np.dtype[Any]) -> Array:
        """Return the powers of each point, integers where they are."""
        rows = self.exact_table()
        return in_dtype([v for row in rows for v in row], dtype).reshape(len(rows), -1)

    def settled(self, values: Array) -> Array:
        """Return the values as they are."""
        return values


def vandermonde(points: tuple[Number | None, ...], columns: int) -> list[list[Number]]:
    """Return the rows (1, p, p^2, ...), and (0, ..., 0, 1) for infinity, written ``None``."""
    infinity: list[Number] = [*[0] * (columns - 1), 1]
    return [
        infinity if p is None else [as_rational(p**c, "points") for c in range(columns)] for p in points
    ]


@dataclass(frozen=True)
class Spectrum:
    """A kernel at the roots of unity: what its taps do to each frequency of a circular axis.

    Tap k turns frequency f by w^(f (k*dilation - lo)); a kernel longer than the axis wraps around.
    ``modulus`` as in ``Fourier``.

    >>> import convalgebra as ca
    >>> axis = ca.Axis(size=4, kernel=2, lo=1, padding_mode="circular")
    >>> Spectrum(axis, modulus=5).table(np.dtype(int)).tolist()
    [[1, 1], [3, 1], [4, 1], [2, 1]]
    """

    axis: Axis
    modulus: int | None = None

    def __post_init__(self) -> None:
        axis = self.axis
        if axis.padding_mode != "circular" or axis.stride != 1 or axis.outputs != axis.size:
            raise ArgumentError(
                f"axis={axis!r} must be circular, of stride 1, with as many outputs as inputs: only then "
                "is a convolution diagonal in frequencies"
            )
        if self.modulus is not None:
            root_of_unity(number(axis.size, "input_size"), self.modulus)

    def __repr__(self) -> str:
        return constructor(self)

    @property
    def kernel(self) -> Size:
        """The taps."""
        return self.axis.kernel

    @property
    def size(self) -> Size:
        """The frequencies."""
        return self.axis.size

    tiles = 1

    def _turns(self) -> Array:
        a = self.axis.numeric()
        return np.outer(np.arange(a.size), np.arange(a.kernel) * a.dilation - a.lo)

    def symbolic_table(self) -> list[list[sympy.Expr]]:
        """Return the turn of each frequency by each tap, for sympy."""
        n = number(self.axis.size, "input_size")
        if self.modulus is not None:
            rows = modular_roots(self._turns(), n, self.modulus).tolist()
            return [[sympy.Integer(v) for v in row] for row in rows]
        return [[sympy.exp(2 * sympy.pi * sympy.I * int(t % n) / n) for t in row] for row in self._turns()]

    def table(self, dtype: np.dtype[Any]) -> Array:
        """Return the turn of each frequency by each tap."""
        n = number(self.axis.size, "input_size")
        if self.modulus is not None:
            return modular_roots(self._turns(), n, self.modulus)
        return roots(self._turns(), n, dtype)

    def settled(self, values: Array) -> Array:
        """Return the values modulo the prime, where there is one; symbols are left as they are."""
        if self.modulus is None or values.dtype == object:
            return values
        if values.dtype.kind not in "iu":
            raise ArgumentError(
                f"weight: dtype {values.dtype} must be an integer one: modulo {self.modulus} "
                "there are no other numbers"
            )
        return values % self.modulus


Transform: TypeAlias = Evaluation | Spectrum


@dataclass(frozen=True, repr=False)
class PointProducts(Operator):
    """At every point, the channels mixed by what the kernel is there: one product per pair of channels.

    ``transforms`` holds one ``Evaluation`` or ``Spectrum`` per axis. The weight is that of a
    convolution, (out_channels, in_channels / groups, *kernel_size).
    Source: Winograd, "Arithmetic complexity of computations", 1980; Lavin and Gray, arXiv:1509.09308.

    >>> import convalgebra as ca
    >>> ca.PointProducts(1, 1, (ca.Evaluation((0, 1, None), kernel=2),)).matrix([[[3, 5]]]).toarray()
    array([[3, 0, 0],
           [0, 8, 0],
           [0, 0, 5]])
    """

    in_channels: Size
    out_channels: Size
    transforms: tuple[Transform, ...]
    groups: Size = 1
    name: str = "weight"

    def __post_init__(self) -> None:
        for field in ("in_channels", "out_channels", "groups"):
            object.__setattr__(self, field, as_size(getattr(self, field), field, least=1))
        transforms = self.transforms if isinstance(self.transforms, tuple) else ()
        if not transforms or not all(isinstance(t, Evaluation | Spectrum) for t in transforms):
            raise ArgumentError(f"transforms={self.transforms!r} must be a tuple of Evaluation or Spectrum")
        check_groups(self.in_channels, self.out_channels, self.groups)
        check_name(self.name)

    @property
    def input_shape(self) -> Sizes:
        """(in_channels, points along each axis)."""
        return (self.in_channels, *(t.size for t in self.transforms))

    @property
    def output_shape(self) -> Sizes:
        """(out_channels, points along each axis)."""
        return (self.out_channels, *(t.size for t in self.transforms))

    @property
    def in_group(self) -> Size:
        """Input channels of a group."""
        return exact_quotient(self.in_channels, self.groups)

    @property
    def own_weights(self) -> Mapping[str, Sizes]:
        """(out_channels, in_channels / groups, *kernel_size), as in PyTorch."""
        return {self.name: (self.out_channels, self.in_group, *(t.kernel for t in self.transforms))}

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """Those of the axes of the spectra."""
        return tuple(c for t in self.transforms if isinstance(t, Spectrum) for c in t.axis.conditions)

    @property
    def entries(self) -> Size:
        """Each pair of channels that meet, at each point."""
        return self.out_channels * self.in_group * product(t.size for t in self.transforms)

    taps = entries

    @property
    def rows_hit(self) -> Size:
        """Every row."""
        return product(self.output_shape)

    @property
    def columns_hit(self) -> Size:
        """Every column."""
        return product(self.input_shape)

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix: for each pair of channels a diagonal over the points."""
        weight = weights[self.name]
        tables = [t.table(dtype) for t in self.transforms]
        data = self._at_points(weight.astype(np.result_type(dtype, *tables)), tables)
        rows, columns = (number(n, "a size of this operator") for n in self.shape)
        index = np.dtype(f"i{index_bytes((rows, columns), data.size)}")
        out_channels, points, per_row = data.shape
        groups = number(self.groups, "groups")
        first = np.arange(out_channels, dtype=index) // (out_channels // groups) * per_row
        channel = first[:, None, None] + np.arange(per_row, dtype=index)
        indices = channel * points + np.arange(points, dtype=index)[:, None]
        pointers = np.arange(rows + 1, dtype=index) * per_row
        return sparse.csr_array((data.reshape(-1), indices.reshape(-1), pointers), shape=(rows, columns))

    def _at_points(self, weight: Array, tables: list[Array]) -> Array:
        """Return the kernel at every point, (out_channels, points, in_channels / groups)."""
        values = weight
        for axis, (transform, table) in enumerate(zip(self.transforms, tables, strict=True), start=2):
            values = np.moveaxis(np.tensordot(values, table, axes=(axis, 1)), -1, axis)
            values = transform.settled(values)
        for axis, transform in enumerate(self.transforms, start=2):
            tiles = number(transform.tiles, "tiles")
            values = np.concatenate([values] * tiles, axis) if tiles > 1 else values
        points = prod(values.shape[2:])
        return np.ascontiguousarray(np.swapaxes(values.reshape(*values.shape[:2], points), 1, 2))

    def symbolic_entries(self, weight: Array) -> dict[tuple[int, int], sympy.Expr]:
        """Return the entries for a weight of symbols, exactly."""
        tables = [np.array(t.symbolic_table(), object) for t in self.transforms]
        data = self._at_points(weight, tables)
        points, group = data.shape[1], number(self.out_channels, "out_channels") // number(self.groups, "g")
        return {
            (o * points + p, (o // group * data.shape[2] + c) * points + p): value
            for (o, p, c), value in np.ndenumerate(data)
        }

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix as an operator: it has one entry per product."""
        return aslinearoperator(self.build(weights, dtype))

    def latex(self) -> str:
        r"""Return the operator in LaTeX."""
        sizes = reduce(lambda a, b: rf"{a} \times {b}", (latex(t.size) for t in self.transforms))
        return rf"\widehat{{{weight_latex(self.name)}}}_{{{sizes}}}"
