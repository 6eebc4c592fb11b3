"""A layer as one image sees it: its shapes without the batch, its constants, its weights and its bias."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Array, Shape, Tensor
from convalgebra.networks.linear.maps import Affine, Values, image_shape, shaped
from convalgebra.operators.base import Operator
from convalgebra.sizes import number

if TYPE_CHECKING:
    from convalgebra.networks.layer import Layer


@dataclass(frozen=True)
class OneImage:
    """A layer and the one of its outputs that is asked for."""

    layer: Layer
    output: str

    def error(self, why: str) -> ArgumentError:
        """Return the error that names the layer and says why."""
        return ArgumentError(f"layer {self.layer.name!r} ({self.layer.op_type}) {why}")

    @property
    def out(self) -> Shape:
        """The shape of the output."""
        place = self.layer.outputs.index(self.output)
        return image_shape(self.layer.output_shapes[place], self.layer.batch)

    def shape_in(self, place: int = 0) -> Shape:
        """Return the shape of an input of the layer, by its place among those that are no constants."""
        return image_shape(self.layer.input_shapes[place], self.layer.batch)

    def input_name(self, place: int) -> str:
        """Return the name of an input of the node, "" where it is left out."""
        inputs = self.layer.nodes[0].inputs
        return inputs[place] if place < len(inputs) else ""

    def constant(self, place: int) -> Tensor | None:
        """Return an input of the node that is a constant; None where it is none."""
        return self.layer.tensors.get(self.input_name(place))

    def attribute(self, name: str, default: Any) -> Any:
        """Return an attribute of the node, text as text."""
        value = self.layer.nodes[0].attributes.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value

    def for_one_image(self, tensor: Tensor, whole: Shape) -> Values:
        """Return the values of a constant for one image, broadcast to its shape.

        ``whole`` is the shape, batch included, of what it goes with. Raises ``ArgumentError`` for a
        constant that is another one for each image.
        """
        rank, batch = len(whole), self.layer.batch
        image = image_shape(whole, batch)
        first = tensor.shape[0] if len(tensor.shape) == rank and rank else 1
        if first != 1 and batch != 1:
            raise self.error(f"has a constant of shape {tensor.shape} that differs from image to image")

        def values() -> Array:
            array = np.asarray(tensor.array())
            if array.ndim == rank and len(image) < rank:
                array = array[0]
            return np.broadcast_to(array, tuple(number(n, "the image") for n in image))

        return values

    def one_input(self) -> tuple[str]:
        """Return the only input; raise ``ArgumentError`` where several meet."""
        if len(self.layer.inputs) != 1:
            raise self.error(f"is not linear: {' and '.join(map(repr, self.layer.inputs))} meet in it")
        return (self.layer.inputs[0],)

    def of_operator(self, op: Operator, weights: Mapping[str, Values], offset: Values | None) -> Affine:
        """Return an operator on the only input as what the layer does."""
        (source,) = self.one_input()
        made = shaped(op, self.shape_in(), self.out)
        return Affine((source,), (made,), self.out, weights, offset)

    def weights(self, op: Operator) -> Mapping[str, Values]:
        """Return the weights of the layer's operator, in the operator's shapes.

        Raises ``ArgumentError`` where one is no constant.
        """
        found: dict[str, Values] = {}
        for name, shape in op.weight_shapes.items():
            tensor = self.layer.tensors.get(self.layer.weights.get(name, ""))
            if tensor is None:
                raise self.error("is not linear: its weight is no constant")
            found[name] = in_shape(tensor, shape)
        return found

    def bias(self) -> Values | None:
        """Return the bias along the channels, or along the last axis of a matrix product."""
        held = next((held for held in self.layer.held if held.role == "bias"), None)
        name = None if held is None else held.given or held.tensor
        return None if name is None else self.by_channel(self.layer.tensors[name])

    def by_channel(self, tensor: Tensor) -> Values:
        """Return the values of a constant with one for each channel, broadcast to an output."""
        whole = self.layer.output_shapes[0] or ()
        ones = (1,) * (len(whole) - 2)
        return self.for_one_image(
            replace(tensor, shape=(*tensor.shape, *ones), values=_with_axes(tensor, ones)), whole
        )


def in_shape(tensor: Tensor, shape: tuple[Any, ...]) -> Values:
    """Return the values of a tensor in another shape of as many.

    >>> in_shape(Tensor("w", (2,), values=lambda: np.array([1, 2])), (1, 2))()
    array([[1, 2]])
    """
    return lambda: np.asarray(tensor.array()).reshape([number(n, "a weight") for n in shape])


def times(values: Values, factor: float) -> Values:
    """Return values with a factor, in their own type of numbers.

    >>> times(lambda: np.array([1.5, 2], np.float32), 2)()
    array([3., 4.], dtype=float32)
    """
    if factor == 1:
        return values
    return lambda: np.asarray(values() * values().dtype.type(factor))


def _with_axes(tensor: Tensor, more: tuple[int, ...]) -> Values:
    return lambda: np.asarray(tensor.array()).reshape(*np.shape(tensor.array()), *more)
