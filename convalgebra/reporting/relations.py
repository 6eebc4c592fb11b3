"""What each kind of operator says of single entries: its terms, read off its geometry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import accumulate, zip_longest
from itertools import product as grid
from typing import Any

import sympy

from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped, Transposed
from convalgebra.operators.described import Sizes
from convalgebra.operators.kron import Kron, identity_on
from convalgebra.operators.onweight import OnWeight
from convalgebra.operators.sidebyside import BlockDiag, SideBySide, Sum
from convalgebra.operators.stacks import HStack, VStack
from convalgebra.reporting.leafterms import LEAVES, whole_term
from convalgebra.reporting.reshaping import NotASum, reshaped
from convalgebra.reporting.terms import Read, Stretch, Term


def chain(operator: Operator) -> tuple[Operator, ...]:
    """Return the operators that are applied one after the other, the first one first.

    >>> import convalgebra as ca
    >>> [op.name for op in chain(ca.depthwise_separable(1, 2, 5, 3))]
    ['depthwise', 'pointwise']
    """
    match operator:
        case Product():
            return tuple(part for factor in reversed(operator.operators) for part in chain(factor))
        case Transposed():
            parts = chain(operator.operator)
            return (operator,) if parts == (operator.operator,) else tuple(p.T for p in reversed(parts))
        case Reshaped():
            first, *rest = chain(operator.operator)
            parts = (Reshaped(first, operator.inputs, first.output_shape), *rest)
            return (*parts[:-1], _out_of(parts[-1], operator.outputs))
        case Kron():
            return _rows(operator)
    return (operator,)


def _out_of(operator: Operator, outputs: Sizes) -> Operator:
    inside = operator.operator if isinstance(operator, Reshaped) else operator
    return Reshaped(inside, operator.input_shape, outputs)


def _rows(whole: Kron) -> tuple[Operator, ...]:
    """Pair off what the operands apply, from the input on; one that has ended does nothing."""
    columns = [chain(op) for op in whole.operators]
    if all(len(column) == 1 for column in columns):
        return (Kron(tuple(column[0] for column in columns)),)
    return tuple(
        Kron(tuple(s or identity_on(op.output_shape) for s, op in zip(steps, whole.operators, strict=True)))
        for steps in zip_longest(*columns)
    )


def terms(operator: Operator) -> tuple[Term, ...]:
    """Return the terms of an operator that is applied in one go.

    Raises ``NotASum`` for sums and blocks of products, and for shapes that hide what falls outside.
    """
    for kind, write in _KINDS.items():
        if isinstance(operator, kind):
            return write(operator)
    raise NotASum


# --- made of others ------------------------------------------------------------------------------


def _on_weight(op: OnWeight) -> tuple[Term, ...]:
    """Let the weight and the input change places."""
    parts = chain(op.operator)
    if len(parts) > 1 or len(op.operator.weight_shapes) > 1:
        raise NotASum
    inputs = op.operator.input_shape
    found = _in_shape(parts[0], inputs, op.operator.output_shape)
    if any(len(t.weights) != 1 or t.reads.part is not None for t in found):
        raise NotASum
    return tuple(
        replace(
            t,
            input=t.weights[0].indices,
            reads=Stretch(0, op.input_shape),
            weights=(Read(op.name, inputs, t.input),),
        )
        for t in found
    )


def _in_shape(operator: Operator, inputs: Sizes, outputs: Sizes) -> tuple[Term, ...]:
    """Return the terms of an operator, read in other shapes."""
    return tuple(reshaped(t, inputs, outputs) for t in terms(operator))


def _kron(op: Kron) -> tuple[Term, ...]:
    found = []
    for parts in grid(*(_one(part) for part in op.operators)):
        if any(t.gives.part is not None or t.reads.part is not None for t in parts):
            raise NotASum
        factor: sympy.Expr = sympy.Integer(1)
        for t in parts:
            factor *= t.factor
        of_all = (parts[0], *map(_among_positions, parts[1:]))
        found.append(
            whole_term(
                op,
                tuple(r for t in of_all for r in t.ranges),
                (e for t in parts for e in t.output),
                (e for t in parts for e in t.input),
                weights=tuple(w for t in parts for w in t.weights),
                factor=factor,
                outside=any(t.outside for t in parts),
                beyond=any(t.beyond for t in parts),
            )
        )
    return tuple(found)


def _among_positions(term: Term) -> Term:
    """Return the term of an operand behind the first: what it runs over are no channels."""
    return replace(
        term,
        ranges=tuple(replace(r, over="position") if r.over == "channel" else r for r in term.ranges),
    )


def _one(operator: Operator) -> tuple[Term, ...]:
    """Return the terms of an operand, which must be applied in one go."""
    parts = chain(operator)
    if len(parts) > 1:
        raise NotASum
    return terms(parts[0])


def _apart(op: SideBySide) -> tuple[Term, ...]:
    """Return the terms of all operands, each on the stretches of input and output that are its own."""
    inputs_apart, outputs_apart = isinstance(op, BlockDiag | HStack), isinstance(op, BlockDiag | VStack)
    in_starts = list(accumulate((part.shape[1] for part in op.operators), initial=0))
    out_starts = list(accumulate((part.shape[0] for part in op.operators), initial=0))
    found = []
    for at, part in enumerate(op.operators):
        inputs = part.input_shape if inputs_apart else op.input_shape
        outputs = part.output_shape if outputs_apart else op.output_shape
        for term in _one(part):
            t = reshaped(term, inputs, outputs)
            if t.gives.part is not None or t.reads.part is not None:
                raise NotASum
            number = at + 1 if len(op.operators) > 1 else None
            gives = Stretch(out_starts[at], outputs, number) if outputs_apart else t.gives
            reads = Stretch(in_starts[at], inputs, number) if inputs_apart else t.reads
            found.append(replace(t, gives=gives, reads=reads))
    return tuple(found)


_KINDS: Mapping[type[Operator], Callable[[Any], tuple[Term, ...]]] = {
    **LEAVES,
    OnWeight: _on_weight,
    Kron: _kron,
    Sum: _apart,
    BlockDiag: _apart,
    HStack: _apart,
    VStack: _apart,
    Transposed: lambda op: tuple(t.turned() for t in _one(op.operator)),
    Reshaped: lambda op: _in_shape(op.operator, op.inputs, op.outputs),
}
