"""The residual units of ResNet, which DeepLab takes as its backbone too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from convalgebra.networks.zoo.layers import Layer, conv, followed, layer

UNITS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
STRIDE_IN = ("first", "middle")
SHORTCUTS = ("projection", "identity")


@dataclass(frozen=True)
class Unit:
    """One residual unit: what goes in, its width, what comes out, and how its 3 x 3 steps."""

    name: str
    source: str
    in_channels: int
    width: int
    out_channels: int
    stride: int = 1
    dilation: int = 1


def planned(
    depth: int,
    source: str,
    channels: int,
    *,
    striding_unit: str = "first",
    output_stride: int = 32,
    multi_grid: Sequence[int] = (1, 1, 1),
) -> Iterator[Unit]:
    """Yield the units of a ResNet, after a root whose output is four times smaller than the image.

    Where the maps would become more than ``output_stride`` times smaller than the image, dilation takes
    the place of the stride. ``striding_unit`` says which unit of a stage has the stride: "first", of all
    stages but the first (ResNet), or "last", of all but the last (DeepLab). ``multi_grid`` multiplies
    the dilations of the last stage.

    >>> [unit.stride for unit in planned(18, "pool1", 64)]
    [1, 1, 2, 1, 2, 1, 2, 1]
    >>> [unit.dilation for unit in planned(18, "pool1", 64, output_stride=8)]
    [1, 1, 1, 1, 1, 2, 2, 4]
    """
    reached, dilation = 4, 1
    for stage, count in enumerate(UNITS[depth]):
        width = 64 * 2**stage
        out = width if depth < 50 else 4 * width
        for i in range(count):
            strides = i == 0 and stage > 0 if striding_unit == "first" else i == count - 1 and stage < 3
            stride = 2 if strides and reached < output_stride else 1
            grid = multi_grid[i] if stage == 3 and i < len(multi_grid) else 1
            unit = Unit(
                f"stage{stage + 2}.unit{i + 1}", source, channels, width, out, stride, dilation * grid
            )
            yield unit
            reached *= stride
            if strides and stride == 1:  # the next units see the maps as if they had been made smaller
                dilation *= 2
            source, channels = f"{unit.name}.relu", out


def basic(unit: Unit, shortcut: str) -> list[Layer]:
    """Return a unit of two 3 x 3 convolutions: arXiv:1512.03385, figure 5, left.

    >>> [one["type"] for one in basic(Unit("u", "x", 64, 64, 64), "projection")][-2:]
    ['add', 'relu']
    """
    first = conv(
        f"{unit.name}.conv1",
        unit.width,
        3,
        stride=unit.stride,
        padding=unit.dilation,
        dilation=unit.dilation,
        inputs=[unit.source],
    )
    second = conv(f"{unit.name}.conv2", unit.out_channels, 3, padding=unit.dilation, dilation=unit.dilation)
    return [*followed(first), *_closed(unit, second, shortcut)]


def bottleneck(unit: Unit, shortcut: str, stride_in: str = "first") -> list[Layer]:
    """Return a unit of 1 x 1, 3 x 3 and 1 x 1: figure 5, right; ``stride_in`` its first or middle one.

    >>> strided = bottleneck(Unit("u", "x", 256, 128, 512, 2), "projection", "middle")
    >>> [one["name"] for one in strided if one.get("stride") == 2]
    ['u.conv2', 'u.shortcut']
    """
    one, three = (unit.stride, 1) if stride_in == "first" else (1, unit.stride)
    first = conv(f"{unit.name}.conv1", unit.width, 1, stride=one, inputs=[unit.source])
    second = conv(
        f"{unit.name}.conv2",
        unit.width,
        3,
        stride=three,
        padding=unit.dilation,
        dilation=unit.dilation,
    )
    third = conv(f"{unit.name}.conv3", unit.out_channels, 1)
    return [*followed(first), *followed(second), *_closed(unit, third, shortcut)]


def _closed(unit: Unit, last: Layer, shortcut: str) -> list[Layer]:
    """Return the last convolution, the shortcut, their sum and its ReLU."""
    end = followed(last, activation=None)
    aside = _shortcut(unit, shortcut)
    inputs = [end[-1]["name"], aside[-1]["name"] if aside else unit.source]
    total = layer("add", f"{unit.name}.add", inputs)
    return [*end, *aside, total, layer("relu", f"{unit.name}.relu")]


def _shortcut(unit: Unit, shortcut: str) -> list[Layer]:
    """Return what stands beside the convolutions: nothing, a projection, or every other value and zeros."""
    name, more = f"{unit.name}.shortcut", unit.out_channels - unit.in_channels
    if more and shortcut == "projection":
        one = conv(name, unit.out_channels, 1, stride=unit.stride, inputs=[unit.source])
        return followed(one, activation=None)
    layers: list[Layer] = []
    if unit.stride > 1:
        layers.append(layer("max_pool", name, [unit.source], kernel_size=1, stride=unit.stride))
    if more:
        inputs = [] if layers else [unit.source]
        layers.append(layer("pad", f"{name}.zeros", inputs, channels=[0, more]))
    return layers
