"""Every theorem is checked again; a wrong one, or a condition that is not needed, is found out."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.cli import main
from convalgebra.report.tex import compile_pdf, find_engine
from convalgebra.theorems import table
from tests.missing import missing

THEOREMS = {theorem.name: theorem for theorem in ca.identities()}


@pytest.mark.parametrize("name", THEOREMS)
def test_an_identity_holds_where_its_condition_does_and_differs_outside(name: str) -> None:
    checked = ca.check(THEOREMS[name])
    assert checked.failures == ()
    assert checked.in_integers == 12


def test_no_statement_of_the_theory_is_missing() -> None:
    assert {theorem.label for theorem in ca.identities()} >= {f"A{n}" for n in range(1, 23)}
    assert len(THEOREMS) == len(ca.identities()), "two theorems share a name"
    assert all(t.statement and t.source for t in ca.identities())


def test_most_identities_are_also_compared_in_symbols() -> None:
    compared = [t for t in ca.identities() if ca.check(t, cases=12).in_symbols or t.compare == "symbols"]
    assert len(compared) > 0.9 * len(THEOREMS)


def test_a_false_identity_is_found() -> None:
    wrong = dataclasses.replace(
        THEOREMS["pointwise with a stride"], holds=lambda **_: True, condition="", counterexample=None
    )
    checked = ca.check(wrong)
    assert not checked
    assert any("differ" in failure for failure in checked.failures)


def test_a_condition_that_is_not_needed_is_found() -> None:
    always = THEOREMS["strided is decimated"]
    narrow = dataclasses.replace(
        always,
        condition="stride 2",
        holds=lambda stride, **_: set(stride) == {2},
        counterexample={
            "in_channels": 1,
            "out_channels": 1,
            "input_size": (4,),
            "kernel_size": (2,),
            "stride": (1,),
            "dilation": (1,),
            "padding": ((0, 0),),
        },
    )
    assert any("is none" in failure for failure in ca.check(narrow).failures)


@pytest.mark.parametrize("counterexample", [None, {"n": 3, "m": 3}], ids=["missing", "inside"])
def test_a_counterexample_must_be_there_and_outside(counterexample: dict | None) -> None:
    theorem = dataclasses.replace(
        THEOREMS["same padding of torch and of scipy"], counterexample=counterexample
    )
    assert not ca.check(theorem)


def test_a_counterexample_must_differ_in_what_it_says() -> None:
    theorem = dataclasses.replace(THEOREMS["mixed product"], differs="entries")
    assert any("differ in their existence" in failure for failure in ca.check(theorem).failures)


def test_few_counterexamples_differ_in_more_than_their_entries() -> None:
    others = [t.name for t in ca.identities() if t.condition and t.differs != "entries"]
    assert len(others) <= 7


def test_a_condition_that_is_never_drawn_is_found() -> None:
    never = dataclasses.replace(THEOREMS["same padding of torch and of scipy"], holds=lambda **_: False)
    assert any("were drawn" in failure or "drawn meet" in failure for failure in ca.check(never).failures)


# --- the command line ---


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "convalgebra", "identities", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_prints_and_checks() -> None:
    done = run("A12", "--cases", "3")
    assert done.returncode == 0, done.stderr
    assert "holds  A12  strided is decimated" in done.stdout
    assert "1 of 1 identities hold, each at 3 drawn sizes" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_command_speaks_json() -> None:
    done = run("A15", "--format", "json", "--cases", "2")
    told = json.loads(done.stdout)
    assert {entry["label"] for entry in told} == {"A15"}
    assert all(entry["holds"] and entry["source"] for entry in told)
    assert {bool(entry["condition"]) == bool(entry["counterexample"]) for entry in told} == {True}


def test_an_unknown_name_is_a_usage_error() -> None:
    done = run("no such identity")
    assert done.returncode == 2
    assert "NAME='no such identity' is no identity" in done.stderr


def test_the_exit_code_tells_that_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = dataclasses.replace(
        THEOREMS["pointwise with a stride"], holds=lambda **_: True, condition="", counterexample=None
    )
    monkeypatch.setattr(table, "identities", lambda: (wrong,))
    done = CliRunner().invoke(main, ["identities", "--cases", "12"])
    assert done.exit_code == 1
    assert "FAILS" in done.output


# --- LaTeX ---


def test_every_statement_and_every_type_is_latex_that_compiles(tmp_path: Path) -> None:
    engine = find_engine()
    if engine is None:
        missing("a TeX engine")
    formulas = [theorem.statement for theorem in ca.identities()]
    operators = [kind.make() for kind in types()]
    formulas += [op.latex() for op in operators] + [op.T.latex() for op in operators]
    formulas += [ca.latex(op.multiplications) for op in operators]
    body = "\n".join(rf"\[ {formula} \]" for formula in formulas)
    source = "\n".join(
        (
            r"\documentclass{article}",
            r"\usepackage{amsmath,amssymb}",
            r"\begin{document}",
            body,
            r"\end{document}",
        )
    )
    (tmp_path / "all.tex").write_text(source, encoding="utf-8")
    written = compile_pdf(tmp_path / "all.tex", engine)
    assert written.read_bytes().startswith(b"%PDF")
