"""The matrix with a symbol for each weight, for small operators and for the eye."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from itertools import product as grid
from math import prod
from typing import Any

import numpy as np
import sympy

from convalgebra.errors import MemoryLimitError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.operators.filters import Filter
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.kron import Kron
from convalgebra.operators.points import PointProducts
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack
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
    if isinstance(operator, tuple(_TOGETHER)):
        parts = [symbolic_matrix(part) for part in operator.operands]
        return sympy.ImmutableSparseMatrix(_TOGETHER[type(operator)](parts))
    return _leaf(operator, rows, columns)


# How the matrices of the operands make the matrix of a combinator.
_TOGETHER: Mapping[type[Operator], Callable[[list[Any]], Any]] = {
    Transposed: lambda parts: parts[0].T,
    Kron: lambda parts: reduce(sympy.kronecker_product, parts),
    BlockDiag: lambda parts: sympy.diag(*parts),
    Sum: lambda parts: reduce(lambda a, b: a + b, parts),
    VStack: lambda parts: sympy.ImmutableSparseMatrix.vstack(*parts),
    HStack: lambda parts: sympy.ImmutableSparseMatrix.hstack(*parts),
}


def _leaf(operator: Operator, rows: int, columns: int) -> sympy.ImmutableSparseMatrix:
    match operator:
        case Filter() | Fixed():
            entries = {at: sympy.Rational(Fraction(v)) for at, v in operator.exact_entries().items()}
            return sympy.ImmutableSparseMatrix(rows, columns, entries)
        case PointProducts():
            (shape,) = operator.numeric_weight_shapes().values()
            weight = np.array(weight_symbols(operator.name, shape), object).reshape(shape)
            return sympy.ImmutableSparseMatrix(rows, columns, operator.symbolic_entries(weight))
        case Fourier():
            return _fourier(operator, rows)
    return _numbered(operator)


def _fourier(operator: Fourier, size: int) -> sympy.ImmutableSparseMatrix:
    if operator.modulus is not None:
        return sympy.ImmutableSparseMatrix(operator.build({}, np.dtype(np.int64)).toarray().tolist())
    turn = (2 if operator.inverse else -2) * sympy.pi * sympy.I / size
    scale = size if operator.inverse else 1
    return sympy.ImmutableSparseMatrix(size, size, lambda f, i: sympy.exp(turn * (f * i % size)) / scale)


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
