"""Reports as HTML: well formed, escaped, linked, numbered; the same bytes each time; own templates."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from convalgebra.errors import ArgumentError
from convalgebra.reporting.blocks import (
    Block,
    Chapter,
    Command,
    Document,
    Drawing,
    Entry,
    Figure,
    Formula,
    Heading,
    Items,
    Paragraph,
    Step,
    Steps,
    Table,
)
from convalgebra.reporting.html import write_html
from convalgebra.reporting.languages import LANGUAGES, find_language
from convalgebra.reporting.layout import lay_out
from convalgebra.reporting.svg import inlined
from convalgebra.reporting.words import (
    Code,
    Inline,
    Math,
    Reference,
    Translated,
    Verdict,
    Words,
    listed,
    say,
)
from tests.page_demo import HOSTILE, demo, demo_language

VOID = {"meta", "br", "img", "link", "hr", "input"}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {}>{}</svg>'


class Reader(HTMLParser):
    """Reads a page: what is open, which elements there are with their attributes, and all words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    def all(self, name: str) -> list[str]:
        return [
            value or ""
            for _, attributes in self.elements
            for key, value in attributes.items()
            if key == name
        ]


def written(*blocks: Block, title: Inline | None = None) -> str:
    document = Document("d", title or Words("T"), Words(""), (Chapter("c", blocks),))
    return write_html(document, find_language("en"))


def text(page: str) -> str:
    return "".join(Reader(page).words)


@pytest.fixture(params=LANGUAGES, scope="module")
def page(request: pytest.FixtureRequest) -> str:
    return write_html(demo(), demo_language(request.param))


# --- the whole page ---


def test_the_page_is_well_formed(page: str) -> None:
    reader = Reader(page)
    assert reader.open == []
    assert page.startswith("<!DOCTYPE html>")
    formulas = re.findall(r"<math.*?</math>", page, re.DOTALL)
    assert len(formulas) > 50
    for formula in formulas:
        assert "\\" not in "".join(ElementTree.fromstring(formula).itertext())
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 3
    for drawing in drawings:
        ElementTree.fromstring(drawing)


def test_ids_are_unique_and_every_link_leads_somewhere(page: str) -> None:
    reader = Reader(page)
    ids = reader.all("id")
    assert len(ids) == len(set(ids))
    links = [attributes["href"] or "" for tag, attributes in reader.elements if tag == "a"]
    assert len(links) > 20
    for link in (*links, *(a["href"] or "" for tag, a in reader.elements if tag == "use")):
        assert link.startswith("#")
        assert link[1:] in ids, link


