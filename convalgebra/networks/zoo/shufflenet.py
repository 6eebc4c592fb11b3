"""ShuffleNet v1. Source: Zhang et al., arXiv:1707.01083, table 1 and figure 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.networks.zoo.layers import (
    Description,
    Layer,
    choose,
    classifier,
    conv,
    described,
    followed,
    image,
    layer,
    max_pool,
    read_count,
    scaled,
)

# Output channels of stage 2, by the number of groups; each later stage has twice as many.
_WIDTH = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
_UNITS = (4, 8, 4)


@dataclass(frozen=True)
class _Unit:
    name: str
    source: str
    in_channels: int
    out_channels: int
    groups: int
    first_groups: int
    stride: int


def shufflenet_v1(
    groups: int = 3,
    scale: Any = 1,
    resolution: Any = 224,
    classes: Any = 1000,
    first_channels: int | None = None,
) -> Description:
    """Return ShuffleNet with 1, 2, 3, 4 or 8 groups, the channels of its units times ``scale``.

    A unit's bottleneck is a quarter of its output. The paper does not say how scaled channels are made
    to divide into the groups: here the bottleneck, and the first convolution's channels (24, times the
    scale below 1), are rounded up. ``first_channels`` sets the latter.

    >>> net = shufflenet_v1(groups=8, scale=0.5)
    >>> [one["groups"] for one in net["layers"] if one["type"] == "channel_shuffle"][:2]
    [8, 8]
    """
    choose(groups, "groups", tuple(_WIDTH))
    width = scaled(_WIDTH[groups], scale, "scale")
    if not isinstance(width, int):
        raise ArgumentError(f"scale={scale!r} must be a number, such as 0.5")
    channels = _first(groups, width, first_channels)
    layers = followed(conv("conv1", channels, 3, stride=2, padding=1))
    layers.append(max_pool("pool1", 3, 2, padding=1))
    source = "pool1"
    for stage, count in enumerate(_UNITS):
        out = width * 2**stage
        for i in range(count):
            # Few channels enter stage 2: its first pointwise convolution is in one group (section 3.2).
            first = 1 if stage == 0 and i == 0 else groups
            name = f"stage{stage + 2}.unit{i + 1}"
            layers += _unit(_Unit(name, source, channels, out, groups, first, 2 if i == 0 else 1))
            source, channels = f"{name}.relu", out
    name = f"shufflenet_v1_{groups}"
    return described(name, image(3, resolution), [*layers, *classifier(classes)])


def _first(groups: int, width: int, given: int | None) -> int:
    """Return the first convolution's channels, such that every branch divides into the groups."""
    scaled_down = min(24, -(-24 * width // _WIDTH[groups]))
    first = _rounded_up(scaled_down, groups) if given is None else read_count(given, "first_channels")
    if width % groups or (width - first) % groups or width <= first:
        raise ArgumentError(
            f"first_channels={first} and the {width} channels of stage 2 must be multiples of "
            f"groups={groups}, the first the smaller"
        )
    return first


def _rounded_up(number: int, groups: int) -> int:
    return -(-number // groups) * groups


def _unit(unit: _Unit) -> list[Layer]:
    """Return a ShuffleNet unit: figure 2 (b), or (c) where the stride is 2."""
    name = unit.name
    middle = _rounded_up(-(-unit.out_channels // 4), unit.groups)
    out = unit.out_channels - (unit.in_channels if unit.stride == 2 else 0)
    layers = followed(conv(f"{name}.conv1", middle, 1, groups=unit.first_groups, inputs=[unit.source]))
    if unit.groups > 1:
        layers.append(layer("channel_shuffle", f"{name}.shuffle", groups=unit.groups))
    spatial = layer(
        "depthwise",
        f"{name}.conv2",
        kernel_size=3,
        stride=None if unit.stride == 1 else unit.stride,
        padding=1,
        bias=False,
    )
    layers += followed(spatial, activation=None)
    layers += followed(conv(f"{name}.conv3", out, 1, groups=unit.groups), activation=None)
    end = layers[-1]["name"]
    if unit.stride == 1:
        layers.append(layer("add", f"{name}.add", [unit.source, end]))
    else:
        pool = layer("average_pool", f"{name}.shortcut", [unit.source], kernel_size=3, stride=2, padding=1)
        layers += [pool, layer("concat", f"{name}.concat", [pool["name"], end], axis=1)]
    return [*layers, layer("relu", f"{name}.relu")]
