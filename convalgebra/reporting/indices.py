"""The index formulas of an operator: what one output is, as a sum over inputs and weights.

They are derived from the operator's geometry and can be evaluated, entry by entry, without its matrix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import sympy

from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes
from convalgebra.operators.onweight import OnWeight
from convalgebra.reporting.indexvalues import at_arrays
from convalgebra.reporting.indexwriting import definitions, equations, ranges
from convalgebra.reporting.relations import chain, terms
from convalgebra.reporting.reshaping import NotASum
from convalgebra.reporting.settling import lettered, settled
from convalgebra.reporting.terms import Stretch, Term
from convalgebra.sizes import number
from convalgebra.weights import Array, WeightsLike


@dataclass(frozen=True)
class IndexFormula:
    """What one stage of an operator does: its terms are added up; without any, it is given as a matrix.

    ``reads`` and ``gives`` name the arrays: "x", then "z_1", "z_2" and so on, at the end "y".
    """

    operator: Operator
    terms: tuple[Term, ...]
    reads: str
    gives: str

    @property
    def reads_outside(self) -> bool:
        """Whether an index of the input can fall outside of it, where 0 is read."""
        return any(term.outside for term in self.terms)

    @property
    def writes_outside(self) -> bool:
        """Whether an index of the output can fall outside of it, where it is dropped."""
        return any(term.beyond for term in self.terms)

    @property
    def zero_elsewhere(self) -> bool:
        """Whether the outputs are written where they lie, as at 2i: those that are not are 0."""
        return any(
            target is None and place != 0
            for term in self.terms
            for target, place in zip(term.targets, term.output, strict=True)
        )

    @property
    def as_matrix(self) -> bool:
        """Whether there is no single sum: the formula is that of a matrix with a vector."""
        return not self.terms

    @property
    def input_shape(self) -> Sizes:
        """The shape of what is read."""
        return self.operator.input_shape

    @property
    def output_shape(self) -> Sizes:
        """The shape of what comes out."""
        return self.operator.output_shape

    def latex(self) -> str:
        """Return the formula in LaTeX, its equations on one line."""
        return r",\quad ".join(self.lines())

    def lines(self) -> tuple[str, ...]:
        """Return the equations in LaTeX, one for each part of the output."""
        return equations(self)

    def ranges(self) -> tuple[str, ...]:
        """Return what each index runs over in LaTeX, those of the first term: ``0 <= c < D``."""
        return ranges(self)

    def definitions(self) -> tuple[str, ...]:
        """Return what the tables and signs in the formula stand for, in LaTeX."""
        return definitions(self)


def index_formulas(operator: Operator) -> tuple[IndexFormula, ...]:
    r"""Return the index formulas of an operator, one for each stage in the order of application.

    Raises ``ArgumentError`` for anything but an operator.

    >>> import convalgebra as ca
    >>> index_formulas(ca.conv("D", "N_c", ("H", "W"), "h"))[0].latex()
    'y_{o,i,j} = \\sum_{c} \\sum_{a,b} w_{o,c,a,b}\\, x_{c,\\,i+a,\\,j+b}'
    >>> [f.gives for f in index_formulas(ca.depthwise_separable("D", "N_c", "N", "m"))]
    ['z_1', 'y']
    """
    if not isinstance(operator, Operator):
        raise ArgumentError(f"operator={operator!r} must be an operator, such as ca.conv(1, 1, 5, 3)")
    parts = chain(operator)
    first = "w" if isinstance(parts[0], OnWeight) else "x"
    names = [first, *(f"z_{at}" for at in range(1, len(parts))), "y"]
    taken = {s.name for s in operator.symbols}
    return tuple(
        IndexFormula(part, _written(part, taken), names[at], names[at + 1]) for at, part in enumerate(parts)
    )


def _written(operator: Operator, taken: set[str]) -> tuple[Term, ...]:
    try:
        found = terms(operator)
    except NotASum:
        return ()
    return lettered([settled(term) for term in found], taken)


# --- in numbers ----------------------------------------------------------------------------------


def evaluate(formulas: IndexFormula | Sequence[IndexFormula], x: Any, weights: WeightsLike = None) -> Array:
    """Return what formulas of numbers give for an input, by going through all indices.

    ``x`` has the shape of the input, or is flat; so has the weight, or the weights by name. The output
    has the shape of the last formula's. Raises ``ShapeError`` for an input of another length, and what
    ``operator.matrix`` raises.

    >>> import convalgebra as ca
    >>> evaluate(index_formulas(ca.conv(1, 1, 4, 3)), [1, 2, 3, 4], [[[1, 0, 2]]])
    array([[ 7, 10]])
    """
    given = (formulas,) if isinstance(formulas, IndexFormula) else tuple(formulas)
    shapes = {name: s for f in given for name, s in f.operator.numeric_weight_shapes().items()}
    named = weights if isinstance(weights, Mapping) or weights is None else dict.fromkeys(shapes, weights)
    if named is not weights and len(shapes) != 1:
        raise ArgumentError(f"weights: one array stands for one weight, and there are {', '.join(shapes)}")
    value = np.asarray(x)
    for formula in given:
        own = {n: (named or {})[n] for n in formula.operator.weight_shapes if n in (named or {})}
        value = _evaluated(formula, value, formula.operator.checked(own))
    return value


def _evaluated(formula: IndexFormula, x: Array, weights: Mapping[str, Array]) -> Array:
    shape = tuple(number(n, "output_shape") for n in formula.output_shape)
    length = prod(number(n, "input_shape") for n in formula.input_shape)
    if x.size != length:
        raise ShapeError(f"x: shape {x.shape} does not fit, it must be {formula.input_shape}")
    if formula.as_matrix:
        return np.asarray(formula.operator.matrix(weights) @ x.reshape(-1)).reshape(shape)
    y = np.zeros(prod(shape), object)
    for term in formula.terms:
        places, products = _products(term, x.reshape(-1), weights)
        np.add.at(y, places, products)
    return _as_numbers(y).reshape(shape)


def _products(term: Term, x: Array, weights: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return the place in the output of each product that is not outside, and the products."""
    counts = [number(r.count, str(r.index)) for r in term.ranges]
    grid = np.indices(counts).reshape(len(counts), -1) if counts else np.zeros((0, 1), np.int64)
    values: dict[sympy.Symbol, Array] = {r.index: line for r, line in zip(term.ranges, grid, strict=True)}
    many = grid.shape[1]
    places, inside = _place(term.output, term.gives, values, many)
    sources, within = _place(term.input, term.reads, values, many)
    inside &= within
    found = np.ones(many, object)
    for weight in term.weights:
        which, there = _place(weight.indices, Stretch(0, weight.shape), values, many)
        inside &= there
        flat = weights[weight.name].reshape(-1).astype(object)
        found = found * flat[np.where(there, which, 0)]
    found = found * x.astype(object)[np.where(within, sources, 0)]
    if term.factor != 1:
        found = found * at_arrays(term.factor, values)
    return places[inside], found[inside]


def _place(
    indices: Sequence[sympy.Expr], array: Stretch, values: Mapping[sympy.Symbol, Array], many: int
) -> tuple[Array, Array]:
    place, inside = np.zeros(many, np.int64), np.ones(many, bool)
    for index, size in zip(indices, array.shape, strict=True):
        at, length = np.asarray(at_arrays(index, values)).astype(np.int64), number(size, "shape")
        inside &= (at >= 0) & (at < length)
        place = place * length + at
    return place + number(_number(array.start), "start"), inside


def _number(size: Any) -> Any:
    return int(size) if isinstance(size, sympy.Integer) else size


def _as_numbers(values: Array) -> Array:
    """Return exact numbers as integers where all are, else as floating point numbers."""
    found = values.tolist()
    if any(isinstance(v, complex | np.complexfloating) for v in found):
        return np.array(found, complex)
    if all(v == int(v) for v in found) and not any(isinstance(v, float) for v in found):
        return np.array([int(v) for v in found], np.int64)
    return np.array([float(v) for v in found])
