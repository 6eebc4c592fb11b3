"""Building a matrix, over what copying its own three arrays costs: time, growth and peak memory."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import partial

from scipy import sparse

from benchmarks.layers import HARD, RESNET50, Layer
from benchmarks.results import Part, Row, Step, Value
from benchmarks.timing import Call, Effort, log_log_slope, peak_bytes, take_turns

TIME, MEMORY, SLOPE = "time", "peak", "slope"
MEDIAN_TIME, WORST_TIME, MOST_MEMORY, MOST_SLOPE = 1.5, 3.0, 1.3, 1.05


def _image(entries: float) -> Layer:
    return Layer(1, 1, 3, round((entries / 9) ** 0.5), padding="same")


def _signal(entries: float) -> Layer:
    return Layer(1, 1, 3, round(entries / 3), padding="same", axes=1)


def _channels(entries: float) -> Layer:
    channels = round((entries / 1600) ** 0.5)  # 1600 = (3*14 - 2)**2 taps fall inside the input
    return Layer(channels, channels, 3, 14, padding=1)


# Families of layers by their number of entries.
FAMILIES: dict[str, Callable[[float], Layer]] = {
    "image, 3x3, same": _image,
    "signal, 3, same": _signal,
    "channels, 3x3 @14x14": _channels,
}
LEAST_ENTRIES = 3e4


def part(quick: bool) -> Part:
    """Return the benchmark of ``op.matrix``."""
    effort = Effort(rounds=3 if quick else 9, seconds=5 if quick else 30)
    resnet, hard = (RESNET50[::4], HARD[::4]) if quick else (RESNET50, HARD)
    steps = [Step(layer.label, _case(layer, effort)) for layer in (*resnet, *hard)]
    inside = {layer.label for layer in resnet}
    return Part(
        "assembly",
        "Building a matrix (float64): time over copying its own three arrays, peak memory over theirs",
        steps,
        lambda rows: _summary(rows, inside),
    )


def growth_part(quick: bool) -> Part:
    """Return how the time of ``op.matrix`` grows with the entries."""
    effort = Effort(rounds=3 if quick else 9, seconds=5 if quick else 30)
    decades = 2 if quick else 3
    steps = [Step(name, _growth(name, decades, effort)) for name in FAMILIES]
    title = f"Growth over {decades} decades of entries: slope of log time against log entries"
    return Part("growth", title, steps)


def _case(layer: Layer, effort: Effort) -> Callable[[], list[Row]]:
    def run() -> list[Row]:
        operator, weight = layer.operator, layer.weight()
        matrix, peak = peak_bytes(partial(operator.matrix, weight))
        times = take_turns({"ours": partial(operator.matrix, weight), "copy": _copy_of(matrix)}, effort)
        values = {
            "entries": int(matrix.nnz),
            "ms": 1e3 * times.seconds("ours"),
            TIME: times.ratio("ours", "copy"),
            MEMORY: peak / _bytes(matrix),
        }
        return [Row(layer.label, values, {TIME: WORST_TIME, MEMORY: MOST_MEMORY})]

    return run


def _copy_of(matrix: sparse.csr_array) -> Callable[[], object]:
    return lambda: (matrix.data.copy(), matrix.indices.copy(), matrix.indptr.copy())


def _bytes(matrix: sparse.csr_array) -> int:
    return int(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)


def _growth(name: str, decades: int, effort: Effort) -> Callable[[], list[Row]]:
    """Fit a line through the logarithms of time and entries."""

    def run() -> list[Row]:
        entries, ours, copies = [], [], []
        for half in range(2 * decades + 1):
            layer = FAMILIES[name](LEAST_ENTRIES * 10 ** (half / 2))
            operator, weight = layer.operator, layer.weight()
            matrix = operator.matrix(weight)
            contenders: dict[str, Call] = {
                "ours": partial(operator.matrix, weight),
                "copy": _copy_of(matrix),
            }
            times = take_turns(contenders, effort)
            entries.append(int(matrix.nnz))
            ours.append(times.seconds("ours"))
            copies.append(times.seconds("copy"))
        values: dict[str, Value] = {
            "entries": f"{entries[0]:,} to {entries[-1]:,}",
            SLOPE: log_log_slope(entries, ours),
            "last decade": log_log_slope(entries[-3:], ours[-3:]),
            "of copying": log_log_slope(entries, copies),
        }
        return [Row(name, values, {SLOPE: MOST_SLOPE})]

    return run


def _summary(rows: Sequence[Row], resnet: set[str]) -> list[Row]:
    inside = [row.number(TIME) for row in rows if row.case in resnet]
    worst = {column: max(row.number(column) for row in rows) for column in (TIME, MEMORY)}
    summary = [Row("all, worst", worst, {TIME: WORST_TIME, MEMORY: MOST_MEMORY})]
    if inside:
        summary.insert(0, Row("ResNet-50, median", {TIME: statistics.median(inside)}, {TIME: MEDIAN_TIME}))
    return summary
