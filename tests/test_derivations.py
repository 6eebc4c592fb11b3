"""Derivations: the two famous ratios, each step checked, the whole confronted with counted products."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca

N, m, D, N_c, H, W, h = map(ca.symbol, ("N", "m", "D", "N_c", "H", "W", "h"))


def depthwise_story() -> tuple[ca.Operator, ca.Operator]:
    layer = ("D", "N_c", ("H", "W"), "h")
    return ca.depthwise_separable(*layer), ca.conv(*layer)


def spatial_story() -> tuple[ca.Operator, ca.Operator]:
    layer = (1, 1, ("N", "N"), "m")
    return ca.spatially_separable(*layer), ca.conv(*layer)


STORIES = {"depthwise": depthwise_story, "spatial": spatial_story}


@pytest.fixture(params=STORIES, scope="module")
def derivation(request: pytest.FixtureRequest) -> ca.Derivation:
    return ca.derive_ratio(*STORIES[request.param]())


# --- the results ---


def test_the_depthwise_separable_ratio() -> None:
    ratio = ca.ratio(*depthwise_story())
    assert ratio == 1 / N_c + 1 / h**2
    assert ca.text(ratio) == "1/N_c + 1/h**2"
    assert ca.latex(ratio) == r"\frac{1}{N_{c}} + \frac{1}{h^{2}}"
    assert ca.derive_ratio(*depthwise_story()).result == ratio


def test_the_spatially_separable_ratio() -> None:
    ratio = ca.ratio(*spatial_story())
    assert ratio == 2 / m + (m - 1) / (m * (N - m + 1))
    assert ca.text(ratio) == "2/m + (m - 1)/(m*(N - m + 1))"
    assert ca.latex(ratio) == r"\frac{2}{m} + \frac{m - 1}{m \left(N - m + 1\right)}"
    assert ca.derive_ratio(*spatial_story()).result == ratio


def test_the_article_is_right_for_three_taps_only() -> None:
    difference = ca.ratio(*spatial_story()) - (2 / m + 2 / (m * (N - 2)))
    assert sympy.simplify(difference.subs(m, 3)) == 0
    assert sympy.simplify(difference.subs(m, 5)) != 0


@pytest.mark.parametrize(("taps", "limit"), [(3, Fraction(2, 3)), (5, Fraction(2, 5)), (7, Fraction(2, 7))])
def test_the_rules_of_thumb_of_separable_kernels(taps: int, limit: Fraction) -> None:
    ratio = ca.ratio(*spatial_story()).subs(m, taps)
    assert sympy.limit(ratio, N, sympy.oo) == sympy.Rational(limit.numerator, limit.denominator)


def test_the_worked_examples() -> None:
    assert ca.ratio(*spatial_story()).subs({N: 5, m: 3}) == sympy.Rational(72, 81)
    assert ca.ratio(*depthwise_story()).subs({N_c: 128, h: 3}) == sympy.Rational(10_275, 86_400)
    assert ca.ratio(
        ca.depthwise_separable(3, 128, (7, 7), 3), ca.conv(3, 128, (7, 7), 3)
    ) == sympy.Rational(137, 1152)


def test_a_multiplier_multiplies_the_ratio() -> None:
    layer = ("D", "N_c", ("H", "W"), "h")
    ratio = ca.ratio(ca.depthwise_separable(*layer, multiplier="q"), ca.conv(*layer))
    assert sympy.expand(ratio - ca.symbol("q") * (1 / N_c + 1 / h**2)) == 0


def test_groups_divide_the_cost() -> None:
    layer = ("D", "N_c", ("H", "W"), "h")
    assert ca.ratio(ca.conv(*layer, groups="g"), ca.conv(*layer)) == 1 / ca.symbol("g")


@given(
    channels=st.tuples(st.integers(1, 3), st.integers(1, 4)),
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
)
@settings(max_examples=40)
def test_the_ratio_is_the_measured_ratio(
    channels: tuple[int, int], size: tuple[int, int], kernel: int, stride: int, dilation: int
) -> None:
    assume(min(size) >= dilation * (kernel - 1) + 1)
    layer = (*channels, size, kernel)
    a = ca.depthwise_separable(*layer, stride=stride, dilation=dilation)
    b = ca.conv(*layer, stride=stride, dilation=dilation)
    measured = Fraction(ca.measure(a).multiplications, ca.measure(b).multiplications)
    assert ca.ratio(a, b) == sympy.Rational(measured.numerator, measured.denominator)
    assert measured == Fraction(1, channels[1]) + Fraction(1, kernel**2)


# --- steps ---


def test_every_step_holds(derivation: ca.Derivation) -> None:
    named = dict(derivation.named)
    for step in (*derivation.steps, *derivation.limits):
        assert step.holds(named, derivation.conditions), str(step)


def test_steps_have_reasons_and_change_something(derivation: ca.Derivation) -> None:
    for step in (*derivation.steps, *derivation.limits):
        assert step.reason_text().strip()
        assert step.reason_latex().strip()
        assert ca.latex(step.left) != ca.latex(step.right)
    assert derivation.steps[-1].right == derivation.result


def test_conditions_are_kept() -> None:
    assert ca.derive_ratio(*depthwise_story()).conditions == (sympy.Ge(H, h), sympy.Ge(W, h))
    assert ca.derive_ratio(*spatial_story()).conditions == (sympy.Ge(N, m),)


def test_limits() -> None:
    by_symbol = {step.left.args[1]: step.right for step in ca.derive_ratio(*depthwise_story()).limits}
    assert by_symbol == {N_c: 1 / h**2}
    by_symbol = {step.left.args[1]: step.right for step in ca.derive_ratio(*spatial_story()).limits}
    assert by_symbol == {N: 2 / m}


def test_the_derivation_in_latex(derivation: ca.Derivation) -> None:
    latex = derivation.latex()
    assert latex.startswith("If $")
    assert "\n\\begingroup\\allowdisplaybreaks\n\\begin{align*}\n" in latex
    assert latex.endswith("\n\\end{align*}\n\\endgroup")
    assert latex.endswith(derivation.steps_latex())
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    assert ca.latex(derivation.result) in latex
    assert derivation.latex() == latex


def test_deriving_twice_gives_the_same() -> None:
    for story in STORIES.values():
        assert ca.derive_ratio(*story()) == ca.derive_ratio(*story())


# --- verification, and that it can fail ---


def test_verify_passes(derivation: ca.Derivation) -> None:
    found = derivation.verify()
    assert found
    assert found.passed
    assert all(found.steps)
    assert len(found.steps) == len(derivation.steps) + len(derivation.limits)
    assert len(found.rows) >= 20
    assert all(row.agrees for row in found.rows)


def test_verify_fails_for_a_tampered_result(derivation: ca.Derivation) -> None:
    wrong = dataclasses.replace(derivation, result=derivation.result + sympy.Rational(1, 10**6))
    points = [
        {str(s): 7 for s in derivation.a.symbols} | ({"m": 3} if m in derivation.a.symbols else {"h": 3})
    ]
    found = wrong.verify(points)
    assert not found
    assert not any(row.agrees for row in found.rows)
    assert "DIFFERENT" in str(found)


def test_verify_fails_for_the_articles_formula() -> None:
    derivation = ca.derive_ratio(*spatial_story())
    wrong = dataclasses.replace(derivation, result=2 / m + 2 / (m * (N - 2)))
    assert all(row.agrees for row in wrong.verify([{"N": 5, "m": 3}, {"N": 9, "m": 3}]).rows)
    found = wrong.verify([{"N": 5, "m": 3}, {"N": 9, "m": 5}])
    assert [row.agrees for row in found.rows] == [True, False]
    assert not found


@pytest.mark.parametrize("at", range(13))
def test_verify_finds_a_wrong_step(derivation: ca.Derivation, at: int) -> None:
    steps = [*derivation.steps, *derivation.limits]
    if at >= len(steps):
        pytest.skip("the derivation is shorter")
    steps[at] = dataclasses.replace(steps[at], right=steps[at].right + 1)
    cut = len(derivation.steps)
    wrong = dataclasses.replace(derivation, steps=tuple(steps[:cut]), limits=tuple(steps[cut:]))
    found = wrong.verify([dict.fromkeys(map(str, derivation.a.symbols), 2)])
    assert [i for i, holds in enumerate(found.steps) if not holds] == [at]
    assert not found


def test_verify_of_nothing_has_not_passed(derivation: ca.Derivation) -> None:
    assert not derivation.verify([])


def test_a_row_tells_formula_and_measurement() -> None:
    derivation = ca.derive_ratio(*spatial_story())
    (row,) = derivation.verify([{"N": 5, "m": 3}]).rows
    assert row.sizes == (("N", 5), ("m", 3))
    assert (row.formula, row.measured) == (Fraction(8, 9), (72, 81))


@pytest.mark.parametrize("points", [[{}], [{"N": 5}], [{"N": 5, "m": 3, "k": 1}], [{"N": 3, "m": 5}]])
def test_points_that_do_not_fit_are_refused(points: list[dict[str, int]]) -> None:
    with pytest.raises(ca.ConvalgebraError):
        ca.derive_ratio(*spatial_story()).verify(points)


def test_numbers_need_no_conditions() -> None:
    layer = (3, 128, (7, 7), 3)
    derivation = ca.derive_ratio(ca.depthwise_separable(*layer), ca.conv(*layer))
    assert derivation.conditions == ()
    assert derivation.result == sympy.Rational(137, 1152)
    assert derivation.verify()


def test_same_padding_and_numbers_mixed_with_names() -> None:
    layer = (1, 1, ("N", "N"), 3)
    a, b = (f(*layer, padding="same") for f in (ca.spatially_separable, ca.conv))
    derivation = ca.derive_ratio(a, b)
    assert sympy.simplify(derivation.result - 2 * N / (3 * N - 2)) == 0
    assert derivation.verify()


@pytest.mark.sweep
def test_strided_padded_layers_verify() -> None:
    layer = ("D", "N_c", ("N", "N"), 3)
    a, b = (f(*layer, stride=2, padding=1) for f in (ca.depthwise_separable, ca.conv))
    found = ca.derive_ratio(a, b).verify()
    assert all(row.agrees for row in found.rows)
    assert found


def test_strided_pointwise_layers_with_symbolic_padding_verify() -> None:
    a = ca.conv(1, 1, "N", 1, stride=2, padding="p")
    assert ca.derive_ratio(a, ca.conv(1, 1, "N", 1)).verify([{"N": 1, "p": 1}, {"N": 4, "p": 2}])


@pytest.mark.parametrize("bad", [None, 3, "conv", ca.conv, object()])
def test_what_is_no_operator_is_refused(bad: object) -> None:
    good = ca.conv(1, 1, 5, 3)
    for call in (ca.ratio, ca.derive_ratio):
        with pytest.raises(ca.ArgumentError, match="a="):
            call(bad, good)
        with pytest.raises(ca.ArgumentError, match="b="):
            call(good, bad)


def test_no_ratio_to_nothing() -> None:
    with pytest.raises(ca.ArgumentError, match="multiplies nothing"):
        ca.ratio(ca.conv(1, 1, 5, 3), ca.Identity(5))


@pytest.mark.parametrize(
    "formula",
    [
        N * m / ((3 * N - 2) * (3 * m - 2)),
        (N + 1) / (N * (m + 1)),
        sympy.Mul(3 * N, sympy.Pow(5 * N * (m - 1), -1, evaluate=False), evaluate=False),
        1 / N + 1 / m**2,
        sympy.Mul((N + 1) * (m + 2), sympy.Pow((N + 3) * (m + 4), -1, evaluate=False), evaluate=False),
    ],
    ids=str,
)
def test_a_printed_formula_means_what_it_says(formula: sympy.Expr) -> None:
    read = eval(ca.text(formula), {"N": N, "m": m})
    assert sympy.simplify(read - formula) == 0


# --- what reviews found ---


@pytest.mark.sweep
def test_sizes_below_one_are_excluded_by_conditions() -> None:
    assert ca.conv(D - 1, 1, 5, 3).conditions == (D >= 2,)
    up = ca.conv_transpose("D", "N_c", "N", 3, padding="p")
    assert ca.derive_ratio(up, ca.conv("D", "N_c", "N", 3)).verify()
    assert ca.derive_ratio(ca.conv(D - 1, 2, 5, 3), ca.conv("D", 2, 5, 3)).verify()


def test_a_limit_that_is_not_finite_is_not_printed() -> None:
    d = ca.derive_ratio(ca.conv("D", "N_c", "N", 3), ca.depthwise("D", "N", 3))
    assert d.result == N_c
    assert d.limits == ()
    assert d.verify()


def test_counts_of_the_same_name_are_told_apart() -> None:
    tied = ca.Product((ca.conv("D", "D", "N", 3), ca.conv("D", "D", N + 2, 3)))
    named_like_a_side = ca.conv(1, 1, "N", 3, name="A") @ ca.conv(1, 1, N + 2, 3, name="B")
    for op in (tied, named_like_a_side):
        d = ca.derive_ratio(op, ca.conv("D", "D", "N", 3))
        assert len(dict(d.named)) == len(d.named)
        assert d.verify(), str(d)


def test_large_kernels_are_verified_at_large_sizes() -> None:
    verification = ca.derive_ratio(ca.conv(1, 1, "N", 30), ca.conv(1, 1, "N", 20)).verify()
    assert verification
    assert all(dict(row.sizes)["N"] >= 30 for row in verification.rows)


def test_no_size_to_try_is_said() -> None:
    with pytest.raises(ca.ArgumentError, match="none of the sizes"):
        ca.derive_ratio(ca.conv(1, 1, "N", 300), ca.conv(1, 1, "N", 20)).verify()


def test_four_axes_are_verified() -> None:
    size = ("H", "W", "N", "m")
    assert ca.derive_ratio(
        ca.depthwise_separable("D", "N_c", size, 2), ca.conv("D", "N_c", size, 2)
    ).verify()


def test_a_split_brings_in_no_pole() -> None:
    ratio = ca.ratio(ca.conv("D", "N", ("H", "W"), "h", dilation=2), ca.conv("D", "N", ("H", "W"), "h"))
    assert ratio.subs({H: 9, W: 9, h: 3}) == sympy.Rational(25, 49)


def test_a_strided_layer_keeps_the_short_form() -> None:
    op = ca.depthwise_separable("D", "N_c", ("H", "W"), "h", stride=2)
    assert ca.ratio(op, ca.conv("D", "N_c", ("H", "W"), "h", stride=2)) == 1 / N_c + 1 / h**2


@pytest.mark.sweep
def test_an_operator_that_may_read_only_padding_is_conditioned() -> None:
    a = ca.depthwise_separable("D", "N_c", "H", "h", stride="s", padding="p")
    assert ca.derive_ratio(a, ca.conv("D", "N_c", "H", "h", stride="s", padding="p")).verify()


@pytest.mark.parametrize("points", [3, {"N": 5}, "N=5", [3], [{"N": "x"}], [{"N": 2}], [{"N": 5, "M": 1}]])
def test_bad_points_are_named(points: object) -> None:
    d = ca.derive_ratio(ca.conv(1, 1, "N", 5), ca.conv(1, 1, "N", 3))
    with pytest.raises(ca.ConvalgebraError, match=r"points|sizes|N"):
        d.verify(points)  # type: ignore[arg-type]


def test_a_ratio_knows_which_operator_is_above_and_which_below() -> None:
    above, below = ca.depthwise(2, 5, 3), ca.conv(2, 2, 5, 3)
    derivation = ca.derive_ratio(above, below)
    assert (derivation.a, derivation.b) == (above, below)
    (row,) = derivation.verify().rows
    assert row.measured == (ca.measure(above).multiplications, ca.measure(below).multiplications)


def test_axes_that_differ_are_numbered_from_one() -> None:
    told = str(ca.derive_receptive_field(ca.conv(1, 1, (9, 9), (3, 5))))
    assert "max(k, k < 3) + 1 = 3" in told
    left = [line.split(" = ")[0] for line in told.splitlines()]
    assert [name for name in left if name.startswith("r")] == ["r_1", "r_2"]
