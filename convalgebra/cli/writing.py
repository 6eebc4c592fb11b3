"""A file that a command writes: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from convalgebra import files

W = TypeVar("W")


def check_place(output: Path) -> None:
    """Raise ``UsageError`` where no file can be written: at a folder, in one that is not there or shut."""
    if output.is_dir():
        raise click.UsageError(f"--output={str(output)!r} is a folder; it must be a file")
    if not output.parent.is_dir():
        raise click.UsageError(f"--output={str(output)!r}: the folder {str(output.parent)!r} is not there")
    if not os.access(output.parent, os.W_OK):
        raise click.UsageError(f"--output={str(output)!r}: the folder may not be written to")


def write_whole(output: Path, write: Callable[[Path], W]) -> W:
    """Write a file whole or not at all: beside its place first, then put there in one step.

    Return what ``write`` returns; raise ``ClickException`` where it cannot be written.
    """
    try:
        return files.write_whole(output, write)
    except OSError as error:
        raise click.ClickException(
            f"--output={str(output)!r} could not be written: {error.strerror or error}"
        ) from None
