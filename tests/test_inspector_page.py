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
from convalgebra.inspector.start import data_for
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
    assert second.startswith("C.T[6, 1] = w[0,0,1,1]")


def test_an_entry_of_a_product_is_lit_in_the_factors(page: Any) -> None:
    page.locator("#ca-type").select_option("depthwise_separable")
    page.get_by_role("button", name="product and factors").click()
    page.mouse.move(*place_of(page, 1, 3))
    text = page.locator(STATUS).inner_text()
    assert text.startswith("C[1, 3] = pointwise[0,0,0,0]*depthwise[0,0,0,2]")
    assert [(c["row"], c["column"]) for c in cells_of(page, "F1") if c["lit"]] == [(1, 3)]
    assert [(c["row"], c["column"]) for c in cells_of(page, "F0") if c["lit"]] == [(1, 1)]


def test_what_was_held_stands_beside_what_comes(page: Any) -> None:
    page.get_by_role("button", name="hold this one").click()
    page.locator("[data-key=stride] input").first.fill("2")
    page.keyboard.press("Tab")
    assert page.evaluate("window.convalgebra.store.panels().map(p => [p.id, p.title])") == [
        ["H", "before"],
        ["C", "after"],
    ]
    assert len(cells_of(page, "H")) == 36
    assert len(cells_of(page, "C")) == 9


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
    assert page.locator(".ca-matrices.ca-stale").count() == 1
    box.fill("2")
    page.keyboard.press("Tab")
    assert page.evaluate("window.convalgebra.store.model().legal") is True


# --- taken along ---------------------------------------------------------------------------------


def test_the_link_restores_the_state(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        page.locator("#ca-type").select_option("conv_transpose")
        values = page.evaluate("window.convalgebra.store.state().values")
        put(page, values={**values, "stride": [2, 1], "padding": [[1, 0], [0, 0]], "kernel_size": [3, 2]})
        page.get_by_role("button", name="hold this one").click()
        put(page, view="transpose", aside="overlap", cells="values", theme="dark")
        page.mouse.click(*place_of(page, 1, 1))
        page.wait_for_timeout(300)  # the address follows at leisure
        state, link = page.evaluate("[window.convalgebra.store.state(), location.href]")
    with opened(browser, link) as page:
        again = page.evaluate("window.convalgebra.store.state()")
        assert again == state
        assert page.locator(STATUS).inner_text().startswith("C[1, 1]")


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


HUGE = "axes=3&v.in_channels=64&v.out_channels=64&v.input_size=64,64,64&v.kernel_size=3,3,3"


def test_a_link_to_what_is_too_large_says_so_and_the_page_stands(browser: Any, address: str) -> None:
    with opened(browser, f"{address}#type=conv&{HUGE}") as page:
        assert page.evaluate("window.convalgebra.store.model().legal") is False
        told = page.locator(".ca-controls").inner_text()
        assert "26,360,000,000 entries: more than the 4,000,000 that this page draws" in told
        page.locator("[data-key=input_size] input").first.fill("3")
        page.locator("#ca-type").select_option("pointwise")
        assert page.evaluate("window.convalgebra.store.model().legal") is True
    held = HUGE.replace("v.", "held.v.").replace("axes", "held.axes")
    with opened(browser, f"{address}#held.type=conv&{held}&view=held") as page:
        assert page.evaluate("window.convalgebra.store.panels().map(({ id }) => id)") == ["C"]
        assert len(cells_of(page)) == 36


def test_a_page_that_starts_with_what_is_too_large_stands(browser: Any, tmp_path: Path) -> None:
    values = {**DATA["fourier_conv"]["start"]["values"], "input_size": [40, 40]}
    start = {"type": "fourier_conv", "axes": 2, "values": values}
    file = tmp_path / "page.html"
    file.write_text(page_of(data_for("file", start)), "utf-8")
    with opened(browser, file.as_uri()) as page:
        assert "products to multiply it out" in page.locator(".ca-controls").inner_text()
        for aside in ("overlap", "field", "effect", "grids"):
            put(page, aside=aside)
        for view in ("transpose", "factors", "alone"):
            put(page, view=view)
        put(page, values={**values, "input_size": [4, 4]})
        assert cells_of(page)


def test_a_state_from_anywhere_breaks_nothing(page: Any) -> None:
    put(page, aside="field", layers=[[3, 0, 1, 0]])
    put(page, layers=[[3, 1, 1, 10000]])
    put(page, layers=[[1, 1, 1, 64]] * 12)
    assert "more outputs than this page draws" in page.locator(".ca-field-view").inner_text()
    put(page, layers=None, type="spiral")
    assert page.evaluate("window.convalgebra.store.model().legal") is False
    assert "spiral: this page has none" in page.evaluate("window.convalgebra.store.model().reasons[0].text")
    put(page, type="conv")
    assert page.evaluate("window.convalgebra.store.model().legal") is True


@pytest.mark.parametrize("start", [{"type": "spiral"}, {"type": "conv", "values": {"kernel_size": 3}}])
def test_a_page_whose_start_is_broken_starts_with_what_it_has(
    browser: Any, tmp_path: Path, start: dict[str, Any]
) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of({**data_for("file"), "start": start}), "utf-8")
    with opened(browser, file.as_uri()) as page:
        assert len(cells_of(page)) == 36


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
