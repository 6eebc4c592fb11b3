"""What is said of two operators beside each other, where the counts themselves say what is right."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import pytest
import sympy

import convalgebra as ca
from convalgebra.counting.compare import Crossover

M, N, N_c, h, p, q = map(ca.symbol, ("M", "N", "N_c", "h", "p", "q"))


def _counts(found: ca.Comparison, values: dict[sympy.Symbol, int]) -> tuple[sympy.Expr, sympy.Expr]:
    a, b = (
        sympy.sympify(count.value).subs(values, simultaneous=True).doit() for count in (found.a, found.b)
    )
    return a, b


# --- where one is cheaper ------------------------------------------------------------------------


def test_where_the_first_grows_faster_it_is_cheaper_below_a_bound() -> None:
    found = ca.compare(
        ca.depthwise_separable("D", "N_c", ("H", "W"), "h", multiplier="q"),
        ca.conv("D", "N_c", ("H", "W"), "h"),
    )
    crossover = next(c for c in found.crossovers if c.symbol == q)
    assert crossover.condition == sympy.Lt(q * (N_c + h**2), N_c * h**2)
    assert (crossover.given, crossover.otherwise) == (sympy.true, "")
    assert str(crossover) == "q*(N_c + h**2) < N_c*h**2"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (ca.conv(1, 1, "N", 3), ca.conv(1, 1, 7, 2), {N: N < 6}),
        (ca.conv(1, 1, 7, 2), ca.conv(1, 1, "N", 3), {N: N > 6}),
        (ca.conv(2, 1, 4, 1), ca.conv(1, 1, "N", 3), {N: sympy.Gt(N, sympy.Rational(14, 3))}),
        (
            ca.conv(3, 1, "N", 3),
            ca.conv("M", 1, 7, 2),
            {N: N < 4 * M / 3 + 2, M: sympy.Gt(M, 3 * N / 4 - sympy.Rational(3, 2))},
        ),
    ],
)
def test_bounds_are_solved_for_the_symbol(a: ca.Operator, b: ca.Operator, expected: Any) -> None:
    found = ca.compare(a, b)
    assert {c.symbol: c.condition for c in found.crossovers} == expected
    assert all((c.given, c.otherwise) == (sympy.true, "") for c in found.crossovers)
    assert "otherwise" not in str(found)
    for size in range(3, 12):
        values = {N: size, M: 12 - size}
        first, second = _counts(found, values)
        assert all(bool(c.condition.subs(values)) == (first < second) for c in found.crossovers)


def test_where_the_slope_is_not_of_one_sign_the_rest_may_decide_otherwise() -> None:
    """Below ``given`` the first one is cheaper here for some sizes: nothing is said of them."""
    found = ca.compare(
        ca.spatially_separable("C", "M", ("N", "N"), "k"), ca.conv("C", "M", ("N", "N"), "k")
    )
    by_image = next(c for c in found.crossovers if c.symbol == N)
    assert by_image.given != sympy.true
    assert by_image.otherwise == ""


def test_a_slope_that_is_positive_for_some_sizes_is_a_condition() -> None:
    """``q*N`` beside ``2*(N - 1)``: the slope of N is ``2 - q``, and its opposite the other way round."""
    a, b = ca.conv("q", 1, "N", 1), ca.conv(1, 1, "N", 2)
    forth, back = (
        next(c for c in ca.compare(*pair).crossovers if c.symbol == N) for pair in ((a, b), (b, a))
    )
    assert (forth.condition, forth.given) == (sympy.Gt(N, 2 / (2 - q)), sympy.Ge(1, q))
    assert forth.otherwise == "never"
    assert str(forth) == "N > 2/(2 - q) (for 1 >= q, never otherwise)"
    # With q = 2 the kernel is cheaper for all N.
    assert (back.given, back.otherwise) == (q >= 3, "")


def test_a_slope_that_the_conditions_make_positive_needs_no_other() -> None:
    found = ca.compare(ca.conv(1, 1, 5, 1), ca.conv(1, "N_c", "H", "h"))
    assert found.conditions == (ca.symbol("H") >= h,)
    assert all(crossover.given == sympy.true for crossover in found.crossovers)


@pytest.mark.parametrize("size", ["N", ("N", "N")], ids=["line", "image"])
def test_a_bound_that_is_below_nothing_for_some_sizes_is_met_there(size: Any) -> None:
    """``10 < h**rank + N_c``: a root of ``10 - N_c`` would be no number from 11 on."""
    found = ca.compare(ca.Dense(2, 5), ca.depthwise_separable(1, "N_c", size, "h"), "parameters")
    assert {c.symbol for c in found.crossovers} == {h, N_c}
    seen = set()
    for values in (
        {h: kernel, N_c: channels} for kernel in (1, 2, 3, 4, 9) for channels in (1, 6, 9, 10, 12)
    ):
        first, second = _counts(found, values)
        seen.add(first < second)
        for crossover in found.crossovers:
            assert crossover.condition.subs(values) == (first < second), (crossover, values)
    assert seen == {True, False}


def test_a_bound_that_nobody_would_read_is_not_told() -> None:
    long = ca.compare(ca.flattened("D", "N_c", ("H", "W"), "m"), ca.conv("D", "N_c", ("H", "W"), "m"))
    assert (long.crossovers, long.always) == ((), "")
    assert Crossover(N, sympy.Gt(N, M), sympy.true).is_readable
    sums = sum((ca.symbol(f"a_{at}") for at in range(40)), start=M)
    assert not Crossover(N, sympy.Gt(N, sums), sympy.true).is_readable
    assert not Crossover(N, sympy.Gt(N, M), sympy.Gt(2 * h, sums)).is_readable


def test_a_bound_that_would_bear_its_own_size_is_not_told() -> None:
    """``N**2 < N + 5`` has no form that gives N on one side alone, but by a root."""
    found = ca.compare(ca.conv(1, 1, ("N", "N"), 1), ca.conv(1, 1, N + 5, 1))
    assert (found.ratio, found.crossovers, found.always) == (N**2 / (N + 5), (), "")


def test_sizes_that_only_a_floor_tells_have_no_bound() -> None:
    found = ca.compare(ca.conv(1, 1, "N", 1, stride=2), ca.conv(1, 1, "N", 2))
    assert found.crossovers == ()
    assert found.trends[0].limit is None


# --- trends --------------------------------------------------------------------------------------


def test_a_ratio_that_falls_first_and_grows_then_goes_either_way() -> None:
    """It is h + 3/h: at 1, 2, 3 it is 4, 3.5, 4, so that two steps on it is never less."""
    found = ca.compare(ca.depthwise_separable(1, 3, ("H", "W"), "h"), ca.conv(1, 1, "N", "h"), "parameters")
    assert found.ratio == h + 3 / h
    (trend,) = found.trends
    assert (trend.direction, trend.limit) == ("not decided", sympy.oo)
    assert "as h grows the ratio may go either way, to oo" in str(found)
    assert found.always == "never cheaper"


def test_a_direction_is_proved_where_both_sizes_meet_the_conditions() -> None:
    """Same padding counts ``p*(2*N - p - 1)`` and more: growing in p as long as the next p is in N too."""
    a, b = ca.conv("D", "N_c", "N", "h"), ca.conv("D", 2, "N", 2 * p + 1, padding=p)
    assert {t.symbol: t.direction for t in ca.compare(a, b).trends}[p] == "falls"
    assert {t.symbol: t.direction for t in ca.compare(b, a).trends}[p] == "grows"


def test_a_direction_that_turns_at_the_last_sizes_is_not_told() -> None:
    """From p to p + 1 it is ``2*(N - p) - 5`` more: less than nothing only where p + 2 is N."""
    crop = ca.conv(1, 3, "N", 1, padding=((-p, 0),))
    found = ca.compare(crop @ ca.conv(1, 1, "N", 2 * p + 1, padding=p), ca.conv(1, 1, 1, 1))
    assert found.conditions == (sympy.Ge(N, p + 1),)
    assert sympy.expand(found.ratio.subs(p, p + 1) - found.ratio - (2 * (N - p) - 5)) == 0
    assert {t.symbol: t.direction for t in found.trends} == {N: "grows", p: "not decided"}


def test_a_kernel_that_stays_within_its_image_has_no_limit() -> None:
    """``N >= m`` bounds m, though the ratio has channels besides."""
    layer = ("D", "N_c", ("N", "N"), "m")
    found = ca.compare(ca.spatially_separable(*layer), ca.conv(*layer))
    limits = {str(trend.symbol): trend.limit for trend in found.trends}
    assert set(limits) == {"N", "D", "N_c", "m"}
    assert limits["m"] is None
    assert limits["D"] is not None


def test_a_limit_is_told_without_a_sign_that_is_not_known() -> None:
    found = ca.compare(ca.conv(1, "N_c", "H", "h"), ca.conv(1, 1, 1, 1))
    limits = {str(trend.symbol): trend.limit for trend in found.trends}
    assert limits["H"] == sympy.oo
    assert limits["N_c"] in (None, sympy.oo)  # sympy's own answer is oo*sign(H - h + 1)


# --- what is printed, and what stays as it is ----------------------------------------------------


def test_each_line_of_the_table_says_its_sizes() -> None:
    named = ca.compare(ca.conv(1, 1, "N", 3), ca.conv(1, 1, 7, 2))
    assert str(named).splitlines()[-3:] == [
        "N=12: 30 / 12 = 2.5",
        "N=60: 174 / 12 = 14.5",
        "N=240: 714 / 12 = 59.5",
    ]
    numbers = ca.compare(ca.conv(1, 1, 4, 3), ca.conv(1, 1, 7, 2))
    assert str(numbers).splitlines()[-1] == "numbers: 6 / 12 = 0.5"


def test_the_table_has_small_kernels_and_large_images() -> None:
    found = ca.compare(ca.depthwise_separable(1, 3, "N", "h"), ca.conv(1, 1, "N", "h"))
    sizes = [(dict(row.sizes)["h"], dict(row.sizes)["N"]) for row in found.table]
    assert sizes == [(kernel, image) for kernel in (1, 2, 3, 5) for image in (12, 60, 240)]
    for row, (kernel, image) in zip(found.table, sizes, strict=True):
        places = image - kernel + 1
        assert (row.a, row.b) == (places * (kernel + 3), places * kernel)
        assert row.ratio == Fraction(kernel + 3, kernel)


def test_a_comparison_is_a_value() -> None:
    """Made twice it is the same, may be kept in sets, and nothing of it can be changed."""
    first, second = (ca.compare(ca.conv(1, 1, "N", 3), ca.conv("M", 1, 7, 2)) for _ in range(2))
    for one, other in [
        (first, second),
        *(
            (getattr(first, name)[0], getattr(second, name)[0])
            for name in ("trends", "crossovers", "table")
        ),
    ]:
        assert len({one, other}) == 1
        with pytest.raises(FrozenInstanceError):
            one.symbol = 1
