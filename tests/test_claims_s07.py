"""The claims about dilated and grouped convolutions: verdicts are reached by both roads, from what is said.

A mutation is a copy of a judge that says something else. It must not reach the recorded verdict: a
judge that reached it all the same would not be looking at what the claim says.
"""

from __future__ import annotations

import ast
import inspect

import numpy as np
import pytest

from convalgebra.catalogue.basic import conv
from convalgebra.claims.claim import Verdict
from convalgebra.claims.forms import context, networks, parallel
from convalgebra.claims.forms.fields import dilated, footprint, multiplicities, reach, seen_from
from convalgebra.claims.forms.networks import Layer, counted, placed
from convalgebra.claims.judges import s07, s10, s10_networks
from convalgebra.claims.ledger import find_claim, ledger
from convalgebra.counting.measured import run_count
from tests.claim_changes import reaches

ROOMS = (s07, s10, s10_networks)
CLAIMS = [claim for claim in ledger() if claim.id[:3] in ("S07", "S10")]
JUDGES = {**s07.JUDGES, **s10.JUDGES}
CITED = {"S07-23", "S07-24", "S07-29", "S10-01", "S10-02", "S10-22", "S10-23", "S10-24", "S10-25"}


def test_only_history_hardware_and_published_accuracies_are_cited():
    assert {claim.id for claim in CLAIMS if claim.verdict == Verdict.CITED} == CITED
    assert set(JUDGES) == {claim.id for claim in CLAIMS} - CITED


# --- mutations ---------------------------------------------------------------------------------------


def changed(claim, old, new):
    """Return the judge of a claim with one piece of what is written in its room exchanged."""
    for room in ROOMS:
        source = inspect.getsource(room)
        (table,) = [n.value for n in ast.parse(source).body if isinstance(n, ast.AnnAssign)]
        for key, value in zip(table.keys, table.values, strict=True):
            if key is not None and key.value == claim:
                written = ast.get_source_segment(source, value)
                assert written.count(old) >= 1, f"{old!r} is not in the judge of {claim}"
                return eval(written.replace(old, new, 1), dict(vars(room)))
    raise AssertionError(f"{claim} has no judge")


