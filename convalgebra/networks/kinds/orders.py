"""The same values in another order: permutations, which multiply nothing."""

from __future__ import annotations

from convalgebra.axis import Axis
from convalgebra.catalogue.grouped import channel_shuffle
from convalgebra.catalogue.resampling import pixel_shuffle, space_to_depth
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.networks.kinds.seen import (
    Effect,
    Seen,
    move,
    normal_axis,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection
from convalgebra.operators.permutations import Permutation
from convalgebra.sizes import as_size, exact_quotient, number


def transpose(seen: Seen) -> Effect:
    """Transpose: the axes in another order."""
    shape = seen.shape(0)
    given = seen.attribute("perm")
    order = tuple(range(len(shape)))[::-1] if given is None or not len(given) else tuple(map(int, given))
    if sorted(order) != list(range(len(shape))):
        raise ArgumentError(f"perm={order} must be {tuple(range(len(shape)))} in some order")
    op: Operator | None = None
    if len(order) > 1 and order[0] == 0 and shape[0] == seen.batch:
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


def roll(seen: Seen) -> Effect:
    """Roll: axes shifted round, what goes out at the end comes in at the front. No type of ONNX."""
    shape = seen.shape(0)
    given, shifts = seen.attribute("axes"), seen.attribute("shifts")
    if given is None or shifts is None or len(given) != len(shifts):
        raise ArgumentError(f"shifts={shifts!r} must be one for each of axes={given!r}")
    by = dict.fromkeys(range(len(shape)), 0)
    for a, shift in zip(given, shifts, strict=True):
        by[normal_axis(a, len(shape), "axes")] += number(as_size(shift, "shifts"), "shifts")
    op: Operator | None = None
    if len(shape) > 1 and not by[0]:
        lines = list(zip(shape[1:], list(by.values())[1:], strict=True))
        parts = (Selection(Axis(n, 1, 1, s, -s, 1, "circular"), 0) if s else Identity(n) for n, s in lines)
        op = Kron(tuple(parts)) if shape[0] == seen.batch else None
    return Effect((shape,), "move", op)


def _moved(seen: Seen, op: Operator) -> Effect:
    return Effect(((seen.shape(0)[0], *op.output_shape),), "move", move(seen, op))
