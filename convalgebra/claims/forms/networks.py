"""Published networks as tables of layers, and what their layers take.

A table is data: a row for each layer, as a paper prints it. A layer reads the one before it unless it says
otherwise. Counts come by two roads that share nothing: the formula of the layer's operator, and matrices:
the pairs of channels that meet and the taps along each axis are counted where they are stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size
from convalgebra.sizes import SizeLike, as_size, number

WHOLE = 0  # a kernel as large as the map: a fully connected layer, a global pooling


@dataclass(frozen=True)
class Layer:
    """A row of a table: a convolution, or with ``pool`` a pooling, which only changes the size.

    ``out_channels`` of a pooling are its input's. ``groups=0`` is one group for each input channel.
    ``reads`` names the layer whose output is read, the one before by default; ``in_channels`` is given
    where the paper concatenates (or splits) in between. ``beside`` is the number of parameters beside
    the weight for each output channel: 1 for a bias, 2 for the scale and shift of a batch normalisation.
    """

    name: str
    out_channels: Any = 0
    kernel: Any = 1
    stride: Any = 1
    padding: Any = 0
    groups: int = 1
    dilation: Any = 1
    in_channels: int = 0
    reads: str = ""
    pool: bool = False
    beside: int = 0


@dataclass(frozen=True)
class Placed:
    """A layer where it stands in its network: with the channels and the map size that it reads."""

    layer: Layer
    in_channels: Size
    input_size: Size
    axes: int = 2

    @property
    def operator(self) -> Operator:
        """The operator of the layer; a pooling stands as the depthwise convolution of its windows."""
        row, size = self.layer, (self.input_size,) * self.axes
        options: dict[str, Any] = {"stride": row.stride, "padding": row.padding, "name": row.name}
        kernel = self.input_size if row.kernel == WHOLE else row.kernel
        if row.pool:
            return depthwise(self.in_channels, size, kernel, **options)
        groups = row.groups or self.in_channels
        return conv(
            self.in_channels,
            row.out_channels,
            size,
            kernel,
            dilation=row.dilation,
            groups=groups,
            **options,
        )

    @property
    def out_channels(self) -> Size:
        """The channels that the layer writes."""
        return self.in_channels if self.layer.pool else as_size(self.layer.out_channels, "out_channels")


def placed(
    table: tuple[Layer, ...], in_channels: SizeLike, input_size: SizeLike, axes: int = 2
) -> tuple[Placed, ...]:
    """Return the layers of a network, each with what it reads; sizes are numbers or names.

    >>> table = (Layer("stem", 8, 3, 2, 1), Layer("pool", kernel=WHOLE, pool=True), Layer("fc", 10))
    >>> [(p.in_channels, p.input_size) for p in placed(table, 3, 32)]
    [(3, 32), (8, 16), (8, 1)]
    """
    image = as_size(in_channels, "in_channels", 1), as_size(input_size, "input_size", 1)
    written: dict[str, tuple[Size, Size]] = {"": image}
    found = []
    for row in table:
        channels, size = written[row.reads]
        here = Placed(row, row.in_channels or channels, size, axes)
        written[row.name] = written[""] = here.out_channels, here.operator.output_size[0]
        found.append(here)
    return tuple(found)


def chained(network: tuple[Placed, ...]) -> Operator:
    """Return the layers as one operator, each after the one before it.

    >>> chained(placed((Layer("a", 1, 3), Layer("b", 1, 3, dilation=2)), 1, 7, axes=1)).output_size
    (1,)
    """
    return reduce(lambda before, layer: layer @ before, (here.operator for here in network))


# --- counts by the formulas ------------------------------------------------------------------------


def weighted(network: tuple[Placed, ...]) -> Iterator[Placed]:
    """Yield the layers that have weights."""
    yield from (here for here in network if not here.layer.pool)


def total(network: tuple[Placed, ...], quantity: str) -> Any:
    """Return the sum of a quantity (``parameters``, ``mult_adds``, ``multiplications``) over the layers."""
    return sum(getattr(here.operator, quantity) for here in weighted(network))


def total_beside(network: tuple[Placed, ...]) -> Any:
    """Return the parameters beside the weights: biases, and those of batch normalisation."""
    return sum(here.layer.beside * here.out_channels for here in weighted(network))


# --- counts by matrices ----------------------------------------------------------------------------


@dataclass(frozen=True)
class LayerCounts:
    """What was counted of a layer, in the vocabulary of the operators; ``outputs`` are output channels.

    ``inputs`` are the input values that are read, all channels together.
    """

    parameters: int
    mult_adds: int
    multiplications: int
    outputs: int
    inputs: int


def counted(here: Placed) -> LayerCounts:
    """Return what the stored entries of a layer's matrices count; the map size must be a number.

    The matrix of a layer is a sum over taps of W (x) S (x) S, so its entries are the pairs of channels
    that meet times the entries along each axis. The pairs are those of the matrix on one pixel.
    ``mult_adds`` are counted on an image whose padding is made of inputs.

    >>> counted(Placed(Layer("conv", 8, 3, padding=1), 3, 4))
    LayerCounts(parameters=216, mult_adds=3456, multiplications=2400, outputs=8, inputs=48)
    """
    row = here.layer
    size, ins, outs = (number(n, "size") for n in (here.input_size, here.in_channels, here.out_channels))
    kernel = size if row.kernel == WHOLE else row.kernel
    pairs, outputs, read = _channels(ins, outs, row.groups or ins)
    along = (kernel_taps(kernel), *_axis(size, kernel, row.stride, row.padding, row.dilation))
    weights, taps, inside, places = (count**here.axes for count in along)
    return LayerCounts(pairs * weights, pairs * taps, pairs * inside, outputs, read * places)


@lru_cache(maxsize=512)
def _channels(in_channels: int, out_channels: int, groups: int) -> tuple[int, int, int]:
    """Return the pairs of channels that meet, those written and those read: on one pixel, by its matrix."""
    mixing = conv(in_channels, out_channels, 1, 1, groups=groups)
    matrix = mixing.matrix(np.ones((out_channels, in_channels // groups, 1), np.int8))
    read = np.zeros(in_channels, bool)
    read[matrix.indices] = True
    return int(matrix.nnz), int(np.count_nonzero(np.diff(matrix.indptr))), int(np.count_nonzero(read))


@lru_cache(maxsize=512)
def _axis(size: int, kernel: int, stride: int, padding: int, dilation: int) -> tuple[int, int, int]:
    """Return the entries along an axis, with the padding as inputs and without, and the inputs read."""
    ones = np.ones((1, 1, kernel), np.int8)
    line = conv(1, 1, size, kernel, stride=stride, padding=padding, dilation=dilation).matrix(ones)
    whole = conv(1, 1, size + 2 * padding, kernel, stride=stride, dilation=dilation).matrix(ones)
    return int(whole.nnz), int(line.nnz), len(np.unique(line.indices))


@lru_cache(maxsize=64)
def kernel_taps(kernel: int) -> int:
    """Return how many different weights a kernel has along an axis: numbered, and seen in a matrix."""
    numbers = np.arange(1, kernel + 1).reshape(1, 1, kernel)
    return len(set(conv(1, 1, 2 * kernel, kernel).matrix(numbers).data.tolist()))


def total_counted(network: tuple[Placed, ...], quantity: str) -> int:
    """Return the sum of what was counted over the layers with weights."""
    return sum(getattr(counted(here), quantity) for here in weighted(network))


def without_normalisation(table: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return a table that counts no parameters of batch normalisation, only weights and biases."""
    return tuple(replace(row, beside=0) if row.beside == 2 else row for row in table)


