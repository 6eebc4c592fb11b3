"""What a call of an exported program says of itself: its kind, its arguments, the module that makes it."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any


def kind_of_call(node: Any) -> str:
    """Return the name of a call: "conv2d" of aten.conv2d.default."""
    schema = getattr(node.target, "_schema", None)
    return str(
        schema.name.split("::")[-1] if schema is not None else getattr(node.target, "__name__", node.name)
    )


def arguments_of(node: Any) -> dict[str, Any]:
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


def calls_by_module(nodes: Iterable[Any]) -> dict[str, set[str]]:
    """Return the kinds of calls that each module makes itself."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        if node.op == "call_function" and node.target is not operator.getitem:
            found.setdefault(_module(node)[0], set()).add(kind_of_call(node))
    return found


def label_of(node: Any, calls: dict[str, set[str]]) -> str:
    """Return what a call is called: as its module where it is what that does, else a part of it."""
    (path, written), kind = _module(node), kind_of_call(node)
    if not path:
        return kind
    own = written.split(".")[-1].lower() == kind.replace("_", "")
    if written.startswith("torch.nn.") and ".container." not in written and (own or calls[path] == {kind}):
        return path
    return f"{path}.{kind}"


def _module(node: Any) -> tuple[str, str]:
    """Return the path of the module that makes a call, and its class as text; nothing outside of one."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    if not stack:
        return "", ""
    path, kind = stack[-1]
    return str(path), kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"


def outputs_read(node: Any) -> frozenset[int] | None:
    """Return which of several tensors that a call returns are read, None where all may be."""
    if any(user.target is not operator.getitem for user in node.users):
        return None
    return frozenset(user.args[1] for user in node.users if user.users)
