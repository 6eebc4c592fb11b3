"""The worked numbers: each product shown, beside what was counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Heading, Table
from convalgebra.reporting.parts.derived import number
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.subject import Subject
from convalgebra.reporting.words import Code, Inline, Math, Verdict, Words, say, sizes
from convalgebra.reporting.worked import Worked, worked


def worked_numbers(subject: Subject) -> Part:
    """Return the table of the worked examples of a chapter."""
    rows: list[tuple[Inline, ...]] = []
    passed = True
    for example in subject.examples:
        found = worked(example.layer.operator(), example.sizes)
        passed = passed and all(_verdict(line) != "different" for line in found)
        title = say(f"type.{example.layer.type}.heading")
        rows += rows_of(found, title, example.sizes)
    return Part((Heading(2, say("part.worked.title")), table(rows)), passed)


def worked_operator(operator: Operator, title: Inline) -> Part:
    """Return the table of one operator, whose sizes are numbers."""
    found = worked(operator, {})
    rows = list(rows_of(found, title, {}))
    return Part((table(rows),), all(_verdict(line) != "different" for line in found))


def rows_of(
    found: tuple[Worked, ...], title: Inline, given: Mapping[str, int]
) -> Iterator[tuple[Inline, ...]]:
    """Yield a line for each of several factors, and one for the whole with its sizes."""
    shown = found if len(found) > 2 else found[-1:]
    for at, line in enumerate(shown):
        whole = at == len(shown) - 1
        name = say("part.worked.at", name=title, sizes=sizes(tuple(given.items()))) if given else title
        yield (
            name if whole else say("part.worked.factor", name=Code(line.name or "")),
            Math(line.latex()),
            Words("") if line.measured is None else number(line.measured),
            Verdict(_verdict(line)),
        )


def _verdict(line: Worked) -> str:
    if line.measured is None:
        return "unmeasured"
    return "equal" if line.agrees else "different"


def table(rows: list[tuple[Inline, ...]]) -> Table:
    """Return the table of worked numbers."""
    head = ("part.worked.operator", "part.worked.product", "part.head.measured", "part.head.verdict")
    return Table("plrl", tuple(map(say, head)), tuple(rows))
