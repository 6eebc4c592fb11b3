"""Theorems about one kernel: its taps, its channels, each output's own."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import (
    depthwise,
)
from convalgebra.catalogue.forms import locally_connected, volume_conv
from convalgebra.operators.base import Operator
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.operators.moves import Selection
from convalgebra.theorems.draws import ONE, channels, keywords, layer, mode
from convalgebra.theorems.theorem import Named, Need, Theorem
from convalgebra.weights import Array

GUIDE = "Dumoulin and Visin, arXiv:1603.07285"
MOBILENET = "Howard et al., arXiv:1704.04861, section 3.1"


def _only(weights: Mapping[str, Array]) -> Array:
    (weight,) = weights.values()
    return weight


def _zeros_instead(**sizes: Any) -> Operator:
    return conv(**{**sizes, "padding_mode": "zeros"}).expand()


def _mix(sizes: Mapping[str, Any], along: Any) -> Kron:
    mix = Dense(sizes["out_channels"], sizes["in_channels"])
    lines = zip(sizes["input_size"], sizes["stride"], sizes["padding"], strict=True)
    return Kron((mix, *(along(n, s, pad) for n, s, pad in lines)))


def _one_tap(rng: Random) -> dict[str, Any]:
    drawn = layer(rng, dilation=1) | channels(rng)
    if rng.random() < 0.6:
        drawn["padding"] = tuple((0, 0) for _ in drawn["padding"])
        drawn["stride"] = tuple(rng.choice((s, 1)) for s in drawn["stride"])
    return {**drawn, "kernel_size": 1, "dilation": 1}


def _flat(weights: Named, **sizes: Any) -> Named:
    weight = _only(weights)
    return {"weight": weight.reshape(weight.shape[:2])}


def _tied(weights: Named, **sizes: Any) -> Named:
    weight, outputs = weights["weight"], conv(**sizes).output_size
    rank = len(outputs)
    spread = weight.reshape(weight.shape[0], *[1] * rank, *weight.shape[1:])
    return {"weight": np.broadcast_to(spread, (weight.shape[0], *outputs, *weight.shape[1:]))}


# --- the theorems --------------------------------------------------------------------------------

_MASTER: tuple[Theorem, ...] = (
    Theorem(
        "A1",
        "master form",
        r"C = \sum_{\mathbf k} W_{\mathbf k} \otimes S_{k_1} \otimes \dots \otimes S_{k_r}",
        GUIDE,
        keywords,
        conv,
        lambda **sizes: conv(**sizes).expand(),
    ),
    Theorem(
        "A1",
        "selections without padding",
        r"C = \sum_{\mathbf k} W_{\mathbf k} \otimes S_{\mathbf k},"
        r" \; (S_k)_{ij} = [\, j = i s + k d - p \,]",
        GUIDE,
        lambda rng: (
            layer(rng) | channels(rng, groups=True) | {"padding_mode": rng.choice(("zeros", "circular"))}
        ),
        conv,
        _zeros_instead,
        needs=(
            Need(
                "zero padding",
                lambda padding_mode, **_: padding_mode == "zeros",
                {
                    **ONE,
                    "input_size": (3,),
                    "kernel_size": 2,
                    "padding": 1,
                    "padding_mode": "circular",
                },
            ),
        ),
    ),
)

# One tap that reads one place to the left.
_SHIFTED = {**ONE, "input_size": (3,), "kernel_size": 1, "padding": ((1, -1),)}


def _no_padding(**shifted: Any) -> Need:
    return Need("no padding", lambda padding, **_: not np.any(padding), {**_SHIFTED, **shifted})


_POINTWISE: tuple[Theorem, ...] = (
    Theorem(
        "A2",
        "pointwise",
        r"C = W \otimes I",
        "Lin et al., arXiv:1312.4400",
        _one_tap,
        conv,
        lambda **sizes: _mix(sizes, lambda n, s, pad: Identity(n)),
        needs=(
            Need(
                "stride 1",
                lambda stride, **_: all(s == 1 for s in stride),
                {**_SHIFTED, "padding": ((0, 0),), "stride": (2,)},
                differs="shapes",
            ),
            _no_padding(stride=(1,)),
        ),
        carry=_flat,
    ),
    Theorem(
        "A2",
        "pointwise with a stride",
        r"C = W \otimes D_s",
        GUIDE,
        _one_tap,
        conv,
        lambda **sizes: _mix(sizes, lambda n, s, pad: Selection(Axis(n, 1, s), 0)),
        needs=(_no_padding(stride=(2,)),),
        carry=_flat,
    ),
    Theorem(
        "A2",
        "pointwise with stride and padding",
        r"C = W \otimes S_0",
        GUIDE,
        _one_tap,
        conv,
        lambda **sizes: _mix(sizes, lambda n, s, pad: Selection(Axis(n, 1, s, *pad), 0)),
        carry=_flat,
    ),
)

_OTHERWISE: tuple[Theorem, ...] = (
    Theorem(
        "A4",
        "depthwise",
        r"C = \operatorname{blockdiag}_c(C_c)",
        MOBILENET,
        lambda rng: (
            layer(rng) | mode(rng) | {"in_channels": rng.randint(1, 3), "multiplier": rng.randint(1, 2)}
        ),
        depthwise,
        lambda **sizes: depthwise(**sizes).blocks(),
        carry=lambda weights, in_channels, **_: {
            f"depthwise_{i}": part
            for i, part in enumerate(np.split(weights["depthwise"], in_channels), start=1)
        },
    ),
    Theorem(
        "",
        "a convolution of a volume",
        r"C_{2D}(D \to N_c) = C_{3D}(1 \to N_c), \; m_1 = D",
        "the survey, section 2",
        lambda rng: layer(rng) | channels(rng),
        conv,
        volume_conv,
        carry=lambda weights, **_: {"weight": weights["weight"][:, None]},
    ),
    Theorem(
        "",
        "a convolution is locally connected with tied weights",
        r"C(w) = L(w \otimes \mathbf 1)",
        "LeCun, Generalization and network design strategies, 1989",
        lambda rng: keywords(rng, groups=False),
        conv,
        locally_connected,
        carry=_tied,
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_MASTER, *_POINTWISE, *_OTHERWISE)
