"""Every type of the catalogue by name: what it is, what makes it, and the names it is shown with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from convalgebra.catalogue import basic, cheap, dilated, fast, forms, grouped, resampling
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.sizes import symbol

IMAGE = {"input_size": ("H", "W")}
LAYER = {"in_channels": "D", "out_channels": "N_c", **IMAGE, "kernel_size": "h"}
POINT = {"in_channels": "D", "out_channels": "N_c", **IMAGE}
EACH = {"channels": "D", **IMAGE}
NUMBERED = {**LAYER, "kernel_size": 3}
GROUPS = {"groups": "g"}
EVEN = 2 * symbol("q")


@dataclass(frozen=True)
class ConvType:
    """A named type: the function that makes it, what is settled by its name, and arguments to show it with.

    ``family`` is its number among the thirteen of the survey, 0 for what stands beside them.
    """

    name: str
    family: int
    summary: str
    function: Callable[..., Operator]
    shown_with: Mapping[str, Any]
    settled: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The keywords that a user may give."""
        return tuple(p for p in inspect.signature(self.function).parameters if p not in self.settled)

    @property
    def required(self) -> tuple[str, ...]:
        """The keywords without a default."""
        signature = inspect.signature(self.function).parameters
        return tuple(p for p in self.parameters if signature[p].default is inspect.Parameter.empty)

    def make(self, **given: Any) -> Operator:
        """Return the operator for keywords; those that are missing are taken from ``shown_with``.

        Raises ``ArgumentError`` that names a keyword which this type does not have.
        """
        for name, value in given.items():
            if name not in self.parameters:
                raise ArgumentError(
                    f"{name}={value!r} is not an argument of {self.name}; "
                    f"it has {', '.join(self.parameters)}"
                )
        return self.function(**{**self.shown_with, **given, **self.settled})


# Families 1 to 5: a kernel, and how it moves.
_PLAIN: tuple[ConvType, ...] = (
    ConvType("conv", 1, "cross-correlation, what deep learning calls convolution", basic.conv, LAYER),
    ConvType(
        "convolution",
        1,
        "convolution of signal processing: mirrored kernel",
        basic.conv,
        LAYER,
        {"flip": True},
    ),
    ConvType("conv_1d", 1, "convolution along one axis", basic.conv, {**LAYER, "input_size": "N"}),
    ConvType(
        "single_channel",
        2,
        "one channel in, one out",
        basic.conv,
        LAYER,
        {"in_channels": 1, "out_channels": 1},
    ),
    ConvType("one_filter", 2, "many channels in, one out", basic.conv, LAYER, {"out_channels": 1}),
    ConvType("volume_conv", 2, "2-D convolution of a volume, as a 3-D one", forms.volume_conv, LAYER),
    ConvType(
        "conv_3d",
        3,
        "kernel that moves along depth too",
        basic.conv,
        {**LAYER, "input_size": ("T", "H", "W")},
    ),
    ConvType("pointwise", 4, "1 x 1: mixes channels, position by position", cheap.pointwise, POINT),
    ConvType("strided", 5, "a stride of s", basic.conv, {**LAYER, "stride": "s"}),
    ConvType("same", 5, "padding that keeps the size (half)", basic.conv, NUMBERED, {"padding": "same"}),
    ConvType(
        "full",
        5,
        "padding that lets every tap meet every input",
        basic.conv,
        LAYER,
        {"padding": "full"},
    ),
)

# Families 6 and 7: transposed and dilated.
_SPREAD: tuple[ConvType, ...] = (
    ConvType("conv_transpose", 6, "transposed convolution: C.T", basic.conv_transpose, LAYER),
    ConvType("dilated", 7, "spaced taps (atrous)", basic.conv, {**LAYER, "dilation": "l"}),
    ConvType(
        "dilated_polyphase",
        7,
        "dilated, as plain convolutions of the phases",
        dilated.dilated_polyphase,
        {**LAYER, "input_size": (EVEN, EVEN), "dilation": 2},
    ),
)

# Families 8 to 10: kernels in factors.
_FACTORED: tuple[ConvType, ...] = (
    ConvType("spatially_separable", 8, "one convolution per axis", cheap.spatially_separable, LAYER),
    ConvType(
        "depthwise",
        9,
        "each channel by itself",
        cheap.depthwise,
        {"in_channels": "D", **IMAGE, "kernel_size": "h"},
    ),
    ConvType("depthwise_separable", 9, "depthwise, then pointwise", cheap.depthwise_separable, LAYER),
    ConvType("flattened", 10, "lateral, vertical, horizontal", cheap.flattened, LAYER),
)

