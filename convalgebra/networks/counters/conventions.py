"""What the popular profilers count, as data: for each kind of layer which terms, and why.

Each rule was read in the tool's source and checked by running the tool on a module of that kind, in the
version that is named. A tool counts a layer as the module it is in PyTorch; what a rule leaves out, and
every kind that has none, it counts as nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from convalgebra.errors import ArgumentError
from convalgebra.networks.layer import Layer
from convalgebra.proofs import Size
from convalgebra.sizes import product

if TYPE_CHECKING:
    from convalgebra.networks.graph import Node, Shape
    from convalgebra.networks.network import Network

OURS = "convalgebra"
_NORMS = {"BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization"}
# Convolutions and matrix products in integers: none of the tools has a word for them. What they make of
# recurrent layers and of Einsum is not told here.
_NO_MODULE = frozenset(
    {
        *("ConvInteger", "QLinearConv", "MatMulInteger", "QLinearMatMul", "Einsum"),
        *("RNN", "GRU", "LSTM", "RNNCell", "GRUCell", "LSTMCell"),
    }
)
_UNEVEN = "AveragePool of uneven windows"


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

    A key of ``rules`` is a kind of layer (``kind_of``), or one for images of so many axes ("Resize linear
    2d").
    ``unknown`` are kinds of which the count is not told here; ``remarks`` are what else it depends on.
    """

    name: str
    version: str
    unit: str
    rules: Mapping[str, Rule]
    remarks: tuple[str, ...] = ()
    unknown: frozenset[str] = _NO_MODULE

    def count(self, layer: Layer, weight: Shape = ()) -> Size | None:
        """Return what the tool counts for a layer and one image; None where that is not known.

        >>> import convalgebra as ca
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
        return not self.unknown.isdisjoint((layer.op_type, kind_of(layer)))

    def rule(self, layer: Layer) -> Rule | None:
        """Return the rule for a layer; None where the tool counts nothing."""
        kind, shape = kind_of(layer), next(iter(layer.input_shapes), None) or ()
        return self.rules.get(f"{kind} {len(shape) - 2}d", self.rules.get(kind))

    def why(self, layer: Layer) -> str:
        """Return why the tool says what it says of a layer."""
        if not layer.understood:
            return f"not understood: {layer.why}"
        if self._is_unknown(layer):
            return f"what {self.name} would count for {layer.op_type} is not known"
        rule = self.rule(layer)
        return f"{layer.op_type} is not counted" if rule is None else rule.why


def kind_of(layer: Layer) -> str:
    """Return the key of a layer's rule: its op type, and what the tools tell apart in it."""
    if layer.op_type == "MatMul" and not layer.weights:
        return "MatMul of two"
    if layer.op_type == "Add" and any(held.role == "bias" for held in layer.held):
        return "Add of a bias"
    if layer.op_type == "AveragePool" and not layer.kernel:
        return _UNEVEN  # windows that differ in size
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


def _each(kinds: str, *terms: tuple[int, str], why: str) -> dict[str, Rule]:
    return {kind.strip(): Rule(terms, why) for kind in kinds.split(",")}


_TAPS = "one for each tap at each output, padding zeros included"
_TAPS_BACK = "one for each tap at each input, taps that fall outside the output included"

FLOP_COUNTER_MODE = Convention(
    "flop_counter_mode",
    "torch.utils.flop_counter, torch 2.13",
    "flops",
    MappingProxyType(
        {
            **_each(
                "Conv, Conv padded by a word",
                (2, "mult_adds"),
                why=f"2 flops {_TAPS[4:]}; the bias is not counted",
            ),
            **_each(
                "ConvTranspose", (2, "mult_adds"), why=f"2 flops {_TAPS_BACK[4:]}; the bias is not counted"
            ),
            **_each(
                "Gemm, MatMul, MatMul of two",
                (2, "mult_adds"),
                why="2 flops for each product; the bias is not counted",
            ),
        }
    ),
    ("a convolution and a matrix product are all it knows; called as functions they count too",),
)

