"""What an operator is: a frozen value that describes a linear map by its geometry and holds no weights.

Each kind of operator answers the few questions listed first in ``Operator``; everything else is
derived from those answers here, once. ``T`` and ``@`` close the algebra: they return the operators of
``composition``, which stands on this room, hence their imports inside.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
import sympy
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import ArgumentError, ShapeError, SymbolError
from convalgebra.formulas import tidy
from convalgebra.memory import limited, require_memory
from convalgebra.operators.linear import CheckedOperator
from convalgebra.proofs import Size, combined
from convalgebra.sizes import SizeLike, as_size, number, product, symbol
from convalgebra.values import constructor, put, rename, symbols_of
from convalgebra.weights import Array, Shapes, WeightsLike, check_weights, common_dtype

if TYPE_CHECKING:
    from convalgebra.operators.pattern import ChannelPattern
    from convalgebra.operators.rewriting import Rewrite

Weights = Mapping[str, Array]
Sizes = tuple[Size, ...]
B = TypeVar("B")


class Operator(ABC):
    """A linear map described by geometry alone; sizes are numbers or formulas.

    A subclass is a frozen dataclass. Rows of its matrix are outputs, columns are inputs.
    """

    # --- what each kind of operator answers ---

    @property
    @abstractmethod
    def input_shape(self) -> Sizes:
        """The shape of an input, (channels, *size) where there are channels."""

    @property
    @abstractmethod
    def output_shape(self) -> Sizes:
        """The shape of an output, (channels, *size) where there are channels."""

    @property
    @abstractmethod
    def entries(self) -> Size:
        """The stored entries of the matrix, by structure: no value is looked at."""

    @property
    @abstractmethod
    def taps(self) -> Size:
        """The entries there would be if padding zeros were inputs too."""

    @property
    @abstractmethod
    def rows_hit(self) -> Size:
        """The rows that hold at least one entry."""

    @property
    @abstractmethod
    def columns_hit(self) -> Size:
        """The columns that hold at least one entry."""

    @abstractmethod
    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix for checked weights, in one dtype."""

    @abstractmethod
    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix-free operator for checked weights."""

    @abstractmethod
    def latex(self) -> str:
        """Return the operator in LaTeX, as the algebra writes it."""

    @property
    def operands(self) -> tuple[Operator, ...]:
        """The operators that this one is made of; a leaf has none."""
        values = [getattr(self, f.name) for f in fields(self)]  # type: ignore[arg-type]
        parts = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
        return tuple(part for part in parts if isinstance(part, Operator))

    @property
    def applied(self) -> tuple[Operator, ...]:
        """The operands in the order in which they are applied."""
        return self.operands

    @property
    def own_weights(self) -> Mapping[str, Sizes]:
        """The weights of a leaf and their shapes, sizes or formulas."""
        return {}

    @property
    def structured(self) -> bool:
        """Whether the structure tells the entries of the matrix."""
        return all(part.structured for part in self.operands)

    @property
    def stages(self) -> tuple[Operator, ...]:
        """The operators that are run one after the other, applied right to left."""
        return (self,)

    # --- shape, symbols, weights ---

    @property
    def shape(self) -> tuple[Size, Size]:
        """The shape of the matrix: (outputs, inputs).

        >>> import convalgebra as ca
        >>> ca.conv(3, 128, input_size=(7, 7), kernel_size=3).shape
        (3200, 147)
        """
        return product(self.output_shape), product(self.input_shape)

    @property
    def input_size(self) -> Sizes:
        """The shape of an input without its channels."""
        return self.input_shape[1:]

    @property
    def output_size(self) -> Sizes:
        """The shape of an output without its channels.

        >>> import convalgebra as ca
        >>> ca.conv_transpose(8, 4, input_size=(5, 5), kernel_size=3, stride=2).output_size
        (11, 11)
        """
        return self.output_shape[1:]

    @property
    def weight_shapes(self) -> dict[str, tuple[Any, ...]]:
        """The shapes of the weights, sizes or formulas, by name, in the order of application.

        Raises ``ShapeError`` when one name is asked for with two shapes.

        >>> import convalgebra as ca
        >>> ca.depthwise_separable(3, 128, (7, 7), 3).weight_shapes
        {'depthwise': (3, 1, 3, 3), 'pointwise': (128, 3, 1, 1)}
        """
        found = dict(self.own_weights)
        for part in self.applied:
            for name, shape in part.weight_shapes.items():
                if found.setdefault(name, shape) != shape:
                    raise ShapeError(
                        f"weight {name!r} is asked for with two shapes, {found[name]} and {shape}; "
                        "give one of them another name with name=..."
                    )
        return found

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """What must hold of the symbols for this operator to exist; nothing for numbers.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size="N", kernel_size="m").conditions
        (N >= m,)
        """
        return combined(condition for part in self.operands for condition in part.conditions)

    @property
    def symbols(self) -> frozenset[sympy.Symbol]:
        """The symbols that stand for numbers in this operator."""
        return frozenset(symbols_of(self))

    def subs(self, values: Mapping[Any, SizeLike] | None = None, /, **named: SizeLike) -> Self:
        """Return the operator with numbers, names or formulas put for names, all at once.

        Raises ``ArgumentError`` for a name that this operator does not have or a value that breaks it.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size="N", kernel_size="m").subs(N=5, m=3)
        ca.conv(1, 1, input_size=5, kernel_size=3)
        """
        if not isinstance(values, Mapping | None):
            raise ArgumentError(f"values={values!r} must map names to sizes, as in op.subs(N=5)")
        given = {str(k): as_size(v, str(k)) for k, v in {**(values or {}), **named}.items()}
        known = {str(s) for s in self.symbols}
        for name, value in given.items():
            if name not in known:
                raise ArgumentError(
                    f"{name}={value} is put for a name that this operator does not have; "
                    f"it has {', '.join(sorted(known)) or 'none'}"
                )
        try:
            result: Self = put(self, {symbol(name): size for name, size in given.items()})
        except ArgumentError as error:
            raise ArgumentError(
                f"{error} (with {', '.join(f'{n}={v}' for n, v in given.items())})"
            ) from None
        return result

    # --- the algebra ---

    __array_ufunc__ = None  # numpy must leave array @ operator to __rmatmul__

    @property
    def T(self) -> Operator:
        """The transpose: its matrix is the transposed matrix, entry for entry, of the same weights.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size=4, kernel_size=3).T.matrix([[[1, 2, 3]]]).toarray()
        array([[1, 0],
               [2, 1],
               [3, 2],
               [0, 3]])
        """
        from convalgebra.operators.composition import Transposed  # noqa: PLC0415

        return Transposed(self)

    def __matmul__(self, other: object) -> Operator:
        if not isinstance(other, Operator):
            raise ArgumentError(
                f"operator @ {type(other).__name__}: the right side must be an operator too; an operator "
                "holds no weights, so apply op.matrix(weight) or op.linear_operator(weight) to arrays"
            )
        from convalgebra.operators.composition import compose  # noqa: PLC0415

        return compose(self, other)

    def __rmatmul__(self, other: object) -> Operator:
        raise ArgumentError(
            f"{type(other).__name__} @ operator: the left side must be an operator too; "
            "an operator holds no weights, so use array @ op.matrix(weight)"
        )

    def __add__(self, other: object) -> Operator:
        from convalgebra.operators.sidebyside import add  # noqa: PLC0415

        return add(self, other)

    # --- structure ---

    def expand(self) -> Operator:
        r"""Return the structure as an operator: each convolution as ``sum over k of W_k (x) S_k``.

        >>> import convalgebra as ca
        >>> ca.depthwise_separable(1, 1, 3, 2).expand().latex()
        '\\left(W_{0} \\otimes S_{0}\\right) \\, \\left(W_{0} \\otimes S_{0} + W_{1} \\otimes S_{1}\\right)'
        """
        from convalgebra.operators.rewriting import expanded  # noqa: PLC0415

        return expanded(self)

    def structure(self) -> str:
        """Return the structure in one line of text.

        >>> import convalgebra as ca
        >>> ca.depthwise_separable("D", "N_c", ("H", "W"), "h").structure()
        '(Σ_k pointwise_k ⊗ S_k1 ⊗ S_k2) · (Σ_k depthwise_k ⊗ S_k1 ⊗ S_k2)'
        """
        from convalgebra.operators.structure import structure  # noqa: PLC0415

        return structure(self)

    def simplify(self) -> Operator:
        """Return the operator simplified by the rules of the algebra; its matrix is the same.

        ``simplification`` says which rules were used, one after the other.

        >>> import convalgebra as ca
        >>> shuffle = ca.channel_shuffle(6, (4, 4), groups=2)
        >>> (shuffle.T @ shuffle).simplify()
        ca.Kron(operators=(ca.Identity(size=6), ca.Identity(size=4), ca.Identity(size=4)))
        """
        steps = self.simplification()
        return steps[-1].after if steps else self

    def simplification(self) -> tuple[Rewrite, ...]:
        """Return the steps of ``simplify``: each names its rule and has the whole before and after.

        >>> import convalgebra as ca
        >>> shuffle = ca.channel_shuffle(6, (4, 4), groups=2)
        >>> [step.rule.name for step in (shuffle.T @ shuffle).simplification()]
        ['inverse of a permutation']
        """
        from convalgebra.operators.rewriting import simplification  # noqa: PLC0415

        return simplification(self)

    # --- counts ---

    @property
    def multiplications(self) -> Size:
        """Products of a weight with an input value; taps on padding zeros do not count.

        The entries of the factors that have weights, summed.

        >>> import convalgebra as ca
        >>> ca.conv(3, 128, input_size=(7, 7), kernel_size=3).multiplications
        86400
        >>> ca.conv(1, 1, input_size="N", kernel_size="m").multiplications
        m*(N - m + 1)
        """
        return tidy(sum((stage.products for stage in self.stages), start=0))

    @property
    def products(self) -> Size:
        """The multiplications of one stage: its entries, if it has weights; moving values costs none."""
        return self.entries if self.weight_shapes else 0

    @property
    def mult_adds(self) -> Size:
        """The papers' count: every tap at every output, padding zeros included.

        For a transposed convolution that is every tap at every *input*.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size=5, kernel_size=3, padding=1).mult_adds
        15
        """
        return tidy(sum((stage.tap_products for stage in self.stages), start=0))

    @property
    def tap_products(self) -> Size:
        """The mult_adds of one stage: its taps, if it has weights."""
        return self.taps if self.weight_shapes else 0

    @property
    def additions(self) -> Size:
        """Additions performed: per output its products less one, where there is at least one.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size=5, kernel_size=3).additions
        6
        """
        return tidy(sum((stage.sums for stage in self.stages), start=0))

    @property
    def sums(self) -> Size:
        """The additions of one stage: what each row adds up, a factor that moves values included."""
        return self.entries - self.rows_hit

    @property
    def parameters(self) -> Size:
        """The entries of the weights.

        >>> import convalgebra as ca
        >>> ca.conv("D", "N_c", input_size=("H", "W"), kernel_size="h").parameters
        D*N_c*h**2
        """
        return tidy(sum((product(shape) for shape in self.weight_shapes.values()), start=0))

    # --- numbers: matrices ---

    def checked(self, weights: WeightsLike) -> dict[str, Array]:
        """Return the user's weights by name, checked against ``weight_shapes``."""
        return check_weights(weights, self.numeric_weight_shapes())

    def numeric_weight_shapes(self) -> Shapes:
        """Return ``weight_shapes`` as numbers; raise ``SymbolError`` that names a symbol left."""
        if names := sorted(map(str, self.symbols)):
            raise SymbolError(
                f"numbers are needed here: put some for {', '.join(names)}, "
                f"as in op.subs({', '.join(f'{name}=...' for name in names)})"
            )
        return {
            name: tuple(number(size, f"the shape of {name!r}") for size in shape)
            for name, shape in self.weight_shapes.items()
        }

    def matrix(
        self, weight: WeightsLike = None, *, memory_limit: int | str | None = None
    ) -> sparse.csr_array:
        """Return the matrix for a weight (or weights by name), shape (outputs, inputs).

        Columns are sorted and unique; the weight's dtype is kept (sums and products in a small integer
        dtype wrap, as in numpy) and its zeros stay stored; indices are int32 where they fit.
        ``memory_limit`` is in bytes or text such as "2 GiB"; by default the environment variable
        CONVALGEBRA_MEMORY_LIMIT, or half of what is free.

        Raises ``ShapeError`` for a weight of another shape, ``SymbolError`` while a size is a symbol,
        ``MemoryLimitError`` before anything is allocated.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size=4, kernel_size=3).matrix([[[1, 0, 3]]]).toarray()
        array([[1, 0, 3, 0],
               [0, 1, 0, 3]])
        """
        weights = self.checked(weight)
        with limited(memory_limit):
            return self._within_memory(weights, lambda dtype: self.build(weights, dtype))

    def factors(
        self, weight: WeightsLike = None, *, memory_limit: int | str | None = None
    ) -> tuple[sparse.csr_array, ...]:
        """Return the matrices that are run one after the other, applied right to left.

        >>> import convalgebra as ca
        >>> net = ca.depthwise_separable(3, 128, (7, 7), 3)
        >>> weights = {name: np.ones(shape) for name, shape in net.weight_shapes.items()}
        >>> [factor.nnz for factor in net.factors(weights)]
        [9600, 675]
        """
        weights = self.checked(weight)
        with limited(memory_limit):
            return self._within_memory(
                weights, lambda dtype: tuple(stage.build(weights, dtype) for stage in self.stages)
            )

    def _within_memory(self, weights: Weights, build: Callable[[np.dtype[Any]], B]) -> B:
        """Build what is asked for after a look at what its matrices need."""
        dtype = common_dtype(weights)
        for stage in self.stages:
            _require_memory(stage, dtype.itemsize)
        return build(dtype)

    def linear_operator(self, weight: WeightsLike = None) -> LinearOperator:
        """Return a scipy ``LinearOperator`` that never builds the matrix.

        It has ``matvec``, ``rmatvec`` (conjugated), ``matmat``, ``rmatmat``, ``.T`` and ``.H``, and
        works on vectors of length ``shape[1]``.

        >>> import convalgebra as ca
        >>> A = ca.conv(1, 1, input_size=4, kernel_size=3).linear_operator([[[1, 2, 3]]])
        >>> A.matvec([1, 0, 0, 1]), A.T.matvec([1, 1])
        (array([1, 3]), array([1, 3, 5, 3]))
        """
        weights = self.checked(weight)
        return CheckedOperator(self.apply(weights, common_dtype(weights)))

    def symbolic_matrix(self) -> sympy.ImmutableSparseMatrix:
        r"""Return the matrix with a symbol for each weight, ``w_{i,j}`` where there is one channel.

        Source: the 4 x 16 example of Dumoulin and Visin, arXiv:1603.07285, section 4.1.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size=4, kernel_size=3).symbolic_matrix()
        Matrix([
        [w_{0}, w_{1}, w_{2},     0],
        [    0, w_{0}, w_{1}, w_{2}]])
        """
        from convalgebra.operators.symbolic import symbolic_matrix  # noqa: PLC0415

        return symbolic_matrix(self)

    def hit_in_pattern(self, side: int) -> int:
        """Return how many rows (side 0) or columns (side 1) hold an entry, seen in the numeric pattern."""
        ones = {name: np.ones(shape, np.int64) for name, shape in self.numeric_weight_shapes().items()}
        reached = np.ones(self.shape[1 - side], bool)
        for stage in self.stages[::-1] if side == 0 else self.stages:
            matrix = stage.matrix({name: ones[name] for name in stage.weight_shapes})
            stored = np.ones(matrix.nnz, np.int64)
            pattern = sparse.csr_array((stored, matrix.indices, matrix.indptr), shape=matrix.shape)
            reached = ((pattern if side == 0 else pattern.T) @ reached.astype(np.int64)) > 0
        return int(np.count_nonzero(reached))

    def on_weight(self, x: Any) -> sparse.csr_array:
        """Return the matrix X with ``op.matrix(w) @ x.ravel() == X @ w.ravel()``: im2col of an input.

        ``x`` has the shape ``input_shape``, or is flat. Raises ``ShapeError`` for another shape and
        ``ArgumentError`` where several factors have weights: the output is not linear in these.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, 4, 3).on_weight([[1, 2, 3, 4]]).toarray()
        array([[1, 2, 3],
               [2, 3, 4]])
        """
        from convalgebra.operators.onweight import OnWeight  # noqa: PLC0415

        given, shape = np.asarray(x), tuple(number(n, "input_shape") for n in self.input_shape)
        return OnWeight(self).matrix(given.reshape(shape) if given.shape == (self.shape[1],) else given)

    def channel_pattern(self) -> ChannelPattern:
        """Return which output channel reads which input channel: a table that prints as a picture.

        >>> import convalgebra as ca
        >>> print(ca.conv(4, 4, 5, 3, groups=2).channel_pattern())
        ██··
        ██··
        ··██
        ··██
        """
        from convalgebra.operators.pattern import channel_pattern  # noqa: PLC0415

        return channel_pattern(self)

    # --- names of weights ---

    def renamed(self, names: Mapping[str, str]) -> Operator:
        """Return the operator with other names for its weights.

        >>> import convalgebra as ca
        >>> ca.depthwise(3, 7, 3).renamed({"depthwise": "dw"}).weight_shapes
        {'dw': (3, 1, 3)}
        """
        result: Operator = rename(self, names)
        return result

    def __repr__(self) -> str:
        return constructor(self)


def _require_memory(operator: Operator, itemsize: int) -> None:
    """Look at the matrix, or where its structure does not tell the entries, at those it is made of."""
    if not operator.structured:
        for part in operator.operands:
            _require_memory(part, itemsize)
        return
    rows, columns = (number(n, "a size of this operator") for n in operator.shape)
    entries = number(operator.entries, "the entries of the matrix")
    require_memory((rows, columns), entries, itemsize)


def multiply(left: sparse.csr_array, right: sparse.csr_array) -> sparse.csr_array:
    """Multiply two matrices, after a look at the most entries that the product can have."""
    pattern = sparse.csr_array((np.ones(left.nnz, np.int64), left.indices, left.indptr), shape=left.shape)
    most = np.minimum(pattern @ np.diff(right.indptr).astype(np.int64), right.shape[1])
    dtype = np.result_type(left.dtype, right.dtype)
    require_memory((left.shape[0], right.shape[1]), int(most.sum()), dtype.itemsize)
    result = (left @ right).tocsr()
    result.sum_duplicates()
    return result
