"""The named types against outsiders: torch, ONNX Runtime, scipy and numpy say what each must be."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from scipy import ndimage, signal

import convalgebra as ca
from convalgebra.catalogue.fast import toom_cook
from convalgebra.catalogue.types import types
from convalgebra.theorems.mirrors import same_of
from convalgebra.theorems.upsampling import zero_padded_tent
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


# kernel, stride, padding: windows that fit, that overhang, and a last one that would start in the padding.
POOLS = [
    (2, 2, 0),
    (3, 1, 1),
    (3, 2, 1),
    (2, 3, 1),
    (3, 4, 1),
    ((2, 4), (1, 3), (1, 2)),
    ((1, 5), (5, 4), (0, 2)),
]
BOTH = [False, True]


@pytest.mark.parametrize(("kernel", "stride", "padding"), POOLS)
@pytest.mark.parametrize("include", BOTH)
@pytest.mark.parametrize("ceil", BOTH)
def test_average_pool_is_that_of_torch(kernel, stride, padding, include: bool, ceil: bool) -> None:
    torch = optional("torch")
    x = torch.from_numpy(basis(2, 5, 6))
    options = {"ceil_mode": ceil, "count_include_pad": include}
    expected = torch.nn.functional.avg_pool2d(x, kernel, stride, padding, **options)
    op = ca.average_pool(2, (5, 6), kernel, stride=stride, padding=padding, **options)
    assert op.output_shape == tuple(expected.shape[1:])
    np.testing.assert_allclose(op.matrix().toarray(), flat(expected), rtol=0, atol=1e-15)


@pytest.mark.parametrize(("kernel", "stride", "padding"), POOLS[:5])
@pytest.mark.parametrize("include", BOTH)
@pytest.mark.parametrize("ceil", BOTH)
def test_average_pool_is_that_of_onnx(kernel, stride, padding, include: bool, ceil: bool) -> None:
    attributes = {
        "kernel_shape": (kernel, kernel),
        "strides": (stride, stride),
        "pads": (padding,) * 4,
        "ceil_mode": int(ceil),
        "count_include_pad": int(include),
    }
    expected = onnx_run("AveragePool", attributes, x=basis(2, 5, 6).astype(np.float32))
    options = {"ceil_mode": ceil, "count_include_pad": include}
    op = ca.average_pool(2, (5, 6), kernel, stride=stride, padding=padding, **options)
    np.testing.assert_allclose(op.matrix().toarray(), flat(expected), rtol=0, atol=1e-7)


@pytest.mark.parametrize("include", BOTH)
@pytest.mark.parametrize("ceil", BOTH)
def test_average_pool_by_its_definition(include: bool, ceil: bool) -> None:
    """A mean is a sum of what is there, over what counts, of each window that starts before the end."""
    for n, m, s, (lo, hi) in product(
        range(1, 6), range(1, 5), range(1, 5), [(0, 0), (1, 1), (2, 1), (0, 2)]
    ):
        end = n + hi
        fitting = [i for i in range(-lo, end, s) if i + m <= end]
        covering = [i for i in range(-lo, n, s) if i - s + m < end]
        starts = covering if ceil else fitting
        if not starts or n + lo + hi <= m - s * ceil:
            continue
        counts = range(-lo, n + hi) if include else range(n)
        expected = [
            [(i <= j < i + m) / max(1, sum(k in counts for k in range(i, i + m))) for j in range(n)]
            for i in starts
        ]
        options = {"ceil_mode": ceil, "count_include_pad": include}
        op = ca.average_pool(1, n, m, stride=s, padding=((lo, hi),), **options)
        np.testing.assert_allclose(op.matrix().toarray(), expected, rtol=0, atol=1e-15)


def test_average_pool_with_names_is_that_with_numbers() -> None:
    named = ca.average_pool(1, "N", "m", stride="s", padding="p", ceil_mode=True)
    for n, m, s, p in product((3, 4, 7), (2, 3), (1, 2, 3), (0, 1)):
        numbers = {"N": n, "m": m, "s": s, "p": p}
        assert named.subs(numbers) == ca.average_pool(1, n, m, stride=s, padding=p, ceil_mode=True)
    (outputs,) = ca.average_pool(1, "N", 2, ceil_mode=True).output_size
    assert [outputs.subs(ca.symbol("N"), n) for n in (4, 5)] == [2, 3]


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


LIBRARIES = {
    "signal.correlate": lambda x, w: signal.correlate(x, w, "same", "direct"),
    "signal.convolve": lambda x, w: signal.convolve(x, w, "same", "direct"),
    "ndimage.correlate": lambda x, w: ndimage.correlate(x, w, mode="constant", cval=0),
    "ndimage.convolve": lambda x, w: ndimage.convolve(x, w, mode="constant", cval=0),
}


@pytest.mark.parametrize("m", [(1,), (2,), (3,), (4,), (5,), (2, 3), (4, 1), (3, 3)])
@pytest.mark.parametrize("library", LIBRARIES)
def test_same_padding_of_the_theorems_is_that_of_the_library(library: str, m: tuple[int, ...]) -> None:
    n = (7, 6)[: len(m)]
    w, x = integer_array(m, 1), integer_array(n, 2)
    ours = same_of(library, n, m).matrix(w[None, None]) @ x.ravel()
    assert ours.tolist() == LIBRARIES[library](x, w).ravel().tolist()


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_same_padding_of_ndimage_along_one_axis(m: int) -> None:
    w, x = integer_array((m,), 1), integer_array((7,), 2)
    for name, theirs in (("correlate", ndimage.correlate1d), ("convolve", ndimage.convolve1d)):
        ours = same_of(f"ndimage.{name}", (7,), (m,)).matrix(w[None, None]) @ x
        assert ours.tolist() == theirs(x, w, mode="constant", cval=0).tolist()


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_same_padding_of_torch(m: int) -> None:
    torch = optional("torch")
    w = integer_array((1, 1, m), 1)
    expected = torch.nn.functional.conv1d(
        torch.eye(7, dtype=int)[:, None], torch.from_numpy(w), padding="same"
    )
    np.testing.assert_array_equal(same_of("torch", (7,), (m,)).matrix(w).toarray(), flat(expected))
    np.testing.assert_array_equal(ca.conv(1, 1, 7, m, padding="same").matrix(w).toarray(), flat(expected))


# --- Winograd's transforms, as Lavin and Gray print them: output, kernel, input ---

HALF, SIXTH, DOZEN, FOURTH = Fraction(1, 2), Fraction(1, 6), Fraction(1, 12), Fraction(1, 24)
LAVIN = {
    2: (
        [[1, 1, 1, 0], [0, 1, -1, -1]],
        [[1, 0, 0], [HALF, HALF, HALF], [HALF, -HALF, HALF], [0, 0, 1]],
        [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
    ),
    4: (
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
        [
            [Fraction(1, 4), 0, 0],
            [-SIXTH, -SIXTH, -SIXTH],
            [-SIXTH, SIXTH, -SIXTH],
            [FOURTH, DOZEN, SIXTH],
            [FOURTH, -DOZEN, SIXTH],
            [0, 0, 1],
        ],
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ],
    ),
}


def ratio(ours: Sequence, theirs: Sequence) -> Fraction:
    """Return by what number one row is the other; they must be multiples of each other."""
    (found,) = {Fraction(a) / Fraction(b) for a, b in zip(ours, theirs, strict=True) if b or a}
    return found


@pytest.mark.parametrize("tile", LAVIN)
def test_lavins_transforms_are_ours_up_to_scales_whose_product_is_one(tile: int) -> None:
    ours, (output, kernel, given) = toom_cook(tile, 3), LAVIN[tile]
    columns_of = [zip(*rows, strict=True) for rows in (ours.output.rows, output)]
    pairs = (
        zip(*columns_of, strict=True),
        zip(ours.kernel.exact_table(), kernel, strict=True),
        zip(ours.input.rows, given, strict=True),
    )
    scales = [[ratio(mine, theirs) for mine, theirs in rows] for rows in pairs]
    assert [a * b * c for a, b, c in zip(*scales, strict=True)] == [1] * (tile + 2)
    assert len(ours.input.exact_entries()) == {2: 8, 4: 22}[tile]
    assert len(ours.output.exact_entries()) == {2: 6, 4: 18}[tile]


@pytest.mark.parametrize(("tile", "taps"), [(2, 3), (4, 3), (3, 2), (1, 3), (3, 1)])
def test_two_of_the_transforms_determine_the_third(tile: int, taps: int) -> None:
    """Toeplitz(g) = A^T diag(G g) B^T for all g has one solution B^T: what multiplies it has full rank."""
    transform = toom_cook(tile, taps)
    output, table = sympy.Matrix(transform.output.rows), transform.kernel.symbolic_table()
    stacked = sympy.Matrix.vstack(*(output * sympy.diag(*(row[k] for row in table)) for k in range(taps)))
    assert stacked.rank() == tile + taps - 1


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
def test_without_replication_only_the_border_rows_are_wrong(factor: int) -> None:
    sizes = {"channels": 1, "input_size": (4,), "factor": (factor,)}
    exact, familiar = (
        make(**sizes).matrix().toarray() for make in (ca.upsample_bilinear, zero_padded_tent)
    )
    size, half = 4 * factor, factor // 2
    wrong = np.flatnonzero((exact != familiar).any(axis=1)).tolist()
    assert wrong == [*range(half), *range(size - half, size)]


@pytest.mark.parametrize("mode", ["zeros", "reflect"])
def test_copied_windows_are_those_of_torch(mode: str) -> None:
    """The columns are those of ``unfold``, whose transpose multiplies each filter."""
    torch = optional("torch")
    x = integer_array((2, 5, 6), 1)
    options = {"stride": (2, 1), "dilation": (1, 2), "padding": ((1, 1), (2, 2)), "padding_mode": mode}
    padded = np.pad(x, ((0, 0), (1, 1), (2, 2)), mode="constant" if mode == "zeros" else mode)
    theirs = torch.nn.functional.unfold(
        torch.from_numpy(padded[None].astype(float)), (3, 2), stride=(2, 1), dilation=(1, 2)
    )
    ours = ca.conv(2, 1, (5, 6), (3, 2), **options).on_weight(x).toarray()
    np.testing.assert_array_equal(ours, theirs[0].numpy().T)


def test_im2col_in_groups_is_the_grouped_convolution() -> None:
    options = {"stride": (2, 1), "padding": ((1, 0), (0, 1)), "groups": 2}
    fast, plain = (make(4, 6, (5, 4), (3, 2), **options) for make in (ca.im2col, ca.conv))
    w = integer_array((6, 2, 3, 2), 1)
    assert fast.weight_shapes == {"weight": (6, 12)}
    assert (
        fast.multiplications
        == ca.im2col(4, 6, (5, 4), (3, 2), **options | {"groups": 1}).multiplications // 2
    )
    np.testing.assert_array_equal(fast.matrix(w.reshape(6, 12)).toarray(), plain.matrix(w).toarray())
    named = ca.im2col("D", "N_c", ("H", "W"), "h", groups="g")
    assert named.subs(D=4, N_c=6, H=5, W=4, h=2, g=2) == ca.im2col(4, 6, (5, 4), 2, groups=2)
    assert set(named.conditions) == set(ca.conv("D", "N_c", ("H", "W"), "h", groups="g").conditions)
    with pytest.raises(ca.ArgumentError, match="groups=2 must divide in_channels=1"):
        named.subs(D=1, N_c=2, H=5, W=4, h=2, g=2)
    assert ca.ratio(named, ca.im2col("D", "N_c", ("H", "W"), "h")) == 1 / ca.symbol("g")


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


# --- moves by views ---


@pytest.mark.parametrize(
    "move",
    [
        ca.Permutation((300, 5, 400), (2, 0, 1)),
        ca.channel_shuffle(600, (10, 100), groups=3),
        ca.Phases((2, 500, 600), (2, 3)),
        ca.pixel_shuffle(600, (30, 30), 2),
    ],
    ids=lambda move: move.structure(),
)
def test_axes_are_turned_without_a_table_of_places(move: ca.Operator) -> None:
    tracemalloc.start()
    operator = move.linear_operator()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 100_000
    x = np.arange(move.shape[1])
    np.testing.assert_array_equal(operator @ x, move.matrix() @ x)
    np.testing.assert_array_equal(operator.T @ (operator @ x), x)


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
    "out_channels": lambda: ca.im2col(4, 3, 5, 3, groups=2),
    "in_channels=3": lambda: ca.im2col(3, 4, (5, 5), 2, groups=2),
    "counted": lambda: ca.Filter(ca.Axis(3, 2), "average", (1, 1)),
    "counted=1": lambda: ca.Filter(ca.Axis(3, 2), "mean", 1),
    "kernel_size": lambda: ca.average_pool(1, 2, 9, stride=1, ceil_mode=True),
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
