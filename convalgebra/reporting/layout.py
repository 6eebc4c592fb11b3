"""Where everything in a report stands: the number and the id of each place, as TeX would count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from convalgebra.errors import ArgumentError
from convalgebra.reporting.blocks import (
    Block,
    Document,
    Figure,
    Formula,
    Heading,
    Step,
    Steps,
    Table,
)

# Deeper titles have no number, and even deeper ones are not counted.
_NUMBERED, _COUNTED = 2, 3


@dataclass(frozen=True)
class Placed:
    """A block or a step with its ``number``, empty where it has none, and its ``id`` in the page."""

    block: Block | Step
    number: str = ""
    id: str = ""
    steps: tuple[Placed, ...] = ()

    @property
    def kind(self) -> str:
        """The name of the kind of block, in small letters."""
        return type(self.block).__name__.lower()


@dataclass(frozen=True)
class Part:
    """A chapter with its blocks in their places."""

    key: str
    passed: bool
    blocks: tuple[Placed, ...]


@dataclass(frozen=True)
class Listed:
    """A chapter in the table of contents, and its sections."""

    heading: Placed
    sections: tuple[Placed, ...]


@dataclass(frozen=True)
class Layout:
    """A whole report in its places, and what bears each anchor."""

    parts: tuple[Part, ...]
    anchors: Mapping[str, Placed]

    @property
    def contents(self) -> tuple[Listed, ...]:
        """The chapters in order, each with its sections."""
        found: list[tuple[Placed, list[Placed]]] = []
        for placed in (placed for part in self.parts for placed in part.blocks):
            if isinstance(placed.block, Heading):
                if placed.block.level == 1:
                    found.append((placed, []))
                elif placed.block.level == 2 and found:
                    found[-1][1].append(placed)
        return tuple(Listed(heading, tuple(sections)) for heading, sections in found)


def lay_out(document: Document) -> Layout:
    """Return a report in its places: chapters and sections numbered, and what they hold in each chapter.

    Raises ``ArgumentError`` for an anchor that two places bear, and for a table that has not one letter
    and one head for each cell of each row.

    >>> from convalgebra.reporting.blocks import Chapter
    >>> from convalgebra.reporting.words import Words
    >>> chapter = Chapter("a", (Heading(1, Words("A")), Formula(("x",), "eq:x")))
    >>> lay_out(Document("d", Words("D"), Words(""), (chapter,))).anchors["eq:x"].number
    '1.1'
    """
    counters = _Counters()
    parts = tuple(
        Part(chapter.key, chapter.passed, tuple(counters.placed(block) for block in chapter.blocks))
        for chapter in document.chapters
    )
    return Layout(parts, dict(_anchored(parts)))


def _anchored(parts: tuple[Part, ...]) -> Iterator[tuple[str, Placed]]:
    seen = set()
    for part in parts:
        for placed in part.blocks:
            for one in (placed, *placed.steps):
                anchor = getattr(one.block, "anchor", "")
                if anchor in seen:
                    raise ArgumentError(
                        f"anchor={anchor!r} stands at two places of the report; one may bear it"
                    )
                if anchor:
                    seen.add(anchor)
                    yield anchor, one


def _check(table: Table) -> None:
    if not table.columns or set(table.columns) - set("lcrp"):
        raise ArgumentError(f"columns={table.columns!r} of a table must be letters of l, c, r, p")
    for row in (table.head, *table.rows):
        if len(row) != len(table.columns):
            raise ArgumentError(
                f"rows={row!r} of a table must have {len(table.columns)} cells, not {len(row)}"
            )


class _Counters:
    """What has been counted up to a place."""

    def __init__(self) -> None:
        self.titles = [0] * _COUNTED
        self.counted: Counter[str] = Counter()
        self.ids: set[str] = set()

    def placed(self, block: Block) -> Placed:
        if isinstance(block, Table):
            _check(block)
        number = self._number(block)
        # A title has an id though nothing refers to it: the table of contents does.
        name = f"part-{'-'.join(map(str, filter(None, self.titles)))}" if isinstance(block, Heading) else ""
        steps = tuple(map(self._step, block.steps)) if isinstance(block, Steps) else ()
        return Placed(block, number, self._id(getattr(block, "anchor", "") or name), steps)

    def _step(self, step: Step) -> Placed:
        return Placed(step, self._next("equation") if step.anchor else "", self._id(step.anchor))

    def _number(self, block: Block) -> str:
        if isinstance(block, Heading):
            return self._title(block.level)
        if isinstance(block, Formula) and block.anchor:
            return self._next("equation")
        if isinstance(block, Figure) or (isinstance(block, Table) and block.caption is not None):
            return self._next(type(block).__name__)
        return ""

    def _title(self, level: int) -> str:
        if level <= _COUNTED:
            self.titles[level - 1 :] = [self.titles[level - 1] + 1, *[0] * (_COUNTED - level)]
        if level == 1:
            self.counted.clear()
        return ".".join(map(str, self.titles[:level])) if level <= _NUMBERED else ""

    def _next(self, kind: str) -> str:
        """Return the next number of a kind; what stands before the first chapter has a number alone."""
        self.counted[kind] += 1
        chapter = f"{self.titles[0]}." if self.titles[0] else ""
        return f"{chapter}{self.counted[kind]}"

    def _id(self, wanted: str) -> str:
        """Return an id that has nothing in it but letters, digits and dashes, and is no other's."""
        if not wanted:
            return ""
        plain = re.sub(r"[^A-Za-z0-9_.]+", "-", wanted).strip("-") or "place"
        found, more = plain, 2
        while found in self.ids:
            found, more = f"{plain}-{more}", more + 1
        self.ids.add(found)
        return found
