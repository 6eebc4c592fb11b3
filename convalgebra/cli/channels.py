"""Which channel reads which: a pattern that needs numbers for channels and groups, and no image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.options import SPELLINGS

if TYPE_CHECKING:
    import sympy

    from convalgebra.catalogue.types import ConvType
    from convalgebra.operators.base import Operator

# What decides which channels meet; all else is about the image.
DECIDING = ("in_channels", "channels", "out_channels", "groups", "multiplier", "middle_channels", "factor")
# The longest image that is tried for sizes that the user left out.
LONGEST = 64


def channels_of(kind: ConvType, given: Mapping[str, Any], operator: Operator) -> str:
    """Return the pattern of the channels, outputs by inputs, whatever the sizes that are left out.

    Raises ``UsageError`` that names the options for channels and groups that need numbers, or, where no
    small image fits what was given, the names that do.
    """
    values = {**kind.shown_with, **given, **kind.settled}
    named = [keyword for keyword in DECIDING if list(_names(values.get(keyword)))]
    if named:
        options = ", ".join(SPELLINGS[keyword] for keyword in named)
        raise click.UsageError(f"--channels needs numbers for what joins channels: give {options}")
    return str(_with_an_image(operator, set(_names(values["input_size"]))).channel_pattern())


def _with_an_image(operator: Operator, image: set[sympy.Symbol]) -> Operator:
    """Return the operator with 1 for each name that is left, and the smallest image that fits."""
    from convalgebra.errors import ArgumentError, ShapeError  # noqa: PLC0415

    for length in range(1, LONGEST + 1):
        try:
            return operator.subs({name: length if name in image else 1 for name in operator.symbols})
        except (ArgumentError, ShapeError):
            continue
    names = ", ".join(sorted(map(str, operator.symbols)))
    raise click.UsageError(f"--channels: no small image fits; give numbers for {names}")


def _names(value: Any) -> Iterator[sympy.Symbol]:
    """Yield the symbols in a size, or in several."""
    from convalgebra.sizes import as_size  # noqa: PLC0415

    for size in value if isinstance(value, tuple) else () if value is None else (value,):
        found = as_size(size, "size")
        yield from () if isinstance(found, int) else found.free_symbols
