"""What a picture says: the tap of each entry, the share of entries in each bin, what is explained."""

import numpy as np
import pytest
from scipy import sparse

import convalgebra as ca
from convalgebra.drawing import panel
from convalgebra.drawing.colours import ink_on, kernel_colours, tap_colours
from convalgebra.drawing.matrix import draw_matrix
from convalgebra.drawing.panel import density
from convalgebra.drawing.taps import taps_of, weights_of


def taps(operator):
    ones = {name: np.ones(shape, int) for name, shape in operator.weight_shapes.items()}
    return taps_of(operator, operator.matrix, operator.matrix(ones))


@pytest.mark.parametrize(
    "operator",
    [
        ca.conv(2, 3, (5, 4), (3, 2), padding=1),
        ca.conv(4, 4, 7, 3, groups=2, stride=2, flip=True),
        ca.conv_transpose(2, 3, (3, 3), (2, 3), stride=2),
        ca.dilated_polyphase(2, 2, (8, 8), 2, dilation=2),
        ca.locally_connected(2, 2, (4, 4), 2),
    ],
)
def test_the_tap_of_an_entry_is_the_kernel_position_of_its_weight(operator):
    (name, shape), *_ = operator.weight_shapes.items()
    kernel = shape[-2:] if len(shape) != 3 else shape[-1:]
    found = taps(operator)
    assert found.kernels == {name: kernel}
    numbers = np.arange(1, np.prod(kernel) + 1).reshape(kernel)
    by_value = operator.matrix({name: np.broadcast_to(numbers, shape)})
    assert np.array_equal(found.numbers, by_value.data)


def test_an_entry_made_of_several_weights_has_no_tap():
    assert not taps(ca.depthwise_separable(2, 3, (5, 5), 3)).numbers.any()
    assert not taps(ca.conv(1, 1, 4, 2, name="a") @ ca.conv(1, 1, 5, 2, name="b")).numbers.any()
    added = taps(ca.Sum((ca.Dense(2, 2, "a"), ca.Dense(2, 2, "b"))))
    assert not added.numbers.any()


def test_a_padding_that_reads_an_input_twice_makes_entries_of_several_taps():
    found = taps(ca.conv(1, 1, 3, 3, padding=1, padding_mode="replicate")).numbers
    assert sorted(found.tolist()).count(0) == 2


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (803, 1601), (1, 5000)])
def test_density_is_the_share_of_entries_in_each_bin(shape):
    random = np.random.default_rng(1)
    matrix = sparse.random_array(shape, density=0.1, rng=random, format="csr")
    high, wide = (min(n, panel.BINS) for n in shape)
    rows, columns = (np.arange(n) * bins // n for n, bins in zip(shape, (high, wide), strict=True))
    expected, cells = np.zeros((2, high, wide))
    np.add.at(expected, (rows[:, None], columns), matrix.toarray() != 0)
    np.add.at(cells, (rows[:, None], columns), 1)
    assert np.allclose(density(matrix), expected / cells)


def test_taps_have_colours_of_their_own():
    for count in (1, 9, 10, 49):
        assert len({tuple(colour) for colour in tap_colours(count)}) == count + 1


def contrast(a, b):
    light, dark = max(a, b), min(a, b)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear[:3] @ (0.2126, 0.7152, 0.0722))


def test_ink_is_read_on_every_tap():
    for colour in [*tap_colours(9), *tap_colours(49)]:
        assert contrast(luminance(colour), {"black": 0, "white": 1}[ink_on(colour)]) >= 4.5


def test_without_weights_no_values_are_written(tmp_path):
    conv = ca.conv(1, 1, 4, 3)
    with_values, without = tmp_path / "a.svg", tmp_path / "b.svg"
    draw_matrix(conv, np.arange(1, 4).reshape(1, 1, 3), with_values)
    drawn = draw_matrix(conv, None, without)
    assert drawn.nnz == 6
    assert len(without.read_bytes()) < len(with_values.read_bytes())


def test_a_picture_is_held_to_the_memory_limit(tmp_path):
    with pytest.raises(ca.MemoryLimitError):
        draw_matrix(ca.conv(1, 1, 4, 3), None, tmp_path / "c.png", memory_limit=10)
    assert list(tmp_path.iterdir()) == []


def test_a_tap_has_one_colour_whatever_else_there_is():
    nine = kernel_colours((3, 3)).reshape(3, 3, 4)
    for a, b in ((1, 3), (2, 2), (3, 1), (3, 2), (2, 3)):
        assert np.array_equal(kernel_colours((a, b)), nine[:a, :b].reshape(-1, 4))
    assert np.array_equal(kernel_colours((3, 3, 3))[:9], kernel_colours((3, 3)))
    pair = taps(ca.BlockDiag((ca.pointwise(1, 1, (4, 4)), ca.conv(1, 1, (4, 4), 3))))
    assert np.array_equal(pair.colours[2:], kernel_colours((3, 3)))


@pytest.mark.parametrize("kernel", [(1,), (1, 1), (5,), (3, 3), (2, 3, 3), (3, 3, 3), (4, 4), (5, 5)])
def test_the_taps_of_a_kernel_differ_and_bear_ink(kernel):
    colours = kernel_colours(kernel)
    assert colours.shape == (np.prod(kernel), 4)
    assert len(set(map(tuple, colours))) == len(colours)
    for colour in colours:
        assert contrast(luminance(colour), {"black": 0, "white": 1}[ink_on(colour)]) >= 4.5


def test_copied_windows_have_the_taps_of_the_convolution():
    one, other = ca.conv(2, 3, (4, 4), (2, 3)), ca.im2col(2, 3, (4, 4), (2, 3))
    assert np.array_equal(taps(one).numbers, taps(other).numbers)


def test_each_weight_is_told_from_the_others():
    conv = ca.conv(2, 2, 4, 3)
    ones = conv.matrix(np.ones((2, 2, 3), int))
    numbered = conv.matrix(np.arange(1, 13).reshape(2, 2, 3))
    assert np.array_equal(weights_of(conv, conv.matrix, ones), numbered.data)
