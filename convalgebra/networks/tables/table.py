"""The table of a network: what each layer costs, totals by type and in all, and what is counted in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

import sympy

from convalgebra.networks.counters.conventions import OURS, convention, weight_shape
from convalgebra.networks.counters.rules import Convention
from convalgebra.networks.formulas.floors import gathered, legible, lost_share
from convalgebra.networks.graph import Shape
from convalgebra.networks.layer import Layer
from convalgebra.networks.network import Network
from convalgebra.networks.receptive.field import Field
from convalgebra.networks.receptive.fields import fields, images_of
from convalgebra.networks.telling import steps
from convalgebra.networks.totals import AS_PAPERS, INCLUDES, Total, added, count_of, included, roles_of
from convalgebra.proofs import Size, is_number

QUANTITIES = ("multiplications", "mult_adds", "additions", "parameters", "activations")
_LEARNT = ("weight", "bias", "norm", "other")


@dataclass(frozen=True)
class Row:
    """One layer: ``input``, ``output`` and ``kernel`` are shapes, () where there is none or none is known.

    Counts are for one image, None where nobody knows them. ``outside`` are the quantities that do not go
    into the totals. ``theirs`` is what the tool of the table's convention counts. ``field`` is the
    receptive field in the first image that goes in, None where there is none or none is known.
    """

    name: str
    type: str
    input: Shape
    output: Shape
    kernel: Shape
    multiplications: Size | None
    mult_adds: Size | None
    lost: Size | Fraction | None
    additions: Size | None
    parameters: Size | None
    activations: Size | None
    outside: frozenset[str] = frozenset()
    theirs: Size | None = None
    why: str = ""
    field: Field | None = None


@dataclass(frozen=True)
class Sums:
    """The totals of the layers of a type, or of all: a ``Total`` for each quantity that counts.

    ``outside`` are the sums over layers of what does not go into the totals.
    """

    type: str
    layers: int
    totals: Mapping[str, Total]
    outside: Mapping[str, Size | None] = field(default_factory=dict)
    theirs: Total | None = None

    @property
    def lost(self) -> Size | Fraction | None:
        """The share of the mult_adds on padding zeros; None where one of the two totals is partial."""
        both = [self.totals.get(name) for name in ("multiplications", "mult_adds")]
        exact, taps = both
        if exact is None or taps is None or exact.partial or taps.partial or not taps.value:
            return None
        return lost_share(exact.value, taps.value)


@dataclass(frozen=True)
class Table:
    """What a network costs for one image, layer by layer; made by ``network.table``.

    It prints as ``text`` and in a notebook shows as ``html``; ``json``, ``csv`` and ``latex`` write it too.
    """

    source: str
    inputs: Mapping[str, Shape]
    include: frozenset[str]
    rows: tuple[Row, ...]
    by_type: tuple[Sums, ...]
    total: Sums
    notes: tuple[str, ...]
    conditions: tuple[sympy.Basic, ...]
    tool: Convention | None = None

    @property
    def partial(self) -> bool:
        """Whether a total lacks a layer."""
        return bool(self.missing)

    @property
    def missing(self) -> tuple[str, ...]:
        """The layers that some total lacks."""
        each = (*self.total.totals.values(), *([self.total.theirs] if self.total.theirs else []))
        return tuple(dict.fromkeys(name for total in each for name in total.missing))

    @property
    def has_names(self) -> bool:
        """Whether a total is a formula."""
        return not all(is_number(total.value) for total in self.total.totals.values())

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()

    def text(self, width: int | None = None, brief: bool = False) -> str:
        """Return it as aligned text; in brackets what is not in the totals.

        It is as wide as it needs, or leaves columns out until it fits into ``width`` letters and says
        which. ``brief`` sums up the layers that cost nothing in the totals in a line.
        """
        from convalgebra.networks.tables.text import text_of  # noqa: PLC0415

        return text_of(self, width, brief)

    def json(self) -> str:
        """Return it as JSON: numbers as they are, formulas and shares as text."""
        from convalgebra.networks.tables.data import json_of  # noqa: PLC0415

        return json_of(self)

    def csv(self) -> str:
        """Return it as CSV: a line for each layer, each type and the total, which column ``of`` says."""
        from convalgebra.networks.tables.data import csv_of  # noqa: PLC0415

        return csv_of(self)

    def latex(self, full: bool = False) -> str:
        """Return it as LaTeX as wide as a page's text; every name is escaped.

        Layers that cost nothing are summed up in a line, columns without room left out, which is said;
        ``full`` has all of them. More layers than a page holds are a ``longtable``, which is a package;
        otherwise none is needed.
        """
        from convalgebra.networks.tables.tex import latex_of  # noqa: PLC0415

        return latex_of(self, full)

    def html(self) -> str:
        """Return it as a ``table`` of HTML and what is to be said of it; every name is escaped."""
        from convalgebra.networks.tables.web import html_of  # noqa: PLC0415

        return html_of(self)


def table_of(network: Network, name: str = OURS, include: Iterable[str] = AS_PAPERS) -> Table:
    """Return the table of a network; ``name`` is the convention of which a further column tells the counts.

    A tool's total is over all layers, as it counts; ``include`` says what our totals are over.
    Raises ``ArgumentError`` for an unknown convention or choice.

    >>> import convalgebra as ca
    >>> layers = [{"type": "conv", "out_channels": 2, "kernel_size": 3, "padding": 1}, {"type": "relu"}]
    >>> table = table_of(ca.read_layers({"input": [1, 1, 3, 3], "layers": layers}), "ptflops")
    >>> table.rows[0].lost, str(table.total.totals["mult_adds"]), table.total.theirs.value
    (Fraction(32, 81), '162 mult_adds', 216)
    """
    chosen = included(include)
    tool = None if name == OURS else convention(name)
    seen = _fields(network)
    layers = steps("counting its layers", network.layers)
    rows = tuple(
        replace(_row(network, layer, chosen, tool), field=seen.get(layer.name)) for layer in layers
    )
    groups: dict[str, list[int]] = {}
    for place, layer in enumerate(network.layers):
        groups.setdefault(layer.op_type, []).append(place)
    by_type = tuple(_sums(network, rows, places, kind, chosen, tool) for kind, places in groups.items())
    every = list(range(len(rows)))
    total = replace(_sums(network, rows, every, "total", chosen, tool), outside={})
    return Table(
        network.source,
        dict(network.inputs),
        chosen,
        rows,
        by_type,
        total,
        (*network.notes, *_shared(network)),
        network.conditions,
        tool,
    )


def _row(network: Network, layer: Layer, chosen: frozenset[str], tool: Convention | None) -> Row:
    counts = layer.counts
    weight = weight_shape(network, layer)
    theirs = None if tool is None else _read(tool.count(layer, weight))
    shapes = (_first(layer.input_shapes), _first(layer.output_shapes), layer.kernel)
    if counts is None:
        unknown = Row(layer.name, layer.op_type, *shapes, None, None, None, None, None, None)
        return replace(unknown, theirs=theirs, why=layer.why)
    roles = roles_of(layer, chosen)
    held = [one for one in layer.held if one.role in roles]
    outside = set() if layer.category in chosen else {*QUANTITIES} - {"parameters"}
    if not held:
        held = [one for one in layer.held if one.role in _LEARNT]
        outside |= {"parameters"} if held or layer.category not in chosen else set()
    return Row(
        layer.name,
        layer.op_type,
        *shapes,
        _read(counts.multiplications),
        _read(counts.mult_adds),
        lost_share(counts.multiplications, counts.mult_adds),
        _read(count_of(layer, "additions", chosen)),
        _read(added(one.size for one in held)),
        _read(counts.activations),
        frozenset(outside),
        theirs,
    )


def _fields(network: Network) -> dict[str, Field]:
    if not images_of(network):
        return {}
    return {
        name: replace(field, axes=tuple(replace(axis, extent=gathered(axis.extent)) for axis in field.axes))
        for name, field in fields(network).items()
    }


@lru_cache(maxsize=8192, typed=True)  # most layers of a long network cost the same
def _read(value: Size | None) -> Size | None:
    return None if value is None else legible(value)


def _first(shapes: tuple[Shape | None, ...]) -> Shape:
    return tuple(gathered(n) for n in next(iter(shapes), None) or ())


def _sums(
    network: Network,
    rows: tuple[Row, ...],
    places: list[int],
    kind: str,
    chosen: frozenset[str],
    tool: Convention | None,
) -> Sums:
    part = replace(network, layers=tuple(network.layers[place] for place in places))
    mine = [rows[place] for place in places]
    totals = {name: part.total(name, chosen) for name in QUANTITIES}
    totals = {name: replace(total, value=legible(total.value)) for name, total in totals.items()}
    outside = {
        name: _sum(getattr(row, name) for row in mine)
        for name in QUANTITIES
        if all(name in row.outside for row in mine)
    }
    theirs = None
    if tool is not None:
        known = [row.theirs for row in mine if row.theirs is not None]
        missing = tuple(row.name for row in mine if row.theirs is None)
        theirs = Total(legible(added(known)), bool(missing), missing, tool.unit, INCLUDES)
    counting = {name: total for name, total in totals.items() if name not in outside}
    return Sums(kind, len(mine), totals if kind == "total" else counting, outside, theirs)


def _sum(values: Iterator[Size | None]) -> Size | None:
    each = list(values)
    known = [value for value in each if value is not None]
    return legible(added(known)) if len(known) == len(each) else None


def _shared(network: Network) -> list[str]:
    """Say which tensors several layers hold: in a total they count once."""
    users: dict[str, list[str]] = {}
    for layer in network.layers:
        for held in layer.held:
            users.setdefault(held.tensor, []).append(layer.name)
    return [
        f"parameters {tensor} are held by {', '.join(names)}, and count once in a total"
        for tensor, names in users.items()
        if len(set(names)) > 1
    ]
