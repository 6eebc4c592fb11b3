"""Counts of an axis in closed form, where the padding reaches no further than the image and the kernel.

Of all pairs (output, tap) those are left out that fall on padding. At the left end tap k misses
``ceil((lo - k*dilation)/stride)`` outputs, at the right end the mirrored tap misses as many as the windows
overhang. As long as no tap misses every output the two ends are apart, the sums have closed forms, and
what that takes is kept as conditions. Source: the sums are those of ``Axis``, which always hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sympy

from convalgebra.axis import Axis
from convalgebra.formulas import shortest, tidy
from convalgebra.proofs import Size, as_formula, at_least, combined, is_nonnegative, is_number
from convalgebra.sizes import ceil_div, floor_div, gcd, tap_index


@dataclass(frozen=True)
class Closed:
    """A count in closed form, and what it needs; ``spelt`` is the same, sums not carried out."""

    value: Size
    conditions: tuple[sympy.Basic, ...]
    spelt: Size

    def __sub__(self, other: Closed) -> Closed:
        conditions = (*self.conditions, *other.conditions)
        return Closed(self.value - other.value, conditions, self.spelt - other.spelt)


def plain(value: Size, conditions: tuple[sympy.Basic, ...] = ()) -> Closed:
    """Return a count without sums."""
    return Closed(value, conditions, value)


COUNTS = ("taps_inside", "outputs_hit", "inputs_hit")


def closed_count(axis: Axis, count: str) -> Closed | None:
    """Return one of ``COUNTS`` of an axis in closed form; nothing where no closed form is known.

    >>> from convalgebra.formulas import text
    >>> closed = closed_count(Axis("n", "m", lo="p", hi="p"), "taps_inside")
    >>> text(closed.value), [text(c) for c in closed.conditions]
    ('m*(n + 2*p + 1 - m) - p*(p + 1)', ['m >= p', 'n + p + 1 >= m'])
    """
    found = {"taps_inside": _pairs, "outputs_hit": _outputs_hit, "inputs_hit": _inputs_hit}[count](axis)
    if found is None:
        return None
    needed = [c for c in found.conditions if c != sympy.true]
    known = [c for c in combined((*axis.conditions, *needed)) if c not in axis.conditions]
    return Closed(shortest(found.value, tidy(found.value)), tuple(known), found.spelt)


def _pairs(axis: Axis) -> Closed | None:
    return _inside(axis, axis.kernel, axis.outputs, 0)


def _outputs_hit(axis: Axis) -> Closed | None:
    """Outputs that read something: their taps inside are neighbours, so pairs less adjacent pairs."""
    pairs = _pairs(axis)
    adjacent = _inside(axis, axis.kernel - 1, axis.outputs, 0)
    if pairs is None or adjacent is None:
        return None
    apart = plain(0, (at_least(axis.size, axis.dilation),))
    return pairs - adjacent - apart


def _inputs_hit(axis: Axis) -> Closed | None:
    """Inputs that are read: the pairs at one input form a chain, so pairs less the links of the chains."""
    if not (is_number(axis.stride) and is_number(axis.dilation)) and 1 not in (axis.stride, axis.dilation):
        return None
    common = gcd(axis.stride, axis.dilation)
    back, across = axis.stride // common, axis.dilation // common
    pairs = _pairs(axis)
    links = _inside(axis, axis.kernel - back, axis.outputs - across, back * axis.dilation)
    if pairs is None or links is None:
        return None
    exist = (at_least(axis.kernel, back), at_least(axis.outputs, across))
    return pairs - links - plain(0, exist)


def _inside(axis: Axis, kernel: Size, outputs: Size, spared: Size) -> Closed | None:
    """Return the pairs of outputs and taps inside, the padding ``spared`` shorter at both ends."""
    left = _End(axis, kernel, axis.lo - spared, -axis.lo + spared, 0).missed()
    right = _End(axis, kernel, axis.hi - spared, axis.size + axis.lo - axis.span, outputs - 1).missed()
    if left is None or right is None:
        return None
    conditions, all_ = (*left.conditions, *right.conditions), kernel * outputs
    return Closed(all_ - tidy(left.value + right.value), conditions, all_ - left.spelt - right.spelt)


@dataclass(frozen=True)
class _End:
    """One end of an axis: the tap k from it misses ``last - floor((offset + k*dilation)/stride)``."""

    axis: Axis
    kernel: Size
    padding: Size
    offset: Size
    last: Size

    def missed(self) -> Closed | None:
        """Return the pairs that fall on the padding of this end."""
        if is_nonnegative(-self.padding):
            return plain(0)
        reaching = self._reaching_taps()
        if reaching is None:
            return None
        taps, conditions = reaching
        floors = self._floors(taps)
        if floors is None:
            return None
        return Closed(self.last * taps - floors, (*conditions, self._not_all()), self._spelt(taps))

    def _spelt(self, taps: Size) -> Size:
        """Return the outputs missed by each tap as a sum that is not carried out."""
        axis = self.axis
        k = tap_index(axis.size, axis.kernel, axis.stride, axis.lo, axis.hi, axis.dilation)
        missed = sympy.expand(as_formula(self.last - self._floor(k)))
        return missed.subs(k, 0) if taps == 1 else sympy.Sum(missed, (k, 0, taps - 1))

    def _not_all(self) -> sympy.Basic:
        """Say that the tap at this end, which misses the most, misses no more outputs than there are."""
        axis = self.axis
        if self.last == 0:  # ceil(lo/stride) <= outputs
            least = axis.stride * (ceil_div(self.padding, axis.stride) - 1)
            return at_least(axis.padded_size - axis.span, least)
        return at_least(self.offset, -axis.stride)

    def _reaching_taps(self) -> tuple[Size, tuple[sympy.Basic, ...]] | None:
        """Return how many taps reach the padding, and what must hold for that."""
        step, known = self.axis.dilation, self._known
        if is_nonnegative(self.padding - step * (self.kernel - 1), known):
            return self.kernel, ()
        taps = ceil_div(self.padding, step) if is_number(step) else -floor_div(-self.padding, step)
        if not is_number(step) and as_formula(taps).has(sympy.floor):
            if not is_nonnegative(step - self.padding, known):
                return None
            taps = 1
        if is_number(taps) and is_number(self.kernel):
            return min(taps, self.kernel), ()
        return taps, (at_least(self.kernel, taps), at_least(self.padding, 0))

    @property
    def _known(self) -> Sequence[Size]:
        sizes = (self.axis.size, self.axis.kernel, self.axis.stride, self.axis.dilation)
        return [size - 1 for size in sizes if not is_number(size)]

    def _floors(self, taps: Size) -> Size | None:
        """Return ``floor((offset + k*dilation)/stride)``, summed over the taps k."""
        stride, dilation = self.axis.stride, self.axis.dilation
        if is_number(taps):
            return sum((self._floor(k) for k in range(taps)), start=0)
        if stride == 1:
            return taps * self.offset + _triangle(dilation, taps)
        if is_number(stride) and is_number(dilation):
            return sum(self._floors_of_residue(taps), start=0)
        return None

    def _floor(self, tap: Size) -> Size:
        """Return ``floor((offset + tap*dilation)/stride)``; rounded up where that reads better."""
        at = self.offset + tap * self.axis.dilation
        if as_formula(at).could_extract_minus_sign():
            return -ceil_div(-at, self.axis.stride)
        return floor_div(at, self.axis.stride)

    def _floors_of_residue(self, taps: Size) -> Iterator[Size]:
        """Yield the sum over the taps k = period*q + r, for each r: the floors grow evenly with q."""
        stride, dilation = self.axis.stride, self.axis.dilation
        common = gcd(stride, dilation)
        period, step = stride // common, dilation // common
        for r in range(int(as_formula(period))):
            steps = ceil_div(taps - r, period)
            yield steps * self._floor(r) + _triangle(step, steps)


def _triangle(step: Size, count: Size) -> sympy.Expr:
    """Return ``0 + step + 2*step + ...``, ``count`` terms."""
    return step * as_formula(count) * (count - 1) / 2
