"""Reports as files: made in a folder of their own, then moved; nothing half-written is left."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.reporting.blocks import Chapter, Document
from convalgebra.reporting.chapters import own_chapter
from convalgebra.reporting.html import write_html
from convalgebra.reporting.languages import Language, find_language
from convalgebra.reporting.latex import figures_of, write_latex
from convalgebra.reporting.make import Told, document, nothing
from convalgebra.reporting.parts.back import made
from convalgebra.reporting.parts.front import contents
from convalgebra.reporting.store import digest, keep, kept
from convalgebra.reporting.subjects import SUBJECTS, subjects_of
from convalgebra.reporting.tex import TexError, check_tex, compile_pdf, engine_version, has_tex
from convalgebra.reporting.words import Words, say

FORMATS = ("tex", "pdf", "html")
# What files are called that bear no name of a user's: of the whole catalogue, of one's own.
WHOLE, OWN = "convolutions", "report"


@dataclass(frozen=True)
class Report:
    """The files that were written, whether all that they check came out as it must, and TeX's warnings."""

    files: tuple[Path, ...]
    passed: bool
    warnings: tuple[str, ...] = ()


def report(
    subjects: Any = (),
    path: str | Path = "reports",
    *,
    formats: Sequence[str] | None = None,
    language: str = "en",
    title: str = "",
    templates: str | Path | None = None,
    fresh: bool = False,
    command: str = "",
    told: Told = nothing,
) -> Report:
    """Write a report on families of the catalogue, or on one's own operators and derivations.

    ``subjects`` are names of types (their families get a chapter each; none: all of them), or operators,
    derivations, and pairs of operators to be compared (a chapter each). ``path`` is a file that ends in
    .tex, .pdf or .html, or a folder, which gets every one of ``formats``: by default "tex" and "html",
    and "pdf" where TeX is installed. ``language`` is "en" or "zh"; ``title`` takes the place of ours.
    ``templates`` is a folder of templates that take the place of those that come with convalgebra:
    ``report.tex.j2``, ``report.html.j2``, ``page.css`` and what they include. Chapters of the catalogue
    that were made before, by the same version and libraries, are taken over unless ``fresh``.
    ``command`` is printed as what makes the report again; ``told`` is called with what is done.

    The same versions give the same bytes. Files are written whole or not at all; figures of LaTeX stand
    in ``figures`` beside it. Raises ``ArgumentError`` that names the argument, ``TexError`` where TeX
    fails (the source is left then).

    >>> import convalgebra as ca, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = ca.report([ca.conv("D", "N_c", "N", "m")], f"{folder}/layer.html")
    ...     [file.name for file in found.files], found.passed
    (['layer.html'], True)
    """
    catalogue = find_language(language)
    folder, stem, wanted = _place(Path(path), formats, catalogue)
    own_templates = _templates(templates)
    if "pdf" in wanted:
        check_tex(catalogue)
    names, own = _split(subjects)
    if own:
        whole = _own_document(own, stem or OWN, command, told)
        if names:
            raise ArgumentError(f"subjects: {names[0]!r} is a name and {own[0]!r} is none: give one kind")
    else:
        chosen = subjects_of(names) if names else SUBJECTS
        title = WHOLE if chosen == SUBJECTS else "-".join(subject.key for subject in chosen)
        whole = document(
            chosen, stem or title, command or _command(names, language), fresh=fresh, told=told
        )
    if title:
        whole = replace(whole, title=Words(title))
    with _workshop(folder) as workshop:
        writing = _Writing(whole, catalogue, own_templates, workshop, told)
        try:
            made_files, warnings = writing.files(wanted)
        except TexError as error:
            left = [_moved(file, workshop, folder) for file in writing.source_files()]
            raise TexError(f"{error}\nthe source is left in {str(left[-1])!r}") from None
        files = tuple(_moved(file, workshop, folder) for file in made_files)
    return Report(files, whole.passed, warnings)


