"""The windows through which a layer itself reads its inputs, along each axis of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convalgebra.errors import ConvalgebraError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.pooling import pool_axes
from convalgebra.networks.kinds.seen import Seen, UnsupportedError
from convalgebra.networks.layer import Layer
from convalgebra.proofs import is_number
from convalgebra.properties.receptive import Windows, check_no_circle, windows
from convalgebra.properties.window import STILL, line_window, taps_window
from convalgebra.sizes import product

if TYPE_CHECKING:
    from convalgebra.networks.network import Network

# Op types whose operator keeps positions in line, so that it has a window along each axis.
_IN_LINE_NAMES = (
    "Conv ConvInteger QLinearConv ConvTranspose AveragePool GlobalAveragePool ReduceMean Pad Resize "
    "Upsample ChannelShuffle PixelShuffle PixelUnshuffle DepthToSpace SpaceToDepth"
)
# Op types of which an output sees its own position, in every input.
_IN_PLACE_NAMES = (
    "Abs Acos Acosh Add And Asin Asinh Atan Atanh BatchNormalization BitShift BitwiseAnd BitwiseOr Cast "
    "Ceil Celu Clip Cos Cosh DequantizeLinear Div Dropout Elu Equal Erf Exp Floor Gelu Greater "
    "GreaterOrEqual HardSigmoid HardSwish Identity IsInf IsNaN LRN LeakyRelu Less LessOrEqual Log Max "
    "Mean Min Mish Mod Mul Neg Not Or PRelu Pow QuantizeLinear QuickGelu Reciprocal Relu Round Selu "
    "Shrink Sigmoid Sign Silu Sin Sinh Softplus Softsign Sqrt Sub Sum Swish Tan Tanh ThresholdedRelu "
    "Where Xor"
)
_IN_LINE, _IN_PLACE = frozenset(_IN_LINE_NAMES.split()), frozenset(_IN_PLACE_NAMES.split())
# Those that see their own position if the axis they work along is the channels.
_ALONG_CHANNELS = {"Concat": None, "Split": 0, "Softmax": -1, "LogSoftmax": -1, "Hardmax": -1}


def own_windows(layer: Layer, network: Network, count: int) -> Windows | None:
    """Return the windows through which a layer reads its inputs; None where it has none."""
    still = (STILL,) * count
    node = layer.nodes[0] if layer.nodes else None
    shape = layer.input_shapes[0]
    if not layer.understood or node is None or shape is None:
        return None
    if layer.op_type in _IN_PLACE:
        return still
    if layer.op_type in _ALONG_CHANNELS:
        default = _ALONG_CHANNELS[layer.op_type]
        axis = node.attributes.get("axis", default)
        beyond = node.attributes.get("flattened", 0) and len(shape) > 2
        return still if isinstance(axis, int) and axis % len(shape) == 1 and not beyond else None
    if layer.op_type == "Slice":
        return still if _only_channels(layer, network) else None
    return _sliding(layer, shape, count)


def _sliding(layer: Layer, shape: Shape, count: int) -> Windows | None:
    if layer.op_type in ("MaxPool", "LpPool"):
        look = Seen(layer.nodes[0], (shape,))
        try:
            axes, _ = pool_axes(look, shape[2:], bool(look.attribute("ceil_mode", 0)))
        except UnsupportedError:  # windows that differ in size
            return None
        return tuple(map(taps_window, axes))
    if layer.op_type in ("GlobalMaxPool", "GlobalLpPool"):
        return tuple(line_window(n, 0, 1, n) for n in shape[2:])
    if layer.op_type not in _IN_LINE or layer.operator is None:
        return None
    try:
        check_no_circle(layer.operator)
        found = windows(layer.operator)
    except ConvalgebraError:  # no one window along each axis
        return None
    return found if len(found) == count else None


def _only_channels(layer: Layer, network: Network) -> bool:
    """Say whether a Slice leaves the image as it is: same sizes, no step but 1."""
    before, after = layer.input_shapes[0], layer.output_shapes[0]
    if before is None or after is None or before[2:] != after[2:]:
        return False
    given = layer.nodes[0].inputs
    if len(given) < 5 or not given[4]:
        return True
    steps = network.constants.get(given[4])
    known = steps is not None and steps.values is not None and is_number(product(steps.shape))
    return steps is not None and known and all(int(s) == 1 for s in steps.array().reshape(-1))
