"""The rules of the algebra: each keeps the matrix, the steps chain, and the end is an end."""

from __future__ import annotations

import dataclasses
from functools import reduce
from itertools import count, pairwise
from operator import methodcaller

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.operators.rules import RULES
from tests.strategies import integer_weights


def full(op: ca.Operator, weights: dict) -> np.ndarray:
    return op.matrix({name: weights[name] for name in op.weight_shapes}).toarray()


def check_simplification(op: ca.Operator) -> list[str]:
    """Check every step of a simplification on random integers, and return the names of its rules."""
    steps, simple = op.simplification(), op.simplify()
    weights = integer_weights(op, 7)
    expected = full(op, weights)
    assert (steps[0].before if steps else op) == op
    assert (steps[-1].after if steps else op) == simple
    assert all(one.after == two.before for one, two in pairwise(steps))
    for step in steps:
        assert step.rule in RULES
        assert step.before != step.after
        np.testing.assert_allclose(full(step.after, weights), expected, atol=1e-12)
        assert step.after.input_shape == op.input_shape
        assert step.after.output_shape == op.output_shape
        assert str(step).endswith(f"[{step.rule.name}]")
    assert simple.simplify() == simple
    assert simple.simplification() == ()
    return [step.rule.name for step in steps]


# --- one case or more for every rule ---

A, B, C, D = ca.Dense(2, 3, "a"), ca.Dense(3, 2, "b"), ca.Dense(2, 2, "c"), ca.Dense(2, 4, "d")
FIRST = ca.Selection(ca.Axis(9, 3, lo=1, hi=1), 1)
EVERY_OTHER = ca.Selection(ca.Axis(9, 1, stride=2), 0)
SHUFFLE = ca.channel_shuffle(6, (2, 3), groups=2)
CASES = [
    ("mixed product", ca.Product((ca.Kron((A, C)), ca.Kron((B, D))))),
    ("mixed product", ca.Product((ca.Kron((A, C, B)), ca.Kron((B, D, A))))),
    ("transpose of a product", ca.Product((A, B, D)).T),
    ("transpose", ca.Transposed(ca.Kron((A, C)))),
    ("transpose", ca.Transposed(ca.BlockDiag((A, D)))),
    ("transpose", ca.Transposed(ca.Transposed(A))),
    ("identity", ca.Product((ca.Identity(2), A, ca.Identity(3)))),
    ("identity", ca.Product((A, ca.Kron((ca.Identity(3), ca.Shuffle(1, 1)))))),
    ("identity", ca.Permutation((2, 3), (0, 1))),
    ("identity", ca.Shuffle(4, groups=4)),
    ("identity", ca.Fixed(((1, 0), (0, 1)))),
    ("inverse of a permutation", SHUFFLE.T @ SHUFFLE),
    ("inverse of a permutation", ca.Product((ca.Gather(3, (2, 0, 1)).T, ca.Gather(3, (2, 0, 1))))),
    ("inverse of a permutation", ca.Product((ca.Phases((2, 7), (3,)).T, ca.Phases((2, 7), (3,))))),
    ("inverse of a permutation", ca.Product((ca.Fourier(4, inverse=True), ca.Fourier(4)))),
    ("inverse of a permutation", ca.Product((ca.Fourier(4), ca.Fourier(4, inverse=True)))),
    (
        "product of permutations",
        ca.Product((ca.Permutation((3, 2, 4), (2, 1, 0)), ca.Permutation((2, 3, 4), (1, 0, 2)))),
    ),
    ("product of permutations", ca.Product((ca.Gather(3, (0, 2, 2)), ca.Gather(4, (3, 1, 0))))),
    ("product of selections", ca.Product((EVERY_OTHER, FIRST))),
    ("product of selections", ca.Product((ca.Selection(ca.Axis(9, 1, 2, -1, -2), 0), FIRST))),
    ("product of block diagonals", ca.Product((ca.BlockDiag((A, C)), ca.BlockDiag((B, D))))),
    ("common factor", ca.BlockDiag((ca.Kron((A, ca.Shuffle(4, 2))), ca.Kron((D, ca.Shuffle(4, 2)))))),
    ("one operand", ca.Sum((ca.Kron((A,)),))),
    ("one operand", ca.Product((A,))),
    ("associativity", ca.Kron((ca.Kron((A, C)), B))),
    ("associativity", ca.Product((ca.Product((A, B)), D))),
    ("associativity", ca.Sum((ca.Sum((A, A)), A))),
    ("associativity", ca.HStack((ca.HStack((A, C)), D))),
    ("associativity", ca.VStack((ca.VStack((B, C)), C))),
    ("reshape", ca.Reshaped(ca.Reshaped(SHUFFLE, (36,), (36,)), (4, 9), (9, 4))),
    ("reshape", ca.Reshaped(A, (3,), (2,))),
]


