"""The inspector's page as a user touches it: pointed at, clicked, typed into, mailed and opened again."""

from __future__ import annotations

import gzip
import json
import random
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.axis import PADDING_MODES
from convalgebra.catalogue.grouped import FORMS
from convalgebra.catalogue.types import types
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.inspector.bundle import joined
from convalgebra.inspector.catalogue import load, load_packed
from convalgebra.inspector.controls import MODULI
from convalgebra.inspector.page import page as page_of
from convalgebra.inspector.start import data_for, data_of
from tests.browsers import launched, opened, until
from tests.test_inspector_data import DATA, called, drawn

NAMES = [kind.name for kind in types()]
# Of each type so many drawn settings are compared, cell by cell.
COMPARED = 3
ROUND_OFF = 1e-12
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


def legal_settings(name: str) -> Iterator[tuple[int, dict[str, Any], ca.Operator]]:
    """Yield small legal settings of a type: a few, and more until each form and each modulus is there."""
    data, draw, found = DATA[name], random.Random(f"page {name}"), 0
    wanted = {
        (control["key"], option)
        for control in data["controls"]
        if control["key"] in ("form", "modulus")
        for option in control["options"]
    }
    for _ in range(2000):
        axes, values = drawn(data, draw)
        try:
            operator = called(data, axes, values)
        except (ArgumentError, ShapeError):
            continue
        new = {(key, option) for key, option in wanted if values[key] == option}
        if max(operator.shape) > 120 or (found >= COMPARED and not new):
            continue
        yield axes, values, operator
        found, wanted = found + 1, wanted - new
        if found >= COMPARED and not wanted:
            return


# --- what is drawn -------------------------------------------------------------------------------


def test_every_cell_that_is_drawn_is_that_of_scipy(browser: Any, address: str) -> None:
    seen: set[Any] = set()
    coloured = 0
    with (
        opened(browser, address, viewport={"width": 1900, "height": 1400}) as page,
        opened(browser, "about:blank") as aside,
    ):
        aside.evaluate(f"() => {{ {PALETTE}; window.tapColours = tapColours; }}")
        palette = Palette(aside)
        for name in NAMES:
            drawn_settings = list(legal_settings(name))
            found = page.evaluate(DRAWN, [[name, axes, values] for axes, values, _ in drawn_settings])
            compared = 0
            for (axes, values, operator), shown in zip(drawn_settings, found, strict=True):
                if not shown["legal"]:
                    # Phases and branches that the page does not hold are said to be so.
                    assert name in ("dilated_polyphase", "resnext_block"), (name, values)
                    continue
                coloured += compare(shown, operator, palette, (name, values))
                seen |= occurring(name, axes, values)
                compared += 1
            assert compared >= COMPARED, name
    assert wanted_to_occur() <= seen, wanted_to_occur() - seen
    assert coloured > 4_000


# The settings drawn one after the other: of each panel its matrix as the page holds it, and its cells.
DRAWN = """settings => {
  const TOLD = ['row', 'column', 'text', 'colour', 'index'];
  return settings.map(([type, axes, values]) => {
  const { store, picture } = window.convalgebra;
  store.set({ type, axes, values, view: 'transpose', cells: 'values' });
  const model = store.model();
  if (!model.legal) return { legal: false };
  const weights = model.weights.list.map(({ name, shape, kernel }) => ({ name, shape, kernel }));
  const panels = store.panels().map(({ id, matrix }) => ({
    starts: [...matrix.starts],
    indices: [...matrix.indices],
    values: [...matrix.values],
    imaginary: matrix.imaginary && [...matrix.imaginary],
    cells: picture(id).cells().map((cell) => TOLD.map((key) => cell[key])),
  }));
  return { legal: true, weights, panels };
})}"""
PALETTE = joined("palette")