def _split(subjects: Any) -> tuple[list[str], list[Any]]:
    if isinstance(subjects, str):
        raise ArgumentError(f"subjects={subjects!r} must be a list, as in [{subjects!r}]")
    if not isinstance(subjects, list | tuple):
        subjects = [subjects]
    names = [thing for thing in subjects if isinstance(thing, str)]
    return names, [thing for thing in subjects if not isinstance(thing, str)]


def _command(names: Sequence[str], language: str) -> str:
    told = ["convalgebra report", *names, *([] if language == "en" else [f"--language {language}"])]
    return " ".join(told)


def _own_document(own: Sequence[Any], stem: str, command: str, told: Told) -> Document:
    chapters: list[Chapter] = []
    # Figures are files beside the source: those of two reports in a folder have different names.
    key = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or OWN
    for at, thing in enumerate(own, 1):
        told(f"{at} of {len(own)}")
        chapters.append(own_chapter(thing, f"{key}-{at}"))
    ends = [made(command)]
    return Document(
        stem, say("document.own_title"), say("document.subtitle"), (contents(), *chapters, *ends)
    )


# --- where it goes ---------------------------------------------------------------------------------


def _place(
    path: Path, formats: Sequence[str] | None, language: Language
) -> tuple[Path, str, tuple[str, ...]]:
    """Return the folder, the name of the file without its end (or none), and what is to be written."""
    suffix = path.suffix.removeprefix(".")
    if suffix in FORMATS:
        if formats is not None:
            raise ArgumentError(f"formats={formats!r}: path={str(path)!r} says already what is written")
        _check_folder(path.parent)
        return path.parent, path.stem, (suffix,)
    _check_folder(path)
    if formats is None:
        return path, "", FORMATS if has_tex(language) else ("tex", "html")
    for name in formats:
        if name not in FORMATS:
            raise ArgumentError(f"formats={name!r} must be one of {', '.join(FORMATS)}")
    return path, "", tuple(dict.fromkeys(formats))


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"path={str(folder)!r} must be a folder: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise ArgumentError(f"path={str(folder)!r} must be a folder that may be written to")


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
    if target.is_dir():
        raise ArgumentError(f"path: the folder {str(target)!r} is in the way of a file")
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
    told: Told

    @property
    def stem(self) -> str:
        """The name of the files without their ends."""
        code = self.language.code
        return self.whole.name if code == "en" else f"{self.whole.name}-{code}"

    def files(self, wanted: Sequence[str]) -> tuple[list[Path], tuple[str, ...]]:
        """Write what is wanted, figures before the .tex that needs them; return TeX's warnings too."""
        files: list[Path] = []
        warnings: tuple[str, ...] = ()
        if "tex" in wanted:
            self.told(f"{self.stem}.tex")
            files += self.source_files()
        if "pdf" in wanted:
            self.told(f"{self.stem}.pdf")
            pdf, warnings = _compiled(self.source, figures_of(self.whole), self.language, self.stem)
            files.append(_put(self.workshop / f"{self.stem}.pdf", pdf))
        if "html" in wanted:
            self.told(f"{self.stem}.html")
            page = write_html(self.whole, self.language, self.templates)
            files.append(_put(self.workshop / f"{self.stem}.html", page.encode()))
        return files, warnings

    @cached_property
    def source(self) -> str:
        """The LaTeX source."""
        return write_latex(self.whole, self.language, self.templates)

    def source_files(self) -> list[Path]:
        """Write the LaTeX source and its figures; the source is the last of them."""
        drawn = figures_of(self.whole).items()
        figures = [_put(self.workshop / "figures" / f"{name}.pdf", data) for name, data in drawn]
        return [*figures, _put(self.workshop / f"{self.stem}.tex", self.source.encode())]


def _compiled(
    source: str, drawings: Mapping[str, bytes], language: Language, stem: str
) -> tuple[bytes, tuple[str, ...]]:
    """Return the PDF and what a reader sees that ought not to be there; taken over if nothing changed."""
    parts = (part for name, data in sorted(drawings.items()) for part in (name, data))
    made_from = digest(engine_version(language), source, *parts)
    before = kept(f"{stem}.pdf")
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
