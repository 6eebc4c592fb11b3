r"""Pieces of LaTeX to ``\input`` in a paper: a derivation, or a table of formulas beside measurements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convalgebra.derivation.derivation import Derivation
from convalgebra.derivation.step import Step
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.reporting.languages import Language, find_language
from convalgebra.reporting.parts.checking import row_of
from convalgebra.reporting.parts.derived import derived
from convalgebra.reporting.texwords import TexWords
from convalgebra.reporting.words import Math, Verdict, Words, say
from convalgebra.sizes import symbol

KINDS = ("derivation", "table")
# A table for a paper: those sizes at which most was measured.
_ROWS = 6


def snippet(derivation: Derivation, kind: str = "derivation", *, language: str = "en") -> str:
    r"""Return a derivation in LaTeX, or the table of its formula beside what is measured, checked now.

    The derivation needs the package amsmath, the table booktabs; a comment in the first line says so.
    Raises ``ArgumentError`` for another ``kind`` or ``language``, for a derivation that does not hold,
    and for the table of an identity, which ends in no number.

    >>> import convalgebra as ca
    >>> print(snippet(ca.derive_cost(ca.conv(1, 1, "N", "m")), "table").splitlines()[2])
    \toprule
    """
    if kind not in KINDS:
        raise ArgumentError(f"kind={kind!r} must be one of {', '.join(KINDS)}")
    if not isinstance(derivation, Derivation):
        raise ArgumentError(f"derivation={derivation!r} must be a derivation, as ca.derive_ratio makes it")
    found = find_language(language)
    if not derivation.verify():
        raise ArgumentError(f"derivation: it does not hold: {derivation.verify().summary}")
    lines = _derivation(derivation, found) if kind == "derivation" else _table(derivation, found)
    return "\n".join(lines) + "\n"


def _derivation(derivation: Derivation, language: Language) -> Iterator[str]:
    yield "% needs amsmath"
    said = replace(
        derivation,
        steps=tuple(_translated(step, language) for step in derivation.steps),
        limits=tuple(_translated(step, language) for step in derivation.limits),
    )
    if needed := [f"${latex(condition)}$" for condition in derivation.conditions]:
        words = TexWords(language, {}, {})
        yield words.inline(say("part.conditions", conditions=Math(", ".join(needed).replace("$", ""))))
    yield said.steps_latex()


def _translated(step: Step, language: Language) -> Step:
    reason, rule = (language.translated("reasons", text) for text in (step.reason, step.rule))
    # Where the rule says what the reason says, they are one text still.
    return replace(step, reason=reason, rule=reason if step.rule == step.reason else rule)


def _table(derivation: Derivation, language: Language) -> Iterator[str]:
    if derivation.kind == "identity":
        raise ArgumentError("kind='table': an identity ends in no number")
    words = TexWords(language, {}, {})
    rows = sorted(
        derived(derivation, "", Words("")).verification.rows, key=lambda row: max(row.measured, default=0)
    )[-_ROWS:]
    names = [name for name, _ in rows[0].sizes]
    heads = [words.inline(say(f"part.head.{name}")) for name in ("formula", "measured", "verdict")]
    yield "% needs booktabs"
    yield rf"\begin{{tabular}}{{{'r' * (len(names) + 2)}l}}"
    yield r"\toprule"
    yield " & ".join([*(f"${latex(symbol(name))}$" for name in names), *heads]) + r" \\"
    yield r"\midrule"
    for row in rows:
        _, formula, measured, verdict = row_of(row)
        said = [words.inline(formula), words.inline(measured), _plain(verdict, language)]
        yield " & ".join([*(f"${size}$" for _, size in row.sizes), *said]) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"


def _plain(verdict: object, language: Language) -> str:
    assert isinstance(verdict, Verdict)
    return language.message(f"verdict.{verdict.name}")
