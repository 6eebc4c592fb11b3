"""What the chapters are about: for each family of the catalogue its types, examples and comparisons.

Data, and how it is found by name. Formulas, numbers and verdicts are derived and measured by the parts that
read it.
"""

from __future__ import annotations

from collections.abc import Iterable

from convalgebra.catalogue.types import find_type, types
from convalgebra.errors import ArgumentError
from convalgebra.reporting.subject import Example, Layer, Pair, Plot, Subject
from convalgebra.sizes import symbol

SQUARE = {"input_size": ("N", "N")}
SMALL = {"in_channels": 1, "out_channels": 1, "input_size": (4, 4), "kernel_size": 3}
# The survey's example: an image of 7 x 7 with 3 channels becomes one of 5 x 5 with 128.
SURVEY = {"D": 3, "N_c": 128, "H": 7, "W": 7, "h": 3}
LARGE = {"in_channels": 4, "out_channels": 6, "input_size": (32, 32), "kernel_size": 3}
TWO = 2 * symbol("q")


def _plot(symbol: str, measured: Iterable[int], over: str, members: Iterable[int], **rest: int) -> Plot:
    points = tuple(measured)
    return Plot(symbol, (min(points), max(points)), points, over, tuple(members), rest)


_CONV = Layer("conv", SQUARE)

SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "convolution",
        1,
        ("conv", "convolution", "conv_1d"),
        (
            Example(Layer("conv"), SURVEY),
            Example(Layer("convolution"), {"D": 1, "N_c": 1, "H": 5, "W": 5, "h": 3}),
            Example(Layer("conv_1d"), {"D": 2, "N_c": 4, "N": 16, "h": 3}),
        ),
        (Layer("conv", SMALL), Layer("convolution", {**SMALL, "input_size": (4,), "kernel_size": 3})),
        Layer("conv", LARGE),
        (Pair(Layer("convolution"), Layer("conv")),),
        ("1 convolution and cross-correlation",),
        (
            "master form",
            "selections without padding",
            "convolution is cross-correlation with the mirrored kernel",
            "mirroring input and output",
            "mirroring swaps the padding",
            "same padding of torch and of scipy",
            "convolve of ndimage is its correlate with the mirrored kernel",
            "convolve of ndimage is its correlate seen in a mirror",
            "convolve of ndimage is torch's same with the mirrored kernel",
            "convolve of signal is its correlate with the mirrored kernel",
            "convolve of signal and of ndimage",
        ),
    ),
    Subject(
        "channels",
        2,
        ("single_channel", "one_filter", "volume_conv"),
        (
            Example(Layer("single_channel"), {"H": 5, "W": 5, "h": 3}),
            Example(Layer("one_filter"), {"D": 3, "H": 5, "W": 5, "h": 3}),
            Example(Layer("volume_conv"), SURVEY),
        ),
        (
            Layer(
                "conv",
                {**SMALL, "in_channels": 2, "out_channels": 2, "input_size": (3, 3), "kernel_size": 2},
            ),
        ),
        Layer("one_filter", {"in_channels": 8, "input_size": (32, 32), "kernel_size": 5}),
        (
            Pair(
                Layer("one_filter", SQUARE),
                _CONV,
                _plot("N_c", (1, 2, 4, 8, 16), "h", (3,), D=3, N=8),
            ),
            Pair(Layer("volume_conv"), Layer("conv")),
        ),
        ("2 convolution in deep learning: single and multi-channel", "papers: VGG"),
        ("a convolution of a volume",),
    ),
    Subject(
        "three_axes",
        3,
        ("conv_3d",),
        (Example(Layer("conv_3d"), {"D": 1, "N_c": 2, "T": 5, "H": 6, "W": 6, "h": 3}),),
        (
            Layer(
                "conv_3d", {"in_channels": 1, "out_channels": 1, "input_size": (3, 3, 3), "kernel_size": 2}
            ),
        ),
        Layer(
            "conv_3d", {"in_channels": 1, "out_channels": 2, "input_size": (12, 12, 12), "kernel_size": 3}
        ),
        (
            Pair(
                Layer("conv_3d", {"input_size": ("T", "N", "N")}),
                _CONV,
                _plot("T", (5, 6, 8, 12, 16), "h", (1, 3, 5), D=2, N_c=2, N=6),
            ),
        ),
        ("3 3-D convolution", "papers: R(2+1)D"),
    ),
    Subject(
        "pointwise",
        4,
        ("pointwise",),
        (Example(Layer("pointwise"), {"D": 3, "N_c": 128, "H": 5, "W": 5}),),
        (Layer("pointwise", {"in_channels": 3, "out_channels": 2, "input_size": (2, 2)}),),
        Layer("pointwise", {"in_channels": 8, "out_channels": 6, "input_size": (24, 24)}),
        (
            Pair(
                Layer("pointwise", SQUARE),
                _CONV,
                _plot("N", (7, 8, 10, 14, 20, 28), "h", (3, 5, 7), D=2, N_c=3),
            ),
        ),
        ("4 1x1 convolution", "papers: ResNet"),
        ("pointwise", "pointwise with a stride", "pointwise with stride and padding"),
    ),
    Subject(
        "arithmetic",
        5,
        ("strided", "same", "full"),
        (
            Example(Layer("strided"), {"D": 1, "N_c": 1, "H": 7, "W": 7, "h": 3, "s": 2}),
            Example(Layer("same"), {"D": 1, "N_c": 1, "H": 5, "W": 5}),
            Example(Layer("full"), {"D": 1, "N_c": 1, "H": 5, "W": 5, "h": 3}),
        ),
        (
            Layer("strided", {**SMALL, "input_size": (5, 5), "stride": 2}),
            Layer("same", {**SMALL, "input_size": (3, 3)}),
        ),
        Layer("strided", {**LARGE, "input_size": (48, 48), "stride": 2}),
        (
            Pair(
                Layer("strided", SQUARE),
                _CONV,
                _plot("N", range(5, 40), "s", (2, 3), D=2, N_c=2, h=3),
            ),
            Pair(
                Layer("same", SQUARE),
                Layer("conv", {**SQUARE, "kernel_size": 3}),
                _plot("N", (4, 5, 6, 8, 12, 16, 24, 32), "D", (1,), N_c=2),
            ),
            Pair(
                Layer("full", SQUARE),
                _CONV,
                _plot("N", (8, 9, 10, 12, 16, 24, 32), "h", (3, 5, 7), D=1, N_c=2),
            ),
        ),
        ("5 convolution arithmetic", "papers: convolution arithmetic"),
        (
            "strided is decimated",
            "padding is an operator",
            "cropping is negative padding",
            "reflection fills no entry that zeros leave out",
            "circular convolution is a sum of rotations",
            "circular convolution is diagonal in frequencies",
            "singular values of a circular convolution",
            "spectrum of a kernel cut to the image",
            "strided circular convolution in frequencies",
            "zero padding is a corner of a larger circle",
        ),
    ),
    Subject(
        "transposed",
        6,
        ("conv_transpose",),
        (Example(Layer("conv_transpose"), {"D": 1, "N_c": 1, "H": 2, "W": 2, "h": 3}),),
        (
            Layer("conv_transpose", {**SMALL, "input_size": (2, 2)}),
            Layer("conv_transpose", {**SMALL, "input_size": (2, 2), "stride": 2}),
        ),
        Layer("conv_transpose", {**LARGE, "input_size": (16, 16), "stride": 2}),
        (
            Pair(
                Layer("conv_transpose", SQUARE),
                _CONV,
                _plot("N", (8, 9, 10, 12, 16, 24, 32), "h", (3, 5, 7), D=1, N_c=2),
            ),
        ),
        ("6 transposed convolution", "6.1 checkerboard artifacts", "papers: super-resolution"),
        (
            "transposed convolution is the transpose",
            "transposed convolution, any output padding",
            "the transpose of a convolution is a transposed convolution",
            "transposed master form",
            "zero insertion, then full convolution",
            "the adjoint of valid is full",
            "when the transpose is the inverse",
            "transposed with kernel = stride is a pixel shuffle",
            "convolution with kernel = stride is a pixel unshuffle",
            "any transposed convolution by phases",
            "sub-pixel convolution is a transposed convolution",
        ),
        "overlap",
    ),
    Subject(
        "dilated",
        7,
        ("dilated", "dilated_polyphase"),
        (
            Example(Layer("dilated"), {"D": 1, "N_c": 1, "H": 7, "W": 7, "h": 3, "l": 2}),
            Example(Layer("dilated_polyphase"), {"D": 1, "N_c": 1, "q": 4, "h": 3}),
        ),
        (Layer("dilated", {**SMALL, "input_size": (5, 5), "kernel_size": 2, "dilation": 2}),),
        Layer("dilated", {**LARGE, "dilation": 4}),
        (
            Pair(
                Layer("dilated", SQUARE),
                _CONV,
                _plot("N", (11, 12, 14, 16, 20, 24, 32), "l", (1, 2, 4), D=1, N_c=2, h=3),
            ),
            Pair(
                Layer("dilated_polyphase"),
                Layer("dilated", {"input_size": (TWO, TWO), "dilation": 2}),
            ),
        ),
        ("7 dilated (atrous) convolution", "papers: dilated convolution"),
        (
            "dilated is an upsampled kernel",
            "dilated is plain on the phases",
            "phases that are not read",
            "phases in their own order",
            "two convolutions are one",
            "two convolutions are one away from the border",
        ),
        "field",
    ),
    Subject(
        "spatially_separable",
        8,
        ("spatially_separable",),
        (
            Example(
                Layer(
                    "spatially_separable",
                    {"in_channels": 1, "out_channels": 1, "input_size": ("N", "N"), "kernel_size": "m"},
                ),
                {"N": 5, "m": 3},
            ),
            Example(Layer("spatially_separable"), {"D": 2, "N_c": 3, "H": 6, "W": 6, "h": 3}),
        ),
        (Layer("spatially_separable", SMALL),),
        Layer("spatially_separable", LARGE),
        (
            Pair(
                Layer(
                    "spatially_separable",
                    {"in_channels": 1, "out_channels": 1, "input_size": ("N", "N"), "kernel_size": "m"},
                ),
                Layer(
                    "conv",
                    {"in_channels": 1, "out_channels": 1, "input_size": ("N", "N"), "kernel_size": "m"},
                ),
                _plot("N", (7, 8, 10, 14, 20, 28, 40), "m", (3, 5, 7)),
            ),
            Pair(Layer("spatially_separable", SQUARE), _CONV),
        ),
        ("8.1 spatially separable convolution", "papers: Inception"),
        (
            "spatially separable",
            "spatially separable as a Kronecker product",
            "order of separable factors",
            "separable through middle channels",
            "any kernel through enough middle channels",
        ),
    ),
    Subject(
        "depthwise_separable",
        9,
        ("depthwise", "depthwise_separable"),
        (
            Example(Layer("depthwise"), {"D": 3, "H": 7, "W": 7, "h": 3}),
            Example(Layer("depthwise_separable"), SURVEY),
        ),
        (
            Layer(
                "depthwise_separable",
                {"in_channels": 2, "out_channels": 3, "input_size": (3, 3), "kernel_size": 2},
            ),
        ),
        Layer("depthwise_separable", LARGE),
        (
            Pair(
                Layer("depthwise_separable"),
                Layer("conv"),
                _plot("N_c", (1, 2, 4, 8, 16, 32, 64, 128), "h", (3, 5, 7), D=2, H=9, W=9),
            ),
            Pair(Layer("depthwise"), Layer("conv")),
        ),
        (
            "8.2 depthwise separable convolution",
            "papers: MobileNet",
            "papers: MobileNetV2",
            "papers: Xception",
        ),
        (
            "depthwise",
            "depthwise separable",
            "pointwise first",
            "a bias through a depthwise stage",
            "a bias before a pointwise stage",
        ),
    ),
    Subject(
        "flattened",
        10,
        ("flattened",),
        (Example(Layer("flattened"), {"D": 3, "N_c": 4, "H": 7, "W": 7, "h": 3}),),
        (
            Layer(
                "flattened",
                {"in_channels": 2, "out_channels": 2, "input_size": (3, 3), "kernel_size": 2},
            ),
        ),
        Layer("flattened", LARGE),
        (
            Pair(
                Layer("flattened", SQUARE),
                _CONV,
                _plot("D", (1, 2, 4, 8, 16, 32), "h", (3, 5, 7), N_c=2, N=12),
            ),
        ),
        ("9 flattened convolution",),
        ("flattened", "flattened, filter by filter"),
    ),
    Subject(
        "grouped",
        11,
        ("grouped", "connected", "resnext_block"),
        (
            Example(Layer("grouped"), {"D": 4, "N_c": 8, "H": 7, "W": 7, "h": 3, "g": 2}),
            Example(Layer("connected"), {"H": 14, "W": 14, "h": 5}),
            Example(Layer("resnext_block"), {"D": 8, "N_c": 8, "b": 4, "H": 5, "W": 5, "g": 2}),
        ),
        (
            Layer(
                "grouped",
                {"in_channels": 4, "out_channels": 4, "input_size": (3, 3), "kernel_size": 2, "groups": 2},
            ),
        ),
        Layer("grouped", {**LARGE, "out_channels": 8, "groups": 4}),
        (
            Pair(
                Layer("grouped", SQUARE),
                _CONV,
                _plot("g", (1, 2, 3, 4, 6, 8, 12, 24), "h", (3,), D=24, N_c=24, N=5),
            ),
            Pair(
                Layer("connected", SQUARE),
                Layer("conv", {**SQUARE, "in_channels": 6, "out_channels": 16}),
            ),
            Pair(
                Layer("resnext_block", {**SQUARE, "in_channels": "c", "out_channels": "c"}),
                Layer("resnext_block", {**SQUARE, "in_channels": "c", "out_channels": "c", "groups": 1}),
                _plot("g", (1, 2, 4, 8, 16), "b", (16, 32), c=32, N=6),
            ),
        ),
        ("10 grouped convolution", "papers: ResNeXt", "papers: LeNet-5"),
        (
            "grouped",
            "grouped is dense with zeros",
            "grouped is depthwise",
            "connection table",
            "grouped is a block-diagonal connection table",
            "ResNeXt: grouped is early concatenation",
            "ResNeXt: grouped is split-transform-merge",
        ),
    ),
    Subject(
        "shuffled",
        12,
        ("channel_shuffle", "shuffled_grouped"),
        (
            Example(Layer("channel_shuffle"), {"D": 12, "H": 5, "W": 5, "g": 3}),
            Example(Layer("shuffled_grouped"), {"D": 8, "N_c": 8, "b": 4, "H": 6, "W": 6, "h": 3, "g": 2}),
        ),
        (Layer("channel_shuffle", {"channels": 6, "input_size": (2,), "groups": 2}),),
        Layer(
            "shuffled_grouped",
            {
                **LARGE,
                "in_channels": 8,
                "out_channels": 8,
                "middle_channels": 4,
                "groups": 2,
                "input_size": (20, 20),
            },
        ),
        (
            Pair(
                Layer(
                    "shuffled_grouped",
                    {**SQUARE, "in_channels": "c", "out_channels": "c", "kernel_size": 3, "padding": 1},
                ),
                Layer(
                    "shuffled_grouped",
                    {
                        **SQUARE,
                        "in_channels": "c",
                        "out_channels": "c",
                        "kernel_size": 3,
                        "padding": 1,
                        "groups": 1,
                    },
                ),
                _plot("g", (1, 2, 4, 8, 16), "c", (16, 64), b=16, N=5),
            ),
        ),
        ("11 shuffled grouped convolution", "papers: ShuffleNet"),
        (
            "inverse of a channel shuffle",
            "a shuffle that undoes itself",
            "order of a shuffle",
            "shuffle past depthwise",
            "shuffled grouped",
            "every group sees every group",
        ),
    ),
    Subject(
        "pointwise_grouped",
        13,
        ("pointwise_grouped",),
        (Example(Layer("pointwise_grouped"), {"D": 4, "N_c": 8, "H": 5, "W": 5, "g": 2}),),
        (
            Layer(
                "pointwise_grouped",
                {"in_channels": 4, "out_channels": 4, "input_size": (2, 2), "groups": 2},
            ),
        ),
        Layer(
            "pointwise_grouped",
            {"in_channels": 8, "out_channels": 8, "input_size": (20, 20), "groups": 4},
        ),
        (
            Pair(
                Layer("pointwise_grouped"),
                Layer("pointwise"),
                _plot("g", (1, 2, 3, 4, 6, 8, 12, 24), "H", (4,), D=24, N_c=24, W=4),
            ),
        ),
        ("12 pointwise grouped convolution",),
        ("pointwise grouped",),
    ),
    Subject(
        "algorithms",
        0,
        ("locally_connected", "im2col", "winograd", "fourier_conv"),
        (
            Example(Layer("locally_connected"), {"D": 1, "N_c": 1, "H": 4, "W": 4, "h": 3}),
            Example(Layer("im2col"), {"D": 2, "N_c": 3, "H": 4, "W": 4, "h": 3}),
            Example(Layer("winograd"), {"D": 2, "N_c": 3, "H": 6, "W": 6}),
            Example(Layer("fourier_conv"), {"D": 1, "N_c": 1, "H": 4, "W": 4}),
        ),
        (
            Layer("im2col", {"in_channels": 1, "out_channels": 2, "input_size": (3, 3), "kernel_size": 2}),
            Layer("winograd", {"in_channels": 1, "out_channels": 1, "input_size": (6,), "kernel_size": 3}),
        ),
        Layer("im2col", {**LARGE, "input_size": (16, 16)}),
        (
            Pair(
                Layer("winograd", SQUARE),
                Layer("conv", {**SQUARE, "kernel_size": 3}),
                _plot("N", range(4, 33), "D", (1,), N_c=2),
            ),
            Pair(Layer("locally_connected"), Layer("conv")),
            Pair(Layer("im2col"), Layer("conv")),
        ),
        ("papers: fast convolution",),
        (
            "a convolution is locally connected with tied weights",
            "Toom-Cook on one tile",
            "Toom-Cook up to the scale of its rows",
            "Winograd",
            "Winograd of the phases of a dilated convolution",
            "im2col",
            "copied windows are selections, tap after tap",
            "a convolution as an operator on its weight",
            "copied windows, group by group",
            "gradients by the two transposes",
        ),
    ),
    Subject(
        "resampling",
        0,
        (
            "average_pool",
            "padded",
            "cropped",
            "decimation",
            "zero_insertion",
            "upsample_nearest",
            "upsample_bilinear",
            "pixel_shuffle",
            "pixel_unshuffle",
            "space_to_depth",
        ),
        (
            Example(Layer("average_pool"), {"D": 1, "H": 6, "W": 6, "h": 2}),
            Example(Layer("zero_insertion"), {"D": 1, "H": 2, "W": 2, "s": 2}),
            Example(Layer("pixel_shuffle"), {"C": 1, "H": 2, "W": 2}),
        ),
        (
            Layer("pixel_shuffle", {"in_channels": 4, "input_size": (2, 2), "factor": 2}),
            Layer("zero_insertion", {"channels": 1, "input_size": (2, 2), "stride": 2}),
        ),
        Layer("upsample_bilinear", {"channels": 2, "input_size": (20, 20)}),
        (),
        (),
        (
            "average pooling is a depthwise convolution",
            "average pooling with a last window that overhangs",
            "average pooling divides sums by counts",
            "average pooling with and without its padding",
            "nearest upsampling is a transposed convolution",
            "nearest upsampling by size and by factor",
            "bilinear upsampling",
            "bilinear upsampling without replication",
            "bilinear upsampling without replication, away from the border",
            "bilinear upsampling with aligned corners",
            "bilinear upsampling acts on each axis",
            "space to depth is the polyphase split",
        ),
    ),
)

