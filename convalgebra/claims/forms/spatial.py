"""Claims about a spatially separable convolution beside the plain one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import spatially_separable
from convalgebra.catalogue.forms import im2col
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured
from convalgebra.claims.forms.kernels import outer_products, what_products_satisfy
from convalgebra.claims.forms.matrices import in_numbers, in_symbols
from convalgebra.claims.forms.values import value
from convalgebra.counting.measure import measure
from convalgebra.operators.base import Operator
from convalgebra.properties.separation import separate
from convalgebra.sizes import symbol

IMAGES = [point for point in grid(N=range(3, 9), m=(2, 3, 5)) if point["N"] >= point["m"]]
WIDE = list(grid(H=(5, 8), W=(4, 6), m=(2, 3)))
GROWTH = symbol("t")


def plain(N: Any, m: Any) -> Operator:
    """Return the m x m convolution of an N x N image."""
    return conv(1, 1, (N, N), m)


def separable(N: Any, m: Any) -> Operator:
    """Return the m x 1 convolution of an N x N image, then the 1 x m one."""
    return spatially_separable(1, 1, (N, N), m)


def vertical(N: Any, m: Any) -> Operator:
    """Return the first of the two."""
    return separable(N, m).stages[-1]


def horizontal(N: Any, m: Any) -> Operator:
    """Return the second of the two, on what the first one leaves."""
    return separable(N, m).stages[0]


def vertical_first(H: Any, W: Any, m: Any) -> Operator:
    """Return the two on an image that is not square."""
    return spatially_separable(1, 1, (H, W), m)


def horizontal_first(H: Any, W: Any, m: Any) -> Operator:
    """Return the two in the other order."""
    first = conv(1, 1, (H, W), (1, m), name="horizontal")
    return conv(1, 1, first.output_size, (m, 1), name="vertical") @ first


def _as_kernel(weight: Any) -> np.ndarray[Any, Any]:
    return np.asarray(weight)[None, None]


def _two_passes(column: Any, row: Any, *, symbols: bool) -> list[list[Any]]:
    """Return the kernel that the two passes with this column and this row have: their only output's row."""
    op = separable(len(column), len(column))
    weights = {"vertical": _as_kernel(column)[..., None], "horizontal": _as_kernel(row)[:, :, None]}
    matrix = in_symbols(op, weights) if symbols else in_numbers(op, weights)
    return np.array(matrix.tolist()).reshape(len(column), -1).tolist()


def kernel_of_two_passes(kernel: Any, column: Any, row: Any) -> Judge:
    """Return the judge of a claim that a kernel is a column times a row."""
    return value(
        f"the kernel of the two passes {column}, {row}",
        [list(line) for line in kernel],
        lambda: _two_passes(column, row, symbols=True),
        lambda: _two_passes(column, row, symbols=False),
    )


def products_satisfy(equation: Callable[..., Any]) -> Judge:
    """Return the judge of a claim that a 2 x 2 kernel is a product iff ``equation(a, b, c, d)`` is 0.

    By derivation: the equations that are left when the weights are eliminated. By measurement: all
    kernels modulo 3 are tried, and all products.
    """

    def judge() -> Iterator[Finding]:
        said = [equation(*sympy.symbols("a b c d"))]
        yield derived("a 2 x 2 kernel (a, b; c, d) in two passes", said, what_products_satisfy())
        products = outer_products(2, 3)
        solutions = {kernel for kernel in product(range(3), repeat=4) if equation(*kernel) % 3 == 0}
        yield measured("products among the kernels modulo 3", len(solutions), len(products))
        yield measured("of these, solutions", len(products), len(products & solutions))

    return judge


def matrix_products(*ops: Operator) -> list[int]:
    """Return how many products with a matrix of weights each operator takes, as im2col runs it."""
    return [sum(1 for stage in op.stages if stage.weight_shapes) for op in ops]


def as_im2col(N: Any, m: Any) -> tuple[Operator, Operator]:
    """Return the plain convolution and the two passes, each pass as a matrix of weights times windows."""
    first = im2col(1, 1, (N, N), (m, 1), name="vertical")
    second = im2col(1, 1, first.output_size, (1, m), name="horizontal")
    return im2col(1, 1, (N, N), m), second @ first


def second_below(products: list[int]) -> bool:
    """Say whether the second number, that of the two passes, is below the first, the plain one's."""
    plain_one, separable_one = products
    return separable_one < plain_one


def run_matrix_products(*ops: Operator) -> list[int]:
    """Return the same, seen in the factors: those that multiply something."""
    return [sum(measure(stage).multiplications > 0 for stage in op.stages) for op in ops]


def in_terms(kernel: Any) -> str:
    """Run a kernel as the sum of as many separable ones as its rank, and as it is."""
    parts, size = separate(kernel), len(kernel)
    image = (size + 2, size + 1)
    passes = spatially_separable(1, 1, image, size, middle_channels=parts.rank).matrix(parts.weights())
    whole = conv(1, 1, image, size).matrix(np.array(kernel)[None, None])
    same = (passes != whole).nnz == 0
    return f"{parts.rank} passes, {'the same' if same else 'another'} matrix"


def terms_added(kernel: Any) -> str:
    """Add up, as symbolic matrices, as many columns times rows as the rank of a kernel."""
    terms = separate(kernel).terms
    added = sum((sympy.Matrix(u) * sympy.Matrix([v]) for u, v in terms), sympy.zeros(len(kernel)))
    return f"{len(terms)} passes, {'the same' if added == sympy.Matrix(kernel) else 'another'} matrix"
