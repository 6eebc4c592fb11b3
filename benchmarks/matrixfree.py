"""The product without a matrix, over torch's conv2d: time, and memory beyond input and output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.layers import RESNET50, Layer
from benchmarks.results import Part, Row, Step
from benchmarks.timing import Effort, geometric_mean, is_installed, peak_bytes, take_turns

DTYPES = ("float64", "float32")
EXTRA = "extra MiB"
MOST_RATIO = {"float64": 0.8, "float32": 2.0}
TOLERANCE = {"float64": 1e-10, "float32": 1e-4}  # relative to the largest output
# Bounded whatever the layer: the same bound for a kilobyte and for gigabytes of input.
MOST_EXTRA = 16.0

# Each grows in another way: in positions, in one large image, in channels, in axes.
LARGE = (
    Layer(64, 64, 3, 128, padding=1),
    Layer(64, 64, 3, 512, padding=1),
    Layer(1, 1, 7, 4096, padding=3),
    Layer(2048, 2048, 3, 14, padding=1),
    Layer(16, 16, 3, 96, padding=1, axes=3),
    Layer(512, 512, 3, 112, padding=1, groups=512),
)


def part(quick: bool) -> Part:
    """Return the benchmark of ``op.linear_operator(weight).matvec``."""
    effort = Effort(rounds=3 if quick else 9, seconds=5 if quick else 30, rest=0.05)
    layers, large = (RESNET50[::4], LARGE[:1]) if quick else (RESNET50, LARGE)
    steps: list[Step] = []
    notes: list[str] = []
    if is_installed("torch"):
        steps += [Step(layer.label, _against_torch(layer, effort)) for layer in layers]
    else:
        notes.append("torch is not installed: no times, memory only")
        steps += [Step(layer.label, _memory(layer)) for layer in layers]
    steps += [Step(layer.label, _memory(layer)) for layer in large]
    return Part(
        "matrixfree",
        "Matrix-free product: time over torch.nn.functional.conv2d (batch 1, same threads), extra memory",
        steps,
        _summary,
        notes,
    )


def _column(dtype: str) -> str:
    return dtype


def _against_torch(layer: Layer, effort: Effort) -> Callable[[], list[Row]]:
    def run() -> list[Row]:
        values: dict[str, float] = {}
        for dtype in DTYPES:
            ours, torch_conv = _contenders(layer, dtype)
            _check_equal(layer, ours(), np.asarray(torch_conv()), dtype)
            times = take_turns({"ours": ours, "torch": torch_conv}, effort)
            values[f"{dtype} ms"] = 1e3 * times.seconds("ours")
            values[_column(dtype)] = times.ratio("ours", "torch")
        values[EXTRA] = _extra_mebibytes(layer)
        return [Row(layer.label, values, {EXTRA: MOST_EXTRA})]

    return run


def _contenders(layer: Layer, dtype: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return the same product twice, on the same memory: ours and torch's."""
    import torch

    weight, image = layer.weight(dtype), layer.image(dtype)
    vector, operator = image.reshape(-1), layer.operator.linear_operator(weight)
    batch, kernel = torch.from_numpy(image)[None], torch.from_numpy(weight)

    def torch_conv() -> Any:
        with torch.no_grad():
            return torch.nn.functional.conv2d(batch, kernel, None, layer.stride, layer.padding)

    return lambda: operator.matvec(vector), torch_conv


def _check_equal(layer: Layer, ours: NDArray[Any], theirs: NDArray[Any], dtype: str) -> None:
    largest = float(np.abs(theirs).max())
    if ours.dtype != dtype or not np.allclose(
        ours, theirs.reshape(-1), rtol=0, atol=TOLERANCE[dtype] * largest
    ):
        raise ValueError(
            f"{layer.label}: the product and torch's differ at {dtype}; there is nothing to time"
        )


def _memory(layer: Layer) -> Callable[[], list[Row]]:
    return lambda: [Row(layer.label, {EXTRA: _extra_mebibytes(layer)}, {EXTRA: MOST_EXTRA})]


def _extra_mebibytes(layer: Layer) -> float:
    """Return the peak of a float64 product beyond its input, weight and output."""
    vector, operator = layer.image().reshape(-1), layer.operator.linear_operator(layer.weight())
    output, peak = peak_bytes(lambda: operator.matvec(vector))
    return float((peak - output.nbytes) / 2**20)


def _summary(rows: Sequence[Row]) -> list[Row]:
    columns = [_column(dtype) for dtype in DTYPES]
    timed = [row for row in rows if columns[0] in row.values]
    summary = [
        Row("extra memory, worst", {EXTRA: max(row.number(EXTRA) for row in rows)}, {EXTRA: MOST_EXTRA})
    ]
    if timed:
        means = {column: geometric_mean([row.number(column) for row in timed]) for column in columns}
        limits = {_column(dtype): MOST_RATIO[dtype] for dtype in DTYPES}
        summary.insert(0, Row("ResNet-50, geometric mean", means, limits))
    return summary
