"""What leaves say of single entries: their terms, read off their geometry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sympy

from convalgebra.axis import Axis
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.operators.filters import Filter
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.gather import Gather
from convalgebra.operators.leaves import Dense, Identity, TapWeights
from convalgebra.operators.local import LocallyConnected
from convalgebra.operators.moves import Selection, Unfold
from convalgebra.operators.permutations import Permutation, Shuffle
from convalgebra.operators.phases import Phases
from convalgebra.operators.points import Evaluation, PointProducts
from convalgebra.proofs import Size, as_formula, is_nonnegative
from convalgebra.reporting.reshaping import NotASum
from convalgebra.reporting.terms import Entry, Present, Range, Read, Reflected, Root, Stretch, Term, Wrapped
from convalgebra.sizes import exact_quotient, product

_ZERO = sympy.Integer(0)


def _run(count: Size, over: str) -> tuple[sympy.Expr, tuple[Range, ...]]:
    """Return an index and its range; 0 and no range where there is only one value."""
    if count == 1:
        return _ZERO, ()
    index = sympy.Dummy(over, integer=True, nonnegative=True)
    return index, (Range(index, count, over),)


def _runs(counts: Iterable[Size], over: str) -> tuple[tuple[sympy.Expr, ...], tuple[Range, ...]]:
    found = [_run(count, over) for count in counts]
    return tuple(index for index, _ in found), tuple(r for _, ranges in found for r in ranges)


def whole_term(operator: Operator, ranges: tuple[Range, ...], output: Any, input: Any, **more: Any) -> Term:
    """Return a term on the whole input and output of an operator."""
    gives, reads = Stretch(0, operator.output_shape), Stretch(0, operator.input_shape)
    return Term(ranges, tuple(output), tuple(input), gives, reads, **more)


def _position(axis: Axis, output: sympy.Expr, tap: Size | sympy.Expr) -> sympy.Expr:
    """Return which input is read, the padding mode carried out."""
    place = as_formula(axis.reads(output, tap))
    size = as_formula(axis.size)
    if not _leaves(axis, tap):
        return place
    match axis.padding_mode:
        case "circular":
            return sympy.Integer(0) if size == 1 else Wrapped(place, size)
        case "replicate":
            return sympy.Min(sympy.Max(place, 0), size - 1)
        case "reflect":
            return Reflected(place, size)
    return place


def _leaves(axis: Axis, tap: Size | sympy.Expr | None = None) -> bool:
    """Say whether a tap, or any, can read beyond the input; where it cannot be told, it can."""
    if is_nonnegative(-axis.lo) and is_nonnegative(-axis.hi):
        return False
    one = tap is not None and not as_formula(tap).atoms(sympy.Dummy)
    first, last = (tap, tap) if one else (0, axis.kernel - 1)
    return not (
        is_nonnegative(axis.reads(0, first))
        and is_nonnegative(axis.size - 1 - axis.reads(axis.outputs - 1, last))
    )


def _falls_outside(axes: Iterable[Axis], tap: Size | None = None) -> bool:
    return any(axis.padding_mode == "zeros" and _leaves(axis, tap) for axis in axes)


# --- with weights --------------------------------------------------------------------------------


def _channels(
    outs: Size, ins: Size, groups: Size
) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr, tuple[Range, ...], tuple[Range, ...]]:
    """Return the output channel, the input channel, that one within its group, and the ranges of both."""
    out_group, in_group = exact_quotient(outs, groups), exact_quotient(ins, groups)
    alone = out_group == 1 and in_group == 1
    group, of_group = _run(groups, "channel" if alone else "group")
    out, of_out = _run(out_group, "out")
    channel, of_channel = _run(in_group, "channel")
    return (
        group * as_formula(out_group) + out,
        group * as_formula(in_group) + channel,
        channel,
        (*of_group, *of_out),
        of_channel,
    )


def _conv(op: Conv) -> tuple[Term, ...]:
    out, channel, within, of_out, of_channel = _channels(op.out_channels, op.in_channels, op.groups)
    places, of_places = _runs((axis.outputs for axis in op.axes), "position")
    taps, of_taps = _runs(op.kernel_size, "tap")
    reads = [_position(axis, i, a) for axis, i, a in zip(op.axes, places, taps, strict=True)]
    sizes = map(as_formula, op.kernel_size)
    kernel = [m - 1 - a if op.flip else a for m, a in zip(sizes, taps, strict=True)]
    weight = Read(op.name, op.own_weights[op.name], (out, within, *kernel))
    ranges = (*of_out, *of_places, *of_channel, *of_taps)
    outside = _falls_outside(op.axes)
    return (whole_term(op, ranges, (out, *places), (channel, *reads), weights=(weight,), outside=outside),)


def _local(op: LocallyConnected) -> tuple[Term, ...]:
    out, of_out = _run(op.out_channels, "out")
    channel, of_channel = _run(op.in_channels, "channel")
    places, of_places = _runs((axis.outputs for axis in op.axes), "position")
    taps, of_taps = _runs((axis.kernel for axis in op.axes), "tap")
    reads = [_position(axis, i, a) for axis, i, a in zip(op.axes, places, taps, strict=True)]
    weight = Read(op.name, op.own_weights[op.name], (out, *places, channel, *taps))
    ranges = (*of_out, *of_places, *of_channel, *of_taps)
    outside = _falls_outside(op.axes)
    return (whole_term(op, ranges, (out, *places), (channel, *reads), weights=(weight,), outside=outside),)


def _dense(op: Dense) -> tuple[Term, ...]:
    row, of_row = _run(op.rows, "out")
    column, of_column = _run(op.columns, "column")
    weight = Read(op.name, (op.rows, op.columns), (row, column))
    return (whole_term(op, (*of_row, *of_column), (row,), (column,), weights=(weight,)),)


def _tap_weights(op: TapWeights) -> tuple[Term, ...]:
    ins = op.input_shape[0]
    out, channel, within, of_out, of_channel = _channels(op.out_channels, ins, op.groups)
    weight = Read(op.name, op.own_weights[op.name], (out, within, *map(sympy.Integer, op.tap)))
    return (whole_term(op, (*of_out, *of_channel), (out,), (channel,), weights=(weight,)),)


def _points(op: PointProducts) -> tuple[Term, ...]:
    out, channel, within, of_out, of_channel = _channels(op.out_channels, op.in_channels, op.groups)
    taps, of_taps = _runs((t.kernel for t in op.transforms), "tap")
    at: list[sympy.Expr] = []
    of_points: list[Range] = []
    factor: sympy.Expr = sympy.Integer(1)
    for transform, tap in zip(op.transforms, taps, strict=True):
        if isinstance(transform, Evaluation):
            tile, of_tile = _run(transform.tiles, "tile")
            point, of_point = _run(len(transform.points), "point")
            rows = _table(transform.exact_table())
            factor *= Entry(sympy.Symbol("gamma"), rows, point, tap)
            at.append(tile * len(transform.points) + point)
            of_points += [*of_tile, *of_point]
            continue
        frequency, of_frequency = _run(transform.size, "frequency")
        axis = transform.axis
        factor *= _root(axis.size, frequency * (tap * axis.dilation - axis.lo), transform.modulus)
        at.append(frequency)
        of_points += of_frequency
    weight = Read(op.name, op.own_weights[op.name], (out, within, *taps))
    ranges = (*of_out, *of_points, *of_channel, *of_taps)
    return (whole_term(op, ranges, (out, *at), (channel, *at), weights=(weight,), factor=factor),)


# --- without weights -----------------------------------------------------------------------------


def _identity(op: Identity) -> tuple[Term, ...]:
    index, ranges = _run(op.size, "channel")
    return (whole_term(op, ranges, (index,), (index,)),)


def _selection(op: Selection) -> tuple[Term, ...]:
    place, ranges = _run(op.axis.outputs, "position")
    read = _position(op.axis, place, op.tap)
    return (whole_term(op, ranges, (place,), (read,), outside=_falls_outside([op.axis], op.tap)),)


def _unfold(op: Unfold) -> tuple[Term, ...]:
    place, of_place = _run(op.axis.outputs, "position")
    tap, of_tap = _run(op.axis.kernel, "tap")
    read = _position(op.axis, place, tap)
    ranges = (*of_place, *of_tap)
    return (whole_term(op, ranges, (place, tap), (read,), outside=_falls_outside([op.axis])),)


def _filter(op: Filter) -> tuple[Term, ...]:
    axis = op.axis
    place, of_place = _run(axis.outputs, "position")
    tap, of_tap = _run(axis.kernel, "tap")
    read = _position(axis, place, tap)
    factor = _coefficient(op, place, tap)
    ranges = (*of_place, *of_tap)
    return (whole_term(op, ranges, (place,), (read,), factor=factor, outside=_falls_outside([axis])),)


def _coefficient(op: Filter, place: sympy.Expr, tap: sympy.Expr) -> sympy.Expr:
    m, s = as_formula(op.axis.kernel), as_formula(op.axis.stride)
    if not isinstance(op.kernel, str):
        values = sympy.Tuple(*(sympy.Rational(v.numerator, v.denominator) for v in op.kernel))
        return Entry(sympy.Symbol("kappa"), values, tap)
    match op.kernel:
        case "average":
            return 1 / m
        case "tent":
            slope = 1 - sympy.Abs(2 * tap - m + 1) / (2 * s)
            return slope if is_nonnegative(2 * s - m + 1) else sympy.Max(0, slope)
        case "mean":
            return _mean(op, place)
    return sympy.Integer(1)


def _mean(op: Filter, place: sympy.Expr) -> sympy.Expr:
    """Return one over the inputs in the window, counted padding zeros among them."""
    axis, (before, after) = op.axis, op.counted
    if not (is_nonnegative(before) and is_nonnegative(after)):
        raise NotASum
    if axis.padding_mode != "zeros" or not _leaves(axis):
        return 1 / as_formula(axis.kernel)
    start, d = as_formula(axis.reads(place, 0)), as_formula(axis.dilation)
    first = sympy.Max(0, sympy.floor((d - 1 - before - start) / d))
    last = sympy.Min(axis.kernel - 1, sympy.floor((axis.size + after - 1 - start) / d))
    return 1 / Present(sympy.Symbol("nu"), place, sympy.Max(1, last - first + 1))


def _fixed(op: Fixed) -> tuple[Term, ...]:
    row, of_row = _run(len(op.rows), "point")
    column, of_column = _run(len(op.rows[0]), "column")
    factor = Entry(sympy.Symbol("tau"), _table(op.rows), row, column)
    return (whole_term(op, (*of_row, *of_column), (row,), (column,), factor=factor),)


def _table(rows: Sequence[Sequence[Any]]) -> sympy.Tuple:
    return sympy.Tuple(
        *(sympy.Tuple(*(sympy.Rational(v.numerator, v.denominator) for v in row)) for row in rows)
    )


def _fourier(op: Fourier) -> tuple[Term, ...]:
    frequency, of_frequency = _run(op.size, "position" if op.inverse else "frequency")
    place, of_place = _run(op.size, "frequency" if op.inverse else "position")
    power = frequency * place if op.inverse else -frequency * place
    factor = _root(op.size, power, op.modulus)
    if op.inverse:
        below = as_formula(op.size)
        factor *= 1 / below if op.modulus is None else sympy.Integer(pow(int(below), -1, op.modulus))
    return (whole_term(op, (*of_frequency, *of_place), (frequency,), (place,), factor=factor),)


def _root(size: Size, power: sympy.Expr, modulus: int | None) -> sympy.Expr:
    return sympy.Integer(1) if power == 0 else Root(as_formula(size), power, sympy.Integer(modulus or 0))


def _gather(op: Gather) -> tuple[Term, ...]:
    row, ranges = _run(len(op.indices), "column")
    taken = Entry(sympy.Symbol("sigma"), sympy.Tuple(*op.indices), row)
    return (whole_term(op, ranges, (row,), (taken if ranges else sympy.Integer(op.indices[0]),)),)


def _permutation(op: Permutation) -> tuple[Term, ...]:
    flat = len(op.sizes) < 3
    found = [_run(n, "position" if at or flat else "channel") for at, n in enumerate(op.sizes)]
    indices = tuple(index for index, _ in found)
    output = tuple(indices[a] for a in op.order)
    return (whole_term(op, tuple(r for a in op.order for r in found[a][1]), output, indices),)


def _shuffle(op: Shuffle) -> tuple[Term, ...]:
    in_group = exact_quotient(op.size, op.groups)
    group, of_group = _run(op.groups, "channel")
    within, of_within = _run(in_group, "channel")
    output, input = within * as_formula(op.groups) + group, group * as_formula(in_group) + within
    return (whole_term(op, (*of_within, *of_group), (output,), (input,)),)


def _phases(op: Phases) -> tuple[Term, ...]:
    found, start = [], as_formula(0)
    for part, (residues, size) in enumerate(zip(op.phases, op.phase_sizes, strict=True), start=1):
        shape = (op.sizes[0], *size)
        channel, of_channel = _run(shape[0], "channel")
        places, of_places = _runs(size, "position")
        reads = (s * i + r for s, i, r in zip(op.steps, places, residues, strict=True))
        gives = Stretch(start, shape, part if len(op.phases) > 1 else None)
        ranges = (*of_channel, *of_places)
        found.append(Term(ranges, (channel, *places), (channel, *reads), gives, Stretch(0, op.input_shape)))
        start = start + as_formula(product(shape))
    return tuple(found)


LEAVES: Mapping[type[Operator], Callable[[Any], tuple[Term, ...]]] = {
    Conv: _conv,
    LocallyConnected: _local,
    Dense: _dense,
    TapWeights: _tap_weights,
    PointProducts: _points,
    Identity: _identity,
    Selection: _selection,
    Unfold: _unfold,
    Filter: _filter,
    Fixed: _fixed,
    Fourier: _fourier,
    Gather: _gather,
    Permutation: _permutation,
    Shuffle: _shuffle,
    Phases: _phases,
}
