"""``assert_count`` and ``assert_ratio``: what is true passes, what is not fails with what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.counting.measured import QUANTITIES
from convalgebra.testing import assert_count, assert_ratio, operators, parse_formula
from convalgebra.testing.fitting import fitted
from tests.test_measured import counted

LINE = ca.conv(1, 1, input_size="N", kernel_size="m")
LAYER = ca.conv("D", "N_c", ("H", "W"), "h")
SEPARABLE = ca.depthwise_separable("D", "N_c", ("H", "W"), "h")


def failure(check: Callable[..., None], *arguments: Any, **keywords: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        check(*arguments, **keywords)
    return str(caught.value)


def counterexample(told: str) -> tuple[dict[str, int], str, str]:
    found = re.search(r"^smallest counterexample: (.*): formula (.*), measured (.*)$", told, re.M)
    assert found is not None, told
    sizes = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", found[1])}
    return sizes, found[2], found[3]


def difference(told: str) -> str | None:
    found = re.search(r"^formula - measured = (.*) at all \d+ sizes tried$", told, re.M)
    return found[1] if found else None


# --- what is true ---


@pytest.mark.parametrize(
    ("formula", "quantity"),
    [
        ("D*N_c*h**2*(H - h + 1)*(W - h + 1)", "multiplications"),
        ("(D*h**2 - 1)*N_c*(H - h + 1)*(W - h + 1)", "additions"),
        ("D*N_c*h**2*(H - h + 1)*(W - h + 1)", "mult_adds"),
        ("D*N_c*h**2", "parameters"),
    ],
)
def test_the_literatures_forms_pass(formula: str, quantity: str) -> None:
    assert_count(formula, LAYER, 6, quantity)


def test_a_formula_is_a_text_a_sympy_formula_a_function_or_a_number() -> None:
    plain_N, plain_m = sympy.symbols("N m")
    for formula in (
        "m*(N - m + 1)",
        LINE.multiplications,
        plain_m * (plain_N - plain_m + 1),
        lambda N, m: m * (N - m + 1),
        lambda **sizes: sizes["m"] * (sizes["N"] - sizes["m"] + 1),
        lambda N, m: m * (N - m + 1) * 2 / 2,
        lambda N, m: np.int64(m * (N - m + 1)),
    ):
        assert_count(formula, LINE, {"N": range(1, 7), "m": (1, 3)})
    assert_count(9, LINE, [{"N": 5, "m": 3}])
    assert_count(86400, ca.conv(3, 128, (7, 7), 3))
    assert_count(lambda: 86400, ca.conv(3, 128, (7, 7), 3))


def test_a_factory_is_called_with_sizes_by_keyword() -> None:
    seen = []

    def layer(width: int, stride: int, kernel: int = 3) -> ca.Conv:
        seen.append((width, stride, kernel))
        return ca.conv(1, 1, width, kernel, stride=stride)

    assert_count("3*((width - 3)//stride + 1)", layer)
    assert len(set(seen)) >= 20
    assert {kernel for _, _, kernel in seen} == {3}
    seen.clear()
    grid = {"width": (5, 6), "stride": 1, "kernel": (2, 3)}
    assert_count("kernel*((width - kernel)//stride + 1)", layer, grid)
    assert set(seen) == {(n, 1, m) for n in (5, 6) for m in (2, 3)}


def test_padding_zeros_are_not_multiplied_and_are_in_mult_adds() -> None:
    same = ca.conv("D", 2, ("H", "W"), 3, padding="same")
    assert_count("2*D*(3*H - 2)*(3*W - 2)", same, 8)
    assert_count("18*D*H*W", same, 8, "mult_adds")
    assert "2*2*D" not in failure(assert_count, "18*D*H*W", same, 8)
    assert_count("4*8*3*n", lambda n: ca.conv_transpose(4, 8, n, 3, stride=2, padding=1), 5, "mult_adds")


def test_sizes_are_drawn_the_same_each_time_and_meet_the_conditions() -> None:
    tried: list[Mapping[str, int]] = []

    def formula(**sizes: int) -> Any:
        tried.append(sizes)
        return (
            sizes["m"]
            * ((sizes["N"] - sizes["m"]) // sizes["s"] + 1)
            * sizes["D"]
            // sizes["g"]
            * 2
            * sizes["g"]
        )

    grouped = ca.conv("D", ca.symbol("g") * 2, "N", "m", stride="s", groups="g")
    assert_count(formula, grouped)
    first = list(tried)
    tried.clear()
    assert_count(formula, grouped)
    assert tried == first
    assert len({tuple(sizes.items()) for sizes in first}) == 24
    assert all(sizes["N"] >= sizes["m"] and sizes["D"] % sizes["g"] == 0 for sizes in first)
    for name in ("N", "m", "s", "D", "g"):
        assert len({sizes[name] for sizes in first}) >= 3, name


def test_of_a_grid_those_points_are_tried_at_which_the_operator_exists() -> None:
    tried = []
    assert_count(
        lambda N, m: tried.append((N, m)) or m * (N - m + 1), LINE, {"N": range(1, 4), "m": iter((2, 3))}
    )
    assert tried == [(2, 2), (3, 2), (3, 3)]


@given(op=operators())
@settings(max_examples=80, deadline=None)
def test_what_is_measured_is_what_the_operator_tells(op: ca.Operator) -> None:
    """Two roads: the closed form, and running; for mult_adds running with the padding read."""
    for quantity in QUANTITIES:
        assert counted(op, quantity) in (getattr(op, quantity), None), quantity


# --- what is not ---

WRONG = [
    ("m*(N - m)", "-m", {"N": 1, "m": 1}, "0", "1"),
    ("m*(N - m + 2)", "m", {"N": 1, "m": 1}, "2", "1"),
    ("m*N", "m*(m - 1)", {"N": 2, "m": 2}, "4", "2"),
    ("m*(N - m + 1) + 3", "3", {"N": 1, "m": 1}, "4", "1"),
    ("(m + 1)*(N - m + 1)", "N - m + 1", {"N": 1, "m": 1}, "2", "1"),
    ("m**2*(N - m + 1)", "m*(m - 1)*(N - m + 1)", {"N": 2, "m": 2}, "4", "2"),
    ("N*m*(N - m + 1)", "m*(N - 1)*(N - m + 1)", {"N": 2, "m": 1}, "4", "2"),
    ("m*(N - m + 1)/2", "-m*(N - m + 1)/2", {"N": 1, "m": 1}, "1/2", "1"),
]


@pytest.mark.parametrize(("formula", "fits", "sizes", "value", "count"), WRONG)
def test_a_wrong_formula_fails_with_the_smallest_counterexample_and_the_difference(
    formula: str, fits: str, sizes: Mapping[str, int], value: str, count: str
) -> None:
    told = failure(assert_count, formula, LINE)
    assert counterexample(told) == (sizes, value, count)
    assert difference(told) == fits
    as_factory = failure(assert_count, formula, lambda N, m: ca.conv(1, 1, N, m))
    assert counterexample(as_factory) == (sizes, value, count)
    assert difference(as_factory) == fits


def test_the_counterexample_of_a_grid_is_its_smallest() -> None:
    told = failure(assert_count, "N*m", LINE, {"N": range(9, 3, -1), "m": (4, 1, 3)})
    assert counterexample(told) == ({"N": 4, "m": 3}, "12", "6")
    assert "9 of 15 sizes differ" in told or "12 of 18 sizes differ" in told


def test_a_counterexample_far_out_is_found_and_made_smaller() -> None:
    """Wrong from N = 6 on only: no small size shows it."""
    told = failure(assert_count, lambda N, m: m * (N - m + 1) + (1 if N >= 6 else 0), LINE)
    assert counterexample(told) == ({"N": 6, "m": 1}, "7", "6")
    assert difference(told) is None


def test_products_of_five_sizes_are_found_as_the_difference() -> None:
    told = failure(assert_count, "D*N_c*h**2*(H - h + 1)*(W - h)", LAYER)
    assert difference(told) == "-D*N_c*h**2*(H - h + 1)"
    factory = lambda D, N_c, H, W, h: ca.conv(D, N_c, (H, W), h)  # noqa: E731
    assert difference(failure(assert_count, "D*N_c*h**2*(H - h + 1)*(W - h)", factory)) == difference(told)


def test_no_difference_is_told_where_none_fits_or_too_little_is_known() -> None:
    assert difference(failure(assert_count, lambda N, m: hash((N, m)), LINE)) is None
    given = [{"N": 5, "m": 2}, {"N": 5, "m": 3}]
    assert difference(failure(assert_count, lambda N, m: m * N, LINE, given)) is None


@pytest.mark.parametrize(
    "formula",
    ["(D + N + H + W + h)**64", "((N + D)**8/(H + h)**8 - 1)**8"],
)
def test_what_would_fill_a_book_when_multiplied_out_is_not(formula: str) -> None:
    """Where it were, this test would not end."""
    told = failure(assert_count, formula, ca.conv("D", "N", ("H", "W"), "h"), 4)
    assert "smallest counterexample: D=1, H=1, N=1, W=1, h=1" in told
    assert "formula - measured" not in told


def test_the_difference_is_found_of_parameters_that_are_no_names_of_ours() -> None:
    told = failure(assert_count, lambda _n, m_: m_ * _n, lambda _n, m_: ca.conv(1, 1, _n, m_))
    assert difference(told) == "m_*(m_ - 1)"


def test_a_formula_without_a_value_is_no_count() -> None:
    N = ca.symbol("N")
    told = failure(assert_count, 1 / (N - 1), LINE, {"N": (1, 2), "m": 1})
    assert difference(told) is None
    assert counterexample(told) == ({"N": 1, "m": 1}, "undefined", "1")
    told = failure(assert_count, lambda N, m: 6 // (N - 1), LINE, {"N": (1, 2), "m": 1})
    assert counterexample(told) == ({"N": 1, "m": 1}, "undefined", "1")
    assert counterexample(failure(assert_count, sympy.sqrt(N), LINE, {"N": 2, "m": 1}))[1] == "sqrt(2)"


def test_the_rows_left_out_are_counted_as_the_header_counts_them() -> None:
    wrong = "m*N*(N - m + 1)/N + (m - 1)*(m - 2)"  # right for m = 1 and m = 2
    with pytest.raises(AssertionError) as caught:
        assert_count(wrong, LINE, {"N": range(3, 13), "m": (1, 2, 3)})
    assert "\n10 of 30 sizes differ:\n" in str(caught.value)
    assert str(caught.value).endswith("\n  ... and 4 more that differ, 20 that agree")
    with pytest.raises(AssertionError, match=r"\.\.\. and 4 more that differ$"):
        assert_count(wrong, LINE, {"N": range(3, 13), "m": 3})
    with pytest.raises(AssertionError, match=r"\n  \.\.\. and 3 more that agree$"):
        assert_count(wrong, LINE, {"N": (3, 4, 5), "m": (1, 2, 3)})


def test_a_given_operator_has_no_table() -> None:
    told = failure(assert_count, 86401, ca.conv(3, 128, (7, 7), 3))
    assert told.splitlines()[1:] == ["formula 86401, measured 86400"]


def test_the_table_marks_what_differs() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_count("N*m", LINE, {"N": (3, 4), "m": (1, 2)})
    assert caught.value.convalgebra_table.splitlines() == [  # type: ignore[attr-defined]
        "N  m  formula  measured",
        "3  1        3         3",
        "3  2        6         4  differs",
        "4  1        4         4",
        "4  2        8         6  differs",
    ]


# --- ratios ---


def test_the_ratio_of_the_literature_passes_in_every_form() -> None:
    N_c, h = map(ca.symbol, ("N_c", "h"))
    for formula in ("1/N_c + 1/h**2", 1 / N_c + 1 / h**2, lambda N_c, h: 1 / N_c + 1 / h**2):
        assert_ratio(formula, SEPARABLE, LAYER, 6)
    assert_ratio(Fraction(137, 1152), ca.depthwise_separable(3, 128, (7, 7), 3), ca.conv(3, 128, (7, 7), 3))
    assert_ratio("1/D", ca.depthwise("D", "N", 3), ca.conv("D", "D", "N", 3), 6, "parameters")


def test_a_wrong_ratio_fails_with_both_numbers() -> None:
    told = failure(assert_ratio, "1/N_c + 2/h**2", SEPARABLE, LAYER)
    assert counterexample(told) == ({"D": 1, "H": 1, "N_c": 1, "W": 1, "h": 1}, "3", "2/1")
    assert difference(told) == "1/h**2"
    # The image does not drop out of this one.
    told = failure(
        assert_ratio, "2/m", ca.spatially_separable(1, 1, ("N", "N"), "m"), ca.conv(1, 1, ("N", "N"), "m")
    )
    assert counterexample(told) == ({"N": 2, "m": 2}, "1", "6/4")
    assert difference(told) == "-(m - 1)/(m*(N - m + 1))"


def test_sizes_at_which_nothing_is_divided_by_are_left_out() -> None:
    padded = ca.conv(1, 1, "N", 1, padding=2, stride=8)  # its one output reads a padding zero
    with pytest.raises(ca.ArgumentError, match="anything to divide by"):
        assert_ratio(1, padded, padded, {"N": (1, 2)})
    assert_ratio(1, padded, padded, {"N": (2, 7)})


# --- arguments ---


def line_of_ten(N: int) -> ca.Operator:
    return ca.conv(1, 1, 10, 3)


def test_a_value_of_many_digits_is_still_a_number() -> None:
    with pytest.raises(AssertionError, match="is not the multiplications"):
        assert_count("10**(3*N) - 2**(10*N - 9)", line_of_ten, {"N": 1300})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("M", LINE), "'M' is no name of this operator, which has N, m"),
        ((ca.symbol("M"), LINE), "formula=M has M"),
        ((None, LINE), "formula=None must be a text"),
        ((True, LINE), "formula=True must be"),
        ((0.5, LINE), "formula=0.5 must be"),
        ((lambda N: N * 0.3, LINE), "float"),
        ((lambda N: "9", LINE), "gives '9' at N=1, m=1"),
        ((ca.symbol("N") * 0.5, LINE), "float"),
        ((1, "conv"), "operator='conv' must be an operator"),
        ((1, LINE, {"N": 3}), "sizes={'N': 3} must give one for m too"),
        ((1, LINE, {"N": 3, "M": 1}), "must give one for m too, and none has the name 'M'"),
        ((1, LINE, [{"M": 1}]), "must give one for N, m too, and none has the name 'M'"),
        (
            (lambda N, k: N, LINE),
            "formula <lambda> takes k, for which there is no size; the sizes are N, m",
        ),
        ((1, LINE, {"N": 3, "m": 1, "M": 2}), "'M' is no name of"),
        ((1, LINE, {"N": (), "m": 1}), "'N' has no values"),
        ((1, LINE, {"N": 2.5, "m": 1}), "N=2.5"),
        ((1, LINE, {"N": range(10**9), "m": 1}), "over 20000"),
        ((1, LINE, {"N": 2, "m": 3}), "at none of those tried"),
        ((1, LINE, [{"N": 2, "m": 3}]), "does not meet the condition N >= m"),
        ((1, LINE, []), "sizes="),
        ((1, LINE, "N"), "sizes='N' must be"),
        ((1, LINE, 0), "sizes=0"),
        ((1, LINE, True), "sizes=True"),
        ((1, LINE, 3, "FLOPs"), "quantity='FLOPs' must be one of multiplications"),
        ((1, LINE, 3, "outputs"), "quantity='outputs' must be one of multiplications"),
        ((1, LINE, 3, ["x"]), "quantity=['x'] must be one of multiplications"),
        (("(((N**2*m)**64)**64)**64", LINE), "powers of powers make the degree"),
        (("2**(64*N)", line_of_ten, {"N": 100_000}), "formula 2**(64*N) is over 4000 digits at N=100000"),
        (("2**(64*N)", line_of_ten, {"N": 10**9}), "over 4000 digits at N=1000000000"),
        (("1/2**(64*N)", line_of_ten, {"N": 10**9}), "over 4000 digits at N=1000000000"),
        (("floor(2**(64*N)/3)", line_of_ten, {"N": 10**9}), "over 4000 digits at N=1000000000"),
        ((2 ** ca.symbol("N") ** 3, line_of_ten, {"N": 10**9}), "over 4000 digits at N=1000000000"),
        (("*".join(["N**64"] * 9), line_of_ten, {"N": 10**9}), "over 4000 digits at N=1000000000"),
        ((lambda N: 10 ** (10 * N), line_of_ten, {"N": 1000}), "over 4000 digits at N=1000"),
        ((10**4000, LINE), "formula has a number of over 4000 digits"),
        ((10**5000, LINE), "formula has a number of over 4000 digits"),
        ((ca.symbol("N") + 10**5000, LINE), "formula has a number of over 4000 digits"),
    ],
)
def test_arguments_that_make_no_sense_are_told(arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(ca.ArgumentError, match=re.escape(said)):
        assert_count(*arguments)


def test_what_breaks_in_a_factory_is_not_swallowed() -> None:
    def broken(N: int) -> ca.Operator:
        raise KeyError(N)

    with pytest.raises(KeyError):
        assert_count(1, broken)
    with pytest.raises(TypeError, match="must return an operator, not int"):
        assert_count(1, lambda N: N)


# --- fits ---


@given(
    formula=st.sampled_from(
        [
            "3",
            "N - 2*m",
            "-N*m/2",
            "N**2 + m - 1",
            "(N - m + 1)**3*m",
            "N*(N - m)",
            "m**2/N",
            "5*(N - 1)*m**3",
            "N**4 - m",
        ]
    )
)
def test_a_fit_is_the_formula_that_made_the_numbers(formula: str) -> None:
    expected = parse_formula(formula)
    points = [{"N": N, "m": m} for N in range(1, 8) for m in range(1, N + 1)]
    values = [expected.subs({ca.symbol(k): v for k, v in p.items()}) for p in points]
    found = fitted(points, [Fraction(int(v.p), int(v.q)) for v in values])
    assert found is not None
    assert sympy.simplify(found - expected) == 0
    values[4] += 1  # one of those that are held out: the fit must not survive it
    assert fitted(points, [Fraction(int(v.p), int(v.q)) for v in values]) is None


def test_a_fit_needs_points_that_settle_it() -> None:
    points = [{"N": 5, "m": m} for m in range(1, 6)]
    assert fitted(points, [Fraction(m) for m in range(1, 6)]) is None
    assert fitted(points * 4, [Fraction(5 * m + 3) for m in range(1, 6)] * 4) is None


def test_a_fit_is_held_to_numbers_that_took_no_part_in_it() -> None:
    points = [{"N": N} for N in range(1, 10)]
    assert fitted(points, [Fraction(3)] * 9) == 3
    assert fitted(points[:5], [Fraction(3)] * 5) is None


STRIDED = ca.conv(1, 1, "N", "m", stride="s")


def test_where_no_small_formula_fits_the_closed_form_tells_the_difference() -> None:
    told = difference(
        failure(assert_count, "m*N", STRIDED, {"N": range(2, 9), "m": (1, 2, 3), "s": (1, 2, 3)})
    )
    assert told is not None
    N, m, s = map(ca.symbol, "Nms")
    expected = m * N - m * (sympy.floor((N - m) / s) + 1)
    for sizes in ({N: 20, m: 7, s: 5}, {N: 31, m: 4, s: 9}):
        assert parse_formula(told).subs(sizes) == expected.subs(sizes)


def test_a_closed_form_that_the_counts_do_not_bear_out_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "convalgebra.testing.counts._formula_of", lambda family, quantity: ca.symbol("N") ** 7
    )
    told = failure(assert_count, "m*N", STRIDED, {"N": range(2, 9), "m": (1, 2, 3), "s": (1, 2, 3)})
    assert difference(told) is None
