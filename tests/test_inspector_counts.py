"""What the page counts by running is what Python counts, part by part, and what the formula says."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import cache
from math import prod
from typing import Any

import pytest

import convalgebra as ca
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.inspector.own import own_data
from tests.browsers import launched
from tests.inspector_values import is_legal, variant_of
from tests.test_inspector_data import DATA, called, drawn, small
from tests.test_inspector_engine import joined, others

WANTED = 20
# Types are sent once; a model that throws is told with what it says.
COUNT = """text => {
  const { types, own, cases } = JSON.parse(text);
  return cases.map(([at, setting]) => {
    const data = { types, own: at === null ? null : own[at] };
    try {
      const model = modelOf(data, setting);
      const { multiplications, additions } = model.counted ?? {};
      return { multiplications, additions, formula: model.legal ? formulaCount(model) : null };
    } catch (error) {
      return { said: error.message };
    }
  });
}"""
PARTS = ("Sum(", "VStack(", "HStack(", "BlockDiag(")


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with launched() as browser:
        found = browser.new_page()
        found.add_script_tag(content=joined("model", "panel", "weights", "operators"))
        yield found


@cache
def settings() -> list[tuple[dict[str, Any], ca.Operator]]:
    """Return drawn legal settings of every type as the page has them, each with its operator."""
    found = []
    for name, data in DATA.items():
        draw, legal = random.Random(f"counts {name}"), 0
        while legal < WANTED:
            axes, values = drawn(data, draw)
            variant = variant_of(data, axes, values)
            if variant is None or not is_legal(variant, values):
                continue
            try:
                op = called(data, axes, values)
            except (ArgumentError, ShapeError):  # only what is told apart elsewhere
                continue
            if small(op, 600) and sum(prod(stage.shape) for stage in op.stages) <= 200_000:
                found.append(({"type": name, "axes": axes, "values": values}, op))
                legal += 1
    return found


def owns() -> list[ca.Operator]:
    """Return operators of one's own: what the engine's tests hold, and parts within parts."""
    conv = ca.conv(1, 1, 4, 3, padding=1, name="c")
    circular = ca.conv(2, 2, (3, 4), 3, padding=1, padding_mode="circular", name="r")
    double = ca.Dense(3, 2, name="a") @ ca.Dense(2, 3, name="b")
    several = (
        ca.conv(1, 1, 5, 3) + ca.conv(1, 1, 5, 3, name="o"),
        ca.Sum((ca.Dense(4, 4), ca.Identity(4))),
        ca.VStack((ca.Dense(2, 4), ca.Identity(4))),
        ca.HStack((ca.Dense(4, 2), ca.Identity(4))),
        ca.BlockDiag((ca.Dense(4, 2), ca.Identity(4))),
        ca.BlockDiag((double, ca.Identity(2), ca.Product((conv, ca.Identity(4), conv)))),
        ca.Sum((double, ca.BlockDiag((ca.Dense(1, 1), ca.Identity(2))), ca.Identity(3))),
        ca.Sum((ca.Fixed(((1, 0), (0, 0))), ca.Fixed(((0, 0), (0, 1))), ca.Dense(2, 2))),
        ca.Sum((circular, ca.Identity(24))),
        ca.Sum((circular.T, ca.Identity(24))),
        ca.VStack((ca.Kron((double, ca.Dense(2, 2, name="d"))), ca.Identity(6))),
        ca.VStack((ca.Kron((ca.Identity(2), ca.VStack((double, ca.Identity(3))))), ca.Identity(6))),
        ca.HStack((ca.Kron((ca.Sum((double, ca.Identity(3))), ca.Fourier(2))), ca.Identity(6))),
        ca.Sum((ca.Transposed(ca.HStack((double, ca.Identity(3)))), ca.VStack((double, ca.Identity(3))))),
        ca.Sum((ca.Reshaped(double, (3, 1), (1, 3)), ca.Identity(3))),
    )
    return [*several, *(op for _, op, _, _ in others())]


def counted(page: Any, asked: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(COUNT, json.dumps(asked))
    return found


def expected(op: ca.Operator) -> dict[str, int]:
    measured = ca.measure(op)
    return {"multiplications": measured.multiplications, "additions": measured.additions}


def test_the_page_counts_what_python_counts_for_every_type(page: Any) -> None:
    asked = {"types": list(DATA.values()), "own": [], "cases": [(None, one) for one, _ in settings()]}
    in_parts = 0
    for (setting, op), told in zip(settings(), counted(page, asked), strict=True):
        formula = told.pop("formula", None)
        assert told == expected(op), setting
        assert formula == told["multiplications"], setting
        in_parts += any(part in repr(op) for part in PARTS) or len(op.stages) > 1
    assert len(settings()) == WANTED * len(DATA)
    assert in_parts > 100


def test_the_page_counts_what_python_counts_for_ones_own(page: Any) -> None:
    operators = owns()
    data = [own_data(op) for op in operators]
    cases = [(at, {"type": "own", **one["start"]}) for at, one in enumerate(data)]
    for op, told in zip(operators, counted(page, {"types": [], "own": data, "cases": cases}), strict=True):
        formula = told.pop("formula", None)
        assert told == expected(op), op
        assert formula in (None, told["multiplications"]), op


def test_blocks_that_were_counted_as_one_are_counted_apart(page: Any) -> None:
    """The numbers, not only that two programs agree on them."""
    values = {
        **DATA["resnext_block"]["start"]["values"],
        **{"in_channels": 2, "out_channels": 2, "middle_channels": 4, "groups": 2},
        **{"input_size": [3, 3], "kernel_size": [3, 3], "form": "concatenated"},
    }
    setting = {"type": "resnext_block", "axes": 2, "values": values}
    plain = ca.conv(1, 1, 5, 3) + ca.conv(1, 1, 5, 3, name="o")
    own = own_data(plain)
    cases = [(None, setting), (0, {"type": "own", **own["start"]})]
    block, both = counted(page, {"types": [DATA["resnext_block"]], "own": [own], "cases": cases})
    assert block["multiplications"] == block["formula"]
    assert (both["multiplications"], both["additions"]) == (18, 12 + 3)


def test_two_instruments_that_disagree_are_not_believed(page: Any) -> None:
    """A matrix that changes while it is counted, and one whose product is no number."""
    said = page.evaluate(
        """() => {
          const matrix = { rows: 1, columns: 2, starts: Int32Array.of(0, 2),
            indices: Int32Array.of(0, 1), values: Float64Array.of(1, 2), imaginary: null };
          const shorter = { ...matrix };
          let reads = 0;
          const get = () => { reads += 1; return Int32Array.of(0, reads > 1 ? 1 : 2); };
          Object.defineProperty(shorter, "starts", { enumerable: true, get });
          return [matrix, { ...matrix, values: Float64Array.of(1, NaN) }, shorter].map((one) => {
            try { return countedMatrix(one); } catch (error) { return error.message; }
          });
        }"""
    )
    assert said[0] == {"multiplications": 2, "additions": 1}
    assert said[1] == "the tallied product is another in row 0"
    assert said[2].startswith("the two instruments disagree")
