"""A derivation on paper: LaTeX and Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convalgebra.derivation.step import RELATIONS, Step, escaped, side_latex
from convalgebra.formulas import latex
from convalgebra.typesetting.lines import broken
from convalgebra.typesetting.width import letters

if TYPE_CHECKING:
    from convalgebra.derivation.derivation import Derivation


def lines(steps: Sequence[Step]) -> Iterator[tuple[str, str, str, Step]]:
    """Yield each step as left side, relation and right side in LaTeX; a left side is not said twice."""
    previous = ""
    for step in steps:
        left, right = side_latex(step.left), side_latex(step.right)
        yield "" if left == previous else left, RELATIONS[step.relation], right, step
        previous = right


def reason_with_rule(step: Step, reason: str, rule: str) -> str:
    """Return the reason, and the rule behind it where the reason does not say it."""
    return reason if not step.rule or step.rule in (step.reason, "definition") else f"{reason} ({rule})"


def conditions_latex(derivation: Derivation) -> tuple[str, ...]:
    """Return what the derivation needs, ready for a LaTeX text."""
    theorem = derivation.theorem
    words = (escaped(theorem.condition),) if theorem is not None and theorem.condition else ()
    return (*(f"${latex(c)}$" for c in derivation.conditions), *words)


def as_latex(derivation: Derivation) -> str:
    """Return the conditions, the steps and the limits: ``align*`` with the reason beside each line.

    Long derivations go on on the next page.
    """
    needed = conditions_latex(derivation)
    head = [f"If {', '.join(needed)}:"] if needed else []
    return "\n".join([*head, steps_latex(derivation)])


def steps_latex(derivation: Derivation) -> str:
    """Return the steps, then the limits, without what they need."""
    body = [_align(part) for part in (derivation.steps, derivation.limits) if part]
    return "\n".join([r"\begingroup\allowdisplaybreaks", *body, r"\endgroup"])


# How many letters fit on a line of paper: beside a reason, and alone.
BESIDE, ALONE = 50, 68


def widths(steps: Sequence[Step]) -> tuple[int, int]:
    """Return about how wide the widest left and right side of some steps are, in letters."""
    found = list(lines(steps))
    return max(letters(row[0]) for row in found), max(letters(row[2]) for row in found)


def _align(steps: Sequence[Step]) -> str:
    """Return steps with the reasons beside them; below them where the formulas take the whole line."""
    found = list(lines(steps))
    lefts, rights = widths(steps)
    wide = lefts + rights > BESIDE
    body = " \\\\\n".join(_row(*row, wide, ALONE - lefts) for row in found)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _row(left: str, relation: str, right: str, step: Step, wide: bool, room: int) -> str:
    told = reason_with_rule(step, step.reason_latex(), escaped(step.rule))
    if not wide:
        return (
            rf"{left} &{relation} {right} && \parbox{{0.22\linewidth}}{{\raggedright\footnotesize {told}}}"
        )
    parts = " \\\\\n&\\quad ".join(broken(right, room))
    return f"{left} &{relation} {parts} \\\\*\n&\\quad \\text{{\\footnotesize {told}}}"


def as_markdown(derivation: Derivation) -> str:
    """Return the title, what is needed and a table of steps; formulas stand between dollar signs."""
    head = [f"**Derivation of {_plain(derivation.title)}**", ""]
    if needed := conditions_latex(derivation):
        head += [f"If {', '.join(needed)}:", ""]
    table = ["| | | | because |", "| ---: | :---: | :--- | :--- |"]
    for left, relation, right, step in (
        row for p in (derivation.steps, derivation.limits) for row in lines(p)
    ):
        reason = reason_with_rule(step, step.reason_text(), step.rule)
        cells = [f"${_bars(left)}$" if left else "", f"${relation}$", f"${_bars(right)}$", _plain(reason)]
        table.append(f"| {' | '.join(cells)} |")
    if (verdict := derivation.verdict) is not None:
        table += ["", "Checked: " + "; ".join(map(_plain, verdict.summary.splitlines()))]
    return "\n".join([*head, *table])


def _bars(formula: str) -> str:
    """Return LaTeX in which no bar ends a cell of a table."""
    return formula.replace("|", r"\vert ")


_MARKS = {ord(mark): f"\\{mark}" for mark in r"\`*_{}[]|$#"} | {
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord("&"): "&amp;",
}


def _plain(words: str) -> str:
    """Return words so that Markdown prints them as they are."""
    return " ".join(words.split()).translate(_MARKS)
