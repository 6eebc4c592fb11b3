"""Every road to a convolution's matrix gives the same matrix, entry for entry, in integers."""

from __future__ import annotations

import warnings
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra import memory
from convalgebra.assembly import assemble
from convalgebra.axis import PADDING_MODES
from convalgebra.testing.strategies.layers import conv_keywords, transposed_keywords
from tests import oracles, reference
from tests.conftest import optional
from tests.strategies import integer_array, seeds

Keywords = dict[str, Any]
DTYPES = [
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float32", "float64", "longdouble", "complex64", "complex128", "clongdouble"),
]


def dense(matrix: Any) -> np.ndarray:
    return matrix.toarray()


def drawn_weight(op: ca.Operator, seed: int) -> np.ndarray:
    return integer_array(op.weight_shapes["weight"], seed)


def assert_same_matrix(a: Any, b: Any) -> None:
    """The same shape, pattern and values, as stored."""
    assert a.shape == b.shape
    for left, right in ((a.indptr, b.indptr), (a.indices, b.indices), (a.data, b.data)):
        np.testing.assert_array_equal(left, right)


# --- convolution ---


@given(conv_keywords(), seeds())
@settings(max_examples=300)
def test_assembly_is_the_loops(keywords: Keywords, seed: int) -> None:
    op = ca.conv(**keywords)
    weight = drawn_weight(op, seed)
    values, _ = reference.conv_matrix(keywords, weight)
    np.testing.assert_array_equal(dense(op.matrix(weight)), values)


@given(conv_keywords(), seeds())
@settings(max_examples=150)
def test_stored_entries_are_the_structure_whatever_the_values(keywords: Keywords, seed: int) -> None:
    op = ca.conv(**keywords)
    weight = drawn_weight(op, seed)
    matrix = op.matrix(weight)
    _, hits = reference.conv_matrix(keywords, weight)
    rows, columns = np.nonzero(hits)
    assert op.entries == len(rows)
    np.testing.assert_array_equal(matrix.indices, columns)
    np.testing.assert_array_equal(np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), rows)


@given(conv_keywords(), seeds())
@settings(max_examples=100)
def test_assembly_by_itself_is_the_loops(keywords: Keywords, seed: int) -> None:
    keywords = keywords | {"flip": False}
    op = ca.conv(**keywords)
    weight = drawn_weight(op, seed)
    matrix = assemble(weight, op.axes, op.groups)
    values, hits = reference.conv_matrix(keywords, weight)
    np.testing.assert_array_equal(dense(matrix), values)
    assert matrix.nnz == np.count_nonzero(hits)


@given(conv_keywords(), seeds())
@settings(max_examples=150)
def test_assembly_is_the_kronecker_sum(keywords: Keywords, seed: int) -> None:
    op = ca.conv(**keywords)
    weight = drawn_weight(op, seed)
    expanded = op.expand()
    np.testing.assert_array_equal(dense(expanded.matrix(weight)), dense(op.matrix(weight)))
    assert expanded.weight_shapes == op.weight_shapes


@given(conv_keywords(), seeds())
def test_the_kronecker_sum_stores_the_same_entries(keywords: Keywords, seed: int) -> None:
    op = ca.conv(**keywords)
    weight = drawn_weight(op, seed)
    assert_same_matrix(op.expand().matrix(weight), op.matrix(weight))


@given(conv_keywords(modes=("zeros",)))
def test_the_kronecker_sum_counts_the_same_products(keywords: Keywords) -> None:
    op = ca.conv(**keywords)
    expanded = op.expand()
    assert (expanded.multiplications, expanded.mult_adds) == (op.multiplications, op.mult_adds)


def reflects_within(keywords: Keywords) -> bool:
    sizes = zip(keywords["input_size"], keywords["padding"], strict=True)
    return keywords["padding_mode"] != "reflect" or all(max(pair) < n for n, pair in sizes)


def circles_within(keywords: Keywords) -> bool:
    sizes = zip(keywords["input_size"], keywords["padding"], strict=True)
    return keywords["padding_mode"] != "circular" or all(max(pair) <= n for n, pair in sizes)


@given(conv_keywords(), seeds())
@settings(max_examples=200)
def test_assembly_is_onnx_runtime(keywords: Keywords, seed: int) -> None:
    assume(reflects_within(keywords))
    op = ca.conv(**keywords)
    weight = drawn_weight(op, seed)
    np.testing.assert_array_equal(dense(op.matrix(weight)), oracles.onnx_conv(keywords, weight))


