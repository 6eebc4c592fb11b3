"""AlexNet, with the two groups of its paper, and in one tower.

Sources: Krizhevsky, Sutskever and Hinton, NIPS 2012, section 3.5 and figure 2; the one tower is that of
Krizhevsky, arXiv:1404.5997, with the widths of torchvision.
"""

from __future__ import annotations

from typing import Any

from convalgebra.networks.zoo.layers import (
    Description,
    Layer,
    conv,
    described,
    followed,
    image,
    layer,
    linear,
    max_pool,
)


def alexnet(resolution: Any = 224, classes: Any = 1000) -> Description:
    """Return AlexNet as its paper has it: half the maps on each of two GPUs, so three layers in two groups.

    The paper's 224 gives its own 55 x 55 only with padding, of which it does not speak: 2 on each side
    here, as in torchvision.

    >>> [one["groups"] for one in alexnet()["layers"] if "groups" in one]
    [2, 2, 2]
    """
    first, second = (layer("lrn", f"norm{i}", size=5, alpha=1e-4, beta=0.75, k=2.0) for i in (1, 2))
    layers = [
        *_conv("conv1", 96, 11, stride=4, padding=2),
        first,
        max_pool("pool1", 3, 2),
        *_conv("conv2", 256, 5, padding=2, groups=2),
        second,
        max_pool("pool2", 3, 2),
        *_conv("conv3", 384, 3, padding=1),
        *_conv("conv4", 384, 3, padding=1, groups=2),
        *_conv("conv5", 256, 3, padding=1, groups=2),
    ]
    return described("alexnet", image(3, resolution), [*layers, *_end(classes)])


def alexnet_one_tower(resolution: Any = 224, classes: Any = 1000) -> Description:
    """Return AlexNet in one tower: no groups, fewer maps, no response normalization.

    >>> [one["out_channels"] for one in alexnet_one_tower()["layers"] if one["type"] == "conv"]
    [64, 192, 384, 256, 256]
    """
    layers = [
        *_conv("conv1", 64, 11, stride=4, padding=2),
        max_pool("pool1", 3, 2),
        *_conv("conv2", 192, 5, padding=2),
        max_pool("pool2", 3, 2),
        *_conv("conv3", 384, 3, padding=1),
        *_conv("conv4", 256, 3, padding=1),
        *_conv("conv5", 256, 3, padding=1),
    ]
    return described("alexnet_one_tower", image(3, resolution), [*layers, *_end(classes)])


def _conv(name: str, out_channels: int, kernel_size: int, **settings: Any) -> list[Layer]:
    return followed(conv(name, out_channels, kernel_size, bias=True, **settings), norm=False)


def _end(classes: Any) -> list[Layer]:
    """Return the last pooling and the three fully connected layers."""
    return [
        max_pool("pool5", 3, 2),
        layer("flatten", "flatten"),
        *followed(linear("fc6", 4096), norm=False),
        layer("dropout", "fc6.dropout", p=0.5),
        *followed(linear("fc7", 4096), norm=False),
        layer("dropout", "fc7.dropout", p=0.5),
        linear("fc8", classes),
        layer("softmax", "softmax"),
    ]
