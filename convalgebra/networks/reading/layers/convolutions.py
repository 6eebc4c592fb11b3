"""Layers with weights: the catalogue's convolutions under its own names and options, and linear layers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from convalgebra.catalogue.arguments import PADDING_NAMES, read_padding
from convalgebra.catalogue.basic import conv as plain_conv
from convalgebra.catalogue.cheap import (
    depthwise,
    depthwise_separable,
    flattened,
    pointwise,
    spatially_separable,
)
from convalgebra.catalogue.grouped import grouped, pointwise_grouped, shuffled_grouped
from convalgebra.errors import ConvalgebraError
from convalgebra.networks.reading.layers.given import Given
from convalgebra.networks.reading.layers.maker import Maker, plain
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.kron import Kron
from convalgebra.operators.permutations import Shuffle
from convalgebra.proofs import Size

CATALOGUE: Mapping[str, Callable[..., Operator]] = {
    "conv": plain_conv,
    "depthwise": depthwise,
    "depthwise_separable": depthwise_separable,
    "dilated": plain_conv,
    "flattened": flattened,
    "grouped": grouped,
    "pointwise": pointwise,
    "pointwise_grouped": pointwise_grouped,
    "shuffled_grouped": shuffled_grouped,
    "spatially_separable": spatially_separable,
}
_FROM_INPUT = frozenset({"in_channels", "input_size", "name", "flip"})
_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_WORDS = (*PADDING_NAMES, "zeros", *_MODES)


def options_of(kind: str) -> tuple[str, ...]:
    """Return the options of a convolution of the catalogue, as its own signature has them.

    >>> options_of("pointwise")
    ('out_channels', 'bias', 'in_channels')
    """
    named = inspect.signature(CATALOGUE[kind]).parameters
    return (*(name for name in named if name not in _FROM_INPUT), "bias", "in_channels")


def convolution(maker: Maker, given: Given, inputs: list[str]) -> None:
    """A convolution of the catalogue: a node for each of its factors, the last under the layer's name."""
    (source,) = inputs
    _, channels, *sizes = _image(maker, given, source)
    wanted = {name: given.put(name, _WORDS) for name in options_of(given.kind) if given.has(name)}
    bias = given.flag("bias", True)
    wanted.pop("bias", None)
    _check_channels(given, channels)
    wanted.pop("in_channels", None)
    try:
        op = CATALOGUE[given.kind](channels, input_size=tuple(sizes), **wanted)
    except ConvalgebraError as error:
        raise given.wrong(str(error)) from None
    except TypeError:
        named = inspect.signature(CATALOGUE[given.kind]).parameters.values()
        needed = [p.name for p in named if p.default is p.empty and p.name not in _FROM_INPUT]
        lacking = [name for name in needed if name not in wanted]
        raise given.wrong(f"{', '.join(map(repr, lacking))} must be given") from None
    factors = list(reversed(op.operators)) if isinstance(op, Product) else [op]
    for place, factor in enumerate(factors):
        last = place == len(factors) - 1
        name = given.name if last else f"{given.name}.{_called(factor)}"
        source = _factor(maker, given, source, factor, name, bias)


def _called(factor: Operator) -> str:
    return factor.name if isinstance(factor, Conv) else "shuffle"


def _factor(maker: Maker, given: Given, source: str, factor: Operator, name: str, bias: bool) -> str:
    if isinstance(factor, Kron) and isinstance(factor.operators[0], Shuffle):
        return maker.write(given, "ChannelShuffle", [source], name, groups=factor.operators[0].groups)
    if not isinstance(factor, Conv):  # no such type is in the table above
        raise given.wrong(f"{type(factor).__name__} is no layer of a description")
    pads = [a.lo for a in factor.axes] + [a.hi for a in factor.axes]
    modes = {a.padding_mode for a in factor.axes} & _MODES.keys()
    if modes and any(pads):
        count = len(factor.axes)
        around = maker.hold(f"{name}.pads", [0, 0, *pads[:count], 0, 0, *pads[count:]])
        source = maker.write(given, "Pad", [source, around], f"{name}.pad", mode=_MODES[modes.pop()])
        pads = [0] * (2 * count)
    (shape,) = factor.weight_shapes.values()
    weights = [maker.weight(f"{name}.weight", shape)]
    if bias:
        weights.append(maker.weight(f"{name}.bias", [factor.out_channels]))
    return maker.write(
        given,
        "Conv",
        [source, *weights],
        name,
        **(conv_attributes(factor) | {"pads": plain(pads)}),
    )


