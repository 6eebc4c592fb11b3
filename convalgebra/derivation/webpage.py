"""A derivation as a fragment of HTML: a grid with one formula in MathML for each side of each step."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from convalgebra.derivation.step import RELATIONS, Step, side_latex
from convalgebra.derivation.writing import lines, reason_with_rule, widths
from convalgebra.formulas import latex
from convalgebra.typesetting.mathml import mathml

if TYPE_CHECKING:
    from convalgebra.derivation.derivation import Derivation

# So many letters of a formula leave room for a reason beside it.
_BESIDE = 74
_STYLE = """\
.convalgebra-derivation { font-family: serif; }
.convalgebra-derivation .steps { display: grid; grid-template-columns: auto auto auto minmax(12em, 1fr);
  column-gap: 0.5em; row-gap: 0.6em; align-items: center; overflow: auto hidden;
  margin: 0.8em 0; padding-bottom: 0.4em; }
.convalgebra-derivation .left { text-align: right; }
.convalgebra-derivation .reason { font-size: 0.85em; padding-left: 1.5em; }
.convalgebra-derivation .wide .reason { grid-column: 3 / -1; padding: 0 0 0.6em 1.5em; }
.convalgebra-derivation .holds { color: #1a6b2f; }
.convalgebra-derivation .wrong { color: #b00020; font-weight: bold; }
"""


def as_html(derivation: Derivation) -> str:
    """Return the derivation as one element with its own style; all words in it are escaped."""
    parts = [
        '<section class="convalgebra-derivation">',
        f"<style>\n{_STYLE}</style>",
        f"<p>Derivation of {escape(derivation.title)}</p>",
    ]
    if needed := _conditions(derivation):
        parts.append(f"<p>If {', '.join(needed)}:</p>")
    parts += [_grid(part) for part in (derivation.steps, derivation.limits) if part]
    if (verdict := derivation.verdict) is not None:
        kind = "holds" if verdict else "wrong"
        said = "<br>\n".join(escape(line) for line in verdict.summary.splitlines())
        parts.append(f'<p class="{kind}">{said}</p>')
    return "\n".join([*parts, "</section>"])


def _conditions(derivation: Derivation) -> tuple[str, ...]:
    theorem = derivation.theorem
    words = (escape(theorem.condition),) if theorem is not None and theorem.condition else ()
    return (*(mathml(latex(c)) for c in derivation.conditions), *words)


def _grid(steps: tuple[Step, ...]) -> str:
    rows = []
    for left, relation, right, step in lines(steps):
        cells = (("left", left), ("relation", relation), ("right", right))
        rows += [
            f'<div class="{name}">{mathml(formula, wide=True) if formula else ""}</div>'
            for name, formula in cells
        ]
        rows.append(f'<div class="reason">{_reason(step)}</div>')
    wide = " wide" if sum(widths(steps)) > _BESIDE else ""  # then the reasons stand below
    return "\n".join([f'<div class="steps{wide}">', *rows, "</div>"])


def _reason(step: Step) -> str:
    """Return the reason with its formulas in MathML, the words around them escaped."""
    words = [escape(part) for part in step.reason.split("{}")]
    formulas = [mathml(latex(formula)) for formula in step.about][: len(words) - 1]
    formulas += [""] * (len(words) - len(formulas))
    told = "".join(word + formula for word, formula in zip(words, formulas, strict=True))
    return reason_with_rule(step, told, escape(step.rule))


__all__ = ["RELATIONS", "as_html", "side_latex"]
