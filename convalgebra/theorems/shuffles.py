"""Theorems about channel shuffles, and the convolutions between them."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from convalgebra.catalogue.cheap import depthwise, pointwise
from convalgebra.catalogue.grouped import (
    channel_shuffle,
    pointwise_grouped,
    shuffled_grouped,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Transposed
from convalgebra.operators.leaves import Identity
from convalgebra.operators.permutations import Shuffle
from convalgebra.theorems.channels import apart
from convalgebra.theorems.draws import layer, plain
from convalgebra.theorems.theorem import Named, Need, Theorem

SHUFFLENET = "Zhang et al., arXiv:1707.01083"


def _channels_in_groups(rng: Random) -> dict[str, Any]:
    g, q = rng.randint(1, 4), rng.randint(1, 4)
    return {"channels": g * q, "groups": g}


def _with_image(rng: Random) -> dict[str, Any]:
    return _channels_in_groups(rng) | {"input_size": tuple(rng.choices((1, 2), k=rng.randint(1, 2)))}


def order(channels: int, groups: int) -> int:
    """Return how often a shuffle must be repeated to come back: the order of groups modulo channels - 1.

    >>> order(6, 2), order(4, 2), order(5, 1)
    (4, 2, 1)
    """
    power, times = groups % max(1, channels - 1), 1
    while power not in (1 % max(1, channels - 1),):
        power, times = power * groups % (channels - 1), times + 1
    return times


def _repeated(rng: Random) -> dict[str, Any]:
    drawn = _channels_in_groups(rng)
    n = order(**drawn)
    return drawn | {"times": rng.choice((n, 2 * n, rng.randint(1, 6)))}


def _depthwise_draw(rng: Random) -> dict[str, Any]:
    return plain(rng) | _channels_in_groups(rng) | {"permuted": rng.choice((True, True, False))}


def _deep(channels: int, **sizes: Any) -> Any:
    return depthwise(channels, sizes["input_size"], sizes["kernel_size"], padding=sizes["padding"])


def _shuffled_before(channels: int, groups: int, permuted: bool, **sizes: Any) -> Operator:
    return Product(
        (_deep(channels, **sizes), channel_shuffle(channels, sizes["input_size"], groups=groups))
    )


def _shuffled_after(channels: int, groups: int, permuted: bool, **sizes: Any) -> Operator:
    deep = _deep(channels, **sizes)
    return Product((channel_shuffle(channels, deep.output_size, groups=groups), deep))


def _permuted_kernels(weights: Named, channels: int, groups: int, permuted: bool, **sizes: Any) -> Named:
    if not permuted:
        return weights
    back = np.empty_like(weights["depthwise"])
    back[Shuffle(channels, groups).source()] = weights["depthwise"]
    return {"depthwise": back}


def _unit_draw(rng: Random) -> dict[str, Any]:
    g = rng.randint(1, 2)
    middle = {"groups": g, "middle_channels": g * rng.randint(1, 2)}
    return layer(rng) | middle | {"in_channels": g, "out_channels": g * rng.randint(1, 2)}


def _unit(**sizes: Any) -> Operator:
    last, deep, shuffle, first = shuffled_grouped(**sizes).operators
    return Product((last.blocks(), deep, shuffle, first.blocks()))  # type: ignore[attr-defined]


def _unit_apart(weights: Named, groups: int, **sizes: Any) -> Named:
    parts = (apart(name, weights[name], groups) for name in ("pointwise_1", "pointwise_2"))
    return {"depthwise": weights["depthwise"], **{k: v for part in parts for k, v in part.items()}}


def _cross_talk_draw(rng: Random) -> dict[str, Any]:
    g, q = rng.randint(1, 3), rng.randint(1, 4)
    return {"groups": g, "middle": g * q}


def _cross_talk(groups: int, middle: int) -> Operator:
    first = pointwise_grouped(groups, middle, 1, groups=groups, name="first")
    last = pointwise_grouped(middle, groups, 1, groups=groups, name="last")
    return Product((last, channel_shuffle(middle, 1, groups=groups), first))


# --- the theorems --------------------------------------------------------------------------------

_SHUFFLES: tuple[Theorem, ...] = (
    Theorem(
        "A7",
        "inverse of a channel shuffle",
        r"\Pi_g^{\mathsf T} = \Pi_{C/g}",
        SHUFFLENET,
        _with_image,
        lambda **sizes: Transposed(channel_shuffle(**sizes)),
        lambda channels, groups, input_size: channel_shuffle(
            channels, input_size, groups=channels // groups
        ),
    ),
    Theorem(
        "A7",
        "a shuffle that undoes itself",
        r"\Pi_g \Pi_g = I",
        SHUFFLENET,
        _channels_in_groups,
        lambda channels, groups: Product((Shuffle(channels, groups), Shuffle(channels, groups))),
        lambda channels, groups: Identity(channels),
        needs=(
            Need(
                "as many groups as channels in a group, or groups of one, or one group",
                lambda channels, groups: channels == groups**2 or groups in (1, channels),
                {"channels": 6, "groups": 2},
            ),
        ),
        sharp=True,
    ),
    Theorem(
        "A7",
        "order of a shuffle",
        r"\Pi_g^t = I",
        "Davio, Kronecker products and shuffle algebra, IEEE Trans. Computers 30 (1981)",
        _repeated,
        lambda channels, groups, times: Product((Shuffle(channels, groups),) * times),
        lambda channels, groups, times: Identity(channels),
        needs=(
            Need(
                "t is a multiple of the order of g modulo C - 1",
                lambda channels, groups, times: times % order(channels, groups) == 0,
                {"channels": 6, "groups": 2, "times": 3},
            ),
        ),
        sharp=True,
    ),
)

_BETWEEN: tuple[Theorem, ...] = (
    Theorem(
        "A8",
        "shuffle past depthwise",
        r"D(d) \, \Pi_g = \Pi_g \, D(\Pi_g^{\mathsf T} d)",
        SHUFFLENET + ", Figure 2",
        _depthwise_draw,
        _shuffled_before,
        _shuffled_after,
        needs=(
            Need(
                "the kernels are permuted along",
                lambda permuted, **_: permuted,
                {
                    "input_size": (2,),
                    "kernel_size": (1,),
                    "padding": ((0, 0),),
                    "channels": 6,
                    "groups": 2,
                    "permuted": False,
                },
            ),
        ),
        carry=_permuted_kernels,
    ),
    Theorem(
        "A8",
        "shuffled grouped",
        r"C = \operatorname{blockdiag}(C_2^{(\gamma)}) \, D \, (\Pi_g \otimes I)"
        r" \operatorname{blockdiag}(C_1^{(\gamma)})",
        SHUFFLENET + ", Figure 2",
        _unit_draw,
        shuffled_grouped,
        _unit,
        carry=_unit_apart,
    ),
    Theorem(
        "A8",
        "every group sees every group",
        r"C_2 \, \Pi_g \, C_1 \ne 0 \text{ everywhere}",
        SHUFFLENET + ", section 3.1",
        _cross_talk_draw,
        _cross_talk,
        lambda groups, middle: pointwise(groups, groups, 1),
        needs=(
            Need(
                "g^2 is at most the number of middle channels",
                lambda groups, middle: groups**2 <= middle,
                {"groups": 3, "middle": 6},
            ),
        ),
        carry=lambda weights, groups, **_: {"pointwise": np.ones((groups, groups, 1), int)},
        compare="pattern",
        sharp=True,
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_SHUFFLES, *_BETWEEN)
