"""Conditions of networks as ranges and congruences, quotients gathered: against each number put in."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import Eq, Ge, Mod, Mul, Rational, ceiling, floor

import convalgebra as ca
from convalgebra.exact import meets
from convalgebra.exact import value as value_of
from convalgebra.networks.formulas.floors import gathered
from convalgebra.networks.formulas.ranges import ranged
from convalgebra.networks.formulas.written import written
from convalgebra.proofs import Max

N, M = ca.symbol("N"), ca.symbol("m")
numbers = st.integers(-9, 9)
steps = st.builds(lambda a, c, d: floor((a * N + c) / d), st.integers(1, 3), numbers, st.integers(1, 8))


def both(a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    return Max(*sorted((a, b), key=sympy.default_sort_key))


def formulas(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(lambda a, k, b: a + k * b, parts, st.integers(-3, 3), parts),
        st.builds(lambda a, c, d: floor((a + c) / d), parts, numbers, st.integers(1, 4)),
        st.builds(lambda a, d: ceiling(a / d), parts, st.integers(1, 4)),
        st.builds(both, parts, parts),
    )


some = st.recursive(st.one_of(steps, st.just(N), numbers.map(sympy.Integer)), formulas, max_leaves=4)


@given(st.lists(st.tuples(st.sampled_from([Ge, Eq]), some, numbers), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_what_is_said_of_a_name_is_met_by_the_same_numbers(given_):
    conditions = [kind(left, right) for kind, left, right in given_]
    found = ranged(conditions)
    for n in range(1, 130):
        before = all(meets(one, {N: n}) for one in conditions)
        assert all(meets(one, {N: n}) for one in found) == before, (conditions, found, n)


@pytest.mark.parametrize("d", [2, 3, 4, 6])
@pytest.mark.parametrize("c", [0, 1, 5])
def test_an_equation_that_comes_again_is_a_congruence(d, c):
    (found,) = ranged([Eq(Mul(d, floor((N + c) / d)), N + c)])
    assert isinstance(found, Eq)
    assert found.lhs == Mod(N, d)
    assert found.rhs == -c % d


def test_a_wider_range_or_congruence_goes_and_what_is_always_met_too():
    assert ranged([N >= 5, floor(N / 4) >= 2, Eq(2 * floor(N / 2), N), Eq(4 * floor(N / 4), N)]) == (
        N >= 8,
        Eq(Mod(N, 4), 0),
    )
    assert ranged([floor((N + 3) / 4) >= 1, Eq(floor((N + 1) / 2) + floor(N / 2), N)]) == ()


@pytest.mark.parametrize(
    "condition",
    [
        N >= M,  # two names
        floor(N / 2) - floor(N / 3) >= 2,  # neither grows nor falls at each step
        Ge(-N, 0),  # never met
        Eq(floor(N / 2) * floor(N / 3), 6),
        Eq(Mod(N, 6) * Mod(N, 4), 0),
    ],
    ids=str,
)
def test_what_is_not_proved_stays_as_it_is(condition):
    assert ranged([condition]) == ((condition,) if condition != sympy.true else ())


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("alexnet", (N >= 63,)),
        ("vgg_16", (N >= 32,)),
        ("squeezenet_1_0", (N >= 21,)),
        ("deeplab_v3", (N >= 513, N <= 528)),
        ("resnet_18", ()),
    ],
)
def test_a_network_says_from_which_size_on_it_exists(name, wanted):
    network = ca.read_layers({**ca.zoo(name), "input": [1, 3, "N", "N"]})
    assert network.conditions == wanted
    ends = {int(one.rhs) for one in wanted}
    for n in {1, 40} | {n + more for n in ends for more in (-1, 0, 1)}:
        try:
            network.at(N=n)
        except ca.ConvalgebraError:
            exists = False
        else:
            exists = True
        assert exists == all(meets(one, {N: n}) for one in wanted), n


@given(st.tuples(*[st.sampled_from([1, -1])] * 2), st.tuples(*[numbers] * 4), st.integers(1, 6))
@settings(max_examples=200, deadline=None)
def test_the_larger_of_two_quotients_is_larger_at_each_number(signs, c, d):
    a, b = (sign * floor((N + c[at]) / d) + c[2 + at] for at, sign in enumerate(signs))
    larger = both(a, b)
    found = gathered(larger)
    assert found.has(Max) is False or signs[0] != signs[1] or d == 1
    for n in range(1, 30):
        assert value_of(found, {N: n}) == value_of(larger, {N: n})


@given(some, st.integers(-5, 5), st.integers(-99, 99), st.integers(1, 8))
@example(floor(N / 2 + Rational(1, 2)), 3, -6, 2)  # whole numbers come out of 3*floor(x)/2 - 3
@example(floor(N / 6 + Rational(47, 6)), -1, 59, 2)
@example(floor(Rational(-20, 7) * N - Rational(51, 7)), 5, 0, 2)
@settings(max_examples=200, deadline=None)
def test_a_formula_gathered_is_the_same_at_each_number(inside, k, c, d):
    formula = floor((k * inside + c) / d)
    found = gathered(formula)
    for n in range(1, 60):
        assert value_of(found, {N: n}) == value_of(formula, {N: n}), (formula, found, n)


def test_a_size_half_as_large_again_after_a_stride_is_counted():
    layers = [
        {"name": "strided", "type": "conv", "out_channels": 1, "kernel_size": 5, "stride": 2},
        {"name": "half_more", "type": "resize", "factor": 1.5},
        {"name": "last", "type": "conv", "out_channels": 1, "kernel_size": 1},
    ]
    network = ca.read_layers({"input": [1, 1, "N", "N"], "layers": layers})
    found = network.formula("mult_adds")
    for n in range(5, 40):
        strided = len(range(0, n - 4, 2))
        assert found.at(N=n) == 25 * strided**2 + (3 * strided // 2) ** 2


def test_pools_that_round_up_have_no_larger_of_two_in_their_formulas():
    network = ca.read_layers({**ca.zoo("squeezenet_1_0"), "input": [1, 3, "N", "N"]})
    assert not network.formula("mult_adds").value.has(Max)
    found = network.check("mult_adds", {"N": [*range(15, 60), 224]})
    assert found
    assert found.checked == 40


def test_a_sentence_has_the_names_of_the_table():
    network = ca.read_layers({**ca.zoo("alexnet"), "input": [1, 3, "N", "N"]})
    said = str(network.advice()[0])
    assert "where N_16_1 = floor((N + 1)/16)" in said
    assert said.count("floor") == 1
    checked = str(network.check("mult_adds", {"N": [63, 64]}))
    assert "34848*N_4_1**2" in checked
    assert "N_4_1 = floor((N + 1)/4)" in checked
    assert "N_4_1 = floor((N + 1)/4)" in network.table().text().splitlines()[1]
    assert written(3 * N + 3, 5) == (("3*N + 3", "5"), "")
