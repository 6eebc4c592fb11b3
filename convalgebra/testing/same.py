"""``assert_same_operator``: a function of arrays is an operator, seen through basis vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.testing.basis import Shape, at_zero, columns, differs, place, plain, shape_of, short
from convalgebra.testing.calling import Callee, callee, check_tolerance
from convalgebra.weights import Array, WeightsLike

_MIXED = 4  # inputs with several values that are not zero, which show what is not linear


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
    check_tolerance(tolerance)
    matrix = operator.matrix(weights)
    inputs, outputs = (shape_of(shape) for shape in (operator.input_shape, operator.output_shape))
    called = callee(function, len(inputs), _dtype(dtype, matrix.dtype, function), batch, "the function")
    _check_zero(called, inputs, outputs, matrix, tolerance)
    for at, found in columns(called, inputs, outputs):
        expected = matrix[:, at : at + len(found)].toarray().T
        _compare(expected, found, at, (inputs, outputs), operator, tolerance)
    _check_mixed(called, (inputs, outputs), matrix, tolerance)


def _dtype(asked: Any, matrix: np.dtype[Any], function: Any) -> Any:
    """Return the dtype asked for; for floating weights and a plain function that of the matrix."""
    plain = not hasattr(function, "parameters") and not hasattr(function, "get_inputs")
    return matrix if asked is None and plain and matrix.kind in "fc" else asked


def _compare(
    expected: Array,
    found: Array,
    at: int,
    shapes: tuple[Shape, Shape],
    operator: Operator,
    tolerance: float,
) -> None:
    __tracebackhide__ = True
    wrong = differs(expected, found, tolerance)
    if not wrong.any():
        return
    column, row = (int(n) for n in np.argwhere(wrong)[0])
    raise AssertionError(
        f"the function is not {operator!r}\nfirst entry that differs: "
        f"output {place(row, shapes[1])} <- input {place(at + column, shapes[0])}: "
        f"operator {expected[column, row]}, function {plain(found[column, row])}"
    )


def _check_zero(called: Callee, inputs: Shape, outputs: Shape, matrix: Any, tolerance: float) -> None:
    """Fail for a function that adds a bias; say whether it is the operator but for that."""
    __tracebackhide__ = True
    offset = called.outputs(np.zeros((1, *inputs)), outputs).reshape(-1)
    if not differs(np.zeros_like(offset), offset, tolerance).any():
        return
    bare = all(
        not differs(matrix[:, at : at + len(found)].toarray().T, found - offset, tolerance).any()
        for at, found in columns(called, inputs, outputs)
    )
    rest = "without that offset it is the operator" if bare else "and without that offset it is another one"
    raise AssertionError(
        f"the function is not linear: {at_zero(called.what, offset.reshape(outputs))} (a bias?); {rest}"
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
    wrong = ~(np.abs(found - expected) <= slack)
    if wrong.any():
        which, row = (int(n) for n in np.argwhere(wrong)[0])
        raise AssertionError(
            "the function agrees with the operator on every basis vector, and is not linear: at output "
            f"{place(row, shapes[1])} operator {expected[which, row]}, "
            f"function {plain(found[which, row])} for x = {short(mixed[which])}"
        )


def _rounding(matrix: Any, flat: Array, dtype: np.dtype[Any]) -> Any:
    """Return how far rounding can take each output from the sum: nothing where all are small integers."""
    if dtype.kind not in "fc":
        return 0
    sums = (abs(matrix) @ np.abs(flat).T).T
    eps = max(np.finfo(dtype).eps, np.finfo(matrix.dtype).eps if matrix.dtype.kind in "fc" else 0)
    whole = bool((matrix.data == np.round(matrix.data.real)).all()) and sums.max(initial=0) * eps < 1
    return 0 if whole else sums * eps * (8 + matrix.shape[1])
