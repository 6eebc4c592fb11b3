"""What the tool that changes code on purpose says: a test that fails kills a mutant, nothing else does."""

from __future__ import annotations

import pytest

from tests import mutants

WHOLE, MUTANT = "def f():\n    return 1\n", "def f():\n    return 2\n"


@pytest.mark.parametrize(
    ("names", "status", "killed"),
    [
        (["tests/test_a.py::test_f"], 1, True),
        (["tests/test_a.py::test_f"], -24, True),  # stopped by the limit of its seconds
        (["tests/test_a.py::test_f"], 0, False),
        (["tests/test_a.py::test_f"], mutants.NO_TESTS, False),
        ([], 1, False),
    ],
)
def test_a_mutant_is_killed_by_a_test_that_fails(tmp_path, monkeypatch, capsys, names, status, killed):
    path = tmp_path / "convalgebra" / "a.py"
    path.parent.mkdir()
    path.write_text(WHOLE)
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    monkeypatch.setattr(mutants, "_copied", lambda _: tmp_path)
    monkeypatch.setattr(mutants, "_import_libraries", lambda _: None)
    monkeypatch.setattr(mutants, "_mutants", lambda _: [MUTANT])
    monkeypatch.setattr(mutants, "_ended", lambda *_: status)
    tally = mutants._try_module("a.py", {2: names, mutants.ALL: names}, 1, None)
    assert (tally.total, tally.killed, tally.survived) == (1, killed, not killed)
    assert ("+    return 2" in capsys.readouterr().out) == (not killed)
    assert path.read_text() == WHOLE


def test_where_no_test_is_left_that_is_what_a_run_ends_with():
    assert (
        mutants._ended(mutants.ROOT, ["tests/test_errors.py"], lambda: mutants._Only([]))
        == mutants.NO_TESTS
    )


def test_what_a_mutant_raises_ends_its_own_process():
    def plugin() -> object:
        raise KeyboardInterrupt

    assert mutants._ended(mutants.ROOT, ["tests/test_errors.py"], plugin) == 1


@pytest.mark.parametrize(("killed", "status"), [(9, 0), (8, 1)])
def test_nine_in_ten_are_to_be_killed(killed, status):
    assert mutants._summed_up([mutants.Tally("a.py", 10, killed, 10 - killed)]) == status


def test_where_nothing_was_tried_nothing_is_well(capsys):
    assert mutants._summed_up([mutants.Tally("a.py", 0)]) == 1
    assert "no mutant was tried" in capsys.readouterr().out
