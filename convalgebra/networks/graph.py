"""The raw graph that every reader hands over: nodes, weights and shapes, in ONNX's words.

A dimension is an int or a symbol of ``convalgebra.sizes.symbol``; axis 0 of an input is the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from numpy.typing import NDArray

from convalgebra.errors import ArgumentError
from convalgebra.proofs import Size

Array: TypeAlias = NDArray[Any]
Shape: TypeAlias = tuple[Size, ...]


@dataclass(frozen=True)
class Tensor:
    """A weight or a constant: its shape always, its values only when they are asked for.

    ``values`` is an array, or a function that reads it, or None where nobody knows them. ``origin`` is how
    the model holds it: "node" (a Constant node has it), "parameter", "buffer" (PyTorch tells what it
    learns), "" where the model does not say. ``sources`` are the tensors that one which nodes make of
    others is worked out of, as the model holds them.

    >>> import numpy as np
    >>> Tensor("pads", (4,), "int64", np.array([0, 1, 0, 1])).array().tolist()
    [0, 1, 0, 1]
    """

    name: str
    shape: Shape
    dtype: str = "float32"
    values: Callable[[], Array] | Array | None = field(default=None, compare=False, repr=False)
    origin: str = field(default="", compare=False, repr=False)
    sources: tuple[Tensor, ...] = field(default=(), compare=False, repr=False)

    def array(self) -> Array:
        """Return the values, in this tensor's shape.

        Raises ``ArgumentError`` when the model does not hold them.
        """
        if self.values is None:
            raise ArgumentError(
                f"the values of {self.name!r} are not in the model: only its shape {self.shape} is"
            )
        return self.values() if callable(self.values) else self.values


@dataclass(frozen=True)
class Node:
    """One node of the graph: an ONNX op type, the names it reads and writes, its attributes.

    An input named "" is left out, as ONNX has it.

    >>> Node("conv1", "Conv", ("x", "w"), ("y",), {"strides": [2, 2]}).attributes["strides"]
    [2, 2]
    """

    name: str
    op_type: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    domain: str = ""


@dataclass(frozen=True)
class Graph:
    """A model: nodes in the order in which they can run, what goes in, what is held, what comes out.

    ``source`` says where it was read from; ``notes`` are what its reader had to say; ``shapes`` are what
    the file itself states or infers of values (checked against the operators where they are numbers).

    >>> relu = Node("relu", "Relu", ("x",), ("y",))
    >>> Graph((relu,), {"x": (1, 3, 7, 7)}, {}, ("y",), "by hand").nodes[0].op_type
    'Relu'
    """

    nodes: tuple[Node, ...]
    inputs: Mapping[str, Shape]
    constants: Mapping[str, Tensor]
    outputs: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    shapes: Mapping[str, tuple[Size | None, ...]] = field(default_factory=lambda: MappingProxyType({}))
