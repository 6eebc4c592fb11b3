"""A yes of the prover is a proof: it is held against numbers, for names of every kind."""

from __future__ import annotations

from itertools import product as grid

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.proofs import assuming, at_least, combined, is_nonnegative

# Names that the prover itself could be tempted to use are among them.
NAMES = tuple(map(ca.symbol, ("N", "m", "k", "slack0", "slack1")))


@st.composite
def sums(draw: st.DrawFn) -> sympy.Expr:
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    terms = [draw(st.integers(-2, 2)) * x for x in chosen]
    if draw(st.booleans()):
        terms.append(sympy.floor(sympy.Add(*terms) / draw(st.integers(2, 3))))
    return sympy.Add(*terms) + draw(st.integers(-4, 4))


@given(sums(), st.lists(sums(), max_size=3))
@settings(max_examples=300)
def test_what_is_proved_is_true(value: sympy.Expr, facts: list[sympy.Expr]) -> None:
    if not is_nonnegative(value, facts):
        return
    run = sympy.lambdify(NAMES, [value, *facts], "math")
    for point in grid((1, 2, 3, 5, 9), repeat=len(NAMES)):
        result, *known = run(*point)
        assert result >= 0 or any(fact < 0 for fact in known), (value, facts, point)


@st.composite
def quotients(draw: st.DrawFn) -> sympy.Expr:
    """Draw a number over a product of names, less another: what strides in a row make of a size."""
    below = sympy.Mul(*draw(st.lists(st.sampled_from(NAMES[:3]), min_size=1, max_size=3)))
    whole = draw(st.integers(1, 40)) / below
    return draw(st.sampled_from((whole, sympy.floor(whole)))) - draw(st.integers(-2, 12))


@pytest.mark.sweep
@given(quotients(), st.lists(sums(), max_size=2))
def test_what_is_proved_of_quotients_is_true(value: sympy.Expr, facts: list[sympy.Expr]) -> None:
    if is_nonnegative(value, facts):
        for point in grid((1, 2, 3, 7), repeat=len(NAMES)):
            put = dict(zip(NAMES, point, strict=True))
            assert value.subs(put) >= 0 or any(fact.subs(put) < 0 for fact in facts), (value, facts, put)


def test_a_number_over_two_names_is_not_large() -> None:
    N, m = ca.symbol("N"), ca.symbol("m")
    assert not is_nonnegative(144 / (N * m) - 30)
    s, t = ca.symbol("s"), ca.symbol("t")
    size = ca.conv(1, 1, 144, 3, stride=s * t).output_size
    assert ca.conv(1, 1, size, 31).conditions == (sympy.Ge(sympy.floor(141 / (s * t)), 30),)


def test_a_name_like_a_slack_proves_nothing() -> None:
    N, slack = ca.symbol("N"), ca.symbol("slack0")
    assert not is_nonnegative(N - slack - 3, given=[N - 5])
    assert is_nonnegative(N - slack, given=[N - slack])


@given(st.lists(sums(), min_size=1, max_size=3))
def test_a_condition_that_is_left_out_was_implied(facts: list[sympy.Expr]) -> None:
    conditions = [at_least(fact, 0) for fact in facts]
    kept = combined(conditions)
    every, some = (sympy.lambdify(NAMES, sympy.And(*c), "math") for c in (conditions, kept))
    for point in grid((1, 2, 5), repeat=len(NAMES)):
        assert bool(every(*point)) == bool(some(*point)), (conditions, kept, point)


def test_assuming_decides_a_maximum() -> None:
    N, m = ca.symbol("N"), ca.symbol("m")
    larger = ca.Axis("N", "m").taps_inside / m
    assert sympy.simplify(assuming(larger - (N - m + 1), [at_least(N, m)])) == 0