@given(conv_keywords(ranks=(1, 2, 3)), seeds())
@settings(max_examples=200)
def test_assembly_is_torch(keywords: Keywords, seed: int) -> None:
    assume(reflects_within(keywords) and circles_within(keywords))
    op = ca.conv(**keywords)
    weight = drawn_weight(op, seed)
    np.testing.assert_array_equal(dense(op.matrix(weight)), oracles.torch_conv(keywords, weight))


@pytest.mark.parametrize("name", ["same", "valid"])
@given(n=st.integers(1, 7), m=st.integers(1, 7), d=st.integers(1, 3), seed=seeds())
def test_named_padding_is_torchs(name: str, n: int, m: int, d: int, seed: int) -> None:
    torch = optional("torch")
    warnings.filterwarnings("ignore", message="Using padding='same' with even kernel", category=UserWarning)
    assume(name == "same" or d * (m - 1) < n)
    op = ca.conv(1, 1, n, m, padding=name, dilation=d)
    weight = drawn_weight(op, seed)
    image = torch.eye(n, dtype=torch.int64).reshape(n, 1, n)
    out = torch.nn.functional.conv1d(image, torch.from_numpy(weight), padding=name, dilation=d)
    np.testing.assert_array_equal(dense(op.matrix(weight)), oracles.columns(out.numpy()))


@given(n=st.integers(1, 7), m=st.integers(1, 7), seed=seeds())
def test_full_flipped_convolution_is_numpys(n: int, m: int, seed: int) -> None:
    op = ca.conv(1, 1, n, m, padding="full", flip=True)
    weight, x = drawn_weight(op, seed), integer_array((n,), seed)
    np.testing.assert_array_equal(op.matrix(weight) @ x, np.convolve(x, weight[0, 0]))


@given(conv_keywords(), seeds(), st.integers(1, 3))
@settings(max_examples=150)
def test_matrix_free_is_the_matrix(keywords: Keywords, seed: int, columns: int) -> None:
    op = ca.conv(**keywords)
    weight = drawn_weight(op, seed)
    matrix, free = op.matrix(weight), op.linear_operator(weight)
    x, y = (integer_array((n, columns), seed + n) for n in reversed(matrix.shape))
    np.testing.assert_array_equal(free.matmat(x), matrix @ x)
    np.testing.assert_array_equal(free.rmatmat(y), matrix.T @ y)


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_matrix_free_takes_no_columns(mode: str) -> None:
    op = ca.conv(1, 1, 3, 2, padding_mode=mode)
    free = op.linear_operator([[[1, 2]]])
    assert free.matmat(np.ones((3, 0))).shape == (2, 0)
    assert free.rmatmat(np.ones((2, 0))).shape == (3, 0)


# --- transposed convolution ---


@given(transposed_keywords(), seeds())
@settings(max_examples=300)
def test_transposed_is_the_loops(keywords: Keywords, seed: int) -> None:
    op = ca.conv_transpose(**keywords)
    weight = drawn_weight(op, seed)
    matrix = op.matrix(weight)
    np.testing.assert_array_equal(dense(matrix), reference.transposed_matrix(keywords, weight))
    assert matrix.shape == op.shape


@given(transposed_keywords(), seeds())
@settings(max_examples=150)
def test_transposed_is_onnx_runtime(keywords: Keywords, seed: int) -> None:
    assume(all(min(pair) >= 0 for pair in keywords["padding"]))
    # The runtime takes less output_padding than torch: below the stride.
    assume(all(extra < s for extra, s in zip(keywords["output_padding"], keywords["stride"], strict=True)))
    op = ca.conv_transpose(**keywords)
    weight = drawn_weight(op, seed)
    np.testing.assert_array_equal(dense(op.matrix(weight)), oracles.onnx_conv_transpose(keywords, weight))


