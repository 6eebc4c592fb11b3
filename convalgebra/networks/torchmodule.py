"""PyTorch modules as graphs: exported as they would run, on tensors that have shapes and no values.

A copy of the module is exported, in which each parameter is one of torch's "fake" tensors: nothing is
computed, no weight is copied, and the module itself is not touched.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from convalgebra.errors import ArgumentError, SymbolError
from convalgebra.networks.graph import Graph
from convalgebra.networks.hushed import hushed
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.putting import check_names
from convalgebra.networks.reading.torchgraph import graph_of_program
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
    return graph_of_program(torch, exported, held, type(module).__name__)


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
