"""Judges of the claims about what makes checkerboards, and what helps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.resampling import pixel_shuffle, upsample_nearest
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured
from convalgebra.claims.forms.arithmetic import back, layer
from convalgebra.claims.forms.matrices import SAME, difference, in_symbols, same_operator, symbols_for
from convalgebra.claims.forms.overlapping import (
    alike,
    most_over_least,
    painted_by_running,
    painted_in_symbols,
    reached,
    reached_inside,
)
from convalgebra.claims.forms.sliding import dense
from convalgebra.claims.forms.transposed import by_windows
from convalgebra.claims.forms.values import several, value
from convalgebra.operators.base import Operator
from convalgebra.properties.overlap import overlap
from convalgebra.sizes import symbol

n, k, q = map(symbol, ("n", "k", "q"))


# --- what a constant becomes ----------------------------------------------------------------------


def _flat(values: Sequence[float]) -> bool:
    return len(set(values)) == 1


def _divisible_kernels() -> Iterator[Finding]:
    """Is the output of a constant image even, where the stride divides the kernel?"""
    w = sympy.symbols("w_0:4")
    free, tied = painted_in_symbols(w, 2), painted_in_symbols((*w[:3], w[0] + w[2] - w[1]), 2)
    yield derived("k=4, s=2: how many reach an output", True, alike(overlap(back(n, 4, s=2)).phases[0]))
    yield derived("k=4, s=2, w_0 + w_2 = w_1 + w_3", True, alike(tied))
    yield derived("k=4, s=2, any kernel", True, alike(free), inside=False)
    for kernel, stride, equal in (
        ((1, 1), 2, True),
        ((1, 3, 3, 1), 2, True),
        ((2, 0, 5, 1, 3, -2), 3, True),
        ((1, 0.5), 2, False),
        ((1, 3, 3, 2), 2, False),
    ):
        yield measured(
            f"kernel {kernel}, s={stride}", True, _flat(painted_by_running(kernel, stride)), inside=equal
        )
    said = [1, 0.5, 1, 0.5]
    yield measured("kernel (1, 0.5), s=2: the outputs", said, painted_by_running((1, 0.5), 2)[1:5])


def _unit_stride_dampens() -> Iterator[Finding]:
    """Is a periodic image made even by a kernel whose size the period divides?"""
    for period, taps in ((2, 2), (2, 4), (3, 3), (3, 6)):
        x = sympy.symbols(f"x_0:{period}")
        image = [x[at % period] for at in range(3 * taps + 2)]
        at = f"period {period}, k={taps}"
        yield derived(f"{at}, constant kernel", True, alike(painted_in_symbols([1] * taps, 1, image)))
        w = sympy.symbols(f"w_0:{taps}")
        yield derived(f"{at}, any kernel", True, alike(painted_in_symbols(w, 1, image)), inside=False)
    for kernel, period, equal in (
        ((1, 1), 2, True),
        ((1, 3, 3, 1), 2, True),
        ((2, 2, 2), 3, True),
        ((1, 0.2), 2, False),
        ((1, 2, 1), 3, False),
    ):
        image = [1, 0, 0][:period] * 6
        found = _flat(painted_by_running(kernel, 1, image))
        yield measured(f"kernel {kernel}, an image of period {period}", True, found, inside=equal)
    yield measured(
        "kernel (1, 0.2) on 1, 0, 1, 0", [1, 0.2, 1, 0.2], painted_by_running((1, 0.2), 1, [1, 0] * 6)[:4]
    )


def _resized() -> Iterator[Finding]:
    """After nearest upsampling and a convolution: does the output rise by one step everywhere?"""
    c = sympy.Symbol("c")
    for factor, taps in ((2, 3), (3, 2)):
        op = layer(4 * factor, taps) @ upsample_nearest(1, 4, factor)
        matrix = in_symbols(op)
        flat = (matrix * sympy.Matrix([c] * 4))[:]
        total = c * sum(symbols_for(op)["weight"].ravel())
        at = f"factor {factor}, k={taps}"
        yield derived(f"{at}, constant image", {sympy.expand(total)}, set(map(sympy.expand, flat)))
        yield derived(f"{at}, constant image: even", True, alike(flat))
    ramp = (in_symbols(layer(8, 1) @ upsample_nearest(1, 4, 2)) * sympy.Matrix(range(4)))[:]
    yield derived("factor 2, k=1, image 0, 1, 2, 3: even steps", True, alike(_steps(ramp)), inside=False)
    kernels = {"drawn": np.array([[3, -1], [4, 5]]), "box": np.ones((2, 2), int)}
    for name, kernel in kernels.items():
        op = layer((8, 8), 2) @ upsample_nearest(1, (4, 4), 2)
        outputs = op.matrix(kernel[None, None]) @ np.full(16, 7)
        yield measured(f"{name} 2x2 kernel, image of 7", {7 * int(kernel.sum())}, set(outputs.tolist()))
    staircase = upsample_nearest(1, 4, 2).matrix() @ np.arange(4)
    single = layer(8, 1).matrix(np.ones((1, 1, 1), int)) @ staircase
    yield measured("image 0, 1, 2, 3: even steps", True, _flat(_steps(single.tolist())), inside=False)
    yield measured("its outputs", [0, 0, 1, 1, 2, 2, 3, 3], single)
    yield measured("image of 2: even steps", True, _flat(_steps((single * 0 + 2).tolist())))


def _steps(values: Sequence[Any]) -> list[Any]:
    return [b - a for a, b in pairwise(values)]


# --- other forms ----------------------------------------------------------------------------------


def _tied(weights: dict[str, Any], s: int, rank: int, **sizes: Any) -> dict[str, Any]:
    """Return b_s * w, the kernel smeared over s places along each axis."""
    given = weights["weight"][0, 0]
    smeared = np.zeros([side + s - 1 for side in given.shape], given.dtype) + 0 * given.flat[0]
    for offset in np.ndindex((s,) * rank):
        at = tuple(slice(o, o + side) for o, side in zip(offset, given.shape, strict=True))
        smeared[at] = smeared[at] + given
    return {"weight": smeared[None, None]}


def _by_phase(weights: dict[str, Any], m: int, s: int, rank: int, **sizes: Any) -> dict[str, Any]:
    """Return the kernels of the phases: taps a, a + s, a + 2s and so on along each axis."""
    apart = weights["weight"].reshape((m, s) * rank)
    order = (*range(1, 2 * rank, 2), *range(0, 2 * rank, 2))
    return {"weight": apart.transpose(order).reshape((s**rank, 1) + (m,) * rank)}


def _subpixel(n: int, m: int, s: int, rank: int) -> Operator:
    inner = conv(1, s**rank, (n,) * rank, m, padding="full", flip=True)
    return pixel_shuffle(s**rank, inner.output_size, s) @ inner


def _gradient_pattern() -> Iterator[Finding]:
    op = layer(9, 3, s=2)
    x = sympy.symbols("x_0:9")
    for name, weight in (("ones", np.ones(3, int)), ("w", symbols_for(op)["weight"][0, 0])):
        loss = sum(by_windows(op, weight, np.array(x, object)))
        gradient = sympy.Matrix([sympy.diff(loss, v) for v in x])
        back_of_ones = in_symbols(op.T, {"weight": weight[None, None]}) * sympy.ones(4, 1)
        yield derived(f"9, k=3, s=2, kernel {name}", SAME, difference(gradient, back_of_ones))
        if name == "ones":
            yield derived("kernel ones: the gradient", [1, 1, 2, 1, 2, 1, 2, 1, 1], list(gradient))
    for side, rank in ((9, 1), (9, 2)):
        forward = layer((side,) * rank, 3, s=2)
        pixels = np.eye(side**rank, dtype=int)
        gradient_run = [int((dense(forward) @ pixel).sum()) for pixel in pixels]
        pattern = reached(back((4,) * rank, 3, s=2))
        yield measured(
            f"9 along {rank} axes, kernel of ones",
            SAME,
            difference(_column(pattern), _column(gradient_run)),
        )
        kinds = {1, 2} if rank == 1 else {1, 2, 4}
        yield measured(f"9 along {rank} axes: kinds", kinds, set(gradient_run))


def _column(values: Sequence[int]) -> Any:
    return np.array(values)[:, None]


def _composed(kernel: Sequence[Any]) -> list[Any]:
    """Return the outputs of a constant by phase after two layers of stride 2.

    Together they are one of stride 4 with the kernel W(z^2) W(z): each phase gets a residue modulo 4.
    """
    z = sympy.Symbol("z")
    taps = sympy.Poly(list(kernel)[::-1], z)
    both = sympy.Poly(taps.as_expr().subs(z, z**2), z) * taps
    coefficients = both.all_coeffs()[::-1]
    return [sum(coefficients[phase::4]) for phase in range(4)]


def _run_twice(kernel: Sequence[Any], rank: int = 1) -> Any:
    """Return what two layers of stride 2 make of ones, away from the ends, as an array."""
    first = back((9,) * rank, len(kernel), s=2)
    second = back(first.output_size, len(kernel), s=2)
    taps = np.array(kernel) if rank == 1 else np.multiply.outer(kernel, kernel)
    outputs = second.matrix(taps[None, None]) @ (first.matrix(taps[None, None]) @ np.ones(9**rank, int))
    image = outputs.reshape([int(side) for side in second.output_size])
    return image[(slice(4 * len(kernel), -4 * len(kernel)),) * rank]


def _stacked() -> Iterator[Finding]:
    """Is the most over the least larger after two layers than after one?"""
    for kernel in ((1, 1, 1), (1,) * 5, (1,) * 4, (1, 1), (1, 2, 1)):
        once, twice = painted_in_symbols(kernel, 2), _composed(kernel)
        uneven = len(kernel) % 2 == 1 and len(set(kernel)) == 1
        grown = most_over_least(twice) > most_over_least(once)
        yield derived(f"kernel {kernel}, s=2: it grows", True, grown, inside=uneven)
        run_once, run = painted_by_running(kernel, 2), _run_twice(kernel)
        grown = bool(run.max() / run.min() > max(run_once) / min(run_once))
        yield measured(f"kernel {kernel}, s=2: it grows", True, grown, inside=uneven)
    three = (1, 1, 1)
    said, phases, run = [3, 1, 3, 2], _composed(three), _run_twice(three).tolist()
    start = run.index(1) - 1
    yield derived("kernel of 3 ones, the four phases", _turned(said), _turned(phases))
    yield measured("kernel of 3 ones, four neighbours", said, run[start : start + 4])
    plane = [a * b for a in phases for b in phases]
    at = "kernel of 3 ones: most over least, line and plane"
    yield derived(at, (3, 9), (most_over_least(phases), most_over_least(plane)))
    image = _run_twice(three, rank=2)
    yield measured(at, (3, 9), (max(run) // min(run), int(image.max() // image.min())))
    yield derived("kernel of 4 ones: every output", [4] * 4, _composed((1,) * 4))
    yield measured("kernel of 4 ones: every output", {4}, set(_run_twice((1,) * 4).tolist()))


def _turned(values: Sequence[Any]) -> list[Any]:
    """Return the values in the same cyclic order, from the smallest on."""
    at = list(values).index(min(values))
    return [*values[at:], *values[:at]]


def _balanced() -> Iterator[Finding]:
    w = sympy.symbols("w_0:3")
    half = sympy.Rational(1, 2)
    given = dict(zip(w, (half, 1, half), strict=True))
    outputs = painted_in_symbols(w, 2)
    conditions = {sympy.expand(b - a) for a, b in pairwise(outputs)} - {0}
    said = {w[0] + w[2] - w[1], w[1] - w[0] - w[2]}
    yield derived("k=3, s=2: w_0 + w_2 - w_1 and its negative", said, conditions)
    yield derived(
        "kernel (1/2, 1, 1/2): outputs of a constant", [1] * len(outputs), [v.subs(given) for v in outputs]
    )
    yield derived("the stride divides the kernel", False, overlap(back(n, 3, s=2)).even)
    run = painted_by_running((0.5, 1, 0.5), 2)
    yield measured("kernel (1/2, 1, 1/2): outputs of a constant", [1.0] * len(run), run)
    yield measured("the counts are even", False, _flat(reached_inside(3, 2)))


REMEDIES: dict[str, Judge] = {
    "S06-46": _divisible_kernels,
    "S06-47": _unit_stride_dampens,
    "S06-48": _resized,
    "S06-49": same_operator(
        lambda n, k, s, rank: back((n,) * rank, k + s - 1, s=s),
        lambda n, k, s, rank: (
            conv(1, 1, (n * s,) * rank, k, padding="full", flip=True) @ upsample_nearest(1, (n,) * rank, s)
        ),
        [*grid(n=(2, 4), k=(1, 2, 3), s=(2, 3), rank=(1,)), {"n": 2, "k": 3, "s": 3, "rank": 2}],
        symbols_at=[{"n": 3, "k": 2, "s": 2, "rank": 1}, {"n": 2, "k": 2, "s": 2, "rank": 2}],
        carry=_tied,
    ),
    "S06-50": several(
        same_operator(
            _subpixel,
            lambda n, m, s, rank: back((n,) * rank, s * m, s=s),
            [*grid(n=(2, 4), m=(1, 2, 3), s=(2, 3), rank=(1,)), {"n": 3, "m": 2, "s": 2, "rank": 2}],
            symbols_at=[{"n": 3, "m": 2, "s": 2, "rank": 1}, {"n": 2, "m": 2, "s": 2, "rank": 2}],
            carry=_by_phase,
        ),
        value(
            "k=4, s=2 in the plane: channels and kernel",
            (4, 1, 2, 2),
            lambda: _subpixel(5, 4 // 2, 2, 2).weight_shapes["weight"],
            lambda: _by_phase({"weight": np.ones((1, 1, 4, 4))}, 2, 2, 2)["weight"].shape,
        ),
    ),
    "S06-51": _gradient_pattern,
    "S06-52": _stacked,
    "S06-53": _balanced,
}
