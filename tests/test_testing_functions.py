"""``assert_same_operator``, ``assert_adjoint`` and ``assert_identity``: with outsiders, with mistakes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from scipy import signal

import convalgebra as ca
from convalgebra.testing import assert_adjoint, assert_identity, assert_same_operator
from tests.conftest import optional

CONV = ca.conv(2, 3, input_size=(5, 4), kernel_size=(3, 2))
WEIGHT = np.arange(1, 37).reshape(3, 2, 3, 2)


def by_scipy(x: np.ndarray) -> np.ndarray:
    return np.stack(
        [sum(signal.correlate(c, w, "valid") for c, w in zip(x, f, strict=True)) for f in WEIGHT]
    )


def failure(check: Any, *arguments: Any, **keywords: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        check(*arguments, **keywords)
    return str(caught.value)


# --- a numpy function ---


def test_a_function_of_arrays_is_the_operator() -> None:
    assert_same_operator(CONV, WEIGHT, by_scipy)
    assert_same_operator(CONV, {"weight": WEIGHT}, lambda x: by_scipy(x).tolist())
    batched = lambda x: np.stack([by_scipy(one) for one in x])  # noqa: E731
    for batch in (1, 7, 40, 64):
        assert_same_operator(CONV, WEIGHT, batched, batch=batch)


def test_inputs_come_in_the_shape_and_the_dtype_asked_for() -> None:
    seen = set()

    def look(x: np.ndarray) -> np.ndarray:
        seen.add((x.shape, x.dtype.name))
        return by_scipy(x)

    for dtype, weight in ((None, WEIGHT), ("float32", WEIGHT), (None, WEIGHT.astype(np.float64))):
        assert_same_operator(CONV, weight, look, dtype=dtype)
    assert seen == {((2, 5, 4), name) for name in ("int64", "float32", "float64")}


@pytest.mark.parametrize("at", [(0, 0, 0, 0), (2, 1, 2, 1), (1, 0, 2, 0)])
def test_one_wrong_entry_of_the_weight_is_found_and_placed(at: tuple[int, ...]) -> None:
    wrong = WEIGHT.copy()
    wrong[at] += 1
    told = failure(assert_same_operator, CONV, wrong, by_scipy)
    found = re.search(
        r"output \((\d), \((\d), (\d)\)\) <- input \((\d), \((\d), (\d)\)\): "
        r"operator (\d+), function (\d+)$",
        told,
    )
    assert found is not None, told
    o, i, j, c, u, v, ours, theirs = map(int, found.groups())
    assert (o, c, u - i, v - j) == at
    assert (ours, theirs) == (wrong[at], WEIGHT[at])
    assert (u, v) == at[2:]  # the first input that meets this tap
    assert (i, j) == (0, 0)


def test_one_wrong_output_at_the_border_is_found() -> None:
    def wrong(x: np.ndarray) -> np.ndarray:
        y = by_scipy(x)
        y[2, 2, 2] -= x[1, 4, 3]
        return y

    told = failure(assert_same_operator, CONV, WEIGHT, wrong)
    assert "output (2, (2, 2)) <- input (1, (4, 3)): operator 36, function 35" in told


def test_a_bias_is_told_as_one() -> None:
    bias = np.array([0, 0, 7])[:, None, None]
    told = failure(assert_same_operator, CONV, WEIGHT, lambda x: by_scipy(x) + bias)
    assert "not linear: the function puts 7 at output (2, (0, 0)) for an input of zeros (a bias?)" in told
    assert told.endswith("without that offset it is the operator")
    assert failure(assert_same_operator, CONV, WEIGHT, lambda x: 2 * by_scipy(x) + bias).endswith(
        "another one"
    )


@pytest.mark.parametrize("bend", [np.abs, lambda y: np.maximum(y, 0), lambda y: y * (np.abs(y) < 50)])
def test_what_is_not_linear_is_found_though_basis_vectors_do_not_show_it(bend: Any) -> None:
    told = failure(assert_same_operator, CONV, WEIGHT, lambda x: bend(by_scipy(x)))
    assert "agrees with the operator on every basis vector, and is not linear" in told


def test_another_shape_is_told() -> None:
    told = failure(assert_same_operator, CONV, WEIGHT, lambda x: by_scipy(x)[:, 1:])
    assert "gives the shape (3, 2, 3) where (3, 3, 3) is due" in told
    assert "batch=1" in failure(assert_same_operator, CONV, WEIGHT, lambda x: by_scipy(x)[None])
    assert "(3, 3, 3)" in failure(assert_same_operator, CONV, WEIGHT, lambda x: by_scipy(x[0]), batch=1)


def test_a_tolerance_is_there_only_when_asked_for() -> None:
    weight = WEIGHT / 7
    near = lambda x: by_scipy(x) / 7 + 0  # noqa: E731  rounded at another place
    nearer = lambda x: by_scipy(x) * (1 / 7 + 1e-9)  # noqa: E731
    assert_same_operator(CONV, weight, near)
    assert "first entry that differs" in failure(assert_same_operator, CONV, weight, nearer)
    assert_same_operator(CONV, weight, nearer, tolerance=1e-6)
    assert_same_operator(CONV, WEIGHT, lambda x: by_scipy(x) + 0.5 * x[0, 0, 0], tolerance=0.5)
    failure(assert_same_operator, CONV, WEIGHT, lambda x: by_scipy(x) + 0.5 * x[0, 0, 0], tolerance=0.4)
    for tolerance in (0, 1e9):
        told = failure(
            assert_same_operator, CONV, WEIGHT, lambda x: by_scipy(x) * np.nan, tolerance=tolerance
        )
        assert "nan" in told


def test_every_kind_of_operator_can_be_met() -> None:
    depthwise = ca.depthwise_separable(2, 3, 5, 2)
    weights = {"depthwise": [[[1, 2]], [[3, 4]]], "pointwise": np.arange(6).reshape(3, 2, 1)}

    def net(x: np.ndarray) -> np.ndarray:
        deep = np.stack([x[c, :-1] * (1 + 2 * c) + x[c, 1:] * (2 + 2 * c) for c in (0, 1)])
        return weights["pointwise"][..., 0] @ deep

    assert_same_operator(depthwise, weights, net)
    assert_same_operator(ca.zero_insertion(1, 3, 2), None, lambda x: np.insert(x, [1, 2], 0, axis=1))
    assert_same_operator(
        ca.Dense(2, 3), [[1, 2, 3], [4, 5, 6]], lambda x: np.array([[1, 2, 3], [4, 5, 6]]) @ x
    )


@pytest.mark.parametrize(
    ("arguments", "keywords", "said"),
    [
        (("conv", WEIGHT, by_scipy), {}, "operator='conv'"),
        ((CONV, WEIGHT, "f"), {}, "must be a function of an array"),
        ((CONV, WEIGHT, lambda x: "y"), {}, "no array of numbers"),
        ((CONV, WEIGHT, by_scipy), {"batch": -1}, "batch=-1"),
        ((CONV, WEIGHT, by_scipy), {"batch": True}, "batch=True"),
        ((CONV, WEIGHT, by_scipy), {"tolerance": -1}, "tolerance=-1"),
        ((CONV, WEIGHT, by_scipy), {"tolerance": float("nan")}, "tolerance=nan"),
    ],
)
def test_arguments_that_make_no_sense_are_told(arguments: Any, keywords: Any, said: str) -> None:
    with pytest.raises(ca.ArgumentError, match=re.escape(said)):
        assert_same_operator(*arguments, **keywords)


@pytest.mark.parametrize(
    "keywords",
    [
        {"tolerance": "x"},
        {"tolerance": -1},
        {"tolerance": True},
        {"tolerance": None},
        {"tolerance": 1j},
        {"tolerance": float("nan")},
        {"dtype": "flaot"},
        {"dtype": "U5"},
        {"dtype": object},
        {"dtype": "M8[s]"},
        {"dtype": ["x"]},
        {"dtype": 3},
        {"dtype": "uint8"},  # what is pushed through has negative numbers
        {"dtype": bool},
    ],
    ids=str,
)
def test_no_tolerance_and_no_dtype_are_told_by_both(keywords: dict[str, Any]) -> None:
    ((name, value),) = keywords.items()
    with pytest.raises(ca.ArgumentError, match=re.escape(f"{name}={value!r}")):
        assert_same_operator(CONV, WEIGHT, by_scipy, **keywords)
    with pytest.raises(ca.ArgumentError, match=re.escape(f"{name}={value!r}")):
        assert_adjoint(lambda x: x, lambda y: y, (3, 3), **keywords)


def test_names_and_weights_of_another_shape_are_told() -> None:
    with pytest.raises(ca.SymbolError, match="N"):
        assert_same_operator(ca.conv(1, 1, "N", 3), np.ones((1, 1, 3)), by_scipy)
    with pytest.raises(ca.ShapeError):
        assert_same_operator(CONV, WEIGHT[..., :1], by_scipy)


# --- torch ---


@pytest.mark.parametrize("as_module", [True, False])
def test_a_torch_convolution_is_the_operator(as_module: bool) -> None:
    torch = optional("torch")
    options = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}
    module = torch.nn.Conv2d(4, 6, (3, 2), bias=False, **options)
    with torch.no_grad():
        module.weight.copy_(torch.arange(72.0).reshape(module.weight.shape) - 30)
    weight = module.weight.detach().numpy()
    conv = ca.conv(4, 6, (7, 6), (3, 2), **options)
    function = module if as_module else lambda x: module(torch.from_numpy(x)).detach()
    assert_same_operator(conv, weight, function)
    assert_same_operator(conv, weight.astype(np.int64), function, dtype="float32", batch=10)
    assert_same_operator(conv, weight, module.double())
    other = ca.conv(4, 6, (7, 6), (3, 2), **{**options, "padding": ((1, 1), (1, 3))})
    assert "first entry that differs" in failure(
        assert_same_operator, other, weight, function, dtype="float64"
    )
    flipped = ca.conv(4, 6, (7, 6), (3, 2), flip=True, **options)
    assert "first entry that differs" in failure(assert_same_operator, flipped, weight, module)


def test_a_torch_transposed_convolution_is_the_operator_and_its_bias_is_told() -> None:
    torch = optional("torch")
    options = {"stride": 3, "padding": 1, "output_padding": 2, "groups": 2}
    module = torch.nn.ConvTranspose2d(4, 2, 3, **options)
    up = ca.conv_transpose(4, 2, (3, 4), 3, **options)
    weight = module.weight.detach().numpy()
    told = failure(assert_same_operator, up, weight, module, tolerance=1e-6)
    assert "a bias?" in told
    assert told.endswith("without that offset it is the operator")
    module.bias = None
    assert_same_operator(up, weight, module)
    forward = torch.nn.Conv2d(2, 4, 3, stride=3, padding=1, groups=2, bias=False).double()
    backward = torch.nn.ConvTranspose2d(4, 2, 3, bias=False, **{**options, "output_padding": 0}).double()
    with torch.no_grad():
        for each in (forward, backward):
            each.weight.copy_(torch.arange(36.0).reshape(4, 1, 3, 3))
    assert_adjoint(forward, backward, shapes=((2, 7, 7), (4, 3, 3)))
    with torch.no_grad():
        backward.weight[3, 0, 2, 2] += 1
    assert "ft is not the adjoint" in failure(
        assert_adjoint, forward, backward, shapes=((2, 7, 7), (4, 3, 3))
    )


# --- ONNX Runtime ---


def session(weight: np.ndarray, shape: list[Any]) -> Any:
    onnx, runtime = optional("onnx"), optional("onnxruntime")
    make = onnx.helper
    node = make.make_node("Conv", ["x", "w"], ["y"], strides=[2, 1], pads=[1, 0, 1, 0])
    graph = make.make_graph(
        [node],
        "one",
        [make.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
        [make.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
        [onnx.numpy_helper.from_array(weight.astype(np.float32), "w")],
    )
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 19)], ir_version=9)
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("batch", ["N", 1, 7])
def test_an_onnx_session_is_the_operator(batch: Any) -> None:
    run = session(WEIGHT, [batch, 2, 5, 4])
    conv = ca.conv(2, 3, (5, 4), (3, 2), stride=(2, 1), padding=(1, 0))
    assert_same_operator(conv, WEIGHT, run)
    told = failure(assert_same_operator, conv, WEIGHT + 1, run)
    assert "output (0, (0, 0)) <- input (0, (0, 0)): operator 4, function 3" in told
    wrapped = lambda x: run.run(None, {"x": x})[0]  # noqa: E731
    assert_same_operator(conv, WEIGHT, wrapped, dtype="float32", batch=batch if batch != "N" else 3)


# --- adjoints ---


def test_adjoint_functions_pass_and_others_fail() -> None:
    first = lambda x: np.diff(x, axis=1)  # noqa: E731
    second = lambda y: np.pad(y, ((0, 0), (1, 0))) - np.pad(y, ((0, 0), (0, 1)))  # noqa: E731
    assert_adjoint(first, second, shapes=((2, 6), (2, 5)))
    told = failure(assert_adjoint, first, lambda y: -second(y), shapes=((2, 6), (2, 5)))
    assert "with ones at x(0, 0) and y(0, 0) alone, <f(x), y> = -1, <x, ft(y)> = 1" in told
    large = ((3, 200), (3, 199))
    assert_adjoint(first, second, shapes=large)

    def slightly(y: np.ndarray) -> np.ndarray:
        x = second(y)
        x[2, 199] += y[0, 0]
        return x

    assert re.search(
        r"<f\(x\), y> = -?\d+, <x, ft\(y\)> = -?\d+\nx = ", failure(assert_adjoint, first, slightly, large)
    )


def test_an_adjoint_is_linear() -> None:
    told = failure(assert_adjoint, lambda x: x + 1, lambda y: y, shapes=(3, 3))
    assert told == "f is not linear: f puts 1 at output (0,) for an input of zeros"
    assert "ft puts nan" in failure(assert_adjoint, lambda x: x, lambda y: y * np.nan, shapes=(3, 3))
    assert "not the adjoint" in failure(assert_adjoint, np.abs, lambda y: y, shapes=(3, 3))


def test_adjoints_in_floats_have_the_tolerance_asked_for() -> None:
    matrix = np.linspace(0, 1, 12).reshape(3, 4)
    there, back = (lambda x: matrix @ x), (lambda y: (matrix + 1e-9).T @ y)
    failure(assert_adjoint, there, back, shapes=(4, 3))
    assert_adjoint(there, back, shapes=(4, 3), tolerance=1e-6)
    with pytest.raises(ca.ArgumentError, match="shapes="):
        assert_adjoint(there, back, shapes=(4,))  # type: ignore[arg-type]


@pytest.mark.parametrize("op", [CONV, CONV.T, ca.padded(2, (3, 4), 1, padding_mode="reflect")])
def test_the_packages_own_operators_are_adjoint_to_their_transposes(op: ca.Operator) -> None:
    weights = dict.fromkeys(op.weight_shapes, WEIGHT)
    there, back = op.linear_operator(weights), op.T.linear_operator(weights)
    assert_adjoint(
        lambda x: (there @ x.ravel()).reshape(op.output_shape),
        lambda y: (back @ y.ravel()).reshape(op.input_shape),
        shapes=(op.input_shape, op.output_shape),
    )


# --- identities ---


def test_identities_hold_in_names_in_numbers_and_of_factories() -> None:
    assert_identity(ca.depthwise("D", "N", 3), ca.conv("D", "D", "N", 3, groups="D"))
    assert_identity(CONV, CONV.expand())
    assert_identity(
        lambda n, s: ca.conv(1, 1, n, 2, stride=s),
        lambda n, s: ca.decimation(1, n - 1, s) @ ca.conv(1, 1, n, 2),
    )
    blocks = lambda g: ca.conv(2 * g, g, 4, 2, groups=g)  # noqa: E731
    assert_identity(
        blocks,
        lambda g: blocks(g).blocks(),
        carry=lambda w, g: {f"weight_{i + 1}": part for i, part in enumerate(np.split(w["weight"], g))},
        sizes={"g": range(1, 5)},
    )


def test_what_is_no_identity_fails_at_the_first_entry() -> None:
    told = failure(assert_identity, ca.conv(1, 1, "N", 2), ca.conv(1, 1, "N", 2, flip=True))
    assert told.startswith("the two sides differ at N=2\nfirst entry that differs: row 0, column 0: left ")
    assert told.endswith("in symbols: left w_{0}, right w_{1}")
    told = failure(assert_identity, ca.conv(1, 1, 5, 3), ca.conv(1, 1, 5, 3, padding=1))
    assert told == "the two sides differ: left has the shape (3, 5), right (5, 5)"
    # Equal at N = 1 and 2.
    left, right = ca.decimation(1, "N", 3), ca.decimation(1, "N", 2)
    assert "left has the shape (1, 3), right (2, 3)" in failure(assert_identity, left, right)


def test_what_is_no_identity_is_told_at_the_smallest_sizes() -> None:
    plain, flipped = ca.conv(1, 2, "N", "m"), ca.conv(1, 2, "N", "m", flip=True)
    told = failure(assert_identity, plain, flipped)
    assert told.startswith("the two sides differ at N=2, m=2\n")  # N=7, m=7 is drawn first
    assert "in symbols: left w_{0,0,0}, right w_{0,0,1}" in told
    # In the order of the user's grid and list the smallest comes last; it is the smallest of these.
    assert "at N=3, m=2\n" in failure(assert_identity, plain, flipped, sizes={"N": (6, 3), "m": (3, 2)})
    listed = [{"N": 9, "m": 4}, {"N": 5, "m": 3}, {"N": 2, "m": 1}]
    assert "at N=5, m=3\n" in failure(assert_identity, plain, flipped, sizes=listed)
    # What differs at large sizes only is not made smaller than that.
    large = lambda N: ca.conv(1, 1, N + 2, 3, flip=N > 4)  # noqa: E731
    told = failure(assert_identity, large, lambda N: ca.conv(1, 1, N + 2, 3))
    assert told.startswith("the two sides differ at N=5\n")


def test_where_nothing_can_be_carried_is_no_smaller_counterexample() -> None:
    def carry(w: Any, N: int) -> Any:
        if 4 < N < 9:
            raise LookupError("of these there is no table")
        return w["weight"] + (N > 4)

    plain = ca.conv(1, 1, "N", 1)
    assert failure(assert_identity, plain, plain, carry=carry).startswith("the two sides differ at N=9\n")


def test_an_identity_may_be_claimed_for_some_weights_only() -> None:
    plain, flipped = ca.conv(1, 1, "N", 3), ca.conv(1, 1, "N", 3, flip=True)
    assert_identity(plain, flipped, weights=[[[1, 2, 1]]])
    assert_identity(plain, flipped, weights=lambda N: [[[N, 2, N]]])
    failure(assert_identity, plain, flipped, weights=[[[1, 2, 3]]])
    failure(assert_identity, plain, flipped)


def test_what_integers_happen_to_hide_symbols_show() -> None:
    """The two agree wherever the weights are integers from -4 to 4, and only there."""
    conv = ca.conv(1, 1, 3, 2)

    def carry(weights: Any) -> Any:
        w = weights["weight"]
        return w + np.prod([w - k for k in range(-4, 5)], axis=0)

    told = failure(assert_identity, conv, conv, carry=carry)
    assert "entry in symbols: row 0, column 0" in told


def test_a_carry_that_wants_numbers_is_checked_in_integers() -> None:
    conv = ca.conv(1, 1, 4, 3)
    assert_identity(conv, conv, carry=lambda w: np.asarray(w["weight"], np.int64) * 1)
    failure(assert_identity, conv, conv, carry=lambda w: np.asarray(w["weight"], np.int64) * 2)


def test_weights_that_nothing_is_said_about_are_asked_for() -> None:
    separable = ca.depthwise_separable(2, 2, 4, 2)
    with pytest.raises(ca.ArgumentError, match="say what depthwise, pointwise comes from"):
        assert_identity(ca.conv(2, 2, 4, 2), separable)
    with pytest.raises(ca.ArgumentError, match="left=3 must be an operator"):
        assert_identity(3, separable)  # type: ignore[arg-type]


PAIR = (ca.conv(1, 2, 3, 2), ca.conv(1, 2, 3, 2, flip=True))


@pytest.mark.parametrize(
    ("carry", "said"),
    [
        (3, "carry=3 must be a function"),
        (lambda w: {"x": w["weight"]}, "carry returned x; the right side takes weight"),
        (lambda w: {}, "carry returned no weights; the right side takes weight"),
        (lambda w: {**w, "x": 1}, "carry returned weight, x; the right side takes weight"),
        (lambda w: w["weight"][0], "carry: 'weight' has the shape (1, 2), it must be (2, 1, 2)"),
        (lambda w: w["weight"].astype(str), "'weight' holds"),
        (lambda w: np.full((2, 1, 2), np.nan), "'weight' holds nan"),
    ],
)
def test_what_is_no_carry_is_told(carry: Any, said: str) -> None:
    with pytest.raises((ca.ArgumentError, ca.ShapeError), match=re.escape(said)):
        assert_identity(*PAIR, carry=carry)


def test_a_carry_for_several_weights_names_them() -> None:
    two = ca.depthwise_separable(1, 1, 3, 2)
    with pytest.raises(ca.ArgumentError, match=r"carry returned ndarray; .* takes depthwise, pointwise"):
        assert_identity(PAIR[0], ca.VStack((two, two)), carry=lambda w: w["weight"])


def test_a_carry_may_be_complex() -> None:
    left, turn = ca.conv(1, 1, 3, 2), np.array([[[1, 1j]]])
    told = failure(assert_identity, left, left, carry=lambda w: w["weight"] * turn)
    assert "in symbols: left w_{1}, right 1.0*I*w_{1}" in told
    assert_identity(left, left, carry=lambda w: w["weight"] * turn * turn.conj())
    failure(assert_identity, left, left, carry=lambda w: np.full((1, 1, 2), 2 - 3j))
