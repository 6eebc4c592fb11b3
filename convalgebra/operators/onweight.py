"""The same outputs as an operator on the weight: im2col, wherever an operator is linear in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.leaves import check_name
from convalgebra.operators.operands import grouped
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack
from convalgebra.proofs import Size
from convalgebra.sizes import number, product
from convalgebra.weights import Array


@dataclass(frozen=True, repr=False)
class OnWeight(Operator):
    """The operator X with ``op.matrix(w) @ x == X.matrix(x) @ w.ravel()``: its own weight is the input x.

    Its input are the weights of ``operator``, flattened and one after the other in the order of
    ``weight_shapes``. Raises ``ArgumentError`` for an operator without weights, or with weights in
    several factors that are run one after the other: it is not linear in these.
    Source: Chellapilla et al., "High performance convolutional neural networks", 2006 (im2col).

    >>> import convalgebra as ca
    >>> ca.OnWeight(ca.conv(1, 1, 3, 2)).matrix([[5, 6, 7]]).toarray()
    array([[5, 6],
           [6, 7]])
    """

    operator: Operator
    name: str = "x"

    def __post_init__(self) -> None:
        check_name(self.name)
        if not isinstance(self.operator, Operator) or not self.operator.weight_shapes:
            raise ArgumentError(f"operator={self.operator!r} must be an operator with a weight")
        _check_linear(self.operator)

    @property
    def operands(self) -> tuple[Operator, ...]:
        """None: the operator's weights are this one's input, not its weights."""
        return ()

    @property
    def input_shape(self) -> Sizes:
        """The parameters of the operator, or the shape of its only weight."""
        shapes = list(self.operator.weight_shapes.values())
        return shapes[0] if len(shapes) == 1 else (sum((product(s) for s in shapes), start=0),)

    @property
    def output_shape(self) -> Sizes:
        """The output of the operator."""
        return self.operator.output_shape

    @property
    def own_weights(self) -> Mapping[str, Sizes]:
        """The input of the operator."""
        return {self.name: self.operator.input_shape}

    @property
    def conditions(self) -> Any:
        """Those of the operator."""
        return self.operator.conditions

    @property
    def entries(self) -> Size:
        """One for each product of a weight with an input value."""
        return self.operator.multiplications

    @property
    def taps(self) -> Size:
        """Those of the operator."""
        return self.operator.mult_adds

    @property
    def rows_hit(self) -> Size:
        """The rows that the operator hits."""
        return self.operator.rows_hit

    @property
    def columns_hit(self) -> Size:
        """The weights that are used, seen in the pattern: numbers only."""
        return self.hit_in_pattern(1)

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix X(x)."""
        x = weights[self.name].reshape(-1).astype(dtype, copy=False)
        return on_weight(self.operator, x)

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix as an operator."""
        return aslinearoperator(self.build(weights, dtype))

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return rf"X_{{{grouped(self.operator)}}}"


def _check_linear(operator: Operator) -> None:
    weighted = [stage for stage in operator.stages if stage.weight_shapes]
    if len(weighted) > 1:
        raise ArgumentError(
            f"operator: {operator!r} is not linear in its weights together, since several factors have "
            f"some: {', '.join(repr(stage) for stage in weighted)}; ask each factor"
        )
    for stage in weighted:
        if isinstance(stage, Sum | BlockDiag | VStack | HStack):
            for part in stage.operators:
                if not part.weight_shapes:
                    raise ArgumentError(
                        f"operator: {part!r} stands beside operators with weights and has none: the output "
                        "is not linear in the weights, it has a part without them"
                    )
                _check_linear(part)


def on_weight(operator: Operator, x: Array) -> sparse.csr_array:
    """Return the matrix that takes the weights of an operator to its output at the input x."""
    shapes = operator.numeric_weight_shapes()
    if len(x) != operator.shape[1]:
        raise ShapeError(f"x: an input of {len(x)} values does not fit, it must be {operator.input_shape}")
    sizes = [prod(shape) for shape in shapes.values()]
    starts = dict(zip(shapes, accumulate(sizes, initial=0), strict=False))
    numbered = {
        name: np.arange(1 + starts[name], 1 + starts[name] + prod(shape)).reshape(shape)
        for name, shape in shapes.items()
    }
    return _of_stages(operator, numbered, x, sum(sizes))


def _of_stages(operator: Operator, numbered: Weights, x: Array, parameters: int) -> sparse.csr_array:
    """Run the stages before the one with weights on x, take that one apart, run those after it."""
    rows = number(operator.shape[0], "the outputs")
    result: sparse.csr_array | None = None
    for stage in reversed(operator.stages):
        if stage.weight_shapes:
            result = _of_stage(stage, numbered, x, parameters)
        elif result is None:
            x = stage.matrix() @ x
        else:
            result = (stage.matrix() @ result).tocsr()
            result.sort_indices()  # a product of sparse matrices leaves them in any order
    return sparse.csr_array((rows, parameters), dtype=x.dtype) if result is None else result


def _of_stage(stage: Operator, numbered: Weights, x: Array, parameters: int) -> sparse.csr_array:
    ends = list(accumulate((part.shape[1] for part in stage.operands), initial=0))
    match stage:
        case Sum():
            terms = (_of_stages(part, numbered, x, parameters) for part in stage.operators)
            return reduce(lambda a, b: a + b, terms)
        case VStack():
            return sparse.vstack([_of_stages(p, numbered, x, parameters) for p in stage.operators], "csr")
        case BlockDiag() | HStack():
            pieces = [
                _of_stages(part, numbered, x[begin:end], parameters)
                for part, begin, end in zip(stage.operators, ends, ends[1:], strict=False)
            ]
            if isinstance(stage, BlockDiag):
                return sparse.vstack(pieces, "csr")
            return reduce(lambda a, b: a + b, pieces)
    # Every entry of such a stage is one weight; a matrix of their numbers says which.
    own = {name: numbered[name] for name in stage.weight_shapes}
    which = stage.matrix(own).tocoo()
    rows, columns = which.coords
    places = (rows, which.data.astype(np.int64) - 1)
    return sparse.coo_array((x[columns], places), shape=(which.shape[0], parameters)).tocsr()
