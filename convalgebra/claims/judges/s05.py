"""Judges of the claims about convolution arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.arithmetic import same_output_sizes
from convalgebra.catalogue.dilated import upsample_kernel
from convalgebra.catalogue.resampling import decimation
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, named
from convalgebra.claims.forms.arithmetic import layer, size
from convalgebra.claims.forms.matrices import same_operator
from convalgebra.claims.forms.sliding import dense, placed, placements, slid, windows
from convalgebra.claims.forms.values import several, value
from convalgebra.claims.judges.s05_pooling import POOLING
from convalgebra.errors import ArgumentError
from convalgebra.proofs import as_formula
from convalgebra.properties.receptive import receptive_field
from convalgebra.sizes import ceil_div, symbol

LINES = [p for p in grid(i=(3, 4, 5, 8), k=(1, 2, 3, 4)) if p["i"] >= p["k"]]
PADDED = [p for p in grid(i=(3, 5, 6), k=(2, 3, 4), p=(0, 1, 2)) if p["i"] + 2 * p["p"] >= p["k"]]
STRIDED = [p | {"s": s} for p in LINES for s in (1, 2, 3)]
ANY = [p | {"s": s} for p in PADDED for s in (2, 3)]
ODD = list(grid(i=(4, 5, 7), n=(1, 2)))
i, k, s, p, d, n, q, a = map(symbol, ("i", "k", "s", "p", "d", "n", "q", "a"))


# --- one axis and the other ----------------------------------------------------------------------


def _one_axis_only() -> Iterator[Finding]:
    names = [{letter: symbol(f"{letter}_{axis}") for letter in "iksp"} for axis in (1, 2)]
    both = {letter: (names[0][letter], names[1][letter]) for letter in "iksp"}
    for axis, output in enumerate(map(as_formula, layer(**both).output_size)):
        own = sorted(map(str, names[axis].values()))
        yield derived(f"the sizes in output {axis + 1}", own, sorted(map(str, output.free_symbols)))
    example = layer((9, 14), (3, 4), s=(2, 3), p=(1, 0))
    yield derived("9x14, k=3x4, s=2x3, p=1x0", (5, 4), example.output_size)
    yield measured("9x14, k=3x4, s=2x3, p=1x0", (5, 4), slid(example))
    for other in grid(i=(5, 8), k=(1, 3), s=(1, 2), p=(0, 1)):
        sizes = {letter: (one, other[letter]) for letter, one in {"i": 9, "k": 3, "s": 2, "p": 1}.items()}
        rows = slid(layer(**sizes))
        yield measured(f"9, k=3, s=2, p=1 beside {named(other)}", 5, rows[0])


# --- strides --------------------------------------------------------------------------------------


def _general_formula() -> Iterator[Finding]:
    """Two readings of the formula, a true floor and a truncation: they must agree with what there is."""
    fitting = layer(k - 2 * p + 4 * s, k, s=s, p=p).output_size[0]
    yield derived("i + 2p - k = 4s", sympy.floor(4 * s / s) + 1, fitting)
    yield derived("i - k = -3s, p=0", sympy.floor(-3 * s / s) + 1, _outputs(k - 3 * s, k, s), inside=False)
    yield derived("i=1, k=4, s=4, truncated", int(Fraction(1 - 4, 4)) + 1, _outputs(1, 4, 4), inside=False)
    for point in [*ANY, *({"i": 1, "k": k_, "s": 4, "p": 0} for k_ in (4, 5, 6, 9))]:
        padded, stride = point["i"] + 2 * point["p"], point["s"]
        room, found = padded - point["k"], len(placements(padded, point["k"], stride))
        for how, quotient in (("floor", room // stride), ("truncated", int(room / stride))):
            inside = room >= -stride if how == "floor" else room >= 0 or -2 * stride < room <= -stride
            yield measured(f"{named(point)}, {how}", quotient + 1, found, inside=inside)


def _outputs(i: Any, k: Any, s: Any) -> Any:
    """Return the outputs of a layer; none where its kernel does not fit."""
    try:
        return layer(i, k, s=s).output_size[0]
    except ArgumentError:
        return 0


def _same_size_for_s_inputs() -> Iterator[Finding]:
    exact = k - 2 * p + s * q
    yield derived(
        "i + 2p - k = qs", (exact, exact + s - 1), same_output_sizes(exact, k, stride=s, padding=p)
    )
    for stride in (1, 2, 3):
        whole = k - 2 * p + stride * q
        sizes = [layer(whole + more, k, s=stride, p=p).output_size[0] for more in range(stride + 1)]
        at = f"s={stride}, a=0..{stride}"
        yield derived(at, [q + 1] * stride + [q + 2], sizes)
    for point in grid(k=(2, 3), s=(1, 2, 3), p=(0, 1)):
        k_, s_, p_ = point["k"], point["s"], point["p"]
        for exactly in [i_ for i_ in range(4, 9) if (i_ + 2 * p_ - k_) % s_ == 0]:
            found = [slid(layer(exactly + more, k_, s=s_, p=p_))[0] for more in range(-1, s_ + 1)]
            same = [more - 1 for more, outputs in enumerate(found) if outputs == found[1]]
            yield measured(f"{named(point)}, i={exactly}", list(range(s_)), same)


def _never_visited() -> Iterator[Finding]:
    axis = Axis(i, k, s, p, p)
    unread = as_formula(axis.padded_size - ((axis.outputs - 1) * axis.stride + axis.span))
    yield derived("all sizes", ((i + 2 * p - k) % s).rewrite(sympy.floor), unread)
    yield derived("i=6, k=3, s=2, p=1", 1, unread.subs({i: 6, k: 3, s: 2, p: 1}))
    for point in [{"i": 6, "k": 3, "s": 2, "p": 1}, *ANY]:
        one = Axis(point["i"], point["k"], point["s"], point["p"], point["p"])
        places = np.arange(1, 1 + point["i"] + 2 * point["p"])
        read = windows(places, (Axis(len(places), point["k"], point["s"]),))
        unread_places = int(places[-1] - read.max()) if read.size else len(places)
        said = (point["i"] + 2 * point["p"] - point["k"]) % point["s"]
        yield measured(named(point), said, unread_places)
        yield measured(f"{named(point)}, with padding", said, placed(point["i"], one)[1])


def _odd_ones() -> Iterator[Finding]:
    """Where a hop of two keeps element j, counted from 1 and from 0: is j odd?"""
    kept = Axis(2 * n, 1, stride=2).reads(output=q, tap=0)
    yield derived("counted from 1, kept element 2q + 1", 1, (kept + 1) % 2)
    yield derived("counted from 0, kept element 2q", 1, kept % 2, inside=False)
    for size_ in (5, 6, 9):
        every, hop = dense(layer(size_, 2)), dense(layer(size_, 2, s=2))
        places = [j for j, row in enumerate(every) if any((row == other).all() for other in hop)]
        odd = list(range(1, len(every) + 1, 2))
        yield measured(f"{len(every)} elements, counted from 1", odd, [j + 1 for j in places])
        yield measured(f"{len(every)} elements, counted from 0", odd, places, inside=False)


def _downsamples() -> Iterator[Finding]:
    axis = Axis(i, k, 2, p, p)
    step = axis.reads(q + 1, 0) - axis.reads(q, 0)
    yield derived("stride 2, pixels per step", 2, step)
    for stride in (2, 3, 4):
        outputs = as_formula(layer(stride * q, 3, s=stride, p=1).output_size[0])
        yield derived(
            f"s={stride}, k=3, p=1, i = {stride}q", 1 / sympy.Integer(stride), outputs / (stride * q)
        )
        general = as_formula(layer(stride * q, k, s=stride).output_size[0])
        limit = sympy.limit(general.subs(k, 4) / (stride * q), q, sympy.oo)
        yield derived(f"s={stride}, k=4, large i", sympy.Rational(1, stride), limit)
    starts = windows(np.arange(9), (Axis(9, 3, 2),))[:, 0].tolist()
    yield measured("stride 2, pixels per step", [2, 2, 2], [b - a for a, b in pairwise(starts)])
    for size_, stride in ((224, 2), (225, 3), (224, 4)):
        found = slid(layer(size_, 3, s=stride, p=1))[0]
        yield measured(
            f"i={size_}, k=3, s={stride}, p=1: outputs times s over i",
            1,
            Fraction(int(found) * stride, size_),
        )


# --- fields of view -------------------------------------------------------------------------------


def _dilated_span() -> Iterator[Finding]:
    yield derived("all sizes", k + (k - 1) * (d - 1), Axis(i, k, dilation=d).span)
    for k_, d_ in ((3, 1), (3, 2), (3, 3), (3, 4), (2, 5), (1, 4)):
        said, at = k_ + (k_ - 1) * (d_ - 1), f"k={k_}, d={d_}"
        yield measured(f"{at}, kernel with zeros", said, upsample_kernel(np.ones((1, 1, k_)), d_).shape[-1])
        yield measured(f"{at}, extent of a row", said, _extent(dense(layer(20, k_, d=d_))[3]))


def _extent(row: Any) -> int:
    read = np.flatnonzero(row)
    return int(read[-1] - read[0] + 1)


def _field_of_view() -> Iterator[Finding]:
    yield derived("d=1", k, receptive_field(layer(i, k))[0])
    for dilation in (2, 4):
        yield derived(f"d={dilation}", k, receptive_field(layer(i, k, d=dilation))[0], inside=False)
    for point in grid(k=(2, 3, 5), d=(1, 2, 4)):
        found = _extent(dense(layer(20, **point))[1])
        yield measured(named(point), point["k"], found, inside=point["d"] == 1)


# --- sizes that stay ------------------------------------------------------------------------------


def _smaller(output: Any, given: Any) -> bool:
    return bool((as_formula(given) - as_formula(output)).is_positive)


_SEVEN = ((4, 3, 1, 0), (5, 4, 1, 2), (5, 3, 1, 1), (5, 3, 1, 2), (5, 3, 2, 0), (5, 3, 2, 1), (6, 3, 2, 1))


def _seven(out: Any) -> list[Any]:
    return [out(layer(i_, k_, s=s_, p=p_)) for i_, k_, s_, p_ in _SEVEN]


def _even_kernels_never() -> Iterator[Finding]:
    """No symmetric padding keeps the size of an even kernel: what is added is odd; asymmetric it does."""
    added = as_formula(layer(i, 2 * n, p=p).output_size[0]) - i
    yield derived("k=2n, any p: what is added, modulo 2", 1, added % 2)
    yield derived("k=2n, padding (n-1, n)", i, layer(i, 2 * n, p=((n - 1, n),)).output_size[0])
    for kernel in (2, 4):
        kept = [pad for pad in range(5) if slid(layer(5, kernel, p=pad)) == (5,)]
        yield measured(f"i=5, k={kernel}: paddings below 5 that keep the size", [], kept)
        lopsided = layer(5, kernel, p=((kernel // 2 - 1, kernel // 2),))
        yield measured(f"i=5, k={kernel}, padding (k/2 - 1, k/2)", (5,), slid(lopsided))


JUDGES: dict[str, Judge] = POOLING | {
    "S05-01": _one_axis_only,
    "S05-02": several(
        size(lambda i, k: i - k + 1, layer, LINES),
        value("i=4, k=3", (2,), lambda: layer(4, 3).output_size, lambda: slid(layer(4, 3))),
    ),
    "S05-03": size(lambda i, k, p: i - k + 2 * p + 1, layer, PADDED, puts=({}, {"i": 5, "k": 4, "p": 2})),
    "S05-04": size(lambda i, n: i, lambda i, n: layer(i, 2 * n + 1, p=n), ODD),
    "S05-05": several(
        size(lambda i, n: i + 1, lambda i, n: layer(i, 2 * n, p=n), ODD), _even_kernels_never
    ),
    "S05-06": size(lambda i, k: i + k - 1, lambda i, k: layer(i, k, p=k - 1), LINES),
    "S05-07": size(lambda i, k, s: (i - k) // s + 1, layer, STRIDED),
    "S05-08": size(lambda i, k, s, p: (i + 2 * p - k) // s + 1, layer, ANY),
    "S05-09": _general_formula,
    "S05-10": _same_size_for_s_inputs,
    "S05-11": _never_visited,
    "S05-12": same_operator(
        lambda n, k, s: decimation(1, n - k + 1, s) @ layer(n, k),
        lambda n, k, s: layer(n, k, s=s),
        grid(n=(7, 10), k=(2, 3), s=(1, 2, 3)),
        symbols_at=({"n": 7, "k": 3, "s": 2}, {"n": 8, "k": 2, "s": 3}),
    ),
    "S05-13": _odd_ones,
    "S05-17": _dilated_span,
    "S05-18": several(
        size(
            lambda i, k, s, p, d: (i + 2 * p - k - (k - 1) * (d - 1)) // s + 1,
            layer,
            grid(i=(7, 9), k=(2, 3), s=(1, 2), p=(0, 1), d=(1, 2, 3)),
        ),
        value("i=7, k=3, d=2", (3,), lambda: layer(7, 3, d=2).output_size, lambda: slid(layer(7, 3, d=2))),
    ),
    "S05-19": size(
        lambda i, n, s: ceil_div(i, s),
        lambda i, n, s: layer(i, 2 * n + 1, s=s, p=n),
        grid(i=(5, 6, 7, 8), n=(1, 2), s=(1, 2, 3, 4)),
        puts=[{"s": s_, "i": s_ * q + r} for s_ in (1, 2, 3, 4) for r in range(s_)],
    ),
    "S05-20": value(
        "the seven, in order",
        [2, 6, 5, 7, 2, 3, 3],
        lambda: _seven(lambda op: op.output_size[0]),
        lambda: _seven(lambda op: slid(op)[0]),
    ),
    "S05-21": _field_of_view,
    "S05-22": _downsamples,
    "S05-23": several(
        size(
            lambda i, k, s: i,
            lambda i, k, s: layer(i, k, s=s, p="same"),
            grid(i=(5, 6), k=(2, 3, 5), s=(1, 2)),
            puts=({"s": 1}, {"s": 1, "k": 3}),
            outside=({"s": 2, "i": 2 * q + 1, "k": 3}, {"s": 3, "i": 3 * q, "k": 3}),
            met=lambda i, k, s: s == 1,
        ),
        size(
            lambda i, k, p: i,
            layer,
            [point for point in PADDED if point["p"] == point["k"] // 2],
            puts=({"k": 3, "p": 1}, {"k": 2 * n + 1, "p": n}),
            outside=({"k": 2 * n, "p": n},),
            met=lambda i, k, p: k % 2 == 1,
        ),
    ),
    "S05-24": size(
        lambda i, k, s: True,
        layer,
        [p for p in grid(i=(1, 2, 3, 5, 8), k=(1, 2, 3), s=(1, 2, 3)) if p["i"] >= p["k"]],
        puts=(
            {"k": n + 1, "s": 1, "i": n + q},
            {"k": 1, "s": 2, "i": 2 * q},
            {"k": n + 1, "s": 2, "i": n + 2 * q},
        ),
        outside=({"k": 1, "s": 1}, {"k": 1, "i": 1}),
        met=lambda i, k, s: k > 1 or (s > 1 and i > 1),
        of=_smaller,
    ),
}
