"""What one output reads of the image, through one layer, two, three: the receptive field grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import sparse

from convalgebra.drawing.colours import LINE, Colours
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.numeric import multiply
from convalgebra.reporting.blocks import Drawing
from convalgebra.reporting.figures.canvas import WIDTH, Canvas, finish, styled
from convalgebra.reporting.figures.images import Image
from convalgebra.sizes import number

_MARGIN, _TITLE, _SPACE, _CELL = 0.06, 0.24, 0.22, 0.2
_MOST = 4096
_DOT = "#d55e00"


@dataclass(frozen=True)
class _Field:
    """An image and in how many ways the middle output reads each of its values; the centres of taps."""

    image: Image
    ways: NDArray[np.float64]
    centres: NDArray[np.float64]


def field_figure(name: str, operators: Sequence[Operator]) -> Drawing:
    """Return for each operator the image, and in it what the output in the middle reads.

    The darker a place, the more ways lead there; a dot stands in the middle of what each tap of the
    last layer sees, as in Yu and Koltun, arXiv:1511.07122, figure 1. Above each stands the extent of
    the receptive field. Suits stacks of convolutions, ``second @ first``, of one or two axes and up to
    4096 inputs, all on images of the same size; of several channels the first is drawn. Raises
    ``ArgumentError`` for others.

    >>> import convalgebra as ca
    >>> first = ca.conv(1, 1, (9, 9), 3)
    >>> field_figure("field", [first, ca.conv(1, 1, (7, 7), 3, dilation=2) @ first]).width < 6.4
    True
    """
    with styled():
        return finish(field_layout(operators), name)


def field_layout(operators: Sequence[Operator]) -> Figure:
    """Return the fields as they are laid out, not yet a file."""
    fields = [_field(operator) for operator in operators]
    if not fields:
        raise ArgumentError("operators: there must be at least one")
    beside = fields[0].image.size[1] > 1
    wide = [field.image.extent[0] for field in fields]
    across = sum(wide) if beside else max(wide)
    free = WIDTH - 2 * _MARGIN - (_SPACE * (len(fields) - 1) if beside else 0)
    cell = min(_CELL, free / across)
    heights = [field.image.extent[1] * cell + _TITLE for field in fields]
    height = max(heights) if beside else sum(heights) + 0.1 * (len(fields) - 1)
    canvas = Canvas(across * cell + WIDTH - free, height + 2 * _MARGIN)
    x = y = _MARGIN
    for at, (field, high) in enumerate(zip(fields, heights, strict=True), 1):
        _draw(canvas, field, (x, y + _TITLE), cell, f"field-{at}")
        if beside:
            x += field.image.extent[0] * cell + _SPACE
        else:
            y += high + 0.1
    return canvas.figure


def _field(operator: Operator) -> _Field:
    shape, outputs = (_numeric(side) for side in (operator.input_shape, operator.output_shape))
    if len(shape) not in (2, 3) or len(outputs) != len(shape) or prod(shape[1:]) > _MOST:
        raise ArgumentError(
            f"operators: the image of {operator!r}, {shape}, must have 1 or 2 axes, up to {_MOST} values"
        )
    factors = operator.operators if isinstance(operator, Product) else (operator,)
    last, *before = (_ones(factor) for factor in factors)
    below = reduce(multiply, before) if before else sparse.eye_array(last.shape[1], format="csr")
    output = int(np.ravel_multi_index(tuple(n // 2 for n in outputs[1:]), outputs[1:]))
    row = last[[output]]
    ways = (row @ below).toarray()[0][: prod(shape[1:])]
    one_channel = row.indices[row.indices < prod(_numeric(factors[0].input_shape)[1:])]
    seen = (np.unique(below[[int(at)]].indices % prod(shape[1:])) for at in one_channel)
    places = [np.stack(np.unravel_index(inputs, (1, *shape[1:])[-2:]), axis=1) for inputs in seen]
    centres = [(place.min(axis=0) + place.max(axis=0)) / 2 for place in places if len(place)]
    return _Field(Image((1, *shape[1:])), ways, np.array(centres).reshape(-1, 2))


def _ones(operator: Operator) -> sparse.csr_array:
    shapes = operator.numeric_weight_shapes()
    return operator.matrix({name: np.ones(shape) for name, shape in shapes.items()})


def _numeric(shape: Sequence[Any]) -> tuple[int, ...]:
    return tuple(number(n, "shape") for n in shape)


def _draw(canvas: Canvas, field: _Field, corner: tuple[float, float], cell: float, name: str) -> None:
    places = field.image.places()
    corners = np.array(corner) + cell * field.image.corners(places)
    canvas.cells(corners, cell, _shades(field.ways), edge=LINE, name=name)
    read = places[field.ways != 0][:, 2:]
    low, high = read.min(axis=0), read.max(axis=0)
    rows, columns = (high - low + 1).tolist()
    x, y = corner[0] + low[1] * cell, corner[1] + low[0] * cell
    canvas.frame(x, y, columns * cell, rows * cell, line=1.0)
    for row, column in field.centres.tolist():
        canvas.dot(corner[0] + (column + 0.5) * cell, corner[1] + (row + 0.5) * cell, 0.26 * cell, _DOT)
    title = str(columns) if field.image.size[1] == 1 else rf"{rows} \times {columns}"
    canvas.text(corner[0] + field.image.extent[0] * cell / 2, corner[1] - 0.1, f"${title}$", size=8)


def _shades(ways: NDArray[np.float64]) -> Colours:
    """Return a blue for each number of ways, darker by its logarithm; white where there is none."""
    most = np.log1p(ways.max(initial=1))
    shades: Colours = np.asarray(colormaps["Blues"](0.12 + 0.45 * np.log1p(ways) / most))
    shades[ways == 0] = 1
    return shades
