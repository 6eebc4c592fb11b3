"""Judges of the claims of section 06."""

from __future__ import annotations

from convalgebra.claims.claim import Judge

JUDGES: dict[str, Judge] = {}
