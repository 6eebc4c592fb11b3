"""``convalgebra analyze``: what each layer of a network costs, read from a file or taken from the zoo."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli import reading
from convalgebra.cli.analyzed import command_again, write_plot, write_report
from convalgebra.cli.mistakes import told
from convalgebra.cli.printing import format_option
from convalgebra.cli.progress import Progress
from convalgebra.cli.writing import check_place, write_whole

if TYPE_CHECKING:
    from convalgebra.networks.network import Network
    from convalgebra.networks.table import Table

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
_DESCRIPTIONS = (".json", ".yaml", ".yml")
_WORDS = {
    "input_shape": "--input",
    "name": "MODEL",
    "path": "MODEL",
    "include": "--include",
    "convention": "--convention",
    "resolution": "--option resolution",
}


@click.command(short_help="What each layer of a network costs.")
@click.argument("model", metavar="MODEL")
@click.option("--input", "input_shape", metavar="SIZE,...", help="Shape of the input: 1,3,224,224.")
@click.option("--symbol", metavar="SIZE", help="The image size as a name, N, or a formula, 32*q.")
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
@click.option("--explain", is_flag=True, help="Also where the tool differs, and why; or all.")
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
    help="In a terminal, all columns however wide, and the layers that cost nothing too.",
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
    line; --full shows all. With --report or --plot a file is written instead of the table.
    """
    if output is not None:
        as_format = _format_of(output, as_format)
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
        if plot or report:
            return
        table = _with_print(network.table(convention, kinds), network, described)
        progress.part("writing the table")
        explained = _explained(network, table) if explain else {}
        said = _written(table, explained, as_format, {} if full or output is not None else _room())
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
    from convalgebra.networks.tablefiles import page_of  # noqa: PLC0415

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


# --- reading -------------------------------------------------------------------------------------


def read_network(
    model: str, given: str | None = None, symbol: str | None = None, options: tuple[str, ...] = ()
) -> tuple[Network, Any]:
    """Return the network that MODEL is, for the input that is asked for, and its description in the zoo.

    MODEL is a file, or a network of the zoo; the description of a file is None.
    """
    import convalgebra as ca  # noqa: PLC0415

    shape = None if given is None else _shape(given)
    size = None if symbol is None else reading.size(symbol, "--symbol")
    suffix = Path(model).suffix.lower()
    if suffix not in (".onnx", *_DESCRIPTIONS):
        described = _for_input(_of_zoo(model, options), shape, size)
        return ca.read_layers(described), described
    if options:
        raise click.UsageError(f"--option={options[0]!r} is for a network of the zoo, not for a file")
    if not Path(model).is_file():
        raise click.UsageError(f"MODEL={model!r}: there is no such file")
    if suffix in _DESCRIPTIONS:
        from convalgebra.networks.description import description_of  # noqa: PLC0415

        description = description_of(model)
        if (shape is None and size is None) or not isinstance(description, Mapping):
            return ca.read_layers(model), None
        named = {"name": Path(model).name, **description}
        return ca.read_layers(_for_input(named, shape, size)), None
    try:
        network = ca.read_onnx(model, shape)
    except ImportError as error:
        raise click.ClickException(str(error)) from None
    if size is None:
        return network, None
    first = next(iter(network.inputs.values()), ())
    return network.with_input(_sized(first, size)), None


def _shape(text: str) -> tuple[Any, ...]:
    found = reading.sizes(text, "--input")
    return found if isinstance(found, tuple) else (found,)


def _sized(shape: Any, size: Any) -> tuple[Any, ...]:
    """Return a shape with the size for each axis of the image."""
    if len(shape) <= 2:
        raise click.UsageError(f"--symbol={str(size)!r}: the input {tuple(shape)} has no image size")
    return (*shape[:2], *(size for _ in shape[2:]))


def _for_input(description: Any, shape: tuple[Any, ...] | None, size: Any) -> Any:
    """Return a description for another input; what hangs on its size follows."""
    own = description.get("input")
    found = own if shape is None else shape
    if shape is not None and isinstance(own, list | tuple) and len(own) != len(shape):
        raise click.UsageError(
            f"--input={','.join(map(str, shape))!r} must have {len(own)} sizes, as {own}"
        )
    if size is not None and isinstance(found, list | tuple):
        found = _sized(found, size)
    return {**description, "input": found if found is None else list(found)}


