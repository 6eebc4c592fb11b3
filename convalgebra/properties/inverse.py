"""The true inverse beside the transpose: which input gives these outputs, in the least squares sense."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.linalg import lsmr

from convalgebra.errors import ArgumentError, ConvalgebraError, ShapeError
from convalgebra.operators.base import Operator
from convalgebra.weights import Array, WeightsLike


def least_squares(op: Operator, weight: WeightsLike, y: Any, *, tolerance: float = 1e-12) -> Array:
    """Return the smallest x for which ``op.matrix(weight) @ x`` is as near to y as can be.

    A transposed convolution is not this inverse, only the transpose: ``C.T @ C`` is the identity for
    permutations and the like alone. ``y`` has the output shape, or is flat; so has what comes back.
    Nothing is built: the conjugate gradient method LSMR runs on ``op.linear_operator``.

    Raises ``ShapeError`` for a y of another shape, and ``ConvalgebraError`` when the method does not
    come to ``tolerance``. Source: Fong and Saunders, SIAM J. Sci. Comput. 33 (2011), arXiv:1006.0758.

    >>> import convalgebra as ca
    >>> conv, w = ca.conv(1, 1, 5, 2), np.array([[[1.0, 2.0]]])
    >>> y = conv.matrix(w) @ np.array([1.0, 0, 0, 0, 2])
    >>> x = ca.least_squares(conv, w, y)
    >>> bool(np.allclose(conv.matrix(w) @ x, y)), bool(np.allclose(conv.T.matrix(w) @ y, x))
    (True, False)
    """
    if not isinstance(op, Operator):
        raise ArgumentError(f"op={op!r} must be an operator, such as ca.conv(...)")
    if not isinstance(tolerance, float | int) or not 0 <= tolerance < 1:
        raise ArgumentError(f"tolerance={tolerance!r} must be a number from 0 to below 1, such as 1e-10")
    operator = op.linear_operator(weight)
    try:
        given = np.asarray(y)
    except ValueError as error:
        raise ArgumentError(f"y: not an array of numbers ({error})") from None
    if given.shape not in ((operator.shape[0],), tuple(op.output_shape)):
        raise ShapeError(f"y: shape {given.shape} must be {tuple(op.output_shape)}, or flat")
    if given.dtype.kind not in "biufc" or not np.isfinite(given).all():
        raise ArgumentError("y: its values must be finite numbers")
    most = 20 * max(*operator.shape, 50)
    x, stop, *_ = lsmr(
        operator,
        given.ravel().astype(np.result_type(given, np.float64)),
        atol=tolerance,
        btol=tolerance,
        maxiter=most,
    )
    if stop > 6:
        raise ConvalgebraError(
            f"least_squares: LSMR did not come to tolerance={tolerance} in {most} steps; the matrix is "
            "near singular, try a larger tolerance"
        )
    flat = given.ndim == 1 and len(op.output_shape) != 1
    return np.asarray(x if flat else x.reshape(op.input_shape))
