"""The popular counters, each as its documentation says to run it: what it returns for a module."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchmarks.timing import is_installed

UNKNOWN = "of unknown version"
# A counter may fail on a module: this is what it returned then.
Returned = int | str


@dataclass(frozen=True)
class Counter:
    """A counter: the module and the package it is in, its convention in convalgebra, and how it is run.

    ``flops`` are so many of its unit for one multiplication with its addition; ``device`` is where it
    runs fastest of those where it works: on "meta" tensors nothing is computed.
    """

    name: str
    module: str
    package: str
    convention: str | None
    run: Callable[[Any, Any], Any]
    flops: int = 1
    device: str = "cpu"

    @property
    def installed(self) -> bool:
        """Whether it could be run here."""
        return is_installed("torch") and is_installed(self.module) and self.version != UNKNOWN

    @property
    def version(self) -> str:
        """The version that is installed, a later build of it as pip writes it."""
        try:
            return version(self.package).replace("-", ".post")
        except PackageNotFoundError:
            return UNKNOWN

    def returned(self, module: Any, inputs: Any) -> Returned:
        """Run it, in silence: what it says on the way is not what is asked for."""
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                return int(self.run(module, inputs))
            except Exception as error:  # another's code, and another's errors
                return f"fails: {type(error).__name__}"


def _flop_counter_mode(module: Any, inputs: Any) -> Any:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        module(inputs)
    return counter.get_total_flops()


def _fvcore(module: Any, inputs: Any) -> Any:
    from fvcore.nn import FlopCountAnalysis

    counter = FlopCountAnalysis(module, inputs)
    counter.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    return counter.total()


def _thop(module: Any, inputs: Any) -> Any:
    from thop import profile

    return profile(module, inputs=(inputs,), verbose=False)[0]


def _ptflops(module: Any, inputs: Any) -> Any:
    from ptflops import get_model_complexity_info

    shape = tuple(inputs.shape[1:])
    options = {"as_strings": False, "print_per_layer_stat": False, "verbose": False}
    return get_model_complexity_info(module, shape, backend="pytorch", **options)[0]


def _torchinfo(module: Any, inputs: Any) -> Any:
    from torchinfo import summary

    return summary(module, input_data=inputs, verbose=0).total_mult_adds


COUNTERS = (
    Counter("torch", "torch", "torch", "flop_counter_mode", _flop_counter_mode, flops=2, device="meta"),
    Counter("fvcore", "fvcore", "fvcore", "fvcore", _fvcore),
    Counter("thop", "thop", "thop", "thop", _thop, device="meta"),
    # A fork of thop under the same name of the module: one of the two can be installed.
    Counter("ultralytics", "thop", "ultralytics-thop", None, _thop, device="meta"),
    Counter("ptflops", "ptflops", "ptflops", "ptflops", _ptflops),
    Counter("torchinfo", "torchinfo", "torchinfo", None, _torchinfo, device="meta"),
)


def notes() -> list[str]:
    """Return which counters there are, in which version, and which are missing."""
    there = [f"{counter.name} {counter.version}" for counter in COUNTERS if counter.installed]
    lines = [f"run here: {', '.join(there)}"] if there else []
    if not is_installed("torch"):
        return ["torch is not installed: none of the other counters can be run"]
    return lines + [
        f"{counter.package} is not installed: no {counter.name} (pip install {counter.package})"
        for counter in COUNTERS
        if not counter.installed
    ]
