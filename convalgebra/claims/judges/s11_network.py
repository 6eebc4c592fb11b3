"""Judges of the claims about ShuffleNet's units and the network, over its table of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.grouped import resnext_block, shuffled_grouped
from convalgebra.catalogue.resampling import average_pool
from convalgebra.claims.claim import Judge, derived, grid, measured
from convalgebra.claims.forms.comparing import of_counts
from convalgebra.claims.forms.depthwise import nowhere
from convalgebra.claims.forms.mobile import (
    MOBILENET,
    Net,
    figure,
    imagenet,
    in_formulas,
    layers_with_weights,
    only,
    shufflenet,
    without,
)
from convalgebra.claims.forms.networks import (
    RESNEXT50,
    Layer,
    Placed,
    counted,
    kernel_taps,
    total_counted,
)
from convalgebra.claims.forms.printed import as_printed, in_millions, per_cent
from convalgebra.claims.forms.tables import xception
from convalgebra.claims.forms.values import several, value
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.operators.stacks import VStack
from convalgebra.sizes import symbol

# The printed complexities of ShuffleNet 1x, in millions, by the number of groups.
PRINTED = {1: "143", 2: "140", 3: "137", 4: "133", 8: "137"}
UNITS = list(grid(h=(2,), w=(3,), c=(4,), m=(2, 4), g=(1, 2)))


def network(groups: int, scale: Any = 1, bottleneck: Any = 4, *, classifier: bool = True) -> Net:
    """Return what makes ShuffleNet of an image size."""
    table = shufflenet(groups, scale=scale, bottleneck=bottleneck)
    return lambda size: imagenet(table, size) if classifier else without(imagenet(table, size), "fc")


# --- units -----------------------------------------------------------------------------------------------


def resnet_unit(h: Any, w: Any, c: Any, m: Any, g: Any) -> Operator:
    """Return ResNet's bottleneck unit."""
    return resnext_block(c, c, (h, w), 3, groups=1, middle_channels=m, padding=1)


def resnext_unit(h: Any, w: Any, c: Any, m: Any, g: Any) -> Operator:
    """Return ResNeXt's unit."""
    return resnext_block(c, c, (h, w), 3, groups=g, middle_channels=m, padding=1)


def shufflenet_unit(h: Any, w: Any, c: Any, m: Any, g: Any) -> Operator:
    """Return ShuffleNet's unit."""
    return shuffled_grouped(c, c, (h, w), 3, groups=g, middle_channels=m, padding=1)


def unit_takes(says: Callable[..., Any], make: Callable[..., Operator]) -> Judge:
    """Return the judge of what a unit takes, padding zeros included."""
    return of_counts(says, (make,), UNITS, how=lambda count: count, quantity="mult_adds")


def scaled(says: Callable[..., Any], make: Callable[..., Operator], **options: Any) -> Judge:
    """Return the judge of what 1/q of the filters take beside all: q*b channels in, a bottleneck of q*a."""
    points = list(grid(b=(4,), a=(2, 4), g=(1, 2), q=(2, 3)))
    return of_counts(
        says,
        (lambda b, a, g, q: make(b, a, g), lambda b, a, g, q: make(q * b, q * a, g)),
        points,
        quantity="mult_adds",
        **options,
    )


def _unit(c: Any, m: Any, g: Any) -> Operator:
    return shufflenet_unit(2, 2, c, m, g)


def _pointwise_part(c: Any, m: Any, g: Any) -> Operator:
    return _unit(c, m, g).stages[-1]


def pointwise_share(stage: int, said: str) -> Judge:
    """Return the judge of the percentage that the 1 x 1 layers take in a unit of ResNeXt's table."""

    def unit(size: Any) -> tuple[Placed, ...]:
        return only(imagenet(RESNEXT50, size), f"conv{stage}_2")

    def pointwise_layers(size: Any) -> tuple[Placed, ...]:
        return only(unit(size), "reduce", "expand")

    return figure(
        f"1 x 1 layers of a unit of stage {stage}, per cent", said, (pointwise_layers, unit), per_cent
    )


