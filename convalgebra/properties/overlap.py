"""How many taps reach each output: even, or the checkerboard of transposed convolutions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.operators.conv import Conv
from convalgebra.proofs import as_formula, is_number
from convalgebra.sizes import gcd, number


@dataclass(frozen=True)
class Overlap:
    """How the taps of a transposed convolution overlap.

    ``even`` says whether every output away from the border is reached by as many taps; with names it
    is the condition for it.
    """

    axes: tuple[Axis, ...]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many taps reach each output position, an array of the output size; numbers only."""
        per_axis = [_reaching(axis) for axis in self.axes]
        return np.asarray(reduce(np.multiply.outer, per_axis))

    @property
    def phases(self) -> tuple[tuple[int, ...], ...]:
        """How many taps reach an output away from the border, by its residue modulo the stride.

        Stride, kernel and dilation must be numbers; the input size may be a name.
        """
        return tuple(_phases(axis) for axis in self.axes)

    @property
    def even(self) -> bool | sympy.Basic:
        """Whether there is no checkerboard: the stride divides the kernel and meets all residues."""
        conditions = [_even(axis) for axis in self.axes]
        together = sympy.And(*conditions)
        return bool(together) if together in (sympy.true, sympy.false) else together


def overlap(op: Operator) -> Overlap:
    """Return how many taps reach each output of a transposed convolution.

    The pattern is even away from the border exactly when the stride divides the kernel size (and
    shares no factor with the dilation); otherwise it is a checkerboard.

    Raises ``ArgumentError`` for anything but a transposed convolution.
    Source: Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill 2016.

    >>> import convalgebra as ca
    >>> up = ca.overlap(ca.conv_transpose(1, 1, 4, 3, stride=2))
    >>> up.counts, up.phases, up.even
    (array([1, 1, 2, 1, 2, 1, 2, 1, 1]), ((2, 1),), False)
    >>> ca.overlap(ca.conv_transpose(1, 1, 4, 4, stride=2)).even
    True
    >>> ca.overlap(ca.conv_transpose(1, 1, "n", "m", stride="s")).even
    Eq(Mod(m, s), 0)
    """
    turned = op.operator if isinstance(op, Transposed) else None
    if isinstance(turned, Conv) and turned.padding_mode == "zeros":
        return Overlap(turned.axes)
    raise ArgumentError(
        f"op={op!r} must be a transposed convolution, ca.conv_transpose(...) or ca.conv(...).T"
    )


def _reaching(axis: Axis) -> NDArray[np.int64]:
    reads = axis.inputs_read().reshape(-1)
    return np.bincount(reads[reads >= 0], minlength=number(axis.size, "input_size"))


def _phases(axis: Axis) -> tuple[int, ...]:
    """Count the taps with k*dilation - lo of each residue: these reach the outputs of that residue."""
    given: Any = (axis.kernel, axis.stride, axis.dilation, axis.lo)
    m, s, d, lo = (number(value, "kernel_size, stride, dilation or padding") for value in given)
    residues = [(k * d - lo) % s for k in range(m)]
    return tuple(residues.count(a) for a in range(s))


def _even(axis: Axis) -> sympy.Basic:
    numbers = (axis.kernel, axis.stride, axis.dilation)
    if all(map(is_number, numbers)):
        meets_all = gcd(axis.stride, axis.dilation) == 1
        return sympy.true if meets_all and axis.kernel % axis.stride == 0 else sympy.false
    divides = sympy.Eq(sympy.Mod(as_formula(axis.kernel), as_formula(axis.stride)), 0)
    if axis.dilation == 1:
        return divides
    return sympy.And(divides, sympy.Eq(as_formula(gcd(axis.stride, axis.dilation)), 1))
