"""Weights that nodes make of others: their values are worked out when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Array, Shape, Tensor
from convalgebra.networks.kinds.seen import Effect, Seen, normal_axis
from convalgebra.sizes import as_size, number


def of_shape(seen: Seen) -> Effect:
    """ConstantOfShape: the shape is the input's values."""
    sizes = seen.value(0)
    if sizes is None:
        raise ArgumentError("the shape of this ConstantOfShape is not known before it runs")
    return Effect((tuple(as_size(n, "shape", least=0) for n in sizes.reshape(-1).tolist()),), "move")


def made(seen: Seen, shape: Shape, sources: list[Tensor | None]) -> Callable[[], Array] | None:
    """Return what works out the values of a constant of ``shape``, None where nothing here can.

    >>> from convalgebra.networks.graph import Node
    >>> turn = Seen(Node("t", "Transpose", ("w",), ("v",)), ((2, 3),), (True,))
    >>> values = made(turn, (3, 2), [Tensor("w", (2, 3), values=np.arange(6).reshape(2, 3))])
    >>> values().tolist()
    [[0, 3], [1, 4], [2, 5]]
    """
    op_type, first = seen.node.op_type, sources[0] if sources else None
    if op_type == "ConstantOfShape":
        given = seen.attribute("value")
        fill = np.zeros(1, np.float32) if given is None else _array(given).reshape(-1)
        return lambda: np.full([number(n, "shape") for n in shape], fill[0])
    if op_type == "Constant":
        value = seen.attribute("value")
        return None if value is None else lambda: _array(value)
    if first is None or first.values is None:
        return None
    if op_type == "DequantizeLinear":
        return _dequantised(seen, first, [s for s in sources[1:] if s is not None])
    return _of_one(seen, shape, first)


def _of_one(seen: Seen, shape: Shape, source: Tensor) -> Callable[[], Array] | None:
    match seen.node.op_type:
        case "Identity" | "Dropout":
            return source.array
        case "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze":
            return lambda: source.array().reshape([number(n, "shape") for n in shape])
        case "Transpose":
            return lambda: np.transpose(source.array(), seen.attribute("perm"))
    return None


def _dequantised(seen: Seen, source: Tensor, others: list[Tensor]) -> Callable[[], Array] | None:
    """Return the values (x - zero point) * scale, None where something of it is not known."""
    whole = seen.attribute("block_size", 0) == 0
    if not whole or not others or any(tensor.values is None for tensor in others):
        return None
    rank = len(source.shape)
    along = [1] * rank
    if any(len(tensor.shape) for tensor in others) and rank:
        along[normal_axis(seen.attribute("axis", 1), rank)] = -1

    def values() -> Array:
        scale, *zero = (np.asarray(tensor.array()) for tensor in others)
        scale, *zero = (a.reshape(along) if a.ndim else a for a in (scale, *zero))
        start = zero[0].astype(scale.dtype) if zero else 0
        return np.asarray((source.array().astype(scale.dtype) - start) * scale)

    return values


def _array(value: object) -> Array:
    return value.array() if isinstance(value, Tensor) else np.asarray(value)
