"""The plainest leaves: the identity, a dense weight, the weights of one tap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.memory import index_bytes
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.linear import function_operator
from convalgebra.proofs import Size, as_formula, is_nonnegative, is_number
from convalgebra.sizes import SizeLike, as_size, exact_quotient, number, product, symbol
from convalgebra.weights import Array


@dataclass(frozen=True, repr=False)
class Identity(Operator):
    """The identity on ``size`` values: it moves nothing and multiplies nothing.

    >>> import convalgebra as ca
    >>> ca.Identity(2).matrix().toarray()
    array([[1, 0],
           [0, 1]])
    """

    size: Size

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", as_size(self.size, "size", least=1))

    @property
    def T(self) -> Operator:
        """The identity is its own transpose."""
        return self

    @property
    def input_shape(self) -> Sizes:
        """(size,)."""
        return (self.size,)

    output_shape = input_shape

    @property
    def entries(self) -> Size:
        """One in each row."""
        return self.size

    taps = rows_hit = columns_hit = entries

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the identity matrix."""
        return sparse.eye_array(number(self.size, "size"), dtype=dtype, format="csr")

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that hands its input on."""
        size = number(self.size, "size")
        return function_operator((size, size), dtype, lambda x: x, lambda y: y)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return f"I_{{{latex(self.size)}}}"


@dataclass(frozen=True, repr=False)
class Dense(Operator):
    """A full matrix that is itself the weight, shape (rows, columns).

    >>> import convalgebra as ca
    >>> ca.Dense(2, 3, name="mix").weight_shapes
    {'mix': (2, 3)}
    """

    rows: Size
    columns: Size
    name: str = "weight"

    def __post_init__(self) -> None:
        for field in ("rows", "columns"):
            object.__setattr__(self, field, as_size(getattr(self, field), field, least=1))
        check_name(self.name)

    @property
    def input_shape(self) -> Sizes:
        """(columns,)."""
        return (self.columns,)

    @property
    def output_shape(self) -> Sizes:
        """(rows,)."""
        return (self.rows,)

    @property
    def own_weights(self) -> Mapping[str, Sizes]:
        """The matrix."""
        return {self.name: (self.rows, self.columns)}

    @property
    def entries(self) -> Size:
        """Every one."""
        return self.rows * self.columns

    taps = entries

    @property
    def rows_hit(self) -> Size:
        """Every row."""
        return self.rows

    @property
    def columns_hit(self) -> Size:
        """Every column."""
        return self.columns

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the weight, its zeros stored."""
        return dense_csr(weights[self.name].astype(dtype, copy=False))

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the weight as an operator."""
        return aslinearoperator(weights[self.name].astype(dtype))

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return rf"{weight_latex(self.name)}_{{{latex(self.rows)} \times {latex(self.columns)}}}"


@dataclass(frozen=True, repr=False)
class TapWeights(Operator):
    """The weights of one tap: the matrix W_k that mixes channels, block diagonal over the groups.

    It reads position ``tap`` of a weight (out, in/groups, *kernel). It is the left factor of each
    term of ``C = sum_k W_k (x) S_k``. With ``tap=()`` it is the weights of all taps side by side: the
    matrix of im2col, its weight flattened to (out, in/groups * taps).

    >>> import convalgebra as ca
    >>> ca.TapWeights(2, 2, 2, (3,), (1,)).matrix([[[1, 2, 3]], [[4, 5, 6]]]).toarray()
    array([[2, 0],
           [0, 5]])
    """

    out_channels: Size
    in_channels: Size
    groups: Size
    kernel_size: Sizes
    tap: tuple[int, ...]
    name: str = "weight"

    def __post_init__(self) -> None:
        for field in ("out_channels", "in_channels", "groups"):
            object.__setattr__(self, field, as_size(getattr(self, field), field, least=1))
        check_groups(self.in_channels, self.out_channels, self.groups)
        check_name(self.name)
        if not all(isinstance(field, tuple) for field in (self.kernel_size, self.tap)):
            raise ArgumentError(f"kernel_size={self.kernel_size!r} and tap={self.tap!r} must be tuples")
        if self.tap and len(self.tap) != len(self.kernel_size):
            raise ArgumentError(f"tap={self.tap} must have one entry per axis of {self.kernel_size}")
        kernel = tuple(as_size(m, "kernel_size", least=1) for m in self.kernel_size)
        object.__setattr__(self, "kernel_size", kernel)
        for k, m in zip(self.tap, kernel, strict=False):
            if is_nonnegative(as_size(k, "tap", least=0) - m):
                raise ArgumentError(f"tap={self.tap} must be below the kernel {kernel} on each axis")

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """The groups divide both numbers of channels."""
        return (*divides(self.groups, self.in_channels), *divides(self.groups, self.out_channels))

    @property
    def input_shape(self) -> Sizes:
        """(in_channels,), for all taps (in_channels * taps,)."""
        return (self.in_channels * self._side_by_side,)

    @property
    def _side_by_side(self) -> Size:
        """How many taps this is of."""
        return 1 if self.tap else product(self.kernel_size)

    @property
    def output_shape(self) -> Sizes:
        """(out_channels,)."""
        return (self.out_channels,)

    @property
    def own_weights(self) -> Mapping[str, Sizes]:
        """The weight of the whole convolution, flattened for all taps."""
        in_group = exact_quotient(self.in_channels, self.groups)
        rest = (in_group, *self.kernel_size) if self.tap else (in_group * self._side_by_side,)
        return {self.name: (self.out_channels, *rest)}

    @property
    def entries(self) -> Size:
        """Each output channel joins the input channels of its group."""
        return self.out_channels * exact_quotient(self.in_channels, self.groups) * self._side_by_side

    taps = entries

    @property
    def rows_hit(self) -> Size:
        """Every row."""
        return self.out_channels

    @property
    def columns_hit(self) -> Size:
        """Every column."""
        return self.input_shape[0]

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the tap's matrix, zeros stored."""
        place: Any = (slice(None), slice(None), *self.tap)
        tap = weights[self.name][place].astype(dtype, copy=False)
        blocks = np.split(tap, number(self.groups, "groups"))
        return sparse.block_diag([dense_csr(block) for block in blocks], format="csr")

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the tap's matrix as an operator: it is as small as its weights."""
        return aslinearoperator(self.build(weights, dtype))

    def latex(self) -> str:
        r"""Return the operator in LaTeX: the weight, and which tap of it.

        >>> import convalgebra as ca
        >>> ca.TapWeights(2, 2, 1, (3, 3), (0, 1), name="pointwise").latex()
        '\\mathrm{pointwise}_{0,1}'
        """
        letter = weight_latex(self.name)
        return f"{letter}_{{{','.join(map(str, self.tap))}}}" if self.tap else letter


