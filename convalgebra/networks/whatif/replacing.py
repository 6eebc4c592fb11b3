"""A convolution of a network replaced by a type of the catalogue."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from itertools import count as numbers
from typing import TYPE_CHECKING, Any

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Array, Graph, Node, Tensor
from convalgebra.networks.layer import Layer
from convalgebra.networks.reading.layers.convolutions import CATALOGUE, conv_attributes
from convalgebra.networks.whatif.keeping import fit_of
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.kron import Kron
from convalgebra.operators.permutations import Shuffle
from convalgebra.proofs import Size
from convalgebra.sizes import exact_quotient

if TYPE_CHECKING:
    from convalgebra.networks.network import Network

# What a replacement has from the layer, and no option may change.
_FROM_LAYER = frozenset({"in_channels", "out_channels", "input_size", "name", "padding_mode"})


def replaced(
    network: Network, name: str, by: str, options: Mapping[str, Any], fitted: bool = False
) -> Network:
    """Return the network with a convolution replaced by a type of the catalogue.

    The layer's channels, image, kernel, stride, padding and dilation are the replacement's, unless
    ``options`` say otherwise; a separable one keeps the layer's groups. Its bias stays with the last
    factor, which keeps the layer's name. The new weights have no values, or with ``fitted`` those of
    the best fit. Raises ``ArgumentError`` for a layer that is no plain convolution, a type or option
    that there is not, where another shape would come out, and where no fit is known.

    >>> import convalgebra as ca
    >>> conv = {"type": "conv", "name": "c", "out_channels": 64, "kernel_size": 3, "bias": False}
    >>> net = ca.read_layers({"input": [1, 32, 7, 7], "layers": [conv]})
    >>> [layer.name for layer in replaced(net, "c", "depthwise_separable", {})]
    ['c.depthwise', 'c']
    """
    from convalgebra.networks.network import network_of  # noqa: PLC0415 - it enters here lazily

    layer = network[name]
    conv = conv_of(layer)
    if conv is None:
        raise ArgumentError(
            f"name={name!r} is {layer.op_type}: only a Conv, with numbers or names for sizes and each "
            "image by itself, is replaced"
        )
    op = replacement(conv, by, options)
    values: Mapping[str, Array] = {}
    if fitted:
        found = fit_of(network, layer, conv, by, options, True)
        if found.weights is None:
            raise ArgumentError(
                f"name={name!r}: no fitted weights for {by} ({found.why or 'none is known'})"
            )
        values = found.weights
    return network_of(_with_factors(network.graph, layer, op, values))


def conv_of(layer: Layer) -> Conv | None:
    """Return the convolution that a layer is, if it is one that can be replaced."""
    plain = layer.op_type == "Conv" and len(layer.nodes) == 1 and len(layer.inputs) == 1
    return layer.operator if plain and isinstance(layer.operator, Conv) else None


def replacement(conv: Conv, by: str, options: Mapping[str, Any]) -> Operator:
    """Return the catalogue's operator of a type with what a convolution has.

    >>> import convalgebra as ca
    >>> replacement(ca.conv(4, 8, (7, 7), 3, padding=1), "grouped", {"groups": 2}).multiplications
    5776
    """
    make = CATALOGUE.get(by)
    if make is None:
        raise ArgumentError(f"by={by!r} must be one of {', '.join(CATALOGUE)}")
    named = inspect.signature(make).parameters
    for option in options:
        if option not in named or option in _FROM_LAYER:
            known = ", ".join(n for n in named if n not in _FROM_LAYER) or "none"
            raise ArgumentError(f"{option}={options[option]!r} is no option of {by}, which has {known}")
    given = {name: value for name, value in _own(conv, by).items() if name in named} | dict(options)
    if "groups" in named and named["groups"].default is inspect.Parameter.empty and "groups" not in given:
        raise ArgumentError(f"by={by!r} needs groups, such as groups=2")
    op = make(**given)
    if by == "spatially_separable" and conv.groups != 1:
        op = _in_groups(op, conv.groups)
    if op.output_shape != conv.output_shape:
        raise ArgumentError(
            f"by={by!r} would give the shape {op.output_shape}; the layer gives {conv.output_shape}"
        )
    return op


def _own(conv: Conv, by: str) -> dict[str, Any]:
    own: dict[str, Any] = {
        "in_channels": conv.in_channels,
        "out_channels": conv.out_channels,
        "input_size": conv.input_size,
        "kernel_size": conv.kernel_size,
        "stride": tuple(a.stride for a in conv.axes),
        "padding": tuple((a.lo, a.hi) for a in conv.axes),
        "dilation": tuple(a.dilation for a in conv.axes),
    }
    if by == "depthwise":
        own["multiplier"] = exact_quotient(conv.out_channels, conv.in_channels)
    return own


def _in_groups(op: Operator, groups: Size) -> Operator:
    if isinstance(op, Product):
        return Product(tuple(_in_groups(factor, groups) for factor in op.operators))
    return replace(op, groups=groups) if isinstance(op, Conv) else op


def _with_factors(graph: Graph, layer: Layer, op: Operator, values: Mapping[str, Array]) -> Graph:
    """Return the graph with the nodes of an operator's factors in the place of a layer's node."""
    (old,) = layer.nodes
    constants = dict(graph.constants)
    taken = {name for node in graph.nodes for name in (*node.inputs, *node.outputs, node.name)}
    taken |= constants.keys() | graph.inputs.keys()
    factors = list(reversed(op.operators)) if isinstance(op, Product) else [op]
    nodes, source = [], old.inputs[0]
    for place, factor in enumerate(factors):
        last = place == len(factors) - 1
        called = factor.name if isinstance(factor, Conv) else "shuffle"
        name = layer.name if last else _new(f"{layer.name}.{called}", taken)
        output = old.outputs[0] if last else _new(f"{name}.output", taken)
        if isinstance(factor, Conv):
            (shape,) = factor.weight_shapes.values()
            weight = _new(f"{layer.name}.{called}.weight", taken)
            array = values.get(called)
            constants[weight] = Tensor(
                weight, shape, "float32" if array is None else str(array.dtype), array
            )
            bias = old.inputs[2:3] if last else ()
            node = Node(name, "Conv", (source, weight, *bias), (output,), conv_attributes(factor))
        elif isinstance(factor, Kron) and isinstance(factor.operators[0], Shuffle):
            node = Node(
                name, "ChannelShuffle", (source,), (output,), {"groups": factor.operators[0].groups}
            )
        else:
            raise ArgumentError(f"{type(factor).__name__} is no layer of a network")
        nodes.append(node)
        source = output
    rest = [new for node in graph.nodes for new in (nodes if node is old else [node])]
    used = {name for node in rest for name in node.inputs} | set(graph.outputs)
    constants = {
        name: tensor for name, tensor in constants.items() if name in used or name not in old.inputs
    }
    return replace(graph, nodes=tuple(rest), constants=constants)


def _new(name: str, taken: set[str]) -> str:
    more = (f"{name}_{place}" for place in numbers(2))
    found = name if name not in taken else next(n for n in more if n not in taken)
    taken.add(found)
    return found
