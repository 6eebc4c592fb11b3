"""What a benchmark answers: rows with limits, gathered into parts, shown as tables, kept as JSON."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

Value = float | int | str


@dataclass(frozen=True)
class Row:
    """A case, what was measured of it by column, and what some columns may be."""

    case: str
    values: Mapping[str, Value]
    at_most: Mapping[str, float] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """The limits in words."""
        most = [f"{column} ≤ {limit:g}" for column, limit in self.at_most.items()]
        least = [f"{column} ≥ {limit:g}" for column, limit in self.at_least.items()]
        return ", ".join(most + least)

    @property
    def met(self) -> bool | None:
        """Whether every limit holds; None where there is none."""
        if not self.at_most and not self.at_least:
            return None
        return all(_below(self.values[column], limit) for column, limit in self.at_most.items()) and all(
            _below(limit, self.values[column]) for column, limit in self.at_least.items()
        )

    def number(self, column: str) -> float:
        """Return a value that must be a number."""
        value = self.values[column]
        if isinstance(value, str):
            raise TypeError(f"{self.case}: {column} is {value!r}, not a number")
        return value

    def as_json(self) -> dict[str, Any]:
        """Return the row in plain types."""
        return {"case": self.case, "values": dict(self.values), "target": self.target, "met": self.met}


def _below(left: Value, right: Value) -> bool:
    """Compare numbers; a text in place of a number says why there is none, and misses its limit."""
    return not isinstance(left, str) and not isinstance(right, str) and left <= right


@dataclass(frozen=True)
class Step:
    """One step of the progress bar: what it measures, and how."""

    label: str
    run: Callable[[], list[Row]]


@dataclass(frozen=True)
class Part:
    """A benchmark: its steps, and what they come to together."""

    name: str
    title: str
    steps: Sequence[Step]
    summarise: Callable[[Sequence[Row]], list[Row]] = lambda _: []
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Result:
    """What a part came to."""

    part: Part
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    @property
    def summary(self) -> list[Row]:
        """The rows over all cases."""
        return self.part.summarise(self.rows) if self.rows else []

    def table(self) -> Table:
        """Return the part as a table: the cases, then what they come to."""
        table = Table(title=self.part.title, title_justify="left")
        summary = self.summary
        columns = list(dict.fromkeys(name for row in [*self.rows, *summary] for name in row.values))
        table.add_column("case", no_wrap=True)
        for name in columns:
            table.add_column(name, justify="right")
        table.add_column("target")
        table.add_column("verdict")
        for section in (self.rows, summary):
            for row in section:
                cells = [_cell(row.values.get(name, "")) for name in columns]
                table.add_row(row.case, *cells, row.target, _verdict(row.met))
            table.add_section()
        return table

    def as_json(self) -> dict[str, Any]:
        """Return the part in plain types."""
        return {
            "name": self.part.name,
            "title": self.part.title,
            "notes": [*self.part.notes, *self.notes],
            "rows": [row.as_json() for row in self.rows],
            "summary": [row.as_json() for row in self.summary],
        }


def _cell(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2f}" if abs(value) >= 0.995 else f"{value:.3f}"


def _verdict(met: bool | None) -> str:
    return {None: "", True: "[green]met[/]", False: "[bold red]MISSED[/]"}[met]


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write all of it or nothing: a reader never sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2, ensure_ascii=False)
            file.write("\n")
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
