r"""Formulas in LaTeX as MathML that browsers show well, or not at all.

latex2mathml prints what it does not know as it finds it, takes ``2cm`` for a length, and uses parts of
MathML that browsers have dropped. So words are taken out before it reads a formula, and what it makes is
mended and checked afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from string import ascii_lowercase
from unicodedata import normalize
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element

from convalgebra.errors import ArgumentError
from convalgebra.typesetting.mathletters import in_letters

# How many parts each of these has, or a browser shows an error in its place.
_PARTS = {
    "mfrac": 2,
    "msub": 2,
    "msup": 2,
    "munder": 2,
    "mover": 2,
    "msubsup": 3,
    "munderover": 3,
    "mroot": 2,
}
_MATRICES = {
    "matrix",
    "pmatrix",
    "bmatrix",
    "Bmatrix",
    "vmatrix",
    "Vmatrix",
    "smallmatrix",
    "cases",
    "array",
}

# What is higher than a line.
_HIGH = {"mfrac", "munder", "mover", "munderover", "msqrt", "mroot", "mtable"}
# Signs with their limits above and below, where there is room; elsewhere at their side.
_WITH_LIMITS = {"∑", "∏", "⋃", "⋂", "⨁", "⨂", "lim", "min", "max", "gcd", "sup", "inf"}
_ABOVE = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
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
_OPENS, _CLOSES = "([{⌊⌈⟨", ")]}⌋⌉⟩"
_SIGNS = {"*": "∗", ":": ":", ";": ";", "-": "−"}
# What stands above a letter: a sign that browsers stretch, and the mark that goes with a letter in text.
_ACCENTS = {"^": ("ˆ", "\u0302"), "~": ("˜", "\u0303"), "―": ("\u0332", "\u0305")}
_WIDE_HAT = "\u0302"
_MARKS = {**dict(_ACCENTS.values()), _WIDE_HAT: "\u0302"}
_RELATIONS = ":;⟵⟶⟷⟸⟹⟺"  # which it takes for letters
_LETTERS = "∞∂∇∅∀∃"  # which the converter takes for signs with room at both sides
_UPRIGHT = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ∂∇"
_NEGATIVE = {"negativethinmathspace": "-0.167em", "negativemediummathspace": "-0.222em"}
_THIN = "0.167em"


def mathml(formula: str, wide: bool = False) -> str:
    r"""Return the element ``<math>`` of a formula; with sums and fractions in full size where ``wide``.

    Raises ``ArgumentError`` for LaTeX that cannot be shown: nothing of it ever stands in a page.

    >>> mathml(r"N^{2}")
    '<math><msup><mi>N</mi><mn>2</mn></msup></math>'
    >>> mathml(r"\unheardof")
    Traceback (most recent call last):
    convalgebra.errors.ArgumentError: formula='\\unheardof' has \unheardof in it, which MathML here lacks
    """
    return _written(formula, wide)


def plain(formula: str) -> str:
    r"""Return a formula as text in one line, for where no formula can stand; raise ``ArgumentError``.

    >>> plain(r"\frac{1}{N_{c}} + h^{2}")
    '1/N_c + h^2'
    """
    return normalize("NFC", " ".join("".join(_spoken(_tree(formula))).split()))


@lru_cache(maxsize=20_000)
def _written(formula: str, wide: bool) -> str:
    math = Element("math", {"displaystyle": "true"} if wide else {})
    inside = _tree(formula)
    math.extend(list(inside) if inside.tag == "mrow" else [inside])
    return tostring(math, encoding="unicode", short_empty_elements=False)


def _tree(formula: str) -> Element:
    """Return a formula as one element, mended and checked."""
    words: list[tuple[str, str]] = []
    supported = _units_apart(_words_out(formula, words))
    _check_before(formula, supported)
    try:
        found = convert_to_element(supported)[0]
    except Exception as error:  # each of its own kind, and whatever malformed LaTeX runs into
        raise ArgumentError(
            f"formula={formula!r} is no formula in LaTeX: {type(error).__name__}"
        ) from error
    found = _mended(found, formula, words)
    _check_after(formula, found)
    return found


# --- before ---

_WORDS = re.compile(r"\\(text|textrm|textnormal|mbox|mathrm|operatorname)\s*\{")
_SIMPLE = re.compile(r"(?:[^\\${}]|\\[_%#& ,;{}]|\\text(?:backslash|asciicircum|asciitilde)\{\})*")
_ESCAPED = {
    r"\textbackslash{}": "\\",
    r"\textasciicircum{}": "^",
    r"\textasciitilde{}": "~",
    r"\,": "\N{THIN SPACE}",
    r"\;": " ",
}
_ESCAPE = re.compile(r"\\text[a-z]+\{\}|\\.")
_UNITS = re.compile(r"(?<=\d)\s*(in|mm|cm|pt|em|ex|pc|bp|dd|cc|sp|mu)")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)


def _words_out(formula: str, words: list[tuple[str, str]]) -> str:
    """Return a formula with a name for each group of words; the words go into the list."""
    parts, at = [], 0
    while match := _WORDS.search(formula, at):
        end = _closing(formula, match.end())
        inside = formula[match.end() : end]
        if match[1] == "mathrm" and not _SIMPLE.fullmatch(inside):
            parts.append(formula[at : match.end()])  # a formula in upright letters
            at = match.end()
            continue
        parts += [formula[at : match.start()], rf"\operatorname{{{_code(len(words))}}}"]
        words.append((match[1], inside))
        at = end + 1
    return "".join([*parts, formula[at:]])


def _closing(formula: str, at: int) -> int:
    """Return where the brace that is open at a place is closed."""
    depth = 1
    for token in _TOKEN.finditer(formula, at):
        depth += (token[0] == "{") - (token[0] == "}")
        if depth == 0:
            return token.start()
    raise ArgumentError(f"formula={formula!r} has a brace that nothing closes")


def _code(number: int) -> str:
    digits = "".join(ascii_lowercase[int(digit)] for digit in str(number))
    return f"zq{digits}qz"


def _coded(name: str) -> int | None:
    match = re.fullmatch(r"zq([a-j]+)qz", name)
    return int("".join(str(ascii_lowercase.index(letter)) for letter in match[1])) if match else None


def _units_apart(formula: str) -> str:
    """Return a formula in which no product such as ``2cm`` reads like a length."""
    return _UNITS.sub(lambda match: " " + " ".join(match[1]), formula)


def _check_before(formula: str, supported: str) -> None:
    for environment in re.findall(r"\\begin\{([^}]*)\}", supported):
        if environment not in _MATRICES:
            raise ArgumentError(
                f"formula={formula!r}: MathML has no {environment!r} here; give it line by line"
            )
    depth = 0
    for token in _TOKEN.findall(supported):
        depth += (token == "{") - (token == "}")
        if depth < 0 or token in "$%":
            raise ArgumentError(f"formula={formula!r} has a {token} where none may be")
    if depth:
        raise ArgumentError(f"formula={formula!r} has a brace that nothing closes")


# --- after ---


def _mended(element: Element, formula: str, words: Sequence[tuple[str, str]]) -> Element:
    """Return an element as browsers want it, all that is in it too."""
    element.text = re.sub(r"&#x([0-9A-Fa-f]+);", lambda match: chr(int(match[1], 16)), element.text or "")
    number = _coded(element.text)
    if number is not None:
        return _put_in(*words[number], formula)
    if element.tag in ("mi", "mo", "mn"):
        _mend_sign(element)
    if element.get("width") in _NEGATIVE:
        element.set("width", _NEGATIVE[element.get("width", "")])
    if side := element.attrib.pop("columnalign", None):
        element.set("style", f"text-align:{side}")
    for at, child in enumerate(list(element)):
        element[at] = _mended(child, formula, words)
    _gather_base(element)
    if element.tag == "mover" and (element[1].text or "") in _ACCENTS:
        _mend_accent(element)
    _space(element)
    _settle_brackets(element)
    if element.tag in _ABOVE and element[0].tag == "mo" and (element[0].text or "") in _WITH_LIMITS:
        element.tag = _ABOVE[element.tag]
        element[0].set("movablelimits", "true")
    return element[0] if element.tag == "mrow" and len(element) == 1 else element


def _gather_base(element: Element) -> None:
    """Put a matrix and its brackets into one row, where all of them have one exponent."""
    more = len(element) - _PARTS.get(element.tag, len(element))
    if more > 0 and element.tag in _ABOVE:
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
    if element.tag == "mi" and text and text in _OPENS + _CLOSES:
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
    sign = _ACCENTS[accent.text or ""][0]
    accent.text = _WIDE_HAT if sign == "ˆ" and not stays else sign
    accent.attrib = {"stretchy": "false" if stays else "true"}


def _put_in(kind: str, inside: str, formula: str) -> Element:
    """Return what stands for a group of words."""
    row = Element("mrow")
    for at, part in enumerate(inside.split("$")):
        if at % 2:
            row.append(_tree(part))
        elif part:
            if not _SIMPLE.fullmatch(part):
                raise ArgumentError(f"formula={formula!r} has words that MathML here lacks: {part!r}")
            row.append(_worded(kind, _ESCAPE.sub(lambda m: _ESCAPED.get(m[0], m[0][1:]), part)))
    return row[0] if len(row) == 1 else row


def _worded(kind: str, text: str) -> Element:
    if kind == "operatorname":
        element = Element("mo")
    elif kind == "mathrm":
        text = text.strip()
        element = Element(
            "mn" if text.isdigit() else "mi", {"mathvariant": "normal"} if len(text) == 1 else {}
        )
    else:
        element = Element("mtext")
    element.text = text.replace(" ", "\N{NO-BREAK SPACE}")
    return element


def _core(element: Element) -> Element:
    """Return what an element with indices, exponents or limits is about."""
    while element.tag in (*_ABOVE, *_ABOVE.values()):
        element = element[0]
    return element


def _space(row: Element) -> None:
    """Give names of functions the room that TeX gives them: a thin space to what is no bracket or sign."""
    for at, child in enumerate(row):
        name = _core(child)
        if at and child.text in ("−", "+", "±") and _waits(row[at - 1]):
            child.set("form", "prefix")
        if name.tag != "mo" or not re.match(r"[A-Za-z]", name.text or ""):
            continue
        if name.text == "mod":
            name.attrib |= {"lspace": "0.222em", "rspace": "0.222em"}
            continue
        before = _core(row[at - 1]) if at else None
        after = _core(row[at + 1]) if at + 1 < len(row) else None
        closed = before is not None and (before.tag != "mo" or (before.text or "") in _CLOSES)
        name.set("lspace", _THIN if closed and row.tag == "mrow" else "0")
        name.set("rspace", "0" if after is None or _opens(after) or row.tag != "mrow" else _THIN)


def _waits(before: Element) -> bool:
    """Say whether a sign after this is the sign of what follows it."""
    text = before.text or ""
    return before.tag == "mo" and text not in _CLOSES and not text[:1].isalpha() and text not in "!|…⋯"


def _opens(element: Element) -> bool:
    while element.tag == "mrow" and len(element):
        element = element[0]
    return element.tag in ("mo", "mspace")


def _check_after(formula: str, found: Element) -> None:
    for element in found.iter():
        # Words may have any sign in them: they were taken out before.
        unknown = re.search(r"\\[A-Za-z]*|[&$]", element.text or "") if element.tag != "mtext" else None
        if unknown:
            raise ArgumentError(f"formula={formula!r} has {unknown[0]} in it, which MathML here lacks")
        if len(element) != _PARTS.get(element.tag, len(element)) or "linebreak" in element.attrib:
            raise ArgumentError(f"formula={formula!r} is not whole: <{element.tag}> lacks a part")


# --- as text ---


def _spoken(element: Element) -> Iterator[str]:
    tag, parts = element.tag, list(element)
    if tag == "mfrac":
        yield f"{_grouped(parts[0])}/{_grouped(parts[1])}"
    elif tag in ("msub", "munder"):
        yield f"{_joined(parts[0])}_{_grouped(parts[1])}{_after(element)}"
    elif tag == "msup":
        yield f"{_joined(parts[0])}^{_grouped(parts[1])}"
    elif tag in ("msubsup", "munderover"):
        yield f"{_joined(parts[0])}_{_grouped(parts[1])}^{_grouped(parts[2])}{_after(element)}"
    elif tag == "mover" and (mark := _MARKS.get(parts[1].text or "")):
        yield "".join(letter + mark for letter in _joined(parts[0]))
    elif tag == "mover":
        yield f"{_joined(parts[0])}^{_grouped(parts[1])}"
    elif tag == "msqrt":
        yield f"√({''.join(map(_joined, parts))})"
    elif tag == "mtable":
        yield "; ".join(", ".join(map(_joined, row)) for row in parts)
    elif tag == "mspace":
        yield " "
    else:
        text = element.text or ""
        loose = tag == "mo" and not text[:1].isalpha() and text not in f"{_OPENS}{_CLOSES}/|.,∗"
        yield f" {text} " if loose else f"{text} " if text == "," else text
        for part in parts:
            yield from _spoken(part)


def _joined(element: Element) -> str:
    return "".join(_spoken(element)).strip()


def _after(element: Element) -> str:
    return " " if _core(element).tag == "mo" else ""  # a sum or a function


def _grouped(element: Element) -> str:
    """Return a part of a formula, in brackets where it has more than one sign."""
    text = _joined(element)
    return f"({text})" if element.tag in ("mrow", "mfrac", "mtable") and len(text) > 1 else text
