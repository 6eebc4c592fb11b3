"""What stands at the end: glossary, list of claims, sources, and how the report was made."""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import version

import convalgebra
from convalgebra.claims.ledger import find_claim
from convalgebra.claims.separable import SOURCE
from convalgebra.reporting.blocks import Block, Chapter, Command, Entry, Heading, Items, Paragraph, Table
from convalgebra.reporting.words import Inline, Link, Math, Reference, Translated, Verdict, Words, say
from convalgebra.theorems.table import find_identity

GLOSSARY = (
    "axis",
    "tap",
    "span",
    "operator",
    "weight",
    "matrix",
    "multiplications",
    "mult_adds",
    "additions",
    "parameters",
    "derivation",
    "claim",
    "transpose",
    "groups",
    "receptive_field",
    "padding",
)
# So many claims stand beside each other in their list.
_BESIDE = 2
_VERDICTS = ("exact", "conditional", "wrong", "cited", "undecided")
LIBRARIES = ("numpy", "scipy", "sympy", "matplotlib", "jinja2", "latex2mathml")


def glossary() -> Chapter:
    """Return the words that mean the same everywhere."""
    rows = tuple((say(f"glossary.{name}"), say(f"glossary.{name}_means")) for name in GLOSSARY)
    head = (say("glossary.word"), say("front.counted.means"))
    blocks = (Heading(1, say("glossary.title"), "chapter:glossary"), Table("lp", head, rows, long=True))
    return Chapter("glossary", blocks)


def list_of_claims(chapters: Sequence[Chapter]) -> Chapter:
    """Return every claim that the chapters judge, with its verdict and the way there."""
    told = [
        (chapter.key, block)
        for chapter in chapters
        for block in chapter.blocks
        if isinstance(block, Entry) and block.anchor.startswith("claim:")
    ]
    cells = [
        (Link(entry.anchor, entry.name), entry.verdict, Reference(f"chapter:{key}", Words("")))
        for key, entry in told
    ]
    counts = Counter(entry.verdict.name for _, entry in told if isinstance(entry.verdict, Verdict))
    head = tuple(map(say, ("part.head.claim", "part.head.verdict", "part.head.chapter")))
    blocks: tuple[Block, ...] = (
        Heading(1, say("back.claims.title"), "chapter:claims"),
        Paragraph(say("back.claims.how", all=Math(str(len(told))))),
        Table(
            "lr",
            (say("part.head.verdict"), say("part.head.count")),
            tuple((Verdict(name), Math(str(count))) for name in _VERDICTS if (count := counts[name])),
        ),
        Table("llr" * _BESIDE, head * _BESIDE, tuple(_beside(cells)), long=True),
    )
    return Chapter("claims", blocks)


def _beside(cells: Sequence[tuple[Inline, ...]]) -> Iterator[tuple[Inline, ...]]:
    """Yield lines of several claims side by side, in their order."""
    empty: tuple[Inline, ...] = (Words(""),) * 3
    for at in range(0, len(cells), _BESIDE):
        row = [*cells[at : at + _BESIDE], *[empty] * _BESIDE][:_BESIDE]
        yield tuple(cell for part in row for cell in part)


def sources(chapters: Sequence[Chapter]) -> Chapter:
    """Return what the claims and identities of the chapters are taken from, each once."""
    entries = [b for chapter in chapters for b in chapter.blocks if isinstance(b, Entry)]
    names = [entry.anchor.partition(":") for entry in entries]
    claims = [find_claim(name).source for kind, _, name in names if kind == "claim"]
    theorems = [find_identity(name).source for kind, _, name in names if kind == "theorem"]
    papers: list[Inline] = [Words(source) for source in _papers(claims)]
    others: list[Inline] = [Translated("theorems", source) for source in sorted({*theorems})]
    blocks: list[Block] = [Heading(1, say("back.sources.title"), "chapter:sources")]
    if papers:
        blocks += [Heading(2, say("back.sources.claims")), Items(tuple(papers))]
    if others:
        blocks += [Heading(2, say("back.sources.theorems")), Items(tuple(others))]
    return Chapter("sources", tuple(blocks))


# Where in a work a statement stands: that is told with the statement.
_PLACE = re.compile(r",? *\b(sections?|Tables?|Figures?|Fig\.|equations?|appendix|relationship)\b.*", re.I)
_NUMBER = re.compile(r"arXiv:\d{4}\.\d{4,5}")


def _papers(sources: Sequence[str]) -> list[str]:
    """Return each work once, the survey first; one that bears a number is known by it."""
    works: dict[str, str] = {}
    for source in sources:
        whole = _PLACE.sub("", source).strip(" ,;")
        number = _NUMBER.search(whole)
        key = number[0] if number else whole
        works[key] = max(works.get(key, ""), whole, key=len)
    return sorted(filter(None, works.values()), key=lambda work: (not work.startswith(SOURCE), work))


def made(command: str) -> Chapter:
    """Return the versions that the report was made with, and the command that makes it again."""
    rows = (
        (Words("convalgebra"), Words(convalgebra.__version__)),
        (Words("Python"), Words(".".join(platform.python_version_tuple()[:2]))),
        *((Words(name), Words(version(name))) for name in LIBRARIES),
    )
    how = (
        [Paragraph(say("back.made.how")), Command(command)]
        if command
        else [Paragraph(say("back.made.own"))]
    )
    blocks: tuple[Block, ...] = (
        Heading(1, say("back.made.title"), "chapter:made"),
        *how,
        Table("ll", (say("back.made.library"), say("back.made.version")), rows),
    )
    return Chapter("made", blocks)
