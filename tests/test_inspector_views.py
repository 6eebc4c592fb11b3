"""The views beside the matrix say what Python says: overlap, receptive field, picture, explanation."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate2d

import convalgebra as ca
import convalgebra.inspector
from convalgebra.inspector.description import described
from convalgebra.operators.base import Operator
from convalgebra.properties.receptive import windows
from convalgebra.properties.window import seen
from tests.browsers import launched

FRONT = Path(convalgebra.inspector.__file__).parent / "front"
ADDRESS = "http://views.test/"
SHELL = """<!doctype html><div id="root"></div><script type="module">
const modules = await Promise.all(NAMES.map((name) => import(`./${name}.js`)));
window.front = Object.assign({}, ...modules);
window.shown = (kind, type, state) => {
  window.gone?.();
  const data = { types: [type], own: null, start: { type: type.name, ...state } };
  const root = document.getElementById("root");
  const store = front.createStore(data);
  const view = front[kind](root, store);
  const stop = store.subscribe((changed) => view.update(changed));
  window.store = store;
  window.gone = () => { stop(); view.destroy(); };
};
window.modelOfType = (type) => {
  const data = { types: [type], own: null };
  return front.modelOf(data, { type: type.name, ...type.start });
};
</script>"""
NAMES = ("store", "model", "overlap", "field", "effect", "kernels", "sample", "tour")


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """A page that holds the modules as they stand, and nothing else; it may ask for nothing else."""
    asked: list[str] = []
    said: list[str] = []

    def answer(route: Any) -> None:
        name = route.request.url.removeprefix(ADDRESS)
        if name == "":
            body = SHELL.replace("NAMES", json.dumps(NAMES))
            route.fulfill(body=body, content_type="text/html")
        elif (FRONT / name).is_file():
            route.fulfill(body=(FRONT / name).read_text("utf-8"), content_type="text/javascript")
        else:
            asked.append(route.request.url)
            route.abort()

    with launched() as browser:
        found = browser.new_page(viewport={"width": 900, "height": 900})
        found.on("console", lambda message: said.append(message.text))
        found.on("pageerror", lambda error: said.append(str(error)))
        found.route("**/*", answer)
        found.goto(ADDRESS)
        found.wait_for_function("Boolean(window.modelOfType)", timeout=10_000)
        yield found
        assert (asked, said) == ([], [])


def type_of(op: Operator, name: str, **values: Any) -> dict[str, Any]:
    """Return the data of a type that holds this operator only, as it stands."""
    axes = len(op.input_shape) - 1
    return {
        "name": name,
        "axes": [axes],
        "controls": [],
        "start": {"axes": axes, "values": values},
        "variants": [{"when": {}, "stages": list(map(described, op.stages)), "conditions": []}],
    }


def symbolic_conv() -> dict[str, Any]:
    """Return the data of the convolution along two axes, its sizes names, as the explanation needs it."""
    pairs = {
        key: tuple(f"{key}_{axis}" for axis in range(2)) for key in ("input_size", "kernel_size", "stride")
    }
    op = ca.conv("in_channels", "out_channels", **pairs)
    values = {"in_channels": 1, "out_channels": 1, **{k: [3, 3] for k in pairs}}
    controls = [{"key": key, "kind": "size", "per_axis": key in pairs} for key in values]
    return {**type_of(op, "conv", **values), "controls": controls}


# --- overlap ---------------------------------------------------------------------------------------------

TRANSPOSED = st.tuples(
    st.integers(1, 6), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2)
)
COUNTS = """type => {
  const { whole } = modelOfType(type);
  return Array.from({ length: whole.outputShape[0] }, (_, channel) => {
    const { counts, shape, channels } = front.overlapOf(whole, channel);
    return { counts: [...counts], shape, channels };
  });
}"""
EVENNESS = (
    "([type, steps]) => { const { counts, shape } = front.overlapOf(modelOfType(type).whole);"
    " return front.evennessOf(counts, shape, steps).even; }"
)


@settings(max_examples=25, deadline=None)
@given(given_axes=st.lists(TRANSPOSED, min_size=1, max_size=2), groups=st.sampled_from([1, 2]))
def test_overlap_counts_as_python(page: Any, given_axes: list[Any], groups: int) -> None:
    """Every output channel receives of each input channel of its group what ``ca.overlap`` says."""
    size, kernel, stride, dilation, padding = map(list, zip(*given_axes, strict=True))
    padding = [min(p, (d * (k - 1)) // 2) for p, d, k in zip(padding, dilation, kernel, strict=True)]
    op = ca.conv_transpose(
        4,
        2,
        tuple(size),
        tuple(kernel),
        stride=tuple(stride),
        dilation=tuple(dilation),
        padding=tuple(padding),
        groups=groups,
    )
    expected = ca.overlap(op).counts
    for found in page.evaluate(COUNTS, type_of(op, "conv_transpose")):
        assert found["channels"] == 4 // groups
        assert np.array_equal(np.reshape(found["counts"], found["shape"]), expected)


@pytest.mark.parametrize("kernel", range(1, 7))
@pytest.mark.parametrize("stride", range(1, 5))
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_even_inside_as_python(page: Any, kernel: int, stride: int, dilation: int) -> None:
    """On an image with room for an inside the counts show the evenness that Python derives."""
    op = ca.conv_transpose(1, 1, 4 + kernel * dilation, kernel, stride=stride, dilation=dilation)
    found = page.evaluate(EVENNESS, [type_of(op, "conv_transpose"), [stride]])
    assert (found != "no") == bool(ca.overlap(op).even)
    assert (found == "everywhere") == (len(set(ca.overlap(op).counts.tolist())) == 1)


@pytest.mark.parametrize(
    ("kernel", "said"),
    [
        (3, "1 to 4 products per output: uneven, kernel 3 is not a multiple of stride 2."),
        (4, "1 to 4 products per output: even inside (4 each), fewer at the borders."),
        (2, "1 product per output: even everywhere."),
    ],
)
def test_overlap_is_said(page: Any, kernel: int, said: str) -> None:
    op = ca.conv_transpose(1, 1, (5, 5), kernel, stride=2)
    kind = type_of(op, "conv_transpose", kernel_size=[kernel, kernel], stride=[2, 2], dilation=[1, 1])
    page.evaluate("type => shown('overlapView', type, {})", kind)
    assert page.locator(".ca-view-said").inner_text() == said
    marks = page.locator(".ca-view-mark").all_inner_texts()
    assert marks == [str(count) for count in np.unique(ca.overlap(op).counts)]


def test_overlap_of_products_counts_every_term(page: Any) -> None:
    """Two convolutions in a row: where taps of both meet in one input, all their products count."""
    op = ca.conv(1, 1, 5, 3, name="second") @ ca.conv(1, 1, 7, 3, name="first")
    [found] = page.evaluate(COUNTS, type_of(op, "product"))
    assert found["counts"] == [9, 9, 9]


def test_pointing_at_a_heat_map_points_at_its_row(page: Any) -> None:
    kind = type_of(ca.conv_transpose(1, 1, (3, 3), 3, stride=2), "conv_transpose")
    page.evaluate("type => shown('overlapView', type, {})", kind)
    cells = page.locator(".ca-cells").first
    box = cells.bounding_box()
    cells.hover(position={"x": 2.5 * box["width"] / 7, "y": 4.5 * box["height"] / 7})
    assert page.evaluate("store.pointing()") == {"panel": "C", "kind": "row", "index": 4 * 7 + 2}
    cells.focus()
    cells.press("ArrowRight")
    cells.press("ArrowDown")
    assert page.evaluate("store.state().pinned") == {"panel": "C", "kind": "row", "index": 8}
    assert page.locator(".ca-view-pointed").inner_text() == "Output [1, 1]: 1 product"
    cells.press("Escape")
    assert page.evaluate("store.state().pinned") is None


# --- receptive field -------------------------------------------------------------------------------------

LAYER = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2))


def stacked(size: int, layers: Sequence[Sequence[int]]) -> Operator:
    """Return layers (kernel, stride, dilation, padding) one after the other."""
    ops = []
    for kernel, stride, dilation, padding in layers:
        op = ca.conv(1, 1, size, kernel, stride=stride, dilation=dilation, padding=padding)
        ops.append(op)
        size = op.output_shape[1]
    return reduce(lambda first, second: second @ first, ops)


@settings(max_examples=40, deadline=None)
@given(layers=st.lists(LAYER, min_size=1, max_size=4), at=st.integers(0, 5))
def test_field_of_layers_as_python(page: Any, layers: list[tuple[int, ...]], at: int) -> None:
    """Extent, jump, offset of each layer, and exactly what one output sees."""
    size = 400
    fields, sizes, support = page.evaluate(
        "([layers, size, at]) => [front.layerFields(layers), front.layerSizes(size, layers),"
        " [...front.layerSupport(layers, layers.length, at)[0]]]",
        [layers, size, at],
    )
    for many, found in enumerate(fields[1:], start=1):
        op = stacked(size, layers[:many])
        [window] = windows(op)
        assert (found["extent"],) == ca.receptive_field(op)
        assert (found["jump"], found["offset"]) == (window.jump, window.start)
        assert sizes[many] == op.output_shape[1]
    assert window.path is not None
    assert set(support) == seen(window.path, [at])


def test_field_of_stages_as_their_matrices(page: Any) -> None:
    """Through the stages of an operator: at each, what the product of the patterns says."""
    op = ca.depthwise_separable(2, 3, (6, 5), 3, dilation=(2, 1))
    stages = [abs(stage.matrix(_ones(stage))) for stage in op.stages]
    found = page.evaluate(
        "type => front.stageSupport(modelOfType(type).stages, 0, [3, 5]).map((seen) => [...seen])",
        type_of(op, "depthwise_separable"),
    )
    pattern = stages[0]
    assert set(found[1]) == set(pattern.tocsr()[[3, 5]].indices)
    assert set(found[2]) == set((pattern @ stages[1]).tocsr()[[3, 5]].indices)
    most = page.evaluate("type => front.mostSeen(modelOfType(type).whole)", type_of(op, "product"))
    assert tuple(most) == ca.receptive_field(op)


def _ones(op: Operator) -> dict[str, Any]:
    return {name: np.ones(shape) for name, shape in op.numeric_weight_shapes().items()}


def test_field_is_shown_and_walked(page: Any) -> None:
    op = ca.conv(1, 1, (9, 9), 3, dilation=2)
    kind = type_of(
        op,
        "conv",
        input_size=[9, 9],
        kernel_size=[3, 3],
        stride=[1, 1],
        dilation=[2, 2],
        padding=[[0, 0], [0, 0]],
        padding_mode="zeros",
    )
    page.evaluate("type => shown('fieldView', type, {layers: null})", kind)
    said = page.locator(".ca-view-said")
    assert plain(said) == "Output [2, 2] sees 9 inputs in a window of 5 × 5, with 16 holes."
    last = page.locator(".ca-cells").last
    last.focus()
    last.press("ArrowLeft")
    assert plain(said).startswith("Output [2, 1] sees 9 inputs")
    assert page.locator(".ca-field-number").all_inner_texts() == ["1", "1", "0", "5", "1", "0"]
    assert page.locator(".ca-field-formulas").inner_text() == "r′ = r + (k − 1)·d·j = 1 + (3 − 1)·2·1 = 5"
    page.get_by_role("button", name="Layers").click()
    assert page.evaluate("store.state().layers") == [[3, 1, 2, 0], [3, 1, 1, 0]]
    page.get_by_label("layer 2 kernel").fill("2")
    page.get_by_label("layer 2 kernel").press("Tab")
    assert page.evaluate("store.state().layers") == [[3, 1, 2, 0], [2, 1, 1, 0]]
    page.get_by_label("remove layer 1").click()
    assert page.evaluate("store.state().layers") == [[2, 1, 1, 0]]
    page.get_by_role("button", name="dilated 1-2-4").click()
    fields = page.locator(".ca-field-table tr td.ca-field-number:nth-last-child(4)").all_inner_texts()
    assert fields == ["1", "3", "7", "15"]


def plain(locator: Any) -> str:
    """Return the text of an element, its spaces ordinary ones."""
    return str(locator.inner_text()).replace("\u00a0", " ")


# --- a picture -------------------------------------------------------------------------------------------

APPLIED = """([type, name, options]) => {
  const found = modelOfType(type);
  const stages = name === "page" ? found.stages : (() => {
    const data = { types: [type], own: null };
    let laid = null;
    const made = front.largestStages(type, { type: type.name, ...type.start }, 12,
      (weights) => { front.layPreset(name, weights, options); laid = weights; });
    return made.stages;
  })();
  const size = 12;
  const picture = front.greyOf(front.samplePicture(size));
  return [[...picture], [...front.applyStages(stages, picture).real]];
}"""
SMOOTH_STEEP = np.outer([1, 2, 1], [-1, 0, 1])


@pytest.mark.parametrize(
    ("preset", "kernel"),
    [
        ("page", np.arange(1, 10).reshape(3, 3)),
        ("identity", np.outer([0, 1, 0], [0, 1, 0])),
        ("blur", np.full((3, 3), 1 / 9)),
        ("sobel_x", SMOOTH_STEEP),
        ("sobel_y", SMOOTH_STEEP.T),
        ("laplacian", np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])),
        ("sharpen", np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])),
    ],
)
def test_the_picture_after_is_scipy_s(page: Any, preset: str, kernel: np.ndarray) -> None:
    kind = type_of(ca.conv(1, 1, (12, 12), 3), "conv", input_size=[12, 12])
    before, after = page.evaluate(APPLIED, [kind, preset, {"axes": 2}])
    expected = correlate2d(np.reshape(before, (12, 12)), kernel, mode="valid")
    assert np.allclose(np.reshape(after, (10, 10)), expected, rtol=0, atol=1e-12)
    assert 0 <= min(before) < 0.4 < 0.8 < max(before) <= 1


def test_a_separable_operator_takes_presets_together(page: Any) -> None:
    """Depthwise and pointwise: the kernel goes to the first, the second hands each channel on."""
    op = ca.depthwise_separable(1, 2, (12, 12), 3)
    kind = type_of(op, "depthwise_separable", input_size=[12, 12])
    before, after = page.evaluate(APPLIED, [kind, "sobel_x", {"axes": 2}])
    expected = correlate2d(np.reshape(before, (12, 12)), SMOOTH_STEEP, mode="valid")
    assert np.allclose(np.reshape(after, (2, 10, 10)), expected, rtol=0, atol=1e-12)


def test_a_transposed_convolution_keeps_the_brightness_of_a_blur(page: Any) -> None:
    """Kernel 4, stride 2: away from the border every output is the mean of four inputs."""
    op = ca.conv_transpose(1, 1, (12, 12), 4, stride=2)
    kind = type_of(op, "conv_transpose", input_size=[12, 12])
    before, after = page.evaluate(APPLIED, [kind, "blur", {"axes": 2, "turned": True, "gain": 4}])
    picture = np.reshape(before, (12, 12))
    inside = np.reshape(after, (26, 26))[2:-2, 2:-2]
    means = correlate2d(picture, np.full((2, 2), 1 / 4), mode="valid")
    assert np.allclose(inside, np.kron(means, np.ones((2, 2))), rtol=0, atol=1e-12)


def test_the_picture_is_shown_with_its_range(page: Any) -> None:
    kind = type_of(ca.conv(1, 1, (64, 64), 3), "conv", input_size=[64, 64])
    page.evaluate("type => shown('effectView', type, {})", kind)
    names = [picture.get_attribute("aria-label") for picture in page.locator(".ca-picture").all()]
    assert [name.replace("\u00a0", " ") for name in names] == ["before: 64 × 64", "after: 62 × 62"]
    assert re.fullmatch(
        r"After: values [\d.]+ to ([\d.]+); drawn with 0 as black, \1 as white\.",
        page.locator(".ca-view-said").inner_text(),
    )
    page.get_by_label("Kernel").select_option("sobel_x")
    assert "0 as mid grey" in page.locator(".ca-view-said").inner_text()
    shades = page.evaluate("""() => {
      const canvas = document.querySelectorAll(".ca-picture")[1];
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return [...data].filter((_, at) => at % 4 === 0);
    }""")
    picture = page.evaluate("[...front.greyOf(front.samplePicture(64))]")
    edges = correlate2d(np.reshape(picture, (64, 64)), SMOOTH_STEEP, mode="valid")
    expected = 255 * (edges / abs(edges).max() + 1) / 2
    assert abs(np.reshape(shades, (62, 62)) - expected).max() <= 1


def test_a_picture_of_ones_own_stays_in_the_page(page: Any) -> None:
    """It is read where it is, scaled down, its middle square taken; what is no picture is told."""
    page.evaluate(
        "type => shown('effectView', type, {})",
        type_of(ca.conv(1, 1, (64, 64), 1), "conv", input_size=[64, 64]),
    )
    own = page.get_by_label("a picture of yours")
    own.set_input_files({"name": "halves.png", "mimeType": "image/png", "buffer": _halves(200, 100)})
    page.wait_for_function("document.querySelector('.ca-view-said').textContent.includes('values 0 to 1;')")
    shades = page.evaluate("""() => {
      const canvas = document.querySelector(".ca-picture");
      return [...canvas.getContext("2d").getImageData(0, 20, 64, 1).data].filter((_, at) => at % 4 === 0);
    }""")
    assert shades[:31] == [0] * 31
    assert shades[33:] == [255] * 31
    own.set_input_files({"name": "words.png", "mimeType": "image/png", "buffer": b"words"})
    page.wait_for_function(
        "document.querySelector('.ca-view-said').textContent.includes('words.png is no')"
    )


def _halves(width: int, height: int) -> bytes:
    """Return a PNG of greys, its left half black and its right half white."""
    rows = (b"\0" + b"\0" * (width // 2) + b"\xff" * (width // 2)) * height

    def part(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    )


# --- the explanation -------------------------------------------------------------------------------------


def test_the_explanation_says_the_numbers_of_the_model(page: Any) -> None:
    """Every step sets its operator and points at what it speaks of; what it says is what Python finds."""
    page.evaluate("type => shown('tourView', type, {})", symbolic_conv())
    before = page.evaluate("store.state()")
    page.get_by_role("button", name="Why is the transposed").click()
    text = page.locator(".ca-tour-text")
    matrix = _numbered(ca.conv(1, 1, (4, 4), 3))
    per_row, per_column = np.diff(matrix.indptr), np.bincount(matrix.indices)
    assert f"{matrix.shape[0]} rows" in plain(text)
    assert f"{matrix.shape[1]} columns" in plain(text)
    assert f"its {per_row[0]} entries" in plain(text)
    assert page.evaluate("store.state().pinned") == {"panel": "C", "kind": "row", "index": 0}
    card = page.get_by_role("region", name="A row gathers")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    assert page.locator(f"#{card.get_attribute('aria-describedby')}").inner_text() == text.inner_text()
    assert card.locator("[aria-live]").count() == 0

    page.keyboard.press("ArrowRight")
    pinned = page.evaluate("store.state().pinned")
    assert pinned["kind"] == "column"
    hit = per_column[pinned["index"]]
    assert hit == max(per_column)
    assert f"to {hit} outputs" in plain(text)

    page.keyboard.press("ArrowRight")
    pinned = page.evaluate("store.state().pinned")
    column = matrix.indices[pinned["index"]]
    weight = int(matrix.data[pinned["index"]]) - 1
    assert f"C[0, {column}] carries" in plain(text)
    assert f"[0,0,{weight // 3},{weight % 3}]." in plain(text)

    page.keyboard.press("ArrowRight")
    assert page.evaluate("store.state().pinned") == {"panel": "T", "kind": "column", "index": 0}
    assert f"added to {per_row[0]} pixels" in plain(text)

    page.keyboard.press("ArrowRight")
    back = (matrix.T @ matrix).toarray()
    middle = int(column)
    squares = " + ".join(f"{value:.0f}²" for value in sorted(matrix.tocsc()[:, [middle]].data))
    assert f"With the weights 1 to 9, [{middle}, {middle}] is {squares} = " in plain(text)
    assert f"= {back[middle, middle]:.0f}, not 1" in plain(text)
    assert f"beside it is {back[middle, middle + 1]:.0f}, not 0." in plain(text)

    page.keyboard.press("ArrowRight")
    strided = ca.conv(1, 1, (5, 5), 3, stride=2)
    assert page.evaluate("[store.model().whole.rows, store.model().whole.columns]") == list(strided.shape)
    assert "2 × 2 becomes 5 × 5" in plain(text)

    page.keyboard.press("Escape")
    after = page.evaluate("store.state()")
    assert after == before
    assert page.locator(".ca-tour-card").count() == 0


def test_the_explanation_ends_when_one_goes_ones_own_way(page: Any) -> None:
    page.evaluate("type => shown('tourView', type, {})", symbolic_conv())
    page.get_by_role("button", name="Why is the transposed").click()
    page.evaluate("store.set({ values: { ...store.state().values, input_size: [6, 6] } })")
    assert page.locator(".ca-tour-card").count() == 0
    assert page.evaluate("store.state().values.input_size") == [6, 6]


def _numbered(op: Operator) -> Any:
    """Return the matrix with the page's weights: 1, 2, 3 and so on."""
    [(name, shape)] = op.numeric_weight_shapes().items()
    return op.matrix({name: np.arange(1, np.prod(shape) + 1).reshape(shape)}).tocsr()
