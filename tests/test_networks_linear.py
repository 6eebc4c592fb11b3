"""The linear part of a network: its matrix and its offset against ONNX Runtime, drawn and by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.networks.graph import Graph, Node
from convalgebra.networks.network import Network, network_of
from convalgebra.operators.sidebyside import Sum
from convalgebra.operators.stacks import VStack
from tests.conftest import optional
from tests.test_networks_core import graph_of, model_of, run, whole

# Values small enough that sums of their products are exact in float32.
EXACT = 2**24


class Chain:
    """Layers put one after the other, each drawn for the shape that comes to it."""

    def __init__(self, draw: Any, shape: tuple[int, ...]) -> None:
        self.draw, self.shape, self.value = draw, shape, "x"
        self.input = shape
        self.nodes: list[Node] = []
        self.held: dict[str, np.ndarray] = {}
        self.most = 3  # the largest absolute value that can come out

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def weight(self, shape: tuple[int, ...]) -> str:
        name = f"w{len(self.held)}"
        self.held[name] = whole(shape, len(self.held))
        return name

    def constant(self, values: Any, dtype: Any = np.int64) -> str:
        name = f"c{len(self.held)}"
        self.held[name] = np.array(values, dtype)
        return name

    def put(
        self, op_type: str, inputs: list[str], attributes: dict[str, Any], factor: int, value: str = ""
    ) -> str:
        """Append a node; return the name of its output. ``factor``: how many times larger values become."""
        name = f"n{len(self.nodes)}"
        node = Node(name, op_type, (value or self.value, *inputs), (f"{name}.y",), attributes)
        trial = self.graph([*self.nodes, node], node.outputs[0])
        try:
            net = network_of(trial)
        except ca.ConvalgebraError:
            assume(False)
        layer = net[name] if name in {layer.name for layer in net} else net.layers[-1]
        assume(layer.understood)
        self.nodes.append(node)
        self.value = node.outputs[0]
        self.shape = tuple(int(n) for n in layer.output_shapes[0] or ())
        self.most = self.most * factor + 3
        assume(np.prod(self.shape) <= 400)
        assume(self.most < EXACT)
        return self.value

    def graph(self, nodes: list[Node] | None = None, output: str = "") -> Graph:
        return graph_of(nodes or self.nodes, {"x": self.input}, self.held, (output or self.value,))

    def window(self, kernel: tuple[int, ...], dilated: bool = True) -> dict[str, Any]:
        found: dict[str, Any] = {"kernel_shape": list(kernel)}
        form = self.pick("pads", "pads", "none", "VALID", "SAME_UPPER", "SAME_LOWER")
        found["strides"] = [self.number(1, 2) for _ in kernel]
        if form == "pads":
            found["pads"] = [self.number(0, k - 1) for k in kernel * 2]
        elif form != "none":
            found["auto_pad"] = form
        if dilated and "SAME" not in form:
            found["dilations"] = [self.number(1, 2) for _ in kernel]
        elif form.startswith("SAME"):
            found["strides"] = [min(s, k) for s, k in zip(found["strides"], kernel, strict=True)]
        return found


def conv(chain: Chain) -> None:
    channels = chain.shape[1]
    groups = chain.pick(*[g for g in (1, 2, channels) if channels % g == 0])
    kernel = (chain.number(1, 3), chain.number(1, 3))
    out = groups * chain.number(1, 2)
    weight = chain.weight((out, channels // groups, *kernel))
    bias = [chain.weight((out,))] if chain.pick(True, False) else []
    attributes = {"group": groups, **chain.window(kernel)}
    chain.put("Conv", [weight, *bias], attributes, 3 * channels // groups * kernel[0] * kernel[1])


def conv_transpose(chain: Chain) -> None:
    channels = chain.shape[1]
    groups = chain.pick(*[g for g in (1, 2, channels) if channels % g == 0])
    kernel = (chain.number(1, 3), chain.number(1, 3))
    weight = chain.weight((channels, chain.number(1, 2), *kernel))
    bias = [chain.weight((chain.held[weight].shape[1] * groups,))] if chain.pick(True, False) else []
    attributes = {"group": groups, **chain.window(kernel)}
    if "dilations" in attributes and chain.pick(True, False):
        attributes["output_padding"] = [chain.number(0, s - 1) for s in attributes["strides"]]
    chain.put("ConvTranspose", [weight, *bias], attributes, 3 * channels // groups * kernel[0] * kernel[1])


def average_pool(chain: Chain) -> None:
    """Average over 1, 2 or 4 values: a quarter of a multiple of 16 is exact, and so is one of that."""
    kernel = chain.pick((1, 2), (2, 1), (2, 2))
    attributes = {**chain.window(kernel, dilated=False), "count_include_pad": chain.number(0, 1)}
    slides = zip(attributes["strides"], kernel, strict=True)
    if not attributes.keys() & {"auto_pad", "pads"} and all(s <= k for s, k in slides):
        # Elsewhere onnx infers windows that begin beyond the input, and the runtime refuses what follows.
        attributes["ceil_mode"] = chain.number(0, 1)
    scale = chain.constant([16.0], np.float32)
    chain.put("Mul", [scale], {}, 16)
    chain.put("AveragePool", [], attributes, 1)


def shuffle(chain: Chain) -> None:
    batch, channels, *size = chain.shape
    groups = chain.pick(*[g for g in (1, 2, 3) if channels % g == 0])
    split = chain.constant([batch, groups, channels // groups, *size])
    chain.put("Reshape", [split], {}, 1)
    chain.put("Transpose", [], {"perm": [0, 2, 1, 3, 4]}, 1)
    chain.put("Reshape", [chain.constant([batch, channels, *size])], {}, 1)


def pixels(chain: Chain) -> None:
    _, channels, high, wide = chain.shape
    ways = [("SpaceToDepth", {})] if high % 2 == wide % 2 == 0 else []
    if channels % 4 == 0:
        ways += [("DepthToSpace", {"mode": "DCR"}), ("DepthToSpace", {"mode": "CRD"})]
    assume(ways)
    op_type, attributes = chain.pick(*ways)
    chain.put(op_type, [], {"blocksize": 2, **attributes}, 1)


def branches(chain: Chain) -> None:
    """Two convolutions of one value, added to each other and to it, or put beside each other."""
    start, shape, most = chain.value, chain.shape, chain.most
    kind = chain.pick("Add", "Sub", "Sum", "Concat")
    ends = []
    for _ in range(2):
        chain.value, chain.shape, chain.most = start, shape, most
        kernel = chain.pick(1, 3)
        weight = chain.weight((shape[1], shape[1], kernel, kernel))
        attributes = {"pads": [kernel // 2] * 4}
        ends.append(chain.put("Conv", [weight, chain.weight((shape[1],))], attributes, 27 * shape[1]))
    first, second = ends
    if kind in ("Add", "Sub"):
        chain.put(kind, [second], {}, 2, first)
        chain.put("Add", [start], {}, 2)
    elif kind == "Sum":
        chain.put("Sum", [second, start, second], {}, 4, first)
    else:
        chain.put("Concat", [start, second], {"axis": chain.number(1, 3)}, 1, first)


def halves(chain: Chain) -> None:
    """Two halves apart, one of them changed, and joined the other way round."""
    assume(chain.shape[1] % 2 == 0)
    half, name = chain.shape[1] // 2, f"s{len(chain.nodes)}"
    attributes = {"axis": 1, "num_outputs": 2}
    chain.nodes.append(Node(name, "Split", (chain.value,), (f"{name}.a", f"{name}.b"), attributes))
    changed = chain.put("Conv", [chain.weight((half, half, 1, 1))], {}, 3 * half, f"{name}.a")
    chain.put("Concat", [changed], {"axis": 1}, 1, f"{name}.b")


def pad(chain: Chain) -> None:
    pads = [0, 0, chain.number(-1, 2), chain.number(0, 2), 0, 0, chain.number(0, 2), chain.number(-1, 1)]
    mode = chain.pick("constant", "edge", "reflect")
    if mode != "constant":
        pads = [min(p, n - 1) if p > 0 else 0 for p, n in zip(pads, chain.shape * 2, strict=True)]
    chain.put("Pad", [chain.constant(pads)], {"mode": mode}, 1)


def resize(chain: Chain) -> None:
    where, rounding = chain.pick(("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"))
    attributes = {"mode": "nearest", "coordinate_transformation_mode": where, "nearest_mode": rounding}
    scales = chain.constant([1, 1, chain.number(2, 3), chain.number(1, 2)], np.float32)
    chain.put("Resize", ["", scales], attributes, 1)


def pointwise_constants(chain: Chain) -> None:
    """A factor and a summand for each channel, each position or all values."""
    _, channels, high, wide = chain.shape
    shape = chain.pick((1,), (channels, 1, 1), (1, channels, 1, 1), (high, wide), (1, channels, high, wide))
    chain.put(chain.pick("Mul", "Add", "Sub"), [chain.weight(shape)], {}, 4)


def hand_on(chain: Chain) -> None:
    chain.put(chain.pick("Identity", "Dropout", "Neg"), [], {}, 1)


def gemm(chain: Chain) -> None:
    chain.put("Flatten", [], {}, 1)
    turned, columns = chain.number(0, 1), chain.shape[1]
    weight = chain.weight((4, columns) if turned else (columns, 4))
    bias = [chain.weight(chain.pick((4,), (1, 4), (1,)))] if chain.pick(True, False) else []
    attributes = {"transB": turned, "alpha": chain.pick(1.0, 2.0), "beta": chain.pick(1.0, -3.0)}
    chain.put("Gemm", [weight, *bias], attributes, 6 * columns)


PIECES = (
    conv, conv_transpose, average_pool, shuffle, pixels, branches, halves, pad, resize, pointwise_constants,
    hand_on,
)  # fmt: skip


@st.composite
def chains(draw: Any) -> Graph:
    sizes = st.integers(2, 5)
    chain = Chain(
        draw, (draw(st.integers(1, 2)), draw(st.sampled_from([2, 3, 4])), draw(sizes), draw(sizes))
    )
    for piece in draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4)):
        piece(chain)
    if draw(st.booleans()):
        gemm(chain)
    return chain.graph()


def check(net: Network, graph: Graph, **feeds: np.ndarray) -> None:
    """Check the whole as one matrix and offset against what ONNX Runtime gives, to the last digit."""
    part = net.linear_part()
    (x,) = feeds.values()
    (y,) = run(graph, **feeds)
    matrix = part.matrix()
    assert matrix.shape == part.operator.shape
    for image, out in zip(x.reshape(x.shape[0], -1), y.reshape(x.shape[0], -1), strict=True):
        assert (matrix @ image + part.offset.ravel() == out).all()
    assert (part(x).reshape(y.shape) == y).all()
    assert (net.matrix() != matrix).nnz == 0
    assert net.operator() == part.operator


@given(chains())
@settings(max_examples=120, deadline=None)
def test_drawn_chains_are_those_of_the_runtime(
    tmp_path_factory: pytest.TempPathFactory, graph: Graph
) -> None:
    file = tmp_path_factory.getbasetemp() / "chain.onnx"
    optional("onnx").save(model_of(graph), file)
    check(ca.read_onnx(file), graph, x=whole(graph.inputs["x"], 7))


# --- by hand -------------------------------------------------------------------------------------


def residual() -> Graph:
    """Two blocks, each a convolution beside its input, and what both are concatenated with."""
    nodes = [
        Node("a/conv", "Conv", ("x", "wa"), ("a",), {"pads": [1, 1, 1, 1]}),
        Node("a/add", "Add", ("a", "x"), ("p",)),
        Node("b/conv", "Conv", ("p", "wb", "bb"), ("b",), {"pads": [1, 1, 1, 1]}),
        Node("b/add", "Add", ("b", "p"), ("q",)),
        Node("all", "Concat", ("q", "p"), ("y",), {"axis": 1}),
    ]
    held = {"wa": whole((2, 2, 3, 3)), "wb": whole((2, 2, 3, 3), 1), "bb": whole((2,), 2)}
    return graph_of(nodes, {"x": (1, 2, 4, 4)}, held)


def test_branches_are_sums_and_what_is_concatenated_is_stacked() -> None:
    graph = residual()
    net = network_of(graph)
    check(net, graph, x=whole((1, 2, 4, 4)))
    part = net.linear_part()
    assert part.layers == ("a/conv", "a/add", "b/conv", "b/add", "all")
    assert part.weight_of == {"a_conv": "a/conv", "b_conv": "b/conv"}
    outer, *rest = part.operator.operands
    assert isinstance(outer, VStack)
    assert all(isinstance(op, Sum) for op in rest)
    # p is written once, though three layers read it
    assert repr(part.operator).count("a_conv") == 1
    assert part.operator.multiplications == net.total("multiplications").value
    assert part.operator.parameters == 2 * 36


def test_a_layer_without_a_weight_says_so() -> None:
    layers = [{"name": "r", "type": "relu"}, {"name": "p", "type": "average_pool", "kernel_size": 2}]
    net = ca.read_layers({"input": [1, 1, 4, 4], "layers": layers})
    with pytest.raises(ca.ArgumentError, match=r"^layer 'r' \(Relu\) has no weight$"):
        net["r"].weight()
    with pytest.raises(ca.ArgumentError, match="no weight of layer 'p'; it has none"):
        net["p"].weight()


def test_a_part_begins_and_ends_at_layers_or_values() -> None:
    graph = residual()
    net = network_of(graph)
    block = net.matrix("b/conv", "b/add")
    (q,) = run(graph_of(list(graph.nodes[2:4]), {"p": (1, 2, 4, 4)}, _arrays(graph)), p=whole((1, 2, 4, 4)))
    bias = np.repeat(_arrays(graph)["bb"], 16)
    assert (block @ whole((1, 2, 4, 4)).ravel() + bias == q.ravel()).all()
    assert (net.matrix("p", "q") != block).nnz == 0
    assert (net.matrix("b/conv", "b/conv") != net["b/conv"].matrix()).nnz == 0
    assert (net["b/conv"].weight() == _arrays(graph)["wb"]).all()
    assert net.linear_part("p", "q").layers == ("b/conv", "b/add")
    with pytest.raises(ca.ArgumentError, match="'p' is not made of 'q'"):
        net.linear_part("q", "p")
    with pytest.raises(ca.ArgumentError, match="first='nothing' is neither a layer nor a value"):
        net.linear_part("nothing")
    with pytest.raises(ca.ArgumentError, match="'all' is a layer that reads 'q' and 'p'"):
        net.linear_part("all")
    with pytest.raises(ca.ArgumentError, match="also reads 'p', which is not made of 'b'"):
        net.linear_part("b", "q")


def _arrays(graph: Graph) -> dict[str, np.ndarray]:
    return {name: tensor.array() for name, tensor in graph.constants.items()}


NOT_LINEAR = [
    (Node("r", "Relu", ("x",), ("y",)), {}, "layer 'r' (Relu) is not linear"),
    (
        Node("m", "MaxPool", ("x",), ("y",), {"kernel_shape": [2, 2]}),
        {},
        "layer 'm' (MaxPool) is not linear",
    ),
    (Node("s", "Mul", ("x", "x"), ("y",)), {}, "layer 's' (Mul) is not linear"),
    (Node("d", "Div", ("w", "x"), ("y",)), {"w": whole((2, 1, 1))}, "layer 'd' (Div) is not linear"),
    (
        Node("c", "Conv", ("x", "x"), ("y",)),
        {},
        "layer 'c' (Conv) is not linear: its weight is no constant",
    ),
    (Node("i", "Cast", ("x",), ("y",), {"to": 7}), {}, "layer 'i' (Cast) is not linear: it rounds"),
    (Node("o", "Odd", ("x",), ("y",)), {}, "layer 'o' (Odd) is not understood"),
]


@pytest.mark.parametrize(("node", "held", "said"), NOT_LINEAR, ids=lambda v: getattr(v, "op_type", None))
def test_what_is_not_linear_is_named(node: Node, held: dict[str, np.ndarray], said: str) -> None:
    size = (2, 2, 2, 2)
    nodes = [Node("before", "Identity", ("x0",), ("x",)), node]
    net = network_of(graph_of(nodes, {"x0": size}, held))
    with pytest.raises(ca.ArgumentError) as raised:
        net.linear_part()
    assert said in str(raised.value)
    assert net.linear_part("before", "before").matrix().shape == (8, 8)


def test_quantised_layers_are_linear_where_they_do_not_round() -> None:
    """ConvInteger takes away its zero points, and what is padded is one of them."""
    runtime, onnx = optional("onnxruntime"), optional("onnx")
    rng = np.random.default_rng(0)
    held = {"w": rng.integers(0, 9, (3, 2, 3, 3)), "zx": np.array(5), "zw": np.array(3)}
    held = {name: v.astype(np.uint8) for name, v in held.items()}
    node = Node("c", "ConvInteger", ("x", "w", "zx", "zw"), ("y",), {"pads": [1, 0, 2, 1]})
    graph = graph_of([node], {"x": (1, 2, 4, 5)}, held)
    model = model_of(graph)
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.UINT8
    x = rng.integers(0, 9, (1, 2, 4, 5)).astype(np.uint8)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": x})
    part = network_of(graph).linear_part()
    assert (part.matrix() @ x.ravel().astype(int) + part.offset.ravel() == y.ravel()).all()
    rounding = Node("q", "QLinearConv", ("x", "s", "z", "w", "s", "z", "s", "z"), ("y",))
    net = network_of(graph_of([rounding], {"x": (1, 2, 4, 5)}, {"w": (3, 2, 3, 3), "s": (), "z": ()}))
    with pytest.raises(ca.ArgumentError, match=r"'q' \(QLinearConv\) is not linear: it rounds"):
        net.matrix()


def test_a_normalisation_is_a_factor_and_an_offset_and_folded_it_is_the_same() -> None:
    nodes = [
        Node("c", "Conv", ("x", "w", "b"), ("h",), {"group": 2}),
        Node("n", "BatchNormalization", ("h", "s", "t", "m", "v"), ("y",), {"epsilon": 0.25}),
    ]
    held = {"w": whole((4, 1, 2, 2)), "b": whole((4,), 1), "s": whole((4,), 2), "t": whole((4,), 3)}
    held |= {"m": whole((4,), 4), "v": np.array([0.75, 3.75, 15.75, 0], np.float32)}  # roots 1, 2, 4, 1/2
    graph = graph_of(nodes, {"x": (2, 2, 3, 3)}, held)
    net = network_of(graph)
    check(net, graph, x=whole((2, 2, 3, 3), 5))
    check(net.folded(), graph, x=whole((2, 2, 3, 3), 5))


def crossing(levels: int) -> Graph:
    """Two streams that exchange all they have at each level: 2**levels ways from the first to the last."""
    nodes, held = [], {}
    left = right = "x"
    for level in range(levels):
        ends = []
        for side in "lr":
            parts = []
            for name, value in (("l", left), ("r", right)):
                weight = f"w{level}{side}{name}"
                held[weight] = whole((1, 1, 1), level)
                out = f"{weight}.y"
                nodes.append(Node(f"{level}{side}{name}", "Conv", (value, weight), (out,)))
                parts.append(out)
            nodes.append(Node(f"{level}{side}", "Add", tuple(parts), (f"{level}{side}.y",)))
            ends.append(f"{level}{side}.y")
        left, right = ends
    nodes.append(Node("end", "Concat", (left, right), ("y",), {"axis": 1}))
    return graph_of(nodes, {"x": (1, 1, 2)}, held)


def test_branches_that_cross_again_and_again_are_written_once() -> None:
    graph = crossing(4)
    check(network_of(graph), graph, x=whole((1, 1, 2)))
    net = network_of(crossing(40))
    part = net.linear_part()
    assert len(part.operator.weight_shapes) == 160
    assert part.operator.multiplications == net.total("multiplications").value
    assert part.matrix().shape == (4, 2)


def test_with_names_it_is_an_operator_of_names() -> None:
    layers: list[dict[str, Any]] = [
        {"name": "c", "type": "conv", "out_channels": "M", "kernel_size": 3, "stride": 2, "padding": 1},
        {"name": "s", "type": "channel_shuffle", "groups": 2},
    ]
    net = ca.read_layers({"input": [1, "C", "N", "N"], "layers": layers})
    op = net.operator()
    assert {s.name for s in op.symbols} == {"C", "M", "N"}
    assert op.subs(C=3, M=4, N=6) == net.at(C=3, M=4, N=6).operator()
    with pytest.raises(ca.ArgumentError, match="only its shape"):
        net.at(C=3, M=4, N=6).matrix()


# --- networks that others made -------------------------------------------------------------------


def test_the_linear_stages_of_a_published_model() -> None:
    """What stands between two activations of ShuffleNet, with weights that are no zeros."""
    file = Path(optional("onnx").__file__).parent / "backend/test/data/light/light_shufflenet.onnx"
    net = ca.read_onnx(file)
    names = [layer.name for layer in net]
    shuffles = [at for at, layer in enumerate(net) if layer.op_type == "ChannelShuffle"]
    assert len(shuffles) == 16
    for at in shuffles[-4:]:
        kinds = [layer.op_type for layer in net.layers[at : at + 5]]
        assert kinds == ["ChannelShuffle", "Conv", "BatchNormalization", "Conv", "BatchNormalization"]
        for last, exact in ((at + 1, True), (at + 4, False)):
            nodes = [node for layer in net.layers[at : last + 1] for node in layer.nodes]
            (source,), (target,) = net.layers[at].inputs, net.layers[last].outputs
            held = {n: net.constants[n] for node in nodes for n in node.inputs if n in net.constants}
            arrays = {
                n: t.array().astype(np.int64) if n.startswith("OC2") else np.abs(whole(t.shape, len(n)))
                for n, t in held.items()
            }
            shape = net.layers[at].input_shapes[0]
            graph = graph_of(nodes, {source: shape}, arrays, (target,))
            part = network_of(graph).linear_part()
            assert part.operator == net.operator(names[at], names[last])
            x = whole(shape, at)
            (y,) = run(graph, **{source: x})
            result = (part.matrix() @ x.ravel() + part.offset.ravel()).reshape(y.shape)
            if exact:
                assert (result == y).all()
            else:
                assert np.abs(result - y).max() <= 1e-5 * np.abs(y).max()
