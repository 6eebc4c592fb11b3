"""The papers' claims: every verdict stands, and falls when what the claim says is changed."""

import pytest
import sympy

from convalgebra.claims.forms.printed import cut, percent, rounded
from convalgebra.claims.forms.tables import mobilenet_v2, resnet, resnext29, vgg, xception
from convalgebra.claims.forms.videos import middle_channels, video_resnet
from convalgebra.claims.judges import papers
from convalgebra.claims.ledger import ledger
from tests.claim_changes import stands

CLAIMS = {claim.id: claim for claim in ledger() if claim.section.startswith("papers")}
ROOMS = [room.__name__.rpartition(".")[2] for room in papers.ROOMS]


def test_there_are_claims_of_fifteen_papers_each_with_a_judge_in_one_room():
    assert len(CLAIMS) == 72
    assert set(papers.JUDGES) == set(CLAIMS)
    assert sum(len(room.JUDGES) for room in papers.ROOMS) == len(CLAIMS)
    assert len({claim.id.partition("-")[0] for claim in CLAIMS.values()}) == 15


# --- claims that are changed -----------------------------------------------------------------------


CHANGES = [
    ("papers_maps", "DUMOULIN-01", "lambda i, k, s, p, a: i,", "lambda i, k, s, p, a: i + 1,"),
    ("papers_maps", "DUMOULIN-02", "(i + 2 * p, i + 2 * p), k, stride=s)", "(i + 2 * p,) * 2, k)"),
    ("papers_maps", "HOWARD-03", "x[m, at + i, along + j]", "x[m, at + j, along + i]"),
    ("papers_maps", "CHOLLET-01", 'weights["spatial"][rows]', 'weights["spatial"][rows][:, ::-1]'),
    ("papers_maps", "YU-01", "dilations=(1, 2, 4)", "dilations=(1, 2, 2)"),
    ("papers_maps", "YU-02", "2 * 33", "2 * 34"),
    ("papers_maps", "SHI-01", "C * r * (other % r)", "C * r * (one % r)"),
    ("papers_maps", "SHI-02", "finding(at, r**2,", "finding(at, r**2 - 1,"),
    ("papers_maps", "SHI-02", "k >= r)", "k >= r - 1)"),
    ("papers_maps", "SHI-03", "(-(-k // r)) ** 2", "(k // r) ** 2"),
    ("papers_costs", "HOWARD-01", "alpha * M * alpha * N", "alpha * M * N"),
    ("papers_costs", "HOWARD-02", "(rho * F) ** 2 + alpha", "rho * F**2 + alpha"),
    ("papers_costs", "SZEGEDY-01", '"2.78"', '"2.77"'),
    ("papers_costs", "SZEGEDY-02", 'factored("28%"', 'factored("27%"'),
    ("papers_costs", "SZEGEDY-04", 'factored("33%"', 'factored("34%"'),
    (
        "papers_costs",
        "SZEGEDY-05",
        "(3, 3),\n        lambda: receptive",
        "(3, 5),\n        lambda: receptive",
    ),
    ("papers_costs", "SZEGEDY-06", 'factored("11%", (2, 2), 3)', 'factored("11%", (2, 2), 4)'),
    ("papers_costs", "SZEGEDY-07", "1 - 2 / n", "1 - 2 / (n + 1)"),
    ("papers_costs", "SZEGEDY-08", "lambda **_: sympy.Rational(3, 4)", "lambda **_: sympy.Rational(2, 3)"),
    ("papers_costs", "SZEGEDY-08", "lambda **_: sympy.Rational(1, 4)", "lambda **_: sympy.Rational(3, 4)"),
    ("papers_costs", "SZEGEDY-09", "2 * (2 * e) ** 2 * k**2", "2 * (2 * e) ** 2 * k"),
    ("papers_costs", "SIMONYAN-01", "extent(7, dilated(1, 1, 1))", "extent(9, dilated(1, 1, 1))"),
    ("papers_costs", "SIMONYAN-02", "27 * C**2", "28 * C**2"),
    ("papers_costs", "SIMONYAN-02", '"81%"', '"82%"'),
    ("papers_blocks", "ZHANG-01", "g * b > 1", "g * b >= 1"),
    ("papers_blocks", "SANDLER-01", "h * w * a * b * k * k", "h * w * a * b * k"),
    ("papers_blocks", "SANDLER-02", "h * w * a * (k**2 + b)", "h * w * a * (k + b)"),
    ("papers_blocks", "SANDLER-03", "k**2 * b / (k**2 + b)", "k**2"),
    ("papers_blocks", "SANDLER-04", "d >= 72", "d >= 71"),
    ("papers_blocks", "SANDLER-05", "a * t * (a + k**2 + b)", "a * t * (a + k + b)"),
    ("papers_blocks", "SANDLER-06", "n * (9 + b)", "n * (8 + b)"),
    ("papers_blocks", "TRAN-01", "% (d**2 * a + t * b) == 0", "% (d**2 * a) == 0"),
    ("papers_blocks", "DONG-01", "m * h**2) * N**2", "m * h) * N**2"),
    ("papers_blocks", "DONG-02", "81 * d) * N**2", "25 * d) * N**2"),
    ("papers_blocks", "DONG-03", "lambda n, k, r, p: r * n,", "lambda n, k, r, p: r * n - 1,"),
    ("papers_winograd", "LAVIN-01", "(m + r - 1) * C * K, (m,)", "(m + r) * C * K, (m,)"),
    ("papers_winograd", "LAVIN-04", '"additions of the data", 4', '"additions of the data", 5'),
    ("papers_winograd", "LAVIN-05", '"g0 + g2 computed once", 3', '"g0 + g2 computed once", 4'),
    ("papers_winograd", "LAVIN-06", "gain(sympy.Rational(9, 4), 2, 3)", "gain(sympy.Rational(5, 2), 2, 3)"),
    ("papers_winograd", "LAVIN-07", 'additions("inverse", 24', 'additions("inverse", 32'),
    ("papers_winograd", "LAVIN-09", "gain(4, 4, 3)", "gain(5, 4, 3)"),
    ("papers_winograd", "LAVIN-10", "3 + 6, filter_rows", "3 + 5, filter_rows"),
    ("papers_winograd", "LAVIN-10b", "(13, 156)", "(13, 157)"),
    ("papers_winograd", "LAVIN-10b", "(8, 72)", "(9, 81)"),
    ("papers_winograd", "LAVIN-11", '"1.78"', '"1.87"'),
    ("papers_winograd", "LAVIN-12", '"2.94"', '"2.49"'),
    ("papers_winograd", "LAVIN-13", "ceil_div(H, m) * ceil_div(W, n)", "ceil_div(H, n) * ceil_div(W, m)"),
    ("papers_networks", "HOWARD-04", '"325 M"', '"326 M"'),
    ("papers_networks", "HOWARD-05", '"418 M"', '"419 M"'),
    ("papers_networks", "HOWARD-06", "range(7, 12)", "range(7, 11)"),
    ("papers_networks", "SIMONYAN-03", '"134 M"', '"133 M"'),
    ("papers_networks", "HE-01", 'resnet_row(34, "3.6 G")', 'resnet_row(34, "3.7 G")'),
    ("papers_networks", "HE-02", '"18%"', '"19%"'),
    ("papers_networks", "XIE-02", '"34.4 M"', '"34.5 M"'),
    ("papers_networks", "CHOLLET-04", '"22855952"', '"22855953"'),
    ("papers_networks", "SANDLER-08", '"582 M"', '"585 M"'),
    ("papers_networks", "TRAN-02", '"11.7 M"', '"11.8 M"'),
    ("papers_networks", "DONG-04", "17088", "17089"),
    ("papers_networks", "DONG-05", '"8.7"', '"8.9"'),
    ("papers_lenet", "LECUN-02", '"5,880"', '"4,704"'),
    ("papers_lenet", "LECUN-03", '"1,516"', '"1,500"'),
    ("papers_lenet", "LECUN-05", '"340,908"', '"340,068"'),
]


