"""Matrices in lines, an equation: C = A B. How many stand in each line, and how large their cells are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from convalgebra.reporting.figures.canvas import WIDTH, Canvas
from convalgebra.reporting.figures.entries import ABOVE, BELOW, draw_matrix
from convalgebra.reporting.figures.parts import Matrix, Parts
from convalgebra.reporting.figures.strip import MARGIN

_CELL = 0.24  # the largest
_HIGHEST = 5.7  # inches for all of it
BETWEEN = 0.12
_SIGN = 0.3
_LEFT = 0.2  # for the numbers of rows


@dataclass(frozen=True)
class Sheet:
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
        return sum(_line_height(line, self.cell) for line in self._rows) + BETWEEN * (len(self.lines) - 1)

    def draw(self, canvas: Canvas, y: float) -> None:
        """Draw with the upper end there, each line in the middle of the width."""
        signs = ["", "=", *[r"\cdot"] * len(self.matrices)]
        at = 0
        for line in self._rows:
            height = _line_height(line, self.cell)
            middle = y + ABOVE + (height - ABOVE - BELOW) / 2
            x = (canvas.figure.get_size_inches()[0] - _line_width(line, self.cell)) / 2
            for matrix in line:
                if signs[at]:
                    canvas.text(x + _SIGN / 2, middle, f"${signs[at]}$", size=13)
                x += _SIGN if at else _LEFT
                rows, columns = matrix.entries.shape
                framed = self.framed if at == 0 else None
                draw_matrix(canvas, matrix, (x, middle - rows * self.cell / 2), self.cell, framed)
                x += columns * self.cell
                at += 1
            y += height + BETWEEN


def sheet_of(parts: Parts, framed: int) -> Sheet:
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
    return Sheet(matrices, lines, cell, framed)


def _fitting(matrices: Sequence[Matrix], lines: tuple[int, ...]) -> float:
    ends = np.cumsum((0, *lines)).tolist()
    found, rows = [_CELL], 0
    for begin, end in pairwise(ends):
        line = matrices[begin:end]
        free = WIDTH - 2 * MARGIN - _line_width(line, 0.0)
        found.append(free / sum(matrix.entries.shape[1] for matrix in line))
        rows += max(matrix.entries.shape[0] for matrix in line)
    free = _HIGHEST - (ABOVE + BELOW + BETWEEN) * len(lines)
    return min(*found, free / rows)


def _line_width(line: Sequence[Matrix], cell: float) -> float:
    return sum(int(matrix.entries.shape[1]) * cell + _SIGN for matrix in line)


def _line_height(line: Sequence[Matrix], cell: float) -> float:
    return max(int(matrix.entries.shape[0]) for matrix in line) * cell + ABOVE + BELOW
