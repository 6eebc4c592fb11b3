"""Reports in LaTeX: what is written, what TeX makes of it, and that no name of a user does any harm."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

import convalgebra as ca
from convalgebra.derivation.writing import lines
from convalgebra.errors import ArgumentError
from convalgebra.reporting.blocks import (
    Chapter,
    Document,
    Drawing,
    Figure,
    Formula,
    Heading,
    Paragraph,
    Steps,
    Table,
)
from convalgebra.reporting.languages import LANGUAGES, Language, find_language
from convalgebra.reporting.latex import figures_of, write_latex
from convalgebra.reporting.plain import plain, plain_formula
from convalgebra.reporting.steps import steps_of
from convalgebra.reporting.templating import TemplateError
from convalgebra.reporting.tex import Compiled, TexError, compile_pdf, warnings_of
from convalgebra.reporting.texwords import TexWords, escaped, label
from convalgebra.reporting.words import Code, Inline, Math, Reference, Translated, Words, say
from tests.missing import missing
from tests.report_demo import HOSTILE, LAYER, LONG, demo

MESSAGES = {
    "en": "A *message* with `code_%`, $x^2$ and {name}.",
    "zh": "一条带有`code_%`、$x^2$和{name}的*消息*——“引号”。",
}
EN = find_language("en")


def language(code: str) -> Language:
    found = find_language(code)
    return replace(found, messages={**found.messages, "demo.nothing": "", "demo.message": MESSAGES[code]})


def document(*blocks: object) -> Document:
    return Document("d", Words("Title"), Words(""), (Chapter("one", blocks),))  # type: ignore[arg-type]


def inline(words: Inline, code: str = "en") -> str:
    return TexWords(language(code), {}, {}).inline(words)


def tex(code: str) -> None:
    for program in ("latexmk", "pdflatex" if code == "en" else "xelatex", "pdftotext"):
        if shutil.which(program) is None:
            missing(program)
    if (
        code == "zh"
        and not subprocess.run(["kpsewhich", "xeCJK.sty"], capture_output=True, check=False).stdout
    ):
        missing("xeCJK")


@pytest.fixture(scope="module", params=LANGUAGES)
def made(request: pytest.FixtureRequest) -> tuple[str, Compiled]:
    tex(request.param)
    report = demo(40)
    source = write_latex(report, language(request.param))
    return request.param, compile_pdf(source, figures_of(report), language(request.param))


@pytest.fixture(scope="module")
def text(made: tuple[str, Compiled], tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("pdf") / "demo.pdf"
    file.write_bytes(made[1].pdf)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return done.stdout.decode()


# --- a report with every block ---


def test_tex_warns_of_nothing_that_a_reader_could_see(made: tuple[str, Compiled]) -> None:
    assert made[1].warnings == ()


def test_every_name_is_printed_as_it_is(made: tuple[str, Compiled], text: str) -> None:
    for name in ("a_b%$#&{}", "<script>", r"\input{/etc/passwd}", "é", "ü × →", "--``''<<>>,,"):
        assert text.count(name) >= 5, name
    assert "root:" not in text
    assert text.count("".join(LONG.split())[:40]) >= 2
    assert ("中文" in text) == (made[0] == "zh")
    assert "[U+1F642]" in text, "a sign that no font has is named by its number"


def test_references_are_numbers_or_names_and_none_is_lost(text: str) -> None:
    words = " ".join(text.split())
    assert "??" not in words
    assert "see 1.1, (1.2), 1.1 and Separable convolutions are cheaper (S08-1)" in words
    assert "nobody has another_one" in words
    assert "Formulas of many lines" in words


def test_tables_go_on_and_code_keeps_its_spaces(made: tuple[str, Compiled], text: str) -> None:
    assert text.count("续" if made[0] == "zh" else "continued") >= 2
    assert "    print" in text
    for verdict in ("holds", "wrong", "undecided"):
        assert language(made[0]).message(f"verdict.{verdict}") in text


@pytest.mark.sweep
def test_a_second_run_gives_the_same_bytes(made: tuple[str, Compiled]) -> None:
    report = demo(40)
    again = write_latex(report, language(made[0]))
    assert compile_pdf(again, figures_of(report), language(made[0])) == made[1]


@pytest.mark.sweep
def test_letters_of_western_languages_and_signs_are_there() -> None:
    signs = [chr(n) for n in (*range(0xA1, 0x180), *range(0x391, 0x3CA), *range(0x2010, 0x2027))]
    rows = Words(" ".join(signs) + " ≤≥≠≈∞√∈⊗⊕²₃ᵀ✓")
    report = document(Heading(1, rows), Paragraph(rows), Paragraph(Code(rows.text)))
    for code in LANGUAGES:
        tex(code)
        assert compile_pdf(write_latex(report, language(code)), {}, language(code)).warnings == (), code


# --- words ---


def test_signs_of_latex_are_escaped() -> None:
    for text in HOSTILE:
        for words in (Words(text), Code(text), Translated("reasons", text)):
            found = inline(words)
            assert r"\input" not in found
            assert not re.search(r"(?<!\\)[%#&_~]", found.replace("~", "") if " " in text else found)
    assert escaped("a--b, 'c' ''") == r"a-\apart{}-b, 'c' '\apart{}'"
    assert escaped("[x] *") == "{[}x{]} {*}"
    assert escaped("\u202e\u200d\x00a") == "a", "signs that cannot be seen"
    assert escaped("“卷积”", chinese=True) == "“卷积”"
    assert escaped("Winograd’s", chinese=True) == r"Winograd\textquoteright{}s"


def test_long_words_may_be_broken_and_short_ones_not() -> None:
    assert r"\brk" in escaped("x" * 60)
    assert r"\brk" not in escaped("an ordinary sentence, with words")
    assert escaped("ca.conv(3, N_c, size=4)", code=True).count(r"\brk") == 0
    assert escaped("ca.convolution(channels=2)", code=True).count(r"\brk") == 3


def test_a_message_is_read_and_filled() -> None:
    found = inline(say("demo.message", name=Code("a_b")))
    assert found == r"A \emph{message} with \code{code\_\%}, $x^2$ and \code{a\_b}."
    assert inline(Translated("reasons", "cancel {} of {}", (Math("x"), Math("y")))) == "cancel $x$ of $y$"
    assert inline(Translated("reasons", "cancel {} of {}", (Math("x"),))) == "cancel $x$ of "


def test_labels_are_safe_and_differ() -> None:
    names = ["a-b", "a b", "a_b", "a%b", "\\a{b}", "a:b", "é", "", "卷积", "A-b"]
    labels = {label(name) for name in names}
    assert len(labels) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9.:-]+", found) for found in labels)


def test_words_in_plain_text() -> None:
    assert plain_formula(r"\lim_{N_{c} \to \infty} \frac{\mu_{A}}{\mu_{B}}") == "lim_(N_c → ∞) μ_A/μ_B"
    assert plain_formula(r"\frac{\frac{a}{b} + 1}{\left(c\right)}") == "(a/b + 1)/((c))"
    assert plain(say("demo.message", name=Code("a_b")), language("en")) == (
        "A message with code_%, x^2 and a_b."
    )


# --- blocks ---


def test_what_a_document_cannot_hold_is_said() -> None:
    heading = Heading(1, Words("x"), "twice")
    with pytest.raises(ArgumentError, match="anchor='twice' must stand once"):
        write_latex(document(heading, Formula(("x",), "twice")), EN)
    with pytest.raises(ArgumentError, match="must have 2 cells, not 1"):
        write_latex(document(Table("ll", (Words("a"), Words("b")), ((Words("c"),),))), EN)
    with pytest.raises(ArgumentError, match="columns='lx'"):
        write_latex(document(Table("lx", (Words("a"), Words("b")), ())), EN)
    for name in ("../x", "a b", r"\x", ""):
        figure = Figure(Drawing(name, b"", "", 1.0), Words("c"), Words("s"))
        with pytest.raises(ArgumentError, match="letters, digits"):
            write_latex(document(figure), EN)
    one, other = (Figure(Drawing("n", data, "", 1.0), Words("c"), Words("s")) for data in (b"1", b"2"))
    with pytest.raises(ArgumentError, match="two have it"):
        figures_of(document(one, other))


def test_a_reference_to_what_is_not_there_says_otherwise() -> None:
    paragraph = Paragraph(Reference("there", Words("elsewhere")))
    assert "elsewhere" in write_latex(document(paragraph), EN)
    found = write_latex(document(paragraph, Formula(("x",), "there")), EN)
    assert r"\eqref{there}" in found
    assert "elsewhere" not in found


def test_a_derivation_becomes_blocks() -> None:
    derivation = ca.derive_ratio(
        ca.shuffled_grouped(*LAYER, groups="g", middle_channels="b"), ca.conv(*LAYER)
    )
    steps, limits = steps_of(derivation, "r")
    assert len(steps.steps) == len(derivation.steps)
    assert steps.wide
    assert not limits.wide
    assert [step.anchor for step in steps.steps if step.anchor] == ["r"]
    assert [step.anchor for step in limits.steps] == [f"r-limit-{n}" for n in (1, 2, 3, 4)]
    assert all(step.left.endswith(r"\frac{\mu_{A}}{\mu_{B}}") for step in limits.steps)
    assert any(len(step.right) > 1 for step in steps.steps)
    for step, (_, relation, right, _) in zip(steps.steps, lines(derivation.steps), strict=True):
        assert step.relation == relation
        if len(step.right) == 1:
            assert step.right[0] == right
    assert not any(step.anchor for part in steps_of(derivation) for step in part.steps)


def test_a_rule_is_named_after_the_reason() -> None:
    steps = steps_of(ca.derive_ratio(ca.depthwise_separable(*LAYER), ca.conv(*LAYER)))[0].steps
    said = [inline(step.reason) for step in steps]
    assert "the costs of factors add up (product)" in said
    assert "carry out the sums" in said
    assert inline(steps[0].reason, "zh") != said[0]


# --- templates ---


def test_a_template_of_a_user_comes_first(tmp_path: Path) -> None:
    (tmp_path / "preamble.tex.j2").write_text("% mine\n")
    found = write_latex(document(Paragraph(Words("said"))), EN, tmp_path)
    assert found.strip().startswith("% mine")
    assert "said" in found


def test_a_template_that_does_not_work_is_shown(tmp_path: Path) -> None:
    (tmp_path / "report.tex.j2").write_text("one\ntwo\n<% if %>\nfour\n")
    with pytest.raises(TemplateError, match=r"report\.tex\.j2(.|\n)*  2  two\n> 3  <% if %>\n  4  four"):
        write_latex(document(), EN, tmp_path)
    (tmp_path / "report.tex.j2").write_text("one\n<< document.nothing >>\n")
    with pytest.raises(TemplateError, match=r"nothing(.|\n)*> 2  << document\.nothing >>"):
        write_latex(document(), EN, tmp_path)


# --- runs of TeX ---

HEAD = "\\documentclass{article}\n\\begin{document}\n"


def run(body: str, **options: float) -> Compiled:
    tex("en")
    return compile_pdf(HEAD + body + "\n\\end{document}\n", {}, EN, **options)


def test_tex_that_stops_shows_the_lines(tmp_path: Path) -> None:
    tex("en")
    (tmp_path / "preamble.tex.j2").write_text("\\documentclass{article}\n\n\\nosuchcommand{1}\n% after\n")
    source = write_latex(document(), EN, tmp_path)
    with pytest.raises(TexError) as caught:
        compile_pdf(source, {}, EN)
    said = str(caught.value)
    assert "! Undefined control sequence." in said
    assert r">" in said
    assert re.search(r"^> \d+  \\nosuchcommand\{1\}\n  \d+  % after", said, re.MULTILINE)


def test_tex_that_does_not_end_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(TexError, match="did not end within 1 s"):
        run(r"\loop\iftrue\repeat", seconds=1)
    assert time.monotonic() - started < 10


def test_no_command_of_the_shell_is_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    run(rf"x\immediate\write18{{touch {made}}}")
    assert not made.exists()


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_other_file_is_read_or_written(code: str, tmp_path: Path) -> None:
    tex(code)
    secret, made = tmp_path / "secret.tex", tmp_path / "made.tex"
    secret.write_text("secret")
    with pytest.raises(TexError, match="secret"):
        compile_pdf(f"{HEAD}\\input{{{secret}}}\n\\end{{document}}\n", {}, language(code))
    with pytest.raises(TexError):
        compile_pdf(
            f"{HEAD}\\newwrite\\x\\immediate\\openout\\x={made}\\end{{document}}", {}, language(code)
        )
    assert not made.exists()


def test_what_is_missing_is_named_with_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    tex("en")
    source = HEAD.replace("\n", "\n\\usepackage{nosuch}\n", 1) + "x\\end{document}\n"
    with pytest.raises(TexError, match=r"nosuch\.sty is not installed; .*apt-get install latexmk"):
        compile_pdf(source, {}, EN)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TexError, match=r"no PDF without latexmk; .*texlive-latex-recommended"):
        compile_pdf(HEAD, {}, EN)
    with pytest.raises(TexError, match="texlive-lang-chinese"):
        compile_pdf(HEAD, {}, language("zh"))


def test_a_figure_stays_in_its_folder() -> None:
    tex("en")
    with pytest.raises(ArgumentError, match="letters, digits"):
        compile_pdf(HEAD, {"../x": b""}, EN)


def test_warnings_are_those_that_a_reader_could_see() -> None:
    body = (
        r"\ref{nowhere}\cite{nobody}\label{a}\label{a}\hbox to 10pt{much wider than that}"
        r"\font\f=cmr10 {\f\char200}\fontfamily{nosuch}\selectfont x"
    )
    found = " ".join(run(body).warnings)
    for said in ("`nowhere'", "`nobody'", "`a' multiply defined", "Overfull", "Missing char", "Font shape"):
        assert said in found, said
    assert run(r"\hbox to 40pt{\hskip41pt}\hfill x").warnings == ()
    assert warnings_of("Overfull \\vbox (2.5pt too high) has occurred while \\output is active") != []


def test_a_wide_formula_or_table_stays_within_the_text() -> None:
    tex("en")
    row = tuple(Math(rf"{'9' * 12}_{{{n}}}") for n in range(12))
    matrix = r"\begin{bmatrix}" + " & ".join(["x_{1}^{2}"] * 30) + r"\end{bmatrix}"
    derivation = ca.derive_ratio(ca.depthwise_separable(*LAYER), ca.conv(*LAYER))
    steps = Steps((*steps_of(derivation)[0].steps, steps_of(derivation)[1].steps[0]), False)
    report = document(
        Table("r" * 12, row, (row, row)),
        Formula((matrix,), "wide"),
        Formula((matrix, "+ 1")),
        steps,
        Table("lp", (Words("x" * 90), Words("y")), ((Code("z" * 90), Words("w" * 300)),)),
    )
    assert compile_pdf(write_latex(report, EN), {}, EN).warnings == ()
