"""What an output reads, padding included: the border of the image, and the window in it."""

from __future__ import annotations

from math import prod

import numpy as np

from convalgebra.axis import Axis, fold
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.local import LocallyConnected
from convalgebra.reporting.figures.images import Image, Pairs


def axes_of(operator: Operator) -> tuple[Axis, ...]:
    """Return the axes of the convolution that reads the image; none where another operator does.

    >>> import convalgebra as ca
    >>> axes_of(ca.depthwise_separable(2, 2, 5, 3))
    (ca.Axis(size=5, kernel=3),)
    """
    first = operator.operators[-1] if isinstance(operator, Product) else operator
    return first.axes if isinstance(first, Conv | LocallyConnected) else ()


def padding_of(operator: Operator) -> Pairs:
    """Return how far the image is padded at both ends of each axis, cropping left out."""
    return tuple((max(int(axis.lo), 0), max(int(axis.hi), 0)) for axis in axes_of(operator))


def sources_of(operator: Operator, image: Image) -> tuple[str, ...]:
    """Return the number of the input that stands at each place of the padding; nothing for zeros."""
    axes = axes_of(operator)
    if not axes or axes[0].padding_mode == "zeros" or len(axes) > 3:
        return ()
    places = image.border()
    sizes = image.size
    modes = [*["zeros"] * (3 - len(axes)), *(axis.padding_mode for axis in axes)]
    at = places[:, 0]
    for axis, (size, mode) in enumerate(zip(sizes, modes, strict=True)):
        at = at * size + fold(places[:, axis + 1], size, mode)
    return tuple(map(str, at.tolist()))


def window_of(operator: Operator, output: int) -> tuple[tuple[int, int], ...] | None:
    """Return the first and the last place along each axis that an output's taps reach, padding included.

    None where the operator is not one convolution: then only what is read tells.

    >>> import convalgebra as ca
    >>> window_of(ca.conv(1, 1, 5, 3, padding=1), 0)
    ((-1, 1),)
    """
    if isinstance(operator, Product) or not axes_of(operator):
        return None
    axes = axes_of(operator)
    sizes = tuple(int(axis.outputs) for axis in axes)
    at = np.unravel_index(output % prod(sizes), sizes)
    starts = [int(axis.reads(int(o), 0)) for axis, o in zip(axes, at, strict=True)]
    return tuple((start, start + int(axis.span) - 1) for axis, start in zip(axes, starts, strict=True))
