"""Convolution arithmetic, transposed convolution, checkerboards: every claim stands, and no judge is deaf.

A mutation is another number in what a claim says, in a copy of the room of its judge.
"""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.claims.claim import Finding, Verdict
from convalgebra.claims.forms import matrices, overlapping, sliding
from convalgebra.claims.ledger import judges, ledger
from tests.claim_changes import stands

CLAIMS = [claim for claim in ledger() if claim.id.startswith(("S05", "S06"))]


def test_none_is_merely_cited_and_the_record_says_what_it_must() -> None:
    judged_here = [name for name in judges() if name.startswith(("S05", "S06"))]
    assert sorted(judged_here) == sorted(claim.id for claim in CLAIMS)
    for claim in CLAIMS:
        assert claim.verdict != Verdict.CITED
        assert bool(claim.right) == (claim.verdict == Verdict.WRONG), claim.id
        assert bool(claim.condition) == (claim.verdict == Verdict.CONDITIONAL), claim.id
        assert bool(claim.counterexample) == (claim.verdict in {Verdict.WRONG, Verdict.CONDITIONAL}), (
            claim.id
        )


MUTATIONS = [
    (
        "S05-01",
        "s05",
        '"9x14, k=3x4, s=2x3, p=1x0", (5, 4), example',
        '"9x14, k=3x4, s=2x3, p=1x0", (5, 5), example',
    ),
    ("S05-02", "s05", "i - k + 1, layer, LINES", "i - k + 2, layer, LINES"),
    ("S05-03", "s05", "i - k + 2 * p + 1, layer", "i - k + p + 1, layer"),
    ("S05-04", "s05", "layer(i, 2 * n + 1, p=n), ODD", "layer(i, 2 * n, p=n), ODD"),
    ("S05-05", "s05", "lambda i, n: i + 1,", "lambda i, n: i,"),
    ("S05-06", "s05", "lambda i, k: i + k - 1, lambda", "lambda i, k: i + k, lambda"),
    ("S05-07", "s05", "(i - k) // s + 1, layer", "(i - k + 1) // s + 1, layer"),
    ("S05-08", "s05", "(i + 2 * p - k) // s + 1, layer", "(i + 2 * p - k) // s, layer"),
    ("S05-10", "s05", "(exact, exact + s - 1)", "(exact, exact + s)"),
    ("S05-11", "s05", "((i + 2 * p - k) % s).rewrite", "((i + 2 * p - k + 1) % s).rewrite"),
    ("S05-13", "s05", "list(range(1, len(every) + 1, 2))", "list(range(2, len(every) + 1, 2))"),
    ("S05-14", "s05_pooling", 'yield derived("i=5, k=3, s=1", 3,', 'yield derived("i=5, k=3, s=1", 4,'),
    ("S05-15", "s05_pooling", '(7, (0, 0), ""), (7, (1, 1)', '(7, (1, 0), ""), (7, (1, 1)'),
    ("S05-16", "s05_pooling", "sympy.Rational(1, 4)", "sympy.Rational(1, 5)"),
    ("S05-17", "s05", "k + (k - 1) * (d - 1), Axis", "k + (k - 1) * d, Axis"),
    ("S05-18", "s05", "(i + 2 * p - k - (k - 1) * (d - 1)) // s", "(i + 2 * p - k - k * (d - 1)) // s"),
    ("S05-19", "s05", "lambda i, n, s: ceil_div(i, s)", "lambda i, n, s: i // s"),
    ("S05-20", "s05", "[2, 6, 5, 7, 2, 3, 3]", "[2, 6, 5, 7, 2, 3, 4]"),
    ("S05-21", "s05", 'yield derived("d=1", k,', 'yield derived("d=1", k - 1,'),
    ("S05-22", "s05", "[2, 2, 2], [b - a", "[2, 2, 3], [b - a"),
    (
        "S05-24",
        "s05",
        "met=lambda i, k, s: k > 1 or (s > 1 and i > 1)",
        "met=lambda i, k, s: k > 1 or s > 1",
    ),
    (
        "S06-01",
        "s06",
        "2 * p < (s - 1) * (i - 1) + k - 1,",
        "2 * p < (s - 1) * (i - 1) + k,",
    ),
    (
        "S06-02",
        "s06_matrices",
        "taps = np.array(QUARTERS, object)",
        "taps = np.array(QUARTERS[:2] * 2, object)",
    ),
    ("S06-04", "s06", "k - p - 1\n    return direct", "k - p\n    return direct"),
    ("S06-05", "s06", '"3x3 over 2x2, border 2", (4, 4)', '"3x3 over 2x2, border 2", (5, 5)'),
    ("S06-06", "s06", '"transposed with stride 2, 2 to", 5', '"transposed with stride 2, 2 to", 6'),
    ("S06-07", "s06", "[4, 2, 5, 3, 1, 6, 4, 2]", "[4, 2, 5, 3, 1, 6, 4, 3]"),
    ("S06-08", "s06_matrices", 'rows and columns", (4, 16), run', 'rows and columns", (16, 4), run'),
    ("S06-10", "s06_inverse", 'ones: trace", 36', 'ones: trace", 35'),
    ("S06-11", "s06_inverse", 'ones: dimensions that are lost", 12', 'ones: dimensions that are lost", 11'),
    ("S06-12", "s06_matrices", "((2, 2), (4, 4)), (op", "((2, 2), (3, 3)), (op"),
    ("S06-15", "s06_inverse", "((4, True), (3, False))", "((4, True), (3, True))"),
    ("S06-16", "s06", "lambda i, k: k - 1, UNIT", "lambda i, k: k, UNIT"),
    ("S06-17", "s06", "lambda i, k, p: i + (k - 1) - 2 * p", "lambda i, k, p: i + k - 2 * p"),
    ("S06-18", "s06", "lambda i, n: n,", "lambda i, n: n - 1,"),
    ("S06-19", "s06", "lambda i, k: i - (k - 1)", "lambda i, k: i - k"),
    ("S06-20", "s06", "lambda i, k, s: s * (i - 1) + k,", "lambda i, k, s: s * i + k,"),
    (
        "S06-22",
        "s06",
        "s * (i - 1) + a + k - 2 * p, lambda",
        "s * (i - 1) + a + k - p, lambda",
    ),
    (
        "S06-23",
        "s06",
        "for claim, right in ((2, False), (3, True))",
        "for claim, right in ((2, False), (4, True))",
    ),
    ("S06-24", "s06", "inside=pad <= kernel - 1", "inside=pad <= kernel"),
    ("S06-25", "s06", "d * (k - 1) + 1 - 2 * p + a", "d * k - 2 * p + a"),
    ("S06-26", "s06_matrices", "(1, (144, 36))", "(1, (144, 32))"),
    ("S06-27", "s06_matrices", "[Fraction(1, stride)], found", "[Fraction(2, stride)], found"),
    ("S06-28", "s06", "11: {s: 1, a: 0, p: k - 1}", "11: {s: 1, a: 0, p: k}"),
    ("S06-40", "s06_checkerboards", "kernel % stride == 0, alike", "kernel % stride < 2, alike"),
    (
        "S06-41",
        "s06_checkerboards",
        '"most over least, line and plane", (2, 4), (',
        '"most over least, line and plane", (2, 3), (',
    ),
    ("S06-43", "s06_checkerboards", "[1, 2, 3, 3, 3, 2, 1]", "[1, 2, 3, 4, 3, 2, 1]"),
    ("S06-44", "s06_checkerboards", "[1] * 8, 1", "[1] * 8, 2"),
    ("S06-45", "s06_checkerboards", "stride == 2 and kernel % 2 == 1)", "kernel % 2 == 1)"),
    ("S06-46", "s06_remedies", "w[0] + w[2] - w[1]), 2)", "w[0] + w[2]), 2)"),
    ("S06-47", "s06_remedies", "((1, 2, 1), 3, False)", "((1, 2, 1), 3, True)"),
    ("S06-48", "s06_remedies", "[0, 0, 1, 1, 2, 2, 3, 3]", "[0, 0, 1, 1, 2, 2, 3, 4]"),
    ("S06-49", "s06_remedies", "smeared[at] + given", "smeared[at] + 2 * given"),
    ("S06-50", "s06_remedies", "(4, 1, 2, 2)", "(2, 1, 2, 2)"),
    ("S06-51", "s06_remedies", "[1, 1, 2, 1, 2, 1, 2, 1, 1]", "[1, 1, 2, 1, 2, 1, 2, 2, 1]"),
    ("S06-52", "s06_remedies", "said, phases, run = [3, 1, 3, 2]", "said, phases, run = [3, 1, 2, 2]"),
    ("S06-53", "s06_remedies", "(half, 1, half)", "(half, 1, 1)"),
    ("S06-54", "s06_checkerboards", "said = [pixel + 1, pixel + 2]", "said = [pixel + 1, pixel + 3]"),
]


