"""What the colours mean: each kernel as a small grid of its taps, and what else there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product as grid
from math import prod

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convalgebra.drawing.colours import DENSITY, SEVERAL, WEIGHTLESS, Colours, ink_on
from convalgebra.drawing.panel import Panel

_TITLE = 0.22  # inches
_GAP = 0.18
_SIDE = 0.3
_WIDEST = 1.7
_LETTER = 0.075


@dataclass(frozen=True)
class Block:
    """A kernel of the legend: a title and the colours of its taps, or one colour by itself."""

    title: str
    kernel: tuple[int, ...]
    colours: Colours

    @property
    def is_swatch(self) -> bool:
        """Whether it is one colour with its meaning beside it."""
        return prod(self.kernel) == 1

    @property
    def slices(self) -> tuple[int, int, int]:
        """How the kernel lies on paper: slices one below the other, rows, columns."""
        rows, columns = (1, 1, *self.kernel)[-2:]
        return prod(self.kernel[:-2]), rows, columns

    @property
    def side(self) -> float:
        """The side of a tap in inches."""
        count, rows, columns = self.slices
        return 0.16 if self.is_swatch else min(_SIDE, _WIDEST / columns, 2 * _WIDEST / (count * rows))

    @property
    def height(self) -> float:
        """The height in inches."""
        count, rows, _ = self.slices
        taps = (count * rows + 0.4 * (count - 1)) * self.side
        return self.side if self.is_swatch else _TITLE + taps

    @property
    def width(self) -> float:
        """The width in inches."""
        text = _LETTER * len(self.title)
        return self.side + 0.08 + text if self.is_swatch else max(self.slices[2] * self.side, text)


def blocks_of(panels: Sequence[Panel]) -> list[Block]:
    """Return what the colours in the panels mean, each once."""
    found: dict[str, Block] = {}
    shown = [panel for panel in panels if not panel.is_dense]
    for taps in (panel.taps for panel in shown if panel.taps is not None):
        colours, first = taps.colours, 1
        if not taps.numbers.any():
            continue
        for name, kernel in taps.kernels.items():
            last = first + prod(kernel)
            title = name if prod(kernel) == 1 else f"taps of {name}"
            found.setdefault(name, Block(title, kernel, colours[first:last]))
            first = last
    blocks = sorted(found.values(), key=lambda block: block.is_swatch)
    if any(panel.taps is not None and (panel.taps.numbers == 0).any() for panel in shown):
        blocks.append(Block("made of several taps", (), np.array([to_rgba(SEVERAL)])))
    if any(panel.taps is None for panel in shown):
        blocks.append(Block("no weight", (), np.array([to_rgba(WEIGHTLESS)])))
    return blocks


@dataclass(frozen=True)
class Legend:
    """The blocks one below the other, and a scale where a panel shows a density."""

    blocks: Sequence[Block]
    scale: bool

    @property
    def width(self) -> float:
        """The width in inches; 0 where there is nothing to explain."""
        return max([*(block.width for block in self.blocks), 1.5 if self.scale else 0.0])

    @property
    def height(self) -> float:
        """The height in inches."""
        parts = [*(block.height for block in self.blocks), *([1.9] if self.scale else [])]
        return sum(parts) + _GAP * max(len(parts) - 1, 0)

    def draw(self, figure: Figure, left: float, top: float) -> None:
        """Draw with the top left corner there, in inches from the left and the bottom."""
        for block in self.blocks:
            _draw_block(figure, block, left, top)
            top -= block.height + _GAP
        if self.scale:
            _draw_scale(figure, left, top)


def _draw_block(figure: Figure, block: Block, left: float, top: float) -> None:
    side = block.side
    if not block.is_swatch:
        _write(figure, left, top - 0.06, block.title, ha="left")
        top -= _TITLE
    for index, (x, y), colour in zip(_indices(block), _places(block), block.colours, strict=True):
        at = left + x * side, top - (y + 1) * side
        _square(figure, at, side, colour)
        if not block.is_swatch and side * 72 >= 4.5 * 0.62 * len(index):
            size = min(7.5, side * 72 / (0.68 * len(index)))
            _write(figure, at[0] + side / 2, at[1] + side / 2, index, color=ink_on(colour), size=size)
    if block.is_swatch:
        _write(figure, left + side + 0.08, top - side / 2, block.title, ha="left")


def _indices(block: Block) -> Iterator[str]:
    return (",".join(map(str, index)) for index in grid(*map(range, block.kernel)))


def _places(block: Block) -> Iterator[tuple[float, float]]:
    count, rows, columns = block.slices
    for s, row, column in grid(range(count), range(rows), range(columns)):
        yield column, s * (rows + 0.4) + row


def _square(figure: Figure, at: tuple[float, float], side: float, colour: Colours) -> None:
    figure.add_artist(
        Rectangle(
            at,
            side,
            side,
            facecolor=tuple(colour),
            edgecolor="white",
            linewidth=0.6,
            transform=figure.dpi_scale_trans,
        )
    )


def _write(
    figure: Figure,
    x: float,
    y: float,
    text: str,
    *,
    ha: str = "center",
    color: str = "black",
    size: float = 8,
) -> None:
    figure.text(
        x,
        y,
        text,
        ha=ha,
        va="center",
        color=color,
        fontsize=size,
        transform=figure.dpi_scale_trans,
    )


def _draw_scale(figure: Figure, left: float, top: float) -> None:
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, (top - 1.85) / height, 0.14 / width, 1.8 / height))
    bar = figure.colorbar(ScalarMappable(cmap=DENSITY), cax=axes)
    bar.set_label("entries in a bin,\nrelative to the fullest", fontsize=8)
    bar.ax.tick_params(labelsize=8, width=0.5, length=2)
    bar.outline.set_linewidth(0.5)
