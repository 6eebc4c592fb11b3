"""What a user would do today to get the same sparse matrix: verified equal to ours, then timed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.layers import Layer
from benchmarks.results import Part, Row, Step, Value
from benchmarks.timing import Effort, geometric_mean, is_installed, take_turns

Weight = NDArray[Any]
Build = Callable[[Layer, Weight], Any]
RATIO = "ratio"

LAYERS = (
    Layer(1, 1, 3, 32, padding=1),
    Layer(1, 1, 5, 40, padding=2),
    Layer(2, 4, 3, 16, padding=1),
    Layer(8, 16, 3, 14, padding=1),
    Layer(16, 32, 3, 16, stride=2, padding=1),
    Layer(256, 64, 1, 28),
    Layer(64, 64, 3, 28, padding=1),
    Layer(1, 1, 3, 1024, padding=1),
)
# Roads through a dense matrix, or through a product per column, end early.
MOST_DENSE_BYTES = 2**28
MOST_PYLOPS_ENTRIES = 2**22


@dataclass(frozen=True)
class Rival:
    """Another way to the same matrix, the module that it needs, and where it can go."""

    name: str
    module: str
    build: Build
    fits: Callable[[Layer], bool] = lambda layer: True


def part(quick: bool) -> Part:
    """Return the benchmark of ``op.matrix`` against its rivals."""
    effort = Effort(rounds=3 if quick else 7, seconds=3 if quick else 15)
    installed = [rival for rival in RIVALS if is_installed(rival.module)]
    steps = [
        Step(f"{layer.label}: {rival.name}", _against(layer, rival, effort))
        for layer in (LAYERS[:3] if quick else LAYERS)
        for rival in installed
        if rival.fits(layer)
    ]
    notes = [f"{r.module} is not installed: no {r.name}" for r in RIVALS if r not in installed]
    title = "The same sparse matrix by other roads, each verified equal: its time over ours"
    return Part("rivals", title, steps, _summary, notes)


def _against(layer: Layer, rival: Rival, effort: Effort) -> Callable[[], list[Row]]:
    def run() -> list[Row]:
        operator, weight = layer.operator, layer.weight()
        case: dict[str, Value] = {"rival": rival.name}
        if not _same(operator.matrix(weight), rival.build(layer, weight)):
            case[RATIO] = "another matrix"
            return [Row(layer.label, case, at_least={RATIO: 1})]
        times = take_turns(
            {"ours": partial(operator.matrix, weight), "rival": partial(rival.build, layer, weight)}, effort
        )
        values: dict[str, Value] = case | {
            "ours, ms": 1e3 * times.seconds("ours"),
            "rival, ms": 1e3 * times.seconds("rival"),
            RATIO: times.ratio("rival", "ours"),
        }
        return [Row(layer.label, values, at_least={RATIO: 1})]

    return run


def _same(ours: sparse.csr_array, theirs: Any) -> bool:
    """Whether two matrices have the same entries; the order within a row may differ."""
    theirs = sparse.csr_array(theirs, copy=True)
    theirs.sort_indices()
    return ours.shape == theirs.shape and all(
        np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in ("indptr", "indices", "data")
    )


def _summary(rows: Sequence[Row]) -> list[Row]:
    summary = []
    for rival in RIVALS:
        ratios = [row.values[RATIO] for row in rows if row.values["rival"] == rival.name]
        numbers = [ratio for ratio in ratios if not isinstance(ratio, str)]
        if numbers:
            values: dict[str, Value] = {"rival": rival.name, RATIO: geometric_mean(numbers)}
            summary.append(Row("geometric mean", values, at_least={RATIO: 1}))
    return summary


# --- the roads ---


def _outputs(layer: Layer) -> int:
    return (layer.size + 2 * int(layer.padding) - layer.kernel) // layer.stride + 1


def _shape(layer: Layer) -> tuple[int, int]:
    return layer.out_channels * _outputs(layer) ** 2, layer.in_channels * layer.size**2


def scipy_kronecker(layer: Layer, weight: Weight) -> Any:
    """Sum over taps the Kronecker product of the tap's weights and a shifted identity per axis."""
    outputs, n = _outputs(layer), layer.size

    def selection(tap: int) -> Any:
        rows = (outputs - 1) * layer.stride + 1
        shifted = sparse.eye_array(rows, n, k=tap - int(layer.padding), format="csr")
        return shifted[:: layer.stride]

    selections = [selection(tap) for tap in range(layer.kernel)]
    total = sparse.csr_array(_shape(layer), dtype=weight.dtype)
    for i, vertical in enumerate(selections):
        for j, horizontal in enumerate(selections):
            positions = sparse.kron(vertical, horizontal, format="csr")
            total += sparse.kron(sparse.csr_array(weight[:, :, i, j]), positions, format="csr")
    return total


