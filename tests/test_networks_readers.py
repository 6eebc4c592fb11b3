"""Models read as graphs: ONNX files old, new and hostile, PyTorch modules, plain descriptions."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.networks.description import graph_of_layers, read_layers
from convalgebra.networks.familiar import _OPTIONS as _HINTED_OPTIONS
from convalgebra.networks.familiar import _TYPES as _HINTED_TYPES
from convalgebra.networks.familiar import nearest_types
from convalgebra.networks.graph import Graph, Node
from convalgebra.networks.hushed import hushed
from convalgebra.networks.network import network_of
from convalgebra.networks.onnxfile import graph_of_onnx, read_onnx
from convalgebra.networks.reading.layers.given import COMMON
from convalgebra.networks.reading.layers.table import TYPES
from convalgebra.networks.reading.ordering import in_order
from convalgebra.networks.reading.wire import MOST_PARTS, slim
from convalgebra.networks.torchmodule import graph_of_torch, read_torch
from tests.conftest import optional

LIGHT = (
    *("bvlc_alexnet", "densenet121", "inception_v1", "inception_v2", "resnet50"),
    *("shufflenet", "squeezenet", "vgg19", "zfnet512"),
)
SECONDS = 5.0  # of the processor, for anything hostile


@pytest.fixture
def onnx() -> Any:
    return optional("onnx")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


def light(onnx: Any, name: str) -> Path:
    return Path(onnx.__file__).parent / "backend/test/data/light" / f"light_{name}.onnx"


def made(
    onnx: Any,
    nodes: list[Any],
    shape: Any = (1, 3, 8, 8),
    constants: dict[str, Any] | None = None,
    opset: int = 17,
    output: str = "y",
) -> Any:
    """Return a model of these nodes from "x" to the output."""
    helper = onnx.helper
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, shape)],
        [helper.make_tensor_value_info(output, 1, None)],
        [onnx.numpy_helper.from_array(np.asarray(v), k) for k, v in (constants or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def conv_model(onnx: Any, shape: Any = (1, 3, 8, 8), **attributes: Any) -> Any:
    node = onnx.helper.make_node("Conv", ["x", "w"], ["y"], name="conv", **attributes)
    return made(onnx, [node], shape, {"w": np.ones((4, 3, 3, 3), np.float32)})


def saved(model: Any, file: Path) -> Path:
    file.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return file


# --- the models that onnx ships ------------------------------------------------------------------


@pytest.mark.parametrize("name", LIGHT)
def test_every_node_of_a_light_model_is_translated(onnx: Any, name: str) -> None:
    model = onnx.load(light(onnx, name))
    graph = graph_of_onnx(light(onnx, name))
    types = {output: node.op_type for node in graph.nodes for output in node.outputs}
    for node in model.graph.node:
        for output in node.output:
            folded = node.op_type in {"Constant", "ConstantOfShape"} and output in graph.constants
            assert folded or types[output] == node.op_type
    assert graph.notes == ()
    assert set(graph.inputs) == {v.name for v in model.graph.input} - {
        t.name for t in model.graph.initializer
    }


@pytest.mark.parametrize("name", LIGHT)
def test_shapes_of_a_light_model_are_those_of_onnx_and_of_onnx_runtime(onnx: Any, name: str) -> None:
    runtime = optional("onnxruntime")
    model = onnx.load(light(onnx, name))
    network = read_onnx(light(onnx, name))
    assert all(layer.understood for layer in network.layers)
    ours = {
        output: shape
        for layer in network.layers
        for output, shape in zip(layer.outputs, layer.output_shapes, strict=True)
        if layer.op_type != "Dropout" or output == layer.outputs[0]  # no runtime tells the mask's
    }
    inferred = onnx.shape_inference.infer_shapes(model).graph
    stated = {
        value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
        for value in (*inferred.value_info, *inferred.output)
    }
    theirs = {name: stated[name] for name in ours if name in stated}
    assert len(theirs) >= 0.9 * len(ours)
    assert {name: ours[name] for name in theirs} == theirs
    # ONNX Runtime tells the shapes of every value that is asked for, before anything runs.
    asked = {value.name for value in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in ours if name not in asked)
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    told = {value.name: tuple(value.shape) for value in session.get_outputs()}
    assert {name: told[name] for name in ours} == ours


def _weights_of(onnx: Any, model: Any) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a light model's weights: each is a ConstantOfShape, which makes it light."""
    held = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    made = {
        node.output[0]: tuple(held[node.input[0]].tolist())
        for node in model.graph.node
        if node.op_type == "ConstantOfShape" and node.input[0] in held
    }
    return made | {name: value.shape for name, value in held.items()}


@pytest.mark.parametrize("name", LIGHT)
def test_a_light_model_that_onnx_runtime_runs_costs_what_its_maps_say(onnx: Any, name: str) -> None:
    """Each convolution and product by hand: the maps that a run gives, times the weights of the file."""
    runtime = optional("onnxruntime")
    model = onnx.load(light(onnx, name))
    weights = _weights_of(onnx, model)
    nodes = [node for node in model.graph.node if node.op_type in {"Conv", "Gemm"}]
    asked = [node.output[0] for node in nodes]
    asked += [one for node in nodes for one in node.input[1:] if one not in weights]
    known = {value.name for value in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=one) for one in asked if one not in known)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = {one.name: np.zeros(one.shape, np.float32) for one in session.get_inputs()}
    maps = {one: value.shape for one, value in zip(asked, session.run(asked, given), strict=True)}
    weights |= maps

    network = read_onnx(light(onnx, name))
    layers = {layer.outputs[0]: layer for layer in network.layers}
    counted, parameters, biases = 0, 0, 0
    assert len(nodes) == sum(layer.category in {"conv", "linear"} for layer in network.layers)
    for node in nodes:
        batch, _, *places = maps[node.output[0]]
        assert batch == 1
        own = math.prod(places) * math.prod(weights[node.input[1]])
        counts = layers[node.output[0]].counts
        assert counts is not None
        assert counts.mult_adds == own, node.output[0]
        counted += own
        parameters += math.prod(weights[node.input[1]])
        biases += math.prod(weights[node.input[2]]) if len(node.input) > 2 else 0
    # Two of the files add numbers to maps in nodes of their own: those are biases too.
    spread = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Unsqueeze"}
    added = [
        one for node in model.graph.node if node.op_type == "Add" for one in node.input if one in spread
    ]
    biases += sum(math.prod(weights[spread[one]]) for one in added)
    for include, quantity, value in (
        (("conv", "linear"), "mult_adds", counted),
        (("conv", "linear"), "parameters", parameters),
        (("conv", "linear", "bias"), "parameters", parameters + biases),
    ):
        total = network.total(quantity, include)
        assert (total.value, total.partial, total.missing) == (value, False, ())


@pytest.mark.parametrize(
    ("name", "mult_adds", "parameters"),
    [
        ("resnet50", "4.089", 25557032),
        ("vgg19", "19.632", 143667240),
        ("squeezenet", "0.349", 1235496),
    ],
)
def test_light_models_have_the_numbers_that_torchvision_prints(
    onnx: Any, name: str, mult_adds: str, parameters: int
) -> None:
    network = read_onnx(light(onnx, name))
    assert f"{network.total('mult_adds').value / 1e9:.3f}" == mult_adds
    assert network.total("parameters", ("conv", "linear", "bias", "norm")).value == parameters


# --- operator sets old and new -------------------------------------------------------------------

