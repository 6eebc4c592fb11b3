"""What there is to draw of an operator: matrices with the colours and labels of their entries, kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product as grid
from math import prod
from typing import Any

import numpy as np
from scipy import sparse

from convalgebra.drawing.colours import Colours, kernel_colours
from convalgebra.drawing.matrix import MOST_FACTORS
from convalgebra.drawing.panel import Panel
from convalgebra.drawing.taps import Kernels, Taps, kernels_of, weights_of
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.sizes import number
from convalgebra.weights import Array, WeightsLike

# C is the whole.
_LETTERS = "ABDEFG"
_LARGEST = 4096
_LONGEST_FACTOR = 200  # where a factor is longer only the whole is drawn
_ROUNDING = 1e-9
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Matrix:
    """A matrix in its panel, the text of each stored entry, and the shapes of its input and output."""

    panel: Panel
    labels: tuple[str, ...]
    shapes: tuple[Shape, Shape]

    @property
    def entries(self) -> sparse.csr_array:
        """The matrix."""
        return self.panel.matrix

    def row(self, output: int) -> tuple[np.ndarray[Any, Any], Colours]:
        """Return the inputs that an output reads, and the colours of these entries."""
        begin, end = self.entries.indptr[output : output + 2]
        return self.entries.indices[begin:end], self.panel.colours[begin:end]


@dataclass(frozen=True)
class Kernel:
    """A weight as a table of kernels (rows, columns), each with the labels of its taps."""

    title: str
    taps: Shape
    table: tuple[int, int]
    labels: tuple[str, ...]

    @property
    def colours(self) -> Colours:
        """The colours of the taps of all kernels."""
        return np.tile(kernel_colours(self.taps), (prod(self.table), 1))


@dataclass(frozen=True)
class Parts:
    """The matrix of the whole, those of its factors from left to right, and the kernels of each."""

    whole: Matrix
    factors: tuple[Matrix, ...]
    kernels: tuple[tuple[Kernel, ...], ...]


def parts_of(operator: Operator, weights: WeightsLike) -> Parts:
    """Return the parts of an operator; ``weights`` are written into the cells, None leaves indices there.

    Raises ``ArgumentError`` for an operator with a side of more than 4096, and what ``op.matrix`` raises.
    """
    if max(number(n, "shape") for n in operator.shape) > _LARGEST:
        raise ArgumentError(
            f"operator={operator!r} of {operator.shape} is too large for cells: draw it with large_figure"
        )
    shapes = operator.numeric_weight_shapes()
    given = operator.checked(
        {name: np.ones(shape, np.int64) for name, shape in shapes.items()} if weights is None else weights
    )
    make = _Maker(kernels_of(operator), given, weights is not None)
    title = r"C^{\mathsf{T}}" if isinstance(operator, Transposed) else "C"
    stages = operator.stages
    sides = [number(n, "shape") for stage in stages for n in stage.shape]
    if not 1 < len(stages) <= MOST_FACTORS or max(sides) > _LONGEST_FACTOR:
        names = _weight_titles([operator], [""])
        return Parts(make.matrix(operator, title), (), (make.kernels(operator, names),))
    letters = list(_LETTERS[: len(stages)])
    names = _weight_titles(stages, letters)
    return Parts(
        make.matrix(operator, title),
        tuple(make.matrix(stage, letter) for stage, letter in zip(stages, letters, strict=True)),
        tuple(make.kernels(stage, names) for stage in stages),
    )


@dataclass(frozen=True)
class _Maker:
    """Makes the parts of one operator, whose kernels and weights these are."""

    known: Kernels
    weights: Mapping[str, Array]
    values: bool

    def matrix(self, part: Operator, title: str) -> Matrix:
        """Return the matrix of the whole or of a factor."""
        names = part.numeric_weight_shapes()
        matrix = _build(part, {name: self.weights[name] for name in names})
        taps, labels = None, self._written(matrix)
        if names:
            found = weights_of(part, partial(_build, part), matrix)
            taps = Taps(self._taps(names)[found], {name: self.known[name] for name in names})
            if not self.values:
                indices = ["", *(label for name in names for label in self.indices(name, names[name]))]
                labels = tuple(indices[w] for w in found.tolist())
        shapes = _numeric(part.input_shape), _numeric(part.output_shape)
        channels = tuple(shape[0] if len(shape) > 1 else 1 for shape in reversed(shapes))
        panel = Panel(matrix, title, (channels[0], channels[1]), taps, self.values)
        return Matrix(panel, labels, shapes)

    def _taps(self, names: Mapping[str, Shape]) -> np.ndarray[Any, Any]:
        """Return the number of the tap of each weight, both through the weights of a part, 0 of none."""
        parts, first = [np.zeros(1, np.int64)], 1
        for name, shape in names.items():
            count = prod(self.known[name])
            parts.append(np.arange(prod(shape)) % count + first)
            first += count
        return np.concatenate(parts)

    def indices(self, name: str, shape: Shape) -> list[str]:
        """Return the index of each weight: of its tap in its kernel, or of its channels if it is alone."""
        kernel = self.known[name]
        if prod(kernel) == 1:
            lead = shape[: len(shape) - len(kernel)]
            return [_index(at, lead) for at in grid(*map(range, lead))]
        one = [_index(at, kernel) for at in grid(*map(range, kernel))]
        return one * (prod(shape) // len(one))

    def kernels(self, part: Operator, titles: Mapping[str, str]) -> tuple[Kernel, ...]:
        """Return the weights of the whole or of a factor."""
        found = []
        for name, shape in part.numeric_weight_shapes().items():
            kernel = self.known[name]
            lead = _lead(shape, prod(kernel))
            table = (prod(lead[: (len(lead) + 1) // 2]), prod(lead[(len(lead) + 1) // 2 :]))
            labels = self._written_weight(name) if self.values else self.indices(name, shape)
            found.append(Kernel(titles[name], kernel, table, tuple(labels)))
        return tuple(found)

    def _written_weight(self, name: str) -> list[str]:
        return [_value(w) for w in self.weights[name].reshape(-1).tolist()]

    def _written(self, matrix: sparse.csr_array) -> tuple[str, ...]:
        return tuple(map(_value, matrix.data.tolist()))


def _build(part: Operator, weights: Mapping[str, Array]) -> sparse.csr_array:
    """Return the matrix without entries that transforms by frequency leave by rounding."""
    matrix = part.matrix(weights)
    if matrix.dtype.kind in "fc" and matrix.nnz:
        sizes = np.abs(matrix.data)
        kept = (sizes == 0) | (sizes > _ROUNDING * sizes.max())
        if not kept.all():
            rows, columns = matrix.tocoo().coords
            entries = (matrix.data[kept], (rows[kept], columns[kept]))
            # Entries of CSR in order stay in order.
            matrix = sparse.csr_array(entries, shape=matrix.shape)
    return matrix


def _lead(shape: Shape, taps: int) -> Shape:
    """Return the axes of a weight before its kernel, the last one shorter where it holds the kernel."""
    lead, rest = list(shape), taps
    while rest > 1:
        last = lead.pop()
        if last > rest:
            lead.append(last // rest)
        rest //= min(last, rest)
    while lead and len(lead) > 2 and lead[-1] == 1:
        lead.pop()
    return tuple(lead)


def _weight_titles(parts: Sequence[Operator], letters: Sequence[str]) -> dict[str, str]:
    """Return w for the only weight, w_A for that of the factor A, w_{A1} where a factor has several."""
    titles: dict[str, str] = {}
    for part, letter in zip(parts, letters, strict=True):
        names = list(part.weight_shapes)
        for at, name in enumerate(names, 1):
            below = letter + (str(at) if len(names) > 1 else "")
            titles.setdefault(name, f"w_{{{below}}}" if below else "w")
    return titles


def _numeric(shape: Sequence[Any]) -> Shape:
    return tuple(number(n, "shape") for n in shape)


def _index(at: Shape, sizes: Shape) -> str:
    return ("," if any(n > 10 for n in sizes) else "").join(map(str, at))


def _value(value: Any) -> str:
    """Return a number as it stands in a cell: a fraction where it is a simple one."""
    if isinstance(value, complex):
        return "" if value.imag else _value(value.real)
    near = Fraction(value).limit_denominator(256)
    if near.denominator > 1 and abs(float(near) - float(value)) < 1e-12 * max(1.0, abs(float(value))):
        return f"{near.numerator}/{near.denominator}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")
