"""A network layer by layer: a picture, shapes, costs; types and what is lost on padding zeros."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction

from convalgebra.drawing.layers import bars_of, layers_layout
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.networks.alike import MOST_SINGLE, Alike, alike, costly
from convalgebra.networks.graph import Shape
from convalgebra.networks.layer import Layer
from convalgebra.networks.receptive.field import Field
from convalgebra.networks.tables.table import Row as TableRow
from convalgebra.networks.tables.table import Sums
from convalgebra.networks.tables.table import Table as Counted
from convalgebra.proofs import is_number
from convalgebra.reporting.blocks import Block, Figure, Formula, Heading, Paragraph, Table
from convalgebra.reporting.figures.canvas import finish, styled
from convalgebra.reporting.parts.networks.cells import (
    bracketed,
    in_a_row,
    layer_name,
    number,
    numbers_at,
    shape,
    share,
    total_cell,
)
from convalgebra.reporting.parts.networks.costs import Costs
from convalgebra.reporting.parts.networks.opening import QUANTITY_WORDS
from convalgebra.reporting.words import Code, Inline, Math, Words, say

_MOST_LOST = 5
_BESIDE = 4  # quotients beside each other in a line
# Tables of more lines may go on on the next page.
_LONG = 16


def layers(costs: Costs) -> Iterator[Block]:
    """Yield the picture of the costs, the tables of layers, that of types, and the losses."""
    groups = alike(costly(costs.network, costs.include))
    yield Heading(2, say("network.layers.title"))
    yield from _picture(costs)
    if groups:
        yield Paragraph(_how(costs, groups))
        yield from meanings(costs) if costs.names_first else ()
        yield from _shapes(costs, groups)
        yield from _counts(costs, groups)
    yield from _types(costs)
    yield from _lost(costs)


def _picture(costs: Costs) -> Iterator[Block]:
    if costs.sized is None:
        return
    try:
        bars = bars_of(costs.sized, costs.include)
    except ArgumentError:
        return  # nothing that counts costs anything: the tables say so
    name = f"{costs.key}-layers"
    with styled():
        drawn = finish(layers_layout(bars), name)
    where = _at(costs)
    count = Math(str(sum(bar.times for bar in bars)))
    caption = say("network.layers.caption", at=where)
    yield Figure(drawn, caption, say("network.layers.shows", count=count, at=where), f"figure:{name}")


def _at(costs: Costs) -> Inline:
    """Return "for" which numbers an example stands, nothing for a network in numbers."""
    return say("network.at", sizes=numbers_at(costs.point)) if costs.point else Words("")


def _how(costs: Costs, groups: tuple[Alike, ...]) -> Inline:
    """Say which layers have a line, and that the others are summed up."""
    listed = {layer.name for group in groups for layer in group.layers}
    rest = Counter(layer.op_type for layer in costs.network.layers if layer.name not in listed)
    if not rest:
        return say("network.layers.all", count=Math(str(len(listed))))
    kinds = in_a_row(
        say("network.times", count=Math(str(count)), type=Code(kind)) for kind, count in rest.most_common()
    )
    return say(
        "network.layers.how",
        all=Math(str(len(costs.network.layers))),
        count=Math(str(len(listed))),
        rest=Math(str(rest.total())),
        types=kinds,
    )


def _is_grouped(groups: tuple[Alike, ...]) -> bool:
    return any(len(group.layers) > 1 for group in groups)


def _name(group: Alike, grouped: bool) -> tuple[Inline, ...]:
    name = layer_name(group.first.name)
    return (Math(str(len(group.layers))), name) if grouped else (name,)


def _named(grouped: bool) -> tuple[tuple[Inline, ...], str]:
    """Return the first heads of a table of layers and their letters."""
    head: Inline = say("network.head.layer")
    return ((say("network.head.times"), head), "rl") if grouped else ((head,), "l")


def _shapes(costs: Costs, groups: tuple[Alike, ...]) -> Iterator[Block]:
    grouped = _is_grouped(groups)
    if grouped:
        most = Math(str(MOST_SINGLE))
        yield Paragraph(say("network.layers.grouped", most=most, lines=Math(str(len(groups)))))
    # Formulas that would not fit into a cell are told in numbers, as the counts are.
    shown = _by_name(costs.layers)
    fields = {name: row.field for name, row in shown.items() if row.field is not None}
    head, letters = _named(grouped)
    keys = ("network.head.type", "network.head.input", "network.head.output", "network.head.kernel")
    heads: list[Inline] = [*head, *map(say, keys)]
    rows = []
    for group in groups:
        here = shown[group.first.name]
        row = [*_name(group, grouped), Code(group.kind), _image(here.input), _image(here.output)]
        row.append(shape(group.first.kernel))
        if fields:
            row.append(_sees(group, fields))
        rows.append(tuple(row))
    if fields:
        heads.append(say("network.head.sees"))
    columns = letters + "llll" + ("l" if fields else "")
    caption = say("network.layers.shapes", at=_at(costs) if costs.in_numbers(costs.layers) else Words(""))
    yield Table(columns, tuple(heads), tuple(rows), caption, f"table:{costs.key}-shapes", len(rows) > _LONG)


def meanings(costs: Costs) -> Iterator[Block]:
    """Say what the short names of quotients stand for."""
    yield Paragraph(say("network.closed.floors_named"))
    each = [f"{latex(name)} = {latex(one)}" for one, name in costs.names.items()]
    rows = [each[at : at + _BESIDE] for at in range(0, len(each), _BESIDE)]
    yield Formula(tuple(r",\quad ".join(row) for row in rows))


def _image(found: Shape) -> Inline:
    """Return a shape without the batch."""
    return shape(found[1:]) if found else Words("?")


def fields_of(costs: Costs) -> Mapping[str, Field]:
    """Return the receptive fields by layer, none where the network reads no image."""
    return {row.name: row.field for row in costs.table.rows if row.field is not None}


def _sees(group: Alike, fields: Mapping[str, Field]) -> Inline:
    """Return the field of the first of some layers that are alike, and that of the last if it differs."""
    each = [field_words(fields.get(layer.name)) for layer in (group.first, group.layers[-1])]
    if each[0] == each[1]:
        return each[0]
    return say("network.from_to", first=each[0], last=each[1])


def field_words(field: Field | None, whole: bool = False) -> Inline:
    """Return what an output sees along each axis: once if it is the same, unless it is to be ``whole``."""
    if field is None:
        return Words("")
    same = len(set(field.size)) == 1 and not whole
    found = number(field.size[0]) if same else shape(field.size)
    return found if field.exact else say("network.at_most", field=found)


def _counts(costs: Costs, groups: tuple[Alike, ...]) -> Iterator[Block]:
    grouped, table = _is_grouped(groups), costs.layers
    by_name = _by_name(table)
    sized = _by_name(costs.sized_table) if costs.sized_table is not None else by_name
    in_numbers = table is costs.sized_table
    head, letters = _named(grouped)
    keys = ["count.multiplications", "count.mult_adds", "network.head.lost"]
    keys += ["count.additions"] if in_numbers else []
    keys.append("count.parameters")
    rows = []
    for group in groups:
        row, here = by_name[group.first.name], sized[group.first.name]
        found: list[Inline] = [
            bracketed(row.multiplications, "multiplications" in row.outside),
            bracketed(row.mult_adds, "mult_adds" in row.outside),
            share(here.lost) if here.mult_adds is not None else Words("?"),
        ]
        found += [bracketed(row.additions, "additions" in row.outside)] if in_numbers else []
        found.append(bracketed(row.parameters, "parameters" in row.outside))
        rows.append((*_name(group, grouped), *found))
    each = say("network.layers.counts_each" if grouped else "network.layers.counts", at=_counts_at(costs))
    columns = letters + "r" * len(keys)
    heads = (*head, *map(say, keys))
    yield Table(columns, heads, tuple(rows), each, f"table:{costs.key}-counts", len(rows) > _LONG)


def _by_name(table: Counted) -> dict[str, TableRow]:
    return {row.name: row for row in table.rows}


def _counts_at(costs: Costs) -> Inline:
    """Return for which numbers the counts are, or only the share that is lost."""
    if not costs.point:
        return Words("")
    key = "network.at" if costs.in_numbers(costs.layers) else "network.lost_at"
    return say(key, sizes=numbers_at(costs.point))


# --- types -----------------------------------------------------------------------------------------


def _types(costs: Costs) -> Iterator[Block]:
    table = costs.types
    lines = (*table.by_type, table.total)
    yield Heading(2, say("network.types.title"))
    yield Paragraph(say("network.types.how"))
    at = _at(costs) if costs.in_numbers(table) else Words("")
    if table is costs.sized_table:
        # Numbers have room beside each other, formulas do not.
        keys = ("network.head.type", "network.head.layers", *QUANTITY_WORDS.values())
        rows = tuple(
            (_type(one, table), Math(str(one.layers)), *_cells(one, *QUANTITY_WORDS)) for one in lines
        )
        caption = say("network.types.caption", at=at)
        yield Table(
            "l" + "r" * (len(keys) - 1), tuple(map(say, keys)), rows, caption, long=len(rows) > _LONG
        )
        return
    first = ("network.head.type", "network.head.layers", "count.multiplications", "count.mult_adds")
    rows = tuple(
        (_type(one, table), Math(str(one.layers)), *_cells(one, "multiplications", "mult_adds"))
        for one in lines
    )
    yield Table(
        "lrrr", tuple(map(say, first)), rows, say("network.types.products", at=at), long=len(rows) > _LONG
    )
    second = ("network.head.type", "count.additions", "count.parameters", "network.activations")
    rows = tuple(
        (_type(one, table), *_cells(one, "additions", "parameters", "activations")) for one in lines
    )
    yield Table(
        "lrrr", tuple(map(say, second)), rows, say("network.types.rest", at=at), long=len(rows) > _LONG
    )


def _type(one: Sums, table: Counted) -> Inline:
    return say("network.head.all") if one is table.total else Code(one.type)


def _cells(one: Sums, *quantities: str) -> Iterator[Inline]:
    for name in quantities:
        if name in one.outside:
            yield bracketed(one.outside[name], outside=True)
        else:
            yield total_cell(one.totals[name])


# --- padding ---------------------------------------------------------------------------------------


def _lost(costs: Costs) -> Iterator[Block]:
    table = costs.sized_table
    if table is None:
        return
    yield Heading(2, say("network.padding.title"))
    taps, exact = (table.total.totals[name] for name in ("mult_adds", "multiplications"))
    losing = [
        (row, row.mult_adds - row.multiplications)
        for row in table.rows
        if "mult_adds" not in row.outside and is_number(row.mult_adds) and is_number(row.multiplications)
    ]
    losing = sorted(((row, lost) for row, lost in losing if lost), key=lambda one: -one[1])
    if not losing or not is_number(taps.value) or not is_number(exact.value):
        yield Paragraph(say("network.padding.none"))
        return
    said = say(
        "network.padding.partial" if taps.partial else "network.padding.share",
        lost=number(taps.value - exact.value),
        mult_adds=number(taps.value),
        share=share(Fraction(taps.value - exact.value, taps.value)),
        layers=Math(str(len(losing))),
        at=_at(costs),
    )
    yield Paragraph(said)
    rows = tuple(
        (
            layer_name(row.name),
            number(lost),
            share(row.lost),
            share(Fraction(lost, taps.value - exact.value)),
        )
        for row, lost in losing[:_MOST_LOST]
    )
    keys = (
        "network.head.layer",
        "network.head.lost_count",
        "network.head.of_layer",
        "network.head.of_loss",
    )
    yield Table("lrrr", tuple(map(say, keys)), rows, say("network.padding.most", at=_at(costs)))


def last_seen(layers_: tuple[Layer, ...], fields: Mapping[str, Field]) -> Layer | None:
    """Return the last layer whose outputs slide over the image; None where there is none."""
    sliding = [
        layer
        for layer in layers_
        if layer.name in fields
        and all(axis.jump != 0 for axis in fields[layer.name].axes)
        and set((layer.output_shapes[0] or ())[2:]) != {1}
    ]
    return sliding[-1] if sliding else None
