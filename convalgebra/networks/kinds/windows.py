"""Windows laid out one after the other (im2col), and put back where they came from (Col2Im)."""

from __future__ import annotations

from convalgebra.axis import Axis
from convalgebra.errors import ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.seen import (
    Effect,
    Seen,
    agreed,
    axis,
    listed,
    move,
    repeated,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Unfold
from convalgebra.operators.permutations import Permutation
from convalgebra.proofs import Size, is_number
from convalgebra.sizes import as_size, exact_quotient, product


def im2col(seen: Seen) -> Effect:
    """Im2Col: (N, C, *size) to (N, C * taps, windows). No type of ONNX: PyTorch's ``unfold``."""
    channels, *sizes = seen.image(0, least=2)
    axes = _axes(seen, tuple(sizes), seen.sizes("kernel_shape", len(sizes)))
    op = laid_out(channels, axes)
    return Effect(((seen.shape(0)[0], *op.output_shape),), "move", move(seen, op))


def col2im(seen: Seen) -> Effect:
    """Col2Im: (N, C * taps, windows) to (N, C, *size); where windows overlap their values are added."""
    rows, windows = seen.image(0, least=2)
    sizes, block = (
        tuple(as_size(n, "shape") for n in seen.numbers(place, what))
        for place, what in ((1, "shape of the image"), (2, "shape of the block"))
    )
    if len(sizes) != len(block):
        raise ShapeError(f"an image of {listed(sizes)} has no blocks of {listed(block)}")
    taps = product(block)
    channels = exact_quotient(rows, taps)
    if is_number(rows) and is_number(taps) and rows % taps:
        raise ShapeError(f"blocks of {taps} values do not divide {rows} rows")
    op = laid_out(channels, _axes(seen, sizes, block)).T
    _, conditions = agreed([windows, op.input_shape[1]], (seen.shape(0), sizes))
    return Effect(
        ((seen.shape(0)[0], *op.output_shape),),
        "other",
        repeated(op, seen.copies()),
        conditions=tuple(conditions),
    )


def _axes(seen: Seen, sizes: Shape, kernel: Shape) -> tuple[Axis, ...]:
    rank = len(sizes)
    stride, dilation = seen.sizes("strides", rank, 1), seen.sizes("dilations", rank, 1)
    pads: tuple[Size, ...] = seen.sizes("pads", 2 * rank, 0)
    lines = zip(sizes, kernel, stride, pads[:rank], pads[rank:], dilation, strict=True)
    return tuple(axis(*line) for line in lines)


def laid_out(channels: Size, axes: tuple[Axis, ...]) -> Operator:
    """Return the move that lays the windows out: row (c, tap) of column (window) takes what that reads.

    >>> from convalgebra.axis import Axis
    >>> laid_out(3, (Axis(5, 2), Axis(4, 3))).output_shape
    (18, 8)
    """
    rank = len(axes)
    each = Kron((Identity(channels), *map(Unfold, axes)))  # (channels, outputs, taps, outputs, taps, ...)
    order = (0, *range(2, 2 * rank + 1, 2), *range(1, 2 * rank + 1, 2))
    turned = Permutation(each.output_shape, order)
    rows = channels * product(a.kernel for a in axes)
    shape = (rows, product(a.outputs for a in axes))
    return Reshaped(turned, each.output_shape, shape) @ each
