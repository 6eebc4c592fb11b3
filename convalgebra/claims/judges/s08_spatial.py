"""Judges of the claims about spatially separable convolutions, section 8.1."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import spatially_separable
from convalgebra.catalogue.forms import im2col
from convalgebra.claims.claim import Judge, grid
from convalgebra.claims.forms.comparing import difference, fewer, limit, of_counts, threshold
from convalgebra.claims.forms.counts import count
from convalgebra.claims.forms.examples import amount, positions
from convalgebra.claims.forms.kernels import freedom, outer_products, what_products_satisfy
from convalgebra.claims.forms.matrices import in_numbers, in_symbols
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several, value
from convalgebra.counting.measure import measure
from convalgebra.operators.base import Operator
from convalgebra.properties.separation import separate
from convalgebra.sizes import symbol

IMAGES = [point for point in grid(N=range(3, 9), m=(2, 3, 5)) if point["N"] >= point["m"]]
WIDE = list(grid(H=(5, 8), W=(4, 6), m=(2, 3)))
SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
LAPLACE = ((0, 1, 0), (1, -4, 1), (0, 1, 0))
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


def _symbols_separable() -> str:
    equations = what_products_satisfy()
    return ", ".join(f"{equation} = 0" for equation in equations)


def _tried_separable(modulus: int) -> str:
    """Say of which kernels the products are: all 2 x 2 kernels modulo a prime are tried."""
    products = outer_products(2, modulus)
    numbers = range(modulus)
    singular = {(a, b, c, d) for a, b, c, d in product(numbers, repeat=4) if (a * d - b * c) % modulus == 0}
    return "a*d - b*c = 0" if products == singular else f"{len(products)} kernels, {len(singular)} singular"


def _matrix_products(*ops: Operator) -> list[int]:
    """Return how many products with a matrix of weights each operator takes, as im2col runs it."""
    return [sum(1 for stage in op.stages if stage.weight_shapes) for op in ops]


def _as_im2col(N: Any, m: Any) -> tuple[Operator, Operator]:
    """Return the plain convolution and the two passes, each pass as a matrix of weights times windows."""
    first = im2col(1, 1, (N, N), (m, 1), name="vertical")
    second = im2col(1, 1, first.output_size, (1, m), name="horizontal")
    return im2col(1, 1, (N, N), m), second @ first


def _fewer(products: list[int]) -> bool:
    plain_one, separable_one = products
    return separable_one < plain_one


def _run_matrix_products(*ops: Operator) -> list[int]:
    """Return the same, seen in the factors: those that multiply something."""
    return [sum(measure(stage).multiplications > 0 for stage in op.stages) for op in ops]


def _in_terms(kernel: Any) -> str:
    """Run a kernel as the sum of as many separable ones as its rank, and as it is."""
    parts, size = separate(kernel), len(kernel)
    image = (size + 2, size + 1)
    passes = spatially_separable(1, 1, image, size, middle_channels=parts.rank).matrix(parts.weights())
    whole = conv(1, 1, image, size).matrix(np.array(kernel)[None, None])
    same = (passes != whole).nnz == 0
    return f"{parts.rank} passes, {'the same' if same else 'another'} matrix"


def _terms_added(kernel: Any) -> str:
    terms = separate(kernel).terms
    added = sum((sympy.Matrix(u) * sympy.Matrix([v]) for u, v in terms), sympy.zeros(len(kernel)))
    return f"{len(terms)} passes, {'the same' if added == sympy.Matrix(kernel) else 'another'} matrix"


# A 5 x 5 kernel of full rank.
_FULL = tuple(tuple((3 * i + 5 * j * j + i * j * j + (i == j)) % 11 for j in range(5)) for i in range(5))

JUDGES: dict[str, Judge] = {
    "S08-01": kernel_of_two_passes(SOBEL, (1, 2, 1), (-1, 0, 1)),
    "S08-02": several(
        identity("spatially separable"),
        kernel_of_two_passes(SOBEL, (1, 2, 1), (-1, 0, 1)),
    ),
    "S08-03": several(
        amount(6, separable, "parameters", N=5, m=3),
        amount(9, plain, "parameters", N=5, m=3),
        count(lambda N, m: 2 * m, separable, IMAGES, quantity="parameters"),
        count(lambda N, m: m**2, plain, IMAGES, quantity="parameters"),
    ),
    "S08-04": several(positions((3, 3), plain, N=5, m=3), amount(9, plain, "outputs", N=5, m=3)),
    "S08-05": amount(9 * 9, plain, N=5, m=3),
    "S08-06": several(
        amount(5 * 3, vertical, "outputs", N=5, m=3),
        amount(45, vertical, N=5, m=3),
    ),
    "S08-07": positions((3, 5), vertical, N=5, m=3),
    "S08-08": several(
        amount(9, horizontal, "outputs", N=5, m=3),
        amount(27, horizontal, N=5, m=3),
    ),
    "S08-09": several(
        amount(45 + 27, separable, N=5, m=3),
        amount(81, plain, N=5, m=3),
        fewer(separable, plain, [{"N": 5, "m": 3}], within=[{"N": 5, "m": 3}]),
    ),
    "S08-10": count(
        lambda N, m: (N - 2) ** 2 * m**2,
        plain,
        IMAGES,
        met=lambda N, m: m == 3,
        fixed={"m": 3},
        right=lambda N, m: (N - m + 1) ** 2 * m**2,
    ),
    "S08-11": count(
        lambda N, m: (2 * N - 2) * (N - 2) * m,
        separable,
        IMAGES,
        met=lambda N, m: m == 3,
        fixed={"m": 3},
        right=lambda N, m: (2 * N - m + 1) * (N - m + 1) * m,
    ),
    "S08-12": of_counts(
        lambda N, m: 2 / m + 2 / (m * (N - 2)),
        (separable, plain),
        IMAGES,
        met=lambda N, m: m == 3,
        fixed={"m": 3},
        right=lambda N, m: 2 / m + (m - 1) / (m * (N - m + 1)),
    ),
    "S08-13": several(
        limit(lambda m: 2 / m, (separable, plain), "N", 8, [{"m": m} for m in (2, 3, 5)]),
        threshold(102, (separable, plain), sympy.Rational(2, 3) * sympy.Rational(101, 100), "N", 98, m=3),
    ),
    "S08-14": several(
        *(
            limit(lambda m, said=said: said, (separable, plain), "N", 8, [{"m": m}], general=False)
            for m, said in (
                (3, sympy.Rational(2, 3)),
                (5, sympy.Rational(2, 5)),
                (7, sympy.Rational(2, 7)),
            )
        )
    ),
    "S08-15": several(
        fewer(
            separable,
            plain,
            [point for point in grid(N=range(2, 11), m=range(2, 8)) if point["N"] >= point["m"]],
            met=lambda N, m: (m - 2) * N > (m - 1) ** 2,
            within=[{"N": GROWTH + least - 1, "m": m} for m, least in ((3, 5), (4, 5), (5, 6), (7, 8))],
            beyond=[{"N": GROWTH + 1, "m": 2}, {"N": 4, "m": 3}, {"N": 3, "m": 3}, {"N": 5, "m": 5}],
        ),
        of_counts(
            lambda N, m: m * (N - m + 1) * ((m - 2) * N - (m - 1) ** 2),
            (plain, separable),
            IMAGES,
            how=difference,
        ),
    ),
    "S08-16": several(
        value(
            "products that the Laplace kernel is a sum of, at least",
            2,
            lambda: separate(LAPLACE).rank,
            lambda: int(np.linalg.matrix_rank(np.array(LAPLACE))),
        ),
        value(
            "what a 2 x 2 kernel (a, b; c, d) of two passes satisfies (derived; all tried modulo 3)",
            "a*d - b*c = 0",
            _symbols_separable,
            lambda: _tried_separable(3),
        ),
    ),
    "S08-17": several(
        freedom(
            lambda m: 2 * m - 1,
            lambda m: separable(m, m),
            [{"m": m} for m in (2, 3)],
            [{"m": m} for m in (2, 3, 5)],
        ),
        freedom(
            lambda m: m**2,
            lambda m: plain(m, m),
            [{"m": m} for m in (2, 3)],
            [{"m": m} for m in (2, 3, 5)],
        ),
    ),
    "S08-18": several(
        value(
            "matrix products of the two passes fewer than of the plain one (5 x 5 image, 3 x 3 kernel)",
            True,
            lambda: _fewer(_matrix_products(*_as_im2col("N", "m"))),
            lambda: _fewer(_run_matrix_products(*_as_im2col(5, 3))),
        ),
        value(
            "matrix products, plain and in two passes",
            [1, 2],
            lambda: _matrix_products(*_as_im2col("N", "m")),
            lambda: _run_matrix_products(*_as_im2col(5, 3)),
            right=True,
        ),
        value(
            "scalar multiplications, plain and in two passes",
            [81, 72],
            lambda: [op.subs(N=5, m=3).multiplications for op in _as_im2col("N", "m")],
            lambda: [measure(op).multiplications for op in _as_im2col(5, 3)],
            right=True,
        ),
    ),
    "S08-19": several(
        identity("order of separable factors"),
        of_counts(
            lambda H, W, m: m * (m - 1) * (H - W),
            (vertical_first, horizontal_first),
            WIDE,
            how=difference,
        ),
    ),
    "S08-20": several(
        identity("separable through middle channels"),
        value(
            "the Laplace kernel",
            "2 passes, the same matrix",
            lambda: _terms_added(LAPLACE),
            lambda: _in_terms(LAPLACE),
        ),
        value(
            "a 5 x 5 kernel of full rank",
            "5 passes, the same matrix",
            lambda: _terms_added(_FULL),
            lambda: _in_terms(_FULL),
        ),
        of_counts(
            lambda N, m, r: r,
            (
                lambda N, m, r: spatially_separable(1, 1, (N, N), m, middle_channels=r),
                lambda N, m, r: separable(N, m),
            ),
            list(grid(N=(5, 6), m=(2, 3), r=(1, 2, 3))),
        ),
        limit(
            lambda m, r: 2 * r / m,
            (
                lambda N, m, r: spatially_separable(1, 1, (N, N), m, middle_channels=r),
                lambda N, m, r: plain(N, m),
            ),
            "N",
            6,
            [{"m": 3, "r": 2}],
        ),
    ),
}
