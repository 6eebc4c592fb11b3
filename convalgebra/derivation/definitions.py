"""The count of one stage, from its definition: a sum over outputs and taps, its limits, carried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy

from convalgebra.axis import Axis
from convalgebra.derivation.brackets import Bracket, Tally, index
from convalgebra.derivation.layers import one_tap
from convalgebra.derivation.names import names_of
from convalgebra.derivation.step import Step
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.filters import Filter
from convalgebra.operators.kron import Kron
from convalgebra.operators.local import LocallyConnected
from convalgebra.operators.moves import Selection
from convalgebra.proofs import Size, as_formula, is_number
from convalgebra.sizes import product


def definition(symbol: sympy.Symbol, stage: Operator, total: sympy.Expr) -> Iterator[Step]:
    """Yield the count of one stage: a sum over outputs and taps, its limits, the sums carried out."""
    match stage:
        case Conv():
            yield from _of_axes(symbol, stage.channel_pairs, stage.axes, total, "channel pair")
        case LocallyConnected():
            pairs = stage.out_channels * stage.in_channels
            yield from _of_axes(symbol, pairs, stage.axes, total, "channel pair")
        case Kron():
            yield from _of_kron(symbol, stage, total)
        case _:
            yield Step(symbol, "=", total, "the entries of the matrix, by its structure")


def _of_kron(symbol: sympy.Symbol, stage: Kron, total: sympy.Expr) -> Iterator[Step]:
    """Yield the entries of a Kronecker product: the product of those of its operands."""
    axes, others = [], []
    for part in stage.operators:
        axis = _axis_of(part)
        if axis is None:
            others.append(part.entries)
        else:
            axes.append(axis)
    if axes:
        yield from _of_axes(symbol, product(others), axes, total, "entry of the other operands")
        return
    entries = sympy.Mul(*map(as_formula, others), evaluate=False)
    reason = "the entries of a Kronecker product are those of its operands, multiplied"
    yield Step(symbol, "=", entries, reason, "Kronecker product")
    yield Step(entries, "=", total, "carry out the product")


def _axis_of(part: Operator) -> Axis | None:
    """Return the axis that an operand of a Kronecker product reads, where it reads one."""
    if isinstance(part, Transposed):
        return _axis_of(part.operator)
    if isinstance(part, Filter) and part.axis.padding_mode == "zeros":
        return part.axis
    if isinstance(part, Selection) and part.axis.padding_mode == "zeros":
        return one_tap(part)
    return None


def _of_axes(
    symbol: sympy.Symbol, pairs: Size, axes: Sequence[Axis], total: sympy.Expr, pair: str
) -> Iterator[Step]:
    """Yield the count over all axes together, axis by axis, within its limits, and carried out."""
    factors = [f for f in sympy.Mul.make_args(as_formula(pairs)) if f != 1]
    tallies = tuple(_tally(axis, at, axes) for at, axis in enumerate(axes))
    taps = ["tap"] if any(axis.kernel != 1 for axis in axes) else []
    each = [pair, "output", *taps] if factors else ["output", *taps]
    per = f"{', '.join(each[:-1])} and {each[-1]}" if len(each) > 1 else each[0]
    whole = _times(factors, [_together(tallies)])
    yield Step(symbol, "=", whole, f"one product per {per} that reads inside the input", "definition")
    sums = _times(factors, [_limited(axis) for axis in axes])
    if all(axis.lo == 0 and axis.hi == 0 for axis in axes):
        yield Step(whole, "=", sums, "without padding every tap reads inside")
    else:
        apart = _times(factors, tallies)
        if len(axes) > 1:
            yield Step(whole, "=", apart, "the axes do not depend on each other", "distributive law")
        yield Step(apart, "=", sums, "the outputs at which each tap reads inside")
    yield Step(sums, "=", total, "carry out the sums")


# Up to so many taps of a padded axis are written out one by one.
_FEW_TAPS = 5


def _limited(axis: Axis) -> sympy.Expr:
    """Return the pairs of an axis within their limits: a sum, or the outputs of each of a few taps."""
    padded = axis.lo != 0 or axis.hi != 0
    if not padded or not is_number(axis.kernel) or axis.kernel > _FEW_TAPS:
        return axis.definition()
    return sympy.Add(*(as_formula(axis.outputs_inside(k)) for k in range(axis.kernel)), evaluate=False)


def _times(factors: Sequence[sympy.Expr], sums: Sequence[sympy.Expr]) -> sympy.Expr:
    parts = [*factors, *sums]
    return sympy.Mul(*parts, evaluate=False) if len(parts) > 1 else parts[0]


def _tally(axis: Axis, at: int, axes: Sequence[Axis]) -> Tally:
    """Return the pairs of an output and a tap of one axis that read inside, as a bare condition."""
    used = {name for each in axes for name in names_of(each)}
    output, tap = index(_letter("ijr", at), used), index(_letter("klt", at), used)
    one_tap = axis.kernel == 1
    reads = as_formula(axis.reads(output, 0 if one_tap else tap))
    ranges = [(output, axis.outputs), *([] if one_tap else [(tap, axis.kernel)])]
    return Tally(Bracket(0, reads, as_formula(axis.size)), *ranges)


def _letter(letters: str, at: int) -> str:
    return letters[at] if at < len(letters) else f"{letters[0]}_{at}"


def _together(tallies: Sequence[Tally]) -> Tally:
    """Return a product of tallies as one: all outputs first, then all taps."""
    ranges = [tally.ranges for tally in tallies]
    outputs, taps = [r[0] for r in ranges], [r[1] for r in ranges if len(r) > 1]
    return Tally(sympy.Mul(*(tally.formula for tally in tallies)), *outputs, *taps)
