"""Stacks: operators one below the other, or beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.operators.base import Operator
from convalgebra.operators.described import Weights
from convalgebra.operators.linear import stack_operator
from convalgebra.operators.sidebyside import InputsApart, OneInput, OneOutput, OutputsApart


@dataclass(frozen=True, repr=False)
class VStack(OneInput, OutputsApart):
    """Operators on the same input, their outputs one after the other: branches that are concatenated.

    Raises ``ShapeError`` when the inputs differ.

    >>> import convalgebra as ca
    >>> ca.VStack((ca.Identity(2), ca.Dense(1, 2))).matrix([[3, 4]]).toarray()
    array([[1, 0],
           [0, 1],
           [3, 4]])
    """

    @property
    def T(self) -> Operator:
        """The transposes, beside each other."""
        return HStack(tuple(op.T for op in self.operators))

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrices, one below the other."""
        return sparse.vstack([op.build(weights, dtype) for op in self.operators], format="csr")

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator whose outputs are those of the operands, one after the other."""
        return stack_operator([op.apply(weights, dtype) for op in self.operators], dtype)

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        below = r" \\ ".join(op.latex() for op in self.operators)
        return rf"\begin{{bmatrix}} {below} \end{{bmatrix}}"


@dataclass(frozen=True, repr=False)
class HStack(InputsApart, OneOutput):
    """Operators each on its own stretch of the input, their outputs added.

    Raises ``ShapeError`` when the outputs differ.

    >>> import convalgebra as ca
    >>> ca.HStack((ca.Identity(2), ca.Dense(2, 1))).matrix([[3], [4]]).toarray()
    array([[1, 0, 3],
           [0, 1, 4]])
    """

    @property
    def T(self) -> Operator:
        """The transposes, one below the other."""
        return VStack(tuple(op.T for op in self.operators))

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrices beside each other."""
        return sparse.hstack([op.build(weights, dtype) for op in self.operators], format="csr")

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the operator that adds up what the operands make of their stretches."""
        turned = [op.apply(weights, dtype).T for op in self.operators]
        return stack_operator(turned, dtype).T

    def latex(self) -> str:
        """Return the operator in LaTeX."""
        beside = " & ".join(op.latex() for op in self.operators)
        return rf"\begin{{bmatrix}} {beside} \end{{bmatrix}}"
