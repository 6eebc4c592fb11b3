"""JSON in which what occurs several times stands once: most structures of a type are alike in most parts.

Packed data are ``{"shared": [...], "packed": ...}``; ``{"$": n}`` is the n-th shared part, which may
refer to those before it.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

# Below so many characters a reference is hardly shorter.
_SHORT = 24


def packed(data: Any) -> dict[str, Any]:
    """Return data with its repeated parts shared; the order is that in which they are met.

    >>> packed([["a long text, met twice"] * 2, ["a long text, met twice"] * 2])
    {'shared': ['a long text, met twice', [{'$': 0}, {'$': 0}]], 'packed': [{'$': 1}, {'$': 1}]}
    """
    seen: Counter[str] = Counter()
    keys: dict[int, str] = {}
    _count(data, seen, keys)
    shared: list[Any] = []
    found: dict[str, int] = {}
    whole = _pack(data, seen, keys, shared, found)
    return {"shared": shared, "packed": whole}


def unpacked(data: dict[str, Any]) -> Any:
    """Return the data that were packed.

    >>> unpacked(packed({"a": [1, 2]}))
    {'a': [1, 2]}
    """
    shared: list[Any] = []
    for part in data["shared"]:
        shared.append(_unpack(part, shared))
    return _unpack(data["packed"], shared)


def _unpack(part: Any, shared: list[Any]) -> Any:
    if isinstance(part, list):
        return [_unpack(p, shared) for p in part]
    if isinstance(part, dict):
        return shared[part["$"]] if set(part) == {"$"} else {k: _unpack(p, shared) for k, p in part.items()}
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
