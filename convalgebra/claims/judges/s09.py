"""Judges of the claims about flattened convolution."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise, flattened, pointwise, spatially_separable
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured
from convalgebra.claims.forms.comparing import limit, of_counts, quotient
from convalgebra.claims.forms.counts import count, output_size, parameters
from convalgebra.claims.forms.examples import amount, seen_shape
from convalgebra.claims.forms.functions import agree, outputs, run
from convalgebra.claims.forms.kernels import freedom
from convalgebra.claims.forms.printed import rounded
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import instead, several, value
from convalgebra.claims.judges.s09_rank import (
    by_one_product,
    excludes,
    kernel_of,
    lost_energy,
    one_filter,
    one_full_filter,
    split_exactly_if_rank_one,
    sum_of_split,
)
from convalgebra.counting.measured import run_count
from convalgebra.operators.base import Operator
from convalgebra.sizes import symbol
from convalgebra.weights import Array

NAMES = ("C", "F", "H", "W", "Y", "X")
LAYERS = [
    dict(zip(NAMES, sizes, strict=True))
    for sizes in ((1, 2, 2, 3, 2, 2), (2, 1, 2, 2, 2, 2), (3, 4, 5, 6, 3, 2), (2, 3, 4, 3, 1, 3))
]
FILTERS = [{"C": 3, "Y": 3, "X": 3}, {"C": 2, "Y": 1, "X": 4}, {"C": 5, "Y": 2, "X": 3}]


def lvh(C: Any, F: Any, H: Any, W: Any, Y: Any, X: Any) -> Operator:
    """C maps to F: lateral, vertical, horizontal."""
    return flattened(C, F, (H, W), (Y, X))


def standard(C: Any, F: Any, H: Any, W: Any, Y: Any, X: Any) -> Operator:
    """C maps to F by 3-D filters."""
    return conv(C, F, (H, W), (Y, X))


def factors(C: int, F: int, Y: int, X: int, **sizes: int) -> dict[str, tuple[int, ...]]:
    """The 1-D filters of F filters."""
    return {"alpha": (F, C), "beta": (F, Y), "gamma": (F, X)}


def by_windows(x: Array, lateral: Array, vertical: Array, horizontal: Array, **sizes: Any) -> Array:
    """The sum over channels and taps of alpha times beta times gamma times the input."""
    (F, C), Y, X = lateral.shape[:2], vertical.shape[2], horizontal.shape[3]
    a, b = lateral[:, :, 0, 0], vertical[:, 0, :, 0]
    g = horizontal[:, 0, 0, :]
    rows, columns = x.shape[1] - Y + 1, x.shape[2] - X + 1
    sums = [
        sum(
            a[f, c] * b[f, y] * g[f, u] * x[c, i + y, j + u]
            for c, y, u in product(range(C), range(Y), range(X))
        )
        for f, i, j in product(range(F), range(rows), range(columns))
    ]
    return np.array(sums).reshape(F, rows, columns)


def chain(x: Array, alpha: Array, beta: Array, gamma: Array, **sizes: Any) -> Array:
    """A 1 x 1 convolution, then two depthwise ones."""
    F = len(alpha)
    mixed = run(pointwise(x.shape[0], F, x.shape[1:]), x, pointwise=alpha[..., None, None])
    for taps, size in ((beta, (beta.shape[1], 1)), (gamma, (1, gamma.shape[1]))):
        mixed = run(depthwise(F, mixed.shape[1:], size), mixed, depthwise=taps.reshape(F, 1, *size))
    return mixed


def by_rank_one_filters(x: Array, alpha: Array, beta: Array, gamma: Array, **sizes: Any) -> Array:
    """The standard convolution with the filters alpha (x) beta (x) gamma."""
    weight = alpha[:, :, None, None] * beta[:, None, :, None] * gamma[:, None, None, :]
    layer = conv(x.shape[0], len(alpha), x.shape[1:], weight.shape[2:])
    return run(layer, x, weight=weight)


def with_input(**sizes: int) -> dict[str, tuple[int, ...]]:
    """The input and the 1-D filters."""
    return {"x": (sizes["C"], sizes["H"], sizes["W"]), **factors(**sizes)}


def passes(x: Array, alpha: Array, beta: Array, gamma: Array, order: str, bias: int) -> Array:
    """Return the three passes of one filter in an order, a bias after each."""
    for one in order:
        taps = {"L": alpha, "V": beta, "H": gamma}[one][0]
        if one == "L":
            done = run(pointwise(len(x), 1, x.shape[1:]), x, pointwise=taps[None, :, None, None])
        else:
            size = (len(taps), 1) if one == "V" else (1, len(taps))
            each = np.array([taps] * len(x)).reshape(len(x), 1, *size)
            done = run(depthwise(len(x), x.shape[1:], size), x, depthwise=each)
        x = np.asarray(done + bias)
    return x


def cross(alpha: Array, beta: Array, gamma: Array, **sizes: int) -> Array:
    """The cross products of the three, one after the other."""
    return np.array(np.cross(np.cross(alpha[0], beta[0]), gamma[0]))


def outer(alpha: Array, beta: Array, gamma: Array, **sizes: int) -> Array:
    """The outer product of the three."""
    return np.asarray(np.multiply.outer(np.multiply.outer(alpha[0], beta[0]), gamma[0]))


# --- the layer of the paper ------------------------------------------------------------------------


def two_sets(C: Any, F: Any, H: Any, W: Any, Y: Any, X: Any) -> Operator:
    """Two sets of lateral, vertical, horizontal, one after the other."""
    first = lvh(C, F, H, W, Y, X)
    second = flattened(F, F, first.output_size, (Y, X))
    return second.renamed({name: f"{name}_2" for name in second.weight_shapes}) @ first


TWO = [{"C": 2, "F": 3, "H": 6, "W": 7, "Y": 2, "X": 3}, {"C": 1, "F": 2, "H": 5, "W": 5, "Y": 3, "X": 1}]


def biases(F: int) -> int:
    """Return the biases of the two sets, derived: one for each map that a 1-D convolution writes."""
    layer = two_sets(*map(symbol, NAMES))
    return int(sympy.Add(*(stage.output_shape[0] for stage in layer.stages)).subs(symbol("F"), F))


def biases_seen(F: int) -> int:
    """Return the same, by the maps that the matrices of the passes write."""
    layer = two_sets(2, F, 6, 7, 2, 3)
    return sum(seen_shape(stage)[0] for stage in layer.stages)


def full_mode(i: Any, k: Any) -> Operator:
    """One pass in full mode."""
    return conv(1, 1, i, k, padding="full")


def full_then_valid(i: Any, k: Any) -> Operator:
    """A pass in full mode, then one without padding."""
    first = full_mode(i, k)
    return conv(1, 1, first.output_size, k, name="second") @ first


def times_fewer(C: Any, k: Any) -> Any:
    """How many times fewer weights two sets have, from C maps to C, k x k."""
    return k**2 * C / (2 * (C + 2 * k))


EIGHT_TO_TEN = "8 to 10 times fewer"


def fewer_parameters() -> Iterator[Finding]:
    """8 to 10 times fewer parameters, by the counts of the layer of the paper: two sets."""
    c, k = symbol("C"), symbol("k")
    formula = quotient(*(make(c, c, "H", "W", k, k).parameters for make in (standard, two_sets)))
    yield derived("C maps to C, k x k, two sets", times_fewer(c, k), formula, right=True)
    for C, size in ((128, 3), (96, 5), (17, 5), (18, 5), (40, 5), (41, 5)):
        times = as_counted(C, size)
        at = f"{C} maps to {C}, {size} x {size}, two sets"
        for finding, found in ((derived, formula.subs({c: C, k: size})), (measured, times)):
            yield finding(
                at, EIGHT_TO_TEN, EIGHT_TO_TEN if 8 <= found <= 10 else f"{rounded(found, 2)} times"
            )
        yield measured(at, times_fewer(sympy.Integer(C), size), times, right=True)
    for size, said in ((3, sympy.Rational(9, 2)), (5, sympy.Rational(25, 2))):
        found = sympy.limit(formula.subs(k, size), c, sympy.oo)
        yield derived(f"{size} x {size}, more and more maps", said, found, right=True)
    few = [C for C in range(1, 200) if 8 <= formula.subs({c: C, k: 5}) <= 10]
    at = "5 x 5, the first and last number of maps with 8 to 10 times fewer, and how many"
    yield derived(at, (18, 40, 23), (few[0], few[-1], len(few)), right=True)


def as_counted(C: int, size: int) -> Any:
    """Return the same, counted in matrices on the smallest image with room for all the taps."""
    smallest = {"C": C, "F": C, "H": 2 * size - 1, "W": 2 * size - 1, "Y": size, "X": size}
    return quotient(*(run_count(make(**smallest), "parameters") for make in (standard, two_sets)))


JUDGES: dict[str, Judge] = {
    "S09-01": several(outputs(by_windows, lvh, LAYERS), identity("flattened")),
    "S09-02": split_exactly_if_rank_one,
    "S09-03": several(
        parameters(lambda C, Y, X: X * Y * C, one_full_filter, FILTERS),
        parameters(lambda C, Y, X: X + Y + C, one_filter, FILTERS),
        amount(9, one_filter, "parameters", C=3, Y=3, X=3),
        amount(134, one_filter, "parameters", C=128, Y=3, X=3),
    ),
    "S09-04": several(
        count(
            lambda C, H, W, Y, X, a, b: (X + Y + C) * (H + a - Y + 1) * (W + b - X + 1),
            lambda C, H, W, Y, X, a, b: flattened(C, 1, (H, W), (Y, X), padding=((0, a), (0, b))),
            [
                dict(zip(("C", "H", "W", "Y", "X", "a", "b"), sizes, strict=True))
                for sizes in (
                    (3, 5, 6, 3, 2, 2, 1),
                    (2, 4, 4, 1, 3, 0, 2),
                    (3, 7, 7, 3, 3, 0, 0),
                    (2, 5, 5, 3, 3, 1, 0),
                )
            ],
            met=lambda C, H, W, Y, X, a, b: a == Y - 1 and b == X - 1,
            fixed={"a": symbol("Y") - 1, "b": symbol("X") - 1},
            quantity="mult_adds",
        ),
        limit(
            lambda C, Y, X: X + Y + C,
            (
                lambda N, C, Y, X: flattened(C, 1, (N, N), (Y, X)),
                lambda N, C, Y, X: pointwise(1, 1, (N - Y + 1, N - X + 1)),  # one product for each output
            ),
            "N",
            4,
            [{"C": 3, "Y": 3, "X": 3}, {"C": 2, "Y": 2, "X": 4}],
        ),
        count(
            lambda C, F, H, W, Y, X: X * Y * C * F * (H - Y + 1) * (W - X + 1),
            standard,
            LAYERS,
        ),
    ),
    "S09-05": several(
        of_counts(
            lambda C, F, H, W, Y, X: (
                (C * H * W + Y * (H - Y + 1) * W + X * (H - Y + 1) * (W - X + 1))
                / (C * X * Y * (H - Y + 1) * (W - X + 1))
            ),
            (lvh, standard),
            LAYERS,
        ),
        limit(
            lambda C, Y, X: 1 / (X * Y) + 1 / (C * X) + 1 / (C * Y),
            (
                lambda N, C, Y, X: flattened(C, 1, (N, N), (Y, X)),
                lambda N, C, Y, X: conv(C, 1, (N, N), (Y, X)),
            ),
            "N",
            4,
            [{"C": 3, "Y": 3, "X": 3}, {"C": 2, "Y": 2, "X": 4}],
        ),
        amount(41856, lvh, C=3, F=128, H=7, W=7, Y=3, X=3),
    ),
    "S09-06": agree(chain, by_rank_one_filters, with_input, LAYERS),
    "S09-07": agree(
        passes,
        lambda x, alpha, beta, gamma, order, bias: passes(x, alpha, beta, gamma, "LVH", bias),
        lambda order, bias: {"x": (2, 3, 3), "alpha": (1, 2), "beta": (1, 2), "gamma": (1, 2)},
        [{"order": "".join(order), "bias": 0} for order in permutations("LVH") if order != ("L", "V", "H")]
        + [{"order": order, "bias": 1} for order in ("LHV", "VHL")],
        small=[{"order": "LHV", "bias": 0}, {"order": "VHL", "bias": 0}, {"order": "VLH", "bias": 1}],
        met=lambda order, bias: bias == 0,
    ),
    "S09-08": several(
        freedom(lambda C, Y, X: X + Y + C - 2, one_filter, FILTERS[:2], FILTERS),
        freedom(lambda C, Y, X: X * Y * C, one_full_filter, FILTERS[:2], FILTERS),
        excludes,
    ),
    "S09-09": agree(
        cross,
        lambda alpha, beta, gamma, **sizes: kernel_of(alpha[0], beta[0], gamma[0]),
        factors,
        [{"C": 3, "F": 1, "Y": 3, "X": 3}],
        right=outer,
    ),
    "S09-10": several(
        parameters(lambda C, F, H, W, Y, X: F * (C + X + Y) + F * (F + X + Y), two_sets, TWO),
        amount(34304, lambda C, F: two_sets(C, F, 6, 6, 3, 3), "parameters", C=128, F=128),
        value("biases of two sets, F=3", 6 * 3, lambda: biases(3), lambda: biases_seen(3)),
    ),
    "S09-11": several(
        output_size(
            lambda i, k: i, full_mode, grid(i=(1, 4, 7), k=(1, 2, 3)), right=lambda i, k: i + k - 1
        ),
        instead(output_size(lambda i, k: i, full_then_valid, grid(i=(1, 4, 7), k=(1, 2, 3)))),
    ),
    "S09-12": fewer_parameters,
    "S09-13": outputs(
        lambda x, lateral, vertical, horizontal, H, W, Y, X: (
            lateral[0, 0, 0, 0]
            * run(spatially_separable(1, 1, (H, W), (Y, X)), x, vertical=vertical, horizontal=horizontal)
        ),
        lambda H, W, Y, X: flattened(1, 1, (H, W), (Y, X)),
        [{"H": 3, "W": 3, "Y": 2, "X": 2}, {"H": 5, "W": 4, "Y": 3, "X": 2}],
    ),
    "S09-14": agree(
        sum_of_split,
        lambda x, weight, C, Y, X: run(conv(C, 1, x.shape[1:], (Y, X)), x, weight=weight),
        lambda C, Y, X: {"x": (C, Y + 1, X + 1), "weight": (1, C, Y, X)},
        [
            {"C": 2, "Y": 2, "X": 2},
            {"C": 4, "Y": 3, "X": 3},
            {"C": 2, "Y": 4, "X": 3},
            {"C": 2, "Y": 2, "X": 5},
        ],
    ),
    "S09-15": by_one_product,
    "S09-16": lost_energy,
}
