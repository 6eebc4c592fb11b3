"""Theorems about circular convolution: rotations, frequencies, singular values."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.fast import fourier_conv
from convalgebra.catalogue.resampling import cropped, padded
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.fixed import Fixed, Fourier
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity, TapWeights
from convalgebra.operators.moves import Gather
from convalgebra.operators.points import PointProducts, Spectrum
from convalgebra.operators.sidebyside import Sum
from convalgebra.theorems.draws import channels, circular
from convalgebra.theorems.theorem import Theorem

SEDGHI = "Sedghi et al., arXiv:1805.10408"
# 1 more than a multiple of 1, 2, 3 and 4: each of these sizes has a transform modulo it.
PRIME = 13


def _circle(rng: Random) -> dict[str, Any]:
    return circular(rng) | channels(rng)


def _wrapped(**sizes: Any) -> Operator:
    return conv(**sizes, padding_mode="circular")


def _turns(
    in_channels: int, out_channels: int, input_size: Any, kernel_size: Any, **options: Any
) -> Operator:
    """Return the sum over taps of W_k (x) Z^(k d - lo), from nothing but rotated indices."""
    lines = list(zip(input_size, kernel_size, options["dilation"], options["padding"], strict=True))

    def turn(n: int, by: int) -> Gather:
        return Gather(n, tuple((i + by) % n for i in range(n)))

    terms = []
    for tap in np.ndindex(*kernel_size):
        mix = TapWeights(out_channels, in_channels, 1, tuple(kernel_size), tuple(map(int, tap)))
        rotations = (turn(n, k * d - lo) for k, (n, _, d, (lo, _)) in zip(tap, lines, strict=True))
        terms.append(Kron((mix, *rotations)))
    return Sum(tuple(terms))


def _maybe_circle(rng: Random) -> dict[str, Any]:
    drawn = _circle(rng)
    if rng.random() < 0.2:
        drawn["padding"] = tuple((lo + 1, hi) for lo, hi in drawn["padding"])
    return drawn


def _keeps_size(kernel_size: Any, dilation: Any, padding: Any, **_: Any) -> bool:
    lines = zip(kernel_size, dilation, padding, strict=True)
    return all(lo + hi == d * (m - 1) for m, d, (lo, hi) in lines)


def _axis(n: int, m: int, lo: int, hi: int) -> Axis:
    return Axis(n, m, 1, lo, hi, 1, "circular")


def _frequencies(in_channels: int, out_channels: int, n: int, m: int) -> Operator:
    return PointProducts(in_channels, out_channels, (Spectrum(_axis(n, m, 0, m - 1)),))


def _circle_line(rng: Random) -> dict[str, Any]:
    return channels(rng) | {"n": rng.randint(1, 4), "m": rng.randint(1, 5)}


def _wrapped_line(in_channels: int, out_channels: int, n: int, m: int) -> Operator:
    return conv(in_channels, out_channels, n, m, padding=((0, m - 1),), padding_mode="circular")


def _strided_draw(rng: Random) -> dict[str, Any]:
    n, m = rng.choice((1, 2, 3, 4)), rng.randint(1, 4)
    s = rng.choice([s for s in (1, 2, 3, 4) if n % s == 0])
    return channels(rng) | {"n": n, "m": m, "s": s, "modulus": PRIME}


def _spectrum_of_strided(
    in_channels: int, out_channels: int, n: int, m: int, s: int, modulus: int
) -> Operator:
    pad = ((0, m - 1),)
    strided = conv(in_channels, out_channels, n, m, stride=s, padding=pad, padding_mode="circular")
    (outputs,) = strided.output_size
    there = Kron((Identity(out_channels), Fourier(outputs, modulus=modulus)))
    back = Kron((Identity(in_channels), Fourier(n, inverse=True, modulus=modulus)))
    return Product((there, strided, back))


def _folded_spectrum(in_channels: int, out_channels: int, n: int, m: int, s: int, modulus: int) -> Operator:
    blocks = PointProducts(in_channels, out_channels, (Spectrum(_axis(n, m, 0, m - 1), modulus),))
    share, outputs = pow(s, -1, modulus), n // s
    fold = Fixed(tuple(tuple(share * (f == g % outputs) for g in range(n)) for f in range(outputs)))
    return Product((Kron((Identity(out_channels), fold)), blocks))


def _principal_draw(rng: Random) -> dict[str, Any]:
    n, m = rng.randint(1, 5), rng.randint(1, 4)
    lo = rng.randint(0, m - 1)
    return channels(rng) | {"n": n, "m": m, "lo": lo, "larger": n + rng.randint(0, 4)}


def _zero_line(in_channels: int, out_channels: int, n: int, m: int, lo: int, larger: int) -> Operator:
    return conv(in_channels, out_channels, n, m, padding=((lo, m - 1 - lo),))


def _principal(in_channels: int, out_channels: int, n: int, m: int, lo: int, larger: int) -> Operator:
    pad = ((lo, m - 1 - lo),)
    circle = conv(in_channels, out_channels, larger, m, padding=pad, padding_mode="circular")
    beyond = ((0, larger - n),)
    return Product((cropped(out_channels, larger, beyond), circle, padded(in_channels, n, beyond)))


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (
        Theorem(
            "A17",
            "circular convolution is a sum of rotations",
            r"C = \sum_{\mathbf k} W_{\mathbf k} \otimes Z^{\mathbf k d - lo}",
            SEDGHI,
            _maybe_circle,
            _wrapped,
            _turns,
            condition="as many outputs as inputs",
            holds=_keeps_size,
            counterexample={
                "in_channels": 1,
                "out_channels": 1,
                "input_size": (3,),
                "kernel_size": (2,),
                "dilation": (1,),
                "padding": ((0, 0),),
            },
            differs="shapes",
        ),
        Theorem(
            "A17",
            "circular convolution is diagonal in frequencies",
            r"(I \otimes F) C = \Big(\sum_{\mathbf k} W_{\mathbf k} \otimes"
            r" \operatorname{diag}_f \omega^{f (\mathbf k d - lo)}\Big)(I \otimes F)",
            SEDGHI,
            lambda rng: _circle(rng) | {"modulus": PRIME},
            lambda modulus, **sizes: _wrapped(**sizes),
            fourier_conv,
            compare="modulo",
        ),
        Theorem(
            "A17",
            "singular values of a circular convolution",
            r"\sigma(C) = \bigcup_f \sigma(\widehat W(f))",
            SEDGHI,
            _circle_line,
            _wrapped_line,
            _frequencies,
            compare="singular values",
        ),
        Theorem(
            "A17",
            "spectrum of a kernel cut to the image",
            r"\widehat W = \mathrm{fft}(w, n)",
            SEDGHI,
            _circle_line,
            _wrapped_line,
            lambda in_channels, out_channels, n, m: _frequencies(in_channels, out_channels, n, min(n, m)),
            condition="a kernel no longer than the image; a longer one must be folded, not cut",
            holds=lambda n, m, **_: m <= n,
            carry=lambda weights, n, **_: {"weight": weights["weight"][:, :, :n]},
            counterexample={"in_channels": 1, "out_channels": 1, "n": 3, "m": 5},
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
            condition="the stride divides the size",
            holds=lambda n, s, **_: n % s == 0,
            counterexample={"in_channels": 1, "out_channels": 1, "n": 3, "m": 2, "s": 2, "modulus": PRIME},
            compare="modulo",
            differs="shapes",
        ),
        Theorem(
            "A17",
            "zero padding is a corner of a larger circle",
            r"C_{\mathrm{zero}} = P \, C_{\mathrm{circ}, n'} P^{\mathsf T}",
            SEDGHI,
            _principal_draw,
            _zero_line,
            _principal,
            condition="n' is at least n + max(lo, hi)",
            holds=lambda n, m, lo, larger, **_: larger >= n + max(lo, m - 1 - lo),
            counterexample={"in_channels": 1, "out_channels": 1, "n": 3, "m": 3, "lo": 1, "larger": 3},
        ),
    )
