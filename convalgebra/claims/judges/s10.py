"""Judges of the claims about grouped convolutions, AlexNet and ResNeXt."""

from __future__ import annotations

from typing import Any

import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise, depthwise_separable
from convalgebra.catalogue.grouped import grouped
from convalgebra.claims.claim import Judge, grid
from convalgebra.claims.forms.comparing import of_counts
from convalgebra.claims.forms.counts import both_roads, count, parameters
from convalgebra.claims.forms.examples import amount, maps, positions, seen_shape
from convalgebra.claims.forms.functions import outputs
from convalgebra.claims.forms.groups import (
    blocks_of,
    crossings,
    differ,
    groups_of,
    in_halves,
    parts,
)
from convalgebra.claims.forms.matrices import same_operator
from convalgebra.claims.forms.parallel import (
    gradients,
    images_that_fit,
    shares,
)
from convalgebra.claims.forms.patterns import ALL_MEET, channels_meet, full, in_words
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several
from convalgebra.claims.judges import s10_networks
from convalgebra.operators.base import Operator

HALF = sympy.Rational(1, 2)


def image(in_channels: Any, out_channels: Any, h: Any, w: Any, groups: Any = 1) -> Operator:
    """Return a layer with a kernel h x w, on an image on which every tap is read."""
    return grouped(in_channels, out_channels, (h + 1, w + 1), (h, w), groups=groups)


def halves(a: Any, b: Any) -> Any:
    """Return a layer with 2a channels and 2b filters in two groups."""
    return grouped(2 * a, 2 * b, 3, 2, groups=2)


def channels_along(op: Operator) -> list[Any]:
    """Return the channels that are read, then those that each layer writes."""
    return [op.input_shape[0], *(stage.output_shape[0] for stage in reversed(op.stages))]


def channels_seen(op: Operator) -> list[int]:
    """Return the same, of what the matrices show."""
    read = op.stages[-1].channel_pattern().table.shape[1]
    return [read, *(seen_shape(stage)[0] for stage in reversed(op.stages))]


# --- the judges -----------------------------------------------------------------------------------------

