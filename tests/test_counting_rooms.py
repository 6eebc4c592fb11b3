"""The small rooms of counting: signs that are proofs, sizes that are tried, quantities, what is seen."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction
from itertools import combinations
from itertools import product as grid
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy
from scipy import sparse

import convalgebra as ca
from convalgebra.counting import grids, seen
from convalgebra.counting import measure as instruments
from convalgebra.counting.closed import is_closed, spelt_form
from convalgebra.counting.grids import drawn_points, meeting, sample_points, seeded
from convalgebra.counting.measured import run_count, weights_seen
from convalgebra.counting.quantity import Quantity, flops
from convalgebra.counting.ratio import growing
from convalgebra.counting.seen import output_size_seen, receptive_field_seen, windows_slid
from convalgebra.counting.signs import facts, positive_from, sign, without_positive_factors
from convalgebra.proofs import maximum

N, m, D, p, s = map(ca.symbol, ("N", "m", "D", "p", "s"))
SMALL = [{N: n, m: k, D: d} for n, k, d in grid(range(1, 7), range(1, 5), range(1, 4))]


# --- signs ---------------------------------------------------------------------------------------

FACTORS = (N, N - m, m - N, N - m + 1, D - 2, (N - D) ** 2, 1 / (m - N - 1), (m - N - 1) ** -3, N**2 - m**2)
FORMULAS = [
    sympy.Rational(*[(2, 1), (-3, 1), (1, 5)][at % 3]) * a * b
    for at, (a, b) in enumerate(combinations(FACTORS, 2))
]


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_a_sign_is_that_of_every_size(formula: sympy.Expr) -> None:
    """Under ``N >= m``; what is left without positive factors has the sign of the whole there."""
    found, rest = sign(formula, [N - m]), without_positive_factors(formula, [N - m])
    for point in (point for point in SMALL if point[N] >= point[m]):
        at = formula.subs(point)
        assert found in {None: (None,), True: (1, 0, None), False: (-1, 0, None)}[
            bool(at > 0) if at else None
        ] or (at == 0)
        assert sympy.sign(rest.subs(point)) == sympy.sign(at)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (sympy.Integer(0), 0),
        (N - N, 0),
        (sympy.Integer(5), 1),
        (sympy.Rational(-1, 2), -1),
        (N - 1, 1),
        (1 - N, -1),
        ((m - N) * (N - m + 1), -1),
        ((m - N) * (m - N - 1), 1),
        (1 / (m - N - 1), -1),
        ((N - D) ** 2, 1),
        ((N - D) ** 4 * (m - N), -1),
        ((N - D) ** 3, None),
        (-((N - D) ** 2), -1),
        ((N - D) * (N - m), None),
    ],
    ids=str,
)
def test_signs_that_are_proved(formula: sympy.Expr, expected: int | None) -> None:
    assert sign(formula, [N - m]) == expected


@pytest.mark.parametrize(
    ("formula", "rest"),
    [
        (m * (N + 1) * (D - 2), D - 2),
        (-3 * D * (N - D), D - N),
        ((N - m + 1) * (D - 2), D - 2),
        ((m - N - 1) * (D - 2), 2 - D),
        ((m - N - 1) ** 2 * (D - 2), D - 2),
        ((D - 2) / (m - N - 1), 2 - D),
        ((N - m) * D, N - m),
        ((s - 1) * D, s - 1),
        ((p - 2) * D, 1),
        (sympy.sqrt(D - 2) * N, sympy.sqrt(D - 2)),
        (sympy.Integer(7), 1),
    ],
    ids=str,
)
def test_what_is_surely_positive_is_left_out(formula: sympy.Expr, rest: sympy.Expr) -> None:
    """A factor that may be zero is not."""
    assert sympy.expand(without_positive_factors(formula, [N - m, p - 3]) - rest) == 0


@pytest.mark.parametrize(
    ("formula", "condition"),
    [
        (m - 1, m >= 2),
        (m + 3, sympy.true),
        (2 * m - 3, m >= 2),
        (2 * m - 4, m >= 3),
        (m**2 - 2, m >= 2),
        (m**2 - 5 * m + 6, m >= 4),
        (m**3 - 4 * m, m >= 3),
        (m**2 + 1, sympy.true),
        (3 - m, sympy.Ge(2, m)),
        (N - m, sympy.Ge(N, m + 1)),
        (2 * N - m, sympy.Ge(2 * N, m + 1)),
        (sympy.floor(m / 2) - 1, sympy.Ge(sympy.floor(m / 2), 2)),
        (sympy.Integer(4), sympy.true),
    ],
    ids=str,
)
def test_from_where_on_a_formula_is_positive(formula: sympy.Expr, condition: sympy.Basic) -> None:
    assert positive_from(formula) == condition
    if formula.free_symbols == {m}:
        for size in range(1, 9):
            if positive_from(formula).subs(m, size) == sympy.true:
                assert formula.subs(m, size) > 0


def test_conditions_of_other_kinds_are_no_facts() -> None:
    assert facts([sympy.Ge(N, m), sympy.Eq(sympy.Mod(N, 2), 0), sympy.true, D >= 2]) == [N - m, D - 2]


# --- sizes that are tried ------------------------------------------------------------------------


def test_points_are_spread_over_all_that_meet_the_conditions() -> None:
    conv = ca.conv(1, 1, "N", "m")
    all_of_them = sample_points([conv], conv.conditions, 10**6)
    assert all_of_them == sorted(all_of_them, key=lambda point: (point["N"], point["m"]))
    assert len({tuple(point.items()) for point in all_of_them}) == len(all_of_them) > 90
    for most in (1, 2, 7, 48, len(all_of_them) - 1, len(all_of_them)):
        some = sample_points([conv], conv.conditions, most)
        places = [all_of_them.index(point) for point in some]
        assert len(places) == most
        steps = np.diff(places)
        assert places[0] == 0
        assert most == 1 or (steps.min() >= 1 and steps.max() - steps.min() <= 1)
        assert len(all_of_them) - places[-1] <= len(all_of_them) / most + 1
    assert sample_points([conv], conv.conditions) == sample_points([conv], conv.conditions, 48)


def test_where_there_are_few_points_all_are_taken() -> None:
    conv = ca.conv(1, 1, "N", 3)
    points = sample_points([conv], [*conv.conditions, sympy.Ge(9, N)])
    assert points == [{"N": n} for n in range(3, 10)]
    assert sample_points([ca.conv(1, 1, 5, 3)], ()) == [{}]


def test_no_point_is_said_with_what_was_asked() -> None:
    conv = ca.conv(1, 1, "N", "m")
    with pytest.raises(
        ca.ArgumentError, match=r"N >= 1000; give some, as in verify\(\[\{'N': ..., 'm': ...\}\]\)"
    ):
        sample_points([conv], [sympy.Ge(N, 1000)])


@pytest.mark.parametrize("names", [4, 5, 6, 8])
def test_of_many_symbols_some_points_are_drawn_the_same_each_time(names: int) -> None:
    """Up to six the grid of all is gone through; then as many are drawn as are bearable."""
    symbols = [ca.symbol(f"a_{at}") for at in range(names)]
    points = list(grids._candidates(names))
    assert points == list(grids._candidates(names))
    assert {size for point in points for size in point} == {1, 2, 3, 5, 7}
    assert len(points) == (5**names if names <= 6 else 20_000)
    assert next(meeting(symbols, points, [])) == dict(zip(map(str, symbols), points[0], strict=True))
    if names > 6:
        assert all({point[at] for point in points} == {1, 2, 3, 5, 7} for at in range(names))


@pytest.mark.parametrize(("names", "least"), [(1, 24), (2, 11), (3, 7)])
def test_of_few_symbols_all_small_sizes_are_tried_and_some_larger_ones(names: int, least: int) -> None:
    points = set(grids._candidates(names))
    assert set(grid(range(1, least + 1), repeat=names)) <= points
    assert max(map(max, points)) >= 2 * least
    assert min(map(min, points)) == 1
    assert names > 1 or {32, 48, 64, 96, 128} <= {size for (size,) in points}, "usual images and channels"


def test_without_symbols_there_is_one_point() -> None:
    assert list(grids._candidates(0)) == [()]


def test_a_full_grid_is_gone_through_up_to_a_number_of_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "_DRAWS", 625)
    assert list(grids._candidates(4)) == list(grid((1, 2, 3, 5, 7), repeat=4))
    assert len(set(grids._candidates(5))) <= len(list(grids._candidates(5))) == 625


def test_a_rule_is_tried_on_its_own_symbols_wherever_they_stand() -> None:
    points = list(grid(range(1, 5), repeat=3))
    met = list(meeting([D, m, N], points, [sympy.Ge(N, m), sympy.Ge(2, D)]))
    assert met == [{"D": d, "m": k, "N": n} for d, k, n in points if n >= k and d <= 2]


def test_draws_are_of_their_name_and_seed() -> None:
    def draws(name: str, *seed: int) -> list[int]:
        rng = seeded(name, *seed)
        return [rng.randrange(10**6) for _ in range(4)]

    assert draws("a") == draws("a", 0)
    assert len({tuple(draws(name, seed)) for name in ("a", "b", "c") for seed in (0, 1, 2)}) == 9


def test_so_many_are_drawn_until_enough_meet_the_conditions() -> None:
    """One point in 36 meets them: of 400 draws for each that is wanted some surely do."""
    rare = [sympy.Ge(m, 6), sympy.Ge(1, N)]
    for count in (1, 5, 60):
        assert drawn_points([N, m], rare, seeded("a"), count) == [{"N": 1, "m": 6}] * count
    assert drawn_points([N, m], rare, seeded("a"), 0) == []
    sizes = {point["N"] for point in drawn_points([N], [], seeded("a"), 100)}
    assert sizes == {1, 2, 3, 4, 5, 6}


# --- quantities ----------------------------------------------------------------------------------


def test_quantities_add_up_and_divide_with_their_conditions() -> None:
    one, other = Quantity(N * m - N, "additions", (sympy.Ge(N, m),)), Quantity(N, "additions", (N >= 2,))
    both = one + other
    assert (both.value, both.unit, set(both.conditions)) == (N * m, "additions", {sympy.Ge(N, m), N >= 2})
    share = one / other
    assert (share.value, share.unit, set(share.conditions)) == (m - 1, "", {sympy.Ge(N, m), N >= 2})
    pace = one / Quantity(N, "bytes")
    assert (pace.value, pace.unit, pace.conditions) == (m - 1, "additions per byte", (sympy.Ge(N, m),))
    assert str(pace) == "m - 1 additions per byte if N >= m"
    assert str(share) == "m - 1 if N >= m, N >= 2"
    assert (Quantity(6, "bytes") / Quantity(4, "bytes")).value == sympy.Rational(3, 2)


def test_many_times_a_quantity_keeps_its_unit_unless_another_is_named() -> None:
    one = Quantity(N + 1, "elements", (N >= 2,))
    assert sympy.expand(one.times(4).value - 4 * N - 4) == 0
    assert (one.times(4).unit, one.times(4, "bytes").unit) == ("elements", "bytes")
    assert one.times(4, "bytes").conditions == (N >= 2,)
    assert one.times(4).at(N=3) == 16


@pytest.mark.parametrize("other", [3, None, Quantity(0, "additions"), N])
def test_what_is_no_quantity_or_zero_divides_nothing(other: Any) -> None:
    with pytest.raises(ca.ArgumentError, match="divide by a quantity that is not zero"):
        Quantity(3, "additions") / other


@pytest.mark.parametrize("other", [3, None, N])
def test_what_is_no_quantity_is_not_added(other: Any) -> None:
    with pytest.raises(ca.ArgumentError, match="only quantities of one unit add up"):
        Quantity(3, "additions") + other
    with pytest.raises(ca.ArgumentError, match="a quantity of additions is needed, not"):
        flops(Quantity(3, "multiplications"), other)


def test_a_quantity_is_told_at_sizes_of_all_its_names_and_no_other() -> None:
    count = Quantity(N + 1, "elements", (m >= 2,))
    assert count.symbols == {N, m}
    assert count.at({"N": 3}, m=2) == count.at(N=3, m=2) == count.at({N: 3, m: 2}) == 4
    for sizes in ({}, {"N": 3}, {"N": 3, "m": 2, "s": 1}, {"N": 3, "s": 2}):
        with pytest.raises(ca.ArgumentError, match="must give a number for each of N, m"):
            count.at(sizes)
    with pytest.raises(ca.ArgumentError, match="do not meet m >= 2"):
        count.at(N=3, m=1)
    with pytest.raises(ca.ArgumentError, match="must be at least 1"):
        count.at(N=0, m=2)
    with pytest.raises(ca.ArgumentError, match="each of no name"):
        Quantity(3, "elements").at(N=1)
    assert Quantity(1, "elements").at() == 1
    half = Quantity(N / 2, "elements")
    assert (half.at(N=3), type(half.at(N=4))) == (Fraction(3, 2), int)


@pytest.mark.parametrize(("one", "other"), [("additions", "bytes"), ("bytes", "additions")])
def test_units_are_told_apart_whichever_comes_first(one: str, other: str) -> None:
    assert (Quantity(4, one) / Quantity(2, other)).unit == f"{one} per {other[:-1]}"
    with pytest.raises(ca.ArgumentError, match="only quantities of one unit"):
        Quantity(4, one) + Quantity(2, other)


@pytest.mark.parametrize("wrong", ["adds", "zeros"])
def test_flops_are_of_multiplications_and_additions_alone(wrong: str) -> None:
    with pytest.raises(ca.ArgumentError, match="quantity of multiplications is needed"):
        flops(Quantity(1, wrong), Quantity(1, "additions"))
    with pytest.raises(ca.ArgumentError, match="quantity of additions is needed"):
        flops(Quantity(1, "multiplications"), Quantity(1, wrong))


def test_a_unit_is_its_letters() -> None:
    """Not the one text object that the rooms of counting use: a unit may come from a file."""
    spelt, counted = "".join(("addi", "tions")), Quantity(2, "additions")
    assert (counted + Quantity(3, spelt)).value == 5
    assert (counted / Quantity(4, spelt)).unit == ""
    assert flops(Quantity(1, "multiplications"), Quantity(3, spelt)).value == 4


def test_flops_are_under_the_conditions_of_both() -> None:
    both = flops(Quantity(N * m, "multiplications", (sympy.Ge(N, m),)), Quantity(N, "additions", (N >= 2,)))
    assert (both.value, both.unit, set(both.conditions)) == (N * m + N, "flops", {sympy.Ge(N, m), N >= 2})


def test_values_of_the_counting_rooms_are_values() -> None:
    for make, name in [
        (lambda: Quantity(N, "elements", (N >= 2,)), "value"),
        (lambda: ca.costs(ca.conv(1, 1, "N", 3)), "bias"),
        (lambda: ca.Counts(3, 4), "additions"),
    ]:
        assert len({make(), make()}) == 1
        with pytest.raises(FrozenInstanceError):
            setattr(make(), name, 1)


# --- costs ---------------------------------------------------------------------------------------


def test_costs_of_a_padded_layer_by_hand() -> None:
    """Two channels to three, inputs a b c with a zero on either side: 7 of 9 taps, 3 outputs each."""
    costs = ca.costs(ca.conv(2, 3, 3, 3, padding=1), bias=True, batch=5, dtype="int16")
    told = {name: quantity.value for name, quantity in costs}
    assert told == {
        "multiplications": 5 * 6 * 7,
        "mult_adds": 5 * 6 * 9,
        "additions": 5 * 3 * (2 * 7 - 3),
        "bias_additions": 5 * 9,
        "flops": 5 * (6 * 7 + 3 * (2 * 7 - 3) + 9),
        "parameters": 18,
        "bias_parameters": 3,
        "input_elements": 5 * 6,
        "output_elements": 5 * 9,
        "weight_elements": 21,
        "bytes_moved": 2 * (5 * (6 + 9) + 21),
        "arithmetic_intensity": sympy.Rational(5 * (42 + 33 + 9), 2 * (75 + 21)),
    }
    assert costs.exact_share.value == sympy.Rational(7, 9)
    lines = str(costs).splitlines()
    assert lines[0] == "multiplications: 210"
    assert lines[10] == "bytes_moved: 192"
    assert lines[-1] == "arithmetic_intensity: 35/16 flops per byte"


@pytest.mark.parametrize("dtype", ["float32", "complex64", "bool", "uint8", np.int16])
def test_every_dtype_of_numbers_has_its_bytes(dtype: Any) -> None:
    assert ca.costs(ca.conv(1, 1, 5, 3), dtype=dtype).itemsize == np.dtype(dtype).itemsize


@pytest.mark.parametrize("dtype", ["U3", "O", "S4", "M8[s]", "no", None.__class__, "(("])
def test_a_dtype_of_no_numbers_is_refused(dtype: Any) -> None:
    with pytest.raises(ca.ArgumentError, match="dtype="):
        ca.costs(ca.conv(1, 1, 5, 3), dtype=dtype)


def test_what_costs_are_asked_for_is_said_by_keyword() -> None:
    with pytest.raises(TypeError):
        ca.costs(ca.conv(1, 1, 5, 3), "float32")  # type: ignore[misc]


@pytest.mark.parametrize("batch", [0, -1, 1.5, "2"])
def test_a_batch_is_one_at_least(batch: Any) -> None:
    with pytest.raises(ca.ArgumentError, match="batch"):
        ca.costs(ca.conv(1, 1, 5, 3), batch=batch)


# --- closed forms --------------------------------------------------------------------------------


def test_a_form_with_a_sum_or_a_maximum_is_not_closed() -> None:
    assert is_closed(N * m)
    assert is_closed(4)
    assert not is_closed(maximum(N, m) + 1)
    assert not is_closed(2 * sympy.Sum(N, (D, 0, m)))


def test_the_spelt_form_is_the_count_with_sums_still_to_carry_out() -> None:
    op = ca.conv(2, 1, "N", 2 * p + 1, padding=p)
    spelt = spelt_form(op)
    assert spelt.has(sympy.Sum)
    assert sympy.expand(spelt.doit() - ca.closed_form(op).value) == 0
    plain = ca.conv("D", 1, "N", "m")
    assert spelt_form(plain) == plain.multiplications


def test_additions_are_closed_by_the_outputs_and_inputs_that_are_hit() -> None:
    """Every output of a layer, and every output of its transpose, reads something at these sizes."""
    for op in (ca.conv(2, 1, "N", "m", padding=p), ca.conv(2, 1, "N", "m", padding=p).T):
        closed = ca.closed_form(op, "additions")
        assert is_closed(closed.value)
        for sizes in ({"N": 5, "m": 3, "p": 1}, {"N": 9, "m": 5, "p": 3}, {"N": 4, "m": 4, "p": 2}):
            assert closed.at(sizes) == ca.measure(op.subs(**sizes)).additions


def test_a_ratio_is_to_what_multiplies() -> None:
    conv, once = ca.conv(1, 1, 5, 3), ca.conv(1, 1, 1, 1)
    assert ca.ratio(conv, once) == 9
    assert ca.ratio(once, conv) == sympy.Rational(1, 9)
    for nothing in (ca.Identity(5), ca.conv(1, 1, 1, 1, padding=((2, -1),))):
        assert ca.ratio(nothing, conv) == 0
        with pytest.raises(ca.ArgumentError, match="multiplies nothing: no ratio to it exists"):
            ca.ratio(conv, nothing)


def test_a_symbol_grows_if_it_is_a_size_of_an_image_or_a_number_of_channels() -> None:
    a, b = ca.conv("D", 2, "N", "m"), ca.conv(3, "p", ("s", "N"), 3)
    assert growing(a, b) == (N, s, D, p)
    assert set(growing(b, a)) == {s, N, p, D}
    assert growing(ca.conv(1, 1, 5, 3), ca.conv(1, 1, 5, 3)) == ()


# --- what is measured and seen -------------------------------------------------------------------


def _staircase(rows: int) -> sparse.csr_array:
    """Return a matrix whose row ``r`` holds ``r`` entries."""
    return sparse.csr_array(np.tri(rows, rows, -1, dtype=np.int64))


def test_a_staircase_takes_what_its_rows_do() -> None:
    expected = ca.Counts(0 + 1 + 2 + 3, 0 + 0 + 1 + 2)
    assert instruments.count_by_ones(_staircase(4)) == expected
    assert instruments.count_by_tally(_staircase(4)) == expected
    assert ca.measure(_staircase(4), bias=True) == ca.Counts(6, 3 + 3)
    empty = sparse.csr_array((0, 3))
    assert ca.measure(empty) == ca.measure(empty, bias=True) == ca.Counts(0, 0)


def test_the_tallying_numbers_are_numbers_still() -> None:
    matrix, log = sparse.csr_array([[2, 0, 3], [0, 0, 0], [5, 7, -1]]), list[str]()
    stored = [instruments._Tally(value, log) for value in matrix.data.tolist()]
    vector = [instruments._Tally(value, log) for value in (10, 100, 1000)]
    found = instruments._csr_product(matrix.indptr.tolist(), matrix.indices.tolist(), stored, vector)
    assert [None if each is None else each.value for each in found] == [3020, None, 50 + 700 - 1000]
    assert (log.count("*"), log.count("+")) == (5, 3)


@pytest.mark.parametrize(("limit", "tallied"), [(9, False), (10, True), (11, True)])
def test_a_matrix_is_tallied_up_to_a_number_of_entries(
    limit: int, tallied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(matrix: object) -> ca.Counts:
        return ca.Counts(0, 0)

    monkeypatch.setattr(instruments, "TALLIED", limit)
    monkeypatch.setattr(instruments, "count_by_tally", wrong)
    if tallied:
        with pytest.raises(ca.ConvalgebraError, match="disagree"):
            ca.measure(_staircase(5))
    else:
        assert ca.measure(_staircase(5)).multiplications == 10


def test_weights_are_given_by_place_or_name_and_a_bias_by_name() -> None:
    op = ca.conv(1, 1, 5, 3)
    assert (
        ca.measure(op, np.ones((1, 1, 3))) == ca.measure(op, weights=np.ones((1, 1, 3))) == ca.Counts(9, 6)
    )
    with pytest.raises(TypeError):
        ca.measure(op, None, True)  # type: ignore[misc]


def test_terms_add_up_where_they_meet() -> None:
    """Three terms, of which two or three reach an output: an addition for each after the first."""
    axis = ca.Axis(4, 3, lo=1, hi=1)
    moves = ca.Sum(tuple(ca.Selection(axis, tap) for tap in range(3)))
    assert ca.measure(moves) == ca.Counts(0, 1 + 2 + 2 + 1)
    # The first output reads padding in both terms: nothing is added up there.
    assert ca.measure(ca.Sum((ca.Selection(axis, 0), ca.Selection(axis, 0)))) == ca.Counts(0, 3)
    assert ca.measure(ca.HStack((ca.Dense(3, 2, "a"), ca.Dense(3, 1, "b")))) == ca.Counts(9, 3 * 1 + 0 + 3)
    assert ca.measure(ca.HStack((ca.Dense(3, 2, "a"), ca.Dense(3, 1, "b"))), bias=True) == ca.Counts(9, 9)
    stack = ca.VStack((ca.Dense(3, 2, "a"), ca.Dense(1, 2, "b")))
    assert ca.measure(stack) == ca.Counts(8, 3 + 1)


def test_what_is_moved_is_read_and_written_once() -> None:
    assert run_count(ca.conv(1, 2, 5, 3, padding=1), "moved") == 5 + 10 + 6
    assert run_count(ca.conv(1, 1, 5, 1, stride=2), "moved") == 3 + 3 + 1
    assert run_count(ca.Identity(4), "moved") == 8
    assert run_count(ca.conv(1, 1, 3, 1) @ ca.conv(1, 1, 5, 3, name="first"), "moved") == (3 + 3 + 1) + (
        5 + 3 + 3
    )
    assert run_count(ca.conv(1, 1, 2, 1, padding=1), "outputs") == 2
    assert run_count(ca.conv(1, 1, 2, 1, padding=1), "moved") == 2 + 2 + 1


def test_weights_are_seen_where_entries_mix_them() -> None:
    both = ca.Product((ca.Dense(2, 2, "a"), ca.Dense(2, 3, "b")))
    assert weights_seen(both) == 4 + 6
    assert weights_seen(ca.Kron((ca.Dense(2, 2, "a"), ca.Dense(1, 3, "b")))) == 4 + 3
    assert weights_seen(ca.conv(2, 3, 4, 3).expand()) == 18


@pytest.mark.parametrize(
    "keywords",
    [
        {"size": 6, "kernel": 3, "stride": 2, "lo": 1, "hi": 1},
        {"size": 5, "kernel": 2, "dilation": 4},
        {"size": 5, "kernel": 5},
        {"size": 7, "kernel": 1, "stride": 3},
        {"size": 9, "kernel": 3, "dilation": 2, "stride": 3, "lo": 2, "hi": -1},
    ],
    ids=str,
)
def test_windows_that_are_slid_are_the_outputs(keywords: dict[str, int]) -> None:
    axis = ca.Axis(**keywords)
    assert windows_slid(axis) == axis.outputs


def test_output_sizes_of_every_kind_are_seen() -> None:
    assert output_size_seen(ca.locally_connected(1, 2, (7, 6), (3, 2), stride=2)) == (3, 3)
    assert output_size_seen(ca.conv_transpose(2, 3, (4, 5), 3, stride=2, output_padding=1)) == (10, 12)
    assert output_size_seen(ca.channel_shuffle(4, (3, 5), groups=2)) == (3, 5)
    assert output_size_seen(ca.average_pool(2, (6, 4), 2)) == (3, 2)
    assert output_size_seen(ca.conv(1, 1, 4, 3, padding=2) @ ca.conv(1, 1, 6, 3)) == (6,)


def test_long_outputs_are_seen_too() -> None:
    found = [
        *output_size_seen(ca.conv_transpose(1, 1, 300, 1)),
        *output_size_seen(ca.channel_shuffle(2, (300, 1), groups=2)),
    ]
    assert found == [300, 300, 1]
    assert {type(size) for size in found} == {int}


@pytest.mark.parametrize("windows", [3, 5])
def test_a_transposed_convolution_that_does_not_fit_its_input_is_told(
    windows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "windows_slid", lambda axis: windows)
    with pytest.raises(ca.ArgumentError, match=f"{windows} windows fit .*, not 4"):
        output_size_seen(ca.conv_transpose(1, 1, 4, 3))


@pytest.mark.parametrize("rows", [5, 7])
def test_rows_that_are_not_those_of_the_shape_are_told(rows: int) -> None:
    claims = SimpleNamespace(
        stages=(),
        output_size=(3,),
        output_shape=(2, 3),
        numeric_weight_shapes=dict,
        matrix=lambda weights: sparse.csr_array((rows, 1)),
    )
    with pytest.raises(ca.ArgumentError, match=rf"has {rows} rows, not 2 times \(3,\)"):
        output_size_seen(claims)  # type: ignore[arg-type]


def test_a_field_is_as_far_as_any_output_reads_along_each_axis() -> None:
    assert receptive_field_seen(ca.conv(2, 3, (7, 9), (3, 2), dilation=(2, 1))) == (5, 2)
    assert receptive_field_seen(ca.channel_shuffle(4, (3, 5), groups=2)) == (1, 1)
    assert receptive_field_seen(ca.conv(1, 1, (2, 9), (3, 1), padding=((1, 1), (0, 0)))) == (2, 1)
    assert receptive_field_seen(ca.conv(1, 1, 1, 1, padding=((2, -1),))) == (0,)
