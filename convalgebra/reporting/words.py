"""The words of a report in no language yet: what is said by its key, formulas, code, references."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import sympy

from convalgebra.formulas import latex
from convalgebra.sizes import symbol


@dataclass(frozen=True)
class Math:
    """A formula in LaTeX, in the line of a text."""

    latex: str


@dataclass(frozen=True)
class Code:
    """A name, a call or a command; shown as it is, whoever wrote it."""

    text: str


@dataclass(frozen=True)
class Words:
    """Words that no language changes: names of people, numbers, titles of papers, what a user wrote."""

    text: str


@dataclass(frozen=True)
class Translated:
    """A text of the library (a reason, the name of a theorem), looked up in a table of the language.

    ``about`` are the formulas for the ``{}`` in it, in their order.
    """

    table: str
    text: str
    about: tuple[Math, ...] = ()


@dataclass(frozen=True)
class Recorded:
    """A field of a claim, in the words of the language."""

    claim: str
    field: str


@dataclass(frozen=True)
class Verdict:
    """What became of a check or of a claim: a key below ``verdict``, such as "equal" or "wrong"."""

    name: str


@dataclass(frozen=True)
class Said:
    """A message of the language, by its key; ``values`` stand for the names in braces in it."""

    key: str
    values: tuple[tuple[str, Inline], ...] = ()


@dataclass(frozen=True)
class Reference:
    """The number of what bears an anchor, and the way there; ``otherwise`` where the report lacks it."""

    anchor: str
    otherwise: Inline


@dataclass(frozen=True)
class Link:
    """Words that lead to what bears an anchor; plain ones where the report lacks it."""

    anchor: str
    words: Inline


@dataclass(frozen=True)
class Row:
    """Some words one after the other, with a separator that is a message of the language."""

    parts: tuple[Inline, ...]
    between: str = "list.comma"


Inline: TypeAlias = "Math | Code | Words | Translated | Recorded | Verdict | Said | Reference | Link | Row"


def say(key: str, **values: Inline) -> Said:
    """Return a message with what stands for its names.

    >>> say("chapter.title", name=Words("depthwise"))
    Said(key='chapter.title', values=(('name', Words(text='depthwise')),))
    """
    return Said(key, tuple(values.items()))


def formula(expression: object) -> Math:
    """Return a formula, a number or a condition as it prints in LaTeX.

    >>> formula(sympy.Symbol("N") + 1), formula(3)
    (Math(latex='N + 1'), Math(latex='3'))
    """
    return Math(latex(sympy.sympify(expression) if isinstance(expression, int) else expression))


def listed(parts: Iterable[Inline], between: str = "list.comma") -> Inline:
    """Return words in a row; a single one as it is."""
    found = tuple(parts)
    return found[0] if len(found) == 1 else Row(found, between)


def sizes(pairs: Sequence[tuple[str, object]]) -> Inline:
    """Return sizes by name as formulas.

    >>> sizes([("N", 5), ("m", 3)])
    Row(parts=(Math(latex='N = 5'), Math(latex='m = 3')), between='list.comma')
    """
    return listed(Math(f"{latex(symbol(name))} = {value}") for name, value in pairs)
