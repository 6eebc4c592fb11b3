"""Filters of rank one: which they are, how many, and what a single product of 1-D filters loses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import flattened, spatially_separable
from convalgebra.claims.claim import Finding, derived, measured, named
from convalgebra.claims.forms.functions import beside, run, symbolic, symbols
from convalgebra.claims.forms.kernels import (
    freedom_in_integers,
    freedom_in_symbols,
    slice_ranks,
    what_products_satisfy,
)
from convalgebra.operators.base import Operator
from convalgebra.properties.separation import separate
from convalgebra.weights import Array

SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
LAPLACIAN = ((0, 1, 0), (1, -4, 1), (0, 1, 0))


def one_filter(C: Any, Y: Any, X: Any) -> Operator:
    """One flattened filter on an image with room for two places along each axis."""
    return flattened(C, 1, (Y + 1, X + 1), (Y, X))


def one_full_filter(C: Any, Y: Any, X: Any) -> Operator:
    """One 3-D filter on the same image."""
    return conv(C, 1, (Y + 1, X + 1), (Y, X))


def kernel_of(alpha: Array, beta: Array, gamma: Array) -> Array:
    """Return the filter that three 1-D filters make: the only row of their matrix on an image as large."""
    C, Y, X = len(alpha), len(beta), len(gamma)
    weights = {
        "lateral": alpha.reshape(1, C, 1, 1),
        "vertical": beta.reshape(1, 1, Y, 1),
        "horizontal": gamma.reshape(1, 1, 1, X),
    }
    layer = flattened(C, 1, (Y, X), (Y, X))
    row = symbolic(layer, weights) if alpha.dtype == object else layer.matrix(weights).toarray()
    return np.asarray(row).reshape(C, Y, X)


def unfoldings(filters: Array) -> list[Array]:
    """Return the three unfoldings of each 3-D filter: one axis by the two others."""
    return [
        np.moveaxis(filters, a, -3).reshape(*filters.shape[:-3], filters.shape[a], -1) for a in (-3, -2, -1)
    ]


def split_exactly_if_rank_one() -> Iterator[Finding]:
    """A filter whose unfoldings have rank 1 is split; one that is split has such unfoldings."""
    a, b, g = symbols("a", (3,)), symbols("b", (2,)), symbols("g", (2,))
    made = kernel_of(a, b, g)
    ranks = [slice_ranks(unfolded[:, None])[0] for unfolded in unfoldings(made)]
    yield derived("the ranks of the unfoldings of a flattened filter", [1, 1, 1], ranks)
    corner = made[0, 0, 0]
    again = kernel_of(made[:, 0, 0], made[0, :, 0] / corner, made[0, 0, :] / corner)
    yield derived("split at its first entry and put together", *beside(made, again))
    every = np.array(list(product((0, 1), repeat=8))).reshape(-1, 2, 2, 2)
    ranked = [np.linalg.matrix_rank(unfolded.astype(float)) for unfolded in unfoldings(every)]
    rank_one = {tuple(f.reshape(-1)) for f, *r in zip(every, *ranked, strict=True) if max(r) <= 1}
    pairs = [np.array(v) for v in product((0, 1), repeat=2)]
    split = {tuple(kernel_of(*three).reshape(-1)) for three in product(pairs, repeat=3)}
    one, other = (sorted("".join(map(str, f)) for f in found) for found in (rank_one, split))
    at = "all 256 filters of 2 x 2 x 2 zeros and ones, those of rank one and those that are split"
    yield measured(at, (len(one), one[-1], []), (len(other), other[-1], sorted(set(one) ^ set(other))))


# --- how many filters have rank one ----------------------------------------------------------------


def excludes() -> Iterator[Finding]:
    """Rank one leaves out filters: fewer ways to move than all filters have."""
    for sizes in ((3, 3, 3), (2, 2, 1), (1, 3, 2), (4, 1, 1), (1, 1, 3)):
        point = dict(zip(("C", "Y", "X"), sizes, strict=True))
        inside = sum(n > 1 for n in sizes) >= 2
        for finding, ways in ((derived, freedom_in_symbols), (measured, freedom_in_integers)):
            one, every = ways(one_filter(**point)), ways(one_full_filter(**point))
            found = "fewer" if one < every else "as many"
            yield finding(f"{named(point)}, {one} of {every}", "fewer", found, inside=inside)


def sum_of_split(x: Array, weight: Array, C: int, Y: int, X: int, **sizes: int) -> Array:
    """The sum of as many flattened filters as is claimed: min(XY, XC, YC)."""
    layer = flattened(C, 1, x.shape[1:], (Y, X))
    terms = one_by_one(weight[0])[: min(X * Y, X * C, Y * C)]
    runs = [run(layer, x, lateral=a, vertical=b, horizontal=g) for a, b, g in terms]
    return reduce(lambda one, other: one + other, runs)


def one_by_one(filter_: Array) -> list[tuple[Array, Array, Array]]:
    """Return 1-D filters whose products add up to a filter: its lines along the longest axis."""
    long = int(np.argmax(filter_.shape))
    found = []
    for at in product(*(range(1 if a == long else n) for a, n in enumerate(filter_.shape))):
        lines = [np.eye(n, dtype=int)[at[a]] for a, n in enumerate(filter_.shape)]
        lines[long] = filter_[tuple(slice(None) if a == long else i for a, i in enumerate(at))]
        a, b, g = lines
        found.append((a.reshape(1, -1, 1, 1), b.reshape(1, 1, -1, 1), g.reshape(1, 1, 1, -1)))
    return found


# --- one kernel by a column and a row ------------------------------------------------------------------


KERNELS = (
    ("Sobel", np.array(SOBEL), True),
    ("Laplacian", np.array(LAPLACIAN), False),
    ("identity of 2", np.eye(2, dtype=int), False),
)


def built(column: Any, row: Any) -> Array:
    """Return the kernel of a vertical and a horizontal pass."""
    vertical, horizontal = np.reshape(column, (1, 1, -1, 1)), np.reshape(row, (1, 1, 1, -1))
    size = (vertical.size, horizontal.size)
    layer = spatially_separable(1, 1, size, size)
    matrix = layer.matrix({"vertical": vertical, "horizontal": horizontal})
    return np.asarray(matrix.toarray().reshape(size))


def by_one_product() -> Iterator[Finding]:
    """A spatial filter is what a column and a row build: exactly, only if its rank is one."""
    a, b, c, d = sympy.symbols("a b c d")
    yield derived("what filters of a column and a row satisfy", [a * d - b * c], what_products_satisfy())
    for name, kernel, inside in KERNELS:
        yield derived(f"{name}, rank", 1, sympy.Matrix(kernel).rank(), inside=inside)
        parts = [built(*term) for term in separate(kernel).terms]
        at = f"{name}, by a column and a row"
        yield measured(at, kernel.tolist(), parts[0].tolist(), inside=inside)
        at = f"{name}, by a sum of {len(parts)}"
        yield measured(at, kernel.tolist(), np.sum(parts, axis=0).tolist(), right=True)


SPECTRA = (
    ("identity of 3", np.eye(3, dtype=int)),
    ("diagonal 2, 1, 1", np.diag((2, 1, 1))),
    ("diagonal 4, 1, 1", np.diag((4, 1, 1))),
    ("diagonal 5, 1, 1", np.diag((5, 1, 1))),
    ("rows 0 2 1, 1 0 2, 2 1 0", np.array(((0, 2, 1), (1, 0, 2), (2, 1, 0)))),
    ("rows 1 2 0, 0 1 2, 1 0 1", np.array(((1, 2, 0), (0, 1, 2), (1, 0, 1)))),
    ("Sobel", np.array(SOBEL)),
    ("Laplacian", np.array(LAPLACIAN)),
)


def spread(kernel: Array) -> bool:
    """Say whether the squares of the other singular values are over a ninth of that of the largest."""
    largest, *others = np.linalg.svd(kernel, compute_uv=False) ** 2
    return bool(9 * sum(others) > largest * (1 + 1e-9))  # rounding must not make a ninth more than one


def lost_energy() -> Iterator[Finding]:
    """A single product loses the energy outside the leading singular value: more than a tenth?"""
    for name, kernel in SPECTRA:
        by_values, fitted, inside = outside_the_leading(kernel), closest_product(kernel), spread(kernel)
        yield measured(f"{name}, lost of the energy", f"{by_values:.4f}", f"{fitted:.4f}")
        for finding, share in ((derived, by_values), (measured, fitted)):
            found = "more than a tenth" if share > 0.1 else f"{share:.1%}"
            yield finding(f"{name}, lost", "more than a tenth", found, inside=inside)


def outside_the_leading(kernel: Array) -> float:
    """Return the share of all but the largest squared singular value, from the exact ones."""
    matrix = sympy.Matrix(kernel)
    values = (matrix.T * matrix).eigenvals()
    squares = [sympy.re(v) for v, times in values.items() for _ in range(times)]
    return float(1 - max(squares, key=sympy.N) / sum(squares))


def closest_product(kernel: Array) -> float:
    """Return the share that the closest column times row leaves: fitted in turns, from several starts."""
    left = []
    for column in np.eye(len(kernel)) + 0.1:
        for _ in range(100):
            row = kernel.T @ column / (column @ column)
            column = kernel @ row / (row @ row)  # noqa: PLW2901
        left.append(((built(column, row) - kernel) ** 2).sum() / (kernel**2).sum())
    return float(min(left))
