"""One thing, once, in a process of its own: what is imported is not timed, and no cache is warm.

``python -m benchmarks.coldly WHAT PATH SIZE`` prints the seconds of its steps and what came out as JSON.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.counters import COUNTERS
from benchmarks.models import resnet

ROOT = Path(__file__).parent.parent
# The image sizes for which formulas are asked, in a name: floors go where the strides divide it.
STRIDE = 32
RESOLUTION = 224
Answer = dict[str, Any]


def coldly(*arguments: str) -> Answer:
    """Run this module with arguments in a fresh process; return what it prints."""
    command = [sys.executable, "-m", "benchmarks.coldly", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr}")
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


class Clock:
    """Seconds of the processor for one step after the other: what else the machine does is not in them.

    ``wall`` are those that the clock on the wall tells of all.
    """

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self.wall = 0.0

    def step(self, name: str, call: Callable[[], Any]) -> Any:
        """Time a call under a name; return what it returns."""
        begun, start = time.perf_counter(), time.process_time()
        result = call()
        self.steps[name] = time.process_time() - start
        self.wall += time.perf_counter() - begun
        return result


def import_all() -> None:
    """Import every room that reading and counting enter, and the libraries below: none of it is timed."""
    import convalgebra.counting
    import convalgebra.networks

    for room in (convalgebra.networks, convalgebra.counting):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    import onnx.shape_inference  # noqa: F401


def model(path: str) -> Answer:
    """Read an ONNX file, count it, put a name for its size, and derive both totals' formulas."""
    import convalgebra as ca

    clock = Clock()
    network = clock.step("read", lambda: ca.read_onnx(path))
    totals = clock.step("count", lambda: [network.total(name).value for name in _BOTH])

    def formulas() -> list[Any]:
        size = STRIDE * ca.symbol("q")
        shape = next(iter(network.inputs.values()))
        named = network.with_input((*shape[:2], *(size for _ in shape[2:])))
        return [named.formula(name) for name in _BOTH]

    found = clock.step("formula", formulas)
    q = next(iter(network.inputs.values()))[2] // STRIDE
    # Held to be right, outside the clock: the formula at the file's own size is its count.
    if [formula.at(q=q) for formula in found] != totals:
        raise AssertionError(f"{found} at q={q} is not {totals}")
    return {
        "seconds": clock.steps,
        "wall": clock.wall,
        "layers": sum(layer.category in ("conv", "linear") for layer in network.layers),
        "nodes": len(network),
        "total": totals[1],
    }


_BOTH = ("multiplications", "mult_adds")


def module(depth: str) -> Answer:
    """Read a PyTorch module and count it both ways."""
    # A first reading, of something small, imports what torch imports when it exports.
    import torch

    import convalgebra as ca

    ca.read_torch(torch.nn.Conv2d(3, 1, 1), (1, 3, 2, 2))
    made = resnet(int(depth), "meta")
    clock = Clock()
    network = clock.step("read", lambda: ca.read_torch(made, (1, 3, RESOLUTION, RESOLUTION)))
    totals = clock.step("count", lambda: [network.total(name).value for name in _BOTH])
    return {"seconds": clock.steps, "wall": clock.wall, "total": totals[1]}


def counter(name: str, depth: str) -> Answer:
    """Run one of the others' counters on a PyTorch module, where it is fastest."""
    import torch

    torch.set_num_threads(1)
    found = next(counter for counter in COUNTERS if counter.name == name)
    inputs = torch.zeros(1, 3, RESOLUTION, RESOLUTION, device=found.device)
    # The first run imports what the counter imports, on another model.
    found.returned(torch.nn.Conv2d(3, 1, 1), torch.zeros(1, 3, 2, 2))
    network = resnet(int(depth), found.device)
    clock = Clock()
    returned = clock.step("count", lambda: found.returned(network, inputs))
    return {"seconds": clock.steps, "wall": clock.wall, "total": returned}


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    import_all()
    print(json.dumps({"model": model, "module": module, "counter": counter}[what](*rest)))
