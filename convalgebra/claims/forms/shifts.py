"""Claims about what a shift of the input does to the output: nothing, or a shift of the output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from convalgebra.claims.claim import Finding, Judge, Road, named
from convalgebra.claims.forms.counts import always
from convalgebra.claims.forms.functions import beside, symbolic, symbols
from convalgebra.operators.base import Operator
from convalgebra.weights import Array

Make = Callable[..., Operator]


def moved(shape: tuple[int, ...], axis: int, step: int) -> Array:
    """Return the matrix that turns images of a shape by ``step`` along an axis, as on a ring.

    >>> moved((3,), 0, 1) @ [1, 2, 3]
    array([3, 1, 2])
    """
    size = int(np.prod(shape))
    return np.roll(np.eye(size, dtype=int).reshape(*shape, size), step, axis).reshape(size, size)


def matrix_of(layer: Operator, road: Road) -> Array:
    """Return the matrix of a layer: with a symbol for each weight, or with integers.

    >>> from convalgebra.catalogue.basic import conv
    >>> matrix_of(conv(1, 1, 3, 2), Road.DERIVATION).tolist()
    [[w_{0}, w_{1}, 0], [0, w_{0}, w_{1}]]
    """
    shapes = layer.numeric_weight_shapes()
    if road == Road.DERIVATION:
        return symbolic(layer, {name: symbols(name, shape) for name, shape in shapes.items()})
    rng = np.random.default_rng(7)
    weights = {name: rng.integers(1, 99, shape) for name, shape in shapes.items()}
    return np.asarray(layer.matrix(weights).toarray())


def shift(
    says: str,
    make: Make,
    points: Iterable[Mapping[str, Any]],
    *,
    met: Callable[..., bool] = always,
    right: bool = False,
) -> Judge:
    """Return the judge of a claim about an input that is turned along an axis of its shape.

    ``says`` is "the same output", or "the output turned": by ``step`` over the stride. A point has the
    ``axis`` and the ``step``; the rest of it are the sizes of ``make``.
    """
    places = [dict(point) for point in points]

    def judge() -> Iterator[Finding]:
        for road in Road:
            for point in places:
                sizes = {name: value for name, value in point.items() if name not in ("axis", "step")}
                layer, axis, step = make(**sizes), point["axis"], point["step"]
                inputs, outputs = (tuple(map(int, s)) for s in (layer.input_shape, layer.output_shape))
                matrix = matrix_of(layer, road)
                turned = moved(outputs, axis, step * outputs[axis] // inputs[axis]) @ matrix
                said = turned if says == "the output turned" else matrix
                one, other = beside(said, matrix @ moved(inputs, axis, step))
                yield Finding(road, f"{says}, {named(point)}", one, other, met(**sizes), right)

    return judge
