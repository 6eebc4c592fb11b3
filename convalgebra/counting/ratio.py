"""What one operator costs beside another, as a formula in its simplest form."""

from __future__ import annotations

from itertools import chain

import sympy

from convalgebra.counting.arguments import check_operator
from convalgebra.errors import ArgumentError
from convalgebra.formulas import split
from convalgebra.operators.base import Operator
from convalgebra.proofs import as_formula


def ratio(a: Operator, b: Operator) -> sympy.Expr:
    """Return the multiplications of ``a`` over those of ``b``, in the simplest form.

    Raises ``ArgumentError`` when an argument is no operator or ``b`` multiplies nothing.

    >>> import convalgebra as ca
    >>> ca.ratio(ca.depthwise_separable(3, 128, (7, 7), 3), ca.conv(3, 128, (7, 7), 3))
    137/1152
    """
    check_ratio(a, b)
    return split(as_formula(a.multiplications) / b.multiplications, growing(a, b))


def check_ratio(a: Operator, b: Operator) -> None:
    """Raise ``ArgumentError`` unless both are operators and the second one multiplies."""
    check_operator("a", a)
    check_operator("b", b)
    if b.multiplications == 0:
        raise ArgumentError(f"b={b!r} multiplies nothing: no ratio to it exists")


def growing(a: Operator, b: Operator) -> tuple[sympy.Symbol, ...]:
    """Return the symbols that a layer lets grow: its image sizes first, then its channels.

    >>> import convalgebra as ca
    >>> conv = ca.conv("D", "N_c", ("H", "W"), "h")
    >>> growing(conv, conv)
    (H, W, D, N_c)
    """
    images = (op.input_shape[1:] for op in (a, b))
    channels = (shape[:1] for op in (a, b) for shape in (op.input_shape, op.output_shape))
    sizes = [as_formula(size) for size in chain.from_iterable(chain(images, channels))]
    return tuple(dict.fromkeys(s for size in sizes for s in sorted(size.free_symbols, key=str)))
