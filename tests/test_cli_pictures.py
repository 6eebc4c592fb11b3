"""What a picture shows, against geometry worked out here; and a file is written whole or not at all."""

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import sparse

import convalgebra as ca
from convalgebra.cli import main
from convalgebra.drawing.panel import BINS, density
from convalgebra.drawing.taps import taps_of

TINY = ("conv", "--in", "1", "--out", "1", "--input", "4,4", "--kernel", "3")


def ones(operator):
    return {name: np.ones(shape, int) for name, shape in operator.weight_shapes.items()}


def tap_numbers(operator):
    return taps_of(operator, operator.matrix, operator.matrix(ones(operator))).numbers


def expected_taps(matrix, inputs, outputs, stride, dilation, kernel):
    """The tap of each entry of a 2-D convolution without padding, from where the entry stands."""
    where = matrix.tocoo().coords
    (_, *out), (_, *into) = (
        np.unravel_index(side, (10**6, *size)) for side, size in zip(where, (outputs, inputs), strict=True)
    )
    steps = [(i - stride * o) // dilation for i, o in zip(into, out, strict=True)]
    return steps[0] * kernel[1] + steps[1] + 1


@pytest.mark.parametrize(("stride", "dilation", "groups"), [(1, 1, 1), (2, 1, 2), (1, 3, 1), (2, 3, 2)])
def test_an_entry_has_the_colour_of_its_tap(stride, dilation, groups):
    inputs, kernel = (9, 8), (2, 3)
    operator = ca.conv(2, 4, inputs, kernel, stride=stride, dilation=dilation, groups=groups)
    matrix = operator.matrix(ones(operator))
    expected = expected_taps(matrix, inputs, operator.output_size, stride, dilation, kernel)
    np.testing.assert_array_equal(tap_numbers(operator), expected)
    numbered = sparse.csr_array((expected, matrix.indices, matrix.indptr), shape=matrix.shape)
    np.testing.assert_array_equal(tap_numbers(operator.T), numbered.T.tocsr().data)


def test_an_entry_of_several_taps_has_the_colour_of_none():
    product = ca.depthwise_separable(2, 2, 5, 2)
    assert not tap_numbers(product).any()
    # At the border a padding that repeats adds up taps: powers of ten tell which.
    repeated = ca.conv(1, 1, 4, 3, padding=1, padding_mode="replicate")
    digits = repeated.matrix(np.array([[[1, 10, 100]]])).data.tolist()
    alone = {1: 1, 10: 2, 100: 3}
    assert set(digits) - set(alone)
    assert tap_numbers(repeated).tolist() == [alone.get(value, 0) for value in digits]


def test_each_factor_has_the_taps_of_its_own_weight():
    pointwise, depthwise = ca.depthwise_separable(2, 3, (4, 4), 2).stages
    assert set(tap_numbers(pointwise)) == {1}
    assert set(tap_numbers(depthwise)) == {1, 2, 3, 4}


def test_a_density_is_the_share_of_stored_entries_in_each_bin():
    pattern = np.random.default_rng(0).random((2 * BINS, BINS + 7)) < 0.01
    rows, columns = (np.arange(n) * BINS // n for n in pattern.shape)
    counts = np.zeros((BINS, BINS))
    np.add.at(counts, np.ix_(rows, columns), pattern)
    areas = np.outer(np.bincount(rows), np.bincount(columns))
    np.testing.assert_allclose(density(sparse.csr_array(pattern)), counts / areas)


@pytest.mark.parametrize("suffix", [".npz", ".mtx", ".png", ".svg", ".pdf"])
def test_a_failure_while_writing_keeps_what_was_there(suffix, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    for writer in ("scipy.sparse.save_npz", "scipy.io.mmwrite", "matplotlib.figure.Figure.savefig"):
        monkeypatch.setattr(writer, full)
    file = tmp_path / f"c{suffix}"
    file.write_bytes(b"mine")
    done = CliRunner().invoke(main, ["matrix", *TINY, "-o", str(file)])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert "No space left on device" in done.output
    assert file.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [file]


def test_a_suffix_may_be_in_capitals(tmp_path):
    file = tmp_path / "C.PNG"
    done = CliRunner().invoke(main, ["matrix", *TINY, "-o", str(file)])
    assert done.exit_code == 0, done.output
    assert file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
