"""Derivations with what became of checking them, and the sizes at which they were measured."""

from __future__ import annotations

from dataclasses import dataclass

from convalgebra.counting.grids import sample_points
from convalgebra.derivation.derivation import Derivation, Row, Verification
from convalgebra.reporting.words import Inline, Math, Said, formula, listed, say

# So many sizes are measured for each derivation, and so many of them are printed.
MEASURED, SHOWN = 16, 2


@dataclass(frozen=True)
class Derived:
    """A derivation, its check, the anchor of its result and what it is called."""

    derivation: Derivation
    verification: Verification
    anchor: str
    name: Inline

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows of the check that are printed: those that measured most."""
        rows = sorted(self.verification.rows, key=lambda row: max(row.measured, default=0))
        return tuple(rows[-SHOWN:])


def derived(derivation: Derivation, anchor: str, name: Inline) -> Derived:
    """Return a derivation checked at some sizes, evenly spread over those that meet its conditions."""
    points: list[dict[str, int]] | None = None
    if derivation.kind != "identity":
        points = sample_points(derivation.operators, derivation.conditions, MEASURED)
    return Derived(derivation, derivation.verify(points), anchor, name)


def conditions(found: Derivation) -> Said | None:
    """Return what a derivation needs as a message; nothing where it needs nothing."""
    if not found.conditions:
        return None
    return say("part.conditions", conditions=listed(formula(c) for c in found.conditions))


def number(value: object) -> Math:
    """Return a number in LaTeX, from five digits on in groups of three.

    >>> number(86400), number(9600)
    (Math(latex='86\\\\,400'), Math(latex='9600'))
    """
    text = str(value)
    if text.lstrip("-").isdigit() and len(text.lstrip("-")) > 4:
        text = f"{int(text):,}".replace(",", r"\,")
    return Math(text)
