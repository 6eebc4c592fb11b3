"""What leaves of one axis share: the axis is their geometry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex, text
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes
from convalgebra.proofs import Size


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


# Two operators of one name that differ in their options must not read alike.


def options_text(axis: Axis) -> str:
    """Return what is not plain about an axis in brackets, or nothing.

    >>> options_text(Axis(6, 3, stride=2, lo=1)), options_text(Axis(6, 3))
    ('[s=2, p=1:0]', '')
    """
    found = _options(axis, text, ":", str)
    return f"[{', '.join(found)}]" if found else ""


def options_latex(axis: Axis) -> str:
    r"""Return the same as the end of a subscript.

    >>> options_latex(Axis(6, 3, lo=-1, hi=-1, padding_mode="circular"))
    ';\\, p={-1}, \\text{circular}'
    """
    found = _options(axis, _in_braces, "{:}", lambda word: rf"\text{{{word}}}")
    return rf";\, {', '.join(found)}" if found else ""


def _in_braces(size: Size) -> str:
    return f"{{{latex(size)}}}" if str(size).startswith("-") else latex(size)


def _options(axis: Axis, write: Callable[[Size], str], colon: str, word: Callable[[str], str]) -> list[str]:
    """Return stride, padding, dilation and what stands outside the input, each where it is not plain."""
    found = [] if axis.stride == 1 else [named("s", write(axis.stride))]
    if (axis.lo, axis.hi) != (0, 0):
        sides = (axis.lo,) if axis.lo == axis.hi else (axis.lo, axis.hi)
        found.append(named("p", colon.join(map(write, sides))))
    if axis.dilation != 1:
        found.append(named("d", write(axis.dilation)))
    return found if axis.padding_mode == "zeros" else [*found, word(axis.padding_mode)]


def named(letter: str, value: str, between: str = "=") -> str:
    """Return an option and its value; one that is called by its own letter is said once.

    >>> named("s", "2"), named("s", "s")
    ('s=2', 's')
    """
    return letter if value == letter else f"{letter}{between}{value}"