MUTATIONS = [
    ("S07-01", "weight, 1)", "weight, 2)"),
    ("S07-02", "summed(x, weight, d)", "summed(x, weight, d + 1)"),
    ("S07-03", "subs(d=d)", "subs(d=2)"),
    ("S07-04", "d - 1", "d"),
    ("S07-05", "extent(5, dilated(2))", "extent(6, dilated(2))"),
    ("S07-05", "d * (k - 1) + 1", "d * k"),
    ("S07-06", "dilated(1, 2, 4)", "dilated(1, 2, 5)"),
    ("S07-06", "extent(15, dilated(1, 2, 3))", "extent(13, dilated(1, 2, 3))"),
    ("S07-07", "3", "5"),
    ("S07-08", "extent(7, dilated(2))", "extent(5, dilated(2))"),
    ("S07-09", "extent(9, dilated(4)", "extent(7, dilated(4)"),
    ("S07-10", "written(1,", "written(9,"),
    ("S07-11", "lambda rate: rate", "lambda rate: 1"),
    ("S07-11", "inside=False", "inside=True"),
    ("S07-12", "k**2 * D * N_c", "d * k**2 * D * N_c"),
    ("S07-13", "products_on_zeros(92, 1)", "products_on_zeros(91, 1)"),
    ("S07-14", "extent(9, dilated(4))", "extent(8, dilated(4))"),
    ("S07-15", "1 + (k - 1) * (a + b + c)", "(k - 1) * (a + b + c)"),
    ("S07-15", "coverage(225", "coverage(224"),
    ("S07-16", "2 ** (n + 1) - 1", "2 ** (n + 1)"),
    ("S07-16", "9 * n", "9 * n + 1"),
    ("S07-17", "rates_of([1, 2, 4, 8],", "rates_of([1, 2, 4, 6],"),
    ("S07-18", "65, 67, 67", "65, 67, 69"),
    ("S07-19", "64 * C**2", "63 * C**2"),
    ("S07-21", "written(225, dilated(1, 2, 4), 15, inside=False)", "written(1, dilated(1, 2, 4), 15)"),
    ("S07-22", "1, 1, 2, 1, 3", "1, 1, 2, 2, 3"),
    ("S07-25", "pieces(9, 3)", "pieces(3, 3)"),
    ("S07-25", "dilation=d", "dilation=1"),
    ("S07-26", "3**n", "2 * 3**n - 1"),
    ("S07-27", "(K - 1) * D * s ", "(K - 1) * D "),
    ("S07-27", "extent(11", "extent(9"),
    ("S07-30", "DIRECT, CONSTRUCTED", "DIRECT, extent(81, dilated(4))"),
    ("S10-03", '"conv2", "conv4", "conv5"', '"conv2", "conv3", "conv4", "conv5"'),
    ("S10-04", "128 * 3 * 3 * 3", "128 * 3 * 3"),
    ("S10-04", "(N_c, H - h + 1, W - w + 1)", "(N_c, H - h, W - w + 1)"),
    ("S10-05", "HALF * (2 * a)", "2 * a"),
    ("S10-05", "D % 2 == 0", "D % 3 == 0"),
    ("S10-06", "groups=2", "groups=1"),
    ("S10-07", "[b, b, 2 * b]", "[b, b, b]"),
    ("S10-08", "lambda D: 1,", "lambda D: D,"),
    ("S10-09", "[[q] * D, q * D]", "[[q] * D, q]"),
    ("S10-10", "lambda D, q: q == 1", "lambda D, q: q == 2"),
    ("S10-11", "a != b", "a < 3"),
    ("S10-12", "[D, D, N_c]", "[D, N_c, N_c]"),
    ("S10-13", "groups=groups", "groups=1"),
    ("S10-14", "g**2", "g"),
    ("S10-14", "g > 1", "g > 2"),
    ("S10-15", "5_537_792", "5_537_793"),
    ("S10-15", '"fc6"', '"conv4"'),
    ("S10-17", "// g", "// g**2"),
    ("S10-17", "(6, 216)", "(6, 215)"),
    ("S10-18", "h * w * D * N_c", "h * h * D * N_c"),
    ("S10-19", "lambda h, w, a, b: HALF", "lambda h, w, a, b: HALF / 2"),
    ("S10-20", "1 / g", "1 / g**2"),
    ("S10-21", "o * g // N_c == c * g // D", "o % g == c % g"),
    ("S10-26", '"37.7"', '"57.0"'),
    ("S10-26", '"2.3"', '"2.2"'),
    ("S10-26", "[1, HALF, 1, HALF, HALF]", "[HALF, HALF, 1, HALF, HALF]"),
    ("S10-27", 'by_form("grouped")', "(lambda **given: by_form('grouped')(**given) + 1)"),
    ("S10-28", "256 * 64 + 3 * 3 * 64 * 64", "256 * 64 + 3 * 64 * 64"),
    ("S10-29", "table_two(4, 24, 96)", "table_two(4, 26, 104)"),
    ("S10-29", "table_two(8, 14, 112)", "table_two(8, 14, 128)"),
    ("S10-30", '"0.22"', '"0.21"'),
    ("S10-31", '"25.5"', '"25.6"'),
    ("S10-32", "summed_paths", "lambda x, first, second, paths, width: wide(x, first, 2 * second)"),
    ("S10-33", "16 // groups", "8 // groups"),
    ("S10-34", '"4.1"', '"3.9"'),
    ("S10-34", '"fewer"', '"more"'),
]


@pytest.mark.parametrize(("claim", "old", "new"), MUTATIONS, ids=[f"{m[0]}: {m[2]}" for m in MUTATIONS])
def test_a_judge_that_says_something_else_does_not_reach_the_verdict(claim, old, new):
    assert not reaches(find_claim(claim), changed(claim, old, new))


