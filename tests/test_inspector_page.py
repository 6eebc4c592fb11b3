"""The inspector's page as a user touches it: pointed at, clicked, typed into, mailed and opened again."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.inspector.page import page as page_of
from convalgebra.inspector.start import data_for, data_of
from tests.browsers import launched, opened
from tests.test_inspector_data import DATA, called, drawn

NAMES = [kind.name for kind in types()]
# Of each type so many drawn settings are compared, cell by cell.
COMPARED = 3
STATUS = ".ca-status span:first-child"
ENTRY = re.compile(r"^C\[(\d+), (\d+)\] = w\[([\d,]+)\] : x\[([\d,]+)\] -> y\[([\d,]+)\]$")
# What is wider than the window, but for what scrolls inside of it.
WIDER = """() => {
  const root = document.querySelector('#convalgebra').shadowRoot;
  const width = document.documentElement.clientWidth;
  const scrolls = node => node && node !== root.host &&
    (getComputedStyle(node).overflowX !== 'visible' || scrolls(node.parentElement));
  const wide = [...root.querySelectorAll('*')].filter(node => {
    const box = node.getBoundingClientRect();
    const out = box.right > width + 1 || box.left < -1;
    return box.width > 0 && out && !node.closest('math, .ca-heard') && !scrolls(node.parentElement);
  });
  const whole = document.documentElement.scrollWidth > width;
  return [...(whole ? ['the page scrolls'] : []), ...wide.map(node => node.className || node.tagName)];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("inspector") / "page.html"
    file.write_text(page_of(data_for("file")), "utf-8")
    return file.as_uri()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    with opened(browser, address) as found:
        yield found


def put(page: Any, **state: Any) -> None:
    page.evaluate("state => window.convalgebra.store.set(state)", state)


def cells_of(page: Any, panel: str = "C") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("id => window.convalgebra.picture(id).cells()", panel)
    return found


def place_of(page: Any, row: int, column: int, panel: str = "C") -> tuple[float, float]:
    """Return where the middle of a cell is on the screen."""
    (cell,) = [c for c in cells_of(page, panel) if (c["row"], c["column"]) == (row, column)]
    canvas = page.locator(f'.ca-matrix[data-panel="{panel}"] canvas')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return box["x"] + cell["x"] + cell["size"] / 2, box["y"] + cell["y"] + cell["size"] / 2


def weights_of(operator: ca.Operator) -> dict[str, Any]:
    """Return the weights that the page puts: 1 to 9, again and again."""
    shapes = operator.numeric_weight_shapes()
    return {name: (np.arange(np.prod(shape)) % 9 + 1).reshape(shape) for name, shape in shapes.items()}


def legal_settings(name: str, count: int) -> Iterator[tuple[int, dict[str, Any], ca.Operator]]:
    data, draw, found = DATA[name], random.Random(f"page {name}"), 0
    for _ in range(500):
        axes, values = drawn(data, draw)
        try:
            operator = called(data, axes, values)
        except (ArgumentError, ShapeError):
            continue
        if max(operator.shape) <= 120:
            yield axes, values, operator
            found += 1
        if found == count:
            return


# --- what is drawn -------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(2))
def test_every_cell_that_is_drawn_is_that_of_scipy(browser: Any, address: str, part: int) -> None:
    with opened(browser, address, viewport={"width": 1900, "height": 1400}) as page:
        compared = 0
        for name in NAMES[part::2]:
            for axes, values, operator in legal_settings(name, COMPARED):
                put(page, type=name, axes=axes, values=values, view="transpose", cells="values")
                if page.evaluate("!window.convalgebra.store.model().legal"):
                    # Phases and branches that the page does not hold are said to be so.
                    assert name in ("dilated_polyphase", "resnext_block"), (name, values)
                    continue
                matrix = operator.matrix(weights_of(operator)).toarray()
                for panel, expected in (("C", matrix), ("T", matrix.T)):
                    compare(cells_of(page, panel), expected, (name, values, panel))
                compared += 1
        assert compared > 2 * len(NAMES[part::2])


def compare(cells: list[dict[str, Any]], expected: Any, told: Any) -> None:
    """Compare each drawn cell with the entry of scipy, and find every entry among the cells."""
    seen = np.zeros(expected.shape, bool)
    for cell in cells:
        at = cell["row"], cell["column"]
        assert not seen[at], (told, cell)
        seen[at] = True
        if cell["text"]:
            # What does not fit is not written; what is written has three digits at least.
            assert complex(cell["text"].replace("i", "j")) == pytest.approx(
                expected[at], rel=5e-3, abs=1e-9
            ), (
                told,
                cell,
            )
    assert (seen | np.isclose(expected, 0)).all(), told


def test_each_type_opens_and_its_formula_agrees_with_what_is_counted(page: Any) -> None:
    panel = page.locator(".ca-formulas")
    for name in NAMES:
        page.locator("#ca-type").select_option(name)
        state = page.evaluate("window.convalgebra.store.state()")
        assert (state["type"], page.evaluate("window.convalgebra.store.model().legal")) == (name, True)
        counted = ca.measure(called(DATA[name], state["axes"], state["values"])).multiplications
        assert f"{counted:,}" in panel.inner_text(), name
        assert "agrees" in panel.inner_text(), name
        assert panel.locator("math").count() >= 2, name
        assert page.evaluate(WIDER) == [], name


# --- pointing ------------------------------------------------------------------------------------


def test_an_entry_says_its_pixel_its_tap_and_its_output(page: Any) -> None:
    put(page, values={**DATA["conv"]["start"]["values"], "in_channels": 2, "out_channels": 2})
    operator = ca.conv(2, 2, (4, 4), 3)
    numbered = operator.matrix(np.arange(1, 37).reshape(2, 2, 3, 3)).tocoo()
    for row, column, number in list(zip(numbered.row, numbered.col, numbered.data, strict=True))[::17]:
        page.mouse.move(*place_of(page, row, column))
        found = ENTRY.match(page.locator(STATUS).inner_text())
        assert found, page.locator(STATUS).inner_text()
        weight, pixel, output = (
            tuple(map(int, np.unravel_index(at, shape)))
            for at, shape in ((number - 1, (2, 2, 3, 3)), (column, (2, 4, 4)), (row, (2, 2, 2)))
        )
        assert (int(found[1]), int(found[2])) == (row, column)
        assert [tuple(map(int, text.split(","))) for text in found.groups()[2:]] == [weight, pixel, output]


def test_the_text_is_the_one_that_was_promised(page: Any) -> None:
    values = {**DATA["conv"]["start"]["values"], "input_size": [8, 4], "kernel_size": [3, 3]}
    put(page, values=values)
    page.mouse.move(*place_of(page, 4, 14))
    assert page.locator(STATUS).inner_text() == "C[4, 14] = w[0,0,1,2] : x[0,3,2] -> y[0,2,0]"


def test_a_click_pins_keys_walk_and_escape_lets_go(page: Any) -> None:
    page.mouse.move(*place_of(page, 0, 0))
    page.mouse.click(*place_of(page, 0, 0))
    page.mouse.move(5, 5)
    assert page.locator(STATUS).inner_text().startswith("C[0, 0] = w[0,0,0,0]")
    page.keyboard.press("ArrowRight")
    assert page.locator(STATUS).inner_text().startswith("C[0, 1] = w[0,0,0,1]")
    heard = page.locator('.ca-status[aria-live="polite"] .ca-heard').text_content()
    assert "output" in heard
    assert "weight" in heard
    page.keyboard.press("ArrowDown")
    assert page.locator(STATUS).inner_text().startswith("C[1, 1] = w[0,0,0,0]")
    page.keyboard.press("Escape")
    assert page.locator(STATUS).inner_text().startswith("Point at")


def test_pixels_and_weights_light_what_belongs_to_them(page: Any) -> None:
    matrix = ca.conv(1, 1, (4, 4), 3).matrix(np.arange(1, 10).reshape(1, 1, 3, 3)).tocoo()
    lit = "() => window.convalgebra.picture('C').cells().filter(c => c.lit).map(c => [c.row, c.column])"
    wanted = {
        "row": [(r, c) for r, c in zip(matrix.row, matrix.col, strict=True) if r == 2],
        "column": [(r, c) for r, c in zip(matrix.row, matrix.col, strict=True) if c == 5],
        "weight": [(r, c) for r, c, w in zip(matrix.row, matrix.col, matrix.data, strict=True) if w == 5],
    }
    for kind, index in (("row", 2), ("column", 5), ("weight", 4)):
        page.evaluate(
            "([kind, index]) => window.convalgebra.store.point({ panel: 'C', kind, index })", [kind, index]
        )
        assert sorted(map(tuple, page.evaluate(lit))) == sorted(wanted[kind])


def test_a_pixel_of_a_grid_is_pointed_at_with_the_mouse(page: Any) -> None:
    grid = page.locator(".ca-grid-output canvas")
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75)
    assert page.locator(STATUS).inner_text().startswith("y[0,1,1] = ")


