"""Kinds of layers beyond convolutions and pools: counts against matrices, ONNX Runtime and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.networks.graph import Node
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.totals import INCLUDES
from tests.conftest import optional
from tests.test_networks_core import graph_of, run, whole


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
        graph_of(nodes[:1] + [Node("g", "MatMul", ("q", "w"), ("b",))], {"x": (2, 4, 5), "q": (3, 5)}, held)
    )
    assert odd.total("mult_adds").missing == ("g",)
