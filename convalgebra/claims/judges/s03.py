"""Judges of the claims about 3-D convolution."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.forms import volume_conv
from convalgebra.claims.claim import Finding, Judge, Road, grid
from convalgebra.claims.forms.counts import count, output_size, parameters
from convalgebra.claims.forms.examples import amount, maps, positions
from convalgebra.claims.forms.functions import agree, beside, outputs, run
from convalgebra.claims.forms.shifts import matrix_of, moved, shift
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.sizes import symbol
from convalgebra.weights import Array

NAMES = ("C", "N", "D", "H", "W", "d", "h", "w")
LAYERS = [
    dict(zip(NAMES, sizes, strict=True)) for sizes in ((1, 1, 3, 3, 2, 2, 2, 2), (2, 3, 4, 3, 5, 2, 3, 1))
]
VOLUMES = [
    {"D": 2, "H": 3, "W": 3, "d": 2, "h": 2, "w": 2},
    {"D": 4, "H": 3, "W": 5, "d": 3, "h": 1, "w": 2},
    {"D": 5, "H": 4, "W": 4, "d": 2, "h": 3, "w": 3},
]


def layer(C: Any, N: Any, D: Any, H: Any, W: Any, d: Any, h: Any, w: Any) -> Conv:
    """C channels of volumes to N, stride 1, no padding."""
    return conv(C, N, (D, H, W), (d, h, w))


def volume(D: Any, H: Any, W: Any, d: Any, h: Any, w: Any) -> Conv:
    """One volume to one."""
    return conv(1, 1, (D, H, W), (d, h, w))


def as_deep(D: Any, H: Any, W: Any, h: Any, w: Any) -> Conv:
    """The "2-D convolution" of a volume: a filter as deep as the input."""
    return volume_conv(D, 1, (H, W), (h, w))


DEEP = [{"D": 3, "H": 7, "W": 7, "h": 3, "w": 3}, {"D": 4, "H": 5, "W": 6, "h": 2, "w": 3}]


def at_every_place(x: Array, weight: Array, **sizes: Any) -> Array:
    """The sum of the products at every place of the kernel."""
    (D, H, W), (d, h, w) = x.shape[1:], weight.shape[2:]
    places = product(range(D - d + 1), range(H - h + 1), range(W - w + 1))
    sums = [
        sum(
            x[0, a + u, b + v, c + t] * weight[0, 0, u, v, t] for u, v, t in product(*map(range, (d, h, w)))
        )
        for a, b, c in places
    ]
    return np.array(sums).reshape(1, D - d + 1, H - h + 1, W - w + 1)


def flat(x: Array, weight: Array, n: int, m: int) -> Array:
    """Return the 2-D convolution."""
    return run(conv(1, 1, (n, n), m), x, weight=weight)


def flat_volume(x: Array, weight: Array, n: int, m: int) -> Array:
    """Return the 3-D convolution of a volume of depth 1 by a kernel of depth 1."""
    deep = run(conv(1, 1, (1, n, n), (1, m, m)), x, weight=weight[:, :, None])
    return deep[:, 0]


def slices(D: Any) -> Operator:
    """A 2-D layer that reads the slices of a volume as its channels, and writes as many."""
    return conv(D, D, 3, 3, padding=1)


def depth_of_slices() -> Iterator[Finding]:
    """Slices as channels: each has weights of its own, so moving them does not move the output along."""
    for road in Road:
        for depth in (2, 3):
            matrix = matrix_of(slices(depth), road)
            turn = moved((depth, 3), 0, 1)
            one, other = beside(turn @ matrix, matrix @ turn)
            found = "equal" if one == other else "different"
            yield Finding(
                road, f"{depth} slices as channels, moved, and the output moved", "different", found
            )


def padded(D: Any, p: Any) -> Conv:
    """A filter as deep as the input, along the depth."""
    return conv(1, 1, D, D, padding=p)


JUDGES: dict[str, Judge] = {
    "S03-01": several(
        maps(
            lambda D, H, W, h, w: (1, D, H, W),
            lambda D, H, W, h, w: (1, 1, H - h + 1, W - w + 1),
            as_deep,
            DEEP,
        ),
        identity("a convolution of a volume"),
    ),
    "S03-02": several(
        maps(
            lambda D, H, W, h, w: (D, H, W),
            lambda D, H, W, h, w: (1, H - h + 1, W - w + 1),
            lambda D, H, W, h, w: conv(D, 1, (H, W), (h, w)),
            DEEP,
        ),
        positions((5, 5), lambda D: conv(D, 1, (7, 7), 3), D=3),
    ),
    "S03-03": several(
        output_size(
            lambda D, p: 1,  # a filter that is not smaller than the input does not move along the depth
            padded,
            grid(D=(1, 3, 4), p=(0, 1, 2)),
            met=lambda D, p: p == 0,
            fixed={"p": 0},
        ),
        output_size(
            lambda D, d: D - d + 1,
            lambda D, d: conv(1, 1, D, d),
            [{"D": 4, "d": 3}, {"D": 5, "d": 2}, {"D": 3, "d": 1}],
        ),
    ),
    "S03-04": several(
        maps(
            lambda D, H, W, d, h, w: (1, D, H, W),
            lambda D, H, W, d, h, w: (1, D - d + 1, H - h + 1, W - w + 1),
            volume,
            VOLUMES,
        ),
        positions((6, 6, 6), lambda n: conv(1, 1, (n, n, n), 3), n=8),
        outputs(at_every_place, volume, VOLUMES),
    ),
    "S03-05": output_size(
        # by the words of the claim the kernel moves along the channels
        lambda channels, depth, k: channels - k + 1,
        lambda channels, depth, k: conv(1, 1, depth, k),
        [
            {"channels": channels, "depth": depth, "k": k}
            for channels, depth, k in ((8, 8, 3), (5, 5, 5), (1, 8, 3), (3, 16, 3))
        ],
        met=lambda channels, depth, k: channels == depth,
        fixed={"channels": symbol("depth")},
        right=lambda channels, depth, k: depth - k + 1,
    ),
    "S03-06": several(
        identity("a convolution of a volume"),
        agree(
            flat,
            flat_volume,
            lambda n, m: {"x": (1, n, n), "weight": (1, 1, m, m)},
            [{"n": 3, "m": 2}, {"n": 5, "m": 3}],
        ),
    ),
    "S03-07": several(
        count(
            lambda C, N, D, H, W, d, h, w: N * C * d * h * w * (D - d + 1) * (H - h + 1) * (W - w + 1),
            layer,
            LAYERS,
        ),
        parameters(lambda C, N, D, H, W, d, h, w: N * C * d * h * w, layer, LAYERS),
        amount(5832, lambda n: conv(1, 1, (n, n, n), 3), n=8),
    ),
    "S03-08": several(
        outputs(at_every_place, volume, VOLUMES),
        amount(27, lambda n: conv(1, 1, (n, n, n), 3), n=3),
        amount(26, lambda n: conv(1, 1, (n, n, n), 3), "additions", n=3),
    ),
    "S03-09": several(
        shift(
            "the output turned",
            lambda D: conv(1, 1, (D, 2, 2), 2, padding=((0, 1),) * 3, padding_mode="circular"),
            [{"D": 3, "axis": axis, "step": 1} for axis in (1, 2, 3)] + [{"D": 4, "axis": 1, "step": 2}],
        ),
        depth_of_slices,
    ),
}
