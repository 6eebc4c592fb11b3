"""Steps, and that a wrong one is found and named, whatever it is a step of."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from itertools import product as grid

import pytest
import sympy

import convalgebra as ca
from convalgebra.counting import closed
from convalgebra.derivation import costs
from convalgebra.derivation.brackets import Bracket, Farthest, Tally, index, settled
from convalgebra.derivation.checks import _Far, check_step
from convalgebra.derivation.costs import derive_cost
from convalgebra.derivation.fields import derive_receptive_field
from convalgebra.derivation.identities import derive_identity
from convalgebra.derivation.outputs import derive_output_size
from convalgebra.derivation.step import Step, escaped
from convalgebra.exact import TooLongError, meets, value
from convalgebra.proofs import Max

N, m, H, h = map(ca.symbol, ("N", "m", "H", "h"))
i, k = index("i", ()), index("k", ())

STACK = ca.conv(1, 1, 7, 3, dilation=2) @ ca.conv(1, 1, "N", 3, stride=2).subs(N=16)
DERIVATIONS = {
    "cost": derive_cost(ca.conv("D", 2, "N", "m")),
    "padded cost": derive_cost(ca.conv(1, 1, ("N", "N"), 3, stride=2, padding=1)),
    "cost of a product": derive_cost(ca.depthwise_separable("D", 2, "H", "h")),
    "cost of a transpose": derive_cost(ca.conv_transpose(1, 1, "N", 3, stride=2)),
    "ratio": ca.derive_ratio(ca.depthwise_separable(2, "N_c", "H", "h"), ca.conv(2, "N_c", "H", "h")),
    "output size": derive_output_size(ca.conv(1, 1, "N", "m", stride=2, padding=1)),
    "transposed output size": derive_output_size(ca.conv_transpose(1, 1, "N", "m", stride="s")),
    "receptive field": derive_receptive_field(STACK),
    "identity": derive_identity("mixed product"),
    "identity by definition": derive_identity("dilated is an upsampled kernel"),
}
STEPS = [
    (name, at)
    for name, derivation in DERIVATIONS.items()
    for at in range(len(derivation.steps) + len(derivation.limits))
]


def changed(derivation: ca.Derivation, at: int, **changes: object) -> ca.Derivation:
    steps = [*derivation.steps, *derivation.limits]
    steps[at] = dataclasses.replace(steps[at], **changes)
    cut = len(derivation.steps)
    return dataclasses.replace(derivation, steps=tuple(steps[:cut]), limits=tuple(steps[cut:]))


def points(derivation: ca.Derivation) -> list[dict[str, int]] | None:
    if derivation.theorem is not None:
        return []
    names = [str(s) for s in derivation.symbols]
    return [{n: size + (n in ("N", "H")) for n in names} for size in (3, 4)] if names else [{}]


@pytest.mark.parametrize("name", DERIVATIONS)
def test_each_holds_as_it_is(name: str) -> None:
    assert DERIVATIONS[name].verify(points(DERIVATIONS[name]))


@pytest.mark.parametrize(("name", "at"), STEPS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_wrong_step_is_found_and_named(name: str, at: int, side: str) -> None:
    derivation = DERIVATIONS[name]
    step = (*derivation.steps, *derivation.limits)[at]
    wrong_side = getattr(step, side)
    wrong_side = wrong_side @ _doubling(wrong_side) if step.of_operators else wrong_side + 1
    wrong = changed(derivation, at, **{side: wrong_side})
    found = wrong.verify(points(derivation))
    assert not found
    assert [n for n, check in enumerate(found.steps) if not check] == [at]
    (named,) = found.wrong
    assert named.step == (*wrong.steps, *wrong.limits)[at]
    assert named.wrong, "the sizes and the values of both sides are told"
    assert "WRONG: " in str(found)
    assert str(named.step) in str(found)
    first = named.wrong[0]
    assert first.left != first.right
    if not step.of_operators and not isinstance(step.left, sympy.Limit):
        assert Fraction(first.right) - Fraction(first.left) == (1 if side == "right" else -1)
        assert dict(first.sizes) == (points(derivation) or [{}])[0]


def _doubling(operator: ca.Operator) -> ca.Operator:
    return ca.Fixed(
        tuple(tuple(2 * (r == c) for c in range(operator.shape[1])) for r in range(operator.shape[1]))
    )


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("cost", "N_by_m"),
        ("ratio", "half"),
        ("output size", "one more"),
        ("receptive field", "one more"),
        ("identity", "another"),
    ],
)
def test_a_wrong_end_is_found_by_measuring(name: str, wrong: str) -> None:
    derivation = DERIVATIONS[name]
    result = derivation.result
    changes = {
        "N_by_m": lambda: N * m,
        "half": lambda: result / 2,
        "one more": lambda: tuple(size + 1 for size in result),
        "another": lambda: derivation.a @ _doubling(derivation.a),
    }
    tampered = dataclasses.replace(derivation, result=changes[wrong]())
    found = tampered.verify(points(derivation))
    assert not found
    assert all(found.steps)
    assert not found.rows[0].agrees
    assert "DIFFERENT" in str(found)


def test_a_step_that_sympy_cannot_prove_is_still_gone_through() -> None:
    derivation = derive_cost(ca.conv(1, 1, "N", "m", stride="s", padding="p"))
    found = derivation.verify([{"N": 5, "m": 3, "s": 2, "p": 1}])
    assert found
    assert None in [check.proved for check in found.steps]
    assert all(check.points == 1 for check in found.steps)


def test_a_step_that_is_too_long_to_go_through_does_not_pass() -> None:
    step = Step(Tally(Bracket(0, i, N + 1), (i, N)), "=", N, "count")
    (checked,) = [check_step(step, {}, (), [{"N": 10**9}])]
    assert checked.points == 0
    assert not checked
    assert "small enough" in str(checked)


def test_a_verdict_goes_with_the_derivation_it_was_reached_on() -> None:
    derivation = DERIVATIONS["cost"]
    assert derivation.verdict is None
    checked = derivation.verified(points(derivation))
    assert checked.verdict
    assert checked == derivation
    assert changed(checked, 0, reason="another").verdict is None
    assert dataclasses.replace(checked, result=m).verdict is None
    assert dataclasses.replace(checked).verdict is checked.verdict
    assert hash(checked) == hash(derivation)


def test_an_identity_is_measured_by_no_number() -> None:
    with pytest.raises(ca.ArgumentError, match="kind='identity' ends in no number"):
        DERIVATIONS["identity"].measure_at({})


# --- relations ---


@pytest.mark.parametrize(
    ("left", "relation", "right", "holds"),
    [
        (N + 1, "=", 1 + N, True),
        (N, "=", N + 1, False),
        (N, "<=", N + 1, True),
        (2 * N, "<=", N + N, True),
        (2 * N, ">=", N + N, True),
        (N + 1, "<=", N, False),
        (N + 1, ">=", N, True),
        (N, ">=", N + 1, False),
        (1 / N, "->", sympy.Integer(0), True),
        (1 / N, "->", sympy.Integer(1), False),
        ((N + 1) / N, "->", sympy.Integer(1), True),
    ],
)
def test_each_relation_is_checked_both_ways(
    left: sympy.Expr, relation: str, right: sympy.Expr, holds: bool
) -> None:
    step = Step(left, relation, right, "because", about=(N,))
    assert step.holds() == holds
    checked = check_step(step, {}, (), [{"N": 3}, {"N": 8}])
    assert bool(checked) == holds
    assert bool(checked.wrong) != holds


def test_a_limit_is_come_nearer_to_and_near() -> None:
    near = Fraction(1, 10**6)
    assert _Far((Fraction(5), Fraction(1), near)).approach(Fraction(0))
    assert not _Far((Fraction(5), near, 2 * near)).approach(Fraction(0)), "it goes away again"
    assert not _Far((Fraction(5), Fraction(4), Fraction(3))).approach(Fraction(0)), "it is not near"
    assert _Far((Fraction(2), Fraction(2), Fraction(2))).approach(Fraction(2))


def test_a_bound_holds_under_its_conditions_only() -> None:
    step = Step(m, "<=", N, "the kernel fits")
    assert not step.holds()
    assert step.holds(conditions=[sympy.Ge(N, m)])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((N, "~", N, "no"), "relation="),
        ((N, "=", "N", "no"), "right="),
        (("N", "=", N, "no"), "left="),
        ((N, "=", ca.Identity(3), "no"), "right="),
        ((ca.Identity(3), "<=", ca.Identity(3), "no"), "relation="),
        ((ca.Identity(3), ">=", ca.Identity(3), "no"), "relation="),
        ((ca.Identity(3), "->", ca.Identity(3), "no"), "relation="),
    ],
)
def test_a_step_of_another_kind_is_refused(arguments: tuple, told: str) -> None:
    with pytest.raises(ca.ArgumentError, match=told):
        Step(*arguments)


# --- bare sums ---


def test_a_tally_goes_through_every_term() -> None:
    inside = Tally(Bracket(0, 2 * i + k - 1, N), (i, 4), (k, 3))
    expected = sum(0 <= 2 * a + b - 1 < 6 for a in range(4) for b in range(3))
    assert value(inside, {N: 6}) == expected == 9
    assert value(Tally(Bracket(2 * i + 3, N), (i, N)), {N: 8}) == 3
    assert value(Farthest(2 * i + 3 * k, (i, N), (k, 2)), {N: 4}) == 9
    assert value(Tally(Bracket(0, i, N), (i, 0)), {N: 3}) == 0


def test_long_tallies_are_gone_through_in_parts() -> None:
    long = Tally(Bracket(0, i + k, 2000), (i, 1500), (k, 1500))
    assert value(long, {}) == sum(min(1500, 2000 - a) for a in range(1500))
    with pytest.raises(TooLongError):
        value(Tally(i, (i, 10**9)), {})


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (sympy.floor(N / 2) + sympy.ceiling(N / 2), 7),
        (sympy.Mod(N, 3), 1),
        (Max(N, m) - sympy.Min(N, m), 4),
        (N**-2, Fraction(1, 49)),
        (sympy.Sum(i * k, (k, 0, i), (i, 0, N - 4)), sum(a * b for a in range(4) for b in range(a + 1))),
        (sympy.Sum(1, (i, 5, 3)), 0),
    ],
    ids=str,
)
def test_formulas_at_numbers(formula: sympy.Expr, expected: object) -> None:
    assert value(formula, {N: 7, m: 3}) == expected


@pytest.mark.parametrize("formula", [N, sympy.sin(N), 1 / (N - N + m - 3)], ids=str)
def test_what_has_no_value_is_told(formula: sympy.Expr) -> None:
    with pytest.raises(ca.ArgumentError, match="formula"):
        value(formula, {m: 3})


def test_what_always_holds_is_settled_and_nothing_else() -> None:
    plain = Tally(Bracket(0, i + k, N), (i, N - m + 1), (k, m))
    assert settled(plain, [N - m]) == m * (N - m + 1)
    one_more = Tally(Bracket(0, i + k, N), (i, N - m + 2), (k, m))
    assert settled(one_more, [N - m]) == one_more
    one_early = Tally(Bracket(0, i + k - 1, N), (i, N - m + 1), (k, m))
    assert settled(one_early, [N - m]) == one_early
    places = Tally(Bracket(2 * i + m, N), (i, N))
    assert settled(places, [N - m]) == sympy.floor((N - m) / 2) + 1
    assert settled(Farthest(2 * i + k, (i, N), (k, m)), []) == 2 * N + m - 3
    every = Tally(Bracket(i, N), (i, N))
    assert settled(every, []) == every, "there is room for one more than there are"
    assert settled(Farthest(i - k, (i, N), (k, m)), []) == Farthest(i - k, (i, N), (k, m))


# --- closed forms under conditions ---


@pytest.mark.parametrize("wrong", [0, 1])
def test_an_honest_sum_is_closed_under_further_conditions(
    wrong: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shifted(stage: ca.Operator) -> ca.Quantity:
        found = ca.closed_form(stage)
        return ca.Quantity(found.value + wrong, found.unit, found.conditions)

    monkeypatch.setattr(costs, "closed_form", shifted)
    p = ca.symbol("p")
    derivation = derive_cost(ca.conv(1, 1, "N", 2 * p + 1, padding="p"))
    assert sympy.expand(derivation.result - ((2 * p + 1) * N - p * (p + 1) + wrong)) == 0
    assert derivation.conditions == (sympy.Ge(N, p),)
    assert derivation.steps[-2].reason == costs.PADDING_WITHIN
    found = derivation.verify()
    assert bool(found) == (wrong == 0)
    if wrong:
        assert found.wrong[-1].step.reason == "carry out the sums"


def test_a_wrong_sum_over_the_padding_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "spelt_form", lambda stage: closed.spelt_form(stage) + 1)
    p = ca.symbol("p")
    found = derive_cost(ca.conv(1, 1, "N", 2 * p + 1, padding="p")).verify()
    assert [check.step.reason for check in found.wrong] == [costs.PADDING_WITHIN, "carry out the sums"]


def test_conditions_of_a_closed_form_reach_sums_and_ratios() -> None:
    p = ca.symbol("p")
    op = ca.conv(1, 1, "N", 2 * p + 1, padding="p")
    for derivation in (derive_cost(op @ op), ca.derive_ratio(op, ca.conv(1, 1, "N", 1))):
        assert sympy.Ge(N, p) in derivation.conditions
        assert not derivation.result.has(sympy.Sum)
        assert derivation.verify()


def test_words_are_escaped_for_latex() -> None:
    assert escaped(r"a_b & 50% \x{y} #1 ~ ^") == (
        r"a\_b \& 50\% \textbackslash{}x\{y\} \#1 \textasciitilde{} \textasciicircum{}"
    )
    step = Step(N, "=", N, "put {} for {x}", about=(m,))
    assert step.reason_text() == "put m for {x}"
    assert step.reason_latex() == r"put $m$ for \{x\}"


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, "m"])
def test_what_is_settled_of_a_padded_axis_is_its_sum(kernel: int | str, stride: int) -> None:
    """A bracket may be dropped only where it always holds: each end by itself is tried, a step off too."""
    i, k = index("i", ()), index("k", ())
    for lo, hi, size in grid((-1, 0, 1), (-2, -1, 0, 1), ("N", 7)):
        axis = ca.Axis(size, kernel, stride, lo, hi)
        reads = axis.reads(i, k)
        known = [c.lhs - c.rhs for c in axis.conditions]
        for inside in (Bracket(0, reads, axis.size), Bracket(0, reads), Bracket(1, reads, axis.size - 1)):
            tally = Tally(inside, (i, axis.outputs), (k, axis.kernel))
            found = settled(tally, known)
            for n, m in grid(range(1, 10), range(1, 5)):
                point = {ca.symbol("N"): n, ca.symbol("m"): m}
                if all(meets(c, point) for c in axis.conditions):
                    assert value(found, point) == value(tally, point), (axis, inside, point)


@pytest.mark.parametrize("stride", [1, 2, 3, "s"])
@pytest.mark.parametrize("dilation", [1, 2, "d"])
def test_without_padding_every_bracket_is_settled(stride: int | str, dilation: int | str) -> None:
    axis = ca.Axis("N", "m", stride, dilation=dilation)
    i, k = index("i", ()), index("k", ())
    tally = Tally(Bracket(0, axis.reads(i, k), axis.size), (i, axis.outputs), (k, axis.kernel))
    found = settled(tally, [c.lhs - c.rhs for c in axis.conditions])
    assert not found.has(Tally)
    assert sympy.simplify(found - axis.taps) == 0


def test_only_brackets_that_always_hold_are_dropped() -> None:
    i = index("i", ())
    weighed = Tally(i * Bracket(0, i), (i, N))
    assert settled(weighed, []) == weighed
    assert value(weighed, {N: 4}) == 0 + 1 + 2 + 3


@pytest.mark.parametrize(
    ("bracket", "holds"),
    [
        (Bracket(0, 0, 3), 1),
        (Bracket(0, 2, 3), 1),
        (Bracket(0, 3, 3), 0),
        (Bracket(0, -1, 3), 0),
        (Bracket(1, 0), 0),
        (Bracket(1, 1), 1),
        (Bracket(1, 2), 1),
    ],
)
def test_a_bracket_of_numbers_is_one_or_nothing(bracket: sympy.Expr, holds: int) -> None:
    """The lower end belongs to it, the upper one does not."""
    assert bracket == sympy.Integer(holds)
