"""Every theorem is checked again; a wrong one, or a condition that is not needed, is found out."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from functools import cache
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import Phase, find, settings

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.cli import main
from convalgebra.report.tex import compile_pdf, find_engine
from convalgebra.theorems import table
from convalgebra.theorems.circular import larger_circle
from tests.missing import missing
from tests.registry import ENTRIES

THEOREMS = {theorem.name: theorem for theorem in ca.identities()}


@cache
def check(name: str) -> ca.Checked:
    return ca.check(THEOREMS[name])


@pytest.mark.parametrize("name", THEOREMS)
def test_an_identity_holds_where_its_condition_does_and_differs_outside(name: str) -> None:
    checked = check(name)
    assert checked.failures == ()
    assert checked.in_integers == 12


def test_no_statement_of_the_theory_is_missing() -> None:
    assert {theorem.label for theorem in ca.identities()} >= {f"A{n}" for n in range(1, 23)}
    assert len(THEOREMS) == len(ca.identities()), "two theorems share a name"
    assert all(t.statement and t.source for t in ca.identities())


def test_most_identities_are_also_compared_in_symbols() -> None:
    compared = [t for t in ca.identities() if check(t.name).in_symbols or t.compare == "symbols"]
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


@pytest.mark.parametrize(
    "counterexample", [None, {"input_size": (3,), "kernel_size": (3,)}], ids=["missing", "inside"]
)
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


# --- what a table of equalities does not say ---

# Where the condition fails, the sides differ, if all weights are different numbers.
EXACT = (
    "same padding of torch and of scipy",
    "convolve of ndimage is its correlate with the mirrored kernel",
    "convolve of signal and of ndimage",
    "zero padding is a corner of a larger circle",
    "bilinear upsampling without replication",
    "bilinear upsampling without replication, away from the border",
    "average pooling with a last window that overhangs",
    "Toom-Cook up to the scale of its rows",
)


def with_different_weights(theorem: ca.Theorem, **sizes: object) -> bool:
    """Say whether the sides are equal for weights 1, 2, 3, ..."""
    if theorem.compare == "symbols":
        return theorem.equal_in_symbols(sizes)
    shapes = theorem.left(**sizes).numeric_weight_shapes()
    weights = {name: np.arange(1, 1 + np.prod(shape)).reshape(shape) for name, shape in shapes.items()}
    left = theorem.left(**sizes).matrix(weights)
    return (left != theorem.right(**sizes).matrix(theorem.carry(weights, **sizes))).nnz == 0


@pytest.mark.parametrize("name", EXACT)
def test_a_condition_is_no_narrower_than_it_must_be(name: str) -> None:
    rng, theorem = Random(3), THEOREMS[name]
    seen = {True: 0, False: 0}
    for _ in range(60):
        sizes = theorem.draw(rng)
        seen[theorem.holds(**sizes)] += 1
        assert with_different_weights(theorem, **sizes) == theorem.holds(**sizes), sizes
    assert min(seen.values()) >= 5


ON_SEVERAL_AXES = ("A5", "A11", "A13", "A15", "A16", "A17", "A18", "A19", "A22", "B8")
ON_ONE = {"space to depth is the polyphase split"}


@pytest.mark.parametrize(
    "name", [n for n, t in THEOREMS.items() if t.label in ON_SEVERAL_AXES and n not in ON_ONE]
)
def test_an_identity_is_drawn_on_one_axis_and_on_two(name: str) -> None:
    rng, theorem = Random(0), THEOREMS[name]
    drawn = [theorem.draw(rng) for _ in range(40)]
    ranks = {len(theorem.left(**sizes).output_size) for sizes in drawn if theorem.holds(**sizes)}
    assert ranks >= {1, 2}


def norm(op: ca.Operator, weight: np.ndarray) -> float:
    return float(np.linalg.norm(op.matrix(weight).toarray(), 2))


def test_the_norm_of_zero_padding_is_bounded_by_that_of_a_large_enough_circle() -> None:
    """A corner of a matrix has no larger norm; a circle that is too small is no bound."""
    rng, theorem = Random(1), THEOREMS["zero padding is a corner of a larger circle"]
    bounded = {True: 0, False: 0}
    for seed in range(300):
        sizes = theorem.draw(rng)
        w = theorem.weights(sizes, seed)["weight"]
        zero, circle = norm(theorem.left(**sizes), w), norm(larger_circle(**sizes), w)
        if theorem.holds(**sizes):
            assert zero <= circle + 1e-9, sizes
        bounded[zero <= circle + 1e-9] += 1
    assert bounded[False] > 0


def test_the_condition_of_a_composition_is_necessary_for_positive_kernels() -> None:
    """At stride and dilation 1, with all weights positive and padding that no window lies in alone."""
    theorem = dataclasses.replace(THEOREMS["two convolutions are one"], ones=True)
    seen = {True: 0, False: 0}
    pads = [(0, 0), (1, 1), (1, 0), (2, 1)]
    for n, m1, m2, p1, p2 in product((3, 4, 6), (1, 2, 3), (1, 2, 3), pads, pads):
        first, second = (
            {"input_size": (n,), "kernel_size": (m,), "padding": (p,)} for m, p in ((m1, p1), (m2, p2))
        )
        (middle,) = ca.conv(1, 1, **first).output_size
        outputs = middle + sum(p2) - m2 + 1
        if outputs < 1 or max(p2) > min(m2, outputs):
            continue
        sizes = {"first": first, "second": second, "channels": (1, 1, 1)}
        seen[theorem.holds(**sizes)] += 1
        assert theorem.equal(sizes) == theorem.holds(**sizes), sizes
    assert min(seen.values()) > 100


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


FIRST = settings(max_examples=20, phases=[Phase.generate], derandomize=True, database=None)


def test_every_statement_and_every_type_is_latex_that_compiles(tmp_path: Path) -> None:
    engine = find_engine()
    if engine is None:
        missing("a TeX engine")
    formulas = [theorem.statement for theorem in ca.identities()]
    operators = [kind.make() for kind in types()]
    formulas += [op.latex() for op in operators] + [op.T.latex() for op in operators]
    formulas += [ca.latex(op.multiplications) for op in operators]
    for entry in ENTRIES.values():  # the plainest of each class and named convolution
        op = find(entry.operators, lambda _: True, settings=FIRST)
        formulas += [op.latex(), op.T.latex()]
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
