"""A user's mistake ends in a ConvalgebraError that names argument and value: never deeper, no matrix."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import convalgebra as ca


class Thing:
    """Something that is no argument of anything."""

    def __repr__(self) -> str:
        return "Thing()"


THING = Thing()

# What no size can be, on its own or inside a sequence.
NO_SIZES: list[Any] = [
    *(None, True, False, 1.5, 3.0, float("nan"), float("inf"), 2j, Fraction(1, 2), Fraction(4, 2)),
    *("", " ", "3", "N + 1", "N; rm", "__import__('os')", "N_", "_N", "1N", "é", "N\n", "lambda: 0"),
    *(b"3", THING, print, int, ..., np.float64(3), np.bool_(True), np.datetime64("2020-01-01")),
    *(sympy.Rational(1, 2), sympy.pi, sympy.oo, sympy.nan, sympy.zoo, sympy.I, sympy.Float(3.0)),
    *(sympy.Symbol("N M"), sympy.Symbol("x", real=True) / 2, sympy.true, sympy.Matrix([1])),
]
NESTED: list[Any] = [
    [],
    (),
    [[]],
    [[3]],
    [[1, 2], [3]],
    [None],
    [3, None],
    {},
    {"a": 1},
    {3},
    {3: 4},
    "(3, 3)",
]
NESTED += [
    b"ab",
    bytearray(b"a"),
    np.array(3.5),
    np.array([1.5]),
    np.array([[3]]),
    np.ones(0, int),
    range(0),
]
TOO_SMALL: list[Any] = [0, -1, -(10**30), np.int64(0), sympy.Integer(0)]

GOOD: dict[str, Any] = {
    **{"in_channels": 4, "out_channels": 4, "input_size": 6, "kernel_size": 3, "stride": 1, "padding": 1},
    **{"dilation": 1, "groups": 2},
}
SIZES = ["in_channels", "out_channels", "groups"]
PER_AXIS = ["input_size", "kernel_size", "stride", "dilation"]


def told(value: Any, message: str) -> bool:
    """Say whether a message shows the value, or the part of it that is wrong."""
    parts: list[Any] = np.ravel(value).tolist() if isinstance(value, np.ndarray) else []
    if isinstance(value, list | tuple | set | dict):
        parts = list(value)
    return repr(value) in message or str(value) in message or any(told(part, message) for part in parts)


def refused(call: Callable[[], Any], argument: str, value: Any) -> None:
    with pytest.raises(ca.ConvalgebraError) as caught:
        call()
    message = str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert argument in message, message
    assert told(value, message), message


def conv_with(**changed: Any) -> Callable[[], Any]:
    return lambda: ca.conv(**(GOOD | changed))


ids: dict[str, Any] = {"ids": lambda value: f"{type(value).__name__} {value!r}"[:40]}


@pytest.mark.parametrize("value", [*NO_SIZES, *NESTED, *TOO_SMALL], **ids)
@pytest.mark.parametrize("argument", [*SIZES, *PER_AXIS])
def test_bad_sizes_of_a_convolution(argument: str, value: Any) -> None:
    refused(conv_with(**{argument: value}), argument, value)


@pytest.mark.parametrize("value", [*NO_SIZES, *NESTED], **ids)
def test_bad_padding(value: Any) -> None:
    refused(conv_with(padding=value), "padding", value)


@pytest.mark.parametrize("value", [*NO_SIZES, *TOO_SMALL], **ids)
@pytest.mark.parametrize("argument", PER_AXIS)
def test_bad_sizes_inside_a_sequence(argument: str, value: Any) -> None:
    shape = {"input_size": (6, 6)} | {argument: (3, value)}
    refused(conv_with(**shape), argument, value)


@pytest.mark.parametrize("value", NO_SIZES, **ids)
@pytest.mark.parametrize("wrap", [lambda v: ((1, v),), lambda v: ((v, 1),), lambda v: [v]])
def test_bad_padding_inside_a_sequence(wrap: Callable[[Any], Any], value: Any) -> None:
    refused(conv_with(padding=wrap(value)), "padding", value)


def test_a_padding_that_is_nearly_a_word_is_told_the_word() -> None:
    with pytest.raises(ca.ArgumentError, match=r"padding='sane' .*: write 'same', or another name"):
        ca.conv(1, 1, 5, 3, padding="sane")


@pytest.mark.parametrize("value", [((1, 2, 3),), ((1,),), (1, 1), ((1, 1), (1, 1)), (((1, 1),),)])
def test_padding_of_a_wrong_length(value: Any) -> None:
    refused(conv_with(padding=value), "padding", value)


@given(
    st.lists(st.integers(1, 3), min_size=0, max_size=4),
    st.sampled_from(["kernel_size", "stride", "dilation"]),
)
def test_one_value_per_axis(values: list[int], argument: str) -> None:
    if len(values) != 2:
        refused(conv_with(input_size=(9, 9), **{argument: values}), argument, values)


@pytest.mark.parametrize(
    "value", [None, "", "ZEROS", "same", "constant", 0, True, ["zeros"], THING, b"zeros"]
)
def test_bad_padding_mode(value: Any) -> None:
    refused(conv_with(padding_mode=value), "padding_mode", value)
    refused(lambda: ca.Axis(3, 1, padding_mode=value), "padding_mode", value)


@pytest.mark.parametrize("value", [None, 0, 1, "no", "", [], 0.0, THING])
def test_bad_flip(value: Any) -> None:
    refused(conv_with(flip=value), "flip", value)


@pytest.mark.parametrize("value", [None, "", 3, True, "a b", "N; rm", "weight.", ["w"], b"w", THING, {}])
def test_bad_names_of_weights(value: Any) -> None:
    refused(conv_with(name=value), "name", value)
    refused(lambda: ca.Dense(2, 3, value), "name", value)
    refused(lambda: ca.conv(1, 1, 5, 3).renamed({"weight": value}), "name", value)


@given(
    size=st.integers(1, 9),
    kernel=st.integers(1, 9),
    lo=st.integers(-5, 3),
    hi=st.integers(-5, 3),
    dilation=st.integers(1, 4),
)
@settings(max_examples=200)
def test_a_kernel_longer_than_the_padded_input(
    size: int, kernel: int, lo: int, hi: int, dilation: int
) -> None:
    fits = dilation * (kernel - 1) + 1 <= size + lo + hi

    def make() -> ca.Conv:
        return ca.conv(1, 1, size, kernel, padding=((lo, hi),), dilation=dilation)

    if fits:
        assert make().output_size[0] >= 1
    else:
        refused(make, "kernel_size", kernel)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_groups_that_do_not_divide(ins: int, outs: int, groups: int) -> None:
    if ins % groups or outs % groups:
        refused(conv_with(in_channels=ins, out_channels=outs, groups=groups), "groups", groups)
    else:
        assert conv_with(in_channels=ins, out_channels=outs, groups=groups)().parameters


@pytest.mark.parametrize("value", [*NO_SIZES, *NESTED, 2, 3, -1], **ids)
def test_bad_output_padding(value: Any) -> None:
    refused(
        lambda: ca.conv_transpose(1, 1, 4, 3, stride=2, output_padding=value),
        "output_padding",
        value,
    )


def test_padding_that_leaves_no_transposed_output() -> None:
    refused(lambda: ca.conv_transpose(1, 1, 2, 1, padding=1), "padding", 1)


@pytest.mark.parametrize("value", [*NO_SIZES, *TOO_SMALL, [3]], **ids)
def test_bad_sizes_of_leaves(value: Any) -> None:
    refused(lambda: ca.Identity(value), "size", value)
    refused(lambda: ca.Dense(value, 2), "rows", value)
    refused(lambda: ca.Dense(2, value), "columns", value)
    for field in ("size", "kernel", "stride", "dilation"):
        refused(lambda field=field: ca.Axis(**({"size": 5, "kernel": 1} | {field: value})), field, value)


@pytest.mark.parametrize("value", [*NO_SIZES, -1, 3, 10**30], **ids)
def test_bad_taps(value: Any) -> None:
    refused(lambda: ca.Selection(ca.Axis(5, 3), value), "tap", value)


@pytest.mark.parametrize("value", [None, 3, "axis", (5, 3), THING])
def test_a_selection_needs_an_axis(value: Any) -> None:
    refused(lambda: ca.Selection(value, 0), "axis", value)


@pytest.mark.parametrize("field", ["out_channels", "in_channels", "groups", "kernel_size", "tap", "name"])
@pytest.mark.parametrize("value", [None, 1.5, "N; rm", 0, -1, (-1,), (1.5,), THING], ids=repr)
def test_bad_tap_weights(field: str, value: Any) -> None:
    good = {"out_channels": 2, "in_channels": 2, "groups": 1, "kernel_size": (3,), "tap": (1,), "name": "w"}
    refused(lambda: ca.TapWeights(**(good | {field: value})), field, value)


@pytest.mark.parametrize("tap", [(3,), (9,), (1, 1)])
def test_a_tap_outside_the_kernel(tap: tuple[int, ...]) -> None:
    refused(lambda: ca.TapWeights(2, 2, 1, (3,), tap), "tap", tap)


@pytest.mark.parametrize("value", [None, (), [], 3, "ab", (3,), {ca.Identity(2)}, (ca.Identity(2), None)])
@pytest.mark.parametrize("kind", [ca.Kron, ca.BlockDiag, ca.Sum, ca.Product])
def test_bad_operands(kind: type, value: Any) -> None:
    refused(lambda: kind(value), "operators", value)


@pytest.mark.parametrize("value", [None, 3, "conv", (ca.Identity(2),), THING])
def test_only_operators_are_transposed(value: Any) -> None:
    refused(lambda: ca.Transposed(value), "operator", value)


@pytest.mark.parametrize("value", [None, (), [], 3, (3,), ca.Axis(5, 3), "axes"])
def test_bad_axes(value: Any) -> None:
    refused(lambda: ca.Conv(1, 1, value), "axes", value)


def test_axes_share_one_padding_mode() -> None:
    mixed = (ca.Axis(3, 1), ca.Axis(3, 1, padding_mode="circular"))
    with pytest.raises(ca.ConvalgebraError, match="padding_mode"):
        ca.Conv(1, 1, mixed)


# --- composition ---


def test_shapes_that_do_not_meet_show_both() -> None:
    with pytest.raises(ca.ShapeError, match=r"\(3, 7, 7\).*\(3, 5, 5\)"):
        ca.depthwise(3, (7, 7), 3) @ ca.depthwise(3, (7, 7), 3)
    with pytest.raises(ca.ShapeError, match=r"not 3, 2 \(they are 3 x 3, 2 x 2\)"):
        ca.Sum((ca.Identity(3), ca.Identity(2)))


@pytest.mark.parametrize("other", [None, 3, "N", np.ones((25, 25))], ids=repr)
def test_only_operators_are_composed(other: Any) -> None:
    with pytest.raises((TypeError, ca.ConvalgebraError)):
        ca.conv(1, 1, (5, 5), 1) @ other


def test_one_name_with_two_shapes() -> None:
    with pytest.raises(ca.ShapeError, match="two shapes"):
        ca.Kron((ca.Dense(2, 2), ca.Dense(3, 3))).weight_shapes  # noqa: B018


def test_the_structure_of_a_product_has_no_single_matrix() -> None:
    with pytest.raises(ca.ConvalgebraError, match="entries"):
        ca.depthwise_separable(1, 1, 5, 3).entries  # noqa: B018


# --- weights ---

OP = ca.conv(2, 4, 5, 3)
CALLS = [OP.matrix, OP.linear_operator, OP.factors, OP.T.matrix, OP.expand().matrix]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("shape", [(), (4,), (2, 4, 3), (4, 2, 3, 1), (4, 2, 2), (0, 2, 3)])
def test_weights_of_a_wrong_shape_show_both(call: Callable[..., Any], shape: tuple[int, ...]) -> None:
    with pytest.raises(ca.ShapeError) as caught:
        call(np.ones(shape))
    assert "(4, 2, 3)" in str(caught.value)
    assert str(shape) in str(caught.value)
    assert "weight" in str(caught.value)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["bool", "U1", "O", "S1", "datetime64[s]", "timedelta64[s]", "V4"])
def test_weights_that_are_no_numbers(call: Callable[..., Any], kind: str) -> None:
    with pytest.raises(ca.ArgumentError, match="weight"):
        call(np.zeros((4, 2, 3), dtype=kind))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "value",
    [None, {}, {"w": 1}, {"weight": None}, [[1, 2], [3]], "weight", THING, {1: 2}, {"weight": 1, "x": 2}],
    ids=repr,
)
def test_weights_missing_unknown_or_no_array(call: Callable[..., Any], value: Any) -> None:
    with pytest.raises(ca.ConvalgebraError, match="weight"):
        call(value)


def test_one_array_for_several_weights_and_any_for_none() -> None:
    with pytest.raises(ca.ArgumentError, match=r"depthwise.*pointwise"):
        ca.depthwise_separable(1, 1, 5, 3).matrix(np.ones((1, 1, 3)))
    with pytest.raises(ca.ArgumentError, match="no weight"):
        ca.Identity(3).matrix(np.ones(3))


# --- symbols where numbers are needed ---

FIELDS = [
    "in_channels",
    "out_channels",
    "input_size",
    "kernel_size",
    "stride",
    "dilation",
    "padding",
    "groups",
]


@pytest.mark.parametrize("field", FIELDS)
def test_a_symbol_where_a_number_is_needed_is_named(field: str) -> None:
    op = ca.conv(
        **({"in_channels": 2, "out_channels": 2, "input_size": 9, "kernel_size": 3} | {field: "Q"})
    )
    for call in (
        op.matrix,
        op.linear_operator,
        op.factors,
        op.T.matrix,
        lambda _: op.symbolic_matrix(),
        lambda _: ca.measure(op),
    ):
        with pytest.raises(ca.SymbolError, match="Q"):
            call(np.ones((2, 2, 3)))


def test_expanding_needs_the_kernel_only() -> None:
    with pytest.raises(ca.SymbolError, match=r"kernel_size.*m"):
        ca.conv(1, 1, 5, "m").expand()
    assert ca.conv("D", 1, "N", 2).expand().multiplications == ca.conv("D", 1, "N", 2).multiplications


@pytest.mark.parametrize(
    "values",
    [
        {"M": 3},
        {"N": None},
        {"N": 1.5},
        {"N": "1;"},
        {"N": 0},
        {"N": -1},
        {"N": True},
        {"N": 2},
        {3: 4},
        {None: 1},
    ],
    ids=repr,
)
def test_bad_substitutions(values: dict[Any, Any]) -> None:
    ((name, _),) = values.items()
    with pytest.raises(ca.ConvalgebraError) as caught:
        ca.conv(1, 1, "N", 3).subs(values)
    assert str(name) in str(caught.value) or "input" in str(caught.value)


@pytest.mark.parametrize("name", [None, 3, "", "N M", "__import__('os')", b"N", "N__c", "_", "α"])
def test_bad_symbols(name: Any) -> None:
    refused(lambda: ca.symbol(name), "name", name)


def test_text_is_never_evaluated(tmp_path: Any) -> None:
    target = tmp_path / "made"
    for field in FIELDS:
        with pytest.raises(ca.ConvalgebraError):
            conv_with(**{field: f"open({str(target)!r}, 'w')"})()
    assert not target.exists()


# --- anything at all ---

GARBAGE = st.one_of(
    *(st.none(), st.booleans(), st.floats(), st.complex_numbers(), st.text(), st.binary()),
    *(st.sampled_from(NO_SIZES + NESTED + TOO_SMALL), st.integers(-(10**20), 0)),
)
NESTED_GARBAGE = st.recursive(
    GARBAGE, lambda part: st.lists(part, max_size=3) | st.tuples(part, part), max_leaves=4
)


@given(st.sampled_from([*SIZES, *PER_AXIS, "padding", "padding_mode", "flip", "name"]), NESTED_GARBAGE)
@settings(max_examples=500)
def test_garbage_never_fails_inside(argument: str, value: Any) -> None:
    try:
        op = conv_with(**{argument: value})()
    except ca.ConvalgebraError as error:
        message = str(error)
    else:  # what was let through is a true convolution, as its own repr makes it again
        assert eval(repr(op), {"ca": ca, "sympy": sympy}) == op
        return
    assert argument in message or (argument == "padding" and "padded input" in message)


# --- memory ---

HUGE = {
    "conv": ca.conv(64, 64, (4096, 4096), 3),
    "padded": ca.conv(64, 64, (4096, 4096), 3, padding=1, padding_mode="circular"),
    "transposed": ca.conv(64, 64, (4096, 4096), 3).T,
    "expanded": ca.conv(64, 64, (4096, 4096), 3).expand(),
    "rows": ca.conv(1, 1, 10**12, 1, padding=((10**13, 0),)),
    "identity": ca.Identity(10**15),
    "selection": ca.Selection(ca.Axis(10**15, 1), 0),
    "Kronecker": ca.Kron((ca.Identity(10**6), ca.Dense(10, 10), ca.Identity(10**9))),
    "composed": ca.depthwise_separable(64, 64, (40_000, 40_000), 3),
    "block": ca.BlockDiag((ca.Identity(10**15), ca.Identity(1))),
    "sum": ca.Sum((ca.Identity(10**15), ca.Identity(10**15))),
    "sparse times dense": ca.Product(
        (ca.Dense(10**5, 1, "a"), ca.Kron((ca.Identity(1), ca.Dense(1, 10**5, "b"))))
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_would_not_fit_raises_before_anything_is_allocated(name: str) -> None:
    op = HUGE[name]
    weights = {key: np.zeros(shape, np.int8) for key, shape in op.weight_shapes.items()}
    op.shape  # noqa: B018
    tracemalloc.start()
    try:
        with pytest.raises(ca.MemoryLimitError) as caught:
            op.matrix(weights, memory_limit="1 GiB")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**24
    for word in ("entries", "bytes", "linear_operator"):
        assert word in str(caught.value)


def test_the_message_counts() -> None:
    op = ca.conv(3, 128, (7, 7), 3)
    needed = 86_400 * (8 + 4) + 3201 * 4
    with pytest.raises(ca.MemoryLimitError, match=rf"3200 x 147.*86400 entries = {needed} bytes"):
        op.matrix(np.ones((128, 3, 3, 3)), memory_limit=needed - 1)
    assert op.matrix(np.ones((128, 3, 3, 3)), memory_limit=needed).nnz == 86_400


def test_the_default_limit_is_below_what_the_machine_has() -> None:
    op = HUGE["conv"]
    with pytest.raises(ca.MemoryLimitError):
        op.matrix(np.zeros(op.weight_shapes["weight"], np.int8))


@pytest.mark.parametrize(
    ("limit", "fits"), [("1", False), ("100 B", False), ("1K", True), ("0.5 MiB", True), ("2gb", True)]
)
def test_the_environment_variable_sets_the_limit(
    limit: str, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVALGEBRA_MEMORY_LIMIT", limit)
    op, weight = ca.conv(1, 1, 5, 3), np.ones((1, 1, 3))
    if fits:
        assert op.matrix(weight).nnz == 9
    else:
        with pytest.raises(ca.MemoryLimitError):
            op.matrix(weight)
    assert op.matrix(weight, memory_limit="1 GiB").nnz == 9


@pytest.mark.parametrize("limit", ["", "much", "-1", "1 XB", "1e9", "nan", "1 GiB; rm"])
def test_a_bad_environment_variable_is_named(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVALGEBRA_MEMORY_LIMIT", limit)
    refused(lambda: ca.conv(1, 1, 5, 3).matrix(np.ones((1, 1, 3))), "CONVALGEBRA_MEMORY_LIMIT", limit)


@pytest.mark.parametrize("limit", [-1, 1.5, True, "", "much", [], float("nan"), b"1G", THING, 2j], ids=repr)
def test_a_bad_limit_is_named(limit: Any) -> None:
    refused(
        lambda: ca.conv(1, 1, 5, 3).matrix(np.ones((1, 1, 3)), memory_limit=limit), "memory_limit", limit
    )


def test_factors_keep_the_limit_too() -> None:
    with pytest.raises(ca.MemoryLimitError):
        ca.conv(1, 1, 5, 3).factors(np.ones((1, 1, 3)), memory_limit=10)


def test_the_product_of_small_factors_may_be_too_large() -> None:
    outer = ca.Product((ca.Dense(2000, 1, "a"), ca.Dense(1, 2000, "b")))
    weights = {name: np.ones(shape) for name, shape in outer.weight_shapes.items()}
    assert sum(factor.nnz for factor in outer.factors(weights, memory_limit="1M")) == 4000
    with pytest.raises(ca.MemoryLimitError, match="4000000 entries"):
        outer.matrix(weights, memory_limit="1M")
