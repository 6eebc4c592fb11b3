"""Layers that do something to each value: sums of branches, constants added, factors, signs.

Each raises ``ArgumentError`` that names the layer where it is not linear.
"""

from __future__ import annotations

import numpy as np

from convalgebra.networks.graph import Array, Shape
from convalgebra.networks.kinds.norms import by_channel
from convalgebra.networks.linear.maps import Affine, handed_on, image_shape, shaped
from convalgebra.networks.linear.oneimage import OneImage, times
from convalgebra.networks.linear.weighted import plain
from convalgebra.operators.base import Operator
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.sizes import number, product, same_size

# Numbers of ONNX's types that hold fractions: float, float16, double, bfloat16.
_FLOATS = (1, 10, 11, 16)


def added(given: OneImage) -> Affine:
    """Add, Sum and Sub: branches are added, constants are an offset."""
    names = given.layer.nodes[0].inputs
    signs = [-1 if place and given.layer.op_type == "Sub" else 1 for place in range(len(names))]
    inputs, operators, constants = [], [], []
    shapes = dict(zip(given.layer.inputs, given.layer.input_shapes, strict=True))
    for name, sign in zip(names, signs, strict=True):
        if (tensor := given.layer.tensors.get(name)) is not None:
            values = given.for_one_image(tensor, given.layer.output_shapes[0] or ())
            constants.append(times(values, sign))
            continue
        inputs.append(name)
        spread = _spread(given, image_shape(shapes[name], given.layer.batch))
        operators.append(_negated(spread, given.out) if sign < 0 else spread)
    offset = (lambda: np.asarray(sum(values() for values in constants))) if constants else None
    return Affine(tuple(inputs), tuple(operators), given.out, offset=offset)


def _spread(given: OneImage, image: Shape) -> Operator | None:
    """Return the operator that repeats a value where it is broadcast; None where it is not."""
    if image == given.out or all(map(same_size, image, given.out)):
        return None if len(image) == len(given.out) else handed_on(image, given.out)
    padded = (1,) * (len(given.out) - len(image)) + image
    parts = tuple(
        Identity(n) if n != 1 or m == 1 else Gather(1, (0,) * number(m, "a size that is broadcast"))
        for n, m in zip(padded, given.out, strict=True)
    )
    return shaped(Kron(parts), image, given.out)


def negated(given: OneImage) -> Affine:
    """Neg: minus one for each value."""
    return Affine(given.one_input(), (_negated(None, given.out),), given.out)


def scaled(given: OneImage) -> Affine:
    """Mul and Div by a constant: a factor for each value, or each channel."""
    turned = given.layer.op_type == "Div"
    place = next((p for p in (0, 1) if given.constant(p) is not None), None)
    tensor = None if place is None else given.constant(place)
    if tensor is None or (turned and place == 0):
        raise given.error("is not linear")
    if turned and "int" in tensor.dtype:
        raise given.error("is not linear: it rounds")
    if given.shape_in() != given.out:
        raise given.error("is not known as an operator: it broadcasts what it scales")
    values = given.for_one_image(tensor, given.layer.output_shapes[0] or ())
    rank = len(given.layer.output_shapes[0] or ())
    each = (1,) * (rank - len(tensor.shape)) + tensor.shape
    uniform = all(n == 1 for n in each[2:]) and len(given.out) == rank - 1
    op = by_channel(given.out if uniform else (product(given.out),))
    (name, shape), *_ = op.weight_shapes.items()

    def weight() -> Array:
        found = values()
        found = found.reshape(found.shape[0], -1)[:, 0] if uniform else found.ravel()
        sizes = [number(n, "a channel") for n in shape]
        return np.asarray((1 / found if turned else found).reshape(sizes))

    return given.of_operator(op, {name: weight}, None)


def same(given: OneImage) -> Affine:
    """Cast and Dropout: the identity, where they neither round nor train."""
    if given.layer.op_type == "Cast" and given.attribute("to", 1) not in _FLOATS:
        raise given.error("is not linear: it rounds")
    training = given.constant(2) if given.layer.op_type == "Dropout" else None
    if training is not None and training.array().any():
        raise given.error("is not linear: it is training")
    return plain(given)


def _negated(op: Operator | None, image: Shape) -> Operator:
    minus = shaped(Kron((Identity(product(image)), Fixed(((-1,),)))), image, image)
    return minus if op is None else minus @ op
