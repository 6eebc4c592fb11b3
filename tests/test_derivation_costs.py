"""Derivations of costs and ratios: which steps are told, what is closed, what is cancelled."""

from __future__ import annotations

from typing import Any

import pytest
import sympy

import convalgebra as ca
from convalgebra.counting.grids import sample_points
from convalgebra.derivation.brackets import Tally
from convalgebra.derivation.costs import derive_cost
from convalgebra.proofs import Max

N, m, M, p = map(ca.symbol, ("N", "m", "M", "p"))


@pytest.mark.parametrize(
    ("op", "told"),
    [
        (
            ca.conv(1, 1, 5, 3, padding=1),
            [
                "mult(A) = sum([0 <= i + k - 1 < 5], i < 5, k < 3)"
                "    [one product per output and tap that reads inside the input; definition]",
                "sum([0 <= i + k - 1 < 5], i < 5, k < 3) = 4 + 4 + 5"
                "    [the outputs at which each tap reads inside]",
                "4 + 4 + 5 = 13    [carry out the sums]",
            ],
        ),
        (
            ca.conv("D", 3, ("H", "W"), (1, 3)),
            [
                "mult(A) = 3*D*sum([0 <= i < H]*[0 <= j + l < W], i < H, j < W - 2, l < 3)"
                "    [one product per channel pair, output and tap that reads inside "
                "the input; definition]",
                "3*D*sum([0 <= i < H]*[0 <= j + l < W], i < H, j < W - 2, l < 3) = "
                "3*D*Sum(1, (i, 0, H - 1))*Sum(1, (i, 0, W - 3), (k, 0, 2))"
                "    [without padding every tap reads inside]",
                "3*D*Sum(1, (i, 0, H - 1))*Sum(1, (i, 0, W - 3), (k, 0, 2)) = 9*D*H*(W - 2)"
                "    [carry out the sums]",
                "if W >= 3",
            ],
        ),
        (
            ca.pointwise("D", "M", "N"),
            [
                "mult(A) = D*M*sum([0 <= i < N], i < N)"
                "    [one product per channel pair and output that reads inside the input; definition]",
                "D*M*sum([0 <= i < N], i < N) = D*M*Sum(1, (i, 0, N - 1))"
                "    [without padding every tap reads inside]",
                "D*M*Sum(1, (i, 0, N - 1)) = D*M*N    [carry out the sums]",
            ],
        ),
        (
            ca.pointwise(1, 1, "N"),
            [
                "mult(A) = sum([0 <= i < N], i < N)"
                "    [one product per output that reads inside the input; definition]",
                "sum([0 <= i < N], i < N) = Sum(1, (i, 0, N - 1))"
                "    [without padding every tap reads inside]",
                "Sum(1, (i, 0, N - 1)) = N    [carry out the sums]",
            ],
        ),
        (ca.Identity(4), ["mult(A) = 0    [it has no weights: nothing in it counts]"]),
        (
            ca.BlockDiag((ca.Dense(2, 3, "a"), ca.Dense(2, 3, "b"), ca.Dense(1, 3, "c"))),
            [
                "mult(a) = 6    [the entries of the matrix, by its structure]",
                "mult(c) = 3    [the entries of the matrix, by its structure]",
                "mult(A) = 2*mult(a) + mult(c)"
                "    [blocks are run apart, each on its own channels: their costs add up; block diagonal]",
                "2*mult(a) + mult(c) = 15    [put in the counts]",
            ],
        ),
        (
            ca.BlockDiag((ca.Dense(2, 3, "a"), ca.Identity(4))),
            [
                "mult(a) = 6    [the entries of the matrix, by its structure]",
                "mult(A) = mult(a)"
                "    [blocks are run apart, each on its own channels: their costs add up; block diagonal]",
                "mult(a) = 6    [put in the counts]",
            ],
        ),
        (
            # Both cost 24: the count that is named after a is that of a.
            ca.VStack(
                (
                    ca.Kron((ca.Identity(2), ca.Dense(4, 3, "a"))),
                    ca.Kron((ca.Identity(3), ca.Dense(4, 2, "b"))),
                )
            ),
            [
                "mult(a) = 2*12    [the entries of a Kronecker product are those of its operands, "
                "multiplied; Kronecker product]",
                "2*12 = 24    [carry out the product]",
                "mult(A) = 2*mult(a)"
                "    [operators one below the other are run apart: their costs add up; stack]",
                "2*mult(a) = 48    [put in the counts]",
            ],
        ),
        (
            ca.Kron((ca.Dense(2, 3, "a"), ca.Dense(2, 2, "b"))),
            [
                "mult(A) = 6*4    [the entries of a Kronecker product are those of its "
                "operands, multiplied; "
                "Kronecker product]",
                "6*4 = 24    [carry out the product]",
            ],
        ),
        (
            ca.conv(1, 2, (4, 5), (2, 3), padding=((1, 0), (0, 1))),
            [
                "mult(A) = 2*sum([0 <= j + l < 5]*[0 <= i + k - 1 < 4], i < 4, j < 4, k < 2, l < 3)"
                "    [one product per channel pair, output and tap that reads inside the input; "
                "definition]",
                "2*sum([0 <= j + l < 5]*[0 <= i + k - 1 < 4], i < 4, j < 4, k < 2, l < 3)"
                " = 2*sum([0 <= j + l < 5], j < 4, l < 3)*sum([0 <= i + k - 1 < 4], i < 4, k < 2)"
                "    [the axes do not depend on each other; distributive law]",
                "2*sum([0 <= j + l < 5], j < 4, l < 3)*sum([0 <= i + k - 1 < 4], i < 4, k < 2)"
                " = 2*(3 + 4)*(3 + 4 + 4)    [the outputs at which each tap reads inside]",
                "2*(3 + 4)*(3 + 4 + 4) = 154    [carry out the sums]",
            ],
        ),
        (
            ca.locally_connected(2, 3, (5, 4), (3, 1)),
            [
                "mult(A) = 6*sum([0 <= j < 4]*[0 <= i + k < 5], i < 3, j < 4, k < 3)"
                "    [one product per channel pair, output and tap that reads inside the input; "
                "definition]",
                "6*sum([0 <= j < 4]*[0 <= i + k < 5], i < 3, j < 4, k < 3)"
                " = 6*Sum(1, (i, 0, 3))*Sum(1, (i, 0, 2), (k, 0, 2))"
                "    [without padding every tap reads inside]",
                "6*Sum(1, (i, 0, 3))*Sum(1, (i, 0, 2), (k, 0, 2)) = 216    [carry out the sums]",
            ],
        ),
        (
            ca.Kron((ca.Dense(2, 3, "a"), ca.Filter(ca.Axis(7, 3, stride=2, lo=1, hi=2)))),
            [
                "mult(A) = 6*sum([0 <= 2*i + k - 1 < 7], i < 4, k < 3)    [one product per "
                "entry of the other operands, output and tap that reads inside the input; definition]",
                "6*sum([0 <= 2*i + k - 1 < 7], i < 4, k < 3) = 6*(3 + 3 + 4)"
                "    [the outputs at which each tap reads inside]",
                "6*(3 + 3 + 4) = 60    [carry out the sums]",
            ],
        ),
        (
            ca.Kron(
                (
                    ca.Dense(2, 3, "a"),
                    ca.Selection(ca.Axis(9, 3, stride=2, lo=2, hi=1, dilation=2), 0).T,
                    ca.Identity(2),
                )
            ),
            [
                "mult(A) = 12*sum([0 <= 2*i - 2 < 9], i < 4)    [one product per "
                "entry of the other operands and output that reads inside the input; definition]",
                "12*sum([0 <= 2*i - 2 < 9], i < 4) = 12*3    [the outputs at which each tap reads inside]",
                "12*3 = 36    [carry out the sums]",
            ],
        ),
        (
            ca.Kron((ca.Selection(ca.Axis(9, 3, lo=2, hi=1, dilation=2), 1), ca.Dense(2, 3, "a"))),
            [
                "mult(A) = 6*sum([0 <= i < 9], i < 8)    [one product per "
                "entry of the other operands and output that reads inside the input; definition]",
                "6*sum([0 <= i < 9], i < 8) = 6*8    [the outputs at which each tap reads inside]",
                "6*8 = 48    [carry out the sums]",
            ],
        ),
        (
            ca.Kron((ca.Dense(2, 3, "a"), ca.Selection(ca.Axis(7, 3, lo=1, padding_mode="reflect"), 1))),
            [
                "mult(A) = 6*6    [the entries of a Kronecker product are those of its "
                "operands, multiplied; Kronecker product]",
                "6*6 = 36    [carry out the product]",
            ],
        ),
        (
            # Where padding repeats inputs, two taps may read one of them: no sum over taps is the count.
            ca.Kron((ca.Dense(2, 3, "a"), ca.Filter(ca.Axis(7, 3, lo=1, hi=1, padding_mode="reflect")))),
            [
                "mult(A) = 6*19    [the entries of a Kronecker product are those of its "
                "operands, multiplied; Kronecker product]",
                "6*19 = 114    [carry out the product]",
            ],
        ),
        (
            ca.conv(1, 1, 5, 3, padding=1, padding_mode="circular"),
            [
                "mult(C) = sum([0 <= i + k < 7], i < 5, k < 3)"
                "    [one product per output and tap that reads inside the input; definition]",
                "sum([0 <= i + k < 7], i < 5, k < 3) = Sum(1, (i, 0, 4), (k, 0, 2))"
                "    [without padding every tap reads inside]",
                "Sum(1, (i, 0, 4), (k, 0, 2)) = 15    [carry out the sums]",
                "mult(A) = mult(C)    [the padding repeats inputs, so every tap multiplies: "
                "the padded image is convolved; padding]",
                "mult(C) = 15    [put in the counts]",
            ],
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, ca.Operator) else "",
)
def test_costs_are_told_step_by_step(op: ca.Operator, told: list[str]) -> None:
    derivation = derive_cost(op)
    assert derivation.text().splitlines() == told
    assert derivation.verify(sample_points([op], derivation.conditions, 4))


@pytest.mark.parametrize(
    ("op", "reason", "rule"),
    [
        (
            ca.conv(1, 1, 5, 3).T,
            "the transpose has the same entries, each at its mirrored place",
            "transpose",
        ),
        (
            ca.OnWeight(ca.conv(1, 1, 5, 3)),
            "one entry for each product of a weight with an input value",
            "im2col",
        ),
    ],
    ids=["transpose", "on weight"],
)
def test_a_cost_that_is_another_ones_says_why(op: ca.Operator, reason: str, rule: str) -> None:
    told = derive_cost(op).text().splitlines()
    assert told[-2:] == [f"mult(A) = mult(C)    [{reason}; {rule}]", "mult(C) = 9    [put in the counts]"]


@pytest.mark.parametrize("both", [ca.BlockDiag, ca.VStack, ca.HStack, ca.Sum])
def test_parts_that_read_padding_alone_cost_nothing(both: Any) -> None:
    beyond = ca.conv(1, 1, 1, 1, padding=((2, -1),))
    derivation = derive_cost(both((beyond, beyond)))
    assert derivation.result == ca.measure(both((beyond, beyond))).multiplications == 0
    assert str(derivation.steps[-1]) == "2*mult(weight) = 0    [put in the counts]"
    told = derive_cost(both((beyond, ca.conv(1, 1, 1, 1, padding=((1, 0),), name="b")))).text().splitlines()
    assert told[-1] == "mult(b) + mult(weight) = 1    [put in the counts]"


@pytest.mark.parametrize(
    ("op", "last"),
    [
        (ca.conv(1, 1, "N", 2 * p + 1, padding=p), "carry out the sums"),
        (ca.conv(1, 1, "N", 2 * p + 1, padding=p).T, "put in the counts"),
        (ca.OnWeight(ca.conv(1, 1, "N", 2 * p + 1, padding=p)), "put in the counts"),
        (ca.VStack((ca.conv(1, 1, "N", 2 * p + 1, padding=p),) * 2), "put in the counts"),
        (ca.spatially_separable("D", "M", ("N", "N"), 2 * p + 1, padding=p), "common factors"),
    ],
    ids=repr,
)
def test_a_sum_is_closed_once_and_for_all(op: ca.Operator, last: str) -> None:
    """Padding makes it a sum over taps, closed where the image is not shorter than the padding."""
    derivation = derive_cost(op)
    sums = [step.right for step in derivation.steps if step.right.has(Max)]
    assert len(sums) == len(set(sums)) > 0, "no step leads back to a sum"
    assert not derivation.result.has(sympy.Sum, Max)
    assert sympy.Ge(N, p) in derivation.conditions
    assert derivation.steps[-1].reason_text() == last
    assert derivation.verify([dict.fromkeys(map(str, derivation.symbols), size) for size in (1, 2)])


def test_counts_that_are_put_in_are_factored_where_they_have_common_factors() -> None:
    told = derive_cost(ca.depthwise_separable("D", "M", "N", 2)).text().splitlines()
    assert told[-3:] == [
        "mult(depthwise) + mult(pointwise) = D*M*(N - 1) + 2*D*(N - 1)    [put in the counts]",
        "D*M*(N - 1) + 2*D*(N - 1) = D*(M + 2)*(N - 1)    [common factors]",
        "if N >= 2",
    ]
    assert (
        told[-4] == "mult(A) = mult(depthwise) + mult(pointwise)    [the costs of factors add up; product]"
    )


@pytest.mark.parametrize(("lo", "reads"), [(-1, "i + k + 1"), (0, "i + k")])
def test_on_a_cropped_image_each_tap_reads_inside_at_every_output(lo: int, reads: str) -> None:
    told = derive_cost(ca.conv(1, 1, 6, 3, padding=((lo, -1 - lo),))).text().splitlines()
    assert told[1:] == [
        f"sum([0 <= {reads} < 6], i < 3, k < 3) = 3 + 3 + 3"
        "    [the outputs at which each tap reads inside]",
        "3 + 3 + 3 = 9    [carry out the sums]",
    ]


@pytest.mark.parametrize("padding", [(1, 0), (0, 1), (1, 1)], ids=str)
def test_with_padding_at_one_end_too_taps_read_outside(padding: tuple[int, int]) -> None:
    step = derive_cost(ca.conv(1, 1, 5, 3, padding=(padding,))).steps[1]
    assert step.reason == "the outputs at which each tap reads inside"


@pytest.mark.parametrize(("kernel", "written_out"), [(2, True), (5, True), (6, False), ("m", False)])
def test_a_few_taps_are_written_out_one_by_one(kernel: Any, written_out: bool) -> None:
    step = derive_cost(ca.conv(1, 1, 9 if kernel != "m" else "N", kernel, padding=((1, 0),))).steps[1]
    assert step.right.has(sympy.Sum) != written_out
    if written_out:
        assert len(step.right.args) == kernel


def test_of_three_axes_and_more_each_has_its_indices() -> None:
    (tally,) = derive_cost(ca.conv(1, 1, (2, 2, 3, 3, 2), 2)).steps[0].right.atoms(Tally)
    assert [str(at) for at, _ in tally.ranges] == [*"ijr", "i_3", "i_4", *"klt", "k_3", "k_4"]


def test_what_is_cancelled_is_what_both_counts_share() -> None:
    layer = ("D", "M", "N", "m")
    *_, put, cancel, divide = ca.derive_ratio(ca.depthwise_separable(*layer), ca.conv(*layer)).steps
    assert str(put).startswith("mult(A)/mult(B) = (D*(M + m)*(N - m + 1))/(D*M*m*(N - m + 1))    "), (
        "nothing is cancelled before it is said"
    )
    assert cancel.reason_text() == "cancel D*(N - m + 1)"
    assert str(cancel.right) == "(M + m)/(M*m)"
    assert (divide.left, divide.reason) == (cancel.right, "divide term by term")


def test_a_limit_is_taken_where_a_size_that_grows_is_in_the_ratio() -> None:
    derivation = ca.derive_ratio(ca.depthwise_separable("D", "M", "N", "m"), ca.conv("D", "M", "N", "m"))
    assert derivation.result == 1 / M + 1 / m
    assert [(step.left, step.right) for step in derivation.limits] == [
        (sympy.Limit(1 / M + 1 / m, M, sympy.oo), 1 / m)
    ]
    assert derivation.limits[0].reason_text() == "M grows without bound"
