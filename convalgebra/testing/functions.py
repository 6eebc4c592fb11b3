"""``assert_same_operator`` and ``assert_adjoint``: functions of arrays, seen through basis vectors."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.sizes import as_size, number
from convalgebra.testing.calling import Callee, callee
from convalgebra.weights import Array, WeightsLike

_CHUNK = 256  # basis vectors pushed at a time
_MIXED = 4  # inputs with several values that are not zero, which show what is not linear
_SMALL = 256  # up to so many inputs and outputs both functions are looked at entry by entry
_ROUNDS = 8

Shape = tuple[int, ...]


def assert_same_operator(
    operator: Operator,
    weights: WeightsLike,
    function: Any,
    *,
    dtype: Any = None,
    batch: int | None = None,
    tolerance: float = 0,
) -> None:
    """Fail unless a function of arrays is the operator with these weights, entry for entry.

    ``function`` takes an array of the shape ``operator.input_shape`` and returns one (or what numpy
    makes one of) of ``operator.output_shape``; a torch module and an ONNX Runtime session of one input
    are taken as they are. Each basis vector is pushed through it, of ``dtype`` (an integer one, or what
    the module or session takes), ``batch`` at a time along a leading axis (0: no such axis). Then zeros
    and mixed inputs are pushed, so that a bias or a function that is not linear is found too.

    Integers are compared exactly, in floats too, which hold them. ``tolerance`` is the largest
    difference of two entries that passes, 0 unless asked for.

    Raises ``AssertionError`` that shows the first entry that differs, as (output channel, position) <-
    (input channel, position); ``ArgumentError`` for arguments that make no sense.

    >>> import convalgebra as ca
    >>> weight = np.array([[[1, 2, 3]]])
    >>> conv = ca.conv(1, 1, input_size=5, kernel_size=3)
    >>> assert_same_operator(conv, weight, lambda x: np.correlate(x[0], weight[0, 0], "valid")[None])
    >>> assert_same_operator(conv, weight, lambda x: np.convolve(x[0], weight[0, 0], "valid")[None])
    Traceback (most recent call last):
        ...
    AssertionError: the function is not ca.conv(1, 1, input_size=5, kernel_size=3)
    first entry that differs: output (0, 0) <- input (0, 0): operator 1, function 3
    """
    __tracebackhide__ = True
    if not isinstance(operator, Operator):
        raise ArgumentError(f"operator={operator!r} must be an operator, such as ca.conv(...)")
    if not isinstance(tolerance, int | float) or not tolerance >= 0:
        raise ArgumentError(f"tolerance={tolerance!r} must be a number that is not negative")
    matrix = operator.matrix(weights)
    inputs, outputs = (_numbers(shape) for shape in (operator.input_shape, operator.output_shape))
    called = callee(function, len(inputs), _dtype(dtype, matrix.dtype, function), batch, "the function")
    _check_zero(called, inputs, outputs, matrix, tolerance)
    for at, found in _columns(called, inputs, outputs):
        expected = matrix[:, at : at + len(found)].toarray().T
        _compare(expected, found, at, (inputs, outputs), operator, tolerance)
    _check_mixed(called, (inputs, outputs), matrix, tolerance)


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
    there, back = _shapes(shapes)
    forth = callee(f, len(there), dtype, batch, "f")
    ret = callee(ft, len(back), dtype, batch, "ft")
    for called, first, second in ((forth, there, back), (ret, back, there)):
        at_zero = called.outputs(np.zeros((1, *first)), second)[0]
        if _differs(np.zeros_like(at_zero), at_zero, tolerance).any():
            raise AssertionError(f"{called.what} is not linear: {_zero(called.what, at_zero)}")
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
                f"x = {_short(x)}\ny = {_short(y)}"
            )


# --- one operator --------------------------------------------------------------------------------


def _dtype(asked: Any, matrix: np.dtype[Any], function: Any) -> Any:
    """Return the dtype asked for; for floating weights and a plain function that of the matrix."""
    plain = not hasattr(function, "parameters") and not hasattr(function, "get_inputs")
    return matrix if asked is None and plain and matrix.kind in "fc" else asked


def _columns(called: Callee, inputs: Shape, outputs: Shape) -> Iterator[tuple[int, Array]]:
    """Yield the first basis vector of a chunk, and what comes out for each in it, flat."""
    count = prod(inputs)
    for at in range(0, count, _CHUNK):
        many = min(_CHUNK, count - at)
        basis = np.zeros((many, count), np.int8)
        basis[np.arange(many), at + np.arange(many)] = 1
        yield at, called.outputs(basis.reshape(many, *inputs), outputs).reshape(many, prod(outputs))


def _compare(
    expected: Array,
    found: Array,
    at: int,
    shapes: tuple[Shape, Shape],
    operator: Operator,
    tolerance: float,
) -> None:
    __tracebackhide__ = True
    differs = _differs(expected, found, tolerance)
    if not differs.any():
        return
    column, row = (int(n) for n in np.argwhere(differs)[0])
    raise AssertionError(
        f"the function is not {operator!r}\nfirst entry that differs: "
        f"output {_place(row, shapes[1])} <- input {_place(at + column, shapes[0])}: "
        f"operator {expected[column, row]}, function {_plain(found[column, row])}"
    )


def _check_zero(called: Callee, inputs: Shape, outputs: Shape, matrix: Any, tolerance: float) -> None:
    """Fail for a function that adds a bias; say whether it is the operator but for that."""
    __tracebackhide__ = True
    offset = called.outputs(np.zeros((1, *inputs)), outputs).reshape(-1)
    if not _differs(np.zeros_like(offset), offset, tolerance).any():
        return
    bare = all(
        not _differs(matrix[:, at : at + len(found)].toarray().T, found - offset, tolerance).any()
        for at, found in _columns(called, inputs, outputs)
    )
    rest = "without that offset it is the operator" if bare else "and without that offset it is another one"
    raise AssertionError(
        f"the function is not linear: {_zero(called.what, offset.reshape(outputs))} (a bias?); {rest}"
    )


def _check_mixed(called: Callee, shapes: tuple[Shape, Shape], matrix: Any, tolerance: float) -> None:
    """Fail for a function that does as the operator on basis vectors and is not linear."""
    __tracebackhide__ = True
    rng = np.random.default_rng(0)
    mixed = rng.integers(-3, 4, (_MIXED, *shapes[0]))
    flat = mixed.reshape(_MIXED, -1)
    expected = (matrix @ flat.T).T
    found = called.outputs(mixed, shapes[1]).reshape(expected.shape)
    slack = tolerance * np.abs(flat).sum(axis=1)[:, None] + _rounding(matrix, flat, found.dtype)
    differs = ~(np.abs(found - expected) <= slack)
    if differs.any():
        which, row = (int(n) for n in np.argwhere(differs)[0])
        raise AssertionError(
            "the function agrees with the operator on every basis vector, and is not linear: at output "
            f"{_place(row, shapes[1])} operator {expected[which, row]}, "
            f"function {_plain(found[which, row])} for x = {_short(mixed[which])}"
        )


def _rounding(matrix: Any, flat: Array, dtype: np.dtype[Any]) -> Any:
    """Return how far rounding can take each output from the sum: nothing where all are small integers."""
    if dtype.kind not in "fc":
        return 0
    sums = (abs(matrix) @ np.abs(flat).T).T
    eps = max(np.finfo(dtype).eps, np.finfo(matrix.dtype).eps if matrix.dtype.kind in "fc" else 0)
    whole = bool((matrix.data == np.round(matrix.data.real)).all()) and sums.max(initial=0) * eps < 1
    return 0 if whole else sums * eps * (8 + matrix.shape[1])


def _differs(expected: Array, found: Array, tolerance: float) -> Any:
    """Say where two arrays differ; what is not a number differs from everything."""
    return expected != found if tolerance == 0 else ~(np.abs(expected - found) <= tolerance)


# --- two functions -------------------------------------------------------------------------------


def _compare_transposed(forth: Callee, ret: Callee, there: Shape, back: Shape, tolerance: float) -> None:
    __tracebackhide__ = True
    left = np.concatenate([found for _, found in _columns(forth, there, back)])
    right = np.concatenate([found for _, found in _columns(ret, back, there)]).T
    differs = _differs(left, right, tolerance)
    if differs.any():
        x, y = (int(n) for n in np.argwhere(differs)[0])
        raise AssertionError(
            f"ft is not the adjoint of f: with ones at x{_place(x, there)} and y{_place(y, back)} alone, "
            f"<f(x), y> = {_plain(left[x, y])}, <x, ft(y)> = {_plain(right[x, y])}"
        )


def _shapes(shapes: Any) -> tuple[Shape, Shape]:
    try:
        there, back = ((shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes)
        return _numbers(there), _numbers(back)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"shapes={shapes!r} must be the shapes of an input and an output of f, "
            "as in ((3, 7, 7), (8, 5, 5))"
        ) from None


def _inner(a: Array, b: Array) -> Any:
    """Return the inner product: of integers as Python's, which do not wrap; ft(y) may be in floats."""
    kind = object if a.dtype.kind in "iub" and b.dtype.kind in "iub" else np.result_type(a, b, np.float64)
    return np.dot(a.ravel().astype(kind), b.ravel().astype(kind))


# --- in words ------------------------------------------------------------------------------------


def _numbers(shape: Any) -> Shape:
    return tuple(number(as_size(n, "shapes", least=1), "shapes") for n in shape)


def _place(at: int, shape: Shape) -> str:
    """Return where a flat index is: (channel, position), the position a number along one axis."""
    channel, *position = (int(n) for n in np.unravel_index(at, shape))
    if not position:
        return f"({channel},)"
    return f"({channel}, {position[0] if len(position) == 1 else tuple(position)})"


def _zero(what: str, offset: Array) -> str:
    at = int(np.flatnonzero(offset != 0)[0])
    value, place = _plain(offset.ravel()[at]), _place(at, offset.shape)
    return f"{what} puts {value} at output {place} for an input of zeros"


def _plain(value: Any) -> Any:
    """Return a number as a person writes it: 3 for 3.0."""
    whole = value.item() if hasattr(value, "item") else value
    return int(whole) if isinstance(whole, float) and whole.is_integer() else whole


def _short(array: Array) -> str:
    return np.array2string(array, threshold=60, separator=", ")
