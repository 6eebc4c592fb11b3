"""The table of a chapter in which formulas stand beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from convalgebra.derivation.verdict import Row
from convalgebra.reporting.blocks import Heading, Paragraph, Table
from convalgebra.reporting.parts.derived import Derived, number
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.words import Inline, Math, Verdict, Words, say, sizes


def checking(found: Sequence[Derived]) -> Part:
    """Return formula, measurement and verdict of some sizes of each derivation."""
    rows = [row for one in found for row in _rows(one)]
    many = sum(len(one.verification.rows) for one in found)
    blocks = (
        Heading(2, say("part.checking.title")),
        Paragraph(say("part.checking.how", sizes=Math(str(many)))),
        table(rows),
    )
    return Part(blocks, all(one.passed for one in found))


def table(rows: Sequence[tuple[Inline, ...]]) -> Table:
    """Return the table of such lines."""
    head = (
        "part.head.what",
        "part.head.sizes",
        "part.head.formula",
        "part.head.measured",
        "part.head.verdict",
    )
    return Table("pprrl", tuple(map(say, head)), tuple(rows), long=True)


def _rows(one: Derived) -> Iterator[tuple[Inline, ...]]:
    for at, row in enumerate(one.shown):
        yield (one.name if at == 0 else Words(""), *row_of(row))


def row_of(row: Row) -> tuple[Inline, ...]:
    """Return the sizes of a row, its formula's value, what was measured, and the verdict."""
    if isinstance(row.counted, Fraction) and len(row.measured) == 2:
        counted: Inline = Math(f"{number(row.measured[0]).latex}/{number(row.measured[1]).latex}")
    else:
        counted = _value(row.counted)
    verdict = "equal" if row.relation == "=" else "within"
    return (
        sizes(row.sizes) if row.sizes else say("part.checking.numbers"),
        _value(row.formula),
        counted,
        Verdict(verdict if row.agrees else "different"),
    )


def _value(value: Any) -> Math:
    if isinstance(value, tuple):
        return Math(", ".join(number(part).latex for part in value))
    if isinstance(value, Fraction) and value.denominator > 1:
        return Math(f"{number(value.numerator).latex}/{number(value.denominator).latex}")
    return number(value)
