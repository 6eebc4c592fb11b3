"""A table whose rounded-down quotients have short names, for those who read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sympy

from convalgebra.networks.formulas.floors import names_of
from convalgebra.networks.tables.table import QUANTITIES, Row, Sums, Table
from convalgebra.proofs import Size

Where = tuple[tuple[sympy.Symbol, sympy.Expr], ...]


def with_names(
    table: Table, names: Mapping[sympy.floor, sympy.Symbol] | None = None
) -> tuple[Table, Where]:
    """Return a table with a name for each quotient that is rounded down, and what the names stand for.

    The names are those given, or found for the table.

    >>> import convalgebra as ca
    >>> layers = [{"type": "conv", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1}]
    >>> table, where = with_names(ca.read_layers({"input": [1, 1, "N", "N"], "layers": layers}).table())
    >>> table.rows[0].output, where
    ((1, 2, N_2, N_2), ((N_2, floor(N/2 + 1/2)),))
    """
    found = names_of(values_of(table)) if names is None else names
    if not found:
        return table, ()

    def change(value: Any) -> Any:
        return value.xreplace(found) if isinstance(value, sympy.Expr) else value

    changed = replace(
        table,
        rows=tuple(_row(row, change) for row in table.rows),
        by_type=tuple(_sums(sums, change) for sums in table.by_type),
        total=_sums(table.total, change),
    )
    return changed, tuple((name, one) for one, name in found.items())


def values_of(table: Table) -> Iterator[sympy.Expr]:
    """Yield the formulas in a table."""
    yield from (value for value in _values(table) if isinstance(value, sympy.Expr))


def _values(table: Table) -> Iterator[Any]:
    for row in table.rows:
        yield from (*row.input, *row.output, *(getattr(row, name) for name in QUANTITIES), row.theirs)
        if row.field is not None:
            yield from row.field.size
    for sums in (*table.by_type, table.total):
        totals = (*sums.totals.values(), *([sums.theirs] if sums.theirs else []))
        yield from (*(total.value for total in totals), *sums.outside.values())


def _row(row: Row, change: Callable[[Any], Any]) -> Row:
    shapes = (tuple(map(change, shape)) for shape in (row.input, row.output))
    counts = {name: change(getattr(row, name)) for name in (*QUANTITIES, "lost", "theirs")}
    before, after = shapes
    return replace(row, input=before, output=after, field=_field(row.field, change), **counts)


def _field(field: Any, change: Callable[[Any], Any]) -> Any:
    if field is None:
        return None
    axes = (
        replace(axis, **{name: change(getattr(axis, name)) for name in ("extent", "jump", "offset")})
        for axis in field.axes
    )
    return replace(field, axes=tuple(axes))


def _sums(sums: Sums, change: Callable[[Any], Any]) -> Sums:
    outside: dict[str, Size | None] = {name: change(value) for name, value in sums.outside.items()}
    totals = {name: replace(total, value=change(total.value)) for name, total in sums.totals.items()}
    theirs = sums.theirs and replace(sums.theirs, value=change(sums.theirs.value))
    return replace(sums, totals=totals, outside=outside, theirs=theirs)
