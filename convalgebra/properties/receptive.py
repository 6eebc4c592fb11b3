"""The receptive field of any composition, from its structure: which inputs one output can see.

Windows along an axis compose, and a transposed one is the same line read the other way.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce, singledispatch
from itertools import chain
from typing import Any

import sympy

from convalgebra.counting.arguments import check_operator
from convalgebra.counting.seen import receptive_field_seen
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped, Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.filters import Filter
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity, TapWeights
from convalgebra.operators.local import LocallyConnected
from convalgebra.operators.moves import Selection
from convalgebra.operators.permutations import Permutation, Shuffle
from convalgebra.operators.points import PointProducts
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack
from convalgebra.proofs import Size, as_formula
from convalgebra.properties.transformed import windows_at_points
from convalgebra.properties.window import STILL, Window, line_window, shuffle_window, taps_window

__all__ = ["Window", "Windows", "receptive_field", "windows"]

Windows = tuple[Window, ...]


def receptive_field(op: Operator) -> tuple[Size, ...]:
    """Return how many inputs one output sees, along each axis, from the first to the last.

    It comes from the structure, as a number or a formula: layer after layer
    ``r = r + dilation*(kernel - 1)*jump`` and ``jump = jump*stride``. Inputs in between that a dilated
    kernel skips count, and so does what any channel sees. After a transposed convolution outputs see
    differently: it is the most that one of them sees, exactly in numbers, as a bound with names. The
    image is taken to be as long as that needs: on a shorter one, whose edges cut it off, outputs see less.

    Forms that transform the image (Winograd, Fourier) see what the convolution does that their
    transforms multiply out to. A form that takes the image apart (im2col, the polyphase form) has no
    window in its structure: with numbers its pattern is looked at. Raises ``ArgumentError`` where none
    of this tells, as for such a form with names.
    Source: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks",
    Distill 2019; Yu and Koltun, arXiv:1511.07122 for 3, 7, 15 of dilations 1, 2, 4.

    >>> import convalgebra as ca
    >>> first = ca.conv(1, 1, 31, 3)
    >>> second = ca.conv(1, 1, 29, 3, dilation=2) @ first
    >>> third = ca.conv(1, 1, 25, 3, dilation=4) @ second
    >>> [ca.receptive_field(op) for op in (first, second, third)]
    [(3,), (7,), (15,)]
    >>> ca.receptive_field(ca.conv(1, 1, "N", "k", stride="s", dilation="d"))
    (d*k - d + 1,)
    """
    try:
        check_no_circle(op)
        return tuple(window.size for window in _windows(op))
    except ArgumentError:
        known = isinstance(op, Operator) and len(op.input_shape) == len(op.output_shape) > 1
        if not known or op.symbols or any(map(_transforms, op.stages)):
            raise
        return receptive_field_seen(op)


def _transforms(op: Operator) -> bool:
    return isinstance(op, PointProducts | Fourier | Fixed) or any(map(_transforms, op.operands))


def check_no_circle(op: Operator) -> None:
    """Raise ``ArgumentError`` for what is no operator, and for circular padding.

    There an output at the border sees both ends of the image, which no one window holds.

    >>> import convalgebra as ca
    >>> check_no_circle(ca.conv(1, 1, 9, 3, padding=1))
    """
    check_operator("op", op)
    if _goes_round(op):
        raise ArgumentError(
            f"op: what an output of {op!r} sees goes round the circle at the border: no one window holds it"
        )


def _goes_round(op: Operator) -> bool:
    """Say whether some padding continues the image at its other end."""
    axes = op.axes if isinstance(op, Conv | LocallyConnected) else ()
    axes = (op.axis,) if isinstance(op, Filter | Selection) else axes
    padded = (axis.padding_mode == "circular" and (axis.lo, axis.hi) != (0, 0) for axis in axes)
    return any(padded) or any(map(_goes_round, op.operands))


def windows(op: Operator) -> Windows:
    """Return the window of each axis. Raises ``ArgumentError`` where there is none.

    >>> import convalgebra as ca
    >>> windows(ca.conv(1, 1, 9, 3, stride=2, padding=1))
    (Window(jump=2, start=-1, extent=2),)
    """
    check_operator("op", op)
    return _windows(op)


@singledispatch
def _windows(op: Any) -> Windows:
    raise ArgumentError(
        f"op: what an output of {op!r} sees is no window along each axis: "
        "its structure does not keep positions in line"
    )


@_windows.register(Conv)
@_windows.register(LocallyConnected)
def _(op: Conv | LocallyConnected) -> Windows:
    return tuple(map(taps_window, op.axes))


@_windows.register(Transposed)
def _(op: Transposed) -> Windows:
    return tuple(window.turned() for window in _windows(op.operator))


@_windows.register(Product)
def _(op: Product) -> Windows:
    found = list(_of_factors(op.operators))
    if len({len(axes) for axes in found}) > 1:
        raise ArgumentError(f"op: the factors of {op!r} have different numbers of axes")
    return tuple(reduce(lambda last, first: last.after(first), axes) for axes in zip(*found, strict=True))


def _of_factors(factors: tuple[Operator, ...]) -> Iterator[Windows]:
    """Yield the windows of each factor; products at points are read with the transforms beside them."""
    at = 0
    while at < len(factors):
        three = factors[at : at + 3]
        if len(three) == 3 and isinstance(three[1], PointProducts):
            yield windows_at_points(three[0], three[1], three[2])
            at += 3
        else:
            yield _windows(factors[at])
            at += 1


@_windows.register(Sum)
@_windows.register(BlockDiag)
@_windows.register(VStack)
@_windows.register(HStack)
def _(op: Sum | BlockDiag | VStack | HStack) -> Windows:
    found = [_windows(part) for part in op.operators]
    return tuple(reduce(lambda a, b: a.beside(b), axes) for axes in zip(*found, strict=True))


# Operands of a Kronecker product that act on channels, and those that act along an axis.
_ON_CHANNELS = (Identity, Dense, TapWeights, Shuffle, Gather, Transposed, Kron, BlockDiag, Reshaped)


@_windows.register(Kron)
def _(op: Kron) -> Windows:
    if not isinstance(op.operators[0], _ON_CHANNELS):
        raise ArgumentError(f"op: the first operand of {op!r} must act on channels")
    return tuple(chain.from_iterable(_along(part) for part in op.operators[1:]))


def _along(part: Operator) -> Windows:
    """Return the window of an operand that stands for one axis."""
    match part:
        case Identity():
            return (STILL,)
        case Selection(axis, tap):
            return (line_window(axis.stride, tap * axis.dilation - axis.lo, 1, 1),)
        case Filter(axis):
            return (taps_window(axis),)
        case Transposed(inner):
            return tuple(window.turned() for window in _along(inner))
        case Product(factors):
            return (reduce(lambda last, first: last.after(first), (_along(f)[0] for f in factors)),)
    return _windows(part)


@_windows.register(Reshaped)
def _(op: Reshaped) -> Windows:
    """Read a pixel shuffle, whose output (h*r + a) sees input h: the one reshape that keeps a line."""
    if isinstance(op.operator, Permutation) and len(op.inputs) == len(op.outputs):
        factors = (
            sympy.cancel(as_formula(o) / i) for o, i in zip(op.outputs[1:], op.inputs[1:], strict=True)
        )
        return tuple(shuffle_window(factor) for factor in factors)
    return _windows(op.operator)
