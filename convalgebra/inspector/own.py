"""The data of an operator that a user has, and the setting of the catalogue that makes the same one."""

from __future__ import annotations

from typing import Any

from convalgebra.catalogue.types import ConvType, types
from convalgebra.counting.closed import closed_form
from convalgebra.errors import ArgumentError, SymbolError
from convalgebra.formulas import latex, text
from convalgebra.inspector.controls import Control, controls_of
from convalgebra.inspector.description import described
from convalgebra.inspector.expressions import expression
from convalgebra.inspector.formulas import QUANTITIES
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Transposed
from convalgebra.operators.conv import Conv
from convalgebra.proofs import as_formula, is_number
from convalgebra.reporting.structures import structure_latex
from convalgebra.typesetting.mathml import mathml

# The largest value of a control, and the rows or columns up to which a first matrix is small.
MOST, LARGE = 64, 600


def own_data(operator: Operator) -> dict[str, Any]:
    """Return the data of any operator as JSON, like those of a type: its names are the controls.

    The start has small sizes that its conditions allow, found by trying; what the structure does not
    tell is left out. Raises ``ArgumentError`` for what is no operator.

    >>> import convalgebra as ca
    >>> own = own_data(ca.conv(1, 1, ("N", "N"), 3))
    >>> [c["key"] for c in own["controls"]], own["start"]
    (['N'], {'axes': 2, 'values': {'N': 6}})
    """
    if not isinstance(operator, Operator):
        raise ArgumentError(f"operator={operator!r} must be an operator, such as ca.conv(1, 1, 5, 3)")
    names = sorted(s.name for s in operator.symbols)
    axes = max(len(operator.input_shape) - 1, 1)
    controls = [Control(name, "size", least=1, most=MOST, help="a name of the operator") for name in names]
    conditions = [
        {"expression": expression(c), "mathml": mathml(latex(c)), "text": text(c)}
        for c in operator.conditions
    ]
    return {
        "name": "own",
        "family": 0,
        "summary": "an operator of one's own",
        "call": {
            "function": "",
            "positional": [],
            "keywords": names,
            "settled": {},
            "python": repr(operator),
        },
        "axes": [axes],
        "controls": [control.told() for control in controls],
        "start": {"axes": axes, "values": start(operator)},
        "variants": [
            {
                "when": {"axes": axes},
                "stages": [described(stage) for stage in operator.stages],
                "conditions": conditions,
            }
        ],
        "formulas": [_formulas(operator, axes, names)],
    }


def start(operator: Operator) -> dict[str, int]:
    """Return numbers for the names of an operator, small ones with which it exists.

    Images are 6 along an axis and all other names 3, or less where that is not legal or too large.
    Raises ``ArgumentError`` where none are found.

    >>> import convalgebra as ca
    >>> start(ca.conv(4, 4, "N", "m", groups="g"))
    {'N': 6, 'g': 2, 'm': 2}
    """
    names = sorted(s.name for s in operator.symbols)
    if not names:
        return {}
    image = {s.name for size in operator.input_size for s in as_formula(size).free_symbols}
    small = [(n, m) for n in (6, 5, 4) for m in (3, 2, 1)]
    for larger, other in (*small, *((n, m) for n in range(1, MOST + 1) for m in (n, 1))):
        values = {name: larger if name in image else other for name in names}
        try:
            shape = operator.subs(values).shape
        except ArgumentError:
            continue
        if (larger, other) not in small or max(shape) <= LARGE:
            return values
    raise ArgumentError(f"operator={operator!r}: no sizes up to {MOST} were found that are legal")


def _formulas(operator: Operator, axes: int, names: list[str]) -> dict[str, Any]:
    quantities: dict[str, Any] = {}
    for name in QUANTITIES:
        try:
            quantity = closed_form(operator, name)
        except SymbolError:
            continue
        quantities[name] = {
            "mathml": mathml(latex(quantity.value), wide=True),
            "text": text(quantity.value),
            "expression": expression(quantity.value),
            "conditions": [expression(c) for c in quantity.conditions],
        }
    rows, columns = (as_formula(size) for size in operator.shape)
    written = (rf"\left({latex(n)}\right)" if n.is_Add else latex(n) for n in (rows, columns))
    return {
        "when": {"axes": axes, "plain": [], "values": {}},
        "names": {name: name for name in names},
        "shape": {"mathml": mathml(r" \times ".join(written))},
        "structure": {"mathml": mathml(structure_latex(operator))},
        "quantities": quantities,
        "ratio": None,
    }


# --- recognised ----------------------------------------------------------------------------------


def recognised(operator: Operator) -> dict[str, Any] | None:
    """Return {type, axes, values} of the catalogue whose call makes an equal operator, or nothing.

    It is looked for among convolutions and transposed convolutions of numbers, whose weight has the usual
    name: the page's call gives it no other.

    >>> import convalgebra as ca
    >>> found = recognised(ca.conv_transpose(1, 2, (3, 3), 3, stride=2, padding=1))
    >>> found["type"], found["values"]["input_size"], found["values"]["stride"]
    ('conv_transpose', [3, 3], [2, 2])
    >>> recognised(ca.conv(1, 1, "N", 3)) is None
    True
    """
    conv = operator.operator if isinstance(operator, Transposed) else operator
    if not isinstance(conv, Conv) or operator.symbols:
        return None
    name = "conv_transpose" if isinstance(operator, Transposed) else _convolution(conv)
    kind = next(kind for kind in types() if kind.name == name)
    values = _transposed_values(conv) if name == "conv_transpose" else _values(conv)
    given = {c.key: values[c.key] for c in controls_of(kind)}
    return _checked(operator, kind, len(conv.axes), given)


def _convolution(conv: Conv) -> str:
    return {1: "conv_1d", 3: "conv_3d"}.get(len(conv.axes), "conv")


def _values(conv: Conv) -> dict[str, Any]:
    return {
        "in_channels": conv.in_channels,
        "out_channels": conv.out_channels,
        "input_size": [a.size for a in conv.axes],
        "kernel_size": [a.kernel for a in conv.axes],
        "stride": [a.stride for a in conv.axes],
        "padding": [[a.lo, a.hi] for a in conv.axes],
        "dilation": [a.dilation for a in conv.axes],
        "groups": conv.groups,
        "padding_mode": conv.padding_mode,
        "flip": conv.flip,
    }


def _transposed_values(conv: Conv) -> dict[str, Any]:
    """Return what a transposed convolution is called with: its input is the convolution's output."""
    forward = _values(conv)
    return {
        **{k: forward[k] for k in ("kernel_size", "stride", "padding", "dilation", "groups")},
        "in_channels": conv.out_channels,
        "out_channels": conv.in_channels,
        "input_size": [a.outputs for a in conv.axes],
        "output_padding": [a.left_over for a in conv.axes],
    }


def _checked(
    operator: Operator, kind: ConvType, axes: int, values: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the state, if the type's call makes an operator equal to this one."""
    given = {k: _as_tuples(v) for k, v in values.items()}
    try:
        made = kind.function(**given, **kind.settled)
    except ArgumentError:
        return None
    whole = all(is_number(n) for n in made.output_shape)
    return {"type": kind.name, "axes": axes, "values": values} if whole and made == operator else None


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value
