"""Other shapes for the inputs of a network, as a user gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Shape
from convalgebra.sizes import as_size


def with_shapes(inputs: Mapping[str, Shape], given: Any) -> dict[str, Shape]:
    """Return the shapes of inputs by name, batch included, with others put for some.

    ``given`` is the shape of the first, or a mapping by their names. Raises ``ArgumentError`` for a name
    that is no input, and for what is no shape of as many axes.

    >>> with_shapes({"x": (1, 3, 7, 7)}, (1, 3, "N", 5))
    {'x': (1, 3, N, 5)}
    """
    found = dict(inputs)
    named = given if isinstance(given, Mapping) else {next(iter(inputs), ""): given}
    for name, sizes in named.items():
        if name not in found:
            raise ArgumentError(f"input {name!r} is none of {', '.join(found) or 'no input'}")
        found[name] = _shape(sizes, found[name])
    return found


def _shape(sizes: Any, before: Shape) -> Shape:
    try:
        found = tuple(as_size(n, "input_shape", least=1) for n in sizes)
    except TypeError:
        raise ArgumentError(
            f"input_shape={sizes!r} must be a sequence of sizes, such as (1, 3, 224, 224)"
        ) from None
    if before and len(found) != len(before):
        raise ArgumentError(
            f"input_shape={tuple(map(str, found))} must have {len(before)} axes, as {before} has"
        )
    return found
