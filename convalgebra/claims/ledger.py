"""The ledger: every claim that is recorded, and the judge of each."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module, resources

from convalgebra.claims.claim import Claim, Judge, Judgement, Verdict, judged
from convalgebra.errors import ArgumentError

# Each file of statements has a room of judges of the same name.
ROOMS = ("s01", "s02", "s03", "s04", "s05", "s06", "s07", "s08", "s09", "s10", "s11", "s12", "papers")


@cache
def ledger() -> tuple[Claim, ...]:
    """Return every recorded claim, in the order of the survey; the papers' claims come after it.

    >>> len({claim.id for claim in ledger()}) == len(ledger())
    True
    """
    found = [
        Claim(**{**entry, "verdict": Verdict(entry["verdict"])})
        for room in ROOMS
        for entry in json.loads(_statements(room))
    ]
    return tuple(found)


def _statements(room: str) -> str:
    return (resources.files("convalgebra.claims") / "statements" / f"{room}.json").read_text("utf-8")


@cache
def judges() -> dict[str, Judge]:
    """Return the judge of each claim by the claim's name; a cited claim has none."""
    rooms = (import_module(f"convalgebra.claims.judges.{room}") for room in ROOMS)
    return {name: judge for room in rooms for name, judge in room.JUDGES.items()}


def find_claim(name: str) -> Claim:
    """Return the claim of a name; raise ``ArgumentError`` otherwise.

    >>> find_claim("S08-12").verdict.value
    'conditional'
    """
    known = {claim.id.lower(): claim for claim in ledger()}
    claim = known.get(str(name).strip().lower())
    if claim is None:
        raise ArgumentError(f"claim={name!r} is not in the ledger; `convalgebra claims` prints it")
    return claim


def judge(claim: Claim) -> Judgement:
    """Return what is found of a claim, by derivation and by measurement, now.

    >>> str(judge(find_claim("S08-12")).verdict)
    'conditional'
    """
    return judged(claim, judges().get(claim.id))
