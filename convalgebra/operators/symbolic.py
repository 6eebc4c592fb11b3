"""The matrix with a symbol for each weight, for small operators and for the eye."""

from __future__ import annotations

from functools import reduce
from itertools import product as grid
from math import prod
from typing import Any

import numpy as np
import sympy

from convalgebra.errors import MemoryLimitError
from convalgebra.operators.base import Operator
from convalgebra.operators.combinators import BlockDiag, Kron, Sum
from convalgebra.operators.composition import Transposed
from convalgebra.sizes import number

# Beyond this a symbolic matrix takes minutes and helps nobody's eye.
MOST_CELLS = 1_000_000


def symbolic_matrix(operator: Operator) -> sympy.ImmutableSparseMatrix:
    """Return the sympy matrix of an operator, one symbol per weight."""
    rows, columns = (number(n, "a size of this operator") for n in operator.shape)
    if rows * columns > MOST_CELLS:
        raise MemoryLimitError(
            f"the {rows} x {columns} symbolic matrix would have {rows * columns} cells, over {MOST_CELLS}: "
            "it is for small operators; use op.matrix(weight)"
        )
    if operator.stages != (operator,):
        return reduce(lambda a, b: a * b, map(symbolic_matrix, operator.stages))
    parts = [symbolic_matrix(part) for part in operator.operands]
    match operator:
        case Transposed():
            return parts[0].T
        case Kron():
            return sympy.ImmutableSparseMatrix(reduce(sympy.kronecker_product, parts))
        case BlockDiag():
            return sympy.ImmutableSparseMatrix(sympy.diag(*parts))
        case Sum():
            return reduce(lambda a, b: a + b, parts)
    return _numbered(operator)


def _numbered(stage: Operator) -> sympy.ImmutableSparseMatrix:
    """Build a leaf with its weights numbered from 1, then put the symbol for each number."""
    shapes = stage.numeric_weight_shapes()
    numbered: dict[str, Any] = {
        name: np.arange(1, prod(shape) + 1).reshape(shape) for name, shape in shapes.items()
    }
    symbols = [s for name, shape in shapes.items() for s in weight_symbols(name, shape)]
    matrix = stage.build(numbered, np.dtype(np.int64)).tocoo()
    values = [symbols[v - 1] for v in matrix.data] if symbols else map(int, matrix.data)
    places = zip(matrix.coords[0].tolist(), matrix.coords[1].tolist(), strict=True)
    return sympy.ImmutableSparseMatrix(*matrix.shape, dict(zip(places, values, strict=True)))


def weight_symbols(name: str, shape: tuple[int, ...]) -> list[sympy.Symbol]:
    """Return the symbols of a weight, row-major; channels are left out where there is only one of each.

    >>> weight_symbols("weight", (1, 1, 2)), weight_symbols("mix", (1, 2))
    ([w_{0}, w_{1}], [mix_{0,0}, mix_{0,1}])
    """
    letter = "w" if name == "weight" else name
    first = 2 if len(shape) > 2 and shape[:2] == (1, 1) else 0
    return [
        sympy.Symbol(f"{letter}_{{{','.join(map(str, index[first:]))}}}")
        for index in grid(*map(range, shape))
    ]
