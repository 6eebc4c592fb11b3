"""Claims about one example: the formula of the structure with its numbers put, and what is seen of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from convalgebra.claims.claim import Finding, Judge, derived, measured, named
from convalgebra.claims.forms.comparing import formula_of
from convalgebra.claims.forms.counts import Make, Says
from convalgebra.counting.measured import run_count
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.proofs import as_formula
from convalgebra.sizes import number, symbol


def amount(said: int, make: Make, quantity: str = "multiplications", **sizes: int) -> Judge:
    """Return the judge of a number that an example gives: a count of ``make(**sizes)``.

    By derivation the formula with names for the sizes, then the numbers put; by measurement the count.
    """
    return _seen(said, make, sizes, quantity, lambda op: formula_of(op, quantity), _counter(quantity))


def positions(said: tuple[int, ...], make: Make, **sizes: int) -> Judge:
    """Return the judge of the numbers of places that a kernel visits along the axes of an example."""
    return _seen(said, make, sizes, "positions", lambda op: op.output_size, lambda op: seen_shape(op)[1:])


def maps(read: Says, written: Says, make: Make, sizes: list[dict[str, int]]) -> Judge:
    """Return the judge of the shapes that a layer reads and writes, channels first, for all sizes."""

    def judge() -> Iterator[Finding]:
        symbols = {name: symbol(name) for name in sizes[0]}
        op = make(**symbols)
        for word, says, shape in (("reads", read, op.input_shape), ("writes", written, op.output_shape)):
            yield derived(word, tuple(map(as_formula, says(**symbols))), tuple(map(as_formula, shape)))
        for point in sizes:
            one = make(**point)
            matrix = one.matrix(
                {name: np.ones(s, np.int8) for name, s in one.numeric_weight_shapes().items()}
            )
            yield measured(f"reads, {named(point)}", prod(read(**point)), matrix.shape[1])
            yield measured(f"writes, {named(point)}", tuple(written(**point)), seen_shape(one))

    return judge


def _counter(quantity: str) -> Callable[[Operator], int]:
    return lambda op: run_count(op, quantity)


def _seen(
    said: Any,
    make: Make,
    sizes: dict[str, int],
    what: str,
    derive: Callable[[Operator], Any],
    run: Callable[[Operator], Any],
) -> Judge:
    def judge() -> Iterator[Finding]:
        symbols = {name: symbol(name) for name in sizes}
        values = {symbols[name]: value for name, value in sizes.items()}
        formula = derive(make(**symbols))
        formulas = formula if isinstance(formula, tuple) else (formula,)
        put = tuple(int(as_formula(f).subs(values)) for f in formulas)
        at = f"{what}, {named(sizes)}"
        yield derived(at, said, put if isinstance(formula, tuple) else put[0])
        yield measured(at, said, run(make(**sizes)))

    return judge


def seen_shape(op: Operator) -> tuple[int, ...]:
    """Return the channels and places of a convolution's output, as its matrix shows them.

    Each row begins with one weight, the same for all rows of an output channel, at the input where the
    window begins. Only without padding is that the corner of the window.

    >>> from convalgebra.catalogue.basic import conv
    >>> seen_shape(conv(3, 4, (7, 6), 3))
    (4, 5, 4)
    """
    op = op.stages[0]
    if not isinstance(op, Conv) or any(axis.lo or axis.hi for axis in op.axes):
        raise ArgumentError(f"op={op!r} must be a convolution without padding")
    (shape,) = op.numeric_weight_shapes().values()
    matrix = op.matrix(1 + np.arange(prod(shape)).reshape(shape))
    first = matrix.indptr[:-1]
    sizes = tuple(number(n, "input_size") for n in op.input_shape)
    corners = np.unravel_index(matrix.indices[first], sizes)
    return tuple(len(np.unique(values)) for values in (matrix.data[first], *corners[1:]))
