"""Filters: the convolution along one axis with a fixed kernel, of which pooling and upsampling are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.operators.fixed import Exact, Number, as_rational
from convalgebra.operators.onaxis import OnAxis, options_latex
from convalgebra.proofs import Size
from convalgebra.sizes import as_size, number


def _box(axis: Axis) -> list[list[Number]]:
    return [[1] * number(axis.kernel, "kernel_size")] * number(axis.outputs, "outputs")


def _average(axis: Axis) -> list[list[Number]]:
    m = number(axis.kernel, "kernel_size")
    return [[Fraction(1, m)] * m] * number(axis.outputs, "outputs")


def _mean(axis: Axis, counted: tuple[Size, Size] = (0, 0)) -> list[list[Number]]:
    a = axis.numeric()
    before, after = (number(n, "counted") for n in counted)
    reads = np.arange(a.outputs)[:, None] * a.stride + np.arange(a.kernel) * a.dilation - a.lo
    there = (axis.inputs_read() >= 0) | ((reads >= -before) & (reads < a.size + after))
    return [[Fraction(1, max(1, n))] * a.kernel for n in there.sum(axis=1).tolist()]


def _tent(axis: Axis) -> list[list[Number]]:
    m, s = number(axis.kernel, "kernel_size"), number(axis.stride, "stride")
    slope = [max(Fraction(0), 1 - abs(Fraction(2 * k - m + 1, 2 * s))) for k in range(m)]
    return [[as_rational(v, "tent") for v in slope]] * number(axis.outputs, "outputs")


_SHAPES: Mapping[str, Callable[[Axis], list[list[Number]]]] = {
    "box": _box,
    "average": _average,
    "mean": _mean,
    "tent": _tent,
}


@dataclass(frozen=True, repr=False)
class Filter(OnAxis, Exact):
    """The convolution along one axis with a fixed kernel: it pools, or turned round interpolates.

    ``kernel`` is "box" (ones), "average" (1/kernel each), "mean" (the mean of the inputs that are
    there, padding zeros left out), "tent" (1 in the middle, falling to 0 within one stride), or the
    taps themselves as integers or fractions. ``counted`` is how many padding zeros, before and after
    the inputs, a "mean" counts as if they were inputs.

    Raises ``ArgumentError`` that names the argument.

    >>> import convalgebra as ca
    >>> ca.Filter(ca.Axis(size=4, kernel=2, stride=2), "average").matrix().toarray()
    array([[0.5, 0.5, 0. , 0. ],
           [0. , 0. , 0.5, 0.5]])
    """

    kernel: str | tuple[Number, ...] = "box"
    counted: tuple[Size, Size] = (0, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_counted()
        if isinstance(self.kernel, str):
            if self.kernel not in _SHAPES:
                raise ArgumentError(
                    f"kernel={self.kernel!r} must be one of {', '.join(_SHAPES)}, or the taps"
                )
            return
        if not isinstance(self.kernel, tuple | list):
            raise ArgumentError(f"kernel={self.kernel!r} must be one of {', '.join(_SHAPES)}, or the taps")
        taps = tuple(as_rational(v, "kernel") for v in self.kernel)
        if len(taps) != self.axis.kernel:
            raise ArgumentError(f"kernel={self.kernel!r} must have the {self.axis.kernel} taps of the axis")
        object.__setattr__(self, "kernel", taps)

    def _check_counted(self) -> None:
        if not isinstance(self.counted, tuple) or len(self.counted) != 2:
            raise ArgumentError(f"counted={self.counted!r} must be a pair: padding zeros before and after")
        counted = tuple(as_size(n, "counted") for n in self.counted)
        if counted != (0, 0) and self.kernel != "mean":
            raise ArgumentError(f"counted={self.counted!r} is for the kernel 'mean', not {self.kernel!r}")
        object.__setattr__(self, "counted", counted)

    @property
    def label(self) -> str:
        """What the filter is called in print."""
        return self.kernel if isinstance(self.kernel, str) else "filter"

    @property
    def entries(self) -> Size:
        """Each pair of an output and an input that it reads."""
        return self.axis.entries

    @property
    def taps(self) -> Size:
        """Each pair (output, tap)."""
        return self.axis.taps

    @property
    def rows_hit(self) -> Size:
        """The outputs that read something."""
        return self.axis.outputs_hit

    @property
    def columns_hit(self) -> Size:
        """The inputs that are read."""
        return self.axis.inputs_hit

    def exact_entries(self) -> dict[tuple[int, int], Number]:
        """Return the entries as exact numbers, by (row, column)."""
        if self.kernel == "mean":
            table = _mean(self.axis, self.counted)
        elif isinstance(self.kernel, str):
            table = _SHAPES[self.kernel](self.axis)
        else:
            table = [list(self.kernel)] * number(self.axis.outputs, "outputs")
        found: dict[tuple[int, int], Number] = {}
        for row, (taps, reads) in enumerate(zip(table, self.axis.inputs_read().tolist(), strict=True)):
            for value, column in zip(taps, reads, strict=True):
                if column >= 0:
                    found[row, column] = found.get((row, column), 0) + value
        return found

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        return rf"\operatorname{{{self.label}}}_{{{latex(self.axis.kernel)}{options_latex(self.axis)}}}"
