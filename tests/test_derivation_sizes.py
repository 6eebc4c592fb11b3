"""Derivations of output sizes and receptive fields, step by step."""

from __future__ import annotations

import pytest

import convalgebra as ca
from convalgebra.counting.grids import sample_points
from convalgebra.derivation.fields import derive_receptive_field
from convalgebra.derivation.outputs import derive_output_size

N, H = map(ca.symbol, ("N", "H"))
PLACES = "the places of the window that end inside the padded input; definition"
READS = "as far as the last tap reads"


@pytest.mark.parametrize(
    ("op", "told"),
    [
        (
            ca.conv(1, 1, 5, 3) @ ca.conv(1, 1, 7, 3),
            [
                f"M_1 = sum([i + 3 <= 7], i < 7)    [{PLACES}]",
                "sum([i + 3 <= 7], i < 7) = Sum(1, (i, 0, 4))    [the last window that fits begins 4 in]",
                "Sum(1, (i, 0, 4)) = 5    [the places from 0 to the last]",
                f"M_2 = sum([i + 3 <= 5], i < 5)    [{PLACES}]",
                "sum([i + 3 <= 5], i < 5) = Sum(1, (i, 0, 2))    [the last window that fits begins 2 in]",
                "Sum(1, (i, 0, 2)) = 3    [the places from 0 to the last]",
            ],
        ),
        (
            ca.conv(1, 1, ("H", "W"), (1, 3), stride=(1, 2), padding=((0, 0), (1, 0))),
            [
                "M_1 = H    [every position stays where it is]",
                f"M_2 = sum([2*i + 3 <= W + 1], i < W + 1)    [{PLACES}]",
                "sum([2*i + 3 <= W + 1], i < W + 1) = Sum(1, (i, 0, floor(W/2) - 1))"
                "    [the last window that fits begins at most W - 2 in]",
                "Sum(1, (i, 0, floor(W/2) - 1)) = floor(W/2)    [the places from 0 to the last]",
                "if W >= 2",
            ],
        ),
        (
            ca.decimation(1, "N", 2),
            [
                f"M = sum([2*i + 1 <= N], i < N)    [{PLACES}]",
                "sum([2*i + 1 <= N], i < N) = Sum(1, (i, 0, floor((N - 1)/2)))"
                "    [the last window that fits begins at most N - 1 in]",
                "Sum(1, (i, 0, floor((N - 1)/2))) = floor((N - 1)/2) + 1    [the "
                "places from 0 to the last]",
            ],
        ),
        (
            ca.conv_transpose(1, 1, "N", 3, stride=2, dilation=2),
            [
                "M = max(2*i + 2*k, i < N, k < 3) + 1    [the last place that an input "
                "reaches through a tap, "
                "less the padding; definition]",
                "max(2*i + 2*k, i < N, k < 3) + 1 = (2*N + 2) + 1    [the last input, "
                "through the last tap]",
                "(2*N + 2) + 1 = 2*N + 3    [collect]",
            ],
        ),
        (
            ca.conv_transpose(1, 1, 4, 3, stride=2, padding=1, output_padding=1),
            [
                "M = max(2*i + k, i < 4, k < 3)    [the last place that an input reaches through a tap, "
                "less the padding, and the output padding; definition]",
                "max(2*i + k, i < 4, k < 3) = 8    [the last input, through the last tap]",
            ],
        ),
        (ca.upsample_nearest(2, "N", 2), ["M = 2*N    [each position becomes 2]"]),
        (
            ca.pixel_unshuffle(1, (2 * H, 2 * H), 2),
            ["M = (2*H)/2    [2 positions become one]", "(2*H)/2 = H    [multiply]"],
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, ca.Operator) else "",
)
def test_output_sizes_are_told_step_by_step(op: ca.Operator, told: list[str]) -> None:
    derivation = derive_output_size(op)
    assert derivation.text().splitlines() == told
    assert derivation.verify(sample_points([op], derivation.conditions, 4))


@pytest.mark.parametrize(
    ("op", "told"),
    [
        (
            ca.conv(1, 1, "N", 3, stride=2) @ ca.conv(1, 1, 2 * N + 1, 3, stride=2),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
                "j_1 = 2    [how far the window moves from output to output: the strides]",
                f"r_2 = j_1*max(k, k < 3) + r_1    [{READS}, in steps of j_1; definition]",
                "j_1*max(k, k < 3) + r_1 = 2*j_1 + r_1    [the last tap is 2 on]",
                "2*j_1 + r_1 = 7    [put in and collect]",
                "if N >= 3",
            ],
        ),
        (
            ca.conv(1, 1, 8, 3) @ ca.conv(1, 1, 15, 1, stride=2),
            [
                "j_1 = 2    [how far the window moves from output to output: the strides]",
                f"r_2 = j_1*max(k, k < 3) + 1    [{READS}, in steps of j_1; definition]",
                "j_1*max(k, k < 3) + 1 = 2*j_1 + 1    [the last tap is 2 on]",
                "2*j_1 + 1 = 5    [put in and collect]",
            ],
        ),
        (
            ca.conv(1, 1, 7, 1) @ ca.conv(1, 1, 9, 3),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
            ],
        ),
        (
            ca.conv(1, 1, 9, 1),
            [
                f"r = max(k, k < 1) + 1    [{READS}; definition]",
                "max(k, k < 1) + 1 = 1    [the last tap is 0 on]",
            ],
        ),
        (
            ca.conv(1, 1, (9, 9), (3, 5), dilation=(2, 1)),
            [
                f"r_1 = max(2*k, k < 3) + 1    [{READS}; definition]",
                "max(2*k, k < 3) + 1 = 5    [the last tap is 4 on]",
                f"r_2 = max(k, k < 5) + 1    [{READS}; definition]",
                "max(k, k < 5) + 1 = 5    [the last tap is 4 on]",
            ],
        ),
        (
            ca.conv(1, 1, 9, 3, padding=1, padding_mode="reflect"),
            ["r = 1 + 2    [the window of this layer; definition]", "1 + 2 = 3    [the last tap is 2 on]"],
        ),
        (
            ca.conv(1, 1, 9, 3) @ ca.conv_transpose(1, 1, 4, 3, stride=2),
            [
                "r_1 = 1 + 1    [the window of this layer; definition]",
                "1 + 1 = 2    [the last tap is 1 on]",
                "j_1 = 1/2    [how far the window moves from output to output: the strides]",
                f"r_2 = j_1*max(k, k < 3) + r_1    [{READS}, in steps of j_1; definition]",
                "j_1*max(k, k < 3) + r_1 = 2*j_1 + r_1    [the last tap is 2 on]",
                "2*j_1 + r_1 = 3    [put in and collect]",
            ],
        ),
        (
            ca.conv(1, 1, 5, 3) @ ca.conv(1, 1, 17, 3, stride=3) @ ca.conv(1, 1, 35, 3, stride=2),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
                "j_1 = 2    [how far the window moves from output to output: the strides]",
                f"r_2 = j_1*max(k, k < 3) + r_1    [{READS}, in steps of j_1; definition]",
                "j_1*max(k, k < 3) + r_1 = 2*j_1 + r_1    [the last tap is 2 on]",
                "2*j_1 + r_1 = 7    [put in and collect]",
                "j_2 = 3*j_1    [how far the window moves from output to output: the strides]",
                "3*j_1 = 6    [multiply]",
                f"r_3 = j_2*max(k, k < 3) + r_2    [{READS}, in steps of j_2; definition]",
                "j_2*max(k, k < 3) + r_2 = 2*j_2 + r_2    [the last tap is 2 on]",
                "2*j_2 + r_2 = 19    [put in and collect]",
            ],
        ),
        (
            ca.upsample_nearest(1, 4, 2) @ ca.conv(1, 1, 6, 3),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
                "r_2 = r_1 + 1/2    [the window of this layer; definition]",
                "r_1 + 1/2 = 7/2    [put in and collect]",
                "floor(r_2) = 3    [whole inputs only]",
            ],
        ),
        (
            ca.conv(1, 1, "N", 3, padding=1) @ ca.conv(1, 1, "N", 3, padding=1),
            [
                f"r_1 = max(k, k < 3) + 1    [{READS}; definition]",
                "max(k, k < 3) + 1 = 3    [the last tap is 2 on]",
                f"r_2 = r_1 + max(k, k < 3)    [{READS}; definition]",
                "r_1 + max(k, k < 3) = r_1 + 2    [the last tap is 2 on]",
                "r_1 + 2 = 5    [put in and collect]",
                "if N >= 5",
            ],
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, ca.Operator) else "",
)
def test_fields_are_told_step_by_step(op: ca.Operator, told: list[str]) -> None:
    derivation = derive_receptive_field(op)
    assert derivation.text().splitlines() == told
    assert derivation.verify(sample_points([op], derivation.conditions, 4))


@pytest.mark.parametrize(
    ("op", "least"),
    [
        (ca.conv(1, 1, "N", 3), 3),
        (ca.conv(1, 1, "N", 3, padding=1), 3),
        (ca.conv(1, 1, "N", 3, padding=1, stride=2), 4),
        (ca.conv(1, 1, "N", 2, padding=2, stride=3), 3),
        (ca.conv(1, 1, "N", 3, padding=4, dilation=2), 5),
    ],
    ids=repr,
)
def test_the_least_image_on_which_an_output_sees_its_whole_window(op: ca.Operator, least: int) -> None:
    """There the measured field is the one told, and on an image shorter by one it is less."""
    derivation = derive_receptive_field(op)
    (told,) = derivation.result
    for size in range(1, 9):
        try:
            found = derivation.measure_at({"N": size})
        except ca.ArgumentError:
            assert size < least
            continue
        assert size >= least
        assert found.measured == (told,)
