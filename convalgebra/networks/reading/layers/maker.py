"""The graph while a description is read: each node's shapes are known before the next is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convalgebra.errors import ConvalgebraError
from convalgebra.networks.graph import Array, Node, Shape, Tensor
from convalgebra.networks.kinds.constants import as_values
from convalgebra.networks.kinds.seen import Seen, UnsupportedError
from convalgebra.networks.kinds.table import KINDS
from convalgebra.networks.reading.layers.given import Given
from convalgebra.proofs import Size, is_number


class Maker:
    """Writes nodes and weights, and carries the shapes along by the kinds of the nodes."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.constants: dict[str, Tensor] = {}
        self.shapes: dict[str, Shape] = {}
        self.batch: Size = 1

    def weight(self, name: str, shape: Sequence[Size]) -> str:
        """Write a weight of a shape; nobody knows its values."""
        self.constants[name] = Tensor(name, tuple(shape))
        return name

    def hold(self, name: str, values: Sequence[Any], dtype: str = "int64") -> str:
        """Write a constant of some numbers or formulas."""
        plain = all(isinstance(v, int | float) for v in values)
        array = np.asarray(values, dtype) if plain else as_values(np.array([*values, None], object)[:-1])
        self.constants[name] = Tensor(name, array.shape, dtype, array)
        return name

    def shape(self, name: str) -> Shape:
        """Return the shape of a value or a constant."""
        return self.shapes[name] if name in self.shapes else self.constants[name].shape

    def write(
        self,
        given: Given,
        op_type: str,
        inputs: Sequence[str],
        name: str | None = None,
        outputs: Sequence[str] | None = None,
        **attributes: Any,
    ) -> str:
        """Write a node, by default under the layer's own name; return the name of its (first) output.

        Raises ``ArgumentError`` that names the layer where it does not fit what it reads.
        """
        name = given.name if name is None else name
        made = tuple(outputs) if outputs is not None else (name,)
        node = Node(name, op_type, tuple(inputs), made, attributes)
        shapes = tuple(self.shape(n) if n else None for n in inputs)
        constant = tuple(n in self.constants for n in inputs)
        seen = Seen(node, shapes, constant, lambda at: self._value(inputs[at]), self.batch)
        self.nodes.append(node)
        self.shapes.update(zip(made, self._effect(given, seen), strict=False))  # more may be left out
        return made[0]

    def _effect(self, given: Given, seen: Seen) -> tuple[Shape, ...]:
        """Return the shapes that a node makes."""
        try:
            return KINDS[seen.node.op_type](seen).shapes
        except UnsupportedError as error:  # its counts are not known, its shapes may be
            if error.shapes is not None:
                return error.shapes
            raise given.wrong(str(error)) from None
        except ConvalgebraError as error:
            raise given.wrong(str(error)) from None
        except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError) as error:
            raise given.wrong(f"its options are not what {seen.node.op_type} takes ({error})") from None

    def _value(self, name: str) -> Array | None:
        values = self.constants[name].values
        return None if values is None or callable(values) else as_values(values)


def plain(sizes: Sequence[Size]) -> list[Size]:
    """Return sizes as attributes hold them: numbers as int, formulas as they are."""
    return [int(n) if is_number(n) else n for n in sizes]