def test_an_entry_of_the_matrix_is_lit_in_its_transpose(page: Any) -> None:
    page.get_by_role("button", name="C and Cᵀ", exact=True).click()
    page.mouse.move(*place_of(page, 1, 6))
    strong = [c for c in cells_of(page, "T") if c["lit"]]
    assert [(c["row"], c["column"]) for c in strong] == [(6, 1)]
    first, second = page.locator(STATUS).inner_text().splitlines()
    assert first.startswith("C[1, 6] = w[0,0,1,1]")
    assert second == "Cᵀ[6, 1] = w[0,0,1,1] : y[0,0,1] -> x[0,1,2]"


def test_an_entry_of_a_product_is_lit_in_the_factors(page: Any) -> None:
    page.locator("#ca-type").select_option("depthwise_separable")
    page.get_by_role("button", name="product and factors").click()
    page.mouse.move(*place_of(page, 1, 3))
    text = page.locator(STATUS).inner_text()
    assert text.startswith("C[1, 3] = pointwise[0,0,0,0]*depthwise[0,0,0,2]")
    assert [(c["row"], c["column"]) for c in cells_of(page, "F1") if c["lit"]] == [(1, 3)]
    assert [(c["row"], c["column"]) for c in cells_of(page, "F0") if c["lit"]] == [(1, 1)]