class Palette:
    """The colours of kernels, asked of the page's own palette once for each kernel."""

    def __init__(self, page: Any) -> None:
        self.page, self.known = page, dict[tuple[int, ...], list[str]]()

    def __call__(self, kernel: tuple[int, ...]) -> list[str]:
        if kernel not in self.known:
            self.known[kernel] = self.page.evaluate("kernel => tapColours(kernel)", list(kernel))
        return self.known[kernel]


def wanted_to_occur() -> set[Any]:
    """Return by name what must be among the settings that are compared."""
    modes = {("padding_mode", mode) for mode in PADDING_MODES}
    forms = {("form", form) for form in FORMS}
    moduli = {("modulus", modulus) for modulus in MODULI}
    more = {"groups > 1", "dilation > 1", "stride > 1", "1 axis", "2 axes", "3 axes"}
    return modes | forms | moduli | more


def occurring(name: str, axes: int, values: dict[str, Any]) -> set[Any]:
    """Return what of it occurs in a setting; forms are those of a ResNeXt block."""
    flat = {key: np.ravel(value).tolist() for key, value in values.items()}
    chosen = {(key, value) for key in ("padding_mode", "modulus") for value in flat.get(key, ())}
    formed = {("form", values["form"])} if name == "resnext_block" else set()
    keys = ("groups", "dilation", "stride")
    larger = {f"{key} > 1" for key in keys if max(flat.get(key, [1])) > 1}
    return {*chosen, *formed, *larger, "1 axis" if axes == 1 else f"{axes} axes"}


def compare(shown: dict[str, Any], operator: ca.Operator, palette: Palette, told: Any) -> int:
    """Compare what the page holds and draws of an operator and of its transpose with scipy.

    Return how many entries are one weight, and so have the colour of its tap.
    """
    matrix = operator.matrix(weights_of(operator)).tocoo()
    taps = colours_of_taps(shown["weights"], operator, palette)
    for panel, turned in zip(shown["panels"], (False, True), strict=True):
        at = matrix.coords[::-1] if turned else matrix.coords
        expected = dict(zip(zip(*map(np.ndarray.tolist, at), strict=True), matrix.data, strict=True))
        rows = np.repeat(np.arange(len(panel["starts"]) - 1), np.diff(panel["starts"]))
        places = list(zip(rows.tolist(), panel["indices"], strict=True))
        assert len(places) == len(set(places)), told
        if np.iscomplexobj(matrix.data):
            # Where only round-off stands, either may have stored it, or none.
            places_told = {place for place, value in expected.items() if abs(value) > ROUND_OFF}
            assert places_told <= set(places), told
        else:
            assert set(places) == set(expected), told
        imaginary = panel["imaginary"] or [0] * len(places)
        numbers = [complex(*parts) for parts in zip(panel["values"], imaginary, strict=True)]
        exact = all(complex(value).imag == 0 and float(value.real).is_integer() for value in matrix.data)
        for place, number in zip(places, numbers, strict=True):
            value = expected.get(place, 0)
            alike = number == value if exact else number == pytest.approx(value, rel=1e-12, abs=ROUND_OFF)
            assert alike, (told, place, number)
        # Every entry is drawn, once; each cell is the entry that it says it is.
        assert sorted(cell[4] for cell in panel["cells"]) == list(range(len(places))), told
        for row, column, text, colour, index in panel["cells"]:
            assert (row, column) == places[index], told
            if text:
                # What does not fit is not written; what is written has three digits at least.
                written = complex(text.replace("i", "j"))
                assert written == pytest.approx(numbers[index], rel=5e-3, abs=1e-9), (told, text)
            own = taps.get((column, row) if turned else (row, column), colour)
            assert colour == own, (told, row, column)
    return len(taps)


