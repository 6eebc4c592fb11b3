"""Networks: each kind of node against onnx, its runtime, and the entries of the operators."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.networks.graph import Graph, Node, Tensor
from convalgebra.networks.kinds.constants import FOLDS
from convalgebra.networks.kinds.table import KINDS
from convalgebra.networks.layer import count
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.totals import INCLUDES
from tests.conftest import optional

FEW = settings(max_examples=50, deadline=None)
OPSET = 19


def graph_of(
    nodes: list[Node],
    inputs: Mapping[str, tuple[Any, ...]],
    constants: Mapping[str, Any] | None = None,
    outputs: tuple[str, ...] | None = None,
) -> Graph:
    """Return a graph by hand; a constant is an array, or a shape of which nobody knows the values."""
    held = {
        name: Tensor(name, v.shape, str(v.dtype), v) if isinstance(v, np.ndarray) else Tensor(name, v)
        for name, v in (constants or {}).items()
    }
    return Graph(tuple(nodes), inputs, held, outputs or (nodes[-1].outputs[0],), "by hand")


def model_of(graph: Graph) -> Any:
    """Return the same graph as an ONNX model; constants are inputs of it, so that they may be large."""
    onnx = optional("onnx")
    helper = onnx.helper
    nodes = [
        helper.make_node(n.op_type, list(n.inputs), list(n.outputs), n.name, **n.attributes)
        for n in graph.nodes
    ]
    given = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [int(n) for n in shape])
        for name, shape in graph.inputs.items()
    ]
    held = [onnx.numpy_helper.from_array(t.array(), name) for name, t in graph.constants.items()]
    out = [onnx.ValueInfoProto(name=name) for name in graph.outputs]
    made = helper.make_graph(nodes, "one", given, out, held)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def run(graph: Graph, **feeds: np.ndarray) -> list[np.ndarray]:
    """Return what ONNX Runtime makes of a graph."""
    runtime = optional("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = runtime.InferenceSession(
        model_of(graph).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    result: list[np.ndarray] = session.run(None, feeds)
    return result


def inferred(graph: Graph) -> tuple[int, ...]:
    """Return the shape of the output that onnx infers."""
    onnx = optional("onnx")
    told = onnx.shape_inference.infer_shapes(model_of(graph), strict_mode=True, data_prop=True)
    shape = told.graph.output[0].type.tensor_type.shape
    return tuple(d.dim_value for d in shape.dim)


def whole(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Return small integers, none of them 0, as float32: sums of their products are exact."""
    values = np.random.default_rng(seed).integers(1, 4, shape) * np.random.default_rng(seed + 1).choice(
        [-1, 1], shape
    )
    return values.astype(np.float32)


def check(graph: Graph, exact: bool = True, infer: bool = True) -> Network:
    """Check one node: shape, map and counts against onnx, ONNX Runtime and the operator's matrix."""
    net = network_of(graph)
    (layer,) = net.layers
    assert layer.understood, layer.why
    assert layer.operator is not None
    assert layer.counts is not None
    x = whole(graph.inputs["x"], 5)
    (y, *_) = run(graph, x=x)
    assert layer.output_shapes[0] == y.shape
    if infer:
        assert inferred(graph) == y.shape
    weights = {key: net.constants[name].array() for key, name in layer.weights.items()}
    matrix = layer.operator.matrix(weights) if weights else layer.operator.matrix()
    images = np.stack([(matrix @ image.ravel()).reshape(y.shape[1:]) for image in x])
    if layer.biased:
        bias = net.constants[next(h.tensor for h in layer.held if h.role == "bias")].array()
        images = images + bias.reshape(-1, *[1] * (y.ndim - 2))
    if exact:
        assert (images == y).all()
    else:
        np.testing.assert_allclose(images, y, rtol=1e-5, atol=1e-5)
    if weights:
        assert layer.counts.multiplications == ca.measure(matrix).multiplications == matrix.nnz
        assert layer.counts.additions == ca.measure(matrix).additions
    else:
        assert layer.counts.multiplications == layer.counts.mult_adds == 0
    assert layer.counts.activations == y[0].size
    assert layer.counts.parameters == sum(w.size for w in weights.values())
    return net


# --- convolutions --------------------------------------------------------------------------------


@st.composite
def convolutions(draw: Any, transposed: bool = False) -> Graph:
    rank = draw(st.integers(1, 3))
    most = 6 if rank < 3 else 4
    group = draw(st.sampled_from([1, 1, 2, 3]))
    per_in, per_out = draw(st.integers(1, 2)), draw(st.integers(1, 2))

    def each(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank))

    sizes, kernel, stride = each(1, most), each(1, 3), each(1, 3)
    dilation = each(1, 2)
    attributes: dict[str, Any] = {"group": group, "strides": stride, "dilations": dilation}
    if draw(st.booleans()):
        attributes["kernel_shape"] = kernel
    form = draw(st.sampled_from(["pads", "pads", "none", "VALID", "SAME_UPPER", "SAME_LOWER"]))
    if form == "pads":
        attributes["pads"] = each(0, 2) + each(0, 2)
    elif form != "none":
        attributes["auto_pad"] = form
    channels = group * per_in
    shape = (group * per_out, per_in, *kernel)
    if transposed:
        shape = (channels, per_out, *kernel)
        if draw(st.booleans()):
            attributes["output_padding"] = [draw(st.integers(0, s - 1)) for s in stride]
    held = {"w": whole(shape)}
    inputs = ["x", "w"]
    if draw(st.booleans()):
        held["b"] = whole((group * per_out,), 3)
        inputs.append("b")
    kind = "ConvTranspose" if transposed else "Conv"
    node = Node("one", kind, tuple(inputs), ("y",), attributes)
    return graph_of([node], {"x": (draw(st.integers(1, 2)), channels, *sizes)}, held)


def fits(graph: Graph) -> bool:
    """Say whether the window fits into the padded input of a convolution or a pool."""
    try:
        network_of(graph)
    except ca.ConvalgebraError:
        return False
    return True


@given(convolutions())
@FEW
def test_convolutions_are_those_of_the_runtime(graph: Graph) -> None:
    assume(fits(graph))
    if runs(graph):
        check(graph)
    else:
        assert network_of(graph)["one"].output_shapes == (inferred(graph),)


def runs(graph: Graph) -> bool:
    """Say whether ONNX Runtime takes it: it refuses SAME with a dilation."""
    attributes = graph.nodes[0].attributes
    return "SAME" not in attributes.get("auto_pad", "") or set(attributes["dilations"]) == {1}


@given(convolutions(transposed=True))
@FEW
def test_transposed_convolutions_are_those_of_the_runtime(graph: Graph) -> None:
    assume(fits(graph))
    check(graph, infer="auto_pad" not in graph.nodes[0].attributes)


