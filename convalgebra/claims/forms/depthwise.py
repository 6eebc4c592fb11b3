"""Claims about a depthwise separable layer beside the standard one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import isqrt
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise, depthwise_separable
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, named, same
from convalgebra.claims.forms.comparing import (
    formula_of,
    limit,
    of_counts,
    quotient,
    threshold,
)
from convalgebra.claims.forms.counts import Says
from convalgebra.claims.forms.kernels import (
    freedom_in_integers,
    freedom_in_symbols,
)
from convalgebra.claims.forms.printed import as_printed
from convalgebra.claims.forms.sliding import ones
from convalgebra.claims.forms.values import several, value
from convalgebra.counting.measured import run_count
from convalgebra.operators.base import Operator
from convalgebra.proofs import is_nonnegative
from convalgebra.sizes import symbol

LAYERS = list(grid(D=(2, 3), N_c=(1, 4), H=(5,), W=(4,), h=(1, 2, 3)))
EXAMPLE: dict[str, Any] = {"D": 3, "N_c": 128, "H": 7, "W": 7, "h": 3}
T, U = symbol("t"), symbol("u")
# Any image and any kernel of two or more that fits: H = t + u, h = u + 1.
SHRINKING: dict[str, Any] = {"D": "D", "N_c": "N_c", "H": T + U, "W": T + U, "h": U + 1}
PADDED: dict[str, Any] = {"D": "D", "N_c": "N_c", "H": "H", "W": "W", "h": 3, "padding": 1}
ALONE: dict[str, Any] = {"D": 3, "H": 7, "W": 7, "h": 3}
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


def steps_in_words(op: Operator) -> str:
    """Say what the steps of a layer are, as the structure tells it."""
    said = []
    for step in reversed(op.stages):
        ((name, shape),) = step.weight_shapes.items()
        meets = (
            "channels alone"
            if shape[1] == 1
            else "all channels"
            if shape[1] == step.input_shape[0]
            else "some channels"
        )
        said.append(f"{name} {' x '.join(map(str, shape[2:]))}, {meets}")
    return "; ".join(said)


def steps_seen(op: Operator) -> str:
    """Say the same, as the matrices show it: the entries of a row, and the table of channels."""
    said = []
    for step, name in zip(reversed(op.stages), ("depthwise", "pointwise"), strict=True):
        table = step.channel_pattern().table
        in_row = step.matrix(ones(step))[[0]].nnz // int(table[0].sum())
        length = isqrt(in_row)
        meets = "channels alone" if np.array_equal(table, np.eye(len(table))) else "all channels"
        said.append(
            f"{name} {length} x {length}, {meets if meets[0] == 'c' or table.all() else 'some channels'}"
        )
    return "; ".join(said)


def on_one_window(N_c: Any, h: Any, make: Callable[..., Operator] = two_steps) -> Operator:
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
        limit(lambda: says, (full, separable), "N_c", 4, [{}], general=False),
        of_counts(
            lambda N_c: says,
            (full, separable),
            [{"N_c": n} for n in (1, 16, 128)],
            met=nowhere,
            right=lambda N_c: says * N_c / (says + N_c),
        ),
        threshold(near, (separable, full), within_one_per_cent, "N_c", near - 3),
    )


# --- what a share of the cost means --------------------------------------------------------------------


_CALLED = {"moved": "values read and written"}


def share(said: str, quantity: str, *, inside: bool = True) -> Judge:
    """Return the judge of the percentage that the two steps take of the standard layer in the example."""
    names = {name: symbol(name) for name in EXAMPLE}
    values = {names[name]: size for name, size in EXAMPLE.items()}

    def formula() -> Any:
        return quotient(*(formula_of(make(**names), quantity) for make in (two_steps, standard)))

    return value(
        f"per cent of the {_CALLED.get(quantity, quantity)}, {named(EXAMPLE)}",
        said,
        lambda: as_printed(100 * formula().subs(values), said),
        lambda: as_printed(
            100 * quotient(*(run_count(make(**EXAMPLE), quantity) for make in (two_steps, standard))), said
        ),
        inside=inside,
    )


def ratio_of_values_moved(says: Says) -> Judge:
    """Return the judge of a ratio for the values read and written: outside the condition."""
    return of_counts(
        lambda N_c: says(3, N_c, 7, 7, sympy.Integer(3)),
        (lambda N_c: two_steps(3, N_c, 7, 7, 3), lambda N_c: standard(3, N_c, 7, 7, 3)),
        [{"N_c": n} for n in (1, 16, 128)],
        met=nowhere,
        quantity="moved",
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


def parity(
    says: str, formulas: tuple[Says, Says], h: Any, numbers: tuple[int, ...], *, right: bool = False
) -> Judge:
    """Return the judge of whether the two cost formulas hold for such kernel sizes."""

    def holds(make: Any, formula: Any, amount_of: Any, h: Any) -> bool:
        sizes = {"D": symbol("D"), "N_c": symbol("N_c"), "H": symbol("H"), "W": symbol("W"), "h": h}
        if isinstance(h, int):
            sizes = {"D": 2, "N_c": 3, "H": 6, "W": 7, "h": h}
        return same(formula(**sizes), amount_of(make(**sizes)))

    def word(amount_of: Any, kernels: tuple[Any, ...]) -> str:
        pairs = tuple(zip((standard, two_steps), formulas, strict=True))
        all_hold = all(holds(make, formula, amount_of, h) for make, formula in pairs for h in kernels)
        return "they hold" if all_hold else "they fail"

    return value(
        f"the formulas at h = {h} (derived), at {', '.join(map(str, numbers))} (counted)",
        says,
        lambda: word(formula_of, (h,)),
        lambda: word(run_count, numbers),
        right=right,
    )


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


def thinner(
    says: Says, make: Callable[[Any, Any], Operator], quantity: str = "mult_adds", **options: Any
) -> Judge:
    """Return the judge of what 1/q of the channels take beside all of them."""
    return of_counts(
        says,
        (lambda M, N, q: make(M, N), lambda M, N, q: make(q * M, q * N)),
        THIN,
        quantity=quantity,
        **options,
    )
