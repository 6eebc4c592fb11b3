"""Sizes for the theorems: small layers of all kinds, kernels beyond the input, strides beyond kernels."""

from __future__ import annotations

from random import Random
from typing import Any

from convalgebra.axis import PADDING_MODES

Layer = dict[str, Any]

# The channels of most counterexamples: one in, one out.
ONE: Layer = {"in_channels": 1, "out_channels": 1}


def line(
    rng: Random, largest: int = 5, stride: int = 3, dilation: int = 2, padding: int = 2
) -> tuple[int, int, int, int, tuple[int, int]]:
    """Draw one axis that exists: size, kernel, stride, dilation, padding; each option up to a value.

    >>> n, m, s, d, (lo, hi) = line(Random(0), padding=0)
    >>> n >= d * (m - 1) + 1, (lo, hi)
    (True, (0, 0))
    """
    while True:
        n, m = rng.randint(1, largest), rng.randint(1, 4)
        s, d = rng.randint(1, stride), rng.randint(1, dilation)
        lo, hi = (rng.randint(0, padding) for _ in range(2))
        if n + lo + hi >= d * (m - 1) + 1:
            return n, m, s, d, (lo, hi)


def layer(rng: Random, rank: int | None = None, **most: int) -> Layer:
    """Draw the spatial keywords of a convolution on one or two axes, or on ``rank``.

    >>> sorted(layer(Random(1)))
    ['dilation', 'input_size', 'kernel_size', 'padding', 'stride']
    """
    rank = rng.choice((1, 1, 2)) if rank is None else rank
    lines = [line(rng, largest=6 if rank == 1 else 4, **most) for _ in range(rank)]
    names = ("input_size", "kernel_size", "stride", "dilation", "padding")
    return dict(zip(names, map(tuple, zip(*lines, strict=True)), strict=True))


def plain(rng: Random, rank: int | None = None, **most: int) -> Layer:
    """Draw a layer of stride and dilation 1, without these keywords."""
    drawn = layer(rng, rank, stride=1, dilation=1, **most)
    return {name: drawn[name] for name in ("input_size", "kernel_size", "padding")}


def channels(rng: Random, groups: bool = False) -> Layer:
    """Draw channels, and groups that divide them if wanted."""
    g = rng.randint(1, 3) if groups else 1
    drawn = {"in_channels": g * rng.randint(1, 2), "out_channels": g * rng.randint(1, 2)}
    return drawn | ({"groups": g} if groups else {})


def mode(rng: Random) -> Layer:
    """Draw what stands outside the input."""
    return {"padding_mode": rng.choice(PADDING_MODES)}


def keywords(rng: Random, rank: int | None = None, groups: bool = True, **most: int) -> Layer:
    """Draw all keywords of a convolution: a layer, its channels, what stands outside the input.

    >>> sorted(keywords(Random(1)).keys() - layer(Random(1)).keys())
    ['groups', 'in_channels', 'out_channels', 'padding_mode']
    """
    return layer(rng, rank, **most) | channels(rng, groups) | mode(rng)


def transposed(rng: Random, rank: int | None = None) -> Layer:
    """Draw the keywords of a transposed convolution, at least one output along each axis."""
    rank = rng.choice((1, 1, 2)) if rank is None else rank
    lines: list[tuple[Any, ...]] = []
    while len(lines) < rank:
        n, m, s, d = (rng.randint(1, most) for most in (4, 3, 3, 3))
        extra, pad = rng.randint(0, max(s, d) - 1), (rng.randint(0, 2), rng.randint(0, 2))
        if (n - 1) * s + d * (m - 1) + extra + 1 - sum(pad) >= 1:
            lines.append((n, m, s, d, extra, pad))
    names = ("input_size", "kernel_size", "stride", "dilation", "output_padding", "padding")
    drawn = dict(zip(names, map(tuple, zip(*lines, strict=True)), strict=True))
    return drawn | channels(rng, groups=True)


def circular(rng: Random, rank: int | None = None) -> Layer:
    """Draw a circular convolution of as many outputs as inputs, also with kernels longer than the input."""
    rank = rng.choice((1, 1, 2)) if rank is None else rank
    drawn: Layer = {"input_size": [], "kernel_size": [], "dilation": [], "padding": []}
    for _ in range(rank):
        n, m, d = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 2)
        lo = rng.randint(0, d * (m - 1))
        for name, value in zip(drawn, (n, m, d, (lo, d * (m - 1) - lo)), strict=True):
            drawn[name].append(value)
    return {name: tuple(values) for name, values in drawn.items()} | channels(rng, groups=True)
