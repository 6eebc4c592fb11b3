"""Pooling: averages are operators, maxima are not; both slide alike."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.convolutions import Pads, window_pads
from convalgebra.networks.kinds.seen import (
    LONGEST_KERNEL,
    Effect,
    Seen,
    UnsupportedError,
    axis,
    normal_axis,
    repeated,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.filters import Filter
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.proofs import Size, as_formula, is_number, maximum
from convalgebra.sizes import ceil_div, exact_quotient, same_size

LARGEST_TABLE = 2**20  # numbers of a table of windows


def average(seen: Seen) -> Effect:
    """AveragePool, with ceil_mode, count_include_pad, dilations and auto_pad."""
    image = seen.image(0, least=2)
    if _wanted(seen, image[1:]) is not None:
        return _adaptive(seen, image)
    ceil, include = bool(seen.attribute("ceil_mode", 0)), bool(seen.attribute("count_include_pad", 0))
    axes, pads = pool_axes(seen, image[1:], ceil)
    plain = include and not ceil
    op = _mean(image[0], axes, None if plain else pads if include else ((0, 0),) * len(axes))
    return _pooled(seen, op)


def _wanted(seen: Seen, sizes: Shape) -> Shape | None:
    """Return the output sizes that are asked for, None where the windows are given instead."""
    if seen.attribute("output_size") is None:
        return None
    found = seen.sizes("output_size", len(sizes))
    if any(is_number(n) and n < 1 for n in found):
        raise ArgumentError(f"output_size={found} must be at least 1 along each axis")
    return found


def _adaptive(seen: Seen, image: Shape) -> Effect:
    """Return the means over m windows of n values.

    The i-th is from i n / m, rounded down, to (i + 1) n / m, rounded up: two may share a value.
    """
    wanted = _wanted(seen, image[1:]) or ()
    out = (*seen.shape(0)[:2], *wanted)
    parts: list[Operator] = [Identity(image[0])]
    for n, m in zip(image[1:], wanted, strict=True):
        step = even_step(n, m)
        if step is not None:
            parts.append(Filter(axis(n, step, step), "average"))
        elif is_number(n) and is_number(m) and n * m <= LARGEST_TABLE:
            parts.append(Fixed(_uneven(n, m)))
        else:
            raise UnsupportedError(f"a mean over {m} windows of {n} values, which differ in size", (out,))
    op = repeated(Kron(tuple(parts)), seen.copies())
    return Effect((out,), "pool", op)


def even_step(size: Size, outputs: Size) -> Size | None:
    """Return how long each of ``outputs`` windows is, None where they surely or perhaps differ.

    >>> from convalgebra.sizes import symbol
    >>> even_step(6, 3), even_step(7, 3), even_step(32 * symbol("q"), 8), even_step(symbol("q"), 8)
    (2, None, 4*q, None)
    """
    step = exact_quotient(size, outputs)
    return step if as_formula(step).is_integer and same_size(step * outputs, size) else None


def _uneven(size: int, outputs: int) -> tuple[tuple[Fraction | int, ...], ...]:
    windows = [(i * size // outputs, -((i + 1) * size // -outputs)) for i in range(outputs)]
    return tuple(
        tuple(Fraction(1, end - start) if start <= place < end else 0 for place in range(size))
        for start, end in windows
    )


def maximum_pool(seen: Seen) -> Effect:
    """MaxPool and LpPool: not linear; they multiply nothing."""
    image = seen.image(0, least=2)
    wanted = _wanted(seen, image[1:])
    if wanted is not None:
        return Effect(((*seen.shape(0)[:2], *wanted),) * 2, "pool")
    axes, _ = pool_axes(seen, image[1:], bool(seen.attribute("ceil_mode", 0)))
    shape = (*seen.shape(0)[:2], *(a.outputs for a in axes))
    # No operator tells them here: the window must fit into the padded image.
    needs = tuple(dict.fromkeys(need for a in axes for need in a.conditions))
    return Effect((shape, shape), "pool", conditions=needs)


def global_average(seen: Seen) -> Effect:
    """GlobalAveragePool: one value per channel."""
    image = seen.image(0, least=2)
    _check_length(image[1:], (*seen.shape(0)[:2], *(1 for _ in image[1:])))
    axes = tuple(axis(n, n) for n in image[1:])
    return _pooled(seen, _mean(image[0], axes, None))


def global_maximum(seen: Seen) -> Effect:
    """GlobalMaxPool and GlobalLpPool: not linear."""
    image = seen.image(0, least=2)
    return Effect(((*seen.shape(0)[:2], *(1 for _ in image[1:])),), "pool")


def reduced_mean(seen: Seen) -> Effect:
    """ReduceMean over any axes but the batch: an average along each."""
    shape, axes, kept = reduction(seen)
    if 0 in axes:
        raise UnsupportedError("ReduceMean over the batch", (kept,))
    _check_length(tuple(n for a, n in enumerate(shape) if a in axes), kept)
    parts = [
        Filter(axis(n, n), "average") if a in axes else Identity(n)
        for a, n in enumerate(shape[1:], start=1)
    ]
    op: Operator = Kron(tuple(parts))
    if kept[1:] != op.output_shape:
        op = Reshaped(op, op.input_shape, kept[1:] or (1,))
    return Effect((kept,), "pool", repeated(op, seen.copies()))


def reduced(seen: Seen) -> Effect:
    """ReduceMax, ReduceSum and the like, by their shapes."""
    _, _, kept = reduction(seen)
    return Effect((kept,), "other", additions=None if seen.node.op_type != "ReduceMax" else 0)


def reduction(seen: Seen) -> tuple[Shape, frozenset[int], Shape]:
    """Return the input's shape, the axes that are reduced, and the output's shape."""
    shape = seen.shape(0)
    given = seen.told("axes", 1)
    if not given:
        given = [] if seen.attribute("noop_with_empty_axes", 0) else list(range(len(shape)))
    axes = frozenset(normal_axis(a, len(shape), "axes") for a in given)
    keep = bool(seen.attribute("keepdims", 1))
    kept = tuple(1 if a in axes else n for a, n in enumerate(shape) if keep or a not in axes)
    return shape, axes, kept


def _check_length(sizes: Shape, out: Shape) -> None:
    if any(is_number(n) and n > LONGEST_KERNEL for n in sizes):
        raise UnsupportedError(f"a mean over more than {LONGEST_KERNEL} values of an axis", (out,))


def pool_axes(seen: Seen, sizes: Shape, ceil: bool) -> tuple[tuple[Axis, ...], Pads]:
    """Return the axes along which a pooling window slides, and the padding that its node states.

    Raises ``UnsupportedError`` where as many windows are asked for as are not all of one size.
    """
    rank = len(sizes)
    wanted = _wanted(seen, sizes)
    if wanted is not None:
        steps = [even_step(n, m) for n, m in zip(sizes, wanted, strict=True)]
        even = tuple(axis(n, s, s) for n, s in zip(sizes, steps, strict=True) if s is not None)
        if len(even) < rank:
            raise UnsupportedError("windows that differ in size")
        return even, ((0, 0),) * rank
    kernel = seen.sizes("kernel_shape", rank)
    stride, dilation = seen.sizes("strides", rank, 1), seen.sizes("dilations", rank, 1)
    pads = window_pads(seen, sizes, kernel, stride, dilation)
    lines = zip(sizes, kernel, stride, pads, dilation, strict=True)
    found = tuple(
        axis(n, k, s, lo, _reach(n, k, s, lo, hi, d) if ceil else hi, d) for n, k, s, (lo, hi), d in lines
    )
    return found, pads


def _reach(n: Size, k: Size, s: Size, lo: Size, hi: Size, d: Size) -> Size:
    """Return how far beyond the input the last window reaches, one that starts before the input ends."""
    span = d * (k - 1) + 1
    last = -maximum(-ceil_div(n + lo + hi - span, s), 1 - ceil_div(n + lo, s))
    return last * s + span - n - lo


@lru_cache(maxsize=4096)
def _mean(channels: Size, axes: tuple[Axis, ...], counted: Pads | None) -> Operator:
    """Return the mean over windows; ``counted`` padding zeros count as inputs, all of them if None."""
    if counted is None:
        return Kron((Identity(channels), *(Filter(a, "average") for a in axes)))
    return Kron((Identity(channels), *(Filter(a, "mean", c) for a, c in zip(axes, counted, strict=True))))


def _pooled(seen: Seen, op: Operator) -> Effect:
    if not op.output_shape:
        raise ArgumentError("pooling leaves no output")
    return Effect(((seen.shape(0)[0], *op.output_shape),), "pool", repeated(op, seen.copies()))
