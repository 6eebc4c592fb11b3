"""Judges of what the papers say of blocks: ShuffleNet, ResNeXt, MobileNetV2, R(2+1)D, FSRCNN."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial, reduce
from typing import Any

import sympy

from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.catalogue.cheap import depthwise, depthwise_separable, pointwise
from convalgebra.catalogue.grouped import resnext_block, shuffled_grouped
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured
from convalgebra.claims.forms.comparing import fewer, formula_of, of_counts, quotient
from convalgebra.claims.forms.conventions import mult_adds, never, ratio_of_mult_adds
from convalgebra.claims.forms.counts import Make, count, output_size
from convalgebra.claims.forms.values import called, several
from convalgebra.claims.forms.videos import middle_channels
from convalgebra.counting.measured import run_count
from convalgebra.operators.base import Operator
from convalgebra.operators.sidebyside import Sum
from convalgebra.proofs import as_formula, is_nonnegative
from convalgebra.sizes import symbol

# --- Sandler et al., 1801.04381 --------------------------------------------------------------------


def bottleneck(a: Any, b: Any, h: Any, w: Any, t: Any, k: Any, s: Any = 1) -> Operator:
    """Return the block: to t*a channels, depthwise with the stride, to b channels."""
    wide = pointwise(a, t * a, (h, w), name="expand")
    deep = depthwise(t * a, (h, w), k, stride=s, padding="same")
    return pointwise(t * a, b, deep.output_size, name="project") @ deep @ wide


def eight_to_nine() -> Iterator[Finding]:
    """Yield whether a separable 3 x 3 layer to d_j channels is 8 to 9 times cheaper: from 72 on."""
    D, N, q = map(symbol, ("D", "N", "q"))

    def band(one: Any, other: Any) -> str:
        a, b = sympy.expand(one), sympy.expand(other)
        return "8 to 9" if is_nonnegative(b - 8 * a) and is_nonnegative(9 * a - b) else "another factor"

    def layers(d: Any, channels: Any, n: Any) -> tuple[Operator, Operator]:
        cheap = depthwise_separable(channels, d, (n, n), 3, padding="same")
        return cheap, conv(channels, d, (n, n), 3, padding="same")

    for d, inside in ((71 + q, True), (71, False), (16, False)):
        yield derived(
            f"d_j={d}",
            "8 to 9",
            band(*(formula_of(op, "mult_adds") for op in layers(d, D, N))),
            inside=inside,
        )
    for d in (16, 71, 72, 73, 256):
        taken = (sympy.Integer(run_count(op, "mult_adds")) for op in layers(d, 2, 4))
        yield measured(f"d_j={d}", "8 to 9", band(*taken), inside=d >= 72)


def split_ways(ways: int) -> Judge:
    """Return the judge of a block whose n inner channels are split into ``ways`` branches: n = ways*u."""

    def says(a: Any, b: Any, u: Any, h: Any) -> Any:
        n = 12 * u
        return h**2 * n * a + (h - 2) ** 2 * n * (9 + b)

    def make(a: Any, b: Any, u: Any, h: Any) -> Operator:
        each = 12 // ways * u
        deep = [depthwise(each, (h, h), 3, name=f"deep{i}") for i in range(ways)]
        branches = [
            pointwise(each, b, op.output_size, name=f"project{i}")
            @ op
            @ pointwise(a, each, (h, h), f"expand{i}")
            for i, op in enumerate(deep)
        ]
        return branches[0] if ways == 1 else Sum(tuple(branches))

    return count(says, make, [{"a": 2, "b": 3, "u": 1, "h": 4}, {"a": 1, "b": 2, "u": 2, "h": 3}])


# --- the units of Zhang et al., the blocks of Xie et al. -------------------------------------------


def shuffle_unit(a: Any, b: Any, g: Any, n: Any) -> Operator:
    """Return ShuffleNet's unit with c = a*g channels and m = b*g in its bottleneck."""
    return shuffled_grouped(a * g, a * g, (n, n), 3, groups=g, middle_channels=b * g, padding=1)


def resnext_unit(a: Any, b: Any, g: Any, n: Any) -> Operator:
    """Return ResNeXt's unit of the same channels."""
    return resnext_block(a * g, a * g, (n, n), 3, groups=g, middle_channels=b * g, padding=1)


def resnet_unit(a: Any, b: Any, g: Any, n: Any) -> Operator:
    """Return ResNet's unit of the same channels."""
    return resnext_block(a * g, a * g, (n, n), 3, groups=1, middle_channels=b * g, padding=1)


