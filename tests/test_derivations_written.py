"""Derivations in writing: LaTeX that compiles, HTML that parses, JSON that comes back; the command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import convalgebra as ca
from convalgebra.cli import main
from convalgebra.derivation import webpage, writing
from convalgebra.derivation.chains import ENTRY_BY_ENTRY
from convalgebra.derivation.costs import derive_cost
from convalgebra.derivation.fields import derive_receptive_field
from convalgebra.derivation.identities import derive_identity
from convalgebra.derivation.outputs import derive_output_size
from convalgebra.derivation.step import Step
from convalgebra.derivation.writing import conditions_latex, lines, widths
from convalgebra.typesetting.lines import broken
from convalgebra.typesetting.width import letters, points
from tests.missing import missing

LAYER = ("D", "N_c", ("H", "W"), "h")


# What is tested is derived by the tests that look at it, not when they are collected.
@cache
def short() -> list[ca.Derivation]:
    return [
        derive_cost(ca.conv("D", "N_c", ("H", "W"), 3, stride=2, padding=1)),
        derive_cost(ca.conv(*LAYER, padding="p", groups="g")),
        derive_cost(ca.conv_transpose("D", "N_c", ("H", "W"), 3, stride=2, padding=1)),
        derive_cost(ca.shuffled_grouped(*LAYER, groups="g", middle_channels="b")),
        derive_cost(ca.connected(ca.lenet5_c3(), ("H", "W"), "h")),
        derive_cost(ca.conv(1, 1, "N", "m", name="a_b") @ ca.conv(1, 1, ca.symbol("N") + 3, 4, name="a_c")),
        ca.derive_ratio(ca.depthwise_separable(*LAYER), ca.conv(*LAYER)),
        ca.derive_ratio(ca.spatially_separable(1, 1, ("N", "N"), "m"), ca.conv(1, 1, ("N", "N"), "m")),
        derive_output_size(ca.conv(1, 1, "N", "m", stride="s", padding="p", dilation="d")),
        derive_output_size(ca.conv_transpose(1, 1, "N", "m", stride="s")),
        derive_receptive_field(ca.conv(1, 1, 8, 3, dilation=2) @ ca.conv(1, 1, 10, 3)),
        derive_receptive_field(ca.conv(1, 1, "N", 3, stride=2, padding="p")),
    ]


@cache
def of_identity(name: str) -> ca.Derivation:
    return derive_identity(name)


def of_identities() -> list[ca.Derivation]:
    return [of_identity(theorem.name) for theorem in ca.identities()]


def every() -> list[ca.Derivation]:
    return [*short(), *of_identities()]


# --- what is written ---


def test_every_identity_has_a_derivation_from_left_to_right() -> None:
    closed = 0
    for theorem, derivation in zip(ca.identities(), of_identities(), strict=True):
        assert derivation.steps[0].left.latex() == derivation.a.latex(), theorem.name
        assert derivation.steps[-1].right.latex() == derivation.result.latex(), theorem.name
        for one, other in zip(derivation.steps, derivation.steps[1:], strict=False):
            assert one.right.latex() == other.left.latex(), theorem.name
        assert all(step.rule or step.reason == ENTRY_BY_ENTRY for step in derivation.steps)
        closed += all(step.reason != ENTRY_BY_ENTRY for step in derivation.steps)
    assert closed >= 15


def leaves(op: ca.Operator) -> Iterator[ca.Operator]:
    yield from (leaf for part in op.operands for leaf in leaves(part)) if op.operands else (op,)


@pytest.mark.parametrize("name", [theorem.name for theorem in ca.identities()])
def test_no_two_selections_of_a_derivation_read_alike_and_differ(name: str) -> None:
    """Equal on paper is equal: what a leaf does along an axis is written at it, and whose taps they are.

    Only the length of the kernel is not: it follows from the taps that stand beside.
    """
    sides = {side for step in of_identity(name).steps for side in step.operators}
    seen: dict[tuple[str, int], object] = {}
    for leaf in (leaf for side in sides for leaf in leaves(side)):
        kernel = 0
        if isinstance(leaf, ca.Selection):
            does: object = leaf.matrix().toarray().tolist()
            kernel = int(leaf.axis.kernel)
        elif isinstance(leaf, ca.TapWeights):
            does = leaf.name, leaf.tap
        elif isinstance(leaf, ca.Conv):
            options = [(a.stride, a.lo, a.hi, a.dilation, a.padding_mode) for a in leaf.axes]
            does = options, leaf.flip, leaf.name
        else:
            continue
        written = [leaf.structure(), *([leaf.latex()] if isinstance(leaf, ca.TapWeights) else [])]
        for text in written:
            assert seen.setdefault((text, kernel), does) == does, text


def test_a_strided_convolution_is_not_written_as_the_plain_one() -> None:
    chain = derive_identity("strided is decimated")
    assert "s=2" in str(chain.steps[0]).split("]    [")[0]
    assert derive_identity("depthwise separable").latex().count(r"\mathrm{pointwise}_{0}") > 0


# --- LaTeX ---


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Typeset every derivation on one document and return what TeX said."""
    if (engine := shutil.which("pdflatex")) is None:
        missing("pdflatex")
    folder = tmp_path_factory.mktemp("tex")
    parts = [rf"\message{{DERIVATION {at}}}" + d.latex() for at, d in enumerate(every())]
    conditions = [", ".join(conditions_latex(d)) for d in every()]
    body = "\n\n".join([*parts, *conditions])
    head = r"\documentclass[11pt]{article}\usepackage{amsmath,amssymb}\usepackage[margin=2.2cm]{geometry}"
    source = folder / "all.tex"
    source.write_text(f"{head}\\begin{{document}}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", source.name]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    said = (folder / "all.log").read_text(errors="replace")
    assert done.returncode == 0, said[-2000:]
    return said


