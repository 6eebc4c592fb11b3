"""What the popular profilers count, as data: for each kind of layer which terms, and why.

Each rule was read in the tool's source and checked by running the tool on a module of that kind, in the
version that is named. A tool counts a layer as the module it is in PyTorch; what a rule leaves out, and
every kind that has none, it counts as nothing.
"""

from __future__ import annotations

from types import MappingProxyType

from convalgebra.networks.counters.rules import NO_MODULE, UNEVEN, Convention, Rule


def _each(kinds: str, *terms: tuple[int, str], why: str) -> dict[str, Rule]:
    return {kind.strip(): Rule(terms, why) for kind in kinds.split(",")}


_TAPS = "one for each tap at each output, padding zeros included"
_TAPS_BACK = "one for each tap at each input, taps that fall outside the output included"

FLOP_COUNTER_MODE = Convention(
    "flop_counter_mode",
    "torch.utils.flop_counter, torch 2.13",
    "flops",
    MappingProxyType(
        {
            **_each(
                "Conv, Conv padded by a word",
                (2, "mult_adds"),
                why=f"2 flops {_TAPS[4:]}; the bias is not counted",
            ),
            **_each(
                "ConvTranspose", (2, "mult_adds"), why=f"2 flops {_TAPS_BACK[4:]}; the bias is not counted"
            ),
            **_each(
                "Gemm, MatMul, MatMul of two",
                (2, "mult_adds"),
                why="2 flops for each product; the bias is not counted",
            ),
        }
    ),
    ("a convolution and a matrix product are all it knows; called as functions they count too",),
)

FVCORE = Convention(
    "fvcore",
    "fvcore 0.1.5.post20221221, FlopCountAnalysis",
    "MACs",
    MappingProxyType(
        {
            **_each("Conv", (1, "mult_adds"), why=f"{_TAPS}; the bias is not counted"),
            **_each(
                "Conv padded by a word",
                why="padding='same' and 'valid' are an operator that it does not know: nothing is counted",
            ),
            **_each("ConvTranspose", (1, "mult_adds"), why=f"{_TAPS_BACK}; the bias is not counted"),
            **_each(
                "Gemm, MatMul, MatMul of two",
                (1, "mult_adds"),
                why="one for each product; the bias is not counted",
            ),
            **_each(
                "BatchNormalization",
                (2, "inputs"),
                why="a scale and a shift for each value, though it folds into the convolution before",
            ),
            **_each(
                "LayerNormalization, GroupNormalization, InstanceNormalization",
                (5, "inputs"),
                why="5 for each value, which its source calls a rough estimate",
            ),
            **_each(
                "BatchNormalization without scale",
                (1, "inputs"),
                why="one for each value, as it has no scale of its own",
            ),
            **_each(
                "LayerNormalization without scale, GroupNormalization without scale, "
                "InstanceNormalization without scale",
                (4, "inputs"),
                why="4 for each value, as it has no scale of its own",
            ),
            **_each(
                f"GlobalAveragePool 2d, {UNEVEN} 2d", (1, "inputs"), why="one for each value that is read"
            ),
            **_each("Resize nearest 2d", (1, "outputs"), why="one for each output, which is a copy"),
            **_each("Resize linear 2d", (4, "outputs"), why="4 for each output"),
        }
    ),
    (
        "it calls a multiply-add one flop",
        "pooling in windows and activations are not counted; global pooling of images is",
    ),
)

THOP = Convention(
    "thop",
    "thop 0.1.1.post2209072238",
    "MACs",
    MappingProxyType(
        {
            **_each(
                "Conv, Conv padded by a word",
                (1, "mult_adds"),
                why=f"{_TAPS}; the bias is not counted",
            ),
            **_each(
                "ConvTranspose",
                (1, "output_taps"),
                why="as if each output read every tap: at stride s in d axes about s**d times too many",
            ),
            **_each("Gemm, MatMul", (1, "mult_adds"), why="one for each product; the bias is not counted"),
            **_each(
                "BatchNormalization, LayerNormalization, InstanceNormalization",
                (4, "inputs"),
                why="2 for each value, doubled for scale and shift",
            ),
            **_each(
                "BatchNormalization without scale, LayerNormalization without scale, "
                "InstanceNormalization without scale",
                (2, "inputs"),
                why="2 for each value",
            ),
            **_each("PRelu", (1, "inputs"), why="one for each value"),
            **_each(
                "Softmax",
                (3, "outputs"),
                (-1, "rows"),
                why="an exponential and a quotient for each value, and the sums",
            ),
            **_each("AveragePool", (1, "outputs"), why="one for each output, whatever the window"),
            **_each(
                "GlobalAveragePool",
                (1, "inputs"),
                (1, "outputs"),
                why="one for each value that is read and one quotient for each output",
            ),
            **_each("Resize nearest", (1, "outputs"), why="one for each output, which is a copy"),
            **_each("Resize linear 1d", (5, "outputs"), why="5 for each output"),
            **_each("Resize linear 2d", (11, "outputs"), why="11 for each output"),
            **_each(
                "Resize cubic 2d", (259, "outputs"), why="259 for each output: 224 and 35 for two systems"
            ),
        }
    ),
    (
        "modules are all it sees: what is called as a function counts as nothing",
        "its fork ultralytics-thop counts otherwise: a transposed convolution by its taps at each input",
    ),
    NO_MODULE | {UNEVEN},
)

PTFLOPS = Convention(
    "ptflops",
    "ptflops 0.7.5, backend pytorch",
    "MACs",
    MappingProxyType(
        {
            **_each(
                "Conv, Conv padded by a word",
                (1, "mult_adds"),
                (1, "bias"),
                why=f"{_TAPS}, and one for each bias added",
            ),
            **_each(
                "ConvTranspose",
                (1, "mult_adds"),
                (1, "bias"),
                why=f"{_TAPS_BACK}, and one for each bias added",
            ),
            **_each(
                "Gemm, MatMul",
                (1, "mult_adds"),
                (1, "bias"),
                why="one for each product, and one for each bias added",
            ),
            **_each("MatMul of two", (1, "mult_adds"), why="one for each product, if called torch.matmul"),
            **_each("Add of a bias", (1, "outputs"), why="one for each bias added"),
            **_each(
                "BatchNormalization, GroupNormalization, InstanceNormalization",
                (2, "inputs"),
                why="a scale and a shift for each value",
            ),
            **_each(
                "LayerNormalization, LayerNormalization without scale, BatchNormalization without scale, "
                "GroupNormalization without scale, InstanceNormalization without scale",
                (1, "inputs"),
                why="one for each value",
            ),
            **_each(
                "Relu, Elu, Gelu, PRelu",
                (2, "outputs"),
                why="one for each value, twice: as a module and as the function that the module calls",
            ),
            **_each("Clip, LeakyRelu, Swish, Silu", (1, "outputs"), why="one for each value"),
            **_each("Softmax", (1, "outputs"), why="one for each value"),
            **_each(
                f"MaxPool, AveragePool, {UNEVEN}, GlobalAveragePool, GlobalMaxPool",
                (2, "inputs"),
                why="one for each value that is read, whatever the window, twice: as a module and as the "
                "function that the module calls",
            ),
            **_each(
                "Resize nearest, Resize linear, Resize cubic",
                (2, "outputs"),
                why="one for each output, twice: as a module and as the function that the module calls",
            ),
        }
    ),
    (
        "where the model calls the function itself, what is here counted twice is counted once",
        "convolutions, linear layers and norms called as functions (conv2d, linear) count as nothing",
        "the + of a branch is not counted, torch.add is",
    ),
    NO_MODULE | {"LRN"},
)
