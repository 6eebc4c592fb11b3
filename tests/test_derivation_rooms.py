"""The rooms of derivations one by one: steps and checks, sizes, fields, costs, chains, what is written."""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import sympy

import convalgebra as ca
from convalgebra.counting.grids import sample_points
from convalgebra.derivation import chains, checks, identities
from convalgebra.derivation.brackets import Bracket, Tally, index
from convalgebra.derivation.chains import ENTRY_BY_ENTRY, parts
from convalgebra.derivation.checks import Difference, StepCheck, _Far, check_step
from convalgebra.derivation.costs import cost_of, derive_cost, unused_label
from convalgebra.derivation.data import as_data
from convalgebra.derivation.ends import STEP_POINTS, _step_points
from convalgebra.derivation.fields import derive_receptive_field
from convalgebra.derivation.identities import derive_identity
from convalgebra.derivation.identitychecks import _joined
from convalgebra.derivation.layers import layers
from convalgebra.derivation.names import fresh, names_of
from convalgebra.derivation.outputs import derive_output_size
from convalgebra.derivation.step import Step, escaped, side_latex, without_idle
from convalgebra.derivation.verdict import Row, Verification
from convalgebra.exact import value
from convalgebra.proofs import Max
from convalgebra.theorems.theorem import Theorem

N, m, H, W, D, M, p = map(ca.symbol, ("N", "m", "H", "W", "D", "M", "p"))
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


# --- output sizes and fields ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "told"),
    [
        (
            ca.conv(1, 1, 5, 3) @ ca.conv(1, 1, 7, 3),
            [
                f"M_1 = sum([i + 3 <= 7], i < 7)    [{PLACES}]",
                "sum([i + 3 <= 7], i < 7) = Sum(1, (i, 0, 4))    [the last window that fits begins 4 in]",
                "Sum(1, (i, 0, 4)) = 5    [the places from 0 to the last]",
                f"M_2 = sum([i + 3 <= 5], i < 5)    [{PLACES}]",
                "sum([i + 3 <= 5], i < 5) = Sum(1, (i, 0, 2))    [the last window that fits begins 2 in]",
                "Sum(1, (i, 0, 2)) = 3    [the places from 0 to the last]",
            ],
        ),
        (
            ca.conv(1, 1, ("H", "W"), (1, 3), stride=(1, 2), padding=((0, 0), (1, 0))),
            [
                "M_1 = H    [every position stays where it is]",
                f"M_2 = sum([2*i + 3 <= W + 1], i < W + 1)    [{PLACES}]",
                "sum([2*i + 3 <= W + 1], i < W + 1) = Sum(1, (i, 0, floor(W/2) - 1))"
                "    [the last window that fits begins at most W - 2 in]",
                "Sum(1, (i, 0, floor(W/2) - 1)) = floor(W/2)    [the places from 0 to the last]",
                "if W >= 2",
            ],
        ),
        (
            ca.decimation(1, "N", 2),
            [
                f"M = sum([2*i + 1 <= N], i < N)    [{PLACES}]",
                "sum([2*i + 1 <= N], i < N) = Sum(1, (i, 0, floor((N - 1)/2)))"
                "    [the last window that fits begins at most N - 1 in]",
                "Sum(1, (i, 0, floor((N - 1)/2))) = floor((N - 1)/2) + 1    [the "
                "places from 0 to the last]",
            ],
        ),
        (
            ca.conv_transpose(1, 1, "N", 3, stride=2, dilation=2),
            [
                "M = max(2*i + 2*k, i < N, k < 3) + 1    [the last place that an input "
                "reaches through a tap, "
                "less the padding; definition]",
                "max(2*i + 2*k, i < N, k < 3) + 1 = (2*N + 2) + 1    [the last input, "
                "through the last tap]",
                "(2*N + 2) + 1 = 2*N + 3    [collect]",
            ],
        ),
        (
            ca.conv_transpose(1, 1, 4, 3, stride=2, padding=1, output_padding=1),
            [
                "M = max(2*i + k, i < 4, k < 3)    [the last place that an input reaches through a tap, "
                "less the padding, and the output padding; definition]",
                "max(2*i + k, i < 4, k < 3) = 8    [the last input, through the last tap]",
            ],
        ),
        (ca.upsample_nearest(2, "N", 2), ["M = 2*N    [each position becomes 2]"]),
        (
            ca.pixel_unshuffle(1, (2 * H, 2 * H), 2),
            ["M = (2*H)/2    [2 positions become one]", "(2*H)/2 = H    [multiply]"],
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, ca.Operator) else "",
)
def test_output_sizes_are_told_step_by_step(op: ca.Operator, told: list[str]) -> None:
    derivation = derive_output_size(op)
    assert derivation.text().splitlines() == told
    assert derivation.verify(sample_points([op], derivation.conditions, 4))


