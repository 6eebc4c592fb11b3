"""The registry: each public operator class and named convolution, with a strategy of valid arguments.

The common laws of ``test_registry`` run over it; a public name that is missing fails a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as grid

from hypothesis import assume
from hypothesis import strategies as st

import convalgebra as ca
from tests import strategies
from tests.strategies import Keywords, axes, layer_keywords

SMALL = st.integers(1, 4)
RANKS = (1, 2)


@dataclass(frozen=True)
class Entry:
    """How to make an operator: a public callable and the keywords that it may be given.

    ``nameable``: any number in the keywords may be put as a name; not so where operands must fit.
    """

    make: Callable[..., ca.Operator]
    keywords: st.SearchStrategy[Keywords]
    nameable: bool = True

    @property
    def operators(self) -> st.SearchStrategy[ca.Operator]:
        return self.keywords.map(lambda keywords: self.make(**keywords))


# --- arguments ---


@st.composite
def depthwise_keywords(draw: st.DrawFn) -> Keywords:
    return draw(layer_keywords(ranks=(1, 2))) | {
        "in_channels": draw(SMALL),
        "multiplier": draw(st.integers(1, 3)),
    }


@st.composite
def separable_keywords(draw: st.DrawFn) -> Keywords:
    return draw(depthwise_keywords()) | {"out_channels": draw(SMALL)}


@st.composite
def spatial_keywords(draw: st.DrawFn) -> Keywords:
    channels = {
        name: draw(st.integers(1, 3)) for name in ("in_channels", "out_channels", "middle_channels")
    }
    return draw(layer_keywords(ranks=(1, 2, 3))) | channels


@st.composite
def pointwise_keywords(draw: st.DrawFn) -> Keywords:
    size = tuple(draw(st.lists(SMALL, min_size=1, max_size=3)))
    return {"in_channels": draw(SMALL), "out_channels": draw(SMALL), "input_size": size}


@st.composite
def class_keywords(draw: st.DrawFn) -> Keywords:
    keywords = draw(strategies.channels(1))
    mode = draw(st.sampled_from(strategies.MODES))
    given = st.lists(axes(4, (mode,)), min_size=1, max_size=2).map(tuple)
    return keywords | {"axes": draw(given), "flip": draw(st.booleans()), "name": draw(names())}


def names() -> st.SearchStrategy[str]:
    return st.sampled_from(("weight", "a", "b", "conv_1"))


def dense_keywords() -> st.SearchStrategy[Keywords]:
    return st.fixed_dictionaries({"rows": SMALL, "columns": SMALL, "name": names()})


@st.composite
def tap_weights_keywords(draw: st.DrawFn) -> Keywords:
    kernel = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    tap = draw(st.sampled_from([(), *grid(*map(range, kernel))]))
    return draw(strategies.channels(1)) | {"kernel_size": kernel, "tap": tap, "name": draw(names())}


@st.composite
def selection_keywords(draw: st.DrawFn) -> Keywords:
    axis = draw(axes(5))
    return {"axis": axis, "tap": draw(st.integers(0, axis.kernel - 1))}


# --- operators made of operators ---


def leaves() -> st.SearchStrategy[ca.Operator]:
    return st.one_of(
        SMALL.map(ca.Identity),
        dense_keywords().map(lambda keywords: ca.Dense(**keywords)),
        tap_weights_keywords().map(lambda keywords: ca.TapWeights(**keywords)),
        selection_keywords().map(lambda keywords: ca.Selection(**keywords)),
        strategies.convs(ranks=(1,)),
    )


def told_apart(operators: tuple[ca.Operator, ...]) -> tuple[ca.Operator, ...]:
    """Give each operand's weights their own names, so that no name is asked for with two shapes."""
    return tuple(
        op.renamed({name: f"{name}{at}" for name in op.weight_shapes}) for at, op in enumerate(operators)
    )


def several(most: int) -> st.SearchStrategy[tuple[ca.Operator, ...]]:
    operand = st.one_of(leaves(), leaves().map(lambda op: op.T))
    return st.lists(operand, min_size=1, max_size=most).map(tuple).map(told_apart)


def operands(most: int) -> st.SearchStrategy[Keywords]:
    return st.fixed_dictionaries({"operators": several(most)})


