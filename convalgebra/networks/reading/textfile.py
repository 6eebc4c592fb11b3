"""Descriptions as text: looked at within bounds before anything is made of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from convalgebra.errors import ArgumentError

LONGEST = 2**22  # bytes
DEEPEST = 16
LONGEST_NUMBER = 4096  # bits
_SHOWN = 200


def text_of(path: str | os.PathLike[str], longest: int = LONGEST) -> str:
    """Return the text of a file; raise ``ArgumentError`` where it is none, or too long."""
    file = Path(path)
    try:
        if not file.is_file():
            raise ArgumentError("there is no such file" if not file.exists() else "it is no plain file")
        with file.open("rb") as opened:
            data = opened.read(longest + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError(f"it cannot be read ({error})") from None
    if len(data) > longest:
        raise ArgumentError(f"it has more than {longest} bytes, which no description has")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArgumentError(f"it is no text in UTF-8 (byte {error.start})") from None


def json_of(text: str) -> Any:
    """Return what a text of JSON says; a name that is there twice, or no number, is refused.

    >>> json_of('{"a": [1, 2]}')
    {'a': [1, 2]}
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except ArgumentError:
        raise
    except RecursionError:
        raise ArgumentError(f"it is nested deeper than {DEEPEST}") from None
    except ValueError as error:
        raise ArgumentError(f"it is no JSON ({str(error)[:_SHOWN]})") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ArgumentError(f"{twice!r} is there twice in one object")
    return found


def _no_number(text: str) -> Any:
    raise ArgumentError(f"{text} is no number of a description")


def check_depth(value: Any, depth: int = 0) -> None:
    """Raise ``ArgumentError`` where lists and mappings are nested deeper than in any description.

    And for a number that is longer than any there: Python itself would not write it out.
    """
    if depth > DEEPEST:
        raise ArgumentError(f"it is nested deeper than {DEEPEST}")
    if isinstance(value, int) and value.bit_length() > LONGEST_NUMBER:
        raise ArgumentError(f"a number in it has more than {LONGEST_NUMBER} bits, which no description has")
    if isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            check_depth(part, depth + 1)
