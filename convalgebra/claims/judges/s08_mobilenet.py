"""Judges of the claims about MobileNet, counted over its table of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.cheap import depthwise
from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.comparing import formula_of, quotient
from convalgebra.claims.forms.depthwise import padded_standard, padded_steps
from convalgebra.claims.forms.kernels import drawn, product_kernel, slice_ranks
from convalgebra.claims.forms.mobile import (
    MOBILENET,
    MOBILENET_FULL,
    figure,
    imagenet,
    in_formulas,
    layers_with_weights,
    only,
    without,
)
from convalgebra.claims.forms.networks import Layer, Placed, counted, kernel_taps, placed, total_counted
from convalgebra.claims.forms.printed import as_printed, in_millions, per_cent
from convalgebra.claims.forms.values import several, value
from convalgebra.counting.measured import run_count
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.proofs import as_formula, is_nonnegative
from convalgebra.sizes import symbol


def mobilenet(size: Any) -> tuple[Placed, ...]:
    """Return MobileNet."""
    return imagenet(MOBILENET, size)


def in_full(size: Any) -> tuple[Placed, ...]:
    """Return MobileNet with full convolutions."""
    return imagenet(MOBILENET_FULL, size)


def part(word: str) -> Callable[[Any], tuple[Placed, ...]]:
    """Return what makes the layers of MobileNet of one kind."""
    return lambda size: only(mobilenet(size), word)


def no_classifier(net: Callable[[Any], tuple[Placed, ...]]) -> Callable[[Any], tuple[Placed, ...]]:
    """Return what makes a network without its classifier."""
    return lambda size: without(net(size), "fc")


def share(said: str, word: str, quantity: str, **options: Any) -> Judge:
    """Return the judge of the percentage that one kind of layer takes of a quantity."""
    return figure(
        f"{word}, per cent of {quantity}", said, (part(word), mobilenet), per_cent, quantity, **options
    )


# --- which kind of layer -------------------------------------------------------------------------------


def _pairs_by_structure() -> int:
    """Return how many depthwise layers are followed by a pointwise one, by their operators."""
    ops = [here.operator for here in mobilenet(224) if not here.layer.pool]
    return sum(_is_depthwise(first) and _is_pointwise(second) for first, second in pairwise(ops))


def _is_depthwise(op: Operator) -> bool:
    return isinstance(op, Conv) and op.groups == op.in_channels and op.kernel_size != (1, 1)


def _is_pointwise(op: Operator) -> bool:
    return isinstance(op, Conv) and op.groups == 1 and op.kernel_size == (1, 1)


def _pairs_by_matrices() -> int:
    """Return the same: weights for one input channel each, then a weight for each pair of channels."""

    def alone(here: Placed) -> bool:
        return counted(here).parameters == int(here.in_channels) * kernel_taps(here.layer.kernel) ** 2

    def mixes(here: Placed) -> bool:
        return counted(here).parameters == int(here.in_channels) * counted(here).outputs

    layers = [here for here in mobilenet(224) if not here.layer.pool]
    return sum(alone(a) and not mixes(a) and mixes(b) for a, b in pairwise(layers))


def _plane_rank(kernel: Any) -> int:
    """Return the rank of the plane from the first input channel to the first output channel."""
    return slice_ranks(kernel[:1, :1].transpose(2, 1, 0, 3))[0]


def _outer_kernel(outs: int, taps: int) -> Any:
    """Return a kernel of which each plane is a column times a row, of their own."""
    columns, rows = drawn(outs, taps) + 6, drawn(taps, outs).T + 7
    return np.einsum("oi,oj->oij", columns, rows)[:, None]


def _free_outer_kernel(outs: int, taps: int) -> Any:
    names = sympy.symbols(f"u:{outs * taps}"), sympy.symbols(f"v:{outs * taps}")
    columns, rows = (np.array(n, object).reshape(outs, taps) for n in names)
    return np.array(
        [[[[columns[o, i] * rows[o, j] for j in range(taps)] for i in range(taps)]] for o in range(outs)]
    )


# --- eight to nine times ---------------------------------------------------------------------------------

_SAID = "8 to 9 times"


def _times(ratio: Any) -> str:
    """Say how many times as much, proved for all values of the names."""

    def surely(difference: Any) -> bool:
        return is_nonnegative(sympy.expand(sympy.numer(sympy.together(difference))))

    if surely(ratio - 8) and surely(9 - ratio):
        return _SAID
    return "less than 8 times" if surely(8 - ratio) else "more than 9 times" if surely(ratio - 9) else "?"


def times_in_a_layer(N: Any, numbers: tuple[int, ...], *, inside: bool) -> Judge:
    """Return the judge of the claim for a layer with so many output channels, 3 x 3, padded."""

    def judge() -> Iterator[Finding]:
        ops = [make("M", N, "D_F", 3) for make in (padded_standard, padded_steps)]
        at = f"a layer, N = {N}"
        yield derived(
            at, _SAID, _times(quotient(*(formula_of(op, "mult_adds") for op in ops))), inside=inside
        )
        for n in numbers:
            counts = (run_count(make(1, n, 2, 3), "mult_adds") for make in (padded_standard, padded_steps))
            yield measured(f"a layer, N = {n}", _SAID, _times(quotient(*counts)), inside=inside)

    return judge


def times_in_the_network() -> Judge:
    """Return the judge of the claim for the whole network."""
    nets = (in_full, mobilenet)
    return value(
        "the whole network",
        _SAID,
        lambda: _times(quotient(*(in_formulas(net, "mult_adds", 224, 32) for net in nets))),
        lambda: _times(quotient(*(total_counted(net(224), "mult_adds") for net in nets))),
    )


# --- depthwise kernels taken apart in space ---------------------------------------------------------


def _in_two_passes(here: Placed, channels: Any) -> Operator:
    """Return a depthwise layer as a 3 x 1 and a 1 x 3 one."""
    row, n = here.layer, here.input_size
    first = depthwise(
        channels, (n, n), (row.kernel, 1), stride=(row.stride, 1), padding=(row.padding, 0), name="vertical"
    )
    second = depthwise(
        channels,
        first.output_size,
        (1, row.kernel),
        stride=(1, row.stride),
        padding=(0, row.padding),
        name="horizontal",
    )
    return second @ first


def saved_in_space(said: str) -> Judge:
    """Return the judge of what factorising the depthwise kernels saves, per cent of the whole network."""

    def derive() -> str:
        q = symbol("q")
        layers = only(mobilenet(32 * q), "depthwise")
        saved = sum(
            here.operator.mult_adds - _in_two_passes(here, here.in_channels).mult_adds for here in layers
        )
        return as_printed(
            per_cent(as_formula(saved).subs(q, 7), in_formulas(mobilenet, "mult_adds", 224, 32)), said
        )

    def run() -> str:
        saved = sum(
            counted(here).mult_adds
            - run_count(_in_two_passes(here, 1), "mult_adds") * counted(here).outputs
            for here in only(mobilenet(224), "depthwise")
        )
        return as_printed(per_cent(sympy.Integer(saved), total_counted(mobilenet(224), "mult_adds")), said)

    return value("saved by depthwise layers in two passes, per cent of mult_adds", said, derive, run)


def one_layer(
    at: str, mult_adds: str, parameters: str, row: tuple[Layer, ...], channels: int, size: int
) -> Judge:
    """Return the judge of a layer's mult_adds and parameters in millions."""

    def net(n: Any) -> tuple[Placed, ...]:
        return placed(row, channels, n)

    return several(
        figure(f"{at}, mult_adds in millions", mult_adds, (net,), in_millions, size=size, unit=2),
        figure(
            f"{at}, parameters in millions",
            parameters,
            (net,),
            in_millions,
            "parameters",
            size=size,
            unit=2,
        ),
    )


