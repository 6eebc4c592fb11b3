"""Formulas as text: a small grammar, read by Python's own parser and never evaluated.

The text is looked at token by token first, so that Python's parser only ever sees names, plain
numbers, operators and brackets, few enough of them: no comment, string, attribute or foreign digit
reaches it. Then a walk over the tree makes the formula, operation by operation.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from fractions import Fraction

import sympy

from convalgebra.bounds import Part, Term
from convalgebra.errors import ArgumentError
from convalgebra.sizes import symbol

LONGEST = 1000  # characters
DEEPEST = 40  # brackets, signs or powers within one another
LARGEST_POWER = 64
LARGEST_NUMBER = 10**300
_AROUND = 30  # what is shown of a long text at each side of a mistake

_TOKEN = re.compile(r"(?P<number>\d+(\.\d+)?)|(?P<name>[A-Za-z_]\w*)|\*\*|//|[-+*/(),]|\s", re.ASCII)
_WRITTEN: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.FloorDiv: "//",
}
# What people write for what is read here.
_MEANT: Mapping[str, str] = {
    "^": ": write a power with **, as in h**2",
    "\u00b2": ": write a power with **, as in h**2",
    "\u00b3": ": write a power with **, as in h**3",
    "\u00d7": ": write a product with *",
    "\u00b7": ": write a product with *",
    "\u2212": ": write a difference with -",
    "=": ": write the right side alone",
}
_FUNCTIONS = {"floor": sympy.floor, "ceiling": sympy.ceiling}
OPERATIONS = (*_WRITTEN.values(), *_FUNCTIONS)


def parse_formula(
    text: str, names: Collection[str] | None = None, operations: Collection[str] = OPERATIONS
) -> sympy.Expr:
    """Return the formula that a text writes, in the symbols of ``ca.symbol``.

    The grammar: numbers (whole or decimal, read exactly), names, ``+ - * / ** //``, brackets,
    ``floor(...)`` and ``ceiling(...)``, with the precedence of Python; ``/`` is an exact quotient,
    ``//`` rounds down. A power is a whole number up to 64, or linear in names over a number (``2**n``);
    powers of powers make a degree of at most 64, and no number has more than 300 digits.
    ``names`` are those that may be used, ``operations`` too; left out, any.

    Raises ``ArgumentError`` that shows where the text goes wrong.

    >>> parse_formula("D*N_c*h**2 * ((H + 2*p - h)//s + 1)")
    D*N_c*h**2*(floor((H - h + 2*p)/s) + 1)
    >>> parse_formula("0.25 + (m - 1)//2")
    floor(m/2 - 1/2) + 1/4
    >>> parse_formula("2*N + M[0]")
    Traceback (most recent call last):
        ...
    convalgebra.errors.ArgumentError: formula: '[' is no part of a formula
        2*N + M[0]
               ^
    """
    if not isinstance(text, str):
        raise ArgumentError(f"formula={text!r} must be a text, such as 'm*(N - m + 1)'")
    _check_tokens(text)
    # One line without a margin is what Python's parser reads; the places stay what they are.
    line = re.sub(r"\s", " ", text)
    margin = len(line) - len(line.lstrip())
    try:
        body = ast.parse(line[margin:], mode="eval").body
    except SyntaxError as error:
        raise _unread(text, margin + (error.offset or 1) - 1, error.msg) from None
    except (MemoryError, RecursionError):
        raise _mistake(text, margin, "nested too deeply") from None
    return _Reader(text, margin, names, operations).value(body).value


def _check_tokens(text: str) -> None:
    """Raise ``ArgumentError`` unless the text is made of what a formula is made of."""
    if len(text) > LONGEST:
        raise ArgumentError(f"formula: a text has at most {LONGEST} characters, this one {len(text)}")
    if not text.strip():
        raise ArgumentError(f"formula={text!r} is empty; give one such as 'm*(N - m + 1)'")
    if comma := re.search(r",(?=\s*\))", text):
        raise _mistake(text, comma.start(), "something is missing behind the comma")
    at, depth, before = 0, 0, ""
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _mistake(text, at, f"{text[at]!r} is no part of a formula{_MEANT.get(text[at], '')}")
        depth += (token[0] == "(") - (token[0] == ")")
        if depth > DEEPEST:
            raise _mistake(text, at, f"more than {DEEPEST} brackets within one another")
        if token["name"]:
            _check_name(text, at, token["name"], before)
        if re.match(r"0\d", token[0]):
            raise _mistake(text, at, "a number does not begin with 0 and another digit")
        at, before = token.end(), token.lastgroup or token[0]


def _unread(text: str, at: int, why: str) -> ArgumentError:
    """Return the error for a text that Python's parser does not take, in the words of a formula."""
    if re.search(r"[-+*/(,]\s*$", text):
        return _mistake(text, len(text.rstrip()), "something is missing at the end")
    brackets = "never closed" in why or "unmatched" in why
    return _mistake(text, at, why if brackets else "this cannot stand here")


