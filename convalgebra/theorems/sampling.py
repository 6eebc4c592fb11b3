"""Theorems about dilation, transposed convolutions, sub-pixel forms, pooling and upsampling."""

from __future__ import annotations

from fractions import Fraction
from itertools import product as grid
from math import floor, gcd
from random import Random
from typing import Any

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.catalogue.cheap import pointwise
from convalgebra.catalogue.dilated import dilated_polyphase, upsample_kernel
from convalgebra.catalogue.resampling import (
    average_pool,
    cropped,
    pixel_shuffle,
    pixel_unshuffle,
    space_to_depth,
    upsample_bilinear,
    upsample_nearest,
    zero_insertion,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.fixed import Filter, Fixed
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Gather, Phases
from convalgebra.operators.sidebyside import BlockDiag
from convalgebra.theorems.draws import channels, layer, line, mode, transposed
from convalgebra.theorems.theorem import Theorem
from convalgebra.weights import Array

GUIDE = "Dumoulin and Visin, arXiv:1603.07285"
ATROUS = "Yu and Koltun, arXiv:1511.07122"
SUBPIXEL = "Shi et al., arXiv:1609.07009"
Named = dict[str, Array]


# --- dilation ------------------------------------------------------------------------------------


def _with_spread_kernel(**sizes: Any) -> Operator:
    kernel = tuple(d * (m - 1) + 1 for m, d in zip(sizes["kernel_size"], sizes["dilation"], strict=True))
    return conv(**{**sizes, "kernel_size": kernel, "dilation": 1})


def _of_phases_read(n: int, m: int, s: int, d: int, pad: Any) -> Operator:
    whole = conv(1, 1, n, m, stride=s, dilation=d, padding=(pad,))
    residues = sorted({(s * r - pad[0]) % d for r in range(d // gcd(s, d))})
    read = Phases((1, n), (d,), (tuple(residues),))
    if read.shape[0] == 0:  # only padding is read: nothing is left of the image
        return Product((whole, Fixed(((0,) * n,) * n)))
    return Product((whole, read.T, read))


def _unrotated_draw(rng: Random) -> dict[str, Any]:
    n, m, _, _, pad = line(rng, largest=6, stride=1, dilation=1)
    step = rng.randint(1, 3)
    enough = max(0, step * (m + 1) + 2 - n)
    return {"n": n + enough, "m": m, "step": step, "pad": pad}


def _unrotated(n: int, m: int, step: int, pad: Any) -> Operator:
    whole = Axis(n, m, 1, pad[0], pad[1], step)
    outputs, inputs = Phases((1, whole.outputs), (step,)), Phases((1, n), (step,))
    blocks = []
    sizes = zip(outputs.phase_sizes, inputs.phase_sizes, strict=True)
    for (after,), (before,) in sizes:
        lo = pad[0] // step
        blocks.append(Conv(1, 1, (Axis(before, m, 1, lo, after + m - 1 - before - lo),)))
    return Product((Transposed(outputs), BlockDiag(tuple(blocks)), inputs))


# --- transposed ----------------------------------------------------------------------------------


def _transposed_draw(rng: Random) -> dict[str, Any]:
    return transposed(rng) | channels(rng, groups=True)


def _forward(**sizes: Any) -> Conv:
    """Return the convolution of the same tensor whose input is the transposed one's output."""
    back = conv_transpose(**sizes)
    return conv(
        sizes["out_channels"],
        sizes["in_channels"],
        back.output_size,
        sizes["kernel_size"],
        stride=sizes["stride"],
        padding=sizes["padding"],
        dilation=sizes["dilation"],
        groups=sizes["groups"],
    )


def _first_rows(**sizes: Any) -> Operator:
    forward = _forward(**sizes)
    beyond = zip(forward.output_size, sizes["input_size"], strict=True)
    kept = cropped(sizes["in_channels"], forward.output_size, tuple((0, M - n) for M, n in beyond))
    return Transposed(Product((kept, forward)))


def _short_padding(stride: Any, output_padding: Any, **sizes: Any) -> bool:
    return all(extra < s for extra, s in zip(output_padding, stride, strict=True))


def _zeros_inserted(**sizes: Any) -> Operator:
    options = zip(
        sizes["kernel_size"], sizes["dilation"], sizes["padding"], sizes["output_padding"], strict=True
    )
    pads = tuple((d * (m - 1) - lo, d * (m - 1) - hi + extra) for m, d, (lo, hi), extra in options)
    inserted = zero_insertion(sizes["in_channels"], sizes["input_size"], sizes["stride"])
    full = conv(
        sizes["in_channels"],
        sizes["out_channels"],
        inserted.output_size,
        sizes["kernel_size"],
        padding=pads,
        dilation=sizes["dilation"],
        groups=sizes["groups"],
    )
    return Product((full, inserted))


def _flipped_and_swapped(weights: Named, groups: int, **sizes: Any) -> Named:
    weight = weights["weight"]
    flipped = np.flip(weight, tuple(range(2, weight.ndim)))
    return {"weight": np.concatenate([np.swapaxes(part, 0, 1) for part in np.split(flipped, groups)])}


# --- sub-pixel -----------------------------------------------------------------------------------


def _square_draw(rng: Random) -> dict[str, Any]:
    rank, r = rng.choice((1, 2)), rng.randint(1, 3)
    sizes = tuple(rng.randint(1, 2) for _ in range(rank))
    return channels(rng) | {"input_size": sizes, "factor": r}


def _upwards(factor: int, **sizes: Any) -> Operator:
    return conv_transpose(**sizes, kernel_size=factor, stride=factor)


def _shuffled(in_channels: int, out_channels: int, input_size: Any, factor: int) -> Operator:
    wide = out_channels * factor ** len(input_size)
    return Product(
        (pixel_shuffle(wide, input_size, factor), pointwise(in_channels, wide, input_size, name="weight"))
    )


def _one_by_one(weights: Named, input_size: Any, **sizes: Any) -> Named:
    weight = weights["weight"]
    flat = weight.reshape(len(weight), -1).T
    return {"weight": flat.reshape(*flat.shape, *[1] * len(input_size))}


def _downwards(in_channels: int, out_channels: int, input_size: Any, factor: int) -> Operator:
    sizes = tuple(n * factor for n in input_size)
    return conv(in_channels, out_channels, sizes, factor, stride=factor)


def _unshuffled(in_channels: int, out_channels: int, input_size: Any, factor: int) -> Operator:
    sizes = tuple(n * factor for n in input_size)
    before = pixel_unshuffle(in_channels, sizes, factor)
    wide = in_channels * factor ** len(sizes)
    return Product((pointwise(wide, out_channels, before.output_size, name="weight"), before))


def _gathered(weights: Named, input_size: Any, **sizes: Any) -> Named:
    weight = weights["weight"]
    return {"weight": weight.reshape(len(weight), -1, *[1] * len(input_size))}


def _line_draw(rng: Random) -> dict[str, Any]:
    drawn = transposed(rng, rank=1) | channels(rng)
    return {name: value[0] if isinstance(value, tuple) else value for name, value in drawn.items()}


def _transposed_line(padding: Any, **sizes: Any) -> Operator:
    return conv_transpose(**sizes, padding=(padding,))


def _taps_by_phase(
    kernel_size: int, stride: int, dilation: int, padding: Any
) -> list[tuple[int, int, int]]:
    """Return (phase a, tap k, offset q) with y[s h + a] = sum of w[k] x[h + q]."""
    lo = padding[0]
    pairs = grid(range(stride), range(kernel_size))
    return [
        (a, k, (a + lo - k * dilation) // stride) for a, k in pairs if (a + lo - k * dilation) % stride == 0
    ]


def _phases_of_line(
    in_channels: int, out_channels: int, input_size: int, padding: Any, output_padding: int, **axis: int
) -> Operator:
    s = axis["stride"]
    offsets = [q for _, _, q in _taps_by_phase(padding=padding, **axis)]
    outputs = (input_size - 1) * s - sum(padding) + axis["dilation"] * (axis["kernel_size"] - 1)
    outputs += output_padding + 1
    steps, taps, lo = -(-outputs // s), max(offsets) - min(offsets) + 1, -min(offsets)
    wide = out_channels * s
    pad = ((lo, steps + taps - 1 - input_size - lo),)
    inner = conv(in_channels, wide, input_size, taps, padding=pad)
    crop = cropped(out_channels, steps * s, ((0, steps * s - outputs),))
    return Product((crop, pixel_shuffle(wide, steps, s), inner))


def _by_phase(weights: Named, padding: Any, **sizes: Any) -> Named:
    weight = weights["weight"]
    axis = {name: sizes[name] for name in ("kernel_size", "stride", "dilation")}
    found = _taps_by_phase(padding=padding, **axis)
    offsets = [q for _, _, q in found]
    ins, outs, _ = weight.shape
    phases = np.zeros((outs * axis["stride"], ins, max(offsets) - min(offsets) + 1), weight.dtype)
    for a, k, q in found:
        phases[a :: axis["stride"], :, q - min(offsets)] = weight[:, :, k].T
    return {"weight": phases}


def _subpixel_draw(rng: Random) -> dict[str, Any]:
    n, m, _, _, pad = line(rng, stride=1, dilation=1)
    return channels(rng) | {"n": n, "m": m, "pad": pad, "r": rng.randint(1, 3)}


def _subpixel(in_channels: int, out_channels: int, n: int, m: int, pad: Any, r: int) -> Operator:
    inner = conv(in_channels, out_channels * r, n, m, padding=(pad,))
    return Product((pixel_shuffle(out_channels * r, inner.output_size, r), inner))


def _as_transposed(in_channels: int, out_channels: int, n: int, m: int, pad: Any, r: int) -> Operator:
    crop = tuple(r * (m - 1 - p) for p in pad)
    return conv_transpose(in_channels, out_channels, n, r * m, stride=r, padding=(crop,))


def _interleaved(weights: Named, r: int, m: int, **sizes: Any) -> Named:
    weight = weights["weight"]  # (out*r, in, m)
    outs, ins = weight.shape[0] // r, weight.shape[1]
    turned = np.flip(weight, 2).reshape(outs, r, ins, m)
    return {"weight": turned.transpose(2, 0, 3, 1).reshape(ins, outs, m * r)}


# --- pooling and upsampling ----------------------------------------------------------------------


def _pool_draw(rng: Random) -> dict[str, Any]:
    drawn = layer(rng, dilation=1, padding=rng.choice((0, 1)))
    kept = {name: drawn[name] for name in ("input_size", "kernel_size", "stride", "padding")}
    return kept | {"channels": rng.randint(1, 2)}


def _depthwise_average(channels: int, **sizes: Any) -> Operator:
    return conv(channels, channels, groups=channels, **sizes)


def _averages(weights: Named, channels: int, kernel_size: Any, **sizes: Any) -> Named:
    taps = int(np.prod(kernel_size))
    return {"weight": np.full((channels, 1, *kernel_size), sympy.Rational(1, taps), object)}


def _nearest_draw(rng: Random) -> dict[str, Any]:
    sizes = tuple(rng.choices((1, 2, 3), k=rng.randint(1, 2)))
    return {"channels": rng.randint(1, 2), "input_size": sizes, "factor": rng.randint(1, 3)}


def _nearest_as_transposed(channels: int, input_size: Any, factor: int) -> Operator:
    return conv_transpose(channels, channels, input_size, factor, stride=factor, groups=channels)


def _sizes_and_factor(rng: Random) -> dict[str, Any]:
    n = rng.randint(1, 6)
    factor = rng.choice((Fraction(2), Fraction(3), Fraction(13, 10), Fraction(3, 2)))
    return {"n": n, "factor": factor}


def _by_size(n: int, factor: Fraction) -> Operator:
    outputs = floor(n * factor)
    return Gather(n, tuple(i * n // outputs for i in range(outputs)))


def _by_factor(n: int, factor: Fraction) -> Operator:
    return Gather(n, tuple(min(n - 1, floor(i / factor)) for i in range(floor(n * factor))))


def _line_up(rng: Random) -> dict[str, Any]:
    return {"n": rng.randint(1, 5), "r": rng.randint(1, 5)}


def _interpolation(n: int, places: list[Fraction]) -> Operator:
    """Return linear interpolation by its definition: at each place, between its two neighbours."""
    rows = []
    for place in places:
        held = min(max(place, Fraction(0)), Fraction(n - 1))
        rows.append(tuple(max(Fraction(0), 1 - abs(held - j)) for j in range(n)))
    return Fixed(tuple(rows))


def _centres(n: int, r: int) -> Operator:
    return _interpolation(n, [(o + Fraction(1, 2)) / r - Fraction(1, 2) for o in range(n * r)])


def _corners(n: int, r: int) -> Operator:
    return _interpolation(n, [Fraction(o, r) for o in range((n - 1) * r + 1)])


def _zero_padded_tent(n: int, r: int) -> Operator:
    return Filter(Axis(n * r, r + 2 * (r // 2), r, r // 2, r // 2), "tent").T


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (
        Theorem(
            "A11",
            "dilated is an upsampled kernel",
            r"C_\ell(w) = C_1(w \uparrow \ell)",
            ATROUS,
            lambda rng: layer(rng, dilation=3) | channels(rng, groups=True) | mode(rng),
            conv,
            _with_spread_kernel,
            carry=lambda weights, dilation, **_: {"weight": upsample_kernel(weights["weight"], dilation)},
        ),
        Theorem(
            "A11",
            "dilated is plain on the phases",
            r"C_\ell = R^{\mathsf T} \operatorname{blockdiag}_r(C^{(r)}) R",
            "Shensa, The discrete wavelet transform, IEEE Trans. Signal Processing 40 (1992)",
            lambda rng: layer(rng, dilation=3) | channels(rng, groups=True),
            conv,
            dilated_polyphase,
            condition="no phase of the image is empty: it is at least as long as the dilation",
            holds=lambda input_size, dilation, **_: all(
                n >= d for n, d in zip(input_size, dilation, strict=True)
            ),
            counterexample={
                "in_channels": 1,
                "out_channels": 1,
                "input_size": (1,),
                "kernel_size": (1,),
                "stride": (2,),
                "padding": ((1, 1),),
                "dilation": (2,),
            },
            differs="existence",
        ),
        Theorem(
            "A11",
            "phases that are not read",
            r"C_{s, \ell} = C_{s, \ell} \, R^{\mathsf T} R, \;"
            r" R \text{ the } \ell / \gcd(s, \ell) \text{ phases } s r - lo",
            "Vaidyanathan, Multirate systems and filter banks, 1993",
            lambda rng: dict(zip(("n", "m", "s", "d", "pad"), line(rng, dilation=4), strict=True)),
            lambda n, m, s, d, pad: conv(1, 1, n, m, stride=s, dilation=d, padding=(pad,)),
            _of_phases_read,
        ),
        Theorem(
            "A11",
            "phases in their own order",
            r"C_\ell = R^{\mathsf T} \operatorname{blockdiag}_r(C_{lo / \ell}) R",
            ATROUS,
            _unrotated_draw,
            lambda n, m, step, pad: (
                conv(1, 1, n, m, dilation=step, padding=(pad,))
                if n + sum(pad) > step * (m - 1)
                else conv(1, 1, n, m, dilation=step, padding="same")
            ),
            _unrotated,
            condition="the dilation divides the left padding",
            holds=lambda n, m, step, pad: pad[0] % step == 0,
            counterexample={"n": 6, "m": 2, "step": 2, "pad": (1, 0)},
        ),
        Theorem(
            "A13",
            "transposed convolution is the transpose",
            r"T = C^{\mathsf T}",
            GUIDE + ", section 4",
            _transposed_draw,
            conv_transpose,
            lambda **sizes: Transposed(_forward(**sizes)),
            condition="output_padding below the stride",
            holds=_short_padding,
            counterexample={
                "in_channels": 1,
                "out_channels": 1,
                "groups": 1,
                "input_size": (2,),
                "kernel_size": (2,),
                "stride": (1,),
                "dilation": (2,),
                "output_padding": (1,),
                "padding": ((0, 0),),
            },
            differs="shapes",
        ),
        Theorem(
            "A13",
            "transposed convolution, any output padding",
            r"T = (C_{\text{first } n \text{ rows}})^{\mathsf T}",
            "torch.nn.ConvTranspose2d",
            _transposed_draw,
            conv_transpose,
            _first_rows,
        ),
        Theorem(
            "A13",
            "transposed master form",
            r"T = \sum_{\mathbf k} W_{\mathbf k}^{\mathsf T} \otimes S_{\mathbf k}^{\mathsf T}",
            GUIDE + ", section 4",
            _transposed_draw,
            conv_transpose,
            lambda **sizes: conv_transpose(**sizes).expand(),
        ),
        Theorem(
            "A13",
            "zero insertion, then full convolution",
            r"T = C_1(\tilde w)(I \otimes U_s)",
            GUIDE + ", section 4.5",
            _transposed_draw,
            conv_transpose,
            _zeros_inserted,
            carry=_flipped_and_swapped,
        ),
        Theorem(
            "A16",
            "transposed with kernel = stride is a pixel shuffle",
            r"T = R_r (W \otimes I)",
            SUBPIXEL,
            _square_draw,
            _upwards,
            _shuffled,
            carry=_one_by_one,
        ),
        Theorem(
            "A16",
            "convolution with kernel = stride is a pixel unshuffle",
            r"C = (W \otimes I) R_r^{\mathsf T}",
            SUBPIXEL,
            _square_draw,
            _downwards,
            _unshuffled,
            carry=_gathered,
        ),
        Theorem(
            "A16",
            "any transposed convolution by phases",
            r"T = \mathrm{crop} \, R_s \, C_1(w')",
            SUBPIXEL,
            _line_draw,
            _transposed_line,
            _phases_of_line,
            carry=_by_phase,
        ),
        Theorem(
            "A16",
            "sub-pixel convolution is a transposed convolution",
            r"R_r \, C = T, \; m_T = r m, \; s_T = r",
            SUBPIXEL,
            _subpixel_draw,
            _subpixel,
            _as_transposed,
            carry=_interleaved,
        ),
        Theorem(
            "A16",
            "space to depth is the polyphase split",
            r"\mathrm{SpaceToDepth}_r = R_{r \times r}",
            "ONNX operator SpaceToDepth; Vaidyanathan, Multirate systems and filter banks, 1993",
            lambda rng: {
                "c": rng.randint(1, 2),
                "q": (rng.randint(1, 2), rng.randint(1, 2)),
                "r": rng.randint(1, 3),
            },
            lambda c, q, r: space_to_depth(c, tuple(n * r for n in q), r),
            lambda c, q, r: Phases((c, *(n * r for n in q)), (r,) * len(q)),
        ),
        Theorem(
            "A19",
            "average pooling is a depthwise convolution",
            r"A = \tfrac{1}{m} C(\mathbf 1)",
            "torch.nn.AvgPool2d",
            _pool_draw,
            average_pool,
            _depthwise_average,
            carry=_averages,
            compare="symbols",
        ),
        Theorem(
            "A19",
            "average pooling with and without its padding",
            r"\tfrac{1}{m} C(\mathbf 1) = \operatorname{diag}(1 / \mathrm{count}) \, C(\mathbf 1)",
            "torch.nn.AvgPool2d, count_include_pad",
            _pool_draw,
            average_pool,
            lambda **sizes: average_pool(**sizes, count_include_pad=False),
            condition="no window touches padding",
            holds=lambda padding, **_: not np.any(padding),
            counterexample={
                "channels": 1,
                "input_size": (3,),
                "kernel_size": (2,),
                "stride": (1,),
                "padding": ((1, 0),),
            },
            compare="symbols",
        ),
        Theorem(
            "A19",
            "nearest upsampling is a transposed convolution",
            r"N_r = I_n \otimes \mathbf 1_r = C^{\mathsf T}, \; m = s = r",
            "torch.nn.functional.interpolate",
            _nearest_draw,
            upsample_nearest,
            _nearest_as_transposed,
            carry=lambda weights, channels, input_size, factor: {
                "weight": np.ones((channels, 1, *[factor] * len(input_size)), int)
            },
        ),
        Theorem(
            "A19",
            "nearest upsampling by size and by factor",
            r"\lfloor i n / N \rfloor = \lfloor i / f \rfloor",
            "torch.nn.functional.interpolate, size and scale_factor",
            _sizes_and_factor,
            _by_size,
            _by_factor,
            condition="a whole factor",
            holds=lambda n, factor: factor.denominator == 1,
            counterexample={"n": 5, "factor": Fraction(13, 10)},
        ),
        Theorem(
            "A19",
            "bilinear upsampling",
            r"B = T \, P_{\mathrm{replicate}}",
            "torch.nn.functional.interpolate, align_corners=False",
            _line_up,
            lambda n, r: upsample_bilinear(1, n, r),
            _centres,
            compare="symbols",
        ),
        Theorem(
            "A19",
            "bilinear upsampling without replication",
            r"B = T_{p = \lfloor r / 2 \rfloor}",
            "Long et al., arXiv:1411.4038, section 3.3",
            _line_up,
            lambda n, r: upsample_bilinear(1, n, r),
            _zero_padded_tent,
            condition="factor 1: otherwise the first and last floor(r/2) rows differ",
            holds=lambda n, r: r == 1,
            counterexample={"n": 3, "r": 2},
            compare="symbols",
        ),
        Theorem(
            "A19",
            "bilinear upsampling with aligned corners",
            r"B = T, \; m = 2r - 1, \; N = (n - 1) r + 1",
            "torch.nn.functional.interpolate, align_corners=True",
            _line_up,
            lambda n, r: upsample_bilinear(1, n, r, align_corners=True),
            _corners,
            compare="symbols",
        ),
        Theorem(
            "A19",
            "bilinear upsampling acts on each axis",
            r"B_{2D} = B \otimes B",
            "torch.nn.functional.interpolate",
            lambda rng: {"n": (rng.randint(1, 3), rng.randint(1, 3)), "r": rng.randint(1, 3)},
            lambda n, r: upsample_bilinear(1, n, r),
            lambda n, r: Kron((Identity(1), *(upsample_bilinear(1, size, r) for size in n))),
            compare="symbols",
        ),
    )
