"""Judges of the claims about depthwise separable convolutions, section 8.2."""

from __future__ import annotations

from typing import Any

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import pointwise
from convalgebra.claims.claim import Judge, grid
from convalgebra.claims.forms.comparing import change, channels, fewer, of_counts, places
from convalgebra.claims.forms.counts import count
from convalgebra.claims.forms.depthwise import (
    ALONE,
    EXAMPLE,
    LAYERS,
    MAPS,
    PADDED,
    SHRINKING,
    T,
    U,
    alone,
    any_image,
    capacity,
    excess_along,
    first_step,
    nowhere,
    padded_standard,
    padded_steps,
    parity,
    ratio_of_values_moved,
    second_step,
    share,
    standard,
    steps_in_words,
    steps_seen,
    thinner,
    times_less,
    two_steps,
)
from convalgebra.claims.forms.examples import amount, maps
from convalgebra.claims.forms.kernels import (
    SAME_MAP,
    by_rank,
    drawn,
    free_kernel,
    freedom,
    product_kernel,
    slice_ranks,
    split_and_run,
    with_multiplier,
)
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several, value
from convalgebra.sizes import symbol


def standard_cost(D: Any, N_c: Any, H: Any, W: Any, h: Any) -> Any:
    """Return the multiplications of the standard layer as the article prints them."""
    return N_c * h * h * D * (H - h + 1) * (W - h + 1)


def two_steps_cost(D: Any, N_c: Any, H: Any, W: Any, h: Any) -> Any:
    """Return the multiplications of the two steps as the article prints them."""
    return (h * h + N_c) * D * (H - h + 1) * (W - h + 1)


def ratio(D: Any, N_c: Any, H: Any, W: Any, h: Any) -> Any:
    """Return the ratio of the two as the article prints it."""
    return 1 / N_c + 1 / h**2


def alpha_squared(M: Any, N: Any, q: Any) -> Any:
    """Return what a width of alpha = 1/q is said to leave."""
    return 1 / q**2


COSTS = (standard_cost, two_steps_cost)

JUDGES: dict[str, Judge] = {
    "S08-30": several(
        identity("depthwise separable"),
        value(
            "the kernels of the steps, and what meets what",
            "depthwise 3 x 3, channels alone; pointwise 1 x 1, all channels",
            lambda: steps_in_words(two_steps(3, 4, "H", "W", 3)),
            lambda: steps_seen(two_steps(3, 4, 5, 5, 3)),
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
            SAME_MAP,
            lambda: by_rank(product_kernel(2, 2, 2)),
            lambda: split_and_run((drawn(10, 2, 1, 1) + 6) * (drawn(1, 2, 3, 3) + 6)),
        ),
        value(
            "any dense kernel",
            SAME_MAP,
            lambda: by_rank(free_kernel(2, 2, 2)),
            lambda: split_and_run(drawn(10, 2, 3, 3)),
            inside=False,
        ),
        value(
            "any dense kernel, with one depthwise kernel for each tap of each channel",
            SAME_MAP,
            lambda: by_rank(free_kernel(4, 2, 2), multiplier=2 * 2),
            lambda: with_multiplier(drawn(10, 2, 3, 3)),
            right=True,
        ),
        value(
            "ranks of the slices of a dense kernel (2 x 2 symbols; 10 x 3 x 3 integers)",
            "full",
            lambda: "full" if slice_ranks(free_kernel(5, 1, 2)) == [4] else "less",
            lambda: "full" if slice_ranks(drawn(10, 2, 3, 3)) == [9, 9] else "less",
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
        parity("they hold", COSTS, 2 * T, (2, 4)),
        parity("they fail", COSTS, 2 * T + 1, (3, 5)),
        parity("they hold", COSTS, symbol("h"), (1, 2, 3, 4, 5, 6), right=True),
    ),
    "S08-45": maps(
        lambda D, N_c, H, W, h: (D, H, W),
        lambda D, N_c, H, W, h: (N_c, H - h + 1, W - h + 1),
        standard,
        LAYERS,
    ),
    "S08-46": count(two_steps_cost, two_steps, LAYERS),
    "S08-47": of_counts(ratio, (two_steps, standard), LAYERS),
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
        *(capacity(n, h, inside=n > 1 and h > 1) for n, h in ((2, 2), (3, 2), (1, 2), (3, 1), (1, 1))),
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
        thinner(alpha_squared, lambda M, N: pointwise(M, N, (4, 4))),
        thinner(alpha_squared, lambda M, N: pointwise(M, N, (4, 4)), "parameters"),
        of_counts(
            lambda M, N, r: 1 / r**2,
            (lambda M, N, r: padded_steps(M, N, 2, 3), lambda M, N, r: padded_steps(M, N, 2 * r, 3)),
            list(grid(M=(2,), N=(3,), r=(2, 3))),
            quantity="mult_adds",
        ),
        *(
            thinner(
                alpha_squared,
                lambda M, N: padded_steps(M, N, 4, 3),
                quantity,
                met=nowhere,
                right=lambda M, N, q: 1 / q**2 + 9 / q * (1 - 1 / q) / (9 + q * N),
            )
            for quantity in ("mult_adds", "parameters")
        ),
        thinner(
            alpha_squared,
            lambda M, N: padded_standard(3, N, 4, 3),
            met=nowhere,
            right=lambda M, N, q: 1 / q,
        ),
    ),
    "S08-60b": several(of_counts(ratio, (two_steps, standard), LAYERS), ratio_of_values_moved(ratio)),
}