def _check_name(text: str, at: int, name: str, before: str) -> None:
    if before == "number":
        raise _mistake(text, at, f"write a product with *, as in 2*{name}")
    if keyword.iskeyword(name):
        raise _mistake(text, at, f"{name!r} is a word of Python and no name here")
    try:
        symbol(name)
    except ArgumentError:
        raise _mistake(text, at, f"{name!r} is no name; names are such as 'N' or 'N_c'") from None


def _mistake(text: str, at: int, why: str) -> ArgumentError:
    """Return the error that shows where: the text, and a caret below the place."""
    at = max(0, min(at, len(text)))
    first, last = max(0, at - _AROUND), at + _AROUND
    shown = "".join(c if c.isprintable() else " " for c in text[first:last])
    left, right = "... " if first else "", " ..." if last < len(text) else ""
    return ArgumentError(f"formula: {why}\n    {left}{shown}{right}\n    {' ' * (len(left) + at - first)}^")


# --- the walk ------------------------------------------------------------------------------------

_DONE: Mapping[type[ast.operator], Callable[[Term, Term], Term]] = {
    ast.Add: Term.__add__,
    ast.Sub: Term.__sub__,
    ast.Mult: Term.__mul__,
    ast.Div: Term.__truediv__,
    ast.FloorDiv: Term.__floordiv__,
}


