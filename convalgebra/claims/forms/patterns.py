"""Claims about which output channels depend on which input channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from convalgebra.claims.claim import Finding, Judge, derived, measured, named
from convalgebra.claims.forms.counts import Make, Sizes, always
from convalgebra.operators.base import Operator
from convalgebra.weights import Array


def channels_meet(
    says: Callable[..., Any],
    make: Make,
    small: Iterable[Sizes],
    sizes: Iterable[Sizes],
    *,
    of: Callable[..., Any] = lambda table, **sizes: table,
    met: Callable[..., bool] = always,
    right: bool = False,
) -> Judge:
    """Return the judge of a claim about the table of output channels by input channels: who meets whom.

    By derivation the entries that do not vanish in the symbolic matrix, at the sizes ``small``; by
    measurement the stored entries of the matrix of ones, at ``sizes``. ``of(table, **sizes)`` is what
    the claim speaks of: the table itself (1 where they meet), or something seen in it.
    """

    def judge() -> Iterator[Finding]:
        for point in small:
            found = of(table_in_symbols(make(**point)), **point)
            yield derived(
                f"{named(point)}, in symbols", says(**point), found, inside=met(**point), right=right
            )
        for point in sizes:
            found = of(make(**point).channel_pattern().table.astype(int), **point)
            yield measured(named(point), says(**point), found, inside=met(**point), right=right)

    return judge


def table_in_symbols(op: Operator) -> Array:
    """Return which output channel reads which input channel, seen in the symbolic matrix.

    >>> import convalgebra as ca
    >>> table_in_symbols(ca.pointwise_grouped(4, 2, 1, groups=2)).tolist()
    [[1, 1, 0, 0], [0, 0, 1, 1]]
    """
    matrix = op.symbolic_matrix()
    outs, ins = int(op.output_shape[0]), int(op.input_shape[0])
    per_out, per_in = matrix.shape[0] // outs, matrix.shape[1] // ins
    table = np.zeros((outs, ins), int)
    for (row, column), value in matrix.todok().items():
        if value != 0:
            table[row // per_out, column // per_in] = 1
    return table


def full(table: Array, **sizes: Any) -> str:
    """Say whether every output channel depends on every input channel.

    >>> full(np.ones((2, 3))), full(np.eye(2))
    ('every channel meets every channel', '2 of 4 pairs of channels meet')
    """
    pairs = int(np.count_nonzero(table))
    return ALL_MEET if pairs == table.size else f"{pairs} of {table.size} pairs of channels meet"


ALL_MEET = "every channel meets every channel"


def in_words(table: Any, **sizes: Any) -> str:
    """Return a table in one line, a row for each output channel.

    >>> in_words(np.eye(2, dtype=int))
    '10 01'
    """
    return " ".join("".join(str(int(bool(cell))) for cell in row) for row in np.asarray(table))
