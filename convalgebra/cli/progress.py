"""What is being done, on a terminal's standard error."""

from __future__ import annotations


class Progress:
    """A bar on a terminal's standard error, with what is being done; silent anywhere else."""

    def __init__(self, total: int) -> None:
        from rich import progress  # noqa: PLC0415
        from rich.console import Console  # noqa: PLC0415

        console = Console(stderr=True)
        columns = (
            progress.BarColumn(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("{task.description}"),
        )
        self._bar = progress.Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self._bar.add_task("", total=total)
        self._started = False

    def stage(self, name: str) -> None:
        """Say what begins now; what was said before is done."""
        self._bar.update(self._task, description=name, advance=1 if self._started else 0)
        self._started = True

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
