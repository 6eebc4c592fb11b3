"""Judges of the claims about the channel shuffle and what it joins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.cheap import pointwise
from convalgebra.catalogue.grouped import channel_shuffle, grouped, pointwise_grouped
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured
from convalgebra.claims.forms.comparing import of_counts
from convalgebra.claims.forms.counts import count
from convalgebra.claims.forms.examples import amount
from convalgebra.claims.forms.matrices import same_operator
from convalgebra.claims.forms.patterns import ALL_MEET, channels_meet, full, in_words
from convalgebra.claims.forms.theorems import identity
from convalgebra.claims.forms.values import several, value
from convalgebra.operators.base import Operator
from convalgebra.operators.leaves import Identity
from convalgebra.sizes import symbol

DEALS = list(grid(g=(1, 2, 3, 5), n=(1, 2, 4)))
STACKS = list(grid(g=(1, 2, 3, 4), n=(1, 2, 3, 4, 6)))
SMALL = [point for point in STACKS if point["g"] * point["n"] <= 12]
MIXINGS = [
    {"N": N, "g1": a, "g2": b}
    for N in (12, 16)
    for a in (2, 3, 4, 6)
    for b in (2, 4, 6)
    if N % a == N % b == 0
]


def shuffle(g: Any, n: Any) -> Operator:
    """Return the shuffle of g groups of n channels, at one place."""
    return channel_shuffle(g * n, 1, groups=g)


def stacked(g: Any, n: Any) -> Operator:
    """Return two grouped pointwise layers of g groups, n channels to each."""
    first = pointwise_grouped(g * n, g * n, 1, groups=g, name="first")
    return pointwise_grouped(g * n, g * n, 1, groups=g, name="second") @ first


def shuffled(N: Any, g1: Any, g2: Any) -> Operator:
    """Return two grouped pointwise layers with the shuffle of the first one's groups between them."""
    first = pointwise_grouped(N, N, 1, groups=g1, name="first")
    second = pointwise_grouped(N, N, 1, groups=g2, name="second")
    return second @ channel_shuffle(N, 1, groups=g1) @ first


def with_shuffle(g: Any, n: Any) -> Operator:
    """Return the two layers of g groups with the shuffle between them."""
    return shuffled(g * n, g, g)


def shuffle_twice(g: Any, n: Any, by: Any) -> Operator:
    """Return the shuffle with g groups, then the one with ``by`` groups."""
    return channel_shuffle(g * n, 1, groups=by) @ shuffle(g, n)


# --- where channels go ---------------------------------------------------------------------------------


def destinations() -> Judge:
    """Return the judge of the claim that input channel a*n + b goes to position b*g + a."""

    def judge() -> Iterator[Finding]:
        for g, n in ((point["g"], point["n"]) for point in DEALS):
            said = [b * g + a for a in range(g) for b in range(n)]
            names = sympy.symbols(f"x:{g * n}")
            outputs = list(shuffle(g, n).symbolic_matrix() * sympy.Matrix(names))
            yield derived(f"g={g}, n={n}, where each symbol goes", said, [outputs.index(x) for x in names])
            dealt = list(sympy.Matrix(g, n, names).T)
            yield derived(f"g={g}, n={n}, reshaped, transposed, flattened", dealt, outputs)
            went = np.argsort(shuffle(g, n).matrix() @ np.arange(g * n))
            yield measured(f"g={g}, n={n}, where each number goes", said, went.tolist())

    return judge


def _derivative_in_symbols(op: Operator) -> str:
    names = sympy.Matrix(sympy.symbols(f"x:{op.shape[1]}"))
    jacobian = (op.symbolic_matrix() * names).jacobian(names)
    return _kind(np.array(jacobian.tolist(), int))


def _derivative_in_numbers(op: Operator) -> str:
    columns = [
        op.matrix() @ (np.arange(op.shape[1]) + unit) for unit in np.eye(int(op.shape[1]), dtype=int)
    ]
    return _kind(np.array(columns).T - (op.matrix() @ np.arange(op.shape[1]))[:, None])


def _kind(matrix: Any) -> str:
    one_each = all((matrix.sum(axis=axis) == 1).all() for axis in (0, 1)) and set(matrix.ravel()) <= {0, 1}
    return "a permutation matrix" if one_each else "another matrix"


def _blocks(table: Any, **sizes: Any) -> str:
    return in_words(table)


def _diagonal_blocks(g: int, n: int) -> str:
    return in_words(np.kron(np.eye(g, dtype=int), np.ones((n, n), int)))


def balance() -> Judge:
    """Return the judge of the claim that every group receives every group equally often iff g divides n."""

    def word(paths: set[int]) -> str:
        return "equally often" if len(paths) == 1 else "not equally often"

    def judge() -> Iterator[Finding]:
        for g, n in ((2, 2), (2, 3), (2, 4), (3, 4)):
            said = "equally often" if n % g == 0 else "not equally often"
            entries = with_shuffle(g, n).symbolic_matrix()
            terms = {len(sympy.Add.make_args(entry)) for entry in entries}
            yield derived(f"g={g}, n={n}, ways from channel to channel", said, word(terms), right=True)
        for g, n in ((2, 2), (2, 3), (3, 3), (3, 4), (3, 6), (4, 6), (4, 8)):
            said = "equally often" if n % g == 0 else "not equally often"
            op = with_shuffle(g, n)
            weights = {name: np.ones(shape, int) for name, shape in op.numeric_weight_shapes().items()}
            ways = set(op.matrix(weights).toarray().ravel().tolist())
            yield measured(f"g={g}, n={n}, ways from channel to channel", said, word(ways), right=True)

    return judge


