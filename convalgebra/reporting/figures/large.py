"""A large matrix as a raster: in each bin the share of stored entries."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import sparse

from convalgebra.drawing.colours import DENSITY, FAINT, QUIET, SEPARATOR
from convalgebra.drawing.panel import density
from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Drawing
from convalgebra.reporting.figures.canvas import Canvas, finish, styled
from convalgebra.sizes import number

_SIDE, _LEAST = 3.3, 0.55  # inches
_MARGIN, _ABOVE, _LEFT = 0.08, 0.42, 0.5
_BINS = 480
_FAINTEST = 0.12  # a bin with anything in it is seen
_MOST_LINES = 64


def large_figure(name: str, operator: Operator) -> Drawing:
    """Return the pattern of a large matrix as a density, the fuller a bin the darker.

    Its axes bear the numbers of inputs and outputs, thin lines tell channels apart. Any operator with
    numbers for its sizes suits, up to some million entries. Raises what ``op.matrix`` raises.

    >>> import convalgebra as ca
    >>> len(large_figure("large", ca.conv(1, 1, (40, 40), 3)).vector) < 60_000
    True
    """
    with styled():
        return finish(large_layout(operator), name)


def large_layout(operator: Operator) -> Figure:
    """Return the raster as it is laid out, not yet a file."""
    shapes = operator.numeric_weight_shapes()
    # A product has entries where its factors meet, whatever the weights: ones do not cancel.
    matrix = operator.matrix({name: np.ones(shape) for name, shape in shapes.items()})
    rows, columns = matrix.shape
    scale = _SIDE / max(rows, columns)
    width, height = max(columns * scale, _LEAST), max(rows * scale, _LEAST)
    canvas = Canvas(_LEFT + width + _MARGIN + 0.2, _ABOVE + height + _MARGIN)
    canvas.image(_LEFT, _ABOVE, width, height, _raster(matrix))
    _separate(canvas, operator, (width, height))
    canvas.frame(_LEFT, _ABOVE, width, height, line=0.6, colour=SEPARATOR)
    canvas.text(_LEFT + width / 2, _ABOVE - 0.28, "$C$", size=9.5)
    for end, ha, text in ((0.0, "left", "0"), (1.0, "right", str(columns))):
        canvas.text(_LEFT + width * end, _ABOVE - 0.09, text, size=6, colour=QUIET, ha=ha)
    for end, va, text in ((0.0, "top", "0"), (1.0, "bottom", str(rows))):
        canvas.text(_LEFT - 0.05, _ABOVE + height * end, text, size=6, colour=QUIET, ha="right", va=va)
    return canvas.figure


def _raster(matrix: sparse.csr_array) -> NDArray[np.uint8]:
    shares = density(matrix, _BINS)
    fullest = float(shares.max(initial=0)) or 1.0
    # Few levels are small files; the eye tells no more of them apart.
    levels = np.rint((_FAINTEST + (1 - _FAINTEST) * shares / fullest) * 32) / 32
    pixels: NDArray[np.uint8] = np.rint(DENSITY(levels)[..., :3] * 255).astype(np.uint8)
    pixels[shares == 0] = 255
    return pixels


def _separate(canvas: Canvas, operator: Operator, size: tuple[float, float]) -> None:
    outs, ins = (
        number(shape[0], "channels") if len(shape) > 1 else 1
        for shape in (operator.output_shape, operator.input_shape)
    )
    (width, height), lines = size, []
    if outs <= _MOST_LINES:
        heights = [_ABOVE + height * c / outs for c in range(1, outs)]
        lines += [[(_LEFT, at), (_LEFT + width, at)] for at in heights]
    if ins <= _MOST_LINES:
        widths = [_LEFT + width * c / ins for c in range(1, ins)]
        lines += [[(at, _ABOVE), (at, _ABOVE + height)] for at in widths]
    canvas.lines(lines, FAINT, 0.35)
