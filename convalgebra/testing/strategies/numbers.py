"""Weights for operators: small integers, so that whatever is done with them is exact."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.weights import Array


def weights(operator: Operator, least: int = -4, most: int = 4) -> st.SearchStrategy[dict[str, Array]]:
    """Return weights for an operator of numbers: int64 arrays by name, entries from least to most.

    They shrink to zeros. Raises ``ArgumentError`` for no operator or no range, ``SymbolError`` while a
    size is a name.

    >>> import convalgebra as ca
    >>> from hypothesis import find, settings
    >>> small = weights(ca.conv(1, 1, 4, 2))
    >>> found = find(small, lambda w: w["weight"].sum() > 2, settings=settings(database=None))
    >>> int(found["weight"].sum())
    3
    """
    if not isinstance(operator, Operator):
        raise ArgumentError(f"operator={operator!r} must be an operator, such as ca.conv(...)")
    if not all(type(n) is int for n in (least, most)) or least > most:
        raise ArgumentError(
            f"least={least!r}, most={most!r} must be integers, the first not above the other"
        )
    shapes = operator.numeric_weight_shapes()
    return st.fixed_dictionaries({name: integers(shape, least, most) for name, shape in shapes.items()})


@st.composite
def integers(draw: st.DrawFn, shape: tuple[int, ...], least: int, most: int) -> Any:
    """Draw an array: the first few entries one by one, so that they shrink; of many, the rest by a seed."""
    count = int(np.prod(shape))
    single = min(count, _SINGLY)
    entries = draw(st.lists(st.integers(least, most), min_size=single, max_size=single))
    rest = np.zeros(0, np.int64)
    if count > single:
        rest = np.random.default_rng(draw(st.integers(0, 2**16))).integers(least, most + 1, count - single)
    return np.concatenate([np.array(entries, np.int64), rest]).reshape(shape)


_SINGLY = 32
