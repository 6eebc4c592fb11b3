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
from tests.test_networks_core import check, graph_of, inferred, run, whole


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


# --- Einsum --------------------------------------------------------------------------------------

# An equation with the shapes of its factors, the first one an activation.
WITH_A_WEIGHT = {
    "bi,io->bo": ((2, 5), (5, 3)),
    "bi, oi -> bo": ((2, 5), (3, 5)),
    "bti,oi->bto": ((2, 4, 5), (3, 5)),
    "bti,oi->bot": ((2, 4, 5), (3, 5)),
    "...i,io": ((2, 4, 5), (5, 3)),
    "...i,io->...o": ((2, 4, 3, 5), (5, 3)),
    "bchw,oc->bohw": ((2, 5, 3, 4), (2, 5)),
    "btd,dhk->bhtk": ((2, 4, 5), (5, 2, 3)),
    "bhtk,hkd->btd": ((2, 2, 4, 3), (2, 3, 5)),
    "bhtk,dkh->btd": ((2, 2, 4, 3), (5, 3, 2)),
}


@pytest.mark.parametrize("equation", WITH_A_WEIGHT)
def test_an_einsum_with_a_weight_is_its_matrix(equation: str) -> None:
    x, w = WITH_A_WEIGHT[equation]
    node = Node("one", "Einsum", ("x", "w"), ("y",), {"equation": equation})
    graph = graph_of([node], {"x": x}, {"w": whole(w)})
    network = network_of(graph)
    (y,) = run(graph, x=whole(x, 5))
    assert network["one"].output_shapes == (y.shape,)
    assert (network.linear_part()(whole(x, 5)) == y).all()
    matrix = network["one"].matrix()
    for quantity in ("multiplications", "additions"):
        assert total(network, quantity) == getattr(ca.measure(matrix), quantity)
    assert total(network, "parameters", "linear") == np.prod(w)
    assert network["one"].category == "linear"
    assert (network["one"].weight().ravel() == whole(w).ravel()).all()


# Equations of two factors, whether the second is a weight, and their products for one image.
COUNTED = {
    "bhqd,bhkd->bhqk": ((2, 3, 4, 5), (2, 3, 6, 5), False, 3 * 4 * 6 * 5, "linear"),
    "bhqk,bhkd->bhqd": ((2, 3, 4, 6), (2, 3, 6, 5), False, 3 * 4 * 6 * 5, "linear"),
    "bhtk,hkd->bhtd": ((2, 2, 4, 3), (2, 3, 5), True, 2 * 4 * 3 * 5, "linear"),
    "tbi,io->tbo": ((2, 7, 5), (5, 3), True, 7 * 15, "linear"),
    "bij,j->bij": ((2, 4, 5), (5,), True, 20, "other"),
    "bi,bj->bij": ((2, 4), (2, 5), False, 20, "other"),
    "...ij,...jk->...ik": ((2, 3, 4, 5), (1, 1, 5, 6), True, 3 * 4 * 5 * 6, "linear"),
}


@pytest.mark.parametrize("equation", COUNTED)
def test_an_einsum_of_two_factors_counts_what_meets(equation: str) -> None:
    first, second, constant, products, category = COUNTED[equation]
    node = Node("one", "Einsum", ("x", "w"), ("y",), {"equation": equation})
    inputs = {"x": first} | ({} if constant else {"w": second})
    graph = graph_of([node], inputs, {"w": whole(second)} if constant else {})
    network = network_of(graph)
    (y,) = run(graph, x=whole(first), **({} if constant else {"w": whole(second)}))
    assert network["one"].output_shapes == (y.shape,)
    assert network["one"].category == category
    assert total(network, "multiplications", category) == products
    # Each value that comes out is a sum of products: one sum less than products.
    assert total(network, "additions", category) == products - y[0].size
    held = np.prod(second) if constant else 0
    assert total(network, "parameters", *INCLUDES) == held


def test_an_einsum_of_names() -> None:
    node = Node("one", "Einsum", ("x", "w"), ("y",), {"equation": "bti,oi->bto"})
    network = network_of(graph_of([node], {"x": ("B", "T", 5)}, {"w": (3, 5)}))
    B, T = ca.symbol("B"), ca.symbol("T")
    assert network.outputs == {"y": (B, T, 3)}
    assert network.formula("multiplications").value == 15 * T


