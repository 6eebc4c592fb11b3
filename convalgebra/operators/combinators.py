"""Operators side by side: Kronecker products, block diagonals and sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import zip_longest
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import ArgumentError, ShapeError, SymbolError
from convalgebra.operators.base import Operator, Sizes, Weights
from convalgebra.operators.composition import check_operators, grouped, tell_apart
from convalgebra.operators.leaves import Identity
from convalgebra.operators.linear import block_operator, kron_operator
from convalgebra.proofs import Size
from convalgebra.sizes import product, same_size


@dataclass(frozen=True, repr=False)
class Kron(Operator):
    """The Kronecker product A (x) B (x) ...: the first acts on the slowest index.

    >>> import convalgebra as ca
    >>> wide = ca.Kron((ca.Dense(2, 3), ca.Identity("n")))
    >>> wide.shape, wide.multiplications
    ((2*n, 3*n), 6*n)
    """

    operators: tuple[Operator, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "operators", check_operators(self.operators, self))
        self.weight_shapes  # noqa: B018 - one name, two shapes: better said now
        for op in self.operators:
            if any(isinstance(stage, Sum | BlockDiag) for stage in op.stages):
                raise ArgumentError(
                    f"operators: {op!r} is run in several parts side by side; take the Kronecker product "
                    "of each part, then Sum or BlockDiag of these"
                )

    @property
    def T(self) -> Operator:
        """The transpose of a Kronecker product: the Kronecker product of the transposes."""
        return Kron(tuple(op.T for op in self.operators))

    @property
    def input_shape(self) -> Sizes:
        """The input shapes, one after the other."""
        return tuple(size for op in self.operators for size in op.input_shape)

    @property
    def output_shape(self) -> Sizes:
        """The output shapes, one after the other."""
        return tuple(size for op in self.operators for size in op.output_shape)

    @property
    def entries(self) -> Size:
        """The product of the entries."""
        return product(op.entries for op in self.operators)

    @property
    def taps(self) -> Size:
        """The product of the taps."""
        return product(op.taps for op in self.operators)

    @property
    def rows_hit(self) -> Size:
        """The product of the rows hit."""
        return product(op.rows_hit for op in self.operators)

    @property
    def columns_hit(self) -> Size:
        """The product of the columns hit."""
        return product(op.columns_hit for op in self.operators)

    @property
    def stages(self) -> tuple[Operator, ...]:
        """One, or by the mixed product rule (A B) (x) C = (A (x) I) (B (x) C)."""
        return _aligned(self)

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the Kronecker product of the matrices."""
        built = (op.build(weights, dtype) for op in self.operators)
        # An empty factor would make scipy forget the dtype.
        return reduce(lambda a, b: sparse.kron(a, b, format="csr"), built).astype(dtype, copy=False)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that acts axis by axis."""
        return kron_operator([op.apply(weights, dtype) for op in self.operators], dtype)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return r" \otimes ".join(grouped(op) for op in self.operators)


@dataclass(frozen=True, repr=False)
class _SideBySide(Operator):
    """Operators that are run apart, one by one: their counts add up."""

    operators: tuple[Operator, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "operators", check_operators(self.operators, self))
        self.weight_shapes  # noqa: B018 - one name, two shapes: better said now

    @property
    def T(self) -> Operator:
        """The transposes, side by side in the same way."""
        return type(self)(tuple(op.T for op in self.operators))

    @property
    def entries(self) -> Size:
        """Those of the operands, summed; what two terms of a sum have in one place counts twice."""
        return sum((op.entries for op in self.operators), start=0)

    @property
    def taps(self) -> Size:
        """Those of the operands, summed."""
        return sum((op.taps for op in self.operators), start=0)

    @property
    def products(self) -> Size:
        """The multiplications of the operands."""
        return sum((op.multiplications for op in self.operators), start=0)

    @property
    def tap_products(self) -> Size:
        """The mult_adds of the operands."""
        return sum((op.mult_adds for op in self.operators), start=0)

    @property
    def sums(self) -> Size:
        """The additions of the operands."""
        return sum((op.additions for op in self.operators), start=0)


@dataclass(frozen=True, repr=False)
class BlockDiag(_SideBySide):
    """Operators side by side, each on its own stretch of the input: a grouped convolution is one.

    >>> import convalgebra as ca
    >>> ca.BlockDiag((ca.Dense(2, 3, name="a"), ca.Dense(1, 2, name="b"))).shape
    (3, 5)
    """

    @property
    def input_shape(self) -> Sizes:
        """The input shapes, stacked along the first axis where the others agree."""
        return _stacked([op.input_shape for op in self.operators])

    @property
    def output_shape(self) -> Sizes:
        """The output shapes, stacked along the first axis where the others agree."""
        return _stacked([op.output_shape for op in self.operators])

    @property
    def rows_hit(self) -> Size:
        """The sum of the rows hit."""
        return sum((op.rows_hit for op in self.operators), start=0)

    @property
    def columns_hit(self) -> Size:
        """The sum of the columns hit."""
        return sum((op.columns_hit for op in self.operators), start=0)

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the block-diagonal matrix."""
        return sparse.block_diag([op.build(weights, dtype) for op in self.operators], format="csr")

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that acts block by block."""
        return block_operator([op.apply(weights, dtype) for op in self.operators], dtype)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return rf"\operatorname{{blockdiag}}\left({', '.join(op.latex() for op in self.operators)}\right)"


@dataclass(frozen=True, repr=False)
class Sum(_SideBySide):
    """Operators on the same input whose outputs are added; the same name is the same weight.

    Its counts are those of running the terms one by one and adding up what they give.
    Raises ``ShapeError`` when the shapes differ.

    >>> import convalgebra as ca
    >>> ca.Sum((ca.Dense(2, 2), ca.Identity(2))).matrix([[1, 2], [3, 4]]).toarray()
    array([[2, 2],
           [3, 5]])
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        first = self.operators[0].shape
        for op in self.operators[1:]:
            if not all(map(same_size, first, op.shape)):
                raise ShapeError(f"Sum: a term of shape {op.shape} does not fit one of shape {first}")

    @property
    def input_shape(self) -> Sizes:
        """That of the terms."""
        return self.operators[0].input_shape

    @property
    def output_shape(self) -> Sizes:
        """That of the terms."""
        return self.operators[0].output_shape

    @property
    def sums(self) -> Size:
        """The additions of the terms, and those that bring together what they give."""
        return super().sums + sum((op.rows_hit for op in self.operators), start=0) - self.rows_hit

    @property
    def rows_hit(self) -> Size:
        """All rows, where one term hits them all; otherwise the structure does not tell."""
        return self._all_of(0, [op.rows_hit for op in self.operators])

    @property
    def columns_hit(self) -> Size:
        """All columns, where one term hits them all; otherwise the structure does not tell."""
        return self._all_of(1, [op.columns_hit for op in self.operators])

    def _all_of(self, side: int, hits: Sequence[Size]) -> Size:
        if any(same_size(hit, self.shape[side]) for hit in hits):
            return self.shape[side]
        if not self.symbols:
            return self.hit_in_pattern(side)
        raise SymbolError(
            f"{'rows_hit' if side == 0 else 'columns_hit'}: no term of this sum hits every "
            f"{'row' if side == 0 else 'column'}, and the structure does not tell how the terms "
            "overlap; ask the convolution that was expanded"
        )

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the sum of the matrices, stored zeros kept."""
        built = [op.build(weights, dtype).tocoo() for op in self.operators]
        rows, columns = (np.concatenate([b.coords[side] for b in built]) for side in (0, 1))
        data = np.concatenate([b.data for b in built])
        return sparse.coo_array((data, (rows, columns)), shape=built[0].shape).tocsr()

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that adds up what the terms give."""
        return reduce(lambda a, b: a + b, (op.apply(weights, dtype) for op in self.operators))

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return " + ".join(op.latex() for op in self.operators)


