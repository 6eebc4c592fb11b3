"""Reading what a page asks: a type and its settings, of which nothing is trusted.

Only a type's own parameters are taken, whole numbers within bounds, lists as long as there are axes; how
large the operator would be is looked at before anything is built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from math import prod
from typing import Any

from convalgebra.catalogue.types import ConvType, find_type
from convalgebra.errors import ArgumentError
from convalgebra.inspector.controls import MODULI, NO_CONTROLS, TABLES, has_branches
from convalgebra.inspector.symbolic import in_python
from convalgebra.operators.base import Operator

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
# Inputs, outputs and weights of an operator that is looked at.
MOST_SIZES = 2_000_000
# Its parts, each with a matrix of its own.
MOST_PARTS = 1024

CHANNELS = {"in_channels": "D", "out_channels": "N_c", "channels": "D", "middle_channels": "b"}
_PER_AXIS = ("kernel_size", "stride", "dilation", "output_padding", "factor", "tile")
_PAIRS = ("padding", "amount")


class RequestError(ArgumentError):
    """A request that no page of ours sends: it is malformed, or too large to look at."""


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
    count = whole("axes", axes, 1)
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
        return _listed(key, value, axes, lambda part: _listed(key, part, 2, lambda n: whole(key, n)))
    if key == "input_size" or (isinstance(value, list) and key in _PER_AXIS):
        return _listed(key, value, axes, lambda n: whole(key, n))
    reader: Callable[[str, Any], Any] = _READERS.get(key, whole)
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


def whole(key: str, value: Any, least: int = -LARGEST) -> int:
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
    channels = max((abs(given[key]) for key in CHANNELS if isinstance(given.get(key), int)), default=1)
    inputs = prod(given.get("input_size", ())) * channels
    weights = prod(_shared_by_axes(given, "kernel_size")) * channels
    if max(inputs, weights) > MOST_SIZES:
        what = "input_size" if inputs > weights else "kernel_size"
        raise RequestError(
            f"{what}: {max(inputs, weights):,} {'inputs' if inputs > weights else 'weights'} with these "
            f"channels; at most {MOST_SIZES:,}"
        )
    if (parts := parts_of(kind, given)) > MOST_PARTS:
        raise RequestError(f"values: {kind.name} would have {parts} parts; at most {MOST_PARTS}")


def parts_of(kind: ConvType, given: Mapping[str, Any]) -> int:
    """Return how many operators a type is made of for each of its phases or groups."""
    if kind.name == "dilated_polyphase":
        return abs(prod(_shared_by_axes(given, "dilation")))
    return abs(given.get("groups", 1)) if has_branches(given) else 1


def _shared_by_axes(given: Mapping[str, Any], key: str) -> tuple[int, ...]:
    """Return a value per axis, also of one that is given once for all."""
    value = given.get(key, 1)
    return value if isinstance(value, tuple) else (value,) * len(given.get("input_size", (1,)))


def per_axis(value: Any) -> tuple[int, ...]:
    """Return a value, given once or per axis, as a tuple."""
    return value if isinstance(value, tuple) else (value,)