@pytest.mark.parametrize(
    ("equation", "additions"), [("bij->bji", 0), ("bij->bi", 4 * 5 - 4), ("bij->ib", 16)]
)
def test_an_einsum_of_one_factor_orders_or_adds(equation: str, additions: int) -> None:
    graph = graph_of([Node("one", "Einsum", ("x",), ("y",), {"equation": equation})], {"x": (2, 4, 5)})
    network = network_of(graph)
    (y,) = run(graph, x=whole((2, 4, 5)))
    assert network["one"].output_shapes == (y.shape,)
    assert total(network, "additions", *INCLUDES) == additions
    assert total(network, "multiplications", *INCLUDES) == 0
    if not additions:
        check(graph)


@pytest.mark.parametrize(
    ("equation", "shapes", "why"),
    [
        ("bi,ij,jk->bk", [(2, 4), (4, 5), (5, 3)], "which are multiplied first"),
        ("bij,j->b", [(2, 4, 5), (5,)], "only one factor"),
        ("bii->bi", [(2, 4, 4)], "diagonal"),
        ("bi,bj->ij", [(2, 4), (2, 5)], "over the batch"),
    ],
)
def test_an_einsum_whose_cost_is_not_said_is_not_understood(equation: str, shapes: Any, why: str) -> None:
    names = ("x", "w", "v")[: len(shapes)]
    node = Node("one", "Einsum", names, ("y",), {"equation": equation})
    network = network_of(graph_of([node], dict(zip(names, shapes, strict=True))))
    assert why in network["one"].why
    assert network.total("mult_adds").missing == ("one",)
    assert network["one"].output_shapes[0] is not None


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("bi,io->bz", "each axis of the result"),
        ("bi->b", "factors"),
        ("bij,io->bo", "does not fit"),
        ("bi,oo->bo", "do not fit"),
        ("__import__('os'),io->b", "must be letters"),
        ("b1,io->bo", "must be letters"),
        (7, "must be text"),
        ("b...i...,io->bo", "does not fit"),
        ("a" * 1000, "must be letters"),
    ],
)
def test_an_equation_that_is_none_is_said(equation: Any, message: str) -> None:
    node = Node("one", "Einsum", ("x", "w"), ("y",), {"equation": equation})
    with pytest.raises(ca.ConvalgebraError, match=message) as caught:
        network_of(graph_of([node], {"x": (2, 4)}, {"w": (4, 3)}))
    assert "one" in str(caught.value)


# --- adaptive pools ------------------------------------------------------------------------------


def adaptive(sizes: Any, wanted: list[int], kind: str = "AveragePool", batch: Any = 2) -> Network:
    node = Node("one", kind, ("x",), ("y",), {"output_size": wanted, "adaptive": 1})
    return network_of(graph_of([node], {"x": (batch, 3, *sizes)}))


@pytest.mark.parametrize(
    ("sizes", "wanted"), [((7, 10), [3, 4]), ((5,), [7]), ((6, 6), [3, 4]), ((4, 5, 3), [3, 2, 2])]
)
def test_an_adaptive_average_is_its_matrix(torch: Any, sizes: tuple[int, ...], wanted: list[int]) -> None:
    pool = getattr(torch.nn, f"AdaptiveAvgPool{len(sizes)}d")(wanted)
    network = ca.read_torch(pool, (2, 3, *sizes))
    (layer,) = network.layers
    x = whole((2, 3, *sizes), 3)
    matrix = layer.operator.matrix()
    expected = pool(torch.from_numpy(x)).numpy()
    found = np.stack([(matrix @ image.ravel()).reshape(expected.shape[1:]) for image in x])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert layer.output_shapes == (expected.shape,)
    assert total(network, "multiplications", "pool") == 0
    assert total(network, "additions", "pool") == matrix.nnz - expected[0].size
    assert total(network, "additions", "pool") == ca.measure(matrix).additions


