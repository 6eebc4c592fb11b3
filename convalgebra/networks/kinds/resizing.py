"""Resize and Upsample: operators for whole factors, shapes for all."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np

from convalgebra.catalogue.resampling import decimation, upsample_bilinear, upsample_nearest
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.seen import (
    Effect,
    Seen,
    UnsupportedError,
    listed,
    normal_axis,
    repeated,
)
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size, at_least, combined, is_number
from convalgebra.sizes import as_size, exact_quotient, floor_div, same_size

# Modes of coordinates under which a whole factor r repeats each value r times.
_REPEATING = {
    ("asymmetric", "floor"),
    ("half_pixel", "round_prefer_floor"),
    ("half_pixel", "round_prefer_ceil"),
    ("pytorch_half_pixel", "round_prefer_floor"),
}


def resize(seen: Seen) -> Effect:
    """Resize by scales or to sizes; nearest and linear with whole factors are operators."""
    shape = seen.shape(0)
    out = _output(seen, shape)
    if 0 in out and 0 not in shape:
        raise ShapeError(f"{listed(shape)} becomes {listed(out)}: each size must be at least 1")
    op = None
    if len(shape) > 2 and out[:2] == shape[:2]:
        op = _operator(seen, shape, out)
    mode = seen.attribute("mode", "nearest")
    adds = 0 if op is not None or mode == "nearest" else None
    needs = combined(at_least(n, 1) for n in out if not is_number(n))
    made = None if op is None else repeated(op, seen.copies())
    return Effect((out,), "other", made, additions=adds, conditions=needs)


def upsample(seen: Seen) -> Effect:
    """Upsample, the older one: floor(i/scale) for nearest."""
    return resize(seen)


def _output(seen: Seen, shape: Shape) -> Shape:
    old = seen.node.op_type == "Upsample"
    scales_at = 1 if old or (seen.has(1) and not seen.has(2) and not seen.has(3)) else 2
    rank = len(shape)
    axes = list(range(rank))
    if seen.attribute("axes"):
        axes = [normal_axis(a, rank, "axes") for a in seen.attribute("axes")]
    sizes = None if old or not seen.has(3) else seen.numbers(3, "sizes")
    if sizes:
        if len(sizes) != len(axes):
            raise ArgumentError(f"sizes={sizes} must be {len(axes)}")
        if seen.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
            raise UnsupportedError("Resize that keeps the aspect ratio")
        given = dict(zip(axes, (as_size(n, "sizes", least=1) for n in sizes), strict=True))
        return tuple(given.get(a, n) for a, n in enumerate(shape))
    scales = seen.attribute("scales")
    if scales is None:
        if not seen.has(scales_at):
            raise ArgumentError("Resize needs scales or sizes")
        scales = seen.numbers(scales_at, "scales")
    if len(scales) != len(axes):
        raise ArgumentError(f"scales={scales} must be {len(axes)}")
    factors = dict(zip(axes, scales, strict=True))
    return tuple(scaled(n, factors[a]) if a in factors else n for a, n in enumerate(shape))


def scaled(size: Size, scale: Any) -> Size:
    """Return floor(size * scale); a float is read as the simple fraction that it is written for.

    >>> scaled(7, 2.0), scaled(7, 0.5)
    (14, 3)
    """
    try:
        exact = float(scale)
    except (TypeError, ValueError):
        return size * as_size(scale, "scales", least=1)
    if not 0 < exact < 1e9:
        raise ArgumentError(f"scales: {scale!r} must be above 0 and below 1e9")
    if is_number(size):
        return floor(np.float32(size) * np.float32(exact))  # as onnx and its runtime round
    ratio = Fraction(exact).limit_denominator(4096)
    return floor_div(size * ratio.numerator, ratio.denominator)


def _operator(seen: Seen, shape: Shape, out: Shape) -> Operator | None:
    channels, sizes, wanted = shape[1], shape[2:], out[2:]
    old = seen.node.op_type == "Upsample"
    where = seen.attribute("coordinate_transformation_mode", "asymmetric" if old else "half_pixel")
    if sizes == wanted:
        return None
    if seen.attribute("mode", "nearest") == "nearest":
        rounding = "floor" if old else seen.attribute("nearest_mode", "round_prefer_floor")
        return _nearest(channels, sizes, wanted, (where, rounding))
    if seen.attribute("mode") == "linear" and not seen.attribute("antialias"):
        return _linear(channels, sizes, wanted, where)
    return None


def _nearest(channels: Size, sizes: Shape, wanted: Shape, places: tuple[str, str]) -> Operator | None:
    if (factors := _factors(sizes, wanted)) and places in _REPEATING:
        return upsample_nearest(channels, sizes, factors)
    if (steps := _factors(wanted, sizes)) and places == ("asymmetric", "floor"):
        return decimation(channels, sizes, steps)
    return None


def _linear(channels: Size, sizes: Shape, wanted: Shape, where: str) -> Operator | None:
    if where in ("half_pixel", "pytorch_half_pixel"):
        factors = None if _single(sizes, where) else _factors(sizes, wanted)
        return None if factors is None else upsample_bilinear(channels, sizes, factors)
    if where != "align_corners" or not all(is_number(n) and n > 1 for n in sizes):
        return None
    between = [n - 1 for n in sizes], [m - 1 for m in wanted]
    factors = _factors(tuple(between[0]), tuple(between[1]))
    return None if factors is None else upsample_bilinear(channels, sizes, factors, align_corners=True)


def _single(sizes: Shape, where: str) -> bool:
    """Say whether an axis of one value might be read otherwise (pytorch_half_pixel, one output)."""
    return where == "pytorch_half_pixel" and any(n == 1 for n in sizes)


def _factors(few: Shape, many: Shape) -> tuple[Size, ...] | None:
    """Return the whole number of times that each size fits into another; None where it does not."""
    found = []
    for n, m in zip(few, many, strict=True):
        times = exact_quotient(m, n)
        if not is_number(times) or not same_size(times * n, m) or times < 1:
            return None
        found.append(times)
    return tuple(found)