def separable_row(channels: int) -> tuple[Layer, ...]:
    """Return a depthwise separable layer that keeps the channels, 3 x 3."""
    return (Layer("depthwise", channels, 3, padding=1, groups=0), Layer("pointwise", channels))


JUDGES: dict[str, Judge] = {
    "S08-22": several(
        value(
            "depthwise separable layers in MobileNet, a depthwise layer then a pointwise one",
            13,
            _pairs_by_structure,
            _pairs_by_matrices,
        ),
        value(
            "depthwise separable kernels (2 x 2 planes): rank of a plane as column by row",
            2,
            lambda: _plane_rank(product_kernel(2, 2, 2)),
            lambda: _plane_rank((drawn(2, 2, 1, 1) + 6) * np.array([[1, 2], [3, 4]])),
        ),
        value(
            "kernels whose planes are spatially separable (2 outputs): rank as channels by space",
            [2],
            lambda: slice_ranks(_free_outer_kernel(2, 2)),
            lambda: slice_ranks(_outer_kernel(2, 2)),
        ),
    ),
    "S08-55": several(
        times_in_a_layer(71 + symbol("t"), (72, 128, 256, 512, 1024), inside=True),
        times_in_a_layer(64, (64,), inside=False),
        times_in_a_layer(71, (71,), inside=False),
        times_in_the_network(),
    ),
    "S08-56": several(
        figure("MobileNet, mult_adds in millions", "569", (mobilenet,), in_millions),
        figure("MobileNet, parameters in millions", "4.2", (mobilenet,), in_millions, "parameters"),
        figure(
            "full convolutions without the classifier, mult_adds in millions",
            "4866",
            (no_classifier(in_full),),
            in_millions,
        ),
        figure("full convolutions, parameters in millions", "29.3", (in_full,), in_millions, "parameters"),
        figure(
            "MobileNet without the classifier, mult_adds in millions",
            "569",
            (no_classifier(mobilenet),),
            in_millions,
            inside=False,
        ),
        figure("full convolutions, mult_adds in millions", "4866", (in_full,), in_millions, inside=False),
    ),
    "S08-57": several(
        share("94.86", "pointwise", "mult_adds"),
        share("74.59", "pointwise", "parameters"),
        share("3.06", "depthwise", "mult_adds"),
        share("1.06", "depthwise", "parameters"),
        share("0.18", "fc", "mult_adds"),
        share("24.33", "fc", "parameters"),
        share("0.02", "conv", "parameters"),
    ),
    "S08-57b": several(
        share("1.19", "conv", "mult_adds"),
        share("1.91", "conv", "mult_adds", right=True),
    ),
    "S08-58": several(
        one_layer("standard", "462", "2.36", (Layer("standard", 512, 3, padding=1),), 512, 14),
        one_layer("separable", "52.3", "0.27", separable_row(512), 512, 14),
        one_layer("alpha = 0.75", "29.6", "0.15", separable_row(384), 384, 14),
        one_layer("alpha = 0.75, rho = 0.714", "15.1", "0.15", separable_row(384), 384, 10),
    ),
    "S08-63": layers_with_weights("layers with weights", 28, mobilenet),
    "S08-64": several(share("3.06", "depthwise", "mult_adds"), saved_in_space("0.82")),
}
