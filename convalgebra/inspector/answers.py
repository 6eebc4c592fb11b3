"""What Python says to a setting of the page: shape, multiplications as a formula and as counted, the call.

A request is what a page sends, and nothing of it is trusted: only a type's own parameters, whole numbers
within bounds, lists no longer than there are axes; how large the operator is is looked at before anything
is built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from inspect import signature
from math import prod
from typing import Any

import numpy as np

from convalgebra.catalogue.calls import call_of
from convalgebra.catalogue.types import ConvType, find_type
from convalgebra.counting.closed import closed_form
from convalgebra.counting.measure import measure
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.formulas import latex
from convalgebra.inspector.controls import MODULI, NO_CONTROLS, TABLES
from convalgebra.inspector.symbolic import in_python
from convalgebra.memory import limited
from convalgebra.operators.base import Operator
from convalgebra.typesetting.mathml import mathml

KEYS = ("type", "axes", "values")
MOST_AXES = 3
# Numbers of a request: in general, and where the work grows faster than the operator.
LARGEST = 65_536
LARGEST_OF = {
    "tile": 16,
    "factor": 256,
    "groups": 1024,
    "multiplier": 1024,
    "axes": MOST_AXES,
}
LONGEST_WORD = 40
# Inputs, outputs and weights of an operator that is looked at, and the entries of one that is counted.
MOST_SIZES = 2_000_000
MOST_ENTRIES = 2_000_000
MEMORY = "1 GiB"
# Parts, each with a matrix of its own: of an operator that is looked at, and of one that is counted.
MOST_PARTS = 1024
MOST_PARTS_COUNTED = 256
# Past these a formula takes too long to find or to read, and the number is told: taps along an axis,
# parts, letters of LaTeX.
MOST_TAPS_TOLD = 32
MOST_PARTS_TOLD = 4
LONGEST = 240

_PER_AXIS = ("kernel_size", "stride", "dilation", "output_padding", "factor", "tile")
_PAIRS = ("padding", "amount")
_CHANNELS = {"in_channels": "D", "out_channels": "N_c", "channels": "D", "middle_channels": "b"}
_IMAGE = {1: ("N",), 2: ("H", "W"), 3: ("T", "H", "W")}


class RequestError(ArgumentError):
    """A request that no page of ours sends: it is malformed, or too large to look at."""


def answer(request: Any) -> dict[str, Any]:
    """Return what Python says to a setting {type, axes, values}: everything in it can be sent as JSON.

    {legal, reason, shape: [outputs, inputs], multiplications: {mathml, value}, measured:
    {multiplications, additions}, python}. A setting that no operator has is not legal, with the reason;
    one with more than ``MOST_ENTRIES`` entries is legal, but not measured, with the reason.

    Raises ``RequestError`` for a request that is malformed or has more than ``MOST_SIZES`` inputs,
    outputs or weights; nothing has been built then.

    >>> values = {"in_channels": 1, "out_channels": 1, "input_size": [5, 5], "kernel_size": [3, 3]}
    >>> found = answer({"type": "conv", "axes": 2, "values": {**values, "padding": [[1, 1], [1, 1]]}})
    >>> found["shape"], found["multiplications"]["value"], found["measured"]
    ([25, 25], 169, {'multiplications': 169, 'additions': 144})
    >>> found["python"]
    'ca.conv(1, 1, (5, 5), 3, padding=1)'
    """
    kind, given = read(request)
    try:
        return _told(kind, given, made(kind, given))
    except RequestError:
        raise
    except ConvalgebraError as error:
        return illegal(str(error))


def made(kind: ConvType, given: Mapping[str, Any]) -> Operator:
    """Return the operator of what was read, all of it numbers.

    Raises ``RequestError`` for one that is too large or lacks a parameter, and what the type raises.
    """
    _check_sizes(kind, given)
    operator = kind.make(**given)
    if operator.symbols:
        raise RequestError(f"values: {kind.name} needs all of {', '.join(kind.required)}")
    rows, columns = (int(n) for n in operator.shape)
    weights = sum(prod(shape) for shape in operator.numeric_weight_shapes().values())
    if max(rows, columns, weights) > MOST_SIZES:
        raise RequestError(
            f"values: {rows} outputs, {columns} inputs and {weights} weights; at most {MOST_SIZES} of each"
        )
    return operator


def _told(kind: ConvType, given: Mapping[str, Any], operator: Operator) -> dict[str, Any]:
    rows, columns = (int(n) for n in operator.shape)
    entries = sum(most_entries(stage) for stage in operator.stages)
    value = int(operator.multiplications)
    small = entries <= MOST_ENTRIES and _parts(kind, given) <= MOST_PARTS_COUNTED
    return {
        "legal": True,
        "reason": None if small else f"too large to be counted: {entries} entries",
        "shape": [rows, columns],
        "multiplications": {"mathml": _formula(kind, given, value), "value": value},
        "measured": measured(operator) if small else None,
        "python": call_of(kind, _short(kind, given)),
    }


def most_entries(operator: Operator) -> int:
    """Return the entries, or where the structure does not tell them, those of what it is made of.

    >>> import convalgebra as ca
    >>> most_entries(ca.conv(1, 1, (5, 5), 3))
    81
    """
    if operator.structured or not operator.operands:
        return int(operator.entries)
    return sum(most_entries(part) for part in operator.operands)


def illegal(reason: str) -> dict[str, Any]:
    """Return the answer to a setting that no operator has.

    >>> illegal("kernel_size=9 is longer than the input")["legal"]
    False
    """
    told = {"shape": None, "multiplications": None, "measured": None, "python": None}
    return {"legal": False, "reason": reason, **told}


def measured(operator: Operator) -> dict[str, int]:
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
    if _told_briefly(kind, given):
        named = {key: name for key, name in _CHANNELS.items() if given.get(key) is not None}
        image = _IMAGE[len(given["input_size"])]
        numbers = {name: given[key] for key, name in named.items()}
        numbers |= dict(zip(image, given["input_size"], strict=True))
        names = {**named, "input_size": image}
        rest = {key: found for key, found in given.items() if key not in names}
        try:
            told = _symbolic(kind.name, tuple(names.items()), tuple(rest.items()))
            used = {str(symbol) for symbol in told.symbols}
            written = latex(told.value)
            if (
                told.at({n: v for n, v in numbers.items() if n in used}) == value
                and len(written) <= LONGEST
            ):
                return mathml(written)
        except ConvalgebraError:
            pass  # channels that must divide, sizes outside the conditions of the formula
    return mathml(str(value))


def _told_briefly(kind: ConvType, given: Mapping[str, Any]) -> bool:
    """Say whether the formula is found at once: a sum is written out tap by tap, and phase by phase."""
    taps = max(_per_axis(given.get("kernel_size", 1)))
    return "input_size" in given and taps <= MOST_TAPS_TOLD and _parts(kind, given) <= MOST_PARTS_TOLD


@lru_cache(maxsize=256)
def _symbolic(name: str, names: tuple[tuple[str, Any], ...], rest: tuple[tuple[str, Any], ...]) -> Any:
    """Return the multiplications of the same call with names in it, as a quantity."""
    return closed_form(find_type(name).make(**dict(names), **dict(rest)), "multiplications")


# --- the call ----------------------------------------------------------------------------------


def _short(kind: ConvType, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords as one writes them: one value for all axes, and no default spelt out."""
    parameters = signature(kind.function).parameters
    found = {key: value if key == "input_size" else _shared(value) for key, value in given.items()}
    return {
        key: value
        for key, value in found.items()
        if key in kind.shown_with
        or value != parameters[key].default
        or type(value) is not type(parameters[key].default)
    }