@st.composite
def chain_keywords(draw: st.DrawFn) -> Keywords:
    """Draw operators whose shapes fit: Dense after Dense, around one operator of any kind."""
    middle = draw(leaves())
    middle = draw(st.sampled_from((middle, middle.T)))
    rows, columns = middle.shape
    after, before = ca.Dense(draw(SMALL), rows), ca.Dense(columns, draw(SMALL))
    chosen = draw(st.sampled_from([(after, middle), (middle, before), (after, middle, before), (middle,)]))
    return {"operators": told_apart(chosen)}


@st.composite
def sum_keywords(draw: st.DrawFn) -> Keywords:
    """Draw terms of one shape: an operator, an expanded convolution's taps, dense terms beside."""
    term = draw(st.one_of(leaves(), strategies.convs(ranks=(1,)).map(lambda conv: conv.expand())))
    terms = term.operands if isinstance(term, ca.Sum) else (term,)
    extra = draw(st.integers(0, 2))
    dense = tuple(ca.Dense(*term.shape, f"dense{at}") for at in range(extra))
    return {"operators": (*terms, *dense)}


def any_operator() -> st.SearchStrategy[ca.Operator]:
    """Return operators of every kind, two deep."""
    combined = [
        operands(2).map(lambda keywords: ca.Kron(**keywords)),
        operands(3).map(lambda keywords: ca.BlockDiag(**keywords)),
        sum_keywords().map(lambda keywords: ca.Sum(**keywords)),
        chain_keywords().map(lambda keywords: ca.Product(**keywords)),
    ]
    return st.one_of(leaves(), *combined)


@st.composite
def nested_keywords(draw: st.DrawFn) -> Keywords:
    """Draw two operators of every kind, combinators among them."""
    return {"operators": told_apart((draw(any_operator()), draw(leaves())))}


# --- operators whose numbers are fixed: halves and quarters, which floats hold exactly ---

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
    axis = draw(axes(4))
    taps = draw(st.lists(fractions(), min_size=axis.kernel, max_size=axis.kernel))
    return {"axis": axis, "kernel": tuple(taps)}


def fractions() -> st.SearchStrategy[Fraction | int]:
    return st.sampled_from((0, 1, -1, 2, Fraction(1, 2), Fraction(-3, 4)))


@st.composite
def fixed_keywords(draw: st.DrawFn) -> Keywords:
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
    modulus, sizes = draw(st.sampled_from(((5, (1, 2, 4)), (7, (1, 2, 3, 6)), (13, (1, 2, 3, 4)))))
    size = tuple(draw(st.lists(st.sampled_from(sizes), min_size=1, max_size=2)))
    given = draw(strategies.channels(2))
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
    return draw(strategies.channels(2)) | {
        "input_size": size,
        "kernel_size": transform[1],
        "tile": transform[0],
        "padding": padding,
    }


@st.composite
def point_products_keywords(draw: st.DrawFn) -> Keywords:
    points = st.lists(
        st.sampled_from((0, 1, -1, 2, Fraction(1, 2), None)), min_size=1, max_size=3, unique=True
    )
    transforms = []
    for _ in range(draw(st.integers(1, 2))):
        chosen = tuple(draw(points))
        scales = draw(st.sampled_from((None, (Fraction(1, 2),) * len(chosen))))
        transforms.append(ca.Evaluation(chosen, draw(st.integers(1, 3)), draw(st.integers(1, 2)), scales))
    return draw(strategies.channels(2)) | {"transforms": tuple(transforms), "name": draw(names())}


# --- operators that move values ---


@st.composite
def permutation_keywords(draw: st.DrawFn) -> Keywords:
    sizes = tuple(draw(st.lists(SMALL, min_size=1, max_size=4)))
    return {"sizes": sizes, "order": tuple(draw(st.permutations(range(len(sizes)))))}


@st.composite
def shuffle_keywords(draw: st.DrawFn) -> Keywords:
    groups = draw(SMALL)
    return {"size": groups * draw(SMALL), "groups": groups}