@pytest.mark.parametrize(
    ("op", "told"),
    [
        (
            ca.conv(1, 1, "N", 3, stride=2) @ ca.conv(1, 1, 2 * N + 1, 3, stride=2),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
                "j_1 = 2    [how far the window moves from output to output: the strides]",
                f"r_2 = j_1*max(k, k < 3) + r_1    [{READS}, in steps of j_1; definition]",
                "j_1*max(k, k < 3) + r_1 = 2*j_1 + r_1    [the last tap is 2 on]",
                "2*j_1 + r_1 = 7    [put in and collect]",
                "if N >= 3",
            ],
        ),
        (
            ca.conv(1, 1, 8, 3) @ ca.conv(1, 1, 15, 1, stride=2),
            [
                "j_1 = 2    [how far the window moves from output to output: the strides]",
                f"r_2 = j_1*max(k, k < 3) + 1    [{READS}, in steps of j_1; definition]",
                "j_1*max(k, k < 3) + 1 = 2*j_1 + 1    [the last tap is 2 on]",
                "2*j_1 + 1 = 5    [put in and collect]",
            ],
        ),
        (
            ca.conv(1, 1, 7, 1) @ ca.conv(1, 1, 9, 3),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
            ],
        ),
        (
            ca.conv(1, 1, 9, 1),
            [
                f"r = max(k, k < 1) + 1    [{READS}; definition]",
                "max(k, k < 1) + 1 = 1    [the last tap is 0 on]",
            ],
        ),
        (
            ca.conv(1, 1, (9, 9), (3, 5), dilation=(2, 1)),
            [
                f"r_1 = max(2*k, k < 3) + 1    [{READS}; definition]",
                "max(2*k, k < 3) + 1 = 5    [the last tap is 4 on]",
                f"r_2 = max(k, k < 5) + 1    [{READS}; definition]",
                "max(k, k < 5) + 1 = 5    [the last tap is 4 on]",
            ],
        ),
        (
            ca.conv(1, 1, 9, 3, padding=1, padding_mode="reflect"),
            ["r = 1 + 2    [the window of this layer; definition]", "1 + 2 = 3    [the last tap is 2 on]"],
        ),
        (
            ca.conv(1, 1, 9, 3) @ ca.conv_transpose(1, 1, 4, 3, stride=2),
            [
                "r_1 = 1 + 1    [the window of this layer; definition]",
                "1 + 1 = 2    [the last tap is 1 on]",
                "j_1 = 1/2    [how far the window moves from output to output: the strides]",
                f"r_2 = j_1*max(k, k < 3) + r_1    [{READS}, in steps of j_1; definition]",
                "j_1*max(k, k < 3) + r_1 = 2*j_1 + r_1    [the last tap is 2 on]",
                "2*j_1 + r_1 = 3    [put in and collect]",
            ],
        ),
        (
            ca.conv(1, 1, 5, 3) @ ca.conv(1, 1, 17, 3, stride=3) @ ca.conv(1, 1, 35, 3, stride=2),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
                "j_1 = 2    [how far the window moves from output to output: the strides]",
                f"r_2 = j_1*max(k, k < 3) + r_1    [{READS}, in steps of j_1; definition]",
                "j_1*max(k, k < 3) + r_1 = 2*j_1 + r_1    [the last tap is 2 on]",
                "2*j_1 + r_1 = 7    [put in and collect]",
                "j_2 = 3*j_1    [how far the window moves from output to output: the strides]",
                "3*j_1 = 6    [multiply]",
                f"r_3 = j_2*max(k, k < 3) + r_2    [{READS}, in steps of j_2; definition]",
                "j_2*max(k, k < 3) + r_2 = 2*j_2 + r_2    [the last tap is 2 on]",
                "2*j_2 + r_2 = 19    [put in and collect]",
            ],
        ),
        (
            ca.upsample_nearest(1, 4, 2) @ ca.conv(1, 1, 6, 3),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
                "r_2 = r_1 + 1/2    [the window of this layer; definition]",
                "r_1 + 1/2 = 7/2    [put in and collect]",
                "floor(r_2) = 3    [whole inputs only]",
            ],
        ),
        (
            ca.conv(1, 1, "N", 3, padding=1) @ ca.conv(1, 1, "N", 3, padding=1),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
                f"r_2 = r_1 + max(k, k < 3)    [{READS}; definition]",
                "r_1 + max(k, k < 3) = r_1 + 2    [the last tap is 2 on]",
                "r_1 + 2 = 5    [put in and collect]",
                "if N >= 5",
            ],
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, ca.Operator) else "",
)
def test_fields_are_told_step_by_step(op: ca.Operator, told: list[str]) -> None:
    derivation = derive_receptive_field(op)
    assert derivation.text().splitlines() == told
    assert derivation.verify(sample_points([op], derivation.conditions, 4))


@pytest.mark.parametrize(
    ("op", "least"),
    [
        (ca.conv(1, 1, "N", 3), 3),
        (ca.conv(1, 1, "N", 3, padding=1), 3),
        (ca.conv(1, 1, "N", 3, padding=1, stride=2), 4),
        (ca.conv(1, 1, "N", 2, padding=2, stride=3), 3),
        (ca.conv(1, 1, "N", 3, padding=4, dilation=2), 5),
    ],
    ids=repr,
)
def test_the_least_image_on_which_an_output_sees_its_whole_window(op: ca.Operator, least: int) -> None:
    """There the measured field is the one told, and on an image shorter by one it is less."""
    derivation = derive_receptive_field(op)
    (told,) = derivation.result
    for size in range(1, 9):
        try:
            found = derivation.measure_at({"N": size})
        except ca.ArgumentError:
            assert size < least
            continue
        assert size >= least
        assert found.measured == (told,)


