"""Which call is translated by what: by its name, without the "_" of one in place."""

from __future__ import annotations

from collections.abc import Mapping

from convalgebra.networks.reading.aten import linear, moving, pointwise, pooling, recurrent
from convalgebra.networks.reading.aten.call import Call, Translation

_FUNCTIONS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "hardswish": "HardSwish",
    "hardsigmoid": "HardSigmoid",
    "elu": "Elu",
    "celu": "Celu",
    "selu": "Selu",
    "leaky_relu": "LeakyRelu",
    "softplus": "Softplus",
    "mish": "Mish",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "abs": "Abs",
    "neg": "Neg",
    "erf": "Erf",
    "floor": "Floor",
    "ceil": "Ceil",
    "round": "Round",
    "sin": "Sin",
    "cos": "Cos",
    "sign": "Sign",
    "reciprocal": "Reciprocal",
    "logical_not": "Not",
}
_OF_TWO = {
    "add": "Add",
    "sub": "Sub",
    "mul": "Mul",
    "div": "Div",
    "pow": "Pow",
    "maximum": "Max",
    "minimum": "Min",
    "eq": "Equal",
    "gt": "Greater",
    "lt": "Less",
    "ge": "GreaterOrEqual",
    "le": "LessOrEqual",
}
# Calls that give back what they are given, if not in another type.
COPIES = frozenset(
    {"contiguous", "clone", "detach", "alias", "lift_fresh_copy", "to", "_to_copy", "type_as"}
)
_MOVING: Mapping[str, Translation] = {
    **dict.fromkeys(COPIES, moving.cast),
    **dict.fromkeys(
        ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"), moving.dropout
    ),
    **dict.fromkeys(
        ("view", "reshape", "_unsafe_view", "unflatten", "view_as", "reshape_as"), moving.reshape
    ),
    **dict.fromkeys(("transpose", "swapaxes", "t", "numpy_T"), moving.transpose),
    **dict.fromkeys(("cat", "concat"), moving.cat),
    **dict.fromkeys(("chunk", "split", "split_with_sizes", "tensor_split"), moving.split),
    **dict.fromkeys(("slice", "narrow"), moving.slice_),
    **dict.fromkeys(("expand", "expand_as"), moving.expand),
    "flatten": moving.flatten,
    "permute": moving.permute,
    "squeeze": moving.squeeze,
    "unsqueeze": moving.unsqueeze,
    "channel_shuffle": moving.channel_shuffle,
    "pixel_shuffle": moving.pixel_shuffle,
    "pixel_unshuffle": moving.pixel_unshuffle,
    "stack": moving.stack,
    "repeat": moving.tile,
    "unbind": moving.unbind,
    "select": moving.select,
    "index_select": moving.index_select,
    "roll": moving.roll,
    "flip": moving.flip,
    "im2col": moving.unfold,
    "col2im": moving.fold,
    "mean": moving.reduced("ReduceMean"),
    "sum": moving.reduced("ReduceSum"),
    "amax": moving.reduced("ReduceMax"),
    "amin": moving.reduced("ReduceMin"),
}
_LINEAR: Mapping[str, Translation] = {
    **{f"conv{n}d": linear.conv for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": linear.conv_transpose for n in (1, 2, 3)},
    **dict.fromkeys(("matmul", "mm", "bmm"), linear.matmul),
    **dict.fromkeys(
        ("batch_norm", "_native_batch_norm_legit_no_training", "native_batch_norm"), linear.batch_norm
    ),
    "convolution": linear.convolution,
    "linear": linear.linear,
    "addmm": linear.addmm,
    "einsum": linear.einsum,
    "scaled_dot_product_attention": linear.attention,
    "layer_norm": linear.layer_norm,
    "group_norm": linear.group_norm,
    "instance_norm": linear.instance_norm,
    "embedding": linear.embedding,
}
_RECURRENT: Mapping[str, Translation] = {
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), recurrent.recurrent),
    **dict.fromkeys(recurrent.CELLS, recurrent.cell),
}
_SPACE: Mapping[str, Translation] = {
    **{f"max_pool{n}d": pooling.max_pool for n in (1, 2, 3)},
    **{f"max_pool{n}d_with_indices": pooling.max_pool for n in (1, 2, 3)},
    **{f"avg_pool{n}d": pooling.avg_pool for n in (1, 2, 3)},
    **{
        f"{a}adaptive_{k}_pool{n}d": pooling.adaptive_pool
        for a in ("", "_")
        for k in ("avg", "max")
        for n in (1, 2, 3)
    },
    **{f"upsample_nearest{n}d": pooling.resize for n in (1, 2, 3)},
    **{f"_upsample_nearest_exact{n}d": pooling.resize for n in (1, 2, 3)},
    **dict.fromkeys(
        ("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d"),
        pooling.resize,
    ),
    **{f"{kind}_pad{n}d": pooling.pad for kind in ("reflection", "replication") for n in (1, 2, 3)},
    **dict.fromkeys(("pad", "constant_pad_nd"), pooling.pad),
}
_POINTWISE: Mapping[str, Translation] = {
    **{name: pointwise.one(op_type) for name, op_type in _FUNCTIONS.items()},
    **{name: pointwise.two(op_type) for name, op_type in _OF_TWO.items()},
    **dict.fromkeys(("hardtanh", "clamp"), pointwise.clip()),
    "clamp_min": pointwise.clip(),
    "clamp_max": pointwise.clip(),
    "relu6": pointwise.clip(0.0, 6.0),
    "where": pointwise.where,
    "rsub": pointwise.reversed_sub,
    "silu": pointwise.silu,
    "gelu": pointwise.gelu,
    "glu": pointwise.glu,
    "prelu": pointwise.prelu,
    "softmax": pointwise.softmax("Softmax"),
    "_softmax": pointwise.softmax("Softmax"),
    "log_softmax": pointwise.softmax("LogSoftmax"),
}
TABLE: Mapping[str, Translation] = {**_MOVING, **_LINEAR, **_RECURRENT, **_SPACE, **_POINTWISE}


def translate(call: Call) -> None:
    """Write the nodes of a call; one that has no word in ONNX's keeps its own, and is said."""
    kind = call.kind[:-1] if call.kind.endswith("_") and not call.kind.endswith("__") else call.kind
    TABLE.get(kind, pooling.foreign)(call)
