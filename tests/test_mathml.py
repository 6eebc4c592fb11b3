"""Formulas as MathML: all that the library prints comes through, and nothing of LaTeX is left in it."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.derivation.writing import lines
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.typesetting.mathml import mathml, plain

# How many parts each of these has, or a browser shows an error in its place.
PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
# What browsers know of MathML; the rest was dropped.
ROWS = {"math", "mrow", "msqrt", "mstyle", "mpadded", "mphantom", "mtable", "mtr", "mtd"}
KNOWN = {*PARTS, *ROWS, "mi", "mo", "mn", "mtext", "mspace", "mroot"}


def _printed_by_identities() -> Iterator[str]:
    for theorem in ca.identities():
        yield theorem.statement
        derivation = ca.derive_identity(theorem)
        for left, relation, right, step in lines(derivation.steps):
            yield from (left, relation, right, *map(latex, step.about))
        yield from map(latex, derivation.conditions)


def _printed_by_types() -> Iterator[str]:
    for kind in types():
        operator = kind.make()
        yield operator.latex()
        for found in (operator.multiplications, operator.mult_adds, *operator.shape, *operator.conditions):
            yield latex(found)


def _shown(formula: str) -> ElementTree.Element:
    return ElementTree.fromstring(mathml(formula, wide=True))


@pytest.mark.parametrize("printed", [_printed_by_identities, _printed_by_types])
def test_every_formula_of_the_library_is_shown(printed: object) -> None:
    assert callable(printed)
    _check(list(printed()), at_least=60)


def test_every_formula_of_the_ledger_is_shown() -> None:
    _check([claim.formula for claim in ca.ledger()], at_least=300)


def _check(formulas: list[str], at_least: int) -> None:
    given = {formula for formula in formulas if formula}
    assert len(given) >= at_least
    for formula in given:
        words = ""
        for node in _shown(formula).iter():
            assert node.tag in KNOWN, (formula, node.tag)
            assert len(node) == PARTS.get(node.tag, len(node)), (formula, node.tag)
            words += node.text or ""
        assert not set(words) & set("\\$&"), formula
        assert "zq" not in words, formula
        assert plain(formula)
        assert "\\" not in plain(formula)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (r"2cm \cdot 9ms", "2cm · 9ms"),  # products, no lengths
        (r"\mathrm{pointwise\_1}_{0}", "pointwise_1_0"),
        (r"\text{if $n < 3$, then } x", "if n < 3, then x"),
        (r"\frac12 + \frac{a + 1}{N_{c}}", "1/2 + (a + 1)/N_c"),
        (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}^{\mathsf T}", "[1, 2; 3, 4]^𝖳"),
        (
            r"\widehat W \tilde w \mathbf 1 \in \mathbb R",
            "\N{LATIN CAPITAL LETTER W WITH CIRCUMFLEX}w̃𝟏 ∈ ℝ",
        ),
        (r"\left\lfloor \frac{N}{s} \right\rfloor", "⌊N/s⌋"),
        (r"\sqrt{N_{c} - 1}", "√(N_c − 1)"),
        (r"\sum_{i = 0}^{n} i", "∑_(i = 0)^n i"),
    ],
)
def test_a_formula_says_what_it_said(formula: str, text: str) -> None:
    assert plain(formula) == text


def test_brackets_grow_where_they_are_told_to() -> None:
    def stretchy(formula: str) -> list[str | None]:
        return [node.get("stretchy") for node in _shown(formula).iter("mo") if node.text in "()⌊⌋[]"]

    assert stretchy(r"\left(\frac{x}{2}\right) \left\lfloor\sqrt{x}\right\rfloor") == ["true"] * 4
    assert stretchy(r"\left(x^{2}\right)") == ["false"] * 2  # no higher than a line
    assert stretchy(r"(x) \lfloor x\rfloor") == ["false"] * 4
    assert stretchy(r"\begin{bmatrix}1\\2\end{bmatrix}") == [None] * 2  # brackets stretch by themselves
    assert 'minsize="1.623em"' in mathml(r"\Bigl(x\Bigr)")


def test_limits_stand_below_where_there_is_room() -> None:
    for formula in (r"\sum_{i} i", r"\min_{i} i", r"\lim_{N \to \infty} N"):
        assert "<munder>" in mathml(formula)
        assert 'movablelimits="true"' in mathml(formula)
    assert "<msub>" in mathml(r"\operatorname{blockdiag}_f(C_f)")


def test_names_of_functions_have_room_before_letters_only() -> None:
    room = [node.get("rspace") for node in _shown(r"\log N + \log(N) + \operatorname{flip} w").iter("mo")]
    assert [wide for wide in room if wide] == ["0.167em", "0", "0.167em"]


def test_signs_have_the_room_that_they_need() -> None:
    signs = {node.text for node in _shown(r"a \iff b : c; |x| \Rightarrow \lfloor y \rfloor").iter("mo")}
    assert signs == set("⟺:;|⇒⌊⌋")
    assert {node.text for node in _shown(r"\infty \partial x \forall c").iter("mi")} == set("∞∂x∀c")
    assert [node.get("form") for node in _shown("g(-x) = -x - y").iter("mo") if node.text == "−"] == [
        "prefix",
        "prefix",
        None,
    ]


def test_words_are_escaped() -> None:
    assert "<script" not in mathml(r"\text{<script>alert(1)</script>}")
    assert "&lt;script&gt;" in mathml(r"\text{<script>alert(1)</script>}")
    assert mathml(r"\text{50\% of a\_b}") == "<math><mtext>50%\u00a0of\u00a0a_b</mtext></math>"


@pytest.mark.parametrize(
    "formula",
    [
        r"\unheardof",
        r"x + \input{/etc/passwd}",
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"a & b",
        r"a \\ b",
        r"\frac{1}",
        r"{x",
        r"x}",
        r"50% of",
        r"a $ b",
        r"\text{a",
        r"\text{\unheardof}",
        r"\left( x",
        r"x^",
    ],
)
def test_what_cannot_be_shown_raises_and_is_named(formula: str) -> None:
    with pytest.raises(ArgumentError, match="formula="):
        mathml(formula)
