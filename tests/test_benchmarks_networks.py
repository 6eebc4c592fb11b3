"""The models that the benchmarks of networks read are what they are said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

import convalgebra as ca
from benchmarks.coldly import coldly
from benchmarks.models import dense_1001, residual_1001, resnet, write_onnx
from benchmarks.networks import LIMITS, MODELS
from tests.conftest import optional


@pytest.mark.parametrize("made", [residual_1001, dense_1001])
def test_long_networks_have_their_1001_layers(made) -> None:
    network = ca.read_layers(made())
    weighted = [layer for layer in network.layers if layer.category in ("conv", "linear")]
    # The projections of shortcuts are not counted, as in the papers.
    assert len([layer for layer in weighted if not layer.name.endswith("shortcut")]) == 1001


def test_no_two_pointwise_convolutions_of_the_dense_one_are_alike() -> None:
    layers = [one for one in ca.read_layers(dense_1001()).layers if one.name.startswith("one")]
    assert len({layer.operator for layer in layers}) == len(layers) == 500


def test_a_description_written_as_onnx_is_read_in_a_fresh_process_and_counts_the_same(
    tmp_path: Path,
) -> None:
    optional("onnx")
    described = ca.zoo("resnet_18")
    file = write_onnx(described, tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]  # and no weights
    assert file.stat().st_size < 100_000
    answer = coldly("model", str(file))
    assert answer["total"] == ca.read_layers(described).total("mult_adds").value
    assert set(answer["seconds"]) == {"read", "count", "formula"}
    assert all(seconds > 0 for seconds in answer["seconds"].values())


def test_what_fails_in_a_fresh_process_is_said(tmp_path: Path) -> None:
    optional("onnx")
    with pytest.raises(RuntimeError, match=r"model .*none\.onnx failed:"):
        coldly("model", str(tmp_path / "none.onnx"))


@pytest.mark.sweep
def test_the_module_that_counters_count_is_the_network_of_the_file() -> None:
    optional("torch")
    module = ca.read_torch(resnet(50, "meta"), (1, 3, 224, 224))
    described = ca.read_layers(ca.zoo("resnet_50"))
    for quantity in ("multiplications", "mult_adds", "parameters"):
        assert module.total(quantity).value == described.total(quantity).value


def test_each_network_that_is_timed_has_its_target() -> None:
    assert MODELS.keys() == LIMITS.keys()
    assert set(LIMITS.values()) == {1, 5}
