"""An image on paper: its channels one below the other, slices of a volume side by side."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as grid
from math import ceil, prod

import numpy as np
from numpy.typing import NDArray

GAP = 0.6  # between channels and between slices, in cells
_TALLEST = 16  # in cells: higher stacks of channels are broken into columns

Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Image:
    """The shape of an image, (channels, *size), and how far it is padded at each end of each axis."""

    shape: tuple[int, ...]
    padding: Pairs = ()

    @property
    def channels(self) -> int:
        """How many channels; a vector is one row of one channel."""
        return self.shape[0] if len(self.shape) > 1 else 1

    @property
    def size(self) -> tuple[int, int, int]:
        """Slices, rows, columns."""
        size = self.shape[1:] if len(self.shape) > 1 else self.shape
        slices, rows, columns = prod(size[:-2]), *(1, *size)[-2:]
        return slices, rows, columns

    @property
    def pads(self) -> Pairs:
        """The padding of slices, rows, columns."""
        return ((0, 0), (0, 0), (0, 0), *self.padding)[-3:] if len(self.padding) <= 3 else ((0, 0),) * 3

    @property
    def padded(self) -> tuple[int, int, int]:
        """Slices, rows, columns with their padding."""
        slices, rows, columns = (n + lo + hi for n, (lo, hi) in zip(self.size, self.pads, strict=True))
        return slices, rows, columns

    @property
    def block(self) -> tuple[float, float]:
        """Width and height of a channel in cells."""
        slices, rows, columns = self.padded
        return slices * columns + GAP * (slices - 1), rows

    @property
    def across(self) -> int:
        """How many channels stand side by side."""
        wide, high = self.block

        def extents(across: int) -> tuple[float, int]:
            down = ceil(self.channels / across)
            return max(across * (wide + GAP), down * (high + GAP)), across

        stacked = self.channels * (high + GAP) <= _TALLEST
        return 1 if stacked else min(map(extents, range(1, self.channels + 1)))[1]

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height of all in cells."""
        wide, high = self.block
        down = ceil(self.channels / self.across)
        return self.across * (wide + GAP) - GAP, down * (high + GAP) - GAP

    def corners(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the corners (x, y), in cells, of places (channel, slice, row, column)."""
        channel, slices, rows, columns = np.asarray(places).reshape(-1, 4).T
        (wide, high), ((front, _), (above, _), (left, _)) = self.block, self.pads
        x = (channel % self.across) * (wide + GAP) + (slices + front) * (self.padded[2] + GAP)
        y = (channel // self.across) * (high + GAP)
        return np.stack([x + columns + left, y + rows + above], axis=1)

    def places(self) -> NDArray[np.int64]:
        """Return the places (channel, slice, row, column) of all values, in their order."""
        return np.array(list(grid(*map(range, (self.channels, *self.size)))), np.int64).reshape(-1, 4)

    def border(self) -> NDArray[np.int64]:
        """Return the places of the padding."""
        ranges = [range(-lo, n + hi) for n, (lo, hi) in zip(self.size, self.pads, strict=True)]
        return np.array(
            [
                (channel, *place)
                for channel in range(self.channels)
                for place in grid(*ranges)
                if not all(0 <= at < n for at, n in zip(place, self.size, strict=True))
            ],
            np.int64,
        ).reshape(-1, 4)