# --- costs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "told"),
    [
        (
            ca.conv(1, 1, 5, 3, padding=1),
            [
                "mult(A) = sum([0 <= i + k - 1 < 5], i < 5, k < 3)"
                "    [one product per output and tap that reads inside the input; definition]",
                "sum([0 <= i + k - 1 < 5], i < 5, k < 3) = 4 + 4 + 5"
                "    [the outputs at which each tap reads inside]",
                "4 + 4 + 5 = 13    [carry out the sums]",
            ],
        ),
        (
            ca.conv("D", 3, ("H", "W"), (1, 3)),
            [
                "mult(A) = 3*D*sum([0 <= i < H]*[0 <= j + l < W], i < H, j < W - 2, l < 3)"
                "    [one product per channel pair, output and tap that reads inside "
                "the input; definition]",
                "3*D*sum([0 <= i < H]*[0 <= j + l < W], i < H, j < W - 2, l < 3) = "
                "3*D*Sum(1, (i, 0, H - 1))*Sum(1, (i, 0, W - 3), (k, 0, 2))"
                "    [without padding every tap reads inside]",
                "3*D*Sum(1, (i, 0, H - 1))*Sum(1, (i, 0, W - 3), (k, 0, 2)) = 9*D*H*(W - 2)"
                "    [carry out the sums]",
                "if W >= 3",
            ],
        ),
        (
            ca.pointwise("D", "M", "N"),
            [
                "mult(A) = D*M*sum([0 <= i < N], i < N)"
                "    [one product per channel pair and output that reads inside the input; definition]",
                "D*M*sum([0 <= i < N], i < N) = D*M*Sum(1, (i, 0, N - 1))"
                "    [without padding every tap reads inside]",
                "D*M*Sum(1, (i, 0, N - 1)) = D*M*N    [carry out the sums]",
            ],
        ),
        (
            ca.pointwise(1, 1, "N"),
            [
                "mult(A) = sum([0 <= i < N], i < N)"
                "    [one product per output that reads inside the input; definition]",
                "sum([0 <= i < N], i < N) = Sum(1, (i, 0, N - 1))"
                "    [without padding every tap reads inside]",
                "Sum(1, (i, 0, N - 1)) = N    [carry out the sums]",
            ],
        ),
        (ca.Identity(4), ["mult(A) = 0    [it has no weights: nothing in it counts]"]),
        (
            ca.BlockDiag((ca.Dense(2, 3, "a"), ca.Dense(2, 3, "b"), ca.Dense(1, 3, "c"))),
            [
                "mult(a) = 6    [the entries of the matrix, by its structure]",
                "mult(c) = 3    [the entries of the matrix, by its structure]",
                "mult(A) = 2*mult(a) + mult(c)"
                "    [blocks are run apart, each on its own channels: their costs add up; block diagonal]",
                "2*mult(a) + mult(c) = 15    [put in the counts]",
            ],
        ),
        (
            ca.BlockDiag((ca.Dense(2, 3, "a"), ca.Identity(4))),
            [
                "mult(a) = 6    [the entries of the matrix, by its structure]",
                "mult(A) = mult(a)"
                "    [blocks are run apart, each on its own channels: their costs add up; block diagonal]",
                "mult(a) = 6    [put in the counts]",
            ],
        ),
        (
            # Both cost 24: the count that is named after a is that of a.
            ca.VStack(
                (
                    ca.Kron((ca.Identity(2), ca.Dense(4, 3, "a"))),
                    ca.Kron((ca.Identity(3), ca.Dense(4, 2, "b"))),
                )
            ),
            [
                "mult(a) = 2*12    [the entries of a Kronecker product are those of its operands, "
                "multiplied; Kronecker product]",
                "2*12 = 24    [carry out the product]",
                "mult(A) = 2*mult(a)"
                "    [operators one below the other are run apart: their costs add up; stack]",
                "2*mult(a) = 48    [put in the counts]",
            ],
        ),
        (
            ca.Kron((ca.Dense(2, 3, "a"), ca.Dense(2, 2, "b"))),
            [
                "mult(A) = 6*4    [the entries of a Kronecker product are those of its "
                "operands, multiplied; "
                "Kronecker product]",
                "6*4 = 24    [carry out the product]",
            ],
        ),
        (
            ca.conv(1, 2, (4, 5), (2, 3), padding=((1, 0), (0, 1))),
            [
                "mult(A) = 2*sum([0 <= j + l < 5]*[0 <= i + k - 1 < 4], i < 4, j < 4, k < 2, l < 3)"
                "    [one product per channel pair, output and tap that reads inside the input; "
                "definition]",
                "2*sum([0 <= j + l < 5]*[0 <= i + k - 1 < 4], i < 4, j < 4, k < 2, l < 3)"
                " = 2*sum([0 <= j + l < 5], j < 4, l < 3)*sum([0 <= i + k - 1 < 4], i < 4, k < 2)"
                "    [the axes do not depend on each other; distributive law]",
                "2*sum([0 <= j + l < 5], j < 4, l < 3)*sum([0 <= i + k - 1 < 4], i < 4, k < 2)"
                " = 2*(3 + 4)*(3 + 4 + 4)    [the outputs at which each tap reads inside]",
                "2*(3 + 4)*(3 + 4 + 4) = 154    [carry out the sums]",
            ],
        ),
        (
            ca.locally_connected(2, 3, (5, 4), (3, 1)),
            [
                "mult(A) = 6*sum([0 <= j < 4]*[0 <= i + k < 5], i < 3, j < 4, k < 3)"
                "    [one product per channel pair, output and tap that reads inside the input; "
                "definition]",
                "6*sum([0 <= j < 4]*[0 <= i + k < 5], i < 3, j < 4, k < 3)"
                " = 6*Sum(1, (i, 0, 3))*Sum(1, (i, 0, 2), (k, 0, 2))"
                "    [without padding every tap reads inside]",
                "6*Sum(1, (i, 0, 3))*Sum(1, (i, 0, 2), (k, 0, 2)) = 216    [carry out the sums]",
            ],
        ),
        (
            ca.Kron((ca.Dense(2, 3, "a"), ca.Filter(ca.Axis(7, 3, stride=2, lo=1, hi=2)))),
            [
                "mult(A) = 6*sum([0 <= 2*i + k - 1 < 7], i < 4, k < 3)    [one product per "
                "entry of the other operands, output and tap that reads inside the input; definition]",
                "6*sum([0 <= 2*i + k - 1 < 7], i < 4, k < 3) = 6*(3 + 3 + 4)"
                "    [the outputs at which each tap reads inside]",
                "6*(3 + 3 + 4) = 60    [carry out the sums]",
            ],
        ),
        (
            ca.Kron(
                (
                    ca.Dense(2, 3, "a"),
                    ca.Selection(ca.Axis(9, 3, stride=2, lo=2, hi=1, dilation=2), 0).T,
                    ca.Identity(2),
                )
            ),
            [
                "mult(A) = 12*sum([0 <= 2*i - 2 < 9], i < 4)    [one product per "
                "entry of the other operands and output that reads inside the input; definition]",
                "12*sum([0 <= 2*i - 2 < 9], i < 4) = 12*3    [the outputs at which each tap reads inside]",
                "12*3 = 36    [carry out the sums]",
            ],
        ),
        (
            ca.Kron((ca.Selection(ca.Axis(9, 3, lo=2, hi=1, dilation=2), 1), ca.Dense(2, 3, "a"))),
            [
                "mult(A) = 6*sum([0 <= i < 9], i < 8)    [one product per "
                "entry of the other operands and output that reads inside the input; definition]",
                "6*sum([0 <= i < 9], i < 8) = 6*8    [the outputs at which each tap reads inside]",
                "6*8 = 48    [carry out the sums]",
            ],
        ),
        (
            ca.Kron((ca.Dense(2, 3, "a"), ca.Selection(ca.Axis(7, 3, lo=1, padding_mode="reflect"), 1))),
            [
                "mult(A) = 6*6    [the entries of a Kronecker product are those of its "
                "operands, multiplied; Kronecker product]",
                "6*6 = 36    [carry out the product]",
            ],
        ),
        (
            # Where padding repeats inputs, two taps may read one of them: no sum over taps is the count.
            ca.Kron((ca.Dense(2, 3, "a"), ca.Filter(ca.Axis(7, 3, lo=1, hi=1, padding_mode="reflect")))),
            [
                "mult(A) = 6*19    [the entries of a Kronecker product are those of its "
                "operands, multiplied; Kronecker product]",
                "6*19 = 114    [carry out the product]",
            ],
        ),
        (
            ca.conv(1, 1, 5, 3, padding=1, padding_mode="circular"),
            [
                "mult(C) = sum([0 <= i + k < 7], i < 5, k < 3)"
                "    [one product per output and tap that reads inside the input; definition]",
                "sum([0 <= i + k < 7], i < 5, k < 3) = Sum(1, (i, 0, 4), (k, 0, 2))"
                "    [without padding every tap reads inside]",
                "Sum(1, (i, 0, 4), (k, 0, 2)) = 15    [carry out the sums]",
                "mult(A) = mult(C)    [the padding repeats inputs, so every tap multiplies: "
                "the padded image is convolved; padding]",
                "mult(C) = 15    [put in the counts]",
            ],
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, ca.Operator) else "",
)
def test_costs_are_told_step_by_step(op: ca.Operator, told: list[str]) -> None:
    derivation = derive_cost(op)
    assert derivation.text().splitlines() == told
    assert derivation.verify(sample_points([op], derivation.conditions, 4))


