"""What is done to each value by itself, and to several values of one place."""

from __future__ import annotations

from convalgebra.errors import ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.norms import by_channel
from convalgebra.networks.kinds.seen import (
    Effect,
    Seen,
    UnsupportedError,
    broadcast,
    listed,
    normal_axis,
    repeated,
)
from convalgebra.proofs import Size
from convalgebra.sizes import product


def activation(seen: Seen) -> Effect:
    """Relu, Clip, Sigmoid, Softmax, ...: no weights, no multiplication of a weight."""
    return Effect((seen.shape(0),), "other")


def prelu(seen: Seen) -> Effect:
    """PRelu: a slope for each channel, one multiplication for each value at most."""
    counted = repeated(by_channel(seen.image(0, least=1)), seen.copies())
    return Effect((seen.shape(0),), "other", counted=counted, held={"other": (1,)})


def add(seen: Seen) -> Effect:
    """Add, Sum, Sub: additions for each value; a constant that is added or taken away is a bias."""
    shapes = aligned(seen)
    shape, conditions = broadcast(shapes)
    each = _each(seen, shape)
    held = _weights(seen) if seen.node.op_type in ("Add", "Sub") else ()
    additions = (len(shapes) - 1) * each
    roles = {"bias": held} if held else {}
    return Effect((shape,), "other", held=roles, additions=additions, conditions=conditions)


def multiply(seen: Seen) -> Effect:
    """Mul: by a constant it scales; of two activations it is one product for each value."""
    shape, conditions = broadcast(aligned(seen))
    held = _weights(seen)
    counted = None
    if len(shape) > 1 and len(seen.shapes) > 1:
        each = _each(seen, shape)
        counted = by_channel(shape[1:] if each == product(shape[1:]) else (each,))
    roles = {"other": held} if held else {}
    return Effect((shape,), "other", counted=counted, held=roles, conditions=conditions)


def several(seen: Seen) -> Effect:
    """Div, Pow, Max, Where, ...: shapes as numpy's, no multiplication; what Div divides by is a scale."""
    shape, conditions = broadcast(aligned(seen))
    held = _weights(seen) if seen.node.op_type == "Div" else ()
    return Effect((shape,), "other", held={"other": held} if held else {}, conditions=conditions)


def _each(seen: Seen, shape: Shape) -> Size:
    """Return how many values belong to one image; what is the same for all images belongs to each."""
    try:
        return seen.for_one_image(shape)
    except UnsupportedError:
        if shape and shape[0] != 1:
            raise
        return product(shape[1:])


def aligned(seen: Seen) -> tuple[Shape, ...]:
    """Return the shapes of the inputs as numpy's rules read them.

    Before operator set 7 the second of two stood at an ``axis`` of the first, if ``broadcast`` was set, and
    had to fit there: ones after it say the same. Raises ``ShapeError`` where it reaches beyond the first.

    >>> from convalgebra.networks.graph import Node
    >>> old = Node("s", "Add", ("x", "b"), ("y",), {"broadcast": 1, "axis": 1})
    >>> aligned(Seen(old, ((1, 8, 7, 7), (8,))))
    ((1, 8, 7, 7), (8, 1, 1))
    """
    shapes = tuple(shape for shape in seen.shapes if shape is not None)
    if len(shapes) != 2 or not seen.attribute("broadcast", 0):
        return shapes
    first, second = shapes
    rank = len(first)
    at = seen.attribute("axis")
    start = rank - len(second) if at is None else normal_axis(at, rank or 1)
    after = rank - start - len(second)
    if start < 0 or after < 0:
        raise ShapeError(f"shape {listed(second)} does not fit into {listed(first)} at axis {start}")
    return first, (*second, *(1,) * after)


def _weights(seen: Seen) -> tuple[int, ...]:
    """Return the inputs that are parameters: PyTorch tells, in ONNX constants of more than one value.

    There a single value may be learnt or a plain number, and nobody can tell; but ``biases.with_biases``
    knows the bias of a product that has a single output.
    """
    places = [place for place in range(len(seen.shapes)) if seen.has(place)]
    return tuple(place for place in places if seen.is_parameter(place, product(seen.shape(place)) != 1))
