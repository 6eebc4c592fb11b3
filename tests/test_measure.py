"""Counting by running: two instruments that agree, on matrices and on operators."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import convalgebra as ca
from convalgebra.counting import measure as instruments
from convalgebra.testing.strategies.layers import conv_keywords, convs
from tests.strategies import integer_weights, seeds


@st.composite
def matrices(draw: st.DrawFn) -> sparse.csr_array:
    """Draw matrices with empty rows, empty shapes and explicit zeros."""
    rows, columns = draw(st.integers(0, 6)), draw(st.integers(1, 6))
    pattern = np.array(
        draw(
            st.lists(
                st.lists(st.booleans(), min_size=columns, max_size=columns), min_size=rows, max_size=rows
            )
        ),
        dtype=bool,
    ).reshape(rows, columns)
    matrix = sparse.csr_array(pattern.astype(np.int64))
    matrix.data[:] = draw(st.lists(st.integers(-2, 2), min_size=matrix.nnz, max_size=matrix.nnz))
    return matrix


@given(matrices())
def test_the_two_instruments_agree_with_the_pattern(matrix: sparse.csr_array) -> None:
    per_row = np.diff(matrix.indptr)
    expected = ca.Counts(matrix.nnz, int(np.maximum(per_row - 1, 0).sum()))
    assert instruments.count_by_ones(matrix) == expected
    assert instruments.count_by_tally(matrix) == expected
    assert ca.measure(matrix) == expected


@given(convs(ranks=(1, 2)), seeds())
def test_the_two_instruments_agree_on_operators(op: ca.Conv, seed: int) -> None:
    for factor in op.factors(integer_weights(op, seed)):
        assert instruments.count_by_ones(factor) == instruments.count_by_tally(factor)


def test_a_disagreement_of_the_instruments_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instruments, "count_by_tally", lambda matrix: ca.Counts(0, 0))
    with pytest.raises(ca.ConvalgebraError, match="disagree"):
        ca.measure(sparse.csr_array([[1]]))


def test_explicit_zeros_are_counted() -> None:
    matrix = sparse.csr_array((np.zeros(3), [0, 1, 1], [0, 2, 3]), shape=(2, 2))
    assert ca.measure(matrix) == ca.Counts(3, 1)
    op = ca.conv(1, 1, (5, 5), 3)
    assert ca.measure(op, np.zeros((1, 1, 3, 3))) == ca.measure(op) == ca.Counts(81, 72)


@pytest.mark.parametrize("kind", [sparse.coo_array, sparse.csc_array, sparse.lil_array, sparse.csr_matrix])
def test_every_sparse_format_is_measured(kind: type) -> None:
    assert ca.measure(kind(np.array([[1, 2, 0], [0, 0, 3]]))) == ca.Counts(3, 1)


@given(conv_keywords(modes=("zeros",)))
def test_padding_zeros_are_not_multiplied(keywords: dict) -> None:
    op = ca.conv(**keywords)
    matrix = op.matrix(np.ones(op.weight_shapes["weight"]))
    assert ca.measure(matrix) == ca.measure(op) == ca.Counts(op.multiplications, op.additions)
    assert op.multiplications == matrix.nnz


def test_moving_values_multiplies_nothing() -> None:
    shift = ca.Selection(ca.Axis(5, 3, lo=1, hi=1), 0)
    assert ca.measure(shift) == ca.Counts(0, 0)
    assert ca.measure(ca.Identity(4)) == ca.Counts(0, 0)
    assert ca.measure(ca.Kron((ca.Identity(3), ca.Dense(2, 2)))) == ca.Counts(12, 6)


def test_padding_that_repeats_inputs_costs_what_the_padded_layer_costs() -> None:
    op = ca.conv(1, 1, 1, 3, padding=1, padding_mode="circular")
    assert ca.measure(op) == ca.Counts(op.multiplications, op.additions) == ca.Counts(3, 2)
    assert op.matrix([[[1, 2, 3]]]).nnz == 1


def test_giving_back_what_was_repeated_is_an_addition() -> None:
    op = ca.conv(1, 1, 2, 1, padding=1, padding_mode="replicate").T
    assert ca.measure(op) == ca.Counts(op.multiplications, op.additions) == ca.Counts(4, 2)


def test_a_sum_is_run_term_by_term() -> None:
    both = ca.Sum((ca.Dense(2, 3, "a"), ca.Dense(2, 3, "b")))
    assert ca.measure(both) == ca.Counts(both.multiplications, both.additions) == ca.Counts(12, 4 + 4 + 2)


def test_a_sum_of_terms_that_hit_different_rows() -> None:
    up, down = (ca.Selection(ca.Axis(3, 3, lo=1, hi=1), tap) for tap in (0, 2))
    both = ca.Sum((up, down))
    assert ca.measure(both) == ca.Counts(both.multiplications, both.additions) == ca.Counts(0, 1)
    named = ca.Sum(tuple(ca.Selection(ca.Axis("n", 3, lo=1, hi=1), tap) for tap in (0, 2)))
    with pytest.raises(ca.SymbolError, match="rows_hit"):
        named.additions  # noqa: B018


def test_the_expanded_convolution_costs_the_same() -> None:
    op = ca.conv(2, 3, (4, 4), 3, padding=1)
    assert ca.measure(op.expand()).multiplications == ca.measure(op).multiplications == op.multiplications
    assert ca.measure(op.expand()).additions == ca.measure(op).additions


def test_the_worked_examples() -> None:
    assert ca.measure(ca.conv(1, 1, (5, 5), 3)).multiplications == 81
    assert ca.measure(ca.spatially_separable(1, 1, (5, 5), 3)).multiplications == 45 + 27
    assert ca.measure(ca.conv(3, 128, (7, 7), 3)).multiplications == 86_400
    assert ca.measure(ca.depthwise_separable(3, 128, (7, 7), 3)).multiplications == 675 + 9_600


@pytest.mark.parametrize("what", [None, 3, "conv", np.ones((2, 2)), [[1]], ca.conv, object()])
def test_what_cannot_be_measured_is_refused(what: object) -> None:
    with pytest.raises(ca.ArgumentError, match="measure takes a sparse matrix or an operator"):
        ca.measure(what)


def test_a_matrix_takes_no_weights() -> None:
    with pytest.raises(ca.ArgumentError, match="weights"):
        ca.measure(sparse.csr_array([[1]]), {"weight": 1})


def test_counts_add_up() -> None:
    assert ca.Counts(1, 2) + ca.Counts(3, 4) == ca.Counts(4, 6)
