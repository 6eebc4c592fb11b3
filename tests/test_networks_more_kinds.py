"""Kinds of layers beyond convolutions and pools: counts against matrices, ONNX Runtime and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.networks.graph import Graph, Node
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.torchmodule import graph_of_torch
from convalgebra.networks.totals import INCLUDES
from tests.conftest import optional
from tests.test_networks_core import graph_of, inferred, run, whole


@pytest.fixture
def torch() -> Any:
    return optional("torch")


def flops(torch: Any, module: Any, *shapes: tuple[int, ...]) -> int:
    """Return the multiplications of matrix products and convolutions that torch itself counts."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module.eval()(*(torch.zeros(shape) for shape in shapes))
    found: int = counter.get_total_flops()
    return found // 2


def total(network: Network, quantity: str = "mult_adds", *include: str) -> Any:
    found = network.total(quantity, include) if include else network.total(quantity)
    assert not found.partial, found.missing
    return found.value


def run_read(graph: Graph, x: np.ndarray) -> list[np.ndarray]:
    """Return what ONNX Runtime makes of a graph of PyTorch's, of one input."""
    names = {name for node in graph.nodes for name in node.inputs}
    held = {name: tensor for name, tensor in graph.constants.items() if name in names}
    (source,) = graph.inputs
    return run(Graph(graph.nodes, graph.inputs, held, graph.outputs, ""), **{source: x})


# --- the batch on another axis -------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_an_encoder_costs_as_much_for_each_image_of_a_batch(torch: Any, batch: int) -> None:
    module = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    network = ca.read_torch(module, (batch, 5, 8))
    mine = 5 * 8 * 24 + 2 * 5 * 5 * 8 + 5 * 64 + 2 * 5 * 8 * 16
    assert total(network) == mine
    counts = [total(network, quantity, *INCLUDES) for quantity in ("multiplications", "additions")[:1]]
    one = ca.read_torch(module, (1, 5, 8))
    assert counts == [total(one, "multiplications", *INCLUDES)]
    sums = {layer.name: layer.counts.additions for layer in network if layer.op_type == "Add"}
    assert sums == {layer.name: layer.counts.additions for layer in one if layer.op_type == "Add"}


def test_a_sequence_first_product_is_counted_for_one_image_of_any_batch() -> None:
    nodes = [
        Node("t", "Transpose", ("x",), ("a",), {"perm": [1, 0, 2]}),
        Node("m", "MatMul", ("a", "w"), ("b",)),
        Node("s", "Mul", ("b", "b"), ("c",)),
        Node("r", "Reshape", ("c", "shape"), ("y",)),
    ]
    held = {"w": (5, 3), "shape": np.array([4, -1])}
    network = network_of(graph_of(nodes, {"x": ("B", 4, 5)}, held))
    assert total(network) == 60
    assert total(network, "multiplications", "linear", "other") == 60 + 12
    assert total(network.at(B=7), "multiplications", "linear", "other") == 60 + 12
    odd = network_of(
        graph_of([*nodes[:1], Node("g", "MatMul", ("q", "w"), ("b",))], {"x": (2, 4, 5), "q": (3, 5)}, held)
    )
    assert odd.total("mult_adds").missing == ("g",)


# --- recurrent layers ----------------------------------------------------------------------------

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


