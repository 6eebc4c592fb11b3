"""Arrays and weights of integers by a seed: one number is quicker to draw than every entry.

Everything else is drawn by the package's own testing kit, ``convalgebra.testing.strategies``.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import convalgebra as ca


def integer_array(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Return small integers, zeros among them."""
    return np.random.default_rng(seed).integers(-4, 5, shape)


def seeds() -> st.SearchStrategy[int]:
    return st.integers(0, 2**16)


def integer_weights(op: ca.Operator, seed: int) -> dict[str, np.ndarray]:
    return {
        name: integer_array(shape, seed + at)
        for at, (name, shape) in enumerate(op.weight_shapes.items(), start=1)
    }
