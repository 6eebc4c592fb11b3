"""About how wide a formula is on paper, without a run of TeX: measured as TeX would set it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"\\(?:left|right|[Bb]igg?[lr]?)\s*(?:\\[a-zA-Z]+|\\.|.)|\\begin\{[a-z*]+\}|\\end\{[a-z*]+\}"
    r"|\\[a-zA-Z]+\*?|\\.|.",
    re.DOTALL,
)
# Widths in points of a ten point font. A letter of a formula is about so wide, with the room around it:
LETTER = 5.3
_ITALIC = {
    **dict.fromkeys("ABCDEFGHKNOQRUVXYZ", 7.9),
    **{"I": 4.8, "J": 6.2, "L": 6.8, "M": 10.8, "P": 7.2, "S": 6.5, "T": 6.9, "W": 10.8},
    **dict.fromkeys("abdghknpquxy", 5.3),
    **{"c": 4.3, "e": 4.7, "f": 6.0, "i": 3.5, "j": 4.5, "l": 3.0, "m": 8.8, "n": 6.0, "o": 4.9},
    **{"r": 4.8, "s": 4.7, "t": 3.6, "v": 5.2, "w": 7.2, "z": 5.1},
}
_ROMAN = {**dict.fromkeys("ijl", 2.8), **dict.fromkeys("frst", 3.8), **dict.fromkeys("mwMW", 8.8)}
_RELATIONS = {"=", "<", ">", r"\le", r"\leq", r"\ge", r"\geq", r"\to", r"\mid", r"\approx", r"\ne", r"\neq"}
_RELATIONS |= {r"\in", r"\equiv", r"\sim", r"\mapsto", r"\rightarrow", r"\nmid", ":"}
_BINARY = {"+", "-", r"\times", r"\otimes", r"\cdot", r"\oplus", r"\circ", "*", r"\bmod", r"\pm", r"\odot"}
_STACKED = {r"\sum": 14.4, r"\prod": 12.8, r"\lim": 13.9, r"\max": 18.9, r"\min": 17.2, r"\bigoplus": 15.1}
_SPACES = {
    r"\quad": 10.0,
    r"\qquad": 20.0,
    r"\,": 1.7,
    r"\:": 2.2,
    r"\;": 2.8,
    r"\ ": 3.3,
    "~": 3.3,
    r"\!": -1.7,
}
_WORDS = {r"\mathrm", r"\text", r"\operatorname", r"\mathsf", r"\textrm", r"\mathbf", r"\operatorname*"}
_STYLES = {r"\displaystyle", r"\textstyle", r"\limits", r"\nolimits"}
_GLYPHS = {
    **{"(": 3.9, ")": 3.9, "[": 2.8, "]": 2.8, "|": 2.8, ".": 1.2, r"\{": 5.0, r"\}": 5.0, "/": 5.0},
    **dict.fromkeys((",", ";", "!", "'", r"\lfloor", r"\rfloor", r"\lceil", r"\rceil"), 4.4),
    **dict.fromkeys((r"\ldots", r"\dots", r"\cdots"), 13.4),
    r"\infty": 10.0,
}
_SCRIPT = 0.72


@dataclass
class _Reader:
    """Reads the tokens of a formula from left to right and adds up their widths."""

    tokens: list[str]
    at: int = 0
    tall: bool = field(default=False)

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def group(self, size: float, display: bool, words: bool = False) -> float:
        """Return the width of the argument that comes next."""
        while self.peek().isspace():
            self.take()
        if self.peek() != "{":
            return self.atom(size, display, True) if self.peek() else 0.0
        self.take()
        return self.run(size, display, ("}",), words)

    def run(self, size: float, display: bool, ends: tuple[str, ...], words: bool = False) -> float:
        """Return the width of all up to one of ``ends``, which is taken too."""
        total, after_sign = 0.0, True
        while self.at < len(self.tokens):
            token = self.peek()
            if token in ends:
                self.take()
                break
            if words:
                total += self.word(size)
                continue
            total += self.atom(size, display, after_sign)
            if not token.isspace() and token not in _SPACES:
                after_sign = token in _BINARY or token in _RELATIONS or token in "(["
        return total

    def word(self, size: float) -> float:
        token = self.take()
        if token == "{":
            return self.run(size, False, ("}",), True)
        if token.startswith("\\") and token[1:].isalpha():
            return 0.0
        wide = 5.2 if token.islower() or not token.isalpha() else 7.2
        return size * (
            10.0 if ord(token[-1]) > 0x2E80 else 3.3 if token == " " else _ROMAN.get(token, wide)
        )

    def atom(self, size: float, display: bool, after_sign: bool) -> float:
        """Return the width of the next thing with its index and exponent."""
        token = self.take()
        wide = self.bare(token, size, display, after_sign)
        scripts = [0.0]
        stacked = token in _STACKED and display
        while self.peek() in ("_", "^"):
            self.take()
            scripts.append(self.group(size * (_SCRIPT if size > 0.6 else 1.0), False))
        inner = max(scripts)
        if stacked:
            return max(wide, inner) + 1.7 * size
        return wide + inner + (1.0 * size if token in _STACKED else 0.0)

    def bare(self, token: str, size: float, display: bool, after_sign: bool) -> float:
        if token == "{":
            return self.run(size, display, ("}",))
        if token.isspace() or token in _STYLES or token in _SPACES:
            return _SPACES.get(token, 0.0) * size
        if token in _BINARY or token in _RELATIONS:
            around = 0.0 if after_sign or size < 1 else 4.4 if token in _BINARY else 5.6
            sign = 2.8 if token in (":", r"\mid", r"\cdot", "*") else 10.0 if token == r"\to" else 7.8
            return sign * size + around
        if token in _STACKED:
            return (
                _STACKED[token] * (1.0 if display or token in (r"\lim", r"\max", r"\min") else 0.75) * size
            )
        if token in _WORDS:
            return self.group(size, display, words=True)
        return self.composed(token, size, display)

    def composed(self, token: str, size: float, display: bool) -> float:
        if token in (r"\frac", r"\tfrac", r"\dfrac", r"\binom"):
            self.tall = True
            inner = size if display and token != r"\tfrac" else size * _SCRIPT
            return max(self.group(inner, False), self.group(inner, False)) + 2.4
        if token.startswith(r"\left"):
            outside, self.tall = self.tall, False
            inside = self.until_right(size, display)
            grown = 7.0 if self.tall else 4.6
            self.tall = self.tall or outside
            return inside + 2 * grown * size
        if token.startswith(r"\begin"):
            self.tall = True
            return self.matrix(size, token.replace("begin", "end"))
        if token == r"\sqrt":
            return 8.3 * size + self.group(size, False)
        if token in (
            r"\widehat",
            r"\hat",
            r"\bar",
            r"\overline",
            r"\tilde",
            r"\underbrace",
            r"\boldsymbol",
        ):
            return self.group(size, display)
        return size * _glyph(token)

    def until_right(self, size: float, display: bool) -> float:
        total, after_sign = 0.0, True
        while self.at < len(self.tokens):
            if self.peek().startswith(r"\right"):
                self.take()
                break
            token = self.peek()
            total += self.atom(size, display, after_sign)
            if not token.isspace() and token not in _SPACES:
                after_sign = token in _BINARY or token in _RELATIONS or token in "(["
        return total

    def matrix(self, size: float, end: str) -> float:
        columns: list[float] = []
        column = 0
        cell = 0.0
        while self.at < len(self.tokens):
            token = self.peek()
            if token in ("&", r"\\", end):
                self.take()
                columns += [0.0] * (column + 1 - len(columns))
                columns[column] = max(columns[column], cell)
                cell, column = 0.0, 0 if token == r"\\" else column + 1
                if token == end:
                    break
            else:
                cell += self.atom(size, False, False)
        return sum(columns) + 10.0 * max(len(columns) - 1, 0) * size + 12.0


def _glyph(token: str) -> float:
    if token.startswith((r"\big", r"\Big")):
        return 6.0
    return 5.0 if token.isdigit() else _GLYPHS.get(token, _ITALIC.get(token, 5.8))


def points(formula: str) -> float:
    r"""Return about how wide a formula is in a line of its own, in points of a ten point font.

    >>> points(r"\frac{a}{b + c}") < points("a + b + c")
    True
    """
    return _Reader(TOKEN.findall(formula)).run(1.0, True, ())


def letters(formula: str) -> int:
    r"""Return about how wide a formula is in a line of its own, in letters.

    >>> letters("a b d"), letters(r"\frac{a b d}{d}")
    (3, 3)
    """
    return round(points(formula) / LETTER)


def tokens(formula: str) -> Iterator[str]:
    r"""Yield the tokens of a formula; a bracket with its size is one.

    >>> list(tokens(r"\left(N_{c}\right)"))
    ['\\left(', 'N', '_', '{', 'c', '}', '\\right)']
    """
    yield from TOKEN.findall(formula)