def ungrouped(table: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return a table with the same layers, every channel meeting every other."""
    return tuple(replace(row, groups=1) for row in table)


def total_beside_counted(network: tuple[Placed, ...]) -> int:
    """Return the parameters beside the weights, for as many channels as the matrices write."""
    return sum(here.layer.beside * counted(here).outputs for here in weighted(network))


# --- the tables ------------------------------------------------------------------------------------

# Krizhevsky et al., NIPS 2012, section 3.5 and Figure 2; 227 x 227 images, biases throughout.
ALEXNET = (
    Layer("conv1", 96, 11, 4, beside=1),
    Layer("pool1", kernel=3, stride=2, pool=True),
    Layer("conv2", 256, 5, padding=2, groups=2, beside=1),
    Layer("pool2", kernel=3, stride=2, pool=True),
    Layer("conv3", 384, 3, padding=1, beside=1),
    Layer("conv4", 384, 3, padding=1, groups=2, beside=1),
    Layer("conv5", 256, 3, padding=1, groups=2, beside=1),
    Layer("pool5", kernel=3, stride=2, pool=True),
    Layer("fc6", 4096, WHOLE, beside=1),
    Layer("fc7", 4096, beside=1),
    Layer("fc8", 1000, beside=1),
)


# Yu and Koltun, 1511.07122, section 3 and Table 1: dilations, then one 1 x 1 layer.
CONTEXT_DILATIONS = (1, 1, 2, 4, 8, 16, 1)


def context_module(*widths: Any) -> tuple[Layer, ...]:
    """Return the context module with these eight widths: C throughout, or those of the large one."""
    rows = zip(CONTEXT_DILATIONS, widths, strict=False)
    deep = [Layer(f"layer{i}", c, 3, padding=d, dilation=d) for i, (d, c) in enumerate(rows, 1)]
    return (*deep, Layer("layer8", widths[-1]))


def bottlenecks(cardinality: int = 1, width: int = 64) -> tuple[Layer, ...]:
    """Return ResNet-50 (cardinality 1, width 64) or a ResNeXt-50: Xie et al., 1611.05431, Table 1.

    ``width`` is that of the first stage's grouped convolution; it doubles from stage to stage, as the
    256 channels of the block do. The stride of a stage is in its first 3 x 3 convolution; each
    convolution has a batch normalisation, the last layer a bias.

    >>> len([row for row in bottlenecks() if not row.pool])
    54
    """
    rows = [Layer("stem", 64, 7, 2, 3, beside=2), Layer("pool", kernel=3, stride=2, padding=1, pool=True)]
    rows += bottleneck_stages((3, 4, 6, 3), width, cardinality, "pool")
    return (*rows, Layer("average", kernel=WHOLE, pool=True), Layer("fc", 1000, beside=1))


def bottleneck_stages(
    blocks: tuple[int, ...], width: int, cardinality: int, last: str, called: str = "conv", first: int = 2
) -> list[Layer]:
    """Return the stages of so many blocks each, after the layer ``last``: reduce, transform, expand.

    The first block of a stage has a shortcut with weights, and but for the first stage stride 2.
    """
    rows = []
    for stage, many in enumerate(blocks):
        middle, out = width * 2**stage, 256 * 2**stage
        for block in range(1, many + 1):
            name, stride = f"{called}{stage + first}_{block}", 2 if stage and block == 1 else 1
            if block == 1:
                rows.append(Layer(f"{name}_shortcut", out, 1, stride, reads=last, beside=2))
            rows += [
                Layer(f"{name}_reduce", middle, reads=last, beside=2),
                Layer(f"{name}_transform", middle, 3, stride, 1, cardinality, beside=2),
                Layer(f"{name}_expand", out, beside=2),
            ]
            last = f"{name}_expand"
    return rows


RESNET50 = bottlenecks()
RESNEXT50 = bottlenecks(cardinality=32, width=128)
