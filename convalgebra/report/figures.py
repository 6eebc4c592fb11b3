"""Pictures of operator matrices: each stored entry in the colour of its kernel tap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from scipy import sparse

from convalgebra.operators.conv import Conv

_WIDTH = 6.5  # inches: the width of the text
_SETTINGS: Any = {
    "font.family": "serif",
    "font.serif": ["DejaVu Serif"],
    "font.size": 8,
    "axes.linewidth": 0.6,
    "pdf.fonttype": 42,
}


@dataclass(frozen=True)
class Picture:
    """A convolution to draw, its title, and how many of its output channels to show."""

    operator: Conv
    title: str
    channels: int


def draw_matrices(pictures: Sequence[Picture], file: Path) -> None:
    """Write the matrices side by side into a PDF file, all cells square and of one scale per row.

    Numbers in the weight tell the taps apart; thin lines separate channels.
    """
    with mpl.rc_context(_SETTINGS):
        shapes = [_shown(picture).shape for picture in pictures]
        widths = [columns for _, columns in shapes]
        tallest = max(rows for rows, _ in shapes) / sum(widths)
        beside, above = 0.35 * len(pictures), 0.6  # inches for labels and titles
        figure = Figure(figsize=(_WIDTH, (_WIDTH - beside) * tallest + above))
        FigureCanvasPdf(figure)
        grid = figure.subplots(1, len(pictures), width_ratios=widths, squeeze=False)[0]
        for axes, picture in zip(grid, pictures, strict=True):
            _draw(axes, picture)
        figure.tight_layout(w_pad=1.5)
        figure.savefig(file, metadata={"CreationDate": None, "Producer": None, "Creator": None})


def _shown(picture: Picture) -> sparse.csr_array:
    """Return the rows of the first output channels, each entry the number of its tap, from 1."""
    conv = picture.operator
    (name, shape), *_ = conv.numeric_weight_shapes().items()
    taps = np.arange(1, prod(shape[2:]) + 1).reshape(1, 1, *shape[2:])
    matrix = conv.matrix({name: np.broadcast_to(taps, shape)})
    return matrix[: picture.channels * prod(map(int, conv.output_size))]


def _draw(axes: Axes, picture: Picture) -> None:
    matrix = _shown(picture)
    image = np.ma.masked_equal(matrix.toarray(), 0)
    taps = int(matrix.data.max())
    colours = mpl.colormaps["viridis"].resampled(max(taps, 2))
    axes.imshow(image, cmap=colours, vmin=1, vmax=max(taps, 2), interpolation="none", aspect="equal")
    axes.set_anchor("N")
    axes.set_title(picture.title, fontsize=8, pad=6)
    rows, columns = (
        prod(map(int, size)) for size in (picture.operator.output_size, picture.operator.input_size)
    )
    for position in range(rows, matrix.shape[0], rows):
        axes.axhline(position - 0.5, color="0.45", linewidth=0.5)
    for position in range(columns, matrix.shape[1], columns):
        axes.axvline(position - 0.5, color="0.45", linewidth=0.5)
    axes.set_xlabel(f"{matrix.shape[1]} inputs")
    axes.set_ylabel(f"{matrix.shape[0]} outputs")
    axes.set_xticks([])
    axes.set_yticks([])
