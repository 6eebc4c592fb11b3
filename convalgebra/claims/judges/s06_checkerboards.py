"""Judges of the claims about checkerboards: how transposed convolutions overlap, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.arithmetic import back, layer
from convalgebra.claims.forms.matrices import SAME, difference, in_symbols
from convalgebra.claims.forms.overlapping import alike, all_differ, most_over_least, reached, reached_inside
from convalgebra.claims.forms.sliding import ones
from convalgebra.proofs import as_formula
from convalgebra.properties.overlap import overlap
from convalgebra.sizes import symbol

n, k, q = map(symbol, ("n", "k", "q"))


# --- how many inputs reach an output --------------------------------------------------------------


def _residues(stride: int, rest: int) -> list[Any]:
    """Return how many of stride*q + rest taps have each residue: those an output of a phase gets.

    The taps of one residue are an axis of their own, which keeps one place in ``stride``.
    """
    taps = stride * q + rest
    return [as_formula(Axis(taps - residue, 1, stride=stride).outputs) for residue in range(stride)]


def _even_iff_divisible() -> Iterator[Finding]:
    for stride in (1, 2, 3, 4):
        for rest in range(stride):
            at = f"s={stride}, k = {stride}q + {rest}"
            found = _residues(stride, rest)
            yield derived(f"{at}: even", rest == 0, alike(found))
            yield derived(f"{at}: least and most", {q, q + min(rest, 1)}, set(found))
        for kernel in range(1, 8):
            inner = reached_inside(kernel, stride)
            at = f"s={stride}, k={kernel}"
            yield measured(f"{at}: even", kernel % stride == 0, alike(inner))
            yield measured(f"{at}: kinds", {kernel // stride, -(-kernel // stride)}, set(inner))


def _twice_and_four_times() -> Iterator[Finding]:
    line = overlap(back(n, 3, s=2)).phases[0]
    yield derived("line, k=3, s=2", [1, 2], sorted(line))
    plane = [a * b for a in line for b in line]
    yield derived("plane, k=3, s=2", [1, 2, 2, 4], sorted(plane))
    yield derived(
        "most over least, line and plane", (2, 4), (most_over_least(line), most_over_least(plane))
    )
    run = reached_inside(3, 2)
    image = np.array(reached(back((9, 9), 3, s=2))).reshape(19, 19)[3:-3, 3:-3]
    yield measured("line, k=3, s=2", {1, 2}, set(run))
    yield measured("plane, k=3, s=2", {1, 2, 4}, set(image.ravel().tolist()))
    yield measured("a square of 2x2 outputs", [1, 2, 2, 4], sorted(image[:2, :2].ravel().tolist()))
    yield measured(
        "most over least, line and plane",
        (2, 4),
        (most_over_least(run), most_over_least(image.ravel().tolist())),
    )


def _product_of_axes() -> Iterator[Finding]:
    u, v = (np.array(sympy.symbols(f"{letter}_0:3"), object) for letter in "uv")
    whole = in_symbols(back((3, 2), 3, s=2), {"weight": np.multiply.outer(u, v)[None, None]})
    down = in_symbols(back(3, 3, s=2), {"weight": u[None, None]}) * sympy.ones(3, 1)
    along = in_symbols(back(2, 3, s=2), {"weight": v[None, None]}) * sympy.ones(2, 1)
    outer = sympy.Matrix((down * along.T)[:])
    yield derived("3x2, k=3, s=2, kernel u v^T", SAME, difference(outer, whole * sympy.ones(6, 1)))
    least, most = sorted(overlap(back(n, 3, s=2)).phases[0])
    corners = sorted(a * b for a in (least, most) for b in (least, most))
    yield derived(
        "k=3, s=2: ratio in the plane", most_over_least((least, most)) ** 2, most_over_least(corners)
    )
    for kernel, stride in ((3, 2), (5, 2), (4, 3), (4, 2)):
        line = np.array(reached(back(5, kernel, s=stride)))
        plane = np.array(reached(back((5, 5), kernel, s=stride))).reshape(len(line), len(line))
        at = f"5x5, k={kernel}, s={stride}"
        yield measured(at, SAME, difference(np.multiply.outer(line, line), plane))


def _unit_stride() -> Iterator[Finding]:
    for kernel, said in ((2, [1, 2, 2, 2, 2, 1]), (3, [1, 2, 3, 3, 3, 2, 1])):
        op = back(5, kernel)
        z = sympy.Symbol("z")
        lines = [sympy.Poly([1] * length, z) for length in (5, kernel)]
        yield derived(f"n=5, k={kernel}: product of polynomials", said, (lines[0] * lines[1]).all_coeffs())
        yield derived(f"n=5, k={kernel}: counts", said, overlap(op).counts)
        yield measured(f"n=5, k={kernel}", said, reached(op))
    yield derived("outputs that all k taps reach", n - k + 1, layer(n, k).output_size[0])
    for kernel in (1, 2, 3, 4, 5):
        run = reached(back(7, kernel))
        yield measured(f"n=7, k={kernel}: outputs reached by {kernel}", 7 - kernel + 1, run.count(kernel))


def _stride_two() -> Iterator[Finding]:
    for kernel, said, inner in ((2, [1] * 8, 1), (4, [1, 1, 2, 2, 2, 2, 2, 2, 1, 1], 2)):
        op = back(4, kernel, s=2)
        yield derived(f"n=4, k={kernel}, s=2", said, overlap(op).counts)
        yield derived(
            f"k={kernel}, s=2, any n: away from the ends",
            (inner,) * 2,
            overlap(back(n, kernel, s=2)).phases[0],
        )
        yield measured(f"n=4, k={kernel}, s=2", said, reached(op))
        yield measured(f"k={kernel}, s=2, away from the ends", {inner}, set(reached_inside(kernel, 2)))


def _no_even_region() -> Iterator[Finding]:
    """Do all neighbours differ, away from the ends?"""
    for stride in (2, 3, 4):
        for rest in range(stride):
            around = _residues(stride, rest)
            odd_at_two = stride == 2 and rest == 1
            yield derived(
                f"s={stride}, k = {stride}q + {rest}",
                True,
                all_differ([*around, around[0]]),
                inside=odd_at_two,
            )
    for kernel, said in ((3, {1, 2}), (5, {2, 3})):
        yield derived(f"s=2, k={kernel}: the two kinds", said, set(overlap(back(n, kernel, s=2)).phases[0]))
        yield measured(f"s=2, k={kernel}: the two kinds", said, set(reached_inside(kernel, 2)))
    for kernel, stride in ((3, 2), (5, 2), (7, 2), (4, 2), (4, 3), (5, 3), (6, 4)):
        found = all_differ(reached_inside(kernel, stride))
        yield measured(f"s={stride}, k={kernel}", True, found, inside=stride == 2 and kernel % 2 == 1)


def _first_pixels() -> Iterator[Finding]:
    op = back(4, 2)
    matrix = in_symbols(op)
    run = op.matrix(ones(op)).toarray()
    for pixel in range(4):
        said = [pixel + 1, pixel + 2]
        outputs = [row + 1 for row in range(5) if matrix[row, pixel] != 0]
        yield derived(f"pixel {pixel + 1} reaches outputs", said, outputs)
        yield measured(f"pixel {pixel + 1} reaches outputs", said, 1 + np.flatnonzero(run[:, pixel]))
    yield derived("output 2 receives pixels", [1, 2], [at + 1 for at in range(4) if matrix[1, at] != 0])
    yield measured("output 2 receives pixels", [1, 2], 1 + np.flatnonzero(run[1]))
    yield derived("n=4: how many each output receives", [1, 2, 2, 2, 1], overlap(op).counts)
    yield measured("n=4: how many each output receives", [1, 2, 2, 2, 1], reached(op))


CHECKERBOARDS: dict[str, Judge] = {
    "S06-40": _even_iff_divisible,
    "S06-41": _twice_and_four_times,
    "S06-42": _product_of_axes,
    "S06-43": _unit_stride,
    "S06-44": _stride_two,
    "S06-45": _no_even_region,
    "S06-54": _first_pixels,
}
