"""What the page says of settings is what Python says: the line that builds them, and which are legal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import pytest
import sympy

import convalgebra as ca
from convalgebra.catalogue.types import ConvType, find_type, types
from convalgebra.errors import ArgumentError
from convalgebra.inspector.bundle import joined
from convalgebra.inspector.catalogue import load
from convalgebra.inspector.controls import TABLES, Control, axes_of, controls_of
from convalgebra.inspector.own import own_data
from convalgebra.inspector.starts import start_of
from convalgebra.inspector.typedata import call
from convalgebra.inspector.variants import variants
from tests.browsers import launched

DRAWN = 40


@pytest.fixture(scope="module")
def front() -> Iterator[Any]:
    """A page that has the modules of the front end in it, and nothing else."""
    source = joined("python", "legal", "changingtype")
    returned = "return { pythonLine, legalValues, placesOf, settingAfter };"
    with launched() as browser:
        page = browser.new_page()
        page.evaluate("source => { window.front = new Function(source)() }", f"{source}\n{returned}")
        yield page


def told(kind: ConvType) -> dict[str, Any]:
    """Return of a type what the controls need."""
    return {
        "name": kind.name,
        "axes": axes_of(kind),
        "call": call(kind),
        "controls": [c.told() for c in controls_of(kind)],
        "start": start_of(kind),
    }


def drawn(control: Control, axes: int, random: Random) -> Any:
    """Return a value of a control, legal or not: defaults often, all axes alike often."""

    def one() -> Any:
        if control.kind != "size":
            return random.choice(control.options)
        if isinstance(control.default, int) and random.random() < 0.4:
            return control.default
        least = max(control.least or 0, -2)
        return random.randint(least, least + (9 if control.key == "input_size" else 4))

    def pair() -> Any:
        return [one()] * 2 if random.random() < 0.5 else [one(), one()]

    of_axis = pair if control.sides else one
    if not control.per_axis:
        return of_axis()
    return [of_axis()] * axes if random.random() < 0.5 else [of_axis() for _ in range(axes)]


def made(kind: ConvType, values: dict[str, Any]) -> Any:
    """Return the operator of values as the page holds them, or the class of what Python raises."""
    given = {key: ca_value(key, value) for key, value in values.items()}
    try:
        return kind.make(**given)
    except ArgumentError as error:
        return type(error)


def ca_value(key: str, value: Any) -> Any:
    """Return a value as Python takes it."""
    if key == "table":
        return TABLES[value]
    if key == "modulus":
        return None if value == "none" else int(value)
    return tuple(ca_value("", v) for v in value) if isinstance(value, list) else value


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_the_line_builds_the_operator(front: Any, kind: ConvType) -> None:
    random = Random(kind.name)
    settings = [(start_of(kind)["values"], start_of(kind)["axes"])]
    for _ in range(DRAWN):
        axes = random.choice(axes_of(kind))
        settings.append(({c.key: drawn(c, axes, random) for c in controls_of(kind)}, axes))
    lines = front.evaluate(
        "([type, all]) => all.map(([values, axes]) => front.pythonLine(type, values, axes))",
        json.loads(json.dumps([told(kind), settings])),
    )
    legal = 0
    for (values, _), line in zip(settings, lines, strict=True):
        expected = made(kind, values)
        try:
            found = eval(line, {"ca": ca})
        except ArgumentError as error:
            found = type(error)
        assert repr(found) == repr(expected), line
        legal += not isinstance(expected, type)
    assert legal


@pytest.mark.sweep
@pytest.mark.parametrize("name", ["conv", "conv_transpose"])
def test_what_is_offered_is_what_python_takes(front: Any, name: str) -> None:
    kind, random = find_type(name), Random(6)
    data = {**told(kind), "variants": [v for v in variants(kind) if v["when"]["axes"] == 2]}
    both = set()
    for _ in range(12):
        values = {c.key: drawn(c, 2, random) for c in controls_of(kind)}
        if isinstance(made(kind, values), type):
            values = start_of(kind)["values"]
        for at, control in enumerate(controls_of(kind)):
            if control.kind != "size":
                continue
            offered = front.evaluate(
                "([type, values, at]) => front.legalValues(type, 2, values, type.controls[at],"
                " front.placesOf(type.controls[at], 2))",
                json.loads(json.dumps([data, values, at])),
            )
            for number in range(control.least or 0, (control.least or 0) + 22):
                if number > (control.most or number):
                    continue
                one: Any = [number, number] if control.sides else number
                changed = {**values, control.key: [one, one] if control.per_axis else one}
                taken = not isinstance(made(kind, changed), type)
                assert (number in offered) == taken, (control.key, number, values)
                both.add(taken)
    assert both == {True, False}


@pytest.mark.sweep
def test_from_any_type_to_any_other_it_is_what_its_name_says(front: Any) -> None:
    random, data = Random(7), {one["name"]: one for one in load()}
    before = []
    for kind in types():
        settings = [(start_of(kind)["axes"], start_of(kind)["values"])]
        while len(settings) < 2:
            axes = random.choice(axes_of(kind))
            values = {c.key: drawn(c, axes, random) for c in controls_of(kind)}
            if not isinstance(made(kind, values), type):
                settings.append((axes, values))
        before += [(kind.name, axes, values) for axes, values in settings]
    found = front.evaluate(
        "([data, before]) => Object.values(data).map((type) => before.map(([name, axes, values]) =>"
        " front.settingAfter(type, { axes, values }, data[name])))",
        json.loads(json.dumps([data, before])),
    )
    kept, known = 0, dict[str, Any]()
    for kind, settings in zip(data, found, strict=True):
        for (other, axes, given), setting in zip(before, settings, strict=True):
            if kind == other:
                continue
            values, told = setting["values"], (other, given, setting)
            key = json.dumps(setting)
            operator = known[key] = known[key] if key in known else made(find_type(kind), values)
            assert isinstance(operator, ca.Operator), told
            if kind == "strided":
                assert min(values["stride"]) > 1, told
            if kind in ("dilated", "dilated_polyphase"):
                assert np.min(values["dilation"]) > 1, told
            if kind == "same":
                assert operator.output_size == operator.input_size, told
            if kind == "full":
                reach = [
                    d * (k - 1) for d, k in zip(values["dilation"], values["kernel_size"], strict=True)
                ]
                sizes = zip(operator.input_size, reach, strict=True)
                assert operator.output_size == tuple(size + more for size, more in sizes), told
            options = {c.key for c in controls_of(find_type(kind)) if c.default is not None}
            start = start_of(find_type(kind))["values"]
            for key in options:
                assert np.ravel(values[key])[0] == np.ravel(start[key])[0], (key, told)
            kept += axes == setting["axes"] and values.get("kernel_size") == given.get("kernel_size")
    assert kept > len(found) * len(before) / 3


@pytest.mark.parametrize(
    "operator",
    [
        ca.conv(1, 1, 5, 3) + ca.conv(1, 1, 5, 3, name="other"),
        ca.conv("D", 1, ("N", "N"), 3),
        ca.pointwise(2, "M", 4) @ ca.depthwise(2, 6, 3),
        ca.conv(1, 1, ca.symbol("q") * 2, "h", stride=2),
        ca.channel_shuffle(6, (2, 2), groups=2),
    ],
    ids=repr,
)
def test_the_line_of_ones_own_operator_builds_it(front: Any, operator: ca.Operator) -> None:
    own = own_data(operator)
    values = own["start"]["values"]
    line = front.evaluate("([type, values]) => front.pythonLine(type, values)", [own, values])
    assert eval(line, {"ca": ca, "sympy": sympy}) == (operator.subs(values) if values else operator)
