"""A file that is written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

W = TypeVar("W")


def write_whole(path: Path, write: Callable[[Path], W]) -> W:
    """Let ``write`` write a file beside its place, then put it there in one step; return what it returns.

    The file that ``write`` is given has the ending of ``path``. Where it raises, or there is no room, the
    place is as it was. Raises what ``write`` raises, and ``OSError``.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder) / "a.txt"
    ...     write_whole(place, lambda file: file.write_text("whole")), place.read_text()
    (5, 'whole')
    """
    with tempfile.TemporaryDirectory(prefix=".convalgebra-", dir=path.parent) as workshop:
        file = Path(workshop) / f"written{path.suffix.lower()}"
        written = write(file)
        file.replace(path)
    return written
