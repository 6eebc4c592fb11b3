"""An ONNX file's nodes: their attributes as values, held against what ONNX says of each op type."""

from __future__ import annotations

from types import MappingProxyType, ModuleType
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Node
from convalgebra.networks.reading.onnxtensors import Constants
from convalgebra.networks.reading.wire import Where


def node_of(proto: Any, name: str, number: int, opset: int, constants: Constants) -> tuple[Node, bool]:
    """Return a node of the file, its attributes as values, and whether it has graphs inside.

    ``number`` is its place in the file. Raises ``ArgumentError`` that names the node where ONNX would not
    take it: an attribute of a wrong type or missing, too many or too few inputs.
    """
    what = f"node {name!r} ({proto.op_type})"
    if not proto.op_type or not proto.op_type.isprintable():
        raise ArgumentError(f"node {name!r} has the op type {proto.op_type!r}, which is no name")
    domain = "" if proto.domain == "ai.onnx" else proto.domain
    attributes: dict[str, Any] = {}
    inside = False
    for place, attribute in enumerate(proto.attribute):
        if attribute.name in attributes:
            raise ArgumentError(f"{what}: the attribute {attribute.name!r} is there twice")
        if attribute.type in {attribute.GRAPH, attribute.GRAPHS}:
            inside = True
        else:
            where = ((7, 0), (1, number), (5, place), (5, 0))
            attributes[attribute.name] = _value(attribute, where, what, constants)
    if not domain:
        _check(constants.onnx, proto, opset, what)
    read, made = tuple(proto.input), tuple(proto.output)
    return Node(name, proto.op_type, read, made, MappingProxyType(attributes), domain), inside


def _value(proto: Any, where: Where, what: str, constants: Constants) -> Any:
    kind = proto.type or _kind_of(proto)
    if kind == proto.TENSOR:
        return constants.tensor(proto.t, proto.t.name or proto.name, where)
    if kind == proto.SPARSE_TENSOR:
        return constants.sparse(proto.sparse_tensor, proto.name)
    if kind in {proto.FLOAT, proto.INT}:
        return proto.f if kind == proto.FLOAT else proto.i
    if kind in {proto.FLOATS, proto.INTS}:
        return list(proto.floats if kind == proto.FLOATS else proto.ints)
    if kind in {proto.STRING, proto.STRINGS}:
        texts = [
            text.decode("utf-8", "replace")
            for text in (proto.strings if kind == proto.STRINGS else [proto.s])
        ]
        return texts if kind == proto.STRINGS else texts[0]
    if kind in proto.AttributeType.values():
        return None  # lists of tensors and types: no node that is understood has them
    raise ArgumentError(f"{what}: the attribute {proto.name!r} is of type {kind}, which ONNX has not")


def _check(onnx: ModuleType, proto: Any, opset: int, what: str) -> None:
    """Raise ``ArgumentError`` where the node is none that ONNX describes under this op type."""
    try:
        schema = onnx.defs.get_schema(proto.op_type, opset, "")
    except Exception:  # an op type that this onnx does not know: it is not understood, and said later
        return
    kinds = onnx.AttributeProto.AttributeType
    for attribute in proto.attribute:
        known = schema.attributes.get(attribute.name)
        kind = attribute.type or _kind_of(attribute)
        if known is not None and int(known.type.value) != kind:
            raise ArgumentError(
                f"{what}: the attribute {attribute.name!r} is of type {_type_name(kinds, kind)}, "
                f"it must be {_type_name(kinds, int(known.type.value))}"
            )
    there = {attribute.name for attribute in proto.attribute}
    for name, known in schema.attributes.items():
        if known.required and name not in there:
            raise ArgumentError(f"{what}: the attribute {name!r} is missing")
    least, most = schema.min_input, schema.max_input
    if not least <= len(proto.input) <= most:
        raise ArgumentError(f"{what} has {len(proto.input)} inputs; ONNX has from {least} to {most}")
    if not any(proto.output):
        raise ArgumentError(f"{what} has no output")


def _kind_of(proto: Any) -> int:
    """Return the type of an attribute that does not tell it (as the first versions did not)."""
    for name, kind in (("floats", proto.FLOATS), ("ints", proto.INTS), ("strings", proto.STRINGS)):
        if getattr(proto, name):
            return int(kind)
    for name, kind in (("t", proto.TENSOR), ("f", proto.FLOAT), ("i", proto.INT), ("s", proto.STRING)):
        if proto.HasField(name):
            return int(kind)
    return int(proto.INTS)


def _type_name(kinds: Any, kind: int) -> str:
    return str(kinds.Name(kind)) if kind in kinds.values() else str(kind)
