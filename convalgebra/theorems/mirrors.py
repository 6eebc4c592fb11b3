"""Theorems about mirror images: flipped kernels, adjoints, the "same" of each library."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Gather
from convalgebra.theorems.draws import channels, layer, line, mode
from convalgebra.theorems.theorem import Theorem
from convalgebra.weights import Array

GUIDE = "Dumoulin and Visin, arXiv:1603.07285"
Named = dict[str, Array]


def _flipped(weights: Named, **sizes: Any) -> Named:
    weight = weights["weight"]
    return {"weight": np.flip(weight, tuple(range(2, weight.ndim)))}


def _adjoint(weights: Named, **sizes: Any) -> Named:
    return {"weight": np.swapaxes(weights["weight"], 0, 1)}


def _reversed(n: int) -> Kron:
    return Kron((Identity(1), Gather(n, tuple(range(n))[::-1])))


def _one_line(rng: Random) -> dict[str, Any]:
    return dict(zip(("n", "m", "s", "d", "pad"), line(rng), strict=True))


def _mirrored(n: int, m: int, s: int, d: int, pad: Any) -> Product:
    inner = conv(1, 1, n, m, stride=s, dilation=d, padding=(pad,))
    return Product((_reversed(int(inner.axes[0].outputs)), inner, _reversed(n)))


def _overhang(n: int, m: int, s: int, d: int, pad: Any) -> int:
    """Return h*: how far the last window reads beyond the input."""
    axis = Axis(n, m, s, pad[0], pad[1], d)
    return int((axis.outputs - 1) * s + axis.span - n - axis.lo)


def _full(**sizes: Any) -> Operator:
    """Return the full convolution that the adjoint of a valid one is."""
    valid = conv(**{**sizes, "padding": 0})
    options = {"dilation": sizes["dilation"], "padding": "full", "flip": True}
    return conv(valid.out_channels, valid.in_channels, valid.output_size, sizes["kernel_size"], **options)


def _maybe_valid(rng: Random) -> dict[str, Any]:
    drawn = layer(rng, stride=1, padding=0) | channels(rng)
    return drawn | {"padding": rng.choice((0, 0, 0, 1))}


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (
        Theorem(
            "A14",
            "the adjoint of valid is full",
            r"C_{\mathrm{valid}}(w)^{\mathsf T} = C_{\mathrm{full}}(\tilde w)",
            GUIDE + ", section 4.2",
            _maybe_valid,
            lambda **sizes: conv(**sizes).T,
            _full,
            condition="stride 1 and no padding",
            holds=lambda padding, **_: padding == 0,
            carry=_adjoint,
            counterexample={
                "in_channels": 1,
                "out_channels": 1,
                "input_size": (3,),
                "kernel_size": (2,),
                "dilation": (1,),
                "padding": ((1, -1),),
            },
        ),
        Theorem(
            "A15",
            "convolution is cross-correlation with the mirrored kernel",
            r"C_{\mathrm{conv}}(w) = C_{\mathrm{xcorr}}(\operatorname{flip} w)",
            "Goodfellow et al., Deep Learning, 2016, section 9.1",
            lambda rng: layer(rng) | channels(rng, groups=True) | mode(rng),
            lambda **sizes: conv(**sizes, flip=True),
            conv,
            carry=_flipped,
        ),
        Theorem(
            "A15",
            "mirroring input and output",
            r"J \, C(w; lo) \, J = C(\operatorname{flip} w; \, lo' = h^*)",
            "persymmetry of Toeplitz matrices",
            _one_line,
            _mirrored,
            lambda n, m, s, d, pad: conv(
                1, 1, n, m, stride=s, dilation=d, padding=((_overhang(n, m, s, d, pad), pad[0]),)
            ),
            carry=_flipped,
        ),
        Theorem(
            "A15",
            "mirroring swaps the padding",
            r"J \, C(w; lo, hi) \, J = C(\operatorname{flip} w; hi, lo)",
            "persymmetry of Toeplitz matrices",
            _one_line,
            _mirrored,
            lambda n, m, s, d, pad: conv(1, 1, n, m, stride=s, dilation=d, padding=(pad[::-1],)),
            condition="the windows leave nothing over: s divides n + lo + hi - d(m-1) - 1",
            holds=lambda n, m, s, d, pad: Axis(n, m, s, pad[0], pad[1], d).left_over == 0,
            carry=_flipped,
            counterexample={"n": 4, "m": 1, "s": 2, "d": 1, "pad": (0, 0)},
        ),
        Theorem(
            "A15",
            "same padding of torch and of scipy",
            r"\lfloor (m-1)/2 \rfloor = \lfloor m/2 \rfloor",
            "torch.nn.Conv1d padding='same'; scipy.signal.correlate mode='same'",
            lambda rng: {"n": rng.randint(1, 6), "m": rng.randint(1, 5)},
            lambda n, m: conv(1, 1, n, m, padding="same"),
            lambda n, m: conv(1, 1, n, m, padding=((m // 2, m - 1 - m // 2),)),
            condition="an odd kernel",
            holds=lambda n, m: m % 2 == 1,
            counterexample={"n": 4, "m": 2},
        ),
    )
