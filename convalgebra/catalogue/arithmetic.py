"""Convolution arithmetic: Dumoulin and Visin's relationships, read off an axis instead of listed.

Each relationship is an axis (or a transposed one) with names for its sizes; what the paper states
comes out of it. Only which axis a relationship speaks of stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size, is_number
from convalgebra.sizes import SizeLike, as_size, symbol

SOURCE = "Dumoulin and Visin, arXiv:1603.07285"


@dataclass(frozen=True)
class Relationship:
    """One relationship between the sizes of a convolution, derived from its operator.

    ``output_size`` is the formula in i (input), k (kernel), s (stride), p (padding), d (dilation) and
    a (what a strided window leaves over); ``conditions`` is what the formula needs.
    """

    number: int
    section: str
    title: str
    operator: Operator

    @property
    def output_size(self) -> Size:
        """The size of the output along the axis, as a formula."""
        return self.operator.output_size[0]

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """What must hold of the sizes."""
        return self.operator.conditions


def relationships() -> tuple[Relationship, ...]:
    """Return the relationships 1 to 15 of the guide, each derived from its operator.

    Those of transposed convolutions (8 to 14) speak of their own input i. Source: Dumoulin and Visin,
    arXiv:1603.07285, sections 2, 4 and 5.1.

    >>> import convalgebra as ca
    >>> for r in ca.relationships()[:6]:
    ...     print(r.number, r.title, "o =", ca.text(r.output_size))
    1 no padding, unit stride o = i - k + 1
    2 any padding, unit stride o = i - k + 2*p + 1
    3 half padding, unit stride o = i
    4 full padding, unit stride o = i + k - 1
    5 no padding, any stride o = floor((i - k)/s) + 1
    6 any padding, any stride o = floor((i - k + 2*p)/s) + 1
    """
    i, k, s, p, d, n, a = map(symbol, ("i", "k", "s", "p", "d", "n", "a"))
    one: Callable[..., Operator] = lambda *sizes, **options: conv(1, 1, *sizes, **options)  # noqa: E731
    back: Callable[..., Operator] = lambda *sizes, **options: conv_transpose(1, 1, *sizes, **options)  # noqa: E731
    odd = 2 * n + 1
    settings = (
        ("2.1", "no padding, unit stride", one(i, k)),
        ("2.2", "any padding, unit stride", one(i, k, padding=p)),
        ("2.2.1", "half padding, unit stride", one(i, odd, padding="same")),
        ("2.2.2", "full padding, unit stride", one(i, k, padding="full")),
        ("2.3", "no padding, any stride", one(i, k, stride=s)),
        ("2.4", "any padding, any stride", one(i, k, stride=s, padding=p)),
        ("3", "pooling", one(i, k, stride=s)),
        ("4.3", "transposed, no padding, unit stride", back(i, k)),
        ("4.4", "transposed, any padding, unit stride", back(i, k, padding=p)),
        ("4.4.1", "transposed, half padding, unit stride", back(i, odd, padding=n)),
        ("4.4.2", "transposed, full padding, unit stride", back(i, k, padding=k - 1)),
        ("4.5", "transposed, no padding, any stride", back(i, k, stride=s)),
        ("4.6", "transposed, any padding, any stride", back(i, k, stride=s, padding=p)),
        (
            "4.6",
            "transposed, any padding, any stride, a left over",
            back(i, k, stride=s, padding=p, output_padding=a),
        ),
        ("5.1", "dilation", one(i, k, stride=s, padding=p, dilation=d)),
    )
    return tuple(Relationship(at, *setting) for at, setting in enumerate(settings, start=1))


def same_output_sizes(
    input_size: SizeLike,
    kernel_size: SizeLike,
    *,
    stride: SizeLike = 1,
    padding: SizeLike = 0,
    dilation: SizeLike = 1,
) -> tuple[Size, Size]:
    """Return the smallest and the largest input size that have the same output size as this one.

    There are ``stride`` of them, where none of these is below 1. What the windows of this one leave
    unread at its end is a = (i + 2p - k) mod s, and the transposed convolution needs it as
    ``output_padding`` to come back to this size. Source: Dumoulin and Visin, arXiv:1603.07285, sections 2.4
    and 4.6.

    >>> import convalgebra as ca
    >>> ca.same_output_sizes(6, 3, stride=2, padding=1)
    (5, 6)
    >>> ca.same_output_sizes("i", "k", stride="s")
    (i - Mod(i - k, s), i + s - Mod(i - k, s) - 1)
    """
    pad = as_size(padding, "padding")
    axis = Axis(
        as_size(input_size, "input_size", 1),
        as_size(kernel_size, "kernel_size", 1),
        as_size(stride, "stride", 1),
        pad,
        pad,
        as_size(dilation, "dilation", 1),
    )
    first = axis.size - axis.left_over
    return (max(first, 1) if is_number(first) else first), first + axis.stride - 1
