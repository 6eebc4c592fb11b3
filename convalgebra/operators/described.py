"""What each kind of operator answers, and what of its sizes, symbols and weights follows at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import sympy
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.proofs import Size, combined
from convalgebra.sizes import SizeLike, as_size, product, symbol
from convalgebra.values import put, symbols_of
from convalgebra.weights import Array

if TYPE_CHECKING:
    from convalgebra.operators.base import Operator

Weights = Mapping[str, Array]
Sizes = tuple[Size, ...]


class Described(ABC):
    """A linear map described by geometry alone: the questions, and what follows from the answers."""

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
    def own_weights(self) -> Mapping[str, Sizes]:
        """The weights of a leaf and their shapes, sizes or formulas."""
        return {}

    # --- what it is made of: ``Operator`` finds these in the fields ---

    @property
    @abstractmethod
    def operands(self) -> tuple[Operator, ...]:
        """The operators that this one is made of; a leaf has none."""

    @property
    @abstractmethod
    def applied(self) -> tuple[Operator, ...]:
        """The operands in the order in which they are applied."""

    @property
    @abstractmethod
    def stages(self) -> tuple[Operator, ...]:
        """The operators that are run one after the other, applied right to left."""

    @property
    def structured(self) -> bool:
        """Whether the structure tells the entries of the matrix."""
        return all(part.structured for part in self.operands)

    # --- what follows ---

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