def test_every_judge_is_mutated():
    by_hand = {"S07-20", "S07-28", "S10-16"}
    assert {claim for claim, _, _ in MUTATIONS} | by_hand == set(JUDGES)


def beside_the_centre(channels, kernel):
    """Return weights that pass on a neighbour instead."""
    return np.roll(
        np.where(np.eye(channels)[:, :, None] * (np.arange(kernel) == kernel // 2), 1, 0), 1, axis=2
    )


def over_the_maps_before(before, after, maps, kernel):
    """Return C/c_i where the claim says C/c_{i+1}."""
    return group_weight(before, after, maps, kernel) * after / before


group_weight = context.group_weight


@pytest.mark.parametrize(
    ("claim", "room", "name", "instead"),
    [
        ("S07-20", context, "identity_weight", beside_the_centre),
        ("S07-28", context, "group_weight", over_the_maps_before),
        ("S10-16", parallel, "_over", lambda total, count: total),
    ],
)
def test_a_claim_that_says_another_rule_does_not_stand(monkeypatch, claim, room, name, instead):
    monkeypatch.setattr(room, name, instead)
    assert not reaches(find_claim(claim), JUDGES[claim])


# --- the instruments --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        Layer("plain", 4, 3),
        Layer("padded", 6, 5, padding=2, groups=2),
        Layer("strided", 4, 3, 2, 1),
        Layer("depthwise", 2, 3, padding=1, groups=0),
        Layer("dilated", 4, 3, padding=2, dilation=2),
        Layer("connected", 5, networks.WHOLE),
    ],
    ids=lambda row: row.name,
)
def test_counting_along_axes_is_running_the_layer(row):
    (here,) = placed((row,), 2, 6)
    seen = counted(here)
    for quantity in ("parameters", "mult_adds", "multiplications"):
        assert getattr(seen, quantity) == run_count(here.operator, quantity), quantity
    assert seen.outputs == row.out_channels


def test_tables_come_to_the_numbers_of_the_published_implementations():
    plain, grouped = (placed(table, 3, 224) for table in (networks.RESNET50, networks.RESNEXT50))
    sums = [
        networks.total_counted(n, "parameters") + networks.total_beside_counted(n) for n in (plain, grouped)
    ]
    assert sums == [25_557_032, 25_028_904]
    assert networks.total_counted(plain, "mult_adds") == 4_089_184_256
    alexnet = placed(networks.ALEXNET, 3, 227)
    assert (
        networks.total_counted(alexnet, "parameters") + networks.total_beside_counted(alexnet) == 60_965_224
    )
    assert [here.input_size for here in alexnet][:8] == [227, 55, 27, 27, 13, 13, 13, 13]


@pytest.mark.parametrize(
    "layers", [dilated(1, 2, 4), dilated(2, 2), dilated(3, 1, kernel=2), dilated(1, 5)]
)
def test_pushing_back_and_the_polynomial_are_what_a_loop_finds(layers):
    seen = {0: 1}
    for row in layers:
        step = {}
        for at, times in seen.items():
            for tap in range(row.kernel):
                step[at + tap * row.dilation] = step.get(at + tap * row.dilation, 0) + times
        seen = step
    expected = [seen.get(at, 0) for at in range(max(seen) + 1)]
    assert multiplicities(layers) == expected
    assert footprint(layers, axes=1).tolist() == expected
    assert seen_from(layers, axes=1) == reach(footprint(layers, axes=1)) == (len(expected),)


def test_the_field_of_strided_layers_has_its_polynomial_too():
    layers = (Layer("first", 1, 3, 2), Layer("second", 1, 3, dilation=2))
    ones = {name: np.ones((1, 1, 3), int) for name in ("first", "second")}
    whole = conv(1, 1, 5, 3, dilation=2, name="second") @ conv(1, 1, 11, 3, stride=2, name="first")
    assert multiplicities(layers) == whole.matrix(ones).toarray()[0].tolist()
