"""The data of the inspector's types against the catalogue itself: legality, structure, counts.

All data made anew: ``python -m convalgebra.inspector.catalogue && git diff --exit-code``. More settings
of every type: ``INSPECTOR_DRAWS=500 pytest tests/test_inspector_data.py``.
"""

from __future__ import annotations

import os
import random
from fractions import Fraction
from inspect import signature
from math import gcd, prod

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.catalogue.types import find_type, types
from convalgebra.counting.measured import run_count
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.inspector.catalogue import KEPT, data_of, keep, load, load_packed
from convalgebra.inspector.controls import NO_CONTROLS
from convalgebra.inspector.own import own_data, recognised
from convalgebra.inspector.packing import packed, unpacked
from convalgebra.inspector.symbolic import in_python
from tests.inspector_values import (
    built,
    default_of,
    evaluate,
    flattened,
    formulas_of,
    is_legal,
    is_linked,
    variant_of,
)

DRAWS = int(os.environ.get("INSPECTOR_DRAWS", "30"))
NAMES = [kind.name for kind in types()]
DATA = {data["name"]: data for data in load()}
RANGES = {
    "input_size": (1, 6),
    "kernel_size": (1, 3),
    "stride": (1, 3),
    "dilation": (1, 2),
    "groups": (1, 3),
    "factor": (1, 3),
    "padding": (-1, 2),
    "amount": (0, 2),
    "output_padding": (0, 2),
    "multiplier": (1, 2),
    "channels": (1, 4),
    "in_channels": (1, 4),
    "out_channels": (1, 4),
    "middle_channels": (1, 4),
}


def drawn(data, draw):
    """Return (axes, values): each option its default now and then, all axes alike in every second one."""
    axes = draw.choice(data["axes"] if draw.random() < 0.6 else data["axes"][:2])
    linked = draw.random() < 0.5
    values = {}
    for control in data["controls"]:
        key = control["key"]
        if control["options"]:
            usual = control["default"] in control["options"] and draw.random() < 0.5
            values[key] = control["default"] if usual else draw.choice(control["options"])
            continue
        low, high = RANGES[key]
        high = min(high, 4) if axes == 3 else high

        def one(low=low, high=high, key=key):
            return draw.randint(low, 0 if key == "padding" and draw.random() < 0.3 else high)

        if not control["per_axis"]:
            values[key] = one()
        elif linked and key != "input_size":
            same = one()
            values[key] = [[same, same] if control["sides"] else same for _ in range(axes)]
        else:
            values[key] = [[one(), one()] if control["sides"] else one() for _ in range(axes)]
    for control in data["controls"]:
        if control["default"] is not None and not control["options"] and draw.random() < 0.5:
            values[control["key"]] = default_of(control, values, axes)
    if "groups" in values and draw.random() < 0.6:  # else hardly a setting is legal
        for key in ("in_channels", "out_channels", "middle_channels", "channels"):
            if key in values:
                values[key] = values["groups"] * draw.randint(1, 2)
    if data["name"].startswith(("pixel", "space")) and draw.random() < 0.7:
        if data["name"] == "pixel_shuffle":
            values["in_channels"] = prod(values["factor"]) * draw.randint(1, 2)
        else:
            values["input_size"] = [r * draw.randint(1, 2) for r in values["factor"]]
    return axes, values


def called(data, axes, values):
    """Make the operator as the page writes the call: what is settled besides what the controls say."""
    call = data["call"]
    given = {k: as_argument(k, v) for k, v in values.items()} | call["settled"]
    function = getattr(ca, call["function"])
    keywords = {k: given[k] for k in call["keywords"] if k in given}
    positional = {k: given[k] for k in call["positional"]}
    required = signature(function).parameters
    if any(required[k].kind is required[k].KEYWORD_ONLY for k in positional):
        raise AssertionError(f"{positional} are not positional")
    return function(*positional.values(), **keywords)


def as_argument(key, value):
    return tuple(as_argument(key, v) for v in value) if isinstance(value, list) else in_python(key, value)


