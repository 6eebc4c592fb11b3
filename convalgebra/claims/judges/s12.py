"""Judges of the claims about pointwise grouped convolution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.cheap import pointwise
from convalgebra.catalogue.grouped import grouped, pointwise_grouped, resnext_block, shuffled_grouped
from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.comparing import limit, of_counts
from convalgebra.claims.forms.counts import count, parameters
from convalgebra.claims.forms.examples import amount
from convalgebra.claims.forms.functions import agree, outputs, run
from convalgebra.claims.forms.mobile import MOBILENET, imagenet, only, shufflenet
from convalgebra.claims.forms.networks import (
    ALEXNET,
    RESNEXT50,
    Placed,
    counted,
    placed,
    total,
    total_counted,
)
from convalgebra.claims.forms.patterns import ALL_MEET, channels_meet, full
from convalgebra.claims.forms.printed import millions, rounded
from convalgebra.claims.forms.published import totals
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several, value
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.proofs import as_formula
from convalgebra.weights import Array

LAYERS = [
    {"D": 2, "N": 2, "H": 1, "W": 2, "g": 2},
    {"D": 4, "N": 6, "H": 3, "W": 2, "g": 2},
    {"D": 12, "N": 24, "H": 4, "W": 4, "g": 3},
]


def in_groups(D: Any, N: Any, H: Any, W: Any, g: Any) -> Operator:
    """A 1 x 1 convolution in groups."""
    return pointwise_grouped(D, N, (H, W), groups=g)


def by_blocks(x: Array, pointwise: Array, D: int, N: int, g: int, **sizes: int) -> Array:
    """The block-diagonal matrix of the groups, applied to the channels of every pixel."""
    whole = np.zeros((N, D), pointwise.dtype)
    for group in range(g):
        outs, ins = (slice(group * n // g, (group + 1) * n // g) for n in (N, D))
        whole[outs, ins] = pointwise[outs, :, 0, 0]
    return np.asarray(np.einsum("oc,cab->oab", whole, x))


# --- units -----------------------------------------------------------------------------------------


def unit(c: Any, m: Any, g: Any, H: Any = 1, W: Any = 1) -> Operator:
    """ShuffleNet's unit: c channels, m in the bottleneck, g groups."""
    return shuffled_grouped(c, c, (H, W), 3, groups=g, middle_channels=m, padding=1)


def bottleneck(c: Any, m: Any, g: Any, H: Any = 1, W: Any = 1) -> Operator:
    """ResNeXt's unit; with one group it is ResNet's."""
    return resnext_block(c, c, (H, W), 3, groups=g, middle_channels=m, padding=1)


UNITS = [
    dict(zip(("c", "m", "g", "H", "W"), sizes, strict=True))
    for sizes in ((4, 2, 2, 3, 4), (12, 6, 3, 2, 2), (3, 2, 1, 2, 3))
]


def wide_unit(root: Any, k: Any) -> Operator:
    """A unit in root^2 groups, root times as wide as the plain one, a quarter in the bottleneck."""
    return unit(4 * root**2 * k, root**2 * k, root**2)


def plain_unit(root: Any, k: Any) -> Operator:
    """The unit in one group; its width is 4*root*k so that the other one's is whole."""
    return unit(4 * root * k, root * k, 1)


def last_two(g: Any) -> Operator:
    """The depthwise layer of ShuffleNet's unit and the 1 x 1 layer after it."""
    last, deep, _, _ = shuffled_grouped(12, 12, (2, 2), 2, groups=g).operators
    return Product((last, deep))


# --- published networks ------------------------------------------------------------------------------


def resnext() -> tuple[Placed, ...]:
    """The layers of ResNeXt-50's blocks."""
    return only(placed(RESNEXT50, 3, 224), "reduce", "transform", "expand")


def mobilenet() -> tuple[Placed, ...]:
    """The depthwise and pointwise layers of MobileNet."""
    return only(imagenet(MOBILENET), "depthwise", "pointwise")


def whole_mobilenet() -> tuple[Placed, ...]:
    """All layers of MobileNet."""
    return imagenet(MOBILENET)


def half(groups: int = 3) -> tuple[Placed, ...]:
    """ShuffleNet 0.5x."""
    return imagenet(shufflenet(groups, scale=Fraction(1, 2)))


def alexnet() -> tuple[Placed, ...]:
    """AlexNet on 227 x 227."""
    return placed(ALEXNET, 3, 227)


def where_the_groups_are() -> Iterator[Finding]:
    """Which kernels are in groups: those whose layer has fewer weights than all pairs of channels take."""
    for name, network in (("ResNeXt-50", resnext()), ("MobileNet", mobilenet())):
        for finding, weights in (
            (derived, lambda here: here.operator.parameters),
            (measured, lambda here: counted(here).parameters),
        ):
            found = sorted({_kernel(here, weights(here)) for here in network})
            yield finding(f"{name}, its blocks", ["1 x 1 for all pairs", "3 x 3 in groups"], found)


