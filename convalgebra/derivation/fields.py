"""How far the inputs of one output reach, layer by layer: ``r = r + d(m-1) j`` and ``j = j s``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import sympy

from convalgebra.axis import Axis
from convalgebra.derivation.brackets import Farthest, index
from convalgebra.derivation.derivation import Derivation
from convalgebra.derivation.layers import Layer, layers
from convalgebra.derivation.names import fresh, names_of
from convalgebra.derivation.step import Step, without_idle
from convalgebra.errors import ArgumentError
from convalgebra.formulas import tidy
from convalgebra.operators.base import Operator
from convalgebra.operators.sidebyside import SideBySide
from convalgebra.proofs import as_formula, at_least, combined
from convalgebra.properties.receptive import Window, check_no_circle

Named = list[tuple[sympy.Symbol, sympy.Expr]]


def derive_receptive_field(op: Operator) -> Derivation:
    """Return the derivation of the receptive field of a composition, layer by layer.

    A layer's taps reach ``d(m-1)`` of its own inputs on, and each of these is a jump ``j`` of the
    image: ``r = r + d(m-1) j``, then ``j = j s``. Axes that are alike are derived once. The result is a
    tuple, one extent per axis. After a transposed layer, and on an image too short for one whole window,
    it is a bound (``relation`` is "<=").

    Raises ``ArgumentError`` for what is no operator or is not made of layers with windows: of a form that
    transforms the image or takes it apart ``receptive_field`` multiplies out the transforms or looks at
    the stored pattern, and there is nothing to derive.

    >>> import convalgebra as ca
    >>> net = ca.conv(1, 1, 8, 3, dilation=2) @ ca.conv(1, 1, 10, 3)
    >>> print(derive_receptive_field(net))
    r_1 = max(k, k < 3) + 1    [as far as the last tap reads; definition]
    max(k, k < 3) + 1 = 3    [the last tap is 2 on]
    r_2 = r_1 + max(2*k, k < 3)    [as far as the last tap reads; definition]
    r_1 + max(2*k, k < 3) = r_1 + 4    [the last tap is 4 on]
    r_1 + 4 = 7    [put in and collect]
    """
    check_no_circle(op)
    found, used = _layers(op), {str(s) for s in op.symbols}
    axes = list(zip(*(layer.windows for layer in found), strict=True))
    sides = list(zip(*(layer.axes for layer in found), strict=True))
    ways = [(_ways(along), _taps(slid)) for along, slid in zip(axes, sides, strict=True)]
    several = any(way != ways[0] for way in ways)
    steps: list[Step] = []
    named: Named = []
    for at in range(len(axes)):
        if several or at == 0:
            track = _Track(at, at + 1 if several else None, len(found) > 1, used, named)
            steps += without_idle(track.steps(found))
    whole = [reduce(lambda first, last: last.after(first), along) for along in axes]
    needed, relation = _whole_window(op, whole, found)
    return Derivation(
        "receptive field",
        f"the receptive field of {op!r}",
        (op,),
        tuple(steps),
        (),
        tuple(named),
        tuple(as_formula(window.size) for window in whole),
        combined((*op.conditions, *needed)),
        relation,
    )


def _layers(op: Operator) -> tuple[Layer, ...]:
    try:
        return layers(op)
    except ArgumentError as error:
        told = "nothing is derived of it, ca.receptive_field(op) may tell it"
        raise ArgumentError(f"{error}; {told}") from None


@dataclass
class _Track:
    """What is known along one axis, layer after layer."""

    axis: int
    label: int | None
    numbered: bool
    used: set[str]
    named: Named

    def steps(self, found: tuple[Layer, ...]) -> Iterator[Step]:
        """Yield the steps of all layers along the axis."""
        size: sympy.Expr = sympy.Integer(1)
        jump: sympy.Expr = sympy.Integer(1)
        shown, step = size, jump  # what the two are called
        for at, layer in enumerate(found, start=1):
            window, number = layer.windows[self.axis], at if self.numbered else None
            if window.extent != 0 or (at == len(found) and shown == 1):
                before, size = shown, size + window.extent * jump
                shown = self._name("r", number, as_formula(tidy(size)))
                yield from self._reach(shown, before, size, layer, step)
            if window.jump != 1 and any(later.windows[self.axis].extent != 0 for later in found[at:]):
                before, jump = step, jump * window.jump
                step = self._name("j", number, jump)
                moved = window.jump if before == 1 else sympy.Mul(window.jump, before, evaluate=False)
                yield Step(step, "=", moved, "how far the window moves from output to output: the strides")
                yield Step(moved, "=", jump, "multiply")
        if not as_formula(tidy(size)).is_integer:
            yield Step(sympy.floor(shown), "=", sympy.floor(size), "whole inputs only")

    def _name(self, letter: str, number: int | None, formula: sympy.Expr) -> sympy.Symbol:
        symbol = fresh(letter, number, self.label, self.used, rational=True)
        self.named.append((symbol, formula))
        return symbol

    def _reach(
        self, symbol: sympy.Symbol, before: sympy.Expr, size: sympy.Expr, layer: Layer, jump: sympy.Expr
    ) -> Iterator[Step]:
        extent, slid = layer.windows[self.axis].extent, layer.axes[self.axis]
        plain = not layer.turned and not isinstance(layer.operator, SideBySide)
        if plain and slid is not None and slid.padding_mode == "zeros":
            reach, reason = _farthest(slid), "as far as the last tap reads"
        else:
            reach, reason = extent, "the window of this layer"
        steps = ", in steps of {}" if jump != 1 else ""
        whole = sympy.Add(before, _times(jump, reach), evaluate=False)
        yield Step(symbol, "=", whole, reason + steps, "definition", about=(jump,))
        last = sympy.Add(before, extent * jump, evaluate=before == 1)
        yield Step(whole, "=", last, "the last tap is {} on", about=(extent,))
        yield Step(last, "=", as_formula(tidy(size)), "put in and collect")


def _times(jump: sympy.Expr, reach: sympy.Expr) -> sympy.Expr:
    return reach if jump == 1 else sympy.Mul(jump, reach, evaluate=False)


def _ways(along: tuple[Window, ...]) -> tuple[tuple[sympy.Expr, sympy.Expr], ...]:
    return tuple((window.jump, window.extent) for window in along)


def _taps(slid: tuple[Axis | None, ...]) -> tuple[object, ...]:
    return tuple(axis and (axis.kernel, axis.dilation, axis.padding_mode) for axis in slid)


def _farthest(axis: Axis) -> sympy.Expr:
    """Return how far the taps reach, as a bare maximum."""
    k = index("k", names_of(axis))
    return Farthest(k * axis.dilation, (k, axis.kernel))


def _whole_window(
    op: Operator, whole: list[Window], found: tuple[Layer, ...]
) -> tuple[list[sympy.Basic], str]:
    """Return what must hold for one output to see its whole window, or "<=" where that is not sure."""
    bound = any(layer.turned or not _is_whole(layer.windows) for layer in found)
    needed: list[sympy.Basic] = []
    for window, n in zip(whole, op.input_size, strict=True):
        if bound:
            break
        first = sympy.Max(0, sympy.ceiling(-window.start / window.jump)) * window.jump + window.start
        needed.append(at_least(as_formula(n), sympy.expand(first + window.extent + 1)))
    if bound or any(condition == sympy.false for condition in needed):
        return [], "<="
    return [c for c in needed if c != sympy.true], "="


def _is_whole(windows: tuple[Window, ...]) -> bool:
    return all(w.jump.is_integer and w.extent.is_integer for w in windows)
