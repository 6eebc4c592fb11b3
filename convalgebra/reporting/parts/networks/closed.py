"""Totals as formulas in the image size, each recounted in numbers at a range of sizes, and plotted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TypeAlias

import sympy

from convalgebra.counting.quantity import Quantity
from convalgebra.drawing.growth import NoGrowthError, growth_layout, growth_of
from convalgebra.drawing.lettering import grouped
from convalgebra.errors import ConvalgebraError
from convalgebra.exact import value
from convalgebra.formulas import latex
from convalgebra.networks.formulas.floors import Named, named
from convalgebra.networks.formulas.points import image_names, recounted_sizes
from convalgebra.networks.formulas.recount import Recount, recounted
from convalgebra.networks.network import Network
from convalgebra.networks.tables.table import QUANTITIES
from convalgebra.proofs import as_formula, is_number
from convalgebra.reporting.blocks import Block, Figure, Heading, Paragraph, Table
from convalgebra.reporting.figures.canvas import finish, styled
from convalgebra.reporting.parts.networks.cells import (
    in_a_row,
    names,
    needs_words,
    number,
    numbers_at,
)
from convalgebra.reporting.parts.networks.costs import Costs, fits
from convalgebra.reporting.parts.networks.layers import meanings
from convalgebra.reporting.parts.networks.opening import QUANTITY_WORDS
from convalgebra.reporting.parts.opening import displayed
from convalgebra.reporting.parts.part import Part, joined
from convalgebra.reporting.words import Inline, Math, Verdict, Words, formula, say
from convalgebra.sizes import symbol

# So many sizes of one name are told one by one, more by the first and the last.
_ONE_BY_ONE = 6
_ROOM = 60  # letters of a formula in a table
Conditions: TypeAlias = tuple[sympy.Basic, ...]


def closed(costs: Costs) -> Part:
    """Return the formulas of the totals, what they need, how they were checked, and the plot."""
    network = costs.network
    if not network.symbols:
        return Part(())
    head = Heading(2, say("network.closed.title"))
    missing = costs.table.missing
    if missing:
        return Part((head, Paragraph(say("network.closed.partial", layers=names(missing)))))
    found = {name: network.formula(name, costs.include) for name in QUANTITIES}
    written = _written(costs, found)
    blocks: list[Block] = [head, Paragraph(say("network.closed.how")), *_formulas(costs, found, written)]
    if costs.point is None or not any(one.symbols for one in found.values()):
        return Part((*blocks, Paragraph(say("network.closed.unchecked"))))
    sizes = recounted_sizes(network, costs.point)
    # As network.check does it, each network in numbers built once for all the quantities.
    built: dict[tuple[int, ...], Network | str] = {}
    checks = {
        name: recounted(network, name, sizes, costs.include, built)
        for name, one in found.items()
        if one.symbols
    }
    blocks.append(
        Paragraph(say("network.closed.checked", sizes=sizes_words(sizes), combined=_combined(sizes)))
    )
    blocks.append(_checked(checks))
    passed = all(map(bool, checks.values())) and _as_printed(found, written, sizes)
    return joined((Part(tuple(blocks), passed), _plot(costs)))


def _formulas(costs: Costs, found: Mapping[str, Quantity], written: Named) -> Iterator[Block]:
    """Yield the formulas as a table where they are short, else each on lines of its own."""
    if written.meanings and not costs.names_first:
        yield from meanings(costs)
    # What the network itself needs is said where it is introduced.
    own = set(costs.network.conditions)
    more = {name: tuple(c for c in one.conditions if c not in own) for name, one in found.items()}
    if all(fits(one, _ROOM) for one in written.formulas.values()):
        yield _short(written, more)
        return
    for name, one in written.formulas.items():
        word = say(QUANTITY_WORDS[name])
        if is_number(one):
            yield Paragraph(say("network.closed.number", count=word, number=number(one)))
            continue
        if conditions := more[name]:
            needed = needs_words(conditions)
            yield Paragraph(say("network.closed.if", count=word, conditions=needed))
        else:
            yield Paragraph(say("part.costs.long", count=word))
        yield displayed(grouped(latex(one)))


def _short(written: Named, more: Mapping[str, Conditions]) -> Table:
    """Return formulas as a table, with what each needs besides where it needs something."""
    needing = any(more.values())
    rows = tuple(
        (
            say(QUANTITY_WORDS[name]),
            number(one),
            *((needs_words(more[name]) if more[name] else Words(""),) if needing else ()),
        )
        for name, one in written.formulas.items()
    )
    heads = ("part.head.count", "part.head.formula", *(("network.head.needs",) if needing else ()))
    return Table("l" * len(heads), tuple(map(say, heads)), rows, say("network.closed.totals"))


def _written(costs: Costs, found: Mapping[str, Quantity]) -> Named:
    """Return the formulas as they are printed: those with floors multiplied out, the floors named."""
    values = {name: one.value for name, one in found.items()}
    if any(as_formula(value).has(sympy.floor) for value in values.values()):
        return named(values, costs.names)
    return Named({name: as_formula(value) for name, value in values.items()}, {})


def _as_printed(
    found: Mapping[str, Quantity], written: Named, sizes: Mapping[str, tuple[int, ...]]
) -> bool:
    """Say whether the printed formulas give what those that were recounted give, at the same sizes."""
    if not written.meanings:
        return True
    names = [symbol(name) for name in sizes]
    return all(
        value(written.whole(name), put) == value(one.value, put)
        for row in product(*sizes.values())
        for put in [dict(zip(names, row, strict=True))]
        for name, one in found.items()
    )


def _combined(sizes: Mapping[str, tuple[int, ...]]) -> Inline:
    return say("network.closed.combined") if len(sizes) > 1 else Words("")


def sizes_words(sizes: Mapping[str, tuple[int, ...]]) -> Inline:
    r"""Return the sizes put for names, long rows by their ends.

    >>> sizes_words({"q": (1, 2, 3, 4, 5, 6, 7, 8)})
    Math(latex='q = 1, 2, \\dots, 8')
    """
    found = []
    for name, row in sizes.items():
        told = row if len(row) <= _ONE_BY_ONE else (*row[:2], r"\dots", row[-1])
        found.append(Math(f"{latex(symbol(name))} = {', '.join(map(str, told))}"))
    return in_a_row(found)


def _checked(checks: Mapping[str, Recount]) -> Table:
    rows = tuple(
        (
            say(QUANTITY_WORDS[name]),
            say("network.closed.polynomial" if one.polynomial else "network.closed.floors"),
            Math(str(one.checked)),
            Math(str(len(one.outside) + len(one.unsaid))),
            Verdict("equal" if one else "different"),
        )
        for name, one in checks.items()
    )
    keys = (
        "part.head.count",
        "network.head.form",
        "network.head.compared",
        "network.head.unclaimed",
        "part.head.verdict",
    )
    return Table("llrrl", tuple(map(say, keys)), rows)


def _plot(costs: Costs) -> Part:
    """Return the cost over the image's size; it passes if the points that are drawn lie on it."""
    if not image_names(costs.network):
        return Part(())  # the names are no sizes of the image
    try:
        growth = growth_of(costs.network, costs.include, at=costs.point)
    except NoGrowthError:
        return Part(())  # the formulas say so
    except ConvalgebraError:
        return Part((Paragraph(say("network.closed.not_drawn")),))
    name = f"{costs.key}-size"
    with styled():
        drawn = finish(growth_layout(growth), name)
    kind = "steps" if growth.steps else "curves"
    said = {
        "symbol": formula(symbol(growth.name)),
        "points": number(sum(len(line.points) for line in growth.lines)),
    }
    caption = say(
        f"network.closed.caption_{kind}",
        at=say("network.at", sizes=numbers_at(growth.fixed)) if growth.fixed else Words(""),
        lie=say(f"network.closed.on_{kind}" if growth.agrees else "network.closed.off"),
        **said,
    )
    shows = say("network.closed.shows" if growth.agrees else "network.closed.shows_off", **said)
    return Part((Figure(drawn, caption, shows, f"figure:{name}"),), growth.agrees)
