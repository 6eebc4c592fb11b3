"""MobileNet v1. Source: Howard et al., arXiv:1704.04861, table 1."""

from __future__ import annotations

from typing import Any

from convalgebra.networks.zoo.layers import (
    Description,
    Layer,
    classifier,
    conv,
    described,
    followed,
    image,
    layer,
    plain,
    read_count,
    scaled,
)

# Output channels and stride of the layers after the first, the repeated ones apart.
_BEFORE = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2))
_REPEATED = (512, 1)
# Table 1 prints stride 2 for the last depthwise layer, but the size stays 7 x 7: the stride is 1.
_AFTER = ((1024, 2), (1024, 1))


def mobilenet_v1(
    width: Any = 1,
    resolution: Any = 224,
    classes: Any = 1000,
    separable: bool = True,
    repeats: int = 5,
) -> Description:
    """Return MobileNet v1 for an image of ``resolution``, all channels times ``width``.

    ``separable=False`` is table 4's network of full convolutions, ``repeats=0`` table 5's shallow one,
    without the five layers of 14 x 14 x 512.

    >>> small = mobilenet_v1(width=0.25, resolution=128)
    >>> small["input"], small["layers"][0]["out_channels"], len(small["layers"])
    ([1, 3, 128, 128], 8, 85)
    """
    repeats = read_count(repeats, "repeats", least=0)
    layers = followed(conv("conv1", scaled(32, width, "width"), 3, stride=2, padding=1))
    for i, (channels, stride) in enumerate((*_BEFORE, *[_REPEATED] * repeats, *_AFTER), start=2):
        out = scaled(channels, width, "width")
        layers += _separable(f"conv{i}", out, stride) if separable else _full(f"conv{i}", out, stride)
    return described("mobilenet_v1", image(3, resolution), [*layers, *classifier(classes)])


def _separable(name: str, out: Any, stride: int) -> list[Layer]:
    """Return the depthwise and the pointwise convolution, each with batch norm and ReLU: figure 3."""
    first = layer(
        "depthwise",
        f"{name}.depthwise",
        kernel_size=3,
        stride=None if stride == 1 else stride,
        padding=1,
        bias=False,
    )
    second = layer("pointwise", f"{name}.pointwise", out_channels=plain(out), bias=False)
    return [*followed(first), *followed(second)]


def _full(name: str, out: Any, stride: int) -> list[Layer]:
    return followed(conv(name, out, 3, stride=stride, padding=1))
