"""Figures of reports: the same bytes each time, the colours of taps, symbols and numbers only, small."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.text import Text

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.drawing.colours import SEVERAL, WEIGHTLESS, kernel_colours
from convalgebra.reporting.figures import (
    Curve,
    field_figure,
    large_figure,
    matrix_figure,
    overlap_figure,
    ratio_figure,
)
from convalgebra.reporting.figures.canvas import styled
from convalgebra.reporting.figures.field import field_layout
from convalgebra.reporting.figures.images import Image
from convalgebra.reporting.figures.large import large_layout
from convalgebra.reporting.figures.matrix import matrix_layout
from convalgebra.reporting.figures.overlap import overlap_layout
from convalgebra.reporting.figures.ratio import crossings, ratio_layout, spread

SIZES = {"D": 2, "N_c": 2, "T": 3, "h": 3, "N": 6, "s": 2, "l": 2, "g": 2, "b": 2, "p": 1, "r": 2, "C": 1}
TYPES = {kind.name: kind for kind in types()}
XS = tuple(float(x) for x in np.geomspace(1, 256, 40))
CURVES = [
    Curve(
        f"h = {h}",
        XS,
        tuple(1 / x + 1 / h**2 for x in XS),
        tuple((x, 1 / x + 1 / h**2) for x in (4.0, 64.0)),
        1 / h**2,
        crossing=h * h / (h * h - 1),
    )
    for h in (3, 5, 7)
]
LABELS = {"x_label": "N_c", "y_label": r"\frac{1}{N_c} + \frac{1}{h^2}"}


def small(name):
    operator = TYPES[name].make()
    sizes = {**SIZES, "H": 5, "W": 5, "q": 3 if name == "dilated_polyphase" else 2}
    return operator.subs(**{str(s): sizes[str(s)] for s in operator.symbols})


def stack(size, rank=2):
    """Three layers of rates 1, 2, 4 on an image, one, two and three of them."""
    found = []
    for dilation in (1, 2, 4):
        below = found[-1] if found else None
        inside = size if below is None else below.output_size[0]
        layer = ca.conv(1, 1, (inside,) * rank, 3, dilation=dilation)
        found.append(layer if below is None else layer @ below)
    return found


def squares(figure, name):
    """The squares of an artist: corners in inches, the side, colours."""
    (found,) = (a for a in figure.findobj(PolyCollection) if a.get_gid() == name)
    shapes = np.array([path.vertices[:4] for path in found.get_paths()])
    corners = shapes.min(axis=1)
    return corners, float(np.ptp(shapes[0][:, 0])), found.get_facecolors()


def coloured(figure, shape, name="matrix-C"):
    """The colour of each entry of a matrix, by its row and column."""
    corners, side, colours = squares(figure, name)
    # The frame round it is where it begins.
    starts = [p.get_xy() for p in figure.axes[0].patches if np.isclose(p.get_width(), shape[1] * side)]
    (x, y) = next(at for at in starts if np.allclose((corners - at) / side % 1 % 0.999, 0, atol=2e-3))
    places = np.rint((corners - (x, y)) / side).astype(int)
    assert (places >= 0).all()
    assert (places < shape[::-1]).all()
    return {(row, column): tuple(c) for (column, row), c in zip(places.tolist(), colours, strict=True)}


def layout(*given, make=matrix_layout, **keywords):
    with styled():
        return make(*given, **keywords)


DRAWN = {
    "matrix": lambda: matrix_figure("a", ca.depthwise_separable(2, 2, (4, 4), 3)),
    "weights": lambda: matrix_figure("a", ca.conv(1, 1, (4, 4), 2), [[[[1, -0.5], [0, 3]]]]),
    "large": lambda: large_figure("a", ca.conv(2, 3, (40, 40), 3)),
    "overlap": lambda: overlap_figure("a", ca.conv_transpose(1, 1, (4, 4), 3, stride=2)),
    "field": lambda: field_figure("a", stack(15)),
    "ratio": lambda: ratio_figure("a", CURVES, **LABELS),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_the_same_figure_has_the_same_bytes_and_fits(kind):
    first, second = DRAWN[kind](), DRAWN[kind]()
    assert first == second
    assert first.vector.startswith(b"%PDF-")
    assert b"CreationDate" not in first.vector
    assert 0.5 < first.width <= 6.3
    assert type(first.width) is float
    assert len(first.vector) < 60_000
    assert len(first.image) < 100_000


@pytest.mark.parametrize("kind", DRAWN)
def test_an_svg_stands_alone_in_a_page_and_asks_for_nothing(kind):
    image = DRAWN[kind]().image
    root = ET.fromstring(image)
    assert root.tag.endswith("}svg")
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    assert all(name.startswith("a-") for name in names)
    wanted = re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', image)
    assert {a or b for a, b in wanted} <= set(names)
    addresses = set(re.findall(r"https?://[^\"'\s<]*", image))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not any(
        element.tag.endswith(("}text", "}style", "}script", "}metadata")) for element in root.iter()
    )


@pytest.mark.sweep
@pytest.mark.parametrize("name", TYPES)
def test_every_type_is_drawn_in_symbols_and_numbers(name):
    operator = small(name)
    figure = layout(operator)
    texts = [text.get_text() for text in figure.findobj(Text) if text.get_text()]
    for text in texts:
        assert not re.search(r"[A-Za-z]{2,}", re.sub(r"\\[A-Za-z]+", "", text)), text
    assert "$x$" in texts
    assert "$y$" in texts
    width, height = figure.get_size_inches()
    assert width <= 6.3 + 1e-9
    assert height <= 8.6


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (large_layout, (ca.conv(2, 2, 9, 3),)),
        (overlap_layout, (ca.conv_transpose(1, 1, 4, 3, stride=2),)),
        (field_layout, (stack(15),)),
        (ratio_layout, (CURVES,)),
    ],
)
def test_no_other_figure_has_words(make, given):
    figure = layout(*given, make=make, **(LABELS if make is ratio_layout else {}))
    for text in figure.findobj(Text):
        assert not re.search(r"[A-Za-z]{2,}", re.sub(r"\\[A-Za-z]+", "", text.get_text())), text


@pytest.mark.parametrize(
    "operator",
    [
        ca.conv(1, 1, (4, 4), 3),
        ca.conv(2, 2, (5, 4), 2, stride=2, padding=1),
        ca.conv(1, 2, (5, 5), (2, 3), flip=True),
        ca.conv(2, 2, 6, 3, groups=2),
        ca.conv_transpose(1, 1, (3, 3), 3, stride=2),
        ca.conv(1, 1, (3, 3, 3), 2),
        ca.im2col(2, 1, (4, 4), 2),
        ca.winograd(1, 1, (4, 4), 3),
        ca.locally_connected(1, 1, (4, 4), 2),
        ca.fourier_conv(1, 1, (4, 5), 3),
    ],
)
def test_every_cell_has_the_colour_of_its_tap(operator):
    (name, shape), *_ = operator.weight_shapes.items()
    axes = len(operator.input_shape) - 1
    kernel = shape[-axes:] if len(shape) > 2 else (2, 2)
    # Powers of a number tell taps apart, and their sums.
    taps = np.arange(1, np.prod(shape) + 1, dtype=float).reshape(shape)
    taps = (taps - 1) % np.prod(kernel) + 1
    matrix = operator.matrix({name: taps}).tocoo()
    title = "matrix-C^{\\mathsf{T}}" if isinstance(operator, ca.Transposed) else "matrix-C"
    found = coloured(layout(operator), matrix.shape, title)
    expected = kernel_colours(kernel)
    checked = 0
    for row, column, value in zip(*matrix.coords, matrix.data, strict=True):
        if abs(value) > 1e-6:
            assert found.pop((row, column)) == tuple(expected[round(value.real) - 1])
            checked += 1
    assert not found
    assert checked


def test_one_tap_has_one_colour_over_operators():
    alone = layout(ca.conv(1, 1, (4, 4), 3))
    pair = layout(ca.depthwise_separable(1, 2, (4, 4), 3))
    assert coloured(alone, (4, 16)) == coloured(pair, (4, 16), "matrix-B")
    for title, figure in (("kernel-w", alone), ("kernel-w_{B}", pair)):
        assert np.array_equal(squares(figure, title)[2], kernel_colours((3, 3)))
    assert set(coloured(pair, (8, 16)).values()) == {_rgba(SEVERAL)}
    assert set(coloured(pair, (8, 4), "matrix-A").values()) == {tuple(kernel_colours((1, 1))[0])}


def test_what_has_no_weight_is_light_gray():
    shuffled = ca.channel_shuffle(4, (2, 2), groups=2)
    assert set(coloured(layout(shuffled), (16, 16)).values()) == {_rgba(WEIGHTLESS)}


def _rgba(colour):
    return (*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)), 1.0)


def test_what_the_framed_output_reads_has_the_colours_of_its_taps():
    figure = layout(ca.conv(1, 1, (5, 5), 3))
    colours = squares(figure, "image-x")[2].reshape(5, 5, 4)
    assert np.array_equal(colours[1:4, 1:4].reshape(-1, 4), kernel_colours((3, 3)))
    assert (colours[0] == 1).all()
    output = squares(figure, "image-y")[2]
    assert [at for at, colour in enumerate(output) if (colour != 1).any()] == [4]


def test_weights_stand_in_the_cells():
    texts = [t.get_text() for t in layout(ca.conv(1, 1, 4, 2), [[[0.5, -7]]]).findobj(Text)]
    assert texts.count("1/2") == 4  # in the kernel, in each of three rows
    assert texts.count("−7") == 4


def test_places_of_an_image():
    padded = Image((2, 3, 4), ((1, 1), (0, 2)))
    assert padded.padded == (1, 5, 6)
    assert len(padded.places()) == 24
    assert len(padded.border()) == 2 * (5 * 6 - 3 * 4)
    corners = np.concatenate([padded.corners(padded.places()), padded.corners(padded.border())])
    assert len(np.unique(corners, axis=0)) == 60
    assert (corners.min(axis=0) == 0).all()
    assert np.allclose(corners.max(axis=0) + 1, padded.extent)
    assert Image((6,)).extent == (6, 1)
    assert Image((1, 2, 3, 3)).extent[0] > 6


def test_the_raster_of_a_large_matrix_shows_where_its_entries_are():
    operator = ca.conv(1, 1, 300, 3)
    figure = layout(operator, make=large_layout)
    (image,) = figure.axes[0].images
    seen = (np.asarray(image.get_array()) != 255).any(axis=2)
    assert np.array_equal(seen, operator.matrix([[[1, 1, 1]]]).toarray() != 0)


def test_large_matrices_are_small_files():
    drawing = large_figure("large", ca.conv(16, 32, (32, 32), 3, padding=1))  # 4 million entries
    assert len(drawing.vector) < 60_000
    assert len(drawing.image) < 60_000


@pytest.mark.parametrize(("kernel", "even"), [(3, False), (4, True)])
def test_counts_of_an_overlap_stand_in_its_cells(kernel, even):
    up = ca.conv_transpose(1, 1, (4, 4), kernel, stride=2)
    corners, side, colours = squares(layout(up, make=overlap_layout), "counts-1")
    texts = {
        tuple(np.rint(np.subtract(text.get_position(), side / 2) / side * 2).astype(int)): text.get_text()
        for text in layout(up, make=overlap_layout).findobj(Text)
        if text.get_text()
    }
    counts = ca.overlap(up).counts
    written = [int(texts[tuple(np.rint(c / side * 2).astype(int))]) for c in corners]
    assert written == counts.reshape(-1).tolist()
    assert len({tuple(c) for c in colours}) == len(set(written))
    inner = counts[2:-2, 2:-2]
    assert (len(set(inner.reshape(-1).tolist())) == 1) == even


@pytest.mark.parametrize("rank", [1, 2])
def test_a_field_is_what_the_output_in_the_middle_reads(rank):
    figure = layout(stack(15, rank), make=field_layout)
    sides = []
    for found in figure.findobj(PolyCollection):
        if (found.get_gid() or "").startswith("field"):
            read = (found.get_facecolors() != 1).any(axis=1).reshape((15,) * rank)
            ends = np.argwhere(read)
            sides.append(np.ptp(ends, axis=0).tolist())
            assert read.sum() == np.prod(np.ptp(ends, axis=0) + 1)
    assert sides == [[2] * rank, [6] * rank, [14] * rank]


def test_a_ratio_shows_points_limits_and_where_it_crosses_one():
    axes = layout(CURVES, make=ratio_layout, **LABELS).axes[0]
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
    for curve in CURVES:
        assert (list(curve.xs), list(curve.ys)) in drawn
        assert tuple(map(list, zip(*curve.points, strict=True))) in drawn
        assert any(y == [curve.limit] * 2 for _, y in drawn)
        assert ([curve.crossing], [1]) in drawn
    texts = [text.get_text() for text in axes.texts]
    assert {"$9/8$", "$25/24$", "$h = 3 \\to 1/9$"} <= set(texts)
    assert axes.get_xscale() == "log"
    boxes = [t.get_window_extent() for t in axes.texts]
    overlapping = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
    assert not overlapping


def test_a_ratio_that_never_crosses_one_has_no_such_line():
    axes = layout([Curve("", (1.0, 2.0), (0.5, 0.25))], make=ratio_layout, x_label="N", y_label="r").axes[0]
    assert len(axes.lines) == 1
    assert crossings(CURVES[0]) == (9 / 8,)


def test_labels_keep_apart():
    places = spread([0.1, 0.1, 0.12, 3.0], 0.2, 3.0)
    assert np.diff(places).min() >= 0.2 - 1e-12
    assert min(places) >= 0
    assert max(places) <= 3


def test_what_does_not_suit_is_refused():
    with pytest.raises(ca.ArgumentError, match="large_figure"):
        matrix_figure("a", ca.conv(1, 1, (80, 80), 3))
    with pytest.raises(ca.ArgumentError, match="transposed"):
        overlap_figure("a", ca.conv(1, 1, 5, 3))
    with pytest.raises(ca.ArgumentError, match="outputs on 1 to 3 axes"):
        overlap_figure("a")
    with pytest.raises(ca.ArgumentError, match="at least one"):
        field_figure("a", [])
    with pytest.raises(ca.ArgumentError, match="1 or 2 axes"):
        field_figure("a", [ca.conv(1, 1, (4, 4, 4), 3)])
    for curves in ([], [Curve("", (1.0, 1.0), (1.0, 2.0))], [Curve("", (1.0,), (float("inf"),))]):
        with pytest.raises(ca.ArgumentError, match="curves"):
            ratio_figure("a", curves, **LABELS)
    with pytest.raises(ca.ArgumentError, match="labels"):
        ratio_figure("a", CURVES, x_label=r"\nothing{", y_label="y")
    with pytest.raises(ca.SymbolError):
        matrix_figure("a", ca.conv(1, 1, "N", 3))
