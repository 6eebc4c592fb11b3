"""The paper that figures are drawn on, in inches from the top left corner, and how it becomes a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO, StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import NDArray

from convalgebra.drawing.colours import INK, LINE, Colours, ink_on
from convalgebra.reporting.blocks import Drawing
from convalgebra.reporting.figures.svg import element

WIDTH = 6.3  # inches: the width of the text
FRAME = "#000000"
SMALLEST = 4.2  # points: what is smaller is not written
SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "mathtext.fontset": "dejavusans",
    "font.size": 8,
    "axes.linewidth": 0.6,
    "hatch.linewidth": 0.4,
    "pdf.fonttype": 3,
    "pdf.compression": 9,
    "svg.fonttype": "path",
    "svg.hashsalt": "convalgebra",
}
# No dates and no versions: the same input gives the same bytes.
_METADATA: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
}


class Canvas:
    """A figure with one pair of axes all over it: inches to the right and down from the top left."""

    def __init__(self, width: float, height: float) -> None:
        self.figure = Figure(figsize=(width, height))
        FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)
        self.axes.set_axis_off()

    def cells(
        self, corners: NDArray[np.float64], side: float, colours: Any, *, edge: Any, name: str = ""
    ) -> None:
        """Draw squares by their upper left corners, (x, y) in a row; ``name`` is the artist's."""
        if not len(corners):
            return
        unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * side
        shapes: Any = corners[:, None, :] + unit
        squares = PolyCollection(
            shapes,
            facecolors=colours,
            edgecolors=edge,
            linewidths=0.5 if side > 0.07 else 0.2,
            clip_on=False,
            gid=name or None,
        )
        self.axes.add_collection(squares, autolim=False)

    def hatched(self, corners: NDArray[np.float64], side: float) -> None:
        """Draw squares that stand for zeros outside an image: each with a faint stroke across."""
        self.cells(corners, side, "#f6f6f6", edge=LINE)
        inset = 0.22 * side
        lines = [[(x + inset, y + side - inset), (x + side - inset, y + inset)] for x, y in corners]
        self.lines(lines, LINE, 0.5)

    def lines(self, lines: Sequence[Any], colour: str, width: float) -> None:
        """Draw lines, each a list of points."""
        if len(lines):
            found = LineCollection(lines, colors=colour, linewidths=width, clip_on=False)
            self.axes.add_collection(found, autolim=False)

    def labels(
        self,
        corners: NDArray[np.float64],
        side: float,
        texts: Sequence[str],
        colours: Sequence[str] | Colours,
    ) -> None:
        """Write into squares, in ink that is read on their colours; nothing where it would be too small."""
        size = label_size(texts, side)
        if size < SMALLEST:
            return
        for (x, y), text, colour in zip(corners, texts, colours, strict=True):
            ink = colour if isinstance(colour, str) else ink_on(colour)
            # Middle of the digits, not of the line: "center_baseline" differs between writers.
            self.text(x + side / 2, y + side / 2, text, size=size, colour=ink)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 8,
        colour: str = INK,
        ha: str = "center",
        va: str = "center_baseline",
    ) -> None:
        """Write symbols or numbers there."""
        if text:
            self.axes.text(x, y, text, fontsize=size, color=colour, ha=ha, va=va)

    def frame(
        self, x: float, y: float, width: float, height: float, *, line: float = 1.1, colour: str = FRAME
    ) -> None:
        """Draw a thin frame round a rectangle."""
        box = Rectangle(
            (x, y), width, height, fill=False, edgecolor=colour, linewidth=line, clip_on=False, zorder=3
        )
        self.axes.add_patch(box)

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Draw a dot with a white rim."""
        dot = Circle(
            (x, y), radius, facecolor=colour, edgecolor="white", linewidth=0.6, clip_on=False, zorder=4
        )
        self.axes.add_patch(dot)

    def image(self, x: float, y: float, width: float, height: float, pixels: NDArray[np.uint8]) -> None:
        """Draw pixels, (rows, columns, 3), into a rectangle, each as it is."""
        box = (x, x + width, y + height, y)
        self.axes.imshow(pixels, interpolation="none", aspect="auto", extent=box, clip_on=False, zorder=1)
        # An image changes the limits of its axes.
        total = self.figure.get_size_inches()
        self.axes.set_xlim(0, total[0])
        self.axes.set_ylim(total[1], 0)

    def arrow(self, start: float, end: float, y: float) -> None:
        """Draw an arrow to the right."""
        style = {"arrowstyle": "-|>,head_length=0.25,head_width=0.13", "linewidth": 0.8, "color": INK}
        self.axes.annotate("", (end, y), (start, y), arrowprops={**style, "shrinkA": 0, "shrinkB": 0})


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of reports within this, whatever else is set."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def label_size(texts: Sequence[str], side: float) -> float:
    """Return the size in points at which all texts fit into squares of a side in inches."""
    longest = max(map(len, texts), default=1)
    return min(8.0, side * 72 * 0.56, side * 72 / (0.64 * longest + 0.35))


def finish(figure: Figure, name: str) -> Drawing:
    """Return a figure as PDF and as SVG, in bytes that depend on nothing but what is drawn."""
    vector, image = BytesIO(), StringIO()
    with styled():
        figure.savefig(vector, format="pdf", metadata=_METADATA["pdf"])
        figure.savefig(image, format="svg", metadata=_METADATA["svg"])
    width = round(float(figure.get_size_inches()[0]), 3)
    return Drawing(name, vector.getvalue(), element(image.getvalue(), name), width)
