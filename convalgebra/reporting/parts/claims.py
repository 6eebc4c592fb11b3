"""The claims of a chapter: what the literature says, each with the verdict that it gets now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from convalgebra.claims.claim import Finding, Judgement, Road
from convalgebra.claims.claim import Verdict as Found
from convalgebra.claims.ledger import judge, ledger
from convalgebra.claims.separable import SOURCE
from convalgebra.reporting.blocks import Entry, Heading, Paragraph
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.words import Inline, Math, Recorded, Verdict, Words, say


def claims_head(sections: Sequence[str]) -> Part:
    """Return the title of the claims of some sections of the ledger; nothing where there are none."""
    count = sum(claim.section in sections for claim in ledger())
    if not count:
        return Part(())
    title = Heading(2, say("part.claims.title"))
    return Part((title, Paragraph(say("part.claims.count", count=Math(str(count))))))


def claims(section: str) -> Part:
    """Return an entry for each claim of a section of the ledger, judged now."""
    judged = [judge(claim) for claim in ledger() if claim.section == section]
    return Part(tuple(map(entry_of, judged)), all(one.stands for one in judged))


def entry_of(one: Judgement) -> Entry:
    """Return what a claim says and what was found of it.

    >>> entry_of(judge("S08-12")).verdict
    Verdict(name='conditional')
    """
    claim = one.claim
    verdict = Verdict(one.verdict.value)
    return Entry(
        Words(claim.id), verdict, Recorded(claim.id, "statement"), tuple(_lines(one)), f"claim:{claim.id}"
    )


def _lines(one: Judgement) -> Iterator[tuple[Inline, Inline]]:
    claim = one.claim
    if claim.formula:
        yield say("part.claims.formula"), Math(claim.formula)
    for name in ("condition", "right", "counterexample"):
        if getattr(claim, name):
            yield say(f"part.claims.{name}"), _recorded(claim.id, name, getattr(claim, name))
    if one.verdict in (Found.WRONG, Found.CONDITIONAL) and not claim.counterexample:
        failed = (_numbers(f) for f in one.findings if not f.agrees and not f.right)
        number = next((found for found in failed if found is not None), None)
        yield from [] if number is None else [(say("part.claims.found"), number)]
    if one.findings:
        derived, measured = (len(one.on(road)) for road in Road)
        yield (
            say("part.claims.judged"),
            say("part.claims.by", derived=Math(str(derived)), measured=Math(str(measured))),
        )
    if SOURCE not in claim.source:
        yield say("part.source"), Words(claim.source)


# What a formula does not hold: words, signs of text, a list.
_NO_FORMULA = re.compile(r"[A-Za-z]{2,}|[*%;:\"]|, ")
_COMMANDS = re.compile(r"\\[A-Za-z]+|\\.")


def _recorded(claim: str, name: str, text: str) -> Inline:
    """Return a field of a claim as a formula, where it is nothing else, or in words."""
    return Recorded(claim, name) if _NO_FORMULA.search(_COMMANDS.sub("", text)) else Math(text)


_SIZES = re.compile(r"[A-Za-z_']+=-?\d+(, [A-Za-z_']+=-?\d+)*")


def _numbers(found: Finding) -> Inline | None:
    """Return a finding at sizes given by name whose values are numbers; nothing of other findings."""
    values = [str(value) for value in (found.said, found.found)]
    if not _SIZES.fullmatch(found.at) or not all(re.fullmatch(r"-?\d+(/\d+)?", v) for v in values):
        return None
    return say("part.claims.numbers", at=Words(found.at), said=Words(values[0]), found=Words(values[1]))
