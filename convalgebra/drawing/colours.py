"""Colours that all eyes tell apart, as far as there are such, and ink that is read on them."""

from __future__ import annotations

from itertools import product as grid
from math import prod

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
# The one tap of a kernel that has no other.
_ALONE = "#999933"
# How the slices of a kernel in three dimensions differ: mixed with so much white, or black.
_SLICES = ((0.0, 1.0), (0.5, 1.0), (0.45, 0.0))
WEIGHTLESS = "#b0b0b0"
SEVERAL = "#505050"
SEPARATOR = "#404040"
FAINT = "#a0a0a0"
# Words and axes, what is said beside them, and thin lines.
INK, QUIET, LINE = "#202020", "#6a6a6a", "#c9c9c9"
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


def kernel_colours(kernel: tuple[int, ...]) -> Colours:
    """Return the colours of a kernel's taps, row-major: told by the kernel alone, whatever else is drawn.

    A tap (a, b) has the same colour in every kernel of at most 3 x 3, a tap (c, a, b) of a larger one in
    three dimensions a lighter or a darker one. The tap of a 1 x 1 kernel has a colour of its own. The
    others go through a scale.

    >>> (kernel_colours((2, 2)) == kernel_colours((3, 3))[[0, 1, 3, 4]]).all()
    np.True_
    """
    if prod(kernel) == 1:
        return np.array([to_rgba(_ALONE)])
    in_slices = len(kernel) == 3 and prod(kernel) > len(_DISTINCT)
    if not (in_slices or len(kernel) == 2) or max(kernel) > 3:
        return tap_colours(prod(kernel))[1:]
    depth, *plane = (1, *kernel)[-3:]
    found = []
    for c, a, b in grid(range(depth), *map(range, plane)):
        share, other = _SLICES[c]
        rgb = (1 - share) * np.array(to_rgba(_DISTINCT[3 * a + b]))[:3] + share * other
        found.append((*rgb, 1.0))
    return np.array(found)


def ink_on(colour: Colours) -> str:
    """Return black or white, whichever is read better on a colour.

    >>> ink_on(np.array([1, 1, 1, 1])), ink_on(np.array([0, 0, 0.3, 1]))
    ('black', 'white')
    """
    linear = np.where(colour[:3] <= 0.04045, colour[:3] / 12.92, ((colour[:3] + 0.055) / 1.055) ** 2.4)
    return "black" if float(linear @ (0.2126, 0.7152, 0.0722)) > 0.18 else "white"