def _one_matrix(weights: dict[str, Any], g: int, n: int) -> dict[str, Any]:
    """Return W_2 P W_1 as the weight of one pointwise layer, by plain arrays."""
    first, second = (_spread(weights[name][:, :, 0], g, n) for name in ("first", "second"))
    dealt = np.arange(g * n).reshape(g, n).T.ravel()
    return {"weight": (second @ first[dealt])[:, :, None]}


def _spread(weight: Any, g: int, n: int) -> Any:
    whole = np.zeros((g * n, g * n), weight.dtype)
    for group in range(g):
        own = slice(group * n, group * n + n)
        whole[own, own] = weight[own]
    return whole


def twice_dense(N: Any) -> Operator:
    """Return two dense mixings of N channels at one place."""
    return pointwise(N, N, 1, name="second") @ pointwise(N, N, 1, name="first")


def _depth(op: Operator) -> int:
    """Return how many input channels an output reads: seen in a row of the matrix."""
    return int(op.channel_pattern().table[0].sum())


JUDGES: dict[str, Judge] = {
    "S11-01": destinations(),
    "S11-02": several(
        same_operator(
            lambda g, n: Identity(g * n), lambda g, n: shuffle_twice(g, n, n), DEALS, symbols_at=DEALS[1:6]
        ),
        same_operator(
            lambda g: Identity(g * g),
            lambda g: shuffle_twice(g, g, g),
            [{"g": g} for g in (2, 3, 5)],
            symbols_at=[{"g": 2}, {"g": 3}],
        ),
        identity("inverse of a channel shuffle"),
    ),
    "S11-03": several(
        count(lambda g, n: 0, shuffle, DEALS),
        count(lambda g, n: 0, shuffle, DEALS, quantity="parameters"),
        same_operator(
            lambda g, n: Identity(g * n),
            lambda g, n: shuffle(g, n).T @ shuffle(g, n),
            DEALS,
            symbols_at=DEALS[3:6],
        ),
        value(
            "the derivative of the outputs by the inputs, g=3, n=4",
            "a permutation matrix",
            lambda: _derivative_in_symbols(shuffle(3, 4)),
            lambda: _derivative_in_numbers(shuffle(3, 4)),
        ),
    ),
    "S11-04": several(
        identity("product of block diagonals"),
        channels_meet(_diagonal_blocks, stacked, [{"g": 2, "n": 2}, {"g": 3, "n": 1}], SMALL, of=_blocks),
    ),
    "S11-05": several(
        channels_meet(
            lambda g, n: ALL_MEET,
            with_shuffle,
            [{"g": 2, "n": 2}, {"g": 2, "n": 3}, {"g": 3, "n": 2}, {"g": 4, "n": 2}],
            STACKS,
            of=full,
            met=lambda g, n: n >= g,
        ),
        balance(),
    ),
    "S11-06": channels_meet(
        lambda N, g1, g2: ALL_MEET,
        shuffled,
        [{"N": 6, "g1": 3, "g2": 2}, {"N": 6, "g1": 2, "g2": 3}, {"N": 12, "g1": 6, "g2": 4}],
        MIXINGS,
        of=full,
        met=lambda N, g1, g2: N // g2 >= g1,
    ),
    "S11-13": several(
        identity("shuffled grouped"),
        same_operator(
            lambda g, n: pointwise(g * n, g * n, 1, name="weight"),
            with_shuffle,
            [point for point in DEALS if point["g"] <= 3],
            symbols_at=[{"g": 2, "n": 2}, {"g": 3, "n": 1}],
            carry=_one_matrix,
        ),
    ),
    "S11-14": several(
        count(lambda N: 2 * N**2, twice_dense, [{"N": N} for N in (2, 6)]),
        of_counts(lambda g, n: 2 * (g * n) ** 2 / g, (with_shuffle,), DEALS, how=lambda count: count),
        amount(115200, twice_dense, N=240),
        amount(38400, lambda N: shuffled(N, 3, 3), N=240),
        channels_meet(
            lambda g, n: bool(g**2 <= g * n),
            with_shuffle,
            [{"g": 2, "n": 2}, {"g": 3, "n": 2}],
            STACKS,
            of=lambda table, **sizes: bool(table.all()),
        ),
    ),
    "S11-15": several(
        value(
            "depth of the kernels, 3 groups, D = 12",
            12 // 3,
            lambda: int(grouped(symbol("D"), 6, 5, 3, groups=3).subs(D=12).weight_shapes["weight"][1]),
            lambda: _depth(grouped(12, 6, 5, 3, groups=3)),
        ),
        channels_meet(
            lambda n: _diagonal_blocks(3, n),
            lambda n: grouped(3 * n, 3 * n, 3, 2, groups=3),
            [{"n": 1}, {"n": 2}],
            [{"n": n} for n in (1, 2, 4)],
            of=_blocks,
        ),
        channels_meet(
            lambda n: _diagonal_blocks(3, n),
            lambda n: stacked(3, n),
            [{"n": 2}],
            [{"n": n} for n in (1, 2, 4)],
            of=_blocks,
        ),
    ),
}
