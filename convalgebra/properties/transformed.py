"""Windows of forms that transform the image: evaluate, multiply at points, interpolate.

One factor alone mixes all of the image, or of a tile. The three together are a convolution when the
transforms fit: those of Fourier are inverse to each other, those of Winograd are multiplied out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product as grid

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection, Unfold
from convalgebra.operators.points import Evaluation, PointProducts, Spectrum
from convalgebra.properties.window import STILL, Window, line_window, taps_window


def windows_at_points(after: Operator, points: PointProducts, before: Operator) -> tuple[Window, ...]:
    """Return the window along each axis of ``after @ points @ before``.

    Raises ``ArgumentError`` where the transforms are not known to fit.

    >>> import convalgebra as ca
    >>> windows_at_points(*ca.fourier_conv(1, 1, "N", 3).operators)
    (Window(jump=1, start=-1, extent=2),)
    >>> windows_at_points(*ca.winograd(1, 1, "N", 3).operators)
    (Window(jump=1, start=0, extent=2),)
    """
    sides = [_operands(side, len(points.transforms)) for side in (after, before)]
    return tuple(_along(*axis) for axis in zip(sides[0], points.transforms, sides[1], strict=True))


def _operands(side: Operator, axes: int) -> tuple[Operator, ...]:
    """Return the operand of each axis of a side that leaves the channels alone."""
    match side:
        case Kron((Identity(), *rest)) if len(rest) == axes:
            return tuple(rest)
    raise ArgumentError(f"op: {side!r} is not one transform along each of {axes} axes")


def _along(after: Operator, transform: Evaluation | Spectrum, before: Operator) -> Window:
    if isinstance(transform, Spectrum):
        axis, modulus = transform.axis, transform.modulus
        if (after, before) == (Fourier(axis.size, True, modulus), Fourier(axis.size, False, modulus)):
            return taps_window(axis)
        raise ArgumentError(f"op: {after!r} and {before!r} are not the transforms of {axis!r}")
    crop, output = _cropped(after)
    match before:
        case Product((Reshaped(Kron((Identity(), Fixed() as given))), Unfold(axis))):
            return crop.after(_tiled(output, transform, given, axis))
    raise ArgumentError(f"op: {before!r} does not transform the tiles of a line")


def _cropped(after: Operator) -> tuple[Window, Fixed]:
    """Return what is cropped, and the matrix that interpolates each tile."""
    match after:
        case Product((Selection(axis), Reshaped(Kron((Identity(), Fixed() as output))))):
            return taps_window(axis), output
        case Reshaped(Kron((Identity(), Fixed() as output))):
            return STILL, output
    raise ArgumentError(f"op: {after!r} does not interpolate the tiles of a line")


def _tiled(output: Fixed, transform: Evaluation, given: Fixed, axis: Axis) -> Window:
    """Return the window of tiles: output a of each sees the inputs of the tile from a + first on."""
    tile, reach = len(output.rows), len(given.rows[0])
    entries = set(_entries(output, transform, given))
    offsets = {j - a for a, j in entries}
    first, count = min(offsets, default=0), len(offsets)
    banded = {(a, a + first + k) for a in range(tile) for k in range(count)}
    if (axis.stride, axis.kernel, axis.dilation) != (tile, reach, 1) or entries != banded:
        raise ArgumentError(f"op: the transforms at {transform!r} do not make a convolution of {axis!r}")
    return line_window(1, first - axis.lo, 1, count)


def _entries(output: Fixed, transform: Evaluation, given: Fixed) -> Iterator[tuple[int, int]]:
    """Yield where output @ diag(evaluated kernel) @ given is not zero for every kernel."""
    table = transform.exact_table()
    for (a, left), (j, right) in grid(enumerate(output.rows), enumerate(zip(*given.rows, strict=True))):
        at_points = [x * y for x, y in zip(left, right, strict=True)]
        if any(
            sum(v * row[k] for v, row in zip(at_points, table, strict=True))
            for k in range(transform.kernel)
        ):
            yield a, j