def _kernel(here: Placed, weights: int) -> str:
    k = here.layer.kernel
    whole = here.in_channels * here.out_channels * k**2
    return f"{k} x {k} {'for all pairs' if weights == whole else 'in groups'}"


def share(at: str, said: str, network: Callable[[], tuple[Placed, ...]], whole: Any, *words: str) -> Judge:
    """The share of the layers with these names of the multiply-adds, in per cent as it is printed."""
    places = len(said.partition(".")[2])

    def of(count_all: Callable[..., Any]) -> str:
        part = count_all(only(network(), *words), "mult_adds")
        return rounded(100 * as_formula(part) / count_all(whole(), "mult_adds"), places)

    return value(at, said, lambda: of(total), lambda: of(total_counted))


def one_block() -> tuple[Placed, ...]:
    """A ResNeXt block of 256 channels, 128 in the bottleneck, 32 groups."""
    return tuple(here for here in resnext() if here.layer.name.startswith("conv2_2"))


def about(figure: int, tolerance: int) -> Callable[[Any], str]:
    """Return what prints a number as "about" a figure in millions, within a tolerance in per cent."""

    def show(number: Any) -> str:
        near = abs(as_formula(number) - figure * 10**6) * 100 <= tolerance * figure * 10**6
        return f"about {figure} M" if near else millions(1)(number)

    return show


def times_faster() -> Iterator[Finding]:
    """AlexNet's multiply-adds over ShuffleNet 0.5x's: of the rounded figures, and of the counts."""
    for finding, of in ((derived, total), (measured, total_counted)):
        costs = [as_formula(of(network, "mult_adds")) for network in (alexnet(), half())]
        tens = [10 * sympy.Integer(rounded(cost / 10**7)) for cost in costs]
        for at, (a, b), inside in (
            ("of the figures rounded to 10 M", tens, True),
            ("of the counts", costs, False),
        ):
            yield finding(at, "18 times", f"{rounded(a / b)} times", inside=inside)


def tens_of_millions(number: Any) -> str:
    """Print a number in millions, rounded to tens."""
    return f"{10 * int(rounded(as_formula(number) / 10**7))} M"


COSTS = (
    ("AlexNet", "720 M", alexnet),
    ("ShuffleNet 0.5x, g=3", "40 M", half),
    ("ShuffleNet 1x, g=3", "140 M", lambda: imagenet(shufflenet(3))),
)


def width(network: tuple[Placed, ...], stage: int, road: Callable[..., Finding]) -> int:
    """Return the channels that a stage of ShuffleNet writes, seen in its last layer."""
    last = only(network, f"stage{stage}_4_expand")[0]
    return last.out_channels if road is derived else counted(last).outputs


def widths_at_one_cost(rows: tuple[tuple[int, int], ...], show: Callable[[Any], str]) -> Judge:
    """The widths of stage 2 by the number of groups, and what the networks cost."""
    networks = [(f"ShuffleNet g={g}", "about 140 M", partial(imagenet, shufflenet(g))) for g, _ in rows]

    def judge() -> Iterator[Finding]:
        for (_, said), (at, _, make) in zip(rows, networks, strict=True):
            for finding in (derived, measured):
                yield finding(f"{at}, channels of stage 2", said, width(make(), 2, finding))

    return several(judge, totals(networks, "mult_adds", show))


def stage_4_of_xception() -> Iterator[Finding]:
    """The width of stage 4 at half the width of the published network without groups."""
    for finding in (derived, measured):
        yield finding("Xception-like (g=1, 0.5x), stage 4", 288, width(half(1), 4, finding))


HALF_OF_STAGE_4 = {2: 400, 3: 480, 4: 544, 8: 768}


def stage_4_of_shufflenet() -> Iterator[Finding]:
    """The widths of stage 4 at half the width of the published networks in groups."""
    for finding in (derived, measured):
        for g, right in HALF_OF_STAGE_4.items():
            found = Fraction(width(imagenet(shufflenet(g)), 4, finding), 2)
            yield finding(f"ShuffleNet g={g}, half of stage 4", 576, found)
            yield finding(f"ShuffleNet g={g}, half of stage 4", right, found, right=True)
        yield finding("ShuffleNet 0.5x, g=3, stage 4", 480, width(half(), 4, finding), right=True)


def few_channels() -> Iterator[Finding]:
    """The channels that each output of stage 2's first layer reads: as published, and in 8 groups."""
    here = only(imagenet(shufflenet(8)), "stage2_1_reduce")[0]
    for groups, said, at in ((here.layer.groups, 24, "as published"), (8, 3, "in 8 groups")):
        layer = pointwise_grouped(here.in_channels, here.out_channels, 1, groups=groups)
        (shape,) = layer.numeric_weight_shapes().values()
        rows = np.diff(layer.matrix(np.ones(shape, int)).indptr)
        yield derived(f"{at}, channels read", said, shape[1])
        yield measured(f"{at}, channels read", [said], np.unique(rows).tolist())


