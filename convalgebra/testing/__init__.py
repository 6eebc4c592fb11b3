"""A testing kit: statements about convolutions, for other people's test suites.

A statement is checked by running: counts come from sparse products, operators from basis vectors
pushed through functions. What does not hold fails with the smallest counterexample. The examples
below can be pasted into a suite.

The cost of a layer, as a text, a sympy formula or a function of the sizes (``assert_count``):

>>> import convalgebra as ca
>>> from convalgebra.testing import assert_count, assert_ratio
>>> layer = ca.conv("D", "N_c", input_size=("H", "W"), kernel_size="h")
>>> def test_cost_of_a_layer():
...     assert_count("D*N_c*h**2 * (H - h + 1)*(W - h + 1)", layer)
>>> test_cost_of_a_layer()

Sizes are drawn, the same each time; or a grid or a list is given. A function that makes operators
does as well as an operator with names in it:

>>> def my_layer(width, stride):
...     return ca.conv(2, 4, input_size=width, kernel_size=3, stride=stride, padding=1)
>>> def test_cost_in_the_papers_convention():
...     grid = {"width": range(1, 12), "stride": (1, 2, 3)}
...     assert_count("24*((width - 1)//stride + 1)", my_layer, sizes=grid, quantity="mult_adds")
>>> test_cost_in_the_papers_convention()

What one layer costs over another (``assert_ratio``), and what a mistake looks like:

>>> separable = ca.depthwise_separable("D", "N_c", ("H", "W"), "h")
>>> assert_ratio("1/N_c + 1/h**2", separable, layer, sizes=5)
>>> assert_count("m * (N - m)", ca.conv(1, 1, input_size="N", kernel_size="m"))
Traceback (most recent call last):
    ...
convalgebra.testing.table.CountError: m * (N - m) is not the multiplications of \
ca.conv(1, 1, input_size='N', kernel_size='m')
smallest counterexample: N=1, m=1: formula 0, measured 1
formula - measured = -m at all 60 sizes tried
60 of 60 sizes differ:
  N  m  formula  measured
  1  1        0         1  differs
  2  1        1         2  differs
  2  2        0         2  differs
  3  1        2         3  differs
  3  2        2         4  differs
  4  1        3         4  differs
  ... and 54 more that differ

A function, a torch module or an ONNX Runtime session that should be an operator
(``assert_same_operator``, exact for integers), and a pair that should be adjoint (``assert_adjoint``):

>>> import numpy as np
>>> import pytest
>>> from convalgebra.testing import assert_adjoint, assert_same_operator
>>> def test_torch_layer():
...     torch = pytest.importorskip("torch")
...     module = torch.nn.Conv2d(2, 4, kernel_size=3, stride=2, padding=1, bias=False)
...     weight = module.weight.detach().numpy()
...     conv = ca.conv(2, 4, input_size=(7, 8), kernel_size=3, stride=2, padding=1)
...     assert_same_operator(conv, weight, module)
>>> def test_my_own_layer():
...     weight = np.arange(1, 4).reshape(1, 1, 3)
...     conv = ca.conv(1, 1, input_size=6, kernel_size=3)
...     assert_same_operator(conv, weight, lambda x: np.correlate(x[0], weight[0, 0], "valid")[None])
>>> test_my_own_layer()
>>> def test_adjoint():
...     forward, backward = (lambda x: x[::2] + x[1::2]), (lambda y: np.repeat(y, 2))
...     assert_adjoint(forward, backward, shapes=((6,), (3,)))
>>> test_adjoint()

Two operators with one matrix (``assert_identity``), in integers and for all weights:

>>> from convalgebra.testing import assert_identity
>>> def test_a_filter_for_each_channel_is_a_grouped_convolution():
...     depthwise = ca.depthwise("D", "N", 3)
...     assert_identity(depthwise, ca.conv("D", "D", "N", 3, groups="D"))
>>> test_a_filter_for_each_channel_is_a_grouped_convolution()

Hypothesis strategies (they need ``pip install hypothesis``): ``operators()`` of the whole catalogue,
``axes()``, and ``weights(op)``:

>>> from hypothesis import given, settings, strategies as st
>>> from convalgebra.testing import operators, weights
>>> @settings(max_examples=5, database=None, deadline=None)
... @given(op=operators(), data=st.data())
... def test_the_matrix_free_form_is_the_matrix(op, data):
...     w = data.draw(weights(op))
...     x = np.arange(op.shape[1])
...     assert np.array_equal(op.linear_operator(w) @ x, op.matrix(w) @ x)
>>> test_the_matrix_free_form_is_the_matrix()

With pytest, the whole table of formula and measured is shown below each count that failed.
``parse_formula`` reads a text as the assertions do.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convalgebra.grammar import parse_formula
    from convalgebra.testing.adjoint import assert_adjoint
    from convalgebra.testing.counts import assert_count, assert_ratio
    from convalgebra.testing.identity import assert_identity
    from convalgebra.testing.same import assert_same_operator
    from convalgebra.testing.strategies.axes import axes
    from convalgebra.testing.strategies.everything import operators
    from convalgebra.testing.strategies.numbers import weights

__all__ = [
    "assert_adjoint",
    "assert_count",
    "assert_identity",
    "assert_ratio",
    "assert_same_operator",
    "axes",
    "operators",
    "parse_formula",
    "weights",
]

# Loaded on first use: pytest imports this package, through the plugin, in every run.
_HOMES = {
    "assert_count": "testing.counts",
    "assert_ratio": "testing.counts",
    "assert_same_operator": "testing.same",
    "assert_adjoint": "testing.adjoint",
    "assert_identity": "testing.identity",
    "axes": "testing.strategies.axes",
    "operators": "testing.strategies.everything",
    "weights": "testing.strategies.numbers",
    "parse_formula": "grammar",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'convalgebra.testing' has no attribute {name!r}")
    try:
        home = import_module(f"convalgebra.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ImportError(f"convalgebra.testing.{name} needs hypothesis: pip install hypothesis") from None
    value = getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
