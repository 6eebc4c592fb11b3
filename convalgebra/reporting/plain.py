"""Words of a report as plain text: for bookmarks, titles of pages, descriptions of figures."""

from __future__ import annotations

import re

from convalgebra.reporting.languages import Language, pieces
from convalgebra.reporting.words import (
    Code,
    Inline,
    Link,
    Math,
    Recorded,
    Reference,
    Row,
    Said,
    Translated,
    Verdict,
    Words,
)

_SIGNS = {
    **{"times": "×", "otimes": "⊗", "oplus": "⊕", "cdot": "·", "to": "→", "infty": "∞", "sum": "Σ"},
    **{"le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "neq": "≠", "mid": "∣", "mu": "μ", "Pi": "Π"},
    **{"alpha": "α", "beta": "β", "lambda": "λ", "sigma": "σ", "ldots": "…", "dots": "…", "cdots": "…"},
    **{"lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "pi": "π", "in": "∈", "quad": " "},
    **dict.fromkeys(("lim", "max", "min", "log"), ""),
}
_NAMES = ("lim", "max", "min", "log", "bmod")
_DROPPED = (
    r"\\(?:left|right|[Bb]igg?[lr]?|mathrm|text|operatorname\*?|mathsf|mathbf|displaystyle)(?![a-zA-Z])"
)


def plain(words: Inline, language: Language) -> str:  # noqa: PLR0911 - one for each kind of words
    r"""Return words in a language as plain text, formulas as well as a line of text can show them.

    >>> from convalgebra.reporting.languages import find_language
    >>> plain(Math(r"\frac{\mu_{A}}{\mu_{B}} \leq 1"), find_language("en"))
    'μ_A/μ_B ≤ 1'
    """
    match words:
        case Math(latex):
            return plain_formula(latex)
        case Code(text) | Words(text):
            return text
        case Translated(table, text, about):
            first, *rest = language.translated(table, text).split("{}")
            formulas = [plain_formula(formula.latex) for formula in about] + [""] * len(rest)
            return first + "".join(f + part for f, part in zip(formulas, rest, strict=False))
        case Recorded(claim, field):
            return language.recorded(claim, field)
        case Verdict(name):
            return _message(language.message(f"verdict.{name}"), {}, language)
        case Said(key, values):
            return _message(language.message(key), dict(values), language)
        case Reference(_, otherwise):
            return plain(otherwise, language)
        case Link(_, words):
            return plain(words, language)
        case Row(parts, between):
            return _message(language.message(between), {}, language).join(
                plain(part, language) for part in parts
            )


def _message(words: str, values: dict[str, Inline], language: Language) -> str:
    return "".join(
        plain(values[piece.text], language)
        if piece.kind == "name"
        else plain_formula(piece.text)
        if piece.kind == "math"
        else piece.text
        for piece in pieces(words)
    )


def plain_formula(latex: str) -> str:
    r"""Return a formula in LaTeX as a line of text.

    >>> plain_formula(r"\frac{N - m}{s} \times 2"), plain_formula("h^{2}")
    ('(N - m)/s × 2', 'h^2')
    """
    text = re.sub(_DROPPED, "", latex)
    text = re.sub(r"\\[,;: ]", " ", text).replace(r"\!", "")
    previous = ""
    while text != previous:
        previous = text
        # What stands innermost first; braces that group nothing more go away.
        text = re.sub(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}", _fraction, text)
        text = re.sub(r"(?<=[_^])\{([^{} ]*)\}", r"\1", text)
        text = re.sub(r"(?<=[_^])\{([^{}]*)\}", r"(\1)", text)
        text = re.sub(r"(?<!\\)(?<!frac)(?<!\})\{([^{}]*)\}", r"\1", text) if "frac" not in text else text
    text = re.sub(r"\\([a-zA-Z]+)", lambda m: m[1] if m[1] in _NAMES else _SIGNS.get(m[1], m[1]), text)
    return " ".join(re.sub(r"\\(.)", r"\1", text).split())


def _fraction(match: re.Match[str]) -> str:
    above, below = (
        part if re.fullmatch(r"[\\\w^]*", part.strip()) else f"({part.strip()})" for part in match.groups()
    )
    return f"{above}/{below}"