def test_an_adaptive_pool_asks_for_a_size_whatever_the_image(torch: Any) -> None:
    for pool in (torch.nn.AdaptiveAvgPool2d(6), torch.nn.AdaptiveMaxPool2d(6)):
        network = ca.read_torch(pool, (1, 3, 12, 12))
        assert network.layers[0].kernel == (2, 2)
        for size in (6, 13, 18):
            other = network.with_input((1, 3, size, size))
            assert list(other.outputs.values()) == [(1, 3, 6, 6)]
            assert other.layers[0].kernel == ((size // 6,) * 2 if size % 6 == 0 else ())
            assert not other.total("additions", ["pool"]).partial
            assert other.fields()
        named = network.with_input((1, 3, 6 * ca.symbol("q"), 6 * ca.symbol("q")))
        assert list(named.outputs.values()) == [(1, 3, 6, 6)]
        assert not named.total("additions", ["pool"]).partial


def test_windows_that_may_differ_for_a_name_are_not_counted() -> None:
    network = adaptive(("N",), [4])
    assert network["one"].output_shapes == ((2, 3, 4),)
    assert network.total("additions", ["pool"]).missing == ("one",)
    assert total(network.at(N=7), "additions", "pool") == 3 * (2 + 3 + 3 + 2 - 4)
    assert total(adaptive(("N",), [4], "MaxPool"), "additions", "pool") == 0


def test_the_sizes_that_an_adaptive_pool_asks_for_are_checked() -> None:
    for wanted in ([0], [1, 2], "x"):
        with pytest.raises(ca.ArgumentError, match="output_size"):
            adaptive((5,), wanted)  # type: ignore[arg-type]


# --- windows laid out ----------------------------------------------------------------------------

SLIDING: list[dict[str, Any]] = [
    {"kernel_size": (2, 3)},
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)},
]


@pytest.mark.parametrize("options", SLIDING)
def test_windows_laid_out_and_put_back_are_torch_s(torch: Any, options: dict[str, Any]) -> None:
    unfold, fold = torch.nn.Unfold(**options), torch.nn.Fold((5, 6), **options)
    x = whole((2, 3, 5, 6))
    middle = unfold(torch.from_numpy(x))
    for module, given in ((unfold, x), (fold, middle.numpy())):
        network = ca.read_torch(module, given.shape)
        (layer,) = network.layers
        expected = module(torch.from_numpy(given)).numpy()
        matrix = layer.operator.matrix()
        found = np.stack([(matrix @ image.ravel()).reshape(expected.shape[1:]) for image in given])
        assert (found == expected).all()
        assert layer.output_shapes == (expected.shape,)
        assert total(network, "multiplications", *INCLUDES) == 0
        assert layer.counts.additions == ca.measure(matrix).additions
    overlap = total(network, "additions", "other")
    assert overlap == ca.measure(matrix).additions
    assert (overlap > 0) is ("stride" not in options)


def test_col2im_is_the_runtime_s() -> None:
    attributes = {"strides": [2, 1], "pads": [1, 0, 1, 0], "dilations": [1, 2]}
    held = {"size": np.array([5, 6]), "block": np.array([2, 3])}
    node = Node("one", "Col2Im", ("x", "size", "block"), ("y",), attributes)
    check(graph_of([node], {"x": (2, 3 * 6, 3 * 2)}, held), infer=False)


def test_windows_of_an_image_with_a_name(torch: Any) -> None:
    network = ca.read_torch(torch.nn.Unfold(3, padding=1), (1, 2, 5, 5)).with_input((1, 2, "N", 7))
    assert list(network.outputs.values()) == [(1, 18, 7 * ca.symbol("N"))]
    assert network.at(N=5).outputs == dict.fromkeys(network.outputs, (1, 18, 35))


@pytest.mark.parametrize("shape", [(1, 17, 6), (1, 18, 7)])
def test_windows_that_are_none_of_an_image_are_refused(shape: tuple[int, ...]) -> None:
    held = {"size": np.array([3, 4]), "block": np.array([2, 3])}
    node = Node("one", "Col2Im", ("x", "size", "block"), ("y",))
    with pytest.raises(ca.ShapeError, match="one"):
        network_of(graph_of([node], {"x": shape}, held))


