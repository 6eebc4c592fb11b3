"""All that an operator costs: counts, elements, bytes, and what derives from them, each with its unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from convalgebra.counting.arguments import check_operator
from convalgebra.counting.closed import closed_form
from convalgebra.counting.quantity import Quantity, flops
from convalgebra.errors import ArgumentError, SymbolError
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size
from convalgebra.sizes import SizeLike, as_size, product


@dataclass(frozen=True)
class Costs:
    """What one pass of ``batch`` inputs through an operator takes. Made by ``ca.costs``.

    Each is a ``Quantity``: a number or a formula, its unit, and the conditions under which it holds.
    With ``bias``, one number per output channel is added to the output, as PyTorch's layers do; an output
    that nothing reaches is the bias itself and takes no addition. Biases between the factors of a
    composition are not counted: give the factors one by one for these. A cost that the structure does
    not tell raises ``SymbolError`` when it is asked for: with numbers the pattern tells it.

    >>> import convalgebra as ca
    >>> costs = ca.costs(ca.conv("D", "N_c", "N", "m"), batch="B")
    >>> print(costs.multiplications)
    B*D*N_c*m*(N - m + 1) multiplications if N >= m
    >>> print(costs.parameters)
    D*N_c*m parameters if N >= m
    """

    operator: Operator
    dtype: str = "float32"
    bias: bool = False
    batch: Size = 1

    # --- counts ---

    @property
    def multiplications(self) -> Quantity:
        """Products of a weight with an input value; taps on padding zeros do not count."""
        return closed_form(self.operator, "multiplications").times(self.batch)

    @property
    def mult_adds(self) -> Quantity:
        """The papers' and profilers' count: every tap at every output, padding zeros included."""
        return closed_form(self.operator, "mult_adds").times(self.batch)

    @property
    def additions(self) -> Quantity:
        """Additions without those of the bias: per output its products less one."""
        return closed_form(self.operator, "additions").times(self.batch)

    @property
    def bias_additions(self) -> Quantity:
        """One addition for each output that the last factor reaches; 0 without bias."""
        if not self.bias:
            return Quantity(0, "additions")
        return closed_form(self.operator.stages[0], "rows_hit").times(self.batch, "additions")

    @property
    def flops(self) -> Quantity:
        """Floating-point operations: multiplications plus additions, those of the bias included."""
        return flops(self.multiplications, self.additions + self.bias_additions)

    @property
    def parameters(self) -> Quantity:
        """The entries of the weights, each weight once."""
        return closed_form(self.operator, "parameters")

    @property
    def bias_parameters(self) -> Quantity:
        """One per output channel; 0 without bias."""
        channels = self.operator.output_shape[0] if self.bias else 0
        return Quantity(channels, "parameters", self.operator.conditions)

    # --- elements and bytes ---

    @property
    def input_elements(self) -> Quantity:
        """The numbers in the input."""
        return self._elements(product(self.operator.input_shape)).times(self.batch)

    @property
    def output_elements(self) -> Quantity:
        """The numbers in the output."""
        return self._elements(product(self.operator.output_shape)).times(self.batch)

    @property
    def weight_elements(self) -> Quantity:
        """The numbers in the weights and biases."""
        return self._elements(self.parameters.value) + self._elements(self.bias_parameters.value)

    @property
    def bytes_moved(self) -> Quantity:
        """Bytes read and written when each factor reads its input and writes its output once.

        The factors run one after the other, nothing kept in between; weights and biases are read once.
        """
        stages = self.operator.stages
        through = sum((product(s.input_shape) + product(s.output_shape) for s in stages), start=0)
        elements = self._elements(through).times(self.batch) + self.weight_elements
        return elements.times(self.itemsize, "bytes")

    @property
    def itemsize(self) -> int:
        """The bytes of one number."""
        return int(np.dtype(self.dtype).itemsize)

    @property
    def arithmetic_intensity(self) -> Quantity:
        """Flops per byte moved. Source: Williams, Waterman and Patterson, "Roofline", CACM 2009."""
        return self.flops / self.bytes_moved

    @property
    def exact_share(self) -> Quantity:
        """Multiplications over mult_adds: the share of the papers' count that is no padding zero."""
        multiplications, mult_adds = self.multiplications, self.mult_adds
        return Quantity(multiplications.value, "", multiplications.conditions) / Quantity(
            mult_adds.value, "", mult_adds.conditions
        )

    def _elements(self, count: Size) -> Quantity:
        return Quantity(count, "elements", self.operator.conditions)

    # --- in writing ---

    def __iter__(self) -> Iterator[tuple[str, Quantity]]:
        """Yield each cost by name; what the structure does not tell raises when it is asked for."""
        yield from ((name, getattr(self, name)) for name in NAMES)

    def __str__(self) -> str:
        return "\n".join(f"{name}: {self._told(name)}" for name in NAMES)

    def _told(self, name: str) -> str:
        """Return a cost as text; what the structure does not tell with names is said to be so."""
        try:
            quantity: Quantity = getattr(self, name)
        except SymbolError as error:
            return f"not told by the structure ({error})"
        return str(
            Quantity(quantity.value, "" if quantity.unit in name else quantity.unit, quantity.conditions)
        )


NAMES = (
    "multiplications",
    "mult_adds",
    "additions",
    "bias_additions",
    "flops",
    "parameters",
    "bias_parameters",
    "input_elements",
    "output_elements",
    "weight_elements",
    "bytes_moved",
    "arithmetic_intensity",
)


def costs(
    op: Operator, *, dtype: str | type | np.dtype[Any] = "float32", bias: bool = False, batch: SizeLike = 1
) -> Costs:
    """Return all that an operator costs, each a number or a formula with its unit and conditions.

    ``dtype`` is any numpy dtype, for the bytes; ``bias`` adds one number per output channel;
    ``batch`` is how many inputs pass.

    Raises ``ArgumentError`` for what is no operator, a dtype that is none of numbers, a batch below 1.

    >>> import convalgebra as ca
    >>> c = ca.costs(ca.conv(3, 128, (7, 7), 3), bias=True)
    >>> c.multiplications.value, c.additions.value, c.bias_additions.value, c.flops.value
    (86400, 83200, 3200, 172800)
    >>> c.bytes_moved.value, c.arithmetic_intensity.value
    (27724, 43200/6931)
    >>> p = ca.symbol("p")
    >>> print(ca.costs(ca.conv(1, 1, "n", 2 * p + 1, padding=p)).multiplications)
    n*(2*p + 1) - p*(p + 1) multiplications if n >= p
    """
    check_operator("op", op)
    name = _checked(dtype).name
    if not isinstance(bias, bool | np.bool_):
        raise ArgumentError(f"bias={bias!r} must be True or False")
    return Costs(op, name, bool(bias), as_size(batch, "batch", least=1))


def _checked(dtype: Any) -> np.dtype[Any]:
    """Return a dtype of numbers; texts and objects have no size that a layer's values would have."""
    found: np.dtype[Any] | None
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):
        found = None
    if found is None or found.kind not in "biufc":
        raise ArgumentError(
            f"dtype={dtype!r} is no numpy dtype of numbers: use 'float32', 'int8' and the like"
        )
    return found
