"""Arguments of the named convolutions."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from convalgebra.catalogue.basic import conv
from convalgebra.testing.strategies.axes import Keywords
from convalgebra.testing.strategies.layers import channels, layer_keywords
from convalgebra.testing.strategies.moves import image
from convalgebra.testing.strategies.parts import SMALL


@st.composite
def depthwise_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.depthwise``."""
    return draw(layer_keywords(ranks=(1, 2))) | {
        "in_channels": draw(SMALL),
        "multiplier": draw(st.integers(1, 3)),
    }


@st.composite
def separable_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.depthwise_separable``."""
    return draw(depthwise_keywords()) | {"out_channels": draw(SMALL)}


@st.composite
def spatial_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.spatially_separable``."""
    channels = {
        name: draw(st.integers(1, 3)) for name in ("in_channels", "out_channels", "middle_channels")
    }
    return draw(layer_keywords(ranks=(1, 2, 3))) | channels


@st.composite
def pointwise_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.pointwise``."""
    size = tuple(draw(st.lists(SMALL, min_size=1, max_size=3)))
    return {"in_channels": draw(SMALL), "out_channels": draw(SMALL), "input_size": size}


@st.composite
def grouped_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.grouped``."""
    return draw(layer_keywords(ranks=(1, 2))) | draw(channels(2))


@st.composite
def pointwise_grouped_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.pointwise_grouped``."""
    return draw(channels(1)) | {"input_size": draw(image())}


@st.composite
def shuffled_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.shuffled_grouped``."""
    groups = draw(st.integers(1, 3))
    given = draw(layer_keywords(("zeros",), ranks=(1, 2)))
    del given["padding_mode"]
    channels = {
        name: groups * draw(st.integers(1, 2))
        for name in ("in_channels", "out_channels", "middle_channels")
    }
    return given | channels | {"groups": groups}


@st.composite
def connected_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.connected``."""
    columns = draw(st.integers(1, 3))
    row = st.lists(st.integers(0, 1), min_size=columns, max_size=columns).map(tuple)
    table = draw(st.lists(row, min_size=1, max_size=3).map(tuple))
    assume(any(map(any, table)))
    return draw(layer_keywords(ranks=(1, 2))) | {"table": table}


@st.composite
def resnext_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.resnext_block``, in each of its forms."""
    groups, kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    size = tuple(draw(st.integers(kernel, 4)) for _ in range(draw(st.integers(1, 2))))
    return {
        "in_channels": draw(st.integers(1, 3)),
        "out_channels": draw(st.integers(1, 3)),
        "middle_channels": groups * draw(st.integers(1, 2)),
        "groups": groups,
        "input_size": size,
        "kernel_size": kernel,
        "padding": draw(st.integers(0, 1)),
        "form": draw(st.sampled_from(("grouped", "concatenated", "split"))),
    }


@st.composite
def polyphase_keywords(draw: st.DrawFn) -> Keywords:
    """Draw dilated convolutions at least one output of which reads the image."""
    rank = draw(st.integers(1, 2))
    kernel, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    span = dilation * (kernel - 1) + 1
    size = tuple(draw(st.integers(span, span + 4 - rank)) for _ in range(rank))
    keywords = draw(channels(2)) | {
        "input_size": size,
        "kernel_size": kernel,
        "dilation": dilation,
        "stride": draw(st.integers(1, 3)),
        "padding": draw(st.integers(0, 2)),
    }
    # It refuses a convolution that reads padding zeros only.
    assume(conv(**keywords).entries > 0)
    return keywords