# --- moves and gates of PyTorch ------------------------------------------------------------------


def of_function(torch: Any, function: Any) -> Any:
    class Module(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return function(x)

    return Module()


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("roll", {"shifts": 2, "dims": 2}),
        ("roll", {"shifts": (-1, 8), "dims": (1, 3)}),
        ("roll", {"shifts": (1, 1), "dims": (3, 3)}),
        ("flip", {"dims": (1, 3)}),
        ("flip", {"dims": (2,)}),
    ],
)
def test_what_is_shifted_or_turned_round_is_torch_s(
    torch: Any, name: str, options: dict[str, Any], batch: int
) -> None:
    module = of_function(torch, lambda x: getattr(torch, name)(x, **options))
    x = whole((batch, 2, 4, 5))
    network = ca.read_torch(module, x.shape)
    assert (network.linear_part()(x) == module(torch.from_numpy(x)).numpy()).all()
    assert total(network, "multiplications", *INCLUDES) == total(network, "additions", *INCLUDES) == 0
    named = network.with_input((batch, 2, "H", "W"))
    assert not named.total("mult_adds", INCLUDES).partial
    assert list(named.outputs.values()) == [(batch, 2, ca.symbol("H"), ca.symbol("W"))]
    for high in (1, 3):
        at = named.at(H=high, W=2)
        small = whole((batch, 2, high, 2), 4)
        assert (at.linear_part()(small) == module(torch.from_numpy(small)).numpy()).all()


@pytest.mark.parametrize(
    ("name", "options"),
    [("roll", {"shifts": 3}), ("flip", {"dims": (0,)}), ("roll", {"shifts": 1, "dims": 0})],
)
def test_what_moves_between_images_costs_nothing_and_is_no_map_of_one(
    torch: Any, name: str, options: dict[str, Any]
) -> None:
    module = of_function(torch, lambda x: getattr(torch, name)(x, **options))
    network = ca.read_torch(module, (2, 3, 4))
    assert total(network, "multiplications", *INCLUDES) == 0
    assert list(network.outputs.values()) == [(2, 3, 4)]
    with pytest.raises(ca.ArgumentError):
        network.linear_part()


@pytest.mark.parametrize("axis", [1, -1])
def test_a_gated_unit_is_a_product_for_each_value_that_comes_out(torch: Any, axis: int) -> None:
    network = ca.read_torch(torch.nn.GLU(axis), (2, 4, 6))
    assert [layer.op_type for layer in network] == ["Split", "Sigmoid", "Mul"]
    assert total(network, "multiplications", "other") == 12
    assert total(network) == 0
    x = whole((2, 4, 6))
    (y,) = run_read(graph_of_torch(torch.nn.GLU(axis), x.shape), x)
    np.testing.assert_allclose(y, torch.nn.GLU(axis)(torch.from_numpy(x)).numpy(), rtol=1e-5)


