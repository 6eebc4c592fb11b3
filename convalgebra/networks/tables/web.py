"""The table of a network as HTML; every name is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from convalgebra.networks.shapes import shape_text, text
from convalgebra.networks.tables.cells import (
    FIELD,
    Cell,
    cells_of,
    cells_of_sums,
    closed_forms,
    field_text,
    heads,
    remarks,
)
from convalgebra.networks.tables.names import with_names
from convalgebra.networks.tables.table import Table

_STYLE = (
    ":root{color-scheme:light dark}body{font-family:system-ui,sans-serif}"
    "table{border-collapse:collapse;margin:1em 0}"
    "th,td{padding:.2em .7em;text-align:left;border-bottom:1px solid #8886}caption{text-align:left}"
)


def html_of(table: Table) -> str:
    """Return two tables, of the layers and of the types, and a list of what is to be said."""
    table, where = with_names(table)
    layers = [
        (
            [row.name, row.type, *map(shape_text, (row.input, row.output, row.kernel))],
            [*cells_of(table, row), Cell(field_text(row.field))],
        )
        for row in table.rows
    ]
    sums = [
        ([one.type, str(one.layers)], cells_of_sums(table, one)) for one in (*table.by_type, table.total)
    ]
    names = "".join(
        f"<p><code>{html.escape(str(name))} = {html.escape(text(one))}</code></p>\n" for name, one in where
    )
    forms = "".join(
        f"<p>{html.escape(name)} = <code>{html.escape(text(value))}</code></p>\n"
        for name, value in closed_forms(table)
    )
    said = "".join(f"<li>{html.escape(remark)}</li>\n" for remark in remarks(table))
    heading = ("layer", "type", "input", "output", "kernel", *heads(table), FIELD)
    return (
        names
        + _html_table(table.source, heading, layers)
        + _html_table("Totals by type", ("type", "layers", *heads(table)), sums)
        + f"{forms}<ul>\n{said}</ul>\n"
    )


def page_of(table: Table) -> str:
    """Return a whole document of HTML with the table, for a browser: it needs nothing else."""
    title = f"{table.source}: what each layer costs"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{html_of(table)}</body>\n</html>\n"
    )


def _html_table(
    caption: str, heading: Sequence[str], lines: Iterable[tuple[Sequence[str], Sequence[Cell]]]
) -> str:
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heading)
    body = "".join(f"<tr>{_html_line(words, cells)}</tr>\n" for words, cells in lines)
    return (
        f"<table>\n<caption>{html.escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n"
    )


def _html_line(words: Sequence[str], cells: Sequence[Cell]) -> str:
    first, *rest = (html.escape(word) for word in words)
    counts = (html.escape(cell.written("{:,}".format, text)) for cell in cells)
    told = "".join(f"<td>{word}</td>" for word in rest)
    return f'<th scope="row">{first}</th>{told}' + "".join(
        f'<td style="text-align: right">{count}</td>' for count in counts
    )
