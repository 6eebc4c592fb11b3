"""The rooms of derivations one by one: steps and checks, the ends, names and layers, what is written."""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
import sympy

import convalgebra as ca
from convalgebra.derivation import checks
from convalgebra.derivation.brackets import Bracket, Tally, index
from convalgebra.derivation.checks import Difference, StepCheck, _Far, check_step
from convalgebra.derivation.costs import cost_of, derive_cost, unused_label
from convalgebra.derivation.data import as_data
from convalgebra.derivation.ends import STEP_POINTS, _step_points
from convalgebra.derivation.fields import derive_receptive_field
from convalgebra.derivation.identities import derive_identity
from convalgebra.derivation.layers import layers
from convalgebra.derivation.names import fresh, names_of
from convalgebra.derivation.outputs import derive_output_size
from convalgebra.derivation.step import Step, escaped, side_latex, without_idle
from convalgebra.derivation.verdict import Row, Verification
from convalgebra.exact import value
from convalgebra.proofs import Max

N, m, H, W, D, M = map(ca.symbol, ("N", "m", "H", "W", "D", "M"))
i, k = index("i", ()), index("k", ())
PLACES = "the places of the window that end inside the padded input; definition"
READS = "as far as the last tap reads"


# --- steps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Step(N, "=", N + 0, "why"), "N = N    [why]"),
        (Step(N, "=", N, "why", "rule"), "N = N    [why; rule]"),
        (Step(N, "=", N, "rule", "rule"), "N = N    [rule]"),
        (Step(N, "=", N, "rule", "".join(("ru", "le"))), "N = N    [rule]"),
        (Step(N, "=", N, "add {}, then {}", "rule", (m, N + 1)), "N = N    [add m, then N + 1; rule]"),
        (Step(3, "<=", N, "less {}"), "3 <= N    [less ]"),
        (Step(1 / N, "->", 0, "{} grows", about=(N,)), "1/N -> 0    [N grows]"),
        (Step(ca.Identity(3), "=", ca.Identity(3), "both"), "I(3) = I(3)    [both]"),
    ],
    ids=str,
)
def test_a_step_says_its_sides_its_reason_and_a_rule_that_the_reason_does_not_say(
    step: Step, told: str
) -> None:
    assert str(step) == told


def test_a_reason_takes_the_formulas_it_is_about_one_after_the_other() -> None:
    step = Step(N, "=", N, "{} & {} of {x}", about=(m, N, H))
    assert step.reason_text() == "m & N of {x}"
    assert step.reason_latex() == r"$m$ \& $N$ of \{x\}"
    assert escaped("a{}b_{}") == r"a{}b\_{}"


def test_only_steps_that_read_the_same_are_idle() -> None:
    idle = Step(N + m, "=", m + N, "turn")
    other = Step(N, "=", N + 1, "no")
    assert idle.changes_nothing
    assert not other.changes_nothing
    assert without_idle([idle, other, idle, other]) == (other, other)


@pytest.mark.parametrize(("left", "right"), [(N + 1, N), (N, N + 1), (2 * N, N), (N, 2 * N)], ids=str)
def test_no_proof_says_that_unequal_sides_are_equal(left: sympy.Expr, right: sympy.Expr) -> None:
    assert not Step(left, "=", right, "no").holds()
    (wrong,) = check_step(Step(left, "=", right, "no"), {}, (), [{"N": 3}]).wrong[:1]
    assert (wrong.left, wrong.right) == (str(left.subs(N, 3)), str(right.subs(N, 3)))
    assert Step(left, ">=", right, "no").holds() == (left in (N + 1, 2 * N))


@pytest.mark.parametrize("sides", [(N, ca.Identity(3)), (ca.Identity(3), N)])
def test_sides_of_two_kinds_make_no_step(sides: Any) -> None:
    with pytest.raises(ca.ArgumentError, match="must be of the kind of left="):
        Step(sides[0], "=", sides[1], "no")


def test_sides_of_a_step() -> None:
    formulas, operators = Step(N, "=", m, "x"), Step(ca.Identity(3), "=", ca.Identity(3), "x")
    assert (formulas.of_operators, operators.of_operators) == (False, True)
    assert (formulas.operators, operators.operators) == ((), (ca.Identity(3), ca.Identity(3)))
    assert formulas.formulas == (N, m)
    assert Step(1 / N, "->", 0, "x", about=(N,)).formulas == (sympy.Limit(1 / N, N, sympy.oo), 0)
    assert len({formulas, Step(N, "=", m, "x")}) == 1


