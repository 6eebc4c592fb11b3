"""ONNX files as graphs: shapes and attributes are read, weights only when they are asked for.

What a file says is taken on trust nowhere: its size, its parts, its names and its numbers are bounded, and
what is wrong with it ends in an ``ArgumentError`` that names the file.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Graph, Node
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.putting import check_names
from convalgebra.networks.reading.naming import listed, node_names
from convalgebra.networks.reading.older import in_new_words
from convalgebra.networks.reading.onnxnodes import node_of
from convalgebra.networks.reading.onnxshapes import Dimensions
from convalgebra.networks.reading.onnxtensors import Constants
from convalgebra.networks.reading.ordering import in_order
from convalgebra.networks.reading.wire import Slim, slim
from convalgebra.networks.telling import steps

LARGEST_FILE = 2**31  # protobuf's own limit; beyond it weights stand in files beside
MOST_NODES = 100_000


def read_onnx(path: str | os.PathLike[str], input_shape: Any = None, **sizes: Any) -> Network:
    """Return the network of an ONNX file; it needs the package onnx, ``pip install 'convalgebra[onnx]'``.

    ``input_shape`` stands for the shape of its (first) input, the batch included, or is a mapping by the
    inputs' names. A size in it is a number, a name, or a formula of names: then counts are formulas::

        ca.read_onnx("model.onnx")                                  # as the file says
        ca.read_onnx("model.onnx", (1, 3, "N", "N"))                # the image size as a name
        ca.read_onnx("model.onnx", {"image": (1, 3, 64, 64), "mask": (1, 1, 64, 64)})
        ca.read_onnx("model.onnx", batch_size=1)                    # for a name of the file's own

    ``sizes`` are numbers for the file's names of dimensions. What is not understood counts nowhere, and
    makes a total partial that says so; ``network.notes`` tell of it. Raises ``ArgumentError`` that
    names the file and what is wrong with it, ``ImportError`` without onnx.
    """
    return network_of(check_names(graph_of_onnx(path, input_shape), sizes), **sizes)


def graph_of_onnx(path: str | os.PathLike[str], input_shape: Any = None) -> Graph:
    """Return the graph of an ONNX file: nodes in the newest operator set's words, in an order that runs.

    Initializers, ``Constant`` nodes and ``ConstantOfShape`` of a constant are constants, of which small
    ones hold their values; a dimension's name is a symbol. Graphs inside nodes (``If``, ``Loop``) and
    functions of the model are not looked into, which ``notes`` tell, as they tell of names that were
    cleaned. Files beside the model are opened only when the values of a weight in them are asked for.

    Raises ``ArgumentError`` that names the file and what is wrong with it, ``ImportError`` without onnx.
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(
            f"path={_shown(path)} must be the path of a file .onnx; onnx.save writes a model to one"
        )
    file = Path(path)
    onnx = _library()
    try:
        kept, stamp = _bytes_of(file)
        model = _parsed(onnx, kept)
        return _graph(model, Constants(onnx, file, kept, stamp), input_shape)
    except ArgumentError as error:
        raise ArgumentError(f"path={str(path)!r}: {error}") from None


def _shown(value: Any) -> str:
    return (
        repr(value)[:60] if isinstance(value, bytes | int | float | None) else f"a {type(value).__name__}"
    )


def _library() -> ModuleType:
    try:
        import onnx  # noqa: PLC0415 - it is heavy, and an extra
        import onnx.numpy_helper  # noqa: PLC0415
        import onnx.shape_inference  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            f"reading ONNX files needs what is not installed here ({error}): "
            "pip install 'convalgebra[onnx]'"
        ) from None
    return onnx


def _bytes_of(file: Path) -> tuple[Slim, tuple[int, int]]:
    """Return what is kept of a model file, and its size and time of change."""
    try:
        if not file.is_file():
            raise ArgumentError("there is no such file" if not file.exists() else "it is no plain file")
        with file.open("rb") as opened:
            state = os.fstat(opened.fileno())
            if not state.st_size:
                raise ArgumentError("the file is empty")
            if state.st_size > LARGEST_FILE:
                raise ArgumentError(
                    f"it has {state.st_size} bytes, over the {LARGEST_FILE} that one ONNX file may have; "
                    "larger models keep their weights in files beside (external data)"
                )
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return slim(data), (state.st_size, state.st_mtime_ns)
    except (OSError, ValueError) as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError(f"it cannot be read ({error})") from None


def _parsed(onnx: ModuleType, kept: Slim) -> Any:
    try:
        model = onnx.ModelProto.FromString(kept.data)
    except Exception as error:  # protobuf's error has no one home
        raise ArgumentError(f"it is no ONNX model, or damaged ({error})") from None
    if not model.HasField("graph"):
        raise ArgumentError("it is no ONNX model, or damaged: it has no graph")
    if not model.graph.node:
        raise ArgumentError("its graph has no nodes")
    if len(model.graph.node) > MOST_NODES:
        raise ArgumentError(f"its graph has {len(model.graph.node)} nodes, over {MOST_NODES}")
    return model


def _graph(model: Any, constants: Constants, input_shape: Any) -> Graph:
    """Return the graph of a parsed model; the constants are gathered on the way."""
    graph = model.graph
    constants.taken.update(value.name for value in graph.input)
    constants.taken.update(output for node in graph.node for output in node.output)
    constants.initializers(graph)
    dimensions = Dimensions()
    inputs = dimensions.inputs(graph, constants.found, input_shape)
    opset = _opset(model)
    names = node_names((node.name, node.op_type) for node in graph.node)
    nodes: list[Node] = []
    inside: list[str] = []
    for number, (proto, name) in enumerate(zip(steps("reading its nodes", graph.node), names, strict=True)):
        node, has_graphs = node_of(proto, name, number, opset, constants)
        inside += [name] * has_graphs
        if not constants.fold(node):
            nodes.append(in_new_words(node, opset, constants.hold))
    outputs = tuple(value.name for value in graph.output)
    if not outputs:
        raise ArgumentError("its graph has no outputs")
    given = inputs.keys() | constants.found.keys()
    ordered = in_order(nodes, given, outputs)
    shapes = dimensions.inferred(constants.onnx, model, inputs)
    notes = [*dimensions.notes, *_notes(model, names, inside, constants)]
    if list(ordered) != nodes:
        notes.append("the nodes did not stand in an order that runs, and were put in one")
    return Graph(
        ordered,
        MappingProxyType(inputs),
        MappingProxyType(constants.found),
        outputs,
        str(constants.file),
        (*notes, *dimensions.renamed()),
        MappingProxyType({name: shape for name, shape in shapes.items() if name not in given}),
    )


def _notes(model: Any, names: Sequence[str], inside: Sequence[str], constants: Constants) -> list[str]:
    """Return what was not looked into, and which names were changed."""
    notes = []
    if inside:
        notes.append(f"graphs inside nodes are not looked into: {listed(inside)}")
    if count := constants.kept.functions:
        notes.append(f"the model's own functions ({count}) are not looked into")
    own = [node.name for node in model.graph.node]
    if changed := [new for old, new in zip(own, names, strict=True) if old and old != new]:
        notes.append(f"nodes of equal or unprintable names were given others: {listed(changed)}")
    newest = constants.onnx.defs.onnx_opset_version()
    if _opset(model) > newest:
        notes.append(f"its operator set {_opset(model)} is newer than {newest}, onnx's newest here")
    return notes


def _opset(model: Any) -> int:
    versions = [o.version for o in model.opset_import if o.domain in {"", "ai.onnx"}]
    return int(versions[-1]) if versions else 1  # the first versions did not tell it
