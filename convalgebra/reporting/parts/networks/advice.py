"""What cheaper convolutions would save: by type if they stood everywhere, and layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import sympy

from convalgebra.drawing.lettering import grouped
from convalgebra.formulas import latex
from convalgebra.networks.whatif.advice import Saving
from convalgebra.reporting.blocks import Block, Formula, Heading, Paragraph, Table
from convalgebra.reporting.parts.networks.cells import layer_name, number, numbers_at, share
from convalgebra.reporting.parts.networks.costs import Costs
from convalgebra.reporting.words import Code, Inline, Math, Words, say
from convalgebra.typesetting.width import letters

_MOST = 12
_MOST_FORMULAS = 3
_LONGEST = 60  # letters of a ratio


def advised(costs: Costs) -> Iterator[Block]:
    """Yield two tables of savings; or that there is nothing to save."""
    if costs.sized is None:
        return
    found = costs.advice
    yield Heading(2, say("network.advice.title"))
    if not found:
        yield Paragraph(say("network.advice.none"))
        return
    at: Inline = say("network.at", sizes=numbers_at(costs.point)) if costs.point else Words("")
    key = "network.advice.how_partial" if found[0].partial else "network.advice.how"
    yield Paragraph(say(key, at=at))
    yield _everywhere(found, at)
    best = _best(found)
    shown = Math(str(min(_MOST, len(best))))
    key = "network.advice.best" if len(best) > _MOST else "network.advice.best_all"
    caption = say(key, shown=shown, lines=Math(str(len(best))), at=at)
    yield _each(best[:_MOST], caption)
    yield from _formulas(best[:_MOST_FORMULAS])


def _formulas(best: Sequence[Sequence[Saving]]) -> Iterator[Block]:
    """Yield the ratios that are formulas and short enough to be read, on lines of their own."""
    for each in best:
        whole = latex(each[0].ratio)
        if each[0].ratio.free_symbols and not each[0].ratio.has(sympy.floor) and letters(whole) <= _LONGEST:
            name = layer_name(each[0].layer)
            yield Paragraph(say("network.advice.ratio", layer=name, by=Code(_kind(each[0]))))
            yield Formula((grouped(whole),))


def _kind(saving: Saving) -> str:
    given = ", ".join(f"{name}={value}" for name, value in saving.options.items())
    return f"{saving.by}({given})" if given else saving.by


def everywhere(found: Sequence[Saving]) -> list[tuple[str, list[Saving]]]:
    """Return the savings by the type that stands in, the type that saves most in all first."""
    kinds: dict[str, list[Saving]] = {}
    for one in found:
        kinds.setdefault(_kind(one), []).append(one)
    return sorted(kinds.items(), key=lambda item: -sum(one.saved for one in item[1]))


def _everywhere(found: Sequence[Saving], at: Inline) -> Table:
    """Return what each type saves in all layers that it can take the place of."""
    rows = tuple(
        (
            Code(kind),
            Math(str(len(each))),
            number(sum((one.saved for one in each), start=0)),
            share(sum((one.share for one in each), start=Fraction(0))),
        )
        for kind, each in everywhere(found)
    )
    keys = ("network.head.by", "network.head.layers", "network.head.saved", "network.head.of_total")
    return Table("lrrr", tuple(map(say, keys)), rows, say("network.advice.everywhere", at=at))


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
    alike = any(len(each) > 1 for each in best)
    rows = tuple(
        (
            *((Math(str(len(each))),) if alike else ()),
            layer_name(each[0].layer),
            Code(_kind(each[0])),
            number(each[0].saved),
            _ratio(each[0]),
            share(sum((one.share for one in each), start=Fraction(0))),
        )
        for each in best
    )
    keys = (
        *(("network.head.times",) if alike else ()),
        "network.head.layer",
        "network.head.by",
        "network.head.saved",
        "network.head.ratio",
        "network.head.of_total",
    )
    return Table("rllrrr"[0 if alike else 1 :], tuple(map(say, keys)), rows, caption)


def _ratio(one: Saving) -> Inline:
    """Return after over before as a number; a formula would be too small to read in a cell."""
    return Math(f"{float(Fraction(one.number(one.after)) / Fraction(one.number(one.before))):.4f}")
