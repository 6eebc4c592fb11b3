"""The registry: each public operator class and named convolution, with a strategy of valid arguments.

The common laws of ``test_registry`` run over it; a public name that is missing fails a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product as grid

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
    tap = draw(st.sampled_from(list(grid(*map(range, kernel)))))
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


def kron_of_all_keywords() -> st.SearchStrategy[Keywords]:
    """Kronecker products take what is run in one go: no sums and no blocks, which stand outside."""
    return nested_keywords().filter(
        lambda keywords: (
            not any(
                isinstance(stage, ca.Sum | ca.BlockDiag)
                for op in keywords["operators"]
                for stage in op.stages
            )
        )
    )


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
    "Transposed": Entry(ca.Transposed, st.fixed_dictionaries({"operator": any_operator()}), nameable=False),
}

# Not public names: combinators of combinators, under the same laws.
NESTED: dict[str, Entry] = {
    "Kron of all": Entry(ca.Kron, kron_of_all_keywords(), nameable=False),
    "BlockDiag of all": Entry(ca.BlockDiag, nested_keywords(), nameable=False),
}
