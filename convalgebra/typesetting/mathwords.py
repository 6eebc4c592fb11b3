"""What latex2mathml must not see of a formula: words are taken out for a while, units are taken apart.

And what it must not meet: braces that do not match, environments that it lacks.
"""

from __future__ import annotations

import re
from string import ascii_lowercase

from convalgebra.errors import ArgumentError

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
_WORDS = re.compile(r"\\(text|textrm|textnormal|mbox|mathrm|operatorname)\s*\{")
SIMPLE = re.compile(r"(?:[^\\${}]|\\[_%#& ,;{}]|\\text(?:backslash|asciicircum|asciitilde)\{\})*")
_UNITS = re.compile(r"(?<=\d)\s*(in|mm|cm|pt|em|ex|pc|bp|dd|cc|sp|mu)")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)


def words_out(formula: str, words: list[tuple[str, str]]) -> str:
    r"""Return a formula with a name for each group of words; the words go into the list.

    >>> words = []
    >>> words_out(r"N \text{if even}", words), words
    ('N \\operatorname{zqaqz}', [('text', 'if even')])
    """
    parts, at = [], 0
    while match := _WORDS.search(formula, at):
        end = _closing(formula, match.end())
        inside = formula[match.end() : end]
        if match[1] == "mathrm" and not SIMPLE.fullmatch(inside):
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


def coded(name: str) -> int | None:
    """Return the number of the words that a name stands for; None for any other."""
    match = re.fullmatch(r"zq([a-j]+)qz", name)
    return int("".join(str(ascii_lowercase.index(letter)) for letter in match[1])) if match else None


def units_apart(formula: str) -> str:
    """Return a formula in which no product such as ``2cm`` reads like a length."""
    return _UNITS.sub(lambda match: " " + " ".join(match[1]), formula)


def check_before(formula: str, supported: str) -> None:
    """Raise ``ArgumentError`` for what the converter must not meet; ``supported`` is what it is given."""
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
