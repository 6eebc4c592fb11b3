"""The table of a network as HTML; every name is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convalgebra.networks.graph import Shape
from convalgebra.networks.shapes import shape_text, text
from convalgebra.networks.tables.brief import batch_of, costing, image, rest, spared
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
from convalgebra.networks.tables.table import Row, Table
from convalgebra.networks.tables.webformulas import formula_as_html, html_formula
from convalgebra.proofs import is_number

_PAGE = (
    ":root{color-scheme:light dark}"
    "body{font-family:system-ui,sans-serif;margin:1rem 1.25rem;line-height:1.4}"
    "h1{font-size:1.4rem;margin:.4rem 0}"
    "@page{size:A4 landscape;margin:12mm}@media print{body{margin:0}:root{color-scheme:light}}"
)
# Colours are shares of that of the text: the same on white, on black and in a notebook.
_TABLE = (
    ".network-costs{font-size:13px;font-variant-numeric:tabular-nums;overflow-x:auto}"
    ".network-costs table{border-collapse:collapse;margin:.6em 0 1.2em;font-size:inherit}"
    ".network-costs caption{text-align:left;font-weight:600;padding:.3em 0}"
    ".network-costs :is(th,td){padding:.22em .5em;text-align:right;vertical-align:baseline;"
    "border-bottom:1px solid #8884;white-space:nowrap}"
    ".network-costs thead th{border-bottom:1px solid;vertical-align:bottom;white-space:normal}"
    ".network-costs :is(th,td).word{text-align:left}"
    ".network-costs tbody th{font-weight:600}"
    ".network-costs .long{overflow-wrap:anywhere;white-space:normal;min-width:14em}"
    ".network-costs :is(sub,sup){line-height:0}"
    ".network-costs .formula{white-space:normal;line-height:1.6}"
    ".network-costs .less{opacity:.62}"
    ".network-costs tr.sum :is(th,td){border-top:1px solid;font-weight:600}"
    ".network-costs tr:hover{background:#8881}"
    ".network-costs .more{display:none}"
    ".network-costs label:has(:checked)~table tr.more{display:table-row}"
    ".network-costs label:has(:checked)~table :is(th,td).more{display:table-cell}"
    ".network-costs label:has(:checked)~p.folded{display:none}"
    ".network-costs :is(p,ul){margin:.4em 0;max-width:75em}"
    "@media print{.network-costs{font-size:7.5pt;overflow:visible}.network-costs label{display:none}"
    ".network-costs thead{display:table-header-group}.network-costs tr{break-inside:avoid}"
    ".network-costs :is(caption,thead,tr:nth-child(-n+3)){break-after:avoid}}"
)
# A screen of 1280 pixels has room for so many letters of a table, of which the space between two takes two.
_LETTERS, _GAP = 165, 2
# A formula breaks into lines of at least so many letters.
_FORMULA = 20
_LONGEST = 28  # letters of a name that stands in one line
_WORDS = ("layer", "type", "input", "output", "kernel")


@dataclass(frozen=True)
class _Entry:
    """What stands in a cell: as HTML, how many letters it takes, its class, and in full what is short."""

    written: str
    room: int
    look: str = ""
    title: str = ""

    def tag(self, kind: str, look: str, more: str = "") -> str:
        title = f' title="{html.escape(self.title)}"' if self.title else ""
        return f"<{kind}{more}{_looks(self.look, look)}{title}>{self.written}</{kind}>"


def html_of(table: Table) -> str:
    """Return two tables, of the layers and of the types, and a list of what is to be said.

    It is not wider than a screen: what costs nothing, and columns for which there is no room, show when
    a box is ticked. Shapes are those of one image.
    """
    table, where = with_names(table)
    shown, batch = costing(table), batch_of(table)
    heading = (*_WORDS, *heads(table), FIELD)
    lines = [
        (
            [
                *(_word(word) for word in (row.name, row.type)),
                *(_shape(image(shape, batch)) for shape in (row.input, row.output)),
                _shape(row.kernel),
                *map(_count, cells_of(table, row)),
                _field(row),
            ],
            "" if row in shown else "more",
        )
        for row in table.rows
    ]
    sums = [
        (
            [_word(one.type), _word(str(one.layers)), *map(_count, cells_of_sums(table, one))],
            "sum" if one is table.total else "",
        )
        for one in (*table.by_type, table.total)
    ]
    layers, without = _drawn(f"{table.source}: {_inputs(table)}", heading, lines, len(_WORDS))
    types, less = _drawn("Totals by type", ("type", "layers", *heads(table)), sums, 1, never=("type",))
    folded = list(filter(None, (rest(table, shown), _left_out((*without, *less)))))
    box = '<label><input type="checkbox"> all layers and columns</label>\n' if folded else ""
    names = ", ".join(f"{html_formula(name)} = {html_formula(one)}" for name, one in where)
    forms = "".join(
        f'<p title="{html.escape(text(value))}">{html.escape(name)} = {html_formula(value)}</p>\n'
        for name, value in closed_forms(table)
    )
    said = "".join(f"<li>{html.escape(remark)}</li>\n" for remark in remarks(table))
    return (
        f'<div class="network-costs">\n<style>{_TABLE}</style>\n'
        + (f"<p>where {names}</p>\n" if names else "")
        + box
        + layers
        + "".join(f'<p class="folded">{html.escape(one)}</p>\n' for one in folded)
        + types
        + f"{forms}<ul>\n{said}</ul>\n</div>\n"
    )


def page_of(table: Table) -> str:
    """Return a whole document of HTML with the table, for a browser: it needs nothing else."""
    title = f"{table.source}: what each layer costs"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_PAGE}</style>\n</head>\n<body>\n"
        f"<h1>{html.escape(title)}</h1>\n{html_of(table)}</body>\n</html>\n"
    )


def _drawn(
    caption: str,
    heading: Sequence[str],
    lines: Sequence[tuple[Sequence[_Entry], str]],
    left: int,
    never: Sequence[str] = (),
) -> tuple[str, tuple[str, ...]]:
    """Return a table, and which columns of it do not show at first; empty columns are not in it."""
    empty = {name for at, name in enumerate(heading) if not any(line[at].written for line, _ in lines)}
    # What does not show at first needs no room.
    seen = [entries for entries, look in lines if look != "more"]
    rooms = {
        name: max([*map(len, name.split()), *(entries[at].room for entries in seen)]) + _GAP
        for at, name in enumerate(heading)
        if name not in empty
    }
    without = spared(rooms, _LETTERS, never)
    kept = [
        (at, name, f"{'word' * (at < left)} {'more' * (name in without)}".strip())
        for at, name in enumerate(heading)
        if name in rooms
    ]
    head = "".join(_Entry(html.escape(name), 0).tag("th", look, ' scope="col"') for _, name, look in kept)
    body = "".join(_line(entries, kept, look) for entries, look in lines)
    return (
        f"<table>\n<caption>{html.escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n"
    ), without


def _line(entries: Sequence[_Entry], kept: Iterable[tuple[int, str, str]], look: str) -> str:
    cells = (
        entries[at].tag(*(("th", looks, ' scope="row"') if at == 0 else ("td", looks)))
        for at, _, looks in kept
    )
    return f"<tr{_looks(look)}>{''.join(cells)}</tr>\n"


def _looks(*classes: str) -> str:
    found = " ".join(filter(None, classes))
    return f' class="{found}"' if found else ""


def _word(word: str) -> _Entry:
    """Return a name; a long one may break behind a point, a slash or a low line."""
    if len(word) <= _LONGEST:
        return _Entry(html.escape(word), len(word))
    return _Entry(re.sub(r"([./_]+)", r"\1<wbr>", html.escape(word)), _LONGEST, "long")


def _shape(shape: Shape) -> _Entry:
    sizes = [html_formula(n) if n is not None else "?" for n in shape]
    sizes = [f"({n})" if " " in n else n for n in sizes]
    return _Entry(" × ".join(sizes), _room(" × ".join(sizes)))


def _count(cell: Cell) -> _Entry:
    written = cell.written("{:,}".format, html_formula)
    if isinstance(cell.value, str | Fraction) or cell.value is None:
        written = html.escape(written)
    less = "less" if cell.outside or cell.value == 0 else ""
    if isinstance(cell.value, int | str | Fraction) or cell.value is None:
        return _Entry(written, len(html.unescape(written)), less)
    chunks = (_room(chunk) for chunk in written.split(" "))
    room = max(min(_FORMULA, _room(written)), *chunks)
    return _Entry(written, room, f"formula {less}".strip(), text(cell.value))


def _field(row: Row) -> _Entry:
    told = field_text(row.field).replace(" x ", " × ")
    look = "formula" * (len(told) > _FORMULA)
    if row.field is None or all(is_number(axis.extent) for axis in row.field.axes):
        return _Entry(html.escape(told), min(len(told), _FORMULA), look)
    before, bound, size = told.rpartition("at most ")
    return _Entry(before + bound + formula_as_html(size), min(len(told), _FORMULA), look)


def _room(written: str) -> int:
    return len(html.unescape(re.sub(r"<[^>]*>", "", written)))


def _left_out(names: Iterable[str]) -> str:
    told = ", ".join(dict.fromkeys(names))
    return f"left out for want of room: {told}" if told else ""


def _inputs(table: Table) -> str:
    return ", ".join(f"{name} {shape_text(shape, ' × ')}" for name, shape in table.inputs.items())