def test_what_was_held_stands_beside_what_comes(page: Any) -> None:
    page.get_by_role("button", name="keep for comparison").click()
    page.locator("[data-key=stride] input").first.fill("2")
    page.keyboard.press("Tab")
    assert page.evaluate("window.convalgebra.store.panels().map(p => [p.id, p.title])") == [
        ["H", "before: conv"],
        ["C", "after: conv"],
    ]
    assert len(cells_of(page, "H")) == 36
    assert len(cells_of(page, "C")) == 9


def test_what_transposes_is_called_so_everywhere(page: Any) -> None:
    page.locator("#ca-type").select_option("conv_transpose")
    page.get_by_role("button", name="Cᵀ and C", exact=True).click()
    assert page.locator(".ca-matrix-title").all_inner_texts() == ["Cᵀ", "C (the convolution)"]
    assert page.locator(".ca-grids-head").all_inner_texts() == ["Cᵀ", "C (the convolution)"]
    titles = page.locator(".ca-grid-title strong").all_inner_texts()
    assert titles == ["input y", "kernel w", "output x", "input x", "kernel w", "output y"]
    page.mouse.move(*place_of(page, 1, 0))
    assert page.locator(STATUS).inner_text().splitlines() == [
        "Cᵀ[1, 0] = w[0,0,0,1] : y[0,0,0] -> x[0,0,1]",
        "C[0, 1] = w[0,0,0,1] : x[0,0,1] -> y[0,0,0]",
    ]
    put(page, aside="overlap")
    assert page.get_by_label("Products of").locator("option").all_inner_texts() == [
        "Cᵀ: x = Cᵀ y",
        "C: y = C x",
    ]
    assert "C.T" not in page.locator(".ca-page").inner_text()


