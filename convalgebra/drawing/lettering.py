"""Text in pictures that others wrote, numbers in few digits, and the style in which costs are drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from matplotlib import font_manager

from convalgebra.drawing.colours import QUIET

# Okabe and Ito's colours that are read on white, then two of Tol's.
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#332288", "#882255", QUIET)
SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "mathtext.fontset": "dejavusans",
    "font.size": 8,
    "axes.linewidth": 0.6,
    "hatch.linewidth": 0.5,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "convalgebra",
}
_LETTERS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def few_digits(number: float) -> str:
    """Return a number in three digits with the letter of its thousands.

    >>> few_digits(1813561344), few_digits(118013952), few_digits(999999), few_digits(17)
    ('1.81 G', '118 M', '1.00 M', '17')
    """
    for size, letter in _LETTERS:
        if number >= 0.9995 * size:
            found = number / size
            digits = 2 if found < 9.995 else 1 if found < 99.95 else 0
            return f"{found:.{digits}f} {letter}"
    return f"{number:.3g}"


def evenly(numbers: Sequence[float]) -> list[str]:
    """Return the numbers at the ticks of an axis, all in one unit and with as many digits as they need.

    >>> evenly([0, 600e6, 1.2e9, 1.8e9]), evenly([0, 3e6, 15e6]), evenly([0, 250, 500])
    (['0', '0.6 G', '1.2 G', '1.8 G'], ['0', '3 M', '15 M'], ['0', '250', '500'])
    """
    top = max(numbers, default=0)
    size, letter = next(((size, f" {letter}") for size, letter in _LETTERS if top >= size), (1, ""))
    found = [number / size for number in numbers]
    digits = next((d for d in range(4) if all(abs(one - round(one, d)) < 1e-6 for one in found)), 4)
    return [f"{one:.{digits}f}{letter}" if one else "0" for one in found]


def percent(share: float) -> str:
    """Return a share in parts of a hundred; what is small is not nothing.

    >>> percent(0.064), percent(0.0003), percent(0)
    ('6.4%', '<0.1%', '0%')
    """
    return "0%" if share == 0 else "<0.1%" if share < 0.0005 else f"{100 * share:.1f}%"


def grouped(formula: str) -> str:
    r"""Return a formula in LaTeX with its long numbers in groups of three digits.

    >>> print(grouped("37011456 q^{2} + 1000"))
    37\,011\,456 q^{2} + 1000
    """
    return re.sub(r"\d{5,}", lambda found: f"{int(found[0]):,}".replace(",", r"\,"), formula)


def shown(text: str, longest: int) -> str:
    """Return a name as it can be drawn: signs without a shape replaced, long ones without their middle.

    >>> shown("layer1.0.conv1", 40), shown("a" * 50, 9), shown("\\u5377\\n", 9) == "\\ufffd\\ufffd"
    ('layer1.0.conv1', 'aaaa\\u2026aaaa', True)
    """
    known = _signs()
    drawn = "".join(
        sign if ord(sign) in known and sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text
    )
    if len(drawn) <= longest:
        return drawn
    half = (longest - 1) // 2
    return f"{drawn[: longest - 1 - half]}\N{HORIZONTAL ELLIPSIS}{drawn[-half:]}"


@cache
def _signs() -> frozenset[int]:
    """Return the numbers of the signs that the font has."""
    font: Any = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    return frozenset(font.get_charmap())
