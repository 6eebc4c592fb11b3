"""The conventions of profilers by name, and where what one counts is not what we count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convalgebra.errors import ArgumentError
from convalgebra.networks.counters.profilers import FLOP_COUNTER_MODE, FVCORE, PTFLOPS, THOP
from convalgebra.networks.counters.rules import Convention
from convalgebra.networks.layer import Layer
from convalgebra.proofs import Size

if TYPE_CHECKING:
    from convalgebra.networks.graph import Shape
    from convalgebra.networks.network import Network

OURS = "convalgebra"
_ALL = {one.name: one for one in (FLOP_COUNTER_MODE, FVCORE, THOP, PTFLOPS)}


def convention_names() -> tuple[str, ...]:
    """Return the names of the conventions, ours first.

    >>> convention_names()
    ('convalgebra', 'flop_counter_mode', 'fvcore', 'thop', 'ptflops')
    """
    return (OURS, *_ALL)


def convention(name: str) -> Convention:
    """Return the convention of a tool; raises ``ArgumentError`` for one that is not here, or ours."""
    found = _ALL.get(name)
    if found is None:
        raise ArgumentError(f"convention={name!r} must be one of {', '.join(convention_names())}")
    return found


@dataclass(frozen=True)
class Difference:
    """What we and a tool count for one layer, and why the tool says so; None is not known."""

    layer: str
    type: str
    ours: Size | None
    theirs: Size | None
    why: str


def differences(network: Network, name: str, include: Sequence[str] | frozenset[str]) -> list[Difference]:
    """Return each layer for which a tool's number is not our mult_adds, with the reason.

    Ours are 0 for what ``include`` leaves out.

    >>> import convalgebra as ca
    >>> from convalgebra.networks.totals import AS_PAPERS
    >>> layers = [{"type": "conv", "out_channels": 2, "kernel_size": 1}, {"type": "batch_norm"}]
    >>> net = ca.read_layers({"input": [1, 1, 4, 4], "layers": layers})
    >>> [(d.ours, d.theirs, d.why) for d in differences(net, "fvcore", AS_PAPERS)]
    [(0, 64, 'a scale and a shift for each value, though it folds into the convolution before')]
    """
    tool = convention(name)
    found = []
    for layer in network.layers:
        counts = layer.counts
        ours = None if counts is None else counts.mult_adds if layer.category in include else 0
        theirs = tool.count(layer, weight_shape(network, layer))
        if ours is None or theirs is None or ours != theirs:
            found.append(Difference(layer.name, layer.op_type, ours, theirs, tool.why(layer)))
    return found


def by_reason(found: Sequence[Difference]) -> dict[tuple[str, str], list[Difference]]:
    """Return differences of one type of layer for one reason together, by both, in their order."""
    groups: dict[tuple[str, str], list[Difference]] = {}
    for one in found:
        groups.setdefault((one.type, one.why), []).append(one)
    return groups


def weight_shape(network: Network, layer: Layer) -> Shape:
    """Return the shape of the layer's weight as the model has it; () without one."""
    for name in layer.weights.values():
        tensor = network.constants.get(name)
        if tensor is not None:
            return tensor.shape
    return ()
