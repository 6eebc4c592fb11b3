"""What a verdict rests on: the whole condition, instruments that share no formula, conditions computed."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from importlib import resources
from itertools import product

import numpy as np
import pytest
import sympy

import convalgebra as ca
from convalgebra.axis import Axis
from convalgebra.claims.claim import Finding, Judgement, Road, Verdict, verdict_of
from convalgebra.claims.forms import programs, sliding
from convalgebra.claims.judges import papers_winograd, s09, s09_rank
from convalgebra.claims.ledger import find_claim, judge, judges, ledger
from convalgebra.errors import ArgumentError

CONDITIONAL = [claim for claim in ledger() if claim.verdict == Verdict.CONDITIONAL]
SIZES_FOUND_BY_WINDOWS = (
    "S01-12",
    "YU-02",
    "S03-03",
    "S02-03",
    "S02-11",
    "S03-05",
    "S09-11",
    "S04-12",
    "DONG-03",
)

# --- the rule ---------------------------------------------------------------------------------------


def finding(agrees: bool, inside: bool) -> Finding:
    return Finding(Road.MEASUREMENT, "", 1, 1 if agrees else 2, inside)


@pytest.mark.parametrize("holding", range(4))
def test_a_condition_outside_which_a_claim_holds_somewhere_is_not_its_condition(holding):
    outside = [finding(at < holding, inside=False) for at in range(4)]
    expected = {0: Verdict.CONDITIONAL}.get(holding, Verdict.UNDECIDED)
    assert verdict_of([finding(True, inside=True), *outside]) == expected


def test_what_fails_inside_is_wrong_whatever_is_outside():
    mixed = [finding(agrees, inside=False) for agrees in (True, False)]
    assert verdict_of([finding(False, inside=True), *mixed]) == Verdict.WRONG
    assert verdict_of([finding(True, inside=True), mixed[0]]) == Verdict.EXACT


@pytest.mark.parametrize("claim", CONDITIONAL, ids=lambda claim: claim.id)
def test_a_condition_is_not_too_narrow_and_not_too_wide(claim):
    found = judge(claim)
    for road in Road:
        given = [f for f in found.on(road) if not f.right]
        assert {f.inside for f in given} == {True, False}
        assert all(f.agrees == f.inside for f in given)


def test_a_condition_that_leaves_out_where_the_claim_holds_is_found_out():
    """Each claim was recorded once with a condition like that, and its verdict stood."""
    for name in ("S05-09", "S06-04", "LAVIN-06"):
        found = judge(find_claim(name))
        for road in Road:
            held = next(i for i, f in enumerate(found.findings) if f.road == road and f.agrees and f.inside)
            narrowed = list(found.findings)
            narrowed[held] = replace(narrowed[held], inside=False)
            assert replace(found, findings=tuple(narrowed)).verdict == Verdict.UNDECIDED


# --- the instrument of sizes ------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIZES_FOUND_BY_WINDOWS)
@pytest.mark.parametrize("more", [1, 2, -1])
def test_sizes_are_measured_without_the_formula_of_sizes(name, more, monkeypatch):
    claim = find_claim(name)
    assert judge(claim).stands
    true = Axis.outputs.fget
    monkeypatch.setattr(Axis, "outputs", property(lambda axis: true(axis) + more))
    try:
        found = tuple(judges()[name]())
    except (ArgumentError, ValueError, IndexError):
        return  # no matrix has such a size
    assert not Judgement(claim, found).stands


def test_windows_are_held_against_each_block_of_a_matrix():
    for ins, outs, groups in ((1, 1, 1), (3, 2, 1), (4, 2, 2), (3, 3, 3)):
        for stride, padding in product((1, 2), (0, 1)):
            op = ca.conv(ins, outs, (6, 5), 3, stride=stride, padding=padding, groups=groups)
            assert sliding.slid(op) == op.output_size
    assert sliding.first_size(ca.conv_transpose(1, 1, 4, 3, stride=2)) == 9
    assert sliding.first_size(ca.conv(1, 1, 7, 2, name="b") @ ca.conv(1, 1, 9, 3)) == 6


def test_a_block_that_reads_elsewhere_is_seen(monkeypatch):
    op = ca.conv(2, 2, 5, 3)
    matrix = sliding.dense(op)
    matrix[4, 9] += 1
    monkeypatch.setattr(sliding, "dense", lambda _: matrix)
    assert sliding.slid(op) == "other inputs are read"


# --- programs of instructions -----------------------------------------------------------------------


def matrix_of(program: programs.Program, inputs: int) -> sympy.Matrix:
    columns = [programs.executed(program, [int(i == j) for j in range(inputs)])[0] for i in range(inputs)]
    return sympy.Matrix([[sympy.Rational(str(Fraction(v))) for v in column] for column in columns]).T


def test_the_programs_are_the_transforms_of_the_package_but_for_signs():
    transform = ca.catalogue.fast.toom_cook(4, 3)
    for made in (programs.data(), programs.data(programs.FUSED)):
        signs = [1, -1, -1, 1, 1, 1]
        assert sympy.diag(*signs) * matrix_of(made, 6) == sympy.Matrix(transform.input.rows)
    assert matrix_of(programs.INVERSE, 6) == sympy.Matrix(transform.output.rows)
    a, g, b = matrix_of(programs.INVERSE, 6), matrix_of(programs.FILTER, 3), matrix_of(programs.data(), 6)
    kernel = sympy.Matrix([2, -3, 5])
    assert a * sympy.diag(*(g * kernel)) * b == sympy.Matrix(
        4, 6, lambda i, j: ([2, -3, 5] + [0] * 9)[j - i]
    )


def test_a_program_counts_what_it_does_and_refuses_more_than_one_instruction():
    with pytest.raises(ArgumentError, match="program: y0"):
        programs.executed(((("y0", ((2, "x0"), (3, "x1"))),), ("y0",)), [1, 2])
    with pytest.raises(ArgumentError, match="program: y0"):
        programs.executed(((("y0", ((1, "x0"), (1, "x1"), (1, "x2"))),), ("y0",)), [1, 2, 3])
    rng = np.random.default_rng(0)
    tile = rng.integers(-9, 9, (6, 6))
    found, done = programs.on_tile(programs.INVERSE, programs.exact(tile))
    a = np.array(matrix_of(programs.INVERSE, 6).tolist(), int)
    assert done == 10 * (6 + 4)
    assert (found == a @ tile @ a.T).all()


@pytest.mark.parametrize("at", range(8))
def test_a_program_that_is_changed_does_not_convolve(at, monkeypatch):
    (name, ((factor, of), *rest)), outputs = programs.FILTER[0][at], programs.FILTER[1]
    other = (name, ((-factor, of), *rest))
    changed = (*programs.FILTER[0][:at], other, *programs.FILTER[0][at + 1 :])
    monkeypatch.setattr(programs, "FILTER", (changed, outputs))
    found = list(programs.convolve_a_tile(programs.data(), "changed"))
    assert not any(f.agrees for f in found)


# --- Fourier, spectra, layers -----------------------------------------------------------------------


def test_conjugate_rows_are_those_of_the_complex_matrix(monkeypatch):
    for size in (1, 2, 4, 8, 16):
        rows = np.round(ca.Fourier(size).matrix().toarray(), 9)
        pairs = {
            frozenset(j for j in range(size) if np.allclose(rows[j], r) or np.allclose(rows[j], r.conj()))
            for r in rows
        }
        assert len(papers_winograd.conjugate_rows(size)) == len(pairs)
    monkeypatch.setattr(papers_winograd, "conjugate_rows", range)
    assert not Judgement(find_claim("LAVIN-12"), tuple(judges()["LAVIN-12"]())).stands


def test_a_spread_spectrum_is_one_that_loses_more_than_a_tenth():
    """Every 2 x 2 kernel of -1, 0, 1, 2: what is computed of the singular values decides."""
    seen = set()
    for entries in product(range(-1, 3), repeat=4):
        kernel = np.array(entries).reshape(2, 2)
        if kernel.any():
            lost = s09_rank.outside_the_leading(kernel) > 0.1
            assert s09_rank.spread(kernel) == lost, entries
            seen.add(lost)
    assert seen == {True, False}


def test_the_layer_of_the_paper_is_counted_as_its_formula_says():
    for C, k in product((1, 2, 5), (1, 2, 3)):
        assert s09.as_counted(C, k) == s09.times_fewer(sympy.Integer(C), k)


# --- records ----------------------------------------------------------------------------------------

SPLIT = {
    "LAVIN-10": ("LAVIN-10b",),
    "S08-60": ("S08-60b",),
    "S09-12": ("S09-12b",),
    "S09-16": ("S09-16b",),
    "S11-12": ("S11-12b", "S11-12c"),
    "S12-10": ("S12-10b",),
    "S12-11": ("S12-11b",),
    "S12-13": ("S12-13b", "S12-13c"),
}
TIMES_AND_ACCURACIES = (
    "speed-up",
    "actually",
    "accuracy",
    "classification error",
    "trained filters",
    "time saved",
)


def test_the_parts_of_a_split_claim_stand_together():
    known = [claim.id for claim in ledger()]
    for name, parts in SPLIT.items():
        at = known.index(name)
        assert tuple(known[at + 1 : at + 1 + len(parts)]) == parts
        assert len({find_claim(one).section for one in (name, *parts)}) == 1


def test_what_these_claims_say_of_times_and_accuracies_is_cited():
    told = [find_claim(one) for name, parts in SPLIT.items() for one in (name, *parts)]
    for claim in told:
        if any(word in claim.statement for word in TIMES_AND_ACCURACIES):
            assert claim.verdict == Verdict.CITED, claim.id
    assert {claim.verdict for claim in told} == {
        Verdict.EXACT,
        Verdict.CONDITIONAL,
        Verdict.WRONG,
        Verdict.CITED,
    }


def test_each_number_of_a_split_claim_is_what_its_judge_says():
    """The numbers in the statement are said by findings, so that they were looked at."""
    for name, numbers in {
        "LAVIN-10": ("6 + 6", "3 + 6", "6 + 4"),
        "LAVIN-10b": ("13", "8", "10", "156", "72", "100"),
        "S12-11": ("18",),
        "S12-13": ("38", "288"),
        "S12-13b": ("576",),
        "S11-12": ("140", "38"),
        "S11-12b": ("13",),
    }.items():
        claim = find_claim(name)
        said = [f"{f.at}: {f.said}" for f in judge(claim).findings if not f.right]
        for number in numbers:
            assert number in claim.statement
            assert any(number in one for one in said), (name, number)


def test_the_files_of_statements_are_written_alike():
    for file in (resources.files("convalgebra.claims") / "statements").iterdir():
        text = file.read_text("utf-8")
        assert json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n" == text, file.name