class Counting:
    """Products and sums, done one by one and counted."""

    def __init__(self) -> None:
        self.products = self.sums = 0

    def dot(self, matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
        self.products += matrix.size
        self.sums += matrix.size - len(matrix)
        return matrix @ vector

    def add(self, *values: Any) -> Any:
        self.sums += (len(values) - 1) * max(map(np.size, values))
        return sum(values)


def step(
    op: str, x: Any, h: Any, c: Any, w: Any, r: Any, b: Any, matrices: Counting, each: Counting
) -> tuple[Any, Any]:
    """Return the next state and cell, as ONNX's definition writes them, each product counted."""

    def sigmoid(v: Any) -> Any:
        return 1 / (1 + np.exp(-v))

    def times(u: Any, v: Any) -> Any:
        each.products += np.size(v)
        return u * v

    gates, size = GATES[op], len(h)
    inner, outer = (m.reshape(gates, size, -1) for m in (w, r))
    wb, rb = b.reshape(2, gates, size)

    def gate(k: int, state: Any = h) -> Any:
        plain = matrices.add(matrices.dot(inner[k], x), matrices.dot(outer[k], state))
        return each.add(plain, wb[k], rb[k])

    if op == "RNN":
        return np.tanh(gate(0)), c
    if op == "GRU":
        z, reset = sigmoid(gate(0)), sigmoid(gate(1))
        new = np.tanh(gate(2, times(reset, h)))
        return each.add(times(each.add(np.ones(size), -z), new), times(z, h)), c
    i, o, f, g = sigmoid(gate(0)), sigmoid(gate(1)), sigmoid(gate(2)), np.tanh(gate(3))
    c = each.add(times(f, c), times(i, g))
    return times(o, np.tanh(c)), c


def recurrent(op: str, ways: int, steps: Any, batch: Any = 1, bias: bool = True) -> Graph:
    gates, size, hidden = GATES[op], 3, 2
    held = {"w": whole((ways, gates * hidden, size)) / 4, "r": whole((ways, gates * hidden, hidden), 3) / 4}
    if bias:
        held["b"] = whole((ways, 2 * gates * hidden), 5) / 8
    attributes = {"hidden_size": hidden, "direction": "bidirectional" if ways == 2 else "forward"}
    node = Node("one", op, ("x", *held), ("y",), attributes)
    return graph_of([node], {"x": (steps, batch, size)}, held)


@pytest.mark.parametrize("ways", [1, 2])
@pytest.mark.parametrize("op", GATES)
def test_a_recurrent_layer_does_what_is_counted(op: str, ways: int) -> None:
    steps = 4
    graph = recurrent(op, ways, steps)
    x = whole((steps, 1, 3), 7)
    (y,) = run(graph, x=x)
    network = network_of(graph)
    assert network["one"].output_shapes == (y.shape,) == (inferred(graph),)
    w, r, b = (graph.constants[name].array() for name in "wrb")
    matrices, each = Counting(), Counting()
    for way in range(ways):
        h = c = np.zeros(2)
        order = range(steps)[:: 1 - 2 * way]
        for t in order:
            h, c = step(op, x[t, 0], h, c, w[way], r[way], b[way], matrices, each)
            np.testing.assert_allclose(y[t, way, 0], h, rtol=1e-4, atol=1e-5)
    # Axis 0 of the input is the batch: what is told is for one of its entries.
    assert total(network) * steps == matrices.products
    assert total(network, "multiplications") * steps == matrices.products
    assert total(network, "additions") * steps == matrices.sums
    assert total(network, "multiplications", "other") * steps == each.products
    assert total(network, "additions", "other") * steps == each.sums
    assert total(network, "parameters", "linear", "bias") == w.size + r.size + b.size


@pytest.mark.parametrize("op", GATES)
def test_steps_may_be_a_name(op: str) -> None:
    nodes = [Node("t", "Transpose", ("x",), ("s",), {"perm": [1, 0, 2]})]
    plain = recurrent(op, 2, 1)
    nodes.append(Node("one", op, ("s", "w", "r", "b"), ("", "y"), plain.nodes[0].attributes))
    network = network_of(Graph((*nodes,), {"x": (2, "T", 3)}, plain.constants, ("y",), "by hand"))
    T = ca.symbol("T")
    assert total(network) == 2 * T * GATES[op] * 2 * (3 + 2)
    assert network.outputs == {"y": (2, 2, 2)}
    assert network.formula("mult_adds").value == total(network)
    for steps in (1, 6):
        assert total(network.at(T=steps)) == total(network).subs(T, steps)
        others = [total(n, "multiplications", "other") for n in (network.at(T=steps), network.at(T=1))]
        assert others[0] == steps * others[1] == (0 if op == "RNN" else 2 * steps * 2 * 3)


def test_peepholes_are_products_of_values() -> None:
    graph = recurrent("LSTM", 1, 1)
    node = Node("one", "LSTM", ("x", "w", "r", "", "", "", "", "p"), ("y",), graph.nodes[0].attributes)
    held = {name: tensor.array() for name, tensor in graph.constants.items()} | {"p": whole((1, 6))}
    network = network_of(graph_of([node], {"x": (1, 1, 3)}, held))
    assert total(network, "multiplications", "other") == 2 * (3 + 3)
    assert total(network, "additions", "other") == 2 * (1 + 3)
    assert total(network, "parameters", "other") == 6
    assert total(network, "parameters") == 8 * 5


@pytest.mark.parametrize("known", [False, True])
def test_sequences_that_may_end_early_are_not_guessed(known: bool) -> None:
    graph = recurrent("LSTM", 1, 4)
    node = Node("one", "LSTM", ("x", "w", "r", "", "n"), ("y",), graph.nodes[0].attributes)
    held = {name: tensor.array() for name, tensor in graph.constants.items()}
    held |= {"n": np.array([4])} if known else {}
    inputs = {"x": (4, 1, 3)} | ({} if known else {"n": (1,)})
    network = network_of(graph_of([node], inputs, held))
    assert network["one"].output_shapes == ((4, 1, 1, 2),)
    assert network.total("mult_adds").partial is not known
    if not known:
        assert "sequence_lens" in network["one"].why


@pytest.mark.parametrize(
    "weights", [((1, 7, 3), (1, 8, 2)), ((2, 8, 3), (1, 8, 2)), ((1, 8, 4), (1, 8, 2))]
)
def test_weights_that_do_not_fit_are_refused(weights: tuple[tuple[int, ...], ...]) -> None:
    node = Node("one", "LSTM", ("x", "w", "r"), ("y",), {"hidden_size": 2})
    with pytest.raises(ca.ShapeError, match="one"):
        network_of(graph_of([node], {"x": (4, 1, 3)}, dict(zip("wr", weights, strict=True))))


@pytest.mark.parametrize("ways", [1, 2])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "RNN relu", "LSTM without bias"])
def test_a_recurrent_module_is_onnx_s(torch: Any, kind: str, ways: int) -> None:
    name, *more = kind.split()
    options = {"nonlinearity": "relu"} if "relu" in more else {}
    module = getattr(torch.nn, name)(3, 2, 2, bias="bias" not in more, bidirectional=ways == 2, **options)
    graph = graph_of_torch(module, (4, 2, 3))
    x = whole((4, 2, 3), 9)
    with torch.no_grad():
        expected, states = module.eval()(torch.from_numpy(x))
    found = run_read(graph, x)
    each = [expected, *(states if name == "LSTM" else [states])]
    for mine, theirs in zip(found, each, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-4, atol=1e-5)
    first = ca.read_torch(module, (4, 2, 3))
    parameters = sum(p.numel() for p in module.parameters())
    assert total(first, "parameters", *INCLUDES) == parameters
    behind = getattr(torch.nn, name)(
        3, 2, 2, bias="bias" not in more, bidirectional=ways == 2, batch_first=True, **options
    )
    network = ca.read_torch(behind, (2, 4, 3))
    assert total(network, "parameters", *INCLUDES) == parameters
    assert list(network.outputs.values()) == [(2, 4, 2 * ways), *[(2 * ways, 2, 2)] * (len(each) - 1)]
    # Two sequences of four steps are four times two of one step.
    assert total(network) * 2 == total(first) * 4
    gates = GATES[name]
    assert total(network) == 4 * ways * gates * 2 * ((3 + 2) + (2 * ways + 2))
    longer = network.with_input((1, "T", 3))
    assert longer.at(T=4).total("mult_adds").value == total(network)
    assert total(longer) == total(network) * ca.symbol("T") / 4


def test_a_projected_state_is_not_understood(torch: Any) -> None:
    module = torch.nn.LSTM(3, 4, proj_size=2)
    found = ca.read_torch(module, (5, 1, 3)).total("mult_adds")
    assert found.partial


def test_a_first_state_that_is_learnt_is_a_parameter(torch: Any) -> None:
    class Started(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.cell = torch.nn.GRU(3, 2, batch_first=True)
            self.start = torch.nn.Parameter(torch.zeros(1, 1, 2))

        def forward(self, x: Any) -> Any:
            return self.cell(x, self.start.expand(1, x.shape[0], 2).contiguous())[0]

    module = Started()
    network = ca.read_torch(module, (2, 4, 3))
    assert total(network, "parameters", *INCLUDES) == sum(p.numel() for p in module.parameters())
