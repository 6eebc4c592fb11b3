"""Every count of an axis against loops over outputs and taps, and against the literature's forms."""

from __future__ import annotations

from collections import Counter
from dataclasses import FrozenInstanceError
from itertools import product
from math import ceil, gcd
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.exact import value
from convalgebra.testing.strategies.axes import axes, axis_keywords
from tests.reference import pairs_read

Keywords = dict[str, Any]
COUNTS = ("outputs", "span", "padded_size", "taps", "taps_inside", "outputs_hit", "inputs_hit", "entries")


def counted(keywords: Keywords) -> dict[str, int]:
    """Count by loops what ``Axis`` tells by formulas."""
    pairs = pairs_read(**keywords)
    inside = [(i, j) for i, _, j in pairs if j >= 0]
    return {
        "outputs": len({i for i, _, _ in pairs}),
        "span": keywords["dilation"] * (keywords["kernel"] - 1) + 1,
        "padded_size": keywords["size"] + keywords["lo"] + keywords["hi"],
        "taps": len(pairs),
        "taps_inside": len(inside),
        "outputs_hit": len({i for i, _ in inside}),
        "inputs_hit": len({j for _, j in inside}),
        "entries": len(set(inside)),
    }


def told(axis: ca.Axis) -> dict[str, int]:
    return {name: getattr(axis, name) for name in COUNTS}


# --- numbers ---


@given(axis_keywords())
@settings(max_examples=500)
def test_counts_are_those_of_the_loops(keywords: Keywords) -> None:
    assert told(ca.Axis(**keywords)) == counted(keywords)


@given(axis_keywords())
@settings(max_examples=200)
def test_inputs_read_are_those_of_the_loops(keywords: Keywords) -> None:
    axis, pairs = ca.Axis(**keywords), pairs_read(**keywords)
    table = axis.inputs_read()
    assert table.shape == (axis.outputs, axis.kernel)
    assert [(i, k, int(table[i, k])) for i, k in np.ndindex(table.shape)] == pairs
    for tap in range(axis.kernel):
        np.testing.assert_array_equal(axis.inputs_read_by(tap), table[:, tap])
        assert axis.outputs_inside(tap) == np.count_nonzero(table[:, tap] >= 0)


@given(axes())
def test_the_definition_adds_up_to_the_count(axis: ca.Axis) -> None:
    assert axis.definition().doit() == axis.taps_inside


@given(axes(modes=("zeros",)))
def test_reads_is_the_input_before_padding(axis: ca.Axis) -> None:
    table = axis.inputs_read()
    for i, k in np.ndindex(table.shape):
        place = axis.reads(i, k)
        assert place == i * axis.stride + k * axis.dilation - axis.lo
        assert table[i, k] == (place if 0 <= place < axis.size else -1)


@given(axes())
def test_numbers_give_numbers(axis: ca.Axis) -> None:
    assert {name: type(value) for name, value in told(axis).items()} == dict.fromkeys(COUNTS, int)
    assert axis.conditions == ()


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        # kernel longer than the input: 16 taps, of which the corner ones miss
        ({"size": 1, "kernel": 3, "lo": 1, "hi": 1}, (1, 3, 1)),
        ({"size": 2, "kernel": 5, "lo": 4, "hi": 4}, (6, 30, 10)),
        # stride beyond the kernel, an input never read
        ({"size": 7, "kernel": 1, "stride": 3}, (3, 3, 3)),
        # everything cropped away but the padding on the other side
        ({"size": 2, "kernel": 2, "lo": 5, "hi": -4}, (2, 4, 0)),
        ({"size": 6, "kernel": 2, "lo": -2, "hi": -1}, (2, 4, 4)),
        # the resolution drops: the right overhang that is read is less than the padding
        ({"size": 224, "kernel": 7, "stride": 2, "lo": 3, "hi": 3}, (112, 784, 778)),
    ],
)
def test_axes_that_deserve_a_name(keywords: Keywords, expected: tuple[int, int, int]) -> None:
    axis = ca.Axis(**keywords)
    assert (axis.outputs, axis.taps, axis.taps_inside) == expected


# --- the literature's forms: expected values only ---


@given(n=st.integers(1, 12), m=st.integers(1, 12))
def test_valid(n: int, m: int) -> None:
    assume(n >= m)
    assert ca.Axis(n, m).taps_inside == m * (n - m + 1)