@pytest.mark.parametrize(
    ("side", "typeset"),
    [
        (N * m, "N m"),
        (2 * D * sympy.Sum(1, (i, 0, N)), r"2 D \sum_{i=0}^{N} 1"),
        (sympy.Sum(1, (i, 0, N)), r"\sum_{i=0}^{N} 1"),
        (
            sympy.Mul(2, sympy.Sum(1, (i, 0, N)), sympy.Sum(2, (k, 0, m)), evaluate=False),
            r"2 \Bigl(\sum_{i=0}^{N} 1\Bigr) \Bigl(\sum_{k=0}^{m} 2\Bigr)",
        ),
        (
            Tally(Bracket(0, i, N), (i, N)) * Tally(Bracket(0, k, m), (k, m)),
            r"\Bigl(\sum_{i=0}^{N - 1} \left[0 \le i < N\right]\Bigr) "
            r"\Bigl(\sum_{k=0}^{m - 1} \left[0 \le k < m\right]\Bigr)",
        ),
        (D * Tally(Bracket(0, i, N), (i, N)), r"D \sum_{i=0}^{N - 1} \left[0 \le i < N\right]"),
    ],
    ids=str,
)
def test_a_sum_stands_last_and_several_stand_in_brackets(side: sympy.Expr, typeset: str) -> None:
    assert side_latex(side) == typeset


def test_a_sum_below_another_is_kept_apart() -> None:
    below = sympy.Mul(sympy.Sum(1, (i, 0, N)), 1 / Tally(Bracket(0, k, m), (k, m)), evaluate=False)
    assert r"\Bigl(\sum_{i=0}^{N} 1\Bigr)" in side_latex(below)


# --- checks of steps -----------------------------------------------------------------------------


def _opaque_sum(more: int = 0) -> Step:
    """Return a step about three taps with padding that sympy does not prove in symbols."""
    return Step(Tally(Bracket(0, i + k - 1, N), (i, N), (k, 3)), "=", 3 * N - 2 + more, "count")


def test_a_step_is_carried_out_by_both_at_sizes_where_there_is_no_proof() -> None:
    points = [{"N": n} for n in (1, 2, 5, 8)]
    right, wrong = (check_step(_opaque_sum(more), {}, (), points) for more in (0, 1))
    assert (right.proved, right.points, right.wrong) == (None, 4, ())
    assert bool(right)
    # Each size by numbers, and the first two of them by sympy too.
    sizes = [dict(difference.sizes)["N"] for difference in wrong.wrong]
    assert sorted(sizes) == [1, 1, 2, 2, 5, 8]
    assert {(d.left, d.right) for d in wrong.wrong} == {
        (str(3 * n - 2), str(3 * n - 1)) for n in (1, 2, 5, 8)
    }
    assert str(wrong) == f"WRONG: {_opaque_sum(1)}: at N=1: left 1, right 2"


