"""Halves of chapters made side by side, each by a process that is started for it and ends with us.

The processes are of their own kind, ``python -m convalgebra.reporting.workers``, so that a script of a user
is never run again in them, and an interrupt reaches us alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from threading import Thread

from convalgebra.errors import ConvalgebraError
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.store import decoded, encoded

Job = tuple[str, int]
_Found = tuple[Job, "Part | str"]


class WorkerError(ConvalgebraError):
    """A process that makes chapters has failed; the message says at what, and how."""


def made_side_by_side(jobs: Sequence[Job]) -> Iterator[tuple[Job, Part]]:
    """Yield the halves of chapters (the key, and which half) as they are made, in processes side by side.

    Whatever ends this ends the processes too. Raises ``WorkerError`` where one fails.

    >>> [job for job, _ in made_side_by_side([("front", 0)])]
    [('front', 0)]
    """
    waiting: SimpleQueue[Job | None] = SimpleQueue()
    found: SimpleQueue[_Found] = SimpleQueue()
    count = min(len(jobs), os.cpu_count() or 1)
    for job in [*jobs, *[None] * count]:
        waiting.put(job)
    workers = [_started() for _ in range(count)]
    feeders = [Thread(target=_fed, args=(worker, waiting, found), daemon=True) for worker in workers]
    try:
        for feeder in feeders:
            feeder.start()
        for _ in jobs:
            job, part = found.get()
            if isinstance(part, str):
                raise WorkerError(f"chapter {job[0]}: {part}")
            yield job, part
    finally:
        for worker in workers:
            worker.kill()
        for _ in workers:
            waiting.put(None)
        for feeder, worker in zip(feeders, workers, strict=True):
            feeder.join()
            with worker:  # closes its pipes, and waits for it
                pass


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
    worker: subprocess.Popen[str], waiting: SimpleQueue[Job | None], found: SimpleQueue[_Found]
) -> None:
    """Give a process one job after the other, and pass on what it makes."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    while (job := waiting.get()) is not None:
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
    from convalgebra.reporting.make import make_half  # noqa: PLC0415

    out = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    for line in sys.stdin:
        key, half = json.loads(line)
        try:
            answer = {"part": encoded(make_half(key, half))}
        except Exception as error:  # told to the one who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
