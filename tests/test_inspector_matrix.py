"""The picture of a matrix in a real browser: it shows what scipy holds, and answers hand and key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.inspector import bundle
from tests.browsers import launched

# A store of one panel, whose matrix has one weight in each entry: its number is the entry's value.
STORE = """
function storeOf({ rows, columns, starts, indices, values, outputShape, inputShape, shape, kernel }) {
  const matrix = {
    rows, columns, outputShape, inputShape,
    told: true, imaginary: null, termStarts: null, coefficients: null,
    starts: Int32Array.from(starts), indices: Int32Array.from(indices), values: Float64Array.from(values),
    monomials: Int32Array.from(values),
  };
  const count = shape.reduce((product, length) => product * length, 1);
  const weights = { list: [{ name: "w", shape, offset: 0, kernel }], count, factorsOf: (id) => [id - 1] };
  const panel = { id: "C", title: "C", matrix, model: { weights, short: (id) => `w${id}` } };
  let state = { cells: "names", pinned: null };
  let pointing = null;
  const store = {
    view: null,
    state: () => state,
    panels: () => [panel],
    pointing: () => pointing ?? state.pinned,
    light: () => {
      const at = store.pointing();
      if (at?.kind !== "entry") return null;
      return { C: { rows: [rowOfEntry(matrix, at.index)], columns: [matrix.indices[at.index]],
        entries: new Set([at.index]), weights: new Set() } };
    },
    set(patch) { state = { ...state, ...patch }; store.view.update(new Set(["state", "light"])); },
    point(next) { pointing = next; store.view.update(new Set(["light"])); },
    pin(next) { pointing = null; store.set({ pinned: next }); },
  };
  return store;
}
function shown(given) {
  const host = document.createElement("div");
  document.body.replaceChildren(host);
  const store = storeOf(given);
  store.view = matrixView(host, store, "C");
  store.view.update(new Set(["state", "model", "light"]));
  return store;
}
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """Yield a page that knows ``shown``, which draws a matrix and returns its store."""
    modules = bundle.joined("matrixview")
    with launched() as browser:
        found = browser.new_page(viewport={"width": 900, "height": 800})
        said: list[str] = []
        found.on("console", lambda message: said.append(message.text))
        found.on("pageerror", lambda error: said.append(str(error)))
        found.add_script_tag(content=modules + STORE)
        yield found
        found.close()
        assert not said


