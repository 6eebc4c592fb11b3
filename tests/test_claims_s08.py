"""Separable and shuffled convolutions, MobileNet, ShuffleNet: every claim stands, and no judge is deaf.

A mutation is another number in what a claim says, in a copy of the room of its judge.
"""

from __future__ import annotations

import pytest
import sympy

import convalgebra as ca
from convalgebra.claims.claim import Verdict
from convalgebra.claims.forms import comparing, examples, kernels, mobile, networks, patterns, printed
from convalgebra.claims.ledger import judges, ledger
from convalgebra.counting.measured import run_count
from convalgebra.errors import ArgumentError
from tests.claim_changes import stands

SECTIONS = ("S08", "S11")
CLAIMS = [claim for claim in ledger() if claim.id.startswith(SECTIONS)]
CHECKED = [claim for claim in CLAIMS if claim.verdict != Verdict.CITED]


def test_what_is_cited_is_practice_and_accuracy() -> None:
    assert len(CLAIMS) == 59 + 20
    assert [c.id for c in CLAIMS if c.verdict == Verdict.CITED] == [
        "S08-21",
        "S08-60",
        "S08-61",
        "S08-62",
        "S11-12c",
    ]
    assert sorted(name for name in judges() if name.startswith(SECTIONS)) == sorted(c.id for c in CHECKED)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_record_says_what_its_verdict_needs(claim) -> None:
    fails = claim.verdict in {Verdict.WRONG, Verdict.CONDITIONAL}
    assert bool(claim.counterexample) == fails
    assert bool(claim.condition) == (claim.verdict == Verdict.CONDITIONAL)
    if claim.verdict == Verdict.WRONG:
        assert claim.right
    assert any(word in claim.source for word in ("arXiv:", "19", "20", "follows from"))


# --- another number breaks the verdict -----------------------------------------------------------------


