"""SqueezeNet. Source: Iandola et al., arXiv:1602.07360, table 1; v1.1 is the authors' own later release."""

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
    max_pool,
    read_count,
    read_size,
)

# The maps that each fire module squeezes into; it expands into four times as many, twice.
_SQUEEZED = {2: 16, 3: 16, 4: 32, 5: 32, 6: 48, 7: 48, 8: 64, 9: 64}
_POOL_AFTER = {"1.0": (4, 8), "1.1": (3, 5)}


def squeezenet(
    version: str = "1.0", resolution: Any = 227, classes: Any = 1000, last_padding: int = 0
) -> Description:
    """Return SqueezeNet 1.0 or 1.1, without bypass.

    The paper prints 224, and maps of 111 x 111 after its first layer: without padding that is 227.
    ``last_padding=1`` pads the last convolution, of 1 x 1, as the authors' files of version 1.0 have it:
    the published FLOPs are those.

    >>> squeezenet("1.1")["layers"][0]["out_channels"]
    64
    """
    pools = _POOL_AFTER[choose(version, "version", tuple(_POOL_AFTER))]
    first = (
        conv("conv1", 96, 7, stride=2, bias=True)
        if version == "1.0"
        else conv("conv1", 64, 3, stride=2, bias=True)
    )
    layers = [*followed(first, norm=False), max_pool("pool1", 3, 2, ceil=True)]
    for i, squeezed in _SQUEEZED.items():
        layers += _fire(f"fire{i}", squeezed)
        if i in pools:
            layers.append(max_pool(f"pool{i}", 3, 2, ceil=True))
    last = conv(
        "conv10",
        read_size(classes, "classes"),
        1,
        padding=read_count(last_padding, "last_padding", 0),
        bias=True,
    )
    layers += [layer("dropout", "dropout9", p=0.5), *followed(last, norm=False)]
    layers += [
        layer("global_average_pool", "pool10"),
        layer("flatten", "flatten"),
        layer("softmax", "softmax"),
    ]
    return described(f"squeezenet_{version.replace('.', '_')}", image(3, resolution), layers)


def _fire(name: str, squeezed: int) -> list[Layer]:
    """Return a fire module: squeeze, expand by 1 x 1 and by 3 x 3, both side by side: figure 1."""
    squeeze = followed(conv(f"{name}.squeeze", squeezed, 1, bias=True), norm=False)
    source = [squeeze[-1]["name"]]
    one = followed(conv(f"{name}.expand1", 4 * squeezed, 1, bias=True, inputs=source), norm=False)
    three = followed(
        conv(f"{name}.expand3", 4 * squeezed, 3, padding=1, bias=True, inputs=source), norm=False
    )
    both = layer("concat", f"{name}.concat", [one[-1]["name"], three[-1]["name"]], axis=1)
    return [*squeeze, *one, *three, both]