def concatenated(branch: Any, c: Any, m: Any, g: Any) -> Operator:
    """Return a unit of stride 2: its branch, and the pooled input behind it."""
    return VStack(
        (
            shuffled_grouped(c, branch, (4, 4), 3, groups=g, middle_channels=m, stride=2, padding=1),
            average_pool(c, (4, 4), 3, stride=2, padding=1),
        )
    )


def _branch_by_formula() -> Any:
    """Return the channels of the branch that give N_c channels in all."""
    branch, c, N_c = symbol("b"), symbol("c"), symbol("N_c")
    (found,) = sympy.solve(concatenated(branch, c, 2, 1).output_shape[0] - N_c, branch)
    return found


def _branches_by_matrix(c: int, N_c: int) -> list[int]:
    """Return all numbers of channels of the branch with which N_c channels come out: they are tried."""
    found = range(1, N_c + 1)
    return [b for b in found if len(concatenated(b, c, 2, 1).channel_pattern().table) == N_c]


# --- the network -----------------------------------------------------------------------------------------


def fitting_bottleneck(takes: Callable[[Net], Any]) -> int | str:
    """Return the only divisor of a unit's width whose bottlenecks give all the printed totals."""
    fitting = [r for r in range(1, 9) if _fits(r, takes)]
    return fitting[0] if len(fitting) == 1 else f"{len(fitting)} divisors"


def _fits(divisor: int, takes: Callable[[Net], Any]) -> bool:
    try:
        return all(
            as_printed(in_millions(takes(network(g, bottleneck=divisor, classifier=False))), said) == said
            for g, said in PRINTED.items()
        )
    except ArgumentError:  # channels that this does not divide
        return False


def _by_formulas(net: Net) -> Any:
    return in_formulas(net, "mult_adds", 224, 32)


def _by_matrices(net: Net) -> Any:
    return sympy.Integer(total_counted(net(224), "mult_adds"))


def printed_totals(*, classifier: bool, inside: bool = True) -> Judge:
    """Return the judge of the row of printed complexities, all counted alike."""

    def row(takes: Callable[[Net], Any]) -> list[str]:
        nets = (network(g, classifier=classifier) for g in PRINTED)
        return [as_printed(in_millions(takes(net)), "0") for net in nets]

    return value(
        f"millions for g = 1, 2, 3, 4, 8, {'with' if classifier else 'without'} the classifier",
        list(PRINTED.values()),
        lambda: row(_by_formulas),
        lambda: row(_by_matrices),
        inside=inside,
    )


def near(said: int, scale: Any) -> Judge:
    """Return the judge of a printed number of millions that is said to be about right."""

    def word(takes: Callable[[Net], Any]) -> str:
        off = abs(in_millions(takes(network(3, scale, classifier=False))) / said - 1)
        return (
            "within 3 per cent"
            if off <= sympy.Rational(3, 100)
            else f"off by {as_printed(100 * off, '0')} per cent"
        )

    return value(
        f"ShuffleNet {scale}x, g = 3, beside {said} million",
        "within 3 per cent",
        lambda: word(_by_formulas),
        lambda: word(_by_matrices),
    )


# --- who uses what ----------------------------------------------------------------------------------


def _kind_by_structure(layers: Iterable[Placed]) -> str:
    """Say how the 3 x 3 layers of a network join channels, by their operators."""
    kinds = set()
    for here in layers:
        op = here.operator
        if isinstance(op, Conv) and op.kernel_size == (3, 3):
            alone = op.groups == op.in_channels
            kinds.add("depthwise" if alone else "grouped" if op.groups != 1 else "full")
    return ", ".join(sorted(kinds))


def _kind_by_matrices(layers: Iterable[Placed]) -> str:
    """Say the same: how many input channels meet an output channel, and how many there are."""
    kinds = set()
    for here in layers:
        if here.layer.kernel == 3:
            counts = counted(here)
            meet = Fraction(counts.parameters, kernel_taps(3) ** 2 * counts.outputs)
            kinds.add("depthwise" if meet == 1 else "grouped" if meet < here.in_channels else "full")
    return ", ".join(sorted(kinds))