def test_sympy_adds_up_no_more_terms_than_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for 3 * 4 of them, N = 4 is added up and N = 5 is not."""
    monkeypatch.setattr(checks, "_SYMPY_TERMS", 12)
    wrong = check_step(_opaque_sum(1), {}, (), [{"N": 5}, {"N": 4}])
    assert sorted(dict(d.sizes)["N"] for d in wrong.wrong) == [4, 4, 5]


def test_a_proof_is_enough_at_every_size() -> None:
    step = Step(N + 1, "=", 1 + N, "turn")
    assert check_step(step, {}, (), [{"N": 3}]) == StepCheck(step, True, 1, ())
    assert not check_step(step, {}, (), []), "at no size it was compared by numbers"
    assert not StepCheck(step, False, 3), "sympy says it is wrong"
    assert StepCheck(step, None, 1)
    assert not StepCheck(step, True, 1, (Difference((), "1", "2"),))


@pytest.mark.parametrize(
    ("thing", "field"),
    [
        (Step(N, "=", m, "x"), "left"),
        (Difference((), "1", "2"), "left"),
        (StepCheck(Step(N, "=", m, "x"), True, 1), "proved"),
        (_Far((Fraction(1),)), "values"),
        (Row((), Fraction(1), (1,), Fraction(1)), "formula"),
        (Verification((), ()), "rows"),
        (layers(ca.conv(1, 1, 5, 3))[0], "turned"),
        (cost_of(ca.conv(1, 1, 5, 3), "A", {"A"}), "formula"),
        (derive_cost(ca.conv(1, 1, 5, 3)), "result"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_derived_and_found_are_values(thing: Any, field: str) -> None:
    assert len({thing, dataclasses.replace(thing)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(thing, field, None)


@pytest.mark.parametrize("error", [NotImplementedError, TypeError, ValueError, RecursionError])
def test_where_sympy_breaks_down_there_is_no_proof(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> bool:
        raise error

    monkeypatch.setattr(Step, "holds", breaks)
    found = check_step(Step(N + 1, "=", 1 + N, "turn"), {}, (), [{"N": 3}])
    assert (found.proved, found.points, found.wrong) == (None, 1, ())


@pytest.mark.parametrize(
    ("op", "relation"),
    [
        (ca.conv(1, 1, 9, 3), "="),
        (ca.conv_transpose(1, 1, 9, 3), "<="),
        (ca.conv_transpose(1, 1, 9, 3, stride=2), "<="),
        (ca.conv(1, 1, 9, 3) @ ca.conv_transpose(1, 1, 7, 3), "<="),
    ],
    ids=repr,
)
def test_after_a_transposed_layer_a_field_is_a_bound(op: ca.Operator, relation: str) -> None:
    derivation = derive_receptive_field(op)
    assert derivation.relation == relation
    assert derivation.verify([{}])


def test_what_has_no_windows_has_no_field_to_derive() -> None:
    with pytest.raises(ca.ArgumentError, match="nothing is derived of it"):
        derive_receptive_field(ca.winograd(1, 1, (4, 4), 3))


def test_what_is_named_is_put_in() -> None:
    step = Step(M, "=", N - m + 1, "the places")
    assert check_step(step, {M: N - m + 1}, (), [{"N": 5, "m": 3}])
    assert not check_step(step, {M: N - m}, (), [{"N": 5, "m": 3}])


def test_a_side_without_a_value_is_wrong_there() -> None:
    step = Step(m / (N - m), "=", 1 / (N / m - 1), "divide")
    found = check_step(step, {}, (), [{"N": 3, "m": 3}, {"N": 4, "m": 2}])
    assert found.points == 1
    (there,) = found.wrong
    assert there.sizes == (("N", 3), ("m", 3))
    assert there.left == "no number"
    assert str(there).startswith("at N=3, m=3: left no number, right ")


def test_a_difference_says_where_if_there_is_a_where() -> None:
    assert str(Difference((), "1", "2")) == "left 1, right 2"
    assert str(Difference((("N", 3),), "1", "2")) == "at N=3: left 1, right 2"


@pytest.mark.parametrize(
    ("formula", "limit", "holds"),
    [
        (1 / N, 0, True),
        (m / N, 0, True),
        ((m * N + 5) / (N + m), m, True),
        ((m * N + 5) / (N + m), m + 1, False),
        (1 / N + sympy.Rational(1, 100), 0, False),
        (1000 + 1 / N, 1000, True),
        (m, m, True),
        (m, m + 1, False),
    ],
    ids=str,
)
def test_limits_are_gone_towards_by_numbers(formula: sympy.Expr, limit: Any, holds: bool) -> None:
    step = Step(formula, "->", limit, "{} grows", about=(N,))
    found = check_step(step, {}, (), [{"N": 2, "m": 3}])
    assert bool(found) == holds
    assert found.points == 1
    if not holds:
        assert found.wrong[0].left.endswith(", ...")


def test_where_a_limit_is_missed_what_is_gone_through_is_told() -> None:
    step = Step(1 / N, "->", 1, "{} grows", about=(N,))
    found = check_step(step, {}, (), [{"N": 2}])
    assert str(found) == f"WRONG: {step}: at N=2: left 0.001, 1e-05, 1e-07, ..., right 1"


def test_to_be_near_is_a_thousandth_of_what_it_is_about() -> None:
    start = Fraction(1)
    assert _Far((start, Fraction(1, 10), Fraction(1, 1000))).approach(Fraction(0))
    assert not _Far((start, Fraction(1, 10), Fraction(1, 999))).approach(Fraction(0))
    assert _Far((Fraction(1010), Fraction(1005), Fraction(1001))).approach(Fraction(1000))
    assert not _Far((Fraction(1010), Fraction(1005), Fraction(1002))).approach(Fraction(1000))
    assert not _Far((start, Fraction(1, 1000), Fraction(1, 1000))).approach(Fraction(0)), "no nearer"
    assert str(_Far((Fraction(1, 2), Fraction(5)))) == "0.5, 5, ..."


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ((N - 5) ** -1, Fraction(-1, 2)),
        ((N - 5) ** -3, Fraction(-1, 8)),
        ((N - 5) ** 3, -8),
        ((N - 3) ** 0 + N, 4),
        (sympy.floor((N - 10) / 2), -4),
        (sympy.ceiling((N - 10) / 2), -3),
        (sympy.Mod(N - 7, 3, evaluate=False), 2),
        (sympy.Mod(2 * N - 1, N, evaluate=False), 2),
        (sympy.Max(N, 2 * N - 4, evaluate=False) - sympy.Min(N, 5, evaluate=False), 0),
        (Max(N - 4, -N), -1),
        (sympy.Sum(i, (i, N - 5, N)), -2 - 1 + 0 + 1 + 2 + 3),
        (sympy.Sum(i, (i, sympy.Rational(1, 2), N + sympy.Rational(1, 2))), 1 + 2 + 3),
    ],
    ids=str,
)
def test_formulas_below_zero_have_their_values_too(formula: sympy.Expr, expected: Any) -> None:
    assert value(formula, {N: 3}) == expected


# --- the ends ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 11, 12, 13, 24, 30, 47, 48, 50, 200])
def test_steps_are_gone_through_at_small_sizes_spread_out(count: int) -> None:
    points = [{"N": (7 * at) % count + 1, "m": 1} for at in range(count)]
    chosen = [point["N"] for point in _step_points(points)]
    smaller = list(range(1, count + 1))[: max(STEP_POINTS, count // 2)]
    assert len(chosen) == min(count, STEP_POINTS)
    assert chosen == smaller[:: max(1, len(smaller) // STEP_POINTS)][:STEP_POINTS]
    assert set(chosen) <= set(smaller)


@pytest.mark.parametrize(
    ("row", "agrees", "told"),
    [
        (Row((("N", 5),), Fraction(9), (9,), Fraction(9)), True, "N=5: formula 9, measured 9, equal"),
        (Row((), Fraction(8, 9), (72, 81), Fraction(8, 9)), True, "formula 8/9, measured 72/81, equal"),
        (Row((), Fraction(1), (72, 81), Fraction(8, 9)), False, "formula 1, measured 72/81, DIFFERENT"),
        (Row((), (3, 4), (3, 4), (3, 4)), True, "formula 3, 4, measured 3, 4, equal"),
        (Row((), (3, 4), (3, 5), (3, 5)), False, "formula 3, 4, measured 3, 5, DIFFERENT"),
        (Row((), (3, 4), (3, 2), (3, 2), "<="), True, "formula 3, 4, measured 3, 2, within it"),
        (Row((), (3, 4), (3, 5), (3, 5), "<="), False, "formula 3, 4, measured 3, 5, DIFFERENT"),
        (Row((), (3, 4), (2, 5), (2, 5), "<="), False, "formula 3, 4, measured 2, 5, DIFFERENT"),
        (Row((), Fraction(3), (2,), Fraction(2), "<="), True, "formula 3, measured 2, within it"),
    ],
    ids=[f"row {at}" for at in range(9)],
)
def test_a_row_says_what_was_told_and_what_was_measured(row: Row, agrees: bool, told: str) -> None:
    assert row.agrees == agrees
    assert str(row) == told


def test_a_verification_counts_what_holds_and_names_what_does_not() -> None:
    step = Step(N, "=", N, "turn")
    good, bad = StepCheck(step, True, 1), StepCheck(step, None, 1, (Difference((), "1", "2"),))
    right, wrong = Row((), Fraction(1), (1,), Fraction(1)), Row((), Fraction(1), (2,), Fraction(2))
    assert Verification((good,), (right,))
    for steps, rows in (((good, bad), (right,)), ((good,), (right, wrong)), ((good,), ())):
        assert not Verification(steps, rows)
    both = Verification((good, bad), (right, wrong))
    assert both.wrong == (bad,)
    assert both.summary.splitlines() == [
        "steps: 1 of 2 hold",
        "WRONG: N = N    [turn]: left 1, right 2",
        "sizes: 1 of 2 agree",
        "formula 1, measured 2, DIFFERENT",
    ]
    assert str(both).splitlines()[4:] == ["formula 1, measured 1, equal"]


def test_sizes_must_be_of_every_name_and_meet_the_conditions() -> None:
    derivation = derive_cost(ca.conv(1, 1, "N", "m"))
    assert derivation.measure_at({"N": 3, "m": 3}).measured == (3,)
    for sizes, told in [
        ({"N": 3}, "must map each of N, m"),
        ({"N": 3, "m": 2, "s": 1}, "must map each of N, m"),
        ({"N": 3, "m": 4}, "do not meet the condition N >= m"),
        ({"N": 3, "m": 0}, "m=0 must be at least 1"),
        (3, "must map"),
    ]:
        with pytest.raises(ca.ArgumentError, match=told):
            derivation.measure_at(sizes)  # type: ignore[arg-type]


def test_a_ratio_to_what_multiplies_nothing_at_a_size_is_refused() -> None:
    """Padding alone is read by the second one at these sizes, which its conditions do not exclude here."""
    derivation = ca.derive_ratio(ca.conv(1, 1, "N", 1), ca.conv(1, 1, "N", 1, padding=((2, 0),)))
    crop = ca.conv(1, 1, "N", 1, padding=((3, -3),), stride=5)
    nothing = dataclasses.replace(derivation, about=(derivation.a, crop), conditions=())
    assert ca.measure(crop.subs(N=3)).multiplications == 0
    with pytest.raises(
        ca.ArgumentError, match=re.escape(f"b={crop.subs(N=3)!r} multiplies nothing at these")
    ):
        nothing.measure_at({"N": 3})


# --- names and layers ----------------------------------------------------------------------------


def test_of_a_ratio_both_counts_are_measured_and_divided() -> None:
    ratio = ca.derive_ratio(ca.conv(1, 1, "N", 2), ca.conv(1, 1, "N", 3))
    row = ratio.measure_at({"N": 6})
    assert (row.measured, row.counted, row.formula) == ((10, 12), Fraction(5, 6), Fraction(5, 6))


def test_names_that_are_free() -> None:
    used = {"M", "MM_1"}
    assert [str(fresh("M", *at, used)) for at in ((None, None), (1, None), (1, None), (2, 1))] == [
        "MM",
        "M_1",
        "MMM_1",
        "M_2_1",
    ]
    assert used == {"M", "MM", "M_1", "MM_1", "MMM_1", "M_2_1"}
    assert fresh("r", None, 3, set()).name == "r_3"
    assert (fresh("r", 1, None, set()).is_integer, fresh("r", 1, None, set(), True).is_integer) == (
        True,
        None,
    )
    assert fresh("r", 1, None, set(), True).is_positive
    axis = ca.Axis("N", "m", stride="s", lo="p", hi="q", dilation="d")
    assert names_of(axis) == {"N", "m", "s", "p", "q", "d"}


@pytest.mark.parametrize(
    ("axis", "tap", "told"),
    [
        (
            ca.Axis("N", 3, stride=2, lo=1, hi=1),
            1,
            [
                f"M = sum([2*i + 1 <= N], i < N)    [{PLACES}]",
                "sum([2*i + 1 <= N], i < N) = Sum(1, (i, 0, floor((N - 1)/2)))"
                "    [the last window that fits begins at most N - 1 in]",
                "Sum(1, (i, 0, floor((N - 1)/2))) = floor((N - 1)/2) + 1"
                "    [the places from 0 to the last]",
            ],
        ),
        (
            ca.Axis(9, 3, lo=2, hi=1, dilation=2),
            1,
            [
                f"M = sum([i + 1 <= 8], i < 8)    [{PLACES}]",
                "sum([i + 1 <= 8], i < 8) = Sum(1, (i, 0, 7))    [the last window that fits begins 7 in]",
                "Sum(1, (i, 0, 7)) = 8    [the places from 0 to the last]",
            ],
        ),
        (ca.Axis("N", 3, lo=1, hi=1), 1, ["M = N    [every position stays where it is]"]),
    ],
    ids=repr,
)
def test_a_selection_is_a_window_of_one_tap(axis: ca.Axis, tap: int, told: list[str]) -> None:
    op = ca.Kron((ca.Identity(2), ca.Selection(axis, tap)))
    assert derive_output_size(op).text().splitlines() == told
    assert derive_receptive_field(op).text().splitlines() == [
        f"r = max(k, k < 1) + 1    [{READS}; definition]",
        "max(k, k < 1) + 1 = 1    [the last tap is 0 on]",
    ]


@pytest.mark.parametrize("padding_mode", ["circular", "reflect", "replicate"])
def test_what_repeats_inputs_slides_no_window_of_one_tap(padding_mode: str) -> None:
    for kernel in (3, 1):
        axis = ca.Axis(9, kernel, lo=1, hi=1, padding_mode=padding_mode)
        (layer,) = layers(ca.Kron((ca.Identity(2), ca.Selection(axis, 0))))
        assert layer.axes == ((axis,) if kernel == 1 else (None,))


def test_operators_side_by_side_slide_as_the_first_one_does() -> None:
    wide, narrow = ca.conv(1, 1, "N", 3, padding=1, name="a"), ca.conv(1, 1, "N", 1, name="b")
    for pair in ((wide, narrow), (narrow, wide)):
        (layer,) = layers(ca.Sum(pair))
        assert layer.axes == pair[0].axes
        assert not layer.turned


@pytest.mark.parametrize(
    "op",
    [
        ca.conv(1, 1, 8, 3, padding=1, padding_mode="circular"),
        ca.Kron((ca.Identity(1), ca.Filter(ca.Axis(8, 3, lo=1, hi=1, padding_mode="circular")))),
    ],
    ids=repr,
)
def test_what_goes_round_the_circle_has_no_window_however_it_is_written(op: ca.Operator) -> None:
    """At the border an output sees both ends of the image, as its pattern says."""
    for written in (op, op.expand()) if isinstance(op, ca.Conv) else (op,):
        assert ca.receptive_field(written) == (8,)
        with pytest.raises(ca.ArgumentError, match="goes round the circle"):
            derive_receptive_field(written)


def test_labels_of_counts_are_numbered_from_two() -> None:
    taken = {"A"}
    assert [unused_label(name, taken) for name in ("A", "A", "B", "A", "B")] == [
        "A 2",
        "A 3",
        "B",
        "A 4",
        "B 2",
    ]


def test_layers_come_in_the_order_in_which_they_are_run() -> None:
    first, second = ca.conv(1, 1, 9, 3), ca.conv(1, 1, 7, 2)
    (one, two) = layers(second @ first)
    assert [one.axes[0].size, two.axes[0].size] == [9, 7]
    assert not one.turned
    (last, begin) = layers((second @ first).T)
    assert (last.turned, begin.turned) == (True, True)
    assert [last.axes[0].size, begin.axes[0].size] == [7, 9]
    (shuffle,) = layers(ca.channel_shuffle(4, (3, 5), groups=2))
    assert shuffle.axes == (None, None)
    (blocks,) = layers(ca.conv(4, 4, 7, 3, groups=2).blocks())
    assert blocks.axes[0].kernel == 3


# --- in writing ----------------------------------------------------------------------------------


def test_a_rule_is_written_where_the_reason_does_not_say_it() -> None:
    derivation = derive_cost(ca.BlockDiag((ca.Dense(2, 3, "a"), ca.Dense(1, 3, "b"))))
    for written in (derivation.latex(), derivation.markdown(), derivation.html()):
        assert "their costs add up (block diagonal)" in written
    plain = derive_cost(ca.conv(1, 1, "N", "m"))
    for written in (plain.latex(), plain.markdown(), plain.html()):
        assert "(definition)" not in written


def test_markdown_and_html_say_what_is_needed_and_what_was_found() -> None:
    derivation = derive_cost(ca.conv(1, 1, "N", "m"))
    checked = derivation.verified([{"N": 5, "m": 3}])
    markdown = checked.markdown().splitlines()
    assert markdown[0].startswith(r"**Derivation of the multiplications of ca.conv(1, 1, ")
    assert markdown[1:6] == [
        "",
        r"If $N \geq m$:",
        "",
        "| | | | because |",
        "| ---: | :---: | :--- | :--- |",
    ]
    assert markdown[7].startswith("|  | $=$ | $")
    assert markdown[-1] == "Checked: steps: 3 of 3 hold; sizes: 1 of 1 agree"
    assert not derivation.markdown().splitlines()[-1].startswith("Checked")
    page = checked.html()
    assert '<p class="holds">steps: 3 of 3 hold<br>\nsizes: 1 of 1 agree</p>' in page
    assert '<p class="' not in derivation.html()
    wrong = dataclasses.replace(derivation, result=N).verified([{"N": 5, "m": 3}])
    assert '<p class="wrong">steps: 3 of 3 hold<br>\nsizes: 0 of 1 agree<br>' in wrong.html()
    assert '<div class="left"></div>' in page
    assert re.search(r"<p>If <math>", page)


def test_a_reason_of_a_page_holds_its_formulas_between_its_words() -> None:
    step = Step(N, "=", m, "a < {} > {}", about=(H, W))
    derivation = dataclasses.replace(derive_cost(ca.conv(1, 1, "N", "m")), steps=(step,))
    (reason,) = re.findall(r'<div class="reason">(.*)</div>', derivation.html())
    words = re.sub(r"<math.*?<mi>(\w)</mi>.*?</math>", r"\1", reason)
    assert words == "a &lt; H &gt; W"
    fewer = dataclasses.replace(derivation, steps=(dataclasses.replace(step, about=(H,)),))
    assert "a &lt; " in fewer.html()
    more = dataclasses.replace(derivation, steps=(dataclasses.replace(step, about=(H, W, N)),))
    assert more.html() == derivation.html(), "what has no place between the words is left out"


def test_sums_and_fractions_of_a_page_have_their_full_size() -> None:
    derivation = derive_cost(ca.conv(1, 1, "N", "m"))
    page = derivation.html()
    sides = re.findall(r'<div class="(?:left|relation|right)">(<math.*?>)', page)
    assert len(sides) == 2 * len(derivation.steps) + 1, (
        "a relation and a right side each, and the first left side"
    )
    assert all('displaystyle="true"' in side for side in sides)
    (condition,) = re.findall(r"<p>If (<math.*?>)", page)
    assert "displaystyle" not in condition


def test_a_derivation_as_data() -> None:
    derivation = derive_output_size(ca.conv(1, 1, "N", "m"))
    data = as_data(derivation)
    assert data["result"] == [{"text": "N - m + 1", "latex": "N - m + 1"}]
    assert data["conditions"] == [{"text": "N >= m", "latex": r"N \geq m"}]
    assert (data["kind"], data["relation"], data["limits"], data["verdict"]) == (
        "output size",
        "=",
        [],
        None,
    )
    identity = as_data(derive_identity("mixed product").verified())
    assert identity["conditions"] == [
        {"text": derive_identity("mixed product").theorem.condition, "latex": ""}
    ]
    assert identity["verdict"]["steps"][0]["proved_in_symbols"] is True
    shown = identity["verdict"]["sizes"][0]["sizes"]
    assert shown == {"shapes": str(dict(derive_identity("mixed product").sizes)["shapes"])}
    assert SimpleNamespace(**identity["verdict"]).passed is True


def test_what_a_derivation_is_about() -> None:
    a, b = ca.depthwise("D", 5, 3), ca.conv("D", "D", 5, 3)
    ratio = ca.derive_ratio(a, b)
    assert (ratio.a, ratio.b, ratio.operators, ratio.theorem) == (a, b, (a, b), None)
    assert ratio.symbols == (D,)
    one = derive_cost(a)
    assert (one.a, one.b, one.operators) == (a, a, (a,)), "of one operator it is the first and the last"
    identity = derive_identity("mixed product")
    assert identity.theorem.name == "mixed product"
    assert identity.needed == (identity.theorem.condition,)
    assert len({derive_cost(a), derive_cost(a)}) == 1
    checked = derive_cost(ca.conv(1, 1, 5, 3)).verified()
    assert "Verification" not in repr(checked), "what was found is not what it is"
    assert repr(checked) == repr(derive_cost(ca.conv(1, 1, 5, 3)))
