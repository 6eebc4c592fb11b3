"""Derivations with what became of checking them, and the sizes at which they were measured."""

from __future__ import annotations

from dataclasses import dataclass

from convalgebra.counting.grids import sample_points
from convalgebra.derivation.checks import check_step
from convalgebra.derivation.derivation import Derivation, Row, Verification
from convalgebra.operators.base import Operator
from convalgebra.reporting.words import Inline, Math, Said, formula, listed, say
from convalgebra.reporting.worked import MOST_ENTRIES, entries_of

# So many sizes are measured for each derivation, and so many of them are printed.
MEASURED, SHOWN = 12, 2


@dataclass(frozen=True)
class Derived:
    """A derivation, its check, the anchor of its result and what it is called."""

    derivation: Derivation
    verification: Verification
    anchor: str
    name: Inline

    measured: bool = True

    @property
    def passed(self) -> bool:
        """Whether every step holds, and what was measured agrees."""
        return self.verification.passed if self.measured else all(self.verification.steps)

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows of the check that are printed: those that measured most, where no size but one is 1."""

        def telling(row: Row) -> tuple[bool, int]:
            ones = sum(size == 1 for _, size in row.sizes)
            return ones < len(row.sizes) / 3, max(row.measured, default=0)

        return tuple(sorted(self.verification.rows, key=telling)[-SHOWN:])


def derived(derivation: Derivation, anchor: str, name: Inline) -> Derived:
    """Return a derivation checked at some sizes, evenly spread over those that meet its conditions.

    One in numbers that are too large to be measured is checked step by step only.
    """
    if derivation.kind == "identity":
        return Derived(derivation, derivation.verify(), anchor, name)
    if not derivation.symbols and any(_is_large(operator) for operator in derivation.operators):
        named = dict(derivation.named)
        steps = (check_step(s, named, (), [{}]) for s in (*derivation.steps, *derivation.limits))
        return Derived(derivation, Verification(tuple(steps), ()), anchor, name, measured=False)
    points = sample_points(derivation.operators, derivation.conditions, MEASURED)
    return Derived(derivation, derivation.verify(points), anchor, name)


def _is_large(operator: Operator) -> bool:
    return any(entries_of(stage) > MOST_ENTRIES for stage in operator.stages)


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
