"""How long a whole network takes, file to formulas, with every cache cold; beside the others' counters."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.coldly import RESOLUTION, Answer, coldly
from benchmarks.counters import COUNTERS, Counter, notes
from benchmarks.models import dense_1001, light, residual_1001, resnet, write_onnx
from benchmarks.results import Part, Row, Step, Value
from benchmarks.timing import is_installed

WHOLE = "whole"
WALL = "wall"
RATIO = "over ours"
UNLIKE = "unlike"
# What a counter answers, too: without the formulas.
COUNTED = ("read", "count")
DEPTH = 152
TURNS = 5
# The network that the others' counters count, too.
SAME = f"ResNet-{DEPTH}"


def _zoo() -> Any:
    import convalgebra as ca

    return ca.zoo(f"resnet_{DEPTH}")


# Descriptions, or files.
MODELS: dict[str, Callable[[], Any]] = {
    SAME: _zoo,
    "onnx's DenseNet-121": lambda: light("densenet121"),
    "residual, 1,001 layers": residual_1001,
    "dense, 1,001 layers": dense_1001,
}
LIMITS = {SAME: 1, "onnx's DenseNet-121": 1, "residual, 1,001 layers": 5, "dense, 1,001 layers": 5}


def part(quick: bool) -> Part:
    """Return the times of long networks, and of the counters on one of them."""
    turns = 2 if quick else TURNS
    return Part(
        "networks",
        "Whole networks: seconds of the processor, each time in a fresh process, after its imports",
        [*_files(turns), *_others(turns)],
        notes=[
            *([] if is_installed("onnx") else ["onnx is not installed: no file was read"]),
            *notes(),
            "every repetition is a fresh process that has imported everything and counted nothing: no "
            "cache, of sympy's or of convalgebra's, is warm; shown are medians, and the slowest",
            "read: read_onnx or read_torch; count: exact and conventional totals; formula: both as closed "
            "forms with the image 32*q by 32*q, held against the count after the clock has stopped",
            f"{WALL}: the same as whole by the clock on the wall, on which the machine's other work tells",
            f"{RATIO}: over read and count of the file of the same network; each counter returns one "
            "number, and runs where it is fastest: "
            + ", ".join(f"{counter.name} on {counter.device}" for counter in COUNTERS if counter.installed),
            f"{UNLIKE}: how far what it returned is from what our convention of that name says",
        ],
    )


def _files(turns: int) -> list[Step]:
    """Return the steps for files."""
    if not is_installed("onnx"):
        return []
    return [Step(label, lambda label=label: [_file(label, turns)]) for label in MODELS]


def _others(turns: int) -> list[Step]:
    """Return the steps for modules: ours, and the others' counters."""
    if not (is_installed("onnx") and is_installed("torch")):
        return []
    steps = [Step(f"{SAME}: read_torch", lambda: [_of_torch(turns)])]
    return steps + [
        Step(f"{SAME}: {counter.name}", lambda counter=counter: [_beside(counter, turns)])
        for counter in COUNTERS
        if counter.installed
    ]


def _file(label: str, turns: int) -> Row:
    answers = _answers(label, turns)
    sizes = {"layers": answers[0]["layers"], "nodes": answers[0]["nodes"]}
    return Row(
        label, {**sizes, **_seconds(answers), "returns": answers[0]["total"]}, {WHOLE: LIMITS[label]}
    )


def _of_torch(turns: int) -> Row:
    answers = [coldly("module", str(DEPTH)) for _ in range(turns)]
    values = {**_seconds(answers), "returns": answers[0]["total"]}
    values[RATIO] = float(values[WHOLE]) / _ours(turns)
    return Row("the same, ours from a module", values)


def _beside(counter: Counter, turns: int) -> Row:
    import convalgebra as ca

    answers = [coldly("counter", counter.name, str(DEPTH)) for _ in range(turns)]
    returned = answers[0]["total"]
    values = {**_seconds(answers), "returns": returned}
    values[RATIO] = float(values[WHOLE]) / _ours(turns)
    label = f"the same, {counter.name}"
    if counter.convention is None or isinstance(returned, str):
        return Row(label, values)
    network = ca.read_torch(resnet(DEPTH, "meta"), (1, 3, RESOLUTION, RESOLUTION))
    said = network.table(counter.convention).total.theirs
    values[UNLIKE] = abs(returned - int(said.value)) if said is not None else "not known"
    return Row(label, values, {UNLIKE: 0})


@lru_cache
def _answers(label: str, turns: int) -> tuple[Answer, ...]:
    """Read one of the files so many times; asked for it again, return what that took."""
    what = MODELS[label]()
    with tempfile.TemporaryDirectory() as folder:
        path = what if isinstance(what, Path) else write_onnx(what, Path(folder) / "model.onnx")
        return tuple(coldly("model", str(path)) for _ in range(turns))


def _ours(turns: int) -> float:
    """Return the seconds that reading and counting the file of the compared network takes."""
    answers = _answers(SAME, turns)
    return float(statistics.median(sum(a["seconds"][name] for name in COUNTED) for a in answers))


def _seconds(answers: Sequence[Answer]) -> dict[str, Value]:
    """Return the median seconds of each step and of them all, and the slowest of all."""
    names = answers[0]["seconds"]
    values: dict[str, Value] = {
        name: statistics.median(answer["seconds"][name] for answer in answers) for name in names
    }
    whole = [sum(answer["seconds"].values()) for answer in answers]
    wall = statistics.median(answer["wall"] for answer in answers)
    return {**values, WHOLE: statistics.median(whole), "slowest": max(whole), WALL: wall}
