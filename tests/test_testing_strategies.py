"""The strategies: nothing public is missing, every option is drawn, and what is drawn exists."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.testing import axes, operators, weights
from convalgebra.testing.strategies.everything import kinds

QUICK = settings(
    max_examples=1500, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
OPS = operators()


def exists(strategy: Any, wanted: Callable[[Any], bool]) -> bool:
    try:
        find(strategy, wanted, settings=settings(QUICK, phases=[*settings().phases][:3]))
    except NoSuchExample:
        return False
    return True


def test_every_type_and_every_public_class_is_drawn_from() -> None:
    made = set(kinds())
    assert all(getattr(ca, name) is kind.make for name, kind in kinds().items())
    assert {t.function.__name__ for t in types()} <= made
    classes = {
        name
        for name in ca.__all__
        if inspect.isclass(value := getattr(ca, name))
        and issubclass(value, ca.Operator)
        and not inspect.isabstract(value)
    }
    assert classes <= made


@pytest.mark.parametrize("name", kinds())
def test_each_name_draws_its_own_operators(name: str) -> None:
    drawn: list[ca.Operator] = []

    @given(op=operators((name,)))
    @settings(max_examples=8, suppress_health_check=list(HealthCheck))
    def collect(op: ca.Operator) -> None:
        drawn.append(op)
        assert not op.symbols
        assert op.shape[0] * op.shape[1] <= 20_000

    collect()
    assert drawn
    if inspect.isclass(kind := getattr(ca, name)):
        assert all(isinstance(op, kind) for op in drawn)


AXES: dict[str, Callable[[ca.Axis], bool]] = {
    "a stride beyond the kernel": lambda a: a.stride > a.kernel and a.outputs > 1,
    "a kernel beyond the input": lambda a: a.span > a.size,
    "asymmetric padding": lambda a: a.lo != a.hi,
    "negative padding": lambda a: a.lo < 0 and a.hi < 0,
    "dilation": lambda a: a.dilation > 2 and a.kernel > 1,
    "padding beyond the input": lambda a: a.lo > a.size and a.padding_mode == "reflect",
    "taps left over": lambda a: a.left_over > 0,
    "no input read": lambda a: a.inputs_hit == 0,
    **{
        mode: lambda a, mode=mode: a.padding_mode == mode
        for mode in ("zeros", "circular", "reflect", "replicate")
    },
}


@pytest.mark.parametrize("what", AXES)
def test_axes_have_every_option(what: str) -> None:
    assert exists(axes(), AXES[what])


def convs(op: ca.Operator) -> Iterable[ca.Conv]:
    if isinstance(op, ca.Conv):
        yield op
    for part in op.operands:
        yield from convs(part)


OPERATORS: dict[str, Callable[[ca.Operator], bool]] = {
    "transposed": lambda op: isinstance(op, ca.Transposed),
    "one layer after another": lambda op: isinstance(op, ca.Product) and "second" in op.weight_shapes,
    "groups": lambda op: any(c.groups > 1 for c in convs(op)),
    "mirrored": lambda op: any(c.flip for c in convs(op)),
    "two axes": lambda op: any(len(c.axes) == 2 for c in convs(op)),
    "three axes": lambda op: any(len(c.axes) == 3 for c in convs(op)),
    "padding that repeats": lambda op: any(c.padding_mode == "circular" for c in convs(op)),
    "no weights": lambda op: not op.weight_shapes,
    "several weights": lambda op: len(op.weight_shapes) > 2,
}


@pytest.mark.parametrize("what", OPERATORS)
def test_operators_have_every_option(what: str) -> None:
    assert exists(OPS, OPERATORS[what])


KEYWORDS: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    "windows over the edge": ("average_pool", lambda k: k["ceil_mode"] and k["count_include_pad"]),
    "padding that is counted": ("Filter", lambda k: any(k.get("counted", ()))),
    "taps that are given": ("Filter", lambda k: isinstance(k["kernel"], tuple)),
    "all taps": ("TapWeights", lambda k: k["tap"] == () and len(k["kernel_size"]) == 2),
    "one tap": ("TapWeights", lambda k: k["tap"] != ()),
    "columns in groups": ("im2col", lambda k: k["groups"] > 1),
    "a weight at each place, padded": ("OnWeight", lambda k: isinstance(k["operator"], ca.Product)),
}


@pytest.mark.parametrize("what", KEYWORDS)
def test_keywords_have_every_option(what: str) -> None:
    name, wanted = KEYWORDS[what]
    assert exists(kinds()[name].keywords, wanted)


@given(op=OPS, data=st.data())
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_weights_fit_their_operator(op: ca.Operator, data: st.DataObject) -> None:
    drawn = data.draw(weights(op, -2, 3))
    assert {name: array.shape for name, array in drawn.items()} == op.weight_shapes
    assert all(array.dtype == np.int64 and ((array >= -2) & (array <= 3)).all() for array in drawn.values())
    matrix = op.matrix(drawn)
    assert matrix.shape == op.shape


def test_large_weights_are_drawn_whole() -> None:
    op = ca.conv(8, 8, 9, 3)
    assert exists(weights(op), lambda w: w["weight"][-1, -1, -1] != 0 and len(np.unique(w["weight"])) == 9)
    least = find(weights(op), lambda w: True, settings=QUICK)
    assert least["weight"].ravel()[:32].tolist() == [0] * 32


@pytest.mark.parametrize("names", [("conv", "FLOPs"), "conv", (), ("Counts",)])
def test_a_name_that_makes_no_operator_is_told(names: Any) -> None:
    with pytest.raises(ca.ArgumentError, match="names="):
        operators(names)


def test_one_name_stands_in_brackets() -> None:
    with pytest.raises(ca.ArgumentError, match=r"names='conv' must be several.*\('conv',\)"):
        operators("conv")


def test_argumentsof_weights_are_checked() -> None:
    conv = ca.conv(1, 1, 4, 2)
    for arguments in (("conv",), (conv, 3, 2), (conv, 0.5, 2)):
        with pytest.raises(ca.ArgumentError):
            weights(*arguments)
    with pytest.raises(ca.SymbolError):
        weights(ca.conv(1, 1, "N", 2))
