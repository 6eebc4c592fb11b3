"""A layer too large to draw, made smaller: fewer channels, a smaller image, the same kernel."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.networks.graph import Shape
from convalgebra.networks.layer import Layer
from convalgebra.networks.shapes import shape_text
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.operators.onaxis import OnAxis
from convalgebra.operators.permutations import Shuffle
from convalgebra.proofs import is_number

# Rows and columns of a matrix in which one still sees entries, and what stands for a name meanwhile.
LARGEST, _FOR_A_NAME = 1536, 6
# Channels of a group and outputs along an axis: the first that are few enough are shown.
_TRIED = ((6, 6), (4, 6), (3, 5), (2, 5), (2, 4), (2, 3), (1, 3), (1, 2))
_GROUPS = 3


@dataclass(frozen=True)
class Drawable:
    """An operator that can be drawn, and in ``said`` what of the layer is smaller in it; "" if nothing."""

    operator: Operator
    said: str = ""


def drawable(layer: Layer) -> Drawable:
    """Return the operator of a layer, with fewer channels and a smaller image where it is too large.

    Kernel, stride, padding, dilation and what the stride leaves over stay. Raises ``ArgumentError`` where
    the layer has no operator, or none that is small.

    >>> import convalgebra as ca
    >>> layers = [{"name": "c", "type": "conv", "out_channels": 256, "kernel_size": 3, "padding": 1}]
    >>> net = ca.read_layers({"input": [1, 512, 28, 28], "layers": layers})
    >>> print(drawable(net["c"]).said)
    layer c is shown smaller: in 512 x 28 x 28 as 6 x 6 x 6, out 256 x 28 x 28 as 6 x 6 x 6
    """
    op = layer.operator
    if op is None:
        raise ArgumentError(f"layer {layer.name!r} ({layer.op_type}) has no operator to look at")
    if _is_small(op):
        return Drawable(op)
    for channels, outputs in _TRIED:
        try:
            found = _smaller(op, channels, outputs)
            small = _is_small(found)
        except ConvalgebraError:  # what fits in the layer need not fit in what is made smaller
            continue
        if small and found != op:
            return Drawable(found, _said(layer, op, found))
    raise ArgumentError(
        f"layer {layer.name!r} ({layer.op_type}) has a matrix of {op.shape[0]} x {op.shape[1]}, too large "
        "to draw, and nothing smaller is known that is like it; read the network with a smaller input"
    )


def _is_small(op: Operator) -> bool:
    names = {s.name: _FOR_A_NAME for s in op.symbols}
    return max(op.subs(names).shape if names else op.shape) <= LARGEST


def _said(layer: Layer, op: Operator, found: Operator) -> str:
    pairs: dict[str, list[Shape]] = {
        "in": [op.input_shape, found.input_shape],
        "out": [op.output_shape, found.output_shape],
        "groups": [(one.groups,) for one in (_conv(op), _conv(found)) if one is not None],
    }
    told = [
        f"{word} {shape_text(shapes[0])} as {shape_text(shapes[1])}"
        for word, shapes in pairs.items()
        if len(shapes) == 2 and tuple(shapes[0]) != tuple(shapes[1])
    ]
    return f"layer {layer.name} is shown smaller: {', '.join(told)}"


def _conv(op: Operator) -> Conv | None:
    inside = op.operator if isinstance(op, Transposed) else op
    return inside if isinstance(inside, Conv) else None


# --- one operator --------------------------------------------------------------------------------


def _smaller(value: Any, channels: int, outputs: int) -> Any:
    """Return an operator, or what it is made of, with so many channels and outputs at the most."""
    match value:
        case tuple():
            found: Any = tuple(_smaller(part, channels, outputs) for part in value)
        case Conv():
            found = _smaller_conv(value, channels, outputs)
        case Identity():
            found = replace(value, size=_least(value.size, channels))
        case Dense():
            rows, columns = (_least(n, 2 * channels) for n in (value.rows, value.columns))
            found = replace(value, rows=rows, columns=columns)
        case Shuffle():
            found = _smaller_shuffle(value, channels)
        case OnAxis():
            found = replace(value, axis=_smaller_axis(value.axis, outputs))
        case Operator():
            parts = {f.name: getattr(value, f.name) for f in fields(value)}  # type: ignore[arg-type]
            changed = {n: _smaller(part, channels, outputs) for n, part in parts.items()}
            found = replace(value, **changed)  # type: ignore[type-var]
        case _:
            found = value
    return found


def _least(size: Any, most: int) -> Any:
    return min(size, most) if is_number(size) else size


def _smaller_conv(conv: Conv, channels: int, outputs: int) -> Conv:
    axes = tuple(_smaller_axis(axis, outputs) for axis in conv.axes)
    if not all(map(is_number, (conv.groups, conv.in_channels, conv.out_channels))):
        return replace(conv, axes=axes)
    groups = conv.groups if conv.groups == 1 else min(conv.groups, _GROUPS)
    each = channels if groups == 1 else max(channels // 2, 1)
    into, out = (min(n // conv.groups, each) * groups for n in (conv.in_channels, conv.out_channels))
    return replace(conv, in_channels=into, out_channels=out, groups=groups, axes=axes)


def _smaller_shuffle(shuffle: Any, channels: int) -> Any:
    if not (is_number(shuffle.size) and is_number(shuffle.groups)):
        return shuffle
    groups = min(shuffle.groups, channels)
    return replace(shuffle, size=groups * min(shuffle.size // shuffle.groups, channels), groups=groups)


def _smaller_axis(axis: Axis, outputs: int) -> Axis:
    """Return an axis with fewer outputs, of which the edges are as they were; names stay.

    >>> _smaller_axis(Axis(224, 7, 2, 3, 3), 6)
    ca.Axis(size=12, kernel=7, stride=2, lo=3, hi=3)
    """
    sizes = (axis.size, axis.kernel, axis.stride, axis.lo, axis.hi, axis.dilation)
    if not all(map(is_number, sizes)):
        return axis
    if axis.kernel == axis.size and axis.outputs == 1:  # a mean over the whole axis
        return replace(axis, size=min(axis.size, outputs), kernel=min(axis.size, outputs))
    for count in range(outputs, axis.outputs):
        size = (count - 1) * axis.stride + axis.span - axis.lo - axis.hi + axis.left_over
        if size >= min(axis.size, axis.span):
            return replace(axis, size=size) if size < axis.size else axis
    return axis
