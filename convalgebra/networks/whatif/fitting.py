"""What a cheaper convolution can keep of the weights of a layer: exactly, or with the least error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

from convalgebra.networks.graph import Array
from convalgebra.properties.separation import separate

MOST_VALUES = 2**22
# Singular values take seconds beyond so many steps (rows times columns times the fewer of them).
_MOST_STEPS = 2**29
# Tables of float64 or wide integers are tested in fractions: so many, and so large, at most.
_MOST_TABLES, _LARGEST_TABLE = 256, 1024
_NARROW = {np.dtype(t) for t in ("float16", "float32", "int8", "uint8", "int16", "uint16")}
# A relative error above this is no rounding of float64, so that the fit is surely not exact.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Fit:
    """How much of a layer's weights a replacement keeps.

    ``exact``: True or False where an exact test told (in rational arithmetic, or in floating-point products
    that do not round), None where none did, and ``why``. ``error`` is in floating point: the Frobenius norm
    of the best fit's difference over that of the weights. ``separable`` counts the kernels of rank 1 at
    most, of how many; by the exact test. ``weights`` are those of the best fit, by the factors' names.
    """

    exact: bool | None
    error: float | None = None
    separable: tuple[int, int] | None = None
    why: str = ""
    weights: Mapping[str, Array] | None = field(default=None, compare=False, repr=False)


def fit(
    weight: Array, by: str, options: Mapping[str, Any], groups: int = 1, with_weights: bool = False
) -> Fit:
    """Return how well a replacement fits a weight (out, in / groups, *kernel).

    ``options`` are those of the catalogue's type: ``groups``, ``multiplier``, ``middle_channels``. The
    weights of the fit are worked out ``with_weights`` alone, however large; without, the error of very
    large ones is left open.

    >>> sobel = np.array([[[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]], np.float32)
    >>> fit(sobel, "spatially_separable", {}).exact
    True
    """
    if not np.isfinite(weight).all():
        return Fit(None, why="the weights are not all finite")
    norm = float(np.linalg.norm(weight.astype(np.float64)))
    if norm == 0:
        return Fit(True, 0.0, why="the weights are all 0")
    if by == "spatially_separable" and weight.ndim == 4:
        found = _separable(
            weight, groups, int(options.get("middle_channels") or len(weight)), norm, with_weights
        )
    elif groups == 1 and by == "depthwise_separable":
        found = _depthwise(weight, int(options.get("multiplier", 1)), norm, with_weights)
    elif groups == 1 and by in ("grouped", "pointwise_grouped") and "groups" in options:
        found = _grouped(weight, by, int(options["groups"]), norm)
    elif groups == 1 and by == "flattened":
        found = _flattened(weight)
    else:
        found = Fit(None, why=f"no test of the weights is known for {by}")
    return found if with_weights else replace(found, weights=None)


def rank_one(tables: Array) -> Array | None:
    """Return which of some tables (..., rows, columns) have rank 1 at most, exactly; None for too many.

    A table has rank 1 where each entry times a pivot is the product of its row's and column's entries.
    These products do not round for entries of at most 26 bits; others are looked at in fractions, as
    ``separate`` does.

    >>> rank_one(np.array([[[1, 2], [2, 4]], [[1, 2], [2, 5]]], np.int8)).tolist()
    [True, False]
    """
    flat = tables.reshape(-1, *tables.shape[-2:])
    wide = flat.astype(np.float64)
    each = np.arange(len(flat))
    at = np.abs(wide).reshape(len(flat), -1).argmax(axis=1)
    row, column = np.divmod(at, flat.shape[2])
    pivot = wide[each, row, column]
    crossed = wide[each, :, column][:, :, None] * wide[each, row, :][:, None, :]
    rest = np.abs(wide * pivot[:, None, None] - crossed)
    if tables.dtype in _NARROW or (np.abs(wide).max() < 2**26 and (wide == np.rint(wide)).all()):
        return np.asarray((rest == 0).all(axis=(1, 2)).reshape(tables.shape[:-2]))
    near: Array = np.all(rest <= 1e-9 * pivot[:, None, None] ** 2, axis=(1, 2))
    if near.sum() > _MOST_TABLES or prod(flat.shape[1:]) > _LARGEST_TABLE:
        return None if near.any() else np.zeros(tables.shape[:-2], bool)
    for place in np.flatnonzero(near & (pivot != 0)):
        near[place] = separate(flat[place]).separable
    return np.asarray(near.reshape(tables.shape[:-2]))


# --- the kinds -----------------------------------------------------------------------------------


def _separable(weight: Array, groups: int, middle: int, norm: float, with_weights: bool) -> Fit:
    """Fit ``sum over r of horizontal[m, r, j] * vertical[r, c, i]``: a matrix of (c, i) and (m, j)."""
    out, inside, high, wide = weight.shape
    if middle % groups or out % groups:
        return Fit(None, why=f"{groups} groups do not divide the channels between")
    outs, rank = out // groups, middle // groups
    tables = weight.reshape(groups, outs, inside, high, wide).transpose(0, 2, 3, 1, 4)
    tables = tables.reshape(groups, inside * high, outs * wide)
    kernels = rank_one(weight)
    counted = None if kernels is None else (int(kernels.sum()), kernels.size)
    if not with_weights:
        return _judged(tables, rank, _error(tables, rank, norm), None, counted)
    left, right, error = _best(tables, rank, norm)
    vertical = left.reshape(groups, inside, high, rank).transpose(0, 3, 1, 2)
    horizontal = right.reshape(groups, rank, outs, wide).transpose(0, 2, 1, 3)
    weights = {
        "vertical": vertical.reshape(middle, inside, high, 1),
        "horizontal": horizontal.reshape(out, rank, 1, wide),
    }
    return _judged(tables, rank, error, weights, counted)


def _depthwise(weight: Array, multiplier: int, norm: float, with_weights: bool) -> Fit:
    """Fit ``pointwise[m, (c, q)] * depthwise[(c, q), taps]``: for each channel c a matrix of m and taps."""
    out, channels, *kernel = weight.shape
    tables = weight.reshape(out, channels, -1).transpose(1, 0, 2)
    if not with_weights:
        return _judged(tables, multiplier, _error(tables, multiplier, norm), None, None)
    left, right, error = _best(tables, multiplier, norm)
    weights = {
        "depthwise": right.reshape(channels * multiplier, 1, *kernel),
        "pointwise": left.transpose(1, 0, 2).reshape(out, -1, *(1 for _ in kernel)),
    }
    return _judged(tables, multiplier, error, weights, None)


def _grouped(weight: Array, by: str, groups: int, norm: float) -> Fit:
    """Keep the entries within the groups; what is outside is the error."""
    out, channels = weight.shape[:2]
    if out % groups or channels % groups:
        return Fit(None, why=f"{groups} groups do not divide the channels")
    blocks = weight.reshape(groups, out // groups, groups, channels // groups, *weight.shape[2:])
    inside = np.stack([blocks[g, :, g] for g in range(groups)])
    mask = ~np.eye(groups, dtype=bool)
    outside = blocks.transpose(0, 2, 1, *range(3, blocks.ndim))[mask]
    name = "pointwise" if by == "pointwise_grouped" else "weight"
    kept = {name: inside.reshape(out, channels // groups, *weight.shape[2:])}
    error = float(np.linalg.norm(outside.astype(np.float64))) / norm
    return Fit(not outside.any(), error, weights=kept)


def _flattened(weight: Array) -> Fit:
    """Test whether each output channel's weight is a product along all of its axes."""
    out, *sizes = weight.shape
    tests = [
        rank_one(weight.reshape(out, prod(sizes[:cut]), prod(sizes[cut:]))) for cut in range(1, len(sizes))
    ]
    if any(found is not None and not found.all() for found in tests):
        return Fit(False, why="no best fit is worked out for flattened")
    if any(found is None for found in tests):
        return Fit(None, why="too many weights for the exact test")
    return Fit(True, 0.0)


def _best(tables: Array, rank: int, norm: float) -> tuple[Array, Array, float]:
    """Return the best products (tables, rows, rank), (tables, rank, columns), and their relative error."""
    left, values, right = np.linalg.svd(tables.astype(np.float64), full_matrices=False)
    error = float(np.linalg.norm(values[:, rank:])) / norm
    kept = values.shape[1]
    root = np.sqrt(values[:, :rank])
    first, second = left[:, :, :rank] * root[:, None, :], root[:, :, None] * right[:, :rank]
    more = max(rank - kept, 0)
    return np.pad(first, ((0, 0), (0, 0), (0, more))), np.pad(second, ((0, 0), (0, more), (0, 0))), error


def _error(tables: Array, rank: int, norm: float) -> float | None:
    """Return the relative error of the best products; None where it would take seconds."""
    count, rows, columns = tables.shape
    if rank >= min(rows, columns):
        return 0.0
    if count * rows * columns * min(rows, columns) > _MOST_STEPS:
        return None
    values = np.linalg.svd(tables.astype(np.float64), compute_uv=False)
    return float(np.linalg.norm(values[:, rank:])) / norm


def _judged(
    tables: Array,
    rank: int,
    error: float | None,
    weights: Mapping[str, Array] | None,
    separable: tuple[int, int] | None,
) -> Fit:
    if rank >= min(tables.shape[1:]):
        return Fit(True, error, separable, "as many products as the rank can be", weights)
    if rank == 1:
        told = rank_one(tables)
        exact = None if told is None else bool(told.all())
        return Fit(exact, error, separable, "" if told is not None else "too many weights", weights)
    if error is None:
        return Fit(None, None, separable, "so large that its singular values would take seconds")
    if error > _ROUNDING:
        return Fit(False, error, separable, "the rank is higher, by singular values in float64", weights)
    return Fit(
        None, error, separable, f"rank {rank} to the accuracy of float64, not tested exactly", weights
    )
