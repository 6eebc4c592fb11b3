"""Arithmetic, receptive fields, overlap, separation, inverses, simplification: each against brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.operators.rules import RULES
from convalgebra.properties.window import period
from convalgebra.testing.strategies.axes import axis_keywords
from tests.strategies import integer_array

i, k, s, p, d, n, a, m = map(ca.symbol, ("i", "k", "s", "p", "d", "n", "a", "m"))
floor = sympy.floor

# Dumoulin and Visin, arXiv:1603.07285, relationships 1 to 15.
STATED = [
    i - k + 1,
    i + 2 * p - k + 1,
    i,
    i + (k - 1),
    floor((i - k) / s) + 1,
    floor((i + 2 * p - k) / s) + 1,
    floor((i - k) / s) + 1,
    i + (k - 1),
    i + (k - 1) - 2 * p,
    i,
    i - (k - 1),
    s * (i - 1) + k,
    s * (i - 1) + k - 2 * p,
    s * (i - 1) + a + k - 2 * p,
    floor((i + 2 * p - k - (k - 1) * (d - 1)) / s) + 1,
]


@pytest.mark.parametrize(("relationship", "stated"), list(zip(ca.relationships(), STATED, strict=True)))
def test_a_relationship_comes_out_as_the_guide_states_it(relationship, stated) -> None:
    derived = relationship.output_size
    assert sympy.simplify(derived - stated) == 0
    at = {i: 11, k: 3, s: 2, p: 1, d: 2, n: 1, a: 1}
    assert derived.subs(at) == stated.subs(at)


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("padding", [0, 1])
def test_input_sizes_that_share_an_output_size(stride: int, padding: int) -> None:
    sizes = {n: ca.conv(1, 1, n, 3, stride=stride, padding=padding).output_size for n in range(3, 30)}
    for n in range(8, 20):
        least, most = ca.same_output_sizes(n, 3, stride=stride, padding=padding)
        assert [q for q in sizes if sizes[q] == sizes[n]] == list(range(max(least, 3), most + 1))
        left = ca.Axis(n, 3, stride, padding, padding).left_over
        back = ca.conv_transpose(1, 1, sizes[n], 3, stride=stride, padding=padding, output_padding=left)
        assert back.output_size == (n,)


def test_the_two_transposed_convolutions_of_the_survey() -> None:
    assert ca.conv_transpose(1, 1, (2, 2), 3).output_size == (4, 4)
    assert ca.conv_transpose(1, 1, (2, 2), 3, stride=2).output_size == (5, 5)


# --- receptive fields ---


def seen(op: ca.Operator) -> list[int]:
    """Return the largest extent of the inputs that one output reads, along each axis, from the matrix."""
    ones = {name: np.ones(shape) for name, shape in op.weight_shapes.items()}
    pattern = op.matrix(ones).toarray() != 0
    images = pattern.reshape(-1, *op.input_shape).any(axis=1)
    extents = []
    for axis in range(len(op.input_size)):
        others = tuple(b + 1 for b in range(len(op.input_size)) if b != axis)
        lines = images.any(axis=others) if others else images
        reads = [np.flatnonzero(line) for line in lines if line.any()]
        extents.append(max(int(r[-1] - r[0]) + 1 for r in reads))
    return extents


def stack(*layers: dict) -> ca.Operator:
    size, net = layers[0]["input_size"], None
    for at, layer in enumerate(layers):
        conv = ca.conv(1, 1, **{**layer, "input_size": size}, name=f"w{at}")
        size, net = conv.output_size, conv if net is None else conv @ net
    return net


DILATIONS = [{"input_size": (40,), "kernel_size": 3, "dilation": q} for q in (1, 2, 4)]
NETS = [
    stack(*DILATIONS[:2]),
    stack(
        {"input_size": (40,), "kernel_size": 3, "stride": 2},
        {"kernel_size": 4, "stride": 3},
        {"kernel_size": 2},
    ),
    stack({"input_size": (16, 17), "kernel_size": (3, 2), "stride": (1, 2)}, {"kernel_size": 3}),
    ca.depthwise_separable(2, 2, (6, 6), 3),
    ca.spatially_separable(1, 1, (8, 8), (3, 5)),
    ca.flattened(1, 2, (8, 8), 3),
    ca.conv_transpose(1, 1, 9, 5, stride=2),
    ca.conv_transpose(1, 1, 9, 3, stride=2, dilation=2, padding=1),
    ca.conv(1, 1, 19, 3, name="b") @ ca.conv_transpose(1, 1, 9, 3, stride=2),
    ca.upsample_nearest(1, (4, 5), (2, 3)),
    ca.upsample_bilinear(1, 7, 2),
    ca.average_pool(1, (9, 9), 3),
    ca.pixel_shuffle(8, (3, 3), 2),
    ca.conv(1, 1, 9, 3, padding=1) + ca.conv(1, 1, 9, 5, padding=2),
    ca.shuffled_grouped(4, 4, (6, 6), 3, groups=2),
    ca.connected(((1, 0), (1, 1)), 7, 3),
    ca.im2col(2, 3, (6, 7), (3, 2), stride=2),
    ca.dilated_polyphase(1, 2, 12, 3, dilation=2, stride=3),
    ca.conv_transpose(1, 1, 12, 2, stride=2, dilation=3),
    ca.conv_transpose(1, 1, 12, 4, stride=4, dilation=2),
    ca.conv(1, 1, 23, 2, stride=2, name="b") @ ca.conv_transpose(1, 1, 12, 1, stride=2),
    ca.conv(1, 1, 36, 2, stride=4, padding=((1, 0),), name="b") @ ca.conv_transpose(1, 1, 12, 3, stride=3),
    ca.pointwise(9, 1, (2, 2)) @ ca.pixel_unshuffle(1, (6, 6), 3) @ ca.upsample_nearest(1, (3, 3), 2),
    ca.conv_transpose(1, 1, 9, 2, stride=3, name="a")
    + ca.conv_transpose(1, 1, 9, 5, stride=3, padding=((1, 2),)),
    ca.Transposed(
        ca.Product((ca.conv(1, 1, 11, 2, stride=3, name="b"), ca.conv(1, 1, 24, 4, stride=2, dilation=1)))
    ),
    ca.winograd(1, 2, (8, 9), 3, padding=1),
    ca.winograd(1, 1, 9, 2, tile=3) @ ca.conv(1, 1, 17, 1, stride=2, name="b"),
    ca.conv(1, 1, 8, 2, dilation=3, name="b") @ ca.winograd(2, 1, 11, 4, tile=1, groups=1),
]


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.structure()[:40])
def test_a_receptive_field_is_what_the_matrix_shows(net: ca.Operator) -> None:
    assert list(ca.receptive_field(net)) == seen(net)


def test_receptive_fields_of_the_survey_and_as_formulas() -> None:
    assert [ca.receptive_field(stack(*DILATIONS[:depth])) for depth in (1, 2, 3)] == [(3,), (7,), (15,)]
    one = ca.conv(1, 1, "N", "k1", stride="s1")
    two = ca.conv(1, 1, one.output_size, "k2") @ one
    (field,) = ca.receptive_field(two)
    k1, k2, s1 = map(ca.symbol, ("k1", "k2", "s1"))
    assert sympy.expand(field - (k1 + (k2 - 1) * s1)) == 0


def test_forms_that_take_the_image_apart_see_what_the_convolution_does() -> None:
    assert ca.receptive_field(ca.im2col(1, 1, (8, 8), 3)) == (3, 3)
    assert ca.receptive_field(ca.dilated_polyphase(1, 1, (9, 9), 3, dilation=2)) == (5, 5)


@st.composite
def nets(draw: st.DrawFn) -> ca.Operator:
    """Draw two or three convolutions in a row, transposed ones among them, on a long enough line."""
    size, net = 16, None
    for at in range(draw(st.integers(1, 3))):
        m, s, d = (draw(st.integers(1, most)) for most in (3, 3, 2))
        make = draw(st.sampled_from((ca.conv, ca.conv_transpose)))
        assume(make is ca.conv_transpose or size > d * (m - 1))
        layer = make(1, 1, size, m, stride=s, dilation=d, name=f"w{at}")
        (size,) = layer.output_size
        net = layer if net is None else layer @ net
    assume(size >= 8)  # enough outputs for one of each kind to be away from the border
    return net


@given(net=nets())
@settings(max_examples=80)
def test_a_receptive_field_is_exact_after_transposed_convolutions(net: ca.Operator) -> None:
    (field,) = ca.receptive_field(net)
    matrix = net.matrix({name: np.ones(shape, int) for name, shape in net.weight_shapes.items()}).toarray()
    reads = [np.flatnonzero(row) for row in matrix]
    most = max((int(r[-1] - r[0]) + 1 for r in reads if r.size), default=0)
    (window,) = ca.windows(net)
    # An output whose window is cut by a border may see less, none sees more.
    whole = [
        o
        for o in range(len(reads))
        if o * window.jump + window.start >= 0 and o * window.jump + window.start + window.extent <= 15
    ]
    assert most <= field
    if len(whole) >= period(window.path):
        assert most == field


@pytest.mark.parametrize("named", [True, False])
def test_forms_that_transform_the_image_see_what_the_convolution_does(named: bool) -> None:
    sizes = ("H", "W") if named else (9, 8)
    for padding in (0, 1, ((2, 0), (0, 1))):
        fast = ca.winograd(2, 2, sizes, (3, 2), tile=(2, 3), padding=padding)
        plain = ca.conv(2, 2, sizes, (3, 2), padding=padding)
        assert ca.windows(fast) == ca.windows(plain)
        assert ca.receptive_field(fast) == (3, 2)
    fast = ca.fourier_conv(2, 2, sizes, (3, 2), dilation=2)
    assert ca.windows(fast) == ca.windows(ca.conv(2, 2, sizes, (3, 2), dilation=2, padding="same"))
    assert ca.receptive_field(ca.fourier_conv(1, 1, 4, 3, modulus=13)) == (3,)


def test_transforms_that_do_not_fit_have_no_receptive_field() -> None:
    after, points, before = ca.winograd(1, 1, 6, 3).operators
    ones = ca.Reshaped(ca.Kron((ca.Identity(2), ca.Fixed(((1,) * 4,) * 2))), (8,), (4,))
    spoilt = ca.Kron((ca.Identity(1), ones))
    other = ca.fourier_conv(1, 1, 4, 3, modulus=13).operators[0]
    frequency = ca.fourier_conv(1, 1, 4, 3).operators
    assert ca.receptive_field(ca.Product((after, points, before))) == (3,)
    (whole,) = after.operators[1:]
    late = ca.Kron((ca.Identity(1), ca.Selection(ca.Axis(4, 1, lo=-1), 0) @ whole))
    assert [window.start for window in ca.windows(ca.Product((late, points, before)))] == [1]
    for factors in ((spoilt, points, before), (other, *frequency[1:]), frequency[:2], (points,)):
        with pytest.raises(ca.ArgumentError, match="op: "):
            ca.receptive_field(ca.Product(tuple(factors)))


def test_what_does_not_keep_positions_in_line_has_no_receptive_field() -> None:
    with pytest.raises(ca.ArgumentError, match=r"in line|act on channels|window"):
        ca.receptive_field(ca.Fourier(4))
    with pytest.raises(ca.ArgumentError, match="in line"):
        ca.receptive_field(ca.Dense(2, 2))


# --- overlap ---


@given(keywords=axis_keywords(6, ("zeros",)))
@settings(max_examples=60)
def test_overlap_counts_the_entries_of_each_row(keywords: dict) -> None:
    up = ca.Conv(1, 1, (ca.Axis(**keywords),)).T
    matrix = up.matrix(np.ones(up.weight_shapes["weight"]))
    assert ca.overlap(up).counts.tolist() == np.diff(matrix.indptr).tolist()


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("dilation", [1, 2])
def test_overlap_is_even_where_the_stride_divides_the_kernel(
    stride: int, kernel: int, dilation: int
) -> None:
    up = ca.overlap(ca.conv_transpose(1, 1, 30, kernel, stride=stride, dilation=dilation))
    border = dilation * kernel
    inside = up.counts[border:-border]
    assert up.even is (len(set(inside.tolist())) == 1)
    assert up.even is bool(kernel % stride == 0 and np.gcd(stride, dilation) == 1)
    named = ca.overlap(ca.conv_transpose(1, 1, 30, "k", stride="s", dilation="d")).even
    assert bool(named.subs({k: kernel, s: stride, d: dilation})) is up.even
    assert sorted(set(inside.tolist())) == sorted(set(up.phases[0]))


# --- separation ---


def rebuilt(separation: ca.Separation) -> list[list[Fraction]]:
    total = np.zeros((len(separation.kernel), len(separation.kernel[0])), object)
    for column, row in separation.terms:
        total = total + np.outer(np.array(column, object), np.array(row, object))
    return total.tolist()


RATIONALS = st.fractions(-3, 3, max_denominator=6)


@given(data=st.data(), rank=st.integers(1, 3))
@settings(max_examples=60)
def test_a_kernel_is_exactly_the_sum_of_its_terms(data: st.DataObject, rank: int) -> None:
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    vectors = [
        (
            data.draw(st.lists(RATIONALS, min_size=rows, max_size=rows)),
            data.draw(st.lists(RATIONALS, min_size=columns, max_size=columns)),
        )
        for _ in range(rank)
    ]
    kernel = sum(np.outer(np.array(u, object), np.array(v, object)) for u, v in vectors)
    if not kernel.any():
        with pytest.raises(ca.ArgumentError, match="other than 0"):
            ca.separate(kernel)
        return
    separation = ca.separate(kernel)
    assert rebuilt(separation) == kernel.tolist()
    assert separation.rank == sympy.Matrix(kernel.tolist()).rank() <= rank


@pytest.mark.parametrize(
    "kernel",
    [
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]),
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        [[1, 2], [3, 4], [5, 7]],
    ],
)
def test_the_factors_are_the_convolution(kernel) -> None:
    kernel = np.array(kernel)
    separation = ca.separate(kernel)
    factors = ca.spatially_separable(1, 1, (7, 8), kernel.shape, middle_channels=separation.rank)
    whole = ca.conv(1, 1, (7, 8), kernel.shape)
    same = factors.matrix(separation.weights()) != whole.matrix(kernel[None, None])
    assert same.nnz == 0
    cheaper = factors.multiplications < whole.multiplications
    assert cheaper == (separation.rank < separation.break_even_rank((7, 8)))


def test_the_best_sum_of_few_terms_is_that_of_eckart_and_young() -> None:
    kernel = integer_array((5, 4), 3)
    separation = ca.separate(kernel)
    values = np.linalg.svd(kernel, compute_uv=False)
    for rank in range(1, 5):
        closest, error = separation.best(rank)
        assert np.isclose(np.linalg.norm(kernel - closest), error)
        assert np.isclose(error, np.linalg.norm(values[rank:]))
        assert np.linalg.matrix_rank(closest) <= rank


@pytest.mark.parametrize(
    "kernel", [[1, 2], [[]], [[0, 0]], [[float("nan")]], "ab", [["x"]], [[1, 2], [3]], [[1j]]]
)
def test_what_is_no_kernel_is_refused(kernel) -> None:
    with pytest.raises(ca.ArgumentError, match="kernel"):
        ca.separate(kernel)


# --- the true inverse ---


def test_least_squares_inverts_where_the_transpose_does_not() -> None:
    op = ca.conv(1, 1, (4, 4), 3, padding="full")  # more outputs than inputs: one to one
    w, x = integer_array((1, 1, 3, 3), 5).astype(float), integer_array((1, 4, 4), 6).astype(float)
    y = (op.matrix(w) @ x.ravel()).reshape(op.output_shape)
    np.testing.assert_allclose(ca.least_squares(op, w, y), x, atol=1e-8)
    np.testing.assert_allclose(ca.least_squares(op, w, y.ravel()), x.ravel(), atol=1e-8)
    assert not np.allclose(op.T.matrix(w) @ y.ravel(), x.ravel())
    with pytest.raises(ca.ShapeError, match="y"):
        ca.least_squares(op, w, y[:, :2])


# --- simplification ---

GROUPS = ca.conv(4, 4, 3, 1, groups=2)
A, B, C = ca.Dense(2, 3, "a"), ca.Dense(3, 2, "b"), ca.Dense(2, 2, "c")
PADDED = ca.Selection(ca.Axis(6, 3, lo=1, hi=1), 1)
CASES = {
    "mixed product": ca.Product((ca.Kron((A, C)), ca.Kron((B, ca.Identity(2))))),
    "transpose of a product": ca.Transposed(ca.Product((A, B))),
    "transpose": ca.Transposed(ca.Kron((A, C))),
    "identity": ca.Product((A, ca.Identity(3))),
    "inverse of a permutation": ca.Product((ca.Phases((1, 7), (3,)).T, ca.Phases((1, 7), (3,)))),
    "product of permutations": ca.Product(
        (ca.Permutation((3, 2, 4), (2, 1, 0)), ca.Permutation((2, 3, 4), (1, 0, 2)))
    ),
    "product of selections": ca.Product((ca.Selection(ca.Axis(6, 1, 2, -1, 0), 0), PADDED)),
    "product of block diagonals": ca.Product(
        (ca.BlockDiag((A, C)), ca.BlockDiag((B, ca.Dense(2, 1, "e"))))
    ),
    "common factor": ca.BlockDiag((ca.Kron((A, ca.Identity(3))), ca.Kron((B, ca.Identity(3))))),
    "one operand": ca.Sum((ca.Product((A,)),)),
    "associativity": ca.Kron((ca.Kron((A, C)), B)),
    "reshape": ca.Reshaped(ca.Reshaped(ca.Identity(6), (2, 3), (6,)), (3, 2), (6,)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_rule_is_used_and_keeps_the_matrix(name: str) -> None:
    op = CASES[name]
    steps = op.simplification()
    assert name in [step.rule.name for step in steps]
    assert steps[0].before == op
    assert all(one.after == two.before for one, two in pairwise(steps))
    weights = {key: integer_array(shape, at) for at, (key, shape) in enumerate(op.weight_shapes.items())}
    simple = op.simplify()
    kept = {key: weights[key] for key in simple.weight_shapes}
    assert (simple.matrix(kept) != op.matrix(weights)).nnz == 0
    assert (simple.input_shape, simple.output_shape) == (op.input_shape, op.output_shape)
    assert simple.simplify() == simple
    assert all(step.rule.name in str(step) for step in steps)


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == {rule.name for rule in RULES}


def test_names_are_simplified_like_numbers() -> None:
    shuffle = ca.channel_shuffle("D", ("H", "W"), groups="g")
    assert ca.receptive_field(shuffle) == (1, 1)
    simple = (shuffle.T @ shuffle).simplify()
    assert simple == ca.Kron((ca.Identity("D"), ca.Identity("H"), ca.Identity("W")))
    back = ca.Product((ca.Fourier("N", inverse=True), ca.Fourier("N"))).simplify()
    assert back == ca.Identity("N")


def test_circular_padding_sees_both_ends_of_the_image() -> None:
    assert ca.receptive_field(ca.conv(1, 1, 9, 3, padding=1, padding_mode="circular")) == (9,)
    assert ca.receptive_field(ca.conv(1, 1, 9, 3, padding_mode="circular")) == (3,)
    named = ca.conv(1, 1, "N", 3, padding=1, padding_mode="circular")
    for ask in (ca.receptive_field, ca.derive_receptive_field):
        with pytest.raises(ca.ArgumentError, match="goes round the circle"):
            ask(named)
