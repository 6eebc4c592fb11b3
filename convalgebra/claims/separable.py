"""What the survey article states about separable convolutions.

Source: Kunlun Bai, "A Comprehensive Introduction to Different Types of Convolutions in Deep
Learning", 2019, sections on spatially and depthwise separable convolutions.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from convalgebra.sizes import symbol

SOURCE = "K. Bai, A Comprehensive Introduction to Different Types of Convolutions in Deep Learning, 2019"


@dataclass(frozen=True)
class RuleOfThumb:
    """A number that the literature gives for a kernel length, for large images or many filters."""

    kernel: int
    value: sympy.Rational


def spatial_ratio() -> sympy.Expr:
    """Return the ratio as the article prints it, for an N x N image and an m x m kernel.

    >>> from convalgebra.formulas import text
    >>> print(text(spatial_ratio()))
    2/m + 2/(m*(N - 2))
    """
    N, m = symbol("N"), symbol("m")
    return 2 / m + 2 / (m * (N - 2))


# "2/3 for a 3 x 3 filter, 2/5 for 5 x 5, 2/7 for 7 x 7": the share of the multiplications that is left.
SPATIAL_RULES = tuple(RuleOfThumb(m, sympy.Rational(2, m)) for m in (3, 5, 7))

# "9 times" for 3 x 3 filters, "25 times" for 5 x 5: how many times as much the standard one takes.
DEPTHWISE_RULES = (RuleOfThumb(3, sympy.Integer(9)), RuleOfThumb(5, sympy.Integer(25)))
