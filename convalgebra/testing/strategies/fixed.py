"""Operators whose numbers are fixed: halves and quarters, exact in floats; and integers modulo primes."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume
from hypothesis import strategies as st

from convalgebra.operators.points import Evaluation
from convalgebra.testing.strategies.axes import Keywords, axes
from convalgebra.testing.strategies.layers import channels
from convalgebra.testing.strategies.parts import SMALL, names

DYADIC = st.sampled_from((1, 2, 4))


@st.composite
def filter_keywords(draw: st.DrawFn) -> Keywords:
    """Draw a filter by its name, its entries sums of halves and quarters."""
    axis = draw(axes(4))
    kernel = draw(st.sampled_from(("box", "average", "mean", "tent")))
    if kernel in ("average", "mean"):
        most = (1, 2) if kernel == "mean" else (1, 2, 4)
        assume(axis.kernel in most)
    assume(kernel != "tent" or axis.stride in (1, 2, 4))
    counted = (draw(st.integers(0, 2)), draw(st.integers(0, 2))) if kernel == "mean" else (0, 0)
    return {"axis": axis, "kernel": kernel, "counted": counted}


@st.composite
def taps_keywords(draw: st.DrawFn) -> Keywords:
    """Draw a filter by its taps."""
    axis = draw(axes(4))
    taps = draw(st.lists(fractions(), min_size=axis.kernel, max_size=axis.kernel))
    return {"axis": axis, "kernel": tuple(taps)}


def fractions() -> st.SearchStrategy[Fraction | int]:
    """Return numbers that floats hold exactly."""
    return st.sampled_from((0, 1, -1, 2, Fraction(1, 2), Fraction(-3, 4)))


@st.composite
def fixed_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.Fixed``."""
    columns = draw(SMALL)
    row = st.lists(fractions(), min_size=columns, max_size=columns).map(tuple)
    return {"rows": tuple(draw(st.lists(row, min_size=1, max_size=4)))}


@st.composite
def fourier_keywords(draw: st.DrawFn) -> Keywords:
    """Draw number theoretic transforms: the entries are integers."""
    size, modulus = draw(st.sampled_from(((1, 2), (2, 3), (3, 7), (4, 5), (4, 13), (5, 11), (6, 7))))
    return {"size": size, "inverse": draw(st.booleans()), "modulus": modulus}


@st.composite
def fourier_conv_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.fourier_conv``, over integers modulo a prime."""
    modulus, sizes = draw(st.sampled_from(((5, (1, 2, 4)), (7, (1, 2, 3, 6)), (13, (1, 2, 3, 4)))))
    size = tuple(draw(st.lists(st.sampled_from(sizes), min_size=1, max_size=2)))
    given = draw(channels(2))
    kernel = tuple(draw(st.integers(1, 4)) for _ in size)
    dilation = draw(st.integers(1, 2))
    return given | {
        "input_size": size,
        "kernel_size": kernel,
        "dilation": dilation,
        "modulus": modulus,
    }


@st.composite
def winograd_keywords(draw: st.DrawFn) -> Keywords:
    """Draw F(2, 3), F(2, 2) and their like: the transformed kernels are halves."""
    rank = draw(st.integers(1, 2))
    transform = draw(st.sampled_from(((1, 1), (2, 2), (2, 3), (3, 2), (1, 3), (3, 1))))
    low, high = ((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(2))
    padding = (low, high)[:rank]
    size = tuple(draw(st.integers(transform[1], 6 if rank == 1 else 4)) for _ in range(rank))
    return draw(channels(2)) | {
        "input_size": size,
        "kernel_size": transform[1],
        "tile": transform[0],
        "padding": padding,
    }


@st.composite
def point_products_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.PointProducts``."""
    points = st.lists(
        st.sampled_from((0, 1, -1, 2, Fraction(1, 2), None)), min_size=1, max_size=3, unique=True
    )
    transforms = []
    for _ in range(draw(st.integers(1, 2))):
        chosen = tuple(draw(points))
        scales = draw(st.sampled_from((None, (Fraction(1, 2),) * len(chosen))))
        transforms.append(Evaluation(chosen, draw(st.integers(1, 3)), draw(st.integers(1, 2)), scales))
    return draw(channels(2)) | {"transforms": tuple(transforms), "name": draw(names())}
