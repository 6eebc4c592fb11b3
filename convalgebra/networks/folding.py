"""Batch normalisation taken into the convolution before it: one layer less, the same map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convalgebra.networks.graph import Array, Graph, Node, Tensor

# The op types that a normalisation folds into, and the axis of their weight that is the output channel.
_OUTPUT_AXIS = {"Conv": 0, "ConvTranspose": 1}


def folded(graph: Graph) -> Graph:
    """Return the graph with each BatchNormalization folded into the Conv that alone feeds it.

    The new weight is ``weight * scale / sqrt(var + epsilon)`` along the output channels, the new bias
    ``(bias - mean) * scale / sqrt(var + epsilon) + shift``; values are worked out when they are asked
    for. A normalisation after anything else stays. Source: Jacob et al., arXiv:1712.05877, section 3.2.
    """
    readers = Counter(name for node in graph.nodes for name in node.inputs)
    readers.update(graph.outputs)
    writers = {name: node for node in graph.nodes for name in node.outputs}
    constants = dict(graph.constants)
    taken: dict[int, Node] = {}
    gone: set[int] = set()
    for node in graph.nodes:
        before = writers.get(node.inputs[0]) if node.op_type == "BatchNormalization" else None
        if before is None or readers[node.inputs[0]] != 1 or not _folds(before, node, graph):
            continue
        taken[id(before)] = _joined(before, node, constants)
        gone.add(id(node))
    nodes = tuple(taken.get(id(node), node) for node in graph.nodes if id(node) not in gone)
    return replace(graph, nodes=nodes, constants=constants)


def _folds(conv: Node, norm: Node, graph: Graph) -> bool:
    if conv.op_type not in _OUTPUT_AXIS or norm.attributes.get("training_mode", 0):
        return False
    if conv.op_type == "ConvTranspose" and conv.attributes.get("group", 1) != 1:
        return False
    needed = [*conv.inputs[1:], *norm.inputs[1:5]]
    given = len(norm.inputs) >= 5 and all(norm.inputs[3:5])  # without running values it measures its input
    return given and all(not name or name in graph.constants for name in needed)


def _joined(conv: Node, norm: Node, constants: dict[str, Tensor]) -> Node:
    """Return the convolution with the normalisation in its weights, which are added to the constants."""
    weight = constants[conv.inputs[1]]
    bias = constants[conv.inputs[2]] if len(conv.inputs) > 2 and conv.inputs[2] else None
    mean, variance = (constants[name] for name in norm.inputs[3:5])
    scale, shift = (
        constants[name] if name else _filled(value, mean)
        for name, value in zip(norm.inputs[1:3], (1, 0), strict=True)
    )
    axis, epsilon = _OUTPUT_AXIS[conv.op_type], float(norm.attributes.get("epsilon", 1e-5))

    def factor() -> Array:
        return np.asarray(scale.array() / np.sqrt(variance.array() + epsilon))

    def new_weight() -> Array:
        shape = [1] * len(weight.shape)
        shape[axis] = -1
        return np.asarray(weight.array() * factor().reshape(shape))

    def new_bias() -> Array:
        old = bias.array() if bias is not None else 0
        return np.asarray((old - mean.array()) * factor() + shift.array())

    names = f"{norm.outputs[0]}.folded_weight", f"{norm.outputs[0]}.folded_bias"
    sources = (scale, shift, mean, variance)
    constants[names[0]] = Tensor(
        names[0], weight.shape, weight.dtype, _if_known(new_weight, (weight, scale, variance))
    )
    also = () if bias is None else (bias,)
    constants[names[1]] = Tensor(names[1], scale.shape, scale.dtype, _if_known(new_bias, (*sources, *also)))
    return replace(conv, inputs=(conv.inputs[0], *names), outputs=(norm.outputs[0],))


def _filled(value: int, like: Tensor) -> Tensor:
    """Return the scale or the shift of a normalisation that has none."""
    return Tensor(
        "", like.shape, like.dtype, lambda: np.full(like.array().shape, value, like.array().dtype)
    )


def _if_known(values: Callable[[], Array], sources: tuple[Tensor, ...]) -> Callable[[], Array] | None:
    return values if all(source.values is not None for source in sources) else None
