"""``convalgebra inspect``: the file that it writes, and what it says of options that do not fit."""

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest
from click.testing import CliRunner

from convalgebra.catalogue.types import find_type, types
from convalgebra.cli import main
from convalgebra.inspector import page as pages
from convalgebra.inspector.answers import answer
from convalgebra.inspector.settings import setting


def run(*arguments):
    return CliRunner().invoke(main, ["inspect", *arguments])


def written(tmp_path, *arguments):
    """Return the page that is written, and the data in it."""
    file = tmp_path / "page.html"
    done = run(*arguments, "--output", str(file))
    assert done.exit_code == 0, done.output
    assert done.output == f"wrote {file}\n"
    text = file.read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="convalgebra-data">(.*?)</script>', text, re.S)[1]
    return text, json.loads(data)


def test_the_file_asks_nobody_and_runs_its_own_script_alone(tmp_path):
    text, data = written(tmp_path, "conv", "--kernel", "2")
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)[1]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    hashes = [f"'sha256-{b64encode(sha256(one.encode()).digest()).decode()}'" for one in scripts]
    assert len(hashes) == 1
    assert f"script-src {hashes[0]};" in policy
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "unsafe" not in policy
    # Names of XML are no addresses; nothing else looks like one.
    assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:|#)""", text)
    assert data["place"] == "file"


def test_the_types_named_come_first_and_the_first_stands_before_the_second(tmp_path):
    names = ("conv-transpose", "strided", "depthwise")
    _, data = written(tmp_path, *names, "--input", "6,7", "--stride", "2")
    assert data["named"] == ["conv_transpose", "strided", "depthwise"]
    start = data["start"]
    assert start["held"]["type"] == "conv_transpose"
    assert start["held"]["values"]["input_size"] == [6, 7]
    assert start["held"]["values"]["stride"] == [2, 2]
    assert (start["type"], start["axes"], start["view"]) == ("strided", 2, "held")
    assert start["values"]["input_size"] == [6, 7]


def test_without_a_type_it_is_the_plain_convolution(tmp_path):
    _, data = written(tmp_path)
    assert data["start"]["type"] == "conv"
    assert not data["start"].get("held")


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_every_type_has_a_legal_setting_to_start_with(kind):
    found = answer(setting(kind, {}))
    assert found["legal"], found["reason"]
    value = found["multiplications"]["value"]
    assert found["measured"]["multiplications"] == value


def test_an_image_that_is_not_given_grows_until_the_kernel_fits():
    values = setting(find_type("conv"), {"kernel_size": 9, "dilation": 2})["values"]
    assert values["input_size"] == [17, 17]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["conv", "--input", "N"], "--input=N is a name; a page starts with numbers"),
        (["conv", "--input", "5", "--kernel", "9"], "--kernel 9"),
        (["conv", "--modulus", "13"], "--modulus is not an option of conv"),
        (["conv", "strided", "--modulus", "13"], "--modulus is an option of neither conv nor strided"),
        (["winograd", "--kernel", "9"], "--kernel=9 is not on the page; it has 2, 3"),
        (["winograd", "--points", "0,1"], "--points="),
        (["conv", "--in", "4000", "--input", "900,900"], "--input: 3,240,000,000 inputs"),
        (["conv_3d", "--input", "5"], "--input: conv_3d has 3 axes"),
        (["--stride", "2"], "--stride belongs to a TYPE"),
        (["cnov"], "near it: conv"),
        (["conv", "--port", "0"], "--port"),
        (["conv", "--port", "8000", "--output", "page.html"], "--port is for a page that is served"),
        (["conv", "--output", "page.txt"], "must end with .html"),
        (["conv", "--output", "no/such/page.html"], "is not there"),
    ],
)
def test_what_does_not_fit_is_told_in_the_words_of_the_command_line(arguments, said):
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_folder_is_no_file(tmp_path):
    folder = tmp_path / "page.html"
    folder.mkdir()
    done = run("conv", "--output", str(folder))
    assert done.exit_code == 2
    assert "is a folder" in done.output


def test_the_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "page.html"
    file.write_text("before")

    def broken(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pages, "page", broken)
    done = run("conv", "--output", str(file))
    assert done.exit_code == 1
    assert "could not be written: No space left on device" in done.output
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]
    assert file.read_text() == "before"


@pytest.mark.parametrize("name", ["resnet_18", "ResNet-18", "model.onnx"])
def test_a_network_without_a_layer_asks_for_one(tmp_path, name):
    done = run(name, "--output", str(tmp_path / "page.html"))
    assert done.exit_code == 2
    assert f"TYPE={name!r} is a network: name one of its layers with --layer" in done.stderr
    assert not list(tmp_path.iterdir())
