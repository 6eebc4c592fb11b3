"""The bar of ``convalgebra analyze``: on a terminal, beyond a second, with what is being done."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from convalgebra.cli import analyze, main
from convalgebra.cli.progress import Progress

WAITS = """
import time
from convalgebra.cli.progress import Progress
with Progress(None, after={after}) as progress:
    progress.part("the first")
    time.sleep(0.4)
    progress.part("the second", 3, 7)
    time.sleep(0.2)
"""
ANALYZES = """
from convalgebra.cli import analyze, main
analyze.SHOWN_AFTER = {after}
main(["analyze", {file!r}], prog_name="convalgebra")
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    layers = [{"name": f"c{i}", "type": "conv", "out_channels": 2, "kernel_size": 1} for i in range(5)]
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"input": [1, 2, 4, 4], "layers": layers}), "utf-8")
    return str(file)


def on_a_terminal(code: str) -> tuple[str, str]:
    """Return what a process writes to its terminal, by standard error, and to standard output."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        text=True,
    )
    os.close(end)
    shown = b""
    while part := _read(terminal):
        shown += part
    os.close(terminal)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, shown
    return shown.decode(), out


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that its other end has closed
        return b""


def test_a_bar_appears_after_a_while_and_says_what_is_done_and_how_far_it_is() -> None:
    shown, _ = on_a_terminal(WAITS.format(after=0.1))
    assert "the first" in shown
    assert shown.index("the first") < shown.index("the second")
    assert "3/7" in shown
    assert "0/?" in shown  # of the first nobody knows how much it is


def test_a_bar_does_not_appear_for_what_is_done_before() -> None:
    assert on_a_terminal(WAITS.format(after=60)) == ("", "")


def test_analyze_shows_its_bar_beyond_a_second_and_not_before(model: str) -> None:
    assert analyze.SHOWN_AFTER == 1
    shown, out = on_a_terminal(ANALYZES.format(after=0.001, file=model))
    assert "writing the table" in shown
    assert "\x1b" not in out
    assert "mult-adds" in out
    assert on_a_terminal(ANALYZES.format(after=60, file=model)) == ("", out)


def test_a_pipe_gets_no_bar(model: str) -> None:
    code = ANALYZES.format(after=0.001, file=model)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    assert "mult-adds" in done.stdout


def test_analyze_tells_how_many_layers_are_done(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int, int | None]] = []

    def part(self: Progress, name: str, done: int = 0, total: int | None = None) -> None:
        told.append((name, done, total))

    monkeypatch.setattr(Progress, "part", part)
    assert CliRunner().invoke(main, ["analyze", model]).exit_code == 0
    assert list(dict.fromkeys(name for name, _, _ in told)) == [
        "reading the model",
        "carrying its shapes",
        "counting its layers",
        "writing the table",
    ]
    assert [(done, total) for name, done, total in told if name == "counting its layers"] == [
        (i, 5) for i in range(5)
    ]


def test_a_mistake_ends_the_bar() -> None:
    code = WAITS.format(after=0.1).replace("time.sleep(0.2)", "raise SystemExit(0)")
    shown, _ = on_a_terminal(code)
    assert "the second" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor is back


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("raise KeyboardInterrupt", 130, "interrupted\n"),
        ("sys.exit(130)", 130, ""),
        ("sys.exit(1)", 1, ""),
        ("sys.exit(0)", 0, ""),
        ("pass", 0, ""),
    ],
)
def test_an_interrupt_ends_in_one_way_wherever_it_comes(how: str, code: int, said: str) -> None:
    """It may come amid an import; and what was to be done at the end is done, whatever the end."""
    script = (
        "import atexit, sys, convalgebra.cli as cli\n"
        "from convalgebra.__main__ import run\n"
        f"def main(prog_name):\n    print('done so far', end='')\n    {how}\n"
        "cli.main = main\n"
        "atexit.register(lambda: print(', and ended'))\n"
        "run()\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=60
    )
    assert (found.returncode, found.stdout, found.stderr) == (code, "done so far, and ended\n", said)
