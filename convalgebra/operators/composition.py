"""One operator after another, and an operator turned round."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import ArgumentError, ShapeError, SymbolError
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.numeric import multiply
from convalgebra.operators.operands import OfOne, Several, grouped, tell_apart
from convalgebra.proofs import Size
from convalgebra.sizes import as_size, product, same_size
from convalgebra.values import constructor


@dataclass(frozen=True, repr=False)
class Transposed(OfOne):
    """The transpose of an operator, of the same weights. A transposed convolution is this.

    Its taps are those of the operator: every tap at every input of this one.

    >>> import convalgebra as ca
    >>> conv = ca.conv(1, 1, input_size=4, kernel_size=3)
    >>> conv.T.T is conv, conv.T.shape
    (True, (4, 2))
    """

    @property
    def T(self) -> Operator:
        """The operator itself."""
        return self.operator

    @property
    def input_shape(self) -> Sizes:
        """The shape of an input."""
        return self.operator.output_shape

    @property
    def output_shape(self) -> Sizes:
        """The shape of an output."""
        return self.operator.input_shape

    @property
    def rows_hit(self) -> Size:
        """The columns hit of the operator."""
        return self.operator.columns_hit

    @property
    def columns_hit(self) -> Size:
        """The rows hit of the operator."""
        return self.operator.rows_hit

    @property
    def stages(self) -> tuple[Operator, ...]:
        """The transposed stages in the other order, (A B)^T = B^T A^T; what is one stage stays one."""
        turned = self.operator.T
        if turned != self:
            return turned.stages
        stages = self.operator.stages
        return (self,) if stages == (self.operator,) else tuple(s.T for s in reversed(stages))

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the transposed matrix."""
        return self.operator.build(weights, dtype).T.tocsr()

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the transposed matrix-free operator."""
        return self.operator.apply(weights, dtype).T

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return rf"{grouped(self.operator)}^{{\mathsf T}}"

    def __repr__(self) -> str:
        if self != self.operator.T:
            return constructor(self)
        return f"({self.operator!r}).T" if isinstance(self.operator, Product) else f"{self.operator!r}.T"


@dataclass(frozen=True, repr=False)
class Product(Several):
    """Operators one after the other, the last one first: ``Product((A, B))`` is A B.

    The same name in two factors is the same weight; ``A @ B`` tells them apart.
    Raises ``ShapeError`` when an output does not fit the next input.

    >>> import convalgebra as ca
    >>> net = ca.pointwise(3, 8, (5, 5)) @ ca.depthwise(3, (7, 7), 3)
    >>> net.shape, net.multiplications
    ((200, 147), 1275)
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        for left, right in pairwise(self.operators):
            check_composable(left, right)

    @property
    def input_shape(self) -> Sizes:
        """The shape of an input of the last factor."""
        return self.operators[-1].input_shape

    @property
    def output_shape(self) -> Sizes:
        """The shape of an output of the first factor."""
        return self.operators[0].output_shape

    @property
    def entries(self) -> Size:
        """Not told by the structure: the entries of a product depend on how its factors meet."""
        raise self._no_single_matrix("entries")

    @property
    def taps(self) -> Size:
        """Not told by the structure."""
        raise self._no_single_matrix("taps")

    @property
    def rows_hit(self) -> Size:
        """Not told by the structure: seen in the pattern, once all is numbers."""
        if self.symbols:
            raise self._no_single_matrix("rows_hit")
        return self.hit_in_pattern(0)

    @property
    def columns_hit(self) -> Size:
        """Not told by the structure: seen in the pattern, once all is numbers."""
        if self.symbols:
            raise self._no_single_matrix("columns_hit")
        return self.hit_in_pattern(1)

    def _no_single_matrix(self, what: str) -> SymbolError:
        return SymbolError(
            f"{what}: the structure of a product does not tell it; ask its factors "
            "(op.operands), or count what op.matrix(weights) stores"
        )

    @property
    def applied(self) -> tuple[Operator, ...]:
        """The factors, the last one first."""
        return self.operators[::-1]

    @property
    def structured(self) -> bool:
        """Never: the entries of a product depend on how its factors meet."""
        return False

    @property
    def stages(self) -> tuple[Operator, ...]:
        """The stages of the factors."""
        return tuple(stage for factor in self.operators for stage in factor.stages)

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the product of the factors' matrices."""
        return reduce(multiply, (f.build(weights, dtype) for f in self.operators))

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix-free operator that applies the factors in turn."""
        return reduce(lambda a, b: a @ b, (f.apply(weights, dtype) for f in self.operators))

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return r" \, ".join(map(grouped, self.operators))

    def __repr__(self) -> str:
        if len(self.operators) < 2 or reduce(compose, self.operators) != self:
            return constructor(self)
        return " @ ".join(map(repr, self.operators))


@dataclass(frozen=True, repr=False)
class Reshaped(OfOne):
    """The same matrix with its input and output read in other shapes, of the same lengths.

    >>> import convalgebra as ca
    >>> shuffle = ca.Permutation((2, 3), (1, 0))
    >>> ca.Reshaped(shuffle, (6,), (6,)).output_shape
    (6,)
    """

    inputs: Sizes
    outputs: Sizes

    def __post_init__(self) -> None:
        super().__post_init__()
        for field, length in (
            ("inputs", self.operator.input_shape),
            ("outputs", self.operator.output_shape),
        ):
            given = getattr(self, field)
            if not isinstance(given, tuple) or not given:
                raise ArgumentError(f"{field}={given!r} must be a tuple of at least one size")
            shape = tuple(as_size(n, field, least=1) for n in given)
            object.__setattr__(self, field, shape)
            if not same_size(product(shape), product(length)):
                raise ShapeError(f"{field}={_listed(shape)} must be as long as {_listed(length)}")

    @property
    def input_shape(self) -> Sizes:
        """The shape in which the input is read."""
        return self.inputs

    @property
    def output_shape(self) -> Sizes:
        """The shape in which the output is read."""
        return self.outputs

    @property
    def T(self) -> Operator:
        """The transpose, its shapes the other way round."""
        return Reshaped(self.operator.T, self.outputs, self.inputs)

    @property
    def rows_hit(self) -> Size:
        """Those of the operator."""
        return self.operator.rows_hit

    @property
    def columns_hit(self) -> Size:
        """Those of the operator."""
        return self.operator.columns_hit

    @property
    def stages(self) -> tuple[Operator, ...]:
        """Those of the operator, read in their own shapes."""
        return self.operator.stages

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix of the operator."""
        return self.operator.build(weights, dtype)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix-free operator."""
        return self.operator.apply(weights, dtype)

    def latex(self) -> str:
        """Return the operator in LaTeX: a reshape changes no entry."""
        return self.operator.latex()


def compose(left: Operator, right: Operator) -> Operator:
    """Return ``left @ right``: products flattened, the two sides' weights told apart by a number.

    Within a side the same name stays the same weight.

    >>> import convalgebra as ca
    >>> (ca.conv(1, 1, 5, 3) @ ca.conv(1, 1, 7, 3)).weight_shapes
    {'weight_1': (1, 1, 3), 'weight_2': (1, 1, 3)}
    """
    sides = reversed(tell_apart([right, left]))
    return Product(tuple(f for op in sides for f in (op.operands if isinstance(op, Product) else (op,))))


def check_composable(left: Operator, right: Operator) -> None:
    """Raise ``ShapeError`` unless an output of ``right`` is an input of ``left``."""
    wanted, given = left.input_shape, right.output_shape
    flat = 1 in (len(wanted), len(given))
    pairs = [(product(wanted), product(given))] if flat else list(zip(wanted, given, strict=False))
    if (flat or len(wanted) == len(given)) and all(same_size(a, b) for a, b in pairs):
        return
    raise ShapeError(
        f"{left!r} @ {right!r}: the left operator takes an input of shape {_listed(wanted)}, "
        f"the right one gives an output of shape {_listed(given)}"
    )


def _listed(shape: Sizes) -> str:
    return f"({', '.join(map(str, shape))})"
