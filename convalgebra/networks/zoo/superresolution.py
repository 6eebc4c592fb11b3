"""FSRCNN and the SRCNN that it makes faster: brightness only, one channel in and one out.

Sources: Dong, Loy and Tang, arXiv:1608.00367, section 3; Dong et al., arXiv:1501.00092 (SRCNN).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.networks.zoo.layers import (
    Description,
    Layer,
    conv,
    described,
    followed,
    image,
    layer,
    read_count,
    read_size,
    three,
)


def fsrcnn(
    d: Any = 56, s: Any = 12, m: int = 4, scale: int = 3, resolution: Any = "N", first_kernel: int = 5
) -> Description:
    """Return FSRCNN(d, s, m) for a low-resolution image: features, shrink, m maps, expand, deconvolution.

    The deconvolution of 9 x 9 makes the image ``scale`` times larger along each axis.
    ``first_kernel=9`` with d = 64 is the paper's second transition state.

    >>> net = fsrcnn(resolution=(32, 48))
    >>> [one["kernel_size"] for one in net["layers"] if "kernel_size" in one]
    [5, 1, 3, 3, 3, 3, 1, 9]
    """
    m, scale = read_count(m, "m"), read_count(scale, "scale")
    kernel = _odd(first_kernel, "first_kernel")
    features, shrunk = read_size(d, "d"), read_size(s, "s")
    layers = [*_conv("features", features, kernel), *_conv("shrink", shrunk, 1)]
    for i in range(1, m + 1):
        layers += _conv(f"map{i}", shrunk, 3)
    layers += _conv("expand", features, 1)
    layers.append(
        layer(
            "conv_transpose",
            "deconvolution",
            out_channels=1,
            kernel_size=9,
            stride=scale,
            padding=4,
            output_padding=scale - 1 or None,
            bias=True,
        )
    )
    return described("fsrcnn", image(1, resolution), layers)


def srcnn(
    n1: Any = 64, n2: Any = 32, kernels: Sequence[int] = (9, 5, 5), resolution: Any = "N"
) -> Description:
    """Return SRCNN for an image already enlarged; 9-5-5 is SRCNN-Ex, the one that FSRCNN starts from.

    >>> [one["padding"] for one in srcnn()["layers"] if one["type"] == "conv"]
    [4, 2, 2]
    """
    first, second, third = (_odd(k, "kernels") for k in three(kernels, "kernels"))
    layers = [
        *_conv("features", read_size(n1, "n1"), first, "relu"),
        *_conv("mapping", read_size(n2, "n2"), second, "relu"),
        conv("reconstruction", 1, third, padding=third // 2, bias=True),
    ]
    return described("srcnn", image(1, resolution), layers)


def _conv(name: str, out: Any, kernel: int, activation: str = "prelu") -> list[Layer]:
    one = conv(name, out, kernel, padding=kernel // 2, bias=True)
    return followed(one, norm=False, activation=activation)


def _odd(kernel: Any, argument: str) -> int:
    """Return a kernel size that padding of half of it keeps the image's size for."""
    if read_count(kernel, argument) % 2 == 0:
        raise ArgumentError(f"{argument}={kernel!r} must be odd: only then is the image's size kept")
    return int(kernel)
