"""The laws of the algebra itself, by which operators are simplified."""

from __future__ import annotations

from random import Random
from typing import Any

from convalgebra.axis import Axis
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Transposed
from convalgebra.operators.filters import Filter
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.operators.permutations import Permutation, Shuffle
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack
from convalgebra.theorems.theorem import Need, Theorem

MATRICES = "Horn and Johnson, Topics in Matrix Analysis, 1991, section 4.2"
SHUFFLES = "Davio, Kronecker products and shuffle algebra, IEEE Trans. Computers 30 (1981)"
_T = r"^{\mathsf T}"


def _shapes(count: int, chained: bool = False) -> Any:
    """Draw the shapes of matrices A, B, ...; chained, each second one follows the one before it."""

    def draw(rng: Random) -> dict[str, Any]:
        sizes = [tuple(rng.randint(1, 3) for _ in range(2)) for _ in range(count)]
        if chained and rng.random() < 0.9:
            half = count // 2
            sizes[half:] = [(sizes[i][1], sizes[half + i][1]) for i in range(half)]
        return {"shapes": tuple(sizes)}

    return draw


def _dense(shapes: Any) -> list[Dense]:
    return [Dense(shape[0], shape[1], name) for shape, name in zip(shapes, "abcdefgh", strict=False)]


def _fits(first: int, words: str, counterexample: Any) -> Need:
    """Return the need that one of four matrices has as many columns as the second one after it has rows."""
    given = {"shapes": counterexample}
    return Need(words, lambda shapes: shapes[first][1] == shapes[first + 2][0], given, differs="existence")


def _of_pairs(kind: Any) -> tuple[Any, Any]:
    def left(shapes: Any) -> Operator:
        a, b, c, d = _dense(shapes)
        return Product((kind((a, b)), kind((c, d))))

    def right(shapes: Any) -> Operator:
        a, b, c, d = _dense(shapes)
        return kind((Product((a, c)), Product((b, d))))  # type: ignore[no-any-return]

    return left, right


def _turned(kind: Any) -> tuple[Any, Any]:
    return (
        lambda shapes: Transposed(kind(tuple(_dense(shapes)))),
        lambda shapes: kind(tuple(Transposed(op) for op in _dense(shapes))),
    )


def _kron_of(combined: Any) -> tuple[Any, Any]:
    """(A + B) (x) C and blockdiag(A, B) (x) C: the outer operand goes into each."""

    def left(shapes: Any) -> Operator:
        a, b, c = _dense(shapes)
        return Kron((combined((a, b)), c))

    def right(shapes: Any) -> Operator:
        a, b, c = _dense(shapes)
        return combined((Kron((a, c)), Kron((b, c))))  # type: ignore[no-any-return]

    return left, right


def _orders(rng: Random) -> dict[str, Any]:
    sizes = tuple(rng.randint(1, 3) for _ in range(3))
    return {
        "sizes": sizes,
        "first": tuple(rng.sample(range(3), 3)),
        "second": tuple(rng.sample(range(3), 3)),
    }


def _permuted_twice(sizes: Any, first: Any, second: Any) -> Operator:
    inner = Permutation(sizes, first)
    return Product((Permutation(inner.output_shape, second), inner))


def _alike(rng: Random) -> dict[str, Any]:
    shape = (rng.randint(1, 3), rng.randint(1, 3))
    return {"shapes": (shape, shape, (rng.randint(1, 3), rng.randint(1, 3)))}


def _shuffled(rng: Random) -> dict[str, Any]:
    return {"g": rng.randint(1, 3), "q": rng.randint(1, 3)}


def _kernel_draw(rng: Random) -> dict[str, Any]:
    taps = rng.choices((-2, -1, 1, 2, 3), (1, 4, 4, 1, 1), k=rng.choice((1, 1, 2)))
    return {"n": rng.randint(2, 6), "taps": tuple(taps)}


def _with_taps(n: int, taps: Any) -> Filter:
    """Return the convolution along one line with these weights."""
    return Filter(Axis(n, len(taps)), taps)


# --- the theorems --------------------------------------------------------------------------------

# Where one shape alone does not fit, neither side exists: a row of one has as many entries as the other's
# column only if both do. Where both do not, the block diagonals on the left may still fit, the right side
# never exists. So that the sides differ in their entries cannot happen.
_FIT = (
    _fits(0, "A has as many columns as C rows", ((2, 2), (2, 3), (3, 1), (3, 1))),
    _fits(1, "B as many as D", ((2, 2), (2, 3), (2, 1), (2, 1))),
)

_PRODUCTS: tuple[Theorem, ...] = (
    Theorem(
        "",
        "mixed product",
        r"(A \otimes B)(C \otimes D) = A C \otimes B D",
        MATRICES + ", lemma 4.2.10",
        _shapes(4, chained=True),
        *_of_pairs(Kron),
        needs=_FIT,
    ),
    Theorem(
        "",
        "product of block diagonals",
        r"\operatorname{blockdiag}(A, B) \operatorname{blockdiag}(C, D)"
        r" = \operatorname{blockdiag}(A C, B D)",
        MATRICES,
        _shapes(4, chained=True),
        *_of_pairs(BlockDiag),
        needs=_FIT,
    ),
)

