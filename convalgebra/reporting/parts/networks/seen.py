"""Receptive fields: what the last layer sees of the image, and where resolution changes on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convalgebra.networks.layer import Layer
from convalgebra.networks.receptive.field import Field
from convalgebra.reporting.blocks import Block, Heading, Paragraph, Table
from convalgebra.reporting.parts.networks.cells import layer_name, number, shape
from convalgebra.reporting.parts.networks.costs import Costs
from convalgebra.reporting.parts.networks.layers import field_words, fields_of, last_seen
from convalgebra.reporting.words import Inline, say

_MOST = 24


def seen(costs: Costs) -> Iterator[Block]:
    """Yield what an output of the last sliding layer sees, and the layers where the step changes."""
    fields = fields_of(costs)
    last = last_seen(costs.network.layers, fields)
    yield Heading(2, say("network.fields.title"))
    if last is None:
        yield Paragraph(say("network.fields.none"))
        return
    yield Paragraph(say("network.fields.how"))
    yield Paragraph(
        say(
            "network.fields.last",
            layer=layer_name(last.name),
            field=field_words(fields[last.name], whole=True),
        )
    )
    found = _changes(costs.network.layers, fields, last)
    keys = ("network.head.layer", "network.head.sees", "network.head.step", "network.head.start")
    rows = tuple(_row(layer, fields[layer.name]) for layer in found[-_MOST:])
    yield Table("llll", tuple(map(say, keys)), rows, say("network.fields.changes"))


def _row(layer: Layer, field: Field) -> tuple[Inline, ...]:
    jumps, offsets = (tuple(getattr(axis, name) for axis in field.axes) for name in ("jump", "offset"))
    return layer_name(layer.name), field_words(field), _same(jumps), _same(offsets)


def _same(values: tuple[object, ...]) -> Inline:
    """Return what holds along all axes once."""
    return number(values[0]) if len(set(values)) == 1 else shape(values)


def _changes(layers: tuple[Layer, ...], fields: Mapping[str, Field], last: Layer) -> list[Layer]:
    """Return the layers after which outputs lie at other distances, and the last one."""
    found, before = [], None
    for layer in layers:
        field = fields.get(layer.name)
        if field is None or any(axis.jump == 0 for axis in field.axes):
            continue
        step = tuple(axis.jump for axis in field.axes)
        if (step != before and before is not None) or layer is last:
            found.append(layer)
        before = step
    return found
