"""Timing by taking turns: contenders are compared within one run, never across runs.

This module imports neither numpy nor torch, so that ``limit_threads`` comes before them.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from math import log
from typing import TypeVar

Call = Callable[[], object]
T = TypeVar("T")

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# A short call is repeated for about that long in its turn.
TURN_SECONDS = 0.02
MOST_CALLS = 50
# A longer one warms itself up.
WARM_SECONDS = 1.0


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds of turns, fewer (but at least three) after so many seconds."""

    rounds: int
    seconds: float = 30.0
    # Thread pools spin for a while after a call, on the cores that the next contender needs.
    rest: float = 0.0


@dataclass(frozen=True)
class Timings:
    """Seconds of each contender: the median of its turn, round by round."""

    rounds: Mapping[str, Sequence[float]]

    def seconds(self, name: str) -> float:
        """Return the median over the rounds."""
        return statistics.median(self.rounds[name])

    def ratio(self, name: str, over: str) -> float:
        """Return the median over the rounds of the ratio within a round: both saw the same weather."""
        pairs = zip(self.rounds[name], self.rounds[over], strict=True)
        return statistics.median(a / b for a, b in pairs)


def take_turns(contenders: Mapping[str, Call], effort: Effort) -> Timings:
    """Time the contenders in turns, each warmed up, every other round in reverse order."""
    first = {name: _expected(call) for name, call in contenders.items()}
    rounds: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    start = time.perf_counter()
    for number in range(effort.rounds):
        if number >= 3 and time.perf_counter() - start > effort.seconds:
            break
        for name in names if number % 2 == 0 else reversed(names):
            time.sleep(effort.rest)
            rounds[name].append(_turn(contenders[name], first[name]))
    return Timings(rounds)


def _expected(call: Call) -> float:
    first = _seconds(call)
    return first if first > WARM_SECONDS else _seconds(call)


def _turn(call: Call, expected: float) -> float:
    """Return the median of a turn. The collector runs before it, not in it."""
    calls = max(1, min(MOST_CALLS, int(TURN_SECONDS / max(expected, 1e-9))))
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        if expected < WARM_SECONDS:
            _seconds(call)  # caches, allocator and thread pool now belong to this contender
        return statistics.median(_seconds(call) for _ in range(calls))
    finally:
        if enabled:
            gc.enable()


def _seconds(call: Call) -> float:
    """Time one call; its result is freed after the clock has stopped."""
    start = time.perf_counter()
    result = call()
    stop = time.perf_counter()
    del result
    return stop - start


def peak_bytes(call: Callable[[], T]) -> tuple[T, int]:
    """Return the result of a call, and the most bytes held during it over those held before.

    The call has a thread of its own: what a library keeps per thread for the next call counts, too.
    """
    gc.collect()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(int).result()  # the thread itself does not count
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            result = thread.submit(call).result()
            return result, tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()


def geometric_mean(ratios: Sequence[float]) -> float:
    """Return the mean that ratios have."""
    return statistics.geometric_mean(ratios)


def log_log_slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the exponent of the power of the size that fits the times best."""
    fit = statistics.linear_regression([log(size) for size in sizes], [log(time) for time in seconds])
    return fit.slope


def is_installed(module: str) -> bool:
    """Whether a module could be imported; imports nothing."""
    return find_spec(module) is not None


def limit_threads(threads: int) -> None:
    """Give every library the same number of threads. Before numpy is imported, this needs no help."""
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(threads)
    if is_installed("threadpoolctl"):
        from threadpoolctl import threadpool_limits

        threadpool_limits(threads)
    if is_installed("torch"):
        import torch

        torch.set_num_threads(threads)
