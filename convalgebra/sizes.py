"""What a size may be, and the little arithmetic that ints and symbols need to share one code path.

A size is an ``int`` or a sympy integer expression; a user may also write a name. Two laws hold
everywhere: the same name is the same symbol (a positive integer), and user text never reaches
``sympify``, which evaluates what it reads.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from typing import Any, TypeAlias, TypeGuard

import sympy

from convalgebra.errors import ArgumentError, SymbolError

Size: TypeAlias = int | sympy.Expr
SizeLike: TypeAlias = int | str | sympy.Expr

# The running indices of sums over taps. Plain symbols, not Dummies: a formula that is derived twice
# must come out equal. Being nonnegative, not positive, they differ from a user's own "k".
TAP_INDICES = tuple(sympy.Symbol(name, integer=True, nonnegative=True) for name in ("k", "l", "t"))
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


def is_number(size: Size) -> TypeGuard[int]:
    """Say whether a size is a number rather than a formula."""
    return isinstance(size, int)


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
                "or a sympy expression (text is never evaluated)"
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


def exact_quotient(whole: Size, part: Size) -> Size:
    """Return ``whole / part`` where the caller has made sure (or keeps the condition) that it divides.

    >>> exact_quotient(12, 4), exact_quotient(symbol("D"), symbol("D"))
    (3, 1)
    """
    if is_number(whole) and is_number(part):
        return whole // part
    quotient = sympy.cancel(sympy.Integer(whole) / part if is_number(whole) else whole / part)
    return int(quotient) if quotient.is_Integer else quotient


def same_size(a: Size, b: Size) -> bool:
    """Say whether two sizes are equal, as numbers or as formulas."""
    if is_number(a) and is_number(b):
        return a == b
    difference = sympy.expand(a - b)
    return bool(difference == 0 or sympy.simplify(difference) == 0)


# --- what is surely true of formulas -----------------------------------------------------------


def is_nonnegative(value: Size, given: Sequence[Size] = ()) -> bool:
    """Say whether ``value >= 0`` for all positive integers that satisfy ``given`` (each ``>= 0``).

    A yes is a proof; a no only means that none was found.

    >>> N, m = symbol("N"), symbol("m")
    >>> is_nonnegative(N - 1), is_nonnegative(N - m), is_nonnegative(N - m + 1, given=[N - m])
    (True, False, True)
    """
    if is_number(value):
        return value >= 0
    return _proved(value, tuple(_connected(value, [f for f in given if not is_number(f)])))


def _connected(value: sympy.Expr, facts: Sequence[sympy.Expr]) -> Iterator[sympy.Expr]:
    """Yield the facts that share a symbol with the value, or with one that does."""
    known = set(value.free_symbols)
    for _ in facts:
        known |= {s for fact in facts if fact.free_symbols & known for s in fact.free_symbols}
    yield from (fact for fact in facts if fact.free_symbols & known)


_FEW = 4


@lru_cache(maxsize=4096)
def _proved(value: sympy.Expr, facts: tuple[sympy.Expr, ...]) -> bool:
    # All of a few facts together, some, or none; of many, one at a time.
    counts = range(len(facts), -1, -1) if len(facts) <= _FEW else (len(facts), 1, 0)
    subsets = [used for r in counts for used in itertools.combinations(facts, r)]
    values = (value, *(value - fact for fact in facts))  # fact >= 0 and value >= fact
    return any(_is_plainly_nonnegative(_shifted(v, used)) for used in subsets for v in values)


def _is_plainly_nonnegative(value: sympy.Expr) -> bool:
    if value.is_nonnegative:
        return True
    # floor(x) + n >= 0 for an integer n exactly when x + n >= 0
    floors = [term for term in sympy.Add.make_args(value) if isinstance(term, sympy.floor)]
    return any(sympy.expand(f.args[0] + value - f).is_nonnegative for f in floors)


def _shifted(value: sympy.Expr, facts: Sequence[sympy.Expr]) -> sympy.Expr:
    """Rewrite ``value`` in unknowns that are all nonnegative, so that its sign can be read off.

    A fact ``x + rest >= 0`` becomes ``x = t - rest`` with ``t >= 0``; any other positive ``x``
    becomes ``1 + t``.
    """
    eliminated: list[tuple[sympy.Symbol, sympy.Expr]] = []
    for index, fact in enumerate(facts):
        rewritten = reduce(lambda f, solved: f.subs(*solved), eliminated, fact)
        solved = _solve_for_one(sympy.expand(rewritten), index)
        if solved is not None:
            value = value.subs(*solved)
            eliminated.append(solved)
    shift = {
        x: 1 + sympy.Symbol(f"_{x.name}", integer=True, nonnegative=True)
        for x in value.free_symbols
        if x.is_positive
    }
    shifted = value.subs(shift)
    return sympy.expand(shifted) if isinstance(shifted, sympy.Expr) else shifted


def _solve_for_one(fact: sympy.Expr, index: int) -> tuple[sympy.Symbol, sympy.Expr] | None:
    slack = sympy.Symbol(f"_slack{index}", integer=True, nonnegative=True)
    symbols = sorted(fact.free_symbols, key=str)
    for x in (s for s in symbols if s.is_positive):
        rest = sympy.expand(fact - x)
        if x not in rest.free_symbols:
            return x, slack - rest
    for x in (s for s in symbols if s in TAP_INDICES):  # a tap below the kernel
        rest = sympy.expand(fact + x)
        if x not in rest.free_symbols:
            return x, rest - slack
    return None


def at_least(value: Size, least: Size) -> sympy.Basic:
    """Return the condition ``value >= least``, what is subtracted on one side brought to the other.

    >>> at_least(symbol("N") - symbol("m") + 1, 1)
    N >= m
    """
    terms = sympy.Add.make_args(sympy.sympify(value - least))
    kept = [term for term in terms if not term.could_extract_minus_sign()]
    moved = [-term for term in terms if term.could_extract_minus_sign()]
    return sympy.Ge(sympy.Add(*kept), sympy.Add(*moved))


def holds(condition: sympy.Basic, given: Iterable[sympy.Basic]) -> bool:
    """Say whether a condition ``>=`` is proved by the given ones.

    >>> N = symbol("N")
    >>> holds(at_least(N, 1), []), holds(at_least(N, 3), [at_least(N, 4)])
    (True, True)
    """
    known = _facts(given)
    if not isinstance(condition, sympy.Ge):
        return bool(condition == sympy.true)
    return is_nonnegative(condition.lhs - condition.rhs, known)


def assuming(formula: sympy.Basic, conditions: Iterable[sympy.Basic]) -> sympy.Basic:
    """Rewrite a formula so that sympy knows the conditions to hold (what symbols mean changes).

    >>> N, m = symbol("N"), symbol("m")
    >>> bool(assuming(N - m >= 0, [at_least(N, m)]))
    True
    """
    known = _shifted(formula, _facts(conditions))
    return known.replace(lambda part: isinstance(part, Max), lambda part: maximum(*part.args))


def combined(conditions: Iterable[sympy.Basic]) -> tuple[sympy.Basic, ...]:
    """Return the conditions, each once, without those that the others imply.

    >>> N = symbol("N")
    >>> combined([at_least(N // 2, 1), at_least(N, 2), at_least(N, 2)])
    (N >= 2,)
    """
    kept = [c for c in dict.fromkeys(conditions) if c != sympy.true]
    for condition in tuple(kept):
        others = [c for c in kept if c != condition]
        known = _facts(others)
        if any(is_nonnegative(fact, known) for fact in _facts([condition])):
            kept = others
    return tuple(kept)


def _facts(conditions: Iterable[sympy.Basic]) -> list[sympy.Expr]:
    return [c.lhs - c.rhs for c in conditions if isinstance(c, sympy.Ge)]


# --- arithmetic that numbers and formulas share --------------------------------------------------


def ceil_div(a: Size, b: Size) -> Size:
    """Return ``a / b`` rounded up.

    >>> ceil_div(7, 2)
    4
    """
    return -(-a // b)


def maximum(a: Size, b: Size, given: Sequence[Size] = ()) -> Size:
    """Return the larger of two sizes; a formula is decided where ``given`` allows a proof.

    >>> N, m = symbol("N"), symbol("m")
    >>> maximum(2, 3), maximum(N, 1), maximum(m, N, given=[N - m]), maximum(N, 2)
    (3, N, N, Max(2, N))
    """
    if is_number(a) and is_number(b):
        return max(a, b)
    if is_nonnegative(a - b, given):
        return a
    if is_nonnegative(b - a, given):
        return b
    return Max(*sorted((sympy.sympify(a), sympy.sympify(b)), key=sympy.default_sort_key))


class Max(sympy.Function):  # type: ignore[misc]
    """The larger of two formulas that no proof decides; it is carried out once both are numbers.

    Not sympy's own ``Max``: that one compares floors wrongly (1.14 takes
    ``Max(0, floor(2/3 - Max(2, 2*k)/3) + 1)`` for 0, which it is not at k = 0).
    """

    nargs = 2

    @classmethod
    def eval(cls, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr | None:
        """Return the larger of two numbers; leave anything else as it is."""
        if a.is_number and b.is_number:
            return a if a >= b else b
        return None

    def _eval_is_integer(self) -> bool | None:
        return True if all(arg.is_integer for arg in self.args) else None

    def _eval_is_nonnegative(self) -> bool | None:
        return True if any(arg.is_nonnegative for arg in self.args) else None

    def _eval_is_positive(self) -> bool | None:
        return True if any(arg.is_positive for arg in self.args) else None

    def _latex(self, printer: Any) -> str:
        return rf"\max\left({', '.join(map(printer._print, self.args))}\right)"


def total(term: Callable[[Size, Sequence[Size]], Size], count: Size, given: Sequence[Size] = ()) -> Size:
    """Return ``term(0) + ... + term(count - 1)``: a number, a closed form, or an honest ``Sum``.

    ``term`` receives the index and what is known of it (each ``>= 0``).

    >>> N = symbol("N")
    >>> total(lambda k, known: k, 4), total(lambda k, known: N, symbol("m"))
    (6, N*m)
    >>> total(lambda k, known: maximum(N - k, 0, known), symbol("m"))
    Sum(Max(0, N - k), (k, 0, m - 1))
    """
    if is_number(count):
        return sum((term(k, given) for k in range(count)), start=0)
    index = tap_index(count, *given)
    summand = sympy.sympify(term(index, (*given, count - 1 - index)))
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
    names = {s.name for formula in formulas for s in sympy.sympify(formula).free_symbols}
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
    """Return the greatest common divisor, where numbers or equal formulas decide it.

    >>> gcd(4, 6), gcd(1, symbol("s")), gcd(symbol("s"), symbol("s"))
    (2, 1, s)
    """
    if a == b:
        return a
    if 1 in (a, b):
        return 1
    return int(sympy.igcd(number(a, "stride or dilation"), number(b, "stride or dilation")))


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
