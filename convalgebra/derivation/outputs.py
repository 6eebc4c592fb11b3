"""How long an output is along each axis: the windows that fit, counted and then in closed form."""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from convalgebra.axis import Axis
from convalgebra.counting.arguments import check_operator
from convalgebra.derivation.brackets import Bracket, Farthest, Tally, index
from convalgebra.derivation.derivation import Derivation
from convalgebra.derivation.layers import Layer, layers
from convalgebra.derivation.names import fresh, names_of
from convalgebra.derivation.step import Step, without_idle
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size, as_formula
from convalgebra.sizes import same_size

Named = list[tuple[sympy.Symbol, sympy.Expr]]


def derive_output_size(op: Operator) -> Derivation:
    """Return the derivation of the size of an output, axis by axis and layer after layer.

    Along an axis an output is a place of the window on the padded input; the last one is the last that
    fits. A transposed convolution is as long as what its last input reaches, the padding cut off. Axes
    that are alike are derived once. The result is a tuple, one size per axis.

    Raises ``ArgumentError`` for what is no operator or has no windows.

    >>> import convalgebra as ca
    >>> print(derive_output_size(ca.conv(1, 1, "N", "m", stride="s")))
    M = sum([i*s + m <= N], i < N)    [the places of the window that end inside the padded input; definition]
    sum([i*s + m <= N], i < N) = Sum(1, (i, 0, floor((N - m)/s)))    [the last window that fits begins at most N - m in]
    Sum(1, (i, 0, floor((N - m)/s))) = floor((N - m)/s) + 1    [the places from 0 to the last]
    if N >= m
    """  # noqa: E501
    check_operator("op", op)
    found, used = layers(op), {str(s) for s in op.symbols}
    steps: list[Step] = []
    named: Named = []
    for at, layer in enumerate(found, start=1):
        number = at if len(found) > 1 else None
        known: list[tuple[object, sympy.Symbol]] = []
        for place, axis in enumerate(layer.axes):
            what = (axis, layer.operator.input_size[place], layer.operator.output_size[place])
            if any(what == other for other, _ in known):
                continue
            several = len({repr(a) for a in layer.axes}) > 1
            symbol = fresh("M", number, place + 1 if several else None, used)
            known.append((what, symbol))
            own = without_idle(_of_axis(symbol, layer, place))
            steps += own
            named.append((symbol, as_formula(layer.operator.output_size[place])))
    return Derivation(
        "output size",
        f"the output size of {op!r}",
        (op,),
        tuple(steps),
        (),
        tuple(named),
        tuple(as_formula(n) for n in op.output_size),
        op.conditions,
    )


def _of_axis(symbol: sympy.Symbol, layer: Layer, place: int) -> Iterator[Step]:
    axis = layer.axes[place]
    if axis is not None and axis == Axis(axis.size, 1, padding_mode=axis.padding_mode):
        axis = None  # one tap, one place: nothing slides
    before, after = (sizes[place] for sizes in (layer.operator.input_size, layer.operator.output_size))
    if axis is None:
        yield from _other(symbol, before, after)
    elif layer.turned:
        yield from _reached(symbol, axis)
    else:
        yield from _windows(symbol, axis)


def _windows(symbol: sympy.Symbol, axis: Axis) -> Iterator[Step]:
    """Yield the number of windows: each is a place that ends inside the padded input."""
    i = index("i", names_of(axis))
    end = as_formula(i * axis.stride + axis.span)
    padded, outputs = as_formula(axis.padded_size), as_formula(axis.outputs)
    places = Tally(Bracket(end, padded), (i, padded))
    yield Step(
        symbol, "=", places, "the places of the window that end inside the padded input", "definition"
    )
    room = as_formula(axis.padded_size - axis.span)
    last = sympy.Sum(1, (i, 0, outputs - 1))
    most = "" if axis.stride == 1 else "at most "
    yield Step(places, "=", last, f"the last window that fits begins {most}{{}} in", about=(room,))
    yield Step(last, "=", outputs, "the places from 0 to the last")


def _reached(symbol: sympy.Symbol, axis: Axis) -> Iterator[Step]:
    """Yield the length that a transposed axis has: as far as its inputs reach, less the padding."""
    i, k = index("i", names_of(axis)), index("k", names_of(axis))
    inputs = axis.outputs
    reached = Farthest(i * axis.stride + k * axis.dilation, (i, inputs), (k, axis.kernel))
    cut = as_formula(axis.left_over - axis.lo - axis.hi + 1)
    whole = _plus(reached, cut)
    reason = (
        "the last place that an input reaches through a tap, less the padding, and the output padding"
        if axis.left_over != 0
        else "the last place that an input reaches through a tap, less the padding"
    )
    yield Step(symbol, "=", whole, reason, "definition")
    last = as_formula((inputs - 1) * axis.stride + (axis.kernel - 1) * axis.dilation)
    ends = _plus(last, cut)
    yield Step(whole, "=", ends, "the last input, through the last tap")
    yield Step(ends, "=", as_formula(axis.size), "collect")


def _plus(one: sympy.Expr, other: sympy.Expr) -> sympy.Expr:
    return one if other == 0 else sympy.Add(one, other, evaluate=False)


def _other(symbol: sympy.Symbol, before: Size, after: Size) -> Iterator[Step]:
    """Yield the length after a layer that is no sliding window: as long, or a multiple or a part of it."""
    if same_size(before, after):
        yield Step(symbol, "=", as_formula(after), "every position stays where it is")
        return
    factor = sympy.cancel(as_formula(after) / as_formula(before))
    reason = "each position becomes {}" if factor.is_integer else "{} positions become one"
    about = (factor if factor.is_integer else 1 / factor,)
    yield Step(symbol, "=", sympy.Mul(factor, as_formula(before), evaluate=False), reason, about=about)
    yield Step(sympy.Mul(factor, as_formula(before), evaluate=False), "=", as_formula(after), "multiply")
