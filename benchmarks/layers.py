"""The convolutions that are timed: ResNet-50 at half resolution, and the hard cases for assembly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import convalgebra as ca


@dataclass(frozen=True)
class Layer:
    """One convolution; sizes and options are shared by all its axes."""

    in_channels: int
    out_channels: int
    kernel: int
    size: int
    stride: int = 1
    padding: int | str = 0
    axes: int = 2
    dilation: int = 1
    groups: int = 1

    @property
    def label(self) -> str:
        """How tables name the layer: channels, kernel @ input, and what is not plain."""
        kernel, size = ("x".join([str(n)] * self.axes) for n in (self.kernel, self.size))
        options = [
            f"{letter}={value}"
            for letter, value, plain in (
                ("s", self.stride, 1),
                ("p", self.padding, 0),
                ("d", self.dilation, 1),
                ("g", self.groups, 1),
            )
            if value != plain
        ]
        return " ".join([f"{self.in_channels}->{self.out_channels} {kernel} @{size}", *options])

    @property
    def operator(self) -> ca.Conv:
        """The layer as an operator."""
        return ca.conv(
            self.in_channels,
            self.out_channels,
            input_size=(self.size,) * self.axes,
            kernel_size=self.kernel,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )

    def weight(self, dtype: str = "float64") -> NDArray[Any]:
        """Return small integers without a zero: every correct builder agrees on them exactly."""
        shape = (self.out_channels, self.in_channels // self.groups, *(self.kernel,) * self.axes)
        rng = np.random.default_rng(0)
        weight: NDArray[Any] = rng.integers(1, 10, shape) * rng.choice([-1, 1], shape)
        return weight.astype(dtype)

    def image(self, dtype: str = "float64") -> NDArray[Any]:
        """Return an input, drawn from the normal distribution."""
        shape = (self.in_channels, *(self.size,) * self.axes)
        return np.random.default_rng(1).standard_normal(shape).astype(dtype)


def _resnet50() -> tuple[Layer, ...]:
    """The distinct convolutions of ResNet-50 v1.5, as its stages list them.

    A stage is a bottleneck 1 x 1, 3 x 3, 1 x 1; the first one of a stage reads the stage before, has
    the stride in its 3 x 3 (that is v1.5), and a strided 1 x 1 beside it.
    """
    layers = [Layer(3, 64, 7, 112, stride=2, padding=3)]
    before, size = 64, 28
    for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        wide, after = 4 * width, -(-size // stride)
        layers += [
            Layer(before, width, 1, size),
            Layer(width, width, 3, size, stride=stride, padding=1),
            Layer(width, wide, 1, after),
            Layer(before, wide, 1, size, stride=stride),
            Layer(wide, width, 1, after),
            Layer(width, width, 3, after, padding=1),
        ]
        before, size = wide, after
    return tuple(dict.fromkeys(layers))


RESNET50 = _resnet50()

# Few taps per output, so that whatever is done per output or per border weighs most.
HARD = (
    Layer(1, 1, 1, 1024),
    Layer(1, 1, 2, 1024),
    Layer(1, 1, 2, 1024, padding="same"),
    Layer(1, 1, 3, 1024),
    Layer(1, 1, 3, 1024, padding="same"),
    Layer(1, 1, 5, 1024, padding="same"),
    Layer(1, 1, 3, 1024, stride=2, padding=1),
    Layer(1, 1, 3, 1024, padding=2, dilation=2),
    Layer(1, 1, 3, 2**20, padding="same", axes=1),
    Layer(1, 1, 3, 96, padding="same", axes=3),
    Layer(128, 128, 3, 56, padding=1, groups=128),
)
