"""A derivation on paper: LaTeX and Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convalgebra.derivation.step import RELATIONS, Step, condition_latex, escaped, side_latex

if TYPE_CHECKING:
    from convalgebra.derivation.derivation import Derivation

# A line of more characters than this is broken: its left side alone, its right side below.
_LONG = 150


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
    return (*(f"${condition_latex(c)}$" for c in derivation.conditions), *words)


def as_latex(derivation: Derivation) -> str:
    """Return the steps, then the limits, as ``align*`` with the reason beside each line."""
    return "\n".join(_align(part) for part in (derivation.steps, derivation.limits) if part)


def _align(steps: Sequence[Step]) -> str:
    rows = []
    for left, relation, right, step in lines(steps):
        told = reason_with_rule(step, step.reason_latex(), escaped(step.rule))
        reason = rf"\parbox{{0.22\linewidth}}{{\raggedright\footnotesize {told}}}"
        rows.append(f"{left} &{relation} {right} && {reason}")
    body = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


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
    verdict = [] if derivation.verdict is None else ["", _verdict(derivation)]
    return "\n".join([*head, *table, *verdict])


def _verdict(derivation: Derivation) -> str:
    assert derivation.verdict is not None
    return "Checked: " + "; ".join(map(_plain, derivation.verdict.summary.splitlines()))


def _bars(formula: str) -> str:
    """Return LaTeX in which no bar ends a cell of a table."""
    return formula.replace("|", r"\vert ")


_MARKS = str.maketrans({mark: f"\\{mark}" for mark in r"\`*_{}[]<>|$#"})


def _plain(words: str) -> str:
    """Return words so that Markdown prints them as they are."""
    return " ".join(words.split()).translate(_MARKS)
