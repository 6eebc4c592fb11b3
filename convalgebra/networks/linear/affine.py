"""What a layer does to one image, with the model's own weights: operators on its inputs, and an offset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from convalgebra.networks.linear.eachvalue import added, negated, same, scaled
from convalgebra.networks.linear.maps import Affine
from convalgebra.networks.linear.oneimage import OneImage
from convalgebra.networks.linear.stretches import concat, split
from convalgebra.networks.linear.weighted import batch_norm, conv_integer, gemm, plain

if TYPE_CHECKING:
    from convalgebra.networks.layer import Layer

_SPECIAL: Mapping[str, Callable[[OneImage], Affine]] = {
    "Gemm": gemm,
    "ConvInteger": conv_integer,
    "BatchNormalization": batch_norm,
    "Add": added,
    "Sum": added,
    "Sub": added,
    "Neg": negated,
    "Mul": scaled,
    "Div": scaled,
    "Cast": same,
    "Dropout": same,
    "Concat": concat,
    "Split": split,
}


def affine(layer: Layer, output: str | None = None) -> Affine:
    """Return what a layer does to get an output, by default its first.

    Raises ``ArgumentError`` that names the layer where that is not linear, but for an offset.

    >>> import convalgebra as ca
    >>> layers = [{"name": "a", "type": "linear", "out_features": 2}, {"name": "b", "type": "relu"}]
    >>> net = ca.read_layers({"input": [1, 3], "layers": layers})
    >>> affine(net["a"]).operators
    (ca.Dense(rows=2, columns=3),)
    >>> affine(net["b"])
    Traceback (most recent call last):
    ...
    convalgebra.errors.ArgumentError: layer 'b' (Relu) is not linear
    """
    given = OneImage(layer, layer.outputs[0] if output is None else output)
    if not layer.understood:
        raise given.error(f"is not understood: {layer.why}")
    if any(shape is None for shape in (*layer.input_shapes, *layer.output_shapes)):
        raise given.error("has an input or output of a shape that nobody knows")
    return _SPECIAL.get(layer.op_type, plain)(given)