@pytest.mark.parametrize(("name", "op"), CASES)
def test_the_rule_that_is_meant_is_used_and_keeps_the_matrix(name: str, op: ca.Operator) -> None:
    assert name in check_simplification(op)


def test_every_rule_is_used_by_a_case() -> None:
    assert {name for name, _ in CASES} == {rule.name for rule in RULES}
    assert all(rule.statement and rule.source for rule in RULES)


def test_what_the_rules_make() -> None:
    mixed = ca.Product((ca.Kron((A, C)), ca.Kron((B, D)))).simplify()
    assert mixed == ca.Kron((ca.Product((A, B)), ca.Product((C, D))))
    assert ca.Product((A, B)).T.simplify() == ca.Product((B.T, A.T))
    blocks = ca.Product((ca.BlockDiag((A, C)), ca.BlockDiag((B, D)))).simplify()
    assert blocks == ca.BlockDiag((ca.Product((A, B)), ca.Product((C, D))))
    shared = ca.BlockDiag((ca.Kron((A, ca.Identity(3))), ca.Kron((D, ca.Identity(3))))).simplify()
    assert shared == ca.Kron((ca.BlockDiag((A, D)), ca.Identity(3)))
    assert ca.Product((ca.Gather(3, (0, 2, 2)), ca.Gather(4, (3, 1, 0)))).simplify() == ca.Gather(
        4, (3, 0, 0)
    )


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("pad", [0, 1, 2])
@pytest.mark.parametrize("tap", [0, 1, 2])
def test_a_decimated_selection_is_the_strided_one(stride: int, pad: int, tap: int) -> None:
    every = ca.Selection(ca.Axis(8, 3, lo=pad, hi=pad), tap)
    thinned = ca.Product((ca.Selection(ca.Axis(every.axis.outputs, 1, stride), 0), every))
    strided = ca.Selection(ca.Axis(8, 3, stride, pad, pad), tap)
    check_simplification(thinned)
    simple = thinned.simplify()
    assert isinstance(simple, ca.Selection)
    assert simple.axis.stride == stride
    assert (simple.matrix() != strided.matrix()).nnz == 0


@given(st.integers(1, 9), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.data())
@settings(max_examples=60, deadline=None)
def test_products_of_selections(size: int, kernel: int, s: int, t: int, data: st.DataObject) -> None:
    lo, hi = data.draw(st.integers(0, 2)), data.draw(st.integers(2, 4))
    inner = ca.Selection(ca.Axis(size, kernel, s, lo, hi), data.draw(st.integers(0, kernel - 1)))
    outs = inner.axis.outputs
    cut = data.draw(st.integers(0, outs - 1))
    outer = ca.Selection(ca.Axis(outs, 1, t, -cut, -data.draw(st.integers(0, outs - 1 - cut))), 0)
    check_simplification(ca.Product((outer, inner)))


@pytest.mark.parametrize("mode", ["circular", "reflect", "replicate", "zeros"])
def test_what_the_rule_of_selections_does_not_fit_stays_right(mode: str) -> None:
    padded = ca.Selection(ca.Axis(5, 1, lo=2, hi=1, padding_mode=mode), 0)
    again = ca.Selection(ca.Axis(8, 1, 2, 1, 1), 0)  # it pads, so two steps cannot be one
    assert check_simplification(ca.Product((again, padded))) == []
    assert check_simplification(ca.Product((FIRST.T, FIRST))) == []


# --- whatever is put together ---


def flat(op: ca.Operator) -> ca.Operator:
    """Read input and output as vectors."""
    rows, columns = op.shape
    plain = (op.output_shape, op.input_shape) == ((rows,), (columns,))
    return op if plain else ca.Reshaped(op, (columns,), (rows,))


