"""What Python says to a setting of one's own operator: the numbers for its names, counted as for a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convalgebra.counting.closed import closed_form
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.formulas import latex
from convalgebra.inspector.answers import MOST_ENTRIES, illegal, measured, most_entries, read
from convalgebra.operators.base import Operator
from convalgebra.typesetting.mathml import mathml

OWN = "own"
LARGEST = 65_536


def operator_of(setting: Mapping[str, Any], own: Operator) -> Operator:
    """Return the operator of a setting {type, axes, values}: type "own" is ``own`` with its numbers.

    Raises ``ArgumentError`` that says why where there is no such operator.

    >>> import convalgebra as ca
    >>> operator_of({"type": "own", "axes": 1, "values": {"N": 5}}, ca.conv(1, 1, "N", 3))
    ca.conv(1, 1, input_size=5, kernel_size=3)
    """
    request = {key: setting.get(key) for key in ("type", "axes", "values")}
    if request["type"] != OWN:
        kind, given = read(request)
        return kind.make(**given)
    values = request["values"]
    if not isinstance(values, Mapping):
        raise ArgumentError(f"values={values!r} must be numbers for the names of the operator")
    for name, value in values.items():
        if type(value) is not int or abs(value) > LARGEST:
            raise ArgumentError(f"{name}={value!r} must be a whole number of at most {LARGEST}")
    return own.subs(values)


def answer_own(setting: Mapping[str, Any], own: Operator) -> dict[str, Any]:
    """Return what Python says to numbers for the names of ``own``, in the form of ``answers.answer``.

    >>> import convalgebra as ca
    >>> found = answer_own({"type": "own", "axes": 1, "values": {"N": 5}}, ca.conv(1, 1, "N", 3))
    >>> found["shape"], found["multiplications"]["value"], found["measured"]
    ([3, 5], 9, {'multiplications': 9, 'additions': 6})
    >>> found["python"]
    'ca.conv(1, 1, input_size=5, kernel_size=3)'
    """
    try:
        shown = operator_of(setting, own)
        value = int(shown.multiplications)
        entries = sum(most_entries(stage) for stage in shown.stages)
        small = entries <= MOST_ENTRIES
        return {
            "legal": True,
            "reason": None if small else f"not counted: {entries} entries, over {MOST_ENTRIES}",
            "shape": [int(size) for size in shown.shape],
            "multiplications": {"mathml": _formula(own, setting["values"], value), "value": value},
            "measured": measured(shown) if small else None,
            "python": repr(shown),
        }
    except ConvalgebraError as error:
        return illegal(str(error))


def _formula(own: Operator, values: Mapping[str, int], value: int) -> str:
    """Return the multiplications as MathML in the operator's own names; where that fails, the number."""
    try:
        told = closed_form(own, "multiplications")
        if (
            told.at({name: n for name, n in values.items() if name in {str(s) for s in told.symbols}})
            == value
        ):
            return mathml(latex(told.value))
    except ConvalgebraError:
        pass  # sizes outside the conditions of the formula
    return mathml(str(value))