OLDER: list[tuple[str, int, dict[str, Any], tuple[str, ...], dict[str, Any], tuple[int, ...]]] = [
    ("Reshape", 1, {"shape": [0, -1]}, (), {}, (1, 192)),
    ("Reshape", 13, {}, ("s",), {"s": np.array([0, 3, -1])}, (1, 3, 64)),
    ("Dropout", 6, {"ratio": 0.3, "is_test": 1}, (), {}, (1, 3, 8, 8)),
    ("Dropout", 13, {}, ("r",), {"r": np.float32(0.3)}, (1, 3, 8, 8)),
    ("Clip", 6, {"min": 0.0, "max": 6.0}, (), {}, (1, 3, 8, 8)),
    ("Pad", 2, {"pads": [0, 0, 1, 2, 0, 0, 3, 4]}, (), {}, (1, 3, 12, 14)),
    ("Pad", 13, {}, ("p",), {"p": np.array([0, 0, 1, 2, 0, 0, 3, 4])}, (1, 3, 12, 14)),
    ("Slice", 1, {"starts": [1, 2], "ends": [3, 99], "axes": [1, 3]}, (), {}, (1, 2, 8, 6)),
    ("Squeeze", 1, {"axes": [0]}, (), {}, (3, 8, 8)),
    ("Unsqueeze", 11, {"axes": [1]}, (), {}, (1, 1, 3, 8, 8)),
    ("Upsample", 7, {"scales": [1.0, 1.0, 2.0, 3.0], "mode": "nearest"}, (), {}, (1, 3, 16, 24)),
    ("Upsample", 9, {}, ("f",), {"f": np.array([1, 1, 2, 2], np.float32)}, (1, 3, 16, 16)),
    ("Resize", 10, {}, ("f",), {"f": np.array([1, 1, 2, 2], np.float32)}, (1, 3, 16, 16)),
    ("Resize", 11, {}, ("", "f"), {"f": np.array([1, 1, 2, 2], np.float32)}, (1, 3, 16, 16)),
    ("Resize", 13, {}, ("", "", "z"), {"z": np.array([1, 3, 5, 7])}, (1, 3, 5, 7)),
    ("ReduceMean", 11, {"axes": [2, 3], "keepdims": 0}, (), {}, (1, 3)),
    ("ReduceMean", 18, {"keepdims": 0}, ("a",), {"a": np.array([2, 3])}, (1, 3)),
    ("ReduceSum", 11, {"axes": [1]}, (), {}, (1, 1, 8, 8)),
]


@pytest.mark.parametrize("case", OLDER, ids=lambda c: f"{c[0]}-{c[1]}")
def test_a_node_of_any_operator_set_has_the_shape_it_always_had(onnx: Any, file: Path, case: Any) -> None:
    op_type, opset, attributes, more, constants, expected = case
    node = onnx.helper.make_node(op_type, ["x", *more], ["y"], name="n", **attributes)
    graph = graph_of_onnx(saved(made(onnx, [node], constants=constants, opset=opset), file))
    network = network_of(Graph(graph.nodes, graph.inputs, graph.constants, graph.outputs, "without shapes"))
    assert network.layers[-1].output_shapes[0] == expected
    assert network.layers[-1].understood


# Before set 7 the second value stood at an axis of the first: its shape, where, what it fits as today.
STANDING = [
    ((3,), {"axis": 1}, (3, 1, 1)),
    ((3, 8), {"axis": 1}, (3, 8, 1)),
    ((8, 8), {"axis": 2}, (8, 8)),
    ((8, 8), {}, (8, 8)),
    ((8,), {"axis": -1}, (8,)),
    ((8, 8), {"axis": -2}, (8, 8)),
    ((1, 3), {"axis": 0}, (1, 3, 1, 1)),
    ((), {}, ()),
]


@pytest.mark.parametrize(("shape", "where", "today"), STANDING, ids=str)
@pytest.mark.parametrize("op_type", ["Add", "Sub", "Mul", "Div", "Pow", "Greater"])
def test_a_value_that_stood_at_an_axis_is_what_onnx_makes_of_it_today(
    onnx: Any, file: Path, op_type: str, shape: Any, where: Any, today: Any
) -> None:
    old_node = onnx.helper.make_node(op_type, ["x", "b"], ["y"], "n", broadcast=1, **where)
    new_node = onnx.helper.make_node(op_type, ["x", "b"], ["y"], "n")
    old = made(onnx, [old_node], (1, 3, 8, 8), {"b": np.ones(shape, np.float32)}, 6)
    new = made(onnx, [new_node], (1, 3, 8, 8), {"b": np.ones(today, np.float32)}, 13)
    found, expected = read_onnx(saved(old, file))["n"], read_onnx(saved(new, file))["n"]
    assert found.output_shapes == expected.output_shapes == ((1, 3, 8, 8),)
    assert found.counts == expected.counts
    assert found.understood


@pytest.mark.parametrize("op_type", ["Add", "Mul"])
def test_an_old_scale_of_channels_has_the_counts_that_onnx_s_own_converter_leads_to(
    onnx: Any, file: Path, op_type: str
) -> None:
    from onnx import version_converter

    nodes = [
        onnx.helper.make_node("GlobalAveragePool", ["x"], ["p"], "pool"),
        onnx.helper.make_node("Squeeze", ["p"], ["s"], "squeeze", axes=[2, 3]),
        onnx.helper.make_node(op_type, ["x", "s"], ["y"], "n", broadcast=1, axis=0),
    ]
    old = made(onnx, nodes, (2, 3, 8, 8), opset=6)
    found = read_onnx(saved(old, file))
    expected = read_onnx(saved(version_converter.convert_version(old, 8), file))
    assert found["n"].counts == expected.layers[-1].counts
    assert found["n"].output_shapes == expected.layers[-1].output_shapes == ((2, 3, 8, 8),)
    assert [str(f) for f in found.fields().values()][-1] == [str(f) for f in expected.fields().values()][-1]


def test_an_old_value_of_another_shape_in_the_middle_is_refused(onnx: Any, file: Path) -> None:
    for shape, axis, match in (((8,), 1, "do not fit"), ((3, 8, 8), 2, "does not fit into .* at axis 2")):
        node = onnx.helper.make_node("Add", ["x", "b"], ["y"], "n", broadcast=1, axis=axis)
        constants = {"b": np.ones(shape, np.float32)}
        with pytest.raises(ConvalgebraError, match=match):
            read_onnx(saved(made(onnx, [node], (1, 3, 8, 8), constants, opset=6), file))


def test_old_constants_are_worked_out_at_their_axis(onnx: Any, file: Path) -> None:
    nodes = [
        onnx.helper.make_node("Mul", ["a", "b"], ["c"], broadcast=1, axis=0),
        onnx.helper.make_node("Reshape", ["c", "flat"], ["s"]),
        onnx.helper.make_node("Reshape", ["x", "s"], ["y"], "r"),
    ]
    constants = {"a": np.array([[1, 2], [4, 2]]), "b": np.array([1, 3]), "flat": np.array([-1])}
    found = read_onnx(saved(made(onnx, nodes, (1, 2, 9, 8), constants, opset=6), file))
    assert found["r"].output_shapes == ((1, 2, 12, 6),)  # by the last axis it would be 1, 6, 4, 6


@pytest.mark.parametrize("bias", [(4,), (1, 4), (1,)])
def test_an_old_gemm_with_a_bias_that_is_spread_is_the_gemm_of_today(
    onnx: Any, file: Path, bias: Any
) -> None:
    constants = {"w": np.ones((4, 5), np.float32), "b": np.ones(bias, np.float32)}
    layers = []
    for opset, more in ((6, {"broadcast": 1}), (13, {})):
        node = onnx.helper.make_node("Gemm", ["x", "w", "b"], ["y"], "n", transB=1, **more)
        layers.append(read_onnx(saved(made(onnx, [node], (2, 5), constants, opset), file))["n"])
    assert layers[0].counts == layers[1].counts
    assert layers[0].output_shapes == layers[1].output_shapes == ((2, 4),)
    assert layers[0].counts.bias == int(np.prod(bias))


