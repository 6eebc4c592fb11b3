"""What a kind sees of a node, and what it answers: shapes, operator, what is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import sympy

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError, ConvalgebraError, ShapeError
from convalgebra.networks.graph import Array, Node, Shape
from convalgebra.operators.base import Operator
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.proofs import Size, as_formula, is_number
from convalgebra.sizes import as_size, exact_quotient, product, same_size

# An axis is counted tap by tap: a longer kernel would take seconds, and no network has one.
LONGEST_KERNEL = 2**16


class UnsupportedError(ConvalgebraError):
    """A node is valid but its counts are not known here; its output shapes may be."""

    def __init__(self, message: str, shapes: tuple[Shape, ...] | None = None) -> None:
        super().__init__(message)
        self.shapes = shapes


@dataclass(frozen=True)
class Seen:
    """One node with the shapes of its inputs and their values, where they are small constants.

    ``shapes`` has None for an input that is left out; ``constant`` says which are weights or constants;
    ``read(i)`` are the values of one, or None; ``learnt`` says whether the model learns it, None where
    that is not said; ``batch`` is the number of images.

    >>> Seen(Node("p", "MaxPool", ("x",), ("y",), {"strides": [2, 2]}), ((1, 3, 7, 7),)).sizes("strides", 2)
    (2, 2)
    """

    node: Node
    shapes: tuple[Shape | None, ...]
    constant: tuple[bool, ...] = ()
    read: Callable[[int], Array | None] = lambda _: None
    batch: Size = 1
    learnt: tuple[bool | None, ...] = ()

    def has(self, place: int) -> bool:
        """Say whether an input is given."""
        return place < len(self.shapes) and self.shapes[place] is not None

    def shape(self, place: int) -> Shape:
        """Return the shape of an input that must be there."""
        found = self.shapes[place] if place < len(self.shapes) else None
        if found is None:
            raise ArgumentError(f"input {place} of {self.node.op_type} is missing")
        return found

    def is_constant(self, place: int) -> bool:
        """Say whether an input is given and is a weight or a constant."""
        return self.has(place) and place < len(self.constant) and self.constant[place]

    def is_parameter(self, place: int, otherwise: bool) -> bool:
        """Say whether a constant input is learnt; ``otherwise`` holds where the model does not tell."""
        said = self.learnt[place] if place < len(self.learnt) else None
        return self.is_constant(place) and (otherwise if said is None else said)

    def value(self, place: int) -> Array | None:
        """Return the values of a small constant input, None where it is no such."""
        return self.read(place) if self.is_constant(place) else None

    def numbers(self, place: int, what: str) -> list[Any]:
        """Return the values of an input that must be a small constant; ``what`` is what they are.

        Raises ``UnsupportedError`` where only a run of the model would tell them.
        """
        values = self.value(place)
        if values is None:
            raise UnsupportedError(f"the {what} of this {self.node.op_type}: not known before it runs")
        return list(values.reshape(-1).tolist())

    def told(self, name: str, place: int) -> list[Any] | None:
        """Return what an attribute tells or, in newer files, an input; None where there is neither.

        >>> told = Seen(Node("s", "Squeeze", ("x",), ("y",), {"axes": (1,)}), ((2, 1),))
        >>> told.told("axes", 1), told.told("starts", 1)
        ([1], None)
        """
        if self.attribute(name) is not None:
            return list(self.attribute(name))
        return self.numbers(place, name) if self.has(place) else None

    def image(self, place: int = 0, least: int = 0) -> Shape:
        """Return the shape of an input without axis 0; it must have ``least`` axes more."""
        shape = self.shape(place)
        if len(shape) < 1 + least:
            raise ArgumentError(
                f"input {place} has shape {listed(shape)}: {self.node.op_type} takes one of at least "
                f"{1 + least} axes"
            )
        return shape[1:]

    def copies(self, place: int = 0) -> Size:
        """Return how many entries of axis 0 belong to one image of the batch.

        Raises ``UnsupportedError`` where axis 0 is no multiple of the batch.
        """
        first = self.shape(place)[0] if self.shape(place) else 1
        if first == self.batch:
            return 1
        found = exact_quotient(first, self.batch)
        if not as_formula(found).is_integer or found * self.batch != first:
            raise UnsupportedError(f"axis 0 is {first}: it is no multiple of the batch of {self.batch}")
        return found

    def for_one_image(self, shape: Shape) -> Size:
        """Return how many values of a shape belong to one image, whichever axis is the batch.

        Raises ``UnsupportedError`` where the batch does not divide the values.

        >>> Seen(Node("a", "Relu", ("x",), ("y",)), ((5, 2, 8),), batch=2).for_one_image((5, 2, 8))
        40
        """
        if shape and shape[0] == self.batch:
            return product(shape[1:])
        whole = product(shape)
        found = exact_quotient(whole, self.batch)
        if not as_formula(found).is_integer or not same_size(found * self.batch, whole):
            raise UnsupportedError(f"{whole} values are no multiple of the batch of {self.batch}")
        return found

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute, text as ``str``."""
        value = self.node.attributes.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value

    def size(self, name: str, default: Any) -> Size:
        """Return an attribute that is a size, of any sign."""
        return as_size(self.attribute(name, default), name)

    def sizes(self, name: str, count: int, default: Size | None = None) -> tuple[Size, ...]:
        """Return an attribute of ``count`` sizes; ``default`` for each where it is not given."""
        given = self.attribute(name)
        if given is None or (isinstance(given, list | tuple) and not given and default is not None):
            if default is None:
                raise ArgumentError(f"{name} is missing: {count} sizes are needed")
            return (default,) * count
        if isinstance(given, np.ndarray):
            given = given.tolist()
        if not isinstance(given, list | tuple) or len(given) != count:
            raise ArgumentError(f"{name}={given!r} must be {count} sizes")
        return tuple(as_size(v, name) for v in given)