def embedded(x: Array, weight: Array, D: int, N: int, g: int) -> Array:
    """The grouped 3 x 3 convolution whose kernels are zero but for their middle."""
    kernels = np.zeros((N, D // g, 3, 3), weight.dtype)
    kernels[:, :, 1, 1] = weight[:, :, 0, 0]
    return run(grouped(D, N, x.shape[1:], 3, groups=g, padding=1), x, weight=kernels)


JUDGES: dict[str, Judge] = {
    "S12-01": several(
        count(lambda D, N, H, W, g: H * W * as_formula(D) * N / g, in_groups, LAYERS),
        parameters(lambda D, N, H, W, g: as_formula(D) * N / g, in_groups, LAYERS),
        amount(1536, in_groups, D=12, N=24, H=4, W=4, g=3),
    ),
    "S12-02": several(outputs(by_blocks, in_groups, LAYERS), identity("pointwise grouped")),
    "S12-03": several(
        where_the_groups_are,
        # of one unit, for each pixel: the grouped 3 x 3 layer, the two 1 x 1 layers
        count(
            lambda m, g: 9 * as_formula(m) ** 2 / g,
            lambda m, g: grouped(m, m, (1, 1), 3, groups=g, padding=1),
            [{"m": 4, "g": 2}, {"m": 6, "g": 3}],
            quantity="mult_adds",
        ),
        count(
            lambda c, m: 2 * c * m,
            lambda c, m: pointwise(m, c, (1, 1), name="expand") @ pointwise(c, m, (1, 1), name="reduce"),
            [{"c": 4, "m": 2}, {"c": 3, "m": 5}],
        ),
        share("1 x 1 layers of a ResNeXt block, %", "93.4", one_block, one_block, "reduce", "expand"),
        share("1 x 1 layers of MobileNet, %", "94.86", whole_mobilenet, whole_mobilenet, "pointwise"),
    ),
    "S12-04": several(
        of_counts(
            lambda c, m, g, H, W: (2 * c * m / g + 9 * m) / (2 * c * m + 9 * m**2 / g),
            (unit, bottleneck),
            UNITS,
            quantity="mult_adds",
        ),
        amount(10140, unit, "mult_adds", c=240, m=60, g=3),
        amount(39600, bottleneck, "mult_adds", c=240, m=60, g=3),
        amount(61200, bottleneck, "mult_adds", c=240, m=60, g=1),
    ),
    "S12-05": several(
        widths_at_one_cost(((1, 144), (2, 200), (3, 240), (4, 272), (8, 384)), about(140, 5)),
        # widths that grow with the root of the number of groups cost the same, as they get large
        limit(
            lambda root: 1,
            (wide_unit, plain_unit),
            "k",
            1,
            [{"root": 2}, {"root": 3}],
            quantity="mult_adds",
            general=False,
        ),
    ),
    "S12-06": several(
        outputs(
            lambda x, pointwise, D, H, W: pointwise[:, 0] * x,
            lambda D, H, W: pointwise_grouped(D, D, (H, W), groups=D),
            [{"D": 2, "H": 1, "W": 2}, {"D": 4, "H": 3, "W": 2}],
        ),
        parameters(lambda D: D, lambda D: pointwise_grouped(D, D, (2, 2), groups=D), [{"D": 2}, {"D": 5}]),
    ),
    "S12-07": few_channels,
    "S12-08": agree(
        embedded,
        lambda x, weight, D, N, g: run(pointwise_grouped(D, N, x.shape[1:], groups=g), x, pointwise=weight),
        lambda D, N, g: {"x": (D, 2, 3), "weight": (N, D // g, 1, 1)},
        [{"D": 2, "N": 2, "g": 2}, {"D": 6, "N": 3, "g": 3}, {"D": 2, "N": 4, "g": 1}],
    ),
    "S12-09": several(
        identity("shuffled grouped"),
        channels_meet(
            lambda g: ALL_MEET,
            last_two,
            [{"g": 1}, {"g": 2}],
            [{"g": g} for g in (1, 2, 3, 4, 6)],
            of=full,
            met=lambda g: g == 1,
        ),
    ),
    "S12-10": several(
        totals(COSTS, "mult_adds", tens_of_millions),
        totals(COSTS[:1], "multiplications", tens_of_millions, inside=False),
    ),
    "S12-11": times_faster,
    "S12-13": several(
        totals([("Xception-like (g=1, 0.5x)", "about 38 M", lambda: half(1))], "mult_adds", about(38, 5)),
        stage_4_of_xception,
    ),
    "S12-13b": several(
        stage_4_of_shufflenet,
        totals([("ShuffleNet 0.5x, g=3", "about 38 M", half)], "mult_adds", about(38, 5), right=True),
    ),
}
