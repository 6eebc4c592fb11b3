"""Every operator there is: each public class and each function of the catalogue, with valid arguments."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from hypothesis import strategies as st

from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.catalogue.cheap import (
    depthwise,
    depthwise_separable,
    flattened,
    pointwise,
    spatially_separable,
)
from convalgebra.catalogue.dilated import dilated_polyphase
from convalgebra.catalogue.fast import fourier_conv, winograd
from convalgebra.catalogue.forms import im2col, locally_connected, volume_conv
from convalgebra.catalogue.grouped import (
    channel_shuffle,
    connected,
    grouped,
    pointwise_grouped,
    resnext_block,
    shuffled_grouped,
)
from convalgebra.catalogue.resampling import (
    average_pool,
    cropped,
    decimation,
    padded,
    pixel_shuffle,
    pixel_unshuffle,
    space_to_depth,
    upsample_bilinear,
    upsample_nearest,
    zero_insertion,
)
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped, Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.filters import Filter
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity, TapWeights
from convalgebra.operators.local import LocallyConnected
from convalgebra.operators.moves import Selection, Unfold
from convalgebra.operators.onweight import OnWeight
from convalgebra.operators.permutations import Permutation, Shuffle
from convalgebra.operators.phases import Phases
from convalgebra.operators.points import PointProducts
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack
from convalgebra.testing.strategies import fixed, layers, moves, named, parts
from convalgebra.testing.strategies.axes import Keywords, axes

_LARGEST = 20_000  # cells of a matrix
_STEPS = st.integers(1, 4)


@dataclass(frozen=True)
class Kind:
    """What makes operators of one kind, and the keywords to give it."""

    make: Callable[..., Operator]
    keywords: st.SearchStrategy[Keywords]

    @property
    def operators(self) -> st.SearchStrategy[Operator]:
        """The operators that come out."""
        return self.keywords.map(lambda keywords: self.make(**keywords))


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """Return what there is, by the name of the public function or class."""
    return {
        "conv": Kind(conv, layers.conv_keywords(ranks=(1, 2, 3))),
        "conv_transpose": Kind(conv_transpose, layers.transposed_keywords(ranks=(1, 2, 3))),
        "pointwise": Kind(pointwise, named.pointwise_keywords()),
        "depthwise": Kind(depthwise, named.depthwise_keywords()),
        "depthwise_separable": Kind(depthwise_separable, named.separable_keywords()),
        "spatially_separable": Kind(spatially_separable, named.spatial_keywords()),
        "flattened": Kind(flattened, layers.plain_keywords()),
        "grouped": Kind(grouped, named.grouped_keywords()),
        "pointwise_grouped": Kind(pointwise_grouped, named.pointwise_grouped_keywords()),
        "shuffled_grouped": Kind(shuffled_grouped, named.shuffled_keywords()),
        "connected": Kind(connected, named.connected_keywords()),
        "resnext_block": Kind(resnext_block, named.resnext_keywords()),
        "dilated_polyphase": Kind(dilated_polyphase, named.polyphase_keywords()),
        "im2col": Kind(im2col, named.grouped_keywords()),
        "locally_connected": Kind(locally_connected, layers.plain_keywords()),
        "volume_conv": Kind(volume_conv, layers.plain_keywords(zeros=True)),
        "fourier_conv": Kind(fourier_conv, fixed.fourier_conv_keywords()),
        "winograd": Kind(winograd, fixed.winograd_keywords()),
        **_resampling(),
        **_classes(),
    }


def _resampling() -> dict[str, Kind]:
    return {
        "average_pool": Kind(average_pool, moves.average_pool_keywords()),
        "channel_shuffle": Kind(channel_shuffle, moves.channel_shuffle_keywords()),
        "cropped": Kind(cropped, moves.cropped_keywords()),
        "decimation": Kind(decimation, moves.resized_keywords("stride", _STEPS)),
        "padded": Kind(padded, moves.padded_keywords()),
        "pixel_shuffle": Kind(pixel_shuffle, moves.pixel_keywords(True)),
        "pixel_unshuffle": Kind(pixel_unshuffle, moves.pixel_keywords(False)),
        "space_to_depth": Kind(space_to_depth, moves.pixel_keywords(False)),
        "upsample_bilinear": Kind(upsample_bilinear, moves.bilinear_keywords()),
        "upsample_nearest": Kind(upsample_nearest, moves.resized_keywords("factor", _STEPS)),
        "zero_insertion": Kind(zero_insertion, moves.resized_keywords("stride", _STEPS)),
    }


def _classes() -> dict[str, Kind]:
    return {
        "Conv": Kind(Conv, parts.class_keywords()),
        "Identity": Kind(Identity, st.fixed_dictionaries({"size": st.integers(1, 7)})),
        "Dense": Kind(Dense, parts.dense_keywords()),
        "TapWeights": Kind(TapWeights, parts.tap_weights_keywords()),
        "Selection": Kind(Selection, parts.selection_keywords()),
        "Kron": Kind(Kron, parts.operands(3)),
        "BlockDiag": Kind(BlockDiag, parts.operands(3)),
        "Sum": Kind(Sum, parts.sum_keywords()),
        "Product": Kind(Product, parts.chain_keywords()),
        "HStack": Kind(HStack, parts.stacked_keywords(0)),
        "VStack": Kind(VStack, parts.stacked_keywords(1)),
        "Reshaped": Kind(Reshaped, parts.reshaped_keywords()),
        "OnWeight": Kind(OnWeight, parts.on_weight_keywords()),
        "Transposed": Kind(Transposed, st.fixed_dictionaries({"operator": parts.any_operator()})),
        "LocallyConnected": Kind(LocallyConnected, parts.local_keywords()),
        "Filter": Kind(Filter, st.one_of(fixed.filter_keywords(), fixed.taps_keywords())),
        "Fixed": Kind(Fixed, fixed.fixed_keywords()),
        "Fourier": Kind(Fourier, fixed.fourier_keywords()),
        "PointProducts": Kind(PointProducts, fixed.point_products_keywords()),
        "Gather": Kind(Gather, moves.gather_keywords()),
        "Permutation": Kind(Permutation, moves.permutation_keywords()),
        "Phases": Kind(Phases, moves.phases_keywords()),
        "Shuffle": Kind(Shuffle, moves.shuffle_keywords()),
        "Unfold": Kind(Unfold, st.fixed_dictionaries({"axis": axes(5)})),
    }


def operators(names: Collection[str] | None = None, largest: int = _LARGEST) -> st.SearchStrategy[Operator]:
    """Return operators of numbers: every type of the catalogue and every class, each with every option.

    Kernels go beyond the input and strides beyond the kernel, padding is asymmetric or negative in
    every mode; there are dilation and groups, transposed operators and layers one after another. Sizes
    are small; a matrix has at most ``largest`` cells. ``names`` are the functions and classes to draw
    from, such as ``("conv", "depthwise")``; these come as they are, neither transposed nor composed.

    Raises ``ArgumentError`` for a name that makes no operator.

    >>> from hypothesis import find, settings
    >>> found = find(operators(("conv",)), lambda op: op.shape[0] > 2, settings=settings(database=None))
    >>> type(found).__name__, found.shape[0]
    ('Conv', 3)
    """
    known = kinds()
    chosen = tuple(known) if names is None else tuple(names)
    if isinstance(names, str):
        raise ArgumentError(f"names={names!r} must be several, or one in brackets, as in {(names,)!r}")
    if not chosen or not set(chosen) <= set(known):
        raise ArgumentError(f"names={names!r} must be some of {', '.join(known)}")
    single = st.one_of([known[name].operators for name in chosen])
    found = single if names is not None else st.one_of(single, single.map(lambda op: op.T), layered(single))
    return found.filter(lambda op: op.shape[0] * op.shape[1] <= largest)


@st.composite
def layered(draw: st.DrawFn, single: st.SearchStrategy[Operator]) -> Operator:
    """Draw an operator and one more layer on what comes out of it, if that is an image."""
    first = draw(single)
    if len(first.output_shape) < 2:
        return first
    channels, *size = first.output_shape
    second = conv(
        channels,
        draw(st.integers(1, 3)),
        tuple(size),
        tuple(draw(st.integers(1, n)) for n in size),
        stride=draw(st.integers(1, 3)),
        padding=draw(st.integers(0, 2)),
        name="second",
    )
    return second @ first
