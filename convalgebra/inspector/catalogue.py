"""The data of all types, computed by two processes and kept in the package, so that a page opens at once.

``python -m convalgebra.inspector.catalogue`` computes them anew, with ``--check`` to compare.
"""

from __future__ import annotations

import gzip
import json
import sys
from base64 import b64encode
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from convalgebra.catalogue.types import find_type, types
from convalgebra.files import write_whole
from convalgebra.inspector.packing import packed, unpacked
from convalgebra.inspector.typedata import type_data

KEPT = Path(__file__).parent / "front" / "catalogue.json"

# Those that take longest are begun first.
_LONG = (
    "flattened",
    "dilated_polyphase",
    "spatially_separable",
    "shuffled_grouped",
    "depthwise_separable",
    "resnext_block",
    "winograd",
)


def computed(processes: int = 2) -> list[dict[str, Any]]:
    """Return the data of every type, computed now, in the order of the catalogue."""
    names = [kind.name for kind in types()]
    order = sorted(names, key=lambda name: name not in _LONG)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = dict(zip(order, pool.map(data_of, order), strict=True))
    return [found[name] for name in names]


def data_of(name: str) -> dict[str, Any]:
    """Return the data of the type of a name, computed now, as they come out of JSON."""
    result: dict[str, Any] = json.loads(json.dumps(type_data(find_type(name))))
    return result


def keep(data: list[dict[str, Any]], path: Path = KEPT) -> None:
    """Write the data, packed; the file is there whole or as it was."""
    text = json.dumps(packed(data), separators=(",", ":"), ensure_ascii=False) + "\n"
    write_whole(path, lambda file: file.write_text(text, encoding="utf-8"))


def load() -> list[dict[str, Any]]:
    """Return the data of every type as they are kept. They are shared by all callers: change a copy.

    >>> [data["name"] for data in load()][:3]
    ['conv', 'convolution', 'conv_1d']
    """
    return _loaded()


def load_packed() -> dict[str, Any]:
    """Return the data as they are kept: repeated parts stand once, see ``packing``."""
    result: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return result


def is_whole(types: list[dict[str, Any]]) -> bool:
    """Say whether these are the types of the whole catalogue.

    >>> is_whole(load()), is_whole(load()[:1])
    (True, False)
    """
    return types == load()


@cache
def compressed() -> str:
    """Return the data as they are kept, compressed, in letters: ``front/wholecatalogue.js`` reads them.

    >>> len(compressed()) < KEPT.stat().st_size / 5
    True
    """
    return b64encode(gzip.compress(KEPT.read_bytes(), mtime=0)).decode()


def in_short(types: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the data of types packed, as a page holds them; those of the whole catalogue are kept so.

    >>> in_short(load()) == load_packed(), unpacked(in_short(load()[:1]))[0]["name"]
    (True, 'conv')
    """
    return load_packed() if is_whole(types) else packed(types)


@cache
def _loaded() -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = unpacked(load_packed())
    return result


def main(arguments: list[str]) -> int:
    """Compute the data of every type and keep them; with --check compare them with those that are kept."""
    found = computed()
    if arguments == ["--check"]:
        differ = [now["name"] for now, kept in zip(found, load(), strict=True) if now != kept]
        print(f"not what is kept: {', '.join(differ)}" if differ else "as it is kept", file=sys.stderr)
        return int(bool(differ))
    keep(found)
    print(f"{KEPT}: {KEPT.stat().st_size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
