"""The identities of a chapter: statement, condition, counterexample, and what became of checking them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convalgebra.reporting.blocks import Entry, Heading
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.words import Code, Inline, Math, Translated, Verdict, Words, listed, say
from convalgebra.theorems.table import find_identity
from convalgebra.theorems.theorem import Checked, check

# So many drawn sizes for each: `convalgebra identities` takes more.
CASES = 4
# What is so anyway is not said.
_USUAL = {"groups": 1, "in_channels": 1, "out_channels": 1, "channels": 1, "dilation": (1,), "stride": (1,)}


def theorems(names: Sequence[str]) -> Part:
    """Return an entry for each identity; no part where a chapter has none."""
    if not names:
        return Part(())
    entries = [entry_of(name) for name in names]
    return Part(
        (Heading(2, say("part.theorems.title")), *(entry for entry, _ in entries)),
        all(passed for _, passed in entries),
    )


def entry_of(name: str) -> tuple[Entry, bool]:
    """Return the entry of an identity, checked now, and whether it holds."""
    theorem = find_identity(name)
    found = check(theorem, CASES)
    called: Inline = Translated("theorems", theorem.name)
    if theorem.label:
        called = say("part.theorems.labelled", name=called, label=Words(theorem.label))
    verdict = Verdict("holds" if found else "fails")
    words = Math(theorem.statement)
    return Entry(called, verdict, words, tuple(_lines(found)), f"theorem:{theorem.name}"), bool(found)


def _lines(found: Checked) -> Iterator[tuple[Inline, Inline]]:
    theorem = found.theorem
    if theorem.needs:
        needs = listed((Translated("theorems", need.words) for need in theorem.needs), "list.semicolon")
        yield say("part.theorems.condition"), needs
        first = theorem.needs[0]
        yield (
            say("part.theorems.counterexample"),
            say(f"part.theorems.{first.differs}_differ", sizes=_sizes(first.counterexample)),
        )
    key = "both" if found.in_symbols else "integers"
    yield (
        say("part.theorems.checked"),
        say(
            f"part.theorems.checked_in_{key}",
            integers=Math(str(found.in_integers)),
            symbols=Math(str(found.in_symbols)),
        ),
    )
    yield say("part.source"), Translated("theorems", theorem.source)


def _sizes(given: Mapping[str, Any]) -> Inline:
    said = {name: value for name, value in given.items() if _USUAL.get(name) != value}
    return listed(Code(f"{name}={value}") for name, value in (said or given).items())
