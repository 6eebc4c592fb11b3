"""One matrix on the paper: its entries in the colours of their taps, its channels, its numbers."""

from __future__ import annotations

import numpy as np

from convalgebra.drawing.colours import FAINT, QUIET, SEPARATOR
from convalgebra.reporting.figures.canvas import Canvas
from convalgebra.reporting.figures.parts import Matrix, Shape

ABOVE, BELOW = 0.34, 0.2  # for the title and the numbers of a matrix
_MOST_SQUARES = 4000
_MOST_LATTICE = 90


def draw_matrix(
    canvas: Canvas, matrix: Matrix, corner: tuple[float, float], cell: float, framed: int | None
) -> None:
    """Draw a matrix with its upper left corner there, in cells of a side in inches.

    With ``framed``, the row that is framed, rows and columns are numbered.
    """
    (rows, columns), (x, y) = matrix.entries.shape, corner
    width, height = columns * cell, rows * cell
    if cell >= 0.05 and max(rows, columns) <= _MOST_LATTICE:
        lattice = [[(x + c * cell, y), (x + c * cell, y + height)] for c in range(1, columns)]
        lattice += [[(x, y + r * cell), (x + width, y + r * cell)] for r in range(1, rows)]
        canvas.lines(lattice, "#ebebeb", 0.3)
    if matrix.entries.nnz > _MOST_SQUARES:
        _pixels(canvas, matrix, (x, y, width, height))
    else:
        at = np.stack(matrix.entries.tocoo().coords[::-1], axis=1)
        corners = np.array(corner) + cell * at
        edge = "white" if cell > 0.08 else "none"
        canvas.cells(corners, cell, matrix.panel.colours, edge=edge, name=f"matrix-{matrix.panel.title}")
        canvas.labels(corners, cell, matrix.labels, matrix.panel.colours)
    separators = []
    for at_row, (channels, length) in enumerate(zip(matrix.panel.channels, (rows, columns), strict=True)):
        for channel in range(1, channels if channels < length else 1):
            place = channel * length / channels * cell
            ends = [(x, y + place), (x + width, y + place)], [(x + place, y), (x + place, y + height)]
            separators.append(ends[at_row])
    canvas.lines(separators, SEPARATOR if len(separators) <= 16 else FAINT, 0.5)
    canvas.frame(x, y, width, height, line=0.6, colour=SEPARATOR)
    if framed is None:
        canvas.text(x + width / 2, y - 0.1, f"${matrix.panel.title}$", size=9.5)
    else:
        _number(canvas, (x, y), (rows, columns), cell)
        canvas.text(x + width / 2, y - 0.22, f"${matrix.panel.title}$", size=9.5)
        canvas.frame(x, y + framed * cell, width, cell, line=min(1.1, max(0.4, 13 * cell)))
    canvas.text(x + width / 2, y + height + 0.1, rf"${rows} \times {columns}$", size=7, colour=QUIET)


def _pixels(canvas: Canvas, matrix: Matrix, box: tuple[float, float, float, float]) -> None:
    pixels = np.full((*matrix.entries.shape, 3), 255, np.uint8)
    pixels[matrix.entries.tocoo().coords] = np.rint(matrix.panel.colours[:, :3] * 255)
    canvas.image(*box, pixels)


def _number(canvas: Canvas, corner: tuple[float, float], shape: Shape, cell: float) -> None:
    """Write the numbers of outputs beside the rows, of inputs above the columns, where they fit."""
    (x, y), (rows, columns) = corner, shape
    size = 5.0
    step = _step(columns, cell * 72 / (size * 0.64 * len(str(columns - 1)) + 1.5))
    for c in range(0, columns, step):
        canvas.text(x + (c + 0.5) * cell, y - 0.06, str(c), size=size, colour=QUIET)
    step = _step(rows, cell * 72 / (size + 0.8))
    for r in range(0, rows, step):
        canvas.text(x - 0.04, y + (r + 0.5) * cell, str(r), size=size, colour=QUIET, ha="right")


def _step(count: int, fits: float) -> int:
    """Return how far apart numbers must stand that would fit so often into one cell."""
    steps = [s * 10**e for e in range(5) for s in (1, 2, 5)]
    return next((step for step in steps if step * fits >= 1), count)
