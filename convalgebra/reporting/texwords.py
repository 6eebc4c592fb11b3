"""Words of a report in LaTeX: everything escaped, everything that is long may be broken."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from convalgebra.reporting.languages import Language, pieces
from convalgebra.reporting.plain import plain
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
from convalgebra.typesetting.texsigns import TEX_SIGNS

GOOD = frozenset({"equal", "holds", "exact"})
BAD = frozenset({"different", "fails", "wrong"})
# Letters in a row without a space, from which on a line may end after any of them.
_LONG = 24
_LONG_CODE = 12
_BREAKS = frozenset("/._-=:,;()[]{}<>|&+*@#%")
_SPECIAL = {
    **TEX_SIGNS,
    '"': r"\textquotedbl{}",
    "\u00a0": "~",
    "\u2009": r"\,",
    "\u202f": r"\,",
}
# Signs that text fonts lack or have in another shape.
_SIGNS = {
    **{"×": r"\times", "→": r"\to", "←": r"\leftarrow", "↔": r"\leftrightarrow", "⇒": r"\Rightarrow"},
    **{"≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx", "−": "-", "±": r"\pm", "·": r"\cdot"},
    **{
        "⊗": r"\otimes",
        "⊕": r"\oplus",
        "∞": r"\infty",
        "√": r"\surd",
        "∈": r"\in",
        "∑": r"\sum",
        "Σ": r"\Sigma",
    },
    **{"Π": r"\Pi", "∏": r"\prod", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil"},
    **{"÷": r"\div", "°": r"{}^{\circ}", "∘": r"\circ", "≡": r"\equiv", "∣": r"\mid", "¬": r"\neg"},
    **{"✓": r"\checkmark", "∂": r"\partial", "∅": r"\emptyset", "∀": r"\forall", "∃": r"\exists"},
    **{"α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "θ": r"\theta"},
    **{"λ": r"\lambda", "μ": r"\mu", "µ": r"\mu", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau"},
    **{"φ": r"\varphi", "ω": r"\omega", "Ω": r"\Omega", "Δ": r"\Delta", "Φ": r"\Phi", "Γ": r"\Gamma"},
    **{digit: f"{{}}^{{{at}}}" for at, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{digit: f"{{}}_{{{at}}}" for at, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{"⁻": "{}^{-}", "ᵀ": r"{}^{\mathsf T}", "ᵢ": "{}_{i}", "ⁿ": "{}^{n}"},
}
_DASHES = {
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "…": r"\ldots{}",
    "•": r"\textbullet{}",
    "«": r"\guillemotleft{}",
    "»": r"\guillemotright{}",
    "‐": r"-\apart{}",
    "‑": r"\mbox{-}",
    "©": r"\textcopyright{}",
    "€": r"\texteuro{}",
    "\u200b": r"\brk{}",
    "§": r"\S{}",
}
# Chinese, Japanese and Korean signs, and what is printed as wide as they are.
_CJK = ((0x2E80, 0x312F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def escaped(text: str, chinese: bool = False, code: bool = False) -> str:
    r"""Return text as LaTeX that prints it as it is; signs that no font here has are named by number.

    >>> print(escaped("50% of a_b"), escaped("2 × 3"))
    50\% of a\_b 2 \ensuremath{\times} 3
    >>> print(escaped("\u5377"))
    {[}U+5377{]}
    """
    return "".join(_run(run, chinese, code) for run in re.findall(r"\s+|\S+", text))


def _run(run: str, chinese: bool, code: bool) -> str:
    if run.isspace():
        # Code shows each space, and a line may end at the last of them.
        return r"\ " * (len(run) - 1) + " " if code else "~" if run == "\u00a0" else " "
    found = [_sign(run, at, chinese, code) for at in range(len(run))]
    long = _longest(run, chinese) > (_LONG_CODE if code else _LONG)
    if not long:
        return "".join(found)
    every = not code or len(max(re.split(r"[^\w]|_", run), key=len)) > _LONG
    return "".join(
        sign + (r"\brk{}" if (every or run[at] in _BREAKS) and at < len(run) - 1 else "")
        for at, sign in enumerate(found)
    )


def _longest(run: str, chinese: bool) -> int:
    """Return how many signs stand in a row between which no line ends by itself, as it does in Chinese."""
    if not chinese:
        return len(run)
    rows = "".join(" " if _is_cjk(sign) else sign for sign in run).split(" ")
    return max(map(len, rows))


def _sign(text: str, at: int, chinese: bool, code: bool) -> str:
    """Return the sign of a text at a place."""
    sign = text[at]
    if sign == "'" and code:
        return r"\textquotesingle{}"
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    if " " <= sign <= "~":
        return sign + (_apart(text, at) if sign in "',-" else "")
    if chinese and (_is_cjk(sign) or (sign in "“”‘’—…·" and not _within_latin(text, at))):
        return sign
    if sign in _SIGNS:
        return rf"\ensuremath{{{_SIGNS[sign]}}}"
    return _DASHES[sign] if sign in _DASHES else _letter(sign)


def _letter(sign: str) -> str:
    """Return a letter that the fonts have; one that they lack by what it stands for, or its number."""
    if unicodedata.category(sign) in _INVISIBLE:
        return ""
    if "\u00a1" <= sign <= "\u017e" and sign not in "ªº¹²³¼½¾¦¨¯´¸ĲĳĿŀŊŋŉĸŦŧĦħ":
        return sign
    return _named(sign)


def _apart(text: str, at: int) -> str:
    """Return what keeps a mark from being drawn together with one like it: two hyphens are no dash."""
    return r"\apart{}" if text[at + 1 : at + 2] == text[at] else ""


def _named(sign: str) -> str:
    """Return the letters and digits that a sign stands for, or its number."""
    simple = unicodedata.normalize("NFKC", sign)
    if simple != sign and simple.isascii() and simple.isprintable():
        return "".join(_SPECIAL.get(letter, letter) for letter in simple)
    return f"{{[}}U+{ord(sign):04X}{{]}}"


def _is_cjk(sign: str) -> bool:
    return any(low <= ord(sign) <= high for low, high in _CJK)


def _within_latin(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and text[at - 1].isascii() and text[at + 1].isascii()


def label(anchor: str) -> str:
    """Return a label for an anchor, whatever a user has put into it; different for different ones.

    >>> label("ratio-limit-1")
    'ratio-limit-1'
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", anchor):
        return anchor
    slug = re.sub(r"[^A-Za-z0-9]+", "-", anchor).strip("-")[:40]
    # A colon, which no anchor that stands for itself has, keeps the two kinds apart.
    return f"{slug}:{hashlib.sha256(anchor.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class TexWords:
    """Writes words in one language; ``anchors`` says of what kind the things are that bear one."""

    language: Language
    anchors: Mapping[str, str]
    titles: Mapping[str, Inline]

    @property
    def chinese(self) -> bool:
        """Whether Chinese signs are printed as they are."""
        return self.language.code == "zh"

    def text(self, words: str) -> str:
        """Return plain words, escaped."""
        return escaped(words, self.chinese)

    def code(self, words: str) -> str:
        """Return a name, a call or a command as it is typed."""
        return rf"\code{{{escaped(words, self.chinese, code=True)}}}"

    def inline(self, words: Inline) -> str:  # noqa: PLR0911 - one for each kind of words
        """Return words in LaTeX."""
        match words:
            case Math(latex):
                return f"${latex}$"
            case Code(text):
                return self.code(text)
            case Words(text):
                return self.text(text)
            case Translated(table, text, about):
                return self.filled(self.language.translated(table, text), about)
            case Recorded(claim, field):
                return self.text(self.language.recorded(claim, field))
            case Verdict(name):
                return self.verdict(name)
            case Said(key, values):
                return self.message(self.language.message(key), dict(values))
            case Reference(anchor, otherwise):
                return self.reference(anchor, otherwise)
            case Link(anchor, words):
                shown = self.inline(words)
                return rf"\hyperref[{label(anchor)}]{{{shown}}}" if anchor in self.anchors else shown
            case Row(parts, between):
                return self.message(self.language.message(between), {}).join(map(self.inline, parts))

    def filled(self, words: str, about: tuple[Math, ...]) -> str:
        """Return words with formulas for the braces in them."""
        first, *rest = words.split("{}")
        formulas = [f"${formula.latex}$" for formula in about] + [""] * len(rest)
        return self.text(first) + "".join(
            formula + self.text(part) for formula, part in zip(formulas, rest, strict=False)
        )

    def message(self, words: str, values: Mapping[str, Inline]) -> str:
        """Return a message with what stands for the names in it."""
        found = []
        for piece in pieces(words):
            match piece.kind:
                case "text":
                    found.append(self.text(piece.text))
                case "name":
                    found.append(self.inline(values[piece.text]))
                case "math":
                    found.append(f"${piece.text}$")
                case "code":
                    found.append(self.code(piece.text))
                case "emphasis":
                    found.append(rf"\emph{{{self.text(piece.text)}}}")
        return "".join(found)

    def verdict(self, name: str) -> str:
        """Return a verdict in the colour of what it says."""
        colour = "good" if name in GOOD else "bad" if name in BAD else "open"
        return rf"\verdict{{{colour}}}{{{self.message(self.language.message(f'verdict.{name}'), {})}}}"

    def reference(self, anchor: str, otherwise: Inline) -> str:
        """Return the number of what bears an anchor, or its name where it has none, as a link."""
        kind = self.anchors.get(anchor)
        if kind is None:
            return self.inline(otherwise)
        if kind == "equation":
            return rf"\eqref{{{label(anchor)}}}"
        if kind == "number":
            return rf"\ref{{{label(anchor)}}}"
        name = self.titles.get(anchor, otherwise)
        return rf"\hyperref[{label(anchor)}]{{{self.inline(name)}}}"

    def title(self, words: Inline) -> str:
        """Return the words of a heading, with what stands for them where there are no formulas."""
        found = self.inline(words)
        simple = plain(words, self.language)
        return rf"\texorpdfstring{{{found}}}{{{self.bookmark(simple)}}}"

    def bookmark(self, words: str) -> str:
        """Return plain words for the properties and bookmarks of a PDF."""
        special = {sign: r"\textbackslash{}" if sign == "\\" else "\\" + sign for sign in "\\{}$&#_%"}
        special |= {"^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
        return "".join(special.get(sign, self._unicode(sign)) for sign in " ".join(words.split()))

    def _unicode(self, sign: str) -> str:
        if unicodedata.category(sign) in _INVISIBLE:
            return ""
        return sign if sign.isascii() or self.chinese else rf'\unichar{{"{ord(sign):04X}}}'
