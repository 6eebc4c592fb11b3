"""Weights come in by name, in PyTorch's layout; here they are checked before anything uses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convalgebra.errors import ArgumentError, ShapeError

Array = NDArray[Any]
Shapes = Mapping[str, tuple[int, ...]]
WeightsLike = Mapping[str, Any] | Any | None


def check_weights(weights: WeightsLike, shapes: Shapes) -> dict[str, Array]:
    """Return the weights by name, as arrays of the shapes asked for.

    One array may stand for a mapping where there is one weight, nothing where there is none.
    Raises ``ArgumentError`` for a missing, unknown or non-numeric weight, ``ShapeError`` for a shape.

    >>> check_weights([[1, 2]], {"weight": (1, 2)})
    {'weight': array([[1, 2]])}
    """
    named = _by_name(weights, shapes)
    for name in named:
        if name not in shapes:
            raise ArgumentError(f"weights: {name!r} is not one of {_listing(shapes)}")
    for name in shapes:
        if name not in named:
            raise ArgumentError(f"weights: {name!r} is missing; needed are {_listing(shapes)}")
    return {name: check_weight(named[name], shape, name) for name, shape in shapes.items()}


def _by_name(weights: WeightsLike, shapes: Shapes) -> Mapping[str, Any]:
    if isinstance(weights, Mapping):
        return weights
    if weights is None:
        return {}
    if len(shapes) != 1:
        raise ArgumentError(
            "weight: one array does not do here, this operator takes "
            + (f"a mapping with {_listing(shapes)}" if shapes else "no weight")
        )
    return {next(iter(shapes)): weights}


def _listing(shapes: Shapes) -> str:
    return ", ".join(f"{name!r} of shape {shape}" for name, shape in shapes.items()) or "none"


def check_weight(value: Any, shape: tuple[int, ...], name: str) -> Array:
    """Return one weight as an array of that shape, its dtype kept; a tensor that is trained is detached.

    Raises ``ShapeError`` or ``ArgumentError`` that names the weight.
    """
    try:
        # torch's tensors refuse numpy while they record gradients
        array = np.asarray(value.detach() if hasattr(value, "detach") else value)
    except (ValueError, TypeError, OverflowError, RuntimeError) as error:
        raise ArgumentError(f"{name}: not an array of numbers ({error})") from None
    if array.dtype == np.float16:
        raise ArgumentError(f"{name}: dtype float16 is one that scipy.sparse cannot hold; use float32")
    if array.dtype.kind not in "iufc":
        raise ArgumentError(
            f"{name}: dtype {array.dtype} is not real, integer or complex; use for example float64"
        )
    if array.shape != shape:
        raise ShapeError(f"{name}: shape {array.shape} does not fit, it must be {shape}")
    return array


def common_dtype(weights: Mapping[str, Array]) -> np.dtype[Any]:
    """Return the dtype that holds every weight; ``int64`` where there is none.

    >>> common_dtype({"a": np.ones(1, "int8"), "b": np.ones(1, "float32")})
    dtype('float32')
    """
    return np.result_type(*weights.values()) if weights else np.dtype(np.int64)
