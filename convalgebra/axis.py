"""One spatial axis of a convolution: all that stride, padding and dilation do, they do here.

Output ``i`` reads through tap ``k`` the input ``i*stride + k*dilation - lo``. Every count below is
a sum over taps of the outputs that see a certain thing, in ints and symbols alike; under zero
padding a tap that falls outside the input sees nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import sympy
from numpy.typing import NDArray

from convalgebra.errors import ArgumentError
from convalgebra.proofs import Size, as_formula, at_least, combined, is_nonnegative, is_number, maximum
from convalgebra.sizes import as_size, ceil_div, floor_div, gcd, number, tap_index, total, unused
from convalgebra.values import constructor

# Names for the running output of a definition, as for taps.
_OUTPUT_INDICES = tuple(sympy.Symbol(name, integer=True, nonnegative=True) for name in ("i", "j", "r"))
_MOST = 2**62
PADDING_MODES = ("zeros", "circular", "reflect", "replicate")


@dataclass(frozen=True)
class Axis:
    """One axis: ``size`` inputs, ``kernel`` taps, ``stride``, padding ``lo`` and ``hi``, ``dilation``.

    Negative padding crops. Source: Dumoulin and Visin, arXiv:1603.07285, for each relationship.

    Raises ``ArgumentError`` when a size is below 1 or the kernel is longer than the padded input.

    >>> axis = Axis(size=5, kernel=3, stride=2, lo=1, hi=1)
    >>> axis.outputs, axis.span, axis.taps, axis.taps_inside
    (3, 3, 9, 7)
    >>> Axis(size="N", kernel="m").outputs
    N - m + 1
    """

    size: Size
    kernel: Size
    stride: Size = 1
    lo: Size = 0
    hi: Size = 0
    dilation: Size = 1
    padding_mode: str = "zeros"

    def __post_init__(self) -> None:
        for name in ("size", "kernel", "stride", "dilation"):
            object.__setattr__(self, name, as_size(getattr(self, name), name, least=1))
        for name in ("lo", "hi"):
            object.__setattr__(self, name, as_size(getattr(self, name), f"padding ({name})"))
        if self.padding_mode not in PADDING_MODES:
            raise ArgumentError(
                f"padding_mode={self.padding_mode!r} must be one of {', '.join(PADDING_MODES)}"
            )
        if is_nonnegative(-1 - self._room):
            raise ArgumentError(
                f"kernel_size {self.kernel} (span {self.span} at dilation {self.dilation}) is longer "
                f"than the padded input {self.size} + {self.lo} + {self.hi} = {self.padded_size}"
            )

    def __repr__(self) -> str:
        return constructor(self)

    # --- geometry ---

    @property
    def span(self) -> Size:
        """What the kernel covers: ``dilation*(kernel - 1) + 1``."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded_size(self) -> Size:
        """The input with its padding."""
        return self.size + self.lo + self.hi

    @property
    def _room(self) -> Size:
        return self.padded_size - self.span

    @property
    def outputs(self) -> Size:
        """How many outputs there are."""
        return floor_div(self._room, self.stride) + 1

    @property
    def left_over(self) -> Size:
        """What the strided windows leave unread at the end: ``(size + lo + hi - span) mod stride``.

        A transposed convolution needs it as ``output_padding`` to come back to this size.

        >>> Axis(size=6, kernel=3, stride=2, lo=1, hi=1).left_over
        1
        """
        return self._room % self.stride

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """What must hold of the symbols for this axis to exist; nothing for numbers."""
        return combined(at_least(fact, 0) for fact in self._facts if not is_nonnegative(fact))

    def reads(self, output: Size, tap: Size) -> Size:
        """Which input a tap reads, before the padding mode: below 0 or from ``size`` on is padding.

        >>> Axis(size=5, kernel=3, lo=1, hi=1).reads(output=0, tap=0)
        -1
        """
        return output * self.stride + tap * self.dilation - self.lo

    # --- counts ---

    @property
    def taps(self) -> Size:
        """Pairs (output, tap), those on padding zeros counted."""
        return self.outputs * self.kernel

    @cached_property
    def taps_inside(self) -> Size:
        """Pairs (output, tap) that read a true input; padding that repeats inputs counts."""
        if self.padding_mode != "zeros":
            return self.taps
        return total(lambda k, known: self._seen(k, k, known), self.kernel, self._facts)

    def outputs_inside(self, tap: Size) -> Size:
        """Outputs at which one tap reads a true input.

        >>> Axis(size="N", kernel=3, lo=1, hi=1).outputs_inside(tap=0)
        N - 1
        """
        if is_nonnegative(as_size(tap, "tap", least=0) - self.kernel):
            raise ArgumentError(f"tap={tap} must be below the kernel of {self.kernel}")
        return self.outputs if self.padding_mode != "zeros" else self._seen(tap, tap, self._facts)

    @cached_property
    def outputs_hit(self) -> Size:
        """Outputs that read at least one input."""
        if self.padding_mode != "zeros":
            return self.outputs
        # The taps of an output that fall inside are neighbours: outputs = pairs - adjacent pairs.
        adjacent = total(lambda k, known: self._seen(k, k + 1, known), self.kernel - 1, self._facts)
        return self.taps_inside - adjacent

    @cached_property
    def inputs_hit(self) -> Size:
        """Inputs that at least one output reads."""
        if self.padding_mode != "zeros":
            return len(np.unique(self.inputs_read()))
        # The pairs that read one input form the chain (i, k) -> (i + across, k - back).
        common = gcd(self.stride, self.dilation)
        back, across = self.stride // common, self.dilation // common
        links = total(
            lambda k, known: self._seen(k + back, k + back, known, withheld=across),
            maximum(self.kernel - back, 0),
            self._facts,
        )
        return self.taps_inside - links

    @property
    def entries(self) -> Size:
        """Distinct pairs (output, input): what a stored matrix of this axis holds."""
        if self.padding_mode == "zeros":
            return self.taps_inside
        pairs = self.inputs_read() + np.arange(number(self.outputs, "outputs"))[:, None] * number(
            self.size, "input_size"
        )
        return len(np.unique(pairs))

    @property
    def _facts(self) -> Sequence[Size]:
        """What is known not to be negative, where it is not plain: the room, and sizes less one."""
        sizes = (self.size, self.kernel, self.stride, self.dilation)
        return (self._room, *(size - 1 for size in sizes if not is_nonnegative(size - 1)))

    def _seen(self, first_tap: Size, last_tap: Size, known: Sequence[Size], withheld: Size = 0) -> Size:
        """Outputs, the last ``withheld`` left out, at which both taps fall inside the input."""
        first, last = self._stretch(first_tap, last_tap, known, withheld)
        return maximum(last - first + 1, 0, known)

    def _stretch(
        self, first_tap: Size, last_tap: Size, known: Sequence[Size], withheld: Size = 0
    ) -> tuple[Size, Size]:
        """Return the first and the last of those outputs; last < first where there are none."""
        first = ceil_div(maximum(self.lo - first_tap * self.dilation, 0, known), self.stride)
        # An output is the last one because the input ends or because the outputs do.
        end = maximum(last_tap * self.dilation, self.span - 1 - self.hi + withheld * self.stride, known)
        return first, (self.size + self.lo - 1 - end) // self.stride

    def definition(self) -> sympy.Expr:
        """Return ``taps_inside`` as its definition, a sum over taps and outputs that is not carried out.

        >>> Axis(size="N", kernel="m").definition()
        Sum(1, (i, 0, N - m), (k, 0, m - 1))
        """
        sizes = [self.size, self.kernel, self.stride, self.lo, self.hi, self.dilation]
        output = unused(_OUTPUT_INDICES, sizes)
        one_tap = self.kernel == 1
        tap = sympy.Integer(0) if one_tap else tap_index(*sizes)
        taps = () if one_tap else ((tap, 0, as_formula(self.kernel - 1)),)
        known = (*self._facts, self.kernel - 1 - tap)
        first, last = 0, self.outputs - 1
        if self.padding_mode == "zeros":
            first, last = self._stretch(tap, tap, known)
        if is_nonnegative(last - first + 1, known):
            return sympy.Sum(1, (output, first, last), *taps)
        seen = maximum(last - first + 1, 0, known)
        return sympy.Sum(seen, *taps) if taps else as_formula(seen)

    # --- numbers only ---

    def inputs_read(self) -> NDArray[np.int64]:
        """Return the (outputs, kernel) table of inputs read; -1 is a padding zero.

        >>> Axis(size=3, kernel=3, lo=1, hi=1, padding_mode="circular").inputs_read()
        array([[2, 0, 1],
               [0, 1, 2],
               [1, 2, 0]])
        """
        taps = range(number(self.kernel, "kernel_size"))
        return np.stack([self.inputs_read_by(tap) for tap in taps], axis=1)

    def inputs_read_by(self, tap: int) -> NDArray[np.int64]:
        """Return which input one tap reads at each output; -1 is a padding zero."""
        a = self.numeric()
        position: NDArray[np.int64] = np.arange(a.outputs) * a.stride + (tap * a.dilation - a.lo)
        return fold(position, a.size, a.padding_mode)

    def numeric(self) -> Axis:
        """Return the axis itself if all of it is numbers; raise ``SymbolError`` otherwise."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str) and not is_number(value):
                number(value, field.name)
        reach = max(self.padded_size, self.stride, self.span, abs(self.lo), abs(self.hi))
        if reach > _MOST:
            raise ArgumentError(f"{self!r} reaches position {reach}, over {_MOST}: no array is that long")
        return self


def fold(position: NDArray[np.int64], size: int, padding_mode: str) -> NDArray[np.int64]:
    """Return which input stands at each position of the padded line; -1 where a zero does.

    Reflection and repetition go on as often as the padding needs, as in ``numpy.pad``.

    >>> fold(np.arange(-3, 5), 3, "reflect")
    array([1, 2, 1, 0, 1, 2, 1, 0])
    """
    match padding_mode:
        case "zeros":
            return np.where((position >= 0) & (position < size), position, -1)
        case "circular":
            return position % size
        case "reflect":
            there_and_back = position % max(1, 2 * (size - 1))
            return np.minimum(there_and_back, 2 * (size - 1) - there_and_back)
        case _:
            return np.clip(position, 0, size - 1)
