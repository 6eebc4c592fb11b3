"""What a layer does to one image, with the model's own weights: operators on its inputs, and an offset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Array, Shape, Tensor
from convalgebra.networks.kinds.norms import by_channel
from convalgebra.networks.kinds.seen import normal_axis
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection
from convalgebra.proofs import Size
from convalgebra.sizes import exact_quotient, number, product, same_size

if TYPE_CHECKING:
    from convalgebra.networks.layer import Layer

Values = Callable[[], Array]

# What has an operator by which it is counted, and rounds.
_ROUNDING = ("QLinearConv", "QLinearMatMul", "MatMulInteger")
# Numbers of ONNX's types that hold fractions: float, float16, double, bfloat16.
_FLOATS = (1, 10, 11, 16)


@dataclass(frozen=True)
class Affine:
    """One output of a layer for one image: the sum of ``operators[i]`` on ``inputs[i]``, and ``offset``.

    An operator that is None hands its input on. ``stacked``: the results stand one after the other instead
    of being added. ``weights`` by the names that the operators have for them; these and the offset are
    read when they are called.
    """

    inputs: tuple[str, ...]
    operators: tuple[Operator | None, ...]
    output_shape: Shape
    weights: Mapping[str, Values] = field(default_factory=lambda: MappingProxyType({}))
    offset: Values | None = None
    stacked: bool = False


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
    return _Reader(layer, layer.outputs[0] if output is None else output).read()


def image_shape(shape: Shape | None, batch: Size) -> Shape:
    """Return the shape of what belongs to one image, at least one axis long.

    >>> image_shape((2, 3, 7, 7), 2), image_shape((8, 5), 2), image_shape((2,), 2)
    ((3, 7, 7), (4, 5), (1,))
    """
    if not shape:
        return (1,)
    if same_size(shape[0], batch):
        return shape[1:] or (1,)
    return (exact_quotient(shape[0], batch), *shape[1:])


def shaped(op: Operator, inputs: Shape, outputs: Shape) -> Operator:
    """Return an operator that reads its input and its output in these shapes.

    >>> shaped(Identity(6), (6,), (2, 3)).output_shape
    (2, 3)
    """
    return op if (op.input_shape, op.output_shape) == (inputs, outputs) else Reshaped(op, inputs, outputs)


def handed_on(inputs: Shape, outputs: Shape) -> Operator:
    """Return the identity between two shapes of one length."""
    return shaped(Identity(product(inputs)), inputs, outputs)


@dataclass(frozen=True)
class _Reader:
    layer: Layer
    output: str

    def read(self) -> Affine:
        layer = self.layer
        if not layer.understood:
            raise self._error(f"is not understood: {layer.why}")
        for shape in (*layer.input_shapes, *layer.output_shapes):
            if shape is None:
                raise self._error("has an input or output of a shape that nobody knows")
        special = _SPECIAL.get(layer.op_type)
        return special(self) if special is not None else self.plain()

    def _error(self, why: str) -> ArgumentError:
        return ArgumentError(f"layer {self.layer.name!r} ({self.layer.op_type}) {why}")

    # --- shapes and constants ---

    @property
    def out(self) -> Shape:
        place = self.layer.outputs.index(self.output)
        return image_shape(self.layer.output_shapes[place], self.layer.batch)

    def shape_in(self, place: int = 0) -> Shape:
        return image_shape(self.layer.input_shapes[place], self.layer.batch)

    def given(self, place: int) -> str:
        """Return the name of an input of the node, "" where it is left out."""
        inputs = self.layer.nodes[0].inputs
        return inputs[place] if place < len(inputs) else ""

    def constant(self, place: int) -> Tensor | None:
        return self.layer.tensors.get(self.given(place))

    def attribute(self, name: str, default: Any) -> Any:
        value = self.layer.nodes[0].attributes.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value

    def for_one_image(self, tensor: Tensor, whole: Shape) -> Values:
        """Return the values of a constant for one image, broadcast to its shape.

        ``whole`` is the shape, batch included, of what it goes with.
        """
        rank, batch = len(whole), self.layer.batch
        image = image_shape(whole, batch)
        first = tensor.shape[0] if len(tensor.shape) == rank and rank else 1
        if first != 1 and batch != 1:
            raise self._error(f"has a constant of shape {tensor.shape} that differs from image to image")

        def values() -> Array:
            array = np.asarray(tensor.array())
            if array.ndim == rank and len(image) < rank:
                array = array[0]
            return np.broadcast_to(array, tuple(number(n, "the image") for n in image))

        return values

    # --- the layers that are one operator ---

    def plain(self) -> Affine:
        op = self.layer.operator
        if op is None:
            raise self._error("is not linear")
        if self.layer.op_type in _ROUNDING:
            raise self._error("is not linear: it rounds")
        return self.of_operator(op, self.weights(op), self.bias())

    def of_operator(self, op: Operator, weights: Mapping[str, Values], offset: Values | None) -> Affine:
        (source,) = self.one_input()
        made = shaped(op, self.shape_in(), self.out)
        return Affine((source,), (made,), self.out, weights, offset)

    def one_input(self) -> tuple[str]:
        if len(self.layer.inputs) != 1:
            raise self._error(f"is not linear: {' and '.join(map(repr, self.layer.inputs))} meet in it")
        return (self.layer.inputs[0],)

    def weights(self, op: Operator) -> Mapping[str, Values]:
        """Return the weights of the layer's operator, in the operator's shapes."""
        found: dict[str, Values] = {}
        for name, shape in op.weight_shapes.items():
            tensor = self.layer.tensors.get(self.layer.weights.get(name, ""))
            if tensor is None:
                raise self._error("is not linear: its weight is no constant")
            found[name] = _in_shape(tensor, shape)
        return found

    def bias(self) -> Values | None:
        """Return the bias along the channels, or along the last axis of a matrix product."""
        held = next((held for held in self.layer.held if held.role == "bias"), None)
        name = None if held is None else held.given or held.tensor
        return None if name is None else self.by_channel(self.layer.tensors[name])

    def by_channel(self, tensor: Tensor) -> Values:
        whole = self.layer.output_shapes[0] or ()
        ones = (1,) * (len(whole) - 2)
        return self.for_one_image(
            replace(tensor, shape=(*tensor.shape, *ones), values=_with_axes(tensor, ones)), whole
        )

    def gemm(self) -> Affine:
        if self.layer.operator is None:
            raise self._error("is not linear")
        alpha, beta = self.attribute("alpha", 1.0), self.attribute("beta", 1.0)
        weights = {
            name: _scaled(values, alpha) for name, values in self.weights(self.layer.operator).items()
        }
        bias, offset = self.constant(2), None
        if bias is not None:
            offset = _scaled(self.for_one_image(bias, self.layer.output_shapes[0] or ()), beta)
        return self.of_operator(self.layer.operator, weights, offset)

    def conv_integer(self) -> Affine:
        """ConvInteger takes its zero points away first; what is padded is such a zero."""
        op = self.layer.operator
        if op is None:
            raise self._error("is not linear")
        shift_input, shift_weight = self._zero_point(2), self._zero_point(3)
        (plain,) = self.weights(op).values()

        def weight() -> Array:
            shift = np.asarray(shift_weight()).reshape(-1, *[1] * (plain().ndim - 1))
            return np.asarray(plain().astype(np.int64) - shift)

        def offset() -> Array:
            shift = np.broadcast_to(shift_input(), op.input_shape)
            return np.asarray(-(op.matrix(weight()) @ shift.ravel())).reshape(self.out)

        return self.of_operator(op, {next(iter(op.weight_shapes)): weight}, offset)

    def _zero_point(self, place: int) -> Values:
        if self.given(place) and self.constant(place) is None:
            raise self._error("is not linear: its zero point is no constant")
        tensor = self.constant(place)
        return (lambda: np.zeros((), np.int64)) if tensor is None else lambda: tensor.array().astype(int)

    def batch_norm(self) -> Affine:
        op, held = self.layer.operator, [self.constant(place) for place in range(1, 5)]
        if op is None or self.attribute("training_mode", 0) or any(one is None for one in held):
            raise self._error("is not linear: it measures its input")
        scale, shift, mean, variance = (one for one in held if one is not None)
        epsilon = float(self.attribute("epsilon", 1e-5))

        def factor() -> Array:
            return np.asarray(scale.array() / np.sqrt(variance.array() + epsilon))

        def moved() -> Array:
            return np.asarray(shift.array() - mean.array() * factor())

        (name, shape), *_ = op.weight_shapes.items()
        weight = Tensor(name, scale.shape, values=factor)
        offset = self.by_channel(Tensor(name, scale.shape, values=moved))
        return self.of_operator(op, {name: _in_shape(weight, shape)}, offset)

    # --- what is done to each value ---

    def added(self) -> Affine:
        """Add, Sum and Sub: branches are added, constants are an offset."""
        names = self.layer.nodes[0].inputs
        signs = [-1 if place and self.layer.op_type == "Sub" else 1 for place in range(len(names))]
        inputs, operators, constants = [], [], []
        shapes = dict(zip(self.layer.inputs, self.layer.input_shapes, strict=True))
        for name, sign in zip(names, signs, strict=True):
            if (tensor := self.layer.tensors.get(name)) is not None:
                values = self.for_one_image(tensor, self.layer.output_shapes[0] or ())
                constants.append(_scaled(values, sign))
                continue
            inputs.append(name)
            spread = self._spread(image_shape(shapes[name], self.layer.batch))
            operators.append(_negated(spread, self.out) if sign < 0 else spread)
        offset = (lambda: np.asarray(sum(values() for values in constants))) if constants else None
        return Affine(tuple(inputs), tuple(operators), self.out, offset=offset)

    def _spread(self, image: Shape) -> Operator | None:
        """Return the operator that repeats a value where it is broadcast; None where it is not."""
        if image == self.out or all(map(same_size, image, self.out)):
            return None if len(image) == len(self.out) else handed_on(image, self.out)
        padded = (1,) * (len(self.out) - len(image)) + image
        parts = tuple(
            Identity(n) if n != 1 or m == 1 else Gather(1, (0,) * number(m, "a size that is broadcast"))
            for n, m in zip(padded, self.out, strict=True)
        )
        return shaped(Kron(parts), image, self.out)

    def negated(self) -> Affine:
        return Affine(self.one_input(), (_negated(None, self.out),), self.out)

    def scaled(self) -> Affine:
        """Mul and Div by a constant: a factor for each value, or each channel."""
        turned = self.layer.op_type == "Div"
        place = next((p for p in (0, 1) if self.constant(p) is not None), None)
        tensor = None if place is None else self.constant(place)
        if tensor is None or (turned and place == 0):
            raise self._error("is not linear")
        if turned and "int" in tensor.dtype:
            raise self._error("is not linear: it rounds")
        if self.shape_in() != self.out:
            raise self._error("is not known as an operator: it broadcasts what it scales")
        values = self.for_one_image(tensor, self.layer.output_shapes[0] or ())
        rank = len(self.layer.output_shapes[0] or ())
        each = (1,) * (rank - len(tensor.shape)) + tensor.shape
        uniform = all(n == 1 for n in each[2:]) and len(self.out) == rank - 1
        op = by_channel(self.out if uniform else (product(self.out),))
        (name, shape), *_ = op.weight_shapes.items()

        def weight() -> Array:
            found = values()
            found = found.reshape(found.shape[0], -1)[:, 0] if uniform else found.ravel()
            sizes = [number(n, "a channel") for n in shape]
            return np.asarray((1 / found if turned else found).reshape(sizes))

        return self.of_operator(op, {name: weight}, None)

    def same(self) -> Affine:
        if self.layer.op_type == "Cast" and self.attribute("to", 1) not in _FLOATS:
            raise self._error("is not linear: it rounds")
        training = self.constant(2) if self.layer.op_type == "Dropout" else None
        if training is not None and training.array().any():
            raise self._error("is not linear: it is training")
        return self.plain()

    # --- stretches of an axis ---

    def concat(self) -> Affine:
        """Concat: stacked along the first axis of the image; else each padded to the whole, and added."""
        names = self.layer.nodes[0].inputs
        whole = self.layer.output_shapes[0] or ()
        rank = len(whole)
        at = normal_axis(self.attribute("axis", 1), rank) - 1
        if at < 0 or len(self.out) != rank - 1:
            raise self._error("is not linear in one image: it goes along the batch")
        shapes = dict(zip(self.layer.inputs, self.layer.input_shapes, strict=True))
        if at == 0 and not any(name in self.layer.tensors for name in names):
            return Affine(names, (None,) * len(names), self.out, stacked=True)
        inputs, operators, constants = [], [], []
        start: Size = 0
        for name in names:
            tensor = self.layer.tensors.get(name)
            length = (tensor.shape if tensor is not None else shapes[name] or ())[at + 1]
            if tensor is not None:
                part = (*whole[: at + 1], length, *whole[at + 2 :])
                constants.append((start, length, self.for_one_image(tensor, part)))
            else:
                axis = Axis(length, 1, 1, start, self.out[at] - start - length)
                inputs.append(name)
                operators.append(self._along(at, Selection(axis, 0)))
            start = start + length

        def offset() -> Array:
            found = np.zeros([number(n, "the image") for n in self.out], np.float32)
            for first, length, values in constants:
                place = slice(number(first, "concat"), number(first + length, "concat"))
                found[(slice(None),) * at + (place,)] = values()
            return found

        return Affine(tuple(inputs), tuple(operators), self.out, offset=offset if constants else None)

    def split(self) -> Affine:
        whole, rank = self.shape_in(), len(self.layer.input_shapes[0] or ())
        at = normal_axis(self.attribute("axis", 0), rank) - 1
        if at < 0 or len(whole) != rank - 1:
            raise self._error("is not linear in one image: it goes along the batch")
        lengths = [shape[at + 1] for shape in self.layer.output_shapes if shape is not None]
        place = self.layer.outputs.index(self.output)
        start = sum(lengths[:place], start=0)
        axis = Axis(whole[at], 1, 1, -start, start + lengths[place] - whole[at])
        return Affine(self.one_input(), (self._along(at, Selection(axis, 0)),), self.out)

    def _along(self, at: int, op: Operator) -> Operator:
        parts = tuple(op if a == at else Identity(n) for a, n in enumerate(self.out))
        return Kron(parts) if len(parts) > 1 else op


_SPECIAL: Mapping[str, Callable[[_Reader], Affine]] = {
    "Gemm": _Reader.gemm,
    "ConvInteger": _Reader.conv_integer,
    "BatchNormalization": _Reader.batch_norm,
    "Add": _Reader.added,
    "Sum": _Reader.added,
    "Sub": _Reader.added,
    "Neg": _Reader.negated,
    "Mul": _Reader.scaled,
    "Div": _Reader.scaled,
    "Cast": _Reader.same,
    "Dropout": _Reader.same,
    "Concat": _Reader.concat,
    "Split": _Reader.split,
}


def _in_shape(tensor: Tensor, shape: tuple[Any, ...]) -> Values:
    return lambda: np.asarray(tensor.array()).reshape([number(n, "a weight") for n in shape])


def _with_axes(tensor: Tensor, more: tuple[int, ...]) -> Values:
    return lambda: np.asarray(tensor.array()).reshape(*np.shape(tensor.array()), *more)


def _scaled(values: Values, factor: float) -> Values:
    if factor == 1:
        return values
    return lambda: np.asarray(values() * values().dtype.type(factor))


def _negated(op: Operator | None, image: Shape) -> Operator:
    minus = shaped(Kron((Identity(product(image)), Fixed(((-1,),)))), image, image)
    return minus if op is None else minus @ op
