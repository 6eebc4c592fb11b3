"""Judges of what LeCun et al. say of the layers of LeNet-5: connections, and trainable parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import pointwise
from convalgebra.catalogue.grouped import connected, lenet5_c3
from convalgebra.catalogue.resampling import average_pool
from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.values import several
from convalgebra.counting.measured import run_count
from convalgebra.operators.base import Operator

# LeCun et al., 1998, section II.B: each layer, with what it has beside the weights.
LENET: dict[str, tuple[Operator, int]] = {
    "C1": (conv(1, 6, (32, 32), 5), 1),
    "S2": (average_pool(6, (28, 28), 2), 1),
    "C3": (connected(lenet5_c3(), (14, 14), 5), 1),
    "S4": (average_pool(16, (10, 10), 2), 1),
    "C5": (conv(16, 120, (5, 5), 5), 1),
    "F6": (pointwise(120, 84, (1, 1)), 1),
    "output": (pointwise(84, 10, (1, 1)), 0),
}


def connections(name: str) -> tuple[int, int]:
    """Return the connections of a layer, bias included, by its formulas and by its matrices."""
    op, bias = LENET[name]
    stages = [stage for stage in op.stages if stage.weight_shapes] or list(op.stages)
    ones = ({n: np.ones(s, np.int8) for n, s in stage.weight_shapes.items()} for stage in stages)
    stored = sum(int(stage.matrix(weight).nnz) for stage, weight in zip(stages, ones, strict=True))
    seen = op.hit_in_pattern(0)
    return int(sum(stage.entries for stage in stages) + bias * op.shape[0]), stored + bias * seen


def trainable(name: str) -> tuple[int, int]:
    """Return the trained parameters of a layer: weights and biases; of a subsampling one factor each."""
    op, bias = LENET[name]
    channels, seen = int(op.output_shape[0]), len(op.channel_pattern().table)
    if name == "output":
        return 0, 0  # its prototypes are fixed
    own = (op.parameters, run_count(op, "parameters")) if op.weight_shapes else (channels, seen)
    return int(own[0]) + bias * channels, int(own[1]) + bias * seen


def lenet(says: str, what: str, figures: Callable[[str], tuple[int, int]], *names: str) -> Judge:
    """Return the judge of the sum of a figure over layers of LeNet-5."""

    def judge() -> Iterator[Finding]:
        number = int(says.replace(",", ""))
        pairs = [figures(name) for name in names]
        at = f"{what}, {' + '.join(names)}"
        yield derived(at, number, sum(pair[0] for pair in pairs))
        yield measured(at, number, sum(pair[1] for pair in pairs))

    return judge


JUDGES: dict[str, Judge] = {
    "LECUN-01": several(
        lenet("156", "trainable parameters", trainable, "C1"),
        lenet("122,304", "connections", connections, "C1"),
    ),
    "LECUN-02": several(
        lenet("12", "trainable parameters", trainable, "S2"),
        lenet("5,880", "connections", connections, "S2"),
    ),
    "LECUN-03": several(
        lenet("1,516", "trainable parameters", trainable, "C3"),
        lenet("151,600", "connections", connections, "C3"),
    ),
    "LECUN-04": several(
        lenet("48,120", "trainable parameters", trainable, "C5"),
        lenet("48,120", "connections", connections, "C5"),
    ),
    "LECUN-05": several(
        lenet("340,908", "connections", connections, *LENET),
        lenet("60,000", "trainable parameters", trainable, *LENET),
    ),
}
