"""Judges of what the papers print of whole networks: parameters and multiply-adds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.mobile import MOBILENET, imagenet
from convalgebra.claims.forms.networks import Layer, Placed, placed, total, total_counted
from convalgebra.claims.forms.printed import billions, cut, millions, percent, rounded
from convalgebra.claims.forms.published import totals
from convalgebra.claims.forms.tables import mobilenet_v2, resnet, resnext29, vgg, xception
from convalgebra.claims.forms.values import called, several, value
from convalgebra.claims.forms.videos import video_resnet
from convalgebra.counting.measured import run_count
from convalgebra.operators.base import Operator
from convalgebra.proofs import as_formula

# --- Howard et al., 1704.04861 ---------------------------------------------------------------------


def narrowed(width: Fraction) -> tuple[Layer, ...]:
    """Return MobileNet with the numbers of channels times a width; the classes stay."""
    return tuple(
        row if row.name == "fc" else replace(row, out_channels=int(row.out_channels * width))
        for row in MOBILENET
    )


def shallow() -> tuple[Layer, ...]:
    """Return MobileNet without its five separable layers that keep 14 x 14 x 512."""
    gone = {f"{half}_{i}" for half in ("depthwise", "pointwise") for i in range(7, 12)}
    return tuple(row for row in MOBILENET if row.name not in gone)


def at_width(quarters: int) -> Any:
    """Return what makes MobileNet of a width in quarters."""
    return lambda: imagenet(narrowed(Fraction(quarters, 4)))


def by_width(*said: str) -> list[tuple[str, str, Any]]:
    """Return the rows of Table 6: widths 1, 3/4, 1/2, 1/4."""
    return [(f"width {q}/4", text, at_width(q)) for q, text in zip((4, 3, 2, 1), said, strict=True)]


def at_size(size: int, said: str) -> tuple[str, str, Any]:
    """Return a row of Table 7."""
    return f"{size} x {size}", said, lambda: imagenet(MOBILENET, size)


# --- VGG, ResNet, ResNeXt, Xception, MobileNetV2 -----------------------------------------------------


def vgg_row(configuration: str, said: str) -> tuple[str, str, Any]:
    """Return a row of VGG's Table 2."""
    return configuration, said, lambda: placed(vgg(configuration), 3, 224)


def resnet_row(depth: int, said: str, **options: Any) -> tuple[str, str, Any]:
    """Return a column of ResNet's Table 1."""
    return f"{depth} layers", said, lambda: placed(resnet(depth, **options), 3, 224)


def share_of_vgg() -> Iterator[Finding]:
    """Yield ResNet-34's share of VGG-19's multiply-adds: of the rounded figures, and of the exact ones."""
    small, large = placed(resnet(34), 3, 224), placed(vgg("E"), 3, 224)
    for finding, sums in ((derived, total), (measured, total_counted)):
        counts = [as_formula(sums(network, "mult_adds")) for network in (small, large)]
        few, many = (sympy.Rational(rounded(count / 10**9, 1)) for count in counts)
        yield finding(f"{few} of {many} billion", "18%", percent(few / many))
        yield finding("of the exact numbers", "18%", percent(counts[0] / counts[1]), inside=False)


def cifar_row(cardinality: int, said: str) -> tuple[str, str, Any]:
    """Return a row of ResNeXt's Table 7."""
    return f"{cardinality}x64d", said, lambda: placed(resnext29(cardinality, 64), 3, 32)


def v2_row(percentage: int, said: str, size: int = 224) -> tuple[str, str, Any]:
    """Return MobileNetV2 of a width, with what is said of it."""
    width = Fraction(percentage, 100)
    return f"width {width}, {size} x {size}", said, lambda: placed(mobilenet_v2(width), 3, size)


def v2_range(mult_adds: tuple[str, str], parameters: tuple[str, str], right: bool) -> Judge:
    """Return the judge of the smallest and the largest MobileNetV2."""
    smallest, largest = partial(v2_row, 35), partial(v2_row, 140)
    return several(
        totals(
            [smallest(mult_adds[0], size=96), largest(mult_adds[1])], "mult_adds", millions(), right=right
        ),
        totals(
            [smallest(parameters[0]), largest(parameters[1])],
            "parameters",
            millions(1),
            beside=True,
            right=right,
        ),
    )


# --- networks for video, super-resolution, digits ----------------------------------------------------


def video(at: str, said: str, *what: Any, **options: Any) -> Judge:
    """Return the judge of the weights of an 18-layer network for video, in millions."""

    def derive() -> str:
        return millions(1)(sum(layer.operator.parameters for layer in video_resnet(*what)))

    return value(
        at, said, derive, lambda: millions(1)(sum(op.weights for op in video_resnet(*what))), **options
    )


SMALL = 6  # any image: the ratios of multiply-adds do not depend on it


@dataclass(frozen=True)
class State:
    """A network between SRCNN and FSRCNN: its layers, and the last one, which writes the large image."""

    network: tuple[Placed, ...]
    last: Operator


