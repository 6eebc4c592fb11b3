"""Receptive fields in a network: what one output of each layer sees of the input, through all branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from math import gcd, lcm
from typing import TYPE_CHECKING

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Shape
from convalgebra.networks.layer import Layer
from convalgebra.networks.receptive.field import Field
from convalgebra.networks.receptive.phases import Value, axis_field
from convalgebra.networks.receptive.windows import own_windows
from convalgebra.proofs import Size, as_formula
from convalgebra.properties.receptive import Windows
from convalgebra.properties.window import STILL, Path, Step, Window, period

if TYPE_CHECKING:
    from convalgebra.networks.network import Network


def fields(network: Network, source: str | None = None) -> dict[str, Field]:
    """Return the receptive field of each layer (of its first output) that reads the input, by layer name.

    ``source`` is the input looked from, by default the first one of (batch, channels, *size). Branches
    are seen together: from the first input that any of them sees to the last. Exact in numbers and names
    for windows that slide; per phase, in numbers, after what enlarges. Where an output's position has no
    line to the input (flattened images, attention, broadcasts), the field is what all outputs together
    see, said to be a bound. Layers behind a value of unknown shape have none. Raises ``ArgumentError`` for
    an input that is no image.

    >>> import convalgebra as ca
    >>> layers = [{"type": "conv", "name": "a", "out_channels": 4, "kernel_size": 3, "stride": 2}]
    >>> layers += [{"type": "max_pool", "name": "b", "kernel_size": 3, "stride": 2}]
    >>> net = ca.read_layers({"input": [1, 3, "N", "N"], "layers": layers})
    >>> {name: field.size for name, field in fields(net).items()}
    {'a': (3, 3), 'b': (7, 7)}
    """
    source, shape = _source(network, source)
    count = len(shape) - 2
    values: dict[str, Value] = {source: Value((STILL,) * count, (1,) * count)}
    found = {}
    lost: set[str] = set()
    for layer in network.layers:
        if _is_lost(layer, values, lost):
            lost.update(layer.outputs)
            continue
        value = _through(layer, network, values, count)
        if value is None:
            continue
        values.update(dict.fromkeys(layer.outputs, value))
        axes = tuple(axis_field(layer.outputs[0], a, values) for a in range(count))
        found[layer.name] = Field(layer.name, source, axes)
    return found


def images_of(network: Network) -> dict[str, Shape]:
    """Return the inputs that are images, (batch, channels, *size), with their shapes."""
    return {name: shape for name, shape in network.inputs.items() if len(shape) > 2}


def _source(network: Network, source: str | None) -> tuple[str, Shape]:
    images = images_of(network)
    name = next(iter(images), None) if source is None else source
    if name is None or name not in images:
        raise ArgumentError(
            f"source={source!r} must be an input of (batch, channels, *size); there is "
            f"{', '.join(images) or 'none'}"
        )
    return name, images[name]


# --- one layer -----------------------------------------------------------------------------------


def _is_lost(layer: Layer, values: Mapping[str, Value], lost: set[str]) -> bool:
    """Say whether not even a bound is known: a shape is missing, or a graph inside reads what it likes."""
    reads = zip(layer.inputs, layer.input_shapes, strict=True)
    return layer.op_type in ("If", "Loop", "Scan") or any(
        name in lost or (name in values and shape is None) for name, shape in reads
    )


def _through(layer: Layer, network: Network, values: Mapping[str, Value], count: int) -> Value | None:
    """Return what an output of a layer sees, through every input that sees anything; None for none."""
    reached = [(n, s) for n, s in zip(layer.inputs, layer.input_shapes, strict=True) if n in values]
    if not reached or not layer.outputs:
        return None
    out = layer.output_shapes[0]
    own = own_windows(layer, network, count) if out is not None and len(out) == count + 2 else None
    each = [_after(values[name], own, name, shape, out) for name, shape in reached]
    value = reduce(lambda a, b: _beside(a, b, out), each)
    if layer.op_type == "Gemm":  # every output reads every input
        return replace(value, exact=value.together)
    return value


def _after(value: Value, own: Windows | None, name: str, shape: Shape | None, out: Shape | None) -> Value:
    if all(window.jump == 0 for window in value.windows):
        return replace(value, links=())
    if own is None or shape is None or out is None or len(shape) != len(out):
        return _all(value, shape)
    stretched = [n == 1 and m != 1 for n, m in zip(shape[2:], out[2:], strict=True)]
    if own == (STILL,) * len(own) and any(stretched):
        return _all(value, shape)
    pairs = list(zip(own, value.windows, strict=True))
    in_numbers = all(w.path is not None for w in own)
    return Value(
        tuple(replace(o, path=None).after(w) for o, w in pairs),
        tuple(_period(o.path or (), p) for o, p in zip(own, value.periods, strict=True)),
        value.rises or any(_rises(o) for o in own),
        value.exact and (in_numbers or not any(_rises(o) for o in own)),
        value.together,
        ((name, own),),
    )


def _all(value: Value, shape: Shape | None) -> Value:
    """Return what all entries of a value see together, the same for each."""
    sizes = None if shape is None or len(shape) != len(value.windows) + 2 else shape[2:]
    if sizes is None:  # only a value that has lost its axes, all of whose entries see the same
        return replace(value, exact=False, together=False, links=())
    fixed = tuple(_fixed(window, n) for window, n in zip(value.windows, sizes, strict=True))
    alone = all(n == 1 for n in sizes)
    return Value(
        fixed,
        (1,) * len(fixed),
        False,
        value.exact and alone and not value.rises,
        value.together and not value.rises,
    )


def _fixed(window: Window, size: Size) -> Window:
    extent = window.extent + window.jump * (as_formula(size) - 1)
    return Window(sympy.Integer(0), window.start, sympy.expand(extent))


def _beside(a: Value, b: Value, out: Shape | None) -> Value:
    """Return what two branches see together: from the first input of either to the last."""
    if any(sympy.expand(u.jump - v.jump) != 0 for u, v in zip(a.windows, b.windows, strict=True)):
        a, b = (value if value.windows[0].jump == 0 else _all(value, out) for value in (a, b))
        a, b = (replace(value, exact=False, links=()) for value in (a, b))
    return Value(
        tuple(_hull(u, v) for u, v in zip(a.windows, b.windows, strict=True)),
        tuple(map(lcm, a.periods, b.periods)),
        a.rises or b.rises,
        a.exact and b.exact,
        a.together and b.together,
        (*a.links, *b.links),
    )


def _hull(a: Window, b: Window) -> Window:
    start = sympy.Min(a.start, b.start)
    end = sympy.Max(a.start + a.extent, b.start + b.extent)
    return Window(a.jump, start, end - start)


def _rises(own: Window) -> bool:
    return not own.jump.is_integer or _has_up(own.path or ())


def _has_up(path: Path) -> bool:
    return any(s.up if isinstance(s, Step) else any(map(_has_up, s.paths)) for s in path)


def _period(path: Path, before: int) -> int:
    """Return after how many outputs all is as before, where it is so after ``before`` of what is read."""
    for step in reversed(path):
        if not isinstance(step, Step):
            before *= period((step,))
        elif step.up:
            before *= step.stride
        else:
            before //= gcd(before, step.stride)
    return before
