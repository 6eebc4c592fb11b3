"""Judges of what Howard, Szegedy and Simonyan say of the costs of layers beside other layers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise_separable, spatially_separable
from convalgebra.catalogue.resampling import average_pool
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, named
from convalgebra.claims.forms.comparing import formula_of, of_counts, quotient
from convalgebra.claims.forms.conventions import mult_adds, never, ratio_of_mult_adds, saved, saved_percent
from convalgebra.claims.forms.counts import parameters
from convalgebra.claims.forms.fields import dilated, extent
from convalgebra.claims.forms.printed import percent, rounded
from convalgebra.claims.forms.values import called, several, value
from convalgebra.counting.measured import run_count
from convalgebra.operators.base import Operator
from convalgebra.properties.receptive import receptive_field
from convalgebra.sizes import symbol


def stack(channels: Any, size: Any, *kernels: Any, padding: Any = "same") -> Operator:
    """Return convolutions one after the other, all with these channels."""
    operators: list[Operator] = []
    for i, kernel in enumerate(kernels):
        n = operators[-1].output_size if operators else size
        operators.append(conv(channels, channels, n, kernel, padding=padding, name=f"layer{i}"))
    return reduce(lambda done, layer: layer @ done, operators)


# --- Howard et al., 1704.04861 ---------------------------------------------------------------------


def multiplied(quarters: int, sevenths: int) -> Judge:
    """Return the judge of equations 6 and 7, alpha in quarters, rho in sevenths: M=4u, N=4v, D_F=7w."""
    alpha, rho = sympy.Rational(quarters, 4), sympy.Rational(sevenths, 7)

    def says(u: Any, v: Any, w: Any, k: Any) -> Any:
        M, N, F = 4 * u, 4 * v, 7 * w
        return k**2 * alpha * M * (rho * F) ** 2 + alpha * M * alpha * N * (rho * F) ** 2

    def make(u: Any, v: Any, w: Any, k: Any) -> Operator:
        size = (sevenths * w, sevenths * w)
        return depthwise_separable(quarters * u, quarters * v, size, k, padding="same")

    return mult_adds(says, make, [{"u": 1, "v": 2, "w": 1, "k": 3}, {"u": 2, "v": 1, "w": 1, "k": 5}])


# --- Szegedy et al., 1512.00567 --------------------------------------------------------------------

UNPADDED = of_counts(
    lambda **_: sympy.Rational(7, 25),
    (lambda C, N: stack(C, (N, N), 3, 3, padding=0), lambda C, N: stack(C, (N, N), 5, padding=0)),
    grid(C=(1, 2), N=(7, 9)),
    how=saved,
    met=never,
)
WIDTHS = list(grid(C=(1, 2), N=(4, 7)))


def factored(printed: str, kernels: tuple[Any, ...], whole: Any) -> Judge:
    """Return the judge of what equally wide layers save beside one, where padding keeps the grid."""
    return ratio_of_mult_adds(
        lambda **_: printed,
        (lambda C, N: stack(C, (N, N), *kernels), lambda C, N: stack(C, (N, N), whole)),
        WIDTHS,
        how=saved_percent,
    )


def same_saving() -> Iterator[Finding]:
    """Yield the ratio of parameters as what is said, that of mult-adds as what is found."""
    sizes = {name: symbol(name) for name in ("a", "b", "c", "N")}

    def makes(a: Any, b: Any, c: Any, N: Any) -> tuple[Operator, Operator]:
        first = conv(a, b, (N, N), 3, padding="same", name="first")
        return conv(b, c, (N, N), 3, padding="same") @ first, conv(a, c, (N, N), 5, padding="same")

    two, one = makes(**sizes)
    pair = (quotient(formula_of(two, q), formula_of(one, q)) for q in ("parameters", "mult_adds"))
    yield derived("any widths a, b, c", *pair)
    for point in grid(a=(1, 2), b=(2, 3), c=(1, 2), N=(6,)):
        two, one = makes(**point)
        counts = (quotient(run_count(two, q), run_count(one, q)) for q in ("parameters", "mult_adds"))
        yield measured(named(point), *counts)


def reached(op: Operator) -> tuple[int, ...]:
    """Return how far the inputs of the first output reach along each axis, in the matrix."""
    ones = {name: np.ones(shape, np.int8) for name, shape in op.numeric_weight_shapes().items()}
    places = np.unravel_index(op.matrix(ones)[[0]].indices, op.input_size)
    return tuple(int(place.max() - place.min()) + 1 for place in places)


def pooled_first(k: Any, e: Any, K: Any) -> Operator:
    """Return the convolution k to 2k on the grid that pooling has made e x e."""
    return conv(k, 2 * k, (e, e), K, padding="same") @ average_pool(k, (2 * e, 2 * e), 2)


def pooled_last(k: Any, e: Any, K: Any) -> Operator:
    """Return the convolution k to 2k on the grid of 2e x 2e, then the pooling."""
    return average_pool(2 * k, (2 * e, 2 * e), 2) @ conv(k, 2 * k, (2 * e, 2 * e), K, padding="same")


GRIDS = list(grid(k=(1, 2), e=(2, 3), K=(1, 3)))
NARROW = (
    lambda a, b, N: spatially_separable(a, b, (N, N), 3, padding="same"),
    lambda a, b, N: conv(a, b, (N, N), 3, padding="same"),
)


JUDGES: dict[str, Judge] = {
    "HOWARD-01": several(*(called(f"alpha={q}/4", multiplied(q, 7)) for q in (3, 2, 1))),
    "HOWARD-02": several(
        *(called(f"alpha={q}/4, rho={s}/7", multiplied(q, s)) for q, s in ((3, 6), (2, 5), (4, 4)))
    ),
    "SZEGEDY-01": ratio_of_mult_adds(
        lambda **_: (sympy.Rational(25, 9), "2.78"),
        (
            lambda m, n, N: conv(m, n, (N, N), 5, padding="same"),
            lambda m, n, N: conv(m, n, (N, N), 3, padding="same"),
        ),
        grid(m=(1, 3), n=(2,), N=(5, 6)),
        how=lambda a, b: (quotient(a, b), rounded(quotient(a, b), 2)),
    ),
    "SZEGEDY-02": several(
        factored("28%", (3, 3), 5),
        called("unpadded", UNPADDED),
    ),
    "SZEGEDY-03": same_saving,
    "SZEGEDY-04": several(
        factored("33%", ((3, 1), (1, 3)), 3),
        ratio_of_mult_adds(
            lambda **_: sympy.Rational(1, 3),
            NARROW,
            grid(a=(1, 2, 3), b=(1, 2), N=(5,)),
            how=saved,
            met=lambda a, b, N: a == b,
            fixed={"b": symbol("a")},
        ),
    ),
    "SZEGEDY-05": value(
        "3 x 1, then 1 x 3: field",
        (3, 3),
        lambda: receptive_field(spatially_separable(1, 1, ("N", "N"), 3)),
        lambda: reached(spatially_separable(1, 1, (6, 7), 3)),
    ),
    "SZEGEDY-06": factored("11%", (2, 2), 3),
    "SZEGEDY-07": ratio_of_mult_adds(
        lambda C, N, n: 1 - 2 / n,
        (lambda C, N, n: stack(C, (N, N), (1, n), (n, 1)), lambda C, N, n: stack(C, (N, N), n)),
        grid(C=(1, 2), N=(7,), n=(2, 3, 5, 7)),
        how=saved,
    ),
    "SZEGEDY-08": ratio_of_mult_adds(
        lambda **_: sympy.Rational(1, 4),
        (pooled_first, pooled_last),
        GRIDS,
        how=saved,
        right=lambda **_: sympy.Rational(3, 4),
    ),
    "SZEGEDY-09": mult_adds(
        lambda k, e, K: 2 * (2 * e) ** 2 * k**2,
        pooled_last,
        GRIDS,
        met=lambda k, e, K: K == 1,
        fixed={"K": 1},
    ),
    "SIMONYAN-01": several(extent(5, dilated(1, 1)), extent(7, dilated(1, 1, 1))),
    "SIMONYAN-02": several(
        parameters(lambda C: 27 * C**2, lambda C: stack(C, (7, 7), 3, 3, 3), grid(C=(1, 2, 3))),
        parameters(lambda C: 49 * C**2, lambda C: stack(C, (7, 7), 7, padding=0), grid(C=(1, 2, 3))),
        of_counts(
            lambda **_: "81%",
            (lambda C: stack(C, (7, 7), 7, padding=0), lambda C: stack(C, (7, 7), 3, 3, 3)),
            grid(C=(1, 2)),
            how=lambda a, b: percent(quotient(a, b) - 1),
            quantity="parameters",
        ),
    ),
}
