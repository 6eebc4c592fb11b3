"""A strip of images, from input to output, with the kernels between them: how large, and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convalgebra.drawing.colours import FAINT, LINE
from convalgebra.reporting.figures.canvas import WIDTH, Canvas
from convalgebra.reporting.figures.images import Image
from convalgebra.reporting.figures.parts import Kernel

MARGIN = 0.06
_TITLE = 0.2
_CELL = 0.24  # the largest
_HEIGHT = 2.3  # inches for all of it
_SPACE = 0.2  # beside kernels
_ARROW = 0.5
_KERNEL_GAP = 0.4  # in cells
_MOST_TAPS = 160


@dataclass(frozen=True)
class Picture:
    """An image with the colours of what is read of it, and frames in cells: (x, y, width, height)."""

    image: Image
    title: str
    read: tuple[NDArray[Any], NDArray[Any]]  # positions, colours
    frames: tuple[tuple[float, float, float, float], ...]
    outside: tuple[str, ...] = ()

    def draw(self, canvas: Canvas, x: float, y: float, cell: float) -> None:
        """Draw with the upper left corner there."""
        places = self.image.places()
        origin = np.array([x, y])
        border = self.image.border()
        if len(border):
            corners = origin + cell * self.image.corners(border)
            if self.outside:
                canvas.cells(corners, cell, "#f4f4f4", edge=LINE)
                canvas.labels(corners, cell, self.outside, ["#8a8a8a"] * len(corners))
            else:
                canvas.hatched(corners, cell)
        colours = np.ones((len(places), 4))
        positions, found = self.read
        colours[positions] = found
        corners = origin + cell * self.image.corners(places)
        canvas.cells(corners, cell, colours, edge=FAINT, name=f"image-{self.title}")
        canvas.labels(corners, cell, [str(i) for i in range(len(places))], colours)
        for fx, fy, width, height in self.frames:
            canvas.frame(x + fx * cell, y + fy * cell, width * cell, height * cell)
        wide, _ = self.image.extent
        canvas.text(x + wide * cell / 2, y - 0.09, f"${self.title}$", size=9.5)


@dataclass(frozen=True)
class Kernels:
    """Kernels beside one another, an arrow below them."""

    kernels: tuple[Kernel, ...]

    def _shown(self, kernel: Kernel) -> tuple[int, int]:
        many = prod(kernel.table) * prod(kernel.taps) > _MOST_TAPS
        return (1, 1) if many else kernel.table

    def _gap(self, kernel: Kernel) -> float:
        return 0.0 if prod(kernel.taps) == 1 else _KERNEL_GAP

    def _extent(self, kernel: Kernel) -> tuple[float, float]:
        rows, columns = self._shown(kernel)
        wide, high = Image((1, *kernel.taps)).extent
        gap = self._gap(kernel)
        return columns * (wide + gap) - gap, rows * (high + gap) - gap

    def width(self, cell: float) -> float:
        """The width in inches."""
        wide = [self._extent(kernel)[0] * cell for kernel in self.kernels]
        return max(_ARROW, sum(wide) + _SPACE * (len(wide) - 1)) + 2 * _SPACE

    def height(self, cell: float) -> float:
        """The height in inches, the titles above and the arrow below included, twice what is above."""
        high = [self._extent(kernel)[1] * cell for kernel in self.kernels]
        return max([0.0, *high]) + (0.5 if high else 0.2)

    def draw(self, canvas: Canvas, x: float, middle: float, cell: float) -> None:
        """Draw with the left end there, the middle of the height there."""
        width, height = self.width(cell), self.height(cell)
        below = middle + height / 2 - 0.1
        canvas.arrow(x + _SPACE - 0.06, x + width - _SPACE + 0.06, below if self.kernels else middle)
        extents = [self._extent(kernel) for kernel in self.kernels]
        drawn = sum(wide * cell for wide, _ in extents) + _SPACE * (len(extents) - 1)
        at = x + (width - drawn) / 2
        for kernel, (wide, high) in zip(self.kernels, extents, strict=True):
            self._draw(canvas, kernel, (at, below - 0.14 - high * cell), cell)
            at += wide * cell + _SPACE

    def _draw(self, canvas: Canvas, kernel: Kernel, corner: tuple[float, float], cell: float) -> None:
        shown, gap = self._shown(kernel), self._gap(kernel)
        image = Image((1, *kernel.taps))
        (wide, high), places = image.extent, image.places()
        one = image.corners(places)
        shifts = [
            (column * (wide + gap), row * (high + gap))
            for row in range(shown[0])
            for column in range(shown[1])
        ]
        corners = np.array(corner) + cell * np.concatenate([one + shift for shift in shifts])
        count = len(corners)
        canvas.cells(corners, cell, kernel.colours[:count], edge="white", name=f"kernel-{kernel.title}")
        canvas.labels(corners, cell, kernel.labels[:count], kernel.colours[:count])
        many = "" if shown == kernel.table else rf"\ \ (\times {prod(kernel.table)})"
        canvas.text(
            corner[0] + self._extent(kernel)[0] * cell / 2,
            corner[1] - 0.09,
            f"${kernel.title}{many}$",
            size=9.5,
        )


@dataclass(frozen=True)
class Strip:
    """Images in a row, from input to output, with the kernels between them."""

    pictures: tuple[Picture, ...]
    between: tuple[Kernels, ...]

    def _width(self, cell: float) -> float:
        images = sum(picture.image.extent[0] for picture in self.pictures) * cell
        return images + sum(kernels.width(cell) for kernels in self.between)

    def _body(self, cell: float) -> float:
        images = max(picture.image.extent[1] for picture in self.pictures) * cell
        return max(images, *(kernels.height(cell) for kernels in self.between))

    @cached_property
    def cell(self) -> float:
        """The side of a cell in inches: as large as fits."""
        sides = np.arange(_CELL, 0.005, -0.002)
        fits = (s for s in sides if self._width(s) <= WIDTH - 2 * MARGIN and self._body(s) <= _HEIGHT)
        return float(next(fits, 0.005))

    @property
    def width(self) -> float:
        """The width in inches."""
        return self._width(self.cell)

    @property
    def height(self) -> float:
        """The height in inches."""
        return self._body(self.cell) + _TITLE

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw with the upper left corner there."""
        cell, middle = self.cell, y + _TITLE + self._body(self.cell) / 2
        for at, picture in enumerate(self.pictures):
            if at:
                kernels = self.between[at - 1]
                kernels.draw(canvas, x, middle, cell)
                x += kernels.width(cell)
            wide, high = picture.image.extent
            picture.draw(canvas, x, middle - high * cell / 2, cell)
            x += wide * cell
