"""The Kronecker product, and how it is run: stage by stage, sums and blocks brought outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import zip_longest
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.leaves import Identity
from convalgebra.operators.linear import kron_operator
from convalgebra.operators.operands import Several, grouped
from convalgebra.operators.permutations import Permutation
from convalgebra.operators.sidebyside import SideBySide, Sum
from convalgebra.proofs import Size
from convalgebra.sizes import product


@dataclass(frozen=True, repr=False)
class Kron(Several):
    """The Kronecker product A (x) B (x) ...: the first acts on the slowest index.

    >>> import convalgebra as ca
    >>> wide = ca.Kron((ca.Dense(2, 3), ca.Identity("n")))
    >>> wide.shape, wide.multiplications
    ((2*n, 3*n), 6*n)
    """

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
        """One, or by the mixed product rule (A B) (x) C = (A (x) I) (B (x) C), sums and blocks outside."""
        rows = _aligned(self)
        return tuple(stage for row in rows for stage in distributed(row))

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the Kronecker product of the matrices."""
        built = [op.build(weights, dtype) for op in self.operators]
        # An empty factor would make scipy forget the dtype.
        common = np.result_type(*(matrix.dtype for matrix in built))
        return reduce(lambda a, b: sparse.kron(a, b, format="csr"), built).astype(common, copy=False)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that acts axis by axis."""
        parts = [op.apply(weights, dtype) for op in self.operators]
        return kron_operator(parts, np.result_type(*(part.dtype for part in parts)))

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return r" \otimes ".join(grouped(op) for op in self.operators)


def _aligned(whole: Kron) -> tuple[Kron, ...]:
    """Pair off the stages of the operands from the input on; one that has ended does nothing."""
    if all(op.stages == (op,) for op in whole.operators):
        return (whole,)
    columns = [tuple(reversed(op.stages)) for op in whole.operators]
    rows: list[Kron] = []
    for steps in zip_longest(*columns):
        ended = zip(steps, whole.operators, strict=True)
        rows.append(Kron(tuple(s or identity_on(op.output_shape) for s, op in ended)))
    return tuple(reversed(rows))


def identity_on(shape: Sizes) -> Operator:
    """Return the identity on arrays of a shape, one identity per axis.

    >>> identity_on((2, 3))
    ca.Kron(operators=(ca.Identity(size=2), ca.Identity(size=3)))
    """
    return Identity(shape[0]) if len(shape) == 1 else Kron(tuple(Identity(n) for n in shape))


def distributed(row: Kron) -> tuple[Operator, ...]:
    """Return a Kronecker product as its stages, a sum or blocks among its operands brought outside.

    A sum distributes from any place. Blocks and stacks do from the first; elsewhere the operand is
    brought to the front by two permutations, which multiply nothing: A (x) B = P (B (x) A) Q.
    """
    place = next((at for at, op in enumerate(row.operators) if isinstance(op, SideBySide)), None)
    if place is None:
        return (row,)
    whole = row.operators[place]
    assert isinstance(whole, SideBySide)
    before, after = row.operators[:place], row.operators[place + 1 :]
    if not before or isinstance(whole, Sum):
        return (type(whole)(tuple(Kron((*before, part, *after)) for part in whole.operators)),)
    to_front = (place, *(at for at in range(len(row.operators)) if at != place))
    inputs, outputs = (tuple(op.shape[side] for op in row.operators) for side in (1, 0))
    front = Kron((whole, *before, *after))
    return (Permutation(outputs, to_front).T, *distributed(front), Permutation(inputs, to_front))
