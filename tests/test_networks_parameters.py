"""Parameters of networks: each tensor that a model holds counts, and counts once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.networks.graph import Node, Tensor
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.totals import INCLUDES
from tests.conftest import optional
from tests.test_networks_core import graph_of, run, whole


@pytest.fixture
def torch() -> Any:
    return optional("torch")


def parameters(network: Network) -> int:
    value = network.total("parameters", INCLUDES).value
    assert isinstance(value, int)
    return value


# --- a bias of one entry -------------------------------------------------------------------------


def product_and(add: Node, held: dict[str, Any], *between: Node) -> Network:
    first = Node("product", "MatMul", ("x", "w"), ("p",))
    return network_of(graph_of([first, *between, add], {"x": (2, 4, 5)}, held))


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
@pytest.mark.parametrize("turned", [False, True])
def test_the_bias_of_a_product_with_one_output_is_a_parameter(shape: tuple[int, ...], turned: bool) -> None:
    inputs = ("b", "p") if turned else ("p", "b")
    net = product_and(Node("bias", "Add", inputs, ("y",)), {"w": (5, 1), "b": shape})
    assert net.total("parameters", ["linear", "bias"]).value == 5 + 1
    assert [(held.tensor, held.role) for held in net["bias"].held] == [("b", "bias")]


def test_what_is_handed_on_in_another_shape_is_still_the_product() -> None:
    reshape = Node("r", "Reshape", ("p", "s"), ("q",))
    held = {"w": (5, 1), "b": (1,), "s": np.array([8, 1])}
    net = product_and(Node("bias", "Add", ("q", "b"), ("y",)), held, reshape)
    assert parameters(net) == 6
    lost = product_and(
        Node("bias", "Add", ("q", "b"), ("y",)), held | {"s": np.array([2, 4])}, reshape
    )  # the outputs are no axis of it
    assert parameters(lost) == 5


@pytest.mark.parametrize(
    ("add", "held"),
    [
        (Node("bias", "Add", ("p", "b"), ("y",)), {"w": (5, 1), "b": ()}),  # a plain number
        (Node("bias", "Add", ("p", "b"), ("y",)), {"w": (5, 3), "b": (1,)}),  # one for three outputs
        (Node("bias", "Sub", ("b", "p"), ("y",)), {"w": (5, 1), "b": (1,)}),  # 1 - p
        (Node("bias", "Mul", ("p", "b"), ("y",)), {"w": (5, 1), "b": (1,)}),
    ],
)
def test_a_single_number_elsewhere_is_no_bias(add: Node, held: dict[str, Any]) -> None:
    assert parameters(product_and(add, held)) == 5 * held["w"][1]


def test_only_the_first_that_is_added_is_the_bias() -> None:
    first = Node("bias", "Add", ("p", "b"), ("q",))
    net = product_and(Node("more", "Add", ("q", "c"), ("y",)), {"w": (5, 1), "b": (1,), "c": (1,)}, first)
    assert parameters(net) == 6
    assert not net["more"].held


def test_a_product_that_has_its_bias_takes_no_other() -> None:
    nodes = [Node("g", "Gemm", ("x", "w", "b"), ("p",)), Node("more", "Add", ("p", "c"), ("y",))]
    net = network_of(graph_of(nodes, {"x": (2, 5)}, {"w": (5, 1), "b": (1,), "c": (1,)}))
    assert parameters(net) == 6


@pytest.mark.parametrize("channels", [1, 2])
def test_the_bias_of_a_convolution_that_is_added_after_it(channels: int) -> None:
    nodes = [Node("c", "Conv", ("x", "w"), ("p",)), Node("bias", "Add", ("p", "b"), ("y",))]
    held = {"w": (channels, 3, 3, 3), "b": (1, channels, 1, 1)}
    net = network_of(graph_of(nodes, {"x": (1, 3, 5, "N")}, held))
    assert net.total("parameters", ["conv", "bias"]).value == 27 * channels + channels


@pytest.mark.parametrize(("node", "expected"), [(False, 6), (True, 5)])
def test_a_number_in_a_node_is_no_bias_of_a_weight_that_is_an_initializer(
    node: bool, expected: int, tmp_path: Path
) -> None:
    onnx = optional("onnx")
    helper, of = onnx.helper, onnx.numpy_helper.from_array
    w, b = of(np.ones((5, 1), np.float32), "w"), of(np.ones(1, np.float32), "b")
    nodes = [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Add", ["p", "b"], ["y"])]
    if node:
        nodes.insert(0, helper.make_node("Constant", [], ["b"], value=b))
    shape = [onnx.ValueInfoProto(name="y")]
    x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 4, 5])
    graph = helper.make_graph(nodes, "g", [x], shape, [w] if node else [w, b])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), tmp_path / "m.onnx")
    assert parameters(ca.read_onnx(tmp_path / "m.onnx")) == expected


# --- one tensor, read in several ways ------------------------------------------------------------


def test_an_embedding_that_two_transposes_turn_into_decoders_counts_once() -> None:
    nodes = [
        Node("t1", "Transpose", ("e",), ("d1",), {"perm": [1, 0]}),
        Node("t2", "Transpose", ("e",), ("d2",), {"perm": [1, 0]}),
        Node("one", "MatMul", ("x", "d1"), ("y",)),
        Node("two", "MatMul", ("x", "d2"), ("z",)),
        Node("embed", "Gather", ("e", "i"), ("v",)),
    ]
    held = {"e": whole((11, 6))}
    net = network_of(graph_of(nodes, {"x": (1, 4, 6), "i": (1, 4)}, held, ("y", "z", "v")))
    assert parameters(net) == 66
    assert net.total("parameters", ["linear"]).value == 66
    assert net.total("mult_adds").value == 2 * 4 * 66
    # The weight that a layer has is the one that is read there, turned round.
    assert (net["one"].weight() == held["e"].T).all()
    (y, *_) = run(graph_of(nodes[:1] + nodes[2:3], {"x": (1, 4, 6)}, held), x=whole((1, 4, 6), 3))
    assert (net["one"].matrix() @ whole((1, 4, 6), 3).ravel() == y.ravel()).all()
    assert "parameters e are held by one, two, embed, and count once" in str(net.table())


def test_parts_of_a_tensor_are_that_tensor() -> None:
    bounds = {f"{n}{v}": np.array([v]) for n, v in (("s", 0), ("e", 6), ("s", 6), ("e", 12), ("a", 1))}
    nodes = [
        Node("c1", "Slice", ("w", "s0", "e6", "a1"), ("w1",)),
        Node("c2", "Slice", ("w", "s6", "e12", "a1"), ("w2",)),
        Node("one", "MatMul", ("x", "w1"), ("y",)),
        Node("two", "MatMul", ("x", "w2"), ("z",)),
    ]
    held = {"w": (5, 12), **bounds}
    net = network_of(graph_of(nodes, {"x": (1, 4, 5)}, held, ("y", "z")))
    assert parameters(net) == 60
    assert net.total("mult_adds").value == 4 * 60


def test_a_weight_of_a_length_and_a_direction_has_the_parameters_of_both() -> None:
    nodes = [
        Node("n", "ReduceL2", ("v", "axes"), ("length",), {"keepdims": 1}),
        Node("d", "Div", ("v", "length"), ("direction",)),
        Node("m", "Mul", ("direction", "g"), ("w",)),
        Node("half", "Mul", ("w", "h"), ("u",)),
        Node("c", "Conv", ("x", "u", "b"), ("y",)),
    ]
    for many in (1, 8):
        held = {"v": whole((many, 3, 3)), "g": whole((many, 1, 1)), "b": whole((many,))}
        held |= {"axes": np.array([1, 2]), "h": np.array(0.5, np.float32)}
        net = network_of(graph_of(nodes, {"x": (1, 3, 9)}, held))
        assert net.total("parameters", ["conv", "bias"]).value == 9 * many + many + many
        assert net.total("mult_adds").value == 7 * 9 * many


def test_a_mask_and_what_a_norm_is_measured_with_are_no_parameters() -> None:
    masked = [Node("m", "Mul", ("v", "mask"), ("w",)), Node("c", "Conv", ("x", "w"), ("y",))]
    held = {"v": whole((4, 3, 3)), "mask": np.ones((4, 3, 3), np.float32)}
    assert parameters(network_of(graph_of(masked, {"x": (1, 3, 9)}, held))) == 36
    spectral = [
        Node("r", "Reshape", ("v", "s"), ("flat",)),
        Node("a", "MatMul", ("left", "flat"), ("row",)),
        Node("b", "MatMul", ("row", "right"), ("sigma",)),
        Node("d", "Div", ("v", "sigma"), ("w",)),
        Node("c", "Conv", ("x", "w"), ("y",)),
    ]
    held = {"v": whole((4, 3, 3)), "s": np.array([4, 9]), "left": whole((1, 4)), "right": whole((9, 1))}
    assert parameters(network_of(graph_of(spectral, {"x": (1, 3, 9)}, held))) == 36


def test_a_bias_that_is_made_of_another_tensor_is_found_again() -> None:
    nodes = [
        Node("r", "Reshape", ("b2", "s"), ("b",)),
        Node("c", "Conv", ("x", "w", "b"), ("y",)),
    ]
    held = {"w": whole((4, 3, 3)), "b2": whole((2, 2)), "s": np.array([4])}
    graph, x = graph_of(nodes, {"x": (1, 3, 5)}, held), whole((1, 3, 5), 7)
    net = network_of(graph)
    assert [(held.tensor, held.role, held.size) for held in net["c"].held][1] == ("b2", "bias", 4)
    (y,) = run(graph, x=x)
    assert (net.linear_part()(x) == y).all()


def test_a_tensor_of_its_own_has_no_sources() -> None:
    graph = graph_of([Node("r", "Relu", ("x",), ("y",))], {"x": (1, 2)}, {"w": (2,)})
    assert network_of(graph).constants["w"] == Tensor("w", (2,))


# --- against PyTorch -----------------------------------------------------------------------------


def modules(torch: Any) -> dict[str, tuple[Any, tuple[int, ...]]]:
    nn = torch.nn

    class Tied(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.inner = nn.Embedding(11, 6), nn.Linear(6, 6)
            self.decode = nn.Linear(6, 11, bias=False)
            self.decode.weight = self.embed.weight

        def forward(self, x: Any) -> Any:
            return self.decode(self.inner(x + self.embed(torch.arange(5))))

    class Normed(nn.Module):  # type: ignore[misc]
        def __init__(self, norm: Any) -> None:
            super().__init__()
            self.conv, self.line = norm(nn.Conv1d(3, 8, 3)), norm(nn.Linear(8, 1))
            self.up = norm(nn.ConvTranspose1d(8, 8, 3))

        def forward(self, x: Any) -> Any:
            return self.line(self.up(self.conv(x)).transpose(1, 2))

    class Token(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.token, self.place = nn.Parameter(torch.zeros(1, 1, 6)), nn.Parameter(torch.zeros(1, 6, 6))
            self.scale, self.gate = nn.Parameter(torch.ones(())), nn.Parameter(torch.zeros(1))
            self.head = nn.Linear(6, 1)
            self.register_buffer("fixed", torch.zeros(6, 6))

        def forward(self, x: Any) -> Any:
            x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place + self.fixed
            return self.head(x * self.scale + self.gate * x * 2.5)

    class Function(nn.Module):  # type: ignore[misc]
        def __init__(self, function: Any, **shapes: tuple[int, ...]) -> None:
            super().__init__()
            self.function = function
            for name, shape in shapes.items():
                setattr(self, name, nn.Parameter(torch.ones(shape)))

        def forward(self, x: Any) -> Any:
            return self.function(self, x)

    def standardised(m: Any, x: Any) -> Any:
        centred = m.w - m.w.mean((1, 2), keepdim=True)
        return nn.functional.conv1d(x, centred / m.w.std((1, 2), keepdim=True) * m.g)

    def pooled(m: Any, x: Any) -> Any:
        return x.clamp(min=1e-6).pow(m.p).mean(2).pow(1 / m.p)

    def there_and_back(m: Any, x: Any) -> Any:
        return nn.functional.conv_transpose1d(nn.functional.conv1d(x, m.w), m.w)

    old, new = nn.utils, nn.utils.parametrizations
    return {
        "one output": (nn.Linear(6, 1), (2, 5, 6)),
        "tied": (Tied(), (2, 5, 6)),
        "weight_norm, old": (Normed(old.weight_norm), (2, 3, 9)),
        "weight_norm, new": (Normed(new.weight_norm), (2, 3, 9)),
        "spectral_norm, old": (Normed(old.spectral_norm), (2, 3, 9)),
        "spectral_norm, new": (Normed(new.spectral_norm), (2, 3, 9)),
        "tokens, scales and a buffer": (Token(), (2, 5, 6)),
        "a low-rank change": (
            Function(lambda m, x: x @ (m.w + m.a @ m.b), w=(6, 5), a=(6, 2), b=(2, 5)),
            (2, 6),
        ),
        "a standardised weight": (Function(standardised, w=(4, 3, 3), g=(4, 1, 1)), (2, 3, 9)),
        "a learnt power": (Function(pooled, p=(1,)), (2, 3, 9)),
        "there and back": (Function(there_and_back, w=(4, 3, 3)), (2, 3, 9)),
        "a value where there is none": (
            Function(lambda m, x: torch.where(x > 0, x, m.t), t=(6,)),
            (2, 6),
        ),
        "encoder": (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (1, 5, 8)),
    }


@pytest.mark.parametrize(
    "name",
    [
        *("one output", "tied", "weight_norm, old", "weight_norm, new", "spectral_norm, old"),
        *("spectral_norm, new", "tokens, scales and a buffer", "encoder", "a low-rank change"),
        *("a standardised weight", "a learnt power", "there and back", "a value where there is none"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_module_has_the_parameters_that_torch_counts(torch: Any, name: str) -> None:
    module, shape = modules(torch)[name]
    net = ca.read_torch(module, shape)
    total = net.total("parameters", INCLUDES)
    assert not total.partial
    assert total.value == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("token", "expected"), [(whole((1, 1, 6)), 6), (np.zeros((1, 1, 6), np.float32), 0)]
)
def test_a_token_that_is_put_before_others_is_a_parameter_and_zeros_are_none(
    token: np.ndarray, expected: int
) -> None:
    graph = graph_of([Node("c", "Concat", ("t", "x"), ("y",), {"axis": 1})], {"x": (1, 4, 6)}, {"t": token})
    assert parameters(network_of(graph)) == expected
