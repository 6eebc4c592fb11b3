"""Leaves of the algebra and operators made of operators."""

from __future__ import annotations

from itertools import product as grid

from hypothesis import strategies as st

from convalgebra.axis import PADDING_MODES
from convalgebra.catalogue.forms import locally_connected
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity, TapWeights
from convalgebra.operators.local import LocallyConnected
from convalgebra.operators.moves import Selection
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.testing.strategies.axes import Keywords, axes
from convalgebra.testing.strategies.layers import channels, convs, plain_keywords

SMALL = st.integers(1, 4)


def names() -> st.SearchStrategy[str]:
    """Return names for weights."""
    return st.sampled_from(("weight", "a", "b", "conv_1"))


@st.composite
def class_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.Conv``."""
    keywords = draw(channels(1))
    mode = draw(st.sampled_from(PADDING_MODES))
    given = st.lists(axes(4, (mode,)), min_size=1, max_size=2).map(tuple)
    return keywords | {"axes": draw(given), "flip": draw(st.booleans()), "name": draw(names())}


def dense_keywords() -> st.SearchStrategy[Keywords]:
    """Return the fields of ``ca.Dense``."""
    return st.fixed_dictionaries({"rows": SMALL, "columns": SMALL, "name": names()})


@st.composite
def tap_weights_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.TapWeights``."""
    kernel = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    tap = draw(st.sampled_from([(), *grid(*map(range, kernel))]))
    return draw(channels(1)) | {"kernel_size": kernel, "tap": tap, "name": draw(names())}


@st.composite
def selection_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.Selection``."""
    axis = draw(axes(5))
    return {"axis": axis, "tap": draw(st.integers(0, axis.kernel - 1))}


@st.composite
def local_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.LocallyConnected``."""
    given = st.lists(axes(3, ("zeros",)), min_size=1, max_size=2).map(tuple)
    channels = {"in_channels": draw(st.integers(1, 2)), "out_channels": draw(st.integers(1, 2))}
    return channels | {"axes": draw(given), "name": draw(names())}


def leaves() -> st.SearchStrategy[Operator]:
    """Return operators that are not made of others."""
    return st.one_of(
        SMALL.map(Identity),
        dense_keywords().map(lambda keywords: Dense(**keywords)),
        tap_weights_keywords().map(lambda keywords: TapWeights(**keywords)),
        selection_keywords().map(lambda keywords: Selection(**keywords)),
        convs(ranks=(1,)),
    )


def told_apart(operators: tuple[Operator, ...]) -> tuple[Operator, ...]:
    """Give each operand's weights their own names, so that no name is asked for with two shapes."""
    return tuple(
        op.renamed({name: f"{name}{at}" for name in op.weight_shapes}) for at, op in enumerate(operators)
    )


def several(most: int) -> st.SearchStrategy[tuple[Operator, ...]]:
    """Return a few operators whose weights have different names."""
    operand = st.one_of(leaves(), leaves().map(lambda op: op.T))
    return st.lists(operand, min_size=1, max_size=most).map(tuple).map(told_apart)


def operands(most: int) -> st.SearchStrategy[Keywords]:
    """Return the field of a combinator that takes any operators."""
    return st.fixed_dictionaries({"operators": several(most)})


@st.composite
def chain_keywords(draw: st.DrawFn) -> Keywords:
    """Draw operators whose shapes fit: Dense after Dense, around one operator of any kind."""
    middle = draw(leaves())
    middle = draw(st.sampled_from((middle, middle.T)))
    rows, columns = middle.shape
    after, before = Dense(draw(SMALL), rows), Dense(columns, draw(SMALL))
    chosen = draw(st.sampled_from([(after, middle), (middle, before), (after, middle, before), (middle,)]))
    return {"operators": told_apart(chosen)}


@st.composite
def sum_keywords(draw: st.DrawFn) -> Keywords:
    """Draw terms of one shape: an operator, an expanded convolution's taps, dense terms beside."""
    term = draw(st.one_of(leaves(), convs(ranks=(1,)).map(lambda conv: conv.expand())))
    terms = term.operands if isinstance(term, Sum) else (term,)
    extra = draw(st.integers(0, 2))
    rows, columns = term.shape
    dense = tuple(Dense(rows, columns, f"dense{at}") for at in range(extra))
    return {"operators": (*terms, *dense)}


def any_operator() -> st.SearchStrategy[Operator]:
    """Return operators of every kind, two deep."""
    combined = [
        operands(2).map(lambda keywords: Kron(**keywords)),
        operands(3).map(lambda keywords: BlockDiag(**keywords)),
        sum_keywords().map(lambda keywords: Sum(**keywords)),
        chain_keywords().map(lambda keywords: Product(**keywords)),
    ]
    return st.one_of(leaves(), *combined)


@st.composite
def nested_keywords(draw: st.DrawFn) -> Keywords:
    """Draw two operators of every kind, combinators among them."""
    return {"operators": told_apart((draw(any_operator()), draw(leaves())))}


@st.composite
def stacked_keywords(draw: st.DrawFn, side: int) -> Keywords:
    """Draw an operator of any kind and dense ones that have a side as long as its: 0 rows, 1 columns."""
    first = draw(leaves())
    first = draw(st.sampled_from((first, first.T)))
    common, rest = first.shape[side], []
    for at in range(draw(st.integers(0, 2))):
        other = draw(SMALL)
        rows, columns = (common, other) if side == 0 else (other, common)
        rest.append(Dense(rows, columns, f"dense{at}"))
    return {"operators": told_apart((first, *rest))}


@st.composite
def reshaped_keywords(draw: st.DrawFn) -> Keywords:
    """Draw the fields of ``ca.Reshaped``."""
    op = draw(leaves())
    return {"operator": op, "inputs": (1, op.shape[1]), "outputs": (op.shape[0], 1, 1)}


def on_weight_keywords() -> st.SearchStrategy[Keywords]:
    """Return the field of ``ca.OnWeight``."""
    weighted = st.one_of(
        convs(ranks=(1, 2)),
        dense_keywords().map(lambda keywords: Dense(**keywords)),
        local_keywords().map(lambda keywords: LocallyConnected(**keywords)),
        plain_keywords(ranks=(1,)).map(lambda keywords: locally_connected(**keywords)),
        operands(2)
        .map(lambda keywords: BlockDiag(**keywords))
        .filter(lambda op: all(part.weight_shapes for part in op.operators)),
    )
    return st.fixed_dictionaries({"operator": weighted})