def test_an_einsum_of_torch_is_counted_as_torch_counts(torch: Any) -> None:
    class Attending(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.query = torch.nn.Parameter(torch.zeros(8, 2, 4))

        def forward(self, x: Any) -> Any:
            q = torch.einsum("btd,dhk->bhtk", x, self.query)
            scores = torch.einsum("bhqk,bhtk->bhqt", q, q).softmax(-1)
            return torch.einsum("bhqt,bhtk->bqhk", scores, q)

    module = Attending()
    network = ca.read_torch(module, (1, 5, 8))
    assert total(network) == flops(torch, module, (1, 5, 8)) == 5 * 64 + 2 * 2 * 5 * 5 * 4
    assert total(network, "parameters") == 64


@pytest.mark.parametrize(
    "node",
    [
        Node("one", "Transpose", ("a",), ("y",), {"perm": [0, 2, 1]}),
        Node("one", "Slice", ("a", "s", "e", "axes"), ("y",)),
        Node("one", "Pad", ("a", "pads"), ("y",)),
        Node("one", "LayerNormalization", ("a", "g"), ("y",)),
    ],
)
def test_what_moves_a_sequence_that_stands_first_is_understood(node: Node) -> None:
    turn = Node("t", "Transpose", ("x",), ("a",), {"perm": [1, 0, 2]})
    held = {
        "s": np.array([0]),
        "e": np.array([2]),
        "axes": np.array([2]),
        "pads": np.array([0, 0, 1, 0, 0, 1]),
    }
    for batch in (1, 2):
        network = network_of(graph_of([turn, node], {"x": (batch, 5, 6)}, held | {"g": whole((6,))}))
        assert network["one"].understood
        norm = node.op_type == "LayerNormalization"
        assert network["one"].counts.multiplications == (30 if norm else 0)


@pytest.mark.parametrize("name", ["flop_counter_mode", "fvcore", "thop", "ptflops"])
def test_what_tools_make_of_recurrent_layers_is_not_told(torch: Any, name: str) -> None:
    network = ca.read_torch(torch.nn.LSTM(3, 2, batch_first=True), (1, 4, 3))
    theirs = {row.name: row.theirs for row in network.table(name).rows}
    assert theirs["lstm"] is theirs["lstm.cell"] is None
    uneven = ca.read_torch(torch.nn.AdaptiveAvgPool2d(3), (1, 2, 7, 7)).table(name).rows[0].theirs
    assert uneven == {"flop_counter_mode": 0, "fvcore": 98, "thop": None, "ptflops": 2 * 98}[name]


@pytest.mark.parametrize("behind", [False, True])
def test_a_last_state_that_nothing_reads_is_not_worked_out(torch: Any, behind: bool) -> None:
    class One(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, place: int) -> None:
            super().__init__()
            self.inner, self.place = torch.nn.LSTM(3, 2, 2, batch_first=behind), place

        def forward(self, x: Any) -> Any:
            out, states = self.inner(x)
            return (out, *states)[self.place]

    for place in range(3):
        network = ca.read_torch(One(place), (4, 4, 3))
        states = [layer for layer in network if ".state" in layer.name]
        assert len(states) == (0 if place == 0 else 1 + 2 * behind)
        graph = graph_of_torch(module := One(place), (4, 4, 3))
        if not behind:
            x = whole((4, 4, 3), 9)
            (y,) = run_read(graph, x)
            with torch.no_grad():
                np.testing.assert_allclose(
                    y, module.eval()(torch.from_numpy(x)).numpy(), rtol=1e-4, atol=1e-5
                )


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "RNN relu", "GRU without bias"])
def test_a_cell_is_one_step(torch: Any, kind: str, started: bool) -> None:
    name, *more = kind.split()
    options = {"nonlinearity": "relu"} if "relu" in more else {}

    class Stepping(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.cell = getattr(torch.nn, f"{name}Cell")(3, 2, bias="bias" not in more, **options)

        def forward(self, x: Any) -> Any:
            state = (x[:, :2], x[:, 1:]) if name == "LSTM" else x[:, :2]
            return self.cell(x, state) if started else self.cell(x)

    module = Stepping()
    x = whole((2, 3), 9)
    with torch.no_grad():
        expected = module.eval()(torch.from_numpy(x))
    found = run_read(graph_of_torch(module, (2, 3)), x)
    for mine, theirs in zip(found, expected if name == "LSTM" else [expected], strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-4, atol=1e-5)
    network = ca.read_torch(module, (2, 3))
    assert total(network) == GATES[name] * 2 * (3 + 2)
    assert total(network, "parameters", *INCLUDES) == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_first_states_that_are_worked_out_are_handed_on(torch: Any, name: str) -> None:
    class Started(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = getattr(torch.nn, name)(3, 3, 2, bidirectional=True)

        def forward(self, x: Any) -> Any:
            return self.inner(x, (x, x + 1) if name == "LSTM" else x)[0]

    module, x = Started(), whole((4, 2, 3), 9)
    (y,) = run_read(graph_of_torch(module, x.shape), x)
    with torch.no_grad():
        np.testing.assert_allclose(y, module.eval()(torch.from_numpy(x)).numpy(), rtol=1e-4, atol=1e-5)
    assert total(ca.read_torch(module, x.shape)) * 4 == 4 * 2 * 2 * GATES[name] * 3 * ((3 + 3) + (6 + 3))
