"""Two operators beside each other: ratio, limits, which way it goes, where one is cheaper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as grid

import sympy

from convalgebra.counting.arguments import check_count, check_operator
from convalgebra.counting.closed import closed_form, is_closed
from convalgebra.counting.grids import meeting
from convalgebra.counting.quantity import COUNTS, Quantity
from convalgebra.counting.ratio import growing
from convalgebra.counting.signs import facts, positive_from, sign, without_positive_factors
from convalgebra.errors import ArgumentError
from convalgebra.formulas import (
    cancelled,
    conditions_text,
    positive_factors,
    shortest,
    sizes_text,
    split,
    text,
    tidy,
)
from convalgebra.operators.base import Operator
from convalgebra.proofs import as_formula, at_least, combined, holds

# Sizes of the sample table: kernels, strides, groups; and what a layer lets grow, which these divide.
_SMALL, _LARGE = (1, 2, 3, 5), (12, 60, 240)
_LONGEST = 16


@dataclass(frozen=True)
class Trend:
    """Where the ratio goes as a symbol grows: "falls", "grows", "stays", "not decided"; and its limit."""

    symbol: sympy.Symbol
    direction: str
    limit: sympy.Expr | None


@dataclass(frozen=True)
class Crossover:
    """Where the first operator is cheaper: ``condition`` in one symbol, ``given`` that of the others.

    ``otherwise`` says "never" where the first one is not cheaper for any size that does not meet ``given``.
    """

    symbol: sympy.Symbol
    condition: sympy.Basic
    given: sympy.Basic
    otherwise: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether a person would print it: a longer bound says less than the ratio itself."""
        return all(sympy.count_ops(part) <= _LONGEST for part in (self.condition, self.given))

    def __str__(self) -> str:
        given = "" if self.given == sympy.true else f" (for {text(self.given)}"
        end = ")" if given else ""
        return f"{text(self.condition)}{given}{', never otherwise' if self.otherwise else ''}{end}"


@dataclass(frozen=True)
class Row:
    """One line of the sample table."""

    sizes: tuple[tuple[str, int], ...]
    a: int | Fraction
    b: int | Fraction

    @property
    def ratio(self) -> Fraction:
        """What ``a`` takes of what ``b`` takes."""
        return Fraction(self.a) / Fraction(self.b)


@dataclass(frozen=True)
class Comparison:
    """What one operator costs beside another, under ``conditions``. Made by ``ca.compare``.

    ``a`` and ``b`` are the two counts, ``ratio`` what the first takes of the second; what the other fields
    say, ``compare`` says.

    >>> import convalgebra as ca
    >>> found = ca.compare(ca.conv("D", 2, "N", 3), ca.conv("D", 6, "N", 3))
    >>> found.ratio, found.conditions, found.always
    (1/3, (N >= 3,), 'cheaper for all sizes')
    """

    a: Quantity
    b: Quantity
    ratio: sympy.Expr
    conditions: tuple[sympy.Basic, ...]
    trends: tuple[Trend, ...]
    crossovers: tuple[Crossover, ...]
    always: str
    orders: tuple[sympy.Expr, sympy.Expr]
    table: tuple[Row, ...]

    def __str__(self) -> str:
        lines = [f"ratio of {self.a.unit}: {text(self.ratio)}"]
        if self.conditions:
            lines.append(f"if {conditions_text(self.conditions)}")
        for trend in self.trends:
            limit = "" if trend.limit is None else f", to {text(trend.limit)}"
            lines.append(f"as {trend.symbol} grows the ratio {_VERBS[trend.direction]}{limit}")
        if self.always:
            lines.append(f"the first is {self.always}")
        lines += [f"the first is cheaper where {crossover}" for crossover in self.crossovers]
        if self.a.symbols | self.b.symbols:
            lines.append(f"orders: {text(self.orders[0])} and {text(self.orders[1])}")
        lines += [
            f"{sizes_text(row.sizes) or 'numbers'}: {row.a} / {row.b} = {float(row.ratio):.4g}"
            for row in self.table
        ]
        return "\n".join(lines)


_VERBS = {
    "falls": "falls or stays",
    "grows": "grows or stays",
    "stays": "stays",
    "not decided": "may go either way",
}


