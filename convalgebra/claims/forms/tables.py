"""More published networks as tables of layers: VGG, ResNet, ResNeXt-29, Xception, MobileNetV2."""

from __future__ import annotations

from fractions import Fraction

from convalgebra.claims.forms.networks import WHOLE, Layer, bottleneck_stages

_CLASSES = 1000
_AVERAGE = Layer("average", kernel=WHOLE, pool=True)


# --- Simonyan and Zisserman, arXiv:1409.1556, Table 1 ------------------------------------------------

# The number of 3 x 3 layers of each stage; C has a 1 x 1 layer more in each of the last three.
_VGG = {
    "A": (1, 1, 2, 2, 2),
    "B": (2, 2, 2, 2, 2),
    "C": (2, 2, 2, 2, 2),
    "D": (2, 2, 3, 3, 3),
    "E": (2, 2, 4, 4, 4),
}


def vgg(configuration: str) -> tuple[Layer, ...]:
    """Return the network of one of the columns A to E; every layer has a bias.

    >>> [len([row for row in vgg(name) if not row.pool]) for name in "ABCDE"]
    [11, 13, 16, 16, 19]
    """
    rows = []
    for stage, (channels, layers) in enumerate(
        zip((64, 128, 256, 512, 512), _VGG[configuration], strict=True), start=1
    ):
        rows += [Layer(f"conv{stage}_{i}", channels, 3, padding=1, beside=1) for i in range(1, layers + 1)]
        if configuration == "C" and stage > 2:
            rows.append(Layer(f"conv{stage}_1x1", channels, beside=1))
        rows.append(Layer(f"pool{stage}", kernel=2, stride=2, pool=True))
    fully = (
        Layer("fc6", 4096, WHOLE, beside=1),
        Layer("fc7", 4096, beside=1),
        Layer("fc8", _CLASSES, beside=1),
    )
    return (*rows, *fully)


# --- He et al., arXiv:1512.03385, Table 1 ------------------------------------------------------------

_RESNET = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def resnet(depth: int, *, stride_in: str = "reduce") -> tuple[Layer, ...]:
    """Return a ResNet: basic blocks up to 34 layers, bottlenecks above.

    The shortcuts of basic blocks have no weights (option A); a bottleneck that changes the channels has a
    1 x 1 projection (option B). A stage's stride is in the first 1 x 1 layer of its first bottleneck, or
    in the 3 x 3 one with ``stride_in="transform"``. Batch normalisation is left out.

    >>> [len([r for r in resnet(depth) if not r.pool and "shortcut" not in r.name]) for depth in (18, 152)]
    [18, 152]
    """
    rows = [Layer("stem", 64, 7, 2, 3), Layer("pool", kernel=3, stride=2, padding=1, pool=True)]
    for stage, blocks in enumerate(_RESNET[depth]):
        for block in range(blocks):
            stride = 2 if stage and block == 0 else 1
            name = f"conv{stage + 2}_{block + 1}"
            make = _basic if depth < 50 else _bottleneck
            rows += make(name, 64 * 2**stage, stride, rows[-1].name, block == 0, stride_in)
    return (*rows, _AVERAGE, Layer("fc", _CLASSES))


def _basic(name: str, width: int, stride: int, last: str, first: bool, stride_in: str) -> list[Layer]:
    return [Layer(f"{name}_a", width, 3, stride, 1, reads=last), Layer(f"{name}_b", width, 3, padding=1)]


def _bottleneck(name: str, width: int, stride: int, last: str, first: bool, stride_in: str) -> list[Layer]:
    there, here = (stride, 1) if stride_in == "reduce" else (1, stride)
    shortcut = [Layer(f"{name}_shortcut", 4 * width, 1, stride, reads=last)] if first else []
    return [
        *shortcut,
        Layer(f"{name}_reduce", width, 1, there, reads=last),
        Layer(f"{name}_transform", width, 3, here, 1),
        Layer(f"{name}_expand", 4 * width),
    ]


# --- Xie et al., arXiv:1611.05431, section 5.3: CIFAR ------------------------------------------------


