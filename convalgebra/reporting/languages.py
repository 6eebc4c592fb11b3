"""The languages of a report: a catalogue of messages for each, and what stands in a message.

A message is plain text with ``{names}`` for what is put in, ``$formulas$`` in LaTeX, `` `code` `` and
``*emphasis*``. The catalogues stand in ``messages/LANGUAGE``: files of TOML for what reports say, and a
table of JSON for each kind of text that the library makes: reasons, names of theorems, types, claims.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from convalgebra.claims.ledger import find_claim
from convalgebra.errors import ArgumentError

LANGUAGES = ("en", "zh")
TABLES = ("theorems", "reasons", "operators", "counters")
Kind = Literal["text", "name", "math", "code", "emphasis"]

_PIECES = re.compile(r"\{(?P<name>[a-z_]+)\}|\$(?P<math>[^$]*)\$|`(?P<code>[^`]*)`|\*(?P<emphasis>[^*]+)\*")


@dataclass(frozen=True)
class Piece:
    """A part of a message: text, the name of what is put in, a formula, code, or emphasised text."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Language:
    """All that is said in one language: messages by key, and tables of texts of the library."""

    code: str
    messages: Mapping[str, str]
    tables: Mapping[str, Mapping[str, str]]
    claims: Mapping[str, Mapping[str, str]]

    def message(self, key: str) -> str:
        """Return a message; raise ``ArgumentError`` for a key that the catalogue lacks."""
        if key not in self.messages:
            raise ArgumentError(f"key={key!r} is not among the messages of language {self.code!r}")
        return self.messages[key]

    def translated(self, table: str, text: str) -> str:
        """Return a text of the library in this language; what has no translation stays English."""
        return self.tables[table].get(text, text)

    def recorded(self, claim: str, field: str) -> str:
        """Return a field of a claim in this language."""
        found = self.claims.get(claim, {}).get(field)
        return str(getattr(find_claim(claim), field)) if found is None else found


def find_language(code: str) -> Language:
    """Return the language of a code; raise ``ArgumentError`` for one that there is not.

    >>> find_language("en").message("verdict.equal")
    'equal'
    """
    if code not in LANGUAGES:
        raise ArgumentError(f"language={code!r} must be one of {', '.join(LANGUAGES)}")
    return _loaded(code)


@cache
def _loaded(code: str) -> Language:
    folder = resources.files("convalgebra.reporting") / "messages" / code
    messages: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=str):
        if file.name.endswith(".toml"):
            messages |= _flat(tomllib.loads(file.read_text("utf-8")))
    for name, words in json.loads((folder / "types.json").read_text("utf-8")).items():
        messages |= {f"type.{name}.{part}": text for part, text in words.items()}
    # English texts of the library are their own translation.
    tables = {name: _table(folder / f"{name}.json") for name in TABLES}
    claims: dict[str, Mapping[str, str]] = {}
    if (folder / "claims").is_dir():
        for file in sorted((folder / "claims").iterdir(), key=str):
            claims |= json.loads(file.read_text("utf-8"))
    return Language(code, messages, tables, claims)


def _table(file: Any) -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, " ".join(value.split()) if "\n" in value else value


def pieces(message: str) -> Iterator[Piece]:
    """Yield the parts of a message in order.

    >>> [piece.kind for piece in pieces("if $N \\\\geq m$, *never* {more} than `op`")]
    ['text', 'math', 'text', 'emphasis', 'text', 'name', 'text', 'code']
    """
    at = 0
    for match in _PIECES.finditer(message):
        if match.start() > at:
            yield Piece("text", message[at : match.start()])
        kind: Any = match.lastgroup
        yield Piece(kind, match[match.lastgroup or 0])
        at = match.end()
    if at < len(message):
        yield Piece("text", message[at:])