def compare(a: Operator, b: Operator, quantity: str = "multiplications") -> Comparison:
    """Return what ``a`` costs beside ``b``: the ratio in its simplest form, and what can be said of it.

    ``trends`` says for each symbol whether the ratio falls or grows and its limit; ``crossovers`` for which
    sizes ``a`` is cheaper, solved for each symbol; ``orders`` the leading terms of the two counts as images
    and channels grow; ``table`` some sizes. ``quantity`` is one of multiplications, mult_adds, additions,
    parameters. What is said is proved under ``conditions``; what is not proved is left out.

    Raises ``ArgumentError`` when an argument is no operator or no quantity, or ``b`` takes nothing.

    >>> import convalgebra as ca
    >>> found = ca.compare(
    ...     ca.depthwise_separable("D", "N_c", ("H", "W"), "h"), ca.conv("D", "N_c", ("H", "W"), "h")
    ... )
    >>> print("\\n".join(str(found).splitlines()[:7]))
    ratio of multiplications: 1/N_c + 1/h**2
    if H >= h, W >= h
    as N_c grows the ratio falls or stays, to 1/h**2
    as h grows the ratio falls or stays, to 1/N_c
    the first is cheaper where N_c > h**2/(h**2 - 1) (for h >= 2, never otherwise)
    the first is cheaper where h > sqrt(N_c)/sqrt(N_c - 1) (for N_c >= 2, never otherwise)
    orders: D*H*N_c*W and D*H*N_c*W*h**2
    """
    check_operator("a", a)
    check_operator("b", b)
    check_count("quantity", quantity, COUNTS)
    first, second = closed_form(a, quantity), closed_form(b, quantity)
    if second.value == 0:
        raise ArgumentError(f"b={b!r} has no {quantity}: no ratio to it exists")
    top, bottom = as_formula(first.value), as_formula(second.value)
    conditions = multiplying(bottom, combined((*first.conditions, *second.conditions)))
    order = growing(a, b)
    ratio = split(top / bottom, order)
    difference = without_positive_factors(1 - ratio, facts(conditions))
    return Comparison(
        first,
        second,
        ratio,
        conditions,
        tuple(_trends(ratio, order, conditions)),
        tuple(_crossovers(difference, order, facts(conditions))),
        _always(difference, facts(conditions)),
        (leading(top, order), leading(bottom, order)),
        tuple(_table(first, second, order, conditions)),
    )


def multiplying(count: sympy.Expr, conditions: tuple[sympy.Basic, ...]) -> tuple[sympy.Basic, ...]:
    """Return the conditions, and that a count which is divided by is not zero: all taps may be padding.

    >>> from convalgebra.sizes import symbol
    >>> D = symbol("D")
    >>> multiplying(D, ()), multiplying(D - 1, ())
    ((), (D >= 2,))
    """
    needed = at_least(without_positive_factors(count, facts(conditions)), 1)
    return conditions if holds(needed, conditions) else combined((*conditions, needed))


# --- trends --------------------------------------------------------------------------------------


def _trends(
    ratio: sympy.Expr, order: Sequence[sympy.Symbol], conditions: Sequence[sympy.Basic]
) -> Iterator[Trend]:
    others = sorted(ratio.free_symbols - set(order), key=str)
    for symbol in (*order, *others):
        if symbol in ratio.free_symbols and is_closed(ratio):
            bounded = _is_bounded(symbol, ratio, conditions)
            limit = None if bounded else _limit(ratio, symbol)
            yield Trend(symbol, _direction(ratio, symbol, conditions), limit)


def _is_bounded(symbol: sympy.Symbol, ratio: sympy.Expr, conditions: Sequence[sympy.Basic]) -> bool:
    """Say whether the conditions keep a symbol below others of the ratio: a kernel within its image."""
    about = (c for c in conditions if symbol in c.free_symbols and c.free_symbols <= ratio.free_symbols)
    grown = (as_formula(fact).subs(symbol, symbol + 1) - fact for fact in facts(about))
    return any(sign(step, []) in (None, -1) for step in grown)


def _direction(ratio: sympy.Expr, symbol: sympy.Symbol, conditions: Sequence[sympy.Basic]) -> str:
    """Say how the ratio changes from one size to the next, where both meet the conditions."""
    known = facts(conditions)
    both = [*known, *(fact.subs(symbol, symbol + 1) for fact in map(as_formula, known))]
    step = sign(ratio.subs(symbol, symbol + 1) - ratio, both)
    return "not decided" if step is None else ("falls", "stays", "grows")[step + 1]


