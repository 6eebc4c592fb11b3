"""A derivation on paper: LaTeX and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convalgebra.derivation.step import RELATIONS, Step, escaped, side_latex
from convalgebra.formulas import latex

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


# How many characters fit on a line of paper: beside a reason, and alone.
_BESIDE, _ALONE = 54, 70


def widths(steps: Sequence[Step]) -> tuple[int, int]:
    """Return about how wide the widest left and right side of some steps are, in letters."""
    found = list(lines(steps))
    return max(_width(row[0]) for row in found), max(_width(row[2]) for row in found)


def _align(steps: Sequence[Step]) -> str:
    """Return steps with the reasons beside them; below them where the formulas take the whole line."""
    found = list(lines(steps))
    lefts, rights = widths(steps)
    wide = lefts + rights > _BESIDE
    body = " \\\\\n".join(_row(*row, wide, _ALONE - lefts) for row in found)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _row(left: str, relation: str, right: str, step: Step, wide: bool, room: int) -> str:
    told = reason_with_rule(step, step.reason_latex(), escaped(step.rule))
    if not wide:
        return (
            rf"{left} &{relation} {right} && \parbox{{0.22\linewidth}}{{\raggedright\footnotesize {told}}}"
        )
    broken = " \\\\\n&\\quad ".join(_broken(right, room))
    return f"{left} &{relation} {broken} \\\\*\n&\\quad \\text{{\\footnotesize {told}}}"


_FRACTION = re.compile(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}")
_LIMITS = re.compile(r"\\(?:sum|max|lim)_\{([^{}]*)\}(?:\^\{([^{}]*)\})?")
_SMALL = re.compile(r"[_^]\{([^{}]*)\}")
_BARE = re.compile(r"\\(?:left|right|Bigl|Bigr|mathrm|operatorname|mathsf|quad)\b|\\[,; ]|\s")
_WIDER = re.compile(r"\\(?:le|ge|geq|leq|to|times|otimes|cdot|mid|max)\b|[-+<=]")


def _width(formula: str) -> int:
    """Return about how wide a formula is on paper, in letters."""
    formula = _BARE.sub("", formula)
    previous = ""
    while formula != previous:
        previous = formula
        # Innermost first: what has limits is as wide as they are, an index or exponent is small.
        formula = _LIMITS.sub(lambda m: "0" * max(3, _small(m[1]), _small(m[2] or "")), formula)
        formula = _SMALL.sub(lambda m: "0" * _small(m[1]), formula)
        formula = _FRACTION.sub(lambda m: max(m[1], m[2], key=_letters), formula)
        formula = re.sub(r"(?<![a-z_^}])\{([^{}]*)\}", r"\1", formula)
    return _letters(formula)


def _small(formula: str) -> int:
    return round(0.7 * _letters(formula))


def _letters(formula: str) -> int:
    """Count letters; a sign with room on both sides is as wide as two and a half."""
    wider = len(_WIDER.findall(formula))
    rest = re.sub(r"\\[A-Za-z]+", "x", _WIDER.sub("", formula))
    return round(2.5 * wider) + len(rest.replace("{", "").replace("}", ""))


_TOKEN = re.compile(
    r"\\(?:left|right|Bigl|Bigr)(?:\\[a-z]+|.)|\\begin\{[a-z*]+\}|\\end\{[a-z*]+\}|\\[a-zA-Z]+|\\.|.", re.S
)


def _broken(formula: str, room: int) -> list[str]:
    """Return a formula in lines that fit, as far as it can be broken."""
    found = [""]
    for piece in _pieces(formula):
        if found[-1] and _width(found[-1] + piece) > room:
            found.append("")
        found[-1] += piece
    return [line.strip() for line in found]


def _pieces(formula: str) -> list[str]:
    """Return the pieces between which a formula may be broken: outside all brackets, before a sign."""
    pieces, depth = [""], 0
    for token in _TOKEN.findall(formula):
        opens = token in ("{", "(", "[") or token.startswith((r"\left", r"\Bigl", r"\begin"))
        if depth == 0 and (token in ("+", "-", r"\otimes") or (opens and token.startswith("\\"))):
            pieces.append("")
        pieces[-1] += token
        depth += opens - (token in ("}", ")", "]") or token.startswith((r"\right", r"\Bigr", r"\end")))
    return pieces


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
