"""Judges of the claims about depthwise separable convolutions, section 8.2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import isqrt
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise, depthwise_separable, pointwise
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, same
from convalgebra.claims.forms.comparing import (
    change,
    channels,
    fewer,
    formula_of,
    limit,
    of_counts,
    places,
    quotient,
    threshold,
)
from convalgebra.claims.forms.counts import always, count
from convalgebra.claims.forms.examples import amount, as_printed, maps
from convalgebra.claims.forms.kernels import (
    depthwise_factors,
    freedom,
    freedom_in_integers,
    freedom_in_symbols,
    slice_ranks,
)
from convalgebra.claims.forms.running import run_count
from convalgebra.claims.forms.sliding import ones
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several, value
from convalgebra.operators.base import Operator
from convalgebra.operators.symbolic import weight_symbols
from convalgebra.proofs import is_nonnegative
from convalgebra.sizes import symbol

LAYERS = list(grid(D=(2, 3), N_c=(1, 4), H=(5, 6), W=(4,), h=(1, 2, 3)))
EXAMPLE = {"D": 3, "N_c": 128, "H": 7, "W": 7, "h": 3}
T, U = symbol("t"), symbol("u")
# Any image and any kernel of two or more that fits: H = t + u, h = u + 1.
SHRINKING = {"D": "D", "N_c": "N_c", "H": T + U, "W": T + U, "h": U + 1}
PADDED = {"D": "D", "N_c": "N_c", "H": "H", "W": "W", "h": 3, "padding": 1}
ALONE = {"D": 3, "H": 7, "W": 7, "h": 3}
Rational = sympy.Rational


def standard(D: Any, N_c: Any, H: Any, W: Any, h: Any, **options: Any) -> Operator:
    """Return the 2-D convolution of all channels, h x h."""
    return conv(D, N_c, (H, W), h, **options)


def two_steps(D: Any, N_c: Any, H: Any, W: Any, h: Any, **options: Any) -> Operator:
    """Return the depthwise separable convolution."""
    return depthwise_separable(D, N_c, (H, W), h, **options)


def first_step(D: Any, N_c: Any, H: Any, W: Any, h: Any) -> Operator:
    """Return its depthwise convolution."""
    return two_steps(D, N_c, H, W, h).stages[-1]


def second_step(D: Any, N_c: Any, H: Any, W: Any, h: Any) -> Operator:
    """Return its 1 x 1 convolution."""
    return two_steps(D, N_c, H, W, h).stages[0]


def alone(D: Any, H: Any, W: Any, h: Any, **options: Any) -> Operator:
    """Return a depthwise convolution."""
    return depthwise(D, (H, W), h, **options)


def _steps_in_words(op: Operator) -> str:
    """Say what the steps of a layer are, as the structure tells it."""
    said = []
    for step in reversed(op.stages):
        ((name, shape),) = step.weight_shapes.items()
        meets = "channels alone" if shape[1] == 1 else "all channels" if shape[1] == 3 else "some channels"
        said.append(f"{name} {' x '.join(map(str, shape[2:]))}, {meets}")
    return "; ".join(said)


def _steps_seen(op: Operator) -> str:
    """Say the same, as the matrices show it: the entries of a row, and the table of channels."""
    said = []
    for step, name in zip(reversed(op.stages), ("depthwise", "pointwise"), strict=True):
        table = step.channel_pattern().table
        in_row = step.matrix(ones(step))[[0]].nnz // int(table[0].sum())
        length = isqrt(in_row)
        meets = "channels alone" if (table == np.eye(len(table))).all() else "all channels"
        said.append(
            f"{name} {length} x {length}, {meets if meets[0] == 'c' or table.all() else 'some channels'}"
        )
    return "; ".join(said)


def on_one_window(N_c: Any, h: Any, make: Any = two_steps) -> Operator:
    """Return a layer of one input channel with a single place, for counts that need nothing larger."""
    return make(1, N_c, h, h, h)


def both_on_one_window(h: int) -> tuple[Any, Any]:
    """Return the standard layer and the two steps, with N_c left open."""
    return (
        lambda N_c: on_one_window(N_c, h, standard),
        lambda N_c: on_one_window(N_c, h),
    )


def times_less(says: Any, h: int, near: int) -> Judge:
    """Return the judge of how many times as much the standard layer takes, for large N_c and for others."""
    full, separable = both_on_one_window(h)
    within_one_per_cent = Rational(100, 99) / says
    return several(
        limit(lambda N_c=None: says, (full, separable), "N_c", 4, [{}]),
        of_counts(
            lambda N_c: says,
            (full, separable),
            [{"N_c": n} for n in (1, 16, 128)],
            met=nowhere,
            right=lambda N_c: says * N_c / (says + N_c),
        ),
        threshold(near, (separable, full), within_one_per_cent, "N_c", near - 3),
    )


# --- which kernels the two steps have ----------------------------------------------------------------


def _product_kernel(outs: int, ins: int, size: int) -> Any:
    """Return the dense kernel of two steps in symbols: one product of a weight of each for every entry."""
    op = two_steps(ins, outs, size, size, size)
    entries = np.array(op.symbolic_matrix().tolist(), object)
    return entries.reshape(outs, ins, size, size)


def _free_kernel(outs: int, ins: int, size: int) -> Any:
    shape = (outs, ins, size, size)
    return np.array(weight_symbols("weight", shape), object).reshape(shape)


def _drawn(*shape: int) -> Any:
    return np.random.default_rng(8).integers(-5, 6, shape)


def _split_and_run(weight: Any) -> str:
    """Say whether the two steps made from a dense kernel have the matrix of that kernel."""
    outs, ins, size, _ = weight.shape
    image = (ins, outs, size + 1, size + 2, size)
    whole = standard(*image).matrix(weight).toarray()
    steps = two_steps(*image).matrix(depthwise_factors(weight)).toarray()
    return _DOES if np.allclose(whole, steps, atol=1e-9, rtol=0) else _DOES_NOT


_DOES, _DOES_NOT = "the same map", "another map"


def _by_rank(weight: Any, multiplier: int = 1) -> str:
    return _DOES if max(slice_ranks(weight)) <= multiplier else _DOES_NOT


def _with_multiplier(weight: Any) -> str:
    """Run a dense kernel in two steps, one depthwise kernel for each tap of each channel."""
    outs, ins, size, _ = weight.shape
    image, taps = (ins, outs, size + 1, size + 2, size), size * size
    given = {
        "depthwise": np.tile(np.eye(taps, dtype=int), (ins, 1)).reshape(ins * taps, 1, size, size),
        "pointwise": weight.reshape(outs, ins * taps, 1, 1),
    }
    steps = two_steps(*image, multiplier=taps).matrix(given)
    return _DOES if (steps != standard(*image).matrix(weight)).nnz == 0 else _DOES_NOT


# --- what a share of the cost means --------------------------------------------------------------------


def share(said: str, quantity: str, *, inside: bool = True) -> Judge:
    """Return the judge of the percentage that the two steps take of the standard layer in the example."""
    names = {name: symbol(name) for name in EXAMPLE}
    values = {names[name]: size for name, size in EXAMPLE.items()}

    def formula() -> Any:
        return quotient(*(formula_of(make(**names), quantity) for make in (two_steps, standard)))

    return value(
        f"per cent of the {quantity}, {EXAMPLE}",
        said,
        lambda: as_printed(100 * formula().subs(values), said),
        lambda: as_printed(
            100 * quotient(*(run_count(make(**EXAMPLE), quantity) for make in (two_steps, standard))), said
        ),
        inside=inside,
    )


def ratio_of(quantity: str = "multiplications", *, inside: bool = True) -> Judge:
    """Return the judge of the claim that what the two layers take stands in the ratio 1/N_c + 1/h^2."""
    return of_counts(
        lambda D, N_c, H, W, h: 1 / N_c + 1 / h**2,
        (two_steps, standard),
        LAYERS if inside else LAYERS[::5],
        met=always if inside else nowhere,
        quantity=quantity,
    )


def nowhere(**sizes: Any) -> bool:
    """Say no: these sizes are outside the condition."""
    return False


def excess_along(
    says: str, path: Callable[[Any], dict[str, Any]], *, at: str, right: bool = False
) -> Judge:
    """Return the judge of how the excess of the ratio over 1/h^2 changes along a path of sizes."""

    def excess(sizes: dict[str, Any], amount_of: Callable[[Operator], Any]) -> Any:
        whole = (
            amount_of(make(1, sizes["N_c"], sizes["h"], sizes["h"], sizes["h"]))
            for make in (two_steps, standard)
        )
        return sympy.cancel(quotient(*whole) * sizes["h"] ** 2 - 1)

    def change_of(before: Any, after: Any) -> str:
        more = sympy.numer(sympy.together(after - before))
        return "falls" if is_nonnegative(-more) and more != 0 else "grows" if is_nonnegative(more) else "?"

    def in_numbers() -> str:
        found = [excess(path(k), run_count) for k in (2, 3, 4)]
        words = {change_of(before, after) for before, after in pairwise(found)}
        return words.pop() if len(words) == 1 else "?"

    return value(
        at,
        says,
        lambda: change_of(excess(path(T), formula_of), excess(path(T + 1), formula_of)),
        in_numbers,
        right=right,
    )


def parity(says: str, h: Any, numbers: tuple[int, ...], *, right: bool = False) -> Judge:
    """Return the judge of whether the cost formulas hold for such kernel sizes."""

    def holds(make: Any, formula: Any, amount_of: Any, h: Any) -> bool:
        sizes = {"D": symbol("D"), "N_c": symbol("N_c"), "H": symbol("H"), "W": symbol("W"), "h": h}
        if isinstance(h, int):
            sizes = {"D": 2, "N_c": 3, "H": 6, "W": 7, "h": h}
        return same(formula(**sizes), amount_of(make(**sizes)))

    def word(amount_of: Any, kernels: tuple[Any, ...]) -> str:
        pairs = ((standard, standard_cost), (two_steps, two_steps_cost))
        all_hold = all(holds(make, formula, amount_of, h) for make, formula in pairs for h in kernels)
        return "they hold" if all_hold else "they fail"

    return value(
        f"the formulas at h = {h} (derived), at {', '.join(map(str, numbers))} (counted)",
        says,
        lambda: word(formula_of, (h,)),
        lambda: word(run_count, numbers),
        right=right,
    )


def standard_cost(D: Any, N_c: Any, H: Any, W: Any, h: Any) -> Any:
    """Return the multiplications of the standard layer as the article prints them."""
    return N_c * h * h * D * (H - h + 1) * (W - h + 1)


def two_steps_cost(D: Any, N_c: Any, H: Any, W: Any, h: Any) -> Any:
    """Return the multiplications of the two steps as the article prints them."""
    return (h * h + N_c) * D * (H - h + 1) * (W - h + 1)


def capacity(N_c: int, h: int, *, inside: bool) -> Judge:
    """Return the judge of the claim that the two steps have fewer degrees of freedom than the layer."""

    def compare(freedom_of: Callable[[Operator], int]) -> str:
        steps, full = (freedom_of(make(2, N_c, h, h, h)) for make in (two_steps, standard))
        return "fewer" if steps < full else "as many"

    return value(
        f"degrees of freedom, D=2, N_c={N_c}, h={h}",
        "fewer",
        lambda: compare(freedom_in_symbols),
        lambda: compare(freedom_in_integers),
        inside=inside,
    )


def any_image() -> Judge:
    """Return the judge of the claim that the ratio does not depend on the size of the image."""

    def judge() -> Iterator[Finding]:
        for options in ({}, {"stride": 2}, {"padding": 1}, {"stride": 2, "padding": 1}):
            quantity = "mult_adds" if "padding" in options else "multiplications"
            ops = [make("D", "N_c", "H", "W", 3, **options) for make in (two_steps, standard)]
            ratio = sympy.simplify(quotient(*(formula_of(op, quantity) for op in ops)))
            at = f"{quantity}{''.join(f', {k}={v}' for k, v in options.items())}"
            yield derived(
                f"what the ratio depends on, 3 x 3 kernel, {at}",
                "N_c",
                ", ".join(map(str, ratio.free_symbols)),
            )
            counts = {
                quotient(
                    *(run_count(make(2, 4, H, W, 3, **options), quantity) for make in (two_steps, standard))
                )
                for H, W in ((3, 3), (4, 7), (8, 5))
            }
            yield measured(f"different ratios, images of three sizes, {at}", 1, len(counts))

    return judge


# --- MobileNet's layer, and its two multipliers --------------------------------------------------------


def padded_steps(M: Any, N: Any, D_F: Any, D_K: Any) -> Operator:
    """Return MobileNet's layer: padding keeps the map at D_F x D_F."""
    return depthwise_separable(M, N, (D_F, D_F), D_K, padding="same")


