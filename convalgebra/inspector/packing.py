"""JSON in which what occurs several times stands once: most structures of a type are alike in most parts.

Packed data are ``{"marks": [...], "shared": [...], "packed": ...}``; ``{"$": n}`` is the n-th shared part,
which may refer to those before it. In texts of MathML the n-th mark, an element or a tag, is one character:
the n-th of those for private use. ``front/packing.js`` unpacks the same.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

# Below so many characters a reference is hardly shorter.
_SHORT = 24
_MATH = "<math"
_MARK = re.compile(r"<(\w+)[^<>]*>[^<>]*</\1>|<[^<>]+>")
_FIRST = 0xE000
_PRIVATE = re.compile("[\ue000-\uf8ff]")


def packed(data: Any) -> dict[str, Any]:
    """Return data with its repeated parts shared; the order is that in which they are met.

    >>> packed([["a long text, met twice"] * 2, ["a long text, met twice"] * 2])["packed"]
    [{'$': 1}, {'$': 1}]
    """
    marks: dict[str, str] = {}
    data = _marked(data, marks)
    seen: Counter[str] = Counter()
    keys: dict[int, str] = {}
    _count(data, seen, keys)
    shared: list[Any] = []
    whole = _pack(data, seen, keys, shared, {})
    return {"marks": list(marks), "shared": shared, "packed": whole}


def unpacked(data: dict[str, Any]) -> Any:
    """Return the data that were packed.

    >>> unpacked(packed({"a": [1, "<math><mi>N</mi></math>"]}))
    {'a': [1, '<math><mi>N</mi></math>']}
    """
    marks = data["marks"]

    def text(part: str) -> str:
        return _PRIVATE.sub(lambda found: str(marks[ord(found[0]) - _FIRST]), part)

    shared: list[Any] = []
    for part in data["shared"]:
        shared.append(_unpack(part, shared, text))
    return _unpack(data["packed"], shared, text)


def _marked(part: Any, marks: dict[str, str]) -> Any:
    """Return data with one character for each mark; the marks are collected in the order they are met."""

    def one(found: re.Match[str]) -> str:
        return marks.setdefault(found[0], chr(_FIRST + len(marks)))

    if isinstance(part, list):
        return [_marked(p, marks) for p in part]
    if isinstance(part, dict):
        return {key: _marked(p, marks) for key, p in part.items()}
    return _MARK.sub(one, part) if isinstance(part, str) and part.startswith(_MATH) else part


def _unpack(part: Any, shared: list[Any], text: Callable[[str], str]) -> Any:
    if isinstance(part, str):
        return text(part)
    if isinstance(part, list):
        return [_unpack(p, shared, text) for p in part]
    if isinstance(part, dict):
        if set(part) == {"$"}:
            return shared[part["$"]]
        return {key: _unpack(p, shared, text) for key, p in part.items()}
    return part


def _count(part: Any, seen: Counter[str], keys: dict[int, str]) -> None:
    """Count how often each part occurs; of what occurs again, the parts are not counted again."""
    if not isinstance(part, str | list | dict):
        return
    key = keys[id(part)] = json.dumps(part, separators=(",", ":"))
    seen[key] += 1
    if seen[key] == 1 and not isinstance(part, str):
        for p in part.values() if isinstance(part, dict) else part:
            _count(p, seen, keys)


def _pack(
    part: Any, seen: Counter[str], keys: dict[int, str], shared: list[Any], found: dict[str, int]
) -> Any:
    if not isinstance(part, str | list | dict):
        return part
    key = keys.get(id(part)) or json.dumps(part, separators=(",", ":"))
    if key in found:
        return {"$": found[key]}
    made: Any = part
    if isinstance(part, list):
        made = [_pack(p, seen, keys, shared, found) for p in part]
    elif isinstance(part, dict):
        made = {k: _pack(p, seen, keys, shared, found) for k, p in part.items()}
    if seen[key] > 1 and len(key) >= _SHORT:
        found[key] = len(shared)
        shared.append(made)
        return {"$": found[key]}
    return made
