"""From subjects to documents: chapters made side by side, those that are known taken from the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convalgebra.reporting.blocks import Chapter, Document
from convalgebra.reporting.chapters import piece_of, pieces_of, whole_chapter
from convalgebra.reporting.doors import Told, nothing
from convalgebra.reporting.parts.back import glossary, list_of_claims, made, sources
from convalgebra.reporting.parts.front import contents, front
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.store import digest, keep_chapter, kept_chapter
from convalgebra.reporting.subject import Subject
from convalgebra.reporting.subjects import SUBJECTS
from convalgebra.reporting.words import say

FRONT = "front"
# Chapters that take long are begun first.
_LONG = ("algorithms", "dilated", "grouped", "transposed", "depthwise_separable", "shuffled")


def document(
    subjects: Sequence[Subject], name: str, command: str, *, fresh: bool = False, told: Told = nothing
) -> Document:
    """Return the report on some families: front, a chapter for each, and what stands at the end.

    ``fresh`` makes every chapter anew; else those are taken over of which nothing has changed. ``told``
    is called with each chapter's name when it is made. ``command`` is printed as the one that makes the
    report again.
    """
    found = dict(_chapters([FRONT, *(subject.key for subject in subjects)], fresh, told))
    chapters = [found[subject.key] for subject in subjects]
    ends = [glossary(), *([list_of_claims(chapters)] if _has_claims(subjects) else [])]
    ends += [sources([found[FRONT], *chapters]), made(command)]
    return Document(
        name,
        say("document.title"),
        say("document.subtitle"),
        (contents(), found[FRONT], *chapters, *ends),
    )


def _has_claims(subjects: Sequence[Subject]) -> bool:
    return any(subject.sections for subject in subjects)


def _chapters(keys: Sequence[str], fresh: bool, told: Told) -> Iterator[tuple[str, Chapter]]:
    missing = []
    for key in keys:
        chapter = None if fresh else kept_chapter(key, digest(key))
        if chapter is None:
            missing.append(key)
        else:
            told(key)
            yield key, chapter
    missing.sort(key=lambda key: _LONG.index(key) if key in _LONG else len(_LONG))
    made_from = {key: digest(key) for key in missing}
    for key, chapter in _made(missing):
        keep_chapter(chapter, made_from[key])
        told(key)
        yield key, chapter


def _made(keys: Sequence[str]) -> Iterator[tuple[str, Chapter]]:
    """Yield chapters as they are made, the pieces of each in processes side by side."""
    if not keys:
        return
    from convalgebra.reporting.workers import made_side_by_side  # noqa: PLC0415

    jobs = [(key, number) for key in keys for number in range(_pieces(key))]
    done: dict[str, dict[int, Part]] = {key: {} for key in keys}
    for (key, number), part in made_side_by_side(jobs):
        done[key][number] = part
        if len(done[key]) == _pieces(key):
            yield key, whole_chapter(key, [done[key][number] for number in range(_pieces(key))])


def _pieces(key: str) -> int:
    return 1 if key == FRONT else pieces_of(_subject(key))


def _subject(key: str) -> Subject:
    return next(subject for subject in SUBJECTS if subject.key == key)


def make_piece(key: str, number: int) -> Part:
    """Return one piece of the chapter of a key, made now; the front has one only."""
    if key == FRONT:
        chapter = front()
        return Part(chapter.blocks, chapter.passed)
    return piece_of(_subject(key), number)


def make_chapter(key: str) -> Chapter:
    """Return the chapter of a key, made now, in this process.

    >>> make_chapter("front").passed
    True
    """
    return whole_chapter(key, [make_piece(key, number) for number in range(_pieces(key))])