def state(layers: list[tuple[int, int]], last: int, factor: int) -> State:
    """Return the network of (channels, kernel), then a convolution, or with a factor a deconvolution."""
    size = SMALL if factor > 1 else 3 * SMALL
    rows = tuple(Layer(f"layer{i}", out, k, padding=k // 2) for i, (out, k) in enumerate(layers))
    sizes, channels, pad = (size, size), layers[-1][0], last // 2
    if factor == 1:
        return State(placed(rows, 1, size), conv(channels, 1, sizes, last, padding=pad))
    return State(
        placed(rows, 1, size), conv_transpose(channels, 1, sizes, last, stride=factor, padding=pad)
    )


def by_formula(one: State, quantity: str) -> int:
    """Return a count by the formulas of the layers."""
    return int(total(one.network, quantity) + getattr(one.last, quantity))


def by_matrix(one: State, quantity: str) -> int:
    """Return a count by matrices."""
    return total_counted(one.network, quantity) + run_count(one.last, quantity)


def states() -> dict[str, State]:
    """Return the columns of Table 1, for a factor of 3: (channels, kernel) of all layers but the last."""
    hourglass = [(12, 1), *[(12, 3)] * 4]
    return {
        "SRCNN-Ex": state([(64, 9), (32, 5)], 5, 1),
        "transition state 1": state([(64, 9), (32, 5)], 9, 3),
        "transition state 2": state([(64, 9), *hourglass, (64, 1)], 9, 3),
        "FSRCNN(56, 12, 4)": state([(56, 5), *hourglass, (56, 1)], 9, 3),
    }


def state_parameters(*said: int) -> Judge:
    """Return the judge of the parameters of Table 1."""

    def judge() -> Iterator[Finding]:
        for (name, one), number in zip(states().items(), said, strict=True):
            yield derived(name, number, by_formula(one, "parameters"))
            yield measured(name, number, by_matrix(one, "parameters"))

    return judge


def speedups(*said: str) -> Judge:
    """Return the judge of the speedups of Table 1: multiply-adds of SRCNN-Ex over those of each."""

    def judge() -> Iterator[Finding]:
        found = states()
        first = found["SRCNN-Ex"]
        for (name, one), text in zip(found.items(), said, strict=True):
            for finding, taken in ((derived, by_formula), (measured, by_matrix)):
                ratio = sympy.Rational(taken(first, "mult_adds"), taken(one, "mult_adds"))
                yield finding(name, text, rounded(ratio, 1))

    return judge


STRIDE_LATER = totals(
    [resnet_row(50, "3.8 G", stride_in="transform")], "mult_adds", billions(1, cut), inside=False
)

JUDGES: dict[str, Judge] = {
    "HOWARD-04": several(
        totals(by_width("569 M", "325 M", "149 M", "41 M"), "mult_adds", millions()),
        totals(by_width("4.2 M", "2.6 M", "1.3 M", "0.5 M"), "parameters", millions(1)),
    ),
    "HOWARD-05": several(
        totals(
            [at_size(224, "569 M"), at_size(192, "418 M"), at_size(128, "186 M")], "mult_adds", millions()
        ),
        called("rounded", totals([at_size(160, "290 M")], "mult_adds", millions(), inside=False)),
        called("cut off", totals([at_size(160, "290 M")], "mult_adds", millions(way=cut))),
    ),
    "HOWARD-06": several(
        totals([("shallow", "307 M", lambda: imagenet(shallow()))], "mult_adds", millions()),
        totals([("shallow", "2.9 M", lambda: imagenet(shallow()))], "parameters", millions(1)),
    ),
    "SIMONYAN-03": totals(
        [
            vgg_row("A", "133 M"),
            vgg_row("B", "133 M"),
            vgg_row("C", "134 M"),
            vgg_row("D", "138 M"),
            vgg_row("E", "144 M"),
        ],
        "parameters",
        millions(),
    ),
    "HE-01": several(
        totals(
            [
                resnet_row(18, "1.8 G"),
                resnet_row(34, "3.6 G"),
                resnet_row(101, "7.6 G"),
                resnet_row(152, "11.3 G"),
            ],
            "mult_adds",
            billions(1),
        ),
        called("cut off", totals([resnet_row(50, "3.8 G")], "mult_adds", billions(1, cut))),
        called("rounded", totals([resnet_row(50, "3.8 G")], "mult_adds", billions(1), inside=False)),
        called("stride in the 3 x 3 layers, cut off", STRIDE_LATER),
    ),
    "HE-02": share_of_vgg,
    "HE-03": totals([("VGG-19", "19.6 G", vgg_row("E", "")[2])], "mult_adds", billions(1)),
    "XIE-02": several(
        totals([cifar_row(8, "34.4 M")], "parameters", millions(1), beside=True),
        called("cut off", totals([cifar_row(16, "68.1 M")], "parameters", millions(1, cut), beside=True)),
        called(
            "rounded",
            totals([cifar_row(16, "68.1 M")], "parameters", millions(1), beside=True, inside=False),
        ),
    ),
    "CHOLLET-04": totals(
        [("trained parameters", "22855952", lambda: placed(xception(), 3, 299))],
        "parameters",
        rounded,
        beside=True,
    ),
    "SANDLER-07": several(
        called("cut off", totals([v2_row(100, "300 M")], "mult_adds", millions(0, cut))),
        called("cut off", totals([v2_row(100, "3.4 M")], "parameters", millions(1, cut))),
        called("rounded", totals([v2_row(100, "300 M")], "mult_adds", millions(), inside=False)),
        called("rounded", totals([v2_row(100, "3.4 M")], "parameters", millions(1), inside=False)),
    ),
    "SANDLER-08": several(
        v2_range(("7 M", "585 M"), ("1.7 M", "6.9 M"), right=False),
        v2_range(("12 M", "582 M"), ("1.7 M", "6.1 M"), right=True),
    ),
    "TRAN-02": several(
        video("R3D", "33.4 M", "3d"),
        video("MC3", "11.7 M", "mc", 3),
        video("R(2+1)D, 45 channels inside the first layer", "33.3 M", "2+1d", 0, 45),
        video("R(2+1)D, 83 channels inside it", "33.3 M", "2+1d", inside=False),
    ),
    "DONG-04": state_parameters(57184, 58976, 17088, 12464),
    "DONG-05": speedups("1.0", "8.7", "30.1", "41.3"),
}