def settings(name, count=DRAWS):
    """Yield drawn settings of a type, with the operator or the reason why there is none."""
    data, draw = DATA[name], random.Random(f"inspector {name}")
    for _ in range(count):
        axes, values = drawn(data, draw)
        try:
            yield axes, values, called(data, axes, values)
        except (ArgumentError, ShapeError) as error:
            yield axes, values, error


def small(op, most=3000):
    return max(op.shape) <= most and op.mult_adds <= 200_000


@pytest.mark.parametrize("name", NAMES)
def test_what_is_legal_is_what_can_be_called(name):
    data, legal = DATA[name], 0
    for axes, values, made in settings(name, 3 * DRAWS):
        variant = variant_of(data, axes, values)
        assert variant is not None, values
        expected = isinstance(made, ca.Operator)
        found = is_legal(variant, values)
        if name == "resnext_block" and values["form"] != "grouped" and values["groups"] > 4:
            assert not found
        elif name == "dilated_polyphase" and expected and not found:
            assert_phases_are_missing(values, made)
        else:
            assert found == expected, f"{values}: {made}"
        legal += found
    assert legal >= DRAWS // 4


def assert_phases_are_missing(values, made):
    """The form with all phases is shown; where some read nothing, Python leaves them out."""
    phases = (values["dilation"] // gcd(values["dilation"], values["stride"])) ** len(values["input_size"])
    assert len(made.stages[1].operators) < phases


@pytest.mark.parametrize("name", NAMES)
def test_the_stages_make_the_matrix_of_the_call(name):
    data, compared = DATA[name], 0
    for axes, values, made in settings(name):
        variant = variant_of(data, axes, values)
        if not isinstance(made, ca.Operator) or not is_legal(variant, values):
            continue
        stages = built(variant["stages"], flattened(values))
        compared += 1
        if stages == made.stages or not small(made):
            continue
        weights = {n: 1 + np.arange(prod(s)).reshape(s) % 9 for n, s in made.weight_shapes.items()}
        product = np.eye(stages[-1].shape[1])
        for stage in reversed(stages):
            own = {n: weights[n].reshape(s) for n, s in stage.weight_shapes.items()}
            product = stage.matrix(own).toarray() @ product
        expected = made.matrix(weights).toarray()
        if values.get("modulus", "none") != "none":
            prime = int(values["modulus"])
            product, expected = product % prime, expected % prime
        np.testing.assert_allclose(product, expected, rtol=1e-9, atol=1e-9, err_msg=str(values))
    assert compared


@pytest.mark.parametrize("name", NAMES)
def test_every_formula_says_what_is_counted(name):
    data, counted = DATA[name], 0
    for axes, values, made in settings(name):
        if not isinstance(made, ca.Operator) or not is_legal(variant_of(data, axes, values), values):
            continue
        if not small(made):
            continue
        found = list(formulas_of(data, axes, values))
        assert found, f"no formula holds at {values}"
        measured = {
            "multiplications": ca.measure(made).multiplications,
            "parameters": sum(prod(s) for s in made.weight_shapes.values()),
        }
        if counted % 4 == 0:
            measured["mult_adds"] = run_count(made, "mult_adds")
        counted += 1
        for formula in found:
            check_formula(formula, values, measured)
            check_ratio(formula, values, made, measured["multiplications"])
    assert counted


def check_formula(formula, values, measured):
    flat = flattened(values)
    for name, count in measured.items():
        quantity = formula["quantities"].get(name)
        if quantity is not None:
            assert evaluate(quantity["expression"], flat) == count, (name, values, formula["when"])
    assert set(formula["names"].values()) <= set(flat)


def check_ratio(formula, values, made, multiplications):
    ratio, flat = formula["ratio"], flattened(values)
    if ratio is None or not all(evaluate(c, flat) for c in ratio["conditions"]):
        return
    plain = standard(values, made)
    if plain:
        assert evaluate(ratio["expression"], flat) == Fraction(multiplications, plain), (values, formula)


def standard(values, made):
    """Return the multiplications of the convolution of the same arguments, run and counted."""
    channels = (made.input_shape[0], made.output_shape[0])
    if "in_channels" in values and len(made.input_shape) > len(values["input_size"]) + 1:
        channels = (values["in_channels"], values["out_channels"])
    options = {
        k: as_argument(k, values[k])
        for k in ("stride", "padding", "dilation", "padding_mode")
        if k in values
    }
    if "modulus" in values:
        options |= {"padding_mode": "circular"}
    kernel = as_argument("", values.get("kernel_size", 1))
    plain = ca.conv(*channels, as_argument("", values["input_size"]), kernel, **options)
    return ca.measure(plain).multiplications


def test_every_type_and_every_parameter_is_there():
    assert list(DATA) == NAMES
    for kind in types():
        data = DATA[kind.name]
        keys = [c["key"] for c in data["controls"]]
        assert keys == [p for p in kind.parameters if p not in NO_CONTROLS]
        start = data["start"]
        assert set(start["values"]) == set(keys)
        assert start["axes"] in data["axes"]
        variant = variant_of(data, start["axes"], start["values"])
        assert is_legal(variant, start["values"]), kind.name
        assert max(called(data, **start).shape) <= 600
        formula = next(formulas_of(data, **start))
        assert formula["shape"]["mathml"].startswith("<math")
        assert variant.get("structure", formula.get("structure"))["mathml"].startswith("<math")


# All of them are computed again, and compared, by `make check-catalogue`.
QUICK = ["conv_1d", "pointwise", "cropped", "pixel_shuffle"]


@pytest.mark.sweep
@pytest.mark.parametrize("name", QUICK)
def test_what_is_kept_is_what_is_computed(name):
    assert data_of(name) == DATA[name]


def test_what_is_kept_is_packed_and_whole(tmp_path):
    data = load()
    assert unpacked(packed(data)) == data
    keep(data, tmp_path / "catalogue.json")
    assert (tmp_path / "catalogue.json").read_bytes() == KEPT.read_bytes()
    assert KEPT.stat().st_size < 1_500_000
    assert load_packed()["shared"]


def test_ones_own_operator():
    op = ca.depthwise_separable("D", "N_c", ("N", "N"), "m", stride=2)
    own = own_data(op)
    assert [c["key"] for c in own["controls"]] == ["D", "N", "N_c", "m"]
    values = {"D": 2, "N": 7, "N_c": 3, "m": 3}
    assert is_legal(own["variants"][0], values)
    assert not is_legal(own["variants"][0], values | {"N": 2})
    assert built(own["variants"][0]["stages"], values) == op.subs(values).stages
    count = own["formulas"][0]["quantities"]["multiplications"]["expression"]
    assert evaluate(count, values) == ca.measure(op.subs(values)).multiplications
    assert is_legal(own["variants"][0], own["start"]["values"])


def test_numbers_have_no_controls_and_sums_are_ones_own_too():
    operator = ca.conv(1, 1, 5, 3) + ca.conv(1, 1, 5, 3, name="other")
    own = own_data(operator)
    assert own["controls"] == []
    assert own["start"]["values"] == {}
    assert built(own["variants"][0]["stages"], {}) == operator.stages


@pytest.mark.parametrize("name", ["conv", "conv_1d", "conv_3d", "conv_transpose", "dilated", "grouped"])
def test_a_convolution_of_numbers_is_recognised(name):
    seen = 0
    for _, _, made in settings(name):
        if isinstance(made, ca.Operator):
            state = recognised(made)
            assert called(DATA[state["type"]], state["axes"], state["values"]) == made
            seen += 1
    assert seen


def test_what_is_no_convolution_of_numbers_is_not_recognised():
    assert recognised(ca.conv(1, 1, "N", 3)) is None
    assert recognised(ca.conv(1, 1, 5, 3, name="mine")) is None
    assert recognised(ca.conv(1, 1, 5, 3) @ ca.conv(1, 1, 5, 1)) is None
    assert recognised(find_type("padded").make(channels=1, input_size=4, padding=1)) is None
    assert is_linked({"padding": [[1, 1]]})
