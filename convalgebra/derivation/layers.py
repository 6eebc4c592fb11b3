"""An operator as layers, the first one first: what each does to positions along every axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convalgebra.axis import Axis
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped, Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.filters import Filter
from convalgebra.operators.kron import Kron
from convalgebra.operators.local import LocallyConnected
from convalgebra.operators.moves import Selection
from convalgebra.operators.permutations import Permutation
from convalgebra.operators.sidebyside import SideBySide
from convalgebra.properties.receptive import Window, windows


@dataclass(frozen=True)
class Layer:
    """One layer: its operator, the window of each axis, and the axes that its windows come from.

    ``axes`` has None for an axis that is no sliding window. ``turned`` says that the axes are read
    backwards, as a transposed convolution does.
    """

    operator: Operator
    windows: tuple[Window, ...]
    axes: tuple[Axis | None, ...]
    turned: bool = False


def layers(operator: Operator) -> tuple[Layer, ...]:
    """Return the layers of an operator. Raises ``ArgumentError`` for one that has no windows.

    >>> import convalgebra as ca
    >>> net = ca.conv(1, 1, 5, 3) @ ca.conv(1, 1, 7, 3)
    >>> [layer.axes[0].size for layer in layers(net)]
    [7, 5]
    """
    windows(operator)  # what has none is refused here, in one place
    return tuple(_layer(part) for part in _in_order(operator))


def _in_order(operator: Operator) -> Iterator[Operator]:
    match operator:
        case Product():
            for factor in reversed(operator.operators):
                yield from _in_order(factor)
        case Transposed(Product() as inner):
            for factor in inner.operators:
                yield from _in_order(factor.T)
        case Reshaped() if not isinstance(operator.operator, Permutation):
            yield from _in_order(operator.operator)
        case _:
            yield operator


def _layer(operator: Operator) -> Layer:
    turned = isinstance(operator, Transposed)
    axes = _axes(operator.operator if isinstance(operator, Transposed) else operator)
    return Layer(operator, windows(operator), axes, turned)


def _axes(operator: Operator) -> tuple[Axis | None, ...]:
    """Return the sliding axes of an operator; None where it does something else to positions."""
    match operator:
        case Conv() | LocallyConnected():
            return operator.axes
        case Kron():
            return tuple(_axis(part) for part in operator.operators[1:])
        case SideBySide():
            return _axes(operator.operators[0])
    return tuple(None for _ in windows(operator))


def _axis(part: Operator) -> Axis | None:
    if isinstance(part, Filter):
        return part.axis
    return one_tap(part) if isinstance(part, Selection) else None


def one_tap(selection: Selection) -> Axis | None:
    """Return the axis that a selection reads through its tap alone; None where its padding repeats inputs.

    >>> one_tap(Selection(Axis(7, 3, stride=2, lo=1, hi=1), 2))
    ca.Axis(size=7, kernel=1, stride=2, lo=-1, hi=1)
    """
    axis = selection.axis
    if axis.padding_mode != "zeros":
        return axis if axis.kernel == 1 else None
    shift = selection.tap * axis.dilation
    return Axis(axis.size, 1, axis.stride, axis.lo - shift, axis.hi - axis.span + 1 + shift)
