"""Numbers put for the names in a raw graph."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import sympy

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Graph, Shape, Tensor
from convalgebra.proofs import Size, is_number
from convalgebra.sizes import as_size, substitute

Values = dict[sympy.Symbol, Size]


def graph_at(graph: Graph, values: Values) -> Graph:
    """Return the graph with sizes put for names, in shapes, attributes and small constants.

    Sizes of the inputs may be names; they are read here.

    >>> from convalgebra.sizes import symbol
    >>> graph_at(Graph((), {"x": (1, "N")}, {}, (), "by hand"), {symbol("N"): 3}).inputs
    {'x': (1, 3)}
    """
    inputs = {
        name: tuple(as_size(n, f"input {name!r}", least=1) for n in shape)
        for name, shape in graph.inputs.items()
    }
    if not values:
        return replace(graph, inputs=inputs)
    nodes = tuple(replace(node, attributes=_attributes(node.attributes, values)) for node in graph.nodes)
    stated = {
        name: tuple(None if n is None else substitute(n, values) for n in shape)
        for name, shape in graph.shapes.items()
    }
    return replace(
        graph,
        nodes=nodes,
        inputs={name: _shape(shape, values) for name, shape in inputs.items()},
        constants={name: _tensor(tensor, values) for name, tensor in graph.constants.items()},
        shapes=stated,
    )


def check_names(graph: Graph, sizes: Mapping[str, Any]) -> Graph:
    """Return the graph if it has each of the names that sizes are put for, else raise ``ArgumentError``.

    >>> check_names(Graph((), {"x": (1, "N")}, {}, (), "by hand"), {"M": 3})
    Traceback (most recent call last):
        ...
    convalgebra.errors.ArgumentError: M=3 is put for a name that this network does not have; it has N
    """
    if not sizes:
        return graph
    held = [*graph.inputs.values(), *graph.shapes.values(), *graph.constants.values()]
    known = {
        str(name) for value in (*held, *(node.attributes for node in graph.nodes)) for name in _names(value)
    }
    check_known(sizes, known)
    return graph


def check_known(sizes: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise ``ArgumentError`` for a size that is put for a name which is not ``known``."""
    for name, value in sizes.items():
        if name not in known:
            raise ArgumentError(
                f"{name}={value!r} is put for a name that this network does not have; it has "
                f"{', '.join(sorted(known)) or 'none'}"
            )


def _names(value: Any) -> Iterator[Any]:
    """Yield the names in what a graph holds; a text among the sizes of an input is one."""
    if isinstance(value, sympy.Expr):
        yield from value.free_symbols
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from () if isinstance(part, str) else _names(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from [part] if isinstance(part, str) else _names(part)
    elif isinstance(value, Tensor):
        yield from _names(value.shape)
        yield from _names(value.values)
    elif isinstance(value, np.ndarray) and value.dtype == object:
        yield from _names(value.ravel().tolist())


def _shape(shape: Shape, values: Values) -> Shape:
    return tuple(n if is_number(n) else substitute(n, values) for n in shape)


def _attributes(given: Mapping[str, Any], values: Values) -> Mapping[str, Any]:
    return {name: _value(value, values) for name, value in given.items()}


def _value(value: Any, values: Values) -> Any:
    if isinstance(value, sympy.Expr):
        return substitute(value, values)
    if isinstance(value, list | tuple):
        return type(value)(_value(part, values) for part in value)
    if isinstance(value, Tensor):
        return _tensor(value, values)
    if isinstance(value, np.ndarray) and value.dtype == object:
        found = np.empty(value.shape, object)
        for place in np.ndindex(value.shape):
            found[place] = _value(value[place], values)
        return found
    return value


def _tensor(tensor: Tensor, values: Values) -> Tensor:
    held = tensor.values if callable(tensor.values) else _value(tensor.values, values)
    return replace(tensor, shape=_shape(tensor.shape, values), values=held)
