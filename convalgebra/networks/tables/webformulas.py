"""Formulas as HTML whose lines can break before a plus or minus: exponents raised, indices lowered."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from convalgebra.networks.shapes import text
from convalgebra.proofs import Size

_PART = re.compile(
    r"(?P<floor>floor\()|(?P<ceiling>ceiling\()|(?P<open>\()|(?P<close>\))|\*\*(?P<power>\w+)"
    r"|(?P<times>\*)|(?P<number>\d+)|(?P<name>[^\W\d]\w*)(?P<call>\()?"
    r"| (?P<sign>[-+]|[<>!=]=?) |(?P<other>.)"
)
_OPENED = {"floor": ("⌊", "⌋"), "ceiling": ("⌈", "⌉"), "open": ("(", ")")}
_SIGNS = {"-": "−", ">=": "≥", "<=": "≤", "!=": "≠", "==": "=", "<": "&lt;", ">": "&gt;"}


@lru_cache(maxsize=8192)
def html_formula(value: Size) -> str:
    """Return a formula as HTML; every sign of a name is escaped.

    >>> from sympy import floor
    >>> from convalgebra.sizes import symbol
    >>> html_formula(4096 * (3 * symbol("N_4") - 2) ** 2)
    '4096·(3·<i>N</i><sub>4</sub> −\\xa02)<sup>2</sup>'
    >>> html_formula(floor((symbol("N") + 1) / 2))
    '⌊(<i>N</i> +\\xa01)/2⌋'
    """
    return formula_as_html(text(value))


def formula_as_html(formula: str) -> str:
    """Return a formula that stands as text, of a condition too, as HTML.

    >>> formula_as_html("N**2 >= 12345*M")
    '<i>N</i><sup>2</sup> ≥\\xa012,345·<i>M</i>'
    """
    found: list[str] = []
    closing: list[str] = []
    for part in _PART.finditer(formula):
        kind = "name" if part["name"] else part.lastgroup or "other"
        if kind in _OPENED:
            begin, end = _OPENED[kind]
            found.append(begin)
            closing.append(end)
        elif kind == "close":
            found.append(closing.pop() if closing else ")")
        elif kind == "name":
            found.append(_name(part["name"]) if not part["call"] else f"{html.escape(part['name'])}(")
            closing += [")"] if part["call"] else []
        elif kind == "power":
            found.append(f"<sup>{html.escape(part['power'])}</sup>")
        elif kind == "number":
            found.append(_number(part["number"]))
        elif kind == "sign":
            # A line breaks before the sign and not behind it.
            found.append(f" {_SIGNS.get(part['sign'], part['sign'])}\N{NO-BREAK SPACE}")
        else:
            found.append("·" if kind == "times" else html.escape(part[0]))
    return "".join(found)


def _number(digits: str) -> str:
    return f"{int(digits):,}" if len(digits) > 4 else digits


def _name(name: str) -> str:
    stem, _, index = name.partition("_")
    if not stem or not index:
        return f"<i>{html.escape(name)}</i>"
    return f"<i>{html.escape(stem)}</i><sub>{html.escape(index.replace('_', ','))}</sub>"