# The rules of the algebra that every family stands on; they are told before the chapters.
RULES = (
    "mixed product",
    "product of block diagonals",
    "transpose of a product",
    "transpose of a Kronecker product",
    "transpose of a block diagonal",
    "transpose of a stack",
    "Kronecker product of a sum",
    "Kronecker product of a block diagonal",
    "product of permutations",
    "inverse of a permutation",
    "commuting a Kronecker product",
)


def subjects_of(names: Iterable[str]) -> tuple[Subject, ...]:
    """Return the subjects of some types or chapters by name, in the order of the catalogue.

    Raises ``ArgumentError`` for what is neither.

    >>> [subject.key for subject in subjects_of(["depthwise-separable", "grouped", "depthwise"])]
    ['depthwise_separable', 'grouped']
    """
    keys = {subject.key: subject for subject in SUBJECTS}
    chosen = [keys.get(name.replace("-", "_")) or _subject_of(name) for name in names]
    return tuple(subject for subject in SUBJECTS if subject in chosen)


def _subject_of(name: str) -> Subject:
    found = find_type(name).name
    for subject in SUBJECTS:
        if found in subject.types:
            return subject
    raise ArgumentError(
        f"type={name!r} is in no chapter; chapters are {', '.join(s.key for s in SUBJECTS)}"
    )


def unassigned() -> tuple[str, ...]:
    """Return the types of the catalogue that no chapter tells of: there must be none.

    >>> unassigned()
    ()
    """
    told = {name for subject in SUBJECTS for name in subject.types}
    return tuple(t.name for t in types() if t.name not in told)
