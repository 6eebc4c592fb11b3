"""Matrices of fixed numbers: exact where a dtype holds them, floats where it does not."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.errors import ArgumentError
from convalgebra.operators.fixed import in_dtype


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**30])
def test_a_number_that_no_integer_holds_is_a_float(value: int) -> None:
    matrix = ca.Fixed(((value, 1),)).matrix().toarray()
    assert matrix.dtype == np.float64
    assert matrix.tolist() == [[float(value), 1.0]]


def test_a_number_that_an_integer_holds_stays_one() -> None:
    found = in_dtype([2**63 - 1, -(2**63)], np.dtype(np.int64))
    assert found.dtype == np.int64
    assert found.tolist() == [2**63 - 1, -(2**63)]
    assert in_dtype([127, 128], np.dtype(np.int8)).dtype == np.float64
    assert in_dtype([127, -128], np.dtype(np.int8)).dtype == np.int8


def test_a_number_that_no_float_holds_is_refused() -> None:
    with pytest.raises(ArgumentError, match="larger than float64"):
        ca.Fixed(((10**400,),)).matrix()


def test_the_points_of_a_large_winograd_are_floats() -> None:
    operator = ca.winograd(1, 1, 40, 17, tile=16)
    weight = np.arange(17).reshape(1, 1, 17) % 9 + 1
    stages = [
        stage.matrix(dict.fromkeys(stage.numeric_weight_shapes(), weight)) for stage in operator.stages
    ]
    assert all(np.isfinite(stage.toarray().astype(float)).all() for stage in stages)
