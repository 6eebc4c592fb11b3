"""The images from the input of an operator to its output: one output, and what it reads of each."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from convalgebra.drawing.colours import SEVERAL
from convalgebra.operators.base import Operator
from convalgebra.reporting.figures.images import Image
from convalgebra.reporting.figures.parts import Kernel, Matrix, Parts
from convalgebra.reporting.figures.reading import padding_of, sources_of, window_of
from convalgebra.reporting.figures.strip import Kernels, Picture, Strip


def strip_of(operator: Operator, parts: Parts) -> Strip:
    """Return the images x and y, those between where the factors have any, and the kernels between them."""
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
    pictures.append(Picture(image, "y", read, ((*corner, 1.0, 1.0),)))
    return Strip(tuple(pictures), tuple(map(Kernels, between)))


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


def _input(operator: Operator, whole: Matrix, output: int) -> Picture:
    image = Image(whole.shapes[0], padding_of(operator))
    positions, colours = whole.row(output)
    outside = sources_of(operator, image)
    window = window_of(operator, output)
    return Picture(image, "x", (positions, colours), _windows(image, positions, window), outside)


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


def _intermediate(factors: Sequence[Matrix], output: int) -> list[Picture]:
    """Return the images between the factors, from the input on, with what the output reads of them."""
    found: list[Picture] = []
    reads = np.array([output])
    names = ["z"] if len(factors) == 2 else [f"z_{at}" for at in range(len(factors) - 1, 0, -1)]
    for at, (factor, name) in enumerate(zip(factors[:-1], names, strict=True)):
        positions, colours = factor.row(output)
        if at:
            positions = np.unique(np.concatenate([factor.row(int(o))[0] for o in reads]))
            colours = np.tile(to_rgba(SEVERAL), (len(positions), 1))
        image = Image(factor.shapes[0])
        found.append(Picture(image, name, (positions, colours), _windows(image, positions, None)))
        reads = positions
    return found[::-1]
