"""``assert_adjoint``: of two functions of arrays one is the adjoint of the other."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from convalgebra.errors import ArgumentError
from convalgebra.testing.basis import Shape, at_zero, columns, differs, place, plain, shape_of, short
from convalgebra.testing.calling import Callee, callee, check_tolerance
from convalgebra.weights import Array

_SMALL = 256  # up to so many inputs and outputs both functions are looked at entry by entry
_ROUNDS = 8


def assert_adjoint(
    f: Any,
    ft: Any,
    shapes: tuple[Any, Any],
    *,
    dtype: Any = None,
    batch: int | None = None,
    tolerance: float = 0,
) -> None:
    """Fail unless ``<f(x), y> == <x, ft(y)>``, on small integers and, where small, on every basis vector.

    ``shapes`` are those of an input and of an output of ``f``; ``ft`` goes the other way. The functions,
    ``dtype``, ``batch`` and ``tolerance`` are as in ``assert_same_operator``.

    Raises ``AssertionError`` with both products, or the first entry that differs.

    >>> assert_adjoint(lambda x: x[::2], lambda y: np.insert(y, [1, 2], 0), shapes=(5, 3))
    >>> assert_adjoint(lambda x: x[::2], lambda y: np.repeat(y, 2)[:5], shapes=(5, 3))
    Traceback (most recent call last):
        ...
    AssertionError: ft is not the adjoint of f: with ones at x(1,) and y(0,) alone, <f(x), y> = 0, \
<x, ft(y)> = 1
    """
    __tracebackhide__ = True
    check_tolerance(tolerance)
    there, back = _shapes(shapes)
    forth = callee(f, len(there), dtype, batch, "f")
    ret = callee(ft, len(back), dtype, batch, "ft")
    for called, first, second in ((forth, there, back), (ret, back, there)):
        zeros = called.outputs(np.zeros((1, *first)), second)[0]
        if differs(np.zeros_like(zeros), zeros, tolerance).any():
            raise AssertionError(f"{called.what} is not linear: {at_zero(called.what, zeros)}")
    if max(prod(there), prod(back)) <= _SMALL:
        _compare_transposed(forth, ret, there, back, tolerance)
    rng = np.random.default_rng(0)
    for _ in range(_ROUNDS):
        x, y = rng.integers(-4, 5, there), rng.integers(-4, 5, back)
        left = _inner(forth.outputs(x[None], back)[0], y)
        right = _inner(x, ret.outputs(y[None], there)[0])
        if not abs(left - right) <= tolerance:
            raise AssertionError(
                f"ft is not the adjoint of f: <f(x), y> = {left}, <x, ft(y)> = {right}\n"
                f"x = {short(x)}\ny = {short(y)}"
            )


def _compare_transposed(forth: Callee, ret: Callee, there: Shape, back: Shape, tolerance: float) -> None:
    __tracebackhide__ = True
    left = np.concatenate([found for _, found in columns(forth, there, back)])
    right = np.concatenate([found for _, found in columns(ret, back, there)]).T
    wrong = differs(left, right, tolerance)
    if wrong.any():
        x, y = (int(n) for n in np.argwhere(wrong)[0])
        raise AssertionError(
            f"ft is not the adjoint of f: with ones at x{place(x, there)} and y{place(y, back)} alone, "
            f"<f(x), y> = {plain(left[x, y])}, <x, ft(y)> = {plain(right[x, y])}"
        )


def _shapes(shapes: Any) -> tuple[Shape, Shape]:
    try:
        there, back = ((shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes)
        return shape_of(there), shape_of(back)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"shapes={shapes!r} must be the shapes of an input and an output of f, "
            "as in ((3, 7, 7), (8, 5, 5))"
        ) from None


def _inner(a: Array, b: Array) -> Any:
    """Return the inner product: of integers as Python's, which do not wrap; ft(y) may be in floats."""
    kind = object if a.dtype.kind in "iub" and b.dtype.kind in "iub" else np.result_type(a, b, np.float64)
    return np.dot(a.ravel().astype(kind), b.ravel().astype(kind))
