"""What is being done, on a terminal's standard error; and what was done, when it is interrupted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

# What a shell gives to a command that an interrupt ended: 128 and the number of the signal.
INTERRUPTED = 130


class Progress:
    """A bar on a terminal's standard error, with what is being done; silent anywhere else."""

    def __init__(self, total: int) -> None:
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

    def stage(self, name: str) -> None:
        """Say what begins now; what was said before is done."""
        self._bar.update(self._task, description=name, advance=1 if self._started else 0)
        self._started = True

    def echo(self, text: str) -> None:
        """Print a text on standard output at once; the bar makes room for it."""
        self._bar.stop()
        click.echo(text)
        self._bar.start()

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


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
