"""Claims about which kernels a factorised convolution can have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product as grid
from typing import Any

import numpy as np
import sympy
from sympy.polys.matrices import DomainMatrix

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise_separable, spatially_separable
from convalgebra.claims.claim import Finding, Judge, derived, measured, named
from convalgebra.claims.forms.counts import Make, Sizes, always
from convalgebra.operators.base import Operator
from convalgebra.operators.symbolic import weight_symbols
from convalgebra.properties.separation import separate
from convalgebra.weights import Array

SAME_MAP, OTHER_MAP = "the same map", "another map"


def freedom(
    says: Callable[..., Any],
    make: Make,
    small: Iterable[Sizes],
    sizes: Iterable[Sizes],
    *,
    met: Callable[..., bool] = always,
    right: bool = False,
) -> Judge:
    """Return the judge of a claim about the degrees of freedom of an operator.

    In so many ways its matrix can move; they are the rank of the derivative of the matrix by the
    weights: over the field of all formulas in the weights for the derivation, at integer weights, by
    differences of matrices, for the measurement.
    """

    def judge() -> Iterator[Finding]:
        for point in small:
            found = freedom_in_symbols(make(**point))
            yield derived(
                f"{named(point)}, in symbols", says(**point), found, inside=met(**point), right=right
            )
        for point in sizes:
            yield measured(
                named(point),
                says(**point),
                freedom_in_integers(make(**point)),
                inside=met(**point),
                right=right,
            )

    return judge


def freedom_in_symbols(op: Operator) -> int:
    """Return the rank of the derivative of the matrix, exact for nearly all weights.

    >>> from convalgebra.catalogue.cheap import spatially_separable
    >>> freedom_in_symbols(spatially_separable(1, 1, (2, 2), 2))
    3
    """
    shapes = op.numeric_weight_shapes()
    weights = [w for name, shape in shapes.items() for w in weight_symbols(name, shape)]
    entries = sympy.Matrix(sorted(set(op.symbolic_matrix().todok().values()), key=str))
    return int(DomainMatrix.from_Matrix(entries.jacobian(weights)).to_field().rank())


def freedom_in_integers(op: Operator) -> int:
    """Return the rank of the derivative at integer weights: what one more of each weight changes.

    >>> from convalgebra.catalogue.cheap import spatially_separable
    >>> freedom_in_integers(spatially_separable(1, 1, (3, 3), 3))
    5
    """
    rng = np.random.default_rng(3)
    weights = {name: rng.integers(1, 30, shape) for name, shape in op.numeric_weight_shapes().items()}
    here = op.matrix(weights).toarray()
    changes = []
    for name, weight in weights.items():
        for at in np.ndindex(weight.shape):
            moved = weight.copy()
            moved[at] += 1  # each weight enters a product once: the difference is the derivative
            changes.append((op.matrix({**weights, name: moved}).toarray() - here).ravel())
    return int(np.linalg.matrix_rank(np.array(changes, float)))


# --- one kernel ------------------------------------------------------------------------------------


def outer_products(length: int, modulus: int) -> set[tuple[int, ...]]:
    """Return every kernel that is a column times a row, in numbers modulo a prime: all are tried.

    >>> len(outer_products(2, 2))
    10
    """
    vectors = list(grid(range(modulus), repeat=length))
    return {tuple(a * b % modulus for a in u for b in v) for u, v in grid(vectors, vectors)}


def what_products_satisfy() -> list[sympy.Expr]:
    """Return the equations that all 2 x 2 kernels (a, b, c, d) of a separable convolution satisfy.

    The weights are eliminated from the entries of the symbolic matrix by a Groebner basis.
    """
    op = spatially_separable(1, 1, (2, 2), 2)
    weights = [w for name, shape in op.numeric_weight_shapes().items() for w in weight_symbols(name, shape)]
    kernel = sympy.symbols("a b c d")
    equations = [k - entry for k, entry in zip(kernel, list(op.symbolic_matrix()), strict=True)]
    basis = sympy.groebner(equations, *weights, *kernel, order="lex")
    return [p for p in basis.exprs if not p.free_symbols & set(weights)]


def depthwise_factors(weight: Array) -> dict[str, Array]:
    """Return the depthwise and pointwise weights of a dense one, exact where its slices allow.

    The slice of an input channel is a matrix of output channels by taps; a column times a row of it are
    that channel's part of the pointwise weight and its depthwise kernel. Of a slice of higher rank only
    the first such product is taken, so that the factors are those of another kernel.
    """
    outs, ins, *kernel = weight.shape
    slices = [separate(weight[:, c].reshape(outs, -1).tolist()).terms[0] for c in range(ins)]
    pointwise = np.array([column for column, _ in slices], object).T
    depthwise = np.array([row for _, row in slices], object)
    return {
        "depthwise": depthwise.astype(float).reshape(ins, 1, *kernel),
        "pointwise": pointwise.astype(float).reshape(outs, ins, *[1] * len(kernel)),
    }


def slice_ranks(weight: sympy.NDimArray | Array) -> list[int]:
    """Return the rank of each input channel's slice, output channels by taps, for symbols or numbers.

    >>> slice_ranks(np.arange(8).reshape(2, 2, 2))
    [2, 2]
    """
    array = np.asarray(weight)
    outs, ins = array.shape[:2]
    slices = [sympy.Matrix(array[:, c].reshape(outs, -1).tolist()) for c in range(ins)]
    return [int(DomainMatrix.from_Matrix(part).to_field().rank()) for part in slices]


# --- the dense kernel of a depthwise separable layer ------------------------------------------------


def product_kernel(outs: int, ins: int, size: int) -> Any:
    """Return the dense kernel of two steps in symbols: one product of a weight of each for every entry."""
    op = depthwise_separable(ins, outs, (size, size), size)
    entries = np.array(op.symbolic_matrix().tolist(), object)
    return entries.reshape(outs, ins, size, size)


def free_kernel(outs: int, ins: int, size: int) -> Any:
    """Return a dense kernel with a symbol for each weight."""
    shape = (outs, ins, size, size)
    return np.array(weight_symbols("weight", shape), object).reshape(shape)


def drawn(*shape: int) -> Any:
    """Return small integers, the same each time."""
    return np.random.default_rng(8).integers(-5, 6, shape)


def split_and_run(weight: Any) -> str:
    """Say whether the two steps made from a dense kernel have the matrix of that kernel."""
    outs, ins, size, _ = weight.shape
    image = (ins, outs, (size + 1, size + 2), size)
    whole = conv(*image).matrix(weight).toarray()
    steps = depthwise_separable(*image).matrix(depthwise_factors(weight)).toarray()
    return SAME_MAP if (whole == steps).all() else OTHER_MAP


def by_rank(weight: Any, multiplier: int = 1) -> str:
    """Say whether two steps can have this dense kernel: the slices have at most the multiplier's rank."""
    return SAME_MAP if max(slice_ranks(weight)) <= multiplier else OTHER_MAP


def with_multiplier(weight: Any) -> str:
    """Run a dense kernel in two steps, one depthwise kernel for each tap of each channel."""
    outs, ins, size, _ = weight.shape
    image, taps = (ins, outs, (size + 1, size + 2), size), size * size
    given = {
        "depthwise": np.tile(np.eye(taps, dtype=int), (ins, 1)).reshape(ins * taps, 1, size, size),
        "pointwise": weight.reshape(outs, ins * taps, 1, 1),
    }
    steps = depthwise_separable(*image, multiplier=taps).matrix(given)
    return SAME_MAP if (steps != conv(*image).matrix(weight)).nnz == 0 else OTHER_MAP