SPATIAL, DEPTHWISE, MOBILENET = "s08_spatial", "s08_depthwise", "s08_mobilenet"
SHUFFLE, NETWORK = "s11_shuffle", "s11_network"
MUTATIONS = [
    ("S08-43", DEPTHWISE, "return N_c * h * h * D * (H - h + 1)", "return N_c * h * h * D * (H - h)"),
    ("S08-46", DEPTHWISE, "return (h * h + N_c) * D", "return (h * h + N_c + 1) * D"),
    ("S08-47", DEPTHWISE, "return 1 / N_c + 1 / h**2", "return 1 / N_c + 1 / h"),
    ("S08-60b", DEPTHWISE, "return 1 / N_c + 1 / h**2", "return 1 / N_c + 2 / h**2"),
    (
        "S08-35",
        DEPTHWISE,
        'change("stays", channels, alone, {"D": "D", "H": T + U',
        'change("grows", channels, alone, {"D": "D", "H": T + U',
    ),
    (
        "S08-01",
        SPATIAL,
        '"S08-01": kernel_of_two_passes(SOBEL, (1, 2, 1)',
        '"S08-01": kernel_of_two_passes(SOBEL, (1, 3, 1)',
    ),
    (
        "S08-02",
        SPATIAL,
        "kernel_of_two_passes(SOBEL, (1, 2, 1), (-1, 0, 1)),\n    ),",
        "kernel_of_two_passes(SOBEL, (1, 2, 1), (1, 0, 1)),\n    ),",
    ),
    ("S08-03", SPATIAL, 'amount(6, separable, "parameters"', 'amount(5, separable, "parameters"'),
    ("S08-04", SPATIAL, "positions((3, 3), plain", "positions((3, 4), plain"),
    ("S08-05", SPATIAL, "amount(9 * 9, plain", "amount(9 * 8, plain"),
    ("S08-06", SPATIAL, "amount(5 * 3, vertical", "amount(5 * 5, vertical"),
    ("S08-07", SPATIAL, '"S08-07": positions((3, 5)', '"S08-07": positions((5, 3)'),
    ("S08-08", SPATIAL, "amount(27, horizontal", "amount(45, horizontal"),
    ("S08-09", SPATIAL, "amount(45 + 27, separable", "amount(45 + 45, separable"),
    ("S08-10", SPATIAL, "lambda N, m: (N - 2) ** 2 * m**2", "lambda N, m: (N - 1) ** 2 * m**2"),
    ("S08-11", SPATIAL, "(2 * N - 2) * (N - 2) * m", "(2 * N - 1) * (N - 2) * m"),
    ("S08-12", SPATIAL, "2 / m + 2 / (m * (N - 2))", "2 / m + 1 / (m * (N - 2))"),
    ("S08-12", SPATIAL, "2 / m + (m - 1) / (m * (N - m + 1))", "2 / m + m / (m * (N - m + 1))"),
    ("S08-13", SPATIAL, "limit(lambda m: 2 / m, ", "limit(lambda m: 3 / m, "),
    ("S08-13", SPATIAL, "threshold(102", "threshold(103"),
    ("S08-14", SPATIAL, "(7, sympy.Rational(2, 7))", "(7, sympy.Rational(3, 7))"),
    ("S08-15", SPATIAL, "(m - 2) * N > (m - 1) ** 2,", "(m - 2) * N >= (m - 1) ** 2,"),
    ("S08-15", SPATIAL, "((3, 5), (4, 5), (5, 6), (7, 8))", "((3, 4), (4, 5), (5, 6), (7, 8))"),
    ("S08-16", SPATIAL, "a * d - b * c", "a * d + b * c"),
    (
        "S08-37",
        DEPTHWISE,
        "split_and_run(drawn(10, 2, 3, 3)),\n            inside=False",
        "split_and_run(drawn(10, 2, 3, 3)),\n            inside=True",
    ),
    ("S08-17", SPATIAL, "lambda m: 2 * m - 1,", "lambda m: 2 * m,"),
    ("S08-18", SPATIAL, "[1, 2],", "[1, 1],"),
    ("S08-19", SPATIAL, "m * (m - 1) * (H - W)", "m * (m + 1) * (H - W)"),
    ("S08-20", SPATIAL, '"5 passes, the same matrix"', '"4 passes, the same matrix"'),
    ("S08-20", SPATIAL, "lambda N, m, r: r,", "lambda N, m, r: r + 1,"),
    ("S08-22", MOBILENET, "            13,", "            12,"),
    ("S08-31", DEPTHWISE, "lambda N: (1, N - 3 + 1, N - 3 + 1)", "lambda N: (1, N - 3, N - 3 + 1)"),
    ("S08-32", DEPTHWISE, "amount(128 * 3 * 3 * 3, standard, ", "amount(128 * 3 * 3, standard, "),
    (
        "S08-33",
        DEPTHWISE,
        'change("grows", channels, standard, {**SHRINKING, "N_c"',
        'change("stays", channels, standard, {**SHRINKING, "N_c"',
    ),
    ("S08-34", DEPTHWISE, "amount(3 * 3 * 3 * 1, first_step", "amount(3 * 3 * 3 * 3, first_step"),
    ("S08-36", DEPTHWISE, "amount(128 * 1 * 1 * 3, second_step", "amount(128 * 3 * 3 * 3, second_step"),
    ("S08-38", DEPTHWISE, "128 * 3 * 3 * 3 * 5 * 5", "128 * 3 * 3 * 3 * 7 * 7"),
    ("S08-39", DEPTHWISE, "amount(3 * 3 * 3 * 1 * 5 * 5", "amount(3 * 3 * 3 * 3 * 5 * 5"),
    ("S08-40", DEPTHWISE, "128 * 1 * 1 * 3 * 5 * 5", "128 * 1 * 1 * 1 * 5 * 5"),
    ("S08-41", DEPTHWISE, "675 + 9600", "675 + 9601"),
    (
        "S08-42",
        DEPTHWISE,
        'share("12", "multiplications")',
        'share("11.9", "multiplications"), share("13", "multiplications")',
    ),
    (
        "S08-44",
        DEPTHWISE,
        'parity("they fail", COSTS, 2 * T + 1, (3, 5))',
        'parity("they hold", COSTS, 2 * T + 1, (3, 5))',
    ),
    (
        "S08-45",
        DEPTHWISE,
        "(N_c, H - h + 1, W - h + 1),\n        standard,\n        LAYERS",
        "(N_c, H - h, W - h + 1),\n        standard,\n        LAYERS",
    ),
    ("S08-48", DEPTHWISE, "(1 + h**2 / N_c) / h**2", "(1 + h / N_c) / h**2"),
    ("S08-48", DEPTHWISE, '"h": k**2, "N_c": k**3', '"h": 3, "N_c": 3 * k'),
    ("S08-49", DEPTHWISE, "times_less(9, 3, 891)", "times_less(8, 3, 891)"),
    ("S08-49", DEPTHWISE, "times_less(9, 3, 891)", "times_less(9, 3, 890)"),
    ("S08-50", DEPTHWISE, "times_less(25, 5, 2475)", "times_less(24, 5, 2475)"),
    ("S08-51", DEPTHWISE, "h >= 2 and N_c >= 2", "h >= 1 and N_c >= 2"),
    ("S08-52", DEPTHWISE, "n > 1 and h > 1", "n > 1"),
    ("S08-54", DEPTHWISE, "1 / N + 1 / D_K**2", "1 / N + 1 / D_K"),
    ("S08-55", MOBILENET, '71 + symbol("t"), (72,', '70 + symbol("t"), (71,'),
    ("S08-56", MOBILENET, '"569", (mobilenet,)', '"568", (mobilenet,)'),
    ("S08-56", MOBILENET, '"29.3"', '"29.4"'),
    ("S08-57", MOBILENET, '"94.86"', '"94.85"'),
    ("S08-57", MOBILENET, '"24.33"', '"24.34"'),
    ("S08-57b", MOBILENET, 'share("1.91"', 'share("1.92"'),
    ("S08-58", MOBILENET, '"29.6", "0.15"', '"29.6", "0.14"'),
    ("S08-58", MOBILENET, '"15.1"', '"15.2"'),
    ("S08-59", DEPTHWISE, "lambda M, N, r: 1 / r**2", "lambda M, N, r: 1 / r"),
    ("S08-59", DEPTHWISE, "1 / q**2 + 9 / q * (1 - 1 / q)", "1 / q**2 + 8 / q * (1 - 1 / q)"),
    ("S08-59", DEPTHWISE, "return 1 / q**2", "return 1 / q"),
    ("S08-63", MOBILENET, "28, mobilenet", "27, mobilenet"),
    ("S08-64", MOBILENET, 'saved_in_space("0.82")', 'saved_in_space("1.02")'),
    ("S11-01", SHUFFLE, "said = [b * g + a", "said = [a * n + b"),
    ("S11-02", SHUFFLE, "lambda g, n: shuffle_twice(g, n, n)", "lambda g, n: shuffle_twice(g, n, g)"),
    (
        "S11-03",
        SHUFFLE,
        "count(lambda g, n: 0, shuffle, DEALS),",
        "count(lambda g, n: g * n, shuffle, DEALS),",
    ),
    ("S11-04", SHUFFLE, "_diagonal_blocks, stacked, [", "_diagonal_blocks, with_shuffle, ["),
    ("S11-05", SHUFFLE, "met=lambda g, n: n >= g", "met=lambda g, n: n + 1 >= g"),
    ("S11-06", SHUFFLE, "N // g2 >= g1", "N // g1 >= g2 - 1"),
    ("S11-07", NETWORK, "2 * c * m / g + 9 * m)", "2 * c * m / g + 9 * m / g)"),
    ("S11-08", NETWORK, '"93.4"', '"93.3"'),
    ("S11-09", NETWORK, '8: "137"', '8: "138"'),
    ("S11-10", NETWORK, "        4,\n        lambda: fitting", "        2,\n        lambda: fitting"),
    ("S11-11", NETWORK, "9 * g / q * (1 - 1 / q)", "8 * g / q * (1 - 1 / q)"),
    ("S11-12", NETWORK, "near(38, ", "near(40, "),
    ("S11-13", SHUFFLE, "first[dealt]", "first"),
    ("S11-14", SHUFFLE, "2 * (g * n) ** 2 / g", "(g * n) ** 2 / g"),
    ("S11-14", SHUFFLE, "bool(g**2 <= g * n)", "bool(g <= g * n)"),
    ("S11-15", SHUFFLE, "12 // 3,", "12 // 2,"),
    ("S11-16", NETWORK, '"grouped", _inner(RESNEXT50', '"depthwise", _inner(RESNEXT50'),
    ("S11-16", NETWORK, '"depthwise", _inner(xception', '"grouped", _inner(xception'),
    ("S11-17", NETWORK, "50, network(g)", "49, network(g)"),
    ("S11-18", NETWORK, "240 - 24,", "240,"),
]


