"""Index formulas: what they give for numbers is what the matrix gives, and they read as in the books."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings

import convalgebra as ca
from convalgebra.catalogue.types import find_type, types
from convalgebra.errors import ArgumentError, ConvalgebraError, ShapeError, SymbolError
from convalgebra.reporting.indices import evaluate, index_formulas
from convalgebra.testing.strategies.everything import kinds, operators
from convalgebra.testing.strategies.layers import convs
from tests.strategies import integer_array, integer_weights, seeds

SMALL = {
    **{"D": 4, "N_c": 4, "H": 5, "W": 6, "N": 7, "T": 4, "h": 3, "s": 2, "l": 2},
    **{"g": 2, "b": 4, "q": 3, "p": 1, "r": 2, "C": 2},
}


def small(op: ca.Operator) -> ca.Operator:
    return op.subs({str(s): SMALL[str(s)] for s in op.symbols})


def check(op: ca.Operator, seed: int = 7) -> None:
    weights = integer_weights(op, seed)
    x = integer_array(tuple(map(int, op.input_shape)), seed)
    found = evaluate(index_formulas(op), x, weights)
    expected = op.matrix(weights) @ x.reshape(-1)
    assert found.shape == tuple(op.output_shape)
    if expected.dtype.kind == "i" and found.dtype.kind == "i":
        assert (found.reshape(-1) == expected).all()
    else:
        np.testing.assert_allclose(found.reshape(-1), expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_a_formula_gives_what_the_matrix_gives(kind: ca.catalogue.types.ConvType) -> None:
    check(small(kind.make()))


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_a_transpose_too(kind: ca.catalogue.types.ConvType) -> None:
    check(small(kind.make()).T)


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_every_type_has_sums_and_no_bare_matrix(kind: ca.catalogue.types.ConvType) -> None:
    formulas = index_formulas(kind.make())
    assert not any(formula.as_matrix for formula in formulas)
    assert [f.reads for f in formulas] == ["x", *(f.gives for f in formulas[:-1])]
    assert formulas[-1].gives == "y"
    for formula in formulas:
        assert formula.lines()
        assert all("Dummy" not in line and "_{}" not in line for line in formula.lines())


@given(convs(ranks=(1, 2, 3)), seeds())
def test_convolutions(op: ca.Conv, seed: int) -> None:
    check(op, seed)


@given(kinds()["conv_transpose"].operators, seeds())
def test_transposed_convolutions(op: ca.Operator, seed: int) -> None:
    check(op, seed)


@given(operators(largest=4000), seeds())
def test_everything(op: ca.Operator, seed: int) -> None:
    if any(f.as_matrix for f in index_formulas(op)) or has_modulus(op):
        return
    check(op, seed)


def has_modulus(op: ca.Operator) -> bool:
    parts = [getattr(op, "modulus", None)]
    parts += [getattr(transform, "modulus", None) for transform in getattr(op, "transforms", ())]
    return any(p is not None for p in parts) or any(map(has_modulus, op.operands))


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind(name: str) -> None:
    @settings(max_examples=25)
    @given(kinds()[name].operators, seeds())
    def run(op: ca.Operator, seed: int) -> None:
        if op.shape[0] * op.shape[1] <= 3000 and not has_modulus(op):
            check(op, seed)

    run()


def test_modulo_a_prime() -> None:
    op = ca.fourier_conv(2, 1, 4, 3, modulus=13)
    weights, x = integer_weights(op, 3), integer_array((2, 4), 3)
    found = evaluate(index_formulas(op), x, weights).reshape(-1)
    plain = ca.conv(2, 1, 4, 3, padding="same", padding_mode="circular")
    assert ((found - plain.matrix(weights) @ x.reshape(-1)) % 13 == 0).all()
    assert index_formulas(op)[0].definitions() == (r"\omega_{4} \equiv 8 \pmod{13}",)


READ = {
    "conv": r"y_{o,i,j} = \sum_{c} \sum_{a,b} w_{o,c,a,b}\, x_{c,\,i+a,\,j+b}",
    "convolution": r"y_{o,i,j} = \sum_{c} \sum_{a,b} w_{o,\,c,\,h-1-a,\,h-1-b}\, x_{c,\,i+a,\,j+b}",
    "single_channel": r"y_{i,j} = \sum_{a,b} w_{a,b}\, x_{i+a,\,j+b}",
    "strided": r"y_{o,i,j} = \sum_{c} \sum_{a,b} w_{o,c,a,b}\, x_{c,\,s i+a,\,s j+b}",
    "same": r"y_{o,i,j} = \sum_{c} \sum_{a,b} w_{o,c,a,b}\, x_{c,\,i+a-1,\,j+b-1}",
    "conv_transpose": r"y_{c,u,v} = \sum_{o} \sum_{a,b} w_{o,c,a,b}\, x_{o,\,u-a,\,v-b}",
    "depthwise": r"y_{c,i,j} = \sum_{a,b} w^{\mathrm{depthwise}}_{c,a,b}\, x_{c,\,i+a,\,j+b}",
    "channel_shuffle": r"y_{c,i,j} = x_{\tfrac{D}{g} (c \bmod g)+\lfloor c/g \rfloor,\,i,\,j}",
    "average_pool": r"y_{c,i,j} = \frac{1}{h^{2}} \sum_{a,b} x_{c,\,h i+a,\,h j+b}",
    "zero_insertion": r"y_{c,\,s i,\,s j} = x_{c,i,j}",
    "upsample_nearest": r"y_{c,u,v} = x_{c,\,\lfloor u/r \rfloor,\,\lfloor v/r \rfloor}",
    "pixel_shuffle": (
        r"y_{c,u,v} = x_{4 c+2 (u \bmod 2)+(v \bmod 2),\,\lfloor u/2 \rfloor,\,\lfloor v/2 \rfloor}"
    ),
}


@pytest.mark.parametrize("name", READ)
def test_it_reads_as_in_the_literature(name: str) -> None:
    (formula,) = index_formulas(find_type(name).make())
    assert formula.latex() == READ[name]


def test_a_transposed_convolution_of_any_stride_sums_over_what_meets_an_output() -> None:
    (formula,) = index_formulas(ca.conv_transpose(1, 1, "n", "m", stride="s", padding="p"))
    assert formula.latex() == r"y_{u} = \sum_{i,a:\, s i+a-p = u} w_{a}\, x_{i}"
    assert formula.writes_outside
    assert not formula.reads_outside
    (blocks,) = index_formulas(ca.conv_transpose(1, 1, "n", "s", stride="s"))
    assert blocks.latex() == r"y_{u} = w_{u \bmod s}\, x_{\lfloor u/s \rfloor}"


@pytest.mark.parametrize(
    ("mode", "read"),
    [
        ("circular", r"(i+a-1) \bmod N"),
        ("replicate", r"\min(\max(i+a-1, 0), N-1)"),
        ("reflect", r"\rho_{N}(i+a-1)"),
    ],
)
def test_padding_that_repeats_is_in_the_index(mode: str, read: str) -> None:
    (formula,) = index_formulas(ca.conv(1, 1, "N", 3, padding=1, padding_mode=mode))
    assert formula.latex() == rf"y_{{i}} = \sum_{{a}} w_{{a}}\, x_{{{read}}}"
    assert not formula.reads_outside
    assert bool(formula.definitions()) == (mode == "reflect")


def falls_outside(op: ca.Operator) -> bool:
    """Say whether an index of an input falls outside of it, by going through all of them."""
    found = False
    for formula in index_formulas(op):
        for term in formula.terms:
            for at in product(*(range(int(r.count)) for r in term.ranges)):
                values = {r.index: v for r, v in zip(term.ranges, at, strict=True)}
                places = [int(e.xreplace(values)) for e in term.input]
                sizes = map(int, term.reads.shape)
                found |= not all(0 <= p < n for p, n in zip(places, sizes, strict=True))
    return found


@settings(max_examples=25)
@given(convs(modes=("zeros",), ranks=(1, 2)).filter(lambda op: op.taps < 150))
def test_the_flag_tells_what_falls_outside(op: ca.Conv) -> None:
    assert index_formulas(op)[0].reads_outside == falls_outside(op)
    if falls_outside(op.T):
        assert index_formulas(op.T)[0].reads_outside


def test_what_falls_outside_is_said() -> None:
    assert index_formulas(ca.conv(1, 1, "N", 3, padding=1))[0].reads_outside
    assert not index_formulas(ca.conv(1, 1, "N", 3))[0].reads_outside
    # One padding zero at the end that no strided window reaches.
    assert not index_formulas(ca.conv(1, 1, 5, 3, stride=2, padding=((0, 1),)))[0].reads_outside
    (spread,) = index_formulas(ca.zero_insertion(1, "n", 2))
    assert spread.zero_elsewhere
    assert not spread.writes_outside


def test_indices_take_no_letter_of_a_size() -> None:
    (formula,) = index_formulas(ca.conv("c", "o", "i", "a", stride="b"))
    letters = {str(r.index) for term in formula.terms for r in term.ranges}
    assert not letters & {"c", "o", "i", "a", "b"}
    assert len(letters) == 4


def test_ranges_and_tables() -> None:
    (formula,) = index_formulas(ca.conv("D", "N_c", "N", "m"))
    assert formula.ranges() == (
        r"0 \le o < N_{c}",
        r"0 \le i < N - m + 1",
        r"0 \le c < D",
        r"0 \le a < m",
    )
    (fixed,) = index_formulas(ca.Fixed(((1, 2), (0, 1))))
    assert fixed.definitions() == (r"\tau = \begin{pmatrix} 1 & 2 \\ 0 & 1 \end{pmatrix}",)


def test_sums_of_products_are_said_to_be_matrices() -> None:
    op = ca.resnext_block(4, 4, (4, 4), 3, groups=2, middle_channels=4, padding=1, form="split")
    (formula,) = index_formulas(op)
    assert formula.as_matrix
    assert formula.latex().startswith(r"y = \left(")
    check(op)


def test_weight_names_are_escaped() -> None:
    (formula,) = index_formulas(ca.conv(1, 1, 5, 3, name="a_b_c"))
    assert r"w^{\mathrm{a\_b\_c}}" in formula.latex()


def test_mistakes() -> None:
    formulas = index_formulas(ca.conv(1, 1, 5, 3))
    with pytest.raises(ArgumentError, match="operator="):
        index_formulas("conv")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="x: shape"):
        evaluate(formulas, [1, 2], [[[1, 1, 1]]])
    with pytest.raises(SymbolError):
        evaluate(index_formulas(ca.conv(1, 1, "N", 3)), [1, 2], [[[1, 1, 1]]])
    with pytest.raises(ConvalgebraError, match="weight"):
        evaluate(formulas, [1, 2, 3, 4, 5])


def test_a_mean_divides_by_the_inputs_that_are_there() -> None:
    (formula,) = index_formulas(ca.average_pool(1, "n", "m", padding=1, count_include_pad=False))
    assert formula.latex() == r"y_{i} = \frac{1}{\nu_{i}} \sum_{a} x_{m i+a-1}"
    (definition,) = formula.definitions()
    assert definition == r"\nu_{i} = \max(\min(n-m i, m-1)-\max(1-m i, 0)+1, 1)"
