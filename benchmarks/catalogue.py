"""The catalogue: named types against their own convolutions, and the time of its symbolic readings."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from scipy import sparse

import convalgebra as ca
from benchmarks.results import Part, Row, Step
from benchmarks.timing import Effort, take_turns

SIZE, KERNEL, PADDING = (28, 28), 3, 1
RATIO, SECONDS = "named / convs", "seconds"
# A named type may take this much longer than its convolutions called by themselves.
MOST_RATIO = 1.1
MOST_SECONDS = 2.0
WITH = {"input_size": SIZE, "kernel_size": KERNEL, "padding": PADDING}

NAMED: dict[str, Callable[[], ca.Operator]] = {
    "grouped": partial(ca.grouped, 64, 64, groups=4, **WITH),
    "pointwise": partial(ca.pointwise, 64, 128, SIZE),
    "pointwise_grouped": partial(ca.pointwise_grouped, 64, 128, SIZE, groups=4),
    "depthwise": partial(ca.depthwise, 256, **WITH),
    "depthwise_separable": partial(ca.depthwise_separable, 64, 128, **WITH),
    "spatially_separable": partial(ca.spatially_separable, 32, 32, **WITH),
    "flattened": partial(ca.flattened, 64, 64, **WITH),
    "shuffled_grouped": partial(ca.shuffled_grouped, 120, 240, groups=3, middle_channels=60, **WITH),
    "resnext_block": partial(ca.resnext_block, 64, 64, groups=8, middle_channels=32, **WITH),
    "volume_conv": partial(ca.volume_conv, 32, 32, **WITH),
    "conv_transpose": partial(ca.conv_transpose, 32, 32, **WITH),
    "connected": partial(ca.connected, np.ones((16, 16), int), **WITH),
    "dilated_polyphase": partial(ca.dilated_polyphase, 32, 32, dilation=2, **WITH),
    "locally_connected": partial(ca.locally_connected, 8, 8, **WITH),
}
# What each is held against where that is not its own convolutions one by one.
AGAINST: dict[str, Callable[[], ca.Operator]] = {
    "conv_transpose": lambda: ca.conv_transpose(32, 32, **WITH).T,
    "volume_conv": partial(ca.conv, 32, 32, **WITH),
    "dilated_polyphase": partial(ca.conv, 32, 32, dilation=2, **WITH),
    "locally_connected": partial(ca.conv, 8, 8, **WITH),
}

READ = """
import time
from convalgebra.catalogue.types import types
from convalgebra.errors import SymbolError
known = types()
start = time.perf_counter()
for kind in known:
    op = kind.make()
    op.structure(), op.latex(), op.shape, op.conditions, op.parameters, op.multiplications, op.mult_adds
    try:
        op.additions
    except SymbolError:
        pass
print(time.perf_counter() - start)
"""


def part(quick: bool) -> Part:
    """Return the benchmark of the named types' matrices."""
    effort = Effort(rounds=3 if quick else 9, seconds=5 if quick else 20)
    names = list(NAMED)[::4] if quick else list(NAMED)
    return Part(
        "catalogue",
        "Building a named type's factors (float64): time over its convolutions called one by one",
        [Step(name, _case(name, effort)) for name in names],
        _summary,
        notes=(
            "conv_transpose is held against its convolution, volume_conv, dilated_polyphase and "
            "locally_connected against the convolution of the same geometry.",
        ),
    )


def symbols_part(quick: bool) -> Part:
    """Return the time of every symbolic reading of the whole catalogue, in a fresh process."""
    runs = 1 if quick else 5
    step = Step("counts, structure, LaTeX of every type", lambda: [_readings(runs)])
    return Part("symbols", "Symbolic readings of the whole catalogue, after import", [step])


def _case(name: str, effort: Effort) -> Callable[[], list[Row]]:
    def run() -> list[Row]:
        named = NAMED[name]()
        weights = {
            key: np.random.default_rng(0).random(shape) for key, shape in named.weight_shapes.items()
        }
        other = AGAINST[name]() if name in AGAINST else None
        convs = _convolutions(named) if other is None else [other]
        shapes = {key: shape for conv in convs for key, shape in conv.weight_shapes.items()}
        given = {
            key: weights[key].reshape(shape) if name != "locally_connected" else np.ones(shape)
            for key, shape in shapes.items()
        }

        def alone() -> list[sparse.csr_array]:
            return [conv.matrix({key: given[key] for key in conv.weight_shapes}) for conv in convs]

        times = take_turns({"named": lambda: named.factors(weights), "convs": alone}, effort)
        values = {"ms": 1e3 * times.seconds("named"), RATIO: times.ratio("named", "convs")}
        return [Row(name, values)]

    return run


def _convolutions(op: ca.Operator) -> list[ca.Operator]:
    return [stage for stage in op.stages if stage.weight_shapes]


def _summary(rows: Sequence[Row]) -> list[Row]:
    median = statistics.median(row.number(RATIO) for row in rows)
    return [Row("all, median", {RATIO: median}, {RATIO: MOST_RATIO})]


def _readings(runs: int) -> Row:
    seconds = [
        float(
            subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True).stdout
        )
        for _ in range(runs)
    ]
    return Row("whole catalogue", {SECONDS: statistics.median(seconds)}, {SECONDS: MOST_SECONDS})