@pytest.mark.parametrize(
    ("name", "room", "old", "new"), MUTATIONS, ids=[f"{row[0]}-{i}" for i, row in enumerate(MUTATIONS)]
)
def test_another_number_breaks_the_verdict(name, room, old, new) -> None:
    assert not stands(name, room, old, new)


# --- the forms -------------------------------------------------------------------------------------------


def test_run_counts_are_those_of_brute_force() -> None:
    op = ca.conv(2, 3, (5, 4), 3, padding=1, stride=2)
    places = [(i, j) for i in (-1, 1, 3) for j in (-1, 1)]
    taps = [(i + a, j + b) for i, j in places for a in range(3) for b in range(3)]
    inside = [(i, j) for i, j in taps if 0 <= i < 5 and 0 <= j < 4]
    assert run_count(op, "mult_adds") == 6 * len(taps) == op.mult_adds
    assert run_count(op) == 6 * len(inside) == op.multiplications
    assert run_count(op, "parameters") == 54
    assert run_count(op, "outputs") == 18
    assert run_count(op, "moved") == 2 * len(set(inside)) + 54 + 18
    with pytest.raises(ArgumentError, match="quantity"):
        run_count(op, "seconds")


def test_leading_terms_are_those_of_polynomials() -> None:
    cubes = [3 * k**3 - k + 5 for k in range(4, 10)]
    assert comparing.leading(cubes) == (3, 18)
    assert comparing.leading_ratio(cubes, [2 * k**3 for k in range(4, 10)]) == sympy.Rational(3, 2)
    assert comparing.leading_ratio([1, 1, 1], [1, 2, 3]) == 0
    with pytest.raises(ArgumentError, match="too few"):
        comparing.leading([2**k for k in range(6)])


