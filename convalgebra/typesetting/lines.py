"""Formulas too long for a line of paper, in lines that fit."""

from __future__ import annotations

from collections.abc import Sequence

from convalgebra.typesetting.width import letters, tokens

_OPENS, _CLOSES = (r"\left", r"\Bigl", r"\begin"), (r"\right", r"\Bigr", r"\end")
_SIGNS = ("+", "-", r"\otimes")
_SPACES = (r"\,", r"\;", r"\:", " ")


def broken(formula: str, room: int) -> list[str]:
    r"""Return a formula in lines of at most ``room`` letters, as far as it can be broken.

    Outside brackets it is broken before a sign or a bracket. A sum in brackets, or above a fraction, that
    is too long by itself is broken too; the fraction then stands before it.

    >>> broken(r"\frac{a \left(b + c\right)}{d}", 3)
    ['\\frac{a}{d} \\Bigl(b', '+ c\\Bigr)']
    """
    pieces = [
        part
        for piece in _pieces(list(tokens(formula)))
        for part in ([piece] if letters(piece) <= room else _opened(list(tokens(piece.strip()))))
    ]
    found = [""]
    for piece in pieces:
        if found[-1] and letters(found[-1] + piece) > room:
            found.append("")
        found[-1] += piece
    return [_bare(line) for line in found]


def _bare(line: str) -> str:
    """Return a line without the space that stood between it and its neighbours."""
    while (shorter := _stripped(line.strip())) != line:
        line = shorter
    return line


def _stripped(line: str) -> str:
    for space in _SPACES:
        # "\\," is a line's end and a comma: no space.
        line = line.removeprefix(space)
        if line.endswith(space) and not line.endswith("\\" + space):
            line = line.removesuffix(space)
    return line


def _change(token: str) -> int:
    """Return by how much a token brings one deeper into brackets."""
    opens = token in ("{", "(", "[") or token.startswith(_OPENS)
    return opens - (token in ("}", ")", "]") or token.startswith(_CLOSES))


def _pieces(found: Sequence[str]) -> list[str]:
    """Return the pieces between which a formula may be broken: outside all brackets, before a sign."""
    pieces, depth = [""], 0
    for token in found:
        opener = token.startswith(("\\left", "\\Bigl", "\\begin"))
        if depth == 0 and (token in _SIGNS or opener) and pieces[-1].strip() not in ("", *_SIGNS):
            pieces.append("")
        pieces[-1] += token
        depth += _change(token)
    return pieces


def _end(found: Sequence[str], start: int) -> int:
    """Return the place of the token that closes what opens at ``start``."""
    depth = 0
    for at in range(start, len(found)):
        depth += _change(found[at])
        if depth == 0:
            return at
    return len(found) - 1


def _opened(found: Sequence[str]) -> list[str]:
    """Return a piece that is too long in pieces that end within its widest bracket or fraction."""
    whole = ["".join(found)]
    start = _widest(found)
    if start is None:
        return whole
    if found[start] != r"\frac":
        end = _end(found, start)
        return _around(found[:start], found[start], found[start + 1 : end], found[end], found[end + 1 :])
    above_end = _end(found, start + 1)
    below_end = _end(found, above_end + 1)
    above, below = found[start + 2 : above_end], "".join(found[above_end + 1 : below_end + 1])
    head, tail = found[:start], found[below_end + 1 :]
    if _is_sum(above):
        return _around([*head, rf"\frac{{1}}{below} "], r"\left(", above, r"\right)", tail)
    inner = _widest(above)
    if inner is None or above[inner] == r"\frac":
        return whole
    end = _end(above, inner)
    rest = "".join([*above[:inner], *above[end + 1 :]]).strip()
    if rest.startswith("^") or "".join(above[end + 1 :]).strip().startswith("^"):
        return whole
    front = rf"\frac{{{rest or 1}}}{below} "
    return _around([*head, front], above[inner], above[inner + 1 : end], above[end], tail)


def _is_sum(found: Sequence[str]) -> bool:
    depth = 0
    for at, token in enumerate(found):
        if depth == 0 and token in ("+", "-") and at:
            return True
        depth += _change(token)
    return False


def _widest(found: Sequence[str]) -> int | None:
    """Return where the widest bracket or fraction outside all others begins, or None."""
    best, widest, at = None, 0, 0
    while at < len(found):
        token, end = found[at], at
        if token == r"\frac" and at + 1 < len(found) and found[at + 1] == "{":
            above = _end(found, at + 1)
            end = _end(found, above + 1)
        elif token.startswith((r"\left", r"\Bigl", r"\begin")) or token == "{":
            end = _end(found, at)
        if end > at and not token.startswith((r"\begin", "{")):
            wide = letters("".join(found[at : end + 1]))
            if wide > widest:
                best, widest = at, wide
        at = end + 1
    return best


def _around(
    head: Sequence[str], opener: str, inside: Sequence[str], closer: str, tail: Sequence[str]
) -> list[str]:
    """Return the pieces of what stands in a bracket, its signs of one size on all lines."""
    first, *rest = _pieces(inside)
    opener = opener.replace(r"\left", r"\Bigl")
    closer = closer.replace(r"\right", r"\Bigr")
    parts = ["".join(head) + opener + first, *rest]
    parts[-1] += closer + "".join(tail)
    return parts