@pytest.mark.parametrize(("name", "room", "old", "new"), MUTATIONS, ids=[m[0] for m in MUTATIONS])
def test_another_number_breaks_the_verdict(name: str, room: str, old: str, new: str) -> None:
    assert not stands(name, room, old, new)


def test_a_copy_that_is_not_changed_stands() -> None:
    for room, name in (("s05", "S05-08"), ("s06", "S06-22"), ("s06_remedies", "S06-52")):
        assert stands(name, room, "import annotations", "import annotations")


# --- the instruments ------------------------------------------------------------------------------


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, (2, -1)])
def test_windows_against_a_loop(stride: int, padding) -> None:
    op = ca.conv(
        1,
        1,
        7,
        2,
        stride=stride,
        padding=(padding if isinstance(padding, tuple) else (padding,) * 2,),
        dilation=2,
    )
    (axis,) = op.axes
    line = np.concatenate([np.zeros(max(0, axis.lo), int), np.arange(1, 8), np.zeros(max(0, axis.hi), int)])
    line = line[: len(line) + min(0, axis.hi)]
    expected = [[line[at], line[at + 2]] for at in range(0, len(line) - 2, stride)]
    assert sliding.windows(np.arange(1, 8), op.axes).tolist() == expected
    assert sliding.slid(op) == (len(expected),)