@given(transposed_keywords(ranks=(1, 2, 3)), seeds())
@settings(max_examples=150)
def test_transposed_is_torch(keywords: Keywords, seed: int) -> None:
    symmetric = tuple((max(lo, 0), max(lo, 0)) for lo, _ in keywords["padding"])
    keywords = keywords | {"padding": symmetric}
    columns = ("input_size", "kernel_size", "stride", "dilation", "output_padding", "padding")
    sizes = zip(*(keywords[name] for name in columns), strict=True)
    assume(all((n - 1) * s - 2 * p + d * (m - 1) + e >= 0 for n, m, s, d, e, (p, _) in sizes))
    op = ca.conv_transpose(**keywords)
    weight = drawn_weight(op, seed)
    np.testing.assert_array_equal(dense(op.matrix(weight)), oracles.torch_conv_transpose(keywords, weight))


def test_output_padding_beyond_the_stride_only_appends() -> None:
    keywords: Keywords = {
        **{"input_size": (3,), "kernel_size": (2,), "stride": (1,), "dilation": (3,)},
        **{"output_padding": (2,), "padding": ((0, 0),)},
        **{"in_channels": 1, "out_channels": 1, "groups": 1},
    }
    weight = np.array([[[5, 7]]])
    matrix = dense(ca.conv_transpose(**keywords).matrix(weight))
    assert matrix.shape == (8, 3)
    np.testing.assert_array_equal(matrix, reference.transposed_matrix(keywords, weight))


# --- ways of writing the arguments ---


def test_shorthands_are_the_pairs() -> None:
    long = ca.conv(2, 4, (9, 7), (3, 3), stride=(2, 2), padding=((1, 1), (1, 1)), dilation=(2, 2))
    assert ca.conv(2, 4, [9, 7], 3, stride=2, padding=1, dilation=2) == long
    assert ca.conv(2, 4, (9, 7), 3, stride=2, padding=(1, (1, 1)), dilation=(2, 2)) == long
    assert ca.conv(1, 1, 5, 4, padding="same") == ca.conv(1, 1, (5,), (4,), padding=((1, 2),))
    assert ca.conv(1, 1, 5, 4, padding="full", dilation=2) == ca.conv(1, 1, 5, 4, padding=6, dilation=2)
    assert ca.conv(1, 1, 5, 4, padding="valid") == ca.conv(1, 1, 5, 4)
    assert ca.conv(np.int64(2), 4, np.array([9, 7]), np.int32(3)) == ca.conv(2, 4, (9, 7), 3)


# --- how a matrix is stored ---


@pytest.mark.parametrize("mode", PADDING_MODES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_is_kept(dtype: str, mode: str) -> None:
    op = ca.conv(2, 4, (4, 3), 3, padding=1, groups=2, padding_mode=mode)
    weight = np.arange(np.prod(op.weight_shapes["weight"])).reshape(op.weight_shapes["weight"]) % 3
    typed, exact = weight.astype(dtype), op.matrix(weight).toarray()
    found = [op.matrix(typed), op.T.matrix(typed).T, op.expand().matrix(typed)]
    assert {matrix.dtype for matrix in found} == {np.dtype(dtype)}
    for matrix in found:
        np.testing.assert_array_equal(matrix.toarray(), exact)
    assert op.linear_operator(typed).dtype == np.dtype(dtype)


def test_dtype_is_kept_where_a_tap_meets_no_input() -> None:
    op = ca.conv(1, 1, 1, 2, padding=1, stride=3)
    assert op.entries == 1
    assert op.expand().matrix(np.array([[[2, 3]]])).dtype == np.int64
    assert ca.conv(1, 1, 1, 1, padding=((2, -1),)).expand().matrix([[[2]]]).dtype == np.int64


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_a_dtype_that_scipy_cannot_store_is_refused(mode: str) -> None:
    op = ca.conv(1, 1, 3, 2, padding_mode=mode)
    with pytest.raises(ca.ArgumentError, match="float16"):
        op.matrix(np.ones((1, 1, 2), np.float16))


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_explicit_zeros_stay_stored(mode: str) -> None:
    op = ca.conv(2, 2, (4, 4), 3, padding=1, padding_mode=mode)
    full, empty = (op.matrix(fill(op.weight_shapes["weight"])) for fill in (np.ones, np.zeros))
    assert empty.nnz == full.nnz == op.entries
    np.testing.assert_array_equal(empty.indices, full.indices)
    assert op.T.matrix(np.zeros(op.weight_shapes["weight"])).nnz == full.nnz
    assert op.expand().matrix(np.zeros(op.weight_shapes["weight"])).nnz == full.nnz


def test_a_sobel_kernel_keeps_its_zeros() -> None:
    sobel = [[[[1, 0, -1], [2, 0, -2], [1, 0, -1]]]]
    assert ca.conv(1, 1, (64, 64), 3, padding=1).matrix(sobel).nnz == 36_100


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_indices_are_int32_where_they_fit_and_int64_where_not(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    op = ca.conv(2, 4, (5, 4), 3, padding=1, groups=2, padding_mode=mode)
    weight = integer_array(op.weight_shapes["weight"], 1)
    small = op.matrix(weight)
    monkeypatch.setattr(memory, "_INT32_MAX", 10)
    wide = op.matrix(weight)
    assert (small.indices.dtype, small.indptr.dtype) == (np.int32, np.int32)
    assert (wide.indices.dtype, wide.indptr.dtype) == (np.int64, np.int64)
    assert_same_matrix(small, wide)


def test_the_threshold_of_int32_is_the_largest_int32() -> None:
    assert memory.index_bytes((1, 1), 2**31 - 1) == 4
    assert memory.index_bytes((1, 1), 2**31) == 8
    assert memory.index_bytes((2**31, 1), 1) == 8
    assert memory.index_bytes((1, 2**31), 1) == 8


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("circular", [[42]]), ("reflect", [[42]]), ("replicate", [[42]]), ("zeros", [[13]])],
)
def test_a_tap_that_reads_one_input_more_than_once_adds_up(mode: str, expected: Any) -> None:
    op = ca.conv(1, 1, 1, 3, padding=1, padding_mode=mode)
    matrix = op.matrix([[[11, 13, 18]]])
    assert matrix.nnz == 1
    assert matrix.toarray().tolist() == expected


