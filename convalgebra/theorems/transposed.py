"""Theorems about transposed and sub-pixel convolutions."""

from __future__ import annotations

from itertools import product as grid
from random import Random
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.catalogue.cheap import pointwise
from convalgebra.catalogue.resampling import (
    cropped,
    pixel_shuffle,
    pixel_unshuffle,
    space_to_depth,
    zero_insertion,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.moves import Phases
from convalgebra.theorems.draws import channels, line, transposed
from convalgebra.theorems.theorem import Theorem
from convalgebra.weights import Array

GUIDE = "Dumoulin and Visin, arXiv:1603.07285"
SUBPIXEL = "Shi et al., arXiv:1609.07009"
Named = dict[str, Array]


def _transposed_draw(rng: Random) -> dict[str, Any]:
    return transposed(rng) | channels(rng, groups=True)


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


def _square_draw(rng: Random) -> dict[str, Any]:
    rank, r = rng.choice((1, 2)), rng.randint(1, 3)
    sizes = tuple(rng.randint(1, 2) for _ in range(rank))
    return channels(rng) | {"input_size": sizes, "factor": r}


def _upwards(factor: int, **sizes: Any) -> Operator:
    return conv_transpose(**sizes, kernel_size=factor, stride=factor)


def _shuffled(in_channels: int, out_channels: int, input_size: Any, factor: int) -> Operator:
    wide = out_channels * factor ** len(input_size)
    return Product(
        (pixel_shuffle(wide, input_size, factor), pointwise(in_channels, wide, input_size, name="weight"))
    )


def _one_by_one(weights: Named, input_size: Any, **sizes: Any) -> Named:
    weight = weights["weight"]
    flat = weight.reshape(len(weight), -1).T
    return {"weight": flat.reshape(*flat.shape, *[1] * len(input_size))}


def _downwards(in_channels: int, out_channels: int, input_size: Any, factor: int) -> Operator:
    sizes = tuple(n * factor for n in input_size)
    return conv(in_channels, out_channels, sizes, factor, stride=factor)


def _unshuffled(in_channels: int, out_channels: int, input_size: Any, factor: int) -> Operator:
    sizes = tuple(n * factor for n in input_size)
    before = pixel_unshuffle(in_channels, sizes, factor)
    wide = in_channels * factor ** len(sizes)
    return Product((pointwise(wide, out_channels, before.output_size, name="weight"), before))


def _gathered(weights: Named, input_size: Any, **sizes: Any) -> Named:
    weight = weights["weight"]
    return {"weight": weight.reshape(len(weight), -1, *[1] * len(input_size))}


def _line_draw(rng: Random) -> dict[str, Any]:
    drawn = transposed(rng, rank=1) | channels(rng)
    return {name: value[0] if isinstance(value, tuple) else value for name, value in drawn.items()}


def _transposed_line(padding: Any, **sizes: Any) -> Operator:
    return conv_transpose(**sizes, padding=(padding,))


def _taps_by_phase(
    kernel_size: int, stride: int, dilation: int, padding: Any
) -> list[tuple[int, int, int]]:
    """Return (phase a, tap k, offset q) with y[s h + a] = sum of w[k] x[h + q]."""
    lo = padding[0]
    pairs = grid(range(stride), range(kernel_size))
    return [
        (a, k, (a + lo - k * dilation) // stride) for a, k in pairs if (a + lo - k * dilation) % stride == 0
    ]


def _phases_of_line(
    in_channels: int, out_channels: int, input_size: int, padding: Any, output_padding: int, **axis: int
) -> Operator:
    s = axis["stride"]
    offsets = [q for _, _, q in _taps_by_phase(padding=padding, **axis)]
    outputs = (input_size - 1) * s - sum(padding) + axis["dilation"] * (axis["kernel_size"] - 1)
    outputs += output_padding + 1
    steps, taps, lo = -(-outputs // s), max(offsets) - min(offsets) + 1, -min(offsets)
    wide = out_channels * s
    pad = ((lo, steps + taps - 1 - input_size - lo),)
    inner = conv(in_channels, wide, input_size, taps, padding=pad)
    crop = cropped(out_channels, steps * s, ((0, steps * s - outputs),))
    return Product((crop, pixel_shuffle(wide, steps, s), inner))


def _by_phase(weights: Named, padding: Any, **sizes: Any) -> Named:
    weight = weights["weight"]
    axis = {name: sizes[name] for name in ("kernel_size", "stride", "dilation")}
    found = _taps_by_phase(padding=padding, **axis)
    offsets = [q for _, _, q in found]
    ins, outs, _ = weight.shape
    phases = np.zeros((outs * axis["stride"], ins, max(offsets) - min(offsets) + 1), weight.dtype)
    for a, k, q in found:
        phases[a :: axis["stride"], :, q - min(offsets)] = weight[:, :, k].T
    return {"weight": phases}


def _subpixel_draw(rng: Random) -> dict[str, Any]:
    n, m, _, _, pad = line(rng, stride=1, dilation=1)
    return channels(rng) | {"n": n, "m": m, "pad": pad, "r": rng.randint(1, 3)}


def _subpixel(in_channels: int, out_channels: int, n: int, m: int, pad: Any, r: int) -> Operator:
    inner = conv(in_channels, out_channels * r, n, m, padding=(pad,))
    return Product((pixel_shuffle(out_channels * r, inner.output_size, r), inner))


def _as_transposed(in_channels: int, out_channels: int, n: int, m: int, pad: Any, r: int) -> Operator:
    crop = tuple(r * (m - 1 - p) for p in pad)
    return conv_transpose(in_channels, out_channels, n, r * m, stride=r, padding=(crop,))


def _interleaved(weights: Named, r: int, m: int, **sizes: Any) -> Named:
    weight = weights["weight"]  # (out*r, in, m)
    outs, ins = weight.shape[0] // r, weight.shape[1]
    turned = np.flip(weight, 2).reshape(outs, r, ins, m)
    return {"weight": turned.transpose(2, 0, 3, 1).reshape(ins, outs, m * r)}


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (
        Theorem(
            "A13",
            "transposed convolution is the transpose",
            r"T = C^{\mathsf T}",
            GUIDE + ", section 4",
            _transposed_draw,
            conv_transpose,
            lambda **sizes: Transposed(_forward(**sizes)),
            condition="output_padding below the stride",
            holds=_short_padding,
            counterexample={
                "in_channels": 1,
                "out_channels": 1,
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
        Theorem(
            "A13",
            "transposed convolution, any output padding",
            r"T = (C_{\text{first } n \text{ rows}})^{\mathsf T}",
            "torch.nn.ConvTranspose2d",
            _transposed_draw,
            conv_transpose,
            _first_rows,
        ),
        Theorem(
            "A13",
            "transposed master form",
            r"T = \sum_{\mathbf k} W_{\mathbf k}^{\mathsf T} \otimes S_{\mathbf k}^{\mathsf T}",
            GUIDE + ", section 4",
            _transposed_draw,
            conv_transpose,
            lambda **sizes: conv_transpose(**sizes).expand(),
        ),
        Theorem(
            "A13",
            "zero insertion, then full convolution",
            r"T = C_1(\tilde w)(I \otimes U_s)",
            GUIDE + ", section 4.5",
            _transposed_draw,
            conv_transpose,
            _zeros_inserted,
            carry=_flipped_and_swapped,
        ),
        Theorem(
            "A16",
            "transposed with kernel = stride is a pixel shuffle",
            r"T = R_r (W \otimes I)",
            SUBPIXEL,
            _square_draw,
            _upwards,
            _shuffled,
            carry=_one_by_one,
        ),
        Theorem(
            "A16",
            "convolution with kernel = stride is a pixel unshuffle",
            r"C = (W \otimes I) R_r^{\mathsf T}",
            SUBPIXEL,
            _square_draw,
            _downwards,
            _unshuffled,
            carry=_gathered,
        ),
        Theorem(
            "A16",
            "any transposed convolution by phases",
            r"T = \mathrm{crop} \, R_s \, C_1(w')",
            SUBPIXEL,
            _line_draw,
            _transposed_line,
            _phases_of_line,
            carry=_by_phase,
        ),
        Theorem(
            "A16",
            "sub-pixel convolution is a transposed convolution",
            r"R_r \, C = T, \; m_T = r m, \; s_T = r",
            SUBPIXEL,
            _subpixel_draw,
            _subpixel,
            _as_transposed,
            carry=_interleaved,
        ),
        Theorem(
            "A16",
            "space to depth is the polyphase split",
            r"\mathrm{SpaceToDepth}_r = R_{r \times r}",
            "ONNX operator SpaceToDepth; Vaidyanathan, Multirate systems and filter banks, 1993",
            lambda rng: {
                "c": rng.randint(1, 2),
                "q": (rng.randint(1, 2), rng.randint(1, 2)),
                "r": rng.randint(1, 3),
            },
            lambda c, q, r: space_to_depth(c, tuple(n * r for n in q), r),
            lambda c, q, r: Phases((c, *(n * r for n in q)), (r,) * len(q)),
        ),
    )
