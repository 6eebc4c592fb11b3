"""A setting of the page from the keywords of a call: {type, axes, values}, every control with a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from convalgebra.catalogue.arguments import read_padding
from convalgebra.catalogue.types import ConvType
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.inspector.controls import TABLES, Control, axes_of, controls_of
from convalgebra.inspector.requests import RequestError, made, read
from convalgebra.inspector.starts import spread, start_of
from convalgebra.proofs import is_number

# How much larger than at the start an image may become to fit a kernel that was given without one.
_ROOM = 64


def setting(kind: ConvType, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the setting of a type for keywords of its call; what is not given is as the page starts.

    An image that is not given is as large as the kernel needs.
    Raises ``ArgumentError`` for what the page has no control of or no numbers for; what the type raises.

    >>> from convalgebra.catalogue.types import find_type
    >>> found = setting(find_type("conv"), {"kernel_size": 5, "padding": (1, 0), "stride": (2, 1)})
    >>> [found["values"][key] for key in ("input_size", "kernel_size", "padding", "stride")]
    [[5, 5], [5, 5], [[1, 1], [0, 0]], [2, 1]]
    """
    controls = {control.key: control for control in controls_of(kind)}
    for key, value in given.items():
        if key not in controls:
            raise ArgumentError(f"{key}={value}: the page has no control for it; leave it out")
    axes = _axes(kind, given)
    start = {key: _spread_anew(start_of(kind)["values"][key], controls[key], axes) for key in controls}
    values = {**start, **{key: _value(controls[key], value, axes) for key, value in given.items()}}
    for key in ("padding", "amount"):
        if key in given and controls[key].sides:
            values[key] = _sides(given[key], values, axes)
    refused: ConvalgebraError | None = None
    for candidate in _candidates(values, "input_size" in given):
        found = {"type": kind.name, "axes": axes, "values": candidate}
        try:
            made(*read(found))
        except RequestError:
            raise
        except ConvalgebraError as error:
            refused = refused or error
        else:
            return found
    assert refused is not None  # there is at least one candidate
    raise refused


def _candidates(values: dict[str, Any], settled: bool) -> Iterator[dict[str, Any]]:
    for more in range(1 if settled else _ROOM):
        yield {**values, "input_size": [size + more for size in values["input_size"]]}


def _axes(kind: ConvType, given: Mapping[str, Any]) -> int:
    """Return how many axes are meant: as many as sizes of the image, or values of what is per axis."""
    allowed = axes_of(kind)
    image = given.get("input_size")
    lengths = [len(v) for k, v in given.items() if isinstance(v, tuple) and k != "table"]
    axes = int(start_of(kind)["axes"])
    if image is not None:
        axes = len(image) if isinstance(image, tuple) else 1
    elif lengths:
        axes = lengths[0]
    if axes not in allowed:
        raise ArgumentError(
            f"input_size: {kind.name} has {' or '.join(map(str, allowed))} axes on the page"
        )
    return axes


def _spread_anew(value: Any, control: Control, axes: int) -> Any:
    """Return the value of a start for as many axes as are meant."""
    if not control.per_axis:
        return value
    return [value[min(axis, len(value) - 1)] for axis in range(axes)]


def _value(control: Control, value: Any, axes: int) -> Any:
    if control.kind == "flag":
        return bool(value)
    if control.kind == "choice":
        return _chosen(control, value)
    if control.sides:
        return None  # read with the kernel, below
    if not isinstance(value, tuple):
        return spread(_number(control.key, value), axes, control.per_axis, sides=False)
    if not control.per_axis or len(value) != axes:
        raise ArgumentError(f"{control.key}={value!r} must be one value, or one for each of {axes} axes")
    return [_number(control.key, part) for part in value]


def _chosen(control: Control, value: Any) -> Any:
    """Return the option that a keyword means."""
    if control.key == "table":
        rows = tuple(map(tuple, value.tolist()))
        found = next((name for name, table in TABLES.items() if table == rows), None)
    elif isinstance(value, tuple):
        found = value[0] if len(set(value)) == 1 else None
    else:
        found = str(value) if control.key == "modulus" else value
    if found not in control.options:
        options = ", ".join(map(str, control.options))
        shown = "what was given" if control.key == "table" else value
        raise ArgumentError(f"{control.key}={shown!r} is not on the page; it has {options}")
    return found


def _sides(padding: Any, values: Mapping[str, Any], axes: int) -> list[list[int]]:
    """Return padding as pairs, names such as "same" worked out for the kernel."""
    per_axis = [
        spread(found, axes, True, False) if isinstance(found := values.get(key, 1), int) else found
        for key in ("kernel_size", "dilation")
    ]
    pairs = read_padding(padding, *per_axis)
    return [[_number("padding", side) for side in pair] for pair in pairs]


def _number(key: str, value: Any) -> int:
    if not is_number(value):
        words = ', or "valid", "same", "full"' if key == "padding" else ""
        raise ArgumentError(f"{key}={value} is a name; a page starts with numbers, such as {key}=4{words}")
    return int(value)
