"""``convalgebra report``: the derivations, written and checked."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from convalgebra.cli.mistakes import told
from convalgebra.cli.progress import Progress


@click.command(short_help="Write the derivations, checked by counting.")
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
    from convalgebra.report.tex import HOW_TO_GET_ONE, find_engine  # noqa: PLC0415
    from convalgebra.report.write import STAGES, write_report  # noqa: PLC0415

    engine = find_engine() if pdf else None
    stages = STAGES if engine else STAGES[:-1]
    with Progress(len(stages)) as progress, told():
        written = write_report(output, engine, progress.stage)
    for file in written.files:
        click.echo(f"wrote {file}")
    if pdf and engine is None:
        click.echo(HOW_TO_GET_ONE)
    if not written.passed:
        click.echo("some formulas and measurements DIFFER: see the verdicts in the report", err=True)
        sys.exit(1)
