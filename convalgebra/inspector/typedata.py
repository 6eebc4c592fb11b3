"""All that the page is told of a type: its controls, structures, conditions and formulas."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any

from convalgebra.catalogue.types import ConvType
from convalgebra.inspector.controls import NO_CONTROLS, axes_of, controls_of
from convalgebra.inspector.formulas import formulas
from convalgebra.inspector.starts import start_of
from convalgebra.inspector.variants import variants


def type_data(kind: ConvType) -> dict[str, Any]:
    """Return the data of a type as JSON.

    >>> from convalgebra.catalogue.types import find_type
    >>> data = type_data(find_type("pointwise"))
    >>> data["call"]["positional"], data["axes"]
    (['in_channels', 'out_channels', 'input_size'], [1, 2, 3])
    """
    return {
        "name": kind.name,
        "family": kind.family,
        "summary": kind.summary,
        "call": call(kind),
        "axes": list(axes_of(kind)),
        "controls": [control.told() for control in controls_of(kind)],
        "start": start_of(kind),
        "variants": variants(kind),
        "formulas": formulas(kind),
    }


def call(kind: ConvType) -> dict[str, Any]:
    """Return how the call of a type is written: its positional and keyword parameters, what is settled.

    >>> from convalgebra.catalogue.types import find_type
    >>> call(find_type("full"))["settled"]
    {'padding': 'full'}
    """
    given = [p for p in signature(kind.function).parameters.values() if p.name not in NO_CONTROLS]
    positional = [
        p.name for p in given if p.kind is not Parameter.KEYWORD_ONLY and p.default is Parameter.empty
    ]
    return {
        "function": kind.function.__name__,
        "positional": positional,
        "keywords": [p.name for p in given if p.name not in positional],
        "settled": dict(kind.settled),
    }
