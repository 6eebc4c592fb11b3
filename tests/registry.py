"""The registry: each public operator class and named convolution, with a strategy of valid arguments.

What is drawn is the testing kit's; that nothing public is missing there is tested in ``test_registry``,
whose laws run over it.
"""

from __future__ import annotations

from dataclasses import dataclass

import convalgebra as ca
from convalgebra.testing.strategies.everything import Kind, kinds
from convalgebra.testing.strategies.fixed import filter_keywords, taps_keywords
from convalgebra.testing.strategies.parts import nested_keywords


@dataclass(frozen=True)
class Entry(Kind):
    """A kind of operators; ``nameable``: any number in its keywords may be put as a name."""

    nameable: bool = True


# Operands must fit one another, entries are numbers, or a size must divide another one.
NOT_NAMEABLE = frozenset(
    {
        "TapWeights",
        "Kron",
        "BlockDiag",
        "Sum",
        "Product",
        "Fixed",
        "Fourier",
        "PointProducts",
        "Gather",
        "Permutation",
        "Phases",
        "OnWeight",
        "HStack",
        "VStack",
        "Reshaped",
        "connected",
        "dilated_polyphase",
        "fourier_conv",
        "pixel_shuffle",
        "pixel_unshuffle",
        "resnext_block",
        "space_to_depth",
        "winograd",
        "Transposed",
    }
)

ENTRIES: dict[str, Entry] = {
    name: Entry(kind.make, kind.keywords, name not in NOT_NAMEABLE) for name, kind in kinds().items()
}
# A filter by its name alone: one by its taps, which are numbers, stands below.
ENTRIES["Filter"] = Entry(ca.Filter, filter_keywords())

# Not public names: combinators of combinators and other arguments, under the same laws.
NESTED: dict[str, Entry] = {
    "Kron of all": Entry(ca.Kron, nested_keywords(), nameable=False),
    "Filter with taps": Entry(ca.Filter, taps_keywords(), nameable=False),
    "BlockDiag of all": Entry(ca.BlockDiag, nested_keywords(), nameable=False),
}
