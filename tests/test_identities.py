"""Every theorem is checked again; a wrong one, or a condition that is not needed, is found out."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from itertools import product
from random import Random

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import Phase, find, settings

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.cli import main
from convalgebra.reporting.languages import find_language
from convalgebra.reporting.tex import compile_pdf, has_tex
from convalgebra.theorems import table
from convalgebra.theorems.circular import larger_circle
from convalgebra.theorems.theorem import Need
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
    wrong = dataclasses.replace(THEOREMS["pointwise with a stride"], needs=())
    checked = ca.check(wrong)
    assert not checked
    assert any("differ" in failure for failure in checked.failures)


def test_a_condition_that_is_not_needed_is_found() -> None:
    always = THEOREMS["strided is decimated"]
    sizes = {
        "in_channels": 1,
        "out_channels": 1,
        "input_size": (4,),
        "kernel_size": (2,),
        "stride": (1,),
        "dilation": (1,),
        "padding": ((0, 0),),
    }
    need = Need("stride 2", lambda stride, **_: set(stride) == {2}, sizes)
    narrow = dataclasses.replace(always, needs=(need,))
    assert any("is none" in failure for failure in ca.check(narrow).failures)


def with_needs(name: str, change: Callable[[Need], Need]) -> ca.Theorem:
    """Return a theorem with its needs changed."""
    return dataclasses.replace(THEOREMS[name], needs=tuple(map(change, THEOREMS[name].needs)))


def test_a_counterexample_must_be_outside() -> None:
    inside = {"input_size": (3,), "kernel_size": (3,)}
    theorem = with_needs(
        "same padding of torch and of scipy", lambda need: dataclasses.replace(need, counterexample=inside)
    )
    assert any("meets the condition" in failure for failure in ca.check(theorem).failures)


def test_a_counterexample_must_differ_in_what_it_says() -> None:
    theorem = with_needs("mixed product", lambda need: dataclasses.replace(need, differs="entries"))
    told = [f for f in ca.check(theorem).failures if "differ in their existence" in f]
    assert len(told) == 2


def test_a_counterexample_breaks_one_part_of_the_condition_alone() -> None:
    both = {"shapes": ((2, 2), (2, 3), (3, 1), (2, 1))}
    theorem = with_needs("mixed product", lambda need: dataclasses.replace(need, counterexample=both))
    told = [f for f in ca.check(theorem).failures if "breaks" in f]
    assert len(told) == 2, "each part is broken along with the other"


@pytest.mark.parametrize("name", [n for n, t in THEOREMS.items() if len(t.needs) > 1])
def test_each_part_of_a_condition_is_needed(name: str) -> None:
    """Without one part the others let its counterexample in, and there the sides differ."""
    theorem = THEOREMS[name]
    for left_out in theorem.needs:
        rest = tuple(need for need in theorem.needs if need is not left_out)
        loose = dataclasses.replace(theorem, needs=rest)
        assert loose.holds(**left_out.counterexample)
        assert not theorem.holds(**left_out.counterexample)
        assert loose.difference(left_out.counterexample, counted=True) == left_out.differs


# The conditions of several parts; one that is merged into another loses a counterexample.
PARTS = {
    "pointwise": ("stride 1", "no padding"),
    "the adjoint of valid is full": ("stride 1", "no padding"),
    "grouped is depthwise": (
        "as many groups as input channels",
        "the output channels a multiple of them",
    ),
    "mixed product": ("A has as many columns as C rows", "B as many as D"),
    "product of block diagonals": ("A has as many columns as C rows", "B as many as D"),
    "zero padding is a corner of a larger circle": ("n' is at least n + lo", "n' is at least n + hi"),
    "when the transpose is the inverse": ("one tap", "of weight 1 or -1"),
}


@pytest.mark.parametrize("name", PARTS)
def test_the_parts_of_a_condition(name: str) -> None:
    assert tuple(need.words for need in THEOREMS[name].needs) == PARTS[name]


def test_no_condition_hides_a_second_one() -> None:
    """A part in words names one thing, and none stands in the statement instead."""
    joined = [need.words for t in ca.identities() for need in t.needs if " and no" in need.words]
    assert joined == []
    assert [t.name for t in ca.identities() if r"\mid" in t.statement] == []


@pytest.mark.parametrize(
    ("name", "option", "idle"),
    [
        ("the adjoint of valid is full", "stride", (1,)),
        ("the adjoint of valid is full", "padding", ((0, 0),)),
        ("pointwise", "stride", (1,)),
        ("grouped is depthwise", "out_channels", 0),
        ("reflection fills no entry that zeros leave out", "dilation", (1,)),
    ],
)
def test_what_a_condition_is_about_is_drawn_on_both_sides(name: str, option: str, idle: object) -> None:
    rng, theorem = Random(0), THEOREMS[name]
    drawn = [theorem.draw(rng) for _ in range(200)]
    if option == "out_channels":
        assert {d["out_channels"] % d["in_channels"] == 0 for d in drawn} == {True, False}
        return
    seen = {set(d[option]) == set(idle) for d in drawn}  # type: ignore[arg-type]
    assert seen == {True, False}


def test_where_no_shape_fits_the_left_side_may_still_exist() -> None:
    sizes, theorem = {"shapes": ((2, 2), (2, 3), (3, 1), (2, 1))}, THEOREMS["product of block diagonals"]
    assert theorem.left(**sizes).shape == (4, 2)
    with pytest.raises(ca.ConvalgebraError):
        theorem.right(**sizes)


def test_few_counterexamples_differ_in_more_than_their_entries() -> None:
    others = [t.name for t in ca.identities() for need in t.needs if need.differs != "entries"]
    assert len(others) <= 12


def test_a_condition_that_is_never_drawn_is_found() -> None:
    name = "same padding of torch and of scipy"
    never = with_needs(name, lambda need: dataclasses.replace(need, holds=lambda **_: False))
    assert any("were drawn" in failure or "drawn meet" in failure for failure in ca.check(never).failures)


# --- what a table of equalities does not say ---

SHARP = {
    "a bias through a depthwise stage",
    "a shuffle that undoes itself",
    "order of a shuffle",
    "every group sees every group",
    "transposed convolution is the transpose",
    "same padding of torch and of scipy",
    "convolve of ndimage is its correlate with the mirrored kernel",
    "convolve of signal and of ndimage",
    "circular convolution is a sum of rotations",
    "zero padding is a corner of a larger circle",
    "bilinear upsampling without replication",
    "bilinear upsampling without replication, away from the border",
    "Toom-Cook on one tile",
    "Toom-Cook up to the scale of its rows",
    "inverse of a permutation",
    "when the transpose is the inverse",
}


def test_the_sharp_conditions() -> None:
    assert {theorem.name for theorem in ca.identities() if theorem.sharp} == SHARP


@pytest.mark.parametrize("name", sorted(SHARP))
def test_a_sharp_condition_is_no_narrower_than_it_must_be(name: str) -> None:
    """Where it fails, the sides differ for weights 1, 2, 3, ...; where it does not, they are equal."""
    rng, theorem = Random(3), THEOREMS[name]
    seen = {True: 0, False: 0}
    for _ in range(60):
        sizes = theorem.draw(rng)
        seen[theorem.holds(**sizes)] += 1
        assert (theorem.difference(sizes, counted=True) == "") == theorem.holds(**sizes), sizes
    assert min(seen.values()) >= 5


def test_a_condition_that_is_called_sharp_but_is_not_is_found() -> None:
    """Strides that leave nothing over will do too: that the stride is 1 is sufficient only."""
    theorem = dataclasses.replace(THEOREMS["mirroring swaps the padding"], sharp=True)
    narrow = Need("stride 1", lambda stride, **_: set(stride) == {1}, theorem.needs[0].counterexample)
    told = ca.check(dataclasses.replace(theorem, needs=(narrow,))).failures
    assert any("not necessary" in failure for failure in told)


def test_bilinear_upsampling_without_replication_is_wrong_in_exactly_its_border_rows() -> None:
    """Of all rows of B and of the zero-padded form, the first and the last floor(r/2) differ, no others."""
    theorem = THEOREMS["bilinear upsampling without replication"]
    for n, r in product(range(1, 5), range(1, 6)):
        sizes = {"channels": 1, "input_size": (n,), "factor": (r,)}
        wrong = {o for o in range(n * r) if theorem.difference({**sizes, "row": (o,)})}
        assert wrong == {*range(r // 2), *range(n * r - r // 2, n * r)}


def test_reflection_needs_no_image_longer_than_its_padding() -> None:
    theorem = THEOREMS["reflection fills no entry that zeros leave out"]
    short = 0
    for n, m, lo, hi in product(range(1, 4), range(1, 8), range(4), range(4)):
        sizes = {"input_size": (n,), "kernel_size": (m,), "stride": (1,), "padding": ((lo, hi),)}
        sizes |= {"dilation": (1,), "in_channels": 1, "out_channels": 1, "groups": 1}
        if n + lo + hi >= m and theorem.holds(**sizes):
            short += max(lo, hi) > n - 1
            assert theorem.equal(sizes), sizes
    assert short > 10


def test_phases_of_an_image_shorter_than_the_dilation() -> None:
    """Empty phases are left out, and where nothing is read nothing is left."""
    theorem = THEOREMS["dilated is plain on the phases"]
    assert theorem.condition == ""
    few = nothing = 0
    for n, m, s, d, lo, hi in product((1, 2), (1, 2, 3), (1, 2), (2, 3), range(3), range(3)):
        if n + lo + hi < d * (m - 1) + 1 or n >= d:
            continue
        sizes = {"input_size": (n,), "kernel_size": (m,), "stride": (s,), "dilation": (d,)}
        sizes |= {"padding": ((lo, hi),), "in_channels": 1, "out_channels": 1, "groups": 1}
        few, nothing = (
            few + 1,
            nothing + (ca.conv(1, 1, **{k: sizes[k] for k in KEYS}).multiplications == 0),
        )
        assert theorem.equal(sizes), sizes
    assert few > 40
    assert nothing > 3


KEYS = ("input_size", "kernel_size", "stride", "dilation", "padding")


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
    theorem = THEOREMS["two convolutions are one"]
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
        assert (theorem.difference(sizes, counted=True) == "") == theorem.holds(**sizes), sizes
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
    assert {bool(entry["condition"]) == bool(entry["counterexamples"]) for entry in told} == {True}


def test_the_counterexamples_in_json_are_those_of_the_parts() -> None:
    (told,) = json.loads(run("adjoint of valid", "--format", "json", "--cases", "2").stdout)
    assert told["condition"] == "stride 1, no padding"
    assert [(c["to"], c["differs_in"]) for c in told["counterexamples"]] == [
        ("stride 1", "shapes"),
        ("no padding", "entries"),
    ]
    assert told["counterexamples"][0]["sizes"]["stride"] == "(2,)"


def test_an_unknown_name_is_a_usage_error() -> None:
    done = run("no such identity")
    assert done.returncode == 2
    assert "NAME='no such identity' is no identity" in done.stderr


def test_the_exit_code_tells_that_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = dataclasses.replace(THEOREMS["pointwise with a stride"], needs=())
    monkeypatch.setattr(table, "identities", lambda: (wrong,))
    done = CliRunner().invoke(main, ["identities", "--cases", "12"])
    assert done.exit_code == 1
    assert "FAILS" in done.output


# --- LaTeX ---


FIRST = settings(max_examples=20, phases=[Phase.generate], derandomize=True, database=None)


def test_every_statement_and_every_type_is_latex_that_compiles() -> None:
    english = find_language("en")
    if not has_tex(english):
        missing("latexmk and pdflatex")
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
    assert compile_pdf(source, {}, english).pdf.startswith(b"%PDF")