def resnext29(cardinality: int, width: int) -> tuple[Layer, ...]:
    """Return ResNeXt-29 for 10 classes: three stages of three blocks, ``width`` doubling between them.

    Each convolution has a batch normalisation, the classifier a bias.

    >>> len([row for row in resnext29(8, 64) if not row.pool and "shortcut" not in row.name])
    29
    """
    stem = Layer("stem", 64, 3, padding=1, beside=2)
    rows = [stem, *bottleneck_stages((3, 3, 3), cardinality * width, cardinality, "stem", "stage", 1)]
    return (*rows, _AVERAGE, Layer("fc", 10, beside=1))


# --- Chollet, arXiv:1610.02357, Figure 5 -------------------------------------------------------------


def xception() -> tuple[Layer, ...]:
    """Return Xception: after each convolution and each separable one a batch normalisation; a classifier.

    Between the depthwise and the pointwise half of a separable convolution there is none.

    >>> convolutions = [row.name for row in xception() if not row.pool and "shortcut" not in row.name]
    >>> len([name for name in convolutions if "depthwise" not in name and name != "fc"])
    36
    """
    rows = [Layer("conv1", 32, 3, 2, beside=2), Layer("conv2", 64, 3, beside=2)]
    last = channels = 64
    name = "conv2"
    for block, widths in enumerate(((128, 128), (256, 256), (728, 728)), start=2):
        rows += _separables(f"block{block}", name, channels, widths)
        rows += _shrunk(f"block{block}", name, widths[-1])
        name, channels = f"block{block}_pool", widths[-1]
    for block in range(5, 13):
        rows += _separables(f"block{block}", name, channels, (728, 728, 728))
        name = rows[-1].name
    rows += _separables("block13", name, channels, (728, last := 1024))
    rows += _shrunk("block13", name, last)
    rows += _separables("block14", "block13_pool", last, (1536, 2048))
    return (*rows, _AVERAGE, Layer("fc", _CLASSES, beside=1))


def _separables(block: str, last: str, channels: int, widths: tuple[int, ...]) -> list[Layer]:
    rows = []
    for i, width in enumerate(widths, start=1):
        rows.append(Layer(f"{block}_depthwise{i}", channels, 3, padding=1, groups=0, reads=last))
        rows.append(Layer(f"{block}_pointwise{i}", width, beside=2))
        channels, last = width, ""
    return rows


def _shrunk(block: str, last: str, width: int) -> list[Layer]:
    """Return the projection of a block's shortcut, and the pooling of its other branch."""
    branch = Layer(f"{block}_pool", kernel=3, stride=2, padding=1, pool=True, reads=f"{block}_pointwise2")
    return [Layer(f"{block}_shortcut", width, 1, 2, reads=last, beside=2), branch]


# --- Sandler et al., arXiv:1801.04381, Table 2 -------------------------------------------------------

# Expansion, channels, blocks, stride of the first block.
_BOTTLENECKS = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
    (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


def mobilenet_v2(width: Fraction | int = 1) -> tuple[Layer, ...]:
    """Return MobileNetV2; numbers of channels times ``width``, to the next multiple of 8.

    The last convolution is widened but never made narrower. Each convolution has a batch normalisation,
    the classifier a bias; a block of expansion 1 has no first 1 x 1 layer.

    >>> len([row for row in mobilenet_v2() if "depthwise" in row.name])
    17
    """
    channels = _multiple_of_8(32 * width)
    rows = [Layer("conv1", channels, 3, 2, 1, beside=2)]
    for stage, (expansion, out, blocks, first) in enumerate(_BOTTLENECKS, start=1):
        for block in range(1, blocks + 1):
            name, inner = f"stage{stage}_{block}", channels * expansion
            if expansion > 1:
                rows.append(Layer(f"{name}_expand", inner, beside=2))
            rows.append(Layer(f"{name}_depthwise", inner, 3, first if block == 1 else 1, 1, 0, beside=2))
            rows.append(Layer(f"{name}_project", channels := _multiple_of_8(out * width), beside=2))
    last = _multiple_of_8(1280 * max(width, 1))
    return (*rows, Layer("conv_last", last, beside=2), _AVERAGE, Layer("fc", _CLASSES, beside=1))


def _multiple_of_8(value: Fraction | int) -> int:
    """Return the nearest multiple of 8, one more where it would be below nine tenths of the value."""
    nearest = max(8, int(value + 4) // 8 * 8)
    return nearest + 8 if nearest < Fraction(9, 10) * value else nearest