@pytest.mark.parametrize(
    ("op", "reason", "rule"),
    [
        (
            ca.conv(1, 1, 5, 3).T,
            "the transpose has the same entries, each at its mirrored place",
            "transpose",
        ),
        (
            ca.OnWeight(ca.conv(1, 1, 5, 3)),
            "one entry for each product of a weight with an input value",
            "im2col",
        ),
    ],
    ids=["transpose", "on weight"],
)
def test_a_cost_that_is_another_ones_says_why(op: ca.Operator, reason: str, rule: str) -> None:
    told = derive_cost(op).text().splitlines()
    assert told[-2:] == [f"mult(A) = mult(C)    [{reason}; {rule}]", "mult(C) = 9    [put in the counts]"]


@pytest.mark.parametrize("both", [ca.BlockDiag, ca.VStack, ca.HStack, ca.Sum])
def test_parts_that_read_padding_alone_cost_nothing(both: Any) -> None:
    beyond = ca.conv(1, 1, 1, 1, padding=((2, -1),))
    derivation = derive_cost(both((beyond, beyond)))
    assert derivation.result == ca.measure(both((beyond, beyond))).multiplications == 0
    assert str(derivation.steps[-1]) == "2*mult(weight) = 0    [put in the counts]"
    told = derive_cost(both((beyond, ca.conv(1, 1, 1, 1, padding=((1, 0),), name="b")))).text().splitlines()
    assert told[-1] == "mult(b) + mult(weight) = 1    [put in the counts]"


@pytest.mark.parametrize(
    ("op", "last"),
    [
        (ca.conv(1, 1, "N", 2 * p + 1, padding=p), "carry out the sums"),
        (ca.conv(1, 1, "N", 2 * p + 1, padding=p).T, "put in the counts"),
        (ca.OnWeight(ca.conv(1, 1, "N", 2 * p + 1, padding=p)), "put in the counts"),
        (ca.VStack((ca.conv(1, 1, "N", 2 * p + 1, padding=p),) * 2), "put in the counts"),
        (ca.spatially_separable("D", "M", ("N", "N"), 2 * p + 1, padding=p), "common factors"),
    ],
    ids=repr,
)
def test_a_sum_is_closed_once_and_for_all(op: ca.Operator, last: str) -> None:
    """Padding makes it a sum over taps, closed where the image is not shorter than the padding."""
    derivation = derive_cost(op)
    sums = [step.right for step in derivation.steps if step.right.has(Max)]
    assert len(sums) == len(set(sums)) > 0, "no step leads back to a sum"
    assert not derivation.result.has(sympy.Sum, Max)
    assert sympy.Ge(N, p) in derivation.conditions
    assert derivation.steps[-1].reason_text() == last
    assert derivation.verify([dict.fromkeys(map(str, derivation.symbols), size) for size in (1, 2)])


