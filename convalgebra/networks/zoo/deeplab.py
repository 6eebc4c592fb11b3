"""DeepLab v3 on a ResNet. Source: Chen et al., arXiv:1706.05587, sections 3.2 and 3.3, figure 5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convalgebra.networks.zoo.layers import (
    Description,
    Layer,
    choose,
    conv,
    described,
    followed,
    height_and_width,
    image,
    layer,
    max_pool,
    plain,
    read_count,
    read_size,
    three,
)
from convalgebra.networks.zoo.residual import STRIDE_IN, bottleneck, planned
from convalgebra.proofs import Size


def deeplab_v3(
    depth: int = 101,
    resolution: Any = 513,
    classes: Any = 21,
    output_stride: int = 16,
    multi_grid: Sequence[int] = (1, 2, 4),
    root: str = "7x7",
    striding_unit: str = "last",
    stride_in: str = "middle",
    extra_conv: bool = False,
    auxiliary: bool = False,
) -> Description:
    """Return DeepLab v3: a ResNet whose maps stay 1/``output_stride`` of the image, ASPP, and its classes.

    As the paper has it, the stride is in the 3 x 3 of the last unit of a stage. The pyramid's rates are
    (6, 12, 18) at output stride 16 and twice that at 8. ``root="3x3"`` begins with three 3 x 3
    convolutions in place of the 7 x 7: the published parameters are those. torchvision's network has
    ``output_stride=8, multi_grid=(1, 1, 1), striding_unit="first"``, one 3 x 3 more before the classes
    (``extra_conv``) and, for training, classes read off the last stage but one (``auxiliary``).

    >>> [one["dilation"] for one in deeplab_v3(50)["layers"] if "dilation" in one]
    [2, 4, 8, 6, 12, 18]
    """
    choose(depth, "depth", (50, 101, 152))
    choose(output_stride, "output_stride", (8, 16))
    choose(root, "root", ("7x7", "3x3"))
    choose(striding_unit, "striding_unit", ("first", "last"))
    choose(stride_in, "stride_in", STRIDE_IN)
    layers, channels = _root(root)
    grid = [read_count(rate, "multi_grid") for rate in three(multi_grid, "multi_grid")]
    units = list(
        planned(
            depth,
            "pool1",
            channels,
            striding_unit=striding_unit,
            output_stride=output_stride,
            multi_grid=grid,
        )
    )
    for unit in units:
        layers += bottleneck(unit, "projection", stride_in)
    whole = height_and_width(resolution)
    small = [(n - 1) // output_stride + 1 for n in whole]
    layers += _pyramid(f"{units[-1].name}.relu", small, 16 // output_stride)
    if extra_conv:
        layers += followed(conv("head", 256, 3, padding=1))
    number = read_size(classes, "classes")
    layers += [conv("classes", number, 1, bias=True), _resized("upsample", whole)]
    if auxiliary:
        layers += _auxiliary(f"{units[-4].name}.relu", number, whole)
    return described(f"deeplab_v3_resnet_{depth}", image(3, resolution), layers)


def _root(root: str) -> tuple[list[Layer], int]:
    """Return what stands before the units, and its channels."""
    pool = max_pool("pool1", 3, 2, padding=1)
    if root == "7x7":
        return [*followed(conv("conv1", 64, 7, stride=2, padding=3)), pool], 64
    first = followed(conv("conv1_1", 64, 3, stride=2, padding=1))
    second = followed(conv("conv1_2", 64, 3, padding=1))
    third = followed(conv("conv1_3", 128, 3, padding=1))
    return [*first, *second, *third, pool], 128


def _pyramid(source: str, small: Sequence[Size], times: int) -> list[Layer]:
    """Return the atrous spatial pyramid: 1 x 1, three dilated 3 x 3, the image's mean; 1 x 1 over all."""
    branches = [followed(conv("aspp1", 256, 1, inputs=[source]))]
    for i, rate in enumerate((6 * times, 12 * times, 18 * times), start=2):
        branches.append(followed(conv(f"aspp{i}", 256, 3, padding=rate, dilation=rate, inputs=[source])))
    mean = [layer("global_average_pool", "aspp5.pool", [source]), *followed(conv("aspp5", 256, 1))]
    branches.append([*mean, _resized("aspp5.upsample", small)])
    ends = [branch[-1]["name"] for branch in branches]
    together = layer("concat", "aspp.concat", ends, axis=1)
    layers = [one for branch in branches for one in branch]
    return [*layers, together, *followed(conv("aspp.project", 256, 1))]


def _auxiliary(source: str, classes: Size, whole: Sequence[Size]) -> list[Layer]:
    """Return the classifier that helps in training: torchvision's FCN head on 1024 channels."""
    first = followed(conv("auxiliary", 256, 3, padding=1, inputs=[source]))
    last = conv("auxiliary.classes", classes, 1, bias=True)
    return [*first, last, _resized("auxiliary.upsample", whole)]


def _resized(name: str, size: Sequence[Size]) -> Layer:
    return layer("resize", name, size=[plain(n) for n in size], mode="bilinear")
