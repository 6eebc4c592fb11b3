"""The state of a view as Python takes it: every key known, every value one that the page can show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convalgebra.errors import ArgumentError

OWN = "own"
SETTING = ("type", "axes", "values")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "view": ("alone", "transpose", "factors", "held"),
    "aside": ("grids", "overlap", "field", "effect"),
    "cells": ("names", "values", "none"),
    "theme": ("auto", "light", "dark"),
}
KINDS = ("entry", "row", "column", "weight")
# Of a layer of the receptive field: what it has, and the least and the most of each.
LAYER = (("kernel", 1, 31), ("stride", 1, 16), ("dilation", 1, 32), ("padding", 0, 64))
MOST_LAYERS = 12
LARGEST = 9_999_999
LONGEST = 60


def checked_state(given: Mapping[str, Any], before: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    """Return the state ``before`` with what is new in ``given``; values left out are as a type starts.

    ``data`` are those of the page. Raises ``ArgumentError`` for a key, a type, a name or a value that it
    does not have; sizes that are not legal are kept, for the page says why.
    """
    readers = {
        **{key: _choice(key, options) for key, options in CHOICES.items()},
        "held": lambda held: None if held is None else _setting(held, data),
        "pinned": _pinned,
        "layers": _layers,
    }
    if unknown := [key for key in given if key not in (*SETTING, *readers)]:
        known = ", ".join((*SETTING, *readers))
        raise ArgumentError(f"state: {_shown(unknown[0])} is none of its keys: {known}")
    found = {**before, **{key: readers[key](value) for key, value in given.items() if key in readers}}
    if before and not any(key in given for key in SETTING):
        return found
    setting = {key: found[key] for key in SETTING if key in found}
    if given.get("type", setting.get("type")) != setting.get("type"):
        setting = {}  # another type starts anew
    return {**found, **_setting({**setting, **{k: given[k] for k in SETTING if k in given}}, data)}


def type_of(data: Mapping[str, Any], name: Any) -> Mapping[str, Any]:
    """Return the data of a type that a page holds, or of one's own operator."""
    held: dict[str, Mapping[str, Any]] = {kind["name"]: kind for kind in data["types"]}
    if data["own"] is not None:
        held[OWN] = data["own"]
    if not isinstance(name, str) or name not in held:
        raise ArgumentError(f"type={_shown(name)} must be one of {', '.join(held)}")
    return held[name]


def _setting(given: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return {type, axes, values}, what is left out as the type starts."""
    if not isinstance(given, Mapping) or not set(given) <= set(SETTING):
        raise ArgumentError(f"a setting is an object with {', '.join(SETTING)}, not {_shown(given)}")
    kind = type_of(data, given.get("type"))
    start = kind["start"]
    axes = given.get("axes", start["axes"])
    if type(axes) is not int or axes not in kind["axes"]:
        allowed = ", ".join(map(str, kind["axes"]))
        raise ArgumentError(f"axes={_shown(axes)} does not fit {given['type']}, which has {allowed}")
    controls = {control["key"]: control for control in kind["controls"]}
    values = given.get("values", {})
    if not isinstance(values, Mapping) or not set(values) <= set(controls):
        known = ", ".join(sorted(controls)) or "nothing to set"
        raise ArgumentError(f"values={_shown(values)} does not fit {given['type']}, which has {known}")
    for key, value in values.items():
        if not _has_shape(controls[key], value, axes):
            raise ArgumentError(f"values: {key}={_shown(value)} must be {_wanted(controls[key], axes)}")
    first = {key: _stretched(controls[key], start["values"][key], axes) for key in controls}
    return {"type": given["type"], "axes": axes, "values": {**first, **values}}


def _stretched(control: Mapping[str, Any], value: Any, axes: int) -> Any:
    """Return a value of a start for so many axes; that of the last axis is repeated."""
    if not control["per_axis"]:
        return value
    return [value[min(axis, len(value) - 1)] for axis in range(axes)]


def _has_shape(control: Mapping[str, Any], value: Any, axes: int) -> bool:
    if control["kind"] == "flag":
        return isinstance(value, bool)
    if control["kind"] == "choice":
        return any(type(value) is type(option) and value == option for option in control["options"])
    side = _listed(2, _is_whole) if control["sides"] else _is_whole
    return (_listed(axes, side) if control["per_axis"] else side)(value)


def _listed(length: int, is_part: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, (list, tuple)) and len(value) == length and all(map(is_part, value))
    )


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) <= LARGEST


def _wanted(control: Mapping[str, Any], axes: int) -> str:
    if control["kind"] == "flag":
        return "True or False"
    if control["kind"] == "choice":
        return f"one of {', '.join(map(str, control['options']))}"
    part = "a pair of whole numbers" if control["sides"] else "a whole number"
    return f"a list of {axes}, each {part}" if control["per_axis"] else part


def _choice(key: str, options: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in options:
            raise ArgumentError(f"{key}={_shown(value)} must be one of {', '.join(options)}")
        return value

    return read


def _pinned(value: Any) -> Any:
    if value is None:
        return None
    whole = isinstance(value, Mapping) and set(value) == {"panel", "kind", "index"}
    known = whole and isinstance(value["panel"], str) and value["kind"] in KINDS
    if not known or type(value["index"]) is not int or value["index"] < 0:
        raise ArgumentError(
            f"pinned={_shown(value)} must be an object with panel, kind ({', '.join(KINDS)}) and index"
        )
    return dict(value)


def _layers(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= MOST_LAYERS:
        raise ArgumentError(f"layers={_shown(value)} must be a list of 1 to {MOST_LAYERS}")
    for layer in value:
        if not _listed(len(LAYER), _is_whole)(layer):
            raise ArgumentError(f"layers: {_shown(layer)} must be [{', '.join(key for key, *_ in LAYER)}]")
        for number, (key, least, most) in zip(layer, LAYER, strict=True):
            if not least <= number <= most:
                raise ArgumentError(f"layers: {key}={number} must be from {least} to {most}")
    return [list(layer) for layer in value]


def _shown(value: Any) -> str:
    """Return a value as an error shows it: never long."""
    text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
