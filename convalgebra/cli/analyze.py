"""``convalgebra analyze``: what each layer of a network costs, read from a file or taken from the zoo."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.analyzed import command_again, write_plot, write_report
from convalgebra.cli.explaining import as_data, explained, lines_of
from convalgebra.cli.mistakes import OF_LAYERS, told
from convalgebra.cli.models import read_network
from convalgebra.cli.printing import format_option
from convalgebra.cli.progress import Progress
from convalgebra.cli.writing import check_place, write_whole

if TYPE_CHECKING:
    from convalgebra.networks.counters.conventions import Difference
    from convalgebra.networks.network import Network
    from convalgebra.networks.tables.table import Table

FORMATS = ("table", "json", "csv", "tex", "html")
# Seconds before a bar shows how far it is.
SHOWN_AFTER = 1.0
# The formats by the ending of the file that they are written to.
ENDINGS = {
    ".txt": "table",
    ".json": "json",
    ".csv": "csv",
    ".tex": "tex",
    ".html": "html",
    ".htm": "html",
}
_WORDS = {
    **OF_LAYERS,
    "input_shape": "--input",
    "name": "MODEL",
    "path": "MODEL",
    "include": "--include",
    "convention": "--convention",
    "resolution": "--option resolution",
}


@click.command(short_help="What each layer of a network costs.")
@click.argument("model", metavar="MODEL")
@click.option(
    "--input", "input_shape", metavar="SIZE,...", help="Shape of the input, the batch first: 1,3,224,224."
)
@click.option(
    "--symbol",
    metavar="SIZE",
    help="The image's sizes, in the place of those of --input: a name, N, or a formula, 32*q.",
)
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of a network of the zoo."
)
@click.option(
    "--include",
    default="conv,linear",
    show_default=True,
    metavar="KIND,...",
    help="What the totals count, of conv, linear, bias, norm, pool, other.",
)
@click.option(
    "--convention",
    default="convalgebra",
    show_default=True,
    metavar="TOOL",
    help="Also what flop_counter_mode, fvcore, thop or ptflops counts.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Also say layer by layer where the tool of --convention, or without it each, differs, and why.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the table to a file; its ending says the format: .txt .json .csv .tex .html.",
)
@click.option("--report", metavar="PATH", help="Write a report: .html, .tex or .pdf, or a folder for all.")
@click.option("--language", type=click.Choice(("en", "zh")), default="en", help="Of the report.")
@click.option("--plot", metavar="FILE", help="Draw the costs: .png, .svg or .pdf.")
@click.option(
    "--picture",
    type=click.Choice(("layers", "size")),
    default="layers",
    show_default=True,
    help="What --plot draws: each layer, or the cost over the size of --symbol.",
)
@click.option(
    "--full",
    is_flag=True,
    help="In a terminal and in LaTeX, all columns however wide, and the layers that cost nothing too.",
)
@format_option(FORMATS)
def analyze(
    model: str,
    input_shape: str | None,
    symbol: str | None,
    options: tuple[str, ...],
    include: str,
    convention: str,
    explain: bool,
    output: Path | None,
    report: str | None,
    language: str,
    plot: str | None,
    picture: str,
    full: bool,
    as_format: str,
) -> None:
    """Count what each layer of MODEL costs, with totals by type and in all.

    MODEL is a file .onnx, or a description .json or .yaml, or a network of the zoo: `convalgebra analyze
    mobilenet_v1 --option width=0.75`. With names for sizes the costs are formulas: `convalgebra analyze
    resnet_50 --symbol 32*q`. In a terminal the table fits its width, and layers that cost nothing share a
    line; --full shows all. With --report or --plot files are written instead of the table; with --output
    the table too.
    """
    if output is not None:
        as_format = _format_of(output, as_format)
    if picture != "layers" and not plot:
        raise click.UsageError(f"--picture={picture} is what --plot draws: give --plot FILE with it")
    if language != "en" and not report:
        raise click.UsageError(f"--language={language} is of a report: give --report PATH with it")
    if explain and as_format not in ("table", "json"):
        raise click.UsageError(f"--explain goes with --format table or json, not {as_format}")
    kinds = [kind.strip() for kind in include.split(",") if kind.strip()]
    with Progress(None, after=SHOWN_AFTER) as progress, told(**_WORDS), _listening(progress):
        progress.part("reading the model")
        network, described = read_network(model, input_shape, symbol, options)
        if plot:
            write_plot(network, plot, picture, kinds)
        if report:
            given = [("--input", input_shape or ""), ("--symbol", symbol or "")]
            given += [("--option", option) for option in options]
            given += [("--include", "" if include == "conv,linear" else include)]
            given += [("--language", "" if language == "en" else language)]
            write_report(network, report, language, kinds, command_again(model, report, given))
        if (plot or report) and output is None:
            return
        table = _with_print(network.table(convention, kinds), network, described)
        progress.part("writing the table")
        differences = explained(network, table) if explain else {}
        room = {} if full or output is not None else _room()
        said = _written(table, differences, as_format, room, full)
        if output is not None:
            whole = _whole(table, said, as_format)
            write_whole(output, lambda file: file.write_text(whole, encoding="utf-8", newline=""))
            said = f"wrote {output}"
    click.echo(said, nl=not said.endswith("\n"))


def _listening(progress: Progress) -> AbstractContextManager[None]:
    from convalgebra.networks.telling import listening  # noqa: PLC0415

    return listening(progress.part)


def _whole(table: Table, said: str, as_format: str) -> str:
    """Return what is written to a file: HTML as a document, and an end of line at the end of each."""
    from convalgebra.networks.tables.web import page_of  # noqa: PLC0415

    said = page_of(table) if as_format == "html" else said
    return said if said.endswith("\n") else f"{said}\n"


def _format_of(output: Path, asked: str) -> str:
    """Return the format of a file by its ending; one that is asked for besides must be that."""
    found = ENDINGS.get(output.suffix.lower())
    if found is None:
        raise click.UsageError(f"--output={str(output)!r} must end with {', '.join(ENDINGS)}")
    given = click.get_current_context().get_parameter_source("as_format")
    if given is not click.core.ParameterSource.DEFAULT and asked != found:
        raise click.UsageError(f"--output={str(output)!r} is {found} by its ending, not --format {asked}")
    check_place(output)
    return found


def _with_print(table: Table, network: Network, described: Any) -> Table:
    """Return a table that also tells what is in print about a network of the zoo."""
    from convalgebra.networks.zoo.remarks import remarks_in_print  # noqa: PLC0415

    if described is None:
        return table
    return replace(table, notes=(*table.notes, *remarks_in_print(described, network)))


def _room() -> dict[str, Any]:
    """Return how the table is shortened for who reads it in a terminal; in a pipe it is whole."""
    if not sys.stdout.isatty():
        return {}
    return {"width": shutil.get_terminal_size().columns, "brief": True}


def _written(
    table: Table,
    differences: Mapping[str, Sequence[Difference]],
    as_format: str,
    room: dict[str, Any],
    full: bool,
) -> str:
    """Return the table in a format, with what differs below it."""
    if as_format == "json":
        from convalgebra.networks.tables.data import json_of  # noqa: PLC0415

        return json_of(table, **({"explained": as_data(differences)} if differences else {}))
    writers: dict[str, Callable[[], str]] = {
        "csv": table.csv,
        "tex": partial(table.latex, full),
        "html": table.html,
        "table": partial(table.text, **room),
    }
    told_of = [line for name, found in differences.items() for line in lines_of(name, found)]
    return "\n".join((writers[as_format](), *told_of)) if told_of else writers[as_format]()
