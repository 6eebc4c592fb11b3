"""The form in which formulas print: what a reader would read is what is meant."""

from __future__ import annotations

import numpy as np
import sympy

import convalgebra as ca
from tests.conftest import optional

k, p = ca.symbol("k"), ca.symbol("p")


def test_what_is_summed_stands_in_brackets_where_it_is_a_sum() -> None:
    assert ca.latex(sympy.Sum(p - k, (k, 0, p))) == r"\sum_{k=0}^{p} \left(p - k\right)"
    assert ca.latex(5 - 2 * sympy.Sum(-k, (k, 0, 1))) == r"5 - 2 \sum_{k=0}^{1} \left(- k\right)"
    assert ca.latex(sympy.Sum(k * p, (k, 0, p))) == r"\sum_{k=0}^{p} k p"


def test_a_condition_of_divisibility_reads_as_a_person_says_it() -> None:
    divides = sympy.Eq(sympy.Mod(p, k), 0)
    assert (ca.text(divides), ca.latex(divides)) == ("k divides p", r"k \mid p")
    assert ca.text(sympy.Eq(sympy.Mod(p, k), 1)) == "p mod k = 1"
    assert ca.text(sympy.Ne(sympy.Mod(p + 1, 2 * k), 0)) == "(p + 1) mod (2*k) != 0"
    assert ca.text(sympy.Eq(p + 1, k)) in ("k = p + 1", "p + 1 = k")


def test_a_weight_that_is_trained_is_taken_as_it_is() -> None:
    torch = optional("torch")
    layer = torch.nn.Conv2d(2, 3, 3)
    matrix = ca.conv(2, 3, (5, 4), 3).matrix(layer.weight)
    assert np.array_equal(matrix.data[:3], layer.weight.detach().numpy()[0, 0, 0])
