"""Two types and one set of options: each type takes the options that it has."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.options import OPTIONS, SPELLINGS, described

if TYPE_CHECKING:
    from convalgebra.operators.base import Operator


def layers_given(names: Sequence[str], given: Mapping[str, Any]) -> Iterator[Operator]:
    """Yield the operator of each type for the options that it has.

    Raises ``UsageError`` for an option that none of them has, and what the types raise.
    """
    for name, own in zip(names, taken(names, given), strict=True):
        yield described(name, own)[1]


def taken(names: Sequence[str], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return for each type the options that it has; raise ``UsageError`` for one that none of them has."""
    _check_taken(names, given)
    return [_taken(name, given) for name in names]


def spelt(given: Mapping[str, Any]) -> str:
    """Return the options that were given as they are written in a shell.

    >>> spelt({"input_size": "N,N", "flip": False, "kernel_size": None})
    '--input N,N --no-flip'
    """
    words: list[str] = []
    for option in OPTIONS:
        value = given.get(option.keyword)
        if isinstance(value, bool):
            words.append(option.spelling.split("/")[0 if value else 1])
        elif value is not None:
            words += [option.spelling, shlex.quote(str(value))]
    return " ".join(words)


def _taken(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a type has."""
    from convalgebra.catalogue.types import find_type  # noqa: PLC0415

    parameters = set(find_type(name).parameters)
    known = parameters | ({"in_channels"} if "channels" in parameters else set())
    return {keyword: value for keyword, value in given.items() if keyword in known}


def _check_taken(names: Sequence[str], given: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` for an option that none of the types has."""
    taken = {keyword for name in names for keyword in _taken(name, given)}
    for option in OPTIONS:
        if given.get(option.keyword) is not None and option.keyword not in taken:
            which = " nor ".join(names)
            raise click.UsageError(f"{SPELLINGS[option.keyword]} is an option of neither {which}")
