"""A derivation as blocks of a report: its steps and its limits, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from convalgebra.derivation.derivation import Derivation
from convalgebra.derivation.step import Step as Derived
from convalgebra.derivation.writing import ALONE, BESIDE, lines
from convalgebra.formulas import latex
from convalgebra.reporting.blocks import Step, Steps
from convalgebra.reporting.words import Inline, Math, Translated, say
from convalgebra.typesetting.lines import broken
from convalgebra.typesetting.width import letters

# A left side of more letters stands on a line of its own.
LEFT = 26


def steps_of(derivation: Derivation, anchor: str = "") -> tuple[Steps, ...]:
    """Return the steps of a derivation and, if there are any, its limits.

    The last step bears ``anchor``, the limits bear ``anchor`` with ``-limit-1``, ``-limit-2``, and so on. A
    limit is said of what was derived, not of the formula for it. The lines of a right side, joined by a
    space, are one formula.

    >>> import convalgebra as ca
    >>> a, b = ca.depthwise_separable("D", "N_c", ("H", "W"), "h"), ca.conv("D", "N_c", ("H", "W"), "h")
    >>> steps, limits = steps_of(ca.derive_ratio(a, b), "ratio")
    >>> steps.steps[-1].right, steps.steps[-1].anchor
    (('\\\\frac{1}{N_{c}} + \\\\frac{1}{h^{2}}',), 'ratio')
    >>> limits.steps[0].left, limits.steps[0].anchor
    ('\\\\lim_{N_{c} \\\\to \\\\infty} \\\\frac{\\\\mu_{A}}{\\\\mu_{B}}', 'ratio-limit-1')
    """
    found: list[Steps] = []
    if derivation.steps:
        last = len(derivation.steps) - 1
        found.append(_steps(lines(derivation.steps), {last: anchor} if anchor else {}))
    if derivation.limits:
        anchors = {at: f"{anchor}-limit-{at + 1}" for at in range(len(derivation.limits)) if anchor}
        rows = [
            (_of_result(derivation, left, step), relation, right, step)
            for left, relation, right, step in lines(derivation.limits)
        ]
        found.append(_steps(rows, anchors))
    return tuple(found)


def _of_result(derivation: Derivation, left: str, step: Derived) -> str:
    """Return the left side of a limit with what was derived in place of the formula for it."""
    limit = step.left
    if not isinstance(limit, sympy.Limit) or not left or not derivation.steps:
        return left
    last = derivation.steps[-1]
    if last.relation != "=" or last.right != limit.args[0]:
        return left
    named = [row[0] for row in lines(derivation.steps) if row[0]][-1]
    return rf"\lim_{{{latex(limit.args[1])} \to {latex(limit.args[2])}}} {named}"


def _steps(rows: Iterable[tuple[str, str, str, Derived]], anchors: dict[int, str]) -> Steps:
    found = list(rows)
    lefts = max((w for row in found if (w := letters(row[0])) <= LEFT), default=0)
    alone = any(letters(row[0]) > LEFT for row in found)
    wide = alone or lefts + max(letters(row[2]) for row in found) > BESIDE
    return Steps(
        tuple(
            Step(left, relation, tuple(broken(right, ALONE - lefts)), reason_of(step), anchors.get(at, ""))
            for at, (left, relation, right, step) in enumerate(found)
        ),
        wide,
    )


def reason_of(step: Derived) -> Inline:
    """Return the reason of a step, and the rule behind it in parentheses where the reason does not say it.

    >>> import convalgebra as ca
    >>> reason_of(ca.derive_cost(ca.conv(1, 1, "N", "m")).steps[-1])
    Translated(table='reasons', text='carry out the sums', about=())
    """
    reason = Translated("reasons", step.reason, tuple(Math(latex(formula)) for formula in step.about))
    if not step.rule or step.rule in (step.reason, "definition"):
        return reason
    return say("steps.with_rule", reason=reason, rule=Translated("reasons", step.rule))
