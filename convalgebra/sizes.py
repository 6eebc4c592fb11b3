"""What a size may be, and the little arithmetic that ints and symbols need to share one code path.

A size is an ``int`` or a sympy integer expression; a user may also write a name. Two laws hold
everywhere: the same name is the same symbol (a positive integer), and user text never reaches
``sympify``, which evaluates what it reads.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import sympy

from convalgebra.errors import ArgumentError, SymbolError
from convalgebra.exact import worked_out
from convalgebra.proofs import TAP_INDICES, Size, as_formula, is_nonnegative, is_number

SizeLike: TypeAlias = int | str | sympy.Expr

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")


def symbol(name: str) -> sympy.Symbol:
    """Return the symbol of that name: one per name, a positive integer.

    Raises ``ArgumentError`` when ``name`` is not letters and digits, with underscores between.

    >>> symbol("N_c") is symbol("N_c"), symbol("N_c").is_positive
    (True, True)
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ArgumentError(
            f"name={name!r} is not a name: use a letter, then letters and digits, "
            "with single underscores between, such as 'N' or 'N_c'"
        )
    return sympy.Symbol(name, integer=True, positive=True)


def as_size(value: Any, argument: str, least: int | None = None) -> Size:
    """Return ``value`` as a size: an ``int``, or an expression in the registry's symbols.

    Raises ``ArgumentError`` that names ``argument`` when it is no integer or surely below ``least``.

    >>> as_size("N", "input_size") - as_size(3, "kernel_size")
    N - 3
    """
    size = _read(value, argument)
    if least is not None and is_nonnegative(least - 1 - size):
        raise ArgumentError(f"{argument}={value!r} must be at least {least}")
    return size


def _read(value: Any, argument: str) -> Size:
    if isinstance(value, str):
        if not _NAME.fullmatch(value):
            raise ArgumentError(
                f"{argument}={value!r} is not a size: use an integer, a name such as 'N' or 'N_c', "
                "or a formula of names, such as 2 * ca.symbol('q') (text is never evaluated)"
            )
        return symbol(value)
    if isinstance(value, sympy.Expr):
        return _read_expression(value, argument)
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise ArgumentError(
        f"{argument}={value!r} is not a size: use an integer, a name or a sympy integer expression"
    )


def _read_expression(value: sympy.Expr, argument: str) -> Size:
    if value.is_Integer:
        return int(value)
    try:
        ours = value.xreplace({s: symbol(s.name) for s in value.free_symbols if s.is_Symbol})
    except ArgumentError as error:
        raise ArgumentError(f"{argument}={value!r}: {error}") from None
    if ours.is_Integer:
        return int(ours)
    if not ours.is_integer:
        raise ArgumentError(
            f"{argument}={value!r} is not surely an integer: write n/2 as floor(n/2), "
            "or give the size as a multiple, such as 2*q"
        )
    return ours


def number(size: Size, what: str) -> int:
    """Return a size that must be a number; a ``SymbolError`` names the symbols otherwise.

    >>> number(3, "kernel_size")
    3
    """
    if isinstance(size, int):
        return size
    names = ", ".join(sorted(str(s) for s in size.free_symbols))
    raise SymbolError(
        f"{what} = {size} must be a number here: put numbers for {names}, "
        f"for example op.subs({', '.join(f'{n}=...' for n in names.split(', '))})"
    )


def as_number(value: sympy.Expr) -> Size:
    """Return a formula that is a whole number as an ``int``, any other as it is.

    >>> as_number(sympy.Integer(3)), as_number(symbol("N"))
    (3, N)
    """
    return int(value) if value.is_Integer else value


def exact_quotient(whole: Size, part: Size) -> Size:
    """Return ``whole / part`` where the caller has made sure (or keeps the condition) that it divides.

    >>> exact_quotient(12, 4), exact_quotient(symbol("D"), symbol("D"))
    (3, 1)
    """
    if is_number(whole) and is_number(part):
        return whole // part
    quotient = sympy.cancel(sympy.Integer(whole) / part if is_number(whole) else whole / part)
    return as_number(quotient)


def same_size(a: Size, b: Size) -> bool:
    """Say whether two sizes are equal, as numbers or as formulas."""
    if is_number(a) and is_number(b):
        return a == b
    difference = sympy.expand(a - b)
    return bool(difference == 0 or sympy.simplify(difference) == 0)


# --- arithmetic that numbers and formulas share --------------------------------------------------


def ceil_div(a: Size, b: Size) -> Size:
    """Return ``a / b`` rounded up.

    >>> ceil_div(7, 2)
    4
    """
    # Two ways to write the same; the first reads better, the second cancels where b is a formula.
    return unnested(a + b - 1, b) // b if is_number(b) and not is_number(a) else -(-a // b)


def floor_div(a: Size, b: Size) -> Size:
    """Return ``a / b`` rounded down; where a formula divides without a rest, the quotient.

    >>> H, r = symbol("H"), symbol("r")
    >>> floor_div(7, 2), floor_div(H * r - r, r), floor_div(H, 2)
    (3, H - 1, floor(H/2))
    >>> floor_div(floor_div(H, 2) + 1, 2)
    floor(H/4 + 1/2)
    """
    if is_number(a):
        return a // b
    quotient = sympy.expand(a / b)
    return quotient if quotient.is_integer else unnested(a, b) // b