def test_counts_that_are_put_in_are_factored_where_they_have_common_factors() -> None:
    told = derive_cost(ca.depthwise_separable("D", "M", "N", 2)).text().splitlines()
    assert told[-3:] == [
        "mult(depthwise) + mult(pointwise) = D*M*(N - 1) + 2*D*(N - 1)    [put in the counts]",
        "D*M*(N - 1) + 2*D*(N - 1) = D*(M + 2)*(N - 1)    [common factors]",
        "if N >= 2",
    ]
    assert (
        told[-4] == "mult(A) = mult(depthwise) + mult(pointwise)    [the costs of factors add up; product]"
    )


@pytest.mark.parametrize(("lo", "reads"), [(-1, "i + k + 1"), (0, "i + k")])
def test_on_a_cropped_image_each_tap_reads_inside_at_every_output(lo: int, reads: str) -> None:
    told = derive_cost(ca.conv(1, 1, 6, 3, padding=((lo, -1 - lo),))).text().splitlines()
    assert told[1:] == [
        f"sum([0 <= {reads} < 6], i < 3, k < 3) = 3 + 3 + 3"
        "    [the outputs at which each tap reads inside]",
        "3 + 3 + 3 = 9    [carry out the sums]",
    ]


@pytest.mark.parametrize("padding", [(1, 0), (0, 1), (1, 1)], ids=str)
def test_with_padding_at_one_end_too_taps_read_outside(padding: tuple[int, int]) -> None:
    step = derive_cost(ca.conv(1, 1, 5, 3, padding=(padding,))).steps[1]
    assert step.reason == "the outputs at which each tap reads inside"


@pytest.mark.parametrize(("kernel", "written_out"), [(2, True), (5, True), (6, False), ("m", False)])
def test_a_few_taps_are_written_out_one_by_one(kernel: Any, written_out: bool) -> None:
    step = derive_cost(ca.conv(1, 1, 9 if kernel != "m" else "N", kernel, padding=((1, 0),))).steps[1]
    assert step.right.has(sympy.Sum) != written_out
    if written_out:
        assert len(step.right.args) == kernel


def test_of_three_axes_and_more_each_has_its_indices() -> None:
    (tally,) = derive_cost(ca.conv(1, 1, (2, 2, 3, 3, 2), 2)).steps[0].right.atoms(Tally)
    assert [str(at) for at, _ in tally.ranges] == [*"ijr", "i_3", "i_4", *"klt", "k_3", "k_4"]


def test_what_is_cancelled_is_what_both_counts_share() -> None:
    layer = ("D", "M", "N", "m")
    *_, put, cancel, divide = ca.derive_ratio(ca.depthwise_separable(*layer), ca.conv(*layer)).steps
    assert str(put).startswith("mult(A)/mult(B) = (D*(M + m)*(N - m + 1))/(D*M*m*(N - m + 1))    "), (
        "nothing is cancelled before it is said"
    )
    assert cancel.reason_text() == "cancel D*(N - m + 1)"
    assert str(cancel.right) == "(M + m)/(M*m)"
    assert (divide.left, divide.reason) == (cancel.right, "divide term by term")


def test_a_limit_is_taken_where_a_size_that_grows_is_in_the_ratio() -> None:
    derivation = ca.derive_ratio(ca.depthwise_separable("D", "M", "N", "m"), ca.conv("D", "M", "N", "m"))
    assert derivation.result == 1 / M + 1 / m
    assert [(step.left, step.right) for step in derivation.limits] == [
        (sympy.Limit(1 / M + 1 / m, M, sympy.oo), 1 / m)
    ]
    assert derivation.limits[0].reason_text() == "M grows without bound"


# --- identities ----------------------------------------------------------------------------------

NAMES = [theorem.name for theorem in ca.identities()]
derived = cache(derive_identity)


@pytest.mark.parametrize("name", NAMES)
def test_a_chain_leads_from_one_side_to_the_other_without_a_gap(name: str) -> None:
    derivation = derived(name)
    steps = derivation.steps
    assert steps[0].left.latex() == derivation.a.latex()
    assert steps[-1].right.latex() == derivation.b.latex() == derivation.result.latex()
    assert not any(a.rule and a.rule == b.rule and not (a.carries or b.carries) for a, b in pairwise(steps))
    assert sum(step.carries for step in steps) <= 1
    assert sum(step.reason == ENTRY_BY_ENTRY for step in steps) <= 1
    assert all(step.carries for step in steps if step.reason == ENTRY_BY_ENTRY)