@pytest.mark.parametrize("mode", ["NOTSET", "SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize("wanted", [[9, 10], [8, 9], [10, 11]])
@pytest.mark.parametrize("extra", [[0, 0], [1, 1]])
def test_a_transposed_convolution_of_a_wanted_size(mode: str, wanted: list[int], extra: list[int]) -> None:
    attributes = {"strides": [2, 2], "output_shape": wanted, "auto_pad": mode, "output_padding": extra}
    node = Node("one", "ConvTranspose", ("x", "w"), ("y",), attributes)
    graph = graph_of([node], {"x": (1, 2, 5, 5)}, {"w": whole((2, 3, 3, 3))})
    check(graph)


# Channels in and out, groups: plain, grouped, depthwise, depthwise with a multiplier.
GROUPED = {"plain": (4, 6, 1), "grouped": (4, 6, 2), "depthwise": (4, 4, 4), "multiplied": (3, 6, 3)}
# What sets the padding of a transposed convolution of stride 2, each way that ONNX has.
SET: dict[str, dict[str, Any]] = {
    "nothing": {},
    "pads": {"pads": [1, 0, 2, 1]},
    "output_padding": {"pads": [1, 1, 1, 1], "output_padding": [1, 1]},
    "output_padding alone": {"output_padding": [0, 1]},
    "VALID": {"auto_pad": "VALID"},
    "VALID, output_padding": {"auto_pad": "VALID", "output_padding": [1, 0]},
    "SAME_UPPER": {"auto_pad": "SAME_UPPER"},
    "SAME_LOWER": {"auto_pad": "SAME_LOWER"},
    "SAME_UPPER, output_padding": {"auto_pad": "SAME_UPPER", "output_padding": [1, 1]},
    "output_shape": {"output_shape": [7, 9]},
    "output_shape, odd": {"output_shape": [8, 8]},
    "output_shape, UPPER": {"output_shape": [8, 8], "auto_pad": "SAME_UPPER"},
    "output_shape, LOWER": {"output_shape": [8, 8], "auto_pad": "SAME_LOWER"},
    "output_shape, output_padding": {"output_shape": [9, 10], "output_padding": [1, 1]},
    "dilations": {"dilations": [2, 1], "pads": [0, 1, 1, 1], "output_padding": [1, 0]},
}


@pytest.mark.parametrize("groups", GROUPED)
@pytest.mark.parametrize("way", SET)
def test_a_transposed_convolution_of_stride_2_has_the_entries_of_its_operator(
    way: str, groups: str, tmp_path: Path
) -> None:
    into, out, group = GROUPED[groups]
    attributes = {"strides": [2, 2], "group": group, "kernel_shape": [3, 2], **SET[way]}
    node = Node("one", "ConvTranspose", ("x", "w", "b"), ("y",), attributes)
    held = {"w": whole((into, out // group, 3, 2)), "b": whole((out,), 1)}
    graph = graph_of([node], {"x": (1, into, 4, 5)}, held)
    check(graph, infer="auto_pad" not in attributes)
    optional("onnx").save(model_of(graph), tmp_path / "one.onnx")
    layer = ca.read_onnx(tmp_path / "one.onnx")["one"]
    assert layer.operator is not None
    assert layer.counts is not None
    entries = layer.matrix().nnz
    assert layer.counts.multiplications == layer.operator.entries == entries
    assert ca.measure(layer.matrix()).multiplications == entries
    # Every tap at every input: the ones that fall outside the output are mult_adds.
    assert layer.counts.mult_adds == 4 * 5 * into * (out // group) * 3 * 2 >= entries
    assert layer.counts.parameters == into * (out // group) * 3 * 2
    assert (layer.weight() == held["w"]).all()


def test_quantised_convolutions_count_as_plain_ones() -> None:
    plain = Node("c", "Conv", ("x", "w"), ("y",), {"pads": [1, 1, 1, 1], "group": 2})
    whole_numbers = Node("c", "ConvInteger", ("x", "w", "zx"), ("y",), plain.attributes)
    scaled = Node(
        "c", "QLinearConv", ("x", "s", "z", "w", "s", "z", "s", "z", "b"), ("y",), plain.attributes
    )
    held = {"w": (4, 2, 3, 3), "zx": (), "s": (), "z": (), "b": (4,)}
    nets = [network_of(graph_of([n], {"x": (1, 4, 5, 5)}, held)) for n in (plain, whole_numbers, scaled)]
    assert len({net["c"].operator for net in nets}) == 1
    assert [net.total("parameters", ["conv", "bias"]).value for net in nets] == [72, 72, 76]
    assert nets[2]["c"].weights == {"weight": "w"}


# --- products ------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [False, True])
def test_a_weight_that_is_stored_in_8_bits_has_its_values(channels: bool) -> None:
    rng = np.random.default_rng(2)
    held = {
        "q": rng.integers(-9, 9, (4, 3, 3, 3)).astype(np.int8),
        "s": rng.uniform(0.5, 2, (4,) if channels else ()).astype(np.float32),
        "z": rng.integers(-3, 3, (4,) if channels else ()).astype(np.int8),
    }
    nodes = [
        Node("d", "DequantizeLinear", ("q", "s", "z"), ("w",), {"axis": 0} if channels else {}),
        Node("c", "Conv", ("x", "w"), ("y",)),
    ]
    graph, x = graph_of(nodes, {"x": (1, 3, 5, 5)}, held), whole((1, 3, 5, 5))
    (y,) = run(graph, x=x)
    np.testing.assert_allclose(network_of(graph).linear_part()(x), y, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("turned", [0, 1])
@pytest.mark.parametrize("bias", [False, True])
def test_gemm(turned: int, bias: bool) -> None:
    held = {"w": whole((3, 5) if turned else (5, 3))} | ({"b": whole((3,))} if bias else {})
    node = Node("one", "Gemm", ("x", *held), ("y",), {"transB": turned})
    net = check(graph_of([node], {"x": (2, 5)}, held))
    assert net.total("mult_adds").value == 15
    assert net.total("parameters", ["linear", "bias"]).value == 15 + 3 * bias


@pytest.mark.parametrize("positions", [(), (4,), (2, 3)])
def test_matmul_with_a_weight_on_the_right(positions: tuple[int, ...]) -> None:
    node = Node("one", "MatMul", ("x", "w"), ("y",))
    net = check(graph_of([node], {"x": (2, *positions, 5)}, {"w": whole((5, 3))}))
    assert net.total("mult_adds").value == 15 * np.prod(positions, dtype=int)


def test_matmul_with_a_weight_on_the_left() -> None:
    node = Node("one", "MatMul", ("w", "x"), ("y",))
    check(graph_of([node], {"x": (2, 5, 4)}, {"w": whole((3, 5))}))


@pytest.mark.parametrize("heads", [1, 4])
def test_a_stack_of_weights_is_multiplied_matrix_by_matrix_and_all_of_it_is_parameters(heads: int) -> None:
    held = {"w": whole((heads, 5, 6))}
    graph = graph_of([Node("one", "MatMul", ("x", "w"), ("y",))], {"x": (2, 4, 7, 5)}, held)
    net = network_of(graph)
    assert net.total("mult_adds").value == 4 * 7 * 5 * 6
    assert net.total("parameters").value == held["w"].size
    (y,) = run(graph, x=whole((2, 4, 7, 5)))
    assert net["one"].output_shapes == (y.shape,)


@pytest.mark.parametrize(
    ("op_type", "role"), [("Add", "bias"), ("Sub", "bias"), ("Mul", "other"), ("Div", "other")]
)
def test_a_constant_for_each_channel_is_a_parameter_whatever_is_done_with_it(
    op_type: str, role: str
) -> None:
    graph = graph_of([Node("one", op_type, ("x", "w"), ("y",))], {"x": (1, 3, 4, 4)}, {"w": (3, 1, 1)})
    net = network_of(graph)
    assert [(held.tensor, held.role, held.size) for held in net["one"].held] == [("w", role, 3)]
    assert net.total("parameters", ["other", "bias"]).value == 3


@given(st.integers(-5, 6), st.integers(-5, 8) | st.just(2**63 - 1), st.integers(1, 3))
@FEW
def test_a_slice_of_a_name_is_that_of_each_number_for_which_it_claims_anything(
    start: int, end: int, step: int
) -> None:
    held = {name: np.array([v]) for name, v in (("s", start), ("e", end), ("a", 2), ("t", step))}
    node = Node("cut", "Slice", ("x", *held), ("y",))
    try:
        named = network_of(graph_of([node], {"x": (1, 2, "N")}, held))
    except ca.ArgumentError:
        assume(False)
    claimed = 0
    for n in range(1, 12):
        if all(condition.subs(ca.symbol("N"), n) for condition in named.conditions):
            found = sympy.sympify(named["cut"].output_shapes[0][2]).subs(ca.symbol("N"), n)
            assert found == len(range(n)[start:end:step]), n
            claimed += 1
    inside = len(range(11)[start:end:step]) > 0 and start < end
    assert claimed or not inside, "a slice that has something claims it for large sizes"


def test_matmul_of_two_activations_has_no_parameters() -> None:
    node = Node("one", "MatMul", ("x", "z"), ("y",))
    graph = graph_of([node], {"x": (2, 4, 7, 5), "z": (2, 4, 5, 6)})
    net = network_of(graph)
    assert net["one"].operator is None
    assert net.total("mult_adds").value == 4 * 7 * 5 * 6
    assert net.total("parameters").value == 0
    (y,) = run(graph, x=whole((2, 4, 7, 5)), z=whole((2, 4, 5, 6)))
    assert net["one"].output_shapes == (y.shape,)


# --- pooling -------------------------------------------------------------------------------------


@st.composite
def pools(draw: Any, kind: str) -> Graph:
    rank = draw(st.integers(1, 3))

    def each(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank))

    kernel = each(1, 3)
    attributes: dict[str, Any] = {"kernel_shape": kernel, "strides": each(1, 3)}
    attributes["ceil_mode"] = draw(st.integers(0, 1))
    if draw(st.booleans()):
        attributes["dilations"] = each(1, 2)
    if kind == "AveragePool":
        attributes["count_include_pad"] = draw(st.integers(0, 1))
    form = draw(st.sampled_from(["pads", "none", "VALID", "SAME_UPPER", "SAME_LOWER"]))
    if form == "pads":
        attributes["pads"] = [draw(st.integers(0, k - 1)) for k in kernel * 2]
    elif form != "none":
        # ONNX Runtime takes the padding of a stride beyond the kernel for negative: nobody else does.
        strides = [min(s, k) for s, k in zip(attributes["strides"], kernel, strict=True)]
        attributes |= {"auto_pad": form, "ceil_mode": 0, "strides": strides}
        attributes.pop("dilations", None)
    node = Node("one", kind, ("x",), ("y",), attributes)
    return graph_of([node], {"x": (1, 2, *each(3, 7))})


@given(pools("AveragePool"))
@FEW
def test_average_pools_are_those_of_the_runtime(graph: Graph) -> None:
    assume(fits(graph))
    check(graph, exact=False, infer=not graph.nodes[0].attributes["ceil_mode"])


@given(pools("MaxPool"))
@FEW
def test_maximum_pools_have_the_shapes_of_the_runtime(graph: Graph) -> None:
    assume(fits(graph))
    (y,) = run(graph, x=whole(graph.inputs["x"]))
    net = network_of(graph)
    layer = net["one"]
    assert layer.output_shapes[0] == y.shape
    # With ceil_mode onnx infers windows that begin beyond the input.
    assert graph.nodes[0].attributes["ceil_mode"] or inferred(graph) == y.shape
    assert layer.operator is None
    assert layer.understood
    assert layer.counts is not None
    assert layer.counts.multiplications == 0


@pytest.mark.parametrize(
    "node",
    [
        Node("one", "GlobalAveragePool", ("x",), ("y",)),
        Node("one", "ReduceMean", ("x", "axes"), ("y",), {"keepdims": 0}),
        Node("one", "ReduceMean", ("x", "axes"), ("y",)),
    ],
)
def test_means_over_whole_axes(node: Node) -> None:
    held = {"axes": np.array([2, 3])} if len(node.inputs) > 1 else {}
    check(graph_of([node], {"x": (2, 3, 4, 5)}, held), exact=False)


# --- moves ---------------------------------------------------------------------------------------

INT = np.int64
MOVES: list[tuple[Node, tuple[int, ...], dict[str, np.ndarray]]] = [
    (Node("one", "Pad", ("x", "p"), ("y",)), (1, 2, 4, 5), {"p": np.array([0, 0, 1, 2, 0, 1, -1, 0])}),
    (
        Node("one", "Pad", ("x", "p"), ("y",), {"mode": "reflect"}),
        (2, 2, 4, 5),
        {"p": np.array([0, 0, 1, 2, 0, 0, 3, 0])},
    ),
    (
        Node("one", "Pad", ("x", "p"), ("y",), {"mode": "edge"}),
        (1, 2, 4, 5),
        {"p": np.array([0, 0, 1, 2, 0, 0, 3, 0])},
    ),
    (
        Node("one", "Slice", ("x", "s", "e", "a", "t"), ("y",)),
        (2, 4, 7, 6),
        {"s": np.array([1, -5]), "e": np.array([2**62, -1]), "a": np.array([1, 2]), "t": np.array([2, 1])},
    ),
    (Node("one", "DepthToSpace", ("x",), ("y",), {"blocksize": 2}), (2, 8, 3, 2), {}),
    (Node("one", "DepthToSpace", ("x",), ("y",), {"blocksize": 2, "mode": "CRD"}), (1, 8, 3, 2), {}),
    (Node("one", "SpaceToDepth", ("x",), ("y",), {"blocksize": 2}), (1, 3, 4, 6), {}),
    (Node("one", "Transpose", ("x",), ("y",), {"perm": [0, 3, 1, 2]}), (1, 3, 4, 6), {}),
    (Node("one", "Reshape", ("x", "s"), ("y",)), (2, 3, 4, 6), {"s": np.array([0, -1, 6])}),
    (Node("one", "Flatten", ("x",), ("y",)), (2, 3, 4, 6), {}),
    (Node("one", "Squeeze", ("x", "a"), ("y",)), (2, 3, 1, 1), {"a": np.array([2, -1])}),
    (Node("one", "Unsqueeze", ("x", "a"), ("y",)), (2, 3), {"a": np.array([1, -1])}),
    (Node("one", "Identity", ("x",), ("y",)), (2, 3, 2), {}),
]


@pytest.mark.parametrize(
    ("node", "shape", "held"), MOVES, ids=[f"{m[0].op_type}{i}" for i, m in enumerate(MOVES)]
)
def test_moves_are_those_of_the_runtime(
    node: Node, shape: tuple[int, ...], held: dict[str, np.ndarray]
) -> None:
    check(graph_of([node], {"x": shape}, held))


RESIZES = [
    ("nearest", "asymmetric", "floor", [1, 1, 2, 3]),
    ("nearest", "half_pixel", "round_prefer_floor", [1, 1, 2, 3]),
    ("nearest", "half_pixel", "round_prefer_ceil", [1, 1, 2, 5]),
    ("nearest", "pytorch_half_pixel", "round_prefer_floor", [1, 1, 4, 3]),
    ("nearest", "asymmetric", "floor", [1, 1, 0.5, 0.25]),
    ("linear", "half_pixel", "floor", [1, 1, 2, 2]),
    ("linear", "pytorch_half_pixel", "floor", [1, 1, 2, 3]),
]


@pytest.mark.parametrize(("mode", "where", "rounding", "scales"), RESIZES)
def test_resizes_by_whole_factors(mode: str, where: str, rounding: str, scales: list[float]) -> None:
    attributes = {"mode": mode, "coordinate_transformation_mode": where, "nearest_mode": rounding}
    node = Node("one", "Resize", ("x", "", "s"), ("y",), attributes)
    held = {"s": np.array(scales, np.float32)}
    check(graph_of([node], {"x": (1, 2, 4, 8)}, held), exact=mode == "nearest")


def test_a_resize_to_sizes_with_the_corners_aligned() -> None:
    attributes = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
    node = Node("one", "Resize", ("x", "", "", "s"), ("y",), attributes)
    check(graph_of([node], {"x": (1, 2, 4, 3)}, {"s": np.array([1, 2, 10, 7])}), exact=False)


@pytest.mark.parametrize(("factor", "least"), [(0.5, 2), (0.25, 4), (0.75, 2), (1.5, 1)])
def test_what_becomes_smaller_must_leave_something(factor: float, least: int) -> None:
    layers = [{"name": "one", "type": "resize", "factor": factor}]
    network = ca.read_layers({"input": [1, 1, "N", "N"], "layers": layers})
    assert network.conditions == ((ca.symbol("N") >= least,) if least > 1 else ())
    assert min(network.at(N=least)["one"].output_shapes[0]) == 1
    for size in range(1, least):
        with pytest.raises(
            ca.ConvalgebraError, match=r"becomes \(1, 1, 0, 0\): each size must be at least 1"
        ):
            network.at(N=size)


@given(st.integers(1, 60), st.floats(0.125, 4, width=32))
@FEW
def test_any_scale_gives_the_size_of_the_runtime(size: int, scale: float) -> None:
    attributes = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric"}
    node = Node("one", "Resize", ("x", "", "s"), ("y",), attributes)
    graph = graph_of([node], {"x": (1, 1, size)}, {"s": np.array([1, 1, scale], np.float32)})
    assume(size * scale >= 1)
    (y,) = run(graph, x=np.zeros((1, 1, size), np.float32))
    assert network_of(graph)["one"].output_shapes == (y.shape,)


@given(st.integers(1, 8), st.integers(-9, 9), st.integers(-9, 9), st.sampled_from([-3, -2, -1, 1, 2, 3]))
@FEW
def test_slices_have_the_shape_of_the_runtime(size: int, start: int, end: int, step: int) -> None:
    node = Node("one", "Slice", ("x", "s", "e", "a", "t"), ("y",))
    held = {"s": np.array([start]), "e": np.array([end]), "a": np.array([2]), "t": np.array([step])}
    graph = graph_of([node], {"x": (1, 2, size)}, held)
    (y,) = run(graph, x=whole((1, 2, size)))
    layer = network_of(graph)["one"]
    assert layer.output_shapes == (y.shape,)
    if step > 0 and y.size:
        assert layer.operator is not None
        assert (layer.operator.matrix() @ whole((1, 2, size)).ravel() == y.ravel()).all()


def test_split_and_concat() -> None:
    nodes = [
        Node("split", "Split", ("x",), ("a", "b", "c"), {"axis": 1, "num_outputs": 3}),
        Node("concat", "Concat", ("c", "a"), ("y",), {"axis": 1}),
    ]
    net = network_of(graph_of(nodes, {"x": (1, 7, 2, 2)}))
    assert net["split"].output_shapes == ((1, 3, 2, 2), (1, 3, 2, 2), (1, 1, 2, 2))
    assert net.outputs == {"y": (1, 4, 2, 2)}
    assert net["split"].counts is not None
    assert net["split"].counts.activations == 28


# --- patterns ------------------------------------------------------------------------------------


def three(middle: list[int], perm: list[int], last: list[int], shape: tuple[Any, ...]) -> Graph:
    nodes = [
        Node("r1", "Reshape", ("x", "s1"), ("a",)),
        Node("t", "Transpose", ("a",), ("b",), {"perm": perm}),
        Node("r2", "Reshape", ("b", "s2"), ("y",)),
    ]
    return graph_of(nodes, {"x": shape}, {"s1": np.array(middle), "s2": np.array(last)})


@pytest.mark.parametrize(
    ("kind", "graph"),
    [
        ("ChannelShuffle", three([1, 3, 2, 4, 5], [0, 2, 1, 3, 4], [1, 6, 4, 5], (1, 6, 4, 5))),
        ("ChannelShuffle", three([1, 2, 3, 20], [0, 2, 1, 3], [1, 6, 20], (1, 6, 20))),
        ("PixelShuffle", three([1, 2, 2, 2, 3, 5], [0, 1, 4, 2, 5, 3], [1, 2, 6, 10], (1, 8, 3, 5))),
        ("DepthToSpace", three([1, 2, 2, 2, 3, 5], [0, 3, 4, 1, 5, 2], [1, 2, 6, 10], (1, 8, 3, 5))),
        ("PixelUnshuffle", three([1, 2, 3, 2, 5, 2], [0, 1, 3, 5, 2, 4], [1, 8, 3, 5], (1, 2, 6, 10))),
        ("SpaceToDepth", three([1, 2, 3, 2, 5, 2], [0, 3, 5, 1, 2, 4], [1, 8, 3, 5], (1, 2, 6, 10))),
    ],
)
def test_a_shuffle_in_three_nodes_is_one_layer(kind: str, graph: Graph) -> None:
    net = network_of(graph)
    (layer,) = net.layers
    assert layer.op_type == kind
    assert layer.operator is not None
    x = whole(graph.inputs["x"])
    (y,) = run(graph, x=x)
    assert layer.output_shapes == (y.shape,)
    assert (layer.operator.matrix() @ x.ravel() == y.ravel()).all()
    assert layer.counts is not None
    assert layer.counts.multiplications == 0


@pytest.mark.parametrize("perm", [[0, 1, 2, 4, 3], [0, 2, 3, 1, 4], [0, 1, 2, 3, 4]])
def test_another_order_is_no_shuffle(perm: list[int]) -> None:
    graph = three([1, 3, 2, 4, 5], perm, [1, 6, 4, 5], (1, 6, 4, 5))
    assert [layer.op_type for layer in network_of(graph)] == ["Reshape", "Transpose", "Reshape"]


def test_a_shuffle_that_is_read_in_the_middle_stays_three_layers() -> None:
    graph = three([1, 3, 2, 4, 5], [0, 2, 1, 3, 4], [1, 6, 4, 5], (1, 6, 4, 5))
    open_inside = Graph(graph.nodes, graph.inputs, graph.constants, ("y", "b"), "by hand")
    assert len(network_of(open_inside)) == 3


def test_a_reshape_by_shapes_that_are_worked_out() -> None:
    nodes = [
        Node("shape", "Shape", ("x",), ("s",)),
        Node("batch", "Gather", ("s", "zero"), ("n",), {"axis": 0}),
        Node("up", "Unsqueeze", ("n", "axes"), ("n1",)),
        Node("target", "Concat", ("n1", "minus"), ("t",), {"axis": 0}),
        Node("flat", "Reshape", ("x", "t"), ("f",)),
        Node("fc", "Gemm", ("f", "w"), ("y",), {"transB": 1}),
    ]
    held = {
        "zero": np.array(0),
        "axes": np.array([0]),
        "minus": np.array([-1]),
        "w": whole((7, 24)),
    }
    graph = graph_of(nodes, {"x": ("B", 2, 3, 4)}, held)
    net = network_of(graph)
    assert [layer.name for layer in net] == ["flat", "fc"]
    assert net.outputs == {"y": (ca.symbol("B"), 7)}
    assert net.total("mult_adds").value == 7 * 24
    (y,) = run(Graph(graph.nodes, {"x": (2, 2, 3, 4)}, graph.constants, ("y",), ""), x=whole((2, 2, 3, 4)))
    assert net.at(B=2).outputs == {"y": y.shape}


# --- names ---------------------------------------------------------------------------------------


def small_net(size: Any, channels: Any, batch: Any = 1, padding: int = 1) -> Graph:
    """Return a network with a branch, a strided and a transposed convolution, pools and norms."""
    wide = 2 * (ca.symbol(channels) if isinstance(channels, str) else channels)
    channels = ca.symbol(channels) if isinstance(channels, str) else channels
    pads = [padding] * 4
    nodes = [
        Node("c1", "Conv", ("x", "w1", "b1"), ("a",), {"pads": pads, "strides": [2, 2]}),
        Node("n1", "BatchNormalization", ("a", "g", "be", "mu", "va"), ("b",)),
        Node("r1", "Relu", ("b",), ("c",)),
        Node("m1", "MaxPool", ("c",), ("d",), {"kernel_shape": [3, 3], "strides": [2, 2], "pads": pads}),
        Node("dw", "Conv", ("d", "w2"), ("e",), {"pads": [1] * 4, "group": channels}),
        Node("sum", "Add", ("d", "e"), ("f",)),
        Node("up", "ConvTranspose", ("f", "w3"), ("g1",), {"strides": [2, 2], "output_padding": [1, 1]}),
        Node("ap", "AveragePool", ("g1",), ("h",), {"kernel_shape": [2, 2], "strides": [2, 2]}),
        Node("gp", "GlobalAveragePool", ("h",), ("i",)),
        Node("fl", "Flatten", ("i",), ("j",)),
        Node("fc", "Gemm", ("j", "w4", "b4"), ("y",), {"transB": 1}),
    ]
    held = {
        "w1": (channels, 3, 3, 3),
        "b1": (channels,),
        **dict.fromkeys(("g", "be", "mu", "va"), (channels,)),
        "w2": (channels, 1, 3, 3),
        "w3": (channels, wide, 3, 3),
        "w4": (10, wide),
        "b4": (10,),
    }
    return graph_of(nodes, {"x": (batch, 3, size, size)}, held)


@given(st.integers(11, 40), st.integers(1, 6), st.integers(1, 3), st.integers(0, 1))
@settings(max_examples=15, deadline=None)
def test_names_put_later_are_numbers_put_at_once(n: int, c: int, b: int, padding: int) -> None:
    named, plain = small_net("N", "C", "B", padding), network_of(small_net(n, c, b, padding))
    net = network_of(named)
    assert net.symbols == {ca.symbol("N"), ca.symbol("C"), ca.symbol("B")}
    later = net.at(N=n, C=c, B=b)
    values = {ca.symbol("N"): n, ca.symbol("C"): c, ca.symbol("B"): b}
    for layer, there, here in zip(net, later, plain, strict=True):
        assert there.operator == here.operator
        assert there.counts == here.counts
        assert there.output_shapes == here.output_shapes
        shape = tuple(sympy.sympify(s).subs(values) for s in layer.output_shapes[0] or ())
        assert shape == here.output_shapes[0]
    for quantity in ("multiplications", "mult_adds", "additions", "activations", "parameters"):
        formula = net.formula(quantity, ["conv", "linear", "bias", "norm", "pool"])
        names = {str(s): v for s, v in values.items() if s in formula.symbols}
        number = plain.total(quantity, ["conv", "linear", "bias", "norm", "pool"])
        assert formula.at(**names) == number.value


def test_a_network_of_multiples_has_a_polynomial_cost() -> None:
    net = network_of(small_net(32 * ca.symbol("q"), 4))
    found = net.total("multiplications").value
    assert sympy.Poly(found, ca.symbol("q")).degree() == 2
    for q in (1, 2, 5):
        assert (
            found.subs(ca.symbol("q"), q) == network_of(small_net(32 * q, 4)).total("multiplications").value
        )


def test_the_batch_is_in_no_count() -> None:
    one, many = network_of(small_net(16, 3)), network_of(small_net(16, 3, 5))
    assert [layer.counts for layer in one] == [layer.counts for layer in many]


def test_another_input() -> None:
    net = network_of(small_net(16, 3)).with_input((1, 3, "H", 20))
    assert net.symbols == {ca.symbol("H")}
    assert net.at(H=20)["c1"].output_shapes == ((1, 3, 10, 10),)
    with pytest.raises(ca.ArgumentError, match="must have 4 axes"):
        net.with_input((3, 20, 20))
    with pytest.raises(ca.ArgumentError, match="sequence of sizes"):
        net.with_input(7)
    with pytest.raises(ca.ArgumentError, match="none of x"):
        net.with_input({"z": (1, 3, 4, 4)})


# --- totals --------------------------------------------------------------------------------------


def test_what_is_included_is_what_is_said() -> None:
    net = network_of(small_net(16, 4))
    weights = 4 * 3 * 9 + 4 * 9 + 4 * 8 * 9 + 10 * 8
    assert net.total("parameters").value == weights
    assert net.total("parameters", ["conv"]).value == weights - 80
    assert net.total("parameters", ["conv", "linear", "bias"]).value == weights + 4 + 10
    assert net.total("parameters", ["conv", "linear", "bias", "norm"]).value == weights + 14 + 8
    assert net.total("running_parameters").value == 8
    assert sum(layer.counts.running_parameters for layer in net if layer.counts) == 8
    assert net.total("additions", ["norm"]).value == 4 * 8 * 8, "the shift goes with the normalisation"
    assert net.total("mult_adds", ["norm"]).value == 4 * 8 * 8
    with_bias, without = (net.total("additions", i).value for i in (["conv", "bias"], ["conv"]))
    assert with_bias - without == 4 * 8 * 8
    assert net.total("additions", ["other"]).value == 4 * 4 * 4
    with pytest.raises(ca.ArgumentError, match="include"):
        net.total("parameters", ["classifier"])
    with pytest.raises(ca.ArgumentError, match="quantity"):
        net.total("flops")


@pytest.mark.parametrize("attribute", [{}, {"kernel_shape": [3, 2]}])
@pytest.mark.parametrize("op_type", ["Conv", "ConvTranspose"])
def test_a_kernel_is_that_of_the_weight_if_the_node_does_not_say(op_type: str, attribute: dict) -> None:
    node = Node("one", op_type, ("x", "w"), ("y",), attribute)
    net = network_of(graph_of([node], {"x": (1, 1, 5, 5)}, {"w": (1, 1, 3, 2)}))
    assert net["one"].kernel == net.table().rows[0].kernel == (3, 2)


def test_a_fault_that_is_no_error_of_ours_keeps_its_cause() -> None:
    node = Node("one", "Conv", ("x", "w"), ("y",), {"strides": 7})
    with pytest.raises(ca.ArgumentError, match="one"):
        network_of(graph_of([node], {"x": (1, 1, 5, 5)}, {"w": (1, 1, 3, 2)}))
    broken = Node("one", "Transpose", ("x",), ("y",), {"perm": object()})
    with pytest.raises(ca.ArgumentError, match="'one'") as caught:
        network_of(graph_of([broken], {"x": (1, 1, 5, 5)}))
    assert isinstance(caught.value.__cause__, TypeError)


def test_the_share_on_padding_zeros() -> None:
    node = Node("one", "Conv", ("x", "w"), ("y",), {"pads": [1, 1, 1, 1]})
    net = network_of(graph_of([node], {"x": (1, 1, 3, 3)}, {"w": (1, 1, 3, 3)}))
    assert net["one"].lost == Fraction(81 - 49, 81)
    odd = network_of(graph_of([Node("odd", "NobodysOp", ("x",), ("y",))], {"x": (1, 1, 3, 3)}))
    assert odd["odd"].lost is None, "what is not known is not 0"
    named = network_of(graph_of([node], {"x": (1, 1, "N", "N")}, {"w": (1, 1, 3, 3)}))
    assert sympy.simplify(named["one"].lost.subs(ca.symbol("N"), 3)) == sympy.Rational(32, 81)


def test_a_tensor_that_two_layers_use_is_counted_once() -> None:
    nodes = [
        Node("a", "Conv", ("x", "w"), ("y",), {"pads": [1] * 4}),
        Node("b", "Conv", ("y", "w"), ("z",), {"pads": [1] * 4}),
    ]
    net = network_of(graph_of(nodes, {"x": (1, 2, 5, 5)}, {"w": (2, 2, 3, 3)}))
    assert net.total("parameters").value == 36
    assert net.total("mult_adds").value == 2 * 36 * 25


def unknown() -> list[Node]:
    return [
        Node("a", "Conv", ("x", "w"), ("y",), {"pads": [1] * 4}),
        Node("magic", "NonMaxSuppression", ("y",), ("z",)),
        Node("b", "Relu", ("z",), ("u",)),
    ]


def test_what_is_not_understood_makes_totals_partial() -> None:
    graph = graph_of(unknown(), {"x": (1, 2, 5, 5)}, {"w": (2, 2, 3, 3)})
    net = network_of(graph)
    total = net.total("mult_adds")
    assert total.partial
    assert total.missing == ("magic", "b")
    assert total.value == 900
    assert str(total) == "900 mult_adds, partial: without magic, b"
    assert net["magic"].counts is None
    assert "NonMaxSuppression" in net["magic"].why
    assert "magic" in net["b"].why
    assert any("magic" in note for note in net.notes)
    with pytest.raises(ca.ArgumentError, match="magic"):
        net.formula()


def test_the_shape_that_the_file_states_helps_beyond_what_is_not_understood() -> None:
    graph = graph_of(unknown(), {"x": (1, 2, 5, 5)}, {"w": (2, 2, 3, 3)})
    stated = Graph(
        graph.nodes, graph.inputs, graph.constants, graph.outputs, "by hand", shapes={"z": (1, 2, 5, 5)}
    )
    net = network_of(stated)
    assert net.total("mult_adds").missing == ("magic",)
    assert net.outputs == {"u": (1, 2, 5, 5)}


def test_a_file_that_states_another_shape_is_not_believed_in_silence() -> None:
    node = Node("one", "Relu", ("x",), ("y",))
    graph = Graph((node,), {"x": (1, 2, 5, 5)}, {}, ("y",), "by hand", shapes={"y": (1, 2, 5, 6)})
    net = network_of(graph)
    assert not net["one"].understood
    assert "the file states" in net["one"].why
    assert net.total("mult_adds").partial


def test_onnx_s_mistake_about_ceil_mode_is_not_believed() -> None:
    attributes = {"kernel_shape": [2], "strides": [3], "ceil_mode": 1}
    nodes = [Node("pool", "MaxPool", ("x",), ("y",), attributes), Node("r", "Relu", ("y",), ("z",))]
    stated = {"y": (1, 2, 2), "z": (1, 2, 2)}
    graph = Graph(tuple(nodes), {"x": (1, 2, 3)}, {}, ("z",), "by hand", shapes=stated)
    (y,) = run(graph, x=whole((1, 2, 3)))
    net = network_of(graph)
    assert net.outputs == {"z": y.shape} == {"z": (1, 2, 1)}
    assert not net.total("mult_adds").partial


@pytest.mark.parametrize("mode", ["NOTSET", "VALID", "SAME_UPPER"])
def test_onnx_s_mistake_about_a_wanted_output_size_is_not_believed(mode: str) -> None:
    attributes = {"output_shape": [6, 6], "strides": [1, 2], "auto_pad": mode}
    node = Node("up", "ConvTranspose", ("x", "w"), ("y",), attributes)
    shape, weight = {"x": (3, 2, 4, 5)}, {"w": whole((2, 1, 3, 1))}
    graph = replace(graph_of([node], shape, weight), shapes={"y": (6, 6)})  # as it is inferred
    (y,) = run(graph, x=whole((3, 2, 4, 5)))
    net = network_of(graph)
    assert net.outputs == {"y": y.shape} == {"y": (3, 1, 6, 6)}
    assert not net.total("mult_adds").partial


def test_an_op_of_a_foreign_domain_is_not_taken_for_onnx_s() -> None:
    node = Node("one", "Conv", ("x", "w"), ("y",), {}, domain="com.example")
    net = network_of(graph_of([node], {"x": (1, 2, 5, 5)}, {"w": (2, 2, 3, 3)}))
    assert not net["one"].understood
    assert "com.example" in net["one"].why


# --- folding -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Conv", "ConvTranspose"])
@pytest.mark.parametrize("bias", [False, True])
def test_a_folded_normalisation_is_the_same_map(kind: str, bias: bool) -> None:
    rng = np.random.default_rng(1)
    held = {
        "w": whole((3, 3, 3, 3)),
        **{n: rng.uniform(0.5, 2, 3).astype(np.float32) for n in ("g", "be", "mu", "va", "b")},
    }
    if not bias:
        held.pop("b")
    nodes = [
        Node("c", kind, ("x", "w", *(["b"] if bias else [])), ("a",)),
        Node("n", "BatchNormalization", ("a", "g", "be", "mu", "va"), ("y",)),
    ]
    net = network_of(graph_of(nodes, {"x": (1, 3, 5, 5)}, held))
    folded = net.folded()
    assert [layer.op_type for layer in folded] == [kind]
    (expected,), (found,) = (
        run(Graph(n.graph.nodes, n.inputs, used(n), ("y",), ""), x=whole((1, 3, 5, 5)))
        for n in (net, folded)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert folded.total("parameters", ["conv", "bias", "norm"]).value == 81 + 3
    assert folded["c"].operator == net["c"].operator


@pytest.mark.parametrize("plain", [True, False])
def test_a_normalisation_without_scale_folds_and_without_running_values_stays(plain: bool) -> None:
    rng = np.random.default_rng(1)
    held = {
        "w": whole((3, 3, 3, 3)),
        **{n: rng.uniform(0.5, 2, 3).astype(np.float32) for n in ("mu", "va")},
    }
    kept = ("", "", "mu", "va") if plain else ("mu", "va", "", "")
    nodes = [Node("c", "Conv", ("x", "w"), ("a",)), Node("n", "BatchNormalization", ("a", *kept), ("y",))]
    folded = network_of(graph_of(nodes, {"x": (1, 3, 5, 5)}, held)).folded()
    assert [layer.op_type for layer in folded] == (["Conv"] if plain else ["Conv", "BatchNormalization"])
    if plain:
        (before,) = run(
            graph_of(nodes[:1], {"x": (1, 3, 5, 5)}, {"w": held["w"]}, "a"), x=whole((1, 3, 5, 5))
        )
        after = folded.linear_part()(whole((1, 3, 5, 5)))
        mean, variance = (held[n].reshape(3, 1, 1) for n in ("mu", "va"))
        np.testing.assert_allclose(after, (before - mean) / np.sqrt(variance + 1e-5), rtol=1e-4, atol=1e-4)


def used(net: Network) -> dict[str, Tensor]:
    """Return the constants that nodes read, their values worked out."""
    names = {name for node in net.graph.nodes for name in node.inputs}
    tensors = {name: tensor for name, tensor in net.graph.constants.items() if name in names}
    return {n: Tensor(n, t.shape, "float32", np.asarray(t.array(), np.float32)) for n, t in tensors.items()}


def test_a_normalisation_of_what_others_read_too_stays() -> None:
    graph = small_net(16, 3)
    assert len(network_of(graph).folded()) == len(network_of(graph)) - 1
    branched = Graph(graph.nodes, graph.inputs, graph.constants, ("y", "a"), "by hand")
    assert len(network_of(branched).folded()) == len(network_of(branched))


# --- mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "shape", "message"),
    [
        ({"pads": [1, 1]}, (1, 2, 5, 5), "pads"),
        ({"strides": [0, 1]}, (1, 2, 5, 5), "stride"),
        ({"strides": "wide"}, (1, 2, 5, 5), "strides"),
        ({"group": 3}, (1, 2, 5, 5), "groups"),
        ({"auto_pad": "SAME"}, (1, 2, 5, 5), "auto_pad"),
        ({"kernel_shape": [5, 5]}, (1, 2, 7, 7), "do not fit"),
        ({}, (1, 2, 2, 5), "kernel_size"),
        ({}, (1, 4, 5, 5), "do not fit"),
        ({}, (1, 2, 5), "axes"),
        ({}, (7,), "axes"),
        ({"dilations": [None, 1]}, (1, 2, 5, 5), "dilations"),
    ],
)
def test_a_wrong_convolution_is_named(
    attributes: dict[str, Any], shape: tuple[int, ...], message: str
) -> None:
    node = Node("stem", "Conv", ("x", "w"), ("y",), attributes)
    with pytest.raises(ca.ConvalgebraError, match=message) as caught:
        network_of(graph_of([node], {"x": shape}, {"w": (2, 2, 3, 3)}))
    assert "stem" in str(caught.value)


def test_what_nothing_writes_cannot_be_read() -> None:
    with pytest.raises(ca.ArgumentError, match="which nothing before it writes"):
        network_of(graph_of([Node("a", "Relu", ("nowhere",), ("y",))], {"x": (1, 2)}))


def test_a_kernel_of_a_billion_taps_is_refused_at_once() -> None:
    node = Node("one", "Conv", ("x", "w"), ("y",))
    net = network_of(graph_of([node], {"x": (1, 1, 10**10)}, {"w": (1, 1, 10**9)}))
    assert not net["one"].understood
    assert net.total("mult_adds").partial


def test_a_mean_over_a_billion_values_has_a_shape_and_no_count() -> None:
    node = Node("one", "GlobalAveragePool", ("x",), ("y",))
    net = network_of(graph_of([node], {"x": (1, 1, 10**9)}))
    assert net.outputs == {"y": (1, 1, 1)}
    assert net.total("additions", ["pool"]).missing == ("one",)


def test_a_range_of_any_length_takes_no_time() -> None:
    nodes = [
        Node("range", "Range", ("a", "b", "c"), ("r",)),
        Node("add", "Add", ("x", "r"), ("y",)),
    ]
    held = {"a": np.array(0), "b": np.array(2**80, object), "c": np.array(1)}
    with pytest.raises(ca.ArgumentError, match="range"):
        network_of(graph_of(nodes, {"x": (1, 5)}, held))


def test_numbers_that_square_again_and_again_are_given_up() -> None:
    nodes = [Node(f"m{i}", "Mul", (f"c{i}", f"c{i}"), (f"c{i + 1}",)) for i in range(99)]
    nodes.append(Node("r", "Reshape", ("x", "c99"), ("y",)))
    net = network_of(graph_of(nodes, {"x": (1, 7)}, {"c0": np.array([7])}))
    assert net.total("mult_adds").missing == ("r",)


def test_a_network_prints_in_one_line() -> None:
    assert repr(network_of(small_net("N", 3))) == "<Network of 11 layers from by hand, x: (1, 3, N, N)>"


def test_a_name_that_is_not_there() -> None:
    net = network_of(small_net("N", 3))
    with pytest.raises(ca.ArgumentError, match="it has N"):
        net.at(M=3)
    with pytest.raises(ca.ArgumentError, match="no layer"):
        net["c9"]


JUNK: list[Any] = [
    *(None, -1, 0, 1, 3, 2**70, "x", b"\xff", 1.5, float("nan"), float("inf"), True, {"a": 1}),
    *([], [1], [1, 1], [0, 0], [2**62] * 2, [1] * 4, [-5] * 4, [None], np.zeros(3)),
]
NAMES = [
    *(
        "kernel_shape",
        "strides",
        "pads",
        "dilations",
        "group",
        "auto_pad",
        "output_shape",
        "output_padding",
    ),
    *("axis", "axes", "perm", "mode", "blocksize", "split", "scales", "keepdims", "ceil_mode", "shape"),
    *("starts", "ends", "to", "transA", "transB", "value", "groups"),
]
SHAPES: list[tuple[Any, ...]] = [(1, 4, 6, 6), (4, 4, 3, 3), (4,), (), (2,), (1, 4), (1,), (3, 3)]


@pytest.mark.parametrize("op_type", [*KINDS, *FOLDS])
def test_hostile_attributes_are_named_or_not_understood(op_type: str) -> None:
    rng = random.Random(op_type)
    for _ in range(5):
        held: dict[str, Any] = {}
        for place in range(rng.randint(0, 3)):
            shape = rng.choice(SHAPES)
            values = np.array(rng.choices(range(-3, 9), k=math.prod(shape))).reshape(shape)
            held[f"w{place}"] = rng.choice([shape, values])
        inputs = [*held, "x"] if rng.random() < 0.2 else ["x", *held]
        node = Node(
            "one",
            op_type,
            tuple(inputs),
            ("y", "z"),
            {rng.choice(NAMES): rng.choice(JUNK) for _ in range(3)},
        )
        shape = rng.choice([*SHAPES, (1, 2**40, 7, 7), (1, 4, "H", "W")])
        try:
            net = network_of(graph_of([node], {"x": shape}, held))
        except ca.ConvalgebraError:
            continue
        assert net.total("mult_adds", INCLUDES).partial == any(not layer.understood for layer in net)


# --- speed ---------------------------------------------------------------------------------------


def long_net(blocks: int, size: Any) -> Graph:
    """Return ``blocks`` times convolution, normalisation, activation and sum: four layers each."""
    nodes, held, last = [], dict.fromkeys(("g", "be", "mu", "va"), (16,)), "x"
    for i in range(blocks):
        held[f"w{i}"] = (16, 16, 3, 3)
        nodes += [
            Node(f"c{i}", "Conv", (last, f"w{i}"), (f"a{i}",), {"pads": [1] * 4}),
            Node(f"n{i}", "BatchNormalization", (f"a{i}", "g", "be", "mu", "va"), (f"b{i}",)),
            Node(f"r{i}", "Relu", (f"b{i}",), (f"d{i}",)),
            Node(f"s{i}", "Add", (f"d{i}", last), (f"y{i}",)),
        ]
        last = f"y{i}"
    return graph_of(nodes, {"x": (1, 16, size, size)}, held)


def test_a_thousand_layers_are_counted_in_seconds() -> None:
    count.cache_clear()
    start = time.perf_counter()
    net = network_of(long_net(250, "N"))
    assert len(net) == 1000
    N = ca.symbol("N")
    assert net.formula("mult_adds").value == 250 * 16 * 16 * 9 * N**2
    assert sympy.expand(net.total("multiplications").value - 250 * 256 * (3 * N - 2) ** 2) == 0
    assert time.perf_counter() - start < 5
    # Equal operators are counted once, however many layers have them.
    assert count.cache_info().misses <= 8


def test_a_maximum_pool_needs_an_image_that_its_window_fits_into():
    layers = [{"type": "conv", "out_channels": 2, "kernel_size": 1}, {"type": "max_pool", "kernel_size": 3}]
    network = ca.read_layers({"input": [1, 1, "N", "N"], "layers": layers})
    N = ca.symbol("N")
    assert network.conditions == (N >= 3,)
    found = network.check("mult_adds", {"N": range(1, 9)})
    assert bool(found)
    assert [sizes["N"] for sizes in found.outside] == [1, 2]