_TRANSPOSES: tuple[Theorem, ...] = (
    Theorem(
        "",
        "transpose of a product",
        rf"(A B){_T} = B{_T} A{_T}",
        MATRICES,
        lambda rng: {"sizes": tuple(rng.randint(1, 3) for _ in range(3))},
        lambda sizes: Transposed(Product((Dense(sizes[0], sizes[1], "a"), Dense(sizes[1], sizes[2], "b")))),
        lambda sizes: Product(
            (Transposed(Dense(sizes[1], sizes[2], "b")), Transposed(Dense(sizes[0], sizes[1], "a")))
        ),
    ),
    Theorem(
        "",
        "transpose of a Kronecker product",
        rf"(A \otimes B){_T} = A{_T} \otimes B{_T}",
        MATRICES,
        _shapes(2),
        *_turned(Kron),
    ),
    Theorem(
        "",
        "transpose of a block diagonal",
        rf"\operatorname{{blockdiag}}(A, B){_T} = \operatorname{{blockdiag}}(A{_T}, B{_T})",
        MATRICES,
        _shapes(2),
        *_turned(BlockDiag),
    ),
    Theorem(
        "",
        "transpose of a stack",
        rf"\begin{{bmatrix}} A \\ B \end{{bmatrix}}{_T}"
        rf" = \begin{{bmatrix}} A{_T} & B{_T} \end{{bmatrix}}",
        MATRICES,
        _alike,
        lambda shapes: Transposed(VStack(tuple(_dense(shapes[:2])))),
        lambda shapes: HStack(tuple(Transposed(op) for op in _dense(shapes[:2]))),
    ),
)

_DISTRIBUTED: tuple[Theorem, ...] = (
    Theorem(
        "",
        "Kronecker product of a sum",
        r"(A + B) \otimes C = A \otimes C + B \otimes C",
        MATRICES,
        _alike,
        *_kron_of(Sum),
    ),
    Theorem(
        "",
        "Kronecker product of a block diagonal",
        r"\operatorname{blockdiag}(A, B) \otimes C"
        r" = \operatorname{blockdiag}(A \otimes C, B \otimes C)",
        MATRICES,
        _shapes(3),
        *_kron_of(BlockDiag),
    ),
)

_PERMUTED: tuple[Theorem, ...] = (
    Theorem(
        "",
        "product of permutations",
        r"P_\sigma P_\tau = P_{\tau \circ \sigma}",
        SHUFFLES,
        _orders,
        _permuted_twice,
        lambda sizes, first, second: Permutation(sizes, tuple(first[a] for a in second)),
    ),
    Theorem(
        "",
        "inverse of a permutation",
        rf"P{_T} P = I",
        MATRICES,
        lambda rng: {"indices": tuple(rng.choices(range(3), k=3))},
        lambda indices: Product((Transposed(Gather(3, indices)), Gather(3, indices))),
        lambda indices: Identity(3),
        needs=(
            Need(
                "P takes every input exactly once",
                lambda indices: sorted(indices) == [0, 1, 2],
                {"indices": (0, 0, 2)},
            ),
        ),
        sharp=True,
    ),
    Theorem(
        "",
        "commuting a Kronecker product",
        rf"\Pi_g (A_{{g \times g}} \otimes B_{{q \times q}}) \Pi_g{_T} = B \otimes A",
        SHUFFLES,
        _shuffled,
        lambda g, q: Product(
            (
                Shuffle(g * q, g),
                Kron((Dense(g, g, "a"), Dense(q, q, "b"))),
                Transposed(Shuffle(g * q, g)),
            )
        ),
        lambda g, q: Kron((Dense(q, q, "b"), Dense(g, g, "a"))),
    ),
)

_INVERSES: tuple[Theorem, ...] = (
    Theorem(
        "",
        "when the transpose is the inverse",
        rf"C{_T} C = I",
        "Dumoulin and Visin, arXiv:1603.07285, section 4",
        _kernel_draw,
        lambda n, taps: Product((_with_taps(n, taps).T, _with_taps(n, taps))),
        lambda n, taps: Identity(n),
        needs=(
            Need("one tap", lambda n, taps: len(taps) == 1, {"n": 3, "taps": (1, 1)}),
            Need(
                "of weight 1 or -1",
                lambda n, taps: all(abs(tap) == 1 for tap in taps),
                {"n": 3, "taps": (2,)},
            ),
        ),
        sharp=True,
    ),
)


def theorems() -> tuple[Theorem, ...]:
    """Return the theorems of this room."""
    return (*_PRODUCTS, *_TRANSPOSES, *_DISTRIBUTED, *_PERMUTED, *_INVERSES)
