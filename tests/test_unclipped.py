"""Closed forms of the counts of an axis: exact wherever their conditions are met."""

from __future__ import annotations

from itertools import product as grid
from random import Random
from typing import Any

import pytest
import sympy

import convalgebra as ca
from convalgebra.exact import meets, value
from convalgebra.formulas import text
from convalgebra.unclipped import COUNTS, _End, closed_count

n, m, p, q, d, s = map(ca.symbol, ("n", "m", "p", "q", "d", "s"))

# name: the axis with names, and its pairs inside the input in the closed form of the literature (theory
# B3), or None where there is none to compare with.
FAMILIES: dict[str, tuple[dict[str, Any], Any]] = {
    "equal padding": ({"size": n, "kernel": m, "lo": p, "hi": p}, m * (n + 2 * p - m + 1) - p * (p + 1)),
    "two paddings": (
        {"size": n, "kernel": m, "lo": p, "hi": q},
        m * (n + p + q - m + 1) - p * (p + 1) / 2 - q * (q + 1) / 2,
    ),
    "same, odd": ({"size": n, "kernel": 2 * p + 1, "lo": p, "hi": p}, (2 * p + 1) * n - p * (p + 1)),
    "same, odd, dilated": (
        {"size": n, "kernel": 2 * p + 1, "lo": d * p, "hi": d * p, "dilation": d},
        (2 * p + 1) * n - d * p * (p + 1),
    ),
    "same, even": ({"size": n, "kernel": 2 * p, "lo": p - 1, "hi": p}, 2 * p * n - p**2),
    "same, any kernel": ({"size": n, "kernel": m, "lo": (m - 1) // 2, "hi": m - 1 - (m - 1) // 2}, None),
    "full": ({"size": n, "kernel": m, "lo": m - 1, "hi": m - 1}, m * n),
    "full, dilated": (
        {"size": n, "kernel": m, "lo": d * (m - 1), "hi": d * (m - 1), "dilation": d},
        m * n,
    ),
    "no padding, any stride": ({"size": n, "kernel": m, "stride": s}, m * ((n - m) // s + 1)),
    "ResNet's first layer": ({"size": 2 * n, "kernel": 7, "stride": 2, "lo": 3, "hi": 3}, 7 * n - 6),
    "ResNet's first layer, any size": ({"size": n, "kernel": 7, "stride": 2, "lo": 3, "hi": 3}, None),
    "stride 4": ({"size": 4 * n, "kernel": 11, "stride": 4, "lo": 2, "hi": 2}, None),
    "kernel of 5, any padding": ({"size": n, "kernel": 5, "lo": p, "hi": p}, None),
    "stride 2, any kernel and padding": ({"size": n, "kernel": m, "stride": 2, "lo": p, "hi": p}, None),
    "stride 2, dilation 2": (
        {"size": n, "kernel": m, "stride": 2, "lo": p, "hi": p, "dilation": 2},
        None,
    ),
    "stride 3, dilation 2": (
        {"size": n, "kernel": m, "stride": 3, "lo": p, "hi": 2, "dilation": 2},
        None,
    ),
    "stride 2, dilation 3": (
        {"size": n, "kernel": m, "stride": 2, "lo": 3, "hi": 3, "dilation": 3},
        None,
    ),
    "stride 2, dilation 4": (
        {"size": n, "kernel": m, "stride": 2, "lo": 4, "hi": 3, "dilation": 4},
        None,
    ),
    "cropped": ({"size": n, "kernel": m, "lo": -1, "hi": 2}, None),
    "named stride, padding of one": ({"size": n, "kernel": m, "stride": s, "lo": 1}, None),
    "named dilation, padding of one": ({"size": n, "kernel": m, "lo": 1, "hi": 1, "dilation": d}, None),
    "named dilation, one tap reaches": (
        {"size": n, "kernel": m, "lo": d - 1, "hi": d - 1, "dilation": d},
        m * (n + 2 * (d - 1) - d * (m - 1)) - 2 * (d - 1),
    ),
    "dilation 2, half of the taps reach": (
        {"size": n, "kernel": m, "lo": m + 1, "hi": m + 1, "dilation": 2},
        None,
    ),
    "dilation 2, beyond full": (
        {"size": n, "kernel": m, "lo": 2 * m + 1, "hi": 2 * m + 1, "dilation": 2},
        m * n,
    ),
    "named dilation, beyond full": (
        {"size": n, "kernel": m, "lo": d * m - 1, "hi": d * m - 1, "dilation": d},
        m * n,
    ),
    "padding of a length that may be none": ({"size": n, "kernel": m, "lo": p - 2, "hi": 2 * m - 3}, None),
}


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_closed_form_is_exact_where_its_conditions_are_met(name: str, count: str) -> None:
    fields, _ = FAMILIES[name]
    axis = ca.Axis(**fields)
    closed = closed_count(axis, count)
    assert closed is not None
    met = 0
    for numbers in _points(fields):
        try:
            at = _axis(fields, numbers)
        except ca.ArgumentError:
            continue
        if all(meets(c, numbers) for c in (*axis.conditions, *closed.conditions)):
            met += 1
            assert value(closed.value, numbers) == getattr(at, count), (name, numbers)
            assert value(closed.spelt, numbers) == getattr(at, count), (name, numbers)
    assert met >= 2


def _axis(fields: dict[str, Any], numbers: dict[sympy.Symbol, int]) -> ca.Axis:
    return ca.Axis(**{field: int(value(formula, numbers)) for field, formula in fields.items()})


def _points(fields: dict[str, Any]) -> list[dict[sympy.Symbol, int]]:
    symbols = sorted(sympy.Tuple(*fields.values()).free_symbols, key=str)
    points = list(grid(range(1, 10 if len(symbols) < 3 else 8), repeat=len(symbols)))
    Random(0).shuffle(points)
    return [dict(zip(symbols, point, strict=True)) for point in points[:160]]


@pytest.mark.parametrize("name", [name for name, (_, expected) in FAMILIES.items() if expected is not None])
def test_it_is_the_form_that_the_literature_has(name: str) -> None:
    fields, expected = FAMILIES[name]
    closed = closed_count(ca.Axis(**fields), "taps_inside")
    assert closed is not None
    assert sympy.simplify(closed.value - expected) == 0


@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ({"size": n, "kernel": 2 * p + 1, "lo": p, "hi": p}, n >= p),
        ({"size": n, "kernel": 2 * p + 1, "lo": d * p, "hi": d * p, "dilation": d}, n >= d * p),
    ],
)
def test_the_condition_of_same_padding_is_needed_too(fields: dict[str, Any], condition: Any) -> None:
    closed = closed_count(ca.Axis(**fields), "taps_inside")
    assert closed is not None
    assert closed.conditions == (condition,)
    outside = [at for at in _points(fields) if not meets(condition, at)]
    assert outside
    for numbers in outside:
        assert value(closed.value, numbers) != _axis(fields, numbers).taps_inside


@pytest.mark.parametrize(
    ("fields", "conditions"),
    [
        ({"kernel": m, "lo": m - 1, "hi": m - 1}, ()),
        ({"kernel": m, "lo": 2 * m + 1, "hi": 2 * m + 1, "dilation": 2}, ()),
        # That a kernel has a tap at least is known, and need not be asked.
        ({"kernel": m - 2, "lo": 2 * m - 6, "hi": 2 * m - 6}, ()),
        ({"kernel": m, "lo": p - 2}, (m + 2 >= p, p >= 2, n + 1 >= m)),
        ({"kernel": m, "lo": 2 * m - 3}, (sympy.Ge(3, m), 2 * m >= 3, n + 1 >= m)),
    ],
    ids=str,
)
def test_what_the_pairs_need_beyond_the_axis(fields: dict[str, Any], conditions: tuple[Any, ...]) -> None:
    """Padding of no length below zero, no more taps than there are, and no tap that misses every output."""
    closed = closed_count(ca.Axis(n, **fields), "taps_inside")
    assert closed is not None
    assert set(closed.conditions) == set(conditions)


def test_many_taps_that_reach_the_padding_are_summed_residue_by_residue() -> None:
    """Under a stride of 2 the taps of a dilation of 2 fall alike, those of one of 3 in two ways."""
    for dilation, kernel, padding in ((2, 9, 13), (2, 12, 20), (3, 9, 17), (4, 7, 21)):
        fields: dict[str, Any] = {"size": n, "kernel": m, "stride": 2, "lo": p, "dilation": dilation}
        numbers = {n: 60, m: kernel, p: padding}
        for count in ("taps_inside", "outputs_hit"):
            closed = closed_count(ca.Axis(**fields), count)
            assert closed is not None
            assert all(meets(c, numbers) for c in closed.conditions)
            assert value(closed.value, numbers) == getattr(_axis(fields, numbers), count)


@pytest.mark.parametrize(
    ("fields", "open_"),
    [
        ({"stride": 2, "dilation": d}, ["inputs_hit"]),
        ({"stride": s, "dilation": 3}, ["inputs_hit"]),
        ({"stride": 2, "dilation": d, "lo": 1}, list(COUNTS)),
        # The pairs are open, of which one tap less, or the chains at one input, are closed.
        ({"dilation": d, "lo": d * (m - 1) - 1}, list(COUNTS)),
        ({"dilation": d, "lo": 2 * d - 1}, list(COUNTS)),
        ({"dilation": d, "lo": d + m}, list(COUNTS)),
    ],
    ids=str,
)
def test_where_no_closed_form_is_known_there_is_none(fields: dict[str, Any], open_: list[str]) -> None:
    """How stride and dilation share their factors, and how many taps reach the padding, must be known."""
    axis = ca.Axis(n, m, **fields)
    assert [count for count in COUNTS if closed_count(axis, count) is None] == open_


def test_sizes_are_rounded_and_not_what_is_less_than_they() -> None:
    closed = closed_count(ca.Axis(n, 7, stride=2, lo=3, hi=3), "taps_inside")
    assert closed is not None
    assert text(closed.value) == "2*floor(n/2) + floor((n - 3)/2) + 4*floor((n - 1)/2)"


def test_one_tap_on_padding_is_told_without_a_sum() -> None:
    closed = closed_count(ca.Axis(n, m, lo=1, hi=1), "taps_inside")
    assert closed is not None
    assert closed.spelt == m * (n - m + 3) - 2


def test_closed_forms_are_values() -> None:
    one, other = (closed_count(ca.Axis(n, m, lo=m - 1, hi=m - 1), "taps_inside") for _ in range(2))
    assert len({one, other}) == 1
    assert len({_End(ca.Axis(n, m, lo=1), m, 1, 0, 0) for _ in range(2)}) == 1


def test_a_named_stride_and_padding_stay_an_honest_sum() -> None:
    axis = ca.Axis(n, m, stride=s, lo=p, hi=p)
    assert closed_count(axis, "taps_inside") is None
    assert axis.taps_inside.subs({n: 9, m: 4, s: 2, p: 2}).doit() == ca.Axis(9, 4, 2, 2, 2).taps_inside


def test_a_padding_that_a_named_dilation_may_or_may_not_reach_is_not_closed() -> None:
    assert closed_count(ca.Axis(n, m, lo=3, hi=3, dilation=d), "taps_inside") is None


def test_what_is_spelt_is_a_sum_over_the_taps_that_reach_the_padding() -> None:
    closed = closed_count(ca.Axis(n, 2 * p + 1, lo=p, hi=p), "taps_inside")
    assert closed is not None
    k = next(iter(closed.spelt.atoms(sympy.Sum))).variables[0]
    assert closed.spelt == n * (2 * p + 1) - 2 * sympy.Sum(p - k, (k, 0, p - 1))
    assert closed.spelt.doit().expand() == closed.value.expand()


def test_the_running_index_is_no_name_of_the_axis() -> None:
    named = ca.symbol("k")
    closed = closed_count(ca.Axis(n, 2 * p + 1, lo=named * p, hi=named * p, dilation=named), "taps_inside")
    assert closed is not None
    (summed,) = closed.spelt.atoms(sympy.Sum)
    assert summed.variables[0].name != "k"
