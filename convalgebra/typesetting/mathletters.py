"""Letters of other shapes: the characters that Unicode has for bold, sans-serif and script letters."""

from __future__ import annotations

import unicodedata

_SHAPES = {
    "bold": ("MATHEMATICAL BOLD",),
    "italic": ("MATHEMATICAL ITALIC",),
    "bold-italic": ("MATHEMATICAL BOLD ITALIC",),
    "sans-serif": ("MATHEMATICAL SANS-SERIF",),
    "sans-serif-italic": ("MATHEMATICAL SANS-SERIF ITALIC",),
    "monospace": ("MATHEMATICAL MONOSPACE",),
    # Some letters were there before all others came.
    "script": ("MATHEMATICAL SCRIPT", "SCRIPT"),
    "fraktur": ("MATHEMATICAL FRAKTUR", "BLACK-LETTER"),
    "double-struck": ("MATHEMATICAL DOUBLE-STRUCK", "DOUBLE-STRUCK"),
}


def in_letters(text: str, shape: str) -> str:
    """Return a text in letters of a shape of MathML (such as "bold"); what has none there stays as it is.

    >>> in_letters("k1+", "bold") == "\\N{MATHEMATICAL BOLD SMALL K}\\N{MATHEMATICAL BOLD DIGIT ONE}+"
    True
    >>> in_letters("R", "double-struck") == "\\N{DOUBLE-STRUCK CAPITAL R}"
    True
    """
    return "".join(_shaped(letter, shape) for letter in text)


def _shaped(letter: str, shape: str) -> str:
    words = unicodedata.name(letter, "").removeprefix("LATIN ").removeprefix("GREEK ")
    words = words.replace("CAPITAL LETTER", "CAPITAL").replace("SMALL LETTER", "SMALL")
    for prefix in _SHAPES.get(shape, ()):
        try:
            return unicodedata.lookup(f"{prefix} {words}")
        except KeyError:
            continue
    return "\N{PLANCK CONSTANT}" if (letter, shape) == ("h", "italic") else letter
