"""The table of kinds: what each op type of ONNX does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from convalgebra.networks.kinds import (
    convolutions,
    einsum,
    elementwise,
    filled,
    linear,
    norms,
    orders,
    pooling,
    recurrent,
    resizing,
    stretches,
    views,
    windows,
)
from convalgebra.networks.kinds.seen import Effect, Seen

Kind = Callable[[Seen], Effect]

_ACTIVATIONS = (
    "Abs Acos Acosh Asin Asinh Atan Atanh BitShift Ceil Celu Clip Cos Cosh Elu Erf Exp Floor "
    "Gelu HardSigmoid HardSwish Hardmax IsInf IsNaN LeakyRelu Log LogSoftmax Mish Neg Not "
    "Reciprocal Relu Round Selu Shrink Sigmoid Sign Silu Sin Sinh Softmax Softplus Softsign "
    "Sqrt Swish Tan Tanh ThresholdedRelu CumSum Trilu"
)
_SEVERAL = (
    "And BitwiseAnd BitwiseOr Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min "
    "Mod Or Pow Where Xor"
)
_REDUCED = (
    "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMin ReduceProd ReduceSum "
    "ReduceSumSquare"
)

KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(_ACTIVATIONS.split(), elementwise.activation),
    **dict.fromkeys(_SEVERAL.split(), elementwise.several),
    **dict.fromkeys(_REDUCED.split(), pooling.reduced),
    "Conv": convolutions.conv,
    "ConvInteger": convolutions.conv_integer,
    "QLinearConv": convolutions.qlinear_conv,
    "ConvTranspose": convolutions.transposed,
    "Gemm": linear.gemm,
    "Einsum": einsum.einsum,
    **dict.fromkeys(("RNN", "GRU", "LSTM"), recurrent.recurrent),
    "MatMul": linear.matmul,
    "MatMulInteger": linear.matmul,
    "QLinearMatMul": linear.qlinear_matmul,
    "AveragePool": pooling.average,
    "GlobalAveragePool": pooling.global_average,
    "GlobalLpPool": pooling.global_maximum,
    "GlobalMaxPool": pooling.global_maximum,
    "LpPool": pooling.maximum_pool,
    "MaxPool": pooling.maximum_pool,
    "ReduceMean": pooling.reduced_mean,
    "BatchNormalization": norms.batch_norm,
    "GroupNormalization": norms.other_norm,
    "InstanceNormalization": norms.other_norm,
    "LayerNormalization": norms.other_norm,
    "LRN": norms.response_norm,
    "LpNormalization": norms.response_norm,
    "MeanVarianceNormalization": norms.response_norm,
    "Add": elementwise.add,
    "Sub": elementwise.add,
    "Sum": elementwise.add,
    "Mul": elementwise.multiply,
    "PRelu": elementwise.prelu,
    "Cast": views.same,
    "DequantizeLinear": elementwise.activation,
    "Dropout": views.same,
    "Identity": views.same,
    "QuantizeLinear": elementwise.activation,
    "ChannelShuffle": orders.shuffle,
    "Col2Im": windows.col2im,
    "Concat": stretches.concat,
    "ConstantOfShape": filled.of_shape,
    "DepthToSpace": orders.depth_to_space,
    "Expand": stretches.expand,
    "Flatten": views.flatten,
    "Gather": stretches.gather,
    "Im2Col": windows.im2col,
    "Pad": stretches.pad,
    "Reshape": views.reshape,
    "Resize": resizing.resize,
    "Roll": orders.roll,
    "Slice": stretches.cut,
    "SpaceToDepth": orders.space_to_depth_of,
    "Split": stretches.split,
    "Squeeze": views.squeeze,
    "Tile": stretches.tile,
    "Transpose": orders.transpose,
    "Unsqueeze": views.unsqueeze,
    "Upsample": resizing.upsample,
}
