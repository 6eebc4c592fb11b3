"""Convolutions in which not every channel meets every other: groups, shuffles, connection tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from convalgebra.catalogue.arguments import read_sizes
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise, pointwise
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.permutations import Shuffle
from convalgebra.operators.sidebyside import Sum
from convalgebra.operators.stacks import VStack
from convalgebra.sizes import SizeLike, as_size, exact_quotient, number

FORMS = ("grouped", "concatenated", "split")


def grouped(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    groups: SizeLike,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    name: str = "weight",
) -> Conv:
    """Return the convolution whose channels meet only within their group; ``.blocks()`` are its blocks.

    Its weight has the shape (out_channels, in_channels / groups, *kernel_size). With as many groups
    as input channels it is the depthwise convolution. Source: Krizhevsky et al., "ImageNet
    classification with deep convolutional neural networks", 2012, section 3.2.

    >>> import convalgebra as ca
    >>> ca.ratio(ca.grouped("D", "N_c", "N", "m", groups="g"), ca.conv("D", "N_c", "N", "m"))
    1/g
    """
    return conv(
        in_channels,
        out_channels,
        input_size,
        kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
        name=name,
    )


def pointwise_grouped(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    *,
    groups: SizeLike,
    name: str = "pointwise",
) -> Conv:
    """Return the 1 x 1 convolution in groups. Source: Zhang et al., arXiv:1707.01083, section 3.1.

    >>> import convalgebra as ca
    >>> ca.pointwise_grouped("D", "N_c", ("H", "W"), groups="g").multiplications
    D*H*N_c*W/g
    """
    return conv(in_channels, out_channels, input_size, 1, groups=groups, name=name)


def channel_shuffle(channels: SizeLike, input_size: Any, *, groups: SizeLike) -> Kron:
    """Return the permutation that deals the channels of ``groups`` groups out in turn: P (x) I.

    Output channel a*groups + b is input channel b*q + a of q channels to a group; it is what
    reshaping to (groups, q), transposing and flattening does. It has no weights and multiplies
    nothing. Source: Zhang et al., arXiv:1707.01083, section 3.1.

    >>> import convalgebra as ca
    >>> shuffle = ca.channel_shuffle(6, 1, groups=2)
    >>> shuffle.matrix() @ range(6), shuffle.multiplications
    (array([0, 3, 1, 4, 2, 5]), 0)
    """
    size = as_size(channels, "in_channels", least=1)
    return Kron((Shuffle(size, as_size(groups, "groups", least=1)), *identities(input_size)))


def shuffled_grouped(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    groups: SizeLike,
    middle_channels: SizeLike | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
) -> Product:
    """Return the ShuffleNet unit: pointwise in groups, shuffle, depthwise, pointwise in groups.

    The weights are "pointwise_1" (middle, in/groups, 1, ...), "depthwise" (middle, 1, *kernel_size)
    and "pointwise_2" (out, middle/groups, 1, ...); ``middle_channels`` are by default
    ``out_channels``. Source: Zhang et al., arXiv:1707.01083, Figure 2.

    >>> import convalgebra as ca
    >>> unit = ca.shuffled_grouped(8, 8, (6, 6), 3, groups=2, padding=1)
    >>> [stage.multiplications for stage in reversed(unit.stages)]
    [1152, 0, 2048, 1152]
    """
    middle = as_size(out_channels if middle_channels is None else middle_channels, "middle_channels", 1)
    first = pointwise_grouped(in_channels, middle, input_size, groups=groups, name="pointwise_1")
    shuffle = channel_shuffle(middle, first.output_size, groups=groups)
    spatial = depthwise(
        middle, first.output_size, kernel_size, stride=stride, padding=padding, dilation=dilation
    )
    last = pointwise_grouped(middle, out_channels, spatial.output_size, groups=groups, name="pointwise_2")
    return Product((last, spatial, shuffle, first))


# --- connection tables ---------------------------------------------------------------------------


def connected(
    table: Any,
    input_size: Any,
    kernel_size: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    name: str = "weight",
) -> Product:
    """Return the convolution that joins only the pairs of channels marked in a table.

    ``table`` has one row per output channel and one column per input channel. The weight has one
    kernel per marked pair, row by row: shape (pairs, 1, *kernel_size). It is a depthwise convolution
    of the pairs between two 0/1 matrices: one that copies each pair its input channel, one that adds
    up the pairs of each output channel. A grouped convolution is the block-diagonal case.

    Raises ``ArgumentError`` unless the table is two-dimensional and marks something.
    Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998, Table I.

    >>> import convalgebra as ca
    >>> c3 = ca.connected(ca.lenet5_c3(), (14, 14), 5)
    >>> c3.output_shape, c3.parameters, c3.multiplications
    ((16, 10, 10), 1500, 150000)
    """
    try:
        marked = np.asarray(table)
        rows, columns = marked.shape
        if not np.isin(marked, (0, 1)).all():
            raise ValueError
        pairs = np.argwhere(marked.astype(bool)).tolist()
    except (ValueError, TypeError):
        raise ArgumentError(
            f"table={table!r} must be a table of 0 and 1: one row per output channel, one column per input"
        ) from None
    if not pairs:
        raise ArgumentError("table: no pair of channels is marked, there must be at least one")
    each = depthwise(
        len(pairs),
        input_size,
        kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        padding_mode=padding_mode,
        name=name,
    )
    copied = Gather(columns, tuple(c for _, c in pairs))
    added = Gather(rows, tuple(o for o, _ in pairs)).T
    return Product(
        (Kron((added, *identities(each.output_size))), each, Kron((copied, *identities(input_size))))
    )


def lenet5_c3() -> tuple[tuple[int, ...], ...]:
    """Return which of the 6 maps of S2 each of the 16 maps of LeNet-5's C3 reads: 60 of 96 pairs.

    The first six read three neighbours, the next six four neighbours, three more two pairs of
    neighbours with a gap, the last one all. Source: LeCun et al., 1998, section II.B and Table I.

    >>> sum(map(sum, lenet5_c3()))
    60
    """
    maps = 6
    three = [{(first + i) % maps for i in range(3)} for first in range(maps)]
    four = [{(first + i) % maps for i in range(4)} for first in range(maps)]
    gap = [{(first + i) % maps for i in (0, 1, 3, 4)} for first in range(3)]
    read = [*three, *four, *gap, set(range(maps))]
    return tuple(tuple(int(c in row) for c in range(maps)) for row in read)


# --- ResNeXt -------------------------------------------------------------------------------------


def resnext_block(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    groups: SizeLike,
    middle_channels: SizeLike,
    padding: Any = 0,
    form: str = "grouped",
) -> Operator:
    """Return ResNeXt's block: reduce to ``middle_channels``, transform in ``groups`` groups, expand.

    ``form`` is one of the paper's three equal ones, its Figure 3: (a) "split", one branch per group,
    summed at the end; (b) "concatenated", the branches concatenated before the expansion; (c)
    "grouped", a grouped convolution. Weights are "reduce", "transform" and "expand"; those of a branch
    have its number behind, from 1: their slices are those of the grouped form.

    Raises ``ArgumentError`` for another form; the forms with branches need groups to be a number.
    Source: Xie et al., arXiv:1611.05431, section 3.3.

    >>> import convalgebra as ca
    >>> sizes = dict(input_size=(7, 7), kernel_size=3, groups=4, middle_channels=8, padding=1)
    >>> {ca.resnext_block(16, 16, form=form, **sizes).multiplications for form in ("split", "grouped")}
    {18320}
    """
    if form not in FORMS:
        raise ArgumentError(f"form={form!r} must be one of {', '.join(FORMS)}")
    middle = as_size(middle_channels, "middle_channels", least=1)
    groups = as_size(groups, "groups", least=1)
    reduce = pointwise(in_channels, middle, input_size, name="reduce")
    transform = grouped(
        middle, middle, input_size, kernel_size, groups=groups, padding=padding, name="transform"
    )
    expand = pointwise(middle, out_channels, transform.output_size, name="expand")
    if form == "grouped":
        return Product((expand, transform, reduce))
    each = exact_quotient(middle, groups)
    branches = []
    for branch in range(1, number(groups, "groups") + 1):
        narrow = pointwise(in_channels, each, input_size, name=f"reduce_{branch}")
        inner = conv(each, each, input_size, kernel_size, padding=padding, name=f"transform_{branch}")
        widen = pointwise(each, out_channels, inner.output_size, name=f"expand_{branch}")
        branches.append((widen, inner, narrow))
    if form == "split":
        return Sum(tuple(map(Product, branches)))
    return Product((expand, VStack(tuple(Product(branch[1:]) for branch in branches))))


def group_slices(channels: int, groups: int) -> Sequence[slice]:
    """Return the channels of each group.

    >>> group_slices(4, 2)
    [slice(0, 2, None), slice(2, 4, None)]
    """
    bounds = range(0, channels + 1, channels // groups)
    return [slice(begin, end) for begin, end in pairwise(bounds)]


def identities(input_size: Any) -> tuple[Identity, ...]:
    """Return what does nothing along each axis."""
    return tuple(Identity(n) for n in read_sizes(input_size))
