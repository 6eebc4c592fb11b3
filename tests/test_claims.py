"""The ledger as a whole: its records, the rule of the verdict, every claim judged anew, the command."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sympy
from click.testing import CliRunner

import convalgebra
from convalgebra.claims.claim import (
    Claim,
    Finding,
    Judgement,
    Road,
    Verdict,
    derived,
    judged,
    measured,
    same,
)
from convalgebra.claims.ledger import ROOMS, find_claim, find_section, judge, judges, ledger
from convalgebra.cli import main
from convalgebra.errors import ArgumentError

PACKAGE = Path(convalgebra.__file__).parent
CHECKED = [claim for claim in ledger() if claim.verdict != Verdict.CITED]


@cache
def judgement(name):
    return judge(find_claim(name))


# --- records ---------------------------------------------------------------------------------------


def test_each_claim_that_is_not_cited_has_a_judge_and_no_other():
    assert set(judges()) == {claim.id for claim in CHECKED}


def test_labels_are_unique_in_the_ledger_and_among_the_judges():
    assert len({claim.id.lower() for claim in ledger()}) == len(ledger())
    rooms = [__import__(f"convalgebra.claims.judges.{room}", fromlist=["JUDGES"]).JUDGES for room in ROOMS]
    assert sum(map(len, rooms)) == len(judges())


def test_each_file_of_statements_is_read_and_in_each_room_are_its_own_claims():
    files = {file.stem for file in (PACKAGE / "claims" / "statements").iterdir()}
    assert files == set(ROOMS)
    for room in ROOMS:
        recorded = json.loads((PACKAGE / "claims" / "statements" / f"{room}.json").read_text("utf-8"))
        own = __import__(f"convalgebra.claims.judges.{room}", fromlist=["JUDGES"]).JUDGES
        assert set(own) <= {entry["id"] for entry in recorded}


def test_every_record_is_complete():
    for claim in ledger():
        assert re.fullmatch(r"(S\d\d|[A-Z]+)-\d\d[a-z]?", claim.id), claim.id
        assert claim.section, claim.id
        assert claim.statement.endswith((".", "?", ")")), claim.id
        assert claim.verdict != Verdict.UNDECIDED, claim.id
        assert len(claim.source) > 10, claim.id
        if claim.verdict == Verdict.CONDITIONAL:
            assert claim.condition, claim.id
        if claim.verdict == Verdict.WRONG:
            assert claim.right, claim.id
            assert claim.counterexample, claim.id
        assert claim.formula.count("{") == claim.formula.count("}"), claim.id


def test_the_papers_say_what_they_count():
    papers = [claim for claim in ledger() if claim.section.startswith("papers")]
    assert len(papers) >= 45
    assert all(claim.convention for claim in papers)
    assert {Verdict.EXACT, Verdict.CONDITIONAL, Verdict.WRONG} == {claim.verdict for claim in papers}


def test_a_claim_that_is_none_is_told_those_of_its_section():
    for name in ("S08-99", "s08"):
        with pytest.raises(ArgumentError, match=f"{name}.*of this section it has S08-01 to S08-64"):
            find_claim(name)
    with pytest.raises(ArgumentError, match=r"S99-01.*`convalgebra claims` prints it"):
        find_claim("S99-01")


def test_what_is_not_in_the_ledger_is_a_mistake():
    for find, name in ((find_claim, "S99-01"), (find_claim, ""), (find_section, "99"), (find_section, "")):
        with pytest.raises(ArgumentError, match=re.escape(repr(name))):
            find(name)
    assert find_claim(" s08-12 ").id == "S08-12"
    assert {claim.section for claim in find_section("1")} == {"1 convolution and cross-correlation"}
    assert {claim.section for claim in find_section("6.1")} == {"6.1 checkerboard artifacts"}


# --- the rule of the verdict -----------------------------------------------------------------------

CLAIM = Claim("S00-00", "", "", "", Verdict.EXACT)
GOOD, BAD = (1, 1), (1, 2)


def ruled(*findings):
    return Judgement(CLAIM, findings).verdict


def test_both_roads_decide_together():
    holds, fails = ([make("", *pair) for make in (derived, measured)] for pair in (GOOD, BAD))
    assert ruled(*holds) == Verdict.EXACT
    assert ruled(holds[0]) == ruled(holds[1]) == Verdict.UNDECIDED
    assert ruled(holds[0], fails[1]) == ruled(fails[0], holds[1]) == Verdict.UNDECIDED


def test_a_claim_that_fails_outside_its_condition_is_conditional():
    inside = [make("", *GOOD) for make in (derived, measured)]
    outside = [make("", *BAD, inside=False) for make in (derived, measured)]
    assert ruled(*inside, *outside) == Verdict.CONDITIONAL
    assert ruled(*inside, outside[0]) == Verdict.UNDECIDED
    assert ruled(*outside) == Verdict.UNDECIDED
    only_good = [make("", *GOOD, inside=False) for make in (derived, measured)]
    assert ruled(*only_good) == Verdict.UNDECIDED


def test_a_wrong_claim_needs_the_right_statement_and_that_never_fails():
    wrong = [make("", *BAD) for make in (derived, measured)]
    right, not_right = (
        [make("", *pair, right=True) for make in (derived, measured)] for pair in (GOOD, BAD)
    )
    assert ruled(*wrong) == Verdict.UNDECIDED
    assert ruled(*wrong, *right) == Verdict.WRONG
    assert ruled(*wrong, *right, not_right[0]) == Verdict.UNDECIDED
    assert Judgement(CLAIM, tuple(wrong + right)).counterexample == wrong[0]


def test_without_findings_a_claim_is_cited_and_with_a_judge_that_finds_nothing_too():
    assert judged(CLAIM, None).verdict == judged(CLAIM, lambda: []).verdict == Verdict.CITED
    assert not judged(CLAIM, None).stands


def test_a_judgement_stands_on_the_recorded_verdict_alone():
    findings = tuple(make("", *GOOD) for make in (derived, measured))
    for verdict in Verdict:
        assert Judgement(replace(CLAIM, verdict=verdict), findings).stands == (verdict == Verdict.EXACT)


x = sympy.Symbol("x")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((x + 1) ** 2, x**2 + 2 * x + 2),
        (sympy.Rational(1, 3), 1),
        ("28%", "29%"),
        ([1, 2], [1, 2, 3]),
        ([x, 1], [x, 2]),
        (np.arange(3), np.arange(4)),
        (np.arange(3), np.array([0, 1, 3])),
        (sympy.Matrix([[x]]), sympy.Matrix([[x, 0]])),
        (sympy.Matrix([[x]]), sympy.Matrix([[x + 1]])),
        (1, 2),
        (1, "1"),
    ],
)
def test_what_differs_is_not_the_same(one, other):
    assert same(one, one)
    assert not same(one, other)
    assert not same(other, one)


# --- every claim -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [claim.id for claim in CHECKED])
def test_the_recorded_verdict_is_reached_by_each_road(name):
    found = judgement(name)
    assert all(isinstance(finding, Finding) and finding.at for finding in found.findings)
    disagreeing = [f"{f.at}: says {f.said}, found {f.found}" for f in found.findings if not f.agrees]
    assert [found.reached(road) for road in Road] == [found.claim.verdict] * 2, disagreeing
    assert found.stands, disagreeing
    for road in Road:
        seen = {(f.inside, f.agrees) for f in found.on(road) if not f.right}
        if found.claim.verdict == Verdict.CONDITIONAL:
            assert seen >= {(True, True), (False, False)}
            assert (True, False) not in seen
        if found.claim.verdict == Verdict.WRONG:
            assert any(f.right for f in found.on(road))
            assert found.counterexample is not None


def test_findings_are_short():
    for claim in CHECKED:
        for finding in judgement(claim.id).findings:
            assert "\n" not in finding.at, claim.id
            assert max(len(str(part)) for part in (finding.at, finding.said, finding.found)) < 300, claim.id


def changed(value):
    """Return another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, sympy.MatrixBase):
        return sympy.Matrix(value) + sympy.ones(*value.shape)
    if isinstance(value, np.ndarray):
        return value + 1 if value.size else np.ones(1)
    if isinstance(value, list | tuple):
        return type(value)([changed(value[0]), *value[1:]]) if value else type(value)([1])
    if isinstance(value, int | float | sympy.Expr):
        return value + 1
    return f"not {value}"


