"""The chapter of a network, all in it counted, derived and recounted now."""

from __future__ import annotations

from collections.abc import Iterator

from convalgebra.networks.network import Network
from convalgebra.reporting.parts.networks.advice import advised
from convalgebra.reporting.parts.networks.closed import closed
from convalgebra.reporting.parts.networks.costs import Costs
from convalgebra.reporting.parts.networks.counters import counters
from convalgebra.reporting.parts.networks.layers import layers
from convalgebra.reporting.parts.networks.opening import opening
from convalgebra.reporting.parts.networks.seen import seen
from convalgebra.reporting.parts.part import Part


def network_parts(network: Network, include: frozenset[str], key: str) -> Iterator[Part]:
    """Yield the parts of a network's chapter in order.

    >>> import convalgebra as ca
    >>> from convalgebra.networks.totals import AS_PAPERS
    >>> layers_ = [{"type": "conv", "out_channels": 2, "kernel_size": 3, "padding": 1}]
    >>> network = ca.read_layers({"input": [1, 1, "N", "N"], "layers": layers_})
    >>> all(part.passed for part in network_parts(network, AS_PAPERS, "own-1"))
    True
    """
    costs = Costs(key, network, include)
    yield Part(tuple(opening(costs)))
    yield Part(tuple(layers(costs)))
    yield closed(costs)
    yield Part(tuple(counters(costs)))
    yield Part(tuple(advised(costs)))
    yield Part(tuple(seen(costs)))
