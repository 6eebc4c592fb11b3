"""Theorems about circular convolution: rotations, frequencies, singular values."""

from __future__ import annotations

from operator import le, mod
from random import Random
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.fast import fourier_conv
from convalgebra.catalogue.resampling import cropped, padded
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity, TapWeights
from convalgebra.operators.points import PointProducts, Spectrum
from convalgebra.operators.sidebyside import Sum
from convalgebra.theorems.draws import ONE, channels, circular
from convalgebra.theorems.theorem import Named, Need, Theorem

SEDGHI = "Sedghi et al., arXiv:1805.10408"
# 1 more than a multiple of 1, 2, 3 and 4: each of these sizes has a transform modulo it.
PRIME = 13


def _wrapped(**sizes: Any) -> Conv:
    return conv(**sizes, padding_mode="circular")


def _turns(
    in_channels: int, out_channels: int, input_size: Any, kernel_size: Any, groups: int = 1, **options: Any
) -> Operator:
    """Return the sum over taps of W_k (x) Z^(k d - lo), from nothing but rotated indices."""
    lines = list(zip(input_size, kernel_size, options["dilation"], options["padding"], strict=True))

    def turn(n: int, by: int) -> Gather:
        return Gather(n, tuple((i + by) % n for i in range(n)))

    terms = []
    for tap in np.ndindex(*kernel_size):
        mix = TapWeights(out_channels, in_channels, groups, tuple(kernel_size), tuple(map(int, tap)))
        rotations = (turn(n, k * d - lo) for k, (n, _, d, (lo, _)) in zip(tap, lines, strict=True))
        terms.append(Kron((mix, *rotations)))
    return Sum(tuple(terms))


def _maybe_circle(rng: Random) -> dict[str, Any]:
    drawn = circular(rng)
    if rng.random() < 0.2:
        drawn["padding"] = tuple((lo + 1, hi) for lo, hi in drawn["padding"])
    return drawn


def _keeps_size(kernel_size: Any, dilation: Any, padding: Any, **_: Any) -> bool:
    lines = zip(kernel_size, dilation, padding, strict=True)
    return all(lo + hi == d * (m - 1) for m, d, (lo, hi) in lines)


def _frequencies(
    in_channels: int,
    out_channels: int,
    input_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    groups: int = 1,
    modulus: int | None = None,
    **_: Any,
) -> PointProducts:
    """Return the blocks of the frequencies for windows that start at their output: no phase is turned."""
    steps = dilation if isinstance(dilation, tuple) else (dilation,) * len(input_size)
    lines = zip(input_size, kernel_size, steps, strict=True)
    spectra = (Spectrum(Axis(n, m, 1, 0, d * (m - 1), d, "circular"), modulus) for n, m, d in lines)
    return PointProducts(in_channels, out_channels, tuple(spectra), groups)


def _cut_frequencies(input_size: Any, kernel_size: Any, **channels: Any) -> PointProducts:
    cut = tuple(map(min, input_size, kernel_size))
    return _frequencies(input_size=input_size, kernel_size=cut, **channels)


def _cut(weights: Named, input_size: Any, **_: Any) -> Named:
    kept: Any = (..., *(slice(n) for n in input_size))
    return {"weight": weights["weight"][kept]}


def _plain_circle(rng: Random) -> dict[str, Any]:
    drawn = circular(rng)
    return drawn | {"dilation": (1,) * len(drawn["dilation"]), "padding": _forward(drawn["kernel_size"])}


def _forward(kernel_size: Any) -> Any:
    """Return the padding with which each window starts at its output."""
    return tuple((0, m - 1) for m in kernel_size)


def _strided_draw(rng: Random) -> dict[str, Any]:
    rank = rng.choice((1, 2))
    sizes = tuple(rng.choice((1, 2, 3, 4)[: 5 - rank]) for _ in range(rank))
    return channels(rng, groups=True) | {
        "input_size": sizes,
        "kernel_size": tuple(rng.randint(1, 4) for _ in range(rank)),
        "stride": tuple(rng.choice([s for s in (1, 2, 3, 4) if n % s == 0]) for n in sizes),
        "modulus": PRIME,
    }


def _spectrum_of_strided(modulus: int, **sizes: Any) -> Operator:
    strided = _wrapped(**sizes, padding=_forward(sizes["kernel_size"]))
    there = (Fourier(n, modulus=modulus) for n in strided.output_size)
    back = (Fourier(n, inverse=True, modulus=modulus) for n in strided.input_size)
    return Product(
        (
            Kron((Identity(strided.out_channels), *there)),
            strided,
            Kron((Identity(strided.in_channels), *back)),
        )
    )


def _folded_spectrum(out_channels: int, modulus: int, stride: Any, **sizes: Any) -> Operator:
    """Return the blocks of all frequencies, those that a stride cannot tell apart added up."""

    def fold(n: int, s: int) -> Fixed:
        share, outputs = pow(s, -1, modulus), n // s
        return Fixed(tuple(tuple(share * (f == g % outputs) for g in range(n)) for f in range(outputs)))

    folds = map(fold, sizes["input_size"], stride)
    blocks = _frequencies(out_channels=out_channels, modulus=modulus, **sizes)
    return Product((Kron((Identity(out_channels), *folds)), blocks))


