"""What latex2mathml makes of a formula, mended as browsers show it well, and checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from convalgebra.errors import ArgumentError
from convalgebra.typesetting.mathelements import ABOVE, ACCENTS, CLOSES, OPENS, PARTS, WIDE_HAT, core
from convalgebra.typesetting.mathletters import in_letters
from convalgebra.typesetting.mathwords import coded

# What is higher than a line.
_HIGH = {"mfrac", "munder", "mover", "munderover", "msqrt", "mroot", "mtable"}
# Signs with their limits above and below, where there is room; elsewhere at their side.
_WITH_LIMITS = {"∑", "∏", "⋃", "⋂", "⨁", "⨂", "lim", "min", "max", "gcd", "sup", "inf"}
_NAMES = {
    "lim",
    "min",
    "max",
    "gcd",
    "sup",
    "inf",
    "log",
    "ln",
    "exp",
    "sin",
    "cos",
    "dim",
    "ker",
    "det",
    "arg",
}
_SIGNS = {"*": "∗", ":": ":", ";": ";", "-": "−"}
_RELATIONS = ":;⟵⟶⟷⟸⟹⟺"  # which it takes for letters
_LETTERS = "∞∂∇∅∀∃"  # which the converter takes for signs with room at both sides
_UPRIGHT = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ∂∇"
_NEGATIVE = {"negativethinmathspace": "-0.167em", "negativemediummathspace": "-0.222em"}
_THIN = "0.167em"


def mended(element: Element, put_in: Callable[[int], Element]) -> Element:
    """Return an element as browsers want it, all that is in it too.

    ``put_in`` returns what stands for words that were taken out, by their number.
    """
    element.text = re.sub(r"&#x([0-9A-Fa-f]+);", lambda match: chr(int(match[1], 16)), element.text or "")
    number = coded(element.text)
    if number is not None:
        return put_in(number)
    if element.tag in ("mi", "mo", "mn"):
        _mend_sign(element)
    if element.get("width") in _NEGATIVE:
        element.set("width", _NEGATIVE[element.get("width", "")])
    if side := element.attrib.pop("columnalign", None):
        element.set("style", f"text-align:{side}")
    for at, child in enumerate(list(element)):
        element[at] = mended(child, put_in)
    _gather_base(element)
    if element.tag == "mover" and (element[1].text or "") in ACCENTS:
        _mend_accent(element)
    _space(element)
    _settle_brackets(element)
    if element.tag in ABOVE and element[0].tag == "mo" and (element[0].text or "") in _WITH_LIMITS:
        element.tag = ABOVE[element.tag]
        element[0].set("movablelimits", "true")
    return element[0] if element.tag == "mrow" and len(element) == 1 else element


def _gather_base(element: Element) -> None:
    """Put a matrix and its brackets into one row, where all of them have one exponent."""
    more = len(element) - PARTS.get(element.tag, len(element))
    if more > 0 and element.tag in ABOVE:
        row = Element("mrow")
        row.extend(list(element)[: more + 1])
        element[: more + 1] = [row]


def _settle_brackets(row: Element) -> None:
    """Let brackets around what is no higher than a line be as high as a line, as in TeX."""
    ends = [row[0], row[-1]] if row.tag == "mrow" and len(row) > 1 else []
    if all(end.get("fence") and end.get("form") for end in ends) and _HIGH.isdisjoint(
        e.tag for e in row.iter()
    ):
        for end in ends:
            end.attrib = {"stretchy": "false"}


def _mend_sign(element: Element) -> None:
    text = _SIGNS.get(element.text or "", element.text or "")
    variant = element.attrib.pop("mathvariant", "")
    if variant and not (variant == "normal" and element.tag == "mi"):
        text = in_letters(text, variant)
    elif variant or (element.tag == "mi" and text in _UPRIGHT):
        element.set("mathvariant", "normal")
    element.text = text
    if element.tag == "mi" and text and text in OPENS + CLOSES:
        element.tag = "mo"
        element.set("stretchy", "false")
    elif text and text in _RELATIONS:
        element.tag = "mo"
    elif text and text in _LETTERS:
        element.tag = "mi"
    elif re.fullmatch(r"\.\d+", text):
        element.tag = "mn"
    if text in ("|", "/", "."):
        element.attrib |= {"lspace": "0", "rspace": "0"}
    if text in _NAMES:
        element.tag = "mo"


def _mend_accent(element: Element) -> None:
    """Choose the sign that a font with a table for mathematics puts in the right place."""
    accent = element[1]
    stays = element.get("accent") == "true" or accent.get("stretchy") == "false"  # not the wide one
    sign = ACCENTS[accent.text or ""][0]
    accent.text = WIDE_HAT if sign == "ˆ" and not stays else sign
    accent.attrib = {"stretchy": "false" if stays else "true"}


def _space(row: Element) -> None:
    """Give names of functions the room that TeX gives them: a thin space to what is no bracket or sign."""
    for at, child in enumerate(row):
        name = core(child)
        if at and child.text in ("−", "+", "±") and _waits(row[at - 1]):
            child.set("form", "prefix")
        if name.tag != "mo" or not re.match(r"[A-Za-z]", name.text or ""):
            continue
        if name.text == "mod":
            name.attrib |= {"lspace": "0.222em", "rspace": "0.222em"}
            continue
        before = core(row[at - 1]) if at else None
        after = core(row[at + 1]) if at + 1 < len(row) else None
        closed = before is not None and (before.tag != "mo" or (before.text or "") in CLOSES)
        name.set("lspace", _THIN if closed and row.tag == "mrow" else "0")
        name.set("rspace", "0" if after is None or _opens(after) or row.tag != "mrow" else _THIN)


def _waits(before: Element) -> bool:
    """Say whether a sign after this is the sign of what follows it."""
    text = before.text or ""
    return before.tag == "mo" and text not in CLOSES and not text[:1].isalpha() and text not in "!|…⋯"


def _opens(element: Element) -> bool:
    while element.tag == "mrow" and len(element):
        element = element[0]
    return element.tag in ("mo", "mspace")


def check_after(formula: str, found: Element) -> None:
    """Raise ``ArgumentError`` where something of the LaTeX is left, or an element lacks a part."""
    for element in found.iter():
        # Words may have any sign in them: they were taken out before.
        unknown = re.search(r"\\[A-Za-z]*|[&$]", element.text or "") if element.tag != "mtext" else None
        if unknown:
            raise ArgumentError(f"formula={formula!r} has {unknown[0]} in it, which MathML here lacks")
        if len(element) != PARTS.get(element.tag, len(element)) or "linebreak" in element.attrib:
            raise ArgumentError(f"formula={formula!r} is not whole: <{element.tag}> lacks a part")
