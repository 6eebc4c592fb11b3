"""ResNet. Source: He et al., arXiv:1512.03385, table 1."""

from __future__ import annotations

from typing import Any

from convalgebra.networks.zoo.layers import (
    Description,
    choose,
    classifier,
    conv,
    described,
    followed,
    image,
    max_pool,
)
from convalgebra.networks.zoo.residual import SHORTCUTS, STRIDE_IN, UNITS, basic, bottleneck, planned


def resnet(
    depth: int = 50,
    resolution: Any = 224,
    classes: Any = 1000,
    shortcut: str = "projection",
    stride_in: str = "first",
) -> Description:
    """Return a ResNet of 18, 34, 50, 101 or 152 layers.

    ``shortcut`` is where channels grow: a "projection" (the paper's option B) or "identity" with zero
    channels added (option A). ``stride_in`` says which convolution of a bottleneck has the stride: the
    "first" 1 x 1, as the paper, or the "middle" 3 x 3, as torchvision.

    >>> net = resnet(50)
    >>> sum(one["type"] in ("conv", "linear") for one in net["layers"]) - 4      # less the projections
    50
    """
    choose(depth, "depth", tuple(UNITS))
    choose(shortcut, "shortcut", SHORTCUTS)
    choose(stride_in, "stride_in", STRIDE_IN)
    layers = followed(conv("conv1", 64, 7, stride=2, padding=3))
    layers.append(max_pool("pool1", 3, 2, padding=1))
    for unit in planned(depth, "pool1", 64):
        layers += basic(unit, shortcut) if depth < 50 else bottleneck(unit, shortcut, stride_in)
    return described(f"resnet_{depth}", image(3, resolution), [*layers, *classifier(classes)])
