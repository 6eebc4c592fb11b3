"""Judges of the claims about AlexNet, ResNet and ResNeXt."""

from __future__ import annotations

import sympy

from convalgebra.catalogue.grouped import grouped
from convalgebra.claims.claim import Judge, grid
from convalgebra.claims.forms.blocks import by_form, shapes, summed_paths, wide, wide_shapes
from convalgebra.claims.forms.counts import both_roads
from convalgebra.claims.forms.examples import amount
from convalgebra.claims.forms.functions import agree
from convalgebra.claims.forms.groups import most_have_two, with_two_paths
from convalgebra.claims.forms.networks import (
    ALEXNET,
    RESNET50,
    RESNEXT50,
    placed,
    weighted,
    without_normalisation,
)
from convalgebra.claims.forms.parallel import exchanged, models_are_cheaper
from convalgebra.claims.forms.patterns import channels_meet, full
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.totals import (
    CONVOLUTIONS,
    billion,
    block,
    bottleneck,
    million,
    resnext_beside_resnet,
    saved,
    saved_by_layer,
    table_two,
)
from convalgebra.claims.forms.values import several
from convalgebra.counting.measured import weights_seen

HALF = sympy.Rational(1, 2)
IN_ALEXNET = {here.layer.name: here for here in placed(ALEXNET, 3, 227)}

JUDGES: dict[str, Judge] = {
    "S10-03": several(
        with_two_paths(["conv2", "conv4", "conv5"], tuple(IN_ALEXNET.values())),
        most_have_two(tuple(weighted(placed(CONVOLUTIONS, 3, 227)))),
        most_have_two(tuple(weighted(placed(ALEXNET, 3, 227))), inside=False),
    ),
    "S10-15": several(
        models_are_cheaper(IN_ALEXNET["fc6"], 128),
        models_are_cheaper(IN_ALEXNET["fc7"], 128),
        models_are_cheaper(IN_ALEXNET["conv3"], 128, inside=False),
        exchanged((5_537_792, 884_736), IN_ALEXNET["conv3"], 128),
    ),
    "S10-26": several(
        saved_by_layer([1, HALF, 1, HALF, HALF]),
        saved("37.7", CONVOLUTIONS, "five convolutions"),
        saved("2.3", ALEXNET, "all eight layers"),
    ),
    "S10-27": several(
        *(
            agree(
                by_form(form),
                by_form("grouped"),
                shapes,
                grid(paths=(2, 4), width=(1, 3)),
                small=grid(paths=(2,), width=(1,)),
            )
            for form in ("split", "concatenated")
        ),
        identity("ResNeXt: grouped is early concatenation", "ResNeXt: grouped is split-transform-merge"),
    ),
    "S10-28": several(
        both_roads(
            lambda C, d: C * (256 * d + 3 * 3 * d * d + d * 256),
            block,
            [{"C": 32, "d": 4}, {"C": 1, "d": 64}, {"C": 2, "d": 3}],
            lambda op: op.parameters,
            weights_seen,
        ),
        amount(256 * 64 + 3 * 3 * 64 * 64 + 64 * 256, lambda d: block(1, d), "parameters", d=64),
        table_two(1, 64, 64),
        table_two(32, 4, 128),
    ),
    "S10-29": several(
        table_two(1, 64, 64),
        table_two(2, 40, 80),
        table_two(4, 24, 96),
        table_two(8, 14, 112),
        table_two(32, 4, 128),
    ),
    "S10-30": several(
        billion("0.22", "ResNeXt block on 56 x 56", bottleneck(32, 4), 256, 56),
        billion("0.219971584", "ResNeXt block on 56 x 56", bottleneck(32, 4), 256, 56),
    ),
    "S10-31": several(
        million(
            ("25.5", "25.0"),
            "weights and biases of ResNet-50 and ResNeXt-50",
            without_normalisation(RESNET50),
            without_normalisation(RESNEXT50),
        ),
        million(
            ("25.5", "25.0"),
            "their batch normalisations too",
            RESNET50,
            RESNEXT50,
            inside=False,
        ),
    ),
    "S10-32": several(
        agree(
            summed_paths,
            wide,
            wide_shapes,
            grid(paths=(2, 4), width=(1, 3)),
            small=grid(paths=(2,), width=(1,)),
        ),
        channels_meet(
            lambda **_: "8 of 16 pairs of channels meet",
            lambda paths: grouped(4, 4, 3, 2, groups=paths),
            [{"paths": 2}],
            [{"paths": 2}],
            of=full,
        ),
    ),
    "S10-34": several(
        billion("4.1", "ResNet-50", RESNET50),
        billion("4.2", "ResNeXt-50 (32x4d)", RESNEXT50),
        resnext_beside_resnet("fewer", "parameters"),
        resnext_beside_resnet("more", "mult_adds"),
    ),
}
