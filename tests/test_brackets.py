"""Bare sums over brackets: read on paper, gone through number by number, and what is proved of them."""

from __future__ import annotations

from itertools import product as grid
from typing import Any

import numpy as np
import pytest
import sympy

import convalgebra as ca
from convalgebra.derivation import brackets
from convalgebra.derivation.brackets import Bracket, Farthest, Tally, index, settled
from convalgebra.exact import TooLongError, value, worked_out
from convalgebra.formulas import latex, text

N, m, s = map(ca.symbol, ("N", "m", "s"))
i, j, k = (index(letter, ()) for letter in "ijk")
floor = sympy.floor


# --- on paper ------------------------------------------------------------------------------------


def test_an_index_is_numbered_on_until_its_name_is_free() -> None:
    names = [str(index("i", {"i", *(f"i_{at}" for at in range(1, taken))})) for taken in (1, 2, 5)]
    assert names == ["i_1", "i_2", "i_5"]
    assert index("i", {"N", "i_1"}).name == "i"
    assert index("i", ()).is_nonnegative
    assert index("i", ()).is_integer


@pytest.mark.parametrize(
    ("node", "plain", "typeset"),
    [
        (Bracket(i, N), "[i <= N]", r"\left[i \le N\right]"),
        (Bracket(1, i, N), "[1 <= i < N]", r"\left[1 \le i < N\right]"),
        (
            Tally(Bracket(0, i + k, N), (i, N - m + 1), (k, m)),
            "sum([0 <= i + k < N], i < N - m + 1, k < m)",
            r"\sum_{i=0}^{N - m} \; \sum_{k=0}^{m - 1} \left[0 \le i + k < N\right]",
        ),
        (
            Tally(Bracket(i, N) * Bracket(j, m), (i, N), (j, m)),
            "sum([i <= N]*[j <= m], i < N, j < m)",
            r"\sum_{i=0}^{N - 1} \; \sum_{j=0}^{m - 1} \left[i \le N\right] \, \left[j \le m\right]",
        ),
        (Farthest(k, (k, 3)), "max(k, k < 3)", r"\max_{k < 3} k"),
        (
            Farthest(2 * k + j, (k, m), (j, 3)),
            "max(j + 2*k, k < m, j < 3)",
            r"\max_{k < m, \, j < 3} \left(j + 2 k\right)",
        ),
        (
            2 * Tally(Bracket(i, N), (i, N)) + 1,
            "2*sum([i <= N], i < N) + 1",
            r"2 \sum_{i=0}^{N - 1} \left[i \le N\right] + 1",
        ),
    ],
    ids=str,
)
def test_sums_read_on_paper_from_nothing_to_the_last_of_each_index(
    node: sympy.Expr, plain: str, typeset: str
) -> None:
    assert text(node) == plain
    assert latex(node) == typeset


def test_an_index_is_no_symbol_of_its_sum() -> None:
    tally = Tally(Bracket(0, i + k, N), (i, N), (k, m))
    assert tally.free_symbols == {N, m}
    assert tally.ranges == ((i, N), (k, m))
    assert tally.formula == Bracket(0, i + k, N)


def test_a_sum_of_whole_numbers_is_one_and_of_halves_it_is_not_known() -> None:
    bracket = Bracket(0, i, N)
    assert (bracket.is_integer, bracket.is_nonnegative) == (True, True)
    assert (Tally(bracket, (i, N)).is_integer, Tally(bracket, (i, N)).is_nonnegative) == (True, True)
    assert Tally(i / 2, (i, N)).is_integer is None
    assert Tally(-i, (i, N)).is_nonnegative is None


# --- at numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("low", [-2, 0, 1, 3])
def test_a_bracket_counts_from_its_lower_end_to_below_its_upper_one(low: int) -> None:
    for high, reads in grid(range(-1, 6), (lambda a: a, lambda a: 2 * a - 1, lambda a: 3 - a)):
        tally = Tally(Bracket(low, reads(i), m - 3), (i, 5))
        assert value(tally, {m: high + 3}) == sum(low <= reads(a) < high for a in range(5))
        tally = Tally(Bracket(reads(i), m - 3), (i, 5))
        assert value(tally, {m: high + 3}) == sum(reads(a) <= high for a in range(5))


@pytest.mark.parametrize("low", [-1, 0, 2])
def test_of_numbers_a_bracket_is_one_or_nothing_at_once(low: int) -> None:
    for at, high in grid(range(-2, 5), repeat=2):
        assert Bracket(low, at, high) == int(low <= at < high)
        assert Bracket(at, high) == int(at <= high)


