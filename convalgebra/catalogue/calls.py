"""What to write in Python for a type of the catalogue and its options."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convalgebra.catalogue.types import ConvType


def call_of(kind: ConvType, given: Mapping[str, Any]) -> str:
    """Return the call that makes a type's operator, given ``import convalgebra as ca, sympy``.

    ``given`` are the keywords of the user; the others have the names that the type is shown with.

    >>> from convalgebra.catalogue.types import find_type
    >>> call_of(find_type("strided"), {"kernel_size": 3})
    "ca.conv('D', 'N_c', ('H', 'W'), 3, stride='s')"
    """
    from convalgebra.values import code  # noqa: PLC0415

    values = {**kind.shown_with, **given, **kind.settled}
    parts = []
    for name, parameter in signature(kind.function).parameters.items():
        if name in values:
            written = code(_plain(values[name]))
            positional = (
                parameter.kind is not Parameter.KEYWORD_ONLY and parameter.default is Parameter.empty
            )
            parts.append(written if positional else f"{name}={written}")
    return f"ca.{kind.function.__name__}({', '.join(parts)})"


def settings(kind: ConvType) -> bool:
    """Say whether a type is a function of another name with some of its options set.

    >>> from convalgebra.catalogue.types import find_type
    >>> settings(find_type("strided")), settings(find_type("grouped"))
    (True, False)
    """
    return kind.function.__name__ != kind.name


def _plain(value: Any) -> Any:
    """Return tuples for a table that was read from a file, and whole numbers for whole fractions."""
    if hasattr(value, "tolist"):
        return tuple(map(tuple, value.tolist()))
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value
