"""VGG. Source: Simonyan and Zisserman, arXiv:1409.1556, table 1."""

from __future__ import annotations

from typing import Any

from convalgebra.networks.zoo.layers import (
    Description,
    Layer,
    choose,
    conv,
    described,
    followed,
    image,
    layer,
    linear,
    max_pool,
)

# Per stage: its channels, and the kernel sizes of its convolutions.
_CHANNELS = (64, 128, 256, 512, 512)
_KERNELS = {
    "A": ((3,), (3,), (3, 3), (3, 3), (3, 3)),
    "B": ((3, 3), (3, 3), (3, 3), (3, 3), (3, 3)),
    "C": ((3, 3), (3, 3), (3, 3, 1), (3, 3, 1), (3, 3, 1)),
    "D": ((3, 3), (3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3)),
    "E": ((3, 3), (3, 3), (3, 3, 3, 3), (3, 3, 3, 3), (3, 3, 3, 3)),
}


def vgg(configuration: str = "D", resolution: Any = 224, classes: Any = 1000) -> Description:
    """Return VGG in one of the paper's configurations A to E: D is VGG-16, E is VGG-19.

    >>> net = vgg("D")
    >>> sum(one["type"] in ("conv", "linear") for one in net["layers"])
    16
    """
    choose(configuration, "configuration", tuple(_KERNELS))
    layers: list[Layer] = []
    stages = zip(_CHANNELS, _KERNELS[configuration], strict=True)
    for stage, (channels, kernels) in enumerate(stages, start=1):
        for i, kernel in enumerate(kernels, start=1):
            one = conv(f"conv{stage}_{i}", channels, kernel, padding=kernel // 2, bias=True)
            layers += followed(one, norm=False)
        layers.append(max_pool(f"pool{stage}", 2, 2))
    layers.append(layer("flatten", "flatten"))
    for name in ("fc6", "fc7"):
        layers += [*followed(linear(name, 4096), norm=False), layer("dropout", f"{name}.dropout", p=0.5)]
    layers += [linear("fc8", classes), layer("softmax", "softmax")]
    return described(f"vgg_{configuration}", image(3, resolution), layers)
