"""How soon the inspector's page stands and is drawn anew, measured in the page by its own clock."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.results import Part, Row, Step

MILLISECONDS = "ms"
SLOWEST = "slowest, ms"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
TURNS = 9

# When the first matrix has been drawn and the frame with it is shown.
WATCH = """(() => {
  const look = () => {
    const root = document.querySelector('#convalgebra')?.shadowRoot;
    const drawn = root?.querySelector('canvas.ca-matrix-canvas')?.dataset.drawn;
    if (drawn) requestAnimationFrame(() => { window.firstDrawn ??= performance.now(); });
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();"""
# Asked for by evaluation: the page's policy lets nobody else put code into it.
FIRST = """() => new Promise(done => {
  const look = () => window.firstDrawn ? done(window.firstDrawn) : requestAnimationFrame(look);
  look();
})"""
# From a change of the state to the frame that shows it.
REDRAW = """async setting => {
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const { store } = window.convalgebra;
  await frame();
  const begun = performance.now();
  store.set(setting);
  await frame();
  await frame();
  const legal = store.model().legal;
  return [performance.now() - begun, legal ? store.model().whole.indices.length : -1];
}"""
SMALL = {
    "conv, 4 x 4": ("conv", {"input_size": [4, 4]}),
    "conv, 16 x 16, 1,764 entries": ("conv", {"input_size": [16, 16]}),
    "conv_transpose, stride 2": ("conv_transpose", {"stride": [2, 2]}),
    "grouped": ("grouped", {}),
    "depthwise_separable": ("depthwise_separable", {}),
    "conv, circular": ("conv", {"padding_mode": "circular", "padding": [[1, 1], [1, 1]]}),
    "conv_3d": ("conv_3d", {}),
    "winograd": ("winograd", {}),
    "shuffled_grouped": ("shuffled_grouped", {}),
    "fourier_conv": ("fourier_conv", {}),
}
LARGE = ("conv", {"in_channels": 8, "out_channels": 8, "input_size": [64, 64]})


def part(quick: bool) -> Part:
    """Return the times of the page: first drawn, drawn anew when it is small, when it is large."""
    turns = 3 if quick else TURNS
    return Part(
        "inspector",
        "the inspector's page in Chromium: milliseconds, the wait for two frames included",
        [
            Step("first drawn", lambda: [_first(turns)]),
            Step("drawn anew", lambda: [*_again(turns)]),
        ],
    )


def _page() -> str:
    from convalgebra.inspector.page import page
    from convalgebra.inspector.start import data_for

    return page(data_for("file"))


def _first(turns: int) -> Row:
    def times(browser: Any, address: str) -> list[float]:
        found = []
        for _ in range(turns):
            page = browser.new_page()
            page.add_init_script(WATCH)
            page.goto(address)
            found.append(page.evaluate(FIRST))
            page.close()
        return found

    return _row(
        "the page with the whole catalogue, from its address to the first matrix", _in_page(times), 300
    )


def _again(turns: int) -> list[Row]:
    def times(browser: Any, address: str) -> list[Row]:
        page = browser.new_page()
        page.add_init_script(WATCH)
        page.goto(address)
        page.evaluate(FIRST)
        page.evaluate("window.convalgebra.ready")
        rows = [_changed(page, name, *SMALL[name], turns, 100) for name in SMALL]
        rows.append(_changed(page, "conv, 2,214,144 entries", *LARGE, turns, 500))
        page.close()
        return rows

    found: list[Row] = _in_page(times)
    return found


def _changed(page: Any, name: str, kind: str, values: dict[str, Any], turns: int, most: int) -> Row:
    """Change the setting there and back: the kernel or, without one, the channels."""
    start = page.evaluate(
        "name => window.convalgebra.store.data.types.find(type => type.name === name).start", kind
    )
    found = []
    for turn in range(turns + 1):
        size = start["values"].get("kernel_size", [3, 3])
        smaller = [2] * len(size) if isinstance(size, list) else 2
        kernel = smaller if turn % 2 else size
        # A spectrum is as long as the image: with a smaller kernel it has less padding.
        padding = [[1, 0]] * 2 if kind == "fourier_conv" and kernel == smaller else None
        changed = {**start["values"], **values, "kernel_size": kernel}
        changed |= {"padding": padding} if padding else {}
        spent, entries = page.evaluate(REDRAW, {"type": kind, "axes": start["axes"], "values": changed})
        if entries < 0:
            raise ValueError(f"{name}: {changed} is not legal")
        found.append(spent)
    return _row(f"{name}, drawn anew", found[1:], most)


def _row(name: str, times: list[float], most: int) -> Row:
    values = {MILLISECONDS: round(statistics.median(times)), SLOWEST: round(max(times))}
    return Row(name, values, {MILLISECONDS: most})


def _in_page(measured: Any) -> Any:
    """Call with a browser and the address of the page, in a file of its own."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "page.html"
        file.write_text(_page(), "utf-8")
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        try:
            return measured(browser, file.as_uri())
        finally:
            browser.close()
