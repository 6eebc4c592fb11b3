"""What moves, joins and parts values: reshaping, transposing, shuffling, splitting, slicing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convalgebra.networks.reading.aten.call import Call, axis_of, per_axis
from convalgebra.networks.reading.aten.pooling import foreign


def cast(call: Call) -> None:
    """to, _to_copy, type_as: the same values in another type."""
    call.write("Cast", [call.x], to=call.out[0].dtype)


def dropout(call: Call) -> None:
    """dropout: nothing, where nothing is trained."""
    call.write("Dropout", [call.x])


def reshape(call: Call) -> None:
    """view, reshape, flatten of some axes, unflatten."""
    call.write("Reshape", [call.x, call.hold(call.shape_for(call.out[0].shape, call.x.shape))])


def flatten(call: Call) -> None:
    """flatten of all but the batch."""
    if call["start_dim"] == 1 and axis_of(call["end_dim"], call.x.rank) == call.x.rank - 1:
        call.write("Flatten", [call.x], axis=1)
    else:
        reshape(call)


def permute(call: Call) -> None:
    """permute: axes in another order."""
    call.write("Transpose", [call.x], perm=[axis_of(a, call.x.rank) for a in call["dims"]])


def transpose(call: Call) -> None:
    """transpose, swapaxes, t: two axes exchanged."""
    rank = call.x.rank
    order = list(range(rank))
    default = {"dim0": 0, "dim1": rank - 1, "axis0": 0, "axis1": rank - 1}
    a, b = (
        axis_of(v, rank) for v in [call.get(n) for n in default if call.get(n) is not None] or (0, rank - 1)
    )
    order[a], order[b] = order[b], order[a]
    call.write("Transpose", [call.x], perm=order)


def squeeze(call: Call) -> None:
    """squeeze: axes of size 1 left out."""
    given = call.get("dim")
    rank = call.x.rank
    axes = range(rank) if given is None else [given] if isinstance(given, int) else given
    gone = sorted({axis_of(a, rank) for a in axes if call.x.shape[axis_of(a, rank)] == 1})
    if gone:
        call.write("Squeeze", [call.x, call.hold(gone)])
    else:
        call.write("Identity", [call.x])


def unsqueeze(call: Call) -> None:
    """unsqueeze: an axis of size 1 put in."""
    call.write("Unsqueeze", [call.x, call.hold([axis_of(call["dim"], call.x.rank + 1)])])


def expand(call: Call) -> None:
    """expand, expand_as, repeat of axes of size 1."""
    call.write("Expand", [call.x, call.hold(call.out[0].shape)])


def _moved(call: Call, split: Sequence[int], order: Sequence[int]) -> None:
    """Write Reshape, Transpose, Reshape: a permutation of values, as exporters write it."""
    before = call.x.shape
    parted = call.between("Reshape", [call.x, call.hold(call.shape_for(split, before))], part="")
    turned = call.between("Transpose", [parted], perm=list(order))
    call.write("Reshape", [turned, call.hold(call.shape_for(call.out[0].shape, before))], part="reshape")


def channel_shuffle(call: Call) -> None:
    """channel_shuffle: channels across groups."""
    batch, channels, *sizes = call.x.shape
    groups = int(call["groups"])
    parted = [batch, groups, channels // groups, *sizes]
    _moved(call, parted, [0, 2, 1, *range(3, len(parted))])


def pixel_shuffle(call: Call) -> None:
    """pixel_shuffle: channels to space."""
    call.write("DepthToSpace", [call.x], blocksize=int(call["upscale_factor"]), mode="CRD")


def pixel_unshuffle(call: Call) -> None:
    """pixel_unshuffle: space to channels, the channel first (ONNX's SpaceToDepth has it last)."""
    batch, channels, high, wide = call.x.shape
    r = int(call["downscale_factor"])
    _moved(call, [batch, channels, high // r, r, wide // r, r], [0, 1, 3, 5, 2, 4])


def cat(call: Call) -> None:
    """cat, concat: one behind the other; what is empty and flat is left out, as there."""
    parts = [part for part in call["tensors"] if part.shape != (0,)]
    call.write("Concat", parts, axis=axis_of(call["dim"], parts[0].rank))


def stack(call: Call) -> None:
    """stack: along an axis of its own."""
    axis = axis_of(call["dim"], call.out[0].rank)
    parts = [call.between("Unsqueeze", [part, call.hold([axis])]) for part in call["tensors"]]
    call.write("Concat", parts, axis=axis)


def split(call: Call) -> None:
    """chunk, split, split_with_sizes, tensor_split: parts along an axis."""
    axis = axis_of(call.get("dim", 0), call.x.rank)
    call.write("Split", [call.x, call.hold([ref.shape[axis] for ref in call.out])], axis=axis)


def unbind(call: Call) -> None:
    """unbind: the slices of an axis."""
    axis = axis_of(call.get("dim", 0), call.x.rank)
    parts = [call.program.values.new(f"{ref.name}/part") for ref in call.out]
    call.write("Split", [call.x, call.hold([1] * len(parts))], parts, axis=axis)
    for part, ref in zip(parts, call.out, strict=True):
        call.write("Squeeze", [part, call.hold([axis])], [ref.name])


def slice_(call: Call) -> None:
    """slice, narrow: some of an axis."""
    axis = axis_of(call.get("dim", 0), call.x.rank)
    size = call.x.shape[axis]
    start = call.get("start", 0)
    start = max(start + size, 0) if start < 0 else min(start, size)
    end = start + call["length"] if "length" in call.given else call.get("end", size)
    end = end + size if end < 0 else min(end, size)
    bounds = [call.hold([v]) for v in (start, end, axis, call.get("step", 1))]
    call.write("Slice", [call.x, *bounds])


def select(call: Call) -> None:
    """select: one slice of an axis."""
    axis = axis_of(call["dim"], call.x.rank)
    index = axis_of(call["index"], call.x.shape[axis])
    call.write("Gather", [call.x, call.hold(index)], axis=axis)


def index_select(call: Call) -> None:
    """index_select: the slices that an index names."""
    call.write("Gather", [call["self"], call["index"]], axis=axis_of(call["dim"], call.x.rank))


def roll(call: Call) -> None:
    """roll: axes shifted round; without axes all values in one row."""
    shifts = [call["shifts"]] if isinstance(call["shifts"], int) else list(call["shifts"])
    axes = [call["dims"]] if isinstance(call.get("dims"), int) else list(call.get("dims", ()))
    if axes:
        call.write("Roll", [call.x], axes=[axis_of(a, call.x.rank) for a in axes], shifts=shifts)
        return
    row = call.between("Reshape", [call.x, call.hold([-1])])
    rolled = call.between("Roll", [row], part="", axes=[0], shifts=shifts)
    call.write("Reshape", [rolled, call.hold(call.out[0].shape)], part="reshape")


def flip(call: Call) -> None:
    """flip, fliplr, flipud: axes turned round."""
    axes = sorted(axis_of(a, call.x.rank) for a in call["dims"])
    if not axes:
        call.write("Identity", [call.x])
        return
    ends = [call.hold([value] * len(axes)) for value in (-1, -(2**63))]
    call.write("Slice", [call.x, *ends, call.hold(axes), call.hold([-1] * len(axes))])


def unfold(call: Call) -> None:
    """im2col: the windows of each image one after the other."""
    if call.x.rank != 4:
        foreign(call)  # one image, without a batch
        return
    call.write("Im2Col", [call.x], kernel_shape=per_axis(call["kernel_size"], 2), **_sliding(call))


def fold(call: Call) -> None:
    """col2im: windows put back, added up where they overlap."""
    if call.x.rank != 3:
        foreign(call)
        return
    shapes = [call.hold(per_axis(call[name], 2)) for name in ("output_size", "kernel_size")]
    call.write("Col2Im", [call.x, *shapes], **_sliding(call))


def _sliding(call: Call) -> dict[str, Any]:
    return {
        "strides": per_axis(call["stride"], 2, 1),
        "pads": per_axis(call["padding"], 2) * 2,
        "dilations": per_axis(call["dilation"], 2, 1),
    }


def reduced(op_type: str) -> Any:
    """Return the translation of a sum, mean or maximum over axes."""

    def translate(call: Call) -> None:
        given = call.get("dim")
        axes = [given] if isinstance(given, int) else list(given or range(call.x.rank))
        held = call.hold(sorted(axis_of(a, call.x.rank) for a in axes))
        call.write(op_type, [call.x, held], [call.out[0].name], keepdims=int(bool(call.get("keepdim"))))

    return translate


def tile(call: Call) -> None:
    """repeat: axes so many times."""
    times = [int(n) for n in call["repeats"]]
    if len(times) > call.x.rank:
        reshaped = call.between(
            "Reshape", [call.x, call.hold([1] * (len(times) - call.x.rank) + [*call.x.shape])]
        )
        call.write("Tile", [reshaped, call.hold(times)])
    else:
        call.write("Tile", [call.x, call.hold(times)])
