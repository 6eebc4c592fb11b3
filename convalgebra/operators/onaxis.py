"""What leaves of one axis share: the axis is their geometry."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes


@dataclass(frozen=True, repr=False)
class OnAxis(Operator):
    """An operator that reads the inputs of one axis and gives one value at each of its outputs."""

    axis: Axis

    def __post_init__(self) -> None:
        if not isinstance(self.axis, Axis):
            raise ArgumentError(f"axis={self.axis!r} must be an Axis")

    @property
    def input_shape(self) -> Sizes:
        """(inputs,)."""
        return (self.axis.size,)

    @property
    def output_shape(self) -> Sizes:
        """(outputs,)."""
        return (self.axis.outputs,)

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """Those of the axis."""
        return self.axis.conditions
