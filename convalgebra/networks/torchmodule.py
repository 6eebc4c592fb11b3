"""PyTorch modules as graphs: exported as they would run, on tensors that have shapes and no values.

A copy of the module is exported, in which each parameter is one of torch's "fake" tensors: nothing is
computed, no weight is copied, and the module itself is not touched.
"""

from __future__ import annotations

import copy
import operator
import warnings
from collections.abc import Iterator, Sequence
from types import MappingProxyType, ModuleType
from typing import Any

from convalgebra.errors import ArgumentError, SymbolError
from convalgebra.networks.graph import Array, Graph, Tensor
from convalgebra.networks.hushed import hushed
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.putting import check_names
from convalgebra.networks.reading.aten.call import Call, Program, Ref
from convalgebra.networks.reading.aten.table import COPIES, translate
from convalgebra.networks.reading.naming import listed
from convalgebra.networks.reading.ordering import in_order
from convalgebra.sizes import as_size, number

_WRAPPED = {"DataParallel": "module", "DistributedDataParallel": "module", "OptimizedModule": "_orig_mod"}


def read_torch(module: Any, input_shape: Any, **sizes: Any) -> Network:
    """Return the network of a PyTorch module for an input of a shape, the batch included.

    ``input_shape`` are numbers, such as (1, 3, 224, 224), or a list of such shapes for several inputs;
    functional calls and subclasses count like modules. For formulas give the names afterwards::

        network = ca.read_torch(module, (1, 3, 224, 224))
        network.with_input((1, 3, "N", "N")).formula("multiplications")

    The module is read as it runs when nothing is trained (``module.eval()``), and stays as it was.
    Raises ``ArgumentError`` where it cannot be exported, ``ImportError`` without torch.
    """
    return network_of(check_names(graph_of_torch(module, input_shape), sizes), **sizes)


def graph_of_torch(module: Any, input_shape: Any) -> Graph:
    """Return the graph of a PyTorch module, its calls in ONNX's words; what has no word there is noted.

    ``input_shape`` are numbers, or several such shapes for several inputs. A layer is called as its module
    is (``layer4.0.conv2``); a function as the module it is called in, and itself.

    Raises ``ArgumentError`` where the module cannot be exported, ``ImportError`` without torch.
    """
    torch = _library()
    if not isinstance(module, torch.nn.Module):
        raise ArgumentError(f"module={module!r} must be a torch.nn.Module")
    while (wrapper := _WRAPPED.get(type(module).__name__)) and hasattr(module, wrapper):
        module = getattr(module, wrapper)
    shapes = _shapes(input_shape)
    exported, held = _exported(torch, module, shapes)
    return _graph(torch, exported, held, type(module).__name__)


def _library() -> ModuleType:
    try:
        import torch  # noqa: PLC0415 - it is heavy, and an extra
        import torch.export  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            f"reading PyTorch modules needs what is not installed here ({error}): "
            "pip install 'convalgebra[torch]'"
        ) from None
    return torch


def _shapes(input_shape: Any) -> list[tuple[int, ...]]:
    if (
        isinstance(input_shape, str | bytes)
        or not isinstance(input_shape, Sequence)
        or not len(input_shape)
    ):
        raise ArgumentError(f"input_shape={input_shape!r} must be sizes, such as (1, 3, 224, 224)")
    several = all(isinstance(part, list | tuple) for part in input_shape)
    shapes = [tuple(part) for part in (input_shape if several else [input_shape])]
    try:
        return [tuple(number(as_size(n, "input_shape", least=1), "input_shape") for n in s) for s in shapes]
    except SymbolError:
        raise ArgumentError(
            f"input_shape={input_shape!r} must be numbers: a module is exported for a size; names come "
            "after, as in read_torch(module, (1, 3, 64, 64)).with_input((1, 3, 'N', 'N'))"
        ) from None


# --- the export ----------------------------------------------------------------------------------


def _exported(
    torch: ModuleType, module: Any, shapes: Sequence[tuple[int, ...]]
) -> tuple[Any, dict[str, Any]]:
    """Return the exported program of a copy without values, and the module's own tensors by name."""
    from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: PLC0415

    own = dict(_tensors(module))
    for name, tensor in own.items():
        if torch.nn.parameter.is_lazy(tensor):
            raise ArgumentError(f"module: {name!r} has no shape yet: run the module once, then read it")
    floating = [t.dtype for t in own.values() if t.is_floating_point()]
    dtype = floating[0] if floating else torch.float32
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    try:
        with mode, torch.no_grad():
            fake = _copied(torch, module, own)
            inputs = tuple(torch.empty(shape, dtype=dtype) for shape in shapes)
        with warnings.catch_warnings(), hushed("torch"):  # what torch warns of is its own way of exporting
            warnings.simplefilter("ignore")
            exported = torch.export.export(fake, inputs, strict=False)
    except Exception as error:  # the module's code is the user's own, and may raise whatever it likes
        first = next(iter(str(error).strip().splitlines()), "")[:300]
        raise ArgumentError(
            f"module: {type(module).__name__} cannot be exported for input_shape="
            f"{shapes[0] if len(shapes) == 1 else list(shapes)} ({type(error).__name__}: {first})"
        ) from error
    return exported, own


def _tensors(module: Any) -> Iterator[tuple[str, Any]]:
    yield from module.named_parameters(remove_duplicate=False)
    yield from module.named_buffers(remove_duplicate=False)


