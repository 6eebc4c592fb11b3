"""Reports as files: made in a folder of their own, then moved; nothing half-written is left."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

from convalgebra.errors import ArgumentError
from convalgebra.reporting.blocks import Chapter, Document
from convalgebra.reporting.chapters import is_network, is_pair, own_chapter
from convalgebra.reporting.doors import FORMATS, Report, Told
from convalgebra.reporting.html import write_html
from convalgebra.reporting.languages import Language, find_language
from convalgebra.reporting.latex import figures_of, write_latex
from convalgebra.reporting.make import document
from convalgebra.reporting.parts.back import made
from convalgebra.reporting.parts.front import contents
from convalgebra.reporting.store import digest, keep, kept
from convalgebra.reporting.subjects import SUBJECTS, subjects_of
from convalgebra.reporting.tex import TexError, check_tex, compile_pdf, engine_version, has_tex
from convalgebra.reporting.words import Words, say

# What files are called that bear no name of a user's: of the whole catalogue, of one's own.
WHOLE, OWN = "convolutions", "report"
# Ends of files that are none of ours: a folder is seldom called so.
_FOREIGN = ("doc", "docx", "htm", "md", "odt", "ps", "rtf", "txt", "xhtml")


def write_report(
    subjects: Any,
    path: str | Path,
    *,
    formats: Sequence[str] | None,
    language: str,
    title: str,
    templates: str | Path | None,
    fresh: bool,
    name: str,
    command: str,
    told: Told,
) -> Report:
    """Write a report and return what was written; ``ca.report`` says what it takes and has the defaults."""
    catalogue = find_language(language)
    place = _place(Path(path), formats, catalogue)
    own_templates = _templates(templates)
    names, own = _split(subjects)
    chosen = subjects_of(names) if names else SUBJECTS
    if "pdf" in place.formats:
        check_tex(catalogue)
    if own:
        if names:
            raise ArgumentError(f"subjects: {names[0]!r} is a name and {own[0]!r} is none: give one kind")
        whole = _own_document(own, place.stem or name or OWN, command, told)
    else:
        called = WHOLE if chosen == SUBJECTS else "-".join(subject.key for subject in chosen)
        again = command or _command(names, language, title, templates)
        whole = document(chosen, place.stem or name or called, again, fresh=fresh, told=told)
    if title:
        whole = replace(whole, title=Words(title))
    place.make()
    with _workshop(place.folder) as workshop:
        # A file that a user names is called as it is said, a file of ours by its language too.
        suffix = "" if place.stem or language == "en" else f"-{language}"
        writing = _Writing(whole, catalogue, own_templates, workshop, whole.name + suffix, fresh, told)
        place.check(writing.stem)
        try:
            made_files, warnings = writing.files(place.formats)
        except TexError as error:
            left = [_moved(file, workshop, place.folder) for file in writing.left()]
            raise TexError(f"{error}\nthe source is left in {str(left[-1])!r}") from None
        files = tuple(_moved(file, workshop, place.folder) for file in made_files)
    return Report(files, whole.passed, warnings)


def _split(subjects: Any) -> tuple[list[str], list[Any]]:
    """Return the names of types among the subjects, and a user's own things."""
    if isinstance(subjects, str):
        raise ArgumentError(f"subjects={subjects!r} must be a list, as in [{subjects!r}]")
    if is_pair(subjects) and isinstance(subjects, tuple):
        subjects = [subjects]  # a pair by itself is one thing: two operators to be compared
    if is_network(subjects):
        subjects = [subjects]  # it is iterable: its layers are no subjects
    if not isinstance(subjects, Iterable):
        subjects = [subjects]
    found = list(subjects)
    if not found and subjects != ():
        raise ArgumentError("subjects: the list is empty; leave it out for the whole catalogue")
    names = [thing for thing in found if isinstance(thing, str)]
    return names, [thing for thing in found if not isinstance(thing, str)]


def _command(names: Sequence[str], language: str, title: str, templates: str | Path | None) -> str:
    """Return the command that makes the same report again."""
    told = ["convalgebra", "report", *names]
    told += [] if language == "en" else ["--language", language]
    told += ["--title", title] if title else []
    told += [] if templates is None else ["--templates", str(templates)]
    return shlex.join(told)


def _own_document(own: Sequence[Any], stem: str, command: str, told: Told) -> Document:
    chapters: list[Chapter] = []
    # Figures are files beside the source: those of two reports in a folder have different names.
    plain = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")
    key = plain if plain == stem else f"{plain or OWN}-{crc32(stem.encode()):08x}"
    for at, thing in enumerate(own, 1):
        told(f"{at} of {len(own)}")
        chapters.append(own_chapter(thing, f"own-{key}-{at}"))
    networks = all(map(is_network, own))
    whole = (contents(), *chapters, made(command))
    if len(chapters) == 1:
        # One chapter needs no list of chapters on a page of its own, nor a page for how it was made.
        only = chapters[0]
        whole = (replace(only, blocks=(*only.blocks, *made(command).blocks)),)
    return Document(
        stem,
        say("document.networks_title" if networks else "document.own_title"),
        say("document.networks_subtitle" if networks else "document.own_subtitle"),
        whole,
    )


