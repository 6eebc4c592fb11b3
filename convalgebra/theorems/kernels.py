"""Theorems about one kernel: its taps, its factors, its mirror image, its padding, two in a row."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import numpy as np

from convalgebra.axis import Axis
from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import (
    depthwise,
    depthwise_separable,
    flattened,
    pointwise,
    spatially_separable,
)
from convalgebra.catalogue.forms import locally_connected, volume_conv
from convalgebra.catalogue.resampling import cropped, decimation, padded
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.fixed import Filter
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.operators.moves import Gather, Selection
from convalgebra.operators.sidebyside import VStack
from convalgebra.theorems.draws import channels, layer, line, mode, plain
from convalgebra.theorems.theorem import Theorem
from convalgebra.weights import Array

GUIDE = "Dumoulin and Visin, arXiv:1603.07285"
INCEPTION = "Szegedy et al., arXiv:1512.00567, section 3.2"
MOBILENET = "Howard et al., arXiv:1704.04861, section 3.1"
Named = dict[str, Array]


def _only(weights: Mapping[str, Array]) -> Array:
    (weight,) = weights.values()
    return weight


def _zeros_instead(**sizes: Any) -> Operator:
    return conv(**{**sizes, "padding_mode": "zeros"}).expand()


def _mix(sizes: Mapping[str, Any], along: Any) -> Kron:
    mix = Dense(sizes["out_channels"], sizes["in_channels"])
    lines = zip(sizes["input_size"], sizes["stride"], sizes["padding"], strict=True)
    return Kron((mix, *(along(n, s, pad) for n, s, pad in lines)))


def _one_tap(rng: Random) -> dict[str, Any]:
    drawn = layer(rng, dilation=1) | channels(rng)
    if rng.random() < 0.6:
        drawn["padding"] = tuple((0, 0) for _ in drawn["padding"])
        drawn["stride"] = tuple(rng.choice((s, 1)) for s in drawn["stride"])
    return {**drawn, "kernel_size": 1, "dilation": 1}


def _flat(weights: Named, **sizes: Any) -> Named:
    weight = _only(weights)
    return {"weight": weight.reshape(weight.shape[:2])}


# --- separable -----------------------------------------------------------------------------------


def _outer(weights: Named, **sizes: Any) -> Named:
    u, v = weights["vertical"], weights["horizontal"]
    return {"weight": np.einsum("orl,rck->ockl", v[:, :, 0, :], u[..., 0])}


def _middle(rng: Random) -> dict[str, Any]:
    return layer(rng, 2) | channels(rng) | {"middle_channels": rng.randint(1, 3)}


def _horizontal_first(input_size: Any, kernel_size: Any) -> Product:
    (n1, n2), (m1, m2) = input_size, kernel_size
    horizontal = conv(1, 1, (n1, n2), (1, m2), name="horizontal")
    return Product((conv(1, 1, horizontal.output_size, (m1, 1), name="vertical"), horizontal))


def _full_rank(weights: Named, middle_channels: int, **sizes: Any) -> Named:
    """Factor any weight through middle channels that stand for (input channel, vertical tap)."""
    weight = weights["weight"]
    outs, ins, m1, m2 = weight.shape
    vertical = np.zeros((ins * m1, ins, m1, 1), np.int64)
    for c, k in np.ndindex(ins, m1):
        vertical[c * m1 + k, c, k, 0] = 1
    horizontal = weight.transpose(0, 1, 2, 3).reshape(outs, ins * m1, 1, m2)
    missing = max(0, middle_channels - ins * m1)
    return {
        "vertical": np.pad(vertical[:middle_channels], ((0, missing), (0, 0), (0, 0), (0, 0))),
        "horizontal": np.pad(horizontal[:, :middle_channels], ((0, 0), (0, missing), (0, 0), (0, 0))),
    }


def _rank(rng: Random) -> dict[str, Any]:
    sizes = channels(rng) | {"input_size": (4, 4), "kernel_size": (rng.randint(1, 2), rng.randint(1, 3))}
    return sizes | {"middle_channels": rng.randint(1, 6)}


def _has_room(in_channels: int, kernel_size: Any, middle_channels: int, **sizes: Any) -> bool:
    return middle_channels >= in_channels * int(kernel_size[0])


# --- depthwise, flattened ------------------------------------------------------------------------


def _fused(weights: Named, **sizes: Any) -> Named:
    deep, mix = weights["depthwise"], weights["pointwise"]
    ins = sizes["in_channels"]
    each = mix.reshape(len(mix), ins, -1)  # (out, in, multiplier)
    taps = deep.reshape(ins, each.shape[2], *deep.shape[2:])
    return {"weight": np.einsum("ocq,cq...->oc...", each, taps)}


def _fused_back(weights: Named, **sizes: Any) -> Named:
    deep, mix = weights["depthwise"], weights["pointwise"]
    return {"weight": mix * deep}


def _pointwise_first(in_channels: int, out_channels: int, **sizes: Any) -> Product:
    return Product(
        (depthwise(out_channels, **sizes), pointwise(in_channels, out_channels, sizes["input_size"]))
    )


def _constant(n: int) -> Operator:
    """Return the column of ones: one number becomes a constant image."""
    return Filter(Axis(n, n)).T


def _of_constants(channels: int, n: int, m: int, padding: int) -> Product:
    return Product((depthwise(channels, n, m, padding=padding), Kron((Identity(channels), _constant(n)))))


def _constants_of(channels: int, n: int, m: int, padding: int) -> Product:
    outputs = n + 2 * padding - m + 1
    return Product((Kron((Identity(channels), _constant(outputs))), depthwise(channels, 1, 1)))


def _constant_draw(rng: Random) -> dict[str, Any]:
    n = rng.randint(1, 5)
    return {"channels": rng.randint(1, 2), "n": n, "m": rng.randint(1, n), "padding": rng.choice((0, 0, 1))}


def _of_rank_one(weights: Named, **sizes: Any) -> Named:
    a, v, h = weights["lateral"], weights["vertical"], weights["horizontal"]
    return {"weight": a * v[:, :, :, :1] * h[:, :, :1, :]}


def _filter_by_filter(in_channels: int, out_channels: int, **sizes: Any) -> VStack:
    def line(axis: int, name: str) -> Operator:
        n, m, s, d, pad = (
            sizes[key][axis] for key in ("input_size", "kernel_size", "stride", "dilation", "padding")
        )
        return conv(1, 1, n, m, stride=s, dilation=d, padding=(pad,), name=name)

    return VStack(
        tuple(
            Kron(
                (
                    Dense(1, in_channels, f"lateral_{f}"),
                    line(0, f"vertical_{f}"),
                    line(1, f"horizontal_{f}"),
                )
            )
            for f in range(out_channels)
        )
    )


def _by_filter(weights: Named, out_channels: int, **sizes: Any) -> Named:
    found: Named = {}
    for f in range(out_channels):
        found[f"lateral_{f}"] = weights["lateral"][f : f + 1, :, 0, 0]
        found[f"vertical_{f}"] = weights["vertical"][f : f + 1, :, :, 0]
        found[f"horizontal_{f}"] = weights["horizontal"][f : f + 1, :, 0]
    return found


# --- mirror images -------------------------------------------------------------------------------


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


# --- two in a row --------------------------------------------------------------------------------


def _two(rng: Random) -> dict[str, Any]:
    while True:
        first = line(rng, padding=2)
        middle = Axis(first[0], *first[1:3], *first[4], first[3]).outputs
        _, m, s, d, pad = line(rng, padding=rng.choice((0, 1)))
        if middle + sum(pad) >= d * (m - 1) + 1:
            return {"first": first, "second": (m, s, d, pad), "channels": tuple(rng.choices((1, 2), k=3))}


def _pair(first: Any, second: Any, channels: Any) -> tuple[Any, Any]:
    n, m1, s1, d1, p1 = first
    m2, s2, d2, p2 = second
    one = conv(channels[0], channels[1], n, m1, stride=s1, dilation=d1, padding=(p1,), name="first")
    two = conv(
        channels[1], channels[2], one.output_size, m2, stride=s2, dilation=d2, padding=(p2,), name="second"
    )
    return one, two


def _in_one(first: Any, second: Any, channels: Any) -> Operator:
    n, m1, s1, d1, (lo1, hi1) = first
    m2, s2, d2, (lo2, hi2) = second
    kernel = d1 * (m1 - 1) + s1 * d2 * (m2 - 1) + 1
    pad = ((lo1 + s1 * lo2, hi1 + s1 * hi2),)
    return conv(channels[0], channels[2], n, kernel, stride=s1 * s2, padding=pad)


def _convolved(weights: Named, first: Any, second: Any, **sizes: Any) -> Named:
    one, two = weights["first"], weights["second"]
    (_, m1, s1, d1, _), (m2, _, d2, _) = first, second
    kernel = np.zeros((two.shape[0], one.shape[1], d1 * (m1 - 1) + s1 * d2 * (m2 - 1) + 1), one.dtype)
    for k1, k2 in np.ndindex(m1, m2):
        kernel[:, :, d1 * k1 + s1 * d2 * k2] += two[:, :, k2] @ one[:, :, k1]
    return {"weight": kernel}


def _border_agrees(first: Any, second: Any, channels: Any) -> bool:
    one, two = _pair(first, second, channels)
    a, b = one.axes[0], two.axes[0]
    over_1, over_2 = ((x.outputs - 1) * x.stride + x.span - x.size - x.lo for x in (a, b))
    left = b.lo == 0 or a.lo + a.stride > a.dilation * (a.kernel - 1)
    right = over_2 <= 0 or over_1 + a.stride > a.dilation * (a.kernel - 1)
    return bool(left and right)


def _inner_first(first: Any, second: Any, channels: Any) -> Product:
    return Product(_pair(first, second, channels)[::-1])


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (
        Theorem(
            "A1",
            "master form",
            r"C = \sum_{\mathbf k} W_{\mathbf k} \otimes S_{k_1} \otimes \dots \otimes S_{k_d}",
            GUIDE,
            lambda rng: layer(rng) | channels(rng, groups=True) | mode(rng),
            conv,
            lambda **sizes: conv(**sizes).expand(),
        ),
        Theorem(
            "A1",
            "selections without padding",
            r"C = \sum_{\mathbf k} W_{\mathbf k} \otimes S_{\mathbf k},"
            r" \; (S_k)_{ij} = [\, j = i s + k d - p \,]",
            GUIDE,
            lambda rng: (
                layer(rng)
                | channels(rng, groups=True)
                | {"padding_mode": rng.choice(("zeros", "circular"))}
            ),
            conv,
            _zeros_instead,
            condition="zero padding",
            holds=lambda padding_mode, **_: padding_mode == "zeros",
            counterexample={
                "in_channels": 1,
                "out_channels": 1,
                "input_size": (3,),
                "kernel_size": 2,
                "padding": 1,
                "padding_mode": "circular",
            },
        ),
        Theorem(
            "A2",
            "pointwise",
            r"C = W \otimes I",
            "Lin et al., arXiv:1312.4400",
            _one_tap,
            conv,
            lambda **sizes: _mix(sizes, lambda n, s, pad: Identity(n)),
            condition="stride 1 and no padding",
            holds=lambda stride, padding, **_: all(s == 1 for s in stride) and not np.any(padding),
            carry=_flat,
            counterexample={
                "in_channels": 1,
                "out_channels": 1,
                "input_size": (3,),
                "kernel_size": 1,
                "stride": (1,),
                "padding": ((1, -1),),
            },
        ),
        Theorem(
            "A2",
            "pointwise with a stride",
            r"C = W \otimes D_s",
            GUIDE,
            _one_tap,
            conv,
            lambda **sizes: _mix(sizes, lambda n, s, pad: Selection(Axis(n, 1, s), 0)),
            condition="no padding",
            holds=lambda padding, **_: not np.any(padding),
            carry=_flat,
            counterexample={
                "in_channels": 1,
                "out_channels": 1,
                "input_size": (3,),
                "kernel_size": 1,
                "stride": (2,),
                "padding": ((1, -1),),
            },
        ),
        Theorem(
            "A2",
            "pointwise with stride and padding",
            r"C = W \otimes S_0",
            GUIDE,
            _one_tap,
            conv,
            lambda **sizes: _mix(sizes, lambda n, s, pad: Selection(Axis(n, 1, s, *pad), 0)),
            carry=_flat,
        ),
        Theorem(
            "A3",
            "spatially separable",
            r"w = u v^{\mathsf T}: \; C = (I \otimes B)(A \otimes I)",
            INCEPTION,
            lambda rng: layer(rng, 2) | mode(rng) | {"in_channels": 1, "out_channels": 1},
            spatially_separable,
            conv,
            carry=_outer,
        ),
        Theorem(
            "A3",
            "spatially separable as a Kronecker product",
            r"(I \otimes B)(A \otimes I) = A \otimes B",
            INCEPTION,
            lambda rng: plain(rng, 2, padding=0),
            lambda input_size, kernel_size, padding: spatially_separable(1, 1, input_size, kernel_size),
            lambda input_size, kernel_size, padding: Kron(
                tuple(
                    conv(1, 1, n, m, name=name)
                    for n, m, name in zip(input_size, kernel_size, ("vertical", "horizontal"), strict=True)
                )
            ),
            carry=lambda weights, **_: {
                "vertical": weights["vertical"][..., 0],
                "horizontal": weights["horizontal"][:, :, 0],
            },
        ),
        Theorem(
            "A3",
            "order of separable factors",
            r"(I \otimes B)(A \otimes I) = (A \otimes I)(I \otimes B)",
            INCEPTION,
            lambda rng: plain(rng, 2, padding=0),
            lambda input_size, kernel_size, padding: spatially_separable(1, 1, input_size, kernel_size),
            lambda input_size, kernel_size, padding: _horizontal_first(input_size, kernel_size),
        ),
        Theorem(
            "A3",
            "separable through middle channels",
            r"w_{o c k_1 k_2} = \sum_r Q_{o r k_2} P_{r c k_1}",
            "Jaderberg et al., arXiv:1405.3866",
            _middle,
            spatially_separable,
            lambda middle_channels, **sizes: conv(**sizes),
            carry=_outer,
        ),
        Theorem(
            "A3",
            "any kernel through enough middle channels",
            r"C = \Big(\sum_{k_2} Q_{k_2} \otimes I \otimes S_{k_2}\Big)"
            r"\Big(\sum_{k_1} P_{k_1} \otimes S_{k_1} \otimes I\Big)",
            "Jaderberg et al., arXiv:1405.3866",
            _rank,
            lambda middle_channels, **sizes: conv(**sizes),
            spatially_separable,
            condition="at least in_channels * m_1 middle channels, the full rank of the kernel unfolded "
            "to (out, k2) by (in, k1)",
            holds=_has_room,
            carry=_full_rank,
            counterexample={
                "in_channels": 1,
                "out_channels": 1,
                "input_size": (4, 4),
                "kernel_size": (2, 2),
                "middle_channels": 1,
            },
        ),
        Theorem(
            "A4",
            "depthwise",
            r"C = \operatorname{blockdiag}_c(C_c)",
            MOBILENET,
            lambda rng: (
                layer(rng) | mode(rng) | {"in_channels": rng.randint(1, 3), "multiplier": rng.randint(1, 2)}
            ),
            depthwise,
            lambda **sizes: depthwise(**sizes).blocks(),
            carry=lambda weights, in_channels, **_: {
                f"depthwise_{i}": part
                for i, part in enumerate(np.split(weights["depthwise"], in_channels), start=1)
            },
        ),
        Theorem(
            "A5",
            "depthwise separable",
            r"C = (P \otimes I) \operatorname{blockdiag}_c(D_c),"
            r" \; w_{o c \mathbf k} = P_{o c} d_{c \mathbf k}",
            MOBILENET,
            lambda rng: layer(rng) | channels(rng) | mode(rng) | {"multiplier": rng.randint(1, 2)},
            depthwise_separable,
            lambda multiplier, **sizes: conv(**sizes),
            carry=_fused,
        ),
        Theorem(
            "A5",
            "pointwise first",
            r"C = \operatorname{blockdiag}_o(D_o)(P \otimes I),"
            r" \; w_{o c \mathbf k} = P_{o c} d_{o \mathbf k}",
            "Chollet, arXiv:1610.02357, section 2",
            lambda rng: layer(rng) | channels(rng) | mode(rng),
            _pointwise_first,
            conv,
            carry=_fused_back,
        ),
        Theorem(
            "A5",
            "a bias through a depthwise stage",
            r"D (b \otimes \mathbf 1) = \Big(\sum_k d_k\Big) b \otimes \mathbf 1",
            MOBILENET,
            _constant_draw,
            _of_constants,
            _constants_of,
            condition="no padding zeros: border outputs get less of the bias",
            holds=lambda padding, **_: padding == 0,
            carry=lambda weights, **_: {"depthwise": weights["depthwise"].sum(axis=2, keepdims=True)},
            counterexample={"channels": 1, "n": 3, "m": 2, "padding": 1},
        ),
        Theorem(
            "A5",
            "a bias before a pointwise stage",
            r"(P \otimes I)(b \otimes \mathbf 1) = (P b) \otimes \mathbf 1",
            MOBILENET,
            lambda rng: channels(rng) | {"n": rng.randint(1, 4)},
            lambda in_channels, out_channels, n: Product(
                (
                    pointwise(in_channels, out_channels, n),
                    Kron((Dense(in_channels, 1, "bias"), _constant(n))),
                )
            ),
            lambda in_channels, out_channels, n: Kron(
                (Product((Dense(out_channels, in_channels), Dense(in_channels, 1, "bias"))), _constant(n))
            ),
            carry=lambda weights, **_: {"bias": weights["bias"], "weight": weights["pointwise"][:, :, 0]},
        ),
        Theorem(
            "A10",
            "flattened",
            r"C = \operatorname{blockdiag}_f(I \otimes H_f) \operatorname{blockdiag}_f(V_f \otimes I)"
            r"(\alpha \otimes I), \; w_{f c k_1 k_2} = \alpha_{f c} \beta_{f k_1} \gamma_{f k_2}",
            "Jin et al., arXiv:1412.5474, section 3.2",
            lambda rng: layer(rng, 2) | channels(rng) | mode(rng),
            flattened,
            conv,
            carry=_of_rank_one,
        ),
        Theorem(
            "A10",
            "flattened, filter by filter",
            r"C = [\, \alpha_f^{\mathsf T} \otimes V_f \otimes H_f \,]_f",
            "Jin et al., arXiv:1412.5474, section 3.2",
            lambda rng: layer(rng, 2) | channels(rng),
            flattened,
            _filter_by_filter,
            carry=_by_filter,
        ),
        Theorem(
            "A12",
            "strided is decimated",
            r"C_s = (I \otimes D_s) C_1",
            GUIDE + ", section 2.3",
            lambda rng: layer(rng) | channels(rng) | mode(rng),
            conv,
            lambda stride, **sizes: Product(
                (
                    decimation(sizes["out_channels"], conv(**sizes).output_size, stride),
                    conv(**sizes),
                )
            ),
        ),
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
        Theorem(
            "A18",
            "padding is an operator",
            r"C = C_{\mathrm{valid}} (I \otimes P_1 \otimes \dots \otimes P_d)",
            GUIDE + ", section 2",
            lambda rng: layer(rng) | channels(rng, groups=True) | mode(rng),
            conv,
            _padded_first,
        ),
        Theorem(
            "A18",
            "cropping is negative padding",
            r"C(lo = -1, hi = -1) = C(0, 0) \, P_{-1}",
            GUIDE + ", section 2",
            lambda rng: {"n": rng.randint(4, 7), "m": rng.randint(1, 2)},
            lambda n, m: conv(1, 1, n, m, padding=-1),
            lambda n, m: Product((conv(1, 1, n - 2, m), cropped(1, n, 1))),
        ),
        Theorem(
            "A22",
            "two convolutions are one",
            r"C_2 C_1 = C_{12}, \; w_{12} = \sum_h (w_1 \uparrow d_1) * (w_2 \uparrow s_1 d_2)",
            "Vaidyanathan, Multirate systems and filter banks, 1993",
            _two,
            _inner_first,
            _in_one,
            condition="on each side the second is unpadded or the first is full: "
            "two 'same' convolutions are not one at the border",
            holds=_border_agrees,
            carry=_convolved,
            counterexample={
                "first": (5, 3, 1, 1, (1, 1)),
                "second": (3, 1, 1, (1, 1)),
                "channels": (1, 1, 1),
            },
        ),
        Theorem(
            "",
            "a convolution of a volume",
            r"C_{2D}(D \to N_c) = C_{3D}(1 \to N_c), \; m_1 = D",
            "the survey, section 2",
            lambda rng: layer(rng) | channels(rng),
            conv,
            volume_conv,
            carry=lambda weights, **_: {"weight": weights["weight"][:, None]},
        ),
        Theorem(
            "",
            "a convolution is locally connected with tied weights",
            r"C(w) = L(w \otimes \mathbf 1)",
            "LeCun, Generalization and network design strategies, 1989",
            lambda rng: layer(rng) | channels(rng) | mode(rng),
            conv,
            locally_connected,
            carry=_tied,
        ),
    )


def _padded_first(**sizes: Any) -> Product:
    options = {**sizes, "padding": 0, "padding_mode": "zeros"}
    before = padded(
        sizes["in_channels"], sizes["input_size"], sizes["padding"], padding_mode=sizes["padding_mode"]
    )
    return Product((conv(**{**options, "input_size": before.output_size}), before))


def _tied(weights: Named, **sizes: Any) -> Named:
    weight, outputs = weights["weight"], conv(**sizes).output_size
    rank = len(outputs)
    spread = weight.reshape(weight.shape[0], *[1] * rank, *weight.shape[1:])
    return {"weight": np.broadcast_to(spread, (weight.shape[0], *outputs, *weight.shape[1:]))}
