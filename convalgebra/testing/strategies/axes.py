"""Axes over the whole parameter space, kept small."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from convalgebra.axis import PADDING_MODES, Axis

Keywords = dict[str, Any]


@st.composite
def axis_keywords(draw: st.DrawFn, largest: int = 7, modes: tuple[str, ...] = PADDING_MODES) -> Keywords:
    """Draw one axis: kernels beyond the input, strides beyond the kernel, any padding that fits."""
    size, kernel = (draw(st.integers(1, largest)) for _ in range(2))
    stride = draw(st.integers(1, largest + 1))
    dilation = draw(st.integers(1, 4 if largest > 3 else 2))
    lo = draw(st.integers(-min(3, largest), largest))
    least = dilation * (kernel - 1) + 1 - size - lo
    hi = draw(st.integers(max(-3, least), max(-3, least) + largest))
    mode = draw(st.sampled_from(modes))
    return {
        "size": size,
        "kernel": kernel,
        "stride": stride,
        "lo": lo,
        "hi": hi,
        "dilation": dilation,
        "padding_mode": mode,
    }


def axes(largest: int = 7, modes: tuple[str, ...] = PADDING_MODES) -> st.SearchStrategy[Axis]:
    """Return axes: kernels beyond the input, strides beyond the kernel, any padding that fits.

    ``largest`` bounds the size and the kernel, ``modes`` are the padding modes to draw from.

    >>> from hypothesis import find, settings
    >>> find(axes(), lambda axis: axis.outputs > 1, settings=settings(database=None)).outputs
    2
    """
    return axis_keywords(largest, modes).map(lambda keywords: Axis(**keywords))