@pytest.mark.parametrize("name", [claim.id for claim in CHECKED])
def test_each_finding_counts_another_number_breaks_the_verdict(name):
    found = judgement(name)
    for index, finding in enumerate(found.findings):
        if finding.agrees and finding.inside:
            other = (replace(finding, said=changed(finding.said)),)
            tampered = replace(found, findings=found.findings[:index] + other + found.findings[index + 1 :])
            assert not other[0].agrees
            if found.claim.verdict != Verdict.WRONG or finding.right:
                assert not tampered.stands
            break


def test_what_is_said_and_what_is_found_are_not_one_object():
    kinds = (list, np.ndarray, sympy.MatrixBase)
    for claim in CHECKED:
        found = [f for f in judgement(claim.id).findings if isinstance(f.said, kinds) and len(f.said)]
        assert all(finding.said is not finding.found for finding in found), claim.id


def calls(tree, *names):
    return (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    )


@pytest.mark.parametrize("file", sorted((PACKAGE / "claims").rglob("*.py")), ids=lambda file: file.stem)
def test_no_finding_is_written_with_the_same_expression_on_both_sides(file):
    tree = ast.parse(file.read_text("utf-8"))
    for call in calls(tree, "derived", "measured"):
        sides = [ast.dump(argument) for argument in call.args[1:3]]
        assert len(set(sides)) == len(sides), f"{file.name}:{call.lineno}"
    for call in calls(tree, "value"):
        said, *roads = (ast.dump(argument) for argument in call.args[1:4])
        roads = [road for road in roads if "Lambda" in road]
        assert len(set(roads)) == len(roads), f"{file.name}:{call.lineno}: one road taken twice"
        assert said not in roads


