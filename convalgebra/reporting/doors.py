"""The ways into the room of reports: light to come by, what is heavy is imported when one enters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convalgebra.networks.network import Network

FORMATS = ("tex", "pdf", "html")
Told = Callable[[str], None]


def nothing(stage: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class NetworkCosts:
    """A network as the subject of a report, and what counts in its totals: see ``network.total``."""

    network: Network
    include: frozenset[str]


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
    name: str = "",
    command: str = "",
    told: Told = nothing,
) -> Report:
    """Write a report on families of the catalogue, or on one's own operators, derivations and networks.

    ``subjects`` are names of types (their families get a chapter each; none: all of them), or operators,
    derivations, networks, and pairs of operators to be compared (a chapter each). ``path`` is a file that
    ends in .tex, .pdf or .html, or a folder, which gets every one of ``formats``: by default "tex" and
    "html", and "pdf" where TeX is installed. ``language`` is "en" or "zh"; ``title`` takes the place of
    ours. ``templates`` is a folder of templates that take the place of those that come with convalgebra:
    ``report.tex.j2``, ``report.html.j2``, ``page.css`` and what they include. Chapters of the catalogue
    that were made before, by the same version and libraries, are taken over unless ``fresh``.
    ``name`` is what files in a folder are called, ``command`` is printed as what makes the report again,
    ``told`` is called with what is done.

    The same versions give the same bytes. Files are written whole or not at all; figures of LaTeX stand
    in ``figures`` beside it. Raises ``ArgumentError`` that names the argument, ``TexError`` where TeX
    fails (the source is left then).

    >>> import convalgebra as ca, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = ca.report([ca.conv("D", "N_c", "N", "m")], f"{folder}/layer.html")
    ...     [file.name for file in found.files], found.passed
    (['layer.html'], True)
    """
    from convalgebra.reporting.write import write_report  # noqa: PLC0415

    return write_report(
        subjects,
        path,
        formats=formats,
        language=language,
        title=title,
        templates=templates,
        fresh=fresh,
        name=name,
        command=command,
        told=told,
    )
