"""Pooling, resizing and padding."""

from __future__ import annotations

from typing import Any

from convalgebra.networks.reading.aten.call import FOREIGN, Call, per_axis

_PADDED = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _axes(call: Call) -> int:
    return next(int(letter) for letter in call.kind if letter.isdigit())


def max_pool(call: Call) -> None:
    """max_pool1d, 2d, 3d."""
    count = _axes(call)
    kernel = per_axis(call["kernel_size"], count)
    call.write(
        "MaxPool",
        [call.x],
        [call.out[0].name],
        kernel_shape=kernel,
        strides=per_axis(call["stride"], count) if call.get("stride") else kernel,
        pads=per_axis(call["padding"], count) * 2,
        dilations=per_axis(call["dilation"], count, 1),
        ceil_mode=int(call["ceil_mode"]),
    )


def avg_pool(call: Call) -> None:
    """avg_pool1d, 2d, 3d; one with a divisor of its own has no word."""
    count = _axes(call)
    kernel = per_axis(call["kernel_size"], count)
    if call.get("divisor_override") is not None:
        foreign(call)
        return
    call.write(
        "AveragePool",
        [call.x],
        kernel_shape=kernel,
        strides=per_axis(call["stride"], count) if call.get("stride") else kernel,
        pads=per_axis(call["padding"], count) * 2,
        ceil_mode=int(call["ceil_mode"]),
        count_include_pad=int(call["count_include_pad"]),
    )


def adaptive_pool(call: Call) -> None:
    """adaptive_avg_pool, adaptive_max_pool: ``output_size`` windows, of one size where that divides."""
    count = _axes(call)
    kind = "MaxPool" if "max" in call.kind else "AveragePool"
    before, after = call.x.shape[-count:], call.out[0].shape[-count:]
    if all(size == 1 for size in after):
        call.write(f"Global{kind}", [call.x], [call.out[0].name])
        return
    if 0 in (*before, *after):
        foreign(call)
        return
    lines = list(zip(before, after, strict=True))
    even = all(whole % size == 0 for whole, size in lines)
    steps = [whole // size for whole, size in lines]
    windows: dict[str, Any] = {"kernel_shape": steps, "strides": steps} if even else {}
    # The attributes that follow are not ONNX's: the sizes that are asked for, whatever the image's; and
    # some counters count by how a pooling was asked for.
    call.write(kind, [call.x], [call.out[0].name], output_size=list(after), adaptive=1, **windows)


def resize(call: Call) -> None:
    """upsample_nearest, _linear, _bilinear, _bicubic, _trilinear: by factors, or to sizes."""
    nearest = "nearest" in call.kind
    mode = "nearest" if nearest else "cubic" if "cubic" in call.kind else "linear"
    if nearest and "exact" not in call.kind:
        coordinates = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    elif call.get("align_corners"):
        coordinates = {"coordinate_transformation_mode": "align_corners"}
    else:
        coordinates = {"coordinate_transformation_mode": "half_pixel"}
        coordinates |= {"nearest_mode": "round_prefer_ceil"} if nearest else {}
    if mode == "cubic":
        coordinates |= {"cubic_coeff_a": -0.75}  # type: ignore[dict-item]
    factors = call.get("scale_factors")
    if factors and all(
        int(n * f) == m for n, f, m in zip(call.x.shape[2:], factors, call.out[0].shape[2:], strict=True)
    ):
        scales = call.hold([1.0, 1.0, *map(float, factors)], "float32")
        call.write("Resize", [call.x, "", scales], mode=mode, **coordinates)
    else:
        call.write("Resize", [call.x, "", "", call.hold(call.out[0].shape)], mode=mode, **coordinates)


def pad(call: Call) -> None:
    """pad, constant_pad_nd, reflection_pad, replication_pad: from the last axis to the first there."""
    given = [int(v) for v in (call.get("pad") if "pad" in call.given else call["padding"])]
    mode = call.get("mode", "constant")
    mode = "reflect" if "reflection" in call.kind else "replicate" if "replication" in call.kind else mode
    rank = call.x.rank
    lo, hi = [0] * rank, [0] * rank
    for step in range(len(given) // 2):
        lo[rank - 1 - step], hi[rank - 1 - step] = given[2 * step], given[2 * step + 1]
    value = call.get("value")
    filled = call.hold(float(value), "float32") if value else None
    call.write("Pad", [call.x, call.hold(lo + hi), filled], mode=_PADDED[mode])


def foreign(call: Call) -> None:
    """What has no word in ONNX's: kept by its own name, and said."""
    inputs = []
    for value in call.given.values():
        inputs += [v for v in (value if isinstance(value, list | tuple) else [value]) if hasattr(v, "rank")]
    if any(v.name not in call.program.constants for v in inputs):
        call.program.foreign.append(call.kind)
    call.write(call.kind, inputs, domain=FOREIGN)
