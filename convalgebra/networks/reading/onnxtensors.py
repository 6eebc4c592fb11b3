"""An ONNX file's constants: their shapes, and their values when they are asked for (a few at once)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Array, Node, Tensor
from convalgebra.networks.reading.external import external_bytes
from convalgebra.networks.reading.wire import Slim, Where

LARGEST_SIZE = 2**31 - 1  # of one dimension
LARGEST_TENSOR = 2**40  # entries
MOST_AXES = 16
_HELD = 1024  # entries of a constant whose values are read at once
# Types that numpy does not have, or whose values share bytes.
_PACKED = frozenset({"int4", "uint4", "int2", "uint2", "float4e2m1", "string"})


@dataclass
class Constants:
    """The constants of one model, gathered while it is read; ``taken`` are all other names."""

    onnx: ModuleType
    file: Path
    kept: Slim
    stamp: tuple[int, int]
    found: dict[str, Tensor] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def initializers(self, graph: Any) -> None:
        """Keep the initializers of the file's graph."""
        for number, proto in enumerate(graph.initializer):
            self.keep(self.tensor(proto, proto.name, ((7, 0), (5, number))))
        for proto in graph.sparse_initializer:
            self.keep(self.sparse(proto, proto.values.name))

    def keep(self, tensor: Tensor) -> None:
        """Keep one constant, whose name no other may have."""
        if not tensor.name:
            raise ArgumentError("a constant has no name")
        if tensor.name in self.found:
            raise ArgumentError(f"the constant {tensor.name!r} is there twice")
        self.found[tensor.name] = tensor

    def hold(self, name: str, value: Any, dtype: str) -> str:
        """Keep a value as a constant, of a name that nothing else has; return the name."""
        while name in self.found or name in self.taken:
            name += "_"
        values = np.asarray(value, dtype)
        self.found[name] = Tensor(name, values.shape, dtype, values)
        return name

    def sparse(self, proto: Any, name: str) -> Tensor:
        """Return a sparse tensor: its shape is known, its values are not read."""
        shape = checked_shape(proto.dims, name)
        return Tensor(name, shape, self.dtype(proto.values.data_type, name))

    def tensor(self, proto: Any, name: str, where: Where) -> Tensor:
        """Return a tensor of the file; its values are read at once where they are few, else when asked.

        ``where`` is its place in the file, as the walk over its bytes tells it.
        """
        shape = checked_shape(proto.dims, name)
        dtype = self.dtype(proto.data_type, name)
        cut = self.kept.cut.get(where)
        if proto.data_location == proto.EXTERNAL:
            return Tensor(name, shape, dtype, self.later(lambda: self.beside(proto, shape, name)))
        if cut is not None:
            return Tensor(name, shape, dtype, self.later(lambda: self.again(cut, shape, name)))
        if not _has_values(proto) and all(shape):
            return Tensor(name, shape, dtype)
        if np.prod(shape, dtype=np.int64) <= _HELD:
            return Tensor(name, shape, dtype, self.array(proto, shape, name))
        return Tensor(name, shape, dtype, self.later(lambda: self.array(proto, shape, name)))

    def dtype(self, number: int, name: str) -> str:
        """Return numpy's name (or ONNX's own, where numpy has none) of an ONNX type of values."""
        kinds = self.onnx.TensorProto.DataType
        if number not in kinds.values() or not number:
            raise ArgumentError(f"the values of {name!r} are of type {number}, which ONNX has not")
        known = {"float": "float32", "double": "float64"}
        written = str(kinds.Name(number)).lower()
        return known.get(written, written)

    def array(self, proto: Any, shape: tuple[int, ...], name: str) -> Array:
        """Return the values of a tensor that stand in it."""
        try:
            values = np.asarray(self.onnx.numpy_helper.to_array(proto))
        except Exception as error:  # of whatever a damaged tensor makes numpy say
            raise ArgumentError(f"the values of {name!r} do not fit its shape {shape} ({error})") from None
        if values.shape != shape:
            raise ArgumentError(f"the values of {name!r} do not fit its shape {shape}")
        return values

    def later(self, read: Callable[[], Array]) -> Callable[[], Array]:
        """Return a reader that names the file in what it raises."""

        def asked() -> Array:
            try:
                return read()
            except ArgumentError as error:
                raise ArgumentError(f"{str(self.file)!r}: {error}") from None
            except OSError as error:
                raise ArgumentError(f"{str(self.file)!r}: it cannot be read ({error})") from None

        return asked

    def again(self, place: tuple[int, int], shape: tuple[int, ...], name: str) -> Array:
        """Return the values of a tensor whose bytes stayed in the file."""
        start, end = place
        with self.file.open("rb") as file:
            state = os.fstat(file.fileno())
            if (state.st_size, state.st_mtime_ns) != self.stamp:
                raise ArgumentError(
                    f"the file has changed since its shapes were read; {name!r} is not read"
                )
            file.seek(start)
            data = file.read(end - start)
        try:
            proto = self.onnx.TensorProto.FromString(data)
        except Exception as error:
            raise ArgumentError(f"the values of {name!r} are damaged ({error})") from None
        return self.array(proto, shape, name)

    def beside(self, proto: Any, shape: tuple[int, ...], name: str) -> Array:
        """Return the values of a tensor that stand in another file of the model's folder."""
        what = f"the weight {name!r}"
        told = {pair.key: pair.value for pair in proto.external_data}
        try:
            kind = np.dtype(self.onnx.helper.tensor_dtype_to_np_dtype(proto.data_type))
            length = prod(shape) * kind.itemsize
            offset, said = int(told.get("offset", "0")), int(told.get("length", str(length)))
        except (ValueError, TypeError, KeyError) as error:
            raise ArgumentError(f"{what}: its offset, length or type is none ({error})") from None
        if kind.hasobject or self.dtype(proto.data_type, name) in _PACKED:
            raise ArgumentError(
                f"{what}: values of type {self.dtype(proto.data_type, name)} are not read here"
            )
        if said != length:
            raise ArgumentError(
                f"{what}: {shape} of {kind} take {length} bytes, not the {said} it is said to"
            )
        data = external_bytes(self.file.parent, told.get("location", ""), offset, length, what)
        return np.frombuffer(data, kind.newbyteorder("<")).reshape(shape)

    def fold(self, node: Node) -> bool:
        """Keep a node's output as a constant, where it is one; say whether it was."""
        if node.domain or len(node.outputs) != 1:
            return False
        name = node.outputs[0]
        if node.op_type == "Constant":
            self.keep(_constant(node, name))
            return True
        size = self.found.get(node.inputs[0]) if node.inputs else None
        if node.op_type != "ConstantOfShape" or size is None or not isinstance(size.values, np.ndarray):
            return False
        shape = checked_shape(size.values.ravel().tolist(), name)
        value = node.attributes.get("value")
        filled = np.zeros(1, np.float32) if value is None else value.array().ravel()[:1]
        if filled.size != 1 or filled.dtype.kind not in "fiub":
            raise ArgumentError(f"node {node.name!r}: its value must be one number")
        # One number seen as many: no memory for them until somebody writes.
        self.keep(Tensor(name, shape, str(filled.dtype), lambda: np.broadcast_to(filled[0], shape)))
        return True


