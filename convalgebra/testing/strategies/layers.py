"""Arguments of convolutions, as keywords in one canonical form: one value per axis, padding as pairs."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from convalgebra.axis import PADDING_MODES
from convalgebra.catalogue.basic import conv
from convalgebra.operators.conv import Conv
from convalgebra.testing.strategies.axes import Keywords, axis_keywords

# The largest size and kernel that are drawn, by the number of axes.
LARGEST = {1: 7, 2: 5, 3: 3, 4: 2}


@st.composite
def layer_keywords(
    draw: st.DrawFn, modes: tuple[str, ...] = PADDING_MODES, ranks: tuple[int, ...] = (1, 2, 3, 4)
) -> Keywords:
    """Draw the spatial keywords that the catalogue's functions share."""
    rank = draw(st.sampled_from(ranks))
    mode = draw(st.sampled_from(modes))
    drawn = [draw(axis_keywords(LARGEST[rank], (mode,))) for _ in range(rank)]
    return {
        "input_size": tuple(a["size"] for a in drawn),
        "kernel_size": tuple(a["kernel"] for a in drawn),
        "stride": tuple(a["stride"] for a in drawn),
        "padding": tuple((a["lo"], a["hi"]) for a in drawn),
        "dilation": tuple(a["dilation"] for a in drawn),
        "padding_mode": mode,
    }


@st.composite
def plain_keywords(draw: st.DrawFn, ranks: tuple[int, ...] = (1, 2), zeros: bool = False) -> Keywords:
    """Draw a convolution without groups."""
    modes = ("zeros",) if zeros else PADDING_MODES
    keywords = draw(layer_keywords(modes, ranks=ranks))
    if zeros:
        del keywords["padding_mode"]
    return keywords | {"in_channels": draw(st.integers(1, 3)), "out_channels": draw(st.integers(1, 3))}


@st.composite
def channels(draw: st.DrawFn, rank: int) -> Keywords:
    """Draw channels and groups that divide them."""
    groups, most = draw(st.integers(1, 3)), 2 if rank > 2 else 3
    ins, outs = (groups * draw(st.integers(1, most)) for _ in range(2))
    return {"in_channels": ins, "out_channels": outs, "groups": groups}


@st.composite
def conv_keywords(
    draw: st.DrawFn, modes: tuple[str, ...] = PADDING_MODES, ranks: tuple[int, ...] = (1, 2, 3, 4)
) -> Keywords:
    """Draw the keywords of ``ca.conv``, every option."""
    layer = draw(layer_keywords(modes, ranks))
    return layer | draw(channels(len(layer["input_size"]))) | {"flip": draw(st.booleans())}


def convs(
    modes: tuple[str, ...] = PADDING_MODES, ranks: tuple[int, ...] = (1, 2, 3, 4)
) -> st.SearchStrategy[Conv]:
    """Return convolutions with every option."""
    return conv_keywords(modes, ranks).map(lambda keywords: conv(**keywords))


@st.composite
def transposed_keywords(draw: st.DrawFn, ranks: tuple[int, ...] = (1, 2, 3, 4)) -> Keywords:
    """Draw a transposed convolution with at least one output, output_padding at its largest included."""
    rank = draw(st.sampled_from(ranks))
    largest = {1: 5, 2: 4, 3: 2, 4: 2}[rank]
    drawn: dict[str, list[Any]] = {
        name: []
        for name in ("input_size", "kernel_size", "stride", "dilation", "output_padding", "padding")
    }
    for _ in range(rank):
        n, m, s = (draw(st.integers(1, largest)) for _ in range(3))
        d = draw(st.integers(1, 3 if rank < 3 else 2))
        extra = draw(st.integers(0, max(s, d) - 1))
        lo = draw(st.integers(-1, 3))
        uncropped = (n - 1) * s + d * (m - 1) + extra + 1
        hi = draw(st.integers(-1, min(3, uncropped - lo - 1))) if uncropped - lo >= 0 else -1
        lo = min(lo, uncropped - hi - 1)
        for name, value in zip(drawn, (n, m, s, d, extra, (lo, hi)), strict=True):
            drawn[name].append(value)
    return {name: tuple(values) for name, values in drawn.items()} | draw(channels(rank))
