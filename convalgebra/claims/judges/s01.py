"""Judges of the claims about convolution and cross-correlation.

Functions of a continuous variable are steps of height f_i on [i, i + 1): at whole shifts their
convolution is exactly the discrete one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.claims.claim import Finding, Judge, Road, derived, grid, measured
from convalgebra.claims.forms.counts import count, output_size
from convalgebra.claims.forms.functions import agree, beside, outputs, run, symbolic, symbols
from convalgebra.claims.forms.values import several
from convalgebra.operators.base import Operator
from convalgebra.weights import Array

LENGTHS = [point for point in grid(n=(3, 4, 7), m=(1, 2, 3)) if point["n"] >= point["m"]]
IMAGES = list(grid(n=(3, 5, 6), m=(2, 3)))


def full(n: int, m: int, flip: bool = True) -> Operator:
    """Every overlap of n values with m: mirrored, the convolution of signal processing."""
    return conv(1, 1, n, m, padding="full", flip=flip)


def pair(n: int, m: int) -> dict[str, tuple[int, ...]]:
    """Two sequences."""
    return {"f": (n,), "g": (m,)}


def convolve(f: Array, g: Array) -> Array:
    """Return the full convolution, g as the kernel."""
    return run(full(len(f), len(g)), f, weight=g.reshape(1, 1, -1)).reshape(-1)


def correlate(f: Array, g: Array) -> Array:
    """Return the full cross-correlation, f slid over g, from the most negative shift on."""
    return run(full(len(g), len(f), flip=False), g, weight=f.conj().reshape(1, 1, -1)).reshape(-1)


def off_real(f: Array) -> Array:
    """Return complex numbers of integers; a symbol stands for a complex number anyway."""
    return f if f.dtype == object else f + 1j * np.arange(1, len(f) + 1)


# --- steps -----------------------------------------------------------------------------------------


def area(f: Array, g: Array, shift: int, sign: int, under: Callable[[Any, Any], Any]) -> Any:
    """Return the integral over tau of what is ``under`` f(tau) and g(shift + sign*tau), two steps."""

    def height(steps: Array, at: Any) -> Any:
        i = int(np.floor(at))
        return steps[i] if 0 <= i < len(steps) else 0

    middles = [(2 * k + 1) / 4 for k in range(-2, 2 * len(f) + 2)]  # halves of the unit steps
    parts = (under(height(f, tau), height(g, shift + sign * tau)) for tau in middles)
    return sum(parts) * sympy.Rational(1, 2) if f.dtype == object else sum(parts) / 2


def times(a: Any, b: Any) -> Any:
    """The height of the product."""
    return a * b


def reflected_area(f: Array, g: Array, under: Callable[[Any, Any], Any] = times) -> Array:
    """The area under f(tau) and g(t - tau) at every whole t."""
    return np.array([area(f, g, t, -1, under) for t in range(1, len(f) + len(g))])


def shifted_area(f: Array, g: Array, under: Callable[[Any, Any], Any] = times) -> Array:
    """The area under f(tau) and g(t + tau) at every whole t."""
    return np.array([area(f, g, t, 1, under) for t in range(1 - len(f), len(g))])


def laplace() -> Iterator[Finding]:
    """The integral for two exponentials, by its transform: the product of theirs."""
    t, s = sympy.symbols("t s", positive=True)
    tau = sympy.Symbol("tau", positive=True)

    def transform(function: Any) -> Any:
        return sympy.integrate(function * sympy.exp(-s * t), (t, 0, sympy.oo))

    f = sympy.exp(-t)
    said = sympy.integrate(f.subs(t, tau) * f.subs(t, t - tau), (tau, 0, t))
    yield derived("the transform of exp(-t) with itself", transform(said), transform(f) ** 2)


def overlap(areas: Callable[..., Array], finds: Callable[..., Array]) -> Judge:
    """The area of the overlap, the lower of the two heights, beside the integral of the product."""
    at_most_1 = 1 / (1 + sympy.Symbol("c", positive=True))
    a, b = sympy.Symbol("a", positive=True), sympy.Integer(1)
    in_symbols = (
        ("a box of height 1, steps of height 1/(1 + c) and 1", (1, 1), (at_most_1, b), True),
        ("two boxes of height 1 + a", (1 + a,), (1 + a,), False),
    )
    in_numbers = (
        ("boxes of height 1", (1, 1, 1), (1, 1), True),
        ("a set, and steps between 0 and 1", (1, 0, 1, 1), (0.25, 1, 0.5), True),
        ("two boxes of height 2", (2,), (2,), False),
        ("a set, and steps up to 3", (1, 1), (0.5, 3), False),
        ("two steps below 1", (0.5, 0.5), (0.5, 0.25), False),
    )

    def judge() -> Iterator[Finding]:
        for road, cases, lower, dtype in (
            (Road.DERIVATION, in_symbols, sympy.Min, object),
            (Road.MEASUREMENT, in_numbers, min, float),
        ):
            for at, heights, others, inside in cases:
                f, g = np.array(heights, dtype), np.array(others, dtype)
                yield Finding(road, at, *beside(areas(f, g, lower), finds(f, g)), inside)

    return judge


# --- which kernels -------------------------------------------------------------------------------


def same_for_every_input() -> Iterator[Finding]:
    """Mirroring changes nothing exactly for point-symmetric kernels: solved, and by enumeration."""
    w = symbols("w", (3,))
    difference = np.subtract(*(symbolic(conv(1, 1, 5, 3, flip=f), {"weight": w}) for f in (True, False)))
    solved = sympy.solve(sorted({v for v in difference.reshape(-1) if v != 0}, key=str), list(w), dict=True)
    yield derived("3 taps, solved for the kernel", [{w[0]: w[2]}], solved)
    for shape in ((3,), (2, 2)):
        size = tuple(m + 1 for m in shape)
        plain, mirrored = (conv(1, 1, size, shape, flip=flip) for flip in (False, True))
        kernels = [np.reshape(v, shape) for v in product((0, 1, 2), repeat=int(np.prod(shape)))]
        symmetric = [k.tolist() for k in kernels if (k == np.flip(k)).all()]
        alike = [
            k.tolist()
            for k in kernels
            if (plain.matrix(k[None, None]) != mirrored.matrix(k[None, None])).nnz == 0
        ]
        missing = [k for k in symmetric + alike if (k in symmetric) != (k in alike)]
        at = f"all {len(kernels)} kernels of shape {shape} with entries 0, 1, 2"
        yield measured(at, (len(symmetric), []), (len(alike), missing))


# --- training ------------------------------------------------------------------------------------


def gradient(w: Array, x: Array, y: Array, flip: bool) -> Array:
    """Return the gradient of the squared error of a layer, by its matrix on the weight."""
    layer = conv(1, 1, len(x), len(w), flip=flip)
    if w.dtype == object:
        loss = sum((run(layer, x, weight=w)[0] - y) ** 2)
        return np.array([sympy.diff(loss, v) for v in symbols("w", w.shape)], object)
    of_weight = layer.on_weight(x).toarray()
    return np.asarray(2 * of_weight.T @ (of_weight @ w - y))


def training() -> Iterator[Finding]:
    """The layer without reflection learns the reflected filter, from the reflected start."""
    w, x, y = symbols("w", (3,)), symbols("x", (5,)), symbols("y", (3,))
    flipped = dict(zip(w, w[::-1], strict=True))
    mirrored = [v.xreplace(flipped) for v in gradient(w, x, y, flip=True)][::-1]
    plain = gradient(w, x, y, flip=False)
    yield derived("the gradient at the reflected filter", *beside(mirrored, plain))
    unmirrored = gradient(w, x, y, flip=True)[::-1]
    at = "the gradient at the same filter, not reflected"
    yield derived(at, *beside(unmirrored, plain), inside=False)

    rng = np.random.default_rng(1)
    inputs, target, start = (rng.integers(-3, 4, n) for n in (6, 4, 3))
    for at, other, inside in (
        ("three exact gradient steps from the reflected start", start[::-1], True),
        ("three exact gradient steps from the same start", start, False),
    ):
        plainly, mirroring = start, other
        for _ in range(3):  # a step of length 1 keeps integers integers
            plainly = plainly - gradient(plainly, inputs, target, flip=False)
            mirroring = mirroring - gradient(mirroring, inputs, target, flip=True)
        yield measured(at, *beside(mirroring[::-1], plainly), inside=inside)
    kernel, x_ = np.array([[[1, 2, 3]]]), np.arange(5)
    yield measured(
        "the kernel 1, 2, 3 loaded as it is",
        *beside(
            run(conv(1, 1, 5, 3, flip=True), x_, weight=kernel),
            run(conv(1, 1, 5, 3), x_, weight=kernel),
        ),
        inside=False,
    )


JUDGES: dict[str, Judge] = {
    "S01-01": several(
        agree(lambda f, g, n, m: reflected_area(f, g), lambda f, g, n, m: convolve(f, g), pair, LENGTHS),
        laplace,
    ),
    "S01-02": agree(
        lambda f, g, n, m: [
            np.concatenate([np.zeros(m - 1, int), f, np.zeros(m - 1, int)])[t : t + m] @ g[::-1]
            for t in range(n + m - 1)
        ],
        lambda f, g, n, m: convolve(f, g),
        pair,
        LENGTHS[1:],
    ),
    "S01-03": overlap(reflected_area, convolve),
    "S01-04": agree(
        lambda f, g, n, m: shifted_area(f.conj(), g),
        lambda f, g, n, m: correlate(f, g),
        pair,
        LENGTHS[1:],
    ),
    "S01-05": several(
        agree(
            lambda f, g, n, m: reflected_area(off_real(f).conj()[::-1], off_real(g)),
            lambda f, g, n, m: correlate(off_real(f), off_real(g)),
            pair,
            LENGTHS[1:],
        ),
        outputs(
            lambda x, weight, n, m: [
                [
                    [
                        sum(
                            x[0, a + m - 1 - u, b + m - 1 - v] * np.rot90(weight[0, 0], 2)[u, v]
                            for u, v in np.ndindex(m, m)
                        )
                        for b in range(n - m + 1)
                    ]
                    for a in range(n - m + 1)
                ]
            ],
            lambda n, m: conv(1, 1, (n, n), m),
            IMAGES,
        ),
    ),
    "S01-06": overlap(shifted_area, correlate),
    "S01-07": outputs(
        lambda x, weight, n, m: [
            [
                [
                    sum(x[0, a + u, b + v] * weight[0, 0, u, v] for u, v in np.ndindex(m, m))
                    for b in range(n - m + 1)
                ]
                for a in range(n - m + 1)
            ]
        ],
        lambda n, m: conv(1, 1, (n, n), m),
        IMAGES,
    ),
    "S01-08": same_for_every_input,
    "S01-09": training,
    "S01-10": several(
        outputs(
            lambda x, weight, n, m: (
                np.lib.stride_tricks.sliding_window_view(x[0], (m, m)) * weight[0, 0]
            ).sum(axis=(2, 3))[None],
            lambda n, m: conv(1, 1, (n, n), m),
            IMAGES,
        ),
        count(lambda n, m: m**2 * (n - m + 1) ** 2, lambda n, m: conv(1, 1, (n, n), m), IMAGES),
        count(
            lambda n, m: (m**2 - 1) * (n - m + 1) ** 2,
            lambda n, m: conv(1, 1, (n, n), m),
            IMAGES,
            quantity="additions",
        ),
    ),
    "S01-11": several(
        agree(lambda f, g, n, m: convolve(g, f), lambda f, g, n, m: convolve(f, g), pair, LENGTHS[1:]),
        agree(
            lambda f, g, n, m: convolve(convolve(f, g), f[:2]),
            lambda f, g, n, m: convolve(f, convolve(g, f[:2])),
            pair,
            LENGTHS[1:],
        ),
        agree(
            lambda f, g, n, m: correlate(g, f).conj()[::-1],
            lambda f, g, n, m: correlate(f, g),
            pair,
            LENGTHS[1:],
        ),
        agree(
            lambda f, g, n, m: correlate(correlate(f, g), f[:2]),
            lambda f, g, n, m: correlate(f, correlate(g, f[:2])),
            pair,
            LENGTHS[2:],
            differ=True,
        ),
    ),
    "S01-12": several(
        output_size(
            lambda n, k: n + k - 1,
            lambda n, k: conv(1, 1, n, k, padding="full"),
            grid(n=(1, 3, 6), k=(1, 2, 4)),
        ),
        output_size(lambda n, k: n - k + 1, lambda n, k: conv(1, 1, n, k), grid(n=(4, 6), k=(1, 2, 4))),
    ),
}
