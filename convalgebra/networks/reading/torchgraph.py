"""Exported programs of PyTorch as graphs: placeholders as inputs and constants, calls as nodes."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Array, Graph, Tensor
from convalgebra.networks.reading.aten.call import Call, Program, Ref
from convalgebra.networks.reading.aten.table import COPIES, translate
from convalgebra.networks.reading.naming import listed
from convalgebra.networks.reading.ordering import in_order
from convalgebra.networks.reading.torchnodes import (
    arguments_of,
    calls_by_module,
    kind_of_call,
    label_of,
    outputs_read,
)

# What an exported node stands for: a value, or several.
Values = dict[Any, Any]


def graph_of_program(torch: ModuleType, exported: Any, own: Mapping[str, Any], name: str) -> Graph:
    """Return the graph of an exported program.

    ``own`` are the module's tensors by their names, ``name`` is what its class is called.
    Raises ``ArgumentError`` for a module that returns no tensor.
    """
    program, values = Program(), Values()
    inputs = _placeholders(torch, exported, own, program, values)
    outputs: tuple[str, ...] = ()
    calls = calls_by_module(exported.graph.nodes)
    for node in exported.graph.nodes:
        if node.op == "call_function":
            _call(torch, node, values, program, calls)
        elif node.op == "output":
            returned = exported.graph_signature.user_outputs
            outputs = tuple(values[n].name for n in node.args[0] if n in values and n.name in returned)
    if not outputs:
        raise ArgumentError(f"module: {name} returns no tensor")
    notes = []
    if program.foreign:
        notes.append(f"calls that have no word in ONNX's: {listed(sorted(set(program.foreign)))}")
    given = inputs.keys() | program.constants.keys()
    return Graph(
        in_order(program.nodes, given, outputs),
        MappingProxyType(inputs),
        MappingProxyType(program.constants),
        outputs,
        f"the module {name}",
        tuple(notes),
        MappingProxyType(_shapes(values, program)),
    )


def _placeholders(
    torch: ModuleType, exported: Any, own: Mapping[str, Any], program: Program, values: Values
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the inputs by name; what else goes into the program is kept as constants."""
    inputs: dict[str, tuple[int, ...]] = {}
    targets = {spec.arg.name: spec for spec in exported.graph_signature.input_specs}
    for node in exported.graph.nodes:
        if node.op != "placeholder":
            continue
        spec = targets[node.name]
        value = node.meta.get("val")
        if not torch.is_tensor(value):
            continue
        known = spec.target if spec.target is not None else node.name
        values[node] = Ref(program.values.new(known), tuple(value.shape), _dtype(value))
        if spec.kind.name == "USER_INPUT":
            inputs[values[node].name] = values[node].shape
        else:
            source = own.get(known, exported.constants.get(known))
            _keep(program, values[node], source, "parameter" if spec.kind.name == "PARAMETER" else "buffer")
    return inputs


def _shapes(values: Values, program: Program) -> dict[str, tuple[int, ...]]:
    """Return the shapes of what the nodes make, as the program states them."""
    refs = [r for v in values.values() for r in (v if isinstance(v, tuple) else (v,))]
    made = {output for node in program.nodes for output in node.outputs}
    return {ref.name: ref.shape for ref in refs if ref.name in made}


def _dtype(value: Any) -> str:
    return str(value.dtype).removeprefix("torch.")


def _keep(program: Program, ref: Ref, source: Any, origin: str) -> None:
    """Keep a tensor of the module as a constant, its values looked up when they are asked for."""

    def read() -> Array:
        plain = source.detach().cpu()
        array: Array = (plain.float() if plain.dtype.is_floating_point else plain).numpy()
        return array

    there = source is not None and source.device.type != "meta"
    program.constants[ref.name] = Tensor(ref.name, ref.shape, ref.dtype, read if there else None, origin)


def _call(
    torch: ModuleType, node: Any, values: Values, program: Program, calls: dict[str, set[str]]
) -> None:
    """Write the nodes of one call, or keep what it makes out of nothing."""
    if node.target is operator.getitem:
        source = values.get(node.args[0])
        if isinstance(source, tuple):
            values[node] = source[node.args[1]]
        return
    if _does_nothing(node):
        values[node] = values[node.args[0]]
        return
    made = _refs(torch, node, program)
    if not made:
        return  # an assertion or the like: it returns no tensor
    values[node] = made if isinstance(node.meta["val"], list | tuple) else made[0]
    label = label_of(node, calls)
    given = {name: _put(value, values) for name, value in arguments_of(node).items()}
    call = Call(kind_of_call(node), given, made, label, program, outputs_read(node))
    if not any(isinstance(v, Ref) for v in _flat(given)):
        for ref in made:  # zeros, arange and the like: no input, so a constant
            program.constants[ref.name] = Tensor(ref.name, ref.shape, ref.dtype, origin="buffer")
        return
    translate(call)
    schema = getattr(node.target, "_schema", None)
    if schema is not None and schema.name.endswith("_") and isinstance(values[node], Ref):
        target = node.args[0]
        values[target] = values[node]  # what was changed in place is the result from here on


def _does_nothing(node: Any) -> bool:
    """Say whether a call returns the values that it is given, in the same type: that is no layer."""
    made = getattr(node.meta.get("val"), "dtype", "")
    return kind_of_call(node) in COPIES and str(made) == str(node.args[0].meta["val"].dtype)


def _refs(torch: ModuleType, node: Any, program: Program) -> tuple[Ref, ...]:
    """Return what a call makes, each named."""
    value = node.meta.get("val")
    several = isinstance(value, list | tuple)
    found = []
    for place, part in enumerate(value if several else [value]):
        if torch.is_tensor(part):
            name = program.values.new(f"{node.name}.{place}" if several else node.name)
            found.append(Ref(name, tuple(part.shape), _dtype(part)))
    return tuple(found)


def _put(value: Any, values: Values) -> Any:
    """Return an argument with what is known here in the place of the exported program's nodes."""
    if isinstance(value, list | tuple):
        return [_put(part, values) for part in value]
    try:
        return values.get(value, value)
    except TypeError:  # what cannot be looked up is no node
        return value


def _flat(given: Any) -> Iterator[Any]:
    for value in given.values():
        yield from value if isinstance(value, list) else [value]