def test_printed_figures_are_rounded_as_they_are_printed() -> None:
    assert printed.as_printed(sympy.Rational(1, 2), "1") == "1"
    assert printed.as_printed(sympy.Rational(1999, 1000), "2.00") == "2.00"
    assert printed.as_printed(sympy.Rational(12349, 10000), "1.23") == "1.23"
    assert printed.as_printed(7, "0.5") == "7.0"


def test_degrees_of_freedom_are_the_same_on_both_roads() -> None:
    for op in (
        ca.conv(2, 2, 3, 2),
        ca.depthwise_separable(2, 3, (2, 2), 2),
        ca.spatially_separable(1, 1, (3, 2), (3, 2)),
        ca.flattened(2, 1, (2, 2), 2),
    ):
        assert kernels.freedom_in_symbols(op) == kernels.freedom_in_integers(op)
    assert kernels.freedom_in_integers(ca.flattened(2, 1, (2, 2), 2)) == 2 + 2 + 2 - 2


def test_outer_products_are_the_kernels_of_rank_at_most_one() -> None:
    q, m = 3, 2
    assert len(kernels.outer_products(m, q)) == 1 + (q**m - 1) ** 2 // (q - 1)


def test_shapes_seen_in_a_matrix_are_those_of_the_structure() -> None:
    for op in (
        ca.conv(2, 3, (7, 5), (3, 2), stride=2),
        ca.depthwise(3, (6, 4), 3),
        ca.conv(4, 6, (3, 3), 1),
    ):
        assert examples.seen_shape(op) == op.output_shape
    with pytest.raises(ArgumentError, match="without padding"):
        examples.seen_shape(ca.conv(1, 1, 5, 3, padding=1))


def test_channel_tables_are_the_same_on_both_roads() -> None:
    for op in (ca.channel_shuffle(6, 2, groups=3), ca.shuffled_grouped(4, 4, 3, 2, groups=2)):
        assert (patterns.table_in_symbols(op) == op.channel_pattern().table).all()


def test_the_tables_have_the_sizes_that_the_papers_print() -> None:
    sizes = {here.layer.name: here.input_size for here in mobile.imagenet(mobile.MOBILENET)}
    assert [sizes[name] for name in ("depthwise_1", "depthwise_2", "depthwise_13", "average", "fc")] == [
        112, 112, 7, 7, 1,
    ]  # fmt: skip
    shuffle = mobile.imagenet(mobile.shufflenet(8))
    stages = [here for here in shuffle if here.layer.name.endswith("_1_expand")]
    assert [here.input_size for here in stages] == [28, 14, 7]
    assert [here.out_channels for here in stages] == [384 - 24, 384, 768]
    assert shuffle[-1].in_channels == 1536


@pytest.mark.parametrize("table", [mobile.MOBILENET, mobile.MOBILENET_FULL, mobile.shufflenet(4)])
def test_networks_are_counted_alike_by_formulas_and_by_matrices(table) -> None:
    for size in (32, 96):
        network = mobile.imagenet(table, size)
        for quantity in ("multiplications", "mult_adds", "parameters"):
            counted = networks.total_counted(network, quantity)
            assert networks.total(network, quantity) == counted
            if quantity != "multiplications":
                made = mobile.in_formulas(lambda n: mobile.imagenet(table, n), quantity, size, 32)
                assert made == counted


def test_channels_that_do_not_come_out_whole_are_refused() -> None:
    with pytest.raises(ArgumentError, match="whole number"):
        mobile.shufflenet(1, bottleneck=5)
