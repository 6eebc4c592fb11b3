"""Where the common counters say something else than we, by how much and why."""

from __future__ import annotations

from collections.abc import Iterator

from convalgebra.networks.counters.conventions import (
    Difference,
    by_reason,
    convention,
    convention_names,
    differences,
)
from convalgebra.networks.counters.rules import Convention
from convalgebra.networks.network import Network
from convalgebra.networks.totals import added
from convalgebra.proofs import is_number
from convalgebra.reporting.blocks import Block, Heading, Paragraph, Table
from convalgebra.reporting.parts.networks.cells import layer_name, number, numbers_at, total_cell
from convalgebra.reporting.parts.networks.costs import Costs
from convalgebra.reporting.words import Code, Inline, Math, Translated, Words, listed, say


def counters(costs: Costs) -> Iterator[Block]:
    """Yield the totals of each tool beside ours, and for each tool the reasons."""
    network = costs.sized
    if network is None:
        return
    yield Heading(2, say("network.counters.title"))
    at: Inline = say("network.at", sizes=numbers_at(costs.point)) if costs.point else Words("")
    yield Paragraph(say("network.counters.how", at=at))
    ours = network.total("mult_adds", costs.include)
    rows: list[tuple[Inline, ...]] = [
        (Code("convalgebra"), say("count.mult_adds"), total_cell(ours), Words("")),
    ]
    for tool, total in costs.tools:
        rows.append((Code(tool.name), Words(tool.unit), total_cell(total), costs.more(tool, total)))
    keys = ("network.head.tool", "network.head.unit", "network.head.total", "network.head.against")
    caption = say("network.counters.caption", at=at)
    yield Table("llrr", tuple(map(say, keys)), tuple(rows), caption, f"table:{costs.key}-counters")
    for name in convention_names()[1:]:
        yield from _tool(network, convention(name), costs)


def _tool(network: Network, tool: Convention, costs: Costs) -> Iterator[Block]:
    found = differences(network, tool.name, costs.include)
    yield Heading(3, Code(tool.name))
    if not found:
        yield Paragraph(say("network.counters.same", version=Words(tool.version)))
        return
    yield Paragraph(say("network.counters.version", version=Words(tool.version), unit=Words(tool.unit)))
    rows = tuple(
        (
            Code(kind),
            Math(str(len(each))),
            _sum([one.ours for one in each]),
            _sum([one.theirs for one in each]),
            _why(network, tool, each[0]),
        )
        for (kind, _), each in by_reason(found).items()
    )
    keys = (
        "network.head.type",
        "network.head.layers",
        "network.head.ours",
    )
    theirs = say("network.head.theirs", unit=Words(tool.unit))
    yield Table("lrrrp", (*map(say, keys), theirs, say("network.head.why")), rows)
    if tool.remarks:
        remarks = listed([Translated("counters", remark) for remark in tool.remarks], "list.semicolon")
        yield Paragraph(say("network.counters.remarks", remarks=remarks))


def _sum(values: list[object]) -> Inline:
    known = [value for value in values if isinstance(value, int) and is_number(value)]
    return number(added(known)) if len(known) == len(values) else Words("?")


def _why(network: Network, tool: Convention, one: Difference) -> Inline:
    layer = network[one.layer]
    if not layer.understood:
        return say("network.counters.not_understood", layer=layer_name(layer.name))
    if layer.op_type in tool.unknown:
        return say("network.counters.unknown")
    rule = tool.rule(layer)
    return say("network.counters.not_counted") if rule is None else Translated("counters", rule.why)
