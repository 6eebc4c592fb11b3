"""Which output channel reads which input channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convalgebra.operators.base import Operator
from convalgebra.sizes import number

_SIDE = 10


@dataclass(frozen=True)
class ChannelPattern:
    """A table of output channels (rows) by input channels (columns), as text and as an SVG picture.

    >>> print(ChannelPattern(((True, False), (False, True))))
    █·
    ·█
    """

    rows: tuple[tuple[bool, ...], ...]

    @property
    def table(self) -> NDArray[np.bool_]:
        """The pattern as an array, (out_channels, in_channels)."""
        return np.array(self.rows, bool)

    @property
    def pairs(self) -> int:
        """How many pairs of channels are joined."""
        return int(self.table.sum())

    def __str__(self) -> str:
        return "\n".join("".join("█" if joined else "·" for joined in row) for row in self.rows)

    def svg(self) -> str:
        """Return the pattern as an SVG picture, one square per pair of channels."""
        height, width = (_SIDE * n for n in self.table.shape)
        squares = "".join(
            f'<rect x="{_SIDE * c}" y="{_SIDE * o}" width="{_SIDE}" height="{_SIDE}"/>'
            for o, c in np.argwhere(self.table).tolist()
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 2}" height="{height + 2}" '
            f'viewBox="-1 -1 {width + 2} {height + 2}" role="img" aria-label="channel pattern, '
            f'{self.pairs} of {self.table.size} pairs joined"><rect width="{width}" height="{height}" '
            f'fill="#fff" stroke="#888"/><g fill="#0072b2">{squares}</g></svg>'
        )

    def _repr_svg_(self) -> str:
        return self.svg()


def channel_pattern(operator: Operator) -> ChannelPattern:
    """Return the pattern, seen in the matrix of ones: the channels are the first axis of each shape."""
    outs, ins = (number(shape[0], "channels") for shape in (operator.output_shape, operator.input_shape))
    shapes = operator.numeric_weight_shapes()
    matrix = operator.matrix({name: np.ones(shape, np.int64) for name, shape in shapes.items()}).tocoo()
    rows, columns = matrix.coords
    found = np.zeros((outs, ins), bool)
    per_out, per_in = matrix.shape[0] // outs, matrix.shape[1] // ins
    stored = matrix.data != 0
    found[rows[stored] // per_out, columns[stored] // per_in] = True
    return ChannelPattern(tuple(map(tuple, found.tolist())))
