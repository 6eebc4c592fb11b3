"""Claims about a network on several machines: what each holds, what they exchange, whose gradient it is."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.grouped import grouped
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured
from convalgebra.claims.forms.counts import both_roads
from convalgebra.claims.forms.functions import symbolic, symbols
from convalgebra.claims.forms.networks import Placed, counted
from convalgebra.claims.forms.values import value
from convalgebra.counting.measured import weights_seen
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.operators.onweight import OnWeight
from convalgebra.proofs import as_formula
from convalgebra.sizes import symbol
from convalgebra.weights import Array

# --- one path of a grouped layer on each machine ----------------------------------------------------


def layer(channels: Any, filters: Any, groups: int) -> Conv:
    """Return a grouped layer; ``channels`` and ``filters`` are those of a group."""
    return grouped(groups * channels, groups * filters, (5,), 3, groups=groups)


def path(op: Conv) -> Operator:
    """Return what one machine of several has: a group."""
    return op.blocks().operators[0]


def shares(says: list[Any], groups: int) -> Judge:
    """Return the judge of what a path holds: of the layer's weights, of its maps, of ungrouped weights."""

    def of(weights: Any, maps: Any) -> Any:
        def parts(op: Conv) -> list[Any]:
            dense = conv(op.in_channels, op.out_channels, (5,), 3)
            one, whole, full = (as_formula(weights(x)) for x in (path(op), op, dense))
            held = as_formula(maps(path(op))) / maps(op)
            return [sympy.cancel(share) for share in (one / whole, held, one / full)]

        return parts

    return both_roads(
        lambda a, b: says,
        lambda a, b: layer(a, b, groups),
        list(grid(a=(1, 3), b=(2, 3))),
        of(lambda op: op.parameters, lambda op: sum(op.shape)),
        of(weights_seen, stored_maps),
    )


def stored_maps(op: Operator) -> int:
    """Return the values that a layer reads and writes: the sides of its matrix."""
    shapes = op.numeric_weight_shapes()
    return sum(op.matrix({name: np.ones(shape, np.int8) for name, shape in shapes.items()}).shape)


def images_that_fit(groups: int, **options: Any) -> Judge:
    """Return the judge of a claim that more images fit when each machine has one path of a layer."""
    sizes, memory = {"a": 2, "b": 3}, symbol("M")

    def more(room: Any, weights: Any, maps: Any, op: Conv) -> Any:
        of_one, of_all = ((room - as_formula(weights(x))) / as_formula(maps(x)) for x in (path(op), op))
        return sympy.simplify(of_one - of_all)

    def word(difference: Any) -> str:
        return "more" if difference.is_positive else "as many"

    op = layer(symbol("a"), symbol("b"), groups)
    return value(
        f"images in a memory of M values, {groups} path{'s' if groups > 1 else ''}",
        "more",
        lambda: word(more(memory, lambda x: x.parameters, lambda x: sum(x.shape), op)),
        lambda: word(more(1000, weights_seen, stored_maps, op.subs(sizes))),
        **options,
    )


# --- what is exchanged -----------------------------------------------------------------------------


def exchanged(said: tuple[int, int], here: Placed, batch: int) -> Judge:
    """Return the judge of the values that a layer exchanges: maps for a batch, or weights."""
    found = both_exchanges(here, batch)
    at = f"{here.layer.name}, batch {batch}: maps read, weights"
    return value(at, said, lambda: found()[0], lambda: found()[1])


def models_are_cheaper(here: Placed, batch: int, **options: Any) -> Judge:
    """Return the judge of a claim that to exchange the maps of a batch is less than the weights."""

    def judge() -> Iterator[Finding]:
        for finding, (maps, weights) in zip(
            (derived, measured), both_exchanges(here, batch)(), strict=True
        ):
            found = "maps" if maps < weights else "weights"
            at = f"{here.layer.name}, batch {batch}: the fewer of {maps} of maps, {weights} weights"
            yield finding(at, "maps", found, **options)

    return judge


def both_exchanges(here: Placed, batch: int) -> Any:
    """Return the function that yields maps and weights, by the structure and as counted."""

    def found() -> tuple[tuple[int, int], tuple[int, int]]:
        op, seen = here.operator, counted(here)
        return (batch * op.shape[1], op.parameters), (batch * seen.inputs, seen.parameters)

    return found


# --- the gradient of a batch -------------------------------------------------------------------------

LINE = conv(1, 1, 3, 2)  # a layer of two weights on three inputs, two outputs


def by_parts(x: Array, t: Array, w: Array, workers: int) -> list[Any]:
    """Return the mean over the workers of their gradients, X^T (X w - t) of each of their examples."""
    means = []
    for own, targets in zip(np.split(x, workers), np.split(t, workers), strict=True):
        grads = [on_weight(a).T @ (on_weight(a) @ w - b) for a, b in zip(own, targets, strict=True)]
        means.append([_over(g, len(own)) for g in sum(grads)])
    return [_over(sum(column), workers) for column in zip(*means, strict=True)]


def on_weight(x: Array) -> Any:
    """Return the matrix that takes the weights to the outputs, of numbers or symbols."""
    if x.dtype == object:
        return symbolic(OnWeight(LINE), {"x": x})
    return LINE.on_weight(x).toarray().astype(object)


def _over(total: Any, count: int) -> Any:
    return total / count if isinstance(total, sympy.Expr) else Fraction(total) / count


def loss(x: Array, t: Array, w: Array) -> Any:
    """Return twice the loss, added over the examples: the squares of the outputs less the targets."""
    if w.dtype == object:
        outputs = [symbolic(LINE, {"weight": w.reshape(1, 1, 2)}) @ a.ravel() for a in x]
    else:
        outputs = [LINE.matrix(w.reshape(1, 1, 2)) @ a.ravel() for a in x]
    return sum(((a - b) ** 2).sum() for a, b in zip(outputs, t, strict=True))


def slope(x: Array, t: Array, w: Array) -> list[Any]:
    """Return the gradient of the mean loss: by differentiating, of numbers by differences, exact here."""
    if w.dtype == object:
        return [sympy.diff(loss(x, t, w), weight) / (2 * len(x)) for weight in w]
    steps = np.eye(2, dtype=np.int64)
    rises = [int(loss(x, t, w + step) - loss(x, t, w - step)) for step in steps]
    return [Fraction(rise, 4 * len(x)) for rise in rises]


def gradients() -> Iterator[Finding]:
    """Yield whether the step of several workers, a few examples each, is that of the whole batch."""
    rng = np.random.default_rng(3)
    drawn = [rng.integers(-4, 5, shape) for shape in ((16, 1, 3), (16, 2), (2,))]
    named = [symbols("x", (4, 1, 3)), symbols("t", (4, 2)), symbols("w", (2,))]
    for finding, (x, t, w), workers in ((derived, named, 2), (measured, drawn, 8)):
        batch, mean = slope(x, t, w), by_parts(x, t, w, workers)
        apart = [sympy.expand(sympy.sympify(a - b)) for a, b in zip(batch, mean, strict=True)]
        at = f"{workers} workers with {len(x) // workers} examples each, beside the batch of {len(x)}"
        yield finding(at, "another step", "another step" if any(apart) else "the same step")
        yield finding("gradient of the batch less the mean of the workers'", [0, 0], apart, right=True)
