"""``convalgebra analyze`` as a user meets it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from convalgebra.cli import main
from tests.conftest import optional

LAYERS = [
    {"name": "c", "type": "conv", "out_channels": 8, "kernel_size": 3, "padding": 1, "bias": False},
    {"name": "f", "type": "flatten"},
    {"name": "fc", "type": "linear", "out_features": 2},
]


def run(*arguments):
    done = CliRunner().invoke(main, ["analyze", *map(str, arguments)], prog_name="convalgebra")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def described(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"input": [1, 3, 8, 8], "layers": LAYERS}))
    return path


def total(*arguments):
    done = run(*arguments, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["total"]


def test_the_zoo_with_options_gives_the_papers_number():
    found = total("mobilenet_v1", "--option", "width=0.5", "--option", "resolution=128")
    assert round(found["mult_adds"]["value"] / 1e6) == 49
    assert total("mobilenet-v1")["mult_adds"]["value"] == 568740352


@pytest.mark.parametrize("as_format", ["table", "json", "html", "tex"])
def test_what_is_in_print_of_a_network_stands_below_its_table(as_format):
    said = run("vgg_16", "--format", as_format).stdout
    assert "15.3 billion mult-adds" in said
    assert "counted 15,346,630,656 over conv, agrees" in said


def test_a_network_that_is_not_in_print_has_no_such_line(described):
    for arguments in (("vgg_16", "--input", "1,3,64,64"), ("vgg_16", "--symbol", "32*q"), (described,)):
        assert "in print" not in run(*arguments).stdout
    same = run("vgg_16", "--input", "1,3,224,224").stdout
    assert same == run("vgg_16").stdout
    assert "in print" in same


def test_the_other_shortcut_of_a_resnet_is_counted():
    """Zeros for the channels that are added: what arXiv:1512.03385 prints for 34 layers."""
    found = total("resnet_34", "--option", "shortcut=identity")
    assert found["mult_adds"]["value"] == 3644493824


def test_a_symbol_gives_a_polynomial_below_the_table():
    done = run("resnet_18", "--symbol", "32*q")
    assert done.exit_code == 0
    assert "\nmult_adds = 37011456*q**2 + 512000\n" in done.stdout
    at_7 = total("resnet_18")["mult_adds"]["value"]
    assert at_7 == 37011456 * 49 + 512000


def test_a_name_gives_a_formula(described):
    found = total(described, "--symbol", "N")
    # The classifier that reads the flattened image follows its size.
    assert found["mult_adds"]["value"] == "232*N**2"
    assert found["parameters"]["value"] == "16*N**2 + 216"


def test_the_input_of_a_description(described):
    assert total(described, "--input", "1,3,4,6")["mult_adds"]["value"] == 232 * 24
    assert total(described, "--input", "1,3,H,W")["mult_adds"]["value"] == "232*H*W"
    assert total(described)["mult_adds"]["value"] == 232 * 64


def test_yaml(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: [1, 1, 4, 4]\nlayers:\n- {type: pointwise, out_channels: 3}\n")
    assert total(path)["mult_adds"]["value"] == 48


def test_onnx(tmp_path):
    onnx = optional("onnx")
    helper = onnx.helper
    node = helper.make_node("Conv", ["x", "w"], ["y"], "c", pads=[1, 1, 1, 1])
    shape = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3, 7, 7])
    weight = helper.make_tensor("w", onnx.TensorProto.FLOAT, [2, 3, 3, 3], [0.0] * 54)
    graph = helper.make_graph([node], "g", [shape], [onnx.ValueInfoProto(name="y")], [weight])
    path = tmp_path / "m.onnx"
    onnx.save(helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 19)]), path)
    assert total(path)["mult_adds"]["value"] == 54 * 49
    assert total(path, "--input", "1,3,9,9")["mult_adds"]["value"] == 54 * 81
    assert total(path, "--symbol", "N")["mult_adds"]["value"] == "54*N**2"


def test_what_is_included(described):
    assert total(described, "--include", "conv")["mult_adds"]["value"] == 216 * 64
    assert "counted in the totals: conv;" in run(described, "--include", "conv").stdout


def test_explain_says_where_and_why(described):
    text = run(described, "--convention", "ptflops", "--explain").stdout
    assert "fc: ours 1,024, ptflops 1,026" in text
    assert "one for each bias added" in text
    every = json.loads(run(described, "--explain", "--format", "json").stdout)["explained"]
    assert set(every) == {"flop_counter_mode", "fvcore", "thop", "ptflops"}
    assert every["fvcore"] == []
    assert [one["theirs"] for one in every["flop_counter_mode"]] == [2 * 216 * 64, 2 * 1024]
    assert "fvcore (fvcore 0.1.5" in run(described, "--explain").stdout


@pytest.mark.parametrize(
    ("form", "begins"),
    [("csv", "of,name,"), ("tex", "\\par{\\footnotesize"), ("html", '<div class="network-costs">')],
)
def test_formats(described, form, begins):
    done = run(described, "--format", form)
    assert done.exit_code == 0
    assert done.stdout.startswith(begins)
    if form == "csv":
        assert [r["name"] for r in csv.DictReader(io.StringIO(done.stdout))][:3] == ["c", "f", "fc"]


def test_full_latex_has_the_layers_that_cost_nothing(described):
    brief, full = (run(described, "--format", "tex", *more).stdout for more in ([], ["--full"]))
    rows = [line for line in full.splitlines() if line.endswith(r"\\")]
    assert len(rows) > len([line for line in brief.splitlines() if line.endswith(r"\\")])
    assert "cost nothing" in brief
    assert "cost nothing" not in full


@pytest.mark.parametrize("ending", ["txt", "json", "csv", "tex", "html"])
def test_a_file_has_the_format_of_its_ending(described, tmp_path, ending):
    file = tmp_path / f"costs.{ending}"
    done = run(described, "--output", str(file))
    assert (done.exit_code, done.stdout) == (0, f"wrote {file}\n")
    printed = run(described, "--format", {"txt": "table"}.get(ending, ending)).stdout
    written = file.read_text(encoding="utf-8")
    if ending == "html":  # a document of its own
        assert written.startswith("<!doctype html>")
        assert '<meta charset="utf-8">' in written
        assert printed in written
    else:
        assert written.rstrip("\n") == printed.rstrip("\n")
    assert [one.name for one in tmp_path.iterdir() if one.suffix == f".{ending}"] == [file.name] or (
        ending == "json"
    )


def test_a_file_is_written_whole_or_not_at_all(described, tmp_path, monkeypatch):
    file = tmp_path / "costs.csv"
    file.write_text("before")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    done = run(described, "--output", str(file))
    assert done.exit_code == 1
    assert "could not be written: No space left on device" in done.stderr
    assert file.read_bytes() == b"before"
    assert {one.name for one in tmp_path.iterdir()} == {"costs.csv", described.name}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["vgg_16", "-o", "costs.pdf"], "must end with .txt, .json, .csv, .tex, .html"),
        (["vgg_16", "-o", "costs"], "must end with"),
        (["vgg_16", "-o", "costs.csv", "--format", "json"], "is csv by its ending, not --format json"),
        (["vgg_16", "-o", "no/such/costs.csv"], "is not there"),
        (["vgg_16", "-o", "costs.csv", "--explain"], "--explain goes with"),
        (["resnet50"], "did you mean 'resnet_50'"),
        (["nothing.onnx"], "no such file"),
        (["nothing.json"], "no such file"),
        (["vgg_16", "--include", "foo"], "--include"),
        (["vgg_16", "--convention", "foo"], "--convention='foo'"),
        (["vgg_16", "--input", "1,3,q"], "--input"),
        (["vgg_16", "--input", "1,3,-7,7"], "-7"),
        (["vgg_16", "--symbol", "N+"], "--symbol"),
        (["vgg_16", "--symbol", "__import__('os')"], "--symbol"),
        (["mobilenet_v1", "--option", "widht=3"], "--option"),
        (["mobilenet_v1", "--option", "width"], "KEY=VALUE"),
        (["vgg_16", "--explain", "--format", "csv"], "--explain"),
        ([], "MODEL"),
    ],
)
def test_mistakes_end_with_2_in_the_words_of_the_command_line(arguments, named):
    done = run(*arguments)
    assert done.exit_code == 2
    assert named in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("content", ["", "[]", "{", '{"input": [1], "layers": []}', '{"layers": 3}'])
@pytest.mark.parametrize("more", [[], ["--symbol", "N"], ["--input", "1,3,8,8"]])
def test_a_broken_description_is_named(tmp_path, content, more):
    path = tmp_path / "broken.json"
    path.write_text(content)
    done = run(path, *more)
    assert done.exit_code == 2
    assert "Error:" in done.stderr


def test_an_option_is_for_the_zoo(described):
    done = run(described, "--option", "width=1")
    assert done.exit_code == 2
    assert "zoo" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--picture", "size"], "--picture=size is what --plot draws: give --plot FILE"),
        (["--language", "zh"], "--language=zh is of a report: give --report PATH"),
    ],
)
def test_what_would_change_nothing_is_refused(described, arguments, wanted):
    done = run(described, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert wanted in done.stderr


def test_the_table_is_written_beside_a_picture_where_it_is_asked_for(described, tmp_path):
    picture, costs = tmp_path / "net.svg", tmp_path / "costs.csv"
    done = run(described, "--plot", picture, "--output", costs)
    assert done.stdout.splitlines() == [f"wrote {picture}", f"wrote {costs}"]
    assert picture.read_text("utf-8").startswith("<?xml")
    assert costs.read_text("utf-8").splitlines()[1].startswith("layer,c,Conv")


def test_true_and_false_are_no_names():
    for written in ("False", "false"):
        full = total("mobilenet_v1", "--option", f"separable={written}")
        assert full["parameters"]["value"] == 29281120
    done = run("mobilenet_v1", "--option", "separable=no")
    assert done.exit_code == 2
    assert "separable='no' must be True or False" in done.stderr


@pytest.mark.parametrize(
    ("layer", "wanted"),
    [
        (
            {"type": "conv", "out_channels": 8, "kernel_size": 9},
            "layer 'conv_1' (conv): kernel_size 9 (span 9",
        ),
        ({"type": "convv"}, "layer 'convv_1': type='convv' is no type"),
        (
            {"type": "conv", "out_channels": 8, "kernel_size": 3, "groups": 2},
            "groups=2 must divide in_channels=3",
        ),
    ],
)
@pytest.mark.parametrize(
    "command", [["analyze"], ["inspect", "--layer", "conv_1", "--output", "page.html"]]
)
def test_what_is_wrong_with_a_layer_is_told_in_the_words_of_its_file(
    tmp_path, monkeypatch, layer, wanted, command
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.json").write_text(json.dumps({"input": [1, 3, 8, 8], "layers": [layer]}))
    done = CliRunner().invoke(main, [command[0], "net.json", *command[1:]])
    assert done.exit_code == 2
    assert wanted in done.stderr