# Families 11 to 13: which channels meet.
_IN_GROUPS: tuple[ConvType, ...] = (
    ConvType("grouped", 11, "channels meet within their group", grouped.grouped, {**LAYER, **GROUPS}),
    ConvType(
        "connected",
        11,
        "channels meet as a table says (LeNet-5's C3)",
        grouped.connected,
        {"table": grouped.lenet5_c3(), **IMAGE, "kernel_size": "h"},
    ),
    ConvType(
        "resnext_block",
        11,
        "reduce, transform in groups, expand",
        grouped.resnext_block,
        {**NUMBERED, **GROUPS, "middle_channels": "b", "padding": 1},
    ),
    ConvType(
        "channel_shuffle",
        12,
        "permutation of channels across groups",
        grouped.channel_shuffle,
        {**EACH, **GROUPS},
    ),
    ConvType(
        "shuffled_grouped",
        12,
        "ShuffleNet unit: grouped, shuffle, depthwise, grouped",
        grouped.shuffled_grouped,
        {**LAYER, **GROUPS, "middle_channels": "b"},
    ),
    ConvType("pointwise_grouped", 13, "1 x 1 in groups", grouped.pointwise_grouped, {**POINT, **GROUPS}),
)

# Beside them: other forms, fast algorithms.
_FORMS: tuple[ConvType, ...] = (
    ConvType("locally_connected", 0, "a kernel of its own at every output", forms.locally_connected, LAYER),
    ConvType("im2col", 0, "dense matrix times copied windows", forms.im2col, LAYER),
    ConvType("winograd", 0, "F(tile, kernel) from exact points", fast.winograd, NUMBERED),
    ConvType("fourier_conv", 0, "circular convolution by frequency", fast.fourier_conv, NUMBERED),
)

# Beside them: pooling, padding, resampling.
_RESAMPLING: tuple[ConvType, ...] = (
    ConvType(
        "average_pool",
        0,
        "mean of each window",
        resampling.average_pool,
        {**EACH, "kernel_size": "h"},
    ),
    ConvType("padded", 0, "padding as an operator of its own", resampling.padded, {**EACH, "padding": "p"}),
    ConvType(
        "cropped", 0, "cropping as an operator of its own", resampling.cropped, {**EACH, "amount": "p"}
    ),
    ConvType("decimation", 0, "every s-th value", resampling.decimation, {**EACH, "stride": "s"}),
    ConvType(
        "zero_insertion",
        0,
        "s - 1 zeros between neighbours",
        resampling.zero_insertion,
        {**EACH, "stride": "s"},
    ),
    ConvType(
        "upsample_nearest",
        0,
        "each value repeated",
        resampling.upsample_nearest,
        {**EACH, "factor": "r"},
    ),
    ConvType(
        "upsample_bilinear",
        0,
        "linear interpolation",
        resampling.upsample_bilinear,
        {**EACH, "factor": 2},
    ),
    ConvType(
        "pixel_shuffle",
        0,
        "channels to space (sub-pixel)",
        resampling.pixel_shuffle,
        {"in_channels": 4 * symbol("C"), **IMAGE, "factor": 2},
    ),
    ConvType(
        "pixel_unshuffle",
        0,
        "space to channels",
        resampling.pixel_unshuffle,
        {"in_channels": "C", "input_size": (EVEN, EVEN), "factor": 2},
    ),
    ConvType(
        "space_to_depth",
        0,
        "space to channels, offsets first",
        resampling.space_to_depth,
        {"in_channels": "C", "input_size": (EVEN, EVEN), "factor": 2},
    ),
)


def types() -> tuple[ConvType, ...]:
    """Return every type of the catalogue, in the order of the survey.

    >>> [t.name for t in types() if t.family == 9]
    ['depthwise', 'depthwise_separable']
    """
    return (*_PLAIN, *_SPREAD, *_FACTORED, *_IN_GROUPS, *_FORMS, *_RESAMPLING)


def find_type(name: str) -> ConvType:
    """Return the type of a name, dashes or underscores; raise ``ArgumentError`` with the nearest otherwise.

    >>> find_type("conv-transpose").family
    6
    """
    known = {t.name: t for t in types()}
    wanted = name.lower().replace("-", "_")
    if wanted not in known:
        near = get_close_matches(wanted, known, 3, 0.5)
        raise ArgumentError(
            f"type={name!r} is not in the catalogue; "
            + (f"near it: {', '.join(near)}" if near else "`convalgebra list` shows what is")
        )
    return known[wanted]
