"""Signs of formulas under conditions: which way they go, and from where on they are positive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sympy

from convalgebra.proofs import Size, at_least, is_nonnegative

# A proof about a longer factor is seldom found, and takes long.
_LONGEST = 80


def facts(conditions: Iterable[sympy.Basic]) -> list[Size]:
    """Return what conditions of the form ``>=`` say is not negative."""
    return [c.lhs - c.rhs for c in conditions if isinstance(c, sympy.Ge)]


def sign(formula: sympy.Expr, given: Sequence[Size]) -> int | None:
    """Return 1 where a formula is proved never negative, -1 never positive, 0 zero, None undecided.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> sign(-1 / (N * (N + 1)), []), sign((N - m) * m, [N - m]), sign(N - m, [])
    (-1, 1, None)
    """
    whole = sympy.factor(sympy.together(formula))
    if whole == 0:
        return 0
    signs = [_sign_of_factor(factor, given) for factor in sympy.Mul.make_args(whole)]
    return None if None in signs else int(sympy.prod(signs))


def _sign_of_factor(factor: sympy.Expr, given: Sequence[Size]) -> int | None:
    if factor.is_number:
        return 1 if factor > 0 else -1
    base, exponent = factor.as_base_exp()
    if exponent.is_Integer and exponent % 2 == 0:
        return 1
    if sympy.count_ops(base) > _LONGEST:
        return None
    if is_nonnegative(base, given):
        return 1
    return -1 if is_nonnegative(-base, given) else None


def without_positive_factors(formula: sympy.Expr, given: Sequence[Size]) -> sympy.Expr:
    """Return a formula over its factors that are proved positive: its sign is the same.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> without_positive_factors(m * (N + 1) * (N - m), [])
    N - m
    >>> without_positive_factors((N - m) / (m - N - 1), [N - m])
    -N + m
    """
    whole = sympy.factor(sympy.together(formula))
    return sympy.Mul(*(_unless_positive(f, given) for f in sympy.Mul.make_args(whole)))


def _unless_positive(factor: sympy.Expr, given: Sequence[Size]) -> sympy.Expr:
    """Return a factor, or in the place of one whose sign is proved that sign."""
    base, exponent = factor.as_base_exp()
    if factor.is_number or not exponent.is_Integer:
        return sympy.sign(factor) if factor.is_number else factor
    if base.is_positive or is_nonnegative(base - 1, given):
        return sympy.Integer(1)
    return sympy.Integer(-1) ** exponent if is_nonnegative(-base - 1, given) else factor


def positive_from(formula: sympy.Expr) -> sympy.Basic:
    """Return when an integer formula is positive: from which number on, where one symbol decides it.

    >>> from convalgebra.sizes import symbol
    >>> h, m = symbol("h"), symbol("m")
    >>> positive_from(h**2 - 1), positive_from(m - 2), positive_from(h - m)
    (h >= 2, m >= 3, h >= m + 1)
    """
    names = sorted(formula.free_symbols, key=str)
    if len(names) == 1 and formula.is_polynomial(names[0]):
        polynomial = sympy.Poly(formula, names[0])
        if polynomial.LC() > 0:
            roots = [sympy.floor(root) for root in polynomial.real_roots()]
            return sympy.Ge(names[0], max([0, *roots]) + 1)
    return at_least(formula, 1)
