"""The table of a network as JSON, CSV, LaTeX and HTML; user text is escaped in each."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from convalgebra.formulas import latex
from convalgebra.networks.fields import Field
from convalgebra.networks.graph import Shape
from convalgebra.networks.network import Total
from convalgebra.networks.table import Row, Sums, Table
from convalgebra.networks.tablecells import (
    COUNTED,
    FIELD,
    Cell,
    cells_of,
    cells_of_sums,
    closed_forms,
    field_text,
    heads,
    remarks,
    shape_text,
    text,
)
from convalgebra.networks.tablenames import with_names
from convalgebra.proofs import Size
from convalgebra.typesetting.texsigns import TEX_SIGNS

_UNKNOWN_TEX = r"\mathord{?}"
_TIMES = r" \times "
# What a spreadsheet would take for a formula when a cell begins with it.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
_STYLE = (
    ":root{color-scheme:light dark}body{font-family:system-ui,sans-serif}"
    "table{border-collapse:collapse;margin:1em 0}"
    "th,td{padding:.2em .7em;text-align:left;border-bottom:1px solid #8886}caption{text-align:left}"
)
_SPECIAL = {**TEX_SIGNS, '"': r"{\char34}"}


# --- JSON ----------------------------------------------------------------------------------------


def json_of(table: Table, **more: Any) -> str:
    """Return the table as JSON; ``more`` are further keys."""
    return json.dumps({**mapping_of(table), **more}, indent=2, ensure_ascii=False)


def mapping_of(table: Table) -> dict[str, Any]:
    """Return the table as plain data: whole numbers, None for what is not known, formulas as text."""
    tool = table.tool
    return {
        "source": table.source,
        "inputs": {name: _shape(shape) for name, shape in table.inputs.items()},
        "include": sorted(table.include),
        "convention": "convalgebra" if tool is None else tool.name,
        "tool": None if tool is None else {"version": tool.version, "unit": tool.unit},
        "partial": table.partial,
        "missing": list(table.missing),
        "layers": [_layer(table, row) for row in table.rows],
        "by_type": [_sums(sums) for sums in table.by_type],
        "total": _sums(table.total),
        "conditions": [text(condition) for condition in table.conditions],
        "notes": list(table.notes),
    }


def _layer(table: Table, row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "type": row.type,
        "input_shape": _shape(row.input),
        "output_shape": _shape(row.output),
        "kernel": _shape(row.kernel),
        **{name: plain(getattr(row, name)) for name in COUNTED},
        **({} if table.tool is None else {table.tool.name: plain(row.theirs)}),
        "receptive_field": None if row.field is None else _field(row.field),
        "not_counted": sorted(row.outside),
        **({"why": row.why} if row.why else {}),
    }


def _field(field: Field) -> dict[str, Any]:
    """Return a receptive field per axis: how much an output sees, where, and by phase where they differ."""
    return {
        "size": _shape(field.size),
        "jump": _shape(tuple(axis.jump for axis in field.axes)),
        "offset": _shape(tuple(axis.offset for axis in field.axes)),
        "exact": field.exact,
        "by_phase": [[phase.extent for phase in axis.phases] for axis in field.axes],
    }


def _sums(sums: Sums) -> dict[str, Any]:
    return {
        "type": sums.type,
        "layers": sums.layers,
        **{name: _total(total) for name, total in sums.totals.items()},
        "lost": plain(sums.lost),
        "not_counted": {name: plain(value) for name, value in sums.outside.items()},
        **({} if sums.theirs is None else {"theirs": _total(sums.theirs)}),
    }


def _total(total: Total) -> dict[str, Any]:
    return {"value": plain(total.value), "partial": total.partial, "missing": list(total.missing)}


def _shape(shape: Shape) -> list[int | str | None]:
    return [None if n is None else plain(n) for n in shape]


def plain(value: Size | Fraction | None) -> int | str | None:
    """Return a number as it is, a formula or a share as text.

    >>> plain(7), plain(Fraction(1, 3)), plain(None)
    (7, '1/3', None)
    """
    if value is None or isinstance(value, int):
        return value
    return str(value) if isinstance(value, Fraction) else text(value)


# --- CSV -----------------------------------------------------------------------------------------


def csv_of(table: Table) -> str:
    """Return the table as CSV; empty is what is not known, and what is no part of a line."""
    tool = () if table.tool is None else (table.tool.name,)
    fields = ("of", "name", "type", "input", "output", "kernel", *COUNTED, *tool, "receptive_field")
    fields += ("not_counted", "missing")
    file = io.StringIO()
    writer = csv.DictWriter(file, fields, restval="", lineterminator="\n")
    writer.writeheader()
    for row in table.rows:
        found = {
            "of": "layer",
            "name": row.name,
            "type": row.type,
            "input": shape_text(row.input),
            "output": shape_text(row.output),
            "kernel": shape_text(row.kernel),
            **{name: plain(getattr(row, name)) for name in COUNTED},
            **dict.fromkeys(tool, plain(row.theirs)),
            "receptive_field": field_text(row.field),
            "not_counted": " ".join(sorted(row.outside)),
            "missing": row.why,
        }
        writer.writerow({key: _passive(value) for key, value in found.items()})
    for sums in (*table.by_type, table.total):
        total = {name: plain(one.value) for name, one in sums.totals.items()}
        missing = {name for one in sums.totals.values() for name in one.missing}
        found = {
            "of": "total" if sums is table.total else "type",
            "type": "" if sums is table.total else sums.type,
            **{name: plain(value) for name, value in sums.outside.items()},
            **total,
            "lost": plain(sums.lost),
            **dict.fromkeys(tool, None if sums.theirs is None else plain(sums.theirs.value)),
            "not_counted": " ".join(sorted(sums.outside)),
            "missing": " ".join(sorted(missing)),
        }
        writer.writerow({key: _passive(value) for key, value in found.items()})
    return file.getvalue()


def _passive(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_ACTIVE) else value


# --- LaTeX ---------------------------------------------------------------------------------------


def tex_escaped(value: str) -> str:
    r"""Return text as LaTeX that prints it as it is; what is not ASCII is named by its number.

    >>> print(tex_escaped("50% of a_b"), tex_escaped("\u5377"))
    50\% of a\_b {[}U+5377{]}
    """
    return "".join(_tex_sign(sign) for sign in value)


def _tex_sign(sign: str) -> str:
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    return sign if sign.isascii() and sign.isprintable() else f"{{[}}U+{ord(sign):04X}{{]}}"


def latex_of(table: Table) -> str:
    """Return two tabulars, of the layers and of the types, and what is to be said, a paragraph each."""
    table, where = with_names(table)
    layers = [
        [
            *map(tex_escaped, (row.name, row.type)),
            *map(_tex_shape, (row.input, row.output, row.kernel)),
            *map(_tex_cell, cells_of(table, row)),
            tex_escaped(field_text(row.field)),
        ]
        for row in table.rows
    ]
    sums = [
        [tex_escaped(one.type), str(one.layers), *(_tex_cell(cell) for cell in cells_of_sums(table, one))]
        for one in (*table.by_type, table.total)
    ]
    columns = [tex_escaped(head) for head in heads(table)]
    names = [rf"\({latex(name)} = {latex(one)}\)" for name, one in where]
    forms = [rf"{tex_escaped(name)}: \({latex(value)}\)" for name, value in closed_forms(table)]
    return (
        "\n\n".join(
            (
                *names,
                _tabular(("layer", "type", "input", "output", "kernel", *columns, FIELD), layers, 5),
                _tabular(("type", "layers", *columns), sums, 1, last=True),
                *forms,
                *(tex_escaped(remark) for remark in remarks(table)),
                "",
            )
        ).rstrip("\n")
        + "\n"
    )


def _tex_cell(cell: Cell) -> str:
    found = cell.written(lambda n: f"{n:,}".replace(",", r"\,"), lambda f: rf"\({latex(f)}\)")
    return found.replace("%", r"\%")


def _tex_shape(shape: Shape) -> str:
    sizes = (_UNKNOWN_TEX if n is None else latex(n) for n in shape)
    return rf"\({_TIMES.join(sizes)}\)" if shape else ""


def _tabular(heading: Sequence[str], lines: Iterable[Sequence[str]], left: int, last: bool = False) -> str:
    columns = "l" * left + "r" * (len(heading) - left)
    rows = [" & ".join(line) + r" \\" for line in lines]
    if last:
        rows.insert(len(rows) - 1, r"\hline")
    body = "\n".join((" & ".join(heading) + r" \\", r"\hline", *rows))
    return f"\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}"


# --- HTML ----------------------------------------------------------------------------------------


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