def _shared(value: Any) -> Any:
    """Return one value where all are alike.

    >>> _shared(((1, 1), (1, 1))), _shared(((0, 1), (0, 1))), _shared((3, 5))
    (1, ((0, 1), (0, 1)), (3, 5))
    """
    if not isinstance(value, tuple) or not value:
        return value
    if all(isinstance(part, tuple) for part in value):
        sides = {side for part in value for side in part}
        return sides.pop() if len(sides) == 1 and len(value[0]) == 2 else value
    return value[0] if len(set(value)) == 1 else value


# --- reading -----------------------------------------------------------------------------------


def read(request: Any) -> tuple[ConvType, dict[str, Any]]:
    """Return the type of a request and the keywords of its call; raise ``RequestError``.

    >>> read({"type": "padded", "axes": 1, "values": {"input_size": [4], "padding": [[1, 0]]}})[1]
    {'input_size': (4,), 'padding': ((1, 0),)}
    """
    if not isinstance(request, dict) or sorted(map(str, request)) != sorted(KEYS):
        raise RequestError(f"request: it must be an object with {', '.join(KEYS)}, and nothing else")
    name, axes, values = (request[key] for key in KEYS)
    if not isinstance(name, str) or len(name) > LONGEST_WORD:
        raise RequestError("type: it must be the name of a type of the catalogue")
    try:
        kind = find_type(name)
    except ArgumentError as error:
        raise RequestError(str(error)) from None
    count = _whole("axes", axes, 1)
    if not isinstance(values, dict):
        raise RequestError("values: it must be an object of parameters")
    return kind, {key: _value(kind, key, value, count) for key, value in values.items()}


