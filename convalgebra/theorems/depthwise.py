"""Theorems about depthwise separable convolutions, and the biases between their stages."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import (
    depthwise,
    depthwise_separable,
    pointwise,
)
from convalgebra.operators.composition import Product
from convalgebra.operators.filters import Filter
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.theorems.draws import channels, keywords, layer
from convalgebra.theorems.theorem import Named, Need, Theorem

MOBILENET = "Howard et al., arXiv:1704.04861, section 3.1"


def _fused(weights: Named, **sizes: Any) -> Named:
    deep, mix = weights["depthwise"], weights["pointwise"]
    ins = sizes["in_channels"]
    each = mix.reshape(len(mix), ins, -1)  # (out, in, multiplier)
    taps = deep.reshape(ins, each.shape[2], *deep.shape[2:])
    return {"weight": np.einsum("ocq,cq...->oc...", each, taps)}


def _fused_back(weights: Named, **sizes: Any) -> Named:
    deep, mix = weights["depthwise"], weights["pointwise"]
    return {"weight": mix * deep}


def _pointwise_first(in_channels: int, out_channels: int, **sizes: Any) -> Product:
    return Product(
        (depthwise(out_channels, **sizes), pointwise(in_channels, out_channels, sizes["input_size"]))
    )


def _constant(channels: int, sizes: Any) -> Kron:
    """Return the columns of ones: one number per channel becomes a constant image."""
    return Kron((Identity(channels), *(Filter(Axis(n, n)).T for n in sizes)))


def _of_constants(channels: int, input_size: Any, **sizes: Any) -> Product:
    return Product((depthwise(channels, input_size, **sizes), _constant(channels, input_size)))


def _constants_of(channels: int, **sizes: Any) -> Product:
    outputs = depthwise(channels, **sizes).output_size
    ones = (1,) * len(outputs)
    return Product((_constant(channels, outputs), depthwise(channels, ones, ones)))


def _constant_draw(rng: Random) -> dict[str, Any]:
    drawn = layer(rng, padding=rng.choice((0, 0, 1)))
    return drawn | {"channels": rng.randint(1, 2)}


def _summed(weights: Named, kernel_size: Any, **_: Any) -> Named:
    axes = tuple(range(2, 2 + len(kernel_size)))
    return {"depthwise": weights["depthwise"].sum(axis=axes, keepdims=True)}


def _reads_no_padding(channels: int, **sizes: Any) -> bool:
    return all(axis.taps_inside == axis.taps for axis in depthwise(channels, **sizes).axes)


def _of_bias(in_channels: int, out_channels: int, input_size: Any) -> Product:
    bias = Kron((Dense(in_channels, 1, "bias"), *_constant(1, input_size).operators[1:]))
    return Product((pointwise(in_channels, out_channels, input_size), bias))


def _bias_of(in_channels: int, out_channels: int, input_size: Any) -> Kron:
    mixed = Product((Dense(out_channels, in_channels), Dense(in_channels, 1, "bias")))
    return Kron((mixed, *_constant(1, input_size).operators[1:]))


# --- the theorems --------------------------------------------------------------------------------

_STAGES: tuple[Theorem, ...] = (
    Theorem(
        "A5",
        "depthwise separable",
        r"C = (P \otimes I) \operatorname{blockdiag}_c(D_c),"
        r" \; w_{o c \mathbf k} = P_{o c} d_{c \mathbf k}",
        MOBILENET,
        lambda rng: keywords(rng, groups=False) | {"multiplier": rng.randint(1, 2)},
        depthwise_separable,
        lambda multiplier, **sizes: conv(**sizes),
        carry=_fused,
    ),
    Theorem(
        "A5",
        "pointwise first",
        r"C = \operatorname{blockdiag}_o(D_o)(P \otimes I),"
        r" \; w_{o c \mathbf k} = P_{o c} d_{o \mathbf k}",
        "Chollet, arXiv:1610.02357, section 2",
        lambda rng: keywords(rng, groups=False),
        _pointwise_first,
        conv,
        carry=_fused_back,
    ),
)

_BIASES: tuple[Theorem, ...] = (
    Theorem(
        "A5",
        "a bias through a depthwise stage",
        r"D (b \otimes \mathbf 1) = \Big(\sum_k d_k\Big) b \otimes \mathbf 1",
        MOBILENET,
        _constant_draw,
        _of_constants,
        _constants_of,
        needs=(
            Need(
                "no padding zeros are read: border outputs get less of the bias",
                _reads_no_padding,
                {
                    "channels": 1,
                    "input_size": (3,),
                    "kernel_size": (2,),
                    "padding": ((1, 1),),
                },
            ),
        ),
        carry=_summed,
        sharp=True,
    ),
    Theorem(
        "A5",
        "a bias before a pointwise stage",
        r"(P \otimes I)(b \otimes \mathbf 1) = (P b) \otimes \mathbf 1",
        MOBILENET,
        lambda rng: (
            channels(rng) | {"input_size": tuple(rng.randint(1, 3) for _ in range(rng.randint(1, 2)))}
        ),
        _of_bias,
        _bias_of,
        carry=lambda weights, **_: {
            "bias": weights["bias"],
            "weight": weights["pointwise"].reshape(weights["pointwise"].shape[:2]),
        },
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_STAGES, *_BIASES)
