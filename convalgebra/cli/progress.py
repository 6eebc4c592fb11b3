"""What is being done, on a terminal's standard error; and what was done, when it is interrupted."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Timer

import click

# What a shell gives to a command that an interrupt ended: 128 and the number of the signal.
INTERRUPTED = 128 + signal.SIGINT
# Nobody reads what is shown for a shorter time, in seconds.
SHORTEST = 0.05


class Progress:
    """A bar on a terminal's standard error, with what is being done; silent anywhere else.

    It appears at once, or ``after`` so many seconds: never for what is done before.
    """

    def __init__(self, total: int | None, after: float = 0) -> None:
        from rich import progress  # noqa: PLC0415
        from rich.console import Console  # noqa: PLC0415

        console = Console(stderr=True)
        columns = (
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("{task.description}"),
        )
        # What is printed goes where it would without the bar: to a file, not to the bar's terminal.
        self._bar = progress.Progress(
            *columns,
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total)
        self._started = False
        self._after = after
        self._timer: Timer | None = None
        self._lock = Lock()
        self._over = False
        self._told = ("", 0.0)

    def stage(self, name: str) -> None:
        """Say what begins now; what was said before is done."""
        self._bar.update(self._task, description=name, advance=1 if self._started else 0)
        self._started = True

    def part(self, name: str, done: int = 0, total: int | None = None) -> None:
        """Say what is being done and how far it is; ``total`` is None where nobody knows."""
        now = time.monotonic()
        before, when = self._told
        if name != before or now - when >= SHORTEST:
            self._told = (name, now)
            self._bar.update(self._task, description=name, completed=done)
            self._bar.tasks[self._task].total = total  # ``update`` takes None for what it was

    def echo(self, text: str) -> None:
        """Print a text on standard output at once; the bar makes room for it."""
        self._bar.stop()
        click.echo(text)
        self._bar.start()

    def __enter__(self) -> Progress:
        if not self._after:
            self._bar.start()
        elif not self._bar.disable:
            self._timer = Timer(self._after, self._appear)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._over = True
            self._bar.stop()

    def _appear(self) -> None:
        with self._lock:
            if not self._over:
                self._bar.start()


@dataclass
class Interruption:
    """Whether an interrupt has ended what was being done."""

    happened: bool = False

    def leave(self) -> None:
        """End the command as an interrupted one, if it is one: to be called once all is printed."""
        if self.happened:
            sys.exit(INTERRUPTED)


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Let an interrupt end what is inside, and go on after it: what was done can still be printed.

    >>> with interruptible() as interruption:
    ...     raise KeyboardInterrupt
    >>> interruption.happened
    True
    """
    interruption = Interruption()
    try:
        yield interruption
    except KeyboardInterrupt:
        interruption.happened = True