def _value(kind: ConvType, key: str, value: Any, axes: int) -> Any:
    takes = [p for p in kind.parameters if p not in NO_CONTROLS]
    if key not in takes:
        raise RequestError(
            f"values: {_shown(key)} is no parameter of {kind.name}; it has {', '.join(takes)}"
        )
    if value is None and signature(kind.function).parameters[key].default is None:
        return None
    if key in _PAIRS and isinstance(value, list):
        return _listed(key, value, axes, lambda part: _listed(key, part, 2, lambda n: _whole(key, n)))
    if key == "input_size" or (isinstance(value, list) and key in _PER_AXIS):
        return _listed(key, value, axes, lambda n: _whole(key, n))
    reader: Callable[[str, Any], Any] = _READERS.get(key, _whole)
    return reader(key, value)


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise RequestError(f"{key}={_shown(value)} must be true or false")
    return value


def _word(key: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_WORD:
        raise RequestError(f"{key}={_shown(value)} must be a word")
    return value


def _listed(key: str, value: Any, count: int, read_part: Callable[[Any], Any]) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) != count:
        raise RequestError(f"{key}={_shown(value)} must be a list of {count}")
    return tuple(map(read_part, value))


def _whole(key: str, value: Any, least: int = -LARGEST) -> int:
    """Return a whole number within bounds; true and 3.0 are none."""
    most = LARGEST_OF.get(key, LARGEST)
    if type(value) is not int or not least <= value <= most:
        raise RequestError(f"{key}={_shown(value)} must be a whole number of at most {most}")
    return value


def _option(key: str, value: Any) -> Any:
    """Return what an option of the page stands for: a table of channels, or a modulus."""
    options = tuple(TABLES) if key == "table" else MODULI
    if value not in options:
        raise RequestError(f"{key}={_shown(value)} must be one of {', '.join(options)}")
    return in_python(key, value)


_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("flip", "ceil_mode", "count_include_pad", "align_corners"), _flag),
    **dict.fromkeys(("padding_mode", "form"), _word),
    **dict.fromkeys(("table", "modulus"), _option),
}


def _shown(value: Any) -> str:
    """Return a value as an error shows it: never long."""
    text = repr(value)
    return text if len(text) <= LONGEST_WORD else text[: LONGEST_WORD - 1] + "…"


def _check_sizes(kind: ConvType, given: Mapping[str, Any]) -> None:
    """Raise ``RequestError`` for what would be too large to make, by the numbers alone."""
    channels = max((abs(given[key]) for key in _CHANNELS if isinstance(given.get(key), int)), default=1)
    inputs = prod(given.get("input_size", ())) * channels
    weights = prod(_shared_by_axes(given, "kernel_size")) * channels
    if max(inputs, weights) > MOST_SIZES:
        raise RequestError(f"values: {max(inputs, weights)} inputs or weights; at most {MOST_SIZES}")
    if (parts := _parts(kind, given)) > MOST_PARTS:
        raise RequestError(f"values: {kind.name} would have {parts} parts; at most {MOST_PARTS}")


def _parts(kind: ConvType, given: Mapping[str, Any]) -> int:
    """Return how many operators a type is made of for each of its phases or groups."""
    if kind.name == "dilated_polyphase":
        return abs(prod(_shared_by_axes(given, "dilation")))
    return abs(given.get("groups", 1)) if given.get("form", "grouped") != "grouped" else 1


def _shared_by_axes(given: Mapping[str, Any], key: str) -> tuple[int, ...]:
    """Return a value per axis, also of one that is given once for all."""
    value = given.get(key, 1)
    return value if isinstance(value, tuple) else (value,) * len(given.get("input_size", (1,)))


def _per_axis(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)
