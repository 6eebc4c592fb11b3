"""The picture of an operator's matrix, its factors beside it, each entry in the colour of its tap."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from scipy import sparse

from convalgebra.drawing.legend import Legend, blocks_of
from convalgebra.drawing.panel import Panel, is_large
from convalgebra.drawing.taps import Kernels, kernels_of, taps_of
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Weights
from convalgebra.sizes import number
from convalgebra.weights import WeightsLike

# More factors than these are not drawn, only their product.
MOST_FACTORS = 4

_WIDTH, _HEIGHT = 7.0, 6.0  # inches for all matrices together
_CELL = 0.34  # the largest cell
_LEAST = 0.5  # the smallest side of a matrix
_LABEL = 1.75  # what an axis label needs
_MARGIN, _ABOVE, _BELOW, _BETWEEN = 0.35, 0.55, 0.35, 0.3
_LETTER = 0.085
_LONGEST_TITLE = 18
_SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "axes.linewidth": 0.6,
    "pdf.fonttype": 42,
    "svg.hashsalt": "convalgebra",
}
# No dates and no versions: the same input gives the same bytes.
_METADATA: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}


def draw_matrix(
    operator: Operator, weights: WeightsLike, file: Path, *, memory_limit: int | str | None = None
) -> sparse.csr_array:
    """Write the matrix as a picture: .png, .svg or .pdf, as the file is called. Return the matrix.

    With ``weights`` the entries of a small matrix are written into their cells; None leaves them out.
    An operator of several factors is drawn with them, in the order of multiplication. The same input
    gives the same bytes. Raises what ``op.matrix`` raises.
    """
    panels = _panels(operator, weights, memory_limit)
    legend = Legend(blocks_of(panels), any(panel.is_dense for panel in panels))
    with mpl.rc_context(_SETTINGS):
        _lay_out(panels, legend).savefig(file, dpi=200, metadata=_METADATA[file.suffix])
    return panels[0].matrix


# --- what is drawn -------------------------------------------------------------------------------


def _panels(operator: Operator, weights: WeightsLike, limit: int | str | None) -> list[Panel]:
    given = operator.checked(_ones(operator) if weights is None else weights)
    drawn = [(operator, "C")]
    if 1 < len(operator.stages) <= MOST_FACTORS:
        drawn += [(stage, _title(stage)) for stage in operator.stages]
    kernels = kernels_of(operator)
    return [_panel(part, title, given, limit, weights is not None, kernels) for part, title in drawn]


def _panel(
    operator: Operator,
    title: str,
    weights: Weights,
    limit: int | str | None,
    values: bool,
    kernels: Kernels,
) -> Panel:
    build = partial(operator.matrix, memory_limit=limit)
    matrix = build({name: weights[name] for name in operator.weight_shapes})
    coloured = operator.weight_shapes and not is_large(matrix)
    taps = taps_of(operator, build, matrix, kernels) if coloured else None
    outs, ins = (number(shape[0], "channels") for shape in (operator.output_shape, operator.input_shape))
    return Panel(matrix, title, (outs, ins), taps, values)


def _ones(operator: Operator) -> dict[str, Any]:
    return {name: np.ones(shape, np.int64) for name, shape in operator.numeric_weight_shapes().items()}


def _title(stage: Operator) -> str:
    """Return the names of a factor's weights, or the factor itself where it has none and is short."""
    title = ", ".join(stage.weight_shapes) or stage.structure()
    return title if len(title) <= _LONGEST_TITLE else "no weight"


# --- where it is drawn ---------------------------------------------------------------------------


def _lay_out(panels: Sequence[Panel], legend: Legend) -> Figure:
    """Place everything in inches, left to right, each matrix in the middle of the height."""
    shapes = [panel.matrix.shape for panel in panels]
    cell = min(_CELL, _WIDTH / sum(c for _, c in shapes), _HEIGHT / max(r for r, _ in shapes))
    sizes = [(max(_LEAST, columns * cell), max(_LEAST, rows * cell)) for rows, columns in shapes]
    texts = [f"{panel.title}\n{panel.matrix.shape[0]} × {panel.matrix.shape[1]}" for panel in panels]
    slots = [
        max(width, _LETTER * max(map(len, text.splitlines())))
        for (width, _), text in zip(sizes, texts, strict=True)
    ]
    body = max(*(height for _, height in sizes), legend.height, _LABEL)
    explained = legend.width + _BETWEEN if legend.width else 0
    width = _MARGIN + sum(slots) + _BETWEEN * (len(panels) - 1) + explained + 0.15
    height = _BELOW + body + _ABOVE
    figure = Figure(figsize=(width, height))
    left, middle = _MARGIN, _BELOW + body / 2
    for at, (panel, size, text, slot) in enumerate(zip(panels, sizes, texts, slots, strict=True)):
        if at:
            sign = "=" if at == 1 else "·"
            figure.text(
                (left - _BETWEEN / 2) / width, middle / height, sign, ha="center", va="center", size=14
            )
        box = (left + (slot - size[0]) / 2, middle - size[1] / 2, *size)
        axes = figure.add_axes((box[0] / width, box[1] / height, box[2] / width, box[3] / height))
        panel.draw(axes, size[0] / panel.matrix.shape[1])
        axes.set_title(text, fontsize=8, pad=5, linespacing=1.3)
        if at == 0:
            axes.set_ylabel("outputs (channel, row-major)", labelpad=5)
            axes.set_xlabel("inputs", labelpad=5)
        left += slot + _BETWEEN
    legend.draw(figure, left, middle + max(legend.height, min(body, sizes[0][1])) / 2)
    return figure
