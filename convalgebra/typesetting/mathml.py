r"""Formulas in LaTeX as MathML that browsers show well, or not at all.

latex2mathml prints what it does not know as it finds it, takes ``2cm`` for a length, and uses parts of
MathML that browsers have dropped. So words are taken out before it reads a formula, and what it makes is
mended and checked afterwards.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element

from convalgebra.errors import ArgumentError
from convalgebra.typesetting.mathmending import check_after, mended
from convalgebra.typesetting.mathspoken import spoken
from convalgebra.typesetting.mathwords import SIMPLE, check_before, units_apart, words_out

_ESCAPED = {
    r"\textbackslash{}": "\\",
    r"\textasciicircum{}": "^",
    r"\textasciitilde{}": "~",
    r"\,": "\N{THIN SPACE}",
    r"\;": " ",
}
_ESCAPE = re.compile(r"\\text[a-z]+\{\}|\\.")


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
    return normalize("NFC", " ".join("".join(spoken(_tree(formula))).split()))


@lru_cache(maxsize=20_000)
def _written(formula: str, wide: bool) -> str:
    math = Element("math", {"displaystyle": "true"} if wide else {})
    inside = _tree(formula)
    math.extend(list(inside) if inside.tag == "mrow" else [inside])
    return tostring(math, encoding="unicode", short_empty_elements=False)


def _tree(formula: str) -> Element:
    """Return a formula as one element, mended and checked."""
    words: list[tuple[str, str]] = []
    supported = units_apart(words_out(formula, words))
    check_before(formula, supported)
    try:
        found = convert_to_element(supported)[0]
    except Exception as error:  # each of its own kind, and whatever malformed LaTeX runs into
        raise ArgumentError(
            f"formula={formula!r} is no formula in LaTeX: {type(error).__name__}"
        ) from error
    found = mended(found, lambda number: _put_in(*words[number], formula))
    check_after(formula, found)
    return found


def _put_in(kind: str, inside: str, formula: str) -> Element:
    """Return what stands for a group of words."""
    row = Element("mrow")
    for at, part in enumerate(inside.split("$")):
        if at % 2:
            row.append(_tree(part))
        elif part:
            if not SIMPLE.fullmatch(part):
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
