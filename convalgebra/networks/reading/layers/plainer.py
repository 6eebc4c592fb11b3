"""Layers without weights of their own, and norms: pooling, joining, moving, activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convalgebra.catalogue.arguments import read_padding
from convalgebra.errors import ConvalgebraError
from convalgebra.networks.reading.layers.given import Given, shown
from convalgebra.networks.reading.layers.maker import Maker, plain
from convalgebra.proofs import Size

Write = Callable[[Maker, Given, list[str]], None]
_PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_RESIZE = {"nearest": "nearest", "bilinear": "linear", "linear": "linear", "bicubic": "cubic"}


def batch_norm(maker: Maker, given: Given, inputs: list[str]) -> None:
    """batch_norm: scale, shift, running mean and variance for each channel."""
    (source,) = inputs
    held = [
        maker.weight(f"{given.name}.{part}", [maker.shape(source)[1]])
        for part in ("weight", "bias", "running_mean", "running_var")
    ]
    maker.write(given, "BatchNormalization", [source, *held], epsilon=given.real("eps", 1e-5))


def scaled_norm(op_type: str) -> Write:
    """Return what writes a norm with a scale and a shift for each channel."""

    def write(maker: Maker, given: Given, inputs: list[str]) -> None:
        (source,) = inputs
        shape = maker.shape(source)
        channels = [shape[-1] if op_type == "LayerNormalization" else shape[1]]
        held = [maker.weight(f"{given.name}.{part}", channels) for part in ("weight", "bias")]
        groups: dict[str, Any] = (
            {"num_groups": given.size("groups")} if op_type == "GroupNormalization" else {}
        )
        maker.write(given, op_type, [source, *held], epsilon=given.real("eps", 1e-5), **groups)

    return write


def lrn(maker: Maker, given: Given, inputs: list[str]) -> None:
    """lrn: local response normalization across channels."""
    maker.write(
        given,
        "LRN",
        inputs,
        size=given.size("size", 5),
        alpha=given.real("alpha", 1e-4),
        beta=given.real("beta", 0.75),
        bias=given.real("k", 1.0),
    )


def pool(op_type: str) -> Write:
    """Return what writes a pooling over windows; the stride is the window where it is not given."""

    def write(maker: Maker, given: Given, inputs: list[str]) -> None:
        (source,) = inputs
        count = len(maker.shape(source)) - 2
        if count < 1:
            raise given.wrong(f"its input has the shape {maker.shape(source)}: there is nothing to pool")
        kernel = given.sizes("kernel_size", count)
        dilations = given.sizes("dilation", count, 1)
        try:
            pads = read_padding(
                given.put("padding", ("same",)) if given.has("padding") else 0, kernel, dilations
            )
        except ConvalgebraError as error:
            raise given.wrong(str(error)) from None
        average = op_type == "AveragePool"
        more: dict[str, Any] = (
            {"count_include_pad": int(given.flag("count_include_pad", True))} if average else {}
        )
        maker.write(
            given,
            op_type,
            inputs,
            kernel_shape=plain(kernel),
            strides=plain(given.sizes("stride", count) if given.has("stride") else kernel),
            pads=plain([lo for lo, _ in pads] + [hi for _, hi in pads]),
            dilations=plain(dilations),
            ceil_mode=int(given.flag("ceil_mode", False)),
            **more,
        )

    return write


def same_shape(op_type: str, **attributes: str) -> Write:
    """Return what writes a node whose numbers, by option, are ONNX's attributes."""

    def write(maker: Maker, given: Given, inputs: list[str]) -> None:
        told: dict[str, Any] = {
            new: given.real(old, 0.0) for old, new in attributes.items() if given.has(old)
        }
        maker.write(given, op_type, inputs, **told)

    return write


def clip(low: float | None = None, high: float | None = None) -> Write:
    """Return what writes bounds of values: these, or those that the layer has."""

    def write(maker: Maker, given: Given, inputs: list[str]) -> None:
        bounds = {
            "min": given.real("min", low or 0.0),
            "max": given.real("max", 6.0 if high is None else high),
        }
        held = [maker.hold(f"{given.name}.{name}", [value], "float32") for name, value in bounds.items()]
        maker.write(given, "Clip", [*inputs, *held])

    return write


def prelu(maker: Maker, given: Given, inputs: list[str]) -> None:
    """prelu: a learned slope for each channel, or one for all."""
    shape = maker.shape(inputs[0])
    channels = 1 if given.flag("shared", False) else shape[1]
    slope = maker.weight(f"{given.name}.weight", [channels, *[1] * (len(shape) - 2)])
    maker.write(given, "PRelu", [*inputs, slope])


def softmax(maker: Maker, given: Given, inputs: list[str]) -> None:
    """softmax along an axis, by default the channels."""
    maker.write(given, "Softmax", inputs, axis=given.size("axis", 1, None))


def concat(maker: Maker, given: Given, inputs: list[str]) -> None:
    """concat along an axis, by default the channels."""
    maker.write(given, "Concat", inputs, axis=given.size("axis", 1, None))


