"""Hypothesis strategies: axes, convolutions and weights over the whole parameter space, kept small.

Arguments are drawn as keywords in one canonical form (one value per axis, padding as pairs), so that
the references of the tests can read them without the package's help.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import convalgebra as ca

MODES = ("zeros", "circular", "reflect", "replicate")
# The largest size and kernel that are drawn, by the number of axes.
LARGEST = {1: 7, 2: 5, 3: 3, 4: 2}

Keywords = dict[str, Any]


@st.composite
def axis_keywords(draw: st.DrawFn, largest: int = 7, modes: tuple[str, ...] = MODES) -> Keywords:
    """Draw one axis: kernels beyond the input, strides beyond the kernel, any padding that fits."""
    size, kernel = (draw(st.integers(1, largest)) for _ in range(2))
    stride = draw(st.integers(1, largest + 1))
    dilation = draw(st.integers(1, 4 if largest > 3 else 2))
    lo = draw(st.integers(-min(3, largest), largest))
    least = dilation * (kernel - 1) + 1 - size - lo
    hi = draw(st.integers(max(-3, least), max(-3, least) + largest))
    mode = draw(st.sampled_from(modes))
    return {
        "size": size,
        "kernel": kernel,
        "stride": stride,
        "lo": lo,
        "hi": hi,
        "dilation": dilation,
        "padding_mode": mode,
    }


def axes(largest: int = 7, modes: tuple[str, ...] = MODES) -> st.SearchStrategy[ca.Axis]:
    return axis_keywords(largest, modes).map(lambda keywords: ca.Axis(**keywords))


@st.composite
def layer_keywords(
    draw: st.DrawFn, modes: tuple[str, ...] = MODES, ranks: tuple[int, ...] = (1, 2, 3, 4)
) -> Keywords:
    """Draw the spatial keywords that the catalogue's functions share."""
    rank = draw(st.sampled_from(ranks))
    mode = draw(st.sampled_from(modes))
    drawn = [draw(axis_keywords(LARGEST[rank], (mode,))) for _ in range(rank)]
    return {
        "input_size": tuple(a["size"] for a in drawn),
        "kernel_size": tuple(a["kernel"] for a in drawn),
        "stride": tuple(a["stride"] for a in drawn),
        "padding": tuple((a["lo"], a["hi"]) for a in drawn),
        "dilation": tuple(a["dilation"] for a in drawn),
        "padding_mode": mode,
    }


@st.composite
def channels(draw: st.DrawFn, rank: int) -> Keywords:
    """Draw channels and groups that divide them."""
    groups, most = draw(st.integers(1, 3)), 2 if rank > 2 else 3
    ins, outs = (groups * draw(st.integers(1, most)) for _ in range(2))
    return {"in_channels": ins, "out_channels": outs, "groups": groups}


@st.composite
def conv_keywords(
    draw: st.DrawFn, modes: tuple[str, ...] = MODES, ranks: tuple[int, ...] = (1, 2, 3, 4)
) -> Keywords:
    layer = draw(layer_keywords(modes, ranks))
    return layer | draw(channels(len(layer["input_size"]))) | {"flip": draw(st.booleans())}


def convs(
    modes: tuple[str, ...] = MODES, ranks: tuple[int, ...] = (1, 2, 3, 4)
) -> st.SearchStrategy[ca.Conv]:
    return conv_keywords(modes, ranks).map(lambda keywords: ca.conv(**keywords))


@st.composite
def transposed_keywords(draw: st.DrawFn, ranks: tuple[int, ...] = (1, 2, 3, 4)) -> Keywords:
    """Draw a transposed convolution with at least one output, output_padding at its largest included."""
    rank = draw(st.sampled_from(ranks))
    largest = {1: 5, 2: 4, 3: 2, 4: 2}[rank]
    drawn: dict[str, list[Any]] = {
        name: []
        for name in ("input_size", "kernel_size", "stride", "dilation", "output_padding", "padding")
    }
    for _ in range(rank):
        n, m, s = (draw(st.integers(1, largest)) for _ in range(3))
        d = draw(st.integers(1, 3 if rank < 3 else 2))
        extra = draw(st.integers(0, max(s, d) - 1))
        lo = draw(st.integers(-1, 3))
        uncropped = (n - 1) * s + d * (m - 1) + extra + 1
        hi = draw(st.integers(-1, min(3, uncropped - lo - 1))) if uncropped - lo >= 0 else -1
        lo = min(lo, uncropped - hi - 1)
        for name, value in zip(drawn, (n, m, s, d, extra, (lo, hi)), strict=True):
            drawn[name].append(value)
    return {name: tuple(values) for name, values in drawn.items()} | draw(channels(rank))


def integer_array(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Return small integers, zeros among them; one seed is quicker to draw than every entry."""
    return np.random.default_rng(seed).integers(-4, 5, shape)


def seeds() -> st.SearchStrategy[int]:
    return st.integers(0, 2**16)


def integer_weights(op: ca.Operator, seed: int) -> dict[str, np.ndarray]:
    return {
        name: integer_array(shape, seed + at)
        for at, (name, shape) in enumerate(op.weight_shapes.items(), start=1)
    }