def test_an_upsample_of_the_first_set_has_its_scales(onnx: Any, file: Path) -> None:
    node = onnx.helper.make_node(
        "Upsample", ["x"], ["y"], height_scale=2.0, width_scale=3.0, mode="nearest"
    )
    graph = graph_of_onnx(saved(made(onnx, [node], opset=1), file))
    (scales,) = (t for t in graph.constants.values() if t.name.endswith("scales"))
    assert scales.array().tolist() == [1.0, 1.0, 2.0, 3.0]
    assert "height_scale" not in graph.nodes[0].attributes


@pytest.mark.parametrize(
    ("attribute", "value", "dtype", "shape"),
    [
        ("value_int", 3, "int64", ()),
        ("value_ints", [1, 2], "int64", (2,)),
        ("value_float", 1.5, "float32", ()),
        ("value_floats", [1.5, 2.5, 3.5], "float32", (3,)),
        ("value_string", "a", "string", ()),
    ],
)
def test_a_constant_holds_whichever_of_its_values_it_has(
    onnx: Any, file: Path, attribute: str, value: Any, dtype: str, shape: Any
) -> None:
    nodes = [
        onnx.helper.make_node("Constant", [], ["c"], **{attribute: value}),
        onnx.helper.make_node("Relu", ["x"], ["y"]),
    ]
    constant = graph_of_onnx(saved(made(onnx, nodes), file)).constants["c"]
    assert (constant.dtype, constant.shape, constant.array().tolist()) == (dtype, shape, value)


def test_a_weight_that_a_node_fills_takes_no_memory(onnx: Any, file: Path) -> None:
    value = onnx.numpy_helper.from_array(np.array([0.5], np.float32))
    nodes = [
        onnx.helper.make_node("ConstantOfShape", ["s"], ["w"], value=value),
        onnx.helper.make_node("Conv", ["x", "w"], ["y"]),
    ]
    model = made(onnx, nodes, (1, 50_000, 8, 8), {"s": np.array([40_000, 50_000, 3, 3])})
    network = read_onnx(saved(model, file))
    assert network.layers[0].output_shapes == ((1, 40_000, 6, 6),)
    filled = network.graph.constants["w"].array()
    assert filled.shape == (40_000, 50_000, 3, 3)
    assert filled[-1, -1, -1, -1] == 0.5


# --- dimensions ----------------------------------------------------------------------------------


def test_names_of_dimensions_are_symbols_and_cleaned_ones_are_said(onnx: Any, file: Path) -> None:
    graph = graph_of_onnx(saved(conv_model(onnx, ("batch_size", 3, "in height", "2nd")), file))
    assert graph.inputs["x"] == (ca.symbol("batch_size"), 3, ca.symbol("in_height"), ca.symbol("n2nd"))
    assert "the dimension 'in height' is called in_height here" in graph.notes
    network = read_onnx(file, in_height=9, n2nd=10)
    assert network["conv"].output_shapes[0][1:] == (4, 7, 8)


def test_names_that_clean_to_the_same_stay_two_and_the_same_name_one(onnx: Any, file: Path) -> None:
    graph = graph_of_onnx(saved(conv_model(onnx, ("a b", 3, "a-b", "a b")), file))
    batch, _, high, wide = graph.inputs["x"]
    assert batch == wide != high


@pytest.mark.parametrize("first", [None, -1, 0])
def test_a_batch_without_a_size_is_called_batch(onnx: Any, file: Path, first: Any) -> None:
    graph = graph_of_onnx(saved(conv_model(onnx, (first, 3, None, 8)), file))
    assert graph.inputs["x"] == (ca.symbol("batch"), 3, ca.symbol("H"), 8)
    assert any("batch" in note for note in graph.notes)


def test_an_input_shape_stands_for_the_files_own(onnx: Any, file: Path) -> None:
    saved(conv_model(onnx, None), file)
    with pytest.raises(ArgumentError, match=r"no shape in the file: give it as input_shape"):
        graph_of_onnx(file)
    for shape in [(2, 3, "N", 9), {"x": (2, 3, ca.symbol("N"), 9)}]:
        assert read_onnx(file, shape)["conv"].output_shapes == ((2, 4, ca.symbol("N") - 2, 7),)


@pytest.mark.parametrize(
    ("shape", "match"),
    [
        ((1, 3, 8), "3 axes"),
        ((1, 3, 8, 0), "at least 1"),
        ((1, 3, 8, 1.5), "not a size"),
        ("1,3,8,8", "sequence of sizes"),
        ({"z": (1, 3, 8, 8)}, "'z' is no input"),
        ((1,) * 99, "99 axes"),
    ],
)
def test_an_input_shape_that_is_none_is_said(onnx: Any, file: Path, shape: Any, match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        graph_of_onnx(saved(conv_model(onnx), file), shape)


def test_nodes_out_of_order_are_put_in_order_and_names_are_made_different(onnx: Any, file: Path) -> None:
    nodes = [
        onnx.helper.make_node("Relu", ["b"], ["y"], name="same"),
        onnx.helper.make_node("Relu", ["a"], ["b"], name="same"),
        onnx.helper.make_node("Relu", ["x"], ["a"], name="bad\nname"),
    ]
    graph = graph_of_onnx(saved(made(onnx, nodes), file))
    assert [node.outputs[0] for node in graph.nodes] == ["a", "b", "y"]
    assert [node.name for node in graph.nodes] == ["bad_name", "same_2", "same"]
    assert any("order" in note for note in graph.notes)
    assert any("'same_2'" in note for note in graph.notes)


def test_graphs_inside_nodes_and_functions_are_said_and_make_totals_partial(onnx: Any, file: Path) -> None:
    helper = onnx.helper
    inner = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["i"])], "inner", [], [helper.make_tensor_value_info("i", 1, None)]
    )
    nodes = [
        helper.make_node("If", ["c"], ["h"], name="if", then_branch=inner, else_branch=inner),
        helper.make_node("Mine", ["h"], ["y"], name="mine", domain="own"),
    ]
    model = made(onnx, nodes, constants={"c": np.array(True)})
    model.functions.append(
        helper.make_function(
            "own", "Mine", ["a"], ["b"], [helper.make_node("Mine", ["a"], ["b"], domain="own")], []
        )
    )
    network = read_onnx(saved(model, file))
    assert any("graphs inside nodes" in note and "'if'" in note for note in network.graph.notes)
    assert any("functions (1)" in note for note in network.graph.notes)
    assert network.total("mult_adds").missing == ("if", "mine")


# --- weights, when they are asked for ------------------------------------------------------------


def test_large_weights_stay_in_the_file_until_they_are_asked_for(onnx: Any, file: Path) -> None:
    weight = np.arange(64 * 64 * 9, dtype=np.float32).reshape(64, 64, 3, 3)
    node = onnx.helper.make_node("Conv", ["x", "w"], ["y"])
    saved(made(onnx, [node], (1, 64, 8, 8), {"w": weight}), file)
    assert len(slim(file.read_bytes()).data) < 1000
    graph = graph_of_onnx(file)
    assert callable(graph.constants["w"].values)
    assert np.array_equal(graph.constants["w"].array(), weight)
    os.utime(file, (1, 1))
    with pytest.raises(ArgumentError, match="has changed"):
        graph.constants["w"].array()


