"""Dilation in its other two forms: an upsampled kernel, and plain convolutions of the phases."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as grid
from math import gcd
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.arguments import make_axes, per_axis
from convalgebra.errors import ArgumentError
from convalgebra.operators.composition import Product, Reshaped
from convalgebra.operators.conv import Conv
from convalgebra.operators.phases import Phases
from convalgebra.operators.sidebyside import BlockDiag
from convalgebra.proofs import is_number
from convalgebra.sizes import SizeLike, as_size, ceil_div, number
from convalgebra.weights import Array


def upsample_kernel(weight: Any, dilation: Any) -> Array:
    """Return a weight (out, in, *kernel) with dilation - 1 zeros between neighbouring taps.

    A dilated convolution is the plain one with this kernel. Source: Yu and Koltun, arXiv:1511.07122.

    >>> upsample_kernel([[[1, 2, 3]]], 2)
    array([[[1, 0, 2, 0, 3]]])
    """
    try:
        array = np.asarray(weight)
    except ValueError as error:
        raise ArgumentError(f"weight: not an array of numbers ({error})") from None
    if array.ndim < 3:
        raise ArgumentError(
            f"weight: shape {array.shape} must be (out_channels, in_channels, *kernel_size)"
        )
    steps = [number(d, "dilation") for d in per_axis(dilation, array.ndim - 2, "dilation", least=1)]
    shape = [d * (m - 1) + 1 for m, d in zip(array.shape[2:], steps, strict=True)]
    spread = np.zeros((*array.shape[:2], *shape), array.dtype)
    spread[(slice(None), slice(None), *(slice(None, None, d) for d in steps))] = array
    return spread


def dilated_polyphase(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    dilation: Any,
    stride: Any = 1,
    padding: Any = 0,
    groups: SizeLike = 1,
    name: str = "weight",
) -> Product:
    """Return a dilated convolution as plain ones on the phases of the image, all of the same weight.

    The image is split into its phases modulo the dilation, each is convolved, and the outputs are
    put together again: R.T blockdiag(C) R, in which R only permutes. With a stride that shares a
    factor with the dilation some phases are not read at all. Stride, dilation and padding are numbers.

    Raises ``ArgumentError`` also where no output reads any input: there is nothing to convolve then.
    Source: Shensa, "The discrete wavelet transform: wedding the a trous and Mallat algorithms", 1992;
    Yu and Koltun, arXiv:1511.07122.

    >>> import convalgebra as ca
    >>> whole, parts = (
    ...     ca.conv(1, 1, 9, 3, dilation=2),
    ...     ca.dilated_polyphase(1, 1, 9, 3, dilation=2),
    ... )
    >>> parts.multiplications == whole.multiplications, len(parts.operators[1].operator.operators)
    (True, 2)
    """
    axes = make_axes(input_size, kernel_size, stride, padding, dilation, "zeros")
    plain = [_plain_axes(axis) for axis in axes]
    outputs = Phases(
        (as_size(out_channels, "out_channels", 1), *(axis.outputs for axis in axes)),
        tuple(phase.step for phase in plain),
        tuple(phase.outputs for phase in plain),
    )
    inputs = Phases(
        (as_size(in_channels, "in_channels", 1), *(axis.size for axis in axes)),
        tuple(number(axis.dilation, "dilation") for axis in axes),
        tuple(phase.inputs for phase in plain),
    )
    blocks = BlockDiag(
        tuple(
            Conv(inputs.sizes[0], outputs.sizes[0], chosen, as_size(groups, "groups", 1), name=name)
            for chosen in grid(*(phase.axes for phase in plain))
        )
    )
    flat = (outputs.output_shape, inputs.output_shape)
    return Product((outputs.T, Reshaped(blocks, flat[1], flat[0]), inputs))


@dataclass(frozen=True)
class _PhasesOfAxis:
    """The plain convolutions of one axis: which outputs and inputs each joins, modulo their steps."""

    step: int
    outputs: tuple[int, ...]
    inputs: tuple[int, ...]
    axes: tuple[Axis, ...]


def _plain_axes(axis: Axis) -> _PhasesOfAxis:
    """Take an axis apart: output i = r + step*i' reads through tap k the input j = rho + dilation*j'."""
    stride, dilation, lo = (
        number(v, "stride, dilation or padding") for v in (axis.stride, axis.dilation, axis.lo)
    )
    common = gcd(stride, dilation)
    step = dilation // common
    found: list[tuple[int, int, Axis]] = []
    for r in range(step):
        rho = (stride * r - lo) % dilation
        outputs, inputs = ceil_div(axis.outputs - r, step), ceil_div(axis.size - rho, dilation)
        if any(is_number(n) and n < 1 for n in (outputs, inputs)):
            continue  # such outputs read padding zeros only, or there are none
        before = (rho + lo - stride * r) // dilation
        after = (outputs - 1) * (stride // common) + axis.kernel - inputs - before
        found.append((r, rho, Axis(inputs, axis.kernel, stride // common, before, after)))
    if not found:
        raise ArgumentError(f"padding: no output of {axis!r} reads an input")
    return _PhasesOfAxis(step, *(tuple(column) for column in zip(*found, strict=True)))