def test_all_of_it_compiles(log: str) -> None:
    assert f"DERIVATION {len(every()) - 1}" in log


def test_formulas_of_costs_ratios_and_sizes_stay_on_the_page(log: str) -> None:
    before = log[: log.index(f"DERIVATION {len(short())}")]
    over = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\) detected", before)]
    assert [w for w in over if w > 3] == []


def test_reasons_stand_beside_short_lines_and_below_long_ones() -> None:
    brief, long = short()[6].latex(), short()[0].latex()
    assert short()[6].steps_latex().startswith("\\begingroup\\allowdisplaybreaks\n\\begin{align*}\n")
    assert "parbox" in brief
    assert "parbox" not in long
    assert r"\text{\footnotesize carry out the sums}" in long
    assert brief.count(r"\begin{align*}") == 2, "the limits stand by themselves"


def test_reasons_of_a_page_stand_below_formulas_that_take_the_whole_line() -> None:
    p = ca.symbol("p")
    wide = ca.derive_cost(ca.conv("D", "N_c", ("n", "n"), 2 * p + 1, padding="same"))
    assert '<div class="steps wide">' in wide.html()
    assert '<div class="steps">' in ca.derive_cost(ca.conv(1, 1, "N", "m")).html()


def test_a_left_side_is_not_said_twice() -> None:
    """It is where the step before ended, however the two are ordered as text."""
    a, b, c = ca.symbol("a"), ca.symbol("b"), ca.symbol("c")
    steps = [
        Step(left, "=", right, "why")
        for left, right in ((b, c), (c, a), (b, a), (c, b), (b, c + a), (a, b))
    ]
    assert [(left, right) for left, _, right, _ in lines(steps)] == [
        ("b", "c"),
        ("", "a"),
        ("b", "a"),
        ("c", "b"),
        ("", "a + c"),
        ("a", "b"),
    ]