def split(maker: Maker, given: Given, inputs: list[str]) -> None:
    """split into parts of sizes, or into so many equal ones: ``name.0``, ``name.1`` and so on."""
    axis = given.size("axis", 1, None)
    shape = maker.shape(inputs[0])
    if not isinstance(axis, int) or not -len(shape) <= axis < len(shape):
        raise given.wrong(f"axis={axis} must be from {-len(shape)} to {len(shape) - 1}")
    if given.has("sizes"):
        sizes = given.sizes("sizes", None)
    else:
        parts = given.size("parts")
        if not isinstance(parts, int) or not 1 <= parts <= 1024:
            raise given.wrong(f"parts={parts} must be a number from 1 to 1024")
        whole = shape[axis]
        if isinstance(whole, int) and whole % parts:
            raise given.wrong(f"parts={parts} must divide the {whole} of axis {axis}")
        sizes = [whole // parts if isinstance(whole, int) else whole / parts] * parts
    outputs = [f"{given.name}.{place}" for place in range(len(sizes))]
    held = maker.hold(f"{given.name}.sizes", sizes)
    maker.write(given, "Split", [*inputs, held], outputs=outputs, axis=axis)


def flatten(maker: Maker, given: Given, inputs: list[str]) -> None:
    """flatten: everything but the batch on one axis."""
    maker.write(given, "Flatten", inputs, axis=1)


def reshape(maker: Maker, given: Given, inputs: list[str]) -> None:
    """reshape to a shape, the batch included; 0 keeps an axis, -1 is what is left."""
    value = given.options.get("shape")
    if not isinstance(value, list | tuple):
        raise given.wrong(f"shape={shown(value)} must be a list of sizes")
    sizes = [given.read(part, "shape", -1) for part in value]
    maker.write(given, "Reshape", [*inputs, maker.hold(f"{given.name}.shape", sizes)])


def transpose(maker: Maker, given: Given, inputs: list[str]) -> None:
    """transpose: the axes in another order, the batch's included."""
    maker.write(given, "Transpose", inputs, perm=plain(given.sizes("order", len(maker.shape(inputs[0])))))


def channel_shuffle(maker: Maker, given: Given, inputs: list[str]) -> None:
    """channel_shuffle across groups."""
    maker.write(given, "ChannelShuffle", inputs, groups=given.size("groups"))


def pixel_shuffle(maker: Maker, given: Given, inputs: list[str]) -> None:
    """pixel_shuffle: channels to space by a factor."""
    maker.write(given, "DepthToSpace", inputs, blocksize=given.size("factor"), mode="CRD")


def space_to_depth(maker: Maker, given: Given, inputs: list[str]) -> None:
    """space_to_depth: space to channels by a factor, the offsets first."""
    maker.write(given, "SpaceToDepth", inputs, blocksize=given.size("factor"))


def resize(maker: Maker, given: Given, inputs: list[str]) -> None:
    """resize by a factor or to a size: nearest, (bi)linear or bicubic."""
    count = len(maker.shape(inputs[0])) - 2
    mode = given.one_of("mode", _RESIZE, "nearest")
    corners = given.flag("align_corners", False)
    if mode == "nearest":
        where = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        where = {"coordinate_transformation_mode": "align_corners" if corners else "half_pixel"}
    if given.has("size") == given.has("factor"):
        raise given.wrong("either 'factor' or 'size' must be given")
    if given.has("size"):
        sizes = [*maker.shape(inputs[0])[:2], *given.sizes("size", count)]
        held = ["", "", maker.hold(f"{given.name}.sizes", sizes)]
    else:
        factors: list[Any] = [1, 1, *_factors(given, count)]
        held = ["", maker.hold(f"{given.name}.scales", factors, "float32")]
    maker.write(given, "Resize", [*inputs, *held], mode=_RESIZE[mode], **where)


def _factors(given: Given, count: int) -> list[Any]:
    value = given.options["factor"]
    each = value if isinstance(value, list | tuple) else [value] * count
    if len(each) != count:
        raise given.wrong(f"factor={shown(value)} must be one number, or one for each of {count} axes")
    for part in each:
        if isinstance(part, float) and not 0 < part < 1e6:
            raise given.wrong(f"factor={shown(value)} must be above 0 and below 1,000,000")
    return [part if isinstance(part, float) else given.read(part, "factor") for part in each]


def pad(maker: Maker, given: Given, inputs: list[str]) -> None:
    """pad the image by one number, one for each axis, or pairs (before, behind); ``channels`` by a pair."""
    count = len(maker.shape(inputs[0])) - 2
    if not given.has("padding") and not given.has("channels"):
        raise given.wrong("'padding' is missing")
    ones: list[Size] = [1] * max(count, 0)
    try:
        pairs = read_padding(given.put("padding") if given.has("padding") else 0, ones, ones)
    except ConvalgebraError as error:
        raise given.wrong(str(error)) from None
    before, behind = given.sizes("channels", 2, 0)
    pads = [0, before, *(lo for lo, _ in pairs), 0, behind, *(hi for _, hi in pairs)]
    mode = _PAD_MODES[given.one_of("mode", _PAD_MODES, "zeros")]
    maker.write(given, "Pad", [*inputs, maker.hold(f"{given.name}.pads", pads)], mode=mode)
