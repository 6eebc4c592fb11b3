"""Theorems about dilation: spaced taps, upsampled kernels, phases."""

from __future__ import annotations

from math import gcd
from random import Random
from typing import Any

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.dilated import dilated_polyphase, upsample_kernel
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped, Transposed
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.phases import Phases
from convalgebra.operators.sidebyside import BlockDiag
from convalgebra.theorems.draws import ONE, channels, keywords, layer
from convalgebra.theorems.theorem import Need, Theorem

ATROUS = "Yu and Koltun, arXiv:1511.07122"


def _with_spread_kernel(**sizes: Any) -> Operator:
    kernel = tuple(d * (m - 1) + 1 for m, d in zip(sizes["kernel_size"], sizes["dilation"], strict=True))
    return conv(**{**sizes, "kernel_size": kernel, "dilation": 1})


def reads_nothing(**sizes: Any) -> bool:
    """Say whether no output reads anything but padding zeros: no phase is left to be convolved then."""
    return any(axis.taps_inside == 0 for axis in conv(**sizes).axes)


def of_nothing(whole: Operator) -> Product:
    """Return an operator after every input is set to zero."""
    n = whole.shape[1]
    return Product((whole, Fixed(((0,) * n,) * n)))


def _by_phases(**sizes: Any) -> Operator:
    return of_nothing(conv(**sizes)) if reads_nothing(**sizes) else dilated_polyphase(**sizes)


def _of_phases_read(**sizes: Any) -> Operator:
    """Return the convolution after all phases that it should not read are set to zero."""
    whole = conv(**sizes)
    axes = [axis.numeric() for axis in whole.axes]
    steps = tuple(axis.dilation for axis in axes)
    residues = tuple(
        tuple(
            sorted(
                {(a.stride * r - a.lo) % a.dilation for r in range(a.dilation // gcd(a.stride, a.dilation))}
            )
        )
        for a in axes
    )
    read = Phases((whole.in_channels, *whole.input_size), steps, residues)
    # only padding is read: nothing is left of the image
    return of_nothing(whole) if read.shape[0] == 0 else Product((whole, read.T, read))


def _unrotated_draw(rng: Random) -> dict[str, Any]:
    """Draw dilated convolutions of stride 1, also images and outputs shorter than the dilation."""
    lines = []
    for _ in range(rng.choice((1, 1, 2))):
        m, d = rng.randint(1, 3), rng.randint(1, 3)
        lo = rng.choice((0, d, rng.randint(0, 2)))
        hi = rng.randint(0, 2)
        least = max(1, d * (m - 1) + 1 - lo - hi)
        lines.append((least + rng.randint(0, 3), m, d, (lo, hi)))
    names = ("input_size", "kernel_size", "dilation", "padding")
    return dict(zip(names, zip(*lines, strict=True), strict=True)) | channels(rng, groups=True)


def _unrotated(**sizes: Any) -> Operator:
    """Return plain convolutions of the phases as they come, each with the left padding lo / dilation.

    Phases that are empty before or after are left out: their outputs read nothing.
    """
    whole = conv(**sizes)
    lines = zip(sizes["dilation"], whole.input_size, whole.output_size, strict=True)
    kept = tuple(tuple(range(min(line))) for line in lines)
    outputs = Phases((whole.out_channels, *whole.output_size), sizes["dilation"], kept)
    inputs = Phases((whole.in_channels, *whole.input_size), sizes["dilation"], kept)
    blocks = []
    for after, before in zip(outputs.phase_sizes, inputs.phase_sizes, strict=True):
        pads = []
        for M, n, axis in zip(after, before, whole.axes, strict=True):
            lo = axis.lo // axis.dilation
            pads.append((lo, M + axis.kernel - 1 - n - lo))
        options: dict[str, Any] = {"padding": pads, "groups": whole.groups}
        blocks.append(conv(whole.in_channels, whole.out_channels, before, sizes["kernel_size"], **options))
    flat = Reshaped(BlockDiag(tuple(blocks)), inputs.output_shape, outputs.output_shape)
    return Product((Transposed(outputs), flat, inputs))


# --- the theorems --------------------------------------------------------------------------------

_SPREAD: tuple[Theorem, ...] = (
    Theorem(
        "A11",
        "dilated is an upsampled kernel",
        r"C_\ell(w) = C_1(w \uparrow \ell)",
        ATROUS,
        lambda rng: keywords(rng, dilation=3),
        conv,
        _with_spread_kernel,
        carry=lambda weights, dilation, **_: {"weight": upsample_kernel(weights["weight"], dilation)},
    ),
)

_PHASES: tuple[Theorem, ...] = (
    Theorem(
        "A11",
        "dilated is plain on the phases",
        r"C_\ell = R^{\mathsf T} \operatorname{blockdiag}_r(C^{(r)}) R",
        "Shensa, The discrete wavelet transform, IEEE Trans. Signal Processing 40 (1992)",
        lambda rng: layer(rng, dilation=3) | channels(rng, groups=True),
        conv,
        _by_phases,
    ),
    Theorem(
        "A11",
        "phases that are not read",
        r"C_{s, \ell} = C_{s, \ell} \, R^{\mathsf T} R, \;"
        r" R \text{ the } \ell / \gcd(s, \ell) \text{ phases } s r - lo",
        "Vaidyanathan, Multirate systems and filter banks, 1993",
        lambda rng: layer(rng, dilation=4) | channels(rng, groups=True),
        conv,
        _of_phases_read,
    ),
    Theorem(
        "A11",
        "phases in their own order",
        r"C_\ell = R^{\mathsf T} \operatorname{blockdiag}_r(C_{lo / \ell}) R",
        ATROUS,
        _unrotated_draw,
        conv,
        _unrotated,
        needs=(
            Need(
                "the dilation divides the left padding",
                lambda dilation, padding, **_: all(
                    lo % d == 0 for d, (lo, _) in zip(dilation, padding, strict=True)
                ),
                {
                    **ONE,
                    "input_size": (6,),
                    "kernel_size": (2,),
                    "dilation": (2,),
                    "padding": ((1, 0),),
                },
            ),
        ),
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_SPREAD, *_PHASES)