def _captured(function, seen):
    """Yield all that a function holds on to, through the functions that it holds."""
    for cell in getattr(function, "__closure__", None) or ():
        parts = (
            cell.cell_contents if isinstance(cell.cell_contents, list | tuple) else (cell.cell_contents,)
        )
        for part in parts:
            if id(part) not in seen:
                seen.add(id(part))
                yield part
                yield from _captured(part, seen)


def test_a_judge_can_be_asked_again():
    """What is used up by one reading would leave the second one without findings: S10-13 once was."""
    for name, each in judges().items():
        used_up = [part for part in _captured(each, set()) if isinstance(part, Iterator)]
        assert used_up == [], name
    twice = [len(list(judges()["S10-13"]())) for _ in range(2)]
    assert twice[0] == twice[1] > 0


# --- the command -----------------------------------------------------------------------------------


def run(*arguments):
    done = CliRunner().invoke(main, ["claims", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def run_copy(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "convalgebra", "claims", *arguments],
        check=False,
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(cwd)},
    )


def test_one_claim_is_printed_in_full():
    done = run("S08-12")
    assert done.exit_code == 0, done.stderr
    assert done.stderr == ""
    claim = find_claim("S08-12")
    for text in (claim.statement, claim.source, claim.formula, claim.condition):
        assert text in done.stdout
    lines = [line.strip() for line in done.stdout.splitlines()]
    roads = "by derivation conditional, by measurement conditional"
    assert "recorded        conditional" in lines
    assert f"recomputed      conditional ({roads})" in lines
    assert "fails, outside the condition" in done.stdout
    assert {str(road) for road in Road} <= set(lines)
    assert len([line for line in lines if ": says " in line]) == len(judgement("S08-12").findings)


def test_a_wrong_claim_is_printed_with_the_right_statement_and_a_counterexample():
    done = run("szegedy-08")
    assert done.exit_code == 0
    claim = find_claim("SZEGEDY-08")
    assert claim.right in done.stdout
    assert claim.counterexample in done.stdout
    assert "the right statement holds" in done.stdout


def test_a_section_is_a_line_for_each_claim_and_a_summary():
    done = run("--section", "ResNet")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["HE-01", "HE-02", "HE-03"]
    assert lines[-2:] == [
        "3 claims checked by derivation and by measurement: 1 exact, 2 conditional",
        "each verdict is the recorded one",
    ]
    fewer = run("--section", "ResNet", "--verdict", "exact")
    assert "HE-03" in fewer.stdout
    assert "HE-01" not in fewer.stdout
    assert "3 claims checked" in fewer.stdout


