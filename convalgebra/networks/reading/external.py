"""Weights that stand in files beside a model: read when they are asked for, inside its folder alone."""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath, PureWindowsPath

from convalgebra.errors import ArgumentError

MOST_BYTES = 2**31  # of one tensor


def external_bytes(folder: Path, location: str, offset: int, length: int, what: str) -> bytes:
    """Return ``length`` bytes of a file in the model's folder, from ``offset`` on.

    Raises ``ArgumentError``, before anything is read, where the file is outside the folder (by its name or
    through a link), is no plain file, is shorter than asked, or more than 2 GiB is asked for.

    >>> external_bytes(Path("."), "../secret", 0, 4, "the weight 'w'")
    Traceback (most recent call last):
        ...
    convalgebra.errors.ArgumentError: the weight 'w': its data '../secret' is not inside the model's folder
    """
    path = inside(folder, location, what)
    size = path.stat().st_size
    if offset < 0 or length < 0 or offset + length > size:
        raise ArgumentError(
            f"{what}: it takes {length} bytes from byte {offset} of {location!r}, which has {size}"
        )
    if length > MOST_BYTES:
        raise ArgumentError(f"{what}: {length} bytes are more than the {MOST_BYTES} that are read at once")
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(length)
    if len(data) != length:
        raise ArgumentError(f"{what}: {location!r} ends after {len(data)} of {length} bytes")
    return data


def inside(folder: Path, location: str, what: str) -> Path:
    """Return the path of a plain file in a folder; raise ``ArgumentError`` where it is not one."""
    refused = ArgumentError(f"{what}: its data {location!r} is not inside the model's folder")
    posix, windows = PurePosixPath(location), PureWindowsPath(location)
    if not location or "\0" in location or posix.is_absolute() or windows.drive or windows.root:
        raise refused
    if ".." in posix.parts or ".." in windows.parts:
        raise refused
    try:
        path = (folder / location).resolve(strict=True)
        plain = stat.S_ISREG(path.stat().st_mode)
    except (OSError, RuntimeError, ValueError) as error:
        raise ArgumentError(f"{what}: its data {location!r} cannot be read ({error})") from None
    if not path.is_relative_to(folder.resolve()):
        raise refused
    if not plain:
        raise ArgumentError(f"{what}: its data {location!r} is no plain file")
    return path
