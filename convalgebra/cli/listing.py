"""``convalgebra list``: every type of the catalogue, one line each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from convalgebra.catalogue.calls import call_of, settings
from convalgebra.cli.mistakes import told
from convalgebra.cli.printing import FORMAT, plain, rows_of

if TYPE_CHECKING:
    from convalgebra.catalogue.types import ConvType

WIDTH = 100
_HEADINGS = ("no.", "type", "what it is", "multiplications")


@click.command("list", short_help="Every type of convolution with its cost.")
@FORMAT
def list_types(as_format: str) -> None:
    """List every type of convolution with its cost: multiplications, as a formula of its sizes.

    In Python a type is the function of its name, ca.depthwise and so on; those that are settings of another
    function are named at the end.
    """
    from convalgebra.catalogue.types import types  # noqa: PLC0415
    from convalgebra.cli.progress import Progress  # noqa: PLC0415

    known = types()
    found = []
    with Progress(len(known)) as progress, told():
        for kind in known:
            progress.stage(kind.name)
            found.append(_told(kind))
    if as_format == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        rows = [
            (str(f["family"] or "-"), f["name"], f["summary"], str(f["multiplications"])) for f in found
        ]
        _print(rows)
        click.echo("\nIn Python a type is ca.NAME; `convalgebra show NAME` has the call.")
        click.echo(click.wrap_text(_settings(known), WIDTH))


def _settings(known: Sequence[ConvType]) -> str:
    """Say which types are settings of a function of another name."""
    functions: dict[str, list[str]] = {}
    for kind in filter(settings, known):
        functions.setdefault(kind.function.__name__, []).append(kind.name)
    return " ".join(f"Settings of ca.{of}: {', '.join(names)}." for of, names in functions.items())


def _told(kind: ConvType) -> dict[str, Any]:
    operator = kind.make()
    return {
        "name": kind.name,
        "family": kind.family,
        "summary": kind.summary,
        "call": call_of(kind, {}),
        "arguments": list(kind.parameters),
        "parameters": plain(operator.parameters),
        "multiplications": plain(operator.multiplications),
    }


def _print(rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table on a terminal, aligned lines that are never cut anywhere else."""
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    if not console.is_terminal:
        click.echo(rows_of((_HEADINGS, *rows)))
        return
    table = Table(*_HEADINGS, box=box.SIMPLE_HEAD, pad_edge=False)
    table.columns[1].no_wrap = True
    for row in rows:
        table.add_row(*map(Text, row))  # Text: brackets are brackets, not markup
    console.print(table)
