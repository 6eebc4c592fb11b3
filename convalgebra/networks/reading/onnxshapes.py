"""An ONNX file's shapes: what goes in, with names for what has no size, and what onnx infers between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from types import ModuleType
from typing import Any

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Shape
from convalgebra.networks.reading.naming import axis_name, listed, symbol_name
from convalgebra.networks.reading.onnxtensors import LARGEST_SIZE, MOST_AXES
from convalgebra.proofs import Size, is_number
from convalgebra.sizes import as_size, symbol

# Op types through which onnx's inference carries values, and how many of these it may carry in all.
_CARRIES_NAMES = "Add Cast Concat Gather Identity Mul Slice Squeeze Sub Unsqueeze"
_CARRIES = frozenset(_CARRIES_NAMES.split())
_MOST_CARRIED = 2**20
_ZERO_IS_FREE = frozenset({0, -1})  # as some exporters write a batch that is free


@dataclass
class Dimensions:
    """The dimensions of one model: the names that it gives them, and what they are called here."""

    names: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def inputs(self, graph: Any, constants: Collection[str], input_shape: Any) -> dict[str, Shape]:
        """Return the shapes of what goes in and is no constant, as the file has them or as asked for."""
        protos = [value for value in graph.input if value.name not in constants]
        names = [value.name for value in protos]
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise ArgumentError(f"the input {twice[0]!r} is there twice")
        asked = _by_input(input_shape, names)
        shapes = {}
        for number, value in enumerate(protos):
            shapes[value.name] = self.input(value, number, asked.get(value.name))
        return shapes

    def input(self, value: Any, number: int, asked: Any) -> Shape:
        """Return the shape of one input, the number-th."""
        what = f"the input {value.name!r}"
        if value.type.WhichOneof("value") not in {"tensor_type", None}:
            raise ArgumentError(f"{what} is a {value.type.WhichOneof('value')}, not a tensor")
        declared = value.type.tensor_type
        known = declared.HasField("shape")
        rank = len(declared.shape.dim)
        if asked is not None:
            given = _sizes(asked)
            if known and rank != len(given):
                raise ArgumentError(f"input_shape={asked!r} has {len(given)} axes, but {what} has {rank}")
            for axis, (dimension, size) in enumerate(zip(declared.shape.dim, given, strict=False)):
                held = dimension.dim_value
                if axis and held > 0 and is_number(size) and held != size:
                    self.notes.append(f"axis {axis} of {what} is {size}, where the file has {held}")
            return given
        if not known:
            raise ArgumentError(f"{what} has no shape in the file: give it as input_shape=(1, 3, 224, 224)")
        if rank > MOST_AXES:
            raise ArgumentError(f"{what} has {rank} axes, over {MOST_AXES}")
        return tuple(
            self.dimension(d, axis, rank, number, what) for axis, d in enumerate(declared.shape.dim)
        )

    def dimension(self, dimension: Any, axis: int, rank: int, number: int, what: str) -> Size:
        """Return one dimension: a number, or the symbol of its name here."""
        if dimension.dim_param:
            return symbol(self.named(dimension.dim_param))
        size = dimension.dim_value
        free = not dimension.HasField("dim_value") or (axis == 0 and size in _ZERO_IS_FREE)
        if not free and not 0 < size <= LARGEST_SIZE:
            raise ArgumentError(f"axis {axis} of {what} is {size}; it must be from 1 to {LARGEST_SIZE}")
        if not free:
            return int(size)
        name = axis_name(axis, rank) + (f"_{number + 1}" if number and axis else "")
        name = self.named(f"\0{name}", name)
        self.notes.append(f"axis {axis} of {what} has no size in the file: it is called {name} here")
        return symbol(name)

    def named(self, own: str, wanted: str | None = None) -> str:
        """Return the name of a dimension here: like the file's own, and only its."""
        if own not in self.names:
            name = symbol_name(wanted or own, set(self.names.values()))
            self.names[own] = name
        return self.names[own]

    def renamed(self) -> list[str]:
        """Return what is to be said of names that are others here."""
        told = [(old, new) for old, new in self.names.items() if old != new and not old.startswith("\0")]
        return [f"the dimension {old!r} is called {new} here" for old, new in told]

    def inferred(
        self, onnx: ModuleType, model: Any, inputs: Mapping[str, Shape]
    ) -> dict[str, tuple[Size | None, ...]]:
        """Return the shapes that onnx's own inference finds, or that the file states; None is unknown."""
        graph = model.graph
        for value in graph.input:
            if value.name in inputs:
                _write_shape(value.type.tensor_type, inputs[value.name], onnx.TensorProto.FLOAT)
        try:
            found = onnx.shape_inference.infer_shapes(model, data_prop=_is_short(graph)).graph
        except Exception as error:  # it is a second opinion: the operators find the shapes by themselves
            first = str(error).strip().splitlines()[:1]
            self.notes.append(f"onnx's own inference of shapes did not run ({' '.join(first)[:200]})")
            found = graph
        shapes = {}
        for value in (*found.value_info, *found.output):
            if value.type.WhichOneof("value") == "tensor_type" and value.type.tensor_type.HasField("shape"):
                shapes[value.name] = tuple(self.told(d) for d in value.type.tensor_type.shape.dim)
        return shapes

    def told(self, dimension: Any) -> Size | None:
        """Return a dimension that onnx found, None where it is none of the inputs' own."""
        if dimension.dim_param:
            name = self.names.get(dimension.dim_param)
            own = dimension.dim_param in self.names.values()
            return symbol(name or dimension.dim_param) if name or own else None
        return int(dimension.dim_value) if dimension.dim_value > 0 else None


