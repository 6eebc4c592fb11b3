"""What is counted by running is what the formulas tell, for every public operator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import sparse

import convalgebra as ca
from convalgebra.counting.measured import QUANTITIES, _seen, run_count, weights_seen
from convalgebra.errors import ConvalgebraError
from tests.registry import ENTRIES
from tests.strategies import integer_weights

CONV = ca.conv(1, 1, 5, 3, padding=1)
BLOCK: dict[str, Any] = {"groups": 2, "middle_channels": 4, "padding": 1}


def unread(op: ca.Operator) -> bool:
    """Say whether one of the weights can be changed without a change of the matrix."""
    weights = integer_weights(op, 1)
    before = op.matrix(weights).toarray()
    for name, array in weights.items():
        for at in np.ndindex(array.shape):
            other = array.copy()
            other[at] += 7
            if (op.matrix(weights | {name: other}).toarray() == before).all():
                return True
    return False


def counted(op: ca.Operator, quantity: str) -> int | None:
    """Return the count; None where a weight stands nowhere, which three kinds of operators can have."""
    try:
        return run_count(op, quantity)
    except ConvalgebraError:
        assert quantity == "parameters"
        assert any(kind in repr(op) for kind in ("TapWeights(", "OnWeight(", "PointProducts("))
        assert unread(op)
        return None


@pytest.mark.parametrize("name", ENTRIES)
@given(data=st.data())
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
def test_each_count_is_the_closed_form(name: str, data: st.DataObject) -> None:
    op = data.draw(ENTRIES[name].operators)
    assume(op.shape[0] * op.shape[1] <= 5000)
    for quantity in QUANTITIES:
        try:
            told = getattr(op, quantity)
        except ca.SymbolError:  # how the terms of a sum overlap is not told by their structure
            assert quantity == "additions"
            assert "ca.Sum(" in repr(op)
            continue
        assert counted(op, quantity) in (told, None), quantity


@pytest.mark.parametrize(
    ("op", "mult_adds", "parameters"),
    [
        (CONV, 15, 3),
        (CONV.T, 15, 3),
        (CONV.expand(), 15, 3),
        (ca.BlockDiag((CONV.renamed({"weight": "a"}), CONV.renamed({"weight": "b"}))), 30, 6),
        (ca.BlockDiag((CONV, CONV)), 30, 3),
        (ca.Sum((CONV, CONV.renamed({"weight": "b"}))), 30, 6),
        (ca.VStack((CONV, ca.Dense(2, 5, "b"))), 25, 13),
        (ca.Kron((ca.Identity(2), CONV)), 30, 3),
        (ca.Kron((ca.Dense(2, 3, "b"), CONV)), 90, 9),
        (ca.Product((CONV.renamed({"weight": "b"}), CONV)), 30, 6),
        (ca.Identity(4), 0, 0),
        (ca.conv(1, 1, 2, 3, padding=2), 12, 3),
        (ca.conv(1, 1, 1, 5, padding=2), 5, 5),
        (ca.conv(1, 1, 3, 3, padding=1, padding_mode="circular"), 9, 3),
    ],
)
def test_padding_and_weights_are_seen_inside_what_is_composed(
    op: ca.Operator, mult_adds: int, parameters: int
) -> None:
    """By hand: five outputs of three taps each."""
    assert run_count(op, "mult_adds") == mult_adds
    assert run_count(op, "parameters") == weights_seen(op) == parameters


@pytest.mark.parametrize("form", ["grouped", "concatenated", "split"])
def test_the_three_forms_of_a_block_are_run(form: str) -> None:
    op = ca.resnext_block(3, 2, 4, 3, form=form, **BLOCK)
    # 3 -> 4 channels, two groups of 2 -> 2 with three taps, 4 -> 2 channels; four pixels.
    assert run_count(op, "parameters") == 3 * 4 + 2 * 2 * 2 * 3 + 4 * 2
    assert run_count(op, "mult_adds") == 4 * run_count(op, "parameters")


def test_a_weight_that_stands_nowhere_is_told() -> None:
    with pytest.raises(ConvalgebraError, match=r"of the 3 weights 'weight' .* 1 stand in its matrices"):
        weights_seen(ca.TapWeights(1, 1, 1, kernel_size=(3,), tap=(1,)))


def test_the_weights_of_an_image_are_its_own_pixels_and_no_padding() -> None:
    assert weights_seen(ca.OnWeight(ca.conv(1, 1, 4, 3, padding=1))) == 4


class Mixed:
    """Entries that each mix two of three weights, and none the third: of opposite signs, or both less."""

    def __init__(self, *signs: tuple[int, int]) -> None:
        self.signs = signs

    def numeric_weight_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"w": (3,)}

    def matrix(self, given: dict[str, Any]) -> Any:
        a, b, _ = given["w"]
        values = [first * a + second * b for first, second in self.signs]
        return sparse.csr_array((values, range(len(values)), [0, len(values)]))


@pytest.mark.parametrize("signs", [[(1, -1), (1, 1)], [(-1, -1), (-1, 0)], [(1, 1)]])
def test_where_entries_mix_weights_each_is_looked_for_by_itself(signs: list[tuple[int, int]]) -> None:
    mixed: Any = Mixed(*signs)
    assert _seen([mixed], "w", (3,)) == 2


def test_values_that_come_out_are_counted_and_not_those_that_go_in() -> None:
    op = ca.conv(1, 2, 5, 3)
    assert (run_count(op, "outputs"), run_count(op.T, "outputs")) == (6, 5)


@pytest.mark.parametrize("quantity", ["seconds", "", None, ["multiplications"], {}])
def test_another_quantity_is_refused(quantity: object) -> None:
    with pytest.raises(ca.ArgumentError, match="quantity="):
        run_count(CONV, quantity)  # type: ignore[arg-type]