def test_two_lines_are_short_and_nothing_below_them_moves(page: Any) -> None:
    put(page, view="transpose")
    top = page.locator(".ca-matrices").bounding_box()["y"]
    page.evaluate("window.convalgebra.store.point({ panel: 'C', kind: 'row', index: 0 })")
    first, second = page.locator(STATUS).inner_text().splitlines()
    assert first == "y[0,0,0] = w[0,0,0,0]*x[0,0,0] + w[0,0,0,1]*x[0,0,1] + … (9 products)"
    assert second == "y[0,0,0] goes to x[0,0,0] by w[0,0,0,0], x[0,0,1] by w[0,0,0,1], … (9 outputs)"
    assert page.locator(".ca-matrices").bounding_box()["y"] == top
    assert page.locator(".ca-status").bounding_box()["y"] < top


def test_a_factor_without_weights_shows_no_kernel(page: Any) -> None:
    page.locator("#ca-type").select_option("im2col")
    put(page, view="factors")
    with_kernel = page.evaluate("""() => window.convalgebra.store.panels().map(({ id }) => {
      const { shadowRoot } = document.querySelector("#convalgebra");
      const grids = shadowRoot.querySelector(`.ca-beside-grids[data-panel="${id}"]`);
      return [id, Boolean(grids.querySelector(".ca-grid-kernel"))];
    })""")
    operator = called(DATA["im2col"], 2, DATA["im2col"]["start"]["values"])
    stages = [bool(stage.numeric_weight_shapes()) for stage in operator.stages]
    assert False in stages
    assert with_kernel == [["C", True], *([f"F{at}", has] for at, has in enumerate(stages))]


# --- controls ------------------------------------------------------------------------------------


def test_a_slider_moves_among_what_is_legal(page: Any) -> None:
    slider = page.locator('.ca-controls input[type="range"]:visible').nth(3)
    slider.focus()
    assert page.evaluate("window.convalgebra.store.state().values.kernel_size") == [3, 3]
    page.keyboard.press("ArrowRight")
    assert page.evaluate("window.convalgebra.store.state().values.kernel_size") == [4, 4]
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("window.convalgebra.store.state().values.kernel_size") == [4, 4]
    assert "1 … 4" in page.locator(".ca-controls").inner_text()


def test_what_is_not_legal_is_kept_and_told_why(page: Any) -> None:
    box = page.locator("[data-key=kernel_size] input").first
    box.fill("9")
    page.keyboard.press("Tab")
    assert page.evaluate("window.convalgebra.store.model().legal") is False
    text = page.locator(".ca-controls").inner_text()
    assert "kernel" in text
    assert "fit" in text
    assert page.locator(".ca-stale").count() == 2
    assert (
        page.locator(STATUS).inner_text().startswith("Not legal: what you see is the last legal setting.")
    )
    assert page.get_by_role("button", name="copy", exact=True).is_disabled()
    box.fill("2")
    page.keyboard.press("Tab")
    assert page.evaluate("window.convalgebra.store.model().legal") is True


# --- taken along ---------------------------------------------------------------------------------


