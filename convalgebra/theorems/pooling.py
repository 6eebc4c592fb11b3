"""Theorems about average pooling: a depthwise convolution, divided by what is there."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.resampling import (
    average_pool,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.theorems.draws import layer
from convalgebra.theorems.theorem import Named, Need, Theorem


def _pool_draw(rng: Random) -> dict[str, Any]:
    drawn = layer(rng, dilation=1, padding=rng.choice((0, 1)))
    kept = {name: drawn[name] for name in ("input_size", "kernel_size", "stride", "padding")}
    return kept | {"channels": rng.randint(1, 2)}


def _any_pool_draw(rng: Random) -> dict[str, Any]:
    return _pool_draw(rng) | {"ceil_mode": rng.random() < 0.5, "count_include_pad": rng.random() < 0.5}


def _reaching(outputs: Any, input_size: Any, kernel_size: Any, stride: Any, padding: Any) -> list[Any]:
    """Return (lo, hi) along each axis such that there are so many windows, and nothing is left over."""
    lines = zip(outputs, input_size, kernel_size, stride, padding, strict=True)
    return [(lo, (M - 1) * s + m - n - lo) for M, n, m, s, (lo, _) in lines]


def _depthwise(channels: int, ceil_mode: bool = False, **sizes: Any) -> Conv:
    """Return the depthwise convolution with the windows of a pooling."""
    outputs = average_pool(channels, ceil_mode=ceil_mode, **sizes).output_size
    pads = _reaching(outputs, **sizes)
    return conv(channels, channels, groups=channels, **{**sizes, "padding": pads})


def _averages(weights: Named, channels: int, kernel_size: Any, **sizes: Any) -> Named:
    taps = int(np.prod(kernel_size))
    return {"weight": np.full((channels, 1, *kernel_size), sympy.Rational(1, taps), object)}


def _ones(weights: Named, channels: int, kernel_size: Any, **sizes: Any) -> Named:
    return {"weight": np.ones((channels, 1, *kernel_size), int)}


def _divided_by_counts(count_include_pad: bool, **sizes: Any) -> Operator:
    """Return diag(1 / count) C; what a window meets, padding zeros or none, is counted one by one."""
    sums = _depthwise(**sizes)
    keys = ("input_size", "kernel_size", "stride", "padding")
    shares = []
    for M, n, m, s, (lo, hi) in zip(sums.output_size, *(sizes[key] for key in keys), strict=True):
        there = range(-lo, n + hi) if count_include_pad else range(n)
        counts = [sum(j in there for j in range(i * s - lo, i * s - lo + m)) for i in range(M)]
        diagonal = enumerate(Fraction(1, max(1, count)) for count in counts)
        shares.append(Fixed(tuple(tuple(share * (i == j) for j in range(M)) for i, share in diagonal)))
    return Product((Kron((Identity(sizes["channels"]), *shares)), sums))


def _overhangs_nothing(padding: Any, **sizes: Any) -> bool:
    outputs = average_pool(padding=padding, ceil_mode=True, **sizes).output_size
    sizes = {name: sizes[name] for name in ("input_size", "kernel_size", "stride")}
    reached = _reaching(outputs, padding=padding, **sizes)
    return all(over <= hi for (_, over), (_, hi) in zip(reached, padding, strict=True))


def _ends_inside(channels: int, **sizes: Any) -> bool:
    outputs = average_pool(channels, **sizes).output_size
    return all(over <= 0 for _, over in _reaching(outputs, **sizes))


# --- the theorems --------------------------------------------------------------------------------

_POOL = {
    "channels": 1,
    "input_size": (3,),
    "kernel_size": (2,),
    "stride": (1,),
    "padding": ((0, 0),),
}

_WINDOWS: tuple[Theorem, ...] = (
    Theorem(
        "A19",
        "average pooling is a depthwise convolution",
        r"A = \tfrac{1}{m} C(\mathbf 1)",
        "torch.nn.AvgPool2d",
        _pool_draw,
        average_pool,
        _depthwise,
        carry=_averages,
        compare="symbols",
    ),
    Theorem(
        "A19",
        "average pooling with a last window that overhangs",
        r"A_{\mathrm{ceil}} = \tfrac{1}{m} C(\mathbf 1)",
        "torch.nn.AvgPool2d, ceil_mode",
        _pool_draw,
        lambda **sizes: average_pool(**sizes, ceil_mode=True),
        lambda **sizes: _depthwise(**sizes, ceil_mode=True),
        needs=(
            Need("no window reaches beyond the padding", _overhangs_nothing, {**_POOL, "stride": (2,)}),
        ),
        carry=_averages,
        compare="symbols",
    ),
)

_COUNTS: tuple[Theorem, ...] = (
    Theorem(
        "A19",
        "average pooling divides sums by counts",
        r"A = \operatorname{diag}(1 / \mathrm{count}_i) \, C(\mathbf 1)",
        "torch.nn.AvgPool2d, ceil_mode and count_include_pad",
        _any_pool_draw,
        average_pool,
        _divided_by_counts,
        carry=_ones,
        compare="symbols",
    ),
    Theorem(
        "A19",
        "average pooling with and without its padding",
        r"\tfrac{1}{m} C(\mathbf 1) = \operatorname{diag}(1 / \mathrm{count}) \, C(\mathbf 1)",
        "torch.nn.AvgPool2d, count_include_pad",
        _pool_draw,
        average_pool,
        lambda **sizes: average_pool(**sizes, count_include_pad=False),
        needs=(
            Need(
                "no window touches padding before the image",
                lambda padding, **_: all(lo <= 0 for lo, _ in padding),
                {**_POOL, "padding": ((1, 0),)},
            ),
            Need("none touches padding after it", _ends_inside, {**_POOL, "padding": ((0, 1),)}),
        ),
        compare="symbols",
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_WINDOWS, *_COUNTS)
