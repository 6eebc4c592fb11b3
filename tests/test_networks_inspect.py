"""A layer of a network in the inspector: by itself, or smaller where its matrix is too large to draw."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import convalgebra as ca
from convalgebra.networks.smaller import LARGEST, drawable
from convalgebra.networks.zoo.models import zoo
from convalgebra.operators.composition import Transposed
from convalgebra.operators.conv import Conv
from tests.browsers import launched, opened, until
from tests.conftest import optional

SMALL = [
    {
        "name": "up",
        "type": "conv_transpose",
        "out_channels": 2,
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
    },
    {"name": "relu", "type": "relu"},
    {"name": "mean", "type": "average_pool", "kernel_size": 2},
]


def small() -> ca.Network:
    return ca.read_layers({"input": [1, 1, 4, 4], "layers": SMALL})


def test_a_layer_that_can_be_drawn_is_shown_as_it_is() -> None:
    layer = small()["up"]
    assert drawable(layer).operator == layer.operator
    assert drawable(layer).said == ""


@pytest.mark.parametrize("name", ["resnet_18", "mobilenet_v1", "shufflenet_v1", "deeplab_v3", "fsrcnn"])
def test_a_smaller_layer_has_the_layers_own_windows(name: str) -> None:
    compared = 0
    for layer in ca.read_layers(zoo(name)):
        if layer.category != "conv":
            continue
        shown = drawable(layer)
        own, found = (
            op.operator if isinstance(op, Transposed) else op for op in (layer.operator, shown.operator)
        )
        assert isinstance(own, Conv)
        assert isinstance(found, Conv)
        for a, b in zip(own.axes, found.axes, strict=True):
            kept = ("kernel", "stride", "lo", "hi", "dilation", "padding_mode")
            assert [getattr(a, key) for key in kept] == [getattr(b, key) for key in kept]
            assert a.left_over == b.left_over
        assert (own.groups == 1) == (found.groups == 1)
        names = {s.name: 6 for s in found.symbols}
        assert max(found.subs(names).shape if names else found.shape) <= LARGEST
        # What is said are the sizes of the one and of the other.
        for one in (layer.operator, shown.operator):
            assert one is not None
            if shown.operator.input_shape != layer.operator.input_shape:  # type: ignore[union-attr]
                assert " x ".join(map(str, one.input_shape)) in shown.said
        compared += 1
    assert compared >= 4


def test_what_has_no_operator_is_said() -> None:
    with pytest.raises(ca.ArgumentError, match=r"layer 'relu' \(Relu\) has no operator"):
        drawable(small()["relu"])
    flat = ca.read_layers({"input": [1, 64, 28, 28], "layers": [{"name": "f", "type": "flatten"}]})
    with pytest.raises(ca.ArgumentError, match="50176 x 50176, too large to draw"):
        drawable(flat["f"])


def test_the_widget_of_a_layer() -> None:
    optional("anywidget")
    layer = small()["up"]
    assert layer.inspect().operator == layer.operator
    large = ca.read_layers(zoo("resnet_18"))["stage3.unit1.conv1"]
    widget = large.inspect()
    assert widget.operator == drawable(large).operator
    assert widget.data["note"].startswith("layer stage3.unit1.conv1 is shown smaller: in 64 x 56 x 56 as")


# --- on the command line, and in the browser -----------------------------------------------------


def written(place: Path, *arguments: str) -> Path:
    file = place / "page.html"
    command = [sys.executable, "-m", "convalgebra", "inspect", *arguments, "--output", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, f"wrote {file}\n"), done.stderr
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


def shown(browser: Any, file: Path) -> tuple[str, dict[str, Any], list[int]]:
    """Return what the page says above, its setting, and the rows and entries of the matrix it draws."""
    with opened(browser, file.as_uri()) as page:
        until(page, "window.convalgebra.picture('C').cells().length > 0")
        notes = page.locator(".ca-notice[role=note]").all_inner_texts()
        state = page.evaluate("() => window.convalgebra.store.state()")
        drawn = page.evaluate(
            "() => window.convalgebra.store.panels().filter(({ id }) => id === 'C')"
            ".map(({ matrix }) => [matrix.starts.length - 1, matrix.indices.length])[0]"
        )
    return "".join(notes), state, drawn


def test_a_layer_of_the_zoo_opens_in_the_browser(browser: Any, tmp_path: Path) -> None:
    file = written(tmp_path, "resnet_18", "--layer", "stage3.unit1.conv1")
    note, state, drawn = shown(browser, file)
    layer = ca.read_layers(zoo("resnet_18"))["stage3.unit1.conv1"]
    found = drawable(layer)
    assert note == found.said
    assert re.fullmatch(r"layer \S+ is shown smaller: in 64 x 56 x 56 as .*, out 128 x 28 x 28 as .*", note)
    assert (state["type"], state["values"]["stride"]) == ("conv", [2, 2])
    assert drawn == [found.operator.shape[0], found.operator.entries]


def test_a_layer_of_a_file_opens_as_it_is(browser: Any, tmp_path: Path) -> None:
    description = tmp_path / "net.json"
    description.write_text(str({"input": [1, 1, 9, 9], "layers": SMALL}).replace("'", '"'))
    file = written(tmp_path, str(description), "--layer", "up", "--input", "1,1,4,4")
    note, state, drawn = shown(browser, file)
    assert note.startswith("layer up of ")
    assert state["type"] == "conv_transpose"
    layer = small()["up"]
    assert layer.operator is not None
    assert layer.counts is not None
    assert drawn == [layer.operator.shape[0], layer.counts.multiplications]
    note, state, *_ = shown(browser, written(tmp_path, str(description), "--layer", "mean"))
    assert (note.partition(" of ")[0], state["type"]) == ("layer mean", "own")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["resnet_18", "--layer", "conv"], "--layer='conv' is no layer of this network; it has conv1"),
        (["resnet_18", "--layer", "pool1"], "layer 'pool1' (MaxPool) has no operator to look at"),
        (["resnet_18", "--layer", "conv1", "--kernel", "3"], "--kernel does not go with --layer"),
        (["--layer", "conv1"], "--layer='conv1' is of one network"),
        (["nothing.onnx", "--layer", "conv1"], "there is no such file"),
        (["model.onnx"], "name one of its layers with --layer"),
    ],
)
def test_mistakes_are_told(arguments: list[str], said: str) -> None:
    from click.testing import CliRunner

    from convalgebra.cli import main

    done = CliRunner().invoke(main, ["inspect", *arguments, "--output", "page.html"])
    assert done.exit_code == 2
    assert said in done.output