def test_widths_are_those_of_the_widest_sides() -> None:
    N, long, longer = ca.symbol("N"), *(ca.symbol("N") + 10**power for power in (5, 10))
    steps = [Step(long, "=", N, "why"), Step(longer, "=", long, "why"), Step(N, "=", longer, "why")]
    left, right = letters(str(longer)), letters(str(longer))
    assert widths(steps) == (left, right)
    assert widths(steps[:1]) == (letters(str(long)), letters("N"))
    assert letters(str(long)) > letters("N") > 0


@pytest.mark.parametrize("more", [-1, 0, 1], ids=["less", "just", "more"])
def test_reasons_stand_beside_what_leaves_room_for_them(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    derivation = short()[6]
    left, right = widths(derivation.steps)
    needed = left + right
    assert needed < left * right, "the two are added up"
    monkeypatch.setattr(writing, "BESIDE", needed + more)
    monkeypatch.setattr(webpage, "_BESIDE", needed + more)
    assert ("parbox" in derivation.steps_latex().partition(r"\end{align*}")[0]) == (more >= 0)
    assert ('<div class="steps wide">' in derivation.html().partition('<div class="reason">')[0]) == (
        more < 0
    )


def test_a_right_side_is_broken_where_the_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    derivation = short()[0]
    left, right = widths(derivation.steps)
    longest = max((row[2] for row in lines(derivation.steps)), key=letters)
    assert right > 20
    for room in (20, right // 2, right):
        monkeypatch.setattr(writing, "ALONE", left + room)
        pieces = " \\\\\n&\\quad ".join(broken(longest, room))
        assert pieces in derivation.steps_latex()
        assert pieces.count("\n") == 0 if room == right else pieces.count("\n") > 0


def test_a_long_formula_is_broken_outside_its_brackets() -> None:
    formula = r"\left(a + b\right) \left(c + d\right) + \frac{e + f}{g} - h"
    pieces = broken(formula, 10)
    assert len(pieces) == 3
    assert " ".join(pieces).replace(" ", "") == formula.replace(" ", "")
    assert all(piece.count(r"\left") == piece.count(r"\right") for piece in pieces)
    assert broken("a + b", 40) == ["a + b"]


def test_a_long_sum_in_brackets_or_above_a_fraction_is_broken_too() -> None:
    assert broken(r"2 \left(a + b - c\right) d", 3) == [r"2 \Bigl(a", "+ b", r"- c\Bigr) d"]
    assert broken(r"\frac{a + b}{c}", 2) == [r"\frac{1}{c} \Bigl(a", r"+ b\Bigr)"]
    assert broken(r"\frac{p \left(a + b\right)}{c} + 1", 3)[-1] == "+ 1"
    power = r"\frac{p \left(a + b\right)^{2}}{c}"
    assert broken(power, 2) == [power], "a power is no product"


def test_width_is_that_of_the_paper() -> None:
    assert letters(r"\frac{a b d}{d}") == letters("a b d") == 3
    assert letters("a + b") > letters("a b")
    assert letters(r"\sum_{i=0}^{N - m} 1") < letters("i = 0 N - m 1")
    assert letters(r"\text{so much}") < letters("s o m u c h w w")
    assert points(r"\mathrm{a\_b}") < points(r"\mathrm{a b c}") + 3


def test_widths_are_those_that_tex_measures(tmp_path: Path) -> None:
    """Every side of every derivation, set by TeX: no guess is off by more than a third, most by a tenth."""
    if (engine := shutil.which("pdflatex")) is None:
        missing("pdflatex")
    sides = {side for d in every() for step in (*d.steps, *d.limits) for side in lines([step])}
    formulas = sorted({formula for row in sides for formula in (row[0], row[2]) if formula})
    boxes = [rf"\setbox0\hbox{{$\displaystyle {f}$}}\message{{[\the\wd0]}}" for f in formulas]
    head = r"\documentclass{article}\usepackage{amsmath,amssymb}\begin{document}"
    (tmp_path / "w.tex").write_text("\n".join([head, *boxes, r"\end{document}"]), encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "w.tex"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    found = [float(w) for w in re.findall(r"\[([\d.]+)pt\]", said)]
    assert len(found) == len(formulas)
    shares = [points(f) / w for f, w in zip(formulas, found, strict=True) if w > 60]
    assert all(0.7 < share < 1.15 for share in shares)
    assert sum(0.9 < share < 1.1 for share in shares) > 0.8 * len(shares)


# --- HTML ---


class _Reader(HTMLParser):
    """Reads HTML strictly: every tag that opens closes, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


# How many parts each of these has, or a browser shows an error in its place.
PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}


def test_html_parses_and_holds_no_latex() -> None:
    for derivation in every():
        page = derivation.html()
        reader = _Reader()
        reader.feed(page)
        reader.close()
        assert reader.open == []
        assert "\\" not in "".join(reader.words).replace("\\n", ""), derivation.title
        for formula in re.findall(r"<math.*?</math>", page, re.DOTALL):
            for node in ElementTree.fromstring(formula).iter():
                name = node.tag.rpartition("}")[2]
                assert len(node) == PARTS.get(name, len(node)), (derivation.title, name)


def test_html_has_one_formula_for_each_side_and_a_reason_for_each_step() -> None:
    derivation = short()[6]
    page = derivation.html()
    steps = len(derivation.steps) + len(derivation.limits)
    assert page.count('class="reason"') == page.count('class="right"') == steps
    assert page.startswith("<section")
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/1998/Math/MathML", "")
    assert "16 of 16 hold" not in page
    assert "16 of 16 hold" in derivation.verified([{"D": 1, "N_c": 2, "H": 4, "W": 3, "h": 2}]).html()


def test_words_of_a_user_are_escaped_everywhere() -> None:
    import dataclasses

    evil = r"<script>alert('x')</script> & \input{/etc/passwd} $|`"
    step = dataclasses.replace(short()[0].steps[0], reason=evil, rule=evil)
    derivation = dataclasses.replace(short()[0], title=evil, steps=(step,))
    assert "<script" not in derivation.html()
    assert "&lt;script&gt;" in derivation.html()
    assert r"\input" not in derivation.latex()
    assert "<script" not in derivation.markdown()
    assert json.loads(json.dumps(derivation.json()))["title"] == evil


# --- Markdown, text, JSON ---


def test_markdown_is_a_table_of_steps() -> None:
    for derivation in every():
        rows = [line for line in derivation.markdown().splitlines() if line.startswith("|")]
        assert len(rows) == 2 + len(derivation.steps) + len(derivation.limits)
        assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows), derivation.title


def test_text_says_each_step_and_the_conditions() -> None:
    for derivation in every():
        said = derivation.text().splitlines()
        assert str(derivation) == derivation.text()
        steps = len(derivation.steps) + len(derivation.limits)
        assert len(said) == steps + bool(derivation.needed)
    assert short()[1].text().splitlines()[-1] == (
        "if g divides D, g divides N_c, h >= p, H + p + 1 >= h, W + p + 1 >= h"
    )


def test_json_comes_back_and_has_everything() -> None:
    for derivation in every():
        data = derivation.json()
        assert json.loads(json.dumps(data)) == data
        assert [step["reason"] for step in data["steps"]] == [s.reason_text() for s in derivation.steps]
        assert [step["rule"] for step in data["steps"]] == [s.rule for s in derivation.steps]
        assert len(data["conditions"]) == len(derivation.needed)
        assert data["verdict"] is None
    checked = short()[8].verified([{"N": 5, "m": 2, "s": 2, "p": 1, "d": 1}]).json()["verdict"]
    assert checked["passed"]
    assert [step["sizes_tried"] for step in checked["steps"]] == [1, 1, 1]
    (size,) = checked["sizes"]
    assert size["sizes"] == {"N": 5, "m": 2, "s": 2, "p": 1, "d": 1}
    assert size["formula"] == ["3"]
    assert size["measured"] == [3]


def test_json_tells_what_is_wrong() -> None:
    import dataclasses

    point = {"N": 5, "m": 2, "s": 2, "p": 1, "d": 1}
    step = dataclasses.replace(short()[8].steps[-1], right=short()[8].steps[-1].right + 1)
    wrong = dataclasses.replace(short()[8], steps=(*short()[8].steps[:-1], step), result=(step.right,))
    verdict = wrong.verified([point]).json()["verdict"]
    assert verdict["passed"] is False
    assert [check["holds"] for check in verdict["steps"]] == [True, True, False]
    assert verdict["steps"][-1]["differences"][0] == {"sizes": point, "left": "3", "right": "4"}
    assert [row["agrees"] for row in verdict["sizes"]] == [False]


# --- the command ---


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["derive", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cost", "conv", "--input", "N", "--kernel", "3", "--in", "1", "--out", "1"], "3*N - 6"),
        (
            [
                "cost",
                "grouped",
                "--in",
                "4",
                "--out",
                "4",
                "--groups",
                "2",
                "--input",
                "5,5",
                "--kernel",
                "3",
            ],
            "648",
        ),
        (
            ["ratio", "depthwise-separable", "conv", "--input", "7,7", "--in", "3", "--kernel", "3"],
            "1/N_c + 1/9",
        ),
        (
            [
                "ratio",
                "depthwise",
                "conv",
                "--input",
                "5",
                "--kernel",
                "3",
                "--multiplier",
                "2",
                "--in",
                "D",
            ],
            "2/N_c",
        ),
        (["output-size", "strided", "--input", "9", "--kernel", "3", "--stride", "2"], " = 4 "),
        (["receptive-field", "dilated", "--input", "9", "--kernel", "3", "--dilation", "2"], " = 5 "),
        (["identity", "mixed product"], "[mixed product]"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_the_command_derives_and_checks(arguments: list[str], said: str) -> None:
    code, out, err = run(*arguments)
    assert code == 0, out + err
    assert said in out
    head, checked = re.findall(r"^(\w+): (\d+ of \d+)", out, re.MULTILINE)
    assert (head[0], checked[0]) == ("steps", "sizes")
    for _, numbers in (head, checked):
        held, all_ = numbers.split(" of ")
        assert held == all_


@pytest.mark.parametrize("as_format", ["latex", "markdown", "html", "json"])
def test_the_command_prints_every_format(as_format: str) -> None:
    code, out, err = run("identity", "transpose of a stack", "--format", as_format)
    assert (code, err) == (0, "")
    begin = {"latex": "\\begingroup", "markdown": "**", "html": "<section", "json": "{"}
    assert out.startswith(begin[as_format])
    if as_format == "json":
        assert json.loads(out)["verdict"]["passed"] is True
    assert "verdict" not in run("identity", "transpose of a stack", "--no-check")[1]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["cost", "convv"], "convv"),
        (["cost", "conv", "--multiplier", "2"], "--multiplier"),
        (["ratio", "conv", "depthwise", "--tile", "2"], "--tile"),
        (["ratio", "conv", "channel-shuffle"], "multiplies nothing"),
        (["identity", "no such"], "no such"),
        (["receptive-field", "winograd"], "window"),
        (["cost", "conv", "--kernel", "9", "--input", "3"], "--kernel"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_a_mistake_is_told_in_the_words_of_the_command(arguments: list[str], named: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert named in err
    assert "Traceback" not in err


def test_a_derivation_that_fails_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    from convalgebra.derivation import costs

    def wrong(op: ca.Operator) -> ca.Derivation:
        found = derive_cost(op)
        step = dataclasses.replace(found.steps[-1], right=found.steps[-1].right + 1)
        return dataclasses.replace(found, steps=(*found.steps[:-1], step))

    monkeypatch.setattr(costs, "derive_cost", wrong)
    for extra in ([], ["--format", "json"]):
        code, out, err = run("cost", "conv", "--input", "5", "--kernel", "2", *extra)
        assert code == 1
        assert "WRONG" in err
        assert "carry out the sums" in out


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("cost", "conv", "--input", "5", "--kernel", "2", "--format", "html")
    assert list(tmp_path.iterdir()) == []
