"""The linear part of a network between two of its values: one operator of its layers', and an offset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Array, Shape
from convalgebra.networks.layer import Layer
from convalgebra.networks.linear.affine import affine
from convalgebra.networks.linear.composing import composed
from convalgebra.networks.linear.maps import Affine, Values, image_shape
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size
from convalgebra.sizes import number, product
from convalgebra.weights import common_dtype

if TYPE_CHECKING:
    from convalgebra.networks.network import Network


@dataclass(frozen=True, eq=False)
class LinearPart:
    """What one image becomes from one value of a network to another: ``y = C x + b``.

    ``operator`` has the structure of C, ``weights`` the model's own by the operator's names, ``offset`` is
    b, in the shape of the output. ``layers`` are the names of the layers between, in order; ``weight_of``
    says to which of them a weight belongs.
    """

    source: str
    target: str
    layers: tuple[str, ...]
    operator: Operator
    weight_of: Mapping[str, str]
    _values: Mapping[str, Values] = field(repr=False)
    _steps: tuple[_Step, ...] = field(repr=False)

    @cached_property
    def weights(self) -> dict[str, Array]:
        """The weights, read from the model when they are first asked for.

        Raises ``ArgumentError`` where the model holds only their shapes.
        """
        return {name: values() for name, values in self._values.items()}

    def matrix(self, *, memory_limit: int | str | None = None) -> sparse.csr_array:
        """Return C: a csr_array of (outputs, inputs), as ``operator.matrix`` does for the weights."""
        return self.operator.matrix(self.weights or None, memory_limit=memory_limit)

    @cached_property
    def offset(self) -> Array:
        """b: what comes out of an image of zeros, of the shape of an output."""
        return _offset(self)

    def __call__(self, image: Array) -> Array:
        """Return what one image (or several, along axis 0) becomes; no matrix is built.

        >>> import convalgebra as ca
        >>> layers = [{"type": "average_pool", "kernel_size": 2}]
        >>> part = linear_part(ca.read_layers({"input": [1, 1, 2, 2], "layers": layers}))
        >>> part(np.array([[[1, 2], [3, 6]]]))
        array([[[3.]]])
        """
        inputs = tuple(number(n, "the input") for n in self.operator.input_shape)
        given = np.asarray(image)
        if given.shape[-len(inputs) :] != inputs or given.ndim > len(inputs) + 1:
            raise ArgumentError(f"image of shape {given.shape} must be of shape {inputs}")
        applied = self.operator.linear_operator(self.weights or None)
        found = applied.matmat(given.reshape(-1, applied.shape[1]).T).T
        return np.asarray(found.reshape(*given.shape[: -len(inputs)], *self.offset.shape) + self.offset)


def linear_part(network: Network, first: str | None = None, last: str | None = None) -> LinearPart:
    """Return the linear part of a network: what lies between two of its layers or values.

    ``first`` is a layer, which is in it, or else the name of a value, which goes into it; ``last`` a layer
    or the name of a value, which comes out. By default they are the input and the output of the network.
    Everything on any way between the two belongs to it: branches are sums, what is concatenated is
    stacked. Raises ``ArgumentError`` that names a layer on the way that is not linear.

    >>> import convalgebra as ca
    >>> layers = [{"name": "a", "type": "conv", "out_channels": 4, "kernel_size": 3, "groups": 2}]
    >>> layers += [{"name": "mix", "type": "channel_shuffle", "groups": 2}]
    >>> net = ca.read_layers({"input": [1, 2, 5, 5], "layers": layers})
    >>> linear_part(net).operator.structure()
    '(Π(2) ⊗ I(3) ⊗ I(3)) · (Σ_k a_k ⊗ S_k1 ⊗ S_k2)'
    """
    source, target = _source(network, first), _target(network, last)
    return _made(_between(network, source, target), source, target, _shapes(network), _batch(network))


def of_layer(layer: Layer) -> LinearPart:
    """Return one layer alone as a linear part, from its input to its first output.

    Raises ``ArgumentError`` where it is not linear, or has several inputs.
    """
    if len(layer.inputs) != 1 or not layer.outputs:
        affine(layer)  # says why, if it is not linear
        raise ArgumentError(
            f"layer {layer.name!r} ({layer.op_type}) reads {' and '.join(map(repr, layer.inputs))}: "
            "its operator is on both together; ask for a part of the network with one input"
        )
    shapes = dict(
        zip((*layer.inputs, *layer.outputs), (*layer.input_shapes, *layer.output_shapes), strict=True)
    )
    steps = (_Step(layer, layer.outputs[0]),)
    return _made(steps, layer.inputs[0], layer.outputs[0], shapes, layer.batch)


# --- from where to where -------------------------------------------------------------------------


def _single(names: tuple[str, ...], argument: str, what: str) -> str:
    """Return the only one of a network's inputs or outputs."""
    if len(names) != 1:
        raise ArgumentError(
            f"{argument}=None: the network has {len(names)} {what}, {', '.join(names) or 'none'}; "
            "name one of them, or a layer"
        )
    return names[0]


def _source(network: Network, first: str | None) -> str:
    if first is None:
        return _single(tuple(network.inputs), "first", "inputs")
    if first in {layer.name for layer in network}:
        reads = tuple(dict.fromkeys(network[first].inputs))
        if len(reads) != 1:
            raise ArgumentError(
                f"first={first!r} is a layer that reads {' and '.join(map(repr, reads))}; "
                "name one of these values"
            )
        return reads[0]
    return _value(network, first, "first")