def test_what_is_shown_of_an_identity_is_neither_trivial_nor_large() -> None:
    cells = {name: derived(name).a.shape[0] * derived(name).a.shape[1] for name in NAMES}
    assert sum(count < 8 for count in cells.values()) <= 2
    assert max(cells.values()) <= 200
    middle = sorted(cells.values())[len(cells) // 2]
    assert 25 <= middle <= 90
    # Strides and dilations do something wherever the theorem is about any.
    sizes = [dict(derivation.sizes) for derivation in map(derived, NAMES)]
    strides = [tuple(s["stride"]) for s in sizes if isinstance(s.get("stride"), tuple)]
    assert sum(set(stride) == {1} for stride in strides) <= 3 < len(strides)
    grouped = [s["groups"] for s in sizes if "groups" in s]
    assert sum(groups == 1 for groups in grouped) <= 2 < len(grouped)
    kernels = [tuple(s["kernel_size"]) for s in sizes if isinstance(s.get("kernel_size"), tuple)]
    assert all(set(kernel) != {1} for kernel in kernels)
    assert sum(max(kernel) > 3 for kernel in kernels) <= 2


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("transpose of a product", ["(a · b)ᵀ = (bᵀ) · (aᵀ)    [transpose of a product]"]),
        ("Kronecker product of a sum", ["(a + b) ⊗ c = a ⊗ c + b ⊗ c    [distributive law]"]),
        (
            "inverse of a permutation",
            [
                "(G(3×3)ᵀ) · G(3×3) = I(3)    [inverse of a permutation]",
                "if P takes every input exactly once",
            ],
        ),
        ("commuting a Kronecker product", ["Π(3) · (a ⊗ b) · (Π(3)ᵀ) = b ⊗ a    [entry by entry]"]),
        (
            "nearest upsampling is a transposed convolution",
            ["I(2) ⊗ (box[s=3](3)ᵀ) = (Σ_k W_k ⊗ S_k1[s=3])ᵀ    [entry by entry]"],
        ),
        ("transpose of a stack", ["[a; b]ᵀ = [aᵀ, bᵀ]    [transpose]"]),
    ],
)
def test_a_chain_is_told_rule_by_rule(name: str, told: list[str]) -> None:
    assert derived(name).text().splitlines() == told


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("master form", ["master form"]),
        ("pointwise", ["master form", ENTRY_BY_ENTRY]),
        ("spatially separable", ["master form", ENTRY_BY_ENTRY, "master form"]),
        # An expansion that would be too long to read is left out.
        ("order of separable factors", [ENTRY_BY_ENTRY]),
        ("flattened", [ENTRY_BY_ENTRY, "master form"]),
        ("transposed convolution is the transpose", ["definition"]),
        ("product of permutations", ["inverse of a permutation", "identity"]),
        ("the adjoint of valid is full", [ENTRY_BY_ENTRY, "master form"]),
    ],
)
def test_a_chain_goes_by_the_rules_as_far_as_they_lead(name: str, rules: list[str]) -> None:
    assert [step.rule or step.reason for step in derived(name).steps] == rules


def _line(*operators: ca.Operator) -> tuple[Step, ...]:
    """Return steps from each operator to the next."""
    return tuple(
        Step(a, "=", b, f"reason {at}", f"rule {at}") for at, (a, b) in enumerate(pairwise(operators))
    )


def test_steps_end_in_the_right_side_of_the_last() -> None:
    a, b, c, d = (ca.Dense(2, 2, name) for name in "abcd")
    assert chains._end((), a) is a
    assert [chains._end(_line(a, b, c, d)[:count], a) for count in (1, 2, 3)] == [b, c, d]
    theorem = derived("inverse of a permutation").theorem
    carrying = dataclasses.replace(theorem, carry=lambda weights, **_: weights)
    assert chains._carrying(theorem, _line(a, b, c), d) == _line(a, b, c)
    end = ca.Dense(2, 2, "e")
    *before, last = chains._carrying(carrying, _line(a, b, c, d), end)
    assert tuple(before) == _line(a, b, c, d)
    assert (last.left, last.right, last.reason, last.carries) == (d, end, ENTRY_BY_ENTRY, True)
    # Where a step goes entry by entry already, that is the one at which weights are carried.
    marked = tuple(
        dataclasses.replace(step, reason=ENTRY_BY_ENTRY if at == 1 else "~ after it in the alphabet")
        for at, step in enumerate(_line(a, b, c, d))
    )
    assert [step.carries for step in chains._carrying(carrying, marked, d)] == [False, True, False]


def test_of_steps_that_change_nothing_on_paper_the_last_is_left() -> None:
    a, b = ca.Dense(2, 2, "a"), ca.Dense(2, 2, "b")
    idle = _line(a, a, a, a)
    assert chains._on_paper(idle) == idle[-1:]
    assert chains._on_paper((*idle, *_line(a, b))) == _line(a, b)
    assert chains._on_paper((*_line(a, b), *_line(b, a))) == (Step(a, "=", a, "reason 0", "rule 0"),)
    apart = _line(a, b, a)
    assert chains._on_paper(apart) == apart
    swapped = tuple(dataclasses.replace(step, rule=rule) for step, rule in zip(apart, "ba", strict=True))
    assert chains._on_paper(swapped) == swapped
    c, d = ca.Dense(2, 2, "c"), ca.Dense(2, 2, "d")
    first, *rest = _line(a, b, c, d)
    rest = [dataclasses.replace(step, rule="one") for step in rest]
    assert chains._on_paper((first, *rest)) == (first, dataclasses.replace(rest[0], right=d))
    for place in range(3):  # the one whose weights are carried, the first of them, stays apart
        carried = dataclasses.replace(first, rule="one", carries=True)
        told = [*(dataclasses.replace(step, rule="one") for step in _line(a, b, a, b)[:place]), carried]
        found = chains._on_paper((*told, *rest))
        assert [step.carries for step in found] == [False] * min(place, 1) + [True, False]
    # Where weights are carried, a step stays one of its own.
    for at in range(2):
        one_rule = tuple(
            dataclasses.replace(step, rule="one", carries=place == at) for place, step in enumerate(apart)
        )
        assert chains._on_paper(one_rule) == one_rule


