"""What one entry of a value sees, and its field from that: by phase, in numbers, where phases differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sympy

from convalgebra.formulas import tidy
from convalgebra.networks.receptive.field import AxisField, Phase
from convalgebra.properties.receptive import Windows
from convalgebra.properties.window import seen
from convalgebra.sizes import as_number

# Beyond so many phases, or steps back through layers, the bound of the window stands.
_MOST_PHASES = 256
_MOST_STEPS = 100_000


@dataclass(frozen=True)
class Value:
    """What one entry of a value sees: a window per axis of the image.

    ``periods``: after how many outputs all is as before. ``rises``: something on the way has a jump below
    1, so the window may be wider than what any output sees. ``together``: all entries see this exactly,
    even if each sees less. ``links``: the values it reads, and the windows through which.
    """

    windows: Windows
    periods: tuple[int, ...]
    rises: bool = False
    exact: bool = True
    together: bool = True
    links: tuple[tuple[str, Windows], ...] = ()


def axis_field(name: str, axis: int, values: Mapping[str, Value]) -> AxisField:
    """Return the field of a value along an axis; ``values`` are all that it comes from, by name."""
    value = values[name]
    window = value.windows[axis]
    extent = tidy(sympy.floor(window.extent) + 1)
    jump, offset = (as_number(v) for v in (window.jump, window.start))
    if not value.rises or window.jump == 0:
        return AxisField(extent, jump, offset, (), value.exact)
    if not value.exact or value.periods[axis] > _MOST_PHASES:
        return AxisField(extent, jump, offset, (), False)
    phases = _phases(name, axis, values)
    if phases is None:
        return AxisField(extent, jump, offset, (), False)
    return AxisField(max(p.extent for p in phases), jump, offset, phases, True)


def _phases(name: str, axis: int, values: Mapping[str, Value]) -> tuple[Phase, ...] | None:
    """Return what the outputs of each phase see: sets of positions taken back, layer after layer."""
    order = tuple(_ancestors(name, values))
    count = values[name].periods[axis]
    if len(order) * count > _MOST_STEPS:
        return None
    found = []
    for phase in range(count):
        inputs = _back(name, phase, axis, order, values)
        if inputs is None:
            return None
        first, last = min(inputs, default=0), max(inputs, default=-1)
        found.append(Phase(phase, first, last - first + 1))
    return tuple(found)


def _back(
    name: str, output: int, axis: int, order: tuple[str, ...], values: Mapping[str, Value]
) -> set[int] | None:
    """Return the inputs of the network that one output sees; None where a path is not in numbers."""
    sets: dict[str, set[int]] = {name: {output}}
    inputs: set[int] = set()
    for at in order:
        positions = sets.pop(at, set())
        if not values[at].links:
            inputs |= positions
        for before, own in values[at].links:
            path = own[axis].path
            if path is None:
                return None
            sets.setdefault(before, set()).update(seen(path, positions))
    return inputs


def _ancestors(name: str, values: Mapping[str, Value]) -> Iterator[str]:
    """Yield a value and all that it comes from, each after what reads it."""
    wanted = {name}
    for at in reversed(tuple(values)):
        if at in wanted:
            wanted.update(before for before, _ in values[at].links)
            yield at
