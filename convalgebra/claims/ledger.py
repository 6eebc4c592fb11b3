"""The ledger: every claim that is recorded, and the judge of each."""

from __future__ import annotations

import json
import re
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
    return tuple(claim for room in ROOMS for claim in _recorded(room))


@cache
def _recorded(room: str) -> tuple[Claim, ...]:
    file = resources.files("convalgebra.claims") / "statements" / f"{room}.json"
    entries = json.loads(file.read_text("utf-8"))
    return tuple(Claim(**{**entry, "verdict": Verdict(entry["verdict"])}) for entry in entries)


def judges() -> dict[str, Judge]:
    """Return the judge of each claim by the claim's name; a cited claim has none."""
    return {name: judge for room in ROOMS for name, judge in _judges_of(room).items()}


def _judges_of(room: str) -> dict[str, Judge]:
    found: dict[str, Judge] = import_module(f"convalgebra.claims.judges.{room}").JUDGES
    return found


def find_claim(name: str) -> Claim:
    """Return the claim of a name; raise ``ArgumentError`` otherwise.

    >>> find_claim("S08-12").verdict.value
    'conditional'
    """
    known = {claim.id.lower(): claim for claim in ledger()}
    claim = known.get(str(name).strip().lower())
    if claim is None:
        section = f"{str(name).strip().upper().partition('-')[0]}-"
        same = [each.id for each in ledger() if each.id.upper().startswith(section)]
        told = (
            f"; of this section it has {same[0]} to {same[-1]}"
            if same
            else "; `convalgebra claims` prints it"
        )
        raise ArgumentError(f"claim={name!r} is not in the ledger{told}")
    return claim


def find_section(name: str) -> tuple[Claim, ...]:
    """Return the claims of a section: its number, or a part of its name; raise ``ArgumentError`` otherwise.

    >>> [claim.id for claim in find_section("ShuffleNet")], len({c.section for c in find_section("8")})
    (['ZHANG-01'], 2)
    """
    wanted = str(name).strip().lower()
    number = re.compile(rf"{re.escape(wanted)}[. ]")
    numbered = bool(re.fullmatch(r"[\d.]+", wanted))

    def meant(section: str) -> bool:
        return bool(number.match(section)) if numbered else wanted in section.lower()

    found = tuple(claim for claim in ledger() if wanted and meant(claim.section))
    if not found:
        known = ", ".join(dict.fromkeys(claim.section for claim in ledger()))
        raise ArgumentError(f"section={name!r} is none of the ledger's; they are: {known}")
    return found


def judge(claim: Claim | str) -> Judgement:
    """Return what is found of a claim or the claim of a name, by derivation and by measurement, now.

    Raises ``ArgumentError`` for anything else.

    >>> str(judge("S08-12").verdict), judge("S08-12") == judge(find_claim("S08-12"))
    ('conditional', True)
    """
    if not isinstance(claim, Claim):
        claim = find_claim(claim)
    rooms = [room for room in ROOMS if claim.id in {known.id for known in _recorded(room)}]
    return judged(claim, next((_judges_of(room).get(claim.id) for room in rooms), None))
