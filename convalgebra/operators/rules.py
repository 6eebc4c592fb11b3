"""The rules by which operators are rewritten: each is data, with its statement and source.

``rewriting`` applies them. No rule makes a product longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from convalgebra.axis import Axis
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped, Transposed
from convalgebra.operators.described import Sizes
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.gather import Gather
from convalgebra.operators.kron import Kron, identity_on
from convalgebra.operators.leaves import Identity
from convalgebra.operators.moves import Selection
from convalgebra.operators.permutations import Permutation, Shuffle
from convalgebra.operators.recognition import is_identity, is_permutation
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack
from convalgebra.proofs import is_number
from convalgebra.sizes import same_size


@dataclass(frozen=True)
class Rule:
    """A rule of the algebra: its name, its statement in LaTeX, its source, and how it is applied."""

    name: str
    statement: str
    source: str
    apply: Callable[[Operator], Operator | None]


def alike(one: Sizes, other: Sizes) -> bool:
    """Say whether two shapes surely are the same.

    >>> alike((2, 3), (2, 3)), alike((6,), (2, 3))
    (True, False)
    """
    return len(one) == len(other) and all(map(same_size, one, other))


# --- how the rules are put together --------------------------------------------------------------


def _neighbours(join: Callable[[Operator, Operator], Operator | None]) -> Callable[[Operator], Any]:
    """Return the rule that joins the first two neighbouring factors of a product that can be joined."""

    def apply(operator: Operator) -> Operator | None:
        if not isinstance(operator, Product):
            return None
        for at, (left, right) in enumerate(pairwise(operator.operators)):
            joined = join(left, right)
            if joined is not None:
                shaped = _in_shape_of_both(joined, left, right)
                return _chain((*operator.operators[:at], shaped, *operator.operators[at + 2 :]))
        return None

    return apply


def _in_shape_of_both(joined: Operator, left: Operator, right: Operator) -> Operator:
    if alike(joined.input_shape, right.input_shape) and alike(joined.output_shape, left.output_shape):
        return joined
    return Reshaped(joined, right.input_shape, left.output_shape)


def _fit(left: Sequence[Operator], right: Sequence[Operator]) -> bool:
    return len(left) == len(right) and all(
        same_size(a.shape[1], b.shape[0]) for a, b in zip(left, right, strict=True)
    )


def _of_pairs(kind: type[Kron] | type[BlockDiag]) -> Callable[[Operator, Operator], Operator | None]:
    """Return the rule that multiplies two operators of a kind operand by operand."""

    def join(left: Operator, right: Operator) -> Operator | None:
        if not (isinstance(left, kind) and isinstance(right, kind)):
            return None
        if not _fit(left.operators, right.operators):
            return None
        return kind(tuple(map(_joined, left.operators, right.operators)))

    return join


def _joined(left: Operator, right: Operator) -> Operator:
    """Multiply two operands; an identity beside another says nothing."""
    if isinstance(left, Identity) and left.input_shape == right.output_shape:
        return right
    if isinstance(right, Identity) and right.input_shape == left.input_shape:
        return left
    return Product((left, right))


# --- the rules -----------------------------------------------------------------------------------


_SEVERAL = (Product, Kron, BlockDiag, Sum, VStack, HStack)


def _single(operator: Operator) -> Operator | None:
    parts = operator.operands
    return parts[0] if isinstance(operator, _SEVERAL) and len(parts) == 1 else None


def _nested(operator: Operator) -> Operator | None:
    kind: Any = type(operator)
    if not isinstance(operator, _SEVERAL) or not any(type(part) is kind for part in operator.operands):
        return None
    flat = (part.operands if isinstance(part, kind) else (part,) for part in operator.operands)
    nested: Operator = kind(tuple(op for parts in flat for op in parts))
    return nested


def _reshaped(operator: Operator) -> Operator | None:
    if not isinstance(operator, Reshaped):
        return None
    inner = operator.operator
    if isinstance(inner, Reshaped):
        return Reshaped(inner.operator, operator.inputs, operator.outputs)
    shapes = (inner.input_shape, inner.output_shape)
    return inner if shapes == (operator.inputs, operator.outputs) else None


def _transposed(operator: Operator) -> Operator | None:
    """Turn round what has a transpose of its own."""
    if not isinstance(operator, Transposed):
        return None
    turned = operator.operator.T
    return None if turned == operator else turned


def _transposed_product(operator: Operator) -> Operator | None:
    if isinstance(operator, Transposed) and isinstance(operator.operator, Product):
        return Product(tuple(factor.T for factor in reversed(operator.operator.operators)))
    return None


def _without_identities(operator: Operator) -> Operator | None:
    if isinstance(operator, Product):
        kept = tuple(factor for factor in operator.operators if not is_identity(factor))
        if len(kept) < len(operator.operators) and (kept or len(operator.operators) > 1):
            return _chain(kept) if kept else operator.operators[0]
        return None
    if isinstance(operator, Permutation | Shuffle | Gather | Selection | Fixed) and is_identity(operator):
        sizes = tuple(map(Identity, operator.input_shape))
        return sizes[0] if len(sizes) == 1 else Kron(sizes)
    return None


def _chain(factors: tuple[Operator, ...]) -> Operator:
    """Return the product of factors; where one read its input in another shape, it says so."""
    fitted = [factors[-1]]
    for factor in reversed(factors[:-1]):
        shape = fitted[0].output_shape
        fits = len(shape) == len(factor.input_shape) or 1 in (len(shape), len(factor.input_shape))
        fitted.insert(0, factor if fits else Reshaped(factor, shape, factor.output_shape))
    return fitted[0] if len(fitted) == 1 else Product(tuple(fitted))


def _undone(left: Operator, right: Operator) -> Operator | None:
    """P.T P = I for a permutation; F^-1 F = I."""
    permuted_back = is_permutation(left) and right == left.T
    transformed_back = (
        isinstance(left, Fourier)
        and isinstance(right, Fourier)
        and left == replace(right, inverse=not right.inverse)
    )
    return identity_on(right.input_shape) if permuted_back or transformed_back else None


def _permutations(left: Operator, right: Operator) -> Operator | None:
    match left, right:
        case Permutation(), Permutation() if left.sizes == right.output_shape:
            return Permutation(right.sizes, tuple(right.order[a] for a in left.order))
        case Shuffle(), Shuffle() if same_size(left.groups * right.groups, left.size):
            return Identity(left.size)
        case Gather(), Gather():
            return Gather(right.size, tuple(right.indices[i] for i in left.indices))
    return None


def _selections(left: Operator, right: Operator) -> Operator | None:
    """D_s S_k is the selection with s times the stride; cropping moves its padding."""
    if not (isinstance(left, Selection) and isinstance(right, Selection)):
        return None
    outer, inner = left.axis, right.axis
    plain = outer.padding_mode == inner.padding_mode == "zeros"
    if not plain or outer.kernel != 1 or not all(map(is_number, (outer.lo, outer.hi))):
        return None
    if outer.lo > 0 or outer.hi > 0:
        return None
    stride, lo = inner.stride * outer.stride, inner.lo + outer.lo * inner.stride
    hi = (outer.outputs - 1) * stride + inner.span - inner.size - lo
    axis = Axis(inner.size, inner.kernel, stride, lo, hi, inner.dilation)
    return Selection(axis, right.tap)


def _common_factor(operator: Operator) -> Operator | None:
    """blockdiag(A (x) C, B (x) C) = blockdiag(A, B) (x) C, for a C without weights."""
    if not isinstance(operator, BlockDiag) or len(operator.operators) < 2:
        return None
    krons = [part for part in operator.operators if isinstance(part, Kron) and len(part.operators) > 1]
    if len(krons) < len(operator.operators):
        return None
    rest = krons[0].operators[1:]
    if any(kron.operators[1:] != rest for kron in krons) or any(op.weight_shapes for op in rest):
        return None
    return Kron((BlockDiag(tuple(kron.operators[0] for kron in krons)), *rest))


MATRICES = "Horn and Johnson, Topics in Matrix Analysis, 1991, section 4.2"
_T = r"\mathsf T"

RULES: tuple[Rule, ...] = (
    Rule("one operand", r"\textstyle\sum A = \prod A = A", MATRICES, _single),
    Rule(
        "associativity",
        r"(A B) C = A B C, \; (A \otimes B) \otimes C = A \otimes B \otimes C",
        MATRICES,
        _nested,
    ),
    Rule("reshape", r"\mathrm{reshape} \, A = A", MATRICES, _reshaped),
    Rule("transpose of a product", rf"(A B)^{_T} = B^{_T} A^{_T}", MATRICES, _transposed_product),
    Rule(
        "transpose",
        rf"(A^{_T})^{_T} = A, \; (A \otimes B)^{_T} = A^{_T} \otimes B^{_T}, \; "
        rf"\operatorname{{blockdiag}}(A, B)^{_T} = \operatorname{{blockdiag}}(A^{_T}, B^{_T})",
        MATRICES,
        _transposed,
    ),
    Rule("identity", r"I A = A I = A", MATRICES, _without_identities),
    Rule("inverse of a permutation", rf"P^{_T} P = I, \; F^{{-1}} F = I", MATRICES, _neighbours(_undone)),
    Rule(
        "product of permutations",
        r"P_\sigma P_\tau = P_{\tau \circ \sigma}, \; \Pi_g \Pi_{n/g} = I",
        "Davio, Kronecker products and shuffle algebra, IEEE Trans. Computers 30 (1981)",
        _neighbours(_permutations),
    ),
    Rule(
        "product of selections",
        r"D_s S^{(1)}_k = S^{(s)}_k",
        "Dumoulin and Visin, arXiv:1603.07285, section 2.3",
        _neighbours(_selections),
    ),
    Rule(
        "mixed product",
        r"(A \otimes B)(C \otimes D) = A C \otimes B D",
        MATRICES + ", lemma 4.2.10",
        _neighbours(_of_pairs(Kron)),
    ),
    Rule(
        "product of block diagonals",
        r"\operatorname{blockdiag}(A, B) \operatorname{blockdiag}(C, D) "
        r"= \operatorname{blockdiag}(A C, B D)",
        MATRICES,
        _neighbours(_of_pairs(BlockDiag)),
    ),
    Rule(
        "common factor",
        r"\operatorname{blockdiag}(A \otimes C, B \otimes C) = \operatorname{blockdiag}(A, B) \otimes C",
        MATRICES,
        _common_factor,
    ),
)
