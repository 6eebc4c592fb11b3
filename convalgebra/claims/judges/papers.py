"""Judges of the claims of the papers, a room for each kind of them."""

from __future__ import annotations

from convalgebra.claims.claim import Judge
from convalgebra.claims.judges import (
    papers_blocks,
    papers_costs,
    papers_lenet,
    papers_maps,
    papers_networks,
    papers_winograd,
)

ROOMS = (papers_maps, papers_costs, papers_blocks, papers_winograd, papers_networks, papers_lenet)
JUDGES: dict[str, Judge] = {name: judge for room in ROOMS for name, judge in room.JUDGES.items()}