def _principal_draw(rng: Random) -> dict[str, Any]:
    lines = [(rng.randint(1, 4), rng.randint(1, 3)) for _ in range(rng.choice((1, 2)))]
    before = [rng.randint(0, m - 1) for _, m in lines]
    return channels(rng, groups=True) | {
        "input_size": tuple(n for n, _ in lines),
        "kernel_size": tuple(m for _, m in lines),
        "padding": tuple((lo, m - 1 - lo) for lo, (_, m) in zip(before, lines, strict=True)),
        "larger": tuple(n + rng.randint(0, 3) for n, _ in lines),
    }


def larger_circle(larger: Any, **sizes: Any) -> Conv:
    """Return the circular convolution on a larger circle of which a zero-padded one is a corner."""
    return _wrapped(**{**sizes, "input_size": larger})


def _principal(input_size: Any, larger: Any, **sizes: Any) -> Operator:
    beyond = tuple((0, after - n) for n, after in zip(input_size, larger, strict=True))
    circle = larger_circle(larger, **sizes)
    before = padded(sizes["in_channels"], input_size, beyond)
    return Product((cropped(sizes["out_channels"], larger, beyond), circle, before))


def _room(side: int, input_size: Any, padding: Any, larger: Any, **_: Any) -> bool:
    """Say whether what is read beyond one side of the image does not come round to the image again."""
    lines = zip(input_size, padding, larger, strict=True)
    return all(after >= n + pair[side] for n, pair, after in lines)


# On a circle as small as the image, what is read beyond one end is the other end.
_SMALL = {**ONE, "input_size": (3,), "kernel_size": (2,), "larger": (3,)}


# --- the theorems --------------------------------------------------------------------------------

_ROTATIONS: tuple[Theorem, ...] = (
    Theorem(
        "A17",
        "circular convolution is a sum of rotations",
        r"C = \sum_{\mathbf k} W_{\mathbf k} \otimes Z^{\mathbf k d - lo}",
        SEDGHI,
        _maybe_circle,
        _wrapped,
        _turns,
        needs=(
            Need(
                "as many outputs as inputs",
                _keeps_size,
                {
                    **ONE,
                    "input_size": (3,),
                    "kernel_size": (2,),
                    "dilation": (1,),
                    "padding": ((0, 0),),
                },
                differs="shapes",
            ),
        ),
        sharp=True,
    ),
)

_SPECTRA: tuple[Theorem, ...] = (
    Theorem(
        "A17",
        "circular convolution is diagonal in frequencies",
        r"(I \otimes F) C = \Big(\sum_{\mathbf k} W_{\mathbf k} \otimes"
        r" \operatorname{diag}_f \omega^{f (\mathbf k d - lo)}\Big)(I \otimes F)",
        SEDGHI,
        lambda rng: circular(rng) | {"modulus": PRIME},
        lambda modulus, **sizes: _wrapped(**sizes),
        fourier_conv,
        compare="modulo",
    ),
    Theorem(
        "A17",
        "singular values of a circular convolution",
        r"\sigma(C) = \bigcup_f \sigma(\widehat W(f))",
        SEDGHI,
        circular,
        _wrapped,
        _frequencies,
        compare="singular values",
    ),
    Theorem(
        "A17",
        "spectrum of a kernel cut to the image",
        r"\widehat W = \mathrm{fft}(w, n)",
        SEDGHI,
        _plain_circle,
        _wrapped,
        _cut_frequencies,
        needs=(
            Need(
                "a kernel no longer than the image; a longer one must be folded, not cut",
                lambda input_size, kernel_size, **_: all(map(le, kernel_size, input_size)),
                {**ONE, "input_size": (3,), "kernel_size": (5,), "padding": ((0, 4),)},
            ),
        ),
        carry=_cut,
        compare="singular values",
    ),
    Theorem(
        "A17",
        "strided circular convolution in frequencies",
        r"(I \otimes F_M) \, C_s \, (I \otimes F_n)^{-1} = "
        r"\tfrac{1}{s} [\widehat W(f), \widehat W(f + M), \dots]",
        SEDGHI,
        _strided_draw,
        _spectrum_of_strided,
        _folded_spectrum,
        needs=(
            Need(
                "the stride divides the size",
                lambda input_size, stride, **_: not any(map(mod, input_size, stride)),
                {
                    **ONE,
                    "input_size": (3,),
                    "kernel_size": (2,),
                    "stride": (2,),
                    "modulus": PRIME,
                },
                differs="shapes",
            ),
        ),
        compare="modulo",
    ),
)

_CORNERS: tuple[Theorem, ...] = (
    Theorem(
        "A17",
        "zero padding is a corner of a larger circle",
        r"C_{\mathrm{zero}} = P \, C_{\mathrm{circ}, n'} P^{\mathsf T}",
        SEDGHI,
        _principal_draw,
        lambda larger, **sizes: conv(**sizes),
        _principal,
        needs=(
            Need(
                "n' is at least n + lo",
                lambda **sizes: _room(0, **sizes),
                {**_SMALL, "padding": ((1, 0),)},
            ),
            Need(
                "n' is at least n + hi",
                lambda **sizes: _room(1, **sizes),
                {**_SMALL, "padding": ((0, 1),)},
            ),
        ),
        sharp=True,
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_ROTATIONS, *_SPECTRA, *_CORNERS)
