"""A receptive field as a value: along each axis, and phase by phase where outputs see differently."""

from __future__ import annotations

from dataclasses import dataclass

from convalgebra.formulas import text
from convalgebra.proofs import Size


@dataclass(frozen=True)
class Phase:
    """Outputs ``phase + t*phases`` see ``extent`` inputs from ``offset + t*jump*phases`` on; 0 is none."""

    phase: int
    offset: int
    extent: int


@dataclass(frozen=True)
class AxisField:
    """What an output sees along one axis: ``extent`` inputs, the first of output o at ``o*jump + offset``.

    A negative offset lies in the padding, which stands for what it mirrors or repeats; inputs that a
    dilated kernel skips count. ``jump`` 0: every output sees the same. Where outputs see differently, as
    after a transposed convolution, ``phases`` tells each, and ``extent`` is the most that one sees.
    ``exact`` is False where this only bounds it.
    """

    extent: Size
    jump: Size
    offset: Size
    phases: tuple[Phase, ...] = ()
    exact: bool = True

    def __str__(self) -> str:
        most = "" if self.exact else "at most "
        by_phase = sorted({phase.extent for phase in self.phases})
        spread = f" ({', '.join(map(str, by_phase))} by phase)" if len(by_phase) > 1 else ""
        return f"{most}{text(self.extent)}{spread}"


@dataclass(frozen=True)
class Field:
    """The receptive field of a layer in one input of the network, an entry per axis of the image."""

    layer: str
    source: str
    axes: tuple[AxisField, ...]

    @property
    def size(self) -> tuple[Size, ...]:
        """The most inputs that one output sees, from the first to the last, along each axis."""
        return tuple(axis.extent for axis in self.axes)

    @property
    def exact(self) -> bool:
        """Whether the size is exact along every axis, and not only a bound."""
        return all(axis.exact for axis in self.axes)

    def __str__(self) -> str:
        return " x ".join(map(str, self.axes))