FVCORE = Convention(
    "fvcore",
    "fvcore 0.1.5.post20221221, FlopCountAnalysis",
    "MACs",
    MappingProxyType(
        {
            **_each("Conv", (1, "mult_adds"), why=f"{_TAPS}; the bias is not counted"),
            **_each(
                "Conv padded by a word",
                why="padding='same' and 'valid' are an operator that it does not know: nothing is counted",
            ),
            **_each("ConvTranspose", (1, "mult_adds"), why=f"{_TAPS_BACK}; the bias is not counted"),
            **_each(
                "Gemm, MatMul, MatMul of two",
                (1, "mult_adds"),
                why="one for each product; the bias is not counted",
            ),
            **_each(
                "BatchNormalization",
                (2, "inputs"),
                why="a scale and a shift for each value, though it folds into the convolution before",
            ),
            **_each(
                "LayerNormalization, GroupNormalization, InstanceNormalization",
                (5, "inputs"),
                why="5 for each value, which its source calls a rough estimate",
            ),
            **_each(
                "BatchNormalization without scale",
                (1, "inputs"),
                why="one for each value, as it has no scale of its own",
            ),
            **_each(
                "LayerNormalization without scale, GroupNormalization without scale, "
                "InstanceNormalization without scale",
                (4, "inputs"),
                why="4 for each value, as it has no scale of its own",
            ),
            **_each(
                f"GlobalAveragePool 2d, {_UNEVEN} 2d", (1, "inputs"), why="one for each value that is read"
            ),
            **_each("Resize nearest 2d", (1, "outputs"), why="one for each output, which is a copy"),
            **_each("Resize linear 2d", (4, "outputs"), why="4 for each output"),
        }
    ),
    (
        "it calls a multiply-add one flop",
        "pooling in windows and activations are not counted; global pooling of images is",
    ),
)

THOP = Convention(
    "thop",
    "thop 0.1.1.post2209072238",
    "MACs",
    MappingProxyType(
        {
            **_each(
                "Conv, Conv padded by a word",
                (1, "mult_adds"),
                why=f"{_TAPS}; the bias is not counted",
            ),
            **_each(
                "ConvTranspose",
                (1, "output_taps"),
                why="as if each output read every tap: at stride s in d axes about s**d times too many",
            ),
            **_each("Gemm, MatMul", (1, "mult_adds"), why="one for each product; the bias is not counted"),
            **_each(
                "BatchNormalization, LayerNormalization, InstanceNormalization",
                (4, "inputs"),
                why="2 for each value, doubled for scale and shift",
            ),
            **_each(
                "BatchNormalization without scale, LayerNormalization without scale, "
                "InstanceNormalization without scale",
                (2, "inputs"),
                why="2 for each value",
            ),
            **_each("PRelu", (1, "inputs"), why="one for each value"),
            **_each(
                "Softmax",
                (3, "outputs"),
                (-1, "rows"),
                why="an exponential and a quotient for each value, and the sums",
            ),
            **_each("AveragePool", (1, "outputs"), why="one for each output, whatever the window"),
            **_each(
                "GlobalAveragePool",
                (1, "inputs"),
                (1, "outputs"),
                why="one for each value that is read and one quotient for each output",
            ),
            **_each("Resize nearest", (1, "outputs"), why="one for each output, which is a copy"),
            **_each("Resize linear 1d", (5, "outputs"), why="5 for each output"),
            **_each("Resize linear 2d", (11, "outputs"), why="11 for each output"),
            **_each(
                "Resize cubic 2d", (259, "outputs"), why="259 for each output: 224 and 35 for two systems"
            ),
        }
    ),
    (
        "modules are all it sees: what is called as a function counts as nothing",
        "its fork ultralytics-thop counts otherwise: a transposed convolution by its taps at each input",
    ),
    _NO_MODULE | {_UNEVEN},
)

