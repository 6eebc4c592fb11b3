"""Operators as JSON: the tree that the page builds its matrices from."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from convalgebra.inspector.expressions import expression
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.described import Sizes


def described(operator: Any) -> Any:
    """Return an operator, or anything that one is made of, as plain JSON.

    A frozen value is an object of its fields and its ``kind``; a tuple is a list, a text a text, nothing
    is null, and a size is as ``expression`` has it, which raises ``ArgumentError`` for other values.

    >>> import convalgebra as ca
    >>> described(ca.Dense("D", 3))
    {'kind': 'Dense', 'rows': {'name': 'D'}, 'columns': 3, 'name': 'weight'}
    >>> described(ca.conv(1, 1, 5, 3))["axes"][0]["padding_mode"]
    'zeros'
    """
    if is_dataclass(operator) and not isinstance(operator, type):
        parts = {f.name: described(getattr(operator, f.name)) for f in fields(operator)}
        return {"kind": type(operator).__name__, **parts}
    if isinstance(operator, tuple):
        return [described(part) for part in operator]
    if operator is None or isinstance(operator, str):
        return operator
    return expression(operator)


def stages_of(operator: Operator) -> tuple[Operator, ...]:
    """Return the stages of an operator, the outer ones read in the operator's own shapes.

    >>> import convalgebra as ca
    >>> [stage.output_shape for stage in stages_of(ca.pixel_shuffle(4, (2, 3), 2))]
    [(1, 4, 6)]
    """
    *outer, last = operator.stages
    stages = [*outer, _reading(last, operator.input_shape, last.output_shape)]
    stages[0] = _reading(stages[0], stages[0].input_shape, operator.output_shape)
    return tuple(stages)


def _reading(stage: Operator, inputs: Sizes, outputs: Sizes) -> Operator:
    """Return a stage with its input and output in these shapes; as it is where they are its own."""
    same = (stage.input_shape, stage.output_shape) == (inputs, outputs)
    return stage if same else Reshaped(stage, inputs, outputs)