JUDGES: dict[str, Judge] = {
    **s10_networks.JUDGES,
    "S10-04": several(
        parameters(
            lambda h, w, D, N_c: h * w * D * N_c,
            lambda h, w, D, N_c: image(D, N_c, h, w),
            grid(h=(1, 3), w=(2, 3), D=(1, 3), N_c=(2, 4)),
        ),
        maps(
            lambda D, N_c, H, W, h, w: (D, H, W),
            lambda D, N_c, H, W, h, w: (N_c, H - h + 1, W - w + 1),
            lambda D, N_c, H, W, h, w: conv(D, N_c, (H, W), (h, w)),
            list(grid(D=(3,), N_c=(2,), H=(7, 5), W=(6,), h=(3,), w=(2, 3))),
        ),
        positions((5, 5), lambda D, N_c, H, W, m: conv(D, N_c, (H, W), m), D=3, N_c=128, H=7, W=7, m=3),
        amount(
            128 * 3 * 3 * 3,
            lambda D, N_c, H, W, m: conv(D, N_c, (H, W), m),
            "parameters",
            D=3,
            N_c=128,
            H=7,
            W=7,
            m=3,
        ),
    ),
    "S10-05": several(
        both_roads(
            lambda a, b: [HALF * (2 * a), [HALF * (2 * b)] * 2],
            halves,
            list(grid(a=(1, 2, 3), b=(1, 2))),
            lambda op: list(blocks_of(op)),
            lambda op: list(groups_of(op)),
        ),
        *(parts(D, 2, inside=D % 2 == 0) for D in (3, 4, 5, 6)),
    ),
    "S10-06": outputs(
        in_halves,
        lambda D, N_c, n, m: grouped(D, N_c, (n, n), m, groups=2),
        grid(D=(2, 4), N_c=(2, 6), n=(4,), m=(2, 3)),
        small=grid(D=(2,), N_c=(2, 4), n=(3,), m=(2,)),
    ),
    "S10-07": both_roads(
        lambda a, b: [b, b, 2 * b],
        halves,
        list(grid(a=(1, 2), b=(1, 3))),
        lambda op: [*blocks_of(op)[1], op.output_shape[0]],
        lambda op: [*groups_of(op)[1], seen_shape(op)[0]],
    ),
    "S10-08": several(
        *(
            both_roads(
                lambda D: 1,
                make,
                list(grid(D=(1, 2, 5))),
                lambda op: op.weight_shapes["weight"][1],
                lambda op: groups_of(op)[0],
            )
            for make in (
                lambda D: grouped(D, 2 * D, 3, 2, groups=D),
                lambda D: depthwise(D, 3, 2, name="weight"),
            )
        )
    ),
    "S10-09": several(
        *(
            both_roads(
                lambda q, D=D: [[q] * D, q * D],
                lambda q, D=D: grouped(D, q * D, 3, 2, groups=D),
                list(grid(q=(1, 2, 4))),
                lambda op: [blocks_of(op)[1], op.output_shape[0]],
                lambda op: [groups_of(op)[1], seen_shape(op)[0]],
            )
            for D in (2, 3)
        ),
        *(parts(D, 3, inside=D % 3 == 0) for D in (6, 7, 128)),
    ),
    "S10-10": both_roads(
        lambda D, q: D,
        lambda D, q: depthwise(D, 3, 2, multiplier=q),
        list(grid(D=(1, 3), q=(1, 2))),
        lambda op: op.output_shape[0],
        lambda op: seen_shape(op)[0],
        lambda D, q: q == 1,
        {"q": 1},
    ),
    "S10-11": several(
        *(differ(a, b, inside=a != b) for a, b in ((2, 4), (3, 9), (2, 2), (4, 4))),
        same_operator(
            lambda D, q: depthwise(D, 3, 2, multiplier=q, name="weight"),
            lambda D, q: grouped(D, q * D, 3, 2, groups=D),
            grid(D=(2, 4), q=(1, 2, 3)),
            symbols_at=grid(D=(2,), q=(1, 2)),
        ),
    ),
    "S10-12": both_roads(
        lambda D, N_c: [D, D, N_c],
        lambda D, N_c: depthwise_separable(D, N_c, (4, 4), 3),
        list(grid(D=(1, 3), N_c=(2, 8))),
        channels_along,
        channels_seen,
    ),
    "S10-13": several(
        *(
            channels_meet(
                lambda **_: 0,
                make,
                grid(groups=(2, 3)),
                grid(groups=(2, 3, 4)),
                of=crossings,
            )
            for make in (
                lambda groups: grouped(2 * groups, 2 * groups, 3, 2, groups=groups),
                lambda groups: (
                    grouped(2 * groups, groups, 2, 2, groups=groups, name="second")
                    @ grouped(groups, 2 * groups, 3, 2, groups=groups, name="first")
                ),
            )
        )
    ),
    "S10-14": several(
        *(shares([sympy.Rational(1, g), sympy.Rational(1, g), sympy.Rational(1, g**2)], g) for g in (2, 4)),
        *(images_that_fit(g, inside=g > 1) for g in (1, 2, 4)),
    ),
    "S10-16": gradients,
    "S10-17": several(
        parameters(
            lambda h, w, a, b, g: h * w * (g * a) * (g * b) // g,
            lambda h, w, a, b, g: image(g * a, g * b, h, w, groups=g),
            grid(h=(2,), w=(1, 3), a=(1, 2), b=(1, 3), g=(1, 2, 3)),
        ),
        *(
            amount(said, lambda h, g=g: image(12, 12, h, h, groups=g), "parameters", h=3)
            for g, said in ((1, 1296), (2, 648), (3, 432), (4, 324), (6, 216), (12, 108))
        ),
    ),
    "S10-18": parameters(
        lambda h, w, D, N_c: h * w * D * N_c,
        lambda h, w, D, N_c: image(D, N_c, h, w),
        grid(h=(1, 3), w=(2, 5), D=(1, 4), N_c=(2, 6)),
    ),
    "S10-19": several(
        parameters(
            lambda h, w, a, b: h * w * (2 * a) // 2 * (2 * b) // 2 * 2,
            lambda h, w, a, b: image(2 * a, 2 * b, h, w, groups=2),
            grid(h=(2, 3), w=(3,), a=(1, 2), b=(1, 3)),
        ),
        of_counts(
            lambda h, w, a, b: HALF,
            (
                lambda h, w, a, b: image(2 * a, 2 * b, h, w, groups=2),
                lambda h, w, a, b: image(2 * a, 2 * b, h, w),
            ),
            grid(h=(2, 3), w=(3,), a=(1, 2), b=(1, 3)),
            quantity="parameters",
        ),
    ),
    "S10-20": several(
        count(
            lambda h, w, a, b, g, n: h * w * (g * a) * (g * b) * (n + 1) ** 2 // g,
            lambda h, w, a, b, g, n: grouped(g * a, g * b, (n + h, n + w), (h, w), groups=g),
            grid(h=(2,), w=(1, 3), a=(1, 2), b=(1,), g=(1, 2, 3), n=(1, 2)),
        ),
        of_counts(
            lambda a, b, g, n: 1 / g,
            (
                lambda a, b, g, n: grouped(g * a, g * b, (n + 2, n + 2), 3, groups=g, padding=1),
                lambda a, b, g, n: conv(g * a, g * b, (n + 2, n + 2), 3, padding=1),
            ),
            grid(a=(1, 2), b=(1,), g=(1, 2, 4), n=(1, 3)),
        ),
    ),
    "S10-21": channels_meet(
        lambda D, N_c, g: in_words([[o * g // N_c == c * g // D for c in range(D)] for o in range(N_c)]),
        lambda D, N_c, g: grouped(D, N_c, 3, 2, groups=g),
        grid(D=(4,), N_c=(2, 4), g=(1, 2)),
        grid(D=(6, 12), N_c=(6, 9), g=(1, 3)),
        of=in_words,
    ),
    "S10-33": several(
        same_operator(
            lambda D, N_c: conv(D, N_c, (3, 3), 2),
            lambda D, N_c: grouped(D, N_c, (3, 3), 2, groups=1),
            grid(D=(1, 3), N_c=(2, 4)),
            symbols_at=grid(D=(2,), N_c=(1,)),
        ),
        identity("grouped is dense with zeros"),
        channels_meet(
            lambda groups: ALL_MEET if groups == 1 else f"{16 // groups} of 16 pairs of channels meet",
            lambda groups: grouped(4, 4, 3, 2, groups=groups),
            grid(groups=(1, 2)),
            grid(groups=(1, 2, 4)),
            of=full,
        ),
    ),
}