def lighter(than: Make) -> Judge:
    """Return the judge of ShuffleNet's unit taking fewer, but for one group and one channel inside."""
    a, b, n, q = map(symbol, ("a", "b", "n", "q"))
    return fewer(
        shuffle_unit,
        than,
        grid(a=(2,), b=(1, 2), g=(1, 2), n=(3,)),
        met=lambda a, b, g, n: g * b > 1,
        within=[{"a": a, "b": b, "g": q + 1, "n": n}, {"a": a, "b": q + 1, "g": 1, "n": n}],
        beyond=[{"a": a, "b": 1, "g": 1, "n": n}],
        quantity="mult_adds",
    )


def template(c: Any, m: Any, e: Any, wider: int, shrink: int) -> Operator:
    """Return the block of a stage: ``wider`` times as wide, on 2e/shrink x 2e/shrink."""
    size = (2 * e // shrink,) * 2
    return resnext_block(wider * c, wider * c, size, 3, groups=2, middle_channels=2 * wider * m, padding=1)


def first_of_stage(c: Any, m: Any, e: Any) -> Operator:
    """Return the block that comes first in a stage, without its shortcut: it halves 2e x 2e."""
    wide = pointwise(c, 4 * m, (2 * e, 2 * e), name="reduce")
    deep = conv(4 * m, 4 * m, (2 * e, 2 * e), 3, stride=2, padding=((1, 0), (1, 0)), groups=2)
    return pointwise(4 * m, 2 * c, deep.output_size, name="expand") @ deep @ wide


STAGES = list(grid(c=(2, 4), m=(1, 2), e=(2,)))
EQUALLY_WIDE = (
    lambda c, m, e: template(c, m, e, 2, 2),
    lambda c, m, e: template(c, m, e, 1, 1),
)
FIRST_OF_STAGE = ratio_of_mult_adds(
    lambda **_: 1,
    (
        first_of_stage,
        lambda c, m, e: conv(c, 2 * c, (2 * e, 2 * e), 1, stride=2),
        lambda c, m, e: template(c, m, e, 1, 1),
    ),
    STAGES,
    how=lambda block, shortcut, other: quotient(as_formula(block) + shortcut, other),
    met=never,
)

# --- Tran et al., 1711.11248 -----------------------------------------------------------------------


def two_plus_one(a: Any, b: Any, t: Any, d: Any) -> Operator:
    """Return the (2+1)D block: M spatial filters, then b temporal ones, on the smallest clip."""
    middle = middle_channels(a, b, t, d)
    return conv(middle, b, (t, 1, 1), (t, 1, 1), name="time") @ conv(a, middle, (t, d, d), (1, d, d))


def whole_clip(a: Any, b: Any, t: Any, d: Any) -> Operator:
    """Return the 3-D convolution that the block replaces."""
    return conv(a, b, (t, d, d), (t, d, d))


# --- Dong et al., 1608.00367; Shi et al., 1609.05158 and 1609.07009 --------------------------------


def srcnn(f: Any, g: Any, h: Any, n: Any, m: Any, N: Any) -> Operator:
    """Return SRCNN: kernels f, g and h, n and m channels between them."""
    layers = ((1, n, f), (n, m, g), (m, 1, h))
    each = [conv(a, b, (N, N), k, padding="same", name=f"layer{i}") for i, (a, b, k) in enumerate(layers)]
    return each[2] @ each[1] @ each[0]


def fsrcnn(d: Any, s: Any, N: Any, deep: int) -> Operator:
    """Return FSRCNN(d, s, deep) for a factor of 3: five parts, all but the last on the small image."""
    size = (N, N)
    mapping = [conv(s, s, size, 3, padding=1, name=f"map{i}") for i in range(deep)]
    parts = [
        conv(1, d, size, 5, padding=2, name="extract"),
        pointwise(d, s, size, name="shrink"),
        *mapping,
        pointwise(s, d, size, name="enlarge"),
        conv_transpose(d, 1, size, 9, stride=3, padding=3, name="deconvolve"),
    ]
    return reduce(lambda done, part: part @ done, parts)


def subpixel(o: Any, i: Any, k: Any, r: Any, n: Any) -> Operator:
    """Return the convolution of the small image to o*r*r channels, before the shuffle."""
    return conv(i, o * r**2, (n, n), k, padding="same")


def deconvolution(o: Any, i: Any, k: Any, r: Any, n: Any) -> Operator:
    """Return the transposed convolution with kernel k*r and stride r."""
    return conv_transpose(i, o, (n, n), k * r, stride=r)


SUBPIXEL = (subpixel, deconvolution)
SUBPIXELS = list(grid(o=(1, 2), i=(1, 3), k=(1, 2), r=(2, 3), n=(4,)))


JUDGES: dict[str, Judge] = {
    "ZHANG-01": several(called("ResNeXt", lighter(resnext_unit)), called("ResNet", lighter(resnet_unit))),
    "XIE-01": several(
        called("equally wide stages", ratio_of_mult_adds(lambda **_: 1, EQUALLY_WIDE, STAGES)),
        called("without padding zeros", of_counts(lambda **_: 1, EQUALLY_WIDE, STAGES, met=never)),
        called("first of a stage", FIRST_OF_STAGE),
    ),
    "SANDLER-01": mult_adds(
        lambda a, b, h, w, k: h * w * a * b * k * k,
        lambda a, b, h, w, k: conv(a, b, (h, w), k, padding="same"),
        grid(a=(1, 2), b=(3,), h=(4,), w=(5,), k=(1, 2, 3)),
    ),
    "SANDLER-02": mult_adds(
        lambda a, b, h, w, k: h * w * a * (k**2 + b),
        lambda a, b, h, w, k: depthwise_separable(a, b, (h, w), k, padding="same"),
        grid(a=(1, 2), b=(3,), h=(4,), w=(5,), k=(1, 2, 3)),
    ),
    "SANDLER-03": ratio_of_mult_adds(
        lambda a, b, N, k: k**2 * b / (k**2 + b),
        (
            lambda a, b, N, k: conv(a, b, (N, N), k, padding="same"),
            lambda a, b, N, k: depthwise_separable(a, b, (N, N), k, padding="same"),
        ),
        grid(a=(1, 2), b=(1, 3), N=(4,), k=(2, 3, 5)),
    ),
    "SANDLER-04": eight_to_nine,
    "SANDLER-05": mult_adds(
        lambda a, b, h, w, t, k, s: h * w * a * t * (a + k**2 + b),
        bottleneck,
        grid(a=(2,), b=(3,), h=(4,), w=(6,), t=(1, 2), k=(3, 5), s=(1, 2)),
        met=lambda a, b, h, w, t, k, s: s == 1,
        fixed={"s": 1},
    ),
    "SANDLER-06": several(*(called(f"{t} ways", split_ways(t)) for t in (1, 2, 3, 4, 6))),
    "CHOLLET-03": ratio_of_mult_adds(
        lambda **_: 1,
        (
            lambda D, N, n, m: depthwise(N, (n, n), m, padding="same") @ pointwise(D, N, (n, n)),
            lambda D, N, n, m: depthwise_separable(D, N, (n, n), m, padding="same"),
        ),
        grid(D=(1, 2, 3), N=(2,), n=(4,), m=(3,)),
        met=lambda D, N, n, m: D == N,
        fixed={"D": symbol("N")},
    ),
    "TRAN-01": of_counts(
        lambda **_: 1,
        (two_plus_one, whole_clip),
        grid(a=(1, 3, 4, 8), b=(4, 5), t=(3,), d=(3,)),
        met=lambda a, b, t, d: (t * d**2 * a * b) % (d**2 * a + t * b) == 0,
        fixed={"a": 4 * symbol("q"), "b": 4 * symbol("q"), "t": 3, "d": 3},
        quantity="parameters",
    ),
    "DONG-01": mult_adds(
        lambda f, g, h, n, m, N: (f**2 * n + n * g**2 * m + m * h**2) * N**2,
        srcnn,
        [
            {"f": 3, "g": 1, "h": 5, "n": 4, "m": 2, "N": 5},
            {"f": 5, "g": 3, "h": 3, "n": 2, "m": 3, "N": 6},
        ],
    ),
    "DONG-02": several(
        *(
            mult_adds(
                lambda d, s, N, m=m: (25 * d + s * d + 9 * m * s**2 + d * s + 81 * d) * N**2,
                partial(fsrcnn, deep=m),
                [{"d": 3, "s": 2, "N": 4}, {"d": 2, "s": 1, "N": 3}],
            )
            for m in (1, 2, 4)
        )
    ),
    "DONG-03": output_size(
        lambda n, k, r, p: r * n,
        lambda n, k, r, p: conv_transpose(1, 1, n, k, stride=r, padding=p),
        grid(n=(2, 3), k=(8, 9, 10), r=(2, 3, 4), p=(3,)),
        met=lambda n, k, r, p: k == r + 2 * p,
        fixed={"k": symbol("r") + 2 * symbol("p")},
    ),
    "SHI-04": ratio_of_mult_adds(
        lambda a, b, n, k, r: r**2,
        (
            lambda a, b, n, k, r: conv(a, b, (r * n, r * n), k, padding="same"),
            lambda a, b, n, k, r: conv(a, b, (n, n), k, padding="same"),
        ),
        grid(a=(1, 2), b=(1,), n=(3,), k=(3, 5), r=(2, 3)),
    ),
    "SHI-05": several(
        *(
            of_counts(lambda **_: 1, (subpixel, deconvolution), SUBPIXELS, quantity=q)
            for q in ("parameters", "mult_adds")
        )
    ),
}
