"""Claims of convolution arithmetic: sizes along one axis, of a convolution or of a transposed one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import sympy

from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.claims.claim import Finding, Judge, derived, measured, named
from convalgebra.claims.forms.counts import always
from convalgebra.claims.forms.sliding import came_from, slid
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.proofs import as_formula
from convalgebra.sizes import symbol

Sizes = Mapping[str, Any]
EVERYWHERE: tuple[Sizes, ...] = ({},)
QUARTERS = [Fraction(1, 4), Fraction(3, 4), Fraction(3, 4), Fraction(1, 4)]  # the taps of twofold bilinear
_WORDS = {"s": "stride", "p": "padding", "d": "dilation", "a": "output_padding"}


def layer(i: Any, k: Any, **options: Any) -> Conv:
    """Return the convolution with the letters of the guide: i input, k kernel, s, p, d.

    >>> layer(6, 3, s=2, p=1)
    ca.conv(1, 1, input_size=6, kernel_size=3, stride=2, padding=1)
    """
    return conv(1, 1, i, k, **{_WORDS[letter]: value for letter, value in options.items()})


def the_guides() -> Conv:
    """Return the convolution of the guide: 3x3 over 4x4, unit stride, no padding."""
    return conv(1, 1, (4, 4), 3)


def image_of(name: str, count: int) -> sympy.Matrix:
    """Return a flat image with a symbol for each pixel.

    >>> image_of("x", 2).T
    Matrix([[x_0, x_1]])
    """
    return sympy.Matrix(sympy.symbols(f"{name}_0:{count}"))


def back(i: Any, k: Any, **options: Any) -> Operator:
    """Return the transposed convolution with the letters of the guide, a for the output padding too.

    >>> back(3, 3, s=2, p=1).output_size
    (5,)
    """
    return conv_transpose(1, 1, i, k, **{_WORDS[letter]: value for letter, value in options.items()})


def the_output(output: Any, given: Any) -> Any:
    """Return the output size: what most claims speak of."""
    return output


def size(
    says: Callable[..., Any],
    make: Callable[..., Operator],
    points: Iterable[Sizes],
    *,
    puts: Iterable[Sizes] = EVERYWHERE,
    outside: Iterable[Sizes] = (),
    met: Callable[..., bool] = always,
    of: Callable[[Any, Any], Any] = the_output,
    right: bool = False,
) -> Judge:
    """Return the judge of a claim about a size along an axis, or what ``of(output, input)`` makes of it.

    By derivation: the formula of the structure with names for the sizes, and ``puts`` put for some of
    them (``outside`` where the condition is not met). By measurement: windows that are slid over the
    padded line at each of ``points``; for a transposed convolution, the line that they come from.
    """
    points, puts, outside = [dict(p) for p in points], list(puts), list(outside)
    symbols = {name: symbol(name) for name in points[0]}

    def judge() -> Iterator[Finding]:
        for inside, choices in ((True, puts), (False, outside)):
            for put in choices:
                sizes = {**symbols, **put}
                op = make(**sizes)
                found = of(as_formula(op.output_size[0]), as_formula(op.input_size[0]))
                at = named(put) or "all sizes"
                yield derived(at, says(**sizes), found, inside=inside, right=right)
        for point in points:
            op = make(**point)
            found = of(run(op, point.get("a", 0)), op.shape[1])
            yield measured(named(point), says(**point), found, inside=met(**point), right=right)

    return judge


def run(op: Operator, left: int = 0) -> Any:
    """Return the output size of a layer of one axis, found by sliding windows."""
    found = slid(op)
    return found[0] if isinstance(found, tuple) else came_from(op, left)
