"""Read sizes from the command line: numbers, names, and + - * over them. Nothing is evaluated."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from convalgebra.errors import ArgumentError

if TYPE_CHECKING:
    from convalgebra.proofs import Size

LONGEST = 200
LARGEST = 10**9
LARGEST_TABLE = 2**20  # bytes: over a million pairs of channels would be no connection table
PADDING_NAMES = ("valid", "same", "full")

_EXAMPLES = "a number, a name, or + - * over them, such as 7, N or 2*q"


def size(text: str, option: str) -> Size:
    """Return one size; raise ``UsageError`` that names the option, the text and what would be right.

    >>> size("2*q - 1", "--input"), size("-3", "--padding")
    (2*q - 1, -3)
    """
    from sympy import Number  # noqa: PLC0415

    from convalgebra.grammar import parse_formula  # noqa: PLC0415

    if len(text) > LONGEST:
        raise click.UsageError(f"{option}: a size has at most {LONGEST} characters, this has {len(text)}")
    wrong = f"{option}={text!r} is not a size: use {_EXAMPLES}"
    try:
        found = parse_formula(text, operations=("+", "-", "*"))
    except ArgumentError as error:
        raise click.UsageError(f"{wrong}; {str(error).removeprefix('formula: ')}") from None
    numbers = found.atoms(Number)
    if not all(number.is_Integer and abs(number) <= LARGEST for number in numbers):
        raise click.UsageError(f"{wrong}; a number is whole, and at most {LARGEST}")
    return int(found) if found.is_Integer else found


def sizes(text: str, option: str) -> Size | tuple[Size, ...]:
    """Return one size, or one per axis where there are commas.

    >>> sizes("7", "--input"), sizes("N,4*C", "--input")
    (7, (N, 4*C))
    """
    found = tuple(size(part, option) for part in _parts(text, option))
    return found[0] if len(found) == 1 else found


def padding(text: str, option: str) -> Any:
    """Return what ``padding`` takes: a name, a size, one per axis, or pairs.

    >>> padding("same", "--padding"), padding("1,2", "--padding"), padding("1:0,p", "--padding")
    ('same', (1, 2), ((1, 0), p))
    """
    if text in PADDING_NAMES:
        return text
    found = tuple(_pad(part, option) for part in _parts(text, option))
    # A lone pair stays in its tuple: (1, 0) by itself would be one padding for each of two axes.
    return found[0] if len(found) == 1 and not isinstance(found[0], tuple) else found


def _pad(text: str, option: str) -> Any:
    low, colon, high = text.partition(":")
    return (size(low, option), size(high, option)) if colon else size(low, option)


def whole(text: str, option: str) -> int:
    """Return a number without names.

    >>> whole("17", "--modulus")
    17
    """
    found = size(text, option)
    if not isinstance(found, int):
        raise click.UsageError(f"{option}={text!r} must be a number")
    return found


def fractions(text: str, option: str) -> tuple[Fraction, ...]:
    """Return numbers and fractions, separated by commas.

    >>> fractions("0,-1,1/2", "--points")
    (Fraction(0, 1), Fraction(-1, 1), Fraction(1, 2))
    """
    return tuple(_fraction(part, option) for part in _parts(text, option))


def _fraction(text: str, option: str) -> Fraction:
    above, slash, below = text.partition("/")
    divisor = whole(below, option) if slash else 1
    if divisor == 0:
        raise click.UsageError(f"{option}={text!r} divides by 0")
    return Fraction(whole(above, option), divisor)


def word(text: str, option: str) -> str:
    """Return a word as it is; whoever takes it checks it.

    >>> word("circular", "--padding-mode")
    'circular'
    """
    if len(text) > LONGEST:
        raise click.UsageError(f"{option}: at most {LONGEST} characters, this has {len(text)}")
    return text


def switch(value: Any, option: str) -> bool:
    """Return a switch as click has read it.

    >>> switch(True, "--flip")
    True
    """
    return bool(value)


def table(text: str, option: str) -> Any:
    """Return a table of 0 and 1 from a text file, one row per line."""
    import numpy as np  # noqa: PLC0415

    file = Path(text)
    try:
        content = _limited(file, option)
        found = np.array([[int(v) for v in line.split()] for line in content.splitlines() if line.strip()])
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{option}={text!r} is not a table of 0 and 1: {_why(error)}") from None
    if found.ndim != 2 or not np.isin(found, (0, 1)).all():
        raise click.UsageError(
            f"{option}={text!r} must hold rows of 0 and 1 of one length, one row per output channel"
        )
    return found


def _limited(file: Path, option: str) -> str:
    with file.open(encoding="ascii") as stream:
        content = stream.read(LARGEST_TABLE + 1)
    if len(content) > LARGEST_TABLE:
        raise click.UsageError(f"{option}={str(file)!r} is larger than {LARGEST_TABLE} bytes")
    return content


def _why(error: OSError | ValueError) -> str:
    return error.strerror or "it cannot be read" if isinstance(error, OSError) else str(error)


def _parts(text: str, option: str) -> list[str]:
    if len(text) > LONGEST:
        raise click.UsageError(f"{option}: at most {LONGEST} characters, this has {len(text)}")
    return text.split(",")