def test_headings_are_in_order(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in Reader(page).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[:3] == [1, 2, 3]
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_the_page_asks_for_nothing_and_runs_nothing(page: str) -> None:
    reader = Reader(page)
    tags = {tag for tag, _ in reader.elements}
    assert tags.isdisjoint({"script", "link", "iframe", "object", "embed", "img", "form", "base"})
    assert not [name for _, attributes in reader.elements for name in attributes if name.startswith("on")]
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in reader.all("href"))
    assert reader.all("src") == []
    styles = [
        *re.findall(r"<style>.*?</style>", page, re.DOTALL),
        *reader.all("style"),
        *reader.all("clip-path"),
    ]
    asked = [url for style in styles for url in re.findall(r"url\(\s*[\"']?([^\"')]+)", style)]
    assert asked[0].startswith("data:font/woff2;base64,")
    assert all(url.startswith("#") for url in asked[1:])
    assert "@import" not in page
    policy = next(
        a["content"] for tag, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith(
        "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:;"
    )


def test_pages_say_their_language() -> None:
    for code, tag in (("en", "en"), ("zh", "zh-Hans")):
        assert f'<html lang="{tag}">' in write_html(demo(), demo_language(code))


def test_drawings_tell_what_they_show() -> None:
    reader = Reader(write_html(demo(), demo_language("en")))
    drawings = [attributes for tag, attributes in reader.elements if tag == "svg"]
    assert [attributes["role"] for attributes in drawings] == ["img"] * 3
    assert drawings[0]["aria-label"] == (
        "A matrix of 9 rows and 25 columns: nine diagonals in groups of three."
    )
    assert drawings[1]["aria-label"] == "Two falling curves that flatten towards 1/9 and 1/25."


@pytest.mark.sweep
def test_the_same_report_gives_the_same_bytes() -> None:
    program = (
        "from tests.page_demo import demo, demo_language\n"
        "from convalgebra.reporting.html import write_html\n"
        "import hashlib\n"
        "print(hashlib.sha256(write_html(demo(), demo_language('en')).encode()).hexdigest())"
    )
    root = Path(__file__).parents[1]
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            cwd=root,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


# --- escaping ---


@pytest.mark.parametrize("hostile", HOSTILE)
def test_words_of_a_user_come_out_as_they_are(hostile: str) -> None:
    words = Words(hostile)
    page = written(
        Heading(1, words, hostile),
        Paragraph(listed([words, Code(hostile), Translated("reasons", hostile)])),
        Items((words,)),
        Steps((Step("a", "=", ("b",), words, f"s{hostile}"),), wide=False),
        Table("l", (words,), ((words,),), words, f"t{hostile}"),
        Figure(Drawing("n", b"", SVG.format("", ""), 2), words, words, f"f{hostile}"),
        Entry(words, Verdict("holds"), words, ((words, words),), f"e{hostile}"),
        Command(hostile),
        Paragraph(Reference(f"e{hostile}", words)),
        title=words,
    )
    reader = Reader(page)
    assert reader.open == []
    assert {tag for tag, _ in reader.elements}.isdisjoint({"script", "img"})
    assert "onerror" not in {name for _, attributes in reader.elements for name in attributes}
    assert "".join(reader.words).count(hostile) == 19
    assert hostile in reader.all("aria-label")
    ids = reader.all("id")
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", found) for found in ids)
    assert all(link[1:] in ids for link in reader.all("href"))


def test_a_drawing_keeps_nothing_that_runs_or_asks() -> None:
    image = SVG.format(
        'width="90pt" height="45pt" onload="alert(1)"',
        "<metadata>x</metadata><script>alert(1)</script><foreignObject><p/></foreignObject>"
        "<style>*{stroke-linecap:butt} .a{fill:url(#g)}</style>"
        '<defs><path id="p" d="M0 0"/></defs><use xlink:href="#p" onclick="x()"/><use href="http://x.org/#p"/>'
        '<image href="data:image/png;base64,AA"/><image href="file:///x.png"/>'
        '<rect class="a" style="clip-path: url(#c)"/><clipPath id="c"/>',
    )
    found = str(inlined(image, "figure-7", 'a "b" <c>', 3))
    assert not re.search(r"script|metadata|foreign|onload|onclick|alert|http|file:|xmlns", found)
    root = ElementTree.fromstring(found)
    assert root.attrib["viewBox"] == "0 0 90 45"
    assert root.attrib["aria-label"] == 'a "b" <c>'
    assert root.attrib["style"] == "width:3in;stroke-linecap:butt"
    assert root.findtext("style") == "#figure-7-drawing{.a{fill:url(#figure-7-g)}}"
    assert [use.get("href") for use in root.iter("use")] == ["#figure-7-p", None]
    assert [one.get("href") for one in root.iter("image")] == ["data:image/png;base64,AA", None]
    assert 'style="clip-path: url(#figure-7-c)"' in found
    assert 'id="figure-7-c"' in found


@pytest.mark.parametrize("image", ["", "<p/>", "<svg>"])
def test_what_is_no_drawing_raises(image: str) -> None:
    with pytest.raises(ArgumentError, match="is no SVG"):
        inlined(image, "f", "n", 1)


# --- numbers and references ---


def test_numbers_are_those_of_tex() -> None:
    table = Table("l", (Words("h"),), (), Words("c"))
    figure = Figure(Drawing("n", b"", SVG.format("", ""), 1), Words("c"), Words("s"))
    step = Step("", "=", ("x",), Words("r"))
    first = (
        Formula(("x",), "x0"),  # before any chapter
        Heading(1, Words("A"), "A"),
        Heading(2, Words("B"), "B"),
        Formula(("x",)),  # without an anchor there is no number
        Formula(("x",), "x"),
        Steps((step, dataclasses.replace(step, anchor="y"), step), wide=True),
        dataclasses.replace(table, anchor="t1"),
        dataclasses.replace(table, caption=None, anchor="t-"),
        dataclasses.replace(figure, anchor="f1"),
    )
    second = (
        Heading(1, Words("C")),
        Heading(2, Words("D")),
        Heading(2, Words("E"), "E"),
        Heading(3, Words("F"), "F"),
        Heading(4, Words("G"), "G"),
        Formula(("x",), "z"),
        dataclasses.replace(table, anchor="t2"),
        dataclasses.replace(figure, anchor="f2"),
    )
    document = Document("d", Words("T"), Words(""), (Chapter("1", first), Chapter("2", second)))
    numbers = {anchor: placed.number for anchor, placed in lay_out(document).anchors.items()}
    assert numbers == {
        **{"x0": "1", "A": "1", "B": "1.1", "x": "1.1", "y": "1.2", "t1": "1.1", "t-": "", "f1": "1.1"},
        **{"E": "2.2", "F": "", "G": "", "z": "2.1", "t2": "2.1", "f2": "2.1"},
    }


def test_references_say_the_number_and_lead_there() -> None:
    page = written(
        Heading(1, Words("A"), "A"),
        Formula(("x",), "eq"),
        Heading(3, Words("Small"), "small"),
        Table("l", (Words("h"),), (), None, "bare"),
        Entry(Words("S1"), Verdict("exact"), Words("w"), (), "claim:S1"),
        Paragraph(
            listed(
                [Reference(a, Words(f"no {a}")) for a in ("A", "eq", "claim:S1", "small", "bare", "gone")]
            )
        ),
    )
    assert (
        '<a href="#A">1</a>, <a href="#eq">(1.1)</a>, <a href="#claim-S1">S1</a>, '
        '<a href="#small">Small</a>, <a href="#bare">no bare</a>, no gone</p>' in page
    )


@pytest.mark.parametrize(
    "table",
    [
        Table("lc", (Words("h"), Words("i")), ((Words("a"),),)),
        Table("lc", (Words("h"),), ()),
        Table("lx", (Words("h"), Words("i")), ()),
        Table("", (), ()),
    ],
)
def test_a_table_whose_cells_do_not_fit_raises(table: Table) -> None:
    with pytest.raises(ArgumentError, match="of a table must"):
        written(table)


def test_a_link_in_a_title_is_none_in_the_contents() -> None:
    page = written(Heading(1, listed([Words("A"), Reference("eq", Words("?"))])), Formula(("x",), "eq"))
    reader = Reader(page)
    assert page.count('<a href="#eq">') == 1  # in the title
    assert reader.open == []


def test_ids_that_look_alike_stay_apart() -> None:
    page = written(*(Formula(("x",), anchor) for anchor in ("a:b", "a/b", "a b")))
    assert [found for found in Reader(page).all("id") if found.startswith("a")] == ["a-b", "a-b-2", "a-b-3"]


def test_one_anchor_at_two_places_raises() -> None:
    with pytest.raises(ArgumentError, match="anchor='x' stands at two places"):
        written(Formula(("x",), "x"), Formula(("y",), "x"))


# --- words ---


def test_a_message_is_filled_and_parsed() -> None:
    language = find_language("en")
    message = "*never {n}* `a<b` $n^{2}$ {n}"
    language = dataclasses.replace(language, messages={**language.messages, "m": message})
    document = Document("d", Words(""), say("m", n=Math("N")), ())
    found = write_html(document, language)
    assert (
        "<p><em>never <math><mi>N</mi></math></em> <code>a&lt;b</code> "
        "<math><msup><mi>n</mi><mn>2</mn></msup></math> <math><mi>N</mi></math></p>" in found
    )
    with pytest.raises(ArgumentError, match=r"nothing is given for \{n\}"):
        write_html(dataclasses.replace(document, title=say("m")), language)


def test_formulas_are_put_into_reasons_in_their_order() -> None:
    page = written(Paragraph(Translated("reasons", "{} < {}", (Math("a"), Math("b")))))
    assert "<math><mi>a</mi></math> &lt; <math><mi>b</mi></math>" in page


def test_a_verdict_is_said_in_a_word() -> None:
    assert '<span class="verdict wrong">wrong</span>' in written(Paragraph(Verdict("wrong")))


def test_a_formula_that_cannot_be_shown_raises() -> None:
    with pytest.raises(ArgumentError, match="unheardof"):
        written(Formula((r"\unheardof",)))


# --- templates ---


def test_a_folder_of_templates_comes_first(tmp_path: Path) -> None:
    (tmp_path / "page.css").write_text("p { color: teal }", "utf-8")
    found = write_html(demo(), demo_language("en"), tmp_path)
    assert "p { color: teal }" in found
    assert "--paper" not in found
    assert "<h1>Convolutions as matrices</h1>" in found  # all else is there
    with pytest.raises(ArgumentError, match="templates="):
        write_html(demo(), demo_language("en"), tmp_path / "none")


def test_templates_hold_no_words_of_any_language() -> None:
    code = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>|<[^>]*>| id=", re.DOTALL)
    files = sorted((Path(__file__).parents[1] / "convalgebra/reporting/templates").glob("*.html.j2"))
    assert len(files) == 2
    for file in files:
        assert re.findall(r"[A-Za-z]{2,}", code.sub(" ", file.read_text("utf-8"))) == [], file.name