def test_an_expansion_is_readable_up_to_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    (step,) = _line(ca.Dense(2, 2, "a"), ca.Dense(2, 2, "b"))
    length = len(ca.Dense(2, 2, "b").latex())
    for most, readable in [(length - 1, False), (length, True), (length + 1, True)]:
        monkeypatch.setattr(chains, "_READABLE", most)
        assert chains._is_readable((step,)) is readable
    assert not chains._is_readable((Step(N, "=", m, "no operators"),))


def test_a_product_is_multiplied_out_where_it_has_several_terms_and_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = ca.conv(1, 1, 5, 2)
    for side, terms in [(ca.conv(1, 1, 3, 1) @ ca.Dense(3, 3, "a"), 1), (line @ ca.Dense(5, 5, "a"), 2)]:
        begin = chains._expanded(side)
        assert len(tuple(chains._terms(chains._end(begin, side)))) == terms
        for most in range(1, 4):
            monkeypatch.setattr(chains, "_FEW_TERMS", most)
            found = chains._multiplied_out(side)
            if 1 < terms <= most:
                assert found[:-1] == begin
                assert found[-1].reason == found[-1].rule == "distributive law"
                assert isinstance(found[-1].right, ca.Sum)
                assert len(found[-1].right.operators) == terms
            else:
                assert found == begin
    assert chains._multiplied_out(line) == chains._expanded(line), "it is a sum already"


def test_options_that_do_nothing_are_plain() -> None:
    idle = identities._plainness
    assert idle({}) == idle({"stride": 2, "g": 3, "sizes": (1, 1)}) == 0
    for name in ("stride", "dilation", "groups", "g", "q", "factor", "r"):
        assert idle({name: 1}) == idle({name: (1, 1)}) == 1
        assert idle({name: (1, 2)}) == idle({name: (0, 1)}) == idle({name: 3}) == idle({name: 0}) == 0
    assert idle({"stride": 1, "dilation": (1,), "groups": 2}) == 2


def test_sizes_are_shown_that_are_disliked_least_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """No merit makes up for a fault: what is disliked adds up."""
    faults = {"none": (0.1, 0.1, 0.1), "left": (5, 0, 0), "right": (0, 5, 0), "sizes": (0, 0, 5)}
    theorem = SimpleNamespace(
        drawn=lambda _: [{"name": name} for name in faults],
        left=lambda name: SimpleNamespace(shape=(6, 8), dull=faults[name][0]),
        right=lambda name: SimpleNamespace(shape=(6, 8), dull=faults[name][1]),
    )
    monkeypatch.setattr(identities, "_triviality", lambda side: side.dull)
    monkeypatch.setattr(identities, "_plainness", lambda sizes: faults[sizes["name"]][2])
    for _ in range(len(faults)):
        assert identities._shown_sizes(theorem) == {"name": "none"}
        first = next(iter(faults))
        faults[first] = faults.pop(first)


