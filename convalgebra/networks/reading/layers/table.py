"""Which type of layer is written by what, with which options, and how many inputs it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convalgebra.networks.reading.layers import convolutions, plainer
from convalgebra.networks.reading.layers.plainer import Write

_MANY = 1024
_WINDOW = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")


@dataclass(frozen=True)
class LayerType:
    """One type: what writes it, its options, and from how many to how many inputs."""

    write: Write
    options: tuple[str, ...] = ()
    least: int = 1
    most: int = 1


_CONVOLUTIONS = {
    kind: LayerType(convolutions.convolution, convolutions.options_of(kind))
    for kind in convolutions.CATALOGUE
}
_ACTIVATIONS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "hard_swish": "HardSwish",
    "hard_sigmoid": "HardSigmoid",
    "silu": "Swish",
    "swish": "Swish",
    "gelu": "Gelu",
    "mish": "Mish",
    "selu": "Selu",
    "softplus": "Softplus",
    "global_average_pool": "GlobalAveragePool",
    "global_max_pool": "GlobalMaxPool",
    "identity": "Identity",
}
TYPES: Mapping[str, LayerType] = {
    **_CONVOLUTIONS,
    **{
        kind: LayerType(plainer.same_shape(op_type), ("inplace",)) for kind, op_type in _ACTIVATIONS.items()
    },
    "conv_transpose": LayerType(
        convolutions.conv_transpose,
        (
            *("in_channels", "out_channels", "kernel_size", "stride", "padding", "output_padding"),
            *("groups", "dilation", "bias"),
        ),
    ),
    "linear": LayerType(convolutions.linear, ("in_features", "out_features", "bias")),
    "batch_norm": LayerType(plainer.batch_norm, ("eps",)),
    "layer_norm": LayerType(plainer.scaled_norm("LayerNormalization"), ("eps",)),
    "group_norm": LayerType(plainer.scaled_norm("GroupNormalization"), ("eps", "groups")),
    "instance_norm": LayerType(plainer.scaled_norm("InstanceNormalization"), ("eps",)),
    "lrn": LayerType(plainer.lrn, ("size", "alpha", "beta", "k")),
    "relu6": LayerType(plainer.clip(0.0, 6.0), ("inplace",)),
    "clip": LayerType(plainer.clip(), ("min", "max")),
    "leaky_relu": LayerType(plainer.same_shape("LeakyRelu", slope="alpha"), ("slope",)),
    "elu": LayerType(plainer.same_shape("Elu", alpha="alpha"), ("alpha",)),
    "prelu": LayerType(plainer.prelu, ("shared",)),
    "softmax": LayerType(plainer.softmax, ("axis",)),
    "dropout": LayerType(plainer.same_shape("Dropout"), ("p",)),
    "max_pool": LayerType(plainer.pool("MaxPool"), _WINDOW),
    "average_pool": LayerType(plainer.pool("AveragePool"), (*_WINDOW, "count_include_pad")),
    "concat": LayerType(plainer.concat, ("axis",), 1, _MANY),
    "add": LayerType(plainer.same_shape("Sum"), (), 2, _MANY),
    "multiply": LayerType(plainer.same_shape("Mul"), (), 2, 2),
    "split": LayerType(plainer.split, ("axis", "parts", "sizes")),
    "flatten": LayerType(plainer.flatten),
    "reshape": LayerType(plainer.reshape, ("shape",)),
    "transpose": LayerType(plainer.transpose, ("order",)),
    "channel_shuffle": LayerType(plainer.channel_shuffle, ("groups",)),
    "pixel_shuffle": LayerType(plainer.pixel_shuffle, ("factor",)),
    "space_to_depth": LayerType(plainer.space_to_depth, ("factor",)),
    "resize": LayerType(plainer.resize, ("factor", "size", "mode", "align_corners")),
    "pad": LayerType(plainer.pad, ("padding", "channels", "mode")),
}
