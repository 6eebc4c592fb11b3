"""An outside oracle where it is installed: what XLA's own cost analysis counts for a convolution."""

from __future__ import annotations

import pytest

import convalgebra as ca
from convalgebra.derivation.costs import derive_cost
from tests.conftest import optional


@pytest.mark.parametrize(
    "layer",
    [
        {"input_size": (7, 7), "kernel_size": 3},
        {"input_size": (9, 8), "kernel_size": 3, "stride": 2, "padding": 1},
        {"input_size": (9, 9), "kernel_size": 2, "dilation": 3, "padding": ((0, 2), (1, 0))},
        {"input_size": (6, 6), "kernel_size": 3, "groups": 2},
    ],
    ids=str,
)
def test_xla_counts_the_same_products(layer: dict) -> None:
    jax = optional("jax")
    op = ca.conv(4, 6, **layer)

    def run(x: object, w: object) -> object:
        return jax.lax.conv_general_dilated(
            x,
            w,
            window_strides=[axis.stride for axis in op.axes],
            padding=[(axis.lo, axis.hi) for axis in op.axes],
            rhs_dilation=[axis.dilation for axis in op.axes],
            feature_group_count=op.groups,
        )

    x = jax.ShapeDtypeStruct((1, *op.input_shape), "float32")
    w = jax.ShapeDtypeStruct(op.weight_shapes["weight"], "float32")
    analysis = jax.jit(run).lower(x, w).compile().cost_analysis()
    analysis = analysis[0] if isinstance(analysis, list) else analysis
    assert int(analysis["flops"]) == 2 * int(derive_cost(op).result) == 2 * op.multiplications
