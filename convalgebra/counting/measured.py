"""What can be counted of an operator by running it, or by looking at its matrices; no formula is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from math import prod
from typing import Any

import numpy as np

from convalgebra.assembly import without_padding
from convalgebra.axis import Axis
from convalgebra.counting.measure import measure
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.operators.base import Operator
from convalgebra.operators.sidebyside import SideBySide
from convalgebra.weights import Array


def run_count(op: Operator, quantity: str = "multiplications") -> int:
    """Return a count of an operator whose sizes are numbers, by running it.

    ``multiplications`` and ``additions`` are what ``measure`` counts; ``mult_adds`` are the products of
    the same layer with its padding zeros made part of the input; ``parameters`` are the different weights
    seen in the matrices; ``moved`` are the values that the factors read, weights too, and write;
    ``outputs`` are the values that come out at the end.

    Raises ``ArgumentError`` for another quantity, and what ``weights_seen`` raises.

    >>> from convalgebra.catalogue.basic import conv
    >>> op = conv(1, 2, 5, 3, padding=1)
    >>> [run_count(op, quantity) for quantity in ("multiplications", "mult_adds", "parameters", "moved")]
    [26, 30, 6, 21]
    """
    check_quantity(quantity, _COUNTS)
    return _COUNTS[quantity](op)


def check_quantity(quantity: Any, among: Mapping[str, Any] | tuple[str, ...]) -> None:
    """Raise ``ArgumentError`` unless a quantity is one of those that can be counted."""
    if not isinstance(quantity, str) or quantity not in among:
        raise ArgumentError(f"quantity={quantity!r} must be one of {', '.join(among)}")


# --- products ------------------------------------------------------------------------------------


def _mult_adds(op: Operator) -> int:
    """Count the products of each part with its padding zeros made inputs like any other."""
    weighted = (part for part in _parts(op) if part.weight_shapes)
    return sum(measure(_padding_read(part)).multiplications for part in weighted)


def _parts(op: Operator) -> Iterator[Operator]:
    """Yield what is run: the stages, and in their place the operators that a stage puts side by side."""
    for stage in op.stages:
        if isinstance(stage, SideBySide):
            for part in stage.operators:
                yield from _parts(part)
        else:
            yield stage


def _padding_read(value: Any) -> Any:
    """Return the value with every axis reading its padded input."""
    if isinstance(value, Axis):
        return without_padding(value) if value.padding_mode == "zeros" else value
    if isinstance(value, tuple):
        return tuple(map(_padding_read, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _padding_read(getattr(value, f.name)) for f in fields(value)})
    return value


# --- values --------------------------------------------------------------------------------------


def _moved(stage: Operator) -> int:
    shapes = stage.numeric_weight_shapes()
    matrix = stage.matrix({name: np.ones(shape, np.int8) for name, shape in shapes.items()})
    written = np.count_nonzero(np.diff(matrix.indptr))
    return int(len(np.unique(matrix.indices)) + written + weights_seen(stage))


def weights_seen(op: Operator) -> int:
    """Return how many different weights stand in the matrices of an operator, counted there.

    The weights are numbered; taps that fall on padding zeros only are seen where these are stored.
    Raises ``ConvalgebraError`` where a weight stands nowhere.

    >>> import convalgebra as ca
    >>> weights_seen(ca.depthwise_separable(2, 3, (4, 4), 3))
    24
    """
    parts = list(_parts(op))
    total = 0
    for name, shape in op.numeric_weight_shapes().items():
        holding = [_all_read(part) for part in parts if name in part.weight_shapes]
        seen, many = _seen(holding, name, shape), prod(shape)
        if seen != many:
            raise ConvalgebraError(f"of the {many} weights {name!r} of {op!r} {seen} stand in its matrices")
        total += seen
    return total


def _all_read(part: Operator) -> Operator:
    """Return a part that reads its padding, unless its weights are the values of the image."""
    stored: Operator = _padding_read(part)
    return stored if stored.weight_shapes == part.weight_shapes else part


def _seen(holding: list[Operator], name: str, shape: tuple[int, ...]) -> int:
    """Count the weights of a name: numbers in the entries, or where entries mix weights, one by one."""
    many = prod(shape)
    # None is a sum of others, nor a multiple of another.
    numbers = np.arange(many + 1, 2 * many + 1, dtype=np.int32)
    entries = [_entries(op, name, numbers.reshape(shape)) for op in holding]
    found = np.unique(np.concatenate(entries)) if entries else np.zeros(0)
    if np.isin(found, numbers).all():
        return len(found)
    nothing = [_entries(op, name, np.zeros(shape, np.int32)) for op in holding]
    ones = (np.eye(1, many, at, np.int32).reshape(shape) for at in range(many))
    return sum(
        any((_entries(op, name, one) != before).any() for op, before in zip(holding, nothing, strict=True))
        for one in ones
    )


def _entries(op: Operator, name: str, numbers: Array) -> Array:
    """Return the stored entries, all other weights being 1."""
    shapes = op.numeric_weight_shapes()
    given = {n: numbers if n == name else np.ones(shape, np.int32) for n, shape in shapes.items()}
    entries: Array = op.matrix(given).data
    return entries


QUANTITIES: Mapping[str, Callable[[Operator], int]] = {
    "multiplications": lambda op: measure(op).multiplications,
    "additions": lambda op: measure(op).additions,
    "mult_adds": _mult_adds,
    "parameters": weights_seen,
}
_COUNTS: Mapping[str, Callable[[Operator], int]] = {
    **QUANTITIES,
    "moved": lambda op: sum(map(_moved, op.stages)),
    "outputs": lambda op: op.hit_in_pattern(0),
}
