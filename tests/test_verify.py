"""``convalgebra verify``: what it checks, how it ends, and that it finds what is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from click.testing import CliRunner

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.cli import main
from convalgebra.counting.quantity import Quantity
from convalgebra.verification import closed, run
from convalgebra.verification.jobs import KINDS, Job, again, jobs
from convalgebra.verification.jobs import run as run_job

QUICK = ["closed-forms:pointwise", "identities:strided is decimated", "claims:S08-10"]


def _only(names: list[str]) -> list[str]:
    return [part for name in names for part in ("--only", name)]


def verify(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "convalgebra", "verify", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_two_processes_check_what_is_asked_for() -> None:
    done = verify(*_only(QUICK), "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["kinds"]["closed-forms"]["checks"] == 12
    assert found["kinds"]["identities"]["checks"] == 12
    assert set(found["kinds"]) == {"claims", "closed-forms", "identities"}
    assert (found["failed"], found["interrupted"]) == ([], False)


def test_a_budget_draws_other_sizes_again_and_again_and_then_ends() -> None:
    begun = time.monotonic()
    done = CliRunner().invoke(
        main, ["verify", *_only(QUICK[:1]), "--budget", "2", "--processes", "1", "--format", "json"]
    )
    assert done.exit_code == 0
    assert json.loads(done.stdout)["kinds"]["closed-forms"]["checks"] > 24
    assert time.monotonic() - begun < 60


def test_an_interrupt_prints_what_was_done_and_leaves_no_process_behind() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "convalgebra", "verify", "--only", "closed-forms", "--budget", "300"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(8)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; what was done so far" in out
    deadline = time.monotonic() + 10
    while _alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(process.pid)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_budget_that_is_too_short_for_everything_is_told() -> None:
    done = CliRunner().invoke(main, ["verify", *_only(QUICK), "--budget", "0.001", "--processes", "1"])
    assert done.exit_code == 1
    assert "not done: " in done.output
    assert "claims:S08-10" in done.output


def test_a_process_that_dies_is_a_failure_and_the_end_is_reached() -> None:
    found = list(run.verify([Job("closed-forms", "conv", 0, 1), _Deadly("closed-forms", "conv", 1, 1)]))
    assert len(found) == 2
    assert any("BrokenProcessPool" in failure for outcome in found for failure in outcome.failures)


class _Deadly(Job):
    """A job that ends the process which is to do it."""

    def __reduce__(self) -> Any:
        return os._exit, (3,)


def test_a_wrong_formula_is_found_with_the_command_that_repeats_it(monkeypatch: Any) -> None:
    def wrong(op: ca.Operator, count: str) -> Quantity:
        return Quantity(ca.closed_form(op, count).value + 1, count)

    monkeypatch.setattr(closed, "closed_form", wrong)
    done = CliRunner().invoke(main, ["verify", *_only(QUICK[:1]), "--processes", "1", "--seed", "5"])
    assert done.exit_code == 1
    assert "multiplications: the formula says" in done.output
    assert "convalgebra verify --only closed-forms:pointwise --seed 5 --cases 12" in done.output


def test_an_error_in_a_check_is_a_failure(monkeypatch: Any) -> None:
    monkeypatch.setattr(closed, "measure", lambda op: 1 / 0)
    outcome = run_job(Job("closed-forms", "conv", 0, 1))
    assert outcome.failures == ("ZeroDivisionError: division by zero",)


def test_everything_has_its_jobs() -> None:
    names = {kind.name: set(kind.names()) for kind in KINDS}
    assert names["identities"] == {theorem.name for theorem in ca.identities()}
    assert names["closed-forms"] > {kind.name for kind in types()}
    multiplying = {kind.name for kind in types() if kind.make().multiplications != 0}
    assert {f"cost: {name}" for name in multiplying} <= names["derivations"]
    assert len(names["claims"]) > 300


def test_only_what_draws_sizes_is_done_again() -> None:
    (identity,) = jobs(["identities:strided is decimated"], 0, 3)
    (claim,) = jobs(["claims:S08-10"], 0, 3)
    assert again(identity, 7) == Job("identities", "strided is decimated", 7, 3)
    assert again(claim, 7) is None


def test_other_seeds_draw_other_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[ca.Operator] = []
    monkeypatch.setattr(closed, "measure", lambda op: drawn.append(op) or ca.measure(op))
    for seed in (0, 1, 0):
        assert closed.check_closed_forms("conv", seed, 5) == (5, ())
    assert drawn[:5] == drawn[10:] != drawn[5:10]


def test_what_is_measured_has_a_formula_each() -> None:
    formulas = closed._formulas(closed.layers()["conv"])
    assert list(formulas) == ["multiplications", "additions", "mult_adds", "parameters"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "proofs"], "the kind must be one of closed-forms, identities"),
        (["--only", "identities:A99"], "identities has no 'A99'"),
        (["--only", "identities: "], "identities has no ' '"),
        (
            ["--only", "claims:S04-14"],
            "--only claims:S04-14: this claim is cited, there is nothing to check",
        ),
        (["--budget", "0"], "budget"),
    ],
)
def test_mistakes_are_told(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(main, ["verify", *arguments])
    assert done.exit_code == 2
    assert message in done.output


def test_a_label_means_all_that_share_it_and_case_does_not_matter() -> None:
    labelled = [theorem.name for theorem in ca.identities() if theorem.label == "A5"]
    assert len(labelled) == 4
    assert [job.name for job in jobs(["identities:A5"], 0, 1)] == labelled
    assert [job.name for job in jobs(["identities:a12"], 0, 1)] == ["strided is decimated"]
    assert [job.name for job in jobs(["claims:s08-12"], 0, 1)] == ["S08-12"]


@pytest.mark.parametrize(("argument", "value"), [("processes", 0), ("budget", -1.0)])
def test_a_number_that_is_not_positive_is_told(argument: str, value: Any) -> None:
    with pytest.raises(ca.ArgumentError, match=argument):
        next(run.verify([], **{argument: value}))
