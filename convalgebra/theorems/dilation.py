"""Theorems about dilation: spaced taps, upsampled kernels, phases."""

from __future__ import annotations

from math import gcd
from random import Random
from typing import Any

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.dilated import dilated_polyphase, upsample_kernel
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.moves import Phases
from convalgebra.operators.sidebyside import BlockDiag
from convalgebra.theorems.draws import channels, layer, line, mode
from convalgebra.theorems.theorem import Theorem

ATROUS = "Yu and Koltun, arXiv:1511.07122"


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
    )
