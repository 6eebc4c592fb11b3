"""What is left of a long command that is interrupted, and that it speaks as it goes."""

import json
import os
import pty
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

import convalgebra as ca
from convalgebra.claims import ledger
from convalgebra.cli import main
from convalgebra.theorems import theorem

# A shell may start a command in the background with interrupts ignored: here they never are.
CODE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from convalgebra.cli import main; main(prog_name='convalgebra')"
)


@pytest.mark.parametrize("command", ["identities", "claims"])
def test_what_is_done_is_printed_as_it_is_done_and_an_interrupt_leaves_it(command):
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = [process.stdout.readline() for _ in range(5)]
    os.kill(process.pid, signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == ""
    assert all(lines)
    *_, last = rest.splitlines()
    done, total = map(int, last.removeprefix("interrupted; ").split(": ")[1].split()[:3:2])
    assert 0 < done < total
    assert total == len(ca.identities() if command == "identities" else ca.ledger())


def interrupted_at(count, real):
    """Return the function, interrupted when it is called once more than so many times."""
    calls = []

    def wrapped(*arguments):
        calls.append(arguments)
        if len(calls) > count:
            raise KeyboardInterrupt
        return real(*arguments)

    return wrapped


@pytest.mark.parametrize("count", [0, 2])
def test_interrupted_identities_are_a_valid_list(count, monkeypatch):
    monkeypatch.setattr(theorem, "check", interrupted_at(count, theorem.check))
    done = CliRunner().invoke(main, ["identities", "--cases", "1", "--format", "json"])
    assert done.exit_code == 130
    assert [one["name"] for one in json.loads(done.output)] == [t.name for t in ca.identities()[:count]]


@pytest.mark.parametrize("count", [0, 2])
def test_interrupted_claims_are_a_valid_list(count, monkeypatch):
    monkeypatch.setattr(ledger, "judge", interrupted_at(count, ledger.judge))
    names = ["HE-01", "HE-02", "HE-03"]
    done = CliRunner().invoke(main, ["claims", *names, "--format", "json"])
    assert done.exit_code == 130
    assert [one["id"] for one in json.loads(done.output)] == names[:count]


def test_interrupted_claims_have_a_summary_of_what_was_judged(monkeypatch):
    monkeypatch.setattr(ledger, "judge", interrupted_at(2, ledger.judge))
    done = CliRunner().invoke(main, ["claims", "--section", "ResNet"])
    assert done.exit_code == 130
    assert "HE-02" in done.output
    assert "HE-03" not in done.output
    assert "2 claims checked by derivation and by measurement: 2 conditional" in done.output
    assert done.output.endswith("interrupted; judged so far: 2 of 3 claims\n")


def test_on_a_terminal_a_bar_names_the_claims_and_a_file_gets_the_lines():
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, "claims", "HE-02", "HE-03"],
        stdout=subprocess.PIPE,
        stderr=end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        text=True,
    )
    os.close(end)
    shown = _all_of(terminal)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "HE-02" in shown
    assert "HE-03" in shown
    assert "0/2" in shown
    assert "exact" not in shown
    assert [line for line in out.splitlines() if line.startswith("HE-")] == [
        "HE-02  conditional",
        "HE-03  exact",
    ]
    assert "\x1b" not in out


def _all_of(terminal):
    """Return all that is written to a terminal until its other end closes."""
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux says that it has closed
            part = b""
        if not part:
            os.close(terminal)
            return b"".join(parts).decode()
        parts.append(part)
