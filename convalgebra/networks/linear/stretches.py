"""Layers that put stretches of an axis together, or take an axis apart.

Each raises ``ArgumentError`` that names the layer where it goes along the batch.
"""

from __future__ import annotations

import numpy as np

from convalgebra.axis import Axis
from convalgebra.networks.graph import Array
from convalgebra.networks.kinds.seen import normal_axis
from convalgebra.networks.linear.maps import Affine
from convalgebra.networks.linear.oneimage import OneImage
from convalgebra.operators.base import Operator
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection
from convalgebra.proofs import Size
from convalgebra.sizes import number


def concat(given: OneImage) -> Affine:
    """Concat: stacked along the first axis of the image; else each padded to the whole, and added."""
    names = given.layer.nodes[0].inputs
    whole = given.layer.output_shapes[0] or ()
    rank = len(whole)
    at = normal_axis(given.attribute("axis", 1), rank) - 1
    if at < 0 or len(given.out) != rank - 1:
        raise given.error("is not linear in one image: it goes along the batch")
    shapes = dict(zip(given.layer.inputs, given.layer.input_shapes, strict=True))
    if at == 0 and not any(name in given.layer.tensors for name in names):
        return Affine(names, (None,) * len(names), given.out, stacked=True)
    inputs, operators, constants = [], [], []
    start: Size = 0
    for name in names:
        tensor = given.layer.tensors.get(name)
        length = (tensor.shape if tensor is not None else shapes[name] or ())[at + 1]
        if tensor is not None:
            part = (*whole[: at + 1], length, *whole[at + 2 :])
            constants.append((start, length, given.for_one_image(tensor, part)))
        else:
            axis = Axis(length, 1, 1, start, given.out[at] - start - length)
            inputs.append(name)
            operators.append(_along(given, at, Selection(axis, 0)))
        start = start + length

    def offset() -> Array:
        found = np.zeros([number(n, "the image") for n in given.out], np.float32)
        for first, length, values in constants:
            place = slice(number(first, "concat"), number(first + length, "concat"))
            found[(slice(None),) * at + (place,)] = values()
        return found

    return Affine(tuple(inputs), tuple(operators), given.out, offset=offset if constants else None)


def split(given: OneImage) -> Affine:
    """Split: the stretch that the output is of its axis."""
    whole, rank = given.shape_in(), len(given.layer.input_shapes[0] or ())
    at = normal_axis(given.attribute("axis", 0), rank) - 1
    if at < 0 or len(whole) != rank - 1:
        raise given.error("is not linear in one image: it goes along the batch")
    lengths = [shape[at + 1] for shape in given.layer.output_shapes if shape is not None]
    place = given.layer.outputs.index(given.output)
    start = sum(lengths[:place], start=0)
    axis = Axis(whole[at], 1, 1, -start, start + lengths[place] - whole[at])
    return Affine(given.one_input(), (_along(given, at, Selection(axis, 0)),), given.out)


def _along(given: OneImage, at: int, op: Operator) -> Operator:
    parts = tuple(op if a == at else Identity(n) for a, n in enumerate(given.out))
    return Kron(parts) if len(parts) > 1 else op
