"""Judges of the claims about spatially and depthwise separable convolutions."""

from __future__ import annotations

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import spatially_separable
from convalgebra.claims.claim import Judge, grid
from convalgebra.claims.forms.counts import count

IMAGES = [point for point in grid(N=range(3, 9), m=(2, 3, 5)) if point["N"] >= point["m"]]

JUDGES: dict[str, Judge] = {
    "S08-10": count(
        lambda N, m: (N - 2) ** 2 * m**2,
        lambda N, m: conv(1, 1, (N, N), m),
        IMAGES,
        met=lambda N, m: m == 3,
        fixed={"m": 3},
    ),
    "S08-11": count(
        lambda N, m: (2 * N - 2) * (N - 2) * m,
        lambda N, m: spatially_separable(1, 1, (N, N), m),
        IMAGES,
        met=lambda N, m: m == 3,
        fixed={"m": 3},
    ),
}
