"""The public calls of the design, verbatim, each with what it gives."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
import sympy
from scipy.sparse.linalg import LinearOperator

import convalgebra as ca
from tests.strategies import integer_array, integer_weights


def test_a_description() -> None:
    conv = ca.conv(3, 128, input_size=(7, 7), kernel_size=3)  # in_channels, out_channels
    assert (conv.output_size, conv.shape) == ((5, 5), (3200, 147))
    counts = (conv.multiplications, conv.mult_adds, conv.additions, conv.parameters)
    assert counts == (86400, 86400, 86400 - 3200, 3456)
    assert conv.weight_shapes == {"weight": (128, 3, 3, 3)}


def test_the_matrix_the_linear_operator_and_the_transpose() -> None:
    conv = ca.conv(3, 128, input_size=(7, 7), kernel_size=3)
    weight = integer_array((128, 3, 3, 3), 1)
    C = conv.matrix(weight)
    assert isinstance(C, scipy.sparse.csr_array)
    assert C.nnz == 86400
    A = conv.linear_operator(weight)
    assert isinstance(A, LinearOperator)
    x, y = integer_array((147,), 2), integer_array((3200,), 3)
    np.testing.assert_array_equal(A.matvec(x), C @ x)
    np.testing.assert_array_equal(A.rmatvec(y), C.T @ y)
    np.testing.assert_array_equal(A.matmat(x[:, None]), (C @ x)[:, None])
    np.testing.assert_array_equal(A.T @ y, C.T @ y)
    assert (conv.T.matrix(weight) != C.T).nnz == 0
    assert conv.T.matrix(weight).nnz == C.nnz


def test_the_symbolic_matrix_is_dumoulin_and_visins() -> None:
    found = ca.conv(1, 1, input_size=(4, 4), kernel_size=3).symbolic_matrix()
    w = sympy.Matrix(3, 3, lambda i, j: sympy.Symbol(f"w_{{{i},{j}}}"))
    expected = sympy.zeros(4, 16)
    for row, (i, j) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        for a in range(3):
            for b in range(3):
                expected[row, (i + a) * 4 + j + b] = w[a, b]
    assert found.shape == (4, 16)
    assert sympy.Matrix(found) == expected


def test_options() -> None:
    conv = ca.conv(
        4,
        8,
        input_size=(9, 11),
        kernel_size=(3, 5),
        stride=(2, 1),
        padding=((1, 0), (2, 2)),
        dilation=2,
        groups=2,
        padding_mode="circular",
        flip=False,
    )
    assert conv.output_shape == (8, 3, 7)
    up = ca.conv_transpose(
        8, 4, input_size=(5, 5), kernel_size=3, stride=2, padding=1, output_padding=1, groups=2
    )
    assert up.output_shape == (4, 10, 10)
    assert up.weight_shapes == {"weight": (8, 2, 3, 3)}
    assert up.mult_adds == 8 * 2 * 25 * 9


def test_the_catalogue() -> None:
    D, Nc, size, m = 3, 128, (7, 7), 3
    assert ca.pointwise(D, Nc, size).weight_shapes == {"pointwise": (128, 3, 1, 1)}
    assert ca.depthwise(D, size, m, multiplier=1).weight_shapes == {"depthwise": (3, 1, 3, 3)}
    assert ca.depthwise_separable(D, Nc, size, m).multiplications == 10275
    assert ca.spatially_separable(D, Nc, size, m).weight_shapes == {
        "vertical": (128, 3, 3, 1),
        "horizontal": (128, 128, 1, 3),
    }


def test_composition() -> None:
    net = ca.pointwise(3, 128, (5, 5)) @ ca.depthwise(3, (7, 7), 3)
    assert net.weight_shapes == {"depthwise": (3, 1, 3, 3), "pointwise": (128, 3, 1, 1)}
    assert net == ca.depthwise_separable(3, 128, (7, 7), 3)
    weights = integer_weights(net, 1)
    wd, wp = weights["depthwise"], weights["pointwise"]
    matrix = net.matrix({"depthwise": wd, "pointwise": wp})
    left, right = net.factors(weights)
    np.testing.assert_array_equal(matrix.toarray(), (left @ right).toarray())
    fused = ca.conv(3, 128, (7, 7), 3).matrix(np.einsum("oc,chw->ochw", wp[:, :, 0, 0], wd[:, 0]))
    np.testing.assert_array_equal(matrix.toarray(), fused.toarray())


def test_formulas() -> None:
    ds, std = ca.depthwise_separable("D", "N_c", ("H", "W"), "h"), ca.conv("D", "N_c", ("H", "W"), "h")
    assert str(ca.ratio(ds, std)) == "1/h**2 + 1/N_c" or ca.text(ca.ratio(ds, std)) == "1/N_c + 1/h**2"
    d = ca.derive_ratio(ds, std)
    assert d.steps
    assert d.latex()
    assert d.conditions
    assert d.verify().passed
    net, weight = ca.depthwise_separable(3, 4, (5, 5), 3), np.ones((4, 3, 3, 3))
    C = ca.conv(3, 4, (5, 5), 3).matrix(weight)
    assert ca.measure(C) == ca.Counts(multiplications=972, additions=936)
    assert ca.measure(net, integer_weights(net, 1)).multiplications == 243 + 108


def test_sizes_may_be_expressions_and_numbers_are_put_for_names() -> None:
    op = ca.conv(1, 1, input_size=2 * ca.symbol("N") + 1, kernel_size="m")
    assert op.subs(N=5, m=3) == ca.conv(1, 1, input_size=11, kernel_size=3)
    assert ca.conv(1, 1, "N", "m").subs({"N": "M"}) == ca.conv(1, 1, "M", "m")
    assert ca.conv(1, 1, "N", "m").subs(N="m", m="N") == ca.conv(1, 1, "m", "N")


def test_the_same_string_is_the_same_symbol() -> None:
    assert ca.symbol("N") is ca.symbol("N")
    assert ca.conv(1, 1, "N", 3) == ca.conv(1, 1, sympy.Symbol("N"), 3) == ca.conv(1, 1, ca.symbol("N"), 3)
    assert ca.symbol("N").is_positive
    assert ca.symbol("N").is_integer


@pytest.mark.parametrize("floors", [32 * ca.symbol("q"), 2 * ca.symbol("q")])
def test_floors_vanish_where_the_size_is_a_multiple(floors: sympy.Expr) -> None:
    outputs = ca.conv(1, 1, floors, 3, stride=2, padding=1).output_size[0]
    assert not sympy.sympify(outputs).atoms(sympy.floor, sympy.ceiling)
    assert outputs == floors / 2
