"""Convolution at points: Winograd's and Toom and Cook's algorithms, and the transform of Fourier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, islice
from math import lcm
from typing import Any

import sympy

from convalgebra.axis import Axis
from convalgebra.catalogue.arguments import make_axes, per_axis
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped
from convalgebra.operators.fixed import Fixed, Number
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection, Unfold
from convalgebra.operators.points import Evaluation, PointProducts, Spectrum, vandermonde
from convalgebra.proofs import Size
from convalgebra.sizes import SizeLike, as_size, ceil_div, number


def winograd(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    tile: Any = 2,
    padding: Any = 0,
    groups: SizeLike = 1,
    points: Any = None,
    name: str = "weight",
) -> Product:
    """Return the convolution as Winograd's (Toom and Cook's) F(tile, kernel), for any of both.

    Tiles of ``tile`` outputs are interpolated from ``tile + kernel - 1`` products each: the exact
    rational matrices of the transforms follow from the ``points`` (by default 0, 1, -1, 2, -2, 1/2,
    ...), to which infinity is added. Kernel and tile are numbers; stride and dilation are 1. Only the
    products with the transformed weight count as multiplications.

    Raises ``ArgumentError`` when there are too few points or two are the same.
    Source: Winograd, "Arithmetic complexity of computations", 1980; Lavin and Gray, arXiv:1509.09308.

    >>> import convalgebra as ca
    >>> fast, plain = ca.winograd(1, 1, (6, 6), 3), ca.conv(1, 1, (6, 6), 3)
    >>> ca.ratio(fast, plain), fast.weight_shapes == plain.weight_shapes
    (4/9, True)
    """
    axes = make_axes(input_size, kernel_size, 1, padding, 1, "zeros")
    tiles = per_axis(tile, len(axes), "tile", least=1)
    transforms = [
        toom_cook(number(mu, "tile"), number(axis.kernel, "kernel_size"), points)
        for mu, axis in zip(tiles, axes, strict=True)
    ]
    ins, outs = as_size(in_channels, "in_channels", 1), as_size(out_channels, "out_channels", 1)
    counted = [ceil_div(axis.outputs, mu) for axis, mu in zip(axes, tiles, strict=True)]
    parts = list(zip(axes, counted, transforms, strict=True))
    evaluations = tuple(replace(t.kernel, tiles=tau) for _, tau, t in parts)
    return Product(
        (
            Kron((Identity(outs), *(_interpolated(*part) for part in parts))),
            PointProducts(ins, outs, evaluations, as_size(groups, "groups", 1), name),
            Kron((Identity(ins), *(_evaluated(*part) for part in parts))),
        )
    )


def _evaluated(axis: Axis, tiles: Size, transform: ToomCook) -> Operator:
    """Return (I (x) B^T) E: the overlapping tiles of an axis, each transformed."""
    mu, alpha = transform.tile, len(transform.input.rows)
    reach = (tiles - 1) * mu + alpha - axis.size - axis.lo
    windows = Unfold(Axis(axis.size, alpha, stride=mu, lo=axis.lo, hi=reach))
    return (
        Reshaped(Kron((Identity(tiles), transform.input)), windows.output_shape, (tiles * alpha,)) @ windows
    )


def _interpolated(axis: Axis, tiles: Size, transform: ToomCook) -> Operator:
    """Return crop (I (x) A^T): what each tile gives, without what is beyond the last output."""
    mu, alpha = transform.tile, len(transform.input.rows)
    whole = Reshaped(Kron((Identity(tiles), transform.output)), (tiles * alpha,), (tiles * mu,))
    beyond = tiles * mu - axis.outputs
    return whole if beyond == 0 else Selection(Axis(tiles * mu, 1, hi=-beyond), 0) @ whole


MOST_POINTS = 32


@dataclass(frozen=True)
class ToomCook:
    """F(tile, kernel): y = output @ diag(kernel evaluated) @ input @ x for each tile x."""

    tile: int
    output: Fixed
    kernel: Evaluation
    input: Fixed


def toom_cook(tile: int, kernel: int, points: Any = None) -> ToomCook:
    """Return the exact transforms of F(tile, kernel): A^T, the points of G, and B^T.

    With V_c the Vandermonde matrix of the points with c columns, A^T = V_tile^T, G = V_kernel and
    B^T = V_alpha^-T, its rows scaled to integers and those of G to make up for it.

    >>> transform = toom_cook(2, 3)
    >>> transform.output.rows
    ((1, 1, 1, 0), (0, 1, -1, 1))
    >>> transform.input.rows
    ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, -1, 0, 1))
    """
    alpha = tile + kernel - 1
    if alpha > MOST_POINTS:
        raise ArgumentError(
            f"tile={tile} with a kernel of {kernel} needs {alpha} points, over {MOST_POINTS}: exact "
            "matrices of that size take minutes and their numbers overflow; use a smaller tile"
        )
    given = islice(_usual_points(), alpha - 1) if points is None else points
    chosen = tuple(given) if isinstance(given, Iterable) else ()
    if len(chosen) != alpha - 1:
        raise ArgumentError(
            f"points={points!r} must be the {alpha - 1} finite points of F({tile}, {kernel}); "
            "infinity is added to them"
        )
    evaluation = Evaluation((*chosen, None), kernel)
    square = sympy.Matrix(_sympy(vandermonde(evaluation.points, alpha)))
    inverse = square.inv().T.tolist()
    scales = [lcm(*(int(v.q) for v in row)) for row in inverse]
    scaled = tuple(tuple(int(v * s) for v in row) for row, s in zip(inverse, scales, strict=True))
    output = Fixed(tuple(zip(*vandermonde(evaluation.points, tile), strict=True)))
    return ToomCook(
        tile, output, replace(evaluation, scales=tuple(Fraction(1, s) for s in scales)), Fixed(scaled)
    )


def _sympy(rows: list[list[Number]]) -> list[list[sympy.Rational]]:
    return [[sympy.Rational(Fraction(v)) for v in row] for row in rows]


def _usual_points() -> Iterator[Number]:
    """Yield 0, 1, -1, 2, -2, 1/2, -1/2, 3, -3, 1/3, -1/3, ...: small numbers and their inverses."""
    yield from (0, 1, -1)
    for n in count(2):
        yield from (n, -n, Fraction(1, n), Fraction(-1, n))


# --- by frequency --------------------------------------------------------------------------------


def fourier_conv(
    in_channels: SizeLike,
    out_channels: SizeLike,
    input_size: Any,
    kernel_size: Any,
    *,
    padding: Any = "same",
    dilation: Any = 1,
    groups: SizeLike = 1,
    modulus: int | None = None,
    name: str = "weight",
) -> Product:
    """Return the circular convolution by frequency: F^-1, one small matrix per frequency, F.

    The padding must give as many outputs as inputs. The matrices are complex; with a prime ``modulus``
    they are integers modulo that prime, and the result is exact (modulo the prime).
    Source: Mathieu et al., arXiv:1312.5851; Sedghi et al., arXiv:1805.10408.

    >>> import convalgebra as ca
    >>> exact = ca.fourier_conv(1, 1, 4, 3, modulus=13)
    >>> exact.matrix([[[1, 2, 3]]]).toarray() % 13
    array([[2, 3, 0, 1],
           [1, 2, 3, 0],
           [0, 1, 2, 3],
           [3, 0, 1, 2]])
    """
    axes = make_axes(input_size, kernel_size, 1, padding, dilation, "circular")
    ins, outs = as_size(in_channels, "in_channels", 1), as_size(out_channels, "out_channels", 1)
    spectra = tuple(Spectrum(axis, modulus) for axis in axes)
    there = (Fourier(axis.size, modulus=modulus) for axis in axes)
    back = (Fourier(axis.size, inverse=True, modulus=modulus) for axis in axes)
    return Product(
        (
            Kron((Identity(outs), *back)),
            PointProducts(ins, outs, spectra, as_size(groups, "groups", 1), name),
            Kron((Identity(ins), *there)),
        )
    )
