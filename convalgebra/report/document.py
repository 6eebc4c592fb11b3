"""From computed chapters to LaTeX: the template and its filters."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import partial

import jinja2

import convalgebra
from convalgebra.claims.separable import SOURCE
from convalgebra.formulas import latex
from convalgebra.report.separable import ArticleForm, Chapter
from convalgebra.sizes import symbol


def render(chapters: Sequence[Chapter], article: ArticleForm) -> str:
    """Return the LaTeX source of the report."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("convalgebra.report"),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # everything that comes in is a formula, a number or our own sentence
    )
    environment.filters.update(
        tex=latex,
        inline=partial(latex, inline=True),
        name=lambda name: latex(symbol(name)),
        verdict=lambda agrees: r"\yes" if agrees else r"\no",
        decimal=decimal,
        fraction=fraction,
        times=times,
    )
    environment.tests["all_true"] = all
    template = environment.get_template("separable.tex.j2")
    return template.render(
        chapters=chapters, article=article, source=SOURCE, version=convalgebra.__version__
    )


def decimal(value: Fraction, digits: int = 4) -> str:
    """Return a fraction rounded to so many digits after the point.

    >>> decimal(Fraction(2, 3))
    '0.6667'
    """
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN))


def fraction(value: object) -> str:
    """Return a fraction or rational number in LaTeX, on one line.

    >>> fraction(Fraction(8, 9)), fraction(Fraction(2))
    ('8/9', '2')
    """
    return str(value)


def times(sizes: Sequence[int]) -> str:
    r"""Return sizes joined by the sign for "by", in LaTeX.

    >>> times((7, 7))
    '$7 \\times 7$'
    """
    return "$" + r" \times ".join(map(str, sizes)) + "$"
