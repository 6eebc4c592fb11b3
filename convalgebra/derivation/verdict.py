"""What became of checking a derivation: of each step, and of its end at each size."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convalgebra.derivation.checks import StepCheck
from convalgebra.formulas import sizes_text


@dataclass(frozen=True)
class Row:
    """One size of a check: what the formula says and what was measured.

    ``measured`` are the numbers as measured, ``counted`` is what they come to: of a ratio the quotient of
    two counts, of sizes one number per axis. ``relation`` says how ``counted`` must stand to ``formula``.
    """

    sizes: tuple[tuple[str, Any], ...]
    formula: Any
    measured: tuple[int, ...]
    counted: Any
    relation: str = "="

    @property
    def agrees(self) -> bool:
        """Whether the formula says what was measured, exactly; of a bound, whether it is kept."""
        if self.relation == "<=":
            return all(c <= f for c, f in zip(_listed(self.counted), _listed(self.formula), strict=True))
        return bool(self.formula == self.counted)

    def __str__(self) -> str:
        where = f"{sizes_text(self.sizes)}: " if self.sizes else ""
        shown = "/" if isinstance(self.counted, Fraction) else ", "
        said = ", ".join(map(str, _listed(self.formula)))
        verdict = "equal" if self.relation == "=" else "within it"
        return (
            f"{where}formula {said}, "
            f"measured {shown.join(map(str, self.measured))}, {verdict if self.agrees else 'DIFFERENT'}"
        )


def _listed(found: Any) -> tuple[Fraction, ...]:
    return found if isinstance(found, tuple) else (found,)


@dataclass(frozen=True)
class Verification:
    """The outcome of ``Derivation.verify``: true where every step and every size agrees.

    ``steps`` has a check for each step, then for each limit; it is true where the step holds.
    """

    steps: tuple[StepCheck, ...]
    rows: tuple[Row, ...]

    @property
    def passed(self) -> bool:
        """Whether every step holds and the result met what was measured at every size, at least one."""
        return all(self.steps) and bool(self.rows) and all(row.agrees for row in self.rows)

    @property
    def wrong(self) -> tuple[StepCheck, ...]:
        """The steps that do not hold; each says at which sizes its sides differ, and what they are."""
        return tuple(check for check in self.steps if not check)

    @property
    def summary(self) -> str:
        """How many steps hold and at how many sizes the result agrees; what is wrong is named."""
        agree = [row for row in self.rows if row.agrees]
        return "\n".join(
            [
                f"steps: {sum(map(bool, self.steps))} of {len(self.steps)} hold",
                *map(str, self.wrong),
                f"sizes: {len(agree)} of {len(self.rows)} agree",
                *(str(row) for row in self.rows if not row.agrees),
            ]
        )

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return "\n".join([self.summary, *(str(row) for row in self.rows if row.agrees)])