# --- where it goes ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """Where files go: a folder, what a user calls them (or nothing), and which there are to be."""

    folder: Path
    stem: str
    formats: tuple[str, ...]

    def make(self) -> None:
        """Make the folder; raise ``ArgumentError`` where that cannot be, or it cannot be written to."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArgumentError(
                f"path={str(self.folder)!r} must be a folder; it cannot be made: {error.strerror}"
            ) from None
        if not os.access(self.folder, os.W_OK):
            raise ArgumentError(f"path={str(self.folder)!r} must be a folder that may be written to")

    def check(self, stem: str) -> None:
        """Raise ``ArgumentError`` for a folder in the way of a file, before anything is written."""
        for name in self.formats:
            if (self.folder / f"{stem}.{name}").is_dir():
                way = str(self.folder / f"{stem}.{name}")
                raise ArgumentError(f"path: the folder {way!r} is in the way of a file")


def _place(path: Path, formats: Sequence[str] | None, language: Language) -> _Place:
    suffix = path.suffix.removeprefix(".").lower()
    if suffix in FORMATS:
        if formats is not None:
            raise ArgumentError(f"formats={formats!r}: path={str(path)!r} says already what is written")
        return _checked(_Place(path.parent, path.stem, (suffix,)))
    if suffix in _FOREIGN:
        raise ArgumentError(f"path={str(path)!r} must end in .tex, .pdf or .html, or be a folder")
    if formats is None:
        return _checked(_Place(path, "", FORMATS if has_tex(language) else ("tex", "html")))
    wanted = (formats,) if isinstance(formats, str) else tuple(dict.fromkeys(formats))
    for name in wanted or ("",):
        if name not in FORMATS:
            raise ArgumentError(f"formats={name!r} must be one of {', '.join(FORMATS)}")
    return _checked(_Place(path, "", wanted))


def _checked(place: _Place) -> _Place:
    """Return a place whose folder is one or can become one: it is made when all else is done."""
    nearest = next(folder for folder in (place.folder, *place.folder.parents) if folder.exists())
    if not nearest.is_dir():
        raise ArgumentError(f"path={str(place.folder)!r} must be a folder: {str(nearest)!r} is a file")
    if not os.access(nearest, os.W_OK):
        raise ArgumentError(f"path={str(place.folder)!r} must be a folder that may be written to")
    return place


def _templates(given: str | Path | None) -> Path | None:
    if given is None or Path(given).is_dir():
        return None if given is None else Path(given)
    raise ArgumentError(f"templates={str(given)!r} must be a folder of templates")


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """Make a folder beside the files to come, so that moving them there is one step each."""
    workshop = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _moved(file: Path, workshop: Path, folder: Path) -> Path:
    target = folder / file.relative_to(workshop)
    target.parent.mkdir(parents=True, exist_ok=True)
    return file.replace(target)


# --- what is written -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Writing:
    """A document that is being written into a workshop."""

    whole: Document
    language: Language
    templates: Path | None
    workshop: Path
    stem: str
    fresh: bool
    told: Told

    def files(self, wanted: Sequence[str]) -> tuple[list[Path], tuple[str, ...]]:
        """Write what is wanted, figures before the .tex that needs them; return TeX's warnings too."""
        files: list[Path] = []
        warnings: tuple[str, ...] = ()
        if "html" in wanted:
            self.told(f"{self.stem}.html")
            files.append(self._page())
        if "tex" in wanted:
            self.told(f"{self.stem}.tex")
            files += self._source()
        if "pdf" in wanted:
            self.told(f"{self.stem}.pdf")
            drawings = figures_of(self.whole)
            pdf, warnings = _compiled(self.source, drawings, self.language, self.stem, self.fresh)
            files.append(_put(self.workshop / f"{self.stem}.pdf", pdf))
        return files, warnings

    def left(self) -> list[Path]:
        """Return what there is where TeX has failed: the page if it was wanted, and the source, last."""
        page = self.workshop / f"{self.stem}.html"
        return [*([page] if page.is_file() else []), *self._source()]

    @cached_property
    def source(self) -> str:
        """The LaTeX source."""
        return write_latex(self.whole, self.language, self.templates)

    def _page(self) -> Path:
        page = write_html(self.whole, self.language, self.templates)
        return _put(self.workshop / f"{self.stem}.html", page.encode())

    def _source(self) -> list[Path]:
        drawn = figures_of(self.whole).items()
        figures = [_put(self.workshop / "figures" / f"{name}.pdf", data) for name, data in drawn]
        return [*figures, _put(self.workshop / f"{self.stem}.tex", self.source.encode())]


def _compiled(
    source: str, drawings: Mapping[str, bytes], language: Language, stem: str, fresh: bool
) -> tuple[bytes, tuple[str, ...]]:
    """Return the PDF and what a reader sees that ought not to be there; taken over if nothing changed."""
    parts = (part for name, data in sorted(drawings.items()) for part in (name, data))
    made_from = digest(engine_version(language), source, *parts)
    before = None if fresh else kept(f"{stem}.pdf")
    if before is not None and before[:64] == made_from.encode():
        return before[64:], ()
    compiled = compile_pdf(source, drawings, language)
    if not compiled.warnings:
        keep(f"{stem}.pdf", made_from.encode() + compiled.pdf)
    return compiled.pdf, compiled.warnings


def _put(file: Path, data: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file
