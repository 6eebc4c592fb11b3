"""Receptive fields in networks: against chains of operators, and against what products of matrices read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import convalgebra as ca
from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Graph, Node
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.reading.older import in_new_words
from convalgebra.networks.receptive.field import Field
from convalgebra.networks.zoo.models import zoo

SOME = settings(max_examples=15, deadline=None)
LENGTH, MARGIN = 120, 25


def network(layers: list[dict[str, Any]], shape: tuple[Any, ...] = (1, 2, LENGTH)) -> Network:
    return ca.read_layers({"input": list(shape), "layers": layers})


def patterns(net: Network) -> dict[str, sparse.csr_array]:
    """Return which entry of the input each entry of each value reads, by products of matrices."""
    (name, shape), *_ = net.inputs.items()
    found = {name: sparse.eye_array(int(np.prod(shape[1:])), dtype=np.int64, format="csr")}
    for layer in net.layers:
        before = [found[n] for n in layer.inputs]
        match layer.op_type:
            case "Add" | "Sum":
                made = sum(before[1:], start=before[0])
            case "Concat":
                made = sparse.vstack(before, format="csr")
            case "Relu":
                made = before[0]
            case _:
                weights = {n: np.ones(s, np.int64) for n, s in layer.operator.weight_shapes.items()}
                matrix = abs(layer.operator.matrix(weights) if weights else layer.operator.matrix())
                made = sparse.csr_array((matrix > 0).astype(np.int64) @ before[0])
        made.data[:] = 1
        found[layer.outputs[0]] = sparse.csr_array(made)
    return found


def check_against_pattern(net: Network, field: Field, pattern: sparse.csr_array) -> int:
    """Check the outputs far from the border, one by one; return how many."""
    layer, (axis,) = net[field.layer], field.axes
    size, length = layer.output_shapes[0][2], net.inputs["input"][2]
    rows, columns = pattern.tocoo().coords
    checked, widest = 0, 0
    for output in range(size):
        if axis.phases:
            count = len(axis.phases)
            phase = axis.phases[output % count]
            first, extent = phase.offset + (output - output % count) * axis.jump, phase.extent
        else:
            first, extent = output * axis.jump + axis.offset, axis.extent
        if first < MARGIN or first + extent > length - MARGIN:
            continue
        inputs = columns[rows % size == output] % length
        assert (first, extent) == (
            (inputs.min(), inputs.max() - inputs.min() + 1) if len(inputs) else (first, 0)
        )
        checked, widest = checked + 1, max(widest, extent)
    assert widest <= axis.extent
    return checked


kernels, strides = st.integers(1, 4), st.integers(1, 2)


@st.composite
def pieces(draw: st.DrawFn, place: int) -> list[dict[str, Any]]:
    kind = draw(st.sampled_from(["conv", "conv", "pool", "transposed", "add", "concat", "relu"]))
    k, s, before = draw(kernels), draw(strides), f"start{place}"
    start = [{"type": "relu", "name": before}]
    match kind:
        case "conv":
            d = draw(st.integers(1, 2))
            options = {"kernel_size": k, "stride": s, "dilation": d, "padding": draw(st.integers(0, 2))}
            return [{"type": "conv", "name": f"l{place}", "out_channels": 1, **options}]
        case "pool":
            return [{"type": "average_pool", "name": f"l{place}", "kernel_size": k, "stride": s}]
        case "transposed":
            options = {"kernel_size": k, "stride": draw(st.integers(1, 3)), "dilation": draw(strides)}
            return [{"type": "conv_transpose", "name": f"l{place}", "out_channels": 1, **options}]
        case "relu":
            return start
    reach = draw(st.integers(1, 2))
    branches = [
        {"type": "conv", "name": f"a{place}", "inputs": [before], "kernel_size": 3, "padding": 1},
        {
            "type": "conv",
            "name": f"b{place}",
            "inputs": [before],
            "kernel_size": 2 * reach + 1,
            "dilation": s,
            "padding": reach * s,
        },
    ]
    branches = [branch | {"out_channels": 2} for branch in branches]
    return [*start, *branches, {"type": kind, "name": f"l{place}", "inputs": [f"a{place}", f"b{place}"]}]


@SOME
@given(st.data())
def test_graphs_see_what_the_products_of_their_matrices_read(data: st.DataObject) -> None:
    layers = [piece for place in range(data.draw(st.integers(1, 4))) for piece in data.draw(pieces(place))]
    net = network(layers)
    found, seen = net.fields(), patterns(net)
    assert set(found) == {layer.name for layer in net.layers}
    for name, field in found.items():
        assert field.exact
        check_against_pattern(net, field, seen[net[name].outputs[0]])


def test_phases_of_a_small_decoder_are_the_matrix_s() -> None:
    layers: list[dict[str, Any]] = [
        {"type": "conv", "name": "down", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
        {"type": "conv_transpose", "name": "up", "out_channels": 2, "kernel_size": 3, "stride": 2},
        {
            "type": "conv",
            "name": "skip",
            "inputs": ["up"],
            "out_channels": 2,
            "kernel_size": 5,
            "padding": 2,
        },
        {"type": "add", "name": "sum", "inputs": ["up", "skip"]},
    ]
    net = network(layers)
    found = net.fields()
    assert [(p.offset, p.extent) for p in found["up"].axes[0].phases] == [(-3, 5), (-1, 3)]
    assert str(found["up"]) == "5 (3, 5 by phase)"
    for name in found:
        assert check_against_pattern(net, found[name], patterns(net)[name]) > 20


def test_outputs_that_see_nothing_are_a_phase_of_extent_0() -> None:
    layer = {"type": "conv_transpose", "name": "up", "out_channels": 1, "kernel_size": 1, "stride": 2}
    phases = network([layer]).fields()["up"].axes[0].phases
    assert [phase.extent for phase in phases] == [1, 0]


@SOME
@given(st.lists(st.tuples(kernels, strides, st.booleans()), min_size=1, max_size=4))
def test_chains_see_what_the_product_of_their_operators_sees(steps: list[tuple[int, int, bool]]) -> None:
    layers = [
        {"type": "conv_transpose" if up else "conv", "out_channels": 1, "kernel_size": k, "stride": s}
        for k, s, up in steps
    ]
    net = network(layers, (1, 1, 64, 70))
    op = None
    for layer in net.layers:
        op = layer.operator if op is None else layer.operator @ op
        assert net.fields()[layer.name].size == ca.receptive_field(op)


def test_names_give_formulas() -> None:
    layers = [
        {"type": "conv", "name": "a", "out_channels": 1, "kernel_size": "k", "stride": "s"},
        {"type": "max_pool", "name": "b", "kernel_size": 3, "stride": 2},
        {"type": "global_average_pool", "name": "c"},
    ]
    net = network(layers, (1, 1, "N"))
    found = net.fields()
    k, s, n = ca.symbol("k"), ca.symbol("s"), ca.symbol("N")
    assert (found["b"].size[0] - (k + 2 * s)).expand() == 0
    assert found["b"].axes[0].jump == 2 * s
    assert found["b"].exact
    put = {n: 41, k: 5, s: 2}
    numbers = net.at(N=41, k=5, s=2).fields()
    assert found["c"].size[0].subs(put) == numbers["c"].size[0] == 41


def test_a_published_network_sees_what_it_is_known_to() -> None:
    """Araujo, Norris and Sim, Distill 2019, their table: 483 for ResNet-50, 212 for VGG-16."""
    found = ca.read_layers(zoo("resnet_50")).fields()
    last = [field for field in found.values() if field.axes[0].jump == 32][-2]
    assert last.size == (483, 483)
    assert last.exact
    vgg = ca.read_layers(zoo("vgg_16")).fields()
    pooled = [field for field in vgg.values() if field.axes[0].jump == 32][-1]
    assert pooled.size == (212, 212)


def test_what_has_no_line_to_the_input_is_a_bound_that_says_so() -> None:
    layers: list[dict[str, Any]] = [
        {"type": "conv", "name": "a", "out_channels": 2, "kernel_size": 3, "padding": 1},
        {"type": "global_average_pool", "name": "all"},
        {"type": "conv", "name": "gate", "out_channels": 2, "kernel_size": 1},
        {"type": "add", "name": "sum", "inputs": ["a", "gate"]},
    ]
    found = network(layers, (1, 2, 9, 9)).fields()
    assert (found["all"].size, found["all"].exact) == ((11, 11), True)
    assert (found["sum"].size, found["sum"].exact, found["sum"].axes[0].jump) == ((11, 11), False, 0)
    assert str(found["sum"]) == "at most 11 x at most 11"


def test_a_softmax_of_older_operator_sets_sees_the_whole_image() -> None:
    node = Node("s", "Softmax", ("x",), ("y",), {"axis": 1})
    for opset, size, exact in ((12, (9, 7), False), (13, (1, 1), True)):
        read = in_new_words(node, opset, lambda name, value, dtype: name)
        (field,) = network_of(Graph((read,), {"x": (1, 2, 9, 7)}, {}, ("y",), "by hand")).fields().values()
        assert (field.size, field.exact) == (size, exact)


def test_dense_layers_see_all_exactly() -> None:
    layers: list[dict[str, Any]] = [
        {"type": "conv", "name": "a", "out_channels": 2, "kernel_size": 3},
        {"type": "flatten", "name": "flat"},
        {"type": "linear", "name": "fc", "out_features": 3},
    ]
    found = network(layers, (1, 2, 9, 8)).fields()
    assert (found["flat"].size, found["flat"].exact) == ((9, 8), False)
    assert (found["fc"].size, found["fc"].exact) == ((9, 8), True)


def test_a_source_that_is_no_image_is_refused() -> None:
    net = network([{"type": "relu"}])
    with pytest.raises(ArgumentError, match=r"source='y' must be an input.*there is input"):
        net.fields("y")


def test_behind_a_value_of_unknown_shape_nothing_is_claimed() -> None:
    nodes = (
        Node("a", "Relu", ("x",), ("a",)),
        Node("b", "Unheard", ("a",), ("b",)),
        Node("c", "Relu", ("b",), ("c",)),
        Node("d", "Add", ("a", "c"), ("d",)),
        Node("e", "Relu", ("a",), ("e",)),
    )
    net = network_of(Graph(nodes, {"x": (1, 2, 9)}, {}, ("d", "e"), "by hand"))
    assert set(net.fields()) == {"a", "b", "e"}
    assert not net.fields()["b"].exact
    assert net.fields()["b"].size == (9,)