def colours_of_taps(
    listed: list[dict[str, Any]], operator: ca.Operator, palette: Palette
) -> dict[tuple[int, int], str]:
    """Return for each entry that is one weight, and no other weight or product, the colour of its tap."""
    shapes = operator.numeric_weight_shapes()
    assert {each["name"]: tuple(each["shape"]) for each in listed} == {
        k: tuple(v) for k, v in shapes.items()
    }
    # Every weight another number, so large that no sum or product of others is one of them.
    draw = random.Random("weights")
    numbers = {
        name: draw.sample(range(2**30, 2**31), int(np.prod(shape))) for name, shape in shapes.items()
    }
    colours = {}
    for each in listed:
        taps = palette(tuple(each["kernel"]))
        colours |= {number: taps[at % len(taps)] for at, number in enumerate(numbers[each["name"]])}
    given = {name: np.array(numbers[name], np.int64).reshape(shape) for name, shape in shapes.items()}
    matrix = operator.matrix(given).tocoo()
    entries = zip(*map(np.ndarray.tolist, matrix.coords), matrix.data.tolist(), strict=True)
    return {(row, column): colours[value] for row, column, value in entries if value in colours}


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


def test_an_empty_cell_says_that_nothing_is_read_there(page: Any) -> None:
    x, y = place_of(page, 0, 2)
    size = cells_of(page)[0]["size"]
    page.mouse.move(x + size + 1, y)
    assert page.evaluate("window.convalgebra.store.pointing()") == {
        "panel": "C",
        "kind": "empty",
        "index": 3,
    }
    assert page.locator(STATUS).inner_text() == "C[0, 3] = 0 : y[0,0,0] does not read x[0,0,3]"
    heard = page.locator(".ca-status .ca-heard").text_content()
    assert heard == "output channel 0, row 0, column 0 does not read input channel 0, row 0, column 3"
    lit = page.evaluate(
        "(({ rows, columns, entries, weights }) => [rows, columns, [...entries], [...weights]])"
        "(window.convalgebra.store.light().C)"
    )
    assert lit == [[0], [3], [], []]
    page.mouse.click(x + size + 1, y)
    assert page.evaluate("window.convalgebra.store.state().pinned") is None
    put(page, view="transpose")
    page.evaluate("window.convalgebra.store.point({ panel: 'T', kind: 'empty', index: 3 * 4 })")
    assert page.locator(STATUS).inner_text().splitlines() == [
        "Cᵀ[3, 0] = 0 : x[0,0,3] does not read y[0,0,0]",
        "C[0, 3] = 0 : y[0,0,0] does not read x[0,0,3]",
    ]
    page.mouse.click(*place_of(page, 0, 0))
    x, y = place_of(page, 0, 2)
    page.mouse.move(x, y + 2 * cells_of(page)[0]["size"])
    assert page.locator(STATUS).inner_text().startswith("C[0, 0] = w[0,0,0,0]")


@pytest.mark.parametrize("name", ["depthwise_separable", "resnext_block"])
def test_an_empty_cell_lights_nothing_in_the_factors(page: Any, name: str) -> None:
    page.locator("#ca-type").select_option(name)
    put(page, view="factors")
    empties = """() => {
      const { store } = window.convalgebra;
      return store.panels().map(({ id, matrix }) => {
        const kept = new Set(matrix.indices.slice(matrix.starts[1], matrix.starts[2]));
        const column = [...Array(matrix.columns).keys()].find((at) => !kept.has(at)) ?? -1;
        if (column < 0) return null;
        store.point({ panel: id, kind: 'empty', index: matrix.columns + column });
        const light = store.light();
        const lit = store.panels().map((each) => light[each.id].entries.size);
        return [light.text, `${id}[1, ${column}] = 0 : `, lit.every((count) => !count), light[id].rows];
      });
    }"""
    found = [one for one in page.evaluate(empties) if one]
    assert len(found) >= 2
    for text, start, dark, rows in found:
        assert text.startswith(start)
        assert "does not read" in text
        assert (dark, rows) == (True, [1])


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


