"""What a dilated convolution computes, what it costs and how much it writes, as claims put it."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np
import sympy
from scipy.sparse.csgraph import connected_components

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.dilated import dilated_polyphase
from convalgebra.claims.claim import Judge, grid
from convalgebra.claims.forms.counts import both_roads
from convalgebra.claims.forms.matrices import same_operator
from convalgebra.claims.forms.networks import Layer, chained, placed
from convalgebra.claims.forms.values import value
from convalgebra.counting.measured import run_count
from convalgebra.operators.base import Operator
from convalgebra.sizes import symbol
from convalgebra.weights import Array


def full(n: int, m: int, axes: int, d: Any) -> Operator:
    """Every overlap of an image with a mirrored kernel."""
    return conv(1, 1, (n,) * axes, m, dilation=d, padding="full", flip=True)


def summed(x: Array, weight: Array, rate: int) -> Array:
    """Return at p the sum of F(s) k(t) over all s + rate*t = p."""
    image, kernel = x[0], weight[0, 0]
    sizes = [n + rate * (m - 1) for n, m in zip(image.shape, kernel.shape, strict=True)]
    found = np.zeros(sizes, x.dtype)
    for s, t in product(np.ndindex(image.shape), np.ndindex(kernel.shape)):
        found[tuple(a + rate * b for a, b in zip(s, t, strict=True))] += image[s] * kernel[t]
    return found[np.newaxis]


def stuffed(weights: dict[str, Array], d: int, **sizes: Any) -> dict[str, Array]:
    """Return the kernel with k(t) at d*t and zeros elsewhere."""
    kernel = weights["weight"]
    wide = np.zeros((1, 1, *(d * (m - 1) + 1 for m in kernel.shape[2:])), kernel.dtype)
    for t in np.ndindex(kernel.shape[2:]):
        wide[(0, 0, *(d * at for at in t))] = kernel[(0, 0, *t)]
    return {"weight": wide}


SPREAD = same_operator(
    lambda n, m, d: conv(1, 1, (n, n), d * (m - 1) + 1),
    lambda n, m, d: conv(1, 1, (n, n), m, dilation=d),
    grid(n=(9,), m=(2, 3), d=(1, 2, 3, 4)),
    symbols_at=grid(n=(5,), m=(2,), d=(2, 4)),
    carry=stuffed,
)


def empty_positions(says: Any) -> Judge:
    """Return the judge of how many positions there are between two neighbouring taps."""

    def run(line: Operator) -> Any:
        row = line.matrix(np.ones((1, 1, 3), np.int8))[[0]].indices
        return (np.diff(row) - 1).tolist()

    def derive(line: Operator) -> Any:
        axis, k = line.axes[0], symbol("k")  # type: ignore[attr-defined]
        return [sympy.expand(axis.reads(0, k + 1) - axis.reads(0, k) - 1)] * 2

    make = lambda d: conv(1, 1, 2 * d + 1, 3, dilation=d)  # noqa: E731
    return both_roads(lambda d: [says(d)] * 2, make, list(grid(d=(1, 2, 3, 4))), derive, run)


def phases(x: Array, weight: Array, n: int, m: int, axes: int, d: int) -> Array:
    """Return plain convolutions of the phases of an image, each output put where its phase is."""
    image, kernel = x[0], weight[0, 0]
    found = np.zeros((n - d * (m - 1),) * axes, x.dtype)
    for start in product(range(d), repeat=axes):
        every = tuple(slice(r, None, d) for r in start)
        phase, out = image[every], np.zeros(found[every].shape, x.dtype)
        for q, t in product(np.ndindex(out.shape), np.ndindex(kernel.shape)):
            out[q] += phase[tuple(a + b for a, b in zip(q, t, strict=True))] * kernel[t]
        found[every] = out
    return found[np.newaxis]


def pieces(said: int, rate: int) -> Judge:
    """Return the judge of how many convolutions a dilated one falls apart into, on images."""
    size = 4 * rate

    def run() -> int:
        matrix = conv(1, 1, (size, size), 3, dilation=rate).matrix(np.ones((1, 1, 3, 3), np.int8))
        links = (matrix.T @ matrix).tocsr()
        return int(connected_components(links, directed=False, return_labels=False))

    def derive() -> int:
        apart = dilated_polyphase(1, 1, (size, size), 3, dilation=rate)
        return len(apart.operators[1].operator.operators)  # type: ignore[attr-defined]

    return value(f"plain convolutions, 3 x 3 with dilation {rate}", said, derive, run)


def rows_of(op: Operator) -> int:
    """Return the number of outputs: the rows of the matrix."""
    ones = {name: np.ones(shape, np.int8) for name, shape in op.weight_shapes.items()}
    return int(op.matrix(ones).shape[0])


def products_per_output(says: Any, make: Any) -> Judge:
    """Return the judge of how many products an output takes, for kernels k x k of dilation d."""
    return both_roads(
        says,
        lambda k, d: make((d * (k - 1) + 3,) * 2, k, d),
        list(grid(k=(2, 3), d=(1, 2, 4))),
        lambda op: op.multiplications / sympy.Mul(*op.output_size),
        lambda op: sympy.Rational(run_count(op), rows_of(op)),
    )


DIRECT = products_per_output(lambda k, d: k**2, lambda size, k, d: conv(1, 1, size, k, dilation=d))


CONSTRUCTED = products_per_output(
    lambda k, d: (d * (k - 1) + 1) ** 2, lambda size, k, d: conv(1, 1, size, d * (k - 1) + 1)
)


def products_on_zeros(said: int, rate: int, **options: Any) -> Judge:
    """Return the judge of the products with padding zeros, 3 x 3 on 8 x 8 that keeps the size."""
    layer = conv(1, 1, (8, 8), 3, dilation=rate, padding=rate)
    return value(
        f"products with padding zeros on 8 x 8, dilation {rate}",
        said,
        lambda: layer.mult_adds - layer.multiplications,
        lambda: run_count(layer, "mult_adds") - run_count(layer),
        **options,
    )


def sizes_alike(pad: Any, told: str, **options: Any) -> Judge:
    """Return the judge of the three panels having outputs of one size."""
    panels = [Layer("layer", 1, 3, padding=pad(rate), dilation=rate) for rate in (1, 2, 4)]
    return value(
        f"different output sizes of dilations 1, 2, 4 {told}",
        1,
        lambda: len({chained(placed((row,), 1, "N")).output_size for row in panels}),
        lambda: len({rows_of(chained(placed((row,), 1, 15))) for row in panels}),
        **options,
    )


KEPT_BY_HALF = both_roads(
    lambda n, r, d: n,
    lambda n, r, d: conv(1, 1, n, 2 * r + 1, dilation=d, padding=d * r),
    list(grid(n=(5, 8), r=(0, 1, 2), d=(1, 2, 3))),
    lambda op: op.output_size[0],
    rows_of,
)


def written(said: Any, layers: tuple[Layer, ...], size: int, **options: Any) -> Judge:
    """Return the judge of how many pixels layers of one channel write, from size x size."""
    return value(
        f"pixels of the output, {', '.join(str(r.dilation) for r in layers)} on {size} x {size}",
        said,
        lambda: prod(chained(placed(layers, 1, "N")).subs(N=size).output_size),
        lambda: rows_of(chained(placed(layers, 1, size))),
        **options,
    )
