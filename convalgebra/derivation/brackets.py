"""What a count is before anything is known of it: a sum over outputs and taps of a bare condition.

A ``Tally`` and a ``Farthest`` are never carried out in symbols here: they are gone through, number by
number, so that the closed form which a derivation puts for them is really checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, count
from itertools import product as grid
from math import prod
from typing import Any

import numpy as np
import sympy

from convalgebra.exact import TooLongError, Values, worked_out
from convalgebra.formulas import latex, text
from convalgebra.proofs import Size, as_formula, is_nonnegative

Ranges = tuple[tuple[sympy.Symbol, sympy.Expr], ...]


def index(letter: str, used: Iterable[str]) -> sympy.Symbol:
    """Return a running index of that letter; numbered where the letter is taken.

    >>> index("i", {"N"}), index("i", {"i", "N"})
    (i, i_1)
    """
    taken = set(used)
    names = chain([letter], (f"{letter}_{at}" for at in count(1)))
    name = next(n for n in names if n not in taken)
    return sympy.Symbol(name, integer=True, nonnegative=True)


class Bracket(sympy.Function):  # type: ignore[misc]
    """Iverson's bracket: 1 where what stands in it is true, 0 where it is not.

    ``Bracket(low, value, high)`` is ``[low <= value < high]``, ``Bracket(value, high)`` is
    ``[value <= high]``.
    """

    nargs = (2, 3)

    @classmethod
    def eval(cls, *parts: sympy.Expr) -> sympy.Expr | None:
        """Return 1 or 0 for numbers; leave anything else as it is."""
        if not all(part.is_number for part in parts):
            return None
        return sympy.Integer(bool(parts[0] <= parts[1] and (len(parts) < 3 or parts[1] < parts[2])))

    @property
    def room(self) -> tuple[sympy.Expr, ...]:
        """What must not be negative for the bracket to be 1."""
        if len(self.args) == 2:
            return (self.args[1] - self.args[0],)
        low, value, high = self.args
        return (value - low, high - 1 - value)

    def _eval_is_integer(self) -> bool:
        return True

    def _eval_is_nonnegative(self) -> bool:
        return True

    def _latex(self, printer: Any) -> str:
        parts = tuple(map(printer._print, self.args))
        return (
            r"\left[{} \le {}\right]".format(*parts)
            if len(parts) == 2
            else r"\left[{} \le {} < {}\right]".format(*parts)
        )

    def _sympystr(self, printer: Any) -> str:
        parts = tuple(map(printer._print, self.args))
        return "[{} <= {}]".format(*parts) if len(parts) == 2 else "[{} <= {} < {}]".format(*parts)


class _Ranged(sympy.Expr):  # type: ignore[misc]
    """A formula over indices that each run from 0 to below a count."""

    precedence = 1000  # written like a function, it needs no brackets

    def __new__(cls, formula: Size, *ranges: Any) -> _Ranged:
        """Make the node; each range is an index and its count."""
        pairs = (sympy.Tuple(at, as_formula(count)) for at, count in ranges)
        made: _Ranged = super().__new__(cls, as_formula(formula), *pairs)
        return made

    @property
    def formula(self) -> sympy.Expr:
        """What is taken at each value of the indices."""
        return self.args[0]

    @property
    def ranges(self) -> Ranges:
        """The indices and their counts, the outer one first."""
        return tuple((pair[0], pair[1]) for pair in self.args[1:])

    @property
    def free_symbols(self) -> set[sympy.Basic]:
        """The symbols that are no index of this node."""
        return set(super().free_symbols) - {at for at, _ in self.ranges}

    def _eval_is_integer(self) -> bool | None:
        return self.formula.is_integer  # type: ignore[no-any-return]

    def _eval_is_nonnegative(self) -> bool | None:
        return self.formula.is_nonnegative  # type: ignore[no-any-return]


class Tally(_Ranged):
    """The sum of a formula over its indices.

    >>> from convalgebra.sizes import symbol
    >>> i, N = index("i", ()), symbol("N")
    >>> print(text(Tally(Bracket(1, i, N), (i, N + 1))))
    sum([1 <= i < N], i < N + 1)
    """

    def _latex(self, printer: Any) -> str:
        signs = (rf"\sum_{{{latex(at)}=0}}^{{{latex(count - 1)}}}" for at, count in self.ranges)
        factors = sympy.Mul.make_args(self.formula)
        return " ".join([r" \; ".join(signs), r" \, ".join(map(printer._print, factors))])

    def _sympystr(self, printer: Any) -> str:
        ranges = ", ".join(f"{text(at)} < {text(count)}" for at, count in self.ranges)
        return f"sum({printer._print(self.formula)}, {ranges})"


class Farthest(_Ranged):
    """The largest value of a formula over its indices.

    >>> k = index("k", ())
    >>> print(text(Farthest(2 * k, (k, 3))))
    max(2*k, k < 3)
    """

    def _latex(self, printer: Any) -> str:
        below = r", \, ".join(rf"{latex(at)} < {latex(count)}" for at, count in self.ranges)
        inside = printer._print(self.formula)
        return rf"\max_{{{below}}} " + (inside if self.formula.is_Symbol else rf"\left({inside}\right)")

    def _sympystr(self, printer: Any) -> str:
        ranges = ", ".join(f"{text(at)} < {text(count)}" for at, count in self.ranges)
        return f"max({printer._print(self.formula)}, {ranges})"


# --- at numbers ----------------------------------------------------------------------------------

# Beyond this many terms a sum is not gone through; up to so many at a time.
_MOST_TERMS = 50_000_000
_AT_ONCE = 1_000_000


@worked_out.register(Bracket)
def _(node: Any, values: Values) -> Any:
    return prod(worked_out(room, values) >= 0 for room in node.room)


@worked_out.register(Tally)
def _(node: Any, values: Values) -> Any:
    return _gathered(node, values, lambda terms: int(terms.sum()), sum)


@worked_out.register(Farthest)
def _(node: Any, values: Values) -> Any:
    return _gathered(node, values, lambda terms: int(terms.max()), max)


def _gathered(node: Any, values: Values, one: Callable[[Any], int], all_: Callable[[Any], int]) -> int:
    """Take a formula at every value of its indices: the outer ones one by one, the rest as one table."""
    counts = [int(worked_out(count, values)) for _, count in node.ranges]
    if prod(counts) > _MOST_TERMS:
        raise TooLongError(f"formula: {prod(counts)} terms are too many to go through")
    if 0 in counts:
        return 0
    outer = 0
    while prod(counts[outer:]) > _AT_ONCE:
        outer += 1
    names = [at for at, _ in node.ranges]
    table = np.meshgrid(*(np.arange(n) for n in counts[outer:]), indexing="ij", sparse=True)
    inside = dict(zip(names[outer:], table, strict=True))
    found = []
    for chosen in grid(*map(range, counts[:outer])):
        here = {**values, **dict(zip(names, chosen, strict=False)), **inside}
        found.append(one(np.broadcast_to(worked_out(node.formula, here), counts[outer:])))
    return all_(found)


# --- what can be proved of them ------------------------------------------------------------------


def settled(formula: sympy.Basic, known: Sequence[sympy.Expr]) -> sympy.Basic:
    """Return a formula with each tally whose conditions always hold as the product of its counts.

    ``known`` are formulas that are not negative. A farthest point whose steps are not negative is the
    one at the last value of each index.

    >>> from convalgebra.sizes import symbol
    >>> i, k, N, m = index("i", ()), index("k", ()), symbol("N"), symbol("m")
    >>> settled(Tally(Bracket(0, i + k, N), (i, N - m + 1), (k, m)), [N - m])
    m*(N - m + 1)
    """

    def put(node: Any) -> sympy.Expr:
        facts = [*known, *(fact for at, count in node.ranges for fact in _below(at, count))]
        return _settled_tally(node, facts) if isinstance(node, Tally) else _settled_farthest(node, facts)

    return formula.replace(lambda node: isinstance(node, _Ranged), put)


def _settled_tally(node: Tally, facts: Sequence[sympy.Expr]) -> sympy.Expr:
    if len(node.ranges) == 1 and isinstance(node.formula, Bracket) and len(node.formula.args) == 2:
        return _settled_steps(node, facts)
    factors = sympy.Mul.make_args(node.formula)
    if all(_always(factor, facts) for factor in factors):
        return sympy.Mul(*(count for _, count in node.ranges))
    return (
        sympy.Mul(*(_one_of(factor, node.ranges) for factor in factors))
        if _are_apart(factors, node)
        else node
    )


def _are_apart(factors: Sequence[sympy.Expr], node: Tally) -> bool:
    """Say whether each index stands in exactly one factor: then a sum of products is a product of sums."""
    return all(sum(at in factor.free_symbols for factor in factors) == 1 for at, _ in node.ranges)


def _one_of(factor: sympy.Expr, ranges: Ranges) -> sympy.Expr:
    own = [(at, count) for at, count in ranges if at in factor.free_symbols]
    return Tally(factor, *own) if own else factor


def _settled_steps(node: Tally, facts: Sequence[sympy.Expr]) -> sympy.Expr:
    """Return how many steps of one length fit into a room that is no longer than all of them."""
    ((at, count),), (value, high) = node.ranges, node.formula.args
    pace = sympy.expand(value).coeff(at)
    room = sympy.expand(high - value + pace * at)
    fits = pace.is_positive and at not in room.free_symbols
    if not fits or not is_nonnegative(room, facts) or not is_nonnegative(pace * count - 1 - room, facts):
        return node
    return sympy.floor(room / pace) + 1


def _always(factor: sympy.Expr, facts: Sequence[sympy.Expr]) -> bool:
    if not isinstance(factor, Bracket):
        return bool(factor == 1)
    return all(is_nonnegative(room, facts) for room in factor.room)


def _settled_farthest(node: Farthest, facts: Sequence[sympy.Expr]) -> sympy.Expr:
    if not all(is_nonnegative(node.formula.coeff(at), facts) for at, _ in node.ranges):
        return node
    return sympy.expand(node.formula.subs({at: count - 1 for at, count in node.ranges}, simultaneous=True))


def _below(at: sympy.Symbol, count: sympy.Expr) -> Sequence[sympy.Expr]:
    """Say that an index is below its count; of ``floor(x/s) + 1``, that ``s`` steps stay within ``x``."""
    floors = [term for term in sympy.Add.make_args(count) if isinstance(term, sympy.floor)]
    if len(floors) != 1:
        return [count - 1 - at]
    inside = floors[0].args[0] + (count - 1 - floors[0])
    below = sympy.denom(sympy.together(inside))
    return [sympy.expand(below * (inside - at))]