def drawn(page: Any, op: Any, shape: tuple[int, ...]) -> Any:
    """Draw an operator whose weights are 1, 2, 3, ... in the page; return its matrix by scipy."""
    matrix = op.matrix(np.arange(1.0, np.prod(shape) + 1).reshape(shape))
    given = {
        "rows": matrix.shape[0],
        "columns": matrix.shape[1],
        "starts": matrix.indptr.tolist(),
        "indices": matrix.indices.tolist(),
        "values": matrix.data.tolist(),
        "outputShape": [matrix.shape[0] // prod(op.output_size), *op.output_size],
        "inputShape": [matrix.shape[1] // prod(op.input_size), *op.input_size],
        "shape": list(shape),
        "kernel": list(shape[2:]),
    }
    page.evaluate(f"window.store = shown({json.dumps(given)})")
    return matrix


def cells(page: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("store.view.cells()")
    return found


SETTINGS = [
    ({"input_size": (4, 4), "kernel_size": (3, 3), "padding": 1}, (1, 1), (1, 1, 3, 3)),
    ({"input_size": (5, 4), "kernel_size": (2, 3), "stride": 2, "dilation": 1}, (2, 3), (3, 2, 2, 3)),
    ({"input_size": (4, 4), "kernel_size": (3, 3), "padding": 1, "groups": 2}, (4, 4), (4, 2, 3, 3)),
    ({"input_size": (9,), "kernel_size": (5,)}, (1, 2), (2, 1, 5)),
    ({"input_size": (3, 3, 3), "kernel_size": (2, 2, 2)}, (1, 1), (1, 1, 2, 2, 2)),
]


@pytest.mark.parametrize(("sizes", "channels", "shape"), SETTINGS)
def test_every_cell_that_is_drawn_is_an_entry_of_scipy(
    page: Any, sizes: dict[str, Any], channels: tuple[int, int], shape: tuple[int, ...]
) -> None:
    matrix = drawn(page, ca.conv(*channels, **sizes), shape)
    page.evaluate("store.set({cells: 'values'})")
    found = cells(page)
    rows, columns = matrix.tocoo().coords
    assert [(cell["row"], cell["column"]) for cell in found] == list(zip(rows, columns, strict=True))
    taps = page.evaluate(f"tapColours({list(shape[2:])})")
    weights = matrix.data.astype(int) - 1
    assert [cell["colour"] for cell in found] == [taps[weight % len(taps)] for weight in weights]
    texts = [cell["text"] for cell in found]
    assert all(text in ("", str(weight + 1)) for text, weight in zip(texts, weights, strict=True))
    places = {(cell["x"], cell["y"]) for cell in found}
    assert len(places) == len(found)


def test_what_is_on_the_screen_has_the_colours_that_are_told(page: Any) -> None:
    drawn(page, ca.conv(1, 1, input_size=(4, 4), kernel_size=3, padding=1), (1, 1, 3, 3))
    page.evaluate("store.set({cells: 'none'})")
    wrong = page.evaluate("""(() => {
      const { canvas } = store.view;
      const cells = store.view.cells();
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
      copy.drawImage(canvas, 0, 0);
      const { data, width } = copy.getImageData(0, 0, canvas.width, canvas.height);
      return cells.filter(({ x, y, size, colour }) => {
        const at = 4 * (Math.round(y + size / 2) * width + Math.round(x + size / 2));
        const [r, g, b] = data.slice(at, at + 3);
        return rgbOf(colour).join() !== [r, g, b].join();
      });
    })()""")
    assert len(cells(page)) == 100
    assert wrong == []


def centre(page: Any, at: int) -> tuple[float, float]:
    box, cell = page.locator("canvas").bounding_box(), cells(page)[at]
    return box["x"] + cell["x"] + cell["size"] / 2, box["y"] + cell["y"] + cell["size"] / 2


def pointing(page: Any) -> tuple[str, int] | None:
    found = page.evaluate("store.pointing()")
    return found and (found["kind"], found["index"])


def test_hand_and_keys_point_pin_walk_and_let_go(page: Any) -> None:
    matrix = drawn(page, ca.conv(1, 1, input_size=(4, 4), kernel_size=3, padding=1), (1, 1, 3, 3))
    x, y = centre(page, 20)
    page.mouse.move(x, y)
    assert pointing(page) == ("entry", 20)
    assert [cell["index"] for cell in cells(page) if cell["lit"]] == [20]
    page.mouse.click(x, y)
    page.mouse.move(5, 5)
    assert pointing(page) == ("entry", 20)
    row = int(matrix.tocoo().coords[0][20])
    for key, expected in [
        ("ArrowRight", 21),
        ("ArrowLeft", 20),
        ("Home", matrix.indptr[row]),
        ("End", matrix.indptr[row + 1] - 1),
        ("Control+End", matrix.nnz - 1),
        ("Control+Home", 0),
    ]:
        page.keyboard.press(key)
        assert pointing(page) == ("entry", expected), key
    page.keyboard.press("ArrowDown")
    assert matrix.tocoo().coords[0][pointing(page)[1]] == 1  # type: ignore[index]
    page.keyboard.press("Escape")
    assert pointing(page) is None
    box = page.locator("canvas").bounding_box()
    page.mouse.move(x, box["y"] + 12)
    assert pointing(page) == ("column", int(matrix.indices[20]))
    page.mouse.move(box["x"] + cells(page)[0]["x"] - 8, y)
    assert pointing(page) == ("row", row)
    page.mouse.move(5, 5)


def test_zoom_pan_and_fit(page: Any) -> None:
    drawn(page, ca.conv(1, 1, input_size=(6, 6), kernel_size=3, padding=1), (1, 1, 3, 3))
    whole = cells(page)
    page.mouse.move(*centre(page, 100))
    page.mouse.wheel(0, -500)
    page.wait_for_function(f"store.view.cells().length < {len(whole)}")
    near = cells(page)
    assert near[0]["size"] > 2 * whole[0]["size"]
    box = page.locator("canvas").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], middle[1] + 40, steps=4)
    page.mouse.up()
    assert page.evaluate("store.state().pinned") is None
    moved = {cell["index"]: cell["y"] for cell in cells(page)}
    assert all(abs(moved[cell["index"]] - cell["y"] - 40) < 1e-6 for cell in near if cell["index"] in moved)
    page.keyboard.press("0")
    page.locator("canvas").focus()
    page.keyboard.press("0")
    assert [(c["x"], c["y"]) for c in cells(page)] == [(c["x"], c["y"]) for c in whole]


def test_many_entries_are_a_density_until_one_zooms_in(page: Any) -> None:
    matrix = drawn(page, ca.conv(2, 2, input_size=(40, 40), kernel_size=3, padding=1), (2, 2, 3, 3))
    assert matrix.nnz > 20000
    assert cells(page) == []
    assert page.locator("canvas").get_attribute("data-drawn") == "density"
    page.evaluate("store.view.zoom(100)")
    near = cells(page)
    assert near
    dense = matrix.toarray()
    assert all(dense[cell["row"], cell["column"]] == matrix.data[cell["index"]] for cell in near)


@pytest.mark.parametrize(
    ("sizes", "scale", "tall", "wide"),
    [
        ({"in_channels": 2, "input_size": (40, 40), "padding": 1}, 0.2, 8, 8),  # 5 bins to a line
        ({"in_channels": 2, "input_size": (20, 20)}, 0.03, 54, 400 / 6),  # 6 bins to a channel
        ({"in_channels": 4, "input_size": (9, 9), "stride": 2}, 0.06, 32, 81 / 3),  # 2 channels to a bin
        ({"in_channels": 1, "input_size": (40,), "padding": 1}, 0.5, 4, 4),
    ],
)
def test_bins_hold_what_they_count_and_stand_alike_in_every_channel(
    page: Any, sizes: dict[str, Any], scale: float, tall: float, wide: float
) -> None:
    op = ca.conv(out_channels=4, kernel_size=3, **sizes)
    (shape,) = op.numeric_weight_shapes().values()
    matrix = drawn(page, op, shape)
    bins = page.evaluate(f"""(() => {{
      const {{ matrix }} = store.panels()[0];
      const range = {{ row: 0, rowEnd: matrix.rows, column: 0, columnEnd: matrix.columns }};
      const found = binnedEntries(matrix, range, {scale});
      return {{ ...found, counts: [...found.counts] }};
    }})()""")
    assert (bins["height"], bins["width"]) == (tall, wide)
    rows, columns = matrix.tocoo().coords
    expected = np.zeros((bins["rows"], bins["columns"]), dtype=int)
    down = rows * bins["down"]["count"] // bins["down"]["period"]
    across = columns * bins["across"]["count"] // bins["across"]["period"]
    np.add.at(expected, (down, across), 1)
    np.testing.assert_array_equal(np.array(bins["counts"]).reshape(expected.shape), expected)
    # Blocks of channels are the same picture, so far as bins begin with channels.
    channels = shape[0], shape[1]
    if all(count % channel == 0 for count, channel in zip(expected.shape, channels, strict=True)):
        blocks = expected.reshape(channels[0], -1, channels[1], expected.shape[1] // channels[1])
        assert (blocks == blocks[:1, :, :1]).all()


def test_the_last_number_stands_within_the_picture(page: Any) -> None:
    drawn(page, ca.conv(1, 1, input_size=(40, 500), kernel_size=(1, 3), padding=(0, 1)), (1, 1, 1, 3))
    right = page.evaluate("""(() => {
      const { canvas } = store.view;
      const context = canvas.getContext("2d");
      let most = 0;
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...more) {
        const width = this.measureText(text).width;
        if (this === context && /^\\d+$/.test(text) && this.textAlign === "center") {
          most = Math.max(most, x + width / 2);
        }
        return fillText.call(this, text, x, y, ...more);
      };
      store.view.zoom(1.01);
      for (const at of [19000, 19990, 19999]) {
        store.light = () => ({ C: { rows: [], columns: [at], entries: new Set(), weights: new Set() } });
        store.view.update(new Set(["light"]));
        store.view.fit();
        store.view.cells();
      }
      CanvasRenderingContext2D.prototype.fillText = fillText;
      return [most, canvas.clientWidth];
    })()""")
    assert 0 < right[0] <= right[1]
