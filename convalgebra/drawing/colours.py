"""Colours that all eyes tell apart, as far as there are such, and ink that is read on them."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

Colours = NDArray[np.float64]

# Okabe and Ito's colours for all kinds of sight, black left out, and two of Tol's dark ones.
_DISTINCT = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
    "#332288",
    "#882255",
)
WEIGHTLESS = "#b0b0b0"
SEVERAL = "#505050"
SEPARATOR = "#404040"
FAINT = "#a0a0a0"
DENSITY = mpl.colormaps["cividis"].reversed()


def tap_colours(count: int) -> Colours:
    """Return the colours of ``count`` taps, row t that of tap t; row 0 stands for several taps.

    >>> tap_colours(3).shape, tap_colours(49).shape
    ((4, 4), (50, 4))
    """
    if count <= len(_DISTINCT):
        taps = [to_rgba(colour) for colour in _DISTINCT[:count]]
    else:
        taps = [tuple(rgba) for rgba in mpl.colormaps["viridis"](np.linspace(0, 1, count))]
    return np.array([to_rgba(SEVERAL), *taps])


def ink_on(colour: Colours) -> str:
    """Return black or white, whichever is read better on a colour.

    >>> ink_on(np.array([1, 1, 1, 1])), ink_on(np.array([0, 0, 0.3, 1]))
    ('black', 'white')
    """
    linear = np.where(colour[:3] <= 0.04045, colour[:3] / 12.92, ((colour[:3] + 0.055) / 1.055) ** 2.4)
    return "black" if float(linear @ (0.2126, 0.7152, 0.0722)) > 0.18 else "white"
