"""What of a network's table may be left out for those who read it: layers that cost nothing, columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from convalgebra.networks.graph import Shape
from convalgebra.networks.tables.cells import FIELD
from convalgebra.networks.tables.table import Row, Table

# What is left out where there is no room, the first of these first.
SPARED = ("additions", "input", "activations", "kernel", FIELD, "type", "parameters", "output")


def costing(table: Table) -> tuple[Row, ...]:
    """Return the layers that cost something in the totals, and those of which nobody knows what.

    Where none does, all are returned: a table of nothing tells nothing.

    >>> import convalgebra as ca
    >>> layers = [{"name": "c", "type": "pointwise", "out_channels": 2}, {"type": "relu"}]
    >>> [row.name for row in costing(ca.read_layers({"input": [1, 1, 3, 3], "layers": layers}).table())]
    ['c']
    """
    return tuple(row for row in table.rows if _costs(row)) or table.rows


def _costs(row: Row) -> bool:
    names = ("multiplications", "mult_adds", "additions", "parameters")
    if any(getattr(row, name) is None for name in names):
        return True
    return any(getattr(row, name) != 0 and name not in row.outside for name in names)


def rest(table: Table, shown: Sequence[Row]) -> str:
    """Return what is said of the layers that are not shown: how many, and of which types; "" if none.

    >>> import convalgebra as ca
    >>> table = ca.read_layers(ca.zoo("resnet_18")).table()
    >>> rest(table, costing(table))[:62]
    'and 49 that cost nothing in the totals: 20 BatchNormalization,'
    """
    names = {row.name for row in shown}
    kinds = Counter(row.type for row in table.rows if row.name not in names)
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return f"and {kinds.total()} that cost nothing in the totals: {told}" if kinds else ""


def batch_of(table: Table) -> object:
    """Return the size of the batch, None where nothing has one."""
    return next((shape[0] for shape in table.inputs.values() if shape), None)


def image(shape: Shape, batch: object) -> Shape:
    """Return what of a shape belongs to one image: without the axis of the batch.

    >>> image((1, 64, 7, 7), 1), image((5,), 1)
    ((64, 7, 7), (5,))
    """
    return shape[1:] if len(shape) > 1 and shape[0] == batch else shape


def spared(rooms: Mapping[str, int], room: int | None, never: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the columns that are left out until the others fit into ``room`` (None: as much as needed).

    >>> spared({"layer": 10, "input": 8, "additions": 9, "mult-adds": 9}, 28)
    ('additions',)
    """
    kept = dict(rooms)
    for name in SPARED:
        if room is None or sum(kept.values()) <= room:
            break
        if name not in never:
            kept.pop(name, None)
    return tuple(name for name in SPARED if name in rooms and name not in kept)
