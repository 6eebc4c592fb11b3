"""Judges of the claims about dilated convolutions, their receptive fields and the context module."""

from __future__ import annotations

from convalgebra.catalogue.basic import conv
from convalgebra.claims.claim import Judge, grid
from convalgebra.claims.forms.context import ONE, large_passes_on, passes_on
from convalgebra.claims.forms.counts import both_roads, parameters
from convalgebra.claims.forms.dilation import (
    CONSTRUCTED,
    DIRECT,
    KEPT_BY_HALF,
    SPREAD,
    empty_positions,
    full,
    phases,
    pieces,
    products_on_zeros,
    sizes_alike,
    summed,
    written,
)
from convalgebra.claims.forms.fields import (
    by_depth,
    coverage,
    dilated,
    extent,
    field_formula,
    rates_of,
    uses,
    weights_by_depth,
    without_holes,
)
from convalgebra.claims.forms.functions import outputs
from convalgebra.claims.forms.networks import Layer, context_module, placed, total, total_counted
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several

SMALL = list(grid(n=(3, 5), m=(1, 2, 3), axes=(1, 2), d=(1,)))
DILATED = list(grid(n=(3, 4), m=(2, 3), axes=(1, 2), d=(1, 2, 3)))

JUDGES: dict[str, Judge] = {
    "S07-01": outputs(
        lambda x, weight, **_: summed(x, weight, 1),
        lambda n, m, axes, d: full(n, m, axes, 1),
        SMALL,
        small=grid(n=(3,), m=(2,), axes=(1, 2), d=(1,)),
    ),
    "S07-02": outputs(
        lambda x, weight, d, **_: summed(x, weight, d),
        full,
        DILATED,
        small=grid(n=(3,), m=(2,), axes=(1, 2), d=(2, 3)),
    ),
    "S07-03": outputs(
        lambda x, weight, **_: summed(x, weight, 1),
        lambda n, m, axes, d: full(n, m, axes, "d").subs(d=d),
        SMALL,
        small=grid(n=(3,), m=(2,), axes=(1, 2), d=(1,)),
    ),
    "S07-04": several(empty_positions(lambda d: d - 1), SPREAD),
    "S07-05": several(
        extent(3, dilated(1)),
        extent(5, dilated(2)),
        extent(9, dilated(4)),
        field_formula(
            lambda k, d: d * (k - 1) + 1,
            lambda k, d: (Layer("layer", 1, k, dilation=d),),
            list(grid(k=(1, 2, 3, 5), d=(1, 2, 4))),
        ),
    ),
    "S07-06": several(
        extent(15, dilated(1, 2, 3)),
        extent(13, dilated(1, 2, 3), right=True),
        extent(15, dilated(1, 2, 4), right=True),
    ),
    "S07-07": extent(3, dilated(1)),
    "S07-08": several(
        extent(7, dilated(2)), extent(5, dilated(2), right=True), extent(7, dilated(1, 2), right=True)
    ),
    "S07-09": several(
        extent(15, dilated(3)),
        extent(15, dilated(1, 2, 3)),
        extent(7, dilated(3), right=True),
        extent(9, dilated(4), right=True),
        extent(15, dilated(1, 2, 4), right=True),
    ),
    "S07-10": several(
        written(9, dilated(1, 2, 4), 15),
        written(1, dilated(1, 2, 4), 15, right=True),
        written(9, dilated(1, 2, 4), 17, right=True),
        coverage(9, dilated(4), right=True),
    ),
    "S07-11": several(
        sizes_alike(lambda rate: rate, "padded by their dilation"),
        sizes_alike(lambda rate: 0, "unpadded", inside=False),
        KEPT_BY_HALF,
    ),
    "S07-12": parameters(
        lambda D, N_c, k, d: k**2 * D * N_c,
        lambda D, N_c, k, d: conv(D, N_c, (d * (k - 1) + 2,) * 2, k, dilation=d),
        grid(D=(1, 3), N_c=(2,), k=(2, 3), d=(1, 2, 4)),
    ),
    "S07-13": several(
        DIRECT,
        products_on_zeros(92, 1),
        products_on_zeros(92, 4, inside=False),
        written(13**2, dilated(1), 15),
        written(13**2, dilated(4), 15, inside=False),
    ),
    "S07-14": several(
        DIRECT, extent(9, dilated(4)), coverage(9, dilated(1)), coverage(81, dilated(4), inside=False)
    ),
    "S07-15": several(
        field_formula(
            lambda k, a, b, c: 1 + (k - 1) * (a + b + c),
            lambda k, a, b, c: dilated(a, b, c, kernel=k),
            list(grid(k=(2, 3), a=(1, 2), b=(1, 3), c=(2, 4))),
        ),
        extent(15, dilated(1, 2, 4)),
        coverage(225, dilated(1, 2, 4)),
        coverage(169, dilated(2, 2, 2), inside=False),
        without_holes,
    ),
    "S07-16": several(
        by_depth(lambda n: 2 ** (n + 1) - 1, 2, range(1, 6)), weights_by_depth(lambda n: 9 * n, range(1, 5))
    ),
    "S07-17": several(
        rates_of([1, 2, 4, 8], dilated(1, 2, 4, 8)),
        by_depth(lambda n: 2 ** (n + 1) - 1, 2, range(1, 5)),
        rates_of([1, 2, 4, 8, 16, 32, 64], ONE[:7], inside=False),
        extent(255, ONE[:7], inside=False),
    ),
    "S07-18": several(
        *(extent(said, ONE[:depth]) for depth, said in enumerate((3, 5, 9, 17, 33, 65, 67, 67), 1))
    ),
    "S07-19": both_roads(
        lambda C: 64 * C**2,
        lambda C: placed(context_module(*[C] * 8), C, 5),
        list(grid(C=(1, 2, 5))),
        lambda network: total(network, "parameters"),
        lambda network: total_counted(network, "parameters"),
    ),
    "S07-20": passes_on,
    "S07-21": several(
        KEPT_BY_HALF,
        written(225, dilated(1, 2, 4, same=True), 15),
        written(33**2, ONE, 33),
        written(225, dilated(1, 2, 4), 15, inside=False),
    ),
    "S07-22": several(
        uses([1, 1, 2, 1, 3, 2, 3, 1, 3, 2, 3, 1, 2, 1, 1], dilated(1, 2, 4)),
        coverage(225, dilated(1, 2, 4)),
    ),
    "S07-25": several(
        outputs(
            phases,
            lambda n, m, axes, d: conv(1, 1, (n,) * axes, m, dilation=d),
            grid(n=(7, 8), m=(2, 3), axes=(1, 2), d=(1, 2, 3)),
            small=grid(n=(5,), m=(2,), axes=(1, 2), d=(2, 3)),
        ),
        pieces(4, 2),
        pieces(9, 3),
        identity("dilated is plain on the phases"),
    ),
    "S07-26": several(
        by_depth(lambda n: 3**n, 3, range(1, 5)),
        uses([1] * 27, dilated(1, 3, 9)),
        extent(15, dilated(1, 2, 4)),
    ),
    "S07-27": several(
        field_formula(
            lambda k, d, s, K, D, S, m, e: 1 + (k - 1) * d + (K - 1) * D * s + (m - 1) * e * s * S,
            lambda k, d, s, K, D, S, m, e: (
                Layer("first", 1, k, s, dilation=d),
                Layer("second", 1, K, S, dilation=D),
                Layer("third", 1, m, dilation=e),
            ),
            list(grid(k=(2, 3), d=(1, 2), s=(1, 3), K=(3,), D=(1, 3), S=(2,), m=(2,), e=(3,))),
        ),
        extent(11, (Layer("first", 1, 3, 2), Layer("second", 1, 3, dilation=2))),
    ),
    "S07-28": large_passes_on,
    "S07-30": several(SPREAD, DIRECT, CONSTRUCTED),
}
