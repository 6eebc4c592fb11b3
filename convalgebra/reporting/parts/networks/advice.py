"""What cheaper convolutions would save: by type if they stood everywhere, and layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import sympy

from convalgebra.formulas import latex
from convalgebra.networks.whatif.advice import Saving
from convalgebra.reporting.blocks import Block, Heading, Paragraph, Table
from convalgebra.reporting.parts.networks.cells import layer_name, number, numbers_at, share
from convalgebra.reporting.parts.networks.costs import Costs
from convalgebra.reporting.words import Code, Inline, Math, Words, say
from convalgebra.typesetting.width import letters

_MOST = 12
_LONGEST = 22  # letters of a ratio in a table


def advised(costs: Costs) -> Iterator[Block]:
    """Yield two tables of savings; or that there is nothing to save."""
    if costs.sized is None:
        return
    found = costs.network.advice(at=costs.point) if costs.network.symbols else costs.network.advice()
    yield Heading(2, say("network.advice.title"))
    if not found:
        yield Paragraph(say("network.advice.none"))
        return
    at: Inline = say("network.at", sizes=numbers_at(costs.point)) if costs.point else Words("")
    key = "network.advice.how_partial" if found[0].partial else "network.advice.how"
    yield Paragraph(say(key, at=at))
    yield _everywhere(found)
    best = _best(found)
    shown = Math(str(min(_MOST, len(best))))
    yield _each(best[:_MOST], say("network.advice.best", shown=shown, lines=Math(str(len(best)))))


def _kind(saving: Saving) -> Inline:
    given = ", ".join(f"{name}={value}" for name, value in saving.options.items())
    return Code(f"{saving.by}({given})" if given else saving.by)


def _everywhere(found: Sequence[Saving]) -> Table:
    """Return what each type saves in all layers that it can take the place of."""
    kinds: dict[Inline, list[Saving]] = {}
    for one in found:
        kinds.setdefault(_kind(one), []).append(one)
    order = sorted(kinds.items(), key=lambda item: -sum(one.saved for one in item[1]))
    rows = tuple(
        (
            kind,
            Math(str(len(each))),
            number(sum((one.saved for one in each), start=0)),
            share(sum((one.share for one in each), start=Fraction(0))),
        )
        for kind, each in order
    )
    keys = ("network.head.by", "network.head.layers", "network.head.saved", "network.head.of_total")
    return Table("lrrr", tuple(map(say, keys)), rows, say("network.advice.everywhere"), long=True)


def _best(found: Sequence[Saving]) -> list[list[Saving]]:
    """Return of each layer the replacement that saves most, layers that are alike together, most first."""
    best: dict[str, Saving] = {}
    for one in found:
        if one.layer not in best or one.saved > best[one.layer].saved:
            best[one.layer] = one
    alike: dict[object, list[Saving]] = {}
    for one in best.values():
        alike.setdefault((_kind(one), one.conv, one.before, one.after), []).append(one)
    return sorted(alike.values(), key=lambda each: -each[0].saved)


def _each(best: Sequence[Sequence[Saving]], caption: Inline) -> Table:
    rows = tuple(
        (
            Math(str(len(each))),
            layer_name(each[0].layer),
            _kind(each[0]),
            number(each[0].saved),
            _ratio(each[0]),
            share(sum((one.share for one in each), start=Fraction(0))),
        )
        for each in best
    )
    keys = (
        "network.head.times",
        "network.head.layer",
        "network.head.by",
        "network.head.saved",
        "network.head.ratio",
        "network.head.of_total",
    )
    return Table("rllrlr", tuple(map(say, keys)), rows, caption, long=True)


def _ratio(one: Saving) -> Inline:
    """Return after over before as a formula in the network's names, a long one as a number."""
    whole = latex(one.ratio)
    if letters(whole) <= _LONGEST and not one.ratio.has(sympy.floor):
        return Math(whole)
    return Words(f"{float(Fraction(one.number(one.after)) / Fraction(one.number(one.before))):.4f}")