def test_large_values_of_a_constant_node_are_found_again(onnx: Any, file: Path) -> None:
    weight = np.random.default_rng(0).normal(size=(64, 64, 3, 3)).astype(np.float32)
    small = np.arange(3, dtype=np.float32)
    nodes = [
        onnx.helper.make_node("Constant", [], ["a"], value=onnx.numpy_helper.from_array(small)),
        onnx.helper.make_node("Constant", [], ["w"], value=onnx.numpy_helper.from_array(weight)),
        onnx.helper.make_node("Conv", ["x", "w"], ["y"]),
    ]
    graph = graph_of_onnx(saved(made(onnx, nodes, (1, 64, 8, 8)), file))
    assert np.array_equal(graph.constants["w"].array(), weight)
    assert graph.constants["a"].array().tolist() == [0, 1, 2]


def beside(onnx: Any, location: str, **told: Any) -> Any:
    """Return a model whose weight stands in another file."""
    model = conv_model(onnx)
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": location, **told}.items():
        weight.external_data.add(key=key, value=str(value))
    return model


def test_files_beside_the_model_are_not_opened_for_shapes(onnx: Any, file: Path) -> None:
    saved(beside(onnx, "nowhere.bin"), file)
    assert read_onnx(file)["conv"].output_shapes == ((1, 4, 6, 6),)
    with pytest.raises(ArgumentError, match=r"nowhere\.bin"):
        graph_of_onnx(file).constants["w"].array()


def test_values_in_a_file_beside_are_read_from_their_place(onnx: Any, file: Path) -> None:
    weight = np.arange(108, dtype=np.float32)
    (file.parent / "sub").mkdir()
    (file.parent / "sub/w.bin").write_bytes(b"xxxx" + weight.tobytes() + b"yyyy")
    graph = graph_of_onnx(saved(beside(onnx, "sub/w.bin", offset=4, length=432), file))
    assert graph.constants["w"].array().ravel().tolist() == weight.tolist()


@pytest.mark.parametrize(
    ("location", "told", "match"),
    [
        ("../secret.bin", {}, "not inside the model's folder"),
        ("sub/../../secret.bin", {}, "not inside the model's folder"),
        ("/etc/passwd", {}, "not inside the model's folder"),
        ("C:\\secret.bin", {}, "not inside the model's folder"),
        ("..\\secret.bin", {}, "not inside the model's folder"),
        ("", {}, "not inside the model's folder"),
        ("link.bin", {}, "not inside the model's folder"),
        ("sub", {}, "no plain file"),
        ("pipe", {}, "no plain file"),
        ("short.bin", {}, "which has 8"),
        ("short.bin", {"offset": -4}, "which has 8"),
        ("short.bin", {"offset": "many"}, "is none"),
        ("short.bin", {"length": 2**40}, "take 432 bytes"),
    ],
)
def test_data_elsewhere_or_otherwise_than_said_is_refused(
    onnx: Any, tmp_path: Path, location: str, told: dict[str, Any], match: str
) -> None:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.bin").write_bytes(bytes(432))
    (folder / "short.bin").write_bytes(bytes(8))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    os.mkfifo(folder / "pipe")
    graph = graph_of_onnx(saved(beside(onnx, location, **told), folder / "m.onnx"))
    with pytest.raises(ArgumentError, match=match):
        graph.constants["w"].array()


