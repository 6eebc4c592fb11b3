"""Jobs side by side, in rounds, until a budget is spent or all is done."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from multiprocessing.pool import IMapIterator
from time import monotonic

from convalgebra.errors import ArgumentError
from convalgebra.verification.jobs import Job, Outcome, again, run


def verify(
    jobs: Sequence[Job], *, processes: int = 2, budget: float | None = None
) -> Generator[Outcome, None, None]:
    """Do the jobs and yield each outcome as it comes.

    Without a budget each job is done once. With one, in seconds, jobs that draw sizes are done again with
    other seeds until it is spent; what is being done then is dropped. Nothing is left behind when the
    caller stops: the other processes end with the iterator.

    Raises ``ArgumentError`` for a budget or a number of processes that is not positive.
    """
    if processes < 1:
        raise ArgumentError(f"processes={processes} must be at least 1")
    if budget is not None and not budget > 0:
        raise ArgumentError(f"budget={budget} must be seconds, more than 0")
    end = None if budget is None else monotonic() + budget
    if processes == 1:
        yield from _in_rounds(jobs, end, lambda some: map(run, some))
        return
    # Fresh processes: a forked one would share the threads of a progress bar.
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(processes, max(1, len(jobs))), _leave_interrupts_to_the_parent) as pool:
        yield from _in_rounds(jobs, end, lambda some: _timely(pool.imap_unordered(run, some), end))


def _in_rounds(
    jobs: Sequence[Job], end: float | None, do: Callable[[Iterable[Job]], Iterator[Outcome]]
) -> Iterator[Outcome]:
    round_, seed = list(jobs), 0
    while round_ and not _is_over(end):
        for outcome in do(round_):
            yield outcome
            if _is_over(end):
                return
        seed += 1
        others = (again(job, jobs[0].seed + seed) for job in jobs) if end is not None else ()
        round_ = [job for job in others if job is not None]


def _timely(results: IMapIterator[Outcome], end: float | None) -> Iterator[Outcome]:
    """Yield results as they come, up to the end of the budget."""
    while True:
        wait = None if end is None else max(0.0, end - monotonic())
        try:
            yield results.next(wait)
        except (StopIteration, multiprocessing.TimeoutError):
            return


def _is_over(end: float | None) -> bool:
    return end is not None and monotonic() >= end


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
