"""The end of a derivation, held against what is measured on matrices; no formula has a hand in that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import prod
from typing import Any

import numpy as np
import sympy
from scipy import sparse

from convalgebra.counting.measure import measure
from convalgebra.derivation.exact import value
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.sizes import number


@dataclass(frozen=True)
class Row:
    """One size of a check: what the formula says and what was measured.

    ``measured`` are the numbers as measured, ``counted`` is what they come to: of a ratio the quotient of
    two counts, of sizes one number per axis. ``relation`` says how ``counted`` must stand to ``formula``.
    """

    sizes: tuple[tuple[str, Any], ...]
    formula: Any
    measured: tuple[int, ...]
    counted: Any
    relation: str = "="

    @property
    def agrees(self) -> bool:
        """Whether the formula says what was measured, exactly; of a bound, whether it is kept."""
        if self.relation == "<=":
            return all(c <= f for c, f in zip(_listed(self.counted), _listed(self.formula), strict=True))
        return bool(self.formula == self.counted)

    def __str__(self) -> str:
        where = ", ".join(f"{name}={size}" for name, size in self.sizes)
        shown = "/" if isinstance(self.counted, Fraction) else ", "
        said = ", ".join(map(str, _listed(self.formula)))
        verdict = "equal" if self.relation == "=" else "within it"
        return (
            f"{f'{where}: ' if where else ''}formula {said}, "
            f"measured {shown.join(map(str, self.measured))}, {verdict if self.agrees else 'DIFFERENT'}"
        )


def _listed(found: Any) -> tuple[Fraction, ...]:
    return found if isinstance(found, tuple) else (found,)


def put_sizes(operator: Operator, sizes: Mapping[Any, int]) -> Operator:
    """Return the operator at the sizes; they may name more symbols than the operator has."""
    known = {str(s) for s in operator.symbols}
    return operator.subs({str(name): size for name, size in sizes.items() if str(name) in known})


def measured(
    kind: str,
    operators: Sequence[Operator],
    result: Any,
    relation: str,
    sizes: Mapping[sympy.Symbol, int],
) -> Row:
    """Return the row of a derivation of a kind at sizes: its result there, and what is measured."""
    numbers = MEASURES[kind](*(put_sizes(op, sizes) for op in operators))
    several = isinstance(result, tuple)
    said = tuple(value(part, sizes) for part in (result if several else (result,)))
    counted: Any = tuple(map(Fraction, numbers))
    if not several:
        counted = reduce(lambda a, b: a / b, map(Fraction, numbers))
    label = tuple(sorted((str(s), size) for s, size in sizes.items()))
    return Row(label, said if several else said[0], numbers, counted, relation)


def _counts(*operators: Operator) -> tuple[int, ...]:
    counted = tuple(measure(op).multiplications for op in operators)
    if len(counted) > 1 and counted[1] == 0:
        raise ArgumentError(f"b={operators[1]!r} multiplies nothing at these sizes: no ratio to it exists")
    return counted


def _output_size(operator: Operator) -> tuple[int, ...]:
    """Return the lengths of the output's axes, confirmed by the rows of the matrix itself."""
    ones = _ones(operator)
    matrix = operator.matrix(ones)
    sizes = tuple(number(n, "output_size") for n in operator.output_size)
    channels = number(operator.output_shape[0], "channels")
    if prod(sizes) * channels != matrix.shape[0]:
        raise ArgumentError(f"op={operator!r} has {matrix.shape[0]} rows, not {channels} times {sizes}")
    return tuple(_length(matrix.shape[0], sizes, channels, axis) for axis in range(len(sizes)))


def _length(rows: int, sizes: Sequence[int], channels: int, axis: int) -> int:
    """Return the length of one axis from the number of rows and the others."""
    return rows // (channels * prod(n for at, n in enumerate(sizes) if at != axis))


def _receptive_field(operator: Operator) -> tuple[int, ...]:
    """Return how far the inputs of one output reach along each axis, seen in the stored entries."""
    pattern = _pattern(operator).tocoo()
    rows, columns = pattern.coords
    positions = prod(number(n, "output_size") for n in operator.output_size)
    sizes = [number(n, "input_size") for n in operator.input_size]
    places = np.unravel_index(columns % prod(sizes), sizes)
    found = []
    for place, size in zip(places, sizes, strict=True):
        first, last = np.full(positions, size), np.full(positions, -1)
        np.minimum.at(first, rows % positions, place)
        np.maximum.at(last, rows % positions, place)
        found.append(max(0, int((last - first).max(initial=-1)) + 1))
    return tuple(found)


def _pattern(operator: Operator) -> sparse.csr_array:
    """Return which output reads which input: products of the stored patterns, so nothing cancels."""
    ones = _ones(operator)
    factors = [
        stage.matrix({name: ones[name] for name in stage.weight_shapes}) for stage in operator.stages
    ]
    patterns = (
        sparse.csr_array((np.ones(f.nnz, np.int64), f.indices, f.indptr), shape=f.shape) for f in factors
    )
    return reduce(lambda a, b: (a @ b).sign(), patterns)


def _ones(operator: Operator) -> dict[str, Any]:
    return {name: np.ones(shape, np.int64) for name, shape in operator.numeric_weight_shapes().items()}


MEASURES: Mapping[str, Callable[..., tuple[int, ...]]] = {
    "ratio": _counts,
    "cost": _counts,
    "output size": _output_size,
    "receptive field": _receptive_field,
}
