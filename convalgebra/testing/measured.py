"""What can be measured of an operator, each by running it; no count here comes from a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from convalgebra.assembly import without_padding
from convalgebra.axis import Axis
from convalgebra.counting.measure import measure
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack


def measured(operator: Operator, quantity: str) -> int:
    """Return a quantity of an operator of numbers, counted by running.

    >>> import convalgebra as ca
    >>> op = ca.conv(1, 1, input_size=5, kernel_size=3, padding=1)
    >>> [measured(op, quantity) for quantity in QUANTITIES]
    [13, 8, 15, 3]
    """
    return QUANTITIES[quantity](operator)


def _mult_adds(operator: Operator) -> int:
    """Count the products of each stage with its padding zeros made inputs like any other."""
    return sum(_with_padding_read(stage) for stage in operator.stages)


def _with_padding_read(stage: Operator) -> int:
    if isinstance(stage, Sum | HStack | BlockDiag | VStack):
        return sum(_mult_adds(part) for part in stage.operators)
    if not stage.weight_shapes:
        return 0
    return measure(_widened(stage)).multiplications


def _widened(value: Any) -> Any:
    """Return the value with every axis reading its padded input."""
    if isinstance(value, Axis):
        return without_padding(value) if value.padding_mode == "zeros" else value
    if isinstance(value, tuple):
        return tuple(map(_widened, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _widened(getattr(value, f.name)) for f in fields(value)})
    return value


def _parameters(operator: Operator) -> int:
    """Count the entries of arrays that the operator takes as its weights."""
    shapes = operator.numeric_weight_shapes()
    weights = operator.checked({name: np.ones(shape, np.int8) for name, shape in shapes.items()})
    return sum(weight.size for weight in weights.values())


QUANTITIES: Mapping[str, Callable[[Operator], int]] = {
    "multiplications": lambda operator: measure(operator).multiplications,
    "additions": lambda operator: measure(operator).additions,
    "mult_adds": _mult_adds,
    "parameters": _parameters,
}


def check_quantity(quantity: str) -> None:
    """Raise ``ArgumentError`` unless a quantity of that name can be measured."""
    if quantity not in QUANTITIES:
        raise ArgumentError(f"quantity={quantity!r} must be one of {', '.join(QUANTITIES)}")
