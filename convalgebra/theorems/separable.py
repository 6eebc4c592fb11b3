"""Theorems about kernels that are products along the axes: separable, flattened."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import (
    flattened,
    spatially_separable,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.operators.stacks import VStack
from convalgebra.theorems.draws import ONE, channels, keywords, layer, mode
from convalgebra.theorems.theorem import Named, Need, Theorem

INCEPTION = "Szegedy et al., arXiv:1512.00567, section 3.2"


def _outer(weights: Named, **sizes: Any) -> Named:
    u, v = weights["vertical"], weights["horizontal"]
    return {"weight": np.einsum("orl,rck->ockl", v[:, :, 0, :], u[..., 0])}


def _middle(rng: Random) -> dict[str, Any]:
    return layer(rng, 2) | channels(rng) | {"middle_channels": rng.randint(1, 3)}


_DIRECTIONS = ("vertical", "horizontal")


def _along(axis: int, **sizes: Any) -> dict[str, Any]:
    """Return the keywords of the line along one axis."""
    return {name: value if isinstance(value, str) else (value[axis],) for name, value in sizes.items()}


def _lines(**sizes: Any) -> Kron:
    """Return A (x) B: a convolution along each axis."""
    return Kron(
        tuple(conv(1, 1, **_along(axis, **sizes), name=name) for axis, name in enumerate(_DIRECTIONS))
    )


def _horizontal_first(**sizes: Any) -> Product:
    """Return (A (x) I)(I (x) B)."""
    lines = _lines(**sizes).operators
    horizontal = Kron((Identity(1), Identity(lines[0].input_size[0]), _plain(lines[1])))
    vertical = Kron((Identity(1), _plain(lines[0]), Identity(lines[1].output_size[0])))
    return Product((vertical, horizontal))


def _plain(line: Operator) -> Reshaped:
    """Return a convolution along a line without its one channel, so that it stands for an axis."""
    return Reshaped(line, line.input_size, line.output_size)


def _on_one_channel(**sizes: Any) -> Operator:
    return spatially_separable(1, 1, **sizes)


def _as_lines(weights: Named, **sizes: Any) -> Named:
    return {"vertical": weights["vertical"][..., 0], "horizontal": weights["horizontal"][:, :, 0]}


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


# --- the theorems --------------------------------------------------------------------------------

_ON_ONE_CHANNEL: tuple[Theorem, ...] = (
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
        lambda rng: layer(rng, 2) | mode(rng),
        _on_one_channel,
        _lines,
        carry=_as_lines,
    ),
    Theorem(
        "A3",
        "order of separable factors",
        r"(I \otimes B)(A \otimes I) = (A \otimes I)(I \otimes B)",
        INCEPTION,
        lambda rng: layer(rng, 2) | mode(rng),
        _on_one_channel,
        _horizontal_first,
        carry=_as_lines,
    ),
)

_THROUGH_THE_MIDDLE: tuple[Theorem, ...] = (
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
        needs=(
            Need(
                "at least in_channels * m_1 middle channels, the full rank of the kernel unfolded "
                "to (out, k2) by (in, k1)",
                _has_room,
                {
                    **ONE,
                    "input_size": (4, 4),
                    "kernel_size": (2, 2),
                    "middle_channels": 1,
                },
            ),
        ),
        carry=_full_rank,
    ),
)

_FLATTENED: tuple[Theorem, ...] = (
    Theorem(
        "A10",
        "flattened",
        r"C = \operatorname{blockdiag}_f(I \otimes H_f) \operatorname{blockdiag}_f(V_f \otimes I)"
        r"(\alpha \otimes I), \; w_{f c k_1 k_2} = \alpha_{f c} \beta_{f k_1} \gamma_{f k_2}",
        "Jin et al., arXiv:1412.5474, section 3.2",
        lambda rng: keywords(rng, 2, groups=False),
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
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_ON_ONE_CHANNEL, *_THROUGH_THE_MIDDLE, *_FLATTENED)
