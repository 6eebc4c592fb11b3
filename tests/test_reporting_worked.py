"""Worked numbers: the product with numbers put in comes to the formula's value and to what was counted."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.catalogue.types import ConvType, find_type, types
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.reporting import worked as room
from convalgebra.reporting.worked import Added, Multiplied, Number, Power, with_numbers, worked
from convalgebra.sizes import symbol


@st.composite
def sizes(draw: st.DrawFn) -> dict[str, int]:
    """Draw numbers for every name that a type is shown with; g divides what it must."""
    g = draw(st.integers(1, 2))
    found = {name: draw(st.integers(1, 5)) for name in ("N", "T", "H", "W", "q", "C", "h")}
    found |= {name: draw(st.integers(1, 2)) for name in ("s", "l", "p", "r")}
    return found | {name: g * draw(st.integers(1, 2)) for name in ("D", "N_c", "b")} | {"g": g}


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_product_formula_and_count_are_one_number(kind: ConvType) -> None:
    op = kind.make()

    @settings(max_examples=4)
    @given(sizes())
    def run(drawn: dict[str, int]) -> None:
        try:
            put = op.subs({name: drawn[name] for name in map(str, op.symbols)})
        except ArgumentError:
            assume(False)
        found = worked(op, drawn)
        *parts, whole = found
        assert whole.name is None
        assert whole.value == int(put.multiplications) == whole.measured
        assert whole.value == sum(part.value for part in parts)
        assert all(line.agrees for line in found)
        assert [p.name for p in parts] == [
            ", ".join(s.weight_shapes) for s in reversed(op.stages) if s.weight_shapes
        ]
        for line in found:
            assert number_of(line.latex().rpartition("= ")[2]) == line.value
            assert line.latex() == line.product.latex() or line.latex().startswith(line.product.latex())

    run()


def number_of(text: str) -> int:
    return int(text.replace(r"\,", ""))


SURVEY = {"D": 3, "N_c": 128, "h": 3, "H": 7, "W": 7}


def test_the_numbers_of_the_survey() -> None:
    plain = worked(find_type("conv").make(), SURVEY)
    assert [line.latex() for line in plain] == [r"3 \cdot 128 \cdot 3^{2} \cdot 5 \cdot 5 = 86\,400"] * 2
    assert [line.name for line in plain] == ["weight", None]
    assert [line.latex() for line in worked(find_type("depthwise_separable").make(), SURVEY)] == [
        r"3 \cdot 3^{2} \cdot 5 \cdot 5 = 675",
        r"3 \cdot 128 \cdot 5 \cdot 5 = 9600",
        r"675 + 9600 = 10\,275",
    ]
    small = {"H": 5, "W": 5, "h": 3}
    whole = worked(find_type("single_channel").make(), small)[-1]
    assert (whole.latex(), whole.value) == (r"3^{2} \cdot 3 \cdot 3 = 81", 81)
    spatial = worked(ca.spatially_separable(1, 1, ("H", "W"), "h"), small)
    assert [line.value for line in spatial] == [45, 27, 72]
    assert spatial[-1].latex() == "45 + 27 = 72"


def test_groups_are_a_fraction_and_strides_are_worked_out() -> None:
    grouped = worked(find_type("grouped").make(), {"D": 4, "N_c": 4, "g": 2, "h": 3, "H": 5, "W": 6})
    assert grouped[-1].latex() == r"\frac{4 \cdot 4 \cdot 3^{2} \cdot 3 \cdot 4}{2} = 864"
    strided = worked(ca.conv(1, 1, "N", "m", stride="s"), {"N": 8, "m": 3, "s": 2})
    assert strided[-1].latex() == r"3 \cdot 3 = 9"


def test_what_multiplies_nothing_comes_to_nothing() -> None:
    (whole,) = worked(find_type("padded").make(), {"D": 2, "H": 3, "W": 3, "p": 1})
    assert (whole.latex(), whole.measured, whole.name) == ("0", 0, None)


def test_padding_beyond_the_closed_form_is_counted_too() -> None:
    op = ca.conv(1, 1, "n", "m", padding="p")
    for n, m, p in ((5, 3, 1), (1, 2, 4), (2, 5, 3)):
        whole = worked(op, {"n": n, "m": m, "p": p})[-1]
        assert whole.value == int(op.subs(n=n, m=m, p=p).multiplications)
        assert whole.agrees


def test_sums_keep_their_signs() -> None:
    n, p = symbol("n"), symbol("p")
    product = with_numbers(n * (2 * p + 1) - p * (p + 1), {"n": 5, "p": 2})
    assert isinstance(product, Added)
    assert product.latex() == r"5 \cdot 5 - 2 \cdot 3"
    assert product.value == 19


def test_nodes() -> None:
    node = Multiplied((Number(Fraction(-2)), Power(Number(Fraction(3)), 2)), (Number(Fraction(3)),))
    assert (node.latex(), node.value) == (r"\frac{(-2) \cdot 3^{2}}{3}", -6)


def test_too_large_to_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_ENTRIES", 80)
    lines = worked(ca.conv(1, 1, ("H", "W"), "h"), {"H": 5, "W": 5, "h": 3})
    assert [(line.value, line.measured, line.agrees) for line in lines] == [(81, None, False)] * 2


def test_a_wrong_product_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_multiplied", lambda term, values: Multiplied((Number(Fraction(7)),)))
    with pytest.raises(ConvalgebraError, match="should be 81"):
        worked(ca.conv(1, 1, ("H", "W"), "h"), {"H": 5, "W": 5, "h": 3})


def test_mistakes() -> None:
    op = ca.conv(1, 1, "N", "m")
    with pytest.raises(ArgumentError, match="number for m too"):
        worked(op, {"N": 5, "other": 3})
    with pytest.raises(ArgumentError, match="operator="):
        worked("conv", {})  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="kernel_size"):
        worked(op, {"N": 2, "m": 3})
    with pytest.raises(ConvalgebraError, match="should be"):
        with_numbers(sympy.Rational(1, 2) * symbol("N"), {"N": 3})