@pytest.mark.parametrize(("room", "name", "old", "new"), CHANGES)
def test_a_changed_claim_loses_its_verdict(room, name, old, new):
    assert not stands(name, room, old, new)


def test_the_changes_reach_every_room():
    assert {room for room, *_ in CHANGES} == set(ROOMS)


# --- tables ----------------------------------------------------------------------------------------


def test_figures_are_rounded_exactly_and_cut_off_where_that_is_said():
    assert [rounded(sympy.Rational(n, 8), 2) for n in (1, 3, 4, 5)] == ["0.13", "0.38", "0.50", "0.63"]
    assert (rounded(sympy.Rational(5, 2)), cut(sympy.Rational(299, 100), 1)) == ("3", "2.9")
    assert rounded(sympy.Rational(10**20 + 1, 10**20), 20) == "1.00000000000000000001"
    assert (rounded(sympy.Rational(1, 20), 1), percent(sympy.Rational(81, 1000))) == ("0.1", "8%")


def test_tables_have_as_many_layers_as_their_networks_are_called_for():
    def layers(rows, without=("shortcut",)):
        return len([r for r in rows if not r.pool and not any(word in r.name for word in without)])

    assert {depth: layers(resnet(depth)) for depth in (18, 34, 50, 101, 152)} == {
        depth: depth for depth in (18, 34, 50, 101, 152)
    }
    assert layers(resnext29(8, 64)) == 29
    assert [layers(vgg(name)) for name in "ADE"] == [11, 16, 19]
    assert layers(xception(), ("shortcut", "depthwise", "fc")) == 36
    assert layers(mobilenet_v2(), ()) == 53
    assert len([layer for layer in video_resnet("3d") if layer.kernel != (1, 1, 1)]) == 17


def test_blocks_of_video_have_the_channels_of_the_formula():
    assert [middle_channels(n, n, 3, 3) for n in (64, 128, 256, 512)] == [144, 288, 576, 1152]
    assert middle_channels(3, 64, 3, 7) == 83
