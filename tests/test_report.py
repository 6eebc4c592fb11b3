"""The report through a real TeX run, read back as text; and what it says, held against the literature."""

import re
import shutil
import subprocess
from fractions import Fraction

import pytest
import sympy

from convalgebra.report.document import render
from convalgebra.report.separable import article_form, depthwise_chapter, spatial_chapter
from convalgebra.report.tex import compile_pdf, find_engine
from convalgebra.report.write import write_report
from convalgebra.sizes import symbol
from tests.missing import missing

N, m = symbol("N"), symbol("m")


@pytest.fixture(scope="module")
def depthwise():
    return depthwise_chapter()


@pytest.fixture(scope="module")
def spatial():
    return spatial_chapter()


def test_the_worked_examples(depthwise, spatial):
    assert [c.measured for c in depthwise.example] == [86400, 675, 9600, 10275]
    assert [c.measured for c in spatial.example] == [81, 45, 27, 72]
    assert depthwise.passed
    assert spatial.passed


def test_a_wrong_number_is_seen(depthwise):
    from dataclasses import replace

    wrong = replace(depthwise.example[0], formula=86401)
    assert not replace(depthwise, example=(wrong, *depthwise.example[1:])).passed
    wrong = replace(depthwise.rules[0], formula=Fraction(9))
    assert not replace(depthwise, rules=(wrong,)).passed


def test_the_rules_of_thumb_are_limits_of_the_exact_values(depthwise, spatial):
    assert {(dict(r.sizes)["m"], r.rule) for r in spatial.rules} == {
        (k, sympy.Rational(2, k)) for k in (3, 5, 7)
    }
    assert {(dict(r.sizes)["h"], r.rule) for r in depthwise.rules} == {(3, 9), (5, 25)}
    for rule in spatial.rules:
        sizes = dict(rule.sizes)
        exact = Fraction(2, sizes["m"]) + Fraction(
            sizes["m"] - 1, sizes["m"] * (sizes["N"] - sizes["m"] + 1)
        )
        assert rule.formula == rule.measured == exact > Fraction(int(rule.rule.p), int(rule.rule.q))
    for rule in depthwise.rules:
        sizes = dict(rule.sizes)
        exact = 1 / (Fraction(1, sizes["N_c"]) + Fraction(1, sizes["h"] ** 2))
        assert rule.formula == rule.measured == exact < int(rule.rule)


def test_the_articles_form_is_the_case_of_three_taps(spatial):
    article = article_form(spatial.derivation)
    assert article.printed == 2 / m + 2 / (m * (N - 2))
    assert sympy.simplify(article.difference - N * (m - 3) / (m * (N - 2) * (N - m + 1))) == 0
    assert article.agrees_for == (3,)
    assert [row.counted == printed for row, printed in article.rows] == [True, False, False]
    assert all(row.agrees for row, _ in article.rows)


def test_the_source_is_the_same_each_time_and_has_no_ugly_sign(depthwise, spatial):
    chapters, article = (depthwise, spatial), article_form(spatial.derivation)
    source = render(chapters, article)
    assert source == render(chapters, article)
    assert "None" not in source
    assert not re.search(r"left\(- ", source), "a bracket that begins with a minus"
    assert r"\frac{1}{N_{c}} + \frac{1}{h^{2}}" in source
    assert r"\frac{2}{m} + \frac{m - 1}{m \left(N - m + 1\right)}" in source


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    engine = find_engine()
    if engine is None:
        missing("a TeX engine")
    folder = tmp_path_factory.mktemp("report")
    return write_report(folder, engine).files[-1], engine


def test_the_pdf_says_what_was_derived(pdf):
    if shutil.which("pdftotext") is None:
        missing("pdftotext")
    done = subprocess.run(
        ["pdftotext", "-layout", str(pdf[0]), "-"], capture_output=True, text=True, check=True
    )
    words = " ".join(done.stdout.split())
    for said in ("675 + 9600 = 10275", "45 + 27 = 72", "86400", "137/1152", "8/9", "divide term by term"):
        assert said in words, said
    assert words.count("different") == 2, "only the article's own form differs, for 5 and 7 taps"


def test_the_pdf_is_the_same_bytes_each_time(pdf, tmp_path):
    again = write_report(tmp_path, pdf[1]).files
    for file in again:
        assert file.read_bytes() == (pdf[0].parent / file.name).read_bytes(), file.name


def test_nothing_sticks_out_of_the_text(pdf, tmp_path):
    for file in pdf[0].parent.iterdir():
        shutil.copy(file, tmp_path)
    compile_pdf(tmp_path / "separable-convolutions.tex", pdf[1])
    log = (tmp_path / "separable-convolutions.log").read_text(errors="replace")
    assert [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(w) > 3] == []
