"""The judges of sections 1 to 4, 9 and 12: every verdict stands, and falls when the claim is changed."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
import sympy

from convalgebra.claims.claim import Road, Verdict, judged
from convalgebra.claims.forms.functions import agree, beside, outputs, run
from convalgebra.claims.forms.shifts import moved, shift
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.ledger import ledger
from tests.claim_changes import changed, stands

ROOMS = ("s01", "s02", "s03", "s04", "s09", "s12")
CITED = {"S04-14", "S09-12b", "S09-16b", "S12-10b", "S12-11b", "S12-12", "S12-13c"}


CLAIMS = {claim.id: claim for claim in ledger() if claim.id.lower().startswith(ROOMS)}


def test_only_practice_is_cited():
    assert {name for name, claim in CLAIMS.items() if claim.verdict == Verdict.CITED} == CITED


# What a claim says, changed in one place: its judge must not reach the recorded verdict any more.
CHANGES = (
    ("S01-01", "area(f, g, t, -1, under)", "area(f, g, t, 1, under)"),
    ("S01-01", "range(1, len(f) + len(g))", "range(2, len(f) + len(g) + 1)"),
    ("S01-02", "[t : t + m] @ g[::-1]", "[t : t + m] @ g"),
    ("S01-03", "sympy.Min, object", "times, object"),
    ("S01-03", "min, float", "max, float"),
    ("S01-04", "shifted_area(f.conj(), g)", "shifted_area(f, g)"),
    ("S01-05", "off_real(f).conj()[::-1]", "off_real(f)[::-1]"),
    ("S01-05", "np.rot90(weight[0, 0], 2)", "weight[0, 0]"),
    ("S01-06", "min, float", "max, float"),
    ("S01-07", "x[0, a + u, b + v] * weight[0, 0, u, v]", "x[0, a + u, b + v] * weight[0, 0, v, u]"),
    ("S01-08", "(k == np.flip(k)).all()", "(k == np.flip(k, 0)).all()"),
    ("S01-08", "{w[0]: w[2]}", "{w[0]: w[1]}"),
    ("S01-09", "mirroring[::-1]", "mirroring"),
    ("S01-10", "m**2 * (n - m + 1) ** 2", "m**2 * (n - m + 2) ** 2"),
    ("S01-11", "correlate(g, f).conj()[::-1]", "correlate(g, f)[::-1]"),
    ("S01-12", "lambda n, k: n + k - 1", "lambda n, k: n + k"),
    ("S01-12", "lambda n, k: n - k + 1", "lambda n, k: n - k"),
    ("S02-01", "[12, 12, 17]", "[12, 13, 17]"),
    ("S02-01", "amount(81, square", "amount(80, square"),
    ("S02-02", "positions((3, 3), square", "positions((3, 4), square"),
    ("S02-03", "output_size(lambda D: 1,", "output_size(lambda D: 2,"),
    ("S02-04", "N * D * h * w, plain", "N * D * h * w + N, plain"),
    ("S02-05", "amount(54", "amount(18"),
    ("S02-05", "pairs(6", "pairs(5"),
    ("S02-06", "(4, 16, 36, 64, 9)", "(4, 16, 36, 64, 8)"),
    ("S02-07", "weight.reshape(N, -1) @ columns(x, h)", "weight.reshape(N, -1)[::-1] @ columns(x, h)"),
    ("S02-08", "(W - w + 1),\n            plain", "(W - w),\n            plain"),
    ("S02-08", "amount(86400", "amount(86399"),
    ("S02-09", "N * (D * h * w + 1)", "N * D * h * w"),
    ("S02-09", "amount(3584", "amount(3456"),
    ("S02-10", 'shift("the same output", ring', 'shift("the output turned", ring'),
    ("S02-11", "lambda N: 5", "lambda N: 4"),
    ("S02-12", "N * D, len(", "N + D, len("),
    ("S03-01", "(1, 1, H - h + 1, W - w + 1)", "(1, D, H - h + 1, W - w + 1)"),
    ("S03-02", "(1, H - h + 1, W - w + 1)", "(D, H - h + 1, W - w + 1)"),
    ("S03-03", "lambda D, p: 1", "lambda D, p: 1 + 2 * p"),
    ("S03-04", "positions((6, 6, 6)", "positions((6, 6, 5)"),
    ("S03-05", "channels - k + 1", "depth - k + 1"),
    ("S03-06", "weight[:, :, None])", "weight[:, :, None] + 1)"),
    ("S03-07", "N * C * d * h * w * (D - d + 1)", "N * C * d * h * w * (D - d)"),
    ("S03-08", "amount(27", "amount(9"),
    ("S03-09", '"different", found', '"equal", found'),
    ("S04-01", "lambda D, N, H, W: (N, H, W)", "lambda D, N, H, W: (D, H, W)"),
    ("S04-02", "amount(200", "amount(199"),
    ("S04-03", "pointwise[:, :, 0, 0]), one_by_one", "pointwise[::-1, :, 0, 0]), one_by_one"),
    ("S04-04", "pointwise[0, 0, 0, 0] * x", "pointwise[0, 0, 0, 0] + x"),
    ("S04-05", "H * W * D * N, one_by_one", "H * W * (D * N + N), one_by_one"),
    ("S04-06", "rectified(first.reshape", "np.negative(first.reshape"),
    ("S04-07", "second @ first", "(second @ first)[::-1] + 1"),
    ("S04-07", "stack_shapes, STACKS, differ=True", "stack_shapes, STACKS"),
    ("S04-08", "r <= N\n", "r <= N + 1\n"),
    ("S04-09", "120_422_400", "120_422_401"),
    ("S04-09", "12_443_648", "12_443_649"),
    ("S04-10", "positions((5, 3)", "positions((5, 4)"),
    ("S04-11", "/ channel.size", "/ (channel.size + 1)"),
    ("S04-12", 'n pixels", n,', 'n pixels", n + 1,'),
    ("S04-13", "k**2 * D * N / (D + k**2 * N)", "k**2 * D * N / (D + k**2 * N + 1)"),
    ("S09-01", "x[c, i + y, j + u]", "x[c, i + y, j]"),
    ("S09-03", "lambda C, Y, X: X + Y + C, one_filter", "lambda C, Y, X: X * Y + C, one_filter"),
    ("S09-04", "a == Y - 1 and b == X - 1", "True"),
    ("S09-04", "lambda C, Y, X: X + Y + C,\n", "lambda C, Y, X: X + Y + C + 1,\n"),
    ("S09-05", "1 / (X * Y) + 1 / (C * X) + 1 / (C * Y)", "1 / (X * Y) + 2 / (C * X)"),
    ("S09-05", "(C * H * W + Y", "(C * H * W + 1 + Y"),
    ("S09-06", "F, mixed.shape[1:], size), mixed", "F, mixed.shape[1:], size), mixed + 1"),
    ("S09-07", "met=lambda order, bias: bias == 0", "met=lambda order, bias: True"),
    ("S09-08", "X + Y + C - 2", "X + Y + C - 1"),
    ("S09-09", "right=outer", "right=cross"),
    ("S09-10", "F * (F + X + Y)", "F * (C + X + Y)"),
    ("S09-10", "6 * 3", "5 * 3"),
    ("S09-11", "right=lambda i, k: i + k - 1", "right=lambda i, k: i + k"),
    ("S09-12", "k**2 * C / (2 * (C + 2 * k))", "k**2 * C / (2 * (C + k))"),
    ("S09-12", "(18, 40, 23)", "(17, 40, 24)"),
    ("S09-13", "lateral[0, 0, 0, 0]\n", "lateral[0, 0, 0, 0] ** 2\n"),
    ("S12-01", "H * W * as_formula(D) * N / g", "H * W * as_formula(D) * N / g**2"),
    ("S12-02", "whole[outs, ins]", "whole[outs, ins][::-1]"),
    ("S12-03", '"3 x 3 in groups"], found', '"3 x 3 for all pairs"], found'),
    ("S12-03", '"93.4"', '"93.5"'),
    ("S12-04", "2 * c * m / g + 9 * m", "2 * c * m / g + 8 * m"),
    ("S12-04", "amount(10140", "amount(10141"),
    ("S12-05", "(8, 384)", "(8, 400)"),
    ("S12-05", "about(140, 5)", "about(150, 5)"),
    ("S12-05", "lambda root: 1", "lambda root: root"),
    ("S12-06", "pointwise[:, 0] * x", "pointwise[::-1, 0] * x"),
    ("S12-07", "(8, 3,", "(8, 4,"),
    ("S12-08", "kernels[:, :, 1, 1]", "kernels[:, :, 0, 1]"),
    ("S12-09", "met=lambda g: g == 1", "met=lambda g: g <= 2"),
    ("S12-10", '"720 M"', '"730 M"'),
    ("S12-11", '"18 times"', '"19 times"'),
    ("S12-13", 'stage 4", 288', 'stage 4", 289'),
    ("S12-13", "about(38, 5)", "about(42, 5)"),
    ("S12-13b", "3: 480, 4: 544", "3: 480, 4: 576"),
)


@pytest.mark.parametrize(("name", "old", "new"), CHANGES)
def test_a_changed_claim_is_found_out(name, old, new):
    assert not stands(name, name[:3].lower(), old, new)


IN_RANK = (
    ("S09-02", "split_exactly_if_rank_one", "[1, 1, 1]", "[1, 1, 2]"),
    ("S09-02", "split_exactly_if_rank_one", "max(r) <= 1", "max(r) <= 2"),
    ("S09-08", "excludes", "for n in sizes) >= 2", "for n in sizes) >= 1"),
    ("S09-15", "by_one_product", "a * d - b * c", "a * d + b * c"),
    (
        "S09-15",
        "by_one_product",
        '("Laplacian", np.array(LAPLACIAN), False)',
        '("L", np.array(LAPLACIAN), True)',
    ),
    ("S09-16", "lost_energy", "9 * sum(others)", "20 * sum(others)"),
    ("S09-16", "lost_energy", "1 - max(squares", "2 - max(squares"),
)


@pytest.mark.parametrize(("name", "judge", "old", "new"), IN_RANK)
def test_a_changed_claim_about_rank_is_found_out(name, judge, old, new):
    assert not judged(CLAIMS[name], getattr(changed("s09_rank", old, new), judge)).stands


def test_fewer_terms_than_claimed_are_not_enough():
    few = changed("s09_rank", "min(X * Y, X * C, Y * C)]", "min(X * Y, X * C, Y * C) - 1]")
    room = import_module("convalgebra.claims.judges.s09")
    sizes = [{"C": 2, "Y": 2, "X": 2}]
    shapes = lambda C, Y, X: {"x": (C, Y + 1, X + 1), "weight": (1, C, Y, X)}  # noqa: E731
    whole = lambda x, weight, C, Y, X: run(room.conv(C, 1, x.shape[1:], (Y, X)), x, weight=weight)  # noqa: E731
    assert judged(CLAIMS["S09-14"], agree(room.sum_of_split, whole, shapes, sizes)).stands
    assert not judged(CLAIMS["S09-14"], agree(few.sum_of_split, whole, shapes, sizes)).stands


# --- the forms ----------------------------------------------------------------------------------------


def test_arrays_are_the_same_only_if_every_entry_is():
    a = np.arange(20).reshape(4, 5)
    b = a.copy()
    b[3, 4] = 0
    assert beside(a, a)[0] == beside(a, a)[1] == "4 x 5, first 0"
    assert beside(a, b) == ("19 at [3, 4]", "0 at [3, 4]")
    assert beside(a, a.T) == ("shape (4, 5)", "shape (5, 4)")
    assert beside([1, 2], [1, 2]) == ([1, 2], [1, 2])


def test_long_formulas_that_differ_at_their_end_are_told_apart():
    terms = sympy.symbols("a:z")
    one = np.array([sum(terms)], object)
    left, right = beside(one, one + sympy.Symbol("zz"))
    assert left != right
    assert max(len(left), len(right)) < 80
    assert len({*beside(one, np.array([sum(reversed(terms))], object))}) == 1


def test_equal_formulas_written_in_two_ways_are_equal():
    x, y = sympy.symbols("x y")
    left, right = beside(np.array([(x + y) ** 2]), np.array([x**2 + 2 * x * y + y**2]))
    assert left == right


def test_a_layer_runs_alike_in_symbols_and_in_numbers():
    room = import_module("convalgebra.claims.judges.s09")
    layer = room.flattened(2, 3, (3, 4), 2)
    rng = np.random.default_rng(0)
    weights = {name: rng.integers(-5, 6, shape) for name, shape in layer.weight_shapes.items()}
    x = rng.integers(-5, 6, (2, 3, 4))
    exact = run(layer, x.astype(object), **weights)
    assert exact.shape == (3, 2, 3)
    assert (exact == run(layer, x, **weights)).all()


def test_a_judge_of_outputs_sees_a_condition():
    room = import_module("convalgebra.claims.judges.s02")
    make = lambda n, p: room.conv(1, 1, n, 1, padding=p)  # noqa: E731
    points = [{"n": 3, "p": 0}, {"n": 3, "p": 1}]
    same = lambda x, weight, n, p: weight[0, 0, 0] * x  # noqa: E731
    judge = outputs(same, make, points, small=points, met=lambda n, p: p == 0)
    assert judged(CLAIMS["S04-12"], judge).verdict == Verdict.CONDITIONAL


def test_shifts_move_images_as_roll_does():
    image = np.arange(12).reshape(3, 4)
    for axis, step in ((0, 1), (1, -1), (1, 3)):
        turned = moved((3, 4), axis, step) @ image.reshape(-1)
        assert (turned.reshape(3, 4) == np.roll(image, step, axis)).all()


def test_a_shift_that_the_stride_does_not_divide_is_seen():
    room = import_module("convalgebra.claims.judges.s02")
    judge = shift("the output turned", room.ring, [{"n": 6, "s": 2, "axis": 1, "step": 1}])
    assert judged(CLAIMS["S03-09"], judge).verdict != Verdict.EXACT


def test_a_theorem_that_is_nowhere_compared_in_symbols_is_not_derived():
    whole, spectral = (identity(n) for n in ("pointwise", "singular values of a circular convolution"))
    assert judged(CLAIMS["S04-03"], whole).verdict == Verdict.EXACT
    findings = judged(CLAIMS["S04-03"], spectral)
    assert all(f.agrees for f in findings.on(Road.MEASUREMENT))
    assert findings.verdict == Verdict.UNDECIDED
