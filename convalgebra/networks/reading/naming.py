"""Names that a file may hold, made into names that formulas and tables can show."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

_LONGEST = 40
_SHOWN = 5
_BY_RANK: Mapping[int, tuple[str, ...]] = {
    3: ("batch", "C", "L"),
    4: ("batch", "C", "H", "W"),
    5: ("batch", "C", "D", "H", "W"),
}


def symbol_name(text: str, taken: Collection[str] = ()) -> str:
    """Return a name that ``convalgebra.symbol`` takes, like the text and unlike those that are taken.

    >>> symbol_name("batch_size"), symbol_name("unk__12"), symbol_name("2nd dim"), symbol_name("N", ["N"])
    ('batch_size', 'unk_12', 'n2nd_dim', 'N_2')
    """
    words = re.findall(r"[A-Za-z0-9]+", text[:_LONGEST])
    name = "_".join(words) or "n"
    return unused(name if name[0].isalpha() else f"n{name}", taken)


def axis_name(axis: int, rank: int) -> str:
    """Return what an axis without a name is called: the first is the batch.

    >>> [axis_name(axis, 4) for axis in range(4)], axis_name(1, 2)
    (['batch', 'C', 'H', 'W'], 'n1')
    """
    names = _BY_RANK.get(rank, ("batch",))
    return names[axis] if axis < len(names) else f"n{axis}"


def unused(name: str, taken: Collection[str]) -> str:
    """Return the name, with the first number behind it that makes it unlike those that are taken."""
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def node_names(given: Iterable[tuple[str, str]]) -> list[str]:
    """Return a name for each node from (name, op type): its own where it has one, and each only once.

    >>> node_names([("a", "Conv"), ("", "Relu"), ("a", "Conv"), ("", "Relu")])
    ['a', 'relu', 'a_2', 'relu_2']
    """
    names: list[str] = []
    counts: dict[str, int] = {}
    taken: set[str] = set()
    for own, op_type in given:
        base = "".join(c if c.isprintable() else "_" for c in own) or op_type.lower() or "node"
        name = base
        while name in taken:  # a count per name, so that a thousand equal names take no million tries
            counts[base] = counts.get(base, 1) + 1
            name = f"{base}_{counts[base]}"
        taken.add(name)
        names.append(name)
    return names


def listed(names: Sequence[str]) -> str:
    """Return the first of some names as text, and how many more there are.

    >>> listed(["a", "b"]), listed("abcdefg")
    ("'a', 'b'", "'a', 'b', 'c', 'd', 'e' and 2 more")
    """
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
