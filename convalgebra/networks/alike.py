"""Layers that are alike told once: what makes the table and the picture of a deep network readable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from convalgebra.networks.layer import Layer
from convalgebra.networks.network import Network
from convalgebra.networks.totals import AS_PAPERS, included
from convalgebra.operators.conv import Conv

# Up to so many layers each stands for itself.
MOST_SINGLE = 36


@dataclass(frozen=True)
class Alike:
    """Layers of one type, shapes and counts, in the order of the network."""

    layers: tuple[Layer, ...]

    @property
    def first(self) -> Layer:
        """The one that stands for all."""
        return self.layers[0]

    @property
    def kind(self) -> str:
        """The op type, and of a convolution what makes its cost: one tap, depthwise, groups."""
        return kind_of(self.first)


def costly(network: Network, include: Iterable[str] = AS_PAPERS) -> tuple[Layer, ...]:
    """Return the convolutions and matrix products, what else ``include`` counts, and what is not known.

    What is left out (activations, moves, mostly pooling and normalisation) costs nothing as papers count.
    """
    chosen = included(include)
    return tuple(layer for layer in network.layers if _costs(layer, chosen))


def _costs(layer: Layer, chosen: frozenset[str]) -> bool:
    counts = layer.counts
    if counts is None or layer.category in ("conv", "linear"):
        return True
    return layer.category in chosen and bool(counts.mult_adds != 0 or counts.additions != 0)


def alike(layers: Iterable[Layer], most_single: int = MOST_SINGLE) -> tuple[Alike, ...]:
    """Return layers in groups that are alike, each where its first one stands.

    Up to ``most_single`` layers stay by themselves.

    >>> import convalgebra as ca
    >>> network = ca.read_layers(ca.zoo("resnet_152"))
    >>> groups = alike(costly(network))
    >>> len(costly(network)), len(groups), max(len(group.layers) for group in groups)
    (156, 21, 36)
    """
    each = tuple(layers)
    if len(each) <= most_single:
        return tuple(Alike((layer,)) for layer in each)
    found: dict[object, list[Layer]] = {}
    for layer in each:
        known = layer.counts is not None
        mark = (
            layer.op_type,
            layer.input_shapes[:1],
            layer.output_shapes[:1],
            layer.counts,
            layer.kernel,
        )
        found.setdefault(mark if known else layer.name, []).append(layer)
    return tuple(Alike(tuple(group)) for group in found.values())


def kind_of(layer: Layer) -> str:
    """Return the op type of a layer, of a convolution with what makes its cost.

    >>> import convalgebra as ca
    >>> network = ca.read_layers(ca.zoo("mobilenet_v1"))
    >>> sorted({kind_of(layer) for layer in costly(network)})
    ['Conv', 'Conv 1 x 1', 'Conv depthwise', 'Gemm']
    """
    op = layer.operator
    if not isinstance(op, Conv) or "Conv" not in layer.op_type:
        return layer.op_type
    if op.groups != 1:
        depthwise = op.groups == op.in_channels
        return f"{layer.op_type} {'depthwise' if depthwise else 'grouped'}"
    if all(size == 1 for size in op.kernel_size):
        return f"{layer.op_type} {' x '.join('1' for _ in op.kernel_size)}"
    return layer.op_type
