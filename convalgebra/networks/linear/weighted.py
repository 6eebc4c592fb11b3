"""Layers that are one operator on one image, with the model's weight, and a bias or shift beside it.

Each raises ``ArgumentError`` that names the layer where it is not linear, or holds no constant.
"""

from __future__ import annotations

import numpy as np

from convalgebra.networks.graph import Array, Tensor
from convalgebra.networks.linear.maps import Affine, Values
from convalgebra.networks.linear.oneimage import OneImage, in_shape, times

# What has an operator by which it is counted, and rounds.
_ROUNDING = ("QLinearConv", "QLinearMatMul", "MatMulInteger")


def plain(given: OneImage) -> Affine:
    """Any layer that has an operator: the operator, with the layer's weights and bias."""
    op = given.layer.operator
    if op is None:
        raise given.error("is not linear")
    if given.layer.op_type in _ROUNDING:
        raise given.error("is not linear: it rounds")
    return given.of_operator(op, given.weights(op), given.bias())


def gemm(given: OneImage) -> Affine:
    """Gemm has a factor before its product and one before what it adds."""
    if given.layer.operator is None:
        raise given.error("is not linear")
    alpha, beta = given.attribute("alpha", 1.0), given.attribute("beta", 1.0)
    weights = {name: times(values, alpha) for name, values in given.weights(given.layer.operator).items()}
    bias, offset = given.constant(2), None
    if bias is not None:
        offset = times(given.for_one_image(bias, given.layer.output_shapes[0] or ()), beta)
    return given.of_operator(given.layer.operator, weights, offset)


def conv_integer(given: OneImage) -> Affine:
    """ConvInteger takes its zero points away first; what is padded is such a zero."""
    op = given.layer.operator
    if op is None:
        raise given.error("is not linear")
    shift_input, shift_weight = _zero_point(given, 2), _zero_point(given, 3)
    (kept,) = given.weights(op).values()

    def weight() -> Array:
        shift = np.asarray(shift_weight()).reshape(-1, *[1] * (kept().ndim - 1))
        return np.asarray(kept().astype(np.int64) - shift)

    def offset() -> Array:
        shift = np.broadcast_to(shift_input(), op.input_shape)
        return np.asarray(-(op.matrix(weight()) @ shift.ravel())).reshape(given.out)

    return given.of_operator(op, {next(iter(op.weight_shapes)): weight}, offset)


def _zero_point(given: OneImage, place: int) -> Values:
    if given.input_name(place) and given.constant(place) is None:
        raise given.error("is not linear: its zero point is no constant")
    tensor = given.constant(place)
    return (lambda: np.zeros((), np.int64)) if tensor is None else lambda: tensor.array().astype(int)


def batch_norm(given: OneImage) -> Affine:
    """BatchNormalization by the mean and variance that it keeps: a factor and a shift for each channel."""
    op, held = given.layer.operator, [given.constant(place) for place in range(1, 5)]
    if op is None or given.attribute("training_mode", 0) or any(one is None for one in held):
        raise given.error("is not linear: it measures its input")
    scale, shift, mean, variance = (one for one in held if one is not None)
    epsilon = float(given.attribute("epsilon", 1e-5))

    def factor() -> Array:
        return np.asarray(scale.array() / np.sqrt(variance.array() + epsilon))

    def moved() -> Array:
        return np.asarray(shift.array() - mean.array() * factor())

    (name, shape), *_ = op.weight_shapes.items()
    weight = Tensor(name, scale.shape, values=factor)
    offset = given.by_channel(Tensor(name, scale.shape, values=moved))
    return given.of_operator(op, {name: in_shape(weight, shape)}, offset)
