"""A formula in MathML as text in one line."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from convalgebra.typesetting.mathelements import CLOSES, MARKS, OPENS, core


def spoken(element: Element) -> Iterator[str]:
    """Yield an element as text, piece by piece.

    >>> fraction = Element("mfrac")
    >>> fraction.extend([Element("mn"), Element("mi")])
    >>> fraction[0].text, fraction[1].text = "1", "h"
    >>> "".join(spoken(fraction))
    '1/h'
    """
    tag, parts = element.tag, list(element)
    if tag == "mfrac":
        yield f"{_grouped(parts[0])}/{_grouped(parts[1])}"
    elif tag in ("msub", "munder"):
        yield f"{_joined(parts[0])}_{_grouped(parts[1])}{_after(element)}"
    elif tag == "msup":
        yield f"{_joined(parts[0])}^{_grouped(parts[1])}"
    elif tag in ("msubsup", "munderover"):
        yield f"{_joined(parts[0])}_{_grouped(parts[1])}^{_grouped(parts[2])}{_after(element)}"
    elif tag == "mover" and (mark := MARKS.get(parts[1].text or "")):
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
        loose = tag == "mo" and not text[:1].isalpha() and text not in f"{OPENS}{CLOSES}/|.,∗"
        yield f" {text} " if loose else f"{text} " if text == "," else text
        for part in parts:
            yield from spoken(part)


def _joined(element: Element) -> str:
    return "".join(spoken(element)).strip()


def _after(element: Element) -> str:
    return " " if core(element).tag == "mo" else ""  # a sum or a function


def _grouped(element: Element) -> str:
    """Return a part of a formula, in brackets where it has more than one sign."""
    text = _joined(element)
    return f"({text})" if element.tag in ("mrow", "mfrac", "mtable") and len(text) > 1 else text
