"""What convalgebra raises for a user's mistake, told in the words of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import click

from convalgebra.cli.options import SPELLINGS
from convalgebra.errors import ArgumentError, ConvalgebraError, MemoryLimitError, ShapeError, SymbolError

_USAGE = (ArgumentError, ShapeError, SymbolError)
# Before its value any keyword; in a sentence those with an underscore, which are no English words.
_IN_TEXT = "|".join(sorted((word for word in SPELLINGS if "_" in word), key=len, reverse=True))
_KEYWORD = re.compile(rf"\b(?:({'|'.join(SPELLINGS)})(?= ?=)|({_IN_TEXT})\b)")
_IN_PYTHON = re.compile(
    r", (?:for example|as in) op\.subs\([^)]*\)"
    r"|use op\.linear_operator\(weight\), which never builds it, or "
)


@contextmanager
def told() -> Iterator[None]:
    """Turn what is raised inside into click's errors: exit code 2 for a wrong argument, 1 for the rest."""
    try:
        yield
    except _USAGE as error:
        raise click.UsageError(in_options(str(error))) from None
    except MemoryLimitError as error:
        raise click.ClickException(in_options(str(error))) from None
    except ConvalgebraError as error:
        raise click.ClickException(str(error)) from None


def in_options(message: str) -> str:
    """Return a message with each keyword in it spelt as its option, and without advice for Python.

    >>> in_options("kernel_size 9 is longer than the padding=1 lets it be")
    '--kernel 9 is longer than the --padding=1 lets it be'
    """
    spelt = _KEYWORD.sub(lambda found: SPELLINGS[found[1] or found[2]], message)
    return _IN_PYTHON.sub("", spelt)
