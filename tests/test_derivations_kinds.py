"""Derivations of every kind of thing, over the registry and the catalogue; what they come to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.counting.grids import sample_points
from convalgebra.derivation.brackets import Farthest, Tally
from convalgebra.derivation.costs import derive_cost
from convalgebra.derivation.fields import derive_receptive_field
from convalgebra.derivation.identities import derive_identity
from convalgebra.derivation.outputs import derive_output_size
from convalgebra.testing.strategies.layers import conv_keywords, transposed_keywords
from convalgebra.theorems.table import find_identity
from tests.registry import ENTRIES, NESTED

N, m, D, N_c, H, W, h, s, p, d, g, q = map(ca.symbol, "N m D N_c H W h s p d g q".split())  # noqa: SIM905
LAYER = ("D", "N_c", ("H", "W"), "h")
Deriving = Callable[[ca.Operator], ca.Derivation]
ALL: tuple[Deriving, ...] = (derive_cost, derive_output_size, derive_receptive_field)
law = settings(max_examples=3, suppress_health_check=list(HealthCheck))


def dilated_stack() -> ca.Operator:
    return ca.conv(1, 1, 25, 3, dilation=4) @ ca.conv(1, 1, 29, 3, dilation=2) @ ca.conv(1, 1, 31, 3)


# --- over the registry and the catalogue ---


@pytest.mark.parametrize("name", ENTRIES | NESTED)
@given(data=st.data())
@law
def test_the_cost_of_any_operator_is_derived_and_measured(name: str, data: st.DataObject) -> None:
    op = data.draw((ENTRIES | NESTED)[name].operators)
    rows, columns = op.shape
    assume(rows * columns <= 20_000)
    derivation = derive_cost(op)
    found = derivation.verify()
    assert found, str(found)
    assert derivation.result == ca.measure(op).multiplications
    assert all(step.reason_text() for step in derivation.steps)
    assert all(check.points == 1 for check in found.steps)


@pytest.mark.parametrize("derive", ALL[1:])
@given(keywords=conv_keywords(ranks=(1, 2, 3)))
@settings(law, max_examples=12)
def test_sizes_and_fields_of_any_convolution(derive: Deriving, keywords: dict) -> None:
    op = ca.conv(**keywords)
    assume(op.shape[0] * op.shape[1] <= 20_000)
    # Circular padding sees both ends of the image: its field is no window.
    assume(derive is derive_output_size or op.padding_mode != "circular")
    derivation = derive(op)
    found = derivation.verify()
    assert found, str(found)
    expected = op.output_size if derive is derive_output_size else ca.receptive_field(op)
    assert derivation.result == expected


@pytest.mark.parametrize("derive", ALL)
@given(keywords=transposed_keywords(ranks=(1, 2)))
@settings(law, max_examples=8)
def test_any_transposed_convolution(derive: Deriving, keywords: dict) -> None:
    op = ca.conv_transpose(**keywords)
    found = derive(op).verify()
    assert found, str(found)


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_every_type_of_the_catalogue_with_names(kind) -> None:
    op = kind.make()
    without_windows = kind.name in ("dilated_polyphase", "im2col", "winograd", "fourier_conv")
    # Of the plain convolutions one will do for sizes and fields: the rest differ in channels only.
    plain = kind.shown_with is types()[0].shown_with and kind.name != "conv"
    for derive in ALL[:1] if plain else ALL:
        if without_windows and derive is not derive_cost:
            with pytest.raises(ca.ArgumentError, match="no window") as told:
                derive(op)
            assert ("nothing is derived" in str(told.value)) == (derive is derive_receptive_field)
            continue
        derivation = derive(op)
        found = derivation.verify(sample_points(derivation.operators, derivation.conditions, 2))
        assert found, str(found)


# --- costs ---


def test_a_cost_begins_with_a_bare_condition_on_outputs_and_taps() -> None:
    first = derive_cost(ca.conv(*LAYER, stride="s", padding="p")).steps[0]
    (tally,) = first.right.atoms(Tally)
    assert ca.text(tally.formula) == "[0 <= i*s + k - p < H]*[0 <= j*s + l - p < W]"
    counts = [count for _, count in tally.ranges]
    assert counts == [(H - h + 2 * p) // s + 1, (W - h + 2 * p) // s + 1, h, h]
    assert not first.right.has(sympy.Sum)


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (ca.conv(*LAYER), D * N_c * h**2 * (H - h + 1) * (W - h + 1)),
        (ca.conv(*LAYER, groups="g"), D * N_c / g * h**2 * (H - h + 1) * (W - h + 1)),
        (ca.depthwise("D", ("H", "W"), "h"), D * h**2 * (H - h + 1) * (W - h + 1)),
        (ca.depthwise_separable(*LAYER), D * (h**2 + N_c) * (H - h + 1) * (W - h + 1)),
        (ca.spatially_separable(1, 1, ("N", "N"), "m"), m * (N - m + 1) * (2 * N - m + 1)),
        (ca.conv(1, 1, ("N", "N"), 3, padding="same"), (3 * N - 2) ** 2),
        (ca.conv_transpose(1, 1, "N", "m", stride="s"), N * m),
        (ca.pointwise("D", "N_c", ("H", "W")).T, D * N_c * H * W),
        (ca.Kron((ca.Dense("N", "m", "a"), ca.Identity("q"))), N * m * q),
        (ca.BlockDiag((ca.Dense("N", 2, "a"), ca.Dense("m", 3, "b"))), 2 * N + 3 * m),
        (ca.VStack((ca.Dense("N", "q", "a"), ca.Dense("m", "q", "b"))), (N + m) * q),
        (ca.HStack((ca.Dense("q", "N", "a"), ca.Dense("q", "m", "b"))), (N + m) * q),
        (ca.Sum((ca.Dense("q", "N", "a"), ca.Dense("q", "N", "b"))), 2 * N * q),
        (ca.locally_connected(1, 1, "N", "m"), m * (N - m + 1)),
        (ca.OnWeight(ca.conv(1, 1, "N", "m")), m * (N - m + 1)),
        (ca.channel_shuffle("D", ("H", "W"), groups="g"), sympy.Integer(0)),
    ],
    ids=str,
)
def test_costs_of_the_literature(op: ca.Operator, expected: sympy.Expr) -> None:
    derivation = derive_cost(op)
    assert sympy.simplify(derivation.result - expected) == 0
    assert derivation.verify(sample_points([op], derivation.conditions, 8))


def test_each_way_of_putting_operators_together_has_its_reason() -> None:
    a, b = ca.Dense(2, 3, "a"), ca.Dense(2, 3, "b")
    expected = {
        ca.Product((ca.Dense(4, 2, "c"), a)): "product",
        ca.BlockDiag((a, b)): "block diagonal",
        ca.VStack((a, b)): "stack",
        ca.HStack((a, b)): "stack",
        ca.Sum((a, b)): "sum",
        ca.Kron((a, ca.Identity(2))): "Kronecker product",
        ca.conv(1, 1, 5, 3).T: "transpose",
    }
    for op, rule in expected.items():
        assert rule in [step.rule for step in derive_cost(op).steps], rule


@pytest.mark.parametrize("tap", range(3))
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_tap_that_selects_is_a_window_of_one(tap: int, stride: int) -> None:
    for lo, hi in ((0, 0), (1, 0), (0, 2), (2, 1)):
        selection = ca.Selection(ca.Axis(7, 3, stride=stride, lo=lo, hi=hi, dilation=2), tap)
        for op in (ca.Kron((ca.Dense(2, 3), selection)), ca.Kron((ca.Dense(2, 3), selection.T))):
            found = derive_cost(op).verify()
            assert found, str(found)
            assert found.rows[0].measured == (6 * selection.matrix().nnz,)


def test_equal_blocks_are_derived_once() -> None:
    derivation = derive_cost(ca.conv(6, 6, 5, 3, groups=6).blocks())
    assert "6*mult(weight_1)" in str(derivation)
    assert len(derivation.steps) == 5


def test_a_sum_is_not_expanded_into_something_longer() -> None:
    op = ca.shuffled_grouped("D", "N_c", ("H", "W"), "h", groups="g", middle_channels="b")
    derivation = derive_cost(op)
    assert sympy.count_ops(derivation.result) < sympy.count_ops(op.multiplications)
    assert sympy.simplify(derivation.result - op.multiplications) == 0


@pytest.mark.parametrize("make", [derive_cost, derive_output_size, derive_receptive_field])
@pytest.mark.parametrize("bad", [None, 3, "conv", object()])
def test_what_is_no_operator_is_refused(make: Deriving, bad: object) -> None:
    with pytest.raises(ca.ArgumentError, match="op="):
        make(bad)  # type: ignore[arg-type]


# --- sizes and fields ---


def test_the_output_size_of_the_literature() -> None:
    derivation = derive_output_size(ca.conv(1, 1, "N", "m", stride="s", padding="p", dilation="d"))
    room = N + 2 * p - d * (m - 1) - 1
    (result,) = derivation.result
    for values in ({N: 9, m: 3, s: 2, p: 1, d: 2}, {N: 7, m: 2, s: 3, p: 0, d: 4}):
        assert result.subs(values) == room.subs(values) // values[s] + 1
    assert ca.text(derivation.steps[0].right).startswith("sum([")
    up = derive_output_size(ca.conv_transpose(1, 1, "N", "m", stride="s", padding="p"))
    assert sympy.expand(up.result[0] - (s * (N - 1) + m - 2 * p)) == 0
    assert up.steps[0].right.has(Farthest)


def test_axes_that_are_alike_are_derived_once() -> None:
    assert len(derive_output_size(ca.conv(1, 1, ("N", "N"), "m")).steps) == 3
    assert len(derive_output_size(ca.conv(1, 1, ("H", "W"), "m")).steps) == 6
    assert len(derive_receptive_field(ca.conv(1, 1, ("H", "W"), "m")).named) == 1
    assert len(derive_receptive_field(ca.conv(1, 1, ("H", "W"), ("m", "h"))).named) == 2


def test_three_seven_fifteen() -> None:
    derivation = derive_receptive_field(dilated_stack())
    assert [int(formula) for _, formula in derivation.named] == [3, 7, 15]
    assert derivation.result == (15,)
    assert derivation.verify()


def test_a_stride_that_no_later_tap_feels_is_not_told() -> None:
    derivation = derive_receptive_field(ca.conv(1, 1, 3, 1) @ ca.conv(1, 1, 8, 3, stride=2))
    assert [str(name) for name, _ in derivation.named] == ["r_1"]


def test_strides_multiply_what_later_taps_reach() -> None:
    first = ca.conv(1, 1, "N", 3, stride=2)
    second = ca.conv(1, 1, first.output_size, 3, stride=3)
    third = ca.conv(1, 1, second.output_size, "m")
    derivation = derive_receptive_field(third @ second @ first)
    assert sympy.expand(derivation.result[0] - (1 + 2 + 2 * 2 + 6 * (m - 1))) == 0
    assert dict(derivation.named)[sympy.Symbol("j_2", positive=True)] == 6
    assert derivation.verify(sample_points(derivation.operators, derivation.conditions, 8))


def test_a_name_of_the_users_is_left_alone() -> None:
    op = ca.conv(1, 1, "M", "m", stride="i") @ ca.conv(1, 1, ca.symbol("M") + 2, 3)
    assert derive_output_size(op).verify()
    for taken in (ca.conv("r", "k", ("i", "j"), "l"), ca.conv(1, "r", "j", "i", padding="k")):
        for derive in ALL:
            derivation = derive(taken)
            assert derivation.verify(sample_points([taken], derivation.conditions, 3)), str(derivation)


def test_an_image_too_short_for_a_window_leaves_a_bound() -> None:
    short = derive_receptive_field(ca.conv(1, 1, 2, 3, padding=1))
    assert short.relation == "<="
    assert short.verify()
    long = derive_receptive_field(ca.conv(1, 1, 3, 3, padding=1))
    assert long.relation == "="
    assert long.verify()


def test_conditions_say_where_a_whole_window_is_seen() -> None:
    derivation = derive_receptive_field(ca.conv(1, 1, "N", 3, stride=2, padding=1))
    assert [str(c) for c in derivation.conditions] == ["N >= 4"]
    with pytest.raises(ca.ArgumentError, match="N >= 4"):
        derivation.measure_at({"N": 3})


# --- identities ---

# Quick ones of every kind: closed by rules, by definition, entry by entry, with weights carried over,
# compared modulo a prime, in symbols only, in the pattern, in singular values.
SOME = (
    "master form",
    "transposed convolution, any output padding",
    "depthwise separable",
    "convolution is cross-correlation with the mirrored kernel",
    "inverse of a channel shuffle",
    "every group sees every group",
    "transposed convolution is the transpose",
    "average pooling with and without its padding",
    "nearest upsampling is a transposed convolution",
    "singular values of a circular convolution",
    "circular convolution is a sum of rotations",
    "mixed product",
    "transpose of a stack",
    "Kronecker product of a sum",
)


@pytest.mark.parametrize("name", SOME)
def test_an_identity_is_derived_and_checked_at_other_sizes_too(name: str) -> None:
    derivation = derive_identity(name)
    found = derivation.verify()
    assert found, str(found)
    assert len(found.rows) >= 4
    assert all(check.points >= 1 for check in found.steps)


def test_the_rules_are_named() -> None:
    assert [step.rule for step in derive_identity("mixed product").steps] == ["mixed product"]
    assert [step.rule for step in derive_identity("Kronecker product of a sum").steps] == [
        "distributive law"
    ]
    assert "inverse of a permutation" in str(derive_identity("inverse of a permutation"))


@pytest.mark.parametrize("name", ["A12", "a12", "Strided is decimated", " strided is "])
def test_a_theorem_is_found_by_its_label_and_a_part_of_its_name(name: str) -> None:
    assert find_identity(name).name == "strided is decimated"


def test_a_whole_name_is_meant_where_it_is_a_part_of_others_too() -> None:
    for theorem in ca.identities():
        assert find_identity(theorem.name.upper()) is theorem


@pytest.mark.parametrize("bad", ["", "no such theorem", 3, None, "transpose"])
def test_a_name_that_is_no_theorems_is_told(bad: object) -> None:
    with pytest.raises(ca.ArgumentError, match="name="):
        find_identity(bad)  # type: ignore[arg-type]
    with pytest.raises(ca.ArgumentError, match="name="):
        derive_identity(bad)  # type: ignore[arg-type]


def test_sizes_outside_the_condition_are_refused() -> None:
    derivation = derive_identity("mixed product")
    with pytest.raises(ca.ArgumentError, match="condition"):
        derivation.verify([{"shapes": ((2, 2), (2, 3), (3, 1), (2, 1))}])
    with pytest.raises(ca.ArgumentError, match="points"):
        derivation.verify([{"N": 3}])
