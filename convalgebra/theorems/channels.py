"""Theorems about which channels meet: groups, connection tables, ResNeXt's blocks."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise
from convalgebra.catalogue.grouped import (
    connected,
    group_slices,
    grouped,
    pointwise_grouped,
    resnext_block,
)
from convalgebra.operators.base import Operator
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.operators.sidebyside import BlockDiag
from convalgebra.theorems.draws import channels, keywords, layer, mode, plain
from convalgebra.theorems.theorem import Named, Need, Theorem
from convalgebra.weights import Array

SHUFFLENET = "Zhang et al., arXiv:1707.01083"
RESNEXT = "Xie et al., arXiv:1611.05431, Figure 3"
ALEXNET = "Krizhevsky et al., ImageNet classification with deep convolutional neural networks, 2012"
LENET = "LeCun et al., Gradient-based learning applied to document recognition, 1998, Table I"


def apart(name: str, weight: Array, groups: int) -> Named:
    """Return the parts of a weight by the names of the blocks."""
    return {f"{name}_{i}": part for i, part in enumerate(np.split(weight, groups), start=1)}


def _filled(weights: Named, in_channels: int, out_channels: int, groups: int, **sizes: Any) -> Named:
    """Return the weight with zeros between channels of different groups."""
    weight = weights["weight"]
    whole = np.zeros((out_channels, in_channels, *weight.shape[2:]), weight.dtype)
    slices = zip(group_slices(out_channels, groups), group_slices(in_channels, groups), strict=True)
    for outs, ins in slices:
        whole[outs, ins] = weight[outs]
    return {"weight": whole}


def _table(in_channels: int, out_channels: int, groups: int) -> Any:
    return np.kron(np.eye(groups, dtype=int), np.ones((out_channels // groups, in_channels // groups), int))


def _by_table(in_channels: int, out_channels: int, groups: int, **sizes: Any) -> Operator:
    return connected(_table(in_channels, out_channels, groups), **sizes)


def _random_table(rng: Random) -> dict[str, Any]:
    rows, columns = rng.randint(1, 3), rng.randint(1, 3)
    table = [[rng.randint(0, 1) for _ in range(columns)] for _ in range(rows)]
    table[0][0] = 1
    return layer(rng) | mode(rng) | {"table": tuple(map(tuple, table))}


def _masked(weights: Named, table: Any, **sizes: Any) -> Named:
    marked = np.array(table, bool)
    weight = weights["weight"]
    whole = np.zeros((*marked.shape, *weight.shape[2:]), weight.dtype)
    whole[marked] = weight[:, 0]
    return {"weight": whole}


def _block_draw(rng: Random) -> dict[str, Any]:
    g = rng.randint(1, 3)
    sizes = plain(rng)
    return sizes | {
        "in_channels": rng.randint(1, 2),
        "out_channels": rng.randint(1, 2),
        "groups": g,
        "middle_channels": g * rng.randint(1, 2),
    }


def _branches(weights: Named, groups: int, middle_channels: int, **sizes: Any) -> Named:
    found: Named = {}
    for i, part in enumerate(group_slices(middle_channels, groups), start=1):
        found[f"reduce_{i}"] = weights["reduce"][part]
        found[f"transform_{i}"] = weights["transform"][part]
        found[f"expand_{i}"] = weights["expand"][:, part]
    return found


def _concatenated(weights: Named, **sizes: Any) -> Named:
    found = _branches(weights, **sizes)
    kept = {name: value for name, value in found.items() if not name.startswith("expand")}
    return {**kept, "expand": weights["expand"]}


def _as_many(rng: Random) -> dict[str, Any]:
    """Draw as many groups as input channels, and output channels that these divide, most of the time."""
    g = rng.randint(1, 3)
    outs = g * rng.randint(1, 2) + rng.choice((0, 0, 0, 1))
    return {"in_channels": g, "groups": rng.choice((g, g, 1)), "out_channels": outs}


def _blocks_of_dense(in_channels: int, out_channels: int, groups: int, input_size: Any) -> Operator:
    shape = (out_channels // groups, in_channels // groups)
    blocks = BlockDiag(tuple(Dense(*shape, f"mix_{i}") for i in range(1, groups + 1)))
    return Kron((blocks, *map(Identity, input_size)))


# --- the theorems --------------------------------------------------------------------------------

_LINE = {"input_size": (3,), "kernel_size": (2,)}

_GROUPS: tuple[Theorem, ...] = (
    Theorem(
        "A6",
        "grouped",
        r"C = \operatorname{blockdiag}_{\gamma < g}(C^{(\gamma)})",
        ALEXNET,
        keywords,
        grouped,
        lambda **sizes: grouped(**sizes).blocks(),
        carry=lambda weights, groups, **_: apart("weight", weights["weight"], groups),
    ),
    Theorem(
        "A6",
        "grouped is dense with zeros",
        r"C_g(w) = C_1(\operatorname{blockdiag} w)",
        ALEXNET,
        keywords,
        grouped,
        lambda groups, **sizes: conv(**sizes),
        carry=_filled,
    ),
    Theorem(
        "A6",
        "grouped is depthwise",
        r"C_g = \operatorname{blockdiag}_c(C_c)",
        "Howard et al., arXiv:1704.04861, section 3.1",
        lambda rng: layer(rng) | _as_many(rng),
        grouped,
        lambda in_channels, out_channels, groups, **sizes: depthwise(
            in_channels, multiplier=max(1, out_channels // in_channels), name="weight", **sizes
        ),
        needs=(
            Need(
                "as many groups as input channels",
                lambda in_channels, groups, **_: in_channels == groups,
                {**_LINE, "in_channels": 2, "out_channels": 2, "groups": 1},
            ),
            Need(
                "the output channels a multiple of them",
                lambda in_channels, out_channels, **_: out_channels % in_channels == 0,
                {**_LINE, "in_channels": 2, "out_channels": 3, "groups": 2},
                differs="existence",
            ),
        ),
        carry=lambda weights, **_: {"weight": weights["weight"][:, :1]},
    ),
    Theorem(
        "A9",
        "pointwise grouped",
        r"C = \operatorname{blockdiag}(W_\gamma) \otimes I",
        SHUFFLENET + ", section 3.1",
        lambda rng: (
            channels(rng, groups=True) | {"input_size": tuple(rng.choices((1, 2, 3), k=rng.randint(1, 2)))}
        ),
        pointwise_grouped,
        _blocks_of_dense,
        carry=lambda weights, groups, **_: {
            name: part.reshape(part.shape[:2])
            for name, part in apart("mix", weights["pointwise"], groups).items()
        },
    ),
)

_TABLES: tuple[Theorem, ...] = (
    Theorem(
        "",
        "connection table",
        r"C_T(w) = C(T \odot w)",
        LENET,
        _random_table,
        connected,
        lambda table, **sizes: conv(len(table[0]), len(table), **sizes),
        carry=_masked,
    ),
    Theorem(
        "",
        "grouped is a block-diagonal connection table",
        r"C_g = C_T, \; T = I_g \otimes \mathbf 1",
        LENET,
        keywords,
        grouped,
        _by_table,
        carry=lambda weights, **_: {
            "weight": weights["weight"].reshape(-1, 1, *weights["weight"].shape[2:])
        },
    ),
)

_BLOCKS: tuple[Theorem, ...] = (
    Theorem(
        "",
        "ResNeXt: grouped is early concatenation",
        r"E \operatorname{blockdiag}_i(C_i) R = E \, [C_1 R_1; \dots; C_g R_g]",
        RESNEXT,
        _block_draw,
        resnext_block,
        lambda **sizes: resnext_block(**sizes, form="concatenated"),
        carry=_concatenated,
    ),
    Theorem(
        "",
        "ResNeXt: grouped is split-transform-merge",
        r"E \operatorname{blockdiag}_i(C_i) R = \sum_i E_i C_i R_i",
        RESNEXT,
        _block_draw,
        resnext_block,
        lambda **sizes: resnext_block(**sizes, form="split"),
        carry=_branches,
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_GROUPS, *_TABLES, *_BLOCKS)
