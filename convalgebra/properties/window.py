"""What an output sees along one axis: a window that moves, and the steps by which it came about.

The window is a line ``output*jump + start`` with an extent, in numbers or names. The steps say it
exactly where all is numbers: taps of a transposed convolution meet only some outputs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import prod
from typing import TypeAlias

import sympy

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.formulas import tidy
from convalgebra.proofs import Size, as_formula, is_number

# Beyond so many different outputs, the bound of the window is given instead of the exact size.
_MOST_OUTPUTS = 4096


@dataclass(frozen=True)
class Step:
    """Output o sees ``o*stride + f`` for each offset f; ``up``: each input i with ``i*stride + f = o``."""

    stride: int
    offsets: tuple[int, ...]
    up: bool = False

    def sees(self, outputs: Iterable[int]) -> set[int]:
        """Return what these outputs see together."""
        pairs = ((o, f) for o in outputs for f in self.offsets)
        if self.up:
            return {(o - f) // self.stride for o, f in pairs if (o - f) % self.stride == 0}
        return {o * self.stride + f for o, f in pairs}

    def turned(self) -> Step:
        """Return the step of the transpose."""
        return Step(self.stride, self.offsets, not self.up)

    @property
    def period(self) -> int:
        """After how many outputs all is as before, but for a shift."""
        return self.stride if self.up else 1


@dataclass(frozen=True)
class Branches:
    """Several ways from an output to the inputs: it sees what any of them does."""

    paths: tuple[Path, ...]

    def sees(self, outputs: Iterable[int]) -> set[int]:
        """Return what these outputs see together."""
        given = set(outputs)
        return set().union(*(seen(path, given) for path in self.paths))

    def turned(self) -> Branches:
        """Return the branches of the transpose."""
        return Branches(tuple(map(turned, self.paths)))

    @property
    def period(self) -> int:
        """After how many outputs all is as before, but for a shift."""
        return prod(map(period, self.paths))


Path: TypeAlias = tuple[Step | Branches, ...]


def seen(path: Path, outputs: Iterable[int]) -> set[int]:
    """Return the inputs that some outputs see together, on a line without ends.

    >>> sorted(seen((Step(2, (0, 1, 2)), Step(1, (0, 1))), [0]))
    [0, 1, 2, 3]
    >>> [sorted(seen((Step(2, (0, 1, 2), up=True),), [o])) for o in (0, 1)]
    [[-1, 0], [0]]
    """
    found = set(outputs)
    for step in path:
        found = step.sees(found)
    return found


def turned(path: Path) -> Path:
    """Return the path of the transpose."""
    return tuple(step.turned() for step in reversed(path))


def period(path: Path) -> int:
    """Return after how many outputs all is as before, but for a shift."""
    return prod(step.period for step in path)


@dataclass(frozen=True)
class Window:
    """What an output sees along one axis: inputs ``o*jump + start`` to ``o*jump + start + extent``.

    ``jump`` is how far the window moves from one output to the next; below 1 after upsampling.
    ``path`` are the steps from the output to the inputs, last layer first; ``None`` with names.
    """

    jump: sympy.Expr
    start: sympy.Expr
    extent: sympy.Expr
    path: Path | None = field(default=None, compare=False, repr=False)

    @property
    def size(self) -> Size:
        """The most inputs that one output sees, from the first to the last.

        Exact in numbers; with names it is a bound where the window moves by less than 1.
        """
        if self.path is None or period(self.path) > _MOST_OUTPUTS:
            return tidy(sympy.floor(self.extent) + 1)
        found = (seen(self.path, [output]) for output in range(period(self.path)))
        return max((max(inputs) - min(inputs) + 1 for inputs in found if inputs), default=0)

    def after(self, first: Window) -> Window:
        """Return what an output of this one sees through the one before it."""
        known = self.path is not None and first.path is not None
        return Window(
            self.jump * first.jump,
            self.start * first.jump + first.start,
            self.extent * first.jump + first.extent,
            (*(self.path or ()), *(first.path or ())) if known else None,
        )

    def turned(self) -> Window:
        """Return the window of the transpose: which outputs an input reaches."""
        return Window(
            1 / self.jump,
            -(self.start + self.extent) / self.jump,
            self.extent / self.jump,
            None if self.path is None else turned(self.path),
        )

    def beside(self, other: Window) -> Window:
        """Return the window that holds both, of two branches that move alike.

        Raises ``ArgumentError`` where they move by different steps from one output to the next.

        >>> taps_window(Axis(9, 3)).beside(taps_window(Axis(9, 5, lo=1)))
        Window(jump=1, start=-1, extent=4)
        """
        if sympy.simplify(self.jump - other.jump) != 0:
            raise ArgumentError(
                f"op: its branches move by {self.jump} and by {other.jump} from output to output, "
                "so no one window describes what an output sees"
            )
        start = sympy.Min(self.start, other.start)
        end = sympy.Max(self.start + self.extent, other.start + other.extent)
        known = self.path is not None and other.path is not None
        path = (Branches((self.path or (), other.path or ())),) if known else None
        return Window(self.jump, start, end - start, path)


STILL = Window(sympy.Integer(1), sympy.Integer(0), sympy.Integer(0), ())


def taps_window(axis: Axis) -> Window:
    """Return the window of an axis.

    >>> taps_window(Axis(9, 3, stride=2, lo=1))
    Window(jump=2, start=-1, extent=2)
    """
    return line_window(axis.stride, -axis.lo, axis.dilation, axis.kernel)


def line_window(stride: Size, start: Size, step: Size, count: Size) -> Window:
    """Return the window of ``count`` inputs, ``step`` apart, from ``output*stride + start`` on."""
    path: Path | None = None
    if is_number(stride) and is_number(start) and is_number(step) and is_number(count):
        path = (Step(stride, tuple(range(start, start + step * count, step))),)
    return Window(as_formula(stride), as_formula(start), as_formula(step * (count - 1)), path)


def shuffle_window(factor: sympy.Expr) -> Window:
    """Return the window of a pixel shuffle that enlarges by a factor, or by one over a factor shrinks.

    >>> [shuffle_window(sympy.Rational(*f)) for f in ((2, 1), (1, 3))]
    [Window(jump=1/2, start=-1/2, extent=1/2), Window(jump=3, start=0, extent=2)]
    """
    if factor.is_integer:
        return shuffle_window(1 / factor).turned()
    many = 1 / factor
    return line_window(int(many) if many.is_Integer else many, 0, 1, int(many) if many.is_Integer else many)