def _target(network: Network, last: str | None) -> str:
    if last is None:
        return _single(tuple(network.outputs), "last", "outputs")
    if last in {layer.name for layer in network}:
        return network[last].outputs[0]
    return _value(network, last, "last")


def _value(network: Network, name: str, argument: str) -> str:
    if name in network.inputs or any(name in layer.outputs for layer in network):
        return name
    near = [layer.name for layer in network if str(name).lower() in layer.name.lower()][:5]
    known = near or [*network.inputs, *(layer.name for layer in network.layers[:4])]
    raise ArgumentError(
        f"{argument}={name!r} is neither a layer nor a value of this network; it has {', '.join(known)}"
    )


def _shapes(network: Network) -> dict[str, Shape | None]:
    found: dict[str, Shape | None] = dict(network.inputs)
    for layer in network:
        found |= dict(zip(layer.outputs, layer.output_shapes, strict=True))
    return found


def _batch(network: Network) -> Size:
    return next((layer.batch for layer in network), 1)


@dataclass(frozen=True, eq=False)
class _Step:
    """One output of a layer."""

    layer: Layer
    output: str


def _between(network: Network, source: str, target: str) -> tuple[_Step, ...]:
    """Return the outputs of layers on any way from one value to another, in order."""
    reached = {source}
    steps = []
    for layer in network:
        if not reached.isdisjoint(layer.inputs):
            reached.update(layer.outputs)
            steps += [_Step(layer, output) for output in layer.outputs if output != source]
    if target not in reached or target == source:
        raise ArgumentError(f"last: {target!r} is not made of {source!r}: there is no part between them")
    needed, kept = {target}, []
    for step in reversed(steps):
        if step.output in needed:
            kept.append(step)
            needed.update(step.layer.inputs)
            _check_reads(step.layer, reached, source)
    return tuple(reversed(kept))


def _check_reads(layer: Layer, reached: set[str], source: str) -> None:
    other = next((name for name in layer.inputs if name not in reached), None)
    if other is not None:
        raise ArgumentError(
            f"layer {layer.name!r} ({layer.op_type}) also reads {other!r}, which is not made of {source!r}"
        )


# --- the layers together ---------------------------------------------------------------------------


def _made(
    steps: tuple[_Step, ...], source: str, target: str, shapes: Mapping[str, Shape | None], batch: Size
) -> LinearPart:
    images = {name: image_shape(shape, batch) for name, shape in shapes.items()}
    named = _Named()
    maps = {step.output: named.apart(step.layer, affine(step.layer, step.output)) for step in steps}
    operator = composed(maps, images, source, target)
    layers = tuple(dict.fromkeys(step.layer.name for step in steps))
    return LinearPart(source, target, layers, operator, named.layer_of, named.values, steps)


class _Named:
    """The weights of several layers, told apart by the layers' names."""

    def __init__(self) -> None:
        self.layer_of: dict[str, str] = {}
        self.values: dict[str, Values] = {}

    def apart(self, layer: Layer, found: Affine) -> Affine:
        """Return the map of a layer with names for its weights that nothing before it has."""
        names = {}
        for own, values in found.weights.items():
            words = [layer.name] if len(found.weights) == 1 else [layer.name, own]
            names[own] = self._unused("_".join(words))
            self.layer_of[names[own]], self.values[names[own]] = layer.name, values
        if not names:
            return found
        operators = tuple(None if op is None else op.renamed(names) for op in found.operators)
        return Affine(
            found.inputs, operators, found.output_shape, found.weights, found.offset, found.stacked
        )

    def _unused(self, wanted: str) -> str:
        stem = "_".join(re.findall(r"[A-Za-z0-9]+", wanted)) or "weight"
        stem = stem if stem[0].isalpha() else f"layer_{stem}"
        name, more = stem, 2
        while name in self.values:
            name, more = f"{stem}_{more}", more + 1
        return name


# --- the offset ----------------------------------------------------------------------------------


def _offset(part: LinearPart) -> Array:
    """Return what an image of zeros becomes, value after value."""
    dtype = common_dtype(part.weights)
    found: dict[str, Array] = {}
    for step in part._steps:
        one = affine(step.layer, step.output)
        made = (_stacked if one.stacked else _added)(one, step.layer, found)
        if made is not None:
            found[step.output] = made.reshape([number(n, "the output") for n in one.output_shape])
    zeros = np.zeros([number(n, "the output") for n in part.operator.output_shape], dtype)
    return np.asarray(found.get(part.target, zeros))


def _added(one: Affine, _: Layer, found: Mapping[str, Array]) -> Array | None:
    """Return the sum of what the inputs become and the layer's own offset; None where it is all zeros."""
    weights = {name: values() for name, values in one.weights.items()}
    terms = [] if one.offset is None else [one.offset().ravel()]
    for name, op in zip(one.inputs, one.operators, strict=True):
        if name in found:
            given = found[name].ravel()
            terms.append(given if op is None else op.linear_operator(weights or None).matvec(given))
    return np.asarray(sum(terms[1:], start=terms[0])) if terms else None


def _stacked(one: Affine, layer: Layer, found: Mapping[str, Array]) -> Array | None:
    if found.keys().isdisjoint(one.inputs):
        return None
    shapes = dict(zip(layer.inputs, layer.input_shapes, strict=True))
    lengths = (product(image_shape(shapes[name], layer.batch)) for name in one.inputs)
    parts = [
        found[name].ravel() if name in found else np.zeros(number(n, "an input"), np.int8)
        for name, n in zip(one.inputs, lengths, strict=True)
    ]
    return np.concatenate(parts)