@pytest.mark.parametrize("cells", [1, 6, 300], ids="cells={}".format)
def test_matrices_are_shown_that_are_neither_trivial_nor_large(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def side(cells: int) -> SimpleNamespace:
        return SimpleNamespace(shape=(1, cells))

    theorem = SimpleNamespace(drawn=lambda _: [{"cells": cells}, {"cells": 48}], left=side, right=side)
    monkeypatch.setattr(identities, "_triviality", lambda side: 0)
    assert identities._shown_sizes(theorem) == {"cells": 48}


def test_a_side_is_the_duller_the_less_it_shows() -> None:
    dull = identities._triviality
    assert dull(ca.Dense(2, 2, "a")) == 0
    several, single, long = (ca.conv(1, 1, 6, kernel, name=f"w{kernel}") for kernel in (2, 1, 4))
    assert dull(single) > dull(long) > dull(several) > 0, "a single tap shows nothing, many are long"
    assert dull(long) == pytest.approx(2 * dull(several)), "twice the taps on one axis: twice as long"
    assert dull(ca.conv(1, 1, (6, 6), (1, 2))) > dull(several), "one axis is enough"
    assert dull(ca.VStack((several, single))) < dull(single) + dull(several), "one of them has taps"
    idle = [dull(ca.Shuffle(6, groups)) for groups in (1, 2, 3, 6)]
    assert idle[0] == idle[3] > idle[1] == idle[2] == 0, "one group, or one value in each"
    a = ca.Dense(2, 2, "a")
    assert dull(ca.BlockDiag((a,))) > dull(ca.BlockDiag((a, a))) == 0


def test_an_identity_is_checked_as_shown_and_at_other_sizes_with_several_weights() -> None:
    derivation = derived("mixed product")
    found = derivation.verify()
    assert 6 <= len(found.rows) <= 7, "six are drawn, and the sizes shown may be one of them"
    assert len({row.sizes for row in found.rows}) == len(found.rows)
    assert dict(found.rows[0].sizes) == dict(derivation.sizes)
    assert [(row.measured, row.agrees) for row in found.rows] == [((0,), True)] * len(found.rows)
    (step,) = found.steps
    assert (step.proved, step.points, step.wrong) == (True, 3 * len(found.rows), ())
    assert [len(derivation.verify(points).rows) for points in ([], [dict(derivation.sizes)])] == [1, 1]


def test_an_identity_is_compared_in_symbols_as_shown_and_at_one_other_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    derivation, seen = derived("transpose of a product"), []
    compare = Theorem.equal_in_symbols

    def counting(theorem: Theorem, sizes: dict[str, Any]) -> bool:
        seen.append(sizes)
        return compare(theorem, sizes)

    monkeypatch.setattr(Theorem, "equal_in_symbols", counting)
    points = [{"sizes": sizes} for sizes in ((1, 2, 3), (2, 2, 1), (3, 1, 2))]
    for count in range(4):
        seen.clear()
        found = derivation.verify(points[:count])
        assert seen == [dict(derivation.sizes), *points[: min(count, 1)]]
        assert [(step.proved, step.points) for step in found.steps] == [(True, 3 * (count + 1))]


@pytest.mark.parametrize(
    "point", [{}, {"sizes": (1, 2, 3), "more": 1}, {"shapes": ()}, 3, [("sizes", (1, 2, 3))]], ids=str
)
def test_points_of_an_identity_give_each_of_its_sizes(point: Any) -> None:
    with pytest.raises(ca.ArgumentError, match=r"points: .* must give sizes"):
        derived("transpose of a product").verify([point])


@pytest.mark.parametrize("entry", [2, 0, -1], ids="entry={}".format)
@pytest.mark.parametrize("row", range(3))
def test_the_first_entry_that_differs_is_told(row: int, entry: int) -> None:
    derivation = derived("inverse of a permutation")
    wrong = tuple(tuple((entry if r >= row else 1) * (r == c) for c in range(3)) for r in range(3))
    step = dataclasses.replace(derivation.steps[-1], right=ca.Fixed(wrong))
    (check,) = dataclasses.replace(derivation, steps=(step,)).verify([]).wrong
    assert (check.wrong[0].left, check.wrong[0].right) == (
        f"1 at ({row}, {row})",
        f"{entry} at ({row}, {row})",
    )


@pytest.mark.parametrize("size", [2, 4])
def test_shapes_that_differ_are_told(size: int) -> None:
    derivation = derived("inverse of a permutation")
    step = dataclasses.replace(derivation.steps[-1], right=ca.Identity(size))
    (check,) = dataclasses.replace(derivation, steps=(step,)).verify([]).wrong
    assert (check.wrong[0].left, check.wrong[0].right) == ("of shape (3, 3)", f"of shape ({size}, {size})")


def test_of_another_way_at_other_sizes_what_fails_there_is_kept() -> None:
    same = StepCheck(Step(N, "=", N, "one"), True, 1)
    holds, fails = (
        StepCheck(Step(N, "=", m, "another"), None, 2, wrong)
        for wrong in ((), (Difference((("N", 3),), "3", "2"),))
    )
    assert _joined([same], [holds, fails]) == [same, fails]
    assert _joined([same], [dataclasses.replace(same, points=2)]) == [dataclasses.replace(same, points=3)]


def test_an_identity_in_symbols_needs_no_weights() -> None:
    found = derived("average pooling with and without its padding").verify([])
    assert [(step.proved, step.points) for step in found.steps] == [(True, 1)]
    pattern = derived("every group sees every group").verify([])
    assert {step.proved for step in pattern.steps} == {None}, "patterns are not compared in symbols"


def test_what_is_wrong_of_an_identity_is_told_by_an_entry_or_a_shape() -> None:
    derivation = derived("transpose of a product")
    (step,) = derivation.steps
    rows, columns = step.right.shape
    swapped = tuple(tuple(int(c == columns - 1 - r) for c in range(columns)) for r in range(columns))
    for wrong, told in [
        (step.right @ ca.Fixed(swapped), r"-?\d+ at \(\d+, \d+\)"),
        (
            ca.Dense(rows + 1, columns, "a"),
            rf"of shape \({rows}, {columns}\)|a matrix \({rows}, {columns}\)",
        ),
    ]:
        tampered = dataclasses.replace(derivation, steps=(dataclasses.replace(step, right=wrong),))
        found = tampered.verify([])
        assert not found
        (check,) = found.wrong
        assert len(check.wrong) == 1
        assert re.fullmatch(told, check.wrong[0].left)
        assert check.wrong[0].left != check.wrong[0].right
        assert dict(check.wrong[0].sizes) == dict(derivation.sizes)
    ended = dataclasses.replace(derivation, result=ca.Dense(*derivation.result.shape, "a"))
    assert [row.measured for row in ended.verify([]).rows] == [(1,)]


def test_an_operator_is_a_part_of_itself() -> None:
    a, b = ca.Dense(2, 3, "a"), ca.Dense(3, 4, "b")
    whole = ca.Sum((a @ b, ca.Dense(2, 4, "c")))
    assert [type(part).__name__ for part in parts(whole)] == ["Sum", "Product", "Dense", "Dense", "Dense"]
    assert next(parts(whole)) is whole


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
    identity = as_data(derived("mixed product").verified())
    assert identity["conditions"] == [{"text": derived("mixed product").theorem.condition, "latex": ""}]
    assert identity["verdict"]["steps"][0]["proved_in_symbols"] is True
    shown = identity["verdict"]["sizes"][0]["sizes"]
    assert shown == {"shapes": str(dict(derived("mixed product").sizes)["shapes"])}
    assert SimpleNamespace(**identity["verdict"]).passed is True


def test_what_a_derivation_is_about() -> None:
    a, b = ca.depthwise("D", 5, 3), ca.conv("D", "D", 5, 3)
    ratio = ca.derive_ratio(a, b)
    assert (ratio.a, ratio.b, ratio.operators, ratio.theorem) == (a, b, (a, b), None)
    assert ratio.symbols == (D,)
    one = derive_cost(a)
    assert (one.a, one.b, one.operators) == (a, a, (a,)), "of one operator it is the first and the last"
    identity = derived("mixed product")
    assert identity.theorem.name == "mixed product"
    assert identity.needed == (identity.theorem.condition,)
    assert len({derive_cost(a), derive_cost(a)}) == 1
    checked = derive_cost(ca.conv(1, 1, 5, 3)).verified()
    assert "Verification" not in repr(checked), "what was found is not what it is"
    assert repr(checked) == repr(derive_cost(ca.conv(1, 1, 5, 3)))