def test_a_large_hollow_file_beside_is_refused_before_it_is_read(onnx: Any, file: Path) -> None:
    size = 3 * 2**30
    with (file.parent / "hollow.bin").open("wb") as opened:
        opened.truncate(size)
    model = beside(onnx, "hollow.bin")
    model.graph.initializer[0].dims[:] = [size // 4 // 27, 3, 3, 3]
    tensor = graph_of_onnx(saved(model, file)).constants["w"]
    started = time.process_time()
    with pytest.raises(ArgumentError, match="read at once"):
        tensor.array()
    assert time.process_time() - started < SECONDS


# --- hostile files -------------------------------------------------------------------------------


def _node(onnx: Any, *args: Any, **options: Any) -> Any:
    return onnx.helper.make_node(*args, **options)


def _cyclic(onnx: Any) -> Any:
    nodes = [_node(onnx, "Add", ["x", "b"], ["a"], name="n1"), _node(onnx, "Relu", ["a"], ["b"], name="n2")]
    return made(onnx, nodes, output="b")


def _twice(onnx: Any) -> Any:
    return made(onnx, [_node(onnx, "Relu", ["x"], ["y"]), _node(onnx, "Abs", ["x"], ["y"])])


def _changed(change: Callable[[Any], None]) -> Callable[[Any], Any]:
    def build(onnx: Any) -> Any:
        model = conv_model(onnx, strides=[2, 2])
        change(model)
        return model

    return build


def _attribute(model: Any, kind: int, **fields: Any) -> None:
    attribute = model.graph.node[0].attribute[0]
    attribute.type = kind
    for name, value in fields.items():
        setattr(attribute, name, value)


def _dims(*dims: int) -> Callable[[Any], Any]:
    def change(model: Any) -> None:
        model.graph.initializer[0].dims[:] = dims

    return _changed(change)


def _deep(_: Any) -> bytes:
    """Types within types, each a sequence of the next."""
    inner = b""
    for _step in range(3000):
        inner = b"\x22" + _length(len(inner) + 1) + b"\x0a" + inner if not inner else _in(4, _in(1, inner))
    return _in(7, _in(11, _in(2, inner)))


def _in(field: int, inner: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _length(len(inner)) + inner


def _length(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes((*written, value))


HOSTILE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "empty": (lambda _: b"", "the file is empty"),
    "text": (lambda _: b"this is no model\n", "no ONNX model, or damaged"),
    "zip": (lambda _: b"PK\x03\x04" + bytes(100), "no ONNX model"),
    "zeros": (lambda _: bytes(1000), "no ONNX model, or damaged"),
    "no graph": (lambda _: b"\x08\x08", "it has no graph"),
    "no nodes": (_changed(lambda m: m.graph.ClearField("node")), "no nodes"),
    "no outputs": (_changed(lambda m: m.graph.ClearField("output")), "no outputs"),
    "deep": (_deep, "no ONNX model|no nodes|no graph"),
    "many parts": (lambda _: _in(7, b"\x0a\x00" * (MOST_PARTS + 1)), f"more than {MOST_PARTS} parts"),
    "many nodes": (lambda _: _in(7, _in(1, b"\x22\x01A") * 100_001), "100001 nodes"),
    "long name": (_changed(lambda m: setattr(m.graph.node[0], "name", "n" * 2**15)), "name of more than"),
    "endless number": (lambda _: b"\x08" + b"\xff" * 50, "longer than 10 bytes"),
    "cyclic": (_cyclic, "circle, among them 'n1', 'n2'"),
    "made twice": (_twice, "'y' is made twice"),
    "made as the input": (_changed(lambda m: m.graph.node[0].output.append("x")), "'x' is made twice"),
    "constant twice": (
        _changed(lambda m: m.graph.initializer.append(m.graph.initializer[0])),
        "'w' is there twice",
    ),
    "input twice": (_changed(lambda m: m.graph.input.append(m.graph.input[0])), "'x' is there twice"),
    "attribute twice": (
        _changed(lambda m: m.graph.node[0].attribute.append(m.graph.node[0].attribute[0])),
        "'strides' is there twice",
    ),
    "missing input": (_changed(lambda m: m.graph.initializer.pop()), "reads 'w', which no node makes"),
    "missing output": (
        _changed(lambda m: setattr(m.graph.output[0], "name", "z")),
        "output 'z' is made by no node",
    ),
    "too few inputs": (_changed(lambda m: m.graph.node[0].input.pop()), "has 1 inputs; ONNX has from 2"),
    "no op type": (_changed(lambda m: setattr(m.graph.node[0], "op_type", "")), "no name"),
    "wrong attribute type": (
        _changed(lambda m: _attribute(m, 1, f=2.0)),
        "'strides' is of type FLOAT, it must be INTS",
    ),
    "huge dimension": (_dims(2**62, 3, 3, 3), "must be from 0 to"),
    "huge product": (_dims(2**31 - 1, 2**31 - 1, 2**31 - 1, 3), "entries"),
    "negative dimension": (_dims(-4, 3, 3, 3), "is -4"),
    "many axes": (_dims(*[1] * 99), "99 axes"),
    "dimensions that do not fit": (_dims(5, 3, 3, 3), "do not fit its shape"),
    "no such type of values": (
        _changed(lambda m: setattr(m.graph.initializer[0], "data_type", 99)),
        "of type 99, which ONNX has not",
    ),
    "negative input": (lambda onnx: conv_model(onnx, (1, 3, -8, 8)), "axis 2 of the input 'x' is -8"),
    "huge input": (
        lambda onnx: conv_model(onnx, (1, 3, 2**40, 8)),
        "axis 2 of the input 'x' is 1099511627776",
    ),
    "sequence": (
        _changed(lambda m: m.graph.input[0].type.sequence_type.elem_type.tensor_type.shape.dim.add()),
        "not a tensor",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_an_error_that_names_it(onnx: Any, file: Path, name: str) -> None:
    build, match = HOSTILE[name]
    saved(build(onnx), file)
    started = time.process_time()
    with pytest.raises(ArgumentError, match=match) as caught:
        graph_of_onnx(file)
    assert time.process_time() - started < SECONDS
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    "attributes",
    [
        {"strides": [0, 0]},
        {"dilations": [-1, 1]},
        {"group": 0},
        {"group": 7},
        {"kernel_shape": [5, 5]},
        {"pads": [1, 1]},
        {"auto_pad": "SIDEWAYS"},
    ],
    ids=str,
)
def test_attributes_that_no_convolution_can_have_end_in_an_error(
    onnx: Any, file: Path, attributes: dict[str, Any]
) -> None:
    with pytest.raises(ConvalgebraError, match="conv"):
        read_onnx(saved(conv_model(onnx, **attributes), file))


def test_attributes_of_any_size_are_counted_in_time(onnx: Any, file: Path) -> None:
    started = time.process_time()
    huge = read_onnx(saved(conv_model(onnx, pads=[2**61] * 4), file))
    assert huge["conv"].output_shapes == ((1, 4, 2**62 + 6, 2**62 + 6),)
    assert huge.total("multiplications").value == 4 * 3 * 24 * 24
    assert read_onnx(saved(conv_model(onnx, strides=[2**62, 1]), file))["conv"].output_shapes == (
        (1, 4, 1, 6),
    )
    assert time.process_time() - started < SECONDS


def test_values_that_double_are_not_carried_along_by_onnx(
    onnx: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    infer = onnx.shape_inference.infer_shapes
    monkeypatch.setattr(
        onnx.shape_inference,
        "infer_shapes",
        lambda model, data_prop: asked.append(data_prop) or infer(model, data_prop=data_prop),
    )
    make = onnx.helper.make_node
    for count in (2, 40):  # 2**40 values would be a terabyte
        nodes = [make("Concat", [f"c{i}", f"c{i}"], [f"c{i + 1}"], axis=0) for i in range(count)]
        nodes += [make("Reshape", ["x", f"c{count}"], ["y"])]
        model = made(onnx, nodes, (1, 1, 1, 1), {"c0": np.array([1])})
        net = read_onnx(saved(model, file))
        assert net.total("mult_adds").partial == (count == 40)
    assert asked == [True, False]


def test_a_file_that_is_none_is_said(onnx: Any, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="there is no such file"):
        graph_of_onnx(tmp_path / "none.onnx")
    with pytest.raises(ArgumentError, match="no plain file"):
        graph_of_onnx(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArgumentError, match="no plain file"):
        graph_of_onnx(tmp_path / "pipe")
    with (tmp_path / "hollow.onnx").open("wb") as opened:
        opened.truncate(2**31 + 1)
    with pytest.raises(ArgumentError, match="weights in files beside"):
        graph_of_onnx(tmp_path / "hollow.onnx")


def small_model(onnx: Any) -> bytes:
    nodes = [
        _node(onnx, "Conv", ["x", "w"], ["c"], name="conv", strides=[2, 2], pads=[1, 1, 1, 1]),
        _node(onnx, "Relu", ["c"], ["r"]),
        _node(onnx, "Constant", [], ["s"], value=onnx.numpy_helper.from_array(np.array([0, -1]))),
        _node(onnx, "Reshape", ["r", "s"], ["y"]),
    ]
    model = made(onnx, nodes, ("n", 3, 8, 9), {"w": np.ones((2, 3, 3, 3), np.float32)})
    return bytes(model.SerializeToString())


def outcome(file: Path) -> None:
    """Read a damaged file: a network or a ``ConvalgebraError``, nothing else, in time."""
    started = time.process_time()
    try:
        graph = graph_of_onnx(file)
        for tensor in graph.constants.values():
            if tensor.values is not None:
                tensor.array()
        network_of(graph)
    except ConvalgebraError:
        pass
    assert time.process_time() - started < SECONDS


@settings(max_examples=120)
@given(data=st.data())
def test_a_damaged_model_is_a_network_or_an_error(data: st.DataObject, tmp_path_factory: Any) -> None:
    model = small_model(optional("onnx"))
    file = tmp_path_factory.getbasetemp() / "damaged.onnx"
    bits = data.draw(st.lists(st.integers(0, 8 * len(model) - 1), max_size=4))
    damaged = bytearray(model)
    for bit in bits:
        damaged[bit // 8] ^= 1 << bit % 8
    end = data.draw(st.one_of(st.just(len(model)), st.integers(0, len(model))))
    file.write_bytes(damaged[:end])
    outcome(file)


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_walked_without_surprise(data: bytes) -> None:
    try:
        kept = slim(data)
    except ArgumentError:
        return
    assert len(kept.data) <= len(data) + 10  # a length may be written shorter, never longer
    assert slim(kept.data).data == kept.data


def test_an_order_is_found_for_many_nodes_at_once() -> None:
    count = 20_000
    chain = [Node(f"n{i}", "Relu", (f"v{i}",), (f"v{i + 1}",)) for i in range(count)]
    started = time.process_time()
    ordered = in_order(chain[::-1], {"v0"}, [f"v{count}"])
    assert list(ordered) == chain
    assert time.process_time() - started < SECONDS


# --- PyTorch modules -----------------------------------------------------------------------------


@pytest.fixture
def torch() -> Any:
    return optional("torch")


def block(torch: Any) -> Any:
    """Return a module of functional calls, a subclass, groups, a transposed layer, a shuffle by view."""
    nn, functional = torch.nn, torch.nn.functional

    class Reflecting(nn.Conv2d):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return functional.conv2d(functional.pad(x, (1, 1, 1, 1), mode="reflect"), self.weight)

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv2d(3, 8, 3, padding=1, bias=False)
            self.norm = nn.BatchNorm2d(8)
            self.act = nn.ReLU(inplace=True)
            self.free = nn.Parameter(torch.zeros(8, 2, 3, 3))
            self.mine = Reflecting(8, 8, 3, bias=False)
            self.up = nn.ConvTranspose2d(8, 4, 3, 2, padding=1, output_padding=1, groups=2)
            self.head = nn.Linear(4, 5)

        def forward(self, x: Any) -> Any:
            x = self.act(self.norm(self.first(x)))
            x = functional.conv2d(x, self.free, padding="same", groups=4)
            n, c, h, w = x.shape
            x = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)
            x = functional.relu6(self.mine(x)) + x
            x = functional.dropout(self.up(functional.max_pool2d(x, 2)), training=self.training)
            return self.head(x.mean([2, 3]))

    return Block()


def test_a_module_is_counted_as_torch_counts_it(torch: Any) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    module = block(torch)
    network = read_torch(module, (1, 3, 12, 12))
    assert all(layer.understood for layer in network.layers)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        expected = module.eval()(torch.zeros(1, 3, 12, 12))
    # torch counts a transposed convolution by its outputs; ours are taps at every input.
    up = network["up"].counts.mult_adds
    theirs = counter.get_flop_counts()["Global"][torch.ops.aten.convolution] // 2
    linear = counter.get_total_flops() // 2 - theirs
    assert network.total("mult_adds", {"linear"}).value == linear == 20
    plain = network.total("mult_adds", {"conv"}).value - up
    assert plain == (3 * 8 + 8 * 2 + 8 * 8) * 9 * 144
    assert up == 36 * 8 * 2 * 9
    assert list(network.outputs.values()) == [tuple(expected.shape)]
    named = {layer.name: layer.op_type for layer in network.layers}
    assert named["first"] == "Conv"
    assert named["mine.conv2d"] == "Conv"
    assert named["mine.pad"] == "Pad"
    assert named["up"] == "ConvTranspose"
    assert "ChannelShuffle" in named.values()


def test_a_module_stays_as_it_was(torch: Any) -> None:
    module = block(torch)
    module.norm.eval()
    module.first.weight.requires_grad_(False)
    calls: list[int] = []
    hook = module.act.register_forward_hook(lambda *_: calls.append(1))
    tensors = {name: (id(t), t.clone(), t.requires_grad) for name, t in module.named_parameters()}
    buffers = {name: (id(t), t.clone()) for name, t in module.named_buffers()}
    flags = {name: part.training for name, part in module.named_modules()}
    state = torch.get_rng_state()
    graph = graph_of_torch(module, (1, 3, 12, 12))
    assert flags == {name: part.training for name, part in module.named_modules()}
    assert flags[""]
    assert not flags["norm"]
    assert list(module.act._forward_hooks) == [hook.id]
    for name, tensor in module.named_parameters():
        assert (id(tensor), tensor.requires_grad) == tensors[name][::2]
        assert torch.equal(tensor, tensors[name][1])
        assert (tensor.device.type, tensor.grad) == ("cpu", None)
    for name, tensor in module.named_buffers():
        assert id(tensor) == buffers[name][0]
        assert torch.equal(tensor, buffers[name][1])
    assert torch.equal(state, torch.get_rng_state())
    assert torch.is_grad_enabled()
    # The values are the module's own, looked up when they are asked for.
    with torch.no_grad():
        module.free.fill_(3)
    assert (graph.constants["free"].array() == 3).all()


def test_a_module_without_values_is_read_too(torch: Any) -> None:
    with torch.device("meta"):
        module = torch.nn.Sequential(torch.nn.Conv2d(3, 10_000, 3), torch.nn.Conv2d(10_000, 10_000, 3))
    network = read_torch(module, (1, 3, 9, 9))
    assert network.total("mult_adds").value == 10_000 * (3 * 49 + 10_000 * 25) * 9
    with pytest.raises(ArgumentError, match="are not in the model"):
        network.graph.constants["0.weight"].array()


def test_attention_is_the_products_of_its_parts(torch: Any) -> None:
    class Attending(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: Any) -> Any:
            return self.parts(x, x, x, need_weights=True)[0] + torch.nn.functional.silu(x)

    network = read_torch(Attending(), (1, 5, 8))
    # three projections, queries times keys, weights times values, the projection out
    assert network.total("mult_adds").value == 5 * 8 * 24 + 2 * 5 * 5 * 4 * 2 + 5 * 8 * 8
    assert not network.total("mult_adds").partial
    assert list(network.outputs.values()) == [(1, 5, 8)]


def test_calls_without_a_word_make_totals_partial(torch: Any) -> None:
    class Odd(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return torch.cumsum(torch.fft.rfft2(x).real, 1)

    network = read_torch(Odd(), (1, 3, 8, 8))
    assert network.total("mult_adds").partial
    assert any("no word" in note for note in network.graph.notes)


@pytest.mark.parametrize(
    ("shape", "match"),
    [
        ((1, 4, 8, 8), "cannot be exported for input_shape"),
        ((1, 3, "N", 8), "must be numbers"),
        ((), "must be sizes"),
        ("1,3,8,8", "must be sizes"),
        ((1, 3, 0, 8), "at least 1"),
        (8, "must be sizes"),
    ],
)
def test_a_module_that_cannot_be_read_is_said(torch: Any, shape: Any, match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        graph_of_torch(torch.nn.Conv2d(3, 4, 3), shape)


def test_what_is_no_module_or_has_no_shapes_yet_is_said(torch: Any) -> None:
    with pytest.raises(ArgumentError, match=r"must be a torch\.nn\.Module"):
        graph_of_torch("resnet", (1, 3, 8, 8))
    with pytest.raises(ArgumentError, match="run the module once"):
        graph_of_torch(torch.nn.LazyConv2d(4, 3), (1, 3, 8, 8))


# --- plain descriptions --------------------------------------------------------------------------


def net(*layers: Any, shape: Any = (1, 8, 9, 10), **more: Any) -> dict[str, Any]:
    return {"input": list(shape), "layers": list(layers), **more}


IMAGE = (9, 10)
SAME: list[tuple[dict[str, Any], Callable[[], Any]]] = [
    (
        {
            "type": "conv",
            "out_channels": 4,
            "kernel_size": [3, 5],
            "stride": 2,
            "padding": [[1, 0], [2, 2]],
        },
        lambda: ca.conv(8, 4, IMAGE, (3, 5), stride=2, padding=((1, 0), (2, 2))),
    ),
    (
        {"type": "dilated", "out_channels": 4, "kernel_size": 3, "dilation": 2, "padding": "same"},
        lambda: ca.conv(8, 4, IMAGE, 3, dilation=2, padding="same"),
    ),
    ({"type": "pointwise", "out_channels": 4}, lambda: ca.pointwise(8, 4, IMAGE)),
    (
        {"type": "depthwise", "kernel_size": 3, "multiplier": 2},
        lambda: ca.depthwise(8, IMAGE, 3, multiplier=2),
    ),
    (
        {"type": "depthwise_separable", "out_channels": 4, "kernel_size": 3},
        lambda: ca.depthwise_separable(8, 4, IMAGE, 3),
    ),
    (
        {"type": "spatially-separable", "out_channels": 4, "kernel_size": 3, "padding": 1},
        lambda: ca.spatially_separable(8, 4, IMAGE, 3, padding=1),
    ),
    ({"type": "flattened", "out_channels": 4, "kernel_size": 3}, lambda: ca.flattened(8, 4, IMAGE, 3)),
    (
        {"type": "grouped", "out_channels": 4, "kernel_size": 3, "groups": 2},
        lambda: ca.grouped(8, 4, IMAGE, 3, groups=2),
    ),
    (
        {
            "type": "shuffled_grouped",
            "out_channels": 8,
            "kernel_size": 3,
            "groups": 2,
            "middle_channels": 4,
        },
        lambda: ca.shuffled_grouped(8, 8, IMAGE, 3, groups=2, middle_channels=4),
    ),
    (
        {
            "type": "conv_transpose",
            "out_channels": 4,
            "kernel_size": 3,
            "stride": 2,
            "padding": 1,
            "output_padding": 1,
        },
        lambda: ca.conv_transpose(8, 4, IMAGE, 3, stride=2, padding=1, output_padding=1),
    ),
]


@pytest.mark.parametrize("case", SAME, ids=lambda c: c[0]["type"])
def test_a_described_layer_is_the_catalogues(case: Any) -> None:
    layer, operator = case
    network, op = read_layers(net({**layer, "bias": False})), operator()
    assert next(iter(network.outputs.values()))[1:] == op.output_shape
    for quantity in ("multiplications", "mult_adds", "parameters"):
        assert network.total(quantity).value == getattr(op, quantity)


def test_a_described_network_is_the_module(tmp_path: Path) -> None:
    torch = optional("torch")
    nn = torch.nn
    module = nn.Sequential(
        nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        nn.ConvTranspose2d(8, 6, 4, 2, 1), nn.ChannelShuffle(3), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(6, 10),
    )  # fmt: skip
    described = net(
        {"type": "conv", "out_channels": 8, "kernel_size": 7, "stride": 2, "padding": 3, "bias": False},
        {"type": "batch_norm"},
        {"type": "relu"},
        {"type": "max_pool", "kernel_size": 3, "stride": 2, "padding": 1},
        {"type": "conv_transpose", "out_channels": 6, "kernel_size": 4, "stride": 2, "padding": 1},
        {"type": "channel_shuffle", "groups": 3},
        {"type": "global_average_pool"},
        {"type": "flatten"},
        {"type": "linear", "out_features": 10},
        shape=(1, 3, 33, 29),
    )
    ours, theirs = read_layers(described), read_torch(module, (1, 3, 33, 29))
    everything = {"conv", "linear", "bias", "norm", "pool"}
    for quantity in ("multiplications", "mult_adds", "additions", "parameters", "activations"):
        assert ours.total(quantity, everything) == theirs.total(quantity, everything)
    assert [layer.op_type for layer in ours.layers] == [layer.op_type for layer in theirs.layers]


def test_channels_of_zeros_are_added_by_a_pad() -> None:
    described = net({"name": "p", "type": "pad", "channels": [1, 4]}, shape=(1, 3, 5, 6))
    assert read_layers(described)["p"].output_shapes == ((1, 8, 5, 6),)
    both = net({"name": "p", "type": "pad", "channels": [0, "C"], "padding": 1}, shape=(1, 3, 5, 6))
    assert read_layers(both)["p"].output_shapes == ((1, 3 + ca.symbol("C"), 7, 8),)
    for wrong in ([1], [1, 2, 3], [-1, 0], 1.5):
        with pytest.raises(ArgumentError, match=r"layer 'p'.*channels"):
            read_layers(net({"name": "p", "type": "pad", "channels": wrong}, shape=(1, 3, 5, 6)))


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    described = net(
        {"name": "a", "type": "conv", "out_channels": "2*C", "kernel_size": 3, "padding": 1},
        {"name": "b", "type": "conv", "inputs": ["input"], "out_channels": "2*C", "kernel_size": 1},
        {"name": "sum", "type": "add", "inputs": ["a", "b"]},
        {"name": "parts", "type": "split", "parts": 2},
        {"name": "all", "type": "concat", "inputs": ["parts.1", "parts.0"]},
        {"name": "up", "type": "resize", "factor": 2},
        {"name": "ps", "type": "pixel_shuffle", "factor": 1},
        {"name": "pad", "type": "pad", "padding": [[1, 0], [0, 2]]},
        {"name": "act", "type": "leaky_relu", "slope": 0.1},
        shape=(1, "C", "32*q", "32*q"),
        name="small",
    )
    (tmp_path / "a.json").write_text(json.dumps(described))
    yaml = optional("yaml")
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(described))
    plain, text, other = (
        read_layers(described),
        read_layers(tmp_path / "a.json"),
        read_layers(tmp_path / "a.yaml"),
    )
    c, q = ca.symbol("C"), ca.symbol("q")
    assert plain.total("mult_adds").value == 10 * 2 * c**2 * (32 * q) ** 2
    assert plain["act"].output_shapes == ((1, 2 * c, 64 * q + 1, 64 * q + 2),)
    for network in (text, other):
        assert network.total("mult_adds") == plain.total("mult_adds")
        assert [x.output_shapes for x in network.layers] == [x.output_shapes for x in plain.layers]
    assert read_layers(described, C=3, q=7).total("mult_adds").value == 180 * 224**2


def test_what_no_layer_reads_comes_out_or_what_is_asked_for() -> None:
    layers = (
        {"name": "a", "type": "relu"},
        {"name": "b", "type": "tanh", "inputs": ["a"]},
        {"name": "c", "type": "sigmoid", "inputs": ["a"]},
    )
    assert graph_of_layers(net(*layers)).outputs == ("b", "c")
    assert graph_of_layers(net(*layers, outputs=["a"])).outputs == ("a",)


CONV = {"name": "c", "type": "conv", "out_channels": 4, "kernel_size": 3}
WRONG: dict[str, tuple[Any, str]] = {
    "no mapping": ([], "must be a mapping or a path"),
    "no layers": ({"input": [1, 3, 8, 8]}, "layers=None must be a list"),
    "no input": ({"layers": [CONV]}, "input=None must be a list of sizes"),
    "no key": (net(CONV, sizes=3), "'sizes' is no key"),
    "no type": (net({"name": "a"}), r"layers\[0\]=\{'name': 'a'\} has no 'type', such as \{'type': 'conv'"),
    "type": (net({"name": "a", "type": "convv"}), "near it: conv"),
    "option": (
        net({**CONV, "kernal_size": 3}),
        r"layer 'c' \(conv\): 'kernal_size' .* is 'kernel_size' meant",
    ),
    "lacking": (net({"name": "c", "type": "conv", "kernel_size": 3}), "'out_channels' must be given"),
    "zero": (net({**CONV, "stride": 0}), r"layer 'c' \(conv\): stride=0 must be at least 1"),
    "text": (net({**CONV, "out_channels": "__import__('os')"}), "layer 'c'.*'__import__' is no name"),
    "boolean": (net({**CONV, "out_channels": True}), "layer 'c'.*True"),
    "kernel": (net({**CONV, "kernel_size": 99}), "layer 'c'"),
    "groups": (net({**CONV, "groups": 3}), "layer 'c'.*groups"),
    "channels": (net({**CONV, "in_channels": 5}), "in_channels=5, but 8 come in"),
    "bias": (net({**CONV, "bias": "no"}), "must be true or false"),
    "name": (net({**CONV, "name": "a\nb"}), "name="),
    "name twice": (net(CONV, CONV), "the name is there twice"),
    "reads": (
        net(CONV, {"type": "add", "inputs": ["c", "d"]}),
        "reads 'd', which no layer before it makes",
    ),
    "itself": (net({**CONV, "inputs": ["c"]}), "reads 'c'"),
    "inputs": (net(CONV, {"name": "s", "type": "add"}), "it reads 1 inputs; it must be at least 2"),
    "shapes": (net(CONV, {"name": "s", "type": "add", "inputs": ["c", "input"]}), "layer 's'"),
    "flatten": (net({"name": "f", "type": "linear", "out_features": 3}), "flatten before it"),
    "parts": (net({"name": "p", "type": "split", "parts": 3}), "parts=3 must divide the 8"),
    "factor": (net({"name": "r", "type": "resize"}), "either 'factor' or 'size'"),
    "infinite": (net({"name": "r", "type": "resize", "factor": float("inf")}), "factor=inf"),
    "outputs": (net(CONV, outputs=["d"]), "'d' is made by no layer"),
    "sizes": (net(CONV, shape=(1, 3, -1, 8)), "must be at least 1.* such as 'N', not -1"),
    "open": (net(CONV, shape=(None, 3, 8, 8)), "such as 'N', not None"),
    "size": (net(CONV, shape=(1, 3, 8.5, 8)), r"^input=8\.5 is not a size"),
    "a list": ([CONV], r"a mapping as in \{'input'"),
    "one name": (net(CONV, {"type": "relu", "inputs": "c"}), r"must be a list of names, such as \['c'\]"),
    "keras": (
        net({"type": "conv", "filters": 4, "kernel_size": 3}),
        "'filters' .* is 'out_channels' meant",
    ),
    "kernel word": (net({"type": "max_pool", "size": 2}), "'size' is no option .* is 'kernel_size' meant"),
    "input": (net(CONV, {"type": "relu", "input": "c"}), "'input' is no option of it; is 'inputs' meant"),
    "dense": (net({"type": "Dense"}), "type='Dense' is no type of a description; near it: linear$"),
    "deconv": (net({"type": "deconv"}), "near it: conv_transpose$"),
    "class": (net({"type": "MaxPool2d"}), "near it: max_pool$"),
}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("a.onnx", "ca.read_onnx reads a file .onnx"), ("resnet_18", "is ca.zoo(name)"), ("a.txt", ".yml")],
)
def test_what_is_no_description_says_who_reads_it(path: str, wanted: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        read_layers(path)
    assert str(raised.value).endswith(wanted)


def test_the_types_of_a_description_stand_in_its_docstring() -> None:
    told = re.split(r"\W+", (read_layers.__doc__ or "").split("The types:")[1].split("``sizes``")[0])
    assert set(filter(None, told)) == set(TYPES)


def test_a_hint_is_a_type_and_an_option_that_there_is() -> None:
    assert set(_HINTED_TYPES) <= set(TYPES)
    options = {option for kind in TYPES.values() for option in kind.options}
    assert set(_HINTED_OPTIONS) <= options | set(COMMON)
    for known in (*TYPES, *(other for others in _HINTED_TYPES.values() for other in others)):
        assert nearest_types(known.title(), TYPES)[0] in TYPES


def test_a_size_for_a_name_that_is_not_there_is_refused() -> None:
    described = net({**CONV, "out_channels": "M"}, shape=(1, 3, "N", 8))
    assert read_layers(described, N=5, M=4)["c"].output_shapes == ((1, 4, 3, 6),)
    with pytest.raises(ArgumentError, match=r"Q=5 is put for a name .* it has M, N$"):
        read_layers(described, N=5, Q=5)
    named = net({**CONV, "kernel_size": "k", "stride": "s"}, {"type": "max_pool", "kernel_size": "p"})
    assert read_layers(named, k=3, s=1, p=2)["max_pool_2"].output_shapes == ((1, 4, 3, 4),)


@pytest.mark.parametrize("name", WRONG)
def test_a_description_that_is_wrong_says_where_and_what_would_be_right(name: str) -> None:
    described, match = WRONG[name]
    with pytest.raises(ArgumentError, match=match):
        graph_of_layers(described)


@pytest.mark.parametrize("wrong", [b"model.onnx", 3, None, [1], object()])
def test_only_a_path_is_a_file(onnx: Any, wrong: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^path=.* must be the path of a file \.onnx"):
        read_onnx(wrong)


def test_a_model_in_memory_is_told_how_to_become_a_file(onnx: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^path=a ModelProto must be .*onnx\.save"):
        read_onnx(onnx.ModelProto())


def test_the_names_of_a_file_are_told(onnx: Any, file: Path) -> None:
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    onnx.save(made(onnx, [node], shape=("batch", 3, "N", 8)), file)
    assert read_onnx(file, batch=1, N=4).inputs["x"] == (1, 3, 4, 8)
    with pytest.raises(ArgumentError, match=r"M=4 is put for a name .* it has N, batch$"):
        read_onnx(file, M=4)


def test_a_module_that_cannot_run_says_so_and_nothing_else(torch: Any, capfd: Any) -> None:
    class Wrong(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return torch.cat([x, x[:, :, 1:]], 1)

    with pytest.raises(ArgumentError, match=r"Wrong cannot be exported .* must match"):
        read_torch(Wrong(), (1, 3, 8, 8))
    assert capfd.readouterr() == ("", "")


def test_a_module_for_names_is_told_how(torch: Any) -> None:
    module = torch.nn.Conv2d(3, 8, 3)
    with pytest.raises(ArgumentError, match=r"must be numbers.*\.with_input\(\(1, 3, 'N', 'N'\)\)"):
        read_torch(module, (1, 3, "N", "N"))
    network = read_torch(module, (1, 3, 64, 64)).with_input((1, 3, "N", "N"))
    assert str(network.formula().value) == "216*(N - 2)**2"


def test_a_hushed_library_speaks_again_after_an_error() -> None:
    logs = [logging.getLogger(name) for name in ("hushed_one", "hushed_one.part", "hushed_one_more")]
    logs[1].disabled = True

    def fail() -> None:
        with hushed("hushed_one"):
            assert [log.disabled for log in logs] == [True, True, False]
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [log.disabled for log in logs] == [False, True, False]
    logs[1].disabled = False


DEEP = 100_000
TEXTS: dict[str, tuple[str, str, str]] = {
    "json": ("a.json", "{", "no JSON"),
    "nan": ("a.json", '{"input": [NaN]}', "NaN is no number"),
    "json twice": ("a.json", '{"input": [1], "input": [1]}', "'input' is there twice"),
    "json deep": ("a.json", "[" * DEEP + "]" * DEEP, "nested deeper"),
    "json long number": ("a.json", "9" * 10_000, "no JSON"),
    "yaml": ("a.yaml", "a: [", "no YAML"),
    "yaml python": ("a.yaml", "!!python/object/apply:os.system ['true']", "no YAML"),
    "yaml alias": ("a.yaml", "a: &a [1]\nb: *a\n", "line 2: an alias"),
    "yaml deep": ("a.yml", "[" * DEEP, "nested deeper"),
    "yaml hex": ("a.yml", "a: 0x" + "f" * 50_000, "more than 4096 bits"),
    "yaml date": ("a.yml", "a: 2024-99-99", "no YAML"),
    "yaml scalar": ("a.yml", "hello", "a description is a mapping"),
    "long": ("a.yaml", "a" * (2**19 + 1), "which no description has"),
    "ending": ("a.txt", "{}", r"\.json, \.yaml or \.yml"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_is_no_description_is_said_in_time(tmp_path: Path, name: str) -> None:
    if name.startswith("yaml"):
        optional("yaml")
    ending, text, match = TEXTS[name]
    (tmp_path / ending).write_text(text)
    started = time.process_time()
    with pytest.raises(ArgumentError, match=match) as caught:
        read_layers(tmp_path / ending)
    assert time.process_time() - started < SECONDS
    assert ending in str(caught.value)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 12), st.floats(), st.text(max_size=4), st.just("N")
    ),
    lambda part: st.lists(part, max_size=3),
    max_leaves=4,
)


def _kinds() -> Iterator[tuple[str, str]]:
    from convalgebra.networks.reading.layers.table import TYPES

    for kind, layer in TYPES.items():
        for option in layer.options or ("inputs",):
            yield kind, option


@given(st.sampled_from(sorted(_kinds())), VALUES, VALUES)
@settings(max_examples=150)
def test_any_option_is_a_layer_or_an_error(kind: tuple[str, str], value: Any, other: Any) -> None:
    name, option = kind
    layer = {"type": name, "out_channels": 4, "kernel_size": 3, "groups": 2, "parts": 2, "out_features": 3}
    known = {"type", option, *_options(name)}
    chosen = {key: part for key, part in layer.items() if key in known}
    try:
        graph = graph_of_layers(net({**chosen, option: value}, shape=(1, 8, 6, "N")))
        network_of(graph)
    except ConvalgebraError:
        return
    assert graph.nodes


def _options(kind: str) -> tuple[str, ...]:
    from convalgebra.networks.reading.layers.table import TYPES

    return TYPES[kind].options
