"""The context module of Yu and Koltun, arXiv:1511.07122, when it begins as an identity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.cheap import pointwise
from convalgebra.claims.claim import Finding, derived, measured
from convalgebra.claims.forms.functions import beside, run, symbols
from convalgebra.claims.forms.networks import context_module, placed
from convalgebra.sizes import symbol
from convalgebra.weights import Array

ONE = context_module(*[1] * 8)


LARGE = (2, 2, 4, 8, 16, 32, 32, 1)  # its widths over C


def identity_weight(channels: int, kernel: int) -> Array:
    """Return k^b(t, a), shape (b, a, t): 1 where t is the centre and a is b."""
    b, a, t = np.indices((channels, channels, kernel))
    return np.where((t == kernel // 2) & (a == b), 1, 0)


def passes_on() -> Iterator[Finding]:
    """Yield what the layers of the module do when they begin as identities."""
    N, d, i = symbol("N"), symbol("d"), symbol("i")
    centre = Axis(N, 3, lo=d, hi=d, dilation=d)
    yield derived("input that the centre tap reads at output i, any dilation", i, centre.reads(i, 1))
    yield derived("outputs of N inputs", N, centre.outputs)
    layers = placed(context_module(*[2] * 8), 2, 5, axes=1)
    x = symbols("x", (2, 5))
    for here in {here.layer.dilation: here for here in layers}.values():
        kept = run(here.operator.expand(), x, **{here.layer.name: identity_weight(2, here.layer.kernel)})
        yield derived(f"output for x, dilation {here.layer.dilation}", *beside(x, kept))
    image = np.arange(10).reshape(2, 5)
    kept = image
    for here in layers:
        weight = identity_weight(2, here.layer.kernel)
        kept = np.maximum(run(here.operator, kept, **{here.layer.name: weight}), 0)
        yield measured(
            f"output of {here.layer.name} for an image that is not negative", *beside(image, kept)
        )


def group_weight(before: int, after: int, maps: int, kernel: int) -> Array:
    """Return k^b(t, a): C/c_{i+1} where t is the centre and a and b are of one group of C."""
    b, a, t = np.indices((after, before, kernel))
    together = a * maps // before == b * maps // after
    return np.where((t == kernel // 2) & together, maps / after, 0)


def large_passes_on() -> Iterator[Finding]:
    """Yield what the large module does when it begins as it says; C/c_{i+1} are powers of 2, so exact."""
    maps = 2
    layers = placed(context_module(*(maps * width for width in LARGE)), maps, 3, axes=1)
    x, image = symbols("x", (maps, 1)), np.arange(1, 7).reshape(maps, 3)
    flat, seen = x, image.astype(float)
    for here in layers:
        before, after = int(here.in_channels), int(here.out_channels)
        weight = group_weight(before, after, maps, here.layer.kernel)
        centre = np.vectorize(sympy.Rational, otypes=[object])(weight[:, :, here.layer.kernel // 2, None])
        flat = run(pointwise(before, after, 1, name="mix"), flat, mix=centre)
        seen = np.maximum(run(here.operator, seen, **{here.layer.name: weight}), 0)
        groups = flat.reshape(maps, -1).sum(axis=1).tolist()
        yield derived(f"sums of the groups after {here.layer.name}", x.ravel().tolist(), groups)
        kept = seen.reshape(maps, -1, 3).sum(axis=1)
        yield measured(f"sums of the groups after {here.layer.name}", *beside(image, kept))
    yield derived("output for x", *beside(x, flat))
    yield measured("output for an image that is not negative", *beside(image, seen))
