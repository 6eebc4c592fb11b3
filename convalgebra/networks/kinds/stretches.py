"""More or fewer values: padded, put together, cut, repeated. Nothing is multiplied."""

from __future__ import annotations

from typing import Any

import sympy

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.seen import (
    LONGEST_KERNEL,
    Effect,
    Seen,
    UnsupportedError,
    agreed,
    axis,
    broadcast,
    move,
    normal_axis,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection
from convalgebra.proofs import Size, as_formula, is_nonnegative, is_number
from convalgebra.sizes import as_number, as_size, ceil_div, product

PAD_MODES = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def pad(seen: Seen) -> Effect:
    """Pad: constant, reflect, edge or wrap; negative padding crops."""
    shape = seen.shape(0)
    rank = len(shape)
    pads = _pads(seen, rank)
    mode = seen.attribute("mode", "constant")
    if mode not in PAD_MODES:
        raise ArgumentError(f"mode={mode!r} must be one of {', '.join(PAD_MODES)}")
    out = tuple(n + lo + hi for n, (lo, hi) in zip(shape, pads, strict=True))
    if any(is_nonnegative(-n) for n in out):
        raise ShapeError(f"pads={pads} leave nothing of {shape}")
    if pads[0] != (0, 0) or not _pads_zeros(seen, mode):
        return Effect((out,), "move")
    axes = (Axis(n, 1, 1, lo, hi, 1, PAD_MODES[mode]) for n, (lo, hi) in _inside(shape, pads))
    op = Kron(tuple(Selection(a, 0) if (a.lo, a.hi) != (0, 0) else Identity(a.size) for a in axes))
    return Effect((out,), "move", move(seen, op))


def _inside(shape: Shape, pads: list[tuple[Size, Size]]) -> Any:
    return zip(shape[1:], pads[1:], strict=True)


def _pads(seen: Seen, rank: int) -> list[tuple[Size, Size]]:
    given = seen.numbers(1, "pads") if seen.attribute("pads") is None else seen.attribute("pads")
    axes = list(range(rank))
    if seen.has(3):
        axes = [normal_axis(a, rank, "axes") for a in seen.numbers(3, "axes")]
    if len(given) != 2 * len(axes):
        raise ArgumentError(f"pads={given!r} must be {2 * len(axes)} sizes")
    pads: list[tuple[Size, Size]] = [(0, 0)] * rank
    for place, a in enumerate(axes):
        pads[a] = (as_size(given[place], "pads"), as_size(given[len(axes) + place], "pads"))
    return pads


def _pads_zeros(seen: Seen, mode: str) -> bool:
    """Say whether what is put in is linear in the input: zeros, or inputs again."""
    if mode != "constant":
        return True
    if seen.has(2):
        value = seen.value(2)
        return value is not None and all(v == 0 for v in value.reshape(-1).tolist())
    return bool(seen.attribute("value", 0) == 0)


def concat(seen: Seen) -> Effect:
    """Concat: one after the other along an axis; a constant that is not zeros is learnt (a token, say)."""
    shapes = [shape for shape in seen.shapes if shape is not None]
    if not shapes:
        raise ArgumentError("Concat needs an input")
    rank = len(shapes[0])
    if any(len(shape) != rank for shape in shapes):
        raise ShapeError(f"Concat of shapes {', '.join(map(str, shapes))}: they have no common rank")
    at = normal_axis(seen.attribute("axis", 1), rank)
    out: list[Size] = []
    conditions = []
    for a, sizes in enumerate(zip(*shapes, strict=True)):
        if a == at:
            out.append(sum(sizes, start=0))
        else:
            size, found = agreed(list(sizes), tuple(shapes))
            out.append(size)
            conditions += found
    held = tuple(
        place for place in range(len(seen.shapes)) if seen.is_parameter(place, _is_told(seen, place))
    )
    roles = {"other": held} if held else {}
    return Effect((tuple(out),), "move", held=roles, conditions=tuple(conditions))


def _is_told(seen: Seen, place: int) -> bool:
    """Say whether a constant tells something: more than one value, and not all of them 0."""
    if not seen.is_constant(place) or product(seen.shape(place)) == 1:
        return False
    values = seen.value(place)
    return values is None or any(value != 0 for value in values.reshape(-1).tolist())


def split(seen: Seen) -> Effect:
    """Split: the lengths are given, or equal but for the last."""
    shape = seen.shape(0)
    at = normal_axis(seen.attribute("axis", 0), len(shape))
    count = len(seen.node.outputs)
    given = seen.told("split", 1)
    if given is None:
        each = ceil_div(shape[at], count)
        lengths = [each] * (count - 1) + [shape[at] - each * (count - 1)]
    else:
        lengths = [as_size(n, "split", least=0) for n in given]
        _, _ = agreed([shape[at], sum(lengths, start=0)], (shape,))
    if len(lengths) != count:
        raise ArgumentError(f"split={given!r} must have {count} lengths, one for each output")
    return Effect(tuple((*shape[:at], n, *shape[at + 1 :]) for n in lengths), "move")


def cut(seen: Seen) -> Effect:
    """Slice: from start to end in steps, along any axes."""
    shape = seen.shape(0)
    lines = slices(seen, len(shape))
    parts: list[Operator | None] = []
    out: list[Size] = []
    whole = [(n, *lines[a][:2]) for a, n in enumerate(shape) if a in lines and not _turns(*lines[a])]
    needs = tuple(need for line in whole for need in unclipped(*line))
    for a, n in enumerate(shape):
        start, length, step = sliced(n, *lines[a]) if a in lines else (0, n, 1)
        out.append(length)
        parts.append(_taken(n, start, length, step))
    # The images themselves in another order.
    turned = 0 in lines and is_number(lines[0][2]) and lines[0][2] < 0
    known = parts[1:] if out[0] == shape[0] and not turned else [None]
    op: Operator | None = None
    if known and all(part is not None for part in known):
        op = move(seen, Kron(tuple(part for part in known if part is not None)))
    return Effect((tuple(out),), "move", op, conditions=needs)


def _taken(n: Size, start: Size, length: Size, step: Size) -> Operator | None:
    """Return what takes a slice of an axis, None where no operator here does."""
    if is_number(step) and step > 0 and not is_nonnegative(-length):
        line = axis(n, 1, step, -start, start + (length - 1) * step + 1 - n)
        return Identity(n) if line.outputs == n else Selection(line, 0)
    if is_number(n) and is_number(start) and is_number(length) and is_number(step):
        places = tuple(start + step * place for place in range(min(length, LONGEST_KERNEL + 1)))
        return Gather(n, places) if 0 < length <= LONGEST_KERNEL else None
    return None


def _turns(start: Size, end: Size, step: Size) -> bool:
    """Say whether a slice turns an axis round, as files write it: from the last back beyond the first."""
    numbers = is_number(start) and is_number(end) and is_number(step)
    return numbers and start == step == -1 and end <= 1 - 2**31


def slices(seen: Seen, rank: int) -> dict[int, tuple[Any, Any, Any]]:
    """Return (start, end, step) by axis, from the inputs or, in old files, the attributes."""
    starts, ends = seen.told("starts", 1), seen.told("ends", 2)
    if starts is None or ends is None or len(starts) != len(ends):
        raise ArgumentError(f"starts={starts} and ends={ends} must be of one length")
    axes = seen.told("axes", 3) or list(range(len(starts)))
    steps = seen.told("steps", 4) or [1] * len(starts)
    if not len(axes) == len(steps) == len(starts):
        raise ArgumentError(f"axes={axes} and steps={steps} must be as many as starts={starts}")
    lines = zip(starts, ends, steps, strict=True)
    return {normal_axis(a, rank, "axes"): line for a, line in zip(axes, lines, strict=True)}


def sliced(n: Size, start: Size, end: Size, step: Size) -> tuple[Size, Size, Size]:
    """Return the first place, how many, and the step; a start that is out of reach is clipped.

    >>> sliced(7, 1, 2**63 - 1, 2), sliced(7, -1, -(2**63), -1)
    ((1, 3, 2), (6, 7, -1))
    """
    start, end, step = as_size(start, "starts"), as_size(end, "ends"), as_size(step, "steps")
    if is_number(n) and is_number(start) and is_number(end) and is_number(step):
        if step == 0:
            raise ArgumentError("steps: a step of 0 goes nowhere")
        low, high = (0, n) if step > 0 else (-1, n - 1)
        first = _clipped(start + n if start < 0 else start, max(low, 0), high)
        last = _clipped(end + n if end < 0 else end, low, high)
        return first, len(range(first, last, step)), step
    if _turns(start, end, step):
        return as_number(as_formula(n) - 1), n, step
    if not is_number(step) or step < 1:
        raise UnsupportedError("a Slice that steps back along an axis with a name")
    first, last = _ends(n, start, end)
    between = last - first
    return first, ceil_div(max(between, 0) if is_number(between) else between, step), step


def _ends(n: Size, start: Size, end: Size) -> tuple[Size, Size]:
    """Return where a slice of an axis with a name begins and ends, counted from the front."""
    first = start if not is_number(start) or start >= 0 else n + start
    last = end if not is_number(end) or end >= 0 else n + end
    return as_number(as_formula(first)), n if _is_open(end) else as_number(as_formula(last))


def unclipped(n: Size, start: Size, end: Size) -> tuple[sympy.Basic, ...]:
    """Return what must hold of names for a slice to lie within its axis: only numbers are clipped.

    >>> from convalgebra.sizes import symbol
    >>> unclipped(symbol("N"), 0, 5), unclipped(symbol("N"), -3, 2**63 - 1), unclipped(7, 0, 9)
    ((N >= 5,), (N >= 3,), ())
    """
    start, end = as_size(start, "starts"), as_size(end, "ends")
    if all(map(is_number, (n, start, end))):
        return ()
    first, last = _ends(n, start, end)
    each = (first, last - first, *(() if _is_open(end) else (n - last, last)), n - first)
    needs = (sympy.expand(as_formula(one)) for one in each)
    told = (one.as_coeff_Add() for one in needs if not one.is_Integer and not is_nonnegative(one))
    return tuple(dict.fromkeys(sympy.Ge(rest, -constant) for constant, rest in told))


def _is_open(end: Size) -> bool:
    """Say whether an end stands for that of the axis, as files write it."""
    return is_number(end) and end >= 2**31 - 1


def _clipped(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


def expand(seen: Seen) -> Effect:
    """Expand: broadcast to a shape."""
    sizes = tuple(as_size(n, "shape") for n in seen.numbers(1, "shape"))
    shape, conditions = broadcast((seen.shape(0), sizes))
    return Effect((shape,), "move", conditions=conditions)


def tile(seen: Seen) -> Effect:
    """Tile: repeated along each axis."""
    shape, times = seen.shape(0), seen.value(1)
    if times is None or times.size != len(shape):
        raise UnsupportedError("the repeats of this Tile are not known before it runs")
    each = [as_size(n, "repeats") for n in times.reshape(-1).tolist()]
    return Effect((tuple(n * r for n, r in zip(shape, each, strict=True)),), "move")


def gather(seen: Seen) -> Effect:
    """Gather: entries along an axis, by constant or computed indices (an embedding has a weight)."""
    shape, indices = seen.shape(0), seen.shape(1)
    at = normal_axis(seen.attribute("axis", 0), len(shape))
    out = (*shape[:at], *indices, *shape[at + 1 :])
    held = {"other": (0,)} if seen.is_parameter(0, True) else {}
    return Effect((out,), "other" if held else "move", held=held)
