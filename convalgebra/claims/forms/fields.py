"""Claims about receptive fields: how far the inputs of one output reach, and which of them are read.

By derivation a field is that of the structure, for an image of any size; which inputs are read is the
polynomial of the taps. By measurement one output is pushed back through the matrices to the inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.counts import both_roads
from convalgebra.claims.forms.networks import Layer, chained, placed
from convalgebra.counting.measured import weights_seen
from convalgebra.errors import ArgumentError
from convalgebra.proofs import as_formula
from convalgebra.properties.receptive import receptive_field
from convalgebra.sizes import symbol
from convalgebra.weights import Array

Layers = tuple[Layer, ...]


def dilated(*rates: Any, kernel: int = 3, same: bool = False) -> Layers:
    """Return layers of one channel with these dilations; ``same`` pads them so that the size is kept."""
    pads = [rate * (kernel - 1) // 2 if same else 0 for rate in rates]
    rows = zip(rates, pads, strict=True)
    return tuple(Layer(f"layer{i}", 1, kernel, padding=p, dilation=d) for i, (d, p) in enumerate(rows, 1))


def told(layers: Layers) -> str:
    """Return layers as text.

    >>> told(dilated(1, 2))
    'dilations 1, 2'
    """
    rates = ", ".join(str(row.dilation) for row in layers if row.kernel != 1)
    points = [", 1 x 1" for row in layers if row.kernel == 1]
    return "".join([f"dilation{'s' if ', ' in rates else ''} {rates}", *points])


def extent(said: int, layers: Layers, **options: Any) -> Judge:
    """Return the judge of a claim that one output of the layers sees ``said`` x ``said`` inputs."""

    def judge() -> Iterator[Finding]:
        both = (said, said)
        yield derived(f"{told(layers)}, extent", both, seen_from(layers), **options)
        yield measured(f"{told(layers)}, extent", both, reach(footprint(layers)), **options)

    return judge


def coverage(said: int, layers: Layers, **options: Any) -> Judge:
    """Return the judge of a claim that one output of the layers reads ``said`` pixels of an image."""

    def judge() -> Iterator[Finding]:
        along = sum(1 for times in multiplicities(layers) if times)
        counted = int(np.count_nonzero(footprint(layers)))
        yield derived(f"{told(layers)}, pixels that are read", said, along**2, **options)
        yield measured(f"{told(layers)}, pixels that are read", said, counted, **options)

    return judge


def uses(said: list[int], layers: Layers, **options: Any) -> Judge:
    """Return the judge of a claim how often one output reads each input along an axis."""

    def judge() -> Iterator[Finding]:
        pushed = footprint(layers, axes=1).tolist()
        yield derived(f"{told(layers)}, times that each is read", said, multiplicities(layers), **options)
        yield measured(f"{told(layers)}, times that each is read", said, pushed, **options)

    return judge


# --- formulas, and growth with depth ---


def field_formula(says: Any, layers: Any, points: list[dict[str, Any]]) -> Judge:
    """Return the judge of a formula for the extent of a field along an axis."""
    return both_roads(
        says,
        layers,
        points,
        lambda rows: seen_from(rows, axes=1)[0],
        lambda rows: reach(footprint(rows, axes=1))[0],
    )


def by_depth(says: Any, base: int, depths: range) -> Judge:
    """Return the judge of the extent after a number of layers with dilations 1, base, base^2, ..."""

    def judge() -> Iterator[Finding]:
        i, j = sympy.Symbol("i", integer=True, positive=True), symbol("j")
        grows = receptive_field(conv(1, 1, "N", 3, dilation=base**j))[0] - 1
        found = 1 + sympy.summation(as_formula(grows).subs(j, i), (i, 0, symbol("n") - 1))
        yield derived("n layers, extent", says(symbol("n")), found)
        for depth in depths:
            yield from extent(says(depth), powers(base)(depth))()

    return judge


def weights_by_depth(says: Any, depths: range) -> Judge:
    """Return the judge of the number of weights of a number of 3 x 3 layers of one channel."""

    def judge() -> Iterator[Finding]:
        for depth in depths:
            layers = powers(2)(depth)
            chain = chained(placed(layers, 1, "N"))
            seen = sum(weights_seen(here.operator) for here in placed(layers, 1, 2 ** (depth + 1)))
            yield derived(f"weights, depth {depth}", says(depth), chain.parameters)
            yield measured(f"weights, depth {depth}", says(depth), seen)

    return judge


def powers(base: int) -> Any:
    """Return by depth the layers of dilations 1, base, base^2, ..."""
    return lambda depth: dilated(*(base**i for i in range(depth)))


def rates_of(said: list[int], layers: tuple[Layer, ...], **options: Any) -> Judge:
    """Return the judge of the dilations of 3 x 3 layers, seen in the extents of each alone."""

    def judge() -> Iterator[Finding]:
        at = f"dilations of {len(layers)} layers"
        spans = [seen_from((row,), axes=1)[0] for row in layers]
        yield derived(at, said, [(span - 1) // 2 for span in spans], **options)
        places = [np.flatnonzero(footprint((row,), axes=1)) for row in layers]
        yield measured(at, said, [int(at[1] - at[0]) for at in places], **options)

    return judge


def without_holes() -> Iterator[Finding]:
    """Yield where the condition for dense coverage, rates in rising order, is not what is found."""
    triples = [rates for rates in product(range(1, 6), repeat=3) if list(rates) == sorted(rates)]

    def dense(rates: tuple[int, ...]) -> bool:
        seen = 1
        for rate in rates:
            if rate > seen:
                return False
            seen += 2 * rate
        return True

    allowed = [rates for rates in triples if dense(rates)]
    by_taps = [rates for rates in triples if all(multiplicities(dilated(*rates)))]
    by_rows = [rates for rates in triples if footprint(dilated(*rates), axes=1).all()]
    for finding, found in ((derived, by_taps), (measured, by_rows)):
        yield finding("triples of rates up to 5 without holes", len(allowed), len(found))
        yield finding("those that differ from the condition", [], sorted({*allowed} ^ {*found}))


# --- by derivation -----------------------------------------------------------------------------------


def seen_from(layers: Layers, axes: int = 2) -> tuple[Any, ...]:
    """Return the receptive field of the structure, of layers that are not padded, on N x N images.

    >>> seen_from(dilated(1, 2, 4))
    (15, 15)
    """
    return receptive_field(chained(placed(unpadded(layers), layers[0].out_channels, "N", axes)))


def multiplicities(layers: Layers) -> list[int]:
    """Return how often one output reads each input along an axis: the coefficients of a polynomial.

    A layer has the polynomial of z to the inputs that its taps read; layers multiply, those behind a
    stride with z to the stride.

    >>> multiplicities(dilated(2, 2))
    [1, 0, 2, 0, 3, 0, 2, 0, 1]
    """
    z = sympy.Symbol("z")
    found = sympy.Poly(1, z)
    for row in reversed(unpadded(layers)):
        axis = Axis("N", row.kernel, row.stride, dilation=row.dilation)
        taps = sum(z ** axis.reads(0, tap) for tap in range(row.kernel))
        found = found.compose(sympy.Poly(z**row.stride, z)) * sympy.Poly(taps, z)
    return [int(c) for c in reversed(found.all_coeffs())]


def unpadded(layers: Layers) -> Layers:
    """Return the layers without their padding."""
    rows = (Layer(r.name, r.out_channels, r.kernel, r.stride, dilation=r.dilation) for r in layers)
    return tuple(rows)


# --- by measurement ----------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def footprint(layers: Layers, axes: int = 2) -> Array:
    """Return how often one output reads each input, on the smallest image that has an output.

    The image is found by trying; weights are ones.

    >>> footprint(dilated(2), axes=1).tolist()
    [1, 0, 1, 0, 1]
    """
    size = _smallest(unpadded(layers))
    network = placed(unpadded(layers), layers[0].out_channels, size, axes)
    written = chained(network).shape[0]
    row = np.zeros(int(written), np.int64)
    row[0] = 1
    for here in reversed(network):
        ones = {name: np.ones(shape, np.int64) for name, shape in here.operator.weight_shapes.items()}
        row = row @ here.operator.matrix(ones)
    pushed: Array = np.asarray(row).reshape((-1, *(size,) * axes))[0]
    return pushed


def _smallest(layers: Layers) -> int:
    for size in range(1, 1000):
        try:
            chained(placed(layers, layers[0].out_channels, size, axes=1))
        except ArgumentError:
            continue
        return size
    raise ArgumentError(f"layers={layers!r} have no output on images of up to 999")


def reach(read: Array) -> tuple[int, ...]:
    """Return how far the inputs that are read reach along each axis, from the first to the last.

    >>> reach(np.array([0, 1, 0, 1]))
    (3,)
    """
    return tuple(int(at.max() - at.min()) + 1 for at in np.nonzero(read))
