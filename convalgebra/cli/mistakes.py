"""What convalgebra raises for a user's mistake, told in the words of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import click

from convalgebra.cli.options import SPELLINGS
from convalgebra.errors import ArgumentError, ConvalgebraError, MemoryLimitError, ShapeError, SymbolError

_USAGE = (ArgumentError, ShapeError, SymbolError)
# In a sentence only those with an underscore are keywords: the others are English words too.
_IN_TEXT = frozenset(word for word in SPELLINGS if "_" in word)
# For a command that takes a whole network: its layers' keywords are no options of the command.
OF_LAYERS = {word: word for word in (*SPELLINGS, "type")}
_TOKEN = re.compile(
    r"(?P<value>=\s*'[^']*')"  # what a user wrote
    r"|(?P<call>\w+\()|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<word>\b\w+\b)(?P<before_value>(?= ?=))?"
)
_IN_PYTHON = re.compile(
    r", (?:for example|as in) op\.subs\([^)]*\)"
    r"|use op\.linear_operator\(weight\), which never builds it, or "
)
_NO_NUMBER = re.compile(r"(--[\w-]+) = (.+) must be a number here: put numbers for (.+)")


@contextmanager
def told(**positional: str) -> Iterator[None]:
    """Turn what is raised inside into click's errors: exit code 2 for a wrong argument, 1 for the rest.

    ``positional`` are the keywords that are no options of the command but arguments, each with what
    the usage line calls it.
    """
    try:
        yield
    except _USAGE as error:
        raise click.UsageError(in_options(str(error), **positional)) from None
    except MemoryLimitError as error:
        raise click.ClickException(in_options(str(error))) from None
    except ConvalgebraError as error:
        raise click.ClickException(str(error)) from None


def in_options(message: str, **positional: str) -> str:
    """Return a message with each keyword in it spelt as its option, and without advice for Python.

    The code of an operator in it stays code.

    >>> in_options("kernel_size 9 is longer than the padding=1 lets it be")
    '--kernel 9 is longer than the --padding=1 lets it be'
    >>> in_options("b=ca.Shuffle(size='D', groups='g') multiplies nothing", b="OTHER")
    "OTHER=ca.Shuffle(size='D', groups='g') multiplies nothing"
    """
    plain = _IN_PYTHON.sub("", message).replace("ca.identities()", "`convalgebra identities`")
    spelt = "".join(_spelt(plain, {**SPELLINGS, "type": "TYPE", **positional}))
    return _NO_NUMBER.sub(r"\1 must be a number here, not \2: put numbers for \3", spelt)


def _spelt(message: str, spellings: dict[str, str]) -> Iterator[str]:
    """Yield the message piece by piece, its keywords in their spelling except inside a call."""
    last, open_calls = 0, list[bool]()
    for token in _TOKEN.finditer(message):
        yield message[last : token.start()]
        last, text = token.end(), token[0]
        if token["call"] or token["open"]:
            open_calls.append(bool(token["call"]))
        elif token["close"]:
            open_calls[-1:] = []
        word = token["word"]
        is_keyword = word in spellings and (token["before_value"] is not None or word in _IN_TEXT)
        yield spellings[word] if is_keyword and not any(open_calls) else text
    yield message[last:]
