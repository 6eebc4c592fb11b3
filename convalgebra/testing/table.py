"""What was checked, as rows: the sizes, what the formula says, what was measured; and how it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy

from convalgebra.formulas import text
from convalgebra.testing.points import weight
from convalgebra.testing.stated import Value, shown_sizes

_IN_MESSAGE = 6
_IN_TABLE = 60


@dataclass(frozen=True)
class Row:
    """One size: the value of the formula and the measured one; ``counted`` is how the latter is shown."""

    sizes: Mapping[str, int]
    formula: Value
    measured: Fraction
    counted: str

    @property
    def agrees(self) -> bool:
        """Whether the two are equal, exactly."""
        return isinstance(self.formula, Fraction) and self.formula == self.measured

    @property
    def weight(self) -> tuple[int, tuple[int, ...]]:
        """What a row is sorted by: its sizes summed, then one by one."""
        return weight(self.sizes)


class CountError(AssertionError):
    """A formula that is not what was measured; ``convalgebra_table`` has every size tried.

    The pytest plugin knows the error by that attribute, without importing this.
    """

    def __init__(self, message: str, table: str) -> None:
        super().__init__(message)
        self.convalgebra_table = table


def table(rows: Iterable[Row], most: int = _IN_TABLE) -> str:
    """Return the rows as a table, those that differ marked; the rest beyond ``most`` is counted.

    >>> print(table([Row({"N": 5}, Fraction(4), Fraction(3), "3")]))
    N  formula  measured
    5        4         3  differs
    """
    ordered = sorted(rows, key=lambda row: row.weight)
    shown = _chosen(ordered, most)
    names = list(shown[0].sizes) if shown else []
    lines = [[*names, "formula", "measured", ""]]
    lines += [
        [*map(str, r.sizes.values()), shown_value(r.formula), r.counted, "" if r.agrees else "differs"]
        for r in shown
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text_ = [
        "  ".join([*(c.rjust(w) for c, w in zip(line[:-1], widths, strict=False)), line[-1]]).rstrip()
        for line in lines
    ]
    return "\n".join([*text_, *_left_out(ordered, shown)])


def _left_out(ordered: Sequence[Row], shown: Sequence[Row]) -> list[str]:
    """Return the line that counts the rows that are not shown, those that differ apart."""
    agree = sum(row.agrees for row in ordered) - sum(row.agrees for row in shown)
    differ = len(ordered) - len(shown) - agree
    parts = [f"{count} that {what}" for count, what in ((differ, "differ"), (agree, "agree")) if count]
    return [f"... and {', '.join(parts).replace(' that', ' more that', 1)}"] if parts else []


def _chosen(ordered: Sequence[Row], most: int) -> list[Row]:
    """Return at most so many rows, in order; the ones that differ come in first."""
    first = sorted(range(len(ordered)), key=lambda at: ordered[at].agrees)[:most]
    return [ordered[at] for at in sorted(first)]


def message(claim: str, rows: Sequence[Row], difference: sympy.Expr | None) -> str:
    """Return what is told of a formula that failed: the smallest counterexample first."""
    wrong = sorted((row for row in rows if not row.agrees), key=lambda row: row.weight)
    first = wrong[0]
    lines = [
        claim,
        f"smallest counterexample: {shown_sizes(first.sizes)}: "
        f"formula {shown_value(first.formula)}, measured {first.counted}",
    ]
    if difference is not None:
        lines.append(f"formula - measured = {text(difference)} at all {len(rows)} sizes tried")
    if not first.sizes:
        return "\n".join([claim, lines[1].removeprefix("smallest counterexample: the given operator: ")])
    lines.append(f"{len(wrong)} of {len(rows)} sizes differ:")
    lines += [f"  {line}" for line in table(rows, _IN_MESSAGE).splitlines()]
    return "\n".join(lines)


def shown_value(value: Value) -> str:
    """Return a value as text; what is no number is called so.

    >>> shown_value(Fraction(1, 3)), shown_value(sympy.zoo)
    ('1/3', 'undefined')
    """
    if isinstance(value, Fraction):
        return str(value)
    return "undefined" if value.has(sympy.zoo, sympy.nan, sympy.oo) else text(value)
