"""A small worked example: images and kernels above, below them the matrix and its factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from math import prod
from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import NDArray

from convalgebra.drawing.colours import FAINT, SEPARATOR, SEVERAL
from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Drawing
from convalgebra.reporting.figures.canvas import (
    LINE,
    QUIET,
    WIDTH,
    Canvas,
    finish,
    styled,
)
from convalgebra.reporting.figures.images import Image
from convalgebra.reporting.figures.parts import Kernel, Matrix, Parts, Shape, parts_of
from convalgebra.reporting.figures.reading import padding_of, sources_of, window_of
from convalgebra.weights import WeightsLike

_MARGIN = 0.06
_TITLE = 0.2
_CELL, _MATRIX_CELL = 0.24, 0.24  # the largest
_STRIP, _HIGHEST = 2.3, 5.7  # inches for the images, for the matrices
_SPACE = 0.2  # beside kernels
_ARROW = 0.5
_SIGN = 0.3
_ABOVE, _BELOW, _LEFT = 0.34, 0.2, 0.2  # for the title and the numbers of a matrix
_BETWEEN = 0.12
_KERNEL_GAP = 0.4  # in cells
_MOST_TAPS = 160
_MOST_SQUARES = 4000
_MOST_LATTICE = 90


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
    strip = _strip(operator, parts)
    sheet = _sheet(parts, chosen_output(parts.whole, operator))
    height = strip.height + _BETWEEN + sheet.height + 2 * _MARGIN
    width = min(WIDTH, max(strip.width, sheet.width) + 2 * _MARGIN)
    canvas = Canvas(width, height)
    strip.draw(canvas, (width - strip.width) / 2, _MARGIN)
    sheet.draw(canvas, _MARGIN + strip.height + _BETWEEN)
    return canvas.figure


# --- images and kernels ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Picture:
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
class _Kernels:
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
class _Strip:
    """Images in a row, from input to output, with the kernels between them."""

    pictures: tuple[_Picture, ...]
    between: tuple[_Kernels, ...]

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
        fits = (s for s in sides if self._width(s) <= WIDTH - 2 * _MARGIN and self._body(s) <= _STRIP)
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


def _strip(operator: Operator, parts: Parts) -> _Strip:
    output = chosen_output(parts.whole, operator)
    whole = parts.whole
    pictures = [_input(operator, whole, output)]
    chain = [factor.shapes[0] for factor in parts.factors[:-1]]
    rank = len(whole.shapes[0])
    if not chain or len(chain) > 2 or rank < 2 or any(len(shape) != rank for shape in chain):
        between: tuple[tuple[Kernel, ...], ...] = (
            tuple(kernel for kernels in reversed(parts.kernels) for kernel in kernels),
        )
    else:
        pictures += _intermediate(parts.factors, output)
        between = parts.kernels[::-1]
    image = Image(whole.shapes[1])
    (corner,) = image.corners(image.places()[[output]])
    colour = np.array([to_rgba("#e4e4e4")])
    read = np.array([output]), colour
    pictures.append(_Picture(image, "y", read, ((*corner, 1.0, 1.0),)))
    return _Strip(tuple(pictures), tuple(map(_Kernels, between)))


def chosen_output(whole: Matrix, operator: Operator) -> int:
    """Return the output whose row is framed: in the middle of a channel, or where padding is read."""
    image = Image(whole.shapes[1])
    slices, rows, columns = image.size
    padded = any(lo > 0 for lo, _ in padding_of(operator))
    row = 0 if padded and rows > 1 else rows // 2
    column = 0 if padded and rows == 1 else columns // 2
    wanted = ((slices // 2) * rows + row) * columns + column
    if padded:
        return wanted
    # Of those that read most, as away from a border all do, the one nearest to the middle.
    start = 0 if operator.weight_shapes else (image.channels // 2) * prod(image.size)
    counts = np.diff(whole.entries.indptr)[start : start + prod(image.size)]
    most = np.flatnonzero(counts == counts.max())
    middle = np.array([n // 2 for n in image.size])
    distances = np.abs(np.stack(np.unravel_index(most, image.size), axis=1) - middle).sum(axis=1)
    return start + int(most[np.argmin(distances)])


def _input(operator: Operator, whole: Matrix, output: int) -> _Picture:
    image = Image(whole.shapes[0], padding_of(operator))
    positions, colours = whole.row(output)
    outside = sources_of(operator, image)
    window = window_of(operator, output)
    return _Picture(image, "x", (positions, colours), _windows(image, positions, window), outside)


def _windows(
    image: Image, positions: NDArray[Any], window: Sequence[tuple[int, int]] | None
) -> tuple[tuple[float, float, float, float], ...]:
    """Return a frame round what is read in each slice of each channel, in cells."""
    read = image.places()[positions]
    frames = []
    for channel, part in sorted(set(map(tuple, read[:, :2].tolist()))):
        here = read[(read[:, 0] == channel) & (read[:, 1] == part)][:, 2:]
        ends = [here.min(axis=0), here.max(axis=0)]
        if window is not None:
            wider = np.array(((0, 0), (0, 0), *window)[-2:]).T
            low = np.array([-lo for lo, _ in image.pads[1:]])
            high = np.array([n + hi - 1 for n, (_, hi) in zip(image.size[1:], image.pads[1:], strict=True)])
            ends = [np.maximum(wider[0], low), np.minimum(wider[1], high)]
        (x, y), (last_x, last_y) = image.corners(np.array([(channel, part, *end) for end in ends]))
        frames.append((x, y, last_x - x + 1, last_y - y + 1))
    return tuple(frames)


def _intermediate(factors: Sequence[Matrix], output: int) -> list[_Picture]:
    """Return the images between the factors, from the input on, with what the output reads of them."""
    found: list[_Picture] = []
    reads = np.array([output])
    names = ["z"] if len(factors) == 2 else [f"z_{at}" for at in range(len(factors) - 1, 0, -1)]
    for at, (factor, name) in enumerate(zip(factors[:-1], names, strict=True)):
        positions, colours = factor.row(output)
        if at:
            positions = np.unique(np.concatenate([factor.row(int(o))[0] for o in reads]))
            colours = np.tile(to_rgba(SEVERAL), (len(positions), 1))
        image = Image(factor.shapes[0])
        found.append(_Picture(image, name, (positions, colours), _windows(image, positions, None)))
        reads = positions
    return found[::-1]


# --- matrices --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sheet:
    """Matrices in lines, cells of all of one size; ``lines`` hold how many stand in each."""

    matrices: tuple[Matrix, ...]
    lines: tuple[int, ...]
    cell: float
    framed: int

    @property
    def _rows(self) -> list[tuple[Matrix, ...]]:
        ends = np.cumsum((0, *self.lines)).tolist()
        return [self.matrices[begin:end] for begin, end in pairwise(ends)]

    @property
    def width(self) -> float:
        """The width in inches."""
        return max(_line_width(line, self.cell) for line in self._rows)

    @property
    def height(self) -> float:
        """The height in inches."""
        return sum(_line_height(line, self.cell) for line in self._rows) + _BETWEEN * (len(self.lines) - 1)

    def draw(self, canvas: Canvas, y: float) -> None:
        """Draw with the upper end there, each line in the middle of the width."""
        signs = ["", "=", *[r"\cdot"] * len(self.matrices)]
        at = 0
        for line in self._rows:
            height = _line_height(line, self.cell)
            middle = y + _ABOVE + (height - _ABOVE - _BELOW) / 2
            x = (canvas.figure.get_size_inches()[0] - _line_width(line, self.cell)) / 2
            for matrix in line:
                if signs[at]:
                    canvas.text(x + _SIGN / 2, middle, f"${signs[at]}$", size=13)
                x += _SIGN if at else _LEFT
                rows, columns = matrix.entries.shape
                framed = self.framed if at == 0 else None
                _draw(canvas, matrix, (x, middle - rows * self.cell / 2), self.cell, framed)
                x += columns * self.cell
                at += 1
            y += height + _BETWEEN


def _sheet(parts: Parts, framed: int) -> _Sheet:
    """Choose the lines in which the cells are largest, rather few lines than many."""
    matrices = (parts.whole, *parts.factors)
    count = len(matrices)
    options = []
    for breaks in range(count):
        for cuts in combinations(range(1, count), breaks):
            lines = tuple(b - a for a, b in pairwise((0, *cuts, count)))
            cell = _fitting(matrices, lines)
            options.append((-round(cell * 0.8**breaks, 4), breaks, lines, cell))
    _, _, lines, cell = min(options)
    return _Sheet(matrices, lines, cell, framed)


def _fitting(matrices: Sequence[Matrix], lines: tuple[int, ...]) -> float:
    ends = np.cumsum((0, *lines)).tolist()
    found, rows = [_MATRIX_CELL], 0
    for begin, end in pairwise(ends):
        line = matrices[begin:end]
        free = WIDTH - 2 * _MARGIN - _line_width(line, 0.0)
        found.append(free / sum(matrix.entries.shape[1] for matrix in line))
        rows += max(matrix.entries.shape[0] for matrix in line)
    free = _HIGHEST - (_ABOVE + _BELOW + _BETWEEN) * len(lines)
    return min(*found, free / rows)


def _line_width(line: Sequence[Matrix], cell: float) -> float:
    return sum(int(matrix.entries.shape[1]) * cell + _SIGN for matrix in line)


def _line_height(line: Sequence[Matrix], cell: float) -> float:
    return max(int(matrix.entries.shape[0]) for matrix in line) * cell + _ABOVE + _BELOW


def _draw(
    canvas: Canvas, matrix: Matrix, corner: tuple[float, float], cell: float, framed: int | None
) -> None:
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
