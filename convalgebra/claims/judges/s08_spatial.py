"""Judges of the claims about spatially separable convolutions, section 8.1."""

from __future__ import annotations

import numpy as np
import sympy

from convalgebra.catalogue.cheap import spatially_separable
from convalgebra.claims.claim import Judge, grid
from convalgebra.claims.forms.comparing import difference, fewer, limit, of_counts, threshold
from convalgebra.claims.forms.counts import count
from convalgebra.claims.forms.examples import amount, positions
from convalgebra.claims.forms.kernels import freedom
from convalgebra.claims.forms.spatial import (
    GROWTH,
    IMAGES,
    WIDE,
    as_im2col,
    horizontal,
    horizontal_first,
    in_terms,
    kernel_of_two_passes,
    matrix_products,
    plain,
    products_satisfy,
    run_matrix_products,
    second_below,
    separable,
    terms_added,
    vertical,
    vertical_first,
)
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several, value
from convalgebra.counting.measure import measure
from convalgebra.properties.separation import separate

SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
LAPLACE = ((0, 1, 0), (1, -4, 1), (0, 1, 0))

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
        products_satisfy(lambda a, b, c, d: a * d - b * c),
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
            lambda: second_below(matrix_products(*as_im2col("N", "m"))),
            lambda: second_below(run_matrix_products(*as_im2col(5, 3))),
        ),
        value(
            "matrix products, plain and in two passes",
            [1, 2],
            lambda: matrix_products(*as_im2col("N", "m")),
            lambda: run_matrix_products(*as_im2col(5, 3)),
            right=True,
        ),
        value(
            "scalar multiplications, plain and in two passes",
            [81, 72],
            lambda: [op.subs(N=5, m=3).multiplications for op in as_im2col("N", "m")],
            lambda: [measure(op).multiplications for op in as_im2col(5, 3)],
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
            lambda: terms_added(LAPLACE),
            lambda: in_terms(LAPLACE),
        ),
        value(
            "a 5 x 5 kernel of full rank",
            "5 passes, the same matrix",
            lambda: terms_added(_FULL),
            lambda: in_terms(_FULL),
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
