"""A scipy ``LinearOperator`` from two functions on columns: forwards, and backwards (the adjoint)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from math import prod
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.weights import Array

Columns = Callable[[Array], Array]


class _FunctionOperator(LinearOperator):  # type: ignore[misc]
    def __init__(
        self, shape: tuple[int, int], dtype: np.dtype[Any], forwards: Columns, backwards: Columns
    ) -> None:
        super().__init__(dtype, shape)
        self._forwards, self._backwards = forwards, backwards

    def _matmat(self, x: Array) -> Array:
        return self._forwards(x)

    def _rmatmat(self, y: Array) -> Array:
        return self._backwards(y)

    def _matvec(self, x: Array) -> Array:
        return self._forwards(x.reshape(-1, 1)).reshape(-1)

    def _rmatvec(self, y: Array) -> Array:
        return self._backwards(y.reshape(-1, 1)).reshape(-1)


class CheckedOperator(LinearOperator):  # type: ignore[misc]
    """An operator that says what is wrong with an array of the wrong length, both shapes shown."""

    def __init__(self, operator: LinearOperator) -> None:
        super().__init__(operator.dtype, operator.shape)
        self._operator = operator

    def matvec(self, x: Any) -> Array:
        """Return the product with a vector of length ``shape[1]``."""
        return np.asarray(super().matvec(_checked(x, "matvec", self.shape[1], columns=False)))

    def rmatvec(self, x: Any) -> Array:
        """Return the product of the adjoint with a vector of length ``shape[0]``."""
        return np.asarray(super().rmatvec(_checked(x, "rmatvec", self.shape[0], columns=False)))

    def matmat(self, X: Any) -> Array:
        """Return the product with the columns of a (shape[1], k) array."""
        return np.asarray(super().matmat(_checked(X, "matmat", self.shape[1], columns=True)))

    def rmatmat(self, X: Any) -> Array:
        """Return the product of the adjoint with the columns of a (shape[0], k) array."""
        return np.asarray(super().rmatmat(_checked(X, "rmatmat", self.shape[0], columns=True)))

    def dot(self, x: Any) -> Any:
        """Return the product with a vector, with columns, or with another operator or a number."""
        if isinstance(x, np.ndarray | list | tuple) and np.ndim(x) > 2:
            raise ShapeError(
                f"dot: an array of shape {np.shape(x)} does not fit, it must be ({self.shape[1]},): "
                "use x.ravel() for an image"
            )
        return super().dot(x)

    def _matvec(self, x: Array) -> Any:
        return self._operator.matvec(x)

    def _rmatvec(self, y: Array) -> Any:
        return self._operator.rmatvec(y)

    def _matmat(self, x: Array) -> Any:
        return self._operator.matmat(x)

    def _rmatmat(self, y: Array) -> Any:
        return self._operator.rmatmat(y)

    def _transpose(self) -> LinearOperator:
        return CheckedOperator(self._operator.T)

    def _adjoint(self) -> LinearOperator:
        return CheckedOperator(self._operator.H)


def _checked(x: Any, call: str, length: int, columns: bool) -> Array:
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ArgumentError(f"{call}: not an array of numbers ({error})") from None
    if array.dtype.kind not in "biufcO":
        raise ArgumentError(f"{call}: an array of dtype {array.dtype} holds no numbers")
    fits = array.ndim == 2 if columns else array.shape in ((length,), (length, 1))
    if not fits or array.shape[0] != length:
        wanted = f"({length}, k)" if columns else f"({length},)"
        raise ShapeError(f"{call}: an array of shape {array.shape} does not fit, it must be {wanted}")
    return array


def function_operator(
    shape: tuple[int, int], dtype: np.dtype[Any], forwards: Columns, backwards: Columns
) -> LinearOperator:
    """Return the operator whose functions take (columns, k) and (rows, k) arrays."""
    return _FunctionOperator(shape, dtype, forwards, backwards)


def kron_operator(parts: Sequence[LinearOperator], dtype: np.dtype[Any]) -> LinearOperator:
    """Return the Kronecker product: each part acts on its own axis of the input."""

    def along_each_axis(x: Array, sizes: Sequence[int], steps: Sequence[Columns]) -> Array:
        y = x.reshape(*sizes, x.shape[1])
        for axis, step in enumerate(steps):
            front = np.moveaxis(y, axis, 0)
            done = step(front.reshape(len(front), prod(front.shape[1:])))
            y = np.moveaxis(done.reshape(len(done), *front.shape[1:]), 0, axis)
        return y.reshape(prod(y.shape[:-1]), x.shape[1])

    rows, columns = ([part.shape[side] for part in parts] for side in (0, 1))
    return function_operator(
        (prod(rows), prod(columns)),
        dtype,
        lambda x: along_each_axis(x, columns, [part.matmat for part in parts]),
        lambda y: along_each_axis(y, rows, [part.rmatmat for part in parts]),
    )


def block_operator(parts: Sequence[LinearOperator], dtype: np.dtype[Any]) -> LinearOperator:
    """Return the block-diagonal operator: each part acts on its own stretch of the input."""

    def apart(x: Array, sizes: Sequence[int], steps: Sequence[Columns]) -> Array:
        bounds = pairwise(accumulate(sizes, initial=0))
        return np.concatenate([step(x[b:e]) for step, (b, e) in zip(steps, bounds, strict=True)])

    rows, columns = ([part.shape[side] for part in parts] for side in (0, 1))
    return function_operator(
        (sum(rows), sum(columns)),
        np.result_type(dtype, *(part.dtype for part in parts)),
        lambda x: apart(x, columns, [part.matmat for part in parts]),
        lambda y: apart(y, rows, [part.rmatmat for part in parts]),
    )


def stack_operator(parts: Sequence[LinearOperator], dtype: np.dtype[Any]) -> LinearOperator:
    """Return the operator whose output is that of every part on the same input, one after the other."""
    columns = parts[0].shape[1]
    bounds = list(pairwise(accumulate((part.shape[0] for part in parts), initial=0)))

    def backwards(y: Array) -> Array:
        pieces = [part.rmatmat(y[b:e]) for part, (b, e) in zip(parts, bounds, strict=True)]
        return np.asarray(sum(pieces[1:], start=pieces[0]))

    return function_operator(
        (bounds[-1][1], columns),
        np.result_type(dtype, *(part.dtype for part in parts)),
        lambda x: np.concatenate([part.matmat(x) for part in parts]),
        backwards,
    )
