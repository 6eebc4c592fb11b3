"""What Python says to a setting of the page: its shape, its multiplications as a formula and as counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from convalgebra.catalogue.types import ConvType, find_type
from convalgebra.counting.closed import closed_form
from convalgebra.counting.measure import measure
from convalgebra.counting.quantity import Quantity
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.formulas import latex
from convalgebra.inspector.letters import IMAGES
from convalgebra.inspector.requests import CHANNELS, RequestError, made, parts_of, per_axis, read, whole
from convalgebra.memory import limited
from convalgebra.operators.base import Operator
from convalgebra.typesetting.mathml import mathml

OWN = "own"
# Entries, and parts with a matrix of their own, of an operator that is counted.
MOST_ENTRIES = 2_000_000
MOST_PARTS_COUNTED = 256
MEMORY = "1 GiB"
# Past these a formula takes too long to find or to read, and the number is told: taps along an axis,
# parts, letters of LaTeX.
MOST_TAPS_TOLD = 32
MOST_PARTS_TOLD = 4
LONGEST = 240


def answer(request: Any) -> dict[str, Any]:
    """Return what Python says to a setting {type, axes, values}: everything in it can be sent as JSON.

    {legal, reason, shape: [outputs, inputs], multiplications: {mathml, value}, measured:
    {multiplications, additions}}. A setting that no operator has is not legal, with the reason; one with
    more than ``MOST_ENTRIES`` entries is legal, but not measured, with the reason.

    Raises ``RequestError`` for a request that is malformed or has more than ``MOST_SIZES`` inputs,
    outputs or weights; nothing has been built then.

    >>> values = {"in_channels": 1, "out_channels": 1, "input_size": [5, 5], "kernel_size": [3, 3]}
    >>> found = answer({"type": "conv", "axes": 2, "values": {**values, "padding": [[1, 1], [1, 1]]}})
    >>> found["shape"], found["multiplications"]["value"], found["measured"]
    ([25, 25], 169, {'multiplications': 169, 'additions': 144})
    """
    kind, given = read(request)

    def formula(value: int) -> str:
        return _formula(kind, given, value)

    try:
        return _told(made(kind, given), parts_of(kind, given), formula)
    except RequestError:
        raise
    except ConvalgebraError as error:
        return _illegal(str(error))


def answer_own(setting: Mapping[str, Any], own: Operator) -> dict[str, Any]:
    """Return what Python says to numbers for the names of ``own``, in the form of ``answer``.

    >>> import convalgebra as ca
    >>> found = answer_own({"type": "own", "axes": 1, "values": {"N": 5}}, ca.conv(1, 1, "N", 3))
    >>> found["shape"], found["multiplications"]["value"], found["measured"]
    ([3, 5], 9, {'multiplications': 9, 'additions': 6})
    """

    def formula(value: int) -> str:
        told = closed_form(own, "multiplications")
        return _written(told, setting["values"], value)

    try:
        return _told(operator_of(setting, own), 1, formula)
    except ConvalgebraError as error:
        return _illegal(str(error))


def operator_of(setting: Mapping[str, Any], own: Operator) -> Operator:
    """Return the operator of a setting {type, axes, values}: type "own" is ``own`` with its numbers.

    Raises ``ArgumentError`` that says why where there is no such operator.

    >>> import convalgebra as ca
    >>> operator_of({"type": "own", "axes": 1, "values": {"N": 5}}, ca.conv(1, 1, "N", 3))
    ca.conv(1, 1, input_size=5, kernel_size=3)
    """
    request = {key: setting.get(key) for key in ("type", "axes", "values")}
    if request["type"] != OWN:
        return made(*read(request))
    values = request["values"]
    if not isinstance(values, Mapping):
        raise ArgumentError(f"values={values!r} must be numbers for the names of the operator")
    found = own.subs({name: whole(name, value) for name, value in values.items()})
    if left := sorted(str(symbol) for symbol in found.symbols):
        raise ArgumentError(f"values: there is no number for {', '.join(left)}")
    return found


def _told(operator: Operator, parts: int, formula: Callable[[int], str]) -> dict[str, Any]:
    entries = sum(most_entries(stage) for stage in operator.stages)
    value = int(operator.multiplications)
    small = entries <= MOST_ENTRIES and parts <= MOST_PARTS_COUNTED
    return {
        "legal": True,
        "reason": None if small else f"too large to be counted: {entries} entries",
        "shape": [int(size) for size in operator.shape],
        "multiplications": {"mathml": formula(value), "value": value},
        "measured": _measured(operator) if small else None,
    }


def _illegal(reason: str) -> dict[str, Any]:
    told = {"shape": None, "multiplications": None, "measured": None}
    return {"legal": False, "reason": reason, **told}


def most_entries(operator: Operator) -> int:
    """Return the entries, or where the structure does not tell them, those of what it is made of.

    >>> import convalgebra as ca
    >>> most_entries(ca.conv(1, 1, (5, 5), 3))
    81
    """
    if operator.structured or not operator.operands:
        return int(operator.entries)
    return sum(most_entries(part) for part in operator.operands)


def _measured(operator: Operator) -> dict[str, int]:
    """Count by running, with the small weights that the page has: 1 to 9."""
    weights = {
        name: (1 + np.arange(prod(shape), dtype=np.int64) % 9).reshape(shape)
        for name, shape in operator.numeric_weight_shapes().items()
    }
    with limited(MEMORY):
        counted = measure(operator, weights)
    return {"multiplications": counted.multiplications, "additions": counted.additions}


# --- the formula -------------------------------------------------------------------------------


def _formula(kind: ConvType, given: Mapping[str, Any], value: int) -> str:
    """Return the multiplications as MathML, channels and image as names; where that fails the number."""
    if not _told_briefly(kind, given):
        return mathml(str(value))
    named = {key: name for key, name in CHANNELS.items() if given.get(key) is not None}
    image = IMAGES[len(given["input_size"])]
    numbers = {name: given[key] for key, name in named.items()}
    numbers |= dict(zip(image, given["input_size"], strict=True))
    names = {**named, "input_size": image}
    rest = {key: found for key, found in given.items() if key not in names}
    try:
        told = _symbolic(kind.name, tuple(names.items()), tuple(rest.items()))
    except ConvalgebraError:  # channels that must divide
        return mathml(str(value))
    return _written(told, numbers, value)


def _written(told: Quantity, numbers: Mapping[str, int], value: int) -> str:
    """Return a formula as MathML where it is short and comes to the value, else the value."""
    used = {str(symbol) for symbol in told.symbols}
    written = latex(told.value)
    try:
        holds = told.at({name: n for name, n in numbers.items() if name in used}) == value
    except ConvalgebraError:  # sizes outside the conditions of the formula
        holds = False
    return mathml(written if holds and len(written) <= LONGEST else str(value))


def _told_briefly(kind: ConvType, given: Mapping[str, Any]) -> bool:
    """Say whether the formula is found at once: a sum is written out tap by tap, and phase by phase."""
    taps = max(per_axis(given.get("kernel_size", 1)))
    return "input_size" in given and taps <= MOST_TAPS_TOLD and parts_of(kind, given) <= MOST_PARTS_TOLD


@lru_cache(maxsize=256)
def _symbolic(name: str, names: tuple[tuple[str, Any], ...], rest: tuple[tuple[str, Any], ...]) -> Quantity:
    """Return the multiplications of the same call with names in it, as a quantity."""
    return closed_form(find_type(name).make(**dict(names), **dict(rest)), "multiplications")
