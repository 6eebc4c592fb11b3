"""One matrix in its axes: cells where it is small, pixels or a density where it is large."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from numpy.typing import NDArray
from scipy import sparse

from convalgebra.drawing.colours import DENSITY, FAINT, SEPARATOR, WEIGHTLESS, Colours, ink_on
from convalgebra.drawing.taps import Taps

# Up to so many entries each is a shape of its own, up to so long a side each is a pixel of its own.
CELLS = 20_000
PIXELS = 1200
BINS = 800
WRITTEN_COLUMNS = 20
WRITTEN_ROWS = 40
_MOST_LINES = 128


@dataclass(frozen=True)
class Panel:
    """A matrix to draw, its title, its channels (of outputs, of inputs), and the taps of its entries.

    ``taps`` is None where there are no weights, and where the matrix is too large for colours.
    """

    matrix: sparse.csr_array
    title: str
    channels: tuple[int, int]
    taps: Taps | None
    values: bool

    @property
    def is_dense(self) -> bool:
        """Whether it is drawn as a density: too large for one pixel per entry."""
        return is_large(self.matrix)

    @property
    def colours(self) -> Colours:
        """The colour of each stored entry."""
        if self.taps is None:
            return np.tile(to_rgba(WEIGHTLESS), (self.matrix.nnz, 1))
        found: Colours = self.taps.colours[self.taps.numbers]
        return found

    def draw(self, axes: Axes, cell: float) -> None:
        """Draw into axes whose cells are ``cell`` inches wide."""
        rows, columns = self.matrix.shape
        axes.set_xlim(0, columns)
        axes.set_ylim(rows, 0)
        axes.set_xticks([])
        axes.set_yticks([])
        if self.is_dense:
            self._draw_density(axes)
        elif self.matrix.nnz > CELLS:
            self._draw_pixels(axes)
        else:
            self._draw_cells(axes, cell)
        self._separate(axes)

    def _draw_cells(self, axes: Axes, cell: float) -> None:
        rows, columns = self.matrix.tocoo().coords
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
        squares = np.stack([columns, rows], axis=1)[:, None, :] + corners
        apart = {"edgecolors": "white", "linewidths": 0.6} if cell > 0.08 else {"edgecolors": "face"}
        settings: dict[str, Any] = {"linewidths": 0.1, **apart}
        axes.add_collection(PolyCollection(squares, facecolors=self.colours, **settings))
        few = self.matrix.shape[1] <= WRITTEN_COLUMNS and self.matrix.shape[0] <= WRITTEN_ROWS
        if self.values and few and not np.iscomplexobj(self.matrix.data):
            self._write_values(axes, cell, rows, columns)

    def _write_values(self, axes: Axes, cell: float, rows: NDArray[Any], columns: NDArray[Any]) -> None:
        texts = [f"{value:.3g}" for value in self.matrix.data.tolist()]
        longest = max(map(len, texts), default=1)
        size = min(9.0, cell * 72 / (0.68 * longest + 0.4), cell * 72 * 0.6)
        if size < 4.5:  # too small to be read
            return
        for text, colour, row, column in zip(texts, self.colours, rows, columns, strict=True):
            axes.text(
                column + 0.5,
                row + 0.5,
                text,
                fontsize=size,
                color=ink_on(colour),
                ha="center",
                va="center_baseline",
            )

    def _draw_pixels(self, axes: Axes) -> None:
        rows, columns = self.matrix.tocoo().coords
        image = np.ones((*self.matrix.shape, 4))
        image[rows, columns] = self.colours
        axes.imshow(image, interpolation="nearest", aspect="auto", extent=_extent(self.matrix))

    def _draw_density(self, axes: Axes) -> None:
        image = density(self.matrix)
        fullest = float(image.max(initial=0)) or 1.0
        axes.imshow(
            np.ma.masked_equal(image, 0) / fullest,
            cmap=DENSITY,
            vmin=0,
            vmax=1,
            interpolation="nearest",
            aspect="auto",
            extent=_extent(self.matrix),
        )

    def _separate(self, axes: Axes) -> None:
        for length, channels, line in zip(
            self.matrix.shape, self.channels, (axes.axhline, axes.axvline), strict=True
        ):
            if not 1 < channels <= min(_MOST_LINES, length - 1):
                continue
            # Many lines are faint ones: the matrix is what is looked at.
            faint = (
                {"color": FAINT, "linewidth": 0.3}
                if channels > 8
                else {"color": SEPARATOR, "linewidth": 0.5}
            )
            for channel in range(1, channels):
                line(channel * length / channels, **faint)


def is_large(matrix: sparse.csr_array) -> bool:
    """Say whether a matrix has more rows or columns than a picture has pixels for."""
    return int(max(matrix.shape)) > PIXELS


def density(matrix: sparse.csr_array, bins: int = BINS) -> NDArray[np.float64]:
    """Return the share of stored entries in each of at most ``bins`` x ``bins`` bins.

    >>> density(sparse.csr_array([[1, 0], [0, 2]]))
    array([[1., 0.],
           [0., 1.]])
    """
    (rows, columns), (high, wide) = matrix.shape, (min(n, bins) for n in matrix.shape)
    counts = np.zeros(high * wide)
    # Row by row of bins, so that nothing as long as the entries is held several times.
    starts = -(-np.arange(high + 1) * rows // high)  # bin b holds the rows r with r*high // rows == b
    for b, (begin, end) in enumerate(pairwise(starts)):
        inside = matrix.indices[matrix.indptr[begin] : matrix.indptr[end]].astype(np.int64)
        counts[b * wide : (b + 1) * wide] = np.bincount(inside * wide // columns, minlength=wide)
    widths = np.bincount(np.arange(columns) * wide // columns, minlength=wide)
    shares: NDArray[np.float64] = counts.reshape(high, wide) / np.diff(starts)[:, None] / widths
    return shares


def _extent(matrix: sparse.csr_array) -> tuple[float, float, float, float]:
    return (0, matrix.shape[1], matrix.shape[0], 0)
