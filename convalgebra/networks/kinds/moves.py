"""Moves: nodes that only put values elsewhere. They have no weights and multiply nothing."""

from __future__ import annotations

from typing import Any

import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.grouped import channel_shuffle
from convalgebra.catalogue.resampling import pixel_shuffle, space_to_depth
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.seen import (
    Effect,
    Seen,
    UnsupportedError,
    agreed,
    axis,
    broadcast,
    listed,
    normal_axis,
    repeated,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection
from convalgebra.operators.permutations import Permutation
from convalgebra.proofs import Size, as_formula, is_nonnegative, is_number
from convalgebra.sizes import as_size, ceil_div, exact_quotient, product

PAD_MODES = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


# --- the same values in another shape ------------------------------------------------------------


def same(seen: Seen) -> Effect:
    """Identity, Dropout (when it is not training), Cast."""
    shape = seen.shape(0)
    return viewed(seen, shape)


def reshape(seen: Seen) -> Effect:
    """Reshape: the target is a constant, or was worked out from shapes."""
    target = seen.value(1) if seen.has(1) else seen.attribute("shape")
    if target is None:
        raise UnsupportedError("the target of this Reshape is not known before it runs")
    return viewed(seen, reshaped(seen.shape(0), list(target), bool(seen.attribute("allowzero", 0))))


def reshaped(shape: Shape, target: list[Any], allow_zero: bool = False) -> Shape:
    """Return the shape that a Reshape gives: 0 copies a size, -1 is what is left.

    >>> reshaped((1, 8, 7, 7), [0, 2, 4, -1])
    (1, 2, 4, 49)
    """
    found: list[Size] = []
    for place, value in enumerate(target):
        size = as_size(value, "shape")
        if size == 0 and not allow_zero:
            if place >= len(shape):
                raise ShapeError(f"shape={target}: 0 at {place} copies a size that {shape} does not have")
            size = shape[place]
        found.append(size)
    free = [place for place, size in enumerate(found) if size == -1]
    if len(free) > 1 or any(is_number(n) and n < -1 for n in found):
        raise ShapeError(f"shape={target} must have sizes, and -1 at most once")
    if free:
        rest = [n for n in found if n != -1]
        found[free[0]] = _left(shape, rest)
    return tuple(found)


def _left(shape: Shape, rest: list[Size]) -> Size:
    """Return the size that is left over when the sizes ``rest`` are taken out of a shape."""
    above, below = list(shape), []
    for size in rest:
        if size in above:
            above.remove(size)
        else:
            below.append(size)
    whole, part = product(above), product(below)
    if part == 0:
        raise ShapeError(f"a shape of no values cannot have -1: {shape}")
    if is_number(whole) and is_number(part) and whole % part:
        raise ShapeError(f"{part} does not divide {whole}, what is left of {shape}")
    left = exact_quotient(whole, part)
    if not as_formula(left).is_integer:
        raise UnsupportedError(f"{whole}/{part} is not surely an integer: give the sizes as multiples")
    return left


def flatten(seen: Seen) -> Effect:
    """Flatten: the axes before ``axis`` in one, the others in one."""
    shape = seen.shape(0)
    given = seen.size("axis", 1)
    if not is_number(given) or not -len(shape) <= given <= len(shape):
        raise ArgumentError(f"axis={given} must be from {-len(shape)} to {len(shape)}")
    at = given + len(shape) if given < 0 else given
    return viewed(seen, (product(shape[:at]), product(shape[at:])))


def squeeze(seen: Seen) -> Effect:
    """Squeeze: axes of size 1 taken away."""
    shape = seen.shape(0)
    axes = axes_of(seen, len(shape))
    if axes is None:
        axes = [a for a, n in enumerate(shape) if n == 1]
    for a in axes:
        agreed([shape[a], 1], (shape,))
    return viewed(seen, tuple(n for a, n in enumerate(shape) if a not in axes))


def unsqueeze(seen: Seen) -> Effect:
    """Unsqueeze: axes of size 1 put in."""
    shape = seen.shape(0)
    given = _axes_given(seen)
    if given is None:
        raise ArgumentError("Unsqueeze needs axes")
    rank = len(shape) + len(given)
    axes = [normal_axis(a, rank, "axes") for a in given]
    if len(set(axes)) < len(axes):
        raise ArgumentError(f"axes={given} name one axis twice")
    rest = iter(shape)
    return viewed(seen, tuple(1 if a in axes else next(rest) for a in range(rank)))


def axes_of(seen: Seen, rank: int) -> list[int] | None:
    """Return the axes that an attribute or the second input names, None where there are none."""
    given = _axes_given(seen)
    return None if given is None else [normal_axis(a, rank, "axes") for a in given]


def _axes_given(seen: Seen) -> list[Any] | None:
    if seen.attribute("axes") is not None:
        return list(seen.attribute("axes"))
    if not seen.has(1):
        return None
    values = seen.value(1)
    if values is None:
        raise UnsupportedError("the axes are not known before it runs")
    return list(values.reshape(-1).tolist())


def viewed(seen: Seen, shape: Shape) -> Effect:
    """Return the effect of reading the same values in another shape.

    Raises ``ShapeError`` where that has not as many; for names that is a condition.
    """
    before = seen.shape(0)
    op: Operator | None = None
    here, there = product(before), product(shape)
    if is_number(here) and is_number(there) and here != there:
        raise ShapeError(f"a shape of {there} values is asked for, {listed(shape)}, of {listed(before)}")
    if here != there and sympy.expand(as_formula(here) - there) != 0:
        return Effect((shape,), "move", conditions=(sympy.Eq(here, there),))
    if before and shape and before[0] == shape[0]:
        copies = seen.copies()
        inside, outside = before[1:] or (1,), shape[1:] or (1,)
        if copies != 1:
            inside, outside = (copies, *inside), (copies, *outside)
        length = product(inside)
        op = Reshaped(Identity(length), inside, outside)
    return Effect((shape,), "move", op)


# --- in another order ----------------------------------------------------------------------------


def transpose(seen: Seen) -> Effect:
    """Transpose: the axes in another order."""
    shape = seen.shape(0)
    given = seen.attribute("perm")
    order = tuple(range(len(shape)))[::-1] if given is None or not len(given) else tuple(map(int, given))
    if sorted(order) != list(range(len(shape))):
        raise ArgumentError(f"perm={order} must be {tuple(range(len(shape)))} in some order")
    op: Operator | None = None
    if len(order) > 1 and order[0] == 0 and seen.copies() == 1:
        op = Permutation(shape[1:], tuple(a - 1 for a in order[1:]))
    return Effect((tuple(shape[a] for a in order),), "move", op)


def depth_to_space(seen: Seen) -> Effect:
    """DepthToSpace: DCR has the offsets as the slow index of the channels, CRD as the fast one."""
    channels, *sizes = seen.image(0, least=2)
    block = seen.size("blocksize", None)
    op: Operator
    if seen.attribute("mode", "DCR") == "CRD":
        op = pixel_shuffle(channels, tuple(sizes), block)
    else:
        few = exact_quotient(channels, block ** len(sizes))
        op = space_to_depth(few, tuple(n * block for n in sizes), block).T
        if op.input_shape[0] != channels:
            raise ShapeError(f"blocksize={block}: {block}**{len(sizes)} must divide {channels} channels")
    return _moved(seen, op)


def space_to_depth_of(seen: Seen) -> Effect:
    """SpaceToDepth."""
    channels, *sizes = seen.image(0, least=2)
    return _moved(seen, space_to_depth(channels, tuple(sizes), seen.size("blocksize", None)))


def shuffle(seen: Seen) -> Effect:
    """ChannelShuffle with ``groups`` (``group``): no type of ONNX, but some files have it."""
    channels, *sizes = seen.image(0, least=1)
    groups = seen.attribute("groups", seen.attribute("group", 1))
    return _moved(seen, channel_shuffle(channels, tuple(sizes) or (1,), groups=groups))


def _moved(seen: Seen, op: Operator) -> Effect:
    return Effect(((seen.shape(0)[0], *op.output_shape),), "move", repeated(op, seen.copies()))


# --- more or fewer -------------------------------------------------------------------------------


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
    return Effect((out,), "move", repeated(op, seen.copies()))


def _inside(shape: Shape, pads: list[tuple[Size, Size]]) -> Any:
    return zip(shape[1:], pads[1:], strict=True)


def _pads(seen: Seen, rank: int) -> list[tuple[Size, Size]]:
    given = seen.attribute("pads")
    if given is None:
        values = seen.value(1)
        if values is None:
            raise UnsupportedError("the pads are not known before it runs")
        given = values.reshape(-1).tolist()
    axes = list(range(rank))
    if seen.has(3):
        chosen = seen.value(3)
        if chosen is None:
            raise UnsupportedError("the axes are not known before it runs")
        axes = [normal_axis(a, rank, "axes") for a in chosen.reshape(-1).tolist()]
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
    """Concat: one after the other along an axis."""
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
    return Effect((tuple(out),), "move", conditions=tuple(conditions))


def split(seen: Seen) -> Effect:
    """Split: the lengths are given, or equal but for the last."""
    shape = seen.shape(0)
    at = normal_axis(seen.attribute("axis", 0), len(shape))
    count = len(seen.node.outputs)
    given = seen.attribute("split")
    if given is None and seen.has(1):
        values = seen.value(1)
        if values is None:
            raise UnsupportedError("the lengths of this Split are not known before it runs")
        given = values.reshape(-1).tolist()
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
    axes: list[Axis | None] = []
    out: list[Size] = []
    for a, n in enumerate(shape):
        start, length, step = sliced(n, *lines[a]) if a in lines else (0, n, 1)
        out.append(length)
        plain = is_number(step) and step > 0 and not is_nonnegative(-length)
        axes.append(axis(n, 1, step, -start, start + (length - 1) * step + 1 - n) if plain else None)
    known = axes[1:] if out[0] == shape[0] else [None]
    op: Operator | None = None
    if known and all(a is not None for a in known):
        parts = tuple(
            Identity(a.size) if a.outputs == a.size else Selection(a, 0) for a in known if a is not None
        )
        op = repeated(Kron(parts), seen.copies())
    return Effect((tuple(out),), "move", op)


def slices(seen: Seen, rank: int) -> dict[int, tuple[Any, Any, Any]]:
    """Return (start, end, step) by axis, from the inputs or, in old files, the attributes."""

    def column(place: int, name: str) -> list[Any] | None:
        if seen.attribute(name) is not None:
            return list(seen.attribute(name))
        if not seen.has(place):
            return None
        values = seen.value(place)
        if values is None:
            raise UnsupportedError(f"the {name} of this Slice are not known before it runs")
        return list(values.reshape(-1).tolist())

    starts, ends = column(1, "starts"), column(2, "ends")
    if starts is None or ends is None or len(starts) != len(ends):
        raise ArgumentError(f"starts={starts} and ends={ends} must be of one length")
    axes = column(3, "axes") or list(range(len(starts)))
    steps = column(4, "steps") or [1] * len(starts)
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
    if not is_number(step) or step < 1:
        raise UnsupportedError("a Slice that steps back along an axis with a name")
    first = start if not is_number(start) or start >= 0 else n + start
    last = end if not is_number(end) or end >= 0 else n + end
    if is_number(last) and last >= 2**31 - 1:
        last = n
    return first, ceil_div(last - first, step), step


def _clipped(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


def expand(seen: Seen) -> Effect:
    """Expand: broadcast to a shape."""
    target = seen.value(1)
    if target is None:
        raise UnsupportedError("the target of this Expand is not known before it runs")
    sizes = tuple(as_size(n, "shape") for n in target.reshape(-1).tolist())
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
    held = {"other": (0,)} if seen.is_constant(0) else {}
    return Effect((out,), "other" if held else "move", held=held)