def factorings(n: int) -> list[tuple[int, int]]:
    return [(a, n // a) for a in range(1, n + 1) if n % a == 0]


@st.composite
def trees(draw: st.DrawFn, rows: int, columns: int, depth: int, names) -> ca.Operator:
    """Draw an operator with this many rows and columns."""

    def below(r: int, c: int) -> ca.Operator:
        return draw(trees(r, c, depth - 1, names))

    leaves = ["dense", "gather"]
    leaves += ["identity", "permutation", "shuffle"] if rows == columns else []
    leaves += ["cropped"] if rows <= columns else []
    inner = ["product", "transposed", "kron", "pair", "sum", "reshaped"] if depth else []
    inner += ["blocks"] if depth and rows > 1 and columns > 1 else []
    kind = draw(st.sampled_from(inner or leaves)) if draw(st.booleans()) else draw(st.sampled_from(leaves))
    match kind:
        case "dense":
            return ca.Dense(rows, columns, f"w{next(names)}")
        case "gather":
            picks = st.lists(st.integers(0, columns - 1), min_size=rows, max_size=rows)
            return ca.Gather(columns, tuple(draw(picks)))
        case "identity":
            return ca.Identity(rows)
        case "permutation":
            return flat(ca.Permutation(draw(st.sampled_from(factorings(rows))), draw(orders())))
        case "shuffle":
            return ca.Shuffle(rows, draw(st.sampled_from(factorings(rows)))[0])
        case "cropped":
            cut = draw(st.integers(0, columns - rows))
            return ca.Selection(ca.Axis(columns, 1, 1, -cut, cut + rows - columns), 0)
        case "product":
            middle = draw(st.integers(1, 4))
            return ca.Product((below(rows, middle), below(middle, columns)))
        case "transposed":
            return flat(ca.Transposed(below(columns, rows)))
        case "sum":
            return ca.Sum((below(rows, columns), below(rows, columns)))
        case "reshaped":
            return flat(ca.Reshaped(below(rows, columns), (columns, 1), (1, rows)))
        case "blocks":
            top, left = draw(st.integers(1, rows - 1)), draw(st.integers(1, columns - 1))
            return flat(ca.BlockDiag((below(top, left), below(rows - top, columns - left))))
    (r1, r2), (c1, c2) = (draw(st.sampled_from(factorings(n))) for n in (rows, columns))
    if kind == "kron":
        return flat(ca.Kron((below(r1, c1), below(r2, c2))))
    m1, m2 = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    left, right = ((below(r1, m1), below(r2, m2)), (below(m1, c1), below(m2, c2)))
    return flat(ca.Product((ca.Kron(left), ca.Kron(right))))


def orders() -> st.SearchStrategy[tuple[int, int]]:
    return st.sampled_from([(0, 1), (1, 0)])


@given(st.integers(1, 6), st.integers(1, 6), st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_composition_keeps_its_matrix(rows: int, columns: int, data: st.DataObject) -> None:
    check_simplification(data.draw(trees(rows, columns, 3, count())))


@given(st.lists(st.permutations(range(4)), min_size=2, max_size=4))
@settings(max_examples=30, deadline=None)
def test_permutations_of_an_array_become_one(orders: list[list[int]]) -> None:
    ops, shape = [], (2, 3, 1, 4)
    for order in orders:
        ops.insert(0, ca.Permutation(shape, tuple(order)))
        shape = ops[0].output_shape
    op = ca.Product(tuple(ops))
    check_simplification(op)
    assert isinstance(op.simplify(), ca.Permutation | ca.Kron)
    back = ca.Product((*(p.T for p in reversed(ops)), *ops))
    check_simplification(back)
    assert back.simplify() == ca.Kron(tuple(map(ca.Identity, (2, 3, 1, 4))))


# --- names for sizes ---


def test_names_are_simplified_too() -> None:
    shuffle = ca.channel_shuffle("D", "N", groups="g")
    assert (shuffle.T @ shuffle).simplify() == ca.Kron((ca.Identity("D"), ca.Identity("N")))
    fourier = ca.Product((ca.Fourier("N", inverse=True), ca.Fourier("N")))
    assert fourier.simplify() == ca.Identity("N")
    turned = ca.Product((ca.Permutation(("H", "W"), (1, 0)).T, ca.Permutation(("H", "W"), (1, 0))))
    assert turned.simplify() == ca.Kron((ca.Identity("H"), ca.Identity("W")))
    a, b = ca.Dense("m", "n", "a"), ca.Dense("p", "q", "b")
    c, d = ca.Dense("n", "k", "c"), ca.Dense("q", "r", "d")
    mixed = ca.Product((ca.Kron((a, b)), ca.Kron((c, d))))
    assert mixed.simplify() == ca.Kron((ca.Product((a, c)), ca.Product((b, d))))
    assert ca.Product((a, c)).T.simplify() == ca.Product((c.T, a.T))


def test_selections_with_names_are_simplified_too() -> None:
    selected = ca.Selection(ca.Axis("N", "m"), 0)
    thin = ca.Product((ca.Selection(ca.Axis(selected.axis.outputs, 1, "s"), 0), selected)).simplify()
    assert isinstance(thin, ca.Selection)
    assert thin.axis.stride == ca.symbol("s")
    assert thin.subs(N=11, m=3, s=2).shape == (5, 11)


# --- expand ---

NUMBERS = {
    **{"D": 4, "N_c": 4, "H": 5, "W": 6, "N": 7, "T": 4, "h": 2, "s": 2, "l": 2, "g": 2, "b": 4},
    **{"q": 3, "C": 2, "p": 1, "r": 2},
}


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_an_expanded_type_has_the_same_matrix(kind) -> None:
    named = kind.make()
    op = named.subs({n: v for n, v in NUMBERS.items() if n in {str(x) for x in named.symbols}})
    expanded, weights = op.expand(), integer_weights(op, 11)
    np.testing.assert_allclose(full(expanded, weights), full(op, weights), atol=1e-9)
    assert (expanded.input_shape, expanded.output_shape) == (op.input_shape, op.output_shape)
    assert expanded.weight_shapes == op.weight_shapes
    assert expanded.expand().structure() == expanded.structure()


@pytest.mark.parametrize("name", ["conv", "depthwise_separable", "conv_transpose", "shuffled_grouped"])
def test_what_is_expanded_can_be_simplified(name: str) -> None:
    (kind,) = (t for t in types() if t.name == name)
    named = kind.make()
    small = NUMBERS | {"H": 3, "W": 4}
    op = named.subs({n: v for n, v in small.items() if n in {str(x) for x in named.symbols}})
    check_simplification(op.expand())


# --- structure ---


@pytest.mark.parametrize(
    ("op", "text"),
    [
        (ca.conv(1, 1, 5, 3), "Σ_k W_k ⊗ S_k1"),
        (ca.conv(1, 1, 5, 3, name="v"), "Σ_k v_k ⊗ S_k1"),
        (ca.conv_transpose(1, 1, 5, 3), "(Σ_k W_k ⊗ S_k1)ᵀ"),
        (ca.Product((A, ca.Kron((B,)))), "a · b"),
        (ca.Kron((ca.Dense(2, 2), ca.Identity("N"))), "W ⊗ I(N)"),
        (ca.Product((ca.Kron((A, C)), ca.Kron((B, D)))), "(a ⊗ c) · (b ⊗ d)"),
        (ca.Sum((A, A)), "a + a"),
        (ca.BlockDiag((A, B)), "a ⊕ b"),
        (ca.BlockDiag((A,) * 5), "a ⊕ … ⊕ a"),
        (ca.VStack((B, C)), "[b; c]"),
        (ca.HStack((A, C)), "[a, c]"),
        (A.T, "aᵀ"),
        (ca.Fourier(4, inverse=True), "F(4)⁻¹"),
        (ca.Fourier("N"), "F(N)"),
        (ca.Permutation((2, 3), (1, 0)), "Π(2,1)"),
        (ca.Shuffle("D", groups="g"), "Π(g)"),
        (ca.Gather(3, (0, 2)), "G(2×3)"),
        (ca.Fixed(((1, 2, 3),)), "T(1×3)"),
        (ca.Phases((1, 4), (2,)), "R(2)"),
        (ca.Selection(ca.Axis("N", 3), 1), "S_1(N)"),
        (
            ca.Selection(ca.Axis("N", 3, stride="s", lo=ca.symbol("N") - 1, hi=0), 1),
            "S_1[s, p=N - 1:0](N)",
        ),
        (ca.Selection(ca.Axis(6, 1, 2, 1, 1, 1, "circular"), 0), "S_0[s=2, p=1, circular](6)"),
        (ca.Selection(ca.Axis(6, 1, 1, -1, -2), 0), "S_0[p=-1:-2](6)"),
        (ca.Unfold(ca.Axis(6, 3, dilation=2)), "E[d=2](3)"),
        (ca.Filter(ca.Axis(6, 2, stride=2), "average"), "average[s=2](2)"),
        (ca.conv(1, 1, (5, 5), 3, stride=(1, 2), name="v"), "Σ_k v_k ⊗ S_k1 ⊗ S_k2[s=2]"),
        (ca.conv(1, 1, 5, 3, flip=True), "Σ_k flip(W)_k ⊗ S_k1"),
    ],
)
def test_the_structure_in_one_line(op: ca.Operator, text: str) -> None:
    assert op.structure() == text


@pytest.mark.parametrize(
    ("op", "latex"),
    [
        (ca.Selection(ca.Axis("N", 3), 1), "S_{1}"),
        (ca.Selection(ca.Axis(6, 3, 2, 1, 1), 0), r"S_{0;\, s=2, p=1}"),
        (ca.Selection(ca.Axis(6, 1, 1, 1, -2, 1, "reflect"), 0), r"S_{0;\, p=1{:}{-2}, \text{reflect}}"),
        (ca.Selection(ca.Axis(6, 3, 2), 0).T, r"S_{0;\, s=2}^{\mathsf T}"),
        (ca.Unfold(ca.Axis(6, 3, dilation=2)), r"E_{3;\, d=2}"),
        (ca.Filter(ca.Axis(6, 2, stride=2), "average"), r"\operatorname{average}_{2;\, s=2}"),
        (ca.TapWeights(2, 2, 1, (3,), (1,)), "W_{1}"),
        (ca.TapWeights(2, 2, 1, (3,), (1,), "mix_2"), r"\mathrm{mix\_2}_{1}"),
        (ca.TapWeights(2, 2, 1, (3,), (), "mix"), r"\mathrm{mix}"),
        (ca.Dense(2, 2, "mix"), r"\mathrm{mix}_{2 \times 2}"),
    ],
)
def test_a_leaf_in_latex(op: ca.Operator, latex: str) -> None:
    assert op.latex() == latex


@pytest.mark.parametrize("field", ["stride", "lo", "hi", "dilation", "padding_mode"])
@pytest.mark.parametrize("kind", ["selection", "unfold", "filter"])
def test_operators_that_differ_in_an_option_read_differently(field: str, kind: str) -> None:
    make = {
        "selection": lambda axis: ca.Selection(axis, 0),
        "unfold": ca.Unfold,
        "filter": lambda axis: ca.Filter(axis, "box"),
    }[kind]
    plain = ca.Axis(6, 2)
    other = dataclasses.replace(plain, **{field: "circular" if field == "padding_mode" else 2})
    for write in (methodcaller("structure"), methodcaller("latex")):
        assert write(make(plain)) != write(make(other))


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_every_type_has_a_structure(kind) -> None:
    text = kind.make().structure()
    assert text.strip()
    assert "\n" not in text
    assert "Reshaped" not in text


# --- Kronecker products of what is side by side ---

E, F = ca.Dense(2, 3, "e"), ca.Dense(1, 2, "f")
ASIDE = {
    "sum": ca.Sum((E, ca.Gather(3, (1, 1)))),
    "blocks": ca.BlockDiag((E, F)),
    "vstack": ca.VStack((E, ca.Dense(1, 3, "f"))),
    "hstack": ca.HStack((E, ca.Dense(2, 2, "f"))),
}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("kind", ASIDE)
@pytest.mark.parametrize("other", [ca.Identity(2), ca.Dense(2, 2, "o"), ca.Gather(2, (1, 0, 0))])
def test_a_kron_with_what_is_side_by_side(place: int, kind: str, other: ca.Operator) -> None:
    parts = [other, ca.Identity(2)]
    parts.insert(place, ASIDE[kind])
    check_kron(ca.Kron(tuple(parts)))


@pytest.mark.parametrize("first", ASIDE)
@pytest.mark.parametrize("second", ASIDE)
def test_a_kron_of_two_that_are_side_by_side(first: str, second: str) -> None:
    g, h = ca.Dense(1, 2, "g"), ca.Dense(1, 2, "h")
    kinds = {"sum": ca.Sum, "blocks": ca.BlockDiag, "vstack": ca.VStack, "hstack": ca.HStack}
    check_kron(ca.Kron((ASIDE[first], kinds[second]((g, h)))))


def check_kron(op: ca.Kron) -> None:
    weights = integer_weights(op, 3)
    expected = reduce(np.kron, [full(part, weights) for part in op.operators])
    np.testing.assert_array_equal(full(op, weights), expected)
    np.testing.assert_array_equal(full(op.T, weights), expected.T)
    x = np.arange(op.shape[1])
    np.testing.assert_array_equal(op.linear_operator(weights) @ x, expected @ x)
    assert ca.measure(op) == ca.Counts(op.multiplications, op.additions)
    check_simplification(op)
