"""The command line. Heavy imports stand inside the commands, so that ``--help`` answers at once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from convalgebra import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="convalgebra")
def main() -> None:
    """The algebra of convolutions: sparse matrices, closed-form costs, and proofs that the two agree."""


@main.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="The folder to write into; it is made if it is not there.",
)
@click.option("--pdf/--no-pdf", default=True, help="Also run TeX, where an engine is installed.")
def report(output: Path, pdf: bool) -> None:
    """Derive what separable convolutions cost and check it by counting: LaTeX, and PDF with TeX."""
    from convalgebra.errors import ArgumentError, ConvalgebraError  # noqa: PLC0415
    from convalgebra.report.tex import HOW_TO_GET_ONE, find_engine  # noqa: PLC0415
    from convalgebra.report.write import STAGES, write_report  # noqa: PLC0415

    engine = find_engine() if pdf else None
    stages = STAGES if engine else STAGES[:-1]
    with _Progress(len(stages)) as progress:
        try:
            written = write_report(output, engine, progress.stage)
        except ArgumentError as error:
            raise click.UsageError(str(error)) from None
        except ConvalgebraError as error:
            raise click.ClickException(str(error)) from None
    for file in written.files:
        click.echo(f"wrote {file}")
    if pdf and engine is None:
        click.echo(HOW_TO_GET_ONE)
    if not written.passed:
        click.echo("some formulas and measurements DIFFER: see the verdicts in the report", err=True)
        sys.exit(1)


class _Progress:
    """A bar on a terminal's standard error, with what is being done; silent anywhere else."""

    def __init__(self, total: int) -> None:
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        console = Console(stderr=True)
        columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=total)
        self._started = False

    def stage(self, name: str) -> None:
        """Say what begins now; what was said before is done."""
        self._bar.update(self._task, description=name, advance=1 if self._started else 0)
        self._started = True

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
