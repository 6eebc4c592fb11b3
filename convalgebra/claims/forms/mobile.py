"""MobileNet and ShuffleNet as tables of layers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from convalgebra.claims.claim import Judge
from convalgebra.claims.forms.networks import (
    WHOLE,
    Layer,
    Placed,
    counted,
    placed,
    total,
    total_counted,
    weighted,
)
from convalgebra.claims.forms.printed import as_printed
from convalgebra.claims.forms.values import value
from convalgebra.errors import ArgumentError
from convalgebra.proofs import as_formula
from convalgebra.sizes import symbol

# --- Howard et al., arXiv:1704.04861, Table 1 --------------------------------------------------------

# Output channels and stride of the thirteen depthwise separable layers. The last one is printed with stride
# 2, though it reads 7 x 7 and so does the pooling after it: its stride is 1.
_SEPARABLE = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    *[(512, 1)] * 5, (1024, 2), (1024, 1),
)  # fmt: skip
_CLASSES = 1000


def mobilenet(*, full: bool = False) -> tuple[Layer, ...]:
    """Return MobileNet of width 1; ``full`` has a full 3 x 3 convolution for each separable layer.

    Each convolution has a batch normalisation (scale and shift), the classifier a bias.

    >>> [sum(not row.pool for row in mobilenet(full=full)) for full in (False, True)]
    [28, 15]
    """
    rows = [Layer("conv", 32, 3, 2, 1, beside=2)]
    channels = 32
    for index, (out, stride) in enumerate(_SEPARABLE, start=1):
        if full:
            rows.append(Layer(f"full_{index}", out, 3, stride, 1, beside=2))
        else:
            rows.append(Layer(f"depthwise_{index}", channels, 3, stride, 1, groups=0, beside=2))
            rows.append(Layer(f"pointwise_{index}", out, beside=2))
        channels = out
    return (*rows, Layer("average", kernel=WHOLE, pool=True), Layer("fc", _CLASSES, beside=1))


MOBILENET = mobilenet()
MOBILENET_FULL = mobilenet(full=True)

# --- Zhang et al., arXiv:1707.01083, Table 1 ---------------------------------------------------------

# The output channels of stage 2, by the number of groups; they double from stage to stage.
SHUFFLENET_WIDTHS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
_UNITS = (4, 8, 4)  # in stages 2, 3 and 4; the first of each has stride 2


def shufflenet(
    groups: int = 3, *, scale: Fraction | int = 1, bottleneck: Fraction | int = 4
) -> tuple[Layer, ...]:
    """Return ShuffleNet: three stages of units, each pointwise in groups, depthwise, pointwise in groups.

    ``scale`` multiplies all numbers of channels, ``bottleneck`` divides a unit's output channels to give
    its bottleneck's. The first pointwise layer of stage 2 has no groups. A unit with stride 2 is
    concatenated with its average-pooled input, so its branch makes only the channels that are missing.
    Batch normalisations are left out; the shuffle has no row, it multiplies nothing.

    Raises ``ArgumentError`` where a number of channels does not come out whole.

    >>> len([row for row in shufflenet() if not row.pool])
    50
    """
    channels = _whole(24 * scale, "scale")
    rows = [Layer("conv1", channels, 3, 2, 1), Layer("pool", kernel=3, stride=2, padding=1, pool=True)]
    for stage, units in enumerate(_UNITS):
        out = _whole(SHUFFLENET_WIDTHS[groups] * 2**stage * scale, "scale")
        middle = _whole(Fraction(out) / bottleneck, "bottleneck")
        for unit in range(units):
            stride, branch = (2, out - channels) if unit == 0 else (1, out)
            name = f"stage{stage + 2}_{unit + 1}"
            first = 1 if stage == unit == 0 else groups
            rows += [
                Layer(f"{name}_reduce", middle, groups=first, in_channels=channels),
                Layer(f"{name}_depthwise", middle, 3, stride, 1, groups=0),
                Layer(f"{name}_expand", branch, groups=groups),
            ]
            channels = out
    average = Layer("average", kernel=WHOLE, pool=True)
    return (*rows, average, Layer("fc", _CLASSES, in_channels=channels))


def _whole(value: Fraction | int, argument: str) -> int:
    if Fraction(value).denominator != 1:
        raise ArgumentError(f"{argument}: {value} channels is not a whole number")
    return int(value)


# --- parts of a network ------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def imagenet(table: tuple[Layer, ...], size: Any = 224) -> tuple[Placed, ...]:
    """Return a network as it reads colour images of 224 x 224.

    >>> imagenet(MOBILENET)[-1].in_channels
    1024
    """
    return placed(table, 3, size)


def only(network: tuple[Placed, ...], *words: str) -> tuple[Placed, ...]:
    """Return the layers whose name contains one of the words.

    >>> len(only(imagenet(MOBILENET), "depthwise"))
    13
    """
    return tuple(here for here in network if any(word in here.layer.name for word in words))


def without(network: tuple[Placed, ...], word: str) -> tuple[Placed, ...]:
    """Return the layers whose name does not contain the word.

    >>> len(imagenet(MOBILENET)) - len(without(imagenet(MOBILENET), "fc"))
    1
    """
    return tuple(here for here in network if word not in here.layer.name)


# --- what a network takes ------------------------------------------------------------------------------

Net = Callable[[Any], tuple[Placed, ...]]


def figure(
    at: str,
    said: str,
    nets: tuple[Net, ...],
    how: Callable[..., Any],
    quantity: str = "mult_adds",
    *,
    size: int = 224,
    unit: int = 32,
    inside: bool = True,
    right: bool = False,
) -> Judge:
    """Return the judge of a printed figure: ``how(...)`` of what networks take, rounded as printed.

    ``nets`` make networks (or parts) of an image size. By derivation that is a name times ``unit``, and
    the number is put into the formulas; by measurement the layers are counted in matrices.
    """

    def derive() -> str:
        return as_printed(how(*(in_formulas(net, quantity, size, unit) for net in nets)), said)

    def run() -> str:
        return as_printed(how(*(sympy.Integer(total_counted(net(size), quantity)) for net in nets)), said)

    return value(at, said, derive, run, inside=inside, right=right)


def in_formulas(net: Net, quantity: str, size: int, unit: int) -> sympy.Expr:
    """Return what a network takes: the sum of its layers' formulas, for a size that is a name, at a number.

    >>> in_formulas(lambda n: imagenet(MOBILENET, n), "mult_adds", 224, 32)
    568740352
    """
    q = symbol("q")
    return _formula(net(unit * q), quantity).subs(q, size // unit)


@lru_cache(maxsize=64)
def _formula(network: tuple[Placed, ...], quantity: str) -> sympy.Expr:
    return as_formula(total(network, quantity))


def layers_with_weights(at: str, said: int, net: Net, size: int = 224) -> Judge:
    """Return the judge of a number of layers: those with parameters, those that multiply when counted."""
    return value(
        at,
        said,
        lambda: sum(bool(here.operator.parameters) for here in weighted(net(size))),
        lambda: sum(counted(here).multiplications > 0 for here in net(size) if not here.layer.pool),
    )