def add(left: Operator, right: object) -> Operator:
    """Return ``left + right``: two branches on one input, weights of the same name told apart.

    >>> import convalgebra as ca
    >>> (ca.conv(1, 1, 5, 3, padding=1) + ca.conv(1, 1, 5, 5, padding=2)).weight_shapes
    {'weight_1': (1, 1, 3), 'weight_2': (1, 1, 5)}
    """
    if not isinstance(right, Operator):
        raise ArgumentError(f"operator + {type(right).__name__}: the right side must be an operator too")
    sides = tell_apart([left, right])
    return Sum(tuple(t for op in sides for t in (op.operators if isinstance(op, Sum) else (op,))))


def _aligned(whole: Kron) -> tuple[Operator, ...]:
    """Pair off the stages of the operands from the input on; one that has ended does nothing."""
    if all(op.stages == (op,) for op in whole.operators):
        return (whole,)
    columns = [tuple(reversed(op.stages)) for op in whole.operators]
    rows = []
    for steps in zip_longest(*columns):
        ended = zip(steps, whole.operators, strict=True)
        rows.append(Kron(tuple(s or _identity_on(op.output_shape) for s, op in ended)))
    return tuple(reversed(rows))


def _identity_on(shape: Sizes) -> Operator:
    return Identity(shape[0]) if len(shape) == 1 else Kron(tuple(Identity(n) for n in shape))


def _stacked(shapes: Sequence[Sizes]) -> Sizes:
    first = shapes[0]
    alike = all(len(s) == len(first) and all(map(same_size, s[1:], first[1:])) for s in shapes[1:])
    if not alike:
        return (sum((product(s) for s in shapes), start=0),)
    return (sum((s[0] for s in shapes), start=0), *first[1:])
