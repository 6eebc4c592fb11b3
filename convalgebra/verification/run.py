"""Jobs side by side, in rounds, until a budget is spent or all is done."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from time import monotonic

from convalgebra.errors import ArgumentError
from convalgebra.verification.jobs import Job, Outcome, again, run

Doing = Callable[[Sequence[Job], float | None], Iterator[Outcome]]


def verify(
    jobs: Sequence[Job], *, processes: int = 2, budget: float | None = None
) -> Generator[Outcome, None, None]:
    """Do the jobs and yield each outcome as it comes.

    Without a budget each job is done once. With one, in seconds, jobs that draw sizes are done again with
    other seeds until it is spent; what is being done then is dropped. A job whose process dies is a
    failure. Nothing is left behind when the caller stops: the other processes end with the iterator.

    Raises ``ArgumentError`` for a budget or a number of processes that is not positive.

    >>> from convalgebra.verification.jobs import jobs
    >>> [outcome.checks for outcome in verify(jobs(["closed-forms:conv"], 0, 3), processes=1)]
    [3]
    """
    if processes < 1:
        raise ArgumentError(f"processes={processes} must be at least 1")
    if budget is not None and not budget > 0:
        raise ArgumentError(f"budget={budget} must be seconds, more than 0")
    end = None if budget is None else monotonic() + budget
    if processes == 1:
        yield from _in_rounds(jobs, end, _one_by_one)
        return
    with _workers(min(processes, max(1, len(jobs)))) as pool:
        yield from _in_rounds(jobs, end, lambda some, until: _side_by_side(pool, some, until))


def _in_rounds(jobs: Sequence[Job], end: float | None, do: Doing) -> Iterator[Outcome]:
    """Do the jobs; within a budget those that draw sizes again and again, from other seeds."""
    some, round_ = list(jobs), 0
    while some and not _is_over(end):
        yield from do(some, end)
        round_ += 1
        others = (again(job, job.seed + round_) for job in jobs) if end is not None else ()
        some = [job for job in others if job is not None]


def _is_over(end: float | None) -> bool:
    return end is not None and monotonic() >= end


def _one_by_one(jobs: Sequence[Job], end: float | None) -> Iterator[Outcome]:
    for job in jobs:
        if _is_over(end):
            return
        yield run(job)


def _side_by_side(pool: ProcessPoolExecutor, jobs: Sequence[Job], end: float | None) -> Iterator[Outcome]:
    begun: dict[Future[Outcome], Job] = {}
    try:
        for job in jobs:
            begun[pool.submit(run, job)] = job
    except RuntimeError as error:  # the pool is broken already
        for job in jobs[len(begun) :]:
            yield Outcome(job, 0, (f"{type(error).__name__}: {error}",), 0.0)
    try:
        for done in as_completed(begun, None if end is None else max(0.0, end - monotonic())):
            yield _outcome(done, begun[done])
    except TimeoutError:
        return


def _outcome(done: Future[Outcome], job: Job) -> Outcome:
    """Return what a process found; that it died, where it did."""
    error = done.exception()
    return done.result() if error is None else Outcome(job, 0, (f"{type(error).__name__}: {error}",), 0.0)


@contextmanager
def _workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """Give processes to work in, and end them whatever they are doing."""
    others = set(multiprocessing.active_children())
    # Fresh processes: a forked one would share the threads of a progress bar.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, _leave_interrupts_to_the_parent)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