def weight_latex(name: str) -> str:
    r"""Return a weight's name in LaTeX; the one of no name of its own is W.

    >>> weight_latex("weight"), weight_latex("pointwise_1")
    ('W', '\\mathrm{pointwise\\_1}')
    """
    return "W" if name == "weight" else rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"


def dense_csr(matrix: Array) -> sparse.csr_array:
    """Return a dense matrix as CSR with every entry stored, zeros too."""
    rows, columns = matrix.shape
    index = np.dtype(f"i{index_bytes(matrix.shape, matrix.size)}")
    indices = np.tile(np.arange(columns, dtype=index), rows)
    indptr = np.arange(rows + 1, dtype=index) * index.type(columns)
    return sparse.csr_array((matrix.flatten(), indices, indptr), shape=matrix.shape)


def check_groups(in_channels: SizeLike, out_channels: SizeLike, groups: SizeLike) -> None:
    """Raise ``ArgumentError`` unless the groups divide both numbers of channels."""
    for field, given in (("in_channels", in_channels), ("out_channels", out_channels)):
        check_divides(as_size(groups, "groups", least=1), as_size(given, field, least=1), field)


def check_divides(groups: Size, whole: Size, argument: str) -> None:
    """Raise ``ArgumentError`` when the groups surely do not divide a size."""
    if sympy.Eq(sympy.Mod(whole, groups), 0) == sympy.false:
        choices = sympy.divisors(whole) if is_number(whole) else ["1", whole]
        raise ArgumentError(
            f"groups={groups} must divide {argument}={whole}; it may be {', '.join(map(str, choices))}"
        )


def divides(groups: Size, whole: Size) -> tuple[sympy.Basic, ...]:
    """Return the condition that the groups divide a size; nothing where they surely do."""
    if as_formula(exact_quotient(whole, groups)).is_integer:
        return ()
    return (sympy.Eq(sympy.Mod(whole, groups), 0),)


def check_name(name: object) -> None:
    """Raise ``ArgumentError`` unless a weight's name is one that can be printed and looked up."""
    symbol(name)  # type: ignore[arg-type]
