"""Pieces of chapters made side by side, each by a process that is started for it and ends with us.

The processes are of their own kind, ``python -m convalgebra.reporting.workers``, so that a script of a user
is never run again in them, and an interrupt reaches us alone.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from convalgebra.errors import ConvalgebraError

if TYPE_CHECKING:
    # This room is light, so that processes can be started before anything heavy is imported here.
    from convalgebra.reporting.parts.part import Part

Job = tuple[str, int]
_READY: list[subprocess.Popen[str]] = []


class WorkerError(ConvalgebraError):
    """A process that makes chapters has failed; the message says at what, and how."""


def prestart() -> None:
    """Start processes that will surely be needed: they import what they need while others do the same."""
    if not _READY:
        atexit.register(_end, _READY)
        _READY.extend(_started() for _ in range(_beside()))


def _end(workers: list[subprocess.Popen[str]]) -> None:
    while workers:
        with workers.pop() as worker:
            worker.kill()


def made_side_by_side(jobs: Sequence[Job]) -> Iterator[tuple[Job, Part]]:
    """Yield pieces of chapters (the key, and which piece) as they are made, here and in processes beside.

    Whatever ends this ends the processes too. Raises ``WorkerError`` where one fails.

    >>> [job for job, _ in made_side_by_side([("front", 0)])]
    [('front', 0)]
    """
    from convalgebra.reporting.make import make_piece  # noqa: PLC0415

    waiting: SimpleQueue[Job] = SimpleQueue()
    found: SimpleQueue[tuple[Job, Part | str]] = SimpleQueue()
    for job in jobs:
        waiting.put(job)
    workers = [_READY.pop() if _READY else _started() for _ in range(min(len(jobs) - 1, _beside()))]
    feeders = [Thread(target=_fed, args=(worker, waiting, found), daemon=True) for worker in workers]
    try:
        for feeder in feeders:
            feeder.start()
        left = len(jobs)
        while left:
            # What nobody has begun is made here; then we wait for the others.
            own = _next(waiting)
            yield (own, make_piece(*own)) if own is not None else _arrived(found)
            left -= 1
    finally:
        while _next(waiting) is not None:
            continue
        for worker in workers:
            worker.kill()
        for feeder, worker in zip(feeders, workers, strict=True):
            feeder.join()
            with worker:  # closes its pipes, and waits for it
                pass


def _beside() -> int:
    """Return how many processes there is room for beside this one."""
    return (os.cpu_count() or 1) - 1


def _next(waiting: SimpleQueue[Job]) -> Job | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None


def _arrived(found: SimpleQueue[tuple[Job, Part | str]]) -> tuple[Job, Part]:
    job, part = found.get()
    if isinstance(part, str):
        raise WorkerError(f"chapter {job[0]}: {part}")
    return job, part


def _started() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "convalgebra.reporting.workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        # The package that runs here, wherever it was found.
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def _fed(
    worker: subprocess.Popen[str],
    waiting: SimpleQueue[Job],
    found: SimpleQueue[tuple[Job, Part | str]],
) -> None:
    """Give a process one job after the other, and pass on what it makes."""
    from convalgebra.reporting.store import decoded  # noqa: PLC0415

    assert worker.stdin is not None
    assert worker.stdout is not None
    while (job := _next(waiting)) is not None:
        try:
            worker.stdin.write(f"{json.dumps(job)}\n")
            worker.stdin.flush()
            line = worker.stdout.readline()
        except OSError:
            line = ""
        if not line:
            found.put((job, "the process that makes it has ended"))
            return
        answer = json.loads(line)
        found.put((job, answer["error"] if "error" in answer else decoded(answer["part"])))


def main() -> None:
    """Read jobs, a line each, and write what they make, a line each."""
    from convalgebra.reporting.make import make_piece  # noqa: PLC0415
    from convalgebra.reporting.store import encoded  # noqa: PLC0415

    gc.disable()  # a process of a minute, whose objects are mostly formulas that are kept
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    for line in sys.stdin:
        key, number = json.loads(line)
        try:
            answer = {"part": encoded(make_piece(key, number))}
        except Exception as error:  # told to the one who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