def padded_standard(M: Any, N: Any, D_F: Any, D_K: Any) -> Operator:
    """Return the standard layer that it replaces."""
    return conv(M, N, (D_F, D_F), D_K, padding="same")


MAPS = list(grid(M=(2, 3), N=(4,), D_F=(3, 6), D_K=(1, 2, 3)))
THIN = list(grid(M=(1, 2), N=(3,), q=(2, 3)))


def thinner(make: Callable[[Any, Any], Operator], quantity: str = "mult_adds", **options: Any) -> Judge:
    """Return the judge of the claim that a width of 1/q of the channels takes 1/q^2."""
    return of_counts(
        lambda M, N, q: 1 / q**2,
        (lambda M, N, q: make(M, N), lambda M, N, q: make(q * M, q * N)),
        THIN,
        quantity=quantity,
        **options,
    )


JUDGES: dict[str, Judge] = {
    "S08-30": several(
        identity("depthwise separable"),
        value(
            "the kernels of the steps, and what meets what",
            "depthwise 3 x 3, channels alone; pointwise 1 x 1, all channels",
            lambda: _steps_in_words(two_steps(3, 4, "H", "W", 3)),
            lambda: _steps_seen(two_steps(3, 4, 5, 5, 3)),
        ),
    ),
    "S08-31": several(
        maps(
            lambda N: (3, N, N),
            lambda N: (1, N - 3 + 1, N - 3 + 1),
            lambda N: conv(3, 1, (N, N), 3),
            [{"N": 7}],
        ),
        amount(5 * 5 * 1, lambda N: conv(3, 1, (N, N), 3), "outputs", N=7),
    ),
    "S08-32": several(
        amount(5 * 5 * 128, standard, "outputs", **EXAMPLE),
        amount(128 * 3 * 3 * 3, standard, "parameters", **EXAMPLE),
        maps(
            lambda D, N_c, H, W, h: (D, H, W),
            lambda D, N_c, H, W, h: (N_c, H - h + 1, W - h + 1),
            standard,
            [EXAMPLE],
        ),
    ),
    "S08-33": several(
        change("shrinks", places, standard, SHRINKING, EXAMPLE),
        change("grows", channels, standard, {**SHRINKING, "N_c": symbol("D") + T}, {**EXAMPLE, "N_c": 4}),
        change("shrinks", places, standard, PADDED, {**EXAMPLE, "N_c": 4, "padding": 1}, inside=False),
        change(
            "grows",
            channels,
            standard,
            {**SHRINKING, "D": 3, "N_c": 2},
            {**EXAMPLE, "N_c": 2},
            inside=False,
        ),
    ),
    "S08-34": several(
        identity("depthwise"),
        amount(3 * 3 * 3 * 1, first_step, "parameters", **EXAMPLE),
        amount(5 * 5 * 3, first_step, "outputs", **EXAMPLE),
        maps(
            lambda D, N_c, H, W, h: (D, H, W),
            lambda D, N_c, H, W, h: (D, H - h + 1, W - h + 1),
            first_step,
            [EXAMPLE],
        ),
    ),
    "S08-35": several(
        change("shrinks", places, alone, {"D": "D", "H": T + U, "W": T + U, "h": U + 1}, ALONE),
        change("stays", channels, alone, {"D": "D", "H": T + U, "W": T + U, "h": U + 1}, ALONE),
        change(
            "shrinks",
            places,
            alone,
            {"D": "D", "H": "H", "W": "W", "h": 3, "padding": 1},
            {**ALONE, "padding": 1},
            inside=False,
        ),
        change(
            "stays",
            channels,
            alone,
            {"D": "D", "H": "H", "W": "W", "h": 3, "multiplier": 2},
            {**ALONE, "multiplier": 2},
            inside=False,
        ),
    ),
    "S08-36": several(
        amount(128 * 1 * 1 * 3, second_step, "parameters", **EXAMPLE),
        amount(5 * 5 * 128, second_step, "outputs", **EXAMPLE),
        maps(
            lambda D, N_c, n: (D, n, n),
            lambda D, N_c, n: (N_c, n, n),
            lambda D, N_c, n: pointwise(D, N_c, (n, n)),
            [{"D": 3, "N_c": 128, "n": 5}],
        ),
    ),
    "S08-37": several(
        maps(
            lambda D, N_c, H, W, h: (D, H, W),
            lambda D, N_c, H, W, h: (N_c, H - h + 1, W - h + 1),
            two_steps,
            [EXAMPLE],
        ),
        value(
            "a kernel that is a product, for each input channel",
            _DOES,
            lambda: _by_rank(_product_kernel(2, 2, 2)),
            lambda: _split_and_run((_drawn(10, 2, 1, 1) + 6) * (_drawn(1, 2, 3, 3) + 6)),
        ),
        value(
            "any dense kernel",
            _DOES,
            lambda: _by_rank(_free_kernel(2, 2, 2)),
            lambda: _split_and_run(_drawn(10, 2, 3, 3)),
            inside=False,
        ),
        value(
            "any dense kernel, with one depthwise kernel for each tap of each channel",
            _DOES,
            lambda: _by_rank(_free_kernel(4, 2, 2), multiplier=2 * 2),
            lambda: _with_multiplier(_drawn(10, 2, 3, 3)),
            right=True,
        ),
        value(
            "ranks of the slices of a dense kernel (2 x 2 symbols; 10 x 3 x 3 integers)",
            "full",
            lambda: "full" if slice_ranks(_free_kernel(5, 1, 2)) == [4] else "less",
            lambda: "full" if slice_ranks(_drawn(10, 2, 3, 3)) == [9, 9] else "less",
            right=True,
        ),
    ),
    "S08-38": amount(128 * 3 * 3 * 3 * 5 * 5, standard, **EXAMPLE),
    "S08-39": amount(3 * 3 * 3 * 1 * 5 * 5, first_step, **EXAMPLE),
    "S08-40": amount(128 * 1 * 1 * 3 * 5 * 5, second_step, **EXAMPLE),
    "S08-41": amount(675 + 9600, two_steps, **EXAMPLE),
    "S08-42": several(
        share("12", "multiplications"), share("12", "parameters"), share("12", "moved", inside=False)
    ),
    "S08-43": count(standard_cost, standard, LAYERS),
    "S08-44": several(
        parity("they hold", 2 * T, (2, 4)),
        parity("they fail", 2 * T + 1, (3, 5)),
        parity("they hold", symbol("h"), (1, 2, 3, 4, 5, 6), right=True),
    ),
    "S08-45": maps(
        lambda D, N_c, H, W, h: (D, H, W),
        lambda D, N_c, H, W, h: (N_c, H - h + 1, W - h + 1),
        standard,
        LAYERS,
    ),
    "S08-46": count(two_steps_cost, two_steps, LAYERS),
    "S08-47": ratio_of(),
    "S08-48": several(
        excess_along(
            "falls",
            lambda k: {"h": k**2, "N_c": k**3},
            at="the excess over 1/h^2 as N_c/h = k grows, N_c = k^3, h = k^2",
        ),
        excess_along(
            "falls",
            lambda k: {"h": 3, "N_c": 9 * k},
            at="the excess over 1/h^2 as N_c/h^2 = k grows, h = 3",
            right=True,
        ),
        of_counts(
            lambda D, N_c, H, W, h: 1 / h**2,
            (two_steps, standard),
            [{"D": 1, "N_c": 70, "H": 7, "W": 7, "h": 7}],
            met=nowhere,
            right=lambda D, N_c, H, W, h: (1 + h**2 / N_c) / h**2,
        ),
    ),
    "S08-49": times_less(9, 3, 891),
    "S08-50": times_less(25, 5, 2475),
    "S08-51": fewer(
        two_steps,
        standard,
        LAYERS,
        met=lambda D, N_c, H, W, h: h >= 2 and N_c >= 2,
        within=[{**SHRINKING, "N_c": T + 1}],
        beyond=[{**SHRINKING, "N_c": 1}, {**PADDED, "h": 1, "padding": 0}],
        quantity="parameters",
    ),
    "S08-52": several(
        capacity(2, 2, inside=True),
        capacity(3, 2, inside=True),
        capacity(1, 2, inside=False),
        capacity(3, 1, inside=False),
        freedom(
            lambda N_c, h: 2 * (h**2 + N_c - 1),
            lambda N_c, h: two_steps(2, N_c, h, h, h),
            [{"N_c": 2, "h": 2}],
            list(grid(N_c=(1, 2, 4), h=(1, 2))),
            right=True,
        ),
    ),
    "S08-53": any_image(),
    "S08-54": several(
        count(
            lambda M, N, D_F, D_K: D_K**2 * M * D_F**2 + M * N * D_F**2,
            padded_steps,
            MAPS,
            quantity="mult_adds",
        ),
        count(lambda M, N, D_F, D_K: D_K**2 * M * N * D_F**2, padded_standard, MAPS, quantity="mult_adds"),
        of_counts(
            lambda M, N, D_F, D_K: 1 / N + 1 / D_K**2,
            (padded_steps, padded_standard),
            MAPS,
            quantity="mult_adds",
        ),
    ),
    "S08-59": several(
        thinner(lambda M, N: pointwise(M, N, (4, 4))),
        thinner(lambda M, N: pointwise(M, N, (4, 4)), "parameters"),
        of_counts(
            lambda M, N, r: 1 / r**2,
            (lambda M, N, r: padded_steps(M, N, 2, 3), lambda M, N, r: padded_steps(M, N, 2 * r, 3)),
            list(grid(M=(2,), N=(3,), r=(2, 3))),
            quantity="mult_adds",
        ),
        *(
            thinner(
                lambda M, N: padded_steps(M, N, 4, 3),
                quantity,
                met=nowhere,
                right=lambda M, N, q: 1 / q**2 + 9 / q * (1 - 1 / q) / (9 + q * N),
            )
            for quantity in ("mult_adds", "parameters")
        ),
        thinner(lambda M, N: padded_standard(3, N, 4, 3), met=nowhere, right=lambda M, N, q: 1 / q),
    ),
    "S08-60": several(ratio_of(), ratio_of("moved", inside=False)),
}
