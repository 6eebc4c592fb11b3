"""The chapter of a network and the pictures of its costs: numbers, formulas, names, languages, files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

import convalgebra as ca
from convalgebra.drawing.growth import growth_layout, growth_of
from convalgebra.drawing.layers import MOST_BARS, OTHERS, Bar, bars_of, layers_layout
from convalgebra.drawing.lettering import few_digits
from convalgebra.errors import ArgumentError
from convalgebra.exact import value
from convalgebra.networks.alike import alike, costly
from convalgebra.networks.counters.conventions import convention, convention_names, differences
from convalgebra.networks.formulas import points
from convalgebra.networks.formulas.floors import named
from convalgebra.networks.formulas.points import example_point, recounted_sizes
from convalgebra.networks.graph import Graph, Node, Tensor
from convalgebra.networks.network import network_of
from convalgebra.networks.tables.table import QUANTITIES
from convalgebra.networks.totals import AS_PAPERS
from convalgebra.reporting import store
from convalgebra.reporting.blocks import Figure, Formula, Heading, Items, Paragraph, Table
from convalgebra.reporting.chapters import own_chapter
from convalgebra.reporting.doors import NetworkCosts
from convalgebra.reporting.languages import find_language
from convalgebra.reporting.parts.networks.cells import against, number
from convalgebra.reporting.plain import plain
from convalgebra.reporting.tex import has_tex
from convalgebra.reporting.words import Said, Verdict
from convalgebra.reporting.write import _own_document
from convalgebra.sizes import symbol
from tests.browsers import launched, opened
from tests.missing import missing
from tests.test_cli import run
from tests.test_reporting_browser import EMPTY, WIDER

ENGLISH = find_language("en")
HOSTILE = r"\input{x} $\evil$ <script>alert(1)</script> & 50% #{_}^~ 卷积"
LAYERS = [
    {"name": "first", "type": "conv", "out_channels": 8, "kernel_size": 3, "padding": 1, "stride": 2},
    {"name": "norm", "type": "batch_norm"},
    {"name": "relu", "type": "relu"},
    {"name": "second", "type": "conv", "out_channels": 8, "kernel_size": 3, "padding": 1, "groups": 2},
    {"name": "pool", "type": "global_average_pool"},
    {"name": "flat", "type": "flatten"},
    {"name": "fc", "type": "linear", "out_features": 5},
]


@pytest.fixture(scope="module", autouse=True)
def own_store(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(store.FOLDER, str(tmp_path_factory.mktemp("store")))
        # As many sizes as tell a wrong formula: the command itself takes more.
        patch.setattr(points, "_MOST_SIZES", 12)
        yield


def small(*image, layers=LAYERS, channels=3):
    return ca.read_layers({"name": "small", "input": [1, channels, *image], "layers": layers})


def unknown_in_it(name="odd"):
    nodes = (Node("c", "Conv", ("x", "w"), ("y",), {}), Node(name, "Fancy", ("y",), ("z",), {}))
    graph = Graph(nodes, {"x": (1, 3, "N", "N")}, {"w": Tensor("w", (8, 3, 3, 3))}, ("z",), "by hand")
    return network_of(graph)


def tables(chapter):
    return [block for block in chapter.blocks if isinstance(block, Table)]


def said(words):
    return plain(words, ENGLISH)


def headed(chapter, key):
    """Return the first table with a message in its head, as plain text."""
    found = next(table for table in tables(chapter) if any(one == Said(key) for one in table.head))
    return [[said(cell) for cell in row] for row in found.rows]


# --- numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("include", [AS_PAPERS, frozenset({"conv", "linear", "bias", "norm", "pool"})])
def test_the_totals_of_the_chapter_are_those_of_the_network(include):
    network = small(9, 11)
    chapter = own_chapter(NetworkCosts(network, include), "own-1")
    rows = headed(chapter, "network.head.total")
    for name, row in zip(QUANTITIES, rows, strict=False):
        assert row[1] == said(number(network.total(name, include).value)), name
    exact, taps = (network.total(name, include).value for name in ("multiplications", "mult_adds"))
    assert rows[-1][1] == f"{float(100 * Fraction(taps - exact, taps)):.2f}%"
    assert chapter.passed


def test_the_layers_of_the_chapter_are_those_of_the_table():
    network = small(9, 11)
    rows = {row[0]: row[1:] for row in headed(own_chapter(network, "own-1"), "network.head.lost")}
    assert list(rows) == ["first", "second", "fc"]
    for name, row in rows.items():
        counts = network[name].counts
        wanted = (counts.multiplications, counts.mult_adds, counts.additions, counts.parameters)
        assert [row[0], row[1], row[3], row[4]] == [said(number(n)) for n in wanted]
        lost = network[name].lost
        assert row[2] == (f"{float(100 * lost):.2f}%" if lost else "0")


def test_each_total_of_a_tool_is_that_of_its_table_and_each_reason_is_told():
    network = small(8, 8)
    chapter = own_chapter(network, "own-1")
    rows = {row[0]: row for row in headed(chapter, "network.head.tool")}
    for name in convention_names()[1:]:
        assert rows[name][2] == said(number(network.table(name).total.theirs.value))
    told = {said(row[-1]) for table in tables(chapter) for row in table.rows if len(row) == 5}
    for name in convention_names()[1:]:
        for one in differences(network, name, AS_PAPERS):
            if convention(name).rule(network[one.layer]) is not None:
                assert one.why in told


def test_every_reason_and_remark_of_the_counters_is_told_in_chinese():
    table = find_language("zh").tables["counters"]
    tools = [convention(name) for name in convention_names()[1:]]
    written = {rule.why for tool in tools for rule in tool.rules.values()}
    assert table.keys() == written | {remark for tool in tools for remark in tool.remarks}


def test_the_savings_of_the_chapter_are_those_of_the_advice():
    network = small(8, 8)
    advice = network.advice()
    rows = headed(own_chapter(network, "own-1"), "network.head.by")
    by = {row[0]: row[1:] for row in rows}
    separable = [one for one in advice if one.by == "depthwise_separable"]
    assert by["depthwise_separable"][:2] == [
        str(len(separable)),
        said(number(sum(s.saved for s in separable))),
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_chapter_begins_with_the_exact_count_what_is_lost_and_which_counters_differ(language):
    network = small(8, 8)
    chapter = own_chapter(network, "own-1")
    found = next(block for block in chapter.blocks if isinstance(block, Items))
    count, tools, _saving = (plain(item, find_language(language)) for item in found.items)
    exact, taps = (network.total(name).value for name in ("multiplications", "mult_adds"))
    for told in (said(number(exact)), said(number(taps)), f"{100 * (taps - exact) / taps:.2f}%"):
        assert told in count
    fvcore = network.table("fvcore").total.theirs.value
    assert f"fvcore +{100 * (fvcore - taps) / taps:.2f}%" in tools
    assert "{" not in count + tools
    assert not any(isinstance(block, Table) for block in chapter.blocks[: chapter.blocks.index(found)])


@pytest.mark.parametrize(
    ("theirs", "ours", "told"),
    [
        (101, 100, "+1.00%"),
        (50, 100, "-50%"),
        (7, 7, "equal"),
        (None, 7, "?"),
        (724409815, 724406816, "<+0.01%"),
        (10**6 - 1, 10**6, ">-0.01%"),
        (20001, 20000, "+0.01%"),
    ],
)
def test_a_counter_is_told_by_its_distance_from_ours(theirs, ours, told):
    assert said(against(theirs, ours)).replace("\N{MINUS SIGN}", "-") == told


def test_a_total_of_which_nothing_is_known_is_no_nought():
    rows = {row[0]: row[2] for row in headed(own_chapter(unknown_in_it(), "own-1"), "network.head.layers")}
    assert rows["Fancy"] == "?"


def test_a_report_of_one_network_is_one_chapter_without_a_list_of_chapters():
    one, two = (_own_document([small(8, 8)] * n, "r", "", lambda told: None) for n in (1, 2))
    assert len(one.chapters) == 1
    assert Heading(1, Said("back.made.title"), "chapter:made") in one.chapters[0].blocks
    assert [chapter.key for chapter in two.chapters][:1] == ["contents"]


# --- formulas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("image", [("N", "N"), ("4*q", "4*q"), ("H", "W")])
def test_the_formulas_of_a_chapter_are_recounted_and_the_sizes_are_named(image):
    network = small(*image)
    chapter = own_chapter(network, "own-1")
    assert chapter.passed
    verdicts = [c for t in tables(chapter) for row in t.rows for c in row if isinstance(c, Verdict)]
    # The parameters have no name in them: four totals are formulas.
    assert verdicts == [Verdict("equal")] * 4
    text = "\n".join(said(b.words) for b in chapter.blocks if hasattr(b, "words"))
    sizes = recounted_sizes(network, example_point(network))
    for name, row in sizes.items():
        assert re.search(rf"{name} ?= ?{row[0]}, ?{row[1]}, ?.*{row[-1]}", text), name


def test_what_is_printed_of_floors_is_the_formula_at_every_size():
    """The printed form, floors named and multiplied out, against counting the network in numbers."""
    network = small("N", "N")
    found = {name: network.formula(name).value for name in ("multiplications", "mult_adds", "additions")}
    written = named(found)
    assert written.meanings
    for n, name in product(range(3, 40), found):
        counted = network.at(N=n).total(name).value
        assert value(written.whole(name), {symbol("N"): n}) == counted
        assert value(found[name], {symbol("N"): n}) == counted
    printed = [b for b in own_chapter(network, "own-1").blocks if isinstance(b, Formula)]
    assert any("N_{2} = " in line for block in printed for line in block.lines)
    # No floor stands in another one.
    assert all(line.count(r"\lfloor") == line.count(r"N_{") for line in printed[0].lines)


def test_a_wrong_formula_fails_the_chapter(monkeypatch):
    network = small("4*q", "4*q")
    right = type(network).formula
    wrong = lambda self, *given: right(self, *given).times(2)  # noqa: E731
    monkeypatch.setattr(type(network), "formula", wrong)
    chapter = own_chapter(network, "own-1")
    assert not chapter.passed
    assert any(Verdict("different") in row for table in tables(chapter) for row in table.rows)


def test_a_network_that_exists_for_no_number_tried_has_formulas_and_no_examples():
    layers = [{"type": "conv", "out_channels": 2, "kernel_size": 2000, "name": "huge"}]
    chapter = own_chapter(small("N", "N", layers=layers), "own-1")
    assert not any(isinstance(block, Figure) for block in chapter.blocks)
    text = "\n".join(said(b.words) for b in chapter.blocks if hasattr(b, "words"))
    assert "nothing was recounted" in text
    assert chapter.passed


# --- partial ---------------------------------------------------------------------------------------


def test_a_partial_total_is_said_to_be_partial_and_has_no_formula():
    chapter = own_chapter(unknown_in_it(), "own-1")
    text = "\n".join(said(b.words) for b in chapter.blocks if hasattr(b, "words"))
    assert "The totals are partial" in text
    assert "odd" in text
    assert "There is no formula for the whole network" in text
    assert all(row[-1].endswith("?") for row in headed(chapter, "network.head.total") if row[-1])
    assert not any(isinstance(cell, Verdict) for t in tables(chapter) for row in t.rows for cell in row)


def test_a_network_of_which_nothing_costs_has_a_chapter_without_bars():
    network = small(4, 4, layers=[{"type": "relu"}, {"type": "max_pool", "kernel_size": 2}])
    chapter = own_chapter(network, "own-1")
    assert chapter.passed
    assert not any(isinstance(block, Figure) for block in chapter.blocks)


# --- pictures --------------------------------------------------------------------------------------


def deep(count, wide=False):
    """Return a network of many convolutions, all alike or (wide) none."""
    each = [
        {"name": f"c{at}", "type": "pointwise", "out_channels": at + 2 if wide else 4}
        for at in range(count)
    ]
    return small(6, 6, layers=each, channels=4)


@pytest.mark.parametrize(("count", "wide", "bars"), [(5, True, 5), (150, False, 1), (150, True, MOST_BARS)])
def test_bars_together_are_the_total_whatever_is_summed_up(count, wide, bars):
    network = deep(count, wide)
    found = bars_of(network)
    assert len(found) == bars
    assert sum(bar.times for bar in found) == count
    assert sum(bar.mult_adds for bar in found) == network.total("mult_adds").value
    lost = network.total("mult_adds").value - network.total("multiplications").value
    assert sum(bar.lost for bar in found) == lost
    assert layers_layout(found).get_size_inches()[1] < 9


def test_no_two_texts_of_the_bars_overlap():
    bars = [
        Bar(f"layer {at} with a long name that is cut", "Conv", 1, 10 ** (at % 7), at) for at in range(40)
    ]
    figure = layers_layout(bars)
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    overlaps = [(a, b) for at, a in enumerate(boxes) for b in boxes[:at] if a.shrunk(0.98, 0.7).overlaps(b)]
    assert not overlaps
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)


def test_a_bar_is_as_long_as_what_it_stands_for():
    bars = bars_of(small(8, 8))
    patches = [p for p in layers_layout(bars).axes[0].patches if p.get_x() > 0.5]
    solid = [p for p in patches if not p.get_hatch() and p.get_width() != 0.14]
    units = {
        round(p.get_width() / (bar.mult_adds - bar.lost), 9) for p, bar in zip(solid, bars, strict=True)
    }
    assert len(units) == 1


def test_what_is_summed_up_does_not_make_the_bars_of_layers_short():
    bars = [Bar("a", "Conv", 1, 100, 0), Bar("b", "Conv", 1, 50, 0), Bar("", OTHERS, 9, 5000, 0)]
    figure = layers_layout(bars)
    first, second, others = (
        p.get_width() for p in figure.axes[0].patches if p.get_x() > 0.5 and p.get_width() != 0.14
    )
    assert first == pytest.approx(2 * second)
    assert first == pytest.approx(others)
    assert others > 2
    # It is said that it is longer than it is drawn, and by its number how much.
    assert sum(line.get_color() == "white" for line in figure.axes[0].lines) == 2
    assert "5 k" in " ".join(t.get_text().replace(".00", "") for t in figure.axes[0].texts)
    assert not any(line.get_color() == "white" for line in layers_layout(bars[:2]).axes[0].lines)


@pytest.mark.parametrize(
    ("network", "picture", "said"),
    [
        (small(8, 8), "layers", "by hand, input 1 × 3 × 8 × 8: {} mult_adds"),
        (small("N", 8), "layers", "by hand, input 1 × 3 × 224 × 8: {} mult_adds"),
        (unknown_in_it().at(N=8), "layers", "by hand, input 1 × 3 × 8 × 8: {} + ? mult_adds"),
        (small("N", "M"), "size", "by hand, input 1 × 3 × N × M, M = 224"),
    ],
    ids=str,
)
def test_a_picture_that_stands_alone_says_what_it_is_of(tmp_path, monkeypatch, network, picture, said):
    drawn = []
    monkeypatch.setattr("convalgebra.drawing.networks._save", lambda figure, _: drawn.append(figure))
    network.plot(tmp_path / "a.svg", picture)
    (figure,) = drawn
    each = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    sized = network.at(**({"N": 224} if network.symbols else {})) if picture == "layers" else network
    cost = few_digits(sized.total("mult_adds").value) if picture == "layers" else ""
    wanted = said.format(cost).replace("by hand", network.source)
    (title,) = [text for text in each if text.get_text() == wanted]
    boxes = [text.get_window_extent() for text in each if text is not title]
    assert not any(title.get_window_extent().overlaps(box.shrunk(0.98, 0.7)) for box in boxes)


def test_the_numbers_of_an_axis_are_in_one_unit():
    figure = growth_layout(growth_of(small("4*q", "4*q")))
    figure.canvas.draw()
    ticks = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert ticks[0] == "0"
    assert len({tick.split()[-1] for tick in ticks[1:]}) == 1


def test_an_unknown_layer_has_a_question_mark_and_no_bar():
    figure = layers_layout(bars_of(unknown_in_it().at(N=8)))
    assert "?" in [text.get_text() for text in figure.axes[0].texts]


def test_recounted_points_lie_on_the_curves_and_wrong_ones_are_told(monkeypatch):
    network = small("4*q", "4*q")
    growth = growth_of(network)
    for line in growth.lines:
        for q, counted in line.points:
            assert counted == network.at(q=q).total(line.quantity).value
    assert growth.agrees
    assert not growth.steps
    assert growth_of(small("N", "N")).steps
    monkeypatch.setattr("convalgebra.drawing.growth._count", lambda *_: 1)
    assert not growth_of(network).agrees


def curve_of(network):
    """Return the figure of the cost over the image, and whether the chapter passed."""
    chapter = own_chapter(network, "own-1")
    drawn = (b for b in chapter.blocks if isinstance(b, Figure) and b.anchor.endswith("-size"))
    return next(drawn, None), chapter.passed


@pytest.mark.parametrize(("side", "place"), [("4*q", "curve"), ("N", "steps")])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_caption_claims_points_on_the_curve_only_where_they_are(monkeypatch, language, side, place):
    told = find_language(language)
    claims = {key: plain(Said(f"network.closed.{key}"), told) for key in ("on_curves", "on_steps", "off")}
    network = small(side, side)
    figure, passed = curve_of(network)
    caption = plain(figure.caption, told)
    assert passed
    assert [key for key, claim in claims.items() if claim in caption] == [
        "on_curves" if place == "curve" else "on_steps"
    ]
    monkeypatch.setattr("convalgebra.drawing.growth._count", lambda *_: 1)
    figure, passed = curve_of(network)
    caption = plain(figure.caption, told)
    assert not passed
    assert [key for key, claim in claims.items() if claim in caption] == ["off"]


def test_where_no_curve_is_drawn_nothing_is_claimed_of_points():
    figure, passed = curve_of(small(8, 8))
    assert (figure, passed) == (None, True)
    # Names of channels are no sizes of the image.
    named_channels = small(8, 8, layers=[*LAYERS[:-1], {**LAYERS[-1], "out_features": "M"}])
    assert curve_of(named_channels) == (None, True)
    # Halved and doubled again: there are even images only, and odd ones among those to draw.
    weights = {"w": Tensor("w", (4, 3, 1, 1)), "v": Tensor("v", (4, 4, 2, 2))}
    two = {"strides": [2, 2]}
    nodes = (
        Node("c", "Conv", ("x", "w"), ("y",)),
        Node("p", "MaxPool", ("y",), ("h",), {"kernel_shape": [2, 2], **two}),
        Node("u", "ConvTranspose", ("h", "v"), ("d",), two),
        Node("a", "Add", ("d", "y"), ("z",)),
    )
    even = network_of(Graph(nodes, {"x": (1, 3, "N", "N")}, weights, ("z",), "by hand"))
    assert curve_of(even) == (None, True)
    assert "not drawn" in " ".join(
        said(b.words) for b in own_chapter(even, "own-1").blocks if isinstance(b, Paragraph)
    )


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_plot_is_a_file_of_its_kind_and_the_same_again(tmp_path, suffix):
    layers = [{**LAYERS[0], "name": HOSTILE}, {**LAYERS[3], "name": r"$\frac$"}]
    network = small(8, 8, layers=layers)
    files = [network.plot(tmp_path / f"{at}{suffix}") for at in range(2)]
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert first.startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix])
    assert b"<script" not in first
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"0{suffix}", f"1{suffix}"]


def test_plots_that_cannot_be_drawn_say_what_would_be_right(tmp_path):
    network = small(8, 8)
    with pytest.raises(ArgumentError, match=r"must end in \.png, \.svg, \.pdf"):
        network.plot(tmp_path / "a.jpg")
    with pytest.raises(ArgumentError, match="there is no folder"):
        network.plot(tmp_path / "no" / "a.png")
    with pytest.raises(ArgumentError, match="layers, size"):
        network.plot(tmp_path / "a.png", "pie")
    with pytest.raises(ArgumentError, match="no name"):
        network.plot(tmp_path / "a.png", "size")
    assert not list(tmp_path.iterdir())


def test_layers_that_are_alike_are_counted_alike():
    groups = alike(costly(deep(150, False)))
    assert [len(group.layers) for group in groups] == [150]
    for group in alike(costly(ca.read_layers(ca.zoo("resnet_50")))):
        assert len({layer.counts for layer in group.layers}) == 1


# --- files -----------------------------------------------------------------------------------------


def hostile():
    layers = [{**layer, "name": HOSTILE} if layer["name"] == "first" else layer for layer in LAYERS]
    return small("N", "N", layers=layers)


@pytest.fixture(scope="module")
def browser():
    with launched() as found:
        yield found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_is_quiet_in_a_browser_and_shows_names_as_they_are(tmp_path, browser, language):
    written = hostile().report(tmp_path / "net.html", language=language)
    assert written.passed
    with opened(browser, written.files[0].as_uri()) as page:
        assert HOSTILE in " ".join(page.inner_text("main").split())
        assert page.evaluate("document.querySelectorAll('script').length") == 0
        assert page.evaluate(WIDER) == [False]
        assert page.evaluate(EMPTY) == []
        assert page.locator("figure svg").count() == 2


def test_a_pdf_goes_through_tex_and_reads_back(tmp_path):
    if not has_tex(ENGLISH):
        missing("TeX for en")
    if shutil.which("pdftotext") is None:
        missing("pdftotext")
    network = hostile()
    written = network.report(tmp_path / "net.pdf", title="Mine & yours")
    assert written.passed
    assert written.warnings == ()
    text = subprocess.run(
        ["pdftotext", "-layout", str(written.files[0]), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Mine & yours" in text
    assert "<script>" in text
    assert r"$\evil$" in text
    plain_text = re.sub(r"[\s,]+", "", text)
    point = example_point(network)
    for name in QUANTITIES:
        assert str(network.at(**point).total(name).value) in plain_text


def test_sources_have_no_command_of_a_user(tmp_path):
    for language in ("en", "zh"):
        hostile().report(tmp_path / f"{language}.tex", language=language)
        source = (tmp_path / f"{language}.tex").read_text("utf-8")
        assert r"\input{x}" not in source
        assert r"$\evil$" not in source


def test_a_network_is_a_subject_beside_others(tmp_path):
    operator = ca.conv(1, 1, (4, 4), 3)
    both = ca.report([small(8, 8), operator, small("N", "N")], tmp_path / "all.html")
    page = both.files[0].read_text("utf-8")
    assert both.passed
    assert page.count("<figure") == 4
    alone = ca.report(small(8, 8), tmp_path / "one.html")
    assert "What networks cost" in alone.files[0].read_text("utf-8")


def test_the_command_line_writes_report_and_pictures(tmp_path):
    model = tmp_path / "my net.json"
    model.write_text(json.dumps({"input": [1, 3, 8, 8], "layers": LAYERS}))
    arguments = ["--symbol", "4*q", "--report", "net.html", "--plot", "net.svg", "--picture", "size"]
    done = run("analyze", model.name, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["wrote net.svg", "wrote net.html"]
    page = (tmp_path / "net.html").read_text("utf-8")
    assert "convalgebra analyze &#39;my net.json&#39; --symbol &#39;4*q&#39; --report net.html" in page
    assert str(tmp_path) not in page
    assert (tmp_path / "net.svg").read_text("utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--report", "a.doc"], "--report='a.doc' must end in .tex, .pdf or .html, or be a folder"),
        (["--plot", "a.gif"], "--plot='a.gif' must end in .png, .svg, .pdf"),
        (["--plot", "a.png", "--picture", "size"], "--picture size needs a name for the image size"),
    ],
)
def test_the_command_line_says_what_would_be_right(tmp_path, monkeypatch, arguments, wanted):
    from click.testing import CliRunner

    from convalgebra.cli import main

    monkeypatch.chdir(tmp_path)
    Path("net.json").write_text(json.dumps({"input": [1, 3, 8, 8], "layers": LAYERS}))
    done = CliRunner().invoke(main, ["analyze", "net.json", *arguments])
    assert done.exit_code == 2
    assert wanted in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["net.json"]