def unnested(a: sympy.Expr, b: Size) -> sympy.Expr:
    """Return what, divided by b and rounded down, gives the same as ``a``: floor(floor(x)/b) is floor(x/b).

    >>> unnested(sympy.floor(symbol("H") / 2) + 1, 2)
    H/2 + 1
    """
    if not a.has(sympy.floor) or not (as_formula(b).is_integer and as_formula(b).is_positive):
        return a
    floors = [term for term in sympy.Add.make_args(a) if isinstance(term, sympy.floor)]
    if len(floors) != 1 or not (a - floors[0]).is_integer:
        return a
    return a - floors[0] + floors[0].args[0]


def total(term: Callable[[Size, Sequence[Size]], Size], count: Size, given: Sequence[Size] = ()) -> Size:
    """Return ``term(0) + ... + term(count - 1)``: a number, a closed form, or an honest ``Sum``.

    ``term`` receives the index and what is known of it (each ``>= 0``).

    >>> from convalgebra.proofs import maximum
    >>> N = symbol("N")
    >>> total(lambda k, known: k, 4), total(lambda k, known: N, symbol("m"))
    (6, N*m)
    >>> total(lambda k, known: maximum(N - k, 0, known), symbol("m"))
    Sum(Max(0, N - k), (k, 0, m - 1))
    """
    if is_number(count):
        return sum((term(k, given) for k in range(count)), start=0)
    index = tap_index(count, *given)
    summand = as_formula(term(index, (*given, count - 1 - index)))
    if index not in summand.free_symbols:
        return count * summand
    if summand.is_polynomial(index):
        return sympy.summation(summand, (index, 0, count - 1))
    return sympy.Sum(summand, (index, 0, count - 1))


def tap_index(*formulas: Size) -> sympy.Symbol:
    """Return an index for a sum over taps, of a name that the formulas do not use.

    >>> tap_index(symbol("m")), tap_index(symbol("k"))
    (k, l)
    """
    return unused(TAP_INDICES, formulas)


def unused(symbols: Sequence[sympy.Symbol], formulas: Iterable[Size]) -> sympy.Symbol:
    """Return the first symbol whose name is not in the formulas; the last one if all are."""
    names = {s.name for formula in formulas for s in as_formula(formula).free_symbols}
    return next((s for s in symbols if s.name not in names), symbols[-1])


def product(sizes: Iterable[Size]) -> Size:
    """Return the product of sizes; of none, 1.

    >>> product((2, symbol("N"), 3))
    6*N
    """
    result: Size = 1
    for size in sizes:
        result = result * size
    return result


def gcd(a: Size, b: Size) -> Size:
    """Return the greatest common divisor; where names do not decide it, its name.

    >>> gcd(4, 6), gcd(1, symbol("s")), gcd(symbol("s"), symbol("s")), gcd(symbol("s"), 2)
    (2, 1, s, gcd(2, s))
    """
    if is_number(a) and is_number(b):
        return math.gcd(a, b)
    if a == b:
        return a
    if 1 in (a, b):
        return 1
    return gcd_of(*sorted((as_formula(a), as_formula(b)), key=sympy.default_sort_key))


class gcd_of(sympy.Function):  # type: ignore[misc]  # noqa: N801 - it prints by its name
    """The greatest common divisor of two integers, carried out on numbers; sympy's is of polynomials.

    >>> gcd_of(sympy.Integer(4), sympy.Integer(6)), gcd_of(sympy.Symbol("s"), sympy.Integer(2))
    (2, gcd(s, 2))
    """

    nargs = 2
    is_integer = True
    is_positive = True

    @classmethod
    def eval(cls, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr | None:
        """Carry it out where both are numbers."""
        return sympy.Integer(sympy.igcd(a, b)) if a.is_Integer and b.is_Integer else None

    def _latex(self, printer: Any) -> str:
        return rf"\gcd\left({', '.join(map(printer._print, self.args))}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"gcd({', '.join(map(printer._print, self.args))})"


@worked_out.register(gcd_of)
def _(node: Any, values: Mapping[sympy.Symbol, Any]) -> Any:
    return math.gcd(*(worked_out(part, values) for part in node.args))


# --- putting numbers for names -------------------------------------------------------------------


def substitute(size: Size, values: dict[sympy.Symbol, Size], argument: str = "size") -> Size:
    """Return ``size`` with numbers (or other sizes) put for its symbols, all at once.

    >>> substitute(symbol("N") + 1, {symbol("N"): 4})
    5
    """
    if is_number(size):
        return size
    return as_size(evaluate(size, values), argument)


def evaluate(formula: sympy.Expr, values: dict[sympy.Symbol, Size]) -> sympy.Expr:
    """Return a formula with values put for its symbols, its sums and limits carried out."""
    return formula.subs(values, simultaneous=True).doit()
