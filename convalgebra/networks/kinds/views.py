"""The same values in another shape: nothing moves, nothing is multiplied."""

from __future__ import annotations

from typing import Any

import sympy

from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.seen import (
    Effect,
    Seen,
    UnsupportedError,
    agreed,
    listed,
    normal_axis,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.leaves import Identity
from convalgebra.proofs import Size, as_formula, is_number
from convalgebra.sizes import as_size, exact_quotient, product


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
    given = seen.told("axes", 1)
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
    given = seen.told("axes", 1)
    return None if given is None else [normal_axis(a, rank, "axes") for a in given]


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
        try:
            copies = seen.copies()
        except UnsupportedError:  # axis 0 is not the batch: as ``move``
            return Effect((shape,), "move")
        inside, outside = before[1:] or (1,), shape[1:] or (1,)
        if copies != 1:
            inside, outside = (copies, *inside), (copies, *outside)
        length = product(inside)
        op = Reshaped(Identity(length), inside, outside)
    return Effect((shape,), "move", op)
