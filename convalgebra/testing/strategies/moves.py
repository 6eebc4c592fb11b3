"""Operators that move values, and resampling."""

from __future__ import annotations

from hypothesis import strategies as st

from convalgebra.axis import PADDING_MODES
from convalgebra.testing.strategies.axes import Keywords
from convalgebra.testing.strategies.fixed import DYADIC
from convalgebra.testing.strategies.parts import SMALL


def image(most: int = 5) -> st.SearchStrategy[tuple[int, ...]]:
    """Return image sizes of one or two axes."""
    return st.lists(st.integers(1, most), min_size=1, max_size=2).map(tuple)


@st.composite
def permutation_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.Permutation``."""
    sizes = tuple(draw(st.lists(SMALL, min_size=1, max_size=4)))
    return {"sizes": sizes, "order": tuple(draw(st.permutations(range(len(sizes)))))}


@st.composite
def shuffle_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.Shuffle``."""
    groups = draw(SMALL)
    return {"size": groups * draw(SMALL), "groups": groups}


@st.composite
def channel_shuffle_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.channel_shuffle``."""
    given = draw(shuffle_keywords())
    return {"channels": given["size"], "groups": given["groups"], "input_size": draw(image())}


@st.composite
def phases_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.Phases``."""
    rank = draw(st.integers(1, 2))
    steps = tuple(draw(st.integers(1, 3)) for _ in range(rank))
    sizes = tuple(draw(st.integers(step, 6)) for step in steps)
    listed = tuple(tuple(draw(st.sets(st.integers(0, step - 1), min_size=1))) for step in steps)
    residues = draw(st.sampled_from((None, listed)))
    return {"sizes": (draw(SMALL), *sizes), "steps": steps, "residues": residues}


@st.composite
def gather_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.Gather``."""
    size = draw(st.integers(1, 6))
    indices = st.lists(st.integers(0, size - 1), min_size=1, max_size=6).map(tuple)
    return {"size": size, "indices": draw(indices)}


@st.composite
def padded_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.padded``, cropping among them."""
    size = draw(image())
    pairs = tuple(
        (draw(st.integers(-((n - 1) // 2), 4)), draw(st.integers(-((n - 1) // 2), 4))) for n in size
    )
    mode = draw(st.sampled_from(PADDING_MODES))
    return {"channels": draw(SMALL), "input_size": size, "padding": pairs, "padding_mode": mode}


@st.composite
def cropped_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.cropped``."""
    size = draw(image())
    pairs = tuple((draw(st.integers(0, (n - 1) // 2)), draw(st.integers(0, (n - 1) // 2))) for n in size)
    return {"channels": draw(SMALL), "input_size": size, "amount": pairs}


@st.composite
def average_pool_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.average_pool``, its entries exact in floats."""
    size = draw(image())
    counted, ceil_mode = draw(st.booleans()), draw(st.booleans())
    whole = counted and not ceil_mode
    kernel = tuple(draw(DYADIC if whole else st.integers(1, 2)) for _ in size)
    padding = tuple((draw(st.integers(m - 1, 4)), draw(st.integers(0, 2))) for m in kernel)
    return {
        "channels": draw(SMALL),
        "input_size": size,
        "kernel_size": kernel,
        "stride": tuple(draw(st.integers(1, 3)) for _ in size),
        "padding": padding,
        "ceil_mode": ceil_mode,
        "count_include_pad": counted,
    }


@st.composite
def resized_keywords(draw: st.DrawFn, argument: str, value: st.SearchStrategy[int]) -> Keywords:
    """Draw channels, an image and one more argument for each axis."""
    size = draw(image(4))
    return {"channels": draw(SMALL), "input_size": size, argument: tuple(draw(value) for _ in size)}


@st.composite
def bilinear_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the keywords of ``ca.upsample_bilinear``, its entries exact in floats."""
    return draw(resized_keywords("factor", DYADIC)) | {"align_corners": draw(st.booleans())}


@st.composite
def pixel_keywords(draw: st.DrawFn, grows: bool) -> Keywords:
    """Draw the keywords of ``ca.pixel_shuffle`` (``grows``) or of its inverses."""
    size, factor = draw(image(3)), draw(st.integers(1, 2))
    many = factor ** len(size)
    channels = draw(st.integers(1, 3)) * (many if grows else 1)
    sizes = size if grows else tuple(n * factor for n in size)
    return {"in_channels": channels, "input_size": sizes, "factor": factor}
