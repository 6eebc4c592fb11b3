"""What fits on a page of paper: steps and formulas in lines, tables in columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from convalgebra.reporting.blocks import Formula, Step, Steps, Table
from convalgebra.reporting.steps import LEFT
from convalgebra.reporting.words import Code, Inline, Math
from convalgebra.typesetting.lines import broken
from convalgebra.typesetting.width import letters

# The width of the text in letters of a formula, and a letter in points.
_LINE = 75
POINTS = 5.8
# So many letters of words fit on a line of a table if none of its columns breaks; a column of fewer letters
# than these does not.
_UNBROKEN = 78
_BREAKABLE = 12
_FORMULA = 5  # letters of a formula that may stand in a column that breaks
_ROWS_OF_A_PAGE = 32
# A letter of a reason in letters of a formula.
_SMALL = 0.72


@dataclass(frozen=True)
class Line:
    """A line of a formula, made smaller where it takes more than ``room`` points, if that is given."""

    latex: str
    room: int = 0


@dataclass(frozen=True)
class Laid:
    """A step as it stands on paper.

    ``alone``: its left side has a line of its own; ``runs_on``: the reason fits behind the right side.
    """

    step: Step
    left: Line
    right: tuple[Line, ...]
    alone: bool
    runs_on: bool


@dataclass(frozen=True)
class LaidSteps:
    """Steps on paper: beside each or below it its reason, ``reason`` points wide."""

    rows: tuple[Laid, ...]
    wide: bool
    reason: int
    numbered: bool


def lay_steps(steps: Steps, plain: Callable[[Inline], str]) -> LaidSteps:
    """Return steps as they fit on paper, whatever their author thought; ``plain`` says the reasons."""
    lefts = max((w for step in steps.steps if (w := letters(step.left)) <= LEFT), default=0)
    rights = max((letters(line) for step in steps.steps for line in step.right), default=0)
    alone = any(letters(step.left) > LEFT for step in steps.steps)
    wide = steps.wide or alone or lefts + rights > _LINE - 22
    room = _LINE - lefts - 6
    rows = tuple(
        Laid(
            step,
            _line(step.left, _LINE - 3),
            _lines(step.right, room),
            letters(step.left) > LEFT,
            len(step.right) == 1
            and letters(step.right[0]) + _SMALL * _width(step.reason, plain)
            < room - (14 if step.anchor else 5),
        )
        for step in steps.steps
    )
    beside = min(_LINE - lefts - rights - 9, 32)
    numbered = any(step.anchor for step in steps.steps)
    if numbered:
        beside -= 5
    return LaidSteps(rows, wide, round(POINTS * (room - 5 if wide else beside)), numbered)


def lay_formula(formula: Formula) -> tuple[Line, ...]:
    """Return the lines of a formula, those that are too long broken further."""
    room = _LINE - 4 - (5 if formula.anchor else 0)
    return _lines(formula.lines, room)


def _lines(lines: tuple[str, ...], room: int) -> tuple[Line, ...]:
    return tuple(
        _line(part, room)
        for line in lines
        for part in ([line] if letters(line) <= room else broken(line, room))
    )


def _line(line: str, room: int) -> Line:
    # What comes near the edge is measured once more, by TeX.
    return Line(line, round(POINTS * room) if letters(line) > 0.9 * room else 0)


@dataclass(frozen=True)
class Columns:
    """The columns of a table on paper.

    ``kinds`` are their letters; ``shares`` those of the columns that break, of what the others leave;
    ``long`` is whether the table goes on on the next page, ``tall`` whether fractions stand in it.
    """

    kinds: str
    shares: tuple[float, ...]
    long: bool
    tall: bool

    @property
    def unbroken(self) -> tuple[int, ...]:
        """The places of the columns that do not break."""
        return tuple(at for at, kind in enumerate(self.kinds) if kind != "p")

    @property
    def narrow(self) -> str:
        """The letters of the columns that do not break."""
        return "".join(self.kinds[at] for at in self.unbroken)

    @property
    def specification(self) -> str:
        r"""All columns in LaTeX, those that break in shares of ``\rest``."""
        shares = iter(self.shares)
        letters = (rf"Y{{{next(shares):.4f}\rest}}" if kind == "p" else kind for kind in self.kinds)
        return f"@{{}}{''.join(letters)}@{{}}"


def lay_table(table: Table, plain: Callable[[Inline], str]) -> Columns:
    """Return how a table fits on paper; where its columns are too wide, the widest break."""
    rows = (table.head, *table.rows)
    kinds = list(table.columns)
    wide = [max(_width(row[at], plain) for row in rows) for at in range(len(kinds))]
    while sum(w + 2 for w, kind in zip(wide, kinds, strict=True) if kind != "p") > _UNBROKEN:
        may_break = [at for at, kind in enumerate(kinds) if kind != "p" and _breaks(at, rows, plain)]
        widest = max(may_break, key=lambda at: wide[at], default=None)
        if widest is None or wide[widest] < _BREAKABLE:
            break
        kinds[widest] = "p"
    weights = []
    for at in (at for at, kind in enumerate(kinds) if kind == "p"):
        total = sum(_width(row[at], plain) for row in rows)
        weights.append(max(sqrt(total / len(rows)), sqrt(min(wide[at], 12))))
    whole = sum(weights) or 1.0
    lines = sum(max((1, *(_width(row[at], plain) // 40 for at in range(len(kinds))))) for row in rows)
    long = table.long or lines > _ROWS_OF_A_PAGE
    return Columns("".join(kinds), tuple(weight / whole for weight in weights), long, _is_tall(table))


def _is_tall(table: Table) -> bool:
    cells = (cell.latex for row in table.rows for cell in row if isinstance(cell, Math))
    return any("frac" in latex for latex in cells)


def _breaks(at: int, rows: Sequence[Sequence[Inline]], plain: Callable[[Inline], str]) -> bool:
    """Say whether what is wide in a column may be broken; formulas may not."""
    return not any(isinstance(row[at], Math) and _width(row[at], plain) > _FORMULA for row in rows)


def _width(words: Inline, plain: Callable[[Inline], str]) -> int:
    if isinstance(words, Math):
        return letters(words.latex)
    length = len(plain(words))
    # Chinese signs are twice as wide.
    return (
        length + sum(ord(sign) > 0x2E80 for sign in plain(words)) if not isinstance(words, Code) else length
    )
