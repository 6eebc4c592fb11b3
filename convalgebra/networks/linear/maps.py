"""What is between two values of one image: operators on the values that go in, and an offset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from convalgebra.networks.graph import Array, Shape
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.leaves import Identity
from convalgebra.proofs import Size
from convalgebra.sizes import exact_quotient, product, same_size

Values = Callable[[], Array]


@dataclass(frozen=True)
class Affine:
    """One output of a layer for one image: the sum of ``operators[i]`` on ``inputs[i]``, and ``offset``.

    An operator that is None hands its input on. ``stacked``: the results stand one after the other instead
    of being added. ``weights`` by the names that the operators have for them; these and the offset are
    read when they are called.
    """

    inputs: tuple[str, ...]
    operators: tuple[Operator | None, ...]
    output_shape: Shape
    weights: Mapping[str, Values] = field(default_factory=lambda: MappingProxyType({}))
    offset: Values | None = None
    stacked: bool = False


def image_shape(shape: Shape | None, batch: Size) -> Shape:
    """Return the shape of what belongs to one image, at least one axis long.

    >>> image_shape((2, 3, 7, 7), 2), image_shape((8, 5), 2), image_shape((2,), 2)
    ((3, 7, 7), (4, 5), (1,))
    """
    if not shape:
        return (1,)
    if same_size(shape[0], batch):
        return shape[1:] or (1,)
    return (exact_quotient(shape[0], batch), *shape[1:])


def shaped(op: Operator, inputs: Shape, outputs: Shape) -> Operator:
    """Return an operator that reads its input and its output in these shapes.

    >>> shaped(Identity(6), (6,), (2, 3)).output_shape
    (2, 3)
    """
    return op if (op.input_shape, op.output_shape) == (inputs, outputs) else Reshaped(op, inputs, outputs)


def handed_on(inputs: Shape, outputs: Shape) -> Operator:
    """Return the identity between two shapes of one length."""
    return shaped(Identity(product(inputs)), inputs, outputs)
