"""Theorems about transposed convolutions: the transpose, zeros inserted."""

from __future__ import annotations

from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.catalogue.resampling import (
    cropped,
    zero_insertion,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Transposed
from convalgebra.operators.conv import Conv
from convalgebra.theorems.draws import ONE, channels, layer, transposed
from convalgebra.theorems.theorem import Named, Need, Theorem

GUIDE = "Dumoulin and Visin, arXiv:1603.07285"


def _forward(**sizes: Any) -> Conv:
    """Return the convolution of the same tensor whose input is the transposed one's output."""
    back = conv_transpose(**sizes)
    return conv(
        sizes["out_channels"],
        sizes["in_channels"],
        back.output_size,
        sizes["kernel_size"],
        stride=sizes["stride"],
        padding=sizes["padding"],
        dilation=sizes["dilation"],
        groups=sizes["groups"],
    )


def _first_rows(**sizes: Any) -> Operator:
    forward = _forward(**sizes)
    beyond = zip(forward.output_size, sizes["input_size"], strict=True)
    kept = cropped(sizes["in_channels"], forward.output_size, tuple((0, M - n) for M, n in beyond))
    return Transposed(Product((kept, forward)))


def _short_padding(stride: Any, output_padding: Any, **sizes: Any) -> bool:
    return all(extra < s for extra, s in zip(output_padding, stride, strict=True))


def _zeros_inserted(**sizes: Any) -> Operator:
    options = zip(
        sizes["kernel_size"], sizes["dilation"], sizes["padding"], sizes["output_padding"], strict=True
    )
    pads = tuple((d * (m - 1) - lo, d * (m - 1) - hi + extra) for m, d, (lo, hi), extra in options)
    inserted = zero_insertion(sizes["in_channels"], sizes["input_size"], sizes["stride"])
    full = conv(
        sizes["in_channels"],
        sizes["out_channels"],
        inserted.output_size,
        sizes["kernel_size"],
        padding=pads,
        dilation=sizes["dilation"],
        groups=sizes["groups"],
    )
    return Product((full, inserted))


def _flipped_and_swapped(weights: Named, groups: int, **sizes: Any) -> Named:
    weight = weights["weight"]
    flipped = np.flip(weight, tuple(range(2, weight.ndim)))
    return {"weight": np.concatenate([np.swapaxes(part, 0, 1) for part in np.split(flipped, groups)])}


def _back(in_channels: int, out_channels: int, input_size: Any, **sizes: Any) -> Operator:
    """Return the transposed convolution from a convolution's output back to its input size."""
    there = conv(in_channels, out_channels, input_size, **sizes)
    left_over = tuple(axis.left_over for axis in there.axes)
    return conv_transpose(out_channels, in_channels, there.output_size, **sizes, output_padding=left_over)


# --- the theorems --------------------------------------------------------------------------------

_TRANSPOSES: tuple[Theorem, ...] = (
    Theorem(
        "A13",
        "transposed convolution is the transpose",
        r"T = C^{\mathsf T}",
        GUIDE + ", section 4",
        transposed,
        conv_transpose,
        lambda **sizes: Transposed(_forward(**sizes)),
        needs=(
            Need(
                "output_padding below the stride",
                _short_padding,
                {
                    **ONE,
                    "groups": 1,
                    "input_size": (2,),
                    "kernel_size": (2,),
                    "stride": (1,),
                    "dilation": (2,),
                    "output_padding": (1,),
                    "padding": ((0, 0),),
                },
                differs="shapes",
            ),
        ),
        sharp=True,
    ),
    Theorem(
        "A13",
        "transposed convolution, any output padding",
        r"T = (C_{\text{first } n \text{ rows}})^{\mathsf T}",
        "torch.nn.ConvTranspose2d",
        transposed,
        conv_transpose,
        _first_rows,
    ),
    Theorem(
        "A13",
        "the transpose of a convolution is a transposed convolution",
        r"C^{\mathsf T} = T, \; \mathrm{output\_padding} = (n + lo + hi - e) \bmod s",
        GUIDE + ", section 4.6",
        lambda rng: layer(rng) | channels(rng, groups=True),
        lambda **sizes: Transposed(conv(**sizes)),
        _back,
    ),
)

_FORMS: tuple[Theorem, ...] = (
    Theorem(
        "A13",
        "transposed master form",
        r"T = \sum_{\mathbf k} W_{\mathbf k}^{\mathsf T} \otimes S_{\mathbf k}^{\mathsf T}",
        GUIDE + ", section 4",
        transposed,
        conv_transpose,
        lambda **sizes: conv_transpose(**sizes).expand(),
    ),
    Theorem(
        "A13",
        "zero insertion, then full convolution",
        r"T = C_1(\tilde w)(I \otimes U_s)",
        GUIDE + ", section 4.5",
        transposed,
        conv_transpose,
        _zeros_inserted,
        carry=_flipped_and_swapped,
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_TRANSPOSES, *_FORMS)
