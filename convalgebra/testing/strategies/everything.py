"""Every operator there is: each public class and each function of the catalogue, with valid arguments."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.testing.strategies import fixed, layers, moves, named, parts
from convalgebra.testing.strategies.axes import Keywords, axes

_LARGEST = 20_000  # cells of a matrix
_STEPS = st.integers(1, 4)


@lru_cache(maxsize=1)
def arguments() -> dict[str, st.SearchStrategy[Keywords]]:
    """Return, for the name of each public function and class that makes an operator, its keywords.

    ``getattr(ca, name)(**keywords)`` is the operator.
    """
    return {
        "conv": layers.conv_keywords(ranks=(1, 2, 3)),
        "conv_transpose": layers.transposed_keywords(ranks=(1, 2, 3)),
        "pointwise": named.pointwise_keywords(),
        "depthwise": named.depthwise_keywords(),
        "depthwise_separable": named.separable_keywords(),
        "spatially_separable": named.spatial_keywords(),
        "flattened": named.plain_keywords(),
        "grouped": named.grouped_keywords(),
        "pointwise_grouped": named.pointwise_grouped_keywords(),
        "shuffled_grouped": named.shuffled_keywords(),
        "connected": named.connected_keywords(),
        "resnext_block": named.resnext_keywords(),
        "dilated_polyphase": named.polyphase_keywords(),
        "im2col": named.plain_keywords(),
        "locally_connected": named.plain_keywords(),
        "volume_conv": named.plain_keywords(zeros=True),
        "fourier_conv": fixed.fourier_conv_keywords(),
        "winograd": fixed.winograd_keywords(),
        **_resampling(),
        **_classes(),
    }


def _resampling() -> dict[str, st.SearchStrategy[Keywords]]:
    return {
        "average_pool": moves.average_pool_keywords(),
        "channel_shuffle": moves.channel_shuffle_keywords(),
        "cropped": moves.cropped_keywords(),
        "decimation": moves.resized_keywords("stride", _STEPS),
        "padded": moves.padded_keywords(),
        "pixel_shuffle": moves.pixel_keywords(True),
        "pixel_unshuffle": moves.pixel_keywords(False),
        "space_to_depth": moves.pixel_keywords(False),
        "upsample_bilinear": moves.bilinear_keywords(),
        "upsample_nearest": moves.resized_keywords("factor", _STEPS),
        "zero_insertion": moves.resized_keywords("stride", _STEPS),
    }


def _classes() -> dict[str, st.SearchStrategy[Keywords]]:
    return {
        "Conv": parts.class_keywords(),
        "Identity": st.fixed_dictionaries({"size": st.integers(1, 7)}),
        "Dense": parts.dense_keywords(),
        "TapWeights": parts.tap_weights_keywords(),
        "Selection": parts.selection_keywords(),
        "Kron": parts.operands(3),
        "BlockDiag": parts.operands(3),
        "Sum": parts.sum_keywords(),
        "Product": parts.chain_keywords(),
        "HStack": parts.stacked_keywords(0),
        "VStack": parts.stacked_keywords(1),
        "Reshaped": parts.reshaped_keywords(),
        "OnWeight": parts.on_weight_keywords(),
        "Transposed": st.fixed_dictionaries({"operator": parts.any_operator()}),
        "LocallyConnected": parts.local_keywords(),
        "Filter": st.one_of(fixed.filter_keywords(), fixed.taps_keywords()),
        "Fixed": fixed.fixed_keywords(),
        "Fourier": fixed.fourier_keywords(),
        "PointProducts": fixed.point_products_keywords(),
        "Gather": moves.gather_keywords(),
        "Permutation": moves.permutation_keywords(),
        "Phases": moves.phases_keywords(),
        "Shuffle": moves.shuffle_keywords(),
        "Unfold": st.fixed_dictionaries({"axis": axes(5)}),
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
    known = arguments()
    chosen = tuple(known) if names is None else tuple(names)
    if isinstance(names, str) or not chosen or not set(chosen) <= set(known):
        raise ArgumentError(f"names={names!r} must be some of {', '.join(known)}")
    made = [_made(name, known[name]) for name in chosen]
    single = st.one_of(made)
    found = single if names is not None else st.one_of(single, single.map(lambda op: op.T), layered(single))
    return found.filter(lambda op: op.shape[0] * op.shape[1] <= largest)


def _made(name: str, keywords: st.SearchStrategy[Keywords]) -> st.SearchStrategy[Operator]:
    make = getattr(ca, name)
    return keywords.map(lambda given: make(**given))


@st.composite
def layered(draw: st.DrawFn, single: st.SearchStrategy[Operator]) -> Operator:
    """Draw an operator and one more layer on what comes out of it, if that is an image."""
    first = draw(single)
    if len(first.output_shape) < 2:
        return first
    channels, *size = first.output_shape
    second: Operator = ca.conv(
        channels,
        draw(st.integers(1, 3)),
        tuple(size),
        tuple(draw(st.integers(1, n)) for n in size),
        stride=draw(st.integers(1, 3)),
        padding=draw(st.integers(0, 2)),
        name="second",
    )
    return second @ first
