"""Normalisation: a scale and a shift for each channel."""

from __future__ import annotations

from functools import lru_cache

from convalgebra.catalogue.cheap import depthwise
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.seen import Effect, Seen, repeated
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size
from convalgebra.sizes import product


def batch_norm(seen: Seen) -> Effect:
    """BatchNormalization, when it is not training: the depthwise 1 x 1 convolution by its scale, a shift.

    Its scale and shift are parameters, its running mean and variance are said apart.
    """
    shape = seen.shape(0)
    op = repeated(by_channel(seen.image(0, least=1)), seen.copies())
    return Effect((shape,), "norm", op, held={"norm": (1, 2), "running": (3, 4)}, biased=True)


def other_norm(seen: Seen) -> Effect:
    """InstanceNormalization, GroupNormalization, LayerNormalization: they measure their input.

    That is not linear; the scale is counted as one multiplication for each value.
    """
    shape = seen.shape(0)
    image = seen.image(0, least=1)
    each = seen.for_one_image(shape)
    scale = by_channel(image if each == product(image) else (each,))
    return Effect((shape,), "norm", counted=scale, held={"norm": (1, 2)}, additions=None)


def response_norm(seen: Seen) -> Effect:
    """LRN, MeanVarianceNormalization, LpNormalization: no weights."""
    return Effect((seen.shape(0),), "norm", additions=None)


@lru_cache(maxsize=4096, typed=True)
def by_channel(image: Shape) -> Operator:
    """Return the operator that scales each channel by a weight of its own."""
    sizes: tuple[Size, ...] = image[1:] or (1,)
    return depthwise(image[0], sizes, 1, name="scale")
