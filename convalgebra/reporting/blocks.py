"""What a report consists of, in no language and for no kind of paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from convalgebra.reporting.words import Inline


@dataclass(frozen=True)
class Heading:
    """The title of a part: level 1 is a chapter, 2 a section of it, 3 a part of a section."""

    level: int
    title: Inline
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    words: Inline


@dataclass(frozen=True)
class Items:
    """A list without numbers."""

    items: tuple[Inline, ...]


@dataclass(frozen=True)
class Formula:
    """A formula on a line of its own, LaTeX as it stands between dollars; numbered if it has an anchor.

    Where it is too long for a line, each of ``lines`` goes on the one before.
    """

    lines: tuple[str, ...]
    anchor: str = ""


@dataclass(frozen=True)
class Step:
    """A line of a derivation: sides and relation in LaTeX; ``left`` is empty if the one before has it."""

    left: str
    relation: str
    right: tuple[str, ...]
    reason: Inline
    anchor: str = ""


@dataclass(frozen=True)
class Steps:
    """A derivation; in a ``wide`` one the reasons stand below the formulas, else beside them."""

    steps: tuple[Step, ...]
    wide: bool


@dataclass(frozen=True)
class Table:
    """A table: a letter for each column (l, c, r; p for sentences), its head, its rows.

    A ``long`` one goes on on the next page.
    """

    columns: str
    head: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]
    caption: Inline | None = None
    anchor: str = ""
    long: bool = False


@dataclass(frozen=True)
class Drawing:
    """A figure as files: ``vector`` is PDF for paper, ``image`` SVG for a page; ``width`` in inches."""

    name: str
    vector: bytes
    image: str
    width: float


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption, and in ``shows`` what there is to see, for those who cannot."""

    drawing: Drawing
    caption: Inline
    shows: Inline
    anchor: str = ""


@dataclass(frozen=True)
class Entry:
    """A claim or an identity: what it is called, what it says, and lines of what was found."""

    name: Inline
    verdict: Inline
    words: Inline
    lines: tuple[tuple[Inline, Inline], ...] = ()
    anchor: str = ""


@dataclass(frozen=True)
class Command:
    """A command of the shell or a line of Python on a line of its own."""

    text: str


@dataclass(frozen=True)
class Contents:
    """A placeholder for the list of the chapters and their sections."""


Block: TypeAlias = (
    Heading | Paragraph | Items | Formula | Steps | Table | Figure | Entry | Command | Contents
)


@dataclass(frozen=True)
class Chapter:
    """Some blocks under one title; ``passed`` is whether every check in it came out as it must."""

    key: str
    blocks: tuple[Block, ...]
    passed: bool = True


@dataclass(frozen=True)
class Document:
    """A report: its title, what it is about in a line, its chapters in order."""

    name: str
    title: Inline
    subtitle: Inline
    chapters: tuple[Chapter, ...]

    @property
    def passed(self) -> bool:
        """Whether every check in every chapter came out as it must."""
        return all(chapter.passed for chapter in self.chapters)
