"""What an operator is: a frozen value that describes a linear map by its geometry and holds no weights.

Each kind of operator answers the few questions listed in ``described``; its counts and its matrices are
derived from the answers once, in ``counted`` and ``numeric``. Here they are joined with the algebra.
``T`` and ``@`` close it: they return the operators of ``composition``, which stands on this room, hence
their imports inside.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy
from scipy import sparse

from convalgebra.errors import ArgumentError
from convalgebra.operators.counted import Counted
from convalgebra.operators.numeric import Numeric
from convalgebra.sizes import number
from convalgebra.values import constructor, rename

if TYPE_CHECKING:
    from convalgebra.inspector.doors import Inspector
    from convalgebra.operators.pattern import ChannelPattern
    from convalgebra.operators.rewriting import Rewrite


class Operator(Counted, Numeric):
    """A linear map described by geometry alone; sizes are numbers or formulas.

    A subclass is a frozen dataclass. Rows of its matrix are outputs, columns are inputs.
    """

    # --- what it is made of ---

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
    def stages(self) -> tuple[Operator, ...]:
        """The operators that are run one after the other, applied right to left."""
        return (self,)

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
        >>> (ca.pointwise(1, 1, 2) @ ca.conv(1, 1, 2, 1)).expand().latex()
        '\\left(\\mathrm{pointwise}_{0} \\otimes S_{0}\\right) \\, \\left(W_{0} \\otimes S_{0}\\right)'
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

    # --- the matrix, seen in other ways ---

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

    # --- the inspector: the one way up, entered when it is asked for ---

    def inspect(self, **values: int) -> Inspector:
        """Return a widget for a notebook: point at an entry and see its input, its tap and its output.

        ``values`` are numbers for the names of the operator to start with, which stay controls; others
        start small. What is shown is ``widget.operator``, and ``widget.state`` follows the user.

        It needs anywidget: ``pip install 'convalgebra[notebook]'``; an ``ImportError`` says so. Raises
        ``ArgumentError`` for a name that the operator does not have or a value that breaks it.

        >>> import convalgebra as ca
        >>> widget = ca.conv(1, 1, (4, 4), 3).inspect()  # doctest: +SKIP
        """
        from convalgebra.inspector.doors import inspect  # noqa: PLC0415

        return inspect(self, values)

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, str]:
        """Return what a notebook shows by itself: text, LaTeX, and the inspector as a page in a frame."""
        from convalgebra.inspector.doors import shown  # noqa: PLC0415

        return shown(self, include, exclude)

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
