"""Judges of what the papers say that layers are and do: equal layers, sizes, rearrangements."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.catalogue.cheap import depthwise, pointwise
from convalgebra.catalogue.grouped import grouped
from convalgebra.catalogue.resampling import decimation, padded, space_to_depth
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured
from convalgebra.claims.forms.arithmetic import back, layer, size
from convalgebra.claims.forms.counts import output_size
from convalgebra.claims.forms.functions import agree, outputs, run
from convalgebra.claims.forms.matrices import same_operator
from convalgebra.claims.forms.networks import CONTEXT_DILATIONS
from convalgebra.claims.forms.values import called, several
from convalgebra.operators.base import Operator
from convalgebra.operators.stacks import VStack
from convalgebra.weights import Array

Named = dict[str, Any]

# --- Dumoulin and Visin, 1603.07285 ----------------------------------------------------------------

# Input, kernel, stride, padding and what is left over of the convolutions of Figures 4.1 to 4.7.
EXAMPLES = [
    {"i": i, "k": k, "s": s, "p": p, "a": a}
    for i, k, s, p, a in (
        (4, 3, 1, 0, 0), (5, 4, 1, 2, 0), (5, 3, 1, 1, 0), (5, 3, 1, 2, 0),
        (5, 3, 2, 0, 0), (5, 3, 2, 1, 0), (6, 3, 2, 1, 1),
    )
]  # fmt: skip


def transposed_of(i: Any, k: Any, s: Any, p: Any, a: Any) -> Operator:
    """Return the transpose of a convolution."""
    return back(layer(i, k, s=s, p=p).output_size[0], k, s=s, p=p, a=a)


# --- Howard et al., 1704.04861, equation 3 ---------------------------------------------------------


def channel_by_channel(x: Array, depthwise: Array, M: int, n: int, k: int) -> Array:
    """Return at k, l, m the sum over i, j of K[i, j, m] F[k + i - 1, l + j - 1, m], counted from one."""
    side = n - k + 1
    found = np.zeros((M, side, side), x.dtype)
    for m, at, along in np.ndindex(M, side, side):
        for i, j in np.ndindex(k, k):
            found[m, at, along] += depthwise[m, 0, i, j] * x[m, at + i, along + j]
    return found


# --- Chollet, 1610.02357 ---------------------------------------------------------------------------


def towers(C: int, N: int, n: int, g: int) -> Operator:
    """Return the simplified Inception module: g towers of a 1 x 1 and a 3 x 3 convolution, concatenated."""
    each = N // g
    size = (n, n)
    return VStack(
        tuple(
            conv(each, each, size, 3, padding=1, name=f"spatial{t}") @ pointwise(C, each, size, f"mix{t}")
            for t in range(g)
        )
    )


def one_mixing(C: int, N: int, n: int, g: int) -> Operator:
    """Return one large 1 x 1 convolution, then 3 x 3 ones on segments of its output channels."""
    spatial = grouped(N, N, (n, n), 3, groups=g, padding=1, name="spatial")
    return spatial @ pointwise(C, N, (n, n), name="mix")


def extreme(C: int, N: int, n: int, g: int) -> Operator:
    """Return the 1 x 1 convolution, then the depthwise one: a segment for each channel."""
    return depthwise(N, (n, n), 3, padding=1, name="spatial") @ pointwise(C, N, (n, n), name="mix")


def sliced(weights: Named, C: int, N: int, n: int, g: int) -> Named:
    """Return the weights of the towers: slices of the large ones."""
    found = {}
    for t in range(g):
        rows = slice(t * N // g, (t + 1) * N // g)
        found[f"mix{t}"], found[f"spatial{t}"] = weights["mix"][rows], weights["spatial"][rows]
    return found


def joined(weights: Named, C: int, N: int, n: int, g: int) -> Named:
    """Return the weights of towers in one: each channel keeps the kernel from itself to itself."""
    own = [weights[f"spatial{t}"][j : j + 1, j : j + 1] for t in range(g) for j in range(N // g)]
    return {"mix": np.concatenate([weights[f"mix{t}"] for t in range(g)]), "spatial": np.concatenate(own)}


# --- Yu and Koltun, 1511.07122 ---------------------------------------------------------------------


def pyramid(n: int, k: int, p: int) -> Operator:
    """Return three layers of which the first two have stride 2."""
    return _three(n, k, p, strides=(2, 2, 1), dilations=(1, 1, 1))


def without_strides(n: int, k: int, p: int) -> Operator:
    """Return the layers without strides, dilated by 2 for each that was before; every fourth output."""
    dense = _three(n, k, p, strides=(1, 1, 1), dilations=(1, 2, 4))
    return decimation(1, dense.output_size, 4) @ dense


def _three(n: int, k: int, p: int, strides: tuple[int, ...], dilations: tuple[int, ...]) -> Operator:
    layers: list[Operator] = []
    for i, (s, d) in enumerate(zip(strides, dilations, strict=True)):
        size = layers[-1].output_size if layers else (n,)
        layers.append(conv(1, 1, size, k, stride=s, dilation=d, padding=p * d, name=f"layer{i}"))
    return reduce(lambda done, after: after @ done, layers)


def context(n: Any) -> Operator:
    """Return the context module along one axis, unpadded, of a line of n with 33 more at each end."""
    layers: list[Operator] = []
    for i, (rate, kernel) in enumerate([*((d, 3) for d in CONTEXT_DILATIONS), (1, 1)]):
        size = layers[-1].output_size if layers else (n + 2 * 33,)
        layers.append(conv(1, 1, size, kernel, dilation=rate, name=f"layer{i}"))
    return reduce(lambda done, after: after @ done, layers)


# --- Shi et al., 1609.05158 ------------------------------------------------------------------------


def shuffled(rows_first: bool) -> Any:
    """Return equation 4 on arrays (C*r*r, H, W): x is the row as printed, or the column."""

    def says(x: Array, C: int, r: int, n: int) -> Array:
        found = np.zeros((C, r * n, r * (n + 1)), x.dtype)
        for c, row, column in np.ndindex(*found.shape):
            one, other = (row, column) if rows_first else (column, row)
            channel = C * r * (other % r) + C * (one % r) + c
            found[c, row, column] = x[channel, row // r, column // r]
        return found

    return says


def depth_to_space(C: int, r: int, n: int) -> Operator:
    """Return what libraries call depth to space: the transpose of space to depth."""
    return space_to_depth(C, (r * n, r * (n + 1)), r).T


def rearranged(rows_first: bool) -> Judge:
    """Return the judge of equation 4 being depth to space; as printed it is not."""
    return agree(
        shuffled(rows_first),
        lambda x, **sizes: run(depth_to_space(**sizes), x),
        lambda C, r, n: {"x": (C * r * r, n, n + 1)},
        grid(C=(1, 2, 3), r=(2, 3), n=(2,)),
        small=[{"C": 2, "r": 2, "n": 1}],
        met=lambda **_: not rows_first,
    )


def active(k: int, r: int) -> Iterator[tuple[str, list[frozenset[Any]]]]:
    """Yield the weights that are active at each inner output of a k x k filter of stride 1/r, two ways."""
    n = 2 + -(-k // r)
    up = conv_transpose(1, 1, (n, n), k, stride=r)
    side = up.output_size[0]
    inner = list(range(k - 1, (n - 1) * r + 1))
    rows = [i * side + j for i in inner for j in inner]
    symbolic = up.symbolic_matrix()
    here = symbolic.extract(rows, range(symbolic.shape[1])).todok()
    by_row: dict[int, set[Any]] = {i: set() for i in range(len(rows))}
    for (i, _), entry in here.items():
        by_row[i] |= entry.free_symbols
    yield "symbols", [frozenset(taps) for taps in by_row.values()]
    matrix = up.matrix(np.arange(1, k * k + 1).reshape(1, 1, k, k))[rows]
    spans = zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
    yield "numbers", [frozenset(matrix.data[a:b].tolist()) for a, b in spans]


CASES = list(grid(k=(1, 2, 3, 4, 5), r=(2, 3)))


def patterns() -> Iterator[Finding]:
    """Yield how many sets of weights are active together: r^2 where the filter is at least r long."""
    for k, r in ((c["k"], c["r"]) for c in CASES):
        at = f"{k} x {k} weights, 1/{r}"
        for finding, (_, found) in zip((derived, measured), active(k, r), strict=True):
            yield finding(at, r**2, len({taps for taps in found if taps}), inside=k >= r)


def most_active() -> Iterator[Finding]:
    """Yield the most weights that are active at one output."""
    for k, r in ((c["k"], c["r"]) for c in CASES):
        most = (-(-k // r)) ** 2
        for finding, (_, found) in zip((derived, measured), active(k, r), strict=True):
            yield finding(f"{k} x {k} weights, 1/{r}", most, max(map(len, found)))


JUDGES: dict[str, Judge] = {
    "DUMOULIN-01": size(lambda i, k, s, p, a: i, transposed_of, EXAMPLES, puts=EXAMPLES),
    "DUMOULIN-02": same_operator(
        lambda i, k, s, p: conv(1, 1, (i + 2 * p, i + 2 * p), k, stride=s) @ padded(1, (i, i), p),
        lambda i, k, s, p: conv(1, 1, (i, i), k, stride=s, padding=p),
        grid(i=(4, 5), k=(2, 3), s=(1, 2), p=(1, 2)),
        symbols_at=grid(i=(3,), k=(3,), s=(1, 2), p=(1,)),
    ),
    "HOWARD-03": outputs(
        channel_by_channel,
        lambda M, n, k: depthwise(M, (n, n), k),
        grid(M=(1, 3), n=(4, 5), k=(2, 3)),
        small=[{"M": 2, "n": 3, "k": 2}],
    ),
    "CHOLLET-01": same_operator(
        towers,
        one_mixing,
        [
            {"C": 3, "N": 6, "n": 4, "g": 3},
            {"C": 2, "N": 4, "n": 3, "g": 2},
            {"C": 2, "N": 3, "n": 3, "g": 1},
        ],
        symbols_at=[{"C": 1, "N": 2, "n": 2, "g": 2}],
        carry=sliced,
    ),
    "CHOLLET-02": same_operator(
        extreme,
        towers,
        [{"C": 3, "N": 6, "n": 4, "g": g} for g in (6, 3)],
        symbols_at=[{"C": 2, "N": 2, "n": 2, "g": g} for g in (2, 1)],
        carry=joined,
        met=lambda C, N, n, g: g == N,
    ),
    "YU-01": same_operator(
        without_strides,
        pyramid,
        grid(n=(16, 17, 18, 19), k=(3,), p=(0, 1)),
        symbols_at=[{"n": 9, "k": 2, "p": 0}],
    ),
    "YU-02": output_size(lambda n: n, context, grid(n=(1, 8, 64))),
    "SHI-01": several(called("x the column", rearranged(False)), called("x the row", rearranged(True))),
    "SHI-02": patterns,
    "SHI-03": most_active,
}
