"""One call of an exported program: what it is given by name, and the nodes that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

import numpy as np

from convalgebra.networks.graph import Node, Tensor

FOREIGN = "aten"  # the domain of what has no word in ONNX's


@dataclass(frozen=True)
class Ref:
    """A value between calls: its name here, its shape and its type."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        """The number of axes, the batch's among them."""
        return len(self.shape)


@dataclass
class Names:
    """Names that are given once each: the second of a name has a 2 behind it."""

    taken: dict[str, int] = field(default_factory=dict)

    def new(self, wanted: str) -> str:
        """Return the name that is wanted, or the next one like it.

        >>> names = Names()
        >>> names.new("conv2d"), names.new("conv2d"), names.new("conv2d")
        ('conv2d', 'conv2d_2', 'conv2d_3')
        """
        name = wanted
        while name in self.taken:
            self.taken[wanted] += 1
            name = f"{wanted}_{self.taken[wanted]}"
        self.taken[name] = 1
        return name


@dataclass
class Program:
    """The graph while it is written: nodes, constants, the names of both, and calls that have no word."""

    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Tensor] = field(default_factory=dict)
    values: Names = field(default_factory=Names)
    labels: Names = field(default_factory=Names)
    foreign: list[str] = field(default_factory=list)


@dataclass
class Call:
    """One call: ``given`` are its arguments by the names of its schema, defaults included.

    A tensor among them is a ``Ref``; ``out`` are the shapes and types of what it returns. ``read`` are the
    places of those that something reads, None where that is not known.
    """

    kind: str
    given: Mapping[str, Any]
    out: tuple[Ref, ...]
    label: str
    program: Program
    read: frozenset[int] | None = None

    def is_read(self, place: int) -> bool:
        """Say whether something may read one of the tensors that the call returns."""
        return self.read is None or place in self.read

    def __getitem__(self, name: str) -> Any:
        return self.given[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument, or a default where the call has none of that name, or None."""
        value = self.given.get(name)
        return default if value is None else value

    @property
    def x(self) -> Ref:
        """The first tensor that the call is given."""
        return next(value for value in self.given.values() if isinstance(value, Ref))

    def write(
        self,
        op_type: str,
        inputs: Sequence[Ref | str | None],
        outputs: Sequence[str] | None = None,
        domain: str = "",
        part: str = "",
        **attributes: Any,
    ) -> str:
        """Write one node; return the name of its (first) output, by default that of the call.

        It is called as the call is, or as a ``part`` of it.
        """
        names = tuple(value.name if isinstance(value, Ref) else value or "" for value in inputs)
        while names and not names[-1]:
            names = names[:-1]
        made = tuple(outputs) if outputs is not None else tuple(ref.name for ref in self.out)
        label = self.program.labels.new(f"{self.label}.{part}" if part else self.label)
        self.program.nodes.append(Node(label, op_type, names, made, attributes, domain))
        return made[0]

    def between(
        self, op_type: str, inputs: Sequence[Ref | str | None], part: str | None = None, **attributes: Any
    ) -> str:
        """Write one node on the way to the call's result; return the name of what it makes."""
        made = self.program.values.new(f"{self.out[0].name}/{op_type.lower()}")
        part = op_type.lower() if part is None else part
        return self.write(op_type, inputs, [made], part=part, **attributes)

    def hold(self, value: Any, dtype: str = "int64") -> str:
        """Keep numbers as a constant, which nobody learns; return its name."""
        values = np.asarray(value, dtype)
        name = self.program.values.new(f"{self.out[0].name}/constant")
        self.program.constants[name] = Tensor(name, values.shape, dtype, values, "buffer")
        return name

    def operand(self, value: Any) -> str:
        """Return the name of a tensor or of a number kept as a constant."""
        return (
            value.name if isinstance(value, Ref) else self.hold(value, _type_of(value, self.out[0].dtype))
        )

    def turned(self, weight: Ref) -> str:
        """Return the name of a matrix with its axes exchanged: a constant, where it is one."""
        held = self.program.constants.get(weight.name)
        order = (*range(weight.rank - 2), weight.rank - 1, weight.rank - 2)
        if held is None:
            return self.between("Transpose", [weight], perm=list(order))
        name = f"{weight.name}.T"
        if name not in self.program.constants:
            shape = tuple(held.shape[axis] for axis in order)
            self.program.constants[name] = Tensor(
                name,
                shape,
                held.dtype,
                None if held.values is None else lambda: np.transpose(held.array(), order),
                held.origin,
                held.sources or (held,),
            )
        return name

    def shape_for(self, shape: Sequence[int], before: Sequence[int]) -> list[int]:
        """Return a shape for ``Reshape``: 0 (as before) for the batch where it stays, -1 nowhere."""
        kept = bool(shape) and bool(before) and shape[0] == before[0] and prod(shape) > 0
        return [0 if kept and axis == 0 else int(size) for axis, size in enumerate(shape)]


Translation: TypeAlias = Callable[[Call], None]


def _type_of(value: Any, usual: str) -> str:
    if isinstance(value, bool):
        return "bool"
    return usual if usual in {"float32", "float64", "float16", "int64", "int32"} else "float32"


def per_axis(value: Any, count: int, default: int | None = None) -> list[int]:
    """Return ``count`` numbers from one, a list of one or of all, or none (the default).

    >>> per_axis([2], 2), per_axis((3, 5), 2), per_axis([], 2, 1)
    ([2, 2], [3, 5], [1, 1])
    """
    given = [value] if isinstance(value, int) else list(value or ())
    if not given:
        given = [0 if default is None else default]
    return [int(v) for v in (given * count if len(given) == 1 else given)]


def axis_of(value: int, rank: int) -> int:
    """Return an axis counted from the front."""
    return int(value) % rank if rank else 0
