"""Numbers, shapes and names of a network as words of a report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import sympy

from convalgebra.drawing.lettering import grouped
from convalgebra.formulas import latex
from convalgebra.networks.formulas.floors import gathered_condition
from convalgebra.networks.totals import Total
from convalgebra.proofs import Size
from convalgebra.reporting.words import Code, Inline, Math, Row, Words, formula, listed, say
from convalgebra.sizes import symbol

# Names of layers that are longer lose their middle.
_LONGEST = 60


def number(value: Size | Fraction | None) -> Inline:
    r"""Return a count: long numbers in groups of three digits, a question mark for what is not known.

    >>> number(1234567), number(12), number(None)
    (Math(latex='1\\,234\\,567'), Math(latex='12'), Words(text='?'))
    """
    if isinstance(value, int):
        # In columns numbers of four digits stand under longer ones: all are in groups.
        return Math(f"{value:,}".replace(",", r"\,"))
    return Words("?") if value is None else Math(grouped(latex(value)))


def bracketed(value: Size | Fraction | None, outside: bool = False, partial: bool = False) -> Inline:
    """Return a count, in brackets where the totals leave it out, with a question mark where it lacks some.

    >>> bracketed(12, outside=True), bracketed(0, outside=True), bracketed(7, partial=True)
    (Math(latex='(12)'), Math(latex='0'), Math(latex='7 + {?}'))
    """
    found = number(value)
    if not isinstance(found, Math):
        return found
    if partial and value == 0:
        return Words("?")  # nothing of it is known
    shown = f"{found.latex} + {{?}}" if partial else found.latex
    return Math(f"({shown})" if outside and value != 0 else shown)


def total_cell(total: Total) -> Inline:
    """Return a total as it stands in a table."""
    return bracketed(total.value, partial=total.partial)


def share(value: Fraction | Size | None) -> Inline:
    r"""Return a share in parts of a hundred; nothing where there is none to tell.

    >>> share(Fraction(671, 11289)), share(Fraction(1, 90000)), share(0), share(None)
    (Math(latex='5.94\\%'), Math(latex='< 0.01\\%'), Math(latex='0'), Words(text=''))
    """
    if value is None or not isinstance(value, int | Fraction):
        return Words("")
    if value == 0:
        return Math("0")
    return Math(rf"{float(100 * value):.2f}\%" if value >= Fraction(1, 20000) else r"< 0.01\%")


def against(value: Size | None, ours: Size | None) -> Inline:
    r"""Return by how many parts of a hundred a count is more or less than ours.

    >>> against(1819065856, 1814073344), against(7, 7), against(None, 7)
    (Math(latex='+0.28\\%'), Said(key='network.found.equal', values=()), Words(text='?'))
    """
    if not (isinstance(value, int) and isinstance(ours, int) and ours):
        return Words("?")
    if value == ours:
        return say("network.found.equal")
    more = Fraction(100 * (value - ours), ours)
    if abs(more) < Fraction(1, 200):  # not equal, and so not printed as nothing
        return Math(r"<+0.01\%" if more > 0 else r">-0.01\%")
    digits = 2 if abs(more) < 10 else 0
    shown = f"{float(abs(more)):,.{digits}f}".replace(",", r"\,")
    return Math(rf"{'+' if more > 0 else '-'}{shown}\%")


def shape(sizes: Sequence[Size | None] | None) -> Inline:
    r"""Return a shape as a product, in the order of its axes.

    >>> from convalgebra.sizes import symbol
    >>> shape((3, symbol("N") - 2)), shape(())
    (Math(latex='3 \\times (N - 2)'), Words(text=''))
    """
    if not sizes:
        return Words("" if sizes is not None else "?")
    return Math(r" \times ".join(map(_side, sizes)))


def _side(size: Size | None) -> str:
    if size is None:
        return "{?}"
    found = latex(size)
    # What has brackets of its own, such as a floor, needs no others.
    bare = re.sub(r"\\left.*\\right\S*", "", found)
    return f"({found})" if re.search(r"\S\s[+-]\s", f" {bare} ".replace("  ", " x ")) else found


def layer_name(name: str) -> Code:
    """Return the name of a layer, whoever wrote it; long ones without their middle.

    >>> layer_name("conv1")
    Code(text='conv1')
    """
    if len(name) <= _LONGEST:
        return Code(name)
    half = _LONGEST // 2 - 1
    return Code(f"{name[:half]}...{name[-half:]}")


def names(found: Iterable[str], most: int = 12) -> Inline:
    """Return names in a row, and how many more there are."""
    each = list(found)
    row = listed([layer_name(name) for name in each[:most]])
    if len(each) <= most:
        return row
    return say("network.and_more", names=row, more=Math(str(len(each) - most)))


def numbers_at(point: Mapping[str, int]) -> Inline:
    """Return which numbers were put for names.

    >>> numbers_at({"q": 7})
    Math(latex='q = 7')
    """
    return listed([Math(f"{latex(symbol(name))} = {value}") for name, value in point.items()])


def needs_words(conditions: Iterable[sympy.Basic]) -> Inline:
    r"""Return conditions, no floor in them within another, numbers on their right.

    >>> from sympy import floor
    >>> N = symbol("N")
    >>> print(needs_words([floor(floor(N / 2) / 2 - 1) >= 2]).latex)
    \left\lfloor{\frac{N}{4}}\right\rfloor \geq 3
    """
    return listed(formula(_alone(gathered_condition(condition))) for condition in conditions)


def _alone(condition: sympy.Basic) -> sympy.Basic:
    """Return a condition with what is a number on its right."""
    if not isinstance(condition, sympy.Rel) or not condition.rhs.is_number:
        return condition
    constant, rest = condition.lhs.as_coeff_Add()
    return condition.func(rest, condition.rhs - constant) if constant and rest else condition


def in_a_row(parts: Iterable[Inline]) -> Inline:
    """Return words one after the other with commas; nothing of none."""
    found = tuple(parts)
    return Row(found) if len(found) > 1 else found[0] if found else Words("")
