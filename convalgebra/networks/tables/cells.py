"""What stands in the cells of a table of a network, and what is said below it, for every format."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from convalgebra.formulas import conditions_text
from convalgebra.networks.receptive.field import Field
from convalgebra.networks.shapes import UNKNOWN, size_text, text
from convalgebra.networks.tables.table import QUANTITIES, Row, Sums, Table
from convalgebra.networks.totals import INCLUDES
from convalgebra.proofs import Size

HEADS = {"mult_adds": "mult-adds", "lost": "lost on padding"}
COUNTED = ("multiplications", "mult_adds", "lost", "additions", "parameters", "activations")
FIELD = "receptive field"
# A share that is a long formula is said by the two formulas that it is made of.
_LONGEST_SHARE, SHARE = 48, "1 - multiplications/mult-adds"
# A share is printed in parts of a hundred with so many digits.
_DIGITS = 2


@dataclass(frozen=True)
class Cell:
    """A cell: its value (None is not known), whether the totals leave it out, whether it is partial."""

    value: Size | Fraction | str | None
    outside: bool = False
    partial: bool = False

    def written(self, number: Callable[[int], str], formula: Callable[[Size], str]) -> str:
        """Return it as text: in brackets if the totals leave it out, with a question mark if partial."""
        found = _written(self.value, number, formula)
        if self.partial and self.value == 0:
            return UNKNOWN  # nothing of it is known
        if self.partial:
            found = f"{found} + {UNKNOWN}"
        return f"({found})" if self.outside and self.value else found


@lru_cache(maxsize=8192, typed=True)  # most layers of a long network say the same
def _written(
    value: Size | Fraction | str | None, number: Callable[[int], str], formula: Callable[[Size], str]
) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if isinstance(value, Fraction):
        return percent(value) if value else "0"
    return number(value) if isinstance(value, int) else formula(value)


def percent(share: Fraction) -> str:
    """Return a share in parts of a hundred, rounded; one above 0 never as 0.

    >>> percent(Fraction(671, 112896)), percent(Fraction(1, 90000))
    ('0.59%', '<0.01%')
    """
    least = Fraction(1, 10 ** (2 + _DIGITS))
    return f"{float(100 * share):.{_DIGITS}f}%" if share >= least / 2 else f"<{float(100 * least)}%"


def heads(table: Table) -> tuple[str, ...]:
    """Return the heads of the columns that hold counts."""
    tool = () if table.tool is None else (f"{table.tool.name} {table.tool.unit}",)
    return (*(HEADS.get(name, name) for name in COUNTED), *tool)


def cells_of(table: Table, row: Row) -> tuple[Cell, ...]:
    """Return the cells of a layer that hold counts."""
    values = {name: getattr(row, name) for name in COUNTED}
    values["lost"] = _short_share(row.lost)
    found = [
        Cell(value, _source(name) in row.outside and value is not None) for name, value in values.items()
    ]
    return (*found, *(() if table.tool is None else (Cell(row.theirs),)))


def cells_of_sums(table: Table, sums: Sums) -> tuple[Cell, ...]:
    """Return the cells of a total that hold counts."""
    found = []
    for name in COUNTED:
        if name == "lost":
            lost = _short_share(sums.lost)
            found.append(Cell("" if lost is None else lost))
        elif name in sums.outside:
            found.append(Cell(sums.outside[name], sums.outside[name] is not None))
        else:
            total = sums.totals[name]
            found.append(Cell(total.value, partial=total.partial))
    if sums.theirs is not None:
        found.append(Cell(sums.theirs.value, partial=sums.theirs.partial))
    return tuple(found)


def _short_share(lost: Size | Fraction | None) -> Size | Fraction | str | None:
    long = not isinstance(lost, int | Fraction | None) and len(text(lost)) > _LONGEST_SHARE
    return SHARE if long else lost


def _source(name: str) -> str:
    return "mult_adds" if name == "lost" else name


def field_text(field: Field | None) -> str:
    """Return a receptive field as it is written: what an output sees along each axis, and in each phase.

    >>> import convalgebra as ca
    >>> up = {"type": "conv_transpose", "name": "up", "out_channels": 1, "kernel_size": 3, "stride": 2}
    >>> field_text(ca.read_layers({"input": [1, 1, 4, 4], "layers": [up]}).fields()["up"])
    '2 x 2 (1, 2 by phase)'
    """
    if field is None:
        return ""
    extents = " x ".join(size_text(axis.extent) for axis in field.axes)
    phases = [sorted({phase.extent for phase in axis.phases}) for axis in field.axes]
    each = [", ".join(map(str, found)) if len(found) > 1 else "" for found in phases]
    told = each[:1] if len(set(each)) == 1 else [one or "-" for one in each]
    spread = f" ({' x '.join(told)} by phase)" if any(each) else ""
    return f"{'' if field.exact else 'at most '}{extents}{spread}"


def remarks(table: Table, without: Collection[str] = ()) -> list[str]:
    """Return what is to be said of a table: what counts, what is missing, under which conditions.

    Of a column that stands in ``without`` nothing is explained: it is not there.
    """
    left = ", ".join(sorted(INCLUDES - table.include)) or "nothing"
    said = [
        f"counted in the totals: {', '.join(sorted(table.include)) or 'nothing'}; not counted: {left} "
        "(in brackets)",
        "for one image; multiplications leave out padding zeros, mult-adds have them; lost is their share",
    ]
    if FIELD not in without and any(row.field is not None for row in table.rows):
        said.append(f"{FIELD}: what one output sees of the input, along each axis")
    if table.tool is not None:
        said.append(f"{table.tool.name}: {table.tool.unit} as {table.tool.version} counts, over all layers")
        said += [f"{table.tool.name}: {remark}" for remark in table.tool.remarks]
    if table.partial:
        said.append(f"partial totals (+ {UNKNOWN}): it is not known what {', '.join(table.missing)} cost")
    # What the formulas need stands next to them.
    needs = [f"this holds if {conditions_text(table.conditions)}"] if table.conditions else []
    return [*needs, *said, *table.notes]


def closed_forms(table: Table) -> list[tuple[str, Size]]:
    """Return the totals that are formulas, by their names."""
    totals = [(name, table.total.totals[name]) for name in QUANTITIES]
    return [(name, t.value) for name, t in totals if not isinstance(t.value, int) and not t.partial]
