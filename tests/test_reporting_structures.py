"""Structures in LaTeX: part for part what the text form says, and true of the matrices."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings

import convalgebra as ca
from convalgebra.catalogue.types import ConvType, find_type, types
from convalgebra.errors import ArgumentError
from convalgebra.reporting.structures import group_form, master_form, master_forms, structure_latex
from convalgebra.testing.strategies.everything import operators
from tests.strategies import integer_weights

SIGNS = {
    r"\sum_{\mathbf{k}}": "Σ_k",
    r"\otimes": "⊗",
    r"\oplus": "⊕",
    r"^{\mathsf T}": "ᵀ",
    r"\Pi": "Π",
    r"\operatorname{flip}": "flip",
    "^{-1}": "⁻¹",
}


def of_latex(form: str) -> list[str]:
    """Return the signs of a LaTeX form as those of the text form, in order."""
    dots = form.replace(r"\cdots", "…").replace(r"\vdots", "…")
    known = "|".join(map(re.escape, SIGNS))
    found = re.findall(rf"{known}|…|(?<=[)}}]) \\, |(?<![\w\\}}{{])I_\{{|S_\{{k_\d", dots)
    return [as_text(sign) for sign in found]


def as_text(sign: str) -> str:
    if sign == r" \, ":
        return "·"
    return SIGNS.get(sign, {"I_{": "I("}.get(sign, sign.replace("_{k_", "_k")))


def of_text(form: str) -> list[str]:
    return re.findall(r"Σ_k|⊗|⊕|ᵀ|Π|flip|⁻¹|…|·|(?<!\w)I\(|S_k\d", form)


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_the_form_of_every_type_is_that_of_its_text(kind: ConvType) -> None:
    op = kind.make()
    assert of_latex(structure_latex(op)) == of_text(op.structure())
    assert master_form(op).endswith(structure_latex(op))
    for line in master_forms(op):
        assert line.count("{") == line.count("}")
        assert line.count(r"\left(") == line.count(r"\right)")
        assert not re.search(r"\^\{[^{}]*\}\^|\}_\{[^{}]*\}_\{", line)


@settings(max_examples=60)
@given(operators(largest=2000))
def test_so_is_the_form_of_every_operator(op: ca.Operator) -> None:
    form = structure_latex(op)
    assert of_latex(form) == of_text(op.structure())
    assert form.count("{") == form.count("}")


def test_a_convolution_by_the_theorem() -> None:
    op = ca.conv("D", "N_c", ("H", "W"), "h", stride=("s", 1), padding=("p", 0), dilation=("d", 1))
    left, right = master_form(op).split(" = \\sum", 1)
    assert left == op.latex()
    assert right == r"_{\mathbf{k}} W_{\mathbf{k}} \otimes S_{k_1;\, s, p, d} \otimes S_{k_2}"
    flipped = ca.conv(1, 1, "N", "m", flip=True)
    assert r"\operatorname{flip}(W)_{\mathbf{k}} \otimes S_{k_1}" in master_form(flipped)


def test_a_line_for_each_factor_in_the_order_of_application() -> None:
    lines = master_forms(find_type("depthwise_separable").make())
    assert len(lines) == 3
    assert r"\mathrm{depthwise}_{\mathbf{k}} \otimes S_{k_1}" in lines[0]
    assert r"\operatorname{diag}" in lines[1]
    assert r"\mathrm{pointwise}_{\mathbf{k}} \otimes" in lines[2]


@pytest.mark.parametrize(
    ("groups", "blocks"),
    [
        (2, r"\left(W^{(1)}_{\mathbf{k}}, W^{(2)}_{\mathbf{k}}\right)"),
        (3, r"\left(W^{(1)}_{\mathbf{k}}, \ldots, W^{(3)}_{\mathbf{k}}\right)"),
    ],
)
def test_groups_are_blocks_because_they_are(groups: int, blocks: str) -> None:
    op = ca.conv(6, 12, 5, 3, groups=groups)
    assert group_form(op) == r"W_{\mathbf{k}} = \operatorname{blockdiag}" + blocks
    (weight,) = integer_weights(op, 5).values()
    parts = dict(zip(op.blocks().weight_shapes, np.split(weight, groups), strict=True))
    assert (op.matrix(weight) != op.blocks().matrix(parts)).nnz == 0
    assert len(op.blocks().operators) == groups
    tap = (
        ca.TapWeights(6, 12, groups, (3,), (1,))
        .matrix(integer_weights(ca.TapWeights(6, 12, groups, (3,), (1,)), 5))
        .toarray()
    )
    rows, columns = np.nonzero(tap)
    assert (rows // (6 // groups) == columns // (12 // groups)).all()


def test_convolutions_are_letters_on_the_left() -> None:
    assert master_form(find_type("depthwise_separable").make()).startswith(
        r"C^{1 \times 1}_{D \to N_{c}} \, C^{h \times h}_{D \to D, g = D} = \left(\sum"
    )
    turned = master_form(ca.conv_transpose("D", "N_c", "N", "m"))
    assert turned == (
        r"\left(C^{m}_{N_{c} \to D}\right)^{\mathsf T} = "
        r"\left(\sum_{\mathbf{k}} W_{\mathbf{k}} \otimes S_{k_1}\right)^{\mathsf T}"
    )
    assert "=" not in master_form(ca.channel_shuffle("D", "N", groups="g"))


def test_no_groups_no_blocks() -> None:
    op = ca.conv(2, 3, 5, 3)
    assert master_forms(op) == (master_form(op),)
    assert group_form(op) == r"W_{\mathbf{k}} = \operatorname{blockdiag}\left(W^{(1)}_{\mathbf{k}}\right)"


def test_a_power_of_what_has_an_exponent_stands_in_brackets() -> None:
    local = ca.locally_connected(1, 1, 5, 3)
    assert structure_latex(local.T) == rf"\left({local.latex()}\right)^{{\mathsf T}}"


def test_mistakes() -> None:
    with pytest.raises(ArgumentError, match="operator="):
        structure_latex("conv")  # type: ignore[arg-type]
