"""``convalgebra report``: chapters of the catalogue, or a comparison of one's own, derived and measured."""

from __future__ import annotations

import gc
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.mistakes import told
from convalgebra.cli.options import describing_layers

if TYPE_CHECKING:
    from convalgebra.reporting.doors import Report


@click.command(short_help="A report: formulas derived, counts measured, claims judged.")
@click.argument("types", nargs=-1, metavar="[TYPE]...")
@click.option(
    "--compare",
    nargs=2,
    metavar="TYPE OTHER",
    help="Instead, a report on what TYPE costs beside OTHER, for names or numbers.",
)
@click.option(
    "--format",
    "formats",
    metavar="FORMAT[,FORMAT...]",
    help="tex, pdf, html; by default all for which there are the tools.",
)
@click.option("--language", type=click.Choice(("en", "zh")), default="en", show_default=True)
@click.option("--title", default="", help="The title, in place of ours.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="The folder to write into; it is made if it is not there.",
)
@click.option(
    "--templates",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder with templates that take the place of ours: report.tex.j2, report.html.j2, page.css.",
)
@click.option("--fresh", is_flag=True, help="Make every chapter anew, also those that have not changed.")
@describing_layers
def report(
    types: tuple[str, ...],
    compare: tuple[str, str] | None,
    formats: str | None,
    language: str,
    title: str,
    output: Path,
    templates: Path | None,
    fresh: bool,
    **given: Any,
) -> None:
    """Write a report: a chapter for the family of each TYPE, all of the catalogue without one.

    Every formula in it is derived, every count measured and every claim judged when it is made; a rerun
    makes only what has changed. The exit code is 1 when a check fails. The options of layers belong to
    --compare, as in `convalgebra report --compare depthwise-separable conv --input N,N --kernel h`.
    """
    from convalgebra.cli.progress import interruptible  # noqa: PLC0415

    wanted = None if formats is None else tuple(part.strip() for part in formats.split(","))
    options = {"formats": wanted, "language": language, "title": title, "templates": templates}
    written = None
    with interruptible() as interruption:
        written = _written(types, compare, given, output, {**options, "fresh": fresh})
    if written is None:
        click.echo("interrupted; nothing was written", err=True)
        interruption.leave()
        return
    _tell(written, output, wanted, language)
    if not written.passed:
        click.echo("some checks FAIL: see the verdicts in the report", err=True)
        sys.exit(1)


def _written(
    types: tuple[str, ...],
    compare: tuple[str, str] | None,
    given: Mapping[str, Any],
    output: Path,
    options: Mapping[str, Any],
) -> Report:
    """Write the report. What is heavy is imported here, beside processes that do the same."""
    from convalgebra.reporting.workers import prestart  # noqa: PLC0415

    gc.disable()  # a command of a minute, whose objects are mostly formulas that are kept
    if options["fresh"] and not compare:
        prestart()
    from convalgebra.cli.progress import Progress  # noqa: PLC0415
    from convalgebra.reporting.doors import FORMATS  # noqa: PLC0415
    from convalgebra.reporting.make import FRONT  # noqa: PLC0415
    from convalgebra.reporting.subjects import SUBJECTS, subjects_of  # noqa: PLC0415
    from convalgebra.reporting.write import write_report  # noqa: PLC0415

    with told(subjects="TYPE", path="--output", formats="--format", templates="--templates"):
        subjects, command = _subjects(types, compare, given, options)
        chapters = 1 if compare else len(subjects_of(types) if types else SUBJECTS) + len([FRONT])
        name = "-".join(compare) if compare else ""
        with Progress(chapters + len(options["formats"] or FORMATS)) as progress:
            return write_report(
                subjects, output, **options, name=name, command=command, told=progress.stage
            )


def _tell(written: Report, output: Path, wanted: Sequence[str] | None, language: str) -> None:
    """Say what was written, what TeX complains of, and what is not there."""
    for file in written.files:
        if file.parent.name != "figures":
            click.echo(f"wrote {file}")
    for warning in written.warnings:
        click.echo(f"TeX warns: {warning}", err=True)
    if wanted is None and not any(file.suffix == ".pdf" for file in written.files if file.parent == output):
        from convalgebra.reporting.languages import find_language  # noqa: PLC0415
        from convalgebra.reporting.tex import how_to_install  # noqa: PLC0415

        click.echo(f"no TeX is installed, so no PDF; {how_to_install(find_language(language))}")


def _subjects(
    types: tuple[str, ...],
    compare: tuple[str, str] | None,
    given: Mapping[str, Any],
    options: Mapping[str, Any],
) -> tuple[Any, str]:
    """Return what the report is about, and of a comparison the command that makes it again."""
    from convalgebra.cli.layers import layers_given, spelt  # noqa: PLC0415

    if compare is None:
        if unused := spelt(given):
            raise click.UsageError(f"{unused.split()[0]} belongs to --compare TYPE OTHER")
        return list(types) if types else (), ""
    if compare[1].startswith("-"):
        raise click.UsageError(f"--compare takes two types, TYPE and OTHER; there is only {compare[0]!r}")
    if types:
        raise click.UsageError(f"--compare takes two types; {types[0]!r} is one more")
    more = {
        "--language": "" if options["language"] == "en" else options["language"],
        "--title": options["title"],
        "--templates": str(options["templates"] or ""),
    }
    said = shlex.join(word for option, value in more.items() if value for word in (option, value))
    words = ["convalgebra report --compare", *compare, spelt(given), said]
    return [tuple(layers_given(compare, given))], " ".join(filter(None, words))