@dataclass(frozen=True)
class Effect:
    """What a node does: its output shapes (batch included), and what of it is counted.

    ``operator`` maps one image; ``weights`` say which input each of its weights is. ``counted`` is an
    operator that costs the same where the node itself is none. ``held`` has, by role ("weight", "bias",
    "norm", "running", "other"), the inputs whose entries are parameters if they are constants.
    ``additions`` are those that no operator tells, None where nobody knows them. ``cell`` is what the node
    does besides to each value, which is counted as a layer of its own.
    """

    shapes: tuple[Shape, ...]
    category: str
    operator: Operator | None = None
    weights: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    held: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    counted: Operator | None = None
    additions: Size | None = 0
    conditions: tuple[sympy.Basic, ...] = ()
    biased: bool = False
    cell: Effect | None = None


# --- what the kinds share ------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def axis(
    size: Size, kernel: Size, stride: Size = 1, lo: Size = 0, hi: Size = 0, dilation: Size = 1
) -> Axis:
    """Return an axis, the same object for the same sizes: what it has counted is not counted again."""
    if is_number(kernel) and kernel > LONGEST_KERNEL:
        raise UnsupportedError(f"a kernel of {kernel} is longer than {LONGEST_KERNEL} taps")
    return Axis(size, kernel, stride, lo, hi, dilation)


def repeated(op: Operator, copies: Size) -> Operator:
    """Return an operator on ``copies`` images one after the other, with the same weights.

    >>> import convalgebra as ca
    >>> repeated(ca.Dense(2, 3), 4).mult_adds
    24
    """
    return op if copies == 1 else Kron((Identity(copies), op))


def move(seen: Seen, op: Operator) -> Operator | None:
    """Return what moves the values of one image, None where axis 0 is not the batch: it costs nothing."""
    try:
        return repeated(op, seen.copies())
    except UnsupportedError:
        return None


def broadcast(shapes: tuple[Shape, ...]) -> tuple[Shape, tuple[sympy.Basic, ...]]:
    """Return the common shape as numpy's rules have it, and what must hold for names.

    Raises ``ShapeError`` for two numbers that differ, neither of them 1.

    >>> broadcast(((1, 8, 7, 7), (8, 1, 1)))
    ((1, 8, 7, 7), ())
    """
    rank = max(map(len, shapes))
    rows = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    found, conditions = [], []
    for sizes in zip(*rows, strict=True):
        size, condition = agreed([n for n in sizes if n != 1] or [1], shapes)
        found.append(size)
        conditions += condition
    return tuple(found), tuple(conditions)


def agreed(sizes: list[Size], shapes: tuple[Shape, ...]) -> tuple[Size, list[sympy.Basic]]:
    """Return the one size that all of these must be, a number if there is one, and the conditions."""
    best = next((n for n in sizes if is_number(n)), sizes[0])
    conditions = []
    for size in sizes:
        if size == best:
            continue
        if is_number(size) and is_number(best):
            raise ShapeError(f"shapes {', '.join(map(listed, shapes))} do not fit: {size} is not {best}")
        if not _same(size, best):
            conditions.append(sympy.Eq(size, best))
    if sympy.false in conditions:
        raise ShapeError(f"shapes {', '.join(map(listed, shapes))} do not fit for any value of their names")
    return best, conditions


@lru_cache(maxsize=4096)
def _same(a: Size, b: Size) -> bool:
    return same_size(a, b)


def normal_axis(value: Any, rank: int, name: str = "axis") -> int:
    """Return an axis counted from the front; raise ``ArgumentError`` for one that is not there."""
    given = as_size(value, name)
    if not is_number(given) or not -rank <= given < rank:
        raise ArgumentError(f"{name}={value!r} must be from {-rank} to {rank - 1}")
    return given % rank


def listed(shape: Shape) -> str:
    """Return a shape as a person writes it."""
    return f"({', '.join(map(str, shape))})"
