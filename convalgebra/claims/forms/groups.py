"""Claims about groups of channels: how a layer falls apart into them, and what falls with them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from math import gcd
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise
from convalgebra.catalogue.grouped import grouped
from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.matrices import (
    SAME,
    difference,
    in_numbers,
    in_symbols,
    integers_for,
    symbols_for,
)
from convalgebra.claims.forms.networks import Placed, weighted
from convalgebra.claims.forms.values import value
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.weights import Array

# --- what a grouped layer computes ------------------------------------------------------------------


def slid(x: Array, weight: Array) -> Array:
    """Return the cross-correlation of an image (channels, *size) with filters, written out."""
    kernel = weight.shape[2:]
    size = tuple(n - m + 1 for n, m in zip(x.shape[1:], kernel, strict=True))
    found = np.zeros((len(weight), *size), x.dtype)
    for o, c in product(range(len(weight)), range(len(x))):
        for i, k in product(np.ndindex(size), np.ndindex(kernel)):
            found[(o, *i)] += weight[(o, c, *k)] * x[(c, *(a + b for a, b in zip(i, k, strict=True)))]
    return found


def in_halves(x: Array, weight: Array, **sizes: Any) -> Array:
    """Return what two halves of the filters make of two halves of the channels, stacked."""
    d, n = len(x) // 2, len(weight) // 2
    return np.concatenate([slid(x[:d], weight[:n]), slid(x[d:], weight[n:])])


# --- groups that are seen ---------------------------------------------------------------------------


def groups_of(op: Operator) -> tuple[int, list[int]]:
    """Return how many channels each filter reads, and how many filters read the same ones, by the matrix.

    >>> groups_of(grouped(4, 6, 3, 2, groups=2))
    (2, [3, 3])
    """
    rows = op.channel_pattern().table
    (depth,) = set(rows.sum(axis=1).tolist())
    alike = [int((rows == pattern).all(axis=1).sum()) for pattern in np.unique(rows, axis=0)]
    return depth, alike


def blocks_of(op: Conv) -> tuple[Any, list[Any]]:
    """Return the depth of each filter, and how many filters each block has, by the structure."""
    return op.weight_shapes["weight"][1], [block.output_shape[0] for block in op.blocks().operators]


def parts(whole: int, groups: int, **options: Any) -> Judge:
    """Return the judge of a claim that channels can be dealt to groups of one size."""

    def derive() -> bool:
        try:
            grouped(whole, whole, "N", "m", groups=groups)
        except ArgumentError:
            return False
        return True

    def run() -> bool:
        ends = ((*cut, whole) for cut in combinations(range(1, whole), groups - 1))
        return any(len(set(np.diff((0, *end)).tolist())) == 1 for end in ends)

    return value(f"{whole} channels in {groups} groups of one size", True, derive, run, **options)


def differ(in_channels: int, out_channels: int, **options: Any) -> Judge:
    """Return the judge of a claim that as many groups as channels are no depthwise convolution."""
    one, other = (
        grouped(in_channels, out_channels, 3, 2, groups=in_channels),
        depthwise(in_channels, 3, 2, name="weight"),
    )

    def apart(weights: Any, build: Any) -> str:
        given = weights(one)
        cut = {"weight": given["weight"][:in_channels]}
        return "equal" if difference(build(one, given), build(other, cut)) == SAME else "different"

    return value(
        f"{in_channels} -> {out_channels} channels in {in_channels} groups, beside depthwise",
        "different",
        lambda: apart(symbols_for, in_symbols),
        lambda: apart(integers_for, in_numbers),
        **options,
    )


def crossings(table: Any, groups: int, **sizes: Any) -> int:
    """Return how many pairs of channels of different groups meet."""
    outs, ins = np.indices(np.shape(table))
    other = outs * groups // len(table) != ins * groups // len(table[0])
    return int(np.count_nonzero(np.asarray(table) * other))


# --- the paths of a network --------------------------------------------------------------------------


def paths(here: Placed) -> int:
    """Return how many separate paths a layer has: the parts of its channels that do not meet.

    A channel stands for as many as divide those of every group, so that the matrices are small.

    >>> from convalgebra.claims.forms.networks import Layer
    >>> paths(Placed(Layer("a", 4, groups=2), 2, 5)), paths(Placed(Layer("b", 6), 4, 5))
    (2, 1)
    """
    groups = here.layer.groups
    each = gcd(int(here.in_channels), int(here.out_channels)) // groups
    ins, outs = int(here.in_channels) // each, int(here.out_channels) // each
    matrix = conv(ins, outs, 1, 1, groups=groups).matrix(np.ones((outs, ins // groups, 1), np.int8))
    graph = sparse.block_array([[None, matrix], [matrix.T, None]]).tocsr()
    return int(connected_components(graph, directed=False, return_labels=False))


def with_two_paths(said: list[str], network: tuple[Placed, ...]) -> Judge:
    """Return the judge of which layers of a network have two paths."""

    def judge() -> Iterator[Finding]:
        layers = tuple(weighted(network))
        by_structure = [h.layer.name for h in layers if getattr(h.operator, "groups", 1) == 2]
        yield derived("layers with two paths", said, by_structure)
        yield measured("layers with two paths", said, [h.layer.name for h in layers if paths(h) == 2])

    return judge


def most_have_two(layers: tuple[Placed, ...], **options: Any) -> Judge:
    """Return the judge of a claim that most of these layers have two paths."""

    def judge() -> Iterator[Finding]:
        for finding, count in (
            (derived, lambda h: getattr(h.operator, "groups", 1)),
            (measured, paths),
        ):
            two = sum(count(here) == 2 for here in layers)
            yield finding(
                f"{two} of {len(layers)} layers, most of them", True, 2 * two > len(layers), **options
            )

    return judge
