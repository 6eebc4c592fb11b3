"""Claims that are theorems."""

from __future__ import annotations

from collections.abc import Iterator

from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.theorems.table import identities
from convalgebra.theorems.theorem import check

HOLDS = "the two sides are equal"


def identity(*names: str) -> Judge:
    """Return the judge of a claim that is a theorem: in symbols where small, in integers at drawn sizes.

    A theorem that is nowhere small enough for symbols is not derived by this road, and found not to be.
    """

    def judge() -> Iterator[Finding]:
        known = {theorem.name: theorem for theorem in identities()}
        for name in names:
            checked = check(known[name])
            in_symbols = "; ".join(f for f in checked.failures if "symbols" in f)
            if not checked.in_symbols:
                in_symbols = "no size was small enough"
            at = f"{name}, in symbols at {checked.in_symbols} sizes"
            yield derived(at, HOLDS, in_symbols or HOLDS)
            failures = "; ".join(checked.failures)
            yield measured(f"{name}, at {checked.in_integers} sizes", HOLDS, failures or HOLDS)

    return judge
