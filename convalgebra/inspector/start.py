"""What a page starts with: the types that it holds, the setting that it shows first, and where it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import convalgebra
from convalgebra.inspector.catalogue import load
from convalgebra.inspector.own import own_data, recognised
from convalgebra.operators.base import Operator


def data_for(
    place: str, start: Mapping[str, Any] | None = None, held: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the data of a page that holds the whole catalogue.

    ``start`` is {type, axes, values} of the setting shown first, ``held`` of one beside it.

    >>> data_for("file")["start"]
    {'type': 'conv'}
    """
    first: dict[str, Any] = {"type": "conv", **(start or {})}
    if held is not None:
        first |= {"held": dict(held), "view": "held"}
    return _data(place, load(), None, first)


def data_of(operator: Operator, place: str, *, whole: bool = False, note: str = "") -> dict[str, Any]:
    """Return the data of a page for one operator: its type where the catalogue has it, else its own.

    ``whole`` keeps the rest of the catalogue beside it; ``note`` is a line that stands above all.

    >>> import convalgebra as ca
    >>> data_of(ca.conv("D", 1, "N", 3), "static")["start"]
    {'type': 'own'}
    """
    found = recognised(operator)
    said = {"note": note} if note else {}
    if found is None:
        return {**_data(place, load() if whole else [], own_data(operator), {"type": "own"}), **said}
    types = [t for t in load() if whole or t["name"] == found["type"]]
    return {**_data(place, types, None, found), **said}


def _data(place: str, types: Any, own: Any, start: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": convalgebra.__version__,
        "place": place,
        "start": dict(start),
        "types": list(types),
        "own": own,
    }
