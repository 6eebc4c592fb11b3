"""What the calls of this floor and those above it are given: checked here, named where it is wrong."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator


def check_operator(argument: str, value: object) -> None:
    """Raise ``ArgumentError`` that names the argument unless the value is an operator."""
    if not isinstance(value, Operator):
        raise ArgumentError(f"{argument}={value!r} must be an operator, such as ca.conv(...)")


def check_count(argument: str, name: Any, known: Collection[str]) -> None:
    """Raise ``ArgumentError`` that names the argument unless the value is one of the known counts."""
    if name not in known:
        raise ArgumentError(f"{argument}={name!r} must be one of {', '.join(known)}")
