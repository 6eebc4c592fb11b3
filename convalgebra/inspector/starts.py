"""The first setting of each type: small, and one at which there is something to see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convalgebra.catalogue.types import ConvType
from convalgebra.inspector.controls import axes_of, controls_of

_SIZES: Mapping[str, Any] = {
    "in_channels": 1,
    "out_channels": 1,
    "channels": 1,
    "input_size": 4,
    "kernel_size": 3,
    "groups": 2,
    "factor": 2,
    "amount": 1,
    "middle_channels": 2,
    "dilation": 2,
    "stride": 2,
    "table": "three_of_two",
}
_OF_TYPE: Mapping[str, Mapping[str, Any]] = {
    "conv_1d": {"input_size": 7},
    "one_filter": {"in_channels": 2},
    "volume_conv": {"in_channels": 2},
    "conv_3d": {"input_size": 3, "kernel_size": 2},
    "pointwise": {"in_channels": 3, "out_channels": 2},
    "strided": {"input_size": 5, "stride": 2},
    "conv_transpose": {"input_size": 3, "stride": 2},
    "dilated": {"input_size": 5, "kernel_size": 2, "dilation": 2},
    "dilated_polyphase": {"input_size": 6, "kernel_size": 2},
    "depthwise": {"in_channels": 2},
    "depthwise_separable": {"in_channels": 2, "out_channels": 3},
    "spatially_separable": {"input_size": 5},
    "flattened": {"in_channels": 2, "out_channels": 2},
    "grouped": {"in_channels": 4, "out_channels": 4},
    "connected": {"kernel_size": 2},
    "resnext_block": {"in_channels": 2, "out_channels": 2, "padding": 1},
    "channel_shuffle": {"channels": 6, "input_size": 2},
    "shuffled_grouped": {"in_channels": 4, "out_channels": 4, "middle_channels": 4},
    "pointwise_grouped": {"in_channels": 4, "out_channels": 4, "input_size": 3},
    "im2col": {"in_channels": 2, "out_channels": 2},
    "average_pool": {"kernel_size": 2, "stride": 2},
    "padded": {"padding": 1},
    "zero_insertion": {"input_size": 3},
    "decimation": {"input_size": 5},
    "upsample_nearest": {"input_size": 3},
    "upsample_bilinear": {"input_size": 3},
    "pixel_shuffle": {"in_channels": 4, "input_size": 2},
}


def start_of(kind: ConvType) -> dict[str, Any]:
    """Return {axes, values} of a first setting, every control with a value.

    >>> from convalgebra.catalogue.types import find_type
    >>> start_of(find_type("strided"))["values"]["stride"]
    [2, 2]
    """
    allowed = axes_of(kind)
    axes = 2 if 2 in allowed else allowed[0]
    own = _OF_TYPE.get(kind.name, {})
    values: dict[str, Any] = {}
    for control in controls_of(kind):
        key = control.key
        settled = control.default if _is_plain(control.default) else _SIZES.get(key, 1)
        value = own.get(key, settled)
        if kind.function.__name__ == "fourier_conv" and key == "padding":
            value = 1  # the size is kept
        values[key] = spread(value, axes, control.per_axis, control.sides)
    return {"axes": axes, "values": values}


def spread(value: Any, axes: int, per_axis: bool, sides: bool) -> Any:
    """Return a value for each axis, and for each side, where a control has them.

    >>> spread(1, 2, per_axis=True, sides=True), spread(3, 2, per_axis=False, sides=False)
    ([[1, 1], [1, 1]], 3)
    """
    if not per_axis:
        return value
    return [[value, value] if sides else value for _ in range(axes)]


def _is_plain(default: Any) -> bool:
    return isinstance(default, int | str)