class _Reader:
    """Makes the formula of a parsed text; knows the text, to show where something is wrong."""

    def __init__(
        self, text: str, margin: int, names: Collection[str] | None, operations: Collection[str]
    ) -> None:
        self.text, self.margin, self.names, self.operations = text, margin, names, operations

    def wrong(self, node: ast.expr, why: str) -> ArgumentError:
        return _mistake(self.text, self.margin + node.col_offset, why)

    def value(self, node: ast.expr, depth: int = 0) -> Term:
        """Return the value of a tree; a chain such as a + b + ... is walked without going deeper."""
        if depth > DEEPEST:
            raise self.wrong(node, f"more than {DEEPEST} operations within one another")
        chain = []
        while isinstance(node, ast.BinOp):
            chain.append(node)
            node = node.left
        found = self.single(node, depth + 1)
        for step in reversed(chain):
            found = self.joined(found, step, depth + 1)
        return found

    def single(self, node: ast.expr, depth: int) -> Term:
        match node:
            case ast.Constant(value=int() | float()):
                return self.numbered(node)
            case ast.Name(id=name) if name in _FUNCTIONS:
                raise self.wrong(node, f"{name} is a function: write {name}(...)")
            case ast.Name(id=name):
                return Term(self.named(node, name), Part(1))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.value(operand, depth)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand, depth)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
                self.check_read(node, name)
                return self.bounded(node, self.value(argument, depth).rounded(_FUNCTIONS[name]))
            case ast.Call(func=ast.Name(id=name)):
                known = " and ".join(f"{name}(...)" for name in _FUNCTIONS)
                raise self.wrong(node, f"only {known}, of one formula each, can be called, not {name}")
            case ast.Call():
                raise self.wrong(node, "write a product with *, as in 2*(N + 1)")
        raise self.wrong(node, self.known())

    def check_read(self, node: ast.expr, operation: str) -> None:
        if operation not in self.operations:
            raise self.wrong(node, self.known())

    def known(self) -> str:
        signs = " ".join(o for o in self.operations if o not in _FUNCTIONS)
        called = "".join(f", {o}(...)" for o in self.operations if o in _FUNCTIONS)
        return f"only numbers, names, brackets, {signs}{called} are read"

    def numbered(self, node: ast.expr) -> Term:
        start, end = node.col_offset, node.end_col_offset or 0
        number = Fraction(self.text[self.margin + start : self.margin + end])
        parts = Part(0, number.numerator), Part(0, number.denominator)
        return self.bounded(node, Term(sympy.Rational(number), *parts))

    def named(self, node: ast.expr, name: str) -> sympy.Symbol:
        if self.names is not None and name not in self.names:
            near = get_close_matches(name, list(self.names), 1, 0.5)
            hint = f" (is {near[0]!r} meant?)" if near else ""
            known = ", ".join(sorted(self.names)) or "none"
            raise self.wrong(node, f"{name!r} is no name of this operator, which has {known}{hint}")
        return symbol(name)

    def joined(self, left: Term, node: ast.BinOp, depth: int) -> Term:
        kind = type(node.op)
        self.check_read(node.right, _WRITTEN.get(kind, ""))
        right = self.value(node.right, depth)
        if kind is ast.Pow:
            return self.power(node.right, left, right.value)
        if kind in {ast.Div, ast.FloorDiv} and right.value == 0:
            raise self.wrong(node.right, "division by zero")
        return self.bounded(node.right, _DONE[kind](left, right))

    def power(self, node: ast.expr, base: Term, exponent: sympy.Expr) -> Term:
        """Return a power whose size is looked at before it is made."""
        if exponent.is_number and not exponent.is_Integer:
            raise self.wrong(node, "a power is a whole number")
        steps = _coefficients(exponent)
        if steps is None or max(steps) > LARGEST_POWER or not (exponent.is_number or base.value.is_number):
            raise self.wrong(
                node,
                f"a power is a whole number up to {LARGEST_POWER}, or linear in names over a number",
            )
        if base.value == 0 and exponent.could_extract_minus_sign():
            raise self.wrong(node, "division by zero")
        up, down = steps
        above, below = base.above**up * base.below**down, base.below**up * base.above**down
        if not exponent.is_number:  # 2**(3*n - 2) is of degree 3 in 2**n
            above, below = Part(up, above.number), Part(down, below.number)
        size = Term(base.value, above, below)
        if size.degree > max(LARGEST_POWER, base.degree):
            raise self.wrong(node, f"powers of powers make the degree {size.degree}, over {LARGEST_POWER}")
        self.check_number(node, size)
        return self.bounded(node, Term(base.value**exponent, above, below))

    def check_number(self, node: ast.expr, term: Term) -> None:
        if max(term.above.number, term.below.number) > LARGEST_NUMBER:
            raise self.wrong(node, "a number here is too large")

    def bounded(self, node: ast.expr, term: Term) -> Term:
        self.check_number(node, term)
        if term.value.has(sympy.zoo, sympy.nan, sympy.oo):
            raise self.wrong(node, "division by zero")
        return term


def _coefficients(exponent: sympy.Expr) -> tuple[int, int] | None:
    """Return the largest coefficients with a plus and with a minus; None if not linear in names."""
    symbols = tuple(sorted(exponent.free_symbols, key=str))
    if not exponent.is_polynomial(*symbols):
        return None
    polynomial = sympy.Poly(exponent, *symbols) if symbols else None
    if polynomial is not None and polynomial.total_degree() > 1:
        return None
    found = [exponent] if polynomial is None else polynomial.coeffs()
    up, down = (max(0, *(int(sympy.ceiling(sign * c)) for c in found)) for sign in (1, -1))
    return up, down