def _of_zoo(name: str, options: tuple[str, ...]) -> Any:
    from convalgebra.errors import ArgumentError  # noqa: PLC0415
    from convalgebra.networks.zoo.models import zoo, zoo_names  # noqa: PLC0415

    known = name.lower().replace("-", "_")
    if known not in zoo_names():
        try:
            zoo(known)
        except ArgumentError as error:
            hint = str(error).partition("; ")[2]
            raise click.UsageError(
                f"MODEL={name!r} is neither a file .onnx, .json or .yaml nor in the zoo; {hint}"
            ) from None
    try:
        return zoo(known, **dict(_option(option) for option in options))
    except ArgumentError as error:
        raise click.UsageError(f"--option: {error}") from None


def _option(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not (equals and key.isidentifier() and value):
        raise click.UsageError(f"--option={text!r} must be KEY=VALUE, such as width=0.75")
    readers: tuple[Callable[[str], Any], ...] = (int, float)
    for read in readers:
        try:
            return key, read(value)
        except ValueError:
            continue
    return key, value


def _with_print(table: Table, network: Network, described: Any) -> Table:
    """Return a table that also tells what is in print about a network of the zoo."""
    from convalgebra.networks.zoo.remarks import remarks_in_print  # noqa: PLC0415

    if described is None:
        return table
    return replace(table, notes=(*table.notes, *remarks_in_print(described, network)))


# --- writing -------------------------------------------------------------------------------------


def _explained(network: Network, table: Table) -> dict[str, Any]:
    """Return for a tool, or for each, where it differs from our mult-adds, by the reason."""
    from convalgebra.networks.conventions import convention_names, differences  # noqa: PLC0415
    from convalgebra.networks.tablefiles import plain  # noqa: PLC0415

    tools = convention_names()[1:] if table.tool is None else (table.tool.name,)
    return {
        name: [
            {
                "layer": one.layer,
                "type": one.type,
                "ours": plain(one.ours),
                "theirs": plain(one.theirs),
                "why": one.why,
            }
            for one in differences(network, name, table.include)
        ]
        for name in tools
    }


def _room() -> dict[str, Any]:
    """Return how the table is shortened for who reads it in a terminal; in a pipe it is whole."""
    if not sys.stdout.isatty():
        return {}
    return {"width": shutil.get_terminal_size().columns, "brief": True}


def _written(table: Table, explained: dict[str, Any], as_format: str, room: dict[str, Any]) -> str:
    if as_format == "json":
        from convalgebra.networks.tablefiles import json_of  # noqa: PLC0415

        return json_of(table, **({"explained": explained} if explained else {}))
    writers: dict[str, Callable[[], str]] = {
        "csv": table.csv,
        "tex": table.latex,
        "html": table.html,
        "table": partial(table.text, **room),
    }
    told_of = [line for name, found in explained.items() for line in _lines(name, found)]
    return "\n".join((writers[as_format](), *told_of)) if told_of else writers[as_format]()


def _lines(name: str, found: list[dict[str, Any]]) -> list[str]:
    from convalgebra.networks.conventions import convention  # noqa: PLC0415

    tool = convention(name)
    if not found:
        return [f"\n{name} ({tool.version}) counts our mult-adds in every layer"]
    by_reason: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in found:
        by_reason.setdefault((one["type"], one["why"]), []).append(one)
    lines = [f"\n{name} ({tool.version}), {tool.unit}, where it is not our mult-adds:"]
    for (kind, why), layers in by_reason.items():
        lines.append(f"  {kind}: {why}")
        lines += [
            f"    {json.dumps(one['layer'], ensure_ascii=False)[1:-1]}: "
            f"ours {_number(one['ours'])}, {name} {_number(one['theirs'])}"
            for one in layers
        ]
    return lines


def _number(value: int | str | None) -> str:
    return "not known" if value is None else f"{value:,}" if isinstance(value, int) else value
