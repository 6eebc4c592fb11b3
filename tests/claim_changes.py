"""Claims that are changed: a copy of a room of judges in whose source one passage stands otherwise."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from convalgebra.claims.claim import Claim, Judge, Judgement, Verdict
from convalgebra.claims.ledger import find_claim


def source(room: str) -> str:
    return Path(str(import_module(f"convalgebra.claims.judges.{room}").__file__)).read_text("utf-8")


def changed(room: str, old: str, new: str) -> ModuleType:
    """Return a copy of a room with the first such passage changed."""
    text = source(room)
    assert old in text, f"{old!r} does not stand in {room}"
    copied = ModuleType(f"changed_{room}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, copied.__name__, copied)  # dataclasses look for it there
        exec(compile(text.replace(old, new, 1), copied.__name__, "exec"), copied.__dict__)
    return copied


def judge_of(room: ModuleType, name: str) -> Judge:
    """Return the judge of a claim from whichever table of the room has it."""
    tables = (table for table in vars(room).values() if isinstance(table, Mapping) and name in table)
    judge: Judge = next(tables)[name]
    return judge


def reaches(claim: Claim, judge: Judge) -> bool:
    """Say whether a judge reaches the recorded verdict; it is asked no further where it cannot any more."""
    findings = []
    for finding in judge():
        findings.append(finding)
        spoilt = {Verdict.EXACT: True, Verdict.CONDITIONAL: finding.inside}.get(claim.verdict, False)
        if (finding.right or spoilt) and not finding.agrees:
            return False
    return Judgement(claim, tuple(findings)).stands


def stands(name: str, room: str, old: str, new: str) -> bool:
    """Say whether a claim still reaches its recorded verdict with a passage of its room changed."""
    return reaches(find_claim(name), judge_of(changed(room, old, new), name))
