"""How the chapter of a network begins: what it is, what is counted, and what it costs in all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convalgebra.networks.tables.table import QUANTITIES
from convalgebra.networks.totals import INCLUDES
from convalgebra.reporting.blocks import Block, Heading, Items, Paragraph, Table
from convalgebra.reporting.parts.networks.cells import (
    in_a_row,
    layer_name,
    names,
    needs_words,
    numbers_at,
    shape,
    share,
    total_cell,
)
from convalgebra.reporting.parts.networks.costs import Costs, fits
from convalgebra.reporting.parts.networks.findings import found
from convalgebra.reporting.words import Code, Inline, Math, Words, say

_ROOM = 45  # letters of a formula in the table of totals
KINDS = {
    "conv": "network.kind.conv",
    "linear": "network.kind.linear",
    "bias": "network.kind.bias",
    "norm": "network.kind.norm",
    "pool": "network.kind.pool",
    "other": "network.kind.other",
}
QUANTITY_WORDS = {
    "multiplications": "count.multiplications",
    "mult_adds": "count.mult_adds",
    "additions": "count.additions",
    "parameters": "count.parameters",
    "activations": "network.activations",
}


def opening(costs: Costs) -> Iterator[Block]:
    """Yield the title, the network's inputs and outputs, what counts, its notes, and the totals."""
    network = costs.network
    yield Heading(
        1, say("network.title", name=layer_name(source_name(network.source))), f"chapter:{costs.key}"
    )
    yield from _partial(costs)
    yield from found(costs)
    yield Paragraph(
        say(
            "network.what",
            name=layer_name(source_name(network.source)),
            layers=Math(str(len(network.layers))),
        )
    )
    yield Table(
        "lll",
        (say("network.head.value"), say("network.head.name"), say("network.head.shape")),
        tuple(_ends(costs)),
    )
    if needed := network.conditions:
        yield Paragraph(say("network.exists", conditions=needs_words(needed)))
    yield Heading(2, say("network.counted.title"))
    yield from _totals(costs)
    yield Paragraph(_counted(costs))
    yield Paragraph(say("network.counted.how"))
    lacking = {f"{layer.name}: {layer.why}" for layer in network.layers if not layer.understood}
    if notes := [note for note in costs.table.notes if note not in lacking]:
        yield Paragraph(say("network.notes"))
        yield Items(tuple(map(Words, notes)))


def source_name(source: str) -> str:
    """Return what a network is called: of a file its name, without the folder it lies in.

    >>> source_name("/home/me/net.onnx"), source_name("resnet_18")
    ('net.onnx', 'resnet_18')
    """
    return re.split(r"[/\\]", source.rstrip("/\\"))[-1] or source


def _ends(costs: Costs) -> Iterator[tuple[Inline, ...]]:
    for name, sizes in costs.network.inputs.items():
        yield say("network.input"), layer_name(name), shape(sizes)
    for name, given in costs.network.outputs.items():
        yield say("network.output"), layer_name(name), shape(given)


def _counted(costs: Costs) -> Inline:
    counted = in_a_row(_kind(kind) for kind in KINDS if kind in costs.include)
    left = in_a_row(_kind(kind) for kind in KINDS if kind in INCLUDES - costs.include)
    if not INCLUDES - costs.include:
        return say("network.counted.all")
    if not costs.include:
        return say("network.counted.nothing")
    return say("network.counted.these", counted=counted, left=left)


def _kind(kind: str) -> Inline:
    return say("network.kind_of", kind=say(KINDS[kind]), code=Code(kind))


def _partial(costs: Costs) -> Iterator[Block]:
    """Say first of all if a total is partial, and why."""
    missing = costs.table.missing
    if not missing:
        return
    yield Paragraph(say("network.partial", layers=names(missing), count=Math(str(len(missing)))))
    why = {layer.name: layer.why for layer in costs.network.layers if layer.name in missing}
    yield Items(
        tuple(
            say("network.reason", layer=layer_name(name), why=Words(said))
            for name, said in list(why.items())[:20]
            if said
        )
    )


def _totals(costs: Costs) -> Iterator[Block]:
    """Yield the totals: with names for sizes as formulas where they are short, and in numbers."""
    table, sized = costs.table, costs.sized_table
    with_numbers = bool(costs.network.symbols) and sized is not None
    # Formulas that are long are told in a section of their own.
    short = all(fits(total.value, _ROOM) for total in table.total.totals.values())
    formulas = short if with_numbers else None
    rows: list[tuple[Inline, ...]] = []
    for name in QUANTITIES:
        word = say(QUANTITY_WORDS[name])
        own = (sized if formulas is False and sized is not None else table).total.totals[name]
        cells: tuple[Inline, ...] = (word, total_cell(own))
        if formulas and sized is not None:
            cells = (*cells, total_cell(sized.total.totals[name]))
        rows.append(cells)
    head: tuple[Inline, ...] = (say("part.head.count"), say("network.head.total"))
    if with_numbers and costs.point is not None:
        at = say("network.head.total_at", sizes=numbers_at(costs.point))
        head = (*head, at) if formulas else (head[0], at)
    lost = (sized or table).total.lost
    if lost is not None:
        empty: tuple[Inline, ...] = (Words(""),) * (len(head) - 2)
        rows.append((say("network.lost"), *empty, share(lost)))
    caption = say("network.counted.totals")
    yield Table("l" + "r" * (len(head) - 1), head, tuple(rows), caption, f"table:{costs.key}-totals")
