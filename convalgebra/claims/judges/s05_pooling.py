"""Judges of the claims about pooling in convolution arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.resampling import average_pool
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, named
from convalgebra.claims.forms.matrices import SAME, difference, in_symbols
from convalgebra.claims.forms.sliding import dense, windows
from convalgebra.claims.forms.values import several
from convalgebra.operators.base import Operator
from convalgebra.proofs import as_formula
from convalgebra.sizes import symbol

STRIDED = [p for p in grid(i=(3, 4, 5, 8), k=(1, 2, 3, 4), s=(1, 2, 3)) if p["i"] >= p["k"]]
i, k, s, q = map(symbol, ("i", "k", "s", "q"))


def _pool(i: Any, k: Any, s: Any, p: Any = 0) -> Operator:
    return average_pool(1, i, k, stride=s, padding=p)


def _pooled_sizes() -> Iterator[Finding]:
    yield derived("all sizes", (i - k) // s + 1, _pool(i, k, s).output_size[0])
    yield derived("i=5, k=3, s=1", 3, _pool(5, 3, 1).output_size[0])
    for point in [{"i": 5, "k": 3, "s": 1}, *STRIDED]:
        said = (point["i"] - point["k"]) // point["s"] + 1
        looks = windows(np.arange(point["i"]), (Axis(point["i"], point["k"], point["s"]),))
        kinds = {"average": dense(_pool(**point)), "maximum": looks.max(axis=1)}
        for kind, outputs in kinds.items():
            yield measured(f"{named(point)}, {kind}", said, len(outputs))


def _pool_padding() -> Iterator[Finding]:
    """How many padding zeros the windows of pooling read: without padding, with it, in ceil mode."""
    for size, pads, mode in ((7, (0, 0), ""), (7, (1, 1), ""), (6, (0, 1), " (ceil mode)")):
        none, at = pads == (0, 0), f"k=3, s=2, padding {pads}{mode}"
        op = _pool(2 * q + size, 3, 2, (pads,))
        yield derived(f"i = 2q + {size}, {at}", 0, as_formula(op.taps - op.entries), inside=none)
        looks = windows(1 + np.arange(size), (Axis(size, 3, 2, *pads),))
        held = looks.size - np.count_nonzero(dense(_pool(size, 3, 2, (pads,))))
        yield measured(f"i={size}, {at}, seen", 0, int((looks == 0).sum()), inside=none)
        yield measured(f"i={size}, {at}, missing in the matrix", 0, int(held), inside=none)


_POOLS: dict[str, Callable[[list[Any]], Any]] = {
    "average": lambda values: sum(values, start=sympy.Integer(0)) / len(values),
    "maximum": lambda values: sympy.Max(*values),
}


def _linear_in_symbols() -> Iterator[Finding]:
    """Is pooling 2x - 3y something else than 2 pool(x) - 3 pool(y)?"""
    axis = Axis(4, 2, 2)
    x, y = sympy.symbols("x_0:4", real=True), sympy.symbols("y_0:4", real=True)
    both = [2 * u - 3 * v for u, v in zip(x, y, strict=True)]
    witness = dict(zip((*x, *y), (1, 0, 0, 0, 0, 1, 0, 0), strict=True))
    for kind, pool in _POOLS.items():
        left, *right = (
            [pool(list(w)) for w in windows(np.array(v, object), (axis,))] for v in (both, x, y)
        )
        rest = [sympy.expand(c - 2 * e + 3 * f) for c, e, f in zip(left, *right, strict=True)]
        nonlinear = any(r.subs(witness) != 0 for r in rest)
        yield derived(f"{kind}: 2x - 3y in symbols, not linear", True, nonlinear)
        if kind == "maximum":
            yield derived("the maximum is not linear", True, nonlinear, right=True)
        else:
            yield derived("the average is linear: what is left over", [0, 0], rest, right=True)
    boxes = {"weight": np.full((2, 1, 2, 2), sympy.Rational(1, 4))}
    depthwise = in_symbols(conv(2, 2, (4, 4), 2, groups=2), boxes)
    average = in_symbols(average_pool(2, (4, 4), 2, stride=1))
    yield derived("average = depthwise of 1/4, 2x4x4", SAME, difference(depthwise, average), right=True)


def _linear_in_numbers() -> Iterator[Finding]:
    x, y = np.arange(16).reshape(4, 4) ** 2, 7 * (np.arange(16).reshape(4, 4) % 3)
    axes = (Axis(4, 2, 2), Axis(4, 2, 2))
    looks = [windows(v, axes) for v in (2 * x - 3 * y, x, y)]
    averages, largest = [w.mean(axis=(2, 3)) for w in looks], [w.max(axis=(2, 3)) for w in looks]
    for kind, (left, first, second) in (("average", averages), ("maximum", largest)):
        nonlinear = bool((left != 2 * first - 3 * second).any())
        yield measured(f"{kind}: 2x - 3y of two images, not linear", True, nonlinear)
        if kind == "maximum":
            yield measured("the maximum is not linear", True, nonlinear, right=True)
    box = conv(1, 1, (4, 4), 2, stride=2).matrix(np.full((1, 1, 2, 2), 0.25)) @ x.ravel()
    yield measured("average of an image = depthwise of 1/4", box, averages[1].ravel(), right=True)


POOLING: dict[str, Judge] = {
    "S05-14": _pooled_sizes,
    "S05-15": _pool_padding,
    "S05-16": several(_linear_in_symbols, _linear_in_numbers),
}
