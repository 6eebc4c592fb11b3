"""What comes to the page from outside: bounded before it is built, of the right shape, or left out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from convalgebra.catalogue.types import types
from convalgebra.inspector import states
from convalgebra.inspector.bundle import joined
from tests.browsers import launched
from tests.test_inspector_data import DATA, drawn

NAMES = [kind.name for kind in types()]
ROOTS = ("model", "bounds", "outside", "link", "asking", "operators", "field")
MADE = "modelOf, sizeOfStages, sizeOfOperator, sanitized, stateFrom, fragmentOf, askServer, LAYER_KEYS"
MADE += ", layersWithin, variantOf, flattened, settled, reasonsAgainst"
# What a setting is said to take, and what it takes.
COMPARED = """([type, axes, values]) => {
  const model = front.modelOf({ types: [type], own: null }, { type: type.name, axes, values });
  if (!model.legal) return null;
  const variant = front.variantOf(type, axes, values);
  const operators = front.settled(variant.stages, front.flattened(values));
  const most = (matrix) => {
    const inRow = Math.max(0, ...Array.from({ length: matrix.rows },
      (_, row) => matrix.starts[row + 1] - matrix.starts[row]));
    const counts = new Array(matrix.columns).fill(0);
    for (const column of matrix.indices) counts[column] += 1;
    const terms = matrix.told && matrix.termStarts
      ? Math.max(0, ...[...matrix.termStarts.keys()].slice(1)
        .map((at) => matrix.termStarts[at] - matrix.termStarts[at - 1])) : 1;
    return { rows: matrix.rows, columns: matrix.columns, entries: matrix.indices.length, inRow, terms,
      inColumn: Math.max(0, ...counts) };
  };
  const said = [...operators.map(front.sizeOfOperator), front.sizeOfStages(operators)];
  return [said, [...model.stages, model.whole].map(most), model.weights.count];
}"""
ASKED = """async (replies) => {
  const asked = [];
  const reply = ([status, text, wait]) => ({ status, ok: status === 200, text: async () => text,
    json: async () => JSON.parse(text), headers: new Headers(wait ? { "Retry-After": wait } : {}) });
  const fetch = async (url) => (asked.push(url), reply(replies[asked.length - 1]));
  const ask = window.made(fetch).askServer("ask");
  const answer = await ask({ type: "conv", axes: 1, values: {} }).catch((error) => error.message);
  return [asked.length, answer];
}"""


@pytest.fixture(scope="module")
def front() -> Iterator[Any]:
    with launched() as browser:
        page = browser.new_page()
        source = f"{joined(*ROOTS)}\nreturn {{ {MADE} }};"
        page.evaluate(
            "source => { window.made = new Function('fetch', source); window.front = made(fetch) }", source
        )
        yield page


# --- how large -----------------------------------------------------------------------------------


@pytest.mark.sweep
@pytest.mark.parametrize("name", NAMES)
def test_no_matrix_is_larger_than_was_said_before_it_was_built(front: Any, name: str) -> None:
    data, draw, compared = DATA[name], random.Random(f"bounds {name}"), 0
    for turn in range(60):
        start = data["start"]
        axes, values = (start["axes"], start["values"]) if turn == 0 else drawn(data, draw)
        found = front.evaluate(COMPARED, [data, axes, values])
        if found is None:
            continue
        said, taken, weights = found
        for one, other in zip(said, taken, strict=True):
            assert (one["rows"], one["columns"]) == (other["rows"], other["columns"]), values
            for key in ("entries", "inRow", "inColumn"):
                assert other[key] <= one[key], (key, values)
            assert one["terms"] == 1 or other["terms"] <= one["terms"], values
            assert one["most"] >= other["entries"]
        assert said[-1]["weights"] >= weights
        compared += 1
        if compared == 5:
            break
    assert compared


def of_conv(**values: Any) -> tuple[dict[str, Any], int, dict[str, Any]]:
    axes = len(values["input_size"])
    per = {"kernel_size": 3, "stride": 1, "dilation": 1, "padding": [0, 0]}
    first = {key: [value] * axes for key, value in per.items()}
    whole = {"in_channels": 1, "out_channels": 1, "groups": 1, "padding_mode": "zeros", "flip": False}
    return DATA["conv"], axes, {**whole, **first, **values}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"in_channels": 64, "out_channels": 64, "input_size": [64, 64]}, "141,700,000 entries: more than"),
        ({"in_channels": 64, "out_channels": 64, "input_size": [64] * 3}, "26,360,000,000 entries"),
        (
            {
                "in_channels": 64,
                "out_channels": 64,
                "input_size": [1] * 3,
                "kernel_size": [15] * 3,
                "padding": [[7, 7]] * 3,
            },
            "13,820,000 weights",
        ),
        (
            {
                "in_channels": 8,
                "out_channels": 8,
                "input_size": [64, 64],
                "padding_mode": "circular",
                "padding": [[1, 1]] * 2,
            },
            "products to multiply it out",
        ),
    ],
)
def test_what_is_too_large_is_not_built_and_says_how_large(
    front: Any, values: dict[str, Any], reason: str
) -> None:
    model = (
        "([type, axes, values]) => { const at = performance.now();"
        " const { legal, reasons } = front.modelOf({ types: [type] }, { type: 'conv', axes, values });"
        " return [legal, reasons[0].text, reasons.length]; }"
    )
    legal, text, count = front.evaluate(model, list(of_conv(**values)))
    assert (legal, count) == (False, 1)
    assert reason in text


def test_what_can_be_drawn_still_is(front: Any) -> None:
    values = {"in_channels": 8, "out_channels": 8, "input_size": [64, 64]}
    entries = (
        "([type, axes, values]) => front.modelOf({ types: [type] }, { type: 'conv', axes, values })"
        ".whole.indices.length"
    )
    assert front.evaluate(entries, list(of_conv(**values))) == 2_214_144


def test_the_product_of_a_fourier_convolution_has_its_bound(front: Any) -> None:
    data = DATA["fourier_conv"]
    legal = (
        "([type, values]) => front.modelOf({ types: [type] }, { type: type.name, axes: 2, values }).legal"
    )
    found = [
        front.evaluate(legal, [data, {**data["start"]["values"], "input_size": [size, size]}])
        for size in (12, 13, 24, 40)
    ]
    assert found == [True, True, False, False]


def test_what_fails_while_it_is_built_is_a_reason(front: Any) -> None:
    broken = {**DATA["conv"], "variants": [{"when": {}, "stages": [{"kind": "Spiral"}], "conditions": []}]}
    text = (
        "([type, values]) => front.modelOf({ types: [type] }, { type: 'conv', axes: 2, values })"
        ".reasons.map(({ text }) => text)"
    )
    assert front.evaluate(text, [broken, DATA["conv"]["start"]["values"]]) == [
        "this page cannot build it: there is no operator Spiral"
    ]


def test_an_unknown_type_is_not_legal(front: Any) -> None:
    told = "() => front.modelOf({ types: [], own: null }, { type: ['conv'], axes: 2, values: {} })"
    assert front.evaluate(told)["legal"] is False


# --- of what shape -------------------------------------------------------------------------------

START = DATA["conv"]["start"]["values"]
SETTING = {"type": "conv", "axes": 2, "values": START}


@pytest.mark.parametrize(
    ("patch", "left"),
    [
        (None, {}),
        ([], {}),
        ({"type": "spiral", "axes": 2, "values": {}}, {}),
        ({"type": ["conv"]}, {}),
        ({"type": "__proto__"}, {}),
        ({"type": "conv"}, SETTING),
        ({"type": "conv", "axes": 99, "values": 3}, SETTING),
        ({"type": "conv", "axes": 2, "values": {"kernel_size": 3, "padding": [[1], [1]]}}, SETTING),
        ({"type": "conv", "axes": 2, "values": {"in_channels": "2", "flip": 1, "spiral": 3}}, SETTING),
        ({"type": "conv", "axes": 2, "values": {"in_channels": 1e300}}, SETTING),
        (
            {**SETTING, "values": {**START, "in_channels": 2}},
            {**SETTING, "values": {**START, "in_channels": 2}},
        ),
        ({"view": "alone", "aside": "above", "cells": 3, "theme": None, "spiral": 1}, {"view": "alone"}),
        ({"held": {"type": "spiral"}}, {"held": None}),
        ({"held": {"type": "conv"}}, {"held": SETTING}),
        ({"pinned": {"panel": "C", "kind": "entry", "index": -1}}, {"pinned": None}),
        ({"pinned": {"panel": "Q", "kind": "entry", "index": 1}}, {"pinned": None}),
        (
            {"pinned": {"panel": "F0", "kind": "row", "index": 1}},
            {"pinned": {"panel": "F0", "kind": "row", "index": 1}},
        ),
        ({"layers": [[3, 0, 1, 0]]}, {"layers": None}),
        ({"layers": []}, {"layers": None}),
        ({"layers": [[3, 1, 1, 64]]}, {"layers": [[3, 1, 1, 64]]}),
    ],
)
def test_of_a_patch_from_outside_is_kept_what_is_of_the_right_shape(
    front: Any, patch: Any, left: Any
) -> None:
    found = front.evaluate(
        "([patch, type]) => front.sanitized(patch, { types: [type], own: null })", [patch, DATA["conv"]]
    )
    assert found == left


@pytest.mark.parametrize(
    "text",
    [
        "3:0:1:0",
        "0:0:0:0",
        "3:1:1:10000",
        "3:1:1",
        "3:1:1:0:1",
        "x",
        "32:1:1:0",
        ",".join(["3:1:1:0"] * 13),
    ],
)
def test_layers_that_are_out_of_bounds_are_none(front: Any, text: str) -> None:
    found = front.evaluate(
        "([text, type]) => front.stateFrom(`layers=${text}`, { types: [type], own: null }).layers",
        [text, DATA["conv"]],
    )
    assert found is None


def test_python_and_the_page_have_one_list_of_layers_and_choices(front: Any) -> None:
    assert [tuple(key) for key in front.evaluate("front.LAYER_KEYS")] == list(states.LAYER)
    most = "n => front.layersWithin(Array.from({ length: n }, () => [3, 1, 1, 0])) !== null"
    assert front.evaluate(most, states.MOST_LAYERS)
    assert not front.evaluate(most, states.MOST_LAYERS + 1)
    for key, options in states.CHOICES.items():
        for option in options:
            kept = front.evaluate("patch => front.sanitized(patch, { types: [] })", {key: option})
            assert kept == {key: option}


# --- the link ------------------------------------------------------------------------------------


def test_a_link_of_before_is_still_read(front: Any) -> None:
    read = "([text, type]) => front.stateFrom(text, { types: [type], own: null }).values"
    old, new = (
        front.evaluate(
            read,
            [f"type=conv&axes=2&{p}kernel_size=2,3&{p}padding=1:0,0:2&{p}flip=true", DATA["conv"]],
        )
        for p in ("", "v.")
    )
    assert old == new == {**START, "kernel_size": [2, 3], "padding": [[1, 0], [0, 2]], "flip": True}


def test_the_names_of_ones_own_operator_are_taken_for_nothing_else(front: Any) -> None:
    names = ["type", "axes", "view", "aside", "cells", "theme", "pin", "layers", "held", "v", "held.type"]
    control = {"kind": "size", "per_axis": False, "sides": False, "least": 1, "most": 64}
    own = {
        "name": "own",
        "axes": [2],
        "controls": [{**control, "key": name} for name in names],
        "start": {"axes": 2, "values": dict.fromkeys(names, 1)},
    }
    values = {name: at + 2 for at, name in enumerate(names)}
    state = {
        "type": "own",
        "axes": 2,
        "values": values,
        "held": {"type": "own", "axes": 2, "values": dict.fromkeys(names, 9)},
        **{"view": "held", "aside": "field", "cells": "values", "theme": "dark"},
        "pinned": {"panel": "C", "kind": "entry", "index": 3},
        "layers": [[3, 1, 1, 0]],
    }
    again = front.evaluate(
        "([state, own]) => front.stateFrom(front.fragmentOf(state), { types: [], own })", [state, own]
    )
    assert again == state


# --- a server that is busy -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "found"),
    [
        ([[503, "busy", "0.01"], [200, '{"legal": true}', None]], [2, {"legal": True}]),
        ([[503, "busy", "0.01"], [503, "busy still", "0.01"]], [2, "busy still"]),
        ([[503, "gone", None]], [1, "gone"]),
        ([[400, '{"error": "malformed"}', "0.01"]], [1, "malformed"]),
    ],
)
def test_a_busy_python_is_asked_once_more(front: Any, replies: list[Any], found: list[Any]) -> None:
    assert front.evaluate(ASKED, replies) == found
