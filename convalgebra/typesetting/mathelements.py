"""What the elements of MathML are made of: how many parts each has, what it is about, brackets, marks."""

from __future__ import annotations

from xml.etree.ElementTree import Element

# How many parts each of these has, or a browser shows an error in its place.
PARTS = {
    "mfrac": 2,
    "msub": 2,
    "msup": 2,
    "munder": 2,
    "mover": 2,
    "msubsup": 3,
    "munderover": 3,
    "mroot": 2,
}
ABOVE = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
OPENS, CLOSES = "([{⌊⌈⟨", ")]}⌋⌉⟩"
# What stands above a letter: a sign that browsers stretch, and the mark that goes with a letter in text.
ACCENTS = {"^": ("ˆ", "\u0302"), "~": ("˜", "\u0303"), "―": ("\u0332", "\u0305")}
WIDE_HAT = "\u0302"
MARKS = {**dict(ACCENTS.values()), WIDE_HAT: "\u0302"}


def core(element: Element) -> Element:
    """Return what an element with indices, exponents or limits is about."""
    while element.tag in (*ABOVE, *ABOVE.values()):
        element = element[0]
    return element