@given(n=st.integers(1, 12), m=st.integers(1, 6), s=st.integers(1, 8), d=st.integers(1, 4))
def test_without_padding_every_tap_is_inside(n: int, m: int, s: int, d: int) -> None:
    assume(n >= d * (m - 1) + 1)
    axis = ca.Axis(n, m, stride=s, dilation=d)
    assert axis.taps_inside == axis.taps == m * ((n - d * (m - 1) - 1) // s + 1)


@given(n=st.integers(1, 12), p=st.integers(0, 6))
def test_same_for_odd_kernels(n: int, p: int) -> None:
    m = 2 * p + 1
    expected = m * n - p * (p + 1) if n >= p else n**2
    assert ca.Axis(n, m, lo=p, hi=p).taps_inside == expected


@given(n=st.integers(1, 12), m=st.integers(1, 8), d=st.integers(1, 4))
def test_same_for_any_kernel(n: int, m: int, d: int) -> None:
    reach = d * (m - 1)
    assume(n >= ceil(reach / 2))
    axis = ca.Axis(n, m, lo=reach // 2, hi=reach - reach // 2, dilation=d)
    assert (axis.outputs, axis.taps_inside) == (n, m * n - d * (m**2 // 4))


@given(n=st.integers(1, 12), m=st.integers(1, 8), d=st.integers(1, 4))
def test_full(n: int, m: int, d: int) -> None:
    reach = d * (m - 1)
    assert ca.Axis(n, m, lo=reach, hi=reach, dilation=d).taps_inside == m * n


def inside(n: int, m: int, s: int, d: int, lo: int, outputs: int) -> int:
    """The general count: for each tap, the outputs between the two borders."""
    if min(n, m, outputs) <= 0:
        return 0
    return sum(
        max(0, min(outputs - 1, (n - 1 + lo - k * d) // s) - max(0, -(-(lo - k * d) // s)) + 1)
        for k in range(m)
    )


@given(axes(modes=("zeros",)))
@settings(max_examples=300)
def test_the_general_count(a: ca.Axis) -> None:
    M = a.outputs
    assert a.taps_inside == inside(a.size, a.kernel, a.stride, a.dilation, a.lo, M)
    # ... and as what is missing on either side, h being the right overhang that is read
    h = (M - 1) * a.stride + a.span - a.size - a.lo

    def missing(padding: int) -> int:
        return sum(min(M, max(0, -(-(padding - k * a.dilation) // a.stride))) for k in range(a.kernel))

    assert a.taps_inside == a.taps - missing(a.lo) - missing(h)


@given(axes(modes=("zeros",)))
@settings(max_examples=300)
def test_rows_and_columns_hit(a: ca.Axis) -> None:
    n, m, s, d, lo, M = a.size, a.kernel, a.stride, a.dilation, a.lo, a.outputs
    s1, d1 = s // gcd(s, d), d // gcd(s, d)
    all_pairs = inside(n, m, s, d, lo, M)
    assert a.outputs_hit == all_pairs - inside(n - d, m - 1, s, d, lo, M)
    assert a.inputs_hit == all_pairs - inside(n, m - s1, s, d, lo - s1 * d, M - d1)
    # the additions of a one-channel layer
    assert ca.Conv(1, 1, (a,)).additions == inside(n - d, m - 1, s, d, lo, M)


@given(
    n=st.integers(1, 6),
    m=st.integers(1, 5),
    s=st.integers(1, 4),
    d=st.integers(1, 4),
    lo=st.integers(0, 4),
    hi=st.integers(0, 4),
    data=st.data(),
)
def test_output_padding_acts_on_the_high_side(
    n: int, m: int, s: int, d: int, lo: int, hi: int, data: st.DataObject
) -> None:
    extra = data.draw(st.integers(0, max(s, d) - 1))
    N = (n - 1) * s - lo - hi + d * (m - 1) + extra + 1
    assume(N >= 1)
    op = ca.conv_transpose(1, 1, n, m, stride=s, padding=((lo, hi),), output_padding=extra, dilation=d)
    lost = [
        min(n, max(0, -(-(lo - k * d) // s))) + min(n, max(0, -(-(hi - extra - k * d) // s)))
        for k in range(m)
    ]
    assert op.multiplications == m * n - sum(lost)
    assert op.output_shape == (1, N)


@given(axes(modes=("circular",)))
def test_circular_entries(a: ca.Axis) -> None:
    assert a.taps_inside == a.outputs * a.kernel
    assert a.entries == a.outputs * min(a.kernel, a.size // gcd(a.size, a.dilation))


@given(
    n=st.integers(1, 7),
    m=st.integers(1, 7),
    s=st.integers(1, 4),
    lo=st.integers(0, 5),
    hi=st.integers(0, 5),
)
def test_replicate_entries(n: int, m: int, s: int, lo: int, hi: int) -> None:
    assume(n + lo + hi >= m)
    zeros = ca.Axis(n, m, s, lo, hi)
    repeated = ca.Axis(n, m, s, lo, hi, padding_mode="replicate")
    assert repeated.entries == zeros.taps_inside + zeros.outputs - zeros.outputs_hit


@given(n=st.integers(1, 7), p=st.integers(0, 3), s=st.integers(1, 4), data=st.data())
def test_reflect_has_the_pattern_of_zeros(n: int, p: int, s: int, data: st.DataObject) -> None:
    lo, hi = (data.draw(st.integers(0, min(p, n - 1))) for _ in range(2))
    m = 2 * p + 1
    assume(n + lo + hi >= m)
    assert ca.Axis(n, m, s, lo, hi, padding_mode="reflect").entries == ca.Axis(n, m, s, lo, hi).taps_inside


# --- names ---

NAMES = {"size": "n", "kernel": "m", "stride": "s", "lo": "p", "hi": "q", "dilation": "d"}


@pytest.mark.sweep
@given(axis_keywords(modes=("zeros",)), st.sets(st.sampled_from(sorted(NAMES)), min_size=1, max_size=3))
@settings(max_examples=50)
def test_formulas_are_the_counts(keywords: Keywords, named: set[str]) -> None:
    named = {field for field in named if keywords[field] >= 1}
    axis = ca.Axis(**(keywords | {field: NAMES[field] for field in named}))
    values = {ca.symbol(NAMES[field]): keywords[field] for field in named}
    assert all(condition.subs(values) == True for condition in axis.conditions)  # noqa: E712
    expected = counted(keywords)
    for name in COUNTS:
        assert value(getattr(axis, name), values) == expected[name], name


@pytest.mark.sweep
@given(axis_keywords(modes=("zeros",)), st.sets(st.sampled_from(sorted(NAMES)), min_size=1, max_size=3))
def test_the_definition_as_a_formula_adds_up(keywords: Keywords, named: set[str]) -> None:
    named = {field for field in named if keywords[field] >= 1}
    axis = ca.Axis(**(keywords | {field: NAMES[field] for field in named}))
    values = {ca.symbol(NAMES[field]): keywords[field] for field in named}
    assert value(axis.definition(), values) == counted(keywords)["taps_inside"]


def test_the_definition_of_one_tap_that_may_miss() -> None:
    axis = ca.Axis(size=1, kernel=1, stride=2, lo="p")
    assert (
        axis.definition().subs(ca.symbol("p"), 1).doit() == ca.Axis(1, 1, stride=2, lo=1).taps_inside == 0
    )


@given(axis_keywords(modes=("circular", "reflect", "replicate")), st.sets(st.sampled_from(sorted(NAMES))))
def test_formulas_where_padding_repeats_inputs(keywords: Keywords, named: set[str]) -> None:
    named = {field for field in named if keywords[field] >= 1}
    axis = ca.Axis(**(keywords | {field: NAMES[field] for field in named}))
    values = {ca.symbol(NAMES[field]): keywords[field] for field in named}
    expected = counted(keywords)
    for name in ("outputs", "taps", "taps_inside", "outputs_hit"):
        assert sympy.sympify(getattr(axis, name)).subs(values).doit() == expected[name], name
    if named:
        with pytest.raises(ca.SymbolError):
            axis.entries  # noqa: B018


n, m, p, s, d = map(ca.symbol, "nmpsd")


@pytest.mark.parametrize(
    ("axis", "outputs", "inside"),
    [
        (ca.Axis("n", "m"), n - m + 1, m * (n - m + 1)),
        (ca.Axis("n", 3, lo=1, hi=1), n, 3 * n - 2),
        (ca.Axis("n", 2 * p + 1, lo="p", hi="p"), n, None),
        (ca.Axis("n", "m", lo=m - 1, hi=m - 1), n + m - 1, m * n),
        (ca.Axis("n", "m", dilation="d"), n - d * (m - 1), m * (n - d * (m - 1))),
        (ca.Axis("n", 1, stride="s"), (n - 1) // s + 1, (n - 1) // s + 1),
    ],
    ids=["valid", "same 3", "same odd", "full", "dilated", "strided"],
)
def test_formulas_in_full(axis: ca.Axis, outputs: sympy.Expr, inside: sympy.Expr | None) -> None:
    assert sympy.expand(axis.outputs - outputs) == 0
    if inside is not None:
        difference = axis.taps_inside - inside
        for values in product(range(1, 6), repeat=4):
            at = dict(zip((n, m, s, d), values, strict=True))
            fits = all(bool(condition.subs(at)) for condition in axis.conditions)
            assert not fits or difference.subs(at) == 0, at


@pytest.mark.parametrize("odd", [1, 3, 5, 7])
def test_same_for_odd_kernels_as_a_formula(odd: int) -> None:
    half = odd // 2
    formula = ca.Axis("n", 2 * p + 1, lo="p", hi="p").taps_inside
    for size in range(half, 9):
        if size:
            value = formula.subs({p: half, n: size}).doit() if half else ca.Axis(size, 1).taps_inside
            assert value == odd * size - half * (half + 1)


def test_conditions_say_when_the_kernel_fits() -> None:
    assert ca.Axis("n", "m").conditions == (sympy.Ge(n, m),)
    assert ca.Axis("n", 3, lo=1, hi=1).conditions == ()
    assert ca.Axis("n", 3).conditions == (sympy.Ge(n, 3),)


def test_counting_pairs_by_hand() -> None:
    """The loops themselves, on an axis that fits on a hand: inputs a b c, padded 0 a b c 0."""
    pairs = pairs_read(3, 3, 1, 1, 1, 1, "zeros")
    assert Counter(j for _, _, j in pairs) == {-1: 2, 0: 2, 1: 3, 2: 2}


@pytest.mark.parametrize(
    "far",
    [
        {"size": 2**62},
        {"size": 4, "kernel": 1, "stride": 2**62},
        {"size": 1, "lo": 2**62 - 1},
    ],
    ids=str,
)
def test_arrays_reach_as_far_as_their_numbers_do(far: Keywords) -> None:
    fields = {"kernel": 1} | far
    assert ca.Axis(**fields).numeric() == ca.Axis(**fields)
    name = max(far, key=far.__getitem__)
    with pytest.raises(ca.ArgumentError, match="no array is that long"):
        ca.Axis(**(fields | {name: far[name] + 1})).numeric()


def test_the_definition_of_one_tap_sums_over_outputs_alone() -> None:
    definition = ca.Axis("N", 1).definition()
    assert len(definition.limits) == 1


def test_a_definition_stays_a_sum_where_its_range_is_surely_no_less_than_empty() -> None:
    N, i = ca.symbol("N"), sympy.Symbol("i", integer=True, nonnegative=True)
    assert ca.Axis("N", 1, stride=2, lo=1).definition() == sympy.Sum(1, (i, 1, N // 2))


def test_a_definition_whose_windows_end_before_the_input_begins_adds_up_to_nothing() -> None:
    """The last output is two before the first that would see an input: sympy takes such a sum for -1."""
    axis = ca.Axis(3, 1, lo="p", hi=-4)
    assert axis.definition().doit() == axis.taps_inside == 0


def test_inputs_hit_of_a_kernel_that_may_be_shorter_than_its_stride() -> None:
    """No links then, neither for sums gone through nor for sympy, to which sums can run backwards."""
    hit = ca.Axis("n", "m", stride="s").inputs_hit
    for numbers in [{n: 7, m: 1, s: 3}, {n: 9, m: 2, s: 4}, {n: 9, m: 3, s: 2}]:
        read = {j for _, _, j in pairs_read(*numbers.values(), 0, 0, 1, "zeros")}
        assert hit.subs(numbers).doit() == len(read)


@pytest.mark.parametrize("field", ["size", "kernel", "stride", "dilation"])
@pytest.mark.parametrize("less", [1, 2])
def test_sizes_that_are_formulas_must_come_to_one_at_least(field: str, less: int) -> None:
    """``q - 1`` may be 0: that it is not is a condition of the axis."""
    q = ca.symbol("q")
    axis = ca.Axis(**({"size": 9, "kernel": 1} | {field: q - less}))
    assert axis.conditions[-1] == (q >= less + 1)


def test_sizes_of_one_at_least_need_no_condition() -> None:
    assert ca.Axis("n", 1, stride="s", dilation="d").conditions == ()
    assert ca.Axis(n + 1, 1, lo=1).conditions == ()


@pytest.mark.parametrize("field", ["size", "kernel", "stride", "dilation"])
def test_sizes_below_one_are_refused(field: str) -> None:
    with pytest.raises(ca.ArgumentError, match=f"{field}=0 must be at least 1"):
        ca.Axis(**({"size": 3, "kernel": 2, "lo": 1, "hi": 1} | {field: 0}))


def test_a_kernel_longer_by_one_is_refused() -> None:
    assert ca.Axis(4, 4).outputs == 1
    with pytest.raises(
        ca.ArgumentError, match=r"kernel_size 4 .* is longer than the padded input 2 \+ 1 \+ 0 = 3"
    ):
        ca.Axis(2, 4, lo=1)


@pytest.mark.parametrize("tap", [-1, 3])
def test_a_tap_must_be_of_the_kernel(tap: int) -> None:
    with pytest.raises(ca.ArgumentError, match=f"tap={tap}"):
        ca.Axis(5, 3).outputs_inside(tap)


def test_an_axis_is_a_value() -> None:
    axis = ca.Axis(5, 3)
    assert len({axis, ca.Axis(5, 3, stride=1)}) == 1
    with pytest.raises(FrozenInstanceError):
        axis.size = 6
