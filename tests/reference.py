"""What a convolution is, by loops over outputs and taps: slow, obvious, and no code of the package."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

Keywords = dict[str, Any]
NUMPY_MODES = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "replicate": "edge"}


def padded_line(size: int, lo: int, hi: int, mode: str) -> list[int]:
    """Return which input stands at each place of the padded, then cropped line; -1 is a zero."""
    numbered = np.arange(1, size + 1)
    line = np.pad(numbered, (max(lo, 0), max(hi, 0)), mode=NUMPY_MODES[mode])
    return [int(v) - 1 for v in line[max(-lo, 0) : len(line) - max(-hi, 0)]]


def pairs_read(
    size: int, kernel: int, stride: int, lo: int, hi: int, dilation: int, padding_mode: str
) -> list[tuple[int, int, int]]:
    """Return (output, tap, input read) for each output and tap of an axis; input -1 is a padding zero."""
    line = padded_line(size, lo, hi, padding_mode)
    found, output = [], 0
    while output * stride + dilation * (kernel - 1) < len(line):
        found += [(output, tap, line[output * stride + tap * dilation]) for tap in range(kernel)]
        output += 1
    return found


def conv_pairs(keywords: Keywords) -> list[list[tuple[int, int, int]]]:
    columns = ("input_size", "kernel_size", "stride", "padding", "dilation")
    per_axis = zip(*(keywords[name] for name in columns), strict=True)
    return [pairs_read(n, m, s, lo, hi, d, keywords["padding_mode"]) for n, m, s, (lo, hi), d in per_axis]


def conv_matrix(keywords: Keywords, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the dense matrix of a convolution, and how many products fall on each of its entries."""
    pairs = conv_pairs(keywords)
    outputs = [max((o for o, _, _ in axis), default=-1) + 1 for axis in pairs]
    sizes, kernel = keywords["input_size"], keywords["kernel_size"]
    out_group = keywords["out_channels"] // keywords["groups"]
    in_group = keywords["in_channels"] // keywords["groups"]
    shape = (keywords["out_channels"], *outputs, keywords["in_channels"], *sizes)
    matrix, hits = np.zeros(shape, weight.dtype), np.zeros(shape, int)
    for reads in product(*pairs):
        output, tap, source = zip(*reads, strict=True)
        if min(source) < 0:
            continue
        at = tuple(m - 1 - k for m, k in zip(kernel, tap, strict=True)) if keywords["flip"] else tap
        for o, c in product(range(keywords["out_channels"]), range(in_group)):
            entry = (o, *output, o // out_group * in_group + c, *source)
            matrix[entry] += weight[(o, c, *at)]
            hits[entry] += 1
    flat = (prod(shape[: len(outputs) + 1]), prod(shape[len(outputs) + 1 :]))
    return matrix.reshape(flat), hits.reshape(flat)


def transposed_matrix(keywords: Keywords, weight: np.ndarray) -> np.ndarray:
    """Return the dense matrix of a transposed convolution: each input is spread over the outputs."""
    columns = ("input_size", "kernel_size", "stride", "padding", "dilation", "output_padding")
    pairs, outputs = [], []
    for n, m, s, (lo, hi), d, extra in zip(*(keywords[name] for name in columns), strict=True):
        total = (n - 1) * s - lo - hi + d * (m - 1) + extra + 1
        spread = [(i, k, i * s + k * d - lo) for i in range(n) for k in range(m)]
        pairs.append([(i, k, o) for i, k, o in spread if 0 <= o < total])
        outputs.append(total)
    ins, outs, groups = (keywords[name] for name in ("in_channels", "out_channels", "groups"))
    matrix = np.zeros((outs, *outputs, ins, *keywords["input_size"]), weight.dtype)
    for spread in product(*pairs):
        source, tap, output = zip(*spread, strict=True)
        for c, o in product(range(ins), range(outs // groups)):
            target = c // (ins // groups) * (outs // groups) + o
            matrix[(target, *output, c, *source)] += weight[(c, o, *tap)]
    return matrix.reshape(outs * prod(outputs), ins * prod(keywords["input_size"]))
