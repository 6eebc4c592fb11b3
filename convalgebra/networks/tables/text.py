"""The table of a network as aligned text."""

from __future__ import annotations

import io

from convalgebra.networks.shapes import shape_text, text
from convalgebra.networks.tables.brief import batch_of, costing, image, rest, spared
from convalgebra.networks.tables.cells import (
    FIELD,
    cells_of,
    cells_of_sums,
    closed_forms,
    field_text,
    heads,
    remarks,
)
from convalgebra.networks.tables.names import with_names
from convalgebra.networks.tables.table import Table

# Formulas longer than this go on in the next line of their cell.
_WIDEST = 48
_ENOUGH = 10_000
# A remark below says what is lost.
_SHORTER = {"lost on padding": "lost"}
_GAP = 3  # blanks between two columns


def text_of(table: Table, width: int | None = None, brief: bool = False) -> str:
    """Return the table of layers, that of types, closed forms, and what is to be said.

    Shapes are those of one image. Sizes that are rounded have names, which stand at the top. Columns are
    left out until it fits into ``width`` letters, and a line says which; ``brief`` sums up the layers that
    cost nothing in the totals in a line.

    >>> import convalgebra as ca
    >>> layers = [{"name": "c", "type": "conv", "out_channels": 2, "kernel_size": 3, "padding": 1}]
    >>> lines = ca.read_layers({"input": [1, 1, 3, 3], "layers": layers}).table().text().splitlines()
    >>> lines[3].split()[2:]
    ['1x3x3', '2x3x3', '3x3', '98', '162', '39.51%', '80', '18', '18', '3', 'x', '3']
    """
    table, where = with_names(table)
    shown = costing(table) if brief else table.rows
    batch = batch_of(table)
    layers = [
        [
            *(row.name, row.type),
            *(shape_text(image(shape, batch), "x") for shape in (row.input, row.output)),
            shape_text(row.kernel, "x"),
            *(cell.written(_number, text) for cell in cells_of(table, row)),
            field_text(row.field),
        ]
        for row in shown
    ]
    sums = [
        [one.type, str(one.layers)] + [cell.written(_number, text) for cell in cells_of_sums(table, one)]
        for one in (*table.by_type, table.total)
    ]
    counts = tuple(_SHORTER.get(head, head) for head in heads(table))
    first = ("layer", "type", "input", "output", "kernel", *counts, FIELD)
    without, drawn = _fitted(first, layers, 5, width)
    parts = [drawn]
    if said := rest(table, shown):
        parts.append(f"  {_clean(said)}\n")
    less, drawn = _fitted(("type", "layers", *counts), sums, 1, width, last=True, never=("type",))
    parts.append(drawn)
    if narrowed := dict.fromkeys((*without, *less)):
        parts.append(f"left out for want of room: {', '.join(narrowed)}")
    if forms := closed_forms(table):
        parts.append("\n".join(f"{name} = {text(value)}" for name, value in forms))
    said = "\n".join(_clean(f"- {remark}") for remark in remarks(table, without))
    head = [f"{table.source}: {_inputs(table)}"]
    if where:
        head.append(f"where {', '.join(f'{name} = {text(one)}' for name, one in where)}")
    return "\n".join((*map(_clean, head), *parts, said))


def _fitted(
    heading: tuple[str, ...],
    lines: list[list[str]],
    left: int,
    width: int | None,
    *,
    last: bool = False,
    never: tuple[str, ...] = (),
) -> tuple[tuple[str, ...], str]:
    """Return which columns are left out so that a table fits into a width, and the table without them."""
    rooms = {
        name: min(max(map(len, column)), _ENOUGH if at < left else _WIDEST) + _GAP
        for at, (name, column) in enumerate(zip(heading, zip(heading, *lines, strict=True), strict=True))
    }
    without = spared(rooms, width, never)
    kept = [at for at, name in enumerate(heading) if name not in without]
    chosen = [[line[at] for at in kept] for line in lines]
    drawn = _drawn(tuple(heading[at] for at in kept), chosen, sum(at < left for at in kept), last)
    return without, drawn


def _inputs(table: Table) -> str:
    return ", ".join(f"{name} {shape_text(shape)}" for name, shape in table.inputs.items())


def _number(value: int) -> str:
    return f"{value:,}"


def _clean(value: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in value)


def _drawn(heading: tuple[str, ...], lines: list[list[str]], left: int, last: bool = False) -> str:
    """Return lines as a table, the first ``left`` columns to the left; ``last`` rules off the last line."""
    from rich import box  # noqa: PLC0415 - only where there is something to print
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table as Drawn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = Drawn(box=box.SIMPLE)
    for place, head in enumerate(heading):
        drawn.add_column(
            head,
            justify="left" if place < left else "right",
            max_width=None if place < left else _WIDEST,
            overflow="fold",
        )
    for number, line in enumerate(lines):
        before_last = last and number == len(lines) - 2
        # Names are text and no markup: what is in brackets there stays.
        drawn.add_row(*(Text(_clean(cell)) for cell in line), end_section=before_last)
    console = Console(file=io.StringIO(), width=_ENOUGH, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()).strip("\n")