def _copied(torch: ModuleType, module: Any, own: dict[str, Any]) -> Any:
    """Return a copy of a module as it is when nothing is trained, a fake tensor for each of its tensors."""
    seen: dict[int, Any] = {}
    plain = [value for part in module.modules() for value in vars(part).values() if torch.is_tensor(value)]
    for tensor in (*own.values(), *plain):
        if id(tensor) in seen:
            continue
        fake = torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype)
        if isinstance(tensor, torch.nn.Parameter):
            fake = torch.nn.Parameter(fake, requires_grad=tensor.requires_grad)
        seen[id(tensor)] = fake
    made = copy.deepcopy(module, seen)
    for part in made.modules():
        part.training = False
    return made


# --- the translation -----------------------------------------------------------------------------


def _graph(torch: ModuleType, exported: Any, own: dict[str, Any], name: str) -> Graph:
    signature = exported.graph_signature
    program = Program()
    values: dict[Any, Any] = {}  # what an exported node stands for: a Ref, or several
    inputs: dict[str, tuple[int, ...]] = {}
    targets = {spec.arg.name: spec for spec in signature.input_specs}
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
    outputs: tuple[str, ...] = ()
    calls = _calls(exported.graph.nodes)
    for node in exported.graph.nodes:
        if node.op == "call_function":
            _call(torch, node, values, program, calls)
        elif node.op == "output":
            own_outputs = [n for n in node.args[0] if n in values and n.name in signature.user_outputs]
            outputs = tuple(values[n].name for n in own_outputs)
    if not outputs:
        raise ArgumentError(f"module: {name} returns no tensor")
    notes = []
    if program.foreign:
        notes.append(f"calls that have no word in ONNX's: {listed(sorted(set(program.foreign)))}")
    refs = [r for v in values.values() for r in (v if isinstance(v, tuple) else (v,))]
    made = {output for node in program.nodes for output in node.outputs}
    shapes = {ref.name: ref.shape for ref in refs if ref.name in made}
    given = inputs.keys() | program.constants.keys()
    return Graph(
        in_order(program.nodes, given, outputs),
        MappingProxyType(inputs),
        MappingProxyType(program.constants),
        outputs,
        f"the module {name}",
        tuple(notes),
        MappingProxyType(shapes),
    )


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
    torch: ModuleType, node: Any, values: dict[Any, Any], program: Program, calls: dict[str, set[str]]
) -> None:
    """Write the nodes of one call, or keep what it makes out of nothing."""
    if node.target is operator.getitem:
        source = values.get(node.args[0])
        if isinstance(source, tuple):
            values[node] = source[node.args[1]]
        return
    value = node.meta.get("val")
    if _kind(node) in COPIES and str(getattr(value, "dtype", "")) == str(node.args[0].meta["val"].dtype):
        values[node] = values[node.args[0]]  # the same values: no layer, as nothing is done
        return
    made = _refs(torch, node, program)
    if not made:
        return  # an assertion or the like: it returns no tensor
    values[node] = made if isinstance(node.meta["val"], list | tuple) else made[0]
    label = _label(node, calls)
    given = {name: _put(value, values) for name, value in _given(node).items()}
    call = Call(_kind(node), given, made, label, program, _read(node))
    if not any(isinstance(v, Ref) for v in _flat(given)):
        for ref in made:  # zeros, arange and the like: no input, so a constant
            program.constants[ref.name] = Tensor(ref.name, ref.shape, ref.dtype, origin="buffer")
        return
    translate(call)
    schema = getattr(node.target, "_schema", None)
    if schema is not None and schema.name.endswith("_") and isinstance(values[node], Ref):
        target = node.args[0]
        values[target] = values[node]  # what was changed in place is the result from here on


def _read(node: Any) -> frozenset[int] | None:
    """Return which of several tensors that a call returns are read, None where all may be."""
    if any(user.target is not operator.getitem for user in node.users):
        return None
    return frozenset(user.args[1] for user in node.users if user.users)


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


def _kind(node: Any) -> str:
    """Return the name of a call: "conv2d" of aten.conv2d.default."""
    schema = getattr(node.target, "_schema", None)
    return str(
        schema.name.split("::")[-1] if schema is not None else getattr(node.target, "__name__", node.name)
    )


def _given(node: Any) -> dict[str, Any]:
    """Return a call's arguments by their names, defaults included."""
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return {str(place): value for place, value in enumerate(node.args)} | dict(node.kwargs)
    given: dict[str, Any] = {}
    for place, argument in enumerate(schema.arguments):
        if place < len(node.args):
            given[argument.name] = node.args[place]
        elif argument.name in node.kwargs:
            given[argument.name] = node.kwargs[argument.name]
        else:
            given[argument.name] = argument.default_value
    return given


def _put(value: Any, values: dict[Any, Any]) -> Any:
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


def _module(node: Any) -> tuple[str, str]:
    """Return the path of the module that makes a call, and its class as text; nothing outside of one."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    if not stack:
        return "", ""
    path, kind = stack[-1]
    return str(path), kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"


def _calls(nodes: Any) -> dict[str, set[str]]:
    """Return the kinds of calls that each module makes itself."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        if node.op == "call_function" and node.target is not operator.getitem:
            found.setdefault(_module(node)[0], set()).add(_kind(node))
    return found


def _label(node: Any, calls: dict[str, set[str]]) -> str:
    """Return what a call is called: as its module where it is what that does, else a part of it."""
    (path, written), kind = _module(node), _kind(node)
    if not path:
        return kind
    own = written.split(".")[-1].lower() == kind.replace("_", "")
    if written.startswith("torch.nn.") and ".container." not in written and (own or calls[path] == {kind}):
        return path
    return f"{path}.{kind}"
