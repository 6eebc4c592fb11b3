"""Weights for a matrix on the command line: made, or read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from convalgebra.operators.base import Operator
    from convalgebra.weights import Array

MADE = ("numbered", "ones", "random")


def make_weights(source: str, operator: Operator, seed: int, memory_limit: str | None) -> dict[str, Array]:
    """Return weights by name: numbered from 1 through all of them, ones, random, or from a file.

    Raises what ``op.checked`` raises for a file whose arrays do not fit, ``MemoryLimitError`` for
    weights that would not.
    """
    if source not in MADE:
        return operator.checked(_from_file(source))
    shapes = operator.numeric_weight_shapes()
    _require(shapes, memory_limit)
    return _made(source, shapes, seed)


def _made(source: str, shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Array]:
    import numpy as np  # noqa: PLC0415

    random = np.random.default_rng(seed)
    weights: dict[str, Array] = {}
    first = 1
    for name, shape in shapes.items():
        count = prod(shape)
        if source == "numbered":
            weights[name] = np.arange(first, first + count, dtype=np.int64).reshape(shape)
            first += count
        elif source == "ones":
            weights[name] = np.ones(shape, np.int64)
        else:
            weights[name] = random.integers(1, 10, shape)
    return weights


def _require(shapes: Mapping[str, tuple[int, ...]], limit: str | None) -> None:
    """Hold the weights to the limit too: they are made before the matrix is looked at."""
    from convalgebra.memory import limited, require_memory  # noqa: PLC0415

    with limited(limit):
        for shape in shapes.values():
            require_memory((shape[0], prod(shape[1:])), prod(shape), itemsize=8)


def _from_file(source: str) -> dict[str, Any]:
    import zipfile  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    file = Path(source)
    if file.suffix.lower() != ".npz":
        raise click.UsageError(
            f"--weights={source!r} must be {', '.join(MADE)}, or a file that ends with .npz"
        )
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise click.UsageError(
            f"--weights={source!r} is not a file of arrays, as numpy.savez writes it: {why}"
        ) from None