def test_cited_claims_are_not_counted_as_checked():
    done = run("--section", "4")
    claims = find_section("4")
    cited = sum(claim.verdict == Verdict.CITED for claim in claims)
    assert cited
    assert f"{len(claims) - cited} claims checked by derivation and by measurement" in done.stdout
    assert f"{cited} cited, not checked" in done.stdout
    one = run("S10-01")
    assert "recomputed      no: cited, not checked" in one.stdout


FIELDS = {
    "id", "section", "source", "statement", "formula", "convention", "condition", "right", "counterexample",
    "note", "recorded", "verdict", "checked", "stands", "roads", "findings",
}  # fmt: skip


def test_json_has_the_record_and_what_was_found():
    done = run("TRAN-01", "S10-01", "--format", "json")
    assert done.exit_code == 0, done.stderr
    one, cited = json.loads(done.stdout)
    assert set(one) == set(cited) == FIELDS
    assert one["recorded"] == one["verdict"] == "conditional"
    assert one["checked"] is one["stands"] is True
    assert one["roads"] == {"derivation": "conditional", "measurement": "conditional"}
    assert {"road", "at", "says", "found", "agrees", "inside", "right"} == set(one["findings"][0])
    assert len(one["findings"]) == len(judgement("TRAN-01").findings)
    assert (cited["verdict"], cited["checked"], cited["findings"]) == ("cited", False, [])


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(["S99-01"], "S99-01"), (["--section", "99"], "99"), (["--verdict", "true"], "true"), ([""], "''")],
)
def test_a_mistake_ends_with_2_and_is_named(arguments, named):
    done = run(*arguments)
    assert done.exit_code == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def copied(tmp_path):
    """Return a copy of the package, to falsify its records."""
    shutil.copytree(PACKAGE, tmp_path / "convalgebra", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


FALSE = [
    ("s08", "S08-12", "exact", "conditional"),
    ("papers", "SIMONYAN-02", "wrong", "exact"),
    ("papers", "SZEGEDY-08", "cited", "wrong"),
    ("papers", "HE-03", "wrong", "exact"),
    ("s10", "S10-01", "exact", "cited"),
]


@pytest.mark.sweep
def test_falsified_records_are_found(copied):
    for room, name, false, honest in FALSE:
        file = copied / "convalgebra" / "claims" / "statements" / f"{room}.json"
        entries = json.loads(file.read_text("utf-8"))
        (entry,) = (entry for entry in entries if entry["id"] == name)
        assert entry["verdict"] == honest
        entry["verdict"] = false
        file.write_text(json.dumps(entries), "utf-8")
    done = run_copy(*(name for _, name, *_ in FALSE), "--format", "json", cwd=copied)
    assert done.returncode == 1
    told = [(one["id"], one["recorded"], one["verdict"], one["stands"]) for one in json.loads(done.stdout)]
    assert told == [(name, false, honest, False) for _, name, false, honest in FALSE]
    done = run_copy("--section", "ResNet", cwd=copied)
    assert done.returncode == 1
    assert "VGG-19 takes 19.6 billion FLOPs (multiply-adds).  [RECORDED AS WRONG]" in done.stdout
    assert done.stdout.endswith("recorded otherwise: HE-03\n")


@pytest.mark.sweep
def test_a_wrong_formula_in_the_package_is_found(copied):
    """The copy is honest; with the formula alone changed the two roads part, and nothing is decided."""
    assert run_copy("S08-43", cwd=copied).returncode == 0
    file = copied / "convalgebra" / "operators" / "conv.py"
    text = file.read_text("utf-8")
    formula = "return self.channel_pairs * product(axis.entries for axis in self.axes)"
    assert text.count(formula) == 1
    file.write_text(text.replace(formula, f"{formula} + 1"), "utf-8")
    done = run_copy("S08-43", cwd=copied)
    assert done.returncode == 1
    assert done.stdout.startswith("S08-43  undecided  [RECORDED AS EXACT]")
    assert "(by derivation wrong, by measurement exact)" in done.stdout
