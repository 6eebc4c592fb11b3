"""What the page says in words: numbers without a weight, light that is cut, who agrees with whom."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

import convalgebra as ca
from convalgebra.inspector.own import own_data
from tests.browsers import launched
from tests.test_inspector_data import DATA
from tests.test_inspector_engine import joined

# The light of a pointing at an operator of one's own, what is lit in each panel as a number of entries.
LIGHT = """([own, view, pointing]) => {
  const store = createStore({ types: [], own, start: { type: "own", ...own.start, view } });
  const light = lightOf(store.panels(), pointing);
  const lit = store.panels().map(({ id }) => [id, light[id].entries.size, light[id].cut]);
  return { text: light.text, lit };
}"""
# What the panel says of a type, once Python has answered a number.
PANEL = """async ([type, measured]) => {
  const store = createStore({ types: [type], own: null, start: { type: type.name, ...type.start } });
  const host = document.createElement("div");
  document.body.append(host);
  const view = panelView(host, store, async () => ({ measured: { multiplications: measured } }));
  view.update(new Set(["model"]));
  while (!/measured/.test(host.textContent)) await new Promise((done) => setTimeout(done, 20));
  const said = [...host.querySelectorAll(".ca-mark")].map((mark) => mark.textContent);
  view.destroy();
  return said;
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with launched() as browser:
        found = browser.new_page()
        found.add_script_tag(content=joined("store", "light", "panel"))
        yield found


def light(page: Any, op: ca.Operator, pointing: dict[str, Any], view: str = "alone") -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(LIGHT, [own_data(op), view, pointing])
    return found


@pytest.mark.parametrize(
    ("op", "entry", "value"),
    [
        (ca.Fourier(4), 5, "-i"),
        (ca.Fourier(4), 7, "i"),
        (ca.Fourier(4), 10, "1"),
        (ca.Fourier(4, inverse=True), 5, "0.25i"),
        (ca.Fourier(4, inverse=True), 7, "-0.25i"),
        (ca.Fourier(8), 9, "0.7071 - 0.7071i"),
    ],
)
def test_numbers_without_a_weight_begin_with_no_sign_of_a_sum(
    page: Any, op: ca.Operator, entry: int, value: str
) -> None:
    text = light(page, op, {"panel": "C", "kind": "entry", "index": entry})["text"]
    assert f"= {value} :" in text


def test_light_that_is_cut_says_so(page: Any) -> None:
    wide = ca.Dense(1, 2, name="a") @ ca.Dense(2, 200_000, name="b")
    row = {"panel": "C", "kind": "row", "index": 0}
    found = light(page, wide, row, "factors")
    assert ["C", 200_000] in [one[:2] for one in found["lit"]]
    (count,) = [one[1] for one in found["lit"] if one[0] == "F1"]
    assert 0 < count < 400_000
    assert found["text"].splitlines()[0].endswith(" … (only some are lit)")
    few = light(page, ca.Dense(1, 2, name="a") @ ca.Dense(2, 20, name="b"), row, "factors")
    assert [one[1:] for one in few["lit"] if one[0] == "F1"] == [[40, False]]
    assert "only some" not in few["text"]


def test_weights_that_were_not_looked_for_are_told_of(page: Any) -> None:
    row = {"panel": "C", "kind": "row", "index": 0}
    assert "only some" in light(page, ca.Dense(2, 20_001), row)["text"]
    assert "only some" not in light(page, ca.Dense(2, 20_000), row)["text"]


def test_python_is_compared_with_the_formula_first(page: Any) -> None:
    conv = DATA["conv"]
    ours, theirs = page.evaluate(PANEL, [conv, 36])
    assert "counted in this matrix: 36 agrees" in ours
    assert "scipy: 36 multiplications measured; the formula agrees" in theirs
    assert "the formula DOES NOT AGREE" in page.evaluate(PANEL, [conv, 35])[-1]


def test_a_formula_that_is_wrong_is_found_by_both(page: Any) -> None:
    wrong = copy.deepcopy(DATA["conv"])
    for formula in wrong["formulas"]:
        formula["quantities"]["multiplications"]["expression"] = 35
    ours, theirs = page.evaluate(PANEL, [wrong, 36])
    assert "counted in this matrix: 36 DOES NOT AGREE" in ours
    assert "the formula DOES NOT AGREE" in theirs
    (alone,) = page.evaluate(PANEL, [{**DATA["conv"], "formulas": []}, 36])
    assert "scipy: 36 multiplications measured; the count here agrees" in alone
