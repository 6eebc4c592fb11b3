"""What a reader should know of a network first: the exact count, what is lost, which counters differ."""

from __future__ import annotations

from collections.abc import Iterator

from convalgebra.networks.tables.table import Sums
from convalgebra.reporting.blocks import Block, Items, Paragraph
from convalgebra.reporting.parts.networks.advice import everywhere
from convalgebra.reporting.parts.networks.cells import in_a_row, numbers_at, share, total_cell
from convalgebra.reporting.parts.networks.costs import Costs
from convalgebra.reporting.words import Code, Inline, Math, Words, say


def found(costs: Costs) -> Iterator[Block]:
    """Yield what was found, in a line each; nothing where no numbers are known or nothing counts."""
    table = costs.sized_table
    if table is None or not table.total.totals["mult_adds"].value:
        return
    at: Inline = say("network.at", sizes=numbers_at(costs.point)) if costs.point else Words("")
    yield Paragraph(say("network.found.title", at=at))
    tools = (_tools(costs),) if costs.tools else ()
    yield Items((_count(table.total), *tools, *_saving(costs)))


def _count(total: Sums) -> Inline:
    exact, taps = (total_cell(total.totals[name]) for name in ("multiplications", "mult_adds"))
    if total.lost is None:
        return say("network.found.partial", multiplications=exact, mult_adds=taps)
    if total.lost == 0:
        return say("network.found.none_lost", multiplications=exact)
    return say("network.found.lost", multiplications=exact, mult_adds=taps, share=share(total.lost))


def _tools(costs: Costs) -> Inline:
    """Say how far each counter is from our mult-adds, its floating-point operations halved."""
    each = [
        say("network.found.tool", tool=Code(tool.name), more=costs.more(tool, total))
        for tool, total in costs.tools
    ]
    return say("network.found.tools", each=in_a_row(each))


def _saving(costs: Costs) -> Iterator[Inline]:
    for kind, each in everywhere(costs.advice)[:1]:
        part = share(sum(one.share for one in each))
        yield say("network.found.saving", kind=Code(kind), layers=Math(str(len(each))), share=part)