def test_the_link_restores_the_state(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        page.locator("#ca-type").select_option("conv_transpose")
        values = page.evaluate("window.convalgebra.store.state().values")
        put(page, values={**values, "stride": [2, 1], "padding": [[1, 0], [0, 0]], "kernel_size": [3, 2]})
        page.get_by_role("button", name="keep for comparison").click()
        put(page, view="transpose", aside="overlap", cells="values", theme="dark")
        page.mouse.click(*place_of(page, 1, 1))
        page.wait_for_timeout(300)  # the address follows at leisure
        state, link = page.evaluate("[window.convalgebra.store.state(), location.href]")
    with opened(browser, link) as page:
        again = page.evaluate("window.convalgebra.store.state()")
        assert again == state
        assert page.locator(STATUS).inner_text().startswith("Cᵀ[1, 1]")


@pytest.mark.parametrize(
    "fragment",
    [
        "type=nothing&axes=99",
        "type=conv&axes=2&kernel_size=1e9,x&input_size=-5&padding=::,&view=<b>&pin=C:entry:99999999999",
        "type=conv&kernel_size=9999999,9999999&input_size=9999999,9999999&stride=0,0",
        "type=conv&pin=Q:entry:3&layers=1:2:3&held.type=conv&held.kernel_size=70,70",
        "%E0%A4%A&=&&&type=%00",
        "a" * 20_000,
    ],
)
def test_a_link_that_is_broken_does_no_harm(browser: Any, address: str, fragment: str) -> None:
    with opened(browser, f"{address}#{fragment}") as page:
        assert page.locator(".ca-controls").is_visible()
        page.mouse.move(600, 300)


def test_the_line_of_python_makes_the_operator_that_is_shown(page: Any) -> None:
    values = page.evaluate("window.convalgebra.store.state().values")
    put(page, values={**values, "input_size": [6, 5], "padding": [[1, 0], [0, 2]], "stride": [2, 1]})
    line = page.locator(".ca-exports code").inner_text()
    made = eval(line, {"ca": ca})
    assert made == ca.conv(1, 1, (6, 5), 3, stride=(2, 1), padding=((1, 0), (0, 2)))


def test_what_is_seen_is_saved(page: Any, tmp_path: Path) -> None:
    page.mouse.click(*place_of(page, 0, 0))
    found = {}
    for name in ("PNG", "SVG", "page"):
        with page.expect_download() as waiting:
            page.locator(".ca-exports").get_by_role("button", name=name, exact=True).click()
        found[name] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(found[name])
    assert found["PNG"].read_bytes().startswith(b"\x89PNG")
    svg = found["SVG"].read_text("utf-8")
    assert svg.count("<rect") >= 36
    assert "C[0, 0] = w[0,0,0,0]" in svg
    with opened(page.context.browser, found["page"].as_uri()) as again:
        assert again.locator(STATUS).inner_text().startswith("C[0, 0]")


# --- the explanation, the keys ---------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_the_explanation_fits_the_screen(browser: Any, address: str, width: int, height: int) -> None:
    with opened(browser, address, viewport={"width": width, "height": height}) as page:
        page.get_by_role("button", name="Why is the transposed").click()
        next_at = page.locator(".ca-tour-next").bounding_box()["x"]
        for step in range(1, 7):
            parts = [".ca-tour-card", ".ca-matrix[data-panel=C]", ".ca-matrix[data-panel=T]", ".ca-status"]
            card, c, t, status = (page.locator(part).bounding_box() for part in parts)
            assert c["width"] > t["width"], step
            assert c["y"] == card["y"] == t["y"], step
            for box in (card, c, t, status):
                assert box["y"] >= 0, step
                assert box["y"] + box["height"] <= height, step
            assert page.locator(".ca-tour-next").bounding_box()["x"] == next_at
            assert page.evaluate(WIDER) == [], step
            assert not page.locator(".ca-controls").is_visible()
            if step < 6:
                page.keyboard.press("ArrowRight")
        page.keyboard.press("Escape")
        assert page.locator(".ca-controls").is_visible()


def test_on_a_phone_the_explanation_shows_the_panel_it_speaks_of(browser: Any, address: str) -> None:
    with opened(browser, address, viewport={"width": 390, "height": 844}) as page:
        page.get_by_role("button", name="Why is the transposed").click()
        seen = []
        for _ in range(6):
            panels = [page.locator(f".ca-matrix[data-panel={id}]").is_visible() for id in "CT"]
            seen.append("".join(id for id, shown in zip("CT", panels, strict=True) if shown))
            assert abs(page.locator(".ca-tour-card").bounding_box()["y"]) < 1
            page.keyboard.press("ArrowRight") if len(seen) < 6 else None
        assert seen == ["C", "C", "CT", "T", "T", "T"]


def test_keys_reach_the_matrix_first_and_what_cannot_be_says_why(page: Any) -> None:
    focused = "document.querySelector('#convalgebra').shadowRoot.activeElement"
    page.keyboard.press("Tab")
    skip = page.get_by_role("button", name="to the matrix")
    assert skip.bounding_box()["width"] > 20
    page.keyboard.press("Enter")
    label = page.evaluate(f"{focused}.getAttribute('aria-label')")
    assert label == (
        "Matrix C: 4 by 16, 36 entries. "
        "Arrow keys walk the entries, Enter pins, Escape lets go, + and - zoom."
    )
    page.keyboard.press("+")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.getAttribute('aria-label')") == "Zoom out"
    for value, reason in (("factors", "single factor"), ("held", "keep for comparison")):
        tab = page.locator(f".ca-views [data-value={value}]")
        tab.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("window.convalgebra.store.state().view") == "alone"
        assert reason in tab.get_attribute("aria-description")
        assert tab.get_attribute("aria-disabled") == "true"


def test_what_stands_in_the_cells_is_chosen(page: Any) -> None:
    for label, cells, text in (
        ("numbers", "values", "1"),
        ("colours", "none", ""),
        ("weights", "names", "w₀₀"),
    ):
        page.get_by_role("button", name=label, exact=True).click()
        assert page.evaluate("window.convalgebra.store.state().cells") == cells
        assert cells_of(page)[0]["text"] == text


# --- looks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1024, 1440])
def test_nothing_is_wider_than_the_screen(browser: Any, address: str, width: int, scheme: str) -> None:
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with opened(browser, address, **options) as page:
        for view in ("alone", "transpose"):
            for aside in ("grids", "overlap", "field", "effect"):
                put(page, view=view, aside=aside)
                assert page.evaluate(WIDER) == [], (view, aside)


def test_on_a_phone_what_is_looked_at_comes_before_the_controls(browser: Any, address: str) -> None:
    with opened(browser, address, viewport={"width": 390, "height": 844}) as page:
        parts = ("status", "matrices", "aside-tabs", "aside", "controls", "formulas")
        tops = [page.locator(f".ca-{part}").bounding_box()["y"] for part in parts]
        assert tops == sorted(tops)


def test_formulas_fit_or_are_folded_and_can_be_read(page: Any) -> None:
    values = {
        **DATA["depthwise_separable"]["start"]["values"],
        "padding": [[1, 0], [0, 1]],
        "stride": [1, 2],
    }
    put(page, type="depthwise_separable", axes=2, values=values)
    folded = page.locator(".ca-formulas details")
    assert folded.first.locator("summary").inner_text() == "long formula"
    wide, small = page.evaluate("""() => {
      const { shadowRoot } = document.querySelector("#convalgebra");
      const lines = [...shadowRoot.querySelectorAll(".ca-panel .ca-formula")];
      const signs = lines.flatMap((line) => [...line.querySelectorAll("mi, mn, mo")]);
      const sizes = signs.map((sign) => Number.parseFloat(getComputedStyle(sign).fontSize));
      return [lines.filter((line) => line.scrollWidth > line.clientWidth).length, Math.min(...sizes)];
    }""")
    assert wide == 0
    assert small >= 13


def test_what_has_no_weights_says_what_counts(page: Any) -> None:
    page.locator("#ca-type").select_option("upsample_nearest")
    block = page.locator("[data-quantity=multiplications]")
    assert block.locator(".ca-figure").all_inner_texts() == ["0"]
    assert block.locator("math").count() == 0
    assert "fixed factors do not" in block.inner_text()


def test_sums_of_several_products_have_a_legend(browser: Any, tmp_path: Path) -> None:
    convolution = ca.conv(1, 1, (4, 4), 3)
    for operator, sums in ((convolution.T @ convolution, True), (convolution, False)):
        file = tmp_path / "own.html"
        file.write_text(page_of(data_of(operator, "file")), "utf-8")
        with opened(browser, file.as_uri()) as page:
            legend = page.locator(".ca-matrix-sums")
            assert legend.is_visible() == sums
            assert legend.text_content() == "dark: sum of several products"


@pytest.mark.parametrize("width", [1024, 1280])
def test_the_controls_stay_beside_the_matrix_and_cover_nothing(
    browser: Any, address: str, width: int
) -> None:
    with opened(browser, address, viewport={"width": width, "height": 700}) as page:
        put(page, view="transpose")
        page.mouse.wheel(0, 400)
        page.wait_for_function("window.scrollY > 300")
        assert page.locator(".ca-controls").bounding_box()["y"] > -20
        page.locator(".ca-exports").scroll_into_view_if_needed()
        controls, formulas = (
            page.locator(f".ca-{part}").bounding_box() for part in ("controls", "formulas")
        )
        below = controls["y"] + controls["height"] <= formulas["y"] + 1
        beside = controls["x"] + controls["width"] <= formulas["x"]
        assert below or beside
