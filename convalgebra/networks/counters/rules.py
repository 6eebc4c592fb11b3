"""How a profiler counts: which terms of a layer, by the kind of layer that it is to the tool, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from convalgebra.networks.layer import Layer
from convalgebra.proofs import Size
from convalgebra.sizes import product

if TYPE_CHECKING:
    from convalgebra.networks.graph import Node, Shape

_NORMS = {"BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization"}
# Convolutions and matrix products in integers: none of the tools has a word for them. What they make of
# recurrent layers and of Einsum is not told here.
NO_MODULE = frozenset(
    {
        *("ConvInteger", "QLinearConv", "MatMulInteger", "QLinearMatMul", "Einsum"),
        *("RNN", "GRU", "LSTM", "RNNCell", "GRUCell", "LSTMCell"),
    }
)
UNEVEN = "AveragePool of uneven windows"


@dataclass(frozen=True)
class Rule:
    """So many times each of some terms of a layer, and why that is what the tool says.

    Terms: mult_adds, bias (one for each output that a bias is added to), inputs, outputs, rows (outputs
    over the length of the axis that softmax runs along), and output_taps (a transposed convolution counted
    as if each output read every tap).
    """

    terms: tuple[tuple[int, str], ...]
    why: str

    def count(self, layer: Layer, weight: Shape) -> Size | None:
        """Return what the tool counts for one image; ``weight`` is the shape of the layer's weight."""
        total: Size = 0
        for factor, term in self.terms:
            found = _term(term, layer, weight)
            if found is None:
                return None
            total = total + factor * found
        return total


@dataclass(frozen=True)
class Convention:
    """How a tool counts: its name and version, the unit of its number, a rule for each kind of layer.

    A key of ``rules`` is a kind of layer (``rule_key``), or one for images of so many axes ("Resize linear
    2d").
    ``unknown`` are kinds of which the count is not told here; ``remarks`` are what else it depends on.
    """

    name: str
    version: str
    unit: str
    rules: Mapping[str, Rule]
    remarks: tuple[str, ...] = ()
    unknown: frozenset[str] = NO_MODULE

    def count(self, layer: Layer, weight: Shape = ()) -> Size | None:
        """Return what the tool counts for a layer and one image; None where that is not known.

        >>> import convalgebra as ca
        >>> from convalgebra.networks.counters.conventions import convention
        >>> conv = ca.conv(1, 1, (3, 3), 3, padding=1)
        >>> layer = Layer("c", "Conv", ("x",), ("y",), ((1, 1, 3, 3),), ((1, 1, 3, 3),), "conv", conv)
        >>> [convention(name).count(layer) for name in ("flop_counter_mode", "fvcore")]
        [162, 81]
        """
        if not layer.understood or self._is_unknown(layer):
            return None
        rule = self.rule(layer)
        return 0 if rule is None else rule.count(layer, weight)

    def _is_unknown(self, layer: Layer) -> bool:
        return not self.unknown.isdisjoint((layer.op_type, rule_key(layer)))

    def rule(self, layer: Layer) -> Rule | None:
        """Return the rule for a layer; None where the tool counts nothing."""
        kind, shape = rule_key(layer), next(iter(layer.input_shapes), None) or ()
        return self.rules.get(f"{kind} {len(shape) - 2}d", self.rules.get(kind))

    def why(self, layer: Layer) -> str:
        """Return why the tool says what it says of a layer."""
        if not layer.understood:
            return f"not understood: {layer.why}"
        if self._is_unknown(layer):
            return f"what {self.name} would count for {layer.op_type} is not known"
        rule = self.rule(layer)
        return f"{layer.op_type} is not counted" if rule is None else rule.why


def rule_key(layer: Layer) -> str:
    """Return the key of a layer's rule: its op type, and what the tools tell apart in it."""
    if layer.op_type == "MatMul" and not layer.weights:
        return "MatMul of two"
    if layer.op_type == "Add" and any(held.role == "bias" for held in layer.held):
        return "Add of a bias"
    if layer.op_type == "AveragePool" and not layer.kernel:
        return UNEVEN  # windows that differ in size
    return _as_asked_for(layer.op_type, layer.nodes[0] if layer.nodes else None)


def _as_asked_for(kind: str, node: Node | None) -> str:
    """Return what the tools tell apart by a node's attributes and inputs."""
    attributes: Mapping[str, Any] = {} if node is None else node.attributes
    if kind in ("Resize", "Upsample"):
        mode = attributes.get("mode", "nearest")
        return f"Resize {mode.decode() if isinstance(mode, bytes) else mode}"
    if kind == "Conv" and "padding" in attributes:
        return "Conv padded by a word"
    if kind == "AveragePool" and "adaptive" in attributes:
        return "GlobalAveragePool"  # PyTorch's module is the same, to whatever size it pools
    if kind in _NORMS and node is not None and not any(node.inputs[1:2]):
        return f"{kind} without scale"
    return kind


def _term(term: str, layer: Layer, weight: Shape) -> Size | None:
    counts = layer.counts
    if counts is None:
        return None
    if term == "rows":
        shape = layer.output_shapes[0]
        return None if shape is None else _over(counts.activations, shape[_attribute(layer, "axis", -1)])
    if term == "inputs":
        shape = layer.input_shapes[0]
        return None if shape is None else product(shape[1:])
    if term == "output_taps":
        taps = product((weight[0], *weight[2:])) if len(weight) > 1 else None
        return None if taps is None else _over(counts.activations * taps, _attribute(layer, "group", 1))
    known = {"mult_adds": counts.mult_adds, "bias": counts.bias_additions, "outputs": counts.activations}
    return known[term]


def _attribute(layer: Layer, name: str, default: int) -> int:
    return int(layer.nodes[0].attributes.get(name, default)) if layer.nodes else default


def _over(value: Size, divisor: Size) -> Size:
    if isinstance(value, int) and isinstance(divisor, int):
        return value // divisor
    return value / divisor
