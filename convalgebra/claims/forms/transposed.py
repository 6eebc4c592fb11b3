"""Claims about transposed convolutions: the direct convolution that does the same, and its size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.resampling import zero_insertion
from convalgebra.claims.claim import Judge
from convalgebra.claims.forms.arithmetic import EVERYWHERE, back, size
from convalgebra.claims.forms.matrices import same_operator
from convalgebra.claims.forms.sliding import windows
from convalgebra.claims.forms.values import several
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv

Sizes = Mapping[str, Any]


def direct(
    i: Any, k: Any, *, border: Any, s: Any = 1, a: Any = 0, turned: bool = True, channels: Any = (1, 1)
) -> Operator:
    """Return a direct convolution of an image with s - 1 zeros between its pixels and a border of them.

    ``a`` is added to the border at the end of each axis, ``turned`` says whether the kernel is rotated.

    >>> direct((2, 2), 3, s=2, border=2).output_size
    (5, 5)
    """
    stretched = zero_insertion(channels[0], i, s)
    pads = tuple((border, border + a) for _ in stretched.output_size)
    before, after = channels
    return conv(before, after, stretched.output_size, k, padding=pads, flip=turned) @ stretched


def exchanged(weights: dict[str, Any], **sizes: Any) -> dict[str, Any]:
    """Return the weight with its input and output channels exchanged."""
    return {name: np.swapaxes(weight, 0, 1) for name, weight in weights.items()}


def relationship(
    says: Callable[..., Any],
    border: Callable[..., Any],
    points: Iterable[Sizes],
    *,
    letters: Callable[..., Sizes] = dict,
    puts: Iterable[Sizes] = EVERYWHERE,
) -> Judge:
    """Return the judge of a relationship of the guide: the size, and the border of the direct form.

    ``letters(**sizes)`` are i, k, s, p and a; the sizes of ``points`` name what is free in them.
    """
    points = [dict(point) for point in points]

    def emulated(**sizes: Any) -> Operator:
        given = {letter: v for letter, v in letters(**sizes).items() if letter != "p"}
        return direct(**given, border=border(**sizes))

    def transposed(**sizes: Any) -> Operator:
        return back(**letters(**sizes))

    return several(
        size(says, transposed, points, puts=puts),
        same_operator(emulated, transposed, points, symbols_at=points[:3]),
    )


def by_windows(op: Conv, weight: Any, image: Any) -> Any:
    """Return the outputs of a convolution of one channel: each window times the kernel, summed.

    >>> import convalgebra as ca
    >>> by_windows(ca.conv(1, 1, 4, 2), np.array([10, 1]), np.array([1, 2, 3, 4]))
    array([12, 23, 34])
    """
    looks = windows(image, op.axes)
    outputs = looks.shape[: image.ndim]
    return (looks * weight).reshape(*outputs, -1).sum(axis=-1).ravel()
