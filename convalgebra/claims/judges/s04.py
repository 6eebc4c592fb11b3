"""Judges of the claims about 1 x 1 convolution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import sympy
from sympy.polys.matrices import DomainMatrix

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise, pointwise
from convalgebra.catalogue.grouped import connected
from convalgebra.catalogue.resampling import average_pool
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, named
from convalgebra.claims.forms.counts import count, parameters
from convalgebra.claims.forms.examples import amount, maps, positions
from convalgebra.claims.forms.functions import agree, outputs, run
from convalgebra.claims.forms.matrices import same_operator
from convalgebra.claims.forms.networks import Layer, placed, total, total_counted
from convalgebra.claims.forms.sliding import first_size
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several, value
from convalgebra.counting.measured import run_count
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.sizes import symbol
from convalgebra.weights import Array

SIZES = [
    {"D": 2, "N": 2, "H": 1, "W": 2},
    {"D": 3, "N": 2, "H": 4, "W": 5},
    {"D": 1, "N": 4, "H": 3, "W": 2},
]


def one_by_one(D: Any, N: Any, H: Any, W: Any) -> Conv:
    """D channels to N, pixel by pixel."""
    return pointwise(D, N, (H, W))


def per_pixel(x: Array, mix: Array) -> Array:
    """The same linear map of the channels at every pixel."""
    return np.array(
        [[[mix_o @ x[:, a, b] for b in range(x.shape[2])] for a in range(x.shape[1])] for mix_o in mix]
    )


# --- mlpconv -------------------------------------------------------------------------------------


def rectified(values: Array) -> Array:
    """Return the positive part of each entry."""
    if values.dtype != object:
        return np.maximum(values, 0)
    return np.array([sympy.Max(v, 0) for v in values.reshape(-1)], object).reshape(values.shape)


def perceptron(x: Array, first: Array, b: Array, second: Array, c: Array, **sizes: Any) -> Array:
    """An MLP with one hidden layer, slid over the windows of the input."""
    m = first.shape[-1]
    places = range(x.shape[1] - m + 1)

    def answer(patch: Array) -> Array:
        hidden = rectified(first.reshape(len(first), -1) @ patch.reshape(-1) + b)
        return rectified(second @ hidden + c)

    rows = [[answer(x[:, i : i + m, j : j + m]) for j in places] for i in places]
    return np.moveaxis(np.array(rows), 2, 0)


def mlpconv(
    x: Array, first: Array, b: Array, second: Array, c: Array, n: int, m: int, **sizes: Any
) -> Array:
    """A convolution and a 1 x 1 convolution, each with a bias and a rectifier."""
    layer = conv(x.shape[0], len(first), (n, n), m)
    hidden = rectified(run(layer, x, weight=first) + b[:, None, None])
    mix = pointwise(len(first), len(second), layer.output_size)
    return rectified(run(mix, hidden, pointwise=second[:, :, None, None]) + c[:, None, None])


def mlp_shapes(D: int, M: int, N: int, n: int, m: int) -> dict[str, tuple[int, ...]]:
    """The input, two weights, two biases."""
    return {"x": (D, n, n), "first": (M, D, m, m), "b": (M,), "second": (N, M), "c": (N,)}


# --- two in a row --------------------------------------------------------------------------------


def stacked(x: Array, first: Array, second: Array, **sizes: Any) -> Array:
    """Two 1 x 1 convolutions."""
    inner = run(_mix(first, x), x, pointwise=first[..., None, None])
    return run(_mix(second, inner), inner, pointwise=second[..., None, None])


def stacked_rectified(x: Array, first: Array, second: Array, **sizes: Any) -> Array:
    """Two 1 x 1 convolutions with a rectifier between them."""
    inner = rectified(run(_mix(first, x), x, pointwise=first[..., None, None]))
    return run(_mix(second, inner), inner, pointwise=second[..., None, None])


def as_one(x: Array, first: Array, second: Array, **sizes: Any) -> Array:
    """The 1 x 1 convolution with the product of the two matrices."""
    return per_pixel(x, second @ first)


def _mix(weight: Array, x: Array) -> Conv:
    return pointwise(weight.shape[1], weight.shape[0], x.shape[1:])


def stack_shapes(D: int, M: int, N: int) -> dict[str, tuple[int, ...]]:
    """An input of two by two pixels, two matrices."""
    return {"x": (D, 2, 2), "first": (M, D), "second": (N, M)}


STACKS = [{"D": 2, "M": 2, "N": 1}, {"D": 3, "M": 4, "N": 2}]

# --- what an embedding keeps -----------------------------------------------------------------------


def embedding() -> Iterator[Finding]:
    """How many dimensions of the channels are lost, and how many inputs share their output: none?

    The channel vectors lie in a space of ``r`` dimensions, spanned by 0/1 vectors.
    """
    for D, N, r in ((2, 2, 2), (2, 3, 2), (4, 2, 2), (3, 2, 3), (4, 1, 2)):
        basis = np.eye(D, r, dtype=int) + np.eye(D, r, -r, dtype=int)
        at, inside = named({"D": D, "N": N, "r": r}), r <= N
        mix = sympy.Matrix(pointwise(D, N, 1).symbolic_matrix())
        lost = r - DomainMatrix.from_Matrix(mix * sympy.Matrix(basis)).to_field().rank()
        yield derived(f"{at}, dimensions lost", 0, lost, inside=inside)
        weight = np.arange(1, D + 1) ** np.arange(N)[:, None]
        layer = pointwise(D, N, 1).matrix(weight.reshape(N, D, 1))
        found = Counter(tuple(layer @ (basis @ v)) for v in product(range(-3, 4), repeat=r))
        shared = sum(times for times in found.values() if times > 1)
        yield measured(f"{at}, of {7**r} inputs that share their output", 0, shared, inside=inside)


# --- bottlenecks -----------------------------------------------------------------------------------


def inception(reduced: int = 0) -> tuple[Layer, ...]:
    """192 maps to 32 by a 5 x 5 convolution, directly or through a 1 x 1 convolution to fewer."""
    direct = Layer("filter", 32, 5, padding=2)
    return (Layer("reduce", reduced), direct) if reduced else (direct,)


def network_cost(said: int, *table: Layer) -> Judge:
    """The multiply-adds of a few layers on 28 x 28 with 192 channels."""
    layers = placed(table, 192, 28)
    return value(
        "multiply-adds of " + " and ".join(row.name for row in table),
        said,
        lambda: total(layers, "mult_adds"),
        lambda: total_counted(layers, "mult_adds"),
    )


def a_tenth() -> Iterator[Finding]:
    """Through the bottleneck it is about a tenth: to one decimal place."""
    layers = [placed(inception(reduced), 192, 28) for reduced in (16, 0)]
    for finding, of in ((derived, total), (measured, total_counted)):
        through, direct = (of(network, "mult_adds") for network in layers)
        yield finding("share, to one decimal place", 0.1, round(float(through) / float(direct), 1))


def kernel(D: Any, N: Any, k: Any, n: Any = 3) -> Operator:
    """A k x k convolution that keeps the size."""
    return conv(D, N, (n, n), k, padding=((0, k - 1), (0, k - 1)), name="kernel")


def bottleneck(D: Any, N: Any, k: Any, d: Any, n: Any = 3) -> Operator:
    """A 1 x 1 convolution to d channels before it."""
    return kernel(d, N, k, n) @ pointwise(D, d, (n, n))


def pays(D: Any, N: Any, k: Any) -> Any:
    """The width below which the bottleneck saves multiply-adds, as it is claimed."""
    return k**2 * D * N / (D + k**2 * N)


def break_even() -> Iterator[Finding]:
    """The width at which both cost the same, solved; and all widths, tried."""
    D, N, k, d, n = map(symbol, ("D", "N", "k", "d", "n"))
    direct, through = kernel(D, N, k, n).mult_adds, bottleneck(D, N, k, d, n).mult_adds
    yield derived(
        "all sizes, the width at which both cost the same",
        [pays(D, N, k)],
        sympy.solve(direct - through, d),
    )
    for sizes in ({"D": 8, "N": 4, "k": 3}, {"D": 4, "N": 2, "k": 2}, {"D": 3, "N": 5, "k": 1}):
        most = run_count(kernel(**sizes), "mult_adds")
        saved = [w for w in range(1, 11) if run_count(bottleneck(**sizes, d=w), "mult_adds") < most]
        said = [w for w in range(1, 11) if w < pays(**{k: sympy.Integer(v) for k, v in sizes.items()})]
        yield measured(f"{named(sizes)}, widths that save, of 1 to 10", said, saved)
    most = total_counted(placed(inception(), 192, 28), "mult_adds")
    widths = range(150, 160)
    saved = [w for w in widths if total_counted(placed(inception(w), 192, 28), "mult_adds") < most]
    said = [w for w in widths if w < pays(*map(sympy.Integer, (192, 32, 5)))]
    yield measured("192 to 32 maps, 5 x 5, widths that save, of 150 to 159", said, saved)


# --- fully connected -------------------------------------------------------------------------------


def all_pairs(D: int, N: int, H: int, W: int) -> Operator:
    """A 1 x 1 convolution by a full connection table."""
    return connected([[1] * D] * N, (H, W), 1, name="pointwise")


# --- pooling -------------------------------------------------------------------------------------

IMAGES = [{"D": 2, "H": 2, "W": 2}, {"D": 3, "H": 4, "W": 2}]


def image(D: int, H: int, W: int) -> dict[str, tuple[int, ...]]:
    """An input; of 2, 4, 8 pixels, so that floats divide exactly."""
    return {"x": (D, H, W)}


def average(x: Array) -> Array:
    """The mean of each channel."""
    return np.array([[[sum(channel.reshape(-1).tolist()) / channel.size]] for channel in x])


def as_box(x: Array, D: int, H: int, W: int) -> Array:
    """A depthwise convolution as large as the image, every weight 1/(H W)."""
    one = sympy.Integer(1) if x.dtype == object else 1
    return run(depthwise(D, (H, W), (H, W)), x, depthwise=np.full((D, 1, H, W), one / (H * W)))


def keeps_the_size() -> Iterator[Finding]:
    """Does an image of any size keep it? Some sizes are kept with a stride or padding too, not all."""
    n, every = symbol("n"), list(range(1, 8))
    for at in grid(s=(1, 2, 3), p=(0, 1)):
        inside = at["s"] == 1 and at["p"] == 0
        layers = [conv(1, 1, size, 1, stride=at["s"], padding=at["p"]) for size in (n, *every)]
        yield derived(f"{named(at)}, n pixels", n, layers[0].output_size[0], inside=inside)
        yield measured(
            f"{named(at)}, 1 to 7 pixels", every, [first_size(one) for one in layers[1:]], inside=inside
        )


JUDGES: dict[str, Judge] = {
    "S04-01": several(
        maps(lambda D, N, H, W: (D, H, W), lambda D, N, H, W: (N, H, W), one_by_one, SIZES),
        maps(
            lambda D, H, W: (D, H, W),
            lambda D, H, W: (1, H, W),
            lambda D, H, W: pointwise(D, 1, (H, W)),
            [{"D": 3, "H": 4, "W": 5}],
        ),
    ),
    "S04-02": several(
        amount(200, lambda D: pointwise(D, 1, (2, 2)), "parameters", D=200),
        maps(
            lambda H, W: (200, H, W),
            lambda H, W: (1, H, W),
            lambda H, W: pointwise(200, 1, (H, W)),
            [{"H": 2, "W": 3}],
        ),
    ),
    "S04-03": several(
        outputs(lambda x, pointwise, **sizes: per_pixel(x, pointwise[:, :, 0, 0]), one_by_one, SIZES),
        identity("pointwise"),
    ),
    "S04-04": outputs(
        lambda x, pointwise, **sizes: pointwise[0, 0, 0, 0] * x,
        lambda H, W: pointwise(1, 1, (H, W)),
        [{"H": 2, "W": 2}, {"H": 3, "W": 5}],
    ),
    "S04-05": several(
        count(lambda D, N, H, W: H * W * D * N, one_by_one, SIZES),
        parameters(lambda D, N, H, W: D * N, one_by_one, SIZES),
        amount(9600, one_by_one, D=3, N=128, H=5, W=5),
    ),
    "S04-06": agree(
        perceptron,
        mlpconv,
        mlp_shapes,
        [{"D": 1, "M": 2, "N": 1, "n": 3, "m": 2}, {"D": 2, "M": 3, "N": 2, "n": 5, "m": 3}],
    ),
    "S04-07": several(
        agree(as_one, stacked, stack_shapes, STACKS),
        agree(as_one, stacked_rectified, stack_shapes, STACKS, differ=True),
    ),
    "S04-08": embedding,
    "S04-09": several(
        network_cost(120_422_400, *inception()),
        network_cost(12_443_648, *inception(16)),
        a_tenth,
    ),
    "S04-10": several(
        outputs(
            lambda x, weight, N, **sizes: (weight.reshape(N, -1) @ x.reshape(-1)).reshape(N, 1, 1),
            lambda D, N, H, W: conv(D, N, (H, W), (H, W)),
            [{"D": 2, "N": 2, "H": 2, "W": 2}, {"D": 3, "N": 4, "H": 3, "W": 2}],
        ),
        same_operator(
            all_pairs,
            one_by_one,
            SIZES[1:],
            symbols_at=SIZES[:1],
            carry=lambda weights, **sizes: {"pointwise": weights["pointwise"].reshape(-1, 1, 1, 1)},
        ),
        # the same weights on a larger image: a map
        positions((5, 3), lambda H, W: conv(2, 3, (H, W), (3, 3)), H=7, W=5),
    ),
    "S04-11": several(
        agree(lambda x, **sizes: average(x), as_box, image, IMAGES),
        agree(
            lambda x, D, H, W: run(average_pool(D, (H, W), (H, W)), x),
            as_box,
            image,
            IMAGES,
        ),
        amount(0, lambda D, H, W: average_pool(D, (H, W), (H, W)), "parameters", D=3, H=4, W=4),
    ),
    "S04-12": keeps_the_size,
    "S04-13": break_even,
}
