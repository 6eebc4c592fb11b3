"""Write the report: everything is made in a folder of its own, then moved; nothing half-written is left."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from convalgebra.errors import ArgumentError
from convalgebra.report.document import render
from convalgebra.report.figures import draw_matrices
from convalgebra.report.separable import article_form, depthwise_chapter, spatial_chapter
from convalgebra.report.tex import compile_pdf

NAME = "separable-convolutions"
# What happens, in order, for whoever shows progress.
STAGES = (
    "derive and measure: depthwise separable",
    "derive and measure: spatially separable",
    "draw the matrices",
    "write LaTeX",
    "run TeX",
)


@dataclass(frozen=True)
class Written:
    """The files of a report, the main one last, and whether all that it checks came out equal."""

    files: tuple[Path, ...]
    passed: bool


def write_report(
    folder: Path, engine: str | None, progress: Callable[[str], None] = lambda stage: None
) -> Written:
    """Write the report on separable convolutions into a folder: LaTeX, figures, and PDF with an engine.

    The same input gives the same bytes. Raises ``ArgumentError`` when the folder cannot be written,
    ``TexError`` when the engine fails.
    """
    _check_folder(folder)
    progress(STAGES[0])
    depthwise = depthwise_chapter()
    progress(STAGES[1])
    spatial = spatial_chapter()
    chapters = (depthwise, spatial)
    with _workshop(folder) as workshop:
        progress(STAGES[2])
        for chapter in chapters:
            draw_matrices(chapter.pictures, workshop / chapter.figure_name)
        progress(STAGES[3])
        source = workshop / f"{NAME}.tex"
        source.write_text(render(chapters, article_form(spatial.derivation)), encoding="utf-8")
        finished = [*(workshop / chapter.figure_name for chapter in chapters), source]
        if engine is not None:
            progress(STAGES[4])
            finished.append(compile_pdf(source, engine))
        files = tuple(_moved(file, folder) for file in finished)
    if engine is None:
        (folder / f"{NAME}.pdf").unlink(missing_ok=True)  # it would not belong to the new LaTeX
    return Written(files, all(chapter.passed for chapter in chapters))


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"output={str(folder)!r} must be a folder: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise ArgumentError(f"output={str(folder)!r} must be a folder that may be written to")
    for taken in folder.glob(f"{NAME}*"):
        if taken.is_dir():
            raise ArgumentError(
                f"output={str(folder)!r}: the folder {taken.name!r} is in the way of a file"
            )


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """Make a folder beside the files to come, so that moving them there is one step each."""
    workshop = Path(tempfile.mkdtemp(prefix=f".{NAME}-", dir=folder))
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _moved(file: Path, folder: Path) -> Path:
    return file.replace(folder / file.name)
