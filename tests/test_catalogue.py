"""The named types against outsiders: torch, ONNX Runtime, scipy and numpy say what each must be."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import ndimage, signal

import convalgebra as ca
from convalgebra.catalogue.fast import toom_cook
from convalgebra.catalogue.types import types
from tests.conftest import optional
from tests.oracles import columns, onnx_run
from tests.strategies import integer_array


def basis(channels: int, *size: int) -> np.ndarray:
    """Return one image per input value, a one at its place."""
    count = channels * int(np.prod(size))
    return np.eye(count).reshape(count, channels, *size)


def flat(images: object) -> np.ndarray:
    array = np.asarray(images)
    return array.reshape(len(array), -1).T


def same(op: ca.Operator, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(op.matrix().toarray(), expected)


# --- resampling, against torch and ONNX Runtime ---


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "include"),
    [(2, 2, 0, True), (3, 1, 1, True), (3, 2, 1, False), ((2, 4), (1, 3), (1, 2), False)],
)
def test_average_pool_is_that_of_torch(kernel, stride, padding, include) -> None:
    torch = optional("torch")
    x = torch.from_numpy(basis(2, 5, 6))
    expected = torch.nn.functional.avg_pool2d(x, kernel, stride, padding, count_include_pad=include)
    op = ca.average_pool(2, (5, 6), kernel, stride=stride, padding=padding, count_include_pad=include)
    np.testing.assert_allclose(op.matrix().toarray(), flat(expected), rtol=0, atol=1e-15)


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_upsampling_is_that_of_torch(factor: int) -> None:
    torch = optional("torch")
    x = torch.from_numpy(basis(2, 3, 4))
    interpolate = torch.nn.functional.interpolate
    same(ca.upsample_nearest(2, (3, 4), factor), flat(interpolate(x, scale_factor=factor, mode="nearest")))
    bilinear = interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
    ours = ca.upsample_bilinear(2, (3, 4), factor).matrix().toarray()
    np.testing.assert_allclose(ours, flat(bilinear), rtol=0, atol=1e-14)
    corners = interpolate(x, size=(2 * factor + 1, 3 * factor + 1), mode="bilinear", align_corners=True)
    ours = ca.upsample_bilinear(2, (3, 4), factor, align_corners=True).matrix().toarray()
    np.testing.assert_allclose(ours, flat(corners), rtol=0, atol=1e-14)


def test_shuffles_are_those_of_torch() -> None:
    torch = optional("torch")
    functional = torch.nn.functional
    deep, wide = torch.from_numpy(basis(8, 2, 3)), torch.from_numpy(basis(2, 4, 6))
    same(ca.pixel_shuffle(8, (2, 3), 2), flat(functional.pixel_shuffle(deep, 2)))
    same(ca.pixel_unshuffle(2, (4, 6), 2), flat(functional.pixel_unshuffle(wide, 2)))
    same(ca.channel_shuffle(8, (2, 3), groups=4), flat(torch.nn.ChannelShuffle(4)(deep)))


def test_space_to_depth_is_that_of_onnx() -> None:
    x = basis(3, 4, 6).astype(np.float32)
    same(ca.space_to_depth(3, (4, 6), 2), columns(onnx_run("SpaceToDepth", {"blocksize": 2}, x=x)))
    deep = basis(12, 2, 3).astype(np.float32)
    back = columns(onnx_run("DepthToSpace", {"blocksize": 2, "mode": "DCR"}, x=deep))
    same(ca.space_to_depth(3, (4, 6), 2).T, back)
    crd = columns(onnx_run("DepthToSpace", {"blocksize": 2, "mode": "CRD"}, x=deep))
    same(ca.pixel_shuffle(12, (2, 3), 2), crd)


@pytest.mark.parametrize(
    ("mode", "theirs"),
    [("zeros", "constant"), ("circular", "wrap"), ("reflect", "reflect"), ("replicate", "edge")],
)
def test_padding_is_that_of_numpy(mode: str, theirs: str) -> None:
    images = [np.pad(x[0], ((1, 2), (3, 0)), mode=theirs) for x in basis(1, 4, 5)]
    same(ca.padded(1, (4, 5), ((1, 2), (3, 0)), padding_mode=mode), flat(images))


def test_slices_are_those_of_numpy() -> None:
    x = basis(2, 5, 6)
    same(ca.decimation(2, (5, 6), (2, 3)), flat(x[:, :, ::2, ::3]))
    same(ca.cropped(2, (5, 6), ((1, 0), (2, 3))), flat(x[:, :, 1:, 2:3]))
    inserted = np.zeros((len(x), 2, 9, 16))
    inserted[:, :, ::2, ::3] = x
    same(ca.zero_insertion(2, (5, 6), (2, 3)), flat(inserted))


# --- convolutions, against scipy and loops ---


@pytest.mark.parametrize(("n", "m"), [((7,), (3,)), ((3,), (5,)), ((4, 5), (3, 2)), ((3, 3, 4), (2, 3, 1))])
def test_flipped_and_full_is_the_convolution_of_scipy(n: tuple[int, ...], m: tuple[int, ...]) -> None:
    w, x = integer_array(m, 1), integer_array(n, 2)
    op = ca.conv(1, 1, n, m, padding="full", flip=True)
    ours = (op.matrix(w[None, None]) @ x.ravel()).reshape(op.output_size)
    np.testing.assert_array_equal(ours, signal.convolve(x, w, mode="full", method="direct"))


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_same_padding_of_scipy_and_ndimage(m: int) -> None:
    w, x = integer_array((m,), 1), integer_array((7,), 2)

    def ours(lo: int, flip: bool) -> np.ndarray:
        op = ca.conv(1, 1, 7, m, padding=((lo, m - 1 - lo),), flip=flip)
        return op.matrix(w[None, None]) @ x

    constant = {"mode": "constant", "cval": 0}
    assert ours(m // 2, False).tolist() == ndimage.correlate1d(x, w, **constant).tolist()
    assert ours((m - 1) // 2, False).tolist() == ndimage.convolve1d(x, w[::-1], **constant).tolist()
    assert ours(m // 2, False).tolist() == signal.correlate(x, w, "same", "direct").tolist()
    assert ours(m // 2, True).tolist() == signal.convolve(x, w, "same", "direct").tolist()


def test_lavins_transforms_up_to_the_scale_of_their_rows() -> None:
    lavin = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]
    ours = toom_cook(2, 3)
    assert np.linalg.matrix_rank(np.array(ours.input.rows) @ np.linalg.inv(lavin)) == 4
    for mine, theirs in zip(ours.input.rows, lavin, strict=True):
        assert mine in (tuple(theirs), tuple(-v for v in theirs))
    count = {tile: len(toom_cook(tile, 3).input.exact_entries()) for tile in (2, 4)}
    assert count == {2: 8, 4: 22}
    assert {tile: len(toom_cook(tile, 3).output.exact_entries()) for tile in (2, 4)} == {2: 6, 4: 18}


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
def test_without_replication_only_the_border_rows_are_wrong(factor: int) -> None:
    exact = ca.upsample_bilinear(1, 4, factor).matrix().toarray()
    size, half = 4 * factor, factor // 2
    familiar = ca.Filter(ca.Axis(size, factor + 2 * half, factor, half, half), "tent").T.matrix().toarray()
    wrong = np.flatnonzero((exact != familiar).any(axis=1)).tolist()
    assert wrong == [*range(half), *range(size - half, size)]


def test_the_norm_of_zero_padding_is_bounded_by_the_circular_one() -> None:
    w = integer_array((2, 2, 3, 3), 4)
    zero, circle = (
        ca.conv(2, 2, (n, n), 3, padding=1, padding_mode=mode)
        for n, mode in ((5, "zeros"), (6, "circular"))
    )
    norms = [np.linalg.norm(op.matrix(w).toarray(), 2) for op in (zero, circle)]
    assert norms[0] <= norms[1] + 1e-9


def test_locally_connected_by_loops() -> None:
    op = ca.locally_connected(
        2, 3, (4, 5), (2, 3), stride=(1, 2), padding=((1, 0), (0, 1)), dilation=(2, 1)
    )
    (shape,) = op.weight_shapes.values()
    w, x = integer_array(shape, 1), integer_array((2, 4, 5), 2)
    image = np.pad(x, ((0, 0), (1, 0), (0, 1)))
    expected = np.zeros(op.output_shape, int)
    for o, i, j in np.ndindex(*op.output_shape):
        for c, k, m in product(range(2), range(2), range(3)):
            expected[o, i, j] += w[o, i, j, c, k, m] * image[c, i + 2 * k, 2 * j + m]
    np.testing.assert_array_equal(op.matrix(w) @ x.ravel(), expected.ravel())
    assert op.parameters == w.size


def test_lenet5_joins_60_of_96_pairs_as_its_table_says() -> None:
    table = np.array(ca.lenet5_c3())
    assert table.shape == (16, 6)
    assert table.sum(axis=1).tolist() == [3] * 6 + [4] * 9 + [6]
    assert table.sum(axis=0).tolist() == [10] * 6
    op = ca.connected(table, (14, 14), 5)
    assert (op.output_shape, op.parameters) == ((16, 10, 10), 60 * 25)
    assert (op.channel_pattern().table == table.astype(bool)).all()


WINOGRAD = [
    (2, 3, 9, 0, 1, 1e-12),
    (4, 3, 11, 1, 2, 1e-10),
    (3, 2, 8, 0, 1, 1e-12),
    (2, 5, 10, 2, 1, 1e-10),
    (6, 3, 13, 1, 1, 1e-8),
    (5, 1, 4, 0, 2, 1e-12),
]


@pytest.mark.parametrize(("tile", "taps", "n", "padding", "groups", "tolerance"), WINOGRAD)
def test_winograd_is_the_convolution(tile, taps, n, padding, groups, tolerance) -> None:
    fast = ca.winograd(2, 4, (n, n - 1), taps, tile=tile, padding=padding, groups=groups)
    plain = ca.conv(2, 4, (n, n - 1), taps, padding=padding, groups=groups)
    w = integer_array(plain.weight_shapes["weight"], 3)
    difference = (fast.matrix(w) - plain.matrix(w)).toarray()
    assert np.abs(difference).max() < tolerance
    tiles = np.prod([-(-size // tile) for size in plain.output_size])
    assert fast.multiplications == 2 * 4 // groups * tiles * (tile + taps - 1) ** 2


@pytest.mark.parametrize(("n", "m"), [(5, 3), (3, 5), (8, 8)])
def test_convolution_by_frequency_is_circular(n: int, m: int) -> None:
    fast, plain = (
        ca.fourier_conv(2, 3, (n, 4), m),
        ca.conv(2, 3, (n, 4), m, padding="same", padding_mode="circular"),
    )
    w = integer_array(plain.weight_shapes["weight"], 3)
    np.testing.assert_allclose(fast.matrix(w).toarray(), plain.matrix(w).toarray(), atol=1e-10)


# --- the same outputs as an operator on the weight ---


@pytest.mark.parametrize(
    "op",
    [
        ca.conv(2, 4, (4, 5), (2, 3), stride=(1, 2), padding=1, groups=2, padding_mode="reflect"),
        ca.conv(2, 3, 6, 3, dilation=2, padding=2, flip=True),
        ca.conv_transpose(2, 4, (3, 2), 3, stride=2, padding=1, groups=2),
        ca.depthwise(3, (4, 4), 2, multiplier=2),
        ca.locally_connected(2, 2, 5, 3),
        ca.conv(4, 2, 5, 3, groups=2).blocks(),
        ca.conv(1, 2, 5, 3) + ca.Product((ca.conv(1, 2, 3, 1), ca.cropped(1, 5, 1))),
        ca.connected(((1, 0), (1, 1)), 5, 2),
    ],
    ids=lambda op: op.structure()[:30],
)
def test_an_operator_on_the_weight_gives_the_same_outputs(op: ca.Operator) -> None:
    weights = {
        name: integer_array(shape, at) for at, (name, shape) in enumerate(op.weight_shapes.items(), start=1)
    }
    x = integer_array(tuple(op.input_shape), 9)
    flattened = np.concatenate([w.ravel() for w in weights.values()])
    np.testing.assert_array_equal(op.on_weight(x) @ flattened, op.matrix(weights) @ x.ravel())


def test_a_composition_is_not_linear_in_its_weights_together() -> None:
    with pytest.raises(ca.ArgumentError, match="not linear"):
        ca.depthwise_separable(1, 2, 5, 3).on_weight(np.ones(5))


def test_blocks_run_apart_give_the_whole() -> None:
    """As AlexNet's two GPUs did."""
    op = ca.grouped(4, 6, (5, 5), 3, groups=2, padding=1)
    w, x = integer_array((6, 2, 3, 3), 1), integer_array((4, 5, 5), 2)
    apart = [
        block.matrix(part) @ half.ravel()
        for block, part, half in zip(op.blocks().operators, np.split(w, 2), np.split(x, 2), strict=True)
    ]
    np.testing.assert_array_equal(np.concatenate(apart), op.matrix(w) @ x.ravel())
    assert str(op.channel_pattern()) == "\n".join(["██··"] * 3 + ["··██"] * 3)