def _is_short(graph: Any) -> bool:
    """Say whether the values that onnx's inference would carry along are few: it bounds them nowhere."""
    lengths = {held.name: prod(held.dims) for held in graph.initializer if len(held.dims) <= 1}
    left = _MOST_CARRIED
    waiting = list(reversed(graph.node))
    while waiting and left >= 0:
        node = waiting.pop()
        waiting += (inner for a in node.attribute for g in (a.g, *a.graphs) for inner in reversed(g.node))
        if node.op_type not in _CARRIES or not node.output:
            continue
        read = [lengths.get(name, 1) for name in node.input] or [1]
        lengths[node.output[0]] = sum(read) if node.op_type == "Concat" else max(read)
        left -= lengths[node.output[0]]
    return left >= 0


def _sizes(asked: Any) -> Shape:
    if isinstance(asked, str | bytes) or not isinstance(asked, Sequence):
        raise ArgumentError(f"input_shape={asked!r} must be a sequence of sizes, such as (1, 3, 224, 224)")
    if len(asked) > MOST_AXES:
        raise ArgumentError(f"input_shape has {len(asked)} axes, over {MOST_AXES}")
    return tuple(as_size(size, "input_shape", least=1) for size in asked)


def _by_input(input_shape: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return the shapes that are asked for by the inputs' names."""
    if input_shape is None:
        return {}
    if not names:
        raise ArgumentError("input_shape is given, but the graph has no input")
    if not isinstance(input_shape, Mapping):
        return {names[0]: input_shape}
    for name in input_shape:
        if name not in names:
            raise ArgumentError(f"input_shape: {name!r} is no input; there are {listed(names)}")
    return dict(input_shape)


def _write_shape(declared: Any, shape: Shape, usual: int) -> None:
    """Put a shape into the file's own words, for onnx's inference; a formula is left unknown there."""
    declared.elem_type = declared.elem_type or usual
    declared.shape.ClearField("dim")
    for size in shape:
        dimension = declared.shape.dim.add()
        if is_number(size):
            dimension.dim_value = size
        elif isinstance(size, sympy.Symbol):
            dimension.dim_param = size.name