def _limit(ratio: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr | None:
    if ratio.has(sympy.floor):
        return None
    limit = sympy.limit(ratio, symbol, sympy.oo)
    unknown = limit.has(sympy.zoo, sympy.nan, sympy.Limit) or (limit.has(sympy.oo) and limit != sympy.oo)
    return None if unknown else cancelled(limit)


# --- where one is cheaper ------------------------------------------------------------------------


def _always(difference: sympy.Expr, known: Sequence[sympy.Expr]) -> str:
    """Say what holds for all sizes; the difference has the sign of what ``b`` takes beyond ``a``.

    It bears no factor that is proved positive: it is 1 where all of it is.
    """
    match sign(difference, known):
        case None:
            return ""
        case 0:
            return "as dear for all sizes"
        case -1:
            return "never cheaper"
    return "cheaper for all sizes" if difference == 1 else "never dearer"


def _crossovers(
    difference: sympy.Expr, order: Sequence[sympy.Symbol], known: Sequence[sympy.Expr]
) -> Iterator[Crossover]:
    if sign(difference, known) is not None:
        return
    others = sorted(difference.free_symbols - set(order), key=str)
    for symbol in (*order, *others):
        if symbol in difference.free_symbols and difference.is_polynomial(symbol):
            found = _solved(sympy.Poly(difference, symbol), symbol, known)
            yield from (each for each in found if each.is_readable)


def _solved(
    polynomial: sympy.Poly, symbol: sympy.Symbol, known: Sequence[sympy.Expr]
) -> Iterator[Crossover]:
    """Solve ``slope*x**degree + rest > 0`` for x, where the polynomial has no other terms."""
    degree, slope = polynomial.degree(), polynomial.LC()
    rest = polynomial.as_expr() - slope * symbol**degree
    if symbol in rest.free_symbols or degree not in (1, 2):
        return
    found = sign(slope, known)
    falls = found == -1
    up, other = (-slope, rest) if falls else (slope, -rest)
    given = sympy.true if sign(up - 1, known) == 1 else positive_from(up)
    # Where the slope is zero or of the other sign, the rest alone decides; it is not zero.
    never = "never" if given != sympy.true and sign(rest, known) == -1 else ""
    relation = sympy.Lt if falls else sympy.Gt
    rooted = degree == 2 and sign(other, known) == 1
    yield Crossover(symbol, _bounded(symbol, degree, up, other, relation, rooted), given, never)


def _bounded(
    symbol: sympy.Symbol,
    degree: int,
    up: sympy.Expr,
    other: sympy.Expr,
    relation: type[sympy.Rel],
    rooted: bool,
) -> sympy.Basic:
    """Return ``up * x**degree`` beside ``other`` as a bound of x: ``x > other/up``, for positive ``up``.

    With several names below, the bound stays multiplied out: sympy judges ``30 > 144/(N*m)`` wrongly.
    Of a square the root is taken if ``rooted``: not where the bound may be negative at some sizes.
    """
    above, below = sympy.fraction(cancelled(other / up))
    if len(below.free_symbols) > 1:
        return relation(*(_forwards(as_formula(tidy(side))) for side in (up * symbol**degree, other)))
    if above.could_extract_minus_sign():
        above, below = positive_factors(-above), positive_factors(-below)
    bound = above / shortest(sympy.expand(below), below)
    return relation(symbol, sympy.sqrt(bound)) if rooted else relation(symbol**degree, bound)


def _forwards(product: sympy.Expr) -> sympy.Expr:
    """Return a product without a minus sign in front, if one of its factors is a sum to take it."""
    turned = next((factor for factor in sympy.Mul.make_args(product) if factor.is_Add), None)
    if turned is None or not product.could_extract_minus_sign():
        return product
    return -product / turned * -turned


# --- orders and the table ------------------------------------------------------------------------


def leading(count: sympy.Expr, order: Sequence[sympy.Symbol]) -> sympy.Expr:
    """Return the leading terms of a count as the symbols of ``order`` grow together.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> leading(m * (N - m + 1), (N,))
    N*m
    """
    smooth = count.replace(sympy.floor, lambda inside: inside)  # less than one apart
    symbols = [s for s in order if s in smooth.free_symbols]
    if not symbols or not smooth.is_polynomial(*symbols):
        return count
    terms = sympy.Poly(smooth, *symbols).terms()
    most = max(sum(powers) for powers, _ in terms)
    kept = [(powers, c) for powers, c in terms if sum(powers) == most]
    products = (c * sympy.Mul(*(s**e for s, e in zip(symbols, powers, strict=True))) for powers, c in kept)
    return sympy.factor(sympy.Add(*products))


def _table(
    a: Quantity, b: Quantity, order: Sequence[sympy.Symbol], conditions: Sequence[sympy.Basic]
) -> Iterator[Row]:
    symbols = sorted(a.symbols | b.symbols, key=str)
    drawn = (
        tuple(large if s in order else small for s in symbols) for small, large in grid(_SMALL, _LARGE)
    )
    for sizes in meeting(symbols, dict.fromkeys(drawn), conditions):
        row = Row(tuple(sizes.items()), *(_at(quantity, sizes) for quantity in (a, b)))
        yield from [row] if row.b else []


def _at(quantity: Quantity, sizes: dict[str, int]) -> int | Fraction:
    names = {s.name for s in quantity.symbols}
    return quantity.at({name: value for name, value in sizes.items() if name in names})
