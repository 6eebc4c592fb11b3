"""Judges of the claims about transposed convolution as a matrix: no inverse, but the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.resampling import upsample_bilinear, zero_insertion
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, named
from convalgebra.claims.forms.arithmetic import QUARTERS, back, image_of, layer, size, the_guides
from convalgebra.claims.forms.matrices import (
    SAME,
    difference,
    in_symbols,
    integers_for,
    same_operator,
    symbols_for,
)
from convalgebra.claims.forms.sliding import dense, framed
from convalgebra.claims.forms.transposed import by_windows, direct
from convalgebra.claims.forms.values import several, value
from convalgebra.counting.measure import measure
from convalgebra.proofs import as_formula
from convalgebra.properties.receptive import windows
from convalgebra.sizes import symbol

i, k, s, p, n = map(symbol, ("i", "k", "s", "p", "n"))


# --- interpolation --------------------------------------------------------------------------------


def _bilinear_weight(rank: int) -> dict[str, Any]:
    taps = np.array(QUARTERS, object)
    weight = taps if rank == 1 else np.multiply.outer(taps, taps)
    return {"weight": weight[None, None]}


def _inner(n: int, rank: int) -> list[int]:
    """Return the outputs away from the border."""
    places = np.arange((2 * n) ** rank).reshape((2 * n,) * rank)
    return [int(at) for at in places[(slice(1, -1),) * rank].ravel()]


def _interpolated() -> Iterator[Finding]:
    """Interpolation as numpy does it, at the centres of pixels of half the width."""
    for values in ([0, 8, 4, 4, 12], [1, -3, 5]):
        found = np.interp((np.arange(2 * len(values)) + 0.5) / 2 - 0.5, np.arange(len(values)), values)
        op = back(len(values), 4, s=2, p=1)
        said = op.matrix(np.array(QUARTERS, float)[None, None]) @ values
        yield measured(f"{values} interpolated, without the ends", said[1:-1], found[1:-1])


# --- shapes ---------------------------------------------------------------------------------------


def _as_a_matrix() -> Iterator[Finding]:
    op = the_guides()
    square = conv(1, 1, (i, i), k)
    yield derived("ixi, kxk: rows and columns", ((i - k + 1) ** 2, i**2), square.shape)
    yield derived("4x4, 3x3: rows and columns", (4, 16), op.shape)
    matrix = in_symbols(op)
    per_row = [sum(v != 0 for v in matrix.row(row)) for row in range(matrix.rows)]
    yield derived("4x4, 3x3: weights in each row", [9, 9, 9, 9], per_row)
    weight, image = integers_for(op)["weight"], np.arange(16).reshape(4, 4) ** 2
    run = op.matrix(weight)
    yield measured("4x4, 3x3: rows and columns", (4, 16), run.shape)
    yield measured("4x4, 3x3: entries in each row", [9, 9, 9, 9], np.diff(run.indptr))
    small = (run @ image.reshape(16, 1)).reshape(2, 2)
    yield measured("reshaped to 2x2: by windows", by_windows(op, weight[0, 0], image).reshape(2, 2), small)


def _always_a_product() -> Iterator[Finding]:
    """The matrix form, at strides, paddings and dilations."""
    for size_, options in (
        ((4, 4), {}),
        ((3, 4), {"p": 1}),
        ((4, 5), {"s": 2, "p": 1}),
        ((5, 5), {"d": 2}),
    ):
        op = layer(size_, 2, **options)
        at = f"{size_[0]}x{size_[1]}, k=2, {named(options) or 's=1, p=0'}"
        weight, image = symbols_for(op)["weight"], np.array(image_of("x", prod(size_))).reshape(size_)
        product = in_symbols(op) * sympy.Matrix(image.ravel())
        by_hand = sympy.Matrix(by_windows(op, weight[0, 0], image))
        yield derived(f"{at}, by windows", SAME, difference(by_hand, product))
        numbers, pixels = integers_for(op)["weight"], np.arange(prod(size_)).reshape(size_)
        found = op.matrix(numbers) @ pixels.ravel()
        yield measured(f"{at}, by windows", by_windows(op, numbers[0, 0], pixels), found)


def _smaller(output: Any, given: Any) -> bool:
    return bool((as_formula(given) - as_formula(output)).is_positive)


def _to_a_large_image() -> Iterator[Finding]:
    op = the_guides().T
    yield derived("rows and columns", (16, 4), op.shape)
    yield derived("from and to", ((2, 2), (4, 4)), (op.input_size, op.output_size))
    weight = integers_for(op)["weight"]
    run = op.matrix(weight)
    yield measured("rows and columns", (16, 4), run.shape)
    transposed = the_guides().matrix(weight).toarray().T
    yield measured("against the transposed matrix", SAME, difference(transposed, run.toarray()))
    for corner, at in ((0, (0, 0)), (1, (0, 1)), (2, (1, 0)), (3, (1, 1))):
        painted = np.zeros((4, 4), int)
        painted[at[0] : at[0] + 3, at[1] : at[1] + 3] = weight[0, 0]
        pixel = np.eye(4, dtype=int)[corner]
        yield measured(f"pixel {at} alone", SAME, difference(painted, (run @ pixel).reshape(4, 4)))


# --- gradients ------------------------------------------------------------------------------------


def _gradients(turned: bool) -> Iterator[Finding]:
    """The gradient of <g, Cx> (or <g, C^T x>) with respect to x, from the windows, against the matrix."""
    for size_, options in (((4, 4), {}), ((5, 4), {"s": 2, "p": 1}), ((5,), {"d": 2})):
        op = layer(size_, 3 if len(size_) > 1 else 2, **options)
        at = f"{'x'.join(map(str, size_))}, {named(options) or 's=1, p=0'}"
        rows, columns = op.shape
        x, g, weight = image_of("x", columns), image_of("g", rows), symbols_for(op)["weight"][0, 0]
        loss = (g.T * sympy.Matrix(by_windows(op, weight, np.array(x).reshape(size_))))[0]
        # <g, C x> is <C^T g, x>: with g for the input of C^T it is the loss of the transposed one.
        over, other, matrix = (g, x, in_symbols(op)) if turned else (x, g, in_symbols(op.T))
        gradient = sympy.Matrix([sympy.diff(loss, v) for v in over])
        yield derived(at, SAME, difference(gradient, matrix * other))
        numbers = integers_for(op)["weight"]
        run = op if turned else op.T
        cotangent, pixels = np.arange(1, 1 + run.shape[1]) ** 2, np.eye(run.shape[0], dtype=int)
        if turned:
            steps = op.T.matrix(numbers).toarray().T @ cotangent
        else:
            steps = [cotangent @ by_windows(op, numbers[0, 0], v.reshape(size_)) for v in pixels]
        yield measured(at, np.array(steps), run.matrix(numbers) @ cotangent)


def _adjoint() -> Iterator[Finding]:
    op = layer((4, 3), 2, s=1, p=1)
    x, y = image_of("x", op.shape[1]), image_of("y", op.shape[0])
    forward, backward = in_symbols(op), in_symbols(op.T)
    yield derived("(C^T)^T", SAME, difference(forward, in_symbols(op.T.T)))
    yield derived("<Cx, y> - <x, C^T y>", 0, sympy.expand((forward * x).dot(y) - x.dot(backward * y)))
    for options in ({"s": 2}, {"p": 1, "d": 2}):
        op = layer((5, 6), 2, **options)
        w = integers_for(op)
        x_, y_ = np.arange(op.shape[1]) ** 2, 3 * np.arange(op.shape[0]) + 1
        inner = int((op.matrix(w) @ x_) @ y_), int(x_ @ (op.T.matrix(w) @ y_))
        yield measured(f"5x6, {named(options)}: <Cx, y>", *inner)


# --- work -----------------------------------------------------------------------------------------


def _products() -> Iterator[Finding]:
    """Products of all windows of the direct form, zeros too, over the products of the transposed one."""
    whole = as_formula(direct((i, i), k, s=s, border=k - 1).stages[0].mult_adds)
    useful = as_formula(back((i, i), k, s=s).multiplications)
    ratio = sympy.factor(whole / useful)
    yield derived("all sizes, p=0", (s * (i - 1) + k) ** 2 * k**2 / (i**2 * k**2), ratio)
    yield derived("large i", s**2, sympy.limit(ratio, i, sympy.oo))
    for stride, said in ((1, (144, 36)), (2, (225, 36))):
        put = {i: 2, k: 3, s: stride}
        yield derived(f"i=2, k=3, s={stride}", said, (whole.subs(put), useful.subs(put)))
        yield measured(f"i=2, k=3, s={stride}", said, _run_products(2, stride))
    for stride in (2, 3):
        found = Fraction(*_run_products(40, stride))
        yield measured(f"i=40, k=3, s={stride}, rounded", stride**2, round(found))


def _run_products(side: int, stride: int) -> tuple[int, int]:
    """Return the products of a 3x3 kernel over the zeros put around and between, and of the transposed."""
    stretched = np.zeros(zero_insertion(1, (side, side), stride).output_size)
    canvas = framed(stretched, (Axis(side, 1, lo=2, hi=2),) * 2)
    over_zeros, useful = conv(1, 1, canvas.shape, 3), back((side, side), 3, s=stride)
    return measure(over_zeros).multiplications, measure(useful).multiplications


def _step() -> Iterator[Finding]:
    """How far the window of a transposed convolution moves in its input from one output to the next."""
    yield derived("all sizes, input pixels per output", 1 / s, windows(back(i, k, s=s, p=p))[0].jump)
    for stride, kernel in ((2, 3), (2, 4), (3, 3), (3, 5)):
        read = [np.flatnonzero(row)[0] for row in dense(back(6, kernel, s=stride))]
        later = {int(read[at + stride] - read[at]) for at in range(kernel, len(read) - stride - kernel)}
        found = [Fraction(pixels, stride) for pixels in later]
        yield measured(f"k={kernel}, s={stride}, input pixels per output", [Fraction(1, stride)], found)


MATRICES: dict[str, Judge] = {
    "S06-02": several(
        same_operator(
            lambda n, rank: back((n,) * rank, 4, s=2, p=1),
            lambda n, rank: upsample_bilinear(1, (n,) * rank, 2),
            [{"n": 2, "rank": 1}, {"n": 5, "rank": 1}, {"n": 4, "rank": 2}],
            symbols_at=[{"n": 4, "rank": 1}, {"n": 3, "rank": 2}],
            carry=lambda weights, n, rank: _bilinear_weight(rank),
            rows=_inner,
        ),
        _interpolated,
    ),
    "S06-08": _as_a_matrix,
    "S06-09": several(
        _always_a_product,
        size(
            lambda i, k, s, p: True,
            layer,
            [at for at in grid(i=(2, 4, 7), k=(1, 2, 3), s=(1, 2), p=(0, 1, 2)) if at["i"] >= at["k"]],
            puts=({"k": n + 1, "s": 1, "p": 0, "i": n + i}, {"k": 3, "s": 2, "p": 1, "i": 2 * n}),
            outside=({"k": 2 * n + 1, "s": 1, "p": n}, {"k": n + 1, "s": 1, "p": n}),
            met=lambda i, k, s, p: 2 * p < (s - 1) * (i - 1) + k - 1,
            of=_smaller,
        ),
        value(
            "4x4, 3x3: no, half and full padding",
            [(2, 2), (4, 4), (6, 6)],
            lambda: [layer((4, 4), 3, p=pad).output_size for pad in (0, 1, 2)],
            lambda: [(int(len(dense(layer((4, 4), 3, p=pad))) ** 0.5),) * 2 for pad in (0, 1, 2)],
        ),
    ),
    "S06-12": _to_a_large_image,
    "S06-13": lambda: _gradients(turned=False),
    "S06-14": several(_adjoint, lambda: _gradients(turned=True)),
    "S06-26": _products,
    "S06-27": several(
        same_operator(
            lambda i, k, s: direct(i, k, s=s, border=k - 1),
            back,
            grid(i=(1, 2, 3), k=(1, 2, 4), s=(2, 3)),
            symbols_at=({"i": 2, "k": 3, "s": 2}, {"i": 2, "k": 2, "s": 3}),
        ),
        _step,
    ),
}
