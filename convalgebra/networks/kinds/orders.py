"""The same values in another order: permutations, which multiply nothing."""

from __future__ import annotations

from convalgebra.catalogue.grouped import channel_shuffle
from convalgebra.catalogue.resampling import pixel_shuffle, space_to_depth
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.networks.kinds.seen import (
    Effect,
    Seen,
    repeated,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.permutations import Permutation
from convalgebra.sizes import exact_quotient


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
