"""The first chapter: what is counted and how it is measured, and the rules that all chapters stand on."""

from __future__ import annotations

from convalgebra.reporting.blocks import Block, Chapter, Contents, Formula, Heading, Items, Paragraph, Table
from convalgebra.reporting.parts.theorems import entry_of
from convalgebra.reporting.subjects import RULES
from convalgebra.reporting.words import Code, Math, say
from convalgebra.theorems.table import find_identity

# The words of counting, in the order in which they stand on each other.
COUNTED = ("multiplications", "mult_adds", "additions", "parameters")
MASTER = find_identity("master form").statement
# What the second part of the identity says a selection is.
SELECTION = find_identity("selections without padding").statement.partition(r"\; ")[2]
_SYMBOLS = {
    "image": r"H,\ W,\ N,\ T",
    "kernel": r"h,\ m",
    "channels": r"D,\ N_c",
    "groups": "g",
    "steps": r"s,\ d,\ p",
    "rate": "l",
    "even": "q",
    "cost": r"\mu",
}


# What stands in the identities besides.
_OPERATORS = {
    "identity": r"I,\ \mathbf 1",
    "mirror": r"J,\ \operatorname{flip} w,\ \tilde w",
    "shuffle": r"\Pi_g",
    "decimation": r"D_s,\ U_s",
    "phases": r"R,\ R_r",
    "padding": r"P,\ lo,\ hi",
    "spaced": r"w \uparrow d",
    "rotation": "Z",
    "frequency": r"F,\ \omega,\ \widehat W",
    "windows": r"E,\ X",
    "products": r"\otimes,\ \odot,\ *",
    "blocks": r"\operatorname{blockdiag},\ [\,A; B\,]",
    "effective": r"e,\ h^*",
    "bracket": r"[\,\cdot\,]",
}


def front() -> Chapter:
    """Return the chapter on counting, measuring and writing."""
    entries = [entry_of(name) for name in RULES]
    blocks: tuple[Block, ...] = (
        Heading(1, say("front.title"), "chapter:front"),
        Paragraph(say("front.matrix")),
        Formula((MASTER,), "formula:master"),
        Paragraph(say("front.selection")),
        Formula((SELECTION,), "formula:selection"),
        Heading(2, say("front.counted.title")),
        Paragraph(say("front.counted.how")),
        Table(
            "lp",
            (say("part.head.count"), say("front.counted.means")),
            tuple((say(f"count.{name}"), say(f"count.{name}_means")) for name in COUNTED),
        ),
        Heading(2, say("front.measured.title")),
        Paragraph(say("front.measured.how")),
        Items(tuple(say(f"front.measured.{name}") for name in ("derived", "counted", "judged"))),
        Heading(2, say("front.symbols.title")),
        Table(
            "lp",
            (say("front.symbols.symbol"), say("front.counted.means")),
            tuple((Math(latex), say(f"front.symbols.{name}")) for name, latex in _SYMBOLS.items()),
        ),
        Paragraph(say("front.symbols.besides")),
        Table(
            "lp",
            (say("front.symbols.symbol"), say("front.counted.means")),
            tuple((Math(latex), say(f"front.symbols.{name}")) for name, latex in _OPERATORS.items()),
        ),
        Heading(2, say("front.reading.title")),
        Items(tuple(say(f"part.{part}.how") for part in ("pictures", "worked", "theorems", "claims"))),
        Heading(2, say("front.rules.title")),
        Paragraph(say("front.rules.how", call=Code("ca.identities()"))),
        *(entry for entry, _ in entries),
    )
    return Chapter("front", blocks, all(passed for _, passed in entries))


def contents() -> Chapter:
    """Return the table of contents."""
    return Chapter("contents", (Contents(),))
