"""Nodes that are one layer together: Reshape, Transpose, Reshape as a shuffle of channels or pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from convalgebra.catalogue.grouped import channel_shuffle
from convalgebra.catalogue.resampling import pixel_shuffle, space_to_depth
from convalgebra.errors import ConvalgebraError
from convalgebra.networks.graph import Shape
from convalgebra.networks.layer import Layer
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size
from convalgebra.sizes import exact_quotient

_TRIPLE = ("Reshape", "Transpose", "Reshape")


def joined(layers: Sequence[Layer], outputs: Sequence[str]) -> tuple[Layer, ...]:
    """Return the layers with each shuffle that is spelt in three nodes as one layer.

    Only where nothing else reads what is between.
    """
    readers = Counter(name for layer in layers for name in layer.inputs)
    readers.update(outputs)
    by_input = {layer.inputs[0]: layer for layer in layers if layer.op_type in _TRIPLE and layer.inputs}
    gone: set[str] = set()
    found: dict[str, Layer] = {}
    for first in layers:
        triple = _triple(first, by_input, readers)
        shuffle = None if triple is None or first.name in gone else _shuffle(*triple)
        if triple is not None and shuffle is not None:
            gone.update(layer.name for layer in triple)
            found[triple[2].name] = shuffle
    return tuple(
        found.get(layer.name, layer) for layer in layers if layer.name not in gone or layer.name in found
    )


def _triple(
    first: Layer, by_input: dict[str, Layer], readers: Counter[str]
) -> tuple[Layer, Layer, Layer] | None:
    chain = [first]
    for _ in range(2):
        after = by_input.get(chain[-1].outputs[0]) if chain[-1].outputs else None
        if after is None or readers[chain[-1].outputs[0]] != 1:
            return None
        chain.append(after)
    if tuple(layer.op_type for layer in chain) != _TRIPLE or not all(layer.understood for layer in chain):
        return None
    return chain[0], chain[1], chain[2]


def _shuffle(first: Layer, turn: Layer, last: Layer) -> Layer | None:
    before, between, after = first.input_shapes[0], turn.input_shapes[0], last.output_shapes[0]
    given = turn.nodes[0].attributes.get("perm")
    if before is None or between is None or after is None or given is None:
        return None
    if len(before) < 3 or len({before[0], between[0], after[0]}) > 1 or before[0] != first.batch:
        return None
    try:
        found = _recognised(before, between, after, tuple(int(a) for a in given))
    except ConvalgebraError:
        return None
    if found is None:
        return None
    op_type, op = found
    return replace(
        first,
        op_type=op_type,
        outputs=last.outputs,
        output_shapes=last.output_shapes,
        operator=op,
        nodes=(*first.nodes, *turn.nodes, *last.nodes),
    )


def _recognised(
    before: Shape, between: Shape, after: Shape, order: tuple[int, ...]
) -> tuple[str, Operator] | None:
    """Return the shuffle that these three shapes and this order are, if they are one."""
    rank = len(before) - 2
    for op_type, groups in _candidates(before, between, after):
        if rank and (between, order) == _spelt(op_type, before, after, groups):
            op = _operator(op_type, before, after, groups)
            if (op.input_shape, op.output_shape) == (before[1:], after[1:]):
                return op_type, op
    return None


def _candidates(before: Shape, between: Shape, after: Shape) -> Iterator[tuple[str, Size]]:
    """Yield what the shapes may be, with the groups or the factor."""
    rank = len(before) - 2
    if after == before and len(between) == rank + 3:
        yield "ChannelShuffle", between[1]
    if len(between) == len(after) + rank == 2 * rank + 2:
        yield "PixelShuffle", between[2]
        yield "DepthToSpace", between[1]
        yield "PixelUnshuffle", between[3]
        yield "SpaceToDepth", between[3]


def _spelt(op_type: str, before: Shape, after: Shape, r: Size) -> tuple[Shape, tuple[int, ...]]:
    """Return the shape between and the order in which a shuffle is written."""
    rank = len(before) - 2
    pairs, (batch, channels, *sizes) = range(rank), before
    split = tuple(part for n in after[2:] for part in (n, r))
    fast, slow = (tuple(2 + first + 2 * i for i in pairs) for first in (1, 0))
    match op_type:
        case "ChannelShuffle":
            return (batch, r, exact_quotient(channels, r), *sizes), (0, 2, 1, *range(3, rank + 3))
        case "PixelShuffle":
            turned = tuple(a for i in pairs for a in (2 + rank + i, 2 + i))
            return (batch, after[1], *(r,) * rank, *sizes), (0, 1, *turned)
        case "DepthToSpace":
            turned = tuple(a for i in pairs for a in (2 + rank + i, 1 + i))
            return (batch, *(r,) * rank, after[1], *sizes), (0, 1 + rank, *turned)
        case "PixelUnshuffle":
            return (batch, channels, *split), (0, 1, *fast, *slow)
        case _:
            return (batch, channels, *split), (0, *fast, 1, *slow)


def _operator(op_type: str, before: Shape, after: Shape, r: Size) -> Operator:
    sizes = before[2:]
    match op_type:
        case "ChannelShuffle":
            return channel_shuffle(before[1], sizes, groups=r)
        case "PixelShuffle":
            return pixel_shuffle(before[1], sizes, r)
        case "DepthToSpace":
            return space_to_depth(after[1], after[2:], r).T
        case "PixelUnshuffle":
            return pixel_shuffle(after[1], after[2:], r).T
        case _:
            return space_to_depth(before[1], sizes, r)
