"""A derivation on paper: LaTeX and Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convalgebra.derivation.step import RELATIONS, Step, condition_latex, escaped, side_latex

if TYPE_CHECKING:
    from convalgebra.derivation.derivation import Derivation


def as_latex(derivation: Derivation) -> str:
    """Return the steps, then the limits, as ``align*`` with the reason beside each line."""
    return "\n".join(_align(part) for part in (derivation.steps, derivation.limits) if part)


def _align(steps: Sequence[Step]) -> str:
    rows, previous = [], None
    for step in steps:
        left = "" if step.left == previous else side_latex(step.left)
        reason = rf"\parbox{{0.22\linewidth}}{{\raggedright\footnotesize {step.reason_latex()}}}"
        rows.append(f"{left} &{RELATIONS[step.relation]} {side_latex(step.right)} && {reason}")
        previous = step.right
    body = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def as_markdown(derivation: Derivation) -> str:
    raise NotImplementedError
