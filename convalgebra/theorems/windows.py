"""Theorems about im2col: copied windows, and the same outputs as an operator on the weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.forms import im2col
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.operators.moves import Selection
from convalgebra.operators.onweight import OnWeight
from convalgebra.operators.sidebyside import BlockDiag
from convalgebra.operators.stacks import VStack
from convalgebra.theorems.draws import keywords
from convalgebra.theorems.theorem import Named, Theorem

IM2COL = "Chellapilla et al., High performance convolutional neural networks, 2006"


def _on_input(**sizes: Any) -> Operator:
    op = conv(**sizes)
    return Product((op, Dense(op.shape[1], 1, "x")))


def _on_weight(**sizes: Any) -> Operator:
    op = conv(**sizes)
    return Product((OnWeight(op), Dense(op.parameters, 1, "weight")))


def _columns(out_channels: int, **sizes: Any) -> Operator:
    """Return the factors of im2col that copy the windows, without the one that mixes them."""
    return Product(im2col(out_channels=out_channels, **sizes).operators[1:])


def _stacked_selections(out_channels: int, groups: int, in_channels: int, **sizes: Any) -> Operator:
    """Return I (x) [S_0; S_1; ...]: what each tap reads, tap after tap, for each channel."""
    axes = conv(in_channels, out_channels, **sizes).axes
    taps = np.ndindex(*(axis.numeric().kernel for axis in axes))
    selections = (
        Kron(tuple(Selection(axis, int(k)) for axis, k in zip(axes, tap, strict=True))) for tap in taps
    )
    return Kron((Identity(in_channels), VStack(tuple(selections))))


def _by_group(in_channels: int, out_channels: int, groups: int, **sizes: Any) -> BlockDiag:
    """Return the blocks I (x) X_col^T, one for each group: every filter reads the same windows."""
    each = Identity(out_channels // groups)
    one = conv(in_channels // groups, 1, **sizes)
    return BlockDiag(tuple(Kron((each, OnWeight(one, f"x_{g}"))) for g in range(groups)))


def _apart(weights: Named, groups: int, **sizes: Any) -> Named:
    return {f"x_{g}": part for g, part in enumerate(np.split(weights["x"], groups))}


def _exchanged(weights: Named, **sizes: Any) -> Named:
    shape = conv(**sizes).input_shape
    return {"x": weights["x"].reshape(shape), "weight": weights["weight"].reshape(-1, 1)}


def _gradient(**sizes: Any) -> Operator:
    """Return v^T C x for every x and v, a 1 x 1 matrix."""
    op = conv(**sizes)
    return Product((Dense(1, op.shape[0], "v"), op, Dense(op.shape[1], 1, "x")))


def _gradient_on_weight(**sizes: Any) -> Operator:
    op = conv(**sizes)
    return Product((Dense(1, op.parameters, "weight"), OnWeight(op).T, Dense(op.shape[0], 1, "v")))


def _turned_round(weights: Named, **sizes: Any) -> Named:
    shape = conv(**sizes).input_shape
    return {
        "x": weights["x"].reshape(shape),
        "weight": weights["weight"].reshape(1, -1),
        "v": weights["v"].reshape(-1, 1),
    }


# --- the theorems --------------------------------------------------------------------------------

_COPIES: tuple[Theorem, ...] = (
    Theorem(
        "A21",
        "im2col",
        r"C = (W \otimes I)(I \otimes [S_0; S_1; \dots])",
        IM2COL,
        keywords,
        conv,
        im2col,
        carry=lambda weights, **_: {"weight": weights["weight"].reshape(len(weights["weight"]), -1)},
    ),
    Theorem(
        "A21",
        "copied windows are selections, tap after tap",
        r"X_{\mathrm{col}} = I \otimes [S_0; S_1; \dots] \, x",
        IM2COL,
        keywords,
        _columns,
        _stacked_selections,
    ),
)

_ON_WEIGHTS: tuple[Theorem, ...] = (
    Theorem(
        "A21",
        "a convolution as an operator on its weight",
        r"C(w) \, x = X(x) \, w",
        IM2COL,
        keywords,
        _on_input,
        _on_weight,
        carry=_exchanged,
    ),
    Theorem(
        "A21",
        "copied windows, group by group",
        r"X(x) = \operatorname{blockdiag}_\gamma"
        r"(I_{C_o / g} \otimes X_{\mathrm{col}, \gamma}^{\mathsf T})",
        IM2COL,
        keywords,
        lambda **sizes: OnWeight(conv(**sizes)),
        _by_group,
        carry=_apart,
    ),
    Theorem(
        "A21",
        "gradients by the two transposes",
        r"v^{\mathsf T} C(w) \, x = w^{\mathsf T} X(x)^{\mathsf T} v",
        IM2COL,
        keywords,
        _gradient,
        _gradient_on_weight,
        carry=_turned_round,
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_COPIES, *_ON_WEIGHTS)