def test_the_heading_names_what_the_reason_speaks_of(page: Any) -> None:
    values = page.evaluate("window.convalgebra.store.state().values")
    page.locator("[data-key=kernel_size] input").first.fill("2")
    page.keyboard.press("Tab")
    put(page, values={**values, "in_channels": 1000})
    heading = page.locator(".ca-why strong")
    assert heading.inner_text() == "Not legal: in channels 1000"
    assert page.locator("[data-key=in_channels] .ca-why p").first.inner_text() == (
        "in channels 1000: at most 64 on this page"
    )
    put(page, values={**values, "in_channels": 3, "out_channels": 3, "groups": 2})
    assert heading.inner_text() == "Not legal: in channels 3"
    assert any("here 3 mod 2 = 1, not 0" in text for text in page.locator(".ca-why").all_inner_texts())
    page.locator("[data-key=kernel_size] input").first.fill("5")
    page.keyboard.press("Tab")
    put(page, values={**values, "kernel_size": [5, 5]})
    assert heading.inner_text() == "Not legal: kernel size 5"
    assert any("here 4 < 5" in text for text in page.locator(".ca-why").all_inner_texts())


def test_a_type_is_what_its_name_says_whatever_was_shown_before(page: Any) -> None:
    values = page.evaluate("window.convalgebra.store.state().values")
    put(page, values={**values, "input_size": [3, 3], "padding": [[1, 1], [1, 1]], "flip": True})
    for name, key in (("strided", "stride"), ("dilated", "dilation")):
        page.locator("#ca-type").select_option(name)
        state = page.evaluate("window.convalgebra.store.state()")
        assert state["values"][key] == [2, 2]
        assert state["values"]["kernel_size"] == [3, 3]
        assert (state["values"]["padding"], state["values"]["flip"]) == ([[0, 0], [0, 0]], False)
        assert page.evaluate("window.convalgebra.store.model().legal")
    assert state["values"]["input_size"] == [5, 5]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("deconv", "conv_transpose"),
        ("deconvolution", "conv_transpose"),
        ("fractionally strided", "conv_transpose"),
        ("Atrous", "dilated"),
        ("separable", "spatially_separable"),
        ("unpooling", "zero_insertion"),
        ("upsampling", "zero_insertion"),
        ("group", "grouped"),
        ("conv", "conv"),
        ("strided", "strided"),
    ],
)
def test_a_type_is_found_by_the_names_that_people_have_for_it(page: Any, words: str, name: str) -> None:
    page.locator("#ca-type").select_option("padded")
    page.locator(".ca-search").fill(words)
    assert name.replace("_", " ") in page.locator(".ca-found").inner_text()
    assert page.locator('#ca-type optgroup[label="Found"] option[value="padded"]').count() == 0
    page.keyboard.press("Enter")
    assert page.evaluate("window.convalgebra.store.state().type") == name
    assert page.locator("#ca-type option").count() == len(NAMES)


def test_a_search_without_a_hit_says_so(page: Any) -> None:
    page.locator(".ca-search").fill("no such thing")
    assert page.locator(".ca-found").inner_text() == "no type matches"
    page.keyboard.press("Enter")
    assert page.evaluate("window.convalgebra.store.state().type") == "conv"
    assert page.locator(".ca-found").inner_text() == ""


@pytest.mark.parametrize("height", [720, 900])
def test_the_controls_fade_where_there_is_more_of_them(browser: Any, address: str, height: int) -> None:
    with opened(browser, address, viewport={"width": 1280, "height": height}) as page:
        column = page.locator(".ca-controls")
        until(
            page, "document.querySelector('#convalgebra').shadowRoot.querySelector('.ca-controls.ca-more')"
        )
        box = column.bounding_box()
        assert box["y"] + box["height"] <= height + 1
        column.evaluate("node => { node.scrollTop = node.scrollHeight; }")
        until(
            page, "!document.querySelector('#convalgebra').shadowRoot.querySelector('.ca-controls.ca-more')"
        )
        assert column.evaluate("node => getComputedStyle(node).maskImage") == "none"


