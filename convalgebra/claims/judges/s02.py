"""Judges of the claims about convolution in deep learning: one channel and several."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.forms import volume_conv
from convalgebra.catalogue.resampling import average_pool
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, named
from convalgebra.claims.forms.counts import count, output_size, parameters
from convalgebra.claims.forms.examples import amount, maps, positions
from convalgebra.claims.forms.functions import outputs, run, symbolic, symbols
from convalgebra.claims.forms.shifts import shift
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several, value
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.operators.filters import Filter
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense
from convalgebra.operators.stacks import HStack
from convalgebra.weights import Array

IMAGE = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]
KERNEL = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]
OUTPUT = [[12, 12, 17], [10, 17, 19], [9, 6, 14]]

LAYERS = [
    {"D": 1, "N": 1, "n": 3, "h": 2},
    {"D": 3, "N": 2, "n": 5, "h": 3},
    {"D": 2, "N": 3, "n": 4, "h": 1},
]
SIZES = [{"D": 3, "N": 4, "H": 5, "W": 6, "h": 3, "w": 2}, {"D": 2, "N": 1, "H": 4, "W": 4, "h": 1, "w": 4}]


def square(D: Any, N: Any, n: Any, h: Any) -> Conv:
    """D channels to N on a square image."""
    return conv(D, N, (n, n), h)


def plain(D: Any, N: Any, H: Any, W: Any, h: Any, w: Any) -> Conv:
    """D channels to N, stride 1, no padding."""
    return conv(D, N, (H, W), (h, w))


def valid(image: Array, kernel: Array) -> Array:
    """Return one kernel slid over one channel."""
    rows, columns = (n - m + 1 for n, m in zip(image.shape, kernel.shape, strict=True))
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.array([[(windows[a, b] * kernel).sum() for b in range(columns)] for a in range(rows)])


def per_channel(x: Array, weight: Array) -> Array:
    """Return the layer as the claims describe it: a kernel for each channel, the maps added up."""
    return np.array([sum(valid(x[c], kernels[c]) for c in range(len(x))) for kernels in weight])


def columns(x: Array, h: int) -> Array:
    """Return the im2col matrix: a column for each window, its values channel by channel."""
    places = range(x.shape[1] - h + 1)
    return np.array([x[:, a : a + h, b : b + h].reshape(-1) for a in places for b in places]).T


def example() -> Judge:
    """The worked example: entries of the image put for symbols, and the product with the matrix."""
    layer = conv(1, 1, (5, 5), 3)

    def derive() -> Any:
        entries = dict(zip(symbols("x", (5, 5)).reshape(-1), np.reshape(IMAGE, -1).tolist(), strict=True))
        formulas = run(layer, symbols("x", (5, 5)), weight=symbols("w", (3, 3)))[0]
        taps = dict(zip(symbols("w", (3, 3)).reshape(-1), np.reshape(KERNEL, -1).tolist(), strict=True))
        return [[int(f.subs({**entries, **taps})) for f in row] for row in formulas]

    def multiply() -> Any:
        return run(layer, IMAGE, weight=[[KERNEL]])[0].tolist()

    return value("the output", OUTPUT, derive, multiply)


def sparse_and_shared() -> Iterator[Finding]:
    """The 4 x 16 matrix: entries that are not zero, of how many, and how many different ones."""
    layer = conv(1, 1, (4, 4), 3)
    cells = layer.symbolic_matrix()
    weights = {entry for entry in cells if entry != 0}
    said = (4, 16, 36, 64, 9)
    found = (*cells.shape, sum(entry != 0 for entry in cells), len(cells), len(weights))
    yield derived("rows, columns, not zero, entries, different", said, found)
    matrix = layer.matrix(np.arange(1, 10).reshape(1, 1, 3, 3))
    entries = matrix.shape[0] * matrix.shape[1]
    counted = (*matrix.shape, matrix.nnz, entries, len(np.unique(matrix.data)))
    yield measured("rows, columns, not zero, entries, different", said, counted)


def pairs(said: int, layer: Operator) -> Judge:
    """How many 2-D convolutions a layer is: pairs of channels that meet, in symbols and by running each."""

    def derive() -> int:
        N, D = layer.output_shape[0], layer.input_shape[0]
        cells = symbolic(layer, {"weight": symbols("weight", (N, D, 3, 3))}).reshape(N, -1, D, 16)
        return sum(bool((cells[o, :, c] != 0).any()) for o, c in np.ndindex(N, D))

    def count_maps() -> int:
        N, D = layer.output_shape[0], layer.input_shape[0]
        images = [np.ones((1, 16), int) * (np.arange(D) == c)[:, None] for c in range(D)]
        maps = [run(layer, x, weight=np.ones((N, D, 3, 3), int)) for x in images]
        return sum(bool(m.any()) for output in maps for m in output)

    return value("2-D convolutions", said, derive, count_maps)


# --- a bias --------------------------------------------------------------------------------------


def affine(D: Any, N: Any, H: Any, W: Any, h: Any, w: Any) -> Operator:
    """The same with a bias, which is a weight for one more input, always 1."""
    layer = plain(D, N, H, W, h, w)
    everywhere = (Filter(Axis(n, n)).T for n in layer.output_size)
    return HStack((layer, Kron((Dense(N, 1, "bias"), *everywhere))))


class Counting:
    """A number that counts its products."""

    products = 0

    def __init__(self, value: int) -> None:
        self.value = value

    def __mul__(self, other: Counting) -> Counting:
        Counting.products += 1
        return Counting(self.value * other.value)

    def __add__(self, other: Counting) -> Counting:
        return Counting(self.value + other.value)


def products_with_bias() -> Iterator[Finding]:
    """A bias multiplies nothing: the products in the outputs written out, and those that a run takes."""
    sizes = {"D": 2, "N": 3, "H": 3, "W": 4, "h": 2, "w": 2}
    said = 3 * 2 * 2 * 2 * (3 - 2 + 1) * (4 - 2 + 1)
    layer = plain(**sizes)
    x, weight, bias = symbols("x", (2, 3, 4)), symbols("weight", (3, 2, 2, 2)), symbols("b", (3,))
    written = (run(layer, x, weight=weight) + bias[:, None, None]).reshape(-1)
    terms = [term for row in written for term in sympy.Add.make_args(sympy.expand(row))]
    yield derived(f"{named(sizes)}, with a bias", said, sum(len(term.free_symbols) == 2 for term in terms))
    matrix = layer.matrix(np.ones((3, 2, 2, 2), int))
    Counting.products = 0
    for begin, end in pairwise(matrix.indptr.tolist()):
        output = Counting(5)  # the bias
        for at in range(begin, end):
            output = output + Counting(int(matrix.data[at])) * Counting(1)
    yield measured(f"{named(sizes)}, with a bias", said, Counting.products)


# --- filters -------------------------------------------------------------------------------------


def one_filter_one_channel() -> Iterator[Finding]:
    """Which weights an output channel depends on: its own filter, a kernel for each input channel."""
    D, N, h = 2, 3, 2
    weight = symbols("weight", (N, D, h, h))
    matrix = symbolic(conv(D, N, (3, 3), h), {"weight": weight}).reshape(N, -1, D, 9)
    for o, c in np.ndindex(N, D):
        used = set().union(*(entry.free_symbols for entry in matrix[o, :, c].reshape(-1) if entry != 0))
        own, found = (sorted(map(str, weights)) for weights in (weight[o, c].reshape(-1), used))
        yield derived(f"weights from channel {c} to channel {o}", own, found)
    D, N, h = 3, 4, 3
    layer = conv(D, N, (5, 5), h)
    numbered = np.repeat(np.arange(1, N * D + 1), h * h).reshape(N, D, h, h)  # one number for each kernel
    cells = layer.matrix(numbered).toarray().reshape(N, 9, D, 25)
    yield measured("D=3, N=4, kernels", N * D, len(np.unique(cells[cells != 0])))
    seen = [[np.unique(block[block != 0]).tolist() for block in row] for row in cells.swapaxes(1, 2)]
    yield measured(
        "D=3, N=4, kernel of each pair", [[[o * D + c + 1] for c in range(D)] for o in range(N)], seen
    )


def ring(n: int, s: int) -> Operator:
    """One channel on a ring: as if the image went on where it ends."""
    return conv(1, 1, n, 3, stride=s, padding=1, padding_mode="circular")


def zero_padded(n: int) -> Operator:
    """The same with zeros around the image."""
    return conv(1, 1, n, 3, padding=1)


def pooled(n: int) -> Operator:
    """The mean of all outputs on a ring."""
    return average_pool(1, n, n) @ ring(n, 1)


JUDGES: dict[str, Judge] = {
    "S02-01": several(
        example(),
        amount(81, square, D=1, N=1, n=5, h=3),
    ),
    "S02-02": several(
        outputs(lambda x, weight, **sizes: per_channel(x, weight), square, LAYERS),
        positions((3, 3), square, D=3, N=1, n=5, h=3),
        maps(lambda n: (3, n, n), lambda n: (1, n - 2, n - 2), lambda n: square(3, 1, n, 3), [{"n": 5}]),
    ),
    "S02-03": several(
        identity("a convolution of a volume"),
        output_size(lambda D: 1, lambda D: conv(1, 1, D, D), grid(D=(1, 3, 5))),
        positions((1, 3, 3), lambda D: volume_conv(D, 1, (5, 5), 3), D=3),
    ),
    "S02-04": several(
        parameters(lambda D, N, H, W, h, w: N * D * h * w, plain, SIZES),
        maps(
            lambda D, N, H, W, h, w: (D, H, W),
            lambda D, N, H, W, h, w: (N, H - h + 1, W - w + 1),
            plain,
            SIZES,
        ),
        outputs(
            lambda x, weight, D, N, **sizes: per_channel(x, weight.reshape(N, D, sizes["h"], sizes["w"])),
            plain,
            SIZES[1:],
        ),
    ),
    "S02-05": several(
        amount(54, square, "parameters", D=2, N=3, n=5, h=3),
        pairs(6, square(2, 3, 4, 3)),
    ),
    "S02-06": sparse_and_shared,
    "S02-07": several(
        outputs(
            lambda x, weight, N, n, h, **sizes: (weight.reshape(N, -1) @ columns(x, h)).reshape(
                N, n - h + 1, -1
            ),
            square,
            LAYERS,
        ),
        identity("im2col"),
    ),
    "S02-08": several(
        count(
            lambda D, N, H, W, h, w: N * D * h * w * (H - h + 1) * (W - w + 1),
            plain,
            SIZES,
        ),
        amount(86400, square, D=3, N=128, n=7, h=3),
    ),
    "S02-09": several(
        parameters(lambda D, N, H, W, h, w: N * (D * h * w + 1), affine, SIZES),
        amount(3584, lambda D, N: affine(D, N, 7, 7, 3, 3), "parameters", D=3, N=128),
        products_with_bias,
    ),
    "S02-10": several(
        amount(9, square, "parameters", D=1, N=1, n=4, h=3),
        shift("the same output", ring, [{"n": n, "s": 1, "axis": 1, "step": 1} for n in (4, 5)]),
        shift(
            "the output turned",
            ring,
            [
                {"n": n, "s": s, "axis": 1, "step": t}
                for n, s, t in ((4, 1, 1), (5, 1, 2), (6, 2, 2), (6, 3, 3))
            ],
            right=True,
        ),
        shift("the output turned", zero_padded, [{"n": 4, "axis": 1, "step": 1}], met=lambda n: False),
        shift("the same output", pooled, [{"n": n, "axis": 1, "step": 1} for n in (4, 8)], right=True),
    ),
    "S02-11": output_size(
        lambda N: 5,
        lambda N: conv(3, 1, N, 3),
        grid(N=(4, 5, 6, 7, 8)),
        met=lambda N: N == 7,
        fixed={"N": 7},
    ),
    "S02-12": one_filter_one_channel,
}
