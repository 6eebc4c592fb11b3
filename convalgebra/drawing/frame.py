"""The frame of a plot: two thin axes, a pale grid behind, small numbers."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from convalgebra.drawing.colours import INK, QUIET

TICKS: dict[str, Any] = {"labelsize": 7.5, "length": 2.5, "width": 0.5, "color": QUIET, "labelcolor": INK}


def framed(axes: Axes) -> None:
    """Give a plot the frame that all of ours have."""
    axes.tick_params(**TICKS)
    axes.grid(color="#ececec", linewidth=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(QUIET)