def torch_unfold(layer: Layer, weight: Weight) -> Any:
    """Unfold an image of pixel numbers: the patches then are the columns of the matrix."""
    import torch

    channels, n = layer.in_channels, layer.size
    numbers = torch.arange(1, channels * n * n + 1, dtype=torch.float64).reshape(1, channels, n, n)
    patches = torch.nn.functional.unfold(numbers, layer.kernel, padding=layer.padding, stride=layer.stride)
    columns = patches[0].T.numpy().astype(np.int32) - 1  # one row per output position; -1 is padding
    inside = columns >= 0
    data = np.broadcast_to(weight.reshape(layer.out_channels, 1, -1), (layer.out_channels, *columns.shape))
    lengths = np.tile(inside.sum(axis=1), layer.out_channels)
    pointers = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    indices = np.tile(columns[inside], layer.out_channels)
    return sparse.csr_array((data[:, inside].reshape(-1), indices, pointers), shape=_shape(layer))


def torch_jacobian(layer: Layer, weight: Weight) -> Any:
    """Differentiate conv2d: the matrix is its Jacobian, dense first."""
    import torch

    kernel = torch.from_numpy(weight)
    image = torch.zeros(1, layer.in_channels, layer.size, layer.size, dtype=kernel.dtype)

    def convolve(x: Any) -> Any:
        return torch.nn.functional.conv2d(x, kernel, None, layer.stride, layer.padding)

    jacobian = torch.func.jacrev(convolve)(image)
    return sparse.csr_array(jacobian.reshape(_shape(layer)).numpy())


def pylops_tosparse(layer: Layer, weight: Weight) -> Any:
    """Stack ``Convolve2D`` operators by channel. They convolve, so the kernel is mirrored.

    The default method, by Fourier transforms, would store round-off wherever it leaves some.
    """
    from pylops import Block
    from pylops.signalprocessing import Convolve2D

    size, centre = (layer.size, layer.size), (layer.kernel // 2, layer.kernel // 2)
    rows = [
        [Convolve2D(size, kernel[::-1, ::-1], offset=centre, method="direct") for kernel in kernels]
        for kernels in weight
    ]
    operator = rows[0][0] if len(rows) == len(rows[0]) == 1 else Block(rows)
    return operator.tosparse()


def einconv_patterns(layer: Layer, weight: Weight) -> Any:
    """Contract the weight with einconv's index pattern of each axis, dense first."""
    import torch
    from einconv import index_pattern

    kernel = torch.from_numpy(weight)
    pattern = index_pattern(layer.size, layer.kernel, layer.stride, layer.padding, dtype=kernel.dtype)
    dense = torch.einsum("ockl,kyi,lxj->oyxcij", kernel, pattern, pattern)
    return sparse.csr_array(dense.reshape(_shape(layer)).numpy())


def _fits_dense(layer: Layer) -> bool:
    rows, columns = _shape(layer)
    return 8 * rows * columns <= MOST_DENSE_BYTES


def _fits_pylops(layer: Layer) -> bool:
    keeps_size = layer.stride == 1 and layer.kernel == 2 * int(layer.padding) + 1
    rows, columns = _shape(layer)
    return keeps_size and rows * columns <= MOST_PYLOPS_ENTRIES


RIVALS = (
    Rival("scipy Kronecker sum", "scipy", scipy_kronecker),
    Rival("torch unfold", "torch", torch_unfold),
    Rival("torch Jacobian", "torch", torch_jacobian, _fits_dense),
    Rival("PyLops tosparse", "pylops", pylops_tosparse, _fits_pylops),
    Rival("einconv", "einconv", einconv_patterns, _fits_dense),
)