def conv_attributes(factor: Conv) -> dict[str, Any]:
    """Return the attributes of the node that a convolution with zeros around it is.

    >>> conv_attributes(plain_conv(1, 1, 9, 3, padding=1))["pads"]
    [1, 1]
    """
    return {
        "kernel_shape": plain([a.kernel for a in factor.axes]),
        "strides": plain([a.stride for a in factor.axes]),
        "pads": plain([a.lo for a in factor.axes] + [a.hi for a in factor.axes]),
        "dilations": plain([a.dilation for a in factor.axes]),
        "group": factor.groups,
    }


def conv_transpose(maker: Maker, given: Given, inputs: list[str]) -> None:
    """conv_transpose, with PyTorch's meaning of padding and output_padding."""
    (source,) = inputs
    _, channels, *sizes = _image(maker, given, source)
    _check_channels(given, channels)
    count = len(sizes)
    out, groups = given.size("out_channels"), given.size("groups", 1)
    kernel = given.sizes("kernel_size", count)
    strides, dilations = given.sizes("stride", count, 1), given.sizes("dilation", count, 1)
    try:
        pads = read_padding(given.put("padding") if given.has("padding") else 0, kernel, dilations)
    except ConvalgebraError as error:
        raise given.wrong(str(error)) from None
    if not _divides(groups, out):
        raise given.wrong(f"groups={groups} must divide out_channels={out}")
    weights = [maker.weight(f"{given.name}.weight", [channels, out // groups, *kernel])]
    if given.flag("bias", True):
        weights.append(maker.weight(f"{given.name}.bias", [out]))
    maker.write(
        given,
        "ConvTranspose",
        [source, *weights],
        kernel_shape=plain(kernel),
        strides=plain(strides),
        pads=plain([lo for lo, _ in pads] + [hi for _, hi in pads]),
        output_padding=plain(given.sizes("output_padding", count, 0)),
        dilations=plain(dilations),
        group=groups,
    )


def linear(maker: Maker, given: Given, inputs: list[str]) -> None:
    """linear: all features of a flat value, or the last axis of a sequence."""
    (source,) = inputs
    shape, out = maker.shape(source), given.size("out_features")
    bias = given.flag("bias", True)
    if len(shape) not in {2, 3}:
        raise given.wrong(f"its input has {len(shape)} axes: put a layer of type flatten before it")
    if given.has("in_features") and given.size("in_features") != shape[-1]:
        raise given.wrong(f"in_features={given.size('in_features')}, but {shape[-1]} come in")
    added = [maker.weight(f"{given.name}.bias", [out])] if bias else []
    if len(shape) == 2:
        weight = maker.weight(f"{given.name}.weight", [out, shape[1]])
        maker.write(given, "Gemm", [source, weight, *added], transB=1)
        return
    weight = maker.weight(f"{given.name}.weight", [shape[-1], out])
    product = maker.write(given, "MatMul", [source, weight], f"{given.name}.product" if bias else None)
    if bias:
        maker.write(given, "Add", [product, *added])


def _image(maker: Maker, given: Given, source: str) -> tuple[Size, ...]:
    shape = maker.shape(source)
    if len(shape) < 3:
        raise given.wrong(
            f"its input {source!r} has the shape {shape}: batch, channels and sizes are needed"
        )
    return shape


def _check_channels(given: Given, channels: Size) -> None:
    if given.has("in_channels") and given.size("in_channels") != channels:
        raise given.wrong(f"in_channels={given.size('in_channels')}, but {channels} come in")


def _divides(part: Size, whole: Size) -> bool:
    if isinstance(part, int) and isinstance(whole, int):
        return whole % part == 0
    return bool((whole / part).is_integer)