# --- the whole catalogue ---

NUMBERS = {"H": 6, "W": 6, "N": 6, "T": 6, "D": 4, "N_c": 4, "h": 3, "m": 3, "s": 2, "l": 2, "g": 2}
NUMBERS |= {"b": 4, "q": 3, "C": 2, "p": 1, "r": 2}


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_every_type_with_numbers_costs_what_its_formula_says(kind) -> None:
    op = kind.make()
    numeric = op.subs({str(s): NUMBERS[str(s)] for s in op.symbols})
    at = {s: NUMBERS[str(s)] for s in op.symbols}
    for count in ("multiplications", "mult_adds", "parameters"):
        formula = getattr(op, count)
        value = formula if isinstance(formula, int) else formula.subs(at, simultaneous=True).doit()
        assert value == getattr(numeric, count), count
    measured = ca.measure(numeric)
    assert measured == ca.Counts(numeric.multiplications, numeric.additions)
    expanded = numeric.expand()
    weights = {
        name: integer_array(shape, at) for at, (name, shape) in enumerate(numeric.weight_shapes.items())
    }
    np.testing.assert_allclose(
        expanded.matrix(weights).toarray(), numeric.matrix(weights).toarray(), atol=1e-10
    )


def test_all_thirteen_families_are_there() -> None:
    assert {kind.family for kind in types()} == set(range(14))


# --- mistakes ---

BAD = {
    "in_channels": lambda: ca.pixel_shuffle(3, (2, 2), 2),
    "points": lambda: ca.winograd(1, 1, 6, 3, points=(0, 0, 1)),
    "table": lambda: ca.connected(((0, 0),), 5, 3),
    "modulus": lambda: ca.fourier_conv(1, 1, 5, 3, modulus=7),
    "groups": lambda: ca.channel_shuffle(5, 3, groups=2),
    "form": lambda: ca.resnext_block(1, 1, 5, 3, groups=1, middle_channels=1, form="d"),
    "amount": lambda: ca.cropped(1, 5, -1),
    "kernel": lambda: ca.Filter(ca.Axis(3, 2), 5),
    "residues": lambda: ca.Phases((1, 5), (2,), ((2,),)),
    "weight": lambda: ca.upsample_kernel(5, 2),
    "theorem": lambda: ca.check("A1"),
    "order": lambda: ca.Permutation((2, 3), (0, 0)),
}


@pytest.mark.parametrize("argument", BAD)
def test_a_mistake_names_the_argument(argument: str) -> None:
    with pytest.raises(ca.ArgumentError, match=argument):
        BAD[argument]()
