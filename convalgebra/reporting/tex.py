"""Runs of TeX: from a source to a PDF, always the same bytes, in a folder and a time of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.reporting.languages import Language
from convalgebra.reporting.templating import excerpt

_NAME = "report"
_ENGINES = {"en": ("pdflatex", "-pdf"), "zh": ("xelatex", "-xelatex")}
_DEBIAN = "latexmk texlive-latex-recommended texlive-pictures lmodern"
_CHINESE = "texlive-xetex texlive-lang-chinese texlive-fonts-recommended fonts-wqy-microhei"
_SECONDS = 300.0
_REPEATS = 4
# Points by which a box may be too wide, or too high, before a reader sees it.
_SEEN = 2.0
_ENVIRONMENT = {
    # The date of every PDF, which TeX takes for that of the day, so that equal sources give equal bytes.
    "SOURCE_DATE_EPOCH": "0",
    "FORCE_SOURCE_DATE": "1",
    # Files outside the folder are neither read, but those of TeX itself, nor written.
    "openin_any": "p",
    "openout_any": "p",
    "shell_escape": "f",
    # Lines of the log are not cut.
    "max_print_line": "4000",
    "error_line": "254",
    "half_error_line": "238",
}


class TexError(ConvalgebraError):
    """There is no PDF: TeX is not there, did not end in time, or did not accept the source."""


@dataclass(frozen=True)
class Compiled:
    """A PDF, and what in it a reader could see that ought not to be there."""

    pdf: bytes
    warnings: tuple[str, ...]


def compile_pdf(
    source: str, figures: Mapping[str, bytes], language: Language, seconds: float = _SECONDS
) -> Compiled:
    """Run TeX on a source with its figures, in a temporary folder, for at most so many seconds.

    English takes pdfLaTeX, Chinese XeLaTeX; commands of the shell in the source are not run.

    Raises ``ArgumentError`` for a figure whose name cannot be that of a file, and ``TexError`` where TeX is
    missing (with what to install), takes longer, or stops (with the lines at which it does).
    """
    check_tex(language)
    engine, flag = _ENGINES[language.code]
    with tempfile.TemporaryDirectory(prefix="convalgebra-") as name:
        folder = Path(name)
        (folder / "figures").mkdir()
        for figure, data in figures.items():
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", figure):
                raise ArgumentError(f"figures: the name {figure!r} must be letters, digits, - and _")
            (folder / "figures" / f"{figure}.pdf").write_bytes(data)
        (folder / f"{_NAME}.tex").write_text(source, encoding="utf-8")
        log = _settled(folder, engine, flag, seconds, source, language)
        return Compiled((folder / f"{_NAME}.pdf").read_bytes(), tuple(warnings_of(log)))


def _settled(folder: Path, engine: str, flag: str, seconds: float, source: str, language: Language) -> str:
    """Run latexmk until nothing moves any more, and return the log of the last run.

    latexmk takes a file that has changed within the second, to one of the same length, for the same; so the
    document itself says whether it has moved.
    """
    end = time.monotonic() + seconds
    options = [flag, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", f"{_NAME}.tex"]
    log = ""
    for again in range(_REPEATS):
        command = ["latexmk", "-norc", "-g" if again else "-gg", *options]
        said, ended = _run(command, folder, max(end - time.monotonic(), 0.0))
        file = folder / f"{_NAME}.log"
        log = file.read_text("utf-8", errors="replace") if file.is_file() else ""
        if ended is None:
            raise TexError(f"{engine} did not end within {seconds:g} s; {_last_page(log)}")
        if ended or not (folder / f"{_NAME}.pdf").is_file():
            raise TexError(_complaint(engine, log or said, source, language))
        if not _MOVED.search(log):
            break
    return log


def has_tex(language: Language) -> bool:
    """Say whether there are the programs that a PDF in this language takes."""
    return not _missing(language)


def check_tex(language: Language) -> None:
    """Raise ``TexError`` that says what to install, unless the programs for a PDF are there."""
    for program in _missing(language):
        raise TexError(f"no PDF without {program}; {how_to_install(language)}")


def _missing(language: Language) -> list[str]:
    programs = ("latexmk", _ENGINES[language.code][0])
    return [program for program in programs if shutil.which(program) is None]


def engine_version(language: Language) -> str:
    """Return what the engine of a language says of itself: other versions make other bytes."""
    engine = shutil.which(_ENGINES[language.code][0])
    if engine is None:
        return ""
    done = subprocess.run([engine, "--version"], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout


def _run(command: list[str], folder: Path, seconds: float) -> tuple[str, int | None]:
    """Return what a command says and how it ends, None if not in time; then all it started is gone."""
    with (folder / "said").open("wb+") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        ended = None
        try:
            ended = process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # Also when a user interrupts: the engine is a child of latexmk, and dies with its group.
            if ended is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        said.seek(0)
        return said.read().decode(errors="replace"), ended


def how_to_install(language: Language) -> str:
    """Return what to install for a PDF in this language."""
    packages = f"{_DEBIAN} {_CHINESE}" if language.code == "zh" else _DEBIAN
    return f"on Debian or Ubuntu: apt-get install {packages}; elsewhere: https://tug.org/texlive"


def _complaint(engine: str, log: str, source: str, language: Language) -> str:
    """Return what TeX says of the first error, and the lines of the source that it is about."""
    lines = log.splitlines()
    first = next((at for at, line in enumerate(lines) if line.startswith("! ")), None)
    if first is None:
        return "\n".join([f"{engine} failed; the last it said:", *(line[:300] for line in lines[-12:])])
    told = [line[:300] for line in lines[first : first + 12]]
    place = next((at for at, line in enumerate(told) if re.match(r"l\.\d+", line)), None)
    if place is not None:
        told = told[: place + 2]
    parts = [f"{engine} failed:", *(line.rstrip() for line in told if line.strip())]
    if place is not None:
        number, _, shown = told[place][2:].partition(" ")
        numbered = source.splitlines()
        # The line may be one of a package; what TeX shows of it may be its end only, after three points.
        if (
            numbered[int(number) - 1 : int(number)]
            and shown.removeprefix("...")[:40] in numbered[int(number) - 1]
        ):
            parts += ["the source there:", excerpt(numbered, int(number), 2)]
    if missing := re.search(r"File `([^']+)' not found|cannot be found", "\n".join(told)):
        parts.append(f"{missing[1] or 'a font'} is not installed; {how_to_install(language)}")
    return "\n".join(parts)


def _last_page(log: str) -> str:
    pages = re.findall(r"\[(\d+)", log)
    return f"it came to page {pages[-1]}" if pages else "it came to no page"


_MOVED = re.compile(r"rerunfilecheck Warning: File .* has changed|Rerun to get")
_WARNINGS = (
    re.compile(r"LaTeX Warning: ((?:Hyper )?[Rr]eference .* undefined.*)"),
    re.compile(r"LaTeX Warning: (Citation .* undefined.*)"),
    re.compile(r"LaTeX Warning: (Label .* multiply defined.*)"),
    re.compile(r"LaTeX Warning: (Label\(s\) may have changed.*)"),
    re.compile(r"LaTeX Warning: (Float too large.*)"),
    re.compile(r"(Missing character: .*)"),
    re.compile(r"LaTeX Font Warning: (Font shape .* undefined.*)"),
    re.compile(r"Package (fontspec Warning: (?!Font .* does not contain requested).*)"),
    re.compile(r"Package (hyperref Warning: (?:Token not allowed|Composite letter|Glyph not defined).*)"),
    re.compile(r"pdfTeX warning (?:\(dest\)|\(ext4\)): (.*)"),
)
_OVERFULL = re.compile(r"(Overfull \\[hv]box \(([\d.]+)pt too (?:wide|high)\).*)")


def warnings_of(log: str) -> list[str]:
    r"""Return what a reader could see, of all that TeX warns of, each once.

    These are boxes that stick out by more than two points, references to nothing, labels that stand twice,
    missing characters, fonts that stand in for others, and bookmarks that lack a part.

    >>> warnings_of(r"Overfull \hbox (1.5pt too wide) in paragraph at lines 3--4")
    []
    >>> warnings_of(r"Overfull \hbox (12.5pt too wide) in paragraph at lines 3--4")
    ['Overfull \\hbox (12.5pt too wide) in paragraph at lines 3--4']
    """
    found: dict[str, None] = {}
    for line in log.splitlines():
        if (box := _OVERFULL.search(line)) and float(box[2]) > _SEEN:
            found[box[1].strip()] = None
        for pattern in _WARNINGS:
            if match := pattern.search(line):
                found[match[1].strip()] = None
    return list(found)
