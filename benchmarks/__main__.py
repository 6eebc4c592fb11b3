"""Run the benchmarks, print a table per part, write everything as JSON: ``python -m benchmarks``."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import convalgebra
from benchmarks.results import Part, Result, Row, write_json
from benchmarks.timing import limit_threads
from convalgebra.errors import MemoryLimitError

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = (
    "assembly",
    "growth",
    "matrixfree",
    "catalogue",
    "symbols",
    "verify",
    "report",
    "inspector",
    "rivals",
    "networks",
    "counters",
    "factors",
)
# Where the output is no terminal, tables are that wide.
WIDTH = 170
# Work already waiting per core, above which a warning comes first.
BUSY = 0.25
LIBRARIES = (
    *("numpy", "scipy", "sympy", "torch", "pylops", "einconv", "onnx"),
    *("fvcore", "thop", "ultralytics-thop", "ptflops", "torchinfo"),
)
RESULTS = Path(__file__).with_name("results.json")


@click.command()
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    default=RESULTS,
    help="The JSON file to write.  [default: benchmarks/results.json]",
)
@click.option("--quick", is_flag=True, help="A short run: some of the cases, few repetitions.")
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="This part only; may be repeated.")
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Threads of every library."
)
def main(output: Path, quick: bool, only: Sequence[str], threads: int) -> None:
    """Measure convalgebra against its targets. Every speed is a ratio within this run."""
    if not output.parent.is_dir():
        raise click.BadParameter(f"there is no directory {str(output.parent)!r}", param_hint="--output")
    limit_threads(threads)
    machine = _machine(threads)
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    if machine["load"] > BUSY * machine["cores"]:
        console.print("[yellow]The machine is busy with other work: these ratios will not be reliable.[/]")
    results = _run(_parts(only or NAMES, quick), console)
    for result in results:
        console.print(result.table())
        for note in (*result.part.notes, *result.notes):
            console.print(f"  {note}", highlight=False)
    write_json(_content(results, quick, machine), output)
    console.print(f"Wrote {output}", soft_wrap=True, highlight=False)


def _parts(names: Sequence[str], quick: bool) -> list[Part]:
    """Import the parts only now: numpy must not come before the limit on threads."""
    from benchmarks import (
        assembly,
        catalogue,
        counted,
        inspector,
        matrixfree,
        networks,
        reports,
        rivals,
        verify,
    )

    parts: dict[str, Callable[[bool], Part]] = {
        "assembly": assembly.part,
        "growth": assembly.growth_part,
        "matrixfree": matrixfree.part,
        "catalogue": catalogue.part,
        "symbols": catalogue.symbols_part,
        "verify": verify.part,
        "report": reports.part,
        "inspector": inspector.part,
        "rivals": rivals.part,
        "networks": networks.part,
        "counters": counted.part,
        "factors": counted.factors_part,
    }
    return [parts[name](quick) for name in NAMES if name in names]


def _run(parts: Sequence[Part], console: Console) -> list[Result]:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as progress:
        task = progress.add_task("", total=sum(len(part.steps) for part in parts))
        results = []
        for part in parts:
            rows: list[Row] = []
            notes: list[str] = []
            for step in part.steps:
                progress.update(task, description=f"{part.name}: {step.label}")
                try:
                    rows += step.run()
                except (MemoryError, MemoryLimitError):
                    notes.append(f"{step.label}: not measured, it does not fit in memory")
                progress.advance(task)
            results.append(Result(part, rows, notes))
    return results


def _content(results: Sequence[Result], quick: bool, machine: dict[str, Any]) -> dict[str, Any]:
    return {
        "convalgebra": convalgebra.__version__,
        "quick": quick,
        "machine": machine,
        "parts": [result.as_json() for result in results],
    }


def _machine(threads: int) -> dict[str, Any]:
    """Return what the ratios depend on, and nothing that names anybody's machine."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "cores": os.cpu_count() or 1,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        "threads": threads,
        "versions": {name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
