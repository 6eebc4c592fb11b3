"""The table of a network as data: JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from typing import Any

from convalgebra.networks.graph import Shape
from convalgebra.networks.receptive.field import Field
from convalgebra.networks.shapes import shape_text, text
from convalgebra.networks.tables.cells import (
    COUNTED,
    field_text,
)
from convalgebra.networks.tables.table import Row, Sums, Table
from convalgebra.networks.totals import Total
from convalgebra.proofs import Size

# What a spreadsheet would take for a formula when a cell begins with it.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")


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
