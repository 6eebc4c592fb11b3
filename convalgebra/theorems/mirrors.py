"""Theorems about mirror images: flipped kernels, adjoints, the "same" of each library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.theorems.draws import ONE, channels, keywords, layer
from convalgebra.theorems.theorem import Named, Need, Theorem

GUIDE = "Dumoulin and Visin, arXiv:1603.07285"


def _flipped(weights: Named, **sizes: Any) -> Named:
    weight = weights["weight"]
    return {"weight": np.flip(weight, tuple(range(2, weight.ndim)))}


def _adjoint(weights: Named, **sizes: Any) -> Named:
    return {"weight": np.swapaxes(weights["weight"], 0, 1)}


def _reversed(count: int, sizes: Any) -> Kron:
    """Return I (x) J (x) ...: each channel turned round along each axis."""
    return Kron((Identity(count), *(Gather(n, tuple(range(n))[::-1]) for n in sizes)))


def _mirrored(inner: Conv) -> Product:
    """Return J C J."""
    after = _reversed(int(inner.out_channels), inner.output_size)
    return Product((after, inner, _reversed(int(inner.in_channels), inner.input_size)))


def _overhangs(**sizes: Any) -> tuple[tuple[int, int], ...]:
    """Return (h*, lo) along each axis: how far the last window reads beyond the input, and the first."""
    axes = (axis.numeric() for axis in conv(**sizes).axes)
    return tuple(((a.outputs - 1) * a.stride + a.span - a.size - a.lo, a.lo) for a in axes)


def _swapped(padding: Any, **sizes: Any) -> Conv:
    return conv(**sizes, padding=tuple(pair[::-1] for pair in padding))


# --- "same" --------------------------------------------------------------------------------------

# Whether a library mirrors the kernel, and how far its first window reaches before the input.
SAME: Mapping[str, tuple[bool, Callable[[int], int]]] = {
    "torch": (False, lambda m: (m - 1) // 2),
    "signal.correlate": (False, lambda m: m // 2),
    "signal.convolve": (True, lambda m: m // 2),
    "ndimage.correlate": (False, lambda m: m // 2),
    "ndimage.convolve": (True, lambda m: (m - 1) // 2),
}


def same_of(library: str, input_size: Any, kernel_size: Any, **channels: int) -> Conv:
    """Return the convolution of as many outputs as inputs that a library makes of a kernel.

    >>> same_of("ndimage.correlate", (4,), (2,)).axes[0].lo
    1
    """
    flip, before = SAME[library]
    pads = tuple((before(m), m - 1 - before(m)) for m in kernel_size)
    sizes: dict[str, Any] = {**ONE, **channels}
    return conv(**sizes, input_size=input_size, kernel_size=kernel_size, padding=pads, flip=flip)


def _same_draw(rng: Random) -> dict[str, Any]:
    rank = rng.choice((1, 2))
    sizes = (tuple(rng.randint(1, most) for _ in range(rank)) for most in (5, 4))
    drawn = dict(zip(("input_size", "kernel_size"), sizes, strict=True))
    if rng.random() < 0.4:
        drawn["kernel_size"] = tuple(rng.choice((1, 3)) for _ in range(rank))
    return drawn | channels(rng)


def _sames(name: str, statement: str, one: str, other: str, **given: Any) -> Theorem:
    """Return the theorem that two libraries make the same of a kernel."""
    source = f"{_CALLS[one]}; {_CALLS[other]}"
    options = {"left": partial(same_of, one), "right": partial(same_of, other), **given}
    return Theorem("A15", name, statement, source, _same_draw, **options)


_CALLS = {
    "torch": "torch.nn.Conv1d padding='same'",
    "signal.correlate": "scipy.signal.correlate mode='same'",
    "signal.convolve": "scipy.signal.convolve mode='same'",
    "ndimage.correlate": "scipy.ndimage.correlate1d",
    "ndimage.convolve": "scipy.ndimage.convolve1d",
}
_ODD: dict[str, Any] = {
    "needs": (
        Need(
            "an odd kernel along each axis",
            lambda kernel_size, **_: all(m % 2 == 1 for m in kernel_size),
            {"input_size": (4,), "kernel_size": (2,)},
        ),
    ),
    "sharp": True,
}


def _full(**sizes: Any) -> Operator:
    """Return the full convolution that the adjoint of a valid one is."""
    valid = conv(**{**sizes, "padding": 0, "stride": 1})
    options = {"dilation": sizes["dilation"], "padding": "full", "flip": True}
    return conv(valid.out_channels, valid.in_channels, valid.output_size, sizes["kernel_size"], **options)


def _maybe_valid(rng: Random) -> dict[str, Any]:
    """Draw convolutions that are valid and of stride 1, or not quite."""
    drawn = layer(rng, padding=0) | channels(rng)
    rank = len(drawn["stride"])
    if rng.random() < 0.6:
        drawn["stride"] = (1,) * rank
    if rng.random() < 0.2:
        drawn["padding"] = tuple((rng.randint(0, 1), rng.randint(0, 1)) for _ in range(rank))
    return drawn


_VALID = {**ONE, "input_size": (3,), "kernel_size": (2,), "dilation": (1,)}


# --- the theorems --------------------------------------------------------------------------------

_ADJOINTS: tuple[Theorem, ...] = (
    Theorem(
        "A14",
        "the adjoint of valid is full",
        r"C_{\mathrm{valid}}(w)^{\mathsf T} = C_{\mathrm{full}}(\tilde w)",
        GUIDE + ", section 4.2",
        _maybe_valid,
        lambda **sizes: conv(**sizes).T,
        _full,
        needs=(
            Need(
                "stride 1",
                lambda stride, **_: all(s == 1 for s in stride),
                {**_VALID, "stride": (2,), "padding": ((0, 0),)},
                differs="shapes",
            ),
            Need(
                "no padding",
                lambda padding, **_: not np.any(padding),
                {**_VALID, "stride": (1,), "padding": ((1, -1),)},
            ),
        ),
        carry=_adjoint,
    ),
)

_MIRRORS: tuple[Theorem, ...] = (
    Theorem(
        "A15",
        "convolution is cross-correlation with the mirrored kernel",
        r"C_{\mathrm{conv}}(w) = C_{\mathrm{xcorr}}(\operatorname{flip} w)",
        "Goodfellow et al., Deep Learning, 2016, section 9.1",
        keywords,
        lambda **sizes: conv(**sizes, flip=True),
        conv,
        carry=_flipped,
    ),
    Theorem(
        "A15",
        "mirroring input and output",
        r"J \, C(w; lo) \, J = C(\operatorname{flip} w; \, lo' = h^*)",
        "persymmetry of Toeplitz matrices",
        lambda rng: layer(rng) | channels(rng, groups=True),
        lambda **sizes: _mirrored(conv(**sizes)),
        lambda padding, **sizes: conv(**sizes, padding=_overhangs(**sizes, padding=padding)),
        carry=_flipped,
    ),
    Theorem(
        "A15",
        "mirroring swaps the padding",
        r"J \, C(w; lo, hi) \, J = C(\operatorname{flip} w; hi, lo)",
        "persymmetry of Toeplitz matrices",
        lambda rng: layer(rng, stride=2) | channels(rng, groups=True),
        lambda **sizes: _mirrored(conv(**sizes)),
        _swapped,
        needs=(
            Need(
                "the windows leave nothing over: s divides n + lo + hi - d(m-1) - 1",
                lambda **sizes: all(axis.left_over == 0 for axis in conv(**sizes).axes),
                {
                    **ONE,
                    "input_size": (4,),
                    "kernel_size": (1,),
                    "stride": (2,),
                    "padding": ((0, 0),),
                },
            ),
        ),
        carry=_flipped,
    ),
)

_LIBRARIES: tuple[Theorem, ...] = (
    _sames(
        "same padding of torch and of scipy",
        r"\lfloor (m-1)/2 \rfloor = \lfloor m/2 \rfloor",
        "torch",
        "signal.correlate",
        **_ODD,
    ),
    _sames(
        "convolve of ndimage is its correlate with the mirrored kernel",
        r"C_{\mathrm{convolve}}(w) = C_{\mathrm{correlate}}(\operatorname{flip} w),"
        r" \; \lfloor (m-1)/2 \rfloor = \lfloor m/2 \rfloor",
        "ndimage.convolve",
        "ndimage.correlate",
        carry=_flipped,
        **_ODD,
    ),
    _sames(
        "convolve of ndimage is its correlate seen in a mirror",
        r"C_{\mathrm{convolve}}(w) = J \, C_{\mathrm{correlate}}(w) \, J",
        "ndimage.convolve",
        "ndimage.correlate",
        right=lambda **sizes: _mirrored(same_of("ndimage.correlate", **sizes)),
    ),
    _sames(
        "convolve of ndimage is torch's same with the mirrored kernel",
        r"C_{\mathrm{convolve}}(w) = C_{\mathrm{torch}}(\operatorname{flip} w)",
        "ndimage.convolve",
        "torch",
        carry=_flipped,
    ),
    _sames(
        "convolve of signal is its correlate with the mirrored kernel",
        r"C_{\mathrm{convolve}}(w) = C_{\mathrm{correlate}}(\operatorname{flip} w)",
        "signal.convolve",
        "signal.correlate",
        carry=_flipped,
    ),
    _sames(
        "convolve of signal and of ndimage",
        r"\lfloor m/2 \rfloor = \lfloor (m-1)/2 \rfloor",
        "signal.convolve",
        "ndimage.convolve",
        **_ODD,
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_ADJOINTS, *_MIRRORS, *_LIBRARIES)