def test_a_bracket_comes_to_whole_numbers() -> None:
    """One or nothing, of a number or of a table of them: not a truth, which adds up otherwise."""
    assert type(worked_out(Bracket(0, i, N), {i: 1, N: 2})) is int
    table = worked_out(Bracket(0, i, N), {i: np.arange(-1, 3), N: 2})
    assert table.dtype == np.int64
    assert table.tolist() == [0, 1, 1, 0]
    assert value(Bracket(0, i, N) + Bracket(0, i, N), {i: 0, N: 1}) == 2


def test_products_of_brackets_are_gone_through_index_by_index() -> None:
    both = Tally(i * Bracket(0, i + k - 1, N) * Bracket(0, j - i, 2), (i, 4), (j, 5), (k, 3))
    expected = sum(
        a for a, b, c in grid(range(4), range(5), range(3)) if 0 <= a + c - 1 < 3 and 0 <= b - a < 2
    )
    assert value(both, {N: 3}) == expected > 0


def test_the_farthest_is_the_largest_wherever_it_is() -> None:
    for a, b in grid((-2, 0, 3), repeat=2):
        assert value(Farthest(a * i + b * k - 5, (i, N), (k, 3)), {N: 4}) == max(
            a * x + b * y - 5 for x, y in grid(range(4), range(3))
        )


@pytest.mark.parametrize("at_once", [1, 5, 6, 7, 30, 60, 10**6])
def test_in_whatever_parts_a_sum_is_gone_through_it_comes_to_the_same(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brackets, "_AT_ONCE", at_once)
    terms = [a + 10 * b - 100 * c for a, b, c in grid(range(2), range(5), range(6))]
    ranges = ((i, 2), (j, 5), (k, N))
    assert value(Tally(i + 10 * j - 100 * k, *ranges), {N: 6}) == sum(terms)
    assert value(Farthest(i + 10 * j - 100 * k, *ranges), {N: 6}) == max(terms)
    # A term without any index, or with one of the outer ones alone, is taken as often as the others.
    assert value(Tally(N, *ranges), {N: 6}) == 6 * 60
    assert value(Tally(i, *ranges), {N: 6}) == 30


def test_a_sum_is_gone_through_up_to_a_number_of_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brackets, "_MOST_TERMS", 12)
    assert value(Tally(1, (i, 3), (k, N)), {N: 4}) == 12
    with pytest.raises(TooLongError, match="15 terms are too many"):
        value(Tally(1, (i, 3), (k, N)), {N: 5})


@pytest.mark.parametrize("kind", [Tally, Farthest])
def test_over_an_empty_range_there_is_nothing(kind: type) -> None:
    assert value(kind(i + k + 1, (i, 3), (k, N - 1)), {N: 1}) == 0


# --- what can be proved of them ------------------------------------------------------------------

TALLIES = [
    Tally(Bracket(low, reads, high), (i, steps), (k, taps))
    for low, reads, high, steps, taps in [
        (0, i + k, N, N - m + 1, m),
        (0, i + k, N, N - m + 2, m),
        (0, i + k - 1, N, N - m + 1, m),
        (1, i + k, N + 1, N - m + 1, m),
        (1, i + k + 1, N + 1, N - m + 1, m),
        (0, 2 * i + k, N, floor((N - m) / 2) + 1, m),
        (0, 2 * i + k, N - 1, floor((N - m) / 2) + 1, m),
        (0, 2 * i + k, N, floor((N - m + 1) / 2) + 1, m),
        (0, 2 * i + k, N, floor((N - m) / 2) + 2, m),
        (0, 2 * i + k, N + 1, floor((N - m) / 2) + 1 + 1, m),
        (0, 2 * i + k, N + 2, floor((N - m) / 2) + 1 + 1, m),
    ]
]
LINES = [
    Tally(Bracket(reads, high), (i, steps))
    for reads, high in [(2 * i, N), (2 * i + m, N), (2 * i, N - 2), (3 * i + 1, N), (-i, N), (i**2, N)]
    for steps in (m, N, N + 1, floor(N / 2) + 1)
]
PRODUCTS = [
    Tally(Bracket(0, i, N) * Bracket(0, j - 1, m), (i, N), (j, m)),
    Tally(Bracket(0, i, N) * Bracket(0, j + i, m), (i, N), (j, m)),
    Tally(Bracket(0, i - 1, N) * Bracket(0, j + k - 1, m), (i, N), (j, m), (k, 2)),
    Tally(Bracket(0, i - 1, N) * Bracket(0, j - 1, m), (i, N), (j, m), (k, 2)),
    Tally(m * Bracket(0, i - 1, N), (i, N)),
    Tally(Bracket(0, i, N) * Bracket(i, m), (i, N)),
    Tally(sympy.Integer(1), (i, N), (j, m)),
    Tally(i * Bracket(0, i, N), (i, N)),
    Tally(i, (i, N)),
    Tally(Bracket(i + k, N + m), (i, N), (k, m)),
    Tally(Bracket(i + k, N), (i, N), (k, m)),
    Farthest(2 * i + k, (i, N), (k, m)),
    Farthest(2 * i - k, (i, N), (k, m)),
    Farthest((N - m) * k + 1, (k, m)),
    Farthest(i * k, (i, N), (k, m)),
    Farthest(sympy.Integer(7), (i, N)),
]