def _constant(node: Node, name: str) -> Tensor:
    """Return what a ``Constant`` node holds, in whichever of its attributes."""
    for attribute in ("value", "sparse_value"):
        value = node.attributes.get(attribute)
        if isinstance(value, Tensor):
            return Tensor(name, value.shape, value.dtype, value.values, "node")
    for kind, dtype in (("int", "int64"), ("float", "float32"), ("string", "object")):
        for attribute in (f"value_{kind}", f"value_{kind}s"):
            if attribute in node.attributes:
                values = np.asarray(node.attributes[attribute], dtype)
                return Tensor(name, values.shape, "string" if dtype == "object" else dtype, values, "node")
    raise ArgumentError(f"node {node.name!r} (Constant) has no value")


def _has_values(proto: Any) -> bool:
    fields = (
        "raw_data",
        "float_data",
        "int32_data",
        "string_data",
        "int64_data",
        "double_data",
        "uint64_data",
    )
    return any(len(getattr(proto, name)) for name in fields)


def checked_shape(dims: Iterable[int], name: str) -> tuple[int, ...]:
    """Return the shape of a constant; raise ``ArgumentError`` for one that no weight has."""
    shape = tuple(int(size) for size in dims)
    if len(shape) > MOST_AXES:
        raise ArgumentError(f"the constant {name!r} has {len(shape)} axes, over {MOST_AXES}")
    for axis, size in enumerate(shape):
        if not 0 <= size <= LARGEST_SIZE:
            raise ArgumentError(
                f"axis {axis} of the constant {name!r} is {size}; it must be from 0 to {LARGEST_SIZE}"
            )
    if prod(shape) > LARGEST_TENSOR:
        raise ArgumentError(
            f"the constant {name!r} of shape {shape} has more than {LARGEST_TENSOR} entries"
        )
    return shape
