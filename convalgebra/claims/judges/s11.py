"""Judges of the claims of section 11: shuffled grouped convolution, ShuffleNet."""

from __future__ import annotations

from convalgebra.claims.claim import Judge
from convalgebra.claims.judges import s11_network, s11_shuffle

JUDGES: dict[str, Judge] = {**s11_shuffle.JUDGES, **s11_network.JUDGES}
