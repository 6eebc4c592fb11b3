"""How much of a layer's own weights a replacement keeps, as far as the model has their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

from convalgebra.catalogue.arguments import per_axis
from convalgebra.networks.layer import Layer
from convalgebra.networks.whatif.fitting import MOST_VALUES, Fit, fit
from convalgebra.operators.conv import Conv
from convalgebra.proofs import is_number
from convalgebra.sizes import product

if TYPE_CHECKING:
    from convalgebra.networks.network import Network


def fit_of(
    network: Network,
    layer: Layer,
    conv: Conv,
    by: str,
    options: Mapping[str, Any],
    with_weights: bool = False,
) -> Fit:
    """Return how well a replacement fits the values that the model has for a layer's weight."""
    tensor = network.constants.get(next(iter(layer.weights.values()), ""))
    if tensor is None or tensor.values is None:
        return Fit(None, why="the values of the weights are not in the model")
    size = product(tensor.shape)
    if not is_number(size) or size > MOST_VALUES or not is_number(conv.groups):
        return Fit(None, why=f"more than {MOST_VALUES} weights are not read")
    if per_axis(options.get("kernel_size", conv.kernel_size), len(conv.axes), "kernel_size") != tuple(
        conv.kernel_size
    ):
        return Fit(None, why="another kernel size has other weights")
    if not all(is_number(n) for n in options.values() if isinstance(n, str | int | sympy.Expr)):
        return Fit(None, why="options that are names have no weights")
    try:
        return fit(np.asarray(tensor.array()), by, options, conv.groups, with_weights)
    except np.linalg.LinAlgError as error:
        return Fit(None, why=f"the singular values were not found ({error})")