def used(at: str, said: str, layers: Callable[[], Iterable[Placed]], *, inside: bool = True) -> Judge:
    """Return the judge of what kind the 3 x 3 layers of a network are."""
    return value(
        f"3 x 3 layers of {at}",
        said,
        lambda: _kind_by_structure(layers()),
        lambda: _kind_by_matrices(layers()),
        inside=inside,
    )


def _inner(table: tuple[Layer, ...], *words: str) -> Callable[[], tuple[Placed, ...]]:
    return lambda: only(imagenet(table), *words)


JUDGES: dict[str, Judge] = {
    "S11-07": several(
        unit_takes(lambda h, w, c, m, g: h * w * (2 * c * m + 9 * m**2), resnet_unit),
        unit_takes(lambda h, w, c, m, g: h * w * (2 * c * m + 9 * m**2 / g), resnext_unit),
        unit_takes(lambda h, w, c, m, g: h * w * (2 * c * m / g + 9 * m), shufflenet_unit),
    ),
    "S11-08": several(*(pointwise_share(stage, "93.4") for stage in (2, 3, 4, 5))),
    "S11-09": several(printed_totals(classifier=False), printed_totals(classifier=True, inside=False)),
    "S11-10": value(
        "what a unit's width is divided by to give the printed totals",
        4,
        lambda: fitting_bottleneck(_by_formulas),
        lambda: fitting_bottleneck(_by_matrices),
    ),
    "S11-11": several(
        scaled(lambda b, a, g, q: 1 / q**2, _pointwise_part),
        scaled(
            lambda b, a, g, q: 1 / q**2,
            _unit,
            met=nowhere,
            right=lambda b, a, g, q: 1 / q**2 + 9 * g / q * (1 - 1 / q) / (2 * q * b + 9 * g),
        ),
        scaled(
            lambda b, a, g, q: 1 / q**2,
            lambda b, a, g: conv(3, b, (4, 4), 3, stride=2, padding=1),
            met=nowhere,
            right=lambda b, a, g, q: 1 / q,
        ),
        figure(
            "half of the filters, g = 3, beside all",
            "0.2500",
            (network(3, Fraction(1, 2)), network(3)),
            lambda part, whole: part / whole,
            inside=False,
        ),
        figure(
            "half of the filters, g = 3, beside all",
            "0.2735",
            (network(3, Fraction(1, 2)), network(3)),
            lambda part, whole: part / whole,
            right=True,
        ),
    ),
    "S11-12": several(near(140, 1), near(38, Fraction(1, 2))),
    "S11-12b": several(
        near(13, Fraction(1, 4)),
        figure(
            "ShuffleNet 1/4x, g = 3, millions",
            "10.8",
            (network(3, Fraction(1, 4), classifier=False),),
            in_millions,
            right=True,
        ),
    ),
    "S11-16": several(
        used("ResNeXt's units", "grouped", _inner(RESNEXT50, "transform")),
        used("Xception's separable convolutions", "depthwise", _inner(xception(), "depthwise")),
        used("MobileNet, its first layer aside", "grouped", _inner(MOBILENET, "depthwise"), inside=False),
    ),
    "S11-17": several(
        *(layers_with_weights(f"layers with weights, g = {g}", 50, network(g)) for g in PRINTED)
    ),
    "S11-18": several(
        lambda: [
            derived("channels of the branch", symbol("N_c") - symbol("c"), _branch_by_formula()),
            measured("channels of the branch, c = 4, N_c = 10", [10 - 4], _branches_by_matrix(4, 10)),
        ],
        value(
            "channels that the branch of the first unit of stage 2 makes, g = 3",
            240 - 24,
            lambda: only(network(3)(224), "stage2_1_expand")[0].out_channels,
            lambda: counted(only(network(3)(224), "stage2_1_expand")[0]).outputs,
        ),
    ),
}
