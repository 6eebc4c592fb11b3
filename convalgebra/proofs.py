"""What is surely true of formulas: signs that hold for all positive integers under given conditions."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from typing import Any, TypeAlias, TypeGuard

import sympy

Size: TypeAlias = int | sympy.Expr

# The running indices of sums over taps. Plain symbols, not Dummies: a formula that is derived twice
# must come out equal. Being nonnegative, not positive, they differ from a user's own "k".
TAP_INDICES = tuple(sympy.Symbol(name, integer=True, nonnegative=True) for name in ("k", "l", "t"))


def is_number(size: Size) -> TypeGuard[int]:
    """Say whether a size is a number rather than a formula."""
    return isinstance(size, int)


def as_formula(size: Size) -> sympy.Expr:
    """Return a size as a formula, a number too.

    >>> as_formula(3).is_Integer
    True
    """
    return sympy.Integer(size) if isinstance(size, int) else size


def is_nonnegative(value: Size, given: Sequence[Size] = ()) -> bool:
    """Say whether ``value >= 0`` for all positive integers that satisfy ``given`` (each ``>= 0``).

    A yes is a proof; a no only means that none was found.

    >>> from convalgebra.sizes import symbol
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
    if _has_no_negative_part(value):
        return True
    # floor(x) + n >= 0 for an integer n exactly when x + n >= 0
    floors = [term for term in sympy.Add.make_args(value) if isinstance(term, sympy.floor)]
    rests = ((floor.args[0], value - floor) for floor in floors)
    return any(rest.is_integer and _has_no_negative_part(sympy.expand(x + rest)) for x, rest in rests)


def _has_no_negative_part(value: sympy.Expr) -> bool:
    """Say whether a formula is put together from parts that are not negative, in ways that keep that.

    Sympy's own answer for a sum is no proof: 1.14 says that ``144/(N*m) - 30`` is not negative.
    """
    if value.is_Add or value.is_Mul:
        return all(map(_has_no_negative_part, value.args))
    if value.is_Pow:
        base, exponent = value.args
        return _has_no_negative_part(base) or (exponent.is_Integer and exponent % 2 == 0)
    if isinstance(value, sympy.floor | sympy.ceiling | sympy.Sum):
        return _has_no_negative_part(value.args[0])
    if isinstance(value, Max | sympy.Max):
        return any(map(_has_no_negative_part, value.args))
    if isinstance(value, sympy.Mod):
        return _has_no_negative_part(value.args[1])
    return bool((value.is_number or value.is_Symbol) and value.is_nonnegative)


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
    # Two underscores: the shifted symbols have one, and a user's name begins with none.
    slack = sympy.Symbol(f"__slack{index}", integer=True, nonnegative=True)
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

    >>> from convalgebra.sizes import symbol
    >>> at_least(symbol("N") - symbol("m") + 1, 1)
    N >= m
    """
    terms = sympy.Add.make_args(as_formula(value - least))
    kept = [term for term in terms if not term.could_extract_minus_sign()]
    moved = [-term for term in terms if term.could_extract_minus_sign()]
    return sympy.Ge(sympy.Add(*kept), sympy.Add(*moved))


def holds(condition: sympy.Basic, given: Iterable[sympy.Basic]) -> bool:
    """Say whether a condition ``>=`` is proved by the given ones.

    >>> from convalgebra.sizes import symbol
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

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> bool(assuming(N - m >= 0, [at_least(N, m)]))
    True
    """
    known = _shifted(formula, _facts(conditions))
    return known.replace(lambda part: isinstance(part, Max), lambda part: maximum(*part.args))


def combined(conditions: Iterable[sympy.Basic]) -> tuple[sympy.Basic, ...]:
    """Return the conditions, each once, without those that the others imply.

    >>> from convalgebra.sizes import symbol
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


# --- the larger of two --------------------------------------------------------------------------


def maximum(a: Size, b: Size, given: Sequence[Size] = ()) -> Size:
    """Return the larger of two sizes; a formula is decided where ``given`` allows a proof.

    >>> from convalgebra.sizes import symbol
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
    return Max(*sorted((as_formula(a), as_formula(b)), key=sympy.default_sort_key))


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

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        found = rf"\max\left({', '.join(map(printer._print, self.args))}\right)"
        return found if exp is None else f"{found}^{{{exp}}}"
