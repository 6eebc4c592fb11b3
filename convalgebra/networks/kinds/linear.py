"""Matrix products: a weight times each position of an image, or two activations."""

from __future__ import annotations

from functools import lru_cache

from convalgebra.catalogue.grouped import pointwise_grouped
from convalgebra.errors import ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.seen import Effect, Seen, UnsupportedError, agreed, broadcast, repeated
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.operators.permutations import Permutation
from convalgebra.proofs import Size


def gemm(seen: Seen) -> Effect:
    """Gemm: (N, K) times (K, M), or (M, K) with ``transB``, plus a bias."""
    rows, weight = seen.shape(0), seen.shape(1)
    if len(rows) != 2 or len(weight) != 2:
        raise ShapeError(f"Gemm takes two matrices, not shapes {rows} and {weight}")
    turned = bool(seen.attribute("transB", 0))
    inside, out = (weight[1], weight[0]) if turned else weight
    if seen.attribute("transA", 0):
        raise UnsupportedError("Gemm with transA: axis 0 is no batch", ((rows[1], out),))
    columns, conditions = agreed([rows[1], inside], (rows, weight))
    op = _dense(out, columns, turned)
    held = {"weight": (1,)} | ({"bias": (2,)} if seen.has(2) else {})
    return Effect(
        ((rows[0], out),),
        "linear",
        repeated(op, seen.copies()),
        {"weight": 1},
        held,
        conditions=tuple(conditions),
        biased=seen.has(2),
    )


def matmul(seen: Seen) -> Effect:
    """MatMul: a constant on the right or the left, or two activations."""
    return _matmul(seen, 0, 1)


def qlinear_matmul(seen: Seen) -> Effect:
    """QLinearMatMul: the second factor is input 3."""
    return _matmul(seen, 0, 3)


def _matmul(seen: Seen, left: int, right: int) -> Effect:
    a, b = seen.shape(left), seen.shape(right)
    if seen.is_constant(right) and len(b) <= 2 and len(a) >= 2:
        return _weight_right(seen, a, b, right)
    if seen.is_constant(left) and len(a) == 2 and len(b) >= 3:
        return _weight_left(seen, a, b, left, right)
    return _two(seen, left, right)


def _weight_right(seen: Seen, a: Shape, b: Shape, place: int) -> Effect:
    columns, conditions = agreed([a[-1], b[0]], (a, b))
    out = b[1] if len(b) == 2 else 1
    dense: Operator = _dense(out, columns, False) if len(b) == 2 else Dense(1, columns)
    each = dense
    for positions in reversed(a[1:-1]):
        each = Kron((Identity(positions), each))
    op: Operator | None = None
    counted: Operator | None = None
    try:
        op = repeated(each, seen.copies())
    except UnsupportedError:  # the batch is another axis: as many products, but no operator for one image
        counted = repeated(dense, seen.for_one_image(a[:-1]))
    shape = (*a[:-1], *b[1:])
    return Effect(
        (shape,),
        "linear",
        op,
        {"weight": place},
        {"weight": (place,)},
        counted=counted,
        conditions=tuple(conditions),
    )


def _weight_left(seen: Seen, a: Shape, b: Shape, place: int, image: int) -> Effect:
    columns, conditions = agreed([a[1], b[-2]], (a, b))
    op: Operator = Kron((_dense(a[0], columns, True), Identity(b[-1])))
    for positions in reversed(b[1:-2]):
        op = Kron((Identity(positions), op))
    shape = (*b[:-2], a[0], b[-1])
    return Effect(
        (shape,),
        "linear",
        repeated(op, seen.copies(image)),
        {"weight": place},
        {"weight": (place,)},
        conditions=tuple(conditions),
    )


def _two(seen: Seen, left: int, right: int) -> Effect:
    """Count a product of two stacks of matrices as the pointwise convolution in groups by the second.

    One that is a constant, such as a weight for each head, is a parameter.
    """
    a, b = seen.shape(left), seen.shape(right)
    places = tuple(place for place in (left, right) if seen.is_constant(place))
    if len(a) < 2 or len(b) < 2:
        raise UnsupportedError("MatMul of a vector that is no weight")
    columns, conditions = agreed([a[-1], b[-2]], (a, b))
    front, more = broadcast((a[:-2], b[:-2]))
    shape = (*front, a[-2], b[-1])
    if len(front) < 1:
        raise UnsupportedError("MatMul of two activations without a batch", (shape,))
    op = stacked(seen.for_one_image(front), a[-2], columns, b[-1])
    held = {"weight": places} if places else {}
    return Effect((shape,), "linear", counted=op, held=held, conditions=(*conditions, *more))


def stacked(count: Size, rows: Size, columns: Size, out: Size) -> Operator:
    """Return what ``count`` products of a (rows, columns) with a (columns, out) matrix cost.

    >>> stacked(2, 3, 4, 5).mult_adds
    120
    """
    moved = Permutation((count, rows, columns), (0, 2, 1))
    mixed = pointwise_grouped(count * columns, count * out, (rows,), groups=count)
    back = Permutation((count, out, rows), (0, 2, 1))
    return (
        Reshaped(back, mixed.output_shape, (count * rows, out))
        @ mixed
        @ Reshaped(moved, (count * rows, columns), mixed.input_shape)
    )


@lru_cache(maxsize=4096)
def _dense(out: Size, columns: Size, turned: bool) -> Operator:
    """Return the full matrix of a weight (out, columns), or of one that is (columns, out)."""
    return Dense(out, columns) if turned else Dense(columns, out).T
