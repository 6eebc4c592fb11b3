"""How often each output of a transposed convolution is reached: even, or a checkerboard."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from numpy.typing import NDArray

from convalgebra.axis import Axis
from convalgebra.drawing.colours import QUIET, Colours
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.properties.overlap import Overlap, overlap
from convalgebra.reporting.blocks import Drawing
from convalgebra.reporting.figures.canvas import WIDTH, Canvas, finish, styled
from convalgebra.reporting.figures.images import Image

_MARGIN, _TITLE, _EDGE = 0.08, 0.22, 1.0  # the edge, in cells: counts along each axis
_CELL, _SPACE = 0.24, 0.3
_MOST = 1600


def overlap_figure(name: str, *operators: Operator) -> Drawing:
    """Return the outputs of transposed convolutions side by side, each with how many taps reach it.

    The darker the more; beside the rows and above the columns stand the counts of each axis, of which
    the others are the products. Above it m and s, kernel and stride. Suits ``ca.conv_transpose`` on
    one to three axes, up to 1600 outputs. Raises ``ArgumentError`` for others.

    >>> import convalgebra as ca
    >>> up = ca.conv_transpose(1, 1, (3, 3), 3, stride=2)
    >>> overlap_figure("checkerboard", up).width < 3
    True
    """
    with styled():
        return finish(overlap_layout(*operators), name)


def overlap_layout(*operators: Operator) -> Figure:
    """Return the counts as they are laid out, not yet a file."""
    found = [overlap(operator) for operator in operators]
    counts = [one.counts for one in found]
    if not found or any(count.size > _MOST or count.ndim > 3 for count in counts):
        sizes = ", ".join(str(count.shape) for count in counts)
        raise ArgumentError(
            f"operators: {sizes or 'none'} must be up to {_MOST} outputs on 1 to 3 axes each"
        )
    images = [Image((1, *count.shape)) for count in counts]
    wide = sum(image.extent[0] + _EDGE for image in images)
    cell = min(_CELL, (WIDTH - 2 * _MARGIN - _SPACE * (len(images) - 1)) / wide)
    highest = max(image.extent[1] + (_EDGE if image.size[1] > 1 else 0) for image in images) * cell
    titles = [_title(one) for one in found]
    widths = [max((image.extent[0] + _EDGE) * cell, 0.95) for image in images]
    canvas = Canvas(sum(widths) + _SPACE * (len(images) - 1) + 2 * _MARGIN, highest + _TITLE + 2 * _MARGIN)
    x, most = _MARGIN, max(int(count.max()) for count in counts)
    for at, (one, image, title, width) in enumerate(zip(found, images, titles, widths, strict=True), 1):
        middle = x + (_EDGE * cell + width) / 2
        canvas.text(middle, _MARGIN + 0.08, f"${title}$", size=8)
        left = middle - image.extent[0] * cell / 2
        top = _MARGIN + _TITLE + (_EDGE * cell if image.size[1] > 1 else 0)
        _draw(canvas, one, image, (left, top), (cell, most), f"counts-{at}")
        x += width + _SPACE
    return canvas.figure


def _draw(
    canvas: Canvas,
    one: Overlap,
    image: Image,
    corner: tuple[float, float],
    scale: tuple[float, int],
    name: str,
) -> None:
    cell, most = scale
    values = one.counts.reshape(-1)
    corners = np.array(corner) + cell * image.corners(image.places())
    colours = _shades(values, most)
    canvas.cells(corners, cell, colours, edge="white", name=name)
    canvas.labels(corners, cell, [str(v) for v in values.tolist()], colours)
    if image.size[0] > 1 or image.size[1] == 1:
        return
    rows, columns = (_along(axis) for axis in one.axes[-2:])
    (x, y), size = corner, min(6.5, cell * 72 * 0.5)
    for at, count in enumerate(columns):
        canvas.text(x + (at + 0.5) * cell, y - 0.5 * cell, count, size=size, colour=QUIET)
    for at, count in enumerate(rows):
        canvas.text(x - 0.5 * cell, y + (at + 0.5) * cell, count, size=size, colour=QUIET)


def _along(axis: Axis) -> list[str]:
    return [str(count) for count in Overlap((axis,)).counts.tolist()]


def _shades(values: NDArray[np.int64], most: int) -> Colours:
    """Return a colour for each count, light where few taps reach, white where none does."""
    shades: Colours = np.asarray(colormaps["Blues"](0.08 + 0.82 * values / max(most, 1)))
    shades[values == 0] = 1
    return shades


def _title(one: Overlap) -> str:
    kernels, strides = ([getattr(axis, field) for axis in one.axes] for field in ("kernel", "stride"))
    return rf"m = {_shared(kernels)}, \; s = {_shared(strides)}"


def _shared(values: list[object]) -> str:
    return str(values[0]) if len(set(values)) == 1 else r" \times ".join(map(str, values))
