"""Judges of the claims of section 8: convolutions that come apart, MobileNet."""

from __future__ import annotations

from convalgebra.claims.claim import Judge
from convalgebra.claims.judges import s08_depthwise, s08_mobilenet, s08_spatial

JUDGES: dict[str, Judge] = {**s08_spatial.JUDGES, **s08_depthwise.JUDGES, **s08_mobilenet.JUDGES}