def test_the_instruments_notice_another_matrix(monkeypatch) -> None:
    op, up = ca.conv(1, 1, 5, 3), ca.conv_transpose(1, 1, 3, 3, stride=2, output_padding=1)
    assert (sliding.slid(op), sliding.came_from(up, 1), sliding.came_from(up)) == (
        (3,),
        8,
        "other outputs are painted",
    )
    assert sliding.slid(up) == "not a convolution"
    assert sliding.came_from(op) == "not a transposed convolution"
    honest = sliding.dense
    monkeypatch.setattr(sliding, "dense", lambda op: np.roll(honest(op), 1, axis=1))
    assert sliding.slid(op) == "other inputs are read"
    assert sliding.came_from(up, 1) == "other outputs are painted"
    monkeypatch.setattr(sliding, "dense", lambda op: honest(op)[:-1])
    assert sliding.slid(op) == "3 windows, but 2 rows"


def test_no_window_fits_where_the_kernel_is_longer() -> None:
    assert sliding.windows(np.arange(3), (ca.Axis(9, 5),)).shape == (0, 5)
    assert sliding.placements(3, 5, 1) == []


def test_differences_are_named() -> None:
    eye = np.eye(2, dtype=int)
    assert matrices.difference(eye, eye) == matrices.SAME
    assert matrices.difference(eye, np.zeros((2, 3))) == "2 x 2 against 2 x 3"
    assert matrices.difference(eye, eye + np.array([[0, 5], [0, 0]])) == "at (0, 1): 0 against 5"


def test_same_operator_fails_where_there_is_no_such_operator() -> None:
    points = [{"n": 3}]
    found: list[Finding] = list(
        matrices.same_operator(
            lambda n: ca.conv(1, 1, n, 9), lambda n: ca.conv(1, 1, n, 2), points, symbols_at=points
        )()
    )
    assert [finding.agrees for finding in found] == [False, False]
    assert all("there is none" in finding.found for finding in found)


def test_overlaps_of_a_line_are_a_period() -> None:
    assert overlapping.reached_inside(5, 3)[:6] == [1, 2, 2, 1, 2, 2]
    assert overlapping.painted_in_symbols((1, 2), 1) == [3, 3, 3]
