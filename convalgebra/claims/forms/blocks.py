"""Claims about blocks with a nonlinearity between their layers: ResNeXt's three forms, and wide blocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.grouped import group_slices, resnext_block
from convalgebra.claims.forms.functions import run
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.sidebyside import Sum
from convalgebra.operators.stacks import VStack
from convalgebra.weights import Array


def bent(y: Array) -> Array:
    """Return the rectified values; of formulas an unknown function sigma of each.

    >>> bent(np.array([-2, 3])).tolist()
    [0, 3]
    """
    if y.dtype != object:
        return np.maximum(y, 0)
    sigma = sympy.Function("sigma")
    return np.array([sigma(sympy.expand(v)) for v in y.ravel()], object).reshape(y.shape)


def passed(op: Operator, x: Array, weights: dict[str, Array]) -> Array:
    """Return the output of layers with a nonlinearity between each and the next, branch by branch.

    >>> two = conv(1, 1, 3, 1, name="b") @ conv(1, 1, 3, 1, name="a")
    >>> passed(two, np.array([[-1, 0, 2]]), {"a": np.array([[[1]]]), "b": np.array([[[5]]])})
    array([[ 0,  0, 10]])
    """
    if isinstance(op, Product):
        first, *others = reversed(op.operators)
        return reduce(lambda y, layer: passed(layer, bent(y), weights), others, passed(first, x, weights))
    if isinstance(op, Sum):
        return np.asarray(sum(passed(branch, x, weights) for branch in op.operators))
    if isinstance(op, VStack):
        return np.concatenate([passed(branch, x, weights) for branch in op.operators])
    return run(op, x, **{name: weights[name] for name in op.weight_shapes})


def block(form: str, paths: int, width: int, channels: int = 2) -> Operator:
    """Return a small block of ResNeXt: channels -> paths of a width each -> channels, three pixels."""
    return resnext_block(
        channels, channels, 3, 3, groups=paths, middle_channels=paths * width, padding=1, form=form
    )


def shapes(paths: int, width: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the input and of the weights of the grouped form."""
    op = block("grouped", paths, width)
    return {"x": tuple(map(int, op.input_shape)), **op.numeric_weight_shapes()}


def by_form(form: str) -> Callable[..., Array]:
    """Return the function of a form: the weights are those of the grouped one, cut for its branches."""

    def output(x: Array, paths: int, width: int, **weights: Array) -> Array:
        cut = dict(weights)
        for branch, own in enumerate(group_slices(paths * width, paths), 1):
            cut[f"reduce_{branch}"] = weights["reduce"][own]
            cut[f"transform_{branch}"] = weights["transform"][own]
            cut[f"expand_{branch}"] = weights["expand"][:, own]
        return passed(block(form, paths, width), x, cut)

    return output


# --- blocks of two layers ----------------------------------------------------------------------------


def wide_shapes(paths: int, width: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of an input and of the two layers of a wide block, all paths together."""
    wide = paths * width
    return {"x": (2, 3), "first": (wide, 2, 2), "second": (2, wide, 2)}


def wide(x: Array, first: Array, second: Array, **sizes: Any) -> Array:
    """Return the output of one block of two layers."""
    return two_layers(x, first, second)


def summed_paths(x: Array, first: Array, second: Array, paths: int, width: int) -> Array:
    """Return the sum over the paths of blocks of two layers, each of its own width."""
    own = group_slices(paths * width, paths)
    return np.asarray(sum(two_layers(x, first[s], second[:, s]) for s in own))


def two_layers(x: Array, first: Array, second: Array) -> Array:
    """Return the output of two convolutions with a nonlinearity between."""
    before = conv(x.shape[0], len(first), x.shape[1], first.shape[2], name="first")
    after = conv(len(first), len(second), before.output_size, second.shape[2], name="second")
    return passed(after @ before, x, {"first": first, "second": second})
