"""A small worked example: images and kernels above, below them the matrix and its factors."""

from __future__ import annotations

from matplotlib.figure import Figure

from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Drawing
from convalgebra.reporting.figures.canvas import WIDTH, Canvas, finish, styled
from convalgebra.reporting.figures.chain import chosen_output, strip_of
from convalgebra.reporting.figures.parts import parts_of
from convalgebra.reporting.figures.sheet import BETWEEN, sheet_of
from convalgebra.reporting.figures.strip import MARGIN
from convalgebra.weights import WeightsLike


def matrix_figure(name: str, operator: Operator, weights: WeightsLike = None) -> Drawing:
    """Return a worked example: the images x and y, the kernels w, the matrix C and its factors.

    Every entry has the colour of its kernel tap, dark gray if several made it, light gray if no weight
    did. One output is framed, with its row of the matrix and what it reads of the input. With
    ``weights`` these stand in the cells, with None the indices of taps. An operator whose matrix has
    a few hundred columns is the largest that suits; factors are drawn where there are at most four.

    Raises ``ArgumentError`` for a matrix with more than 4096 rows or columns, ``SymbolError`` for names,
    and what ``op.matrix`` raises.

    >>> import convalgebra as ca
    >>> drawing = matrix_figure("small", ca.conv(1, 1, 5, 3))
    >>> drawing.vector[:5], drawing.image[:4], drawing.width < 6.4
    (b'%PDF-', '<svg', True)
    """
    with styled():
        return finish(matrix_layout(operator, weights), name)


def matrix_layout(operator: Operator, weights: WeightsLike = None) -> Figure:
    """Return the worked example as it is laid out, not yet a file."""
    parts = parts_of(operator, weights)
    strip = strip_of(operator, parts)
    sheet = sheet_of(parts, chosen_output(parts.whole, operator))
    height = strip.height + BETWEEN + sheet.height + 2 * MARGIN
    width = min(WIDTH, max(strip.width, sheet.width) + 2 * MARGIN)
    canvas = Canvas(width, height)
    strip.draw(canvas, (width - strip.width) / 2, MARGIN)
    sheet.draw(canvas, MARGIN + strip.height + BETWEEN)
    return canvas.figure
