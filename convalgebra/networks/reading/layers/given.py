"""What a description says of one layer: its options, read once, each by what it must be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.grammar import parse_formula
from convalgebra.proofs import Size
from convalgebra.sizes import as_size

COMMON = ("name", "type", "inputs")
LONGEST = 100  # of what is shown of a value that is wrong


class Given:
    """The options of one layer; what is wrong with one is said with the layer's name."""

    def __init__(self, name: str, kind: str, options: Mapping[str, Any]) -> None:
        self.name, self.kind, self.options = name, kind, options

    def wrong(self, why: str) -> ArgumentError:
        """Return the error that names the layer."""
        return ArgumentError(f"layer {self.name!r} ({self.kind}): {why}")

    def check(self, known: Collection[str]) -> None:
        """Raise ``ArgumentError`` for an option that the type has not, with the nearest that it has."""
        for option in self.options:
            if option in known or option in COMMON:
                continue
            near = get_close_matches(str(option), known, 1, 0.6)
            hint = f"; is {near[0]!r} meant?" if near else ""
            has = ", ".join(sorted(known)) or "none"
            raise self.wrong(f"{shown(option)} is no option of it, which has {has}{hint}")

    def has(self, option: str) -> bool:
        """Say whether an option is given and is not null."""
        return self.options.get(option) is not None

    def size(self, option: str, default: Size | None = None, least: int | None = 1) -> Size:
        """Return an option that is one size: a number, a name or a formula as text."""
        if not self.has(option):
            if default is None:
                raise self.wrong(f"{option!r} is missing")
            return default
        return self.read(self.options[option], option, least)

    def read(self, value: Any, option: str, least: int | None = 1) -> Size:
        """Return one size of an option."""
        try:
            return as_size(parse_formula(value) if isinstance(value, str) else value, option, least)
        except ArgumentError as error:
            said = str(error) if not isinstance(value, str) else f"{option}={shown(value)}: {error}"
            raise self.wrong(said) from None

    def sizes(self, option: str, count: int | None, default: Size | None = None) -> list[Size]:
        """Return an option that is one size for all of ``count`` axes, or one for each."""
        value = self.options.get(option)
        if not isinstance(value, list | tuple):
            return [self.size(option, default, 0)] * (count or 1)
        if count is not None and len(value) != count:
            raise self.wrong(f"{option}={shown(value)} must be one size, or one for each of {count} axes")
        return [self.read(part, option, 0) for part in value]

    def put(self, option: str, words: Collection[str] = ()) -> Any:
        """Return an option of any depth with each text in it read as a formula, save those words."""
        return self._put(self.options[option], option, words)

    def _put(self, value: Any, option: str, words: Collection[str]) -> Any:
        if isinstance(value, list | tuple):
            return tuple(self._put(part, option, words) for part in value)
        if isinstance(value, str) and value not in words:
            return self.read(value, option, None)
        return value

    def flag(self, option: str, default: bool) -> bool:
        """Return an option that is true or false."""
        value = self.options.get(option, default)
        if not isinstance(value, bool):
            raise self.wrong(f"{option}={shown(value)} must be true or false")
        return value

    def real(self, option: str, default: float) -> float:
        """Return an option that is a number."""
        value = self.options.get(option, default)
        if isinstance(value, bool) or not isinstance(value, int | float | sympy.Rational):
            raise self.wrong(f"{option}={shown(value)} must be a number")
        return float(value)

    def one_of(self, option: str, choices: Collection[str], default: str) -> str:
        """Return an option that is one of some words."""
        value = self.options.get(option, default)
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(f"{option}={shown(value)} must be one of {', '.join(sorted(choices))}")
        return value


def shown(value: Any) -> str:
    """Return what an error shows of a value, however long it is.

    >>> shown("x" * 200)[-6:], shown([1])
    ('xxx...', '[1]')
    """
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
