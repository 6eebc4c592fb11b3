"""Theorems about sub-pixel convolutions: a pixel shuffle, and transposed convolutions by phases."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from itertools import product as grid
from math import prod
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
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.phases import Phases
from convalgebra.theorems.draws import channels, plain, transposed
from convalgebra.theorems.theorem import Named, Theorem

SUBPIXEL = "Shi et al., arXiv:1609.07009"


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


@dataclass(frozen=True)
class _Phases:
    """One axis by phases: y[s h + a] = sum of w[k] x[h + q] over the found (a, k, q)."""

    stride: int
    found: tuple[tuple[int, int, int], ...]

    @property
    def first(self) -> int:
        """The least offset q."""
        return min(q for _, _, q in self.found)

    @property
    def taps(self) -> int:
        """The taps of the phases' kernels, which are as long as the offsets go."""
        return max(q for _, _, q in self.found) - self.first + 1


def _by_axis(**sizes: Any) -> list[_Phases]:
    keys = ("kernel_size", "stride", "dilation", "padding")
    phases = []
    for m, s, d, (lo, _) in zip(*(sizes[key] for key in keys), strict=True):
        offsets = ((a, k, a + lo - k * d) for a, k in grid(range(s), range(m)))
        phases.append(_Phases(s, tuple((a, k, offset // s) for a, k, offset in offsets if offset % s == 0)))
    return phases


def _in_phases(in_channels: int, out_channels: int, groups: int, **sizes: Any) -> Operator:
    outputs = conv_transpose(in_channels, out_channels, groups=groups, **sizes).output_size
    axes, strides = _by_axis(**sizes), sizes["stride"]
    steps = tuple(-(-n // s) for n, s in zip(outputs, strides, strict=True))
    pads = [
        (-axis.first, step + axis.taps - 1 - n + axis.first)
        for axis, step, n in zip(axes, steps, sizes["input_size"], strict=True)
    ]
    wide = out_channels * prod(strides)
    kernel = [axis.taps for axis in axes]
    inner = conv(in_channels, wide, sizes["input_size"], kernel, padding=pads, groups=groups)
    whole = pixel_shuffle(wide, steps, strides)
    beyond = tuple((0, after - n) for after, n in zip(whole.output_size, outputs, strict=True))
    return Product((cropped(out_channels, whole.output_size, beyond), whole, inner))


def _by_phase(weights: Named, groups: int, **sizes: Any) -> Named:
    """Return the kernels of all phases, (out * phases, in / groups, taps), zero where a phase has none."""
    weight, axes = weights["weight"], _by_axis(**sizes)
    ins, outs = weight.shape[0] // groups, weight.shape[1]
    strides, taps = ([getattr(axis, key) for axis in axes] for key in ("stride", "taps"))
    phases = np.zeros((groups, outs, *strides, ins, *taps), weight.dtype)
    grouped = weight.reshape(groups, ins, *weight.shape[1:])
    for combined in grid(*(axis.found for axis in axes)):
        at, tap, offset = zip(*combined, strict=True)
        place = tuple(q - axis.first for q, axis in zip(offset, axes, strict=True))
        phases[(slice(None), slice(None), *at, slice(None), *place)] += np.swapaxes(
            grouped[(slice(None), slice(None), slice(None), *tap)], 1, 2
        )
    return {"weight": phases.reshape(groups * outs * prod(strides), ins, *taps)}


def _subpixel_draw(rng: Random) -> dict[str, Any]:
    drawn = plain(rng) | channels(rng)
    return drawn | {"factor": tuple(rng.randint(1, 3) for _ in drawn["input_size"])}


def _subpixel(out_channels: int, factor: Any, **sizes: Any) -> Operator:
    inner = conv(out_channels=out_channels * prod(factor), **sizes)
    return Product((pixel_shuffle(inner.out_channels, inner.output_size, factor), inner))


def _as_transposed(kernel_size: Any, padding: Any, factor: Any, **sizes: Any) -> Operator:
    lines = list(zip(kernel_size, padding, factor, strict=True))
    return conv_transpose(
        **sizes,
        kernel_size=[r * m for m, _, r in lines],
        stride=factor,
        padding=[(r * (m - 1 - lo), r * (m - 1 - hi)) for m, (lo, hi), r in lines],
    )


def _interleaved(weights: Named, factor: Any, kernel_size: Any, **sizes: Any) -> Named:
    """Return w[c r + a, t] at place r (m - 1 - t) + a, channels swapped, on every axis."""
    weight, rank = weights["weight"], len(factor)
    outs, ins = weight.shape[0] // prod(factor), weight.shape[1]
    turned = np.flip(weight, tuple(range(2, 2 + rank))).reshape(outs, *factor, ins, *kernel_size)
    pairs = chain.from_iterable((2 + rank + axis, 1 + axis) for axis in range(rank))
    sizes_after = (r * m for r, m in zip(factor, kernel_size, strict=True))
    return {"weight": turned.transpose(1 + rank, 0, *pairs).reshape(ins, outs, *sizes_after)}


# --- the theorems --------------------------------------------------------------------------------

_ONE_SHUFFLE: tuple[Theorem, ...] = (
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
)

_BY_PHASES: tuple[Theorem, ...] = (
    Theorem(
        "A16",
        "any transposed convolution by phases",
        r"T = \mathrm{crop} \, R_s \, C_1(w')",
        SUBPIXEL,
        transposed,
        conv_transpose,
        _in_phases,
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


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_ONE_SHUFFLE, *_BY_PHASES)