@pytest.mark.parametrize("node", [*TALLIES, *LINES, *PRODUCTS], ids=str)
def test_what_is_settled_has_the_value_it_had(node: sympy.Expr) -> None:
    """Under ``N >= m``, wherever all ranges have something in them."""
    found = settled(node, [N - m])
    for n, kernel in grid(range(1, 9), range(1, 5)):
        point = {N: n, m: kernel}
        if n >= kernel and all(value(count, point) > 0 for _, count in node.ranges):
            assert value(found, point) == value(node, point), point


@pytest.mark.parametrize(
    ("node", "closed"),
    [
        (TALLIES[0], m * (N - m + 1)),
        (TALLIES[4], m * (N - m + 1)),
        (TALLIES[5], m * (floor((N - m) / 2) + 1)),
        (TALLIES[10], m * (floor((N - m) / 2) + 2)),
        (Tally(Bracket(0, 2 * i, N), (i, floor((N - 1) / 2) + 1)), floor((N - 1) / 2) + 1),
        (Tally(Bracket(0, s * i, N), (i, floor((N - 1) / s) + 1)), floor((N - 1) / s) + 1),
        (Tally(Bracket(i, N - m), (i, N)), N - m + 1),
        (Tally(Bracket(2 * i, N - m), (i, N)), floor((N - m) / 2) + 1),
        (Tally(Bracket(3 * i + m, N), (i, N)), floor((N - m) / 3) + 1),
        (Tally(Bracket(s * i + m, N), (i, N)), floor((N - m) / s) + 1),
        (Tally(1, (i, N), (j, m)), N * m),
        (Tally(Bracket(0, i, N) * Bracket(0, j, m), (i, N), (j, m)), N * m),
        (Farthest(2 * i + s * k, (i, N), (k, m)), 2 * N - 2 + m * s - s),
        (Farthest((N - m) * k, (k, m)), N * m - N - m**2 + m),
    ],
    ids=str,
)
def test_what_always_holds_is_settled(node: sympy.Expr, closed: sympy.Expr) -> None:
    assert sympy.expand(settled(node, [N - m]) - closed) == 0


@pytest.mark.parametrize(
    "node",
    [
        *(TALLIES[at] for at in (1, 2, 3, 6, 7, 8, 9)),
        Tally(Bracket(i, N), (i, N)),  # one more would fit than there are
        Tally(Bracket(2 * i, N), (i, m)),
        Tally(Bracket(i, m - N), (i, N)),  # no room, not even for the first
        Tally(Bracket(-i, N), (i, N)),
        Tally(Bracket(i**2, N), (i, N + 1)),
        Tally(Bracket(2 * i, N + i), (i, N + 1)),  # the room grows with the index
        Tally(i, (i, N)),
        Farthest(m * i - N * k, (i, N), (k, m)),
    ],
    ids=str,
)
def test_what_does_not_always_hold_stays_a_sum(node: sympy.Expr) -> None:
    assert settled(node, [N - m]) == node


def test_a_sum_of_products_is_a_product_of_sums_where_each_index_stands_in_one_factor() -> None:
    first, second = Bracket(0, i - 1, N), Bracket(0, j - 1, m)
    apart: Any = Tally(first * second, (i, N), (j, m))
    assert settled(apart, []) == Tally(first, (i, N)) * Tally(second, (j, m))
    for node in (
        Tally(first * second, (i, N), (j, m), (k, 2)),  # k is in neither: each term is there twice
        Tally(first * Bracket(0, i - 2, N), (i, N)),
        Tally(first * Bracket(0, j - i, m), (i, N), (j, m)),
    ):
        assert settled(node, []) == node
    weighed = Tally(N * first, (i, N))
    assert settled(weighed, []) == N * Tally(first, (i, N))