PTFLOPS = Convention(
    "ptflops",
    "ptflops 0.7.5, backend pytorch",
    "MACs",
    MappingProxyType(
        {
            **_each(
                "Conv, Conv padded by a word",
                (1, "mult_adds"),
                (1, "bias"),
                why=f"{_TAPS}, and one for each bias added",
            ),
            **_each(
                "ConvTranspose",
                (1, "mult_adds"),
                (1, "bias"),
                why=f"{_TAPS_BACK}, and one for each bias added",
            ),
            **_each(
                "Gemm, MatMul",
                (1, "mult_adds"),
                (1, "bias"),
                why="one for each product, and one for each bias added",
            ),
            **_each("MatMul of two", (1, "mult_adds"), why="one for each product, if called torch.matmul"),
            **_each("Add of a bias", (1, "outputs"), why="one for each bias added"),
            **_each(
                "BatchNormalization, GroupNormalization, InstanceNormalization",
                (2, "inputs"),
                why="a scale and a shift for each value",
            ),
            **_each(
                "LayerNormalization, LayerNormalization without scale, BatchNormalization without scale, "
                "GroupNormalization without scale, InstanceNormalization without scale",
                (1, "inputs"),
                why="one for each value",
            ),
            **_each(
                "Relu, Elu, Gelu, PRelu",
                (2, "outputs"),
                why="one for each value, twice: as a module and as the function that the module calls",
            ),
            **_each("Clip, LeakyRelu, Swish, Silu", (1, "outputs"), why="one for each value"),
            **_each("Softmax", (1, "outputs"), why="one for each value"),
            **_each(
                f"MaxPool, AveragePool, {_UNEVEN}, GlobalAveragePool, GlobalMaxPool",
                (2, "inputs"),
                why="one for each value that is read, whatever the window, twice: as a module and as the "
                "function that the module calls",
            ),
            **_each(
                "Resize nearest, Resize linear, Resize cubic",
                (2, "outputs"),
                why="one for each output, twice: as a module and as the function that the module calls",
            ),
        }
    ),
    (
        "where the model calls the function itself, what is here counted twice is counted once",
        "convolutions, linear layers and norms called as functions (conv2d, linear) count as nothing",
        "the + of a branch is not counted, torch.add is",
    ),
    _NO_MODULE | {"LRN"},
)

_ALL = {one.name: one for one in (FLOP_COUNTER_MODE, FVCORE, THOP, PTFLOPS)}


def convention_names() -> tuple[str, ...]:
    """Return the names of the conventions, ours first.

    >>> convention_names()
    ('convalgebra', 'flop_counter_mode', 'fvcore', 'thop', 'ptflops')
    """
    return (OURS, *_ALL)


def convention(name: str) -> Convention:
    """Return the convention of a tool; raises ``ArgumentError`` for one that is not here, or ours."""
    found = _ALL.get(name)
    if found is None:
        raise ArgumentError(f"convention={name!r} must be one of {', '.join(convention_names())}")
    return found


@dataclass(frozen=True)
class Difference:
    """What we and a tool count for one layer, and why the tool says so; None is not known."""

    layer: str
    type: str
    ours: Size | None
    theirs: Size | None
    why: str


def differences(network: Network, name: str, include: Sequence[str] | frozenset[str]) -> list[Difference]:
    """Return each layer for which a tool's number is not our mult_adds, with the reason.

    Ours are 0 for what ``include`` leaves out.

    >>> import convalgebra as ca
    >>> from convalgebra.networks.totals import AS_PAPERS
    >>> layers = [{"type": "conv", "out_channels": 2, "kernel_size": 1}, {"type": "batch_norm"}]
    >>> net = ca.read_layers({"input": [1, 1, 4, 4], "layers": layers})
    >>> [(d.ours, d.theirs, d.why) for d in differences(net, "fvcore", AS_PAPERS)]
    [(0, 64, 'a scale and a shift for each value, though it folds into the convolution before')]
    """
    tool = convention(name)
    found = []
    for layer in network.layers:
        counts = layer.counts
        ours = None if counts is None else counts.mult_adds if layer.category in include else 0
        theirs = tool.count(layer, weight_shape(network, layer))
        if ours is None or theirs is None or ours != theirs:
            found.append(Difference(layer.name, layer.op_type, ours, theirs, tool.why(layer)))
    return found


def by_reason(found: Sequence[Difference]) -> dict[tuple[str, str], list[Difference]]:
    """Return differences of one type of layer for one reason together, by both, in their order."""
    groups: dict[tuple[str, str], list[Difference]] = {}
    for one in found:
        groups.setdefault((one.type, one.why), []).append(one)
    return groups


def weight_shape(network: Network, layer: Layer) -> Shape:
    """Return the shape of the layer's weight as the model has it; () without one."""
    for name in layer.weights.values():
        tensor = network.constants.get(name)
        if tensor is not None:
            return tensor.shape
    return ()
