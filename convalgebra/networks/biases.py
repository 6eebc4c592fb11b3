"""Biases of a single entry: one value that is added to a product which has a single output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from convalgebra.networks.graph import Tensor
from convalgebra.networks.layer import Layer
from convalgebra.networks.sources import held_of, is_learnt
from convalgebra.sizes import product

# What hands a product on, its outputs still the last axis.
_HANDED_ON = frozenset({"Cast", "DequantizeLinear", "Dropout", "Identity", "QuantizeLinear", "Reshape"})


def with_biases(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """Return the layers, with a single value that is a bias as a parameter of the Add that adds it.

    A file does not say whether one number is learnt. A bias has an entry for each output of a product;
    so one value is taken for a bias where it is added to a product of one output: a tensor of at least
    one axis, held as the product's weight is (both by nodes, or neither), the first that is added, and
    to a product without a bias. A number of no axis is none, nor is one that is added to several outputs.

    >>> import convalgebra as ca
    >>> net = ca.read_layers({"input": [1, 4, 5], "layers": [{"type": "linear", "out_features": 1}]})
    >>> print(net.total("parameters", ["linear", "bias"]))
    6 parameters
    """
    found: list[Layer] = []
    made: dict[str, Layer] = {}
    for layer in layers:
        bias = _bias(layer, made)
        kept = (
            layer if bias is None else replace(layer, held=(*layer.held, *held_of(bias, bias.name, "bias")))
        )
        found.append(kept)
        made.update(dict.fromkeys(layer.outputs, kept))
    return tuple(found)


def _bias(layer: Layer, made: Mapping[str, Layer]) -> Tensor | None:
    """Return the tensor of a layer that is a bias of one entry, None where it has none."""
    if layer.op_type not in ("Add", "Sub") or layer.held or len(layer.inputs) != 1:
        return None
    if layer.op_type == "Sub" and layer.nodes[0].inputs[0] != layer.inputs[0]:
        return None
    (tensor,) = layer.tensors.values() if len(layer.tensors) == 1 else (None,)
    if tensor is None or not tensor.shape or product(tensor.shape) != 1 or is_learnt(tensor) is not None:
        return None
    before = _product(layer, made)
    if before is None or before.biased:
        return None
    weight = before.tensors[next(iter(before.weights.values()))]
    return tensor if (tensor.origin == "node") == (weight.origin == "node") else None


def _product(layer: Layer, made: Mapping[str, Layer]) -> Layer | None:
    """Return the product with a weight, of one output, to which a layer adds; None where there is none."""
    before = made.get(layer.inputs[0])
    moved = False
    while before is not None and before.op_type in _HANDED_ON and len(before.inputs) == 1:
        moved = moved or before.op_type == "Reshape"
        if moved and (before.output_shapes[0] or (0,))[-1] != 1:
            return None  # the outputs are no longer the last axis
        before = made.get(before.inputs[0])
    if before is None or before.category not in ("conv", "linear") or not before.weights:
        return None
    shape, at = before.output_shapes[0] or (), _output_axis(before)
    if len(shape) < 2 or (moved and at != -1) or shape[at] != 1:
        return None
    return before


def _output_axis(product_: Layer) -> int:
    """Return the axis along which the outputs of a product stand."""
    if product_.category == "conv":
        return 1
    first = product_.nodes[0].inputs[0]
    return -2 if first in product_.weights.values() else -1
