"""Nodes of older operator sets in the words of the newest: what was an attribute is an input now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from convalgebra.networks.graph import Node


@dataclass(frozen=True)
class _Moved:
    """An attribute that became the input at a position."""

    attribute: str
    position: int
    dtype: str = "int64"


_AXES = (_Moved("axes", 1),)
_PAD = (_Moved("pads", 1), _Moved("paddings", 1), _Moved("value", 2, "float32"))
_REDUCED = ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")
_MOVED: Mapping[str, tuple[_Moved, ...]] = {
    "Clip": (_Moved("min", 1, "float32"), _Moved("max", 2, "float32")),
    "Dropout": (_Moved("ratio", 1, "float32"),),
    "Pad": _PAD,
    "Reshape": (_Moved("shape", 1),),
    "Slice": (_Moved("starts", 1), _Moved("ends", 2), _Moved("axes", 3)),
    "Split": (_Moved("split", 1),),
    "Squeeze": _AXES,
    "Tile": (_Moved("repeats", 1),),
    "TopK": (_Moved("k", 1),),
    "Unsqueeze": _AXES,
    "Upsample": (_Moved("scales", 1, "float32"),),
    **{f"Reduce{kind}": _AXES for kind in _REDUCED},
}
# They worked on the image flattened from their axis on: no word says that today, so ``flattened`` does.
_FLATTENING = frozenset({"Softmax", "LogSoftmax", "Hardmax"})
_GONE = frozenset({"consumed_inputs", "is_test"})


def in_new_words(node: Node, opset: int, hold: Callable[[str, Any, str], str]) -> Node:
    """Return the node as the newest operator set writes it; ``hold`` keeps a value and returns its name.

    >>> reshape = Node("r", "Reshape", ("x",), ("y",), {"shape": [0, -1]})
    >>> in_new_words(reshape, 1, lambda name, value, dtype: f"{name}={value}").inputs
    ('x', 'r/shape=[0, -1]')
    """
    if node.domain:
        return node
    inputs, attributes = list(node.inputs), dict(node.attributes)
    if node.op_type == "Upsample" and {"height_scale", "width_scale"} <= attributes.keys():
        attributes["scales"] = [1.0, 1.0, attributes.pop("height_scale"), attributes.pop("width_scale")]
    if node.op_type in _FLATTENING and opset < 13:
        attributes = {"axis": 1, **attributes, "flattened": 1}
    if node.op_type == "Resize" and opset < 11 and len(inputs) == 2:
        inputs.insert(1, "")  # the region came between
    for moved in _MOVED.get(node.op_type, ()):
        if moved.attribute not in attributes or (len(inputs) > moved.position and inputs[moved.position]):
            continue
        value = attributes.pop(moved.attribute)
        inputs += [""] * (moved.position + 1 - len(inputs))
        inputs[moved.position] = hold(f"{node.name}/{moved.attribute}", value, moved.dtype)
    for gone in _GONE & attributes.keys():
        del attributes[gone]
    return replace(node, inputs=tuple(inputs), attributes=attributes)