def test_weights_that_cancel_leave_a_stored_zero() -> None:
    matrix = ca.conv(1, 1, 1, 2, padding=((1, 0),), padding_mode="circular").matrix([[[3, -3]]])
    assert (matrix.nnz, matrix.data.tolist()) == (1, [0])


def test_nothing_but_padding_is_an_empty_matrix() -> None:
    op = ca.conv(1, 2, 2, 2, padding=((5, -4),))
    matrix = op.matrix(np.ones((2, 1, 2)))
    assert matrix.shape == op.shape == (4, 2)
    assert (matrix.nnz, op.multiplications, op.additions, op.mult_adds) == (0, 0, 0, 8)
    assert not op.linear_operator(np.ones((2, 1, 2))).matvec(np.ones(2)).any()


def test_rows_in_between_may_be_empty() -> None:
    op = ca.conv(1, 1, 1, 2, stride=1, padding=3, dilation=4)
    assert op.matrix([[[1, 2]]]).toarray().tolist() == [[0], [0], [0]]
    op = ca.conv(1, 1, 1, 2, padding=4, dilation=4)
    assert op.matrix([[[1, 2]]]).toarray().tolist() == [[2], [0], [0], [0], [1]]


@pytest.mark.parametrize("size", [(40, 1100), (1100, 40), (1, 5000)])
@pytest.mark.parametrize("stride", [1, 3])
def test_long_rows_are_chunked_rightly(size: tuple[int, int], stride: int) -> None:
    op = ca.conv(2, 2, size, (1, 7), stride=stride, padding=((0, 0), (5, 2)))
    weight = integer_array(op.weight_shapes["weight"], 5)
    matrix = op.matrix(weight)
    x = integer_array((matrix.shape[1],), 7)
    lines = np.pad(x.reshape(2, *size), ((0, 0), (0, 0), (5, 2)))
    windows = np.lib.stride_tricks.sliding_window_view(lines, 7, axis=2)[:, ::stride, ::stride]
    expected = np.einsum("oik,ihwk->ohw", weight[:, :, 0], windows)
    np.testing.assert_array_equal(matrix @ x, expected.ravel())
    assert matrix.nnz == op.multiplications


def test_many_output_channels_are_written_in_slabs() -> None:
    op = ca.conv(40, 90, (3, 3), (6, 6), padding=2)
    weight = integer_array(op.weight_shapes["weight"], 5)
    assert prod(weight.shape) > 2**16
    x = integer_array((op.shape[1],), 6)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(x.reshape(40, 3, 3), ((0, 0), (2, 2), (2, 2))), (6, 6), axis=(1, 2)
    )
    expected = np.einsum("oikl,ihwkl->ohw", weight, windows)
    np.testing.assert_array_equal(op.matrix(weight) @ x, expected.ravel())
