"""Operators as JSON: the tree that the page builds its matrices from."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from convalgebra.inspector.expressions import expression


def described(operator: Any) -> Any:
    """Return an operator, or anything that one is made of, as plain JSON.

    A frozen value is an object of its fields and its ``kind``; a tuple is a list, a text a text, nothing
    is null, and a size is as ``expression`` has it, which raises ``ArgumentError`` for other values.

    >>> import convalgebra as ca
    >>> described(ca.Dense("D", 3))
    {'kind': 'Dense', 'rows': {'name': 'D'}, 'columns': 3, 'name': 'weight'}
    >>> described(ca.conv(1, 1, 5, 3))["axes"][0]["padding_mode"]
    'zeros'
    """
    if is_dataclass(operator) and not isinstance(operator, type):
        parts = {f.name: described(getattr(operator, f.name)) for f in fields(operator)}
        return {"kind": type(operator).__name__, **parts}
    if isinstance(operator, tuple):
        return [described(part) for part in operator]
    if operator is None or isinstance(operator, str):
        return operator
    return expression(operator)