@st.composite
def channel_shuffle_keywords(draw: st.DrawFn) -> Keywords:
    given = draw(shuffle_keywords())
    return {"channels": given["size"], "groups": given["groups"], "input_size": draw(image())}


@st.composite
def phases_keywords(draw: st.DrawFn) -> Keywords:
    rank = draw(st.integers(1, 2))
    steps = tuple(draw(st.integers(1, 3)) for _ in range(rank))
    sizes = tuple(draw(st.integers(step, 6)) for step in steps)
    listed = tuple(tuple(draw(st.sets(st.integers(0, step - 1), min_size=1))) for step in steps)
    residues = draw(st.sampled_from((None, listed)))
    return {"sizes": (draw(SMALL), *sizes), "steps": steps, "residues": residues}


@st.composite
def gather_keywords(draw: st.DrawFn) -> Keywords:
    size = draw(st.integers(1, 6))
    indices = st.lists(st.integers(0, size - 1), min_size=1, max_size=6).map(tuple)
    return {"size": size, "indices": draw(indices)}


def image(most: int = 5) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(1, most), min_size=1, max_size=2).map(tuple)


@st.composite
def padded_keywords(draw: st.DrawFn) -> Keywords:
    size = draw(image())
    pairs = tuple(
        (draw(st.integers(-((n - 1) // 2), 4)), draw(st.integers(-((n - 1) // 2), 4))) for n in size
    )
    mode = draw(st.sampled_from(strategies.MODES))
    return {"channels": draw(SMALL), "input_size": size, "padding": pairs, "padding_mode": mode}


@st.composite
def cropped_keywords(draw: st.DrawFn) -> Keywords:
    size = draw(image())
    pairs = tuple((draw(st.integers(0, (n - 1) // 2)), draw(st.integers(0, (n - 1) // 2))) for n in size)
    return {"channels": draw(SMALL), "input_size": size, "amount": pairs}


@st.composite
def average_pool_keywords(draw: st.DrawFn) -> Keywords:
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
    size = draw(image(4))
    return {"channels": draw(SMALL), "input_size": size, argument: tuple(draw(value) for _ in size)}


@st.composite
def bilinear_keywords(draw: st.DrawFn) -> Keywords:
    return draw(resized_keywords("factor", DYADIC)) | {"align_corners": draw(st.booleans())}


@st.composite
def pixel_keywords(draw: st.DrawFn, grows: bool) -> Keywords:
    size, factor = draw(image(3)), draw(st.integers(1, 2))
    many = factor ** len(size)
    channels = draw(st.integers(1, 3)) * (many if grows else 1)
    sizes = size if grows else tuple(n * factor for n in size)
    return {"in_channels": channels, "input_size": sizes, "factor": factor}


# --- named convolutions ---


@st.composite
def plain_keywords(draw: st.DrawFn, ranks: tuple[int, ...] = (1, 2), zeros: bool = False) -> Keywords:
    """Draw a convolution without groups."""
    modes = ("zeros",) if zeros else strategies.MODES
    keywords = draw(layer_keywords(modes, ranks=ranks))
    if zeros:
        del keywords["padding_mode"]
    return keywords | {"in_channels": draw(st.integers(1, 3)), "out_channels": draw(st.integers(1, 3))}


@st.composite
def grouped_keywords(draw: st.DrawFn) -> Keywords:
    return draw(layer_keywords(ranks=(1, 2))) | draw(strategies.channels(2))


@st.composite
def pointwise_grouped_keywords(draw: st.DrawFn) -> Keywords:
    return draw(strategies.channels(1)) | {"input_size": draw(image())}


@st.composite
def shuffled_keywords(draw: st.DrawFn) -> Keywords:
    groups = draw(st.integers(1, 3))
    given = draw(layer_keywords(("zeros",), ranks=(1, 2)))
    del given["padding_mode"]
    channels = {
        name: groups * draw(st.integers(1, 2))
        for name in ("in_channels", "out_channels", "middle_channels")
    }
    return given | channels | {"groups": groups}


@st.composite
def connected_keywords(draw: st.DrawFn) -> Keywords:
    columns = draw(st.integers(1, 3))
    row = st.lists(st.integers(0, 1), min_size=columns, max_size=columns).map(tuple)
    table = draw(st.lists(row, min_size=1, max_size=3).map(tuple))
    assume(any(map(any, table)))
    return draw(layer_keywords(ranks=(1, 2))) | {"table": table}


@st.composite
def resnext_keywords(draw: st.DrawFn) -> Keywords:
    groups, kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    size = tuple(draw(st.integers(kernel, 4)) for _ in range(draw(st.integers(1, 2))))
    return {
        "in_channels": draw(st.integers(1, 3)),
        "out_channels": draw(st.integers(1, 3)),
        "middle_channels": groups * draw(st.integers(1, 2)),
        "groups": groups,
        "input_size": size,
        "kernel_size": kernel,
        "padding": draw(st.integers(0, 1)),
        "form": draw(st.sampled_from(("grouped", "concatenated", "split"))),
    }


@st.composite
def polyphase_keywords(draw: st.DrawFn) -> Keywords:
    """Draw dilated convolutions at least one output of which reads the image."""
    rank = draw(st.integers(1, 2))
    kernel, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    span = dilation * (kernel - 1) + 1
    size = tuple(draw(st.integers(span, span + 4 - rank)) for _ in range(rank))
    keywords = draw(strategies.channels(2)) | {
        "input_size": size,
        "kernel_size": kernel,
        "dilation": dilation,
        "stride": draw(st.integers(1, 3)),
        "padding": draw(st.integers(0, 2)),
    }
    # It refuses a convolution that reads padding zeros only.
    assume(ca.conv(**keywords).entries > 0)
    return keywords


@st.composite
def local_keywords(draw: st.DrawFn) -> Keywords:
    given = st.lists(axes(3, ("zeros",)), min_size=1, max_size=2).map(tuple)
    channels = {"in_channels": draw(st.integers(1, 2)), "out_channels": draw(st.integers(1, 2))}
    return channels | {"axes": draw(given), "name": draw(names())}


# --- operators made of these ---


@st.composite
def stacked_keywords(draw: st.DrawFn, side: int) -> Keywords:
    """Draw an operator of any kind and dense ones that have a side as long as its: 0 rows, 1 columns."""
    first = draw(leaves())
    first = draw(st.sampled_from((first, first.T)))
    common, rest = first.shape[side], []
    for at in range(draw(st.integers(0, 2))):
        other = draw(SMALL)
        rest.append(ca.Dense(*((common, other) if side == 0 else (other, common)), f"dense{at}"))
    return {"operators": told_apart((first, *rest))}


@st.composite
def reshaped_keywords(draw: st.DrawFn) -> Keywords:
    op = draw(leaves())
    return {"operator": op, "inputs": (1, op.shape[1]), "outputs": (op.shape[0], 1, 1)}


def on_weight_keywords() -> st.SearchStrategy[Keywords]:
    weighted = st.one_of(
        strategies.convs(ranks=(1, 2)),
        dense_keywords().map(lambda keywords: ca.Dense(**keywords)),
        plain_keywords(ranks=(1,)).map(lambda keywords: ca.locally_connected(**keywords)),
        operands(2)
        .map(lambda keywords: ca.BlockDiag(**keywords))
        .filter(lambda op: all(part.weight_shapes for part in op.operators)),
    )
    return st.fixed_dictionaries({"operator": weighted})


ENTRIES: dict[str, Entry] = {
    "conv": Entry(ca.conv, strategies.conv_keywords(ranks=(1, 2, 3))),
    "conv_transpose": Entry(ca.conv_transpose, strategies.transposed_keywords(ranks=(1, 2, 3))),
    "pointwise": Entry(ca.pointwise, pointwise_keywords()),
    "depthwise": Entry(ca.depthwise, depthwise_keywords()),
    "depthwise_separable": Entry(ca.depthwise_separable, separable_keywords()),
    "spatially_separable": Entry(ca.spatially_separable, spatial_keywords()),
    "Conv": Entry(ca.Conv, class_keywords()),
    "Identity": Entry(ca.Identity, st.fixed_dictionaries({"size": st.integers(1, 7)})),
    "Dense": Entry(ca.Dense, dense_keywords()),
    "TapWeights": Entry(ca.TapWeights, tap_weights_keywords(), nameable=False),
    "Selection": Entry(ca.Selection, selection_keywords()),
    "Kron": Entry(ca.Kron, operands(3), nameable=False),
    "BlockDiag": Entry(ca.BlockDiag, operands(3), nameable=False),
    "Sum": Entry(ca.Sum, sum_keywords(), nameable=False),
    "Product": Entry(ca.Product, chain_keywords(), nameable=False),
    "Filter": Entry(ca.Filter, filter_keywords()),
    "Fixed": Entry(ca.Fixed, fixed_keywords(), nameable=False),
    "Fourier": Entry(ca.Fourier, fourier_keywords(), nameable=False),
    "LocallyConnected": Entry(ca.LocallyConnected, local_keywords()),
    "PointProducts": Entry(ca.PointProducts, point_products_keywords(), nameable=False),
    "Gather": Entry(ca.Gather, gather_keywords(), nameable=False),
    "Permutation": Entry(ca.Permutation, permutation_keywords(), nameable=False),
    "Phases": Entry(ca.Phases, phases_keywords(), nameable=False),
    "Shuffle": Entry(ca.Shuffle, shuffle_keywords()),
    "Unfold": Entry(ca.Unfold, st.fixed_dictionaries({"axis": axes(5)})),
    "OnWeight": Entry(ca.OnWeight, on_weight_keywords(), nameable=False),
    "HStack": Entry(ca.HStack, stacked_keywords(0), nameable=False),
    "VStack": Entry(ca.VStack, stacked_keywords(1), nameable=False),
    "Reshaped": Entry(ca.Reshaped, reshaped_keywords(), nameable=False),
    "average_pool": Entry(ca.average_pool, average_pool_keywords()),
    "channel_shuffle": Entry(ca.channel_shuffle, channel_shuffle_keywords()),
    "connected": Entry(ca.connected, connected_keywords(), nameable=False),
    "cropped": Entry(ca.cropped, cropped_keywords()),
    "decimation": Entry(ca.decimation, resized_keywords("stride", st.integers(1, 4))),
    "dilated_polyphase": Entry(ca.dilated_polyphase, polyphase_keywords(), nameable=False),
    "flattened": Entry(ca.flattened, plain_keywords()),
    "fourier_conv": Entry(ca.fourier_conv, fourier_conv_keywords(), nameable=False),
    "grouped": Entry(ca.grouped, grouped_keywords()),
    "im2col": Entry(ca.im2col, grouped_keywords()),
    "locally_connected": Entry(ca.locally_connected, plain_keywords()),
    "padded": Entry(ca.padded, padded_keywords()),
    "pixel_shuffle": Entry(ca.pixel_shuffle, pixel_keywords(True), nameable=False),
    "pixel_unshuffle": Entry(ca.pixel_unshuffle, pixel_keywords(False), nameable=False),
    "pointwise_grouped": Entry(ca.pointwise_grouped, pointwise_grouped_keywords()),
    "resnext_block": Entry(ca.resnext_block, resnext_keywords(), nameable=False),
    "shuffled_grouped": Entry(ca.shuffled_grouped, shuffled_keywords()),
    "space_to_depth": Entry(ca.space_to_depth, pixel_keywords(False), nameable=False),
    "upsample_bilinear": Entry(ca.upsample_bilinear, bilinear_keywords()),
    "upsample_nearest": Entry(ca.upsample_nearest, resized_keywords("factor", st.integers(1, 4))),
    "volume_conv": Entry(ca.volume_conv, plain_keywords(zeros=True)),
    "winograd": Entry(ca.winograd, winograd_keywords(), nameable=False),
    "zero_insertion": Entry(ca.zero_insertion, resized_keywords("stride", st.integers(1, 4))),
    "Transposed": Entry(ca.Transposed, st.fixed_dictionaries({"operator": any_operator()}), nameable=False),
}

# Not public names: combinators of combinators and other arguments, under the same laws.
NESTED: dict[str, Entry] = {
    "Kron of all": Entry(ca.Kron, nested_keywords(), nameable=False),
    "Filter with taps": Entry(ca.Filter, taps_keywords(), nameable=False),
    "BlockDiag of all": Entry(ca.BlockDiag, nested_keywords(), nameable=False),
}
