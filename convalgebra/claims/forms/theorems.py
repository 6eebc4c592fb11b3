"""Claims that are theorems."""

from __future__ import annotations

from collections.abc import Iterator

from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.theorems.table import identities
from convalgebra.theorems.theorem import check


def identity(*names: str) -> Judge:
    """Return the judge of a claim that is a theorem: in symbols where small, in integers at drawn sizes."""

    def judge() -> Iterator[Finding]:
        known = {theorem.name: theorem for theorem in identities()}
        for name in names:
            checked = check(known[name])
            in_symbols = [f for f in checked.failures if "symbols" in f]
            yield derived(f"{name}, in symbols at {checked.in_symbols} sizes", [], in_symbols)
            yield measured(f"{name}, at {checked.in_integers} sizes", (), checked.failures)

    return judge
