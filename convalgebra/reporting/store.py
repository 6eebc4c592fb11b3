"""Chapters that were made before: kept as data, so that a rerun makes only what changed.

Each chapter is one file, with a digest of all that it depends on: the code and data of the package, the
versions of the libraries, and what the chapter is about. Nothing that is read back is ever executed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

from convalgebra.files import write_whole
from convalgebra.reporting import blocks, words
from convalgebra.reporting.blocks import Chapter
from convalgebra.reporting.parts.back import LIBRARIES
from convalgebra.reporting.parts.part import Part

FOLDER = "CONVALGEBRA_CACHE"
# What the libraries stand on, as far as it shows in what they make.
_BELOW = ("contourpy", "fonttools", "mpmath", "pillow")
_KINDS: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (*vars(blocks).values(), *vars(words).values(), Part)
    if isinstance(kind, type) and is_dataclass(kind)
}


def store_folder() -> Path:
    """Return the folder of what is kept: the variable ``CONVALGEBRA_CACHE``, or the user's cache."""
    given = os.environ.get(FOLDER)
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "convalgebra"


def digest(*about: str | bytes) -> str:
    """Return a digest of some texts, the package as it is, and the libraries that it stands on.

    >>> digest("a") == digest("a") != digest("b")
    True
    """
    whole = hashlib.sha256(_package().encode())
    for part in about:
        whole.update(part.encode() if isinstance(part, str) else part)
        whole.update(b"\0")
    return whole.hexdigest()


@cache
def _package() -> str:
    whole = hashlib.sha256()
    for name in (*LIBRARIES, *_BELOW):
        whole.update(f"{name} {version(name)}\n".encode())
    whole.update(platform.python_version().encode())
    for path in sorted(_files(resources.files("convalgebra"))):
        data = path.read_bytes()
        whole.update(f"{path.name} {len(data)}\n".encode() + data)
    return whole.hexdigest()


def _files(package: Any) -> Iterable[Path]:
    kept = {".py", ".json", ".toml", ".j2", ".css", ".woff2"}
    return (path for path in Path(str(package)).rglob("*") if path.suffix in kept)


def kept_chapter(key: str, expected: str) -> Chapter | None:
    """Return the chapter that was kept under a key, if it was made from the same; else nothing."""
    try:
        data = json.loads(_place(key).read_text("utf-8"))
        chapter = decoded(data["chapter"]) if data["digest"] == expected else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return chapter if isinstance(chapter, Chapter) else None


def keep_chapter(chapter: Chapter, made_from: str) -> None:
    """Keep a chapter that passed; where that cannot be written, nothing is kept and nothing is said."""
    if chapter.passed:
        keep(f"{chapter.key}.json", json.dumps({"digest": made_from, "chapter": encoded(chapter)}).encode())


def keep(name: str, data: bytes) -> None:
    """Keep some bytes under a name, whole or not at all."""
    place = store_folder() / name
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, lambda new: new.write_bytes(data))
    except OSError:
        return


def kept(name: str) -> bytes | None:
    """Return the bytes that were kept under a name, if there are."""
    try:
        return (store_folder() / name).read_bytes()
    except OSError:
        return None


def _place(key: str) -> Path:
    return store_folder() / f"{key}.json"


def encoded(value: Any) -> Any:
    """Return blocks and words as what JSON can hold.

    >>> decoded(encoded(Chapter("c", ()))) == Chapter("c", ())
    True
    """
    if is_dataclass(value) and not isinstance(value, type):
        inside = {field.name: encoded(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__, **inside}
    if isinstance(value, tuple):
        return [encoded(part) for part in value]
    if isinstance(value, bytes):
        return {"kind": "bytes", "base64": base64.b64encode(value).decode()}
    return value


def decoded(value: Any) -> Any:
    """Return what was encoded; raise ``KeyError`` or ``TypeError`` for anything else."""
    if isinstance(value, list):
        return tuple(decoded(part) for part in value)
    if not isinstance(value, dict):
        return value
    kind = value["kind"]
    if kind == "bytes":
        return base64.b64decode(value["base64"])
    return _KINDS[kind](**{name: decoded(part) for name, part in value.items() if name != "kind"})