def test_a_line_of_values_has_the_whole_width(page: Any) -> None:
    page.locator("#ca-type").select_option("conv_1d")
    boxes = [page.locator(f".ca-grid-{key} canvas").bounding_box() for key in ("input", "kernel", "output")]
    tops = [box["y"] for box in boxes]
    assert tops == sorted(tops)
    assert len({box["x"] for box in boxes}) == 1
    assert boxes[0]["width"] > 7 * 50


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


@pytest.mark.parametrize(
    ("fragment", "notice"),
    [
        ("type=nosuch&axes=2", "this link names “nosuch”, which this page does not have; shown is conv"),
        ("type=conv&axes=2&kernel_size=1e9", "this link's kernel_size=1e9 cannot be read"),
        ("type=conv&axes=9&view=%3Cb%3E&pin=C:entry:x&flip=maybe",
         "this link's axes=9 cannot be read; this link's flip=maybe cannot be read; "
         "this link's view=<b> cannot be read; and 1 more"),
        ("type=conv&held.type=%3Cimg%20src=x%3E",
         "this link names “<img src=x>”, which this page does not have; nothing is held"),
        ("nonsense", "this link cannot be read; shown is conv"),
        ("type=dilated&axes=1&theme=dark", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_link_says_what_it_could_not_restore(
    browser: Any, address: str, fragment: str, notice: str | None
) -> None:
    with opened(browser, f"{address}#{fragment}") as page:
        shown = page.locator(".ca-notice")
        assert shown.is_visible() == (notice is not None)
        if notice is None:
            return
        assert shown.locator("p").inner_text() == notice
        assert shown.locator("img, b").count() == 0
        shown.get_by_role("button").click()
        assert not shown.is_visible()
        page.evaluate("location.hash = 'type=gone'")
        until(page, "!document.querySelector('#convalgebra').shadowRoot.querySelector('.ca-notice').hidden")
        assert "“gone”" in shown.inner_text()


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


def test_the_whole_catalogue_is_there_after_the_first_picture(page: Any) -> None:
    assert page.evaluate("window.convalgebra.store.data.types") == load()
    beside = page.locator("#convalgebra-catalogue").text_content()
    assert json.loads(gzip.decompress(b64decode(beside))) == load_packed()


@pytest.mark.parametrize("start", [{"type": "spiral"}, {"type": "conv", "values": {"kernel_size": 3}}])
def test_a_page_whose_start_is_broken_starts_with_what_it_has(
    browser: Any, tmp_path: Path, start: dict[str, Any]
) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of({**data_for("file"), "start": start}), "utf-8")
    with opened(browser, file.as_uri()) as page:
        assert len(cells_of(page)) == 36


def test_an_address_that_is_given_while_the_page_writes_its_own_is_read(page: Any) -> None:
    page.wait_for_timeout(300)
    page.evaluate("""() => {
      window.convalgebra.store.set({ cells: 'values' });
      history.replaceState(null, '', '#type=dilated&axes=1');
    }""")
    page.wait_for_timeout(400)
    assert page.evaluate("window.convalgebra.store.state().type") == "dilated"


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
        stem = "conv-4x4-kernel-3x3"
        assert waiting.value.suggested_filename == f"{stem}.{'html' if name == 'page' else name.lower()}"
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
        until(page, "window.scrollY > 300")
        assert page.locator(".ca-controls").bounding_box()["y"] > -20
        page.locator(".ca-exports").scroll_into_view_if_needed()
        controls, formulas = (
            page.locator(f".ca-{part}").bounding_box() for part in ("controls", "formulas")
        )
        below = controls["y"] + controls["height"] <= formulas["y"] + 1
        beside = controls["x"] + controls["width"] <= formulas["x"]
        assert below or beside
