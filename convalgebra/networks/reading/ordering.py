"""A graph's nodes put in the order in which they can run; what no graph may have is said."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Node
from convalgebra.networks.reading.naming import listed


def in_order(nodes: Sequence[Node], given: Collection[str], outputs: Iterable[str]) -> tuple[Node, ...]:
    """Return the nodes so that each follows what it reads; those in order stay as they are.

    ``given`` are the names of inputs and constants. Raises ``ArgumentError`` where a name is made twice,
    where one is read that nothing makes, or where nodes wait for one another in a circle.

    >>> b, a = Node("b", "Relu", ("y",), ("z",)), Node("a", "Relu", ("x",), ("y",))
    >>> [node.name for node in in_order([b, a], {"x"}, ["z"])]
    ['a', 'b']
    """
    makers = _makers(nodes, given)
    for name in outputs:
        if name not in makers and name not in given:
            raise ArgumentError(f"the graph's output {name!r} is made by no node")
    waits: list[int] = []
    readers: dict[int, list[int]] = {}
    for number, node in enumerate(nodes):
        before = set()
        for name in node.inputs:
            if not name or name in given:
                continue
            if name not in makers:
                raise ArgumentError(
                    f"node {node.name!r} ({node.op_type}) reads {name!r}, which no node makes and which is "
                    "neither an input nor a constant"
                )
            before.add(makers[name])
        waits.append(len(before))
        for maker in before:
            readers.setdefault(maker, []).append(number)
    return _sorted(nodes, waits, readers)


def _makers(nodes: Sequence[Node], given: Collection[str]) -> dict[str, int]:
    makers: dict[str, int] = {}
    for number, node in enumerate(nodes):
        for name in filter(None, node.outputs):
            if name in makers or name in given:
                by = f"node {nodes[makers[name]].name!r}" if name in makers else "an input or constant"
                raise ArgumentError(
                    f"the name {name!r} is made twice: by {by}, and by node {node.name!r} ({node.op_type})"
                )
            makers[name] = number
    return makers


def _sorted(nodes: Sequence[Node], waits: list[int], readers: dict[int, list[int]]) -> tuple[Node, ...]:
    if all(reader > maker for maker, found in readers.items() for reader in found):
        return tuple(nodes)
    ready = deque(number for number, count in enumerate(waits) if not count)
    order = []
    while ready:
        maker = ready.popleft()
        order.append(nodes[maker])
        for reader in readers.get(maker, ()):
            waits[reader] -= 1
            if not waits[reader]:
                ready.append(reader)
    if len(order) < len(nodes):
        names = [node.name for node, count in zip(nodes, waits, strict=True) if count]
        raise ArgumentError(f"nodes wait for one another in a circle, among them {listed(names)}")
    return tuple(order)
